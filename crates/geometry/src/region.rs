//! Ground: a set of rings on the grid that do not cross, interior on the left.
//!
//! More than a million regions are held at once, so a region keeps offsets from its own south-west
//! corner, as short as they come: three bytes for what was read and is less than 1.8 km wide, four up
//! to half a degree, eight beyond.

use crate::area::{Area, Belt};
use crate::grid::{self, Node, UNITS_PER_DEGREE, UNITS_PER_NANODEGREE};
use crate::nesting;
use crate::shape::Shape;

/// A position on the storage grid, in units of 1e-9 degree (0.11 mm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Longitude, 1e-9 degree.
    pub lon: i64,
    /// Latitude, 1e-9 degree.
    pub lat: i64,
}

impl Point {
    /// The nearest point of the grid; `None` unless both coordinates are finite and on the globe.
    pub fn at([lon, lat]: [f64; 2]) -> Option<Point> {
        if !(lon.abs() <= 180.0 && lat.abs() <= 90.0) {
            return None;
        }
        let [lon, lat] = grid::snap([lon, lat]);
        Some(Point { lon: lon / UNITS_PER_NANODEGREE, lat: lat / UNITS_PER_NANODEGREE })
    }

    /// In degrees, `[longitude, latitude]`.
    pub fn degrees(self) -> [f64; 2] {
        [self.lon as f64 / 1e9, self.lat as f64 / 1e9]
    }
}

/// Valid ground: rings that do not cross, shells anticlockwise and holes clockwise. May be empty.
///
/// Made only by [`crate::read::read`] and by the operations of this crate, so whoever holds one need not check it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Region {
    corner: Node,
    nodes: Nodes,
    /// Where each ring after the first begins; a single ring, which almost all are, has none and pays one word.
    breaks: Option<Box<Breaks>>,
}

type Breaks = Box<[u32]>;

/// Offsets from the corner. The first entry is the opposite corner, so bounds cost nothing.
#[derive(Clone, PartialEq, Eq)]
enum Nodes {
    /// Nanodegrees, 24 bits each, little-endian.
    Tiny(Box<[[u8; 6]]>),
    Near(Box<[[u32; 2]]>),
    Far(Box<[[i64; 2]]>),
}

impl Default for Nodes {
    fn default() -> Nodes {
        Nodes::Tiny(Box::default())
    }
}

impl Nodes {
    /// In the shortest form that holds them all, so that equal regions are equal in memory.
    fn of(offsets: impl Iterator<Item = Node> + Clone) -> Nodes {
        let coordinates = || offsets.clone().flatten();
        let largest = coordinates().max().unwrap_or(0);
        if largest < UNITS_PER_NANODEGREE << 24 && coordinates().all(|v| v % UNITS_PER_NANODEGREE == 0) {
            Nodes::Tiny(offsets.map(packed).collect())
        } else if largest <= i64::from(u32::MAX) {
            Nodes::Near(offsets.map(|offset| offset.map(|v| v as u32)).collect())
        } else {
            Nodes::Far(offsets.collect())
        }
    }
}

fn packed(offset: Node) -> [u8; 6] {
    let [[a, b, c, _], [d, e, f, _]] = offset.map(|v| ((v / UNITS_PER_NANODEGREE) as u32).to_le_bytes());
    [a, b, c, d, e, f]
}

#[inline(always)]
fn unpacked([a, b, c, d, e, f]: [u8; 6]) -> Node {
    [[a, b, c, 0], [d, e, f, 0]].map(|bytes| i64::from(u32::from_le_bytes(bytes)) * UNITS_PER_NANODEGREE)
}

/// The smallest box around some nodes, borders included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) west: i64,
    pub(crate) south: i64,
    pub(crate) east: i64,
    pub(crate) north: i64,
}

impl Extent {
    pub(crate) fn of(nodes: impl IntoIterator<Item = Node>) -> Option<Extent> {
        nodes.into_iter().fold(None, |extent: Option<Extent>, [x, y]| {
            let e = extent.unwrap_or(Extent { west: x, south: y, east: x, north: y });
            Some(Extent { west: e.west.min(x), south: e.south.min(y), east: e.east.max(x), north: e.north.max(y) })
        })
    }

    pub(crate) fn around(a: Node, b: Node) -> Extent {
        let [[west, east], [south, north]] = [0, 1].map(|axis| [a[axis].min(b[axis]), a[axis].max(b[axis])]);
        Extent { west, south, east, north }
    }

    pub(crate) fn meets(&self, other: &Extent) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }

    pub(crate) fn holds(&self, [x, y]: Node) -> bool {
        (self.west..=self.east).contains(&x) && (self.south..=self.north).contains(&y)
    }

    pub(crate) fn middle(&self) -> Node {
        [self.west + (self.east - self.west) / 2, self.south + (self.north - self.south) / 2]
    }
}

impl Region {
    /// No ground at all.
    pub fn empty() -> Region {
        Region::default()
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.n_entries() == 0
    }

