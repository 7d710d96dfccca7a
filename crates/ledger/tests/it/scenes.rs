//! The rules of land release, one scene each.

use expect_test::expect;

use crate::scene::{check, tell};

#[test]
fn the_same_ground_is_never_released_twice() {
    // PT-7 of the domain's worked examples, in cells.
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 400 300
        release LR-1 CANCELLED 2021-05-01 0 200 400 300
        release LR-2 REDUCED 2021-06-01 0 150 200 250
        release LR-3 CLEARED 2021-07-01 150 -20 250 150
        state 2021-12-31
        findings 2021-12-31
        balance 2021-01-01 2021-12-31
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 400 300 => accepted
            release LR-1 CANCELLED 2021-05-01 0 200 400 300 => accepted
            release LR-2 REDUCED 2021-06-01 0 150 200 250 => accepted
            release LR-3 CLEARED 2021-07-01 150 -20 250 150 => accepted
            state 2021-12-31 => remaining 55000, sha 55000, cancelled 39999, reduced 10000, cleared 15000, outside 2000
            findings 2021-12-31 => DQ-14 LR-2 10000, DQ-15 LR-3 2000
            balance 2021-01-01 2021-12-31 => 0 + 119998 new + 0 reopened + 0 adjusted - 39999 cancelled - 10000 reduced - 15000 cleared = 55000 (late 0)
        "#]],
    );
}

#[test]
fn a_release_takes_nothing_where_nothing_is_hazardous() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100
        release LR-1 REDUCED 2021-05-01 200 0 300 100
        release LR-2 REDUCED 2021-05-01 60 0 160 100
        release LR-3 REDUCED 2021-05-01 40 0 140 100
        release LR-4 CLEARED 2021-05-01 200 0 300 100
        release LR-5 CLEARED 2021-06-01 250 0 350 100
        state 2021-12-31
        findings 2021-12-31
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 REDUCED 2021-05-01 200 0 300 100 => LR-X1 no ground of REDUCED release LR-1 was hazardous on 2021-05-01
            release LR-2 REDUCED 2021-05-01 60 0 160 100 => DQ-15 5 689 m² of release LR-2 (60 %) lie outside every hazard of 2021-05-01
            release LR-3 REDUCED 2021-05-01 40 0 140 100 => accepted
            release LR-4 CLEARED 2021-05-01 200 0 300 100 => accepted
            release LR-5 CLEARED 2021-06-01 250 0 350 100 => accepted
            state 2021-12-31 => remaining 4000, sha 4000, reduced 6000, outside 15000
            findings 2021-12-31 => DQ-14 LR-5 5000, DQ-15 LR-3 4000, DQ-15 LR-4 10000, DQ-15 LR-5 5000
        "#]],
    );
}

#[test]
fn hazard_wins_on_equal_days_and_later_hazard_reopens() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100
        release LR-1 CLEARED 2021-05-01 0 0 100 50
        reopen  RO-1 CHA 2021-05-01 0 0 100 10
        reopen  RO-2 CHA 2022-05-01 0 20 100 30
        state 2021-04-30
        state 2021-05-01
        state 2022-05-01
        release LR-2 CLEARED 2022-06-01 0 0 100 50
        state 2022-06-01
        findings 2022-06-01
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 CLEARED 2021-05-01 0 0 100 50 => accepted
            reopen RO-1 CHA 2021-05-01 0 0 100 10 => accepted
            reopen RO-2 CHA 2022-05-01 0 20 100 30 => accepted
            state 2021-04-30 => remaining 10000, sha 10000
            state 2021-05-01 => remaining 6000, sha 5000, cha 1000, cleared 4000
            state 2022-05-01 => remaining 7000, sha 5000, cha 2000, cleared 3000, reopened 1000
            release LR-2 CLEARED 2022-06-01 0 0 100 50 => accepted
            state 2022-06-01 => remaining 5000, sha 5000, cleared 5000, reopened 1000
            findings 2022-06-01 => DQ-14 LR-2 3000, LR-8 LR-1 1000
        "#]],
    );
}

