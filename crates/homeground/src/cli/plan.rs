//! `homeground plan`: CONTRACT §7.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use gates::Policy;
use ledger::{Day, State};
use plan::priority::Ranked;
use plan::{Effort, Fault, Worth};
use serde_json::{Value, json};

use super::arguments::{Format, Plan as Arguments};
use super::report::when;
use super::{Outcome, Refused, Usage};
use crate::config::Config;
use crate::planning::{
    Changes, Compared, Made, Planned, Previous, Scenario, Settings, compare, plan as made_into_a_plan, problem,
};
use crate::programme::Programme;

/// Seconds of search, anew and from a previous plan.
const ANEW: f64 = 2.0;
const FROM_BEFORE: f64 = 0.5;
/// Rounds and moves for each of several scenarios: alike for all, so that time decides nothing.
const ALIKE: (usize, usize) = (20, 500);

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let seconds = arguments.seconds.unwrap_or(if arguments.from.is_some() { FROM_BEFORE } else { ANEW });
    if !seconds.is_finite() || seconds < 0.0 {
        return Err(Usage(format!("--seconds {seconds}: a number that is not negative is wanted")).into());
    }
    let config = Config::load(Some(&arguments.programme))?;
    let policy = config.policy()?;
    let mut scenarios = Vec::new();
    for path in &arguments.scenario {
        scenarios.extend(Scenario::read(path)?);
    }
    let is_folder = arguments.scenario.iter().any(|path| path.is_dir());
    if is_folder && scenarios.is_empty() {
        return Err(Usage("--scenario: the folder holds no .toml".to_owned()).into());
    }
    let several = is_folder || scenarios.len() > 1;
    if several && (arguments.from.is_some() || arguments.check.is_some()) {
        return Err(Usage("--from and --check take one scenario at most".to_owned()).into());
    }
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = when(&arguments.when);
    let state = programme.state_at(known_at);
    if several {
        return side_by_side((&programme, &state, day, &policy), &config, &scenarios, arguments);
    }
    let settings = Settings::of(config.plan(), scenarios.first())?;
    if arguments.from.is_some() && arguments.check.is_some() {
        return Err(Usage("--from and --check exclude each other".to_owned()).into());
    }
    // A plan that is checked is taken in its own weeks, like one that is gone on from.
    let previous = arguments.from.as_deref().or(arguments.check.as_deref()).map(read_previous).transpose()?;
    let made = problem(&programme, &state, day, &policy, &settings, previous.as_ref())?;
    if let (Some(file), Some(previous)) = (&arguments.check, &previous) {
        return check(file, made, previous);
    }
    let until = Instant::now() + Duration::from_secs_f64(seconds.min(1e6));
    let effort = Effort { seed: arguments.seed, ..Effort::default() };
    let planned =
        made_into_a_plan(&made, &effort, previous.as_ref(), &mut |_| Instant::now() < until).map_err(refused)?;
    let document = &planned.document;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json => {
            let mut value = planned.json(&settings);
            value["programme"] = json!(programme.name());
            value["as_of"] = json!(day.date());
            value["known_at"] = json!(known_at);
            writeln!(out, "{value}")?;
        }
        Format::Csv => {
            let value = serde_json::to_value(&document.tasks).context("tasks are JSON")?;
            let rows: Vec<Value> = value.as_array().cloned().unwrap_or_default();
            out.write_all(outputs::table::csv_of_objects(&rows)?.as_bytes())?;
        }
        Format::Geojson => return Err(Usage("a plan prints text, json or csv".to_owned()).into()),
        Format::Text => {
            let first_day = planned.first_day;
            writeln!(out, "{}, planned from {first_day}, as of {day}, as known at {known_at}", programme.name())?;
            if let Some(changes) = &planned.changes {
                print_changes(&mut out, changes, &planned)?;
            }
            print(&mut out, &planned)?;
            print_hazards(&mut out, &planned.worth, &planned.ranked, &settings)?;
        }
    }
    Ok(if document.unscheduled.is_empty() { Outcome::Done } else { Outcome::Held })
}

fn refused(faults: Vec<Fault>) -> Refused {
    Refused(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nhomeground: "))
}

fn read_previous(file: &Path) -> anyhow::Result<Previous> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wrong = |why| Usage(format!("{} is no plan that was printed with --format json: {why}", file.display()));
    Ok(Previous::read(&text).map_err(wrong)?)
}

fn side_by_side(
    asked: (&Programme, &State, Day, &Policy),
    config: &Config,
    scenarios: &[Scenario],
    arguments: &Arguments,
) -> anyhow::Result<Outcome> {
    let effort = Effort { rounds: ALIKE.0, moves: ALIKE.1, seed: arguments.seed };
    let compared = compare(asked, &config.plan(), scenarios, &effort, &mut |_| true)?.context("nobody stopped it")?;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(out, "{}", compared.json())?,
        Format::Text => print_compared(&mut out, &compared)?,
        Format::Csv | Format::Geojson => return Err(Usage("scenarios print text or json".to_owned()).into()),
    }
    let any_fault = compared.columns.iter().any(|column| !column.faults.is_empty());
    Ok(if any_fault { Outcome::Held } else { Outcome::Done })
}

