//! `homeground plan`: from reports to dates, and the proof that they keep every rule.

use expect_test::expect;

use crate::world::World;

/// A settlement behind a hazard, a school on released ground that nobody surveyed, a team, and a second hazard that
/// nobody can clear.
const REPORTS: &str = "
    organisation    OP-A 2020-01-01 name=First
    team            TM-1 2020-01-01 operator=OP-A skills=CLR,NTS rate_m2_day=400 cost_day=100
    hazard_area     HA-1 2021-05-01 elevation_m=1200 @ 0 0 200 100
    hazard_area     HA-2 2021-05-01 elevation_m=500 priority=3 @ 1000 0 1200 100
    project         PR-1 2021-01-01 sector=school place=PL-1 duration_weeks=10 budget=50000 elevation_m=1200 @ 20 20 60 60
    project         PR-2 2021-01-01 sector=clinic place=PL-2
    place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 return_by=2022-12-31 @ 50 150
    place           PL-2 2021-01-01 name=Lower place_type=settlement n_households=10 @ 900 150
";

const PLAN: &str = "plan p.gpkg --as-of 2022-01-03 --known-at 2099-01-01T00:00:00Z --seconds 600";

#[test]
fn dates_follow_from_ground_teams_and_seasons() {
    let world = World::with(REPORTS);
    let run = world.run(PLAN);
    // The clinic has no footprint: told, not planned.
    assert_eq!(run.status, 1, "{}", run.stderr);
    expect![[r#"
        Test, planned from 2022-01-03, as of 2022-01-03, as known at 2099-01-01T00:00:00Z
        Feasible: 77310 points, no plan has fewer than 76620 (gap 0.9 %)
          PL-1                        40 households from 2022-08-22 (80 of 100: 2022-08-01 to 2022-10-10), promised for 2022-12-26
              HA-1 waits 9 weeks: 800–1500 m is closed, or would close too soon
              HA-1 takes 14 weeks
              PR-1 takes 10 weeks
        tasks
          2022-03-07 – 2022-06-12  clearance   HA-1                        TM-1
          2022-06-13 – 2022-09-18  clearance   HA-2                        TM-1
          2022-06-13 – 2022-08-21  building    PR-1                        crew
        without a place in the plan
          PR-2: the project has no footprint on record, so its gate is UNKNOWN
          PL-2: it needs PR-2, which is not planned
        worth most if they were cleared at once
          HA-1                        6290 points, 560 household weeks earlier
          HA-2                        1110 points, 0 household weeks earlier
    "#]].assert_eq(&run.stdout);
}

#[test]
fn a_plan_as_json_passes_its_own_check_and_a_broken_one_does_not() {
    let world = World::with(REPORTS);
    let plan = world.json(PLAN);
    for key in ["status", "objective", "bound", "gap", "tasks", "gates", "returns", "unscheduled"] {
        assert!(!plan[key].is_null(), "{key}");
    }
    assert_eq!(plan["unscheduled"][0]["subject"], "PR-2");
    let school = plan["tasks"].as_array().unwrap().iter().find(|task| task["id"] == "PR-1").unwrap();
    let lot = plan["tasks"].as_array().unwrap().iter().find(|task| task["subject"] == "HA-1").unwrap();
    assert!(school["start"].as_str().unwrap() > lot["finish"].as_str().unwrap(), "the school waits for the ground");
    // Below the snow line nothing is cleared from December to February.
    assert!(lot["start"].as_str().unwrap() > "2022-02-2", "{lot}");
    world.write("plan.json", plan.to_string());
    world.ok("plan p.gpkg --as-of 2022-01-03 --known-at 2099-01-01T00:00:00Z --check plan.json");

    let mut early = plan.clone();
    let tasks = early["tasks"].as_array_mut().unwrap();
    let school = tasks.iter_mut().find(|task| task["id"] == "PR-1").unwrap();
    school["start"] = "2022-01-03".into();
    world.write("early.json", early.to_string());
    let run = world.run("plan p.gpkg --as-of 2022-01-03 --known-at 2099-01-01T00:00:00Z --check early.json");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stdout.contains("waits for"), "{}", run.stdout);
    world.write("other.json", "{}");
    assert_eq!(world.run("plan p.gpkg --check other.json").status, 2);
}

#[test]
fn the_same_seed_gives_the_same_plan() {
    let world = World::with(REPORTS);
    assert_eq!(world.run(&format!("{PLAN} --seed 7")).stdout, world.run(&format!("{PLAN} --seed 7")).stdout);
}

#[test]
fn a_scenario_changes_the_plan_and_nothing_else() {
    let world = World::with(REPORTS);
    let opens = |plan: &serde_json::Value| plan["gates"][0]["opens_on"].as_str().unwrap().to_owned();
    let base = world.json(PLAN);
    world.write("dogs.toml", "[[team]]\nname = \"dogs\"\ncount = 2\nskills = [\"CLR\"]\nrate_m2_day = 5000\n");
    let dogs = world.json(&format!("{PLAN} --scenario dogs.toml"));
    assert!(opens(&dogs) <= opens(&base));
    world.write("snow.toml", "early_winter_weeks = 8\n");
    world.ok_or_held(&format!("{PLAN} --scenario snow.toml"));
    world.write("poor.toml", "budget = [-5]\n");
    let run = world.run(&format!("{PLAN} --scenario poor.toml"));
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("budget of year 1 is -5"), "{}", run.stderr);
    world.write("slip.toml", "bugdet = [5]\n");
    assert_eq!(world.run(&format!("{PLAN} --scenario slip.toml")).status, 2);
    assert_eq!(world.json(PLAN)["objective"], base["objective"]);
    // The same settings beside the programme hold for every plan of it, and disturb no other command.
    world.write("homeground.toml", "[plan]\nearly_winter_weeks = 8\nyears = 3\n");
    world.ok_or_held(PLAN);
    world.ok("config p.gpkg");
}

