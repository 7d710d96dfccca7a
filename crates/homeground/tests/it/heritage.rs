//! Monuments: may a team go there, and what another register gets.

use serde_json::Value;

use crate::world::World;

const CLEARED: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.0,40.0],[46.01,40.0],[46.01,40.01],[46.0,40.01],[46.0,40.0]]]},"properties":{"record":"hazard_area","local_id":"HA-1","date_of_information":"2021-01-10","class":"CHA","eo":"AP_MINE","evidence":"direct","accuracy_m":1,"geometry_quality":"SURVEYED"}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[46.0,40.0],[46.006,40.0],[46.006,40.01],[46.0,40.01],[46.0,40.0]]]},"properties":{"record":"release_product","local_id":"LR-1","date_of_information":"2022-05-01","class":"CLEARED","activity":"CLR","depth_cm":20,"eo":"AP_MINE","qc":"accepted","hazard":"HA-1","accuracy_m":1,"geometry_quality":"SURVEYED"}},
{"type":"Feature","geometry":{"type":"LineString","coordinates":[[46.002,40.005],[46.004,40.005]]},"properties":{"record":"route","local_id":"RT-1","date_of_information":"2022-06-01","status":"open","width_m":6,"accuracy_m":1,"geometry_quality":"SURVEYED"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.003,40.0052]},"properties":{"record":"monument","local_id":"MO-NEAR","date_of_information":"2023-01-01","name":"Bridge","accuracy_m":10,"dates":"12XX"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.003,40.0052]},"properties":{"record":"monument","local_id":"MO-VAGUE","date_of_information":"2023-01-01","name":"Chapel","accuracy_m":400}},
{"type":"Feature","geometry":null,"properties":{"record":"monument","local_id":"MO-LOST","date_of_information":"2023-01-01","name":"Cross stone"}}
]}"#;

#[test]
fn a_team_may_go_where_the_monument_may_lie_and_nowhere_else() {
    let world = World::new();
    world.write("cleared.geojson", CLEARED);
    world.run("import p.gpkg cleared.geojson --approve-as NMAA");
    let ask = |id: &str| world.json(&format!("gate p.gpkg --footprint {id} --as-of 2024-01-01"));
    let rule = |answer: &Value, name: &str| {
        let rules = answer["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["rule"] == name).unwrap()["result"].as_str().unwrap().to_owned()
    };
    let near = ask("MO-NEAR");
    assert_eq!(near["result"], "PASS", "{near:#}");
    assert_eq!(rule(&near, "GATE-4"), "NOT_ASKED", "a visit digs nothing");
    let vague = ask("MO-VAGUE");
    assert_eq!(
        (rule(&vague, "GATE-1").as_str(), vague["result"].as_str()),
        ("BLOCKED", Some("BLOCKED")),
        "it may lie in the hazard"
    );
    assert_eq!(ask("MO-LOST")["result"], "UNKNOWN", "nobody knows where");
}

#[test]
fn a_date_that_is_no_edtf_holds_the_monument_and_lists_have_their_members() {
    let world = World::new();
    let row = |fields: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":null,"properties":{{"record":"monument","local_id":"MO-1","date_of_information":"2023-01-01",{fields}}}}}]}}"#
        )
    };
    for (fields, held) in [
        (r#""dates":"about 1214""#, 1),
        (r#""function":[{"use":"prayer"}]"#, 1),
        (r#""dates":"1214~","function":[{"function":"prayer","certainty":"High"}]"#, 0),
    ] {
        world.write("m.geojson", row(fields));
        let report = world.json("import p.gpkg m.geojson --approve-as NMAA");
        assert_eq!(report["held"], held, "{fields}: {report:#}");
    }
}
