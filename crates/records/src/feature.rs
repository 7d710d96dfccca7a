//! What goes out to maps, files and tables: ground with named values.

use geometry::Shape;
use serde_json::{Map, Value};

/// One row of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Stable within its layer.
    pub id: String,
    /// WGS 84, longitude first; none for rows without a place.
    pub geometry: Option<Shape>,
    /// Named values in the order of the layer's columns.
    pub properties: Map<String, Value>,
}

/// What a column of a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// A day.
    Day,
    /// true or false.
    Boolean,
}

/// A column of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// As files and clients see it; areas end in `_m2`, depths in `_cm`.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
}

/// What kind of geometry the features of a layer have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerGeometry {
    /// MultiPolygon.
    Area,
    /// Point.
    Point,
    /// Any, or none.
    Any,
    /// No geometry: an attribute table.
    None,
}

/// A layer that is derived from the ledger: its name, title, columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Table name; no dots.
    pub name: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    /// What its features look like.
    pub geometry: LayerGeometry,
    /// Columns in order, besides the id and the geometry.
    pub columns: &'static [Column],
}
