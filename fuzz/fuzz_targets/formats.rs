//! Whatever a file says, it is read or refused, and what was read survives writing.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| geometry_fuzz_cases::formats(bytes));

#[path = "../../crates/geometry/tests/fuzz_cases/mod.rs"]
mod geometry_fuzz_cases;
