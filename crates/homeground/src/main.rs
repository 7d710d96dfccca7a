//! homeground
fn main() {}
