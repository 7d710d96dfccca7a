//! Releases and activities against tasks, accreditations, teams, inspections and certificates
//! (DQ-16, DQ-18, DQ-25, DQ-26, DQ-36, DQ-37, DQ-53, LR-X6).

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::civil::Date;
use records::land::QualityControl;
use records::{Record, RecordKind};

use super::{Case, Item};
use crate::findings::{Finding, m2};
use crate::index::Land;

pub(super) fn all(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let reported: BTreeSet<&str> =
        case.of(RecordKind::CompletionReport).filter_map(|report| report.record.text("release")).collect();
    let mut n_releases = 0;
    for item in case.of(RecordKind::ReleaseProduct) {
        n_releases += 1;
        links(case, item, &reported, findings);
        method(case, item, findings);
        of_record(case, item.record, findings);
        steps(case, item.record, findings);
        productivity(case, item, findings);
    }
    for item in case.of(RecordKind::Activity) {
        of_record(case, item.record, findings);
        steps(case, item.record, findings);
        productivity(case, item, findings);
    }
    if n_releases > 0 && case.of(RecordKind::Accreditation).next().is_none() {
        findings.push(case.found("accreditations_unknown", "", None, &[("n", &n_releases)]));
    }
    case.of(RecordKind::QaVisit).for_each(|visit| inspected_in_order(case, visit, findings));
    case.of(RecordKind::HandoverCertificate).for_each(|certificate| handover(case, certificate, findings));
}

/// What one release or activity says against the records it names.
pub(super) fn of_record(case: &Case<'_>, record: &Record, findings: &mut Vec<Finding>) {
    if !matches!(record.kind, RecordKind::ReleaseProduct | RecordKind::Activity) {
        return;
    }
    accredited(case, record, findings);
    team(case, record, findings);
    bac(case, record, findings);
    let task = record.text("task").and_then(|task| case.named(RecordKind::TaskOrder, task));
    if let Some(task) = task {
        tasked(case, record, task, findings);
    }
}

/// DQ-18 for work that comes after its hazard was identified. A survey is what identifies it.
fn steps(case: &Case<'_>, record: &Record, findings: &mut Vec<Finding>) {
    let task = record.text("task").and_then(|task| case.named(RecordKind::TaskOrder, task));
    let identifies = record.kind == RecordKind::Activity && !matches!(record.text("activity"), Some("CLR" | "BAC"));
    let hazards = record
        .text("hazard")
        .filter(|_| !identifies)
        .map(|hazard| case.index.with_local_id(RecordKind::HazardArea, hazard));
    let identified = hazards.unwrap_or_default().iter().map(|&n| case.index.record(case.index.root(n)).day).min();
    let steps = [
        ("the identification of its hazard", identified.map(crate::Day::date)),
        ("the issue of its task", task.and_then(|task| task.record.day("issued_on"))),
        ("its start", record.day("started_on")),
        ("its end", record.day("completed_on")),
        ("its report", Some(record.date_of_information)),
    ];
    in_order(case, &record.local_id, &steps, findings);
}

/// Every step lies on or after the one before it (DQ-18). Start and end of one record are judged when it is read.
fn in_order(case: &Case<'_>, id: &str, steps: &[(&str, Option<Date>)], findings: &mut Vec<Finding>) {
    let known: Vec<(&str, Date)> = steps.iter().filter_map(|&(name, day)| Some((name, day?))).collect();
    for pair in known.windows(2) {
        let ((first, start), (last, end)) = (pair[0], pair[1]);
        let is_own = |name: &str| matches!(name, "its start" | "its end" | "its report");
        if start > end && !(is_own(first) && is_own(last)) {
            let values: [(&str, &dyn Display); 5] =
                [("first", &first), ("id", &id), ("start", &start), ("last", &last), ("end", &end)];
            findings.push(case.found("steps_out_of_order", id, None, &values));
        }
    }
}

