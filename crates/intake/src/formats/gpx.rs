//! GPX 1.0 and 1.1: waypoints as points, tracks and routes as lines. WGS 84 by its standard.

use std::fs::File;
use std::path::Path;

use geometry::Shape;
use serde_json::Value;

use crate::format::Format;
use crate::formats::xml::{Xml, XmlReader, XmlStop, row_or_end};
use crate::limits::MAX_VERTICES;
use crate::refused::Refused;
use crate::row::{Ground, Note, Progress, Row, RowSource};

/// Rows of a GPX file.
pub(crate) struct Gpx {
    xml: XmlReader,
    number: u64,
    is_over: bool,
}

/// A track or route while it is read.
#[derive(Default)]
struct Line {
    parts: Vec<Vec<[f64; 2]>>,
    n: usize,
    fault: Option<String>,
}

impl Gpx {
    pub(crate) fn open(path: &Path, name: &str) -> Result<Gpx, Refused> {
        let io = |why| Refused::io(name, why);
        let xml = XmlReader::open(File::open(path).map_err(io)?).map_err(io)?;
        Ok(Gpx { xml, number: 0, is_over: false })
    }

    fn advance(&mut self) -> Result<Option<Row>, XmlStop> {
        loop {
            match self.xml.next()? {
                None => return Ok(None),
                Some(Xml::Start(name, attributes)) => match name.as_str() {
                    "wpt" => return self.waypoint(&attributes).map(Some),
                    "trk" | "rte" => return self.path(&name).map(Some),
                    _ => {}
                },
                Some(_) => {}
            }
        }
    }

    fn waypoint(&mut self, attributes: &[(String, String)]) -> Result<Row, XmlStop> {
        self.number += 1;
        let mut row = Row::new(self.number);
        let (text, position) = position(attributes);
        row.ground = match position {
            Ok(position) => Ground::Shape { shape: Shape::Point(position), text: Some(text) },
            Err(why) => Ground::Broken { text, why },
        };
        self.values("wpt", &mut row, None)?;
        row.has_height = row.properties.contains_key("ele");
        Ok(row)
    }

    fn path(&mut self, kind: &str) -> Result<Row, XmlStop> {
        self.number += 1;
        let mut row = Row::new(self.number);
        let mut path = Line::default();
        self.values(kind, &mut row, Some(&mut path))?;
        let mut parts: Vec<Vec<[f64; 2]>> = path.parts.into_iter().filter(|part| !part.is_empty()).collect();
        let shape = if parts.len() == 1 { Shape::LineString(parts.remove(0)) } else { Shape::MultiLineString(parts) };
        row.ground = match path.fault {
            Some(why) => Ground::Broken { text: shape.to_wkt(), why },
            None => Ground::Shape { shape, text: None },
        };
        Ok(row)
    }

    /// The values of a waypoint, track or route, and the positions of the latter two, up to its end.
    fn values(&mut self, end: &str, row: &mut Row, mut path: Option<&mut Line>) -> Result<(), XmlStop> {
        let (mut open, mut text): (Vec<String>, String) = (Vec::new(), String::new());
        loop {
            match self.xml.next()?.ok_or(XmlStop::Truncated)? {
                Xml::End(name) if name == end && open.is_empty() => return Ok(()),
                Xml::Start(name, attributes) => {
                    if let Some(path) = path.as_deref_mut() {
                        path.see(&name, &attributes);
                    }
                    open.push(name);
                    text.clear();
                }
                Xml::Text(more) => text.push_str(&more),
                Xml::End(name) => {
                    let is_of_point = open.iter().any(|name| name == "trkpt" || name == "rtept");
                    if is_of_point {
                        row.has_height |= name == "ele";
                    } else if !text.trim().is_empty() {
                        insert(row, &name, text.trim());
                    }
                    text.clear();
                    open.pop();
                }
            }
        }
    }
}

impl Line {
    fn see(&mut self, name: &str, attributes: &[(String, String)]) {
        match name {
            "trkseg" => self.parts.push(Vec::new()),
            "trkpt" | "rtept" => {
                self.n += 1;
                let (text, read) = position(attributes);
                match read {
                    _ if self.n > MAX_VERTICES => {
                        self.fault = Some(format!("it has more than {MAX_VERTICES} vertices"))
                    }
                    Ok(position) => match self.parts.last_mut() {
                        Some(part) => part.push(position),
                        None => self.parts.push(vec![position]),
                    },
                    Err(why) => {
                        let n = self.n;
                        self.fault.get_or_insert_with(|| format!("position {n} ({text}) {why}"));
                    }
                }
            }
            _ => {}
        }
    }
}

fn position(attributes: &[(String, String)]) -> (String, Result<[f64; 2], String>) {
    let of = |name: &str| attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let (lon, lat) = (of("lon"), of("lat"));
    let read = match (lon.parse::<f64>(), lat.parse::<f64>()) {
        (Ok(lon), Ok(lat)) => Ok([lon, lat]),
        _ => Err("lacks a lon or lat that is a number".to_owned()),
    };
    (format!("lon={lon} lat={lat}"), read)
}

fn insert(row: &mut Row, name: &str, text: &str) {
    if let Some(first) = row.properties.get(name) {
        // Extensions repeat names; both are kept.
        let n = row.properties.keys().filter(|key| key.split('@').next() == Some(name)).count() + 1;
        row.notes.push(Note::new("property_repeated").about(name, format!("{first} and {text:?}")));
        row.properties.insert(format!("{name}@{n}"), Value::String(text.to_owned()));
    } else {
        row.properties.insert(name.to_owned(), Value::String(text.to_owned()));
    }
}

impl RowSource for Gpx {
    fn format(&self) -> Format {
        Format::Gpx
    }

    fn next_row(&mut self) -> Option<Row> {
        if self.is_over {
            return None;
        }
        let (row, is_over) = row_or_end(self.advance(), self.number, self.xml.progress().0);
        self.is_over = is_over;
        row
    }

    fn progress(&self) -> Progress {
        let (done, total) = self.xml.progress();
        Progress { done, total }
    }
}
