//! What CSV and XLSX share: a header, and columns that carry the ground as text or as a pair of numbers.

use geometry::Shape;
use serde_json::Value;

use crate::limits::shorten;
use crate::profile::Profile;
use crate::refused::Refused;
use crate::row::{Declared, Ground, Note, Row};
use crate::value;
use geodesy::crs::{Crs, CrsCode};
use geodesy::place::{Notation, PlaceError};
use geodesy::text::Order;

/// Names under which people put a geometry as text, in lower case.
const TEXT_NAMES: &[&str] = &[
    "wkt",
    "geom",
    "geometry",
    "the_geom",
    "wkt_geom",
    "geom_wkt",
    "geometry_wkt",
    "wkt_geometry",
    "shape",
    "wkb_geometry",
];
/// Pairs of names for positions in degrees, longitude first.
const DEGREE_NAMES: &[(&str, &str)] =
    &[("lon", "lat"), ("longitude", "latitude"), ("long", "lat"), ("lng", "lat"), ("lon_wgs84", "lat_wgs84")];
/// Pairs of names that say nothing of the system.
const PLANE_NAMES: &[(&str, &str)] = &[("x", "y"), ("easting", "northing"), ("east", "north"), ("e", "n")];

/// The columns of a table.
pub(crate) struct Columns {
    names: Vec<String>,
    ground: GroundColumns,
    notes: Vec<Note>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroundColumns {
    None,
    Text(usize),
    /// Longitude and latitude, columns named so.
    Degrees(usize, usize),
    /// Some system's x and y.
    Plane(usize, usize),
    /// The same where the system names the northing first.
    NorthingFirst(usize, usize),
    /// Positions in a notation, one or several in a cell.
    Written(Notation, usize),
    /// A latitude and a longitude in a notation, a cell each.
    WrittenPair(Notation, usize, usize),
}

impl Columns {
    /// From the header. `crs` is the system that the command or the profile states.
    pub(crate) fn new(
        header: &[String],
        profile: Option<&Profile>,
        crs: Option<CrsCode>,
        file: &str,
    ) -> Result<Columns, Refused> {
        let mut notes = Vec::new();
        let names = names_of(header, &mut notes);
        let ground = match profile.and_then(|profile| profile.ground.as_ref()) {
            Some(stated) => {
                let find = |name: &String| {
                    names.iter().position(|known| known == name).ok_or_else(|| Refused::NotInFile {
                        file: file.to_owned(),
                        what: "column",
                        name: name.clone(),
                        has: names.join(", "),
                    })
                };
                match (&stated.text, &stated.x, &stated.y, stated.notation()) {
                    (Some(text), _, _, Some(notation)) => GroundColumns::Written(notation, find(text)?),
                    (Some(text), _, _, None) => GroundColumns::Text(find(text)?),
                    (None, Some(x), Some(y), Some(notation)) => {
                        GroundColumns::WrittenPair(notation, find(x)?, find(y)?)
                    }
                    (None, Some(x), Some(y), None) => GroundColumns::Plane(find(x)?, find(y)?),
                    _ => GroundColumns::None,
                }
            }
            None => by_names(&names),
        };
        Ok(Columns { ground: by_axes(ground, crs, &names, &mut notes), names, notes })
    }

    /// A row of cells; `None` if all are blank.
    pub(crate) fn row(&mut self, number: u64, mut cells: Vec<Value>) -> Option<Row> {
        if cells.iter().all(is_blank) {
            return None;
        }
        let mut row = Row::new(number);
        row.notes = std::mem::take(&mut self.notes);
        self.check_width(&mut cells, &mut row);
        self.take_ground(&cells, &mut row);
        for (at, cell) in cells.into_iter().enumerate().filter(|(at, _)| !self.is_ground(*at)) {
            let name = self.names.get(at).cloned().unwrap_or_else(|| format!("@column_{}", at + 1));
            if name.starts_with('@') && is_blank(&cell) {
                continue;
            }
            if cell.as_str().is_some_and(|text| text.contains('\u{fffd}')) {
                row.notes.push(Note::new("undecodable").about(&name, shorten(cell.as_str().unwrap_or_default())));
            }
            // A column that stands twice is kept under a name with its number.
            let first = name.split_once('@').and_then(|(name, _)| row.properties.get(name)).cloned();
            if let Some(first) = first.filter(|first| !is_blank(first) && !is_blank(&cell) && *first != cell) {
                let field = name.split('@').next().unwrap_or_default().to_owned();
                let both = format!("{} and {}", value::text_of(&first), value::text_of(&cell));
                row.notes.push(Note::new("property_twice").about(&field, shorten(&both)));
            }
            row.properties.insert(name, cell);
        }
        Some(row)
    }

    /// Whether the row under the header holds HXL hashtags instead of data.
    pub(crate) fn is_hxl(cells: &[Value]) -> bool {
        let mut told = cells.iter().filter(|cell| !is_blank(cell)).peekable();
        told.peek().is_some() && told.all(|cell| cell.as_str().is_some_and(|text| text.trim_start().starts_with('#')))
    }

