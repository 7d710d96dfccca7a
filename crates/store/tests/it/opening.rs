//! Opening what is not what it should be: each has its own answer, and none is a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};
use rusqlite::Connection;
use store::{Batch, Failure, GeoPackage, Position, Store};
use tempfile::TempDir;

use crate::programme::{LAYERS, create, record};

fn programme(directory: &Path) -> PathBuf {
    let file = directory.join("karabakh.gpkg");
    let (mut store, mut writer) = create(&file);
    let entries = (0..200).map(|n| record(&mut writer, &n.to_string())).collect();
    store.append(&Batch { entries, ..Batch::default() }).unwrap();
    Box::new(store).close().unwrap();
    file
}

/// What both ways of opening say; they must agree.
fn told(file: &Path, expected: Expect) {
    let told = GeoPackage::open(file, LAYERS).map(drop).unwrap_err().to_string();
    assert_eq!(GeoPackage::open_to_read(file, LAYERS).map(drop).unwrap_err().to_string(), told);
    let directory = file.parent().unwrap().to_str().unwrap();
    expected.assert_eq(&told.replace(directory, "DIR"));
}

#[test]
fn a_file_that_is_not_there() {
    told(
        &TempDir::new().unwrap().path().join("karabakh.gpkg"),
        expect![
            "DIR/karabakh.gpkg: there is no such file. hint: `homeground new DIR/karabakh.gpkg --name NAME --country ISO3` makes a programme"
        ],
    );
}

#[test]
fn a_directory() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    fs::create_dir(&file).unwrap();
    told(&file, expect!["DIR/karabakh.gpkg is not a GeoPackage: it is a directory. hint: check the name of the file"]);
}

#[test]
fn an_empty_file_a_letter_and_a_database_of_another_kind() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("letter.gpkg");
    fs::write(&file, "").unwrap();
    told(&file, expect!["DIR/letter.gpkg is not a GeoPackage: it is empty. hint: check the name of the file"]);
    fs::write(
        &file,
        "Dear Sir or Madam, this letter has more than one hundred bytes so that a header could be in it, but is not",
    )
    .unwrap();
    told(
        &file,
        expect!["DIR/letter.gpkg is not a GeoPackage: it is not an SQLite file. hint: check the name of the file"],
    );
    fs::write(&file, "SQLite format 3\0").unwrap();
    told(
        &file,
        expect![
            "DIR/letter.gpkg is not a GeoPackage: it is shorter than the header of a file. hint: check the name of the file"
        ],
    );
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE bookmarks (url)").unwrap();
    told(
        &file,
        expect![
            "DIR/letter.gpkg is not a GeoPackage: it is an SQLite file of another kind. hint: check the name of the file"
        ],
    );
}

#[test]
fn a_geopackage_that_is_no_programme() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("map.gpkg");
    let at = "2025-07-01T12:00:00Z".parse().unwrap();
    store::write_geopackage(&file, &mut [(LAYERS[0], &mut std::iter::empty())], at, false).unwrap();
    told(
        &file,
        expect![
            "DIR/map.gpkg is a GeoPackage but not a programme. hint: `homeground import PROGRAMME DIR/map.gpkg` reads its layers"
        ],
    );
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE programme (a); CREATE TABLE ledger_entry (b)")
        .unwrap();
    told(
        &file,
        expect![
            "DIR/map.gpkg is a GeoPackage but not a programme. hint: `homeground import PROGRAMME DIR/map.gpkg` reads its layers"
        ],
    );
}

#[test]
fn a_programme_of_a_newer_form() {
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    Connection::open(&file).unwrap().execute("UPDATE programme SET schema = 2", []).unwrap();
    told(
        &file,
        expect![
            "DIR/karabakh.gpkg was written by a newer Homeground (form 2, this one knows 1). hint: use that version or a newer one"
        ],
    );
}

#[test]
fn a_file_cut_short_anywhere_is_told_as_such() {
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let told = GeoPackage::open(&file, LAYERS).unwrap_err().to_string();
    let sizes = format!("{} of {} bytes", whole.len() / 2, whole.len());
    assert!(told.contains(&sizes), "{told}");
    for cut in (0..whole.len()).step_by(997) {
        fs::write(&file, &whole[..cut]).unwrap();
        let failure = GeoPackage::open(&file, LAYERS).unwrap_err();
        assert!(matches!(failure, Failure::Truncated { .. } | Failure::NotGeoPackage { .. }), "{cut}: {failure}");
    }
}

