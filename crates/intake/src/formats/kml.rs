//! KML (OGC 12-007r2) and KMZ: placemarks with their data and geometry. Styles, overlays and views are passed over.

use std::fs::File;
use std::io::Seek;
use std::path::Path;

use geometry::Shape;
use serde_json::Value;

use crate::archive;
use crate::format::Format;
use crate::formats::gathered;
use crate::formats::xml::{Xml, XmlReader, XmlStop, row_or_end};
use crate::limits::MAX_VERTICES;
use crate::refused::Refused;
use crate::row::{Ground, Note, Progress, Row, RowSource};

type Position = [f64; 2];

/// Rows of a KML document.
pub(crate) struct Kml {
    xml: XmlReader,
    /// The root, which is looked at before the first row and given again.
    root: Option<Xml>,
    format: Format,
    number: u64,
    is_over: bool,
}

impl Kml {
    pub(crate) fn open(path: &Path, name: &str) -> Result<Kml, Refused> {
        Kml::of_file(File::open(path).map_err(|why| Refused::io(name, why))?, Format::Kml, name)
    }

    /// The document of a KMZ: `doc.kml`, else the first.
    pub(crate) fn open_zip(path: &Path, name: &str) -> Result<Kml, Refused> {
        let mut zip = archive::open(path, name)?;
        let is_kml = |entry: &&String| entry.to_ascii_lowercase().ends_with(".kml") && !archive::is_hidden(entry);
        let entries = archive::entries(&zip);
        let found = entries.iter().find(|entry| entry.as_str() == "doc.kml").or_else(|| entries.iter().find(is_kml));
        let entry = found.ok_or_else(|| Refused::PartMissing {
            file: name.to_owned(),
            part: "a .kml".to_owned(),
            hint: "a KMZ holds one document, doc.kml".to_owned(),
        })?;
        let mut file = tempfile::tempfile().map_err(|why| Refused::io(name, why))?;
        archive::unfold(&mut zip, entry, name, &mut file)?;
        file.rewind().map_err(|why| Refused::io(name, why))?;
        Kml::of_file(file, Format::Kmz, name)
    }

