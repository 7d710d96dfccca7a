//! From directed edges to rings: ground on the left, rings simple, in one canonical order.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::grid::{Node, twice_area_wide};
use crate::region::Region;

/// Link directed edges, or stretches of several, ground on the left, into a region. Stretches meet only in their ends,
/// and nothing else does in any but an end.
///
/// Rings that touch themselves are split where they do, so a hole that touches its shell stays a hole.
/// Nodes in the middle of a straight line are dropped. Each ring begins at its smallest node; rings are sorted.
pub(crate) fn link<Stretch: AsRef<[Node]> + Ord>(mut edges: Vec<Stretch>) -> Region {
    edges.sort_unstable();
    let (next, is_crossroads) = successors(&edges);
    let mut used = vec![false; edges.len()];
    let mut rings = Vec::new();
    let mut circuit = Vec::new();
    for start in 0..edges.len() {
        circuit.clear();
        let mut at = start;
        while !std::mem::replace(&mut used[at], true) {
            let nodes = edges[at].as_ref();
            circuit.push((nodes[0], is_crossroads[at]));
            circuit.extend(nodes[1..nodes.len() - 1].iter().map(|node| (*node, false)));
            at = next[at] as usize;
        }
        if circuit.iter().any(|(_, is_crossroads)| *is_crossroads) {
            split_where_touching(&circuit, &mut rings);
        } else {
            rings.extend(tidied(&circuit));
        }
    }
    rings.sort_unstable();
    Region::from_rings(&rings)
}

/// The edge that follows each edge around the same wedge of ground, and whether other edges start where it does.
fn successors<Stretch: AsRef<[Node]>>(edges: &[Stretch]) -> (Vec<u32>, Vec<bool>) {
    let mut is_crossroads = vec![false; edges.len()];
    let mut arriving = Vec::new();
    let from = |edge: &Stretch| edge.as_ref()[0];
    let follow = |(edge, nodes): (usize, &Stretch)| {
        let nodes = nodes.as_ref();
        let to = nodes[nodes.len() - 1];
        let first = edges.partition_point(|e| from(e) < to);
        if edges.get(first + 1).is_some_and(|e| from(e) == to) {
            arriving.push((to, edge));
        }
        first.min(edges.len() - 1) as u32
    };
    let mut next: Vec<u32> = edges.iter().enumerate().map(follow).collect();
    arriving.sort_unstable();
    for arriving in arriving.chunk_by(|e, f| e.0 == f.0) {
        let node = arriving[0].0;
        let first = edges.partition_point(|e| from(e) < node);
        let last = first + edges[first..].partition_point(|e| from(e) == node);
        is_crossroads[first..last].fill(true);
        let mut ways: Vec<Way> =
            (first..last).map(|edge| Way { end: edges[edge].as_ref()[1], edge, leaves: true }).collect();
        ways.extend(arriving.iter().map(|&(_, edge)| {
            let nodes = edges[edge].as_ref();
            Way { end: nodes[nodes.len() - 2], edge, leaves: false }
        }));
        ways.sort_unstable_by(|v, w| clockwise(node, v.end, w.end).then(v.leaves.cmp(&w.leaves)));
        pair_up(&ways, &mut next);
    }
    (next, is_crossroads)
}

/// An edge at a crossroads: where it goes to or comes from, and whether it leaves.
struct Way {
    end: Node,
    edge: usize,
    leaves: bool,
}

/// Ground lies clockwise of an arriving edge, up to the next leaving one: in turn they open and close like brackets.
fn pair_up(ways: &[Way], next: &mut [u32]) {
    let mut open = Vec::new();
    for way in ways.iter().chain(ways) {
        if !way.leaves {
            open.push(way.edge);
        } else if let Some(arrived) = open.pop() {
            next[arrived] = way.edge as u32;
        }
    }
}

/// Which of two directions comes first when turning clockwise from the west, all seen from `centre`.
fn clockwise(centre: Node, p: Node, q: Node) -> Ordering {
    let is_lower = |d: Node| d[1] < centre[1] || d[1] == centre[1] && d[0] > centre[0];
    is_lower(p).cmp(&is_lower(q)).then_with(|| twice_area_wide(centre, p, q).cmp(&0))
}

/// Give off a ring whenever a circuit comes back to a node.
fn split_where_touching(circuit: &[(Node, bool)], rings: &mut Vec<Vec<Node>>) {
    let mut path: Vec<(Node, bool)> = Vec::with_capacity(circuit.len());
    let mut crossroads: HashMap<Node, usize> = HashMap::new();
    for &(node, is_crossroads) in circuit {
        if is_crossroads {
            if let Some(at) = crossroads.get(&node).copied() {
                let ring = path.split_off(at);
                ring.iter().filter(|(_, is_crossroads)| *is_crossroads).for_each(|(node, _)| {
                    crossroads.remove(node);
                });
                rings.extend(tidied(&ring));
            }
            crossroads.insert(node, path.len());
        }
        path.push((node, is_crossroads));
    }
    rings.extend(tidied(&path));
}

/// Without nodes in the middle of straight lines, beginning at its smallest node; `None` if nothing is left.
fn tidied(ring: &[(Node, bool)]) -> Option<Vec<Node>> {
    let mut tidy: Vec<Node> = Vec::with_capacity(ring.len());
    let mut before = ring.last()?.0;
    let after = ring.iter().skip(1).chain(ring.first());
    for (&(node, _), &(after, _)) in ring.iter().zip(after) {
        if twice_area_wide(before, node, after) != 0 {
            tidy.push(node);
        }
        before = node;
    }
    begin_at_smallest(&mut tidy);
    (tidy.len() >= 3).then_some(tidy)
}

/// Turn a ring so that it begins at its smallest node.
pub(crate) fn begin_at_smallest(ring: &mut [Node]) {
    if let Some(smallest) = (0..ring.len()).min_by_key(|i| ring[*i]) {
        ring.rotate_left(smallest);
    }
}
