//! Which boxes meet a box: a uniform grid, since fields are small and spread evenly.

use std::collections::HashMap;

/// `[west, south, east, north]`, degrees.
pub type Bounds = [f64; 4];

const CELLS_PER_DEGREE: f64 = 64.0;
const MOST_CELLS: i64 = 256;

/// An index of boxes by number. Answers are sorted, so nothing depends on the order of insertion.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    cells: HashMap<(i32, i32), Vec<u32>>,
    /// Too large for cells: administrative units.
    large: Vec<u32>,
    bounds: HashMap<u32, Bounds>,
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

fn cells(bounds: Bounds) -> Option<impl Iterator<Item = (i32, i32)>> {
    let [west, south, east, north] = bounds.map(|degrees| (degrees * CELLS_PER_DEGREE).floor() as i32);
    let count = (i64::from(east) - i64::from(west) + 1) * (i64::from(north) - i64::from(south) + 1);
    (count <= MOST_CELLS).then(|| (south..=north).flat_map(move |y| (west..=east).map(move |x| (x, y))))
}

impl Grid {
    /// Put a box in.
    pub fn insert(&mut self, number: u32, bounds: Bounds) {
        self.bounds.insert(number, bounds);
        match cells(bounds) {
            Some(cells) => cells.for_each(|cell| self.cells.entry(cell).or_default().push(number)),
            None => self.large.push(number),
        }
    }

    /// Numbers of the boxes that meet this one, rising, each once.
    pub fn meeting(&self, bounds: Bounds) -> Vec<u32> {
        let mut found: Vec<u32> = match cells(bounds) {
            Some(cells) => {
                let near = cells.filter_map(|cell| self.cells.get(&cell)).flatten().copied();
                near.chain(self.large.iter().copied()).collect()
            }
            None => self.bounds.keys().copied().collect(),
        };
        found.retain(|number| meet(self.bounds[number], bounds));
        found.sort_unstable();
        found.dedup();
        found
    }
}
