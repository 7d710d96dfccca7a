//! Points, rings and the net of points from which a hazard and its parts are cut.
//!
//! Lengths and areas are good to about 0.1 % for shapes of a few kilometres: enough to write a plausible
//! reported area. The product computes its own areas in `geometry::area`.

use super::random::Random;

/// WGS 84 semi-major axis, m, and first eccentricity squared.
const A: f64 = 6_378_137.0;
const E2: f64 = 0.006_694_379_990_14;

/// A place on the ground, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lon: f64,
    pub lat: f64,
}

/// The vertices of a polygon, first not repeated.
pub type Ring = Vec<Point>;

impl Point {
    /// A place.
    pub const fn new(lon: f64, lat: f64) -> Point {
        Point { lon, lat }
    }

    /// On the grid of 1e-7 degrees, about a centimetre, on which the files are written.
    pub fn rounded(self) -> Point {
        Point::new((self.lon * 1e7).round() / 1e7, (self.lat * 1e7).round() / 1e7)
    }

    /// So many metres east and north of here.
    pub fn moved(self, east: f64, north: f64) -> Point {
        let (x, y) = metres_per_degree(self.lat);
        Point::new(self.lon + east / x, self.lat + north / y)
    }

    /// Metres east and north from `origin`.
    pub fn from(self, origin: Point) -> (f64, f64) {
        let (x, y) = metres_per_degree(origin.lat);
        ((self.lon - origin.lon) * x, (self.lat - origin.lat) * y)
    }

    /// Metres between two places.
    pub fn distance(self, other: Point) -> f64 {
        let (x, y) = self.from(other);
        (x * x + y * y).sqrt()
    }
}

/// Metres in one degree of longitude and of latitude, by the radii of the ellipsoid at latitudes near 40°.
///
/// The cosine is a polynomial around 40° because library cosines may differ in the last bit between machines.
fn metres_per_degree(lat: f64) -> (f64, f64) {
    const RADIAN: f64 = std::f64::consts::PI / 180.0;
    const SIN40: f64 = 0.642_787_609_686_539_3;
    const COS40: f64 = 0.766_044_443_118_978;
    let d = (lat - 40.0) * RADIAN;
    let sin_d = d - d * d * d / 6.0;
    let cos_d = 1.0 - d * d / 2.0 + d * d * d * d / 24.0;
    let sin = SIN40 * cos_d + COS40 * sin_d;
    let cos = COS40 * cos_d - SIN40 * sin_d;
    let w2 = 1.0 - E2 * sin * sin;
    let across = A / w2.sqrt();
    let along = A * (1.0 - E2) / (w2 * w2.sqrt());
    (across * cos * RADIAN, along * RADIAN)
}

/// Area of a ring in m².
pub fn area(ring: &[Point]) -> f64 {
    let origin = centre(ring);
    let plane: Vec<(f64, f64)> = ring.iter().map(|p| p.from(origin)).collect();
    let twice: f64 = pairs(&plane).map(|((ax, ay), (bx, by))| ax * by - bx * ay).sum();
    twice.abs() / 2.0
}

/// Mean of the vertices.
pub fn centre(ring: &[Point]) -> Point {
    let n = ring.len() as f64;
    Point::new(ring.iter().map(|p| p.lon).sum::<f64>() / n, ring.iter().map(|p| p.lat).sum::<f64>() / n)
}

/// Distance from the centre to the farthest vertex.
pub fn reach(ring: &[Point]) -> f64 {
    let middle = centre(ring);
    ring.iter().map(|p| p.distance(middle)).fold(0.0, f64::max)
}

/// The ring grown or shrunk about its centre.
pub fn scaled(ring: &[Point], factor: f64) -> Ring {
    let middle = centre(ring);
    ring.iter()
        .map(|p| {
            let (east, north) = p.from(middle);
            middle.moved(east * factor, north * factor).rounded()
        })
        .collect()
}

/// Whether the point lies inside the ring, by crossings of a ray.
pub fn contains(ring: &[Point], p: Point) -> bool {
    pairs(ring)
        .filter(|(a, b)| {
            (a.lat > p.lat) != (b.lat > p.lat) && p.lon < a.lon + (p.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon)
        })
        .count()
        % 2
        == 1
}

fn pairs<T: Copy>(ring: &[T]) -> impl Iterator<Item = (T, T)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).take(ring.len())
}

