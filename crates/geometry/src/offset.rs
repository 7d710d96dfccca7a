//! Growing and shrinking ground by a distance, conservatively (UNC-5).
//!
//! `dilate` never falls short of the true buffer, `erode` never leaves more than the true erosion.
//!
//! The plane. Lengths are taken in longitude/latitude with one scale along each axis, the smallest
//! the ellipsoid has anywhere near. Every true path is then at least as long as in the plane, so what
//! is within ε on the ground is within ε in the plane: the error of the plane is on the safe side by
//! construction. Where one scale would cost more than 0.3 % of ε, each edge has its own.
//!
//! The joins. A round join made of chords falls short of the circle; ours is made of tangents:
//!
//! ```text
//!       chord         tangent
//!       .──.           ╱──╲        each node at radius / cos(step / 2)
//!      ╱    ╲         │    │
//! ```
//!
//! The union. A ring's offset curve (each edge shifted to its right, a join at each convex node, back
//! through the node at each reflex one) is the sum of the ring, a parallelogram for every edge and a
//! wedge for every convex node, all anticlockwise: its winding number is positive just where one of
//! them is. Erosion is the same curve drawn along the rings reversed: ground is left where the ring
//! covers and no piece does.

use crate::area::{ECCENTRICITY_2, SEMI_MAJOR_M};
use crate::arrangement::{difference, intersection, union};
use crate::cover::Winding;
use crate::fallback;
use crate::grid::{self, Node, RADIANS_PER_UNIT, UNITS_PER_DEGREE};
use crate::nesting;
use crate::planar::{Directed, Planar};
use crate::region::{Extent, Region};
use crate::shape::Position;

/// All ground within `metres` of the region, and at most 3 % of `metres` (and 0.2 mm) more; 0.6 mm more where many
/// thousand vertices lie within `metres` of one another.
///
/// `metres` ≤ 0 or NaN gives the region itself; less than a millimetre counts as one. Within 56 km of a pole, and from
/// 1,000 km on, the answer is coarser: all longitudes, or everything.
pub fn dilate(region: &Region, metres: f64) -> Region {
    let Some(extent) = region.extent().filter(|_| metres > 0.0) else { return region.clone() };
    let Some(reach) = Reach::of(metres, 0.0).filter(|reach| reach.is_regular(&extent)) else {
        return union(&[region, &beyond_planes(&extent, metres)]);
    };
    let rings = region.rings();
    let grown = match Planar::<Winding>::of(outline(&rings, &reach).iter().flat_map(|ring| ring_edges(ring))) {
        Ok(planar) => planar.region(|winding| *winding > 0),
        Err(_) => union(&[region, &border(&region.edges(), metres)]),
    };
    onto_the_globe(grown)
}

/// Ground of the region at least `metres` from its border, and at most 3 % of `metres` (and 0.2 mm) less.
///
/// `metres` as for [`dilate`]. Within 56 km of a pole, and from 1,000 km on, nothing is left.
pub fn erode(region: &Region, metres: f64) -> Region {
    let Some(extent) = region.extent().filter(|_| metres > 0.0) else { return region.clone() };
    let Some(reach) = Reach::of(metres, 0.0).filter(|reach| reach.is_regular(&extent)) else {
        return Region::empty();
    };
    let mut rings = region.rings();
    rings.iter_mut().for_each(|ring| ring.reverse());
    match Planar::<Winding>::of(outline(&rings, &reach).iter().flat_map(|ring| ring_edges(ring))) {
        Ok(planar) => planar.region(|winding| *winding == -1),
        Err(_) => difference(region, &border(&region.edges(), metres)),
    }
}

/// All ground within `metres` of some edges, put together in halves: where hundreds of edges lie within `metres` of one
/// another, most of what is drawn around a few of them hides behind the rest.
fn border(edges: &[[Node; 2]], metres: f64) -> Region {
    /// Edges that are drawn at once.
    const FEW: usize = 16;
    /// What rounding takes away each time two halves are put together.
    const HALVING_M: f64 = 1.5e-5;
    let halvings = edges.len().div_ceil(FEW).next_power_of_two().trailing_zeros() + 1;
    let Some(reach) = Reach::of(metres, f64::from(halvings) * HALVING_M) else { return Region::empty() };
    put_together(edges, FEW, &reach)
}

