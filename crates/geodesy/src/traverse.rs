//! From a field book to a polygon: bearings and distances between named points, closure, adjustment, ring (GEO-1 to
//! GEO-7, DOMAIN §5.1).
//!
//! ```text
//!   RP ──► BM ──► SP ──► TP1          RP reference point, BM benchmark: the way in
//!                 ▲        │          SP start point: the ring begins
//!                 │ closing▼
//!                TP3 ◄── TP2          misclosure: where the closing leg ends, against SP
//! ```
//!
//! A sheet is read whole before anything is computed, so that a person learns everything at once. Legs are geodesics
//! of WGS 84. The raw points are what was measured; the adjusted ones (Bowditch) stand beside them and never in their
//! place.
//!
//! ```
//! use geodesy::traverse::{Sheet, Verdict};
//!
//! let sheet = Sheet::parse(r#"{
//!     "datum_point": {"lon": 46.0383, "lat": 40.1065}, "north": "MAGNETIC", "unit": "mil6000", "declination": 6.2,
//!     "legs": [{"from": "SP", "to": "TP1", "bearing": "15-00", "distance_m": 100},
//!              {"from": "TP1", "to": "TP2", "bearing": "30-00", "distance_m": 100}],
//!     "closing": {"bearing": "52-50", "distance_m": 141}}"#).unwrap();
//! let traverse = sheet.compute().unwrap();
//! assert_eq!(traverse.verdict, Verdict::Ok);
//! assert!((traverse.area_m2.unwrap() - 5_000.0).abs() < 2.0);
//! ```

mod sheet;

use geometry::Shape;
use geometry::area::{geodesic_area, sigma_m2};
use geometry::read::{ProblemKind, Reading, read};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::accuracy::Method;
use crate::angle::{AngleUnit, North};
use crate::grid::{direct, grid_at, inverse};
use crate::magnetic::{MagneticError, Model, declination};

/// What is wrong or doubtful in a sheet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Rule of DOMAIN §5 or §6.
    pub rule: &'static str,
    /// `E` stops the sheet, `W` wants a reason, `I` is for information.
    pub severity: char,
    /// Number of the leg, from 1; `None` for the sheet as a whole, 0 for the closing leg.
    pub leg: Option<usize>,
    /// Which field.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.leg {
            Some(0) => write!(f, "closing leg, ")?,
            Some(leg) => write!(f, "leg {leg}, ")?,
            None => {}
        }
        write!(f, "{} {} {:?}: {} ({})", self.severity, self.field, self.value, self.message, self.rule)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " hint: {}", self.hint) }
    }
}

/// What a point of a traverse is (DOMAIN §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A fixed feature outside the area, from which the benchmark is found.
    Reference,
    /// A fixed point a short way outside the area.
    Benchmark,
    /// The first turning point of the ring.
    Start,
    /// Where the perimeter changes direction.
    Turning,
    /// A marker between turning points.
    Intermediate,
    /// The last turning point.
    End,
}

impl Role {
    /// By the letters that field books use; `None` where a name says nothing.
    fn of_name(name: &str) -> Option<Role> {
        let letters: String =
            name.chars().take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_ascii_uppercase();
        match letters.as_str() {
            "RP" | "REF" => Some(Role::Reference),
            "BM" => Some(Role::Benchmark),
            "SP" => Some(Role::Start),
            "TP" => Some(Role::Turning),
            "IP" => Some(Role::Intermediate),
            "EP" => Some(Role::End),
            _ => None,
        }
    }

    fn is_way_in(self) -> bool {
        matches!(self, Role::Reference | Role::Benchmark)
    }
}

/// A traverse as it was written down, read and judged.
#[derive(Debug, Clone)]
pub struct Sheet {
    datum_point: [f64; 2],
    datum_name: String,
    datum_role: Option<Role>,
    datum_operation: Option<String>,
    /// What is open about the datum point itself: what is stated of it, its change of datum, its last digit.
    datum_epsilon_m: f64,
    unit: AngleUnit,
    north: North,
    observed_on: Option<Date>,
    declination: Option<f64>,
    height_m: f64,
    legs: Vec<Leg>,
    closing: Option<Leg>,
    epsilon: Epsilon,
    findings: Vec<Finding>,
}

