//! Whatever a WKB says, reading it and cutting, growing and writing what was read never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| geometry_fuzz_cases::read_bytes(bytes));

#[path = "../../crates/geometry/tests/fuzz_cases/mod.rs"]
mod geometry_fuzz_cases;
