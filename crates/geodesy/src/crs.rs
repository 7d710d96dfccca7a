//! Coordinate reference systems of the EPSG dataset, and the way from each to WGS 84 (DOMAIN §5.4).
//!
//! Definitions, operations, their accuracies and areas of use are data in `data/epsg.txt`, written by
//! `tools/make_crs.py` from the EPSG dataset; the projections are computed by proj4rs, the change of datum here.
//! Only operations of up to seven parameters can be used: they need no grid files in the field, and each names its
//! accuracy. Which operation was used is part of the answer, since for one system they differ by metres (GEO-9).
//! Nothing is guessed: what the table does not have is an error that says so.
//!
//! Positions are longitude or easting first here, whatever the axis order of the system says. Soviet systems name the
//! northing X and the easting, with its zone in front, Y ([`Crs::has_northing_first`], [`Crs::east_first`]).
//!
//! ```
//! use geodesy::crs::{CrsCode, Transform};
//!
//! let zone_8 = Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(15865)).unwrap();
//! let [lon, lat] = zone_8.apply([8_588_500.0, 4_441_200.0]).unwrap();
//! assert!((lon - 46.036645986).abs() < 2e-8 && (lat - 40.099656559).abs() < 2e-8);
//! ```

use std::fmt;
use std::str::FromStr;

use proj4rs::Proj;

use crate::datum::{Ellipsoid, Helmert};
use crate::projection::Projection;
use crate::table::{self, Row};

/// A code of the EPSG dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrsCode(pub u32);

impl CrsCode {
    /// Longitude and latitude on WGS 84.
    pub const WGS_84: CrsCode = CrsCode(4326);
}

impl fmt::Display for CrsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.0)
    }
}

impl FromStr for CrsCode {
    type Err = CrsError;

    /// `EPSG:28992`, `28992`, `urn:ogc:def:crs:EPSG::28992`, `OGC:CRS84` and the like.
    fn from_str(text: &str) -> Result<CrsCode, CrsError> {
        let upper = text.trim().to_ascii_uppercase();
        if upper.ends_with("CRS84") {
            return Ok(CrsCode::WGS_84);
        }
        let is_epsg = upper.contains("EPSG") || upper.bytes().all(|b| b.is_ascii_digit());
        let digits = upper.rsplit([':', '/', '#']).next().unwrap_or_default();
        match digits.parse() {
            Ok(code) if is_epsg => Ok(CrsCode(code)),
            _ => Err(CrsError::NotACode(text.to_owned())),
        }
    }
}

/// Why coordinates cannot be brought to another system.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CrsError {
    /// Not the name of a coordinate system.
    #[error("{0:?} is not a code such as EPSG:28992")]
    NotACode(String),
    /// Not in the table.
    #[error("{0} is not a geographic or projected system of the EPSG dataset")]
    UnknownCrs(CrsCode),
    /// In the table, but its projection is not computed.
    #[error("{crs} ({name}) uses the projection {method:?}, which is not computed here; convert it with PROJ first")]
    NotComputed {
        /// The system.
        crs: CrsCode,
        /// As EPSG names it.
        name: &'static str,
        /// Its projection.
        method: &'static str,
    },
    /// No way to WGS 84.
    #[error("the EPSG dataset has no operation of up to seven parameters from {crs} ({name}) to WGS 84")]
    NoOperation {
        /// The system.
        crs: CrsCode,
        /// As EPSG names it.
        name: &'static str,
    },
    /// The table has no such operation for this system.
    #[error("EPSG:{operation} is not an operation between {crs} and WGS 84; the table has {offered}")]
    UnknownOperation {
        /// The system.
        crs: CrsCode,
        /// What was asked for.
        operation: u32,
        /// What there is.
        offered: String,
    },
    /// The operation exists and cannot be used here.
    #[error("EPSG:{operation} ({name}) {why}, which is not available here; the table has {offered}")]
    UnavailableOperation {
        /// What was asked for.
        operation: u32,
        /// As EPSG names it.
        name: &'static str,
        /// What it needs.
        why: &'static str,
        /// What there is.
        offered: String,
    },
    /// This position has no image, such as an easting of 1e300.
    #[error("the position {x:e} {y:e} has no image by {from}")]
    NoImage {
        /// The system.
        from: CrsCode,
        /// As given.
        x: f64,
        /// As given.
        y: f64,
    },
}

