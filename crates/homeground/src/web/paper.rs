//! `/map/print`: the map on paper, true to scale, and `/map/sheet.svg`: the sheet itself.
//!
//! One millimetre of the drawing is one millimetre of paper. The plane is UTM on WGS 84 in the zone of the centre,
//! divided by its scale there, so that a distance on paper times the scale is the distance on the ground.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use geodesy::crs::{CrsCode, Transform};
use geodesy::grid::grid_at;
use geodesy::magnetic::{Model, declination};
use geodesy::mgrs::{utm_code, utm_zone};
use geodesy::place::{self, Notation};
use geodesy::{grid, mgrs};
use ledger::grid::meet;
use ledger::{Land, Standing, View};
use maud::{Markup, html};
use records::RecordKind;

use super::asked::{Asked, Grid};
use super::drawing::Plane;
use super::ground::{Look, patterns};
use super::page::{Head, Tab, page, raw};
use super::problem::Problem;
use super::quantity::{count, grouped};
use super::{App, Scene, hazards, layers, map};

/// Scales offered; any between the first and the last [`LIMITS`] can be asked for.
const SCALES: [u32; 8] = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000];
const LIMITS: [u32; 2] = [500, 1_000_000];

/// Name, short side and long side in millimetres (ISO 216).
const PAPERS: [(&str, f64, f64); 2] = [("A4", 210.0, 297.0), ("A3", 297.0, 420.0)];

/// Millimetres around the frame: left and right, above, below.
const SIDE: f64 = 14.0;
const ABOVE: f64 = 28.0;
const BELOW: f64 = 54.0;

/// What is asked of the printer.
#[derive(Debug, Clone, Copy)]
struct Layout {
    paper: &'static str,
    is_landscape: bool,
    width: f64,
    height: f64,
    /// A metre on the ground is 1000 mm divided by this.
    scale: u32,
    centre: [f64; 2],
}

impl Layout {
    fn asked(scene: &Scene<'_>) -> Result<Layout, Problem> {
        let asked = scene.asked;
        let named = asked.get("paper").unwrap_or("A4");
        let found = PAPERS.into_iter().find(|(name, ..)| *name == named);
        let (paper, short, long) = found.ok_or_else(|| Problem::bad_query("paper", named, "A4 or A3"))?;
        let is_landscape = match asked.get("orientation") {
            None | Some("landscape") => true,
            Some("portrait") => false,
            Some(other) => return Err(Problem::bad_query("orientation", other, "landscape or portrait")),
        };
        let (width, height) = if is_landscape { (long, short) } else { (short, long) };
        let bounds = map::bounds(scene)?;
        let centre = match asked.get("centre") {
            Some(text) => read_centre(text)?,
            None => [(bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0],
        };
        let wanted = format!("a whole number from {} to {}, such as 10000 for 1:10 000", LIMITS[0], LIMITS[1]);
        let scale = match asked.parsed::<u32>("scale", &wanted)? {
            Some(scale) if (LIMITS[0]..=LIMITS[1]).contains(&scale) => scale,
            Some(scale) => return Err(Problem::bad_query("scale", &scale.to_string(), &wanted)),
            None => fitting(bounds, width, height),
        };
        Ok(Layout { paper, is_landscape, width, height, scale, centre })
    }

    fn orientation(&self) -> &'static str {
        if self.is_landscape { "landscape" } else { "portrait" }
    }

    /// West, north, width and height of the frame around the map, millimetres.
    fn frame(&self) -> [f64; 4] {
        [SIDE, ABOVE, self.width - 2.0 * SIDE, self.height - ABOVE - BELOW]
    }
}

/// Any notation that a reader may have before him.
fn read_centre(text: &str) -> Result<[f64; 2], Problem> {
    let notations = [Notation::Mgrs, Notation::Utm, Notation::Crs(CrsCode::WGS_84)];
    let found = notations.into_iter().find_map(|notation| place::read(text, notation, None).ok());
    let wanted =
        "a place: latitude and longitude (40.1065 46.0383), MGRS (38T NK 88359 39333) or UTM (38 north 588360 4439333)";
    found.map(|place| place.lonlat).ok_or_else(|| Problem::bad_query("centre", text, wanted))
}

