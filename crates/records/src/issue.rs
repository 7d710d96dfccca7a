//! What is imperfect about input, and where (DOMAIN §6).

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much an issue weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Holds the record for a person.
    #[serde(rename = "E")]
    Error,
    /// Accepted; needs a reason.
    #[serde(rename = "W")]
    Warning,
    /// Accepted; worth knowing.
    #[serde(rename = "I")]
    Information,
}

impl Severity {
    /// `E`, `W` or `I`.
    pub fn letter(self) -> &'static str {
        match self {
            Severity::Error => "E",
            Severity::Warning => "W",
            Severity::Information => "I",
        }
    }
}

/// One thing that is wrong or doubtful about one record of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issue {
    /// Stable rule id, such as `DQ-01` or `LR-X2`.
    pub rule: String,
    /// Whether it holds the record.
    pub severity: Severity,
    /// Name of the file; empty for a record that was there before.
    pub file: String,
    /// Row, feature or placemark, counted from 1 as a person would; 0 for the file as a whole.
    pub row: u64,
    /// Local id of the record, empty if it has none.
    pub local_id: String,
    /// Field or property, empty for the record as a whole; `geometry` for its ground.
    pub field: String,
    /// The value as found.
    pub value: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether no person may accept it. Issues that were kept do not tell; reading the row again does.
    #[serde(skip)]
    pub fixed: bool,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.severity.letter(), self.rule)?;
        // A finding about a record that was there before has no place in a file.
        if !self.file.is_empty() {
            write!(f, " {} row {}", self.file, self.row)?;
        }
        for (label, text) in [("", &self.local_id), ("field ", &self.field), ("value ", &self.value)] {
            if !text.is_empty() {
                write!(f, ", {label}{text}")?;
            }
        }
        write!(f, ": {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, ". hint: {}", self.hint)?;
        }
        Ok(())
    }
}
