//! Dates as history gives them: the Extended Date/Time Format, levels 0 and 1 (ISO 8601-2:2019; Library of Congress,
//! EDTF specification of 2019).
//!
//! Built about 1214, repaired in some year of the 1960s, standing until nobody knows when: a day cannot say that.
//! The text is kept as written; what can be computed of it is the first and the last day it can mean.
//!
//! ```
//! use records::edtf::Edtf;
//!
//! let built: Edtf = "1214~/12XX".parse().unwrap();
//! assert_eq!(built.first().unwrap().to_string(), "1214-01-01");
//! assert_eq!(built.last().unwrap().to_string(), "1299-12-31");
//! assert!("1214 or so".parse::<Edtf>().is_err());
//! ```

use std::fmt;
use std::str::FromStr;

/// A day of the proleptic Gregorian calendar, in any year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnyDay {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

impl fmt::Display for AnyDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)
    }
}

/// A date or an interval, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edtf {
    text: String,
    from: End,
    /// The same as `from`, unless it is an interval.
    to: End,
}

/// One end of an interval, or a date that is its own two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The days it can mean.
    Known { first: AnyDay, last: AnyDay, is_uncertain: bool, is_approximate: bool },
    /// `..`: without limit.
    Open,
    /// Empty: nobody knows.
    Unknown,
}

/// A text that is no date of EDTF level 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of EDTF, level 1")]
pub struct NotEdtf;

impl Edtf {
    /// The first day it can mean; `None` if its beginning is open or unknown.
    pub fn first(&self) -> Option<AnyDay> {
        match self.from {
            End::Known { first, .. } => Some(first),
            End::Open | End::Unknown => None,
        }
    }

    /// The last day it can mean; `None` if its end is open or unknown.
    pub fn last(&self) -> Option<AnyDay> {
        match self.to {
            End::Known { last, .. } => Some(last),
            End::Open | End::Unknown => None,
        }
    }

    /// Whether some part of it is marked uncertain (`?`, `%`).
    pub fn is_uncertain(&self) -> bool {
        [self.from, self.to].iter().any(|end| matches!(end, End::Known { is_uncertain: true, .. }))
    }

    /// Whether some part of it is marked approximate (`~`, `%`).
    pub fn is_approximate(&self) -> bool {
        [self.from, self.to].iter().any(|end| matches!(end, End::Known { is_approximate: true, .. }))
    }
}

impl fmt::Display for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Edtf {
    type Err = NotEdtf;

    fn from_str(text: &str) -> Result<Edtf, NotEdtf> {
        let known = || match text.split_once('/') {
            Some((from, to)) => interval(from, to),
            None => instant(text).or_else(|| date(text)).map(|end| (end, end)),
        };
        let (from, to) = known().ok_or(NotEdtf)?;
        Ok(Edtf { text: text.to_owned(), from, to })
    }
}

/// Two dates in their order; at most one of them open or unknown.
fn interval(from: &str, to: &str) -> Option<(End, End)> {
    let end = |text: &str| match text {
        "" => Some(End::Unknown),
        ".." => Some(End::Open),
        text => date(text),
    };
    let (from, to) = (end(from)?, end(to)?);
    match (from, to) {
        (End::Known { first, .. }, End::Known { last, .. }) if first > last => None,
        (End::Known { .. }, _) | (_, End::Known { .. }) => Some((from, to)),
        _ => None,
    }
}

/// `2004-01-01T10:10:10`, `…Z`, `…+05:30`: level 0; what counts is its day where it was written.
fn instant(text: &str) -> Option<End> {
    let (day, time) = text.split_once('T')?;
    let clock = time.get(..8)?;
    let zone = time.get(8..)?;
    let part = |text: &str, most: u8| {
        let is_plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        is_plain.then(|| text.parse::<u8>().ok().filter(|n| *n <= most)).flatten()
    };
    let bytes = clock.as_bytes();
    if bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (part(&clock[..2], 24)?, part(&clock[3..5], 59)?, part(&clock[6..], 59)?);
    if hour == 24 && (minute, second) != (0, 0) {
        return None;
    }
    let is_zone = match zone.strip_prefix(['+', '-']) {
        None => zone.is_empty() || zone == "Z",
        Some(shift) => match shift.split_once(':') {
            Some((hours, minutes)) => part(hours, 14).is_some() && part(minutes, 59).is_some(),
            None => part(shift, 14).is_some(),
        },
    };
    let is_whole_day = day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (is_zone && is_whole_day).then(|| date(day)).flatten()
}

