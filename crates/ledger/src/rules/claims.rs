//! Figures of others against each other: one quantity, one period, several statements
//! (DQ-38, DQ-41 … DQ-46, DQ-51, DQ-52). Claims are kept as published; nothing here corrects one.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::civil::Date;
use records::{Record, RecordKind};

use super::Case;
use crate::findings::Finding;

/// One statement: a number for a quantity over days.
struct Figure<'a> {
    id: &'a str,
    subject: &'a str,
    quantity: &'a str,
    unit: &'a str,
    sources: &'a [String],
    text: &'a str,
    value: f64,
    /// Half of the last published digit, wider with words such as *about*.
    rounding: f64,
    is_cumulative: bool,
    period: &'a str,
    days: Option<(Date, Date)>,
}

pub(super) fn all(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for claim in case.of(RecordKind::Claim).filter(|claim| claim.record.sources.is_empty()) {
        let id = &claim.kept.local_id;
        findings.push(case.found("claim_without_source", id, None, &[("id", id)]));
    }
    let mut figures: Vec<Figure<'_>> =
        case.of(RecordKind::Claim).filter_map(|claim| figure(&claim.kept.local_id, claim.record)).collect();
    figures.sort_by(|a, b| (a.days, a.id).cmp(&(b.days, b.id)));
    same_period(case, &figures, findings);
    let mut series: BTreeMap<(&str, &str, &str, bool), Vec<&Figure<'_>>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.days.is_some()) {
        series.entry((figure.subject, figure.quantity, figure.unit, figure.is_cumulative)).or_default().push(figure);
    }
    for ((.., is_cumulative), series) in series {
        if is_cumulative {
            falls(case, &series, findings);
        } else {
            sums(case, &series, findings);
            weeks(case, &series, findings);
        }
    }
}

fn figure<'a>(id: &'a str, record: &'a Record) -> Option<Figure<'a>> {
    let text = record.text("value")?;
    let (read, step) = number(text)?;
    let qualifier = record.text("qualifier").unwrap_or_default().to_lowercase();
    let is_wide = ["about", "over", "more than", "up to", "nearly", "almost", "approx", "some"]
        .iter()
        .any(|word| qualifier.contains(word));
    let period = record.text("period").unwrap_or_default();
    let days = match (record.day("period_start"), record.day("period_end")) {
        (Some(start), Some(end)) => Some((start, end)),
        _ => days(period),
    };
    let quantity = record.text("quantity")?;
    let words = format!("{} {qualifier}", quantity.to_lowercase());
    Some(Figure {
        id,
        subject: record.text("subject").unwrap_or_default(),
        quantity,
        unit: record.text("unit").unwrap_or_default(),
        sources: &record.sources,
        text,
        value: record.number("number").unwrap_or(read),
        rounding: if is_wide { step * 5.0 } else { step / 2.0 },
        is_cumulative: ["cumulative", "since", "to date", "so far"].iter().any(|word| words.contains(word)),
        period,
        days,
    })
}

/// A number as published, and the value of one unit of its last digit: `1,250` is 1250 and 1; `2.4` is 2.4 and 0.1.
fn number(text: &str) -> Option<(f64, f64)> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'')).collect();
    let value: f64 = plain.parse().ok().filter(|value: &f64| value.is_finite())?;
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Some((value, 10_f64.powi(-(decimals as i32))))
}

/// The days of a period: `2024`, `2024-05`, `2024-05-06`, or two days with `/` or ` - ` between.
fn days(period: &str) -> Option<(Date, Date)> {
    let day = |text: &str| text.trim().parse::<Date>().ok();
    for between in ["/", " - ", " – ", ".."] {
        if let Some((start, end)) = period.split_once(between) {
            return Some((day(start)?, day(end)?)).filter(|(start, end)| start <= end);
        }
    }
    if let Some(day) = day(period).filter(|_| period.trim().len() == 10) {
        return Some((day, day));
    }
    let mut parts = period.trim().splitn(2, '-').map(str::parse::<i16>);
    let year = parts.next()?.ok().filter(|year| (1900..=2200).contains(year))?;
    match parts.next() {
        None => Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)),
        Some(month) => {
            let first = Date::new(year, i8::try_from(month.ok()?).ok()?, 1).ok()?;
            Some((first, first.last_of_month()))
        }
    }
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
    let same_source = first.sources.iter().any(|source| second.sources.contains(source));
    let period: &str = if second.period.is_empty() { "one period" } else { second.period };
    if first.quantity == second.quantity && first.unit == second.unit {
        if first.value == second.value {
            return;
        }
        let (gap, rounding) = ((first.value - second.value).abs(), first.rounding + second.rounding);
        // Cut instead of rounded: less than one unit of the coarser digit.
        if same_source && gap < first.rounding.max(second.rounding) * 2.0 {
            let values: [(&str, &dyn Display); 4] =
                [("id", &second.id), ("value", &second.text), ("quantity", &second.quantity), ("other", &first.text)];
            findings.push(case.found("headline_or_body", second.id, None, &values));
        } else if gap > rounding {
            let values: [(&str, &dyn Display); 9] = [
                ("quantity", &second.quantity),
                ("subject", &second.subject),
                ("period", &period),
                ("id", &second.id),
                ("value", &second.text),
                ("other", &first.id),
                ("other_value", &first.text),
                ("rounding", &tidy(rounding)),
                ("gap", &tidy(gap - rounding)),
            ];
            findings.push(case.found("figures_apart", second.id, None, &values));
        }
        return;
    }
    if first.value != second.value {
        return;
    }
    let (one, other) = (thing(first.quantity), thing(second.quantity));
    let values: [(&str, &dyn Display); 5] = [
        ("id", &second.id),
        ("value", &second.text),
        ("quantity", &second.quantity),
        ("period", &period),
        ("other", &first.quantity),
    ];
    let misused = [("victims", "accidents"), ("devices", "tasks"), ("people", "activities")];
    let is_misused =
        misused.iter().any(|&(a, b)| (one == Some(a) && other == Some(b)) || (one == Some(b) && other == Some(a)));
    if same_source && is_misused && second.value >= case.rules().finding("count_misused").threshold() {
        findings.push(case.found("count_misused", second.id, None, &values));
    }
    let killed = [(Some("victims"), Some("killed")), (Some("killed"), Some("victims"))];
    if !same_source && killed.contains(&(one, other)) && second.value > 0.0 {
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
        let of_source = |figure: &&&Figure<'_>| figure.sources.iter().any(|source| total.sources.contains(source));
        let parts: Vec<_> = group.iter().filter(is_category).filter(of_source).collect();
        let sum: f64 = parts.iter().map(|part| part.value).sum();
        let rounding: f64 = total.rounding + parts.iter().map(|part| part.rounding).sum::<f64>();
        if parts.len() > 1 && (sum - total.value).abs() > rounding.max(0.5) {
            let period: &str = if total.period.is_empty() { "one period" } else { total.period };
            let values: [(&str, &dyn Display); 4] =
                [("id", &total.id), ("total", &total.text), ("period", &period), ("sum", &tidy(sum))];
            findings.push(case.found("counts_do_not_add", total.id, None, &values));
        }
    }
}

