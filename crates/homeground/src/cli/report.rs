//! Commands that answer: `state`, `balance`, `held`.

use std::io::Write;

use geometry::Area;
use jiff::Timestamp;
use ledger::{By, Day, EntryId, Figures, Index, m2};
use serde_json::{Value, json};

use super::arguments::{Balance, Format, Held, State, When};
use super::{Outcome, Usage};
use crate::held::as_collection;
use crate::programme::Programme;
use crate::{clock, json};

/// The day and the instant that a question is about.
pub fn when(when: &When) -> (Day, Timestamp) {
    let day = when.as_of.unwrap_or_else(clock::today).into();
    (day, when.known_at.unwrap_or_else(clock::now))
}

/// `homeground state`.
pub fn state(arguments: &State) -> anyhow::Result<Outcome> {
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = when(&arguments.when);
    let state = programme.state_at(known_at);
    let by: By = arguments.by.into();
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(out, "{}", json::state(&programme, &state, by, day, known_at))?,
        Format::Csv => {
            let value = json::state(&programme, &state, by, day, known_at);
            out.write_all(
                outputs::table::csv_of_objects(value["rows"].as_array().map(Vec::as_slice).unwrap_or_default())?
                    .as_bytes(),
            )?;
        }
        Format::Geojson => {
            let mut features = Vec::new();
            for root in state.rows() {
                let [book, _] = outputs::layers::of_row(programme.index(), &state, root, day);
                features.extend(book.2);
            }
            out.write_all(outputs::geojson::collection(&features).as_bytes())?;
        }
        Format::Text => print_state(&mut out, &programme, &state, by, day, known_at)?,
    }
    Ok(Outcome::Done)
}

fn print_state(
    out: &mut impl Write,
    programme: &Programme,
    state: &ledger::State,
    by: By,
    day: Day,
    known_at: Timestamp,
) -> anyhow::Result<()> {
    let index = programme.index();
    let totals = state.totals(index, day);
    let figures = &totals.figures;
    writeln!(out, "{}, as of {day}, as known at {known_at}", programme.name())?;
    writeln!(out, "remaining {} in {} open hazards", m2(figures.remaining()), totals.n_open)?;
    let lines = [
        ("suspected (SHA)", figures.footprint.sha),
        ("confirmed (CHA)", figures.footprint.cha),
        ("cancelled", figures.footprint.cancelled),
        ("reduced", figures.footprint.reduced),
        ("cleared", figures.footprint.cleared),
        ("remaining, conservative", figures.remaining_gate),
        ("reopened since the beginning", figures.flow.reopened),
        ("cleared outside hazards", totals.cleared_outside),
        ("hazards counted twice in reports", totals.hazard_overlap),
        ("released as reports add up", totals.reported_released),
        ("surveyed", totals.surveyed),
        ("surveyed as reports add up", totals.surveyed_sum),
    ];
    for (label, area) in lines {
        writeln!(out, "  {label:<34}{:>20}", m2(area))?;
    }
    if by != By::Total {
        writeln!(out)?;
        writeln!(out, "{:<24}{:>18}{:>18}{:>18}", by_word(by), "remaining", "conservative", "released")?;
        for row in state.rows_by(index, by, day) {
            let name = if row.name.is_empty() { "(none)" } else { &row.name };
            let Figures { footprint, remaining_gate, .. } = row.figures;
            let released = footprint.cancelled + footprint.reduced + footprint.cleared;
            writeln!(
                out,
                "{name:<24}{:>18}{:>18}{:>18}",
                m2(row.figures.remaining()),
                m2(remaining_gate),
                m2(released)
            )?;
        }
    }
    let findings = state.findings(index, day);
    if !findings.is_empty() {
        writeln!(out)?;
        for finding in &findings {
            writeln!(out, "{} {} {}", finding.severity.letter(), finding.rule, finding.message)?;
        }
    }
    Ok(())
}

fn by_word(by: By) -> &'static str {
    match by {
        By::Hazard => "hazard",
        By::Place => "place",
        By::Operator => "operator",
        By::Total => "total",
    }
}

