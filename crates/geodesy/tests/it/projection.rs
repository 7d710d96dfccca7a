use geodesy::CrsCode;
use geodesy::crs::{Crs, CrsError, CrsKind, Transform, code_of_wkt};
use geodesy::grid::inverse;

use crate::world::{fixture, lines, shared, vectors};

/// PROJ's own coordinates of a place in every projected system of the table (tools/make_crs.py).
#[test]
fn every_projected_system_agrees_with_proj() {
    const TOLERANCE_M: f64 = 1e-3;
    // Some places of the vectors are far outside their zone, where the series back are worth less.
    const TOLERANCE_BACK_M: f64 = 1e-2;
    let mut far = Vec::new();
    let all = fixture("projected_vectors.csv");
    assert!(all.len() > 5_400, "{}", all.len());
    for cells in &all {
        let [code, lon, lat, x, y] = [0, 1, 2, 3, 4].map(|at| cells[at].parse::<f64>().unwrap());
        let crs = Crs::of(CrsCode(code as u32)).unwrap();
        // The vector is on the system's own datum, longitude from Greenwich, so the base is asked for what it calls that.
        let base = crs.base();
        let [own_lon, own_lat] = base.of_degrees([lon, lat]);
        let way = Transform::new(base.code(), crs.code(), None).unwrap();
        let off = match way.apply([own_lon, own_lat]) {
            Ok([e, n]) => (e - x).hypot(n - y),
            Err(_) => f64::INFINITY,
        };
        if off > TOLERANCE_M {
            far.push(format!("{code} {}: {off:.4} {}", crs.name, crs.definition()));
            continue;
        }
        let back = Transform::new(crs.code(), base.code(), None).unwrap().apply([x, y]);
        let off = back.map_or(f64::INFINITY, |[l, p]| (l - own_lon).hypot(p - own_lat) * 111e3);
        if off > TOLERANCE_BACK_M {
            far.push(format!("{code} {} back: {off:.4} {}", crs.name, crs.definition()));
        }
    }
    assert!(far.is_empty(), "{} of {}:\n{}", far.len(), all.len(), far.join("\n"));
}

/// PROJ's own answer of every operation in the domain of longitude and latitude (tools/make_crs.py).
#[test]
fn every_operation_agrees_with_proj() {
    const TOLERANCE_M: f64 = 2e-3;
    let (mut n, mut far) = (0, Vec::new());
    for cells in fixture("operation_vectors.csv") {
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let (operation, from) = (number(0) as u32, CrsCode(number(1) as u32));
        let way = Transform::new(from, CrsCode::WGS_84, Some(operation)).unwrap();
        let (_, off) = inverse(way.apply([number(2), number(3)]).unwrap(), [number(4), number(5)]);
        if off > TOLERANCE_M {
            far.push(format!("{cells:?}: {off}"));
        }
        n += 1;
    }
    assert!(n > 900, "{n}");
    assert!(far.is_empty(), "{} of {n}:\n{}", far.len(), far.join("\n"));
}

/// PT-5 and PT-6: Gauss–Krüger zone 8, by the operations that differ by metres.
#[test]
fn soviet_coordinates_come_out_by_the_operation_that_is_named() {
    let Some(vectors) = vectors() else { return };
    let near = |found: [f64; 2], wanted: &serde_json::Value, within: f64, what: &str| {
        for at in [0, 1] {
            assert!((found[at] - wanted[at].as_f64().unwrap()).abs() < within, "{what}: {found:?} for {wanted}");
        }
    };
    for point in vectors["PT5_6"].as_array().unwrap() {
        let xy = [point["easting_Y"].as_f64().unwrap(), point["northing_X"].as_f64().unwrap()];
        let soviet = Transform::new(CrsCode(28408), CrsCode(4284), None).unwrap();
        assert_eq!(soviet.operation(), "");
        near(soviet.apply(xy).unwrap(), &point["sk42_lonlat"], 2e-8, "SK-42");
        for operation in [15865, 1808, 1807, 1267, 5044] {
            let way = Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(operation)).unwrap();
            near(way.apply(xy).unwrap(), &point[format!("wgs84_EPSG{operation}")], 2e-8, &operation.to_string());
        }
        let default = Transform::to_wgs84_at(CrsCode(28408), xy, None).unwrap();
        assert_eq!((default.operation().as_str(), default.accuracy_m()), ("EPSG:15865", 4.5));
        let lonlat = default.apply(xy).unwrap();
        let utm = Transform::new(CrsCode::WGS_84, CrsCode(32638), None).unwrap().apply(lonlat).unwrap();
        near(utm, &point["utm38n"], 2e-3, "UTM");
        let ignored = soviet.apply(xy).unwrap();
        let (azimuth, off) = inverse(lonlat, ignored);
        let wanted = &point["error_if_datum_ignored_m"];
        near([off, azimuth], wanted, 0.1, "datum ignored");
    }
}

