//! A day of valid time as a number, so that histories stay small.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days since 1970-01-01, proleptic Gregorian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// Later than every date: the state after everything that is recorded.
    pub const LATEST: Day = Day(i32::MAX);

    /// The calendar date; the last representable one for [`Day::LATEST`].
    pub fn date(self) -> Date {
        EPOCH.checked_add(jiff::Span::new().try_days(self.0).unwrap_or_default()).unwrap_or(Date::MAX)
    }

    /// The day before.
    pub fn before(self) -> Day {
        Day(self.0.saturating_sub(1))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        Day(EPOCH.until(date).map_or(i32::MAX, |span| span.get_days()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}
