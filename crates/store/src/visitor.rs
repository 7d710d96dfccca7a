//! A visitor's GeoPackage: opened read-only, its layers listed, its rows handed out.
//!
//! The file comes from a stranger and is believed in nothing. What is wrong with a row is told in that row; what is
//! wrong with a layer ends that layer. No trigger runs, no view reaches beyond its tables or computes for ever, and no
//! value of more than 64 MiB is loaded (SQLite, "Defense Against The Dark Arts", <https://sqlite.org/security.html>).
//!
//! Rows are handed out as they are: units, dates and coordinate reference systems are the work of intake.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use geometry::Shape;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use serde_json::{Value, json};

use crate::blob;
use crate::failure::{Failure, InFile, Trouble};
use crate::geopackage::{has_journal, look_at_header};
use crate::table::quoted;

/// Values beyond this are not loaded. A polygon of a million vertices has 16 MB.
const LARGEST_VALUE: i32 = 64 << 20;

/// What stands in the place of a value that is too large.
const TOO_LARGE: &[u8] = b"TOO LARGE";

/// Instructions of SQLite between two looks at the clock of instructions.
const TICK: i32 = 100_000;

/// Ticks without a row until a layer is given up: 200 million instructions, a few seconds.
const PATIENCE: u32 = 2_000;

/// Rows a view may give. A table ends by itself.
const MOST_ROWS_OF_A_VIEW: u64 = 1_000_000;

/// A GeoPackage of somebody else.
#[derive(Debug)]
pub struct GeoPackageReader {
    file: PathBuf,
    conn: Connection,
    ticks: Arc<AtomicU32>,
}

/// One table or view with rows to read.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorLayer {
    /// Name of the table.
    pub name: String,
    /// Its title, if it has another one.
    pub title: Option<String>,
    /// What it is about.
    pub about: Option<String>,
    /// Names and declared types, in order, without the primary key and the geometry.
    pub columns: Vec<VisitorColumn>,
    /// Where the geometry is, if there is one.
    pub geometry: Option<VisitorGeometry>,
    /// Name of the primary key.
    pub key: Option<String>,
    /// A view, not a table.
    pub is_view: bool,
}

/// A column of a visitor's layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorColumn {
    /// As written there.
    pub name: String,
    /// As declared there: `TEXT(20)`, `DATE`, `BOOLEAN`, …
    pub declared: String,
}

/// The geometry column of a visitor's layer.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorGeometry {
    /// Its name.
    pub column: String,
    /// As declared: `MULTIPOLYGON`, `GEOMETRY`, …
    pub type_name: String,
    /// The coordinate reference system.
    pub srs: Srs,
}

/// A coordinate reference system as the visitor's file describes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Srs {
    /// Its number within the file; -1 and 0 say that it is not known.
    pub srs_id: i64,
    /// Who defines it: `EPSG`, `NONE`, …
    pub organization: String,
    /// Its number there.
    pub organization_coordsys_id: i64,
    /// Well-known text (WKT 1), or `undefined`.
    pub definition: String,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorRow {
    /// 1, 2, 3 … as read.
    pub number: u64,
    /// Its primary key.
    pub fid: Option<i64>,
    /// In the order of the columns. A blob is `{"blob_bytes": n}`; what cannot be read is null and a problem.
    pub values: Vec<Value>,
    /// The geometry, or why it cannot be read; none where there is none.
    pub geometry: Option<Result<VisitorShape, String>>,
    /// What is wrong with values: column and reason.
    pub problems: Vec<(String, String)>,
}

/// A geometry with what [`Shape`] does not keep.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorShape {
    /// In the coordinate reference system of the layer, x first; heights and measures dropped.
    pub shape: Shape,
    /// There were heights.
    pub has_z: bool,
    /// There were measures.
    pub has_m: bool,
    /// There is no finite position in it.
    pub is_empty: bool,
    /// What the geometry itself says its coordinate reference system is.
    pub srs_id: i32,
}

