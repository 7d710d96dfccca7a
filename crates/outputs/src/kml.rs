//! KML 2.2, and KMZ with the signs of points beside it, for globes and phones.
//!
//! KML knows colours and outlines but no hatching, so the class also stands in the name of each placemark.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use geometry::Shape;
use geometry::shape::Position;
use quick_xml::escape::escape;
use records::Feature;
use records::feature::{ColumnType, Layer};
use serde_json::Value;
use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Transform};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::look::{GREY, INK, PAPER, Rgb, Style};

/// Why layers could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the layers could not be written as KMZ: {0}")]
pub struct KmlError(String);

/// Layers with their features as one document.
pub fn text(title: &str, layers: &[(&Layer, &[Feature])]) -> String {
    document(title, layers, false)
}

/// The same packed with the signs of points.
pub fn packed(title: &str, layers: &[(&Layer, &[Feature])]) -> Result<Vec<u8>, KmlError> {
    let failed = |why: &dyn std::fmt::Display| KmlError(why.to_string());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut files = vec![("doc.kml".to_owned(), document(title, layers, true).into_bytes())];
    for style in styles(layers) {
        let sign = sign(colour(style)).ok_or_else(|| failed(&"there is no memory for a sign"))?;
        files.push((format!("signs/{}.png", style.name()), sign));
    }
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).map_err(|e| failed(&e))?;
        zip.write_all(&bytes).map_err(|e| failed(&e))?;
    }
    Ok(zip.finish().map_err(|e| failed(&e))?.into_inner())
}

fn document(title: &str, layers: &[(&Layer, &[Feature])], is_packed: bool) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n",
    );
    let _ = writeln!(out, "<name>{}</name>", escape(title));
    for style in styles(layers) {
        write_style(&mut out, style, is_packed);
    }
    // GDAL finds no schema in a packed document and would show no field, so there fields are without types.
    for (layer, _) in layers.iter().filter(|_| !is_packed) {
        let _ = writeln!(out, "<Schema name=\"{0}\" id=\"{0}\">", layer.name);
        let _ = writeln!(out, "<SimpleField type=\"string\" name=\"id\"/>");
        for column in layer.columns {
            let _ = writeln!(out, "<SimpleField type=\"{}\" name=\"{}\"/>", field_type(column.holds), column.name);
        }
        out.push_str("</Schema>\n");
    }
    for (layer, features) in layers {
        let about = escape(layer.about);
        let _ = writeln!(out, "<Folder>\n<name>{}</name>\n<description>{about}</description>", layer.name);
        features.iter().for_each(|feature| write_placemark(&mut out, layer, feature, is_packed));
        out.push_str("</Folder>\n");
    }
    out.push_str("</Document>\n</kml>\n");
    out
}

fn styles(layers: &[(&Layer, &[Feature])]) -> Vec<Style> {
    let mut styles: Vec<Style> = Vec::new();
    for style in layers.iter().flat_map(|(layer, _)| Style::all_of(layer.name)) {
        if !styles.contains(&style) {
            styles.push(style);
        }
    }
    styles
}

fn colour(style: Style) -> Rgb {
    match style {
        Style::Ground(look) => look.ground,
        Style::Dashed | Style::Event => INK,
        Style::Thin => GREY,
    }
}

/// Opacity, blue, green, red, as KML writes a colour.
fn abgr(opacity: u8, [r, g, b]: Rgb) -> String {
    format!("{opacity:02x}{b:02x}{g:02x}{r:02x}")
}

fn write_style(out: &mut String, style: Style, has_signs: bool) {
    let (line, ground, width) = match style {
        Style::Ground(look) => (abgr(255, look.line), Some(abgr(170, look.ground)), 2.0),
        Style::Dashed => (abgr(255, INK), None, 1.5),
        Style::Event => (abgr(255, INK), None, 2.0),
        Style::Thin => (abgr(255, GREY), None, 1.5),
    };
    let name = style.name();
    let icon = match has_signs {
        true => format!("<IconStyle><Icon><href>signs/{name}.png</href></Icon></IconStyle>"),
        false => format!("<IconStyle><color>{}</color></IconStyle>", abgr(255, colour(style))),
    };
    let fill = match ground {
        Some(ground) => format!("<PolyStyle><color>{ground}</color></PolyStyle>"),
        None => "<PolyStyle><fill>0</fill></PolyStyle>".to_owned(),
    };
    let line = format!("<LineStyle><color>{line}</color><width>{width}</width></LineStyle>");
    let _ = writeln!(out, "<Style id=\"{name}\">{icon}{line}{fill}</Style>");
}

