//! What must hold of every arrangement, whatever the polygons.

mod random;

use geometry::arrangement::{difference, intersection, union};
use geometry::{Area, Mask, Reading, Region, Shape, read::read};
use proptest::prelude::*;

/// Polygons of up to ten vertices on a grid of 40 by 40 nanodegrees: as rough a test of rounding as there can be.
fn coarse_region() -> impl Strategy<Value = Region> {
    let position = (0..40_i32, 0..40_i32).prop_map(|(x, y)| [f64::from(x) * 1e-9, f64::from(y) * 1e-9]);
    let rings = prop::collection::vec(prop::collection::vec(position, 3..10), 1..3);
    rings.prop_map(|rings| read(&Shape::Polygon(rings), Reading::Largest).region)
}

/// Polygons some hundred metres wide around one place.
fn region_of_hectares() -> impl Strategy<Value = Region> {
    let position = (0..4_000_000_i32, 0..4_000_000_i32)
        .prop_map(|(x, y)| [17.0 + f64::from(x) * 1e-9, 44.0 + f64::from(y) * 1e-9]);
    let ring = prop::collection::vec(position, 3..12);
    ring.prop_map(|ring| read(&Shape::Polygon(vec![ring]), Reading::Largest).region)
}

fn any_region() -> impl Strategy<Value = Region> {
    prop_oneof![coarse_region(), region_of_hectares()]
}

/// Splitting moves each border by less than 10 µm.
fn near(a: Area, b: Area) -> bool {
    (a - b).m2().abs() < 0.1
}

fn sum(areas: impl IntoIterator<Item = Area>) -> Area {
    areas.into_iter().sum()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(random::rounds(256) as u32)
    })]

    #[test]
    fn faces_sum_to_the_frame_and_have_distinct_masks_in_order(
        frame in any_region(),
        polygons in prop::collection::vec(any_region(), 0..8),
    ) {
        let arrangement = geometry::arrange(&frame, &polygons.iter().collect::<Vec<_>>());
        prop_assert!(!arrangement.fell_back());
        prop_assert!(near(sum(arrangement.faces().iter().map(|f| f.area)), frame.area()));
        prop_assert!(arrangement.faces().windows(2).all(|pair| pair[0].mask < pair[1].mask));
        prop_assert!(near(arrangement.region(|_| true).area(), frame.area()));
        prop_assert!(arrangement.region(|_| false).is_empty());
        for face in arrangement.faces() {
            prop_assert!(near(arrangement.region(|m| *m == face.mask).area(), face.area));
        }
    }

    #[test]
    fn the_order_of_polygons_changes_nothing(
        frame in any_region(),
        polygons in prop::collection::vec(any_region(), 1..8),
        by in 0..8_usize,
    ) {
        let n = polygons.len();
        let turned: Vec<&Region> = (0..n).map(|i| &polygons[(i + by) % n]).collect();
        let one = geometry::arrange(&frame, &polygons.iter().collect::<Vec<_>>());
        let other = geometry::arrange(&frame, &turned);
        prop_assert_eq!(one.faces().len(), other.faces().len());
        for face in one.faces() {
            let mask: Mask = face.mask.ones().map(|i| (i + n - by % n) % n).collect();
            let same = other.faces().iter().find(|f| f.mask == mask).expect("the same face");
            prop_assert_eq!(same.area, face.area);
            prop_assert_eq!(one.region(|m| *m == face.mask), other.region(|m| *m == mask));
        }
        prop_assert_eq!(union(&turned), union(&polygons.iter().collect::<Vec<_>>()));
    }

    #[test]
    fn used_working_memory_changes_nothing(
        first in any_region(), frame in any_region(), polygons in prop::collection::vec(any_region(), 0..6),
    ) {
        let polygons: Vec<&Region> = polygons.iter().collect();
        geometry::arrange(&first, &polygons);
        let used = geometry::arrange(&frame, &polygons);
        // Each thread has memory of its own.
        let unused = std::thread::scope(|scope| scope.spawn(|| geometry::arrange(&frame, &polygons)).join());
        prop_assert_eq!(&used, &unused.expect("no panic"));
        let areas = geometry::faces(&frame, &polygons);
        prop_assert_eq!(areas.list.as_slice(), used.faces());
    }

    #[test]
    fn what_is_within_and_what_is_without_make_the_whole(a in any_region(), b in any_region()) {
        prop_assert!(near(difference(&a, &b).area() + intersection(&a, &b).area(), a.area()));
        prop_assert!(near(union(&[&a, &b]).area() + intersection(&a, &b).area(), a.area() + b.area()));
        prop_assert!(near(intersection(&a, &b).area(), intersection(&b, &a).area()));
    }

    #[test]
    fn a_union_covers_each_of_its_parts(a in any_region(), b in any_region()) {
        let both = union(&[&a, &b]);
        prop_assert!(near(difference(&a, &both).area(), Area::ZERO));
        prop_assert_eq!(union(&[&both]), both.clone());
        prop_assert_eq!(union(&[&both, &both]), both);
    }

    #[test]
    fn a_region_less_itself_is_nothing_and_shared_with_itself_is_itself(a in any_region()) {
        prop_assert!(difference(&a, &a).is_empty());
        let shared = intersection(&a, &a);
        prop_assert!(difference(&a, &shared).is_empty() && difference(&shared, &a).is_empty());
        prop_assert_eq!(&intersection(&shared, &shared), &shared);
        // A node in the middle of a straight border is dropped, and with it the rounding of its term: 1e-9 m² a node.
        let apart = (shared.area() - a.area()).units().unsigned_abs();
        prop_assert!(apart <= a.n_vertices() as u128, "{apart} units");
    }

    #[test]
    fn a_point_inside_is_inside_and_within_the_bounds(a in any_region()) {
        let inside = a.inside_position();
        prop_assert_eq!(inside.is_none(), a.is_empty());
        if let (Some(position), Some([west, south, east, north])) = (inside, a.bounds()) {
            prop_assert!(a.covers(position));
            prop_assert!(west <= position[0] && position[0] <= east && south <= position[1] && position[1] <= north);
        }
    }
}