#[derive(Debug, Clone)]
struct Leg {
    from: String,
    to: String,
    role: Option<Role>,
    bearing_deg: f64,
    /// As written; the grid's if `is_grid`.
    distance_m: f64,
    is_grid: bool,
}

#[derive(Debug, Clone)]
enum Epsilon {
    Given(f64),
    Of(&'static Method),
}

/// How well a traverse closes (GEO-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Within 0.2 % of the perimeter.
    Ok,
    /// Above 0.2 %.
    Warn,
    /// Above 2 m and above 1 %.
    Error,
    /// No closing leg.
    Unchecked,
}

/// A point of the traverse on WGS 84.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// As the sheet names it.
    pub name: String,
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// By the sheet's own word, else by the letters of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// ε at 95 %, metres, after so much of the traverse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
}

/// The leg that would close the ring, in the unit and north of the sheet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClosingLeg {
    /// From the last point.
    pub from: String,
    /// To the start point.
    pub to: String,
    /// Degrees in the north of the sheet.
    pub bearing_deg: f64,
    /// In the unit of the sheet, as people write it.
    pub bearing: String,
    /// Metres on the ground.
    pub distance_m: f64,
}

/// What a sheet comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traverse {
    /// The declination that was used, degrees east; `None` where bearings are not magnetic.
    pub declination_deg: Option<f64>,
    /// `stated`, or the model.
    pub declination_source: Option<&'static str>,
    /// Convergence at the datum point, degrees east; `None` where bearings are not from a grid.
    pub convergence_deg: Option<f64>,
    /// Every point, the datum point first, as measured.
    pub points: Vec<Point>,
    /// Distance from the start point to the end of the closing leg, metres.
    pub misclosure_m: Option<f64>,
    /// Azimuth from the start point to the end of the closing leg, degrees.
    pub misclosure_azimuth_deg: Option<f64>,
    /// Length of the ring as measured, metres, the closing leg included.
    pub perimeter_m: f64,
    /// Misclosure to perimeter, `1:N`.
    pub relative: Option<String>,
    /// By GEO-6.
    pub verdict: Verdict,
    /// Points of the ring after Bowditch; empty without a closing leg.
    pub adjusted: Vec<Point>,
    /// The leg that would close the raw ring.
    pub closing_computed: Option<ClosingLeg>,
    /// The raw ring as a GeoJSON polygon.
    pub ring: Option<Value>,
    /// Area of record of the raw ring, m².
    pub area_m2: Option<f64>,
    /// The same with geodesic edges, m².
    pub area_geodesic_m2: Option<f64>,
    /// σ of the area for the ε of the ring, m² (GEO-13).
    pub area_sigma_m2: Option<f64>,
    /// Area of record of the adjusted ring, m².
    pub adjusted_area_m2: Option<f64>,
    /// The same with geodesic edges, m².
    pub adjusted_area_geodesic_m2: Option<f64>,
    /// ε at 95 % of the ring, metres.
    pub accuracy_m: Option<f64>,
    /// `SURVEYED`, `DIGITISED` or `SCHEMATIC`, as the method is (UNC-4).
    pub quality: Option<&'static str>,
    /// The operation that brought the datum point to WGS 84.
    pub operation: Option<String>,
    /// What is doubtful.
    pub findings: Vec<Finding>,
}

impl Traverse {
    /// The raw ring as a shape, closed.
    pub fn shape(&self) -> Option<Shape> {
        self.ring.as_ref().and_then(|ring| Shape::from_geojson(ring).ok())
    }

    /// The ring after Bowditch as a shape, closed.
    pub fn adjusted_shape(&self) -> Option<Shape> {
        let ring: Vec<[f64; 2]> = self.adjusted.iter().map(|point| [point.lon, point.lat]).collect();
        Ground::of(&ring).map(|ground| ground.shape)
    }
}

