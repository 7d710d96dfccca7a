//! GATE-5: a chain of roads from the footprint to the open network, wide enough, verified or released.
//!
//! ```text
//!   open road ══╤══════╤═══        stops: ends of roads, junctions, doors of the footprint
//!               │ stretch between two stops: passes, is blocked, or is unknown
//!               ╰──╴ door ▢ footprint
//! ```
//!
//! Of all ways to the open network the least blocked is told, then the least unknown, then the shortest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use geometry::arrangement::union;
use geometry::shape::Position;
use geometry::{Region, Shape, offset, path};
use ledger::grid::{meet, widen};
use ledger::{View, m2};
use records::RecordKind;

use crate::answer::{Asking, Because, OnTheWay, Result, RuleAnswer};
use crate::books::Books;
use crate::land::passable;

pub(crate) const ABOUT: &str = "a chain of roads, wide enough and verified or released, leads to the open network";

/// Positions nearer along a road than this are one stop, metres.
const SAME_STOP_M: f64 = 0.5;

/// The number of the stop that is the open network itself.
const ARRIVED: usize = usize::MAX;
/// Longer than any way, mm.
const MOST_MM: u64 = 1 << 40;

struct Road {
    number: u32,
    line: Vec<Position>,
    width_m: Option<f64>,
    status: Option<String>,
    bounds: [f64; 4],
    /// Metres from its start, rising.
    stops: Vec<f64>,
}

/// A place on a road: its number, and the number of the stop.
type Stop = (usize, usize);

/// The way's blocked, unknown and whole length, mm: compared in this order.
type Cost = (u64, u64, u64);

/// A stretch of a road between two neighbouring stops.
#[derive(Clone)]
struct Stretch {
    result: Result,
    /// Why it does not pass, and from where, in metres along the road.
    why: String,
    /// Hazards in its way by the numbers of their first records, each with what it takes of the road and its margin.
    hazards: Vec<(u32, Region)>,
    /// Where they begin, seen from the open network: metres along the road, and the place.
    first: Option<(f64, Position)>,
    /// What fails besides those hazards: the worst answer, and why.
    besides: Option<(Result, String)>,
}

impl Stretch {
    /// One in whose way no hazard is.
    fn free(result: Result, why: String) -> Stretch {
        Stretch { result, why, hazards: Vec::new(), first: None, besides: None }
    }
}

impl Road {
    /// The path between two chainages.
    fn between(&self, from: f64, to: f64) -> Vec<Position> {
        let mut found = Vec::new();
        let mut before = 0.0;
        for ends in self.line.windows(2) {
            let length = path::distance_m(ends[0], ends[1]);
            let at = |metres: f64| {
                let t = if length > 0.0 { ((metres - before) / length).clamp(0.0, 1.0) } else { 0.0 };
                [ends[0][0] + (ends[1][0] - ends[0][0]) * t, ends[0][1] + (ends[1][1] - ends[0][1]) * t]
            };
            if before + length >= from && before <= to {
                found.push(at(from));
                found.push(at(to));
            }
            before += length;
        }
        found.dedup();
        found
    }

    fn is(&self, status: &str) -> bool {
        self.status.as_deref() == Some(status)
    }

    fn stop_at(&self, metres: f64) -> usize {
        let nearest = |i: &usize| (self.stops[*i] - metres).abs();
        (0..self.stops.len()).min_by(|a, b| nearest(a).total_cmp(&nearest(b))).expect("a road has two ends")
    }
}

