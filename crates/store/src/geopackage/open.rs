//! Making, opening and examining the file of a programme.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use records::feature::Layer;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension, TransactionBehavior};

use super::{GeoPackage, append, entries, form_of, make_layers, newest_instant};
use crate::Failure;
use crate::failure::{InFile, Trouble};
use crate::front::Batch;
use crate::lock::{Lock, beside};
use crate::table::{CONTAINER, Table, register_functions};

const PROGRAMME: &str = include_str!("../../migrations/0001_programme.sql");

/// The form of the tables this version knows, as in `programme.schema`.
const SCHEMA: i64 = 1;

const GPKG: i64 = 0x4750_4B47;
const GP10: i64 = 0x4750_3130;
const GP11: i64 = 0x4750_3131;

/// How long to wait for a lock of SQLite. They are held for moments; QGIS holds one while a user edits.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn create(file: &Path, layers: &[Layer], first: &Batch) -> Result<GeoPackage, Failure> {
    let tables: Vec<Table> = layers.iter().copied().map(Table::new).collect();
    let lock = Lock::take(file)?;
    // Reserving the name first makes "never overwrites" hold against anybody, not only against ourselves.
    OpenOptions::new().write(true).create_new(true).open(file).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Failure::Io { file: file.to_owned(), source },
        _ => Failure::io(file, source),
    })?;
    let fill = || {
        let mut conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare(&conn)?;
        // Entries have about a kilobyte; pages of 4 KiB would leave a tenth of the file empty.
        conn.pragma_update(None, "page_size", 8192)?;
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(CONTAINER)?;
        transaction.execute_batch(PROGRAMME)?;
        transaction.execute("UPDATE programme SET writing = 1", [])?;
        entries::keep(&transaction, &first.entries)?;
        make_layers(&transaction, &tables, &newest_instant(&transaction)?)?;
        transaction.execute("UPDATE programme SET derived_position = ?1", [entries::position(&transaction)?])?;
        append(&transaction, &tables, first)?;
        transaction.execute("UPDATE programme SET writing = 0", [])?;
        transaction.commit()?;
        become_writer(&conn, file)?;
        Ok::<Connection, Trouble>(conn)
    };
    match fill().in_file(file) {
        Ok(conn) => {
            let file = file.to_owned();
            Ok(GeoPackage { file, conn, tables, has_these_layers: true, lock: Some(lock), until: None })
        }
        Err(failure) => {
            // Ours, made a moment ago, and nobody else holds the lock.
            for ending in ["", "-journal", "-wal", "-shm"] {
                let _ = fs::remove_file(beside(file, ending));
            }
            Err(failure)
        }
    }
}

pub(super) fn to_write(file: &Path, layers: &[Layer]) -> Result<GeoPackage, Failure> {
    look_at_header(file)?;
    let tables: Vec<Table> = layers.iter().copied().map(Table::new).collect();
    let lock = Lock::take(file)?;
    let open = || {
        let mut conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare(&conn)?;
        look_inside(&conn, file)?;
        if conn.is_readonly(MAIN_DB)? {
            return Err(Failure::ReadOnly { file: file.to_owned() }.into());
        }
        become_writer(&conn, file)?;
        if !has_layers(&conn, &tables)? {
            let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            make_layers(&transaction, &tables, &newest_instant(&transaction)?)?;
            super::note_lineage(&transaction)?;
            transaction.commit()?;
        }
        Ok::<Connection, Trouble>(conn)
    };
    let conn = open().in_file(file)?;
    Ok(GeoPackage { file: file.to_owned(), conn, tables, has_these_layers: true, lock: Some(lock), until: None })
}

pub(super) fn to_read(file: &Path, layers: &[Layer]) -> Result<GeoPackage, Failure> {
    look_at_header(file)?;
    let tables: Vec<Table> = layers.iter().copied().map(Table::new).collect();
    let open = || {
        let conn = reading(file)?;
        look_inside(&conn, file)?;
        let has_these_layers = has_layers(&conn, &tables)?;
        Ok::<_, Trouble>((conn, has_these_layers))
    };
    let (conn, has_these_layers) = open().in_file(file)?;
    Ok(GeoPackage { file: file.to_owned(), conn, tables, has_these_layers, lock: None, until: None })
}

/// A connection that cannot change the file.
pub(crate) fn reading(file: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    prepare(&conn)?;
    // What is read is read in order.
    conn.pragma_update(None, "cache_size", -8_192)?;
    Ok(conn)
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(256);
    // The file may come from a stranger: nothing in its schema may reach beyond its own tables.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // 128 MiB at most: the two indexes over hashes are written all over, and the default of 2 MiB would fetch each
    // page anew.
    conn.pragma_update(None, "cache_size", -131_072)?;
    register_functions(conn)
}

