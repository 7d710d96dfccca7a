//! Tables of legs: one row a leg, all legs of a polygon one traverse (GEO-1 to GEO-7, DOMAIN §5.1).
//!
//! ```text
//!   local_id  from  to   bearing  distance_m  lon      lat
//!   HA-1            RP                        46.0383  40.1065    the point the legs begin at
//!   HA-1      RP    SP   0-00     100
//!   HA-1      SP    TP1  15-00    100                              … becomes one row with the property traverse
//! ```
//!
//! A row with the columns `bearing` and `distance_m`, or those that the profile names under `[legs]`, is a leg; one with
//! neither value is a point or a row of its own. Legs of one polygon follow each other. What the rows say of the record
//! besides their legs must agree (DQ-12). Texts go into the sheet as they stand, so that [`geodesy::traverse`] judges
//! them and what was entered stays with the record.

use std::collections::{BTreeMap, VecDeque};

use geodesy::crs::Crs;
use geodesy::place::Notation;
use geometry::Shape;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Options;
use crate::format::Format;
use crate::limits::shorten;
use crate::row::{Declared, Ground, Note, Progress, Row, RowSource};
use crate::value::{self, Reading, is_nothing, text_of};

/// Rows of one polygon at most: a slip of the id must not gather a whole file in memory. With more it is held.
const MOST: usize = 10_000;

/// What a leg says of itself: key in the sheet and column, where the profile names no other.
const OF_LEG: &[&str] = &["from", "to", "bearing", "distance_m", "inclination_deg", "role"];
/// What is said once for all legs.
const OF_SHEET: &[&str] =
    &["north", "unit", "declination", "observed_on", "height_m", "distances", "method", "ring", "datum_accuracy_m"];

/// `[legs]` of a profile: which columns hold the legs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LegColumns {
    /// Column that says which polygon a leg is of; `local_id` if absent.
    polygon: Option<String>,
    from: Option<String>,
    to: Option<String>,
    bearing: Option<String>,
    distance: Option<String>,
    inclination: Option<String>,
    role: Option<String>,
    /// Column with the id of the permanent marker at the end of the leg: the control group of the polygon (UNC-3).
    marker: Option<String>,
    north: Option<String>,
    unit: Option<String>,
    declination: Option<String>,
    observed_on: Option<String>,
    height: Option<String>,
    /// Metres in one unit of the distances, such as a pace.
    metres_per_unit: Option<f64>,
    /// Whose position a row with a leg gives: `from` or `to`.
    position: Option<Side>,
    /// What no column says, by the names of the sheet.
    #[serde(default)]
    constant: BTreeMap<String, Value>,
    /// Of a name of the sheet: text of the file = word of the sheet.
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    From,
    To,
}

impl LegColumns {
    /// The column of a name of the sheet.
    fn column<'a>(&'a self, name: &'a str) -> &'a str {
        let stated = match name {
            "from" => &self.from,
            "to" => &self.to,
            "bearing" => &self.bearing,
            "distance_m" => &self.distance,
            "inclination_deg" => &self.inclination,
            "role" => &self.role,
            "marker" => &self.marker,
            "north" => &self.north,
            "unit" => &self.unit,
            "declination" => &self.declination,
            "observed_on" => &self.observed_on,
            "height_m" => &self.height,
            _ => &None,
        };
        stated.as_deref().unwrap_or(name)
    }

    /// A name that is none of a sheet, if the profile gives one; and what could stand there.
    pub(crate) fn mistake(&self) -> Option<(&str, String)> {
        let known: Vec<&str> = OF_LEG.iter().chain(OF_SHEET).copied().collect();
        let named = self.constant.keys().filter(|name| !OF_SHEET.contains(&name.as_str()));
        let mapped = self.values.keys().filter(|name| !known.contains(&name.as_str()));
        let first = named.chain(mapped).next().map(|name| (name.as_str(), known.join(", ")));
        let is_length = self.metres_per_unit.is_none_or(|metres| metres.is_finite() && metres > 0.0);
        first.or((!is_length).then(|| ("metres_per_unit", "a number above 0".to_owned())))
    }