/// Answer GATE-5 for a footprint and a width in metres, with the hazards on the way.
pub(crate) fn access(books: &Books<'_>, footprint: &Region, width_m: f64) -> (RuleAnswer, Vec<OnTheWay>) {
    let mut asking = Asking::new("GATE-5", ABOUT);
    let reach = books.policy.access_reach_m;
    let mut roads = roads(books);
    let near = offset::dilate(footprint, reach);
    let doors = doors(&roads, &near);
    let junctions = junctions(&roads, reach);
    for &(road, metres) in doors.iter().chain(junctions.iter().flatten()) {
        roads[road].stops.push(metres);
    }
    for road in &mut roads {
        road.stops.sort_by(f64::total_cmp);
        road.stops.dedup_by(|b, a| *b - *a < SAME_STOP_M);
    }
    let starts: Vec<Stop> = doors.iter().map(|&(road, metres)| (road, roads[road].stop_at(metres))).collect();
    if starts.is_empty() {
        asking.against(Result::Unknown, &format!("no road on record comes within {reach} m: record the way there"), []);
        return (asking.done(""), Vec::new());
    }
    let mut links: BTreeMap<Stop, Vec<Stop>> = BTreeMap::new();
    for [a, b] in junctions.iter().map(|pair| pair.map(|(road, metres)| (road, roads[road].stop_at(metres)))) {
        links.entry(a).or_default().push(b);
        links.entry(b).or_default().push(a);
    }
    match (Search { books, roads: &roads, links, width_m, judged: BTreeMap::new() }).way(&starts) {
        None => {
            asking.against(Result::Unknown, "no road on record leads on to the open network: record it", []);
            (asking.done(""), Vec::new())
        }
        Some(way) => {
            let mut on_the_way = Vec::new();
            for (road, from, to, stretch) in way {
                let road = &roads[road];
                let local_id = &books.index.record(road.number).local_id;
                let text = match stretch.result {
                    Result::Pass => format!("{local_id} from {from:.0} m to {to:.0} m"),
                    _ => format!("{local_id} {}", stretch.why),
                };
                let because = books.because(road.number, text);
                let in_the_way: Vec<Because> =
                    stretch.hazards.iter().map(|(row, _)| books.because(*row, format!("lies on {local_id}"))).collect();
                on_the_way.extend(stretch.first.map(|(from_m, at)| OnTheWay {
                    road: local_id.to_string(),
                    entry: books.index.record(road.number).entry,
                    from_m,
                    at,
                    hazards: stretch.hazards.iter().map(|(row, region)| books.blocking(*row, region.clone())).collect(),
                }));
                match stretch.result {
                    Result::Pass => asking.for_it(because),
                    // Hazards stand against it and the road says where; it stands against it too where more than they fail.
                    result if !in_the_way.is_empty() => {
                        asking.against(result, &because.text, in_the_way);
                        match stretch.besides {
                            None => asking.for_it(because),
                            Some((result, why)) => {
                                let text = format!("{local_id} {why}");
                                asking.against(result, &text, [Because { text: text.clone(), ..because }]);
                            }
                        }
                    }
                    result => asking.against(result, &because.text.clone(), [because]),
                }
            }
            (asking.done("the way to the open network is verified or released"), on_the_way)
        }
    }
}

fn roads(books: &Books<'_>) -> Vec<Road> {
    let mut roads = Vec::new();
    for (number, record) in books.standing_records(RecordKind::Route) {
        let lines = match record.geometry.clone() {
            Some(Shape::LineString(line)) => vec![line],
            Some(Shape::MultiLineString(lines)) => lines,
            _ => continue,
        };
        for line in lines.into_iter().filter(|line| line.len() > 1) {
            let Some(bounds) = Shape::LineString(line.clone()).bounds() else { continue };
            let stops = vec![0.0, path::length_m(&line)];
            let (width_m, status) = (record.number("width_m"), record.text("status").map(str::to_owned));
            roads.push(Road { number, line, width_m, status, bounds, stops });
        }
    }
    roads
}

/// Where roads come to the footprint, seen from either of their ends.
fn doors(roads: &[Road], near: &Region) -> Vec<(usize, f64)> {
    let mut doors = Vec::new();
    let Some(bounds) = near.bounds() else { return doors };
    for (i, road) in roads.iter().enumerate().filter(|(_, road)| meet(road.bounds, bounds)) {
        let length = road.stops[1];
        doors.extend(path::first_inside_m(&road.line, near).map(|metres| (i, metres)));
        let back: Vec<Position> = road.line.iter().rev().copied().collect();
        doors.extend(path::first_inside_m(&back, near).map(|metres| (i, length - metres)));
    }
    doors
}