/// A place in the reader's grid, as [`read_centre`] reads it.
pub fn written([lon, lat]: [f64; 2], grid: Grid) -> String {
    let degrees = || format!("{lat:.5} {lon:.5}");
    match grid {
        Grid::LatLon => degrees(),
        Grid::Mgrs => mgrs::write([lon, lat], 10).unwrap_or_else(|_| degrees()),
        Grid::Utm => {
            let (zone, is_north) = (utm_zone([lon, lat]), lat >= 0.0);
            let way = Transform::new(CrsCode::WGS_84, utm_code(zone, is_north), None);
            let image = way.and_then(|way| way.apply([lon, lat]));
            let word = if is_north { "north" } else { "south" };
            image.map_or_else(|_| degrees(), |[east, north]| format!("{zone} {word} {east:.0} {north:.0}"))
        }
    }
}

/// The largest scale offered at which everything recorded fits.
fn fitting([w, s, e, n]: [f64; 4], width: f64, height: f64) -> u32 {
    let middle = [(w + e) / 2.0, (s + n) / 2.0];
    let across = grid::inverse([w, middle[1]], [e, middle[1]]).1;
    let along = grid::inverse([middle[0], s], [middle[0], n]).1;
    let fits = |scale: &u32| {
        let metres = |mm: f64| mm * f64::from(*scale) / 1000.0 * 0.95;
        across <= metres(width - 2.0 * SIDE) && along <= metres(height - ABOVE - BELOW)
    };
    SCALES.into_iter().find(|scale| fits(scale)).unwrap_or(SCALES[SCALES.len() - 1])
}

/// Paper as a plane: degrees in, millimetres out.
struct Paper {
    layout: Layout,
    zone: u8,
    is_north: bool,
    way: Transform,
    back: Transform,
    /// Easting and northing of the centre.
    origin: [f64; 2],
    /// From true north to grid north at the centre, degrees.
    convergence_deg: f64,
    /// Millimetres of paper in a metre of the grid.
    mm_a_metre: f64,
}

impl Paper {
    fn of(layout: Layout) -> Result<Paper, Problem> {
        let [lon, lat] = layout.centre;
        if !(-80.0..=84.0).contains(&lat) {
            let text = format!("{lat} {lon}");
            return Err(Problem::bad_query("centre", &text, "between 80°S and 84°N, where UTM reaches"));
        }
        let (zone, is_north) = (utm_zone(layout.centre), lat >= 0.0);
        let code = utm_code(zone, is_north);
        let failed = |error: &dyn std::fmt::Display| Problem::bug(error);
        let way = Transform::new(CrsCode::WGS_84, code, None).map_err(|error| failed(&error))?;
        let back = Transform::new(code, CrsCode::WGS_84, None).map_err(|error| failed(&error))?;
        let origin = way.apply(layout.centre).map_err(|error| failed(&error))?;
        let at = grid_at(code, layout.centre).map_err(|error| failed(&error))?;
        let mm_a_metre = 1000.0 / f64::from(layout.scale) / at.scale;
        Ok(Paper { layout, zone, is_north, way, back, origin, convergence_deg: at.convergence_deg, mm_a_metre })
    }

    /// Where a place of the grid falls on the paper.
    fn of_grid(&self, [east, north]: [f64; 2]) -> (f64, f64) {
        let [x, y, width, height] = self.layout.frame();
        let (dx, dy) = ((east - self.origin[0]) * self.mm_a_metre, (north - self.origin[1]) * self.mm_a_metre);
        (x + width / 2.0 + dx, y + height / 2.0 - dy)
    }

    /// Easting and northing of the corners of the frame: west, south, east, north.
    fn reach(&self) -> [f64; 4] {
        let [_, _, width, height] = self.layout.frame();
        let (half_x, half_y) = (width / 2.0 / self.mm_a_metre, height / 2.0 / self.mm_a_metre);
        let [east, north] = self.origin;
        [east - half_x, north - half_y, east + half_x, north + half_y]
    }

    /// Degrees around the frame, from its corners and the middles of its sides.
    fn bounds(&self) -> [f64; 4] {
        let [w, s, e, n] = self.reach();
        let (x, y) = (self.origin[0], self.origin[1]);
        let rim = [[w, s], [w, y], [w, n], [x, s], [x, n], [e, s], [e, y], [e, n]];
        let places = rim.into_iter().filter_map(|place| self.back.apply(place).ok());
        let [lon, lat] = self.layout.centre;
        places.fold([lon, lat, lon, lat], |b, p| [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])])
    }
}

