//! The sweep: what covers the ground below and above every edge.
//!
//! A line moves east over segments that meet only in their ends. Its status holds the segments it
//! passes, from south to north, each with what covers the ground on its two sides. Places are
//! visited by longitude, then latitude, as if the line leant a little: a vertical segment has its
//! lower end first, east below it and west above it.
//!
//! ```text
//!          │    ╱ above = below crossed by each border it carries
//!     ─────┼───●
//!          │    ╲ below = above of the segment next under the place
//! ```
//!
//! At every place the covers must close: what lies above the last segment leaving it is what lies
//! below the next segment of the status. Where they do not, the answer is [`Tangled`], never a guess.

use std::cmp::Ordering;

use crate::cover::{Cover, Covers};
use crate::ends::{Ends, segment_of};
use crate::grid::Number;
use crate::split::{Segment, Tangled};
use crate::status::{Cursor, Status};

/// Stands for a cover that was not computed.
const UNKNOWN: u32 = u32::MAX;

/// An edge with what covers the ground on both sides, as numbers in [`Covers`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge<N> {
    pub(crate) a: [N; 2],
    pub(crate) b: [N; 2],
    pub(crate) below: u32,
    pub(crate) above: u32,
    /// First of the segments that coincide here, in the order of the sweep, and how many.
    carried: (u32, u32),
}

/// The part of the plane that matters, borders included. Beyond it edges may be missing, so covers are only known of
/// edges that lie wholly within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window<N> {
    pub(crate) west: N,
    pub(crate) south: N,
    pub(crate) east: N,
    pub(crate) north: N,
}

impl<N: Number> Window<N> {
    fn holds_latitude(&self, y: N) -> bool {
        self.south <= y && y <= self.north
    }
}

/// A border that passes wholly south of the window: from this longitude on, ground begins or ends below everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<N> {
    pub(crate) x: N,
    pub(crate) tag: u32,
    pub(crate) up: i32,
}

/// Reusable memory for a sweep, and its answer.
#[derive(Debug)]
pub(crate) struct Sweep<N: Number> {
    /// Every edge within the window, by its smaller end.
    pub(crate) edges: Vec<Edge<N>>,
    ends: Ends<N>,
    status: Status,
    starting: Vec<u32>,
    carried: Vec<u32>,
}

impl<N: Number> Default for Sweep<N> {
    fn default() -> Self {
        let (edges, ends, status, starting, carried) = Default::default();
        Sweep { edges, ends, status, starting, carried }
    }
}

impl<N: Number> Sweep<N> {
    /// Sweep segments that meet only in their ends, or coincide.
    pub(crate) fn run<C: Cover>(
        &mut self,
        segments: &[Segment<N>],
        window: &Window<N>,
        steps: &mut [Step<N>],
        covers: &mut Covers<C>,
    ) -> Result<(), Tangled> {
        self.edges.clear();
        self.status.clear();
        self.carried.clear();
        self.ends.sort(segments);
        steps.sort_unstable_by_key(|step| step.x);
        let mut steps = steps.iter().peekable();
        let mut base = C::default();
        let ends = std::mem::take(&mut self.ends);
        let mut answer = Ok(());
        for (place, group) in ends.groups(segments) {
            if place[0] > window.east {
                break;
            }
            while let Some(step) = steps.next_if(|step| step.x <= place[0]) {
                base.cross(step.tag, step.up);
            }
            answer = self.visit(segments, place, group, window, &base, covers);
            if answer.is_err() {
                break;
            }
        }
        self.ends = ends;
        answer
    }

