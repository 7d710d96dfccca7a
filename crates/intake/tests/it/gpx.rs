use expect_test::expect;

use crate::scene::read_with;

#[test]
fn waypoints_are_points_tracks_and_routes_are_lines() {
    let file = r#"<gpx version="1.1" creator="x"><metadata><name>m</name></metadata>
        <wpt lat="40.1" lon="46.1"><ele>2010</ele><time>2026-10-01T08:00:00Z</time><name>W1</name><hdop>3</hdop></wpt>
        <wpt lat="north" lon="46.1"><name>W2</name></wpt>
        <trk><name>T1</name><trkseg><trkpt lat="40.1" lon="46.1"><ele>1</ele></trkpt><trkpt lat="40.2" lon="46.1"/></trkseg><trkseg/></trk>
        <rte><name>R1</name><rtept lat="40.1" lon="46.1"><name>a</name></rtept><rtept lat="40.2" lon="46.2"/></rte>
        <trk><name>T2</name><trkseg><trkpt lat="40.1" lon="46.1"/></trkseg><trkseg><trkpt lat="40.2" lon="46.1"/></trkseg></trk>
        <trk><name>T3</name></trk></gpx>"#;
    let profile = intake::Profile::parse(
        "name = 'track'\nrecord = 'route'\nlocal_id = '{name}'\n[constant]\ndate_of_information = '2026-10-01'",
    )
    .unwrap();
    let out = read_with("day.gpx", file, |options| options.profile = Some(&profile));
    expect![[r#"
        GPX
        row 1: accepted route W1 2026-10-01 Point {"name":"W1","other":{"ele":"2010","time":"2026-10-01T08:00:00Z","hdop":"3"}}
          I DQ-34 geometry: heights or measures were given and are not kept
          I IN-6 ele = 2010: route has no field ele; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
          I IN-6 time = 2026-10-01T08:00:00Z: route has no field time; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
          I IN-6 hdop = 3: route has no field hdop; it is kept under other, here and in every row that has it. hint: rename it in a profile if it is one of the fields
        row 2: held route W2 2026-10-01 no ground {"name":"W2"}
          E DQ-01 geometry = lon=46.1 lat=north: the geometry cannot be read: lacks a lon or lat that is a number. hint: export it again
        row 3: accepted route T1 2026-10-01 LineString {"name":"T1"}
          I DQ-34 geometry: heights or measures were given and are not kept
          W DQ-10 geometry = 11120 m: the leg from vertex 1 is 11,120 m long, more than 5,000 m. hint: is a vertex missing or wrong?
        row 4: accepted route R1 2026-10-01 LineString {"name":"R1"}
          W DQ-10 geometry = 13996 m: the leg from vertex 1 is 13,996 m long, more than 5,000 m. hint: is a vertex missing or wrong?
        row 5: accepted route T2 2026-10-01 MultiLineString {"name":"T2"}
        row 6: held route T3 2026-10-01 MultiLineString {"name":"T3"}
          E DQ-02 geometry = MultiLineString: the MultiLineString has no position. hint: draw it again, or leave the geometry out
    "#]].assert_eq(&out);
}
