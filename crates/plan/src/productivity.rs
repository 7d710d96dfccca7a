//! From square metres to weeks: what a team clears in a day, what ground slows it, when ground of an altitude is open.
//!
//! Every default is a starting point with its source (DOMAIN §10.1, §10.2); a programme replaces it with its own figures.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;

use crate::weeks::Weeks;

/// What a method clears in a working day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The method, as records spell it.
    pub method: &'static str,
    /// Whether the figures are for one person; else for the team.
    pub is_per_person: bool,
    /// m² a day, the least of the range.
    pub m2_per_day_low: f64,
    /// m² a day, the most of the range.
    pub m2_per_day_high: f64,
    /// Where the figures come from.
    pub source: &'static str,
}

const fn rate(method: &'static str, is_per_person: bool, range: [f64; 2], source: &'static str) -> Rate {
    Rate { method, is_per_person, m2_per_day_low: range[0], m2_per_day_high: range[1], source }
}

/// Published ranges; none is a promise.
pub const RATES: [Rate; 5] = [
    rate("manual", true, [10.0, 50.0], "HALO Trust, one deminer"),
    rate("dogs", false, [400.0, 1_000.0], "SFOR 2001, one pair; upper end unverified"),
    rate("machine", false, [1_000.0, 10_000.0], "unverified; prepares ground, needs follow-up"),
    rate("bac_visual", false, [5_000.0, 20_000.0], "unverified"),
    rate("bac_subsurface", false, [500.0, 3_000.0], "unverified"),
];

impl Rate {
    /// The range of a method.
    pub fn of(method: &str) -> Option<Rate> {
        RATES.into_iter().find(|rate| rate.method == method)
    }

    /// The middle of the range, m² a day, for a team of so many people.
    pub fn usual_m2_per_day(&self, n_people: f64) -> f64 {
        let middle = (self.m2_per_day_low + self.m2_per_day_high) / 2.0;
        if self.is_per_person { middle * n_people } else { middle }
    }
}

/// What slows clearance, as records spell it, and what rates are multiplied by. Defaults are unverified.
pub const SLOWS: [(&str, f64); 4] = [("steep", 0.6), ("dense_bush", 0.5), ("high_metal", 0.4), ("stony", 0.6)];

/// What a rate is multiplied by on ground with these words of [`SLOWS`]; other words change nothing.
pub fn slowed<'a>(terrain: impl IntoIterator<Item = &'a str>) -> f64 {
    let factor = |word: &str| SLOWS.iter().find(|(slow, _)| *slow == word).map_or(1.0, |(_, factor)| *factor);
    terrain.into_iter().map(factor).product()
}

/// Weeks that `area_m2` takes: `⌈area / (rate · days)⌉` and the weeks to get there; at least 1. None for a rate that is not
/// above 0, an area that is no number, or more weeks than any plan has.
pub fn weeks(area_m2: f64, m2_per_day: f64, days_per_week: f64, mobilisation_weeks: usize) -> Option<usize> {
    let weeks = (area_m2 / (m2_per_day * days_per_week)).ceil();
    let sound = area_m2 >= 0.0 && m2_per_day > 0.0 && days_per_week > 0.0 && weeks < crate::MOST_WEEKS as f64;
    sound.then(|| (weeks as usize).saturating_add(mobilisation_weeks).max(1))
}

/// Equal parts of a hazard such that the fastest team needs at most `most_weeks` for one (14 fits every season but the
/// highest). None for a rate or an area that is not above 0, or for more than 10,000 parts.
pub fn split(area_m2: f64, fastest_m2_per_week: f64, most_weeks: usize) -> Option<Vec<f64>> {
    let parts = (area_m2 / (fastest_m2_per_week * most_weeks as f64)).ceil();
    let sound = area_m2 > 0.0 && fastest_m2_per_week > 0.0 && parts <= 10_000.0;
    sound.then(|| vec![area_m2 / parts; parts as usize])
}

/// An altitude band with its calendar.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Below this height, metres; absent in the highest band.
    pub below_m: Option<f64>,
    /// Months without work, 1 … 12.
    #[serde(default)]
    pub closed: Vec<i8>,
    /// Share of the days of an open month on which work is possible.
    #[serde(default = "every_day")]
    pub open_days: f64,
}

fn every_day() -> f64 {
    1.0
}

/// The bands until there is weather, rising.
pub fn bands() -> Vec<Band> {
    let band = |below_m, closed: &[i8]| Band { below_m, closed: closed.to_vec(), open_days: 0.8 };
    vec![
        band(Some(800.0), &[]),
        band(Some(1_500.0), &[12, 1, 2]),
        band(Some(2_200.0), &[11, 12, 1, 2, 3]),
        band(None, &[11, 12, 1, 2, 3, 4, 5]),
    ]
}

