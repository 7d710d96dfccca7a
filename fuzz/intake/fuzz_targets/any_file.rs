//! Any bytes as a file: every draft is taken, nothing may panic.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new() else { return };
    if file.write_all(bytes).is_err() {
        return;
    }
    let options = intake::Options::new("fuzz", jiff::civil::date(2026, 11, 24));
    if let Ok(reader) = intake::open(file.path(), &options) {
        reader.take(10_000).for_each(drop);
    }
});
