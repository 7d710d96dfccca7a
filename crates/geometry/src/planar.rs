//! A plane cut by directed edges: split, swept, and asked for the ground of some of its faces.

use std::cell::Cell;

use crate::area::{Area, Belt};
use crate::cover::{Cover, Covers};
use crate::grid::{Node, Number};
use crate::region::{Extent, Region};
use crate::rings;
use crate::split::{Reach, Segment, Splitter, Tangled};
use crate::sweep::{Edge, Step, Sweep, Window};

/// An edge of a ring, with a tag that says whose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directed {
    pub(crate) a: Node,
    pub(crate) b: Node,
    pub(crate) tag: u32,
}

/// An edge from its smaller end to its greater, and what lies on its two sides, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Border {
    pub(crate) a: Node,
    pub(crate) b: Node,
    pub(crate) below: u32,
    pub(crate) above: u32,
}

/// Edges that meet only in their ends, and the covers on both sides of each.
#[derive(Debug)]
pub(crate) struct Planar<C> {
    pub(crate) borders: Vec<Border>,
    pub(crate) covers: Covers<C>,
}

impl<C: Cover> Planar<C> {
    /// Cut the plane by edges that form closed rings.
    pub(crate) fn of(edges: impl Iterator<Item = Directed> + Clone) -> Result<Planar<C>, Tangled> {
        let mut covers = Covers::default();
        let origin = Extent::of(edges.clone().map(|e| e.a)).map_or([0, 0], |extent| extent.middle());
        let mut near = TABLE.take();
        let borders = if near.put(edges.clone(), origin) {
            let borders = near.resolve_everywhere(origin, &mut covers);
            if near.segments.len() < MANY {
                TABLE.set(near);
            }
            borders?
        } else {
            drop(near);
            let mut far = Table::<i64>::default();
            far.put(edges, origin);
            far.resolve_everywhere(origin, &mut covers)?
        };
        Ok(Planar { borders, covers })
    }

    /// The ground whose cover is kept.
    pub(crate) fn region(&self, keep: impl Fn(&C) -> bool) -> Region {
        let kept = self.kept(keep);
        region(&self.borders, |cover| kept[cover as usize])
    }

    /// How much ground has a cover that is kept.
    pub(crate) fn area(&self, keep: impl Fn(&C) -> bool) -> Area {
        let kept = self.kept(keep);
        let Some(extent) = Extent::of(self.borders.iter().flat_map(|b| [b.a, b.b])) else { return Area::ZERO };
        let belt = Belt::between(extent.south, extent.north);
        let under = |b: &Border| belt.under(b.b[0] - b.a[0], b.a[1] - belt.middle(), b.b[1] - belt.middle());
        let side = |cover: u32| i128::from(kept[cover as usize]);
        let signed = |b: &Border| (side(b.below) - side(b.above)) * under(b);
        Area::from_units(self.borders.iter().map(signed).sum())
    }

    fn kept(&self, keep: impl Fn(&C) -> bool) -> Vec<bool> {
        (0..self.covers.len()).map(|cover| keep(self.covers.get(cover as u32))).collect()
    }
}

/// The ground on the kept sides of borders.
pub(crate) fn region(borders: &[Border], is_kept: impl Fn(u32) -> bool) -> Region {
    let directed = |border: &Border| match (is_kept(border.below), is_kept(border.above)) {
        (false, true) => Some([border.a, border.b]),
        (true, false) => Some([border.b, border.a]),
        _ => None,
    };
    rings::link(borders.iter().filter_map(directed).collect())
}

/// Edges from which working memory is given back as soon as it has served.
const MANY: usize = 1_000_000;

thread_local! {
    /// Working memory that one problem after another uses again: most are small, and there are millions.
    static TABLE: Cell<Table<i32>> = Cell::default();
}

/// Reusable memory for problems of one width of coordinate.
#[derive(Debug)]
pub(crate) struct Table<N: Number> {
    pub(crate) segments: Vec<Segment<N>>,
    pub(crate) steps: Vec<Step<N>>,
    splitter: Splitter<N>,
    sweep: Sweep<N>,
}

impl<N: Number> Default for Table<N> {
    fn default() -> Self {
        Table { segments: Vec::new(), steps: Vec::new(), splitter: Splitter::default(), sweep: Sweep::default() }
    }
}

impl<N: Number> Table<N> {
    /// Put edges on the table, relative to an origin; false if one does not fit.
    fn put(&mut self, edges: impl Iterator<Item = Directed>, origin: Node) -> bool {
        self.segments.clear();
        self.steps.clear();
        let local = |[x, y]: Node| Some([N::narrow(x - origin[0])?, N::narrow(y - origin[1])?]);
        for Directed { a, b, tag } in edges {
            let (Some(a), Some(b)) = (local(a), local(b)) else { return false };
            self.segments.extend(Segment::directed(a, b, tag, 1));
        }
        true
    }

    /// Split and sweep what is on the table, within a window.
    pub(crate) fn resolve<C: Cover>(
        &mut self,
        window: &Window<N>,
        covers: &mut Covers<C>,
    ) -> Result<&[Edge<N>], Tangled> {
        if self.resolve_within(Reach::Inner, window, covers).is_err() {
            self.resolve_within(Reach::Whole, window, covers)?;
        }
        Ok(&self.sweep.edges)
    }

    fn resolve_within<C: Cover>(
        &mut self,
        reach: Reach,
        window: &Window<N>,
        covers: &mut Covers<C>,
    ) -> Result<(), Tangled> {
        covers.clear();
        self.splitter.split(&mut self.segments, reach)?;
        if self.segments.len() > MANY {
            // Millions of edges need the room for the sweep.
            self.splitter = Splitter::default();
        }
        self.sweep.run(&self.segments, window, &mut self.steps, covers)
    }

    fn resolve_everywhere<C: Cover>(&mut self, origin: Node, covers: &mut Covers<C>) -> Result<Vec<Border>, Tangled> {
        let ends = || self.segments.iter().flat_map(|s| [s.a, s.b]);
        let range = |axis: usize| Some((ends().map(|p| p[axis]).min()?, ends().map(|p| p[axis]).max()?));
        let (Some((west, east)), Some((south, north))) = (range(0), range(1)) else { return Ok(Vec::new()) };
        let globally = |p: [N; 2]| [p[0].wide() + origin[0], p[1].wide() + origin[1]];
        let edges = self.resolve(&Window { west, south, east, north }, covers)?;
        let border = |e: &Edge<N>| Border { a: globally(e.a), b: globally(e.b), below: e.below, above: e.above };
        Ok(edges.iter().map(border).collect())
    }
}
