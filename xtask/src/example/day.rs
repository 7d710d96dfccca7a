//! Days as numbers, and which days the ground is open for work (DOMAIN §10.2).

use std::fmt;

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

impl Day {
    /// The day of this date in the Gregorian calendar.
    pub fn new(year: i64, month: i64, day: i64) -> Day {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Day(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
    }

    /// Year, month, day.
    pub fn date(self) -> (i64, i64, i64) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * day_of_year + 2) / 153;
        let month = if m < 10 { m + 3 } else { m - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * m + 2) / 5 + 1)
    }

    /// So many days later.
    pub fn plus(self, days: i64) -> Day {
        Day(self.0 + days)
    }

    /// Whether teams work at this altitude on this day: below 800 m all year, up to 1,500 m not December to
    /// February, up to 2,200 m not November to March, above that June to October.
    pub fn is_open(self, altitude_m: f64) -> bool {
        let (_, month, _) = self.date();
        match altitude_m {
            a if a < 800.0 => true,
            a if a < 1500.0 => (3..=11).contains(&month),
            a if a < 2200.0 => (4..=10).contains(&month),
            _ => (6..=10).contains(&month),
        }
    }

    /// This day, or the first later one on which teams work at this altitude.
    pub fn next_open(self, altitude_m: f64) -> Day {
        (0..).map(|n| self.plus(n)).find(|day| day.is_open(altitude_m)).expect("every altitude is open in summer")
    }

    /// The day after `n` working days from here.
    pub fn after_work(self, n: i64, altitude_m: f64) -> Day {
        let mut day = self.next_open(altitude_m);
        for _ in 0..n {
            day = day.plus(1).next_open(altitude_m);
        }
        day
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_and_dates_turn_into_each_other() {
        for n in Day::new(2019, 12, 30).0..Day::new(2026, 3, 3).0 {
            let (year, month, day) = Day(n).date();
            assert_eq!(Day::new(year, month, day), Day(n));
        }
        assert_eq!(Day::new(2024, 2, 29).plus(1).to_string(), "2024-03-01");
    }

    #[test]
    fn nobody_clears_in_the_snow() {
        assert_eq!(Day::new(2023, 11, 2).next_open(1900.0).to_string(), "2024-04-01");
        assert!(Day::new(2023, 1, 15).is_open(700.0));
        assert!(!Day::new(2023, 5, 31).is_open(2500.0));
    }
}