impl GeoPackageReader {
    /// Open a file. It is never changed; one in use by another program is read as of its last transaction.
    pub fn open(file: &Path) -> Result<GeoPackageReader, Failure> {
        look_at_header(file)?;
        let ticks = Arc::new(AtomicU32::new(0));
        let unfinished = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                Trouble::Told(Failure::Unfinished { file: file.to_owned() })
            }
            _ => error.into(),
        };
        let open = || {
            let mut conn = connect(file).map_err(unfinished)?;
            harden(&conn)?;
            let clock = Arc::clone(&ticks);
            conn.progress_handler(TICK, Some(move || clock.fetch_add(1, Ordering::Relaxed) > PATIENCE))?;
            let n: i64 = conn
                .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'gpkg_contents'", [], |row| row.get(0))
                .map_err(unfinished)?;
            if n == 0 {
                let why = "it is an SQLite file of another kind".to_owned();
                return Err(Failure::NotGeoPackage { file: file.to_owned(), why }.into());
            }
            Ok::<Connection, Trouble>(conn)
        };
        let conn = open().in_file(file)?;
        Ok(GeoPackageReader { file: file.to_owned(), conn, ticks })
    }

    /// Feature and attribute layers, by name.
    pub fn layers(&self) -> Result<Vec<VisitorLayer>, Failure> {
        self.ticks.store(0, Ordering::Relaxed);
        self.list().in_file(&self.file)
    }

    /// How many rows a layer has, to draw progress.
    pub fn n_rows(&self, layer: &VisitorLayer) -> Result<u64, Failure> {
        self.ticks.store(0, Ordering::Relaxed);
        let sql = format!("SELECT count(*) FROM {}", quoted(&layer.name));
        let count = self.conn.query_row(&sql, [], |row| row.get::<_, i64>(0));
        count.map(|n| n as u64).map_err(|error| self.layer_failure(layer, &error))
    }

    /// Rows of a layer in the order of the file, until told to stop.
    pub fn rows(
        &self,
        layer: &VisitorLayer,
        each: &mut dyn FnMut(VisitorRow) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        self.ticks.store(0, Ordering::Relaxed);
        let told = |error: rusqlite::Error| self.layer_failure(layer, &error);
        let mut statement = self.conn.prepare(&select(layer)).map_err(told)?;
        let mut rows = statement.query([]).map_err(told)?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(told)? {
            self.ticks.store(0, Ordering::Relaxed);
            number += 1;
            if layer.is_view && number > MOST_ROWS_OF_A_VIEW {
                let why = format!("the view gives more than {MOST_ROWS_OF_A_VIEW} rows");
                return Err(Failure::Layer { file: self.file.clone(), layer: layer.name.clone(), why });
            }
            if each(read(layer, number, row).map_err(told)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn list(&self) -> Result<Vec<VisitorLayer>, Trouble> {
        let mut statement = self.conn.prepare(
            "SELECT entry.name, entry.type, identifier, description, column_name, geometry_type_name, geometry.srs_id
             FROM gpkg_contents AS contents
             JOIN sqlite_schema AS entry ON lower(entry.name) = lower(contents.table_name)
               AND (entry.type = 'view' OR entry.type = 'table' AND entry.sql NOT LIKE 'CREATE VIRTUAL%')
             LEFT JOIN gpkg_geometry_columns AS geometry ON lower(geometry.table_name) = lower(contents.table_name)
             WHERE data_type IN ('features', 'attributes') ORDER BY entry.name",
        );
        // Without feature layers a file may do without gpkg_geometry_columns.
        if statement.is_err() {
            statement = self.conn.prepare(
                "SELECT entry.name, entry.type, identifier, description, NULL, NULL, NULL FROM gpkg_contents AS contents
                 JOIN sqlite_schema AS entry ON lower(entry.name) = lower(contents.table_name)
                   AND (entry.type = 'view' OR entry.type = 'table' AND entry.sql NOT LIKE 'CREATE VIRTUAL%')
                 WHERE data_type = 'attributes' ORDER BY entry.name",
            );
        }
        let mut statement = statement?;
        let mut rows = statement.query([])?;
        let mut layers = Vec::new();
        while let Some(row) = rows.next()? {
            let name = text(row.get_ref(0)?).unwrap_or_default();
            let column = text(row.get_ref(4)?);
            let (key, mut columns) = self.columns(&name)?;
            columns.retain(|c| !column.as_ref().is_some_and(|column| c.name.eq_ignore_ascii_case(column)));
            let geometry = match column {
                Some(column) => Some(VisitorGeometry {
                    column,
                    type_name: text(row.get_ref(5)?).unwrap_or_default(),
                    srs: self.srs(row.get_ref(6)?.as_i64().unwrap_or_default())?,
                }),
                None => None,
            };
            layers.push(VisitorLayer {
                is_view: text(row.get_ref(1)?).as_deref() == Some("view"),
                title: text(row.get_ref(2)?).filter(|title| *title != name),
                about: text(row.get_ref(3)?).filter(|about| !about.is_empty()),
                name,
                columns,
                geometry,
                key,
            });
        }
        Ok(layers)
    }

    /// The primary key, and the columns besides it.
    fn columns(&self, table: &str) -> Result<(Option<String>, Vec<VisitorColumn>), Trouble> {
        let mut statement = self.conn.prepare("SELECT name, type, pk FROM pragma_table_info(?1)")?;
        // A view that cannot be compiled has no columns; reading its rows says why.
        let Ok(mut rows) = statement.query([table]) else { return Ok((None, Vec::new())) };
        let (mut key, mut columns) = (None, Vec::new());
        while let Ok(Some(row)) = rows.next() {
            let name = text(row.get_ref(0)?).unwrap_or_default();
            let declared = text(row.get_ref(1)?).unwrap_or_default();
            if row.get_ref(2)?.as_i64() == Ok(1) && declared.eq_ignore_ascii_case("INTEGER") {
                key = Some(name);
            } else {
                columns.push(VisitorColumn { name, declared });
            }
        }
        Ok((key, columns))
    }

    fn srs(&self, srs_id: i64) -> Result<Srs, Trouble> {
        let found = self
            .conn
            .query_row(
                "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1",
                params![srs_id],
                |row| {
                    Ok(Srs {
                        srs_id,
                        organization: text(row.get_ref(0)?).unwrap_or_default(),
                        organization_coordsys_id: row.get_ref(1)?.as_i64().unwrap_or_default(),
                        definition: text(row.get_ref(2)?).unwrap_or_default(),
                    })
                },
            )
            .optional()?;
        Ok(found.unwrap_or(Srs { srs_id, definition: "undefined".into(), ..Srs::default() }))
    }

    fn layer_failure(&self, layer: &VisitorLayer, error: &rusqlite::Error) -> Failure {
        let why = match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => "it computes for too long without giving a row".to_owned(),
            Some(ErrorCode::TooBig) => "it holds a value of more than 64 MiB".to_owned(),
            Some(ErrorCode::DatabaseCorrupt) => "its part of the file is damaged".to_owned(),
            _ => error.to_string(),
        };
        Failure::Layer { file: self.file.clone(), layer: layer.name.clone(), why }
    }
}

/// Without a journal beside it the file is opened as one that cannot change, which touches nothing around it.
fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match std::path::absolute(file).ok().and_then(|path| path.to_str().map(immutable)) {
        Some(uri) if !has_journal(file) => Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI),
        _ => Connection::open_with_flags(file, flags),
    }
}

