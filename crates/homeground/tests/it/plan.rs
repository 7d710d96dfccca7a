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
        Feasible: 123310 points, no plan has fewer than 122620 (gap 0.6 %)
          Upper (PL-1)                        40 households from 2022-08-22 (80 of 100: 2022-08-01 to 2022-10-10), promised for 2022-12-26
              hazards it waits for: HA-1 (rank 1)
              HA-1 waits 9 weeks: 800–1500 m is closed, or would close too soon
              HA-1 takes 14 weeks
              PR-1 takes 10 weeks
        tasks
          2022-03-07 – 2022-06-12  clearance   HA-1                        TM-1
          2022-06-13 – 2022-09-18  clearance   HA-2                        TM-1
          2022-06-13 – 2022-08-21  building    PR-1                        crew
        without a place in the plan
          PR-2: the project has no footprint on record, so its gate is UNKNOWN
          Lower (PL-2): it needs PR-2, which is not planned
        worth most if they were cleared at once
          HA-1                       52290 points, 560 household weeks earlier
          HA-2                        1110 points, 0 household weeks earlier
        by priority (a score is not a risk to the public)
             1 HA-1                    before any score: school PR-1 lies within 100 m
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
    expect![[r#"
        homeground: PR-1 waits for PR-2, PR-2 waits for PR-1 in a circle. hint: a work starts when all it waits for has ended
    "#]]
    .assert_eq(&run.stderr);
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
        id,subject,kind,start,finish,crew,cost,because,finish_range_p10,finish_range_p50,finish_range_p90
        survey of PR-1,PR-1,clearance,2022-06-06,2022-06-12,TM-2,0,"[""survey of PR-1 waits 22 weeks: above 2200 m is closed, or would close too soon"",""survey of PR-1 takes 1 week""]",2022-06-12,2022-06-19,2022-06-19
        PR-1,PR-1,building,2022-06-13,2022-09-04,,0,"[""survey of PR-1 waits 22 weeks: above 2200 m is closed, or would close too soon"",""survey of PR-1 takes 1 week"",""PR-1 takes 12 weeks""]",2022-09-04,2022-09-11,2022-09-11
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
    // Without criteria there is no score, but what goes before one is told.
    let urgent = &world.json(PLAN)["priorities"];
    assert_eq!((urgent.as_array().map(Vec::len), &urgent[0]["urgent"]), (Some(1), &"accident".into()));
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
             1 HA-4                    0.000 = people 0.000 + cost 0.000; rank 1 to 1 if a weight moves by a fifth; before any score: accident; not known: people, cost
             2 HA-2                    1.000 = people 0.750 + cost 0.250; rank 2 to 2 if a weight moves by a fifth
             3 HA-1                    0.375 = people 0.375 + cost 0.000; rank 3 to 3 if a weight moves by a fifth
             4 HA-3                    0.000 = people 0.000 + cost 0.000; rank 4 to 4 if a weight moves by a fifth; not known: cost
    "#]].assert_eq(&run.stdout);
    world.write("wrong.toml", "criteria = [\"people\"]\n");
    let run = world.run(&format!("{PLAN} --scenario wrong.toml"));
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("+name or -name is wanted"), "{}", run.stderr);
}

