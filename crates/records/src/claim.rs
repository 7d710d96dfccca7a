//! What a claim states, read: the value with its interval, the days, and whether it counts since a beginning.
//!
//! A [claim](crate::RecordKind::Claim) keeps the words of its source. Reading is [`Published`]'s; what can be read in two
//! ways is not read here either.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::Record;
use crate::published::{self, Published, Style, Unreadable};

/// The figure of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// As published.
    pub published: Published,
    /// Whether it counts since a beginning, by its words.
    pub is_cumulative: bool,
    /// First and last day, where the claim names them.
    pub days: Option<(Date, Date)>,
}

/// Words that say that a figure counts since a beginning.
const CUMULATIVE: &[&str] = &["cumulative", "since", "to date", "so far"];

/// The figure of a claim; `None` where it states no value. `style` is how its source writes numbers, if that is known;
/// a `number` beside the value tells it too.
///
/// ```
/// use records::{Record, RecordKind, claim, published::Style};
///
/// let mut claim = Record { kind: RecordKind::Claim, local_id: "C-1".into(), date_of_information: "2024-05-01".parse().unwrap(),
///     supersedes: None, sources: vec![], fields: Default::default(), geometry: None, as_entered: Default::default() };
/// for (name, value) in [("quantity", "found"), ("value", "1,000"), ("qualifier", "about, since 2020"), ("period", "2024-04")] {
///     claim.fields.insert(name.into(), value.into());
/// }
/// let figure = claim::figure(&claim, Style::Unknown).unwrap().unwrap();
/// assert_eq!((figure.published.shown().as_str(), figure.is_cumulative), ("about 1,000 items", true));
/// assert_eq!(figure.days.unwrap().1.to_string(), "2024-04-30");
/// ```
pub fn figure(record: &Record, style: Style) -> Option<Result<Figure, Unreadable>> {
    let value =
        record.fields.get("value").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))?;
    let qualifier = record.text("qualifier").unwrap_or_default().to_lowercase();
    let quantity = record.text("quantity").unwrap_or_default().to_lowercase();
    let is_cumulative = |text: &str| CUMULATIVE.iter().any(|word| text.contains(word));
    // "over, since 2020": what stands before widens the value, the rest says from when it counts.
    let end = CUMULATIVE.iter().filter_map(|word| qualifier.find(word)).min().unwrap_or(qualifier.len());
    let widens = qualifier[..end].trim_matches(|c: char| !c.is_alphanumeric() && !"~≈<>≤≥=.".contains(c));
    // What has no unit is counted.
    let unit = record.text("unit").filter(|unit| !unit.trim().is_empty()).unwrap_or("items");
    let read = |style| {
        Published::read(&value, unit, widens, style).or_else(|why| match why {
            // The value names its unit itself.
            Unreadable::Two(..) if unit == "items" => Published::read(&value, "", widens, style),
            why => Err(why),
        })
    };
    let by_number = record.number("number").and_then(|number| {
        let says = |style: &Style| {
            read(*style).is_ok_and(|read| (read.value.to_f64() - number).abs() < 1e-9 * number.abs().max(1.0))
        };
        [Style::DecimalPoint, Style::DecimalComma].into_iter().find(says)
    });
    Some(read(by_number.unwrap_or(style)).map(|published| Figure {
        published,
        is_cumulative: is_cumulative(&qualifier) || is_cumulative(&quantity),
        days: match (record.day("period_start"), record.day("period_end")) {
            (Some(start), Some(end)) => Some((start, end)),
            _ => days(record.text("period").unwrap_or_default()),
        },
    }))
}

/// How each source writes numbers, where those that can be read in one way only agree.
pub fn styles<'a>(claims: impl Iterator<Item = &'a Record>) -> BTreeMap<&'a str, Style> {
    let mut styles: BTreeMap<&str, Style> = BTreeMap::new();
    for claim in claims {
        let Some(style) = claim.text("value").and_then(published::style_of) else { continue };
        for source in &claim.sources {
            let known = styles.entry(source).or_insert(style);
            if *known != style {
                *known = Style::Unknown;
            }
        }
    }
    styles
}

/// The days of a period: `2024`, `2024-05`, `2024-05-06`, or two of them with `/` or ` - ` between.
fn days(period: &str) -> Option<(Date, Date)> {
    for between in ["/", " - ", " – ", ".."] {
        if let Some((start, end)) = period.split_once(between) {
            return Some((days_of(start)?.0, days_of(end)?.1)).filter(|(start, end)| start <= end);
        }
    }
    days_of(period)
}

/// First and last day of a day, a month or a year. Nobody published figures outside of 1800 to 2200.
pub(crate) fn days_of(text: &str) -> Option<(Date, Date)> {
    let text = text.trim();
    let first: Date = match text.len() {
        4 => format!("{text}-01-01").parse().ok(),
        7 => format!("{text}-01").parse().ok(),
        _ => text.parse().ok(),
    }?;
    let last = match text.len() {
        4 => first.last_of_year(),
        7 => first.last_of_month(),
        _ => first,
    };
    (1800..=2200).contains(&first.year()).then_some((first, last))
}