fn print_compared(out: &mut impl Write, compared: &Compared) -> anyhow::Result<()> {
    let first = &compared.columns[0];
    for column in &compared.columns {
        writeln!(out, "{}", column.title)?;
        for fault in &column.faults {
            writeln!(out, "  cannot be planned: {fault}")?;
        }
        if !column.faults.is_empty() {
            continue;
        }
        let more = column.household_weeks - first.household_weeks;
        let stands = first.faults.is_empty();
        write!(out, "  {} household weeks of waiting", column.household_weeks)?;
        match more {
            _ if std::ptr::eq(column, first) => {
                writeln!(out, ", give or take {} by luck", compared.noise_household_weeks)?
            }
            _ if !stands => writeln!(out)?,
            more if more.abs() <= compared.noise_household_weeks => writeln!(out, ": no difference beyond luck")?,
            more => writeln!(out, ", {} {}", more.abs(), if more < 0 { "fewer" } else { "more" })?,
        }
        let (kept, cost, without) = (column.kept_promises, column.cost, column.n_without);
        writeln!(
            out,
            "  {kept} households home by the day promised, cost {cost}, {without} without a day, gap {:.1} %",
            column.gap * 100.0
        )?;
    }
    writeln!(out, "opens on")?;
    for (place, name) in &compared.places {
        let days = compared.columns.iter().map(|c| c.day_of(place).map_or("no day".to_owned(), |on| on.to_string()));
        writeln!(out, "  {name:<32}{}", days.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}

fn print_changes(out: &mut impl Write, changes: &Changes, planned: &Planned) -> anyhow::Result<()> {
    writeln!(out, "since the plan of {}: {} works moved", changes.since, changes.n_moved)?;
    for learned in &changes.learned {
        writeln!(out, "  {}", learned.text)?;
    }
    for change in &changes.returns {
        let day = |day: Option<jiff::civil::Date>| day.map_or("no day".to_owned(), |day| day.to_string());
        write!(out, "  {} opens on {}, was {}", planned.name_of(&change.place), day(change.on), day(change.was))?;
        if let Some(weeks) = change.weeks {
            let (n, way) = (weeks.abs(), if weeks > 0 { "later" } else { "earlier" });
            write!(out, ", {n} {} {way}", if n == 1 { "week" } else { "weeks" })?;
        }
        writeln!(out, ": {}", change.because.join("; "))?;
    }
    Ok(())
}

fn check(file: &Path, made: Made, previous: &Previous) -> anyhow::Result<Outcome> {
    let Made { mut problem, first_day, was, .. } = made;
    // What had begun when the plan was made is taken as it stands there.
    let begun = was.into_iter().flat_map(|was| was.placements).enumerate();
    let begun = begun.filter_map(|(work, at)| Some((work, at.filter(|at| at.start < problem.now)?)));
    problem.frozen = begun.collect();
    let problem = problem.validate().map_err(refused)?;
    let wrong = |why: &dyn std::fmt::Display| Usage(format!("{} is no plan of this programme: {why}", file.display()));
    let schedule = previous.plan().schedule(&problem, first_day).map_err(|e| wrong(&e))?;
    let broken = plan::check(&problem, &schedule);
    let mut out = std::io::stdout().lock();
    for violation in &broken {
        writeln!(out, "{violation}")?;
    }
    match broken.is_empty() {
        true => {
            writeln!(out, "{} tasks; every gate, calendar, team, crew and budget is kept", previous.plan().tasks.len())?
        }
        false => writeln!(out, "{} rules are broken", broken.len())?,
    }
    Ok(if broken.is_empty() { Outcome::Done } else { Outcome::Held })
}

fn print(out: &mut impl Write, planned: &Planned) -> anyhow::Result<()> {
    let plan = &planned.document;
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
            Some(on) => {
                write!(out, "  {:<32}{:>6} households from {on}", planned.name_of(&home.place), home.households)?
            }
            None => write!(out, "  {:<32}{:>6} households: no day", planned.name_of(&home.place), home.households)?,
        }
        if let Some(range) = home.on_range {
            write!(out, " (80 of 100: {} to {})", range.p10, range.p90)?;
        }
        match (home.on, home.deadline) {
            (Some(on), Some(promised)) if on > promised => writeln!(out, ", promised for {promised}: late")?,
            (_, Some(promised)) => writeln!(out, ", promised for {promised}")?,
            _ => writeln!(out)?,
        }
        let hazards = planned.hazards_of(&home.place);
        if !hazards.is_empty() {
            let named = |(subject, ranked): &(&str, Option<&Ranked>)| match ranked {
                Some(ranked) => format!("{subject} (rank {})", ranked.rank),
                None => (*subject).to_owned(),
            };
            let first: Vec<String> = hazards.iter().take(FEW_OF_A_PLACE).map(named).collect();
            let more = hazards.len().saturating_sub(FEW_OF_A_PLACE);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            writeln!(out, "      hazards it waits for: {}{more}", first.join(", "))?;
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
        plan.unscheduled
            .iter()
            .try_for_each(|left| writeln!(out, "  {}: {}", planned.name_of(&left.subject), left.why))?;
    }
    Ok(())
}

/// How many hazards are listed; a person reads no more.
const FEW: usize = 10;
/// And of each place.
const FEW_OF_A_PLACE: usize = 3;

fn print_hazards(out: &mut impl Write, worth: &[Worth], ranked: &[Ranked], settings: &Settings) -> anyhow::Result<()> {
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
        let mut said = Vec::new();
        if !settings.criteria.is_empty() {
            let names = settings.criteria.iter().map(|criterion| &criterion[1..]);
            let shares: Vec<String> =
                names.zip(&ranked.contributions).map(|(name, share)| format!("{name} {share:.3}")).collect();
            said.push(format!("{:.3} = {}", ranked.score, shares.join(" + ")));
            said.push(format!("rank {best} to {worst} if a weight moves by a fifth"));
        }
        said.extend(ranked.urgent.as_ref().map(|why| format!("before any score: {why}")));
        if !ranked.unknown.is_empty() {
            said.push(format!("not known: {}", ranked.unknown.join(", ")));
        }
        writeln!(out, "  {rank:>4} {:<24}{}", ranked.id, said.join("; "))?;
    }
    Ok(())
}