fn put_together(edges: &[[Node; 2]], few: usize, reach: &Reach) -> Region {
    if edges.len() > few {
        let (one, other) = edges.split_at(edges.len() / 2);
        return union(&[&put_together(one, few, reach), &put_together(other, few, reach)]);
    }
    let mut capsules = Vec::new();
    edges.iter().for_each(|edge| reach.capsules(*edge, &mut capsules));
    around(capsules)
}

/// Ground covered by any of some anticlockwise rings.
fn around(rings: Vec<Vec<Node>>) -> Region {
    match Planar::<Winding>::of(rings.iter().flat_map(|ring| ring_edges(ring))) {
        Ok(planar) => planar.region(|winding| *winding > 0),
        Err(_) => fallback::union(&rings.into_iter().map(|ring| vec![ring]).collect::<Vec<_>>()),
    }
}

/// All ground within `metres` of a position (degrees), and at most 3 % of `metres` (and 0.3 mm) more; empty unless the
/// position is on the globe and `metres` is positive.
pub fn buffer_position(position: Position, metres: f64) -> Region {
    buffer_path(&[position], metres)
}

/// All ground within `half_width_m` of a path (degrees, straight in longitude/latitude), by the same rule.
///
/// Empty unless every position is on the globe and the width is positive.
pub fn buffer_path(path: &[Position], half_width_m: f64) -> Region {
    /// Positions are moved to the storage grid, by 0.08 mm at most.
    const SNAPPING_M: f64 = 1e-4;
    let on_globe = |[lon, lat]: &Position| lon.abs() <= 180.0 && lat.abs() <= 90.0;
    let nodes: Vec<Node> =
        if path.iter().all(on_globe) { path.iter().map(|p| grid::snap(*p)).collect() } else { Vec::new() };
    let Some(extent) = Extent::of(nodes.iter().copied()).filter(|_| half_width_m > 0.0) else { return Region::empty() };
    let Some(reach) = Reach::of(half_width_m, SNAPPING_M).filter(|reach| reach.is_regular(&extent)) else {
        return beyond_planes(&extent, half_width_m);
    };
    let mut capsules = Vec::new();
    if let [node] = nodes[..] {
        reach.capsules([node, node], &mut capsules);
    }
    nodes.windows(2).for_each(|ends| reach.capsules([ends[0], ends[1]], &mut capsules));
    onto_the_globe(around(capsules))
}

/// The widest angle between two tangents of a join: they meet at 1.022 of the radius.
const STEP: f64 = 24.0 / 180.0 * std::f64::consts::PI;
/// By how much the scale along parallels may vary within a plane.
const SCALE_VARIATION: f64 = 0.003;
/// What rounding to the sub-grid can take away, in metres: three units.
const ROUNDING_M: f64 = 5e-5;
const LEAST_M: f64 = 1e-3;
const MOST_M: f64 = 1e6;
/// Latitudes up to which a plane is any good.
const POLAR: i64 = 89 * UNITS_PER_DEGREE + UNITS_PER_DEGREE / 2;

/// A distance to grow by.
#[derive(Debug, Clone, Copy)]
struct Reach {
    metres: f64,
    /// At least as far along a meridian, in units.
    units: i64,
}

/// Metres for a unit of longitude and of latitude, nowhere more than the true ones.
#[derive(Debug, Clone, Copy)]
struct Plane {
    x: f64,
    y: f64,
}

impl Plane {
    /// The smallest scales between two latitudes.
    fn between(south: i64, north: i64) -> Plane {
        let (innermost, outermost) = (0.clamp(south, north), south.abs().max(north.abs()));
        Plane { x: parallel_scale(outermost), y: meridian_scale(innermost) }
    }

    /// From one node to another, in metres.
    fn vector(&self, a: Node, b: Node) -> [f64; 2] {
        [(b[0] - a[0]) as f64 * self.x, (b[1] - a[1]) as f64 * self.y]
    }