/// Where the end of one road lies at another.
fn junctions(roads: &[Road], reach_m: f64) -> Vec<[(usize, f64); 2]> {
    let mut found = Vec::new();
    for (i, road) in roads.iter().enumerate() {
        for (end, metres) in [(road.line[0], 0.0), (road.line[road.line.len() - 1], road.stops[1])] {
            for (j, other) in roads.iter().enumerate().filter(|(j, _)| *j != i) {
                if !meet(widen(other.bounds, reach_m), [end[0], end[1], end[0], end[1]]) {
                    continue;
                }
                let mut before = 0.0;
                let mut nearest: Option<(f64, f64)> = None;
                for ends in other.line.windows(2) {
                    let (at, _) = path::nearest_on_edge(end, [ends[0], ends[1]]);
                    let away = path::distance_m(end, at);
                    if away <= reach_m && nearest.is_none_or(|(least, _)| away < least) {
                        nearest = Some((away, before + path::distance_m(ends[0], at)));
                    }
                    before += path::distance_m(ends[0], ends[1]);
                }
                found.extend(nearest.map(|(_, there)| [(i, metres), (j, there)]));
            }
        }
    }
    found
}

struct Search<'a> {
    books: &'a Books<'a>,
    roads: &'a [Road],
    links: BTreeMap<Stop, Vec<Stop>>,
    width_m: f64,
    judged: BTreeMap<Stop, Stretch>,
}

