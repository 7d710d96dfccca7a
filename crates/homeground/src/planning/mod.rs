//! A programme as a problem to plan: what is left to clear and to build, who can do it, when, for what money.
//!
//! What has to be cleared before a place opens is not written down by anybody: it is what blocks its gates. So every
//! footprint is asked its gate, and the hazards in the way become lots that must end first. What clearance cannot cure
//! (a depth nobody cleared to, a road that is closed, a hazard that nobody can clear) is told and not planned.

mod changes;
mod climate;
mod homecoming;
mod priority;
mod run;
mod scenario;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use gates::{Because, Books, Policy, Result as Verdict};
use geodesy::terrain::Terrain;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use ledger::{Day, State};
use plan::priority::Ranked;
use plan::productivity::{self, Rate, band_of, most_closed, slowed};
use plan::{Crew, Means, Offer, Phase, Problem, Season, Settlement, Team, Weeks, Weights, Work};
use records::{Record, RecordKind};

use crate::cli::Usage;
use crate::config::Config;
use crate::gate::{Subject, Wanted, ask_in, with_books};
use crate::programme::Programme;
pub use changes::{Changes, Previous};
pub use homecoming::{Home, Light, homes};
pub use run::{HazardFact, Planned, plan, quick};
pub use scenario::{Compared, Scenario, compare};
pub use settings::Settings;

/// A problem with the day on which its week 0 begins, and what could not be put into it.
#[derive(Debug)]
pub struct Made {
    /// What is to be planned.
    pub problem: Problem,
    /// Monday of week 0.
    pub first_day: Date,
    /// What cannot be planned, and why.
    pub left_out: Vec<(String, String)>,
    /// Households of the places among it.
    pub n_households_left_out: i64,
    /// Money that was spent on what is no longer planned.
    pub spent: i64,
    /// Hazards by the score of the stated criteria; without criteria those that go before any score.
    pub ranked: Vec<Ranked>,
    /// What is left of each hazard, as the plan takes it.
    pub hazards: Vec<HazardFact>,
    /// Names of the settlements, by local id.
    pub names: BTreeMap<String, String>,
    /// Where the previous plan had the works of this one.
    pub was: Option<plan::Schedule>,
}

/// Lots are split until their fastest team needs no more weeks than this, the one to get there included.
const LONGEST_LOT: usize = 14;
/// A week to move to a lot and set up.
const MOBILISATION: usize = 1;
/// Weeks of building where a project does not say.
const USUAL_WEEKS: i64 = 12;

/// Whoever clears or surveys.
struct Clearer {
    name: String,
    skills: BTreeSet<String>,
    /// `None` for those who only survey.
    rate_m2_day: Option<f64>,
    cost_day: f64,
    available: Weeks,
}

struct Maker<'a> {
    books: &'a Books<'a>,
    programme: &'a Programme,
    state: &'a State,
    day: Day,
    settings: &'a Settings,
    /// Heights, for what states none.
    terrain: Option<&'a Terrain>,
    previous: Option<&'a Previous>,
    first_day: Date,
    n_weeks: usize,
    /// The week that holds the day asked about.
    now: usize,
    clearers: Vec<Clearer>,
    crews: Vec<String>,
    works: Vec<Work>,
    /// Lots by the number of the first record of their hazard; none of one that nobody can clear.
    lots: BTreeMap<u32, Vec<usize>>,
    /// Bands in which something of a settlement lies, by its local id.
    bands: BTreeMap<String, BTreeSet<usize>>,
    /// Works of projects by local id.
    projects: BTreeMap<String, usize>,
    hazards: Vec<Hazard>,
    left_out: Vec<(String, String)>,
    n_households_left_out: i64,
    names: BTreeMap<String, String>,
}

/// A hazard of which ground remains by the book.
struct Hazard {
    /// The number of its first record.
    root: u32,
    remaining_m2: f64,
    /// What is known of it now.
    record: Record,
}

