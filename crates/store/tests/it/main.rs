//! The store from outside: one suite for every store, then what is particular to the GeoPackage file.

mod conformance;
mod crash;
mod file;
mod gdal;
mod opening;
mod programme;
mod visitor;

use conformance::rules;

rules!(geopackage, crate::programme::fresh);
