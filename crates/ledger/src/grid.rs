//! Which boxes meet a box: a uniform grid, since fields are small and spread evenly.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// `[west, south, east, north]`, degrees.
pub type Bounds = [f64; 4];

const CELLS_PER_DEGREE: f64 = 64.0;
const MOST_CELLS: i64 = 256;

/// An index of boxes by number. Answers are sorted, so nothing depends on the order of insertion.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    cells: HashMap<u64, Vec<u32>, BuildHasherDefault<CellHasher>>,
    /// Too large for cells: administrative units.
    large: Vec<u32>,
    /// By number; [`NOWHERE`] where there is no box.
    bounds: Vec<Bounds>,
}

/// Meets nothing.
const NOWHERE: Bounds = [f64::NAN; 4];

/// Mixes the number of a cell. There are few cells on the globe, so nobody gains by choosing some that collide.
#[derive(Debug, Clone, Copy, Default)]
struct CellHasher(u64);

impl Hasher for CellHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Whether two boxes share a point.
pub fn meet(a: Bounds, b: Bounds) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// The box widened by metres on every side, never too little.
pub fn widen(bounds: Bounds, metres: f64) -> Bounds {
    let lat = metres / 110_000.0;
    let widest = (bounds[1].abs().max(bounds[3].abs()) + lat).min(89.9);
    let lon = lat / widest.to_radians().cos();
    [bounds[0] - lon, bounds[1] - lat, bounds[2] + lon, bounds[3] + lat]
}

fn cells(bounds: Bounds) -> Option<impl Iterator<Item = u64>> {
    let [west, south, east, north] = bounds.map(|degrees| (degrees * CELLS_PER_DEGREE).floor() as i32);
    let count = (i64::from(east) - i64::from(west) + 1) * (i64::from(north) - i64::from(south) + 1);
    let cell = |x: i32, y: i32| u64::from(x as u32) << 32 | u64::from(y as u32);
    (count <= MOST_CELLS).then(|| (south..=north).flat_map(move |y| (west..=east).map(move |x| cell(x, y))))
}

impl Grid {
    /// Put the box of a number in, if it has one.
    pub fn insert(&mut self, number: u32, bounds: Option<Bounds>) {
        if self.bounds.len() <= number as usize {
            self.bounds.resize(number as usize + 1, NOWHERE);
        }
        let Some(bounds) = bounds else { return };
        self.bounds[number as usize] = bounds;
        match cells(bounds) {
            Some(cells) => cells.for_each(|cell| self.cells.entry(cell).or_default().push(number)),
            None => self.large.push(number),
        }
    }

    /// Numbers of the boxes that meet this one, rising, each once.
    pub fn meeting(&self, bounds: Bounds) -> Vec<u32> {
        let meets = |number: &u32| meet(self.bounds[*number as usize], bounds);
        let Some(cells) = cells(bounds) else {
            return (0..self.bounds.len() as u32).filter(meets).collect();
        };
        let near = cells.filter_map(|cell| self.cells.get(&cell)).flatten();
        let mut found: Vec<u32> = near.chain(&self.large).copied().filter(meets).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
