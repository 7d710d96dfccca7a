//! What one record says against itself: fields against the dictionary, dates against each other, words
//! against words, ground against its own figures (DOMAIN §3 LR-X2, X3, X8, X9 and §6).
//!
//! What a record says against others (duplicates, overlaps, hazards it names) is the ledger's to judge.
//! Severities and thresholds stand in the table of rules, not here.

use std::collections::BTreeMap;

use geometry::{ProblemKind, Reading, Shape};
use jiff::civil::Date;
use records::dictionary::{Dictionary, FieldType, Ground};
use records::published::Style;
use records::release::{unfit, with_article};
use records::{Issue, Record, RecordKind, Rules};
use serde_json::Value;

use crate::ring::{self, m2};
use crate::value;
use geodesy::crs::is_inside;

/// What a check must be told, since it reads no clock and knows no programme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Context<'a> {
    /// What is checked, and how grave it is.
    pub rules: &'a Rules,
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
/// let issues = check(&record, &Context { rules: records::Rules::shipped(), today: "2024-05-02".parse().unwrap(), home: None });
/// assert_eq!(issues[0].message, "an organisation needs name: its full name");
/// ```
pub fn check(record: &Record, context: &Context<'_>) -> Vec<Issue> {
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
pub(crate) fn judge(record: &Record, context: &Context<'_>) -> Vec<Issue> {
    let mut issues = Vec::new();
    required(record, &mut issues);
    days(record, context, &mut issues);
    issues.extend(unfit(record, context.rules));
    land(record, context.rules, &mut issues);
    boundary(record, context.rules, &mut issues);
    blanks(record, context.rules, &mut issues);
    personal(record, context.rules, &mut issues);
    currency(record, &mut issues);
    ground(record, context, &mut issues);
    issues
}

/// A finding that no programme can change.
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

/// No event after the day of recording, none after the day the record is about, ends after beginnings (DQ-18, DQ-19, LR-X5).
fn days(record: &Record, context: &Context<'_>, issues: &mut Vec<Issue>) {
    let rules = context.rules;
    let about = record.date_of_information;
    let (text, today) = (about.to_string(), context.today.to_string());
    if about > context.today {
        let finding = if record.kind == RecordKind::ReleaseProduct { "release_in_future" } else { "day_in_future" };
        issues.push(rules.finding(finding).issue(
            "date_of_information",
            &text,
            &[("field", "date_of_information"), ("today", &today)],
        ));
    } else {
        late(about, context, issues);
    }
    for field in Dictionary::shipped().fields(record.kind).filter(|field| field.holds == FieldType::Day) {
        let Some(day) = record.day(&field.name).filter(|_| !rules.days_ahead.contains(&field.name)) else { continue };
        if day > context.today {
            issues.push(rules.finding("day_in_future").issue(
                &field.name,
                &day.to_string(),
                &[("field", &field.name), ("today", &today)],
            ));
        } else if rules.events.contains(&field.name) && day > about && about <= context.today {
            issues.push(rules.finding("event_after_information").issue(
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
            issues.push(rules.finding("days_out_of_order").issue(last, &end.to_string(), &values));
        }
    }
}

fn late(about: Date, context: &Context<'_>, issues: &mut Vec<Issue>) {
    let finding = context.rules.finding("entered_late");
    let days = (context.today - about).get_days();
    if f64::from(days) > finding.threshold() {
        issues.push(finding.issue("date_of_information", &about.to_string(), &[("days", &days.to_string())]));
    }
}

/// What the words of one record say against each other.
fn land(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    if record.kind == RecordKind::HazardArea {
        evidence(record, rules, issues);
    }
    if record.kind == RecordKind::DeviceFind {
        items(record, rules, issues);
    }
    if record.kind == RecordKind::Claim
        && let Some(Err(why)) = records::claim::figure(record, Style::Unknown)
    {
        let value = record.fields.get("value").map(value::text_of).unwrap_or_default();
        let values = [("why", &*why.to_string()), ("how", why.hint())];
        issues.push(rules.finding("claim_unreadable").issue("value", &value, &values));
    }
    if record.text("activity") == Some("BAC") {
        let mines: Vec<&str> =
            record.list("eo").into_iter().filter(|eo| rules.mines.iter().any(|mine| mine == eo)).collect();
        if !mines.is_empty() {
            let values = [("mines", &*mines.join(", "))];
            issues.push(rules.finding("bac_with_mines").issue("activity", "BAC", &values));
        }
    }
}

fn evidence(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    let finding = match (record.text("class"), record.text("evidence")) {
        (Some("CHA"), Some("indirect")) => "confirmed_on_indirect",
        (Some("CHA"), None) => "confirmed_without_evidence",
        (Some("SHA"), Some("direct")) => "suspected_on_direct",
        _ => return,
    };
    issues.push(rules.finding(finding).issue("evidence", record.text("evidence").unwrap_or_default(), &[]));
}

/// Small-arms ammunition is no item of ordnance (DQ-38).
fn items(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    let (Some(category), Some(model)) = (record.text("category"), record.text("model")) else { return };
    let name = model.to_lowercase();
    if category != "SAA" && rules.small_arms.iter().any(|word| name.contains(word)) {
        let values = [("model", model), ("category", category)];
        issues.push(rules.finding("saa_as_items").issue("model", model, &values));
    }
}

/// Polygons and points that have ids, and the closing error of the traverse that gave them (DQ-04, DQ-06, DQ-30).
fn boundary(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    let list = |field: &str| record.fields.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    let id_of = |item: &Value| item.get("id").map(value::text_of).unwrap_or_default().trim().to_owned();
    let mut seen = BTreeMap::new();
    for (at, polygon) in list("polygons").iter().enumerate() {
        let id = id_of(polygon);
        if let Some(first) = seen.insert(id.clone(), at + 1).filter(|_| !id.is_empty()) {
            let values = [("first", &*first.to_string()), ("second", &(at + 1).to_string()), ("id", &id)];
            issues.push(rules.finding("polygon_id_twice").issue("polygons", &id, &values));
        }
    }
    let mut seen = BTreeMap::new();
    for (at, point) in list("points").iter().enumerate() {
        let polygon = point.get("polygon").map(value::text_of).unwrap_or_else(|| "1".to_owned());
        let id = id_of(point);
        let before = seen.insert((polygon.trim().to_owned(), id.clone()), at + 1);
        if let Some(first) = before.filter(|_| !id.is_empty()) {
            let values = [
                ("first", &*first.to_string()),
                ("second", &(at + 1).to_string()),
                ("polygon", polygon.trim()),
                ("id", &id),
            ];
            issues.push(rules.finding("point_id_twice").issue("points", &id, &values));
        }
    }
    if let (Some(misclosure), Some(shape)) = (record.number("misclosure_m"), &record.geometry) {
        traverse(misclosure, ring::perimeter_m(shape), rules, issues);
    }
}

/// GEO-6: more than 1 % of the perimeter and 2 m is an error, more than 0.2 % a warning.
fn traverse(misclosure: f64, perimeter: f64, rules: &Rules, issues: &mut Vec<Issue>) {
    const AT_LEAST_M: f64 = 2.0;
    if perimeter <= 0.0 {
        return;
    }
    let (open, loose) = (rules.finding("traverse_open"), rules.finding("traverse_loose"));
    let limit = (perimeter * open.threshold() / 100.0).max(AT_LEAST_M);
    let percent = misclosure / perimeter * 100.0;
    let (text, length) = (format!("{misclosure:.1}"), m2(perimeter));
    let values = [
        ("misclosure", &*text),
        ("perimeter", &length),
        ("limit", &format!("{limit:.1}")),
        ("percent", &format!("{percent:.1}")),
    ];
    if misclosure > limit {
        issues.push(open.issue("misclosure_m", &text, &values));
    } else if percent > loose.threshold() {
        issues.push(loose.issue("misclosure_m", &text, &values));
    }
}

/// Texts that probably stand for nothing (DQ-49).
fn blanks(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    for (name, given) in &record.fields {
        let texts: Vec<&str> = match given {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        for text in texts.into_iter().filter(|text| rules.blanks.contains(&text.trim().to_lowercase())) {
            issues.push(rules.finding("stands_for_nothing").issue(name, text, &[("text", text)]));
        }
    }
}

/// Texts that hold what belongs to a person (DQ-54). Only patterns that mean nothing else: a false alarm holds a record.
fn personal(record: &Record, rules: &Rules, issues: &mut Vec<Issue>) {
    for (name, given) in &record.fields {
        let Some(text) = given.as_str() else { continue };
        let lower = text.to_lowercase();
        let what = if has_mail_address(text) {
            "a mail address"
        } else if has_telephone_number(text) {
            "a telephone number"
        } else if let Some(word) = rules.personal_words.iter().find(|word| lower.contains(*word)) {
            word
        } else {
            continue;
        };
        // The text itself is not repeated: issues are kept and printed.
        issues.push(rules.finding("personal_data").issue(name, "", &[("what", what)]));
    }
}

/// Three capital letters: amounts are grouped by them and never added across.
fn currency(record: &Record, issues: &mut Vec<Issue>) {
    let is_code = |text: &&str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if let Some(text) = record.text("currency").filter(|text| !is_code(text)) {
        issues.push(issue("not_a_currency", "currency", text, &[]));
    }
}

fn has_mail_address(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "._-+".contains(c);
    text.match_indices('@').any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_part);
        let domain: String = text[at + 1..].chars().take_while(|&c| is_part(c)).collect();
        before && domain.trim_end_matches('.').contains('.')
    })
}

/// `+` and nine digits or more, with blanks, dots, brackets or dashes between them.
fn has_telephone_number(text: &str) -> bool {
    const DIGITS: usize = 9;
    text.match_indices('+').any(|(at, _)| {
        let number = text[at + 1..].chars().take_while(|c| c.is_ascii_digit() || " ()-.".contains(*c));
        number.filter(char::is_ascii_digit).count() >= DIGITS
    })
}

/// What the ground says against itself and against the figures beside it.
fn ground(record: &Record, context: &Context<'_>, issues: &mut Vec<Issue>) {
    let wanted = Dictionary::shipped().kind.get(&record.kind).map(|kind| kind.ground);
    let rules = context.rules;
    let Some(shape) = &record.geometry else { return };
    if wanted == Some(Ground::None) {
        let values = [("kind", record.kind.name())];
        issues.push(rules.finding("geometry_unexpected").issue("geometry", shape.type_name(), &values));
    }
    if wanted == Some(Ground::AreaRequired) && record.number("accuracy_m").is_none_or(|accuracy| accuracy == 0.0) {
        let text = record.fields.get("accuracy_m").map(value::text_of).unwrap_or_default();
        issues.push(rules.finding("accuracy_unknown").issue("accuracy_m", &text, &[]));
    }
    if ring::positions(shape, rules, issues) {
        place(shape, context, issues);
        area(record, shape, rules, issues);
    }
}

/// Null island, whole degrees, another country (DQ-27, DQ-28, GEO-11).
fn place(shape: &Shape, context: &Context<'_>, issues: &mut Vec<Issue>) {
    let Some([west, south, east, north]) = shape.bounds() else { return };
    let [lon, lat] = [(west + east) / 2.0, (south + north) / 2.0];
    let text = format!("{lon:.4} {lat:.4}");
    let rules = context.rules;
    let null_island = rules.finding("null_island");
    if lon.abs() < null_island.threshold() && lat.abs() < null_island.threshold() {
        issues.push(null_island.issue("geometry", &text, &[]));
    } else if is_in_whole_degrees(shape) {
        issues.push(rules.finding("whole_degrees").issue("geometry", &text, &[]));
    }
    let Some(home) = context.home else { return };
    let far = rules.finding("outside_home");
    if is_inside(home, [lon, lat], far.threshold()) {
        return;
    }
    let is_swapped = is_inside(home, [lat, lon], far.threshold());
    let finding = if is_swapped { rules.finding("axes_swapped") } else { far };
    let offset = format!("{:.0}", geodesy::grid::inverse([lon, lat], [lat, lon]).1);
    let values = [("lon", &*format!("{lon:.4}")), ("lat", &format!("{lat:.4}")), ("offset", &offset)];
    issues.push(finding.issue("geometry", &text, &values));
}

fn is_in_whole_degrees(shape: &Shape) -> bool {
    let mut all = true;
    shape.for_each_position(&mut |[lon, lat]| all &= lon.fract() == 0.0 && lat.fract() == 0.0);
    all
}

/// The ground as rings: what is wrong with them, and whether their area is the reported one (DQ-01 … DQ-17, DQ-33).
fn area(record: &Record, shape: &Shape, rules: &Rules, issues: &mut Vec<Issue>) {
    ring::legs(shape, rules, issues);
    ring::free_points(shape, rules, issues);
    if !shape.is_areal() {
        return;
    }
    let reading = if record.kind == RecordKind::ReleaseProduct { Reading::Smallest } else { Reading::Largest };
    let read = geometry::read::read(shape, reading);
    ring::problems(shape, &read, rules, issues);
    if read.problems.iter().any(|problem| problem.kind.is_fatal() || problem.kind == ProblemKind::TooFewVertices) {
        return;
    }
    if record.kind == RecordKind::ReleaseProduct {
        ring::holes(shape, rules, issues);
    }
    if let Some(reported) = record.number("reported_area_m2") {
        let accuracy = record.number("accuracy_m").filter(|metres| *metres > 0.0);
        let sigma = || accuracy.map_or(0.0, |metres| geometry::area::sigma_m2(shape, metres));
        reported_area(reported, read.region.area().m2(), sigma, rules, issues);
    }
}

/// Reported and computed area, and whether a slip of the unit explains the difference (DQ-17). Twice σ of the area is
/// what the accuracy of the boundary explains (GEO-13).
fn reported_area(reported: f64, computed: f64, sigma_m2: impl Fn() -> f64, rules: &Rules, issues: &mut Vec<Issue>) {
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
    } else if difference > small.threshold() && (reported - computed).abs() > 2.0 * sigma_m2() {
        issues.push(small.issue("reported_area_m2", &text, &values));
    }
}
