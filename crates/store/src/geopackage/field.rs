//! The tables of what phones send: keeping, finding, checking.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::instant;
use crate::failure::Trouble;
use crate::field::{Arrival, Attachment, FileHash, Form, Outcome, Submission, SubmissionQuery};

/// The name under which bytes are kept.
pub(super) fn hash_of(bytes: &[u8]) -> FileHash {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keep what arrived; gives the number of the submission.
pub(super) fn keep(conn: &Connection, arrival: &Arrival) -> Result<u64, Trouble> {
    match arrival {
        Arrival::Form(form, files) => {
            for bytes in files {
                keep_file(conn, bytes, form.received_at)?;
            }
            conn.execute(
                "INSERT INTO field_form (form_id, version, name, xml, profiles, is_ready, received_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    form.form_id,
                    form.version,
                    form.name,
                    form.xml,
                    serde_json::json!(form.profiles).to_string(),
                    form.is_ready,
                    form.received_at.to_string(),
                ],
            )?;
            noted(conn, "field_form", form.received_at)?;
            Ok(0)
        }
        Arrival::Submission(submission, xml, files) => {
            keep_file(conn, xml, submission.received_at)?;
            conn.execute(
                "INSERT INTO field_submission
                   (instance_id, form_id, version, xml, received_at, received_from, outcome)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    submission.instance_id,
                    submission.form_id,
                    submission.version,
                    submission.xml,
                    submission.received_at.to_string(),
                    submission.received_from,
                    submission.outcome.word(),
                ],
            )?;
            let number = conn.last_insert_rowid();
            noted(conn, "field_submission", submission.received_at)?;
            for (attachment, bytes) in files {
                keep_attachment(conn, number, attachment, bytes)?;
            }
            Ok(number as u64)
        }
        Arrival::Attachments(files) => {
            for (attachment, bytes) in files {
                keep_attachment(conn, attachment.submission as i64, attachment, bytes)?;
            }
            Ok(files.first().map_or(0, |(attachment, _)| attachment.submission))
        }
    }
}

fn keep_file(conn: &Connection, bytes: &[u8], at: Timestamp) -> Result<(), Trouble> {
    let hash = hash_of(bytes);
    if conn.prepare_cached("SELECT 1 FROM field_file WHERE sha256 = ?1")?.exists([&hash])? {
        return Ok(());
    }
    conn.prepare_cached("INSERT INTO field_file (sha256, bytes) VALUES (?1, ?2)")?.execute(params![hash, bytes])?;
    Ok(noted(conn, "field_file", at)?)
}

/// A file that came before under the same name is the same row.
fn keep_attachment(conn: &Connection, submission: i64, attachment: &Attachment, bytes: &[u8]) -> Result<(), Trouble> {
    keep_file(conn, bytes, attachment.received_at)?;
    let known = conn
        .prepare_cached("SELECT 1 FROM field_attachment WHERE submission = ?1 AND name = ?2 AND file = ?3")?
        .exists(params![submission, attachment.name, attachment.file])?;
    if known {
        return Ok(());
    }
    conn.execute(
        "INSERT INTO field_attachment (submission, name, media_type, file, received_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            submission,
            attachment.name,
            attachment.media_type,
            attachment.file,
            attachment.received_at.to_string()
        ],
    )?;
    Ok(noted(conn, "field_attachment", attachment.received_at)?)
}

fn noted(conn: &Connection, table: &str, at: Timestamp) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE gpkg_contents SET last_change = max(last_change, ?2) WHERE table_name = ?1")?
        .execute([table, &instant(at)])?;
    Ok(())
}

