//! The land gate: may this footprint be used (GATE-1 … GATE-4, GATE-6 … GATE-9; GATE-5 in [`crate::access`]).

use std::collections::{BTreeMap, BTreeSet};

use geometry::arrangement::{difference, intersection, union};
use geometry::shape::Position;
use geometry::{Area, ProblemKind, Reading, Region, Shape, offset, path};
use ledger::{Class, Day, Land, Piece, View, m2};
use records::land::{QualityControl, ReleaseMethod};
use records::{Record, RecordKind};

use crate::access;
use crate::answer::{Answer, Asking, Because, Blocking, Result, RuleAnswer};
use crate::books::Books;

/// Ground below which a difference is rounding, m².
const ROUNDING_M2: f64 = 1e-3;

/// What GATE-4 asks.
const DEPTH: &str = "it is cleared at least as deep as the use digs";

/// Ordnance words that are no ordnance (EO-2): a release need not look for them.
const NOT_ORDNANCE: [&str; 2] = ["SAA", "FRAG_SCRAP"];

/// The ground asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    region: Region,
    /// Lines, if it is made of some, for chainages; degrees.
    lines: Vec<Vec<Position>>,
    half_width_m: f64,
}

impl Footprint {
    /// From a shape in degrees. Areas are read at their largest; lines and points take `half_width_m` around them.
    ///
    /// # Errors
    /// What is wrong with the shape, in words: nothing areal, a ring that cannot be read, a line without width.
    pub fn of(shape: &Shape, half_width_m: f64) -> std::result::Result<Footprint, String> {
        if shape.is_areal() {
            let read = geometry::read::read(shape, Reading::Largest);
            return match read.region.is_empty() {
                false => Ok(Footprint::of_region(read.region)),
                true => Err(match read.problems.first().map(|problem| problem.kind) {
                    Some(ProblemKind::NotFinite) => "a position of the footprint is not a number".to_owned(),
                    Some(ProblemKind::OutOfRange) => "a position of the footprint is not on the globe".to_owned(),
                    Some(ProblemKind::SpansHalfTheGlobe) => "the footprint spans half the globe".to_owned(),
                    _ => "the footprint has no ground".to_owned(),
                }),
            };
        }
        if half_width_m.is_nan() || half_width_m <= 0.0 {
            return Err(format!("a footprint that is a {} needs a width or a margin", shape.type_name()));
        }
        let lines: Vec<Vec<Position>> = match shape {
            Shape::Point(position) => vec![vec![*position]],
            Shape::MultiPoint(positions) => positions.iter().map(|position| vec![*position]).collect(),
            Shape::LineString(line) => vec![line.clone()],
            Shape::MultiLineString(lines) => lines.clone(),
            _ => return Err(format!("a {} is no footprint", shape.type_name())),
        };
        let grown: Vec<Region> = lines.iter().map(|line| offset::buffer_path(line, half_width_m)).collect();
        if grown.is_empty() || grown.iter().any(Region::is_empty) {
            return Err("the footprint has a position that is not on the globe".to_owned());
        }
        let region = union(&grown.iter().collect::<Vec<_>>());
        let lines = lines.into_iter().filter(|line| line.len() > 1).collect();
        Ok(Footprint { region, lines, half_width_m })
    }

    pub(crate) fn of_region(region: Region) -> Footprint {
        Footprint { region, lines: Vec::new(), half_width_m: 0.0 }
    }

    /// The ground.
    pub fn region(&self) -> &Region {
        &self.region
    }
}

/// What is asked of the ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The ground.
    pub footprint: Footprint,
    /// How deep the use digs, cm; `None` if nobody says.
    pub depth_cm: Option<f64>,
    /// Metres to be kept free of hazard around it.
    pub margin_m: f64,
    /// Ordnance expected there besides what the hazards record.
    pub eo: BTreeSet<String>,
    /// Width of the access that is needed, metres; `None` does not ask for access.
    pub access_width_m: Option<f64>,
}

