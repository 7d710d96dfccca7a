//! What is wrong with rings, and where: what [`crate::read`] reports beside its reading.

use std::collections::BTreeSet;

use crate::cover::Windings;
use crate::grid::{self, Node};
use crate::nesting;
use crate::planar::Planar;
use crate::read::{Doubt, MOST_PROBLEMS, Problem, ProblemKind, Read};
use crate::region::Region;
use crate::shape::Position;
use crate::simple::{self, Contact};
use crate::split::{Segment, Splitter, Tangled};

/// Where something is wrong: polygon, ring, vertex.
pub(crate) type Place = (usize, usize, usize);

#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<(Place, Problem)>,
    n: usize,
    pub(crate) is_fatal: bool,
}

impl Problems {
    pub(crate) fn push(&mut self, place: Place, at: Position, kind: ProblemKind) {
        self.n += 1;
        self.is_fatal |= kind.is_fatal();
        if self.list.len() < MOST_PROBLEMS {
            let (polygon, ring, vertex) = place;
            self.list.push((place, Problem { polygon, ring, vertex, at, kind }));
        }
    }

    /// The two readings differ. If nothing listed explains it, some touching must: a ring drawn twice crosses itself
    /// nowhere and covers twice.
    pub(crate) fn explain_doubt(&mut self) {
        if !self.list.iter().any(|(_, problem)| explains_doubt(problem.kind)) {
            let touches = self.list.iter_mut().filter(|(_, problem)| problem.kind == ProblemKind::Touches);
            touches.for_each(|(_, problem)| problem.kind = ProblemKind::SelfIntersection);
        }
    }

    pub(crate) fn answer(mut self, region: Region, doubt: Option<Doubt>) -> Read {
        self.list.sort_by_key(|(place, problem)| (*place, problem.kind));
        let problems = self.list.into_iter().map(|(_, problem)| problem).collect();
        Read { region, problems, n_problems: self.n, doubt }
    }
}

/// A ring on the grid: closed, without the same node twice running, at least three nodes.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) polygon: usize,
    pub(crate) ring: usize,
    pub(crate) nodes: Vec<Node>,
    /// Where each node stood in the ring as given; empty where none was left out.
    pub(crate) vertices: Vec<usize>,
}

impl Ring {
    pub(crate) fn is_shell(&self) -> bool {
        self.ring == 0
    }

    pub(crate) fn place(&self, node: usize) -> Place {
        (self.polygon, self.ring, self.vertices.get(node).copied().unwrap_or(node))
    }

    pub(crate) fn edge(&self, node: usize) -> [Node; 2] {
        [self.nodes[node], self.nodes[(node + 1) % self.nodes.len()]]
    }
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

/// Note where edges cross or touch.
pub(crate) fn find_meetings(rings: &[Ring], found: &mut Problems) -> Result<(), Tangled> {
    let starts: Vec<usize> =
        rings.iter().scan(0, |at, ring| Some(std::mem::replace(at, *at + ring.nodes.len()))).collect();
    let locate = |edge: u32| {
        let ring = starts.partition_point(|start| *start <= edge as usize) - 1;
        (ring, edge as usize - starts[ring])
    };
    let edges = rings.iter().flat_map(|ring| nesting::edges(&ring.nodes));
    let segments: Vec<Segment<i64>> =
        edges.zip(0..).filter_map(|([a, b], edge)| Segment::directed(a, b, edge, 1)).collect();
    let mut touched: BTreeSet<(usize, Node)> = BTreeSet::new();
    for &(i, j) in Splitter::default().pairs(&segments)? {
        let [i, j] = [i, j].map(|pair| segments[pair as usize].tag);
        let ((ring, node), (other_ring, other_node)) = (locate(i.min(j)), locate(i.max(j)));
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
pub(crate) fn find_misplaced(rings: &[Ring], planar: &Planar<Windings>, found: &mut Problems) {
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