/// The number of the band of a height, of rising bands; of a height that nobody knows the one that is open least.
pub fn band_of(bands: &[Band], height_m: Option<f64>) -> usize {
    let below = |height: f64| bands.iter().position(|band| band.below_m.is_none_or(|below| height < below));
    match height_m {
        Some(height) => below(height).unwrap_or(bands.len().saturating_sub(1)),
        None => most_closed(bands, 0..bands.len()).unwrap_or(0),
    }
}

/// Of some bands the one that is open least in a year, of equals the higher; none of none.
pub fn most_closed(bands: &[Band], among: impl IntoIterator<Item = usize>) -> Option<usize> {
    among.into_iter().max_by(|&a, &b| bands[b].open_a_year().total_cmp(&bands[a].open_a_year()).then(a.cmp(&b)))
}

impl Band {
    /// Months of a year in which work is possible, each by the share of its days.
    fn open_a_year(&self) -> f64 {
        (1..=12).filter(|month| !self.closed.contains(month)).count() as f64 * self.open_days
    }

    /// Weeks that lie wholly in open months; `first_day` begins week 0. Winter may come some weeks earlier.
    pub fn weeks(&self, first_day: Date, n_weeks: usize, early_winter_weeks: usize) -> Weeks {
        let is_open = |day: Date| !self.closed.contains(&day.month());
        let later = |day: Date, weeks: usize| day.saturating_add((7 * weeks as i64).days());
        Weeks::of(n_weeks, |week| {
            let first = later(first_day, week);
            let last = first.saturating_add(6.days());
            is_open(first) && is_open(last) && (1..=early_winter_weeks).all(|early| is_open(later(last, early)))
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn square_metres_become_weeks() {
        assert_eq!(weeks(9_000.0, 900.0, 5.0, 1), Some(3));
        assert_eq!(weeks(0.0, 900.0, 5.0, 0), Some(1));
        assert!((slowed(["steep", "high_metal", "flat"]) - 0.24).abs() < 1e-12);
        assert_eq!(Rate::of("manual").map(|rate| rate.usual_m2_per_day(10.0)), Some(300.0));
        assert_eq!(Rate::of("dogs").map(|rate| rate.usual_m2_per_day(10.0)), Some(700.0));
        for (area, rate) in [(f64::NAN, 1.0), (-1.0, 1.0), (1.0, 0.0), (1e12, 1.0), (1.0, f64::NAN)] {
            assert_eq!(weeks(area, rate, 5.0, 0), None);
        }
    }

    #[test]
    fn a_hazard_is_split_until_its_fastest_team_needs_a_season() {
        assert_eq!(split(100_000.0, 5_000.0, 14), Some(vec![50_000.0; 2]));
        assert_eq!(split(70_000.0, 5_000.0, 14), Some(vec![70_000.0]));
        assert_eq!(split(0.0, 5_000.0, 14), None);
        assert_eq!(split(1.0, 5_000.0, 0), None);
        assert_eq!(split(1e300, 1.0, 14), None);
    }

    #[test]
    fn snow_closes_the_high_ground_longer() {
        let bands = bands();
        let drawn = |height: Option<f64>| -> String {
            let weeks = bands[band_of(&bands, height)].weeks(date(2027, 1, 4), 52, 0);
            (0..52).map(|week| if weeks.contains(week) { 'o' } else { '.' }).collect()
        };
        expect![[r#"
            oooooooooooooooooooooooooooooooooooooooooooooooooooo
            ........ooooooooooooooooooooooooooooooooooooooo.....
            .............oooooooooooooooooooooooooooooo.........
            ......................ooooooooooooooooooooo.........
            ......................ooooooooooooooooooooo........."#]]
        .assert_eq(&[Some(300.0), Some(800.0), Some(1_600.0), Some(2_500.0), None].map(drawn).join("\n"));
        // What nobody knows is never the most open, in whatever order the bands stand.
        let odd = [bands[3].clone(), bands[0].clone()];
        assert_eq!((band_of(&odd, None), most_closed(&odd, [1]), most_closed(&odd, [])), (0, Some(1), None));
        let early = bands[1].weeks(date(2027, 1, 4), 52, 3);
        let usual = bands[1].weeks(date(2027, 1, 4), 52, 0);
        assert_eq!(usual.len() - early.len(), 3, "three weeks less, all before the winter");
        assert_eq!((0..52).find(|&week| usual.contains(week)), (0..52).find(|&week| early.contains(week)));
    }
}
