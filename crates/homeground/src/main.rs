//! Homeground: contaminated ground back into lived-in land.
//!
//! One binary: commands, configuration, web screens. This crate alone knows HTTP, arguments, the environment
//! and the clock; what it does with a programme goes through [`programme::Programme`].

mod casualties;
mod checks;
mod cli;
mod clock;
mod config;
mod derived;
mod displaced;
mod economy;
mod example;
mod field;
mod gate;
mod held;
mod heritage;
mod import;
mod json;
mod keys;
mod lineage;
mod package;
mod planning;
mod programme;
mod query;
mod review;
mod visitor;
mod web;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
