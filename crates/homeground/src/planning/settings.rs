//! Settings of a plan: the section `[plan]` of `homeground.toml`, and a scenario over it, key by key.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan::productivity::{Band, bands};
use serde::Deserialize;

use super::Scenario;
use crate::cli::Usage;

/// What a person decides about a plan.
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
    /// Crews of builders by sector, at most 1,000; a sector not named has one.
    pub crews: BTreeMap<String, u32>,
    /// Weeks by which winter comes earlier in every band that has one; at most 52.
    pub early_winter_weeks: usize,
    /// Working days of a week.
    pub days_a_week: f64,
    /// Altitude bands, rising.
    pub bands: Vec<Band>,
    /// With so many days of snow a month is closed in a band, by the climate normals on record; none leaves `closed` as it is.
    pub closed_by_snow_days: Option<f64>,
    /// Phases of settlements, by the word of the place's `phase`.
    pub phases: Vec<PhaseSetting>,
    /// Teams more than the records have, at most 1,000.
    pub team: Vec<MoreTeams>,
    /// Local ids of teams to leave out.
    pub without_teams: Vec<String>,
    /// Criteria of the priority score in the order of their weight: `+name` if more is sooner, `-name` if less is.
    pub criteria: Vec<String>,
    /// Points of a household waiting a week, of one waiting a week beyond its promise, of a priority point, of money.
    pub weights: Option<[i64; 4]>,
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

/// Teams of a scenario, all together.
const MOST_TEAMS: usize = 1_000;
/// Crews of one sector.
const MOST_CREWS: u32 = 1_000;

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            start: None,
            years: 10,
            budget: Vec::new(),
            budget_factor: 1.0,
            crews: BTreeMap::new(),
            early_winter_weeks: 0,
            days_a_week: 5.0,
            bands: bands(),
            closed_by_snow_days: None,
            phases: Vec::new(),
            team: Vec::new(),
            without_teams: Vec::new(),
            criteria: Vec::new(),
            weights: None,
        }
    }
}

impl Settings {
    /// The section beside the programme, then a scenario over it, key by key; a scenario is such a section, or holds one.
    pub fn of(mut section: toml::Table, scenario: Option<&Scenario>) -> anyhow::Result<Settings> {
        if let Some(Scenario { name, text }) = scenario {
            let wrong = |why: &dyn std::fmt::Display| Usage(format!("{name}: {}", why.to_string().trim_end()));
            let mut read: toml::Table = text.parse().map_err(|e| wrong(&e))?;
            let read = match read.remove("plan") {
                Some(toml::Value::Table(plan)) => plan,
                Some(_) => return Err(wrong(&"[plan] is no table").into()),
                None => read,
            };
            section.extend(read);
        }
        let whose = scenario.map_or_else(String::new, |scenario| format!("{}: ", scenario.name));
        let settings: Settings = toml::Value::Table(section)
            .try_into()
            .map_err(|e: toml::de::Error| Usage(format!("{whose}[plan]: {}", e.message())))?;
        settings.checked().map_err(|why| Usage(format!("{whose}[plan]: {why}")).into())
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
        if self.closed_by_snow_days.is_some_and(|days| !fine(days, 31.0)) {
            return Err("closed_by_snow_days: more than 0 and at most 31 is wanted".to_owned());
        }
        if self.bands.is_empty() {
            return Err("bands is empty; one band at least is wanted".to_owned());
        }
        if let Some(PhaseSetting { name, from, to }) = self.phases.iter().find(|phase| phase.to < phase.from) {
            return Err(format!("phase {name} ends on {to}, before it begins on {from}"));
        }
        let below = |band: &Band| band.below_m.unwrap_or(f64::INFINITY);
        let rises = |pair: &[Band]| below(&pair[0]).partial_cmp(&below(&pair[1])) == Some(std::cmp::Ordering::Less);
        if let Some(pair) = self.bands.windows(2).find(|pair| !rises(pair)) {
            let said = |band: &Band| band.below_m.map_or("absent".to_owned(), |height| height.to_string());
            let (first, next) = (said(&pair[0]), said(&pair[1]));
            return Err(format!(
                "bands: below_m {next} stands after {first}; rising heights are wanted, absent in the last"
            ));
        }
        if let Some(team) = self.team.iter().find(|team| !fine(team.rate_m2_day, 1e7)) {
            return Err(format!("rate_m2_day of {} is {}; a positive number is wanted", team.name, team.rate_m2_day));
        }
        let n_teams = self.team.iter().fold(0_usize, |sum, team| sum.saturating_add(team.count));
        if n_teams > MOST_TEAMS {
            return Err(format!("team counts {n_teams} teams in all; at most {MOST_TEAMS} are planned"));
        }
        if let Some(team) = self.team.iter().find(|team| !team.cost_day.is_finite() || team.cost_day < 0.0) {
            let (name, cost) = (&team.name, team.cost_day);
            return Err(format!("cost_day of {name} is {cost}; a number that is not negative is wanted"));
        }
        if let Some((sector, n)) = self.crews.iter().find(|(_, n)| **n > MOST_CREWS) {
            return Err(format!("crews of {sector} is {n}; at most {MOST_CREWS} is wanted"));
        }
        if self.early_winter_weeks > plan::WEEKS_A_YEAR {
            let (weeks, most) = (self.early_winter_weeks, plan::WEEKS_A_YEAR);
            return Err(format!("early_winter_weeks is {weeks}; at most {most} is wanted"));
        }
        if let Some(criterion) = self.criteria.iter().find(|c| !c.starts_with(['+', '-']) || c.len() < 2) {
            return Err(format!("criteria names {criterion:?}; +name or -name is wanted"));
        }
        Ok(self)
    }
}