#[test]
fn suspicion_may_be_confirmed_and_never_taken_back_by_a_correction() {
    check(
        "
        hazard HA-1 SHA 2021-01-10 0 0 100 100
        hazard HA-2 CHA 2021-06-01 0 0 100 40
        hazard HA-3 SHA 2021-07-01 0 0 100 40 ~HA-2
        state 2021-05-31
        state 2021-06-01
        rows 2021-06-01
        findings 2021-06-01
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            hazard HA-2 CHA 2021-06-01 0 0 100 40 => accepted
            hazard HA-3 SHA 2021-07-01 0 0 100 40 ~HA-2 => LR-X4 hazard HA-3 is confirmed; a correction cannot make it suspected
            state 2021-05-31 => remaining 10000, sha 10000
            state 2021-06-01 => remaining 10000, sha 6000, cha 4000, overlap 4000
            rows 2021-06-01 => HA-1 10000
            findings 2021-06-01 => DQ-13 HA-1 4000
        "#]],
    );
}

#[test]
fn a_corrected_hazard_holds_until_its_correction_begins() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100
        release LR-1 CANCELLED 2021-05-01 0 0 100 10
        hazard  HA-1b SHA 2022-01-01 0 0 120 50 ~HA-1
        state 2021-12-31
        state 2022-01-01
        hazard  HA-1c SHA 2021-01-10 0 0 100 60 ~HA-1b
        state 2021-12-31
        state 2022-01-01
        state 2022-01-01 2022-01-01
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 CANCELLED 2021-05-01 0 0 100 10 => accepted
            hazard HA-1b SHA 2022-01-01 0 0 120 50 ~HA-1 => accepted
            state 2021-12-31 => remaining 9000, sha 9000, cancelled 1000
            state 2022-01-01 => remaining 6000, sha 6000, reopened 1000, adjusted -4000
            hazard HA-1c SHA 2021-01-10 0 0 100 60 ~HA-1b => accepted
            state 2021-12-31 => remaining 5000, sha 5000, cancelled 1000
            state 2022-01-01 => remaining 5000, sha 5000, cancelled 1000
            state 2022-01-01 2022-01-01 => remaining 5000, sha 5000, cancelled 1000
        "#]],
    );
}

#[test]
fn a_corrected_release_releases_nothing_at_any_time() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100
        release LR-1 CLEARED 2021-05-01 0 0 100 50
        release LR-1b CLEARED 2021-08-01 0 0 100 20 ~LR-1 @2022-01-01
        state 2021-06-01
        state 2021-06-01 2021-12-31
        state 2021-08-01
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 CLEARED 2021-05-01 0 0 100 50 => accepted
            release LR-1b CLEARED 2021-08-01 0 0 100 20 ~LR-1 @2022-01-01 => accepted
            state 2021-06-01 => remaining 10000, sha 10000
            state 2021-06-01 2021-12-31 => remaining 5000, sha 5000, cleared 5000
            state 2021-08-01 => remaining 8000, sha 8000, cleared 2000
        "#]],
    );
}

