//! GDAL as the judge: Debian's `validate_gpkg`, `ogrinfo`, and an attempt to write. Skipped where it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use store::{Batch, Store, write_geopackage};
use tempfile::TempDir;

use crate::programme::{LAYERS, create, put, record, release};

/// What a command prints, both ways; none if it cannot be run here.
fn said(command: &mut Command) -> Option<(bool, String)> {
    let output = command.output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

fn has_gdal() -> bool {
    let is_there = said(Command::new("/usr/bin/python3").args(["-c", "import osgeo_utils.samples.validate_gpkg"]))
        .is_some_and(|(is_there, _)| is_there)
        && said(Command::new("ogrinfo").arg("--version")).is_some();
    if !is_there {
        eprintln!("skipped: apt-get install python3-gdal gdal-bin");
    }
    is_there
}

fn validate(file: &Path) {
    let (is_valid, said) =
        said(Command::new("/usr/bin/python3").args(["-m", "osgeo_utils.samples.validate_gpkg", "-k"]).arg(file))
            .unwrap();
    assert!(is_valid && !said.contains("Req "), "{said}");
}

fn programme(directory: &Path) -> PathBuf {
    let file = directory.join("karabakh.gpkg");
    let (mut store, mut writer) = create(&file);
    let rows = (0..3).map(|n| put(release(&n.to_string(), 46.0 + f64::from(n), 40.0))).collect();
    store.append(&Batch { entries: vec![record(&mut writer, "LR-1")], rows }).unwrap();
    Box::new(store).close().unwrap();
    file
}

#[test]
fn a_programme_is_a_valid_geopackage_and_gdal_lists_its_layers_and_nothing_else() {
    if !has_gdal() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    validate(&file);
    let (_, said) = said(Command::new("ogrinfo").args(["-ro", "-so", "-al"]).arg(&file)).unwrap();
    let lines = said.lines().filter(|line| {
        ["Layer name", "Geometry:", "Feature Count", "Extent", "Warning", "ERROR"]
            .iter()
            .any(|head| line.starts_with(head))
    });
    expect![[r#"
        Layer name: release
        Geometry: Multi Polygon
        Feature Count: 3
        Extent: (46.000000, 40.000000) - (48.010000, 40.010000)
        Layer name: find
        Geometry: Point
        Feature Count: 0
        Layer name: ledger_entry
        Geometry: None
        Feature Count: 2
        Layer name: programme
        Geometry: None
        Feature Count: 1
        Layer name: field_file
        Geometry: None
        Feature Count: 0
        Layer name: field_form
        Geometry: None
        Feature Count: 0
        Layer name: field_submission
        Geometry: None
        Feature Count: 0
        Layer name: field_attachment
        Geometry: None
        Feature Count: 0
        Layer name: draft
        Geometry: None
        Feature Count: 0
        Layer name: organisation
        Geometry: None
        Feature Count: 0
    "#]]
    .assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn an_export_is_a_valid_geopackage() {
    if !has_gdal() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("export.gpkg");
    let mut features = (0..3).map(|n| release(&n.to_string(), 46.0 + f64::from(n), 40.0));
    let at = "2025-07-01T12:00:00Z".parse().unwrap();
    let layers: &mut [(_, &mut dyn Iterator<Item = _>)] =
        &mut [(LAYERS[0], &mut features), (LAYERS[1], &mut std::iter::empty()), (LAYERS[2], &mut std::iter::empty())];
    write_geopackage(&file, layers, at, false).unwrap();
    validate(&file);
}

#[test]
fn gdal_is_refused_when_it_writes_to_the_ledger_or_a_derived_layer() {
    if !has_gdal() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    let script = "
import sys
from osgeo import gdal, ogr
gdal.UseExceptions()
ogr.UseExceptions()
ds = gdal.OpenEx(sys.argv[1], gdal.OF_VECTOR | gdal.OF_UPDATE)
def attempt(what):
    try:
        what()
        print('done')
    except Exception as e:
        print(' '.join(str(e).split()))
ledger, layer = ds.GetLayerByName('ledger_entry'), ds.GetLayerByName('release')
def change(layer, field):
    f = layer.GetFeature(2)
    f.SetField(field, 'x')
    layer.SetFeature(f)
def add(layer):
    layer.CreateFeature(ogr.Feature(layer.GetLayerDefn()))
attempt(lambda: change(ledger, 'body'))
attempt(lambda: ledger.DeleteFeature(2))
attempt(lambda: ds.ExecuteSQL('DELETE FROM ledger_entry'))
attempt(lambda: change(layer, 'local_id'))
attempt(lambda: layer.DeleteFeature(2))
attempt(lambda: add(layer))
";
    let (_, said) = said(Command::new("/usr/bin/python3").args(["-c", script]).arg(&file)).unwrap();
    expect![[r#"
        failed to execute update : the ledger is append-only: an entry never changes. hint: record a correction that supersedes it, in Homeground
        sqlite3_exec(DELETE FROM "ledger_entry" WHERE "fid" = 2) failed: the ledger is append-only: an entry is never deleted. hint: record a withdrawal or a correction, in Homeground
        In ExecuteSQL(): sqlite3_step(DELETE FROM ledger_entry): the ledger is append-only: an entry is never deleted. hint: record a withdrawal or a correction, in Homeground
        failed to execute update : this layer is derived from the ledger and would be overwritten. hint: copy the layer to a file of your own, or import the change into Homeground
        sqlite3_exec(DELETE FROM "release" WHERE "fid" = 2) failed: this layer is derived from the ledger and would be overwritten. hint: copy the layer to a file of your own, or import the change into Homeground
        failed to execute insert : this layer is derived from the ledger and would be overwritten. hint: copy the layer to a file of your own, or import the change into Homeground
    "#]]
    .assert_eq(&said);
    let store = store::GeoPackage::open(&file, LAYERS).unwrap();
    store.check(&mut |finding| panic!("{finding}")).unwrap();
    assert_eq!(store.features("release", None, None, 10).unwrap().len(), 3);
}
