//! From a shape as given to ground, doubt falling towards hazard (DQ-01, DQ-02, DQ-05, DQ-11).
//!
//! Release = EvenOdd(shell) − ∪ NonZero(holes); hazard = NonZero(shell) − EvenOdd(holes); of several
//! polygons, the union. Where the two readings differ, the difference is the doubt, which a person
//! decides above a tolerance.
//!
//! Almost every polygon is one simple ring, so that is tried first and costs no arrangement.

use std::collections::BTreeSet;

use crate::area::Area;
use crate::cover::Windings;
use crate::grid::{self, Node};
use crate::nesting;
use crate::planar::{Directed, Planar};
use crate::region::{Extent, Region};
use crate::rings::begin_at_smallest;
use crate::shape::{Position, Shape};
use crate::simple::{self, Contact};
use crate::split::{Segment, Splitter, Tangled};

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

/// Where something is wrong: polygon, ring, vertex.
type Place = (usize, usize, usize);

#[derive(Debug, Default)]
struct Problems {
    list: Vec<(Place, Problem)>,
    n: usize,
    is_fatal: bool,
}

impl Problems {
    fn push(&mut self, place: Place, at: Position, kind: ProblemKind) {
        self.n += 1;
        self.is_fatal |= kind.is_fatal();
        if self.list.len() < MOST_PROBLEMS {
            let (polygon, ring, vertex) = place;
            self.list.push((place, Problem { polygon, ring, vertex, at, kind }));
        }
    }

    fn has(&self, kinds: impl Fn(ProblemKind) -> bool) -> bool {
        self.list.iter().any(|(_, problem)| kinds(problem.kind))
    }

    fn answer(mut self, region: Region, doubt: Option<Doubt>) -> Read {
        self.list.sort_by_key(|(place, problem)| (*place, problem.kind));
        let problems = self.list.into_iter().map(|(_, problem)| problem).collect();
        Read { region, problems, n_problems: self.n, doubt }
    }
}

/// A ring on the grid: closed, without the same node twice running, at least three nodes.
#[derive(Debug)]
struct Ring {
    polygon: usize,
    ring: usize,
    nodes: Vec<Node>,
    /// Where each node stood in the ring as given; empty where none was left out.
    vertices: Vec<usize>,
}

impl Ring {
    fn is_shell(&self) -> bool {
        self.ring == 0
    }

    fn place(&self, node: usize) -> Place {
        (self.polygon, self.ring, self.vertices.get(node).copied().unwrap_or(node))
    }

    fn edge(&self, node: usize) -> [Node; 2] {
        [self.nodes[node], self.nodes[(node + 1) % self.nodes.len()]]
    }
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
    let edges: Vec<Directed> = rings
        .iter()
        .zip(0..)
        .flat_map(|(ring, tag)| nesting::edges(&ring.nodes).map(move |[a, b]| Directed { a, b, tag }))
        .collect();
    let planar = find_meetings(rings, &mut found).and_then(|()| Planar::<Windings>::of(&edges));
    let Ok(planar) = planar else { return too_tangled(rings, reading, found) };
    find_misplaced(rings, &planar, &mut found);
    let is_small = |windings: &Windings| is_ground(rings, windings, Reading::Smallest);
    let is_large = |windings: &Windings| is_ground(rings, windings, Reading::Largest);
    let in_doubt = planar.area(|windings| is_large(windings) != is_small(windings)) > Area::ZERO;
    let doubt = in_doubt.then(|| Doubt { smallest: planar.area(is_small), largest: planar.area(is_large) });
    if in_doubt && !found.has(explains_doubt) {
        blame_touches(&mut found);
    }
    let region = planar.region(|windings| is_ground(rings, windings, reading));
    found.answer(region, doubt)
}