    /// Area of record, m² on the ellipsoid.
    pub fn area(&self) -> Area {
        let Some(extent) = self.extent() else { return Area::ZERO };
        let belt = Belt::between(extent.south, extent.north);
        let middle = belt.middle();
        let mut units = 0;
        // Ground lies on the left, so what is under a rightward edge counts against it.
        self.for_each_edge(|[ax, ay], [bx, by]| units -= belt.under(bx - ax, ay - middle, by - middle));
        Area::from_units(units)
    }

    /// How much of its area cutting it can move, m²: an edge split in two is bent by up to 10 µm.
    pub fn rounding_m2(&self) -> f64 {
        /// A unit of latitude at a pole, in metres.
        const LONGEST_UNIT_M: f64 = 1.4e-5;
        let mut border = 0;
        self.for_each_edge(|a, b| border += (b[0] - a[0]).abs() + (b[1] - a[1]).abs());
        border as f64 * LONGEST_UNIT_M * LONGEST_UNIT_M
    }

    /// `[west, south, east, north]` in degrees, rounded outwards; `None` when empty.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let Extent { west, south, east, north } = self.extent()?;
        let down = |units: i64| outwards(units, f64::next_down, |excess| *excess > 0.0);
        let up = |units: i64| outwards(units, f64::next_up, |excess| *excess < 0.0);
        Some([down(west), down(south), up(east), up(north)])
    }

    /// Whether its border comes into the box around another.
    pub fn border_meets_box_of(&self, other: &Region) -> bool {
        let (Some(own), Some(of_other)) = (self.extent(), other.extent()) else { return false };
        let mut meets = false;
        if own.meets(&of_other) {
            self.for_each_edge(|a, b| meets |= of_other.meets(&Extent::around(a, b)));
        }
        meets
    }

    /// As a MultiPolygon in degrees, RFC 7946 orientation, holes nested in their shells; empty gives an empty MultiPolygon.
    pub fn to_shape(&self) -> Shape {
        let written = |ring: &Vec<Node>| ring.iter().chain(ring.first()).map(|n| grid::degrees(*n)).collect();
        let polygons = nesting::polygons(self.rings());
        Shape::MultiPolygon(polygons.iter().map(|rings| rings.iter().map(written).collect()).collect())
    }

    /// Whether the position (degrees) is inside or on the border.
    pub fn covers(&self, position: [f64; 2]) -> bool {
        let Some(extent) = self.extent() else { return false };
        let units = position.map(|degrees| degrees * UNITS_PER_DEGREE as f64);
        if !units.iter().all(|u| u.is_finite() && u.abs() < 1e13) {
            return false;
        }
        let node = units.map(|u| u.round() as i64);
        extent.holds(node) && nesting::location(self.edges(), node) != nesting::Location::Outside
    }

    /// A position it covers, for labels; `None` when empty. In the middle of a wide place, or a corner where the
    /// ground is so narrow that the grid has no position inside.
    pub fn inside_position(&self) -> Option<[f64; 2]> {
        let mut levels: Vec<i64> = self.rings().into_iter().flatten().map(|n| n[1]).collect();
        levels.sort_unstable();
        levels.dedup();
        let step = (levels.len() / 16).max(1);
        let lows = levels.windows(2).step_by(step).map(|pair| (pair[0] as f64 + pair[1] as f64) / 2.0);
        let widest = lows.map(|y| self.widest_stretch(y)).max_by(|a, b| a.0.total_cmp(&b.0));
        let corner = self.rings().into_iter().flatten().next().map(|node| node.map(|v| v as f64));
        let candidates = widest.map(|(_, middle)| middle).into_iter().chain(corner);
        candidates.map(|units| units.map(|v| v / UNITS_PER_DEGREE as f64)).find(|position| self.covers(*position))
    }

    /// The widest stretch of ground on a parallel that passes no node: its width and its middle, in units.
    fn widest_stretch(&self, y: f64) -> (f64, [f64; 2]) {
        let mut crossings = Vec::new();
        self.for_each_edge(|a, b| {
            let ([ax, ay], [bx, by]) = (a.map(|v| v as f64), b.map(|v| v as f64));
            if (ay < y) != (by < y) {
                crossings.push(ax + (bx - ax) * ((y - ay) / (by - ay)));
            }
        });
        crossings.sort_unstable_by(f64::total_cmp);
        let stretches = crossings.chunks_exact(2).map(|pair| (pair[1] - pair[0], [(pair[0] + pair[1]) / 2.0, y]));
        stretches.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, [0.0, y]))
    }

    /// From rings that are already valid, in their final order.
    pub(crate) fn from_rings(rings: &[Vec<Node>]) -> Region {
        let Some(extent) = Extent::of(rings.iter().flatten().copied()) else { return Region::empty() };
        let corner = [extent.west, extent.south];
        let far_corner = [extent.east, extent.north];
        let nodes = std::iter::once(far_corner).chain(rings.iter().flatten().copied());
        let nodes = Nodes::of(nodes.map(|[x, y]| [x - corner[0], y - corner[1]]));
        let ends = rings.iter().scan(0, |at, ring| {
            *at += ring.len() as u32;
            Some(*at)
        });
        let breaks: Breaks = ends.take(rings.len().saturating_sub(1)).collect();
        Region { corner, nodes, breaks: (!breaks.is_empty()).then(|| Box::new(breaks)) }
    }

    /// The box around it.
    pub(crate) fn extent(&self) -> Option<Extent> {
        if self.is_empty() {
            return None;
        }
        let ([west, south], [east, north]) = (self.corner, self.entry(0));
        Some(Extent { west, south, east, north })
    }

    /// How many vertices its rings have.
    pub fn n_vertices(&self) -> usize {
        self.n_entries().saturating_sub(1)
    }

    pub(crate) fn has_several_rings(&self) -> bool {
        self.breaks.is_some()
    }

    /// The rings, each without repeating its first node.
    pub(crate) fn rings(&self) -> Vec<Vec<Node>> {
        self.spans().map(|(start, end)| (start..end).map(|i| self.entry(i)).collect()).collect()
    }

    /// Every edge in order, ground on its left.
    #[inline(always)]
    pub(crate) fn for_each_edge(&self, mut visit: impl FnMut(Node, Node)) {
        for (start, end) in self.spans() {
            match &self.nodes {
                Nodes::Tiny(offsets) => self.walk(&offsets[start..end], unpacked, &mut visit),
                Nodes::Near(offsets) => self.walk(&offsets[start..end], |o| o.map(i64::from), &mut visit),
                Nodes::Far(offsets) => self.walk(&offsets[start..end], |o| o, &mut visit),
            }
        }
    }

    #[inline(always)]
    fn walk<T: Copy>(&self, ring: &[T], offset: impl Fn(T) -> Node, visit: &mut impl FnMut(Node, Node)) {
        let node = |at: T| {
            let [x, y] = offset(at);
            [self.corner[0] + x, self.corner[1] + y]
        };
        let mut a = node(ring[ring.len() - 1]);
        for at in ring {
            let b = node(*at);
            visit(a, b);
            a = b;
        }
    }

    /// Every edge, collected.
    pub(crate) fn edges(&self) -> Vec<[Node; 2]> {
        let mut edges = Vec::with_capacity(self.n_vertices());
        self.for_each_edge(|a, b| edges.push([a, b]));
        edges
    }

    /// Entries `start..end` of each ring.
    fn spans(&self) -> impl Iterator<Item = (usize, usize)> {
        let breaks = || self.breaks.iter().flat_map(|breaks| breaks.iter()).map(|b| *b as usize);
        let starts = std::iter::once(0).chain(breaks());
        let ends = breaks().chain(std::iter::once(self.n_vertices()));
        starts.zip(ends).map(|(start, end)| (start + 1, end + 1)).filter(|(start, end)| start < end)
    }

    fn n_entries(&self) -> usize {
        match &self.nodes {
            Nodes::Tiny(offsets) => offsets.len(),
            Nodes::Near(offsets) => offsets.len(),
            Nodes::Far(offsets) => offsets.len(),
        }
    }

    fn entry(&self, i: usize) -> Node {
        let [x, y] = match &self.nodes {
            Nodes::Tiny(offsets) => unpacked(offsets[i]),
            Nodes::Near(offsets) => offsets[i].map(i64::from),
            Nodes::Far(offsets) => offsets[i],
        };
        [self.corner[0] + x, self.corner[1] + y]
    }
}

