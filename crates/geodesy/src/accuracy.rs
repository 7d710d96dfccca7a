//! How well a place is known: ε at 95 % by what is stated, else by method (DOMAIN §5.2), and what that means for an
//! area (GEO-13).
//!
//! ```
//! use geodesy::accuracy::{Method, Stated};
//!
//! let phone = Method::named("phone").unwrap();
//! // A phone that does not know says 0.
//! assert_eq!(phone.epsilon_m(Some(0.0), 0.0), Stated::Default(10.0));
//! assert_eq!(phone.epsilon_m(Some(4.0), 0.0), Stated::Given(4.0));
//! assert_eq!(Method::named("compass_tape").unwrap().epsilon_m(None, 1_000.0), Stated::Default(16.0));
//! ```

use std::sync::OnceLock;

use geometry::Shape;
use serde::Deserialize;

/// How a place was fixed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Word in files, such as `gnss_handheld`.
    pub name: String,
    /// In words.
    pub what: String,
    epsilon_m: Option<f64>,
    #[serde(default)]
    per_length: f64,
    /// `SURVEYED`, `DIGITISED` or `SCHEMATIC` (UNC-4).
    pub quality: String,
    /// What must be declared before a place may have an ε at all.
    pub refuse: Option<String>,
    /// Where the number comes from.
    pub source: String,
}

/// An ε at 95 % in metres, and by whose word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stated {
    /// As it was given.
    Given(f64),
    /// By the table of methods.
    Default(f64),
    /// Nobody knows.
    Unknown,
}

impl Stated {
    /// The number, if there is one.
    pub fn metres(self) -> Option<f64> {
        match self {
            Stated::Given(metres) | Stated::Default(metres) => Some(metres),
            Stated::Unknown => None,
        }
    }
}

impl Method {
    /// Every method of the table.
    pub fn all() -> &'static [Method] {
        #[derive(Deserialize)]
        struct Table {
            method: Vec<Method>,
        }
        static SHIPPED: OnceLock<Vec<Method>> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            toml::from_str::<Table>(include_str!("accuracy.toml"))
                .expect("the shipped table of methods is valid")
                .method
        })
    }

    /// By its word.
    pub fn named(name: &str) -> Option<&'static Method> {
        Method::all().iter().find(|method| method.name == name)
    }

    /// ε at 95 %: what is given unless it says nothing (zero, negative, not a number), else the default for a
    /// traverse of that length.
    pub fn epsilon_m(&self, given: Option<f64>, traverse_length_m: f64) -> Stated {
        if let Some(metres) = given.filter(|metres| metres.is_finite() && *metres > 0.0) {
            return Stated::Given(metres);
        }
        match self.epsilon_m {
            Some(metres) => Stated::Default(metres + self.per_length * traverse_length_m),
            None => Stated::Unknown,
        }
    }
}

/// Radius that holds 95 % of a circular normal distribution, in its σ per axis: √(−2 ln 0.05).
pub const SIGMAS_OF_95: f64 = 2.447_746_830_680_816;

/// σ of the area of a polygon whose vertices have ε at 95 %: `½ σ √Σ|P(i+1) − P(i−1)|²` over all its rings, with σ the
/// error per axis and each vertex on its own (GEO-13). Zero for what has no area.
pub fn area_sigma_m2(shape: &Shape, epsilon_m: f64) -> f64 {
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
    (0..n).map(|at| crate::grid::inverse(open[(at + n - 1) % n], open[(at + 1) % n]).1.powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_table_is_one_of_three_qualities() {
        assert_eq!(Method::all().len(), 14);
        for method in Method::all() {
            assert!(["SURVEYED", "DIGITISED", "SCHEMATIC"].contains(&method.quality.as_str()), "{}", method.name);
        }
        assert_eq!(Method::named("party_record").unwrap().epsilon_m(None, 100.0), Stated::Unknown);
    }

    /// A square of 100 m: every chord is a diagonal, so σ = ½ σ √(4 · 2) · 100 m.
    #[test]
    fn a_square_has_the_uncertainty_of_its_diagonals() {
        let origin = [46.0, 40.0];
        let east = crate::grid::direct(origin, 90.0, 100.0);
        let north = crate::grid::direct(origin, 0.0, 100.0);
        let square = Shape::Polygon(vec![vec![origin, east, [east[0], north[1]], north, origin]]);
        let sigma = area_sigma_m2(&square, SIGMAS_OF_95);
        assert!((sigma - 0.5 * 8.0_f64.sqrt() * 100.0).abs() < 0.01, "{sigma}");
    }
}
