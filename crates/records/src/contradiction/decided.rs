//! What people decided about contradictions, and the figures that may be published.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Contradiction;
use super::stated::{Quantity, Stated, Subjects, Told};
use crate::Record;
use crate::published::Qualifier;

/// How far a contradiction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has explained it, or a claim has come since.
    Open,
    /// All may be right.
    Explained,
    /// Somebody chose, with a reason.
    Chosen,
}

impl Status {
    /// As records spell it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Explained => "explained",
            Status::Chosen => "chosen",
        }
    }
}

/// The decision that counts for a contradiction.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The record.
    pub record: &'a Record,
    /// What is left of it: open if a claim joined that it does not judge.
    pub status: Status,
    /// Day on which the sources were last read again.
    pub checked_on: Date,
    /// Claims that joined since.
    pub joined: Vec<String>,
}

impl<'a> Decision<'a> {
    /// Local ids of the claims it chose.
    pub fn chosen(&self) -> Vec<&'a str> {
        self.record.list("chosen")
    }
}

fn checked_on(record: &Record) -> Date {
    record.day("checked_on").unwrap_or(record.date_of_information)
}

/// The decision that counts for a contradiction: the last one made on it.
pub fn status<'a>(contradiction: &Contradiction, decisions: &[&'a Record]) -> Option<Decision<'a>> {
    let of_it = decisions.iter().filter(|decision| decision.text("of") == Some(&contradiction.key));
    let record = *of_it.max_by_key(|decision| (checked_on(decision), &decision.local_id))?;
    let judged: BTreeSet<&str> = record.list("judged").into_iter().collect();
    let joined: Vec<String> = contradiction
        .members
        .iter()
        .filter(|member| !judged.is_empty() && !judged.contains(member.as_str()))
        .cloned()
        .collect();
    let status = match record.text("status") {
        _ if !joined.is_empty() => Status::Open,
        Some("explained") => Status::Explained,
        Some("chosen") => Status::Chosen,
        _ => Status::Open,
    };
    Some(Decision { record, status, checked_on: checked_on(record), joined })
}

/// A number, a day or words that we publish, with the claims it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is of.
    pub subject: String,
    /// Which quantity.
    pub quantity: String,
    /// Of when, as said.
    pub period: String,
    /// As the claim it is taken from says it; nothing is computed. `None` while nobody decided.
    pub value: Option<String>,
    /// Local ids of the claims it stands on, or of all that contradict each other.
    pub claims: Vec<String>,
    /// Which rule chose it.
    pub rule: String,
    /// Keys of the contradictions its claims are in.
    pub contradictions: Vec<String>,
}

/// Rules by which the value of one claim contradicts that of another, so that no figure can stand on both.
const OF_VALUES: [&str; 3] = ["CT-01", "CT-02", "CT-06"];

/// One figure for each quantity of each subject and period. Claims that agree give the finest of them; claims that contradict each
/// other give what a decision chose, or nothing.
pub fn figures(
    claims: &[&Record],
    places: &[&Record],
    contradictions: &[Contradiction],
    decisions: &[&Record],
) -> Vec<Figure> {
    let subjects = Subjects::of(places);
    let styles = crate::claim::styles(claims.iter().copied());
    let style = |r: &Record| r.sources.iter().find_map(|s| styles.get(s.as_str())).copied().unwrap_or_default();
    let mut stated: Vec<Stated<'_>> =
        claims.iter().filter_map(|claim| Stated::of(claim, &subjects, style(claim))).collect();
    stated.sort_by(|a, b| a.id().cmp(b.id()));
    let mut of_claim: BTreeMap<&str, Vec<&Contradiction>> = BTreeMap::new();
    for contradiction in contradictions {
        contradiction.members.iter().for_each(|id| of_claim.entry(id).or_default().push(contradiction));
    }
    let mut groups: BTreeMap<(&str, &Quantity, &str), Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in &stated {
        let period = claim.record.text("period").unwrap_or_default();
        groups.entry((&claim.subject.key, &claim.quantity, period)).or_default().push(claim);
    }
    groups.into_values().map(|claims| figure(&claims, &of_claim, decisions)).collect()
}