/// The land gate (DOMAIN §12.1).
pub fn land(books: &Books<'_>, question: &Question) -> Answer {
    judged(books, question, true)
}

/// The gate of a visit, such as that of a survey team to a monument (DOMAIN §12.4): GATE-1 and GATE-5, and every other
/// rule of the land gate that asks whether the ground may be walked on. Only depth is not asked: a visit digs nothing.
pub fn visit(books: &Books<'_>, question: &Question) -> Answer {
    judged(books, question, false)
}

fn judged(books: &Books<'_>, question: &Question, digs: bool) -> Answer {
    let footprint = &question.footprint.region;
    let margin = question.margin_m.max(books.policy.margin_m).max(0.0);
    let pieces = books.state.pieces(books.index, footprint, View::Gate, books.day);
    let grounds: Vec<Ground> = pieces.iter().map(|piece| Ground::of(books, piece, question)).collect();
    let free = free_of_hazard(books, footprint, margin);
    let (access, on_the_way) = match question.access_width_m {
        Some(width) => access::access(books, footprint, width),
        None => {
            let asking = Asking::new("GATE-5", access::ABOUT);
            (asking.not_asked("access was not asked about; give its width"), Vec::new())
        }
    };
    let blocking = free.blocking;
    let rules = vec![
        free.rule,
        released_and_accepted(books, &grounds),
        scope(&grounds),
        match digs {
            true => depth(books, &grounds, question),
            false => Asking::new("GATE-4", DEPTH).not_asked("a visit digs nothing"),
        },
        access,
        events(books, footprint, &grounds),
        nonconformities(books, &grounds),
        terrain(books, footprint, &grounds),
        recorded(&grounds),
    ];
    let mut answer = Answer::of(rules, books);
    answer.opens_on = (!blocking.is_empty()).then(|| opens_on(books, &answer, &blocking)).flatten();
    answer.blocked_from_m = blocked_from_m(&question.footprint, &blocking, margin);
    answer.blocking = blocking;
    answer.on_the_way = on_the_way;
    answer
}

/// The gate of something whose ground nobody has drawn: unknown, with what is missing.
pub fn without_ground(books: &Books<'_>, needs: &str) -> Answer {
    let mut asking = Asking::new("GATE-1", "the footprint and its margin lie outside every remaining hazard");
    asking.against(Result::Unknown, needs, []);
    Answer::of(vec![asking.done("")], books)
}

/// Whether ground lies outside remaining⁺ and, where it was hazard, is released and accepted for the ordnance
/// recorded there (GATE-1, 2, 3, 9): what a road needs.
pub(crate) fn passable(books: &Books<'_>, ground: &Region, is_verified: bool) -> Vec<RuleAnswer> {
    let free = free_of_hazard(books, ground, books.policy.margin_m);
    if is_verified {
        return vec![free.rule];
    }
    let question = Question {
        footprint: Footprint::of_region(ground.clone()),
        depth_cm: None,
        margin_m: 0.0,
        eo: BTreeSet::new(),
        access_width_m: None,
    };
    let pieces = books.state.pieces(books.index, ground, View::Gate, books.day);
    let grounds: Vec<Ground> = pieces.iter().map(|piece| Ground::of(books, piece, &question)).collect();
    vec![free.rule, released_and_accepted(books, &grounds), scope(&grounds), recorded(&grounds)]
}

struct Free {
    rule: RuleAnswer,
    blocking: Vec<Blocking>,
}

/// GATE-1.
pub(crate) fn free_rule(books: &Books<'_>, ground: &Region, margin_m: f64) -> RuleAnswer {
    free_of_hazard(books, ground, margin_m).rule
}

