//! Zipped shapefiles: one for each kind of geometry of a layer, with its coordinate system and its encoding.
//!
//! The format cuts names to ten letters and texts to 254 bytes. What it cuts goes along in full: a mapping profile
//! gives the names back on import, and long texts stand in a table beside.

use std::io::{Cursor, Write};

use dbase::{FieldName, FieldValue, Record, TableWriterBuilder, UnicodeLossy};
use geometry::Shape;
use geometry::shape::Position;
use jiff::civil::Date;
use records::Feature;
use records::feature::{Column, ColumnType, Layer};
use serde_json::Value;
use shapefile::record::EsriShape;
use shapefile::{Multipoint, Point, Polygon, PolygonRing, Polyline, ShapeWriter, dbase};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::layers::COMPUTED;

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
#[error("layer {layer} could not be written as shapefile: {why}")]
pub struct ShapefileError {
    layer: &'static str,
    why: String,
}

/// WGS 84 as ESRI writes it.
const WGS84: &str = "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],\
                     PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

/// Bytes of a text.
const LONGEST: usize = 254;

/// What was written.
#[derive(Debug)]
pub struct Packed {
    /// The ZIP.
    pub bytes: Vec<u8>,
    /// Features left out, because they have no ground, or ground of several kinds at once.
    pub left_out: usize,
    /// Texts that were cut and stand whole in the table beside.
    pub cut: usize,
}

/// One layer. `record` is the kind of its rows, for the mapping profile that goes along.
pub fn packed(layer: &Layer, record: Option<&str>, features: &[Feature]) -> Result<Packed, ShapefileError> {
    let failed = |why: String| ShapefileError { layer: layer.name, why };
    let names = short_names(layer);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut long = Long::default();
    let (mut areas, mut lines, mut points, mut left_out) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for feature in features {
        match &feature.geometry {
            Some(Shape::Polygon(rings)) => areas.push((area(std::slice::from_ref(rings)), feature)),
            Some(Shape::MultiPolygon(polygons)) => areas.push((area(polygons), feature)),
            Some(Shape::LineString(path)) => lines.push((Polyline::with_parts(vec![spots(path)]), feature)),
            Some(Shape::MultiLineString(paths)) => {
                lines.push((Polyline::with_parts(paths.iter().map(|path| spots(path)).collect()), feature));
            }
            Some(Shape::Point(at)) => points.push((Multipoint::new(spots(&[*at])), feature)),
            Some(Shape::MultiPoint(several)) => points.push((Multipoint::new(spots(several)), feature)),
            Some(Shape::Collection(_)) | None => left_out += 1,
        }
    }
    let is_one = [areas.is_empty(), lines.is_empty(), points.is_empty()].into_iter().filter(|empty| !empty).count() < 2;
    let called = |kind: &str| if is_one { layer.name.to_owned() } else { format!("{}_{kind}", layer.name) };
    let mut add = |name: String, (shp, shx, dbf): (Vec<u8>, Vec<u8>, Vec<u8>)| {
        let parts = [("shp", shp), ("shx", shx), ("dbf", dbf), ("prj", WGS84.into()), ("cpg", b"UTF-8".to_vec())];
        files.extend(parts.map(|(ending, bytes)| (format!("{name}.{ending}"), bytes)));
    };
    if !areas.is_empty() || is_one && lines.is_empty() && points.is_empty() {
        add(called("area"), shapes(&areas, layer, &names, &mut long).map_err(failed)?);
    }
    if !lines.is_empty() {
        add(called("line"), shapes(&lines, layer, &names, &mut long).map_err(failed)?);
    }
    if !points.is_empty() {
        // A point of its own kind is what readers expect where no feature has several.
        let single: Option<Vec<(Point, &Feature)>> = points
            .iter()
            .map(|(several, feature)| match several.points() {
                [one] => Some((*one, *feature)),
                _ => None,
            })
            .collect();
        add(
            called("point"),
            match single {
                Some(single) => shapes(&single, layer, &names, &mut long),
                None => shapes(&points, layer, &names, &mut long),
            }
            .map_err(failed)?,
        );
    }
    files.push((format!("{}.toml", layer.name), profile(layer, record, &names).into_bytes()));
    if !long.rows.is_empty() {
        files.push((format!("{}.long_texts.csv", layer.name), long.table().map_err(|e| failed(e.to_string()))?));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).map_err(|e| failed(e.to_string()))?;
        zip.write_all(&bytes).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = zip.finish().map_err(|e| failed(e.to_string()))?.into_inner();
    Ok(Packed { bytes, left_out, cut: long.rows.len() })
}

fn spots(path: &[Position]) -> Vec<Point> {
    path.iter().map(|[lon, lat]| Point::new(*lon, *lat)).collect()
}

