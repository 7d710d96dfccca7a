//! A visitor's GeoPackage: read as it is, and believed in nothing.

use std::fs;
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use geometry::Shape;
use rusqlite::Connection;
use serde_json::json;
use store::visitor::{GeoPackageReader, VisitorLayer, VisitorRow};
use store::{Failure, write_geopackage};
use tempfile::TempDir;

use crate::programme::{LAYERS, release};

fn shared(name: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/field_formats/gpkg").join(name);
    if !file.exists() {
        eprintln!("skipped: {name} is not here");
    }
    Some(file).filter(|file| file.exists())
}

/// A file of ours, then changed by the SQL of a stranger.
fn visitor(directory: &TempDir, sql: &str) -> PathBuf {
    let file = directory.path().join("visitor #1?.gpkg");
    let mut features = (0..3).map(|n| release(&n.to_string(), 46.0 + f64::from(n), 40.0));
    let at = "2025-07-01T12:00:00Z".parse().unwrap();
    write_geopackage(&file, &mut [(LAYERS[0], &mut features)], at, true).unwrap();
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = OFF; DROP TRIGGER rtree_release_geom_insert; DROP TRIGGER rtree_release_geom_update1; DROP TRIGGER rtree_release_geom_update2; DROP TRIGGER rtree_release_geom_update3; DROP TRIGGER rtree_release_geom_update4;").unwrap();
    conn.execute_batch(sql).unwrap();
    file
}

fn rows(reader: &GeoPackageReader, layer: &VisitorLayer) -> Result<Vec<VisitorRow>, Failure> {
    let mut rows = Vec::new();
    reader.rows(layer, &mut |row| {
        rows.push(row);
        Continue(())
    })?;
    Ok(rows)
}

