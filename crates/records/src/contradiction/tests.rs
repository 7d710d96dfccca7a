//! Scenes in our own words, and the facts table of the founding article where it is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;
use crate::RecordKind;

fn claim(id: &str, sources: &[&str], fields: &[(&str, &str)]) -> Record {
    Record {
        kind: RecordKind::Claim,
        local_id: id.to_owned(),
        date_of_information: jiff::civil::date(2025, 10, 31),
        supersedes: None,
        sources: sources.iter().map(|source| (*source).to_owned()).collect(),
        fields: fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect(),
        geometry: None,
        as_entered: Default::default(),
    }
}

/// A line: source | subject | quantity | value unit | qualifier | period. Claims are called C1, C2 … in order.
fn read(scene: &str) -> Vec<Record> {
    let lines = scene.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(at, line)| {
            let mut parts = line.split('|').map(str::trim);
            let mut next = || parts.next().unwrap_or_default();
            let (source, subject, quantity, value) = (next(), next(), next(), next());
            let (value, unit) = match value.split_once(" in ") {
                Some((value, unit)) => (value, unit),
                None => (value, ""),
            };
            let fields = [
                ("subject", subject),
                ("quantity", quantity),
                ("value", value),
                ("unit", unit),
                ("qualifier", next()),
                ("period", next()),
            ];
            let sources: Vec<&str> = source.split(',').collect();
            claim(&format!("C{}", at + 1), &sources, &fields)
        })
        .collect()
}

fn check(scene: &str, expected: Expect) {
    let claims = read(scene);
    let claims: Vec<&Record> = claims.iter().collect();
    let found = find(&claims, &[], Rules::shipped());
    let lines: Vec<String> = found.iter().map(|found| format!("{}: {}", found.key, found.members.join(" "))).collect();
    expected.assert_eq(&lines.join("\n"));
    let backwards: Vec<&Record> = claims.iter().rev().copied().collect();
    assert_eq!(found, find(&backwards, &[], Rules::shipped()), "order changes nothing");
}