fn free_of_hazard(books: &Books<'_>, footprint: &Region, margin_m: f64) -> Free {
    let mut asking = Asking::new("GATE-1", "the footprint and its margin lie outside every remaining hazard");
    let frame = offset::dilate(footprint, margin_m);
    let pieces = books.state.pieces(books.index, &frame, View::Gate, books.day);
    let mut by_row: BTreeMap<u32, Vec<&Region>> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| piece.class.is_hazardous()) {
        asking.fails_on(piece.region.area());
        piece.rows.iter().for_each(|&row| by_row.entry(row).or_default().push(&piece.region));
    }
    let mut blocking = Vec::new();
    for (row, regions) in by_row {
        let region = union(&regions);
        let kept = books.index.record(row);
        let area = region.area();
        let text = format!("{} of it is not released with enough certainty from {}", m2(area), kept.local_id);
        let because = Because { area: Some(area), ..books.because(row, text) };
        asking.against(Result::Blocked, "release the ground of the hazards in the way", [because]);
        blocking.push(books.blocking(row, region));
    }
    blocking.sort_by(|a, b| (&a.local_id, a.entry).cmp(&(&b.local_id, b.entry)));
    Free { rule: asking.done("no remaining hazard reaches it"), blocking }
}

/// A piece of the footprint with the releases that may speak for it.
struct Ground {
    area: Area,
    class: Class,
    /// Hazards that have covered it.
    rows: Vec<u32>,
    releases: Vec<Released>,
    /// Ordnance recorded for its hazards, and asked for.
    expected: BTreeSet<String>,
    /// Whether a hazard there does not say which ordnance.
    is_unsure: bool,
    /// Surveys that found no hazard there, if nothing was ever recorded.
    surveyed: Option<Vec<u32>>,
}

/// One release as the rules need it.
#[derive(Clone)]
struct Released {
    number: u32,
    method: ReleaseMethod,
    day: Day,
    qc: Accepted,
    depth_cm: Option<f64>,
    /// `None` if the method makes a statement about all ordnance.
    eo: Option<BTreeSet<String>>,
    operator: Option<String>,
    task: Option<String>,
    /// Accepted by inspection and, if the policy asks for it, handed over.
    counts: bool,
}

/// Where an inspection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Accepted {
    Failed,
    Pending,
    Unknown,
    Yes,
}

impl Ground {
    fn of(books: &Books<'_>, piece: &Piece, question: &Question) -> Ground {
        let mut expected = question.eo.clone();
        let mut is_unsure = false;
        for &row in &piece.rows {
            for number in books.index.chain(row).into_iter().filter(|&n| books.warns(n)) {
                let Some(record) = books.record(number) else { continue };
                let words: BTreeSet<String> = record.list("eo").into_iter().map(str::to_owned).collect();
                is_unsure |= words.is_empty() || words.contains("UNKNOWN");
                expected.extend(words);
            }
        }
        expected.retain(|word| word != "UNKNOWN" && !NOT_ORDNANCE.contains(&word.as_str()));
        let releases: Vec<Released> = piece.releases.iter().filter_map(|&number| Released::of(books, number)).collect();
        let never_recorded = piece.class == Class::NotRecorded;
        // Ground that was cleared although no hazard was recorded there is judged by its clearance.
        let cleared = never_recorded && releases.iter().any(|r| r.method == ReleaseMethod::Cleared);
        let surveyed = (never_recorded && !cleared).then(|| surveyed(books, &piece.region));
        Ground {
            area: piece.region.area(),
            class: piece.class,
            rows: piece.rows.clone(),
            is_unsure: is_unsure || (cleared && expected.is_empty()),
            releases: if cleared || !never_recorded { releases } else { Vec::new() },
            expected,
            surveyed,
        }
    }

    /// Whether release rules apply: it was hazard, or was cleared anyway.
    fn needs_release(&self) -> bool {
        self.surveyed.is_none()
    }

    /// Whether release rules apply and are worth asking: it was hazard, or was cleared anyway.
    fn is_released(&self) -> bool {
        self.needs_release() && !self.class.is_hazardous()
    }

