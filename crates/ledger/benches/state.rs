//! The state of a programme from scratch, every day of eight years, and one more entry.
//!
//! `cargo bench -p ledger --bench state` at small size; `HOMEGROUND_BENCH_HAZARDS=100000` for the large one.
//! Ten releases a hazard (`HOMEGROUND_BENCH_RELEASES` for another number), 3 to 52 vertices each, 150 administrative
//! units. 4 % of hazards overlap another, 2 % of polygons cross themselves, one release in ten may reach beyond its
//! hazard, one in thirty reports 5 % more than its polygon has. Up to 20,000 hazards also the rules: 30 accreditations,
//! 60 teams, a task order for every tenth hazard; one release in twenty names a team or a task that there is not.
//! With `HOMEGROUND_BENCH_WKT=FILE` the same polygons are written as tab-separated text for other engines.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use geometry::Shape;
use intake::check::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{By, Case, Day, EntryId, Index, Parameters, Register, Signed, State, Step, View};
use rayon::prelude::*;
use records::{Record, Rules};
use serde_json::json;

const FIRST: Date = Date::constant(2018, 1, 1);

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// splitmix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }
}

/// A star-shaped ring: `n` vertices around a centre, degrees, 9 decimals.
fn ring(dice: &mut Dice, [lon, lat]: [f64; 2], radius: f64, n: usize) -> Vec<[f64; 2]> {
    let round = |degrees: f64| (degrees * 1e9).round() / 1e9;
    let turn = dice.unit();
    let mut ring: Vec<[f64; 2]> = (0..n)
        .map(|i| {
            let angle = (i as f64 + turn + dice.between(-0.3, 0.3)) / n as f64 * std::f64::consts::TAU;
            let distance = radius * dice.between(0.75, 1.0);
            [round(lon + distance * angle.cos() * 1.3), round(lat + distance * angle.sin())]
        })
        .collect();
    if n > 3 && dice.next().is_multiple_of(50) {
        ring.swap(1, 2);
    }
    ring.push(ring[0]);
    ring
}

/// About the area of a ring, m²: what a report may state.
fn about_m2(ring: &[[f64; 2]]) -> f64 {
    let [lon, lat] = ring[0];
    let (x, y) = (111_320.0 * lat.to_radians().cos(), 110_950.0);
    let cross = |pair: &[[f64; 2]]| {
        (pair[0][0] - lon) * x * (pair[1][1] - lat) * y - (pair[1][0] - lon) * x * (pair[0][1] - lat) * y
    };
    ring.windows(2).map(cross).sum::<f64>().abs() / 2.0
}

struct Made {
    kind: &'static str,
    id: String,
    day: Date,
    fields: serde_json::Value,
    shape: Option<Shape>,
}

fn made(n_hazards: usize, n_releases: usize) -> impl Iterator<Item = Made> {
    let side = (n_hazards as f64).sqrt().ceil() as usize;
    let pitch = 0.012;
    let mut dice = Dice(7);
    let span = pitch * side as f64;
    let units = (0..150).map(move |u| {
        let (x, y) = ((u % 15) as f64, (u / 15) as f64);
        let (w, h) = (span / 15.0, span / 10.0);
        let at = |i: f64, j: f64| [40.0 + i * w - pitch, 30.0 + j * h - pitch];
        let shape =
            Shape::Polygon(vec![vec![at(x, y), at(x + 1.0, y), at(x + 1.0, y + 1.0), at(x, y + 1.0), at(x, y)]]);
        let fields = json!({"name": format!("U-{u}"), "place_type": "district"});
        Made { kind: "place", id: format!("U-{u:03}"), day: FIRST, fields, shape: Some(shape) }
    });
    let land = (0..n_hazards).flat_map(move |i| {
        let mut centre = [40.0 + (i % side) as f64 * pitch, 30.0 + (i / side) as f64 * pitch];
        if i % 25 == 1 {
            centre[0] -= pitch * 0.75;
        }
        let n = 12 + (dice.next() % 30) as usize;
        let radius = dice.between(0.002, 0.004);
        let stated = FIRST.saturating_add(jiff::Span::new().days((dice.next() % 900) as i64));
        let shape = Shape::Polygon(vec![ring(&mut dice, centre, radius, n)]);
        let class = if dice.unit() < 0.6 { "SHA" } else { "CHA" };
        let fields = json!({"class": class, "accuracy_m": 2.0, "geometry_quality": "SURVEYED", "operator": "A"});
        let hazard = format!("HA-{i:06}");
        let mut group =
            vec![Made { kind: "hazard_area", id: hazard.clone(), day: stated, fields, shape: Some(shape) }];
        for k in 0..n_releases {
            let n = 3 + ((dice.unit() * dice.unit()) * 50.0) as usize;
            let size = dice.between(0.0004, 0.0013);
            let farthest = if (i * n_releases + k) % 10 == 9 { radius * 0.9 } else { radius * 0.75 - size };
            let away = dice.between(0.0, farthest);
            let angle = dice.between(0.0, std::f64::consts::TAU);
            let at = [centre[0] + away * angle.cos() * 1.3, centre[1] + away * angle.sin()];
            let ring = ring(&mut dice, at, size, n);
            let reported = about_m2(&ring) * if dice.next().is_multiple_of(30) { 1.05 } else { 1.0 };
            let shape = Shape::Polygon(vec![ring]);
            let class = ["CANCELLED", "REDUCED", "CLEARED", "CLEARED"][(dice.next() % 4) as usize];
            let day = stated.saturating_add(jiff::Span::new().days(1 + (dice.next() % 1900) as i64));
            let fields = json!({"class": class, "depth_cm": 20, "eo": ["AP_MINE"], "accuracy_m": 1.0, "geometry_quality": "SURVEYED", "operator": "B", "activity": "CLR", "hazard": hazard, "team": format!("T-{}", dice.next() % 63), "task": format!("TO-{:06}", i - i % 10 + (dice.next() % 20 / 19) as usize), "methods": ["MANUAL"], "started_on": day, "completed_on": day, "reported_area_m2": reported.round()});
            group.push(Made { kind: "release_product", id: format!("LR-{i:06}-{k}"), day, fields, shape: Some(shape) });
        }
        group
    });
    units.chain(land).chain(offices(n_hazards))
}

