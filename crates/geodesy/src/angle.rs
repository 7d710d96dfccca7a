//! Angles as compasses and field books give them (GEO-1).
//!
//! A bearing is a value, a unit and a north; nothing has a default. Soviet mils are written `15-00`: hundreds, a
//! dash, two digits.
//!
//! ```
//! use geodesy::angle::AngleUnit;
//!
//! assert_eq!(AngleUnit::SovietMil.read("15-00"), Ok(90.0));
//! assert_eq!(AngleUnit::NatoMil.read("1600"), Ok(90.0));
//! assert!(AngleUnit::SovietMil.read("15-0").is_err());
//! ```

use std::fmt;
use std::str::FromStr;

use crate::crs::CrsCode;

/// What a circle is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AngleUnit {
    /// 360 a circle.
    Degree,
    /// 400 a circle.
    Gon,
    /// 6400 a circle.
    NatoMil,
    /// 6000 a circle.
    SovietMil,
}

/// Why a text is not an angle.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AngleError {
    /// Not a unit.
    #[error("{0:?} is not a unit of angle; known are deg, gon, mil6400 and mil6000")]
    Unit(String),
    /// Not a number in this unit.
    #[error("{text:?} is not an angle in {unit}: {why}")]
    Text {
        /// As written.
        text: String,
        /// The unit.
        unit: AngleUnit,
        /// What is wrong.
        why: &'static str,
    },
    /// Less than nothing or more than a circle.
    #[error("{text} is outside the circle of {unit}, 0 to {circle}")]
    Range {
        /// As written.
        text: String,
        /// The unit.
        unit: AngleUnit,
        /// A whole circle.
        circle: f64,
    },
}

impl AngleUnit {
    const ALL: [AngleUnit; 4] = [AngleUnit::Degree, AngleUnit::Gon, AngleUnit::NatoMil, AngleUnit::SovietMil];

    /// How many make a circle.
    pub fn circle(self) -> f64 {
        match self {
            AngleUnit::Degree => 360.0,
            AngleUnit::Gon => 400.0,
            AngleUnit::NatoMil => 6400.0,
            AngleUnit::SovietMil => 6000.0,
        }
    }

    /// Word of the exchange format: `deg`, `gon`, `mil6400`, `mil6000`.
    pub fn name(self) -> &'static str {
        match self {
            AngleUnit::Degree => "deg",
            AngleUnit::Gon => "gon",
            AngleUnit::NatoMil => "mil6400",
            AngleUnit::SovietMil => "mil6000",
        }
    }

    /// A bearing of this unit in degrees, 0 ≤ bearing < 360.
    pub fn read(self, text: &str) -> Result<f64, AngleError> {
        let value = self.value(text)?;
        if !(0.0..=self.circle()).contains(&value) {
            return Err(AngleError::Range { text: text.trim().to_owned(), unit: self, circle: self.circle() });
        }
        Ok((value * (360.0 / self.circle())).rem_euclid(360.0))
    }

    /// Degrees in this unit, as people write it: `15-00`, `304.64`.
    pub fn write(self, degrees: f64) -> String {
        let value = degrees.rem_euclid(360.0) / 360.0 * self.circle();
        match self {
            AngleUnit::Degree => format!("{value:.2}"),
            AngleUnit::Gon => format!("{value:.2}"),
            AngleUnit::NatoMil => format!("{:.0}", value.round() % 6400.0),
            AngleUnit::SovietMil => {
                let whole = value.round() as u32 % 6000;
                format!("{}-{:02}", whole / 100, whole % 100)
            }
        }
    }

    fn value(self, text: &str) -> Result<f64, AngleError> {
        let wrong = |why| AngleError::Text { text: text.to_owned(), unit: self, why };
        let plain = text.trim();
        let dashed = plain.split_once(['-', '–', '−']).filter(|(before, _)| !before.trim().is_empty());
        match (dashed, self) {
            (Some((hundreds, rest)), AngleUnit::SovietMil) => {
                let digits = |text: &str, most: usize| {
                    let is_whole = !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
                    is_whole.then(|| text.parse::<f64>().ok()).flatten()
                };
                let hundreds =
                    digits(hundreds.trim(), 2).ok_or_else(|| wrong("whole hundreds stand before the dash"))?;
                let rest = rest.trim();
                let units = digits(rest, 2).filter(|_| rest.len() == 2);
                Ok(100.0 * hundreds + units.ok_or_else(|| wrong("two digits stand after the dash, as in 15-00"))?)
            }
            (Some(_), _) => Err(wrong("a dash inside is how Soviet mils are written; is the unit mil6000?")),
            (None, AngleUnit::Degree) if plain.contains(['°', '\'', '′', ':']) => crate::text::sexagesimal(plain)
                .ok_or_else(|| wrong("degrees, minutes and seconds are wanted, as in 52°30'00\"")),
            (None, _) => {
                let number = if plain.contains('.') { plain.to_owned() } else { plain.replacen(',', ".", 1) };
                let value: Option<f64> = number.trim_end_matches('°').trim().parse().ok();
                value.filter(|v| v.is_finite()).ok_or_else(|| wrong("a number is wanted"))
            }
        }
    }
}