/// A coordinate in degrees, moved by one float where dividing rounded it to the wrong side.
fn outwards(units: i64, next: fn(f64) -> f64, inwards: fn(&f64) -> bool) -> f64 {
    let degrees = units as f64 / UNITS_PER_DEGREE as f64;
    // Fused, so the sign of what the rounding left is exact.
    let excess = degrees.mul_add(UNITS_PER_DEGREE as f64, -(units as f64));
    if inwards(&excess) { next(degrees) } else { degrees }
}

impl std::fmt::Debug for Region {
    /// Rings in sub-grid units.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Region").field(&self.rings()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_releases_fit_into_some_hundred_and_sixty_megabytes() {
        assert_eq!(size_of::<Region>(), 48);
        let ring = (0..14).map(|i| [i * 800_000, i * i * 80_000]).collect();
        let region = Region::from_rings(&[ring]);
        assert!(matches!(&region.nodes, Nodes::Tiny(offsets) if size_of_val(&**offsets) == 15 * 6));
    }

    #[test]
    fn offsets_of_every_length_give_back_their_nodes() {
        for scale in [8, 1, 1_000_000, 1_000_000_000] {
            let rings = vec![
                vec![[-3 * scale, -5 * scale], [900 * scale, -5 * scale], [20 * scale, 1_000 * scale]],
                vec![[scale, scale], [2 * scale, 3 * scale], [3 * scale, scale]],
            ];
            let region = Region::from_rings(&rings);
            assert_eq!(region.rings(), rings);
            assert_eq!(region.edges().len(), 6);
            let extent = Extent { west: -3 * scale, south: -5 * scale, east: 900 * scale, north: 1_000 * scale };
            assert_eq!(region.extent(), Some(extent));
        }
    }
}
