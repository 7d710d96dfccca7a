//! The reconciler: do published series agree with themselves (DOMAIN §4, ID-1 … ID-14)?
//!
//! Every published number is an interval ([`crate::published`]). An identity is tested as closing less expected: the
//! gap is an interval too, and half its width is the tolerance. What does not close is tried under the scopes that
//! are commonly mixed up (ID-14 a … e); the one that closes best is put as a question. Nothing is corrected.
//!
//! ```text
//!   rows ─► read ─► Stated ─► table ─► identity ─► equation ─► gap ─► scope ─► Finding
//!           words,           one key,  which hold           exact    asked as
//!           units, days      sources   for these                     questions
//! ```
//!
//! The order of rows changes nothing. Where sources or rows differ on one quantity and period, both are kept
//! (ID-12), and every identity is tested once with each source.

mod equation;
mod identity;
mod read;
mod scope;
pub mod series;
mod table;
mod words;

use jiff::civil::Date;

use crate::decimal::Decimal;
use crate::issue::Issue;
use crate::published::{Interval, Published, Style, Unit};

pub use words::{Holds, Quantity, quantities};

/// One row as it stands in the file; everything is text (CONTRACT §8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As a person counts, the header included.
    pub number: u64,
    /// What the figure is about: a programme, a country, `country/unit`.
    pub series: String,
    /// First day, or a month or year.
    pub period_start: String,
    /// Last day, or a month or year.
    pub period_end: String,
    /// A word of the vocabulary.
    pub quantity: String,
    /// As published.
    pub value: String,
    /// Unit of the value.
    pub unit: String,
    /// "about", "over", "up to" and the like.
    pub qualifier: String,
    /// Who published it.
    pub source: String,
}

/// A row that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// What the figure is about.
    pub series: String,
    /// Canonical name of the quantity, with parts behind a `/`.
    pub quantity: String,
    /// First day of a flow; of a stock the day at whose beginning it holds.
    pub from: Date,
    /// The day after the last of a flow; of a stock the same as `from`.
    pub to: Date,
    /// Who published it.
    pub source: String,
    /// The value.
    pub published: Published,
    /// Row of the file.
    pub row: u64,
}

/// How an identity came out (CONTRACT §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The gap is nought.
    Reconciles,
    /// The gap lies within rounding.
    GapWithinRounding,
    /// More than expected is left: unexplained new.
    GapPlus,
    /// Less than expected is left: unexplained loss.
    GapMinus,
    /// It closes under another scope.
    ScopeMismatch,
}

impl Verdict {
    /// As the contract writes it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Reconciles => "RECONCILES",
            Verdict::GapWithinRounding => "GAP_WITHIN_ROUNDING",
            Verdict::GapPlus => "GAP(+)",
            Verdict::GapMinus => "GAP(-)",
            Verdict::ScopeMismatch => "SCOPE_MISMATCH",
        }
    }

    /// Whether the figures agree.
    pub fn is_closed(self) -> bool {
        matches!(self, Verdict::Reconciles | Verdict::GapWithinRounding)
    }
}

/// One figure within an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it stands on the side of the whole, or of what is expected.
    pub is_whole: bool,
    /// Whether it is taken away.
    pub is_subtracted: bool,
    /// The figure.
    pub stated: Stated,
}

/// A scope under which the gap would close (ID-14).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hypothesis {
    /// `a` SHA only or with CHA, `b` military areas, `c` several years in one, `d` cleared outside, `e` slip of the unit.
    pub letter: char,
    /// For the person who can answer.
    pub question: String,
    /// The gap that would be left, in the base unit.
    pub gap_left: Decimal,
}

/// One identity over one series and period, or one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the identity, such as `ID-3`, or of the rule on series, such as `DQ-43`.
    pub identity: String,
    /// What it is about.
    pub series: String,
    /// First day; of a stock the day in whose evening it stands.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// How it came out.
    pub verdict: Verdict,
    /// Closing less expected, in the base unit.
    pub gap: Decimal,
    /// Where the gap lies by the rounding of its terms.
    pub range: Interval,
    /// Half of the width of that; `None` if a side is open.
    pub tolerance: Option<Decimal>,
    /// What is stated of the whole, in the base unit.
    pub stated: Decimal,
    /// What the other terms give, in the base unit.
    pub expected: Decimal,
    /// The unit to show it in: that of the whole.
    pub unit: Unit,
    /// The figures.
    pub terms: Vec<Term>,
    /// Terms of the identity that the series does not state; they were left out.
    pub not_stated: Vec<String>,
    /// The scope that closes the gap best.
    pub hypothesis: Option<Hypothesis>,
    /// The question to ask; empty if the figures agree.
    pub question: String,
}

/// Several values of one quantity and period: all are kept (ID-12), or a headline beside a body (DQ-45).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatement {
    /// `ID-12` between sources, `DQ-45` within one.
    pub rule: &'static str,
    /// The statements, the finest digits first.
    pub statements: Vec<Stated>,
    /// Whether all of them may be the same value.
    pub agrees: bool,
}

/// What could not be tested, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untested {
    /// Id of the identity.
    pub identity: String,
    /// What it is about.
    pub series: String,
    /// What is missing, with the sum of what is there.
    pub why: String,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reconciliation {
    /// Identities, by series, identity and period.
    pub findings: Vec<Finding>,
    /// Quantities with several values.
    pub restatements: Vec<Restatement>,
    /// What could not be tested.
    pub untested: Vec<Untested>,
    /// Rows that were not understood (E), and what is odd about the series.
    pub issues: Vec<Issue>,
}

/// Test every identity that the rows can show. `file` names the file in issues; `style` says how it writes numbers,
/// [`Style::Unknown`] if only the numbers themselves can tell.
///
/// ```
/// use records::published::Style;
/// use records::reconcile::{Row, reconcile};
/// let row = |number, quantity: &str, value: &str| Row {
///     number, series: "1999–2008".into(), period_start: "1999".into(), period_end: "2008".into(),
///     quantity: quantity.into(), value: value.into(), unit: "people".into(), ..Row::default()
/// };
/// let rows = [row(2, "casualties", "73,576"), row(3, "killed", "17,867"), row(4, "injured", "51,711"), row(5, "unknown", "3,998")];
/// assert_eq!(reconcile(&rows, "casualties.csv", Style::Unknown).findings[0].verdict.word(), "RECONCILES");
/// // Without those of unknown outcome it does not close.
/// assert_eq!(reconcile(&rows[..3], "casualties.csv", Style::Unknown).findings[0].verdict.word(), "GAP(+)");
/// ```
pub fn reconcile(rows: &[Row], file: &str, style: Style) -> Reconciliation {
    let (stated, mut issues) = read::read(rows, file, style);
    let table = table::Table::new(stated);
    let mut untested = Vec::new();
    let mut findings = identity::all(&table, &mut untested);
    let restatements = series::restatements(&table);
    issues.extend(series::issues(&table, file));
    findings.sort_by(|a, b| {
        (&a.series, &a.identity, a.from, a.to, a.gap).cmp(&(&b.series, &b.identity, b.from, b.to, b.gap))
    });
    issues.sort();
    untested.sort();
    untested.dedup();
    Reconciliation { findings, restatements, untested, issues }
}

#[cfg(test)]
mod tests;
