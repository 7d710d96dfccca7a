//! Where a compass needle points: declination by place and date (GEO-2).
//!
//! Three models are carried. IGRF-14 covers 1900 to 2030 in steps of five years, so that a bearing of 1993 is read
//! with the field of 1993; WMM2020 and WMM2025 cover five years each, for records that were made with them. The synthesis is the same: Schmidt semi-normalised
//! spherical harmonics, from geodetic to geocentric and back (WMM2020 technical report, eq. 5 to 19). Both leave out
//! what local rock and iron do to a needle.
//!
//! ```
//! use geodesy::magnetic::{Model, declination};
//!
//! let there = declination(Model::Igrf14, [46.0383, 40.1065], 1500.0, "1993-04-01".parse().unwrap()).unwrap();
//! assert_eq!(format!("{:.2}", there.declination_deg), "4.65");
//! ```

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use jiff::civil::Date;

/// A published model of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// International Geomagnetic Reference Field, 14th generation (IAGA 2024).
    Igrf14,
    /// World Magnetic Model 2020 (NOAA and BGS 2019).
    Wmm2020,
    /// World Magnetic Model 2025 (NOAA and BGS 2024).
    Wmm2025,
}

impl Model {
    /// Every model that is carried; the first is used where none is asked for, since it alone covers the past.
    pub const ALL: [Model; 3] = [Model::Igrf14, Model::Wmm2020, Model::Wmm2025];

    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Model::Igrf14 => "IGRF-14",
            Model::Wmm2020 => "WMM2020",
            Model::Wmm2025 => "WMM2025",
        }
    }

    /// First and last year it is meant for; the last is not included.
    pub fn years(self) -> [i16; 2] {
        match self {
            Model::Igrf14 => [1900, 2030],
            Model::Wmm2020 => [2020, 2025],
            Model::Wmm2025 => [2025, 2030],
        }
    }

    fn harmonics(self) -> &'static Harmonics {
        static IGRF: OnceLock<Harmonics> = OnceLock::new();
        static WMM_2020: OnceLock<Harmonics> = OnceLock::new();
        static WMM_2025: OnceLock<Harmonics> = OnceLock::new();
        match self {
            Model::Igrf14 => IGRF.get_or_init(|| Harmonics::of_epochs(include_str!("../data/igrf14.txt"))),
            Model::Wmm2020 => WMM_2020.get_or_init(|| Harmonics::of_change(include_str!("../data/wmm2020.txt"))),
            Model::Wmm2025 => WMM_2025.get_or_init(|| Harmonics::of_change(include_str!("../data/wmm2025.txt"))),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Model {
    type Err = String;

    fn from_str(text: &str) -> Result<Model, String> {
        let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let found = Model::ALL.into_iter().find(|model| plain(model.name()) == plain(text));
        found.ok_or_else(|| format!("{text:?} is not a model that is carried; known are igrf14, wmm2020 and wmm2025"))
    }
}

/// The field at a place on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// By which model.
    pub model: Model,
    /// From true north to magnetic north, degrees, east positive.
    pub declination_deg: f64,
    /// How the declination changes, degrees a year.
    pub annual_change_deg: f64,
    /// From the horizontal down to the field, degrees.
    pub inclination_deg: f64,
    /// Horizontal strength, nT. Below 6,000 a compass is unreliable, below 2,000 it is useless (WMM).
    pub horizontal_nt: f64,
}

/// Why there is no declination.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MagneticError {
    /// The day is outside the years of the model.
    #[error("{model} covers {first} to {last}, and {on} is outside; give the declination of the form instead")]
    OutsideYears {
        /// Asked.
        model: Model,
        /// The day.
        on: Date,
        /// First year.
        first: i16,
        /// End, not included.
        last: i16,
    },
    /// Not a place where a compass has a direction.
    #[error(
        "longitude {lon} and latitude {lat} are no place with a declination: |longitude| ≤ 180 and |latitude| < 90 are wanted"
    )]
    NoPlace {
        /// Degrees.
        lon: f64,
        /// Degrees.
        lat: f64,
    },
    /// Out of the range in which the models hold.
    #[error("a height of {0} m is outside −10,000 m to 600,000 m")]
    Height(f64),
}

