//! What the fuzz targets do with bytes, shared with the test that runs their corpora.
#![allow(dead_code, missing_docs)]

use geometry::arrangement::{intersection, union};
use geometry::offset::{dilate, erode};
use geometry::{Reading, Shape, read::read};

/// Read as WKB, in both readings, and put through every operation.
pub fn read_bytes(bytes: &[u8]) {
    let Ok(shape) = Shape::from_wkb(bytes) else { return };
    let (small, large) = (read(&shape, Reading::Smallest), read(&shape, Reading::Largest));
    assert_eq!(small.n_problems, large.n_problems);
    let arrangement = geometry::arrange(&large.region, &[&small.region]);
    let doubtful = arrangement.region(|mask| mask.is_empty()).area().m2();
    assert_eq!(large.doubt.is_none(), doubtful == 0.0 && small.region.area() == large.region.area());
    assert_eq!(union(&[&large.region, &small.region]).is_empty(), large.region.is_empty());
    let _ = intersection(&large.region, &small.region);
    for region in [&small.region, &large.region] {
        assert_eq!(region.inside_position().is_some(), !region.is_empty());
        let _ = (region.to_shape(), region.bounds(), geometry::area::geodesic_area(region));
        let _ = (dilate(region, 2.0), erode(region, 2.0));
    }
}

/// Read as WKB, WKT and GeoJSON.
pub fn formats(bytes: &[u8]) {
    if let Ok(shape) = Shape::from_wkb(bytes) {
        let again = Shape::from_wkb(&shape.to_wkb()).expect("what we write, we read");
        assert_eq!(again.to_wkb(), shape.to_wkb());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(shape) = Shape::from_wkt(text) {
        let again = Shape::from_wkt(&shape.to_wkt()).expect("what we write, we read");
        assert_eq!(again.to_wkt(), shape.to_wkt());
    }
    if let Ok(shape) = Shape::from_geojson_str(text) {
        assert_eq!(Shape::from_geojson_str(&shape.to_geojson().to_string()), Ok(shape));
    }
}
