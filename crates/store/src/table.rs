//! A layer as a table of a GeoPackage: how it is made, registered, indexed, filled and read.
//!
//! Columns are `fid`, `id`, `geom` (unless the layer has no geometry) and the layer's own. The spatial index is the
//! rtree extension of GeoPackage 1.3 (annex F.3) with its own triggers, so that GDAL and QGIS use it too; the
//! `ST_` functions those triggers call are [registered](register_functions) with every connection of ours.

use std::collections::BTreeMap;

use geometry::Shape;
use records::Feature;
use records::feature::{Column, ColumnType, Layer, LayerGeometry};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use serde_json::{Map, Value};

use crate::blob;
use crate::failure::{Failure, Trouble};

const OURS: &[&str] =
    &["ledger_entry", "programme", "field_file", "field_form", "field_submission", "field_attachment"];

/// A layer with the SQL that works on it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub layer: Layer,
    find: String,
    insert: String,
    update: String,
    delete: String,
    columns: String,
}

/// How the bounds of a table changed within a transaction.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    added: Option<[f64; 4]>,
    removed: Option<[f64; 4]>,
}

/// Quote a name, whatever it is.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The functions that rtree triggers call (GeoPackage 1.3, annex F.3). They only read their argument.
pub(crate) fn register_functions(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("ST_IsEmpty", 1, flags, |ctx| {
        Ok(blob_of(ctx.get_raw(0)).map(|blob| blob::bounds(blob).is_none()))
    })?;
    for (name, side) in [("ST_MinX", 0), ("ST_MinY", 1), ("ST_MaxX", 2), ("ST_MaxY", 3)] {
        conn.create_scalar_function(name, 1, flags, move |ctx| {
            Ok(blob_of(ctx.get_raw(0)).and_then(blob::bounds).map(|bounds| bounds[side]))
        })?;
    }
    Ok(())
}

fn blob_of(value: ValueRef<'_>) -> Option<&[u8]> {
    value.as_blob().ok()
}

impl Table {
    pub fn new(layer: Layer) -> Table {
        assert!(
            !OURS.contains(&layer.name) && !layer.name.contains('.'),
            "{} cannot be the name of a layer",
            layer.name
        );
        let taken = |column: &Column| ["fid", "id", "geom"].contains(&column.name);
        assert!(!layer.columns.iter().any(taken), "layer {} has a column named fid, id or geom", layer.name);
        let name = quoted(layer.name);
        let mut columns = vec!["id".to_owned()];
        columns.extend(has_geometry(&layer).then(|| "geom".to_owned()));
        columns.extend(layer.columns.iter().map(|column| quoted(column.name)));
        let marks: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        let sets: Vec<String> = columns.iter().zip(&marks).skip(1).map(|(c, mark)| format!("{c} = {mark}")).collect();
        let sets = if sets.is_empty() { "id = id".to_owned() } else { sets.join(", ") };
        let head = if has_geometry(&layer) { "substr(geom, 1, 40)" } else { "NULL" };
        let columns = columns.join(", ");
        Table {
            layer,
            find: format!("SELECT {head} FROM {name} WHERE id = ?1"),
            insert: format!("INSERT INTO {name} ({columns}) VALUES ({})", marks.join(", ")),
            update: format!("UPDATE {name} SET {sets} WHERE id = ?1"),
            delete: format!("DELETE FROM {name} WHERE id = ?1"),
            columns,
        }
    }

