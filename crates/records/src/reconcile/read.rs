//! From rows of text to stated values: words, units, days. What is not understood is named, and the others go on.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::words::{End, Holds, Words};
use super::{Row, Stated};
use crate::claim::days_of;
use crate::issue::Issue;
use crate::published::{Published, Style, style_of, unit};
use crate::rules::Rules;

/// A stock whose one day may be the evening before or the morning after a period, until the flows tell.
enum When {
    Known(Date, Date),
    OneDay(Date),
}

pub(super) fn read(rows: &[Row], file: &str, style: Style) -> (Vec<Stated>, Vec<Issue>) {
    let style = if style == Style::Unknown { shown_style(rows) } else { style };
    let mut issues = Vec::new();
    let mut read = Vec::new();
    for row in rows {
        match of_row(row, style) {
            Ok(stated) => read.push(stated),
            Err(mut issue) => {
                issue.file = file.to_owned();
                issue.row = row.number;
                issue.local_id = row.series.trim().to_owned();
                issues.push(*issue);
            }
        }
    }
    let bounds: BTreeSet<Date> = read
        .iter()
        .filter_map(
            |(_, when)| if let When::Known(from, to) = when { (from != to).then_some([*from, *to]) } else { None },
        )
        .flatten()
        .collect();
    let stated = read.into_iter().map(|(mut stated, when)| {
        (stated.from, stated.to) = match when {
            When::Known(from, to) => (from, to),
            // Evening of the day, unless only its morning bounds a period.
            When::OneDay(day) => {
                let evening = next(day);
                let bound = if bounds.contains(&day) && !bounds.contains(&evening) { day } else { evening };
                (bound, bound)
            }
        };
        stated
    });
    (stated.collect(), issues)
}

/// How the file writes numbers, if those that can be read in one way only agree.
fn shown_style(rows: &[Row]) -> Style {
    let mut shown = rows.iter().filter_map(|row| style_of(&row.value).or_else(|| style_of_count(row)));
    match shown.next() {
        Some(first) if shown.all(|other| other == first) => first,
        _ => Style::Unknown,
    }
}

/// Whole things have no decimals, so 3,059 people show that commas part thousands.
fn style_of_count(row: &Row) -> Option<Style> {
    let (name, ..) = quantity(&row.quantity).ok()?;
    let is_count = super::quantities()[name.split('/').next()?].dimension == "count";
    let is_plain = row.value.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    (is_count && is_plain && row.value.contains(',')).then_some(Style::DecimalPoint)
}

fn found(finding: &str, field: &str, value: &str, values: &[(&str, &str)]) -> Box<Issue> {
    Box::new(Rules::shipped().finding(finding).issue(field, value, values))
}

fn of_row(row: &Row, style: Style) -> Result<(Stated, When), Box<Issue>> {
    let words = Words::shipped();
    let (quantity, end, named_unit) = quantity(&row.quantity)?;
    let head = &super::quantities()[quantity.split('/').next().unwrap_or_default()];
    let given_unit = if row.unit.trim().is_empty() { named_unit } else { row.unit.as_str() };
    let mut published = Published::read(&row.value, given_unit, &row.qualifier, style).map_err(|why| {
        let (field, value) = match &why {
            crate::published::Unreadable::Words(word) if row.qualifier.contains(word.as_str()) => {
                ("qualifier", row.qualifier.as_str())
            }
            _ => ("value", row.value.as_str()),
        };
        found("series_value", field, value, &[("why", &why.to_string()), ("how", why.hint())])
    })?;
    if published.unit.name.is_empty() && head.dimension == "count" {
        published.unit = unit("items").expect("a unit of the table");
    }
    if published.unit.dimension != head.dimension {
        return Err(found(
            "series_unit",
            "unit",
            &published.unit.name,
            &[("quantity", &quantity), ("dimension", &head.dimension)],
        ));
    }
    let when = when(row, head.holds, end)?;
    let stated = Stated {
        series: words.path(&row.series).join("/"),
        quantity,
        from: Date::ZERO,
        to: Date::ZERO,
        source: row.source.trim().to_owned(),
        published,
        row: row.number,
    };
    Ok((stated, when))
}

/// Canonical name, the end that the word names, and a unit that it carries, such as `cleared_m2`.
fn quantity(text: &str) -> Result<(String, Option<End>, &'static str), Box<Issue>> {
    let words = Words::shipped();
    let mut path = words.path(text).into_iter().map(|piece| snake(&piece));
    let head = path.next().unwrap_or_default();
    let with_unit = ["m2", "km2", "ha"].into_iter().find_map(|unit| {
        let stem = head.strip_suffix(unit)?.strip_suffix('_')?;
        words.quantity(stem).map(|found| (found, unit))
    });
    let Some(((name, end), unit)) = words.quantity(&head).map(|found| (found, "")).or(with_unit) else {
        return Err(match words.near(&head) {
            Some(meant) => found("series_quantity_misspelt", "quantity", text, &[("meant", meant)]),
            None => found("series_quantity", "quantity", text, &[]),
        });
    };
    let parts: Vec<String> = path.collect();
    Ok((std::iter::once(name.to_owned()).chain(parts).collect::<Vec<_>>().join("/"), end, unit))
}

fn snake(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}

fn when(row: &Row, holds: Holds, end: Option<End>) -> Result<When, Box<Issue>> {
    let start = day(&row.period_start, "period_start", End::Opening)?;
    let last = day(&row.period_end, "period_end", End::Closing)?;
    // A year or month that stands alone is the whole of it.
    let start = start.or(day(&row.period_end, "period_end", End::Opening)?);
    let last = last.or(day(&row.period_start, "period_start", End::Closing)?);
    let (Some(start), Some(last)) = (start, last) else {
        return Err(found("series_period", "period_start", "", &[]));
    };
    if start > last {
        let values = [("start", &*start.to_string()), ("end", &last.to_string())];
        return Err(found("series_period_reversed", "period_end", &row.period_end, &values));
    }
    Ok(match (holds, end) {
        (Holds::Flow, _) => When::Known(start, next(last)),
        (_, _) if start == last => When::OneDay(start),
        (_, Some(End::Opening)) => When::Known(start, start),
        (_, _) => When::Known(next(last), next(last)),
    })
}

/// `2015-03-31`, `2015-03` or `2015`, of which a month and a year have a first and a last day.
fn day(text: &str, field: &str, end: End) -> Result<Option<Date>, Box<Issue>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match days_of(text).map(|(first, last)| if end == End::Closing { last } else { first }) {
        Some(day) => Ok(Some(day)),
        None => Err(found("series_day", field, text, &[])),
    }
}

/// The day after; days here lie far from the end of the calendar.
pub(super) fn next(day: Date) -> Date {
    day.tomorrow().expect("days lie between 1800 and 2200")
}
