//! From ground to the pieces of one tile.

use std::collections::{BTreeMap, HashMap};

use geometry::Shape;
use geometry::shape::Position;
use ledger::grid::Grid;
use records::Feature;
use records::feature::{ColumnType, Layer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Tile, mercator};

/// Units along the side of a tile.
pub const EXTENT: u32 = 4096;

/// Units beyond the edge that a tile also holds, so that outlines meet.
const BUFFER: f64 = 64.0;

/// A feature whose box is smaller than this, units, is gathered into a point.
const SMALL: f64 = 8.0;

/// Points are gathered by cells of this side, units. A divisor of [`EXTENT`]: no cell lies in two tiles.
const CELL: i32 = 128;

/// From this zoom on points stay as they are.
const EVERY_POINT: u8 = 14;

type Line = Vec<[f64; 2]>;

/// The ground of one feature on the unit square.
#[derive(Debug)]
struct Ground {
    id: u64,
    /// On the unit square: west, north, east, south.
    bounds: [f64; 4],
    points: Line,
    lines: Vec<Line>,
    areas: Vec<Vec<Line>>,
    /// Column and value.
    tags: Vec<(u32, u32)>,
}

/// Features of a layer, ready to be cut.
#[derive(Debug)]
pub struct Source {
    name: String,
    about: String,
    columns: Vec<(&'static str, ColumnType)>,
    grounds: Vec<Ground>,
    grid: Grid,
    values: Vec<Value>,
    /// Degrees.
    bounds: Option<[f64; 4]>,
}

/// One line or ring in units of the tile, from its upper left corner.
pub type Trace = Vec<[i32; 2]>;

/// What a feature is in a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Too small for more, or a point from the start.
    Point([i32; 2]),
    /// A line, or ground too narrow for an area.
    Line(Vec<Trace>),
    /// Polygons, shells first; first and last position differ.
    Area(Vec<Vec<Trace>>),
}

/// A layer in a tile.
#[derive(Debug)]
pub struct Cut<'a> {
    /// The layer.
    pub source: &'a Source,
    /// Pieces with the number of their feature.
    pub pieces: Vec<(usize, Piece)>,
    /// Points that stand for the features listed.
    pub gathered: Vec<([i32; 2], Vec<usize>)>,
    /// Whether a feature reaches here that is told in another tile of this zoom: there is more in the tiles below.
    pub is_met: bool,
}

impl Cut<'_> {
    /// Whether nothing of the layer is in the tile.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.gathered.is_empty()
    }
}

impl Source {
    /// Make features of a layer ready. What has no geometry is in no tile.
    pub fn of(layer: &Layer, features: impl Iterator<Item = Feature>) -> Source {
        let columns = layer.columns.iter().map(|column| (column.name, column.holds)).collect();
        Source::new(layer.name.to_owned(), layer.about.to_owned(), columns, features)
    }

