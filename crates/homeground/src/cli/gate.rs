//! `homeground gate`: exit status 0 only if the gate passes.

use std::io::Write;

use gates::{Answer, Result};
use ledger::m2;
use serde_json::json;

use super::arguments::{Format, Gate};
use super::report::when;
use super::{Outcome, Usage};
use crate::config::Config;
use crate::gate::{Subject, Wanted, ask, json as answer_json};
use crate::programme::Programme;

pub fn run(arguments: &Gate) -> anyhow::Result<Outcome> {
    let policy = Config::load(Some(&arguments.programme))?.policy()?;
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = when(&arguments.when);
    let state = programme.state_at(known_at);
    let subject = Subject::read(&programme, &state, &arguments.footprint)?;
    let wanted = Wanted {
        depth_cm: arguments.depth_cm,
        margin_m: arguments.margin_m,
        eo: arguments.eo.clone(),
        access_width_m: arguments.access_width_m,
    };
    let answer = ask(&programme, &state, day, &policy, &subject, &wanted)?;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Json => {
            let mut value = answer_json(&answer);
            value["programme"] = json!(programme.name());
            value["as_of"] = json!(day.date());
            value["known_at"] = json!(known_at);
            writeln!(out, "{value}")?;
        }
        Format::Geojson => {
            let features: Vec<_> = answer_json(&answer)["blocking"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|b| {
                    let properties = json!({"local_id": b["local_id"], "area_m2": b["area_m2"]});
                    json!({"type": "Feature", "properties": properties, "geometry": b["geometry"]})
                })
                .collect();
            writeln!(out, "{}", json!({"type": "FeatureCollection", "features": features}))?;
        }
        Format::Csv => return Err(Usage("a gate prints text, json or geojson".to_owned()).into()),
        Format::Text => {
            writeln!(out, "{}, as of {day}, as known at {known_at}", programme.name())?;
            print(&mut out, &answer)?;
        }
    }
    Ok(if answer.result == Result::Pass { Outcome::Done } else { Outcome::Held })
}

fn print(out: &mut impl Write, answer: &Answer) -> anyhow::Result<()> {
    writeln!(out, "{}", answer.result)?;
    for rule in &answer.rules {
        writeln!(out, "  {:<17}{:<10}{}", rule.rule, rule.result.word(), rule.text)?;
        for because in &rule.because {
            let area = because.area.map(|area| format!(" ({})", m2(area))).unwrap_or_default();
            writeln!(out, "  {:<17}  {}: {}{area}", "", because.local_id, because.text)?;
        }
        if !rule.needs.is_empty() && rule.needs != rule.text {
            writeln!(out, "  {:<17}  needs: {}", "", rule.needs)?;
        }
    }
    for blocking in &answer.blocking {
        writeln!(out, "  in the way: {} of hazard {}", m2(blocking.region.area()), blocking.local_id)?;
    }
    if let Some(metres) = answer.blocked_from_m {
        writeln!(out, "  first blocked {metres:.0} m from the start of the line")?;
    }
    match answer.opens_on {
        Some(day) => writeln!(out, "  opens on {day}, if the task orders are kept")?,
        None if !answer.blocking.is_empty() => writeln!(out, "  nobody has planned when it opens")?,
        None => {}
    }
    Ok(())
}
