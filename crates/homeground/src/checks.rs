//! The rules over a whole programme, before an approval, and as a score (DOMAIN §6).

use std::collections::{BTreeMap, BTreeSet};

use intake::check::Context;
use jiff::civil::Date;
use ledger::{Case, Day, EntryId, Finding, Register, State};
use rayon::prelude::*;
use records::{Issue, Record, Rules, Severity};
use serde::Serialize;

use crate::programme::Programme;

impl Programme {
    /// The fields of every record, for rules that compare records.
    pub fn register(&self) -> anyhow::Result<Register> {
        let mut register = Register::default();
        self.each_record(&mut |number, record| register.take(number, record))?;
        Ok(register)
    }

    /// Every finding of the programme on a day: what each record says against itself, as on the day it was recorded, and
    /// what records and ground say against each other.
    pub fn check(&self, state: &State, day: Day) -> anyhow::Result<Vec<Finding>> {
        self.check_today(state, day, Date::MAX)
    }

    /// The same, asked on a day: what lies after it lies in the future, whatever the clock said when it was recorded.
    fn check_today(&self, state: &State, day: Day, today: Date) -> anyhow::Result<Vec<Finding>> {
        let mut register = Register::default();
        let mut findings = self.of_records(state, day, today, &mut register)?;
        let of_themselves: BTreeSet<(&str, String)> =
            findings.iter().map(|finding| (finding.rule, finding.subject.clone())).collect();
        let case = Case { index: self.index(), state, register: &register, day };
        // The state compares reported and computed areas too, for those who ask it alone.
        let is_said = |finding: &Finding| {
            finding.name == Some("release_area_differs")
                && of_themselves.contains(&(finding.rule, finding.subject.clone()))
        };
        findings.extend(case.check().into_iter().filter(|finding| !is_said(finding)));
        findings.sort();
        Ok(findings)
    }

    /// What each record that stands says against itself; the fields of all records go to the register on the way.
    fn of_records(
        &self,
        state: &State,
        day: Day,
        today: Date,
        register: &mut Register,
    ) -> anyhow::Result<Vec<Finding>> {
        const AT_ONCE: usize = 4096;
        let home = intake::country::bounds(self.country());
        let rules = &*self.parameters().rules;
        let index = self.index();
        let judge = |(number, record): &(u32, Record)| {
            if !ledger::rules::stands(index, state, *number, day) {
                return Vec::new();
            }
            let recorded = ledger::figures::day_of(index.record(*number).recorded_at).date();
            let issues = intake::check(record, &Context { rules, today: recorded.min(today), home });
            let of_record = |issue| Finding::of_issue(Issue { local_id: record.local_id.clone(), ..issue });
            issues.into_iter().filter_map(of_record).collect()
        };
        let mut findings = Vec::new();
        let mut waiting: Vec<(u32, Record)> = Vec::new();
        let mut take = |waiting: &mut Vec<(u32, Record)>| {
            let found: Vec<Vec<Finding>> = waiting.par_iter().map(judge).collect();
            findings.extend(found.into_iter().flatten());
            waiting.drain(..).for_each(|(number, record)| register.take(number, record));
        };
        self.each_record(&mut |number, record| {
            waiting.push((number, record));
            if waiting.len() == AT_ONCE {
                take(&mut waiting);
            }
        })?;
        take(&mut waiting);
        Ok(findings)
    }

    /// What the rules say about these records once they count. Whoever approves today approves for the days on which they
    /// begin too, so it is asked of both.
    pub fn once_approved(&mut self, entries: &[EntryId], today: Date) -> anyhow::Result<Vec<Finding>> {
        let numbers: Vec<u32> = entries.iter().filter_map(|&entry| self.index().number_of(entry)).collect();
        let first = Day::from(today);
        let last = numbers.iter().map(|&number| self.index().record(number).day).fold(first, Day::max);
        let found = self.as_if_approved(&numbers, |programme| -> anyhow::Result<BTreeSet<Finding>> {
            let mut found = BTreeSet::new();
            for day in BTreeSet::from([first, last]) {
                found.extend(programme.check_today(programme.state(), day, today)?);
            }
            Ok(found)
        })?;
        let subjects: BTreeSet<&str> = numbers.iter().map(|&number| &*self.index().record(number).local_id).collect();
        Ok(found.into_iter().filter(|finding| subjects.contains(finding.subject.as_str())).collect())
    }

    /// The data-quality score of every operator and month of recording.
    pub fn score(&self) -> anyhow::Result<Vec<Score>> {
        let rules = self.parameters().rules.clone();
        let mut scores: BTreeMap<(String, String), Score> = BTreeMap::new();
        let mut count = |operator: &str, day: Date, worst: Option<Severity>| {
            let month = format!("{:04}-{:02}", day.year(), day.month());
            let score = scores.entry((operator.to_owned(), month.clone())).or_insert_with(|| Score {
                operator: operator.to_owned(),
                month,
                records: 0,
                with_errors: 0,
                with_warnings: 0,
                score: 0.0,
            });
            score.records += 1;
            match worst {
                Some(Severity::Error) => score.with_errors += 1,
                Some(Severity::Warning) => score.with_warnings += 1,
                _ => {}
            }
        };
        self.each_record(&mut |number, record| {
            let recorded = ledger::figures::day_of(self.index().record(number).recorded_at).date();
            count(record.text("operator").unwrap_or_default(), recorded, worst(&record, recorded, &rules));
        })?;
        for held in self.every_held()? {
            count(held.operator(), ledger::figures::day_of(held.recorded_at).date(), Some(Severity::Error));
        }
        let of = |mut score: Score| {
            let faultless = score.records - score.with_errors - score.with_warnings;
            score.score = faultless as f64 / score.records as f64;
            score
        };
        Ok(scores.into_values().map(of).collect())
    }
}

/// The gravest thing that a record says against itself, as on the day it was recorded.
fn worst(record: &Record, recorded: Date, rules: &Rules) -> Option<Severity> {
    let issues = intake::check(record, &Context { rules, today: recorded, home: None });
    issues.into_iter().map(|issue| issue.severity).min()
}

/// How good the records of one operator are in one month: records without error or warning / all that arrived.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// As the records name it; empty if they do not.
    pub operator: String,
    /// Month in which they were recorded, `YYYY-MM`.
    pub month: String,
    /// How many arrived: accepted and held.
    pub records: u64,
    /// Held, or accepted with an error of today's rules.
    pub with_errors: u64,
    /// With a warning and no error.
    pub with_warnings: u64,
    /// From 0 to 1.
    pub score: f64,
}