/// Whether positions are angles or lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrsKind {
    /// Longitude and latitude.
    Geographic,
    /// Easting and northing.
    Projected,
}

/// A coordinate reference system.
#[derive(Debug, Clone, PartialEq)]
pub struct Crs {
    code: u32,
    /// As EPSG names it.
    pub name: &'static str,
    /// Angles or lengths.
    pub kind: CrsKind,
    /// The axes in the order of the standard, such as `X north, Y east`.
    pub axes: &'static str,
    /// Whether EPSG advises against it.
    pub is_deprecated: bool,
    /// Where it is meant to be used: west, south, east, north.
    pub area: [f64; 4],
    is_northing_first: bool,
    geographic: Geographic,
    grid: Option<Grid>,
}

/// What a geographic system is made of.
#[derive(Debug, Clone, PartialEq)]
struct Geographic {
    datum: u32,
    is_wgs84: bool,
    ellipsoid: Ellipsoid,
    /// One unit of its axes, degrees.
    unit_deg: f64,
    /// Its prime meridian, degrees east of Greenwich.
    meridian_deg: f64,
    operations: Vec<u32>,
}

/// What a projection adds.
#[derive(Debug, Clone, PartialEq)]
struct Grid {
    /// Code of the geographic system it is drawn from.
    base: u32,
    definition: &'static str,
    /// One unit towards the east and the north, metres; negative where the axis runs the other way.
    units_m: [f64; 2],
}

/// A way from one datum to WGS 84.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// EPSG code.
    pub code: u32,
    /// As EPSG names it.
    pub name: &'static str,
    /// As EPSG states it, metres.
    pub accuracy_m: f64,
    /// Whether EPSG has a better one; such an operation is used only where it is asked for.
    pub is_superseded: bool,
    /// Where it is meant to be used: west, south, east, north.
    pub area: [f64; 4],
    /// The same in words.
    pub area_name: &'static str,
    shift: Helmert,
}

impl Operation {
    /// `EPSG:15865`.
    pub fn id(&self) -> String {
        format!("EPSG:{}", self.code)
    }

    /// Whether a WGS 84 position lies in the area of use, give or take a margin in degrees.
    pub fn is_used_at(&self, lonlat: [f64; 2], margin: f64) -> bool {
        is_inside(self.area, lonlat, margin)
    }

    fn of(row: &Row) -> Operation {
        let (area, area_name) = table::extent(row.at(12));
        let number = |at| row.number(at);
        Operation {
            code: row.code(),
            name: row.at(2),
            is_superseded: row.at(3) == "s",
            accuracy_m: number(4),
            shift: Helmert {
                translation_m: [number(5), number(6), number(7)],
                rotation_rad: [number(8), number(9), number(10)],
                scale: number(11),
            },
            area,
            area_name,
        }
    }

    fn with_code(code: u32) -> Option<&'static Operation> {
        let all = table::operations(Operation::of);
        all.binary_search_by_key(&code, |operation| operation.code).ok().map(|at| &all[at])
    }
}