    /// Make the table, its index and its rows in the tables of the standard.
    /// With `guarded`, programs other than ours cannot write into it.
    pub fn create(&self, conn: &Connection, last_change: &str, guarded: bool) -> rusqlite::Result<()> {
        let Layer { name, about, .. } = self.layer;
        let geometry = has_geometry(&self.layer).then(|| format!(", geom {}", geometry_type(&self.layer)));
        let columns: String =
            self.layer.columns.iter().map(|c| format!(", {} {}", quoted(c.name), declared(c.holds))).collect();
        conn.execute_batch(&format!(
            "CREATE TABLE {} (fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE{}{columns})",
            quoted(name),
            geometry.unwrap_or_default(),
        ))?;
        let (data_type, srs_id) =
            if has_geometry(&self.layer) { ("features", Some(blob::WGS_84)) } else { ("attributes", None) };
        conn.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
             VALUES (?1, ?2, ?1, ?3, ?4, ?5)",
            params![name, data_type, about, last_change, srs_id],
        )?;
        if has_geometry(&self.layer) {
            conn.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, 4326, 0, 0)",
                params![name, geometry_type(&self.layer)],
            )?;
            conn.execute(
                "INSERT INTO gpkg_extensions VALUES (?1, 'geom', 'gpkg_rtree_index',
                 'http://www.geopackage.org/spec130/#extension_rtree', 'write-only')",
                [name],
            )?;
            conn.execute_batch(&rtree(name))?;
        }
        if guarded { conn.execute_batch(&guards(name)) } else { Ok(()) }
    }

    /// Put a feature in the place of the one with its id.
    pub fn put(&self, conn: &Connection, feature: &Feature, touched: &mut Touched) -> Result<(), Trouble> {
        let found = self.bounds_before(conn, &feature.id)?;
        touched.removed = union(touched.removed, found.flatten());
        let sql = if found.is_some() { &self.update } else { &self.insert };
        self.write(conn, sql, feature, touched)
    }

    /// Put a feature whose id is known to be new.
    pub fn add(&self, conn: &Connection, feature: &Feature, touched: &mut Touched) -> Result<(), Trouble> {
        self.write(conn, &self.insert, feature, touched)
    }

    fn write(&self, conn: &Connection, sql: &str, feature: &Feature, touched: &mut Touched) -> Result<(), Trouble> {
        let shape = feature.geometry.as_ref().filter(|_| has_geometry(&self.layer));
        let shape = shape.map(|shape| self.fitted(&feature.id, shape)).transpose()?;
        let blob = shape.as_deref().map(blob::encode);
        touched.added = union(touched.added, blob.as_deref().and_then(blob::bounds));
        let mut values = vec![SqlValue::Text(feature.id.clone())];
        values.extend(has_geometry(&self.layer).then(|| blob.map_or(SqlValue::Null, SqlValue::Blob)));
        values.extend(self.layer.columns.iter().map(|c| to_sql(c.holds, feature.properties.get(c.name))));
        conn.prepare_cached(sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Take a feature away.
    pub fn remove(&self, conn: &Connection, id: &str, touched: &mut Touched) -> rusqlite::Result<()> {
        touched.removed = union(touched.removed, self.bounds_before(conn, id)?.flatten());
        conn.prepare_cached(&self.delete)?.execute([id])?;
        Ok(())
    }

    /// Write what the transaction changed into `gpkg_contents`.
    pub fn settle(&self, conn: &Connection, touched: &Touched, last_change: &str) -> rusqlite::Result<()> {
        let name = self.layer.name;
        conn.prepare_cached("UPDATE gpkg_contents SET last_change = ?2 WHERE table_name = ?1")?
            .execute([name, last_change])?;
        if !has_geometry(&self.layer) {
            return Ok(());
        }
        let kept = conn
            .prepare_cached("SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?1")?
            .query_row([name], |row| {
            let bounds: [Option<f64>; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok(match bounds {
                [Some(w), Some(s), Some(e), Some(n)] => Some([w, s, e, n]),
                _ => None,
            })
        })?;
        let bounds = if touched.may_shrink(kept) { self.bounds_of_all(conn)? } else { union(kept, touched.added) };
        let [w, s, e, n] = bounds.map_or([None; 4], |b| b.map(Some));
        conn.prepare_cached(
            "UPDATE gpkg_contents SET min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 WHERE table_name = ?1",
        )?
        .execute(params![name, w, s, e, n])?;
        Ok(())
    }

    /// Features by id.
    pub fn features(
        &self,
        conn: &Connection,
        bounds: Option<[f64; 4]>,
        after: Option<&str>,
        limit: usize,
    ) -> rusqlite::Result<Vec<Feature>> {
        let name = quoted(self.layer.name);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let [w, s, e, n] = bounds.unwrap_or_default();
        let (place, place_values): (String, Vec<&dyn ToSql>) = match bounds {
            // The index keeps 32-bit floats rounded outwards, so the envelope itself is asked again.
            Some(_) if has_geometry(&self.layer) => (
                format!(
                    " AND fid IN (SELECT id FROM {index} WHERE maxx >= ?3 AND miny <= ?6 AND minx <= ?5 AND maxy >= ?4)
                     AND ST_MaxX(geom) >= ?3 AND ST_MinY(geom) <= ?6 AND ST_MinX(geom) <= ?5 AND ST_MaxY(geom) >= ?4",
                    index = index_name(self.layer.name)
                ),
                vec![&w, &s, &e, &n],
            ),
            Some(_) => (" AND 0".to_owned(), vec![]),
            None => (String::new(), vec![]),
        };
        let after_sql = if after.is_some() { "id > ?1" } else { "?1 IS NULL" };
        let sql = format!("SELECT {} FROM {name} WHERE {after_sql}{place} ORDER BY id LIMIT ?2", self.columns);
        let mut values: Vec<&dyn ToSql> = vec![&after, &limit];
        values.extend(place_values);
        let mut statement = conn.prepare_cached(&sql)?;
        let features = statement.query_map(&values[..], |row| self.feature(row))?;
        features.collect()
    }

    fn feature(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Feature> {
        let mut at = 1;
        let mut geometry = None;
        if has_geometry(&self.layer) {
            if let Some(blob) = blob_of(row.get_ref(1)?) {
                let shape = blob::decode(blob).map_err(|why| {
                    rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Blob, why.into())
                })?;
                geometry = Some(shape);
            }
            at = 2;
        }
        let mut properties = Map::new();
        for (n, column) in self.layer.columns.iter().enumerate() {
            properties.insert(column.name.to_owned(), from_sql(column.holds, row.get_ref(at + n)?));
        }
        Ok(Feature { id: row.get(0)?, geometry, properties })
    }

    /// Bounds of the feature with this id: none if there is no such feature, some none if it has no place.
    fn bounds_before(&self, conn: &Connection, id: &str) -> rusqlite::Result<Option<Option<[f64; 4]>>> {
        let mut statement = conn.prepare_cached(&self.find)?;
        statement.query_row([id], |row| Ok(blob_of(row.get_ref(0)?).and_then(blob::bounds))).optional()
    }

    fn bounds_of_all(&self, conn: &Connection) -> rusqlite::Result<Option<[f64; 4]>> {
        let mut statement = conn.prepare(&format!("SELECT substr(geom, 1, 40) FROM {}", quoted(self.layer.name)))?;
        let mut rows = statement.query([])?;
        let mut all = None;
        while let Some(row) = rows.next()? {
            all = union(all, blob_of(row.get_ref(0)?).and_then(blob::bounds));
        }
        Ok(all)
    }

    /// The shape as the geometry type of the layer wants it.
    fn fitted<'a>(&self, id: &str, shape: &'a Shape) -> Result<std::borrow::Cow<'a, Shape>, Failure> {
        use std::borrow::Cow;
        match (self.layer.geometry, shape) {
            (LayerGeometry::Area, Shape::Polygon(rings)) => Ok(Cow::Owned(Shape::MultiPolygon(vec![rings.clone()]))),
            (LayerGeometry::Area, Shape::MultiPolygon(_))
            | (LayerGeometry::Point, Shape::Point(_))
            | (LayerGeometry::Any, _) => Ok(Cow::Borrowed(shape)),
            (_, other) => Err(Failure::Misfit {
                layer: self.layer.name.to_owned(),
                id: id.to_owned(),
                why: format!("a {} is not a {}", other.type_name(), geometry_type(&self.layer)),
            }),
        }
    }
}

