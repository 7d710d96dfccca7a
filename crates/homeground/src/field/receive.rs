//! Taking a submission: kept first, then read, then answered.
//!
//! The same answers again, on whatever way and however often, are the same submission: the instance id and the bytes
//! say so. Other answers under a known instance id are kept and wait for a person, and so do answers to a form that
//! nobody here knows. A phone is never told that something arrived before it is on the disk.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::Context;
use intake::row::Note;
use intake::xform::{Answers, SubmissionRows};
use intake::{Draft, Options, Profile};
use jiff::Timestamp;
use ledger::EntryKind;
use ledger::entry::canonical;
use records::{Rules, Severity};
use serde_json::{Value, json};
use store::{Arrival, Attachment, Outcome, Query, Submission, SubmissionQuery, hash_of};

use super::forms::Known;
use crate::import::{ImportOptions, ImportReport};
use crate::programme::Programme;

/// What a phone sends at once.
pub struct Incoming {
    /// The answers, XML.
    pub xml: Vec<u8>,
    /// Files: name, media type, bytes.
    pub files: Vec<(String, String, Vec<u8>)>,
    /// Which phone it is, by the name it was given.
    pub from: String,
    /// When it came.
    pub at: Timestamp,
    /// Whether the phone says that more files follow.
    pub more_follows: bool,
}

/// What the phone is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Kept; read, or on the list of what waits for a person.
    Taken(String),
    /// Kept; the instance was known with other answers.
    Conflict(String),
}

impl Programme {
    /// Keep what a phone sent and make of it what can be made. Answers that cannot be read are an
    /// [`intake::Refused`], and nothing of them is kept: the phone still has them.
    pub fn take_submission(&mut self, incoming: Incoming) -> anyhow::Result<Receipt> {
        let answers = Answers::parse(&incoming.xml, "the submission")?;
        let known = self.form(&answers.form_id, &answers.version)?;
        let (submission, receives) = self.keep_submission(&answers, known.as_ref(), &incoming)?;
        let missing = self.missing_files(&answers, known.as_ref(), submission.number)?;
        match (submission.outcome, known) {
            (Outcome::Conflict, _) => {
                let note = self.hold(&answers, &submission, "instance_conflict", &incoming)?;
                Ok(Receipt::Conflict(note))
            }
            (_, None) => {
                let note = self.hold(&answers, &submission, "form_unknown", &incoming)?;
                Ok(Receipt::Taken(note))
            }
            (_, Some(known)) => {
                let report = self.read_submission(&submission, &answers, &known, &incoming.xml, incoming.at)?;
                let mut text = self.said(&answers, &known, &report, incoming.at)?;
                if receives && incoming.more_follows {
                    text.push_str("\nMore files are awaited.");
                } else if !missing.is_empty() {
                    let _ = write!(text, "\nStill missing: {}.", missing.join(", "));
                }
                Ok(Receipt::Taken(text))
            }
        }
    }

    /// The submission as kept, and whether it was new. Everything is on the disk when this returns.
    fn keep_submission(
        &mut self,
        answers: &Answers,
        known: Option<&Known>,
        incoming: &Incoming,
    ) -> anyhow::Result<(Submission, bool)> {
        let xml = hash_of(&incoming.xml);
        let before = self.sent(&answers.instance_id)?;
        let files = |submission: u64| -> Vec<(Attachment, Vec<u8>)> {
            let file = |(name, media_type, bytes): &(String, String, Vec<u8>)| {
                let (name, media_type, file) = (name.clone(), media_type.clone(), hash_of(bytes));
                (Attachment { submission, name, media_type, file, received_at: incoming.at }, bytes.clone())
            };
            incoming.files.iter().map(file).collect()
        };
        if let Some(same) = before.iter().find(|submission| submission.xml == xml) {
            if !incoming.files.is_empty() {
                self.receive(&Arrival::Attachments(files(same.number)))?;
            }
            return Ok((same.clone(), false));
        }
        let outcome = match (before.is_empty(), known) {
            (false, _) => Outcome::Conflict,
            (true, None) => Outcome::UnknownForm,
            (true, Some(_)) => Outcome::New,
        };
        let mut submission = Submission {
            number: 0,
            instance_id: answers.instance_id.clone(),
            form_id: answers.form_id.clone(),
            version: answers.version.clone(),
            xml,
            received_at: incoming.at,
            received_from: incoming.from.clone(),
            outcome,
        };
        let arrival = Arrival::Submission(submission.clone(), incoming.xml.clone(), files(0));
        submission.number = self.receive(&arrival)?;
        Ok((submission, true))
    }

