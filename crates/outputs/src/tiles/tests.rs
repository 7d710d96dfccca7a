use geometry::Shape;
use geozero::mvt::tile::GeomType;
use geozero::mvt::{Message, Tile as Written};
use proptest::prelude::*;
use records::Feature;
use records::feature::{Column, ColumnType, Layer, LayerGeometry};
use serde_json::json;

use super::*;
use crate::layers::HAZARD;

fn feature(id: &str, class: &str, wkt: &str) -> Feature {
    let serde_json::Value::Object(properties) = json!({"local_id": id, "class": class, "remaining_m2": 12.5}) else {
        unreachable!("an object is an object")
    };
    Feature { id: id.to_owned(), geometry: Some(Shape::from_wkt(wkt).expect("a shape")), properties }
}

fn square(west: f64, south: f64, side: f64) -> String {
    let (east, north) = (west + side, south + side);
    format!("POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))")
}

/// A tile in words: for each feature its id, what it is and its tags.
fn told(source: &Source, tile: Tile) -> String {
    let bytes = bytes(&[source.cut(tile, |_| true)]);
    let written = Written::decode(bytes.as_slice()).expect("a tile");
    let mut text = String::new();
    for layer in &written.layers {
        text += &format!("{} version {} extent {}\n", layer.name, layer.version, layer.extent());
        for feature in &layer.features {
            let tags = feature.tags.chunks(2).map(|tag| {
                let value = &layer.values[tag[1] as usize];
                let value = match (&value.string_value, value.double_value, value.uint_value) {
                    (Some(text), ..) => text.clone(),
                    (_, Some(number), _) => number.to_string(),
                    (.., count) => format!("{count:?}"),
                };
                format!("{}={value}", layer.keys[tag[0] as usize])
            });
            let tags: Vec<String> = tags.collect();
            text += &format!("{:?} {:?} {:?} {}\n", feature.id, feature.r#type(), feature.geometry, tags.join(" "));
        }
    }
    text
}

#[test]
fn a_tile_holds_rings_that_turn_as_the_specification_wants() {
    // Drawn the wrong way round, with a hole.
    let ring = "POLYGON((0 0,0 40,40 40,40 0,0 0),(10 10,20 10,20 20,10 20,10 10))";
    let source = Source::of(&HAZARD, [feature("HA-1", "SHA", ring)].into_iter());
    expect_test::expect![[r#"
        hazard version 2 extent 4096
        Some(7219187670647504) Polygon [9, 4096, 4096, 26, 0, 993, 910, 0, 0, 994, 15, 9, 681, 227, 26, 228, 0, 0, 235, 227, 0, 15] local_id=HA-1 class=SHA remaining_m2=12.5
    "#]]
    .assert_eq(&told(&source, Tile::WORLD));
}

#[test]
fn hazards_too_small_to_see_are_one_point_that_counts_them() {
    let small = [
        feature("HA-1", "SHA", &square(46.0, 40.0, 0.001)),
        feature("HA-2", "CHA", &square(46.01, 40.0, 0.001)),
        feature("HA-3", "CHA", &square(20.0, 40.0, 0.001)),
    ];
    let source = Source::of(&HAZARD, small.into_iter());
    expect_test::expect![[r#"
        hazard version 2 extent 4096
        Some(3249648338284255) Point [9, 4552, 3102] local_id=HA-3 class=CHA remaining_m2=12.5 count=Some(1)
        None Point [9, 5142, 3102] remaining_m2=12.5 count=Some(2)
    "#]]
    .assert_eq(&told(&source, Tile::WORLD));
}

#[test]
fn a_hazard_too_narrow_for_an_area_is_a_line() {
    let narrow = "POLYGON((40 40,60 40,60 40.0001,40 40.0001,40 40))";
    let source = Source::of(&HAZARD, [feature("HA-1", "CHA", narrow)].into_iter());
    let cut = source.cut(Tile::WORLD, |_| true);
    assert!(matches!(&cut.pieces[..], [(0, Piece::Line(lines))] if lines[0].len() == 2), "{cut:?}");
}

#[test]
fn ground_beside_a_tile_leaves_nothing_along_its_edge() {
    // Around the corner of the tile, so that their boxes meet.
    let corner = Tile { z: 4, x: 8, y: 7 };
    let [west, south, east, north] = corner.bounds(0.0);
    let (w, h) = (east - west, north - south);
    let around = format!(
        "POLYGON(({} {},{} {},{} {},{} {}))",
        west - w,
        south + h / 2.0,
        west - w,
        north + h,
        west + w / 2.0,
        north + h,
        west - w,
        south + h / 2.0
    );
    let source = Source::of(&HAZARD, [feature("HA-1", "CHA", &around)].into_iter());
    assert!(source.cut(corner, |_| true).is_empty());
}

/// Every tile that an archive holds.
fn packed(source: Source, deepest: u8) -> Vec<Tile> {
    let mut found = Vec::new();
    let mut go_on = |_: u8, _: usize, _: usize| std::ops::ControlFlow::Continue(());
    pictures::<PackError>(&[source], (0, deepest), &mut go_on, &mut |tile, _| {
        found.push(tile);
        Ok(())
    })
    .expect("packed");
    found
}

#[test]
fn a_small_hazard_on_the_edge_of_a_tile_is_in_the_tiles_below_both() {
    // Half a metre to either side of the meridian that parts the tiles of every zoom.
    let hazard = || Source::of(&HAZARD, [feature("HA-1", "CHA", &square(-0.001, 40.0, 0.002))].into_iter());
    let deepest = 12;
    let found = packed(hazard(), deepest);
    let source = hazard();
    for (x, y) in (2046..2050).flat_map(|x| (1530..1560).map(move |y| (x, y))) {
        let tile = Tile { z: deepest, x, y };
        assert_eq!(found.contains(&tile), !source.cut(tile, |_| true).is_empty(), "{tile:?}");
    }
    assert!([2047, 2048].iter().all(|x| found.iter().any(|tile| tile.z == deepest && tile.x == *x)), "{found:?}");
}

#[test]
fn a_strip_that_runs_through_a_tile_from_side_to_side_is_a_line_there() {
    let strip = "POLYGON((-100 40,100 40,100 40.0001,-100 40.0001,-100 40))";
    let source = Source::of(&HAZARD, [feature("HA-1", "CHA", strip)].into_iter());
    let cut = source.cut(Tile { z: 5, x: 15, y: 12 }, |_| true);
    assert!(matches!(&cut.pieces[..], [(0, Piece::Line(_))]), "{cut:?}");
}

/// The colour of a place of the world's picture.
fn colour(sources: &[Source], [x, y]: [u32; 2]) -> [u8; 3] {
    let cuts: Vec<Cut<'_>> = sources.iter().map(|source| source.cut(Tile::WORLD, |_| true)).collect();
    let png = draw(&cuts).expect("a picture");
    let picture = tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
    let pixel = picture.pixel(x, y).expect("a pixel").demultiply();
    [pixel.red(), pixel.green(), pixel.blue()]
}

#[test]
fn only_ground_of_the_state_looks_released_and_never_the_plot_of_a_report() {
    let plot = || [feature("R-1", "CLEARED", &square(-20.0, -20.0, 40.0))].into_iter();
    let columns = vec![("class", ColumnType::Text)];
    let released = Source::new(crate::layers::RELEASED.to_owned(), String::new(), columns, plot());
    let green = colour(&[released], [PICTURE / 2, PICTURE / 2]);
    assert!(green[1] > green[0] && green[1] > green[2], "{green:?}");
    let reported = Source::of(crate::layers::named("release").expect("a layer"), plot());
    assert_eq!(colour(&[reported], [PICTURE / 2, PICTURE / 2]), [0, 0, 0]);
}

#[test]
fn the_point_of_a_small_hazard_lies_above_that_of_its_outline() {
    let layers = [HAZARD, crate::layers::HAZARD_CONSERVATIVE];
    let small = || [feature("HA-1", "SHA", &square(0.0, 0.0, 0.001))].into_iter();
    for order in [[0, 1], [1, 0]] {
        let sources = order.map(|layer: usize| Source::of(&layers[layer], small()));
        assert_eq!(colour(&sources, [PICTURE / 2, PICTURE / 2]), [0xe5, 0x8a, 0x1f], "{order:?}");
    }
}

const POINTS: Layer = Layer {
    name: "find",
    about: "Finds",
    geometry: LayerGeometry::Point,
    columns: &[Column { name: "local_id", holds: ColumnType::Text }],
};

fn everywhere() -> impl Strategy<Value = String> {
    let place = (-180.0..180.0f64, -85.0..85.0f64);
    let area = (place.clone(), -6.0..2.3f64, 0.0..1.0f64).prop_map(|((west, south), size, flat)| {
        let (side, height) = (10f64.powf(size), 10f64.powf(size) * flat.powi(8));
        let (east, north) = ((west + side).min(180.0), (south + height).min(85.0));
        format!("POLYGON(({west} {south},{east} {south},{east} {north},{west} {south}))")
    });
    prop_oneof![
        area,
        place.clone().prop_map(|(lon, lat)| format!("POINT({lon} {lat})")),
        (place.clone(), place).prop_map(|(a, b)| format!("LINESTRING({} {},{} {})", a.0, a.1, b.0, b.1)),
    ]
}

proptest! {
    /// Over all tiles of a zoom every feature is there: by its id, or counted once.
    #[test]
    fn nothing_vanishes_at_any_zoom(shapes in prop::collection::vec(everywhere(), 1..30), zoom in 0u8..6) {
        let features: Vec<Feature> =
            shapes.iter().enumerate().map(|(n, wkt)| feature(&format!("F-{n}"), "SHA", wkt)).collect();
        let source = Source::of(&POINTS, features.into_iter());

        let (mut seen, mut counted) = (vec![0_usize; shapes.len()], vec![0_usize; shapes.len()]);
        for (x, y) in (0..1 << zoom).flat_map(|x| (0..1 << zoom).map(move |y| (x, y))) {
            let cut = source.cut(Tile { z: zoom, x, y }, |_| true);
            cut.pieces.iter().for_each(|(number, _)| seen[*number] += 1);
            cut.gathered.iter().flat_map(|(_, members)| members).for_each(|number| counted[*number] += 1);
            let written = Written::decode(bytes(&[cut]).as_slice()).unwrap();
            for feature in written.layers.iter().flat_map(|layer| &layer.features) {
                prop_assert!(feature.r#type() != GeomType::Unknown);
            }
        }
        for (number, wkt) in shapes.iter().enumerate() {
            prop_assert!(counted[number] == 0 && seen[number] > 0 || counted[number] == 1 && seen[number] == 0,
                "{wkt}: in {} pieces, counted {} times", seen[number], counted[number]);
        }
    }
}
