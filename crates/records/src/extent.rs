//! When something was, as loosely as people say it: `1993-04`, `1993-04 (late)`, `early 2010s`, `by 2026-12`, `9th century`,
//! `2 April 1993`, `2020-11/2025-09`. An extent is the days it may be; an open side has none. Nothing is narrowed by guessing: what
//! names no year has no extent.

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// Days between two, each possibly open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// The first day it may be.
    pub first: Option<Date>,
    /// The last.
    pub last: Option<Date>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Extent {
    /// One day.
    pub fn day(day: Date) -> Extent {
        Extent { first: Some(day), last: Some(day) }
    }

    /// From one day to another.
    pub fn days(first: Date, last: Date) -> Extent {
        Extent { first: Some(first), last: Some(last) }
    }

    /// Whether a day may lie in both.
    pub fn meets(self, other: Extent) -> bool {
        let begins = |a: Option<Date>, b: Option<Date>| a.zip(b).is_none_or(|(a, b)| a <= b);
        begins(self.first, other.last) && begins(other.first, self.last)
    }

    /// Whether it is over before the other begins.
    pub fn is_before(self, other: Extent) -> bool {
        self.last.zip(other.first).is_some_and(|(last, first)| last < first)
    }

    /// From the first day of either to the last.
    pub fn joined(self, other: Extent) -> Extent {
        let both = |a: Option<Date>, b: Option<Date>, pick: fn(Date, Date) -> Date| a.zip(b).map(|(a, b)| pick(a, b));
        Extent { first: both(self.first, other.first, Date::min), last: both(self.last, other.last, Date::max) }
    }

    /// How many days; `None` if a side is open.
    pub fn length(self) -> Option<i32> {
        let (first, last) = self.first.zip(self.last)?;
        Some(first.until(last).ok()?.get_days() + 1)
    }

    /// Read it; `None` if it names no time that has a year.
    ///
    /// ```
    /// use records::extent::Extent;
    /// let days = |text| Extent::read(text).map(|e| format!("{} … {}", e.first.map_or("".into(), |d| d.to_string()), e.last.map_or("".into(), |d| d.to_string())));
    /// assert_eq!(days("1993-04 (late)").unwrap(), "1993-04-21 … 1993-04-30");
    /// assert_eq!(days("by 2026-12").unwrap(), " … 2026-12-31");
    /// assert_eq!(days("13th-14th century").unwrap(), "1201-01-01 … 1400-12-31");
    /// assert_eq!(days("week before 2025-09-29").unwrap(), "2025-09-22 … 2025-09-28");
    /// assert_eq!(days("May"), None);
    /// ```
    pub fn read(text: &str) -> Option<Extent> {
        let lower = text.trim().to_lowercase().replace(['(', ')', ','], " ");
        let mut words: Vec<&str> = lower.split_whitespace().filter(|word| !FILLERS.contains(word)).collect();
        // "late" may stand before or behind what it narrows.
        let part = words.iter().position(|word| PARTS.iter().any(|(name, _)| name == word)).map(|at| words.remove(at));
        let text = words.join(" ");
        let extent = if let Some(rest) = text.strip_prefix("week before ") {
            let first = plain(rest)?.first?;
            Extent::days(first.checked_sub(7.days()).ok()?, first.yesterday().ok()?)
        } else if let Some(rest) = after_word(&text, &["before", "pre"]) {
            Extent { first: None, last: plain(rest)?.first?.yesterday().ok() }
        } else if let Some(rest) = after_word(&text, &["by", "until", "up to", "till"]) {
            Extent { first: None, last: plain(rest)?.last }
        } else if let Some(rest) = after_word(&text, &["after", "post"]) {
            // "after 2020" is said of what happened since its autumn as well: the year itself may count.
            Extent { first: plain(rest)?.first, last: None }
        } else if let Some(rest) = after_word(&text, &["since", "from"]) {
            match rest.split_once(" to ") {
                Some((from, to)) => Extent { first: plain(from)?.first, last: plain(to)?.last },
                None => Extent { first: plain(rest)?.first, last: None },
            }
        } else {
            plain(&text)?
        };
        Some(part.map_or(extent, |part| narrowed(extent, part)))
    }
}

/// Words that change nothing.
const FILLERS: [&str; 17] = [
    "in", "on", "the", "of", "month", "year", "ad", "ce", "approx", "about", "circa", "c.", "ca.", "possibly",
    "around", "during", "years",
];

