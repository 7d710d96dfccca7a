//! A visitor's GeoPackage.
