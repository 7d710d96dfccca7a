//! Projections that proj4rs does not have, by the formulas of IOGP guidance note 7-2 and as PROJ computes them.
//!
//! Only the way onto the plane is written out. The way back is found on it by Newton's method, so that both are each
//! other's inverse by construction; PROJ's answers judge them (`fixtures/geodesy/projected_vectors.csv`).
//!
//! | word | method |
//! |---|---|
//! | `cass` | Cassini–Soldner, and hyperbolic Cassini–Soldner |
//! | `col_urban` | Colombia Urban |
//! | `omerc` | Hotine oblique Mercator, variants A (`no_uoff`) and B |
//! | `krovak` | Krovak, north orientated |
//! | `poly` | American polyconic |
//! | `eqearth` | Equal Earth |

use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// An ellipsoid, as far as projections need it.
#[derive(Debug, Clone, Copy)]
struct Ellipsoid {
    a: f64,
    /// First eccentricity, and its square.
    e: f64,
    es: f64,
}

impl Ellipsoid {
    /// Radius of curvature across the meridian.
    fn across(&self, lat: f64) -> f64 {
        self.a / (1.0 - self.es * lat.sin().powi(2)).sqrt()
    }

    /// Radius of curvature along the meridian.
    fn along(&self, lat: f64) -> f64 {
        self.a * (1.0 - self.es) / (1.0 - self.es * lat.sin().powi(2)).powf(1.5)
    }

    /// Length of the meridian from the equator (Helmert's series in the third flattening, below 1e-7 m).
    fn meridian(&self, lat: f64) -> f64 {
        let b_over_a = (1.0 - self.es).sqrt();
        let n = (1.0 - b_over_a) / (1.0 + b_over_a);
        let (n2, n3, n4) = (n * n, n.powi(3), n.powi(4));
        let terms = (1.0 + n2 / 4.0 + n4 / 64.0) * lat - 1.5 * (n - n3 / 8.0) * (2.0 * lat).sin()
            + 15.0 / 16.0 * (n2 - n4 / 4.0) * (4.0 * lat).sin()
            - 35.0 / 48.0 * n3 * (6.0 * lat).sin()
            + 315.0 / 512.0 * n4 * (8.0 * lat).sin();
        self.a / (1.0 + n) * terms
    }

    /// ((1 − e sin φ) / (1 + e sin φ))^(e/2).
    fn narrowing(&self, lat: f64) -> f64 {
        let sine = self.e * lat.sin();
        ((1.0 - sine) / (1.0 + sine)).powf(self.e / 2.0)
    }

    /// Twice the authalic surface from the equator, of a unit ellipsoid.
    fn authalic(&self, lat: f64) -> f64 {
        let sine = lat.sin();
        if self.e == 0.0 {
            return 2.0 * sine;
        }
        (1.0 - self.es) * (sine / (1.0 - self.es * sine * sine) + (self.e * sine).atanh() / self.e)
    }
}

/// A projection of longitude and latitude onto metres.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    ellipsoid: Ellipsoid,
    method: Method,
    lon_0: f64,
    lat_0: f64,
    false_origin: [f64; 2],
}

#[derive(Debug, Clone)]
enum Method {
    CassiniSoldner { is_hyperbolic: bool },
    ColombiaUrban { height: f64 },
    Hotine(Hotine),
    Krovak(Krovak),
    Polyconic,
    EqualEarth,
}

#[derive(Debug, Clone)]
struct Hotine {
    a: f64,
    b: f64,
    h: f64,
    /// Azimuth of the initial line at the equator.
    gamma_0: f64,
    /// From the rectified to the skew grid.
    gamma_c: f64,
    lon_0: f64,
    /// Along the initial line to the centre: variant B counts from there.
    u_c: f64,
}

#[derive(Debug, Clone)]
struct Krovak {
    alpha: f64,
    k: f64,
    n: f64,
    rho_0: f64,
    tan_s0: f64,
}

