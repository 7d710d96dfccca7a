//! Places as ODK writes them: `latitude longitude altitude accuracy`, points joined by `;`.

use geometry::Shape;

use super::form::PlaceKind;

/// A place as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) shape: Shape,
    /// Whether an altitude other than 0 was given.
    pub(super) has_height: bool,
    /// The largest accuracy of its points, as the phone states it; `None` if one point has none: 0 means unknown.
    pub(super) accuracy_m: Option<f64>,
}

/// Android states the radius within which a position lies 68 of 100 times (`Location.getAccuracy`). With two independent
/// normal errors, 95 of 100 times it is √(ln 0.05 / ln 0.32) times as far.
const TO_95: f64 = 1.6215;

/// ε at 95 %, rounded up to a decimetre.
pub(super) fn epsilon_m(stated: f64) -> f64 {
    (stated * TO_95 * 10.0).ceil() / 10.0
}

/// Read an answer; `kind` is what the form says, otherwise the look of it decides.
pub(super) fn read(text: &str, kind: Option<PlaceKind>) -> Result<Place, String> {
    let mut positions = Vec::new();
    let mut has_height = false;
    let mut accuracy_m = Some(0.0_f64);
    let points: Vec<&str> = text.split(';').map(str::trim).filter(|point| !point.is_empty()).collect();
    for (at, point) in points.iter().enumerate() {
        let numbers: Option<Vec<f64>> = point.split_whitespace().map(|word| word.parse().ok()).collect();
        let numbers =
            numbers.filter(|numbers| (2..=4).contains(&numbers.len()) && numbers.iter().all(|n| n.is_finite()));
        let Some(numbers) = numbers else {
            return Err(format!(
                "point {} is {point:?}; latitude, longitude, altitude and accuracy are wanted",
                at + 1
            ));
        };
        positions.push([numbers[1], numbers[0]]);
        has_height |= numbers.get(2).is_some_and(|height| *height != 0.0);
        let accuracy = numbers.get(3).copied().filter(|accuracy| *accuracy > 0.0);
        accuracy_m = accuracy_m.zip(accuracy).map(|(largest, accuracy)| largest.max(accuracy));
    }
    let is_ring = positions.len() > 3 && positions.first() == positions.last();
    let shape = match (kind, positions.as_slice()) {
        (_, []) => return Err("it has no point".to_owned()),
        (Some(PlaceKind::Point) | None, [only]) => Shape::Point(*only),
        (Some(PlaceKind::Point), _) => return Err(format!("it has {} points, one is wanted", positions.len())),
        (Some(PlaceKind::Shape), _) => Shape::Polygon(vec![positions]),
        (None, _) if is_ring => Shape::Polygon(vec![positions]),
        (Some(PlaceKind::Trace) | None, _) => Shape::LineString(positions),
    };
    Ok(Place { shape, has_height, accuracy_m })
}

/// Several places of one record, as repeats give them.
pub(super) fn together(places: Vec<Place>) -> Result<Place, String> {
    let has_height = places.iter().any(|place| place.has_height);
    let accuracy_m =
        places.iter().map(|place| place.accuracy_m).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b))).flatten();
    let shapes: Vec<Shape> = places.into_iter().map(|place| place.shape).collect();
    let polygons: Option<Vec<_>> = shapes.iter().map(|s| s.is_areal().then(|| s.polygons()[0].clone())).collect();
    let points: Option<Vec<_>> = shapes.iter().map(|s| if let Shape::Point(p) = s { Some(*p) } else { None }).collect();
    let shape = match (polygons, points) {
        (Some(polygons), _) => Shape::MultiPolygon(polygons),
        (_, Some(points)) => Shape::MultiPoint(points),
        _ => return Err("its parts are of different kinds; areas or points are wanted".to_owned()),
    };
    Ok(Place { shape, has_height, accuracy_m })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accuracy_of_nought_is_unknown_and_the_worst_point_speaks_for_all() {
        let accuracy = |text: &str| read(text, Some(PlaceKind::Shape)).unwrap().accuracy_m;
        assert_eq!(accuracy("40 46 0 4;40 46.1 0 9.5;40.1 46 0 4;40 46 0 4"), Some(9.5));
        assert_eq!(accuracy("40 46 0 4;40 46.1 0 0;40.1 46 0 4;40 46 0 4"), None);
        assert_eq!(accuracy("40 46"), None);
        assert_eq!(epsilon_m(4.0), 6.5);
    }

    #[test]
    fn what_is_no_place_says_which_point() {
        let why = |text: &str, kind| read(text, Some(kind)).unwrap_err();
        assert!(why("40 46 0 0; north 46", PlaceKind::Trace).starts_with("point 2 is \"north 46\""));
        assert!(why("40 46 0 NaN", PlaceKind::Point).starts_with("point 1"));
        assert_eq!(why(" ; ", PlaceKind::Shape), "it has no point");
        assert_eq!(why("40 46;41 46", PlaceKind::Point), "it has 2 points, one is wanted");
    }
}