impl Sheet {
    /// Read a sheet: the JSON of CONTRACT §9. Every finding of severity E is an error, and all of them come together.
    pub fn parse(text: &str) -> Result<Sheet, Vec<Finding>> {
        sheet::parse(text)
    }

    /// Points, closure and ring. An error is what only the place can tell, such as a day outside every model.
    pub fn compute(&self) -> Result<Traverse, Vec<Finding>> {
        let fault = |rule, field: &str, message: String| vec![finding(rule, 'E', None, field, "", &message, "")];
        let mut findings = self.findings.clone();
        let turn = self.declination().map_err(|why| fault("GEO-2", "observed_on", why.to_string()))?;
        let convergence_deg = match self.north {
            North::Grid(code) => {
                let grid = grid_at(code, self.datum_point);
                Some(grid.map_err(|why| fault("GEO-3", "north", why.to_string()))?.convergence_deg)
            }
            _ => None,
        };
        let declination_deg = turn.map(|(degrees, _)| degrees);
        let chain = self.chain(declination_deg).map_err(|why| fault("GEO-3", "north", why))?;
        findings.extend(self.doubtful_declination(&chain));
        let ring = self.ring(&chain, &mut findings);
        let closure = self.closure(&chain, &ring, declination_deg).map_err(|why| fault("GEO-3", "north", why))?;
        if let Some(found) = closure.finding() {
            findings.push(found);
        }
        let epsilon_m = ring.iter().filter_map(|at| chain[*at].epsilon_m).reduce(f64::max);
        let raw: Vec<[f64; 2]> = open_ring(ring.iter().map(|at| chain[*at].at).collect(), &mut findings);
        let ground = Ground::of(&raw);
        findings.extend(ground.iter().flat_map(|ground| ground.findings.iter().cloned()));
        let adjusted = self.adjusted(&chain, &ring, &closure, &mut findings);
        let adjusted_ground = Ground::of(&adjusted.iter().map(|point| [point.lon, point.lat]).collect::<Vec<_>>());
        let closing_computed = self.closing_computed(&chain, &ring, declination_deg);
        Ok(Traverse {
            declination_deg,
            declination_source: turn.map(|(_, source)| source),
            convergence_deg,
            points: chain.iter().map(Station::point).collect(),
            misclosure_m: closure.misclosure_m,
            misclosure_azimuth_deg: closure.azimuth_deg,
            perimeter_m: closure.perimeter_m,
            relative: closure.relative(),
            verdict: closure.verdict(),
            adjusted,
            closing_computed,
            area_sigma_m2: ground.as_ref().zip(epsilon_m).map(|(ground, epsilon)| sigma_m2(&ground.shape, epsilon)),
            ring: ground.as_ref().map(|ground| ground.shape.to_geojson()),
            area_m2: ground.as_ref().map(|ground| ground.area_m2),
            area_geodesic_m2: ground.as_ref().map(|ground| ground.area_geodesic_m2),
            adjusted_area_m2: adjusted_ground.as_ref().map(|ground| ground.area_m2),
            adjusted_area_geodesic_m2: adjusted_ground.as_ref().map(|ground| ground.area_geodesic_m2),
            accuracy_m: epsilon_m,
            quality: match &self.epsilon {
                Epsilon::Given(_) => None,
                Epsilon::Of(method) => Some(&method.quality),
            },
            operation: self.datum_operation.clone(),
            findings,
        })
    }

    /// Degrees from true to magnetic north, and by whose word; `None` where bearings are not magnetic.
    fn declination(&self) -> Result<Option<(f64, &'static str)>, MagneticError> {
        if self.north != North::Magnetic {
            return Ok(None);
        }
        match (self.declination, self.modelled()) {
            (Some(stated), _) => Ok(Some((stated, "stated"))),
            (None, Some(field)) => Ok(Some((field?, Model::Igrf14.name()))),
            (None, None) => unreachable!("a sheet with magnetic bearings has a declination or a day"),
        }
    }

