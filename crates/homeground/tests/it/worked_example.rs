//! The worked example of the rules: 77,000 m² of reports release 65,000 m² of a hazard of 120,000 m².

use crate::world::{World, assert_near, rectangle_m2};

const HAZARD: [f64; 4] = [0.0, 0.0, 400.0, 300.0];
const CANCELLED: [f64; 4] = [0.0, 200.0, 400.0, 300.0];
const REDUCED: [f64; 4] = [0.0, 150.0, 200.0, 250.0];
const CLEARED: [f64; 4] = [150.0, -20.0, 250.0, 150.0];

fn world() -> World {
    World::with(
        "release_product LR-3 2021-08-01 hazard=HA-1 @ 150 -20 250 150
         release_product LR-2 2021-07-01 class=REDUCED activity=TS hazard=HA-1 @ 0 150 200 250
         release_product LR-1 2021-06-01 class=CANCELLED activity=NTS hazard=HA-1 @ 0 200 400 300
         hazard_area     HA-1 2021-05-01 @ 0 0 400 300",
    )
}

#[test]
fn reports_that_overlap_and_stick_out_release_each_square_metre_once() {
    let world = world();
    let state = world.state();
    let totals = &state["totals"];
    let reduced_net = rectangle_m2([0.0, 150.0, 200.0, 200.0]);
    let cleared_inside = rectangle_m2([150.0, 0.0, 250.0, 150.0]);
    let released = rectangle_m2(CANCELLED) + reduced_net + cleared_inside;
    assert_near(&totals["footprint"]["cancelled_m2"], rectangle_m2(CANCELLED), "cancelled");
    assert_near(&totals["footprint"]["reduced_m2"], reduced_net, "reduced");
    assert_near(&totals["footprint"]["cleared_m2"], cleared_inside, "cleared");
    assert_near(&totals["flow"]["reduced_m2"], reduced_net, "reduced so far");
    assert_near(&totals["remaining_m2"], rectangle_m2(HAZARD) - released, "remaining");
    assert_near(&totals["cleared_outside_m2"], rectangle_m2([150.0, -20.0, 250.0, 0.0]), "cleared outside");
    let reports = rectangle_m2(CANCELLED) + rectangle_m2(REDUCED) + rectangle_m2(CLEARED);
    assert_near(&totals["reported_released_m2"], reports, "the sum of the reports");
    assert_eq!(totals["n_open"], 1);
}

#[test]
fn what_was_counted_twice_or_lies_outside_is_a_finding_with_its_area() {
    let state = world().state();
    let finding = |rule: &str| {
        let found = state["issues"].as_array().unwrap().iter().find(|issue| issue["rule"] == rule);
        found.unwrap_or_else(|| panic!("no {rule} in {}", state["issues"])).clone()
    };
    let twice = finding("DQ-14");
    assert_eq!(twice["subject"], "LR-2");
    assert_near(&twice["area_m2"], rectangle_m2([0.0, 200.0, 200.0, 250.0]), "counted twice");
    let outside = finding("DQ-15");
    assert_eq!(outside["subject"], "LR-3");
    assert_near(&outside["area_m2"], rectangle_m2([150.0, -20.0, 250.0, 0.0]), "outside");
}

#[test]
fn every_day_between_the_reports_has_its_own_remainder() {
    let world = world();
    let remaining = |day: &str| world.json(&format!("state p.gpkg --as-of {day}"))["totals"]["remaining_m2"].clone();
    let whole = rectangle_m2(HAZARD);
    assert_eq!(remaining("2021-04-30"), 0.0);
    assert_near(&remaining("2021-05-31"), whole, "before any release");
    assert_near(&remaining("2021-06-01"), whole - rectangle_m2(CANCELLED), "on the day of the first release");
    let july = whole - rectangle_m2(CANCELLED) - rectangle_m2([0.0, 150.0, 200.0, 200.0]);
    assert_near(&remaining("2021-07-31"), july, "after the second");
}
