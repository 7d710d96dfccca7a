//! What if: one more team, a road first, more money, an early winter, side by side, never touching the live plan.
//!
//! All are planned with one seed and as many moves, so that they differ by what they assume. How much two plans differ by
//! luck alone is told beside: the plan as it stands is searched with other seeds too.

use std::collections::BTreeMap;
use std::path::Path;

use gates::Policy;
use jiff::ToSpan;
use jiff::civil::Date;
use ledger::{Day, State};
use plan::{Effort, Fault};
use serde_json::{Value, json};

use super::{Made, Planned, Settings, problem};
use crate::cli::Usage;
use crate::programme::Programme;

/// A scenario as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// What it is called: the name of its file.
    pub name: String,
    /// TOML with settings of `[plan]`.
    pub text: String,
}

/// Seeds besides the one asked for that show what luck does.
const MORE_SEEDS: u64 = 2;
/// Largest scenario that is read.
const MOST_BYTES: u64 = 1 << 20;

impl Scenario {
    /// A file, or every `.toml` of a folder, by name.
    pub fn read(path: &Path) -> anyhow::Result<Vec<Scenario>> {
        let wrong = |why: &dyn std::fmt::Display| Usage(format!("{}: {why}", path.display()));
        if !path.is_dir() {
            let size = std::fs::metadata(path).map_err(|e| wrong(&e))?.len();
            if size > MOST_BYTES {
                return Err(wrong(&format!("{size} bytes; a scenario has at most {MOST_BYTES}")).into());
            }
            let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
            return Ok(vec![Scenario { name: path.display().to_string(), text }]);
        }
        let entries = std::fs::read_dir(path).map_err(|e| wrong(&e))?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut paths = paths.map_err(|e| wrong(&e))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file());
        paths.sort();
        let mut found = Vec::new();
        for path in paths {
            found.extend(Scenario::read(&path)?);
        }
        Ok(found)
    }

    /// Its name without folder and ending.
    pub fn title(&self) -> &str {
        Path::new(&self.name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(&self.name)
    }
}

/// What a plan says, in few numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// `as it stands`, or the title of the scenario.
    pub title: String,
    /// Households times weeks until they are home, those of places that cannot be planned among them. All columns count from
    /// the earliest first day of them to the latest end; those without a day wait until then.
    pub household_weeks: i64,
    /// Households home by the day promised, of those that were promised one.
    pub kept_promises: i64,
    /// What all of it costs.
    pub cost: i64,
    /// How far from the bound.
    pub gap: f64,
    /// Works and places without a day.
    pub n_without: usize,
    /// The day on which each place opens.
    pub on: Vec<(String, Option<Date>)>,
    /// Why it could not be planned at all.
    pub faults: Vec<String>,
    /// Households with the day on which they are home.
    waiting: Vec<(i64, Option<Date>)>,
    /// First day of the plan, and the day after its last; none if it could not be planned.
    span: Option<(Date, Date)>,
}

/// Scenarios beside the plan as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The plan as it stands, then each scenario.
    pub columns: Vec<Column>,
    /// Every place that one of them opens, with its name.
    pub places: BTreeMap<String, String>,
    /// How far the household weeks of the plan as it stands differ by luck: less is no difference.
    pub noise_household_weeks: i64,
}

/// Plans every scenario and the plan as it stands. `tell` hears how many are done, before each and between the rounds of its
/// search, and may stop by answering no.
pub fn compare(
    (programme, state, day, policy): (&Programme, &State, Day, &Policy),
    section: &toml::Table,
    scenarios: &[Scenario],
    effort: &Effort,
    tell: &mut dyn FnMut(usize) -> bool,
) -> anyhow::Result<Option<Compared>> {
    let made = |scenario: Option<&Scenario>| {
        let settings = Settings::of(section.clone(), scenario)?;
        problem(programme, state, day, policy, &settings, None)
    };
    side_by_side(&made, scenarios, effort, tell)
}

fn side_by_side(
    made: &dyn Fn(Option<&Scenario>) -> anyhow::Result<Made>,
    scenarios: &[Scenario],
    effort: &Effort,
    tell: &mut dyn FnMut(usize) -> bool,
) -> anyhow::Result<Option<Compared>> {
    let mut planned = |made: &Made, seed: u64, done: usize| {
        let mut goes_on = true;
        let found = super::plan(made, &Effort { seed, ..*effort }, None, &mut |_| {
            goes_on = tell(done);
            goes_on
        });
        (goes_on && tell(done)).then_some(found)
    };
    let base = made(None)?;
    let mut places = BTreeMap::new();
    let seeds = effort.seed..=effort.seed + MORE_SEEDS;
    // The plan as it stands, with each seed; then the scenarios.
    let (mut stands, mut columns) = (Vec::new(), Vec::new());
    for seed in seeds {
        let Some(found) = planned(&base, seed, stands.len()) else { return Ok(None) };
        stands.push(Column::of("as it stands", found, &mut places));
    }
    for (at, scenario) in scenarios.iter().enumerate() {
        let Some(found) = planned(&made(Some(scenario))?, effort.seed, stands.len() + at) else { return Ok(None) };
        columns.push(Column::of(scenario.title(), found, &mut places));
    }
    let spans = stands.iter().chain(&columns).filter_map(|column| column.span);
    if let Some((from, to)) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) {
        stands.iter_mut().chain(&mut columns).for_each(|column| column.wait(from, to));
    }
    let weeks = || stands.iter().map(|column| column.household_weeks);
    let noise_household_weeks = weeks().max().zip(weeks().min()).map_or(0, |(most, least)| most - least);
    columns.insert(0, stands.swap_remove(0));
    Ok(Some(Compared { columns, places, noise_household_weeks }))
}

