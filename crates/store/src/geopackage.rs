//! A programme as a GeoPackage file: opening, closing, and the [`Store`] in SQL.
//!
//! While open for writing the file is in WAL mode with `synchronous = FULL`: what [`Store::append`] returned for is on
//! the disk, and readers are never blocked. A clean close goes back to `journal_mode = DELETE`, because a WAL file
//! copied without its `-wal` loses rows (measured, INTEROP E3): a programme that is closed is exactly one file.
//!
//! Not done here: no memory mapping (a file cut short would end the process instead of giving an error), no
//! STRICT tables (see `migrations/0001_programme.sql`).

mod draft;
mod entries;
mod field;
mod open;

pub(crate) use open::{has_journal, look_at_header, reading};

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use ledger::{EntryId, Signed};
use records::Feature;
use records::feature::Layer;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use serde_json::json;

use crate::failure::{InFile, Trouble};
use crate::field::{Arrival, Attachment, Draft, Form, Submission, SubmissionQuery};
use crate::front::{Batch, Found, Head, Position, Query, Store};
use crate::lock::Lock;
use crate::table::{Changes, Table, drop_table};
use crate::{Failure, backup};

/// A programme in one GeoPackage file.
#[derive(Debug)]
pub struct GeoPackage {
    file: PathBuf,
    conn: Connection,
    tables: Vec<Table>,
    /// Whether the layers in the file are those asked for; else nothing derived can be read.
    has_these_layers: bool,
    /// Held by a writer; a reader has none.
    lock: Option<Lock>,
    /// Where the ledger ends for this reader.
    until: Option<Position>,
}

impl GeoPackage {
    /// Make a programme with its first entries. The file must not exist.
    pub fn create(file: &Path, layers: &[Layer], first: &Batch) -> Result<GeoPackage, Failure> {
        open::create(file, layers, first)
    }

    /// Open a programme for writing. What a killed process left behind is put in order; layers of another form than
    /// `layers` are made anew, empty, and [`Store::derived_position`] says 0.
    pub fn open(file: &Path, layers: &[Layer]) -> Result<GeoPackage, Failure> {
        open::to_write(file, layers)
    }

