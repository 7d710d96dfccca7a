//! Scenes of files: small text in, drafts and issues out, as text.

mod scene;

mod binary;
mod csv;
mod field_book;
mod geojson;
mod gpx;
mod hostile;
mod kml;
mod legs;
mod profiles;
mod real;
mod rows;
mod rules;
mod xform;
