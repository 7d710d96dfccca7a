//! Coordinate reference systems: a table by EPSG code, and the way from each to WGS 84 (DOMAIN §5.4).
//!
//! Definitions, operations, their accuracies and areas of use are data in `crs.toml`, written by
//! `tools/make_crs.py` from the EPSG dataset; the arithmetic is that of proj4rs. Only operations of up
//! to seven parameters are in the table: they need no grid files in the field, and each names its
//! accuracy. Which operation was used is part of the answer, since for one system they differ by
//! metres (GEO-9). Nothing is guessed: a code that is not in the table is an error.
//!
//! Positions are longitude or easting first here, whatever the axis order of the system says. Soviet
//! systems name the northing X and the easting, with its zone in front, Y ([`Crs::has_northing_first`]).
//!
//! ```
//! use intake::crs::{CrsCode, Transform};
//!
//! let zone_8 = Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(15865)).unwrap();
//! let [lon, lat] = zone_8.apply([8_588_500.0, 4_441_200.0]).unwrap();
//! assert!((lon - 46.036645986).abs() < 2e-8 && (lat - 40.099656559).abs() < 2e-8);
//! ```

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use proj4rs::Proj;
use serde::Deserialize;

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
    #[error("{0} is not in the table of coordinate systems")]
    UnknownCrs(CrsCode),
    /// The table has no such operation for this system.
    #[error("EPSG:{operation} is not an operation from {crs} to WGS 84; the table has {offered}")]
    UnknownOperation {
        /// The system.
        crs: CrsCode,
        /// What was asked for.
        operation: u32,
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

/// Whether positions are degrees or metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrsKind {
    /// Longitude and latitude, degrees.
    Geographic,
    /// Easting and northing, metres.
    Projected,
}

/// A coordinate reference system.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crs {
    code: u32,
    /// As EPSG names it.
    pub name: String,
    /// Degrees or metres.
    pub kind: CrsKind,
    proj: String,
    /// The axes in the order of the standard, such as `X north, Y east`.
    pub axes: String,
    operations: Vec<u32>,
    /// Where it is meant to be used: west, south, east, north.
    pub area: [f64; 4],
}

/// A way from one datum to WGS 84.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// EPSG code.
    pub code: u32,
    /// As EPSG names it.
    pub name: String,
    /// As EPSG states it, metres.
    pub accuracy_m: f64,
    shift: [f64; 7],
    /// Where it is meant to be used: west, south, east, north.
    pub area: [f64; 4],
    /// The same in words.
    pub area_name: String,
}

impl Operation {
    /// `EPSG:15865`.
    pub fn id(&self) -> String {
        format!("EPSG:{}", self.code)
    }
}

/// A run of systems that differ by their zone, such as UTM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    first: u32,
    count: u32,
    zone: u32,
    name: String,
    kind: CrsKind,
    proj: String,
    axes: String,
    operations: Vec<u32>,
    area: [f64; 4],
    meridian: Meridian,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Meridian {
    /// 6 · zone − 183.
    Utm,
    /// 6 · zone − 3.
    GaussKruger,
}

impl Family {
    fn member(&self, code: u32) -> Option<Crs> {
        let zone = self.zone + code.checked_sub(self.first).filter(|n| *n < self.count)?;
        let meridian = match self.meridian {
            Meridian::Utm => 6.0 * f64::from(zone) - 183.0,
            Meridian::GaussKruger => (6.0 * f64::from(zone) - 3.0 + 180.0).rem_euclid(360.0) - 180.0,
        };
        let of_zone =
            |text: &str| text.replace("{zone}", &zone.to_string()).replace("{meridian}", &meridian.to_string());
        let [west, south, east, north] = self.area;
        Some(Crs {
            code,
            name: of_zone(&self.name),
            kind: self.kind,
            proj: of_zone(&self.proj),
            axes: self.axes.clone(),
            operations: self.operations.clone(),
            area: [meridian + west, south, meridian + east, north],
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    operation: Vec<Operation>,
    crs: Vec<Crs>,
    family: Vec<Family>,
}

impl Table {
    fn shipped() -> &'static Table {
        static SHIPPED: OnceLock<Table> = OnceLock::new();
        SHIPPED.get_or_init(|| toml::from_str(include_str!("crs.toml")).expect("the shipped table of systems is valid"))
    }
}

impl Crs {
    /// From the table.
    pub fn of(code: CrsCode) -> Result<Crs, CrsError> {
        let table = Table::shipped();
        let own = table.crs.iter().find(|crs| crs.code == code.0).cloned();
        own.or_else(|| table.family.iter().find_map(|family| family.member(code.0))).ok_or(CrsError::UnknownCrs(code))
    }

    /// Its code.
    pub fn code(&self) -> CrsCode {
        CrsCode(self.code)
    }

    /// Whether the standard names the northing first, as Soviet systems do: X is north, Y is east.
    pub fn has_northing_first(&self) -> bool {
        self.axes.starts_with("X north")
    }

    /// The operations to WGS 84 that the table offers, the default first; empty where none is needed.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + '_ {
        self.operations.iter().filter_map(|code| Table::shipped().operation.iter().find(|op| op.code == *code))
    }

    /// The first operation whose area of use has this WGS 84 position; `None` where none is needed or none is meant for it.
    pub fn operation_at(&self, lonlat: [f64; 2]) -> Option<&'static Operation> {
        self.operations().find(|operation| is_inside(operation.area, lonlat, 0.0))
    }

