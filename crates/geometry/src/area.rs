//! Area of record (GEO-12: edges straight in longitude/latitude, RFC 7946 §3.1.1).
//!
//! ∮F(φ)dλ on the WGS 84 ellipsoid over edges that are straight in longitude/latitude: additive, so
//! the parts of a cut polygon sum to the whole. Sums are kept as integers, so they do not depend on
//! the order of addition. Nothing else in the workspace multiplies coordinates.
//!
//! F(φ) = ∫ M N cos φ dφ, M and N the radii of curvature (Karney 2013, *Algorithms for geodesics*,
//! eq. 59 in closed form). Near a middle latitude it is taken as a polynomial of degree five, whose
//! first dropped term is below 4e-9 m² for a hazard 10 km wide; in wider belts it is integrated
//! along each edge by Gauss and Legendre's four points.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use geographiclib_rs::{Geodesic, InverseGeodesic, PolygonArea, Winding};

use crate::grid::{self, RADIANS_PER_UNIT, UNITS_PER_DEGREE};
use crate::region::Region;
use crate::shape::{Position, Shape};

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

/// Area in m² with geodesic edges (Karney 2013): a cross-check shown beside the area of record, never in the books,
/// since it is not additive.
pub fn geodesic_area(region: &Region) -> f64 {
    let ellipsoid = Geodesic::wgs84();
    let ring_area = |ring: Vec<grid::Node>| {
        let mut polygon = PolygonArea::new(&ellipsoid, Winding::CounterClockwise);
        for [lon, lat] in ring.into_iter().map(grid::degrees) {
            polygon.add_point(lat, lon);
        }
        polygon.compute(true).1
    };
    region.rings().into_iter().map(ring_area).sum()
}

/// Radius that holds 95 % of a circular normal distribution, in its σ per axis: √(−2 ln 0.05).
const SIGMAS_OF_95: f64 = 2.447_746_830_680_816;

/// σ of the area of a polygon whose vertices have ε at 95 %: `½ σ √Σ|P(i+1) − P(i−1)|²` over all its rings, with σ the
/// error per axis and each vertex on its own (GEO-13). Zero for what has no area.
pub fn sigma_m2(shape: &Shape, epsilon_m: f64) -> f64 {
    let squares: f64 = shape.polygons().iter().flatten().map(|ring| chords(ring)).sum();
    0.5 * (epsilon_m / SIGMAS_OF_95) * squares.sqrt()
}

fn chords(ring: &[[f64; 2]]) -> f64 {
    let open = match ring {
        [first, middle @ .., last] if !middle.is_empty() && first == last => &ring[..ring.len() - 1],
        all => all,
    };
    let n = open.len();
    if n < 3 {
        return 0.0;
    }
    (0..n).map(|at| length_m(open[(at + n - 1) % n], open[(at + 1) % n]).powi(2)).sum()
}

fn length_m([lon, lat]: Position, [to_lon, to_lat]: Position) -> f64 {
    Geodesic::wgs84().inverse(lat, lon, to_lat, to_lon)
}

/// WGS 84: semi-major axis in metres.
pub(crate) const SEMI_MAJOR_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// WGS 84: first eccentricity squared.
pub(crate) const ECCENTRICITY_2: f64 = FLATTENING * (2.0 - FLATTENING);
const SEMI_MINOR_M: f64 = SEMI_MAJOR_M * (1.0 - FLATTENING);

/// Half the height up to which a belt uses the polynomial: 0.1 degree, 11 km.
const POLYNOMIAL_HALF_HEIGHT: i64 = UNITS_PER_DEGREE / 10;
/// The tallest piece of an edge integrated at once: 5 degrees.
const TALLEST_PIECE: i64 = 5 * UNITS_PER_DEGREE;
const UNITS_PER_M2: f64 = 1e9;

/// A range of latitudes in which ground under edges is measured from the middle parallel.
#[derive(Debug, Clone)]
pub(crate) struct Belt {
    middle: i64,
    height: Height,
}

#[derive(Debug, Clone)]
enum Height {
    /// Coefficients of t … t⁵ for F(φ₀ + t) − F(φ₀), times the factor from unit of longitude to unit of area.
    Low([f64; 5]),
    /// F at the middle.
    Tall(f64),
}

impl Belt {
    /// The belt from one latitude to another, in sub-grid units.
    pub(crate) fn between(south: i64, north: i64) -> Belt {
        let middle = south + (north - south) / 2;
        let height = if north - middle <= POLYNOMIAL_HALF_HEIGHT {
            Height::Low(taylor(middle as f64 * RADIANS_PER_UNIT).map(|c| c * (RADIANS_PER_UNIT * UNITS_PER_M2)))
        } else {
            Height::Tall(authalic(middle as f64 * RADIANS_PER_UNIT))
        };
        Belt { middle, height }
    }

    /// The latitude from which heights are counted.
    pub(crate) fn middle(&self) -> i64 {
        self.middle
    }

    /// Ground between the middle parallel and an edge, in units of area: positive for an eastward edge north of it.
    ///
    /// Takes the eastward run of the edge and the heights of its ends above the middle, in sub-grid units.
    #[inline(always)]
    pub(crate) fn under(&self, run: i64, from: i64, to: i64) -> i128 {
        match &self.height {
            Height::Low(coefficients) => rounded(run as f64 * mean_of_polynomial(coefficients, from, to)),
            Height::Tall(at_middle) => self.under_tall(*at_middle, run, from, to),
        }
    }

