//! Which identities a table can show, and how each comes out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::equation::{Part, gap};
use super::scope::{self, Context};
use super::table::Table;
use super::words::{Expression, Flows, Relation, Whole, Words};
use super::{Finding, Term, Untested, Verdict};
use crate::decimal::Decimal;
use crate::published::{Interval, Unit};

/// What one identity needs beside its figures.
struct Claimed<'a> {
    id: &'a str,
    series: &'a str,
    from: Date,
    to: Date,
    relation: Relation,
    context: Context<'a>,
}

pub(super) fn all(table: &Table, untested: &mut Vec<Untested>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for series in table.series() {
        balances(table, series, &mut findings, untested);
        wholes(table, series, &mut findings, untested);
        periods(table, series, &mut findings);
    }
    units(table, &mut findings, untested);
    categories(table, &mut findings);
    findings
}

/// What an expression finds: figures with their sign.
type Found = Vec<(bool, usize)>;

fn resolve(expression: &Expression, mut look: impl FnMut(&str) -> Option<Vec<usize>>) -> Option<Found> {
    expression.iter().find_map(|form| {
        let mut found = Vec::new();
        for (is_subtracted, name) in &form.terms {
            match look(name) {
                Some(ids) => found.extend(ids.into_iter().map(|id| (*is_subtracted, id))),
                None if form.needs_all => return None,
                None => {}
            }
        }
        (!found.is_empty()).then_some(found)
    })
}

/// The name by which a missing term is told: that of its first form.
fn name_of(expression: &Expression) -> String {
    expression[0].terms[0].1.clone()
}

// ---- stocks and flows: ID-1, ID-2, ID-3

fn balances(table: &Table, series: &str, findings: &mut Vec<Finding>, untested: &mut Vec<Untested>) {
    let mut idle = Vec::new();
    for balance in &Words::shipped().balances {
        let stock = |day: Date, source: Option<&str>| {
            resolve(&balance.stock, |name| table.pick(series, name, day, day, source).map(|id| vec![id]))
        };
        let bounds = bounds(table, series, &balance.stock);
        let bounds: Vec<Date> = bounds.into_iter().filter(|day| stock(*day, None).is_some()).collect();
        for (from, to) in windows(table, series, balance.flows.clone(), balance.alone.clone(), &bounds) {
            // Without another stock, flows that name none are of this one.
            let knows_other = |day| {
                ["remaining", "sha", "cha"].iter().any(|name| {
                    !balance.stock.iter().any(|form| form.terms.iter().any(|(_, own)| own == name))
                        && table.pick(series, name, day, day, None).is_some()
                })
            };
            let is_alone = !knows_other(from) && !knows_other(to);
            let choices = [Some(&balance.flows), balance.alone.as_ref().filter(|_| is_alone)];
            let Some(flows) = choices
                .into_iter()
                .flatten()
                .find(|flows| !flow_terms(table, series, flows, from, to, None).0.is_empty())
            else {
                continue;
            };
            let build = |source: Option<&str>| {
                let (terms, not_stated) = flow_terms(table, series, flows, from, to, source);
                let mut parts: Vec<Part> = Vec::new();
                parts.extend(stock(to, source)?.into_iter().map(|(_, id)| Part::whole(id)));
                parts.extend(stock(from, source)?.into_iter().map(|(_, id)| Part::added(id)));
                parts.extend(terms);
                Some((parts, not_stated))
            };
            let context = Context::Balance { series, from, to };
            let claimed = Claimed { id: &balance.id, series, from, to, relation: Relation::Equal, context };
            findings.extend(with_each_source(table, &claimed, build));
        }
        if bounds.len() > 1 {
            idle.push(&balance.id);
        }
    }
    // A series that balances in any of the three ways is not told about the others.
    if !findings.iter().any(|f| f.series == series && Words::shipped().balances.iter().any(|b| b.id == f.identity)) {
        untested.extend(idle.into_iter().map(|id| Untested {
            identity: id.clone(),
            series: series.to_owned(),
            why: "two or more days are stated, but nothing that happened between them".to_owned(),
        }));
    }
}

/// Days on which a stock may be stated.
fn bounds(table: &Table, series: &str, stock: &Expression) -> BTreeSet<Date> {
    let names = stock.iter().flat_map(|form| &form.terms);
    names.flat_map(|(_, name)| table.periods(series, name)).map(|period| period.0).collect()
}