impl Projection {
    /// From a definition such as `cass lat_0=31.7 lon_0=35.2 x_0=170251.555`; `None` if it is of no word known here.
    pub(crate) fn of(definition: &str, a: f64, inverse_flattening: f64) -> Option<Projection> {
        let mut words = definition.split(' ');
        let word = words.next()?;
        let given: HashMap<&str, &str> = words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
        let number = |name: &str| given.get(name).and_then(|text| text.parse::<f64>().ok());
        let angle = |name: &str| number(name).unwrap_or(0.0).to_radians();
        let flattening = if inverse_flattening == 0.0 { 0.0 } else { 1.0 / inverse_flattening };
        let es = flattening * (2.0 - flattening);
        let ellipsoid = Ellipsoid { a, e: es.sqrt(), es };
        let (lat_0, k) = (angle("lat_0"), number("k").unwrap_or(1.0));
        let method = match word {
            "cass" => Method::CassiniSoldner { is_hyperbolic: given.contains_key("hyperbolic") },
            "col_urban" => Method::ColombiaUrban { height: number("h_0").unwrap_or(0.0) },
            "omerc" => {
                let is_b = !given.contains_key("no_uoff");
                Method::Hotine(Hotine::new(&ellipsoid, lat_0, angle("lonc"), angle("alpha"), angle("gamma"), k, is_b))
            }
            "krovak" => Method::Krovak(Krovak::new(&ellipsoid, lat_0, k)),
            "poly" => Method::Polyconic,
            "eqearth" => Method::EqualEarth,
            _ => return None,
        };
        let lon_0 = if word == "omerc" { angle("lonc") } else { angle("lon_0") };
        let false_origin = [number("x_0").unwrap_or(0.0), number("y_0").unwrap_or(0.0)];
        Some(Projection { ellipsoid, method, lon_0, lat_0, false_origin })
    }

    /// Metres of longitude and latitude in radians.
    pub(crate) fn forward(&self, [lon, lat]: [f64; 2]) -> [f64; 2] {
        let pi = std::f64::consts::PI;
        let from_centre = (lon - self.lon_0 + pi).rem_euclid(2.0 * pi) - pi;
        let g = &self.ellipsoid;
        let [x, y] = match &self.method {
            Method::CassiniSoldner { is_hyperbolic } => {
                let (t, c) = (lat.tan().powi(2), g.es * lat.cos().powi(2) / (1.0 - g.es));
                let (nu, a) = (g.across(lat), from_centre * lat.cos());
                let a2 = a * a;
                let x = nu * a * (1.0 - a2 * t * (1.0 / 6.0 + (8.0 - t + 8.0 * c) * a2 / 120.0));
                let rise = nu * lat.tan() * a2 * (0.5 + (5.0 - t + 6.0 * c) * a2 / 24.0);
                let y = g.meridian(lat) - g.meridian(self.lat_0) + rise;
                let bend = if *is_hyperbolic { y.powi(3) / (6.0 * g.along(lat) * nu) } else { 0.0 };
                [x, y - bend]
            }
            Method::ColombiaUrban { height } => {
                let (nu_0, rho_0) = (g.across(self.lat_0), g.along(self.lat_0));
                let wide = from_centre * g.across(lat) * lat.cos();
                let scale = 1.0 + height / g.along((lat + self.lat_0) / 2.0);
                let bend = self.lat_0.tan() / (2.0 * rho_0 * nu_0);
                [(1.0 + height / nu_0) * wide, scale * rho_0 * (lat - self.lat_0 + bend * wide * wide)]
            }
            Method::Hotine(hotine) => hotine.forward(g, [lon, lat]),
            Method::Krovak(krovak) => krovak.forward(g, [from_centre, lat]),
            Method::Polyconic if lat.abs() < 1e-10 => [g.a * from_centre, -g.meridian(self.lat_0)],
            Method::Polyconic => {
                let (radius, turn) = (g.across(lat) / lat.tan(), from_centre * lat.sin());
                [radius * turn.sin(), g.meridian(lat) - g.meridian(self.lat_0) + radius * (1.0 - turn.cos())]
            }
            Method::EqualEarth => equal_earth(g, [from_centre, lat]),
        };
        [x + self.false_origin[0], y + self.false_origin[1]]
    }

