//! Faces without a sweep: walk along every border and note what covers the ground on its two sides.
//!
//! Where borders meet by crossing alone, what lies beside one changes at its crossings and nowhere else. So nothing
//! is put in order but the crossings of an edge, and what covers the first node of a ring is asked of each polygon
//! once. That is a third of the work of a sweep.
//!
//! ```text
//!        │ B            left of A:  A        A B        A
//!   ─────●─────────●──▶ A
//!        │         │    right:      nothing  B          nothing
//! ```
//!
//! A crossing is rounded to the sub-grid, which moves the edges through it by less than one unit. That leaves every
//! node on its side of every edge as long as all of them lie [`APART`]. Where they do not (borders that touch, run
//! together or pass through one place) there is no answer, and [`crate::sweep`] must be asked; where there is one,
//! its faces are those of the sweep, and their areas agree to 1e-9 m² a vertex.
//!
//! Pieces of an edge lie within its box, so edges whose boxes do not meet are never compared.

use crate::area::Belt;
use crate::cover::{Bits, Covers};
use crate::grid::{self, Node, Number};
use crate::region::{Extent, Region};

/// Units that a node must lie from the line of an edge that does not end in it: four times what rounding moves both.
const APART: f64 = 8.0;
/// Edges beyond which comparing polygon with polygon costs more than a sweep.
const MOST_SIDES: usize = 4_000;

type Place = [i32; 2];

/// An edge of a ring, ground on its left.
#[derive(Debug, Clone, Copy)]
struct Side {
    a: Place,
    b: Place,
}

impl Side {
    /// Twice the signed area of the triangle to a place, whose sign says on which side it lies.
    #[inline(always)]
    fn turn(&self, place: Place) -> f64 {
        i32::about_twice_area(self.a, self.b, place)
    }

    /// How large [`Side::turn`] must be for a place to lie far enough from the line.
    #[inline(always)]
    fn margin(&self) -> f64 {
        let [x, y] = [0, 1].map(|axis| self.b[axis].abs_diff(self.a[axis]));
        APART * (f64::from(x) + f64::from(y))
    }

    #[inline(always)]
    fn is_clear_of(&self, place: Place) -> bool {
        self.turn(place).abs() > self.margin()
    }

    #[inline(always)]
    fn frame(&self) -> Frame {
        let [[ax, ay], [bx, by]] = [self.a, self.b];
        Frame { west: ax.min(bx), south: ay.min(by), east: ax.max(bx), north: ay.max(by) }
    }

    /// Whether it runs on from another that it is joined to at a place, rather than back along it.
    fn runs_on_from(&self, other: &Side, joint: Place) -> bool {
        let away = |side: &Side| {
            let end = if side.a == joint { side.b } else { side.a };
            [0, 1].map(|axis| i64::from(end[axis]) - i64::from(joint[axis]))
        };
        let ([ax, ay], [bx, by]) = (away(self), away(other));
        ax * bx + ay * by <= 0
    }

    /// How far along a place on it lies.
    fn along(&self, place: Place) -> i64 {
        let step = |axis: usize| {
            let from = i64::from(self.a[axis]);
            (i64::from(place[axis]) - from) * (i64::from(self.b[axis]) - from)
        };
        step(0) + step(1)
    }
}

/// A box, borders included.
#[derive(Debug, Clone, Copy)]
struct Frame {
    west: i32,
    south: i32,
    east: i32,
    north: i32,
}

impl Frame {
    #[inline(always)]
    fn meets(&self, other: &Frame) -> bool {
        (self.west <= other.east)
            & (other.west <= self.east)
            & (self.south <= other.north)
            & (other.south <= self.north)
    }

    fn shared(&self, other: &Frame) -> Frame {
        Frame {
            west: self.west.max(other.west),
            south: self.south.max(other.south),
            east: self.east.min(other.east),
            north: self.north.min(other.north),
        }
    }

    fn holds(&self, [x, y]: Place) -> bool {
        self.west <= x && x <= self.east && self.south <= y && y <= self.north
    }
}

/// The border of one or more equal polygons.
#[derive(Debug, Clone, Copy)]
struct Outline {
    bits: Bits,
    first: u32,
    end: u32,
    frame: Frame,
}

impl Outline {
    fn sides(&self) -> std::ops::Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// Where a side is crossed, and by what.
#[derive(Debug, Clone, Copy)]
struct Cut {
    side: u32,
    along: i64,
    place: Place,
    outline: u32,
    other_side: u32,
    other_outline: u32,
}

/// A border from one crossing or touching to the next, or a whole ring, with the numbers of the covers on its sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) end: u32,
    pub(crate) left: u32,
    pub(crate) right: u32,
}

