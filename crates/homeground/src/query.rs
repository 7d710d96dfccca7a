//! Which features are meant: a box, a time, values of properties, a CQL2 expression.
//!
//! One reading of one question behind items, tiles, tables and exports, so that a map, a list and a file of the same
//! question never show different sets.

use geometry::shape::Position;
use geometry::{Reading, Region, Shape, path};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::Day;
use ledger::grid::meet;
use records::feature::ColumnType;
use serde_json::Value;

/// WGS 84, longitude first.
pub const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// WGS 84, latitude first.
pub const EPSG4326: &str = "http://www.opengis.net/def/crs/EPSG/0/4326";

/// How deep a CQL2 expression may be nested, and how long it may be.
const DEEPEST: usize = 64;
const LONGEST: usize = 16_384;

/// A parameter that cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{name} is {value:?}; it must be {wanted}")]
pub struct Wrong {
    /// The parameter.
    pub name: String,
    /// What was given.
    pub value: String,
    /// What would do.
    pub wanted: String,
}

impl Wrong {
    fn new(name: &str, value: &str, wanted: impl Into<String>) -> Wrong {
        Wrong { name: name.to_owned(), value: value.to_owned(), wanted: wanted.into() }
    }
}

/// The value of a parameter, if it is given.
pub type Get<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// Which of the two coordinate systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crs {
    /// Longitude first.
    Crs84,
    /// Latitude first.
    Epsg4326,
}

impl Crs {
    /// From a parameter; absent is CRS84.
    pub fn read(get: Get<'_>, parameter: &str) -> Result<Crs, Wrong> {
        match get(parameter).map(|uri| uri.trim_start_matches('[').trim_end_matches(']')) {
            None | Some(CRS84) => Ok(Crs::Crs84),
            Some(EPSG4326) => Ok(Crs::Epsg4326),
            Some(other) => Err(Wrong::new(parameter, other, format!("{CRS84} or {EPSG4326}"))),
        }
    }

    /// Its URI.
    pub fn uri(self) -> &'static str {
        match self {
            Crs::Crs84 => CRS84,
            Crs::Epsg4326 => EPSG4326,
        }
    }
}

/// What is asked for.
#[derive(Debug, Default)]
pub struct Filter {
    boxes: Vec<[f64; 4]>,
    days: Option<(Option<Day>, Option<Day>)>,
    equals: Vec<(&'static str, String)>,
    expression: Option<cql2::Expr>,
}

impl Filter {
    /// Read `bbox`, `bbox-crs`, `datetime`, `filter`, `filter-lang`, `filter-crs` and any column by its name.
    pub fn read(get: Get<'_>, columns: &[(&'static str, ColumnType)]) -> Result<Filter, Wrong> {
        let crs = Crs::read(get, "bbox-crs")?;
        let boxes = get("bbox").map(|text| boxes(text, crs)).transpose()?.unwrap_or_default();
        let days = get("datetime").map(days).transpose()?;
        let equals = columns.iter().filter_map(|(column, _)| Some((*column, get(column)?.to_owned()))).collect();
        Ok(Filter { boxes, days, equals, expression: expression(get, columns)? })
    }

    /// Whether a feature is meant: by the box around it, the days from which and until which it holds, and the
    /// feature as GeoJSON, which is made only where it decides.
    pub fn keeps(
        &self,
        bounds: Option<[f64; 4]>,
        (first, end): (Day, Option<Day>),
        feature: &dyn Fn() -> Value,
    ) -> Result<bool, Wrong> {
        // What has no ground is in every box, what has no time in every interval: nobody may miss it.
        let shape = || Shape::from_geojson(&feature()["geometry"]).ok();
        let in_a_box = |bounds: [f64; 4]| self.boxes.iter().any(|b| meets(&bounds, b, &shape));
        let is_here = self.boxes.is_empty() || bounds.is_none_or(in_a_box);
        let is_then = self.days.is_none_or(|(from, to)| {
            to.is_none_or(|to| first <= to) && from.is_none_or(|from| end.is_none_or(|end| end > from))
        });
        if !is_here || !is_then {
            return Ok(false);
        }
        if self.equals.is_empty() && self.expression.is_none() {
            return Ok(true);
        }
        let feature = feature();
        if !self.equals.iter().all(|(column, wanted)| is_equal(&feature["properties"][column], wanted)) {
            return Ok(false);
        }
        match &self.expression {
            None => Ok(true),
            Some(expression) => {
                let matches = expression.clone().matches(Some(&feature));
                matches.map_err(|e| Wrong::new("filter", "", format!("an expression that can be answered: {e}")))
            }
        }
    }

    /// Whether everything is asked for.
    pub fn is_everything(&self) -> bool {
        self.boxes.is_empty() && self.days.is_none() && self.equals.is_empty() && self.expression.is_none()
    }
}

