//! Geometry as given: OGC simple features in degrees, longitude first, unjudged.
//!
//! A [`Shape`] may hold anything a stranger can send, NaN and bow-ties included. Judging it is the
//! work of [`crate::read`]. Heights and measures are not kept; readers say so (DQ-34).

use serde_json::{Value, json};

use crate::{geojson, wkb, wkt};

/// One position, degrees: `[longitude, latitude]`.
pub type Position = [f64; 2];

/// OGC simple features, WGS 84, degrees, longitude first.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// One position.
    Point(Position),
    /// Several positions.
    MultiPoint(Vec<Position>),
    /// A path.
    LineString(Vec<Position>),
    /// Several paths.
    MultiLineString(Vec<Vec<Position>>),
    /// Shell first, then holes; rings as written, closed or not.
    Polygon(Vec<Vec<Position>>),
    /// Several polygons.
    MultiPolygon(Vec<Vec<Vec<Position>>>),
    /// Anything else together.
    Collection(Vec<Shape>),
}

/// Why a text or a byte string is not a geometry.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// The `type` member is missing or unknown.
    #[error("geometry type {0:?} is not one of OGC simple features")]
    UnknownType(String),
    /// The text is not JSON at all.
    #[error("not JSON: {0}")]
    Json(String),
    /// Coordinates are nested or typed wrongly.
    #[error("coordinates of a {0} are not nested as RFC 7946 §3.1 wants them")]
    Coordinates(&'static str),
    /// Well-known text could not be read.
    #[error("well-known text is broken at character {at}: {why}")]
    Wkt {
        /// Character offset.
        at: usize,
        /// What was expected there.
        why: String,
    },
    /// Well-known binary could not be read.
    #[error("well-known binary is broken at byte {at}: {why}")]
    Wkb {
        /// Byte offset.
        at: usize,
        /// What was expected there.
        why: String,
    },
}

