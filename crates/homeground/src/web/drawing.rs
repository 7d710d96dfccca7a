//! Maps as SVG, drawn on the server: for pages without scripts, for paper, and for the ground of one hazard.
//!
//! A [`Sheet`] is a picture; its plane is good enough to look at and nothing is measured on it. What is measured on
//! paper is drawn in [`super::paper`].

use std::fmt::Write;

use geometry::{Region, Shape};
use maud::{Markup, html};

use super::quantity::grouped;

/// Something that shows places as points of a drawing.
pub trait Plane {
    /// Steps to which a unit of the drawing is rounded: 10 gives one decimal.
    const STEPS_A_UNIT: f64;

    /// Where a position (degrees) falls.
    fn point(&self, lonlat: [f64; 2]) -> (f64, f64);

    /// Ground as path data.
    fn ground(&self, region: &Region) -> String {
        self.path(&region.to_shape())
    }

    /// Lines and rings as path data; points give nothing.
    fn path(&self, shape: &Shape) -> String {
        let mut path = String::new();
        self.add(shape, &mut path);
        path
    }

    /// Add what [`Plane::path`] gives.
    fn add(&self, shape: &Shape, path: &mut String) {
        match shape {
            Shape::LineString(line) => self.line(line, false, path),
            Shape::MultiLineString(lines) => lines.iter().for_each(|line| self.line(line, false, path)),
            Shape::Polygon(rings) => rings.iter().for_each(|ring| self.line(ring, true, path)),
            Shape::MultiPolygon(polygons) => polygons.iter().flatten().for_each(|ring| self.line(ring, true, path)),
            Shape::Collection(shapes) => shapes.iter().for_each(|shape| self.add(shape, path)),
            Shape::Point(_) | Shape::MultiPoint(_) => {}
        }
    }

    /// Add one line or ring; positions that fall on the one before are left out.
    fn line(&self, positions: &[[f64; 2]], is_ring: bool, path: &mut String) {
        let mut last = None;
        let mut command = 'M';
        let steps = |v: f64| (v * Self::STEPS_A_UNIT).round() as i64;
        for position in positions {
            let (x, y) = self.point(*position);
            let rounded = (steps(x), steps(y));
            if last.replace(rounded) != Some(rounded) {
                let (x, y) = (rounded.0 as f64 / Self::STEPS_A_UNIT, rounded.1 as f64 / Self::STEPS_A_UNIT);
                write!(path, "{command}{x} {y}").expect("writing to a string does not fail");
                command = 'L';
            }
        }
        if is_ring && command == 'L' {
            path.push('Z');
        }
    }
}

/// A sheet that shows some bounds.
pub struct Sheet {
    bounds: [f64; 4],
    /// Width in drawing units.
    pub width: f64,
    /// Height in drawing units.
    pub height: f64,
    scale: f64,
    squeeze: f64,
}

impl Plane for Sheet {
    const STEPS_A_UNIT: f64 = 10.0;

    fn point(&self, [lon, lat]: [f64; 2]) -> (f64, f64) {
        ((lon - self.bounds[0]) * self.squeeze * self.scale, (self.bounds[3] - lat) * self.scale)
    }
}

/// Metres in a degree of latitude, for scale bars.
const METRES_A_DEGREE: f64 = 111_320.0;

impl Sheet {
    /// A sheet of this width around these degrees, with some margin.
    pub fn around(bounds: [f64; 4], width: f64) -> Sheet {
        let [w, s, e, n] = bounds;
        let squeeze = ((s + n) / 2.0).to_radians().cos().max(0.01);
        let least = 20.0 / METRES_A_DEGREE;
        let (dx, dy) = (((e - w) * squeeze).max(least), (n - s).max(least));
        let margin = 0.08 * dx.max(dy);
        let (dx, dy) = (dx + 2.0 * margin, dy + 2.0 * margin);
        // Neither a thread nor a tower.
        let dy = dy.clamp(dx * 0.4, dx * 1.0_f64.max(dy / dx).min(1.1));
        let scale = (width / dx).min(width * 0.75 / dy);
        let height = (dy * scale).ceil();
        let (cx, cy) = ((w + e) / 2.0, (s + n) / 2.0);
        let (half_x, half_y) = (width / scale / squeeze / 2.0, height / scale / 2.0);
        Sheet { bounds: [cx - half_x, cy - half_y, cx + half_x, cy + half_y], width, height, scale, squeeze }
    }

    /// The `viewBox` of the sheet.
    pub fn view_box(&self) -> String {
        format!("0 0 {} {}", self.width, self.height)
    }

    /// Lines of round degrees with their numbers.
    pub fn graticule(&self) -> Markup {
        let [w, s, e, n] = self.bounds;
        let step = STEPS.into_iter().find(|step| (e - w) / step >= 3.0).unwrap_or(STEPS[STEPS.len() - 1]);
        let digits = if step < 0.001 {
            4
        } else if step < 0.01 {
            3
        } else if step < 0.1 {
            2
        } else {
            1
        };
        let between = move |low: f64, high: f64| {
            let first = (low / step).ceil() as i64;
            (first..=(high / step).floor() as i64).map(move |i| i as f64 * step)
        };
        html! {
            g.graticule {
                @for lon in between(w, e) {
                    @let x = one(self.point([lon, n]).0);
                    path d=(format!("M{x} 0V{}", self.height)) {}
                }
                @for lat in between(s, n) {
                    @let y = one(self.point([w, lat]).1);
                    path d=(format!("M0 {y}H{}", self.width)) {}
                }
            }
            g {
                @for lon in between(w, e).skip(1) {
                    text x=(one(self.point([lon, n]).0 + 4.0)) y="14" { (format!("{:.digits$}° {}", lon.abs(), if lon < 0.0 { "W" } else { "E" })) }
                }
                @for lat in between(s, n) {
                    text x="4" y=(one(self.point([w, lat]).1 - 4.0)) { (format!("{:.digits$}° {}", lat.abs(), if lat < 0.0 { "S" } else { "N" })) }
                }
            }
        }
    }

    /// A bar of round length.
    pub fn scale_bar(&self) -> Markup {
        let metres_a_unit = METRES_A_DEGREE / self.scale;
        let most = self.width / 5.0 * metres_a_unit;
        let power = 10_f64.powf(most.log10().floor());
        let length = [5.0, 2.0, 1.0].into_iter().map(|m| m * power).find(|l| *l <= most).unwrap_or(power);
        let units = length / metres_a_unit;
        let label = if length >= 1000.0 {
            format!("{} km", grouped(length / 1000.0, 0))
        } else {
            format!("{} m", grouped(length, usize::from(length < 1.0)))
        };
        let (x, y) = (self.width - 16.0 - units, self.height - 16.0);
        html! {
            path.scale d=(format!("M{} {}v6h{}v-6", one(x), one(y - 6.0), one(units))) {}
            text x=(one(x + units)) y=(one(y - 10.0)) text-anchor="end" { (label) }
        }
    }
}

const STEPS: [f64; 14] = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];

/// A number with one decimal.
pub fn one(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// Bounds that hold both.
pub fn join(a: Option<[f64; 4]>, b: Option<[f64; 4]>) -> Option<[f64; 4]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]),
        (a, b) => a.or(b),
    }
}
