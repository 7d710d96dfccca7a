//! Area of record (ENGINE §1.3 of the design notes; GEO-12 as refined there).
//!
//! ∮F(φ)dλ on the WGS 84 ellipsoid over edges that are straight in longitude/latitude: additive, so
//! the parts of a cut polygon sum to the whole. Sums are kept as integers, so they do not depend on
//! the order of addition. Nothing else in the workspace multiplies coordinates.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An area in units of 1e-9 m²: exact under addition, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Area(i128);

impl Area {
    /// No ground.
    pub const ZERO: Area = Area(0);

    /// From square metres; NaN counts as zero, since an area is only ever made from finite vertices.
    pub fn from_m2(m2: f64) -> Area {
        Area((m2 * 1e9).round() as i128)
    }

    /// In square metres.
    pub fn m2(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// From the unit it is kept in, 1e-9 m².
    pub fn from_units(units: i128) -> Area {
        Area(units)
    }

    /// In the unit it is kept in, 1e-9 m².
    pub fn units(self) -> i128 {
        self.0
    }

    /// The part above zero.
    pub fn or_zero(self) -> Area {
        Area(self.0.max(0))
    }
}

impl Add for Area {
    type Output = Area;
    fn add(self, other: Area) -> Area {
        Area(self.0 + other.0)
    }
}

impl Sub for Area {
    type Output = Area;
    fn sub(self, other: Area) -> Area {
        Area(self.0 - other.0)
    }
}

impl Neg for Area {
    type Output = Area;
    fn neg(self) -> Area {
        Area(-self.0)
    }
}

impl AddAssign for Area {
    fn add_assign(&mut self, other: Area) {
        self.0 += other.0;
    }
}

impl SubAssign for Area {
    fn sub_assign(&mut self, other: Area) {
        self.0 -= other.0;
    }
}

impl Sum for Area {
    fn sum<I: Iterator<Item = Area>>(areas: I) -> Area {
        areas.fold(Area::ZERO, Add::add)
    }
}