    fn of_file(file: File, format: Format, name: &str) -> Result<Kml, Refused> {
        let mut xml = XmlReader::open(file).map_err(|why| Refused::io(name, why))?;
        loop {
            match xml.next() {
                Ok(Some(root @ Xml::Start(..))) => {
                    return Ok(Kml { xml, root: Some(root), format, number: 0, is_over: false });
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(XmlStop::Truncated) => {
                    return Err(Refused::Truncated { file: name.to_owned(), why: "it has no element".to_owned() });
                }
                Err(XmlStop::Entities) => return Err(Refused::XmlEntities { file: name.to_owned() }),
                Err(XmlStop::Broken(why)) => return Err(Refused::broken(name, "KML", why, "export it again")),
            }
        }
    }

    /// Up to the next placemark, or geometry that stands in none.
    fn advance(&mut self) -> Result<Option<Row>, XmlStop> {
        loop {
            let event = match self.root.take() {
                Some(root) => Some(root),
                None => self.xml.next()?,
            };
            match event {
                None => return Ok(None),
                Some(Xml::Start(name, attributes)) if name == "Placemark" => {
                    self.number += 1;
                    return self.placemark(attributes).map(Some);
                }
                Some(Xml::Start(name, _)) if is_geometry(&name) => {
                    self.number += 1;
                    let mut row = Row::new(self.number);
                    let mut given = Given::default();
                    given.add(self, &name)?;
                    given.put_into(&mut row);
                    return Ok(Some(row));
                }
                Some(_) => {}
            }
        }
    }

    fn placemark(&mut self, attributes: Vec<(String, String)>) -> Result<Row, XmlStop> {
        let mut row = Row::new(self.number);
        if let Some((_, id)) = attributes.into_iter().find(|(name, _)| name == "id") {
            row.properties.insert("@id".to_owned(), Value::String(id));
        }
        let mut given = Given::default();
        loop {
            match self.next()? {
                Xml::End(name) if name == "Placemark" => break,
                Xml::Start(name, _) => match name.as_str() {
                    "name" | "description" | "address" | "phoneNumber" => {
                        let text = self.text(&name)?;
                        row.properties.insert(name, Value::String(text));
                    }
                    "ExtendedData" => self.data(&mut row)?,
                    _ if is_geometry(&name) => given.add(self, &name)?,
                    "TimeStamp" => {
                        let text = self.text(&name)?;
                        row.properties.insert("@when".to_owned(), Value::String(text.trim().to_owned()));
                    }
                    _ => drop(self.text(&name)?),
                },
                Xml::Text(_) | Xml::End(_) => {}
            }
        }
        given.put_into(&mut row);
        Ok(row)
    }

    /// `Data` with its `value`, and `SimpleData` of a schema.
    fn data(&mut self, row: &mut Row) -> Result<(), XmlStop> {
        let mut key = String::new();
        loop {
            match self.next()? {
                Xml::End(name) if name == "ExtendedData" => return Ok(()),
                Xml::Start(name, attributes) => {
                    let named = attributes.into_iter().find(|(name, _)| name == "name").map(|(_, value)| value);
                    match name.as_str() {
                        "Data" => key = named.unwrap_or_default(),
                        "value" => {
                            let text = self.text("value")?;
                            put(row, &key, text);
                        }
                        "SimpleData" => {
                            let text = self.text("SimpleData")?;
                            put(row, &named.unwrap_or_default(), text);
                        }
                        _ => {}
                    }
                }
                Xml::Text(_) | Xml::End(_) => {}
            }
        }
    }

    fn geometry(&mut self, name: &str, given: &mut Given) -> Result<Shape, XmlStop> {
        given.raw.push_str(&format!("<{name}>"));
        let shape = match name {
            "MultiGeometry" | "MultiTrack" => self.several(name, given)?,
            "Polygon" => Shape::Polygon(self.rings(given)?),
            "Track" => Shape::LineString(self.positions(name, given)?),
            _ => {
                let positions = self.positions(name, given)?;
                match (name, &positions[..]) {
                    ("Point", [position]) => Shape::Point(*position),
                    ("Point", _) => {
                        given
                            .fault
                            .get_or_insert_with(|| format!("a Point has one position, this has {}", positions.len()));
                        Shape::MultiPoint(positions)
                    }
                    _ => Shape::LineString(positions),
                }
            }
        };
        given.raw.push_str(&format!("</{name}>"));
        Ok(shape)
    }

    fn several(&mut self, end: &str, given: &mut Given) -> Result<Shape, XmlStop> {
        let mut shapes = Vec::new();
        loop {
            match self.next()? {
                Xml::End(name) if name == end => return Ok(gathered(shapes).unwrap_or(Shape::Collection(Vec::new()))),
                Xml::Start(name, _) if is_geometry(&name) => shapes.push(self.geometry(&name, given)?),
                Xml::Start(..) | Xml::Text(_) | Xml::End(_) => {}
            }
        }
    }

    /// The outer boundary first, whatever the order in the file.
    fn rings(&mut self, given: &mut Given) -> Result<Vec<Vec<Position>>, XmlStop> {
        let (mut rings, mut is_inner) = (Vec::new(), false);
        let mut n_outer = 0;
        loop {
            match self.next()? {
                Xml::End(name) if name == "Polygon" => break,
                Xml::Start(name, _) => match name.as_str() {
                    "outerBoundaryIs" | "innerBoundaryIs" => {
                        is_inner = name == "innerBoundaryIs";
                        given.raw.push_str(&format!("<{name}>"));
                    }
                    "LinearRing" => {
                        let ring = self.positions("LinearRing", given)?;
                        if is_inner {
                            rings.push(ring);
                        } else {
                            rings.insert(n_outer, ring);
                            n_outer += 1;
                        }
                    }
                    _ => {}
                },
                Xml::Text(_) | Xml::End(_) => {}
            }
        }
        if n_outer != 1 {
            given.fault.get_or_insert_with(|| format!("a Polygon has one outer boundary, this has {n_outer}"));
        }
        Ok(rings)
    }

    /// The positions up to the end of this element: of `coordinates`, or the `coord`s of a track.
    fn positions(&mut self, end: &str, given: &mut Given) -> Result<Vec<Position>, XmlStop> {
        let mut positions = Vec::new();
        loop {
            match self.next()? {
                Xml::End(name) if name == end => return Ok(positions),
                Xml::Start(name, _) if name == "coordinates" => {
                    let text = self.text("coordinates")?;
                    given.raw.push_str(text.trim());
                    text.split_whitespace().for_each(|tuple| given.position(tuple.split(','), tuple, &mut positions));
                }
                Xml::Start(name, _) if name == "coord" => {
                    let text = self.text("coord")?;
                    given.raw.push_str(&text);
                    given.raw.push(' ');
                    given.position(text.split_whitespace(), &text, &mut positions);
                }
                Xml::Start(..) | Xml::Text(_) | Xml::End(_) => {}
            }
        }
    }

    /// The text inside an element, that of its children too.
    fn text(&mut self, end: &str) -> Result<String, XmlStop> {
        let (mut text, mut depth) = (String::new(), 0);
        loop {
            match self.next()? {
                Xml::Text(more) => text.push_str(&more),
                Xml::Start(name, _) if name == end => depth += 1,
                Xml::End(name) if name == end && depth == 0 => return Ok(text),
                Xml::End(name) if name == end => depth -= 1,
                Xml::Start(..) | Xml::End(_) => {}
            }
        }
    }

    fn next(&mut self) -> Result<Xml, XmlStop> {
        self.xml.next()?.ok_or(XmlStop::Truncated)
    }
}

impl RowSource for Kml {
    fn format(&self) -> Format {
        self.format
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

/// The geometries of one placemark: their shapes, what stood in the file, and the first fault.
#[derive(Default)]
struct Given {
    shapes: Vec<Shape>,
    raw: String,
    fault: Option<String>,
    n: usize,
    has_height: bool,
}

impl Given {
    /// The geometry whose element has begun.
    fn add(&mut self, kml: &mut Kml, name: &str) -> Result<(), XmlStop> {
        let shape = kml.geometry(name, self)?;
        self.shapes.push(shape);
        Ok(())
    }

    fn put_into(self, row: &mut Row) {
        row.has_height = self.has_height;
        row.ground = match (self.fault, gathered(self.shapes)) {
            (Some(why), _) => Ground::Broken { text: self.raw, why },
            (None, Some(shape)) => Ground::Shape { shape, text: Some(self.raw) },
            (None, None) => Ground::Absent,
        };
    }

    fn position<'t>(&mut self, mut numbers: impl Iterator<Item = &'t str>, tuple: &str, positions: &mut Vec<Position>) {
        self.n += 1;
        if self.n > MAX_VERTICES {
            self.fault = Some(format!("it has more than {MAX_VERTICES} vertices"));
            return;
        }
        let mut number = || numbers.next().and_then(|text| text.parse::<f64>().ok());
        match (number(), number()) {
            (Some(lon), Some(lat)) => {
                self.has_height |= numbers.next().is_some();
                positions.push([lon, lat]);
            }
            _ => {
                let n = self.n;
                self.fault.get_or_insert_with(|| {
                    format!("position {n} is {tuple:?}, where longitude,latitude is wanted without blanks")
                });
            }
        }
    }
}

fn is_geometry(name: &str) -> bool {
    matches!(name, "Point" | "LineString" | "LinearRing" | "Polygon" | "MultiGeometry" | "Track" | "MultiTrack")
}

/// A value; given twice, both are kept (DQ-12).
fn put(row: &mut Row, key: &str, text: String) {
    match row.properties.get(key) {
        None => {
            row.properties.insert(key.to_owned(), Value::String(text));
        }
        // `name` and `description` are KML's own; data of the same name is the reporter's and comes first.
        Some(_) if matches!(key, "name" | "description") => {
            row.properties.insert(key.to_owned(), Value::String(text));
        }
        Some(first) => {
            let both = format!("{first} and {text:?}");
            row.notes.push(Note::new("property_twice").about(key, both));
            row.properties.insert(format!("{key}@2"), Value::String(text));
        }
    }
}
