//! Whether a ring is simple, and how two edges meet.

use std::cmp::Ordering;

use crate::grid::{Node, Number};
use crate::region::Extent;
use crate::split::{Segment, Splitter};

/// Vertices up to which every pair of edges is compared.
const FEW: usize = 48;

/// How two edges meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contact {
    /// They share nothing.
    Apart,
    /// They share one place, an end of at least one of them.
    Touch,
    /// They share a stretch.
    Overlap,
    /// They cross between their ends.
    Cross,
}

/// How two edges meet, exactly.
#[inline(always)]
pub(crate) fn contact<N: Number>([a, b]: [[N; 2]; 2], [c, d]: [[N; 2]; 2]) -> Contact {
    let (at_c, at_d) = (N::turn(a, b, c), N::turn(a, b, d));
    if at_c == at_d && at_c != Ordering::Equal {
        return Contact::Apart;
    }
    let (at_a, at_b) = (N::turn(c, d, a), N::turn(c, d, b));
    if at_a == at_b && at_a != Ordering::Equal {
        return Contact::Apart;
    }
    match [at_a, at_b, at_c, at_d].iter().filter(|side| side.is_eq()).count() {
        0 => Contact::Cross,
        4 => along_one_line([a, b].map(N::key), [c, d].map(N::key)),
        _ => Contact::Touch,
    }
}

fn along_one_line<K: Ord + Copy>([a, b]: [K; 2], [c, d]: [K; 2]) -> Contact {
    match a.min(b).max(c.min(d)).cmp(&a.max(b).min(c.max(d))) {
        Ordering::Less => Contact::Overlap,
        Ordering::Equal => Contact::Touch,
        Ordering::Greater => Contact::Apart,
    }
}

/// Whether a ring of at least three nodes, none repeated in a row, neither crosses nor touches itself.
pub(crate) fn is_simple(ring: &[Node]) -> bool {
    let Some(extent) = Extent::of(ring.iter().copied()) else { return false };
    let origin = extent.middle();
    localised::<i32>(ring, origin).map(|ring| is_simple_locally(&ring)).unwrap_or_else(|| is_simple_locally(ring))
}

fn localised<N: Number>(ring: &[Node], origin: Node) -> Option<Vec<[N; 2]>> {
    ring.iter().map(|[x, y]| Some([N::narrow(x - origin[0])?, N::narrow(y - origin[1])?])).collect()
}

fn is_simple_locally<N: Number>(ring: &[[N; 2]]) -> bool {
    let n = ring.len();
    let edge = |i: usize| [ring[i], ring[(i + 1) % n]];
    let folds = |i: usize| contact(edge(i), edge((i + 1) % n)) != Contact::Touch;
    if (0..n).any(folds) {
        return false;
    }
    let are_neighbours = |i: usize, j: usize| i.abs_diff(j) == 1 || i.abs_diff(j) == n - 1;
    let meet = |i: usize, j: usize| !are_neighbours(i, j) && contact(edge(i), edge(j)) != Contact::Apart;
    if n <= FEW {
        let boxes: Vec<[N; 4]> = (0..n).map(|i| box_of(edge(i))).collect();
        !(0..n).any(|i| (i + 1..n).any(|j| boxes_meet(&boxes[i], &boxes[j]) && meet(i, j)))
    } else {
        let segments: Vec<Segment<N>> =
            (0..n).filter_map(|i| Segment::directed(edge(i)[0], edge(i)[1], i as u32, 1)).collect();
        let mut is_simple = true;
        Splitter::default().for_each_pair(&segments, |i, j| is_simple &= !meet(i as usize, j as usize));
        is_simple
    }
}

#[inline(always)]
fn box_of<N: Number>([a, b]: [[N; 2]; 2]) -> [N; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])]
}

#[inline(always)]
fn boxes_meet<N: Number>(e: &[N; 4], f: &[N; 4]) -> bool {
    e[0] <= f[2] && f[0] <= e[2] && e[1] <= f[3] && f[1] <= e[3]
}
