//! The rules over a programme: each scene has records by which a rule fires and records by which it does not.
//!
//! A line is a record: `kind id day field=value … @ ground`, in metres from 46° E 40.1° N; two numbers are a point,
//! four a rectangle. `[…]` is a list, quotes keep blanks together.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use geometry::Shape;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{Case, Draft, EntryKind, Index, Parameters, Register, Said, Standing, State, Writer};
use records::rules::Change;
use records::{Record, RecordKind, Rules, Severity};
use serde_json::{Map, Value, json};

use crate::scene::noon;

/// What these rules find on 31 December 2025.
fn check(rules: &[&str], lines: &str, expect: Expect) {
    check_with(Rules::shipped().clone(), rules, lines, expect);
}

fn check_with(table: Rules, rules: &[&str], lines: &str, expect: Expect) {
    let parameters = Parameters { rules: table.into(), ..Parameters::default() };
    let (index, register) = read(lines);
    let state = State::of(&index, Timestamp::MAX, &parameters);
    let day = Date::constant(2025, 12, 31).into();
    let found = Case { index: &index, state: &state, register: &register, day }.check();
    let text: String = found
        .iter()
        .filter(|finding| rules.contains(&finding.rule))
        .map(|finding| {
            format!("{} {} {}: {}\n", finding.severity.letter(), finding.rule, finding.subject, finding.message)
        })
        .collect();
    expect.assert_eq(&text);
}

fn read(lines: &str) -> (Index, Register) {
    let (mut index, mut register, mut writer) = (Index::default(), Register::default(), Writer::new([1; 32], None));
    let mut entries = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let record = record(line);
        let draft = Draft {
            recorded_at: noon(record.date_of_information),
            kind: EntryKind::Record,
            payload: record.to_payload(),
        };
        let signed = writer.sign(&draft);
        index.insert(&signed).unwrap();
        register.take(index.number_of(signed.id).unwrap(), record);
        entries.push(signed.id);
    }
    let payload = json!({"records": entries, "step": "approved", "by": "NMAA"});
    let recorded_at = noon(Date::constant(2025, 12, 30));
    index.insert(&writer.sign(&Draft { recorded_at, kind: EntryKind::Approval, payload })).unwrap();
    (index, register)
}

/// LR-X2, X3, X8, X9: land release is none without them, and nobody's reason makes up for it.
#[test]
fn what_is_fixed_of_one_record_is_fixed_as_a_finding_about_it() {
    let rules = records::Rules::shipped();
    let finding = |name: &str| ledger::Finding::of_issue(rules.finding(name).issue("depth_cm", "", &[])).unwrap();
    assert!(finding("release_without_depth").fixed && finding("release_without_depth").blocks_approval(rules));
    assert!(!finding("day_in_future").fixed);
    let line = "release_product LR-1 2024-05-01 class=CLEARED activity=CLR accuracy_m=2 @ 0 0 10 10";
    let unfit = records::release::unfit(&record(line), rules);
    let found: Vec<ledger::Finding> = unfit.into_iter().filter_map(ledger::Finding::of_issue).collect();
    assert!(found.iter().any(|finding| finding.rule == "LR-X2"), "{found:?}");
    assert!(found.iter().filter(|finding| finding.rule.starts_with("LR-X")).all(|finding| finding.fixed));
}