#[test]
fn an_adjustment_moves_a_boundary_and_is_never_a_release() {
    check(
        "
        hazard  HA-1 CHA 2021-01-10 0 0 100 100
        release LR-1 CLEARED 2021-02-01 0 0 50 100
        adjust  AD-1 HA-1 2021-03-01 0 0 90 110
        state 2021-02-28
        state 2021-03-01
        balance 2021-03-01 2021-12-31
        adjust  AD-2 HA-9 2021-03-01 0 0 90 110
        ",
        &expect![[r#"
            hazard HA-1 CHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 CLEARED 2021-02-01 0 0 50 100 => accepted
            adjust AD-1 HA-1 2021-03-01 0 0 90 110 => accepted
            state 2021-02-28 => remaining 5000, cha 5000, cleared 5000
            state 2021-03-01 => remaining 4900, cha 4900, cleared 5000, adjusted -100
            balance 2021-03-01 2021-12-31 => 5000 + 0 new + 0 reopened + -100 adjusted - 0 cancelled - 0 reduced - 0 cleared = 4900 (late 0)
            adjust AD-2 HA-9 2021-03-01 0 0 90 110 => DQ-16 hazard names hazard_area "HA-9", which is not known
        "#]],
    );
}

#[test]
fn what_is_proposed_counts_in_gate_geometry_only_and_only_as_hazard() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100 ?
        release LR-1 CLEARED 2021-05-01 0 0 100 50 ?
        state 2021-12-31
        findings 2021-12-31
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 ? => accepted
            release LR-1 CLEARED 2021-05-01 0 0 100 50 ? => accepted
            state 2021-12-31 => remaining 0
            findings 2021-12-31 => REC-2 HA-1 10000, REC-2 LR-1 5000
        "#]],
    );
}