/// From each day to the next, and every period of a flow between two days.
fn windows(table: &Table, series: &str, flows: Flows, alone: Option<Flows>, bounds: &[Date]) -> BTreeSet<(Date, Date)> {
    let mut windows: BTreeSet<(Date, Date)> = bounds.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let sides = [Some(flows), alone];
    let names =
        sides.iter().flatten().flat_map(|flows| flows.add.iter().chain(&flows.subtract).chain(&flows.otherwise));
    for (_, name) in names.flatten().flat_map(|form| &form.terms) {
        let of_flow = table.periods(series, name).iter().copied();
        windows.extend(of_flow.filter(|(from, to)| bounds.contains(from) && bounds.contains(to)));
    }
    windows
}

/// Flows of a period with their signs, and the names of those that are not stated.
pub(super) fn flow_terms(
    table: &Table,
    series: &str,
    flows: &Flows,
    from: Date,
    to: Date,
    source: Option<&str>,
) -> (Vec<Part>, Vec<String>) {
    let look = |name: &str| table.flow(series, name, from, to, source);
    let mut parts = Vec::new();
    let mut not_stated = Vec::new();
    let mut side = |expressions: &[Expression], is_out: bool| {
        let before = parts.len();
        for expression in expressions {
            match resolve(expression, look) {
                Some(found) => parts.extend(found.into_iter().map(|(is_subtracted, id)| {
                    if is_subtracted != is_out { Part::subtracted(id) } else { Part::added(id) }
                })),
                None => not_stated.push(name_of(expression)),
            }
        }
        parts.len() > before
    };
    side(&flows.add, false);
    let is_split = side(&flows.subtract, true);
    if !is_split && let Some(found) = flows.otherwise.as_ref().and_then(|otherwise| resolve(otherwise, look)) {
        parts.extend(found.into_iter().map(|(_, id)| Part::subtracted(id)));
        not_stated.retain(|name| !flows.subtract.iter().any(|expression| name_of(expression) == *name));
    }
    (parts, not_stated)
}

// ---- wholes and their parts: ID-3 … ID-11

fn wholes(table: &Table, series: &str, findings: &mut Vec<Finding>, untested: &mut Vec<Untested>) {
    for whole in &Words::shipped().wholes {
        let names = || whole.parts.iter().chain([&whole.whole]).flatten().flat_map(|form| &form.terms);
        let moments: BTreeSet<(Date, Date)> =
            names().flat_map(|(_, name)| table.periods(series, name)).copied().collect();
        for (from, to) in moments {
            let build = |source: Option<&str>| of_whole(table, series, whole, from, to, source);
            let context = Context::Whole;
            let claimed = Claimed { id: &whole.id, series, from, to, relation: whole.relation, context };
            findings.extend(with_each_source(table, &claimed, build));
            overlapping(table, series, whole, from, to, untested);
        }
    }
}

fn of_whole(
    table: &Table,
    series: &str,
    whole: &Whole,
    from: Date,
    to: Date,
    source: Option<&str>,
) -> Option<(Vec<Part>, Vec<String>)> {
    let look = |name: &str| table.pick(series, name, from, to, source).map(|id| vec![id]);
    let mut parts: Vec<Part> = resolve(&whole.whole, look)?.into_iter().map(|(_, id)| Part::whole(id)).collect();
    let mut not_stated = Vec::new();
    let n_whole = parts.len();
    for expression in &whole.parts {
        match resolve(expression, look) {
            Some(found) => {
                parts.extend(found.into_iter().map(
                    |(is_subtracted, id)| {
                        if is_subtracted { Part::subtracted(id) } else { Part::added(id) }
                    },
                ))
            }
            None if whole.needs_all => return None,
            None => not_stated.push(name_of(expression)),
        }
    }
    // A figure is no part of itself: `cleared` may stand on either side of ID-4 and ID-5.
    let mut seen = BTreeSet::new();
    let wanted = whole.parts.len().min(2);
    let is_enough = parts.len() - n_whole >= wanted && parts.iter().all(|part| seen.insert(part.id));
    is_enough.then_some((parts, not_stated))
}

