//! From coordinates as given to WGS 84, every step named: which system, by whose word, by which operation.
//!
//! What a file does not say is not guessed. Numbers that can only be degrees are taken as WGS 84 and
//! that is said (DQ-29); any other undeclared ground holds its record. Swapped axes are stated as a
//! hypothesis and never cured, and so are the other slips of GEO-11.

use std::collections::{BTreeMap, BTreeSet};

use geometry::Shape;
use records::{Issue, Rules};
use serde_json::{Map, Value, json};

use crate::Options;
use crate::limits::{MAX_VERTICES, shorten};
use crate::ring::coordinate;
use crate::row::{Declared, Ground, Row};
use geodesy::crs::{Crs, CrsCode, CrsError, Operation, Transform, is_inside};
use geodesy::grid::inverse;
use geodesy::slips::{Expected, Given, Slip, hypotheses};

/// Ground on WGS 84, and what is to be kept of how it was given.
#[derive(Debug, Default)]
pub(crate) struct Grounded {
    pub(crate) shape: Option<Shape>,
    pub(crate) as_entered: Map<String, Value>,
    /// Metres that the coordinates leave open: the change of datum and the last digit (GEO-9, GEO-10).
    pub(crate) open_m: f64,
    pub(crate) issues: Vec<Issue>,
}

/// The ways to WGS 84 that a file has needed so far.
pub(crate) struct Ways<'a> {
    rules: &'a Rules,
    home: Option<[f64; 4]>,
    stated: Option<CrsCode>,
    operation: Option<u32>,
    preferred: Option<u32>,
    known: BTreeMap<(CrsCode, Option<u32>), Transform>,
    told: BTreeSet<String>,
}