#[test]
fn values_of_one_time_that_rounding_does_not_join_contradict_each_other() {
    check(
        "
        A | Upper lake | area | 41.3 in km2
        B | Upper lake | area | 4,130 in ha
        C | Upper lake | surface area | 39 in km2
        D | Upper lake | area | 44 in km2 | | 1931
        A | Northport | population | 12,400 in people | about | 1989
        B | Northport | population | 12,000 in people | about | 1989
        C | Northport | population | 15,100 in people | | 1989
        D | Northport | population | 19,000 in people | | 2009
        A | Northport | schools | 7 in schools
        B | Northport | schools | 8 in schools
        A | Northport | mines_found | 12 in items | | 2024-03
        B | Northport | mines_found | 31 in items | | 2024-04
        ",
        expect![[r#"
            CT-01:northport:population: C5 C6 C7
            CT-01:northport:school: C10 C9
            CT-01:upper-lake:area: C1 C3 C4"#]],
    );
}

#[test]
fn events_have_one_date_and_end_after_they_begin() {
    check(
        "
        A | canton of Hillside | formed | 12 June 1931
        B | canton of Hillside | abolished | April 1931 | by
        A | stone bridge | built | 1878
        B | stone bridge | built | 12th century
        A | stone bridge | destroyed | 1992
        A | truce | signed | 2008-08-12
        B | truce | signed | 13 August 2008
        A | Hillside | occupied_on | 1992-05-18 | | 1992
        A | Hillside | occupied_on | 2016-04-02 | | 2016
        A | Hillside and Lakeside districts | handover_deadline | 2021-03-01
        B | Hillside district | handover_deadline | 2021-03-10
        A | school | opening | 2024-09 (early)
        B | school | opening | 2024-09-02
        ",
        expect![[r#"
            CT-02:hillside-district:deadline-handover: C10 C11
            CT-02:stone-bridge:built: C3 C4
            CT-02:truce:signed: C6 C7
            CT-03:canton-of-hillside: C1 C2"#]],
    );
}

#[test]
fn parts_make_up_their_whole_and_a_number_has_one_meaning() {
    check(
        "
        A | flood of the valley | deaths_total | 214 in persons
        A | flood of the valley | deaths_military | 60 in persons
        A | flood of the valley | deaths_civilian | 154 in persons
        B | flood of the valley | civilian_deaths | 214 in persons
        B | flood of the valley | military_deaths | 22 in persons
        A | Hillside | population | 900 in persons
        A | Hillside | population_men | 430 in persons
        A | Hillside | population_women | 470 in persons
        A | Hillside | libraries_destroyed | 927 in libraries
        B | Hillside | libraries_listed | 927 in libraries
        A | Hillside | goats | 927 in goats
        ",
        expect![[r#"
            CT-01:flood-of-the-valley:civilian-death: C3 C4
            CT-01:flood-of-the-valley:death-military: C2 C5
            CT-04:flood-of-the-valley:death: C1 C2 C3 C4 C5
            CT-05:flood-of-the-valley:214: C1 C4
            CT-05:hillside:927: C10 C9"#]],
    );
}

#[test]
fn words_periods_rates_and_scopes() {
    check(
        "
        A | Hillside | highest_peak_name | Mount Grey
        B | Hillside | highest_peak_name | Mt. Goat
        A | Hillside | alternative_name | Hüğüllü
        B | Hillside | alternative_name | Berglehne
        A | solar farm | status | under construction
        B | solar farm | status | planned
        A | Hillside | uxo_destroyed | 1,661 in items | | 2024-09
        B | Hillside | uxo_destroyed | 1,661 in items | | 2024-09-02/2024-09-08
        A | Hillside | return_target | 9,000 in persons | about | 2025
        B | Hillside | return_target | 9,000 in persons | about | by 2027
        A | Hillside | annual_rainfall | 61 in mm
        B | Hillside | typical_daily_rainfall_april | 2.2 in mm/day
        A | Hillside region | people_back_home | 31,000 in persons | over | 2025-05
        B | Hillside and Lakeside | people_back_home | 31,000 in persons | over | 2025-05-10
        A | Hillside | population | 2,000 in persons | about | early 2010s
        B | Hillside | population | 700 in persons | about | 2018
        A | Lakeside canton | census_population | 33,100 in persons | | 1926
        B | Lakeside and wider area | census_population | 47,000 in persons | about | 1926
        A,K | Hillside | landmines_made_2020 | 3,000 in items | about
        K | Hillside | landmines_made_2020 | 3,000 in items | nearly
        ",
        expect![[r#"
            CT-06:hillside:highest-name-peak: C1 C2
            CT-06:solar-farm:status: C5 C6
            CT-07:hillside:destroyed-uxo:1661: C7 C8
            CT-07:hillside:return-target:9000: C10 C9
            CT-08:back-home-people:31000: C13 C14
            CT-08:census-population:1926: C17 C18
            CT-09:hillside:precipitation: C11 C12
            CT-10:hillside:population: C15 C16
            CT-11:hillside:2020-made-mine:3000: C19 C20"#]],
    );
}

#[test]
fn what_agrees_is_no_contradiction() {
    check(
        "
        A | Hillside | area | 3,054 in km2
        B | Hillside | area | 305,400 in ha
        B | Hillside | area | 3,050 in km2 | about
        A | Hillside | highest_point_elevation | 3,724 in m
        B | Hillside | highest_point_elevation | 3.7 in km
        A | Hillside | opened | 2024
        B | Hillside | opened | 12 May 2024
        A | Hillside | families_returned | 32 in families | | 2025-09-15
        B | Hillside | families_returned | 29 in families | | 2025-09-20
        A | Hillside | villages | 124 in villages | | 2024
        A | Lakeside | villages | 99 in villages | | 2024
        A | Hillside | ap_mines_found | 35 in items | | 2024-09-02/2024-09-08
        A | Hillside | ap_mines_found | 35 in items | | 2024-09-16/2024-09-22
        A | Hillside | deaths_total | 65 in persons | | 2023
        A | Hillside | injuries_total | 289 in persons | | 2023
        ",
        expect![[""]],
    );
}

fn place(id: &str, name: &str, at: [f64; 2]) -> Record {
    let mut record = claim(id, &["S"], &[("name", name), ("place_type", "settlement")]);
    record.kind = RecordKind::Place;
    record.geometry = Some(geometry::Shape::Point(at));
    record
}

#[test]
fn places_of_one_name_and_places_that_may_be_one_are_proposed_and_never_merged() {
    let places = [
        place("P-1", "Hacıkənd", [46.0, 40.0]),
        place("P-2", "Гаджикенд", [46.001, 40.001]),
        place("P-3", "Vank", [46.1, 40.0]),
        place("P-4", "Վանք", [46.5, 40.2]),
        place("P-5", "Zar", [46.002, 40.0]),
    ];
    let places: Vec<&Record> = places.iter().collect();
    let found = find(&[], &places, Rules::shipped());
    let lines: Vec<String> = found.iter().map(|found| format!("{}: {}", found.key, found.message)).collect();
    expect![[r#"
        CT-13:vank: P-3, P-4 are all called Vank | Վանք
        CT-14:P-1:P-2: Hacıkənd (P-1) and Гаджикенд (P-2): likeness 0.91"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_decision_counts_until_another_claim_joins_and_only_then_a_figure_is_published() {
    let claims = read(
        "A | Hillside | villages | 145 in villages
         B | Hillside | villages | 124 in villages
         C | Hillside | rivers | 3 in rivers",
    );
    let claims: Vec<&Record> = claims.iter().collect();
    let found = find(&claims, &[], Rules::shipped());
    let mut decision = claim(
        "D-1",
        &["OFFICE"],
        &[
            ("of", &found[0].key),
            ("status", "chosen"),
            ("choice_rule", "official"),
            ("reason", "list of 2024"),
            ("checked_on", "2025-09-01"),
        ],
    );
    decision.kind = RecordKind::Decision;
    decision.fields.insert("chosen".into(), Value::from(vec!["C2"]));
    decision.fields.insert("judged".into(), Value::from(vec!["C1", "C2"]));
    let shown = |decisions: &[&Record], found: &[Contradiction], claims: &[&Record]| {
        let figures = figures(claims, &[], found, decisions);
        let lines =
            figures.iter().map(|f| format!("{}: {} ({})", f.quantity, f.value.as_deref().unwrap_or("–"), f.rule));
        lines.collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        rivers: 3 rivers (only claim)
        villages: – (none: the contradiction is open)"#]]
    .assert_eq(&shown(&[], &found, &claims));
    expect![[r#"
        rivers: 3 rivers (only claim)
        villages: 124 villages (chosen: official)"#]]
    .assert_eq(&shown(&[&decision], &found, &claims));
    let late = read("A|x|x|1\nA|x|x|1\nA|x|x|1\nD | Hillside | villages | 130 in villages").pop().unwrap();
    let more = [claims.as_slice(), &[&late]].concat();
    let found = find(&more, &[], Rules::shipped());
    assert_eq!(
        status(&found[0], &[&decision]).map(|d| (d.status, d.joined)),
        Some((Status::Open, vec!["C4".to_owned()]))
    );
    expect![[r#"
        rivers: 3 rivers (only claim)
        villages: – (none: the contradiction is open)"#]]
    .assert_eq(&shown(&[&decision], &found, &more));
}

/// The facts of the founding article, where the file is at hand: every group of the file is looked for, and every contradiction that
/// is found is looked up in it.
#[test]
fn the_groups_of_the_facts_table_are_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.ancestors().map(|above| above.join("shared/data/kalbajar_facts.csv")).find(|path| path.exists());
    let Some(mut reader) = file.and_then(|file| csv::Reader::from_path(file).ok()) else {
        eprintln!("not run: the table of facts is not at hand");
        return;
    };
    let mut claims = Vec::new();
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let of = |name: &str| row[name].as_str();
        let plain = match of("value").parse::<f64>() {
            Ok(number) if of("value").contains('e') => format!("{number:.0}"),
            _ => of("value").to_owned(),
        };
        let reference = format!("S{:0>3}", of("ref_no"));
        let sources: Vec<&str> = match (of("origin"), of("ref_no")) {
            ("article", "") => vec!["S000"],
            ("article", _) => vec!["S000", &reference],
            _ => vec![&reference],
        };
        let qualifier = of("qualifier").replace('_', " ");
        let fields = [
            ("subject", of("place")),
            ("quantity", of("quantity")),
            ("value", plain.as_str()),
            ("unit", of("unit")),
            ("qualifier", qualifier.as_str()),
            ("period", of("date_or_period")),
            ("quote", of("quote")),
        ];
        claims.push(claim(of("fact_id"), &sources, &fields));
        if !of("conflict_group").is_empty() {
            groups.entry(of("conflict_group").to_owned()).or_default().insert(of("fact_id").to_owned());
        }
    }
    judge("facts", &claims, &groups);
    // The example tells the same facts in its own words, without quotes.
    let example = root.join("../../examples/kalbajar/claims.csv");
    let mut reader = csv::Reader::from_path(&example).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(|row| row.unwrap());
    let claims: Vec<Record> = rows
        .map(|row| {
            let sources: Vec<&str> = row["source"].split(',').collect();
            let fields: Vec<(&str, &str)> = row.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            claim(&row["local_id"], &sources, &fields)
        })
        .collect();
    let in_example = |group: BTreeSet<String>| group.iter().map(|id| id.replace('F', "C")).collect();
    let groups = groups.into_iter().map(|(name, group)| (name, in_example(group))).collect();
    judge("example", &claims, &groups);
}

/// Print how many groups are found, and how many contradictions are of a group; no more than two groups may be missed, no more than
/// one in ten contradictions be of none.
fn judge(what: &str, claims: &[Record], groups: &BTreeMap<String, BTreeSet<String>>) {
    let claims: Vec<&Record> = claims.iter().collect();
    let found = find(&claims, &[], Rules::shipped());
    let within =
        |found: &Contradiction, group: &BTreeSet<String>| found.members.iter().filter(|id| group.contains(*id)).count();
    let is_of = |found: &Contradiction, group: &BTreeSet<String>| within(found, group) >= group.len().min(2);
    let missed: Vec<&String> =
        groups.iter().filter(|(_, group)| !found.iter().any(|f| is_of(f, group))).map(|(name, _)| name).collect();
    let (right, other): (Vec<_>, Vec<_>) = found.iter().partition(|f| groups.values().any(|group| is_of(f, group)));
    other.iter().for_each(|f| println!("{what}, in no group: {} {} {}", f.key, f.members.join(" "), f.message));
    println!(
        "{what}: {} of {} groups found (missed {missed:?}); {} of {} contradictions are of a group",
        groups.len() - missed.len(),
        groups.len(),
        right.len(),
        found.len()
    );
    assert!(missed.len() <= 2 && other.len() * 10 <= found.len());
}

/// Statements that the words of the table were not looked up for: pairs that contradict each other, and pairs that do not.
#[test]
fn statements_nobody_tuned_for_are_judged_too() {
    // Each line is one pair; a blank-separated `x` before it says that the two contradict each other.
    let pairs = "
        x M | Amber bay | shoreline_length | 182 in km / N | Amber bay | shoreline_length | 204 in km
        - M | Amber bay | shoreline_length | 182 in km / N | Amber bay | shoreline_length | 180 in km | about
        x M | iron mine | closed | 1911 / N | iron mine | opened | 1923
        - M | iron mine | opened | 1898 / N | iron mine | closed | 1911
        x M | railway | inaugurated | 4 May 1902 / N | railway | inaugurated | 14 May 1902
        - M | railway | inaugurated | May 1902 / N | railway | inaugurated | 14 May 1902
        x M | Saltmarsh parish | households | 311 in households | | 1897 / N | Saltmarsh parish | households | 290 in households | | 1897
        - M | Saltmarsh parish | households | 311 in households | | 1897 / N | Saltmarsh parish | households | 511 in households | | 1926
        x M | Saltmarsh parish | patron_saint | Saint Blaise / N | Saltmarsh parish | patron_saint | Saint George
        - M | Saltmarsh parish | patron_saint | Saint Blaise / N | Saltmarsh parish | patron_saint | St Blaise of Saltmarsh, Saint Blaise
        x M | earthquake | people_injured | 840 in people / N | earthquake | wounded | 1,120 in people
        - M | earthquake | people_injured | 840 in people / N | earthquake | people_killed | 1,120 in people
        x M | earthquake | houses_destroyed | 2,310 in houses / N | earthquake | houses_damaged | 2,310 in houses
        - M | earthquake | houses_destroyed | 2,310 in houses / N | earthquake | bridges_damaged | 2 in bridges
        x M | cathedral | tower_height | 61 in m / N | cathedral | tower_height | 210 in feet
        x M | archive | volumes_looted | 4,500 in volumes | over / N | archive | volumes_looted | 3,900 in volumes
        - M | archive | volumes_looted | 4,500 in volumes | over / N | archive | volumes_looted | 5,200 in volumes
        x M | Upper Tarn and Lower Tarn | livestock | 42,700 in head | | 1988 / N | Upper Tarn | livestock | 42,700 in head | | 1988
        x M | dam | volume | 13.2 in million m3 / N | dam | volume | 15 in million m3
        x M | clinic | beds_planned | 120 in beds | | 2024 / N | clinic | beds_planned | 120 in beds | | 2026
        - M | clinic | staff | 44 in people | | 2024 / N | school | staff | 52 in people | | 2024
        x M | Tarn canton | population | 12,800 in inhabitants | | 1926 / N | greater Tarn area | population | 19,400 in inhabitants | | 1926
        x M | treaty | signed_on | 1921-03-16 / N | treaty | signed_on | 1921-10-13
        - M | treaty | ratified | 1921-10-22 / N | treaty | signed_on | 1921-10-13
    ";
    let (mut right, mut missed, mut wrong, mut silent) = (0, 0, 0, 0);
    for line in pairs.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (verdict, pair) = line.split_once(' ').unwrap();
        let claims = read(&pair.replace(" / ", "\n"));
        let claims: Vec<&Record> = claims.iter().collect();
        let found = find(&claims, &[], Rules::shipped());
        match (verdict, found.is_empty()) {
            ("x", false) => right += 1,
            ("x", true) => {
                missed += 1;
                println!("missed: {pair}");
            }
            (_, true) => silent += 1,
            (_, false) => {
                wrong += 1;
                println!("wrong: {pair}: {}", found[0].message);
            }
        }
    }
    println!(
        "not tuned for: {right} of {} found, {wrong} of {} that agree taken for contradictions",
        right + missed,
        wrong + silent
    );
    assert!(right * 10 >= (right + missed) * 8 && wrong <= 1);
}