    /// The word of the sheet for what stands in a cell.
    fn word(&self, name: &str, value: &Value) -> Value {
        let word = self.values.get(name).and_then(|words| words.get(text_of(value).trim()));
        word.map_or_else(|| value.clone(), |word| Value::String(word.clone()))
    }
}

/// Rows of which the legs are gathered.
pub(crate) struct Legs<'a> {
    source: Box<dyn RowSource + 'a>,
    columns: LegColumns,
    /// The column that names the record, and so its polygon.
    polygon: String,
    options: Options<'a>,
    /// Read ahead.
    waiting: Option<Row>,
    /// Rows of one polygon none of which is a leg.
    plain: VecDeque<Row>,
}

impl<'a> Legs<'a> {
    pub(crate) fn new(source: Box<dyn RowSource + 'a>, options: &Options<'a>) -> Legs<'a> {
        let columns = options.profile.and_then(|profile| profile.legs.clone()).unwrap_or_default();
        let renamed = options.profile.and_then(|profile| profile.column_of("local_id"));
        let polygon = columns.polygon.clone().or(renamed).unwrap_or_else(|| "local_id".to_owned());
        Legs { source, columns, polygon, options: options.clone(), waiting: None, plain: VecDeque::new() }
    }

    fn next(&mut self) -> Option<Row> {
        self.waiting.take().or_else(|| self.source.next_row())
    }

    fn cell<'r>(&self, row: &'r Row, name: &str) -> Option<&'r Value> {
        row.properties.get(self.columns.column(name)).filter(|value| !is_nothing(value))
    }

    /// Whether the file has legs at all, by the columns of the row.
    fn has_columns(&self, row: &Row) -> bool {
        let is_column = |name| row.properties.contains_key(self.columns.column(name));
        is_column("bearing") && is_column("distance_m")
    }

    fn is_leg(&self, row: &Row) -> bool {
        self.cell(row, "bearing").is_some() || self.cell(row, "distance_m").is_some()
    }

    fn key(&self, row: &Row) -> String {
        row.properties.get(&self.polygon).map(text_of).unwrap_or_default().trim().to_owned()
    }

    /// Whether a row goes on with the traverse of those before: the same polygon, or a leg that names none.
    fn goes_on(&self, before: &[Row], row: &Row) -> bool {
        let key = self.key(row);
        if key.is_empty() { self.is_leg(row) } else { key == self.key(&before[0]) }
    }

    /// A leg that names no polygon belongs to the one before only if it begins where that one's last leg ended.
    fn is_astray(&self, before: Option<&Row>, row: &Row) -> bool {
        let last = before.and_then(|last| self.cell(last, "to")).map(text_of);
        self.key(row).is_empty() && (last.is_none() || last != self.cell(row, "from").map(text_of))
    }

    /// One row of the rows of one polygon.
    fn gathered(&self, rows: Vec<Row>) -> Row {
        let mut whole = Row::new(rows[0].number);
        whole.layer.clone_from(&rows[0].layer);
        let mut sheet: Map<String, Value> =
            self.columns.constant.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let (mut legs, mut markers) = (Vec::new(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            if self.is_astray(at.checked_sub(1).map(|before| &rows[before]), row) && self.is_leg(row) {
                whole.notes.push(Note::new("leg_astray").about(&self.polygon, "").with("row", row.number));
            }
            whole.notes.extend(row.notes.iter().cloned());
            whole.has_height |= row.has_height;
            self.take_sheet(row, &mut sheet, &mut whole);
            if let Some(marker) = self.cell(row, "marker").map(|marker| text_of(marker).trim().to_owned()) {
                markers.push(Value::String(marker));
            }
            if self.is_leg(row) {
                legs.push(self.leg(row, legs.is_empty() && !sheet.contains_key("datum_point"), &mut sheet, &mut whole));
            } else if !matches!(row.ground, Ground::Absent) {
                self.take_point(row, &mut sheet, &mut whole);
            }
            self.take_others(row, &mut whole);
        }
        sheet.insert("legs".to_owned(), Value::Array(legs));
        if let (Some(metres), Some(Value::Object(point))) =
            (sheet.remove("datum_accuracy_m"), sheet.get_mut("datum_point"))
        {
            point.insert("accuracy_m".to_owned(), metres);
        }
        whole.properties.insert("traverse".to_owned(), Value::Object(sheet));
        if !markers.is_empty() {
            whole.properties.entry("control_group").or_insert(Value::Array(markers));
        }
        whole
    }

    /// What is said for all legs, and must be said alike.
    fn take_sheet(&self, row: &Row, sheet: &mut Map<String, Value>, whole: &mut Row) {
        for name in OF_SHEET {
            let Some(given) = self.cell(row, name) else { continue };
            let word = match *name {
                "observed_on" => self.day(given),
                _ => self.columns.word(name, given),
            };
            match sheet.get(*name) {
                Some(first) if *first != word && !self.columns.constant.contains_key(*name) => {
                    whole.notes.push(twice(name, first, &word, row.number));
                }
                _ => _ = sheet.insert((*name).to_owned(), word),
            }
        }
    }

    fn day(&self, given: &Value) -> Value {
        let formats = self.options.profile.map(|profile| profile.day_formats.as_slice()).unwrap_or_default();
        let read: Option<Date> =
            value::day("observed_on", given, &Reading { day_formats: formats, ..Reading::default() }).ok();
        // What is no day is left as it stands: the sheet names it.
        read.map_or_else(|| given.clone(), |day| json!(day.to_string()))
    }

    fn leg(&self, row: &Row, is_first: bool, sheet: &mut Map<String, Value>, whole: &mut Row) -> Value {
        let mut leg = Map::new();
        leg.insert("row".to_owned(), json!(row.number));
        for name in OF_LEG {
            if let Some(given) = self.cell(row, name) {
                leg.insert((*name).to_owned(), self.columns.word(name, given));
            }
        }
        if let Some(factor) = self.columns.metres_per_unit
            && let Some(given) = leg.get("distance_m").cloned()
            && let Ok(number) = value::number_of(&given)
        {
            leg.insert("distance_as_entered".to_owned(), given);
            leg.insert("distance_m".to_owned(), json!(number * factor));
        }
        match (&row.ground, self.columns.position) {
            (Ground::Absent, _) => {}
            (_, Some(Side::From)) if is_first => {
                sheet.insert("datum_point".to_owned(), self.point(row, self.cell(row, "from")));
            }
            (ground, Some(_)) => {
                leg.insert("position".to_owned(), json!(written(ground)));
            }
            (ground, None) => {
                let note = Note::new("position_of_leg").about("geometry", shorten(&written(ground)));
                whole.notes.push(note.with("row", row.number));
            }
        }
        Value::Object(leg)
    }

    /// A point without a leg: the one that the legs begin at. Another one is kept and told.
    fn take_point(&self, row: &Row, sheet: &mut Map<String, Value>, whole: &mut Row) {
        if sheet.contains_key("datum_point") {
            let note = Note::new("point_beside_legs").about("geometry", shorten(&written(&row.ground)));
            whole.notes.push(note.with("row", row.number));
            return;
        }
        let name = self.cell(row, "to").or_else(|| self.cell(row, "from"));
        let mut point = self.point(row, name);
        if let (Value::Object(point), Some(role)) = (&mut point, self.cell(row, "role")) {
            point.insert("role".to_owned(), self.columns.word("role", role));
        }
        sheet.insert("datum_point".to_owned(), point);
    }

    /// A position as a sheet gives it, with the system it is in; without one it cannot be read.
    fn point(&self, row: &Row, name: Option<&Value>) -> Value {
        let mut point = Map::new();
        if let Some(name) = name {
            point.insert("name".to_owned(), json!(text_of(name)));
        }
        let text = written(&row.ground);
        let position = match &row.ground {
            Ground::Shape { shape: Shape::Point(position), .. } => Some(*position),
            _ => None,
        };
        let crs = match row.crs {
            Declared::Code(code) => Some(code),
            _ => self.options.stated_crs(),
        };
        match (&row.crs, position, crs) {
            (Declared::Notation(notation), Some(_), _) => {
                let key = match notation {
                    Notation::Mgrs => "mgrs",
                    Notation::Utm => "utm",
                    _ => "text",
                };
                point.insert(key.to_owned(), json!(text));
            }
            (Declared::ByStandard, Some([lon, lat]), None) => {
                point.extend([("lon".to_owned(), json!(lon)), ("lat".to_owned(), json!(lat))]);
            }
            (_, Some(position), Some(code)) => {
                // A sheet names x and y as the system does.
                let [x, y] = Crs::of(code).map_or(position, |crs| crs.of_x_y(position));
                point.extend([
                    ("crs".to_owned(), json!(code.to_string())),
                    ("x".to_owned(), json!(x)),
                    ("y".to_owned(), json!(y)),
                ]);
                if let Some(operation) = self.operation(code) {
                    point.insert("operation".to_owned(), json!(operation));
                }
                point.insert("as_entered".to_owned(), json!(text));
            }
            _ => _ = point.insert("as_entered".to_owned(), json!(text)),
        }
        Value::Object(point)
    }

    /// The operation that is stated, or that the programme prescribes for systems that have it.
    fn operation(&self, code: crate::CrsCode) -> Option<String> {
        let preferred = self.options.preferred_operation;
        let has = |wanted: &u32| Crs::of(code).is_ok_and(|crs| crs.operations().any(|known| known.code == *wanted));
        let chosen = self.options.stated_operation().or(preferred.filter(has))?;
        Some(format!("EPSG:{chosen}"))
    }

    /// What a row says of the record besides its leg.
    fn take_others(&self, row: &Row, whole: &mut Row) {
        let is_of_legs = |column: &String| {
            OF_LEG.iter().chain(OF_SHEET).chain(&["marker"]).any(|name| self.columns.column(name) == column)
        };
        for (column, value) in row.properties.iter().filter(|(column, _)| !is_of_legs(column)) {
            match whole.properties.get(column).cloned() {
                Some(first) if !is_nothing(&first) => {
                    if !is_nothing(value) && first != *value {
                        whole.notes.push(twice(column, &first, value, row.number));
                    }
                }
                _ => _ = whole.properties.insert(column.clone(), value.clone()),
            }
        }
    }
}