/// The field at longitude and latitude in degrees on WGS 84 and a height above the ellipsoid in metres.
pub fn declination(model: Model, [lon, lat]: [f64; 2], height_m: f64, on: Date) -> Result<Field, MagneticError> {
    let [first, last] = model.years();
    let year = decimal_year(on);
    if !(f64::from(first)..f64::from(last)).contains(&year) {
        return Err(MagneticError::OutsideYears { model, on, first, last });
    }
    if !(lon.abs() <= 180.0 && lat.abs() < 90.0) {
        return Err(MagneticError::NoPlace { lon, lat });
    }
    if !(-10_000.0..=600_000.0).contains(&height_m) {
        return Err(MagneticError::Height(height_m));
    }
    let at = |year: f64| vector(&model.harmonics().at(year), [lon, lat], height_m);
    let [north, east, down] = at(year);
    let declination = |[north, east, _]: [f64; 3]| east.atan2(north).to_degrees();
    let change = declination(at(year + 0.5)) - declination(at(year - 0.5));
    let horizontal_nt = north.hypot(east);
    Ok(Field {
        model,
        declination_deg: declination([north, east, down]),
        annual_change_deg: (change + 180.0).rem_euclid(360.0) - 180.0,
        inclination_deg: down.atan2(horizontal_nt).to_degrees(),
        horizontal_nt,
    })
}

fn decimal_year(day: Date) -> f64 {
    let length = if day.in_leap_year() { 366.0 } else { 365.0 };
    f64::from(day.year()) + f64::from(day.day_of_year() - 1) / length
}

/// Coefficients by year.
struct Harmonics {
    epochs: Vec<f64>,
    /// n, m (negative: h), one value an epoch.
    rows: Vec<(usize, i32, Vec<f64>)>,
}

/// g and h of one moment, by degree and order.
struct Coefficients {
    degree: usize,
    g: Vec<Vec<f64>>,
    h: Vec<Vec<f64>>,
}

impl Harmonics {
    fn lines(text: &str) -> impl Iterator<Item = Vec<f64>> + '_ {
        let numbers = |line: &str| line.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        text.lines().filter(|line| !line.starts_with('#')).map(numbers)
    }

    fn of_epochs(text: &str) -> Harmonics {
        let mut lines = Harmonics::lines(text);
        let epochs = lines.next().expect("the years come first");
        let rows = lines.map(|row| (row[0] as usize, row[1] as i32, row[2..].to_vec())).collect();
        Harmonics { epochs, rows }
    }

    fn of_change(text: &str) -> Harmonics {
        const YEARS: f64 = 5.0;
        let mut lines = Harmonics::lines(text);
        let start = lines.next().expect("the year comes first")[0];
        let values = |now: f64, change: f64| vec![now, now + YEARS * change];
        let rows = lines.flat_map(|row| {
            let (n, m) = (row[0] as usize, row[1] as i32);
            let g = (n, m, values(row[2], row[4]));
            let h = (m > 0).then(|| (n, -m, values(row[3], row[5])));
            std::iter::once(g).chain(h)
        });
        Harmonics { rows: rows.collect(), epochs: vec![start, start + YEARS] }
    }

    /// Linear between the epochs, and beyond the first and last of them.
    fn at(&self, year: f64) -> Coefficients {
        let later = self.epochs.iter().position(|epoch| *epoch > year).unwrap_or(self.epochs.len() - 1).max(1);
        let (from, to) = (self.epochs[later - 1], self.epochs[later]);
        let share = (year - from) / (to - from);
        let degree = self.rows.iter().map(|row| row.0).max().unwrap_or(0);
        let empty = vec![vec![0.0; degree + 1]; degree + 1];
        let mut now = Coefficients { degree, g: empty.clone(), h: empty };
        for (n, m, values) in &self.rows {
            let value = values[later - 1] + share * (values[later] - values[later - 1]);
            let table = if *m < 0 { &mut now.h } else { &mut now.g };
            table[*n][m.unsigned_abs() as usize] = value;
        }
        now
    }
}

