//! The only place that asks what time it is.

use jiff::Timestamp;
use jiff::civil::Date;

/// This instant.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    // Whole milliseconds, so that an instant survives every format it is written in.
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Today, by the system's time zone.
pub fn today() -> Date {
    jiff::ZonedDateTime::now().date()
}
