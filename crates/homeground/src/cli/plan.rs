//! `homeground plan`: CONTRACT §7.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use plan::priority::Ranked;
use plan::{Effort, Plan, Unscheduled, Valid, Worth};
use serde_json::{Value, json};

use super::arguments::{Format, Plan as Arguments};
use super::report::when;
use super::{Outcome, Refused, Usage};
use crate::config::Config;
use crate::planning::{Made, Settings, problem};
use crate::programme::Programme;

/// Sampled plans behind the ranges, and how far rates are from what is planned (DOMAIN §10.2).
const SAMPLES: usize = 1_000;
const SPREAD: f64 = 0.4;

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    if !arguments.seconds.is_finite() || arguments.seconds < 0.0 {
        return Err(Usage(format!("--seconds {}: a number that is not negative is wanted", arguments.seconds)).into());
    }
    let config = Config::load(Some(&arguments.programme))?;
    let (policy, settings) = (config.policy()?, Settings::of(config.plan(), arguments.scenario.as_deref())?);
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = when(&arguments.when);
    let state = programme.state_at(known_at);
    let Made { problem, first_day, left_out, ranked } = problem(&programme, &state, day, &policy, &settings)?;
    let faults = |faults: Vec<plan::Fault>| {
        Refused(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nhomeground: "))
    };
    let problem = problem.validate().map_err(faults)?;
    if let Some(file) = &arguments.check {
        return check(file, &problem, first_day);
    }
    let until = Instant::now() + Duration::from_secs_f64(arguments.seconds.min(1e6));
    let effort = Effort { seed: arguments.seed, ..Effort::default() };
    let found = plan::improve(&problem, &effort, &mut |_| Instant::now() < until);
    let mut dice = plan::Dice::seeded(arguments.seed);
    let ranges = plan::ranges(&problem, &found.schedule, SAMPLES, SPREAD, &mut dice);
    let broken = plan::check(&problem, &found.schedule);
    anyhow::ensure!(broken.is_empty(), "the plan breaks a rule, which is a mistake of ours: {}", broken[0]);
    let mut document = Plan::new(&problem, &found, first_day, Some(&ranges));
    document.unscheduled.extend(left_out.into_iter().map(|(subject, why)| Unscheduled { subject, why }));
    let worth = plan::worth(&problem, &found.schedule);
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json => {
            let mut value = serde_json::to_value(&document).context("a plan is JSON")?;
            value["programme"] = json!(programme.name());
            value["as_of"] = json!(day.date());
            value["known_at"] = json!(known_at);
            value["first_day"] = json!(first_day);
            value["worth"] = worth.iter().map(worth_json).collect();
            value["priorities"] = ranked.iter().map(|ranked| ranked_json(ranked, &settings)).collect();
            writeln!(out, "{value}")?;
        }
        Format::Csv => {
            let value = serde_json::to_value(&document.tasks).context("tasks are JSON")?;
            let rows: Vec<Value> = value.as_array().cloned().unwrap_or_default();
            out.write_all(outputs::table::csv_of_objects(&rows)?.as_bytes())?;
        }
        Format::Geojson => return Err(Usage("a plan prints text, json or csv".to_owned()).into()),
        Format::Text => {
            writeln!(out, "{}, planned from {first_day}, as of {day}, as known at {known_at}", programme.name())?;
            print(&mut out, &document)?;
            print_hazards(&mut out, &worth, &ranked)?;
        }
    }
    Ok(if document.unscheduled.is_empty() { Outcome::Done } else { Outcome::Held })
}

fn check(file: &Path, problem: &Valid, first_day: jiff::civil::Date) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wrong = |why: &dyn std::fmt::Display| Usage(format!("{} is no plan of this programme: {why}", file.display()));
    let value: Value = serde_json::from_str(&text).map_err(|e| wrong(&e))?;
    let stated = value["first_day"].as_str().and_then(|text| text.parse().ok());
    let plan: Plan = serde_json::from_value(value).map_err(|e| wrong(&e))?;
    let schedule = plan.schedule(problem, stated.unwrap_or(first_day)).map_err(|e| wrong(&e))?;
    let broken = plan::check(problem, &schedule);
    let mut out = std::io::stdout().lock();
    for violation in &broken {
        writeln!(out, "{violation}")?;
    }
    match broken.is_empty() {
        true => writeln!(out, "{} tasks; every gate, calendar, team, crew and budget is kept", plan.tasks.len())?,
        false => writeln!(out, "{} rules are broken", broken.len())?,
    }
    Ok(if broken.is_empty() { Outcome::Done } else { Outcome::Held })
}

