//! Rules about the claims on one subject.

use std::collections::BTreeMap;

use super::Found;
use super::stated::{Quantity, Stated, Told, table};
use crate::decimal::Decimal;
use crate::published::Interval;

type Claims<'s, 'a> = [&'s Stated<'a>];

pub(super) fn all(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    let mut by_quantity: BTreeMap<&Quantity, Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims {
        by_quantity.entry(&claim.quantity).or_default().push(claim);
    }
    for (quantity, claims) in &by_quantity {
        let about = |suffix: String| {
            let words = quantity.iter().cloned().collect::<Vec<_>>().join("-");
            [subject.to_owned(), words, suffix].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        clusters(claims, numbers_apart, found, "claims_apart", &about);
        clusters(claims, times_apart, found, "dates_apart", &about);
        if claims.iter().all(|claim| !claim.may_be_many()) {
            clusters(claims, words_apart, found, "other_words", &about);
        }
        periods(claims, found, &about);
        leaps(claims, found, &about);
        restated(claims, found, &about);
    }
    order(subject, claims, found);
    parts(subject, claims, found);
    meanings(subject, claims, found);
    rates(subject, claims, found);
    ways(subject, claims, found);
}

/// How two claims of one quantity stand to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    /// They have nothing to do with each other.
    Other,
    /// Both may be right.
    Agree,
    /// They contradict.
    Apart,
}

