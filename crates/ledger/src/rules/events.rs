//! Finds, accidents, casualties and attachments against the ground and against each other
//! (DQ-09, DQ-20, DQ-21, DQ-39, DQ-40, DQ-50).

use std::collections::BTreeMap;
use std::fmt::Display;

use geometry::Region;
use records::RecordKind;

use super::{Case, Item, distance_m, distance_to_edges_m, rings};
use crate::findings::Finding;
use crate::index::Land;
use crate::row::{View, release_counts};

pub(super) fn all(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let worked = worked_under(case);
    for find in case.of(RecordKind::DeviceFind) {
        outside(case, find, &worked, findings);
        deeper(case, find, findings);
    }
    devices_twice(case, findings);
    casualties(case, findings);
    accidents_twice(case, findings);
    case.of(RecordKind::Attachment).for_each(|attachment| elsewhere(case, attachment, findings));
}

/// Activities with ground by their task.
fn worked_under<'a>(case: &Case<'a>) -> BTreeMap<&'a str, Vec<Item<'a>>> {
    let mut worked: BTreeMap<&str, Vec<Item<'_>>> = BTreeMap::new();
    for activity in case.of(RecordKind::Activity).filter(|item| item.kept.land.region().is_some()) {
        if let Some(task) = activity.record.text("task") {
            worked.entry(task).or_default().push(activity);
        }
    }
    worked
}

/// A find beside the release it names, or beside all ground worked on under its task (DQ-20).
fn outside(case: &Case<'_>, find: Item<'_>, worked: &BTreeMap<&str, Vec<Item<'_>>>, findings: &mut Vec<Finding>) {
    let Some(at) = case.at(find.number) else { return };
    let release = find.record.text("release").and_then(|id| case.named(RecordKind::ReleaseProduct, id));
    let (what, grounds): (&str, Vec<Item<'_>>) = match (release, find.record.text("task")) {
        (Some(release), _) => ("release", vec![release]),
        (None, Some(task)) => ("activity", worked.get(task).cloned().unwrap_or_default()),
        (None, None) => return,
    };
    let metres = |item: &Item<'_>| {
        let region = item.kept.land.region()?;
        Some(if region.covers(at) { 0.0 } else { distance_to_edges_m(at, &rings(region)) })
    };
    let nearest = grounds.iter().filter_map(|item| Some((metres(item)?, item))).min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((distance, ground)) = nearest else { return };
    let accuracy = find.record.number("accuracy_m").unwrap_or_default() + uncertainty_m(case, *ground);
    if distance > accuracy {
        let id = &find.kept.local_id;
        let values: [(&str, &dyn Display); 5] = [
            ("id", id),
            ("distance", &format!("{distance:.1}")),
            ("what", &what),
            ("ground", &ground.kept.local_id),
            ("accuracy", &accuracy),
        ];
        findings.push(case.found("find_outside", id, None, &values));
    }
}

/// ε95 of the ground, as the state takes it.
fn uncertainty_m(case: &Case<'_>, ground: Item<'_>) -> f64 {
    match &ground.kept.land {
        Land::Release(plot, _) => case.state.parameters().uncertainty_m(plot.accuracy_m, plot.quality),
        _ => ground.record.number("accuracy_m").unwrap_or_default(),
    }
}

/// Deeper than the release that it names, or on whose cleared ground it lies, was cleared (DQ-21).
fn deeper(case: &Case<'_>, find: Item<'_>, findings: &mut Vec<Finding>) {
    let Some(depth) = find.record.number("depth_cm") else { return };
    let named = find.record.text("release").and_then(|id| case.named(RecordKind::ReleaseProduct, id));
    let release = named.or_else(|| cleared_at(case, find));
    let Some((release, cleared)) = release.and_then(|item| Some((item, item.record.number("depth_cm")?))) else {
        return;
    };
    if depth > cleared {
        let id = &find.kept.local_id;
        let values: [(&str, &dyn Display); 4] =
            [("id", id), ("depth", &depth), ("release", &release.kept.local_id), ("cleared", &cleared)];
        findings.push(case.found("find_deeper", id, None, &values));
    }
}

fn cleared_at<'a>(case: &Case<'a>, find: Item<'_>) -> Option<Item<'a>> {
    let at = case.at(find.number)?;
    let near = case.index.meeting([at[0], at[1], at[0], at[1]]);
    let covering = near.into_iter().filter(|&n| release_counts(case.index, n, View::Book, case.state.known_at()));
    let covering = covering.filter(|&n| case.index.record(n).land.region().is_some_and(|region| region.covers(at)));
    covering.filter_map(|n| case.item(n)).max_by_key(|item| (item.kept.day, item.kept.entry))
}

/// The same model and quantity on one day, at one place, for one piece of work (DQ-09).
fn devices_twice(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for find in case.of(RecordKind::DeviceFind) {
        let (Some(model), Some(quantity)) = (find.record.text("model"), find.record.number("quantity")) else {
            continue;
        };
        let at = case.at(find.number).map(|at| at.map(f64::to_bits));
        let of = |field: &str| find.record.text(field).unwrap_or_default();
        let work = (of("release"), of("task"), of("operator"), of("category"));
        let id: &str = &find.kept.local_id;
        if let Some(first) = seen.insert((find.kept.day, model, quantity.to_bits(), at, work), id) {
            let values: [(&str, &dyn Display); 4] =
                [("first", &first), ("id", &id), ("quantity", &quantity), ("model", &model)];
            findings.push(case.found("device_twice", id, None, &values));
        }
    }
}

