//! Files out and in again: every format keeps what it claims to keep, and the programs that people have read it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::world::{World, collection, feature, ring};

const FORMATS: [&str; 9] = ["gpkg", "geojson", "fgb", "parquet", "csv", "xlsx", "kml", "kmz", "shp.zip"];

/// A programme with ground, points and words that files like to break.
fn programme() -> World {
    let world = World::new();
    let polygon = |corners: [f64; 4]| json!({"type": "Polygon", "coordinates": [ring(corners)]});
    let common =
        |record: &str, id: &str, day: &str| json!({"record": record, "local_id": id, "date_of_information": day});
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let units =
        [("PL-AZ", "country", "", "AZ"), ("PL-1", "region", "PL-AZ", "AZ01"), ("PL-2", "region", "PL-AZ", "AZ02")];
    let corners = [[-500.0, -500.0, 1000.0, 500.0], [-500.0, -500.0, 150.0, 500.0], [150.0, -500.0, 1000.0, 500.0]];
    let mut features: Vec<Value> = units
        .iter()
        .zip(corners)
        .map(|((id, kind, parent, code), corners)| {
            let parent = if parent.is_empty() { Value::Null } else { json!(parent) };
            let more = json!({"name": id, "place_type": kind, "parent": parent, "pcode": code});
            feature(with(common("place", id, "2020-01-01"), more), polygon(corners))
        })
        .collect();
    features.push(feature(
        with(common("source", "S-1", "2021-04-01"), json!({"title": "Report", "source_type": "report"})),
        Value::Null,
    ));
    let ground = json!({"accuracy_m": 1.25, "geometry_quality": "SURVEYED", "operator": "OP-Ə", "source": "S-1"});
    features.push(feature(
        with(with(common("hazard_area", "HA-1", "2021-05-01"), ground.clone()), json!({"class": "CHA", "evidence": "direct", "eo": "AP_MINE,UXO", "note": "=1+1, \"quoted\" <b>&\nsecond line; Ağdam"})),
        json!({"type": "MultiPolygon", "coordinates": [[ring([0.0, 0.0, 200.0, 100.0]), ring([20.0, 20.0, 40.0, 60.0]).into_iter().rev().collect::<Vec<_>>()], [ring([300.0, 0.0, 320.0, 20.0])]]}),
    ));
    features.push(feature(
        with(with(common("release_product", "LR-1", "2021-06-01"), ground), json!({"class": "CLEARED", "activity": "CLR", "hazard": "HA-1", "depth_cm": 20, "qc": "accepted", "eo": "AP_MINE", "started_on": "2021-05-10", "completed_on": "2021-06-01", "reported_area_m2": 9876.5})),
        polygon([50.0, 0.0, 150.0, 100.0]),
    ));
    features.push(feature(
        with(common("device_find", "F-1", "2021-05-20"), json!({"category": "AP_MINE", "model": "PMN-2", "quantity": 3, "depth_cm": 12.5, "action": "destroyed_in_situ", "found_by": "CLR"})),
        json!({"type": "Point", "coordinates": ring([60.0, 60.0, 0.0, 0.0])[0]}),
    ));
    world.write("reports.geojson", collection(&features));
    world.ok_or_held("import p.gpkg reports.geojson --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z");
    world
}

/// Features of a layer by local id, without what a new programme says anew.
fn layer(world: &World, programme: &str, layer: &str) -> BTreeMap<String, Value> {
    world.ok(&format!("export {programme} --layer {layer} --out back.geojson --overwrite"));
    let all: Value = serde_json::from_str(&world.text("back.geojson")).unwrap();
    let features = all["features"].as_array().unwrap().iter().cloned();
    let of = |mut feature: Value| {
        feature.as_object_mut().unwrap().remove("id");
        let properties = feature["properties"].as_object_mut().unwrap();
        properties.retain(|name, value| !value.is_null() && !["standing", "effective_m2"].contains(&name.as_str()));
        (properties["local_id"].as_str().unwrap().to_owned(), feature)
    };
    features.map(of).collect()
}

