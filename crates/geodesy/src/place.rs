//! A place in whatever way it was written down: numbers in a system, a UTM line, a grid reference, degrees as text
//! (GEO-8). The text stays with the answer.
//!
//! ```
//! use geodesy::place::{Notation, read};
//!
//! let place = read("38TNK8835939333", Notation::Mgrs, None).unwrap();
//! assert_eq!((place.resolution_m, place.crs.to_string().as_str()), (Some(1.0), "EPSG:32638"));
//! // 38S is zone 38 south to some and band S, 32 to 40°N, to others.
//! assert!(read("38S 588359 4439333", Notation::Utm, None).is_err());
//! ```

use std::fmt;
use std::str::FromStr;

use crate::crs::{Crs, CrsCode, CrsError, CrsKind, Operation, Transform};
use crate::mgrs::{Mgrs, MgrsError, utm_code};
use crate::text::{self, Order, TextError};

/// How a place is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Two numbers in the order of the standard's own axes, or degrees as text where the system has degrees.
    Crs(CrsCode),
    /// `38N 588359.85 4439333.12` on WGS 84.
    Utm,
    /// `38TNK8835939333`.
    Mgrs,
    /// Degrees, minutes and seconds on WGS 84.
    Dms,
    /// Degrees and decimal minutes on WGS 84.
    Dm,
}

impl fmt::Display for Notation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notation::Crs(code) => code.fmt(f),
            Notation::Utm => f.write_str("utm"),
            Notation::Mgrs => f.write_str("mgrs"),
            Notation::Dms => f.write_str("dms"),
            Notation::Dm => f.write_str("dm"),
        }
    }
}

impl FromStr for Notation {
    type Err = CrsError;

    fn from_str(text: &str) -> Result<Notation, CrsError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "utm" => Ok(Notation::Utm),
            "mgrs" => Ok(Notation::Mgrs),
            "dms" => Ok(Notation::Dms),
            "dm" | "ddm" => Ok(Notation::Dm),
            _ => text.parse().map(Notation::Crs),
        }
    }
}

/// A place on WGS 84 and how it got there.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Degrees on WGS 84, longitude first.
    pub lonlat: [f64; 2],
    /// The system it was given in.
    pub crs: CrsCode,
    /// Coordinates in that system, longitude or easting first.
    pub given: [f64; 2],
    /// The operation to WGS 84; `None` where no datum changes.
    pub operation: Option<&'static Operation>,
    /// Metres that the notation itself leaves open: the side of a grid square, one unit of the last digit of a text.
    pub resolution_m: Option<f64>,
    /// What is doubtful.
    pub notes: Vec<String>,
}

impl Place {
    /// What the operation adds to the uncertainty, metres; zero where no datum changes.
    pub fn accuracy_m(&self) -> f64 {
        self.operation.map_or(0.0, |operation| operation.accuracy_m)
    }
}