/// Claims that speak of one thing, in groups; each group with a contradiction in it is one.
fn clusters(
    claims: &Claims<'_, '_>,
    pair: fn(&Stated<'_>, &Stated<'_>) -> Pair,
    found: &mut Found<'_>,
    finding: &'static str,
    about: &dyn Fn(String) -> Vec<String>,
) {
    let mut cluster: Vec<usize> = (0..claims.len()).collect();
    let mut apart = vec![false; claims.len()];
    for b in 0..claims.len() {
        for a in 0..b {
            let stand = pair(claims[a], claims[b]);
            if stand != Pair::Other && cluster[a] != cluster[b] {
                let (keep, drop) = (cluster[a].min(cluster[b]), cluster[a].max(cluster[b]));
                cluster.iter_mut().filter(|c| **c == drop).for_each(|c| *c = keep);
            }
            if stand == Pair::Apart {
                (apart[a], apart[b]) = (true, true);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    cluster.iter().enumerate().for_each(|(at, c)| groups.entry(*c).or_default().push(at));
    let disputed: Vec<Vec<usize>> = groups.into_values().filter(|group| group.iter().any(|at| apart[*at])).collect();
    for group in &disputed {
        let claims: Vec<&Stated<'_>> = group.iter().map(|at| claims[*at]).collect();
        // Two events of one name are told apart by their year.
        let year = claims.iter().filter_map(|claim| year_of(claim)).min();
        let suffix =
            if disputed.len() > 1 { year.map(|year| year.to_string()).unwrap_or_default() } else { String::new() };
        found.claims(finding, about(suffix), &claims);
    }
}

fn year_of(claim: &Stated<'_>) -> Option<i16> {
    let of_value = match claim.told {
        Told::Time(extent) => extent.first.or(extent.last),
        _ => None,
    };
    of_value.or(claim.period.and_then(|period| period.first.or(period.last))).map(|day| day.year())
}

/// Whether one supports the other, or contradicts it; `None` if they do not speak of one thing.
pub(super) fn supports(a: &Stated<'_>, b: &Stated<'_>) -> Option<bool> {
    let stands = [numbers_apart(a, b), times_apart(a, b), words_apart(a, b)];
    let of = |pair: Pair| stands.contains(&pair);
    if of(Pair::Apart) { Some(false) } else { of(Pair::Agree).then_some(true) }
}

/// Whether two say the number of one thing at one time.
fn may_be_one_count(a: &Stated<'_>, b: &Stated<'_>) -> bool {
    match (a.is_flow() && b.is_flow(), a.period, b.period) {
        // What is counted anew in every period compares only with the same period.
        (true, Some(first), Some(second)) => first == second,
        _ => a.may_be_of_one_time(b),
    }
}

fn numbers_apart(a: &Stated<'_>, b: &Stated<'_>) -> Pair {
    let (Told::Number { interval, unit, .. }, Told::Number { interval: other, unit: other_unit, .. }) =
        (&a.told, &b.told)
    else {
        return Pair::Other;
    };
    match unit == other_unit && may_be_one_count(a, b) {
        true if interval.meets(*other) => Pair::Agree,
        true => Pair::Apart,
        false => Pair::Other,
    }
}

fn times_apart(a: &Stated<'_>, b: &Stated<'_>) -> Pair {
    const YEARS_OF_ONE_EVENT: i32 = 5 * 366;
    let (Told::Time(first), Told::Time(second)) = (&a.told, &b.told) else { return Pair::Other };
    if first.meets(*second) {
        return Pair::Agree;
    }
    let (early, late) = if first.is_before(*second) { (first, second) } else { (second, first) };
    let between =
        early.last.zip(late.first).and_then(|(end, begin)| end.until(begin).ok()).map_or(0, |span| span.get_days());
    // Things happen again: dates far from one another that are each of a time of their own are two events.
    let is_one_event =
        a.period.is_none() || b.period.is_none() || a.may_be_of_one_time(b) || between < YEARS_OF_ONE_EVENT;
    if is_one_event { Pair::Apart } else { Pair::Other }
}

fn words_apart(a: &Stated<'_>, b: &Stated<'_>) -> Pair {
    const ONE_NAME: f64 = 0.85;
    let (Told::Words(first), Told::Words(second)) = (&a.told, &b.told) else { return Pair::Other };
    if !a.may_be_of_one_time(b) {
        return Pair::Other;
    }
    let is_part = first.contains(second.as_str()) || second.contains(first.as_str());
    match is_part || crate::gazetteer::likeness(first, second) >= ONE_NAME {
        true => Pair::Agree,
        false => Pair::Apart,
    }
}

/// How many things are worth a look: small counts are equal by chance.
const MANY: i64 = 20;

fn counted<'s>(claim: &'s Stated<'_>) -> Option<(Decimal, &'s str)> {
    match &claim.told {
        Told::Number { value, unit, is_range: false, .. } if *value >= Decimal::from(MANY) => Some((*value, unit)),
        _ => None,
    }
}

/// One count for two periods (CT-07).
fn periods(claims: &Claims<'_, '_>, found: &mut Found<'_>, about: &dyn Fn(String) -> Vec<String>) {
    let mut by_value: BTreeMap<(Decimal, &str), Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.is_flow() && claim.period.is_some()) {
        if let Some(value) = counted(claim) {
            by_value.entry(value).or_default().push(claim);
        }
    }
    for ((value, _), claims) in by_value {
        // A round number may come again by chance; one target may not be due twice.
        let is_telling = claims.iter().all(|claim| claim.quantity.iter().any(|word| table().due.contains(word)))
            || (value >= Decimal::from(1000) && !value.is_multiple_of(Decimal::from(10)));
        let is_apart =
            |a: &&Stated<'_>, b: &&Stated<'_>| a.period != b.period && (is_telling || a.may_be_of_one_time(b));
        if claims.iter().any(|a| claims.iter().any(|b| is_apart(a, b))) {
            found.claims("one_count_two_periods", about(value.to_string()), &claims);
        }
    }
}

/// A stock that changes by a large factor (CT-10).
fn leaps(claims: &Claims<'_, '_>, found: &mut Found<'_>, about: &dyn Fn(String) -> Vec<String>) {
    let factor = found.rules.finding("stock_leaps").threshold();
    let stock = claims.iter().filter(|claim| !claim.is_flow() && claim.period.is_some());
    let mut stock: Vec<&Stated<'_>> =
        stock.copied().filter(|claim| matches!(claim.told, Told::Number { .. })).collect();
    stock.sort_by_key(|claim| (claim.period, claim.id()));
    let middle = |claim: &Stated<'_>| match &claim.told {
        Told::Number { value, .. } => value.to_f64().abs(),
        _ => 0.0,
    };
    let leaps: Vec<&Stated<'_>> = stock
        .windows(2)
        .filter(|pair| {
            let (a, b) = (middle(pair[0]), middle(pair[1]));
            let is_alike = numbers_apart(pair[0], pair[1]) == Pair::Other && !pair[0].may_be_of_one_time(pair[1]);
            is_alike && a > 0.0 && b > 0.0 && (a / b > factor || b / a > factor)
        })
        .flatten()
        .copied()
        .collect();
    if !leaps.is_empty() {
        found.claims("stock_leaps", about(String::new()), &leaps);
    }
}