impl Search<'_> {
    /// The least blocked way from a door to the open network, from the open end: road, chainages, judgement.
    fn way(&mut self, starts: &[Stop]) -> Option<Vec<(usize, f64, f64, Stretch)>> {
        let mut best: BTreeMap<Stop, (Cost, Option<Stop>)> = BTreeMap::new();
        let mut todo: BinaryHeap<Reverse<(Cost, Stop)>> = BinaryHeap::new();
        for &start in starts {
            best.insert(start, ((0, 0, 0), None));
            todo.push(Reverse(((0, 0, 0), start)));
        }
        while let Some(Reverse((cost, stop))) = todo.pop() {
            if best[&stop].0 < cost {
                continue;
            }
            if stop.1 == ARRIVED {
                return Some(self.told(&best, stop));
            }
            for (next, step) in self.steps(stop) {
                let cost = (cost.0 + step.0, cost.1 + step.1, cost.2 + step.2);
                if best.get(&next).is_none_or(|(known, _)| cost < *known) {
                    best.insert(next, (cost, Some(stop)));
                    todo.push(Reverse((cost, next)));
                }
            }
        }
        None
    }

    fn steps(&mut self, stop: Stop) -> Vec<(Stop, Cost)> {
        let (road, i) = stop;
        let mut steps: Vec<(Stop, Cost)> = Vec::new();
        if self.roads[road].is("open") {
            let cost = match self.too_narrow(&self.roads[road]).map(|narrow| narrow.result) {
                Some(Result::Blocked) => (MOST_MM, 0, 0),
                Some(_) => (0, MOST_MM, 0),
                None => (0, 0, 0),
            };
            steps.push(((road, ARRIVED), cost));
        }
        steps.extend(self.links.get(&stop).into_iter().flatten().map(|&next| (next, (0, 0, 0))));
        let neighbours = [i.checked_sub(1), (i + 1 < self.roads[road].stops.len()).then_some(i + 1)];
        for next in neighbours.into_iter().flatten() {
            let stops = &self.roads[road].stops;
            let mm = ((stops[i] - stops[next]).abs() * 1e3).round() as u64;
            let cost = match self.judge((road, i.min(next)), next > i).result {
                Result::Blocked => (mm, 0, mm),
                Result::Unknown => (0, mm, mm),
                _ => (0, 0, mm),
            };
            steps.push(((road, next), cost));
        }
        steps
    }

    /// Judge the stretch that begins at a stop, walked towards the footprint.
    fn judge(&mut self, first: Stop, open_end_is_last: bool) -> Stretch {
        if let Some(known) = self.judged.get(&first) {
            return known.clone();
        }
        let road = &self.roads[first.0];
        let (from, to) = (road.stops[first.1], road.stops[first.1 + 1]);
        let stretch = self.judge_between(road, from, to, open_end_is_last);
        self.judged.insert(first, stretch.clone());
        stretch
    }

    fn too_narrow(&self, road: &Road) -> Option<Stretch> {
        let width_m = self.width_m;
        match road.width_m {
            None => Some(Stretch::free(Result::Unknown, "has no width on record".to_owned())),
            Some(width) if width >= width_m => None,
            Some(width) => Some(Stretch::free(Result::Blocked, format!("is {width} m wide; {width_m} m are wanted"))),
        }
    }

    fn judge_between(&self, road: &Road, from: f64, to: f64, open_end_is_last: bool) -> Stretch {
        let (books, width_m) = (self.books, self.width_m);
        if road.is("closed") {
            return Stretch::free(Result::Blocked, "is closed".to_owned());
        }
        if let Some(narrow) = self.too_narrow(road) {
            return narrow;
        }
        let line = road.between(from, to);
        let corridor = offset::buffer_path(&line, width_m / 2.0);
        let rules = passable(books, &corridor, road.is("verified") || road.is("open"));
        let Some(worst) = rules.iter().max_by_key(|rule| rule.result).filter(|rule| rule.result > Result::Pass) else {
            return Stretch::free(Result::Pass, String::new());
        };
        let reach = books.policy.margin_m + width_m / 2.0;
        let frame = offset::dilate(&corridor, books.policy.margin_m);
        let pieces = books.state.pieces(books.index, &frame, View::Gate, books.day);
        let mut by_row: BTreeMap<u32, Vec<&Region>> = BTreeMap::new();
        let hazardous = || pieces.iter().filter(|piece| piece.class.is_hazardous());
        for piece in hazardous() {
            piece.rows.iter().for_each(|&row| by_row.entry(row).or_default().push(&piece.region));
        }
        let hazard = union(&hazardous().map(|piece| &piece.region).collect::<Vec<_>>());
        let mut walked = line;
        if open_end_is_last {
            walked.reverse();
        }
        let first = path::first_inside_m(&walked, &offset::dilate(&hazard, reach));
        let first = first.map(|metres| if open_end_is_last { to - metres } else { from + metres });
        let first = first.and_then(|metres| Some((metres, *road.between(metres, metres).first()?)));
        let why = match first {
            Some((metres, _)) => format!("is blocked from chainage {metres:.0} m: {} of hazard", m2(hazard.area())),
            None => format!("from {from:.0} m to {to:.0} m: {} {}", worst.rule, worst.text),
        };
        let is_hazard =
            |because: &Because| books.index.number_of(because.entry).is_some_and(|n| by_row.contains_key(&n));
        let is_besides = |rule: &&RuleAnswer| {
            let mut against = rule.because.iter().filter(|because| because.against.is_some()).peekable();
            rule.result > Result::Pass && (against.peek().is_none() || !against.all(is_hazard))
        };
        let besides = rules.iter().filter(is_besides).max_by_key(|rule| rule.result);
        let besides = besides.map(|rule| {
            let others = rule.because.iter().filter(|because| because.against.is_some() && !is_hazard(because));
            let result = others.clone().filter_map(|because| because.against).max().unwrap_or(rule.result);
            let said: Vec<&str> = others.map(|because| &*because.text).collect();
            let said = if said.is_empty() { rule.needs.clone() } else { said.join("; ") };
            (result, format!("from {from:.0} m to {to:.0} m: {} {said}", rule.rule))
        });
        let hazards = by_row.iter().map(|(&row, regions)| (row, union(regions))).collect();
        Stretch { result: worst.result, why, hazards, first, besides }
    }

    fn told(&self, best: &BTreeMap<Stop, (Cost, Option<Stop>)>, end: Stop) -> Vec<(usize, f64, f64, Stretch)> {
        let mut way = Vec::new();
        let mut stop = end;
        while let Some(before) = best[&stop].1 {
            if stop.1 == ARRIVED {
                let narrow = self.too_narrow(&self.roads[stop.0]);
                let at = self.roads[stop.0].stops[before.1];
                way.extend(narrow.map(|narrow| (stop.0, at, at, narrow)));
            } else if before.0 == stop.0 {
                let first = (stop.0, before.1.min(stop.1));
                let stops = &self.roads[stop.0].stops;
                way.push((stop.0, stops[first.1], stops[first.1 + 1], self.judged[&first].clone()));
            }
            stop = before;
        }
        way
    }
}
