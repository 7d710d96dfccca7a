//! What holds for the file itself: append-only for everybody, one file when closed, safe copies.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use expect_test::{Expect, expect};
use rusqlite::Connection;
use store::{Batch, Failure, GeoPackage, Position, Store, restore, write_geopackage};
use tempfile::TempDir;

use crate::programme::{LAYERS, create, first, gone, put, record, release, writer};

/// Names of the files in a directory.
fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn closed(directory: &Path) -> std::path::PathBuf {
    let file = directory.join("karabakh.gpkg");
    let (mut store, mut writer) = create(&file);
    let batch = Batch {
        entries: vec![record(&mut writer, "LR-1"), record(&mut writer, "LR-2")],
        rows: vec![put(release("1", 46.0, 40.0)), put(release("2", 46.5, 40.5))],
    };
    store.append(&batch).unwrap();
    Box::new(store).close().unwrap();
    file
}

/// What another program is told for each statement.
fn told(file: &Path, statements: &[&str], expected: Expect) {
    let conn = Connection::open(file).unwrap();
    let answers = statements.iter().map(|sql| match conn.execute(sql, []) {
        Ok(n) => format!("{sql}\n  => {n} rows\n"),
        Err(error) => format!("{sql}\n  => {error}\n"),
    });
    expected.assert_eq(&answers.collect::<String>());
}

