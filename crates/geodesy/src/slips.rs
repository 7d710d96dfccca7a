//! Slips of the pen in coordinates, as hypotheses: what was probably meant, and how far that is from what is written
//! (GEO-11). Nothing is ever corrected; a person decides.
//!
//! ```
//! use geodesy::CrsCode;
//! use geodesy::slips::{Expected, Given, hypotheses};
//!
//! let district = Expected { area: Some([45.6, 39.8, 46.8, 40.4]), places: vec![] };
//! // Northing and easting changed places.
//! let given = Given { crs: CrsCode(28408), position: [4_441_200.0, 8_588_500.0], operation: None };
//! let found = hypotheses(&given, &district);
//! assert_eq!(found[0].slip.name(), "axes_swapped");
//! assert!((found[0].lonlat[0] - 46.0366).abs() < 1e-4);
//! ```

use geometry::Shape;

use crate::crs::{Crs, CrsCode, CrsKind};
use crate::grid::inverse;
use crate::mgrs::utm_code;
use crate::place;

/// Coordinates as they are written, longitude or easting first.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The system they are said to be in.
    pub crs: CrsCode,
    /// Longitude or easting first.
    pub position: [f64; 2],
    /// The operation to WGS 84 that is stated.
    pub operation: Option<u32>,
}

/// Where the place should be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expected {
    /// West, south, east, north in degrees; where the programme works. Without it, the area of use of the system.
    pub area: Option<[f64; 4]>,
    /// Places that are known to lie close by, such as the village that the report names: name, longitude, latitude.
    pub places: Vec<(String, [f64; 2])>,
}

/// Kinds of slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slip {
    /// Longitude and latitude, or X and Y, changed places.
    AxesSwapped,
    /// The zone in front of a Gauss–Krüger easting is missing.
    ZonePrefixMissing,
    /// Gauss–Krüger numbers were read as UTM.
    GaussKrugerReadAsUtm,
    /// UTM numbers were read as Gauss–Krüger.
    UtmReadAsGaussKruger,
    /// The zone is another one.
    WrongZone,
    /// Degrees and minutes, `40.0639` for 40°06.39', were read as degrees.
    MinutesReadAsDecimals,
    /// Degrees, minutes and seconds, `40.0623` for 40°06'23", were read as degrees.
    SecondsReadAsDecimals,
    /// East and west, or north and south.
    HemisphereSign,
    /// The decimal sign was lost or moved.
    DecimalSign,
    /// SK-42 degrees were entered as WGS 84, or the other way round.
    Sk42ReadAsWgs84,
}

impl Slip {
    /// Word in files.
    pub fn name(self) -> &'static str {
        match self {
            Slip::AxesSwapped => "axes_swapped",
            Slip::ZonePrefixMissing => "zone_prefix_missing",
            Slip::GaussKrugerReadAsUtm => "gauss_kruger_read_as_utm",
            Slip::UtmReadAsGaussKruger => "utm_read_as_gauss_kruger",
            Slip::WrongZone => "wrong_zone",
            Slip::MinutesReadAsDecimals => "minutes_read_as_decimals",
            Slip::SecondsReadAsDecimals => "seconds_read_as_decimals",
            Slip::HemisphereSign => "hemisphere_sign",
            Slip::DecimalSign => "decimal_sign",
            Slip::Sk42ReadAsWgs84 => "sk42_read_as_wgs84",
        }
    }

    /// A question for a person.
    pub fn question(self) -> &'static str {
        match self {
            Slip::AxesSwapped => "did the two coordinates change places?",
            Slip::ZonePrefixMissing => "is the zone in front of the easting missing?",
            Slip::GaussKrugerReadAsUtm => "are these Gauss-Krüger numbers on SK-42, and not UTM?",
            Slip::UtmReadAsGaussKruger => "are these UTM numbers, and not Gauss-Krüger?",
            Slip::WrongZone => "is the zone another one?",
            Slip::MinutesReadAsDecimals => "are the digits behind the point minutes?",
            Slip::SecondsReadAsDecimals => "are the digits behind the point minutes and seconds?",
            Slip::HemisphereSign => "is a hemisphere wrong, or a minus missing or too many?",
            Slip::DecimalSign => "is the decimal sign lost or in the wrong place?",
            Slip::Sk42ReadAsWgs84 => "are these coordinates on SK-42, and not on WGS 84?",
        }
    }
}