/// A net of points over a hazard: columns along it, rows across it. Neighbouring parts share its points, so
/// that parts meet without gap or overlap, as they do when teams share markers.
///
/// ```text
///   row 1  +----+----+---+
///          | a  | b  | c |      part (0..2, 0..1) = a and b of row 0
///   row 0  +----+----+---+
///        col 0    1    2
/// ```
#[derive(Debug, Clone)]
pub struct Net {
    points: Vec<Vec<Point>>,
}

/// Where a net lies and how it is cut.
#[derive(Debug, Clone, Copy)]
pub struct Lie {
    pub centre: Point,
    /// Unit vector along it: east, north.
    pub along: (f64, f64),
    pub length_m: f64,
    pub width_m: f64,
    pub columns: usize,
    pub rows: usize,
}

/// A block of cells of a net: columns and rows, ends not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub columns: (usize, usize),
    pub rows: (usize, usize),
}

impl Net {
    /// A net with uneven sides, narrower towards its ends.
    pub fn new(lie: Lie, random: &mut Random) -> Net {
        let step = lie.length_m / lie.columns as f64;
        let (mut east, mut north) = (-lie.along.0 * lie.length_m / 2.0, -lie.along.1 * lie.length_m / 2.0);
        let (mut dx, mut dy) = lie.along;
        let mut points = Vec::new();
        for column in 0..=lie.columns {
            let t = column as f64 / lie.columns as f64;
            let width = lie.width_m * (0.55 + 1.8 * t * (1.0 - t)) * random.between(0.88, 1.12);
            let across = (0..=lie.rows).map(|row| {
                let side = width * (row as f64 / lie.rows as f64 - 0.5);
                let loose_across = random.between(-0.14, 0.14) * width / lie.rows as f64;
                let loose_along = random.between(-0.18, 0.18) * step;
                let x = east - dy * (side + loose_across) + dx * loose_along;
                let y = north + dx * (side + loose_across) + dy * loose_along;
                lie.centre.moved(x, y).rounded()
            });
            points.push(across.collect());
            let turn = random.between(-0.1, 0.1);
            (dx, dy) = (dx - dy * turn, dy + dx * turn);
            let norm = (dx * dx + dy * dy).sqrt();
            (dx, dy) = (dx / norm, dy / norm);
            (east, north) = (east + dx * step, north + dy * step);
        }
        Net { points }
    }

    /// Every cell.
    pub fn whole(&self) -> Block {
        Block { columns: (0, self.points.len() - 1), rows: (0, self.points[0].len() - 1) }
    }

    /// The outline of a block of cells, counter-clockwise along the net.
    pub fn outline(&self, block: Block) -> Ring {
        let (c0, c1) = block.columns;
        let (r0, r1) = block.rows;
        let lower = (c0..c1).map(|c| self.points[c][r0]);
        let right = (r0..r1).map(|r| self.points[c1][r]);
        let upper = (c0 + 1..=c1).rev().map(|c| self.points[c][r1]);
        let left = (r0 + 1..=r1).rev().map(|r| self.points[c0][r]);
        lower.chain(right).chain(upper).chain(left).collect()
    }

    /// A point well inside one cell of a block.
    pub fn inside(&self, block: Block, random: &mut Random) -> Point {
        let c = random.whole(block.columns.0 as i64, block.columns.1 as i64 - 1) as usize;
        let r = random.whole(block.rows.0 as i64, block.rows.1 as i64 - 1) as usize;
        let (u, v) = (random.between(0.15, 0.85), random.between(0.15, 0.85));
        let mix = |a: Point, b: Point, t: f64| Point::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t);
        let low = mix(self.points[c][r], self.points[c + 1][r], u);
        let high = mix(self.points[c][r + 1], self.points[c + 1][r + 1], u);
        mix(low, high, v).rounded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_kilometre_has_a_million_square_metres() {
        let p = Point::new(46.0, 40.1);
        let ring = vec![p, p.moved(1000.0, 0.0), p.moved(1000.0, 1000.0), p.moved(0.0, 1000.0)];
        assert!((area(&ring) / 1e6 - 1.0).abs() < 1e-3, "{}", area(&ring));
    }

    #[test]
    fn the_parts_of_a_net_add_up_to_the_whole() {
        let lie = Lie {
            centre: Point::new(46.2, 40.1),
            along: (0.6, 0.8),
            length_m: 900.0,
            width_m: 200.0,
            columns: 6,
            rows: 2,
        };
        let net = Net::new(lie, &mut Random::new(7));
        let part = |columns, rows| area(&net.outline(Block { columns, rows }));
        let sum = part((0, 2), (0, 2)) + part((2, 6), (0, 1)) + part((2, 6), (1, 2));
        assert!((sum / area(&net.outline(net.whole())) - 1.0).abs() < 1e-5);
    }
}