fn twice(field: &str, first: &Value, second: &Value, row: u64) -> Note {
    let both = format!("{} and {} (row {row})", text_of(first), text_of(second));
    Note::new("property_twice").about(field, shorten(&both))
}

/// Ground as it stood in the file.
fn written(ground: &Ground) -> String {
    match ground {
        Ground::Absent => String::new(),
        Ground::Shape { text: Some(text), .. } | Ground::Broken { text, .. } => text.clone(),
        Ground::Shape { shape, text: None } => shape.to_wkt(),
    }
}

impl RowSource for Legs<'_> {
    fn format(&self) -> Format {
        self.source.format()
    }

    fn next_row(&mut self) -> Option<Row> {
        if let Some(plain) = self.plain.pop_front() {
            return Some(plain);
        }
        let first = self.next()?;
        // A sheet that is whole stands in a property of its own.
        if !self.has_columns(&first) || first.properties.contains_key("traverse") {
            return Some(first);
        }
        let mut rows = vec![first];
        let mut beyond: Option<(u64, u64)> = None;
        while let Some(row) = self.source.next_row() {
            if !self.has_columns(&row) || !self.goes_on(&rows, &row) {
                self.waiting = Some(row);
                break;
            }
            if rows.len() < MOST {
                rows.push(row);
            } else if rows.iter().any(|row| self.is_leg(row)) {
                beyond = Some((beyond.map_or(row.number, |(first, _)| first), row.number));
            } else {
                self.waiting = Some(row);
                break;
            }
        }
        if !rows.iter().any(|row| self.is_leg(row)) {
            self.plain = rows.into();
            return self.plain.pop_front();
        }
        let mut whole = self.gathered(rows);
        if let Some((first, last)) = beyond {
            let note = Note::new("too_many_legs").about(&self.polygon, "");
            whole.notes.push(note.with("row", first).with("last", last).with("most", MOST));
        }
        Some(whole)
    }

    fn progress(&self) -> Progress {
        self.source.progress()
    }
}
