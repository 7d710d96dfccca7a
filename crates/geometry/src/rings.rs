//! From directed edges to rings: ground on the left, rings simple, in one canonical order.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::grid::{Node, twice_area_wide};
use crate::region::Region;

/// Link directed edges, ground on the left, into a region.
///
/// Rings that touch themselves are split where they do, so a hole that touches its shell stays a hole.
/// Nodes in the middle of a straight line are dropped. Each ring begins at its smallest node; rings are sorted.
pub(crate) fn link(mut edges: Vec<[Node; 2]>) -> Region {
    edges.sort_unstable();
    let mut used = vec![false; edges.len()];
    let mut rings = Vec::new();
    for start in 0..edges.len() {
        if !used[start] {
            split_where_touching(circuit(&edges, start, &mut used), &mut rings);
        }
    }
    rings.sort_unstable();
    Region::from_rings(&rings)
}

/// A node passed, and whether more than one edge leaves it.
type Passed = (Node, bool);

/// Follow the border until it closes, always keeping to the same wedge of ground.
fn circuit(edges: &[[Node; 2]], start: usize, used: &mut [bool]) -> Vec<Passed> {
    let mut passed = Vec::new();
    let mut crossroads = leaving(edges, edges[start][0]).len() > 1;
    let mut at = Some(start);
    while let Some(edge) = at {
        used[edge] = true;
        let [from, to] = edges[edge];
        passed.push((from, crossroads));
        let all = leaving(edges, to);
        crossroads = all.len() > 1;
        let free = all.filter(|e| !used[*e] || *e == start);
        let next = free.min_by(|e, f| clockwise(to, from, edges[*e][1], edges[*f][1]));
        at = next.filter(|e| *e != start);
    }
    passed
}

/// Which edges leave a node.
fn leaving(edges: &[[Node; 2]], node: Node) -> std::ops::Range<usize> {
    let start = edges.partition_point(|e| e[0] < node);
    start..start + edges[start..].iter().take_while(|e| e[0] == node).count()
}

/// Which of two directions comes first when turning clockwise from the direction of `back`, all seen from `centre`.
fn clockwise(centre: Node, back: Node, p: Node, q: Node) -> Ordering {
    let quarter = |d: Node| match twice_area_wide(centre, back, d).cmp(&0) {
        Ordering::Less => 0,
        Ordering::Equal => 1,
        Ordering::Greater => 2,
    };
    quarter(p).cmp(&quarter(q)).then_with(|| twice_area_wide(centre, p, q).cmp(&0))
}

/// Give off a ring whenever a circuit comes back to a node.
fn split_where_touching(circuit: Vec<Passed>, rings: &mut Vec<Vec<Node>>) {
    let mut path: Vec<Node> = Vec::with_capacity(circuit.len());
    let mut crossroads: HashMap<Node, usize> = HashMap::new();
    for (node, is_crossroads) in circuit {
        if is_crossroads {
            if let Some(at) = crossroads.get(&node).copied() {
                rings.extend(tidied(path.split_off(at)));
                crossroads.retain(|_, passed| *passed < at);
            }
            crossroads.insert(node, path.len());
        }
        path.push(node);
    }
    rings.extend(tidied(path));
}

/// Without nodes in the middle of straight lines, beginning at its smallest node; `None` if nothing is left.
fn tidied(ring: Vec<Node>) -> Option<Vec<Node>> {
    let n = ring.len();
    let bends = |i: &usize| twice_area_wide(ring[(i + n - 1) % n], ring[*i], ring[(i + 1) % n]) != 0;
    let mut tidy: Vec<Node> = (0..n).filter(bends).map(|i| ring[i]).collect();
    begin_at_smallest(&mut tidy);
    (tidy.len() >= 3).then_some(tidy)
}

/// Turn a ring so that it begins at its smallest node.
pub(crate) fn begin_at_smallest(ring: &mut [Node]) {
    if let Some(smallest) = (0..ring.len()).min_by_key(|i| ring[*i]) {
        ring.rotate_left(smallest);
    }
}