impl Touched {
    /// Whether something on the edge went and nothing new reaches as far. Else all features need not be read again.
    fn may_shrink(&self, kept: Option<[f64; 4]>) -> bool {
        let (Some(removed), Some(kept)) = (self.removed, kept) else { return false };
        let added = self.added.unwrap_or([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
        let is_open = |side: usize, sign: f64| {
            sign * removed[side] >= sign * kept[side] && sign * added[side] < sign * kept[side]
        };
        is_open(0, -1.0) || is_open(1, -1.0) || is_open(2, 1.0) || is_open(3, 1.0)
    }
}

/// Tables and their changes within one transaction, by name.
pub(crate) type Changes<'a> = BTreeMap<&'a str, (&'a Table, Touched)>;

fn union(a: Option<[f64; 4]>, b: Option<[f64; 4]>) -> Option<[f64; 4]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]),
        (a, b) => a.or(b),
    }
}

fn has_geometry(layer: &Layer) -> bool {
    layer.geometry != LayerGeometry::None
}

fn geometry_type(layer: &Layer) -> &'static str {
    match layer.geometry {
        LayerGeometry::Area => "MULTIPOLYGON",
        LayerGeometry::Point => "POINT",
        LayerGeometry::Any => "GEOMETRY",
        LayerGeometry::None => "none",
    }
}

fn declared(holds: ColumnType) -> &'static str {
    match holds {
        ColumnType::Text => "TEXT",
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Day => "DATE",
        ColumnType::Boolean => "BOOLEAN",
    }
}