fn unpacked(world: &World, archive: &str, entry: &str) -> String {
    let file = std::fs::File::open(world.path(archive)).unwrap();
    std::io::read_to_string(zip::ZipArchive::new(file).unwrap().by_name(entry).unwrap()).unwrap()
}

#[test]
fn what_goes_out_comes_back_whole_in_every_format() {
    let world = programme();
    for (name, record) in
        [("hazard_area", "hazard_area"), ("release", "release_product"), ("find", "device_find"), ("place", "place")]
    {
        let before = layer(&world, "p.gpkg", name);
        assert!(!before.is_empty());
        for format in FORMATS {
            let file = format!("{name}.{format}");
            world.ok(&format!("export p.gpkg --layer {name} --out {file}"));
            let _ = std::fs::remove_file(world.path("q.gpkg"));
            world.ok("new q.gpkg --name Back --country AZE");
            if name == "release" {
                world.ok("import q.gpkg hazard_area.geojson --as hazard_area");
            }
            let map = match format {
                "shp.zip" => {
                    world.write("map.toml", unpacked(&world, &file, &format!("{name}.toml")));
                    "--map map.toml"
                }
                _ => "",
            };
            let run = world.run(&format!("import q.gpkg {file} --as {record} {map}"));
            assert!(run.status <= 1, "{file}: {}", run.stderr);
            let mut after = layer(&world, "q.gpkg", name);
            let mut before = before.clone();
            for features in [&mut before, &mut after] {
                for feature in features.values_mut() {
                    // A spreadsheet that opens a CSV would run it; the guard stays.
                    if format == "csv"
                        && let Some(note) = feature["properties"].get_mut("note")
                    {
                        *note = json!(note.as_str().unwrap().trim_start_matches('\''));
                    }
                    // Shapefile turns rings its own way; the ground is the same.
                    if format == "shp.zip" {
                        feature["geometry"] = json!(n_positions(&feature["geometry"]));
                    }
                }
            }
            assert_eq!(after, before, "{file}\n{}", run.stdout);
        }
    }
}

fn n_positions(value: &Value) -> usize {
    match value {
        Value::Array(items) if items.iter().all(Value::is_number) => 1,
        Value::Array(items) => items.iter().map(n_positions).sum(),
        Value::Object(map) => map.values().map(n_positions).sum(),
        _ => 0,
    }
}

#[test]
fn gdal_reads_every_export() {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        return eprintln!("skipped: gdal-bin is not installed");
    }
    let world = programme();
    // Parquet is not among the formats of Debian's GDAL; another test asks pyarrow.
    for format in FORMATS.into_iter().filter(|format| *format != "parquet") {
        world.ok(&format!("export p.gpkg --layer release --out release.{format}"));
        let mut ogrinfo = Command::new("ogrinfo");
        let output = ogrinfo.args(["-ro", "-al"]).arg(world.path(&format!("release.{format}"))).output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && !text.contains("ERROR"), "{format}: {text}");
        let of_layer = text.split_once("release").map(|(_, rest)| rest).unwrap_or_default();
        assert!(of_layer.contains("Feature Count: 1"), "{format}: {text}");
        assert!(text.contains("LR-1") && text.contains("9876.5"), "{format}: {text}");
        assert!(text.contains("OP-Ə"), "{format}: {text}");
    }
}

/// Python with the programs that `cargo xtask ci` brings for tests, if it is there.
fn python() -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME")?);
    let python = home.join(".cache/homeground/clients/bin/python");
    python.exists().then_some(python)
}

