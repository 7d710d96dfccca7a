//! The military grid reference system: a square on the ground, written as `38TNK8835939333` (GEO-10).
//!
//! A reference names a square: 2 digits one of 10 km, 10 digits one of 1 m. Writing truncates and never rounds, so the
//! square holds the place. Reading gives the middle of the square, which is never farther from the place than the
//! side of the square; the side is the ε of the reference. Bands change at 40°N from S to T, and 100-km squares with
//! every zone. Polar references (UPS: A, B, Y, Z) are refused.
//!
//! ```
//! use geodesy::mgrs::{Mgrs, write};
//!
//! let square: Mgrs = "38T NK 8835 3933".parse().unwrap();
//! assert_eq!(square.side_m(), 10.0);
//! assert_eq!(write([46.0383, 40.1065], 10).unwrap(), "38TNK8849140094");
//! ```

use std::fmt;
use std::str::FromStr;

use crate::crs::{CrsCode, CrsError, Transform};

/// Bands of eight degrees from 80°S; the last has twelve.
const BANDS: &[u8; 20] = b"CDEFGHJKLMNPQRSTUVWX";
/// Letters of 100-km rows, beginning again every 2,000 km.
const ROWS: &[u8; 20] = b"ABCDEFGHJKLMNPQRSTUV";
/// Letters of 100-km columns, by zone modulo three.
const COLUMNS: [&[u8; 8]; 3] = [b"STUVWXYZ", b"ABCDEFGH", b"JKLMNPQR"];
const SQUARE_M: f64 = 100_000.0;

/// A square of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mgrs {
    zone: u8,
    band: u8,
    /// South-west corner in UTM, metres.
    corner: [f64; 2],
    digits: u8,
}