fn area(polygons: &[Vec<Vec<Position>>]) -> Polygon {
    let ring = |(number, ring): (usize, &Vec<Position>)| match number {
        0 => PolygonRing::Outer(spots(ring)),
        _ => PolygonRing::Inner(spots(ring)),
    };
    Polygon::with_rings(polygons.iter().flat_map(|rings| rings.iter().enumerate().map(ring)).collect())
}

/// Names of at most ten letters, none twice; the first is that of the id.
fn short_names(layer: &Layer) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in std::iter::once("id").chain(layer.columns.iter().map(|column| column.name)) {
        let mut short: String = name.chars().take(10).collect();
        let mut number = 1;
        while names.contains(&short) {
            number += 1;
            let end = number.to_string();
            short = name.chars().take(10 - end.len()).collect::<String>() + &end;
        }
        names.push(short);
    }
    names
}

/// What gives the names of the fields back on import.
fn profile(layer: &Layer, record: Option<&str>, names: &[String]) -> String {
    let mut text = format!("name = \"{}, exported as shapefile\"\n", layer.name);
    if let Some(record) = record {
        text += &format!("record = \"{record}\"\n");
    }
    text += "\n[rename]\n";
    let is_renamed = |(column, short): &(&Column, &String)| column.name != *short && !COMPUTED.contains(&column.name);
    for (column, short) in layer.columns.iter().zip(&names[1..]).filter(is_renamed) {
        text += &format!("{short} = \"{}\"\n", column.name);
    }
    text
}

/// Texts that did not fit.
#[derive(Default)]
struct Long {
    rows: Vec<[String; 3]>,
}

impl Long {
    fn table(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "field", "text"])?;
        for [id, field, text] in &self.rows {
            writer.write_record([id, field, &crate::table::guarded(text)])?;
        }
        Ok(writer.into_inner().expect("a vector takes every byte"))
    }

    /// The text as far as the format takes it, cut between two letters.
    fn cut(&mut self, feature: &Feature, field: &str, text: &str) -> String {
        if text.len() <= LONGEST {
            return text.to_owned();
        }
        self.rows.push([feature.id.clone(), field.to_owned(), text.to_owned()]);
        text[..text.floor_char_boundary(LONGEST)].to_owned()
    }
}

type Parts = (Vec<u8>, Vec<u8>, Vec<u8>);

fn shapes<S: EsriShape>(
    rows: &[(S, &Feature)],
    layer: &Layer,
    names: &[String],
    long: &mut Long,
) -> Result<Parts, String> {
    let (mut shp, mut shx, mut dbf) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    {
        let mut writer = ShapeWriter::with_shx(&mut shp, &mut shx);
        rows.iter().try_for_each(|(shape, _)| writer.write_shape(shape)).map_err(|e| e.to_string())?;
        writer.finalize().map_err(|e| e.to_string())?;
    }
    let name = |short: &String| FieldName::try_from(short.as_str()).map_err(|e| e.to_string());
    let mut table = TableWriterBuilder::with_encoding(UnicodeLossy);
    table = table.add_character_field(name(&names[0])?, 100);
    for (column, short) in layer.columns.iter().zip(&names[1..]) {
        let short = name(short)?;
        table = match column.holds {
            ColumnType::Text => table.add_character_field(short, LONGEST as u8),
            ColumnType::Day => table.add_date_field(short),
            ColumnType::Integer => table.add_numeric_field(short, 18, 0),
            ColumnType::Real => table.add_numeric_field(short, 24, 9),
            ColumnType::Boolean => table.add_logical_field(short),
        };
    }
    let mut writer = table.build_with_dest(&mut dbf);
    for (_, feature) in rows {
        let mut record = Record::default();
        record.insert(names[0].clone(), FieldValue::Character(Some(feature.id.clone())));
        for (column, short) in layer.columns.iter().zip(&names[1..]) {
            let value = feature.properties.get(column.name).unwrap_or(&Value::Null);
            let value = match column.holds {
                ColumnType::Text => {
                    FieldValue::Character(value.as_str().map(|text| long.cut(feature, column.name, text)))
                }
                ColumnType::Day => FieldValue::Date(value.as_str().and_then(day_of)),
                ColumnType::Integer | ColumnType::Real => FieldValue::Numeric(value.as_f64()),
                ColumnType::Boolean => FieldValue::Logical(value.as_bool()),
            };
            record.insert(short.clone(), value);
        }
        writer.write_record(&record).map_err(|e| e.to_string())?;
    }
    writer.finalize().map_err(|e| e.to_string())?;
    drop(writer);
    Ok((shp.into_inner(), shx.into_inner(), dbf.into_inner()))
}

fn day_of(text: &str) -> Option<dbase::Date> {
    let day: Date = text.parse().ok()?;
    dbase::Date::new(day.day() as u32, day.month() as u32, day.year() as u32).ok()
}
