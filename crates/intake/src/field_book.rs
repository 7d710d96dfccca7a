//! Ground that a row gives as a traverse: the sheet of legs stands in the property `traverse`, as JSON or as its text,
//! and the row has no other ground (GEO-1 to GEO-7).
//!
//! The raw ring becomes the geometry. The sheet stays with the record as it was entered, with the declination, the
//! closure and the accuracy that came of it. A sheet that does not close holds its row.

use geodesy::traverse::{Finding, Sheet, Traverse};
use records::{Issue, Severity};
use serde_json::{Map, Value, json};

use crate::ground::Grounded;
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
        Err(findings) => grounded.issues.extend(findings.iter().map(issue)),
        Ok(traverse) => {
            grounded.issues.extend(traverse.findings.iter().map(issue));
            grounded.shape = traverse.shape();
            if grounded.shape.is_none() {
                grounded.issues.push(no_ring(&traverse));
            }
            let is_silent = properties.get("accuracy_m").is_none_or(is_nothing);
            if let Some(metres) = traverse.accuracy_m.filter(|_| is_silent) {
                properties.insert("accuracy_m".to_owned(), json!(metres));
            }
            grounded.as_entered.extend(kept(&traverse));
        }
    }
    grounded
}

fn kept(traverse: &Traverse) -> Map<String, Value> {
    let values = [
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

fn issue(finding: &Finding) -> Issue {
    let severity = match finding.severity {
        'E' => Severity::Error,
        'W' => Severity::Warning,
        _ => Severity::Information,
    };
    let at = match finding.leg {
        Some(0) => "closing leg, ".to_owned(),
        Some(leg) => format!("leg {leg}, "),
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
    }
}
