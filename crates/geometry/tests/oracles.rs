//! Overlays against figures of GEOS 3.14 (by Shapely 2.2; `fixtures/geos_overlays.py` makes them), and real cadastral plots.

use geometry::arrangement::{difference, intersection, union};
use geometry::{Area, Reading, Region, Shape, read::read};

fn region(wkt: &str) -> Region {
    let read = read(&Shape::from_wkt(wkt).unwrap(), Reading::Largest);
    assert_eq!(read.problems, []);
    read.region
}

/// In square degrees, as GEOS measures, and the border in degrees.
fn planar(region: &Region) -> (f64, f64) {
    let (mut area, mut border) = (0.0, 0.0);
    for ring in region.to_shape().polygons().iter().flatten() {
        let [x, y] = ring[0];
        for pair in ring.windows(2) {
            let [[ax, ay], [bx, by]] = [pair[0], pair[1]].map(|[px, py]| [px - x, py - y]);
            area += (ax * by - ay * bx) / 2.0;
            border += (bx - ax).hypot(by - ay);
        }
    }
    (area, border)
}

#[test]
fn overlays_agree_with_geos() {
    let mut n = 0;
    for line in include_str!("fixtures/geos_overlays.txt").lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let (a, b) = (region(fields[0]), region(fields[1]));
        let found = [union(&[&a, &b]), intersection(&a, &b), difference(&a, &b)];
        let (_, border) = planar(&found[0]);
        for (found, wanted) in found.iter().zip(&fields[2..]) {
            let error = (planar(found).0 - wanted.parse::<f64>().unwrap()).abs();
            // Half a unit of the sub-grid along the border is what rounding explains.
            assert!(error < border * 1.25e-10, "{error:e} of {wanted}\n{line}");
        }
        n += 1;
    }
    assert_eq!(n, 120);
}

/// Plots of the Dutch cadastre, metres in EPSG:28992 taken as 1e-5 degree each; not part of the repository.
fn plots() -> Option<Vec<Region>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/geometry/nl_plots_epsg_28992.wkt");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {path} is not here");
        return None;
    };
    let shape = Shape::from_wkt(&text).unwrap();
    let scaled = |[x, y]: [f64; 2]| Ok::<_, ()>([(x - 165_000.0) / 1e5, 44.0 + (y - 481_000.0) / 1e5]);
    let shape = shape.try_map(&mut |p| scaled(p)).unwrap();
    let plot = |polygon: &Vec<Vec<[f64; 2]>>| read(&Shape::Polygon(polygon.clone()), Reading::Smallest);
    Some(shape.polygons().iter().map(|polygon| plot(polygon).region).collect())
}

#[test]
fn real_plots_that_adjoin_share_no_ground_and_leave_none_between() {
    let Some(plots) = plots() else { return };
    let all: Vec<&Region> = plots.iter().collect();
    let whole = union(&all);
    let sum: Area = plots.iter().map(Region::area).sum();
    println!("{} plots, {} m² together, {} m² each", plots.len(), whole.area().m2(), sum.m2());
    assert!((whole.area() - sum).m2().abs() < 1e-4 * sum.m2());

    let arrangement = geometry::arrange(&whole, &all);
    assert!(!arrangement.fell_back());
    let of = |covered: usize| -> f64 {
        let faces = arrangement.faces().iter().filter(|face| face.mask.ones().count() == covered);
        faces.map(|face| face.area.m2()).sum()
    };
    assert!(of(0).abs() < 1e-3, "{}", of(0));
    assert!((of(1) - whole.area().m2()).abs() < 1e-4 * whole.area().m2());
    for (i, plot) in plots.iter().enumerate() {
        let covered: Area = arrangement.faces().iter().filter(|f| f.mask.contains(i)).map(|f| f.area).sum();
        assert!((covered - plot.area()).m2().abs() < 0.05, "plot {i}");
    }
}
