//! Records that lie elsewhere than what they name, and the slips that would explain it (GEO-11), as questions.
//!
//! A release lies in its hazard, a record in the place it names. Where a good part of the ground does not, the
//! usual slips are tried: the change of datum, bearings whose declination was forgotten, minutes read as decimals. One
//! under which all of it would lie there is asked about, with the way in metres. Nothing is ever moved.

use geodesy::CrsCode;
use geodesy::grid::inverse;
use geodesy::slips::{Expected, Given, hypotheses, of_datum};
use geodesy::traverse::Sheet;
use geometry::{Region, Shape, offset};
use jiff::Timestamp;
use ledger::{Day, Index, Land, Standing};
use records::{Issue, Record, RecordKind, Rules};
use serde_json::{Value, json};

/// How far around a release its hazards are looked for, degrees: farther than any change of datum goes.
const AROUND_DEG: f64 = 0.005;
/// Share of the vertices outside from which ground looks displaced.
const DISPLACED: f64 = 0.25;

/// Questions about a record; file, row and local id are left to the caller.
pub fn questions(record: &Record, index: &Index, rules: &Rules) -> Vec<Issue> {
    let Some(ground) = record.geometry.as_ref() else { return Vec::new() };
    let Some((name, expected)) = expected(record, ground, index) else { return Vec::new() };
    // Districts have long boundaries: one corner tells whether to look closer.
    let is_in_place = |at| record.kind != RecordKind::ReleaseProduct && expected[0].covers(at);
    if first(ground).is_none_or(is_in_place) || share_outside(ground, &expected) < DISPLACED {
        return Vec::new();
    }
    let grown: Vec<Region> = expected
        .iter()
        .map(|region| offset::dilate(region, record.number("accuracy_m").unwrap_or(1.0).clamp(1.0, 50.0)))
        .collect();
    let grown: Vec<&Region> = grown.iter().collect();
    if share_outside(ground, &grown) < DISPLACED {
        return Vec::new();
    }
    let fits = |moved: &Shape| share_outside(moved, &grown) == 0.0;
    let found = moved(record, ground, &expected).into_iter().filter(|(_, moved, _)| fits(moved));
    let of = |(question, moved, metres): (&str, Shape, f64)| {
        let [lon, lat] = first(&moved).unwrap_or_default().map(|v| format!("{v:.5}"));
        let fits = format!(", inside {name}");
        let values = [
            ("question", question),
            ("lon", &*lon),
            ("lat", &lat),
            ("offset", &format!("{metres:.1}")),
            ("fits", &fits),
        ];
        rules.finding("slip_suspected").issue("geometry", "", &values)
    };
    found.map(of).collect()
}

/// What the record says it lies in: the hazard of a release, or all hazards near it; else the place that it names.
fn expected<'a>(record: &Record, ground: &Shape, index: &'a Index) -> Option<(String, Vec<&'a Region>)> {
    let on = Day::from(record.date_of_information);
    let is_there = |&n: &u32| index.record(n).day <= on && index.standing(n, Timestamp::MAX) > Standing::Absent;
    let region = |n: u32| match &index.record(n).land {
        Land::Hazard(plot, _) | Land::Adjustment(plot, _) => Some(&plot.region),
        _ => None,
    };
    if record.kind == RecordKind::ReleaseProduct {
        let named = record.text("hazard");
        let numbers: Vec<u32> = match named {
            Some(hazard) => index.with_local_id(RecordKind::HazardArea, hazard).to_vec(),
            None => {
                let [west, south, east, north] = ground.bounds()?;
                index.meeting([west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG])
            }
        };
        let regions: Vec<&Region> = numbers.into_iter().filter(is_there).filter_map(region).collect();
        let name = named.map_or_else(|| "a hazard".to_owned(), |id| format!("hazard {id}"));
        return (!regions.is_empty()).then_some((name, regions));
    }
    let place = record.text("place")?;
    let number = *index.with_local_id(RecordKind::Place, place).iter().rev().find(|n| is_there(n))?;
    match &index.record(number).land {
        Land::Unit(region, _) => Some((format!("place {place}"), vec![region])),
        _ => None,
    }
}

