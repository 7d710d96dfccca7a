//! Buffers never err on the side of danger (UNC-5, UNC-6): judged by the distance along the ellipsoid from places
//! just within and just beyond.

mod random;

use geometry::offset::{buffer_path, buffer_position, dilate, erode};
use geometry::{Reading, Region, Shape, arrangement::difference, arrangement::union, read::read};
use random::Random;

const A: f64 = 6_378_137.0;
const E2: f64 = 0.006_694_379_990_141_317;

/// Degrees of longitude and of latitude in a metre, here.
fn degrees_per_metre(latitude: f64) -> [f64; 2] {
    let sine = latitude.to_radians().sin();
    let w = (1.0 - E2 * sine * sine).sqrt();
    let parallel = A / w * latitude.to_radians().cos();
    let meridian = A * (1.0 - E2) / w.powi(3);
    [parallel, meridian].map(|radius| (1.0 / radius).to_degrees())
}

/// A star around a place: radius in metres, vertices closed.
fn star(random: &mut Random, [x, y]: [f64; 2], radius: f64) -> Region {
    let n = 3 + random.below(20);
    let [east, north] = degrees_per_metre(y);
    let node = |i: u64, r: f64| {
        let angle = i as f64 / n as f64 * std::f64::consts::TAU;
        [x + r * angle.cos() * east, y + r * angle.sin() * north]
    };
    let ring = (0..n).map(|i| node(i, radius * random.between(0.2, 1.0))).collect();
    read(&Shape::Polygon(vec![ring]), Reading::Largest).region
}

fn somewhere(random: &mut Random) -> [f64; 2] {
    [random.between(-179.0, 179.0), random.between(-80.0, 80.0)]
}

/// A position so many metres from another, in any direction; good to a part in 10⁵ for hundreds of metres.
fn moved(random: &mut Random, [x, y]: [f64; 2], metres: f64) -> [f64; 2] {
    let angle = random.between(0.0, std::f64::consts::TAU);
    let [_, north] = degrees_per_metre(y);
    let middle = y + metres * angle.sin() * north / 2.0;
    let [east, north] = degrees_per_metre(middle);
    [x + metres * angle.cos() * east, y + metres * angle.sin() * north]
}

fn border_positions(random: &mut Random, region: &Region) -> Vec<[f64; 2]> {
    let shape = region.to_shape();
    let mut positions = Vec::new();
    for pair in shape.polygons().iter().flatten().flat_map(|ring| ring.windows(2)) {
        let t = random.share();
        positions.push(pair[0]);
        positions.push([0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis])));
    }
    positions
}

#[test]
fn whatever_is_within_the_distance_is_covered_by_the_dilated_region() {
    let mut random = Random(21);
    for _ in 0..random::rounds(300) {
        let (place, size) = (somewhere(&mut random), random.between(10.0, 800.0));
        let region = star(&mut random, place, size);
        let metres = 10_f64.powf(random.between(-1.0, 2.2));
        let grown = dilate(&region, metres);
        for position in border_positions(&mut random, &region) {
            assert!(grown.covers(position));
            for _ in 0..8 {
                let near = moved(&mut random, position, metres * 0.9999);
                assert!(grown.covers(near), "{near:?} is {metres} m from {position:?}");
            }
        }
    }
}

#[test]
fn whatever_is_within_the_distance_of_the_border_is_left_out_of_the_eroded_region() {
    let mut random = Random(22);
    for _ in 0..random::rounds(300) {
        let (place, size) = (somewhere(&mut random), random.between(10.0, 800.0));
        let region = star(&mut random, place, size);
        let metres = 10_f64.powf(random.between(-1.0, 1.5));
        let shrunk = erode(&region, metres);
        assert!(difference(&shrunk, &region).area().m2() < 1e-3);
        for position in border_positions(&mut random, &region) {
            assert!(!shrunk.covers(position));
            for _ in 0..8 {
                let near = moved(&mut random, position, metres * 0.9999);
                assert!(!shrunk.covers(near), "{near:?} is {metres} m from {position:?}");
            }
        }
    }
}

#[test]
fn what_is_more_than_three_per_cent_farther_is_not_covered() {
    let mut random = Random(23);
    for _ in 0..random::rounds(300) {
        let place = somewhere(&mut random);
        let metres = 10_f64.powf(random.between(-1.0, 2.2));
        let circle = buffer_position(place, metres);
        let (inner, outer) = (std::f64::consts::PI * metres * metres, std::f64::consts::PI * (1.03 * metres).powi(2));
        let area = circle.area().m2();
        assert!(inner < area && area < outer, "{inner} {area} {outer}");
        for _ in 0..20 {
            let (near, far) =
                (moved(&mut random, place, metres * 0.9999), moved(&mut random, place, metres * 1.03 + 4e-4));
            assert!(circle.covers(near) && !circle.covers(far), "{place:?} {metres}");
        }
    }
}

