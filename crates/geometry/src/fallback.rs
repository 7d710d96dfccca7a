//! The other engine: i_overlay, asked where a guard of [`crate::arrangement`] fails, and as an oracle in tests.
//!
//! A chain of intersections and differences, one polygon after another, with the even-odd rule.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use crate::area::{Area, Belt};
use crate::arrangement::{Arrangement, Mask};
use crate::grid::Node;
use crate::region::Region;
use crate::{nesting, rings};

/// Rings, ground by the even-odd rule.
pub(crate) type Contours = Vec<Vec<Node>>;

/// Cut the frame by the polygons.
pub(crate) fn arrange(frame: &Region, polygons: &[&Region]) -> Arrangement {
    let Some(extent) = frame.extent() else { return Arrangement::default() };
    let mut faces: Vec<(Vec<usize>, Contours)> = vec![(Vec::new(), frame.rings())];
    for (i, polygon) in polygons.iter().enumerate() {
        if !polygon.extent().is_some_and(|e| e.meets(&extent)) {
            continue;
        }
        let polygon = polygon.rings();
        for (mut mask, face) in std::mem::take(&mut faces) {
            let outside = overlay(&face, &polygon, OverlayRule::Difference);
            let inside = overlay(&face, &polygon, OverlayRule::Intersect);
            if !outside.is_empty() {
                faces.push((mask.clone(), outside));
            }
            if !inside.is_empty() {
                mask.push(i);
                faces.push((mask, inside));
            }
        }
    }
    let belt = Belt::between(extent.south, extent.north);
    let measured = |(mask, rings): (Vec<usize>, Contours)| (Mask::from_iter(mask), area(&belt, &rings), rings);
    let mut faces: Vec<(Mask, Area, Contours)> = faces.into_iter().map(measured).collect();
    faces.sort_unstable_by(|f, g| f.0.cmp(&g.0));
    Arrangement::of_contours(faces)
}

/// Ground covered by any of the contours.
pub(crate) fn union<'a>(all: impl IntoIterator<Item = &'a Contours>) -> Region {
    let mut total = Contours::new();
    for contours in all {
        total = overlay(&total, contours, OverlayRule::Union);
    }
    rings::link(total.iter().flat_map(|ring| nesting::edges(ring)).collect())
}

/// Ground of some contours that others do not cover.
#[cfg(test)]
fn difference(from: &Contours, less: &Contours) -> Region {
    rings::link(overlay(from, less, OverlayRule::Difference).iter().flat_map(|ring| nesting::edges(ring)).collect())
}

fn area(belt: &Belt, rings: &Contours) -> Area {
    let middle = belt.middle();
    let under = |[a, b]: [Node; 2]| belt.under(b[0] - a[0], a[1] - middle, b[1] - middle);
    Area::from_units(-rings.iter().flat_map(|ring| nesting::edges(ring)).map(under).sum::<i128>())
}

/// Shells anticlockwise, holes clockwise.
fn overlay(subject: &Contours, clip: &Contours, rule: OverlayRule) -> Contours {
    let mut engine = Overlay::<i64>::new(64);
    for (contours, side) in [(subject, ShapeType::Subject), (clip, ShapeType::Clip)] {
        for ring in contours {
            engine.add_path_iter(ring.iter().map(|[x, y]| IntPoint::new(*x, *y)), side);
        }
    }
    let shapes = engine.overlay(rule, FillRule::EvenOdd);
    shapes.into_iter().flatten().map(|ring| ring.into_iter().map(|p| [p.x, p.y]).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrangement;
    use crate::read::{Reading, read};
    use crate::shape::Shape;

    /// The same numbers on every machine (Knuth's MMIX generator).
    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut state = 2024_u64;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        }
    }

    /// A random polygon of some hundred metres.
    fn polygon(next: &mut impl FnMut(u64) -> u64) -> Region {
        let n = 3 + next(8);
        let ring =
            (0..n).map(|_| [17.0 + next(4_000_000) as f64 * 1e-9, 44.0 + next(4_000_000) as f64 * 1e-9]).collect();
        read(&Shape::Polygon(vec![ring]), Reading::Largest).region
    }

    #[test]
    fn both_engines_find_the_same_faces() {
        let mut next = numbers();
        for _ in 0..200 {
            let frame = polygon(&mut next);
            let polygons: Vec<Region> = (0..next(7)).map(|_| polygon(&mut next)).collect();
            let polygons: Vec<&Region> = polygons.iter().collect();
            let (own, other) = (arrangement::arrange(&frame, &polygons), arrange(&frame, &polygons));
            assert!(!own.fell_back() && other.fell_back());
            let area_of = |arrangement: &Arrangement, mask: &Mask| -> f64 {
                arrangement.faces().iter().filter(|face| face.mask == *mask).map(|face| face.area.m2()).sum()
            };
            for mask in own.faces().iter().chain(other.faces()).map(|face| &face.mask) {
                // Each rounds crossings to the same grid, in an order of its own.
                assert!((area_of(&own, mask) - area_of(&other, mask)).abs() < 0.1, "{mask:?}");
                let regions = [&own, &other].map(|arrangement| arrangement.region(|m| m == mask).area().m2());
                assert!((regions[0] - regions[1]).abs() < 0.1, "{mask:?}");
            }
        }
    }

    #[test]
    fn both_engines_unite_and_subtract_alike() {
        let mut next = numbers();
        for _ in 0..200 {
            let (a, b) = (polygon(&mut next), polygon(&mut next));
            let (own, other) = (crate::arrangement::union(&[&a, &b]), union(&[a.rings(), b.rings()]));
            assert!((own.area() - other.area()).m2().abs() < 0.1);
            let (own, other) = (crate::arrangement::difference(&a, &b), difference(&a.rings(), &b.rings()));
            assert!((own.area() - other.area()).m2().abs() < 0.1);
        }
    }
}