    /// Longitude and latitude in radians of metres; `None` where Newton's method finds none.
    pub(crate) fn back(&self, wanted: [f64; 2]) -> Option<[f64; 2]> {
        const STEPS: usize = 30;
        const CLOSE_M: f64 = 1e-6;
        const H: f64 = 1e-7;
        let start_lat = if matches!(self.method, Method::Krovak(_)) { 49.0_f64.to_radians() } else { self.lat_0 };
        let mut at = [self.lon_0, start_lat];
        for _ in 0..STEPS {
            let here = self.forward(at);
            let off = [wanted[0] - here[0], wanted[1] - here[1]];
            if off[0].hypot(off[1]) < CLOSE_M {
                let pi = std::f64::consts::PI;
                return Some([(at[0] + pi).rem_euclid(2.0 * pi) - pi, at[1]]);
            }
            let (east, west) = (self.forward([at[0] + H, at[1]]), self.forward([at[0] - H, at[1]]));
            let (north, south) = (self.forward([at[0], at[1] + H]), self.forward([at[0], at[1] - H]));
            let along = |a: [f64; 2], b: [f64; 2]| [(a[0] - b[0]) / (2.0 * H), (a[1] - b[1]) / (2.0 * H)];
            let (by_lon, by_lat) = (along(east, west), along(north, south));
            let determinant = by_lon[0] * by_lat[1] - by_lon[1] * by_lat[0];
            let step = [
                (off[0] * by_lat[1] - off[1] * by_lat[0]) / determinant,
                (off[1] * by_lon[0] - off[0] * by_lon[1]) / determinant,
            ];
            // Far from the centre a whole step may leave the earth.
            let longest = step[0].abs().max(step[1].abs());
            let share = if longest > 0.5 { 0.5 / longest } else { 1.0 };
            at = [at[0] + share * step[0], (at[1] + share * step[1]).clamp(-FRAC_PI_2 + 1e-6, FRAC_PI_2 - 1e-6)];
            if !at.iter().all(|v| v.is_finite()) {
                return None;
            }
        }
        None
    }
}

impl Hotine {
    /// EPSG methods 9812 (A) and 9815 (B).
    fn new(g: &Ellipsoid, lat: f64, lon: f64, alpha: f64, gamma_c: f64, k: f64, is_b: bool) -> Hotine {
        let b = (1.0 + g.es * lat.cos().powi(4) / (1.0 - g.es)).sqrt();
        let sine = g.es * lat.sin().powi(2);
        let a = g.a * b * k * (1.0 - g.es).sqrt() / (1.0 - sine);
        let t_0 = (FRAC_PI_4 - lat / 2.0).tan() / g.narrowing(lat);
        let d = b * (1.0 - g.es).sqrt() / (lat.cos() * (1.0 - sine).sqrt());
        let root = (d * d - 1.0).max(0.0).sqrt();
        let f = d + root * lat.signum();
        let h = f * t_0.powf(b);
        let gamma_0 = (alpha.sin() / d).asin();
        let lon_0 = lon - ((f - 1.0 / f) / 2.0 * gamma_0.tan()).asin() / b;
        let u_c = if is_b { a / b * root.atan2(alpha.cos()) * lat.signum() } else { 0.0 };
        Hotine { a, b, h, gamma_0, gamma_c, lon_0, u_c }
    }