#[test]
fn growing_more_covers_more_and_shrinking_more_leaves_less() {
    let mut random = Random(24);
    let no_more = |small: &Region, large: &Region| difference(small, large).area().m2() < 1e-2;
    for _ in 0..random::rounds(200) {
        let (place, size) = (somewhere(&mut random), random.between(10.0, 500.0));
        let region = star(&mut random, place, size);
        let metres = random.between(0.1, 30.0);
        let more = metres * 1.031 + 1e-3;
        assert!(no_more(&region, &dilate(&region, metres)));
        assert!(no_more(&dilate(&region, metres), &dilate(&region, more)));
        assert!(no_more(&erode(&region, metres), &region));
        assert!(no_more(&erode(&region, more), &erode(&region, metres)));
        let other = star(&mut random, place, size);
        let both = union(&[&region, &other]);
        assert!(no_more(&dilate(&region, metres), &dilate(&both, more)));
        assert!(no_more(&erode(&region, more), &erode(&both, metres)));
    }
}

#[test]
fn ground_narrower_than_twice_the_distance_is_eroded_to_nothing() {
    let [east, north] = degrees_per_metre(44.0);
    let strip = |width: f64| {
        let ring =
            [[0.0, 0.0], [100.0, 0.0], [100.0, width], [0.0, width]].map(|[x, y]| [17.0 + x * east, 44.0 + y * north]);
        read(&Shape::Polygon(vec![ring.to_vec()]), Reading::Smallest).region
    };
    assert!(erode(&strip(3.99), 2.0).is_empty());
    assert!(!erode(&strip(4.2), 2.0).is_empty());
}

#[test]
fn holes_grow_shut_and_shrink_wide() {
    let ring = |x: f64, r: f64| vec![[x - r, 44.0 - r], [x + r, 44.0 - r], [x + r, 44.0 + r], [x - r, 44.0 + r]];
    let shape = Shape::MultiPolygon(vec![vec![ring(17.0, 1e-3), ring(17.0, 1e-4)], vec![ring(17.01, 1e-4)]]);
    let region = read(&shape, Reading::Largest).region;
    let n_rings = |region: &Region| region.to_shape().polygons().iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(n_rings(&region), [2, 1]);
    assert_eq!(n_rings(&dilate(&region, 5.0)), [2, 1]);
    assert_eq!(n_rings(&dilate(&region, 12.0)), [1, 1]);
    assert_eq!(n_rings(&erode(&region, 5.0)), [2, 1]);
    assert_eq!(n_rings(&erode(&region, 12.0)), [2]);
}

#[test]
fn nothing_negative_or_unknown_changes_the_region() {
    let region = star(&mut Random(1), [17.0, 44.0], 100.0);
    for metres in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(dilate(&region, metres), region);
        assert_eq!(erode(&region, metres), region);
        assert!(buffer_position([17.0, 44.0], metres).is_empty());
    }
    assert!(dilate(&Region::empty(), 5.0).is_empty());
    assert!(buffer_path(&[], 5.0).is_empty());
    assert!(buffer_path(&[[f64::NAN, 0.0], [1.0, 1.0]], 5.0).is_empty());
}

#[test]
fn large_distances_poles_and_the_antimeridian_stay_on_the_safe_side() {
    assert!(dilate(&star(&mut Random(1), [17.0, 44.0], 100.0), f64::INFINITY).covers([-120.0, -44.0]));
    assert!(erode(&star(&mut Random(1), [17.0, 44.0], 100.0), f64::INFINITY).is_empty());
    let polar = buffer_position([20.0, 89.9999], 50.0);
    assert!(polar.covers([-160.0, 89.9999]) && polar.covers([0.0, 90.0]));
    let across = buffer_position([179.9999, -16.0], 50.0);
    assert!(across.covers([-179.9999, -16.0]) && across.covers([179.9997, -16.0]) && !across.covers([0.0, -16.0]));
    let bounds = across.bounds().unwrap();
    assert_eq!((bounds[0], bounds[2]), (-180.0, 180.0));
}

#[test]
fn the_border_of_a_country_is_grown_in_many_planes() {
    let mut random = Random(25);
    for _ in 0..20 {
        let place = [random.between(-150.0, 150.0), random.between(-60.0, 60.0)];
        let region = star(&mut random, place, 400_000.0);
        let metres = random.between(1.0, 500.0);
        let (grown, shrunk) = (dilate(&region, metres), erode(&region, metres));
        for position in border_positions(&mut random, &region) {
            for _ in 0..8 {
                let near = moved(&mut random, position, metres * 0.9999);
                assert!(grown.covers(near) && !shrunk.covers(near), "{near:?} is {metres} m from {position:?}");
            }
        }
        let excess = (grown.area() - region.area()).m2() / (region.area() - shrunk.area()).m2();
        assert!((0.9..1.1).contains(&excess), "{excess}");
    }
}

#[test]
fn a_path_is_buffered_along_its_whole_length() {
    let mut random = Random(26);
    for _ in 0..random::rounds(200) {
        let start = somewhere(&mut random);
        let mut path = vec![start];
        for _ in 0..random.below(10) {
            let last = path[path.len() - 1];
            let metres = random.between(0.0, 300.0);
            path.push(moved(&mut random, last, metres));
        }
        let metres = random.between(0.5, 40.0);
        let road = buffer_path(&path, metres);
        for pair in path.windows(2) {
            let t = random.share();
            let position = [0, 1].map(|axis| pair[0][axis] + t * (pair[1][axis] - pair[0][axis]));
            for _ in 0..8 {
                assert!(road.covers(moved(&mut random, position, metres * 0.9999)));
            }
        }
    }
}
