//! Countries: where they lie, roughly, which is enough to notice that latitude and longitude were swapped and for nothing
//! else; and the two letters of a country by its three.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// West, south, east, north of a country by its ISO 3166 alpha-3 code; west may be greater than east over the antimeridian.
///
/// ```
/// let [west, south, east, north] = intake::country::bounds("AZE").unwrap();
/// assert!(west < 46.1 && 46.1 < east && south < 40.1 && 40.1 < north);
/// assert_eq!(intake::country::bounds("XXX"), None);
/// ```
pub fn bounds(iso3: &str) -> Option<[f64; 4]> {
    static SHIPPED: OnceLock<BTreeMap<String, [f64; 4]>> = OnceLock::new();
    let table = SHIPPED.get_or_init(|| {
        toml::from_str(include_str!("countries.toml")).expect("the shipped table of countries is valid")
    });
    table.get(iso3).copied()
}

/// The two letters of a country by its three (ISO 3166-1).
///
/// ```
/// assert_eq!(intake::country::alpha_2("AZE"), Some("AZ"));
/// assert_eq!(intake::country::alpha_2("XXX"), None);
/// ```
pub fn alpha_2(iso3: &str) -> Option<&'static str> {
    // Five letters each: three, then two.
    let pairs = include_str!("country_codes.txt").split_whitespace();
    pairs.filter_map(|pair| pair.split_at_checked(3)).find(|(three, _)| *three == iso3).map(|(_, two)| two)
}
