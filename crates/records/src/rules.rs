//! What can be wrong, in one table: rule id, severity, message, hint and threshold of every finding.
//!
//! The table is `rules.toml` beside this file (DOMAIN §6 and §3): severities and thresholds are data that a
//! programme may [change](Rules::changed), so no code matches on them. A check names its finding and gives the
//! values; the table says how grave it is and how to put it to a person.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::issue::{Issue, Severity};

/// One rule: what its findings have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it looks for, in a few words.
    pub what: String,
    /// How to put right what it finds.
    pub fix: String,
}

/// What a programme changes about a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Another severity.
    pub severity: Option<Severity>,
    /// Another threshold, in the unit of the table.
    pub threshold: Option<f64>,
}

/// Why a change of the table cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// No finding has this name.
    #[error("the table of rules has no finding {0:?}; docs/reference/rules.md lists them")]
    Unknown(String),
    /// Its severity is not the programme's to change.
    #[error("the severity of {0} is fixed: without it no record could be made, or land release forbids it")]
    Fixed(String),
    /// It has no threshold.
    #[error("{0} has no threshold")]
    NoThreshold(String),
    /// Not a number that can be a limit.
    #[error("the threshold of {0} must be a finite number, not negative")]
    Threshold(String),
}

/// One thing that a check can find.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Stable id of the rule, such as `DQ-17`; several findings may share one.
    pub rule: String,
    /// Whether it holds the record.
    pub severity: Severity,
    /// What happened, with `{names}` where values go.
    pub message: String,
    /// What to do, likewise.
    #[serde(default)]
    pub hint: String,
    /// Above, or below, what it speaks up; the unit is told by the comment beside it.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// Whether a programme may not change its severity.
    #[serde(default)]
    pub fixed: bool,
    /// Whether severity E keeps the record from being approved; not where it asks for another record.
    #[serde(default = "yes")]
    pub blocks_approval: bool,
}

fn yes() -> bool {
    true
}

impl Finding {
    /// As an issue about one field, the values put in (`{field}` and `{value}` of themselves); file, row and local id are left to the caller.
    ///
    /// ```
    /// let rules = records::rules::Rules::shipped();
    /// let issue = rules.finding("release_without_depth").issue("depth_cm", "", &[]);
    /// assert_eq!((issue.rule.as_str(), issue.severity.letter()), ("LR-X2", "E"));
    /// ```
    pub fn issue(&self, field: &str, value: &str, values: &[(&str, &str)]) -> Issue {
        let values = &[values, &[("field", field), ("value", value)]].concat();
        Issue {
            rule: self.rule.clone(),
            severity: self.severity,
            file: String::new(),
            row: 0,
            local_id: String::new(),
            field: field.to_owned(),
            value: value.to_owned(),
            message: fill(&self.message, values),
            hint: fill(&self.hint, values),
            fixed: self.fixed,
        }
    }

    /// The threshold; zero if the table gives none.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or_default()
    }

    /// Message and hint with the values put in.
    pub fn words<Value: Display>(&self, values: &[(&str, Value)]) -> (String, String) {
        (fill(&self.message, values), fill(&self.hint, values))
    }
}