fn square(x: f64, y: f64, side: f64) -> Region {
    let ring = vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
    read(&Shape::Polygon(vec![ring]), Reading::Largest).region
}

#[test]
fn more_polygons_than_any_machine_word_has_bits_cut_one_frame() {
    let frame = square(17.0, 44.0, 0.01);
    let polygons: Vec<Region> = (0..300).map(|i| square(17.0 + f64::from(i) * 3e-5, 44.001, 0.0005)).collect();
    let arrangement = geometry::arrange(&frame, &polygons.iter().collect::<Vec<_>>());
    assert!(!arrangement.fell_back());
    let total: Area = arrangement.faces().iter().map(|f| f.area).sum();
    assert!((total - frame.area()).m2().abs() < 0.1);
    for (i, polygon) in polygons.iter().enumerate() {
        let covered: Area = arrangement.faces().iter().filter(|f| f.mask.contains(i)).map(|f| f.area).sum();
        assert!((covered - intersection(&frame, polygon).area()).m2().abs() < 1e-3, "polygon {i}");
    }
    let widest = arrangement.faces().iter().map(|f| f.mask.ones().count()).max();
    assert_eq!(widest, Some(17));
}

#[test]
fn a_wide_mask_knows_its_polygons() {
    let mask: Mask = [0, 63, 64, 127, 128, 299].into_iter().collect();
    assert_eq!(mask.ones().collect::<Vec<_>>(), [0, 63, 64, 127, 128, 299]);
    assert!(mask.contains(64) && !mask.contains(65) && !mask.contains(100_000));
    assert!(!mask.is_empty() && Mask::default().is_empty());
}

