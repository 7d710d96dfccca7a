//! A programme as a problem to plan: what is left to clear and to build, who can do it, when, for what money.
//!
//! What has to be cleared before a place opens is not written down by anybody: it is what blocks its gates. So every
//! footprint is asked its gate, and the hazards in the way become lots that must end first. What clearance cannot cure
//! (a depth nobody cleared to, a road that is closed) is told and not planned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gates::{Policy, Result as Verdict};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use ledger::{Day, Standing, State};
use plan::{Crew, Means, Offer, Phase, Problem, Season, Settlement, Team, Weeks, Weights, Work};
use records::{Record, RecordKind};
use serde::Deserialize;

use crate::cli::Usage;
use crate::gate::{Subject, Wanted, ask};
use crate::programme::Programme;

/// Settings of a plan: the section `[plan]` of `homeground.toml`, or a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// First day planned; the Monday of its week counts. Absent is the day asked about.
    pub start: Option<Date>,
    /// How many years ahead.
    pub years: usize,
    /// Money for clearance and building, added in each year; none is no limit.
    pub budget: Vec<i64>,
    /// What every budget is multiplied by, for what-ifs.
    pub budget_factor: f64,
    /// Crews of builders by sector; a sector not named has one.
    pub crews: BTreeMap<String, u32>,
    /// Weeks by which winter comes earlier in every band that has one.
    pub early_winter_weeks: usize,
    /// Working days of a week.
    pub days_a_week: f64,
    /// Altitude bands, rising.
    pub bands: Vec<Band>,
    /// Phases of settlements, by the word of the place's `phase`.
    pub phases: Vec<PhaseSetting>,
    /// Teams more than the records have.
    pub team: Vec<MoreTeams>,
    /// Local ids of teams to leave out.
    pub without_teams: Vec<String>,
    /// Points of a household waiting a week, of one waiting a week beyond its promise, of a priority point, of money.
    pub weights: Option<[i64; 4]>,
}

/// An altitude band with its calendar (DOMAIN §10.2).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Below this height, metres; absent in the highest band.
    pub below_m: Option<f64>,
    /// Months without work, 1 … 12.
    #[serde(default)]
    pub closed: Vec<i8>,
    /// Share of the days of an open month on which work is possible.
    #[serde(default = "one")]
    pub open_days: f64,
}

fn one() -> f64 {
    1.0
}

/// A phase with its days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSetting {
    /// `restore`, `consolidate`, `keep` or `later`.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Teams of a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoreTeams {
    /// Name of each; a number is put behind it.
    pub name: String,
    /// How many.
    #[serde(default = "once")]
    pub count: usize,
    /// Activities it is trained for.
    pub skills: Vec<String>,
    /// m² a working day.
    pub rate_m2_day: f64,
    /// Cost of a working day.
    #[serde(default)]
    pub cost_day: f64,
}

fn once() -> usize {
    1
}

impl Default for Settings {
    fn default() -> Settings {
        let band = |below_m, closed: &[i8], open_days| Band { below_m, closed: closed.to_vec(), open_days };
        Settings {
            start: None,
            years: 10,
            budget: Vec::new(),
            budget_factor: 1.0,
            crews: BTreeMap::new(),
            early_winter_weeks: 0,
            days_a_week: 5.0,
            bands: vec![
                band(Some(800.0), &[], 0.8),
                band(Some(1_500.0), &[12, 1, 2], 1.0),
                band(Some(2_200.0), &[11, 12, 1, 2, 3], 1.0),
                band(None, &[11, 12, 1, 2, 3, 4, 5], 1.0),
            ],
            phases: Vec::new(),
            team: Vec::new(),
            without_teams: Vec::new(),
            weights: None,
        }
    }
}

