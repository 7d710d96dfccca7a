//! The programme's own file in the hands of GDAL.

use std::process::Command;

use crate::example::EXAMPLE;

/// What a program of GDAL says, or nothing where it is not installed.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).arg(EXAMPLE.path("kalbajar.gpkg")).output().ok()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if text.contains("No module named") {
        return None;
    }
    assert!(output.status.success(), "{program}: {text}");
    Some(text)
}

fn skipped(what: &str) {
    eprintln!("skipped: {what} is not installed");
}

#[test]
fn the_example_is_a_valid_geopackage() {
    match said("/usr/bin/python3", &["-m", "osgeo_utils.samples.validate_gpkg"]) {
        Some(text) => assert_eq!(text.trim(), "", "the checker of python3-gdal says nothing"),
        None => skipped("python3-gdal"),
    }
}

#[test]
fn ogrinfo_reads_every_layer_of_the_example() {
    let Some(text) = said("ogrinfo", &["-ro", "-al", "-so"]) else { return skipped("gdal-bin") };
    assert!(!text.contains("Warning") && !text.contains("ERROR"), "{text}");
    for layer in ["hazard", "hazard_conservative", "release", "find", "place"] {
        let (_, of_layer) =
            text.split_once(&format!("Layer name: {layer}\n")).unwrap_or_else(|| panic!("{layer}: {text}"));
        let count = of_layer.lines().find_map(|line| line.strip_prefix("Feature Count: ")).unwrap();
        assert_ne!(count, "0", "{layer}");
    }
}
