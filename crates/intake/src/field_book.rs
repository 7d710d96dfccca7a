//! Ground that a row gives as a traverse: the sheet of legs stands in the property `traverse`, as JSON or as its text,
//! and the row has no other ground (GEO-1 to GEO-7).
//!
//! The raw ring becomes the geometry, or Bowditch's where the sheet says so. The sheet stays with the record as it was entered, with the declination, the
//! points raw and adjusted, the closure and the accuracy that came of it. A sheet that does not close holds its row.

use geodesy::traverse::{Finding, Point, Sheet, Traverse, Verdict};
use geometry::Shape;
use records::{Issue, Rules, Severity};
use serde_json::{Map, Value, json};

use crate::ground::{Grounded, up_to_cm};
use crate::row::{Ground, Row};
use crate::value::{is_nothing, text_of};

/// Name of the property.
const PROPERTY: &str = "traverse";

/// Take the sheet of a row out of its properties, if it is the row's ground.
pub(crate) fn take(properties: &mut Map<String, Value>, row: &Row) -> Option<Value> {
    let is_wanted = matches!(row.ground, Ground::Absent) && properties.get(PROPERTY).is_some_and(|v| !is_nothing(v));
    if is_wanted { properties.remove(PROPERTY) } else { None }
}

/// The ground of a sheet, and the ε at 95 % that its method has where the row states none.
pub(crate) fn ground(sheet: &Value, properties: &mut Map<String, Value>) -> Grounded {
    let mut grounded = Grounded::default();
    grounded.as_entered.insert(PROPERTY.to_owned(), sheet.clone());
    match Sheet::parse(&text_of(sheet)).and_then(|sheet| sheet.compute()) {
        Err(findings) => grounded.issues.extend(findings.iter().map(|finding| issue(finding, sheet))),
        Ok(traverse) => {
            grounded.issues.extend(traverse.findings.iter().map(|finding| issue(finding, sheet)));
            grounded.shape = chosen(sheet, &traverse, &mut grounded.issues);
            if grounded.shape.is_none() {
                grounded.issues.push(no_ring(&traverse));
            }
            let is_silent =
                |name: &str| properties.get(name).is_none_or(|given| is_nothing(given) || text_of(given).trim() == "0");
            let (no_accuracy, no_quality) = (is_silent("accuracy_m"), is_silent("geometry_quality"));
            if let Some(metres) = traverse.accuracy_m.filter(|_| no_accuracy) {
                properties.insert("accuracy_m".to_owned(), json!(up_to_cm(metres)));
            }
            if let Some(quality) = traverse.quality.filter(|_| no_quality) {
                properties.insert("geometry_quality".to_owned(), json!(quality));
            }
            grounded.as_entered.extend(kept(&traverse));
        }
    }
    grounded
}

/// The raw ring, or the adjusted one where the sheet asks for it (GEO-6: offered, never silent).
fn chosen(sheet: &Value, traverse: &Traverse, issues: &mut Vec<Issue>) -> Option<Shape> {
    let wanted = sheet.get("ring").map(text_of).unwrap_or_default();
    if traverse.verdict == Verdict::Unchecked {
        issues.push(Rules::shipped().finding("traverse_unchecked").issue(PROPERTY, "", &[]));
    }
    let misclosure = traverse.misclosure_m.map(|metres| format!("{metres:.2}")).unwrap_or_default();
    let mut say = |severity, message: &str, hint: &str| issues.push(of("GEO-6", severity, &wanted, message, hint));
    match (wanted.trim(), traverse.adjusted.is_empty()) {
        ("" | "raw", true) => traverse.shape(),
        ("" | "raw", false) => {
            let message = format!(
                "the legs miss their start by {misclosure} m; the ground is as measured, Bowditch's adjustment is kept beside it"
            );
            say(Severity::Information, &message, "to take the adjusted ring, give ring = adjusted");
            traverse.shape()
        }
        ("adjusted", false) => {
            let message = format!(
                "the ground is Bowditch's adjustment of a misclosure of {misclosure} m; the raw points are kept beside it"
            );
            say(Severity::Information, &message, "");
            traverse.adjusted_shape()
        }
        ("adjusted", true) => {
            say(
                Severity::Error,
                "the adjusted ring is asked for, and there is no closing leg to adjust by",
                "give the closing leg, or ring = raw",
            );
            traverse.shape()
        }
        _ => {
            say(Severity::Error, "this is no ring of a traverse", "say raw or adjusted");
            traverse.shape()
        }
    }
}

fn kept(traverse: &Traverse) -> Map<String, Value> {
    let points = |points: &[Point]| if points.is_empty() { Value::Null } else { json!(points) };
    let values = [
        ("points", points(&traverse.points)),
        ("adjusted", points(&traverse.adjusted)),
        ("adjusted_area_m2", json!(traverse.adjusted_area_m2)),
        ("area_sigma_m2", json!(traverse.area_sigma_m2)),
        ("crs", json!("EPSG:4326")),
        ("operation", json!(traverse.operation)),
        ("declination_deg", json!(traverse.declination_deg)),
        ("declination_source", json!(traverse.declination_source)),
        ("convergence_deg", json!(traverse.convergence_deg)),
        ("misclosure_m", json!(traverse.misclosure_m)),
        ("verdict", json!(traverse.verdict)),
        ("accuracy_m", json!(traverse.accuracy_m)),
    ];
    values.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn no_ring(traverse: &Traverse) -> Issue {
    let n = traverse.points.len().to_string();
    of(
        "DQ-02",
        Severity::Error,
        &n,
        "the traverse has fewer than three points of a ring",
        "a polygon has three or more corners",
    )
}

/// A finding of the sheet. Legs of a table are named by their rows too.
fn issue(finding: &Finding, sheet: &Value) -> Issue {
    let severity = match finding.severity {
        'E' => Severity::Error,
        'W' => Severity::Warning,
        _ => Severity::Information,
    };
    let at = match finding.leg {
        Some(0) => "closing leg, ".to_owned(),
        Some(leg) => match sheet["legs"][leg - 1].get("row") {
            Some(row) => format!("leg {leg} (row {row}), "),
            None => format!("leg {leg}, "),
        },
        None => String::new(),
    };
    of(finding.rule, severity, &finding.value, &format!("{at}{}: {}", finding.field, finding.message), &finding.hint)
}

fn of(rule: &str, severity: Severity, value: &str, message: &str, hint: &str) -> Issue {
    Issue {
        rule: rule.to_owned(),
        severity,
        file: String::new(),
        row: 0,
        local_id: String::new(),
        field: PROPERTY.to_owned(),
        value: crate::limits::shorten(value),
        message: message.to_owned(),
        hint: hint.to_owned(),
        fixed: false,
    }
}
