//! Paths on the ground: how long, how near, and where they enter a region.
//!
//! Edges are straight in longitude/latitude; lengths are of the geodesic between their ends, which differs by
//! less than 1e-6 of the length for edges under 10 km.

use geographiclib_rs::{Geodesic, InverseGeodesic};

use crate::grid;
use crate::region::Region;
use crate::shape::Position;

/// Metres between two positions (degrees) on the WGS 84 ellipsoid.
pub fn distance_m(from: Position, to: Position) -> f64 {
    Geodesic::wgs84().inverse(from[1], from[0], to[1], to[0])
}

/// Metres along a path of positions (degrees).
pub fn length_m(path: &[Position]) -> f64 {
    path.windows(2).map(|ends| distance_m(ends[0], ends[1])).sum()
}

/// The position of the edge nearest to `position`, and how far along the edge it lies, 0 … 1.
///
/// In the plane of the edge's middle latitude: right within 0.1 % for distances below 10 km.
pub fn nearest_on_edge(position: Position, [from, to]: [Position; 2]) -> (Position, f64) {
    let shrink = ((from[1] + to[1]) / 2.0).to_radians().cos();
    let along = [(to[0] - from[0]) * shrink, to[1] - from[1]];
    let there = [(position[0] - from[0]) * shrink, position[1] - from[1]];
    let length2 = along[0] * along[0] + along[1] * along[1];
    let t = if length2 > 0.0 { ((there[0] * along[0] + there[1] * along[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (at([from, to], t), t)
}

/// How far along the path, in metres from its start, it first lies in the region; `None` if it never does.
pub fn first_inside_m(path: &[Position], region: &Region) -> Option<f64> {
    if path.first().is_some_and(|start| region.covers(*start)) {
        return Some(0.0);
    }
    let borders: Vec<[Position; 2]> = region
        .rings()
        .iter()
        .flat_map(|ring| (0..ring.len()).map(|i| [ring[i], ring[(i + 1) % ring.len()]]))
        .map(|ends| ends.map(grid::degrees))
        .collect();
    let mut before = 0.0;
    for ends in path.windows(2).map(|ends| [ends[0], ends[1]]) {
        let mut cuts: Vec<f64> = borders.iter().filter_map(|border| crossing(ends, *border)).collect();
        cuts.extend([0.0, 1.0]);
        cuts.sort_by(f64::total_cmp);
        for pair in cuts.windows(2) {
            if region.covers(at(ends, (pair[0] + pair[1]) / 2.0)) {
                return Some(before + distance_m(ends[0], at(ends, pair[0])));
            }
        }
        before += distance_m(ends[0], ends[1]);
    }
    None
}

fn at([from, to]: [Position; 2], t: f64) -> Position {
    [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t]
}

/// Where along `edge` it crosses `border`, 0 … 1.
fn crossing([a, b]: [Position; 2], [c, d]: [Position; 2]) -> Option<f64> {
    let (ab, cd, ac) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]], [c[0] - a[0], c[1] - a[1]]);
    let cross = |u: Position, v: Position| u[0] * v[1] - u[1] * v[0];
    let turn = cross(ab, cd);
    let (t, s) = (cross(ac, cd) / turn, cross(ac, ab) / turn);
    (turn != 0.0 && (0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&s)).then_some(t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Reading, read};
    use crate::shape::Shape;

    fn square() -> Region {
        let ring = vec![[46.01, 40.0], [46.02, 40.0], [46.02, 40.01], [46.01, 40.01], [46.01, 40.0]];
        read(&Shape::Polygon(vec![ring]), Reading::Largest).region
    }

    #[test]
    fn a_path_enters_where_it_crosses_the_border() {
        let path = [[46.0, 40.005], [46.005, 40.005], [46.03, 40.005]];
        let expected = distance_m([46.0, 40.005], [46.01, 40.005]);
        assert!((first_inside_m(&path, &square()).unwrap() - expected).abs() < 0.01);
        assert_eq!(first_inside_m(&path[..2], &square()), None);
        assert_eq!(first_inside_m(&[[46.015, 40.005], [46.03, 40.005]], &square()), Some(0.0));
    }

    #[test]
    fn the_nearest_position_of_an_edge_is_between_its_ends() {
        let (nearest, t) = nearest_on_edge([46.005, 40.001], [[46.0, 40.0], [46.01, 40.0]]);
        assert!((t - 0.5).abs() < 1e-9 && (nearest[1] - 40.0).abs() < 1e-12);
        assert_eq!(nearest_on_edge([45.0, 40.0], [[46.0, 40.0], [46.01, 40.0]]).1, 0.0);
    }
}