#[test]
fn overlapping_hazards_count_each_cell_in_the_row_of_the_first() {
    check(
        "
        hazard HA-2 SHA 2021-01-10 0 0 100 100
        hazard HA-1 SHA 2021-02-10 50 0 150 100
        state 2021-12-31
        rows 2021-12-31
        findings 2021-12-31
        ",
        &expect![[r#"
            hazard HA-2 SHA 2021-01-10 0 0 100 100 => accepted
            hazard HA-1 SHA 2021-02-10 50 0 150 100 => accepted
            state 2021-12-31 => remaining 15000, sha 15000, overlap 5000
            rows 2021-12-31 => HA-1 5000, HA-2 10000
            findings 2021-12-31 => DQ-13 HA-1 5000
        "#]],
    );
}

#[test]
fn refusals_name_the_rule_and_the_numbers() {
    check(
        "
        hazard  HA-1 CHA 2021-01-10 0 0 100 100
        hazard  HA-1 CHA 2021-02-10 0 0 100 100
        release LR-1 CLEARED 2021-05-01 0 0 100 50 depth_cm=0
        release LR-2 CANCELLED 2021-05-01 0 0 100 50 activity=TS
        release LR-3 REDUCED 2020-05-01 0 0 100 50 hazard=HA-1
        release LR-4 REDUCED 2021-05-01 0 0 100 50 hazard=HA-7
        release LR-5 CLEARED 2021-05-01 0 0 100 50 @2021-04-01
        release LR-6 CLEARED 2021-05-01 0 0 100 50 activity=MECH_PREP
        release LR-7 CLEARED 2020-05-01 0 0 100 50 hazard=HA-1
        state 2021-12-31
        ",
        &expect![[r#"
            hazard HA-1 CHA 2021-01-10 0 0 100 100 => accepted
            hazard HA-1 CHA 2021-02-10 0 0 100 100 => DQ-08 hazard_area HA-1 is known already, with other content (entry ece2b1db2b036d1ba71fee4e4ec3940e9d2ea47fc333fab6915945c15c4ed98f)
            release LR-1 CLEARED 2021-05-01 0 0 100 50 depth_cm=0 => LR-X2 cleared ground does not say to which depth it was cleared
            release LR-2 CANCELLED 2021-05-01 0 0 100 50 activity=TS => LR-X3 CANCELLED ground comes from NTS, the record says TS
            release LR-3 REDUCED 2020-05-01 0 0 100 50 hazard=HA-1 => LR-X1 no ground of REDUCED release LR-3 was hazardous on 2020-05-01
            release LR-4 REDUCED 2021-05-01 0 0 100 50 hazard=HA-7 => DQ-16 hazard names hazard_area "HA-7", which is not known
            release LR-5 CLEARED 2021-05-01 0 0 100 50 @2021-04-01 => LR-X5 release_product LR-5 is dated 2021-05-01, after it was recorded on 2021-04-02
            release LR-6 CLEARED 2021-05-01 0 0 100 50 activity=MECH_PREP => LR-X9 ground is never cleared by mechanical preparation alone (MECH_PREP)
            release LR-7 CLEARED 2020-05-01 0 0 100 50 hazard=HA-1 => LR-X5 release LR-7 is dated 2020-05-01, before hazard HA-1 was identified on 2021-01-10
            state 2021-12-31 => remaining 10000, cha 10000
        "#]],
    );
}

#[test]
fn late_reports_change_the_past_but_not_what_was_known() {
    check(
        "
        hazard  HA-1 SHA 2021-01-10 0 0 100 100
        release LR-1 CLEARED 2021-05-01 0 0 100 50 @2022-03-01
        state 2021-12-31 2021-12-31
        state 2021-12-31
        balance 2022-01-01 2022-12-31
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-10 0 0 100 100 => accepted
            release LR-1 CLEARED 2021-05-01 0 0 100 50 @2022-03-01 => accepted
            state 2021-12-31 2021-12-31 => remaining 10000, sha 10000
            state 2021-12-31 => remaining 5000, sha 5000, cleared 5000
            balance 2022-01-01 2022-12-31 => 5000 + 0 new + 0 reopened + 0 adjusted - 0 cancelled - 0 reduced - 0 cleared = 5000 (late 5000)
        "#]],
    );
}

#[test]
fn ground_surveyed_twice_is_counted_once() {
    check(
        "
        activity S-1 NTS 2021-01-10 0 0 100 100
        activity S-2 NTS 2021-02-10 0 0 100 100
        activity S-3 NTS 2021-03-10 50 0 150 100
        findings 2021-12-31
        ",
        &expect![[r#"
            activity S-1 NTS 2021-01-10 0 0 100 100 => accepted
            activity S-2 NTS 2021-02-10 0 0 100 100 => accepted
            activity S-3 NTS 2021-03-10 50 0 150 100 => accepted
            findings 2021-12-31 => DQ-14 S-2 10000, DQ-14 S-3 5000
        "#]],
    );
}

#[test]
fn a_correction_that_nobody_approved_ends_no_boundary() {
    // The approved adjustment stands in both geometries; the proposed correction after it adds its ground to one.
    check(
        "
        hazard HA-1 SHA 2021-01-01 0 0 100 100
        adjust AD-1 HA-1 2021-02-01 0 0 100 200
        state 2021-03-01
        hazard HA-1b SHA 2021-03-01 300 0 400 100 ~HA-1 ?
        state 2021-03-01
        gate 2021-03-01
        ",
        &expect![[r#"
            hazard HA-1 SHA 2021-01-01 0 0 100 100 => accepted
            adjust AD-1 HA-1 2021-02-01 0 0 100 200 => accepted
            state 2021-03-01 => remaining 20000, sha 20000, adjusted 10000
            hazard HA-1b SHA 2021-03-01 300 0 400 100 ~HA-1 ? => accepted
            state 2021-03-01 => remaining 20000, sha 20000, adjusted 10000
            gate 2021-03-01 => remaining at least 31000 cells
        "#]],
    );
}

#[test]
fn a_correction_of_a_correction_that_nobody_approved_corrects_the_first_one() {
    for middle in ["state 2021-09-01", "withdraw LR-1b 2021-09-01"] {
        let scene = format!(
            "
            hazard  HA-1 SHA 2021-01-10 0 0 200 200
            release LR-1 CLEARED 2021-05-01 0 0 200 150
            release LR-1b CLEARED 2021-08-01 0 0 200 120 ~LR-1 ?
            {middle}
            release LR-1c CLEARED 2021-10-01 0 0 200 50 ~LR-1b
            state 2021-12-01
            gate 2021-12-01
            "
        );
        let mut told = tell(&scene).lines().map(str::to_owned).collect::<Vec<_>>();
        told.drain(..told.len() - 2);
        expect![[r#"
            state 2021-12-01 => remaining 30000, sha 30000, cleared 10000
            gate 2021-12-01 => remaining at least 31000 cells
        "#]]
        .assert_eq(&(told.join("\n") + "\n"));
    }
}
