//! What if: one more team, a road first, more money, an early winter, side by side, never touching the live plan.
//!
//! All are planned with one seed and as many moves, so that they differ by what they assume. How much two plans differ by
//! luck alone is told beside: the plan as it stands is searched with other seeds too.

use std::collections::BTreeMap;
use std::path::Path;

use gates::Policy;
use jiff::civil::Date;
use ledger::{Day, State};
use plan::{Effort, Fault};
use serde_json::{Value, json};

use super::{Planned, Settings, problem};
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
    /// Households times weeks until they are home; those without a day wait until the end of the plan.
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

/// Plans every scenario and the plan as it stands. `tell` hears how many are done and may stop by answering no.
pub fn compare(
    (programme, state, day, policy): (&Programme, &State, Day, &Policy),
    section: &toml::Table,
    scenarios: &[Scenario],
    effort: &Effort,
    tell: &mut dyn FnMut(usize) -> bool,
) -> anyhow::Result<Option<Compared>> {
    let planned = |scenario: Option<&Scenario>, seed: u64| -> anyhow::Result<Result<Planned, Vec<Fault>>> {
        let settings = Settings::of(section.clone(), scenario)?;
        let made = problem(programme, state, day, policy, &settings, None)?;
        Ok(super::plan(made, &Effort { seed, ..*effort }, None, &mut |_| true))
    };
    let mut compared = Compared { columns: Vec::new(), places: BTreeMap::new(), noise_household_weeks: 0 };
    let mut weeks = Vec::new();
    let mut places = BTreeMap::new();
    for seed in effort.seed..=effort.seed + MORE_SEEDS {
        if !tell(weeks.len()) {
            return Ok(None);
        }
        let column = Column::of("as it stands", planned(None, seed)?, &mut places);
        weeks.push(column.household_weeks);
        if compared.columns.is_empty() {
            compared.columns.push(column);
        }
    }
    let spread = weeks.iter().max().zip(weeks.iter().min()).map_or(0, |(most, least)| most - least);
    compared.noise_household_weeks = spread;
    for (at, scenario) in scenarios.iter().enumerate() {
        if !tell(weeks.len() + at) {
            return Ok(None);
        }
        compared.columns.push(Column::of(scenario.title(), planned(Some(scenario), effort.seed)?, &mut places));
    }
    Ok(Some(Compared { places, ..compared }))
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
        };
        match planned {
            Err(faults) => column.faults = faults.iter().map(ToString::to_string).collect(),
            Ok(planned) => {
                let problem = &planned.problem;
                for place in &problem.settlements {
                    let on = planned.found.schedule.returns(problem, place);
                    column.household_weeks += place.households * (on.unwrap_or(problem.n_weeks) - problem.now) as i64;
                }
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
                "household_weeks": column.household_weeks,
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
