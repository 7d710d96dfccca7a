//! Bad geometry, one scene each: what is said of it, and the two readings.
//!
//! Scenes are drawn in metres near the equator, one metre being 1e-5 degree, and areas are given in that m²
//! (a square of 10 by 10 is 100), so that they can be checked by eye.

mod random;

use std::fmt::Write;

use expect_test::{Expect, expect};
use geometry::{ProblemKind, Reading, Region, Shape, read::read};
use random::Random;

/// Rings in metres, `x y` with commas between; rings on lines of their own; a blank line begins another polygon.
fn shape(text: &str) -> Shape {
    let number = |word: &str| match word {
        "inf" => f64::INFINITY,
        "nan" => f64::NAN,
        word => word.parse::<f64>().unwrap() / 1e5,
    };
    let position = |text: &str| {
        let mut words = text.split_whitespace().map(number);
        [words.next().unwrap(), words.next().unwrap()]
    };
    let ring = |line: &str| line.split(',').filter(|p| !p.trim().is_empty()).map(position).collect();
    let polygon = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).map(ring).collect();
    let blank_lines =
        text.lines().map(|line| if line.trim().is_empty() { "|" } else { line }).collect::<Vec<_>>().join("\n");
    Shape::MultiPolygon(blank_lines.split('|').filter(|p| !p.trim().is_empty()).map(polygon).collect())
}

/// In the m² of the scene.
fn drawn_area(region: &Region) -> f64 {
    // A square of one of our metres is 1.2308 m² on the ellipsoid at the equator.
    (region.area().m2() / 1.230_907_3 * 10.0).round() / 10.0
}

fn check(text: &str, expected: Expect) {
    let shape = shape(text);
    let (small, large) = (read(&shape, Reading::Smallest), read(&shape, Reading::Largest));
    assert_eq!(small.problems.len(), large.problems.len());
    assert_eq!((&small.doubt, small.n_problems), (&large.doubt, large.n_problems));
    let mut answer = String::new();
    for problem in &large.problems {
        let [x, y] = problem.at.map(|degrees| (degrees * 1e7).round() / 100.0);
        let place = (problem.polygon, problem.ring, problem.vertex);
        writeln!(answer, "{:?} {place:?} at {x} {y}", problem.kind).unwrap();
    }
    let doubt = if large.doubt.is_some() { ", in doubt" } else { "" };
    writeln!(answer, "smallest {}, largest {}{doubt}", drawn_area(&small.region), drawn_area(&large.region)).unwrap();
    expected.assert_eq(&answer);
}

