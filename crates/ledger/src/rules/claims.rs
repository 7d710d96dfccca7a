//! Figures of others against each other: one quantity, one period, several statements
//! (DQ-38, DQ-41 … DQ-46, DQ-51, DQ-52). Claims are kept as published; nothing here corrects one.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::civil::Date;
use records::RecordKind;
use records::decimal::Decimal;
use records::published::{Agreement, Interval, Published, Style};
use records::reconcile::series::{self, Odd, Statement};

use super::{Case, Item};
use crate::findings::Finding;

/// One statement: a number for a quantity over days.
struct Figure<'a> {
    id: &'a str,
    subject: &'a str,
    quantity: &'a str,
    sources: &'a [String],
    published: Published,
    is_cumulative: bool,
    period: &'a str,
    days: Option<(Date, Date)>,
}

impl Figure<'_> {
    fn value(&self) -> Decimal {
        self.published.base_value()
    }

    fn text(&self) -> &str {
        &self.published.text
    }

    /// In its own unit.
    fn shown(&self, base: Decimal) -> Decimal {
        base.shown_in(self.published.unit.factor)
    }

    fn is_of(&self, sources: &[String]) -> bool {
        self.sources.iter().any(|source| sources.contains(source))
    }
}

pub(super) fn all(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for claim in case.of(RecordKind::Claim).filter(|claim| claim.record.sources.is_empty()) {
        let id = &claim.kept.local_id;
        findings.push(case.found("claim_without_source", id, None, &[("id", id)]));
    }
    let styles = records::claim::styles(case.of(RecordKind::Claim).map(|claim| claim.record));
    let mut figures: Vec<Figure<'_>> = case.of(RecordKind::Claim).filter_map(|claim| figure(claim, &styles)).collect();
    figures.sort_by(|a, b| (a.days, a.id).cmp(&(b.days, b.id)));
    same_period(case, &figures, findings);
    let mut series: BTreeMap<(&str, &str, &str, bool), Vec<&Figure<'_>>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.days.is_some()) {
        let dimension = figure.published.unit.dimension.as_str();
        series.entry((figure.subject, figure.quantity, dimension, figure.is_cumulative)).or_default().push(figure);
    }
    for ((.., is_cumulative), mut series) in series {
        if is_cumulative {
            series.sort_by_key(|figure| (figure.days.map(|days| days.1), figure.id));
            odd(case, &series, series::falls, findings);
        } else {
            sums(case, &series, findings);
            odd(case, &series, series::weeks, findings);
        }
    }
}

fn figure<'a>(claim: Item<'a>, styles: &BTreeMap<&str, Style>) -> Option<Figure<'a>> {
    let record = claim.record;
    let style = record.sources.iter().find_map(|source| styles.get(source.as_str())).copied().unwrap_or_default();
    // What can be read in two ways was named when it was read.
    let read = records::claim::figure(record, style)?.ok()?;
    Some(Figure {
        id: &claim.kept.local_id,
        subject: record.text("subject").unwrap_or_default(),
        quantity: record.text("quantity")?,
        sources: &record.sources,
        published: read.published,
        is_cumulative: read.is_cumulative,
        period: record.text("period").unwrap_or_default(),
        days: read.days,
    })
}

/// Subject and period; the text of the period where it names no days.
type Period<'a> = (&'a str, Option<(Date, Date)>, &'a str);

/// Statements about one subject and period.
fn same_period(case: &Case<'_>, figures: &[Figure<'_>], findings: &mut Vec<Finding>) {
    let mut groups: BTreeMap<Period<'_>, Vec<&Figure<'_>>> = BTreeMap::new();
    for figure in figures {
        let period = if figure.days.is_some() { "" } else { figure.period };
        groups.entry((figure.subject, figure.days, period)).or_default().push(figure);
    }
    for group in groups.values() {
        totals(case, group, findings);
        for (i, second) in group.iter().enumerate() {
            for first in &group[..i] {
                pair(case, first, second, findings);
            }
        }
    }
}

