//! What is wrong with rings, for people: which ring, which vertex, where, and how many m² hang on it.

use geometry::{Problem, ProblemKind, Read, Reading, Shape};
use records::{Issue, Rules};

/// Square metres as people read them: whole ones with marks between the thousands, fractions below ten.
pub(crate) fn m2(area: f64) -> String {
    if area.abs() < 10.0 {
        return format!("{area:.2}");
    }
    let digits = format!("{:.0}", area.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if area < 0.0 { format!("-{text}") } else { text }
}

/// A coordinate as people read it: as given, but 1e300 as 1e300.
pub(crate) fn coordinate(v: f64) -> String {
    const LARGEST_WRITTEN_OUT: f64 = 1e12;
    if v.abs() < LARGEST_WRITTEN_OUT || !v.is_finite() { v.to_string() } else { format!("{v:e}") }
}

fn push(rules: &Rules, issues: &mut Vec<Issue>, finding: &str, value: &str, values: &[(&str, &str)]) {
    issues.push(rules.finding(finding).issue("geometry", value, values));
}

/// Whether every position is a place on Earth. Areal shapes are told in detail by their reading.
pub(crate) fn positions(shape: &Shape, rules: &Rules, issues: &mut Vec<Issue>) -> bool {
    let mut vertex = 0_u64;
    let mut first: Option<(u64, [f64; 2])> = None;
    shape.for_each_position(&mut |[lon, lat]| {
        vertex += 1;
        let is_place = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
        if !is_place && first.is_none() {
            first = Some((vertex, [lon, lat]));
        }
    });
    if vertex == 0 {
        push(rules, issues, "geometry_empty", shape.type_name(), &[("type", shape.type_name())]);
        return false;
    }
    let Some((vertex, [lon, lat])) = first else { return true };
    let finding = if !lon.is_finite() || !lat.is_finite() {
        "position_not_finite"
    } else if lon.abs() <= 90.0 && lat.abs() <= 180.0 {
        "axes_swapped_out_of_range"
    } else {
        "position_out_of_range"
    };
    let [lon, lat] = [lon, lat].map(coordinate);
    let values = [("vertex", &*vertex.to_string()), ("lon", &lon), ("lat", &lat)];
    push(rules, issues, finding, &format!("{lon} {lat}"), &values);
    false
}

/// Legs that are longer than anybody walks (DQ-10).
pub(crate) fn legs(shape: &Shape, rules: &Rules, issues: &mut Vec<Issue>) {
    let limit = rules.finding("leg_long").threshold();
    let mut long: Vec<(usize, f64)> = Vec::new();
    let mut vertex = 0;
    for path in paths(shape) {
        for pair in path.windows(2) {
            vertex += 1;
            let length = distance_m(pair[0], pair[1]);
            if length > limit {
                long.push((vertex, length));
            }
        }
        vertex += 1;
    }
    if let Some((vertex, length)) = long.first() {
        let more = if long.len() > 1 { format!(", and {} more", long.len() - 1) } else { String::new() };
        let values =
            [("vertex", &*vertex.to_string()), ("length", &m2(*length)), ("more", &more), ("limit", &m2(limit))];
        push(rules, issues, "leg_long", &format!("{length:.0} m"), &values);
    }
}

/// The length of all rings and lines, m.
pub(crate) fn perimeter_m(shape: &Shape) -> f64 {
    paths(shape).iter().flat_map(|path| path.windows(2)).map(|pair| distance_m(pair[0], pair[1])).sum()
}

/// Points of one record that stand in one place (DQ-07).
pub(crate) fn free_points(shape: &Shape, rules: &Rules, issues: &mut Vec<Issue>) {
    let Shape::MultiPoint(points) = shape else { return };
    let apart = rules.finding("free_point_twice").threshold().max(f64::MIN_POSITIVE);
    let mut seen = std::collections::BTreeMap::new();
    for (at, &position) in points.iter().enumerate() {
        let cell = position.map(|degrees| (degrees / apart).round() as i64);
        if let Some(first) = seen.insert(cell, at + 1) {
            let [lon, lat] = position.map(coordinate);
            let values =
                [("first", &*first.to_string()), ("second", &(at + 1).to_string()), ("lon", &lon), ("lat", &lat)];
            push(rules, issues, "free_point_twice", &format!("{lon} {lat}"), &values);
        }
    }
}

fn paths(shape: &Shape) -> Vec<&[[f64; 2]]> {
    match shape {
        Shape::Point(_) | Shape::MultiPoint(_) => Vec::new(),
        Shape::LineString(path) => vec![path],
        Shape::MultiLineString(paths) | Shape::Polygon(paths) => paths.iter().map(Vec::as_slice).collect(),
        Shape::MultiPolygon(polygons) => polygons.iter().flatten().map(Vec::as_slice).collect(),
        Shape::Collection(shapes) => shapes.iter().flat_map(paths).collect(),
    }
}

/// Great-circle distance on the mean sphere: within 0.6 % of the geodesic, enough to find a slip.
fn distance_m([lon1, lat1]: [f64; 2], [lon2, lat2]: [f64; 2]) -> f64 {
    const MEAN_RADIUS_M: f64 = 6_371_008.8;
    let (p1, p2) = (lat1.to_radians(), lat2.to_radians());
    let half = |a: f64| (a / 2.0).sin().powi(2);
    let h = half(p2 - p1) + p1.cos() * p2.cos() * half((lon2 - lon1).to_radians());
    2.0 * MEAN_RADIUS_M * h.sqrt().min(1.0).asin()
}

/// What the reading found, one issue a kind of problem with its first place and their number.
pub(crate) fn problems(shape: &Shape, read: &Read, rules: &Rules, issues: &mut Vec<Issue>) {
    in_doubt(read, rules, issues);
    crossings(shape, read, rules, issues);
    let has_twins = twins(shape.polygons()).is_some();
    for kind in kinds(read) {
        let finding = match kind {
            ProblemKind::SpansHalfTheGlobe => "spans_half_the_globe",
            ProblemKind::TooFewVertices | ProblemKind::Empty => "too_few_vertices",
            ProblemKind::NotClosed => "ring_closed",
            ProblemKind::RepeatedVertex => "vertex_repeated",
            ProblemKind::NotFinite => "position_not_finite",
            ProblemKind::OutOfRange => "position_out_of_range",
            ProblemKind::PolygonsOverlap | ProblemKind::SelfIntersection => continue,
            _ if is_doubtful(read, rules) => continue,
            ProblemKind::Touches if has_twins => continue,
            ProblemKind::Spike => "ring_spike",
            ProblemKind::HoleOutsideShell | ProblemKind::HolesOverlap => "hole_misplaced",
            _ => "ring_touches",
        };
        let (first, n) = first_of(read, kind);
        let [lon, lat] = first.at.map(coordinate);
        let values = [
            ("place", &*place(first)),
            ("lon", &lon),
            ("lat", &lat),
            ("vertex", &(first.vertex + 1).to_string()),
            ("more", &more(n)),
        ];
        push(rules, issues, finding, &format!("{lon} {lat}"), &values);
    }
    polygons(shape, read, rules, issues);
}

/// Whether the two readings are further apart than the tolerance.
fn is_doubtful(read: &Read, rules: &Rules) -> bool {
    let tolerance = rules.finding("ring_invalid").threshold();
    read.doubt.as_ref().is_some_and(|doubt| (doubt.largest - doubt.smallest).m2() > tolerance)
}

/// An invalid ring, both of its readings and what hangs on it (DQ-01).
fn in_doubt(read: &Read, rules: &Rules, issues: &mut Vec<Issue>) {
    let Some(doubt) = read.doubt.as_ref().filter(|_| is_doubtful(read, rules)) else { return };
    let is_cause = |problem: &&Problem| !matches!(problem.kind, ProblemKind::NotClosed | ProblemKind::RepeatedVertex);
    let Some(first) = read.problems.iter().find(is_cause) else { return };
    let n = read.problems.iter().filter(is_cause).count();
    let (smallest, largest) = (doubt.smallest.m2(), doubt.largest.m2());
    let [lon, lat] = first.at.map(|v| format!("{v:.7}"));
    let values = [
        ("what", what(first.kind).to_owned()),
        ("place", place(first)),
        ("lon", lon.clone()),
        ("lat", lat.clone()),
        ("smallest", m2(smallest)),
        ("largest", m2(largest)),
        ("doubt", m2(largest - smallest)),
        ("more", more(n)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    push(rules, issues, "ring_invalid", &format!("{lon} {lat}"), &values);
}

/// A ring that crosses itself is wrong even where both readings agree: a bow-tie is a square whose vertices
/// were swapped. Both of its parts are told (DQ-01).
fn crossings(shape: &Shape, read: &Read, rules: &Rules, issues: &mut Vec<Issue>) {
    let mut crossings = read.problems.iter().filter(|problem| problem.kind == ProblemKind::SelfIntersection);
    let Some(first) = crossings.next().filter(|_| !is_doubtful(read, rules)) else { return };
    let Some(rings) = shape.polygons().get(first.polygon) else { return };
    let ring = rings.get(first.ring).cloned().unwrap_or_default();
    let alone = geometry::read::read(&Shape::Polygon(vec![ring]), Reading::Largest).region.to_shape();
    let mut parts: Vec<f64> = alone.polygons().iter().map(|part| area_of(part.clone())).collect();
    parts.sort_by(|a, b| b.total_cmp(a));
    let rest: f64 = parts.iter().skip(1).sum();
    let is_large = rest > rules.finding("ring_crosses").threshold();
    let listed: Vec<String> = parts.iter().take(5).map(|part| m2(*part)).collect();
    let [lon, lat] = first.at.map(|v| format!("{v:.7}"));
    let values = [
        ("place", &*place(first)),
        ("lon", &lon),
        ("lat", &lat),
        ("more", &more(1 + crossings.count())),
        ("parts", &listed.join(" and ")),
        ("rest", &m2(rest)),
    ];
    push(
        rules,
        issues,
        if is_large { "ring_crosses" } else { "ring_crosses_little" },
        &format!("{lon} {lat}"),
        &values,
    );
}

fn area_of(rings: Vec<Vec<[f64; 2]>>) -> f64 {
    geometry::read::read(&Shape::Polygon(rings), Reading::Largest).region.area().m2()
}

fn more(n: usize) -> String {
    if n > 1 { format!(" and {} more", n - 1) } else { String::new() }
}

fn what(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::SelfIntersection => "crosses itself",
        ProblemKind::Spike => "has a spike",
        ProblemKind::HoleOutsideShell => "is a hole that leaves its shell",
        ProblemKind::HolesOverlap => "is a hole that overlaps another",
        ProblemKind::PolygonsOverlap => "overlaps another polygon",
        _ => "cannot be read in one way",
    }
}

fn kinds(read: &Read) -> Vec<ProblemKind> {
    let mut kinds: Vec<ProblemKind> = read.problems.iter().map(|problem| problem.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn first_of(read: &Read, kind: ProblemKind) -> (&Problem, usize) {
    let mut of_kind = read.problems.iter().filter(|problem| problem.kind == kind);
    let first = of_kind.next().unwrap_or(&read.problems[0]);
    (first, 1 + of_kind.count())
}

/// Counted from 1, as a person would.
fn place(problem: &Problem) -> String {
    let ring = if problem.ring == 0 { "the outer ring".to_owned() } else { format!("hole {}", problem.ring) };
    format!("{ring} of polygon {} at vertex {}", problem.polygon + 1, problem.vertex + 1)
}

/// Polygons of one record against each other (DQ-03, DQ-11).
fn polygons(shape: &Shape, read: &Read, rules: &Rules, issues: &mut Vec<Issue>) {
    let all = shape.polygons();
    if let Some((first, second)) = twins(all) {
        let values = [("first", &*(first + 1).to_string()), ("second", &(second + 1).to_string())];
        push(rules, issues, "polygon_twice", &format!("polygon {}", second + 1), &values);
        return;
    }
    if !read.problems.iter().any(|problem| problem.kind == ProblemKind::PolygonsOverlap) {
        return;
    }
    let each: f64 = all.iter().map(|rings| area_of(rings.clone())).sum();
    let together = geometry::read::read(shape, Reading::Largest).region.area().m2();
    let (overlap, limit) = (each - together, rules.finding("polygons_overlap").threshold());
    if together > 0.0 && overlap / together * 100.0 > limit {
        let values = [("overlap", &*m2(overlap)), ("percent", &format!("{:.1}", overlap / together * 100.0))];
        push(rules, issues, "polygons_overlap", &format!("{} m²", m2(overlap)), &values);
    }
}

/// The first two polygons with the same coordinates.
fn twins(polygons: &[Vec<Vec<[f64; 2]>>]) -> Option<(usize, usize)> {
    if polygons.len() < 2 {
        return None;
    }
    let key = |rings: &Vec<Vec<[f64; 2]>>| -> Vec<Vec<[u64; 2]>> {
        rings.iter().map(|ring| ring.iter().map(|position| position.map(f64::to_bits)).collect()).collect()
    };
    let mut seen = std::collections::BTreeMap::new();
    polygons.iter().enumerate().find_map(|(at, rings)| seen.insert(key(rings), at).map(|first| (first, at)))
}

/// Holes in a release are land left unreleased; they are listed (DQ-33).
pub(crate) fn holes(shape: &Shape, rules: &Rules, issues: &mut Vec<Issue>) {
    let holes = shape.polygons().iter().flat_map(|rings| rings.iter().skip(1));
    let areas: Vec<f64> = holes.map(|ring| area_of(vec![ring.clone()])).collect();
    if areas.is_empty() {
        return;
    }
    let listed: Vec<String> = areas.iter().take(10).map(|area| m2(*area)).collect();
    let listed = format!("{}{}", listed.join(", "), if areas.len() > 10 { " …" } else { "" });
    let values = [("total", &*m2(areas.iter().sum())), ("list", &listed)];
    push(rules, issues, "hole_in_release", &format!("{} m²", m2(areas.iter().sum())), &values);
}
