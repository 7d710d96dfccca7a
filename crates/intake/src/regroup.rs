//! Rows that are one record, and rows that are several: what a profile declares with `join` and `[each]`.
//!
//! An inventory of monuments gives a row for the point of a place and another for its outline. A table of displacement
//! gives a column for every quantity. Neither is a record a row.
//!
//! ```text
//!   join:    EAMENA-1 point · EAMENA-1 polygon      ─► one row, its ground the polygon, both kept as entered
//!   [each]:  AFG 2013 | stock 631 000 | new 124 000 ─► a row for the stock, a row for the new
//! ```

use std::collections::{BTreeMap, HashMap, VecDeque};

use geometry::Shape;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::format::Format;
use crate::profile::Profile;
use crate::row::{Ground, Note, Progress, Row, RowSource};
use crate::value::{is_nothing, text_of};

/// The property that names the column a row was made of.
pub(crate) const COLUMN: &str = "@column";

/// `[each]` of a profile: columns of which each is a record of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Each {
    /// The field that takes the value of the column.
    pub(crate) field: String,
    /// By column: fields that say what its values are.
    pub(crate) column: BTreeMap<String, Map<String, Value>>,
}

/// The rows of a file as the profile groups them.
pub(crate) fn regrouped<'a>(source: Box<dyn RowSource + 'a>, profile: &'a Profile) -> Box<dyn RowSource + 'a> {
    let source: Box<dyn RowSource + 'a> = match &profile.each {
        Some(each) => Box::new(Unfolded { source, each, profile, waiting: VecDeque::new() }),
        None => source,
    };
    match profile.join {
        true => Box::new(Joined { source, profile, joined: None }),
        false => source,
    }
}

/// A row for every column of a row that holds something.
struct Unfolded<'a> {
    source: Box<dyn RowSource + 'a>,
    each: &'a Each,
    profile: &'a Profile,
    waiting: VecDeque<Row>,
}

impl Unfolded<'_> {
    fn unfold(&mut self, row: Row) {
        for (column, says) in &self.each.column {
            let Some(value) = row.properties.get(column).filter(|value| !self.profile.is_blank(value)).cloned() else {
                continue;
            };
            let mut own = row.clone();
            own.properties.retain(|name, _| !self.each.column.contains_key(name));
            own.properties.insert(COLUMN.to_owned(), Value::String(column.clone()));
            own.properties.insert(self.each.field.clone(), value);
            own.properties.extend(says.clone());
            self.waiting.push_back(own);
        }
    }
}

impl RowSource for Unfolded<'_> {
    fn format(&self) -> Format {
        self.source.format()
    }

    fn next_row(&mut self) -> Option<Row> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Some(row);
            }
            let row = self.source.next_row()?;
            if row.properties.is_empty() {
                return Some(row);
            }
            self.unfold(row);
        }
    }

    fn progress(&self) -> Progress {
        self.source.progress()
    }
}

/// Rows of one local id as one row. The whole file is in memory meanwhile.
struct Joined<'a> {
    source: Box<dyn RowSource + 'a>,
    profile: &'a Profile,
    joined: Option<VecDeque<Row>>,
}

impl Joined<'_> {
    fn join(&mut self) -> VecDeque<Row> {
        let mut groups: Vec<Vec<Row>> = Vec::new();
        let mut known: HashMap<(Option<String>, String), usize> = HashMap::new();
        while let Some(row) = self.source.next_row() {
            let mapped = self.profile.map(&row.properties, row.number).properties;
            let id = mapped.get("local_id").filter(|id| !is_nothing(id)).map(|id| text_of(id).trim().to_owned());
            let found = id.and_then(|id| {
                let next = groups.len();
                let at = *known.entry((row.layer.clone(), id)).or_insert(next);
                (at < next).then_some(at)
            });
            match found {
                Some(at) => groups[at].push(row),
                None => groups.push(vec![row]),
            }
        }
        groups.into_iter().map(one_of).collect()
    }
}

impl RowSource for Joined<'_> {
    fn format(&self) -> Format {
        self.source.format()
    }

    fn next_row(&mut self) -> Option<Row> {
        let mut joined = self.joined.take().unwrap_or_else(|| self.join());
        let row = joined.pop_front();
        self.joined = Some(joined);
        row
    }

    fn progress(&self) -> Progress {
        self.source.progress()
    }
}

/// One row of several. Its ground are the areas, or else the lines, or else the points; all are kept as entered. Where
/// rows differ in anything but their ground, that is told, and a person decides.
fn one_of(mut rows: Vec<Row>) -> Row {
    let mut first = rows.remove(0);
    if rows.is_empty() {
        return first;
    }
    let numbers: Vec<String> =
        std::iter::once(first.number).chain(rows.iter().map(|row| row.number)).map(|n| n.to_string()).collect();
    let differing = rows.iter().find_map(|row| {
        let names = first.properties.keys().chain(row.properties.keys());
        let found = names.into_iter().find(|name| first.properties.get(*name) != row.properties.get(*name)).cloned();
        let crs = (row.crs != first.crs).then(|| "crs".to_owned());
        found.or(crs)
    });
    if let Some(column) = differing {
        let texts: Vec<String> = std::iter::once(&first)
            .chain(&rows)
            .map(|row| row.properties.get(&column).map(text_of).unwrap_or_default())
            .collect();
        let note = Note::new("rows_differ").about(&column, texts.join(" and "));
        first.notes.push(note.with("rows", numbers.join(", ")).with("column", &column));
    }
    let mut shapes = Vec::new();
    for row in std::iter::once(&mut first).chain(&mut rows) {
        match std::mem::replace(&mut row.ground, Ground::Absent) {
            Ground::Absent => {}
            Ground::Shape { shape, .. } => shapes.push(shape),
            broken @ Ground::Broken { .. } => {
                first.ground = broken;
                return first;
            }
        }
    }
    for row in rows {
        first.has_height |= row.has_height;
        first.resolution_m = first.resolution_m.max(row.resolution_m);
        first.notes.extend(row.notes);
    }
    if shapes.len() > 1 {
        first.parts = shapes.iter().map(Shape::to_wkt).collect();
    }
    if let Some(shape) = ground_of(shapes) {
        first.ground = Ground::Shape { shape, text: None };
    }
    first
}

fn ground_of(shapes: Vec<Shape>) -> Option<Shape> {
    let (mut areas, mut lines, mut points, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for shape in shapes {
        match shape {
            Shape::Polygon(rings) => areas.push(rings),
            Shape::MultiPolygon(polygons) => areas.extend(polygons),
            Shape::LineString(line) => lines.push(line),
            Shape::MultiLineString(several) => lines.extend(several),
            Shape::Point(point) => points.push(point),
            Shape::MultiPoint(several) => points.extend(several),
            other => others.push(other),
        }
    }
    match (areas.len(), lines.len(), points.len()) {
        (1, ..) => areas.pop().map(Shape::Polygon),
        (2.., ..) => Some(Shape::MultiPolygon(areas)),
        (0, 1, _) => lines.pop().map(Shape::LineString),
        (0, 2.., _) => Some(Shape::MultiLineString(lines)),
        (0, 0, 1) => points.pop().map(Shape::Point),
        (0, 0, 2..) => Some(Shape::MultiPoint(points)),
        (0, 0, 0) => others.pop(),
    }
}
