//! The days a sentence speaks of: "December 11–17", "from 2 to 8 September", "since 10 November 2020", "the past week".

use std::sync::OnceLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

/// A stretch of time as the text has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) text: String,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    /// Since a beginning.
    pub(super) is_cumulative: bool,
    /// Days without a year, and nothing that tells it.
    pub(super) lacks_year: bool,
}

const MONTH: &str = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?";
const DAY: &str = r"(\d{1,2})(?:st|nd|rd|th)?";
const DASH: &str = r"\s*(?:–|—|-|−|to|through|until|till|and)\s*";
const YEAR: &str = r"(?:,? ((?:19|20)\d{2})\b)?";

/// In which order the parts of a date stand in the groups of a pattern.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// month, day, day, year
    MonthDayDay,
    /// month, day, year, month, day, year
    MonthDayMonthDay,
    /// day, day, month, year
    DayDayMonth,
    /// day, month, year, day, month, year
    DayMonthDayMonth,
    /// day, month, year, day, month, year in figures
    Figures,
    /// month, day, year since which
    SinceMonthDay,
    /// day, month, year since which
    SinceDayMonth,
    /// a year, or a month and a year, since which; nothing more is known
    Since,
    /// named by the day of publication only
    Named,
    /// month, year
    Month,
    /// month, day, year
    MonthDay,
    /// day, month, year
    DayMonth,
}

fn patterns() -> &'static [(Shape, Regex)] {
    static PATTERNS: OnceLock<Vec<(Shape, Regex)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let since = r"\b(?:since|starting from|beginning from|as of|from)\s+(?:the )?";
        // "from 10 November 2020" is a beginning only if no end follows.
        let all = [
            (Shape::MonthDayMonthDay, format!(r"\b(?:from |between )?{MONTH} {DAY}{YEAR}{DASH}{MONTH} {DAY}{YEAR}")),
            (Shape::DayMonthDayMonth, format!(r"\b(?:from |between )?{DAY} {MONTH}{YEAR}{DASH}{DAY} {MONTH}{YEAR}")),
            (Shape::MonthDayDay, format!(r"\b(?:from |between )?{MONTH} {DAY}{DASH}{DAY}{YEAR}\b")),
            (Shape::DayDayMonth, format!(r"\b(?:from |between )?{DAY}{DASH}{DAY} {MONTH}{YEAR}")),
            (Shape::Figures, r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\s*(?:–|—|-|to)\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\b".to_owned()),
            (Shape::SinceMonthDay, format!(r"{since}{MONTH} {DAY}{YEAR}")),
            (Shape::SinceDayMonth, format!(r"{since}{DAY} {MONTH}{YEAR}")),
            (Shape::Since, format!(r"\b(?:since|starting from)\s+(?:{MONTH} )?\d{{4}}\b|\b(?:to date|so far|up to now|in total since|since the (?:war|liberation|beginning))\b")),
            (Shape::Named, r"\b(?:(?:over|during|in|for|within) )?(?:the )?(?:past|last|previous|this|reporting) (?:week|month|seven days|7 days|year)\b|\bduring the week\b|\bover the week\b|\blast week\b".to_owned()),
            (Shape::MonthDay, format!(r"\b(?:on )?{MONTH} {DAY}\b{YEAR}")),
            (Shape::DayMonth, format!(r"\b(?:on )?{DAY} {MONTH}\b{YEAR}")),
            (Shape::Month, format!(r"\b(?:in|during|for|throughout) {MONTH}(?: (\d{{4}}))?\b")),
        ];
        all.into_iter().map(|(shape, text)| (shape, Regex::new(&format!("(?i){text}")).expect("the pattern is valid"))).collect()
    })
}

/// Every stretch of time that a sentence names, in order.
pub(super) fn periods(text: &str, published_on: Option<Date>) -> Vec<Period> {
    let mut found: Vec<Period> = Vec::new();
    for (shape, pattern) in patterns() {
        for mut captures in pattern.captures_iter(text) {
            let whole = captures.get(0).expect("group 0 is the match");
            // "8 September, 2024 mines": what counts something is no year.
            let year = whole.as_str().rfind(", ").filter(|_| super::counts_things(&text[whole.end()..]));
            if let Some(without) = year.and_then(|at| pattern.captures_at(&text[..whole.start() + at], whole.start())) {
                captures = without;
            }
            let whole = captures.get(0).expect("group 0 is the match");
            let overlaps = found.iter().any(|period| period.at < whole.end() && whole.start() < period.end);
            if !overlaps && let Some(period) = of_match(*shape, &captures, published_on) {
                found.push(period);
            }
        }
    }
    found.sort_by_key(|period| period.at);
    found
}

/// The day of publication where the text has it: the first full date of its first or last lines that stands alone.
pub(crate) fn dateline(text: &str) -> Option<Date> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let alone = |line: &&str| {
        let line =
            line.trim_start_matches("Published").trim_start_matches("Date").trim_matches([':', ' ', '(', ')', '.']);
        let line = line.trim_start_matches("on ");
        let single = |shape: &Shape| matches!(shape, Shape::MonthDay | Shape::DayMonth);
        let dated = patterns().iter().filter(|(shape, _)| single(shape)).find_map(|(shape, pattern)| {
            let captures = pattern.captures(line)?;
            let is_whole = captures.get(0)?.as_str().trim().len() == line.len();
            is_whole.then(|| of_match(*shape, &captures, None)).flatten()?.to
        });
        dated.or_else(|| line.parse().ok())
    };
    lines.iter().take(3).chain(lines.iter().rev().take(2)).find_map(alone)
}