    /// The declination of the day and the place by the model, degrees; `None` without a day.
    fn modelled(&self) -> Option<Result<f64, MagneticError>> {
        let field = declination(Model::Igrf14, self.datum_point, self.height_m, self.observed_on?);
        Some(field.map(|field| field.declination_deg))
    }

    /// Asks whether a stated declination far from the model's is a slip, and how far the farthest point would move.
    fn doubtful_declination(&self, chain: &[Station]) -> Option<Finding> {
        const LARGEST: f64 = 1.0;
        let stated = self.declination.filter(|_| self.north == North::Magnetic)?;
        let modelled = self.modelled()?.ok().filter(|modelled| (stated - modelled).abs() > LARGEST)?;
        let by_model = self.chain(Some(modelled)).ok()?;
        let metres = chain.iter().zip(&by_model).map(|(a, b)| inverse(a.at, b.at).1).fold(0.0, f64::max);
        let hint = match stated {
            0.0 => "was it forgotten?",
            _ if (stated + modelled).abs() <= LARGEST => "is its sign turned? east is positive",
            _ => "is it that of another year or place?",
        };
        let text = format!(
            "the field of that day and place has {modelled:.2}° by {}; with it the farthest point would lie {metres:.1} m from where it is written",
            Model::Igrf14
        );
        Some(finding("GEO-2", 'W', None, "declination", &stated.to_string(), &text, hint))
    }

    /// Azimuth and ground distance of a leg from a place.
    fn true_leg(&self, leg: &Leg, from: [f64; 2], declination_deg: Option<f64>) -> Result<(f64, f64), String> {
        let grid = match self.north {
            North::Grid(code) => Some(grid_at(code, from).map_err(|why| why.to_string())?),
            _ => None,
        };
        let turn = declination_deg.unwrap_or(0.0) + grid.map_or(0.0, |grid| grid.convergence_deg);
        let scale = grid.filter(|_| leg.is_grid).map_or(1.0, |grid| grid.scale);
        Ok(((leg.bearing_deg + turn).rem_euclid(360.0), leg.distance_m / scale))
    }

    fn chain(&self, declination_deg: Option<f64>) -> Result<Vec<Station>, String> {
        let epsilon = |length: f64| {
            let of_legs = match &self.epsilon {
                Epsilon::Given(metres) => Some(*metres),
                Epsilon::Of(method) => method.epsilon_m(None, length).metres(),
            };
            of_legs.map(|metres| metres.hypot(self.datum_epsilon_m))
        };
        let mut chain = vec![Station {
            name: self.datum_name.clone(),
            role: self.datum_role,
            at: self.datum_point,
            from: None,
            leg_m: 0.0,
            length_m: 0.0,
            epsilon_m: epsilon(0.0),
        }];
        for leg in &self.legs {
            let from =
                chain.iter().position(|station| station.name == leg.from).expect("a leg begins at a known point");
            let (azimuth, metres) = self.true_leg(leg, chain[from].at, declination_deg)?;
            let length_m = chain[from].length_m + metres;
            chain.push(Station {
                name: leg.to.clone(),
                role: leg.role,
                at: direct(chain[from].at, azimuth, metres),
                from: Some(from),
                leg_m: metres,
                length_m,
                epsilon_m: epsilon(length_m),
            });
        }
        Ok(chain)
    }

    /// The stations of the ring: from the start point on, without the way in.
    fn ring(&self, chain: &[Station], findings: &mut Vec<Finding>) -> Vec<usize> {
        let is_way_in = |station: &Station| station.role.is_some_and(Role::is_way_in);
        let closing_to = self.closing.as_ref().map(|leg| leg.to.as_str()).filter(|name| !name.is_empty());
        let named = closing_to.and_then(|name| chain.iter().position(|station| station.name == name));
        let start = named
            .or_else(|| chain.iter().position(|station| station.role == Some(Role::Start)))
            .or_else(|| chain.iter().position(|station| !is_way_in(station)));
        let Some(start) = start else { return Vec::new() };
        let ring: Vec<usize> = (start..chain.len()).filter(|at| !is_way_in(&chain[*at])).collect();
        for at in ring.iter().skip(1).filter(|at| chain[**at].leg_m > 50.0) {
            let is_marked = chain[*at].role == Some(Role::Intermediate)
                || chain[*at].from.is_some_and(|from| chain[from].role == Some(Role::Intermediate));
            if !is_marked {
                let metres = format!("{:.1}", chain[*at].leg_m);
                let text = "a leg longer than 50 m has no intermediate point";
                findings.push(finding("DQ-31", 'I', Some(*at), "distance_m", &metres, text, ""));
            }
        }
        ring
    }

