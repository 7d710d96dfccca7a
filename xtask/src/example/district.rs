//! The real ground under the made-up records: settlements and outline from `places.geojson`, rough heights,
//! and lines along which hazards and roads are laid.

use anyhow::{Context, Result, ensure};

use super::ground::{Point, Ring, contains};

/// A settlement with its height.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub id: String,
    pub at: Point,
    pub altitude_m: f64,
}

/// What the story stands on.
#[derive(Debug, Clone)]
pub struct District {
    pub outline: Ring,
    pub settlements: Vec<Settlement>,
}

/// Rough heights of ridges and of the high west, m, read off the terrain by eye: they serve the season rule only.
const RIDGES: &[(f64, f64, f64)] = &[
    (45.95, 40.29, 2900.0),
    (46.03, 40.30, 3100.0),
    (46.15, 40.31, 3000.0),
    (46.25, 40.30, 3200.0),
    (46.36, 40.27, 3000.0),
    (46.46, 40.27, 2600.0),
    (46.50, 40.22, 2000.0),
    (45.66, 40.01, 2800.0),
    (45.75, 39.97, 2900.0),
    (45.83, 39.93, 3000.0),
    (45.88, 39.84, 3000.0),
    (46.02, 39.92, 2700.0),
    (46.33, 39.99, 2400.0),
    (46.45, 40.06, 1900.0),
];

/// A made-up road along a real valley.
pub struct Road {
    pub id: &'static str,
    pub name: &'static str,
    pub width_m: f64,
    pub status: &'static str,
    pub points: &'static [(f64, f64)],
}

/// Every road.
pub const ROADS: &[Road] = &[
    Road {
        id: "R-1",
        name: "Valley road (synthetic)",
        width_m: 7.0,
        status: "open",
        points: &[
            (46.534, 40.133),
            (46.516, 40.124),
            (46.487, 40.126),
            (46.458, 40.131),
            (46.424, 40.151),
            (46.385, 40.146),
            (46.343, 40.143),
            (46.313, 40.152),
            (46.285, 40.158),
            (46.252, 40.146),
            (46.221, 40.138),
            (46.183, 40.147),
            (46.136, 40.16),
            (46.092, 40.149),
            (46.062, 40.126),
            (46.039, 40.108),
        ],
    },
    Road {
        id: "R-2",
        name: "Road to the hot springs (synthetic)",
        width_m: 6.0,
        status: "verified",
        points: &[
            (46.039, 40.108),
            (46.027, 40.086),
            (46.017, 40.071),
            (45.995, 40.052),
            (45.979, 40.036),
            (45.971, 40.016),
            (45.965, 39.998),
            (45.958, 39.974),
            (45.961, 39.948),
        ],
    },
    Road {
        id: "R-3",
        name: "North road to the pass (synthetic)",
        width_m: 5.0,
        status: "unverified",
        points: &[
            (46.136, 40.16),
            (46.157, 40.182),
            (46.193, 40.205),
            (46.163, 40.23),
            (46.119, 40.249),
            (46.101, 40.262),
            (46.104, 40.283),
            (46.121, 40.306),
        ],
    },
    Road {
        id: "R-4",
        name: "Southern valley road (synthetic)",
        width_m: 5.0,
        status: "unverified",
        points: &[
            (46.343, 40.143),
            (46.331, 40.111),
            (46.334, 40.083),
            (46.303, 40.061),
            (46.289, 40.044),
            (46.259, 40.031),
            (46.241, 39.995),
            (46.204, 39.98),
            (46.166, 39.976),
            (46.131, 39.978),
        ],
    },
    Road {
        id: "R-5",
        name: "Road of the eastern hills (synthetic)",
        width_m: 5.0,
        status: "verified",
        points: &[
            (46.534, 40.133),
            (46.576, 40.127),
            (46.616, 40.119),
            (46.641, 40.103),
            (46.612, 40.073),
            (46.585, 40.058),
            (46.545, 40.053),
        ],
    },
    Road {
        id: "R-6",
        name: "Track to the high pastures (synthetic)",
        width_m: 3.5,
        status: "closed",
        points: &[
            (45.965, 39.998),
            (45.952, 40.002),
            (45.915, 39.996),
            (45.872, 39.986),
            (45.81, 39.976),
            (45.75, 39.982),
        ],
    },
    Road {
        id: "R-7",
        name: "Track south of the springs (synthetic)",
        width_m: 3.5,
        status: "unverified",
        points: &[(45.961, 39.948), (45.954, 39.915), (45.944, 39.881), (45.93, 39.845)],
    },
];