    /// The node at some metres from another.
    fn moved(&self, [x, y]: Node, [east, north]: [f64; 2]) -> Node {
        [x + (east / self.x).round() as i64, y + (north / self.y).round() as i64]
    }
}

/// Metres for a unit of longitude.
fn parallel_scale(latitude: i64) -> f64 {
    let phi = latitude as f64 * RADIANS_PER_UNIT;
    RADIANS_PER_UNIT * SEMI_MAJOR_M * libm::cos(phi) / flatness(phi)
}

/// Metres for a unit of latitude.
fn meridian_scale(latitude: i64) -> f64 {
    let w = flatness(latitude as f64 * RADIANS_PER_UNIT);
    RADIANS_PER_UNIT * SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (w * w * w)
}

/// √(1 − e² sin² φ).
fn flatness(phi: f64) -> f64 {
    let sine = libm::sin(phi);
    (1.0 - ECCENTRICITY_2 * sine * sine).sqrt()
}

impl Reach {
    /// `None` if it is too far for a plane.
    fn of(metres: f64, more: f64) -> Option<Reach> {
        let metres = metres.max(LEAST_M) + more + ROUNDING_M;
        // Meridians are shortest at the equator.
        (metres < MOST_M).then(|| Reach { metres, units: (metres / meridian_scale(0)).ceil() as i64 })
    }

    fn is_regular(&self, extent: &Extent) -> bool {
        extent.south - self.units > -POLAR && extent.north + self.units < POLAR
    }

    /// The plane for what lies between two latitudes, and how many such planes its scale along parallels asks for.
    fn plane(&self, south: i64, north: i64) -> (Plane, i64) {
        let (south, north) = (south - self.units, north + self.units);
        let plane = Plane::between(south, north);
        let variation = libm::log(parallel_scale(0.clamp(south, north)) / plane.x);
        (plane, (variation / SCALE_VARIATION).ceil().max(1.0) as i64)
    }

    /// Anticlockwise rings around the pieces of an edge, each in a plane of its own.
    fn capsules(&self, [a, b]: [Node; 2], capsules: &mut Vec<Vec<Node>>) {
        let plane = |a: Node, b: Node| self.plane(a[1].min(b[1]), a[1].max(b[1]));
        let (_, n) = plane(a, b);
        let n = n.min((b[1] - a[1]).abs() / self.units + 1);
        let along = |axis: usize, i: i64| (i128::from(b[axis] - a[axis]) * i128::from(i) / i128::from(n)) as i64;
        let at = |i: i64| [a[0] + along(0, i), a[1] + along(1, i)];
        capsules.extend((0..n).map(|i| capsule(at(i), at(i + 1), &plane(at(i), at(i + 1)).0, self.metres)));
    }

    fn capsules_of(&self, rings: &[Vec<Node>]) -> Vec<Vec<Node>> {
        let mut capsules = Vec::new();
        rings.iter().flat_map(|ring| nesting::edges(ring)).for_each(|edge| self.capsules(edge, &mut capsules));
        capsules
    }
}

/// The offset curves of rings on their right, or, where one plane will not do, the rings and a capsule for every edge.
fn outline(rings: &[Vec<Node>], reach: &Reach) -> Vec<Vec<Node>> {
    let Some(extent) = Extent::of(rings.iter().flatten().copied()) else { return Vec::new() };
    match reach.plane(extent.south, extent.north) {
        (plane, 1) => rings.iter().map(|ring| offset_curve(ring, &plane, reach.metres)).collect(),
        _ => rings.iter().cloned().chain(reach.capsules_of(rings)).collect(),
    }
}

fn ring_edges(ring: &[Node]) -> impl Iterator<Item = Directed> + Clone {
    nesting::edges(ring).map(|[a, b]| Directed { a, b, tag: 0 })
}

