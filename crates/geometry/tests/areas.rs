//! The area of record against numeric integration, and its additivity.

mod random;

use geometry::area::geodesic_area;
use geometry::{Area, Reading, Region, Shape, read::read};
use random::Random;

fn region(ring: &[[f64; 2]]) -> Region {
    let read = read(&Shape::Polygon(vec![ring.to_vec()]), Reading::Largest);
    assert_eq!(read.doubt, None);
    read.region
}

const A: f64 = 6_378_137.0;
const E2: f64 = 0.006_694_379_990_141_317;

/// M N cos φ, the area of the ellipsoid per square radian.
fn density(phi: f64) -> f64 {
    let w = 1.0 - E2 * phi.sin().powi(2);
    A * A * (1.0 - E2) * phi.cos() / (w * w)
}

/// ∫∫ over the triangle between an edge and a base place, by Gauss and Legendre's seven points squared: heights are
/// taken from the base, so little is lost to rounding.
fn under_edge(base: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    const NODES: [(f64, f64); 7] = [
        (0.0, 0.417_959_183_673_469_4),
        (0.405_845_151_377_397_2, 0.381_830_050_505_118_9),
        (-0.405_845_151_377_397_2, 0.381_830_050_505_118_9),
        (0.741_531_185_599_394_4, 0.279_705_391_489_276_7),
        (-0.741_531_185_599_394_4, 0.279_705_391_489_276_7),
        (0.949_107_912_342_758_5, 0.129_484_966_168_869_7),
        (-0.949_107_912_342_758_5, 0.129_484_966_168_869_7),
    ];
    // Differences of nanodegrees, so that nothing is lost where coordinates are large.
    let radians = |from: f64, to: f64| (((to - from) * 1e9).round() / 1e9).to_radians();
    let (run, low, rise) = (radians(a[0], b[0]), radians(base[1], a[1]), radians(a[1], b[1]));
    let along = |(node, weight): &(f64, f64)| {
        let height = low + rise * (node + 1.0) / 2.0;
        let up =
            |(node, weight): &(f64, f64)| weight / 2.0 * density(base[1].to_radians() + height * (node + 1.0) / 2.0);
        weight / 2.0 * height * NODES.iter().map(up).sum::<f64>()
    };
    run * NODES.iter().map(along).sum::<f64>()
}

fn integrated(ring: &[[f64; 2]]) -> f64 {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    -edges.map(|(a, b)| under_edge(ring[0], *a, *b)).sum::<f64>()
}

fn random_ring(random: &mut Random, [x, y]: [f64; 2], size: f64) -> Vec<[f64; 2]> {
    let n = 3 + random.below(30);
    let nano = |degrees: f64| (degrees * 1e9).round() / 1e9;
    let node = |i: u64, r: f64| {
        let angle = i as f64 / n as f64 * std::f64::consts::TAU;
        [nano(x + r * angle.cos()), nano(y + r * angle.sin())]
    };
    (0..n).map(|i| node(i, size * random.between(0.4, 1.0))).collect()
}

#[test]
fn hazards_of_some_kilometres_are_measured_to_half_a_square_millimetre() {
    let mut random = Random(3);
    let mut worst: f64 = 0.0;
    for _ in 0..random::rounds(2_000) {
        let centre = [random.between(-179.0, 179.0), random.between(-89.0, 89.0)];
        let size = 10_f64.powf(random.between(-5.0, -2.0));
        let ring = random_ring(&mut random, centre, size);
        worst = worst.max((region(&ring).area().m2() - integrated(&ring)).abs());
    }
    println!("worst {worst:e} m²");
    assert!(worst < 5e-7, "{worst:e}");
}

#[test]
fn countries_are_measured_to_a_part_in_a_thousand_million() {
    let mut random = Random(4);
    let mut worst: f64 = 0.0;
    for _ in 0..random::rounds(500) {
        let centre = [random.between(-150.0, 150.0), random.between(-75.0, 75.0)];
        let size = 10_f64.powf(random.between(-2.0, 1.0));
        let ring = random_ring(&mut random, centre, size);
        let (found, wanted) = (region(&ring).area().m2(), integrated(&ring));
        worst = worst.max((found - wanted).abs() / wanted);
    }
    println!("worst {worst:e} of the area");
    assert!(worst < 1e-9, "{worst:e}");
}

#[test]
fn the_globe_between_meridians_has_its_share_of_the_ellipsoid() {
    // 510 065 621.724 km² for WGS 84 (NIMA TR8350.2, derived constants).
    let lune = region(&[[0.0, -90.0], [90.0, -90.0], [90.0, 90.0], [0.0, 90.0]]);
    let total = lune.area().m2() * 4.0;
    assert!((total - 510_065_621_724_089.0).abs() < 10.0, "{total}");
}

#[test]
fn parts_of_a_cut_polygon_sum_to_the_whole() {
    let mut random = Random(5);
    let mut worst: f64 = 0.0;
    for _ in 0..random::rounds(2_000) {
        let centre = [random.between(-179.0, 179.0), random.between(-80.0, 80.0)];
        let size = 10_f64.powf(random.between(-4.0, -2.0));
        let whole = region(&random_ring(&mut random, centre, size));
        let knife = region(&random_ring(&mut random, [centre[0] + size, centre[1]], size));
        let cut = geometry::arrange(&whole, &[&knife]);
        assert!(!cut.fell_back());
        let faces: Area = cut.faces().iter().map(|face| face.area).sum();
        let parts = cut.region(|m| m.contains(0)).area() + cut.region(|m| !m.contains(0)).area();
        worst = worst.max((faces - whole.area()).m2().abs()).max((parts - whole.area()).m2().abs());
    }
    println!("worst {worst:e} m²");
    // Splitting an edge moves it by up to half a unit of 14 µm over its length of up to 1 km: that is the sub-grid, not the area.
    assert!(worst < 0.03, "{worst:e}");
}

#[test]
fn the_area_with_geodesic_edges_is_near_but_not_the_same() {
    let square = region(&[[20.0, 45.0], [20.01, 45.0], [20.01, 45.01], [20.0, 45.01]]);
    let (record, geodesic) = (square.area().m2(), geodesic_area(&square));
    assert!((record - geodesic).abs() < 1.0 && record != geodesic, "{record} {geodesic}");
}