/// A source whose number is repeated with other words (CT-11).
fn restated(claims: &Claims<'_, '_>, found: &mut Found<'_>, about: &dyn Fn(String) -> Vec<String>) {
    let words = |claim: &Stated<'_>| match &claim.told {
        Told::Number { value, unit, qualifier, .. } => Some((*value, unit.clone(), *qualifier)),
        _ => None,
    };
    for (at, claim) in claims.iter().enumerate() {
        let Some((value, unit, qualifier)) = words(claim) else { continue };
        let is_restated = |other: &&&Stated<'_>| {
            let shares = claim.record.sources.iter().any(|source| other.record.sources.contains(source));
            shares
                && claim.record.sources != other.record.sources
                && words(other).is_some_and(|(v, u, q)| v == value && u == unit && q != qualifier)
        };
        let mut group: Vec<&Stated<'_>> = claims[at + 1..].iter().filter(is_restated).copied().collect();
        if !group.is_empty() {
            group.push(claim);
            found.claims("source_restated", about(value.to_string()), &group);
        }
    }
}

/// An end before its beginning (CT-03).
fn order(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    let words = table();
    // What begins or ends, besides the thing itself: "construction of the bridge" has its own end.
    let of = |claim: &Stated<'_>, deeds: &std::collections::BTreeSet<String>| {
        let is_deed = claim.plain.iter().any(|word| deeds.contains(word));
        let rest: Vec<String> = claim
            .plain
            .iter()
            .filter(|word| !words.begins.contains(*word) && !words.ends.contains(*word))
            .filter(|word| !["date", "day", "year", "on", "in", "officially", "work"].contains(&word.as_str()))
            .cloned()
            .collect();
        is_deed.then_some(rest)
    };
    let dated: Vec<&Stated<'_>> = claims.iter().filter(|c| matches!(c.told, Told::Time(_))).copied().collect();
    let mut groups: BTreeMap<Vec<String>, Vec<&Stated<'_>>> = BTreeMap::new();
    for end in &dated {
        let Some(what) = of(end, &words.ends) else { continue };
        for begin in &dated {
            let (Told::Time(ends), Told::Time(begins)) = (&end.told, &begin.told) else { continue };
            let is_one = of(begin, &words.begins).as_ref() == Some(&what);
            if is_one && !begin.plain.iter().any(|w| words.ends.contains(w)) && ends.is_before(*begins) {
                groups.entry(what.clone()).or_default().extend([*begin, *end]);
            }
        }
    }
    for (what, claims) in groups {
        found.claims("dates_out_of_order", [vec![subject.to_owned()], what].concat(), &claims);
    }
}

fn interval<'s>(claim: &'s Stated<'_>) -> Option<(Interval, &'s str)> {
    match &claim.told {
        Told::Number { interval, unit, .. } => Some((*interval, unit)),
        _ => None,
    }
}

/// Whether one statement tells both.
fn are_told_together(a: &Stated<'_>, b: &Stated<'_>) -> bool {
    let shares = a.record.sources.iter().any(|source| b.record.sources.contains(source));
    let quotes = a.record.text("quote").zip(b.record.text("quote"));
    shares && quotes.is_none_or(|(a, b)| a == b) && a.may_be_of_one_time(b)
}

