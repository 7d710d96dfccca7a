//! One reader a format. Each gives [rows](crate::row::Row) one by one and says what is wrong with them.

pub(crate) mod csv;
mod dbf;
pub(crate) mod flatgeobuf;
pub(crate) mod geojson;
pub(crate) mod gpx;
mod json_stream;
pub(crate) mod kml;
pub(crate) mod parquet;
pub(crate) mod shapefile;
pub(crate) mod table;
pub(crate) mod xlsx;
pub(crate) mod xml;

use geometry::Shape;

/// Several shapes as one: of one kind as the multi-kind of OGC, else together; `None` if there are none.
fn gathered(mut shapes: Vec<Shape>) -> Option<Shape> {
    if shapes.len() < 2 {
        return shapes.pop();
    }
    let all = |is: fn(&Shape) -> bool| shapes.iter().all(is);
    Some(if all(|shape| shape.is_areal()) {
        Shape::MultiPolygon(shapes.iter().flat_map(|shape| shape.polygons().to_vec()).collect())
    } else if all(|shape| matches!(shape, Shape::Point(_))) {
        Shape::MultiPoint(
            shapes.iter().filter_map(|shape| if let Shape::Point(p) = shape { Some(*p) } else { None }).collect(),
        )
    } else if all(|shape| matches!(shape, Shape::LineString(_))) {
        Shape::MultiLineString(
            shapes
                .into_iter()
                .filter_map(|shape| if let Shape::LineString(line) = shape { Some(line) } else { None })
                .collect(),
        )
    } else {
        Shape::Collection(shapes)
    })
}