/// What was probably meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Which slip.
    pub slip: Slip,
    /// The place it would be, degrees on WGS 84.
    pub lonlat: [f64; 2],
    /// The system it would be in.
    pub crs: CrsCode,
    /// From the place as written to that place: metres and azimuth; `None` where what is written is no place at all.
    pub offset: Option<(f64, f64)>,
    /// The nearest known place, and how far it would be, metres.
    pub nearest: Option<(String, f64)>,
}

/// Hypotheses under which a position would be where it is expected, the likeliest first; none if it is there as written.
///
/// With known places, a position that is in the area is judged as well: the change of datum from SK-42 moves a place by
/// about 100 m in the Caucasus, which no area shows.
pub fn hypotheses(given: &Given, expected: &Expected) -> Vec<Hypothesis> {
    let as_written = place::of_numbers(given.crs, given.position, given.operation).ok().map(|place| place.lonlat);
    let area = expected.area.or_else(|| Crs::of(given.crs).ok().map(|crs| crs.area));
    let fits = |lonlat: [f64; 2]| area.is_none_or(|area| crate::crs::is_inside(area, lonlat, 0.0));
    let is_there = as_written.is_some_and(fits);
    let mut found: Vec<Hypothesis> = Vec::new();
    for (slip, crs, position) in candidates(given, area) {
        if is_there && slip != Slip::Sk42ReadAsWgs84 {
            continue;
        }
        let operation = given.operation.filter(|_| crs == given.crs);
        let Ok(place) = place::of_numbers(crs, position, operation) else { continue };
        let nearest = nearest(place.lonlat, expected);
        let is_likely = match slip {
            Slip::Sk42ReadAsWgs84 => is_nearer(as_written, place.lonlat, expected),
            _ => fits(place.lonlat),
        };
        let is_new = found.iter().all(|other| inverse(other.lonlat, place.lonlat).1 > 1.0);
        if is_likely && is_new {
            let offset = as_written.map(|from| {
                let (azimuth, metres) = inverse(from, place.lonlat);
                (metres, azimuth)
            });
            found.push(Hypothesis { slip, lonlat: place.lonlat, crs, offset, nearest });
        }
    }
    if found.iter().all(|hypothesis| hypothesis.nearest.is_some()) {
        let metres = |hypothesis: &Hypothesis| hypothesis.nearest.as_ref().map_or(f64::INFINITY, |(_, metres)| *metres);
        found.sort_by(|a, b| metres(a).total_cmp(&metres(b)));
    }
    found
}

/// Ground on WGS 84 that was given in a system, as it would lie if its datum had been mixed up with SK-42, and how many
/// metres that is from where it is written. `None` for systems that are not likely to be mixed up so.
pub fn of_datum(ground: &Shape, given: CrsCode) -> Option<(Shape, f64)> {
    const SK_42: CrsCode = CrsCode(4284);
    let first = ground.first_position()?;
    let is_sk_42 = given == SK_42 || (28_402..=28_432).contains(&given.0);
    let way = match given {
        CrsCode::WGS_84 => crate::crs::Transform::to_wgs84_at(SK_42, first, None),
        _ if is_sk_42 => crate::crs::Transform::from_wgs84_at(SK_42, first, None),
        _ => return None,
    };
    let way = way.ok()?;
    let moved = ground.try_map(&mut |position| way.apply(position)).ok()?;
    let metres = inverse(first, moved.first_position()?).1;
    Some((moved, metres))
}

