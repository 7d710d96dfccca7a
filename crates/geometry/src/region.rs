//! Ground: a set of rings on the grid that do not cross, interior on the left.

use crate::area::Area;
use crate::shape::Shape;

/// A position on the storage grid, in units of 1e-9 degree (0.11 mm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Longitude, 1e-9 degree.
    pub lon: i64,
    /// Latitude, 1e-9 degree.
    pub lat: i64,
}

/// Valid ground: rings that do not cross, shells anticlockwise and holes clockwise. May be empty.
///
/// Made only by [`crate::read::read`] and by the operations of this crate, so whoever holds one need not check it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    // H1 chooses the representation
}

impl Region {
    /// No ground at all.
    pub fn empty() -> Region {
        Region::default()
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        todo!()
    }

    /// Area of record, m² on the ellipsoid.
    pub fn area(&self) -> Area {
        todo!()
    }

    /// `[west, south, east, north]` in degrees, rounded outwards; `None` when empty.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        todo!()
    }

    /// As a MultiPolygon in degrees, RFC 7946 orientation, holes nested in their shells; empty gives an empty MultiPolygon.
    pub fn to_shape(&self) -> Shape {
        todo!()
    }

    /// Whether the position (degrees) is inside or on the border.
    pub fn covers(&self, _position: [f64; 2]) -> bool {
        todo!()
    }

    /// A position certainly inside, for labels; `None` when empty.
    pub fn inside_position(&self) -> Option<[f64; 2]> {
        todo!()
    }
}