    /// Releases that may speak for it: those that count; if none does, all, since GATE-2 blocks already.
    fn speaking(&self) -> Vec<&Released> {
        let counting: Vec<&Released> = self.releases.iter().filter(|r| r.counts).collect();
        if counting.is_empty() { self.releases.iter().collect() } else { counting }
    }

    /// The day since which it is released: of the newest release that counts.
    fn since(&self) -> Option<Day> {
        self.releases.iter().filter(|r| r.counts).map(|r| r.day).max()
    }
}

impl Released {
    fn of(books: &Books<'_>, number: u32) -> Option<Released> {
        let Land::Release(_, released) = &books.index.record(number).land else { return None };
        let record = books.record(number)?;
        let kept = books.index.record(number);
        let stated = match released.qc {
            Some(QualityControl::Accepted) => Accepted::Yes,
            Some(QualityControl::Pending) => Accepted::Pending,
            Some(QualityControl::Failed) => Accepted::Failed,
            None => Accepted::Unknown,
        };
        let eo: BTreeSet<String> = record.list("eo").into_iter().map(str::to_owned).collect();
        let qc = inspected(books, &kept.local_id, stated);
        let handed_over = books.evidence().handed_over.contains(&*kept.local_id);
        let speaks_for_all = released.method != ReleaseMethod::Cleared && eo.is_empty();
        Some(Released {
            number,
            method: released.method,
            day: kept.day,
            qc,
            depth_cm: record.number("depth_cm"),
            eo: (!speaks_for_all).then_some(eo),
            operator: record.text("operator").map(str::to_owned),
            task: record.text("task").map(str::to_owned),
            counts: qc == Accepted::Yes && (handed_over || !books.policy.handover_required),
        })
    }

    fn looked_for(&self, word: &str) -> bool {
        self.eo.as_ref().is_none_or(|eo| eo.contains(word))
    }
}

/// What the release says of its inspection, and the newest visit that names it. A failed visit counts at once.
fn inspected(books: &Books<'_>, release: &str, stated: Accepted) -> Accepted {
    let Some(visits) = books.evidence().inspections.get(release) else { return stated };
    match (visits.failed, visits.accepted) {
        (Some(failed), Some(accepted)) if accepted > failed => Accepted::Yes,
        (Some(_), _) => Accepted::Failed,
        (None, Some(_)) if stated != Accepted::Failed => Accepted::Yes,
        (None, _) => stated,
    }
}

/// GATE-2.
fn released_and_accepted(books: &Books<'_>, grounds: &[Ground]) -> RuleAnswer {
    let mut asking = Asking::new("GATE-2", "all of it that was hazard is released and accepted by inspection");
    for ground in grounds.iter().filter(|ground| ground.needs_release()) {
        if ground.class.is_hazardous() {
            asking.fails_on(ground.area);
            let because = ground.rows.iter().map(|&row| {
                let text = format!("it is still {}", ground.class.word());
                Because { area: Some(ground.area), ..books.because(row, text) }
            });
            asking.against(Result::Blocked, "release the ground", because);
            continue;
        }
        if ground.releases.iter().any(|r| r.counts) {
            for release in ground.speaking() {
                let text = format!("released as {} on {} and accepted", release.method, release.day);
                asking.for_it(Because { area: Some(ground.area), ..books.because(release.number, text) });
            }
            continue;
        }
        asking.fails_on(ground.area);
        for release in &ground.releases {
            let (result, text, needs) = match release.qc {
                Accepted::Failed => (Result::Blocked, "failed its inspection", "clear the ground again"),
                Accepted::Pending => (Result::Blocked, "waits for its inspection", "inspect the release"),
                Accepted::Unknown => (Result::Unknown, "has no inspection on record", "inspect the release"),
                Accepted::Yes => (Result::Blocked, "is not handed over", "sign the handover certificate"),
            };
            let because =
                books.because(release.number, format!("{} {text}", books.index.record(release.number).local_id));
            asking.against(result, needs, [Because { area: Some(ground.area), ..because }]);
        }
    }
    asking.done("all of it that was hazard is released and accepted")
}