    /// At one place, replace the segments that end by those that start.
    fn visit<C: Cover>(
        &mut self,
        segments: &[Segment<N>],
        place: [N; 2],
        group: &[u32],
        window: &Window<N>,
        base: &C,
        covers: &mut Covers<C>,
    ) -> Result<(), Tangled> {
        let cursor = self.status.seek(|e| {
            let edge = &self.edges[e as usize];
            N::turn(edge.a, edge.b, place) == Ordering::Greater
        });
        let (ending, n_ending) = self.ending(cursor, place);
        self.starting.clear();
        self.starting
            .extend(group.iter().map(|end| segment_of(*end)).filter(|(_, starts)| *starts).map(|(segment, _)| segment));
        if self.starting.len() + n_ending as usize != group.len() {
            return Err(Tangled);
        }
        sort_by_slope(segments, &mut self.starting)?;

        let matters = place[0] >= window.west && window.holds_latitude(place[1]);
        let mut cover = C::default();
        let mut number = if matters { self.cover_under(segments, cursor, base, covers, &mut cover) } else { UNKNOWN };
        let first = self.edges.len();
        let mut at = 0;
        while at < self.starting.len() {
            let segment = segments[self.starting[at] as usize];
            let start = self.carried.len();
            while let Some(same) = self.starting.get(at).filter(|s| segments[**s as usize].b == segment.b) {
                let Segment { tag, up, .. } = segments[*same as usize];
                cover.cross(tag, up);
                self.carried.push(*same);
                at += 1;
            }
            let below = number;
            number = if matters { covers.number(&cover) } else { UNKNOWN };
            let known = matters && window.holds_latitude(segment.b[1]);
            let (below, above) = if known { (below, number) } else { (UNKNOWN, UNKNOWN) };
            let carried = (start as u32, (self.carried.len() - start) as u32);
            self.edges.push(Edge { a: segment.a, b: segment.b, below, above, carried });
        }
        let last = self.edges.len();
        let over = self.status.replace(cursor, ending, first as u32..last as u32);
        let Some(over) = over.map(|e| &self.edges[e as usize]) else { return Ok(()) };
        // The edge above must not pass through the place: it would have had to end here. And covers must close.
        let passes_above = N::turn(over.a, over.b, place) == Ordering::Less;
        let closes = !matters || over.below == UNKNOWN || over.below == number;
        if passes_above && closes { Ok(()) } else { Err(Tangled) }
    }

    /// How many edges of the status end at a place, and how many segments they carry.
    #[inline(always)]
    fn ending(&self, cursor: Cursor, place: [N; 2]) -> (usize, u32) {
        let mut n_carried = 0;
        let ending = self.status.n_above(cursor, |e| {
            let edge = &self.edges[e as usize];
            let ends = edge.b == place;
            n_carried += if ends { edge.carried.1 } else { 0 };
            ends
        });
        (ending, n_carried)
    }

    /// What covers the ground just under a place, and its number: known from the edge below, or counted up from the base.
    #[inline(always)]
    fn cover_under<C: Cover>(
        &self,
        segments: &[Segment<N>],
        cursor: Cursor,
        base: &C,
        covers: &mut Covers<C>,
        cover: &mut C,
    ) -> u32 {
        let under = self.status.under(cursor).map(|e| self.edges[e as usize].above);
        if let Some(number) = under.filter(|number| *number != UNKNOWN) {
            cover.clone_from(covers.get(number));
            return number;
        }
        cover.clone_from(base);
        let mut n_unknown = 0;
        for edge in self.status.below(cursor).map(|e| &self.edges[e as usize]) {
            if edge.above != UNKNOWN {
                cover.clone_from(covers.get(edge.above));
                break;
            }
            n_unknown += 1;
        }
        for edge in self.status.below(cursor).take(n_unknown).map(|e| &self.edges[e as usize]) {
            let (start, count) = edge.carried;
            for segment in &self.carried[start as usize..(start + count) as usize] {
                let Segment { tag, up, .. } = segments[*segment as usize];
                cover.cross(tag, up);
            }
        }
        covers.number(cover)
    }
}

/// From south to north; those along the same line must coincide.
#[inline(always)]
pub(crate) fn sort_by_slope<N: Number>(segments: &[Segment<N>], starting: &mut [u32]) -> Result<(), Tangled> {
    if starting.len() < 2 {
        return Ok(());
    }
    let end = |s: &u32| segments[*s as usize].b;
    let from = segments[starting[0] as usize].a;
    starting.sort_unstable_by(|s, t| N::turn(from, end(t), end(s)).then(s.cmp(t)));
    let straight_on =
        |pair: &[u32]| end(&pair[0]) != end(&pair[1]) && N::turn(from, end(&pair[0]), end(&pair[1])).is_eq();
    if starting.windows(2).any(straight_on) { Err(Tangled) } else { Ok(()) }
}
