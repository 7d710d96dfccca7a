//! `import --as bulletin`: the text of a week becomes proposed claims, and no ground is released.

use crate::world::World;

const WEEK: &str = "During December 11–17, demining teams found and neutralised 22 anti-personnel mines, 17 anti-tank \
                    mines, and 234 unexploded ordnance. An area of 325.6 hectares was cleared. 12 companies took part.\n";

#[test]
fn a_week_becomes_claims_and_releases_nothing() {
    let world = World::new();
    world.write("week.txt", WEEK);
    let report = world.json("import p.gpkg week.txt --as bulletin --date 2023-12-18 --source S-1");
    assert_eq!(report["accepted"], 4, "{report}");
    let told = report["issues"].as_array().unwrap();
    assert!(told.iter().any(|issue| issue["message"].as_str().unwrap().contains("12")), "{report}");
    assert_eq!(world.json("state p.gpkg")["totals"]["reported_released_m2"], 0.0);
    // The same text twice adds nothing.
    assert_eq!(world.json("import p.gpkg week.txt --as bulletin --date 2023-12-18 --source S-1")["accepted"], 0);
    world.ok("export p.gpkg --out claims.csv --layer claim");
    let claims = world.text("claims.csv");
    assert!(claims.contains("3256000") && claims.contains("UNSPECIFIED"), "{claims}");
}

#[test]
fn a_year_that_nobody_states_is_asked_for() {
    let world = World::new();
    world.write("week.txt", WEEK);
    let report = world.json("import p.gpkg week.txt --as bulletin --source S-1");
    assert_eq!((report["accepted"].as_u64(), report["held"].as_u64()), (Some(0), Some(4)), "{report}");
    assert_eq!(world.run("import p.gpkg week.txt --date 2023-12-18").status, 2);
}