fn pair(case: &Case<'_>, first: &Figure<'_>, second: &Figure<'_>, findings: &mut Vec<Finding>) {
    let same_source = first.is_of(second.sources);
    let period: &str = if second.period.is_empty() { "one period" } else { second.period };
    let is_same_thing = first.quantity == second.quantity
        && first.published.unit.dimension == second.published.unit.dimension
        && first.is_cumulative == second.is_cumulative;
    if is_same_thing {
        if first.value() == second.value() {
            return;
        }
        match first.published.agreement(&second.published) {
            Agreement::Rounded if same_source => {
                let values: [(&str, &dyn Display); 4] = [
                    ("id", &second.id),
                    ("value", &second.text()),
                    ("quantity", &second.quantity),
                    ("other", &first.text()),
                ];
                findings.push(case.found("headline_or_body", second.id, None, &values));
            }
            // Cut instead of rounded is no excuse between two sources.
            _ if !first.published.interval().meets(second.published.interval()) => {
                let rounding = [first, second].map(|f| f.published.interval().half_width().unwrap_or(Decimal::ZERO));
                let rounding = rounding[0] + rounding[1];
                let gap = (first.value() - second.value()).abs() - rounding;
                let values: [(&str, &dyn Display); 9] = [
                    ("quantity", &second.quantity),
                    ("subject", &second.subject),
                    ("period", &period),
                    ("id", &second.id),
                    ("value", &second.text()),
                    ("other", &first.id),
                    ("other_value", &first.text()),
                    ("rounding", &second.shown(rounding)),
                    ("gap", &second.shown(gap)),
                ];
                findings.push(case.found("figures_apart", second.id, None, &values));
            }
            _ => {}
        }
        return;
    }
    if first.value() != second.value() {
        return;
    }
    let (one, other) = (thing(first.quantity), thing(second.quantity));
    let values: [(&str, &dyn Display); 5] = [
        ("id", &second.id),
        ("value", &second.text()),
        ("quantity", &second.quantity),
        ("period", &period),
        ("other", &first.quantity),
    ];
    let misused = [("victims", "accidents"), ("devices", "tasks"), ("people", "activities")];
    let is_misused =
        misused.iter().any(|&(a, b)| (one == Some(a) && other == Some(b)) || (one == Some(b) && other == Some(a)));
    if same_source && is_misused && second.value().to_f64() >= case.rules().finding("count_misused").threshold() {
        findings.push(case.found("count_misused", second.id, None, &values));
    }
    let killed = [(Some("victims"), Some("killed")), (Some("killed"), Some("victims"))];
    if !same_source && killed.contains(&(one, other)) && second.value() > Decimal::ZERO {
        findings.push(case.found("victims_or_killed", second.id, None, &values));
    }
}

/// What a quantity counts, by the words that name it.
fn thing(quantity: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 14] = [
        ("killed", "killed"),
        ("deaths", "killed"),
        ("fatalities", "killed"),
        ("victim", "victims"),
        ("casualt", "victims"),
        ("accident", "accidents"),
        ("incident", "accidents"),
        ("device", "devices"),
        ("ordnance", "devices"),
        ("task", "tasks"),
        ("reached", "people"),
        ("beneficiar", "people"),
        ("session", "activities"),
        ("activit", "activities"),
    ];
    let quantity = quantity.to_lowercase();
    WORDS.iter().find(|(word, _)| quantity.contains(word)).map(|&(_, thing)| thing)
}

/// Categories of devices sum to their total (DQ-38); small-arms ammunition is no item.
fn totals(case: &Case<'_>, group: &[&Figure<'_>], findings: &mut Vec<Finding>) {
    let is_category = |figure: &&&Figure<'_>| {
        let word = figure.quantity.to_uppercase().replace([' ', '-'], "_");
        let vocabulary = records::dictionary::Dictionary::shipped().vocabulary.get("eo_category");
        !matches!(&*word, "SAA" | "FRAG_SCRAP") && vocabulary.is_some_and(|words| words.contains_key(&word))
    };
    for total in group.iter().filter(|figure| thing(figure.quantity) == Some("devices")) {
        let parts: Vec<_> = group.iter().filter(is_category).filter(|part| part.is_of(total.sources)).collect();
        let (sum, interval) = summed(parts.iter().map(|part| **part));
        if parts.len() > 1 && !interval.meets(total.published.interval()) {
            let period: &str = if total.period.is_empty() { "one period" } else { total.period };
            let values: [(&str, &dyn Display); 4] =
                [("id", &total.id), ("total", &total.text()), ("period", &period), ("sum", &total.shown(sum))];
            findings.push(case.found("counts_do_not_add", total.id, None, &values));
        }
    }
}