/// Stands for a side that lies outside the frame.
pub(crate) const OUTSIDE: u32 = u32::MAX;

/// Reusable memory for tracing, and its answer.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// What covers the faces of the frame.
    pub(crate) covers: Covers<Bits>,
    /// The ground of each cover, in units of area.
    pub(crate) units: Vec<i128>,
    pub(crate) runs: Vec<Run>,
    /// Nodes of the runs.
    pub(crate) nodes: Vec<Node>,
    sides: Vec<Side>,
    /// The box of each side.
    frames: Vec<Frame>,
    outlines: Vec<Outline>,
    cuts: Vec<Cut>,
    unsorted: Vec<Cut>,
    order: Vec<u64>,
    near: [Vec<(Frame, u32)>; 2],
    /// Where rings of one polygon touch.
    joints: Vec<Place>,
    /// Polygons that cover the whole frame.
    everywhere: Bits,
}

impl Trace {
    /// Cut a frame by fewer than 64 polygons; bit `i` of a cover stands for the polygon at index `i`, the one after
    /// the last for the frame. `None` where only a sweep can tell. Runs are kept if they are asked for.
    pub(crate) fn run(
        &mut self,
        frame: &Region,
        polygons: &[&Region],
        extent: &Extent,
        keeps_runs: bool,
    ) -> Option<()> {
        self.lay_out(frame, polygons, extent)?;
        self.find_cuts()?;
        self.sort_cuts();
        self.cuts_are_clear().then(|| self.walk(extent, 1 << polygons.len(), keeps_runs))
    }

    fn lay_out(&mut self, frame: &Region, polygons: &[&Region], extent: &Extent) -> Option<()> {
        self.sides.clear();
        self.frames.clear();
        self.outlines.clear();
        self.joints.clear();
        self.everywhere = 0;
        let mut laid: Vec<&Region> = Vec::with_capacity(polygons.len() + 1);
        let all = polygons.iter().copied().zip(0..);
        for (region, tag) in std::iter::once((frame, polygons.len())).chain(all) {
            let bits = 1 << tag;
            if let Some(same) = laid.iter().position(|other| std::ptr::eq(*other, region) || *other == region) {
                self.outlines[same].bits |= bits;
            } else if region.extent().is_some_and(|e| e.meets(extent)) && self.put(region, bits, extent)? {
                laid.push(region);
            }
        }
        Some(())
    }

    /// Put the border of a region on the table, unless all of it passes beside the frame.
    fn put(&mut self, region: &Region, bits: Bits, extent: &Extent) -> Option<bool> {
        if self.sides.len() + region.n_vertices() > MOST_SIDES {
            return None;
        }
        let first = self.sides.len();
        let [x, y] = extent.middle();
        let local = |node: Node| Some([i32::narrow(node[0] - x)?, i32::narrow(node[1] - y)?]);
        let (mut fits, mut meets, mut holds) = (true, false, false);
        region.for_each_edge(|a, b| {
            let edge = Extent::around(a, b);
            meets |= extent.meets(&edge);
            holds ^= edge.north < extent.south && edge.west <= extent.west && extent.west < edge.east;
            match (local(a), local(b)) {
                (Some(a), Some(b)) => self.sides.push(Side { a, b }),
                _ => fits = false,
            }
        });
        if !meets {
            self.sides.truncate(first);
            self.everywhere |= if holds { bits } else { 0 };
            return Some(false);
        }
        if !fits {
            return None;
        }
        if region.has_several_rings() {
            self.find_joints(first);
        }
        self.frames.extend(self.sides[first..].iter().map(Side::frame));
        let frame = self.frames[first..].iter().copied().reduce(|f, g| Frame {
            west: f.west.min(g.west),
            south: f.south.min(g.south),
            east: f.east.max(g.east),
            north: f.north.max(g.north),
        })?;
        self.outlines.push(Outline { bits, first: first as u32, end: self.sides.len() as u32, frame });
        Some(true)
    }

