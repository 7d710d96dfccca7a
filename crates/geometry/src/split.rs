//! Splitting edges at every crossing, touching and overlap, exactly, until no two cross.
//!
//! A crossing is rounded to the sub-grid, which bends the edges through it by at most 10 µm, and a
//! bent edge may newly cross a third. So rounds are repeated until one finds nothing to split.
//!
//! No pair is forgotten: every piece lies within the box of its edge, so two pieces can only meet if the
//! boxes of their edges did. The pairs whose boxes meet are found once and handed down to the pieces, but for
//! those that lie farther apart than all rounds together can bend them.
//! Pieces of one edge run the same way along both axes, so they meet only where they are joined.

use std::cmp::Ordering;

use crate::grid::{self, Number};

/// Rounds after which splitting is given up; no input tried took more than seven.
const MOST_ROUNDS: usize = 50;
/// Units that two edges must lie apart so that no bending joins them: each round moves either by less than one.
const APART: f64 = 128.0;
/// Edges from which boxes are sorted into strips first.
const MANY: usize = 2_000;
/// Pairs of boxes that may meet, for each edge and in all: beyond, a shape is a scribble that nobody can have meant.
const MOST_PAIRS: usize = 4_000_000;
const MOST_PAIRS_AN_EDGE: usize = 4;
/// Boxes compared before giving up: about ten seconds.
const MOST_COMPARISONS: usize = 10_000_000_000;

/// A piece of the border of one polygon, from its smaller end to its greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment<N> {
    pub(crate) a: [N; 2],
    pub(crate) b: [N; 2],
    /// Whose border it is.
    pub(crate) tag: u32,
    /// What crossing it upwards adds to the winding number: 1 when the ring runs from `a` to `b`, otherwise −1.
    pub(crate) up: i32,
}

impl<N: Number> Segment<N> {
    /// The segment of a ring that runs from one place to another; `None` if they are the same.
    #[inline(always)]
    pub(crate) fn directed(from: [N; 2], to: [N; 2], tag: u32, up: i32) -> Option<Segment<N>> {
        match N::key(from).cmp(&N::key(to)) {
            Ordering::Less => Some(Segment { a: from, b: to, tag, up }),
            Ordering::Greater => Some(Segment { a: to, b: from, tag, up: -up }),
            Ordering::Equal => None,
        }
    }

    /// Whether pieces have taken its place.
    #[inline(always)]
    pub(crate) fn is_retired(&self) -> bool {
        self.a == self.b
    }

    /// Most pairs are neighbours in a ring; unless they lie along one line, they meet only where they are joined.
    #[inline(always)]
    fn shares_an_end(&self, other: &Segment<N>) -> bool {
        self.a == other.a || self.a == other.b || self.b == other.a || self.b == other.b
    }

    /// At least its length, in units.
    #[inline(always)]
    fn length(&self) -> f64 {
        let [x, y] = [0, 1].map(|axis| (self.b[axis].wide() - self.a[axis].wide()).abs());
        (x + y) as f64
    }

    fn rises(&self) -> bool {
        self.a[1] <= self.b[1]
    }

    #[inline(always)]
    fn holds(&self, place: [N; 2]) -> bool {
        let place = N::key(place);
        N::key(self.a) < place && place < N::key(self.b)
    }
}

/// The edges could not be brought into order; another engine must be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tangled;

/// Which boxes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Without the sides that an edge touches with its ends alone, where it can share nothing but an end. That spares
    /// most neighbours in a ring. A piece may come to run along such a side by rounding; the sweep then finds a place
    /// on an edge that does not end there, and says so.
    Inner,
    /// All of them.
    Whole,
}

#[derive(Debug, Clone, Copy)]
struct Bounds<N> {
    west: N,
    east: N,
    south: N,
    north: N,
    segment: u32,
}

impl<N: Number> Bounds<N> {
    #[inline(always)]
    fn of(segment: &Segment<N>, index: usize) -> Bounds<N> {
        let (south, north) = (segment.a[1].min(segment.b[1]), segment.a[1].max(segment.b[1]));
        Bounds { west: segment.a[0], east: segment.b[0], south, north, segment: index as u32 }
    }

    /// Without the sides that the segment touches with its ends alone.
    #[inline(always)]
    fn inner(segment: &Segment<N>, index: usize) -> Bounds<N> {
        let Bounds { west, east, south, north, segment } = Bounds::of(segment, index);
        let from = |low: N, high: N| if low == high { low.before() } else { low };
        Bounds {
            west: from(west, east),
            east: east.before(),
            south: from(south, north),
            north: north.before(),
            segment,
        }
    }

