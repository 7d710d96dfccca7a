//! Layers as tiles: cut, written as vector tiles, drawn as pictures, packed into archives.
//!
//! Web Mercator (EPSG:3857), tiles of [`EXTENT`] units, numbered as in `WebMercatorQuad` of the OGC Two Dimensional
//! Tile Matrix Set standard. A hazard never vanishes by generalisation: what is too small to be an area at a zoom
//! is a line or a point there, and points that fall together are one point with their `count`.

mod archive;
mod cut;
mod encode;
mod picture;

pub use archive::{PackError, Progress, bounds, pictures, pmtiles, vector_layer};
pub use cut::{Cut, EXTENT, Piece, Source, Trace};
pub use encode::bytes;
pub use picture::{PICTURE, draw};

use geometry::shape::Position;

/// The deepest zoom that is answered.
pub const DEEPEST: u8 = 22;

/// A tile of the pyramid: zoom, column from the west, row from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// Zoom.
    pub z: u8,
    /// Column, counted from 180° west.
    pub x: u32,
    /// Row, counted from the north.
    pub y: u32,
}

impl Tile {
    /// The whole world.
    pub const WORLD: Tile = Tile { z: 0, x: 0, y: 0 };

    /// A tile, if there is such a one.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Tile> {
        (z <= DEEPEST && x < 1 << z && y < 1 << z).then_some(Tile { z, x, y })
    }

    /// The four tiles below.
    pub fn below(self) -> [Tile; 4] {
        let Tile { z, x, y } = self;
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| Tile { z: z + 1, x: 2 * x + dx, y: 2 * y + dy })
    }

    /// The box of the tile widened by a share of its side, degrees: west, south, east, north.
    fn bounds(self, margin: f64) -> [f64; 4] {
        let side = f64::from(1_u32 << self.z);
        let at = |x: f64, y: f64| degrees([x / side, y / side]);
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        let ([west, north], [east, south]) = (at(x - margin, y - margin), at(x + 1.0 + margin, y + 1.0 + margin));
        // The first and the last row also hold what lies beyond the projection.
        let is_last = self.y + 1 == 1 << self.z;
        [west, if is_last { -90.0 } else { south }, east, if self.y == 0 { 90.0 } else { north }]
    }
}

/// Degrees to the unit square of Web Mercator, west to east and north to south; latitudes beyond it to its edge.
fn mercator([lon, lat]: Position) -> [f64; 2] {
    let sine = libm::sin(lat.to_radians());
    let y = 0.5 - libm::atanh(sine) / std::f64::consts::TAU;
    [lon / 360.0 + 0.5, y.clamp(0.0, 1.0)]
}

/// The way back.
fn degrees([x, y]: [f64; 2]) -> Position {
    [(x - 0.5) * 360.0, libm::atan(libm::sinh((0.5 - y) * std::f64::consts::TAU)).to_degrees()]
}

#[cfg(test)]
mod tests;
