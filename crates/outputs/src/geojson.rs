//! GeoJSON (RFC 7946): WGS 84, longitude first, shells anticlockwise.

use records::Feature;
use serde_json::{Value, json};

/// One feature.
pub fn feature(feature: &Feature) -> Value {
    json!({
        "type": "Feature",
        "id": feature.id,
        "geometry": feature.geometry.as_ref().map(geometry::Shape::to_geojson),
        "properties": feature.properties,
    })
}

/// A feature collection, one feature a line.
pub fn collection(features: &[Feature]) -> String {
    let lines: Vec<String> = features.iter().map(|f| feature(f).to_string()).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", lines.join(",\n"))
}
