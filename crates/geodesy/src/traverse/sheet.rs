//! Reading the sheet of a traverse: nothing has a default that changes where a point is.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Epsilon, Finding, Leg, Role, Sheet, finding};
use crate::CrsCode;
use crate::accuracy::Method;
use crate::angle::{AngleUnit, North};
use crate::place::{self, Notation, Place};

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    datum_point: Value,
    #[serde(default)]
    north: Value,
    #[serde(default)]
    unit: Value,
    #[serde(default)]
    observed_on: Value,
    #[serde(default)]
    declination: Value,
    #[serde(default)]
    height_m: Value,
    #[serde(default)]
    distances: Value,
    #[serde(default)]
    method: Value,
    #[serde(default)]
    accuracy_m: Value,
    #[serde(default)]
    legs: Value,
    #[serde(default)]
    closing: Value,
    /// `raw` or `adjusted`: for who takes the ring over, not for its computation.
    #[serde(default, rename = "ring")]
    _ring: Value,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// What distances are (GEO-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distances {
    /// Nobody says: horizontal, and along the slope where a leg has an inclination.
    Unsaid,
    Horizontal,
    Slope,
    Grid,
}

const NO_NORTH: &str = "say MAGNETIC, TRUE or GRID:EPSG:n; a bearing without a north means nothing";

pub(super) fn parse(text: &str) -> Result<Sheet, Vec<Finding>> {
    let written: Written = serde_json::from_str(text).map_err(|why| {
        vec![finding("GEO-1", 'E', None, "sheet", "", &format!("this is not the JSON of a traverse: {why}"), "")]
    })?;
    let mut reader = Reader { findings: Vec::new() };
    let sheet = reader.sheet(&written);
    let (errors, others): (Vec<Finding>, Vec<Finding>) =
        reader.findings.into_iter().partition(|finding| finding.severity == 'E');
    match sheet {
        Some(sheet) if errors.is_empty() => Ok(Sheet { findings: others, ..sheet }),
        _ => Err(errors.into_iter().chain(others).collect()),
    }
}

/// Collects everything that is wrong instead of stopping at the first.
struct Reader {
    findings: Vec<Finding>,
}

impl Reader {
    fn say(&mut self, rule: &'static str, severity: char, field: &str, value: &Value, message: &str, hint: &str) {
        self.findings.push(finding(rule, severity, None, field, &text_of(value), message, hint));
    }

    fn say_of_leg(&mut self, rule: &'static str, leg: usize, field: &str, value: &Value, message: &str, hint: &str) {
        self.findings.push(finding(rule, 'E', Some(leg), field, &text_of(value), message, hint));
    }

    /// `None` where something without which nothing can be computed is missing; a finding says what.
    fn sheet(&mut self, written: &Written) -> Option<Sheet> {
        for (name, value) in &written.other {
            self.say("GEO-1", 'I', name, value, "this was not read: a traverse has no such field", "");
        }
        let datum = self.datum_point(&written.datum_point);
        let datum_accuracy_m = written.datum_point.get("accuracy_m").unwrap_or(&Value::Null);
        let datum_accuracy_m = self
            .number("GEO-13", "datum_point.accuracy_m", datum_accuracy_m, |metres| metres >= 0.0)
            .unwrap_or_default();
        let north = self.word::<North>("GEO-1", "north", &written.north, NO_NORTH);
        let unit = self.word::<AngleUnit>("GEO-1", "unit", &written.unit, "say deg, gon, mil6400 or mil6000");
        let observed_on = self.optional_word::<Date>("GEO-2", "observed_on", &written.observed_on, "write YYYY-MM-DD");
        let declination = self.number("GEO-2", "declination", &written.declination, |v| v.abs() <= 180.0);
        let height_m = self.number("GEO-2", "height_m", &written.height_m, |v| v.abs() < 10_000.0).unwrap_or(0.0);
        let distances = self.distances(&written.distances, north);
        let epsilon = self.epsilon(&written.method, &written.accuracy_m);
        if north == Some(North::Magnetic) && observed_on.is_none() && declination.is_none() {
            let text = "bearings are magnetic, and neither the declination nor the day of the bearings is given";
            self.say(
                "DQ-29",
                'E',
                "declination",
                &written.declination,
                text,
                "give observed_on, or the declination of the form",
            );
        }
        if unit.is_none() || distances.is_none() || datum.is_none() {
            // Nothing can be computed, yet a person learns what else cannot be read.
            let legs = written.legs.as_array().into_iter().flatten();
            legs.enumerate().for_each(|(at, leg)| _ = self.measured(at + 1, leg, unit, Distances::Horizontal));
        }
        let (unit, distances) = (unit?, distances?);
        let (datum_name, datum_role, datum) = datum?;
        let first_from = written.legs.get(0).and_then(|leg| leg.get("from")).map(text_of).unwrap_or_default();
        let datum_name = [datum_name, first_from].into_iter().find(|name| !name.is_empty());
        let datum_name = datum_name.unwrap_or_else(|| "P0".to_owned());
        let legs = self.legs(&written.legs, &datum_name, unit, distances);
        let closing = self.closing(&written.closing, &legs, &datum_name, unit, distances);
        let (legs, closing) = self.last_leg_that_closes(legs, closing, &datum_name);
        self.names(&datum_name, &legs);
        Some(Sheet {
            datum_point: datum.lonlat,
            datum_role: datum_role.or_else(|| Role::of_name(&datum_name)),
            datum_operation: datum.operation.map(|operation| operation.id()),
            datum_epsilon_m: datum_accuracy_m.hypot(datum.epsilon_m()),
            datum_name,
            unit,
            north: north?,
            observed_on,
            declination,
            height_m,
            legs,
            closing,
            epsilon: epsilon?,
            findings: Vec::new(),
        })
    }

