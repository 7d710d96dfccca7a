//! What the fold of a programme costs: cutting hazards by their releases, reading, measuring, growing.
//!
//! `cargo bench -p geometry`. Times are for one item; a hazard here has 10 releases of 14 vertices, 200 edges in all.

use std::f64::consts::TAU;

use divan::{Bencher, black_box};
use geometry::offset::{dilate, erode};
use geometry::{Reading, Region, Shape, read::read};

#[path = "../tests/random/mod.rs"]
mod random;
use random::Random;

fn main() {
    divan::main();
}

/// A star-shaped polygon: `n` vertices, radius in degrees.
fn star(random: &mut Random, [x, y]: [f64; 2], radius: f64, n: usize) -> Shape {
    let node = |i: usize, r: f64| {
        let angle = i as f64 / n as f64 * TAU;
        [x + r * angle.cos() * 1.4, y + r * angle.sin()]
    };
    let mut ring: Vec<[f64; 2]> = (0..n).map(|i| node(i, radius * random.between(0.7, 1.0))).collect();
    ring.push(ring[0]);
    Shape::Polygon(vec![ring])
}

/// A hazard of 60 vertices, about 400 m across, and ten releases of 14 vertices that cover much of it and each other a little.
fn scene(random: &mut Random) -> (Region, Vec<Region>) {
    let centre = [random.between(16.0, 19.0), random.between(43.0, 45.0)];
    let hazard = read(&star(random, centre, 0.002, 60), Reading::Largest).region;
    let release = |random: &mut Random| {
        let (angle, r) = (random.between(0.0, TAU), 0.002 * random.share().sqrt());
        let place = [centre[0] + r * angle.cos() * 1.4, centre[1] + r * angle.sin()];
        let radius = random.between(0.0003, 0.0008);
        read(&star(random, place, radius, 14), Reading::Smallest).region
    };
    let releases = (0..10).map(|_| release(random)).collect();
    (hazard, releases)
}

fn scenes(n: usize) -> Vec<(Region, Vec<Region>)> {
    let mut random = Random(1);
    (0..n).map(|_| scene(&mut random)).collect()
}

#[divan::bench]
fn arrange_200_edges(bencher: Bencher) {
    let scenes = scenes(500);
    let mut at = 0;
    bencher.counter(divan::counter::ItemsCount::new(200_usize)).bench_local(|| {
        let (hazard, releases) = &scenes[at % scenes.len()];
        at += 1;
        let polygons: Vec<&Region> = releases.iter().collect();
        geometry::arrange(black_box(hazard), &polygons)
    });
}

#[divan::bench]
fn arrange_with_a_district_of_5000_edges(bencher: Bencher) {
    let scenes = scenes(500);
    let district = read(&star(&mut Random(2), [17.5, 44.0], 3.0, 5_000), Reading::Largest).region;
    let mut at = 0;
    bencher.bench_local(|| {
        let (hazard, releases) = &scenes[at % scenes.len()];
        at += 1;
        let polygons: Vec<&Region> = releases.iter().chain([&district]).collect();
        geometry::arrange(black_box(hazard), &polygons)
    });
}

#[divan::bench]
fn remaining_ground(bencher: Bencher) {
    let scenes = scenes(100);
    let arrangements: Vec<_> =
        scenes.iter().map(|(h, r)| geometry::arrange(h, &r.iter().collect::<Vec<_>>())).collect();
    let mut at = 0;
    bencher.bench_local(|| {
        at += 1;
        black_box(&arrangements[at % arrangements.len()]).region(|mask| mask.is_empty())
    });
}

#[divan::bench(args = [14, 100, 10_000])]
fn read_simple(bencher: Bencher, n: usize) {
    let shape = star(&mut Random(3), [17.0, 44.0], 0.001, n);
    bencher.counter(divan::counter::ItemsCount::new(n)).bench(|| read(black_box(&shape), Reading::Smallest));
}

#[divan::bench]
fn read_bow_tie(bencher: Bencher) {
    let shape =
        Shape::Polygon(vec![vec![[17.0, 44.0], [17.001, 44.001], [17.001, 44.0], [17.0, 44.001], [17.0, 44.0]]]);
    bencher.bench(|| read(black_box(&shape), Reading::Smallest));
}

#[divan::bench]
fn parse_geojson_14(bencher: Bencher) {
    let region = read(&star(&mut Random(3), [17.0, 44.0], 0.001, 14), Reading::Smallest).region;
    let Shape::MultiPolygon(mut polygons) = region.to_shape() else { unreachable!("a region is a multipolygon") };
    let text = Shape::Polygon(polygons.remove(0)).to_geojson().to_string();
    let text = format!("{{{},\"type\":\"Polygon\"}}", &text["{\"type\":\"Polygon\",".len()..text.len() - 1]);
    bencher.bench(|| Shape::from_geojson_str(black_box(&text)).unwrap());
}

#[divan::bench(args = [14, 1_000])]
fn area(bencher: Bencher, n: usize) {
    let region = read(&star(&mut Random(3), [17.0, 44.0], 0.001, n), Reading::Smallest).region;
    bencher.counter(divan::counter::ItemsCount::new(n)).bench(|| black_box(&region).area());
}

#[divan::bench(args = [2.0, 20.0])]
fn dilate_14(bencher: Bencher, metres: f64) {
    let region = read(&star(&mut Random(3), [17.0, 44.0], 0.001, 14), Reading::Smallest).region;
    bencher.bench(|| dilate(black_box(&region), metres));
}

#[divan::bench(args = [2.0, 20.0])]
fn erode_14(bencher: Bencher, metres: f64) {
    let region = read(&star(&mut Random(3), [17.0, 44.0], 0.001, 14), Reading::Smallest).region;
    bencher.bench(|| erode(black_box(&region), metres));
}
