//! Scenes: a table of figures, and what the identities say. Amounts are in the unit of the whole.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// `series | period | quantity | value [unit] | source`, the period a day, month or year, or two of them with `…`.
fn rows(scene: &str) -> Vec<Row> {
    let lines = scene.lines().map(str::trim).filter(|line| !line.is_empty());
    let row = |(at, line): (usize, &str)| {
        let mut cells = line.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let (series, period, quantity, value, source) = (cell(), cell(), cell(), cell(), cell());
        let (start, end) = period.split_once('…').unwrap_or((period, period));
        Row {
            number: at as u64 + 2,
            series: series.into(),
            period_start: start.trim().into(),
            period_end: end.trim().into(),
            quantity: quantity.into(),
            value: value.into(),
            source: source.into(),
            ..Row::default()
        }
    };
    lines.enumerate().map(row).collect()
}

fn text(reconciliation: &Reconciliation) -> String {
    let mut lines = Vec::new();
    for f in &reconciliation.findings {
        let shown = |value: Decimal| value.shown_in(f.unit.factor);
        let tolerance = f.tolerance.map_or("open".into(), |tolerance| shown(tolerance).to_string());
        let (gap, from, to) = (shown(f.gap), f.from, f.to);
        lines.push(format!(
            "{} {} {from} … {to}: {} gap {gap} tolerance {tolerance} ({} terms)",
            f.identity,
            f.series,
            f.verdict.word(),
            f.terms.len()
        ));
        if !f.question.is_empty() {
            let letter = f.hypothesis.as_ref().map_or(' ', |h| h.letter);
            lines.push(format!("  {letter} {}", f.question));
        }
    }
    for r in &reconciliation.restatements {
        let values: Vec<String> =
            r.statements.iter().map(|s| format!("{} ({})", s.published.shown(), s.source)).collect();
        let agrees = if r.agrees { "agree within rounding" } else { "differ" };
        lines.push(format!("{} {}: {} {agrees}", r.rule, r.statements[0].quantity, values.join(", ")));
    }
    lines.extend(reconciliation.untested.iter().map(|u| format!("untested {} {}: {}", u.identity, u.series, u.why)));
    lines.extend(reconciliation.issues.iter().map(|issue| issue.to_string()));
    lines.join("\n")
}

fn check(scene: &str, expect: Expect) {
    expect.assert_eq(&text(&reconcile(&rows(scene), "series.csv", Style::Unknown)));
}

