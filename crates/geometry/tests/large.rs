//! Shapes of very many vertices, kind and hostile, are answered: nothing recurses, nothing grows with the square.
//!
//! With `SLOW_TESTS=1` in release mode the largest have ten million vertices; `-- --nocapture` prints the times.

mod random;

use std::f64::consts::TAU;
use std::time::Instant;

use geometry::{ProblemKind, Read, Reading, Region, Shape, offset, read::read};
use random::Random;

type Ring = Vec<[f64; 2]>;

/// A hundred thousand, or ten million.
fn size() -> usize {
    if std::env::var_os("SLOW_TESTS").is_some() { 10_000_000 } else { 100_000 }
}

fn timed(name: &str, polygon: Vec<Ring>) -> Read {
    let n: usize = polygon.iter().map(Vec::len).sum();
    let start = Instant::now();
    let read = read(&Shape::Polygon(polygon), Reading::Largest);
    let kinds: std::collections::BTreeSet<ProblemKind> = read.problems.iter().map(|p| p.kind).collect();
    println!("{name}: {n} vertices, {} problems {kinds:?}, {:.1?}", read.n_problems, start.elapsed());
    read
}

fn closed(mut ring: Ring) -> Ring {
    ring.extend(ring.first().copied());
    ring
}

/// A coast: a circle with a random edge.
fn coast(n: usize) -> Ring {
    let mut random = Random(1);
    let node = |i: usize| {
        let (angle, r) = (i as f64 / n as f64 * TAU, 1.0 + random.share() / n as f64);
        [17.0 + r * angle.cos(), 44.0 + r * angle.sin()]
    };
    closed((0..n).map(node).collect())
}

/// Long teeth, side by side, turned by an angle.
fn comb(n: usize, angle: f64) -> Ring {
    let turned =
        |[x, y]: [f64; 2]| [17.0 + x * angle.cos() - y * angle.sin(), 44.0 + x * angle.sin() + y * angle.cos()];
    let step = 1.0 / n as f64;
    let tooth = |i: usize| {
        let y = i as f64 * step;
        [[0.0, y], [1.0, y + 0.2 * step], [1.0, y + 0.4 * step], [0.0, y + 0.6 * step]]
    };
    let mut ring: Ring = (0..n / 4).flat_map(tooth).map(turned).collect();
    ring.push(turned([-0.1, 0.25]));
    ring.push(turned([-0.1, 0.0]));
    closed(ring)
}

#[test]
fn a_long_coast_is_simple() {
    let read = timed("coast", vec![coast(size())]);
    assert_eq!((read.n_problems, read.region.n_vertices()), (0, size()));
}

#[test]
fn combs_are_simple_whichever_way_they_lie() {
    for (name, angle) in [("comb lying", 0.0), ("comb aslant", 0.7), ("comb standing", TAU / 4.0)] {
        // Teeth must be wider than the grid.
        assert_eq!(timed(name, vec![comb(size() / 2, angle)]).n_problems, 0, "{name}");
    }
}

#[test]
fn one_crossing_among_very_many_edges_is_found() {
    let (mut ring, n) = (coast(size()), size() as f64);
    let at = ring.len() / 3;
    let beyond =
        |i: f64| [17.0 + (1.0 + 20.0 / n) * (i / n * TAU).cos(), 44.0 + (1.0 + 20.0 / n) * (i / n * TAU).sin()];
    ring[at] = beyond(at as f64 + 2.0);
    ring[at + 1] = beyond(at as f64 - 1.0);
    let read = timed("coast with a knot", vec![ring]);
    assert!(read.problems.iter().any(|p| p.kind == ProblemKind::SelfIntersection && p.vertex.abs_diff(at) < 3));
    assert_eq!(read.doubt, None);
}

#[test]
fn a_scribble_is_answered_by_its_box() {
    let mut random = Random(2);
    let ring = (0..size()).map(|_| [17.0 + random.share(), 44.0 + random.share()]).collect();
    let read = timed("scribble", vec![closed(ring)]);
    assert!(read.problems.iter().any(|p| p.kind == ProblemKind::TooTangled) && read.problems.len() <= 1_000);
    assert_eq!(read.region.bounds().map(|b| b[0] < 17.001 && b[2] > 17.999), Some(true));
    assert!(read.doubt.is_some());
}

#[test]
fn thousands_of_crossings_are_counted_though_not_all_are_listed() {
    let mut random = Random(3);
    let n = 1_500;
    let ring = (0..n).map(|_| [17.0 + random.share(), 44.0 + random.share()]).collect();
    let read = timed("small scribble", vec![closed(ring)]);
    assert!(read.n_problems > 100_000 && read.problems.len() == 1_000);
    assert!(!read.problems.iter().any(|p| p.kind == ProblemKind::TooTangled));
}

#[test]
fn a_ring_that_touches_itself_in_one_place_very_often_is_read() {
    let n = 700;
    let petal = |i: usize| {
        let angle = |share: f64| (i as f64 + share) / n as f64 * TAU;
        let at = |share: f64| [17.0 + angle(share).cos(), 44.0 + angle(share).sin()];
        [[17.0, 44.0], at(0.0), at(0.5)]
    };
    let read = timed("fan", vec![closed((0..n).flat_map(petal).collect())]);
    assert_eq!(read.doubt, None);
}