/// Parts of a month, a year or more: the thirds.
const PARTS: [(&str, i64); 5] = [("early", 0), ("mid", 1), ("middle", 1), ("mid-", 1), ("late", 2)];

fn after_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix([' ', '-']))
}

fn narrowed(extent: Extent, part: &str) -> Extent {
    let Some((first, last)) = extent.first.zip(extent.last) else { return extent };
    let third = PARTS.iter().find(|(name, _)| *name == part).map_or(0, |(_, third)| *third);
    // Months and days as people part them: a third of a month is ten days, of a year four months.
    let n = i64::from(extent.length().unwrap_or(1));
    let from = |third: i64| {
        if n <= 31 {
            first.checked_add((10 * third).days())
        } else if n <= 366 {
            first.checked_add((4 * third).months())
        } else {
            first.checked_add((n * third / 3).days())
        }
    };
    let begins = from(third).unwrap_or(first);
    let ends = if third == 2 { last } else { from(third + 1).and_then(Date::yesterday).unwrap_or(last).min(last) };
    Extent::days(begins, ends)
}

fn plain(text: &str) -> Option<Extent> {
    let text = text.trim();
    if let Some(one) = one(text) {
        return Some(one);
    }
    if let Some(found) = centuries(text) {
        return Some(found);
    }
    for between in ["/", " - ", " – ", "–", "..", " to ", "-"] {
        if let Some((start, end)) = text.split_once(between) {
            let (start, end) = (start.trim(), end.trim());
            if end.is_empty() {
                return Some(Extent { first: one(start)?.first, last: None });
            }
            if let (Some(start), Some(end)) = (one(start), one(end)) {
                let is_forward = start.first.zip(end.last).is_none_or(|(first, last)| first <= last);
                return is_forward.then_some(Extent { first: start.first, last: end.last });
            }
        }
    }
    None
}

fn one(text: &str) -> Option<Extent> {
    let year_of = |text: &str| {
        text.parse::<i16>()
            .ok()
            .filter(|y| text.len() <= 4 && !text.starts_with(['+', '-']) && (100..=2200).contains(y))
    };
    let whole = |year: i16| Extent::days(date(year, 1, 1), date(year, 12, 31));
    if let Some(year) = year_of(text).filter(|_| text.len() >= 3) {
        return Some(whole(year));
    }
    if let Some(year) =
        text.strip_suffix('s').map(|text| text.trim_end_matches('\'')).and_then(year_of).filter(|year| year % 10 == 0)
    {
        return Some(Extent::days(date(year, 1, 1), date(year + if year % 100 == 0 { 99 } else { 9 }, 12, 31)));
    }
    if let Some((first, last)) = crate::claim::days_of(text) {
        return Some(Extent::days(first, last));
    }
    // "2 April 1993", "April 2 1993", "April 1993"
    let words: Vec<&str> = text.split([' ', '.']).filter(|word| !word.is_empty()).collect();
    let month = |word: &str| {
        MONTHS.iter().position(|m| *m == word || (word.len() >= 3 && m.starts_with(word))).map(|at| at as i8 + 1)
    };
    let day = |word: &str| word.trim_end_matches(|c: char| c.is_alphabetic()).parse::<i8>().ok();
    let (year, month, day) = match words.as_slice() {
        [m, y] => (year_of(y)?, month(m)?, None),
        [a, b, y] => match month(b) {
            Some(m) => (year_of(y)?, m, Some(day(a)?)),
            None => (year_of(y)?, month(a)?, Some(day(b)?)),
        },
        _ => return None,
    };
    match day {
        Some(day) => Date::new(year, month, day).ok().map(Extent::day),
        None => Date::new(year, month, 1).ok().map(|first| Extent::days(first, first.last_of_month())),
    }
}

/// `9th century`, `13th-14th centuries`, `between 13th and 14th centuries`.
fn centuries(text: &str) -> Option<Extent> {
    let rest = text.strip_suffix("century").or(text.strip_suffix("centuries"))?;
    let ordinal = |word: &str| {
        let digits = word
            .strip_suffix("th")
            .or(word.strip_suffix("st"))
            .or(word.strip_suffix("nd"))
            .or(word.strip_suffix("rd"))?;
        digits.parse::<i16>().ok().filter(|n| (1..=22).contains(n))
    };
    let found: Vec<i16> = rest.split(|c: char| !c.is_alphanumeric()).filter_map(ordinal).collect();
    let (first, last) = (found.first()?, found.last()?);
    Some(Extent::days(date((first - 1) * 100 + 1, 1, 1), date(last * 100, 12, 31)))
}