    fn forward(&self, g: &Ellipsoid, [lon, lat]: [f64; 2]) -> [f64; 2] {
        let pi = std::f64::consts::PI;
        let from_line = (lon - self.lon_0 + pi).rem_euclid(2.0 * pi) - pi;
        let t = (FRAC_PI_4 - lat / 2.0).tan() / g.narrowing(lat);
        let q = self.h / t.powf(self.b);
        let (s, tt) = ((q - 1.0 / q) / 2.0, (q + 1.0 / q) / 2.0);
        let (v, cosine) = ((self.b * from_line).sin(), (self.b * from_line).cos());
        let (sin_0, cos_0) = self.gamma_0.sin_cos();
        let across = (s * sin_0 - v * cos_0) / tt;
        let v_m = self.a * ((1.0 - across) / (1.0 + across)).ln() / (2.0 * self.b);
        let u_m = self.a / self.b * (s * cos_0 + v * sin_0).atan2(cosine) - self.u_c;
        let (sin_c, cos_c) = self.gamma_c.sin_cos();
        [v_m * cos_c + u_m * sin_c, u_m * cos_c - v_m * sin_c]
    }
}

/// Krovak's pseudo standard parallel, 78°30'.
const KROVAK_PARALLEL: f64 = 78.5;
/// Latitude of the pole of the oblique cone on the sphere, 59°42'42.69689".
const KROVAK_POLE: f64 = 59.0 + 42.0 / 60.0 + 42.69689 / 3600.0;

impl Krovak {
    fn new(g: &Ellipsoid, lat: f64, k_0: f64) -> Krovak {
        let alpha = (1.0 + g.es * lat.cos().powi(4) / (1.0 - g.es)).sqrt();
        let u_0 = (lat.sin() / alpha).asin();
        let k =
            (u_0 / 2.0 + FRAC_PI_4).tan() / (lat / 2.0 + FRAC_PI_4).tan().powf(alpha) * g.narrowing(lat).powf(-alpha);
        let s_0 = KROVAK_PARALLEL.to_radians();
        let radius = g.a * (1.0 - g.es).sqrt() / (1.0 - g.es * lat.sin().powi(2));
        Krovak { alpha, k, n: s_0.sin(), rho_0: k_0 * radius / s_0.tan(), tan_s0: (s_0 / 2.0 + FRAC_PI_4).tan() }
    }

    fn forward(&self, g: &Ellipsoid, [from_centre, lat]: [f64; 2]) -> [f64; 2] {
        let tangent = self.k * (lat / 2.0 + FRAC_PI_4).tan().powf(self.alpha) * g.narrowing(lat).powf(self.alpha);
        let u = 2.0 * (tangent.atan() - FRAC_PI_4);
        let v = -from_centre * self.alpha;
        let (sin_pole, cos_pole) = (FRAC_PI_2 - KROVAK_POLE.to_radians()).sin_cos();
        let s = (cos_pole * u.sin() + sin_pole * u.cos() * v.cos()).asin();
        let d = (u.cos() * v.sin() / s.cos()).asin();
        let theta = self.n * d;
        let rho = self.rho_0 * self.tan_s0.powf(self.n) / (s / 2.0 + FRAC_PI_4).tan().powf(self.n);
        [-rho * theta.sin(), -rho * theta.cos()]
    }
}

/// Šavrič, Patterson and Jenny 2018.
fn equal_earth(g: &Ellipsoid, [from_centre, lat]: [f64; 2]) -> [f64; 2] {
    const A: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
    let m = 3.0_f64.sqrt() / 2.0;
    let pole = g.authalic(FRAC_PI_2);
    let psi = (m * (g.authalic(lat) / pole).clamp(-1.0, 1.0)).asin();
    let radius = g.a * (pole / 2.0).sqrt();
    let (p2, p6) = (psi * psi, psi.powi(6));
    let slope = A[0] + 3.0 * A[1] * p2 + p6 * (7.0 * A[2] + 9.0 * A[3] * p2);
    [radius * from_centre * psi.cos() / (m * slope), radius * psi * (A[0] + A[1] * p2 + p6 * (A[2] + A[3] * p2))]
}