#[test]
fn pt_9_areas_and_numbers_of_provinces_sum_to_the_country() {
    check(
        "
        Zimbabwe          | 2014-12-31 | cha_count | 199
        Zimbabwe/Province 1 | 2014-12-31 | cha_count | 187
        Zimbabwe/Province 2 | 2014-12-31 | cha_count | 4
        Zimbabwe/Province 3 | 2014-12-31 | cha_count | 1
        Zimbabwe/Province 4 | 2014-12-31 | cha_count | 5
        Zimbabwe/Province 5 | 2014-12-31 | cha_count | 1
        Zimbabwe/Province 6 | 2014-12-31 | cha_count | 1
        Zimbabwe          | 2014-12-31 | cha | 62,991,706 m2
        Zimbabwe/Province 1 | 2014-12-31 | cha | 28,025,706 m2
        Zimbabwe/Province 2 | 2014-12-31 | cha | 13,600,000 m2
        Zimbabwe/Province 3 | 2014-12-31 | cha | 15,000,000 m2
        Zimbabwe/Province 4 | 2014-12-31 | cha | 5,000,000 m2
        Zimbabwe/Province 5 | 2014-12-31 | cha | 806,000 m2
        Zimbabwe/Province 6 | 2014-12-31 | cha | 560,000 m2
        ",
        expect![[r#"
            ID-7 Zimbabwe 2014-12-31 … 2014-12-31: RECONCILES gap 0 tolerance 3.5 (7 terms)
            ID-7 Zimbabwe 2014-12-31 … 2014-12-31: RECONCILES gap 0 tolerance 0 (7 terms)"#]],
    );
}

#[test]
fn pt_10_counties_sum_to_the_country_and_without_a_total_the_sum_is_told() {
    let counties = |quantity: &str, values: &str| {
        let line = |(at, value)| format!("Croatia/County {} | 2014-12-31 | {quantity} | {value} km2\n", at + 1);
        values.split('+').enumerate().map(line).collect::<String>()
    };
    let sha = counties("sha", "6.26+37.73+45.24+41.85+6.60+10.93+57.89+11.11+3.91+23.30");
    let cha = counties("cha", "5.58+17.80+99.87+29.50+25.63+12.84+41.20+21.23+10.78+20.92");
    check(
        &format!("Croatia | 2014-12-31 | sha | 244.82 km2\n{sha}{cha}"),
        expect![[r#"
            ID-7 Croatia 2014-12-31 … 2014-12-31: RECONCILES gap 0 tolerance 0.055 (11 terms)
            untested ID-7 Croatia: 10 parts of cha sum to 285.35 km2 on 2014-12-31; no total is stated"#]],
    );
}

#[test]
fn pt_11_a_year_that_must_not_reconcile() {
    check(
        "
        Croatia | 2014-12-31 | sha | 244.82 km2
        Croatia | 2014-12-31 | cha | 285.35 km2
        Croatia | 2015 | cleared | 40.6 km2
        Croatia | 2015 | reduced | 0 km2
        Croatia | 2015 | cancelled | 27.15 km2
        Croatia | 2015-12-31 | sha | 294 km2
        Croatia | 2015-12-31 | cha | 189 km2
        ",
        expect![[r#"
            ID-3 Croatia 2015-01-01 … 2015-12-31: GAP(+) gap 20.58 tolerance 1.07 (7 terms)
                were 20.58 km2 newly identified, adjusted or taken into scope from 2015-01-01 to 2015-12-31 without being stated (not stated: new, reopened, adjusted)?"#]],
    );
    // The same with opening and closing rows of the year, and the sum at its beginning.
    check(
        "
        Croatia | 2015 | opening | 530.17 km2
        Croatia | 2015 | cleared | 40.6 km2
        Croatia | 2015 | reduced | 0 km2
        Croatia | 2015 | cancelled | 27.15 km2
        Croatia | 2015 | sha_closing | 294 km2
        Croatia | 2015 | cha_closing | 189 km2
        ",
        expect![[r#"
            ID-3 Croatia 2015-01-01 … 2015-12-31: GAP(+) gap 20.58 tolerance 1.065 (6 terms)
                were 20.58 km2 newly identified, adjusted or taken into scope from 2015-01-01 to 2015-12-31 without being stated (not stated: new, reopened, adjusted)?"#]],
    );
}

#[test]
fn pt_12_casualties_are_killed_injured_and_unknown() {
    check(
        "
        World | 2018 | casualties | 6,897
        World | 2018 | killed | 3,059
        World | 2018 | injured | 3,837
        World | 2018 | unknown | 1
        World | 2017 | casualties | 7,239
        World | 2017 | killed | 2,793
        World | 2017 | injured | 4,431
        World | 2017 | unknown | 15
        World | 1999…2008 | casualties | 73,576
        World | 1999…2008 | killed | 17,867
        World | 1999…2008 | injured | 51,711
        World | 1999…2008 | unknown | 3,998
        Without unknown | 2018 | casualties | 6,897
        Without unknown | 2018 | killed | 3,059
        Without unknown | 2018 | injured | 3,837
        ",
        expect![[r#"
            ID-10 Without unknown 2018-01-01 … 2018-12-31: GAP(+) gap 1 tolerance 0 (3 terms)
                what are the 1 items of the whole that no part states (not stated: outcome_unknown)?
            ID-10 World 1999-01-01 … 2008-12-31: RECONCILES gap 0 tolerance 0 (4 terms)
            ID-10 World 2017-01-01 … 2017-12-31: RECONCILES gap 0 tolerance 0 (4 terms)
            ID-10 World 2018-01-01 … 2018-12-31: RECONCILES gap 0 tolerance 0 (4 terms)"#]],
    );
}

#[test]
fn pt_13_hazards_are_counted_apart_from_points() {
    check(
        "
        Somalia | 2026-10-06 | cha_count | 368
        Somalia | 2026-10-06 | sha_count | 109
        Somalia | 2026-10-06 | unclassified | 1
        Somalia | 2026-10-06 | hazard_count | 478
        Somalia | 2026-10-06 | hazards_with_geometry | 477
        Somalia | 2026-10-06 | accidents | 3,341
        Somalia | 2026-10-06 | victim_records | 1,641
        Somalia | 2026-10-06 | spot_tasks | 11,233
        Somalia | 2026-10-06 | eore | 38,156
        Somalia | 2026-10-06 | point_records | 54,371
        ",
        expect![[r#"
            ID-3 Somalia 2026-10-06 … 2026-10-06: RECONCILES gap 0 tolerance 0 (4 terms)
            ID-7 Somalia 2026-10-06 … 2026-10-06: RECONCILES gap 0 tolerance 0 (5 terms)
            ID-8 Somalia 2026-10-06 … 2026-10-06: RECONCILES gap -1 tolerance 0 (2 terms)"#]],
    );
}

#[test]
fn suspected_and_confirmed_balance_each_for_itself_and_together() {
    check(
        "
        A | 2020-12-31 | sha | 100 ha
        A | 2020-12-31 | cha | 50 ha
        A | 2021 | sha_new | 10 ha
        A | 2021 | sha_to_cha | 20 ha
        A | 2021 | sha_cancelled | 30 ha
        A | 2021 | cha_reduced | 5 ha
        A | 2021 | cha_cleared | 15 ha
        A | 2021 | cha_reopened | 1 ha
        A | 2021-12-31 | sha | 60 ha
        A | 2021-12-31 | cha | 51 ha
        ",
        expect![[r#"
            ID-1 A 2021-01-01 … 2021-12-31: RECONCILES gap 0 tolerance 2.5 (5 terms)
            ID-2 A 2021-01-01 … 2021-12-31: RECONCILES gap 0 tolerance 3 (6 terms)
            ID-3 A 2021-01-01 … 2021-12-31: RECONCILES gap 0 tolerance 4.5 (9 terms)"#]],
    );
}

#[test]
fn a_gap_that_closes_under_another_scope_becomes_a_question() {
    check(
        "
        a CHA only | 2014-12-31 | sha | 200.0 km2
        a CHA only | 2014-12-31 | cha | 80.0 km2
        a CHA only | 2015 | cleared | 12.5 km2
        a CHA only | 2015-12-31 | sha | 150.0 km2
        a CHA only | 2015-12-31 | cha | 67.5 km2

        b military | 2014-12-31 | remaining | 500.0 km2
        b military | 2014-12-31 | remaining_military | 30.0 km2
        b military | 2015 | cancelled | 10.0 km2
        b military | 2015-12-31 | remaining | 460.0 km2

        c years | 2013-12-31 | remaining | 300.0 km2
        c years | 2014-12-31 | remaining | 280.0 km2
        c years | 2015-12-31 | remaining | 262.5 km2
        c years | 2014 | cleared | 2.5 km2
        c years | 2015 | cleared | 3.5 km2
        c years | 2015 | cancelled | 31.5 km2

        d outside | 2015-01-01 | remaining | 100.0 km2
        d outside | 2015 | cleared | 12.0 km2
        d outside | 2015 | cleared_outside | 2.5 km2
        d outside | 2015-12-31 | remaining | 90.5 km2

        e slip | 2015 | opening | 1,000.0 ha
        e slip | 2015 | cancelled | 25.0 ha
        e slip | 2015 | cleared | 0.3 km2
        e slip | 2015 | closing | 720.0 ha
        ",
        expect![[r#"
            ID-3 a CHA only 2015-01-01 … 2015-12-31: SCOPE_MISMATCH gap -50 tolerance 0.25 (5 terms)
              a are the flows of CHA alone?
            ID-3 b military 2015-01-01 … 2015-12-31: SCOPE_MISMATCH gap -30 tolerance 0.15 (3 terms)
              b does the closing figure leave out military areas (30 km2) that the opening figure counts?
            ID-3 c years 2014-01-01 … 2014-12-31: GAP(-) gap -17.5 tolerance 0.15 (3 terms)
                were 17.5 km2 released, adjusted or taken out of scope from 2014-01-01 to 2014-12-31 without being stated (not stated: new, reopened, adjusted, cancelled, reduced)?
            ID-3 c years 2015-01-01 … 2015-12-31: SCOPE_MISMATCH gap 17.5 tolerance 0.2 (4 terms)
              c is cancelled (31.5 km2, row 16) the total since 2014-01-01, and not of this period alone?
            ID-3 d outside 2015-01-01 … 2015-12-31: SCOPE_MISMATCH gap 2.5 tolerance 0.15 (3 terms)
              d does the cleared figure include what was cleared outside hazards (2.5 km2)?
            ID-3 e slip 2015-01-01 … 2015-12-31: SCOPE_MISMATCH gap -225 tolerance 5.15 (4 terms)
              e is cancelled of 25 ha (row 22) a slip of the unit or of a digit, and 250 ha was meant?"#]],
    );
}

#[test]
fn clearance_outside_hazards_leaves_what_remains() {
    check(
        "
        A | 2020 | opening | 55000 m2
        A | 2020 | cleared_total | 17000 m2
        A | 2020 | cleared_inside | 15000 m2
        A | 2020 | cleared_outside | 2000 m2
        A | 2020 | released | 15000 m2
        A | 2020 | closing | 40000 m2
        B | 2020 | released | 65000 m2
        B | 2020 | cancelled | 40000 m2
        B | 2020 | reduced | 10000 m2
        B | 2020 | cleared_total | 17000 m2
        B | 2020 | cleared_outside | 2000 m2
        B | 2020 | manual | 10000 m2
        B | 2020 | mechanical | 12000 m2
        ",
        expect![[r#"
            ID-3 A 2020-01-01 … 2020-12-31: RECONCILES gap 0 tolerance 1.5 (3 terms)
            ID-4 A 2020-01-01 … 2020-12-31: RECONCILES gap 0 tolerance 1.5 (3 terms)
            ID-5 B 2020-01-01 … 2020-12-31: RECONCILES gap 0 tolerance 2.5 (5 terms)
            ID-6 B 2020-01-01 … 2020-12-31: GAP(+) gap 43000 tolerance 1.5 (3 terms)
                what are the 43,000 m2 of the whole that no part states?"#]],
    );
}

#[test]
fn devices_and_classes_of_casualties_add_up_and_overlapping_categories_are_never_added() {
    check(
        "
        A | 2023 | devices_found | 273
        A | 2023 | destroyed_in_situ | 200
        A | 2023 | removed_destroyed | 60
        A | 2023 | pending | 12
        A | 2023 | casualties | 20
        A | 2023 | male | 15
        A | 2023 | female | 4
        A | 2023 | sex_unknown | 1
        A | 2023 | casualties/device/ap | 12
        A | 2023 | casualties/device/av | 8
        A | 2023-12-31 | mined | 40 km2
        A | 2023-12-31 | cmr | 15 km2
        B | 2023-12-31 | mined | 40 km2
        B | 2023-12-31 | cmr | 15 km2
        B | 2023-12-31 | mined_or_cmr | 60 km2
        ",
        expect![[r#"
            ID-10 A 2023-01-01 … 2023-12-31: RECONCILES gap 0 tolerance 0 (4 terms)
            ID-10 A 2023-01-01 … 2023-12-31: RECONCILES gap 0 tolerance 0 (3 terms)
            ID-9 A 2023-01-01 … 2023-12-31: GAP(+) gap 1 tolerance 0 (4 terms)
                what are the 1 items of the whole that no part states (not stated: handed_over, left_marked)?
            ID-11 B 2023-12-31 … 2023-12-31: GAP(+) gap 5 tolerance 1.5 (3 terms)
                what are the 5 km2 of the whole that no part states?
            ID-11 B 2023-12-31 … 2023-12-31: RECONCILES gap 20 tolerance 1 (2 terms)
            ID-11 B 2023-12-31 … 2023-12-31: RECONCILES gap 45 tolerance 1 (2 terms)
            untested ID-11 A: mined and cmr may overlap, so they are not added; mined_or_cmr is not stated"#]],
    );
}

#[test]
fn months_must_sum_to_the_year_and_weeks_follow_each_other() {
    check(
        "
        A | 2024 | cleared | 1,000.0 ha | ministry
        A | 2024-01…2024-06 | cleared | 400.0 ha | ministry
        A | 2024-07…2024-12 | cleared | 550.0 ha | ministry
        A | 2024-03-04…2024-03-10 | ap_mines | 22 | agency
        A | 2024-03-11…2024-03-16 | ap_mines | 17 | agency
        A | 2024-03-16…2024-03-22 | ap_mines | 5 | agency
        A | 2024-04-01…2024-04-07 | ap_mines | 9 | agency
        A | 2024-03-10 | cumulative_cleared | 130,000 ha | agency
        A | 2024-03-17 | cumulative_cleared | 129,500 ha | agency
        A | 2024-03-24 | cumulative_cleared | about 130 thousand ha | agency
        ",
        expect![[r#"
            DQ-43 A 2024-01-01 … 2024-12-31: GAP(+) gap 50 tolerance 0.15 (3 terms)
                what are the 50 ha of the whole that no part states?
            W DQ-42 series.csv row 10, A, field value, value 129,500 ha: cumulative_cleared of A falls from 130,000 ha (2024-03-10) to 129,500 ha (2024-03-16), in a cumulative series. hint: was a figure restated, or is one of the two of another scope?
            I DQ-44 series.csv row 6, A, field value, value 17: ap_mines of A: the week 2024-03-11/2024-03-16 has 6 days. hint: check the days at the source
            I DQ-44 series.csv row 7, A, field value, value 5: ap_mines of A: periods 2024-03-16 and 2024-03-16 overlap by 1 days. hint: check the days at the source
            I DQ-44 series.csv row 8, A, field value, value 9: ap_mines of A: 9 days between 2024-03-22 and 2024-04-01 are in no period. hint: was a report missed?"#]],
    );
}

#[test]
fn both_values_are_kept_where_sources_or_headline_and_body_differ() {
    check(
        "
        A | 2023 | opening | 1,000 ha | report 2023
        A | 2023 | cleared | 325.6 ha | report 2023
        A | 2023 | cleared | 326 ha | report 2023
        A | 2023 | cleared | 300 ha | report 2024
        A | 2023 | closing | 674.4 ha | report 2023
        A | 2023 | closing | 700 ha | report 2024
        ",
        expect![[r#"
            ID-3 A 2023-01-01 … 2023-12-31: RECONCILES gap 0 tolerance 0.6 (3 terms)
            ID-3 A 2023-01-01 … 2023-12-31: RECONCILES gap 0 tolerance 1.5 (3 terms)
            DQ-45 cleared: 325.6 ha (report 2023), 326 ha (report 2023) agree within rounding
            ID-12 cleared: 325.6 ha (report 2023), 300 ha (report 2024), 326 ha (report 2023) differ
            ID-12 remaining: 674.4 ha (report 2023), 700 ha (report 2024) differ
            I DQ-45 series.csv row 4, A, field value, value 326 ha: row 4 states 326 ha cleared, the same source states 325.6 ha (row 3): one is rounded or cut. hint: use the value of the body"#]],
    );
}

#[test]
fn words_that_widen_a_value_widen_what_is_tolerated() {
    check(
        "
        A | 2023 | opening | about 1,000 ha
        A | 2023 | cleared | 325.6 ha
        A | 2023 | closing | 650.0 ha
        B | 2023 | opening | 1,000.0 ha
        B | 2023 | cleared | more than 300 ha
        B | 2023 | closing | 650.0 ha
        ",
        expect![[r#"
            ID-3 A 2023-01-01 … 2023-12-31: GAP_WITHIN_ROUNDING gap -24.4 tolerance 500.1 (3 terms)
            ID-3 B 2023-01-01 … 2023-12-31: GAP_WITHIN_ROUNDING gap -50 tolerance open (3 terms)"#]],
    );
}

#[test]
fn a_row_that_is_not_understood_is_named_and_the_others_go_on() {
    check(
        "
        A | 2023 | opening | 1,000.5 ha
        A | 2023 | cleered | 325.6 ha
        A | 2023 | bananas | 7
        A | 2023 | cleared | lots ha
        A | 2023 | cleared | 300.5 people
        A | 2023-13 | cleared | 300.5 ha
        A | 2024…2023 | cleared | 300.5 ha
        A |  | cleared | 300.5 ha
        A | 2023 | cancelled_m2 | 3000000
        A | 2023 | reduced | 1.234,5 ha
        A | 2023 | closing | 700.5 ha
        ",
        expect![[r#"
            ID-3 A 2023-01-01 … 2023-12-31: GAP(+) gap 1234.5 tolerance 0.15005 (4 terms)
                were 1,234.5 ha newly identified, adjusted or taken into scope from 2023-01-01 to 2023-12-31 without being stated (not stated: new, reopened, adjusted, cleared_inside)?
            E DQ-18 series.csv row 8, A, field period_end, value 2023: the period ends on 2023-12-31, before it starts on 2024-01-01; the row was left out. hint: correct one of the two
            E ID-14 series.csv row 3, A, field quantity, value cleered: the quantity cleered is not in the vocabulary; the row was left out. hint: was cleared meant?
            E ID-14 series.csv row 4, A, field quantity, value bananas: the quantity bananas is not in the vocabulary; the row was left out. hint: docs/reference/reconcile.md lists the words, such as sha, cha, remaining, cleared, casualties
            E ID-14 series.csv row 5, A, field value, value lots ha: the value cannot be read: "lots ha" has no number; the row was left out. hint: write digits, such as 325.6
            E ID-14 series.csv row 6, A, field unit, value people: cleared is measured as area, the unit "people" is not; the row was left out. hint: m2, ha or km2 for an area; people or items for a count
            E ID-14 series.csv row 7, A, field period_start, value 2023-13: 2023-13 is not a day, a month or a year; the row was left out. hint: write 2015-12-31, 2015-12 or 2015
            E ID-14 series.csv row 9, A, field period_start: the row says of no day or period; it was left out. hint: give period_start and period_end"#]],
    );
    let one = |value: &str| reconcile(&rows(&format!("A | 2023 | cleared | {value} km2")), "f", Style::Unknown).issues;
    assert!(one("3,054")[0].message.contains("two ways"));
}

#[test]
fn every_word_of_the_vocabulary_is_read_as_its_quantity() {
    for (name, quantity) in quantities() {
        for word in quantity.words.iter().chain([name]) {
            let unit = if quantity.dimension == "area" { "ha" } else { "" };
            let read = read::read(&rows(&format!("A | 2023 | {word} | 5 {unit}")), "f", Style::Unknown);
            assert_eq!(read.0[0].quantity, *name, "{word}");
        }
    }
}

/// A balance with random figures, a year a period, in ha with one decimal.
fn figures() -> impl Strategy<Value = Vec<(String, String, i64)>> {
    let flow = prop::sample::select(vec!["new", "cancelled", "reduced", "cleared", "reopened", "cleared_outside"]);
    let of_year = (2010_i64..2014, flow, 0_i64..5_000)
        .prop_map(|(year, flow, tenths)| (year.to_string(), flow.to_owned(), tenths));
    let stock =
        (2010_i64..2014, 0_i64..20_000).prop_map(|(year, tenths)| (year.to_string(), "closing".to_owned(), tenths));
    (prop::collection::vec(of_year, 1..8), prop::collection::vec(stock, 2..5)).prop_map(|(a, b)| [a, b].concat())
}

fn of_figures(figures: &[(String, String, i64)], times: i64, unit: &str, word: &str) -> Vec<Row> {
    let line = |(year, quantity, tenths): &(String, String, i64)| {
        let tenths = tenths * times;
        format!("A | {year} | {quantity} | {word} {}.{} {unit} | source\n", tenths / 10, tenths % 10)
    };
    rows(&figures.iter().map(line).collect::<String>())
}

/// All but row numbers, which a permutation changes.
fn verdicts(rows: &[Row]) -> Vec<(String, Date, Date, Verdict, Decimal, Option<Decimal>)> {
    let found = reconcile(rows, "f", Style::DecimalPoint).findings;
    found.into_iter().map(|f| (f.identity, f.from, f.to, f.verdict, f.gap, f.tolerance)).collect()
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(figures in figures(), seed in any::<u64>()) {
        let straight = of_figures(&figures, 1, "ha", "");
        let mut shuffled = straight.clone();
        shuffled.sort_by_key(|row| row.number.wrapping_mul(seed | 1).rotate_left(17));
        prop_assert_eq!(verdicts(&straight), verdicts(&shuffled));
    }

    #[test]
    fn another_unit_of_area_changes_no_verdict_and_no_gap(figures in figures()) {
        // 1 ha = 10 dunam: the same digits, a tenth of the ground.
        let hectares = verdicts(&of_figures(&figures, 1, "ha", ""));
        let dunams = verdicts(&of_figures(&figures, 1, "dunam", ""));
        prop_assert_eq!(hectares.len(), dunams.len());
        for (ha, dunam) in hectares.iter().zip(&dunams) {
            prop_assert_eq!(ha.3, dunam.3);
            prop_assert_eq!(Some(ha.4), dunam.4.times(Decimal::from(10)));
        }
    }

    #[test]
    fn wider_values_never_open_a_gap(figures in figures()) {
        let narrow = verdicts(&of_figures(&figures, 1, "ha", ""));
        let wide = verdicts(&of_figures(&figures, 1, "ha", "about"));
        for (narrow, wide) in narrow.iter().zip(&wide) {
            prop_assert!(!narrow.3.is_closed() || wide.3.is_closed(), "{narrow:?} {wide:?}");
        }
    }

    #[test]
    fn figures_made_to_balance_reconcile(opening in 10_000_i64..20_000, flows in prop::collection::vec(0_i64..1_000, 3)) {
        let closing = opening - flows[0] - flows[1] + flows[2];
        let figures: Vec<_> = [("opening", opening), ("cleared", flows[0]), ("cancelled", flows[1]), ("new", flows[2]), ("closing", closing)]
            .into_iter().map(|(name, tenths)| ("2012".to_owned(), name.to_owned(), tenths)).collect();
        let found = verdicts(&of_figures(&figures, 1, "ha", ""));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].3, Verdict::Reconciles);
        prop_assert_eq!(found[0].5, Decimal::parse("2500"));
    }

    #[test]
    fn no_rows_make_it_panic(cells in prop::collection::vec(prop::collection::vec("[a-z0-9_.,/ \\-]{0,12}", 8), 0..12)) {
        let rows: Vec<Row> = cells.into_iter().enumerate().map(|(at, c)| Row {
            number: at as u64, series: c[0].clone(), period_start: c[1].clone(), period_end: c[2].clone(), quantity: c[3].clone(),
            value: c[4].clone(), unit: c[5].clone(), qualifier: c[6].clone(), source: c[7].clone(),
        }).collect();
        reconcile(&rows, "f", Style::Unknown);
    }
}