fn links(case: &Case<'_>, item: Item<'_>, reported: &BTreeSet<&str>, findings: &mut Vec<Finding>) {
    let id: &str = &item.kept.local_id;
    let of_field = ["hazard", "task", "activity", "operator"].map(|name| (name, item.record.text(name).is_some()));
    let links = of_field.into_iter().chain([("completion report", reported.contains(id))]);
    let missing: Vec<&str> = links.filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect();
    if missing.len() == 5 {
        findings.push(case.found("release_unlinked", id, None, &[("id", &id)]));
    } else if !missing.is_empty() {
        let values: [(&str, &dyn Display); 2] = [("id", &id), ("missing", &missing.join(", "))];
        findings.push(case.found("release_links_missing", id, None, &values));
    }
}

fn method(case: &Case<'_>, item: Item<'_>, findings: &mut Vec<Finding>) {
    if item.record.text("class") == Some("CLEARED") && item.record.list("methods").is_empty() {
        let id = &item.kept.local_id;
        findings.push(case.found("cleared_without_method", id, None, &[("id", id)]));
    }
}

/// The day of the work: its end, or what the record is about.
fn worked_on(record: &Record) -> Date {
    record.day("completed_on").unwrap_or(record.date_of_information)
}

/// LR-X6, DQ-37: accredited for the activity on the day. Where no accreditation is recorded there is nothing to compare.
fn accredited(case: &Case<'_>, record: &Record, findings: &mut Vec<Finding>) {
    let (Some(operator), Some(activity)) = (record.text("operator"), record.text("activity")) else { return };
    let day = worked_on(record);
    let mut any = false;
    for accreditation in case.of(RecordKind::Accreditation).map(|item| item.record) {
        any = true;
        let holds = accreditation.day("valid_from").is_none_or(|from| from <= day)
            && accreditation.day("valid_to").is_none_or(|to| day <= to);
        if holds && accreditation.text("operator") == Some(operator) && accreditation.text("activity") == Some(activity)
        {
            return;
        }
    }
    if any {
        let values: [(&str, &dyn Display); 3] = [("operator", &operator), ("activity", &activity), ("day", &day)];
        findings.push(case.found("not_accredited", &record.local_id, None, &values));
    }
}

fn team(case: &Case<'_>, record: &Record, findings: &mut Vec<Finding>) {
    let Some(team) = record.text("team") else { return };
    let mut any = false;
    for known in case.of(RecordKind::Team) {
        any = true;
        if *known.kept.local_id == *team || known.record.text("name") == Some(team) {
            return;
        }
    }
    if any {
        let values: [(&str, &dyn Display); 2] = [("team", &team), ("id", &record.local_id)];
        findings.push(case.found("team_unknown", &record.local_id, None, &values));
    }
}

/// LR-X6: within the days of its task, by its operator, and no other activity.
fn tasked(case: &Case<'_>, record: &Record, task: Item<'_>, findings: &mut Vec<Finding>) {
    let id = &record.local_id;
    let name: &str = &task.kept.local_id;
    let from = task.record.day("issued_on").or(task.record.day("planned_start"));
    let to = task.record.day("planned_end");
    let (first, last) = (record.day("started_on").unwrap_or(worked_on(record)), worked_on(record));
    let outside =
        if from.is_some_and(|from| first < from) { Some(first) } else { to.filter(|to| last > *to).map(|_| last) };
    if let Some(day) = outside {
        let text = |day: Option<Date>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
        let values: [(&str, &dyn Display); 5] =
            [("id", id), ("day", &day), ("task", &name), ("from", &text(from)), ("to", &text(to))];
        findings.push(case.found("outside_task", id, None, &values));
    }
    for field in ["activity", "operator"] {
        if let (Some(given), Some(tasked)) = (record.text(field), task.record.text(field))
            && given != tasked
        {
            let values: [(&str, &dyn Display); 5] =
                [("id", id), ("field", &field), ("given", &given), ("task", &name), ("tasked", &tasked)];
            findings.push(case.found("other_than_tasked", id, None, &values));
        }
    }
}

/// Battle area clearance on a hazard that has mines (DQ-26).
fn bac(case: &Case<'_>, record: &Record, findings: &mut Vec<Finding>) {
    if record.text("activity") != Some("BAC") {
        return;
    }
    let Some(hazard) = record.text("hazard").and_then(|hazard| case.named(RecordKind::HazardArea, hazard)) else {
        return;
    };
    let mines: Vec<&str> =
        hazard.record.list("eo").into_iter().filter(|eo| case.rules().mines.iter().any(|mine| mine == eo)).collect();
    if !mines.is_empty() {
        let id = &record.local_id;
        let values: [(&str, &dyn Display); 3] =
            [("id", id), ("hazard", &hazard.kept.local_id), ("mines", &mines.join(", "))];
        findings.push(case.found("bac_on_mined_hazard", id, None, &values));
    }
}