    /// Open a programme for reading, also while another process writes.
    pub fn open_to_read(file: &Path, layers: &[Layer]) -> Result<GeoPackage, Failure> {
        open::to_read(file, layers)
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn write(
        &mut self,
        change: impl FnOnce(&Transaction<'_>, &[Table]) -> Result<(), Trouble>,
    ) -> Result<Position, Failure> {
        let GeoPackage { file, conn, tables, lock, .. } = self;
        if lock.is_none() {
            return Err(Failure::OpenedToRead { file: file.clone() });
        }
        let write = || {
            let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.prepare_cached("UPDATE programme SET writing = 1")?.execute([])?;
            change(&transaction, tables)?;
            transaction.prepare_cached("UPDATE programme SET writing = 0")?.execute([])?;
            let position = entries::position(&transaction)?;
            transaction.commit()?;
            Ok::<Position, Trouble>(position)
        };
        write().in_file(file)
    }

    fn table(&self, layer: &str) -> Result<&Table, Failure> {
        let table = self.tables.iter().find(|table| self.has_these_layers && table.layer.name == layer);
        table.ok_or_else(|| Failure::NoLayer { file: self.file.clone(), layer: layer.to_owned() })
    }

    /// Back to one file. Fails if somebody still reads it.
    fn leave(&mut self) -> Result<(), Failure> {
        if self.lock.is_none() {
            return Ok(());
        }
        self.conn.flush_prepared_statement_cache();
        // Readers that only ask something are gone by then; those that stay would not go within seconds either.
        let _ = self.conn.busy_timeout(Duration::from_millis(500));
        let mode = self.conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
        let left = match mode.in_file(&self.file) {
            Ok(mode) if mode == "delete" => Ok(()),
            Ok(_) | Err(Failure::Locked { .. }) => Err(Failure::StillRead { file: self.file.clone() }),
            Err(other) => Err(other),
        };
        // Some file systems keep directories in memory: the removal of the -wal should last too.
        let _ = fs::File::open(&self.file).and_then(|file| file.sync_all());
        self.lock = None;
        left
    }
}

impl Drop for GeoPackage {
    fn drop(&mut self) {
        let _ = self.leave();
    }
}

impl Store for GeoPackage {
    fn position(&self) -> Result<Position, Failure> {
        let last = entries::position(&self.conn).in_file(&self.file)?;
        Ok(self.until.map_or(last, |until| until.min(last)))
    }

    fn append(&mut self, batch: &Batch) -> Result<Position, Failure> {
        self.write(|transaction, tables| append(transaction, tables, batch))
    }

    fn keep(&mut self, entries: &[Signed]) -> Result<Position, Failure> {
        self.write(|transaction, _| {
            entries::keep(transaction, entries)?;
            note_lineage(transaction)?;
            Ok(())
        })
    }

    fn entries(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, Signed) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        entries::stream(&self.conn, after, self.until, each).in_file(&self.file)
    }

    fn entry(&self, id: EntryId) -> Result<Option<(Position, Signed)>, Failure> {
        let found = entries::with_id(&self.conn, id).in_file(&self.file)?;
        Ok(found.filter(|(position, _)| self.until.is_none_or(|until| *position <= until)))
    }

    fn search(&self, query: &Query) -> Result<Found, Failure> {
        entries::search(&self.conn, query, self.until).in_file(&self.file)
    }

    fn heads(&self) -> Result<Vec<Head>, Failure> {
        entries::heads(&self.conn, self.until).in_file(&self.file)
    }

    fn derived_position(&self) -> Result<Position, Failure> {
        if !self.has_these_layers {
            return Ok(Position(0));
        }
        derived_position(&self.conn).in_file(&self.file)
    }

    fn rebuild(
        &mut self,
        at: Position,
        rows: &mut dyn Iterator<Item = Result<(&'static str, Feature), Failure>>,
    ) -> Result<(), Failure> {
        self.write(|transaction, tables| rebuild(transaction, tables, at, rows)).map(drop)
    }

    fn features(
        &self,
        layer: &str,
        bounds: Option<[f64; 4]>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Feature>, Failure> {
        self.table(layer)?.features(&self.conn, bounds, after, limit).in_file(&self.file)
    }

    fn snapshot(&self, ask: &mut dyn FnMut(&dyn Store) -> Result<(), Failure>) -> Result<(), Failure> {
        if !self.conn.is_autocommit() {
            return ask(self);
        }
        self.conn.execute_batch("BEGIN").in_file(&self.file)?;
        // A moment begins with the first row read, not with BEGIN.
        let answer = self.position().and_then(|_| ask(self));
        self.conn.execute_batch("ROLLBACK").in_file(&self.file)?;
        answer
    }

    fn receive(&mut self, arrival: &Arrival) -> Result<u64, Failure> {
        let mut number = 0;
        self.write(|transaction, _| {
            number = field::keep(transaction, arrival)?;
            Ok(())
        })?;
        Ok(number)
    }

    fn drafts(&self, layer: Option<&str>) -> Result<Vec<Draft>, Failure> {
        draft::all(&self.conn, layer).in_file(&self.file)
    }

    fn put_draft(&mut self, draft: &Draft) -> Result<(), Failure> {
        self.write(|transaction, _| draft::put(transaction, draft)).map(|_| ())
    }

    fn remove_drafts(&mut self, ids: &[String]) -> Result<(), Failure> {
        self.write(|transaction, _| draft::remove(transaction, ids)).map(|_| ())
    }

    fn forms(&self) -> Result<Vec<Form>, Failure> {
        field::forms(&self.conn).in_file(&self.file)
    }

    fn submissions(&self, query: &SubmissionQuery) -> Result<Vec<Submission>, Failure> {
        field::submissions(&self.conn, query).in_file(&self.file)
    }

    fn attachments(&self, submission: u64) -> Result<Vec<Attachment>, Failure> {
        field::attachments(&self.conn, submission).in_file(&self.file)
    }

    fn field_file(&self, hash: &str) -> Result<Option<Vec<u8>>, Failure> {
        field::file(&self.conn, hash).in_file(&self.file)
    }

    fn check(&self, each: &mut dyn FnMut(String)) -> Result<(), Failure> {
        let mut check = || {
            open::check_file(&self.conn, each)?;
            entries::check(&self.conn, each)?;
            field::check(&self.conn, each)
        };
        check().in_file(&self.file)
    }

    fn reader(&self, until: Option<Position>) -> Result<Box<dyn Store>, Failure> {
        let conn = open::reading(&self.file).in_file(&self.file)?;
        // Of readers there are many at once, and they look up one entry at a time: 8 MiB each.
        conn.pragma_update(None, "cache_size", -8_192).in_file(&self.file)?;
        let (file, tables, has_these_layers) = (self.file.clone(), self.tables.clone(), self.has_these_layers);
        Ok(Box::new(GeoPackage { file, conn, tables, has_these_layers, lock: None, until }))
    }

    fn backup(&self, to: &Path, progress: &mut dyn FnMut(f64)) -> Result<(), Failure> {
        backup::copy(&self.file, to, progress)
    }

    fn close(mut self: Box<Self>) -> Result<(), Failure> {
        self.leave()
    }
}

fn append(transaction: &Transaction<'_>, tables: &[Table], batch: &Batch) -> Result<(), Trouble> {
    let was_derived = derived_position(transaction)? == entries::position(transaction)?;
    entries::keep(transaction, &batch.entries)?;
    let newest = newest_instant(transaction)?;
    let mut changes = Changes::new();
    for change in &batch.rows {
        let table = tables.iter().find(|table| table.layer.name == change.layer).ok_or_else(|| Failure::Misfit {
            layer: change.layer.to_owned(),
            id: change.id.clone(),
            why: "there is no such layer".to_owned(),
        })?;
        let (_, touched) = changes.entry(change.layer).or_insert_with(|| (table, Default::default()));
        match &change.feature {
            Some(feature) if feature.id == change.id => table.put(transaction, feature, touched)?,
            Some(feature) => {
                return Err(Failure::Misfit {
                    layer: change.layer.to_owned(),
                    id: change.id.clone(),
                    why: format!("its feature is called {:?}", feature.id),
                }
                .into());
            }
            None => table.remove(transaction, &change.id, touched)?,
        }
    }
    for (table, touched) in changes.values() {
        table.settle(transaction, touched, &newest)?;
    }
    if was_derived {
        let position = entries::position(transaction)?;
        transaction.prepare_cached("UPDATE programme SET derived_position = ?1")?.execute([position])?;
    }
    note_lineage(transaction)?;
    Ok(())
}

fn rebuild(
    transaction: &Transaction<'_>,
    tables: &[Table],
    at: Position,
    rows: &mut dyn Iterator<Item = Result<(&'static str, Feature), Failure>>,
) -> Result<(), Trouble> {
    let newest = newest_instant(transaction)?;
    make_layers(transaction, tables, &newest)?;
    let mut changes: Changes<'_> =
        tables.iter().map(|table| (table.layer.name, (table, Default::default()))).collect::<BTreeMap<_, _>>();
    for row in rows {
        let (layer, feature) = row?;
        let (table, touched) = changes.get_mut(layer).ok_or_else(|| Failure::Misfit {
            layer: layer.to_owned(),
            id: feature.id.clone(),
            why: "there is no such layer".to_owned(),
        })?;
        table.add(transaction, &feature, touched)?;
    }
    for (table, touched) in changes.values() {
        table.settle(transaction, touched, &newest)?;
    }
    transaction.execute("UPDATE programme SET derived_position = ?1", [at])?;
    note_lineage(transaction)?;
    Ok(())
}

/// Layers anew, empty.
fn make_layers(conn: &Connection, tables: &[Table], last_change: &str) -> rusqlite::Result<()> {
    let kept: String = conn.query_row("SELECT layers FROM programme", [], |row| row.get(0))?;
    let kept: Vec<serde_json::Value> = serde_json::from_str(&kept).unwrap_or_default();
    for layer in &kept {
        drop_table(conn, layer["name"].as_str().unwrap_or_default())?;
    }
    for table in tables {
        table.create(conn, last_change, true)?;
    }
    conn.execute("DELETE FROM gpkg_metadata_reference", [])?;
    conn.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, timestamp, md_file_id) VALUES ('geopackage', ?1, 1)",
        [last_change],
    )?;
    for table in tables {
        conn.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id)
             VALUES ('table', ?1, ?2, 1)",
            [table.layer.name, last_change],
        )?;
    }
    conn.execute("UPDATE programme SET derived_position = 0, layers = ?1", [form_of(tables)])?;
    Ok(())
}

