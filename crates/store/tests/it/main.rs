//! The store from outside: one suite for every store, then what is particular to the GeoPackage file.

mod conformance;
mod gpkg;
mod programme;

use conformance::rules;

rules!(geopackage, crate::programme::fresh);