/// Why a text is no square, or a place has none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MgrsError {
    /// Not written like a reference.
    #[error("{text:?} is not a grid reference such as 38TNK8835939333: {why}")]
    Text {
        /// As written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Its letters name no square.
    #[error("{text:?} names no square: {why}")]
    NoSquare {
        /// As written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Beyond 84°N or 80°S.
    #[error("latitude {0} is in the polar grid (UPS), which is not carried; UTM ends at 80°S and 84°N")]
    Polar(f64),
    /// No such precision.
    #[error("{0} digits: 2, 4, 6, 8 or 10 are wanted")]
    Digits(u8),
    /// Out of the projection.
    #[error(transparent)]
    Crs(#[from] CrsError),
}

impl Mgrs {
    /// Side of the square, metres: the ε of the reference.
    pub fn side_m(&self) -> f64 {
        10_f64.powi(5 - i32::from(self.digits) / 2)
    }

    /// The system of its zone.
    pub fn crs(&self) -> CrsCode {
        utm_code(self.zone, self.band >= b'N')
    }

    /// South-west corner, easting and northing in [`Mgrs::crs`], metres.
    pub fn corner(&self) -> [f64; 2] {
        self.corner
    }

    /// Middle of the square: longitude and latitude on WGS 84.
    pub fn middle(&self) -> Result<[f64; 2], MgrsError> {
        let half = self.side_m() / 2.0;
        Ok(Transform::new(self.crs(), CrsCode::WGS_84, None)?.apply(self.corner.map(|v| v + half))?)
    }

    /// The letter of the band in which the middle lies, where it is not the one that is written.
    pub fn band_of_middle(&self) -> Result<Option<char>, MgrsError> {
        let band = band_at(self.middle()?[1])?;
        Ok((band != self.band).then_some(char::from(band)))
    }
}

/// The EPSG code of a UTM zone on WGS 84.
pub fn utm_code(zone: u8, is_north: bool) -> CrsCode {
    CrsCode(if is_north { 32_600 } else { 32_700 } + u32::from(zone))
}

/// The UTM zone of a place, with the exceptions of Norway and Svalbard.
pub fn utm_zone([lon, lat]: [f64; 2]) -> u8 {
    let plain = (((lon + 180.0).rem_euclid(360.0) / 6.0).floor() as u8).min(59) + 1;
    match plain {
        31 if (56.0..64.0).contains(&lat) && lon >= 3.0 => 32,
        31..=37 if (72.0..=84.0).contains(&lat) && (0.0..42.0).contains(&lon) => {
            [(9.0, 31), (21.0, 33), (33.0, 35)].into_iter().find(|(end, _)| lon < *end).map_or(37, |(_, zone)| zone)
        }
        zone => zone,
    }
}

fn band_at(lat: f64) -> Result<u8, MgrsError> {
    if !(-80.0..=84.0).contains(&lat) {
        return Err(MgrsError::Polar(lat));
    }
    Ok(BANDS[(((lat + 80.0) / 8.0).floor() as usize).min(19)])
}

/// Southern and northern end of a band.
fn latitudes(band: usize) -> [f64; 2] {
    let south = -80.0 + 8.0 * band as f64;
    [south, if band == 19 { 84.0 } else { south + 8.0 }]
}

/// The square of 2, 4, 6, 8 or 10 digits that holds a WGS 84 place. Truncates, never rounds.
pub fn write(lonlat: [f64; 2], digits: u8) -> Result<String, MgrsError> {
    if !matches!(digits, 2 | 4 | 6 | 8 | 10) {
        return Err(MgrsError::Digits(digits));
    }
    let band = band_at(lonlat[1])?;
    let zone = utm_zone(lonlat);
    let is_north = lonlat[1] >= 0.0;
    let [east, north] = Transform::new(CrsCode::WGS_84, utm_code(zone, is_north), None)?.apply(lonlat)?;
    let out_of_columns = || MgrsError::Crs(CrsError::NoImage { from: CrsCode::WGS_84, x: lonlat[0], y: lonlat[1] });
    // Up to a nanometre below a line counts as on it: arithmetic must not move a corner into the next square.
    let [east, north] = [east, north].map(|v| (v + 1e-9).floor());
    let column = (east / SQUARE_M) as usize;
    let column =
        column.checked_sub(1).and_then(|at| COLUMNS[usize::from(zone % 3)].get(at)).ok_or_else(out_of_columns)?;
    let row = ((north / SQUARE_M) as usize + if zone.is_multiple_of(2) { 5 } else { 0 }) % 20;
    let half = usize::from(digits / 2);
    let size = 10_f64.powi(5 - half as i32);
    let [x, y] = [east, north].map(|v| (v % SQUARE_M / size).floor() as u32);
    Ok(format!("{zone:02}{}{}{}{x:0half$}{y:0half$}", char::from(band), char::from(*column), char::from(ROWS[row])))
}

impl FromStr for Mgrs {
    type Err = MgrsError;

    fn from_str(text: &str) -> Result<Mgrs, MgrsError> {
        let wrong = |why: &str| MgrsError::Text { text: text.to_owned(), why: why.to_owned() };
        let none = |why: String| MgrsError::NoSquare { text: text.to_owned(), why };
        if let Some(letter) = text.chars().find(|c| !c.is_ascii()) {
            return Err(wrong(&format!(
                "{letter:?} is not a Latin letter or a digit; a look-alike of another script?"
            )));
        }
        let plain: Vec<u8> =
            text.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| b.to_ascii_uppercase()).collect();
        let n_zone = plain.iter().take_while(|b| b.is_ascii_digit()).count();
        let (zone, rest) = plain.split_at(n_zone);
        if n_zone == 0 && rest.first().is_some_and(|b| b"ABYZ".contains(b)) {
            return Err(none("polar references (UPS) are not carried".to_owned()));
        }
        let zone: u8 = std::str::from_utf8(zone).ok().and_then(|zone| zone.parse().ok()).unwrap_or(0);
        if n_zone > 2 || !(1..=60).contains(&zone) {
            return Err(wrong("a zone of 1 to 60 stands first"));
        }
        let [band, column, row, digits @ ..] = rest else { return Err(wrong("three letters follow the zone")) };
        let place = |letters: &[u8], letter: &u8| letters.iter().position(|known| known == letter);
        let band_idx = place(BANDS, band).ok_or_else(|| wrong("the band is a letter C to X without I and O"))?;
        if *band == b'X' && matches!(zone, 32 | 34 | 36) {
            return Err(none(format!("zone {zone} does not exist in band X (Svalbard)")));
        }
        let columns = COLUMNS[usize::from(zone % 3)];
        let column = place(columns, column).ok_or_else(|| {
            let known = String::from_utf8_lossy(columns);
            none(format!("zone {zone} has the columns {known}, not {}", char::from(*column)))
        })?;
        let row = place(ROWS, row).ok_or_else(|| wrong("the row is a letter A to V without I and O"))?;
        let n_digits = digits.len();
        if !digits.iter().all(u8::is_ascii_digit) || n_digits % 2 == 1 || !(2..=10).contains(&n_digits) {
            return Err(wrong("2, 4, 6, 8 or 10 digits follow the letters"));
        }
        let (x, y) = digits.split_at(n_digits / 2);
        let size = 10_f64.powi(5 - n_digits as i32 / 2);
        let metres = |digits: &[u8]| digits.iter().fold(0.0, |sum, b| sum * 10.0 + f64::from(b - b'0')) * size;
        let east = (column + 1) as f64 * SQUARE_M + metres(x);
        let row = (row + 20 - if zone.is_multiple_of(2) { 5 } else { 0 }) % 20;
        let square_north = northing_in_band(zone, band_idx, column, row)?.ok_or_else(|| {
            none(format!("the 100-km square does not touch band {} of zone {zone}", char::from(*band)))
        })?;
        Ok(Mgrs { zone, band: *band, corner: [east, square_north + metres(y)], digits: n_digits as u8 })
    }
}

/// The northing at which a 100-km square begins: rows repeat every 2,000 km, and the band says which one is meant.
fn northing_in_band(zone: u8, band: usize, column: usize, row: usize) -> Result<Option<f64>, MgrsError> {
    const CYCLE_M: f64 = 2_000_000.0;
    let [south, north] = latitudes(band);
    let way = Transform::new(utm_code(zone, band >= 10), CrsCode::WGS_84, None)?;
    let latitude = |x: f64, y: f64| way.apply([x, y]).map(|lonlat| lonlat[1]);
    let (west, middle) = ((column + 1) as f64 * SQUARE_M, (column as f64 + 1.5) * SQUARE_M);
    for cycle in 0..5 {
        let y = row as f64 * SQUARE_M + f64::from(cycle) * CYCLE_M;
        if y > 10_000_000.0 {
            break;
        }
        let xs = [west, middle, west + SQUARE_M];
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for (x, y) in xs.into_iter().flat_map(|x| [(x, y), (x, y + SQUARE_M)]) {
            let lat = latitude(x, y)?;
            (lowest, highest) = (lowest.min(lat), highest.max(lat));
        }
        if lowest < north && highest > south {
            return Ok(Some(y));
        }
    }
    Ok(None)
}

impl fmt::Display for Mgrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = usize::from(self.digits / 2);
        let column = (self.corner[0] / SQUARE_M) as usize - 1;
        let row = ((self.corner[1] / SQUARE_M) as usize + if self.zone.is_multiple_of(2) { 5 } else { 0 }) % 20;
        let [x, y] = self.corner.map(|v| (v % SQUARE_M / self.side_m()).floor() as u32);
        let (band, column, row) =
            (char::from(self.band), char::from(COLUMNS[usize::from(self.zone % 3)][column]), char::from(ROWS[row]));
        write!(f, "{:02}{band}{column}{row}{x:0half$}{y:0half$}", self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_truncated_at_every_precision() {
        let cut = [2, 4, 6, 8, 10].map(|digits| write([46.0383, 40.1065], digits).unwrap());
        assert_eq!(cut, ["38TNK84", "38TNK8840", "38TNK884400", "38TNK88494009", "38TNK8849140094"]);
        assert_eq!(write([46.0383, 40.1065], 7), Err(MgrsError::Digits(7)));
    }

    #[test]
    fn bands_and_zones_change_where_the_standard_says() {
        let start = |lonlat| write(lonlat, 2).unwrap()[..3].to_owned();
        for (lonlat, wanted) in [
            ([46.0, 39.9999], "38S"),
            ([46.0, 40.0], "38T"),
            ([47.9999, 40.0], "38T"),
            ([48.0, 40.0], "39T"),
            ([5.0, 60.0], "32V"),
            ([2.9, 60.0], "31V"),
            ([5.0, 64.0], "31W"),
            ([8.9, 75.0], "31X"),
            ([9.0, 75.0], "33X"),
            ([21.0, 75.0], "35X"),
            ([33.0, 75.0], "37X"),
            ([42.0, 75.0], "38X"),
            ([0.0, 84.0], "31X"),
            ([0.0, -80.0], "31C"),
            ([0.0, -0.0001], "31M"),
            ([0.0, 0.0], "31N"),
            ([180.0, 10.0], "01P"),
            ([-180.0, 10.0], "01P"),
        ] {
            assert_eq!(start(lonlat), wanted, "{lonlat:?}");
        }
        assert_eq!(write([0.0, 84.01], 10), Err(MgrsError::Polar(84.01)));
        assert!(write([0.0, -80.01], 10).is_err());
    }

    #[test]
    fn every_square_that_is_written_is_read_and_written_again() {
        for lat in (-79..84).step_by(3) {
            for lon in (-179..180).step_by(7) {
                let lonlat = [f64::from(lon) + 0.123456, f64::from(lat) + 0.654321];
                for digits in [2, 6, 10] {
                    let text = write(lonlat, digits).unwrap();
                    let square: Mgrs = text.parse().unwrap_or_else(|why| panic!("{lonlat:?}: {why}"));
                    assert_eq!(square.to_string(), text);
                    let (_, off) = crate::grid::inverse(square.middle().unwrap(), lonlat);
                    assert!(off <= square.side_m() * 0.71, "{text} {off}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_names_no_square_says_why() {
        for text in [
            "",
            "38T",
            "38TNK",
            "38TNK1",
            "38TNK123",
            "38TNK123456789012",
            "61TNK11",
            "00TNK11",
            "38INK11",
            "38ANK11",
            "38TAK11",
            "38TNI11",
            "38TNW11",
            "32XNK11",
            "YXK11",
            "38ТNK11",
            "38TNK8835939333x",
            "38T NK -8 9",
            "38CNK11",
        ] {
            assert!(text.parse::<Mgrs>().is_err(), "{text}");
        }
        let cyrillic = "38ТNK11".parse::<Mgrs>().unwrap_err().to_string();
        assert!(cyrillic.contains("look-alike"), "{cyrillic}");
    }

    #[test]
    fn a_square_across_a_band_edge_is_read_with_either_letter() {
        let [s, t] = ["38SNK0000027000", "38TNK0000027000"].map(|text| text.parse::<Mgrs>().unwrap());
        assert_eq!(s.middle(), t.middle());
        assert_eq!((s.band_of_middle(), t.band_of_middle()), (Ok(None), Ok(Some('S'))));
    }
}