/// Each edge shifted to its right; a join at each convex node, back through the node at each reflex one.
fn offset_curve(ring: &[Node], plane: &Plane, radius: f64) -> Vec<Node> {
    let mut curve = Vec::with_capacity(5 * ring.len());
    let normals: Vec<[f64; 2]> = nesting::edges(ring).map(|[a, b]| right_normal(plane.vector(a, b))).collect();
    let mut before = normals[normals.len() - 1];
    for (node, after) in ring.iter().zip(normals) {
        let [start, end] = [before, after].map(|normal| plane.moved(*node, scaled(normal, radius)));
        curve.push(start);
        if cross(before, after) > 0.0 {
            join(*node, before, after, plane, radius, &mut curve);
        } else if start != end {
            curve.push(*node);
        }
        if start != end {
            curve.push(end);
        }
        before = after;
    }
    curve
}

/// All within a radius of an edge, anticlockwise.
fn capsule(a: Node, b: Node, plane: &Plane, radius: f64) -> Vec<Node> {
    let right = if a == b { [0.0, -1.0] } else { right_normal(plane.vector(a, b)) };
    let left = scaled(right, -1.0);
    let mut ring = Vec::with_capacity(24);
    for (node, from, to) in [(b, right, left), (a, left, right)] {
        ring.push(plane.moved(node, scaled(from, radius)));
        join(node, from, to, plane, radius, &mut ring);
        ring.push(plane.moved(node, scaled(to, radius)));
    }
    ring.dedup();
    ring
}

/// Where tangents to the circle around a node meet, anticlockwise from one normal to another, at most half a turn away.
fn join(node: Node, from: [f64; 2], to: [f64; 2], plane: &Plane, radius: f64, ring: &mut Vec<Node>) {
    let dot = from[0] * to[0] + from[1] * to[1];
    let turn = libm::atan2(cross(from, to).abs(), dot);
    let n = (turn / STEP).ceil().max(1.0);
    let half = turn / n / 2.0;
    let (sine, cosine) = (libm::sin(half), libm::cos(half));
    let (sine_2, cosine_2) = (2.0 * sine * cosine, cosine * cosine - sine * sine);
    let mut direction = rotated(scaled(from, 1.0 / cosine), sine, cosine);
    for _ in 0..n as usize {
        ring.push(plane.moved(node, scaled(direction, radius)));
        direction = rotated(direction, sine_2, cosine_2);
    }
}

fn right_normal([x, y]: [f64; 2]) -> [f64; 2] {
    let length = (x * x + y * y).sqrt();
    [y / length, -x / length]
}

fn rotated([x, y]: [f64; 2], sine: f64, cosine: f64) -> [f64; 2] {
    [x * cosine - y * sine, x * sine + y * cosine]
}

fn scaled(v: [f64; 2], factor: f64) -> [f64; 2] {
    v.map(|c| c * factor)
}

fn cross(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

const EAST: i64 = 180 * UNITS_PER_DEGREE;
const NORTH: i64 = 90 * UNITS_PER_DEGREE;

fn box_between(south: i64, north: i64) -> Region {
    Region::from_rings(&[vec![[-EAST, south], [EAST, south], [EAST, north], [-EAST, north]]])
}

/// All longitudes, from the ground to the poles it comes near; everything if the distance is too far for any plane.
fn beyond_planes(extent: &Extent, metres: f64) -> Region {
    let Some(reach) = Reach::of(metres, ROUNDING_M) else { return box_between(-NORTH, NORTH) };
    let (south, north) = (extent.south - reach.units, extent.north + reach.units);
    box_between(if south <= -POLAR { -NORTH } else { south }, if north >= POLAR { NORTH } else { north })
}

/// What passes the antimeridian comes back on the other side.
fn onto_the_globe(region: Region) -> Region {
    let Some(extent) = region.extent() else { return region };
    if -EAST <= extent.west && extent.east <= EAST {
        return region;
    }
    let turned = |by: i64| {
        let rings: Vec<Vec<Node>> =
            region.rings().into_iter().map(|ring| ring.into_iter().map(|[x, y]| [x + by, y]).collect()).collect();
        intersection(&Region::from_rings(&rings), &box_between(-NORTH, NORTH))
    };
    let [west, here, east] = [-2 * EAST, 0, 2 * EAST].map(turned);
    union(&[&west, &here, &east])
}
