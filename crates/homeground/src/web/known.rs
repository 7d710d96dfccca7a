//! What is said and by whom: sources, claims, places and decisions that stand, and the contradictions the rules find in them.
//! Computed once for each change of the programme and day.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use ledger::Standing;
use maud::{Markup, html};
use records::contradiction::{self, Contradiction, Decision, Status};
use records::{Record, RecordKind};

use super::Scene;
use super::problem::Problem;

/// The register of statements on a day.
pub struct Known {
    /// Statements.
    pub claims: Vec<Arc<Record>>,
    /// What they come from.
    pub sources: Vec<Arc<Record>>,
    /// Where.
    pub places: Vec<Arc<Record>>,
    /// Approved decisions: only they choose a figure.
    pub decisions: Vec<Arc<Record>>,
    /// Decisions nobody approved yet.
    pub proposed: Vec<Arc<Record>>,
    /// What the rules find.
    pub contradictions: Vec<Contradiction>,
    numbers: HashMap<(RecordKind, String), u32>,
}

impl Known {
    pub(super) fn of(scene: &Scene<'_>) -> Result<Known, Problem> {
        let mut numbers = HashMap::new();
        let mut all = |kind: RecordKind| -> Result<Vec<Arc<Record>>, Problem> {
            let standing: Vec<(u32, _)> = scene.current(kind).map(|(number, kept)| (number, kept.entry)).collect();
            let read = standing.into_iter().map(|(number, entry)| {
                let record = scene.facts.of(scene.programme, entry)?;
                numbers.insert((kind, record.local_id.clone()), number);
                Ok(record)
            });
            read.collect()
        };
        let (claims, sources, places) = (all(RecordKind::Claim)?, all(RecordKind::Source)?, all(RecordKind::Place)?);
        let decisions = all(RecordKind::Decision)?;
        let is_approved = |record: &Arc<Record>| {
            let number = numbers.get(&(RecordKind::Decision, record.local_id.clone()));
            number.is_some_and(|&number| scene.index.standing(number, scene.known_at()) == Standing::Approved)
        };
        let (decisions, proposed) = decisions.into_iter().partition(is_approved);
        let contradictions =
            { contradiction::find(&refs(&claims), &refs(&places), &scene.programme.parameters().rules) };
        Ok(Known { claims, sources, places, decisions, proposed, contradictions, numbers })
    }

    /// The number of a record by its local id.
    pub fn number(&self, kind: RecordKind, local_id: &str) -> Option<u32> {
        self.numbers.get(&(kind, local_id.to_owned())).copied()
    }

    /// The decision that counts for a contradiction.
    pub fn decided(&self, contradiction: &Contradiction) -> Option<Decision<'_>> {
        contradiction::status(contradiction, &refs(&self.decisions))
    }

    /// How far a contradiction has come.
    pub fn status(&self, contradiction: &Contradiction) -> Status {
        self.decided(contradiction).map_or(Status::Open, |decision| decision.status)
    }
}

/// Records without their counters.
pub fn refs(records: &[Arc<Record>]) -> Vec<&Record> {
    records.iter().map(|record| &**record).collect()
}

/// How long before the day of the page, in words.
pub fn ago(scene: &Scene<'_>, day: Date) -> String {
    let days = day.until(scene.day.date()).map_or(0, |span| span.get_days());
    match days {
        ..0 => format!("on {day}"),
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..14 => format!("{days} days ago"),
        _ => format!("{} weeks ago", days / 7),
    }
}

impl Scene<'_> {
    /// Link to a source's fact-check, by its local id.
    pub fn source_link(&self, known: &Known, local_id: &str) -> Markup {
        match known.number(RecordKind::Source, local_id) {
            Some(_) => html! { a href=(self.asked.href("/source", &[("id", local_id)])) { (local_id) } },
            None => html! { (local_id) },
        }
    }

    /// Link to the entry of a claim or a place.
    pub fn member_link(&self, known: &Known, local_id: &str) -> Markup {
        if known.number(RecordKind::Place, local_id).is_some() && known.number(RecordKind::Claim, local_id).is_none() {
            return html! { a href=(self.asked.href("/place", &[("id", local_id)])) { (local_id) } };
        }
        match known.number(RecordKind::Claim, local_id) {
            Some(number) => html! { a href=(self.entry_href(self.index.record(number).entry)) { (local_id) } },
            None => html! { (local_id) },
        }
    }

    /// Link to a contradiction.
    pub fn contradiction_link(&self, found: &Contradiction) -> Markup {
        html! { a href=(self.asked.href("/contradictions", &[("key", &found.key)])) { (found.rule) } }
    }
}

/// The value of a claim with its words and its period.
pub fn value(record: &Record) -> Markup {
    let text = |field: &str| record.text(field).unwrap_or_default();
    let value = record.fields.get("value").map(super::entry::plain).unwrap_or_default();
    html! {
        @if !text("qualifier").is_empty() { (text("qualifier")) " " }
        strong { (value) }
        @if !text("unit").is_empty() { " " (text("unit")) }
    }
}

/// A quantity as people read it.
pub fn quantity(record: &Record) -> String {
    record.text("quantity").unwrap_or_default().replace('_', " ")
}

/// What became of a contradiction, as a word.
pub fn status_word(status: Status) -> Markup {
    html! {
        @match status {
            Status::Open => strong { "open" },
            Status::Explained => "explained",
            Status::Chosen => "chosen",
        }
    }
}
