//! GeoParquet 1.1: one layer, ground as well-known binary in WGS 84, longitude first.

use std::collections::BTreeSet;
use std::sync::Arc;

use geometry::Shape;
use jiff::civil::Date;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use records::Feature;
use records::feature::{ColumnType, Layer, LayerGeometry};
use serde_json::{Value, json};

/// Rows of one group: what a reader holds at once.
const GROUP: usize = 50_000;

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
#[error("layer {layer} could not be written as GeoParquet: {why}")]
pub struct GeoParquetError {
    layer: &'static str,
    why: ParquetError,
}

/// The layer; a layer without ground is plain Parquet.
pub fn bytes(layer: &Layer, features: &[Feature]) -> std::result::Result<Vec<u8>, GeoParquetError> {
    written(layer, features).map_err(|why| GeoParquetError { layer: layer.name, why })
}

fn written(layer: &Layer, features: &[Feature]) -> Result<Vec<u8>> {
    let has_ground = layer.geometry != LayerGeometry::None;
    let mut fields = vec![column("id", ColumnType::Text, Repetition::REQUIRED)?];
    for own in layer.columns {
        fields.push(column(own.name, own.holds, Repetition::OPTIONAL)?);
    }
    if has_ground {
        let field = Type::primitive_type_builder("geometry", Physical::BYTE_ARRAY);
        fields.push(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?));
    }
    let schema = Arc::new(Type::group_type_builder(layer.name).with_fields(fields).build()?);
    let about = has_ground.then(|| vec![KeyValue::new("geo".to_owned(), metadata(features).to_string())]);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("Homeground".to_owned())
        .set_key_value_metadata(about)
        .build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    for features in features.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        let mut names = std::iter::once(None).chain(layer.columns.iter().map(Some));
        while let Some(mut sink) = group.next_column()? {
            match names.next() {
                Some(None) => put(sink.untyped(), features.iter().map(|f| Some(Cell::Text(f.id.clone()))), false)?,
                Some(Some(own)) => put(sink.untyped(), features.iter().map(|f| cell(own.holds, f, own.name)), true)?,
                None => {
                    let ground = |f: &Feature| f.geometry.as_ref().map(|shape| Cell::Bytes(shape.to_wkb()));
                    put(sink.untyped(), features.iter().map(ground), true)?;
                }
            }
            sink.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(bytes)
}

fn column(name: &str, holds: ColumnType, repetition: Repetition) -> Result<Arc<Type>> {
    let (physical, logical) = match holds {
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Day => (Physical::INT32, Some(LogicalType::Date)),
        ColumnType::Integer => (Physical::INT64, None),
        ColumnType::Real => (Physical::DOUBLE, None),
        ColumnType::Boolean => (Physical::BOOLEAN, None),
    };
    let column = Type::primitive_type_builder(name, physical).with_repetition(repetition).with_logical_type(logical);
    Ok(Arc::new(column.build()?))
}

/// The metadata of the standard: no `crs` means OGC:CRS84.
fn metadata(features: &[Feature]) -> Value {
    let shapes = || features.iter().filter_map(|feature| feature.geometry.as_ref());
    let types: BTreeSet<&str> = shapes().map(Shape::type_name).collect();
    let around = shapes().filter_map(Shape::bounds);
    let around = around.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let mut ground = json!({"encoding": "WKB", "geometry_types": types, "edges": "planar"});
    if let Some(around) = around {
        ground["bbox"] = json!(around);
    }
    json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": ground}})
}

enum Cell {
    Text(String),
    Bytes(Vec<u8>),
    Day(i32),
    Integer(i64),
    Real(f64),
    Boolean(bool),
}

fn cell(holds: ColumnType, feature: &Feature, name: &str) -> Option<Cell> {
    let value = feature.properties.get(name)?;
    match holds {
        ColumnType::Text => value.as_str().map(|text| Cell::Text(text.to_owned())),
        ColumnType::Day => {
            let day: Date = value.as_str()?.parse().ok()?;
            Some(Cell::Day((day - Date::new(1970, 1, 1).ok()?).get_days()))
        }
        ColumnType::Integer => value.as_i64().map(Cell::Integer),
        ColumnType::Real => value.as_f64().map(Cell::Real),
        ColumnType::Boolean => value.as_bool().map(Cell::Boolean),
    }
}

/// One column of a group; `may_lack` where a row may have no value.
fn put(sink: &mut ColumnWriter<'_>, cells: impl Iterator<Item = Option<Cell>>, may_lack: bool) -> Result<()> {
    let cells: Vec<Option<Cell>> = cells.collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let levels = may_lack.then_some(levels.as_slice());
    let cells = cells.into_iter().flatten();
    match sink {
        ColumnWriter::ByteArrayColumnWriter(sink) => {
            let values: Vec<ByteArray> = cells
                .filter_map(|cell| match cell {
                    Cell::Text(text) => Some(ByteArray::from(text.into_bytes())),
                    Cell::Bytes(bytes) => Some(ByteArray::from(bytes)),
                    _ => None,
                })
                .collect();
            sink.write_batch(&values, levels, None)?;
        }
        ColumnWriter::Int32ColumnWriter(sink) => {
            let values: Vec<i32> =
                cells.filter_map(|cell| if let Cell::Day(day) = cell { Some(day) } else { None }).collect();
            sink.write_batch(&values, levels, None)?;
        }
        ColumnWriter::Int64ColumnWriter(sink) => {
            let values: Vec<i64> =
                cells.filter_map(|cell| if let Cell::Integer(n) = cell { Some(n) } else { None }).collect();
            sink.write_batch(&values, levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(sink) => {
            let values: Vec<f64> =
                cells.filter_map(|cell| if let Cell::Real(n) = cell { Some(n) } else { None }).collect();
            sink.write_batch(&values, levels, None)?;
        }
        ColumnWriter::BoolColumnWriter(sink) => {
            let values: Vec<bool> =
                cells.filter_map(|cell| if let Cell::Boolean(b) = cell { Some(b) } else { None }).collect();
            sink.write_batch(&values, levels, None)?;
        }
        _ => return Err(ParquetError::General("a column of a type that is never made".to_owned())),
    }
    Ok(())
}