fn nearest(lonlat: [f64; 2], expected: &Expected) -> Option<(String, f64)> {
    let distances = expected.places.iter().map(|(name, at)| (name.clone(), inverse(lonlat, *at).1));
    distances.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Whether a change of datum explains most of the way to a known place.
fn is_nearer(as_written: Option<[f64; 2]>, other: [f64; 2], expected: &Expected) -> bool {
    const FARTHEST_M: f64 = 300.0;
    const SHARE_LEFT: f64 = 0.25;
    let to = |lonlat: [f64; 2]| nearest(lonlat, expected).map(|(_, metres)| metres);
    match (as_written.and_then(to), to(other)) {
        (Some(before), Some(after)) => before < FARTHEST_M && after < SHARE_LEFT * before,
        _ => false,
    }
}

/// Every slip that these numbers could be, whether it fits or not; the likelier ones first.
fn candidates(given: &Given, area: Option<[f64; 4]>) -> Vec<(Slip, CrsCode, [f64; 2])> {
    let [x, y] = given.position;
    let crs = given.crs;
    let kind = Crs::of(crs).map(|crs| crs.kind);
    let mut all = vec![(Slip::AxesSwapped, crs, [y, x])];
    let zones = zones_of(area);
    if kind == Ok(CrsKind::Projected) {
        let is_gauss_kruger = (28_402..=28_432).contains(&crs.0);
        let is_utm = (32_601..=32_660).contains(&crs.0) || (32_701..=32_760).contains(&crs.0);
        let pairs = [[x, y], [y, x]];
        for [east, north] in pairs {
            if is_gauss_kruger && (100_000.0..1_000_000.0).contains(&east) {
                let zone = crs.0 - 28_400;
                all.push((Slip::ZonePrefixMissing, crs, [east + f64::from(zone) * 1e6, north]));
                all.extend(
                    zones.iter().map(|zone| (Slip::UtmReadAsGaussKruger, utm_code(*zone, north >= 0.0), [east, north])),
                );
            }
            let prefix = (east / 1e6).floor();
            if is_gauss_kruger && (2.0..=32.0).contains(&prefix) {
                let others = zones.iter().filter(|zone| **zone > 31).map(|zone| u32::from(*zone) - 30);
                all.extend(others.filter(|zone| CrsCode(28_400 + zone) != crs).map(|zone| {
                    let east = east + (f64::from(zone) - prefix) * 1e6;
                    (Slip::WrongZone, CrsCode(28_400 + zone), [east, north])
                }));
            }
            if is_utm {
                let others = zones.iter().map(|zone| utm_code(*zone, crs.0 < 32_700)).filter(|other| *other != crs);
                all.extend(others.map(|other| (Slip::WrongZone, other, [east, north])));
                let prefix = (east / 1e6).floor();
                if (2.0..=32.0).contains(&prefix) {
                    all.push((Slip::GaussKrugerReadAsUtm, CrsCode(28_400 + prefix as u32), [east, north]));
                } else if prefix == 0.0 {
                    // Zone n of Gauss–Krüger is UTM zone n + 30.
                    let zones = zones.iter().filter(|zone| **zone > 31).map(|zone| u32::from(*zone) - 30);
                    all.extend(zones.map(|zone| {
                        let east = east + f64::from(zone) * 1e6;
                        (Slip::GaussKrugerReadAsUtm, CrsCode(28_400 + zone), [east, north])
                    }));
                }
            }
        }
        all.extend(decimal_slips([x, y], CrsKind::Projected).map(|position| (Slip::DecimalSign, crs, position)));
        return all;
    }
    for [lon, lat] in [[-x, y], [x, -y], [-x, -y]] {
        all.push((Slip::HemisphereSign, crs, [lon, lat]));
    }
    for [lon, lat] in [[x, y], [y, x]] {
        if let (Some(lon), Some(lat)) = (minutes(lon), minutes(lat)) {
            all.push((Slip::MinutesReadAsDecimals, crs, [lon, lat]));
        }
        if let (Some(lon), Some(lat)) = (seconds(lon), seconds(lat)) {
            all.push((Slip::SecondsReadAsDecimals, crs, [lon, lat]));
        }
        all.extend(decimal_slips([lon, lat], CrsKind::Geographic).map(|position| (Slip::DecimalSign, crs, position)));
    }
    match crs {
        CrsCode::WGS_84 => all.push((Slip::Sk42ReadAsWgs84, CrsCode(4284), [x, y])),
        CrsCode(4284) => all.push((Slip::Sk42ReadAsWgs84, CrsCode::WGS_84, [x, y])),
        _ => {}
    }
    all
}

/// UTM zones that an area touches; at most a few, since an area of the whole earth tells nothing.
fn zones_of(area: Option<[f64; 4]>) -> Vec<u8> {
    const MOST: usize = 12;
    let Some([west, south, east, north]) = area else { return Vec::new() };
    let lat = (south + north) / 2.0;
    let width = (east - west).rem_euclid(360.0);
    let steps = (width / 3.0).ceil() as u32 + 1;
    let mut zones: Vec<u8> =
        (0..steps).map(|step| crate::mgrs::utm_zone([west + (f64::from(step) * 3.0).min(width), lat])).collect();
    zones.dedup();
    if zones.len() > MOST { Vec::new() } else { zones }
}

/// 40.0639 as 40°06.39'.
fn minutes(value: f64) -> Option<f64> {
    let (whole, minutes) = (value.abs().trunc(), value.abs().fract() * 100.0);
    (minutes < 60.0).then(|| value.signum() * (whole + minutes / 60.0))
}

/// 40.0623 as 40°06'23".
fn seconds(value: f64) -> Option<f64> {
    let parts = value.abs().fract() * 100.0;
    // 0.29 · 100 is a little less than 29.
    let (minutes, seconds) = ((parts + 1e-9).trunc(), ((parts + 1e-9).fract() * 100.0));
    (minutes < 60.0 && seconds < 60.0)
        .then(|| value.signum() * (value.abs().trunc() + minutes / 60.0 + seconds / 3600.0))
}

/// One number, or both alike, a power of ten smaller or larger. Of degrees that are none, each may have lost its sign
/// behind other digits. Projected coordinates shrink to the origin of their grid, so few powers are tried.
fn decimal_slips([x, y]: [f64; 2], kind: CrsKind) -> impl Iterator<Item = [f64; 2]> {
    let (least, is_lost) = match kind {
        CrsKind::Projected => (-3, false),
        CrsKind::Geographic => (-8, x.abs() > 180.0 && y.abs() > 90.0),
    };
    let pairs = (least..=3).flat_map(move |a| (least..=3).map(move |b| (a, b)));
    let is_likely = move |&(a, b): &(i32, i32)| (a, b) != (0, 0) && (a == 0 || b == 0 || a == b || is_lost);
    pairs.filter(is_likely).map(move |(a, b)| [x * 10_f64.powi(a), y * 10_f64.powi(b)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISTRICT: [f64; 4] = [45.6, 39.79, 46.74, 40.32];

    fn district() -> Expected {
        Expected { area: Some(DISTRICT), places: vec![] }
    }

    fn first(crs: u32, position: [f64; 2], expected: &Expected) -> Option<(Slip, [f64; 2])> {
        let given = Given { crs: CrsCode(crs), position, operation: None };
        hypotheses(&given, expected).first().map(|found| (found.slip, found.lonlat))
    }

    #[test]
    fn each_slip_is_named_and_leads_to_the_place_that_was_meant() {
        let place = [46.036646, 40.099657];
        for (crs, position, slip) in [
            (4326, [40.099657, 46.036646], Slip::AxesSwapped),
            (28408, [4_441_200.0, 8_588_500.0], Slip::AxesSwapped),
            (28408, [588_500.0, 4_441_200.0], Slip::ZonePrefixMissing),
            (32638, [8_588_500.0, 4_441_200.0], Slip::GaussKrugerReadAsUtm),
            (32639, [588_359.85, 4_439_333.12], Slip::WrongZone),
            (28407, [7_588_500.0, 4_441_200.0], Slip::WrongZone),
            (4326, [-46.036646, 40.099657], Slip::HemisphereSign),
            (4326, [46.036646, -40.099657], Slip::HemisphereSign),
            (4326, [46_036_646.0, 40_099_657.0], Slip::DecimalSign),
            (4326, [4.6036646, 40.099657], Slip::DecimalSign),
        ] {
            let (found, lonlat) = first(crs, position, &district()).unwrap_or_else(|| panic!("{slip:?}"));
            assert_eq!(found, slip, "{position:?}");
            assert!(inverse(lonlat, place).1 < 1.0, "{slip:?}: {lonlat:?}");
        }
    }

    /// PT-5: without the change of datum a place of the district is 104 m off.
    #[test]
    fn ground_moves_by_the_change_of_datum_there_and_back() {
        let square = |[lon, lat]: [f64; 2]| {
            Shape::Polygon(vec![vec![[lon, lat], [lon + 0.001, lat], [lon, lat + 0.001], [lon, lat]]])
        };
        let on_sk_42 = square([46.037858997, 40.099752853]);
        let (moved, metres) = of_datum(&on_sk_42, CrsCode::WGS_84).unwrap();
        assert!((metres - 103.98).abs() < 0.1, "{metres}");
        let (back, same) = of_datum(&moved, CrsCode(28408)).unwrap();
        assert!((same - metres).abs() < 0.001);
        assert!(inverse(back.first_position().unwrap(), on_sk_42.first_position().unwrap()).1 < 0.001);
        assert_eq!(of_datum(&on_sk_42, CrsCode(32638)), None);
    }

    /// 46°02.20', 40°05.98' written as 46.0220, 40.0598: both are in the district, so only a known place tells.
    #[test]
    fn minutes_read_as_decimals_are_found_where_the_area_is_small() {
        let near = Expected { area: Some([46.03, 40.09, 46.05, 40.11]), places: vec![] };
        let (slip, lonlat) = first(4326, [46.0220, 40.0598], &near).unwrap();
        assert_eq!(slip, Slip::MinutesReadAsDecimals);
        assert!((lonlat[0] - (46.0 + 2.20 / 60.0)).abs() < 1e-9 && (lonlat[1] - (40.0 + 5.98 / 60.0)).abs() < 1e-9);
        // 46°02'12", 40°05'59" written as 46.0212, 40.0559: minutes would do as well, so both are offered.
        let given = Given { crs: CrsCode::WGS_84, position: [46.0212, 40.0559], operation: None };
        let found = hypotheses(&given, &near);
        let seconds = found.iter().find(|found| found.slip == Slip::SecondsReadAsDecimals).unwrap();
        assert!((seconds.lonlat[1] - (40.0 + 5.0 / 60.0 + 59.0 / 3600.0)).abs() < 1e-9, "{seconds:?}");
        assert!(found.iter().any(|found| found.slip == Slip::MinutesReadAsDecimals));
    }

    #[test]
    fn soviet_degrees_entered_as_wgs_84_are_found_beside_a_known_place() {
        let bridge = [46.036645986, 40.099656559];
        let expected = Expected { area: Some(DISTRICT), places: vec![("bridge".to_owned(), bridge)] };
        let given = Given { crs: CrsCode::WGS_84, position: [46.037858997, 40.099752853], operation: None };
        let found = hypotheses(&given, &expected);
        assert_eq!(found[0].slip, Slip::Sk42ReadAsWgs84);
        let (metres, azimuth) = found[0].offset.unwrap();
        // From what is written back to what was meant: PT-5 turned round.
        assert!((metres - 103.98).abs() < 0.1 && (azimuth - (84.1 + 180.0)).abs() < 0.2, "{metres} {azimuth}");
        assert!(found[0].nearest.as_ref().unwrap().1 < 0.01);
        let right = Given { position: bridge, ..given };
        assert_eq!(hypotheses(&right, &expected), []);
    }

    #[test]
    fn what_is_where_it_is_expected_has_no_hypothesis() {
        assert_eq!(first(4326, [46.036646, 40.099657], &district()), None);
        assert_eq!(first(28408, [8_588_500.0, 4_441_200.0], &district()), None);
        assert_eq!(first(32638, [588_359.0, 4_439_333.0], &district()), None);
    }

    #[test]
    fn utm_read_as_gauss_kruger_lies_a_hundred_metres_and_a_scale_away() {
        let given = Given { crs: CrsCode(28408), position: [588_359.85, 4_439_333.12], operation: None };
        let found = hypotheses(&given, &district());
        assert!(found.iter().any(|found| found.slip == Slip::UtmReadAsGaussKruger && found.crs == CrsCode(32638)));
    }

    #[test]
    fn no_numbers_make_it_panic() {
        for position in [[f64::NAN, 0.0], [f64::INFINITY, -1.0], [0.0, 0.0], [1e300, -1e300]] {
            for crs in [4326, 4284, 28408, 32638, 22700, 999_999] {
                first(crs, position, &district());
                first(crs, position, &Expected::default());
            }
        }
    }
}