/// A cumulative series never falls (DQ-42).
fn falls(case: &Case<'_>, series: &[&Figure<'_>], findings: &mut Vec<Finding>) {
    let mut by_end: Vec<&&Figure<'_>> = series.iter().collect();
    by_end.sort_by_key(|figure| (figure.days.map(|days| days.1), figure.id));
    for pair in by_end.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let (Some((_, first)), Some((_, last))) = (before.days, after.days) else { continue };
        if first < last && before.value - after.value > before.rounding + after.rounding {
            let values: [(&str, &dyn Display); 6] = [
                ("quantity", &after.quantity),
                ("subject", &after.subject),
                ("before", &before.text),
                ("first", &first),
                ("after", &after.text),
                ("last", &last),
            ];
            findings.push(case.found("series_falls", after.id, None, &values));
        }
    }
}

/// Parts that fill a period without gap or overlap sum to its figure (DQ-43).
fn sums(case: &Case<'_>, series: &[&Figure<'_>], findings: &mut Vec<Finding>) {
    for whole in series {
        let Some((start, end)) = whole.days else { continue };
        let (mut next, mut sum, mut rounding, mut n) = (start, 0.0, whole.rounding, 0);
        for part in series {
            let Some((from, to)) = part.days else { continue };
            if from == next && to <= end && (from, to) != (start, end) {
                sum += part.value;
                rounding += part.rounding;
                n += 1;
                next = to.saturating_add(jiff::Span::new().days(1));
            }
        }
        if n > 1 && next > end && (sum - whole.value).abs() > rounding {
            let period = if whole.period.is_empty() { format!("{start}/{end}") } else { whole.period.to_owned() };
            let values: [(&str, &dyn Display); 6] = [
                ("quantity", &whole.quantity),
                ("subject", &whole.subject),
                ("period", &period),
                ("whole", &whole.text),
                ("n", &n),
                ("sum", &tidy(sum)),
            ];
            findings.push(case.found("parts_do_not_sum", whole.id, None, &values));
        }
    }
}

/// Weeks of a weekly series: seven days each, one after the other (DQ-44).
fn weeks(case: &Case<'_>, series: &[&Figure<'_>], findings: &mut Vec<Finding>) {
    const WEEK: std::ops::RangeInclusive<i32> = 5..=9;
    let length = |(start, end): (Date, Date)| (end - start).get_days() + 1;
    let weeks: Vec<(&&Figure<'_>, (Date, Date))> = series
        .iter()
        .filter_map(|figure| Some((figure, figure.days?)))
        .filter(|(_, days)| WEEK.contains(&length(*days)))
        .collect();
    if weeks.len() < 2 {
        return;
    }
    for (figure, days) in &weeks {
        if length(*days) != 7 {
            let period = format!("{}/{}", days.0, days.1);
            let values: [(&str, &dyn Display); 4] = [
                ("quantity", &figure.quantity),
                ("subject", &figure.subject),
                ("period", &period),
                ("days", &length(*days)),
            ];
            findings.push(case.found("week_length", figure.id, None, &values));
        }
    }
    for pair in weeks.windows(2) {
        let ((_, before), (figure, after)) = (pair[0], pair[1]);
        let between = (after.0 - before.1).get_days() - 1;
        if between == 0 || before == after {
            continue;
        }
        let name = if between > 0 { "period_gap" } else { "period_overlap" };
        let values: [(&str, &dyn Display); 5] = [
            ("quantity", &figure.quantity),
            ("subject", &figure.subject),
            ("days", &between.abs()),
            ("first", &before.1),
            ("last", &after.0),
        ];
        findings.push(case.found(name, figure.id, None, &values));
    }
}

/// A sum of published numbers without the dust of binary fractions.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
