//! What is odd about series themselves: several values of one quantity (ID-12, DQ-45), cumulative figures that fall
//! (DQ-42), weeks that overlap, leave days out or have not seven of them (DQ-44).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::table::Table;
use super::words::Holds;
use super::{Restatement, Stated, quantities};
use crate::issue::Issue;
use crate::published::{Agreement, Interval};
use crate::rules::Rules;

/// Quantities with more than one value.
pub(super) fn restatements(table: &Table) -> Vec<Restatement> {
    let mut all = Vec::new();
    for (_, ids) in table.keys() {
        let statements: Vec<&Stated> = ids.iter().map(|id| &table.stated[*id]).collect();
        let sources: BTreeSet<&str> = statements.iter().map(|s| s.source.as_str()).collect();
        for source in &sources {
            let own: Vec<&Stated> = statements.iter().filter(|s| s.source == *source).copied().collect();
            if own.iter().any(|s| s.published.agreement(&own[0].published) != Agreement::Same) {
                all.push(restatement("DQ-45", &own));
            }
        }
        if sources.len() > 1 {
            all.push(restatement("ID-12", &statements));
        }
    }
    all
}

fn restatement(rule: &'static str, statements: &[&Stated]) -> Restatement {
    let meet = |a: &Stated, b: &Stated| a.published.interval().meets(b.published.interval());
    let agrees = statements.iter().enumerate().all(|(at, a)| statements[at..].iter().all(|b| meet(a, b)));
    Restatement { rule, statements: statements.iter().map(|s| (*s).clone()).collect(), agrees }
}

/// A statement of a series, as far as time and size go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// First day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// Where the value lies.
    pub interval: Interval,
}

/// What is odd about a series. Statements are told by their place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// A cumulative figure is lower than the one before (DQ-42).
    Falls {
        /// The one before.
        before: usize,
        /// The lower one.
        after: usize,
    },
    /// Days between two weeks, in no period; in both, if negative (DQ-44).
    Between {
        /// The earlier week.
        before: usize,
        /// The later one.
        after: usize,
        /// How many days.
        days: i32,
    },
    /// A week that has not seven days (DQ-44).
    Week {
        /// Which one.
        at: usize,
        /// How many days it has.
        days: i32,
    },
}

/// Where a cumulative series falls. Statements stand in the order of time.
pub fn falls(series: &[Statement]) -> Vec<Odd> {
    let falls = |&after: &usize| {
        let (first, last) = (&series[after - 1], &series[after]);
        first.to < last.to
            && last.interval.upper.zip(first.interval.lower).is_some_and(|(after, before)| after < before)
    };
    (1..series.len()).filter(falls).map(|after| Odd::Falls { before: after - 1, after }).collect()
}

/// What is odd about the weeks of a series: periods of five to nine days. Statements stand in the order of time.
pub fn weeks(series: &[Statement]) -> Vec<Odd> {
    let days = |from: Date, to: Date| (to - from).get_days();
    let mut weeks: Vec<usize> = (0..series.len()).collect();
    weeks.retain(|at| (5..=9).contains(&days(series[*at].from, series[*at].to)));
    weeks.dedup_by_key(|at| (series[*at].from, series[*at].to));
    if weeks.len() < 2 {
        return Vec::new();
    }
    let lengths = weeks.iter().map(|&at| Odd::Week { at, days: days(series[at].from, series[at].to) });
    let lengths = lengths.filter(|odd| !matches!(odd, Odd::Week { days: 7, .. }));
    let between = weeks.windows(2).map(|pair| Odd::Between {
        before: pair[0],
        after: pair[1],
        days: days(series[pair[0]].to, series[pair[1]].from),
    });
    lengths.chain(between.filter(|odd| !matches!(odd, Odd::Between { days: 0, .. }))).collect()
}

pub(super) fn issues(table: &Table, file: &str) -> Vec<Issue> {
    let mut issues = Vec::new();
    headlines(table, &mut issues);
    for ((_, quantity, _), ids) in by_source(table) {
        let head = quantity.split('/').next().unwrap_or_default();
        let stated: Vec<&Stated> = ids.iter().map(|id| &table.stated[*id]).collect();
        let series: Vec<Statement> =
            stated.iter().map(|s| Statement { from: s.from, to: s.to, interval: s.published.interval() }).collect();
        let odd = match quantities().get(head).map(|quantity| quantity.holds) {
            Some(Holds::Cumulative) => falls(&series),
            Some(Holds::Flow) => weeks(&series),
            _ => Vec::new(),
        };
        issues.extend(odd.into_iter().map(|odd| told(odd, &stated)));
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

fn told(odd: Odd, stated: &[&Stated]) -> Issue {
    let last = |s: &Stated| s.to.yesterday().unwrap_or(s.to).to_string();
    match odd {
        Odd::Falls { before, after } => {
            let (before, after) = (stated[before], stated[after]);
            // A stock of one day has no days between its bounds; both ends are that day's evening.
            let values = [
                ("before", &*before.published.shown()),
                ("after", &after.published.shown()),
                ("first", &last(before)),
                ("last", &last(after)),
            ];
            found("series_falls", after, &values)
        }
        Odd::Between { before, after, days } => {
            let name = if days > 0 { "period_gap" } else { "period_overlap" };
            let values = [
                ("days", &*days.abs().to_string()),
                ("first", &last(stated[before])),
                ("last", &stated[after].from.to_string()),
            ];
            found(name, stated[after], &values)
        }
        Odd::Week { at, days } => {
            let week = stated[at];
            let period = format!("{}/{}", week.from, last(week));
            found("week_length", week, &[("days", &days.to_string()), ("period", &period)])
        }
    }
}

fn found(finding: &str, stated: &Stated, values: &[(&str, &str)]) -> Issue {
    let about = [("quantity", stated.quantity.as_str()), ("subject", stated.series.as_str())];
    let mut issue =
        Rules::shipped().finding(finding).issue("value", &stated.published.text, &[values, &about].concat());
    issue.row = stated.row;
    issue.local_id.clone_from(&stated.series);
    issue
}

/// A headline that rounds or cuts what the body says (DQ-45).
fn headlines(table: &Table, issues: &mut Vec<Issue>) {
    for restatement in restatements(table).iter().filter(|r| r.rule == "DQ-45") {
        let [body, others @ ..] = restatement.statements.as_slice() else { continue };
        for other in others {
            let finding = match body.published.agreement(&other.published) {
                Agreement::Same => continue,
                Agreement::Rounded => "headline_or_body",
                Agreement::Apart => "headline_differs",
            };
            let (row, of) = (format!("row {}", other.row), format!("{} (row {})", body.published.shown(), body.row));
            issues.push(found(finding, other, &[("id", &row), ("other", &of)]));
        }
    }
}