impl Plane for Paper {
    const STEPS_A_UNIT: f64 = 100.0;

    /// What lies far beyond every sheet is drawn towards where it lies: UTM has no image of it.
    fn point(&self, [lon, lat]: [f64; 2]) -> (f64, f64) {
        const FAR: f64 = 20.0;
        let [lon0, lat0] = self.layout.centre;
        let near = [lon.clamp(lon0 - FAR, lon0 + FAR), lat.clamp(lat0 - FAR, lat0 + FAR).clamp(-85.0, 85.0)];
        self.of_grid(self.way.apply(near).unwrap_or(self.origin))
    }
}

/// The page: what is wanted, and the sheet as it will leave the printer.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let layout = Layout::asked(scene);
        let drawn = layout.as_ref().map_err(Clone::clone).and_then(|layout| Paper::of(*layout));
        let main = html! {
            section.controls {
                p.crumbs { a href=(scene.asked.href("/map", &[])) { "Map" } " / Print" }
                h1 { "Map to scale" }
                @match &drawn {
                    Ok(paper) => (told(paper)),
                    Err(problem) => p.band.bad role="alert" { (problem.detail) },
                }
                (form(scene, layout.as_ref().ok()))
            }
            @if let Ok(paper) = &drawn { (shown(scene, &paper.layout)) }
        };
        Ok(page(scene, &Head::plain(Tab::Map, "Map to scale"), main))
    })
    .await
}

fn told(paper: &Paper) -> Markup {
    let [_, _, width, height] = paper.layout.frame();
    let km = |mm: f64| grouped(mm * f64::from(paper.layout.scale) / 1e6, 2);
    html! {
        p.answer {
            strong { "1:" (grouped(f64::from(paper.layout.scale), 0)) }
            ", " (km(width)) " × " (km(height)) " km on " (paper.layout.paper) " " (paper.layout.orientation())
            ". Print it at 100 %, without \u{201c}fit to page\u{201d}; the scale bar shows whether the printer obeyed."
        }
    }
}

fn form(scene: &Scene<'_>, layout: Option<&Layout>) -> Markup {
    let asked = scene.asked;
    let typed = |name: &str| asked.get(name).map(str::to_owned);
    let scale = layout.map(|layout| layout.scale.to_string()).or_else(|| typed("scale")).unwrap_or_default();
    let centre =
        typed("centre").or_else(|| layout.map(|layout| written(layout.centre, asked.grid))).unwrap_or_default();
    let is_offered = SCALES.iter().any(|offered| offered.to_string() == scale);
    html! {
        form.tools method="get" action="/map/print" {
            @for (name, value) in asked.carried(&["scale", "paper", "orientation", "grid", "centre"]) { input type="hidden" name=(name) value=(value); }
            div {
                label for="scale" { "Scale" }
                select #scale name="scale" {
                    @for offered in SCALES { option value=(offered) selected[offered.to_string() == scale] { "1:" (grouped(f64::from(offered), 0)) } }
                    @if !is_offered { option value=(scale) selected { "1:" (scale) } }
                }
            }
            div {
                label for="paper" { "Paper" }
                select #paper name="paper" { @for (name, ..) in PAPERS { option value=(name) selected[layout.is_some_and(|l| l.paper == name)] { (name) } } }
            }
            div {
                label for="orientation" { "Orientation" }
                select #orientation name="orientation" {
                    @for word in ["landscape", "portrait"] { option value=(word) selected[layout.is_some_and(|l| l.orientation() == word)] { (word) } }
                }
            }
            div {
                label for="grid" { "Grid" }
                select #grid name="grid" { @for grid in Grid::ALL { option value=(grid.name()) selected[grid == asked.grid] { (grid.title()) } } }
            }
            div.grow {
                label for="centre" { "Centre: latitude and longitude, MGRS or UTM" }
                input #centre name="centre" value=(centre) autocomplete="off";
            }
            button.primary { "Draw" }
            @if let Some(layout) = layout { a.button href=(sheet_href(scene, layout)) { "Sheet as SVG" } }
        }
    }
}

