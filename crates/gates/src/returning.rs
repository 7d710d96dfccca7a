//! The return gate: may this household go home (DOMAIN §12.2, IASC Framework 2010; GATE rules for the land).
//!
//! Dwelling land, access, water, school, clinic, housing, services, property, free choice. Persons carry no
//! ethnicity or faith; the household is known by a pseudonym.

use std::collections::BTreeSet;

use geometry::{Shape, offset};
use ledger::Day;
use records::{Record, RecordKind};

use crate::access::access;
use crate::answer::{Answer, Asking, Result, RuleAnswer};
use crate::books::Books;
use crate::land::{Footprint, Question, free_rule, land};

/// The return gate of a household record.
pub fn returning(books: &Books<'_>, household: &Record) -> Answer {
    let home = Home::of(books, household);
    let (mut rules, blocking, on_the_way, opens_on) = match &home.ground {
        Some(ground) => {
            let question = Question {
                footprint: ground.clone(),
                depth_cm: home.dwelling.as_ref().and_then(|(_, dwelling)| dwelling.number("depth_cm")),
                margin_m: 0.0,
                eo: BTreeSet::new(),
                access_width_m: Some(books.policy.access_width_m),
            };
            let answer = land(books, &question);
            (answer.rules, answer.blocking, answer.on_the_way, answer.opens_on)
        }
        None => {
            let mut asking = Asking::new("GATE-1", "the land of the dwelling is free of hazard");
            asking.against(Result::Unknown, "record the ground of the dwelling or of the parcel", []);
            (vec![asking.done("")], Vec::new(), Vec::new(), None)
        }
    };
    rules.extend([
        water(books, &home),
        way_to(books, &home, "school", "RETURN-SCHOOL", "children can go to school"),
        way_to(books, &home, "clinic", "RETURN-CLINIC", "the sick can be taken to a clinic"),
        housing(books, &home),
        services(books, &home),
        property(books, household),
        free_choice(books, household),
        on_record(books, household),
    ]);
    let mut answer = Answer::of(rules, books);
    let only_land = answer.rules.iter().filter(|r| r.rule.starts_with("RETURN")).all(|r| r.result <= Result::Pass);
    answer.opens_on = opens_on.filter(|_| only_land);
    answer.blocking = blocking;
    answer.on_the_way = on_the_way;
    answer
}

/// Where the household returns to.
struct Home {
    dwelling: Option<(u32, Record)>,
    place: Option<(u32, Record)>,
    ground: Option<Footprint>,
}

impl Home {
    fn of(books: &Books<'_>, household: &Record) -> Home {
        let named = |kind, field: &str| household.text(field).and_then(|id| books.named(kind, id));
        let dwelling = named(RecordKind::Project, "dwelling");
        let parcel = named(RecordKind::Parcel, "parcel");
        let place = named(RecordKind::Place, "origin");
        let ground = [&dwelling, &parcel].into_iter().flatten().find_map(|(_, record)| {
            Footprint::of(record.geometry.as_ref()?, record.number("width_m").unwrap_or(0.0) / 2.0).ok()
        });
        Home { dwelling, place, ground }
    }

    /// Whether a record names the place, by the id of any of its corrections.
    fn is_in(&self, books: &Books<'_>, record: &Record) -> bool {
        let Some((place, _)) = &self.place else { return false };
        let named = record.text("place").map(|id| books.index.with_local_id(RecordKind::Place, id));
        named.unwrap_or_default().iter().any(|&number| books.index.root(number) == books.index.root(*place))
    }
}

fn water(books: &Books<'_>, home: &Home) -> RuleAnswer {
    let mut asking = Asking::new("RETURN-WATER", "there is working water near the dwelling, on ground free of hazard");
    let radius = books.policy.water_radius_m;
    let needs = format!("a water point that works, within {radius} m and free of hazard");
    let Some(ground) = &home.ground else {
        asking.against(Result::Unknown, &needs, []);
        return asking.done("");
    };
    let near = offset::dilate(ground.region(), radius);
    let mut worst = Result::Unknown;
    for (number, point) in books.standing_records(RecordKind::WaterPoint) {
        let Some(Shape::Point(position)) = point.geometry else { continue };
        if !near.covers(position) || point.text("status") != Some("working") {
            continue;
        }
        let around = offset::buffer_position(position, books.policy.access_width_m / 2.0);
        let rule = free_rule(books, &around, books.policy.margin_m);
        if rule.result == Result::Pass {
            asking.for_it(books.because(number, format!("{} works", books.index.record(number).local_id)));
            return asking.done("there is water");
        }
        worst = worst.max(rule.result);
    }
    asking.against(worst, &needs, []);
    asking.done("")
}

/// A finished school or clinic of the place that can be reached from the open network, as the dwelling can.
fn way_to(books: &Books<'_>, home: &Home, sector: &'static str, rule: &'static str, about: &'static str) -> RuleAnswer {
    let mut asking = Asking::new(rule, about);
    let mut worst = Result::Unknown;
    let mut why = format!("a {sector} of the place that is finished and can be reached");
    for (number, project) in books.standing_records(RecordKind::Project) {
        let is_it = project.text("sector") == Some(sector) && home.is_in(books, &project);
        let width = project.number("width_m").unwrap_or(0.0) / 2.0;
        if !is_it || !is_finished(books, &project) {
            continue;
        }
        let Some(Ok(ground)) = project.geometry.as_ref().map(|shape| Footprint::of(shape, width)) else { continue };
        let free = free_rule(books, ground.region(), books.policy.margin_m);
        let (way, _) = access(books, ground.region(), books.policy.access_width_m);
        let result = free.result.max(way.result);
        if result == Result::Pass {
            asking.for_it(books.because(number, format!("{} is open", books.index.record(number).local_id)));
            return asking.done("it can be reached");
        }
        if result > worst {
            worst = result;
            why = if free.result >= way.result { free.text } else { way.text };
        }
    }
    asking.against(worst, &why, []);
    asking.done("")
}