/// Categories that overlap and have no whole: said, so that nobody adds them (ID-11).
fn overlapping(table: &Table, series: &str, whole: &Whole, from: Date, to: Date, untested: &mut Vec<Untested>) {
    let has = |expression: &Expression| {
        resolve(expression, |name| table.pick(series, name, from, to, None).map(|id| vec![id])).is_some()
    };
    if whole.needs_all && whole.parts.iter().take(2).all(has) && !has(&whole.whole) {
        untested.push(Untested {
            identity: whole.id.clone(),
            series: series.to_owned(),
            why: format!(
                "{} and {} may overlap, so they are not added; {} is not stated",
                name_of(&whole.parts[0]),
                name_of(&whole.parts[1]),
                name_of(&whole.whole)
            ),
        });
    }
}

// ---- shorter periods within longer ones: DQ-43

fn periods(table: &Table, series: &str, findings: &mut Vec<Finding>) {
    for quantity in table.quantities(series) {
        for &(from, to) in table.periods(series, quantity) {
            let Some(tiles) = (from < to).then(|| table.tiles(series, quantity, from, to)).flatten() else { continue };
            let build = |source: Option<&str>| {
                let mut parts = vec![Part::whole(table.pick(series, quantity, from, to, source)?)];
                for &(from, to) in &tiles {
                    parts.push(Part::added(table.pick(series, quantity, from, to, source)?));
                }
                Some((parts, Vec::new()))
            };
            let claimed = Claimed { id: "DQ-43", series, from, to, relation: Relation::Equal, context: Context::Whole };
            findings.extend(with_each_source(table, &claimed, build));
        }
    }
}

// ---- units within units (ID-7) and categories of a quantity

fn units(table: &Table, findings: &mut Vec<Finding>, untested: &mut Vec<Untested>) {
    let all: Vec<(&str, &str, Date, Date)> = table
        .keys()
        .map(|((series, quantity, from, to), _)| (series.as_str(), quantity.as_str(), *from, *to))
        .collect();
    let mut groups: BTreeMap<(&str, &str, Date, Date), Vec<&str>> = Default::default();
    for (series, quantity, from, to) in all {
        if let Some((parent, _)) = series.rsplit_once('/') {
            groups.entry((parent, quantity, from, to)).or_default().push(series);
        }
    }
    for ((parent, quantity, from, to), children) in groups.into_iter().filter(|(_, children)| children.len() > 1) {
        let build = |source: Option<&str>| {
            let mut parts = vec![Part::whole(table.pick(parent, quantity, from, to, source)?)];
            for child in &children {
                parts.push(Part::added(table.pick(child, quantity, from, to, source)?));
            }
            Some((parts, Vec::new()))
        };
        let claimed =
            Claimed { id: "ID-7", series: parent, from, to, relation: Relation::Equal, context: Context::Whole };
        let found = with_each_source(table, &claimed, build);
        if found.is_empty() {
            let parts: Vec<Part> = children
                .iter()
                .filter_map(|child| table.pick(child, quantity, from, to, None))
                .map(Part::added)
                .collect();
            let (sum, unit) = (gap(table, &parts), &table.stated[parts[0].id].published.unit);
            let sum = sum.map(|gap| gap.expected.shown_in(unit.factor).grouped()).unwrap_or_default();
            untested.push(Untested {
                identity: "ID-7".to_owned(),
                series: parent.to_owned(),
                why: format!(
                    "{} parts of {quantity} sum to {sum} {}{}; no total is stated",
                    parts.len(),
                    unit.name,
                    moment(from, to)
                ),
            });
        }
        findings.extend(found);
    }
}

fn categories(table: &Table, findings: &mut Vec<Finding>) {
    let mut groups: BTreeMap<(&str, &str, Date, Date), Vec<&str>> = Default::default();
    for ((series, quantity, from, to), _) in table.keys() {
        if let Some((group, _)) = quantity.rsplit_once('/') {
            groups.entry((series, group, *from, *to)).or_default().push(quantity);
        }
    }
    for ((series, group, from, to), parts_of) in groups.into_iter().filter(|(_, parts)| parts.len() > 1) {
        // The nearest whole above: of `casualties/sex/male` it is `casualties/sex`, or else `casualties`.
        let above = std::iter::successors(Some(group), |path| path.rsplit_once('/').map(|(above, _)| above));
        let Some(whole) = above.into_iter().find(|path| table.pick(series, path, from, to, None).is_some()) else {
            continue;
        };
        let id = match group.split('/').next() {
            Some("casualties") => "ID-10",
            _ => "ID-7",
        };
        let build = |source: Option<&str>| {
            let mut parts = vec![Part::whole(table.pick(series, whole, from, to, source)?)];
            for part in &parts_of {
                parts.push(Part::added(table.pick(series, part, from, to, source)?));
            }
            Some((parts, Vec::new()))
        };
        let claimed = Claimed { id, series, from, to, relation: Relation::Equal, context: Context::Whole };
        findings.extend(with_each_source(table, &claimed, build));
    }
}