fn field_type(holds: ColumnType) -> &'static str {
    match holds {
        ColumnType::Text | ColumnType::Day => "string",
        ColumnType::Integer => "int",
        ColumnType::Real => "double",
        ColumnType::Boolean => "bool",
    }
}

fn write_placemark(out: &mut String, layer: &Layer, feature: &Feature, is_packed: bool) {
    let text = |name: &str| feature.properties.get(name).and_then(Value::as_str);
    let style = Style::of(layer.name, text("class"));
    let own_name = text("name").map(str::to_owned);
    let name = own_name
        .unwrap_or_else(|| [text("local_id"), text("class")].into_iter().flatten().collect::<Vec<_>>().join(" "));
    let _ = writeln!(out, "<Placemark>\n<name>{}</name>\n<styleUrl>#{}</styleUrl>", escape(&name), style.name());
    out.push_str("<ExtendedData>");
    if !is_packed {
        let _ = write!(out, "<SchemaData schemaUrl=\"#{}\">", layer.name);
    }
    out.push('\n');
    let mut put = |name: &str, value: &str| {
        let value = escape(value);
        let _ = match is_packed {
            true => writeln!(out, "<Data name=\"{name}\"><value>{value}</value></Data>"),
            false => writeln!(out, "<SimpleData name=\"{name}\">{value}</SimpleData>"),
        };
    };
    put("id", &feature.id);
    for column in layer.columns {
        match feature.properties.get(column.name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => put(column.name, text),
            Some(other) => put(column.name, &other.to_string()),
        }
    }
    out.push_str(if is_packed { "</ExtendedData>\n" } else { "</SchemaData></ExtendedData>\n" });
    if let Some(shape) = &feature.geometry {
        write_shape(out, shape);
    }
    out.push_str("</Placemark>\n");
}

fn write_shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Point(at) => write_positions(out, "Point", std::slice::from_ref(at)),
        Shape::LineString(line) => write_positions(out, "LineString", line),
        Shape::Polygon(rings) => write_polygon(out, rings),
        Shape::MultiPoint(points) => {
            several(out, points, |out, at| write_positions(out, "Point", std::slice::from_ref(at)))
        }
        Shape::MultiLineString(lines) => several(out, lines, |out, line| write_positions(out, "LineString", line)),
        Shape::MultiPolygon(polygons) => several(out, polygons, |out, rings| write_polygon(out, rings)),
        Shape::Collection(shapes) => several(out, shapes, write_shape),
    }
}

fn several<T>(out: &mut String, parts: &[T], write: impl Fn(&mut String, &T)) {
    out.push_str("<MultiGeometry>\n");
    parts.iter().for_each(|part| write(out, part));
    out.push_str("</MultiGeometry>\n");
}

fn write_polygon(out: &mut String, rings: &[Vec<Position>]) {
    out.push_str("<Polygon>\n");
    for (number, ring) in rings.iter().enumerate() {
        let boundary = if number == 0 { "outerBoundaryIs" } else { "innerBoundaryIs" };
        let _ = write!(out, "<{boundary}>");
        write_positions(out, "LinearRing", ring);
        let _ = writeln!(out, "</{boundary}>");
    }
    out.push_str("</Polygon>\n");
}

fn write_positions(out: &mut String, element: &str, positions: &[Position]) {
    let _ = write!(out, "<{element}><coordinates>");
    for (number, [lon, lat]) in positions.iter().enumerate() {
        let _ = write!(out, "{}{lon},{lat}", if number == 0 { "" } else { " " });
    }
    let _ = writeln!(out, "</coordinates></{element}>");
}

/// A disc with a pale rim (PNG).
fn sign(colour: Rgb) -> Option<Vec<u8>> {
    const SIDE: u32 = 32;
    let mut picture = Pixmap::new(SIDE, SIDE)?;
    let middle = SIDE as f32 / 2.0;
    for (radius, [r, g, b]) in [(12.0, PAPER), (10.0, colour)] {
        let mut paint = Paint::default();
        paint.set_color_rgba8(r, g, b, 255);
        let disc = PathBuilder::from_circle(middle, middle, radius)?;
        picture.fill_path(&disc, &paint, FillRule::Winding, Transform::identity(), None);
    }
    picture.encode_png().ok()
}