/// Why there is no place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceError {
    /// The system, the operation or the numbers.
    #[error(transparent)]
    Crs(#[from] CrsError),
    /// The degrees.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The grid reference.
    #[error(transparent)]
    Mgrs(#[from] MgrsError),
    /// The UTM line.
    #[error("{text:?} is not a UTM position such as \"38N 588359 4439333\": {why}")]
    Utm {
        /// As written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Not two numbers.
    #[error("{text:?} is not two numbers: {why}")]
    Numbers {
        /// As written.
        text: String,
        /// What is wrong.
        why: String,
    },
}

/// A place from numbers in a system, by the operation that is stated, else by the most accurate one whose area of use
/// has the place. `[x, y]` is longitude or easting first.
pub fn of_numbers(crs: CrsCode, [x, y]: [f64; 2], operation: Option<u32>) -> Result<Place, PlaceError> {
    let way = Transform::to_wgs84_at(crs, [x, y], operation)?;
    let lonlat = way.apply([x, y])?;
    let operation = way.operations().next();
    let mut notes = Vec::new();
    if !way.from().is_used_at(lonlat, 0.1) {
        notes.push(format!(
            "{:.5} {:.5} is outside the area of use of {crs} ({})",
            lonlat[0],
            lonlat[1],
            way.from().name
        ));
    }
    if let Some(operation) = operation.filter(|operation| !operation.is_used_at(lonlat, 0.1)) {
        notes.push(format!("{} is meant for {}, which does not have this place", operation.id(), operation.area_name));
    }
    Ok(Place { lonlat, crs, given: [x, y], operation, resolution_m: None, notes })
}

/// A way to WGS 84 that could have been taken instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The operation.
    pub operation: &'static Operation,
    /// Where it puts the place, degrees on WGS 84.
    pub lonlat: [f64; 2],
    /// How far that is from where the place was put, metres.
    pub shift_m: f64,
    /// In which direction, degrees.
    pub azimuth_deg: f64,
}

impl Place {
    /// The other operations that are meant for this place: by how much they differ goes into the uncertainty (GEO-9).
    pub fn alternatives(&self) -> Vec<Alternative> {
        let (Some(used), Ok(crs)) = (self.operation, Crs::of(self.crs)) else { return Vec::new() };
        let others = crs.operations().filter(|operation| {
            operation.code != used.code && !operation.is_superseded && operation.is_used_at(self.lonlat, 0.0)
        });
        let moved = others.filter_map(|operation| {
            let way = Transform::new(self.crs, CrsCode::WGS_84, Some(operation.code)).ok()?;
            let lonlat = way.apply(self.given).ok()?;
            let (azimuth_deg, shift_m) = crate::grid::inverse(self.lonlat, lonlat);
            Some(Alternative { operation, lonlat, shift_m, azimuth_deg })
        });
        moved.collect()
    }

    /// What is not known of the place because of its notation and its change of datum, metres: the resolution, and the
    /// greater of the accuracy of the operation and the way to the farthest alternative.
    pub fn epsilon_m(&self) -> f64 {
        let spread = self.alternatives().iter().map(|other| other.shift_m).fold(self.accuracy_m(), f64::max);
        spread.hypot(self.resolution_m.unwrap_or(0.0))
    }

    /// The same place in another system, longitude or easting first, and the operation from WGS 84 where one was needed.
    pub fn in_crs(
        &self,
        to: CrsCode,
        operation: Option<u32>,
    ) -> Result<([f64; 2], Option<&'static Operation>), CrsError> {
        let straight = Transform::new(self.crs, to, None)?;
        if straight.operations().next().is_none() {
            return Ok((straight.apply(self.given)?, None));
        }
        let own =
            operation.filter(|code| Crs::of(to).is_ok_and(|crs| crs.operations().any(|known| known.code == *code)));
        let way = Transform::from_wgs84_at(to, self.lonlat, own)?;
        Ok((way.apply(self.lonlat)?, way.operations().next()))
    }
}

/// A place from text.
pub fn read(text: &str, notation: Notation, operation: Option<u32>) -> Result<Place, PlaceError> {
    match notation {
        Notation::Mgrs => of_mgrs(text),
        Notation::Utm => of_utm(text),
        Notation::Dms | Notation::Dm => of_degrees(text, CrsCode::WGS_84, None, operation),
        Notation::Crs(code) => {
            let crs = Crs::of(code)?;
            match crs.kind {
                CrsKind::Geographic => of_degrees(text, code, Some(Order::LatLon), operation),
                CrsKind::Projected => {
                    let [first, second] = two_numbers(text)?;
                    of_numbers(code, crs.east_first([first, second]), operation)
                }
            }
        }
    }
}

fn of_degrees(text: &str, crs: CrsCode, order: Option<Order>, operation: Option<u32>) -> Result<Place, PlaceError> {
    let written = text::read(text, order)?;
    let place = of_numbers(crs, written.lonlat, operation)?;
    Ok(Place { resolution_m: Some(written.last_digit_m), ..place })
}

fn of_mgrs(text: &str) -> Result<Place, PlaceError> {
    let square: Mgrs = text.parse()?;
    let lonlat = square.middle()?;
    let notes = square.band_of_middle()?.map(|band| {
        format!(
            "{} lies in band {band}; the 100-km square crosses the edge of the band, so the letter is taken as it is",
            text.trim()
        )
    });
    Ok(Place {
        lonlat,
        crs: square.crs(),
        given: square.corner().map(|v| v + square.side_m() / 2.0),
        operation: None,
        resolution_m: Some(square.side_m()),
        notes: notes.into_iter().collect(),
    })
}

fn of_utm(text: &str) -> Result<Place, PlaceError> {
    let wrong = |why: &str| PlaceError::Utm { text: text.to_owned(), why: why.to_owned() };
    let upper = text.trim().to_ascii_uppercase();
    let n_digits = upper.bytes().take_while(u8::is_ascii_digit).count();
    let (zone, rest) = upper.split_at(n_digits);
    let zone: u8 = zone
        .parse()
        .ok()
        .filter(|zone| (1..=60).contains(zone))
        .ok_or_else(|| wrong("a zone of 1 to 60 stands first"))?;
    let rest = rest.trim_start();
    let n_letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, numbers) = rest.split_at(n_letters);
    let is_north = match word {
        "N" | "NORTH" => true,
        "SOUTH" => false,
        "S" => {
            return Err(wrong(
                "S is the southern hemisphere to some and band S (32 to 40°N) to others; write north or south",
            ));
        }
        band if band.len() == 1 && "CDEFGHJKLMPQRTUVWX".contains(band) => band > "N",
        _ => return Err(wrong("north, south or the letter of a band follows the zone")),
    };
    let [east, north] = two_numbers(numbers)?;
    if !(100_000.0..1_000_000.0).contains(&east) || !(0.0..=10_000_000.0).contains(&north) {
        return Err(wrong("an easting is 100,000 to 999,999 and a northing 0 to 10,000,000"));
    }
    of_numbers(utm_code(zone, is_north), [east, north], None)
}