impl Crs {
    /// From the table.
    pub fn of(code: CrsCode) -> Result<Crs, CrsError> {
        if let Some(row) = table::row('g', code.0) {
            return Ok(Crs::geographic(&row));
        }
        let row = table::row('p', code.0).ok_or(CrsError::UnknownCrs(code))?;
        let base: u32 = row.at(8).parse().expect("a code");
        let geographic = table::row('g', base).expect("the shipped table has every base");
        if !row.at(10).is_empty() {
            return Err(CrsError::NotComputed { crs: code, name: row.at(2), method: row.at(10) });
        }
        Ok(Crs {
            code: code.0,
            name: row.at(2),
            kind: CrsKind::Projected,
            axes: if row.at(4).is_empty() { "E east, N north" } else { row.at(4) },
            is_deprecated: row.at(3) == "d",
            area: table::extent(row.at(11)).0,
            is_northing_first: row.at(5) == "n",
            grid: Some(Grid { base, definition: row.at(9), units_m: [row.number(6), row.number(7)] }),
            geographic: Crs::geographic(&geographic).geographic,
        })
    }

    fn geographic(row: &Row) -> Crs {
        let operations = row.at(11);
        Crs {
            code: row.code(),
            name: row.at(2),
            kind: CrsKind::Geographic,
            axes: if row.at(4).is_empty() { "Lat north, Lon east" } else { row.at(4) },
            is_deprecated: row.at(3) == "d",
            area: table::extent(row.at(12)).0,
            is_northing_first: row.at(5) == "n",
            grid: None,
            geographic: Geographic {
                datum: row.at(10).parse().expect("a code"),
                is_wgs84: operations == "same",
                ellipsoid: Ellipsoid::new(row.number(8), row.number(9)),
                unit_deg: row.number(6),
                meridian_deg: row.number(7),
                operations: operations.split(' ').filter_map(|code| code.parse().ok()).collect(),
            },
        }
    }

    /// Its code.
    pub fn code(&self) -> CrsCode {
        CrsCode(self.code)
    }

    /// The geographic system it is drawn from; itself if it is geographic.
    pub fn base(&self) -> Crs {
        match &self.grid {
            None => self.clone(),
            Some(grid) => Crs::geographic(&table::row('g', grid.base).expect("the shipped table has every base")),
        }
    }

    /// Degrees from Greenwich as this system writes longitude and latitude: from its own meridian, in its own unit.
    pub fn of_degrees(&self, [lon, lat]: [f64; 2]) -> [f64; 2] {
        let geographic = &self.geographic;
        [(lon - geographic.meridian_deg) / geographic.unit_deg, lat / geographic.unit_deg]
    }

    /// The words of its projection, as PROJ reads them; empty where there is none.
    pub fn definition(&self) -> &'static str {
        self.grid.as_ref().map_or("", |grid| grid.definition)
    }

    /// Whether the standard calls the northing X, as Soviet systems do: X is north, Y is east.
    pub fn has_northing_first(&self) -> bool {
        self.is_northing_first && self.kind == CrsKind::Projected && self.axes.starts_with('X')
    }

    /// A pair in the order of the standard's axes as longitude or easting first, and back.
    pub fn east_first(&self, [first, second]: [f64; 2]) -> [f64; 2] {
        if self.is_northing_first { [second, first] } else { [first, second] }
    }

    /// A pair called x and y as longitude or easting first, and back: X is the northing where the standard calls it so.
    pub fn of_x_y(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        if self.has_northing_first() { [y, x] } else { [x, y] }
    }

    /// The operations to WGS 84 that can be used, those that EPSG has better ones for last; empty where none is needed.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + '_ {
        self.geographic.operations.iter().filter_map(|code| Operation::with_code(*code))
    }

    /// The most accurate operation whose area of use has this WGS 84 position, of equals the one with the smaller area;
    /// `None` where none is needed or none is meant for it.
    pub fn operation_at(&self, lonlat: [f64; 2]) -> Option<&'static Operation> {
        let there = self.operations().filter(|operation| !operation.is_superseded && operation.is_used_at(lonlat, 0.0));
        there.min_by(|a, b| {
            a.accuracy_m.total_cmp(&b.accuracy_m).then(size(a.area).total_cmp(&size(b.area))).then(a.code.cmp(&b.code))
        })
    }

    /// Where no position is known: the operation that covers most of the area of the system, of equals the most accurate.
    fn operation_for_all(&self) -> Option<&'static Operation> {
        let covered = |operation: &Operation| (100.0 * shared(operation.area, self.area) / size(self.area)).round();
        let current = |operation: &&'static Operation| !operation.is_superseded;
        self.operations().filter(current).min_by(|a, b| {
            covered(b).total_cmp(&covered(a)).then(a.accuracy_m.total_cmp(&b.accuracy_m)).then(a.code.cmp(&b.code))
        })
    }

    /// Whether a WGS 84 position lies in the area of use, give or take a margin in degrees.
    pub fn is_used_at(&self, lonlat: [f64; 2], margin: f64) -> bool {
        is_inside(self.area, lonlat, margin)
    }

    fn operation(&self, code: u32) -> Result<&'static Operation, CrsError> {
        if let Some(operation) = self.operations().find(|operation| operation.code == code) {
            return Ok(operation);
        }
        let offered = self.operations().map(Operation::id).collect::<Vec<_>>().join(", ");
        let offered = match (offered.is_empty(), self.geographic.is_wgs84) {
            (true, true) => "none, since none is needed".to_owned(),
            (true, false) => "none".to_owned(),
            (false, _) => offered,
        };
        Err(match table::row('n', code) {
            Some(row) => CrsError::UnavailableOperation { operation: code, name: row.at(2), why: row.at(3), offered },
            None => CrsError::UnknownOperation { crs: self.code(), operation: code, offered },
        })
    }
}

