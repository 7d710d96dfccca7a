//! What is odd about series themselves: several values of one quantity (ID-12, DQ-45), cumulative figures that fall
//! (DQ-42), weeks that overlap, leave days out or have not seven of them (DQ-44).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::table::Table;
use super::words::Holds;
use super::{Restatement, Stated, quantities};
use crate::issue::Issue;
use crate::rules::Rules;

/// Quantities with more than one value.
pub(super) fn restatements(table: &Table) -> Vec<Restatement> {
    let mut all = Vec::new();
    for (_, ids) in table.keys() {
        let statements: Vec<&Stated> = ids.iter().map(|id| &table.stated[*id]).collect();
        let sources: BTreeSet<&str> = statements.iter().map(|s| s.source.as_str()).collect();
        for source in &sources {
            let own: Vec<&Stated> = statements.iter().filter(|s| s.source == *source).copied().collect();
            if own.iter().any(|s| says(s) != says(own[0])) {
                all.push(restatement("DQ-45", &own));
            }
        }
        if sources.len() > 1 {
            all.push(restatement("ID-12", &statements));
        }
    }
    all
}

/// What a statement says, however it is written.
fn says(stated: &Stated) -> (crate::decimal::Decimal, crate::published::Interval) {
    (stated.published.base_value(), stated.published.interval())
}

fn restatement(rule: &'static str, statements: &[&Stated]) -> Restatement {
    let meet = |a: &Stated, b: &Stated| a.published.interval().meets(b.published.interval());
    let agrees = statements.iter().enumerate().all(|(at, a)| statements[at..].iter().all(|b| meet(a, b)));
    Restatement { rule, statements: statements.iter().map(|s| (*s).clone()).collect(), agrees }
}

pub(super) fn issues(table: &Table, file: &str) -> Vec<Issue> {
    let mut issues = Vec::new();
    headlines(table, &mut issues);
    for ((_, quantity, _), ids) in by_source(table) {
        let head = quantity.split('/').next().unwrap_or_default();
        match quantities().get(head).map(|quantity| quantity.holds) {
            Some(Holds::Cumulative) => falls(table, &ids, &mut issues),
            Some(Holds::Flow) => weeks(table, &ids, &mut issues),
            _ => {}
        }
    }
    for issue in &mut issues {
        issue.file = file.to_owned();
    }
    issues
}

/// One series, quantity and source in the order of time.
fn by_source(table: &Table) -> BTreeMap<(&str, &str, &str), Vec<usize>> {
    let mut groups: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (id, s) in table.stated.iter().enumerate() {
        groups.entry((&s.series, &s.quantity, &s.source)).or_default().push(id);
    }
    groups
}

fn found(finding: &str, stated: &Stated, values: &[(&str, &str)]) -> Issue {
    let quantity = ("quantity", stated.quantity.as_str());
    let mut issue =
        Rules::shipped().finding(finding).issue("value", &stated.published.text, &[values, &[quantity]].concat());
    issue.row = stated.row;
    issue.local_id.clone_from(&stated.series);
    issue
}

/// A headline that rounds or cuts what the body says (DQ-45).
fn headlines(table: &Table, issues: &mut Vec<Issue>) {
    for restatement in restatements(table).iter().filter(|r| r.rule == "DQ-45") {
        let [body, others @ ..] = restatement.statements.as_slice() else { continue };
        for other in others.iter().filter(|other| says(other) != says(body)) {
            let finding = if restatement.agrees { "headline_rounded" } else { "headline_differs" };
            let values = [("other", &*body.published.shown()), ("row", &*body.row.to_string())];
            issues.push(found(finding, other, &values));
        }
    }
}

fn falls(table: &Table, ids: &[usize], issues: &mut Vec<Issue>) {
    for pair in ids.windows(2) {
        let (before, after) = (&table.stated[pair[0]], &table.stated[pair[1]]);
        let highest_after = after.published.interval().upper;
        let lowest_before = before.published.interval().lower;
        if before.from < after.from && highest_after.zip(lowest_before).is_some_and(|(after, before)| after < before) {
            let values = [("before", &*before.published.shown()), ("row", &*before.row.to_string())];
            issues.push(found("cumulative_falls", after, &values));
        }
    }
}

/// Periods of five to nine days are weeks.
fn weeks(table: &Table, ids: &[usize], issues: &mut Vec<Issue>) {
    let days = |from: Date, to: Date| (to - from).get_days();
    let mut weeks: Vec<&Stated> = ids.iter().map(|id| &table.stated[*id]).collect();
    weeks.retain(|s| (5..=9).contains(&days(s.from, s.to)));
    weeks.dedup_by_key(|s| (s.from, s.to));
    if weeks.len() < 2 {
        return;
    }
    for week in &weeks {
        let n = days(week.from, week.to);
        if n != 7 {
            issues.push(found("week_not_seven_days", week, &[("days", &n.to_string())]));
        }
    }
    for pair in weeks.windows(2) {
        let between = days(pair[0].to, pair[1].from);
        let finding = match between {
            0 => continue,
            1.. => "weeks_apart",
            _ => "weeks_overlap",
        };
        let values = [("days", &*between.abs().to_string()), ("row", &*pair[0].row.to_string())];
        issues.push(found(finding, pair[1], &values));
    }
}
