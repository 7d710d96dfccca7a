//! What is particular to the GeoPackage file.