fn sheet_href(scene: &Scene<'_>, layout: &Layout) -> String {
    let [lon, lat] = layout.centre;
    let (scale, centre) = (layout.scale.to_string(), format!("{lat:.7} {lon:.7}"));
    let more = [
        ("scale", scale.as_str()),
        ("paper", layout.paper),
        ("orientation", layout.orientation()),
        ("grid", scene.asked.grid.name()),
        ("centre", centre.as_str()),
    ];
    scene.asked.href("/map/sheet.svg", &more)
}

fn shown(scene: &Scene<'_>, layout: &Layout) -> Markup {
    let alt = format!(
        "Map of hazards, releases and places on {} at 1:{}, {} {}",
        scene.day,
        layout.scale,
        layout.paper,
        layout.orientation()
    );
    let class = format!("paper {}-{}", layout.paper.to_lowercase(), layout.orientation());
    html! { img class=(class) src=(sheet_href(scene, layout)) alt=(alt); }
}

/// The sheet.
pub async fn sheet(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    let svg = app.scene(asked, |scene| draw(scene, &Paper::of(Layout::asked(scene)?)?)).await?;
    Ok(map::svg(svg))
}

/// Widths and letters of a drawing whose unit is the millimetre.
const STYLE: &str = "text{font:2.6px sans-serif;fill:#1b1f23}.title{font-size:5px;font-weight:bold}.under{font-size:3.2px}\
.small{font-size:2.3px}.ground{stroke:#1b1f23;stroke-width:.2}.outline{fill:none;stroke:#000;stroke-width:.4;stroke-dasharray:1.8 1.2}\
.proposed{fill:none;stroke:#14557d;stroke-width:.5;stroke-dasharray:.6 .9}\
.unit{fill:none;stroke:#6d757b;stroke-width:.3;stroke-dasharray:2.4 .8 .6 .8}.route{fill:none;stroke:#545c64;stroke-width:.5}\
.find{fill:#1b1f23;stroke:#fff;stroke-width:.2}.place{fill:#fff;stroke:#1b1f23;stroke-width:.3}\
.label{paint-order:stroke;stroke:#fff;stroke-width:.8px}.graticule{stroke:#5f686f;stroke-width:.12;fill:none}\
.frame{fill:none;stroke:#1b1f23;stroke-width:.4}.bar{fill:#1b1f23;stroke:#1b1f23;stroke-width:.2}.gap{fill:#fff;stroke:#1b1f23;stroke-width:.2}\
.north{fill:none;stroke:#1b1f23;stroke-width:.4}";

fn draw(scene: &Scene<'_>, paper: &Paper) -> Result<Markup, Problem> {
    let layout = &paper.layout;
    let [x, y, width, height] = layout.frame();
    let bounds = paper.bounds();
    Ok(html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {} {}", layout.width, layout.height))
            width=(format!("{}mm", layout.width)) height=(format!("{}mm", layout.height)) {
            title { (scene.programme.name()) ", " (scene.day) ", 1:" (layout.scale) }
            style { (raw(map::COLOURS)) (raw(STYLE)) }
            defs {
                (patterns(Some("scale(.3)")))
                clipPath id="in-frame" { rect x=(x) y=(y) width=(width) height=(height) {} }
            }
            rect.paper width=(layout.width) height=(layout.height) {}
            (head(scene, paper))
            g clip-path="url(#in-frame)" { (ground(scene, paper, bounds)?) }
            (grid_lines(scene, paper))
            rect.frame x=(x) y=(y) width=(width) height=(height) {}
            (legend(paper))
            (scale_bar(paper))
            (north(scene, paper))
            (foot(scene, paper, bounds)?)
        }
    })
}

fn head(scene: &Scene<'_>, paper: &Paper) -> Markup {
    let asked = scene.asked;
    html! {
        text.title x=(SIDE) y="15" { (scene.programme.name()) }
        text.title x=(paper.layout.width - SIDE) y="15" text-anchor="end" { "1:" (grouped(f64::from(paper.layout.scale), 0)) }
        text.under x=(SIDE) y="21" {
            "State of the land on " (scene.day) ", as known "
            @match asked.known_at { Some(at) => { "at " (at) } None => { "on " (asked.today) } }
        }
        text.under x=(paper.layout.width - SIDE) y="21" text-anchor="end" { "Print at 100 %" }
    }
}

