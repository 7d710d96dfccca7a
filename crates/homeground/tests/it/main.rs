//! The real program in a folder of its own: text in, text out.

mod amsterdam;
mod article;
mod bulletin;
mod checks;
mod docs;
mod example;
mod exports;
mod findings_on_import;
mod full_disk;
mod gate;
mod geo;
mod geopackage;
mod heritage;
mod hostile;
mod iati;
mod main_path;
mod open_data;
mod phones;
mod plan;
mod power_cut;
mod reconcile;
mod stopping;
mod tampering;
mod two_processes;
mod worked_example;
mod world;