/// GATE-3.
fn scope(grounds: &[Ground]) -> RuleAnswer {
    let mut asking = Asking::new("GATE-3", "the releases looked for all ordnance expected there");
    for ground in grounds.iter().filter(|ground| ground.is_released()) {
        if ground.is_unsure {
            asking.fails_on(ground.area);
            asking.against(Result::Unknown, "record which ordnance the hazard holds", []);
        }
        let releases = ground.speaking();
        let is_missing = |word: &&String| !releases.iter().any(|r| r.looked_for(word));
        let missing: Vec<&str> = ground.expected.iter().filter(is_missing).map(String::as_str).collect();
        if !missing.is_empty() {
            asking.fails_on(ground.area);
            let needs = format!("clear {} of it for {}", m2(ground.area), missing.join(", "));
            asking.against(Result::Blocked, &needs, []);
        }
    }
    asking.done("the releases looked for all of it")
}

/// GATE-4.
fn depth(books: &Books<'_>, grounds: &[Ground], question: &Question) -> RuleAnswer {
    let mut asking = Asking::new("GATE-4", DEPTH);
    let wanted = question.depth_cm.unwrap_or(0.0);
    for ground in grounds.iter().filter(|ground| ground.is_released()) {
        let releases = ground.speaking();
        let deep = |r: &Released| match r.method {
            ReleaseMethod::Cleared => r.depth_cm.is_some_and(|depth| depth >= wanted),
            ReleaseMethod::Cancelled | ReleaseMethod::Reduced => books.policy.depth_not_applicable,
        };
        // Ordnance that nobody looked for is the business of GATE-3.
        let looked_for = ground.expected.iter().filter(|word| releases.iter().any(|r| r.looked_for(word)));
        let mut words: Vec<Option<&str>> = looked_for.map(|word| Some(word.as_str())).collect();
        words.push(None);
        let covers =
            |word: Option<&str>| releases.iter().any(|r| deep(r) && word.is_none_or(|word| r.looked_for(word)));
        if words.into_iter().all(covers) {
            continue;
        }
        asking.fails_on(ground.area);
        for release in releases {
            let local_id = &books.index.record(release.number).local_id;
            let (result, text) = match (release.method, release.depth_cm) {
                (ReleaseMethod::Cleared, Some(depth)) => {
                    (Result::Blocked, format!("{local_id} cleared to {depth} cm; {wanted} cm are wanted"))
                }
                (ReleaseMethod::Cleared, None) => (Result::Unknown, format!("{local_id} states no depth")),
                // Nobody searched it to any depth; whether that is enough for use without digging is policy.
                (method, _) if wanted > 0.0 => (Result::Blocked, format!("{local_id} is {method}: it has no depth")),
                (method, _) => (
                    Result::Unknown,
                    format!("{local_id} is {method}: the policy does not say that depth does not apply"),
                ),
            };
            let because = Because { area: Some(ground.area), ..books.because(release.number, text) };
            asking.against(result, &format!("clear it to {wanted} cm"), [because]);
        }
    }
    match question.depth_cm {
        Some(_) => asking.done("it is cleared deep enough"),
        None => asking.done("no digging was asked about"),
    }
}