/// Which layers there are, and their form, as kept in `programme.layers`.
fn form_of(tables: &[Table]) -> String {
    let form = tables.iter().map(|Table { layer, .. }| {
        let columns: Vec<_> = layer.columns.iter().map(|c| json!([c.name, format!("{:?}", c.holds)])).collect();
        json!({"name": layer.name, "geometry": format!("{:?}", layer.geometry), "about": layer.about, "columns": columns})
    });
    serde_json::Value::from_iter(form).to_string()
}

fn derived_position(conn: &Connection) -> rusqlite::Result<Position> {
    let position: i64 =
        conn.prepare_cached("SELECT derived_position FROM programme")?.query_row([], |row| row.get(0))?;
    Ok(Position(position as u64))
}

/// SHA-256 of bytes, hex: the name under which a store keeps them.
pub fn hash_of(bytes: &[u8]) -> crate::FileHash {
    field::hash_of(bytes)
}

/// `last_change` of the ledger, which is the newest `recorded_at`.
fn newest_instant(conn: &Connection) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT last_change FROM gpkg_contents WHERE table_name = 'ledger_entry'")?
        .query_row([], |row| row.get(0))
}

/// An instant as GeoPackage writes it (requirement 15).
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Say in the file's metadata which entries the layers stand for.
fn note_lineage(conn: &Connection) -> rusqlite::Result<()> {
    let newest = newest_instant(conn)?;
    conn.prepare_cached("UPDATE gpkg_contents SET last_change = ?1 WHERE table_name = 'programme'")?
        .execute([&newest])?;
    let derived = derived_position(conn)?;
    let last: Option<String> = conn
        .prepare_cached("SELECT id FROM ledger_entry WHERE fid = ?1")?
        .query_row([derived], |row| row.get(0))
        .optional()?;
    let lineage = json!({
        "about": "the layers of this file are derived from the first entries of its ledger",
        "entries": entries::position(conn)?.0,
        "entries_in_layers": derived.0,
        "last_entry_in_layers": last,
        "last_recorded_at": newest,
    });
    conn.prepare_cached("UPDATE gpkg_metadata SET metadata = ?1 WHERE id = 1")?.execute([lineage.to_string()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use ledger::{Draft, EntryKind, Writer};

    use super::*;

    #[test]
    fn a_full_disk_is_told_and_nothing_of_the_batch_is_written() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("karabakh.gpkg");
        let mut writer = Writer::new([1; 32], None);
        let mut sign = |n: usize| {
            let recorded_at = "2025-07-01T12:00:00Z".parse().unwrap();
            writer.sign(&Draft { recorded_at, kind: EntryKind::Record, payload: json!({"note": "x".repeat(n)}) })
        };
        let batch = |entry| Batch { entries: vec![entry], ..Batch::default() };
        let mut store = GeoPackage::create(&file, &[], &batch(sign(10))).unwrap();
        let n_pages: i64 = store.conn.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let limit = |store: &GeoPackage, n: i64| {
            store.conn.query_row(&format!("PRAGMA max_page_count = {n}"), [], |_| Ok(())).unwrap();
        };
        limit(&store, n_pages + 1);
        let large = sign(100_000);
        let failure = store.append(&batch(large.clone())).unwrap_err();
        assert!(matches!(failure, Failure::DiskFull { .. }), "{failure}");
        assert!(
            failure.to_string().ends_with("the disk is full; nothing was written. hint: make room, then do it again")
        );
        assert_eq!(store.position().unwrap(), Position(1));
        limit(&store, n_pages + 1000);
        assert_eq!(store.append(&batch(large)).unwrap(), Position(2), "when there is room again it goes on");
        store.check(&mut |finding| panic!("{finding}")).unwrap();
    }
}
