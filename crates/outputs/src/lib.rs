//! Figures and documents as bytes: layers for maps and files.
//!
//! Reads the state, never changes it. Personal data does not come here: households and casualties have no layer.

pub mod flatgeobuf;
pub mod geojson;
pub mod geoparquet;
pub mod heritage;
pub mod hxl;
pub mod iati;
pub mod kml;
pub mod layers;
pub mod look;
pub mod qgis;
pub mod relief;
pub mod shapefile;
pub mod table;
pub mod tiles;
pub mod workbook;
