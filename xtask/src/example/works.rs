//! What is built and who comes home: thirteen settlements with their roads, houses, schools, clinics and water, the teams
//! that clear for them, households and their plots. All made up, on real places; SOURCE.md says which figures are public.
//!
//! ```text
//!              ┌────────┐ ┌──────┐            footprints stand beside the road, 15 m from its middle,
//!   ═══════════╧════════╧═╧══════╧═══ road    so that their gate finds the way out (GATE-5)
//! ```
//!
//! Three kinds of ground on purpose: surveyed and nothing found (PASS), in a hazard that waits (BLOCKED), never looked
//! at (UNKNOWN).

use super::day::Day;
use super::district::{District, ROADS};
use super::ground::{Point, Ring, centre, reach};
use super::random::Random;
use super::table::{Ground, Row};

/// A settlement of the plan.
struct Place {
    /// Number in local ids.
    number: usize,
    /// Its record in `places.geojson`.
    id: &'static str,
    /// For names of projects.
    name: &'static str,
    /// The road it lies on; its own track where none is near.
    way: Way,
    /// Plots on its estate, columns and rows.
    plots: (usize, usize),
    /// Whether its ground was surveyed and nothing found.
    surveyed: bool,
    /// Households on record that wait.
    waiting: usize,
}

enum Way {
    /// One of the roads.
    Road(&'static str),
    /// A track of its own from the nearest point of a road.
    Track(&'static str),
}

const fn place(
    number: usize,
    id: &'static str,
    name: &'static str,
    way: Way,
    plots: (usize, usize),
    surveyed: bool,
    waiting: usize,
) -> Place {
    Place { number, id, name, way, plots, surveyed, waiting }
}

use Way::{Road, Track};

/// The first seven are those of the first phase that the gazetteer has (claim C033); the others are a choice of ours.
const PLACES: &[Place] = &[
    place(1, "WOF-890441267", "Kalbajar", Road("R-1"), (9, 9), true, 20),
    place(2, "WOF-1125938013", "Istisu", Road("R-2"), (6, 4), false, 5),
    place(3, "WOF-1360052749", "Zar", Track("R-2"), (5, 4), true, 5),
    place(4, "WOF-1327301121", "Keshtek", Road("R-2"), (5, 4), true, 5),
    place(5, "WOF-1344267577", "Qilincli", Road("R-1"), (5, 4), true, 5),
    place(6, "WOF-1293556567", "Kamyshly", Road("R-3"), (4, 3), true, 4),
    place(7, "WOF-1310172617", "Ilyaslar", Track("R-3"), (4, 3), false, 4),
    place(8, "WOF-1243411085", "Khotovang", Road("R-1"), (4, 3), true, 3),
    place(9, "WOF-1310556251", "Qaraguney", Road("R-1"), (4, 3), true, 3),
    place(10, "WOF-1344111843", "Nadirxanli", Road("R-3"), (4, 3), false, 3),
    place(11, "WOF-1344224183", "Charectar", Road("R-4"), (4, 3), true, 3),
    place(12, "WOF-1344111827", "Yayici", Road("R-5"), (4, 3), true, 3),
    place(13, "WOF-1260238281", "Bezirkhana", Road("R-6"), (4, 2), false, 2),
];

/// Local id, operator, skills, method, people, m² a day, cost a day, base, source of the rate.
type TeamLine = (&'static str, &'static str, &'static str, &'static str, i64, f64, f64, (f64, f64), &'static str);

const TEAMS: &[TeamLine] = &[
    (
        "TM-A1",
        "OP-A",
        "NTS,TS",
        "manual",
        6,
        300.0,
        900.0,
        (46.0391, 40.1071),
        "30 m² a day a deminer, the middle of 10 to 50 (HALO Trust)",
    ),
    (
        "TM-A2",
        "OP-A",
        "NTS,TS,CLR",
        "manual",
        30,
        900.0,
        4_500.0,
        (46.0391, 40.1071),
        "30 m² a day a deminer, the middle of 10 to 50 (HALO Trust)",
    ),
    (
        "TM-B1",
        "OP-B",
        "TS,CLR",
        "manual",
        40,
        1_200.0,
        6_000.0,
        (46.2853, 40.1583),
        "30 m² a day a deminer, the middle of 10 to 50 (HALO Trust)",
    ),
    (
        "TM-B2",
        "OP-B",
        "TS,CLR",
        "dogs",
        8,
        1_400.0,
        5_200.0,
        (46.2853, 40.1583),
        "two pairs of 700 m² a day, the middle of 400 to 1,000 (SFOR 2001 for the lower half)",
    ),
    (
        "TM-B3",
        "OP-B",
        "CLR",
        "dogs",
        8,
        1_400.0,
        5_200.0,
        (46.2853, 40.1583),
        "two pairs of 700 m² a day, the middle of 400 to 1,000 (SFOR 2001 for the lower half)",
    ),
    (
        "TM-C3",
        "OP-C",
        "CLR",
        "machine",
        10,
        2_500.0,
        7_500.0,
        (46.4248, 40.1512),
        "machine with follow-up, well below its range of 1,000 to 10,000 m² a day; not verified",
    ),
    (
        "TM-C1",
        "OP-C",
        "BAC",
        "bac_subsurface",
        12,
        1_750.0,
        3_000.0,
        (46.4248, 40.1512),
        "the middle of 500 to 3,000 m² a day; a usual figure, not verified",
    ),
    (
        "TM-C2",
        "OP-C",
        "CLR",
        "machine",
        10,
        2_500.0,
        7_500.0,
        (46.4248, 40.1512),
        "machine with follow-up, well below its range of 1,000 to 10,000 m² a day; not verified",
    ),
];

/// Days on which all of this was reported.
const TOLD: Day = Day(20_256); // 2025-06-17
const RETURNED: [(Day, usize, i64); 2] = [(Day(20_346), 32, 139), (Day(20_351), 29, 115)]; // 2025-09-15, 2025-09-20

/// The city is built first, and its first families are home: reported later than the rest.
const TOLD_OF_THE_CITY: Day = Day(20_353); // 2025-09-22

fn told(place: &Place) -> Day {
    if place.number == 1 { TOLD_OF_THE_CITY } else { TOLD }
}

/// Every row; `told` are the rows of the story, whose hazards stand in the way.
pub fn tell(district: &District, told: &[Row], random: &mut Random) -> Vec<Row> {
    let released =
        |id: &str| told.iter().any(|row| row.file == "releases.geojson" && row.text_of("hazard") == Some(id));
    let hazards = told.iter().filter(|row| matches!(row.file, "hazards.geojson" | "proposed.geojson"));
    let hazards: Vec<Hazard> = hazards
        .filter(|row| row.text_of("record") == Some("hazard_area"))
        .filter_map(|row| match &row.ground {
            Ground::Area(ring) => Some(Hazard { waits: !released(row.local_id()), ring: ring.clone() }),
            _ => None,
        })
        .collect();
    let mut works = Works { district, hazards, random, taken: Vec::new(), rows: Vec::new() };
    works.teams();
    for place in PLACES {
        works.settlement(place);
    }
    works.others();
    works.rows
}

struct Hazard {
    waits: bool,
    ring: Ring,
}

struct Works<'a> {
    district: &'a District,
    hazards: Vec<Hazard>,
    random: &'a mut Random,
    taken: Vec<Ring>,
    rows: Vec<Row>,
}

/// A line with the lengths of its parts.
struct Line(Vec<Point>);

impl Line {
    fn of_road(id: &str) -> Line {
        let road = ROADS.iter().find(|road| road.id == id).expect("the road is one of them");
        Line(road.points.iter().map(|&(lon, lat)| Point::new(lon, lat)).collect())
    }

    fn length(&self) -> f64 {
        self.0.windows(2).map(|ends| ends[0].distance(ends[1])).sum()
    }

    /// The point so many metres from the start, and the way on: east, north.
    fn at(&self, metres: f64) -> (Point, (f64, f64)) {
        let mut left = metres;
        for ends in self.0.windows(2) {
            let length = ends[0].distance(ends[1]);
            let (east, north) = ends[1].from(ends[0]);
            let along = (east / length, north / length);
            if left <= length || std::ptr::eq(&ends[1], self.0.last().expect("a line has an end")) {
                return (ends[0].moved(along.0 * left, along.1 * left), along);
            }
            left -= length;
        }
        unreachable!("a line has parts")
    }

    /// Metres from the start to the point nearest to `to`, by steps of 10 m.
    fn nearest(&self, to: Point) -> f64 {
        let steps = (self.length() / 10.0) as i64;
        let away = |step: &i64| self.at(*step as f64 * 10.0).0.distance(to);
        (0..=steps).min_by(|a, b| away(a).total_cmp(&away(b))).expect("a line has a start") as f64 * 10.0
    }

    /// The part between two lengths, its corners kept.
    fn between(&self, from: f64, to: f64) -> Vec<Point> {
        let mut points = vec![self.at(from).0.rounded()];
        let mut metres = 0.0;
        for ends in self.0.windows(2) {
            metres += ends[0].distance(ends[1]);
            if metres > from + 1.0 && metres < to - 1.0 {
                points.push(ends[1]);
            }
        }
        points.push(self.at(to).0.rounded());
        points
    }
}

/// A rectangle beside a line.
fn beside(line: &Line, metres: f64, side: f64, size: (f64, f64)) -> Ring {
    let (at, (east, north)) = line.at(metres);
    let corner = |along: f64, across: f64| {
        let across = side * (SETBACK_M + across);
        at.moved(east * along - north * across, north * along + east * across).rounded()
    };
    let (half, depth) = (size.0 / 2.0, size.1);
    vec![corner(-half, 0.0), corner(half, 0.0), corner(half, depth), corner(-half, depth)]
}

/// A band along a line, corners cut as they come.
fn corridor(line: &[Point], half_width_m: f64) -> Ring {
    let side = |sign: f64| {
        (0..line.len()).map(move |i| {
            let (before, after) = (line[i.saturating_sub(1)], line[(i + 1).min(line.len() - 1)]);
            let (east, north) = after.from(before);
            let length = (east * east + north * north).sqrt() / (sign * half_width_m);
            line[i].moved(-north / length, east / length).rounded()
        })
    };
    side(1.0).chain(side(-1.0).rev()).collect()
}

const SETBACK_M: f64 = 15.0;
const PLOT_M: (f64, f64) = (20.0, 25.0);

impl Works<'_> {
    fn push(&mut self, row: Row) {
        self.rows.push(row.synthetic());
    }

    fn teams(&mut self) {
        for &(id, operator, skills, method, people, rate, cost, (lon, lat), source) in TEAMS {
            let row = Row::new("teams.csv", "team", id, TOLD)
                .text("name", format!("{id} (synthetic)"))
                .text("operator", operator)
                .text("skills", skills)
                .text("method", method)
                .number("n_people", people as f64)
                .number("rate_m2_day", rate)
                .number("cost_day", cost)
                .text("note", format!("rate: {source}; cost made up"));
            self.push(row.on(Ground::At(Point::new(lon, lat))));
        }
    }

    /// Free of every hazard by far more than its uncertainty, and of what stands already.
    fn is_free(&self, ring: &[Point]) -> bool {
        let apart = |other: &[Point], by: f64| centre(other).distance(centre(ring)) > reach(other) + reach(ring) + by;
        self.hazards.iter().all(|hazard| apart(&hazard.ring, 120.0)) && self.taken.iter().all(|ring| apart(ring, 4.0))
    }

    /// The free rectangle beside a line that is nearest to a place on it.
    fn site(&mut self, line: &Line, near: f64, size: (f64, f64)) -> Option<Ring> {
        let length = line.length();
        let steps = (0..80).flat_map(|step| [near + 25.0 * step as f64, near - 25.0 * step as f64]);
        let fits = steps.filter(|&metres| metres > size.0 / 2.0 + 5.0 && metres < length - size.0 / 2.0 - 5.0);
        let sites = fits.flat_map(|metres| [1.0, -1.0].map(|side| beside(line, metres, side, size)));
        let found = sites.into_iter().find(|ring| self.is_free(ring) && self.district.holds(ring))?;
        self.taken.push(found.clone());
        Some(found)
    }

    fn settlement(&mut self, place: &Place) {
        let at = self.district.settlements.iter().find(|s| s.id == place.id).expect("a settlement of the gazetteer").at;
        let line = match place.way {
            Road(id) => Line::of_road(id),
            Track(from) => {
                let road = Line::of_road(from);
                let line = Line(vec![road.at(road.nearest(at)).0.rounded(), at]);
                let row = Row::new("tracks.geojson", "route", &format!("R-1{}", place.number), TOLD)
                    .text("name", format!("Track to {} (synthetic)", place.name))
                    .number("width_m", 5.0)
                    .text("status", "unverified")
                    .text("geometry_quality", "SCHEMATIC");
                self.push(row.on(Ground::Line(line.0.clone())));
                line
            }
        };
        let near = line.nearest(at).clamp(0.0, line.length());
        let estate = (place.plots.0 as f64 * PLOT_M.0, place.plots.1 as f64 * PLOT_M.1);
        let of_plots = (14 + place.plots.0 as i64 * 4, (place.plots.0 * place.plots.1) as f64 * 45_000.0);
        let road = self.road(place, &line, near);
        // The estate finds its place first: it is the largest. Sector, size, depth, weeks and budget, end in the city.
        let buildings = [
            ("housing", estate, 110.0, of_plots, "2025-08-20"),
            ("school", (60.0, 45.0), 120.0, (26, 900_000.0), "2025-08-25"),
            ("clinic", (35.0, 30.0), 100.0, (18, 350_000.0), "2025-08-28"),
            ("water", (14.0, 12.0), 150.0, (12, 160_000.0), "2025-07-30"),
        ];
        for (sector, size, depth, (weeks, budget), done) in buildings {
            let Some(ring) = self.site(&line, near, size) else { continue };
            let row = self.project(place, sector, (depth, weeks, budget), ring.clone());
            let row = if place.number == 1 { row.text("completed_on", done) } else { row };
            let before =
                if sector == "housing" { format!("{road},{}", project_id(place, "water")) } else { road.clone() };
            self.push(row.text("predecessors", before));
            if place.surveyed {
                self.survey(place, sector, &ring);
            }
            if sector == "housing" {
                self.water_point(place, &ring);
                self.homes(place, &ring);
            }
        }
    }

    fn project(&self, place: &Place, sector: &str, (depth, weeks, budget): (f64, i64, f64), ring: Ring) -> Row {
        let name = format!("{}, {sector} (synthetic)", place.name);
        Row::new("projects.geojson", "project", &project_id(place, sector), told(place))
            .text("name", name)
            .text("sector", sector)
            .text("place", place.id)
            .number("depth_cm", depth)
            .number("duration_weeks", weeks as f64)
            .number("elevation_m", self.height(centre(&ring)))
            .number("budget", budget)
            .text("currency", "USD")
            .on(Ground::Area(ring))
    }

    fn height(&self, at: Point) -> f64 {
        (self.district.altitude(at) / 10.0).round() * 10.0
    }

    /// 400 m of the road before the settlement are rebuilt first.
    fn road(&mut self, place: &Place, line: &Line, near: f64) -> String {
        let from = (near - 200.0).clamp(0.0, (line.length() - 400.0).max(0.0));
        let part = line.between(from, (from + 400.0).min(line.length()));
        let id = project_id(place, "road");
        let middle = part[part.len() / 2];
        let row = Row::new("projects.geojson", "project", &id, told(place))
            .text("name", format!("{}, road (synthetic)", place.name))
            .text("sector", "road")
            .text("place", place.id)
            .number("depth_cm", 60.0)
            .number("width_m", 9.0)
            .number("duration_weeks", 10.0)
            .number("elevation_m", self.height(middle))
            .number("budget", 420_000.0)
            .text("currency", "USD");
        let row = if place.number == 1 { row.text("completed_on", "2025-06-30") } else { row };
        self.push(row.on(Ground::Line(part.clone())));
        if place.surveyed {
            let ring = corridor(&part, 14.0);
            self.survey_row(place, "road", ring);
        }
        id
    }

    /// Nothing found: the ground of a footprint and 25 m around it.
    fn survey(&mut self, place: &Place, sector: &str, ring: &[Point]) {
        let middle = centre(ring);
        let grown = 1.0 + 25.0 / (reach(ring) * 0.7);
        let ring = ring.iter().map(|p| {
            let (east, north) = p.from(middle);
            middle.moved(east * grown, north * grown).rounded()
        });
        self.survey_row(place, sector, ring.collect());
    }

    fn survey_row(&mut self, place: &Place, sector: &str, ring: Ring) {
        // One a day: which of two overlapping surveys came first must not be left to the order of their entries.
        let n_before = self.rows.iter().filter(|row| row.file == "surveys.geojson").count();
        let day = TOLD.plus(n_before as i64 - 70);
        let row =
            Row::new("surveys.geojson", "activity", &format!("SV-B{:02}-{}", place.number, sector.to_uppercase()), day)
                .known_on(TOLD)
                .text("activity", "NTS")
                .text("operator", "OP-A")
                .text("place", place.id)
                .text("methods", "interviews,desk study,field visit")
                .text("started_on", day.plus(-3).to_string())
                .text("completed_on", day.to_string())
                .number("n_interviewed", self.random.whole(3, 12) as f64)
                .number("accuracy_m", 3.0)
                .text("geometry_quality", "SURVEYED")
                .text("note", "ground of a building site: surveyed, no hazard found");
        self.push(row.on(Ground::Area(ring)));
    }

    fn water_point(&mut self, place: &Place, estate: &[Point]) {
        let at = centre(estate).moved(self.random.between(-60.0, 60.0), self.random.between(-40.0, 40.0)).rounded();
        let works = place.number % 4 == 1;
        let row = Row::new("water_points.csv", "water_point", &format!("WP-{:02}", place.number), TOLD)
            .text("name", format!("Tap of {} (synthetic)", place.name))
            .text("status", if works { "working" } else { "not known" })
            .text("place", place.id);
        self.push(row.on(Ground::At(at)));
    }

    /// Plots on the estate, one for each household on record.
    fn homes(&mut self, place: &Place, estate: &[Point]) {
        let (a, b) = (estate[0], estate[1]);
        let d = estate[3];
        let (columns, rows) = place.plots;
        let spot = |column: f64, row: f64| {
            let (u, v) = (column / columns as f64, row / rows as f64);
            Point::new(
                a.lon + (b.lon - a.lon) * u + (d.lon - a.lon) * v,
                a.lat + (b.lat - a.lat) * u + (d.lat - a.lat) * v,
            )
            .rounded()
        };
        let back: usize = if place.number == 1 { RETURNED.iter().map(|(_, n, _)| n).sum() } else { 0 };
        for i in 0..back + place.waiting {
            let (column, row) = ((i % columns) as f64, (i / columns) as f64);
            let ring = vec![
                spot(column, row),
                spot(column + 1.0, row),
                spot(column + 1.0, row + 1.0),
                spot(column, row + 1.0),
            ];
            let parcel = format!("PA-{:02}-{:03}", place.number, i + 1);
            let disputed = i % 23 == 7;
            let right = *self.random.pick(&["own", "own", "own", "customary", "unknown"]);
            let row = Row::new("parcels.geojson", "parcel", &parcel, told(place))
                .text("claimant", format!("HH-{:02}-{:03}", place.number, i + 1))
                .text("right", right)
                .text("disputed", if disputed { "true" } else { "false" })
                .text("place", place.id);
            self.push(row.on(Ground::Area(ring)));
            self.household(place, i, back, &parcel);
        }
    }

    fn household(&mut self, place: &Place, i: usize, back: usize, parcel: &str) {
        let id = format!("HH-{:02}-{:03}", place.number, i + 1);
        let (first, second) = (RETURNED[0], RETURNED[1]);
        let people = match i {
            _ if i < back.min(first.1) => share(first.2, first.1, i),
            _ if i < back => share(second.2, second.1, i - first.1),
            _ => self.random.whole(2, 7),
        };
        let (wants, free) = match i % 9 {
            _ if i < back => ("return", "true"),
            4 => ("undecided", ""),
            6 => ("return", ""),
            _ => ("return", "true"),
        };
        let row = Row::new("households.csv", "household", &id, told(place))
            .number("n_people", people as f64)
            .text("origin", place.id)
            .text("intention", wants)
            .text("voluntary", free)
            .text("dwelling", project_id(place, "housing"))
            .text("parcel", parcel);
        let row = match i {
            _ if i < back.min(first.1) => row.text("cohort", "1").text("returned_on", first.0.to_string()),
            _ if i < back => row.text("cohort", "2").text("returned_on", second.0.to_string()),
            _ => row.text("cohort", "next"),
        };
        self.push(row);
    }

    /// A second estate in a hazard, a power station, a school nobody has drawn, monuments.
    fn others(&mut self) {
        let city = &PLACES[0];
        let at = self.district.settlements.iter().find(|s| s.id == city.id).expect("the city").at;
        let far = |hazard: &&Hazard| centre(&hazard.ring).distance(at);
        let waiting = self.hazards.iter().filter(|hazard| hazard.waits).min_by(|a, b| far(a).total_cmp(&far(b)));
        let middle = centre(&waiting.expect("some hazard waits").ring);
        let square = |r: f64| vec![middle.moved(-r, -r), middle.moved(r, -r), middle.moved(r, r), middle.moved(-r, r)];
        let estate: Ring = square(60.0).into_iter().map(Point::rounded).collect();
        let road = Line::of_road("R-1");
        let track = vec![road.at(road.nearest(middle)).0.rounded(), middle.rounded()];
        let row = Row::new("tracks.geojson", "route", "R-20", TOLD)
            .text("name", "Track to the second estate (synthetic)")
            .number("width_m", 5.0)
            .text("status", "unverified")
            .text("geometry_quality", "SCHEMATIC");
        self.push(row.on(Ground::Line(track)));
        let row = self.project(city, "housing", (110.0, 36, 9_000_000.0), estate);
        self.push(
            renamed(row, "PR-01-ESTATE-2", "Kalbajar, second estate (synthetic)").text("predecessors", "PR-01-ENERGY"),
        );
        let power = Line::of_road("R-4");
        if let Some(ring) = self.site(&power, 2_500.0, (120.0, 60.0)) {
            let row = self.project(city, "energy", (400.0, 30, 5_900_000.0), ring.clone());
            let row = row.text(
                "note",
                "made up in place and depth; capacity 22.5 MW and value of 5.9 million USD as in claims C100 and C101",
            );
            self.push(row.text("planned_start", "2026-04-06"));
            self.survey(city, "energy", &ring);
        }
        let row = Row::new("projects.geojson", "project", "PR-07-SCHOOL-2", TOLD)
            .text("name", "Ilyaslar, second school, not drawn yet (synthetic)")
            .text("sector", "school")
            .number("duration_weeks", 20.0)
            .number("budget", 600_000.0)
            .text("currency", "USD");
        self.push(row);
        self.monuments();
    }

    /// Real monuments; their positions are rounded to about a kilometre, so that nobody looks for a path here.
    fn monuments(&mut self) {
        let monuments = [
            ("MO-1", "Khudavang monastery", "monastery", 46.29, 40.16, "WOF-1243411085", "claims C123 to C125"),
            ("MO-2", "Lekh castle", "castle", 46.13, 40.24, "WOF-1309873027", "claims C126 to C129"),
            (
                "MO-3",
                "Museum of history and ethnography",
                "museum",
                46.04,
                40.107,
                "WOF-890441267",
                "claims C132 and C133",
            ),
            (
                "MO-4",
                "Istisu springs, bath house",
                "bath house",
                45.96,
                39.95,
                "WOF-1125938013",
                "claims C130 and C131",
            ),
        ];
        for (id, name, kind, lon, lat, place, claims) in monuments {
            let row = Row::new("monuments.csv", "monument", id, TOLD)
                .text("name", name)
                .text("type", kind)
                .text("location_certainty", "within a kilometre; the position here is made up")
                .text("condition", "not assessed here")
                .text("place", place)
                .text("note", format!("{claims}; position made up"));
            self.push(row.on(Ground::At(Point::new(lon, lat))));
        }
    }
}

fn project_id(place: &Place, sector: &str) -> String {
    format!("PR-{:02}-{}", place.number, sector.to_uppercase())
}

fn renamed(row: Row, id: &str, name: &str) -> Row {
    row.with("local_id", id).with("name", name)
}

/// The `i`th part of a whole number in `n` nearly equal parts.
fn share(whole: i64, n: usize, i: usize) -> i64 {
    let n = n as i64;
    whole / n + i64::from((i as i64) < whole % n)
}