impl Settings {
    /// The section `[plan]` beside the programme, then the scenario over it, key by key.
    pub fn load(programme: &Path, scenario: Option<&Path>) -> anyhow::Result<Settings> {
        let folder = programme.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = folder.join("homeground.toml");
        let mut table = toml::Table::new();
        for (path, section) in [(Some(beside.as_path()), true), (scenario, false)] {
            let Some(path) = path else { continue };
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if section && error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Usage(format!("{}: {error}", path.display())).into()),
            };
            let wrong =
                |why: &dyn std::fmt::Display| Usage(format!("{}: {}", path.display(), why.to_string().trim_end()));
            let read: toml::Table = text.parse().map_err(|e| wrong(&e))?;
            let read = match read.get("plan") {
                Some(toml::Value::Table(plan)) => plan.clone(),
                Some(_) => return Err(wrong(&"[plan] is no table").into()),
                None if section => continue,
                None => read,
            };
            table.extend(read);
        }
        let settings: Settings = toml::Value::Table(table)
            .try_into()
            .map_err(|e: toml::de::Error| Usage(format!("[plan]: {}", e.message())))?;
        settings.checked().map_err(|why| Usage(format!("[plan]: {why}")).into())
    }

    fn checked(self) -> Result<Settings, String> {
        let fine = |number: f64, most: f64| number.is_finite() && number > 0.0 && number <= most;
        if !(1..=70).contains(&self.years) {
            return Err(format!("years is {}; between 1 and 70 is wanted", self.years));
        }
        if !fine(self.days_a_week, 7.0) {
            return Err(format!("days_a_week is {}; more than 0 and at most 7 is wanted", self.days_a_week));
        }
        if !self.budget_factor.is_finite() || self.budget_factor < 0.0 {
            return Err(format!("budget_factor is {}; a number that is not negative is wanted", self.budget_factor));
        }
        if let Some(band) = self.bands.iter().find(|band| !fine(band.open_days, 1.0)) {
            return Err(format!("open_days is {}; more than 0 and at most 1 is wanted", band.open_days));
        }
        if let Some(month) = self.bands.iter().flat_map(|band| &band.closed).find(|month| !(1..=12).contains(*month)) {
            return Err(format!("closed names month {month}; 1 to 12 is wanted"));
        }
        if self.bands.is_empty() {
            return Err("bands is empty; one band at least is wanted".to_owned());
        }
        if let Some(team) = self.team.iter().find(|team| !fine(team.rate_m2_day, 1e7)) {
            return Err(format!("rate_m2_day of {} is {}; a positive number is wanted", team.name, team.rate_m2_day));
        }
        Ok(self)
    }
}

/// A problem with the day on which its week 0 begins, and what could not be put into it.
#[derive(Debug)]
pub struct Made {
    /// What is to be planned.
    pub problem: Problem,
    /// Monday of week 0.
    pub first_day: Date,
    /// What cannot be planned, and why.
    pub left_out: Vec<(String, String)>,
}

/// Lots are split until their fastest team needs no more weeks than this.
const LONGEST_LOT: usize = 14;
/// A week to move to a lot and set up.
const MOBILISATION: usize = 1;
/// Weeks of building where a project does not say.
const USUAL_WEEKS: i64 = 12;

/// Whoever clears.
struct Clearer {
    name: String,
    skills: BTreeSet<String>,
    rate_m2_day: f64,
    cost_day: f64,
    available: Weeks,
}

/// Rates of a team where it states none, m² a day, of DOMAIN §10.1: a person, or the team.
fn usual_rate(method: &str, n_people: f64) -> Option<f64> {
    match method {
        "manual" => Some(30.0 * n_people),
        "dogs" => Some(700.0),
        "machine" => Some(3_000.0),
        "bac" => Some(1_500.0),
        "survey" => Some(100_000.0),
        _ => None,
    }
}

/// Rate multipliers of DOMAIN §10.1.
fn modifier(terrain: &[&str]) -> f64 {
    let of = |word: &&str| match *word {
        "steep" | "stony" => 0.6,
        "dense_bush" => 0.5,
        "high_metal" => 0.4,
        _ => 1.0,
    };
    terrain.iter().map(of).product()
}

struct Maker<'a> {
    programme: &'a Programme,
    state: &'a State,
    day: Day,
    policy: &'a Policy,
    settings: &'a Settings,
    first_day: Date,
    n_weeks: usize,
    clearers: Vec<Clearer>,
    crews: Vec<String>,
    works: Vec<Work>,
    /// Lots by the local id of their hazard.
    lots: BTreeMap<String, Vec<usize>>,
    /// Works of a project by its local id: its survey and itself.
    projects: BTreeMap<String, usize>,
    left_out: Vec<(String, String)>,
}

