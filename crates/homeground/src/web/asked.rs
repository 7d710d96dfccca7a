//! What a request asks for: the day, the instant of knowledge, the unit, and the rest of its query.
//!
//! Links keep day and instant, so that a reader who looks at 1 May 2024 stays there until told otherwise.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ledger::Day;

use super::App;
use super::problem::Problem;
use super::quantity::Unit;

/// Choices of the reader that a cookie of the same name remembers.
pub const REMEMBERED: [&str; 2] = ["unit", "grid"];

/// The grid in which positions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grid {
    /// Degrees of latitude and longitude.
    #[default]
    LatLon,
    /// UTM on WGS 84.
    Utm,
    /// Squares of the military grid reference system.
    Mgrs,
}

impl Grid {
    /// Every grid.
    pub const ALL: [Grid; 3] = [Grid::LatLon, Grid::Utm, Grid::Mgrs];

    /// The grid of this name, as links spell it.
    pub fn named(name: &str) -> Option<Grid> {
        Grid::ALL.into_iter().find(|grid| grid.name() == name)
    }

    /// As links spell it.
    pub fn name(self) -> &'static str {
        match self {
            Grid::LatLon => "latlon",
            Grid::Utm => "utm",
            Grid::Mgrs => "mgrs",
        }
    }

    /// As people say it.
    pub fn title(self) -> &'static str {
        match self {
            Grid::LatLon => "Lat, lon",
            Grid::Utm => "UTM",
            Grid::Mgrs => "MGRS",
        }
    }
}

/// What a request asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The day asked for, if any.
    pub as_of: Option<Date>,
    /// The instant asked for, if any.
    pub known_at: Option<Timestamp>,
    /// Unit of areas.
    pub unit: Unit,
    /// Grid of positions.
    pub grid: Grid,
    /// The day on which it is asked.
    pub today: Date,
    path: String,
    query: Vec<(String, String)>,
}

impl FromRequestParts<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Asked, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (mut unit, mut grid) = (Unit::default(), Grid::default());
        for (name, value) in pairs {
            match name {
                "unit" => unit = Unit::named(value).unwrap_or_default(),
                "grid" => grid = Grid::named(value).unwrap_or_default(),
                _ => {}
            }
        }
        Asked::read(parts.uri.path(), query, (unit, grid), (app.options.now)().date())
    }
}

impl Asked {
    fn read(
        path: &str,
        query: Vec<(String, String)>,
        (unit, grid): (Unit, Grid),
        today: Date,
    ) -> Result<Asked, Problem> {
        let mut asked = Asked { as_of: None, known_at: None, unit, grid, today, path: path.to_owned(), query };
        asked.as_of = asked.day_named("as_of")?;
        asked.known_at = asked.get("known_at").map(instant).transpose()?;
        if let Some(name) = asked.get("unit") {
            let units = "one of m2, ha, km2";
            asked.unit = Unit::named(name).ok_or_else(|| Problem::bad_query("unit", name, units))?;
        }
        if let Some(name) = asked.get("grid") {
            asked.grid =
                Grid::named(name).ok_or_else(|| Problem::bad_query("grid", name, "one of latlon, utm, mgrs"))?;
        }
        Ok(asked)
    }

    /// A day, without any query.
    pub fn on(day: Date) -> Asked {
        Asked {
            as_of: Some(day),
            known_at: None,
            unit: Unit::default(),
            grid: Grid::default(),
            today: day,
            path: String::new(),
            query: Vec::new(),
        }
    }

    /// The day whose state is shown.
    pub fn day(&self) -> Day {
        self.as_of.unwrap_or(self.today).into()
    }

    /// Whether today's state is shown as known now.
    pub fn is_now(&self) -> bool {
        self.as_of.is_none_or(|day| day == self.today) && self.known_at.is_none()
    }

    /// A value of the query; empty counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// A day of the query.
    pub fn day_named(&self, name: &str) -> Result<Option<Date>, Problem> {
        let wanted = "a day that exists, written YYYY-MM-DD";
        let read = |text: &str| match text.len() {
            10 => text.parse().map_err(|_| Problem::bad_query(name, text, wanted)),
            _ => Err(Problem::bad_query(name, text, wanted)),
        };
        self.get(name).map(read).transpose()
    }

