//! CPU seconds of this thread, and the data beside the checkout.

use std::path::PathBuf;

/// CPU seconds of this thread so far, by the kernel's own account: other work on the machine does not count.
pub fn cpu_seconds() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").expect("benches measure on Linux");
    let nanoseconds = account.split_whitespace().next().and_then(|first| first.parse::<f64>().ok());
    nanoseconds.expect("schedstat begins with nanoseconds") / 1e9
}

/// A folder of `shared/data/planning`, in the checkout or beside it; says so and gives nothing where it is missing.
pub fn data(folder: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = ["shared", "../shared", "../../shared"].map(|up| root.join(up).join("data/planning").join(folder));
    let found = places.into_iter().find(|place| place.is_dir());
    if found.is_none() {
        println!("without shared/data/planning/{folder}: not measured");
    }
    found
}

/// Whether this is `cargo bench`, and not a test of the bench.
pub fn is_full() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// `HOMEGROUND_BENCH_SECONDS`, or as many as the full or the small run takes.
pub fn seconds(full: f64, small: f64) -> f64 {
    let given = std::env::var("HOMEGROUND_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(if is_full() { full } else { small })
}