// ---- each identity, with each source

/// An identity as its first choice of figures gives it, and once more with each source that says otherwise.
fn with_each_source(
    table: &Table,
    claimed: &Claimed<'_>,
    build: impl Fn(Option<&str>) -> Option<(Vec<Part>, Vec<String>)>,
) -> Vec<Finding> {
    let Some((first, not_stated)) = build(None) else { return Vec::new() };
    let mut choices = vec![(first.clone(), not_stated)];
    let others: BTreeSet<&str> = first
        .iter()
        .flat_map(|part| {
            let s = &table.stated[part.id];
            table.all(&s.series, &s.quantity, s.from, s.to)
        })
        .map(|id| table.stated[*id].source.as_str())
        .collect();
    for source in others {
        if let Some(choice) = build(Some(source)).filter(|(parts, _)| choices.iter().all(|(known, _)| known != parts)) {
            choices.push(choice);
        }
    }
    choices.into_iter().filter_map(|(parts, not_stated)| finding(table, claimed, &parts, not_stated)).collect()
}

fn finding(table: &Table, claimed: &Claimed<'_>, parts: &[Part], not_stated: Vec<String>) -> Option<Finding> {
    let gap = gap(table, parts)?;
    let verdict = match claimed.relation {
        Relation::Equal => verdict(gap.range, gap.value),
        Relation::AtMost => {
            verdict_of_side(gap.range.lower.is_none_or(|lower| lower <= Decimal::ZERO), Verdict::GapPlus)
        }
        Relation::AtLeast => {
            verdict_of_side(gap.range.upper.is_none_or(|upper| !upper.is_negative()), Verdict::GapMinus)
        }
    };
    let hypothesis = match verdict.is_closed() || claimed.relation != Relation::Equal {
        true => None,
        false => scope::best(table, &claimed.context, parts),
    };
    let verdict = if hypothesis.is_some() { Verdict::ScopeMismatch } else { verdict };
    let unit = unit_of(table, parts);
    let question = match &hypothesis {
        Some(hypothesis) => hypothesis.question.clone(),
        None => scope::plain_question(
            &claimed.context,
            verdict,
            gap.value,
            &unit,
            &not_stated,
            moment(claimed.from, claimed.to),
        ),
    };
    Some(Finding {
        identity: claimed.id.to_owned(),
        series: claimed.series.to_owned(),
        from: if claimed.from == claimed.to { last_day(claimed.to) } else { claimed.from },
        to: last_day(claimed.to),
        verdict,
        gap: gap.value,
        range: gap.range,
        tolerance: gap.range.half_width(),
        stated: gap.stated,
        expected: gap.expected,
        terms: parts
            .iter()
            .map(|part| Term {
                is_whole: part.is_whole,
                is_subtracted: part.is_subtracted,
                stated: table.stated[part.id].clone(),
            })
            .collect(),
        unit,
        not_stated,
        hypothesis,
        question,
    })
}

fn verdict(range: Interval, gap: Decimal) -> Verdict {
    if range.lower.is_some_and(|lower| !lower.is_negative() && lower != Decimal::ZERO) {
        Verdict::GapPlus
    } else if range.upper.is_some_and(|upper| upper.is_negative()) {
        Verdict::GapMinus
    } else if gap == Decimal::ZERO {
        Verdict::Reconciles
    } else {
        Verdict::GapWithinRounding
    }
}

fn verdict_of_side(holds: bool, otherwise: Verdict) -> Verdict {
    if holds { Verdict::Reconciles } else { otherwise }
}

/// The unit of the whole.
fn unit_of(table: &Table, parts: &[Part]) -> Unit {
    let whole = parts.iter().find(|part| part.is_whole).unwrap_or(&parts[0]);
    table.stated[whole.id].published.unit.clone()
}

/// The last day of a period; of a stock the day in whose evening it stands.
fn last_day(to: Date) -> Date {
    to.yesterday().unwrap_or(to)
}

fn moment(from: Date, to: Date) -> String {
    let last = last_day(to);
    if from == to { format!(" on {last}") } else { format!(" from {from} to {last}") }
}