/// A value as its column holds it. What a column cannot hold is left out; the entry keeps it as it was given.
fn to_sql(holds: ColumnType, value: Option<&Value>) -> SqlValue {
    let Some(value) = value.filter(|value| !value.is_null()) else { return SqlValue::Null };
    let held = match holds {
        ColumnType::Text => Some(SqlValue::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned))),
        ColumnType::Integer => value.as_i64().map(SqlValue::Integer),
        ColumnType::Real => value.as_f64().map(SqlValue::Real),
        ColumnType::Day => value.as_str().filter(|day| is_day(day)).map(|day| SqlValue::Text(day.to_owned())),
        ColumnType::Boolean => value.as_bool().map(|yes| SqlValue::Integer(yes.into())),
    };
    held.unwrap_or(SqlValue::Null)
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn from_sql(holds: ColumnType, value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) if holds == ColumnType::Boolean => Value::Bool(number != 0),
        ValueRef::Integer(number) if holds == ColumnType::Real => Value::from(number as f64),
        ValueRef::Integer(number) => Value::from(number),
        ValueRef::Real(number) => Value::from(number),
        ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
    }
}

fn index_name(table: &str) -> String {
    quoted(&format!("rtree_{table}_geom"))
}

/// The rtree and the triggers of GeoPackage 1.3, annex F.3, word for word.
///
/// The triggers say INSERT OR REPLACE, which an UPSERT would turn into a plain INSERT; hence `put` never upserts.
fn rtree(table: &str) -> String {
    let name = format!("rtree_{table}_geom");
    let (r, t) = (quoted(&name), quoted(table));
    let trigger = |event: &str| quoted(&format!("{name}_{event}"));
    let box_of_new = "NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)";
    let filled = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))";
    let empty = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))";
    format!(
        "CREATE VIRTUAL TABLE {r} USING rtree(id, minx, maxx, miny, maxy);
         CREATE TRIGGER {insert} AFTER INSERT ON {t} WHEN {filled}
         BEGIN INSERT OR REPLACE INTO {r} VALUES ({box_of_new}); END;
         CREATE TRIGGER {update1} AFTER UPDATE OF geom ON {t} WHEN OLD.fid = NEW.fid AND {filled}
         BEGIN INSERT OR REPLACE INTO {r} VALUES ({box_of_new}); END;
         CREATE TRIGGER {update2} AFTER UPDATE OF geom ON {t} WHEN OLD.fid = NEW.fid AND {empty}
         BEGIN DELETE FROM {r} WHERE id = OLD.fid; END;
         CREATE TRIGGER {update3} AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND {filled}
         BEGIN DELETE FROM {r} WHERE id = OLD.fid; INSERT OR REPLACE INTO {r} VALUES ({box_of_new}); END;
         CREATE TRIGGER {update4} AFTER UPDATE ON {t} WHEN OLD.fid != NEW.fid AND {empty}
         BEGIN DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END;
         CREATE TRIGGER {delete} AFTER DELETE ON {t} WHEN OLD.geom NOT NULL
         BEGIN DELETE FROM {r} WHERE id = OLD.fid; END;",
        insert = trigger("insert"),
        update1 = trigger("update1"),
        update2 = trigger("update2"),
        update3 = trigger("update3"),
        update4 = trigger("update4"),
        delete = trigger("delete"),
    )
}

/// Triggers that keep other programs from writing into a derived layer; `programme.writing` tells them who writes.
fn guards(table: &str) -> String {
    ["INSERT", "UPDATE", "DELETE"]
        .map(|event| {
            format!(
                "CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN (SELECT writing FROM programme) IS NOT 1
                 BEGIN SELECT RAISE(ABORT, 'this layer is derived from the ledger and would be overwritten. hint: copy the layer to a file of your own, or import the change into Homeground'); END;",
                name = quoted(&format!("{table}_is_derived_{}", event.to_lowercase())),
                table = quoted(table),
            )
        })
        .concat()
}

/// The SQL that removes a layer of ours and everything that belongs to it.
pub(crate) fn drop_table(conn: &Connection, table: &str) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("DROP TABLE IF EXISTS {}; DROP TABLE IF EXISTS {}", index_name(table), quoted(table)))?;
    for owner in ["gpkg_metadata_reference", "gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents"] {
        conn.execute(&format!("DELETE FROM {owner} WHERE table_name = ?1"), [table])?;
    }
    Ok(())
}

/// The tables that make a file a GeoPackage, in an empty database.
pub(crate) const CONTAINER: &str = include_str!("../migrations/0000_geopackage.sql");

impl ToSql for crate::Position {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0 as i64))
    }
}
