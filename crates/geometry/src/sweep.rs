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
use crate::grid::Number;
use crate::split::{Segment, Tangled};

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
    /// Both ends of each segment, by place: the segment's number doubled, plus one where it starts.
    ends: Vec<u32>,
    packed: Vec<u64>,
    keyed: Vec<(N::Key, u32)>,
    status: Vec<u32>,
    starting: Vec<u32>,
    carried: Vec<u32>,
}

impl<N: Number> Default for Sweep<N> {
    fn default() -> Self {
        let (edges, ends, packed, keyed, status, starting, carried) = Default::default();
        Sweep { edges, ends, packed, keyed, status, starting, carried }
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
        self.sort_ends(segments);
        steps.sort_unstable_by_key(|step| step.x);
        let mut steps = steps.iter().peekable();
        let mut base = C::default();
        let ends = std::mem::take(&mut self.ends);
        let mut answer = Ok(());
        for group in ends.chunk_by(|e, f| place_of(segments, *e) == place_of(segments, *f)) {
            let place = place_of(segments, group[0]);
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

    /// Sort the ends of all segments by place: as single words where place and number fit into one, which is the rule.
    fn sort_ends(&mut self, segments: &[Segment<N>]) {
        let Sweep { ends, packed, keyed, .. } = self;
        ends.clear();
        let current = || segments.iter().zip(0_u32..).filter(|(segment, _)| !segment.is_retired());
        let all = || current().flat_map(|(segment, i)| [(segment.a, 2 * i + 1), (segment.b, 2 * i)]);
        match Packing::of(segments) {
            Some(packing) => {
                packed.clear();
                packed.extend(all().map(|(place, end)| packing.pack(place, end)));
                packed.sort_unstable();
                ends.extend(packed.iter().map(|word| packing.number(*word)));
            }
            None => {
                keyed.clear();
                keyed.extend(all().map(|(place, end)| (N::key(place), end)));
                keyed.sort_unstable();
                ends.extend(keyed.iter().map(|(_, end)| *end));
            }
        }
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
        let under = self.status.partition_point(|e| {
            let edge = &self.edges[*e as usize];
            N::turn(edge.a, edge.b, place) == Ordering::Greater
        });
        let (ending, n_ending) = self.ending(under, place);
        self.starting.clear();
        self.starting.extend(group.iter().filter(|end| *end % 2 == 1).map(|end| end / 2));
        if self.starting.len() + n_ending as usize != group.len() {
            return Err(Tangled);
        }
        sort_by_slope(segments, &mut self.starting)?;

        let matters = place[0] >= window.west && window.holds_latitude(place[1]);
        let mut cover = C::default();
        if matters {
            self.cover_under(segments, under, base, covers, &mut cover);
        }
        let first = self.edges.len();
        let mut at = 0;
        while at < self.starting.len() {
            let segment = segments[self.starting[at] as usize];
            let start = self.carried.len();
            let below = if matters { covers.number(&cover) } else { UNKNOWN };
            while let Some(same) = self.starting.get(at).filter(|s| segments[**s as usize].b == segment.b) {
                let Segment { tag, up, .. } = segments[*same as usize];
                cover.cross(tag, up);
                self.carried.push(*same);
                at += 1;
            }
            let known = matters && window.holds_latitude(segment.b[1]);
            let (below, above) = if known { (below, covers.number(&cover)) } else { (UNKNOWN, UNKNOWN) };
            let carried = (start as u32, (self.carried.len() - start) as u32);
            self.edges.push(Edge { a: segment.a, b: segment.b, below, above, carried });
        }
        let last = self.edges.len();
        self.replace(under, ending, first as u32..last as u32);
        let over = self.status.get(under + (last - first)).map(|e| &self.edges[*e as usize]);
        self.check_order(place, over)?;
        match over {
            Some(edge) if matters && edge.below != UNKNOWN && *covers.get(edge.below) != cover => Err(Tangled),
            _ => Ok(()),
        }
    }

    /// Put edges into the status in the place of others; mostly one for one.
    #[inline(always)]
    fn replace(&mut self, at: usize, n_old: usize, new: std::ops::Range<u32>) {
        match (n_old, new.len()) {
            (1, 1) => self.status[at] = new.start,
            _ => drop(self.status.splice(at..at + n_old, new)),
        }
    }

    /// How many edges of the status end at a place, and how many segments they carry.
    #[inline(always)]
    fn ending(&self, under: usize, place: [N; 2]) -> (usize, u32) {
        let edges = self.status[under..].iter().map(|e| &self.edges[*e as usize]);
        edges.take_while(|edge| edge.b == place).fold((0, 0), |(n, carried), edge| (n + 1, carried + edge.carried.1))
    }

    /// The segment above a place must not pass through it: it would have had to end here.
    fn check_order(&self, place: [N; 2], over: Option<&Edge<N>>) -> Result<(), Tangled> {
        match over {
            Some(edge) if N::turn(edge.a, edge.b, place) != Ordering::Less => Err(Tangled),
            _ => Ok(()),
        }
    }

    /// What covers the ground just under a place: known from the next edge below, or counted up from the base.
    #[inline(always)]
    fn cover_under<C: Cover>(
        &self,
        segments: &[Segment<N>],
        under: usize,
        base: &C,
        covers: &Covers<C>,
        cover: &mut C,
    ) {
        let edge = |at: usize| &self.edges[self.status[at] as usize];
        let known = (0..under).rev().find(|at| edge(*at).above != UNKNOWN);
        cover.clone_from(known.map_or(base, |at| covers.get(edge(at).above)));
        for at in known.map_or(0, |at| at + 1)..under {
            let (start, count) = edge(at).carried;
            for segment in &self.carried[start as usize..(start + count) as usize] {
                let Segment { tag, up, .. } = segments[*segment as usize];
                cover.cross(tag, up);
            }
        }
    }
}

/// How longitude, latitude and number share the bits of a word.
struct Packing {
    west: i64,
    south: i64,
    latitude_bits: u32,
    number_bits: u32,
}

impl Packing {
    fn of<N: Number>(segments: &[Segment<N>]) -> Option<Packing> {
        let bits = |n: i64| i64::BITS - n.leading_zeros();
        let first = segments.first()?;
        let (mut west, mut east) = (first.a[0], first.b[0]);
        let (mut south, mut north) = (first.a[1], first.a[1]);
        for Segment { a, b, .. } in segments {
            (west, east) = (west.min(a[0]), east.max(b[0]));
            (south, north) = (south.min(a[1].min(b[1])), north.max(a[1].max(b[1])));
        }
        let [west, south, east, north] = [west, south, east, north].map(N::wide);
        let (latitude_bits, number_bits) = (bits(north - south), bits(2 * segments.len() as i64));
        let fits = bits(east - west) + latitude_bits + number_bits <= u64::BITS;
        fits.then_some(Packing { west, south, latitude_bits, number_bits })
    }

    #[inline(always)]
    fn pack<N: Number>(&self, [x, y]: [N; 2], number: u32) -> u64 {
        let (x, y) = ((x.wide() - self.west) as u64, (y.wide() - self.south) as u64);
        (x << self.latitude_bits | y) << self.number_bits | u64::from(number)
    }

    #[inline(always)]
    fn number(&self, word: u64) -> u32 {
        (word & ((1 << self.number_bits) - 1)) as u32
    }
}

#[inline(always)]
fn place_of<N: Number>(segments: &[Segment<N>], event: u32) -> [N; 2] {
    let segment = &segments[event as usize / 2];
    if event % 2 == 1 { segment.a } else { segment.b }
}

/// From south to north; those along the same line must coincide.
#[inline(always)]
fn sort_by_slope<N: Number>(segments: &[Segment<N>], starting: &mut [u32]) -> Result<(), Tangled> {
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