fn is_finished(books: &Books<'_>, project: &Record) -> bool {
    project.day("completed_on").is_some_and(|on| Day::from(on) <= books.day)
}

fn housing(books: &Books<'_>, home: &Home) -> RuleAnswer {
    let mut asking = Asking::new("RETURN-HOUSING", "the dwelling can be lived in");
    match &home.dwelling {
        None => asking.against(Result::Unknown, "name the housing project of the dwelling", []),
        Some((number, dwelling)) if is_finished(books, dwelling) => {
            asking.for_it(books.because(*number, "the dwelling is finished".to_owned()));
        }
        Some((number, _)) => {
            let because = books.because(*number, "the dwelling is not finished".to_owned());
            asking.against(Result::Blocked, "finish the dwelling", [because]);
        }
    }
    asking.done("the dwelling is finished")
}

fn services(books: &Books<'_>, home: &Home) -> RuleAnswer {
    let mut asking = Asking::new("RETURN-SERVICES", "the services that the programme asks for work in the place");
    let Some((number, place)) = &home.place else {
        asking.against(Result::Unknown, "name the place of origin", []);
        return asking.done("");
    };
    let working = place.list("services");
    for service in books.policy.services.iter().filter(|service| !working.contains(&service.as_str())) {
        let because = books.because(*number, format!("{service} is not recorded as working there"));
        asking.against(Result::Blocked, &format!("bring {service} to the place"), [because]);
    }
    asking.done("they work, or none is asked for")
}

fn property(books: &Books<'_>, household: &Record) -> RuleAnswer {
    let mut asking = Asking::new("RETURN-PROPERTY", "nobody disputes the land");
    let against = if books.policy.property_blocks { Result::Blocked } else { Result::Pass };
    match household.text("parcel").and_then(|id| books.named(RecordKind::Parcel, id)) {
        None if books.policy.property_blocks => {
            asking.against(Result::Unknown, "record the parcel and the right to it", []);
        }
        None => {}
        Some((number, parcel)) => match parcel.fields.get("disputed").and_then(|value| value.as_bool()) {
            Some(false) => asking.for_it(books.because(number, "nobody disputes it".to_owned())),
            Some(true) => {
                let because = books.because(number, "somebody else claims it too".to_owned());
                asking.against(against, "settle the dispute", [because]);
            }
            None if books.policy.property_blocks => {
                let because = books.because(number, "nobody asked whether it is disputed".to_owned());
                asking.against(Result::Unknown, "ask whether it is disputed", [because]);
            }
            None => {}
        },
    }
    asking.done("no dispute stands in the way by the programme's policy")
}

fn free_choice(books: &Books<'_>, household: &Record) -> RuleAnswer {
    let mut asking = Asking::new("RETURN-VOLUNTARY", "the household chose to return, freely");
    let (wants, free) = (household.text("intention"), household.fields.get("voluntary").and_then(|v| v.as_bool()));
    let because = || {
        let numbers = books.index.with_local_id(RecordKind::Household, &household.local_id);
        numbers.last().map(|&number| books.because(number, format!("intention {}", wants.unwrap_or("not recorded"))))
    };
    match (wants, free) {
        (Some("return"), Some(true)) => because().into_iter().for_each(|because| asking.for_it(because)),
        (Some("return") | None, None) => {
            asking.against(Result::Unknown, "ask the household, and record that the choice is free", because());
        }
        (None, Some(true)) => asking.against(Result::Unknown, "ask the household what it wants", because()),
        _ => asking.against(
            Result::Blocked,
            "the household does not want to return, or is not free to choose",
            because(),
        ),
    }
    asking.done("it is the household's own choice")
}

/// Whether the household's record may speak for it: what nobody approved, or what somebody proposes to correct, does not.
fn on_record(books: &Books<'_>, household: &Record) -> RuleAnswer {
    let about = "what is recorded of the household is approved, and nobody proposes otherwise";
    let mut asking = Asking::new("RETURN-RECORD", about);
    match books.named(RecordKind::Household, &household.local_id).filter(|(_, record)| record == household) {
        Some((number, _)) => asking.for_it(books.because(number, "it is approved".to_owned())),
        None => {
            let known = books.index.with_local_id(RecordKind::Household, &household.local_id);
            let chain: BTreeSet<u32> = known.iter().flat_map(|&n| books.index.chain(books.index.root(n))).collect();
            let proposed = chain.into_iter().filter(|&n| books.warns(n) && !books.is_official(n));
            let because = proposed.map(|n| books.because(n, "nobody has approved or refused it".to_owned()));
            asking.against(Result::Unknown, "approve or refuse what is proposed of the household", because);
        }
    }
    asking.done("it is approved")
}
