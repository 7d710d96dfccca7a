//! Which hazard first (DOMAIN §10.3): values of the stated criteria, computed from the records where nobody wrote them down,
//! and what goes before any score.

use std::collections::{BTreeMap, BTreeSet};

use gates::Footprint;
use geometry::arrangement::intersection;
use geometry::{Region, offset};
use jiff::ToSpan;
use ledger::{Land, View};
use plan::Settlement;
use plan::priority::{Candidate, Criterion, Ranked, rank};
use records::{Record, RecordKind};

use super::{Hazard, Maker, with_all_before};
use crate::cli::Usage;

/// Priority points of a hazard with the highest score there can be.
const HIGHEST_SCORE: f64 = 100.0;
/// What is urgent has more than any score can give.
const URGENT: f64 = 2.0;
/// An accident counts as recent for so long.
const RECENT_DAYS: i64 = 365;
/// A school or water nearer than this makes a hazard urgent, metres.
const NEAR_M: f64 = 100.0;

/// An accident with its harm.
struct Accident {
    local_id: String,
    day: ledger::Day,
    at: geometry::shape::Position,
    n_people: f64,
}

impl Maker<'_> {
    /// Ranks the hazards and gives their lots the points of their rank.
    pub(super) fn ranked(&mut self, projects: &[Record], settlements: &[Settlement]) -> anyhow::Result<Vec<Ranked>> {
        let criterion = |text: &String| Criterion { name: text[1..].to_owned(), more_is_sooner: text.starts_with('+') };
        let criteria: Vec<Criterion> = self.settings.criteria.iter().map(criterion).collect();
        let accidents = self.accidents();
        let schools_and_water = self.schools_and_water();
        let waits = Waits::of(self, projects, settlements);
        let mut candidates = Vec::new();
        for hazard in &self.hazards {
            let ground = self.state.remaining_of_row(self.programme.index(), hazard.root, View::Gate, self.day);
            let waiting = waits.behind(&self.lots[&hazard.root]);
            candidates.push(Candidate {
                id: self.rank_id(hazard),
                values: criteria.iter().map(|c| self.value(&c.name, hazard, &ground, &accidents, &waiting)).collect(),
                urgent: self.urgent(hazard, &ground, &accidents, &schools_and_water, &waiting),
            });
        }
        let mut ranked = match criteria.is_empty() {
            false if !candidates.is_empty() => {
                rank(&criteria, None, &candidates).map_err(|why| Usage(format!("[plan] criteria: {why}")))?
            }
            _ => without_criteria(&candidates),
        };
        let by_id: BTreeMap<String, &Hazard> = self.hazards.iter().map(|h| (self.rank_id(h), h)).collect();
        for ranked in &mut ranked {
            let Some(hazard) = by_id.get(&ranked.id) else { continue };
            ranked.id.clone_from(&hazard.record.local_id);
            let by_hand = if criteria.is_empty() { hazard.record.number("priority").unwrap_or(0.0) } else { 0.0 };
            let urgent = if ranked.urgent.is_some() { URGENT } else { 0.0 };
            let points = (by_hand + (ranked.score + urgent) * HIGHEST_SCORE).round() as i64;
            for &lot in &self.lots[&hazard.root] {
                self.works[lot].priority = points;
            }
        }
        Ok(ranked)
    }

    /// Equal scores stand in the order of local ids; the entry tells a hazard from a reopening that shares its own.
    fn rank_id(&self, hazard: &Hazard) -> String {
        format!("{} {}", hazard.record.local_id, self.programme.index().record(hazard.root).entry)
    }

    /// What a criterion says of a hazard: as somebody wrote it down, else as the records say.
    fn value(
        &self,
        criterion: &str,
        hazard: &Hazard,
        ground: &Region,
        accidents: &[Accident],
        waiting: &Waiting,
    ) -> Option<f64> {
        let written = hazard.record.fields.get("criteria").and_then(|values| values.get(criterion)?.as_f64());
        written.or_else(|| match criterion {
            "casualties" => {
                let near = offset::dilate(ground, self.books.policy.event_radius_m);
                Some(accidents.iter().filter(|accident| near.covers(accident.at)).map(|a| a.n_people).sum())
            }
            "households" => Some(waiting.households as f64),
            "projects" => Some(waiting.projects.len() as f64),
            "area_m2" => Some(hazard.remaining_m2),
            _ => None,
        })
    }

    /// Accidents that were reported, approved or not: nobody waits for an approval to take a warning.
    fn accidents(&self) -> Vec<Accident> {
        let accident = |(number, record): (u32, Record)| {
            let kept = self.books.index.record(number);
            let Land::Event(at) = kept.land else { return None };
            let harm = ["n_killed", "n_injured", "n_unknown"].iter().filter_map(|field| record.number(field)).sum();
            Some(Accident { local_id: kept.local_id.to_string(), day: kept.day, at, n_people: harm })
        };
        self.books.warning_records(RecordKind::Accident).filter_map(accident).collect()
    }

    fn schools_and_water(&self) -> Vec<(String, Region)> {
        let records = |kind| self.books.official_records(kind).map(|(_, record)| record);
        let schools = records(RecordKind::Project).filter(|project| project.text("sector") == Some("school"));
        let found = schools.chain(records(RecordKind::WaterPoint));
        let region = |record: Record| {
            let half_width_m = record.number("width_m").unwrap_or(1.0).max(1.0) / 2.0;
            let ground = Footprint::of(record.geometry.as_ref()?, half_width_m).ok()?;
            let what = if record.kind == RecordKind::Project { "school" } else { "water" };
            Some((format!("{what} {}", record.local_id), ground.region().clone()))
        };
        found.filter_map(region).collect()
    }

    /// Why no score may hold a hazard back (DOMAIN §10.3): somebody says so, a recent accident, a school or water
    /// within 100 m, a start of building that is promised.
    fn urgent(
        &self,
        hazard: &Hazard,
        ground: &Region,
        accidents: &[Accident],
        schools_and_water: &[(String, Region)],
        waiting: &Waiting,
    ) -> Option<String> {
        let said = hazard.record.text("urgent").map(str::to_owned);
        let recent = || {
            let radius = self.books.policy.event_radius_m;
            let near = offset::dilate(ground, radius);
            let since = self.day.date().saturating_sub(RECENT_DAYS.days());
            let recent = accidents.iter().filter(|accident| accident.day.date() > since && near.covers(accident.at));
            let newest = recent.max_by_key(|accident| (accident.day, &accident.local_id))?;
            Some(format!("accident {} on {}, within {radius} m", newest.local_id, newest.day))
        };
        let school = || {
            let near = offset::dilate(ground, NEAR_M);
            let meets = |(_, region): &&(String, Region)| !intersection(&near, region).is_empty();
            schools_and_water.iter().find(meets).map(|(name, _)| format!("{name} lies within {NEAR_M} m"))
        };
        let promised = || {
            let promises = waiting.projects.iter().filter_map(|(id, start)| Some(((*start)?, id)));
            promises.min().map(|(start, id)| format!("{id} is promised to start on {start}"))
        };
        said.or_else(recent).or_else(school).or_else(promised)
    }
}

