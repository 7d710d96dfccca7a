//! The ledger table: appending, streaming, searching, checking.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;

use ledger::{Entry, EntryId, Signed};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Row, ToSql, params};
use serde::Deserialize;

use super::{instant, newest_instant};
use crate::failure::Trouble;
use crate::front::{Found, Head, Position, Query};
use crate::hex;

pub(super) fn position(conn: &Connection) -> rusqlite::Result<Position> {
    let last: i64 =
        conn.prepare_cached("SELECT coalesce(max(fid), 0) FROM ledger_entry")?.query_row([], |row| row.get(0))?;
    Ok(Position(last as u64))
}

/// Beyond every entry.
const LAST: Position = Position(i64::MAX as u64);

/// What the columns beside the body repeat from it.
#[derive(Debug, PartialEq)]
struct Columns<'a> {
    writer: &'a str,
    seq: i64,
    recorded_at: String,
    kind: &'static str,
    record: Option<Cow<'a, str>>,
    local_id: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    record: Option<Text<'a>>,
    #[serde(borrow)]
    local_id: Option<Text<'a>>,
}

/// Text without a copy; serde borrows inside an `Option` only through a type of its own.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Columns<'a> {
    fn of(entry: &Entry<'a>) -> Columns<'a> {
        let json = entry.payload.get();
        let payload: Payload<'a> = serde_json::from_str(json).unwrap_or_default();
        Columns {
            writer: entry.writer,
            seq: entry.seq.try_into().unwrap_or(i64::MAX),
            recorded_at: instant(entry.recorded_at),
            kind: entry.kind.name(),
            record: payload.record.map(|text| text.0),
            local_id: payload.local_id.map(|text| text.0),
        }
    }
}