    /// Make features ready that have a name and columns of their own.
    pub fn new(
        name: String,
        about: String,
        columns: Vec<(&'static str, ColumnType)>,
        features: impl Iterator<Item = Feature>,
    ) -> Source {
        let (mut grounds, mut grid, mut values) = (Vec::new(), Grid::default(), Vec::new());
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut around: Option<[f64; 4]> = None;
        for (number, feature) in features.enumerate() {
            let shape = feature.geometry.as_ref();
            let found = shape.and_then(Shape::bounds);
            grid.insert(number as u32, found);
            let mut ground = Ground {
                id: number_of(&feature.id),
                bounds: [f64::NAN; 4],
                points: Vec::new(),
                lines: Vec::new(),
                areas: Vec::new(),
                tags: Vec::new(),
            };
            if let (Some(shape), Some(found)) = (shape, found) {
                around = Some(around.map_or(found, |a| meet_of(a, found)));
                let ([west, south], [east, north]) = (mercator([found[0], found[1]]), mercator([found[2], found[3]]));
                ground.bounds = [west, north, east, south];
                ground.take(shape);
            }
            for (column, (name, _)) in columns.iter().enumerate() {
                let value = feature.properties.get(*name).unwrap_or(&Value::Null);
                if !value.is_null() {
                    let number = *known.entry(value.to_string()).or_insert_with(|| {
                        values.push(value.clone());
                        values.len() as u32 - 1
                    });
                    ground.tags.push((column as u32, number));
                }
            }
            grounds.push(ground);
        }
        Source { name, about, columns, grounds, grid, values, bounds: around }
    }

    /// The name of the layer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the layer holds, one sentence.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Its columns in order.
    pub fn columns(&self) -> &[(&'static str, ColumnType)] {
        &self.columns
    }

    /// The box around everything, degrees: west, south, east, north.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.bounds
    }

    /// What identifies a feature in every tile: 53 bits of the SHA-256 of its id.
    pub fn id(&self, feature: usize) -> u64 {
        self.grounds[feature].id
    }

    /// Names of columns and values of a feature, each with its number among all values.
    pub fn tags(&self, feature: usize) -> impl Iterator<Item = (u32, u32, &Value)> {
        self.grounds[feature].tags.iter().map(|&(column, value)| (column, value, &self.values[value as usize]))
    }

    /// The value of a column.
    pub fn value(&self, feature: usize, column: &str) -> Option<&Value> {
        let number = self.columns.iter().position(|(name, _)| *name == column)? as u32;
        self.tags(feature).find(|tag| tag.0 == number).map(|tag| tag.2)
    }

    /// What of the features that `keep` names is in a tile.
    ///
    /// Over all tiles of a zoom every feature is there: as pieces with its id, or counted in exactly one gathered
    /// point.
    pub fn cut(&self, tile: Tile, mut keep: impl FnMut(usize) -> bool) -> Cut<'_> {
        let margin = BUFFER / f64::from(EXTENT);
        let scale = f64::from(1_u32 << tile.z) * f64::from(EXTENT);
        let corner = [tile.x, tile.y].map(|number| f64::from(number) * f64::from(EXTENT));
        let [dx, dy] = corner;
        let place = |[x, y]: [f64; 2]| [x * scale - dx, y * scale - dy];
        let (mut pieces, mut cells) = (Vec::new(), BTreeMap::new());
        let near = self.grid.meeting(tile.bounds(margin)).into_iter().map(|number| number as usize);
        let mut is_met = false;
        for number in near.filter(|number| keep(*number)) {
            is_met = true;
            let ground = &self.grounds[number];
            let ([west, north], [east, south]) =
                (place([ground.bounds[0], ground.bounds[1]]), place([ground.bounds[2], ground.bounds[3]]));
            let is_point = ground.lines.is_empty() && ground.areas.is_empty();
            if (!is_point || tile.z < EVERY_POINT) && east - west < SMALL && south - north < SMALL {
                // The edge of the world belongs to the last tile, every other edge to the tile that it begins.
                let middle = [(west + east) / 2.0, (north + south) / 2.0];
                let at = [0, 1].map(|axis| (middle[axis].round().min(scale - corner[axis] - 1.0)) as i32);
                let own = 0..EXTENT as i32;
                if own.contains(&at[0]) && own.contains(&at[1]) {
                    let cell: &mut Vec<(usize, [i32; 2])> = cells.entry((at[1] / CELL, at[0] / CELL)).or_default();
                    cell.push((number, at));
                }
                continue;
            }
            let is_within = [west, north].iter().all(|v| *v >= -BUFFER)
                && [east, south].iter().all(|v| *v <= f64::from(EXTENT) + BUFFER);
            ground.pieces(place, is_within, &mut |piece| pieces.push((number, piece)));
        }
        let gathered = cells.into_values().map(|members| {
            // The first stands for all: a place where something is, not one between.
            (members[0].1, members.into_iter().map(|member| member.0).collect())
        });
        Cut { source: self, pieces, gathered: gathered.collect(), is_met }
    }
}

impl Ground {
    fn take(&mut self, shape: &Shape) {
        let line = |positions: &[Position]| positions.iter().map(|p| mercator(*p)).collect::<Line>();
        let rings = |rings: &[Vec<Position>]| rings.iter().map(|ring| line(ring)).collect::<Vec<_>>();
        match shape {
            Shape::Point(position) => self.points.push(mercator(*position)),
            Shape::MultiPoint(positions) => self.points.extend(line(positions)),
            Shape::LineString(positions) => self.lines.push(line(positions)),
            Shape::MultiLineString(lines) => self.lines.extend(rings(lines)),
            Shape::Polygon(polygon) => self.areas.push(rings(polygon)),
            Shape::MultiPolygon(polygons) => self.areas.extend(polygons.iter().map(|polygon| rings(polygon))),
            Shape::Collection(shapes) => shapes.iter().for_each(|shape| self.take(shape)),
        }
    }