/// What waits for a hazard.
struct Waiting {
    households: i64,
    /// Projects with the day on which they are promised to start.
    projects: Vec<(String, Option<jiff::civil::Date>)>,
}

/// Settlements and projects, each with all the works that it waits for.
struct Waits<'a> {
    settlements: Vec<(i64, BTreeSet<usize>)>,
    projects: Vec<(&'a Record, BTreeSet<usize>)>,
}

impl Waits<'_> {
    fn of<'a>(maker: &Maker<'_>, projects: &'a [Record], settlements: &[Settlement]) -> Waits<'a> {
        let before = |wanted: &[usize]| with_all_before(&maker.works, wanted);
        let own = |project: &'a Record| Some((project, before(&[*maker.projects.get(&project.local_id)?])));
        Waits {
            settlements: settlements.iter().map(|place| (place.households, before(&place.needs))).collect(),
            projects: projects.iter().filter_map(own).collect(),
        }
    }

    /// What waits for one of some lots.
    fn behind(&self, lots: &[usize]) -> Waiting {
        let waits = |works: &BTreeSet<usize>| lots.iter().any(|lot| works.contains(lot));
        let households = self.settlements.iter().filter(|(_, works)| waits(works)).map(|(households, _)| households);
        let projects = self.projects.iter().filter(|(_, works)| waits(works));
        let promised = |(project, _): &(&Record, _)| (project.local_id.clone(), project.day("planned_start"));
        Waiting { households: households.sum(), projects: projects.map(promised).collect() }
    }
}

/// Without criteria there is no score: only what goes before one.
fn without_criteria(candidates: &[Candidate]) -> Vec<Ranked> {
    let urgent = candidates.iter().filter(|candidate| candidate.urgent.is_some());
    let n_urgent = urgent.clone().count();
    urgent
        .map(|candidate| Ranked {
            id: candidate.id.clone(),
            rank: 1,
            score: 0.0,
            contributions: Vec::new(),
            rank_range: (1, n_urgent),
            unknown: Vec::new(),
            urgent: candidate.urgent.clone(),
        })
        .collect()
}