/// North, east, down in nT at a geodetic place.
fn vector(of: &Coefficients, [lon, lat]: [f64; 2], height_m: f64) -> [f64; 3] {
    /// Mean radius of the models, metres.
    const RADIUS_M: f64 = 6_371_200.0;
    let (sin, cos) = lat.to_radians().sin_cos();
    let normal = crate::SEMI_MAJOR_M / (1.0 - crate::ECCENTRICITY_2 * sin * sin).sqrt();
    let (across, along) = ((normal + height_m) * cos, (normal * (1.0 - crate::ECCENTRICITY_2) + height_m) * sin);
    let radius = across.hypot(along);
    let geocentric = along.atan2(across);
    // Cosine and sine of the colatitude.
    let (ct, st) = (geocentric.sin(), geocentric.cos());

    let size = of.degree + 1;
    let mut p = vec![vec![0.0; size]; size];
    let mut dp = vec![vec![0.0; size]; size];
    p[0][0] = 1.0;
    let (mut outward, mut southward, mut eastward) = (0.0, 0.0, 0.0);
    for n in 1..size {
        let step = if n == 1 { 1.0 } else { (1.0 - 0.5 / n as f64).sqrt() };
        p[n][n] = step * st * p[n - 1][n - 1];
        dp[n][n] = step * (st * dp[n - 1][n - 1] + ct * p[n - 1][n - 1]);
        for m in 0..n {
            let (n_f, m_f) = (n as f64, m as f64);
            let before = if n > m + 1 { ((n_f - 1.0).powi(2) - m_f * m_f).sqrt() } else { 0.0 };
            let last = |table: &[Vec<f64>]| if n > 1 { before * table[n - 2][m] } else { 0.0 };
            let scale = (n_f * n_f - m_f * m_f).sqrt();
            let (p_n, dp_n) = (
                ((2.0 * n_f - 1.0) * ct * p[n - 1][m] - last(&p)) / scale,
                ((2.0 * n_f - 1.0) * (ct * dp[n - 1][m] - st * p[n - 1][m]) - last(&dp)) / scale,
            );
            (p[n][m], dp[n][m]) = (p_n, dp_n);
        }
        let power = (RADIUS_M / radius).powi(n as i32 + 2);
        for m in 0..=n {
            let (sin_m, cos_m) = (m as f64 * lon.to_radians()).sin_cos();
            let wave = of.g[n][m] * cos_m + of.h[n][m] * sin_m;
            outward += (n as f64 + 1.0) * power * wave * p[n][m];
            southward -= power * wave * dp[n][m];
            eastward += power * m as f64 * (of.g[n][m] * sin_m - of.h[n][m] * cos_m) * p[n][m];
        }
    }
    let (north, east, down) = (-southward, eastward / st, -outward);
    // From the geocentric vertical to that of the ellipsoid.
    let (sin, cos) = (geocentric - lat.to_radians()).sin_cos();
    [north * cos - down * sin, east, north * sin + down * cos]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published test values, with the coefficients they were made from.
    #[test]
    fn the_synthesis_gives_the_test_values_of_the_world_magnetic_model() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let values = "shared/data/geodesy/WMM2020_TEST_VALUES.txt";
        let Some(file) = root.ancestors().map(|above| above.join(values)).find(|file| file.exists()) else {
            eprintln!("skipped: {values} is not on this machine");
            return;
        };
        let harmonics = Model::Wmm2020.harmonics();
        let text = std::fs::read_to_string(file).unwrap();
        let mut n = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<f64> = line.split_whitespace().map(|cell| cell.parse().unwrap()).collect();
            let [year, height_km, lat, lon, declination, inclination, horizontal, north, east, down] = cells[..10]
            else {
                panic!("{line}")
            };
            let [x, y, z] = vector(&harmonics.at(year), [lon, lat], height_km * 1000.0);
            let off = |found: f64, wanted: f64| (found - wanted).abs();
            assert!(off(x, north) < 0.06 && off(y, east) < 0.06 && off(z, down) < 0.06, "{line}: {x} {y} {z}");
            assert!(off(y.atan2(x).to_degrees(), declination) < 6e-3, "{line}");
            assert!(off(z.atan2(x.hypot(y)).to_degrees(), inclination) < 6e-3, "{line}");
            assert!(off(x.hypot(y), horizontal) < 0.06, "{line}");
            n += 1;
        }
        assert_eq!(n, 100);
    }

    #[test]
    fn models_agree_where_a_compass_works() {
        for (lon, lat) in [(46.0, 40.0), (0.0, 51.0), (-60.0, -20.0), (140.0, -35.0), (105.0, 12.0)] {
            for (other, on) in [(Model::Wmm2020, "2021-06-01"), (Model::Wmm2025, "2026-06-01")] {
                let by = |model| declination(model, [lon, lat], 0.0, on.parse().unwrap()).unwrap().declination_deg;
                let (a, b) = (by(Model::Igrf14), by(other));
                assert!((a - b).abs() < 0.1, "{lon} {lat}: {a} {b}");
            }
        }
    }
}