    #[inline(always)]
    fn within(reach: Reach, segment: &Segment<N>, index: usize) -> Bounds<N> {
        match reach {
            Reach::Inner => Bounds::inner(segment, index),
            Reach::Whole => Bounds::of(segment, index),
        }
    }

    #[inline(always)]
    fn meets(&self, other: &Bounds<N>) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }
}

/// Where a segment must be split.
#[derive(Debug, Clone, Copy)]
struct Cut<N> {
    segment: u32,
    place: [N; 2],
}

/// The pieces of a segment, appended to the others; none if it was not cut.
#[derive(Debug, Clone, Copy, Default)]
struct Pieces {
    start: u32,
    count: u32,
}

impl Pieces {
    #[inline(always)]
    fn of(pieces: &[Pieces], segment: u32) -> std::ops::Range<u32> {
        match pieces.get(segment as usize) {
            Some(Pieces { start, count }) if *count > 0 => *start..start + count,
            _ => segment..segment + 1,
        }
    }
}

/// Reusable memory for splitting.
#[derive(Debug)]
pub(crate) struct Splitter<N: Number> {
    ranks: Vec<N::Rank>,
    bounds: Vec<Bounds<N>>,
    hits: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    next_pairs: Vec<(u32, u32)>,
    cuts: Vec<Cut<N>>,
    pieces: Vec<Pieces>,
}

impl<N: Number> Default for Splitter<N> {
    fn default() -> Self {
        let (ranks, bounds, hits, pairs, next_pairs, cuts, pieces) = Default::default();
        Splitter { ranks, bounds, hits, pairs, next_pairs, cuts, pieces }
    }
}

impl<N: Number> Splitter<N> {
    /// Split until no two segments share anything but ends, or all of themselves.
    pub(crate) fn split(&mut self, segments: &mut Vec<Segment<N>>, reach: Reach) -> Result<(), Tangled> {
        self.cuts.clear();
        self.find_pairs(segments, reach)?;
        self.pairs.retain(|&(i, j)| cut(segments, i, j, &mut self.cuts));
        for _ in 0..MOST_ROUNDS {
            if self.cuts.is_empty() {
                return Ok(());
            }
            let n_before = segments.len();
            self.apply_cuts(segments);
            self.cuts.clear();
            if self.cut_pieces(segments, reach) {
                if !self.cuts.is_empty() {
                    self.hand_pairs_down(segments, reach);
                }
                continue;
            }
            self.find_pairs(segments, reach)?;
            for &(i, j) in &self.pairs {
                let changed = |s: u32| s as usize >= n_before || self.pieces[s as usize].count > 0;
                if changed(i) || changed(j) {
                    _ = cut(segments, i, j, &mut self.cuts);
                }
            }
        }
        Err(Tangled)
    }

    /// The numbers of every two segments whose boxes meet.
    pub(crate) fn pairs(&mut self, segments: &[Segment<N>]) -> Result<&[(u32, u32)], Tangled> {
        self.find_pairs(segments, Reach::Whole)?;
        Ok(&self.pairs)
    }

    fn find_pairs(&mut self, segments: &[Segment<N>], reach: Reach) -> Result<(), Tangled> {
        let Splitter { ranks, bounds, hits, pairs, .. } = self;
        let current = || segments.iter().enumerate().filter(|(_, s)| !s.is_retired());
        ranks.clear();
        ranks.extend(current().map(|(i, s)| Bounds::within(reach, s, i).west.rank(i as u32)));
        ranks.sort_unstable();
        bounds.clear();
        bounds.extend(ranks.iter().map(|rank| {
            let i = N::number(*rank) as usize;
            Bounds::within(reach, &segments[i], i)
        }));
        hits.clear();
        hits.resize(bounds.len(), 0);
        pairs.clear();
        let mut budget =
            Budget { comparisons: MOST_COMPARISONS, pairs: MOST_PAIRS + MOST_PAIRS_AN_EDGE * bounds.len() };
        if bounds.len() < MANY {
            return sweep_boxes(bounds, hits, &mut budget, |i, j| pairs.push((i.segment, j.segment)));
        }
        let strips = Strips::over(bounds);
        let (starts, members) = strips.fill(bounds);
        let mut strip = Vec::new();
        for (number, range) in starts.windows(2).enumerate() {
            strip.clear();
            strip.extend(members[range[0]..range[1]].iter().map(|i| bounds[*i as usize]));
            sweep_boxes(&strip, hits, &mut budget, |i, j| {
                if strips.number(i.south.max(j.south)) == number {
                    pairs.push((i.segment, j.segment));
                }
            })?;
        }
        Ok(())
    }

