//! Where claims contradict each other (rules CT-01 to CT-14): a pure function from claims and places to groups.
//!
//! A contradiction is a value and no error: its claims stand side by side until somebody says why, or chooses one with a
//! reason (a [`decision`](crate::RecordKind::Decision)). Nothing is averaged, corrected or dropped. Values are compared by the interval
//! their digits and words leave ([`crate::published`]), times by the days they may mean ([`crate::extent`]).
//!
//! Words stand in `contradiction.toml`, messages and severities in `rules.toml`. This module knows no source, place or programme.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Record, Rules, Severity};

mod between;
mod decided;
mod of_places;
mod stated;
mod within;

pub use decided::{Decision, Evidence, Figure, Status, evidence, figures, status};

use stated::{Stated, Subjects};

/// Claims or places that cannot all be right as they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// Rule id, such as `CT-01`.
    pub rule: &'static str,
    /// Its name in the table of rules.
    pub finding: &'static str,
    /// Stays the same while the statements are about the same thing: rule, subject, quantity.
    pub key: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What the claims are about, as the first of them says it.
    pub subject: String,
    /// Which quantity, likewise.
    pub quantity: String,
    /// Local ids, in order: of claims, or of places where the rule is about places.
    pub members: Vec<String>,
    /// What was found, with the values.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// Every contradiction between claims, and between places, that stand today. Order of the records changes nothing.
pub fn find(claims: &[&Record], places: &[&Record], rules: &Rules) -> Vec<Contradiction> {
    let subjects = Subjects::of(places);
    let styles = crate::claim::styles(claims.iter().copied());
    let style = |record: &Record| {
        record.sources.iter().find_map(|source| styles.get(source.as_str())).copied().unwrap_or_default()
    };
    let mut stated: Vec<Stated<'_>> =
        claims.iter().filter_map(|claim| Stated::of(claim, &subjects, style(claim))).collect();
    stated.sort_by(|a, b| a.id().cmp(b.id()));
    let mut found = Found { rules, all: BTreeMap::new() };
    let mut by_subject: BTreeMap<&str, Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in &stated {
        by_subject.entry(&claim.subject.key).or_default().push(claim);
        if matches!(claim.told, stated::Told::Time(_)) {
            // What is said of two districts together has one date for each.
            claim.subject.several.iter().for_each(|key| by_subject.entry(key).or_default().push(claim));
        }
    }
    by_subject.iter().for_each(|(key, claims)| within::all(key, claims, &mut found));
    between::all(&stated, &mut found);
    of_places::all(places, &mut found);
    found.all.into_values().collect()
}

/// Contradictions by key.
struct Found<'r> {
    rules: &'r Rules,
    all: BTreeMap<String, Contradiction>,
}

/// What a rule found, before it is worded.
struct Case<'c> {
    finding: &'static str,
    /// Besides the rule, what makes it one contradiction.
    about: Vec<String>,
    subject: &'c str,
    quantity: &'c str,
    members: Vec<String>,
    values: String,
}

impl Found<'_> {
    fn add(&mut self, case: Case<'_>) {
        let (name, shipped) = Rules::shipped().finding.get_key_value(case.finding).expect("the table has this finding");
        let rules = self.rules;
        let changed = rules.finding(name);
        let threshold = changed.threshold().to_string();
        let values = [
            ("subject", case.subject),
            ("quantity", case.quantity),
            ("values", &case.values),
            ("threshold", &threshold),
        ];
        let (message, hint) = changed.words(&values);
        let fix = Rules::shipped().rule.get(&shipped.rule).map_or("", |rule| rule.fix.as_str());
        let fix = if hint.is_empty() { fix.to_owned() } else { format!("{hint}: {fix}") };
        let slug = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("-");
        let key = std::iter::once(shipped.rule.as_str())
            .chain(case.about.iter().map(String::as_str))
            .map(slug)
            .collect::<Vec<_>>()
            .join(":");
        self.all.entry(key.clone()).or_insert(Contradiction {
            rule: &shipped.rule,
            finding: name,
            key,
            severity: changed.severity,
            subject: case.subject.to_owned(),
            quantity: case.quantity.to_owned(),
            members: case.members,
            message,
            fix,
        });
    }

    /// A case of claims, worded by their values.
    fn claims(&mut self, finding: &'static str, about: Vec<String>, claims: &[&Stated<'_>]) {
        let Some(first) = claims.first() else { return };
        let members: BTreeSet<&str> = claims.iter().map(|claim| claim.id()).collect();
        let texts: BTreeMap<String, ()> = claims.iter().map(|claim| (claim.shown(), ())).collect();
        let all = |field: &str| {
            let texts: BTreeSet<&str> = claims.iter().filter_map(|claim| claim.record.text(field)).collect();
            texts.into_iter().collect::<Vec<_>>().join("; ")
        };
        let (subject, quantity) = (all("subject"), all("quantity").replace('_', " "));
        let subject = if subject.is_empty() { first.subject.key.clone() } else { subject };
        let values = texts.into_keys().collect::<Vec<_>>().join(" | ");
        let members = members.into_iter().map(str::to_owned).collect();
        self.add(Case { finding, about, subject: &subject, quantity: &quantity, members, values });
    }
}

#[cfg(test)]
mod tests;
