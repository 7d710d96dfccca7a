//! From a shape as given to ground, doubt falling towards hazard (DQ-01, DQ-02, DQ-05, DQ-11).
//!
//! Release = EvenOdd(shell) − ∪ NonZero(holes); hazard = NonZero(shell) − EvenOdd(holes); of several
//! polygons, the union. Where the two readings differ, the difference is the doubt, which a person
//! decides above a tolerance.
//!
//! Almost every polygon is one simple ring, so that is tried first and costs no arrangement.

use crate::area::Area;
use crate::cover::Windings;
use crate::faults::{self, Place, Problems, Ring};
use crate::grid::{self, Node};
use crate::nesting;
use crate::planar::{Directed, Planar};
use crate::region::{Extent, Region};
use crate::rings::begin_at_smallest;
use crate::shape::{Position, Shape};
use crate::simple;

/// On which side doubt falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// At its smallest: a release.
    Smallest,
    /// At its largest: a hazard.
    Largest,
}

/// What is wrong, and where. Indexes count from 0 in the shape as given.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Which polygon of the multipolygon.
    pub polygon: usize,
    /// Which ring: 0 the shell, then holes.
    pub ring: usize,
    /// Which vertex (start of the edge, for crossings).
    pub vertex: usize,
    /// Position in degrees, as given or as computed.
    pub at: [f64; 2],
    /// What.
    pub kind: ProblemKind,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// NaN or infinite. Fatal: no reading.
    NotFinite,
    /// |latitude| > 90 or |longitude| > 180. Fatal. `swapped` when swapping the axes would cure it is for the caller to try.
    OutOfRange,
    /// The ring spans 180° or more (antimeridian). Fatal.
    SpansHalfTheGlobe,
    /// Fewer than three distinct vertices (DQ-02).
    TooFewVertices,
    /// Last position differs from the first; closed implicitly.
    NotClosed,
    /// Same position twice running (DQ-05).
    RepeatedVertex,
    /// Goes out and back on itself.
    Spike,
    /// Two edges cross (bow-tie), DQ-01.
    SelfIntersection,
    /// A ring touches itself or another at a point or along an edge so that the reading stays the same.
    Touches,
    /// A hole is outside its shell or crosses it.
    HoleOutsideShell,
    /// Two holes overlap.
    HolesOverlap,
    /// Two polygons of a multipolygon overlap (DQ-11).
    PolygonsOverlap,
    /// Polygon without rings or ring without positions.
    Empty,
    /// So many crossings that they cannot be counted; at its smallest it is nothing, at its largest the box around it.
    TooTangled,
}

impl ProblemKind {
    /// Whether no reading exists at all.
    pub fn is_fatal(self) -> bool {
        matches!(self, ProblemKind::NotFinite | ProblemKind::OutOfRange | ProblemKind::SpansHalfTheGlobe)
    }
}

/// How far the two readings are apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// The smallest reading.
    pub smallest: Area,
    /// The largest reading.
    pub largest: Area,
}

/// The answer of [`read`].
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The ground, by the reading asked for; empty if fatal.
    pub region: Region,
    /// What is wrong, in order of position; the first [`MOST_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many things are wrong, listed or not.
    pub n_problems: usize,
    /// Set when the two readings differ by more than nothing.
    pub doubt: Option<Doubt>,
}

/// How many problems are listed; a person reads no more.
pub const MOST_PROBLEMS: usize = 1_000;

/// Read an areal shape as ground. Total: every input has an answer. Non-areal shapes read as empty with `Empty`.
pub fn read(shape: &Shape, reading: Reading) -> Read {
    let mut found = Problems::default();
    let polygons = shape.polygons();
    if polygons.is_empty() {
        found.push(Place::default(), [0.0, 0.0], ProblemKind::Empty);
        return found.answer(Region::empty(), None);
    }
    let rings = snapped_rings(polygons, &mut found);
    if found.is_fatal {
        return found.answer(Region::empty(), None);
    }
    if let [ring] = &rings[..]
        && ring.is_shell()
        && simple::is_simple(&ring.nodes)
    {
        return found.answer(region_of_simple(rings), None);
    }
    read_by_winding(&rings, reading, found)
}

fn snapped_rings(polygons: &[Vec<Vec<Position>>], found: &mut Problems) -> Vec<Ring> {
    let mut rings = Vec::with_capacity(polygons.len());
    for (p, polygon) in polygons.iter().enumerate() {
        if polygon.is_empty() {
            found.push((p, 0, 0), [0.0, 0.0], ProblemKind::Empty);
        }
        let mut has_shell = true;
        for (r, positions) in polygon.iter().enumerate() {
            let ring = snapped_ring((p, r), positions, found);
            has_shell &= r > 0 || ring.is_some();
            match ring {
                Some(ring) if has_shell => rings.push(ring),
                Some(ring) => found.push(ring.place(0), grid::degrees(ring.nodes[0]), ProblemKind::HoleOutsideShell),
                None => {}
            }
        }
    }
    rings
}