#[test]
fn a_damaged_file_never_panics() {
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    let whole = fs::read(&file).unwrap();
    let mut n_damaged = 0;
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % bytes.len();
            bytes[at] = (random >> 32) as u8;
        }
        fs::write(&file, &bytes).unwrap();
        let ask = || {
            let mut store = GeoPackage::open(&file, LAYERS)?;
            let mut findings = Vec::new();
            store.check(&mut |finding| findings.push(finding))?;
            store.heads()?;
            store.entries(Position(0), &mut |_, _| std::ops::ControlFlow::Continue(()))?;
            store.features("release", None, None, 10)?;
            store.append(&Batch::default())?;
            Ok::<_, Failure>(findings.is_empty())
        };
        n_damaged += u32::from(!matches!(ask(), Ok(true)));
        for ending in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{ending}", file.display()));
        }
    }
    assert!(n_damaged > 50, "{n_damaged} of 60 were found out");
}

#[test]
fn a_second_writer_is_refused_by_name_and_a_reader_is_not() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    let (store, _) = create(&file);
    let told = GeoPackage::open(&file, LAYERS).unwrap_err().to_string();
    let told = told.replace(directory.path().to_str().unwrap(), "DIR");
    expect!["DIR/karabakh.gpkg is open for writing in another Homeground (process N). hint: stop that one, or use its web pages"].assert_eq(&told.replace(&std::process::id().to_string(), "N"));
    assert_eq!(GeoPackage::open_to_read(&file, LAYERS).unwrap().position().unwrap(), Position(1));
    drop(store);
    GeoPackage::open(&file, LAYERS).unwrap();
}

#[test]
fn a_lock_file_that_a_killed_process_left_blocks_nobody() {
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    let lock = directory.path().join("karabakh.gpkg.lock");
    fs::write(&lock, "12345\n").unwrap();
    drop(GeoPackage::open(&file, LAYERS).unwrap());
    assert!(!lock.exists());
}

#[test]
fn a_store_opened_to_read_does_not_write() {
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    let mut store = GeoPackage::open_to_read(&file, LAYERS).unwrap();
    assert!(matches!(store.append(&Batch::default()), Err(Failure::OpenedToRead { .. })));
    Box::new(store).close().unwrap();
}

/// Root may write anywhere, so the question is put by a process of another user.
#[test]
fn in_a_read_only_directory_a_programme_is_read_and_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let file = programme(directory.path());
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o555)).unwrap();
    let is_root = fs::write(directory.path().join("probe"), "").is_ok();
    let _ = fs::remove_file(directory.path().join("probe"));
    let exe = std::env::current_exe().unwrap();
    let mut command = if is_root { Command::new("setpriv") } else { Command::new(&exe) };
    if is_root {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&exe);
    }
    command.args(["--exact", "opening::asked_by_another_user", "--ignored", "--nocapture"]).env("PROGRAMME", &file);
    let Ok(output) = command.output() else { return eprintln!("skipped: no setpriv here") };
    let said = String::from_utf8_lossy(&output.stdout);
    if !said.contains("running 1 test") {
        return eprintln!("skipped: another user cannot run the tests");
    }
    assert!(output.status.success(), "{said}");
}

#[test]
#[ignore = "run by the test above"]
fn asked_by_another_user() {
    let file = PathBuf::from(std::env::var_os("PROGRAMME").expect("the file to open"));
    let failure = GeoPackage::open(&file, LAYERS).unwrap_err();
    assert!(matches!(failure, Failure::ReadOnly { .. }), "{failure}");
    let store = GeoPackage::open_to_read(&file, LAYERS).unwrap();
    assert_eq!(store.position().unwrap(), Position(201));
    let made = GeoPackage::create(&file.with_file_name("new.gpkg"), LAYERS, &Batch::default()).unwrap_err();
    assert!(matches!(made, Failure::ReadOnly { .. }), "{made}");
    let backup = store.backup(&file.with_file_name("backup.gpkg"), &mut |_| {}).unwrap_err();
    assert!(matches!(backup, Failure::ReadOnly { .. }), "{backup}");
}