/// Two numbers, with a decimal point or a decimal comma, apart by blanks, semicolons or a comma.
fn two_numbers(text: &str) -> Result<[f64; 2], PlaceError> {
    let wrong = |why: &str| PlaceError::Numbers { text: text.trim().to_owned(), why: why.to_owned() };
    let parts: Vec<&str> = text.split([';', ' ', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let parts = match parts[..] {
        [one] if one.matches(',').count() == 1 && one.contains('.') => one.split(',').collect(),
        _ => parts,
    };
    let [first, second] = parts[..] else { return Err(wrong("two are wanted, apart by a blank or a semicolon")) };
    let number = |part: &str| {
        let plain = part.trim_end_matches(',');
        let plain = if plain.contains('.') { plain.to_owned() } else { plain.replacen(',', ".", 1) };
        plain.parse::<f64>().ok().filter(|v| v.is_finite())
    };
    match (number(first), number(second)) {
        (Some(a), Some(b)) => Ok([a, b]),
        _ => Err(wrong("one of them is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lonlat(text: &str, notation: &str) -> Result<[f64; 2], PlaceError> {
        read(text, notation.parse().unwrap(), None).map(|place| place.lonlat)
    }

    /// PT-5: one place in every notation.
    #[test]
    fn one_place_in_every_notation() {
        for (text, notation) in [
            ("38N 588359.850 4439333.120", "utm"),
            ("38T 588359,850 4439333,120", "utm"),
            ("38 north 588359.85; 4439333.12", "utm"),
            ("38TNK8835939333", "mgrs"),
            ("4441200.0 8588500.0", "EPSG:28408"),
            ("4441200,0; 8588500,0", "EPSG:28408"),
            ("40.099656559 46.036645986", "EPSG:4326"),
            ("40°05'58.76\"N 46°02'11.93\"E", "dms"),
            ("588359.850 4439333.120", "EPSG:32638"),
        ] {
            let found = lonlat(text, notation).unwrap_or_else(|why| panic!("{why}"));
            let (_, off) = crate::grid::inverse(found, [46.036645986, 40.099656559]);
            assert!(off < 1.0, "{text} {notation}: {off} m");
        }
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        for (text, notation) in [
            ("38S 588359 4439333", "utm"),
            ("588359 4439333", "utm"),
            ("38N 8588359 4439333", "utm"),
            ("61N 588359 4439333", "utm"),
            ("38N 588359", "utm"),
            ("38N 588359 4439333 1500", "utm"),
            ("40.1 46.0", "dms"),
            ("4441200", "EPSG:28408"),
            ("4441200 x", "EPSG:28408"),
            ("4441200 8588500", "EPSG:999999"),
            ("1e300 8588500", "EPSG:28408"),
            ("NaN 8588500", "EPSG:28408"),
        ] {
            assert!(lonlat(text, notation).is_err(), "{text} {notation}");
        }
    }
}