    fn pieces(&self, place: impl Fn([f64; 2]) -> [f64; 2], is_within: bool, found: &mut impl FnMut(Piece)) {
        let placed = |line: &Line| line.iter().map(|p| place(*p)).collect::<Line>();
        for point in self.points.iter().map(|p| place(*p)).filter(|p| is_inside(*p)) {
            found(Piece::Point(rounded(point)));
        }
        let (mut lines, mut areas) = (Vec::new(), Vec::new());
        for line in &self.lines {
            let parts = if is_within { vec![placed(line)] } else { clipped_line(&placed(line)) };
            lines.extend(parts.iter().map(|part| trace(part)).filter(|trace| !trace.is_empty()));
        }
        for polygon in &self.areas {
            let mut rings = Vec::with_capacity(polygon.len());
            for (n, ring) in polygon.iter().enumerate() {
                let ring = if is_within { placed(ring) } else { clipped_ring(placed(ring)) };
                let mut ring = trace(&ring);
                if ring.len() > 1 && ring.first() == ring.last() {
                    ring.pop();
                }
                let area = doubled_area(&ring);
                match (n, area) {
                    (_, 0) if n > 0 => continue,
                    (0, 0) => {
                        // Too narrow for an area: it stays as the line it looks like. What cutting left along the
                        // edge is of ground beside the tile.
                        let is_ground = !ring.is_empty() && (is_within || !is_along_an_edge(&ring));
                        lines.extend(is_ground.then_some(ring));
                        break;
                    }
                    // Shells turn one way, holes the other (MVT 2.1, 4.3.3.3).
                    _ if (area > 0) != (n == 0) => ring.reverse(),
                    _ => {}
                }
                rings.push(ring);
            }
            areas.extend((!rings.is_empty()).then_some(rings));
        }
        if !areas.is_empty() {
            found(Piece::Area(areas));
        }
        let (dots, lines): (Vec<Trace>, Vec<Trace>) = lines.into_iter().partition(|line| line.len() == 1);
        if !lines.is_empty() {
            found(Piece::Line(lines));
        }
        dots.into_iter().for_each(|dot| found(Piece::Point(dot[0])));
    }
}

/// 53 bits, so that a browser's numbers hold it.
fn number_of(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let first: [u8; 8] = digest[..8].try_into().expect("a digest has 32 bytes");
    u64::from_be_bytes(first) >> 11
}

fn meet_of(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn rounded(at: [f64; 2]) -> [i32; 2] {
    at.map(|value| value.round() as i32)
}

/// Rounded, without repetitions.
fn trace(line: &[[f64; 2]]) -> Trace {
    let mut found = Trace::with_capacity(line.len());
    for point in line {
        let point = rounded(*point);
        if found.last() != Some(&point) {
            found.push(point);
        }
    }
    found
}

/// Twice the area, positive where x runs right, y runs down and the ring runs clockwise.
fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let cross = |(a, b): (&[i32; 2], &[i32; 2])| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    ring.iter().zip(next).map(cross).sum()
}

fn limits(axis: usize) -> [(usize, f64, f64); 2] {
    [(axis, -BUFFER, 1.0), (axis, f64::from(EXTENT) + BUFFER, -1.0)]
}

fn is_inside(point: [f64; 2]) -> bool {
    [0, 1].into_iter().flat_map(limits).all(|(axis, limit, sign)| (point[axis] - limit) * sign >= 0.0)
}

/// Whether every step of a ring runs along a side of the buffered tile: what cutting leaves of ground beside it. One
/// from side to side crosses the tile.
fn is_along_an_edge(ring: &[[i32; 2]]) -> bool {
    let is_along = |a: &[i32; 2], b: &[i32; 2]| {
        let mut sides = [0, 1].into_iter().flat_map(limits).map(|(axis, limit, _)| (axis, limit as i32));
        sides.any(|(axis, limit)| a[axis] == limit && b[axis] == limit)
    };
    ring.iter().zip(ring.iter().cycle().skip(1)).all(|(a, b)| is_along(a, b))
}

/// Where a segment meets a side of the tile.
fn crossing(a: [f64; 2], b: [f64; 2], axis: usize, limit: f64) -> [f64; 2] {
    let t = (limit - a[axis]) / (b[axis] - a[axis]);
    let mut at = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    at[axis] = limit;
    at
}

/// Sutherland and Hodgman, "Reentrant polygon clipping" (1974): what is left of a ring inside the buffered tile;
/// parts are joined along its edge.
fn clipped_ring(mut ring: Line) -> Line {
    for (axis, limit, sign) in [0, 1].into_iter().flat_map(limits) {
        let is_in = |p: &[f64; 2]| (p[axis] - limit) * sign >= 0.0;
        if ring.iter().all(is_in) {
            continue;
        }
        let mut left = Line::with_capacity(ring.len());
        let Some(mut before) = ring.last().copied() else { return ring };
        for &point in &ring {
            if is_in(&before) != is_in(&point) {
                left.push(crossing(before, point, axis, limit));
            }
            if is_in(&point) {
                left.push(point);
            }
            before = point;
        }
        ring = left;
    }
    ring
}

/// The parts of a line inside the buffered tile.
fn clipped_line(line: &Line) -> Vec<Line> {
    let mut parts: Vec<Line> = Vec::new();
    for pair in line.windows(2) {
        let Some([from, to]) = clipped_segment(pair[0], pair[1]) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

fn clipped_segment(mut from: [f64; 2], mut to: [f64; 2]) -> Option<[[f64; 2]; 2]> {
    for (axis, limit, sign) in [0, 1].into_iter().flat_map(limits) {
        let is_in = |p: [f64; 2]| (p[axis] - limit) * sign >= 0.0;
        match (is_in(from), is_in(to)) {
            (true, true) => {}
            (false, false) => return None,
            (true, false) => to = crossing(from, to, axis, limit),
            (false, true) => from = crossing(from, to, axis, limit),
        }
    }
    Some([from, to])
}
