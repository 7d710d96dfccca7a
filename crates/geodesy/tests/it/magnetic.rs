use geodesy::magnetic::{Model, declination};

use crate::world::{shared, vectors};

/// GEO-2 at the place of the example.
#[test]
fn the_declination_of_a_day_is_that_of_the_field_of_that_day() {
    let Some(vectors) = vectors() else { return };
    for (day, wanted) in vectors["declination"].as_object().unwrap() {
        let field = declination(Model::Igrf14, [46.0383, 40.1065], 1500.0, day.parse().unwrap()).unwrap();
        let wanted = wanted.as_f64().unwrap();
        assert!((field.declination_deg - wanted).abs() < 6e-3, "{day}: {} for {wanted}", field.declination_deg);
    }
    let on = "2025-07-01".parse().unwrap();
    let wmm = declination(Model::Wmm2025, [46.0383, 40.1065], 1500.0, on).unwrap();
    assert!((wmm.declination_deg - 6.46).abs() < 6e-3, "{}", wmm.declination_deg);
}

/// The published coefficients of WMM2025 are those that are carried.
#[test]
fn the_coefficients_are_those_that_were_published() {
    let Some(folder) = shared("data/geodesy") else { return };
    let published = std::fs::read_to_string(folder.join("WMM_2025.COF")).unwrap();
    let numbers = |text: &str| -> Vec<Vec<f64>> {
        let rows =
            text.lines().map(|line| line.split_whitespace().map_while(|cell| cell.parse().ok()).collect::<Vec<f64>>());
        rows.filter(|row| row.len() == 6).collect()
    };
    let ours = numbers(include_str!("../../data/wmm2025.txt"));
    assert_eq!(ours.len(), 90);
    assert_eq!(ours, numbers(&published));
}

#[test]
fn outside_its_years_a_model_says_nothing() {
    let there = [46.0, 40.0];
    for (model, day, is_known) in [
        (Model::Igrf14, "1899-12-31", false),
        (Model::Igrf14, "1900-01-01", true),
        (Model::Igrf14, "2029-12-31", true),
        (Model::Igrf14, "2030-01-01", false),
        (Model::Wmm2025, "2024-12-31", false),
        (Model::Wmm2025, "2025-01-01", true),
    ] {
        assert_eq!(declination(model, there, 0.0, day.parse().unwrap()).is_ok(), is_known, "{model} {day}");
    }
    let on = "2000-01-01".parse().unwrap();
    assert!(declination(Model::Igrf14, [46.0, 90.0], 0.0, on).is_err());
    assert!(declination(Model::Igrf14, [f64::NAN, 40.0], 0.0, on).is_err());
    assert!(declination(Model::Igrf14, there, 1e9, on).is_err());
}
