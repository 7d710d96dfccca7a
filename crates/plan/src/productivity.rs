//! From square metres to weeks: what a team clears in a day, what ground slows it, when ground of an altitude is open.
//!
//! Every default is a starting point with its source; a programme replaces it with its own figures.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::weeks::Weeks;

/// What one unit of a method clears in a working day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The method and the unit.
    pub method: &'static str,
    /// m² a day, the least of the range.
    pub m2_per_day_low: f64,
    /// m² a day, the most of the range.
    pub m2_per_day_high: f64,
    /// Where the figures come from.
    pub source: &'static str,
}

/// Published ranges; none is a promise.
pub const RATES: [Rate; 5] = [
    Rate { method: "manual, one deminer", m2_per_day_low: 10.0, m2_per_day_high: 50.0, source: "HALO Trust" },
    Rate {
        method: "dogs, one pair",
        m2_per_day_low: 400.0,
        m2_per_day_high: 1_000.0,
        source: "SFOR 2001; upper end unverified",
    },
    Rate {
        method: "machine, preparing ground",
        m2_per_day_low: 1_000.0,
        m2_per_day_high: 10_000.0,
        source: "unverified; needs follow-up",
    },
    Rate {
        method: "battle area, visual, one team",
        m2_per_day_low: 5_000.0,
        m2_per_day_high: 20_000.0,
        source: "unverified",
    },
    Rate {
        method: "battle area, subsurface, one team",
        m2_per_day_low: 500.0,
        m2_per_day_high: 3_000.0,
        source: "unverified",
    },
];

/// What slows clearance. Defaults are unverified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Steeper than 20°.
    pub steep: bool,
    /// Dense bush.
    pub dense_bush: bool,
    /// Much metal in the soil.
    pub high_metal: bool,
    /// Stones.
    pub stony: bool,
}

impl Ground {
    /// What a rate is multiplied by, above 0 and at most 1.
    pub fn factor(self) -> f64 {
        let slows = [(self.steep, 0.6), (self.dense_bush, 0.5), (self.high_metal, 0.4), (self.stony, 0.6)];
        slows.iter().filter(|(holds, _)| *holds).map(|(_, factor)| factor).product()
    }
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

/// An altitude band: which months are open and which share of their days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// For people.
    pub name: &'static str,
    /// Its lower edge, metres.
    pub from_m: f64,
    /// The first open month.
    pub opens: i8,
    /// The last open month.
    pub closes: i8,
    /// The share of days in open months that can be worked.
    pub open_days: f64,
}

/// Defaults until there is weather: snow, frozen soil and closed roads above 800 m. Unverified.
pub const BANDS: [Band; 4] = [
    Band { name: "below 800 m", from_m: f64::NEG_INFINITY, opens: 1, closes: 12, open_days: 0.8 },
    Band { name: "800–1,500 m", from_m: 800.0, opens: 3, closes: 11, open_days: 0.8 },
    Band { name: "1,500–2,200 m", from_m: 1_500.0, opens: 4, closes: 10, open_days: 0.8 },
    Band { name: "above 2,200 m", from_m: 2_200.0, opens: 6, closes: 10, open_days: 0.8 },
];

impl Band {
    /// The band of a height above sea level.
    pub fn of(height_m: f64) -> Band {
        BANDS.iter().rev().find(|band| height_m >= band.from_m).copied().unwrap_or(BANDS[3])
    }

    /// The weeks of a plan that lie in open months from their first day to their last.
    pub fn weeks(&self, first_day: Date, n_weeks: usize) -> Weeks {
        let open = |day: Date| (self.opens..=self.closes).contains(&day.month());
        Weeks::of(n_weeks, |week| {
            let first = first_day.saturating_add((7 * week as i64).days());
            open(first) && open(first.saturating_add(6.days()))
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
        let hard = Ground { steep: true, high_metal: true, ..Ground::default() };
        assert!((hard.factor() - 0.24).abs() < 1e-12);
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
        let drawn = |height: f64| -> String {
            let weeks = Band::of(height).weeks(date(2027, 1, 4), 52);
            (0..52).map(|week| if weeks.contains(week) { 'o' } else { '.' }).collect()
        };
        expect![[r#"
            oooooooooooooooooooooooooooooooooooooooooooooooooooo
            ........ooooooooooooooooooooooooooooooooooooooo.....
            .............oooooooooooooooooooooooooooooo.........
            ......................ooooooooooooooooooooo.........
            ......................ooooooooooooooooooooo........."#]]
        .assert_eq(&[300.0, 800.0, 1_600.0, 2_500.0, f64::NAN].map(drawn).join("\n"));
    }
}