/// A year, a month, a day or a season, with marks behind it.
fn date(text: &str) -> Option<End> {
    let (text, is_uncertain, is_approximate) = match text.as_bytes().last()? {
        b'?' => (&text[..text.len() - 1], true, false),
        b'~' => (&text[..text.len() - 1], false, true),
        b'%' => (&text[..text.len() - 1], true, true),
        _ => (text, false, false),
    };
    let (first, last) = span(text)?;
    Some(End::Known { first, last, is_uncertain, is_approximate })
}

fn span(text: &str) -> Option<(AnyDay, AnyDay)> {
    if let Some(year) = text.strip_prefix('Y') {
        return long_year(year).map(|year| whole(year, year));
    }
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = digits.split('-');
    let (year, month, day) = (parts.next()?, parts.next(), parts.next());
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let (low, high) = years(year)?;
    let (low, high) = if is_negative { (-high, -low) } else { (low, high) };
    // `-0000` is no year, and of a year that is not known no month is known.
    if (is_negative && year == "0000") || (low != high && month.is_some_and(|month| month != "XX")) {
        return None;
    }
    match (month, day) {
        (None, None) => Some(whole(low, high)),
        (Some("XX"), None | Some("XX")) if low == high => Some(whole(low, high)),
        (Some(month), day) => within_year(low, two_digits(month)?, day),
        _ => None,
    }
}

