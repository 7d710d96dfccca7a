//! Tiles as pictures, in the colours and patterns of the field (UI: one colour language), for programs that show
//! pictures only, such as ODK Collect without a network.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pattern, Pixmap, SpreadMode, Stroke,
    StrokeDash, Transform,
};

use super::archive::PackError;
use super::cut::{Cut, EXTENT, Piece, Trace};
use crate::look::{CHA, GREY, INK, Look, Mark, PAPER, Rgb, Style};

/// Pixels along the side of a picture.
pub const PICTURE: u32 = 256;

/// Side of a pattern, pixels. A divisor of [`PICTURE`], so that patterns go on in the next tile.
const PATTERN: u32 = 8;

struct Pen {
    colour: Rgb,
    width: f32,
    dash: Option<[f32; 2]>,
}

impl Pen {
    fn of(style: Style, width: f32) -> Pen {
        match style {
            Style::Ground(look) => Pen { colour: look.ground, width, dash: None },
            Style::Dashed => Pen { colour: INK, width: 1.5, dash: Some([5.0, 4.0]) },
            Style::Thin | Style::Event => Pen { colour: GREY, width: 1.2, dash: None },
        }
    }
}

/// The layers in one picture (PNG): ground below outlines below points, of which those of hazards lie uppermost.
pub fn draw(cuts: &[Cut<'_>]) -> Result<Vec<u8>, PackError> {
    let failed = || PackError::Picture("there is no memory for it".to_owned());
    let mut picture = Pixmap::new(PICTURE, PICTURE).ok_or_else(failed)?;
    let order = |cut: &&Cut<'_>| match cut.source.name() {
        "hazard_conservative" => 2,
        "hazard" => 1,
        _ => 0,
    };
    let mut sorted: Vec<&Cut<'_>> = cuts.iter().collect();
    sorted.sort_by_key(order);
    for cut in &sorted {
        for (number, piece) in &cut.pieces {
            let style = style(cut, *number);
            match piece {
                Piece::Point(_) => {}
                Piece::Line(lines) => stroke(&mut picture, lines, false, &Pen::of(style, 2.0)),
                Piece::Area(polygons) => {
                    for rings in polygons {
                        if let Style::Ground(look) = style {
                            fill(&mut picture, rings, look).ok_or_else(failed)?;
                        }
                        stroke(&mut picture, rings, true, &Pen::of(style, 1.5));
                    }
                }
            }
        }
    }
    // What the outline says of a small hazard, the hazard itself says better.
    sorted.sort_by_key(|cut| match cut.source.name() {
        "hazard_conservative" => 0,
        "hazard" => 2,
        _ => 1,
    });
    for cut in &sorted {
        let points = cut.pieces.iter().filter_map(|(number, piece)| match piece {
            Piece::Point(at) => Some((*at, vec![*number])),
            _ => None,
        });
        for (at, members) in points.chain(cut.gathered.iter().cloned()) {
            let colour = members.iter().map(|member| dot(cut, *member)).max_by_key(|(rank, _)| *rank);
            let radius = 2.5 + 0.5 * (members.len() as f32).log10();
            circle(&mut picture, at, radius, colour.map_or(GREY, |(_, colour)| colour));
        }
    }
    picture.encode_png().map_err(|error| PackError::Picture(error.to_string()))
}

fn style(cut: &Cut<'_>, number: usize) -> Style {
    Style::of(cut.source.name(), cut.source.value(number, "class").and_then(|value| value.as_str()))
}

/// The colour of a point, and which prevails where several are one.
fn dot(cut: &Cut<'_>, number: usize) -> (u8, Rgb) {
    match (style(cut, number), cut.source.name()) {
        (Style::Ground(look), "hazard") => (if look.ground == CHA.ground { 3 } else { 2 }, look.ground),
        (Style::Ground(look), _) => (0, look.ground),
        (Style::Event, _) => (1, INK),
        _ => (0, GREY),
    }
}

fn paint(colour: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(colour[0], colour[1], colour[2], 255);
    paint
}

fn place(at: [i32; 2]) -> (f32, f32) {
    let scale = PICTURE as f32 / EXTENT as f32;
    (at[0] as f32 * scale, at[1] as f32 * scale)
}

fn path(lines: &[Trace], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for line in lines {
        for (n, at) in line.iter().enumerate() {
            let (x, y) = place(*at);
            if n == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        if is_closed {
            path.close();
        }
    }
    path.finish()
}

/// Draw lines, or rings (`is_closed`).
fn stroke(picture: &mut Pixmap, lines: &[Trace], is_closed: bool, pen: &Pen) {
    let Pen { colour, width, dash } = pen;
    let dash = dash.and_then(|dash| StrokeDash::new(dash.to_vec(), 0.0));
    let stroke =
        Stroke { width: *width, line_cap: LineCap::Butt, line_join: LineJoin::Round, dash, ..Default::default() };
    if let Some(path) = path(lines, is_closed) {
        picture.stroke_path(&path, &paint(*colour), &stroke, Transform::identity(), None);
    }
}

fn fill(picture: &mut Pixmap, rings: &[Trace], look: &Look) -> Option<()> {
    let (path, pattern) = (path(rings, true)?, pattern(look)?);
    // The picture lies over another map, which must stay readable.
    let shader = Pattern::new(pattern.as_ref(), SpreadMode::Repeat, FilterQuality::Nearest, 0.8, Transform::identity());
    let paint = Paint { shader, ..Default::default() };
    picture.fill_path(&path, &paint, FillRule::EvenOdd, Transform::identity(), None);
    Some(())
}

fn pattern(look: &Look) -> Option<Pixmap> {
    let mut pattern = Pixmap::new(PATTERN, PATTERN)?;
    pattern.fill(Color::from_rgba8(look.ground[0], look.ground[1], look.ground[2], 255));
    let mut marks = PathBuilder::new();
    let side = PATTERN as f32;
    let rising = [(-2.0, 2.0, 2.0, -2.0), (0.0, side, side, 0.0), (side - 2.0, side + 2.0, side + 2.0, side - 2.0)];
    let falling = rising.map(|(x1, y1, x2, y2)| (side - x1, y1, side - x2, y2));
    let lines = match look.mark {
        Mark::Plain | Mark::Dots => Vec::new(),
        Mark::Lines => vec![(0.0, side / 2.0, side, side / 2.0)],
        Mark::Hatch => rising.to_vec(),
        Mark::CrossHatch => [rising, falling].concat(),
    };
    for (x1, y1, x2, y2) in lines {
        marks.move_to(x1, y1);
        marks.line_to(x2, y2);
    }
    if let Some(path) = marks.finish() {
        let stroke = Stroke { width: 1.0, ..Default::default() };
        pattern.stroke_path(&path, &paint(look.line), &stroke, Transform::identity(), None);
    }
    if matches!(look.mark, Mark::Dots) {
        for at in [2.0, 6.0] {
            if let Some(path) = PathBuilder::from_circle(at, at, 0.9) {
                pattern.fill_path(&path, &paint(look.line), FillRule::Winding, Transform::identity(), None);
            }
        }
    }
    Some(pattern)
}

fn circle(picture: &mut Pixmap, at: [i32; 2], radius: f32, colour: Rgb) {
    let (x, y) = place(at);
    for (radius, colour) in [(radius + 1.0, PAPER), (radius, colour)] {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            picture.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
        }
    }
}