fn said(world: &World, script: &str) -> Option<String> {
    let Some(python) = python() else {
        eprintln!("skipped: the Python clients are not installed (`cargo xtask ci programs`)");
        return None;
    };
    let output = Command::new(python).arg("-c").arg(script).current_dir(world.folder()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn pyarrow_reads_geoparquet_with_its_metadata() {
    let world = programme();
    world.ok("export p.gpkg --layer release --out release.parquet");
    let script = "import json, pyarrow.parquet as pq
t = pq.read_table('release.parquet')
geo = json.loads(t.schema.metadata[b'geo'])
row = t.to_pylist()[0]
print(geo['version'], geo['primary_column'], geo['columns']['geometry']['encoding'], geo['columns']['geometry']['geometry_types'])
print(row['local_id'], row['date_of_information'], row['depth_cm'], row['reported_area_m2'], row['geometry'][:5].hex(), t.schema.field('date_of_information').type)";
    let Some(text) = said(&world, script) else { return };
    expect_test::expect![[r#"
        1.1.0 geometry WKB ['MultiPolygon']
        LR-1 2021-06-01 20.0 9876.5 0106000000 date32[day]"#]]
    .assert_eq(&text);
}

#[test]
fn a_workbook_has_days_numbers_no_formulas_and_says_where_each_row_comes_from() {
    let world = programme();
    world.ok("export p.gpkg --layer hazard --layer hazard_area --out h.xlsx --hxl --pcodes --as-of 2021-12-31");
    let script = "import openpyxl
w = openpyxl.load_workbook('h.xlsx')
print(w.sheetnames)
s = w['hazard_area']
names = [c.value for c in s[1]]
row = dict(zip(names, s[3]))
print(s.freeze_panes, s.cell(2, names.index('date_of_information') + 1).value)
print([(n, row[n].data_type, str(row[n].value)[:20]) for n in ('local_id', 'date_of_information', 'accuracy_m', 'adm0_pcode', 'adm1_pcode')])
print(row['note'].data_type, row['note'].value[:5])
l = w['lineage']
print([c.value for c in l[1]])
print(sorted((r[0].value, r[3].value, r[4].value, str(r[8].value)[:10], r[10].value) for r in l.iter_rows(min_row=2)))";
    let Some(text) = said(&world, script) else { return };
    expect_test::expect![[r#"
        ['hazard', 'hazard_area', 'lineage']
        A2 #date
        [('local_id', 's', 'HA-1'), ('date_of_information', 'd', '2021-05-01 00:00:00'), ('accuracy_m', 'n', '1.25'), ('adm0_pcode', 's', 'AZ'), ('adm1_pcode', 's', 'AZ01,AZ02')]
        s =1+1,
        ['sheet', 'id', 'entry', 'record', 'local_id', 'date_of_information', 'recorded_at', 'standing', 'as_of', 'known_at', 'programme']
        [('hazard', 'hazard_area', 'HA-1', '2021-12-31', 'Test'), ('hazard', 'release_product', 'LR-1', '2021-12-31', 'Test'), ('hazard_area', 'hazard_area', 'HA-1', '2021-12-31', 'Test')]"#]]
    .assert_eq(&text);
}

#[test]
fn a_table_takes_hashtags_and_place_codes_and_no_formula() {
    let world = programme();
    world.ok("export p.gpkg --layer find --out f.csv --hxl --pcodes");
    let table = world.text("f.csv");
    let line = |at: usize| table.lines().nth(at).unwrap();
    assert!(line(1).starts_with("#meta+id,#event+id,#date,#status,#meta+source"), "{}", line(1));
    assert!(line(0).ends_with("adm0_pcode,adm1_pcode,WKT") && line(1).ends_with("#country+code,#adm1+code,#geo+wkt"));
    assert!(line(2).contains("AZ,AZ01,POINT"), "{}", line(2));
    world.ok("export p.gpkg --layer hazard_area --out h.csv");
    assert!(world.text("h.csv").contains("\"'=1+1"), "{}", world.text("h.csv"));
    let refused = world.run("export p.gpkg --out h.fgb --hxl");
    assert_eq!((refused.status, refused.stderr.contains("csv and xlsx")), (2, true), "{}", refused.stderr);
    let unknown = world.run("export p.gpkg --out h.dwg");
    assert_eq!((unknown.status, unknown.stderr.contains("shp.zip")), (2, true), "{}", unknown.stderr);
}