#[test]
fn a_chain_of_beads_is_read() {
    let n = size() / 4;
    let step = 1.0 / n as f64;
    let there = (0..n).flat_map(|i| [[i as f64 * step, 0.0], [(i as f64 + 0.5) * step, -0.4 * step]]);
    let back = (0..n).rev().flat_map(|i| [[(i as f64 + 1.0) * step, 0.0], [(i as f64 + 0.5) * step, 0.4 * step]]);
    let ring = there.chain(back).map(|[x, y]| [17.0 + x, 44.0 + y]).collect();
    let read = timed("beads", vec![closed(ring)]);
    assert_eq!((read.doubt, read.region.n_vertices()), (None, 4 * n));
}

#[test]
fn very_many_holes_are_read() {
    let side = ((size() / 20) as f64).sqrt() as usize;
    let step = 1.0 / side as f64;
    let hole = |i: usize| {
        let (x, y) = (17.0 + (i % side) as f64 * step, 44.0 + (i / side) as f64 * step);
        closed(vec![
            [x + 0.2 * step, y + 0.2 * step],
            [x + 0.2 * step, y + 0.8 * step],
            [x + 0.8 * step, y + 0.5 * step],
        ])
    };
    let shell = closed(vec![[17.0, 44.0], [18.0, 44.0], [18.0, 45.0], [17.0, 45.0]]);
    let read = timed("holes", std::iter::once(shell).chain((0..side * side).map(hole)).collect());
    assert_eq!((read.n_problems, read.doubt), (0, None));
    assert_eq!(read.region.n_vertices(), 4 + 3 * side * side);
}

#[test]
fn a_lattice_of_strips_is_arranged() {
    let n = if std::env::var_os("SLOW_TESTS").is_some() { 400 } else { 60 };
    let step = 1e-3 / n as f64;
    let strip = |i: usize, across: bool| {
        let (low, high) = (i as f64 * step, (i as f64 + 0.5) * step);
        let corners = [[low, 0.0], [high, 0.0], [high, 1e-3], [low, 1e-3]];
        let place = |[x, y]: [f64; 2]| if across { [17.0 + y, 44.0 + x] } else { [17.0 + x, 44.0 + y] };
        read(&Shape::Polygon(vec![corners.map(place).to_vec()]), Reading::Largest).region
    };
    let strips: Vec<Region> = (0..2 * n).map(|i| strip(i / 2, i % 2 == 0)).collect();
    let frame = strip(0, false);
    let whole = read(
        &Shape::Polygon(vec![closed(vec![[17.0, 44.0], [17.001, 44.0], [17.001, 44.001], [17.0, 44.001]])]),
        Reading::Largest,
    )
    .region;
    let start = Instant::now();
    let polygons: Vec<&Region> = strips.iter().collect();
    let arrangement = geometry::arrange(&whole, &polygons);
    println!("lattice: {} faces, {:.1?}", arrangement.faces().len(), start.elapsed());
    assert!(!arrangement.fell_back());
    assert_eq!(arrangement.faces().len(), (n + 1) * (n + 1));
    assert_eq!(geometry::arrange(&frame, &polygons).faces().len(), n + 1);
}

/// A ring 500 m wide, so finely drawn that hundreds of vertices lie within the distance by which it grows.
#[test]
fn a_border_of_very_many_vertices_grows_and_shrinks() {
    const METRES: f64 = 10.0;
    let n = (size() / 10).min(50_000);
    let ring: Ring =
        coast(n).into_iter().map(|[x, y]| [17.0 + (x - 17.0) / 400.0, 44.0 + (y - 44.0) / 400.0]).collect();
    let region = timed("fine border", vec![ring.clone()]).region;
    let start = Instant::now();
    let (grown, shrunk) = (offset::dilate(&region, METRES), offset::erode(&region, METRES));
    println!("fine border: grown and shrunk in {:.1?}", start.elapsed());
    // Metres of a degree at 44° north, rounded so that a little less than the distance is asked for.
    let (of_lon, of_lat) = (80_000.0, 111_000.0);
    for &[x, y] in ring.iter().step_by(97) {
        for k in 0..16 {
            let (sine, cosine) = (f64::from(k) / 16.0 * TAU).sin_cos();
            let near = [x + 0.99 * METRES * cosine / of_lon, y + 0.99 * METRES * sine / of_lat];
            assert!(grown.covers(near) && !shrunk.covers(near), "{near:?}");
        }
    }
    // A circle of a degree over 400: its border is an ellipse, 10 m out and in.
    let [ring_m2, more, less] = [&region, &grown, &shrunk].map(|r| r.area().m2());
    let border_m = 1_511.0;
    for (what, moved) in [("grown", more - ring_m2), ("shrunk", ring_m2 - less)] {
        let share = moved / (border_m * METRES);
        assert!((0.9..1.1).contains(&share), "{what} by {share:.3} of what {METRES} m are");
    }
}