    fn datum_point(&mut self, value: &Value) -> Option<(String, Option<Role>, Place)> {
        let hint = r#"give {"lon", "lat"} in degrees, {"crs", "x", "y"}, {"mgrs"}, {"utm"} or {"text"}"#;
        let Value::Object(given) = value else {
            self.say("DQ-29", 'E', "datum_point", value, "the point from which the legs begin is missing", hint);
            return None;
        };
        let name = given.get("name").map(text_of).unwrap_or_default();
        let role = self.role(None, given.get("role"));
        let number = |key: &str| given.get(key).and_then(number_of);
        let operation = given.get("operation").map(|v| text_of(v).parse::<CrsCode>());
        let operation = match operation.transpose() {
            Ok(operation) => operation.map(|code| code.0),
            Err(why) => {
                self.say("GEO-8", 'E', "datum_point.operation", value, &why.to_string(), "write EPSG:n");
                return None;
            }
        };
        let text = |key: &str| given.get(key).map(text_of);
        let place = match (number("lon"), number("lat"), number("x"), number("y"), text("crs")) {
            (Some(lon), Some(lat), _, _, None) => {
                place::of_numbers(CrsCode::WGS_84, [lon, lat], None).map_err(|why| why.to_string())
            }
            (_, _, Some(x), Some(y), Some(crs)) => {
                crs.parse::<CrsCode>().and_then(crate::crs::Crs::of).map_err(|why| why.to_string()).and_then(|crs| {
                    place::of_numbers(crs.code(), crs.of_x_y([x, y]), operation).map_err(|why| why.to_string())
                })
            }
            _ => {
                let notations = [("mgrs", Notation::Mgrs), ("utm", Notation::Utm), ("text", Notation::Dms)];
                match notations.into_iter().find_map(|(key, notation)| Some((text(key)?, notation))) {
                    Some((text, notation)) => place::read(&text, notation, None).map_err(|why| why.to_string()),
                    None => Err("it has no coordinates that can be read".to_owned()),
                }
            }
        };
        match place {
            Ok(place) => {
                for note in &place.notes {
                    self.say("GEO-8", 'W', "datum_point", value, note, "");
                }
                Some((name, role, place))
            }
            Err(why) => {
                self.say("GEO-8", 'E', "datum_point", value, &why, hint);
                None
            }
        }
    }

    fn distances(&mut self, value: &Value, north: Option<North>) -> Option<Distances> {
        match value.as_str() {
            None if value.is_null() => Some(Distances::Unsaid),
            Some("horizontal") => Some(Distances::Horizontal),
            Some("slope") => Some(Distances::Slope),
            Some("grid") if matches!(north, Some(North::Grid(_))) => Some(Distances::Grid),
            Some("grid") => {
                let text = "distances in a grid need bearings in that grid: ground is grid divided by its scale";
                self.say("GEO-4", 'E', "distances", value, text, "say north GRID:EPSG:n");
                None
            }
            _ => {
                self.say(
                    "GEO-4",
                    'E',
                    "distances",
                    value,
                    "this is no kind of distance",
                    "say horizontal, slope or grid",
                );
                None
            }
        }
    }