fn summed<'a>(figures: impl Iterator<Item = &'a Figure<'a>>) -> (Decimal, Interval) {
    let none = (Decimal::ZERO, Interval::exactly(Decimal::ZERO));
    figures.fold(none, |(sum, interval), figure| (sum + figure.value(), interval.plus(figure.published.interval())))
}

/// Parts that fill a period without gap or overlap sum to its figure (DQ-43).
fn sums(case: &Case<'_>, series: &[&Figure<'_>], findings: &mut Vec<Finding>) {
    for whole in series {
        let Some((start, end)) = whole.days else { continue };
        let (mut next, mut parts) = (start, Vec::new());
        for part in series {
            let Some((from, to)) = part.days else { continue };
            if from == next && to <= end && (from, to) != (start, end) {
                parts.push(*part);
                next = to.saturating_add(jiff::Span::new().days(1));
            }
        }
        let (sum, interval) = summed(parts.iter().copied());
        if parts.len() > 1 && next > end && !interval.meets(whole.published.interval()) {
            let period = if whole.period.is_empty() { format!("{start}/{end}") } else { whole.period.to_owned() };
            let values: [(&str, &dyn Display); 6] = [
                ("quantity", &whole.quantity),
                ("subject", &whole.subject),
                ("period", &period),
                ("whole", &whole.text()),
                ("n", &parts.len()),
                ("sum", &whole.shown(sum)),
            ];
            findings.push(case.found("parts_do_not_sum", whole.id, None, &values));
        }
    }
}

/// What is odd about a series in the order of time (DQ-42, DQ-44).
fn odd(case: &Case<'_>, figures: &[&Figure<'_>], look: fn(&[Statement]) -> Vec<Odd>, findings: &mut Vec<Finding>) {
    let dated = figures.iter().filter_map(|figure| Some((*figure, figure.days?)));
    let (figures, days): (Vec<&Figure<'_>>, Vec<(Date, Date)>) = dated.unzip();
    let statement = |(figure, (from, to)): (&&Figure<'_>, &(Date, Date))| Statement {
        from: *from,
        to: to.saturating_add(jiff::Span::new().days(1)),
        interval: figure.published.interval(),
    };
    let series: Vec<Statement> = figures.iter().zip(&days).map(statement).collect();
    for odd in look(&series) {
        let (name, about) = match odd {
            Odd::Falls { after, .. } => ("series_falls", after),
            Odd::Between { after, days, .. } => (if days > 0 { "period_gap" } else { "period_overlap" }, after),
            Odd::Week { at, .. } => ("week_length", at),
        };
        let figure = figures[about];
        let mut values: Vec<(&str, String)> =
            vec![("quantity", figure.quantity.to_owned()), ("subject", figure.subject.to_owned())];
        match odd {
            Odd::Falls { before, after } => values.extend([
                ("before", figures[before].text().to_owned()),
                ("first", days[before].1.to_string()),
                ("after", figure.text().to_owned()),
                ("last", days[after].1.to_string()),
            ]),
            Odd::Between { before, after, days: n } => values.extend([
                ("days", n.abs().to_string()),
                ("first", days[before].1.to_string()),
                ("last", days[after].0.to_string()),
            ]),
            Odd::Week { at, days: n } => {
                values.extend([("days", n.to_string()), ("period", format!("{}/{}", days[at].0, days[at].1))]);
            }
        }
        let values: Vec<(&str, &dyn Display)> =
            values.iter().map(|(name, text)| (*name, text as &dyn Display)).collect();
        findings.push(case.found(name, figure.id, None, &values));
    }
}