    fn find_joints(&mut self, first: usize) {
        let mut starts: Vec<Place> = self.sides[first..].iter().map(|side| side.a).collect();
        starts.sort_unstable();
        self.joints.extend(starts.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]));
    }

    fn find_cuts(&mut self) -> Option<()> {
        let Trace { sides, frames, outlines, unsorted: cuts, near: [of_one, of_other], .. } = self;
        cuts.clear();
        for (i, one) in outlines.iter().enumerate() {
            for (j, other) in outlines.iter().enumerate().skip(i + 1).filter(|(_, o)| o.frame.meets(&one.frame)) {
                let shared = one.frame.shared(&other.frame);
                gather(frames, one, &shared, of_one);
                if of_one.is_empty() {
                    continue;
                }
                gather(frames, other, &shared, of_other);
                for (frame, e) in of_one.iter() {
                    for (_, f) in of_other.iter().filter(|(other, _)| frame.meets(other)) {
                        let [one, other] = [&sides[*e as usize], &sides[*f as usize]];
                        let place = match meeting(one, other) {
                            Meeting::Apart => continue,
                            Meeting::Unclear => return None,
                            Meeting::Crossing(place) => place,
                        };
                        let cut = |side: u32, outline: usize, other_side: u32, other_outline: usize| Cut {
                            side,
                            along: sides[side as usize].along(place),
                            place,
                            outline: outline as u32,
                            other_side,
                            other_outline: other_outline as u32,
                        };
                        cuts.extend([cut(*e, i, *f, j), cut(*f, j, *e, i)]);
                    }
                }
                if cuts.len() > MOST_SIDES {
                    return None;
                }
            }
        }
        Some(())
    }

    /// By side, then along it.
    fn sort_cuts(&mut self) {
        let Trace { cuts, unsorted, order, .. } = self;
        order.clear();
        order.extend(unsorted.iter().zip(0_u64..).map(|(cut, i)| u64::from(cut.side) << 32 | i));
        order.sort_unstable();
        cuts.clear();
        cuts.extend(order.iter().map(|key| unsorted[*key as u32 as usize]));
        cuts.chunk_by_mut(|c, d| c.side == d.side).for_each(|cuts| cuts.sort_unstable_by_key(|cut| cut.along));
    }

    /// Whether rounding the crossings leaves everything on its side. Borders of different polygons have been compared
    /// where they meet; what is left are crossings of one edge, and the rest of the ring that it belongs to.
    fn cuts_are_clear(&self) -> bool {
        self.cuts.chunk_by(|c, d| c.side == d.side).all(|cuts| {
            let Cut { side, outline, .. } = cuts[0];
            let apart = |c: &Cut| {
                let others = cuts.iter().filter(|d| d.other_side != c.other_side);
                others.map(|d| &self.sides[d.other_side as usize]).all(|other| other.is_clear_of(c.place))
            };
            let one = &self.sides[side as usize];
            let frame = self.frames[side as usize];
            let rest = self.outlines[outline as usize].sides();
            let mut near = rest.filter(|other| self.frames[*other].meets(&frame) && *other != side as usize);
            cuts.iter().all(apart) && near.all(|other| is_beside(one, cuts, &self.sides[other]))
        })
    }

    /// What covers a place of one border, but for its own polygon.
    fn cover_at(&self, own: usize, place: Place) -> Bits {
        let others = self.outlines.iter().enumerate().filter(|(i, other)| *i != own && other.frame.holds(place));
        let covering = others.filter(|(_, other)| covers(&self.sides[other.sides()], place));
        covering.fold(self.everywhere, |cover, (_, other)| cover ^ other.bits)
    }

    fn walk(&mut self, extent: &Extent, frame: Bits, keeps_runs: bool) {
        self.covers.clear();
        self.units.clear();
        self.runs.clear();
        self.nodes.clear();
        let belt = Belt::between(extent.south, extent.north);
        let origin = extent.middle();
        let pen = Pen { belt: &belt, origin, above_middle: origin[1] - belt.middle(), frame, keeps_runs };
        let mut next = 0;
        for number in 0..self.outlines.len() {
            let outline = self.outlines[number];
            let mut others = 0;
            let mut run = None;
            let mut before = None;
            for i in outline.sides() {
                let Side { a, b } = self.sides[i];
                if before.replace(b) != Some(a) {
                    run.take().into_iter().for_each(|run| self.finish(run));
                    others = self.cover_at(number, a);
                }
                let mut from = a;
                while let Some(cut) = self.cuts.get(next).filter(|cut| cut.side as usize == i).copied() {
                    next += 1;
                    let mut open = run.take().unwrap_or_else(|| pen.start(others, outline.bits, from, &mut self.nodes));
                    pen.draw(&mut open, from, cut.place, &mut self.nodes);
                    self.finish(open);
                    others ^= self.outlines[cut.other_outline as usize].bits;
                    from = cut.place;
                }
                let mut open = run.take().unwrap_or_else(|| pen.start(others, outline.bits, from, &mut self.nodes));
                pen.draw(&mut open, from, b, &mut self.nodes);
                if self.joints.contains(&b) {
                    self.finish(open);
                } else {
                    run = Some(open);
                }
            }
            run.take().into_iter().for_each(|run| self.finish(run));
        }
    }

    /// Book what lies under a run, and keep it if its nodes were.
    fn finish(&mut self, Open { left, right, under, first, .. }: Open) {
        let Trace { covers, units, runs, nodes, .. } = self;
        let mut book = |cover: Option<Bits>, under: i128| {
            let Some(cover) = cover else { return OUTSIDE };
            let number = covers.number(&cover);
            units.resize(covers.len(), 0);
            units[number as usize] += under;
            number
        };
        // Ground lies on the left, so what is under a rightward edge counts against it.
        let (left, right) = (book(left, -under), book(right, under));
        let end = nodes.len() as u32;
        if first < end {
            runs.push(Run { first, end, left, right });
        }
    }
}

