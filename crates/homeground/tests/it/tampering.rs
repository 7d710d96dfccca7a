//! Other programs cannot change the ledger by mistake, and what is changed on purpose is found.

use std::process::Command;

use crate::world::{Run, World};

/// Run SQL as any other program would.
fn sql(world: &World, statements: &str) -> Run {
    const SCRIPT: &str = "import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
for name in ('IsEmpty', 'MinX', 'MaxX', 'MinY', 'MaxY'):
    c.create_function('ST_' + name, 1, lambda geometry: 0)
c.executescript(sys.argv[2])
c.commit()";
    let command = Command::new("python3").args(["-c", SCRIPT]).arg(world.path("p.gpkg")).arg(statements).output();
    Run::from(command.expect("python3 is there"))
}

fn world() -> World {
    World::with("hazard_area HA-1 2021-05-01 @ 0 0 200 100\n release_product LR-1 2021-06-01 @ 0 0 50 50")
}

/// Change the file and hear what `verify` finds first.
fn difference(statements: &str) -> String {
    let world = world();
    let changed = sql(&world, statements);
    assert_eq!(changed.status, 0, "{}", changed.stderr);
    let run = world.run("verify p.gpkg --format json");
    assert_eq!(run.status, 1, "{statements}: {}{}", run.stdout, run.stderr);
    assert_eq!(run.json()["ok"], false);
    run.json()["difference"].as_str().unwrap().to_owned()
}

#[test]
fn triggers_refuse_to_change_what_is_in_the_ledger() {
    let world = world();
    for statement in [
        "UPDATE ledger_entry SET body = replace(body, 'HA-1', 'HA-2')",
        "UPDATE ledger_entry SET signature = zeroblob(64)",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_entry WHERE fid = 2",
        "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
        "INSERT INTO ledger_entry SELECT fid + 100, id || 'x', writer, seq, recorded_at, kind, record, local_id, signature, body FROM ledger_entry",
        "UPDATE hazard SET remaining_m2 = 0",
        "DELETE FROM release",
    ] {
        let refused = sql(&world, statement);
        assert_ne!(refused.status, 0, "{statement}");
        assert!(!refused.stderr.contains("no such"), "{statement}: {}", refused.stderr);
    }
    world.ok("verify p.gpkg");
}

/// Statements with the guards of the ledger taken away, as somebody would who means it.
fn unguarded(statements: &str) -> String {
    let drops = ["changes", "goes"].map(|guard| format!("DROP TRIGGER ledger_entry_never_{guard};")).concat();
    format!("{drops} UPDATE programme SET writing = 1; {statements}; UPDATE programme SET writing = 0;")
}

#[test]
fn verify_finds_a_changed_body_signature_or_chain() {
    for (statements, found) in [
        ("UPDATE ledger_entry SET body = replace(body, 'HA-1', 'HA-X') WHERE fid = 2", "hash"),
        ("UPDATE ledger_entry SET signature = zeroblob(64) WHERE fid = 2", "signature"),
        ("DELETE FROM ledger_entry WHERE fid = 2", "wrote seq 3 after seq 1"),
        ("UPDATE ledger_entry SET body = substr(body, 2) WHERE fid = 2", "is not an entry"),
    ] {
        let difference = difference(&unguarded(statements));
        assert!(difference.contains(found), "{statements}: {difference}");
    }
}

#[test]
fn verify_finds_a_derived_row_that_the_entries_do_not_say() {
    for (statements, found) in [
        ("UPDATE hazard SET remaining_m2 = remaining_m2 + 1", "remaining_m2"),
        ("UPDATE hazard SET geom = NULL", "layer hazard"),
        ("DELETE FROM release", "layer release"),
        ("UPDATE hazard SET class = 'CHA'", "class"),
    ] {
        let difference = difference(&unguarded(statements));
        assert!(difference.contains(found), "{statements}: {difference}");
    }
}

#[test]
fn verify_finds_columns_of_the_ledger_that_differ_from_the_signed_body() {
    for statements in [
        "UPDATE ledger_entry SET local_id = 'HA-X' WHERE local_id = 'HA-1'",
        "UPDATE ledger_entry SET kind = 'held' WHERE local_id = 'HA-1'",
        "UPDATE ledger_entry SET recorded_at = '2000-01-01T00:00:00Z' WHERE fid = 2",
    ] {
        assert_ne!(difference(&unguarded(statements)), "", "{statements}");
    }
}

/// A programme with one form in its tables of what phones send.
fn world_with_form() -> World {
    let world = world();
    let form = "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'><h:head><h:title>T</h:title>\
        <model><instance><data id='t' version='1'><q/></data></instance></model></h:head><h:body/></h:html>";
    world.write("t.xml", form);
    world.ok("form p.gpkg t.xml");
    world
}

#[test]
fn triggers_refuse_to_change_what_phones_sent() {
    let world = world_with_form();
    for statement in [
        "UPDATE field_file SET bytes = zeroblob(4)",
        "DELETE FROM field_file",
        "UPDATE field_form SET name = 'other'",
        "DELETE FROM field_form",
        "INSERT OR REPLACE INTO field_form SELECT * FROM field_form",
        "INSERT INTO field_file (sha256, bytes) VALUES (lower(hex(zeroblob(32))), zeroblob(4))",
        "INSERT INTO field_submission (instance_id, form_id, version, xml, received_at, received_from, outcome)
         SELECT 'uuid:1', 't', '1', sha256, '2025', '', 'new' FROM field_file",
    ] {
        let refused = sql(&world, statement);
        assert_ne!(refused.status, 0, "{statement}");
        assert!(
            refused.stderr.contains("hint") || refused.stderr.contains("only Homeground"),
            "{statement}: {}",
            refused.stderr
        );
    }
    world.ok("verify p.gpkg");
}

#[test]
fn verify_finds_changed_bytes_that_a_phone_sent() {
    for (statements, found) in [
        ("DROP TRIGGER field_file_never_changes; UPDATE field_file SET bytes = zeroblob(4)", "field_file_never_changes is missing"),
        (
            "PRAGMA writable_schema = 1; CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'field_file_never_changes';
             DROP TRIGGER field_file_never_changes; UPDATE field_file SET bytes = zeroblob(4);
             INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept",
            "is not what its SHA-256 says",
        ),
    ] {
        let world = world_with_form();
        let changed = sql(&world, statements);
        assert_eq!(changed.status, 0, "{}", changed.stderr);
        let run = world.run("verify p.gpkg");
        assert_eq!(run.status, 1, "{statements}");
        assert!(run.stdout.contains(found), "{}", run.stdout);
    }
}
