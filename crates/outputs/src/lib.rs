//! Figures and documents as bytes: layers for maps and files.
//!
//! Reads the state, never changes it. Personal data does not come here: households and casualties have no layer.

pub mod flatgeobuf;
pub mod geojson;
pub mod heritage;
pub mod iati;
pub mod layers;
pub mod relief;
pub mod table;
pub mod tiles;