/// Whether a figure belongs to a date that is no period, such as a bare year.
pub(super) fn is_in_date(text: &str, start: usize, end: usize) -> bool {
    let figure = &text[start..end];
    let is_year = figure.len() == 4 && figure.parse().is_ok_and(|year: u16| (1900..2100).contains(&year));
    let before = text[..start].trim_end().to_lowercase();
    let after = text[end..].trim_start().to_lowercase();
    let introduced = ["in", "of", "since", "by", "until", "from", "year", "during", "and", "the"]
        .iter()
        .any(|word| before.ends_with(&format!(" {word}")) || before == *word);
    is_year
        && (introduced || before.ends_with(['(', ',', '–', '-']))
        && !after.starts_with(|c: char| c.is_alphabetic() && !after.starts_with("and"))
        || is_year && (after.starts_with("war") || after.starts_with("armistice"))
}

fn of_match(shape: Shape, captures: &Captures<'_>, published_on: Option<Date>) -> Option<Period> {
    let whole = captures.get(0)?;
    let text = |group: usize| captures.get(group).map(|found| found.as_str());
    let number = |group: usize| text(group).and_then(|text| text.parse::<i16>().ok());
    let month = |group: usize| text(group).and_then(month_of);
    // Month, day and stated year of the first and the last day.
    type Part = (i8, i8, Option<i16>);
    let part = |month: Option<i8>, day: Option<i16>, year: Option<i16>| -> Option<Part> {
        Some((month?, i8::try_from(day?).ok()?, year))
    };
    let (first, last): (Option<Part>, Option<Part>) = match shape {
        Shape::MonthDayDay => (part(month(1), number(2), number(4)), part(month(1), number(3), number(4))),
        Shape::MonthDayMonthDay => (part(month(1), number(2), number(3)), part(month(4), number(5), number(6))),
        Shape::DayDayMonth => (part(month(3), number(1), number(4)), part(month(3), number(2), number(4))),
        Shape::DayMonthDayMonth => (part(month(2), number(1), number(3)), part(month(5), number(4), number(6))),
        Shape::Figures => {
            let month = |group| number(group).and_then(|month| i8::try_from(month).ok());
            (part(month(2), number(1), number(3)), part(month(5), number(4), number(6)))
        }
        Shape::SinceMonthDay | Shape::MonthDay => (part(month(1), number(2), number(3)), None),
        Shape::SinceDayMonth | Shape::DayMonth => (part(month(2), number(1), number(3)), None),
        Shape::Month => (part(month(1), Some(1), number(2)), None),
        Shape::Since | Shape::Named => (None, None),
    };
    let mut period = Period {
        at: whole.start(),
        end: whole.end(),
        text: whole.as_str().trim().to_owned(),
        from: None,
        to: None,
        is_cumulative: matches!(shape, Shape::Since | Shape::SinceMonthDay | Shape::SinceDayMonth),
        lacks_year: false,
    };
    match shape {
        Shape::Since => period.to = published_on,
        Shape::Named => {}
        Shape::SinceMonthDay | Shape::SinceDayMonth => {
            // "as of 17 December" is a day and no beginning; a beginning states its year.
            let (month, day, year) = first?;
            period.is_cumulative = !period.text.to_lowercase().starts_with("as of");
            period.from = year.and_then(|year| Date::new(year, month, day).ok());
            period.lacks_year = year.is_none();
            period.to = if period.is_cumulative { published_on } else { period.from };
        }
        Shape::Month => {
            let (month, day, year) = first?;
            let year = year.or_else(|| year_before(published_on?, month, day));
            period.lacks_year = year.is_none();
            period.from = year.and_then(|year| Date::new(year, month, day).ok());
            period.to = period.from.map(Date::last_of_month);
        }
        _ => {
            let first = first?;
            let last = last.unwrap_or(first);
            let year = last.2.or(first.2.filter(|_| first.0 <= last.0));
            let year = year.or_else(|| year_before(published_on?, last.0, last.1));
            period.lacks_year = year.is_none();
            if let Some(year) = year {
                // From December into January the first day is of the year before.
                let crosses = first.0 > last.0;
                let of_first = first.2.unwrap_or(if crosses { year - 1 } else { year });
                period.from = Some(Date::new(of_first, first.0, first.1).ok()?);
                period.to = Some(Date::new(year, last.0, last.1).ok()?);
                if period.from > period.to {
                    return None;
                }
            }
        }
    }
    Some(period)
}

/// The latest year in which a day lies on or before the day of publication.
fn year_before(published_on: Date, month: i8, day: i8) -> Option<i16> {
    [published_on.year(), published_on.year() - 1]
        .into_iter()
        .find(|year| Date::new(*year, month, day).is_ok_and(|date| date <= published_on))
}

fn month_of(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = text.get(..3)?.to_lowercase();
    MONTHS.iter().position(|month| *month == lower).map(|at| at as i8 + 1)
}
