//! What can be wrong, in one table: rule id, severity, message, hint and threshold of every finding.
//!
//! The table is `rules.toml` beside this file (DOMAIN §6 and §3): severities and thresholds are data that a
//! national standard may change, so no code matches on them. A check names its finding and gives the
//! values; the table says how grave it is and how to put it to a person.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::issue::{Issue, Severity};

/// One thing that a check can find.
#[derive(Debug, Clone, Deserialize)]
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
        }
    }

    /// The threshold; zero if the table gives none.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or_default()
    }
}

/// Put values where the text names them. One pass, so a value that contains braces stays as it is.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        text.push_str(&rest[..open]);
        match values.iter().find(|(name, _)| *name == &rest[open + 1..close]) {
            Some((_, value)) => text.push_str(value),
            None => text.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    text
}

/// The whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Version of the table, a day.
    pub version: String,
    /// Findings by the names that checks use.
    pub finding: BTreeMap<String, Finding>,
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
    /// Ratios of areas that betray a slip of the unit: ratio → what it looks like (DQ-17).
    pub unit_slips: BTreeMap<String, String>,
}

impl Rules {
    /// The table that ships with the program.
    pub fn shipped() -> &'static Rules {
        static SHIPPED: OnceLock<Rules> = OnceLock::new();
        SHIPPED.get_or_init(|| toml::from_str(include_str!("rules.toml")).expect("the shipped rules are valid"))
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