impl Column {
    fn of(title: &str, planned: Result<Planned, Vec<Fault>>, places: &mut BTreeMap<String, String>) -> Column {
        let mut column = Column {
            title: title.to_owned(),
            household_weeks: 0,
            kept_promises: 0,
            cost: 0,
            gap: 0.0,
            n_without: 0,
            on: Vec::new(),
            faults: Vec::new(),
            waiting: Vec::new(),
            span: None,
        };
        match planned {
            Err(faults) => column.faults = faults.iter().map(ToString::to_string).collect(),
            Ok(planned) => {
                let problem = &planned.problem;
                let day = |week: usize| planned.first_day.saturating_add((7 * week as i64).days());
                column.span = Some((day(problem.now), day(problem.n_weeks)));
                let home = |place| planned.found.schedule.returns(problem, place).map(day);
                column.waiting = problem.settlements.iter().map(|place| (place.households, home(place))).collect();
                column.waiting.push((planned.n_households_left_out, None));
                for home in &planned.document.returns {
                    let is_kept = home.on.zip(home.deadline).is_some_and(|(on, promised)| on <= promised);
                    column.kept_promises += if is_kept { home.households } else { 0 };
                    column.on.push((home.place.clone(), home.on));
                    places.entry(home.place.clone()).or_insert_with(|| planned.name_of(&home.place));
                }
                column.cost = planned.cost();
                column.gap = planned.document.gap;
                column.n_without = planned.document.unscheduled.len();
            }
        }
        column
    }

    /// Counts the weeks that households wait between two days.
    fn wait(&mut self, from: Date, to: Date) {
        let weeks = |on: Option<Date>| super::weeks_between(from, on.unwrap_or(to)).unwrap_or(0) as i64;
        self.household_weeks = self.waiting.iter().map(|(households, on)| households * weeks(*on)).sum();
    }

    /// The day of a place.
    pub fn day_of(&self, place: &str) -> Option<Date> {
        self.on.iter().find(|(known, _)| known == place).and_then(|(_, on)| *on)
    }
}

impl Compared {
    /// As the command prints it.
    pub fn json(&self) -> Value {
        let column = |column: &Column| {
            let on = column.on.iter().map(|(place, on)| json!({"place": place, "on": on}));
            json!({
                "scenario": column.title,
                "household_weeks": column.faults.is_empty().then_some(column.household_weeks),
                "kept_promises": column.kept_promises,
                "cost": column.cost,
                "gap": column.gap,
                "unscheduled": column.n_without,
                "returns": on.collect::<Vec<_>>(),
                "faults": column.faults,
            })
        };
        json!({
            "scenarios": self.columns.iter().map(column).collect::<Vec<_>>(),
            "noise_household_weeks": self.noise_household_weeks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::tests::two_lots_and_one_team;

    #[test]
    fn a_comparison_that_nobody_wants_stops_between_two_rounds_of_its_search() {
        let effort = Effort { rounds: usize::MAX, moves: 10, seed: 1 };
        let scenarios = [Scenario { name: "more".to_owned(), text: String::new() }];
        for most in [0, 1, 40] {
            let mut n_told = 0;
            let mut tell = |_| {
                n_told += 1;
                n_told <= most
            };
            let found = side_by_side(&|_| Ok(two_lots_and_one_team(104)), &scenarios, &effort, &mut tell).unwrap();
            assert_eq!((found, n_told), (None, most + 1));
        }
    }

    #[test]
    fn a_comparison_that_is_wanted_has_a_column_for_each_scenario() {
        let effort = Effort { rounds: 2, moves: 10, seed: 1 };
        let scenarios = ["a", "b"].map(|name| Scenario { name: name.to_owned(), text: String::new() });
        let mut done = Vec::new();
        let mut tell = |n| {
            done.push(n);
            true
        };
        let found = side_by_side(&|_| Ok(two_lots_and_one_team(104)), &scenarios, &effort, &mut tell).unwrap().unwrap();
        let titles: Vec<&str> = found.columns.iter().map(|column| &*column.title).collect();
        assert_eq!(titles, ["as it stands", "a", "b"]);
        done.dedup();
        assert_eq!(done, [0, 1, 2, 3, 4]);
    }
}
