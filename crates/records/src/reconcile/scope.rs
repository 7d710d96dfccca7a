//! Scopes that are commonly mixed up (ID-14 a … e), tried one by one, and the questions they lead to.

use jiff::civil::Date;

use super::equation::{Part, gap};
use super::identity::flow_terms;
use super::table::Table;
use super::words::Words;
use super::{Hypothesis, Verdict};
use crate::decimal::Decimal;
use crate::published::Unit;

/// What kind of identity the figures stand in.
pub(super) enum Context<'a> {
    /// Opening, flows, closing.
    Balance { series: &'a str, from: Date, to: Date },
    /// A whole and its parts.
    Whole,
}

/// An equation under another scope, and how to ask for it.
type Try = (char, Vec<Part>, String);

/// How many earlier years one figure may cover.
const YEARS: usize = 5;

/// The scope under which the gap closes best; `None` if under none.
pub(super) fn best(table: &Table, context: &Context<'_>, parts: &[Part]) -> Option<Hypothesis> {
    let mut tries = Vec::new();
    if let Context::Balance { series, from, to } = *context {
        stock_scopes(table, series, from, to, parts, &mut tries);
        military(table, series, from, to, parts, &mut tries);
        several_years(table, series, from, to, parts, &mut tries);
        outside(table, series, from, to, parts, &mut tries);
    }
    unit_slips(table, parts, &mut tries);
    let closing = tries.into_iter().filter_map(|(letter, parts, question)| {
        let gap = gap(table, &parts).filter(|gap| gap.may_be_nought())?;
        Some(Hypothesis { letter, question, gap_left: gap.value })
    });
    closing.min_by(|a, b| (a.gap_left.abs(), a).cmp(&(b.gap_left.abs(), b)))
}

/// a: SHA only, CHA only, or both, on either day.
fn stock_scopes(table: &Table, series: &str, from: Date, to: Date, parts: &[Part], tries: &mut Vec<Try>) {
    let at = |name: &str, day: Date| table.pick(series, name, day, day, None);
    let flows: Vec<Part> = parts.iter().filter(|part| !is_stock(table, part, from, to)).copied().collect();
    let total =
        |day: Date| at("remaining", day).map(|id| vec![id]).or_else(|| Some(vec![at("sha", day)?, at("cha", day)?]));
    let scopes = |day: Date| {
        [
            ("SHA alone", at("sha", day).map(|id| vec![id])),
            ("CHA alone", at("cha", day).map(|id| vec![id])),
            ("SHA and CHA", total(day)),
        ]
    };
    for (opening, first) in scopes(from) {
        for (closing, last) in scopes(to) {
            let (Some(first), Some(last)) = (&first, last) else { continue };
            let both = first.iter().map(|id| Part::added(*id)).chain(flows.iter().copied());
            let tried: Vec<Part> = last.iter().map(|id| Part::whole(*id)).chain(both).collect();
            let is_mixed = opening != closing && [opening, closing].iter().all(|scope| scope.ends_with("alone"));
            if is_mixed || same_figures(&tried, parts) {
                continue;
            }
            let question = if opening == closing {
                format!("are the flows of {opening}?")
            } else {
                format!("is the closing figure of {closing}, and the opening figure of {opening}?")
            };
            tries.push(('a', tried, question));
        }
    }
}

fn same_figures(a: &[Part], b: &[Part]) -> bool {
    a.len() == b.len() && a.iter().all(|part| b.contains(part))
}

fn is_stock(table: &Table, part: &Part, from: Date, to: Date) -> bool {
    let stated = &table.stated[part.id];
    stated.from == stated.to && (stated.from == from || stated.from == to)
}

/// b: military areas in one figure and not in the other.
fn military(table: &Table, series: &str, from: Date, to: Date, parts: &[Part], tries: &mut Vec<Try>) {
    let apart = format!("{series}/military");
    let at = |day: Date| {
        table
            .pick(series, "remaining_military", day, day, None)
            .or_else(|| table.pick(&apart, "remaining", day, day, None))
    };
    for id in [at(from), at(to)].into_iter().flatten() {
        let shown = table.stated[id].published.shown();
        for (part, question) in [
            (
                Part::whole(id),
                format!("does the closing figure leave out military areas ({shown}) that the opening figure counts?"),
            ),
            (
                Part::whole(id).negated(),
                format!("does the closing figure count military areas ({shown}) that the opening figure leaves out?"),
            ),
        ] {
            tries.push(('b', [parts, &[part]].concat(), question));
        }
    }
}