/// What releases refer to.
fn offices(n_hazards: usize) -> impl Iterator<Item = Made> {
    let made =
        |kind: &'static str, id: String, fields: serde_json::Value| Made { kind, id, day: FIRST, fields, shape: None };
    let accreditation = move |i: usize| {
        let operator = ["A", "B", "C"][i % 3];
        let fields = json!({"operator": operator, "activity": "CLR", "valid_from": format!("20{}-01-01", 10 + i % 20)});
        made("accreditation", format!("ACC-{i}"), fields)
    };
    let team = move |i: usize| made("team", format!("T-{i}"), json!({"name": format!("Team {i}"), "operator": "B"}));
    let task = move |i: usize| {
        let fields = json!({"operator": "B", "activity": "CLR", "issued_on": FIRST, "planned_end": "2027-12-31"});
        made("task_order", format!("TO-{:06}", i * 10), fields)
    };
    (0..30).map(accreditation).chain((0..60).map(team)).chain((0..n_hazards.div_ceil(10)).map(task))
}

fn sound(id: &mut u64, kind: &str, payload: &str) -> Signed {
    *id += 1;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&Dice(*id).next().to_be_bytes());
    bytes[8..16].copy_from_slice(&id.to_be_bytes());
    let mut body = String::new();
    let _ = write!(
        body,
        r#"{{"kind":"{kind}","payload":{payload},"prev":null,"recorded_at":"2026-01-01T00:00:00Z","seq":{id},"writer":"bench"}}"#
    );
    Signed { id: EntryId(bytes), body, signature: [0; 64] }
}

fn record(made: &Made) -> String {
    let payload = json!({
        "as_entered": {}, "date_of_information": made.day, "fields": made.fields, "geometry": made.shape.as_ref().map(Shape::to_geojson),
        "local_id": made.id, "record": made.kind, "sources": [], "supersedes": null,
    });
    ledger::entry::canonical(&payload)
}

/// CPU seconds of this process, and its peak memory in MB.
fn spent() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|t| t.parse::<f64>().ok()).unwrap_or_default();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    ((ticks(11) + ticks(12)) / 100.0, peak.unwrap_or_default() / 1024.0)
}

struct Watch(f64, Instant);

impl Watch {
    fn start() -> Watch {
        Watch(spent().0, Instant::now())
    }

