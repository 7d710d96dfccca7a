//! FlatGeobuf: one layer, with its index.

use flatgeobuf::{ColumnType as FgbColumn, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::wkb::Wkb;
use geozero::{ColumnValue, PropertyProcessor};
use records::Feature;
use records::feature::{ColumnType, Layer, LayerGeometry};
use serde_json::Value;

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
#[error("layer {layer} could not be written as FlatGeobuf: {why}")]
pub struct FlatGeobufError {
    layer: &'static str,
    why: String,
}

/// The layer's features that have ground. FlatGeobuf keeps no feature without.
pub fn bytes(layer: &Layer, features: &[Feature]) -> Result<Vec<u8>, FlatGeobufError> {
    let failed = |why: String| FlatGeobufError { layer: layer.name, why };
    let kind = match layer.geometry {
        LayerGeometry::Area => GeometryType::MultiPolygon,
        LayerGeometry::Point => GeometryType::Point,
        LayerGeometry::Any | LayerGeometry::None => GeometryType::Unknown,
    };
    let options = FgbWriterOptions { crs: FgbCrs { code: 4326, ..Default::default() }, ..Default::default() };
    let mut writer = FgbWriter::create_with_options(layer.name, kind, options).map_err(|e| failed(e.to_string()))?;
    writer.add_column("id", FgbColumn::String, |_, _| {});
    for column in layer.columns {
        writer.add_column(column.name, column_type(column.holds), |_, _| {});
    }
    for feature in features {
        let Some(shape) = &feature.geometry else { continue };
        let added = writer.add_feature_geom(Wkb(shape.to_wkb()), |columns| {
            // A property that does not fit its column would be a bug of the layer; the writer reports it itself.
            let _ = columns.property(0, "id", &ColumnValue::String(&feature.id));
            for (i, column) in layer.columns.iter().enumerate() {
                let value = feature.properties.get(column.name).unwrap_or(&Value::Null);
                if let Some(value) = column_value(column.holds, value) {
                    let _ = columns.property(i + 1, column.name, &value);
                }
            }
        });
        added.map_err(|e| failed(e.to_string()))?;
    }
    let mut bytes = Vec::new();
    writer.write(&mut bytes).map_err(|e| failed(e.to_string()))?;
    Ok(bytes)
}

fn column_type(holds: ColumnType) -> FgbColumn {
    match holds {
        ColumnType::Text => FgbColumn::String,
        ColumnType::Day => FgbColumn::DateTime,
        ColumnType::Integer => FgbColumn::Long,
        ColumnType::Real => FgbColumn::Double,
        ColumnType::Boolean => FgbColumn::Bool,
    }
}

fn column_value(holds: ColumnType, value: &Value) -> Option<ColumnValue<'_>> {
    match holds {
        ColumnType::Text => value.as_str().map(ColumnValue::String),
        ColumnType::Day => value.as_str().map(ColumnValue::DateTime),
        ColumnType::Integer => value.as_i64().map(ColumnValue::Long),
        ColumnType::Real => value.as_f64().map(ColumnValue::Double),
        ColumnType::Boolean => value.as_bool().map(ColumnValue::Bool),
    }
}
