//! Where countries lie, roughly: enough to notice that latitude and longitude were swapped, for nothing else.

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
