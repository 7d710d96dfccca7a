//! Whether one record can state hazard or release at all (DOMAIN §3: LR-X2, LR-X3, LR-X8, LR-X9).
//!
//! Intake tells it to whoever sent the record; the ledger refuses by it, whoever asks. It is written once, here.

use crate::dictionary::{Dictionary, Ground};
use crate::issue::Issue;
use crate::record::Record;
use crate::rules::Rules;
use crate::{RecordKind, Severity};

/// Why this record cannot state what it states, in the order of the rules; all of them are errors.
///
/// ```
/// # let mut record = records::Record {
/// #     kind: records::RecordKind::ReleaseProduct, local_id: "LR-1".into(), date_of_information: "2024-05-01".parse().unwrap(),
/// #     supersedes: None, sources: vec![], fields: Default::default(), geometry: None, as_entered: Default::default() };
/// record.fields.insert("class".into(), "CANCELLED".into());
/// let issues = records::release::unfit(&record, records::Rules::shipped());
/// assert_eq!(issues[0].rule, "LR-X8");
/// ```
pub fn unfit(record: &Record, rules: &Rules) -> Vec<Issue> {
    let mut issues = Vec::new();
    if record.kind == RecordKind::ReleaseProduct {
        release(record, rules, &mut issues);
    }
    let has_area = record.geometry.as_ref().is_some_and(geometry::Shape::is_areal);
    if !has_area && Dictionary::shipped().kind.get(&record.kind).is_some_and(|kind| kind.ground == Ground::AreaRequired)
    {
        let given = record.geometry.as_ref().map(geometry::Shape::type_name);
        issues.push(without_ground(record.kind, given, rules));
    }
    debug_assert!(issues.iter().all(|issue| issue.severity == Severity::Error), "they are fixed in the table");
    issues
}

/// A figure without a boundary changes no land (LR-X8).
pub fn without_ground(kind: RecordKind, given: Option<&str>, rules: &Rules) -> Issue {
    let text = given.map_or("nothing".to_owned(), |given| format!("a {given}"));
    let values = [("kind", &*with_article(kind.name())), ("given", &text)];
    rules.finding("area_without_polygon").issue("geometry", given.unwrap_or_default(), &values)
}

/// `a release_product`, `an accident`.
pub fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn release(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    let Some(class) = record.text("class") else { return };
    if class == "CLEARED" {
        if record.number("depth_cm").is_none_or(|depth| depth <= 0.0) {
            issues.push(rules.finding("release_without_depth").issue("depth_cm", "", &[]));
        }
        if record.list("eo").is_empty() {
            issues.push(rules.finding("release_without_eo").issue("eo", "", &[]));
        }
        only_prepared(record, rules, issues);
    }
    if let (Some(activity), Some(allowed)) = (record.text("activity"), rules.releasing_activities.get(class)) {
        // Preparation alone has a finding of its own.
        let is_told = class == "CLEARED" && activity == "MECH_PREP";
        if !allowed.iter().any(|known| known == activity) && !is_told {
            let finding = match class {
                "CLEARED" => "cleared_by_other_activity",
                "REDUCED" => "reduced_by_other_activity",
                _ => "cancelled_by_other_activity",
            };
            let values = [("class", class), ("activity", activity), ("allowed", &*allowed.join(" or "))];
            issues.push(rules.finding(finding).issue("activity", activity, &values));
        }
    }
}

/// Mechanical ground preparation alone clears nothing (LR-X9).
fn only_prepared(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    let methods = record.list("methods");
    let is_preparing = |method: &&str| rules.preparing_methods.contains(&method.to_lowercase());
    let by_methods = !methods.is_empty() && methods.iter().all(is_preparing);
    if by_methods || record.text("activity") == Some("MECH_PREP") {
        let field = if by_methods { "methods" } else { "activity" };
        let text = if by_methods { methods.join(", ") } else { "MECH_PREP".to_owned() };
        issues.push(rules.finding("cleared_by_preparation").issue(field, &text, &[("methods", &text)]));
    }
}