    fn tell(&self, what: &str) {
        let (cpu, peak) = spent();
        println!(
            "{what:<44} {:>9.2} CPU s {:>9.2} s  peak {peak:>6.0} MB",
            cpu - self.0,
            self.1.elapsed().as_secs_f64()
        );
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let watch = Watch::start();
    let answer = work();
    watch.tell(what);
    answer
}

/// The whole table of rules: every record by itself, then records against each other and the state.
fn rules(index: &Index, state: &State, made: impl Iterator<Item = Made>) {
    let read = |made: Made| Record::from_payload(&record(&made)).expect("sound");
    let records: Vec<Record> = made.map(read).collect();
    let context = Context { rules: Rules::shipped(), today: Date::constant(2026, 1, 1), home: None };
    let issues = timed("rules: every record by itself", || {
        records.par_iter().map(|record| intake::check(record, &context).len()).sum::<usize>()
    });
    let mut register = Register::default();
    records.into_iter().zip(0..).for_each(|(record, number)| register.take(number, record));
    let case = Case { index, state, register: &register, day: Day::LATEST };
    let findings = timed("rules: records together", || case.check().len());
    println!("{issues} issues and {findings} findings");
}

fn main() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let n_hazards = number("HOMEGROUND_BENCH_HAZARDS").unwrap_or(500);
    let n_releases = number("HOMEGROUND_BENCH_RELEASES").unwrap_or(10);
    if let Ok(path) = std::env::var("HOMEGROUND_BENCH_WKT") {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path).expect("the file can be made"));
        for made in made(n_hazards, n_releases) {
            let class = made.fields["class"].as_str().unwrap_or_default();
            let reported = made.fields["reported_area_m2"].as_f64().unwrap_or_default();
            let Some(wkt) = made.shape.map(|shape| shape.to_wkt()) else { continue };
            writeln!(out, "{}\t{}\t{}\t{class}\t{reported}\t{wkt}", made.kind, made.id, made.day)
                .expect("the disk has room");
        }
        return;
    }
    println!("{n_hazards} hazards, {} releases", n_hazards * n_releases);
    let mut id = 0;
    let mut index = Index::default();
    timed("entries into the index", || {
        // As an import does it: an approval for thousands of records.
        const BATCH: usize = 5_000;
        let mut records = made(n_hazards, n_releases).map(|made| record(&made)).peekable();
        while records.peek().is_some() {
            let mut batch = Vec::with_capacity(BATCH);
            for record in records.by_ref().take(BATCH) {
                let signed = sound(&mut id, "record", &record);
                index.insert(&signed).expect("sound");
                batch.push(signed.id);
            }
            let approval = json!({"records": batch, "step": "approved", "by": "NMAA"});
            index.insert(&sound(&mut id, "approval", &approval.to_string())).expect("sound");
        }
    });
    let parameters = Parameters::default();
    let (begin, mut watch) = (Watch::start(), Watch::start());
    let mut state = State::of_in_steps(&index, Timestamp::MAX, &parameters, &mut |step| {
        watch.tell(match step {
            Step::Rows => "  rows",
            Step::Book => "  book: faces, shares, units",
            Step::Outside => "  book: releases outside, surveys",
            Step::GateGeometry => "  gate: hazards grown, releases shrunk",
            Step::Gate => "  gate: faces, shares, units",
        });
        watch = Watch::start();
    });
    begin.tell("state from scratch, both geometries");
    let remaining = |root| state.remaining_of_row(&index, root, View::Book, Day::LATEST).n_vertices();
    let vertices = timed("polygons of what remains, book", || state.rows().map(remaining).sum::<usize>());
    println!("what remains has {vertices} vertices");
    let day = Day::from(Date::constant(2024, 1, 1));
    timed("totals of one day", || state.totals(&index, day));
    timed("rows by hazard of one day", || state.rows_by(&index, By::Hazard, day).len());
    timed("rows by place of one day", || state.rows_by(&index, By::Place, day).len());
    timed("findings of one day", || state.findings(&index, day).len());
    let days = timed("totals of every day", || state.daily().len());
    println!("{days} days on which something changed");
    if n_hazards <= 20_000 {
        rules(&index, &state, made(n_hazards, n_releases));
    }
    let last = state.totals(&index, Day::LATEST).figures;
    println!(
        "figures: remaining {:.2} cancelled {:.2} reduced {:.2} cleared {:.2}",
        last.remaining().m2(),
        last.footprint.cancelled.m2(),
        last.footprint.reduced.m2(),
        last.footprint.cleared.m2()
    );
    let mut worst = 0.0_f64;
    let mut total = 0.0;
    let mut dice = Dice(11);
    const MORE: usize = 100;
    for more in 0..MORE {
        let i = dice.next() as usize % n_hazards;
        let hazard = index.record(index.with_local_id(records::RecordKind::HazardArea, &format!("HA-{i:06}"))[0]);
        let at = hazard.land.region().and_then(geometry::Region::inside_position).expect("a hazard has ground");
        let fields = json!({"class": "CLEARED", "depth_cm": 20, "eo": ["AP_MINE"], "accuracy_m": 1.0, "geometry_quality": "SURVEYED"});
        let shape = Shape::Polygon(vec![ring(&mut dice, at, 0.0008, 14)]);
        let made = Made {
            kind: "release_product",
            id: format!("MORE-{more}"),
            day: Date::constant(2025, 12, 1),
            fields,
            shape: Some(shape),
        };
        let signed = sound(&mut id, "record", &record(&made));
        let approval = json!({"records": [signed.id], "step": "approved", "by": "NMAA"});
        let approval = sound(&mut id, "approval", &approval.to_string());
        let begin = Instant::now();
        index.insert(&signed).expect("sound");
        index.insert(&approval).expect("sound");
        let number = index.number_of(signed.id).expect("it was inserted");
        state.update(&index, Timestamp::MAX, &[number]);
        let took = begin.elapsed().as_secs_f64() * 1e3;
        worst = worst.max(took);
        total += took;
    }
    println!("one more release: mean {:.2} ms, worst {worst:.2} ms", total / MORE as f64);
    if n_hazards <= 20_000 {
        assert!(state == State::of(&index, Timestamp::MAX, &parameters), "incremental equals from scratch");
        println!("after them the state equals the fold from scratch, bit for bit");
    }
}
