//! The two grids and the integer arithmetic on them.
//!
//! What is stored lies on a grid of 1e-9 degree; what is computed lies on a sub-grid of 1/8 of that
//! (1.25e-10 degree, 14 µm). Both are global, so two edges meet in the same node in every
//! arrangement, and a fold from scratch and an incremental one give the same bytes.
//!
//! Predicates are exact: in `i64` while every coordinate of a local problem has at most 30 bits, in
//! `i128` beyond. The type parameter of [`Number`] chooses, once for each problem.

use std::cmp::Ordering;
use std::fmt::Debug;

/// Sub-grid units in one unit of the storage grid.
pub(crate) const UNITS_PER_NANODEGREE: i64 = 8;
/// Sub-grid units in one degree.
pub(crate) const UNITS_PER_DEGREE: i64 = 8_000_000_000;
/// Radians in one sub-grid unit.
pub(crate) const RADIANS_PER_UNIT: f64 = std::f64::consts::PI / 180.0 / 8e9;

/// A position on the sub-grid: `[longitude, latitude]`.
pub(crate) type Node = [i64; 2];

/// The node at a position of finite degrees, on the storage grid.
pub(crate) fn snap([lon, lat]: [f64; 2]) -> Node {
    let nano = |degrees: f64| (degrees * 1e9).round() as i64 * UNITS_PER_NANODEGREE;
    [nano(lon), nano(lat)]
}

/// The position of a node, in degrees.
pub(crate) fn degrees([lon, lat]: Node) -> [f64; 2] {
    [lon as f64 / UNITS_PER_DEGREE as f64, lat as f64 / UNITS_PER_DEGREE as f64]
}

/// A coordinate of a local problem.
pub(crate) trait Number: Copy + Ord + Debug {
    /// Orders places by longitude, then latitude, in one comparison.
    type Key: Copy + Ord + Debug;
    /// Orders numbered things by one coordinate, then by number, in one comparison.
    type Rank: Copy + Ord + Debug;
    /// How near to one half the fraction of a crossing may come before `f64` cannot be trusted to round it.
    const CROSSING_ERROR: f64;

    /// From an offset; `None` where predicates could overflow.
    fn narrow(offset: i64) -> Option<Self>;
    /// Back to the offset.
    fn wide(self) -> i64;
    /// One less.
    fn before(self) -> Self;
    /// The sort key of a place.
    fn key(place: [Self; 2]) -> Self::Key;
    /// The sort key of a numbered coordinate.
    fn rank(self, number: u32) -> Self::Rank;
    /// The number in a sort key.
    fn number(rank: Self::Rank) -> u32;
    /// Twice the signed area of the triangle `abc`, as its sign: `Greater` is a left turn.
    fn turn(a: [Self; 2], b: [Self; 2], c: [Self; 2]) -> Ordering;
    /// Twice the signed area of the triangle `abc`, rounded once.
    fn about_twice_area(a: [Self; 2], b: [Self; 2], c: [Self; 2]) -> f64;
}

impl Number for i32 {
    type Key = u64;
    type Rank = u64;
    const CROSSING_ERROR: f64 = 1e-5;

    #[inline(always)]
    fn narrow(offset: i64) -> Option<i32> {
        const LIMIT: i64 = 1 << 30;
        (-LIMIT < offset && offset < LIMIT).then_some(offset as i32)
    }

    #[inline(always)]
    fn wide(self) -> i64 {
        i64::from(self)
    }

    #[inline(always)]
    fn before(self) -> i32 {
        self - 1
    }

    #[inline(always)]
    fn key([x, y]: [i32; 2]) -> u64 {
        x.rank(unsigned(y))
    }

    #[inline(always)]
    fn rank(self, number: u32) -> u64 {
        u64::from(unsigned(self)) << 32 | u64::from(number)
    }

    #[inline(always)]
    fn number(rank: u64) -> u32 {
        rank as u32
    }

    #[inline(always)]
    fn turn(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> Ordering {
        twice_area(a, b, c).cmp(&0)
    }

    #[inline(always)]
    fn about_twice_area(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> f64 {
        twice_area(a, b, c) as f64
    }
}

/// In the same order, from 0.
#[inline(always)]
fn unsigned(v: i32) -> u32 {
    v as u32 ^ 0x8000_0000
}

/// Exact while coordinates have 30 bits: differences have 31, products 62, their difference 63.
#[inline(always)]
fn twice_area(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let [ax, ay, bx, by, cx, cy] = [a[0], a[1], b[0], b[1], c[0], c[1]].map(i64::from);
    (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

impl Number for i64 {
    type Key = [i64; 2];
    type Rank = (i64, u32);
    const CROSSING_ERROR: f64 = 2e-2;

    #[inline(always)]
    fn narrow(offset: i64) -> Option<i64> {
        Some(offset)
    }

    #[inline(always)]
    fn wide(self) -> i64 {
        self
    }

    #[inline(always)]
    fn before(self) -> i64 {
        self - 1
    }

    #[inline(always)]
    fn key(place: [i64; 2]) -> [i64; 2] {
        place
    }

    #[inline(always)]
    fn rank(self, number: u32) -> (i64, u32) {
        (self, number)
    }

    #[inline(always)]
    fn number((_, number): (i64, u32)) -> u32 {
        number
    }

    #[inline(always)]
    fn turn(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> Ordering {
        twice_area_wide(a, b, c).cmp(&0)
    }

    #[inline(always)]
    fn about_twice_area(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> f64 {
        twice_area_wide(a, b, c) as f64
    }
}

/// Exact for every node on the globe: differences have 43 bits.
#[inline(always)]
pub(crate) fn twice_area_wide(a: Node, b: Node, c: Node) -> i128 {
    i128::from(b[0] - a[0]) * i128::from(c[1] - a[1]) - i128::from(b[1] - a[1]) * i128::from(c[0] - a[0])
}

/// The node nearest to where `ab` and `cd` cross, halves rounded up; they must cross properly.
///
/// Depends on the two edges alone, not on their order or on the origin of the local problem.
pub(crate) fn crossing<N: Number>([a, b]: [[N; 2]; 2], [c, d]: [[N; 2]; 2]) -> Node {
    let (at_c, at_d) = (N::about_twice_area(a, b, c), N::about_twice_area(a, b, d));
    let share = at_c / (at_c - at_d);
    [0, 1].map(|axis| {
        let (from, step) = (c[axis].wide(), d[axis].wide() - c[axis].wide());
        let along = step as f64 * share + 0.5;
        let floor = along.floor();
        if (N::CROSSING_ERROR..1.0 - N::CROSSING_ERROR).contains(&(along - floor)) {
            return from + floor as i64;
        }
        let [a, b, c, d] = [a, b, c, d].map(|place| place.map(N::wide));
        let (at_c, at_d) = (twice_area_wide(a, b, c), twice_area_wide(a, b, d));
        let (above, below) = if at_c < at_d { (-at_c, at_d - at_c) } else { (at_c, at_c - at_d) };
        from + (2 * i128::from(step) * above + below).div_euclid(2 * below) as i64
    })
}