/// What the programme leaves to be planned, as known in `state`, from `day` on.
pub fn problem(
    programme: &Programme,
    state: &State,
    day: Day,
    policy: &Policy,
    settings: &Settings,
) -> anyhow::Result<Made> {
    let start = settings.start.unwrap_or_else(|| day.date());
    let since_monday = i64::from(start.weekday().since(Weekday::Monday));
    let first_day = start.saturating_sub(since_monday.days());
    let n_weeks = settings.years * plan::WEEKS_A_YEAR;
    let mut maker = Maker {
        programme,
        state,
        day,
        policy,
        settings,
        first_day,
        n_weeks,
        clearers: Vec::new(),
        crews: Vec::new(),
        works: Vec::new(),
        lots: BTreeMap::new(),
        projects: BTreeMap::new(),
        left_out: Vec::new(),
    };
    maker.teams()?;
    maker.hazards()?;
    let projects = maker.projects()?;
    let settlements = maker.settlements(&projects)?;
    Ok(maker.made(settlements))
}

impl Maker<'_> {
    fn week_day(&self, week: usize) -> Date {
        self.first_day.saturating_add((7 * week as i64).days())
    }

    /// The number of the week that holds a day, at least 0.
    fn week_of(&self, day: Date) -> usize {
        usize::try_from((day - self.first_day).get_days().max(0) / 7).unwrap_or(0)
    }

    /// The newest report of each record of a kind that is approved and not corrected, and whose day has come.
    fn records(&self, kind: RecordKind) -> anyhow::Result<Vec<Record>> {
        let index = self.programme.index();
        let approved = |n: u32| index.standing(n, self.state.known_at()) == Standing::Approved;
        let mut found = Vec::new();
        for (number, kept) in index.records().filter(|(_, kept)| kept.kind == kind && kept.day <= self.day) {
            if approved(number) && !index.successors(number).iter().any(|&s| approved(s)) {
                found.extend(self.programme.record(kept.entry)?);
            }
        }
        Ok(found)
    }

    fn teams(&mut self) -> anyhow::Result<()> {
        let accreditations = self.records(RecordKind::Accreditation)?;
        for team in self.records(RecordKind::Team)? {
            if self.settings.without_teams.contains(&team.local_id) {
                continue;
            }
            let skills: BTreeSet<String> = team.list("skills").into_iter().map(str::to_owned).collect();
            let n_people = team.number("n_people").unwrap_or(1.0);
            let usual = team.text("method").and_then(|method| usual_rate(method, n_people));
            let Some(rate_m2_day) = team.number("rate_m2_day").filter(|rate| *rate > 0.0).or(usual) else {
                self.left_out.push((team.local_id, "the team states neither rate_m2_day nor method".to_owned()));
                continue;
            };
            let (from, to) = (team.day("available_from"), team.day("available_to"));
            let operator = team.text("operator");
            // Where an operator has accreditations on record, it works only while one of them holds.
            let own: Vec<&Record> =
                accreditations.iter().filter(|a| operator.is_some() && a.text("operator") == operator).collect();
            let is_accredited = |day: Date| {
                let holds = |a: &&&Record| {
                    a.day("valid_from").is_none_or(|from| from <= day)
                        && a.day("valid_to").is_none_or(|to| to >= day)
                        && a.text("activity").is_none_or(|activity| skills.contains(activity))
                };
                own.is_empty() || own.iter().any(|a| holds(&a))
            };
            let works = |week: usize| {
                let (monday, friday) = (self.week_day(week), self.week_day(week).saturating_add(4.days()));
                from.is_none_or(|from| from <= monday)
                    && to.is_none_or(|to| to >= friday)
                    && is_accredited(monday)
                    && is_accredited(friday)
            };
            let available = Weeks::of(self.n_weeks, works);
            if available.is_empty() {
                let why = "the team is available in no week of the plan: its days, or its operator's accreditation, have ended";
                self.left_out.push((team.local_id, why.to_owned()));
                continue;
            }
            let cost_day = team.number("cost_day").unwrap_or(0.0);
            self.clearers.push(Clearer { name: team.local_id, skills, rate_m2_day, cost_day, available });
        }
        for more in &self.settings.team {
            for i in 1..=more.count {
                self.clearers.push(Clearer {
                    name: format!("{} {i}", more.name),
                    skills: more.skills.iter().cloned().collect(),
                    rate_m2_day: more.rate_m2_day,
                    cost_day: more.cost_day,
                    available: Weeks::all(self.n_weeks),
                });
            }
        }
        self.clearers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    fn band(&self, elevation_m: Option<f64>) -> usize {
        let last = self.settings.bands.len() - 1;
        match elevation_m {
            // Of what height nobody knows the shortest season counts.
            None => last,
            Some(height) => self
                .settings
                .bands
                .iter()
                .position(|band| band.below_m.is_none_or(|below| height < below))
                .unwrap_or(last),
        }
    }

    fn hazards(&mut self) -> anyhow::Result<()> {
        let index = self.programme.index();
        for root in self.state.rows().collect::<Vec<u32>>() {
            let remaining = self.state.row_figures(root, self.day).remaining().m2();
            let kept = index.record(root);
            if remaining <= 0.0 || kept.day > self.day {
                continue;
            }
            let Some(record) = self.programme.record(kept.entry)? else { continue };
            let subject = record.local_id.clone();
            let eo = record.list("eo");
            let has_mines =
                eo.is_empty() || eo.iter().any(|word| !["UXO", "AXO", "CM_SUBMUN", "CM_OTHER"].contains(word));
            let is_suspected = record.text("class") == Some("SHA");
            let band = self.band(record.number("elevation_m"));
            let pace =
                modifier(&record.list("terrain")) * self.settings.days_a_week * self.settings.bands[band].open_days;
            let can = |clearer: &Clearer| {
                let has = |skill: &str| clearer.skills.contains(skill);
                has("CLR") || (has("BAC") && !has_mines) || (has("TS") && is_suspected)
            };
            let weeks = |clearer: &Clearer, area: f64| {
                (area / (clearer.rate_m2_day * pace)).ceil().max(1.0) as usize + MOBILISATION
            };
            let fastest = self.clearers.iter().filter(|c| can(c)).map(|c| weeks(c, remaining)).min();
            let Some(fastest) = fastest else {
                self.left_out.push((subject, "no team can clear it: none is trained for it".to_owned()));
                continue;
            };
            let n_lots = fastest.div_ceil(LONGEST_LOT);
            let area = remaining / n_lots as f64;
            let mut lots = Vec::new();
            for lot in 1..=n_lots {
                let offers = self.clearers.iter().enumerate().filter(|(_, c)| can(c)).map(|(team, c)| {
                    let weeks = weeks(c, area);
                    let days = (weeks - MOBILISATION) as f64 * self.settings.days_a_week;
                    Offer { team, weeks, cost: (days * c.cost_day).round() as i64 }
                });
                let id = if n_lots == 1 { subject.clone() } else { format!("{subject} lot {lot} of {n_lots}") };
                let means = Means::Clearance { offers: offers.filter(|offer| offer.weeks <= self.n_weeks).collect() };
                let priority = record.number("priority").unwrap_or(0.0) as i64;
                lots.push(self.works.len());
                self.works.push(Work {
                    id,
                    subject: subject.clone(),
                    season: band,
                    after: Vec::new(),
                    priority,
                    means,
                });
            }
            self.lots.entry(subject).or_default().extend(lots);
        }
        Ok(())
    }

    /// Lots that must end before the gate of a subject opens; why it cannot open by clearance, if it cannot.
    fn gate(&mut self, record: &Record) -> anyhow::Result<Result<BTreeSet<usize>, String>> {
        let subject = Subject::Record(Box::new(record.clone()));
        let answer = ask(self.programme, self.state, self.day, self.policy, &subject, &Wanted::default())?;
        let mut needs = BTreeSet::new();
        let mut why = Vec::new();
        for rule in answer.rules.iter().filter(|rule| rule.result > Verdict::Pass) {
            let lots: Vec<&Vec<usize>> = rule.because.iter().filter_map(|b| self.lots.get(&b.local_id)).collect();
            match rule.rule {
                "GATE-1" | "GATE-2" | "GATE-5" if !lots.is_empty() => needs.extend(lots.into_iter().flatten()),
                "GATE-9" if record.geometry.is_some() => needs.extend(self.survey(record)),
                // Nobody has drawn the roads: the plan does not wait for a map.
                "GATE-5" if rule.result == Verdict::Unknown => {}
                _ => {
                    why.push(format!("{} {}", rule.rule, if rule.needs.is_empty() { &rule.text } else { &rule.needs }))
                }
            }
        }
        Ok(if why.is_empty() { Ok(needs) } else { Err(why.join("; ")) })
    }

    /// A desk check and a non-technical survey of ground of which nothing is recorded: a week.
    fn survey(&mut self, record: &Record) -> Option<usize> {
        let id = format!("survey of {}", record.local_id);
        if let Some(known) = self.works.iter().position(|work| work.id == id) {
            return Some(known);
        }
        let offers: Vec<Offer> = (self.clearers.iter().enumerate())
            .filter(|(_, clearer)| clearer.skills.contains("NTS"))
            .map(|(team, c)| Offer { team, weeks: 1, cost: (c.cost_day * self.settings.days_a_week).round() as i64 })
            .collect();
        if offers.is_empty() {
            self.left_out.push((id, "no team is trained for non-technical survey".to_owned()));
            return None;
        }
        let season = self.band(record.number("elevation_m"));
        let subject = record.local_id.clone();
        self.works.push(Work {
            id,
            subject,
            season,
            after: Vec::new(),
            priority: 0,
            means: Means::Clearance { offers },
        });
        Some(self.works.len() - 1)
    }

    fn projects(&mut self) -> anyhow::Result<Vec<Record>> {
        let projects: Vec<Record> = self
            .records(RecordKind::Project)?
            .into_iter()
            .filter(|project| project.day("completed_on").is_none_or(|on| Day::from(on) > self.day))
            .collect();
        for project in &projects {
            if project.geometry.is_none() {
                let why = "the project has no footprint on record, so its gate is UNKNOWN";
                self.left_out.push((project.local_id.clone(), why.to_owned()));
                continue;
            }
            let after = match self.gate(project)? {
                Ok(needs) => needs,
                Err(why) => {
                    self.left_out.push((project.local_id.clone(), why));
                    continue;
                }
            };
            let sector = project.text("sector").unwrap_or("other").to_owned();
            let crew = match self.crews.iter().position(|known| *known == sector) {
                Some(known) => known,
                None => {
                    self.crews.push(sector);
                    self.crews.len() - 1
                }
            };
            let weeks = project.number("duration_weeks").map_or(USUAL_WEEKS, |weeks| weeks as i64).max(1) as usize;
            let cost = project.number("budget").unwrap_or(0.0).round() as i64;
            let season = self.band(project.number("elevation_m"));
            let id = project.local_id.clone();
            self.projects.insert(id.clone(), self.works.len());
            let means = Means::Building { weeks, crews: vec![(crew, 1)], cost };
            self.works.push(Work {
                subject: id.clone(),
                id,
                season,
                after: after.into_iter().collect(),
                priority: 0,
                means,
            });
        }
        // What must be finished first, if it is not finished; of what cannot be planned nothing is built on top.
        let is_done: BTreeSet<String> = self
            .records(RecordKind::Project)?
            .into_iter()
            .filter(|project| project.day("completed_on").is_some_and(|on| Day::from(on) <= self.day))
            .map(|project| project.local_id)
            .collect();
        for project in &projects {
            let Some(&work) = self.projects.get(&project.local_id) else { continue };
            for predecessor in project.list("predecessors") {
                match self.projects.get(predecessor) {
                    Some(&before) => self.works[work].after.push(before),
                    None if is_done.contains(predecessor) => {}
                    None => {
                        let why = format!("it waits for {predecessor}, which is not planned");
                        self.left_out.push((project.local_id.clone(), why));
                        self.bar(work);
                    }
                }
            }
            self.works[work].after.sort_unstable();
            self.works[work].after.dedup();
        }
        Ok(projects)
    }

    /// Make a work impossible: it waits for a lot that no team clears.
    fn bar(&mut self, work: usize) {
        if let Means::Building { .. } = self.works[work].means {
            self.works[work].means = Means::Clearance { offers: Vec::new() };
        }
    }

    fn settlements(&mut self, projects: &[Record]) -> anyhow::Result<Vec<Settlement>> {
        let mut settlements = Vec::new();
        for place in self.records(RecordKind::Place)? {
            let households = place.number("n_households").unwrap_or(0.0) as i64;
            if households <= 0 {
                continue;
            }
            let mut needs: BTreeSet<usize> = BTreeSet::new();
            let id = place.local_id.clone();
            if place.geometry.as_ref().is_some_and(geometry::Shape::is_areal) {
                match self.gate(&place)? {
                    Ok(lots) => needs.extend(lots),
                    Err(why) => {
                        self.left_out.push((id, why));
                        continue;
                    }
                }
            }
            let here = projects.iter().filter(|project| project.text("place") == Some(id.as_str()));
            let mut missing = None;
            for project in here {
                match self.projects.get(&project.local_id) {
                    Some(&work) => _ = needs.insert(work),
                    None => missing = Some(project.local_id.clone()),
                }
            }
            if let Some(project) = missing {
                self.left_out.push((id, format!("it needs {project}, which is not planned")));
                continue;
            }
            let index = self.programme.index();
            let mine: Vec<String> = self.lots.keys().cloned().collect();
            for hazard in mine {
                let numbers = index.with_local_id(RecordKind::HazardArea, &hazard);
                let Some(record) =
                    numbers.first().map(|&n| self.programme.record(index.record(n).entry)).transpose()?.flatten()
                else {
                    continue;
                };
                if record.text("place") == Some(id.as_str()) {
                    needs.extend(self.lots[&hazard].iter().copied());
                }
            }
            let phase =
                place.text("phase").and_then(|word| self.settings.phases.iter().position(|phase| phase.name == word));
            let deadline = place.day("return_by").map(|day| self.week_of(day));
            settlements.push(Settlement { id, households, deadline, needs: needs.into_iter().collect(), phase });
        }
        Ok(settlements)
    }

    fn made(self, settlements: Vec<Settlement>) -> Made {
        let Settings { bands, early_winter_weeks, budget, budget_factor, phases, weights, .. } = self.settings;
        let name = |i: usize| match (i.checked_sub(1).and_then(|before| bands[before].below_m), bands[i].below_m) {
            (None, Some(below)) => format!("below {below} m"),
            (Some(above), Some(below)) => format!("{above}–{below} m"),
            (Some(above), None) => format!("above {above} m"),
            (None, None) => "all heights".to_owned(),
        };
        let is_open = |band: &Band, week: usize| {
            let day = self.week_day(week).saturating_add(3.days());
            let later = day.saturating_add((7 * *early_winter_weeks as i64).days());
            !band.closed.contains(&day.month()) && !band.closed.contains(&later.month())
        };
        let seasons: Vec<Season> = bands
            .iter()
            .enumerate()
            .map(|(i, band)| Season { name: name(i), open: Weeks::of(self.n_weeks, |week| is_open(band, week)) })
            .collect();
        let capacity = |sector: &str| self.settings.crews.get(sector).copied().unwrap_or(1);
        let phases: Vec<Phase> = phases
            .iter()
            .map(|phase| Phase {
                name: phase.name.clone(),
                from: self.week_of(phase.from),
                to: self.week_of(phase.to.saturating_add(6.days())),
            })
            .collect();
        let weights = weights.map_or_else(Weights::default, |[waiting, lateness, priority, cost]| Weights {
            waiting,
            lateness,
            priority,
            cost,
        });
        let problem = Problem {
            n_weeks: self.n_weeks,
            now: 0,
            seasons,
            teams: self.clearers.into_iter().map(|c| Team { name: c.name, available: c.available }).collect(),
            crews: self.crews.iter().map(|sector| Crew { name: sector.clone(), capacity: capacity(sector) }).collect(),
            budget: budget.iter().map(|amount| (*amount as f64 * budget_factor).round() as i64).collect(),
            works: self.works,
            phases,
            settlements,
            weights,
            frozen: Vec::new(),
        };
        Made { problem, first_day: self.first_day, left_out: self.left_out }
    }
}