    /// A value of the query that must parse.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str, wanted: &str) -> Result<Option<T>, Problem> {
        self.get(name).map(|text| text.parse().map_err(|_| Problem::bad_query(name, text, wanted))).transpose()
    }

    /// A link to another page that shows the same day and instant.
    pub fn href(&self, path: &str, more: &[(&str, &str)]) -> String {
        let kept = ["as_of", "known_at"].into_iter().filter_map(|name| Some((name, self.get(name)?)));
        link(path, kept.chain(more.iter().copied()))
    }

    /// This page with some values of the query changed, or removed if empty.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        let changed = |name: &str| changes.iter().any(|(change, _)| *change == name);
        let kept = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, value)| !changed(name) && !value.is_empty());
        link(&self.path, kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())))
    }

    /// The values a form of this page has to carry along, besides those that it sets.
    pub fn carried(&self, set: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(move |(name, value)| !set.contains(name) && !value.is_empty())
    }

    /// Path of the page.
    pub fn path(&self) -> &str {
        &self.path
    }
}

fn link<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut href = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        write!(href, "{mark}{name}={value}").expect("writing to a string does not fail");
        mark = '&';
    }
    href
}

/// An instant with offset; without one UTC is meant; a day means its last second.
fn instant(text: &str) -> Result<Timestamp, Problem> {
    let utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
    // A form's `+` for a space is a lost plus sign of an offset.
    let with_offset = || text.replace(' ', "+").parse::<Timestamp>().ok();
    let without = || text.parse::<DateTime>().ok().filter(|_| text.contains('T')).and_then(utc);
    let end_of_day = || {
        let day: Date = text.parse().ok()?;
        utc(day.to_datetime(Time::midnight()).checked_add(1.day()).ok()?.checked_sub(1.second()).ok()?)
    };
    let wanted = "an instant such as 2025-07-01T12:00:00Z, or a day";
    let found = match text.len() {
        10 => end_of_day(),
        _ => text.parse::<Timestamp>().ok().or_else(with_offset).or_else(without),
    };
    found.ok_or_else(|| Problem::bad_query("known_at", text, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Asked, Problem> {
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Asked::read("/hazards", query, Default::default(), jiff::civil::date(2025, 10, 31))
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused_and_named() {
        for bad in ["2025-02-30", "2025-2-3", "20250203", "yesterday"] {
            let problem = ask(&format!("as_of={bad}")).unwrap_err();
            assert!(problem.detail.contains(bad), "{}", problem.detail);
        }
        assert!(ask("as_of=").unwrap().is_now());
    }

    #[test]
    fn an_instant_may_be_written_as_forms_and_people_write_it() {
        let at = |text: &str| ask(&format!("known_at={text}")).unwrap().known_at.unwrap().to_string();
        assert_eq!(at("2025-07-01T12:00:00Z"), "2025-07-01T12:00:00Z");
        assert_eq!(at("2025-07-01T12:00:00+04:00"), "2025-07-01T08:00:00Z");
        assert_eq!(at("2025-07-01T12:00"), "2025-07-01T12:00:00Z");
        assert_eq!(at("2025-07-01"), "2025-07-01T23:59:59Z");
        assert!(ask("known_at=noon").is_err());
    }

    #[test]
    fn links_keep_the_day_and_the_instant_and_nothing_else() {
        let asked = ask("as_of=2024-05-01&known_at=2025-07-01T12:00:00%2B04:00&sort=name&q=a b").unwrap();
        let kept = "as_of=2024-05-01&known_at=2025-07-01T12%3A00%3A00%2B04%3A00";
        assert_eq!(asked.href("/map", &[("x", "ä")]), format!("/map?{kept}&x=%C3%A4"));
        assert_eq!(asked.with(&[("sort", ""), ("q", "c")]), format!("/hazards?{kept}&q=c"));
    }
}