/// Everything that meets the frame, in the order in which it covers what is below.
fn ground(scene: &Scene<'_>, paper: &Paper, bounds: [f64; 4]) -> Result<Markup, Problem> {
    let is_shown = |shape: &geometry::Shape| shape.bounds().is_some_and(|b| meet(b, bounds));
    let shown = |features: Vec<layers::Feature>| {
        features.into_iter().filter(|feature| is_shown(&feature.shape)).collect::<Vec<_>>()
    };
    let day = i64::from(scene.day.0);
    Ok(html! {
        @for unit in shown(layers::places(scene, true)?) { path.unit d=(paper.path(&unit.shape)) {} }
        @for route in shown(layers::routes(scene)?) { path.route d=(paper.path(&route.shape)) {} }
        @for root in scene.state.rows() { (row(scene, paper, bounds, root)) }
        @for record in shown(layers::proposed(scene)) {
            @if record.properties["day"].as_i64().is_some_and(|on| on <= day) { path.proposed d=(paper.path(&record.shape)) {} }
        }
        @for [lon, lat] in map::events(scene).filter(|&[lon, lat]| meet([lon, lat, lon, lat], bounds)) {
            @let (x, y) = paper.point([lon, lat]);
            circle.find cx=(two(x)) cy=(two(y)) r=".8" {}
        }
        @for place in shown(layers::places(scene, false)?) {
            @if let geometry::Shape::Point(at) = place.shape {
                @let (x, y) = paper.point(at);
                circle.place cx=(two(x)) cy=(two(y)) r="1" {}
                text.label x=(two(x + 1.8)) y=(two(y + 1.0)) { (place.properties["name"].as_str().unwrap_or_default()) }
            }
        }
    })
}

fn row(scene: &Scene<'_>, paper: &Paper, bounds: [f64; 4], root: u32) -> Markup {
    let faces: Vec<_> = scene
        .state
        .faces_of_row(scene.index, root, View::Book)
        .into_iter()
        .filter(|(_, region)| region.bounds().is_some_and(|b| meet(b, bounds)))
        .filter_map(|(spells, region)| {
            Some((hazards::look_on(spells.iter().map(|spell| spell.class_on(scene.day)))?, region))
        })
        .collect();
    let outline = scene.state.remaining_of_row(scene.index, root, View::Gate, scene.day);
    let outline = outline.bounds().filter(|b| meet(*b, bounds)).map(|_| paper.ground(&outline));
    let name = &scene.index.record(root).local_id;
    let largest = faces.iter().max_by_key(|(_, region)| region.area());
    let middle = largest.and_then(|(_, region)| region.bounds()).map(|[w, s, e, n]| [(w + e) / 2.0, (s + n) / 2.0]);
    html! {
        @for (look, region) in &faces {
            path.ground fill=(look.fill()) fill-rule="evenodd" d=(paper.ground(region)) { title { (name) ": " (look.word()) } }
        }
        @if let Some(outline) = outline { path.outline d=(outline) {} }
        @if let Some(middle) = middle {
            @let (x, y) = paper.point(middle);
            text.label x=(two(x)) y=(two(y)) text-anchor="middle" { (name) }
        }
    }
}

/// Lines of the reader's grid with their numbers around the frame.
fn grid_lines(scene: &Scene<'_>, paper: &Paper) -> Markup {
    let [x, y, width, height] = paper.layout.frame();
    let lines = match scene.asked.grid {
        Grid::LatLon => graticule(paper),
        Grid::Utm | Grid::Mgrs => metric(paper, scene.asked.grid),
    };
    html! {
        g.graticule clip-path="url(#in-frame)" { @for line in &lines { path d=(line.path) {} } }
        g.small {
            @for line in &lines {
                @if let Some(at) = line.bottom.filter(|at| (x..=x + width).contains(at)) {
                    text.small x=(two(at)) y=(two(y + height + 3.0)) text-anchor="middle" { (line.label) }
                }
                @if let Some(at) = line.top.filter(|at| (x..=x + width).contains(at)) {
                    text.small x=(two(at)) y=(two(y - 1.2)) text-anchor="middle" { (line.label) }
                }
                @for (at, edge, turn) in [(line.left, x - 1.2, -90), (line.right, x + width + 1.2, 90)] {
                    @if let Some(at) = at.filter(|at| (y..=y + height).contains(at)) {
                        text.small transform=(format!("translate({} {}) rotate({turn})", two(edge), two(at))) text-anchor="middle" { (line.label) }
                    }
                }
            }
        }
    }
}