#[test]
fn settlements_agree_in_utm_and_gauss_kruger() {
    let Some(folder) = shared("data/geodesy") else { return };
    let text = std::fs::read_to_string(folder.join("sk42_utm_mgrs_vectors.csv")).unwrap();
    for cells in lines(&text) {
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        for (code, operation, x, y) in [(32638, None, 4, 5), (28408, Some(15865), 7, 8), (28408, Some(1808), 11, 12)] {
            let way = Transform::new(CrsCode::WGS_84, CrsCode(code), operation).unwrap();
            let [east, north] = way.apply([number(2), number(1)]).unwrap();
            assert!(
                (east - number(x)).abs() < 2e-3 && (north - number(y)).abs() < 2e-3,
                "{} {code}: {east} {north}",
                cells[0]
            );
            let back = Transform::new(CrsCode(code), CrsCode::WGS_84, operation).unwrap().apply([east, north]).unwrap();
            let (_, off) = inverse(back, [number(2), number(1)]);
            assert!(off < 1e-2, "{} {code} comes back {off} m away", cells[0]);
        }
    }
}

/// The parameters of `sk42_operations.json` are those of the table.
#[test]
fn operations_carry_their_accuracy_and_their_area() {
    let Some(folder) = shared("data/geodesy") else { return };
    let text = std::fs::read(folder.join("sk42_operations.json")).unwrap();
    let all: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let crs = Crs::of(CrsCode(4284)).unwrap();
    for wanted in all.as_array().unwrap() {
        let code = wanted["id"]["code"].as_u64().unwrap() as u32;
        let found = crs.operations().find(|operation| operation.code == code).unwrap();
        assert_eq!(found.name, wanted["operation"].as_str().unwrap());
        assert_eq!(found.accuracy_m, wanted["accuracy_m"].as_f64().unwrap());
        assert_eq!(
            found.area_name.split(['(', ';']).next(),
            wanted["area_of_use"].as_str().unwrap().split(['(', ';']).next()
        );
    }
}

#[test]
fn the_operation_is_that_of_the_place_unless_one_is_given() {
    let chosen =
        |code: u32, lonlat: [f64; 2]| Transform::from_wgs84_at(CrsCode(code), lonlat, None).unwrap().operation();
    assert_eq!(chosen(28408, [46.04, 40.1]), "EPSG:15865");
    assert_eq!(chosen(4258, [5.0, 52.0]), "EPSG:1149");
    assert_eq!(chosen(28992, [5.0, 52.0]), "EPSG:4833");
    assert_eq!(chosen(32638, [46.0, 40.0]), "");
    // 1267 is superseded: only where it is asked for.
    let asked = Transform::new(CrsCode(28408), CrsCode::WGS_84, Some(1267)).unwrap();
    assert_eq!(asked.operation(), "EPSG:1267");
}

#[test]
fn between_two_systems_of_one_datum_nothing_is_shifted() {
    let way = Transform::new(CrsCode(28408), CrsCode(28409), None).unwrap();
    assert_eq!((way.operation().as_str(), way.accuracy_m()), ("", 0.0));
    let both = Transform::new(CrsCode(28408), CrsCode(25838), None).unwrap();
    assert_eq!(both.operation(), "EPSG:15865 + EPSG:1149");
}

#[test]
fn what_cannot_be_computed_says_why() {
    let message = |from: u32, operation: Option<u32>| {
        Transform::new(CrsCode(from), CrsCode::WGS_84, operation).map(|_| ()).unwrap_err()
    };
    assert_eq!(message(999_999, None), CrsError::UnknownCrs(CrsCode(999_999)));
    assert!(matches!(message(22700, None), CrsError::NotComputed { .. }));
    assert!(matches!(message(4610, None), CrsError::NoOperation { .. }));
    assert!(matches!(message(28408, Some(4833)), CrsError::UnknownOperation { .. }));
    let grid = message(27700, Some(7710));
    assert!(matches!(grid, CrsError::UnavailableOperation { .. }), "{grid}");
    assert!(grid.to_string().contains("needs the grid file"), "{grid}");
    let none = message(32638, Some(15865)).to_string();
    assert!(none.contains("none is needed"), "{none}");
}

#[test]
fn positions_without_an_image_are_errors() {
    let way = Transform::new(CrsCode(28408), CrsCode::WGS_84, None).unwrap();
    for position in [[f64::NAN, 0.0], [f64::INFINITY, 1.0], [1e300, 1e300], [8.5e6, 1e12]] {
        assert!(way.apply(position).is_err(), "{position:?}");
    }
    let degrees = Transform::new(CrsCode::WGS_84, CrsCode(32638), None).unwrap();
    for position in [[45.0, 91.0], [400.0, 10.0], [f64::NAN, 10.0]] {
        assert!(degrees.apply(position).is_err(), "{position:?}");
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
}

#[test]
fn the_northing_comes_first_where_the_standard_says_so() {
    let soviet = Crs::of(CrsCode(28408)).unwrap();
    assert!(soviet.has_northing_first());
    assert_eq!(soviet.east_first([4_441_200.0, 8_588_500.0]), [8_588_500.0, 4_441_200.0]);
    let utm = Crs::of(CrsCode(32638)).unwrap();
    assert!(!utm.has_northing_first());
    assert_eq!(utm.east_first([588_359.0, 4_439_333.0]), [588_359.0, 4_439_333.0]);
    let degrees = Crs::of(CrsCode::WGS_84).unwrap();
    assert_eq!((degrees.kind, degrees.east_first([40.0, 46.0])), (CrsKind::Geographic, [46.0, 40.0]));
    assert!(!degrees.has_northing_first());
}
