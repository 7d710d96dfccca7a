//! Arrangements against brute force: random polygons on so coarse a grid that crossings, touchings and overlaps are
//! dense, and every place far enough from all edges must lie in the face its winding numbers say.

mod random;

use geometry::{Arrangement, Mask, Reading, Region, Shape, read::read};
use random::Random;

/// One unit of the sub-grid, in degrees.
const UNIT: f64 = 1.25e-10;

fn random_shape(random: &mut Random, side: u64) -> Shape {
    let n = 3 + random.below(6);
    let ring = (0..n).map(|_| [random.below(side) as f64 * 1e-9, random.below(side) as f64 * 1e-9]).collect();
    Shape::Polygon(vec![ring])
}

fn random_region(random: &mut Random, side: u64) -> Region {
    let reading = if random.below(2) == 0 { Reading::Smallest } else { Reading::Largest };
    read(&random_shape(random, side), reading).region
}

/// Edges of a region in degrees.
fn edges(region: &Region) -> Vec<[[f64; 2]; 2]> {
    let shape = region.to_shape();
    let rings = shape.polygons().iter().flatten();
    rings.flat_map(|ring| ring.windows(2).map(|pair| [pair[0], pair[1]])).collect()
}

fn distance([x, y]: [f64; 2], [[ax, ay], [bx, by]]: [[f64; 2]; 2]) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let t = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (ax + t * dx - x).hypot(ay + t * dy - y)
}

fn check_places(
    random: &mut Random,
    frame: &Region,
    regions: &[Region],
    arrangement: &Arrangement,
    side: u64,
) -> usize {
    let all: Vec<[[f64; 2]; 2]> = std::iter::once(frame).chain(regions).flat_map(edges).collect();
    let mut n_checked = 0;
    for _ in 0..40 {
        let place = [random.below(side * 8) as f64 * UNIT, random.below(side * 8) as f64 * UNIT];
        if all.iter().any(|edge| distance(place, *edge) < 2.5 * UNIT) {
            continue;
        }
        n_checked += 1;
        let mask: Mask = (0..regions.len()).filter(|i| regions[*i].covers(place)).collect();
        let within = arrangement.region(|m| *m == mask).covers(place);
        assert_eq!(within, frame.covers(place), "{place:?} {mask:?}\n{frame:?}\n{regions:?}");
    }
    n_checked
}

#[test]
fn every_place_lies_in_the_face_of_the_polygons_that_cover_it() {
    let mut random = Random(7);
    let (mut n_places, mut n_fell_back) = (0, 0);
    for round in 0..random::rounds(3_000) {
        // The last needs wide coordinates.
        let side = [6, 12, 40, 1_000, 3_000_000_000][round % 5];
        let frame = random_region(&mut random, side);
        let regions: Vec<Region> = (0..random.below(9)).map(|_| random_region(&mut random, side)).collect();
        let polygons: Vec<&Region> = regions.iter().collect();
        let arrangement = geometry::arrange(&frame, &polygons);
        n_fell_back += usize::from(arrangement.fell_back());
        n_places += check_places(&mut random, &frame, &regions, &arrangement, side);
    }
    println!("{n_places} places, {n_fell_back} fell back");
    assert_eq!(n_fell_back, 0);
}