/// Note where edges cross or touch.
fn find_meetings(rings: &[Ring], found: &mut Problems) -> Result<(), Tangled> {
    let edges: Vec<(usize, usize)> =
        rings.iter().enumerate().flat_map(|(r, ring)| (0..ring.nodes.len()).map(move |node| (r, node))).collect();
    let segment = |(tag, (ring, node)): (u32, &(usize, usize))| {
        let [a, b] = rings[*ring].edge(*node);
        Segment::directed(a, b, tag, 1)
    };
    let segments: Vec<Segment<i64>> = (0..).zip(&edges).filter_map(segment).collect();
    let mut touched: BTreeSet<(usize, Node)> = BTreeSet::new();
    for &(i, j) in Splitter::default().pairs(&segments)? {
        let (i, j) = (
            segments[i as usize].tag.min(segments[j as usize].tag),
            segments[i as usize].tag.max(segments[j as usize].tag),
        );
        let ((ring, node), (other_ring, other_node)) = (edges[i as usize], edges[j as usize]);
        let (one, other) = (&rings[ring], &rings[other_ring]);
        let (e, f) = (one.edge(node), other.edge(other_node));
        let contact = simple::contact(e, f);
        let apart = node.abs_diff(other_node);
        let are_neighbours = ring == other_ring && (apart == 1 || apart == one.nodes.len() - 1);
        let kind = match contact {
            Contact::Apart => continue,
            Contact::Touch if are_neighbours => continue,
            Contact::Overlap if are_neighbours => ProblemKind::Spike,
            Contact::Touch | Contact::Overlap => ProblemKind::Touches,
            Contact::Cross => match crossing_kind(one, other) {
                Some(kind) => kind,
                None => continue,
            },
        };
        let at = match contact {
            Contact::Cross => grid::crossing(e, f),
            _ => shared_node(e, f),
        };
        // Up to four pairs of edges touch where two rings do once.
        if kind != ProblemKind::Touches || touched.insert((ring, at)) {
            found.push(one.place(node), grid::degrees(at), kind);
        }
    }
    Ok(())
}

/// What it means that the edges of two rings cross; nothing is wrong where a polygon begins within the hole of another
/// unless they share ground, which [`find_misplaced`] sees.
fn crossing_kind(one: &Ring, other: &Ring) -> Option<ProblemKind> {
    match (one.polygon == other.polygon, one.is_shell(), other.is_shell()) {
        (true, _, _) if one.ring == other.ring => Some(ProblemKind::SelfIntersection),
        (true, false, false) => Some(ProblemKind::HolesOverlap),
        (true, _, _) => Some(ProblemKind::HoleOutsideShell),
        (false, true, true) => Some(ProblemKind::PolygonsOverlap),
        (false, _, _) => None,
    }
}

/// The first end of one of two touching edges that lies on the other.
fn shared_node([a, b]: [Node; 2], [c, d]: [Node; 2]) -> Node {
    let lies_on = |node: &Node, [a, b]: [Node; 2]| simple::contact([*node, *node], [a, b]) != Contact::Apart;
    [a, b].into_iter().find(|node| lies_on(node, [c, d])).unwrap_or(if lies_on(&c, [a, b]) { c } else { d })
}

/// Note rings that lie where they should not, though nothing crosses.
fn find_misplaced(rings: &[Ring], planar: &Planar<Windings>, found: &mut Problems) {
    let mut seen: BTreeSet<(usize, usize, ProblemKind)> = BTreeSet::new();
    seen.extend(found.list.iter().map(|(_, p)| (p.polygon, p.ring, p.kind)));
    let mut checked = vec![false; planar.covers.len()];
    for border in &planar.borders {
        for cover in [border.below, border.above] {
            if std::mem::replace(&mut checked[cover as usize], true) {
                continue;
            }
            for (ring, kind) in misplaced(rings, planar.covers.get(cover)) {
                let (polygon, number, vertex) = rings[ring].place(0);
                if seen.insert((polygon, number, kind)) {
                    found.push((polygon, number, vertex), grid::degrees(border.a), kind);
                }
            }
        }
    }
}

/// Rings of a face that should not be there.
fn misplaced(rings: &[Ring], windings: &Windings) -> Vec<(usize, ProblemKind)> {
    let mut misplaced = Vec::new();
    let mut n_polygons = 0;
    for group in windings.0.chunk_by(|v, w| rings[v.0 as usize].polygon == rings[w.0 as usize].polygon) {
        let tags: Vec<usize> = group.iter().map(|(tag, _)| *tag as usize).collect();
        let has_shell = rings[tags[0]].is_shell();
        let holes = &tags[usize::from(has_shell)..];
        if !has_shell {
            misplaced.extend(holes.iter().map(|hole| (*hole, ProblemKind::HoleOutsideShell)));
        }
        misplaced.extend(holes.iter().skip(1).map(|hole| (*hole, ProblemKind::HolesOverlap)));
        if has_shell && holes.is_empty() {
            n_polygons += 1;
            if n_polygons > 1 {
                misplaced.push((tags[0], ProblemKind::PolygonsOverlap));
            }
        }
    }
    misplaced
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

fn explains_doubt(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::SelfIntersection
            | ProblemKind::HoleOutsideShell
            | ProblemKind::HolesOverlap
            | ProblemKind::PolygonsOverlap
    )
}

/// Touching that changes the reading is an intersection: a ring walked twice crosses itself nowhere and covers twice.
fn blame_touches(found: &mut Problems) {
    for (_, problem) in found.list.iter_mut().filter(|(_, problem)| problem.kind == ProblemKind::Touches) {
        problem.kind = ProblemKind::SelfIntersection;
    }
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
