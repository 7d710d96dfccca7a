//! Five years of made-up land release: hazards, surveys, releases, finds, accidents, reopenings, inspections.
//!
//! What the story must show, and the product must handle: winter stops; releases that overlap, stand outside or
//! failed their inspection; reports that came late; a reopening after a find, and the ground cleared again;
//! corrections that supersede; areas reported a few per cent off.

use super::day::Day;
use super::district::{District, POSITIONS, ROADS};
use super::ground::{Block, Lie, Net, Point, Ring, area, centre, reach, scaled};
use super::random::Random;
use super::table::{Ground, Row};

/// Last day of the story.
const LAST: Day = Day(20_385); // 2025-10-24
const HAZARDS: usize = 140;

/// One hazard and what happened to it.
struct Hazard {
    id: String,
    number: usize,
    net: Net,
    outline: Ring,
    class: &'static str,
    eo: &'static str,
    mined: bool,
    known: Day,
    altitude_m: f64,
    place: String,
}

/// One release.
#[derive(Clone)]
struct Release {
    id: String,
    hazard: usize,
    block: Block,
    ring: Ring,
    class: &'static str,
    activity: &'static str,
    operator: &'static str,
    started: Day,
    completed: Day,
    qc: &'static str,
    accuracy_m: f64,
    quality: &'static str,
    exact: bool,
    reported_m2: f64,
    depth_cm: f64,
}

/// Everything the generator tells, as rows of files.
pub fn tell(district: &District, random: &mut Random) -> Vec<Row> {
    let mut story = Story { district, random, rows: Vec::new(), hazards: Vec::new(), releases: Vec::new(), n_finds: 0 };
    story.offices();
    story.roads();
    story.hazards();
    story.releases();
    story.corrections();
    story.task_orders();
    story.surveys();
    story.finds();
    story.reopenings();
    story.accidents();
    story.inspections();
    story.proposed();
    story.rows
}

struct Story<'a> {
    district: &'a District,
    random: &'a mut Random,
    rows: Vec<Row>,
    hazards: Vec<Hazard>,
    releases: Vec<Release>,
    n_finds: usize,
}

/// Made-up organisations: id, name, short name, kind.
const OFFICES: &[(&str, &str, &str, &str)] = &[
    ("NMAA", "National mine action authority (synthetic)", "NMAA (synthetic)", "authority"),
    ("QM", "Inspection body (synthetic)", "QM (synthetic)", "centre"),
    ("OP-A", "Operator A (synthetic)", "A", "operator"),
    ("OP-B", "Operator B (synthetic)", "B", "operator"),
    ("OP-C", "Operator C (synthetic)", "C", "operator"),
    ("OP-D", "Operator D (synthetic)", "D", "operator"),
];

/// Who may do what, until when. Operator D's survey licence lapses in 2024, so its later surveys are doubtful.
const LICENCES: &[(&str, &str, &str)] = &[
    ("OP-A", "NTS", "2030-12-31"),
    ("OP-A", "TS", "2030-12-31"),
    ("OP-A", "CLR", "2030-12-31"),
    ("OP-B", "TS", "2030-12-31"),
    ("OP-B", "CLR", "2030-12-31"),
    ("OP-C", "BAC", "2030-12-31"),
    ("OP-C", "CLR", "2030-12-31"),
    ("OP-C", "EOD_SPOT", "2030-12-31"),
    ("OP-D", "NTS", "2024-06-30"),
];