    /// Append the pieces of every cut segment and retire it.
    fn apply_cuts(&mut self, segments: &mut Vec<Segment<N>>) {
        self.pieces.clear();
        self.pieces.resize(segments.len(), Pieces::default());
        // Along a rising segment latitude rises where longitude stands still, along a falling one it falls.
        self.cuts.sort_unstable_by(|c, d| {
            let along = c.place[0].cmp(&d.place[0]).then_with(|| {
                let north = c.place[1].cmp(&d.place[1]);
                if segments[c.segment as usize].rises() { north } else { north.reverse() }
            });
            c.segment.cmp(&d.segment).then(along)
        });
        for cuts in self.cuts.chunk_by(|c, d| c.segment == d.segment) {
            let index = cuts[0].segment as usize;
            let whole = segments[index];
            let start = segments.len();
            let mut from = whole.a;
            for to in cuts.iter().map(|c| c.place).chain(std::iter::once(whole.b)) {
                segments.extend(Segment::directed(from, to, whole.tag, whole.up));
                from = to;
            }
            segments[index].b = whole.a;
            self.pieces[index] = Pieces { start: start as u32, count: (segments.len() - start) as u32 };
        }
    }

    /// Note where pieces must be split again; false if there are so many pairs of them that new boxes are cheaper.
    fn cut_pieces(&mut self, segments: &[Segment<N>], reach: Reach) -> bool {
        let Splitter { pairs, cuts, pieces, .. } = self;
        let mut n_left = 4 * (segments.len() + pairs.len());
        for &(i, j) in pairs.iter() {
            let (of_i, of_j) = (Pieces::of(pieces, i), Pieces::of(pieces, j));
            if (of_i.start, of_j.start) == (i, j) {
                continue;
            }
            let Some(left) = n_left.checked_sub(of_i.len() * of_j.len()) else {
                cuts.clear();
                return false;
            };
            n_left = left;
            each_pair(segments, reach, of_i, of_j, |p, q| _ = cut(segments, p, q, cuts));
        }
        true
    }

    fn hand_pairs_down(&mut self, segments: &[Segment<N>], reach: Reach) {
        let Splitter { pairs, next_pairs, pieces, .. } = self;
        next_pairs.clear();
        for &(i, j) in pairs.iter() {
            each_pair(segments, reach, Pieces::of(pieces, i), Pieces::of(pieces, j), |p, q| next_pairs.push((p, q)));
        }
        std::mem::swap(pairs, next_pairs);
    }
}

/// Visit every pair of pieces of two segments whose boxes meet.
#[inline(always)]
fn each_pair<N: Number>(
    segments: &[Segment<N>],
    reach: Reach,
    of_i: std::ops::Range<u32>,
    of_j: std::ops::Range<u32>,
    mut visit: impl FnMut(u32, u32),
) {
    for p in of_i {
        let bounds = Bounds::within(reach, &segments[p as usize], 0);
        for q in of_j.clone() {
            if bounds.meets(&Bounds::within(reach, &segments[q as usize], 0)) {
                visit(p, q);
            }
        }
    }
}

/// What may still be spent.
struct Budget {
    comparisons: usize,
    pairs: usize,
}

impl Budget {
    #[inline(always)]
    fn spend(&mut self, comparisons: usize, pairs: usize) -> Result<(), Tangled> {
        self.comparisons = self.comparisons.checked_sub(comparisons).ok_or(Tangled)?;
        self.pairs = self.pairs.checked_sub(pairs).ok_or(Tangled)?;
        Ok(())
    }
}