    fn closure(&self, chain: &[Station], ring: &[usize], declination_deg: Option<f64>) -> Result<Closure, String> {
        let open_m: f64 = ring.windows(2).map(|pair| chain[pair[1]].leg_from(pair[0], chain)).sum();
        let none = Closure { perimeter_m: open_m, misclosure_m: None, azimuth_deg: None, end: None };
        let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return Ok(none) };
        let Some(closing) = self.closing.as_ref().filter(|_| ring.len() > 1) else {
            let (_, metres) = inverse(chain[*last].at, chain[*first].at);
            return Ok(Closure { perimeter_m: open_m + metres, ..none });
        };
        let (azimuth, metres) = self.true_leg(closing, chain[*last].at, declination_deg)?;
        let end = direct(chain[*last].at, azimuth, metres);
        let (azimuth, misclosure) = inverse(chain[*first].at, end);
        Ok(Closure {
            perimeter_m: open_m + metres,
            misclosure_m: Some(misclosure),
            azimuth_deg: Some(azimuth),
            end: Some(end),
        })
    }

    /// Bowditch: the misclosure is spread by the length of the ring so far.
    fn adjusted(
        &self,
        chain: &[Station],
        ring: &[usize],
        closure: &Closure,
        findings: &mut Vec<Finding>,
    ) -> Vec<Point> {
        let Some(end) = closure.end else { return Vec::new() };
        if !ring.windows(2).all(|pair| chain[pair[1]].from == Some(pair[0])) {
            let text = "legs of the ring do not follow each other, so the misclosure is not spread over them";
            findings.push(finding("GEO-6", 'I', None, "legs", "", text, ""));
            return Vec::new();
        }
        let first = chain[ring[0]].at;
        let off = [end[0] - first[0], end[1] - first[1]];
        let mut so_far = 0.0;
        let mut points = Vec::with_capacity(ring.len());
        for (n, at) in ring.iter().enumerate() {
            let station = &chain[*at];
            so_far += if n == 0 { 0.0 } else { station.leg_m };
            let share = so_far / closure.perimeter_m;
            points.push(Point {
                lon: station.at[0] - share * off[0],
                lat: station.at[1] - share * off[1],
                ..station.point()
            });
        }
        points
    }

    fn closing_computed(&self, chain: &[Station], ring: &[usize], declination_deg: Option<f64>) -> Option<ClosingLeg> {
        let (first, last) = (&chain[*ring.first()?], &chain[*ring.last()?]);
        let (azimuth, metres) = inverse(last.at, first.at);
        let grid = match self.north {
            North::Grid(code) => grid_at(code, last.at).ok(),
            _ => None,
        };
        let turn = declination_deg.unwrap_or(0.0) + grid.map_or(0.0, |grid| grid.convergence_deg);
        let bearing_deg = (azimuth - turn).rem_euclid(360.0);
        (ring.len() > 1).then(|| ClosingLeg {
            from: last.name.clone(),
            to: first.name.clone(),
            bearing_deg,
            bearing: self.unit.write(bearing_deg),
            distance_m: metres,
        })
    }
}

/// A computed point.
struct Station {
    name: String,
    role: Option<Role>,
    at: [f64; 2],
    /// The station its leg begins at.
    from: Option<usize>,
    /// Its leg, ground metres.
    leg_m: f64,
    /// From the datum point to here.
    length_m: f64,
    epsilon_m: Option<f64>,
}

impl Station {
    fn point(&self) -> Point {
        Point { name: self.name.clone(), lon: self.at[0], lat: self.at[1], role: self.role, accuracy_m: self.epsilon_m }
    }