/// GATE-6.
fn events(books: &Books<'_>, footprint: &Region, grounds: &[Ground]) -> RuleAnswer {
    let mut asking = Asking::new("GATE-6", "nothing happened nearby since the release that nobody has reviewed");
    let Some(since) = since(books, grounds) else { return asking.done("nothing was released here") };
    let near = offset::dilate(footprint, books.policy.event_radius_m);
    let own: BTreeSet<&str> =
        grounds.iter().flat_map(|g| &g.releases).map(|r| &*books.index.record(r.number).local_id).collect();
    for kind in [RecordKind::Accident, RecordKind::DeviceFind, RecordKind::Reopening] {
        for number in books.of_kind(kind).filter(|&n| books.warns(n) && books.index.record(n).day >= since) {
            let kept = books.index.record(number);
            let is_near = match &kept.land {
                Land::Event(position) => {
                    near.covers(*position) || {
                        let accuracy =
                            books.record(number).and_then(|record| record.number("accuracy_m")).unwrap_or(0.0);
                        !intersection(&offset::buffer_position(*position, accuracy), &near).is_empty()
                    }
                }
                Land::Hazard(plot, _) => !intersection(&plot.region, &near).is_empty(),
                _ => false,
            };
            if !is_near {
                continue;
            }
            let Some(record) = books.record(number) else { continue };
            // What the clearance itself found is why it was done.
            let is_own = kind == RecordKind::DeviceFind
                && kept.day == since
                && record.text("release").is_some_and(|release| own.contains(release));
            if is_own || is_reviewed(books, &kept.local_id, kept.day) {
                continue;
            }
            let text = format!(
                "{} {} of {} lies within {} m",
                kind.name(),
                kept.local_id,
                kept.day,
                books.policy.event_radius_m
            );
            asking.against(Result::Blocked, "review what happened nearby", [books.because(number, text)]);
        }
    }
    asking.done("nothing was reported nearby since, or it was reviewed")
}

/// The earliest day since which any of it counts as released or surveyed.
fn since(books: &Books<'_>, grounds: &[Ground]) -> Option<Day> {
    let surveyed = |ground: &Ground| {
        let surveys = ground.surveyed.iter().flatten();
        surveys.map(|&n| books.index.record(n).day).max()
    };
    grounds.iter().filter_map(|ground| ground.since().or_else(|| surveyed(ground))).min()
}

/// Whether an approved review names what happened, no earlier than it did.
fn is_reviewed(books: &Books<'_>, local_id: &str, day: Day) -> bool {
    books.evidence().reviewed.get(local_id).is_some_and(|&on| on >= day)
}

/// GATE-7.
fn nonconformities(books: &Books<'_>, grounds: &[Ground]) -> RuleAnswer {
    let mut asking = Asking::new("GATE-7", "no critical non-conformity of the operator on the task is open");
    let releases: Vec<&Released> = grounds.iter().flat_map(|ground| &ground.releases).collect();
    for (number, record) in books.warning_records(RecordKind::Nonconformity) {
        let closed = record.day("closed_on").is_some_and(|on| Day::from(on) <= books.day) && books.stands(number);
        if record.text("severity") != Some("CRITICAL") || closed {
            continue;
        }
        let visit = record.text("visit").and_then(|visit| books.named(RecordKind::QaVisit, visit)).map(|(_, v)| v);
        let of_visit = |field: &str| visit.as_ref().and_then(|visit| visit.text(field).map(str::to_owned));
        let operator = record.text("operator").map(str::to_owned).or_else(|| of_visit("inspected"));
        let task = record.text("task").map(str::to_owned).or_else(|| of_visit("task"));
        // What is not stated may be this one.
        let may_be = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        if releases.iter().any(|r| may_be(&r.operator, &operator) && may_be(&r.task, &task)) {
            let text = format!("critical non-conformity {} is open", books.index.record(number).local_id);
            asking.against(Result::Blocked, "close the non-conformity", [books.because(number, text)]);
        }
    }
    asking.done("none is open")
}