fn is_equal(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Null => wanted.is_empty(),
        Value::Number(number) => wanted.parse::<f64>().ok().is_some_and(|wanted| number.as_f64() == Some(wanted)),
        Value::Bool(flag) => wanted.parse() == Ok(*flag),
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// `west,south,east,north`, or with heights, which are not looked at. West of east is across the antimeridian.
fn boxes(text: &str, crs: Crs) -> Result<Vec<[f64; 4]>, Wrong> {
    let wrong = || Wrong::new("bbox", text, "four or six numbers: west,south,east,north, south not beyond north");
    let numbers: Vec<f64> = text
        .split(',')
        .map(|number| number.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(wrong))
        .collect::<Result<_, _>>()?;
    let [a, b, c, d] = match numbers[..] {
        [a, b, c, d] | [a, b, _, c, d, _] => [a, b, c, d],
        _ => return Err(wrong()),
    };
    let [west, south, east, north] = match crs {
        Crs::Crs84 => [a, b, c, d],
        Crs::Epsg4326 => [b, a, d, c],
    };
    if south > north {
        return Err(wrong());
    }
    Ok(match west <= east {
        true => vec![[west, south, east, north]],
        false => vec![[west, south, 180.0, north], [-180.0, south, east, north]],
    })
}

/// An instant, a day, or an interval with `..` or nothing for an open end.
fn days(text: &str) -> Result<(Option<Day>, Option<Day>), Wrong> {
    let wanted = "an instant or a day, or two with a slash between them, `..` for an open end";
    let wrong = || Wrong::new("datetime", text, wanted);
    let one = |text: &str| match text {
        "" | ".." => Ok(None),
        text => {
            let date = match text.parse::<Timestamp>() {
                Ok(at) => Some(jiff::tz::TimeZone::UTC.to_datetime(at).date()),
                Err(_) => text.parse::<Date>().ok().filter(|_| text.len() == 10),
            };
            date.map(|date| Some(Day::from(date))).ok_or_else(wrong)
        }
    };
    match text.split_once('/') {
        None => {
            let day = one(text)?.ok_or_else(wrong)?;
            Ok((Some(day), Some(day)))
        }
        Some((from, to)) => {
            let (from, to) = (one(from)?, one(to)?);
            if from.zip(to).is_some_and(|(from, to)| from > to) {
                return Err(wrong());
            }
            Ok((from, to))
        }
    }
}

fn expression(get: Get<'_>, columns: &[(&'static str, ColumnType)]) -> Result<Option<cql2::Expr>, Wrong> {
    let language = get("filter-lang").unwrap_or("cql2-text");
    if !["cql2-text", "cql2-json"].contains(&language) {
        return Err(Wrong::new("filter-lang", language, "cql2-text or cql2-json"));
    }
    Crs::read(get, "filter-crs")?;
    let Some(text) = get("filter") else { return Ok(None) };
    let shown: String = text.chars().take(200).collect();
    let wrong = |why: &str| Wrong::new("filter", &shown, format!("{language} over the queryables ({why})"));
    if text.len() > LONGEST || nesting(text) > DEEPEST {
        return Err(wrong("it is nested or long beyond what anybody writes"));
    }
    let parsed = match language {
        "cql2-json" => cql2::parse_json(text).map_err(|e| wrong(&e.to_string()))?,
        _ => cql2::parse_text(text).map_err(|e| wrong(&e.to_string()))?,
    };
    let value = parsed.to_value().map_err(|e| wrong(&e.to_string()))?;
    let mut unknown = None;
    for_each_property(&value, &mut |property| {
        let plain = property.strip_prefix("properties.").unwrap_or(property);
        let is_known = ["geometry", "id"].contains(&plain) || columns.iter().any(|(column, _)| *column == plain);
        if !is_known {
            unknown.get_or_insert_with(|| property.to_owned());
        }
    });
    match unknown {
        Some(property) => Err(wrong(&format!("{property:?} is not one of them"))),
        None => Ok(Some(parsed)),
    }
}

