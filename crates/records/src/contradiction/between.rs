//! Rules about claims on several subjects: whose ground is it (CT-08).

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::stated::{Quantity, Stated, Told};
use crate::decimal::Decimal;

pub(super) fn all(claims: &[Stated<'_>], found: &mut Found<'_>) {
    one_number(claims, found);
    open_scopes(claims, found);
}

/// One number given to two areas of which one may be a part of the other.
fn one_number(claims: &[Stated<'_>], found: &mut Found<'_>) {
    const LARGE: i64 = 1000;
    let mut groups: BTreeMap<(&Quantity, Decimal), Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims {
        if let Told::Number { value, is_range: false, .. } = &claim.told
            && *value >= Decimal::from(LARGE)
        {
            groups.entry((&claim.quantity, *value)).or_default().push(claim);
        }
    }
    for ((quantity, value), claims) in groups {
        let is_pair = |a: &Stated<'_>, b: &Stated<'_>| {
            a.subject.key != b.subject.key && !a.subject.own.is_disjoint(&b.subject.own) && a.may_be_of_one_time(b)
        };
        let group: Vec<&Stated<'_>> = claims.iter().filter(|a| claims.iter().any(|b| is_pair(a, b))).copied().collect();
        if !group.is_empty() {
            let what = quantity.iter().cloned().collect::<Vec<_>>().join("-");
            found.claims("scopes_apart", vec![what, value.to_string()], &group);
        }
    }
}

/// Two numbers of one time for an area and one that does not say how far it reaches.
fn open_scopes(claims: &[Stated<'_>], found: &mut Found<'_>) {
    const SHORT_DAYS: i32 = 366;
    let mut by_quantity: BTreeMap<&Quantity, Vec<&Stated<'_>>> = BTreeMap::new();
    for claim in claims {
        by_quantity.entry(&claim.quantity).or_default().push(claim);
    }
    for (quantity, claims) in by_quantity {
        let is_short =
            |claim: &Stated<'_>| claim.period.and_then(|p| p.length()).is_some_and(|days| days <= SHORT_DAYS);
        let is_apart = |a: &Stated<'_>, b: &Stated<'_>| match (&a.told, &b.told) {
            (Told::Number { interval: one, unit, .. }, Told::Number { interval: other, unit: other_unit, .. }) => {
                unit == other_unit && !one.meets(*other) && a.may_be_of_one_time(b)
            }
            _ => false,
        };
        let mut periods: BTreeSet<String> = BTreeSet::new();
        let mut group: Vec<&Stated<'_>> = Vec::new();
        for vague in claims.iter().filter(|claim| claim.subject.is_vague && is_short(claim)) {
            for other in claims.iter().filter(|other| other.subject.key != vague.subject.key && is_short(other)) {
                if is_apart(vague, other) {
                    periods.extend(vague.period.and_then(|p| p.first).map(|day| day.year().to_string()));
                    group.extend([*vague, *other]);
                }
            }
        }
        if !group.is_empty() {
            let what = quantity.iter().cloned().collect::<Vec<_>>().join("-");
            let years = periods.into_iter().collect::<Vec<_>>().join("-");
            found.claims("scopes_apart", vec![what, years], &group);
        }
    }
}
