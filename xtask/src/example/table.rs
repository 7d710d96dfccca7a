//! Rows of exchange files: named values with ground, written as GeoJSON or CSV, one record a line.

use std::fmt::Write;

use super::day::Day;
use super::ground::{Point, Ring};

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    True,
}

/// Where a row lies.
#[derive(Debug, Clone, PartialEq)]
pub enum Ground {
    None,
    At(Point),
    Line(Vec<Point>),
    Area(Ring),
}

/// One record of an exchange file.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which file of its reporting period it goes to.
    pub file: &'static str,
    /// When it became known: decides the reporting period.
    pub known_on: Day,
    pub ground: Ground,
    pub values: Vec<(&'static str, Value)>,
}

impl Row {
    /// A row with what every made-up record carries.
    pub fn new(file: &'static str, record: &str, local_id: &str, day: Day) -> Row {
        Row { file, known_on: day, ground: Ground::None, values: Vec::new() }
            .text("record", record)
            .text("local_id", local_id)
            .text("date_of_information", day.to_string())
    }

    /// With this text; an empty one leaves the field out.
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Row {
        let text = text.into();
        if !text.is_empty() {
            self.values.push((name, Value::Text(text)));
        }
        self
    }

    /// With this number.
    pub fn number(mut self, name: &'static str, number: impl Into<f64>) -> Row {
        self.values.push((name, Value::Number(number.into())));
        self
    }

    /// With this ground.
    pub fn on(mut self, ground: Ground) -> Row {
        self.ground = ground;
        self
    }

    /// Known later than it happened.
    pub fn known_on(mut self, day: Day) -> Row {
        self.known_on = day;
        self
    }

    /// Marked as made up, with the source that says so.
    pub fn synthetic(mut self) -> Row {
        self = self.text("source", "HG");
        self.values.push(("synthetic", Value::True));
        self
    }

    /// With another text in a field it has.
    pub fn with(mut self, name: &str, text: &str) -> Row {
        self.values.iter_mut().filter(|(n, _)| *n == name).for_each(|(_, value)| *value = Value::Text(text.to_owned()));
        self
    }

    /// A text of a field.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Its local id.
    pub fn local_id(&self) -> &str {
        self.text_of("local_id").unwrap_or_default()
    }

    fn sort_key(&self) -> (String, String) {
        let text = |name| self.text_of(name).unwrap_or_default().to_owned();
        (text("date_of_information"), text("local_id"))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }
}

/// In the order in which a reader expects them: by day, then by id.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by_key(Row::sort_key);
}

/// A feature collection, one feature a line.
pub fn geojson(rows: &[Row]) -> String {
    let features: Vec<String> = rows.iter().map(feature).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

fn feature(row: &Row) -> String {
    let properties: Vec<String> = row
        .values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Text(text) => quoted(text),
                Value::Number(number) => number.to_string(),
                Value::True => "true".to_owned(),
            };
            format!("\"{name}\":{value}")
        })
        .collect();
    let geometry = match &row.ground {
        Ground::None => "null".to_owned(),
        Ground::At(point) => format!("{{\"type\":\"Point\",\"coordinates\":{}}}", position(*point)),
        Ground::Line(points) => format!("{{\"type\":\"LineString\",\"coordinates\":[{}]}}", positions(points)),
        Ground::Area(ring) => {
            let closed: Vec<Point> = ring.iter().chain(ring.first()).copied().collect();
            format!("{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}", positions(&closed))
        }
    };
    format!("{{\"type\":\"Feature\",\"geometry\":{geometry},\"properties\":{{{}}}}}", properties.join(","))
}

fn position(p: Point) -> String {
    format!("[{},{}]", p.lon, p.lat)
}

fn positions(points: &[Point]) -> String {
    points.iter().map(|p| position(*p)).collect::<Vec<_>>().join(",")
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)).expect("a string takes text"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A table whose points stand in the columns `lon` and `lat`.
pub fn csv(rows: &[Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.values) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let placed = rows.iter().any(|row| matches!(row.ground, Ground::At(_)));
    let mut head = names.clone();
    if placed {
        head.extend(["lon", "lat"]);
    }
    let mut out = head.join(",") + "\n";
    for row in rows {
        let mut cells: Vec<String> = names.iter().map(|name| row.value(name).map_or(String::new(), cell)).collect();
        if placed {
            match row.ground {
                Ground::At(p) => cells.extend([p.lon.to_string(), p.lat.to_string()]),
                _ => cells.extend([String::new(), String::new()]),
            }
        }
        out += &(cells.join(",") + "\n");
    }
    out
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) if text.contains([',', '"', '\n']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::True => "true".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_with_its_commas_and_quotes_kept() {
        let row = Row::new("finds.csv", "device_find", "F-1", Day::new(2022, 5, 1))
            .text("note", "a \"lid\", rusted")
            .number("depth_cm", 12.0)
            .on(Ground::At(Point::new(46.1, 40.2)));
        assert_eq!(
            csv(std::slice::from_ref(&row)),
            "record,local_id,date_of_information,note,depth_cm,lon,lat\n\
             device_find,F-1,2022-05-01,\"a \"\"lid\"\", rusted\",12,46.1,40.2\n"
        );
        assert!(geojson(&[row]).contains(r#""note":"a \"lid\", rusted","depth_cm":12"#));
    }
}