#[test]
fn an_entry_never_changes_never_goes_and_is_never_replaced_by_any_program() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let all = "id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry";
    told(
        &file,
        &[
            "UPDATE ledger_entry SET body = '{}' WHERE fid = 2",
            "UPDATE OR REPLACE ledger_entry SET fid = 1 WHERE fid = 2",
            "DELETE FROM ledger_entry WHERE fid = 2",
            "DELETE FROM ledger_entry",
            &format!("INSERT OR REPLACE INTO ledger_entry SELECT fid, {all} WHERE fid = 2"),
            &format!("INSERT OR IGNORE INTO ledger_entry SELECT 9, {all} WHERE fid = 2"),
            &format!("INSERT INTO ledger_entry SELECT fid, {all} WHERE fid = 2 ON CONFLICT (id) DO UPDATE SET seq = 5"),
            "REPLACE INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
             VALUES (2, lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')",
            "INSERT INTO ledger_entry (id, writer, seq, recorded_at, kind, signature, body)
             VALUES (lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')",
        ],
        expect![[r#"
            UPDATE ledger_entry SET body = '{}' WHERE fid = 2
              => the ledger is append-only: an entry never changes. hint: record a correction that supersedes it, in Homeground
            UPDATE OR REPLACE ledger_entry SET fid = 1 WHERE fid = 2
              => the ledger is append-only: an entry never changes. hint: record a correction that supersedes it, in Homeground
            DELETE FROM ledger_entry WHERE fid = 2
              => the ledger is append-only: an entry is never deleted. hint: record a withdrawal or a correction, in Homeground
            DELETE FROM ledger_entry
              => the ledger is append-only: an entry is never deleted. hint: record a withdrawal or a correction, in Homeground
            INSERT OR REPLACE INTO ledger_entry SELECT fid, id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry WHERE fid = 2
              => only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows
            INSERT OR IGNORE INTO ledger_entry SELECT 9, id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry WHERE fid = 2
              => only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows
            INSERT INTO ledger_entry SELECT fid, id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry WHERE fid = 2 ON CONFLICT (id) DO UPDATE SET seq = 5
              => only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows
            REPLACE INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
                         VALUES (2, lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')
              => only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows
            INSERT INTO ledger_entry (id, writer, seq, recorded_at, kind, signature, body)
                         VALUES (lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')
              => only Homeground appends to the ledger, because every entry is signed. hint: import the file that holds the new rows
        "#]],
    );
}

#[test]
fn even_our_own_writes_only_append_to_the_ledger() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let all = "id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry";
    Connection::open(&file).unwrap().execute("UPDATE programme SET writing = 1", []).unwrap();
    told(
        &file,
        &[
            &format!("INSERT OR REPLACE INTO ledger_entry SELECT 4, {all} WHERE fid = 2"),
            "INSERT OR REPLACE INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
             VALUES (2, lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')",
            "INSERT INTO ledger_entry (id, writer, seq, recorded_at, kind, signature, body)
             VALUES (lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')",
            "INSERT INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
             VALUES (4, 'short', 'w', 1, '2025', 'record', zeroblob(64), '{}')",
        ],
        expect![[r#"
            INSERT OR REPLACE INTO ledger_entry SELECT 4, id, writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry WHERE fid = 2
              => the ledger is append-only: this entry is kept already
            INSERT OR REPLACE INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
                         VALUES (2, lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')
              => the ledger is append-only: an entry takes the next position
            INSERT INTO ledger_entry (id, writer, seq, recorded_at, kind, signature, body)
                         VALUES (lower(hex(zeroblob(32))), 'w', 1, '2025', 'record', zeroblob(64), '{}')
              => the ledger is append-only: an entry takes the next position
            INSERT INTO ledger_entry (fid, id, writer, seq, recorded_at, kind, signature, body)
                         VALUES (4, 'short', 'w', 1, '2025', 'record', zeroblob(64), '{}')
              => CHECK constraint failed: typeof(id) = 'text' AND length(id) = 64
        "#]],
    );
}

#[test]
fn a_derived_layer_is_written_by_nobody_else() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    told(
        &file,
        &[
            "UPDATE \"release\" SET area_m2 = 1",
            "DELETE FROM \"release\"",
            "INSERT INTO \"release\" (id) VALUES ('mine')",
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY)",
        ],
        expect![[r#"
            UPDATE "release" SET area_m2 = 1
              => no such function: ST_IsEmpty
            DELETE FROM "release"
              => this layer is derived from the ledger and would be overwritten. hint: copy the layer to a file of your own, or import the change into Homeground
            INSERT INTO "release" (id) VALUES ('mine')
              => no such function: ST_IsEmpty
            CREATE TABLE layer_styles (id INTEGER PRIMARY KEY)
              => 0 rows
        "#]],
    );
}

#[test]
fn what_was_changed_behind_our_back_is_found() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "DROP TRIGGER ledger_entry_never_changes;
             UPDATE ledger_entry SET local_id = 'LR-9' WHERE fid = 2;
             UPDATE ledger_entry SET fid = 7 WHERE fid = 3;
             DROP TRIGGER ledger_entry_never_goes;
             CREATE TRIGGER ledger_entry_never_goes BEFORE DELETE ON ledger_entry BEGIN SELECT 1; END;",
        )
        .unwrap();
    let mut found = String::new();
    let store = GeoPackage::open_to_read(&file, LAYERS).unwrap();
    store.check(&mut |finding| found += &(finding + "\n")).unwrap();
    let id = store.search(&store::Query { local_id: Some("LR-9".into()), limit: 1, ..Default::default() }).unwrap();
    let found = found.replace(&id.entries[0].1.id.to_string(), "(id)");
    expect![[r#"
        the trigger ledger_entry_never_changes is missing
        the trigger ledger_entry_never_goes was changed
        position 2, entry (id): column local_id differs from the body
        position 7 follows position 2
    "#]]
    .assert_eq(&found);
}

#[test]
fn a_closed_programme_is_one_file_and_its_copy_opens() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    assert_eq!(files(directory.path()), ["karabakh.gpkg"]);
    assert_eq!(fs::read(&file).unwrap()[18..20], [1, 1], "no WAL: file format §1.3.3");
    let copy = directory.path().join("copy.gpkg");
    fs::copy(&file, &copy).unwrap();
    let store = GeoPackage::open(&copy, LAYERS).unwrap();
    assert_eq!(store.position().unwrap(), Position(3));
    assert_eq!(store.features("release", None, None, 9).unwrap().len(), 2);
    drop(store);
    assert_eq!(files(directory.path()), ["copy.gpkg", "karabakh.gpkg"], "dropped is closed, too");
}

#[test]
fn a_close_while_somebody_reads_keeps_everything_and_says_that_a_copy_may_be_incomplete() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    let (store, _) = create(&file);
    let reader = GeoPackage::open_to_read(&file, LAYERS).unwrap();
    assert_eq!(reader.position().unwrap(), Position(1));
    let failure = Box::new(store).close().unwrap_err();
    assert!(matches!(failure, Failure::StillRead { .. }), "{failure}");
    assert_eq!(reader.position().unwrap(), Position(1));
    drop(reader);
    Box::new(GeoPackage::open(&file, LAYERS).unwrap()).close().unwrap();
    assert_eq!(files(directory.path()), ["karabakh.gpkg"]);
}

#[test]
fn bounds_and_last_change_are_those_of_what_is_there() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let contents = |file: &Path| {
        let conn = Connection::open(file).unwrap();
        let mut statement = conn
            .prepare("SELECT table_name, last_change, min_x, min_y, max_x, max_y FROM gpkg_contents ORDER BY 1")
            .unwrap();
        let rows = statement.query_map([], |row| {
            let number = |n| row.get::<_, Option<f64>>(n).map(|x| x.map_or("-".into(), |x| format!("{x:.2}")));
            let (name, change): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(format!("{name:13}{change} {} {} {} {}\n", number(2)?, number(3)?, number(4)?, number(5)?))
        });
        rows.unwrap().map(Result::unwrap).collect::<String>()
    };
    expect![[r#"
        draft        1970-01-01T00:00:00.000Z - - - -
        field_attachment1970-01-01T00:00:00.000Z - - - -
        field_file   1970-01-01T00:00:00.000Z - - - -
        field_form   1970-01-01T00:00:00.000Z - - - -
        field_submission1970-01-01T00:00:00.000Z - - - -
        find         2025-07-01T12:00:00.000Z - - - -
        ledger_entry 2025-07-01T12:00:00.000Z - - - -
        organisation 2025-07-01T12:00:00.000Z - - - -
        programme    2025-07-01T12:00:00.000Z - - - -
        release      2025-07-01T12:00:00.000Z 46.00 40.00 46.51 40.51
    "#]]
    .assert_eq(&contents(&file));
    let mut store = GeoPackage::open(&file, LAYERS).unwrap();
    // The eastern one goes, the western one moves within: the box shrinks to what is left.
    let rows = vec![gone("2"), put(release("1", 46.2, 40.2))];
    store.append(&Batch { rows, ..Batch::default() }).unwrap();
    drop(store);
    expect![[r#"
        draft        1970-01-01T00:00:00.000Z - - - -
        field_attachment1970-01-01T00:00:00.000Z - - - -
        field_file   1970-01-01T00:00:00.000Z - - - -
        field_form   1970-01-01T00:00:00.000Z - - - -
        field_submission1970-01-01T00:00:00.000Z - - - -
        find         2025-07-01T12:00:00.000Z - - - -
        ledger_entry 2025-07-01T12:00:00.000Z - - - -
        organisation 2025-07-01T12:00:00.000Z - - - -
        programme    2025-07-01T12:00:00.000Z - - - -
        release      2025-07-01T12:00:00.000Z 46.20 40.20 46.21 40.21
    "#]]
    .assert_eq(&contents(&file));
    let mut store = GeoPackage::open(&file, LAYERS).unwrap();
    store.append(&Batch { rows: vec![gone("1")], ..Batch::default() }).unwrap();
    drop(store);
    assert!(contents(&file).contains("release      2025-07-01T12:00:00.000Z - - - -\n"));
}

#[test]
fn the_file_says_which_entries_its_layers_stand_for() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let mut store = GeoPackage::open(&file, LAYERS).unwrap();
    store.keep(&[record(&mut writer(9), "LR-3")]).unwrap();
    drop(store);
    let conn = Connection::open(&file).unwrap();
    let lineage: String = conn.query_row("SELECT metadata FROM gpkg_metadata", [], |row| row.get(0)).unwrap();
    expect![[r#"{"about":"the layers of this file are derived from the first entries of its ledger","entries":4,"entries_in_layers":3,"last_entry_in_layers":"bb1ee138f583e7417b7086c192654cc664eb637ffe38047a67721bb66dff73fe","last_recorded_at":"2025-07-01T12:00:00.000Z"}"#]].assert_eq(&lineage);
}

#[test]
fn layers_of_another_form_are_made_anew_and_wait_for_a_rebuild() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let fewer = &LAYERS[..1];
    let reader = GeoPackage::open_to_read(&file, fewer).unwrap();
    assert_eq!(reader.derived_position().unwrap(), Position(0), "nothing derived can be trusted");
    assert!(matches!(reader.features("release", None, None, 1), Err(Failure::NoLayer { .. })));
    drop(reader);
    let store = GeoPackage::open(&file, fewer).unwrap();
    assert_eq!((store.position().unwrap(), store.derived_position().unwrap()), (Position(3), Position(0)));
    assert_eq!(store.features("release", None, None, 1).unwrap(), []);
    drop(store);
    let conn = Connection::open(&file).unwrap();
    let n: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%find%'", [], |r| r.get(0)).unwrap();
    assert_eq!(n, 0, "the layer that is gone leaves nothing behind");
}

#[test]
fn a_backup_taken_while_others_append_is_of_one_moment() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    let (mut store, mut writer) = create(&file);
    let entries = (0..2000).map(|n| record(&mut writer, &format!("LR-{n}"))).collect();
    store.append(&Batch { entries, ..Batch::default() }).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let appending = scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                let entries = vec![record(&mut writer, &format!("later-{n}"))];
                let rows = vec![put(release(&n.to_string(), 46.0 + f64::from(n) / 1e4, 40.0))];
                store.append(&Batch { entries, rows }).unwrap();
            }
            n
        });
        let reader = GeoPackage::open_to_read(&file, LAYERS).unwrap();
        for n in 0..5 {
            let to = directory.path().join(format!("backup-{n}.gpkg"));
            let mut last = 0.0;
            let before = reader.position().unwrap();
            reader
                .backup(&to, &mut |share| {
                    assert!(share >= last);
                    last = share;
                })
                .unwrap();
            assert_eq!(last, 1.0);
            assert_eq!(fs::read(&to).unwrap()[18..20], [1, 1], "safe to copy");
            let copy = GeoPackage::open_to_read(&to, LAYERS).unwrap();
            let position = copy.position().unwrap();
            assert!(position >= before);
            assert_eq!(copy.derived_position().unwrap(), position);
            let n_rows = copy.features("release", None, None, usize::MAX).unwrap().len() as u64;
            assert_eq!(n_rows, position.0 - 2001);
            copy.check(&mut |finding| panic!("{finding}")).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(appending.join().unwrap() > 0);
    });
}

#[test]
fn backup_and_restore_never_overwrite_and_leave_nothing_half_done() {
    let directory = TempDir::new().unwrap();
    let file = closed(directory.path());
    let (backup, back) = (directory.path().join("backup.gpkg"), directory.path().join("back.gpkg"));
    GeoPackage::open_to_read(&file, LAYERS).unwrap().backup(&backup, &mut |_| {}).unwrap();
    restore(&backup, &back, &mut |_| {}).unwrap();
    assert_eq!(GeoPackage::open(&back, LAYERS).unwrap().position().unwrap(), Position(3));
    assert!(matches!(restore(&backup, &file, &mut |_| {}), Err(Failure::Exists { .. })));
    let reader = GeoPackage::open_to_read(&file, LAYERS).unwrap();
    assert!(matches!(reader.backup(&backup, &mut |_| {}), Err(Failure::Exists { .. })));
    fs::write(&back, "not a programme").unwrap();
    let to = directory.path().join("to.gpkg");
    assert!(matches!(restore(&back, &to, &mut |_| {}), Err(Failure::NotGeoPackage { .. })));
    assert_eq!(files(directory.path()), ["back.gpkg", "backup.gpkg", "karabakh.gpkg"]);
}

#[test]
fn a_new_programme_never_overwrites_a_file() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    fs::write(&file, "a letter").unwrap();
    let made = GeoPackage::create(&file, LAYERS, &first(&mut writer(1)));
    assert!(matches!(made, Err(Failure::Exists { .. })));
    assert_eq!(fs::read(&file).unwrap(), b"a letter");
    assert_eq!(files(directory.path()), ["karabakh.gpkg"]);
}

#[test]
fn an_export_is_complete_or_not_there_and_replaces_only_when_told() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("export.gpkg");
    let export = |n: u32, replace| {
        let mut features = (0..n).map(|n| release(&n.to_string(), 46.0 + f64::from(n), 40.0));
        let at = "2025-07-01T12:00:00Z".parse().unwrap();
        write_geopackage(&file, &mut [(LAYERS[0], &mut features)], at, replace)
    };
    export(3, false).unwrap();
    assert!(matches!(export(4, false), Err(Failure::Exists { .. })));
    export(5, true).unwrap();
    let conn = Connection::open(&file).unwrap();
    let n: i64 = conn.query_row("SELECT count(*) FROM rtree_release_geom", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 5);
    assert_eq!(files(directory.path()), ["export.gpkg"]);
}