    #[cold]
    fn under_tall(&self, at_middle: f64, run: i64, from: i64, to: i64) -> i128 {
        /// Nodes and weights of Gauss and Legendre on [0, 1].
        const POINTS: [(f64, f64); 4] = [
            (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
            (0.330_009_478_207_571_87, 0.326_072_577_431_273_07),
            (0.669_990_521_792_428_1, 0.326_072_577_431_273_07),
            (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
        ];
        if run == 0 {
            return 0;
        }
        let pieces = (to - from).abs() / TALLEST_PIECE + 1;
        let start = (self.middle + from) as f64 * RADIANS_PER_UNIT;
        let rise = (to - from) as f64 * RADIANS_PER_UNIT / pieces as f64;
        let mut mean = 0.0;
        for piece in 0..pieces {
            for (node, weight) in POINTS {
                mean += weight * (authalic(start + rise * (piece as f64 + node)) - at_middle);
            }
        }
        rounded(run as f64 * (RADIANS_PER_UNIT * UNITS_PER_M2) * (mean / pieces as f64))
    }
}

/// Mean of the polynomial over an edge: with s its middle and d half its rise, F(s) + F″(s) d²/6 + F⁗(s) d⁴/120.
#[inline(always)]
fn mean_of_polynomial(c: &[f64; 5], from: i64, to: i64) -> f64 {
    let half = RADIANS_PER_UNIT / 2.0;
    let s = (from + to) as f64 * half;
    let d = (to - from) as f64 * half;
    let d2 = d * d;
    let value = s * (c[0] + s * (c[1] + s * (c[2] + s * (c[3] + s * c[4]))));
    let second = c[1] / 3.0 + s * (c[2] + s * (2.0 * c[3] + s * (10.0 / 3.0 * c[4])));
    let fourth = c[3] / 5.0 + s * c[4];
    value + d2 * (second + d2 * fourth)
}

/// To the nearest integer; the short way wherever it fits.
#[inline(always)]
fn rounded(value: f64) -> i128 {
    let value = value + 0.5_f64.copysign(value);
    if value.abs() < 9e18 { i128::from(value as i64) } else { value as i128 }
}

/// Area from the equator to latitude φ per radian of longitude, m².
fn authalic(phi: f64) -> f64 {
    let e = ECCENTRICITY_2.sqrt();
    let sine = libm::sin(phi);
    let closed = sine / (1.0 - ECCENTRICITY_2 * sine * sine) + libm::atanh(e * sine) / e;
    SEMI_MINOR_M * SEMI_MINOR_M * closed / 2.0
}

/// Coefficients of t … t⁵ of [`authalic`] around φ, by division of the series of its derivative
/// a²(1 − e²) cos φ / (1 − e² sin² φ)².
fn taylor(phi: f64) -> [f64; 5] {
    let (sine, cosine) = (libm::sin(phi), libm::cos(phi));
    let sines = [sine, cosine, -sine / 2.0, -cosine / 6.0, sine / 24.0];
    let cosines = [cosine, -sine, -cosine / 2.0, sine / 6.0, cosine / 24.0];
    let mut w = product(&sines, &sines).map(|c| -ECCENTRICITY_2 * c);
    w[0] += 1.0;
    let denominator = product(&w, &w);
    let mut quotient = [0.0; 5];
    for j in 0..5 {
        let known: f64 = (1..=j).map(|i| denominator[i] * quotient[j - i]).sum();
        quotient[j] = (cosines[j] - known) / denominator[0];
    }
    let factor = SEMI_MAJOR_M * SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2);
    std::array::from_fn(|j| factor * quotient[j] / (j + 1) as f64)
}

fn product(a: &[f64; 5], b: &[f64; 5]) -> [f64; 5] {
    std::array::from_fn(|k| (0..=k).map(|i| a[i] * b[k - i]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GEO-13 by hand: each chord of a square of side s is its diagonal, so σ of the area is √2 s times σ per axis.
    #[test]
    fn sigma_of_a_square_is_its_diagonal_times_that_of_an_axis() {
        let metres_of_degree = length_m([46.0, 0.0], [46.001, 0.0]) * 1e3;
        let [width, height] = [100.0 / metres_of_degree, 100.0 / (length_m([46.0, 0.0], [46.0, 0.001]) * 1e3)];
        let ring = vec![[46.0, 0.0], [46.0 + width, 0.0], [46.0 + width, height], [46.0, height], [46.0, 0.0]];
        let square = Shape::Polygon(vec![ring]);
        let of_one_metre = sigma_m2(&square, SIGMAS_OF_95);
        assert!((of_one_metre - 100.0 * 2.0_f64.sqrt()).abs() < 1e-3, "{of_one_metre}");
        // 95 % of a circular normal distribution lie within 2.4477 σ (GEO-13).
        assert!((sigma_m2(&square, 2.4477) - 100.0 * 2.0_f64.sqrt()).abs() < 5e-3);
        assert_eq!(sigma_m2(&Shape::Point([46.0, 0.0]), 1.0), 0.0);
    }
}