/// What is reported later, into the same programme.
fn report(world: &World, file: &str, reports: &str, recorded_at: &str) {
    world.write(file, crate::world::reports_as_geojson(reports));
    let run = world.run(&format!("import p.gpkg {file} --crs EPSG:4326 --approve-as NMAA --recorded-at {recorded_at}"));
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_new_plan_goes_on_from_the_one_before_and_says_which_report_moved_what() {
    let world = World::with(REPORTS);
    world.write("before.json", world.json(PLAN).to_string());
    let cleared = "release_product LR-1 2022-04-15 hazard=HA-1 qc=accepted @ 0 0 46 100";
    report(&world, "slow.geojson", cleared, "2022-04-16T12:00:00Z");
    let later = "plan p.gpkg --as-of 2022-04-18 --known-at 2099-01-01T00:00:00Z --from before.json --seconds 600";
    let run = world.run(later);
    assert_eq!(run.status, 1, "{}", run.stderr);
    let changes = run.stdout.split("Feasible").next().unwrap();
    expect![[r#"
        Test, planned from 2022-01-03, as of 2022-04-18, as known at 2099-01-01T00:00:00Z
        since the plan of 2022-01-03: 2 works moved
          clearance of HA-1 reported 60 % of the rate: 4603 of 7697 m² since 2022-01-03
          Upper (PL-1) opens on 2022-09-05, was 2022-08-22, 2 weeks later: clearance of HA-1 reported 60 % of the rate: 4603 of 7697 m² since 2022-01-03
    "#]].assert_eq(changes);
    // The lot that has begun goes on with its team, and the plan keeps every rule.
    let plan = world.json(later);
    let lot = plan["tasks"].as_array().unwrap().iter().find(|task| task["subject"] == "HA-1").unwrap();
    assert_eq!((lot["start"].as_str(), lot["crew"].as_str()), (Some("2022-03-07"), Some("TM-1")), "{lot}");
    assert_eq!(plan["changes"]["since"], "2022-01-03");
    world.write("after.json", plan.to_string());
    let check = "plan p.gpkg --as-of 2022-04-18 --known-at 2099-01-01T00:00:00Z --check after.json";
    world.ok(check);
    let mut early = plan.clone();
    let tasks = early["tasks"].as_array_mut().unwrap();
    tasks.iter_mut().find(|task| task["id"] == "PR-1").unwrap()["start"] = "2022-05-02".into();
    world.write("after.json", early.to_string());
    let broken = world.run(check);
    assert!(broken.status == 1 && broken.stdout.contains("waits for HA-1"), "{}{}", broken.stdout, broken.stderr);
    assert_eq!(world.run(&format!("{check} --from before.json")).status, 2);
    world.write("nothing.json", "{}");
    assert_eq!(world.run("plan p.gpkg --from nothing.json").status, 2);
    let earlier = world.run("plan p.gpkg --as-of 2021-01-04 --from before.json");
    assert!(earlier.status == 2 && earlier.stderr.contains("2022-01-03"), "{}", earlier.stderr);
}

#[test]
fn what_has_begun_goes_on_without_money_and_what_was_spent_is_neither_given_back_nor_taken_twice() {
    let world = World::with(REPORTS);
    world.write("before.json", world.json(PLAN).to_string());
    world.write("poor.toml", "budget = [1000]\n");
    let later = |day: &str, from: &str| {
        let run = "plan p.gpkg --known-at 2099-01-01T00:00:00Z --seconds 600 --scenario poor.toml";
        format!("{run} --as-of {day} --from {from}")
    };
    let plan = world.json(&later("2022-04-18", "before.json"));
    let tasks: Vec<&str> = plan["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!(tasks, ["HA-1"], "{plan}");
    // Five of thirteen weeks of clearance at 500 are gone.
    assert_eq!(plan["spent"], 2500, "{plan}");
    world.write("poor.json", plan.to_string());
    world.ok("plan p.gpkg --as-of 2022-04-18 --known-at 2099-01-01T00:00:00Z --scenario poor.toml --check poor.json");
    assert_eq!(world.json(&later("2022-04-18", "poor.json"))["spent"], 2500);
    // The lot still holds 6,500 for thirteen weeks from then on, and one week more is gone.
    assert_eq!(world.json(&later("2022-04-25", "poor.json"))["spent"], 3000);
}

#[test]
fn scenarios_stand_side_by_side_and_luck_is_told() {
    let world = World::with(REPORTS);
    std::fs::create_dir(world.path("scenarios")).unwrap();
    world.write("scenarios/dogs.toml", "[[team]]\nname = \"dogs\"\nskills = [\"CLR\"]\nrate_m2_day = 5000\n");
    world.write("scenarios/snow.toml", "early_winter_weeks = 8\n");
    world.write("scenarios/poor.toml", "budget = [-5]\n");
    world.write("scenarios/nobody.toml", "without_teams = [\"TM-1\"]\n");
    world.write("scenarios/short.toml", "years = 5\n");
    let run = world.run("plan p.gpkg --as-of 2022-01-03 --known-at 2099-01-01T00:00:00Z --scenario scenarios");
    assert_eq!(run.status, 1, "{}", run.stderr);
    expect![[r#"
        as it stands
          6520 household weeks of waiting, give or take 0 by luck
          40 households home by the day promised, cost 63000, 2 without a day, gap 0.6 %
        dogs
          6080 household weeks of waiting, 440 fewer
          40 households home by the day promised, cost 50000, 2 without a day, gap 0.0 %
        nobody
          26000 household weeks of waiting, 19480 more
          0 households home by the day promised, cost 0, 6 without a day, gap 0.0 %
        poor
          cannot be planned: the budget of year 1 is -5. hint: a budget is zero or more
        short
          6520 household weeks of waiting: no difference beyond luck
          40 households home by the day promised, cost 63000, 2 without a day, gap 0.6 %
        snow
          6520 household weeks of waiting: no difference beyond luck
          40 households home by the day promised, cost 63000, 2 without a day, gap 0.6 %
        opens on
          Upper (PL-1)                    2022-08-22  2022-06-06  no day  no day  2022-08-22  2022-08-22
    "#]]
    .assert_eq(&run.stdout);
    let both = "plan p.gpkg --as-of 2022-01-03 --scenario scenarios/dogs.toml --scenario scenarios/snow.toml";
    let titles =
        world.json(both)["scenarios"].as_array().unwrap().iter().map(|s| s["scenario"].clone()).collect::<Vec<_>>();
    assert_eq!(titles, ["as it stands", "dogs", "snow"]);
    assert_eq!(world.run(&format!("{both} --check plan.json")).status, 2);
}

#[test]
fn an_accident_a_school_and_a_promise_make_a_hazard_urgent() {
    let world = World::with(
        "
        team            TM-1 2020-01-01 skills=CLR,NTS rate_m2_day=400
        hazard_area     HA-1 2021-05-01 elevation_m=500 @ 0 0 60 60
        hazard_area     HA-2 2021-05-01 elevation_m=500 @ 2000 0 2060 60
        hazard_area     HA-3 2021-05-01 elevation_m=500 @ 4000 0 4060 60
        hazard_area     HA-4 2021-05-01 elevation_m=500 @ 6000 0 6060 60
        hazard_area     HA-5 2021-05-01 elevation_m=500 @ 8000 0 8060 60
        accident        AC-1 2021-10-01 kind=mine n_injured=2 @ 300 0
        accident        AC-2 2019-10-01 kind=mine n_injured=1 @ 8000 300
        project         PR-1 2021-01-01 sector=school @ 2100 0 2140 40
        project         PR-2 2021-01-01 sector=road width_m=6 planned_start=2022-06-01 @ 4010 10 4050 50
        ",
    );
    world.write("criteria.toml", "criteria = [\"+casualties\", \"-area_m2\"]\n");
    let plan = world.json(&format!("{PLAN} --scenario criteria.toml"));
    let rows = plan["priorities"].as_array().unwrap().iter();
    let said: Vec<String> = rows
        .map(|row| {
            let why = row["urgent"].as_str().unwrap_or("-");
            format!("{} casualties {} {why}", row["subject"].as_str().unwrap(), row["contributions"]["casualties"])
        })
        .collect();
    expect![[r#"
        HA-1 casualties 0.75 accident AC-1 on 2021-10-01, within 500 m
        HA-2 casualties 0.1875 school PR-1 lies within 100 m
        HA-3 casualties 0.1875 PR-2 is promised to start on 2022-06-01
        HA-5 casualties 0.5625 -
        HA-4 casualties 0.1875 -"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn what_was_corrected_keeps_the_place_it_was_named_by() {
    let world = World::with(
        "
        team            TM-1 2020-01-01 skills=CLR,NTS rate_m2_day=400
        place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 @ 50 150
        place           PL-1b 2021-02-01 supersedes=PL-1 name=Upper place_type=settlement n_households=50 @ 50 150
        hazard_area     HA-1 2021-05-01 elevation_m=500 place=PL-1 @ 0 0 60 60
        project         PR-1 2021-01-01 sector=school place=PL-1 @ 500 0 540 40
        project         PR-1b 2021-06-01 supersedes=PR-1 sector=school place=PL-1b duration_weeks=4 @ 500 0 540 40
        project         PR-2 2021-01-01 sector=housing place=PL-1 predecessors=PR-1 duration_weeks=4 @ 600 0 640 40
        ",
    );
    let plan = world.json(PLAN);
    assert_eq!(plan["returns"][0]["households"], 50, "{plan}");
    let critical = plan["gates"][0]["critical"].as_array().unwrap();
    assert!(critical.iter().any(|id| id == "PR-1") && critical.iter().any(|id| id == "PR-2"), "{plan}");
    let task = |id: &str| plan["tasks"].as_array().unwrap().iter().any(|task| task["id"] == id);
    assert!(task("HA-1") && task("PR-2"), "{plan}");
}

#[test]
fn a_corrected_hazard_goes_on_under_its_first_id_and_is_not_told_as_gone() {
    let world = World::with(REPORTS);
    world.write("before.json", world.json(PLAN).to_string());
    let corrected = "hazard_area HA-1b 2022-02-01 supersedes=HA-1 elevation_m=1200 @ 0 0 200 120";
    report(&world, "corrected.geojson", corrected, "2022-02-02T12:00:00Z");
    let later = "plan p.gpkg --as-of 2022-02-07 --known-at 2099-01-01T00:00:00Z --from before.json --seconds 600";
    let run = world.run(later);
    assert!(run.stdout.contains("HA-1 grew by 4002 m²"), "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("nothing is left") && !run.stdout.contains("HA-1b"), "{}", run.stdout);
    let plan = world.json(later);
    assert_eq!(plan["returns"][0]["hazards"], serde_json::json!(["HA-1"]), "{plan}");
    assert!(plan["tasks"].as_array().unwrap().iter().any(|task| task["subject"] == "HA-1"), "{plan}");
}

#[test]
fn faults_of_settings_and_records_are_told_by_name() {
    let world = World::with(
        "
        organisation    OP-A 2020-01-01 name=First
        accreditation   AC-1 2020-01-01 operator=OP-A activity=CLR valid_from=2019-01-01 valid_to=2020-12-31
        team            TM-1 2020-01-01 operator=OP-A skills=CLR rate_m2_day=400
        team            TM-2 2020-01-01 skills=CLR rate_m2_day=400
        team            TM-3 2020-01-01 skills=CLR rate_m2_day=400 available_from=2040-01-01
        team            TM-4 2020-01-01 skills=CLR
        hazard_area     HA-1 2021-05-01 elevation_m=500 place=PL-1 @ 0 0 60 60
        place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 return_by=2022-01-10 @ 50 150
        project         PR-1 2021-01-01 sector=school
        ",
    );
    let plan = world.json(PLAN);
    let left = plan["unscheduled"].as_array().unwrap().iter();
    let left: Vec<String> =
        left.map(|left| format!("{}: {}", left["subject"].as_str().unwrap(), left["why"].as_str().unwrap())).collect();
    expect![[r#"
        PL-1: promised for 2022-01-10, and cannot open before 2022-01-31 even with unlimited teams, crews and money
        TM-1: the team is available in no week of the plan: its days, or its operator's accreditation, have ended
        TM-3: the team is available in no week of the plan: its days, or its operator's accreditation, have ended
        TM-4: the team states neither rate_m2_day nor method
        PR-1: the project has no footprint on record, so its gate is UNKNOWN"#]]
    .assert_eq(&left.join("\n"));
    let faults = |text: &str| {
        world.write("wrong.toml", text);
        let run = world.run(&format!("{PLAN} --scenario wrong.toml"));
        format!("{} {}", run.status, run.stderr.trim())
    };
    expect![[r#"
        1 homeground: the budget of year 2 is -5. hint: a budget is zero or more
        1 homeground: phases restore and keep overlap. hint: a phase begins when the one before it has ended
        2 homeground: wrong.toml: [plan]: phase restore ends on 2022-12-31, before it begins on 2023-01-01
        2 homeground: wrong.toml: [plan]: bands: below_m 800 stands after 1500; rising heights are wanted, absent in the last
        2 homeground: wrong.toml: [plan]: years is 0; between 1 and 70 is wanted
        2 homeground: wrong.toml: [plan]: invalid length 2, expected an array of length 4
        2 homeground: wrong.toml: [plan]: invalid value: integer `-1`, expected u32
        2 homeground: wrong.toml: [plan]: crews of road is 70000; at most 1000 is wanted
        2 homeground: wrong.toml: [plan]: early_winter_weeks is 9000000000000; at most 52 is wanted
        2 homeground: wrong.toml: [plan]: team counts 9000000000000 teams in all; at most 1000 are planned
        2 homeground: wrong.toml: [plan]: cost_day of dogs is -1; a number that is not negative is wanted
        2 homeground: wrong.toml: [plan]: cost_day of dogs is inf; a number that is not negative is wanted"#]].assert_eq(
        &[
            "budget = [10, -5]",
            "phases = [{ name = \"restore\", from = 2022-01-01, to = 2023-12-31 }, { name = \"keep\", from = 2023-06-01, to = 2024-12-31 }]",
            "phases = [{ name = \"restore\", from = 2023-01-01, to = 2022-12-31 }]",
            "bands = [{ below_m = 1500, open_days = 0.8 }, { below_m = 800, open_days = 0.8 }, { open_days = 0.5 }]",
            "years = 0",
            "[plan]\nweights = [1, 2]",
            "crews = { road = -1 }",
            "crews = { road = 70000 }",
            "early_winter_weeks = 9000000000000",
            "[[team]]\nname = \"dogs\"\nskills = [\"CLR\"]\nrate_m2_day = 5\ncount = 9000000000000",
            "[[team]]\nname = \"dogs\"\nskills = [\"CLR\"]\nrate_m2_day = 5\ncost_day = -1",
            "[[team]]\nname = \"dogs\"\nskills = [\"CLR\"]\nrate_m2_day = 5\ncost_day = inf",
        ]
        .map(faults)
        .join("\n"),
    );
}

/// What is reported and not approved.
fn propose(world: &World, reports: &str) {
    world.write("proposed.geojson", crate::world::reports_as_geojson(reports));
    let run = world.run("import p.gpkg proposed.geojson --crs EPSG:4326 --recorded-at 2021-12-31T13:00:00Z");
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

/// What the plan leaves out, and why.
fn left_out(world: &World) -> String {
    let plan = world.json(PLAN);
    let left = plan["unscheduled"].as_array().unwrap().iter();
    let said =
        |left: &serde_json::Value| format!("{}: {}", left["subject"].as_str().unwrap(), left["why"].as_str().unwrap());
    left.map(said).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_accreditation_that_somebody_proposes_to_correct_speaks_for_no_team() {
    let reports = |valid_to: &str| {
        format!(
            "
            organisation    OP-A 2020-01-01 name=First
            accreditation   AC-1 2020-01-01 operator=OP-A activity=CLR valid_from=2019-01-01 valid_to={valid_to}
            team            TM-1 2020-01-01 operator=OP-A skills=CLR rate_m2_day=400
            hazard_area     HA-1 2021-05-01 elevation_m=500 @ 0 0 60 60
            "
        )
    };
    let correction = |valid_to: &str| {
        format!(
            "accreditation AC-1b 2021-06-01 supersedes=AC-1 operator=OP-A activity=CLR valid_from=2019-01-01 valid_to={valid_to}"
        )
    };
    let world = World::with(&reports("2030-12-31"));
    assert_eq!(left_out(&world), "");
    // Nobody has approved that it ended, and nobody knows that it goes on.
    propose(&world, &correction("2021-12-31"));
    expect![[r#"
        TM-1: a correction of its operator's accreditation waits for approval: nobody knows when it may work
        HA-1: no team can clear it: none is trained for it"#]]
    .assert_eq(&left_out(&world));
    // Nor does a proposal make one longer.
    let world = World::with(&reports("2021-06-30"));
    propose(&world, &correction("2030-12-31"));
    assert!(left_out(&world).contains("HA-1: no team can clear it"), "{}", left_out(&world));
}

#[test]
fn a_completion_that_somebody_proposes_to_correct_is_neither_taken_for_done_nor_built_again() {
    let world = World::with(
        "
        team            TM-1 2020-01-01 skills=CLR,NTS rate_m2_day=400
        place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 @ 50 150
        project         PR-1 2021-06-15 sector=road place=PL-1 completed_on=2021-06-01 @ 500 0 540 40
        project         PR-2 2021-01-01 sector=school place=PL-1 predecessors=PR-1 elevation_m=500 @ 600 0 640 40
        project         PR-3 2021-01-01 sector=clinic elevation_m=500 @ 700 0 740 40
        ",
    );
    assert_eq!(left_out(&world), "");
    propose(
        &world,
        "project PR-1b 2021-07-01 supersedes=PR-1 sector=road place=PL-1 @ 500 0 540 40
        project PR-3b 2021-07-01 supersedes=PR-3 sector=clinic elevation_m=500 completed_on=2021-07-01 @ 700 0 740 40",
    );
    expect![[r#"
        PR-1: it is reported finished, and a correction of that report waits for approval
        PR-2: it waits for PR-1, which is not planned
        PL-1: it needs PR-2, which is not planned"#]]
    .assert_eq(&left_out(&world));
    // What a proposal calls finished is still to be built.
    let plan = world.json(PLAN);
    assert!(plan["tasks"].as_array().unwrap().iter().any(|task| task["id"] == "PR-3"), "{plan}");
}

#[test]
fn a_road_is_worked_on_in_the_months_of_its_highest_point_and_of_unknown_height_in_the_fewest() {
    let start = |lines: &str| {
        let world = World::with(&format!(
            "
            team            TM-1 2020-01-01 skills=CLR,NTS rate_m2_day=400
            place           PL-1 2021-01-01 name=Upper place_type=settlement n_households=40 elevation_m=1200 @ 50 150
            place           PL-2 2021-01-01 name=Nowhere place_type=settlement n_households=40 @ 50 950
            hazard_area     HA-1 2021-05-01 elevation_m=500 place=PL-1 @ 0 0 60 60
            {lines}
            "
        ));
        let plan = world.json(PLAN);
        let task = plan["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|task| task["id"] == "PR-1")
            .unwrap_or_else(|| panic!("{plan}"));
        task["start"].as_str().unwrap()[..7].to_owned()
    };
    let road = |more: &str| format!("project PR-1 2021-01-01 sector=road duration_weeks=4 {more} @ 500 0 540 40");
    // The height of the route counts where it is higher than what the project says, and where that says nothing.
    let route = "route R-1 2021-01-01 width_m=6 elevation_m=2500";
    assert_eq!(start(&road("elevation_m=500")), "2022-02");
    assert_eq!(start(&format!("{route}\n{}", road("elevation_m=500 route=R-1"))), "2022-06");
    assert_eq!(start(&format!("{route}\n{}", road("route=R-1"))), "2022-06");
    // Of unknown height: the most closed band of its settlement, or of all.
    let unknown = "route R-1 2021-01-01 width_m=6";
    assert_eq!(start(&format!("{unknown}\n{}", road("route=R-1 place=PL-1"))), "2022-03");
    assert_eq!(start(&format!("{unknown}\n{}", road("route=R-1 place=PL-2"))), "2022-06");
    assert_eq!(start(&format!("{unknown}\n{}", road("route=R-1"))), "2022-06");
}