fn become_writer(conn: &Connection, file: &Path) -> Result<(), Trouble> {
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Failure::Locked { file: file.to_owned() }.into());
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    // 64 MiB between checkpoints. Durability does not depend on it, the speed of large imports does.
    conn.pragma_update(None, "wal_autocheckpoint", 8192)?;
    Ok(())
}

/// Whether SQLite has to put the file in order first, from a `-wal` or a `-journal` beside it.
pub(crate) fn has_journal(file: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|ending| fs::metadata(beside(file, ending)).is_ok_and(|journal| journal.len() > 0))
}

/// What the first 100 bytes say (SQLite file format §1.3), before anything is opened or locked.
pub(crate) fn look_at_header(file: &Path) -> Result<(), Failure> {
    let other = |why: &str| Failure::NotGeoPackage { file: file.to_owned(), why: why.to_owned() };
    let metadata = fs::metadata(file).map_err(|source| Failure::io(file, source))?;
    if metadata.is_dir() {
        return Err(other("it is a directory"));
    }
    if has_journal(file) {
        return Ok(());
    }
    let mut header = Vec::new();
    let open = File::open(file).map_err(|source| Failure::io(file, source))?;
    open.take(100).read_to_end(&mut header).map_err(|source| Failure::io(file, source))?;
    if header.is_empty() {
        return Err(other("it is empty"));
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(other("it is not an SQLite file"));
    }
    let Some(header) = header.first_chunk::<100>() else {
        return Err(other("it is shorter than the header of a file"));
    };
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let page_size = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    // The page count stands only if the change counter agrees (file format §1.3.8).
    let expected = if number(24) == number(92) { page_size * u64::from(number(28)) } else { 0 };
    if metadata.len() < expected {
        return Err(Failure::Truncated { file: file.to_owned(), expected, found: metadata.len() });
    }
    Ok(())
}

/// Whether it is a GeoPackage, a programme, and of a form we know.
fn look_inside(conn: &Connection, file: &Path) -> Result<(), Trouble> {
    let file = file.to_owned();
    let application: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if ![GPKG, GP10, GP11].contains(&application) || !has_table(conn, "gpkg_contents")? {
        return Err(Failure::NotGeoPackage { file, why: "it is an SQLite file of another kind".to_owned() }.into());
    }
    let is_programme = has_table(conn, "programme")? && has_table(conn, "ledger_entry")?;
    let schema = match is_programme {
        true => conn.query_row("SELECT schema FROM programme", [], |row| row.get::<_, i64>(0)).optional(),
        false => Ok(None),
    };
    match schema {
        Ok(Some(schema)) if schema > SCHEMA => Err(Failure::Newer { file, schema, known: SCHEMA })?,
        Ok(Some(1..)) => Ok(()),
        Err(error) if is_about_damage(&error) => Err(error)?,
        Ok(_) | Err(_) => Err(Failure::NotProgramme { file })?,
    }
}

fn is_about_damage(error: &rusqlite::Error) -> bool {
    !matches!(error.sqlite_error_code(), None | Some(rusqlite::ErrorCode::Unknown))
}

fn has_table(conn: &Connection, name: &str) -> rusqlite::Result<bool> {
    conn.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", [name], |row| row.get(0))
}

fn has_layers(conn: &Connection, tables: &[Table]) -> rusqlite::Result<bool> {
    let kept: String = conn.query_row("SELECT layers FROM programme", [], |row| row.get(0))?;
    Ok(kept == form_of(tables))
}

/// Damage SQLite can see, and guards that somebody took away.
pub(super) fn check_file(conn: &Connection, each: &mut dyn FnMut(String)) -> Result<(), Trouble> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        Some(line?).filter(|line| line != "ok").into_iter().for_each(&mut *each);
    }
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(CONTAINER)?;
    fresh.execute_batch(PROGRAMME)?;
    let mut statement = fresh.prepare(
        "SELECT type, name, sql FROM sqlite_schema
         WHERE (tbl_name LIKE 'ledger_%' OR tbl_name LIKE 'field_%') AND sql NOTNULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let found: Option<String> = conn
            .query_row("SELECT sql FROM sqlite_schema WHERE type = ?1 AND name = ?2", [&kind, &name], |row| row.get(0))
            .optional()?;
        match found {
            None => each(format!("the {kind} {name} is missing")),
            Some(found) if found != sql => each(format!("the {kind} {name} was changed")),
            Some(_) => {}
        }
    }
    Ok(())
}