/// Made-up lines along which positions once lay: the northern ridge and the eastern hills.
pub const POSITIONS: &[&[(f64, f64)]] = &[
    &[
        (45.965, 40.283),
        (46.05, 40.292),
        (46.15, 40.301),
        (46.24, 40.29),
        (46.32, 40.275),
        (46.42, 40.259),
        (46.49, 40.272),
    ],
    &[(46.54, 40.151), (46.6, 40.168), (46.65, 40.174), (46.7, 40.15), (46.712, 40.122), (46.672, 40.09)],
];

impl District {
    /// From the text of `places.geojson`, which keeps one feature a line.
    pub fn read(places: &str) -> Result<District> {
        let mut outline = Ring::new();
        let mut settlements = Vec::new();
        for line in places.lines().filter(|line| line.starts_with("{\"type\":\"Feature\"")) {
            let id = text(line, "\"local_id\":\"").context("a place without local_id")?;
            if id == "DISTRICT" {
                outline = ring(line).context("the outline of the district")?;
            } else if line.contains("\"type\":\"Point\"") {
                let at = point(after(line, "\"coordinates\":[").context(id.clone())?).context(id.clone())?;
                let altitude_m = after(line, "\"elevation_m\":").and_then(number).unwrap_or(1500.0);
                settlements.push(Settlement { id, at, altitude_m });
            }
        }
        ensure!(outline.len() > 3 && !settlements.is_empty(), "places.geojson holds no district or no settlement");
        Ok(District { outline, settlements })
    }

    /// Whether the whole ring lies in the district, by its vertices.
    pub fn holds(&self, ring: &[Point]) -> bool {
        ring.iter().all(|p| contains(&self.outline, *p))
    }

    /// The nearest settlement.
    pub fn nearest(&self, p: Point) -> &Settlement {
        self.settlements
            .iter()
            .min_by(|a, b| a.at.distance(p).total_cmp(&b.at.distance(p)))
            .expect("a district has settlements")
    }

    /// Height by inverse distance from settlements and ridges; wrong by hundreds of metres on slopes.
    pub fn altitude(&self, p: Point) -> f64 {
        let known = self.settlements.iter().map(|s| (s.at, s.altitude_m));
        let ridges = RIDGES.iter().map(|&(lon, lat, height)| (Point::new(lon, lat), height));
        let (mut sum, mut weights) = (0.0, 0.0);
        for (at, height) in known.chain(ridges) {
            let km = at.distance(p) / 1000.0 + 0.2;
            let weight = 1.0 / (km * km * km);
            sum += height * weight;
            weights += weight;
        }
        sum / weights
    }
}

fn after<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.find(key).map(|at| &line[at + key.len()..])
}

fn text(line: &str, key: &str) -> Option<String> {
    after(line, key).and_then(|rest| rest.split('"').next()).map(str::to_owned)
}

fn number(rest: &str) -> Option<f64> {
    rest.split([',', '}', ']']).next().and_then(|digits| digits.parse().ok())
}

fn point(rest: &str) -> Option<Point> {
    let (lon, lat) = rest.split(']').next()?.split_once(',')?;
    Some(Point::new(lon.parse().ok()?, lat.parse().ok()?))
}

fn ring(line: &str) -> Option<Ring> {
    let inner = after(line, "\"coordinates\":[[[")?.split("]]").next()?;
    let mut ring: Ring = inner.split("],[").map(point).collect::<Option<_>>()?;
    ring.pop();
    Some(ring)
}