impl<'a> Ways<'a> {
    pub(crate) fn new(options: &Options<'a>) -> Ways<'a> {
        Ways {
            rules: options.rules,
            home: options.home,
            stated: options.stated_crs(),
            operation: options.stated_operation(),
            preferred: options.preferred_operation,
            known: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// The ground of a row, on WGS 84.
    pub(crate) fn ground(&mut self, row: &Row) -> Grounded {
        let mut grounded = Grounded::default();
        match &row.ground {
            Ground::Absent => {}
            Ground::Broken { text, why } => {
                grounded.issues.push(issue(self.rules, "geometry_broken", &shorten(text), &[("why", why)]));
            }
            Ground::Shape { shape, text } => {
                if let Err(problem) = self.of_shape(row, shape, text.as_deref(), &mut grounded) {
                    grounded.issues.push(*problem);
                }
            }
        }
        grounded
    }

    /// The system a row's coordinates are in, as far as anybody says: what a held row must carry with it.
    pub(crate) fn named(&self, declared: &Declared) -> Option<String> {
        match (declared, self.stated) {
            (Declared::Code(own), _) => Some(own.to_string()),
            (Declared::Notation(_), _) => Some(CrsCode::WGS_84.to_string()),
            (_, Some(stated)) => Some(stated.to_string()),
            (Declared::ByStandard, None) => Some(CrsCode::WGS_84.to_string()),
            (Declared::Unrecognised(text), None) => Some(shorten(text)),
            (Declared::Nothing, None) => None,
        }
    }

    fn of_shape(&mut self, row: &Row, shape: &Shape, text: Option<&str>, out: &mut Grounded) -> Result<(), Box<Issue>> {
        let mut n = 0;
        shape.for_each_position(&mut |_| n += 1);
        if n > MAX_VERTICES {
            let (n, limit) = (n.to_string(), MAX_VERTICES.to_string());
            return Err(Box::new(issue(self.rules, "too_many_vertices", &n, &[("n", &n), ("limit", &limit)])));
        }
        if row.has_height {
            out.issues.push(issue(self.rules, "height_dropped", "", &[]));
        }
        let code = self.system(&row.crs, shape, out)?;
        out.as_entered.insert("crs".to_owned(), json!(code.to_string()));
        if let Declared::Notation(notation) = row.crs {
            out.as_entered.insert("notation".to_owned(), json!(notation.to_string()));
            out.as_entered.insert("text".to_owned(), json!(text));
        }
        out.open_m = row.resolution_m;
        let image = match code {
            CrsCode::WGS_84 => Ok(shape.clone()),
            _ => self.transformed(code, shape, text, out),
        };
        self.slips(code, shape, image.as_ref().ok(), out);
        out.shape = Some(image?);
        if out.open_m > 0.0 {
            out.as_entered.insert("open_m".to_owned(), json!(up_to_cm(out.open_m)));
        }
        Ok(())
    }

    /// What was probably meant by ground that lies elsewhere than the programme (GEO-11). Swapped axes are told apart.
    fn slips(&self, code: CrsCode, given: &Shape, image: Option<&Shape>, out: &mut Grounded) {
        const MOST: usize = 3;
        let far = self.rules.finding("outside_home").threshold();
        let is_there = |lonlat| self.home.is_none_or(|home| is_inside(home, lonlat, far));
        let (Some(position), None) =
            (given.first_position(), image.and_then(Shape::first_position).filter(|at| is_there(*at)))
        else {
            return;
        };
        let given = Given { crs: code, position, operation: self.operation };
        let expected = Expected { area: self.home, places: Vec::new() };
        let found = hypotheses(&given, &expected);
        // Axes that changed places explain enough, and are told where the ground is judged.
        if image.is_some() && found.iter().any(|slip| slip.slip == Slip::AxesSwapped) {
            return;
        }
        for slip in found.into_iter().take(MOST) {
            let offset = slip.offset.map_or_else(|| "an unknown number of".to_owned(), |(m, _)| format!("{m:.0}"));
            let [lon, lat] = slip.lonlat.map(|v| format!("{v:.5}"));
            let values = [
                ("question", slip.slip.question()),
                ("lon", &lon),
                ("lat", &lat),
                ("offset", &offset),
                ("fits", ", inside the programme"),
            ];
            out.issues.push(issue(self.rules, "slip_suspected", slip.slip.name(), &values));
        }
    }

    /// Which system the coordinates are in, and by whose word.
    fn system(&self, declared: &Declared, shape: &Shape, out: &mut Grounded) -> Result<CrsCode, Box<Issue>> {
        match (declared, self.stated) {
            (Declared::Code(code), None) => Ok(*code),
            (Declared::ByStandard, None) | (Declared::Notation(_), _) => Ok(CrsCode::WGS_84),
            (Declared::Code(own), Some(stated)) if *own != stated => Err(conflict(*own, stated, self.rules)),
            (Declared::ByStandard, Some(stated)) if stated != CrsCode::WGS_84 => {
                out.issues.push(issue(self.rules, "crs_against_standard", "", &[("crs", &stated.to_string())]));
                Ok(stated)
            }
            (_, Some(stated)) => Ok(stated),
            (Declared::Unrecognised(text), None) => {
                Err(Box::new(issue(self.rules, "crs_unrecognised", &shorten(text), &[("text", &shorten(text))])))
            }
            (Declared::Nothing, None) => undeclared(shape, self.rules, out),
        }
    }

    fn transformed(
        &mut self,
        code: CrsCode,
        shape: &Shape,
        text: Option<&str>,
        out: &mut Grounded,
    ) -> Result<Shape, Box<Issue>> {
        let rules = self.rules;
        out.as_entered.insert("text".to_owned(), json!(text.map_or_else(|| shape.to_wkt(), str::to_owned)));
        let way = self.way(code, shape.first_position())?;
        if way.operations().next().is_some() {
            out.as_entered.insert("operation".to_owned(), json!(way.operation()));
            out.as_entered.insert("accuracy_m".to_owned(), json!(way.accuracy_m()));
        }
        let mut vertex = 0;
        let image = shape.try_map(&mut |position| {
            vertex += 1;
            // What is not finite has no image anywhere; judging the ring names it.
            if position.iter().all(|v| v.is_finite()) { way.apply(position) } else { Ok([f64::NAN, f64::NAN]) }
        });
        let image = image.map_err(|why| {
            Box::new(issue(rules, "no_image", "", &[("vertex", &vertex.to_string()), ("why", &why.to_string())]))
        })?;
        let findings = of_way(way, shape, &image, rules);
        let used = way.operations().next();
        let told = (!way.operation().is_empty()).then(|| (format!("{code} {}", way.operation()), accuracy(way, rules)));
        if let Some((told, accuracy)) = told
            && self.told.insert(told)
        {
            out.issues.push(accuracy);
        }
        if let Some((used, (given, at))) = used.zip(shape.first_position().zip(image.first_position())) {
            out.open_m = out.open_m.hypot(self.spread_m(code, used, given, at));
        }
        out.issues.extend(findings);
        Ok(image)
    }

    /// How well the change of datum is known at a place: the accuracy of the operation, or the way to where another one
    /// that is meant for the place would put it, if that is more (GEO-9).
    fn spread_m(&mut self, code: CrsCode, used: &Operation, given: [f64; 2], at: [f64; 2]) -> f64 {
        let Ok(crs) = Crs::of(code) else { return used.accuracy_m };
        let others = crs
            .operations()
            .filter(|other| other.code != used.code && !other.is_superseded && other.is_used_at(at, 0.0));
        let shifts = others.map(|other| {
            let way = self.known_way(code, Some(other.code)).ok()?;
            Some(inverse(at, way.apply(given).ok()?).1)
        });
        shifts.flatten().fold(used.accuracy_m, f64::max)
    }

    /// The way from a system: by the operation that is stated, else by that which the programme prescribes, else by the
    /// most accurate whose area of use has the place.
    fn way(&mut self, code: CrsCode, at: Option<[f64; 2]>) -> Result<&Transform, Box<Issue>> {
        let rules = self.rules;
        let unknown =
            |why: CrsError| Box::new(issue(rules, "crs_not_in_table", &code.to_string(), &[("why", &why.to_string())]));
        let operation = match self.operation {
            Some(stated) => Some(stated),
            None => {
                let preferred = self.preferred;
                let first = self.known_way(code, None).map_err(unknown)?;
                let prescribed = first.from().operations().find(|operation| Some(operation.code) == preferred);
                let place = at.and_then(|at| first.apply(at).ok());
                let best = || place.and_then(|place| first.from().operation_at(place));
                prescribed.or_else(best).map(|operation| operation.code)
            }
        };
        self.known_way(code, operation).map_err(unknown)
    }

    fn known_way(&mut self, code: CrsCode, operation: Option<u32>) -> Result<&Transform, CrsError> {
        use std::collections::btree_map::Entry;
        Ok(match self.known.entry((code, operation)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Transform::new(code, CrsCode::WGS_84, operation)?),
        })
    }
}

/// Metres, no digit less than they are.
pub(crate) fn up_to_cm(metres: f64) -> f64 {
    (metres * 100.0 - 1e-6).ceil() / 100.0
}

fn issue(rules: &Rules, finding: &str, value: &str, values: &[(&str, &str)]) -> Issue {
    rules.finding(finding).issue("geometry", value, values)
}

fn conflict(own: CrsCode, stated: CrsCode, rules: &Rules) -> Box<Issue> {
    Box::new(issue(
        rules,
        "crs_conflict",
        &own.to_string(),
        &[("own", &own.to_string()), ("stated", &stated.to_string())],
    ))
}

/// Numbers that can be degrees are taken as WGS 84, and said so; others are anybody's guess.
fn undeclared(shape: &Shape, rules: &Rules, out: &mut Grounded) -> Result<CrsCode, Box<Issue>> {
    let Some([west, south, east, north]) = shape.bounds() else { return Ok(CrsCode::WGS_84) };
    if west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0 {
        out.issues.push(issue(rules, "crs_undeclared", "", &[]));
        return Ok(CrsCode::WGS_84);
    }
    let (x, y) = (coordinate(west), coordinate(south));
    Err(Box::new(issue(rules, "crs_unknown", &format!("{x} {y}"), &[("x", &x), ("y", &y)])))
}

fn accuracy(way: &Transform, rules: &Rules) -> Issue {
    let accuracy = way.accuracy_m().to_string();
    let values = [
        ("crs", &*way.from().code().to_string()),
        ("operation", &way.operation()),
        ("name", &way.operation_name()),
        ("accuracy", &accuracy),
    ];
    issue(rules, "transformed", &way.from().code().to_string(), &values)
}

/// Whether the ground lies where its system and its operation are used; if not, whether swapping the axes would
/// bring it there.
fn of_way(way: &Transform, given: &Shape, image: &Shape, rules: &Rules) -> Option<Issue> {
    let place = image.first_position()?;
    let outside = rules.finding("outside_area_of_use");
    let crs = way.from();
    let code = crs.code().to_string();
    let [lon, lat] = place.map(|v| format!("{v:.4}"));
    let text = format!("{lon} {lat}");
    if !crs.is_used_at(place, outside.threshold()) {
        let swapped = given.first_position().and_then(|[x, y]| way.apply([y, x]).ok());
        let fitting = swapped.filter(|place| crs.is_used_at(*place, outside.threshold()));
        let offset = fitting.map(|there| format!("{:.0}", inverse(place, there).1)).unwrap_or_default();
        let finding = if fitting.is_some() { rules.finding("axes_swapped_in_crs") } else { outside };
        let values = [("crs", &*code), ("name", crs.name), ("lon", &lon), ("lat", &lat), ("offset", &offset)];
        return Some(finding.issue("geometry", &text, &values));
    }
    let elsewhere = rules.finding("operation_elsewhere");
    let operation = way.operations().find(|operation| !is_inside(operation.area, place, elsewhere.threshold()))?;
    let values = [("operation", &*operation.id()), ("area", operation.area_name), ("lon", &lon), ("lat", &lat)];
    Some(elsewhere.issue("geometry", &text, &values))
}