impl Shape {
    /// The OGC name, as GeoJSON spells it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Shape::Point(_) => "Point",
            Shape::MultiPoint(_) => "MultiPoint",
            Shape::LineString(_) => "LineString",
            Shape::MultiLineString(_) => "MultiLineString",
            Shape::Polygon(_) => "Polygon",
            Shape::MultiPolygon(_) => "MultiPolygon",
            Shape::Collection(_) => "GeometryCollection",
        }
    }

    /// Whether it covers ground: a polygon or several.
    pub fn is_areal(&self) -> bool {
        matches!(self, Shape::Polygon(_) | Shape::MultiPolygon(_))
    }

    /// The polygons of an areal shape, each shell first; empty for any other shape.
    pub fn polygons(&self) -> &[Vec<Vec<Position>>] {
        match self {
            Shape::Polygon(rings) => std::slice::from_ref(rings),
            Shape::MultiPolygon(polygons) => polygons,
            _ => &[],
        }
    }

    /// Visit every position in writing order.
    pub fn for_each_position(&self, visit: &mut impl FnMut(Position)) {
        match self {
            Shape::Point(p) => visit(*p),
            Shape::MultiPoint(ps) | Shape::LineString(ps) => ps.iter().for_each(|p| visit(*p)),
            Shape::MultiLineString(lines) | Shape::Polygon(lines) => lines.iter().flatten().for_each(|p| visit(*p)),
            Shape::MultiPolygon(polygons) => polygons.iter().flatten().flatten().for_each(|p| visit(*p)),
            Shape::Collection(shapes) => shapes.iter().for_each(|s| s.for_each_position(visit)),
        }
    }

    /// The first position that is one.
    pub fn first_position(&self) -> Option<Position> {
        let mut first = None;
        self.for_each_position(&mut |position| {
            if first.is_none() && position.iter().all(|v| v.is_finite()) {
                first = Some(position);
            }
        });
        first
    }

    /// The same shape with every position changed; stops at the first error.
    pub fn try_map<Error>(&self, change: &mut impl FnMut(Position) -> Result<Position, Error>) -> Result<Shape, Error> {
        fn line<E>(ps: &[Position], f: &mut impl FnMut(Position) -> Result<Position, E>) -> Result<Vec<Position>, E> {
            ps.iter().map(|p| f(*p)).collect()
        }
        fn lines<E>(
            ls: &[Vec<Position>],
            f: &mut impl FnMut(Position) -> Result<Position, E>,
        ) -> Result<Vec<Vec<Position>>, E> {
            ls.iter().map(|l| line(l, f)).collect()
        }
        Ok(match self {
            Shape::Point(p) => Shape::Point(change(*p)?),
            Shape::MultiPoint(ps) => Shape::MultiPoint(line(ps, change)?),
            Shape::LineString(ps) => Shape::LineString(line(ps, change)?),
            Shape::MultiLineString(ls) => Shape::MultiLineString(lines(ls, change)?),
            Shape::Polygon(rings) => Shape::Polygon(lines(rings, change)?),
            Shape::MultiPolygon(polygons) => {
                Shape::MultiPolygon(polygons.iter().map(|rings| lines(rings, change)).collect::<Result<_, _>>()?)
            }
            Shape::Collection(shapes) => {
                let mut changed = Vec::with_capacity(shapes.len());
                for shape in shapes {
                    changed.push(shape.try_map(change)?);
                }
                Shape::Collection(changed)
            }
        })
    }

    /// `[west, south, east, north]` in degrees; `None` if there is no finite position.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let mut bounds: Option<[f64; 4]> = None;
        self.for_each_position(&mut |[x, y]| {
            if x.is_finite() && y.is_finite() {
                let b = bounds.get_or_insert([x, y, x, y]);
                *b = [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)];
            }
        });
        bounds
    }

    /// As a GeoJSON geometry object (RFC 7946 §3.1).
    pub fn to_geojson(&self) -> Value {
        match self {
            Shape::Point(c) => json!({"type": "Point", "coordinates": c}),
            Shape::MultiPoint(c) => json!({"type": "MultiPoint", "coordinates": c}),
            Shape::LineString(c) => json!({"type": "LineString", "coordinates": c}),
            Shape::MultiLineString(c) => json!({"type": "MultiLineString", "coordinates": c}),
            Shape::Polygon(c) => json!({"type": "Polygon", "coordinates": c}),
            Shape::MultiPolygon(c) => json!({"type": "MultiPolygon", "coordinates": c}),
            Shape::Collection(shapes) => {
                json!({"type": "GeometryCollection", "geometries": shapes.iter().map(Shape::to_geojson).collect::<Vec<_>>()})
            }
        }
    }

    /// From a GeoJSON geometry object as text, without building a tree of values first; a third coordinate is dropped.
    pub fn from_geojson_str(text: &str) -> Result<Shape, ShapeError> {
        geojson::parse(text)
    }

    /// From well-known binary, ISO or extended (PostGIS), of either byte order; heights, measures and SRID are dropped.
    pub fn from_wkb(bytes: &[u8]) -> Result<Shape, ShapeError> {
        wkb::read(bytes)
    }

    /// As well-known binary, little-endian, two coordinates (OGC 06-103r4 §8.2).
    pub fn to_wkb(&self) -> Vec<u8> {
        wkb::write(self)
    }

    /// From well-known text; heights and measures are dropped.
    pub fn from_wkt(text: &str) -> Result<Shape, ShapeError> {
        wkt::read(text)
    }

    /// As well-known text (OGC 06-103r4 §7.2).
    pub fn to_wkt(&self) -> String {
        wkt::write(self)
    }

    /// From a GeoJSON geometry object; a third coordinate is dropped.
    pub fn from_geojson(value: &Value) -> Result<Shape, ShapeError> {
        let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if name == "GeometryCollection" {
            let shapes = value
                .get("geometries")
                .and_then(Value::as_array)
                .ok_or(ShapeError::Coordinates("GeometryCollection"))?;
            return Ok(Shape::Collection(shapes.iter().map(Shape::from_geojson).collect::<Result<_, _>>()?));
        }
        let coordinates = value.get("coordinates").unwrap_or(&Value::Null);
        let nested = |what, found: Option<Shape>| found.ok_or(ShapeError::Coordinates(what));
        match name {
            "Point" => nested("Point", position(coordinates).map(Shape::Point)),
            "MultiPoint" => nested("MultiPoint", each(coordinates, &position).map(Shape::MultiPoint)),
            "LineString" => nested("LineString", each(coordinates, &position).map(Shape::LineString)),
            "MultiLineString" => nested("MultiLineString", each(coordinates, &path).map(Shape::MultiLineString)),
            "Polygon" => nested("Polygon", each(coordinates, &path).map(Shape::Polygon)),
            "MultiPolygon" => nested("MultiPolygon", each(coordinates, &|p| each(p, &path)).map(Shape::MultiPolygon)),
            other => Err(ShapeError::UnknownType(other.to_owned())),
        }
    }
}

/// Parts of a collection may be collections, but not without end.
pub(crate) const DEEPEST_COLLECTION: usize = 32;

fn each<T>(value: &Value, read: &impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

fn path(value: &Value) -> Option<Vec<Position>> {
    each(value, &position)
}

fn position(value: &Value) -> Option<Position> {
    let numbers = value.as_array()?;
    Some([numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?])
}
