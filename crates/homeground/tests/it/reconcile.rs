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
    expect![[r#"
        $ reconcile croatia.csv
        ID-3 Croatia 2015-01-01 to 2015-12-31: GAP(+), gap +20.58 km2, tolerance 1.07
          stated 483 = sha 294 km2 (row 7) + cha 189 km2 (row 8)
          expected 462.42 = sha 244.82 km2 (row 2) + cha 285.35 km2 (row 3) − cancelled 27.15 km2 (row 6) − reduced 0 km2 (row 5) − cleared 40.6 km2 (row 4)
          question: were 20.58 km2 newly identified, adjusted or taken into scope from 2015-01-01 to 2015-12-31 without being stated (not stated: new, reopened, adjusted)?
        1 identities tested, 1 do not reconcile, 0 rows left out
        = exit 1
        $ reconcile croatia.csv --format csv
        identity,series,period_start,period_end,result,gap,tolerance,unit,hypothesis,question
        ID-3,Croatia,2015-01-01,2015-12-31,GAP(+),20.58,1.07,km2,,"were 20.58 km2 newly identified, adjusted or taken into scope from 2015-01-01 to 2015-12-31 without being stated (not stated: new, reopened, adjusted)?"
        = exit 1
        $ reconcile sound.csv
        ID-3 Croatia 2015-01-01 to 2015-12-31: RECONCILES, gap 0 km2, tolerance 0.13
        1 identities tested, 0 do not reconcile, 0 rows left out
        $ reconcile balanced.csv
        ID-3 Croatia 2015-01-01 to 2015-12-31: RECONCILES, gap 0 km2, tolerance 0.13
        E ID-14 balanced.csv row 9, Croatia, field quantity, value cleered: the quantity cleered is not in the vocabulary; the row was left out. hint: was cleared meant?
        1 identities tested, 0 do not reconcile, 1 rows left out
        = exit 1
        $ reconcile nothing.csv
        0 identities tested, 0 do not reconcile, 0 rows left out
        hint: an identity needs a whole and its parts, or an opening, a closing and what happened between
        = exit 1
        $ reconcile columns.csv
        ! homeground: columns.csv: has no column quantity. hint: the columns are series,period_start,period_end,quantity,value,unit,qualifier,source
        = exit 1
        $ reconcile missing.csv
        ! homeground: cannot read missing.csv: No such file or directory (os error 2)
        = exit 3
        $ reconcile croatia.csv --format geojson
        ! homeground: reconcile prints text, json or csv
        = exit 2
    "#]].assert_eq(&transcript);
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
