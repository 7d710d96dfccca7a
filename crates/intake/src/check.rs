//! What one record says against itself: fields against the dictionary, dates against each other, words
//! against words, ground against its own figures (DOMAIN §3 LR-X2, X3, X8, X9 and §6).
//!
//! What a record says against others (duplicates, overlaps, hazards it names) is the ledger's to judge.
//! Severities and thresholds stand in the table of rules, not here.

use geometry::{ProblemKind, Reading, Shape};
use jiff::civil::Date;
use records::dictionary::{Dictionary, FieldType, Ground};
use records::{Issue, Record, RecordKind, Rules};
use serde_json::Value;

use crate::ring::{self, m2};
use crate::value;
use geodesy::crs::is_inside;

/// What a check must be told, since it reads no clock and knows no programme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Context {
    /// The day of recording.
    pub today: Date,
    /// Where the programme works: west, south, east, north.
    pub home: Option<[f64; 4]>,
}

/// Everything that one record says against itself. File, row and local id of the issues are left to the caller.
///
/// ```
/// # use intake::check::{Context, check};
/// # let record = records::Record {
/// #     kind: records::RecordKind::Organisation, local_id: "OP-1".into(), date_of_information: "2024-05-01".parse().unwrap(),
/// #     supersedes: None, sources: vec![], fields: Default::default(), geometry: None, as_entered: Default::default() };
/// let issues = check(&record, &Context { today: "2024-05-02".parse().unwrap(), home: None });
/// assert_eq!(issues[0].message, "an organisation needs name: its full name");
/// ```
pub fn check(record: &Record, context: &Context) -> Vec<Issue> {
    let mut issues = fields(record);
    issues.extend(judge(record, context));
    issues
}

/// Fields against the dictionary.
fn fields(record: &Record) -> Vec<Issue> {
    let dictionary = Dictionary::shipped();
    let reading = value::Reading::default();
    let of_field = |(name, given): (&String, &Value)| match dictionary.field(record.kind, name) {
        Some(field) => value::read(field, given, &reading).err().map(|issue| *issue),
        None if name == "other" => None,
        None => Some(unknown_property(record.kind, name, given)),
    };
    record.fields.iter().filter_map(of_field).collect()
}

/// A property that no field has, with the field that was probably meant.
pub(crate) fn unknown_property(kind: RecordKind, name: &str, given: &Value) -> Issue {
    let words: Vec<&str> = Dictionary::shipped().fields(kind).map(|field| field.name.as_str()).collect();
    let text = crate::limits::shorten(&value::text_of(given));
    match value::probably_meant(name, &words) {
        Some(meant) => {
            issue("property_misspelt", name, &text, &[("name", name), ("kind", kind.name()), ("meant", meant)])
        }
        None => issue("property_unknown", name, &text, &[("name", name), ("kind", kind.name())]),
    }
}

/// All that follows once the fields are of the right types.
pub(crate) fn judge(record: &Record, context: &Context) -> Vec<Issue> {
    let mut issues = Vec::new();
    required(record, &mut issues);
    days(record, context, &mut issues);
    land(record, &mut issues);
    ground(record, context, &mut issues);
    issues
}

fn issue(finding: &str, field: &str, value: &str, values: &[(&str, &str)]) -> Issue {
    Rules::shipped().finding(finding).issue(field, value, values)
}