impl Story<'_> {
    fn offices(&mut self) {
        let day = Day::new(2020, 11, 26);
        for (id, name, short, kind) in OFFICES {
            let row = Row::new("organisations.csv", "organisation", id, day)
                .text("name", *name)
                .text("short_name", *short)
                .text("kind", *kind);
            self.rows.push(row.synthetic());
        }
        for (operator, activity, until) in LICENCES {
            let id = format!("AC-{operator}-{activity}");
            let row = Row::new("accreditations.csv", "accreditation", &id, day)
                .text("operator", *operator)
                .text("activity", *activity)
                .text("valid_from", day.to_string())
                .text("valid_to", *until);
            self.rows.push(row.synthetic());
        }
    }

    fn roads(&mut self) {
        for road in ROADS {
            let line = road.points.iter().map(|&(lon, lat)| Point::new(lon, lat)).collect();
            let row = Row::new("roads.geojson", "route", road.id, Day::new(2020, 12, 1))
                .text("name", road.name)
                .number("width_m", road.width_m)
                .text("status", road.status)
                .text("geometry_quality", "SCHEMATIC")
                .synthetic();
            self.rows.push(row.on(Ground::Line(line)));
        }
    }

    fn hazards(&mut self) {
        while self.hazards.len() < HAZARDS {
            let number = self.hazards.len() + 1;
            let Some(hazard) = self.one_hazard(number) else { continue };
            self.report_hazard(&hazard);
            self.hazards.push(hazard);
        }
    }

    fn one_hazard(&mut self, number: usize) -> Option<Hazard> {
        let random = &mut *self.random;
        let kind = *random.pick(&["line", "line", "line", "road", "road", "village", "village", "village", "battle"]);
        let m2 = hectares(random) * 10_000.0;
        let (middle, along, aspect) = match kind {
            "line" => {
                let line = random.pick(POSITIONS);
                let (p, along) = somewhere_along(line, random);
                (sideways(p, along, random.between(-900.0, 900.0)), along, random.between(2.5, 6.0))
            }
            "road" => {
                let (p, along) = somewhere_along(random.pick(ROADS).points, random);
                let side = random.between(60.0, 450.0);
                let side = if random.chance(0.5) { side } else { -side };
                (sideways(p, along, side), along, random.between(2.0, 4.5))
            }
            _ => {
                let from = random.pick(&self.district.settlements).at;
                let along = direction(random);
                let far = random.between(150.0, 1400.0);
                (from.moved(along.1 * far, -along.0 * far), along, random.between(1.0, 2.4))
            }
        };
        // Every 24th is laid over an earlier one: two reports of one field, overlapping on purpose.
        let overlaid = number
            .is_multiple_of(24)
            .then(|| self.hazards[random.whole(0, number as i64 - 2) as usize].outline.clone());
        let middle = overlaid.as_ref().map_or(middle, |ring| centre(ring).moved(reach(ring) * 0.5, reach(ring) * 0.25));
        let length_m = (m2 * aspect).sqrt();
        let columns = (length_m / 105.0) as usize;
        let lie = Lie {
            centre: middle,
            along,
            length_m,
            width_m: m2 / length_m * 1.18,
            columns: columns.clamp(2, 11),
            rows: if m2 / length_m > 260.0 { random.whole(2, 3) as usize } else { random.whole(1, 2) as usize },
        };
        let net = Net::new(lie, random);
        let outline = net.outline(net.whole());
        let apart =
            |h: &Hazard| centre(&h.outline).distance(centre(&outline)) > reach(&h.outline) + reach(&outline) + 25.0;
        if !self.district.holds(&outline) || (overlaid.is_none() && !self.hazards.iter().all(apart)) {
            return None;
        }
        let altitude_m = self.district.altitude(middle);
        let class = if random.chance(if kind == "line" { 0.5 } else { 0.28 }) { "CHA" } else { "SHA" };
        let (eo, mined) = *match kind {
            "line" => random.pick(&[("AP_MINE,AV_MINE", true), ("AP_MINE", true)]),
            "road" => random.pick(&[("AV_MINE", true), ("AP_MINE,AV_MINE", true)]),
            "village" => random.pick(&[("AP_MINE,UXO", true), ("UXO", false), ("AP_MINE,BOOBY_TRAP,UXO", true)]),
            _ => random.pick(&[("CM_SUBMUN,UXO", false), ("UXO", false)]),
        };
        // Most ground is reported in the first year; surveys find the rest as snow and roads allow.
        let known = match random.whole(1, 10) {
            1..=2 => Day::new(2020, 11, 28).plus(random.whole(0, 29)),
            3..=6 => Day::new(2021, 1, 10).plus(random.whole(0, 330)).next_open(altitude_m),
            7..=8 => Day::new(2022, 3, 1).plus(random.whole(0, 240)).next_open(altitude_m),
            _ => Day::new(2023, 3, 1).plus(random.whole(0, 600)).next_open(altitude_m),
        };
        let place = self.district.nearest(middle).id.clone();
        Some(Hazard { id: format!("HA-{number:04}"), number, net, outline, class, eo, mined, known, altitude_m, place })
    }

    fn report_hazard(&mut self, hazard: &Hazard) {
        let random = &mut *self.random;
        let early = hazard.known < Day::new(2021, 6, 1);
        let (quality, accuracy_m) = match random.whole(1, 20) {
            1 if early => ("SCHEMATIC", 500.0),
            2..=12 if early => ("DIGITISED", *random.pick(&[25.0, 50.0])),
            1..=4 => ("DIGITISED", *random.pick(&[5.0, 25.0])),
            _ => ("SURVEYED", *random.pick(&[1.0, 2.0, 5.0, 5.0, 10.0])),
        };
        let operator =
            if hazard.known < Day::new(2021, 1, 1) { "OP-A" } else { *random.pick(&["OP-A", "OP-A", "OP-D"]) };
        let operator = if hazard.known > Day::new(2024, 6, 30) { "OP-A" } else { operator };
        let note = match hazard.class {
            "CHA" => {
                *random.pick(&["ordnance seen from a safe point", "reliable mine record", "detonation of an animal"])
            }
            _ => *random.pick(&[
                "former positions",
                "statement of a shepherd",
                "ground not used, old wire",
                "mine record of low reliability",
            ]),
        };
        let row = Row::new("hazards.geojson", "hazard_area", &hazard.id, hazard.known)
            .text("class", hazard.class)
            .text("eo", hazard.eo)
            .text("evidence", if hazard.class == "CHA" { "direct" } else { "indirect" })
            .text("evidence_note", note)
            .text("operator", operator)
            .text("place", &hazard.place)
            .number("elevation_m", rounded(hazard.altitude_m, 10.0))
            .text("terrain", terrain(hazard.number))
            .number("accuracy_m", accuracy_m)
            .text("geometry_quality", quality)
            .number("reported_area_m2", rounded(area(&hazard.outline), 10.0))
            .synthetic();
        self.rows.push(row.on(Ground::Area(hazard.outline.clone())));
    }

    fn releases(&mut self) {
        for index in 0..self.hazards.len() {
            // Some hazards wait: too high, too far, or nobody had time. They stay for later corrections too.
            if index % 6 == 3 {
                continue;
            }
            let mut made = self.release_hazard(index);
            self.releases.append(&mut made);
        }
        for index in 0..self.releases.len() {
            let release = self.releases[index].clone();
            self.report_release(&release, index);
        }
    }

    fn release_hazard(&mut self, index: usize) -> Vec<Release> {
        let hazard = &self.hazards[index];
        let random = &mut *self.random;
        let mut parts: Vec<(u8, Block)> = blocks(hazard.net.whole(), random)
            .into_iter()
            .map(|block| {
                let dice = random.unit();
                let method = match hazard.class {
                    "CHA" if dice < 0.3 => 1,
                    "CHA" => 2,
                    _ if dice < 0.42 => 0,
                    _ if dice < 0.66 => 1,
                    _ => 2,
                };
                (method, block)
            })
            .collect();
        parts.sort_by_key(|part| part.0);
        let mut cursor = hazard.known.plus(random.whole(30, 380)).next_open(hazard.altitude_m);
        let mut before = 9;
        let mut releases: Vec<Release> = Vec::new();
        for (method, block) in parts {
            if before != 9 && before != method {
                cursor = cursor.plus(random.whole(20, 150));
            }
            before = method;
            let (class, activity) = match method {
                0 => ("CANCELLED", "NTS"),
                1 => ("REDUCED", "TS"),
                _ if hazard.mined => ("CLEARED", "CLR"),
                _ => ("CLEARED", "BAC"),
            };
            let ring = hazard.net.outline(block);
            let m2 = area(&ring);
            let per_day = match activity {
                "NTS" => 60_000.0,
                "TS" => random.between(3_500.0, 8_000.0),
                "BAC" => random.between(4_000.0, 9_000.0),
                _ => random.between(1_100.0, 2_800.0),
            };
            let started = cursor.next_open(hazard.altitude_m);
            let completed = started.after_work((m2 / per_day) as i64 + random.whole(2, 9), hazard.altitude_m);
            if completed > LAST {
                break;
            }
            cursor = completed.plus(random.whole(1, 12));
            let operator = match activity {
                "NTS" if random.chance(0.4) => "OP-D",
                "NTS" => "OP-A",
                "TS" => *random.pick(&["OP-A", "OP-B"]),
                "BAC" => "OP-C",
                _ => *random.pick(&["OP-A", "OP-B", "OP-B", "OP-C"]),
            };
            let (quality, accuracy_m) = match class {
                "CANCELLED" if random.chance(0.4) => ("DIGITISED", *random.pick(&[10.0, 25.0])),
                _ => ("SURVEYED", *random.pick(&[0.5, 1.0, 1.0, 2.0, 3.0])),
            };
            // Five in six meet their neighbours exactly; the others fall short, stand over or stick out.
            let factor = match random.whole(1, 100) {
                1..=84 => 1.0,
                85..=93 => random.between(0.94, 0.985),
                _ => random.between(1.03, 1.12),
            };
            let ring = if factor == 1.0 { ring } else { scaled(&ring, factor) };
            let off = if random.chance(0.035) { random.between(0.03, 0.08) } else { random.between(-0.002, 0.002) };
            let off = if random.chance(0.5) { off } else { -off };
            let depth_cm = if activity == "BAC" {
                *random.pick(&[20.0, 30.0, 50.0])
            } else {
                *random.pick(&[15.0, 20.0, 20.0, 30.0])
            };
            let qc = if completed > Day::new(2025, 7, 1) && random.chance(0.6) { "pending" } else { "accepted" };
            releases.push(Release {
                id: format!("LR-{:04}-{}", hazard.number, releases.len() + 1),
                hazard: index,
                block,
                reported_m2: rounded(area(&ring) * (1.0 + off), 1.0),
                exact: factor == 1.0,
                ring,
                class,
                activity,
                operator,
                started,
                completed,
                qc,
                accuracy_m,
                quality,
                depth_cm,
            });
        }
        self.fail_some(index, &mut releases);
        releases
    }

    /// Every 33rd hazard with clearance fails its first inspection; the ground is cleared again.
    fn fail_some(&mut self, index: usize, releases: &mut Vec<Release>) {
        if index % 33 != 10 {
            return;
        }
        let altitude_m = self.hazards[index].altitude_m;
        let Some(failed) = releases.iter_mut().find(|r| r.class == "CLEARED" && r.completed < Day::new(2025, 5, 1))
        else {
            return;
        };
        failed.qc = "failed";
        let started = failed.completed.plus(self.random.whole(20, 60)).next_open(altitude_m);
        let completed = started.after_work(self.random.whole(15, 40), altitude_m);
        let again =
            Release { id: format!("{}-again", failed.id), started, completed, qc: "accepted", ..failed.clone() };
        if completed <= LAST {
            releases.push(again);
        }
    }

    fn report_release(&mut self, release: &Release, index: usize) {
        let row = self.release_row(release);
        // Two or three reports came a year late.
        let late = [90, 150, 210].contains(&index) && release.completed < Day::new(2024, 6, 1);
        self.rows.push(if late { row.known_on(release.completed.plus(390)) } else { row });
    }

    fn release_row(&self, release: &Release) -> Row {
        let hazard = &self.hazards[release.hazard];
        let mut row = Row::new("releases.geojson", "release_product", &release.id, release.completed)
            .text("class", release.class)
            .text("hazard", &hazard.id)
            .text("activity", release.activity)
            .text("operator", release.operator)
            .text("team", format!("{}{}", &release.operator[3..], hazard.number % 4 + 1))
            .text("task", task_id(hazard, release.activity))
            .text("place", &hazard.place);
        if release.class == "CLEARED" {
            row = row.number("depth_cm", release.depth_cm).text("eo", hazard.eo);
        }
        row = row
            .text("methods", methods(release.activity, hazard.number))
            .text("started_on", release.started.to_string())
            .text("completed_on", release.completed.to_string())
            .text("qc", release.qc)
            .number("accuracy_m", release.accuracy_m)
            .text("geometry_quality", release.quality);
        if release.exact && release.quality == "SURVEYED" {
            row = row.text("control_group", format!("CG-{:04}", hazard.number));
        }
        row.number("reported_area_m2", release.reported_m2).synthetic().on(Ground::Area(release.ring.clone()))
    }

    /// One hazard confirmed, one boundary moved, one release corrected.
    fn corrections(&mut self) {
        let waiting: Vec<usize> = (0..self.hazards.len())
            .filter(|i| i % 6 == 3 && self.hazards[*i].class == "SHA" && self.hazards[*i].known < Day::new(2022, 1, 1))
            .collect();
        let confirmed = &self.hazards[waiting[0]];
        let ring = scaled(&confirmed.outline, 0.86);
        let day = Day::new(2023, 6, 14);
        let row = Row::new("hazards.geojson", "hazard_area", &format!("{}-2", confirmed.id), day)
            .text("supersedes", &confirmed.id)
            .text("class", "CHA")
            .text("eo", confirmed.eo)
            .text("evidence", "direct")
            .text("evidence_note", "technical survey found the first row")
            .text("operator", "OP-A")
            .text("place", &confirmed.place)
            .number("accuracy_m", 2.0)
            .text("geometry_quality", "SURVEYED")
            .number("reported_area_m2", rounded(area(&ring), 10.0))
            .synthetic();
        self.rows.push(row.on(Ground::Area(ring)));

        let moved = &self.hazards[waiting[1]];
        let ring: Ring = scaled(&moved.outline, 0.95).iter().map(|p| p.moved(18.0, -11.0).rounded()).collect();
        let row = Row::new("adjustments.geojson", "adjustment", "ADJ-1", Day::new(2022, 9, 20))
            .text("hazard", &moved.id)
            .text("reason", "boundary measured on the ground; the first one was drawn from a map")
            .text("operator", "OP-A")
            .number("accuracy_m", 2.0)
            .text("geometry_quality", "SURVEYED")
            .number("reported_area_m2", rounded(area(&ring), 10.0))
            .synthetic();
        self.rows.push(row.on(Ground::Area(ring)));

        let wrong = self
            .releases
            .iter()
            .find(|r| {
                r.class == "REDUCED"
                    && r.exact
                    && r.completed > Day::new(2023, 1, 1)
                    && r.completed < Day::new(2023, 9, 1)
            })
            .expect("a release of 2023 to correct")
            .clone();
        let ring = scaled(&wrong.ring, 0.93);
        let right = Release {
            id: format!("{}-corrected", wrong.id),
            reported_m2: rounded(area(&ring), 1.0),
            ring,
            exact: false,
            ..wrong.clone()
        };
        let mut row = self.release_row(&right).known_on(Day::new(2024, 3, 5));
        row = row.text("supersedes", &wrong.id).text("note", "the plan showed a wider strip than was surveyed");
        self.rows.push(row);
    }

    fn task_orders(&mut self) {
        let mut tasks: Vec<(usize, &str)> = Vec::new();
        for release in &self.releases {
            if !tasks.contains(&(release.hazard, release.activity)) {
                tasks.push((release.hazard, release.activity));
            }
        }
        for (index, activity) in tasks {
            let hazard = &self.hazards[index];
            let of_task: Vec<&Release> =
                self.releases.iter().filter(|r| (r.hazard, r.activity) == (index, activity)).collect();
            let first = of_task.iter().map(|r| r.started).min().expect("a task has a release");
            let last = of_task.iter().map(|r| r.completed).max().expect("a task has a release");
            let issued = Day(first.plus(-self.random.whole(5, 24)).0.max(hazard.known.0));
            let mut row = Row::new("task_orders.csv", "task_order", &task_id(hazard, activity), issued)
                .text("operator", of_task[0].operator)
                .text("activity", activity)
                .text("hazard", &hazard.id)
                .text("place", &hazard.place)
                .text("issued_on", issued.to_string())
                .text("planned_start", first.to_string())
                .text("planned_end", last.plus(self.random.whole(10, 60)).to_string())
                .text("state", "ISSUED");
            if matches!(activity, "CLR" | "BAC") {
                row = row.number("depth_cm", of_task[0].depth_cm).text("eo", hazard.eo);
            }
            self.rows.push(row.synthetic());
        }
    }

    fn surveys(&mut self) {
        let mut number = 0;
        let mut id = || {
            number += 1;
            format!("ACT-{number:04}")
        };
        for hazard in self.hazards.iter().filter(|h| h.known > Day::new(2021, 1, 5) && h.number % 4 != 0) {
            let days = self.random.whole(1, 6);
            let row = Row::new("surveys.geojson", "activity", &id(), hazard.known)
                .text("activity", "NTS")
                .text("hazard", &hazard.id)
                .text("operator", "OP-A")
                .text("place", &hazard.place)
                .text("methods", "interviews,field visit")
                .text("started_on", hazard.known.plus(-days).to_string())
                .text("completed_on", hazard.known.to_string())
                .number("n_interviewed", self.random.whole(0, 14) as f64)
                .synthetic();
            self.rows.push(row.on(Ground::Area(scaled(&hazard.outline, 1.25))));
        }
        for release in self.releases.iter().filter(|r| r.class == "REDUCED") {
            let hazard = &self.hazards[release.hazard];
            let share = self.random.between(0.2, 0.6);
            let row = Row::new("surveys.geojson", "activity", &id(), release.completed)
                .text("activity", "TS")
                .text("hazard", &hazard.id)
                .text("operator", release.operator)
                .text("task", task_id(hazard, "TS"))
                .text("place", &hazard.place)
                .text("methods", methods("TS", hazard.number))
                .text("started_on", release.started.to_string())
                .text("completed_on", release.completed.to_string())
                .number("processed_m2", rounded(area(&release.ring) * share, 10.0))
                .synthetic();
            self.rows.push(row.on(Ground::Area(release.ring.clone())));
        }
        for _ in 0..12 {
            let settlement = self.random.pick(&self.district.settlements).clone();
            let day = Day::new(2021, 5, 1).plus(self.random.whole(0, 1200)).next_open(settlement.altitude_m);
            let row = Row::new("surveys.geojson", "activity", &id(), day)
                .text("activity", "NTS")
                .text("operator", "OP-A")
                .text("place", &settlement.id)
                .text("methods", "interviews,field visit")
                .text("started_on", day.plus(-2).to_string())
                .text("completed_on", day.to_string())
                .number("n_interviewed", self.random.whole(2, 14) as f64)
                .text("note", "surveyed, no hazard found")
                .synthetic();
            self.rows.push(row.on(Ground::Area(around(settlement.at, 220.0, self.random))));
        }
    }

    fn finds(&mut self) {
        for index in 0..self.releases.len() {
            let release = self.releases[index].clone();
            if release.class != "CLEARED" || release.id.ends_with("again") {
                continue;
            }
            let hectares = area(&release.ring) / 10_000.0;
            let tries = (hectares * 3.0) as i64 + 3;
            let rich = index % 3 == 0;
            for _ in 0..tries.min(26) {
                if !self.random.chance(if rich { 0.55 } else { 0.11 }) {
                    continue;
                }
                let hazard = &self.hazards[release.hazard];
                let categories: Vec<&str> = hazard.eo.split(',').collect();
                let category = *self.random.pick(&categories);
                let at = hazard.net.inside(release.block, self.random);
                // Now and then the position is wrong: the find lies outside what was cleared.
                let at = if self.random.chance(0.008) { at.moved(240.0, 90.0).rounded() } else { at };
                let span = release.completed.0 - release.started.0;
                let day = Day(release.started.0 + self.random.whole(0, span)).next_open(hazard.altitude_m);
                let day = day.min(release.completed);
                let deep = self.random.chance(0.008);
                let depth =
                    if deep { release.depth_cm + 6.0 } else { rounded(release.depth_cm * self.random.unit(), 1.0) };
                let place = hazard.place.clone();
                self.find(day, at, category, depth, release.activity, release.operator, &place, Some(&release.id));
            }
            if index % 9 == 4 {
                let hazard = &self.hazards[release.hazard];
                let (at, place) = (hazard.net.inside(release.block, self.random), hazard.place.clone());
                let id = self.find_id();
                let row = Row::new("finds.csv", "device_find", &id, release.completed)
                    .text("category", "SAA")
                    .number("quantity", self.random.whole(5, 160) as f64)
                    .text("action", "removed_destroyed")
                    .text("found_by", release.activity)
                    .text("operator", release.operator)
                    .text("place", place)
                    .text("release", &release.id)
                    .synthetic();
                self.rows.push(row.on(Ground::At(at)));
            }
        }
        for _ in 0..24 {
            let settlement = self.random.pick(&self.district.settlements).clone();
            let far = self.random.between(100.0, 900.0);
            let way = direction(self.random);
            let at = settlement.at.moved(way.0 * far, way.1 * far).rounded();
            let day = Day::new(2021, 3, 1).plus(self.random.whole(0, 1690));
            self.find(day, at, "UXO", 0.0, "SPOT", "OP-C", &settlement.id, None);
        }
    }

    fn find_id(&mut self) -> String {
        self.n_finds += 1;
        format!("F-{:04}", self.n_finds)
    }

    #[expect(clippy::too_many_arguments, reason = "one straight row of a table")]
    fn find(
        &mut self,
        day: Day,
        at: Point,
        category: &str,
        depth_cm: f64,
        found_by: &str,
        operator: &str,
        place: &str,
        release: Option<&str>,
    ) -> String {
        let id = self.find_id();
        let action = if self.random.chance(0.7) { "destroyed_in_situ" } else { "removed_destroyed" };
        let row = Row::new("finds.csv", "device_find", &id, day)
            .text("category", category)
            .number("quantity", if self.random.chance(0.06) { 2.0 } else { 1.0 })
            .number("depth_cm", depth_cm)
            .text("action", action)
            .text("found_by", found_by)
            .text("operator", operator)
            .text("place", place)
            .text("release", release.unwrap_or_default())
            .number("accuracy_m", 2.0)
            .synthetic();
        self.rows.push(row.on(Ground::At(at)));
        id
    }

    fn reopenings(&mut self) {
        let candidates: Vec<Release> = self
            .releases
            .iter()
            .filter(|r| {
                r.class != "CANCELLED"
                    && r.qc == "accepted"
                    && r.exact
                    && r.completed > Day::new(2021, 9, 1)
                    && r.completed < Day::new(2024, 7, 1)
            })
            .cloned()
            .collect();
        let reasons = ["find", "accident", "find", "qc_failure", "recontamination", "find"];
        for (n, reason) in reasons.into_iter().enumerate() {
            let release = candidates[candidates.len() * (2 * n + 1) / 13].clone();
            let hazard = &self.hazards[release.hazard];
            let (altitude_m, place, eo) = (hazard.altitude_m, hazard.place.clone(), hazard.eo);
            let category = eo.split(',').next().expect("a hazard has ordnance");
            let day = release.completed.plus(self.random.whole(70, 330)).next_open(altitude_m);
            let at = self.hazards[release.hazard].net.inside(release.block, self.random);
            let trigger = match reason {
                "find" => self.find(day, at, category, 8.0, "PUBLIC", "OP-C", &place, None),
                "accident" => {
                    self.accident("ACC-1", day, at, "mine", category, (0, 1), &place);
                    "ACC-1".to_owned()
                }
                "qc_failure" => "QA-REOPEN".to_owned(),
                _ => String::new(),
            };
            if reason == "qc_failure" {
                let row = self.visit_row("QA-REOPEN", &release, day, "failed").on(Ground::At(at));
                self.rows.push(row);
            }
            let ring = match reason {
                "find" | "accident" => around(at, 55.0, self.random),
                _ => release.ring.clone(),
            };
            let id = format!("RO-{}", n + 1);
            let row = Row::new("reopenings.geojson", "reopening", &id, day)
                .text("class", if reason == "recontamination" { "SHA" } else { "CHA" })
                .text("reason", reason)
                .text("eo", eo)
                .text("trigger", trigger)
                .text("operator", "OP-A")
                .text("place", &place)
                .number("accuracy_m", 5.0)
                .text("geometry_quality", "SURVEYED")
                .number("reported_area_m2", rounded(area(&ring), 10.0))
                .text("note", if reason == "recontamination" { "slide after spring floods" } else { "" })
                .synthetic();
            self.rows.push(row.on(Ground::Area(ring.clone())));
            let started = day.plus(self.random.whole(10, 60)).next_open(altitude_m);
            let completed = started.after_work(self.random.whole(12, 45), altitude_m);
            if n % 2 == 0 && completed <= LAST {
                let ring = scaled(&ring, 1.05);
                let mined = self.hazards[release.hazard].mined;
                let again = Release {
                    id: format!("LR-{id}"),
                    reported_m2: rounded(area(&ring), 1.0),
                    ring,
                    class: "CLEARED",
                    activity: if mined { "CLR" } else { "BAC" },
                    operator: "OP-C",
                    started,
                    completed,
                    qc: "accepted",
                    accuracy_m: 1.0,
                    quality: "SURVEYED",
                    exact: false,
                    depth_cm: 30.0,
                    ..release
                };
                let hazard = &self.hazards[again.hazard];
                let task = format!("TO-{id}");
                let order = Row::new("task_orders.csv", "task_order", &task, day)
                    .text("operator", "OP-C")
                    .text("activity", again.activity)
                    .text("hazard", &hazard.id)
                    .text("place", &hazard.place)
                    .text("issued_on", day.to_string())
                    .text("planned_start", started.to_string())
                    .text("planned_end", completed.plus(20).to_string())
                    .text("state", "ISSUED")
                    .number("depth_cm", 30.0)
                    .text("eo", hazard.eo)
                    .synthetic();
                let mut row = self.release_row(&again);
                if let Some(value) = row.values.iter_mut().find(|(name, _)| *name == "task") {
                    value.1 = super::table::Value::Text(task);
                }
                self.rows.push(order);
                self.rows.push(row.text("note", "cleared again after a reopening"));
            }
        }
    }

    fn accidents(&mut self) {
        let untouched: Vec<usize> = (0..self.hazards.len()).filter(|i| i % 6 == 3 && self.hazards[*i].mined).collect();
        let scenes: [(&str, usize, i64, (i64, i64)); 4] =
            [("ACC-2", 0, -3, (0, 2)), ("ACC-3", 2, 120, (1, 0)), ("ACC-4", 4, 260, (0, 1)), ("ACC-5", 6, 410, (1, 1))];
        for (id, n, after, harm) in scenes {
            let hazard = &self.hazards[untouched[n]];
            let at = hazard.net.inside(hazard.net.whole(), self.random);
            let (place, category) = (hazard.place.clone(), hazard.eo.split(',').next().expect("a hazard has ordnance"));
            let day = Day(hazard.known.plus(after).0.clamp(Day::new(2020, 11, 29).0, LAST.0));
            self.accident(id, day, at, "mine", category, harm, &place);
        }
        let work = self
            .releases
            .iter()
            .find(|r| r.activity == "CLR" && r.completed.0 - r.started.0 > 12 && r.completed > Day::new(2023, 1, 1))
            .expect("a clearance of some weeks")
            .clone();
        let hazard = &self.hazards[work.hazard];
        let at = hazard.net.inside(work.block, self.random);
        let (place, category) = (hazard.place.clone(), hazard.eo.split(',').next().expect("a hazard has ordnance"));
        let day = work.started.plus(6).next_open(hazard.altitude_m);
        self.accident("ACC-6", day, at, "demining", category, (0, 1), &place);
    }

    #[expect(clippy::too_many_arguments, reason = "one straight row of a table")]
    fn accident(&mut self, id: &str, day: Day, at: Point, kind: &str, category: &str, harm: (i64, i64), place: &str) {
        let (killed, injured) = harm;
        let row = Row::new("accidents.csv", "accident", id, day)
            .text("kind", kind)
            .text("category", category)
            .number("n_killed", killed as f64)
            .number("n_injured", injured as f64)
            .number("n_unknown", 0.0)
            .text("place", place)
            .number("accuracy_m", 10.0)
            .synthetic();
        self.rows.push(row.on(Ground::At(at)));
        for n in 0..killed + injured {
            let row = Row::new("casualties.csv", "casualty", &format!("{id}-{}", n + 1), day)
                .text("accident", id)
                .text("outcome", if n < killed { "killed" } else { "injured" })
                .text("sex", *self.random.pick(&["male", "male", "female", "unknown"]))
                .text("age_band", *self.random.pick(&["adult", "adult", "adult", "unknown"]))
                .text(
                    "activity_then",
                    if kind == "demining" {
                        "clearance"
                    } else {
                        *self.random.pick(&["travelling", "herding", "gathering wood"])
                    },
                )
                .synthetic();
            self.rows.push(row);
        }
    }

    fn inspections(&mut self) {
        let mut number = 0;
        for index in 0..self.releases.len() {
            let release = self.releases[index].clone();
            let inspected =
                release.qc == "failed" || (release.class == "CLEARED" && index % 4 == 0 && release.qc == "accepted");
            if !inspected {
                continue;
            }
            number += 1;
            let id = format!("QA-{number:03}");
            let day = Day(release.completed.plus(self.random.whole(2, 18)).0.min(LAST.0));
            let at = self.hazards[release.hazard].net.inside(release.block, self.random);
            let row = self.visit_row(&id, &release, day, release.qc).on(Ground::At(at));
            self.rows.push(row);
            if release.qc == "failed" {
                let row = Row::new("nonconformities.csv", "nonconformity", &format!("NC-{number:03}"), day)
                    .text("visit", &id)
                    .text("severity", "CRITICAL")
                    .text("root_cause", "lane overlap missed at the end of a working day")
                    .text("corrective_action", "ground cleared again, team retrained")
                    .text("due_on", day.plus(60).to_string())
                    .synthetic();
                self.rows.push(row);
            }
        }
    }

    /// Reports of the last days that nobody has approved yet: one hazard, one clearance.
    fn proposed(&mut self) {
        let hazard =
            std::iter::repeat_with(|| HAZARDS + 1).find_map(|number| self.one_hazard(number)).expect("endless tries");
        let day = Day::new(2025, 10, 21);
        let row = Row::new("proposed.geojson", "hazard_area", &hazard.id, day)
            .text("class", "SHA")
            .text("eo", hazard.eo)
            .text("evidence", "indirect")
            .text("evidence_note", "statement of a shepherd; survey to follow")
            .text("operator", "OP-A")
            .text("place", &hazard.place)
            .number("accuracy_m", 10.0)
            .text("geometry_quality", "SURVEYED")
            .number("reported_area_m2", rounded(area(&hazard.outline), 10.0))
            .synthetic();
        self.rows.push(row.on(Ground::Area(hazard.outline)));
        let index = (0..self.hazards.len())
            .rfind(|i| i % 6 == 3 && self.hazards[*i].altitude_m < 2200.0)
            .expect("a low hazard waits");
        let hazard = &self.hazards[index];
        let block = Block { columns: (0, 1), ..hazard.net.whole() };
        let ring = hazard.net.outline(block);
        let release = Release {
            id: format!("LR-{:04}-1", hazard.number),
            hazard: index,
            block,
            reported_m2: rounded(area(&ring), 1.0),
            ring,
            class: "CLEARED",
            activity: if hazard.mined { "CLR" } else { "BAC" },
            operator: "OP-C",
            started: Day::new(2025, 9, 29),
            completed: Day::new(2025, 10, 23),
            qc: "pending",
            accuracy_m: 1.0,
            quality: "SURVEYED",
            exact: true,
            depth_cm: 20.0,
        };
        let order =
            Row::new("task_orders.csv", "task_order", &task_id(hazard, release.activity), Day::new(2025, 9, 22))
                .text("operator", "OP-C")
                .text("activity", release.activity)
                .text("hazard", &hazard.id)
                .text("place", &hazard.place)
                .text("issued_on", "2025-09-22")
                .text("planned_start", "2025-09-29")
                .text("planned_end", "2025-11-30")
                .text("state", "ISSUED")
                .number("depth_cm", 20.0)
                .text("eo", hazard.eo);
        let mut row = self.release_row(&release);
        row.file = "proposed.geojson";
        self.rows.push(row);
        self.rows.push(order.synthetic());
    }

    fn visit_row(&mut self, id: &str, release: &Release, day: Day, result: &str) -> Row {
        Row::new("qa_visits.csv", "qa_visit", id, day)
            .text("inspected", release.operator)
            .text("inspecting", "QM")
            .text("release", &release.id)
            .text("result", result)
            .number("sample_m2", rounded(area(&release.ring) * self.random.between(0.02, 0.1), 10.0))
            .synthetic()
    }
}

