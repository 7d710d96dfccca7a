//! Where records lie, what they call it, and what remains there
//! (DQ-27, DQ-28, DQ-31, DQ-32, DQ-35, DQ-47, DQ-48, DQ-55).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use geometry::{Area, Region};
use rayon::prelude::*;
use records::land::GeometryQuality;
use records::{Record, RecordKind};

use super::{Case, Item, distance_m, distance_to_edges_m, rings};
use crate::day::Day;
use crate::findings::{Finding, m2};
use crate::grid::widen;
use crate::index::Land;
use crate::row::View;

pub(super) fn all(case: &Case<'_>, findings: &mut Vec<Finding>) {
    for item in case.items() {
        place(case, item, findings);
    }
    positions_shared(case, findings);
    sides(case, findings);
    slivers(case, findings);
    hazards(case, findings);
    names(case, findings);
    gazetteer(case, findings);
}

/// Some position of the record: its own, or one inside its ground.
fn position(case: &Case<'_>, item: Item<'_>) -> Option<[f64; 2]> {
    case.at(item.number).or_else(|| item.kept.land.region()?.inside_position())
}

/// The unit that a record names is where it lies, and not its very centre (DQ-27, DQ-28).
fn place(case: &Case<'_>, item: Item<'_>, findings: &mut Vec<Finding>) {
    let Some(name) = item.record.text("place") else { return };
    let Some(place) = case.named(RecordKind::Place, name) else { return };
    let Land::Unit(region, _) = &place.kept.land else { return };
    let Some(at) = position(case, item) else { return };
    let id = &item.kept.local_id;
    let values: [(&str, &dyn Display); 3] = [("kind", &item.kept.kind), ("id", id), ("place", &name)];
    if !region.covers(at) {
        findings.push(case.found("place_elsewhere", id, None, &values));
    } else if case.at(item.number).is_some() {
        let limit = case.rules().finding("centre_of_unit").threshold();
        if centres(region).iter().any(|&centre| distance_m(centre, at) <= limit) {
            findings.push(case.found("centre_of_unit", id, None, &values));
        }
    }
}

/// The middle of the box and the centroid of the largest ring.
fn centres(region: &Region) -> Vec<[f64; 2]> {
    let Some([west, south, east, north]) = region.bounds() else { return Vec::new() };
    let mut centres = vec![[(west + east) / 2.0, (south + north) / 2.0]];
    let largest =
        rings(region).into_iter().map(|ring| centroid(&ring, [west, south])).max_by(|a, b| a.0.total_cmp(&b.0));
    centres.extend(largest.filter(|(size, _)| *size > 0.0).map(|(_, centre)| centre));
    centres
}