    /// Whether a WGS 84 position lies in the area of use, give or take a margin in degrees.
    pub fn is_used_at(&self, lonlat: [f64; 2], margin: f64) -> bool {
        is_inside(self.area, lonlat, margin)
    }

    fn operation(&self, code: Option<u32>) -> Result<Option<&'static Operation>, CrsError> {
        let Some(code) = code else { return Ok(self.operations().next()) };
        match self.operations().find(|operation| operation.code == code) {
            Some(operation) => Ok(Some(operation)),
            None => {
                let offered = self.operations().map(Operation::id).collect::<Vec<_>>().join(", ");
                let offered = if offered.is_empty() { "none, since none is needed".to_owned() } else { offered };
                Err(CrsError::UnknownOperation { crs: self.code(), operation: code, offered })
            }
        }
    }

    fn proj(&self, operation: Option<&Operation>) -> Result<Proj, CrsError> {
        let shift = operation.map_or([0.0; 7], |operation| operation.shift);
        let shift = shift.map(|parameter| parameter.to_string()).join(",");
        let text = format!("{} +towgs84={shift} +no_defs", self.proj);
        Proj::from_proj_string(&text).map_err(|_| CrsError::UnknownCrs(self.code()))
    }
}

/// The code of a system given as well-known text, as in a `.prj`: by its authority code, else by its name, as
/// EPSG or ESRI spell it. `None` if neither is known: parameters alone are not compared.
///
/// ```
/// use intake::crs::{CrsCode, code_of_wkt};
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
    let table = Table::shipped();
    let of_family = |family: &Family| {
        (family.first..family.first + family.count).filter_map(|code| family.member(code)).collect::<Vec<_>>()
    };
    let all = table.crs.iter().cloned().chain(table.family.iter().flat_map(of_family));
    let mut found = all.filter(|crs| plain_name(&crs.name) == wanted).map(|crs| crs.code());
    found.next()
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
pub(crate) fn is_inside([west, south, east, north]: [f64; 4], [lon, lat]: [f64; 2], margin: f64) -> bool {
    let width = (east - west).rem_euclid(360.0);
    let width = if width == 0.0 && east != west { 360.0 } else { width };
    let from_west = (lon - west + margin).rem_euclid(360.0);
    lat >= south - margin
        && lat <= north + margin
        && (width + 2.0 * margin >= 360.0 || from_west <= width + 2.0 * margin)
}

/// A way from one coordinate system to another, by named operations.
pub struct Transform {
    from: Crs,
    to: Crs,
    operations: Vec<&'static Operation>,
    source: Proj,
    target: Proj,
}

impl Transform {
    /// The way between two systems. `operation` chooses the datum shift of whichever side has one; without it
    /// the first of the table is taken.
    pub fn new(from: CrsCode, to: CrsCode, operation: Option<u32>) -> Result<Transform, CrsError> {
        let (from, to) = (Crs::of(from)?, Crs::of(to)?);
        let for_target = operation.filter(|code| to.operations.contains(code));
        let for_source = operation.filter(|code| for_target.is_none() || from.operations.contains(code));
        let (source_operation, target_operation) = (from.operation(for_source)?, to.operation(for_target)?);
        let (source, target) = (from.proj(source_operation)?, to.proj(target_operation)?);
        Ok(Transform {
            from,
            to,
            operations: source_operation.into_iter().chain(target_operation).collect(),
            source,
            target,
        })
    }

    /// One position, longitude or easting first.
    pub fn apply(&self, [x, y]: [f64; 2]) -> Result<[f64; 2], CrsError> {
        let no_image = || CrsError::NoImage { from: self.from.code(), x, y };
        if self.is_identity() {
            return Ok([x, y]);
        }
        let mut point = match self.from.kind {
            CrsKind::Geographic => (x.to_radians(), y.to_radians(), 0.0),
            CrsKind::Projected => (x, y, 0.0),
        };
        proj4rs::transform::transform(&self.source, &self.target, &mut point).map_err(|_| no_image())?;
        let answer = match self.to.kind {
            CrsKind::Geographic => [point.0.to_degrees(), point.1.to_degrees()],
            CrsKind::Projected => [point.0, point.1],
        };
        if answer.iter().all(|v| v.is_finite()) { Ok(answer) } else { Err(no_image()) }
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
        self.operations.iter().copied()
    }

    /// The operations used, such as `EPSG:15865`; empty where no datum changes.
    pub fn operation(&self) -> String {
        self.operations.iter().map(|operation| operation.id()).collect::<Vec<_>>().join(" + ")
    }

    /// The operations used, by name.
    pub fn operation_name(&self) -> String {
        self.operations.iter().map(|operation| operation.name.as_str()).collect::<Vec<_>>().join(" + ")
    }

    /// What the operations add to the uncertainty of a position, metres; zero where no datum changes.
    pub fn accuracy_m(&self) -> f64 {
        self.operations.iter().fold(0.0, |sum: f64, operation| sum.hypot(operation.accuracy_m))
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transform({} to {} by {})", self.from.code(), self.to.code(), self.operation())
    }
}
