//! Held rows as they were given: as an exchange file for correction, and on the ground as far as they can be placed.

use geodesy::crs::{CrsCode, Transform};
use geometry::{Shape, ShapeError};
use serde_json::{Value, json};

/// Held rows as one file, so that they can be corrected and imported again. Coordinates stay in the system in which
/// they were given. GeoJSON has one system a file: rows of another keep their ground as text, with its name.
pub fn as_collection<'a>(raws: impl Iterator<Item = &'a Value>) -> Value {
    let raws: Vec<&Value> = raws.collect();
    let of_ground = raws.iter().filter(|raw| !raw["geometry"].is_null());
    let systems: std::collections::BTreeSet<&str> =
        of_ground.map(|raw| raw["crs"].as_str().unwrap_or(WGS_84)).collect();
    let system = if systems.len() == 1 { systems.first().copied().unwrap_or(WGS_84) } else { WGS_84 };
    let features: Vec<Value> = raws.iter().map(|raw| as_feature(raw, system)).collect();
    let mut collection = json!({"type": "FeatureCollection"});
    if system != WGS_84 {
        collection["crs"] = json!({"type": "name", "properties": {"name": system}});
    }
    collection["features"] = json!(features);
    collection
}

/// The system of raw values that name none.
pub const WGS_84: &str = "EPSG:4326";

/// A row as it was.
fn as_feature(raw: &Value, system: &str) -> Value {
    let mut properties = raw["properties"].clone();
    let own = raw["crs"].as_str().unwrap_or(WGS_84);
    let as_given = raw["geometry"].as_str();
    if let (true, Value::Object(properties)) = (as_given.is_some() && own != WGS_84, &mut properties) {
        properties.insert("crs_as_given".to_owned(), json!(own));
    }
    let geometry = as_given.filter(|_| own == system).and_then(|text| as_geojson(text).ok());
    if let (Some(text), None, Value::Object(properties)) = (as_given, &geometry, &mut properties) {
        properties.insert("geometry_as_given".to_owned(), json!(text));
    }
    json!({"type": "Feature", "properties": properties, "geometry": geometry})
}

/// Ground as it was given, as GeoJSON; whoever reads that says what else is wrong with it.
pub fn as_geojson(text: &str) -> Result<Value, ShapeError> {
    Shape::from_wkt(text).map(|shape| shape.to_geojson()).or_else(|why| {
        let given = serde_json::from_str(text).ok().filter(Value::is_object);
        given.ok_or(why)
    })
}

/// The ground of a row as it was given, on WGS 84: GeoJSON or well-known text in its own system.
pub fn shape_of(raw: &Value) -> Option<Shape> {
    let given = raw["geometry"].as_str()?;
    let shape = Shape::from_geojson_str(given).or_else(|_| Shape::from_wkt(given)).ok()?;
    let system: CrsCode = raw["crs"].as_str().unwrap_or(WGS_84).parse().ok()?;
    if system == CrsCode::WGS_84 {
        return Some(shape);
    }
    let mut first = None;
    shape.for_each_position(&mut |position| _ = first.get_or_insert(position));
    let way = Transform::to_wgs84_at(system, first?, None).ok()?;
    shape.try_map(&mut |position| way.apply(position)).ok()
}
