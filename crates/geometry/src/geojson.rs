//! GeoJSON text straight into coordinates.
//!
//! Canonical JSON sorts members, so `coordinates` comes before `type`: nesting is found while
//! reading, and named afterwards.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::shape::{Position, Shape, ShapeError};

/// Parse a geometry object.
pub(crate) fn parse(text: &str) -> Result<Shape, ShapeError> {
    let object: Object = serde_json::from_str(text).map_err(|e| ShapeError::Json(e.to_string()))?;
    object.into_shape()
}

#[derive(Deserialize)]
struct Object<'a> {
    coordinates: Option<Nested>,
    geometries: Option<Vec<Object<'a>>>,
    #[serde(default, rename = "type", borrow)]
    name: std::borrow::Cow<'a, str>,
}

impl Object<'_> {
    fn into_shape(self) -> Result<Shape, ShapeError> {
        let nested = self.coordinates.unwrap_or(Nested::Other);
        let shape = match (&*self.name, nested) {
            ("GeometryCollection", _) => {
                let geometries = self.geometries.ok_or(ShapeError::Coordinates("GeometryCollection"))?;
                Shape::Collection(geometries.into_iter().map(Object::into_shape).collect::<Result<_, _>>()?)
            }
            ("Point", Nested::Position(position)) => Shape::Point(position),
            ("MultiPoint", Nested::Path(path)) => Shape::MultiPoint(path),
            ("MultiPoint", Nested::Nothing) => Shape::MultiPoint(Vec::new()),
            ("LineString", Nested::Path(path)) => Shape::LineString(path),
            ("LineString", Nested::Nothing) => Shape::LineString(Vec::new()),
            ("MultiLineString", Nested::Paths(paths)) => Shape::MultiLineString(paths),
            ("MultiLineString", Nested::Nothing) => Shape::MultiLineString(Vec::new()),
            ("Polygon", Nested::Paths(rings)) => Shape::Polygon(rings),
            ("Polygon", Nested::Nothing) => Shape::Polygon(Vec::new()),
            ("MultiPolygon", Nested::Polygons(polygons)) => Shape::MultiPolygon(polygons),
            ("MultiPolygon", Nested::Nothing) => Shape::MultiPolygon(Vec::new()),
            ("MultiLineString", Nested::Empties(n)) => Shape::MultiLineString(vec![Vec::new(); n]),
            ("Polygon", Nested::Empties(n)) => Shape::Polygon(vec![Vec::new(); n]),
            ("MultiPolygon", Nested::Empties(n)) => Shape::MultiPolygon(vec![Vec::new(); n]),
            (name, _) => return Err(refusal(name)),
        };
        Ok(shape)
    }
}

fn refusal(name: &str) -> ShapeError {
    let known = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"];
    match known.into_iter().find(|known| *known == name) {
        Some(known) => ShapeError::Coordinates(known),
        None => ShapeError::UnknownType(name.to_owned()),
    }
}

/// Coordinates of any depth.
enum Nested {
    Number(f64),
    /// An empty list.
    Nothing,
    /// So many empty lists in a list.
    Empties(usize),
    Position(Position),
    Path(Vec<Position>),
    Paths(Vec<Vec<Position>>),
    Polygons(Vec<Vec<Vec<Position>>>),
    Other,
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nested, D::Error> {
        deserializer.deserialize_any(NestedVisitor)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Nested, E> {
        Ok(Nested::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    fn visit_unit<E>(self) -> Result<Nested, E> {
        Ok(Nested::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nested, A::Error> {
        Ok(match seq.next_element::<Nested>()? {
            None => Nested::Nothing,
            Some(Nested::Number(x)) => Nested::Position(rest_of_position(x, &mut seq)?),
            Some(Nested::Position(first)) => Nested::Path(rest(first, &mut seq, |At(position)| position)?),
            Some(Nested::Path(first)) => Nested::Paths(rest(first, &mut seq, path)?),
            Some(Nested::Paths(first)) => Nested::Polygons(rest(first, &mut seq, paths)?),
            Some(Nested::Empties(n)) => Nested::Polygons(rest(vec![Vec::new(); n], &mut seq, paths)?),
            // An empty list says nothing of its depth; the elements after it do.
            Some(Nested::Nothing) => after_empty(&mut seq)?,
            Some(Nested::Polygons(_) | Nested::Other) => {
                return Err(A::Error::custom("coordinates are nested too deep"));
            }
        })
    }
}

/// A position alone, where nothing else may stand.
struct At(Position);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
        struct AtVisitor;
        impl<'de> Visitor<'de> for AtVisitor {
            type Value = At;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<At, A::Error> {
                let x = seq.next_element()?.ok_or_else(|| A::Error::custom("an empty position"))?;
                Ok(At(rest_of_position(x, &mut seq)?))
            }
        }
        deserializer.deserialize_seq(AtVisitor)
    }
}

fn rest_of_position<'de, A: SeqAccess<'de>>(x: f64, seq: &mut A) -> Result<Position, A::Error> {
    let y = seq.next_element()?.ok_or_else(|| A::Error::custom("a position of one number"))?;
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok([x, y])
}

fn rest<'de, A: SeqAccess<'de>, E: Deserialize<'de>, T>(
    first: T,
    seq: &mut A,
    convert: impl Fn(E) -> T,
) -> Result<Vec<T>, A::Error> {
    let mut list = Vec::with_capacity(16);
    list.push(first);
    while let Some(element) = seq.next_element::<E>()? {
        list.push(convert(element));
    }
    list.shrink_to_fit();
    Ok(list)
}

fn path(path: Vec<At>) -> Vec<Position> {
    path.into_iter().map(|At(position)| position).collect()
}

fn paths(nested: Vec<Vec<At>>) -> Vec<Vec<Position>> {
    nested.into_iter().map(path).collect()
}

/// A list whose first element is an empty list.
fn after_empty<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<Nested, A::Error> {
    let mut n_empty = 1;
    while let Some(element) = seq.next_element::<Nested>()? {
        match element {
            Nested::Nothing => n_empty += 1,
            Nested::Path(first) => {
                let mut paths = vec![Vec::new(); n_empty];
                paths.extend(rest(first, seq, path)?);
                return Ok(Nested::Paths(paths));
            }
            Nested::Paths(first) => {
                let mut polygons = vec![Vec::new(); n_empty];
                polygons.extend(rest(first, seq, paths)?);
                return Ok(Nested::Polygons(polygons));
            }
            Nested::Empties(n) => {
                let mut polygons = vec![Vec::new(); n_empty];
                polygons.extend(rest(vec![Vec::new(); n], seq, paths)?);
                return Ok(Nested::Polygons(polygons));
            }
            _ => return Err(A::Error::custom("coordinates of mixed depth")),
        }
    }
    Ok(Nested::Empties(n_empty))
}
