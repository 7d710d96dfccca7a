use geodesy::mgrs::{Mgrs, write};

use crate::world::{lines, shared, vectors};

#[test]
fn references_agree_with_geographiclib() {
    let Some(folder) = shared("data/geodesy") else { return };
    let text = std::fs::read_to_string(folder.join("sk42_utm_mgrs_vectors.csv")).unwrap();
    for cells in lines(&text) {
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let (lonlat, wanted) = ([number(2), number(1)], &cells[6]);
        assert_eq!(&write(lonlat, 10).unwrap(), wanted, "{}", cells[0]);
        let square: Mgrs = wanted.parse().unwrap();
        let [east, north] = square.corner();
        assert!((0.0..1.0).contains(&(number(4) - east)) && (0.0..1.0).contains(&(number(5) - north)), "{}", cells[0]);
    }
}

/// PT-5, PT-6.
#[test]
fn references_agree_with_the_worked_examples() {
    let Some(vectors) = vectors() else { return };
    let places =
        [("P1", [46.036645986, 40.099656559]), ("P2", [44.998770509, 40.093485819]), ("RP", [46.0383, 40.1065])];
    for (name, lonlat) in places {
        assert_eq!(write(lonlat, 10).unwrap(), vectors["mgrs"][name].as_str().unwrap(), "{name}");
    }
}
