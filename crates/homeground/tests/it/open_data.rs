//! Open data of heritage, events and displacement, as the guides import them. The files are not in the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::world::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder of the shared data, if it is there.
fn data(folder: &str) -> Option<PathBuf> {
    let beside = ["..", "../.."].map(|up| root().join(up).join("shared/data").join(folder));
    let found = beside.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: {folder} is not beside the repository");
    }
    found
}

fn profile(name: &str) -> PathBuf {
    root().join("examples/profiles").join(name)
}

fn import(world: &World, file: &Path, map: &str) -> Value {
    let (file, map) = (file.display(), profile(map));
    world.json(&format!("import p.gpkg {file} --map {} --approve-as Example", map.display()))
}

fn counts(report: &Value) -> (u64, u64) {
    (report["accepted"].as_u64().unwrap(), report["held"].as_u64().unwrap())
}

/// Messages of the issues of a rule that are about a field.
fn said<'a>(report: &'a Value, rule: &str, field: &str) -> Vec<&'a str> {
    let issues = report["issues"].as_array().unwrap().iter();
    let found = issues.filter(|issue| issue["rule"] == rule && issue["field"] == field);
    found.map(|issue| issue["message"].as_str().unwrap()).collect()
}

fn records(world: &World, layer: &str) -> Vec<Value> {
    world.ok(&format!("export p.gpkg --out {layer}.geojson --layer {layer} --overwrite"));
    let text: Value = serde_json::from_str(&world.text(&format!("{layer}.geojson"))).unwrap();
    text["features"].as_array().unwrap().clone()
}

#[test]
fn points_and_polygons_of_one_caravanserai_are_one_monument_and_its_condition_is_a_visit() {
    let Some(folder) = data("heritage/eamena") else { return };
    let world = World::empty();
    world.ok("new p.gpkg --name Caravanserais --country IRN");
    let file = folder.join("caravanserail.geojson");
    assert_eq!(counts(&import(&world, &file, "eamena/monuments.toml")), (221, 0));
    assert_eq!(counts(&import(&world, &file, "eamena/assessments.toml")), (221, 0));

    let given: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let monuments = records(&world, "monument");
    let areal = monuments.iter().filter(|m| m["geometry"]["type"].as_str().unwrap().ends_with("Polygon")).count();
    assert_eq!((monuments.len(), areal), (221, 207), "424 rows, 221 places, 14 of them points alone");
    for row in given["features"].as_array().unwrap() {
        let wanted = &row["properties"];
        let id = &wanted["EAMENA ID"];
        let found = monuments.iter().find(|m| m["properties"]["local_id"] == *id).unwrap();
        let names: Vec<Value> = serde_json::from_str(found["properties"]["names"].as_str().unwrap_or("[]")).unwrap();
        let joined = names.iter().map(|name| name["name"].as_str().unwrap()).collect::<Vec<_>>().join(", ");
        assert_eq!(joined, wanted["Resource Name"].as_str().unwrap_or_default(), "{id}");
    }

    // Out again, in the sheet they came from.
    world.ok("export p.gpkg --out sheet.csv --layer monument --as arches");
    let sheet = world.text("sheet.csv");
    let mut lines = csv_rows(&sheet);
    let heads = lines.remove(0);
    let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
    assert_eq!(heads.len(), 99);
    let ids: std::collections::BTreeSet<&String> = lines.iter().map(|line| &line[0]).collect();
    assert_eq!(ids.len(), 221);
    for (head, key) in
        [("Overall Condition State", "Overall Condition State Type"), ("Damage Extent Type", "Damage Extent Type")]
    {
        let count = |word: &str| lines.iter().filter(|line| line[column(head)] == word).count();
        for word in ["Good", "Fair", "Poor", "Very Bad", "Destroyed", "1-10%", "91-100%", "No Visible/Known"] {
            let rows = given["features"].as_array().unwrap().iter();
            let wanted: std::collections::BTreeSet<&str> = rows
                .filter(|row| row["properties"][key] == word)
                .map(|row| row["properties"]["EAMENA ID"].as_str().unwrap())
                .collect();
            assert_eq!(count(word), wanted.len(), "{head} {word}");
        }
    }
    let shapes = lines.iter().filter(|line| !line[column("Geometric Place Expression")].is_empty()).count();
    assert_eq!(shapes, 424, "every point and every outline");

    world.ok("export p.gpkg --out linked.jsonld --layer monument --as cidoc");
    let linked: Value = serde_json::from_str(&world.text("linked.jsonld")).unwrap();
    let graph = linked["@graph"].as_array().unwrap();
    assert_eq!(graph.len(), 221);
    let text = linked.to_string();
    for class in [
        "E27_Site",
        "E53_Place",
        "E14_Condition_Assessment",
        "E3_Condition_State",
        "E7_Activity",
        "E13_Attribute_Assignment",
    ] {
        assert!(text.contains(&format!("crm:{class}")), "{class}");
    }
}

/// Rows of a CSV text.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn rows_of_one_place_that_differ_are_held() {
    let world = World::empty();
    world.ok("new p.gpkg --name Caravanserais --country IRN");
    let row = |ground: &str, shape: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{ground},"properties":{{"EAMENA ID":"E-1","Resource Name":"Robat","Assessment Activity Date":"2021-05-21","Site Feature Shape Type":"{shape}"}}}}"#
        )
    };
    let point = r#"{"type":"Point","coordinates":[59.97,29.88]}"#;
    let area = r#"{"type":"Polygon","coordinates":[[[59.97,29.88],[59.971,29.88],[59.971,29.881],[59.97,29.88]]]}"#;
    let file = |second: &str| {
        format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, row(point, "Circular"), row(area, second))
    };
    world.write("differ.geojson", file("Square"));
    let report = import(&world, &world.path("differ.geojson"), "eamena/monuments.toml");
    assert_eq!(counts(&report), (0, 1));
    let told = said(&report, "DQ-12", "Site Feature Shape Type");
    assert_eq!(told, ["rows 1, 2 are one record by the profile, and differ in Site Feature Shape Type"]);
    world.write("same.geojson", file("Circular"));
    assert_eq!(counts(&import(&world, &world.path("same.geojson"), "eamena/monuments.toml")), (1, 0));
}

