//! How well a place is known: ε at 95 % by what is stated, else by method (DOMAIN §5.2).
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
}