/// More ground a day than the activity does at most, times what the table allows (ID-16).
fn productivity(case: &Case<'_>, item: Item<'_>, findings: &mut Vec<Finding>) {
    let record = item.record;
    let (Some(start), Some(end)) = (record.day("started_on"), record.day("completed_on")) else { return };
    let Some((activity, highest)) = record.text("activity").and_then(|a| case.rules().highest_rates.get_key_value(a))
    else {
        return;
    };
    let ground = match &item.kept.land {
        Land::Release(_, released) => Some(released.area),
        Land::Worked(region) => Some(region.area()),
        _ => None,
    };
    let area = record.number("processed_m2").map(geometry::Area::from_m2).or(ground);
    let days = (end - start).get_days() + 1;
    let Some(area) = area.filter(|_| days > 0) else { return };
    let (rate, limit) = (area.m2() / f64::from(days), highest * case.rules().finding("productivity").threshold());
    if rate > limit {
        let values: [(&str, &dyn Display); 6] = [
            ("id", &record.local_id),
            ("area", &m2(area)),
            ("days", &days),
            ("activity", activity),
            ("rate", &format!("{rate:.0}")),
            ("limit", &format!("{limit:.0}")),
        ];
        findings.push(case.found("productivity", &record.local_id, Some(area), &values));
    }
}

fn inspected_in_order(case: &Case<'_>, visit: Item<'_>, findings: &mut Vec<Finding>) {
    let Some(release) = visit.record.text("release").and_then(|id| case.named(RecordKind::ReleaseProduct, id)) else {
        return;
    };
    let steps = [
        ("the end of its work", release.record.day("completed_on")),
        ("the inspection", Some(visit.record.date_of_information)),
    ];
    in_order(case, &release.kept.local_id, &steps, findings);
}

/// Handed over only what was inspected and has nothing open (DQ-36), and not before (DQ-18).
fn handover(case: &Case<'_>, certificate: Item<'_>, findings: &mut Vec<Finding>) {
    let id: &str = &certificate.kept.local_id;
    for name in certificate.record.list("releases") {
        let Some(release) = case.named(RecordKind::ReleaseProduct, name) else { continue };
        let of_release = |visit: &Item<'_>| visit.record.text("release") == Some(name);
        let visits: Vec<Item<'_>> = case.of(RecordKind::QaVisit).filter(of_release).collect();
        let own = match &release.kept.land {
            Land::Release(_, released) => released.qc,
            _ => None,
        };
        let last = visits.iter().max_by_key(|visit| (visit.kept.day, visit.kept.entry));
        let of_visit = last.and_then(|visit| visit.record.text("result")).and_then(|word| word.parse().ok());
        let result: Option<QualityControl> = of_visit.or(own);
        if result != Some(QualityControl::Accepted) {
            let qc = result.map_or("not recorded", QualityControl::word);
            let values: [(&str, &dyn Display); 3] = [("id", &id), ("release", &name), ("qc", &qc)];
            findings.push(case.found("handed_over_uninspected", id, None, &values));
        }
        let is_open = |found: &Item<'_>| {
            let visit = found.record.text("visit");
            let is_of_release = visits.iter().any(|known| visit == Some(&*known.kept.local_id));
            let closed = found.record.day("closed_on");
            is_of_release && closed.is_none_or(|closed| closed > certificate.record.date_of_information)
        };
        for open in case.of(RecordKind::Nonconformity).filter(is_open) {
            let values: [(&str, &dyn Display); 3] =
                [("id", &id), ("release", &name), ("nonconformity", &open.kept.local_id)];
            findings.push(case.found("handed_over_open", id, None, &values));
        }
        let steps = [
            ("the report of its release", Some(release.record.date_of_information)),
            ("its inspection", visits.iter().map(|visit| visit.record.date_of_information).max()),
            ("the handover", Some(certificate.record.date_of_information)),
        ];
        in_order(case, id, &steps, findings);
    }
}