/// A line of the grid, and where it meets the sides of the frame, in millimetres along them.
#[derive(Default)]
struct Line {
    path: String,
    label: String,
    top: Option<f64>,
    bottom: Option<f64>,
    left: Option<f64>,
    right: Option<f64>,
}

/// Multiples of a step between two numbers.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    ((low / step).ceil() as i64..=(high / step).floor() as i64).map(move |i| i as f64 * step)
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `least`.
fn round_up(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power)
}

/// Millimetres that should at least lie between two lines.
const BETWEEN: f64 = 25.0;

fn step_m(paper: &Paper) -> f64 {
    round_up(BETWEEN / paper.mm_a_metre)
}

fn metric(paper: &Paper, grid: Grid) -> Vec<Line> {
    let [w, s, e, n] = paper.reach();
    let [x, y, width, height] = paper.layout.frame();
    let step = step_m(paper);
    let label = |metres: f64| match grid {
        // The digits of a reference at which a line stands: two of 1 km, three of 100 m.
        Grid::Mgrs => {
            let digits = (5 - step.log10().floor() as usize).clamp(1, 5);
            let cut = 10_f64.powi(5 - digits as i32);
            format!("{:0digits$}", ((metres.rem_euclid(1e5)) / cut).round() as u32)
        }
        _ => grouped(metres, 0),
    };
    let eastings = multiples(w, e, step).map(|east| {
        let at = paper.of_grid([east, paper.origin[1]]).0;
        let path = format!("M{} {}v{}", two(at), two(y), two(height));
        Line { path, label: label(east), top: Some(at), bottom: Some(at), ..Line::default() }
    });
    let northings = multiples(s, n, step).map(|north| {
        let at = paper.of_grid([paper.origin[0], north]).1;
        let path = format!("M{} {}h{}", two(x), two(at), two(width));
        Line { path, label: label(north), left: Some(at), right: Some(at), ..Line::default() }
    });
    eastings.chain(northings).collect()
}

fn step_degrees(paper: &Paper) -> f64 {
    const METRES_A_DEGREE: f64 = 111_320.0;
    let squeeze = paper.layout.centre[1].to_radians().cos().max(0.1);
    round_up(BETWEEN / paper.mm_a_metre / METRES_A_DEGREE / squeeze)
}

fn graticule(paper: &Paper) -> Vec<Line> {
    const PARTS: i32 = 16;
    let [w, s, e, n] = paper.bounds();
    let [x, y, width, height] = paper.layout.frame();
    let step = step_degrees(paper);
    let digits = (-step.log10().floor()).max(0.0) as usize;
    let label = |value: f64, positive: &str, negative: &str| {
        format!("{:.digits$}° {}", value.abs(), if value < 0.0 { negative } else { positive })
    };
    let along = |from: [f64; 2], to: [f64; 2]| -> Vec<(f64, f64)> {
        let part = |i: i32| f64::from(i) / f64::from(PARTS);
        (0..=PARTS).map(|i| paper.point([0, 1].map(|k| from[k] + (to[k] - from[k]) * part(i)))).collect()
    };
    let meridians = multiples(w, e, step).map(|lon| {
        let line = along([lon, s], [lon, n]);
        let at = |y: f64| crossing(&line.iter().map(|&(x, y)| (y, x)).collect::<Vec<_>>(), y);
        let (top, bottom) = (at(y), at(y + height));
        Line { path: path(&line), label: label(lon, "E", "W"), top, bottom, ..Line::default() }
    });
    let parallels = multiples(s, n, step).map(|lat| {
        let line = along([w, lat], [e, lat]);
        let (left, right) = (crossing(&line, x), crossing(&line, x + width));
        Line { path: path(&line), label: label(lat, "N", "S"), left, right, ..Line::default() }
    });
    meridians.chain(parallels).collect()
}

fn path(line: &[(f64, f64)]) -> String {
    let points: Vec<String> = line.iter().map(|&(x, y)| format!("{} {}", two(x), two(y))).collect();
    format!("M{}", points.join("L"))
}

/// The second coordinate of a line where its first is `at`.
fn crossing(line: &[(f64, f64)], at: f64) -> Option<f64> {
    let holds = |pair: &&[(f64, f64)]| (pair[0].0 <= at) != (pair[1].0 <= at);
    let pair = line.windows(2).find(holds)?;
    let ([(a, b), (c, d)], part) = ([pair[0], pair[1]], (at - pair[0].0) / (pair[1].0 - pair[0].0));
    debug_assert!(a != c);
    Some(b + (d - b) * part)
}

