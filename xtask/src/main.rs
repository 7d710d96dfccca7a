//! Our build commands, in Rust: `cargo xtask test`, `ci`, `bless`, `bench`, `example`, `docs`.

mod example;

use std::path::Path;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
cargo xtask example [--seed N]    make the bundled example again (seed 7 is the committed one)";

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["example"] => example::write(root, 7),
        ["example", "--seed", seed] => example::write(root, seed.parse().context("--seed wants a whole number")?),
        _ => bail!("usage:\n{USAGE}"),
    }
}
