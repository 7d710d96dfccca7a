use intake::crs::{Crs, CrsCode, Transform, code_of_wkt};

use crate::scene::{fixture, shared};

/// PROJ's own answers, made by `tools/make_crs.py`; our arithmetic must agree to a tenth of a millimetre.
#[test]
fn positions_agree_with_proj_in_every_system_of_the_table() {
    const TOLERANCE_DEGREES: f64 = 1e-9;
    let text = String::from_utf8(fixture("crs_vectors.csv")).unwrap();
    let (mut n, mut worst) = (0, (0.0, String::new()));
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let code = CrsCode(number(0) as u32);
        let way = Transform::new(code, CrsCode::WGS_84, cells[1].parse().ok()).unwrap();
        let [lon, lat] = way.apply([number(2), number(3)]).unwrap();
        let off = (lon - number(4)).abs().max((lat - number(5)).abs());
        if off > worst.0 {
            worst = (off, line.to_owned());
        }
        let back = Transform::new(CrsCode::WGS_84, code, cells[1].parse().ok()).unwrap().apply([lon, lat]).unwrap();
        // A shift in three dimensions moves the height too, which a position on a map does not carry: centimetres.
        let scale = if number(2).abs() > 360.0 { 0.1 } else { 1e-6 };
        assert!(
            (back[0] - number(2)).abs() < scale && (back[1] - number(3)).abs() < scale,
            "{line} comes back as {back:?}"
        );
        n += 1;
    }
    assert!(n > 300, "{n} vectors");
    assert!(worst.0 < TOLERANCE_DEGREES, "{} degrees off: {}", worst.0, worst.1);
}

/// PT-5 and PT-6: Gauss–Krüger zone 8, by the operations that differ by metres.
#[test]
fn soviet_coordinates_come_out_by_the_operation_that_is_named() {
    let Some(folder) = shared("vectors") else { return };
    let vectors: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("public_vectors.json")).unwrap()).unwrap();
    for point in vectors["PT5_6"].as_array().unwrap() {
        let xy = [point["easting_Y"].as_f64().unwrap(), point["northing_X"].as_f64().unwrap()];
        for operation in [15865, 1808, 1807, 1267, 5044] {
            let way = Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(operation)).unwrap();
            let [lon, lat] = way.apply(xy).unwrap();
            let wanted = &point[format!("wgs84_EPSG{operation}")];
            assert!((lon - wanted[0].as_f64().unwrap()).abs() < 2e-8, "{} {operation}: {lon}", point["id"]);
            assert!((lat - wanted[1].as_f64().unwrap()).abs() < 2e-8, "{} {operation}: {lat}", point["id"]);
        }
        let default = Transform::new(CrsCode(28408), CrsCode::WGS_84, None).unwrap();
        assert_eq!((default.operation().as_str(), default.accuracy_m()), ("EPSG:15865", 4.5));
    }
}

#[test]
fn settlements_agree_in_utm_and_gauss_kruger() {
    let Some(folder) = shared("data/geodesy") else { return };
    let text = std::fs::read_to_string(folder.join("sk42_utm_mgrs_vectors.csv")).unwrap();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        for (code, operation, x, y) in [(32638, None, 4, 5), (28408, Some(15865), 7, 8), (28408, Some(1808), 11, 12)] {
            let way = Transform::new(CrsCode::WGS_84, CrsCode(code), operation).unwrap();
            let [east, north] = way.apply([number(2), number(1)]).unwrap();
            assert!(
                (east - number(x)).abs() < 2e-3 && (north - number(y)).abs() < 2e-3,
                "{} {code}: {east} {north}",
                cells[0]
            );
        }
    }
}

#[test]
fn systems_are_recognised_by_authority_and_by_name() {
    let gdal = r#"PROJCS["WGS 84 / UTM zone 38N",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","32638"]]"#;
    let no_outer =
        r#"PROJCS["site grid",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]],UNIT["metre",1,AUTHORITY["EPSG","9001"]]]"#;
    let wkt2 = r#"PROJCRS["RD New",BASEGEOGCRS["Amersfoort",ID["EPSG",4289]],ID["EPSG",28992]]"#;
    let names = [
        (gdal, Some(32638)),
        (no_outer, None),
        (wkt2, Some(28992)),
        (r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]"#, Some(4326)),
        (r#"PROJCS["ETRS_1989_UTM_Zone_33N"]"#, Some(25833)),
        (r#"PROJCS["Pulkovo_1942_GK_Zone_8"]"#, Some(28408)),
        (r#"PROJCS["RD_New"]"#, Some(28992)),
        (r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere"]"#, Some(3857)),
        (r#"GEOGCS["GCS_ETRS_1989"]"#, Some(4258)),
        (r#"GEOGCS["GCS_Pulkovo_1942"]"#, Some(4284)),
        (r#"PROJCS["WGS_1984_UTM_Zone_33S"]"#, Some(32733)),
        ("", None),
        ("PROJCS[", None),
    ];
    for (wkt, code) in names {
        assert_eq!(code_of_wkt(wkt), code.map(CrsCode), "{wkt}");
    }
}

#[test]
fn codes_are_read_as_people_write_them() {
    for text in [
        "EPSG:32638",
        "epsg:32638",
        "32638",
        "urn:ogc:def:crs:EPSG::32638",
        "http://www.opengis.net/def/crs/EPSG/0/32638",
        " EPSG:32638 ",
    ] {
        assert_eq!(text.parse(), Ok(CrsCode(32638)), "{text}");
    }
    assert_eq!("urn:ogc:def:crs:OGC:1.3:CRS84".parse(), Ok(CrsCode::WGS_84));
    for text in ["", "EPSG:", "UTM 38N", "ESRI:102100", "EPSG:-1", "EPSG:99999999999"] {
        assert!(text.parse::<CrsCode>().is_err(), "{text}");
    }
    assert!(Crs::of(CrsCode(28408)).unwrap().has_northing_first());
    assert!(Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(4833)).is_err());
}