/// c: one year's flow is the total of several years.
fn several_years(table: &Table, series: &str, from: Date, to: Date, parts: &[Part], tries: &mut Vec<Try>) {
    let Some(balance) = Words::shipped().balances.iter().find(|balance| balance.id == "ID-3") else { return };
    let earlier = table.periods(series, "remaining").iter().chain(table.periods(series, "sha")).map(|period| period.0);
    let mut earlier: Vec<Date> = earlier.filter(|day| *day < from).collect();
    earlier.sort_unstable();
    earlier.dedup();
    let at = |name: &str, day: Date| table.pick(series, name, day, day, None);
    let closing: Vec<Part> = parts.iter().filter(|part| part.is_whole).copied().collect();
    for &start in earlier.iter().rev().take(YEARS) {
        let opening =
            at("remaining", start).map(|id| vec![id]).or_else(|| Some(vec![at("sha", start)?, at("cha", start)?]));
        let Some(opening) = opening else { continue };
        let of_window = flow_terms(table, series, &balance.flows, start, to, None).0;
        for part in parts.iter().filter(|part| part.is_subtracted && !part.is_whole) {
            let flow = &table.stated[part.id];
            let others = of_window.iter().filter(|other| {
                let other = &table.stated[other.id];
                other.quantity != flow.quantity
            });
            let mut tried = closing.clone();
            tried.extend(opening.iter().map(|id| Part::added(*id)));
            tried.extend(others.copied());
            tried.push(*part);
            let question = format!(
                "is {} ({}, row {}) the total since {start}, and not of this period alone?",
                flow.quantity,
                flow.published.shown(),
                flow.row
            );
            tries.push(('c', tried, question));
        }
    }
}

/// d: clearance outside recorded hazards, which leaves what remains as it is.
fn outside(table: &Table, series: &str, from: Date, to: Date, parts: &[Part], tries: &mut Vec<Try>) {
    let Some(ids) = table.flow(series, "cleared_outside", from, to, None) else { return };
    let is_used = parts.iter().any(|part| ids.contains(&part.id));
    let is_as_published = parts.iter().any(|part| table.stated[part.id].quantity == "cleared");
    let shown = ids.iter().map(|id| table.stated[*id].published.shown()).collect::<Vec<_>>().join(" + ");
    let question = if is_as_published {
        format!("does the cleared figure include what was cleared outside hazards ({shown})?")
    } else if is_used {
        format!("does the cleared figure leave out what was cleared outside hazards ({shown})?")
    } else {
        format!("was what was cleared outside hazards ({shown}) also taken from what remains?")
    };
    let part = |id: &usize| if is_as_published || is_used { Part::added(*id) } else { Part::subtracted(*id) };
    let extra: Vec<Part> = match is_used {
        // It was added back already: without it.
        true => ids.iter().map(|id| Part::subtracted(*id)).collect(),
        false => ids.iter().map(part).collect(),
    };
    tries.push(('d', [parts, &extra].concat(), question));
}

/// e: one figure was written in another unit, or lost or won a digit.
fn unit_slips(table: &Table, parts: &[Part], tries: &mut Vec<Try>) {
    for (at, part) in parts.iter().enumerate() {
        let stated = &table.stated[part.id];
        for &slip in &Words::shipped().unit_slips {
            for scale in [(slip, 1), (1, slip)] {
                let mut tried = parts.to_vec();
                tried[at].scale = scale;
                let value = stated.published.value;
                let meant = match scale {
                    (times, 1) => value.times(Decimal::from(times)),
                    (_, over) => value.over(i128::from(over)),
                };
                let Some(meant) = meant else { continue };
                tries.push((
                    'e',
                    tried,
                    format!(
                        "is {} of {} (row {}) a slip of the unit or of a digit, and {} {} was meant?",
                        stated.quantity,
                        stated.published.shown(),
                        stated.row,
                        meant.grouped(),
                        stated.published.unit.name
                    ),
                ));
            }
        }
    }
}

/// What to ask where no scope closes the gap; empty where the figures agree.
pub(super) fn plain_question(
    context: &Context<'_>,
    verdict: Verdict,
    gap: Decimal,
    unit: &Unit,
    not_stated: &[String],
    moment: String,
) -> String {
    let amount = format!("{} {}", gap.abs().shown_in(unit.factor).grouped(), unit.name);
    let missing = match not_stated {
        [] => String::new(),
        names => format!(" (not stated: {})", names.join(", ")),
    };
    match (verdict, context) {
        (Verdict::GapPlus, Context::Balance { .. }) => {
            format!(
                "were {amount} newly identified, adjusted or taken into scope{moment} without being stated{missing}?"
            )
        }
        (Verdict::GapMinus, Context::Balance { .. }) => {
            format!("were {amount} released, adjusted or taken out of scope{moment} without being stated{missing}?")
        }
        (Verdict::GapPlus, Context::Whole) => {
            format!("what are the {amount} of the whole that no part states{missing}?")
        }
        (Verdict::GapMinus, Context::Whole) => {
            format!("are {amount} counted in two parts, or of another scope than the whole{missing}?")
        }
        _ => String::new(),
    }
}
