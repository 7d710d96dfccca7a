//! `import --as article`: a page with references becomes sources and proposed claims.

use crate::world::World;

const PAGE: &str = "Hillside District\n\nThe district covers 1,412 square kilometres [1] and has 58 villages.\n\n\
                    References\n\n[1] Yearbook\nAug 8, 2019 — The district has an area of 1,410 km2.\n";

#[test]
fn a_page_becomes_sources_and_claims_that_a_person_accepts() {
    let world = World::new();
    world.write("page.txt", PAGE);
    let report = world.json("import p.gpkg page.txt --as article --date 2025-10-31");
    assert_eq!((report["accepted"].as_u64(), report["held"].as_u64()), (Some(5), Some(0)), "{report}");
    assert_eq!(world.json("import p.gpkg page.txt --as article --date 2025-10-31")["accepted"], 0);
    world.ok("export p.gpkg --out claims.csv --layer claim");
    let claims = world.text("claims.csv");
    assert!(claims.contains("1,412") && claims.contains("1,410") && claims.contains("villages"), "{claims}");
}

#[test]
fn a_page_of_which_nobody_says_the_day_is_held() {
    let world = World::new();
    world.write("page.txt", PAGE);
    let report = world.json("import p.gpkg page.txt --as article");
    assert_eq!(report["accepted"].as_u64(), Some(2), "what a dated reference says: {report}");
}