    /// Say it on the next row.
    pub(crate) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    fn is_ground(&self, at: usize) -> bool {
        match self.ground {
            GroundColumns::None => false,
            GroundColumns::Text(text) | GroundColumns::Written(_, text) => at == text,
            GroundColumns::WrittenPair(_, x, y)
            | GroundColumns::Degrees(x, y)
            | GroundColumns::Plane(x, y)
            | GroundColumns::NorthingFirst(x, y) => at == x || at == y,
        }
    }

    /// A row that is longer than the header has slipped: a comma inside a number or a text.
    fn check_width(&self, cells: &mut Vec<Value>, row: &mut Row) {
        while cells.len() > self.names.len() && cells.last().is_some_and(is_blank) {
            cells.pop();
        }
        let (has, wants) = (cells.len(), self.names.len());
        if has > wants {
            row.notes.push(Note::new("row_longer_than_header").with("has", has).with("wants", wants));
        } else if has < wants {
            row.notes.push(Note::new("row_shorter_than_header").with("has", has).with("wants", wants));
        }
    }

    fn take_ground(&self, cells: &[Value], row: &mut Row) {
        let cell = |at: usize| cells.get(at).unwrap_or(&Value::Null);
        match self.ground {
            GroundColumns::None => {}
            GroundColumns::Text(at) => ground_of_text(cell(at), row),
            GroundColumns::Written(notation, at) => ground_of_written(notation, None, &value::text_of(cell(at)), row),
            GroundColumns::WrittenPair(notation, x, y) => {
                let [x, y] = [cell(x), cell(y)].map(value::text_of);
                if !(x.trim().is_empty() && y.trim().is_empty()) {
                    ground_of_written(notation, Some(Order::LatLon), &format!("{} ; {}", y.trim(), x.trim()), row);
                }
            }
            GroundColumns::Degrees(x, y) => self.ground_of_pair([x, y], [cell(x), cell(y)], false, row),
            GroundColumns::Plane(x, y) => {
                row.crs = Declared::Nothing;
                self.ground_of_pair([x, y], [cell(x), cell(y)], false, row);
            }
            GroundColumns::NorthingFirst(x, y) => {
                row.crs = Declared::Nothing;
                self.ground_of_pair([x, y], [cell(x), cell(y)], true, row);
            }
        }
    }

