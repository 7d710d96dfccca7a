//! The bundled example: made once, served, and left as one file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use expect_test::expect;

use crate::two_processes::Serving;
use crate::world::World;

const START: &str = "--no-browser --folder . --listen 127.0.0.1:0";

/// A folder with the example, made by the first test that needs it.
pub static EXAMPLE: LazyLock<World> = LazyLock::new(|| {
    let world = World::empty();
    let first = Serving::start(&world, START);
    assert!(first.printed.contains("making the example in ./kalbajar.gpkg"), "{}", first.printed);
    assert!(first.printed.contains("http://127.0.0.1:"), "{}", first.printed);
    let ended = first.stop();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    world
});

#[test]
fn the_example_is_made_once_and_left_as_one_file_that_verifies() {
    let world = &*EXAMPLE;
    world.ok("verify kalbajar.gpkg");
    let again = world.folder().join("again");
    std::fs::create_dir(&again).unwrap();
    std::fs::copy(world.path("kalbajar.gpkg"), again.join("kalbajar.gpkg")).unwrap();
    let second = Serving::start(world, "--no-browser --folder again --listen 127.0.0.1:0");
    assert!(second.printed.starts_with("example: again/kalbajar.gpkg\n"), "{}", second.printed);
    assert!(second.printed.contains("open hazards; released"), "{}", second.printed);
    assert_eq!(second.stop().status, 0);
    let files: Vec<_> = std::fs::read_dir(&again).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["kalbajar.gpkg"], "one file after a clean stop");
    world.ok("verify again/kalbajar.gpkg");
}

/// The state as text, the findings as one line a rule with their number.
fn state(day: &str) -> String {
    let line = format!("state kalbajar.gpkg --by total --as-of {day} --known-at 2025-12-31T00:00:00Z");
    let text = EXAMPLE.ok(&line);
    let (figures, findings) = text.split_once("\n\n").unwrap();
    let (by_total, findings) = findings.split_once("\n\n").unwrap_or(("", findings));
    assert_eq!(by_total, "");
    let mut counts = BTreeMap::<&str, usize>::new();
    for finding in findings.lines() {
        let rule = finding.match_indices(' ').nth(1).map_or(finding, |(at, _)| &finding[..at]);
        *counts.entry(rule).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(rule, n)| format!("{n} × {rule}")).collect();
    format!("{figures}\n{}\n", counts.join(", "))
}

#[test]
fn the_example_on_three_days() {
    let days = ["2021-12-31", "2023-06-30", "2025-10-31"].map(state);
    expect![[r#"
        Kalbajar district (example, synthetic records), as of 2021-12-31, as known at 2025-12-31T00:00:00Z
        remaining 7 701 647 m² in 74 open hazards
          suspected (SHA)                           4 196 866 m²
          confirmed (CHA)                           3 504 780 m²
          cancelled                                 2 131 867 m²
          reduced                                   1 053 335 m²
          cleared                                     598 326 m²
          remaining, conservative                  10 981 538 m²
          reopened since the beginning                      0 m²
          cleared outside hazards                       6 867 m²
          hazards counted twice in reports            117 891 m²
          released as reports add up                3 787 602 m²
          surveyed                                  6 965 759 m²
          surveyed as reports add up                7 510 329 m²
        3 × W DQ-13, 17 × W DQ-14, 4 × W DQ-15, 6 × W DQ-17

        Kalbajar district (example, synthetic records), as of 2023-06-30, as known at 2025-12-31T00:00:00Z
        remaining 4 794 460 m² in 69 open hazards
          suspected (SHA)                           2 980 556 m²
          confirmed (CHA)                           1 813 904 m²
          cancelled                                 3 402 759 m²
          reduced                                   2 623 554 m²
          cleared                                   3 796 393 m²
          remaining, conservative                   8 671 257 m²
          reopened since the beginning                 37 652 m²
          cleared outside hazards                      20 124 m²
          hazards counted twice in reports            124 658 m²
          released as reports add up                9 932 732 m²
          surveyed                                 13 238 991 m²
          surveyed as reports add up               14 339 216 m²
        4 × E DQ-22, 4 × W DQ-13, 83 × W DQ-14, 17 × W DQ-15, 13 × W DQ-17, 3 × W LR-6

        Kalbajar district (example, synthetic records), as of 2025-10-31, as known at 2025-12-31T00:00:00Z
        remaining 4 324 496 m² in 62 open hazards
          suspected (SHA)                           3 175 880 m²
          confirmed (CHA)                           1 148 617 m²
          cancelled                                 4 253 752 m²
          reduced                                   3 578 332 m²
          cleared                                   6 315 874 m²
          remaining, conservative                   8 554 925 m²
          reopened since the beginning                 79 919 m²
          cleared outside hazards                      25 648 m²
          hazards counted twice in reports            145 145 m²
          released as reports add up               14 435 459 m²
          surveyed                                 19 704 697 m²
          surveyed as reports add up               21 832 205 m²
        13 × E DQ-22, 2 × I REC-2, 6 × W DQ-13, 178 × W DQ-14, 26 × W DQ-15, 14 × W DQ-17, 3 × W LR-6
    "#]]
    .assert_eq(&days.join("\n"));
}

#[test]
fn the_example_holds_a_row_of_each_common_fault() {
    expect![[r#"
        $ held kalbajar.gpkg
        <id> held.geojson row 4 LR-NUMBER-ONLY
          E LR-X8 geometry: a release_product needs a polygon, nothing was given
            hint: a figure without a boundary changes no land: record it as a claim until there is a polygon
        <id> held.geojson row 3 LR-NO-DEPTH
          E LR-X2 depth_cm: cleared ground does not say to which depth it was cleared
            hint: add depth_cm below ground level; cleared without a depth says nothing about what lies deeper
        <id> held.geojson row 5 HA-NO-SUCH-CLASS
          E DQ-49 class: this is no word of class
            hint: one of CHA, SHA
        <id> held.geojson row 2 HA-NO-SUCH-DAY
          E DQ-49 date_of_information: there is no day 2025-02-30
            hint: correct it at the source
        <id> held.geojson row 1 HA-CROSSED
          E DQ-01 geometry: the outer ring of polygon 1 at vertex 3 crosses itself near 46.1927783 40.1648992 and 2 more: at its smallest the ground has 31,203 m², at its largest 39,426 m², 8,222 m² are in doubt
            hint: look at the order of the vertices there; the record waits until a person has decided
        5 rows wait for a person
        = exit 1
    "#]].assert_eq(&EXAMPLE.transcript("held kalbajar.gpkg"));
}
