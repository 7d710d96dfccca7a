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
        Feasible: 75020 points, no plan has fewer than 74420 (gap 0.8 %)
          PL-1                        40 households from 2022-08-01 (80 of 100: 2022-07-18 to 2022-09-12), promised for 2022-12-26
              HA-1 waits 8 weeks: 800–1500 m is closed, or would close too soon
              HA-1 takes 12 weeks
              PR-1 takes 10 weeks
        tasks
          2022-02-28 – 2022-05-22  clearance   HA-1                        TM-1
          2022-05-23 – 2022-08-28  clearance   HA-2                        TM-1
          2022-05-23 – 2022-07-31  building    PR-1                        crew
        without a place in the plan
          PR-2: the project has no footprint on record, so its gate is UNKNOWN
          PL-2: it needs PR-2, which is not planned
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