fn figure(claims: &[&Stated<'_>], of_claim: &BTreeMap<&str, Vec<&Contradiction>>, decisions: &[&Record]) -> Figure {
    let ids = |claims: &[&Stated<'_>]| claims.iter().map(|claim| claim.id().to_owned()).collect::<Vec<_>>();
    let mut disputes: BTreeMap<&str, &Contradiction> = BTreeMap::new();
    for contradiction in claims.iter().filter_map(|claim| of_claim.get(claim.id())).flatten() {
        disputes.insert(&contradiction.key, contradiction);
    }
    let of_values: Vec<&&Contradiction> = disputes.values().filter(|found| OF_VALUES.contains(&found.rule)).collect();
    let decided: Vec<Decision<'_>> = of_values.iter().filter_map(|found| status(found, decisions)).collect();
    let chosen: Vec<&Stated<'_>> = {
        let chosen: BTreeSet<&str> =
            decided.iter().filter(|decision| decision.status == Status::Chosen).flat_map(Decision::chosen).collect();
        claims.iter().filter(|claim| chosen.contains(claim.id())).copied().collect()
    };
    let (from, rule) = if of_values.is_empty() {
        (
            claims.to_vec(),
            if claims.len() == 1 { "only claim".to_owned() } else { "claims agree: the finest".to_owned() },
        )
    } else if !chosen.is_empty() {
        let rule = decided.iter().find_map(|decision| decision.record.text("choice_rule")).unwrap_or("other");
        (chosen, format!("chosen: {}", rule.replace('_', " ")))
    } else {
        (Vec::new(), "none: the contradiction is open".to_owned())
    };
    let first = claims[0];
    Figure {
        subject: first.record.text("subject").unwrap_or_default().to_owned(),
        quantity: first.record.text("quantity").unwrap_or_default().to_owned(),
        period: first.record.text("period").unwrap_or_default().to_owned(),
        value: from.iter().max_by_key(|claim| fineness(claim)).map(|claim| claim.shown_without_period()),
        claims: if from.is_empty() { ids(claims) } else { ids(&from) },
        rule,
        contradictions: disputes.into_keys().map(str::to_owned).collect(),
    }
}

/// Exact before "about", more digits before fewer.
fn fineness(claim: &Stated<'_>) -> (bool, usize) {
    let digits = claim
        .record
        .text("value")
        .map_or(0, |text| text.trim_end_matches('0').bytes().filter(u8::is_ascii_digit).count());
    match &claim.told {
        Told::Number { qualifier, is_range, .. } => (*qualifier == Qualifier::Exactly && !is_range, digits),
        _ => (true, digits),
    }
}

/// What other claims say to one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Claims that agree and name a source this one does not.
    pub supporting: Vec<String>,
    /// Claims whose value contradicts it.
    pub contradicting: Vec<String>,
}

/// What other claims say to each of these, by local id. A source that only repeats the same source is no support.
pub fn evidence(asked: &[&str], claims: &[&Record], places: &[&Record]) -> BTreeMap<String, Evidence> {
    let subjects = Subjects::of(places);
    let styles = crate::claim::styles(claims.iter().copied());
    let style = |r: &Record| r.sources.iter().find_map(|s| styles.get(s.as_str())).copied().unwrap_or_default();
    let stated: Vec<Stated<'_>> =
        claims.iter().filter_map(|claim| Stated::of(claim, &subjects, style(claim))).collect();
    let mut of_one: BTreeMap<(&str, &Quantity), Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in &stated {
        of_one.entry((&claim.subject.key, &claim.quantity)).or_default().push(claim);
    }
    let asked: BTreeSet<&str> = asked.iter().copied().collect();
    let mut all = BTreeMap::new();
    for claim in stated.iter().filter(|claim| asked.contains(claim.id())) {
        let evidence: &mut Evidence = all.entry(claim.id().to_owned()).or_default();
        for other in
            of_one[&(claim.subject.key.as_str(), &claim.quantity)].iter().filter(|other| other.id() != claim.id())
        {
            let is_another = other.record.sources.iter().any(|source| !claim.record.sources.contains(source));
            match super::within::supports(claim, other) {
                Some(true) if is_another => evidence.supporting.push(other.id().to_owned()),
                Some(false) => evidence.contradicting.push(other.id().to_owned()),
                _ => {}
            }
        }
    }
    all
}