/// What the programme leaves to be planned, as known in `state`, from `day` on; after a `previous` plan in its weeks.
pub fn problem(
    programme: &Programme,
    state: &State,
    day: Day,
    policy: &Policy,
    settings: &Settings,
    previous: Option<&Previous>,
) -> anyhow::Result<Made> {
    // A plan that goes on from another goes on from the day asked about, and not before the start that is set.
    let start = match (settings.start, previous) {
        (Some(start), Some(_)) => start.max(day.date()),
        (Some(start), None) => start,
        (None, _) => day.date(),
    };
    let since_monday = i64::from(start.weekday().since(Weekday::Monday));
    let monday = start.saturating_sub(since_monday.days());
    let first_day = previous.map_or(monday, |previous| previous.first_day);
    let now = weeks_between(first_day, monday).ok_or_else(|| {
        Usage(format!("the previous plan begins on {first_day}, after {monday}: plan from its first day or later"))
    })?;
    let terrain = Config::load(Some(programme.path()))?.elevation()?;
    let n_weeks = (now + settings.years * plan::WEEKS_A_YEAR).min(plan::MOST_WEEKS);
    with_books(programme, state, day, policy, |books| {
        let mut weathered = settings.clone();
        if let Some(days) = settings.closed_by_snow_days {
            let normals = books.official_records(RecordKind::ClimateNormal).map(|(_, normal)| normal);
            weathered.bands = climate::weathered(&settings.bands, &normals.collect::<Vec<_>>(), days);
        }
        let settings = &weathered;
        let mut maker = Maker {
            books,
            programme,
            state,
            day,
            settings,
            terrain: terrain.as_ref(),
            previous,
            first_day,
            n_weeks,
            now,
            clearers: Vec::new(),
            crews: Vec::new(),
            works: Vec::new(),
            lots: BTreeMap::new(),
            bands: BTreeMap::new(),
            projects: BTreeMap::new(),
            hazards: Vec::new(),
            left_out: Vec::new(),
            n_households_left_out: 0,
            names: BTreeMap::new(),
        };
        maker.teams()?;
        maker.hazards()?;
        maker.bands();
        let projects = maker.projects()?;
        let settlements = maker.settlements(&projects)?;
        let ranked = maker.ranked(&projects, &settlements)?;
        Ok(maker.made(settlements, ranked))
    })
}

/// Whole weeks from one day to another; none backwards.
fn weeks_between(from: Date, to: Date) -> Option<usize> {
    usize::try_from((to - from).get_days().div_euclid(7)).ok()
}

/// Some works and everything that they wait for.
fn with_all_before(works: &[Work], wanted: &[usize]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut todo = wanted.to_vec();
    while let Some(work) = todo.pop() {
        if found.insert(work) {
            todo.extend(&works[work].after);
        }
    }
    found
}