fn legend(paper: &Paper) -> Markup {
    const COLUMN: f64 = 37.0;
    let top = paper.layout.height - BELOW + 9.0;
    let at = |i: usize| (SIDE + COLUMN * (i / 4) as f64, top + 5.0 * (i % 4) as f64);
    let marks: [(&str, Markup); 7] = [
        ("conservative outline", html! { path.outline d="M0 1.75H7" {} }),
        ("proposed, not approved", html! { path.proposed d="M0 1.75H7" {} }),
        ("find or accident", html! { circle.find cx="3.5" cy="1.75" r=".8" {} }),
        ("place", html! { circle.place cx="3.5" cy="1.75" r="1" {} }),
        ("administrative unit", html! { path.unit d="M0 1.75H7" {} }),
        ("route", html! { path.route d="M0 1.75H7" {} }),
        ("blank: nothing known", html! { rect.gap width="7" height="3.5" {} }),
    ];
    let grounds =
        Look::ALL.map(|look| (look.word(), html! { rect.ground width="7" height="3.5" fill=(look.fill()) {} }));
    html! {
        g {
            @for (i, (word, mark)) in grounds.iter().chain(&marks).enumerate() {
                @let (x, y) = at(i);
                g transform=(format!("translate({x} {y})")) { (mark) text.small x="8.5" y="2.6" { (word) } }
            }
        }
    }
}

fn scale_bar(paper: &Paper) -> Markup {
    let layout = &paper.layout;
    let mm_a_metre = 1000.0 / f64::from(layout.scale);
    // At most 45 mm of paper, in four parts.
    let most = 45.0 / mm_a_metre;
    let length = [5.0, 2.0, 1.0]
        .into_iter()
        .map(|m| m * 10_f64.powf(most.log10().floor()))
        .find(|length| *length <= most)
        .unwrap_or(most);
    let mm = length * mm_a_metre;
    let (x, y) = (SIDE + 114.0, layout.height - BELOW + 14.0);
    let label = |metres: f64| match length >= 2000.0 {
        true => format!("{} km", metres / 1000.0),
        false => format!("{} m", grouped(metres, usize::from(metres.fract() != 0.0))),
    };
    html! {
        g #scale-bar data-metres=(length) data-mm=(two(mm)) {
            @for part in 0..4 {
                @let class = if part % 2 == 0 { "bar" } else { "gap" };
                rect class=(class) x=(two(x + mm / 4.0 * f64::from(part))) y=(y) width=(two(mm / 4.0)) height="1.6" {}
            }
            text.small x=(two(x)) y=(two(y - 1.2)) text-anchor="middle" { "0" }
            text.small x=(two(x + mm / 2.0)) y=(two(y - 1.2)) text-anchor="middle" { (label(length / 2.0)) }
            text.small x=(two(x + mm)) y=(two(y - 1.2)) text-anchor="middle" { (label(length)) }
            text.small x=(two(x)) y=(two(y + 5.0)) { "1:" (grouped(f64::from(layout.scale), 0)) ", 1 cm is " (label(f64::from(layout.scale) / 100.0)) }
        }
    }
}

/// North is up by the grid; true and magnetic north are drawn as they lie at the centre.
fn north(scene: &Scene<'_>, paper: &Paper) -> Markup {
    let field = Model::ALL.iter().find_map(|&m| declination(m, paper.layout.centre, 0.0, scene.day.date()).ok());
    let (x, y) = (paper.layout.width - SIDE - 8.0, paper.layout.height - BELOW + 22.0);
    html! {
        g transform=(format!("translate({} {})", two(x), two(y))) {
            g transform=(format!("rotate({:.2})", -paper.convergence_deg)) {
                path.north d="M0 0V-14" {}
                path.bar d="M0-15l-1.4 4h2.8z" {}
                text x="0" y="-16" text-anchor="middle" { "N" }
            }
            @if let Some(field) = &field {
                g transform=(format!("rotate({:.2})", field.declination_deg - paper.convergence_deg)) {
                    path.north d="M0 0V-11" stroke-dasharray="1 .7" {}
                    text.small x="1" y="-9" { "magnetic" }
                }
            }
        }
    }
}

