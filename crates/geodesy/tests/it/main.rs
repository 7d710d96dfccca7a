//! The tests of this crate that need files, in one binary.

mod magnetic;
mod mgrs;
mod projection;
mod traverse;
mod world;