/// The ground under every slip that can be told from the record: question, ground, way in metres.
fn moved(record: &Record, ground: &Shape, expected: &[&Region]) -> Vec<(&'static str, Shape, f64)> {
    let crs = record.as_entered.get("crs").and_then(Value::as_str).and_then(|code| code.parse().ok());
    let crs = crs.unwrap_or(CrsCode::WGS_84);
    let mut all = Vec::new();
    if let Some(sheet) = record.as_entered.get("traverse") {
        all.extend(magnetic(sheet, record, ground));
    } else if let Some((moved, metres)) = of_datum(ground, crs) {
        let question = if crs == CrsCode::WGS_84 {
            "are these coordinates on SK-42, and not on WGS 84?"
        } else {
            "are these coordinates on WGS 84 already, and not on SK-42?"
        };
        all.push((question, moved, metres));
    }
    if crs == CrsCode::WGS_84 {
        all.extend(rewritten(ground, expected));
    }
    all
}

/// A sheet whose bearings were taken as true, or with another declination than that of the day and the place.
fn magnetic(sheet: &Value, record: &Record, ground: &Shape) -> Option<(&'static str, Shape, f64)> {
    let mut sheet: Value = match sheet {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let question = match sheet["north"].as_str()? {
        "MAGNETIC" => "is the declination that of another day or place, or was it forgotten?",
        "TRUE" => "are the bearings magnetic, and not true?",
        _ => return None,
    };
    sheet["north"] = json!("MAGNETIC");
    sheet["declination"] = Value::Null;
    if sheet["observed_on"].is_null() {
        sheet["observed_on"] = json!(record.date_of_information.to_string());
    }
    let moved = Sheet::parse(&sheet.to_string()).ok()?.compute().ok()?.shape()?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    ground.for_each_position(&mut |position| before.push(position));
    moved.for_each_position(&mut |position| after.push(position));
    let metres = before.iter().zip(&after).map(|(a, b)| inverse(*a, *b).1).fold(0.0, f64::max);
    (metres > 1.0).then_some((question, moved, metres))
}

/// Degrees that were written otherwise than they were read: by the first corner, for all of them.
fn rewritten(ground: &Shape, expected: &[&Region]) -> Vec<(&'static str, Shape, f64)> {
    let Some(position) = first(ground) else { return Vec::new() };
    let boxes: Vec<[f64; 4]> = expected.iter().filter_map(|region| region.bounds()).collect();
    let Some(area) = boxes.into_iter().reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
    else {
        return Vec::new();
    };
    let of = |position: [f64; 2]| {
        let given = Given { crs: CrsCode::WGS_84, position, operation: None };
        hypotheses(&given, &Expected { area: Some(area), places: Vec::new() })
    };
    let found = of(position).into_iter().filter_map(|slip| {
        let same =
            |position| of(position).into_iter().find(|other| other.slip == slip.slip).map(|s| s.lonlat).ok_or(());
        let moved = ground.try_map(&mut |position| same(position)).ok()?;
        Some((slip.slip.question(), moved, slip.offset?.0))
    });
    found.collect()
}

fn first(shape: &Shape) -> Option<[f64; 2]> {
    let mut first = None;
    shape.for_each_position(&mut |position| first = first.or(Some(position)));
    first
}

/// Share of the vertices that lie in none of the regions.
fn share_outside(shape: &Shape, regions: &[&Region]) -> f64 {
    let (mut n, mut outside) = (0_usize, 0_usize);
    shape.for_each_position(&mut |position| {
        n += 1;
        let is_inside = position.iter().all(|v| v.is_finite()) && regions.iter().any(|region| region.covers(position));
        outside += usize::from(!is_inside);
    });
    outside as f64 / n.max(1) as f64
}