    /// Everything that was sent under an instance id.
    pub fn sent(&self, instance_id: &str) -> anyhow::Result<Vec<Submission>> {
        let query = SubmissionQuery { instance_id: Some(instance_id.to_owned()), limit: usize::MAX, number: None };
        Ok(self.store().submissions(&query)?)
    }

    /// Files that the answers name and that have not arrived.
    pub fn missing_files(
        &self,
        answers: &Answers,
        known: Option<&Known>,
        submission: u64,
    ) -> anyhow::Result<Vec<String>> {
        let Some(known) = known else { return Ok(Vec::new()) };
        let here = self.store().attachments(submission)?;
        let mut named = answers.files(&known.xform);
        named.retain(|name| !here.iter().any(|attachment| attachment.name == *name));
        Ok(named)
    }

    /// Put it on the list of what waits for a person, once; gives what the phone is told.
    fn hold(
        &mut self,
        answers: &Answers,
        submission: &Submission,
        finding: &str,
        incoming: &Incoming,
    ) -> anyhow::Result<String> {
        let values = [
            ("version", answers.version.as_str()),
            ("form", answers.form_id.as_str()),
            ("instance", answers.instance_id.as_str()),
        ];
        let mut issue = Rules::shipped().finding(finding).issue("", &answers.instance_id, &values);
        issue.file = file_name(answers);
        let payload = json!({
            "file": issue.file,
            "row": 1,
            "record": "",
            "local_id": answers.instance_id,
            "raw": {"properties": {"form": answers.form_id, "version": answers.version}, "geometry": null},
            "issues": [issue],
            "submission": {"instance_id": answers.instance_id, "sha256": submission.xml},
            "form": {"id": answers.form_id, "version": answers.version},
            "conflict": submission.outcome == Outcome::Conflict,
        });
        if !self.index().has_payload(&canonical(&payload)) {
            self.record_one(incoming.at, EntryKind::Held, payload)?;
        }
        Ok(format!("Kept for a person. {}: {}. {}.", issue.rule, issue.message, issue.hint))
    }

    /// From kept bytes to records, by the way of every file. What is known already adds nothing.
    fn read_submission(
        &mut self,
        submission: &Submission,
        answers: &Answers,
        known: &Known,
        xml: &[u8],
        at: Timestamp,
    ) -> anyhow::Result<ImportReport> {
        let folder = tempfile::tempdir().context("no room to read the submission")?;
        let path = folder.path().join(file_name(answers));
        std::fs::write(&path, xml).context("no room to read the submission")?;
        let mut files = vec![path];
        let attachments = self.store().attachments(submission.number)?;
        if !attachments.is_empty() {
            let main = drafts(self, answers, known, 0, None, at).into_iter().next().map(|(_, draft)| draft);
            let path = folder.path().join("files.geojson");
            std::fs::write(&path, files_as_records(submission, &attachments, main.as_ref()).to_string())
                .context("no room to read the submission")?;
            files.push(path);
        }
        let options = ImportOptions { recorded_at: at, ..ImportOptions::default() };
        self.import(&files, &options, &mut |_| true)
    }

    /// Read what came before its form was known, and what a failure kept from being read. Gives what could not be read
    /// this time either, and why; one that is broken keeps no other from being read.
    pub(super) fn read_what_waited(&mut self, at: Timestamp) -> anyhow::Result<Vec<String>> {
        let all = SubmissionQuery { limit: usize::MAX, ..SubmissionQuery::default() };
        let mut waited = self.store().submissions(&all)?;
        let read = self.files_read(Timestamp::MAX)?;
        waited.retain(|sent| sent.outcome != Outcome::Conflict && !read.contains(&sent.xml));
        let mut unread = Vec::new();
        for submission in waited.into_iter().rev() {
            let Some(known) = self.form(&submission.form_id, &submission.version)? else { continue };
            if let Err(why) = self.read_what_came(&submission, &known, at) {
                unread.push(format!("the submission {} could not be read: {why:#}", submission.instance_id));
            }
        }
        Ok(unread)
    }