/// `homeground balance`.
pub fn balance(arguments: &Balance) -> anyhow::Result<Outcome> {
    if arguments.from > arguments.to {
        return Err(Usage(format!("--from {} is after --to {}", arguments.from, arguments.to)).into());
    }
    let programme = Programme::read(&arguments.programme)?;
    let known_at = arguments.known_at.unwrap_or_else(clock::now);
    let state = programme.state_at(known_at);
    let index: &Index = programme.index();
    let rows = state.balance(index, arguments.by.into(), arguments.from.into(), arguments.to.into());
    let values: Vec<Value> = rows.iter().map(|row| json::balance_row(index, row)).collect();
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json | Format::Geojson => {
            let answer = json!({
                "programme": programme.name(), "from": arguments.from, "to": arguments.to,
                "known_at": known_at, "rows": values,
            });
            writeln!(out, "{answer}")?;
        }
        Format::Csv => out.write_all(outputs::table::csv_of_objects(&values)?.as_bytes())?,
        Format::Text => {
            writeln!(out, "{}, {} to {}, both days included", programme.name(), arguments.from, arguments.to)?;
            for row in &rows {
                let b = &row.balance;
                let name = if row.name.is_empty() { "(none)" } else { &row.name };
                writeln!(out, "{name}")?;
                let lines: [(&str, Area); 9] = [
                    ("opening", b.opening),
                    ("+ new", b.flow.new),
                    ("+ reopened", b.flow.reopened),
                    ("+ adjusted", b.flow.adjusted),
                    ("− cancelled", b.flow.cancelled),
                    ("− reduced", b.flow.reduced),
                    ("− cleared", b.flow.cleared),
                    ("= closing", b.closing),
                    ("recorded late", b.late),
                ];
                for (label, area) in lines {
                    writeln!(out, "  {label:<16}{:>20}", m2(area))?;
                }
            }
        }
    }
    Ok(Outcome::Done)
}

/// `homeground held`.
pub fn held(arguments: &Held) -> anyhow::Result<Outcome> {
    let programme = Programme::read(&arguments.programme)?;
    let held = programme.held(Timestamp::MAX)?;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Geojson => {
            writeln!(out, "{}", as_collection(held.iter().map(|held| &held.payload["raw"])))?;
        }
        Format::Json => {
            let rows: Vec<Value> = held.iter().map(|held| with_entry(held.entry, &held.payload)).collect();
            writeln!(out, "{}", Value::Array(rows))?;
        }
        Format::Csv => {
            let rows: Vec<Value> = held.iter().flat_map(|held| rows_of_issues(held.entry, &held.payload)).collect();
            out.write_all(outputs::table::csv_of_objects(&rows)?.as_bytes())?;
        }
        Format::Text => {
            for row in &held {
                writeln!(
                    out,
                    "{} {} row {} {}",
                    &row.entry.to_string()[..12],
                    row.payload["file"].as_str().unwrap_or_default(),
                    row.payload["row"],
                    row.payload["local_id"].as_str().unwrap_or_default()
                )?;
                for issue in row.payload["issues"].as_array().into_iter().flatten() {
                    writeln!(
                        out,
                        "  {} {} {}: {}",
                        text(issue, "severity"),
                        text(issue, "rule"),
                        text(issue, "field"),
                        text(issue, "message")
                    )?;
                    let hint = text(issue, "hint");
                    if !hint.is_empty() {
                        writeln!(out, "    hint: {hint}")?;
                    }
                }
            }
            writeln!(out, "{} rows wait for a person", held.len())?;
        }
    }
    Ok(if held.is_empty() { Outcome::Done } else { Outcome::Held })
}

/// One row an issue, so that a spreadsheet can sort by rule.
fn rows_of_issues(entry: EntryId, payload: &Value) -> Vec<Value> {
    let of = |name: &str| payload[name].clone();
    let issues = payload["issues"].as_array().into_iter().flatten();
    issues
        .map(|issue| {
            json!({
                "entry": entry, "file": of("file"), "row": of("row"), "record": of("record"), "local_id": of("local_id"),
                "severity": issue["severity"], "rule": issue["rule"], "field": issue["field"], "value": issue["value"],
                "message": issue["message"], "hint": issue["hint"],
            })
        })
        .collect()
}

fn with_entry(entry: EntryId, payload: &Value) -> Value {
    let mut row = payload.clone();
    row["entry"] = json!(entry);
    row
}

fn text<'a>(issue: &'a Value, field: &str) -> &'a str {
    issue[field].as_str().unwrap_or_default()
}