/// Visit every pair of boxes that meet; they are sorted by their western side, and `hits` is at least as long.
///
/// Whether two boxes meet is a coin toss to the processor, so hits are gathered without branching.
#[inline(always)]
fn sweep_boxes<N: Number>(
    sorted: &[Bounds<N>],
    hits: &mut [u32],
    budget: &mut Budget,
    mut visit: impl FnMut(&Bounds<N>, &Bounds<N>),
) -> Result<(), Tangled> {
    for (at, one) in sorted.iter().enumerate() {
        let rest = &sorted[at + 1..];
        let (mut n_compared, mut n) = (0, 0);
        for other in rest {
            if other.west > one.east {
                break;
            }
            hits[n] = n_compared;
            n_compared += 1;
            n += usize::from((other.south <= one.north) & (one.south <= other.north));
        }
        budget.spend(n_compared as usize, n)?;
        hits[..n].iter().for_each(|number| visit(one, &rest[*number as usize]));
    }
    Ok(())
}

/// Bands of latitude of equal height, so that a comb of long edges is not compared tooth by tooth.
struct Strips {
    south: i64,
    height: i64,
    count: usize,
}

impl Strips {
    /// About as tall as the mean box, so that boxes lie in three strips on average, and not many more than there are boxes.
    fn over<N: Number>(bounds: &[Bounds<N>]) -> Strips {
        let south = bounds.iter().map(|b| b.south.wide()).min().unwrap_or(0);
        let north = bounds.iter().map(|b| b.north.wide()).max().unwrap_or(0);
        let total: i128 = bounds.iter().map(|b| i128::from(b.north.wide() - b.south.wide())).sum();
        let n = bounds.len().max(1) as i64;
        let height = ((total / i128::from(n)) as i64).max((north - south) / (n / 32 + 1)).max(1);
        Strips { south, height, count: ((north - south) / height + 1) as usize }
    }

    fn number<N: Number>(&self, latitude: N) -> usize {
        ((latitude.wide() - self.south) / self.height) as usize
    }

    /// Which boxes lie in each strip, in their order: where each strip starts, and the numbers of boxes.
    fn fill<N: Number>(&self, bounds: &[Bounds<N>]) -> (Vec<usize>, Vec<u32>) {
        let strips_of = |b: &Bounds<N>| self.number(b.south)..self.number(b.north) + 1;
        let mut starts = vec![0; self.count + 2];
        bounds.iter().flat_map(strips_of).for_each(|strip| starts[strip + 2] += 1);
        for strip in 2..starts.len() {
            starts[strip] += starts[strip - 1];
        }
        let mut members = vec![0; starts[starts.len() - 1]];
        for (b, number) in bounds.iter().zip(0..) {
            for strip in strips_of(b) {
                members[starts[strip + 1]] = number;
                starts[strip + 1] += 1;
            }
        }
        starts.pop();
        (starts, members)
    }
}

/// Note where two segments whose boxes meet must be split, and answer whether their pieces may come to meet anew.
#[inline(always)]
fn cut<N: Number>(segments: &[Segment<N>], i: u32, j: u32, cuts: &mut Vec<Cut<N>>) -> bool {
    let (e, f) = (&segments[i as usize], &segments[j as usize]);
    let [f_a, f_b] = [f.a, f.b].map(|place| N::about_twice_area(e.a, e.b, place));
    if f_a * f_b > 0.0 {
        return f_a.abs().min(f_b.abs()) <= APART * e.length();
    }
    if e.shares_an_end(f) && (f_a != 0.0 || f_b != 0.0) {
        return true;
    }
    let [e_a, e_b] = [e.a, e.b].map(|place| N::about_twice_area(f.a, f.b, place));
    if e_a * e_b > 0.0 {
        return e_a.abs().min(e_b.abs()) <= APART * f.length();
    }
    let mut touch = |segment: u32, holder: &Segment<N>, place: [N; 2]| {
        if holder.holds(place) {
            cuts.push(Cut { segment, place });
        }
    };
    if [f_a, f_b, e_a, e_b].contains(&0.0) {
        [(f_a, f.a), (f_b, f.b)].into_iter().filter(|(side, _)| *side == 0.0).for_each(|(_, p)| touch(i, e, p));
        [(e_a, e.a), (e_b, e.b)].into_iter().filter(|(side, _)| *side == 0.0).for_each(|(_, p)| touch(j, f, p));
    } else {
        let place = narrow(grid::crossing([e.a, e.b], [f.a, f.b]));
        for (index, segment) in [(i, e), (j, f)] {
            if place != segment.a && place != segment.b {
                cuts.push(Cut { segment: index, place });
            }
        }
    }
    true
}

/// A crossing lies within the boxes of its edges, so it fits where they do.
fn narrow<N: Number>(place: grid::Node) -> [N; 2] {
    place.map(|v| N::narrow(v).expect("a crossing lies between the ends of its edges"))
}
