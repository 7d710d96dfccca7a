//! Programs from outside that tests and benchmarks use: which, what for, and how they come here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{cache, output, run, succeeds};

/// A Debian package.
struct Package {
    name: &'static str,
    used_for: &'static str,
    /// Whether it is there already.
    is_there: fn() -> bool,
}

/// What the tests use.
const FOR_TESTS: &[Package] = &[
    Package {
        name: "gdal-bin",
        used_for: "ogrinfo and ogr2ogr read our files as QGIS and others do",
        is_there: || succeeds("ogrinfo", &["--version"]),
    },
    Package {
        name: "python3-gdal",
        used_for: "validate_gpkg, the judge of our GeoPackage files, for Debian's /usr/bin/python3",
        is_there: || succeeds("/usr/bin/python3", &["-c", "from osgeo import gdal"]),
    },
    Package {
        name: "chromium",
        used_for: "the pages, opened as a reader would",
        is_there: || succeeds("chromium", &["--version"]),
    },
    Package {
        name: "chromium-driver",
        used_for: "steers chromium in the tests",
        is_there: || succeeds("chromedriver", &["--version"]),
    },
    Package {
        name: "python3-venv",
        used_for: "a place of its own for the Python programs of tests and benchmarks",
        is_there: || succeeds("python3", &["-c", "import ensurepip, venv"]),
    },
];

/// What the comparing benchmarks use besides.
const FOR_BENCHES: &[Package] = &[
    Package {
        name: "postgresql-15",
        used_for: "PostGIS needs it",
        is_there: || Path::new("/usr/lib/postgresql/15/bin/postgres").exists(),
    },
    Package {
        name: "postgresql-15-postgis-3",
        used_for: "PostGIS, one of the engines we compare with",
        is_there: || Path::new("/usr/share/postgresql/15/extension/postgis.control").exists(),
    },
];

/// Python programs that tests hand our files and our server to.
const CLIENTS: &[&str] = &["pyodk==1.3.0", "pyarrow==26.0.1", "openpyxl==3.1.5"];

/// Python programs that benchmarks compare with.
const PEERS: &[&str] = &["shapely==2.1.2", "numpy", "pyogrio", "ortools==9.15.6755", "pyproj==3.7.2"];

/// Bring what the tests use; say what is missing when we may not.
pub fn for_tests() -> Result<()> {
    bring(FOR_TESTS)?;
    if python("clients", CLIENTS).is_err() {
        println!("tests that use them are skipped: {}", CLIENTS.join(", "));
    }
    Ok(())
}

/// Bring what the comparing benchmarks use, and the Python peers.
pub fn for_benches() -> Result<()> {
    bring(FOR_TESTS)?;
    bring(FOR_BENCHES)?;
    python("venv", PEERS)
}

fn bring(packages: &[Package]) -> Result<()> {
    let missing: Vec<&Package> = packages.iter().filter(|package| !(package.is_there)()).collect();
    if missing.is_empty() {
        println!("everything is there");
        return Ok(());
    }
    for package in &missing {
        println!("missing: {}, for: {}", package.name, package.used_for);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root || !succeeds("apt-get", &["--version"]) {
        println!("tests that use them are skipped. hint: sudo apt-get install {}", names.join(" "));
        return Ok(());
    }
    let install = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-q", "--no-install-recommends"]);
        command.args(&names);
        run(&mut command)
    };
    // The lists may be old or absent: read them once and try again.
    if install().is_err() {
        run(Command::new("apt-get").args(["update", "-q"]))?;
        install().with_context(|| format!("installing {}", names.join(" ")))?;
    }
    Ok(())
}

/// Python programs in a folder of their own in `~/.cache/homeground`, made once.
fn python(folder: &str, programs: &[&str]) -> Result<()> {
    let venv = cache().join(folder);
    let stamp = venv.join("peers.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|had| had == programs.join("\n")) {
        return Ok(());
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(venv.join("bin/pip")).args(["install", "-q"]).args(programs))?;
    std::fs::write(&stamp, programs.join("\n")).context("writing the list of programs")
}
