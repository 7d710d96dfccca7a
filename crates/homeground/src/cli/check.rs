//! `homeground check`: what the rules find in the whole programme, and the data-quality score.

use std::io::Write;

use jiff::Timestamp;
use ledger::{Finding, m2};
use records::Severity;
use serde_json::{Value, json};

use super::arguments::{Check, Format};
use super::report::when;
use super::{Outcome, Usage};
use crate::programme::Programme;
use crate::{checks, json};

/// `homeground check`. Held, if there is an error.
pub fn run(arguments: &Check) -> anyhow::Result<Outcome> {
    let programme = Programme::read(&arguments.programme)?;
    if arguments.score {
        return score(&programme, arguments.format);
    }
    let (day, known_at) = when(&arguments.when);
    let state = programme.state_at(known_at);
    let rules = &programme.parameters().rules;
    if let Some(unknown) =
        arguments.rules.iter().find(|rule| !rules.finding.values().any(|finding| finding.rule == **rule))
    {
        return Err(Usage(format!("--rule {unknown}: no rule has this id; docs/reference/rules.md lists them")).into());
    }
    let mut found = programme.check(&state, day)?;
    found.retain(|finding| arguments.rules.is_empty() || arguments.rules.iter().any(|rule| rule == finding.rule));
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let n_errors = count(Severity::Error);
    let mut out = std::io::stdout().lock();
    let rows: Vec<Value> = found.iter().map(json::finding).collect();
    match arguments.format {
        Format::Json | Format::Geojson => {
            let answer = json!({
                "programme": programme.name(), "as_of": day.date(), "known_at": known_at,
                "errors": n_errors, "warnings": count(Severity::Warning), "notes": count(Severity::Information),
                "findings": rows,
            });
            writeln!(out, "{answer}")?;
        }
        Format::Csv => out.write_all(outputs::table::csv_of_objects(&rows)?.as_bytes())?,
        Format::Text => {
            for finding in &found {
                writeln!(out, "{}", line(finding))?;
            }
            writeln!(
                out,
                "{} findings: {n_errors} errors, {} warnings, {} notes",
                found.len(),
                count(Severity::Warning),
                count(Severity::Information)
            )?;
        }
    }
    Ok(if n_errors == 0 { Outcome::Done } else { Outcome::Held })
}

/// One finding for people: severity, rule, record, what, how much, what to do.
pub fn line(finding: &Finding) -> String {
    let mut line = format!("{} {}", finding.severity.letter(), finding.rule);
    if !finding.subject.is_empty() {
        line += &format!(" {}", finding.subject);
    }
    line += &format!(": {}", finding.message);
    if let Some(area) = finding.area.filter(|area| !finding.message.contains(&m2(*area))) {
        line += &format!(" ({})", m2(area));
    }
    if !finding.hint.is_empty() {
        line += &format!(". hint: {}", finding.hint);
    }
    line
}

fn score(programme: &Programme, format: Format) -> anyhow::Result<Outcome> {
    let scores: Vec<checks::Score> = programme.score(Timestamp::MAX)?;
    let rows: Vec<Value> = scores.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    let mut out = std::io::stdout().lock();
    match format {
        Format::Json | Format::Geojson => writeln!(out, "{}", json!({"programme": programme.name(), "scores": rows}))?,
        Format::Csv => out.write_all(outputs::table::csv_of_objects(&rows)?.as_bytes())?,
        Format::Text => {
            writeln!(
                out,
                "{:<24}{:<10}{:>10}{:>10}{:>10}{:>9}",
                "operator", "month", "records", "errors", "warnings", "score"
            )?;
            for row in &scores {
                let operator = if row.operator.is_empty() { "(none)" } else { &row.operator };
                writeln!(
                    out,
                    "{operator:<24}{:<10}{:>10}{:>10}{:>10}{:>8.1}%",
                    row.month,
                    row.records,
                    row.with_errors,
                    row.with_warnings,
                    row.score * 100.0
                )?;
            }
        }
    }
    Ok(Outcome::Done)
}