/// GATE-8.
fn terrain(books: &Books<'_>, footprint: &Region, grounds: &[Ground]) -> RuleAnswer {
    const MOVES: [&str; 3] = ["flood", "slide", "erosion"];
    let mut asking = Asking::new("GATE-8", "the ground has not moved since the release, or it was reviewed");
    let Some(since) = since(books, grounds) else { return asking.done("nothing was released here") };
    for (number, record) in books.warning_records(RecordKind::Observation) {
        let kept = books.index.record(number);
        let moves = record.text("type").is_some_and(|word| MOVES.contains(&word));
        if !moves || kept.day < since || is_reviewed(books, &kept.local_id, kept.day) {
            continue;
        }
        let Some(shape) = &record.geometry else { continue };
        let reach = books.state.parameters().uncertainty_m(record.number("accuracy_m"), None);
        let moved = match shape.is_areal() {
            true => offset::dilate(&geometry::read::read(shape, Reading::Largest).region, reach),
            false => Footprint::of(shape, reach).map(|f| f.region).unwrap_or_default(),
        };
        if !intersection(&moved, footprint).is_empty() {
            let text = format!("{} {} on {}", record.text("type").unwrap_or_default(), kept.local_id, kept.day);
            asking.against(Result::Blocked, "review the ground that moved", [books.because(number, text)]);
        }
    }
    asking.done("no movement is reported, or it was reviewed")
}

/// GATE-9.
fn recorded(grounds: &[Ground]) -> RuleAnswer {
    let mut asking = Asking::new("GATE-9", "something is known of all of it");
    for ground in grounds.iter().filter(|g| g.surveyed.as_ref().is_some_and(Vec::is_empty)) {
        asking.fails_on(ground.area);
        let needs = "NO_RECORD: a desk check or a non-technical survey must say that no hazard is known there";
        asking.against(Result::Unknown, needs, []);
    }
    asking.done("all of it is recorded")
}

/// Approved surveys, not about a hazard, that together cover the ground although shrunk by their uncertainty.
/// Empty if they leave any of it.
fn surveyed(books: &Books<'_>, ground: &Region) -> Vec<u32> {
    let bounds = ground.bounds().expect("a piece has ground");
    let mut left = ground.clone();
    let mut used = Vec::new();
    for number in books.index.meeting(bounds) {
        let Land::Worked(region) = &books.index.record(number).land else { continue };
        if !books.stands(number) {
            continue;
        }
        let Some(record) = books.record(number) else { continue };
        let is_survey = matches!(record.text("activity"), Some("NTS" | "TS"));
        if !is_survey || record.text("hazard").is_some() {
            continue;
        }
        let quality = record.text("geometry_quality").and_then(|word| word.parse().ok());
        if !ledger::Parameters::may_release(record.number("accuracy_m"), quality) {
            continue;
        }
        let reach = books.state.parameters().uncertainty_m(record.number("accuracy_m"), quality);
        let next = difference(&left, &offset::erode(region, reach));
        if next.area() < left.area() {
            used.push(number);
        }
        left = next;
    }
    if left.area().m2() < ROUNDING_M2 { used } else { Vec::new() }
}

/// The day by which task orders plan to be done with every hazard in the way, if nothing else is.
fn opens_on(books: &Books<'_>, answer: &Answer, blocking: &[Blocking]) -> Option<Day> {
    let follows = ["GATE-1", "GATE-2"];
    if answer.rules.iter().any(|rule| rule.result > Result::Pass && !follows.contains(&rule.rule)) {
        return None;
    }
    let tasks: Vec<Record> = books.standing_records(RecordKind::TaskOrder).map(|(_, record)| record).collect();
    let planned = |hazard: &str| {
        let is_live = |task: &&Record| !matches!(task.text("state"), Some("CANCELLED" | "CLOSED" | "SUSPENDED"));
        let of_hazard = tasks.iter().filter(|task| task.text("hazard") == Some(hazard)).filter(is_live);
        of_hazard.filter_map(|task| task.day("planned_end")).map(Day::from).filter(|&day| day >= books.day).max()
    };
    blocking.iter().map(|b| planned(&b.local_id)).collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn blocked_from_m(footprint: &Footprint, blocking: &[Blocking], margin_m: f64) -> Option<f64> {
    let [line] = &footprint.lines[..] else { return None };
    let reached = union(&blocking.iter().map(|b| &b.region).collect::<Vec<_>>());
    path::first_inside_m(line, &offset::dilate(&reached, footprint.half_width_m + margin_m))
}