fn required(record: &Record, issues: &mut Vec<Issue>) {
    for field in Dictionary::shipped().fields(record.kind).filter(|field| field.required) {
        if record.fields.get(&field.name).is_none_or(value::is_nothing) {
            let kind = with_article(record.kind.name());
            issues.push(issue(
                "field_missing",
                &field.name,
                "",
                &[("kind", &kind), ("field", &field.name), ("about", &field.about)],
            ));
        }
    }
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// No event after the day of recording, none after the day the record is about, ends after beginnings (DQ-18, DQ-19, LR-X5).
fn days(record: &Record, context: &Context, issues: &mut Vec<Issue>) {
    let about = record.date_of_information;
    let (text, today) = (about.to_string(), context.today.to_string());
    if about > context.today {
        let finding = if record.kind == RecordKind::ReleaseProduct { "release_in_future" } else { "day_in_future" };
        issues.push(issue(
            finding,
            "date_of_information",
            &text,
            &[("field", "date_of_information"), ("today", &today)],
        ));
    } else {
        late(about, context.today, issues);
    }
    let rules = Rules::shipped();
    for field in Dictionary::shipped().fields(record.kind).filter(|field| field.holds == FieldType::Day) {
        let Some(day) = record.day(&field.name).filter(|_| !rules.days_ahead.contains(&field.name)) else { continue };
        if day > context.today {
            issues.push(issue(
                "day_in_future",
                &field.name,
                &day.to_string(),
                &[("field", &field.name), ("today", &today)],
            ));
        } else if rules.events.contains(&field.name) && day > about && about <= context.today {
            issues.push(issue(
                "event_after_information",
                &field.name,
                &day.to_string(),
                &[("field", &field.name), ("day", &text)],
            ));
        }
    }
    for (first, last) in [("started_on", "completed_on"), ("planned_start", "planned_end"), ("valid_from", "valid_to")]
    {
        if let (Some(start), Some(end)) = (record.day(first), record.day(last))
            && start > end
        {
            let values = [("first", first), ("last", last), ("start", &*start.to_string()), ("end", &end.to_string())];
            issues.push(issue("days_out_of_order", last, &end.to_string(), &values));
        }
    }
}

fn late(about: Date, today: Date, issues: &mut Vec<Issue>) {
    let finding = Rules::shipped().finding("entered_late");
    let days = (today - about).get_days();
    if f64::from(days) > finding.threshold() {
        issues.push(finding.issue("date_of_information", &about.to_string(), &[("days", &days.to_string())]));
    }
}

/// What the words of one record say against each other.
fn land(record: &Record, issues: &mut Vec<Issue>) {
    match record.kind {
        RecordKind::ReleaseProduct => release(record, issues),
        RecordKind::HazardArea => evidence(record, issues),
        _ => {}
    }
    if record.text("activity") == Some("BAC") {
        let mines: Vec<&str> =
            record.list("eo").into_iter().filter(|eo| Rules::shipped().mines.iter().any(|mine| mine == eo)).collect();
        if !mines.is_empty() {
            issues.push(issue("bac_with_mines", "activity", "BAC", &[("mines", &mines.join(", "))]));
        }
    }
}

fn release(record: &Record, issues: &mut Vec<Issue>) {
    let Some(class) = record.text("class") else { return };
    if class == "CLEARED" {
        if record.number("depth_cm").is_none() {
            issues.push(issue("release_without_depth", "depth_cm", "", &[]));
        }
        if record.list("eo").is_empty() {
            issues.push(issue("release_without_eo", "eo", "", &[]));
        }
        only_prepared(record, issues);
    }
    let rules = Rules::shipped();
    if let (Some(activity), Some(allowed)) = (record.text("activity"), rules.releasing_activities.get(class)) {
        // Preparation alone has a finding of its own.
        if !allowed.iter().any(|known| known == activity) && activity != "MECH_PREP" {
            let finding = match class {
                "CLEARED" => "cleared_by_other_activity",
                "REDUCED" => "reduced_by_other_activity",
                _ => "cancelled_by_other_activity",
            };
            let values = [("class", class), ("activity", activity), ("allowed", &*allowed.join(" or "))];
            issues.push(issue(finding, "activity", activity, &values));
        }
    }
}

/// Mechanical ground preparation alone clears nothing (LR-X9).
fn only_prepared(record: &Record, issues: &mut Vec<Issue>) {
    let rules = Rules::shipped();
    let methods = record.list("methods");
    let is_preparing = |method: &&str| rules.preparing_methods.contains(&method.to_lowercase());
    let by_methods = !methods.is_empty() && methods.iter().all(is_preparing);
    let by_activity = record.text("activity") == Some("MECH_PREP") && (methods.is_empty() || by_methods);
    if by_methods || by_activity {
        let field = if by_methods { "methods" } else { "activity" };
        let text = if by_methods { methods.join(", ") } else { "MECH_PREP".to_owned() };
        issues.push(issue("cleared_by_preparation", field, &text, &[("methods", &text)]));
    }
}

fn evidence(record: &Record, issues: &mut Vec<Issue>) {
    let finding = match (record.text("class"), record.text("evidence")) {
        (Some("CHA"), Some("indirect")) => "confirmed_on_indirect",
        (Some("CHA"), None) => "confirmed_without_evidence",
        (Some("SHA"), Some("direct")) => "suspected_on_direct",
        _ => return,
    };
    issues.push(issue(finding, "evidence", record.text("evidence").unwrap_or_default(), &[]));
}

/// What the ground says against itself and against the figures beside it.
fn ground(record: &Record, context: &Context, issues: &mut Vec<Issue>) {
    let wanted = Dictionary::shipped().kind.get(&record.kind).map(|kind| kind.ground);
    let Some(shape) = &record.geometry else {
        if wanted == Some(Ground::AreaRequired) {
            let kind = with_article(record.kind.name());
            issues.push(issue("area_without_polygon", "geometry", "", &[("kind", &kind), ("given", "nothing")]));
        }
        return;
    };
    if wanted == Some(Ground::AreaRequired) && !shape.is_areal() {
        let kind = with_article(record.kind.name());
        let given = format!("a {}", shape.type_name());
        issues.push(issue(
            "area_without_polygon",
            "geometry",
            shape.type_name(),
            &[("kind", &kind), ("given", &given)],
        ));
    }
    if wanted == Some(Ground::None) {
        issues.push(issue("geometry_unexpected", "geometry", shape.type_name(), &[("kind", record.kind.name())]));
    }
    if wanted == Some(Ground::AreaRequired) && record.number("accuracy_m").is_none_or(|accuracy| accuracy == 0.0) {
        let text = record.fields.get("accuracy_m").map(value::text_of).unwrap_or_default();
        issues.push(issue("accuracy_unknown", "accuracy_m", &text, &[]));
    }
    if ring::positions(shape, issues) {
        place(shape, context, issues);
        area(record, shape, issues);
    }
}

/// Null island, whole degrees, another country (DQ-27, DQ-28, GEO-11).
fn place(shape: &Shape, context: &Context, issues: &mut Vec<Issue>) {
    let Some([west, south, east, north]) = shape.bounds() else { return };
    let [lon, lat] = [(west + east) / 2.0, (south + north) / 2.0];
    let text = format!("{lon:.4} {lat:.4}");
    let null_island = Rules::shipped().finding("null_island");
    if lon.abs() < null_island.threshold() && lat.abs() < null_island.threshold() {
        issues.push(null_island.issue("geometry", &text, &[]));
    } else if is_in_whole_degrees(shape) {
        issues.push(issue("whole_degrees", "geometry", &text, &[]));
    }
    let Some(home) = context.home else { return };
    let far = Rules::shipped().finding("outside_home");
    if is_inside(home, [lon, lat], far.threshold()) {
        return;
    }
    let is_swapped = is_inside(home, [lat, lon], far.threshold());
    let finding = if is_swapped { Rules::shipped().finding("axes_swapped") } else { far };
    issues.push(finding.issue("geometry", &text, &[("lon", &format!("{lon:.4}")), ("lat", &format!("{lat:.4}"))]));
}

fn is_in_whole_degrees(shape: &Shape) -> bool {
    let mut all = true;
    shape.for_each_position(&mut |[lon, lat]| all &= lon.fract() == 0.0 && lat.fract() == 0.0);
    all
}

/// The ground as rings: what is wrong with them, and whether their area is the reported one (DQ-01 … DQ-17, DQ-33).
fn area(record: &Record, shape: &Shape, issues: &mut Vec<Issue>) {
    ring::legs(shape, issues);
    if !shape.is_areal() {
        return;
    }
    let reading = if record.kind == RecordKind::ReleaseProduct { Reading::Smallest } else { Reading::Largest };
    let read = geometry::read::read(shape, reading);
    ring::problems(shape, &read, issues);
    if read.problems.iter().any(|problem| problem.kind.is_fatal() || problem.kind == ProblemKind::TooFewVertices) {
        return;
    }
    if record.kind == RecordKind::ReleaseProduct {
        ring::holes(shape, issues);
    }
    if let Some(reported) = record.number("reported_area_m2") {
        reported_area(reported, read.region.area().m2(), issues);
    }
}

/// Reported and computed area, and whether a slip of the unit explains the difference (DQ-17).
fn reported_area(reported: f64, computed: f64, issues: &mut Vec<Issue>) {
    let rules = Rules::shipped();
    let (slip, large, small) =
        (rules.finding("area_unit_slip"), rules.finding("area_differs_much"), rules.finding("area_differs"));
    if computed <= 0.0 {
        return;
    }
    let (text, difference) = (value::text_of(&Value::from(reported)), (reported - computed).abs() / computed * 100.0);
    let percent = format!("{difference:.1}");
    let values = [("reported", m2(reported)), ("computed", m2(computed)), ("percent", percent)];
    let mut values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let near = |ratio: f64| ((reported / computed / ratio) - 1.0).abs() * 100.0 <= slip.threshold();
    let explained = rules.unit_slips.iter().find(|(ratio, _)| ratio.parse::<f64>().is_ok_and(&near));
    if let Some((ratio, looks_like)) = explained {
        values.extend([("ratio", ratio.as_str()), ("looks_like", looks_like.as_str())]);
        issues.push(slip.issue("reported_area_m2", &text, &values));
    } else if difference > large.threshold() {
        issues.push(large.issue("reported_area_m2", &text, &values));
    } else if difference > small.threshold() {
        issues.push(small.issue("reported_area_m2", &text, &values));
    }
}