/// A month, a season or a day of one year. Which months a season has depends on where it is, so it is the whole year.
fn within_year(year: i64, month: u8, day: Option<&str>) -> Option<(AnyDay, AnyDay)> {
    let longest = match month {
        21..=24 if day.is_none() => return Some(whole(year, year)),
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let on = |day| AnyDay { year, month, day };
    match day {
        None | Some("XX") => Some((on(1), on(longest))),
        Some(day) => {
            let day = two_digits(day)?;
            (1..=longest).contains(&day).then(|| (on(day), on(day)))
        }
    }
}

fn whole(low: i64, high: i64) -> (AnyDay, AnyDay) {
    (AnyDay { year: low, month: 1, day: 1 }, AnyDay { year: high, month: 12, day: 31 })
}

/// The years that four characters can mean: one or two of the last digits may be `X`.
fn years(text: &str) -> Option<(i64, i64)> {
    let known = text.trim_end_matches('X');
    let n_unknown = text.len() - known.len();
    if n_unknown > 2 || !known.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let unit = 10_i64.pow(u32::try_from(n_unknown).ok()?);
    let low = known.parse::<i64>().ok()? * unit;
    Some((low, low + unit - 1))
}

/// `Y170000002`: more than four digits.
fn long_year(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_long = digits.len() > 4 && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    is_long.then(|| text.parse().ok()).flatten()
}

fn two_digits(text: &str) -> Option<u8> {
    let is_plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(texts: &str, wanted: Expect) {
        let line = |text: &str| {
            let said = match text.parse::<Edtf>() {
                Err(why) => why.to_string(),
                Ok(edtf) => {
                    let day = |day: Option<AnyDay>| day.map_or("?".to_owned(), |day| day.to_string());
                    let marks = [(edtf.is_uncertain(), " uncertain"), (edtf.is_approximate(), " approximate")];
                    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
                    format!("{} … {}{marks}", day(edtf.first()), day(edtf.last()))
                }
            };
            format!("{text:<26} {said}\n")
        };
        wanted.assert_eq(&texts.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect::<String>());
    }

    /// Every example of the specification for level 0.
    #[test]
    fn level_0_is_read() {
        check(
            "1985-04-12
             1985-04
             1985
             1985-04-12T23:20:30
             1985-04-12T23:20:30Z
             1985-04-12T23:20:30-04
             1985-04-12T23:20:30+04:30
             1964/2008
             2004-06/2006-08
             2004-02-01/2005-02-08
             2004-02-01/2005-02
             2004-02-01/2005
             2005/2006-02
             0000",
            expect![[r#"
                1985-04-12                 1985-04-12 … 1985-04-12
                1985-04                    1985-04-01 … 1985-04-30
                1985                       1985-01-01 … 1985-12-31
                1985-04-12T23:20:30        1985-04-12 … 1985-04-12
                1985-04-12T23:20:30Z       1985-04-12 … 1985-04-12
                1985-04-12T23:20:30-04     1985-04-12 … 1985-04-12
                1985-04-12T23:20:30+04:30  1985-04-12 … 1985-04-12
                1964/2008                  1964-01-01 … 2008-12-31
                2004-06/2006-08            2004-06-01 … 2006-08-31
                2004-02-01/2005-02-08      2004-02-01 … 2005-02-08
                2004-02-01/2005-02         2004-02-01 … 2005-02-28
                2004-02-01/2005            2004-02-01 … 2005-12-31
                2005/2006-02               2005-01-01 … 2006-02-28
                0000                       0000-01-01 … 0000-12-31
            "#]],
        );
    }

    /// Every example of the specification for level 1.
    #[test]
    fn level_1_is_read() {
        check(
            "Y170000002
             Y-170000002
             2001-21
             2003-24
             1984?
             2004-06~
             2004-06-11%
             201X
             20XX
             2004-XX
             1985-04-XX
             1985-XX-XX
             1985-04-12/..
             1985-04/..
             1985/..
             ../1985-04-12
             ../1985-04
             ../1985
             1985-04-12/
             1985-04/
             1985/
             /1985-04-12
             /1985
             1984~/2004-06
             1984/2004-06~
             1984?/2004%
             -1985",
            expect![[r#"
                Y170000002                 170000002-01-01 … 170000002-12-31
                Y-170000002                -170000002-01-01 … -170000002-12-31
                2001-21                    2001-01-01 … 2001-12-31
                2003-24                    2003-01-01 … 2003-12-31
                1984?                      1984-01-01 … 1984-12-31 uncertain
                2004-06~                   2004-06-01 … 2004-06-30 approximate
                2004-06-11%                2004-06-11 … 2004-06-11 uncertain approximate
                201X                       2010-01-01 … 2019-12-31
                20XX                       2000-01-01 … 2099-12-31
                2004-XX                    2004-01-01 … 2004-12-31
                1985-04-XX                 1985-04-01 … 1985-04-30
                1985-XX-XX                 1985-01-01 … 1985-12-31
                1985-04-12/..              1985-04-12 … ?
                1985-04/..                 1985-04-01 … ?
                1985/..                    1985-01-01 … ?
                ../1985-04-12              ? … 1985-04-12
                ../1985-04                 ? … 1985-04-30
                ../1985                    ? … 1985-12-31
                1985-04-12/                1985-04-12 … ?
                1985-04/                   1985-04-01 … ?
                1985/                      1985-01-01 … ?
                /1985-04-12                ? … 1985-04-12
                /1985                      ? … 1985-12-31
                1984~/2004-06              1984-01-01 … 2004-06-30 approximate
                1984/2004-06~              1984-01-01 … 2004-06-30 approximate
                1984?/2004%                1984-01-01 … 2004-12-31 uncertain approximate
                -1985                      -1985-01-01 … -1985-12-31
            "#]],
        );
    }

    #[test]
    fn what_is_not_level_1_is_refused() {
        check(
            "1984 or so
             84
             1985-13
             1985-25
             1985-02-29
             1985-4-1
             1XXX
             19X5
             20XX-05
             1985-XX-05
             2004-06-11/2003
             /
             ../..
             ?1984
             [1667,1668]
             Y1985
             -0000
             1985-04-12T25:20:30
             1985-04T10:00:00
             2001-21-03",
            expect![[r#"
                1984 or so                 not a date of EDTF, level 1
                84                         not a date of EDTF, level 1
                1985-13                    not a date of EDTF, level 1
                1985-25                    not a date of EDTF, level 1
                1985-02-29                 not a date of EDTF, level 1
                1985-4-1                   not a date of EDTF, level 1
                1XXX                       not a date of EDTF, level 1
                19X5                       not a date of EDTF, level 1
                20XX-05                    not a date of EDTF, level 1
                1985-XX-05                 not a date of EDTF, level 1
                2004-06-11/2003            not a date of EDTF, level 1
                /                          not a date of EDTF, level 1
                ../..                      not a date of EDTF, level 1
                ?1984                      not a date of EDTF, level 1
                [1667,1668]                not a date of EDTF, level 1
                Y1985                      not a date of EDTF, level 1
                -0000                      not a date of EDTF, level 1
                1985-04-12T25:20:30        not a date of EDTF, level 1
                1985-04T10:00:00           not a date of EDTF, level 1
                2001-21-03                 not a date of EDTF, level 1
            "#]],
        );
    }
}