/// A path as a URI of SQLite (<https://sqlite.org/uri.html> §3.1).
fn immutable(path: &str) -> String {
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23").replace('\\', "/");
    format!("file://{}{path}?immutable=1", if path.starts_with('/') { "" } else { "/" })
}

fn harden(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(5))?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ] {
        conn.set_db_config(setting, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE + 1024),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1_000_000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 250_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        conn.set_limit(limit, most)?;
    }
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "mmap_size", 0)
}

/// Key, geometry, then the columns. The size of a value is known without loading it.
fn select(layer: &VisitorLayer) -> String {
    let bounded = |name: &str| {
        let name = quoted(name);
        let too_large: String = TOO_LARGE.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("iif(octet_length({name}) > {LARGEST_VALUE}, x'{too_large}', {name})")
    };
    let mut terms = vec![layer.key.as_deref().map_or("NULL".to_owned(), quoted)];
    terms.push(layer.geometry.as_ref().map_or("NULL".to_owned(), |geometry| bounded(&geometry.column)));
    terms.extend(layer.columns.iter().map(|column| bounded(&column.name)));
    format!("SELECT {} FROM {}", terms.join(", "), quoted(&layer.name))
}

fn read(layer: &VisitorLayer, number: u64, row: &rusqlite::Row<'_>) -> rusqlite::Result<VisitorRow> {
    let mut problems = Vec::new();
    let mut values = Vec::with_capacity(layer.columns.len());
    for (n, column) in layer.columns.iter().enumerate() {
        let value = value(row.get_ref(n + 2)?, &column.declared).unwrap_or_else(|why| {
            problems.push((column.name.clone(), why.to_owned()));
            Value::Null
        });
        values.push(value);
    }
    Ok(VisitorRow { number, fid: row.get_ref(0)?.as_i64().ok(), values, geometry: shape(row.get_ref(1)?), problems })
}

fn value(value: ValueRef<'_>, declared: &str) -> Result<Value, &'static str> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n @ (0 | 1)) if declared.eq_ignore_ascii_case("BOOLEAN") => Value::Bool(n == 1),
        ValueRef::Integer(number) => Value::from(number),
        ValueRef::Real(number) if number.is_finite() => Value::from(number),
        ValueRef::Real(_) => return Err("the number is infinite"),
        ValueRef::Text(text) => Value::from(std::str::from_utf8(text).map_err(|_| "the text is not UTF-8")?),
        ValueRef::Blob(TOO_LARGE) => return Err("the value is larger than 64 MiB"),
        ValueRef::Blob(blob) => json!({"blob_bytes": blob.len()}),
    })
}

fn shape(value: ValueRef<'_>) -> Option<Result<VisitorShape, String>> {
    let blob = match value {
        ValueRef::Null => return None,
        ValueRef::Blob(TOO_LARGE) => return Some(Err("the geometry is larger than 64 MiB".to_owned())),
        ValueRef::Blob(blob) => blob,
        _ => return Some(Err("the geometry is not a blob".to_owned())),
    };
    let read = || {
        let header = blob::header(blob)?;
        let (has_z, has_m) = blob::has_z_m(&blob[header.n_bytes..]);
        let shape = blob::decode(blob)?;
        Ok(VisitorShape { has_z, has_m, is_empty: shape.bounds().is_none(), srs_id: header.srs_id, shape })
    };
    Some(read())
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}
