//! The rules of land release, one scene each.

use expect_test::expect;

use crate::scene::check;

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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
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
        &expect![[""]],
    );
}