/// The code of a system given as well-known text, as in a `.prj`: by its authority code, else by its name, as
/// EPSG or ESRI spell it. `None` if neither is known: parameters alone are not compared.
///
/// ```
/// use geodesy::crs::{CrsCode, code_of_wkt};
/// assert_eq!(code_of_wkt(r#"PROJCS["WGS_1984_UTM_Zone_38N",GEOGCS["GCS_WGS_1984"]]"#), Some(CrsCode(32638)));
/// assert_eq!(code_of_wkt(r#"LOCAL_CS["site grid"]"#), None);
/// ```
pub fn code_of_wkt(wkt: &str) -> Option<CrsCode> {
    authority_code(wkt).or_else(|| code_of_name(wkt))
}

/// The authority of the whole stands last: nothing but closing brackets follows it.
fn authority_code(wkt: &str) -> Option<CrsCode> {
    let text: String = wkt.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let starts = [r#"AUTHORITY["EPSG","#, r#"ID["EPSG","#]
        .iter()
        .filter_map(|start| text.rfind(start).map(|at| at + start.len()));
    let rest = &text[starts.max()?..];
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    // Two brackets close the authority and the whole; with three, the code is that of a unit.
    let closing = rest[digits.len()..].trim_start_matches('"');
    if closing == "]]" { digits.parse().ok().map(CrsCode) } else { None }
}

fn code_of_name(wkt: &str) -> Option<CrsCode> {
    let name = wkt.split('"').nth(1)?;
    let wanted = plain_name(name);
    let rows = || table::rows('g').chain(table::rows('p'));
    let is_wanted = |row: &Row| plain_name(row.at(2)) == wanted;
    let found = rows().filter(|row| row.at(3) != "d").find(is_wanted).or_else(|| rows().find(is_wanted))?;
    Some(CrsCode(found.code()))
}

/// `WGS 84 / UTM zone 38N` and `WGS_1984_UTM_Zone_38N` are one name.
fn plain_name(name: &str) -> String {
    const ESRI: &[(&str, &str)] = &[
        ("wgs1984webmercatorauxiliarysphere", "wgs84pseudomercator"),
        ("wgs1984", "wgs84"),
        ("etrs1989", "etrs89"),
        ("pulkovo1942gkzone", "pulkovo1942gausskrugerzone"),
        ("rdnew", "amersfoortrdnew"),
        ("amersfoortamersfoort", "amersfoort"),
    ];
    let letters: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let start = letters.strip_prefix("gcs").unwrap_or(&letters).to_owned();
    ESRI.iter().fold(start, |text, (esri, epsg)| text.replace(esri, epsg))
}

/// Whether a position lies in a box of degrees, give or take a margin; a box may reach over the antimeridian.
pub fn is_inside([west, south, east, north]: [f64; 4], [lon, lat]: [f64; 2], margin: f64) -> bool {
    let width = (east - west).rem_euclid(360.0);
    let width = if width == 0.0 && east != west { 360.0 } else { width };
    let from_west = (lon - west + margin).rem_euclid(360.0);
    lat >= south - margin
        && lat <= north + margin
        && (width + 2.0 * margin >= 360.0 || from_west <= width + 2.0 * margin)
}

/// Square degrees of a box.
fn size([west, south, east, north]: [f64; 4]) -> f64 {
    let width = (east - west).rem_euclid(360.0);
    (if width == 0.0 && east != west { 360.0 } else { width }) * (north - south)
}

/// Square degrees that two boxes share; boxes over the antimeridian are cut there.
fn shared(a: [f64; 4], b: [f64; 4]) -> f64 {
    let parts = |[west, _, east, _]: [f64; 4]| match west <= east {
        true => vec![[west, east]],
        false => vec![[west, 180.0], [-180.0, east]],
    };
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let width = |[w0, e0]: [f64; 2], [w1, e1]: [f64; 2]| (e0.min(e1) - w0.max(w1)).max(0.0);
    parts(a).into_iter().flat_map(|x| parts(b).into_iter().map(move |y| width(x, y))).sum::<f64>() * height
}

/// A way from one coordinate system to another, by named operations.
#[derive(Clone)]
pub struct Transform {
    from: Crs,
    to: Crs,
    source: Side,
    target: Side,
}

/// One end of a way.
#[derive(Clone)]
struct Side {
    operation: Option<&'static Operation>,
    plane: Plane,
}

/// How positions of a system become longitude and latitude.
#[derive(Clone)]
enum Plane {
    /// They are.
    Degrees,
    /// By proj4rs: the projection, and longitude and latitude on its ellipsoid.
    Proj4(Box<(Proj, Proj)>),
    /// By a projection of ours.
    Own(Box<Projection>),
}

impl Side {
    fn of(crs: &Crs, operation: Option<&'static Operation>) -> Result<Side, CrsError> {
        let failed = |why: proj4rs::errors::Error| CrsError::NotComputed {
            crs: crs.code(),
            name: crs.name,
            method: Box::leak(why.to_string().into_boxed_str()),
        };
        let own = |definition: &str| crs.geographic.ellipsoid.projection(definition);
        let plane = match &crs.grid {
            None => Plane::Degrees,
            Some(grid) if let Some(projection) = own(grid.definition) => Plane::Own(Box::new(projection)),
            Some(grid) => {
                let ellipsoid =
                    if grid.definition.contains(" a=") { String::new() } else { crs.geographic.ellipsoid.words() };
                let definition: Vec<String> = grid.definition.split(' ').map(|word| format!("+{word}")).collect();
                let text = format!("+proj={} {ellipsoid} +no_defs", &definition.join(" ")[1..]);
                let degrees = format!("+proj=longlat {}", crs.geographic.ellipsoid.words());
                Plane::Proj4(Box::new((
                    Proj::from_proj_string(&text).map_err(failed)?,
                    Proj::from_proj_string(&degrees).map_err(failed)?,
                )))
            }
        };
        Ok(Side { operation, plane })
    }

    /// Longitude from Greenwich and latitude, radians.
    fn to_geographic(&self, crs: &Crs, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let geographic = &crs.geographic;
        let meridian = geographic.meridian_deg.to_radians();
        // Series go on giving numbers far from the earth. Eastings carry a zone of up to 64 in front.
        let metres = crs.grid.as_ref().map(|grid| [x * grid.units_m[0], y * grid.units_m[1]]);
        let metres = metres.filter(|[east, north]| east.abs() <= 1e8 && north.abs() <= 3e7);
        match &self.plane {
            Plane::Proj4(proj4) => {
                let [east, north] = metres?;
                let mut point = (east, north, 0.0);
                proj4rs::transform::transform(&proj4.0, &proj4.1, &mut point).ok()?;
                Some([point.0 + meridian, point.1])
            }
            Plane::Own(projection) => projection.back(metres?).map(|[lon, lat]| [lon + meridian, lat]),
            Plane::Degrees => {
                let [lon, lat] = [x, y].map(|v| v * geographic.unit_deg);
                (lon.abs() <= 360.0 && lat.abs() <= 90.0).then(|| [lon.to_radians() + meridian, lat.to_radians()])
            }
        }
    }

    fn of_geographic(&self, crs: &Crs, [lon, lat]: [f64; 2]) -> Option<[f64; 2]> {
        let geographic = &crs.geographic;
        let lon = lon - geographic.meridian_deg.to_radians();
        let in_units = |[east, north]: [f64; 2]| {
            let units = crs.grid.as_ref().map_or([1.0, 1.0], |grid| grid.units_m);
            [east / units[0], north / units[1]]
        };
        match &self.plane {
            Plane::Proj4(proj4) => {
                let mut point = (lon, lat, 0.0);
                proj4rs::transform::transform(&proj4.1, &proj4.0, &mut point).ok()?;
                Some(in_units([point.0, point.1]))
            }
            Plane::Own(projection) => Some(in_units(projection.forward([lon, lat]))),
            Plane::Degrees => {
                let lon = lon.to_degrees();
                let lon = if lon.abs() > 180.0 { (lon + 180.0).rem_euclid(360.0) - 180.0 } else { lon };
                Some([lon / geographic.unit_deg, lat.to_degrees() / geographic.unit_deg])
            }
        }
    }
}

impl Transform {
    /// The way between two systems. `operation` chooses the change of datum of whichever side has it; without it the one
    /// that covers most of the system's area is taken. Where a position is known, [`Transform::to_wgs84_at`] and
    /// [`Transform::from_wgs84_at`] choose better.
    pub fn new(from: CrsCode, to: CrsCode, operation: Option<u32>) -> Result<Transform, CrsError> {
        let (from, to) = (Crs::of(from)?, Crs::of(to)?);
        let has = |crs: &Crs| operation.is_some_and(|code| crs.geographic.operations.contains(&code));
        let (for_source, for_target) = match operation {
            Some(code) if has(&from) || has(&to) => (has(&from).then_some(code), has(&to).then_some(code)),
            Some(code) if from.geographic.is_wgs84 => (None, Some(code)),
            other => (other, None),
        };
        let choose = |crs: &Crs, code: Option<u32>| match code {
            Some(code) => crs.operation(code).map(Some),
            None => Ok(crs.operation_for_all()),
        };
        let (source, target) = (choose(&from, for_source)?, choose(&to, for_target)?);
        Transform::by(from, to, [source, target])
    }

    /// The way from a system to WGS 84 for a position `[x, y]` in it: by the operation that is stated, else by the most
    /// accurate one whose area of use has the position.
    pub fn to_wgs84_at(from: CrsCode, position: [f64; 2], operation: Option<u32>) -> Result<Transform, CrsError> {
        let first = Transform::new(from, CrsCode::WGS_84, operation)?;
        let there = match operation {
            Some(_) => None,
            None => first.apply(position).ok().and_then(|place| first.from.operation_at(place)),
        };
        match there {
            Some(better) => Transform::by(first.from, first.to, [Some(better), None]),
            None => Ok(first),
        }
    }

    /// The way from WGS 84 to a system for a position in degrees, chosen likewise.
    pub fn from_wgs84_at(to: CrsCode, lonlat: [f64; 2], operation: Option<u32>) -> Result<Transform, CrsError> {
        let first = Transform::new(CrsCode::WGS_84, to, operation)?;
        let there = if operation.is_some() { None } else { first.to.operation_at(lonlat) };
        match there {
            Some(better) => Transform::by(first.from, first.to, [None, Some(better)]),
            None => Ok(first),
        }
    }

    fn by(from: Crs, to: Crs, [source, target]: [Option<&'static Operation>; 2]) -> Result<Transform, CrsError> {
        let is_one_datum = from.geographic.datum == to.geographic.datum;
        let needs = |crs: &Crs, operation: Option<&'static Operation>| match operation {
            _ if is_one_datum || crs.geographic.is_wgs84 => Ok(None),
            Some(operation) => Ok(Some(operation)),
            None => Err(CrsError::NoOperation { crs: crs.code(), name: crs.name }),
        };
        let (source, target) = (needs(&from, source)?, needs(&to, target)?);
        Ok(Transform { source: Side::of(&from, source)?, target: Side::of(&to, target)?, from, to })
    }

    /// One position, longitude or easting first.
    pub fn apply(&self, [x, y]: [f64; 2]) -> Result<[f64; 2], CrsError> {
        let is_on_earth = self.from.kind == CrsKind::Projected || (x.abs() <= 360.0 && y.abs() <= 90.0);
        if self.is_identity() && is_on_earth && x.is_finite() && y.is_finite() {
            return Ok([x, y]);
        }
        let answer = self.image([x, y]).filter(|image| image.iter().all(|v| v.is_finite()));
        answer.ok_or_else(|| CrsError::NoImage { from: self.from.code(), x, y })
    }

    fn image(&self, position: [f64; 2]) -> Option<[f64; 2]> {
        if !position.iter().all(|v| v.is_finite()) {
            return None;
        }
        let lonlat = self.source.to_geographic(&self.from, position)?;
        let lonlat = match (self.source.operation, self.target.operation) {
            (None, None) => lonlat,
            (first, second) => {
                let shift = |operation: Option<&Operation>| operation.map(|operation| operation.shift);
                let (first, second) = (shift(first), shift(second));
                let mut cartesian = self.from.geographic.ellipsoid.to_cartesian(lonlat);
                cartesian = first.map_or(cartesian, |shift| shift.forward(cartesian));
                cartesian = second.map_or(cartesian, |shift| shift.back(cartesian));
                self.to.geographic.ellipsoid.of_cartesian(cartesian)
            }
        };
        self.target.of_geographic(&self.to, lonlat)
    }

    /// Whether positions stay as they are.
    pub fn is_identity(&self) -> bool {
        self.from.code == self.to.code
    }

    /// The system positions come from.
    pub fn from(&self) -> &Crs {
        &self.from
    }

    /// The system positions go to.
    pub fn to(&self) -> &Crs {
        &self.to
    }

    /// The operations used; none where no datum changes.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + '_ {
        self.source.operation.into_iter().chain(self.target.operation)
    }

    /// The operations used, such as `EPSG:15865`; empty where no datum changes.
    pub fn operation(&self) -> String {
        self.operations().map(Operation::id).collect::<Vec<_>>().join(" + ")
    }

    /// The operations used, by name.
    pub fn operation_name(&self) -> String {
        self.operations().map(|operation| operation.name).collect::<Vec<_>>().join(" + ")
    }

    /// What the operations add to the uncertainty of a position, metres; zero where no datum changes.
    pub fn accuracy_m(&self) -> f64 {
        self.operations().fold(0.0, |sum: f64, operation| sum.hypot(operation.accuracy_m))
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transform({} to {} by {})", self.from.code(), self.to.code(), self.operation())
    }
}
