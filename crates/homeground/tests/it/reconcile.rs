//! `homeground reconcile` as CONTRACT §8 writes it.

use expect_test::expect;

use crate::world::World;

const CROATIA: &str = "series,period_start,period_end,quantity,value,unit,qualifier,source
Croatia,2014-12-31,2014-12-31,sha,244.82,km2,,Monitor
Croatia,2014-12-31,2014-12-31,cha,285.35,km2,,Monitor
Croatia,2015,2015,cleared,40.6,km2,,Monitor
Croatia,2015,2015,reduced,0,km2,,Monitor
Croatia,2015,2015,cancelled,27.15,km2,,Monitor
Croatia,2015-12-31,2015-12-31,sha,294,km2,,Monitor
Croatia,2015-12-31,2015-12-31,cha,189,km2,,Monitor
";

#[test]
fn a_gap_is_told_with_its_figures_and_a_question() {
    let world = World::empty();
    world.write("croatia.csv", CROATIA);
    let balanced = CROATIA.replace(",294,", ",273.4,").replace(",189,", ",189.02,");
    world.write("balanced.csv", format!("{balanced}Croatia,2016,2016,cleered,1,km2,,\n"));
    world.write("sound.csv", balanced);
    world.write("nothing.csv", "quantity;value;unit;period_end\ncleared;1,5;ha;2015\n");
    world.write("columns.csv", "what,value\ncleared,1\n");
    let transcript = world.transcript(
        "
        reconcile croatia.csv
        reconcile croatia.csv --format csv
        reconcile sound.csv
        reconcile balanced.csv
        reconcile nothing.csv
        reconcile columns.csv
        reconcile missing.csv
        reconcile croatia.csv --format geojson
        ",
    );
    expect![[r#""#]].assert_eq(&transcript);
}

#[test]
fn json_gives_gap_and_tolerance_as_they_are() {
    let world = World::empty();
    world.write("croatia.csv", CROATIA);
    let run = world.run("reconcile croatia.csv --format json");
    assert_eq!(run.status, 1);
    let found = run.json();
    let identity = &found["identities"][0];
    assert_eq!(identity["identity"], "ID-3");
    assert_eq!(identity["result"], "GAP(+)");
    assert_eq!((identity["gap"].as_f64(), identity["tolerance"].as_f64()), (Some(20.58), Some(1.07)));
    assert_eq!((identity["unit"].as_str(), identity["terms"].as_array().unwrap().len()), (Some("km2"), 7));
    // The guide shows what the program prints.
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/reconcile-figures.md"));
    let guide = guide.unwrap();
    assert!(guide.contains(CROATIA.trim_end()));
    let printed = world.run("reconcile croatia.csv").stdout;
    assert!(guide.contains(printed.trim_end()), "the guide does not show:\n{printed}");
}