fn print(out: &mut impl Write, plan: &Plan) -> anyhow::Result<()> {
    writeln!(
        out,
        "{:?}: {} points, no plan has fewer than {} (gap {:.1} %)",
        plan.status,
        plan.objective,
        plan.bound,
        plan.gap * 100.0
    )?;
    for home in &plan.returns {
        match home.on {
            Some(on) => write!(out, "  {:<24}{:>6} households from {on}", home.place, home.households)?,
            None => write!(out, "  {:<24}{:>6} households: no day", home.place, home.households)?,
        }
        if let Some(range) = home.on_range {
            write!(out, " (80 of 100: {} to {})", range.p10, range.p90)?;
        }
        match (home.on, home.deadline) {
            (Some(on), Some(promised)) if on > promised => writeln!(out, ", promised for {promised}: late")?,
            (_, Some(promised)) => writeln!(out, ", promised for {promised}")?,
            _ => writeln!(out)?,
        }
        for gate in plan.gates.iter().filter(|gate| gate.subject == home.place) {
            gate.because.iter().try_for_each(|line| writeln!(out, "      {line}"))?;
        }
    }
    writeln!(out, "tasks")?;
    for task in &plan.tasks {
        let crew = task.crew.as_deref().unwrap_or("crew");
        writeln!(out, "  {} – {}  {:<12}{:<28}{crew}", task.start, task.finish, task.kind, task.id)?;
    }
    if !plan.unscheduled.is_empty() {
        writeln!(out, "without a place in the plan")?;
        plan.unscheduled.iter().try_for_each(|left| writeln!(out, "  {}: {}", left.subject, left.why))?;
    }
    Ok(())
}

fn worth_json(worth: &Worth) -> Value {
    json!({"subject": worth.subject, "points": worth.points, "household_weeks": worth.household_weeks})
}

fn ranked_json(ranked: &Ranked, settings: &Settings) -> Value {
    let names = settings.criteria.iter().map(|criterion| criterion[1..].to_owned());
    let contributions: serde_json::Map<String, Value> =
        names.zip(ranked.contributions.iter().map(|share| json!(share))).collect();
    json!({
        "subject": ranked.id,
        "rank": ranked.rank,
        "rank_range": [ranked.rank_range.0, ranked.rank_range.1],
        "score": ranked.score,
        "contributions": contributions,
        "unknown": ranked.unknown,
        "urgent": ranked.urgent,
    })
}

/// How many hazards are listed; a person reads no more.
const FEW: usize = 10;

fn print_hazards(out: &mut impl Write, worth: &[Worth], ranked: &[Ranked]) -> anyhow::Result<()> {
    let valued: Vec<&Worth> = worth.iter().filter(|worth| worth.points > 0).take(FEW).collect();
    if !valued.is_empty() {
        writeln!(out, "worth most if they were cleared at once")?;
    }
    for worth in valued {
        let (subject, weeks) = (&worth.subject, worth.household_weeks);
        writeln!(out, "  {subject:<24}{:>8} points, {weeks} household weeks earlier", worth.points)?;
    }
    if !ranked.is_empty() {
        writeln!(out, "by priority (a score is not a risk to the public)")?;
    }
    for ranked in ranked.iter().take(FEW) {
        let (rank, (best, worst)) = (ranked.rank, ranked.rank_range);
        write!(
            out,
            "  {rank:>4} {:<24}{:.3}, rank {best} to {worst} if a weight moves by a fifth",
            ranked.id, ranked.score
        )?;
        if let Some(why) = &ranked.urgent {
            write!(out, "; before any score: {why}")?;
        }
        match ranked.unknown.is_empty() {
            true => writeln!(out)?,
            false => writeln!(out, "; not known: {}", ranked.unknown.join(", "))?,
        }
    }
    Ok(())
}