    fn epsilon(&mut self, method: &Value, accuracy_m: &Value) -> Option<Epsilon> {
        let name = if method.is_null() { "compass_tape".to_owned() } else { text_of(method) };
        let Some(found) = Method::named(&name) else {
            let known: Vec<&str> = Method::all().iter().map(|method| method.name.as_str()).collect();
            self.say("GEO-13", 'E', "method", method, "this is no method of the table", &known.join(", "));
            return None;
        };
        if let Some(refuse) = &found.refuse {
            self.say("DQ-29", 'E', "method", method, &found.what, refuse);
            return None;
        }
        if !accuracy_m.is_null() {
            match number_of(accuracy_m).filter(|metres| metres.is_finite() && *metres >= 0.0) {
                Some(metres) if metres > 0.0 => return Some(Epsilon::Given(metres)),
                Some(_) => {
                    let text = format!("0 means that nobody knows; the default of {} is taken", found.what);
                    self.say("GEO-13", 'I', "accuracy_m", accuracy_m, &text, "");
                }
                None => {
                    self.say("GEO-13", 'E', "accuracy_m", accuracy_m, "this is not a number of metres", "");
                    return None;
                }
            }
        }
        Some(Epsilon::Of(found))
    }

    fn legs(&mut self, value: &Value, datum_name: &str, unit: AngleUnit, distances: Distances) -> Vec<Leg> {
        let Value::Array(given) = value else {
            self.say("GEO-1", 'E', "legs", value, "a traverse has a list of legs", "");
            return Vec::new();
        };
        if given.is_empty() {
            self.say("GEO-1", 'E', "legs", value, "there are no legs", "");
        }
        let mut legs: Vec<Leg> = Vec::with_capacity(given.len());
        for (at, leg) in given.iter().enumerate() {
            let before = legs.last().map_or(datum_name, |leg| leg.to.as_str()).to_owned();
            let name = |key: &str| leg.get(key).map(text_of).filter(|name| !name.trim().is_empty());
            let from = name("from").unwrap_or(before);
            let to = name("to").unwrap_or_else(|| format!("P{}", at + 1));
            let role = self.role(Some(at + 1), leg.get("role")).or_else(|| Role::of_name(&to));
            // A leg that cannot be read still has its names, so that the legs after it are judged.
            let (bearing_deg, distance_m, is_grid) =
                self.measured(at + 1, leg, Some(unit), distances).unwrap_or_default();
            legs.push(Leg { from, to, role, bearing_deg, distance_m, is_grid });
        }
        legs
    }

    /// Bearing in degrees, distance in metres along the ground or the grid.
    /// Without a unit bearings are not judged.
    fn measured(
        &mut self,
        n: usize,
        leg: &Value,
        unit: Option<AngleUnit>,
        distances: Distances,
    ) -> Option<(f64, f64, bool)> {
        let (bearing, distance) = (&leg["bearing"], &leg["distance_m"]);
        let degrees = match unit.map(|unit| unit.read(&text_of(bearing))) {
            None => None,
            Some(Ok(degrees)) => Some(degrees),
            Some(Err(why)) => {
                self.say_of_leg("GEO-1", n, "bearing", bearing, &why.to_string(), "");
                None
            }
        };
        let metres = number_of(distance).filter(|metres| metres.is_finite() && *metres > 0.0);
        if metres.is_none() {
            self.say_of_leg("GEO-4", n, "distance_m", distance, "a distance is a number of metres above 0", "");
        }
        let metres = metres?;
        if metres > 5_000.0 {
            let text = "a leg longer than 5,000 m";
            self.findings.push(finding(
                "DQ-10",
                'W',
                Some(n),
                "distance_m",
                &text_of(distance),
                text,
                "a slip of a digit?",
            ));
        }
        let inclination = &leg["inclination_deg"];
        let slope = match number_of(inclination) {
            _ if inclination.is_null() => None,
            Some(degrees) if degrees.abs() < 80.0 => Some(degrees),
            _ => {
                self.say_of_leg("GEO-4", n, "inclination_deg", inclination, "an inclination is −80 to 80 degrees", "");
                return None;
            }
        };
        let metres = match (distances, slope) {
            (Distances::Slope | Distances::Unsaid, Some(degrees)) => metres * degrees.to_radians().cos(),
            (Distances::Slope, None) => {
                let text =
                    "a distance along the slope without its inclination; it was taken as horizontal, so it is too long";
                self.findings.push(finding("GEO-4", 'W', Some(n), "inclination_deg", "", text, "give inclination_deg"));
                metres
            }
            _ => metres,
        };
        Some((degrees?, metres, distances == Distances::Grid))
    }