/// The ring on the grid; `None` if it encloses nothing or cannot be read.
fn snapped_ring((polygon, ring): (usize, usize), positions: &[Position], found: &mut Problems) -> Option<Ring> {
    let place = |vertex: usize| (polygon, ring, vertex);
    let Some(first) = positions.first() else {
        found.push(place(0), [0.0, 0.0], ProblemKind::Empty);
        return None;
    };
    if !is_on_the_globe(positions, place, found) {
        return None;
    }
    let mut nodes: Vec<Node> = positions.iter().map(|position| grid::snap(*position)).collect();
    if nodes.len() > 1 && nodes.first() == nodes.last() {
        nodes.pop();
    } else {
        found.push(place(positions.len() - 1), *first, ProblemKind::NotClosed);
    }
    let mut vertices = Vec::new();
    if nodes.windows(2).any(|pair| pair[0] == pair[1]) || nodes.len() > 1 && nodes.first() == nodes.last() {
        let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
        for (vertex, node) in nodes.iter().enumerate() {
            let closes = vertex > 0 && vertex == nodes.len() - 1 && kept.first() == Some(node);
            if kept.last() == Some(node) || closes {
                found.push(place(vertex), positions[vertex], ProblemKind::RepeatedVertex);
            } else {
                kept.push(*node);
                vertices.push(vertex);
            }
        }
        while kept.len() > 1 && kept.first() == kept.last() {
            kept.pop();
            vertices.pop();
        }
        nodes = kept;
    }
    if nodes.len() < 3 {
        found.push(place(0), *first, ProblemKind::TooFewVertices);
        return None;
    }
    Some(Ring { polygon, ring, nodes, vertices })
}

fn is_on_the_globe(positions: &[Position], place: impl Fn(usize) -> Place, found: &mut Problems) -> bool {
    let mut good = true;
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    for (vertex, at) in positions.iter().enumerate() {
        let [lon, lat] = *at;
        if lon.abs() <= 180.0 && lat.abs() <= 90.0 {
            west = west.min(lon);
            east = east.max(lon);
        } else {
            let kind =
                if lon.is_finite() && lat.is_finite() { ProblemKind::OutOfRange } else { ProblemKind::NotFinite };
            found.push(place(vertex), *at, kind);
            good = false;
        }
    }
    if east - west >= 180.0 {
        found.push(place(0), positions[0], ProblemKind::SpansHalfTheGlobe);
        good = false;
    }
    good
}

/// A ring known to be simple, as ground.
fn region_of_simple(rings: Vec<Ring>) -> Region {
    let mut nodes: Vec<Vec<Node>> = rings.into_iter().map(|ring| ring.nodes).collect();
    for ring in &mut nodes {
        if nesting::twice_area(ring) < 0 {
            ring.reverse();
        }
        begin_at_smallest(ring);
    }
    Region::from_rings(&nodes)
}

/// The reading of any rings, by their winding numbers.
fn read_by_winding(rings: &[Ring], reading: Reading, mut found: Problems) -> Read {
    let edges = rings
        .iter()
        .zip(0..)
        .flat_map(|(ring, tag)| nesting::edges(&ring.nodes).map(move |[a, b]| Directed { a, b, tag }));
    let planar = faults::find_meetings(rings, &mut found).and_then(|()| Planar::<Windings>::of(edges));
    let Ok(planar) = planar else { return too_tangled(rings, reading, found) };
    faults::find_misplaced(rings, &planar, &mut found);
    let is_small = |windings: &Windings| is_ground(rings, windings, Reading::Smallest);
    let is_large = |windings: &Windings| is_ground(rings, windings, Reading::Largest);
    let in_doubt = planar.area(|windings| is_large(windings) != is_small(windings)) > Area::ZERO;
    let doubt = in_doubt.then(|| Doubt { smallest: planar.area(is_small), largest: planar.area(is_large) });
    if in_doubt {
        found.explain_doubt();
    }
    let region = planar.region(|windings| is_ground(rings, windings, reading));
    found.answer(region, doubt)
}

/// Ground covered by any polygon, by the reading.
fn is_ground(rings: &[Ring], windings: &Windings, reading: Reading) -> bool {
    windings.0.chunk_by(|v, w| rings[v.0 as usize].polygon == rings[w.0 as usize].polygon).any(|polygon| {
        let shell =
            polygon.iter().find(|(ring, _)| rings[*ring as usize].is_shell()).map_or(0, |(_, winding)| *winding);
        let mut holes = polygon.iter().filter(|(ring, _)| !rings[*ring as usize].is_shell());
        match reading {
            Reading::Smallest => shell % 2 != 0 && holes.next().is_none(),
            Reading::Largest => shell != 0 && holes.map(|(_, winding)| winding).sum::<i32>() % 2 == 0,
        }
    })
}

/// Nothing can be known but that it lies in its box.
fn too_tangled(rings: &[Ring], reading: Reading, mut found: Problems) -> Read {
    let Some(e) = Extent::of(rings.iter().flat_map(|ring| ring.nodes.iter().copied())) else {
        return found.answer(Region::empty(), None);
    };
    found.push(rings[0].place(0), grid::degrees(rings[0].nodes[0]), ProblemKind::TooTangled);
    let boxed = Region::from_rings(&[vec![[e.west, e.south], [e.east, e.south], [e.east, e.north], [e.west, e.north]]]);
    let doubt = Doubt { smallest: Area::ZERO, largest: boxed.area() };
    let region = if reading == Reading::Largest { boxed } else { Region::empty() };
    found.answer(region, Some(doubt))
}
