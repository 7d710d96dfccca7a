//! Scenes of files: small text in, drafts and issues out, as text.

mod scene;

mod csv;
mod geojson;
mod rules;