    fn ground_of_pair(&self, at: [usize; 2], cells: [&Value; 2], northing_first: bool, row: &mut Row) {
        let [given_x, given_y] = cells.map(value::text_of);
        if given_x.is_empty() && given_y.is_empty() {
            return;
        }
        let text = format!("{}={given_x} {}={given_y}", self.names[at[0]], self.names[at[1]]);
        row.ground = match (value::number_of(cells[0]), value::number_of(cells[1])) {
            (Ok(x), Ok(y)) => {
                let position = if northing_first { [y, x] } else { [x, y] };
                Ground::Shape { shape: Shape::Point(position), text: Some(text) }
            }
            (Err(why), _) => Ground::Broken { text, why: format!("{} {}", self.names[at[0]], why.what()) },
            (_, Err(why)) => Ground::Broken { text, why: format!("{} {}", self.names[at[1]], why.what()) },
        };
    }
}

/// Names without the blanks around them; a name that stands twice, or none at all, gets one of its own.
fn names_of(header: &[String], notes: &mut Vec<Note>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (at, given) in header.iter().enumerate() {
        let name = given.trim();
        if name.is_empty() {
            names.push(format!("@column_{}", at + 1));
        } else if names.iter().any(|known| known == name) {
            notes.push(Note::new("column_twice").about(name, name));
            names.push(format!("{name}@{}", at + 1));
        } else {
            names.push(name.to_owned());
        }
    }
    names
}

fn by_names(names: &[String]) -> GroundColumns {
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let find = |name: &str| lower.iter().position(|known| known == name);
    let pair = |pairs: &[(&str, &str)]| pairs.iter().find_map(|(x, y)| Some((find(x)?, find(y)?)));
    if let Some(at) = TEXT_NAMES.iter().find_map(|name| find(name)) {
        GroundColumns::Text(at)
    } else if let Some((x, y)) = pair(DEGREE_NAMES) {
        GroundColumns::Degrees(x, y)
    } else if let Some((x, y)) = pair(PLANE_NAMES) {
        GroundColumns::Plane(x, y)
    } else {
        GroundColumns::None
    }
}

/// In a system whose X is the northing, columns named x and y are read by the names of the standard.
fn by_axes(ground: GroundColumns, crs: Option<CrsCode>, names: &[String], notes: &mut Vec<Note>) -> GroundColumns {
    let northing_first = crs.and_then(|code| Crs::of(code).ok()).is_some_and(|crs| crs.has_northing_first());
    match ground {
        GroundColumns::Plane(x, y) if northing_first && names[x].eq_ignore_ascii_case("x") => {
            notes.push(Note::new("northing_first").with("crs", crs.map(|code| code.to_string()).unwrap_or_default()));
            GroundColumns::NorthingFirst(x, y)
        }
        other => other,
    }
}

/// Positions in a notation, one a line or apart by `|`: one is a point, two are a line, more are the corners of a polygon.
fn ground_of_written(notation: Notation, order: Option<Order>, text: &str, row: &mut Row) {
    row.crs = Declared::Notation(notation);
    if text.trim().is_empty() {
        return;
    }
    let parts = text.split(['|', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let positions: Result<Vec<([f64; 2], f64)>, String> =
        parts.map(|part| read(part, notation, order).map_err(|why| why.to_string())).collect();
    let positions = positions.map(|positions| {
        row.resolution_m = positions.iter().map(|(_, open_m)| *open_m).fold(0.0, f64::max);
        positions.into_iter().map(|(position, _)| position).collect::<Vec<_>>()
    });
    row.ground = match positions {
        Err(why) => Ground::Broken { text: text.to_owned(), why },
        Ok(positions) => {
            let shape = match positions[..] {
                [one] => Shape::Point(one),
                [_, _] => Shape::LineString(positions),
                [first, .., last] if first != last => {
                    Shape::Polygon(vec![positions.into_iter().chain([first]).collect()])
                }
                _ => Shape::Polygon(vec![positions]),
            };
            Ground::Shape { shape, text: Some(text.to_owned()) }
        }
    };
}

/// Degrees without hemispheres need an order, which two columns have and one has not.
/// Gives the metres that the notation leaves open too.
fn read(text: &str, notation: Notation, order: Option<Order>) -> Result<([f64; 2], f64), PlaceError> {
    match notation {
        Notation::Dms | Notation::Dm => {
            let written = geodesy::text::read(text, order)?;
            Ok((written.lonlat, written.last_digit_m))
        }
        other => {
            let place = geodesy::place::read(text, other, None)?;
            Ok((place.lonlat, place.resolution_m.unwrap_or_default()))
        }
    }
}

/// Well-known text, perhaps with an SRID in front; well-known binary as hexadecimal digits; GeoJSON.
fn ground_of_text(cell: &Value, row: &mut Row) {
    row.crs = Declared::Nothing;
    let given = match cell {
        Value::String(text) if !text.trim().is_empty() => text,
        Value::Null | Value::String(_) => return,
        other => {
            row.ground = Ground::Broken { text: other.to_string(), why: "it is not text".to_owned() };
            return;
        }
    };
    let text = given.trim();
    let read = if text.starts_with('{') {
        row.crs = Declared::ByStandard;
        Shape::from_geojson_str(text)
    } else if text.len() > 16 && text.len() % 2 == 0 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        let bytes = bytes_of_hex(text);
        row.crs = srid_of_wkb(&bytes).map_or(Declared::Nothing, |code| Declared::Code(CrsCode(code)));
        Shape::from_wkb(&bytes)
    } else {
        let (srid, wkt) = split_srid(text);
        row.crs = srid.map_or(Declared::Nothing, |code| Declared::Code(CrsCode(code)));
        row.has_height = has_third_number(wkt);
        Shape::from_wkt(wkt)
    };
    row.ground = match read {
        Ok(shape) => Ground::Shape { shape, text: Some(given.clone()) },
        Err(why) => Ground::Broken { text: given.clone(), why: why.to_string() },
    };
}

/// `SRID=4326;POINT (1 2)`, as PostGIS writes it.
fn split_srid(text: &str) -> (Option<u32>, &str) {
    let Some((head, wkt)) = text.split_once(';') else { return (None, text) };
    let mut parts = head.splitn(2, '=');
    match (parts.next().map(str::trim), parts.next().map(str::trim)) {
        (Some(word), Some(digits)) if word.eq_ignore_ascii_case("SRID") => match digits.parse() {
            Ok(0) => (None, wkt),
            Ok(code) => (Some(code), wkt),
            Err(_) => (None, text),
        },
        _ => (None, text),
    }
}

fn has_third_number(wkt: &str) -> bool {
    let Some(digit) = wkt.find(|c: char| c.is_ascii_digit()) else { return false };
    let first = wkt[digit..].split([',', ')']).next().unwrap_or_default();
    first.split_whitespace().count() > 2
}

fn bytes_of_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The SRID of extended WKB: flag 0x2000_0000 in the type, four bytes behind it.
fn srid_of_wkb(bytes: &[u8]) -> Option<u32> {
    let word = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if bytes[0] == 1 { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let has_srid = word(1)? & 0x2000_0000 != 0;
    if has_srid { word(5).filter(|code| *code != 0) } else { None }
}

/// Whether a cell holds nothing.
pub(crate) fn is_blank(cell: &Value) -> bool {
    match cell {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}