#[test]
fn every_event_of_colombia_is_a_record_and_equal_rows_are_several() {
    let Some(folder) = data("mine_action/colombia_events") else { return };
    let world = World::empty();
    world.ok("new p.gpkg --name Colombia --country COL");
    let mut rows = 0;
    for year in [1990, 1995, 2000] {
        let file = folder.join(format!("{year}.json"));
        let given: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let n = given["features"].as_array().unwrap().len() as u64;
        assert_eq!(counts(&import(&world, &file, "colombia/events.toml")), (n, 0), "{year}");
        rows += n as usize;
    }
    let layers = ["accident", "find", "activity", "evidence_item"];
    let kept: usize = layers.iter().map(|layer| records(&world, layer).len()).sum();
    assert_eq!(kept, rows);
    let accident = &records(&world, "accident")[0]["properties"];
    assert_eq!((&accident["happened"], &accident["date_of_information"]), (&"1990".into(), &"1990-12-31".into()));
}

#[test]
fn swapped_axes_and_years_with_marks_are_held_with_a_reason_and_ethnicity_is_dropped() {
    let world = World::empty();
    world.ok("new p.gpkg --name Colombia --country COL");
    let event = |at: [f64; 2], year: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{},{}]}},"properties":{{"TIPO_EVENTO":"1","DEPARTAMENTO":"META","TIPO_AREA":"Rural","AÑO":"{year}","MUNICIPIO":"URIBE","Grupo étnico":"afrocolombiano"}}}}"#,
            at[0], at[1]
        )
    };
    let there = [-74.35, 3.24];
    let events = [event(there, "2006"), event(there, "2006"), event(there, "2,006"), event([3.24, -74.35], "2006")];
    world.write("events.json", format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, events.join(",")));
    let report = import(&world, &world.path("events.json"), "colombia/events.toml");
    assert_eq!(counts(&report), (2, 2), "{report:#}");
    assert!(said(&report, "DQ-49", "happened").iter().any(|message| message.contains("EDTF")), "{report:#}");
    let issues = report["issues"].as_array().unwrap();
    assert!(issues.iter().any(|issue| issue["row"] == 4 && issue["message"].as_str().unwrap().contains("swapped")));
    assert_eq!(said(&report, "REC-7", "Grupo étnico").len(), 1, "said once");
    // Nowhere: not in a record, not in what is held.
    let held = world.json("held p.gpkg").to_string();
    assert!(held.contains("2,006") && !held.contains("afrocolombiano"));
    assert!(!serde_json::to_string(&records(&world, "accident")).unwrap().contains("afrocolombiano"));
    let bytes = std::fs::read(world.path("p.gpkg")).unwrap();
    assert!(!bytes.windows(14).any(|window| window == b"afrocolombiano"), "not in the file");
}

#[test]
fn displacement_by_year_becomes_one_figure_a_column_and_nothing_is_lost() {
    let Some(folder) = data("displacement") else { return };
    let world = World::empty();
    world.ok("new p.gpkg --name Displacement --country AZE");
    let file = folder.join("aze_idp_series.csv");
    let rows = csv_rows(&std::fs::read_to_string(&file).unwrap());
    let cell = |row: &Vec<String>, at: usize| row[at].parse::<f64>().ok();
    let wanted: Vec<f64> = rows[1..].iter().flat_map(|row| [cell(row, 3), cell(row, 5)]).flatten().collect();
    assert_eq!(counts(&import(&world, &file, "displacement/unhcr-idps.toml")), (wanted.len() as u64, 0));
    let sum = |records: &[Value]| records.iter().map(|r| r["properties"]["count"].as_f64().unwrap()).sum::<f64>();
    assert_eq!(sum(&records(&world, "population")), wanted.iter().sum::<f64>());

    let report = import(&world, &folder.join("idmc_displacement_all_dataset.xlsx"), "displacement/idmc.toml");
    assert_eq!(counts(&report), (10, 0), "six rows hold ten numbers: {report:#}");
    let mut idmc = records(&world, "population");
    idmc.retain(|record| record["properties"]["local_id"].as_str().unwrap().starts_with("IDMC-"));
    assert_eq!(sum(&idmc), 4_230_400.0);
}

#[test]
fn a_round_of_the_tracking_matrix_is_read_with_its_parts() {
    let Some(folder) = data("displacement") else { return };
    let world = World::empty();
    world.ok("new p.gpkg --name Displacement --country AZE");
    let heads = std::fs::read_to_string(folder.join("dtm_column_names_and_hxl_tags.csv")).unwrap();
    let row = "1,Op,Azerbaijan,AZ,Kalbajar,AZ01,Kalbajar,AZ0101,2,120,2024-03-31,2024,3,5,Conflict,50,70,Kalbajar,AZ01,B1,Active";
    world.write("dtm.csv", format!("{}\n{row}\n", heads.trim_end()));
    assert_eq!(counts(&import(&world, &world.path("dtm.csv"), "displacement/dtm.toml")), (3, 0));
}