/// Which way is north, which grid, how much is shown, and whose reports it is drawn from.
fn foot(scene: &Scene<'_>, paper: &Paper, bounds: [f64; 4]) -> Result<Markup, Problem> {
    let layout = &paper.layout;
    let side = |degrees: f64| format!("{:.1}° {}", degrees.abs(), if degrees < 0.0 { "west" } else { "east" });
    let mut norths = format!("Grid north is {} of true north", side(paper.convergence_deg));
    if let Some(field) = Model::ALL.iter().find_map(|&m| declination(m, layout.centre, 0.0, scene.day.date()).ok()) {
        norths += &format!(", magnetic north {} ({}, {})", side(field.declination_deg), field.model.name(), scene.day);
    }
    let hemisphere = if paper.is_north { "north" } else { "south" };
    let lines = match scene.asked.grid {
        Grid::LatLon => format!("Lines of latitude and longitude every {}°", step_degrees(paper)),
        Grid::Utm => format!("UTM lines every {} m", grouped(step_m(paper), 0)),
        Grid::Mgrs => {
            let [w, s, e, n] = paper.reach();
            let corners = [[w, n], [e, n], [w, s], [e, s]].into_iter().filter_map(|at| paper.back.apply(at).ok());
            let squares: BTreeSet<String> =
                corners.filter_map(|at| mgrs::write(at, 2).ok()).map(|square| square[..5].to_owned()).collect();
            let squares: Vec<String> = squares.into_iter().collect();
            format!("MGRS lines every {} m in {}", grouped(step_m(paper), 0), squares.join(", "))
        }
    };
    let (n_records, sources) = sources(scene, bounds)?;
    let text = format!(
        "WGS 84, UTM zone {} {hemisphere}. {lines}. {norths}. {} records of ground and finds meet this sheet. Sources: {sources}. \
         No record means nothing known, never safe. Drawn by Homeground on {}.",
        paper.zone,
        count(n_records),
        scene.asked.today
    );
    let most = ((layout.width - 2.0 * SIDE) / 1.22) as usize;
    let top = layout.height - BELOW + 34.0;
    Ok(html! {
        g {
            @for (i, line) in wrapped(&text, most, 5).iter().enumerate() {
                text.small x=(SIDE) y=(two(top + 3.2 * i as f64)) { (line) }
            }
        }
    })
}

/// How many records of land meet the sheet, and the sources they name, the most cited first.
fn sources(scene: &Scene<'_>, bounds: [f64; 4]) -> Result<(usize, String), Problem> {
    let known_at = scene.state.known_at();
    let meets = |land: &Land| match land {
        Land::Event([lon, lat]) => meet([*lon, *lat, *lon, *lat], bounds),
        Land::Unit(..) | Land::Nothing => false,
        other => other.region().and_then(geometry::Region::bounds).is_some_and(|b| meet(b, bounds)),
    };
    let (mut n_records, mut n_silent) = (0, 0);
    let mut cited: BTreeMap<String, usize> = BTreeMap::new();
    for (number, kept) in scene.index.records().filter(|(_, kept)| kept.day <= scene.day && meets(&kept.land)) {
        if scene.index.standing(number, known_at) == Standing::Absent {
            continue;
        }
        n_records += 1;
        let record = scene.facts.of(scene.programme, kept.entry)?;
        n_silent += usize::from(record.sources.is_empty());
        record.sources.iter().for_each(|source| *cited.entry(source.clone()).or_default() += 1);
    }
    let mut cited: Vec<(String, usize)> = cited.into_iter().collect();
    cited.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut told = Vec::new();
    for (source, n) in &cited {
        let name = match scene.index.with_local_id(RecordKind::Source, source).first() {
            Some(&number) => scene.name_of(number)?,
            None => source.clone(),
        };
        told.push(format!("{name} ({n})"));
    }
    if n_silent > 0 {
        told.push(format!("without a stated source ({n_silent})"));
    }
    Ok((n_records, if told.is_empty() { "none".to_owned() } else { told.join("; ") }))
}

/// Words in lines of at most so many letters; the last line says if there was more.
fn wrapped(text: &str, most: usize, n_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() || line.chars().count() + 1 + word.chars().count() <= most {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    if lines.len() > n_lines {
        lines.truncate(n_lines);
        lines[n_lines - 1] = "… and more: the page of the map in Homeground lists all of them.".to_owned();
    }
    lines
}

fn two(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