#[test]
fn releases_whose_common_side_differs_by_the_last_bit_release_everything() {
    // GEOS answered nothing at all for a difference of such quads (libgeos issue 1344).
    let x = 17.123_456_789_012_3_f64;
    let quad = |west: f64, east: f64| {
        let ring = vec![[west, 44.0], [east, 44.0], [east, 44.001], [west, 44.001], [west, 44.0]];
        read(&Shape::Polygon(vec![ring]), Reading::Smallest).region
    };
    let (hazard, west, east) = (quad(17.123, 17.124), quad(17.123, x), quad(x.next_up(), 17.124));
    let arrangement = geometry::arrange(&hazard, &[&west, &east]);
    let remaining = arrangement.region(Mask::is_empty);
    assert!(remaining.is_empty(), "{remaining:?}");
    assert!((west.area() + east.area() - hazard.area()).m2().abs() < 1e-6);
}

#[test]
fn slivers_thinner_than_the_grid_are_kept_or_dropped_but_never_disturb() {
    let hazard = square(17.0, 44.0, 0.001);
    for width in [1e-13, 1e-12, 1e-10, 4e-10, 1e-9, 1e-8] {
        let sliver = |x: f64| {
            let ring = vec![[x, 43.9999], [x + width, 43.9999], [x + 2.0 * width, 44.002], [x, 44.002]];
            read(&Shape::Polygon(vec![ring]), Reading::Smallest).region
        };
        let slivers: Vec<Region> = (0..20).map(|i| sliver(17.0 + f64::from(i) * 5.000_000_3e-5)).collect();
        let arrangement = geometry::arrange(&hazard, &slivers.iter().collect::<Vec<_>>());
        assert!(!arrangement.fell_back());
        let released: f64 = arrangement.faces().iter().filter(|f| !f.mask.is_empty()).map(|f| f.area.m2()).sum();
        // 111 m long, at most twice as wide as drawn and a step of the grid.
        assert!((0.0..=20.0 * 112.0 * (2.0 * width + 1e-9) * 111_000.0).contains(&released), "{width}: {released}");
        let total: f64 = arrangement.faces().iter().map(|f| f.area.m2()).sum();
        assert!((total - hazard.area().m2()).abs() < 0.01);
    }
}

#[test]
fn a_border_that_only_passes_by_or_below_counts_all_the_same() {
    let frame = square(17.0, 44.0, 0.001);
    // A district far larger than the frame: no vertex and no edge near it.
    let around = square(10.0, 40.0, 10.0);
    let faces = |polygon: &Region| {
        let arrangement = geometry::arrange(&frame, &[polygon]);
        arrangement.faces().iter().map(|f| f.mask.contains(0)).collect::<Vec<_>>()
    };
    assert_eq!(faces(&around), [true]);
    assert_eq!(faces(&difference(&around, &square(16.0, 43.0, 2.0))), [false]);
    // A comb of teeth below the frame, joined to the west of it: its gaps do not reach the frame.
    let mut comb = vec![[16.0, 45.0], [16.0, 43.0]];
    comb.extend((0..200).map(|i| [16.99 + f64::from(i) * 1e-4, if i % 2 == 0 { 43.5 } else { 43.999 }]));
    comb.push([18.0, 45.0]);
    assert_eq!(faces(&read(&Shape::Polygon(vec![comb]), Reading::Largest).region), [true]);
}

#[test]
fn nothing_to_cut_and_nothing_to_cut_with() {
    let frame = square(17.0, 44.0, 0.001);
    assert!(geometry::arrange(&Region::empty(), &[&frame]).faces().is_empty());
    assert!(geometry::arrange(&Region::empty(), &[]).region(|_| true).is_empty());
    let alone = geometry::arrange(&frame, &[]);
    assert_eq!(alone.faces().iter().map(|f| f.area).collect::<Vec<_>>(), [frame.area()]);
    assert_eq!(geometry::arrange(&frame, &[&Region::empty()]).faces(), alone.faces());
    assert!(union(&[]).is_empty());
}
