//! What a person does with a record or a held row: take a step on it, return it to its sender, accept it in spite of a
//! rule, or put a correction in its place. Commands and screens do it here, so that both are refused alike.
//!
//! Each is an entry of its own. Nothing that was recorded changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{EntryId, EntryKind, Finding, Standing};
use records::Severity;
use serde_json::{Value, json};
use store::Query;

use crate::cli::{Refused, Usage};
use crate::held::{as_collection, as_geojson};
use crate::import::{ImportOptions, ImportReport};
use crate::programme::{Held, Programme};

/// A step on records (REC-2), or on held rows where it is `returned`.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Which: `submitted`, `verified`, `accepted`, `approved`, `rejected` or `returned`.
    pub step: &'a str,
    /// What it is about.
    pub entries: &'a [EntryId],
    /// Who takes it.
    pub by: &'a str,
    /// Why; for a return, the message to the sender.
    pub comment: &'a str,
    /// Rules whose errors are accepted.
    pub accepted: &'a [String],
}

/// Records by the rules that are accepted of them.
pub(crate) type ByAccepted = BTreeMap<BTreeSet<String>, Vec<EntryId>>;

impl Programme {
    /// Take a step, or say why not.
    pub fn take_step(&mut self, step: &Step<'_>, now: Timestamp, today: Date) -> anyhow::Result<()> {
        for &entry in step.entries {
            let Some(number) = self.index().number_of(entry) else {
                if step.step == "returned" && self.held_row(entry)?.is_some() {
                    continue;
                }
                return Err(Refused(format!("no record has entry id {entry}")).into());
            };
            if step.step == "rejected" && self.index().standing(number, Timestamp::MAX) == Standing::Approved {
                return Err(Refused(format!(
                    "entry {entry} is approved, and nothing approved is taken back (LR-X7). hint: record a reopening, or a record that supersedes it"
                ))
                .into());
            }
        }
        if step.step == "returned" && step.comment.trim().is_empty() {
            return Err(Usage("a return wants a message that says what is to be corrected".to_owned()).into());
        }
        let approvals = match step.step {
            "approved" => self.without_errors(step, today)?,
            _ => BTreeMap::from([(step.accepted.iter().cloned().collect(), step.entries.to_vec())]),
        };
        let payloads = approvals.into_iter().map(|(accepted, entries)| {
            let mut payload = json!({"records": entries, "step": step.step, "by": step.by, "comment": step.comment});
            if !accepted.is_empty() {
                payload["accepted"] = json!(accepted);
            }
            payload
        });
        self.record_all(now, EntryKind::Approval, payloads.collect())?;
        Ok(())
    }

    /// An error keeps a record from being approved, unless it is accepted with a reason and the rule lets it (DOMAIN §6).
    /// Gives the records by what is accepted of each: only what was found, so that it hides nothing found later.
    fn without_errors(&mut self, step: &Step<'_>, today: Date) -> anyhow::Result<ByAccepted> {
        if !step.accepted.is_empty() && step.comment.trim().is_empty() {
            return Err(Usage("an accepted rule wants the reason, in --comment".to_owned()).into());
        }
        let found = self.once_approved(step.entries, today)?;
        let rules = &self.parameters().rules;
        let is_accepted = |finding: &Finding| !finding.fixed && step.accepted.iter().any(|rule| rule == finding.rule);
        let left: Vec<String> = found
            .iter()
            .filter(|finding| finding.blocks_approval(rules) && !is_accepted(finding))
            .map(crate::cli::line_of_finding)
            .collect();
        if !left.is_empty() {
            let (n, list) = (left.len(), left.join("\n  "));
            return Err(Refused(format!(
                "nothing was approved: {n} errors stand against these records\n  {list}\nhint: correct them, or accept a rule with --accept RULE --comment REASON"
            ))
            .into());
        }
        let mut rules_of: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for finding in found.iter().filter(|finding| finding.severity < Severity::Information && is_accepted(finding)) {
            rules_of.entry(&finding.subject).or_default().insert(finding.rule.to_owned());
        }
        let mut approvals = ByAccepted::new();
        for &entry in step.entries {
            let local_id = self.index().number_of(entry).map(|number| &*self.index().record(number).local_id);
            let accepted = local_id.and_then(|id| rules_of.get(id)).cloned().unwrap_or_default();
            approvals.entry(accepted).or_default().push(entry);
        }
        Ok(approvals)
    }

    /// Whether every error that holds a row may be accepted. An issue names its rule and not which finding of it, so
    /// reading the row again has the last word.
    pub fn may_accept_row(&self, held: &Held) -> bool {
        let rules = &self.parameters().rules;
        let mut errors = held.issues().into_iter().filter(|issue| issue.severity == Severity::Error).peekable();
        let is_open = |rule: &str| rules.finding.values().any(|finding| finding.rule == rule && !finding.fixed);
        errors.peek().is_some() && errors.all(|issue| is_open(&issue.rule))
    }

    /// How the file of a held row was read: its profile, its kind of record, its source.
    pub fn reading_of(&self, held: &Held) -> anyhow::Result<ImportOptions> {
        let query = Query { kind: Some(EntryKind::Import), limit: usize::MAX, ..Query::default() };
        let mut options = ImportOptions::default();
        for (_, signed) in self.store().search(&query)?.entries {
            let entry = signed.entry().context("an entry of an import cannot be read")?;
            let payload: Value = serde_json::from_str(entry.payload.get())?;
            if entry.recorded_at == held.recorded_at && payload["file"] == held.payload["file"] {
                options.source = payload["source"].as_str().map(str::to_owned);
                options.as_record = payload["as_record"].as_str().and_then(|name| name.parse().ok());
                options.profile_text = payload["profile"].as_str().map(str::to_owned);
                let profile = options.profile_text.as_deref().map(intake::Profile::parse);
                options.profile = profile.transpose().context("the profile kept with the import cannot be read")?;
            }
        }
        Ok(options)
    }

    /// The held row of an entry.
    pub fn held_row(&self, entry: EntryId) -> anyhow::Result<Option<Held>> {
        Ok(self.store().entry(entry)?.and_then(|(_, signed)| crate::programme::held_of(&signed)))
    }

    /// Read one row, as given or as somebody corrected it, the way its file was read. What cannot be accepted is told
    /// and not kept: whoever typed it still has it.
    pub fn import_row(&mut self, raw: &Value, options: ImportOptions) -> anyhow::Result<ImportReport> {
        // A file would leave it out, and many kinds of record may lack their ground.
        if let Some(Err(why)) = raw["geometry"].as_str().map(as_geojson) {
            return Err(Refused(format!("the ground cannot be read as well-known text or GeoJSON: {why}")).into());
        }
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let path = folder.path().join("review.geojson");
        let mut file = std::fs::File::create_new(&path).context("the row cannot be written for reading")?;
        file.write_all(as_collection(std::iter::once(raw)).to_string().as_bytes())?;
        drop(file);
        let options = ImportOptions { forgets_held: true, ..options };
        self.import(&[path], &options, &mut |_| true)
    }
}