fn task_id(hazard: &Hazard, activity: &str) -> String {
    format!("TO-{:04}-{activity}", hazard.number)
}

/// What slows clearance there: every third hazard has something.
fn terrain(number: usize) -> &'static str {
    match number % 12 {
        0 => "steep",
        3 => "dense_bush",
        6 => "stony",
        9 => "high_metal",
        _ => "",
    }
}

fn methods(activity: &str, number: usize) -> &'static str {
    match (activity, number % 3) {
        ("NTS", _) => "interviews,desk study,field visit",
        ("TS", 0) => "dogs",
        ("TS", _) => "manual lanes,machine",
        ("BAC", _) => "visual search,large-loop detector",
        (_, 0) => "manual,dogs",
        _ => "manual",
    }
}

/// A size as hazards have it: many small, few large.
fn hectares(random: &mut Random) -> f64 {
    let (low, high) = match random.whole(1, 100) {
        1..=18 => (0.5, 2.0),
        19..=45 => (2.0, 6.0),
        46..=71 => (6.0, 15.0),
        72..=91 => (15.0, 40.0),
        92..=97 => (40.0, 80.0),
        _ => (80.0, 145.0),
    };
    random.between(low, high)
}

/// Columns in runs of one or two, rows sometimes apart.
fn blocks(whole: Block, random: &mut Random) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < whole.columns.1 {
        let end = (at + random.whole(1, 2) as usize).min(whole.columns.1);
        if whole.rows.1 > 1 && random.chance(0.55) {
            blocks.push(Block { columns: (at, end), rows: (0, 1) });
            blocks.push(Block { columns: (at, end), rows: (1, whole.rows.1) });
        } else {
            blocks.push(Block { columns: (at, end), rows: whole.rows });
        }
        at = end;
    }
    blocks
}