/// A return is a message, and neither it nor the order of arrival changes what the land is.
#[test]
fn what_is_returned_to_its_sender_goes_on_warning_in_whatever_order_the_entries_arrive() {
    let mut writer = Writer::new([1; 32], None);
    let record = record("hazard_area HA-1 2024-01-01 class=SHA accuracy_m=2 @ 0 0 100 100");
    let mut sign = |kind, payload, day| writer.sign(&Draft { recorded_at: noon(day), kind, payload });
    let hazard = sign(EntryKind::Record, record.to_payload(), Date::constant(2024, 1, 2));
    let step =
        |step: &str, comment: &str| json!({"records": [hazard.id], "step": step, "by": "NMAA", "comment": comment});
    let returned = sign(EntryKind::Approval, step("returned", "which road?"), Date::constant(2024, 1, 3));
    let mut accepted = step("approved", "seen on site");
    accepted["accepted"] = json!(["DQ-13"]);
    let accepted = sign(EntryKind::Approval, accepted, Date::constant(2024, 1, 4));
    let entries = [hazard.clone(), returned, accepted];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let mut index = Index::default();
        order.iter().for_each(|&i| _ = index.insert(&entries[i]).unwrap());
        let number = index.number_of(hazard.id).unwrap();
        assert_eq!(
            index.standing(number, noon(Date::constant(2024, 1, 3))),
            Standing::Proposed,
            "returned, not rejected"
        );
        let state = State::of(&index, noon(Date::constant(2024, 1, 3)), &Parameters::default());
        assert!(state.totals(&index, Date::constant(2024, 1, 3).into()).figures.remaining_gate > geometry::Area::ZERO);
        let said: Vec<&str> = index.remarks(hazard.id).iter().map(|remark| &*remark.comment).collect();
        assert_eq!(said, ["which road?", "seen on site"]);
        assert_eq!(index.remarks(hazard.id)[1].says, Said::Accepted(["DQ-13".into()].into()));
    }
}

fn record(line: &str) -> Record {
    let (left, ground) = line.split_once('@').unwrap_or((line, ""));
    let words = words(left);
    let mut fields = Map::new();
    let mut sources = Vec::new();
    for word in &words[3..] {
        let (name, value) = word.split_once('=').expect("name=value");
        match (name, value.strip_prefix('[')) {
            ("source", _) => sources.push(value.to_owned()),
            (_, Some(list)) => {
                let items: Vec<&str> = list.trim_end_matches(']').split(',').collect();
                fields.insert(name.to_owned(), json!(items));
            }
            // The value of a claim is kept as published.
            _ if name != "value" => {
                let value = value.parse::<f64>().map_or_else(|_| json!(value), |number| json!(number));
                fields.insert(name.to_owned(), value);
            }
            _ => _ = fields.insert(name.to_owned(), Value::from(value)),
        }
    }
    let metres: Vec<f64> = ground.split_whitespace().map(|n| n.parse().unwrap()).collect();
    Record {
        kind: words[0].parse::<RecordKind>().unwrap(),
        local_id: words[1].clone(),
        date_of_information: words[2].parse().unwrap(),
        supersedes: None,
        sources,
        fields,
        geometry: shape(&metres),
        as_entered: Map::new(),
    }
}

fn shape(metres: &[f64]) -> Option<Shape> {
    let at = |x: f64, y: f64| [46.0 + x / 85_055.0, 40.1 + y / 111_195.0];
    match *metres {
        [x, y] => Some(Shape::Point(at(x, y))),
        [x0, y0, x1, y1] => {
            Some(Shape::Polygon(vec![vec![at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1), at(x0, y0)]]))
        }
        _ => None,
    }
}

fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn a_release_names_the_records_it_belongs_to() {
    check(
        &["DQ-16", "DQ-25"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA @ 0 0 100 100
        release_product LR-1 2024-05-01 class=CLEARED depth_cm=20 eo=[UXO] methods=[manual] hazard=HA-1 task=T-1 activity=CLR operator=A @ 0 0 50 10
        completion_report CR-1 2024-05-02 release=LR-1
        release_product LR-2 2024-05-01 class=CLEARED depth_cm=20 eo=[UXO] hazard=HA-1 operator=A @ 0 10 50 20
        release_product LR-3 2024-05-01 class=CANCELLED @ 0 20 50 30
        "#,
        expect![[r#"
            W DQ-16 LR-3: release LR-3 names no hazard, task, activity or operator, and no completion report names it
            I DQ-16 LR-2: release LR-2 has no task, activity, completion report
            I DQ-25 LR-2: cleared release LR-2 does not say by which method
        "#]],
    );
}

#[test]
fn work_follows_its_hazard_and_its_task_and_comes_before_inspection_and_handover() {
    check(
        &["DQ-18", "LR-X6"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA @ 0 0 100 100
        task_order T-1 2024-02-01 issued_on=2024-02-01 planned_end=2024-06-30 activity=CLR operator=A
        task_order T-0 2024-02-01 issued_on=2023-12-01 activity=CLR operator=A
        release_product LR-1 2024-05-01 class=CLEARED hazard=HA-1 task=T-1 activity=CLR operator=A started_on=2024-02-01 completed_on=2024-04-30 @ 0 0 50 10
        release_product LR-2 2024-07-02 class=CLEARED hazard=HA-1 task=T-1 activity=BAC operator=B started_on=2024-01-15 completed_on=2024-07-01 @ 0 10 50 20
        release_product LR-3 2024-07-02 class=CLEARED hazard=HA-1 task=T-0 @ 0 20 50 30
        qa_visit QA-1 2024-05-02 release=LR-1 result=accepted
        qa_visit QA-2 2024-06-01 release=LR-2 result=accepted
        handover_certificate HC-1 2024-06-01 releases=[LR-1]
        handover_certificate HC-2 2024-05-01 releases=[LR-2]
        "#,
        expect![[r#"
            E DQ-18 HC-2: HC-2: its inspection is of 2024-06-01, after the handover of 2024-05-01
            E DQ-18 HC-2: HC-2: the report of its release is of 2024-07-02, after its inspection of 2024-06-01
            E DQ-18 LR-2: LR-2: the end of its work is of 2024-07-01, after the inspection of 2024-06-01
            E DQ-18 LR-2: LR-2: the issue of its task is of 2024-02-01, after its start of 2024-01-15
            E DQ-18 LR-3: LR-3: the identification of its hazard is of 2024-01-01, after the issue of its task of 2023-12-01
            W LR-X6 LR-2: LR-2 states activity BAC, task T-1 states CLR
            W LR-X6 LR-2: LR-2 states operator B, task T-1 states A
            W LR-X6 LR-2: the work of LR-2 is of 2024-01-15, task T-1 holds from 2024-02-01 to 2024-06-30
        "#]],
    );
}

#[test]
fn an_operator_is_accredited_for_the_activity_on_the_day_and_its_team_is_known() {
    let lines = r#"
        accreditation AC-1 2024-01-01 operator=A activity=CLR valid_from=2024-01-01 valid_to=2024-12-31
        team T-1 2024-01-01 operator=A name="Team 1"
        hazard_area HA-1 2024-01-01 class=SHA @ 0 0 100 100
        release_product LR-1 2025-02-01 class=CLEARED operator=A activity=CLR completed_on=2024-12-31 team="Team 1" @ 0 0 50 10
        release_product LR-2 2025-02-01 class=CLEARED operator=A activity=CLR completed_on=2025-01-01 team="Team 2" @ 0 10 50 20
        release_product LR-3 2024-05-01 class=CLEARED operator=A activity=BAC @ 0 20 50 30
        release_product LR-4 2024-05-01 class=CLEARED operator=B activity=CLR @ 0 30 50 40
        "#;
    check(
        &["DQ-37"],
        lines,
        expect![[r#"
        W DQ-37 LR-2: A has no accreditation for CLR on 2025-01-01
        W DQ-37 LR-2: team Team 2 of LR-2 is not recorded
        W DQ-37 LR-3: A has no accreditation for BAC on 2024-05-01
        W DQ-37 LR-4: B has no accreditation for CLR on 2024-05-01
    "#]],
    );
    let block = Change { severity: Some(Severity::Error), threshold: None };
    let table = Rules::shipped().changed(&BTreeMap::from([("not_accredited".to_owned(), block)])).unwrap();
    check_with(
        table,
        &["DQ-37"],
        lines,
        expect![[r#"
        E DQ-37 LR-2: A has no accreditation for CLR on 2025-01-01
        E DQ-37 LR-3: A has no accreditation for BAC on 2024-05-01
        E DQ-37 LR-4: B has no accreditation for CLR on 2024-05-01
        W DQ-37 LR-2: team Team 2 of LR-2 is not recorded
    "#]],
    );
    let without: Vec<&str> =
        lines.lines().filter(|line| !line.contains("accreditation") && !line.contains("team T")).collect();
    check(
        &["DQ-37"],
        &without.join("\n"),
        expect![[r#"
        I DQ-37 : no accreditation is recorded, so none of 4 releases could be checked
    "#]],
    );
}

#[test]
fn battle_area_clearance_is_not_for_mined_hazards_and_nobody_clears_a_square_kilometre_a_day() {
    check(
        &["DQ-26", "DQ-53"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA eo=[UXO,AP_MINE] @ 0 0 1000 1000
        hazard_area HA-2 2024-01-01 class=SHA eo=[UXO] @ 2000 0 3000 1000
        release_product LR-1 2024-05-01 class=CLEARED hazard=HA-1 activity=BAC started_on=2024-04-01 completed_on=2024-04-30 @ 0 0 500 500
        release_product LR-2 2024-05-01 class=CLEARED hazard=HA-2 activity=BAC started_on=2024-04-01 completed_on=2024-04-30 @ 2000 0 2500 500
        release_product LR-3 2024-05-01 class=CLEARED hazard=HA-1 activity=CLR started_on=2024-04-30 completed_on=2024-04-30 @ 500 500 1000 1000
        activity AT-1 2024-05-01 activity=CLR started_on=2024-04-01 completed_on=2024-04-30 processed_m2=100000
        "#,
        expect![[r#"
            E DQ-26 LR-1: release LR-1 is by battle area clearance, hazard HA-1 names AP_MINE
            W DQ-53 LR-3: LR-3: 250 248 m² by CLR within 1 d is 250248 m² a day, more than 30000
        "#]],
    );
}

#[test]
fn what_is_handed_over_was_inspected_and_has_nothing_open() {
    check(
        &["DQ-36"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA @ 0 0 100 100
        release_product LR-1 2024-05-01 class=CLEARED qc=accepted @ 0 0 50 10
        release_product LR-2 2024-05-01 class=CLEARED qc=pending @ 0 10 50 20
        release_product LR-3 2024-05-01 class=CLEARED @ 0 20 50 30
        release_product LR-4 2024-05-01 class=CLEARED qc=accepted @ 0 30 50 40
        qa_visit QA-3 2024-05-10 release=LR-3 result=accepted
        qa_visit QA-4 2024-05-10 release=LR-4 result=accepted
        nonconformity NC-3 2024-05-10 visit=QA-3 severity=MINOR closed_on=2024-05-20
        nonconformity NC-4 2024-05-10 visit=QA-4 severity=MAJOR
        handover_certificate HC-1 2024-06-01 releases=[LR-1,LR-3]
        handover_certificate HC-2 2024-06-01 releases=[LR-2,LR-4]
        "#,
        expect![[r#"
            E DQ-36 HC-2: HC-2 hands over release LR-2, whose inspection is pending
            E DQ-36 HC-2: HC-2 hands over release LR-4, whose non-conformity NC-4 is open
        "#]],
    );
}

#[test]
fn a_find_lies_on_the_ground_it_belongs_to_and_no_deeper_than_it_was_cleared() {
    check(
        &["DQ-20", "DQ-21", "DQ-22"],
        r#"
        hazard_area HA-1 2024-01-01 class=CHA @ 0 0 100 100
        release_product LR-1 2024-05-01 class=CLEARED depth_cm=20 accuracy_m=1 @ 0 0 50 50
        activity AT-1 2024-05-01 activity=CLR task=T-1 accuracy_m=1 @ 60 0 100 50
        device_find F-1 2024-04-01 category=UXO release=LR-1 depth_cm=20 @ 10 10
        device_find F-2 2024-04-01 category=UXO release=LR-1 depth_cm=35 accuracy_m=3 @ 53 10
        device_find F-3 2024-04-01 category=UXO release=LR-1 accuracy_m=3 @ 57 10
        device_find F-4 2024-04-01 category=UXO task=T-1 @ 70 10
        device_find F-5 2024-04-01 category=UXO task=T-1 @ 70 70
        device_find F-6 2024-09-01 category=UXO depth_cm=30 @ 20 20
        accident A-1 2024-09-02 @ 30 20
        accident A-2 2024-04-02 @ 30 20
        "#,
        expect![[r#"
            W DQ-20 F-3: find F-3 lies 7.0 m outside release LR-1; both are accurate to 4 m together
            W DQ-20 F-5: find F-5 lies 20.0 m outside activity AT-1; both are accurate to 1 m together
            W DQ-21 F-2: find F-2 lay 35 cm deep, release LR-1 was cleared to 20 cm
            W DQ-21 F-6: find F-6 lay 30 cm deep, release LR-1 was cleared to 20 cm
            E DQ-22 A-1: accident A-1 of 2024-09-02 lies on ground released on 2024-05-01 by LR-1
            E DQ-22 F-6: find F-6 of 2024-09-01 lies on ground released on 2024-05-01 by LR-1
        "#]],
    );
}

#[test]
fn devices_casualties_and_accidents_are_counted_once_and_agree() {
    check(
        &["DQ-09", "DQ-39", "DQ-40"],
        r#"
        device_find F-1 2024-04-01 category=AP_MINE model=PMN quantity=1 release=LR-1 @ 10 10
        device_find F-2 2024-04-01 category=AP_MINE model=PMN quantity=1 release=LR-1 @ 10 10
        device_find F-3 2024-04-01 category=AP_MINE model=PMN quantity=2 release=LR-1 @ 10 10
        device_find F-4 2024-04-01 category=AP_MINE model=PMN quantity=1 release=LR-1 @ 11 10
        accident A-1 2024-05-01 category=AP_MINE n_killed=1 n_injured=1 @ 0 0
        accident A-2 2024-05-02 category=AP_MINE n_killed=1 n_injured=0 @ 300 0
        accident A-3 2024-05-02 category=AP_MINE @ 2000 0
        accident A-4 2024-05-04 category=AP_MINE @ 300 0
        casualty C-1 2024-05-01 accident=A-1 outcome=killed sex=male age_band=adult activity_then=herding
        casualty C-2 2024-05-01 accident=A-1 outcome=injured sex=female age_band=adult activity_then=herding
        casualty C-3 2024-05-01 accident=A-2 outcome=killed sex=male age_band=adult activity_then=herding
        casualty C-4 2024-05-01 accident=A-2 outcome=injured sex=male age_band=child activity_then=herding
        "#,
        expect![[r#"
            W DQ-09 F-2: finds F-1 and F-2 report 1 PMN of the same day and place of work
            E DQ-39 A-2: accident A-2 counts 0 injured, 1 are listed
            W DQ-40 A-2: accidents A-1 and A-2 are 300 m and 1 days apart, by the same device
            W DQ-40 C-3: casualties C-1 and C-3 are alike and of one day, in accidents A-1 and A-2
        "#]],
    );
}

#[test]
fn a_photo_belongs_to_the_record_it_was_taken_at() {
    check(
        &["DQ-50"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA accuracy_m=5 @ 0 0 100 100
        accident A-1 2024-05-01 @ 1000 0
        attachment P-1 2024-05-01 about_record=HA-1 @ 200 50
        attachment P-2 2024-05-01 about_record=HA-1 @ 210 50
        attachment P-3 2024-05-01 about_record=A-1 @ 1050 0
        attachment P-4 2024-05-01 about_record=A-1 @ 1150 0
        "#,
        expect![[r#"
            W DQ-50 P-2: attachment P-2 was taken 110 m from HA-1, more than 105 m
            W DQ-50 P-4: attachment P-4 was taken 150 m from A-1, more than 100 m
        "#]],
    );
}

#[test]
fn a_record_lies_in_the_place_it_names_and_not_where_defaults_lie() {
    check(
        &["DQ-27", "DQ-28"],
        r#"
        place P-1 2020-01-01 name=North place_type=district @ 0 0 1000 1000
        place P-2 2020-01-01 name=South place_type=district @ 0 -1000 1000 0
        hazard_area HA-1 2024-01-01 class=SHA place=P-1 @ 0 0 100 100
        hazard_area HA-2 2024-01-01 class=SHA place=P-2 @ 200 0 300 100
        accident A-1 2024-05-01 place=P-1 @ 505 500
        accident A-2 2024-06-01 place=P-1 @ 700 500
        accident A-3 2024-07-01 @ 700 500
        monument M-1 2024-07-01 @ 10 10
        monument M-2 2024-07-01 @ 10 10
        monument M-3 2024-07-01 @ 10 10
        "#,
        expect![[r#"
            W DQ-27 HA-2: hazard_area HA-2 names P-2, its ground lies elsewhere
            W DQ-28 A-1: accident A-1 lies at the centre of P-1
            W DQ-28 M-1: 3 records of monument lie at exactly 46.000117570983484 40.10008993210126, M-1 among them
        "#]],
    );
}

#[test]
fn long_sides_want_intermediate_points_and_neighbours_share_their_markers() {
    check(
        &["DQ-31", "DQ-32"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA geometry_quality=SURVEYED @ 0 0 49 120
        hazard_area HA-2 2024-01-01 class=SHA geometry_quality=SURVEYED @ 200 0 249 49
        hazard_area HA-3 2024-01-01 class=SHA geometry_quality=DIGITISED @ 400 0 500 100
        release_product LR-1 2024-05-01 class=CLEARED control_group=[M-1,M-2] @ 0 0 20 20
        release_product LR-2 2024-05-01 class=CLEARED control_group=[M-2] @ 20.4 0 40 20
        release_product LR-3 2024-05-01 class=CLEARED control_group=[M-2] @ 0 20 20 40
        release_product LR-4 2024-05-01 class=CLEARED @ 0 40.4 20 60
        "#,
        expect![[r#"
            I DQ-31 HA-1: 2 sides of HA-1 are longer than 50 m, the longest 120 m
            W DQ-32 LR-2: 2 vertices of LR-2 lie up to 0.40 m beside LR-1, with which it shares M-2
            W DQ-32 LR-3: 1 vertices of LR-3 lie up to 0.40 m beside LR-2, with which it shares M-2
        "#]],
    );
}

#[test]
fn a_hazard_is_open_while_ground_remains_and_somebody_looks_at_it_again() {
    check(
        &["DQ-35", "DQ-55"],
        r#"
        hazard_area HA-1 2024-01-01 class=CHA state=open @ 0 0 100 100
        hazard_area HA-2 2024-01-01 class=CHA state=closed @ 200 0 300 100
        hazard_area HA-3 2024-01-01 class=CHA state=open @ 400 0 500 100
        hazard_area HA-4 2024-01-01 class=CHA state=closed @ 600 0 700 100
        release_product LR-1 2024-05-01 class=CLEARED @ 600 0 700 100
        release_product LR-3 2024-05-01 class=CLEARED @ 400 0 500 100
        hazard_area HA-5 2020-01-01 class=SHA @ 800 0 900 100
        hazard_area HA-6 2020-01-01 class=SHA @ 1000 0 1100 100
        hazard_area HA-7 2023-06-01 class=SHA @ 1200 0 1300 100
        hazard_area HA-8 2020-01-01 class=SHA @ 1400 0 1500 100
        activity AT-6 2024-01-01 activity=NTS @ 1000 0 1100 100
        activity AT-8 2024-01-01 activity=NTS hazard=HA-8
        "#,
        expect![[r#"
            E DQ-35 HA-2: hazard HA-2 is closed, 10 011 m² of it remain
            E DQ-35 HA-3: hazard HA-3 is open, nothing of it remains
            I DQ-55 HA-5: suspected hazard HA-5 was last stated or surveyed on 2020-01-01, 6.0 years ago
        "#]],
    );
}

#[test]
fn one_name_is_spelt_in_one_way() {
    check(
        &["DQ-48"],
        r#"
        accident A-1 2024-05-01 place=nugal operator="Team A1" @ 0 0
        accident A-2 2024-05-02 place=Nugaal operator="Team A11" @ 0 0
        accident A-3 2024-05-02 place=Bari @ 0 0
        "#,
        expect![[r#"
            W DQ-48 nugal: place is spelt Nugaal in 1 records and nugal in 1
        "#]],
    );
}

#[test]
fn no_place_has_most_of_the_records_by_default() {
    let lines = |first: usize| {
        let of = |place: usize, n: usize| {
            (0..n).map(move |i| format!("risk_education E-{place}-{i} 2024-05-01 place=P-{place}\n"))
        };
        of(0, first).chain((1..9).flat_map(|place| of(place, 8))).collect::<String>()
    };
    check(
        &["DQ-47"],
        &lines(20),
        expect![[r#"
        W DQ-47 P-0: 20 of 84 records of risk_education name P-0, 23.8 %; the next place has 8
    "#]],
    );
    check(&["DQ-47"], &lines(15), expect![[r#""#]]);
}

#[test]
fn a_claim_has_a_source_and_two_sources_agree_within_rounding() {
    check(
        &["DQ-45", "DQ-46", "DQ-51", "DQ-52"],
        r#"
        claim C-1 2024-05-01 subject=AZ quantity=released value=1,250 unit=m2 period=2024-04 source=S-1
        claim C-2 2024-05-01 subject=AZ quantity=released value=1,400 unit=m2 period=2024-04 source=S-2
        claim C-3 2024-05-01 subject=AZ quantity=released value=1,250 unit=m2 period=2024-05
        claim C-4 2024-05-01 subject=AZ quantity=length value=2.4 unit=km period=2024-04 source=S-1
        claim C-5 2024-05-01 subject=AZ quantity=length value=2.47 unit=km period=2024-04 source=S-1
        claim C-6 2024-05-01 subject=AZ quantity=length value=2.43 unit=km period=2024-04 source=S-2
        claim C-7 2024-05-01 subject=AZ quantity=victims value=12 period=2024-04 source=S-1
        claim C-8 2024-05-01 subject=AZ quantity=killed value=12 period=2024-04 source=S-2
        claim C-9 2024-05-01 subject=AZ quantity=killed value=7 period=2024-04 source=S-1
        "#,
        expect![[r#"
            I DQ-45 C-5: C-5 states 2.47 length, the same source states 2.4: one is rounded or cut
            W DQ-46 C-8: C-8 says 12 killed for 2024-04, another source says 12 victims
            E DQ-51 C-3: claim C-3 names no source
            W DQ-52 C-2: released of AZ for 2024-04: C-2 states 1,400, C-1 states 1,250; rounding explains 1, 149 remain
            W DQ-52 C-6: length of AZ for 2024-04: C-6 states 2.43, C-5 states 2.47; rounding explains 0.01, 0.03 remain
            W DQ-52 C-9: killed of AZ for 2024-04: C-9 states 7, C-8 states 12; rounding explains 0, 5 remain
        "#]],
    );
}

#[test]
fn one_count_is_not_another_and_categories_sum_to_their_total() {
    check(
        &["DQ-38", "DQ-41"],
        r#"
        claim C-1 2024-05-01 subject=AZ quantity=accidents value=14 period=2024-04 source=S-1
        claim C-2 2024-05-01 subject=AZ quantity=casualties value=14 period=2024-04 source=S-1
        claim C-3 2024-05-01 subject=AZ quantity=accidents value=3 period=2024-05 source=S-1
        claim C-4 2024-05-01 subject=AZ quantity=casualties value=3 period=2024-05 source=S-1
        claim D-1 2024-05-01 subject=AZ quantity=AP_MINE value=10 period=2024-04 source=S-1
        claim D-2 2024-05-01 subject=AZ quantity=UXO value=20 period=2024-04 source=S-1
        claim D-3 2024-05-01 subject=AZ quantity=SAA value=500 period=2024-04 source=S-1
        claim D-4 2024-05-01 subject=AZ quantity=devices value=530 period=2024-04 source=S-1
        claim D-5 2024-05-01 subject=AZ quantity=AP_MINE value=10 period=2024-05 source=S-1
        claim D-6 2024-05-01 subject=AZ quantity=UXO value=20 period=2024-05 source=S-1
        claim D-7 2024-05-01 subject=AZ quantity=devices value=30 period=2024-05 source=S-1
        "#,
        expect![[r#"
            E DQ-38 D-4: D-4 states 530 in all for 2024-04, the categories sum to 30
            E DQ-41 C-2: C-2 states 14 casualties for 2024-04, the same source states 14 accidents
        "#]],
    );
}

#[test]
fn a_series_has_whole_weeks_that_sum_and_never_falls_if_it_is_cumulative() {
    check(
        &["DQ-42", "DQ-43", "DQ-44"],
        r#"
        claim A-1 2024-05-01 subject=AZ quantity=cleared value=100 period=2024-04-01/2024-04-07 source=S-1
        claim A-2 2024-05-01 subject=AZ quantity=cleared value=200 period=2024-04-08/2024-04-14 source=S-2
        claim A-3 2024-05-01 subject=AZ quantity=cleared value=300 period=2024-04-01/2024-04-14 source=S-3
        claim B-1 2024-05-01 subject=GE quantity=cleared value=100 period=2024-04-01/2024-04-07 source=S-1
        claim B-2 2024-05-01 subject=GE quantity=cleared value=200 period=2024-04-08/2024-04-14 source=S-2
        claim B-3 2024-05-01 subject=GE quantity=cleared value=320 period=2024-04-01/2024-04-14 source=S-3
        claim D-1 2024-05-01 subject=IQ quantity=cleared value=100 period=2024-04-01/2024-04-07 source=S-1
        claim D-2 2024-05-01 subject=IQ quantity=cleared value=100 period=2024-04-10/2024-04-15 source=S-2
        claim D-3 2024-05-01 subject=IQ quantity=cleared value=100 period=2024-04-14/2024-04-20 source=S-2
        claim E-1 2024-05-01 subject=AZ quantity=found value=1,000 qualifier="since 2020" period=2024-04 source=S-1
        claim E-2 2024-06-01 subject=AZ quantity=found value=990 qualifier="since 2020" period=2024-05 source=S-1
        claim E-3 2024-07-01 subject=AZ quantity=found value=1,100 qualifier="since 2020" period=2024-06 source=S-1
        "#,
        expect![[r#"
            W DQ-42 E-2: found of AZ falls from 1,000 (2024-04-30) to 990 (2024-05-31), in a cumulative series
            W DQ-43 B-3: cleared of GE for 2024-04-01/2024-04-14 is 320, its 2 parts sum to 300
            I DQ-44 D-2: cleared of IQ: 2 days between 2024-04-07 and 2024-04-10 are in no period
            I DQ-44 D-2: cleared of IQ: the week 2024-04-10/2024-04-15 has 6 days
            I DQ-44 D-3: cleared of IQ: periods 2024-04-15 and 2024-04-14 overlap by 2 days
        "#]],
    );
}

#[test]
fn what_was_corrected_or_lies_after_the_day_is_not_judged() {
    check(
        &["DQ-16"],
        r#"
        hazard_area HA-1 2024-01-01 class=SHA @ 0 0 100 100
        release_product LR-1 2026-01-01 class=CANCELLED @ 0 20 50 30
        "#,
        expect![[r#""#]],
    );
}