    fn read_what_came(&mut self, submission: &Submission, known: &Known, at: Timestamp) -> anyhow::Result<()> {
        let xml = self.store().field_file(&submission.xml)?.context("the answers are missing; restore a backup")?;
        let answers = Answers::parse(&xml, "the submission")?;
        self.read_submission(submission, &answers, known, &xml, at).map(|_| ())
    }

    /// SHA-256 of every file that was imported by an instant.
    pub(crate) fn files_read(&self, known_at: Timestamp) -> anyhow::Result<BTreeSet<String>> {
        let imports = Query { kind: Some(EntryKind::Import), limit: usize::MAX, ..Query::default() };
        let entries = self.store().search(&imports)?.entries;
        let payloads = entries.iter().filter_map(|(_, signed)| signed.entry().ok());
        let payloads = payloads.filter(|entry| entry.recorded_at <= known_at);
        let payloads = payloads.filter_map(|entry| serde_json::from_str::<Value>(entry.payload.get()).ok());
        Ok(payloads.filter_map(|payload| Some(payload["sha256"].as_str()?.to_owned())).collect())
    }

    /// What the phone shows after sending: what became of it, what it lies on, what is doubtful.
    fn said(&self, answers: &Answers, known: &Known, report: &ImportReport, at: Timestamp) -> anyhow::Result<String> {
        const MOST: usize = 60;
        let mut text = String::from("Received.");
        let n_known = report.already_known;
        for (n, what) in [
            (report.accepted, "proposed, until approved"),
            (n_known, "known already"),
            (report.held, "held for a person"),
        ] {
            if n > 0 {
                let _ = write!(text, " {n} record{} {what}.", if n == 1 { "" } else { "s" });
            }
        }
        let mut found: Vec<(Severity, String)> = Vec::new();
        let corrects = Corrects::of(self, known, answers)?;
        for profile in 0..known.profiles.len() {
            for (_, draft) in drafts(self, answers, known, profile, corrects.superseded(profile), at) {
                let Some(record) = &draft.record else { continue };
                let own = [Some(record.local_id.as_str()), draft.supersedes_local_id.as_deref()];
                let lies = self.lies_on(record, own, ledger::figures::day_of(at));
                if !lies.on.is_empty() {
                    let kind = record.kind.name().replace('_', " ");
                    let _ = write!(text, "\n{kind} {}: {}.", record.local_id, lies.on.join(", "));
                }
                found.extend(lies.found);
            }
        }
        // One line for each finding, errors first; records of one form often share theirs.
        let mut lines = found;
        for issue in &report.issues {
            let mut line = format!("{} {}: {}.", issue.severity.letter(), issue.rule, issue.message);
            if issue.severity == Severity::Error && !issue.hint.is_empty() {
                let _ = write!(line, " {}.", issue.hint);
            }
            if !lines.iter().any(|(_, known)| *known == line) {
                lines.push((issue.severity, line));
            }
        }
        lines.sort_by_key(|(severity, _)| *severity);
        for (_, line) in lines.iter().take(MOST) {
            let _ = write!(text, "\n{line}");
        }
        let n_more = lines.len().saturating_sub(MOST);
        if n_more > 0 {
            let _ = write!(text, "\n… and {n_more} more; the office sees all of them.");
        }
        Ok(text)
    }
}

/// The rows of one profile as drafts, each with its turn, without entering anything.
fn drafts(
    programme: &Programme,
    answers: &Answers,
    known: &Known,
    profile: usize,
    superseded: Option<&[(String, String)]>,
    at: Timestamp,
) -> Vec<(String, Draft)> {
    let chosen = known.profiles.get(profile);
    let rows = SubmissionRows::new(answers, Some(&known.xform), chosen, superseded);
    if rows.is_held() {
        return Vec::new();
    }
    let turns = rows.turns().to_vec();
    let today = ledger::figures::day_of(at).date();
    let rules = &programme.parameters().rules;
    let options = Options { profile: chosen, rules, ..Options::new(file_name(answers), today) };
    let turn = |row: u64| row.checked_sub(1).and_then(|at| turns.get(at as usize)).cloned().unwrap_or_default();
    intake::open_rows(Box::new(rows), &options).map(|draft| (turn(draft.row), draft)).collect()
}