/// Every version of every form, in the order in which they came.
pub(super) fn forms(conn: &Connection) -> Result<Vec<Form>, Trouble> {
    let mut statement = conn.prepare_cached(
        "SELECT form_id, version, name, xml, profiles, is_ready, received_at FROM field_form ORDER BY fid",
    )?;
    let mut rows = statement.query([])?;
    let mut forms = Vec::new();
    while let Some(row) = rows.next()? {
        let profiles: String = row.get(4)?;
        forms.push(Form {
            form_id: row.get(0)?,
            version: row.get(1)?,
            name: row.get(2)?,
            xml: row.get(3)?,
            profiles: serde_json::from_str(&profiles)
                .map_err(|_| Trouble::Damaged("the profiles of a form cannot be read".to_owned()))?,
            is_ready: row.get(5)?,
            received_at: time(row, 6)?,
        });
    }
    Ok(forms)
}

fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Trouble> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| Trouble::Damaged(format!("{text:?} is no instant")))
}

/// Submissions, the newest first.
pub(super) fn submissions(conn: &Connection, query: &SubmissionQuery) -> Result<Vec<Submission>, Trouble> {
    let mut statement = conn.prepare_cached(
        "SELECT fid, instance_id, form_id, version, xml, received_at, received_from, outcome FROM field_submission
         WHERE (?1 IS NULL OR instance_id = ?1) AND (?2 IS NULL OR fid = ?2) ORDER BY fid DESC LIMIT ?3",
    )?;
    let number = query.number.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![query.instance_id, number, limit])?;
    let mut submissions = Vec::new();
    while let Some(row) = rows.next()? {
        let outcome: String = row.get(7)?;
        submissions.push(Submission {
            number: row.get::<_, i64>(0)? as u64,
            instance_id: row.get(1)?,
            form_id: row.get(2)?,
            version: row.get(3)?,
            xml: row.get(4)?,
            received_at: time(row, 5)?,
            received_from: row.get(6)?,
            outcome: Outcome::of(&outcome)
                .ok_or_else(|| Trouble::Damaged(format!("a submission has the outcome {outcome:?}")))?,
        });
    }
    Ok(submissions)
}

/// The files of a submission, in the order in which they came.
pub(super) fn attachments(conn: &Connection, submission: u64) -> Result<Vec<Attachment>, Trouble> {
    let mut statement = conn.prepare_cached(
        "SELECT name, media_type, file, received_at FROM field_attachment WHERE submission = ?1 ORDER BY fid",
    )?;
    let mut rows = statement.query([i64::try_from(submission).unwrap_or(i64::MAX)])?;
    let mut attachments = Vec::new();
    while let Some(row) = rows.next()? {
        attachments.push(Attachment {
            submission,
            name: row.get(0)?,
            media_type: row.get(1)?,
            file: row.get(2)?,
            received_at: time(row, 3)?,
        });
    }
    Ok(attachments)
}

/// Bytes by their hash.
pub(super) fn file(conn: &Connection, hash: &str) -> Result<Option<Vec<u8>>, Trouble> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM field_file WHERE sha256 = ?1")?;
    Ok(statement.query_row([hash], |row| row.get(0)).optional()?)
}

/// Bytes that are not what their name says, and names of bytes that are not there.
pub(super) fn check(conn: &Connection, each: &mut dyn FnMut(String)) -> Result<(), Trouble> {
    let mut statement = conn.prepare("SELECT fid, sha256, bytes FROM field_file ORDER BY fid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (fid, hash): (i64, String) = (row.get(0)?, row.get(1)?);
        let is_whole = row.get_ref(2)?.as_blob().is_ok_and(|bytes| hash_of(bytes) == hash);
        if !is_whole {
            each(format!("file {fid} that a phone sent is not what its SHA-256 says"));
        }
    }
    for (table, column, other, key) in [
        ("field_form", "xml", "field_file", "sha256"),
        ("field_submission", "xml", "field_file", "sha256"),
        ("field_attachment", "file", "field_file", "sha256"),
        ("field_attachment", "submission", "field_submission", "fid"),
    ] {
        let missing = format!("SELECT fid FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {other}) ORDER BY fid");
        let mut statement = conn.prepare(&missing)?;
        for fid in statement.query_map([], |row| row.get::<_, i64>(0))? {
            each(format!("row {} of {table}: its {column} is missing", fid?));
        }
    }
    Ok(())
}