/// Put values where the text names them. One pass, so a value that contains braces stays as it is.
fn fill<Value: Display>(template: &str, values: &[(&str, Value)]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        text.push_str(&rest[..open]);
        match values.iter().find(|(name, _)| *name == &rest[open + 1..close]) {
            // A string takes whatever is written.
            Some((_, value)) => _ = write!(text, "{value}"),
            None => text.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    text
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Version of the table, a day.
    pub version: String,
    /// Rules by id.
    pub rule: BTreeMap<String, Rule>,
    /// Findings by the names that checks use.
    pub finding: BTreeMap<String, Finding>,
    /// Ground that an activity does at most, m² a day and team (DQ-53).
    pub highest_rates: BTreeMap<String, f64>,
    /// Which activities may release ground as a class (LR-4…6, DQ-24): class → activities.
    pub releasing_activities: BTreeMap<String, Vec<String>>,
    /// Categories of ordnance that are mines (DQ-26).
    pub mines: Vec<String>,
    /// Methods that prepare ground and never clear it by themselves (LR-X9), in lower case.
    pub preparing_methods: Vec<String>,
    /// Day fields that may lie in the future, such as a planned end.
    pub days_ahead: Vec<String>,
    /// Day fields of work that is over when it is reported.
    pub events: Vec<String>,
    /// Texts that stand for "nothing" in other people's files (DQ-49), in lower case.
    pub blanks: Vec<String>,
    /// Words that name small-arms ammunition, in lower case (DQ-38).
    pub small_arms: Vec<String>,
    /// Parts of names of columns that are never read, in lower case (REC-7).
    pub never_kept: Vec<String>,
    /// Words that announce what belongs to a person, in lower case (DQ-54).
    pub personal_words: Vec<String>,
    /// Ratios of areas that betray a slip of the unit: ratio → what it looks like (DQ-17).
    pub unit_slips: BTreeMap<String, String>,
}

impl Rules {
    /// The table that ships with the program.
    pub fn shipped() -> &'static Rules {
        static SHIPPED: OnceLock<Rules> = OnceLock::new();
        SHIPPED.get_or_init(|| toml::from_str(include_str!("rules.toml")).expect("the shipped rules are valid"))
    }

    /// This table with what a programme changes: finding → change.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use records::rules::{Change, Rules};
    ///
    /// let change = Change { threshold: Some(5.0), ..Change::default() };
    /// let rules = Rules::shipped().changed(&BTreeMap::from([("area_differs".to_owned(), change)])).unwrap();
    /// assert_eq!(rules.finding("area_differs").threshold(), 5.0);
    /// ```
    pub fn changed(&self, changes: &BTreeMap<String, Change>) -> Result<Rules, ChangeError> {
        let mut rules = self.clone();
        for (name, change) in changes {
            let finding = rules.finding.get_mut(name).ok_or_else(|| ChangeError::Unknown(name.clone()))?;
            if let Some(severity) = change.severity.filter(|severity| *severity != finding.severity) {
                if finding.fixed {
                    return Err(ChangeError::Fixed(name.clone()));
                }
                finding.severity = severity;
            }
            if let Some(threshold) = change.threshold {
                if finding.threshold.is_none() {
                    return Err(ChangeError::NoThreshold(name.clone()));
                }
                if !threshold.is_finite() || threshold < 0.0 {
                    return Err(ChangeError::Threshold(name.clone()));
                }
                finding.threshold = Some(threshold);
            }
        }
        Ok(rules)
    }

    /// A finding by its name.
    ///
    /// # Panics
    /// If the table has no such finding: names are written in code, and a test reads the code for them.
    pub fn finding(&self, name: &str) -> &Finding {
        self.finding.get(name).unwrap_or_else(|| panic!("rules.toml has no finding {name:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts in quotes of every Rust file below `crates/*/src`, tests left out.
    fn names_in_code() -> std::collections::BTreeSet<String> {
        fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    sources(&entry, found);
                } else if entry.extension().is_some_and(|x| x == "rs") {
                    found.push(entry);
                }
            }
        }
        let mut files = Vec::new();
        for folder in ["records", "intake", "ledger", "homeground"] {
            sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src"), &mut files);
        }
        let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let code = texts.iter().map(|text| text.split("\nmod tests {").next().unwrap());
        let lines = code.flat_map(str::lines).filter(|line| !line.trim_start().starts_with("//"));
        lines.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
    }

    #[test]
    fn every_finding_of_the_table_is_named_in_code_and_every_rule_of_the_domain_has_a_finding() {
        let (rules, named) = (Rules::shipped(), names_in_code());
        let idle: Vec<&String> = rules.finding.keys().filter(|name| !named.contains(*name)).collect();
        assert_eq!(idle, Vec::<&String>::new(), "findings that no code names");
        let ids: Vec<String> =
            (1..=14).map(|n| format!("CT-{n:02}")).chain((1..=55).map(|n| format!("DQ-{n:02}"))).collect();
        assert_eq!(rules.rule.keys().collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
        for id in &ids {
            assert!(rules.finding.values().any(|finding| finding.rule == *id), "nothing finds {id}");
        }
    }

    #[test]
    fn every_finding_that_code_names_stands_in_the_table() {
        let named = names_in_code();
        let calls = [
            ".finding(\"",
            "found(\"",
            "(issue(\"",
            "push(rules, issues, \"",
            "issue(rules, \"",
            "issue(self.rules, \"",
            "Finding::of(rules, \"",
        ];
        assert!(named.len() > 100);
        for folder in ["intake", "ledger"] {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src");
            for file in
                std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
            {
                let text = std::fs::read_to_string(&file).unwrap();
                for call in calls {
                    for rest in text.split(call).skip(1) {
                        let name = rest.split('"').next().unwrap();
                        assert!(Rules::shipped().finding.contains_key(name), "{}: {call}{name}", file.display());
                    }
                }
            }
        }
    }

    #[test]
    fn a_programme_changes_severities_and_thresholds_but_not_what_makes_a_record() {
        let change = |name: &str, severity, threshold| {
            let change = Change { severity, threshold };
            Rules::shipped().changed(&BTreeMap::from([(name.to_owned(), change)]))
        };
        let stricter = change("not_accredited", Some(Severity::Error), None).unwrap();
        assert_eq!(stricter.finding("not_accredited").severity, Severity::Error);
        assert_eq!(change("not_a_day", Some(Severity::Warning), None), Err(ChangeError::Fixed("not_a_day".to_owned())));
        assert_eq!(change("not_a_day", Some(Severity::Error), None).as_ref(), Ok(Rules::shipped()));
        assert_eq!(change("no_such", None, None), Err(ChangeError::Unknown("no_such".to_owned())));
        assert_eq!(change("ring_spike", None, Some(1.0)), Err(ChangeError::NoThreshold("ring_spike".to_owned())));
        assert_eq!(change("leg_long", None, Some(-1.0)), Err(ChangeError::Threshold("leg_long".to_owned())));
    }

    #[test]
    fn every_finding_says_what_happened() {
        for (name, finding) in &Rules::shipped().finding {
            assert!(!finding.message.is_empty(), "{name} has no message");
            assert!(!finding.message.ends_with('.'), "{name}: no final dot on one sentence");
        }
    }

    #[test]
    fn values_go_where_the_text_names_them_and_are_never_filled_again() {
        assert_eq!(fill("{a} of {b}, {c}", &[("a", "{b}"), ("b", "2")]), "{b} of 2, {c}");
    }
}