    /// Ground metres from the station before it in the ring, as measured if it was.
    fn leg_from(&self, before: usize, chain: &[Station]) -> f64 {
        if self.from == Some(before) { self.leg_m } else { inverse(chain[before].at, self.at).1 }
    }
}

/// How a ring closes.
struct Closure {
    perimeter_m: f64,
    misclosure_m: Option<f64>,
    azimuth_deg: Option<f64>,
    /// Where the closing leg ends.
    end: Option<[f64; 2]>,
}

impl Closure {
    fn verdict(&self) -> Verdict {
        match self.misclosure_m {
            None => Verdict::Unchecked,
            Some(metres) if metres > f64::max(2.0, 0.01 * self.perimeter_m) => Verdict::Error,
            Some(metres) if metres > 0.002 * self.perimeter_m => Verdict::Warn,
            Some(_) => Verdict::Ok,
        }
    }

    fn relative(&self) -> Option<String> {
        // Below a tenth of a millimetre a ratio says nothing.
        let metres = self.misclosure_m.filter(|metres| *metres > 1e-4)?;
        Some(format!("1:{:.0}", self.perimeter_m / metres))
    }

    fn finding(&self) -> Option<Finding> {
        let metres = self.misclosure_m?;
        let severity = match self.verdict() {
            Verdict::Error => 'E',
            Verdict::Warn => 'W',
            Verdict::Ok | Verdict::Unchecked => return None,
        };
        let text = format!(
            "the closing leg ends {metres:.2} m from the start point, {} of the perimeter",
            self.relative().unwrap_or_default()
        );
        let hint = "measure again, or look for a leg with a wrong bearing, distance or direction";
        Some(finding("DQ-30", severity, Some(0), "closing", "", &text, hint))
    }
}

/// A ring as ground.
struct Ground {
    shape: Shape,
    area_m2: f64,
    area_geodesic_m2: f64,
    findings: Vec<Finding>,
}

impl Ground {
    fn of(ring: &[[f64; 2]]) -> Option<Ground> {
        if ring.len() < 3 {
            return None;
        }
        let closed: Vec<[f64; 2]> = ring.iter().chain(ring.first()).copied().collect();
        let shape = Shape::Polygon(vec![closed]);
        let ground = read(&shape, Reading::Largest);
        let crossings = ground.problems.iter().filter(|problem| problem.kind == ProblemKind::SelfIntersection);
        let findings = crossings.map(|problem| {
            let at = format!("{:.7} {:.7}", problem.at[0], problem.at[1]);
            finding("DQ-01", 'W', None, "ring", &at, "the ring crosses itself there", "is a bearing reversed?")
        });
        Some(Ground {
            area_m2: ground.region.area().m2(),
            area_geodesic_m2: geodesic_area(&ground.region).abs(),
            findings: findings.collect(),
            shape,
        })
    }
}

/// Without end points that repeat the first ones within 1e-6° (GEO-7).
fn open_ring(mut ring: Vec<[f64; 2]>, findings: &mut Vec<Finding>) -> Vec<[f64; 2]> {
    let same = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() <= 1e-6 && (a[1] - b[1]).abs() <= 1e-6;
    let n = ring.len();
    let n_repeated = match ring[..] {
        [a, b, .., c, d] if n > 4 && same(a, c) && same(b, d) => 2,
        [a, .., d] if n > 2 && same(a, d) => 1,
        _ => 0,
    };
    if n_repeated > 0 {
        let text = "the end of the ring repeats its beginning, and was dropped from the ring";
        findings.push(finding("GEO-7", 'I', None, "legs", &n_repeated.to_string(), text, ""));
    }
    ring.truncate(n - n_repeated);
    ring
}

fn finding(
    rule: &'static str,
    severity: char,
    leg: Option<usize>,
    field: &str,
    value: &str,
    message: &str,
    hint: &str,
) -> Finding {
    Finding {
        rule,
        severity,
        leg,
        field: field.to_owned(),
        value: value.to_owned(),
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}