/// Twice the size of a ring in squared degrees, and its centroid; from a near origin, so that digits remain.
fn centroid(ring: &[[f64; 2]], [x0, y0]: [f64; 2]) -> (f64, [f64; 2]) {
    let (mut size, mut x, mut y) = (0.0, 0.0, 0.0);
    for edge in ring.windows(2) {
        let ([ax, ay], [bx, by]) = ([edge[0][0] - x0, edge[0][1] - y0], [edge[1][0] - x0, edge[1][1] - y0]);
        let cross = ax * by - bx * ay;
        size += cross;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    (size.abs(), [x0 + x / (3.0 * size), y0 + y / (3.0 * size)])
}

/// Several records of one kind at exactly one position (DQ-28). Finds share pits, casualties share accidents.
fn positions_shared(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let limit = case.rules().finding("position_shared").threshold();
    for &kind in RecordKind::ALL {
        if matches!(
            kind,
            RecordKind::DeviceFind | RecordKind::Casualty | RecordKind::Attachment | RecordKind::Household
        ) {
            continue;
        }
        let mut at: BTreeMap<[u64; 2], Vec<&str>> = BTreeMap::new();
        for item in case.of(kind) {
            if let Some(position) = case.at(item.number) {
                at.entry(position.map(f64::to_bits)).or_default().push(&item.kept.local_id);
            }
        }
        for (position, mut ids) in at.into_iter().filter(|(_, ids)| ids.len() as f64 >= limit) {
            ids.sort_unstable();
            let [lon, lat] = position.map(f64::from_bits);
            let values: [(&str, &dyn Display); 5] =
                [("n", &ids.len()), ("kind", &kind), ("lon", &lon), ("lat", &lat), ("id", &ids[0])];
            findings.push(case.found("position_shared", ids[0], None, &values));
        }
    }
}

/// Sides of surveyed ground that ask for intermediate points (DQ-31).
fn sides(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let limit = case.rules().finding("side_unmarked").threshold();
    let of_land = |kind| case.of(kind).filter(|item| quality(*item) == Some(GeometryQuality::Surveyed));
    let items: Vec<Item<'_>> = of_land(RecordKind::HazardArea).chain(of_land(RecordKind::ReleaseProduct)).collect();
    let found = items.par_iter().filter_map(|item| {
        let rings = rings(item.kept.land.region()?);
        let sides = rings.iter().flat_map(|ring| ring.windows(2)).map(|side| distance_m(side[0], side[1]));
        let long: Vec<f64> = sides.filter(|length| *length > limit).collect();
        let longest = long.iter().copied().reduce(f64::max)?;
        let id = &item.kept.local_id;
        let values: [(&str, &dyn Display); 4] =
            [("n", &long.len()), ("id", id), ("limit", &limit), ("length", &format!("{longest:.0}"))];
        Some(case.found("side_unmarked", id, None, &values))
    });
    findings.extend(found.collect::<Vec<_>>());
}

fn quality(item: Item<'_>) -> Option<GeometryQuality> {
    match &item.kept.land {
        Land::Hazard(plot, _) | Land::Release(plot, _) => plot.quality,
        _ => None,
    }
}

/// Vertices a hand's breadth beside the neighbour with which a release shares markers (DQ-32).
fn slivers(case: &Case<'_>, findings: &mut Vec<Finding>) {
    const SAME_M: f64 = 0.001;
    let limit = case.rules().finding("sliver").threshold();
    for item in case.of(RecordKind::ReleaseProduct) {
        let Land::Release(plot, released) = &item.kept.land else { continue };
        let Some(bounds) = plot.region.bounds().filter(|_| !released.control_group.is_empty()) else { continue };
        let own = rings(&plot.region);
        for other in case.index.meeting(widen(bounds, limit)) {
            let Some(other) = case.item(other).filter(|other| other.number < item.number) else { continue };
            let Land::Release(beside, theirs) = &other.kept.land else { continue };
            let shared: Vec<&str> =
                released.control_group.iter().filter(|m| theirs.control_group.contains(m)).map(|m| &**m).collect();
            if shared.is_empty() {
                continue;
            }
            let edges = rings(&beside.region);
            let vertices: BTreeSet<[u64; 2]> = own.iter().flatten().map(|vertex| vertex.map(f64::to_bits)).collect();
            let away = vertices.iter().map(|bits| distance_to_edges_m(bits.map(f64::from_bits), &edges));
            let away: Vec<f64> = away.filter(|metres| (SAME_M..limit).contains(metres)).collect();
            let Some(distance) = away.iter().copied().reduce(f64::max) else { continue };
            let id = &item.kept.local_id;
            let values: [(&str, &dyn Display); 5] = [
                ("n", &away.len()),
                ("id", id),
                ("distance", &format!("{distance:.2}")),
                ("other", &other.kept.local_id),
                ("markers", &shared.join(", ")),
            ];
            findings.push(case.found("sliver", id, None, &values));
        }
    }
}

/// What hazards say of themselves against what remains of them (DQ-35), and how long nobody looked (DQ-55).
fn hazards(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let years = case.rules().finding("not_reviewed").threshold();
    let mut surveyed: BTreeMap<&str, Day> = BTreeMap::new();
    for survey in case.of(RecordKind::Activity).filter(|item| item.record.text("activity") == Some("NTS")) {
        if let Some(hazard) = survey.record.text("hazard") {
            let last = surveyed.entry(hazard).or_insert(survey.kept.day);
            *last = survey.kept.day.max(*last);
        }
    }
    for item in case.of(RecordKind::HazardArea) {
        let root = case.index.root(item.number);
        let figures = case.state.row_figures(root, case.day);
        let (id, remaining) = (&item.kept.local_id, figures.remaining());
        match item.record.text("state") {
            Some("closed") if remaining > Area::ZERO => {
                let values: [(&str, &dyn Display); 2] = [("id", id), ("area", &m2(remaining))];
                findings.push(case.found("closed_but_hazardous", id, Some(remaining), &values));
            }
            Some("open") if remaining == Area::ZERO && case.state.account(root, View::Book).is_some() => {
                findings.push(case.found("open_but_empty", id, None, &[("id", id)]));
            }
            _ => {}
        }
        if figures.footprint.sha > Area::ZERO {
            let last = reviewed(case, item).max(surveyed.get(&**id).copied().unwrap_or(item.kept.day));
            let since = f64::from(case.day.0.saturating_sub(last.0)) / 365.25;
            if since > years && case.day != Day::LATEST {
                let values: [(&str, &dyn Display); 3] =
                    [("id", id), ("last", &last), ("years", &format!("{since:.1}"))];
                findings.push(case.found("not_reviewed", id, Some(figures.footprint.sha), &values));
            }
        }
    }
}

/// The day of the hazard's last statement or of the last non-technical survey whose ground meets its box.
fn reviewed(case: &Case<'_>, hazard: Item<'_>) -> Day {
    let near = hazard.kept.land.region().and_then(Region::bounds).map(|bounds| case.index.meeting(bounds));
    let surveys = near.unwrap_or_default().into_iter().filter_map(|number| case.item(number));
    let surveys = surveys.filter(|item| item.kept.kind == RecordKind::Activity);
    let surveys = surveys.filter(|item| item.record.text("activity") == Some("NTS"));
    surveys.map(|item| item.kept.day).chain([hazard.kept.day]).max().unwrap_or(hazard.kept.day)
}

/// One name of several places, several records of what may be one place (CT-13, CT-14): asked, never merged.
fn gazetteer(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let places: Vec<&Record> = case.of(RecordKind::Place).map(|item| item.record).collect();
    for found in records::contradiction::find(&[], &places, case.rules()) {
        findings.push(Finding {
            rule: found.rule,
            severity: found.severity,
            subject: found.members.last().cloned().unwrap_or_default(),
            message: found.message,
            area: None,
            hint: found.fix,
            name: Some(found.finding),
            fixed: false,
        });
    }
}

/// One place with most of the records, one name spelt in two ways (DQ-47, DQ-48).
fn names(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut spellings: BTreeMap<(&str, String), BTreeMap<&str, usize>> = BTreeMap::new();
    for &kind in RecordKind::ALL {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for item in case.of(kind) {
            for field in ["place", "operator", "team"] {
                let Some(name) = item.record.text(field) else { continue };
                *spellings.entry((field, sound(name))).or_default().entry(name).or_default() += 1;
                if field == "place" {
                    *places.entry(name).or_default() += 1;
                }
            }
        }
        dominating(case, kind, &places, findings);
    }
    for ((field, _), names) in spellings.into_iter().filter(|(_, names)| names.len() > 1) {
        let names: Vec<(&str, usize)> = names.into_iter().collect();
        let (first, n_first) = names[0];
        for &(second, n_second) in &names[1..] {
            let values: [(&str, &dyn Display); 5] = [
                ("field", &field),
                ("first", &first),
                ("n_first", &n_first),
                ("second", &second),
                ("n_second", &n_second),
            ];
            findings.push(case.found("name_spelt_twice", second, None, &values));
        }
    }
}

/// Far more than the next, among enough records and places to tell.
fn dominating(case: &Case<'_>, kind: RecordKind, places: &BTreeMap<&str, usize>, findings: &mut Vec<Finding>) {
    const ENOUGH: (usize, usize) = (50, 5);
    const TIMES_THE_NEXT: usize = 2;
    let all: usize = places.values().sum();
    let mut counts: Vec<(usize, &str)> = places.iter().map(|(&name, &n)| (n, name)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    if all < ENOUGH.0 || counts.len() < ENOUGH.1 {
        return;
    }
    let (n, place) = counts[0];
    let next = counts[1].0;
    let percent = n as f64 / all as f64 * 100.0;
    if percent > case.rules().finding("place_dominates").threshold() && n > next * TIMES_THE_NEXT {
        let values: [(&str, &dyn Display); 6] = [
            ("n", &n),
            ("all", &all),
            ("kind", &kind),
            ("place", &place),
            ("percent", &format!("{percent:.1}")),
            ("next", &next),
        ];
        findings.push(case.found("place_dominates", place, None, &values));
    }
}

/// A name without what spellings differ in: case, blanks and marks, doubled letters.
fn sound(name: &str) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    // Digits count: team 1 is not team 11.
    letters.dedup_by(|a, b| a == b && a.is_alphabetic());
    letters.into_iter().collect()
}