/// Append what is not kept yet.
pub(super) fn keep(conn: &Connection, entries: &[Signed]) -> Result<(), Trouble> {
    let Position(mut last) = position(conn)?;
    let mut newest = newest_instant(conn)?;
    let mut find = conn.prepare_cached("SELECT 1 FROM ledger_entry WHERE id = ?1")?;
    // OR FAIL spares a copy of each page for each row; the transaction as a whole is rolled back.
    let mut insert = conn.prepare_cached(
        "INSERT OR FAIL INTO ledger_entry
           (fid, id, writer, seq, recorded_at, kind, record, local_id, signature, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for signed in entries {
        let id = hex::of(signed.id);
        if find.exists([&id])? {
            continue;
        }
        let entry = signed.entry()?;
        let columns = Columns::of(&entry);
        last += 1;
        insert.execute(params![
            last as i64,
            id,
            columns.writer,
            columns.seq,
            columns.recorded_at,
            columns.kind,
            columns.record,
            columns.local_id,
            signed.signature,
            signed.body,
        ])?;
        newest = newest.max(columns.recorded_at);
    }
    conn.prepare_cached("UPDATE gpkg_contents SET last_change = ?1 WHERE table_name = 'ledger_entry'")?
        .execute([newest])?;
    Ok(())
}

/// From a row of `fid, id, signature, body`.
fn read(row: &Row<'_>) -> Result<(Position, Signed), Trouble> {
    let fid: i64 = row.get(0)?;
    let damaged =
        |column: &str| Trouble::Damaged(format!("the {column} of the entry at position {fid} cannot be read"));
    let id = row.get_ref(1)?.as_str().ok().and_then(|text| hex::id(text.as_bytes())).ok_or_else(|| damaged("id"))?;
    let signature = row.get_ref(2)?.as_blob().ok().and_then(|blob| blob.try_into().ok());
    let body = row.get_ref(3)?.as_str().map_err(|_| damaged("body"))?.to_owned();
    Ok((Position(fid as u64), Signed { id, body, signature: signature.ok_or_else(|| damaged("signature"))? }))
}

pub(super) fn stream(
    conn: &Connection,
    after: Position,
    until: Option<Position>,
    each: &mut dyn FnMut(Position, Signed) -> ControlFlow<()>,
) -> Result<(), Trouble> {
    let mut statement = conn.prepare_cached(
        "SELECT fid, id, signature, body FROM ledger_entry WHERE fid > ?1 AND fid <= ?2 ORDER BY fid",
    )?;
    let mut rows = statement.query([after, until.unwrap_or(LAST)])?;
    while let Some(row) = rows.next()? {
        let (position, signed) = read(row)?;
        if each(position, signed).is_break() {
            break;
        }
    }
    Ok(())
}

pub(super) fn with_id(conn: &Connection, id: EntryId) -> Result<Option<(Position, Signed)>, Trouble> {
    let mut statement = conn.prepare_cached("SELECT fid, id, signature, body FROM ledger_entry WHERE id = ?1")?;
    let mut rows = statement.query([hex::of(id)])?;
    rows.next()?.map(read).transpose()
}

/// Hops from writer to writer in the index instead of reading a million rows.
pub(super) fn heads(conn: &Connection, until: Option<Position>) -> Result<Vec<Head>, Trouble> {
    let mut statement = conn.prepare_cached(
        "WITH RECURSIVE office(writer) AS (
           SELECT min(writer) FROM ledger_entry
           UNION ALL
           SELECT (SELECT min(writer) FROM ledger_entry WHERE writer > office.writer) FROM office WHERE writer NOTNULL
         )
         SELECT entry.writer, entry.seq, entry.id FROM office JOIN ledger_entry AS entry ON entry.fid =
           (SELECT fid FROM ledger_entry WHERE writer = office.writer AND fid <= ?1 ORDER BY seq DESC, fid LIMIT 1)",
    )?;
    let heads =
        statement.query_map([until.unwrap_or(LAST)], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    heads
        .map(|head| {
            let (writer, seq, id): (String, i64, String) = head?;
            let id = hex::id(id.as_bytes()).unwrap_or(EntryId([0; 32]));
            Ok(Head { writer, seq: seq as u64, id })
        })
        .collect()
}

pub(super) fn search(conn: &Connection, query: &Query, until: Option<Position>) -> Result<Found, Trouble> {
    let mut conditions: Vec<&str> = Vec::new();
    let mut values: Vec<(&str, Box<dyn ToSql>)> = Vec::new();
    let mut ask = |condition, name, value: Box<dyn ToSql>| {
        conditions.push(condition);
        values.push((name, value));
    };
    if let Some(kind) = query.kind {
        ask("kind = :kind", ":kind", Box::new(kind.name()));
    }
    if let Some(record) = query.record {
        ask("record = :record", ":record", Box::new(record.name()));
    }
    if let Some(local_id) = &query.local_id {
        ask("local_id = :local_id", ":local_id", Box::new(local_id.clone()));
    }
    if let Some(writer) = &query.writer {
        ask("writer = :writer", ":writer", Box::new(writer.to_lowercase()));
    }
    if let Some(prefix) = &query.id_prefix {
        // All ids are digits and a to f, so g ends the range.
        ask("id >= :id AND id < :id || 'g'", ":id", Box::new(prefix.to_lowercase()));
    }
    if let Some(text) = query.text.as_deref().filter(|text| !text.is_empty()) {
        register_contains(conn, text)?;
        conditions.push("contains_the_text(body)");
    }
    let named: Vec<(&str, &dyn ToSql)> = values.iter().map(|(name, value)| (*name, &**value)).collect();
    let filter = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    let before = query.before.map_or(u64::MAX, |Position(fid)| fid);
    let until = until.unwrap_or(LAST).0;
    let mut page = Vec::new();
    let total = if conditions.is_empty() {
        let last = position(conn)?.0.min(until);
        let newest = last.min(before.saturating_sub(1));
        page.extend((1..=newest).rev().take(query.limit));
        last
    } else {
        // Counting reads every match anyway, so one pass finds the page, too; only indexes unless text is sought.
        let mut statement =
            conn.prepare_cached(&format!("SELECT fid FROM ledger_entry WHERE {filter} ORDER BY fid DESC"))?;
        let mut rows = statement.query(&named[..])?;
        let mut total = 0;
        while let Some(row) = rows.next()? {
            let fid = row.get::<_, i64>(0)? as u64;
            if fid > until {
                continue;
            }
            total += 1;
            if fid < before && page.len() < query.limit {
                page.push(fid);
            }
        }
        total
    };
    let mut statement = conn.prepare_cached("SELECT fid, id, signature, body FROM ledger_entry WHERE fid = ?1")?;
    let mut entries = Vec::with_capacity(page.len());
    for fid in page {
        let mut rows = statement.query([fid as i64])?;
        entries.extend(rows.next()?.map(read).transpose()?);
    }
    Ok(Found { entries, total })
}

/// SQLite's LIKE knows capitals of ASCII only, and names here are Azerbaijani, Armenian and Russian.
fn register_contains(conn: &Connection, text: &str) -> rusqlite::Result<()> {
    let wanted = text.to_lowercase();
    let lower = RefCell::new(String::new());
    conn.create_scalar_function("contains_the_text", 1, FunctionFlags::SQLITE_UTF8, move |ctx| {
        let body = ctx.get_raw(0).as_str().unwrap_or_default();
        if !wanted.is_ascii() {
            return Ok(body.to_lowercase().contains(&wanted));
        }
        // One buffer for all rows: a million entries are searched in about a second.
        let mut lower = lower.borrow_mut();
        lower.clear();
        lower.push_str(body);
        lower.make_ascii_lowercase();
        Ok(lower.contains(&wanted))
    })
}

/// Gaps between positions, and columns that say something else than the body.
pub(super) fn check(conn: &Connection, each: &mut dyn FnMut(String)) -> Result<(), Trouble> {
    let mut statement = conn.prepare(
        "SELECT fid, id, signature, body, writer, seq, recorded_at, kind, record, local_id
         FROM ledger_entry ORDER BY fid",
    )?;
    let mut rows = statement.query([])?;
    let mut expected = 1;
    while let Some(row) = rows.next()? {
        let (Position(position), signed) = match read(row) {
            Ok(read) => read,
            Err(Trouble::Damaged(why)) => {
                each(why);
                expected += 1;
                continue;
            }
            Err(other) => return Err(other),
        };
        if position != expected {
            each(format!("position {position} follows position {}", expected - 1));
        }
        expected = position + 1;
        let Ok(entry) = signed.entry() else {
            each(format!("position {position}: the body is not an entry"));
            continue;
        };
        let columns = Columns::of(&entry);
        let record = columns.record.as_deref();
        let differs = [
            ("writer", row.get_ref(4)? != columns.writer.into()),
            ("seq", row.get_ref(5)?.as_i64().ok() != Some(columns.seq)),
            ("recorded_at", row.get_ref(6)? != columns.recorded_at.as_str().into()),
            ("kind", row.get_ref(7)? != columns.kind.into()),
            ("record", row.get_ref(8)? != record.into()),
            ("local_id", row.get_ref(9)? != columns.local_id.as_deref().into()),
        ];
        for (column, _) in differs.into_iter().filter(|(_, differs)| *differs) {
            each(format!("position {position}, entry {}: column {column} differs from the body", signed.id));
        }
    }
    Ok(())
}