impl fmt::Display for AngleUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AngleUnit {
    type Err = AngleError;

    fn from_str(text: &str) -> Result<AngleUnit, AngleError> {
        let found = AngleUnit::ALL.into_iter().find(|unit| unit.name() == text.trim());
        found.ok_or_else(|| AngleError::Unit(text.to_owned()))
    }
}

/// What a bearing is counted from, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum North {
    /// Where the needle points.
    Magnetic,
    /// The pole.
    True,
    /// The northing axis of a projected system.
    Grid(CrsCode),
}

impl fmt::Display for North {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            North::Magnetic => f.write_str("MAGNETIC"),
            North::True => f.write_str("TRUE"),
            North::Grid(code) => write!(f, "GRID:{code}"),
        }
    }
}

impl FromStr for North {
    type Err = String;

    /// `MAGNETIC`, `TRUE` or `GRID:EPSG:n`.
    fn from_str(text: &str) -> Result<North, String> {
        match text.trim() {
            "MAGNETIC" => Ok(North::Magnetic),
            "TRUE" => Ok(North::True),
            other => {
                let code = other.strip_prefix("GRID:").and_then(|code| code.parse().ok());
                code.map(North::Grid)
                    .ok_or_else(|| format!("{text:?} is not a north; known are MAGNETIC, TRUE and GRID:EPSG:n"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_reads_what_field_books_write() {
        use AngleUnit::*;
        let read = [
            (SovietMil, "15-00", 90.0),
            (SovietMil, "1-00", 6.0),
            (SovietMil, "0-01", 0.06),
            (SovietMil, "10-55", 63.3),
            (SovietMil, "1055", 63.3),
            (SovietMil, "60-00", 0.0),
            (NatoMil, "1600", 90.0),
            (NatoMil, "6400", 0.0),
            (Gon, "100", 90.0),
            (Degree, "52,5", 52.5),
            (Degree, "52.5°", 52.5),
            (Degree, "52°30'", 52.5),
            (Degree, "52°30'36\"", 52.51),
            (Degree, "360", 0.0),
        ];
        for (unit, text, degrees) in read {
            let found = unit.read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert!((found - degrees).abs() < 1e-9, "{text}: {found}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_no_angle() {
        use AngleUnit::*;
        let refused = [
            (SovietMil, "15-0"),
            (SovietMil, "15-000"),
            (SovietMil, "60-01"),
            (SovietMil, "-15-00"),
            (SovietMil, "15.5-00"),
            (Degree, "15-00"),
            (NatoMil, "15-00"),
            (Degree, "-1"),
            (Degree, "360.1"),
            (Gon, "401"),
            (Degree, "north"),
            (Degree, ""),
            (Degree, "NaN"),
            (Degree, "inf"),
            (Degree, "52°61'"),
        ];
        for (unit, text) in refused {
            assert!(unit.read(text).is_err(), "{unit} {text}");
        }
    }

    #[test]
    fn an_angle_written_and_read_is_the_same() {
        for unit in AngleUnit::ALL {
            for step in 0..16 {
                let degrees = f64::from(step) * 22.5;
                assert!((unit.read(&unit.write(degrees)).unwrap() - degrees).abs() < 1e-9, "{unit} {degrees}");
            }
        }
    }
}