/// How deep parentheses, brackets and negations go: what a parser would have to remember.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    let negations = words.filter(|word| word.eq_ignore_ascii_case("not")).count();
    deepest.max(negations).max(text.matches('-').count() / 8)
}

fn for_each_property(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(property) = map.get("property").and_then(Value::as_str) {
                visit(property);
            }
            map.values().for_each(|value| for_each_property(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| for_each_property(value, visit)),
        _ => {}
    }
}

/// Whether a feature meets a box: by its own box first, by its ground where that does not decide.
fn meets(bounds: &[f64; 4], wanted: &[f64; 4], shape: &impl Fn() -> Option<Shape>) -> bool {
    let within = wanted[0] <= bounds[0] && bounds[2] <= wanted[2] && wanted[1] <= bounds[1] && bounds[3] <= wanted[3];
    // What cannot be decided is shown.
    within || (meet(*bounds, *wanted) && shape().is_none_or(|shape| touches(&shape, wanted)))
}

fn touches(shape: &Shape, [west, south, east, north]: &[f64; 4]) -> bool {
    let holds = |p: &Position| (*west..=*east).contains(&p[0]) && (*south..=*north).contains(&p[1]);
    let corners = [[*west, *south], [*east, *south], [*east, *north], [*west, *north], [*west, *south]];
    let window = geometry::read::read(&Shape::Polygon(vec![corners.to_vec()]), Reading::Largest).region;
    let passes = |line: &[Position]| line.iter().any(holds) || path::first_inside_m(line, &window).is_some();
    match shape {
        Shape::Point(position) => holds(position),
        Shape::MultiPoint(positions) => positions.iter().any(holds),
        Shape::LineString(line) => passes(line),
        Shape::MultiLineString(lines) => lines.iter().any(|line| passes(line)),
        Shape::Polygon(_) | Shape::MultiPolygon(_) => {
            let region: Region = geometry::read::read(shape, Reading::Largest).region;
            corners.iter().any(|corner| region.covers(*corner))
                || shape.polygons().iter().flatten().any(|ring| passes(ring))
        }
        Shape::Collection(shapes) => shapes.iter().any(|shape| touches(shape, &[*west, *south, *east, *north])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_across_the_antimeridian_is_two() {
        assert_eq!(boxes("170,-10,-170,10", Crs::Crs84).unwrap().len(), 2);
        assert_eq!(boxes("40,46,41,47", Crs::Epsg4326).unwrap(), vec![[46.0, 40.0, 47.0, 41.0]]);
        assert_eq!(boxes("46,40,0,47,41,9", Crs::Crs84).unwrap(), vec![[46.0, 40.0, 47.0, 41.0]]);
        for bad in ["", "1,2,3", "1,2,3,x", "1,5,3,4", "nan,1,2,3", "1,2,3,4,5"] {
            assert!(boxes(bad, Crs::Crs84).is_err(), "{bad}");
        }
    }

    #[test]
    fn intervals_may_be_open() {
        let day = |text: &str| Day::from(text.parse::<Date>().unwrap());
        assert_eq!(days("2024-05-01").unwrap(), (Some(day("2024-05-01")), Some(day("2024-05-01"))));
        assert_eq!(days("../2024-05-01T10:00:00Z").unwrap(), (None, Some(day("2024-05-01"))));
        assert_eq!(days("2024-05-01/").unwrap(), (Some(day("2024-05-01")), None));
        for bad in ["", "..", "2024-02-30", "2024-05-02/2024-05-01", "yesterday"] {
            assert!(days(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_box_that_meets_only_the_box_of_a_feature_does_not_meet_it() {
        let triangle = Shape::Polygon(vec![vec![[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [0.0, 0.0]]]);
        assert!(!touches(&triangle, &[8.0, 8.0, 9.0, 9.0]));
        assert!(touches(&triangle, &[4.0, 4.0, 9.0, 9.0]));
        assert!(touches(&triangle, &[1.0, 1.0, 2.0, 2.0]));
    }

    #[test]
    fn scribbles_are_not_parsed() {
        assert!(nesting(&"(".repeat(10_000)) > DEEPEST);
        assert!(nesting(&"NOT ".repeat(10_000)) > DEEPEST);
        assert!(nesting("local_id = 'HA-1-2' AND (class = 'SHA' OR NOT class = 'CHA')") < DEEPEST);
    }
}