/// The casualties listed are those that their accident counts, where any is listed (DQ-39).
fn casualties(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut listed: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    // Who was harmed through what happened to another is no casualty (DOMAIN §1.4).
    let direct = |item: &Item<'_>| item.record.text("harm") != Some("indirect");
    for casualty in case.of(RecordKind::Casualty).filter(direct) {
        if let (Some(accident), Some(outcome)) = (casualty.record.text("accident"), casualty.record.text("outcome")) {
            *listed.entry(accident).or_default().entry(outcome).or_default() += 1;
        }
    }
    for accident in case.of(RecordKind::Accident) {
        let id: &str = &accident.kept.local_id;
        let counts = ["n_killed", "n_injured", "n_unknown"].iter().filter_map(|field| accident.record.number(field));
        let counted: f64 = counts.sum();
        let n_listed: u64 = listed.get(id).map(|outcomes| outcomes.values().sum()).unwrap_or_default();
        if counted > n_listed as f64 {
            let values: [(&str, &dyn Display); 3] = [("id", &id), ("counted", &counted), ("listed", &n_listed)];
            findings.push(case.found("casualties_not_listed", id, None, &values));
        }
        let Some(listed) = listed.get(id) else { continue };
        for (outcome, field) in [("killed", "n_killed"), ("injured", "n_injured"), ("unknown", "n_unknown")] {
            let listed = listed.get(outcome).copied().unwrap_or_default();
            let Some(counted) = accident.record.number(field) else { continue };
            if counted != listed as f64 {
                let values: [(&str, &dyn Display); 4] =
                    [("id", &id), ("counted", &counted), ("outcome", &outcome), ("listed", &listed)];
                findings.push(case.found("casualties_differ", id, None, &values));
            }
        }
    }
}

/// Accidents within a day and some hundred metres by one device; casualties alike on one day (DQ-40).
fn accidents_twice(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let limit = case.rules().finding("accident_twice").threshold();
    let mut accidents: Vec<(Item<'_>, [f64; 2])> =
        case.of(RecordKind::Accident).filter_map(|item| Some((item, case.at(item.number)?))).collect();
    accidents.sort_by_key(|(item, _)| (item.kept.day, item.kept.entry));
    for (i, (second, at)) in accidents.iter().enumerate() {
        let before = accidents[..i].iter().rev().take_while(|(first, _)| second.kept.day.0 - first.kept.day.0 <= 1);
        for (first, there) in before {
            let distance = distance_m(*at, *there);
            if distance <= limit && first.record.text("category") == second.record.text("category") {
                let id = &second.kept.local_id;
                let values: [(&str, &dyn Display); 4] = [
                    ("first", &first.kept.local_id),
                    ("id", id),
                    ("distance", &format!("{distance:.0}")),
                    ("days", &(second.kept.day.0 - first.kept.day.0)),
                ];
                findings.push(case.found("accident_twice", id, None, &values));
            }
        }
    }
    persons_twice(case, findings);
}

/// Persons have no names: those alike in every class on one day may be one.
fn persons_twice(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for casualty in case.of(RecordKind::Casualty) {
        let classes = ["outcome", "sex", "age_band", "activity_then"].map(|field| casualty.record.text(field));
        let ([Some(_), Some(_), Some(_), Some(_)], Some(accident)) = (classes, casualty.record.text("accident")) else {
            continue;
        };
        let id: &str = &casualty.kept.local_id;
        match seen.insert((casualty.kept.day, classes), (id, accident)) {
            Some((first, other)) if other != accident => {
                let values: [(&str, &dyn Display); 4] =
                    [("first", &first), ("id", &id), ("accident", &other), ("other", &accident)];
                findings.push(case.found("person_twice", id, None, &values));
            }
            _ => {}
        }
    }
}

/// A photo far from the record it belongs to (DQ-50).
fn elsewhere(case: &Case<'_>, attachment: Item<'_>, findings: &mut Vec<Finding>) {
    let (Some(at), Some(about)) = (case.at(attachment.number), attachment.record.text("about_record")) else { return };
    let Some(record) = RecordKind::ALL.iter().find_map(|&kind| case.named(kind, about)) else { return };
    let distance = match (record.kept.land.region(), case.at(record.number)) {
        (Some(region), _) => distance_to_ground_m(at, region),
        (None, Some(there)) => distance_m(at, there),
        (None, None) => return,
    };
    let accuracy = record.record.number("accuracy_m").unwrap_or_default();
    let limit = accuracy + case.rules().finding("attachment_elsewhere").threshold();
    if distance > limit {
        let id = &attachment.kept.local_id;
        let values: [(&str, &dyn Display); 4] =
            [("id", id), ("distance", &format!("{distance:.0}")), ("about", &about), ("limit", &limit)];
        findings.push(case.found("attachment_elsewhere", id, None, &values));
    }
}

fn distance_to_ground_m(at: [f64; 2], region: &Region) -> f64 {
    if region.covers(at) { 0.0 } else { distance_to_edges_m(at, &rings(region)) }
}