#[test]
fn a_valid_polygon_is_read_as_drawn() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0",
        expect![[r#"
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn orientation_does_not_matter() {
    check(
        "0 0, 0 10, 10 10, 10 0, 0 0",
        expect![[r#"
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn an_unclosed_ring_is_closed_and_said_to_be_open() {
    check(
        "0 0, 10 0, 10 10, 0 10",
        expect![[r#"
        NotClosed (0, 0, 3) at 0 0
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn repeated_vertices_are_dropped() {
    check(
        "0 0, 0 0, 10 0, 10 10, 10 10, 10 10, 0 10, 0 0, 0 0",
        expect![[r#"
        RepeatedVertex (0, 0, 1) at 0 0
        RepeatedVertex (0, 0, 4) at 10 10
        RepeatedVertex (0, 0, 5) at 10 10
        RepeatedVertex (0, 0, 7) at 0 0
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn two_vertices_are_no_ground() {
    check(
        "0 0, 10 0, 0 0",
        expect![[r#"
        TooFewVertices (0, 0, 0) at 0 0
        smallest 0, largest 0
    "#]],
    );
    check(
        "0 0",
        expect![[r#"
        TooFewVertices (0, 0, 0) at 0 0
        NotClosed (0, 0, 0) at 0 0
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn vertices_on_one_line_are_no_ground() {
    check(
        "0 0, 10 0, 20 0, 0 0",
        expect![[r#"
        Spike (0, 0, 0) at 0 0
        Spike (0, 0, 1) at 10 0
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn nothing_is_no_ground() {
    check(
        "",
        expect![[r#"
        Empty (0, 0, 0) at 0 0
        smallest 0, largest 0
    "#]],
    );
    check(
        ",",
        expect![[r#"
        Empty (0, 0, 0) at 0 0
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn infinite_and_unknown_coordinates_have_no_reading() {
    check(
        "0 0, inf 0, 10 10, 0 0",
        expect![[r#"
        NotFinite (0, 0, 1) at inf 0
        smallest 0, largest 0
    "#]],
    );
    check(
        "0 0, 10 0, 10 nan, 0 0",
        expect![[r#"
        NotFinite (0, 0, 2) at 10 NaN
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn coordinates_off_the_globe_have_no_reading() {
    check(
        "0 0, 1e300 0, 10 10, 0 0",
        expect![[r#"
        OutOfRange (0, 0, 1) at 1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 0
        smallest 0, largest 0
    "#]],
    );
    check(
        "0 0, 10 9000001, 10 10, 0 0",
        expect![[r#"
        OutOfRange (0, 0, 1) at 10 9000001
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn a_jump_across_the_antimeridian_has_no_reading() {
    check(
        "17999999 0, -17999999 0, -17999999 10, 17999999 10, 17999999 0",
        expect![[r#"
        SpansHalfTheGlobe (0, 0, 0) at 17999999 0
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn a_spike_adds_nothing() {
    check(
        "0 0, 10 0, 10 5, 20 5, 10 5, 10 10, 0 10, 0 0",
        expect![[r#"
            Touches (0, 0, 1) at 10 5
            Spike (0, 0, 2) at 10 5
            smallest 100, largest 100
        "#]],
    );
}

#[test]
fn both_halves_of_a_bow_tie_are_ground() {
    check(
        "0 0, 10 10, 10 0, 0 10, 0 0",
        expect![[r#"
        SelfIntersection (0, 0, 0) at 5 5
        smallest 50, largest 50
    "#]],
    );
}

#[test]
fn a_ring_that_loops_over_itself_is_doubtful_where_it_covers_twice() {
    check(
        "0 0, 30 0, 30 20, 10 20, 10 10, 20 10, 20 30, 0 30, 0 0",
        expect![[r#"
        SelfIntersection (0, 0, 2) at 20 20
        smallest 700, largest 800, in doubt
    "#]],
    );
}

#[test]
fn a_ring_drawn_twice_is_doubtful() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0, 10 0, 10 10, 0 10, 0 0",
        expect![[r#"
            SelfIntersection (0, 0, 0) at 0 0
            SelfIntersection (0, 0, 0) at 10 0
            SelfIntersection (0, 0, 2) at 10 10
            SelfIntersection (0, 0, 2) at 0 10
            smallest 0, largest 100, in doubt
        "#]],
    );
}

#[test]
fn a_ring_that_touches_itself_at_a_point_reads_the_same_either_way() {
    check(
        "0 0, 10 0, 10 10, 5 0, 0 10, 0 0",
        expect![[r#"
            Touches (0, 0, 0) at 5 0
            smallest 50, largest 50
        "#]],
    );
}

#[test]
fn a_hole_is_no_ground() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n10 10, 20 10, 20 20, 10 20, 10 10",
        expect![[r#"
        smallest 800, largest 800
    "#]],
    );
}

#[test]
fn a_hole_that_touches_its_shell_at_a_point_is_a_hole() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n0 10, 10 5, 10 15, 0 10",
        expect![[r#"
            Touches (0, 0, 3) at 0 10
            smallest 850, largest 850
        "#]],
    );
}

#[test]
fn a_hole_along_the_side_of_its_shell_is_cut_out() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n0 10, 10 10, 10 20, 0 20, 0 10",
        expect![[r#"
            Touches (0, 0, 3) at 0 10
            Touches (0, 0, 3) at 0 20
            smallest 800, largest 800
        "#]],
    );
}

#[test]
fn a_hole_outside_its_shell_is_no_ground() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n20 0, 30 0, 30 10, 20 10, 20 0",
        expect![[r#"
        HoleOutsideShell (0, 1, 0) at 20 0
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn a_hole_across_its_shell_cuts_only_what_is_within() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n5 2, 15 2, 15 8, 5 8, 5 2",
        expect![[r#"
        HoleOutsideShell (0, 0, 1) at 10 2
        HoleOutsideShell (0, 0, 1) at 10 8
        HoleOutsideShell (0, 1, 0) at 10 2
        smallest 70, largest 70
    "#]],
    );
}

#[test]
fn a_hole_over_its_whole_shell_leaves_nothing() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n0 0, 10 0, 10 10, 0 10, 0 0",
        expect![[r#"
            Touches (0, 0, 0) at 0 0
            Touches (0, 0, 0) at 10 0
            Touches (0, 0, 2) at 10 10
            Touches (0, 0, 2) at 0 10
            smallest 0, largest 0
        "#]],
    );
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n-5 -5, 15 -5, 15 15, -5 15, -5 -5",
        expect![[r#"
        HoleOutsideShell (0, 1, 0) at -5 -5
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn holes_that_overlap_are_doubtful_where_they_do() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n5 5, 15 5, 15 15, 5 15, 5 5\n10 10, 20 10, 20 20, 10 20, 10 10",
        expect![[r#"
        HolesOverlap (0, 1, 1) at 15 10
        HolesOverlap (0, 1, 2) at 10 15
        HolesOverlap (0, 2, 0) at 10 10
        smallest 725, largest 750, in doubt
    "#]],
    );
}

#[test]
fn a_hole_within_a_hole_is_doubtful() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n5 5, 25 5, 25 25, 5 25, 5 5\n10 10, 20 10, 20 20, 10 20, 10 10",
        expect![[r#"
        HolesOverlap (0, 2, 0) at 10 10
        smallest 500, largest 600, in doubt
    "#]],
    );
}

#[test]
fn holes_that_share_a_side_read_the_same_either_way() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n5 5, 15 5, 15 15, 5 15, 5 5\n15 5, 25 5, 25 15, 15 15, 15 5",
        expect![[r#"
            Touches (0, 1, 0) at 15 5
            Touches (0, 1, 2) at 15 15
            smallest 700, largest 700
        "#]],
    );
}

#[test]
fn a_bow_tie_for_a_hole_takes_both_halves() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n10 10, 20 20, 20 10, 10 20, 10 10",
        expect![[r#"
        SelfIntersection (0, 1, 0) at 15 15
        smallest 850, largest 850
    "#]],
    );
}

#[test]
fn holes_of_no_shell_are_no_ground() {
    check(
        "0 0, 10 0, 0 0\n5 5, 6 5, 6 6, 5 5",
        expect![[r#"
        TooFewVertices (0, 0, 0) at 0 0
        HoleOutsideShell (0, 1, 0) at 5 5
        smallest 0, largest 0
    "#]],
    );
}

#[test]
fn polygons_apart_are_added() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n\n20 0, 30 0, 30 10, 20 10, 20 0",
        expect![[r#"
        smallest 200, largest 200
    "#]],
    );
}

#[test]
fn polygons_that_overlap_count_once() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n\n5 0, 15 0, 15 10, 5 10, 5 0",
        expect![[r#"
            Touches (0, 0, 0) at 10 0
            Touches (0, 0, 0) at 5 0
            Touches (0, 0, 2) at 10 10
            Touches (0, 0, 2) at 5 10
            PolygonsOverlap (1, 0, 0) at 5 0
            smallest 150, largest 150
        "#]],
    );
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n\n2 2, 8 2, 8 8, 2 8, 2 2",
        expect![[r#"
        PolygonsOverlap (1, 0, 0) at 2 2
        smallest 100, largest 100
    "#]],
    );
}

#[test]
fn an_island_in_a_hole_is_ground() {
    check(
        "0 0, 30 0, 30 30, 0 30, 0 0\n5 5, 25 5, 25 25, 5 25, 5 5\n\n10 10, 20 10, 20 20, 10 20, 10 10",
        expect![[r#"
        smallest 600, largest 600
    "#]],
    );
}

#[test]
fn polygons_that_share_a_side_are_joined() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n\n10 0, 20 0, 20 10, 10 10, 10 0",
        expect![[r#"
            Touches (0, 0, 0) at 10 0
            Touches (0, 0, 2) at 10 10
            smallest 200, largest 200
        "#]],
    );
}

#[test]
fn a_polygon_drawn_twice_counts_once() {
    check(
        "0 0, 10 0, 10 10, 0 10, 0 0\n\n0 0, 10 0, 10 10, 0 10, 0 0",
        expect![[r#"
            Touches (0, 0, 0) at 0 0
            Touches (0, 0, 0) at 10 0
            Touches (0, 0, 2) at 10 10
            Touches (0, 0, 2) at 0 10
            PolygonsOverlap (1, 0, 0) at 0 0
            smallest 100, largest 100
        "#]],
    );
}

#[test]
fn shapes_that_are_not_areas_are_no_ground() {
    for shape in [Shape::Point([1.0, 2.0]), Shape::LineString(vec![[1.0, 2.0], [2.0, 3.0]]), Shape::Collection(vec![])]
    {
        let read = read(&shape, Reading::Largest);
        assert!(read.region.is_empty());
        assert_eq!(read.problems.iter().map(|p| p.kind).collect::<Vec<_>>(), [ProblemKind::Empty]);
    }
}

#[test]
fn the_smallest_reading_lies_within_the_largest() {
    let mut random = Random(31);
    for _ in 0..random::rounds(1_000) {
        let ring = |random: &mut Random| {
            let n = random.below(9);
            (0..n).map(|_| [random.below(12) as f64 * 1e-4, random.below(12) as f64 * 1e-4]).collect::<Vec<_>>()
        };
        let polygon = |random: &mut Random| (0..random.below(4)).map(|_| ring(random)).collect::<Vec<_>>();
        let shape = Shape::MultiPolygon((0..random.below(4)).map(|_| polygon(&mut random)).collect());
        let (small, large) = (read(&shape, Reading::Smallest), read(&shape, Reading::Largest));
        let beyond = geometry::arrangement::difference(&small.region, &large.region).area().m2();
        assert!(beyond.abs() < 1e-6, "{beyond} {shape:?}");
        let gap = (large.region.area() - small.region.area()).m2();
        match large.doubt {
            Some(doubt) => {
                assert!((doubt.largest - large.region.area()).m2().abs() < 1e-6);
                assert!((doubt.smallest - small.region.area()).m2().abs() < 1e-6);
                assert!(gap > 1e-3, "{shape:?}");
                assert!(large.problems.iter().any(|p| p.kind >= ProblemKind::SelfIntersection), "{shape:?}");
            }
            None => assert!(gap.abs() < 1e-6, "{shape:?}"),
        }
    }
}

#[test]
fn reading_what_was_written_changes_nothing() {
    let mut random = Random(32);
    for _ in 0..random::rounds(1_000) {
        let ring = |random: &mut Random| {
            let n = 3 + random.below(9);
            (0..n).map(|_| [random.below(12) as f64 * 1e-4, random.below(12) as f64 * 1e-4]).collect::<Vec<_>>()
        };
        let shape = Shape::Polygon((0..1 + random.below(3)).map(|_| ring(&mut random)).collect());
        let first = read(&shape, Reading::Largest).region;
        let again = read(&first.to_shape(), Reading::Largest);
        assert_eq!(again.doubt, None);
        assert!((again.region.area() - first.area()).m2().abs() < 0.1, "{shape:?}");
    }
}
