//! Growing and shrinking ground by a distance, conservatively (ENGINE §1.5 of the design notes; UNC-5).
//!
//! `dilate` never falls short of the true buffer, `erode` never leaves more than the true erosion.

use crate::region::Region;

/// All ground within `metres` of the region, and at most 3 % of `metres` more. `metres` ≤ 0 or NaN gives the region itself.
pub fn dilate(_region: &Region, _metres: f64) -> Region {
    todo!()
}

/// Ground of the region at least `metres` from its border, and at most 3 % of `metres` less.
pub fn erode(_region: &Region, _metres: f64) -> Region {
    todo!()
}