/// What a submission corrects.
#[derive(Debug, Clone)]
pub enum Corrects {
    /// Nothing, or a submission of which no record is known: it is named itself.
    Nothing,
    /// For each profile the local ids of the records that the corrected submission had become, by turn.
    Records(Vec<Vec<(String, String)>>),
    /// A turn of the corrected submission is gone: nobody can tell which one, so a person must look.
    Unclear(Note),
}

impl Corrects {
    /// What the records of this submission supersede. The corrected answers are read as they were read then, with their
    /// own version of the form.
    pub fn of(programme: &Programme, known: &Known, answers: &Answers) -> anyhow::Result<Corrects> {
        let Some(deprecated) = &answers.deprecated_id else { return Ok(Corrects::Nothing) };
        let sent = programme.sent(deprecated)?;
        let Some(before) = sent.into_iter().find(|sent| sent.outcome != Outcome::Conflict) else {
            return Ok(Corrects::Nothing);
        };
        let Some(before_known) = programme.form(&before.form_id, &before.version)? else {
            return Ok(Corrects::Nothing);
        };
        let xml = programme.store().field_file(&before.xml)?.context("the answers are missing; restore a backup")?;
        let old = Answers::parse(&xml, "the submission")?;
        let rows = |answers: &Answers, known: &Known| SubmissionRows::new(answers, Some(&known.xform), None, None);
        let now = rows(answers, known);
        if now.is_held() {
            return Ok(Corrects::Nothing);
        }
        let now: BTreeSet<&String> = now.turns().iter().collect();
        if let Some(gone) = rows(&old, &before_known).turns().iter().find(|turn| !now.contains(turn)) {
            let note = Note::new("turns_gone").with("instance", &answers.instance_id);
            return Ok(Corrects::Unclear(note.with("corrected", deprecated).with("turn", gone)));
        }
        let records = |profile: &Profile, at: usize| {
            // Another version may list its profiles in another order.
            let is_same = |old: &Profile| (old.record, &old.layer) == (profile.record, &profile.layer);
            let same = before_known.profiles.iter().enumerate().filter(|(_, old)| is_same(old));
            let Some((old_at, _)) = same.min_by_key(|(old_at, _)| old_at.abs_diff(at)) else { return Vec::new() };
            let drafts = drafts(programme, &old, &before_known, old_at, None, before.received_at);
            drafts.into_iter().filter_map(|(turn, draft)| Some((turn, draft.record?.local_id))).collect()
        };
        let records: Vec<Vec<_>> =
            known.profiles.iter().enumerate().map(|(at, profile)| records(profile, at)).collect();
        let is_empty = records.iter().all(Vec::is_empty);
        Ok(if is_empty { Corrects::Nothing } else { Corrects::Records(records) })
    }

    /// For one profile.
    pub fn superseded(&self, profile: usize) -> Option<&[(String, String)]> {
        match self {
            Corrects::Records(records) => records.get(profile).map(Vec::as_slice),
            _ => None,
        }
    }
}

/// Each file of a submission as a record of its own, so that its hash stands in the ledger.
fn files_as_records(submission: &Submission, attachments: &[Attachment], main: Option<&Draft>) -> serde_json::Value {
    let record = main.and_then(|draft| draft.record.as_ref());
    let received_on = ledger::figures::day_of(submission.received_at).date();
    let day = record.map_or(received_on, |record| record.date_of_information);
    let feature = |(at, attachment): (usize, &Attachment)| {
        let Attachment { name, file, .. } = attachment;
        let is_first = !attachments[..at].iter().any(|before| before.name == *name);
        // Another file under a known name is another record.
        let mark = if is_first { String::new() } else { format!("#{}", &file[..8]) };
        json!({"type": "Feature", "geometry": null, "properties": {
            "record": "attachment",
            "local_id": format!("{}/{name}{mark}", submission.instance_id),
            "date_of_information": day,
            "file_name": name,
            "file_sha256": file,
            "about_record": record.map(|record| record.local_id.as_str()),
        }})
    };
    json!({"type": "FeatureCollection", "features": attachments.iter().enumerate().map(feature).collect::<Vec<_>>()})
}

/// The name under which messages and the ledger know a submission; never a path.
fn file_name(answers: &Answers) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(100).collect()
    };
    format!("{}_{}.xml", plain(&answers.form_id), plain(&answers.instance_id))
}
