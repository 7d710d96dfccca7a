//! How records are called on pages, and where their links lead.

use ledger::{EntryId, Kept};
use maud::{Markup, html};
use records::{Record, RecordKind};

use super::Scene;
use super::problem::Problem;

/// A kind of record as people say it.
pub fn kind(kind: RecordKind) -> String {
    match kind {
        RecordKind::HazardArea => "hazard".to_owned(),
        RecordKind::ReleaseProduct => "release".to_owned(),
        RecordKind::DeviceFind => "find".to_owned(),
        RecordKind::QaVisit => "inspection".to_owned(),
        other => other.name().replace('_', " "),
    }
}

/// The name of a record, if it has one besides its local id.
pub fn own_name(record: &Record) -> Option<&str> {
    record.text("name").or_else(|| record.text("title"))
}

impl Scene<'_> {
    /// Address of an entry.
    pub fn entry_href(&self, entry: EntryId) -> String {
        self.asked.href(&format!("/ledger/{entry}"), &[])
    }

    /// Address of a row: by local id where that names one row only, so that people can read it.
    pub fn hazard_href(&self, root: u32) -> String {
        let kept = self.index.record(root);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_readable = !kept.local_id.is_empty() && kept.local_id.chars().all(is_plain);
        let is_alone = self.index.with_local_id(kept.kind, &kept.local_id).iter().all(|&n| self.index.root(n) == root);
        let other = if kept.kind == RecordKind::HazardArea { RecordKind::Reopening } else { RecordKind::HazardArea };
        let is_sole = is_alone && self.index.with_local_id(other, &kept.local_id).is_empty();
        match is_readable && is_sole {
            true => self.asked.href(&format!("/hazards/{}", kept.local_id), &[]),
            false => self.asked.href(&format!("/hazards/{}", kept.entry), &[]),
        }
    }

    /// Link to a row.
    pub fn hazard_link(&self, root: u32) -> Markup {
        html! { a href=(self.hazard_href(root)) { (self.index.record(root).local_id) } }
    }

    /// Link to the entry of a record, said as kind and local id.
    pub fn record_link(&self, number: u32) -> Markup {
        let kept = self.index.record(number);
        html! { a href=(self.entry_href(kept.entry)) { (kind(kept.kind)) " " (kept.local_id) } }
    }

    /// Link to the entry of a record by its local id alone.
    pub fn id_link(&self, kept: &Kept) -> Markup {
        html! { a href=(self.entry_href(kept.entry)) { (kept.local_id) } }
    }

    /// The name of an administrative unit, a settlement or an organisation: its own name, or its local id.
    pub fn name_of(&self, number: u32) -> Result<String, Problem> {
        let kept = self.index.record(number);
        let record = self.facts.of(self.programme, kept.entry)?;
        Ok(own_name(&record).unwrap_or(&kept.local_id).to_owned())
    }

    /// The name of an organisation that records call by its local id.
    pub fn operator_name(&self, local_id: &str) -> Result<String, Problem> {
        match self.index.with_local_id(RecordKind::Organisation, local_id).first() {
            Some(&number) => self.name_of(number),
            None => Ok(local_id.to_owned()),
        }
    }

    /// Whether a record was known by then, is not taken back and is not corrected by an approved one.
    pub fn is_current(&self, number: u32) -> bool {
        self.programme.is_current(number, self.state.known_at())
    }

    /// Current records of a kind whose information is not later than the day shown, by number.
    pub fn current(&self, kind: RecordKind) -> impl Iterator<Item = (u32, &Kept)> {
        self.programme.records_on(kind, self.day, self.state.known_at())
    }
}