/// A layer as text: its head, then its rows.
fn show(file: &Path, expected: Expect) {
    let reader = GeoPackageReader::open(file).unwrap();
    let mut text = String::new();
    for layer in reader.layers().unwrap() {
        let columns: Vec<_> = layer.columns.iter().map(|c| format!("{} {}", c.name, c.declared)).collect();
        text += &format!("{}: {}\n", layer.name, columns.join(", "));
        if let Some(geometry) = &layer.geometry {
            let srs = &geometry.srs;
            let number = srs.organization_coordsys_id;
            let definition: String = srs.definition.chars().take(24).collect();
            text +=
                &format!("  {} {} {}:{number} {definition}\n", geometry.column, geometry.type_name, srs.organization);
        }
        match rows(&reader, &layer) {
            Err(failure) => text += &format!("  {}\n", failure.to_string().replace(file.to_str().unwrap(), "FILE")),
            Ok(rows) => {
                for row in rows {
                    let values: Vec<_> = row.values.iter().map(ToString::to_string).collect();
                    let shape = match &row.geometry {
                        None => "no geometry".to_owned(),
                        Some(Err(why)) => format!("({why})"),
                        Some(Ok(shape)) => {
                            let flags = [(shape.has_z, " Z"), (shape.has_m, " M"), (shape.is_empty, " EMPTY")];
                            let flags = flags.iter().filter(|(is, _)| *is).map(|(_, flag)| *flag).collect::<String>();
                            format!("{}{flags}", shape.shape.type_name())
                        }
                    };
                    text += &format!("  {} {shape} | {}", row.fid.unwrap_or(-1), values.join(" | "));
                    text += &row.problems.iter().map(|(c, why)| format!(" !{c}: {why}")).collect::<String>();
                    text += "\n";
                }
            }
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn nulls_are_nulls_and_types_stay() {
    if let Some(file) = shared("test_gpkg_nulls.gpkg") {
        show(
            &file,
            expect![[r#"
            test_gpkg_nulls: col_bool BOOLEAN, col_int8 SMALLINT, col_int16 SMALLINT, col_int32 MEDIUMINT, col_int64 INTEGER, col_uint8 SMALLINT, col_uint16 MEDIUMINT, col_uint32 INTEGER, col_uint64 INTEGER, col_float32 FLOAT, col_float64 REAL
              geom POINT EPSG:4326 GEOGCS["WGS 84",DATUM["W
              1 Point | true | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1.5 | 1.5
              2 Point | false | 2 | 2 | 2 | 2 | 2 | 2 | 2 | 2 | 2.5 | 2.5
              3 Point | true | 3 | 3 | 3 | 3 | 3 | 3 | 3 | 3 | 3.5 | 3.5
              4 Point | null | null | null | null | null | null | null | null | null | null | null
        "#]],
        );
    }
}

#[test]
fn heights_and_measures_are_told() {
    if let Some(file) = shared("line_zm.gpkg") {
        show(
            &file,
            expect![[r#"
            line_zm: 
              geometry LINESTRING EPSG:4326 GEOGCS["WGS 84",DATUM["W
              1 LineString Z M | 
        "#]],
        );
    }
}

#[test]
fn what_is_wrong_with_a_row_is_told_in_that_row() {
    let directory = TempDir::new().unwrap();
    let sql = "
        UPDATE \"release\" SET geom = x'4750', local_id = CAST(x'ff41' AS TEXT), area_m2 = 9e999 WHERE fid = 1;
        UPDATE \"release\" SET geom = 'POLYGON', completed_on = x'0102', approved = 7, \"order\" = 'x' WHERE fid = 2;
        INSERT INTO \"release\" (id, geom) VALUES ('null', NULL),
          ('half', substr((SELECT geom FROM \"release\" WHERE fid = 3), 1, 60)),
          ('curve', x'47500001e6100000010a00000001000000'),
          ('empty point', x'47500011e61000000101000000000000000000f87f000000000000f87f'),
          ('many', x'47500001e6100000010600000000ffffff');
        INSERT INTO \"release\" (id, geom) VALUES ('huge', zeroblob(70000000));
        UPDATE gpkg_geometry_columns SET srs_id = 31468, table_name = 'RELEASE';";
    let file = directory.path().join("plain.gpkg");
    fs::rename(visitor(&directory, sql), &file).unwrap();
    show(
        &file,
        expect![[r#"
        release: id TEXT, local_id TEXT, order INTEGER, area_m2 REAL, completed_on DATE, approved BOOLEAN
          geom MULTIPOLYGON :0 undefined
          1 (a geometry has at least 8 bytes) | "0" | null | 7 | null | "2025-06-30" | true !local_id: the text is not UTF-8 !area_m2: the number is infinite
          2 (the geometry is not a blob) | "1" | "LR-1" | "x" | 1000.5 | {"blob_bytes":2} | 7
          3 MultiPolygon | "2" | "LR-2" | 7 | 1000.5 | "2025-06-30" | true
          4 no geometry | "null" | null | null | null | null | null
          5 (well-known binary is broken at byte 18: 1 elements were expected, more than there are bytes for) | "half" | null | null | null | null | null
          6 (geometry type "10" is not one of OGC simple features) | "curve" | null | null | null | null | null
          7 Point EMPTY | "empty point" | null | null | null | null | null
          8 (well-known binary is broken at byte 9: 4294967040 elements were expected, more than there are bytes for) | "many" | null | null | null | null | null
          9 (the geometry is larger than 64 MiB) | "huge" | null | null | null | null | null
    "#]],
    );
}

#[test]
fn a_hostile_layer_ends_that_layer_only() {
    let directory = TempDir::new().unwrap();
    let register = |name: &str| {
        format!(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('{name}', 'attributes', '{name}');"
        )
    };
    let views = [
        ("a_endless", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS s FROM n"),
        ("b_many", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"),
        ("c_self", "SELECT * FROM c_self"),
        ("d_large", "SELECT zeroblob(900000000) AS b"),
        ("e_function", "SELECT load_extension('evil') AS x"),
        ("f_nothing", "SELECT * FROM no_such_table"),
        ("g_fine", "SELECT id, area_m2 FROM \"release\" WHERE fid = 1"),
    ];
    let mut sql: String =
        views.iter().map(|(name, body)| format!("CREATE VIEW {name} AS {body}; {}", register(name))).collect();
    sql += &register("sqlite_schema");
    sql += &register("rtree_release_geom");
    sql += &register("no_such_table");
    sql += "CREATE TABLE \"q\"\"uote;--\" (\"a\"\"b\" TEXT); INSERT INTO gpkg_contents (table_name, data_type) VALUES ('q\"uote;--', 'attributes');";
    sql += "DELETE FROM \"release\" WHERE fid > 1;";
    show(
        &visitor(&directory, &sql),
        expect![[r#"
        a_endless: s 
          FILE: layer "a_endless" cannot be read: it computes for too long without giving a row. hint: export the layer to a new file with QGIS
        b_many: i 
          FILE: layer "b_many" cannot be read: the view gives more than 1000000 rows. hint: export the layer to a new file with QGIS
        c_self: 
          FILE: layer "c_self" cannot be read: view c_self is circularly defined. hint: export the layer to a new file with QGIS
        d_large: b 
          FILE: layer "d_large" cannot be read: it holds a value of more than 64 MiB. hint: export the layer to a new file with QGIS
        e_function: 
          FILE: layer "e_function" cannot be read: unsafe use of load_extension(). hint: export the layer to a new file with QGIS
        f_nothing: 
          FILE: layer "f_nothing" cannot be read: no such table: main.no_such_table. hint: export the layer to a new file with QGIS
        g_fine: id TEXT, area_m2 REAL
          -1 no geometry | "0" | 1000.5
        q"uote;--: a"b TEXT
        release: id TEXT, local_id TEXT, order INTEGER, area_m2 REAL, completed_on DATE, approved BOOLEAN
          geom MULTIPOLYGON EPSG:4326 GEOGCS["WGS 84",DATUM["W
          1 MultiPolygon | "0" | "LR-0" | 7 | 1000.5 | "2025-06-30" | true
    "#]],
    );
}

#[test]
fn reading_stops_when_told_and_leaves_the_file_and_its_directory_alone() {
    let directory = TempDir::new().unwrap();
    let file = visitor(&directory, "");
    let before = fs::read(&file).unwrap();
    let reader = GeoPackageReader::open(&file).unwrap();
    let layer = reader.layers().unwrap().remove(0);
    assert_eq!((reader.n_rows(&layer).unwrap(), layer.key.as_deref(), layer.is_view), (3, Some("fid"), false));
    assert_eq!(layer.about.as_deref(), Some("Ground that was released"));
    let mut seen = Vec::new();
    reader
        .rows(&layer, &mut |row| {
            seen.push(row);
            Break(())
        })
        .unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].values[0], json!("0"));
    assert!(
        matches!(&seen[0].geometry, Some(Ok(shape)) if matches!(shape.shape, Shape::MultiPolygon(_)) && shape.srs_id == 4326)
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn rows_that_stand_in_the_wal_beside_are_read() {
    let directory = TempDir::new().unwrap();
    let file = visitor(&directory, "");
    let qgis = Connection::open(&file).unwrap();
    qgis.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    qgis.execute("INSERT INTO \"release\" (id) VALUES ('edited a minute ago')", []).unwrap();
    let reader = GeoPackageReader::open(&file).unwrap();
    let layer = reader.layers().unwrap().remove(0);
    assert_eq!(rows(&reader, &layer).unwrap().last().unwrap().values[0], json!("edited a minute ago"));
}

#[test]
fn what_is_no_geopackage_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("some.gpkg");
    assert!(matches!(GeoPackageReader::open(&file), Err(Failure::Missing { .. })));
    fs::write(&file, "hello").unwrap();
    assert!(matches!(GeoPackageReader::open(&file), Err(Failure::NotGeoPackage { .. })));
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(GeoPackageReader::open(&file), Err(Failure::NotGeoPackage { .. })));
}
