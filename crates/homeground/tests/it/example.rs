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
          surveyed                                  1 195 236 m²
          surveyed as reports add up                1 196 324 m²
        3 × W DQ-13, 5 × W DQ-14, 4 × W DQ-15, 6 × W DQ-17

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
          surveyed                                  4 038 080 m²
          surveyed as reports add up                4 039 838 m²
        4 × E DQ-22, 4 × W DQ-13, 41 × W DQ-14, 17 × W DQ-15, 14 × W DQ-17, 3 × W LR-6

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
          surveyed                                  5 279 256 m²
          surveyed as reports add up                5 284 717 m²
        13 × E DQ-22, 2 × I REC-2, 6 × W DQ-13, 65 × W DQ-14, 26 × W DQ-15, 15 × W DQ-17, 3 × W LR-6
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
        <id> surveys.geojson row 9 ACT-0017
          I DQ-19 date_of_information: entered 106 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0017 is 2024-09-07, after its start 2024-09-05
            hint: correct one of the two days
        <id> surveys.geojson row 7 ACT-0011
          I DQ-19 date_of_information: entered 116 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0011 is 2024-08-28, after its start 2024-08-25
            hint: correct one of the two days
        <id> surveys.geojson row 3 ACT-0007
          I DQ-19 date_of_information: entered 159 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0007 is 2024-07-16, after its start 2024-07-15
            hint: correct one of the two days
        <id> surveys.geojson row 15 ACT-0012
          E DQ-18 : the identification of its hazard of ACT-0012 is 2024-06-16, after its start 2024-06-12
            hint: correct one of the two days
        <id> surveys.geojson row 13 ACT-0031
          E DQ-18 : the identification of its hazard of ACT-0031 is 2024-06-11, after its start 2024-06-05
            hint: correct one of the two days
        <id> surveys.geojson row 11 ACT-0067
          E DQ-18 : the identification of its hazard of ACT-0067 is 2024-06-01, after its start 2024-05-27
            hint: correct one of the two days
        <id> surveys.geojson row 10 ACT-0038
          E DQ-18 : the identification of its hazard of ACT-0038 is 2024-05-24, after its start 2024-05-19
            hint: correct one of the two days
        <id> surveys.geojson row 9 ACT-0020
          E DQ-18 : the identification of its hazard of ACT-0020 is 2024-05-03, after its start 2024-04-30
            hint: correct one of the two days
        <id> surveys.geojson row 7 ACT-0056
          E DQ-18 : the identification of its hazard of ACT-0056 is 2024-04-11, after its start 2024-04-06
            hint: correct one of the two days
        <id> surveys.geojson row 5 ACT-0024
          I DQ-19 date_of_information: entered 93 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0024 is 2024-04-03, after its start 2024-04-02
            hint: correct one of the two days
        <id> surveys.geojson row 4 ACT-0055
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0055 is 2024-04-01, after its start 2024-03-29
            hint: correct one of the two days
        <id> surveys.geojson row 1 ACT-0033
          I DQ-19 date_of_information: entered 126 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0033 is 2024-03-01, after its start 2024-02-26
            hint: correct one of the two days
        <id> surveys.geojson row 13 ACT-0077
          E DQ-18 : the identification of its hazard of ACT-0077 is 2023-10-14, after its start 2023-10-10
            hint: correct one of the two days
        <id> surveys.geojson row 11 ACT-0050
          E DQ-18 : the identification of its hazard of ACT-0050 is 2023-09-28, after its start 2023-09-26
            hint: correct one of the two days
        <id> surveys.geojson row 3 ACT-0064
          I DQ-19 date_of_information: entered 130 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0064 is 2023-08-14, after its start 2023-08-09
            hint: correct one of the two days
        <id> surveys.geojson row 17 ACT-0013
          E DQ-18 : the identification of its hazard of ACT-0013 is 2023-06-14, after its start 2023-06-08
            hint: correct one of the two days
        <id> surveys.geojson row 12 ACT-0047
          E DQ-18 : the identification of its hazard of ACT-0047 is 2023-04-22, after its start 2023-04-20
            hint: correct one of the two days
        <id> surveys.geojson row 9 ACT-0009
          E DQ-18 : the identification of its hazard of ACT-0009 is 2023-04-09, after its start 2023-04-06
            hint: correct one of the two days
        <id> surveys.geojson row 7 ACT-0001
          I DQ-19 date_of_information: entered 94 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0001 is 2023-04-02, after its start 2023-03-27
            hint: correct one of the two days
        <id> surveys.geojson row 5 ACT-0081
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0081 is 2023-04-01, after its start 2023-03-28
            hint: correct one of the two days
        <id> surveys.geojson row 4 ACT-0075
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0075 is 2023-04-01, after its start 2023-03-31
            hint: correct one of the two days
        <id> surveys.geojson row 3 ACT-0074
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0074 is 2023-04-01, after its start 2023-03-26
            hint: correct one of the two days
        <id> surveys.geojson row 2 ACT-0006
          I DQ-19 date_of_information: entered 104 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0006 is 2023-03-23, after its start 2023-03-22
            hint: correct one of the two days
        <id> surveys.geojson row 22 ACT-0025
          E DQ-18 : the identification of its hazard of ACT-0025 is 2022-10-23, after its start 2022-10-20
            hint: correct one of the two days
        <id> surveys.geojson row 21 ACT-0071
          E DQ-18 : the identification of its hazard of ACT-0071 is 2022-10-21, after its start 2022-10-18
            hint: correct one of the two days
        <id> surveys.geojson row 20 ACT-0019
          E DQ-18 : the identification of its hazard of ACT-0019 is 2022-10-15, after its start 2022-10-14
            hint: correct one of the two days
        <id> surveys.geojson row 16 ACT-0049
          E DQ-18 : the identification of its hazard of ACT-0049 is 2022-09-24, after its start 2022-09-21
            hint: correct one of the two days
        <id> surveys.geojson row 15 ACT-0076
          I DQ-19 date_of_information: entered 118 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0076 is 2022-08-26, after its start 2022-08-24
            hint: correct one of the two days
        <id> surveys.geojson row 14 ACT-0059
          I DQ-19 date_of_information: entered 118 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0059 is 2022-08-26, after its start 2022-08-22
            hint: correct one of the two days
        <id> surveys.geojson row 12 ACT-0041
          I DQ-19 date_of_information: entered 134 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0041 is 2022-08-10, after its start 2022-08-06
            hint: correct one of the two days
        <id> surveys.geojson row 8 ACT-0062
          I DQ-19 date_of_information: entered 139 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0062 is 2022-08-05, after its start 2022-07-31
            hint: correct one of the two days
        <id> surveys.geojson row 48 ACT-0015
          E DQ-18 : the identification of its hazard of ACT-0015 is 2022-07-02, after its start 2022-06-30
            hint: correct one of the two days
        <id> surveys.geojson row 45 ACT-0079
          E DQ-18 : the identification of its hazard of ACT-0079 is 2022-06-20, after its start 2022-06-19
            hint: correct one of the two days
        <id> surveys.geojson row 42 ACT-0051
          E DQ-18 : the identification of its hazard of ACT-0051 is 2022-06-13, after its start 2022-06-10
            hint: correct one of the two days
        <id> surveys.geojson row 33 ACT-0040
          E DQ-18 : the identification of its hazard of ACT-0040 is 2022-06-01, after its start 2022-05-26
            hint: correct one of the two days
        <id> surveys.geojson row 13 ACT-0054
          E DQ-18 : the identification of its hazard of ACT-0054 is 2022-04-06, after its start 2022-04-03
            hint: correct one of the two days
        <id> surveys.geojson row 7 ACT-0057
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0057 is 2022-04-01, after its start 2022-03-26
            hint: correct one of the two days
        <id> surveys.geojson row 6 ACT-0044
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0044 is 2022-04-01, after its start 2022-03-29
            hint: correct one of the two days
        <id> surveys.geojson row 5 ACT-0043
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0043 is 2022-04-01, after its start 2022-03-27
            hint: correct one of the two days
        <id> surveys.geojson row 4 ACT-0004
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0004 is 2022-04-01, after its start 2022-03-28
            hint: correct one of the two days
        <id> surveys.geojson row 3 ACT-0003
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0003 is 2022-04-01, after its start 2022-03-29
            hint: correct one of the two days
        <id> surveys.geojson row 2 ACT-0072
          I DQ-19 date_of_information: entered 104 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0072 is 2022-03-23, after its start 2022-03-21
            hint: correct one of the two days
        <id> surveys.geojson row 33 ACT-0065
          E DQ-18 : the identification of its hazard of ACT-0065 is 2021-10-22, after its start 2021-10-19
            hint: correct one of the two days
        <id> surveys.geojson row 32 ACT-0070
          E DQ-18 : the identification of its hazard of ACT-0070 is 2021-10-21, after its start 2021-10-18
            hint: correct one of the two days
        <id> surveys.geojson row 29 ACT-0060
          E DQ-18 : the identification of its hazard of ACT-0060 is 2021-10-17, after its start 2021-10-12
            hint: correct one of the two days
        <id> surveys.geojson row 27 ACT-0016
          E DQ-18 : the identification of its hazard of ACT-0016 is 2021-10-02, after its start 2021-10-01
            hint: correct one of the two days
        <id> surveys.geojson row 26 ACT-0053
          E DQ-18 : the identification of its hazard of ACT-0053 is 2021-09-29, after its start 2021-09-26
            hint: correct one of the two days
        <id> surveys.geojson row 25 ACT-0014
          E DQ-18 : the identification of its hazard of ACT-0014 is 2021-09-26, after its start 2021-09-21
            hint: correct one of the two days
        <id> surveys.geojson row 24 ACT-0063
          E DQ-18 : the identification of its hazard of ACT-0063 is 2021-09-25, after its start 2021-09-20
            hint: correct one of the two days
        <id> surveys.geojson row 23 ACT-0035
          E DQ-18 : the identification of its hazard of ACT-0035 is 2021-09-25, after its start 2021-09-19
            hint: correct one of the two days
        <id> surveys.geojson row 20 ACT-0080
          I DQ-19 date_of_information: entered 100 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0080 is 2021-09-13, after its start 2021-09-09
            hint: correct one of the two days
        <id> surveys.geojson row 19 ACT-0002
          I DQ-19 date_of_information: entered 100 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0002 is 2021-09-13, after its start 2021-09-11
            hint: correct one of the two days
        <id> surveys.geojson row 16 ACT-0023
          I DQ-19 date_of_information: entered 114 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0023 is 2021-08-30, after its start 2021-08-28
            hint: correct one of the two days
        <id> surveys.geojson row 15 ACT-0021
          I DQ-19 date_of_information: entered 121 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0021 is 2021-08-23, after its start 2021-08-20
            hint: correct one of the two days
        <id> surveys.geojson row 12 ACT-0028
          I DQ-19 date_of_information: entered 138 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0028 is 2021-08-06, after its start 2021-08-04
            hint: correct one of the two days
        <id> surveys.geojson row 8 ACT-0052
          I DQ-19 date_of_information: entered 151 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0052 is 2021-07-24, after its start 2021-07-18
            hint: correct one of the two days
        <id> surveys.geojson row 6 ACT-0018
          I DQ-19 date_of_information: entered 157 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0018 is 2021-07-18, after its start 2021-07-16
            hint: correct one of the two days
        <id> surveys.geojson row 2 ACT-0061
          I DQ-19 date_of_information: entered 166 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0061 is 2021-07-09, after its start 2021-07-03
            hint: correct one of the two days
        <id> surveys.geojson row 1 ACT-0034
          I DQ-19 date_of_information: entered 167 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0034 is 2021-07-08, after its start 2021-07-05
            hint: correct one of the two days
        <id> surveys.geojson row 28 ACT-0045
          E DQ-18 : the identification of its hazard of ACT-0045 is 2021-06-18, after its start 2021-06-16
            hint: correct one of the two days
        <id> surveys.geojson row 27 ACT-0008
          E DQ-18 : the identification of its hazard of ACT-0008 is 2021-06-12, after its start 2021-06-07
            hint: correct one of the two days
        <id> surveys.geojson row 21 ACT-0039
          E DQ-18 : the identification of its hazard of ACT-0039 is 2021-06-01, after its start 2021-05-31
            hint: correct one of the two days
        <id> surveys.geojson row 20 ACT-0037
          E DQ-18 : the identification of its hazard of ACT-0037 is 2021-05-25, after its start 2021-05-20
            hint: correct one of the two days
        <id> surveys.geojson row 19 ACT-0030
          E DQ-18 : the identification of its hazard of ACT-0030 is 2021-05-22, after its start 2021-05-16
            hint: correct one of the two days
        <id> surveys.geojson row 18 ACT-0029
          E DQ-18 : the identification of its hazard of ACT-0029 is 2021-05-19, after its start 2021-05-15
            hint: correct one of the two days
        <id> surveys.geojson row 17 ACT-0078
          E DQ-18 : the identification of its hazard of ACT-0078 is 2021-05-14, after its start 2021-05-09
            hint: correct one of the two days
        <id> surveys.geojson row 16 ACT-0022
          E DQ-18 : the identification of its hazard of ACT-0022 is 2021-05-14, after its start 2021-05-10
            hint: correct one of the two days
        <id> surveys.geojson row 15 ACT-0032
          E DQ-18 : the identification of its hazard of ACT-0032 is 2021-05-13, after its start 2021-05-07
            hint: correct one of the two days
        <id> surveys.geojson row 14 ACT-0026
          E DQ-18 : the identification of its hazard of ACT-0026 is 2021-05-09, after its start 2021-05-07
            hint: correct one of the two days
        <id> surveys.geojson row 12 ACT-0027
          E DQ-18 : the identification of its hazard of ACT-0027 is 2021-04-29, after its start 2021-04-23
            hint: correct one of the two days
        <id> surveys.geojson row 11 ACT-0046
          E DQ-18 : the identification of its hazard of ACT-0046 is 2021-04-10, after its start 2021-04-04
            hint: correct one of the two days
        <id> surveys.geojson row 10 ACT-0073
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0073 is 2021-04-01, after its start 2021-03-28
            hint: correct one of the two days
        <id> surveys.geojson row 9 ACT-0068
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0068 is 2021-04-01, after its start 2021-03-27
            hint: correct one of the two days
        <id> surveys.geojson row 8 ACT-0066
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0066 is 2021-04-01, after its start 2021-03-28
            hint: correct one of the two days
        <id> surveys.geojson row 7 ACT-0058
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0058 is 2021-04-01, after its start 2021-03-29
            hint: correct one of the two days
        <id> surveys.geojson row 6 ACT-0048
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0048 is 2021-04-01, after its start 2021-03-31
            hint: correct one of the two days
        <id> surveys.geojson row 5 ACT-0010
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0010 is 2021-04-01, after its start 2021-03-31
            hint: correct one of the two days
        <id> surveys.geojson row 4 ACT-0005
          I DQ-19 date_of_information: entered 95 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0005 is 2021-04-01, after its start 2021-03-28
            hint: correct one of the two days
        <id> surveys.geojson row 3 ACT-0069
          I DQ-19 date_of_information: entered 126 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0069 is 2021-03-01, after its start 2021-02-24
            hint: correct one of the two days
        <id> surveys.geojson row 2 ACT-0042
          I DQ-19 date_of_information: entered 126 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0042 is 2021-03-01, after its start 2021-02-27
            hint: correct one of the two days
        <id> surveys.geojson row 1 ACT-0036
          I DQ-19 date_of_information: entered 126 days after the day it is about
          E DQ-18 : the identification of its hazard of ACT-0036 is 2021-03-01, after its start 2021-02-27
            hint: correct one of the two days
        86 rows wait for a person
        = exit 1
    "#]].assert_eq(&EXAMPLE.transcript("held kalbajar.gpkg"));
}