impl Maker<'_> {
    fn week_day(&self, week: usize) -> Date {
        self.first_day.saturating_add((7 * week as i64).days())
    }

    /// The number of the week that holds a day, at least 0.
    fn week_of(&self, day: Date) -> usize {
        weeks_between(self.first_day, day).unwrap_or(0)
    }

    /// The place that a record names, by the id under which it was first recorded.
    fn place_of(&self, record: &Record) -> Option<String> {
        record.text("place").map(|id| self.books.first_id(RecordKind::Place, id))
    }

    fn teams(&mut self) -> anyhow::Result<()> {
        let accreditations = self.accreditations();
        for (_, team) in self.books.official_records(RecordKind::Team) {
            if self.settings.without_teams.contains(&team.local_id) {
                continue;
            }
            match self.clearer(&team, &accreditations) {
                Ok(clearer) => self.clearers.push(clearer),
                Err(why) => self.left_out.push((team.local_id, why.to_owned())),
            }
        }
        for more in &self.settings.team {
            for i in 1..=more.count {
                self.clearers.push(Clearer {
                    name: format!("{} {i}", more.name),
                    skills: more.skills.iter().cloned().collect(),
                    rate_m2_day: Some(more.rate_m2_day),
                    cost_day: more.cost_day,
                    available: Weeks::all(self.n_weeks),
                });
            }
        }
        self.clearers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    /// Accreditations on record by operator, each with whether it may speak: one that somebody proposes to correct does not.
    fn accreditations(&self) -> BTreeMap<String, Vec<(Record, bool)>> {
        let mut found: BTreeMap<String, Vec<(Record, bool)>> = BTreeMap::new();
        for (number, accreditation) in self.books.official_records(RecordKind::Accreditation) {
            if let Some(operator) = accreditation.text("operator").map(str::to_owned) {
                found.entry(operator).or_default().push((accreditation, self.books.stands(number)));
            }
        }
        found
    }

    fn clearer(
        &self,
        team: &Record,
        accreditations: &BTreeMap<String, Vec<(Record, bool)>>,
    ) -> Result<Clearer, &'static str> {
        let skills: BTreeSet<String> = team.list("skills").into_iter().map(str::to_owned).collect();
        let n_people = team.number("n_people").unwrap_or(1.0);
        let usual = team.text("method").and_then(Rate::of).map(|rate| rate.usual_m2_per_day(n_people));
        let rate_m2_day = team.number("rate_m2_day").filter(|rate| *rate > 0.0).or(usual);
        if rate_m2_day.is_none() && skills.iter().any(|skill| skill != "NTS") {
            return Err("the team states neither rate_m2_day nor method");
        }
        let (from, to) = (team.day("available_from"), team.day("available_to"));
        // Where an operator has accreditations on record, it works only while one of them holds.
        let own = team.text("operator").and_then(|operator| accreditations.get(operator));
        let holds = |a: &Record, day: Date| {
            a.day("valid_from").is_none_or(|from| from <= day)
                && a.day("valid_to").is_none_or(|to| to >= day)
                && a.text("activity").is_none_or(|activity| skills.contains(activity))
        };
        let works_on = |day: Date| {
            from.is_none_or(|from| from <= day)
                && to.is_none_or(|to| to >= day)
                && own.is_none_or(|own| own.iter().any(|(a, speaks)| *speaks && holds(a, day)))
        };
        let available = Weeks::of(self.n_weeks, |week| {
            let monday = self.week_day(week);
            works_on(monday) && works_on(monday.saturating_add(4.days()))
        });
        if available.is_empty() {
            return Err(match own.is_some_and(|own| own.iter().any(|(_, speaks)| !speaks)) {
                true => {
                    "a correction of its operator's accreditation waits for approval: nobody knows when it may work"
                }
                false => {
                    "the team is available in no week of the plan: its days, or its operator's accreditation, have ended"
                }
            });
        }
        let cost_day = team.number("cost_day").unwrap_or(0.0);
        Ok(Clearer { name: team.local_id.clone(), skills, rate_m2_day, cost_day, available })
    }

    /// The height that says in which months something can be worked on: its own; of a road work the height of the route where
    /// that is higher (DOMAIN §10.2). Where none is stated, the highest ground it reaches, which is open least.
    fn height_m(&self, record: &Record) -> Option<f64> {
        let route = record.text("route").and_then(|id| self.books.official(RecordKind::Route, id));
        let heights = [Some(record), route.as_ref()].into_iter().flatten().filter_map(|r| r.number("elevation_m"));
        let bounds = || record.geometry.as_ref()?.bounds();
        heights.max_by(f64::total_cmp).or_else(|| self.terrain?.highest(bounds()?))
    }

    /// The band of a record; where nobody knows its height the most closed one of its settlement, or of all.
    fn band(&self, record: &Record, place: Option<&str>) -> usize {
        let bands = &self.settings.bands;
        let height_m = self.height_m(record);
        let of_place = || most_closed(bands, self.bands.get(place?)?.iter().copied());
        match height_m {
            None => of_place().unwrap_or_else(|| band_of(bands, None)),
            _ => band_of(bands, height_m),
        }
    }

    /// Learns in which bands the settlements lie: by their own height, and by what names them.
    fn bands(&mut self) {
        let mut heights: Vec<(String, f64)> = Vec::new();
        for (_, place) in self.books.official_records(RecordKind::Place) {
            let height_m = place.number("elevation_m");
            heights.extend(height_m.map(|h| (self.books.first_id(RecordKind::Place, &place.local_id), h)));
        }
        let projects = self.books.official_records(RecordKind::Project).map(|(_, project)| project);
        for record in projects.chain(self.hazards.iter().map(|hazard| hazard.record.clone())) {
            heights.extend(self.place_of(&record).zip(self.height_m(&record)));
        }
        for (place, height_m) in heights {
            self.bands.entry(place).or_default().insert(band_of(&self.settings.bands, Some(height_m)));
        }
    }

    /// What is known now of the hazard that begins with a record: the newest correction that stands, under the first id, so
    /// that a plan after the correction knows it again.
    fn newest(&self, root: u32) -> anyhow::Result<Option<Record>> {
        let index = self.programme.index();
        let standing = index.chain(root).into_iter().filter(|&n| self.books.is_official(n));
        let newest = standing.max_by_key(|&n| (index.record(n).day, index.record(n).entry)).unwrap_or(root);
        let record = self.programme.record(index.record(newest).entry)?;
        Ok(record.map(|record| Record { local_id: index.record(root).local_id.to_string(), ..record }))
    }

    /// Lots of every hazard of which ground remains by the book.
    fn hazards(&mut self) -> anyhow::Result<()> {
        for root in self.state.rows() {
            let remaining_m2 = self.state.row_figures(root, self.day).remaining().m2();
            if remaining_m2 > 0.0 && self.programme.index().record(root).day <= self.day {
                let record = self.newest(root)?;
                self.hazards.extend(record.map(|record| Hazard { root, remaining_m2, record }));
            }
        }
        for at in 0..self.hazards.len() {
            let Hazard { root, remaining_m2, record } = &self.hazards[at];
            let priority = record.number("priority").unwrap_or(0.0).round() as i64;
            let (root, name) = (*root, record.local_id.clone());
            let lots = self.lots_of(*remaining_m2, record, priority).unwrap_or_else(|why| {
                self.left_out.push((name, why.to_owned()));
                Vec::new()
            });
            self.lots.insert(root, (self.works.len()..self.works.len() + lots.len()).collect());
            self.works.extend(lots);
        }
        Ok(())
    }

    fn lots_of(&self, remaining: f64, record: &Record, priority: i64) -> Result<Vec<Work>, &'static str> {
        let eo = record.list("eo");
        let has_mines = eo.is_empty() || eo.iter().any(|word| !["UXO", "AXO", "CM_SUBMUN", "CM_OTHER"].contains(word));
        let is_suspected = record.text("class") == Some("SHA");
        let band = band_of(&self.settings.bands, record.number("elevation_m"));
        let pace = slowed(record.list("terrain")) * self.settings.bands[band].open_days;
        let days_a_week = self.settings.days_a_week;
        let rate = |clearer: &Clearer| {
            let has = |skill: &str| clearer.skills.contains(skill);
            let can = has("CLR") || (has("BAC") && !has_mines) || (has("TS") && is_suspected);
            clearer.rate_m2_day.filter(|_| can).map(|rate| rate * pace)
        };
        let fastest = self.clearers.iter().filter_map(rate).fold(0.0, f64::max);
        if fastest <= 0.0 {
            return Err("no team can clear it: none is trained for it");
        }
        let parts = productivity::split(remaining, fastest * days_a_week, LONGEST_LOT - MOBILISATION)
            .ok_or("it is too large for the teams: more than ten thousand lots")?;
        let n_lots = parts.len();
        let lot = |(i, area): (usize, f64)| {
            let offer = |(team, clearer): (usize, &Clearer)| {
                let weeks = productivity::weeks(area, rate(clearer)?, days_a_week, MOBILISATION)?;
                let days = (weeks - MOBILISATION) as f64 * days_a_week;
                Some(Offer { team, weeks, cost: (days * clearer.cost_day).round() as i64 })
            };
            let subject = record.local_id.clone();
            let id = if n_lots == 1 { subject.clone() } else { format!("{subject} lot {} of {n_lots}", i + 1) };
            // Only reopenings can share the id of a hazard.
            let id = if record.kind == RecordKind::Reopening { format!("{id} (reopened)") } else { id };
            let offers = self.clearers.iter().enumerate().filter_map(offer).filter(|o| o.weeks <= self.n_weeks);
            let means = Means::Clearance { offers: offers.collect() };
            Work { id, subject, season: band, after: Vec::new(), priority, means }
        };
        Ok(parts.into_iter().enumerate().map(lot).collect())
    }

    /// Works that must end before the gate of a subject opens; why it cannot open by any work, if it cannot.
    fn gate(&mut self, record: &Record) -> anyhow::Result<Result<BTreeSet<usize>, String>> {
        let subject = Subject::Record(Box::new(record.clone()));
        let answer = ask_in(self.books, &subject, &Wanted::default())?;
        let place = match record.kind {
            RecordKind::Place => Some(record.local_id.clone()),
            _ => self.place_of(record),
        };
        let (mut needs, mut why) = (BTreeSet::new(), Vec::new());
        for rule in answer.rules.iter().filter(|rule| rule.result > Verdict::Pass) {
            match rule.rule {
                "GATE-1" | "GATE-2" | "GATE-5" if !rule.because.is_empty() => {
                    for because in rule.because.iter().filter(|because| because.against.is_some()) {
                        match self.cure(because, place.as_deref())? {
                            Ok(works) => needs.extend(works),
                            Err(reason) => why.push(format!("{}: {reason}", rule.rule)),
                        }
                    }
                }
                // Nobody has drawn the roads: the plan does not wait for a map.
                "GATE-5" if rule.result == Verdict::Unknown => {}
                "GATE-9" => match self.survey(record, place.as_deref()) {
                    Ok(survey) => _ = needs.insert(survey),
                    Err(reason) => why.push(format!("GATE-9: {reason}")),
                },
                id => why.push(format!("{id}: {}", if rule.needs.is_empty() { &rule.text } else { &rule.needs })),
            }
        }
        why.dedup();
        Ok(if why.is_empty() { Ok(needs) } else { Err(why.join("; ")) })
    }

    /// Works after which a record no longer stands against a gate, asked for a settlement.
    fn cure(&mut self, because: &Because, place: Option<&str>) -> anyhow::Result<Result<Vec<usize>, String>> {
        let index = self.programme.index();
        let Some(number) = index.number_of(because.entry) else { return Ok(Err(because.text.clone())) };
        match index.record(number).kind {
            RecordKind::HazardArea | RecordKind::Reopening => {
                if !self.lots.contains_key(&number) {
                    self.uncertain(number)?;
                }
                Ok(match &*self.lots[&number] {
                    [] => Err(format!("{} is in the way, and no lot of the plan clears it", because.local_id)),
                    lots => Ok(lots.to_vec()),
                })
            }
            // A road of which something is not known is looked at.
            RecordKind::Route if because.against == Some(Verdict::Unknown) => {
                let Some(route) = self.programme.record(because.entry)? else { return Ok(Err(because.text.clone())) };
                Ok(self.survey(&route, place).map(|survey| vec![survey]).map_err(str::to_owned))
            }
            _ => Ok(Err(because.text.clone())),
        }
    }

    /// Lots of a hazard of which nothing remains by the book, while its release is not certain enough for what is built
    /// there: all that remains in gate geometry is worked on again.
    fn uncertain(&mut self, root: u32) -> anyhow::Result<()> {
        let remaining_m2 = self.state.row_figures(root, self.day).remaining_gate.m2();
        let mut lots = Vec::new();
        if let Some(record) = self.newest(root)?.filter(|_| remaining_m2 > 0.0) {
            match self.lots_of(remaining_m2, &record, 0) {
                Ok(found) => lots = found,
                Err(why) => self.left_out.push((record.local_id.clone(), why.to_owned())),
            }
            lots.iter_mut().for_each(|lot| lot.id += " (to be certain)");
            self.hazards.push(Hazard { root, remaining_m2, record });
        }
        self.lots.insert(root, (self.works.len()..self.works.len() + lots.len()).collect());
        self.works.extend(lots);
        Ok(())
    }

    /// A desk check and a non-technical survey of ground of which nothing is recorded: a week.
    fn survey(&mut self, record: &Record, place: Option<&str>) -> Result<usize, &'static str> {
        let id = format!("survey of {}", record.local_id);
        let season = self.band(record, place);
        if let Some(known) = self.works.iter().position(|work| work.id == id) {
            // Two settlements may ask for a road of which nobody knows the height.
            let seasons = [self.works[known].season, season];
            self.works[known].season = most_closed(&self.settings.bands, seasons).unwrap_or(season);
            return Ok(known);
        }
        let cost = |clearer: &Clearer| (clearer.cost_day * self.settings.days_a_week).round() as i64;
        let trained = self.clearers.iter().enumerate().filter(|(_, clearer)| clearer.skills.contains("NTS"));
        let offers: Vec<Offer> = trained.map(|(team, c)| Offer { team, weeks: 1, cost: cost(c) }).collect();
        if offers.is_empty() {
            return Err("nothing is recorded of the ground, and no team is trained for non-technical survey");
        }
        let subject = record.local_id.clone();
        let means = Means::Clearance { offers };
        self.works.push(Work { id, subject, season, after: Vec::new(), priority: 0, means });
        Ok(self.works.len() - 1)
    }

    /// Works of projects; those that are not finished, whether planned or not.
    fn projects(&mut self) -> anyhow::Result<Vec<Record>> {
        let is_done = |project: &Record| project.day("completed_on").is_some_and(|on| Day::from(on) <= self.day);
        let (mut done, mut open, mut in_question) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (number, mut project) in self.books.official_records(RecordKind::Project) {
            project.local_id = self.books.first_id(RecordKind::Project, &project.local_id);
            if is_done(&project) && self.books.stands(number) {
                done.push(project);
                continue;
            }
            // What somebody proposes to correct is not known to be finished, and is not built a second time.
            if is_done(&project) {
                in_question.insert(project.local_id.clone());
            }
            open.push(project);
        }
        let before = |maker: &Maker<'_>, project: &Record| -> Vec<String> {
            project.list("predecessors").into_iter().map(|id| maker.books.first_id(RecordKind::Project, id)).collect()
        };
        let done: BTreeSet<&str> = done.iter().map(|project| &*project.local_id).collect();
        let mut needs: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for project in &open {
            let found = match project.geometry {
                _ if in_question.contains(&project.local_id) => {
                    Err("it is reported finished, and a correction of that report waits for approval".to_owned())
                }
                Some(_) => self.gate(project)?,
                None => Err("the project has no footprint on record, so its gate is UNKNOWN".to_owned()),
            };
            match found {
                Ok(works) => _ = needs.insert(&project.local_id, works),
                Err(why) => self.left_out.push((project.local_id.clone(), why)),
            }
        }
        // On what cannot be planned nothing is built, and nothing on that in turn.
        while let Some((id, missing)) = open.iter().find_map(|project| {
            let waits = before(self, project).into_iter().filter(|id| !done.contains(&**id));
            let missing = waits.into_iter().find(|id| !needs.contains_key(&**id))?;
            needs.contains_key(&*project.local_id).then_some((&*project.local_id, missing))
        }) {
            needs.remove(id);
            self.left_out.push((id.to_owned(), format!("it waits for {missing}, which is not planned")));
        }
        let first = self.works.len();
        self.projects = needs.keys().zip(first..).map(|(id, work)| ((*id).to_owned(), work)).collect();
        for (id, mut after) in needs {
            let project = open.iter().find(|project| project.local_id == id).expect("it is one of them");
            after.extend(before(self, project).iter().filter_map(|before| self.projects.get(before)));
            let work = self.building(project, after.into_iter().collect());
            self.works.push(work);
        }
        Ok(open)
    }

    fn building(&mut self, project: &Record, after: Vec<usize>) -> Work {
        let sector = project.text("sector").unwrap_or("other");
        let crew = self.crews.iter().position(|known| known == sector).unwrap_or_else(|| {
            self.crews.push(sector.to_owned());
            self.crews.len() - 1
        });
        let weeks = project.number("duration_weeks").map_or(USUAL_WEEKS, |weeks| weeks as i64).max(1) as usize;
        let cost = project.number("budget").unwrap_or(0.0).round() as i64;
        let id = project.local_id.clone();
        let means = Means::Building { weeks, crews: vec![(crew, 1)], cost };
        let season = self.band(project, self.place_of(project).as_deref());
        Work { subject: id.clone(), id, season, after, priority: 0, means }
    }

    fn settlements(&mut self, projects: &[Record]) -> anyhow::Result<Vec<Settlement>> {
        // Lots of the hazards that name a place; `None` where nobody can clear one of them.
        let mut here: BTreeMap<String, Option<BTreeSet<usize>>> = BTreeMap::new();
        for (&root, lots) in &self.lots {
            if let Some(place) = self.newest(root)?.as_ref().and_then(|hazard| self.place_of(hazard)) {
                let place = here.entry(place).or_insert_with(|| Some(BTreeSet::new()));
                match lots.is_empty() {
                    true => *place = None,
                    false => _ = place.as_mut().map(|known| known.extend(lots)),
                }
            }
        }
        let mut settlements = Vec::new();
        for (_, mut place) in self.books.official_records(RecordKind::Place) {
            let households = place.number("n_households").unwrap_or(0.0) as i64;
            if households <= 0 {
                continue;
            }
            place.local_id = self.books.first_id(RecordKind::Place, &place.local_id);
            if let Some(name) = place.text("name") {
                self.names.insert(place.local_id.clone(), name.to_owned());
            }
            let here = here.remove(&place.local_id).unwrap_or_else(|| Some(BTreeSet::new()));
            let mut why = here.is_none().then(|| "a hazard that names it can be cleared by nobody".to_owned());
            let mut needs = here.unwrap_or_default();
            if place.geometry.as_ref().is_some_and(geometry::Shape::is_areal) {
                match self.gate(&place)? {
                    Ok(works) => needs.extend(works),
                    Err(reason) => why = Some(reason),
                }
            }
            for project in projects.iter().filter(|project| self.place_of(project).as_deref() == Some(&*place.local_id))
            {
                match self.projects.get(&project.local_id) {
                    Some(&work) => _ = needs.insert(work),
                    None => why = Some(format!("it needs {}, which is not planned", project.local_id)),
                }
            }
            if needs.is_empty() && !place.geometry.as_ref().is_some_and(geometry::Shape::is_areal) {
                why.get_or_insert("its ground is not drawn, and no hazard or project names it: not known".to_owned());
            }
            if let Some(why) = why {
                self.left_out.push((place.local_id, why));
                self.n_households_left_out += households;
                continue;
            }
            let phase = place.text("phase");
            let phase = phase.and_then(|word| self.phases().position(|phase| phase.name == word));
            let deadline = place.day("return_by").map(|day| self.week_of(day));
            let needs = needs.into_iter().collect();
            settlements.push(Settlement { id: place.local_id, households, deadline, needs, phase });
        }
        Ok(settlements)
    }

    /// Phases that have not ended: one that has holds nothing up.
    fn phases(&self) -> impl Iterator<Item = &settings::PhaseSetting> {
        self.settings.phases.iter().filter(|phase| phase.to >= self.first_day)
    }

    fn made(mut self, settlements: Vec<Settlement>, ranked: Vec<Ranked>) -> Made {
        let was = self.previous.map(|previous| previous.placements(&mut self.works, &self.clearers, self.now));
        let settings = self.settings;
        let bands = &settings.bands;
        let name = |i: usize| match (i.checked_sub(1).and_then(|before| bands[before].below_m), bands[i].below_m) {
            (None, Some(below)) => format!("below {below} m"),
            (Some(above), Some(below)) => format!("{above}–{below} m"),
            (Some(above), None) => format!("above {above} m"),
            (None, None) => "all heights".to_owned(),
        };
        let open = |i: usize| bands[i].weeks(self.first_day, self.n_weeks, settings.early_winter_weeks);
        let seasons = (0..bands.len()).map(|i| Season { name: name(i), open: open(i) }).collect();
        // The first week that lies wholly in it, so that a phase may begin the day after another ends.
        let phase = |phase: &settings::PhaseSetting| Phase {
            name: phase.name.clone(),
            from: self.week_of(phase.from.saturating_add(6.days())),
            to: self.week_of(phase.to.saturating_add(6.days())),
        };
        let phases = self.phases().map(phase).collect();
        let crew =
            |sector: &String| Crew { name: sector.clone(), capacity: settings.crews.get(sector).copied().unwrap_or(1) };
        let weights = |[waiting, lateness, priority, cost]: [i64; 4]| Weights { waiting, lateness, priority, cost };
        let money = |amount: &i64| (*amount as f64 * settings.budget_factor).round() as i64;
        let hazards = self.hazards.iter().map(|hazard| HazardFact {
            subject: hazard.record.local_id.clone(),
            remaining_m2: hazard.remaining_m2,
            priority: self.lots[&hazard.root].first().map_or(0, |&lot| self.works[lot].priority),
        });
        let hazards = hazards.collect();
        let mut budget: Vec<i64> = settings.budget.iter().map(money).collect();
        let spent = self.previous.map_or(0, |previous| previous.spent(&self.works, self.now));
        // Money that came in first is spent first: what it leaves can be spent later.
        let mut left = spent;
        for amount in budget.iter_mut().filter(|amount| **amount > 0) {
            let taken = left.min(*amount);
            *amount -= taken;
            left -= taken;
        }
        let problem = Problem {
            n_weeks: self.n_weeks,
            now: self.now,
            seasons,
            crews: self.crews.iter().map(crew).collect(),
            budget,
            phases,
            weights: settings.weights.map_or_else(Weights::default, weights),
            teams: self.clearers.into_iter().map(|c| Team { name: c.name, available: c.available }).collect(),
            works: self.works,
            settlements,
            frozen: Vec::new(),
        };
        Made {
            problem,
            first_day: self.first_day,
            left_out: self.left_out,
            n_households_left_out: self.n_households_left_out,
            spent,
            ranked,
            hazards,
            names: self.names,
            was,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two settlements behind a lot each, and one team for both: the bound, which has a team for every lot, is out of reach.
    pub(crate) fn two_lots_and_one_team(n_weeks: usize) -> Made {
        let lot = |at: usize| Work {
            id: format!("HA-{at}"),
            subject: format!("HA-{at}"),
            season: 0,
            after: Vec::new(),
            priority: 0,
            means: Means::Clearance { offers: vec![Offer { team: 0, weeks: 4, cost: 0 }] },
        };
        let place = |at: usize| Settlement {
            id: format!("PL-{at}"),
            households: 10,
            deadline: None,
            needs: vec![at],
            phase: None,
        };
        let problem = Problem {
            n_weeks,
            now: 0,
            seasons: vec![Season { name: "all heights".to_owned(), open: Weeks::all(n_weeks) }],
            teams: vec![Team { name: "TM-1".to_owned(), available: Weeks::all(n_weeks) }],
            crews: Vec::new(),
            budget: Vec::new(),
            works: vec![lot(0), lot(1)],
            phases: Vec::new(),
            settlements: vec![place(0), place(1)],
            weights: Weights::default(),
            frozen: Vec::new(),
        };
        Made {
            problem,
            first_day: jiff::civil::date(2026, 1, 5),
            left_out: Vec::new(),
            n_households_left_out: 0,
            spent: 0,
            ranked: Vec::new(),
            hazards: Vec::new(),
            names: BTreeMap::new(),
            was: None,
        }
    }
}