/// Draws runs.
struct Pen<'a> {
    belt: &'a Belt,
    origin: Node,
    above_middle: i64,
    /// Bit of the frame.
    frame: Bits,
    keeps_runs: bool,
}

/// A run that is being drawn; sides outside the frame have no cover.
struct Open {
    left: Option<Bits>,
    right: Option<Bits>,
    is_within: bool,
    under: i128,
    first: u32,
}

impl Pen<'_> {
    fn start(&self, others: Bits, own: Bits, at: Place, nodes: &mut Vec<Node>) -> Open {
        let within = |cover: Bits| (cover & self.frame != 0).then_some(cover);
        let (left, right) = (within(others | own), within(others));
        let is_within = left.is_some() || right.is_some();
        let first = nodes.len() as u32;
        if is_within && self.keeps_runs {
            nodes.push(self.globally(at));
        }
        Open { left, right, is_within, under: 0, first }
    }

    #[inline(always)]
    fn draw(&self, run: &mut Open, [ax, ay]: Place, [bx, by]: Place, nodes: &mut Vec<Node>) {
        if run.is_within {
            let step = i64::from(bx) - i64::from(ax);
            run.under += self.belt.under(step, i64::from(ay) + self.above_middle, i64::from(by) + self.above_middle);
            if self.keeps_runs {
                nodes.push(self.globally([bx, by]));
            }
        }
    }

    #[inline(always)]
    fn globally(&self, [x, y]: Place) -> Node {
        [i64::from(x) + self.origin[0], i64::from(y) + self.origin[1]]
    }
}

/// The sides of an outline that meet a box.
///
/// Whether a side does is a coin toss to the processor, so they are gathered without branching.
fn gather(frames: &[Frame], outline: &Outline, shared: &Frame, near: &mut Vec<(Frame, u32)>) {
    let frames = &frames[outline.sides()];
    near.resize(frames.len() + 1, (*shared, 0));
    let mut n = 0;
    for (frame, number) in frames.iter().zip(outline.first..) {
        near[n] = (*frame, number);
        n += usize::from(frame.meets(shared));
    }
    near.truncate(n);
}

enum Meeting {
    Apart,
    Crossing(Place),
    Unclear,
}

/// How two edges of different polygons meet.
#[inline(always)]
fn meeting(e: &Side, f: &Side) -> Meeting {
    let [c, d] = [e.turn(f.a), e.turn(f.b)];
    let e_is_clear = c.abs().min(d.abs()) > e.margin();
    if c * d > 0.0 && e_is_clear {
        return Meeting::Apart;
    }
    let [a, b] = [f.turn(e.a), f.turn(e.b)];
    let f_is_clear = a.abs().min(b.abs()) > f.margin();
    if a * b > 0.0 && f_is_clear {
        return Meeting::Apart;
    }
    if !(c * d < 0.0 && a * b < 0.0 && e_is_clear && f_is_clear) {
        return Meeting::Unclear;
    }
    // A crossing lies within the boxes of its edges, so it fits where they do.
    Meeting::Crossing(grid::crossing([e.a, e.b], [f.a, f.b]).map(|v| v as i32))
}

/// Whether an edge that is crossed stays beside another of its own polygon, and the other beside its crossings.
fn is_beside(one: &Side, cuts: &[Cut], other: &Side) -> bool {
    let joins = |place: Place| place == one.a || place == one.b;
    match (joins(other.a), joins(other.b)) {
        (false, false) => matches!(meeting(one, other), Meeting::Apart),
        (true, true) => false,
        (joins_a, _) => {
            let (joint, away) = if joins_a { (other.a, other.b) } else { (other.b, other.a) };
            one.runs_on_from(other, joint)
                || one.is_clear_of(away) && cuts.iter().all(|cut| other.is_clear_of(cut.place))
        }
    }
}

/// Whether rings cover a place that is not on them, by the even-odd rule.
fn covers(sides: &[Side], place: Place) -> bool {
    let [x, y] = place;
    let passes_below = |side: &Side| {
        let Side { a: [ax, ay], b: [bx, by] } = *side;
        if (ax <= x) == (bx <= x) || ay > y && by > y {
            return false;
        }
        ay < y && by < y || (side.turn(place) > 0.0) == (ax < bx)
    };
    sides.iter().filter(|side| passes_below(side)).count() % 2 == 1
}