#[test]
fn projects_that_wait_for_each_other_are_named() {
    let world = World::with(
        "
        project PR-1 2021-01-01 sector=road predecessors=PR-2 @ 0 0 10 10
        project PR-2 2021-01-01 sector=road predecessors=PR-1 @ 20 0 30 10
        team    TM-1 2020-01-01 skills=NTS rate_m2_day=400
        ",
    );
    let run = world.run(PLAN);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("PR-1") && run.stderr.contains("PR-2") && run.stderr.contains("circle"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_gate_blocked_by_two_hazards_of_which_one_cannot_be_cleared_is_not_planned() {
    let world = World::with(
        "
        team            TM-1 2020-01-01 skills=BAC rate_m2_day=400
        hazard_area     HA-1 2021-05-01 elevation_m=500 eo=UXO @ 0 0 60 60
        hazard_area     HA-2 2021-05-01 elevation_m=500 eo=AP_MINE @ 60 0 120 60
        project         PR-1 2021-01-01 sector=school @ 20 20 100 40
        project         PR-2 2021-01-01 sector=housing predecessors=PR-1 @ 10 10 15 15
        hazard_area     HA-3 2021-05-01 elevation_m=500 eo=AP_MINE place=PL-1 @ 500 0 560 60
        place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 @ 50 150
        place           PL-2 2021-01-01 name=Lower place_type=settlement n_households=20 @ 90 150
        ",
    );
    let plan = world.json(PLAN);
    let why: Vec<String> = plan["unscheduled"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| format!("{}: {}", left["subject"].as_str().unwrap(), left["why"].as_str().unwrap()))
        .collect();
    expect![[r#"
        HA-2: no team can clear it: none is trained for it
        HA-3: no team can clear it: none is trained for it
        PR-1: GATE-1: HA-2 is in the way, and no lot of the plan clears it; GATE-2: HA-2 is in the way, and no lot of the plan clears it
        PR-2: it waits for PR-1, which is not planned
        PL-1: a hazard that names it can be cleared by nobody
        PL-2: its ground is not drawn, and no hazard or project names it: not known"#]]
    .assert_eq(&why.join("\n"));
}

#[test]
fn ground_of_which_nothing_is_recorded_waits_for_a_team_that_can_survey_it() {
    let reports = "
        team            TM-1 2020-01-01 skills=CLR rate_m2_day=400
        project         PR-1 2021-01-01 sector=school @ 20 20 100 40
        ";
    let plan = World::with(reports).json(PLAN);
    assert_eq!(plan["tasks"].as_array().map(Vec::len), Some(0), "{plan}");
    let why = plan["unscheduled"][0]["why"].as_str().unwrap();
    assert!(why.contains("no team is trained for non-technical survey"), "{why}");
    let surveyed = World::with(&format!("{reports}\nteam TM-2 2020-01-01 skills=NTS"));
    let tasks = surveyed.run(&format!("{PLAN} --format csv")).stdout;
    expect![[r#"
        id,subject,kind,start,finish,crew,because,finish_range_p10,finish_range_p50,finish_range_p90
        survey of PR-1,PR-1,clearance,2022-06-06,2022-06-12,TM-2,"[""survey of PR-1 waits 22 weeks: above 2200 m is closed, or would close too soon"",""survey of PR-1 takes 1 week""]",2022-06-12,2022-06-19,2022-06-19
        PR-1,PR-1,building,2022-06-13,2022-09-04,,"[""survey of PR-1 waits 22 weeks: above 2200 m is closed, or would close too soon"",""survey of PR-1 takes 1 week"",""PR-1 takes 12 weeks""]",2022-09-04,2022-09-11,2022-09-11
    "#]].assert_eq(&tasks);
    assert_eq!(surveyed.run(&format!("{PLAN} --format geojson")).status, 2);
}

#[test]
fn hazards_are_ranked_by_stated_criteria_and_what_nobody_knows_is_told() {
    let world = World::with(
        "
        team            TM-1 2020-01-01 skills=CLR rate_m2_day=400
        hazard_area     HA-1 2021-05-01 elevation_m=500 criteria='{\"people\":4,\"cost\":9}' @ 0 0 60 60
        hazard_area     HA-2 2021-05-01 elevation_m=500 criteria='{\"people\":8,\"cost\":2}' @ 100 0 160 60
        hazard_area     HA-3 2021-05-01 elevation_m=500 criteria='{\"people\":2}' @ 200 0 260 60
        hazard_area     HA-4 2021-05-01 elevation_m=500 urgent=accident @ 300 0 360 60
        ",
    );
    assert_eq!(world.json(PLAN)["priorities"].as_array().map(Vec::len), Some(0));
    world.write("ranked.toml", "criteria = [\"+people\", \"-cost\"]\n");
    let run = world.run(&format!("{PLAN} --scenario ranked.toml"));
    expect![[r#"
        Test, planned from 2022-01-03, as of 2022-01-03, as known at 2099-01-01T00:00:00Z
        Feasible: 20560 points, no plan has fewer than 13520 (gap 34.2 %)
        tasks
          2022-01-03 – 2022-01-30  clearance   HA-4                        TM-1
          2022-01-31 – 2022-02-27  clearance   HA-2                        TM-1
          2022-02-28 – 2022-03-27  clearance   HA-1                        TM-1
          2022-03-28 – 2022-04-24  clearance   HA-3                        TM-1
        worth most if they were cleared at once
          HA-4                       13520 points, 0 household weeks earlier
          HA-2                        9520 points, 0 household weeks earlier
          HA-1                        4560 points, 0 household weeks earlier
        by priority (a score is not a risk to the public)
             1 HA-4                    0.000, rank 1 to 1 if a weight moves by a fifth; before any score: accident; not known: people, cost
             2 HA-2                    1.000, rank 2 to 2 if a weight moves by a fifth
             3 HA-1                    0.375, rank 3 to 3 if a weight moves by a fifth
             4 HA-3                    0.000, rank 4 to 4 if a weight moves by a fifth; not known: cost
    "#]].assert_eq(&run.stdout);
    world.write("wrong.toml", "criteria = [\"people\"]\n");
    let run = world.run(&format!("{PLAN} --scenario wrong.toml"));
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("+name or -name is wanted"), "{}", run.stderr);
}