fn direction(random: &mut Random) -> (f64, f64) {
    loop {
        let (x, y) = (random.between(-1.0, 1.0), random.between(-1.0, 1.0));
        let length = (x * x + y * y).sqrt();
        if (0.2..1.0).contains(&length) {
            return (x / length, y / length);
        }
    }
}

fn somewhere_along(line: &[(f64, f64)], random: &mut Random) -> (Point, (f64, f64)) {
    let n = random.whole(0, line.len() as i64 - 2) as usize;
    let (a, b) = (Point::new(line[n].0, line[n].1), Point::new(line[n + 1].0, line[n + 1].1));
    let (east, north) = b.from(a);
    let length = (east * east + north * north).sqrt();
    let t = random.unit();
    (a.moved(east * t, north * t), (east / length, north / length))
}

fn sideways(p: Point, along: (f64, f64), metres: f64) -> Point {
    p.moved(-along.1 * metres, along.0 * metres)
}

/// An uneven octagon about a point.
fn around(at: Point, radius_m: f64, random: &mut Random) -> Ring {
    const D: f64 = std::f64::consts::FRAC_1_SQRT_2;
    let ways = [(1.0, 0.0), (D, D), (0.0, 1.0), (-D, D), (-1.0, 0.0), (-D, -D), (0.0, -1.0), (D, -D)];
    ways.iter()
        .map(|(east, north)| {
            let r = radius_m * random.between(0.8, 1.2);
            at.moved(east * r, north * r).rounded()
        })
        .collect()
}

fn rounded(value: f64, step: f64) -> f64 {
    (value / step).round() * step
}