/// Parts that make up no whole that is stated (CT-04).
fn parts(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    for kind in &table().parts {
        let part_of = |claim: &Stated<'_>, part: &str| {
            let mut measure = claim.measure();
            measure.remove(part).then_some(measure)
        };
        let mut wholes: Vec<Quantity> =
            claims.iter().flat_map(|claim| kind.words.iter().filter_map(move |part| part_of(claim, part))).collect();
        wholes.sort();
        wholes.dedup();
        for rest in wholes {
            let is_whole = |claim: &&&Stated<'_>| {
                let mut measure = claim.measure();
                kind.whole.iter().for_each(|word| _ = measure.remove(word));
                measure == rest && (!rest.is_empty() || claim.measure() != measure)
            };
            let totals: Vec<&Stated<'_>> = claims.iter().filter(is_whole).copied().collect();
            let by_part: Vec<Vec<&Stated<'_>>> = kind
                .words
                .iter()
                .map(|part| claims.iter().filter(|c| part_of(c, part).as_ref() == Some(&rest)).copied().collect())
                .collect();
            if !totals.is_empty() {
                sums(subject, &rest, &totals, &by_part, found);
            }
        }
    }
}

fn sums(subject: &str, rest: &Quantity, totals: &Claims<'_, '_>, by_part: &[Vec<&Stated<'_>>], found: &mut Found<'_>) {
    const MOST: usize = 10_000;
    let mut sets: Vec<Vec<&Stated<'_>>> = vec![Vec::new()];
    for part in by_part {
        let longer = sets.iter().flat_map(|set| {
            let fits = part.iter().filter(|claim| set.iter().all(|other| are_told_together(claim, other)));
            fits.map(|claim| [set.as_slice(), &[*claim]].concat())
        });
        sets = longer.take(MOST).collect();
    }
    let sum = |set: &[&Stated<'_>]| {
        let intervals = set.iter().filter_map(|claim| interval(claim)).map(|(interval, _)| interval);
        intervals.fold(Interval::exactly(Decimal::ZERO), Interval::plus)
    };
    let is_comparable = |set: &[&Stated<'_>], total: &Stated<'_>| {
        let unit = interval(total).map(|(_, unit)| unit);
        unit.is_some() && set.iter().all(|c| interval(c).map(|(_, unit)| unit) == unit && c.may_be_of_one_time(total))
    };
    for total in totals {
        let Some((whole, _)) = interval(total) else { continue };
        let sets: Vec<&Vec<&Stated<'_>>> = sets.iter().filter(|set| is_comparable(set, total)).collect();
        let (good, bad): (Vec<&Vec<&Stated<'_>>>, Vec<_>) = sets.into_iter().partition(|set| sum(set).meets(whole));
        let is_good = |claim: &&Stated<'_>| good.iter().any(|set| set.iter().any(|other| other.id() == claim.id()));
        let mut group: Vec<&Stated<'_>> =
            bad.into_iter().filter(|set| !set.iter().any(&is_good)).flatten().copied().collect();
        // A part that is more than its whole is wrong whatever the others are.
        let exceeds = |claim: &&Stated<'_>| {
            interval(claim)
                .is_some_and(|(part, _)| part.lower.zip(whole.upper).is_some_and(|(part, whole)| part > whole))
        };
        group.extend(
            by_part.iter().flatten().filter(|claim| is_comparable(&[**claim], total)).filter(|c| exceeds(c)).copied(),
        );
        if group.is_empty() {
            continue;
        }
        group.extend(good.into_iter().flatten().copied());
        group.push(total);
        let what = rest.iter().cloned().collect::<Vec<_>>().join("-");
        found.claims("parts_and_whole", vec![subject.to_owned(), what], &group);
    }
}

/// One number with several meanings (CT-05).
fn meanings(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    let words = table();
    let mut by_value: BTreeMap<(Decimal, &str), Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims {
        if let Some(value) = counted(claim) {
            by_value.entry(value).or_default().push(claim);
        }
    }
    for ((value, _), claims) in by_value {
        let is_other_meaning = |a: &Stated<'_>, b: &Stated<'_>| {
            let common =
                a.quantity.intersection(&b.quantity).filter(|w| !w.bytes().all(|b| b.is_ascii_digit())).count();
            let mut differ = a.quantity.symmetric_difference(&b.quantity).peekable();
            common > 0 && differ.peek().is_some() && a.measure() != b.measure() && {
                let differ: Vec<&String> = differ.collect();
                differ.iter().all(|word| {
                    words.event.contains(*word) || words.sense.contains(*word) || words.time.contains(*word)
                })
            }
        };
        let group: Vec<&Stated<'_>> =
            claims.iter().filter(|a| claims.iter().any(|b| is_other_meaning(a, b))).copied().collect();
        if !group.is_empty() {
            found.claims("one_number_many_meanings", vec![subject.to_owned(), value.to_string()], &group);
        }
    }
}

/// A measure without its words of time, and how many days its number is of.
fn rate(claim: &Stated<'_>) -> (Quantity, String, Option<f64>, bool) {
    let words = table();
    let unit = claim.record.text("unit").unwrap_or_default().to_lowercase().replace(" per ", "/");
    let (unit, per) = match unit.split_once('/') {
        Some((unit, per)) => (unit.trim().to_owned(), Some(per.trim().to_owned())),
        None => (unit, None),
    };
    let of_unit = per.as_ref().and_then(|per| words.rate.get(per.trim_end_matches('s')));
    let of_name = claim.plain.iter().find_map(|word| words.rate.get(word));
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let measure = claim.measure().into_iter().filter(|word| !words.time.contains(word) && !is_number(word)).collect();
    (measure, unit, of_unit.or(of_name).copied(), of_unit.is_some())
}

/// Rates that do not make up the total of their time (CT-09).
fn rates(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    const FACTOR: f64 = 2.0;
    let mut groups: BTreeMap<Quantity, Vec<&Stated<'_>>> = BTreeMap::new();
    let read: Vec<_> = claims.iter().map(|claim| rate(claim)).collect();
    for (a, (measure, unit, days, is_rate)) in read.iter().enumerate() {
        let (Some(days), true, Told::Number { value, .. }) = (days, *is_rate, &claims[a].told) else { continue };
        for (b, (other, other_unit, total_days, _)) in read.iter().enumerate() {
            let (Some(total_days), Told::Number { value: total, .. }) = (total_days, &claims[b].told) else { continue };
            if other != measure || measure.is_empty() || other_unit != unit || total_days <= days {
                continue;
            }
            let made = value.to_f64() * total_days / days;
            let total = total.to_f64();
            if made > FACTOR * total || total > FACTOR * made {
                groups.entry(measure.clone()).or_default().extend([claims[a], claims[b]]);
            }
        }
    }
    for (measure, claims) in groups {
        let what = measure.into_iter().collect::<Vec<_>>().join("-");
        found.claims("rate_and_total", vec![subject.to_owned(), what], &claims);
    }
}

/// One measure, counted in several ways, with several values (CT-12).
fn ways(subject: &str, claims: &Claims<'_, '_>, found: &mut Found<'_>) {
    let mut by_measure: BTreeMap<Quantity, Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims {
        by_measure.entry(claim.measure()).or_default().push(claim);
    }
    for (measure, claims) in by_measure.into_iter().filter(|(measure, _)| !measure.is_empty()) {
        let is_apart = |a: &Stated<'_>, b: &Stated<'_>| a.quantity != b.quantity && numbers_apart(a, b) == Pair::Apart;
        let group: Vec<&Stated<'_>> =
            claims.iter().filter(|a| claims.iter().any(|b| is_apart(a, b))).copied().collect();
        if !group.is_empty() {
            let what = measure.into_iter().collect::<Vec<_>>().join("-");
            found.claims("ways_of_counting", vec![subject.to_owned(), what], &group);
        }
    }
}
