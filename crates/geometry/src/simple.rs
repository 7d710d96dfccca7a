//! Whether a ring is simple, and how two edges meet.

use std::cmp::Ordering;

use crate::ends::{Ends, segment_of};
use crate::grid::{Node, Number};
use crate::region::Extent;
use crate::split::Segment;
use crate::status::Status;

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
    if n > FEW {
        return sweep_finds_nothing((0..n).filter_map(|i| Segment::directed(edge(i)[0], edge(i)[1], 0, 1)).collect());
    }
    let are_neighbours = |i: usize, j: usize| i.abs_diff(j) == 1 || i.abs_diff(j) == n - 1;
    let meet = |i: usize, j: usize| !are_neighbours(i, j) && contact(edge(i), edge(j)) != Contact::Apart;
    let boxes: Vec<[N; 4]> = (0..n).map(|i| box_of(edge(i))).collect();
    !(0..n).any(|i| (i + 1..n).any(|j| boxes_meet(&boxes[i], &boxes[j]) && meet(i, j)))
}

/// Whether the edges of a ring meet only where two of them are joined (Shamos and Hoey 1976: if any two meet, some two
/// do that are neighbours in the status).
fn sweep_finds_nothing<N: Number>(segments: Vec<Segment<N>>) -> bool {
    let mut ends = Ends::default();
    ends.sort(&segments);
    let mut status = Status::default();
    let segment = |number: u32| &segments[number as usize];
    let are_apart = |below: Option<u32>, above: Option<u32>| {
        let Some((e, f)) = below.zip(above).map(|(e, f)| (segment(e), segment(f))) else { return true };
        match contact([e.a, e.b], [f.a, f.b]) {
            Contact::Apart => true,
            Contact::Touch => e.b == f.b,
            Contact::Overlap | Contact::Cross => false,
        }
    };
    for (place, group) in ends.groups(&segments) {
        let &[one, other] = group else { return false };
        let cursor = status.seek(|s| N::turn(segment(s).a, segment(s).b, place) == Ordering::Greater);
        let under = status.under(cursor);
        let [(one, one_starts), (other, other_starts)] = [one, other].map(segment_of);
        let starting: &[u32] = match (one_starts, other_starts) {
            (true, true) if N::turn(place, segment(one).b, segment(other).b) == Ordering::Less => &[other, one],
            (true, true) => &[one, other],
            (true, false) => &[one],
            (false, true) => &[other],
            (false, false) => &[],
        };
        let n_ending = 2 - starting.len();
        if status.n_above(cursor, |s| segment(s).b == place) != n_ending {
            return false;
        }
        let over = status.replace(cursor, n_ending, starting.iter().copied());
        let (first, last) = (starting.first().copied(), starting.last().copied());
        if !(are_apart(under, first.or(over)) && are_apart(last, over)) {
            return false;
        }
    }
    true
}

#[inline(always)]
fn box_of<N: Number>([a, b]: [[N; 2]; 2]) -> [N; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])]
}

#[inline(always)]
fn boxes_meet<N: Number>(e: &[N; 4], f: &[N; 4]) -> bool {
    e[0] <= f[2] && f[0] <= e[2] && e[1] <= f[3] && f[1] <= e[3]
}
