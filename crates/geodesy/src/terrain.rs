//! Heights on a grid of longitude and latitude: altitude, slope and shade.
//!
//! A slope on a coarse grid is gentler than the ground: a cell of several kilometres hides every cliff. Whoever shows a
//! slope shows the size of the cell beside it. Slope and shade follow Horn (1981), from the eight neighbours of a cell.

/// Heights by row from north to south, in each from west to east.
#[derive(Debug, Clone, PartialEq)]
pub struct Terrain {
    /// West and north edge of the first cell, degrees.
    pub corner: [f64; 2],
    /// Size of a cell eastward and southward, degrees.
    pub cell: [f64; 2],
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Metres above the sea; NaN where nothing is known.
    pub metres: Vec<f32>,
}

/// Metres in a degree of latitude; near enough for a picture.
const DEGREE_M: f64 = 111_320.0;

impl Terrain {
    /// West, south, east, north.
    pub fn bounds(&self) -> [f64; 4] {
        let [west, north] = self.corner;
        [west, north - self.cell[1] * self.height as f64, west + self.cell[0] * self.width as f64, north]
    }

    fn known(&self, x: usize, y: usize) -> Option<f64> {
        let metres = *self.metres.get(y * self.width + x)?;
        metres.is_finite().then_some(f64::from(metres))
    }

    /// The height of the cell that holds a place.
    pub fn at(&self, [lon, lat]: [f64; 2]) -> Option<f64> {
        let (x, y) = ((lon - self.corner[0]) / self.cell[0], (self.corner[1] - lat) / self.cell[1]);
        let is_inside = x >= 0.0 && y >= 0.0 && x < self.width as f64 && y < self.height as f64;
        if is_inside { self.known(x as usize, y as usize) } else { None }
    }

    /// The highest cell that a box meets; none where a cell of it is not known or lies outside.
    pub fn highest(&self, [west, south, east, north]: [f64; 4]) -> Option<f64> {
        let mut highest = self.at([west, south])?;
        let steps = |from: f64, to: f64, cell: f64| ((to - from) / cell).ceil().max(0.0) as usize;
        let (columns, rows) = (steps(west, east, self.cell[0]), steps(south, north, self.cell[1]));
        for row in 0..=rows {
            for column in 0..=columns {
                let lon = (west + self.cell[0] * column as f64).min(east);
                let lat = (south + self.cell[1] * row as f64).min(north);
                highest = highest.max(self.at([lon, lat])?);
            }
        }
        Some(highest)
    }

    /// The size of a cell eastward and southward, metres, in its middle.
    pub fn cell_m(&self) -> [f64; 2] {
        let middle = self.corner[1] - self.cell[1] * self.height as f64 / 2.0;
        [self.cell[0] * DEGREE_M * libm::cos(middle.to_radians()), self.cell[1] * DEGREE_M]
    }

    /// How the ground rises eastward and northward at a cell, metres a metre; a neighbour that is not known counts as level.
    fn rise(&self, x: usize, y: usize) -> Option<[f64; 2]> {
        let own = self.known(x, y)?;
        let near = |dx: isize, dy: isize| {
            let (x, y) = (x.checked_add_signed(dx)?, y.checked_add_signed(dy)?);
            if x < self.width { self.known(x, y) } else { None }
        };
        let z = |dx, dy| near(dx, dy).unwrap_or(own);
        let lat = self.corner[1] - self.cell[1] * (y as f64 + 0.5);
        let (east_m, south_m) = (self.cell[0] * DEGREE_M * libm::cos(lat.to_radians()), self.cell[1] * DEGREE_M);
        let east = (z(1, -1) + 2.0 * z(1, 0) + z(1, 1)) - (z(-1, -1) + 2.0 * z(-1, 0) + z(-1, 1));
        let north = (z(-1, -1) + 2.0 * z(0, -1) + z(1, -1)) - (z(-1, 1) + 2.0 * z(0, 1) + z(1, 1));
        Some([east / (8.0 * east_m), north / (8.0 * south_m)])
    }

    /// Degrees from level at a cell.
    pub fn slope(&self, x: usize, y: usize) -> Option<f64> {
        let [east, north] = self.rise(x, y)?;
        Some(libm::atan(libm::hypot(east, north)).to_degrees())
    }

    /// How bright a cell is, 0 to 1, in light from the north-west at 45 degrees; heights are drawn so many times as high.
    pub fn shade(&self, x: usize, y: usize, times: f64) -> Option<f64> {
        let [east, north] = self.rise(x, y)?.map(|rise| rise * times);
        // The normal of the ground is (-east, -north, 1); the light comes from (-1, 1, √2) / 2.
        let normal = libm::sqrt(1.0 + east * east + north * north);
        let light = (east - north + std::f64::consts::SQRT_2) / 2.0;
        Some((light / normal).clamp(0.0, 1.0))
    }

    /// Every cell by column and row, with its height.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let all = (0..self.height).flat_map(move |y| (0..self.width).map(move |x| (x, y)));
        all.filter_map(|(x, y)| Some((x, y, self.known(x, y)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plane that rises so many metres a cell eastward and northward, cells of 0.001 degree at the equator.
    fn plane(east: f32, north: f32) -> Terrain {
        let metres = (0..25).map(|i| (i % 5) as f32 * east - (i / 5) as f32 * north).collect();
        Terrain { corner: [10.0, 0.0025], cell: [0.001, 0.001], width: 5, height: 5, metres }
    }

    #[test]
    fn a_plane_has_one_slope_and_the_side_towards_the_light_is_brighter() {
        // 111.32 m a cell: as much up as along is 45 degrees.
        let slope = plane(111.32, 0.0).slope(2, 2).unwrap();
        assert!((slope - 45.0).abs() < 1e-4, "{slope}");
        assert_eq!(plane(0.0, 0.0).slope(2, 2), Some(0.0));
        let level = plane(0.0, 0.0).shade(2, 2, 1.0).unwrap();
        let lit = plane(50.0, -50.0).shade(2, 2, 1.0).unwrap();
        let dark = plane(-50.0, 50.0).shade(2, 2, 1.0).unwrap();
        assert!(lit > level && level > dark, "{lit} {level} {dark}");
    }

    #[test]
    fn a_place_has_the_height_of_its_cell_and_none_outside() {
        let terrain = plane(1.0, 0.0);
        assert_eq!(terrain.at([10.0005, 0.002]), Some(0.0));
        assert_eq!(terrain.at([10.0045, -0.002]), Some(4.0));
        assert_eq!(terrain.at([10.006, 0.0]), None);
        assert_eq!(terrain.highest([10.0005, 0.0, 10.0035, 0.001]), Some(3.0));
        assert_eq!(terrain.highest([10.0005, 0.0, 10.0065, 0.001]), None);
        let mut holed = terrain;
        holed.metres[12] = f32::NAN;
        assert_eq!(holed.at([10.0025, 0.0]), None);
        assert_eq!(holed.cells().count(), 24);
    }
}