    fn closing(
        &mut self,
        value: &Value,
        legs: &[Leg],
        datum_name: &str,
        unit: AngleUnit,
        distances: Distances,
    ) -> Option<Leg> {
        if value.is_null() {
            return None;
        }
        if !value.is_object() {
            self.say(
                "GEO-6",
                'E',
                "closing",
                value,
                r#"a closing leg has a "bearing" and a "distance_m", or is null"#,
                "",
            );
            return None;
        }
        let from = legs.last().map_or(datum_name, |leg| leg.to.as_str()).to_owned();
        let to = value.get("to").map(text_of).unwrap_or_default();
        let is_known = to.is_empty() || to == datum_name || legs.iter().any(|leg| leg.to == to);
        if !is_known {
            self.say_of_leg("GEO-6", 0, "to", &value["to"], "no leg leads to this point", "");
        }
        let (bearing_deg, distance_m, is_grid) = self.measured(0, value, Some(unit), distances)?;
        Some(Leg { from, to, role: None, bearing_deg, distance_m, is_grid })
    }

    /// A last leg that leads back to a point of the sheet is the closing leg.
    fn last_leg_that_closes(
        &mut self,
        mut legs: Vec<Leg>,
        closing: Option<Leg>,
        datum_name: &str,
    ) -> (Vec<Leg>, Option<Leg>) {
        let is_back = legs.split_last().is_some_and(|(last, others)| {
            let is_known = last.to == datum_name || others.iter().any(|leg| leg.to == last.to);
            let follows = others.last().is_some_and(|leg| leg.to == last.from);
            is_known && follows && !last.to.is_empty()
        });
        if closing.is_none() && is_back {
            let closing = legs.pop();
            return (legs, closing);
        }
        (legs, closing)
    }

    /// Every leg begins at a point that is known by then, and no point is reached twice (DQ-06).
    fn names(&mut self, datum_name: &str, legs: &[Leg]) {
        let mut known = vec![datum_name.to_owned()];
        for (at, leg) in legs.iter().enumerate() {
            let name = |name: &str| Value::String(name.to_owned());
            if !known.contains(&leg.from) {
                let hint = format!("known by then: {}", known.join(", "));
                self.say_of_leg("GEO-1", at + 1, "from", &name(&leg.from), "no leg before this one leads there", &hint);
            }
            if known.contains(&leg.to) {
                self.say_of_leg("DQ-06", at + 1, "to", &name(&leg.to), "a point of this name is there already", "");
            }
            known.push(leg.to.clone());
        }
    }

    fn role(&mut self, leg: Option<usize>, value: Option<&Value>) -> Option<Role> {
        let value = value?;
        let role = serde_json::from_value(value.clone()).ok();
        if role.is_none() {
            let known = "reference, benchmark, start, turning, intermediate, end";
            self.findings.push(finding(
                "GEO-1",
                'E',
                leg,
                "role",
                &text_of(value),
                "this is no role of a point",
                known,
            ));
        }
        role
    }

    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        rule: &'static str,
        field: &str,
        value: &Value,
        hint: &str,
    ) -> Option<T> {
        if value.is_null() {
            self.say("DQ-29", 'E', field, value, "it is not declared", hint);
        }
        self.optional_word(rule, field, value, hint)
    }

    fn optional_word<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        rule: &'static str,
        field: &str,
        value: &Value,
        hint: &str,
    ) -> Option<T> {
        if value.is_null() {
            return None;
        }
        let read = text_of(value).parse::<T>();
        read.map_err(|why| self.say(rule, 'E', field, value, &why.to_string(), hint)).ok()
    }

    fn number(&mut self, rule: &'static str, field: &str, value: &Value, is_good: fn(f64) -> bool) -> Option<f64> {
        if value.is_null() {
            return None;
        }
        let read = number_of(value).filter(|v| v.is_finite() && is_good(*v));
        if read.is_none() {
            self.say(rule, 'E', field, value, "this is not a number that can be", "");
        }
        read
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number, also as text with a decimal comma. `1,200` is none: it may be twelve hundred, or one and a fifth.
fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let is_unclear = text.trim().split_once(',').is_some_and(|(_, behind)| behind.len() == 3);
            if is_unclear && !text.contains('.') {
                return None;
            }
            let plain = if text.contains('.') { text.clone() } else { text.replacen(',', ".", 1) };
            plain.trim().parse().ok()
        }
        _ => None,
    }
}
