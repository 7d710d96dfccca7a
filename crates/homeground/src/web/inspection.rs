//! What an inspection can tell: the chance that ground passes its sample although something is left (DOMAIN §3.1, PT-15).
//!
//! A sample shows that a process failed, not where a single item lies. The figures stand beside the visit that states
//! how much ground it looked at, so that nobody reads "accepted" as "empty".

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use geometry::Area;
use ledger::Land;
use maud::{Markup, html};
use plan::inspection::{accepted, none_seen, share_to_inspect};
use records::{Record, RecordKind};
use serde::Serialize;

use super::asked::Asked;
use super::problem::Problem;
use super::quantity::exact_m2;
use super::{App, Scene};

/// Chance that an inspector sees an item that lies in the sample, where the visit states none.
const DETECTION: f64 = 0.9;
/// Items left that the figures are given for.
const LEFT: [u32; 4] = [1, 2, 5, 10];
/// Chance of passing ground with something left that is thought small.
const RISK: f64 = 0.1;

/// What a sample of ground tells.
#[derive(Debug, Serialize)]
struct Sampling {
    release: Option<String>,
    sample_m2: Option<f64>,
    inspected_share: Option<f64>,
    detection: f64,
    risk: f64,
    items_left: Vec<ItemsLeft>,
    lots: Option<Lots>,
}

#[derive(Debug, Serialize)]
struct ItemsLeft {
    items: u32,
    /// Chance that the ground passes with so many left.
    passes: Option<f64>,
    /// Share of the ground to inspect so that it passes with at most the risk; none if all of it does not do.
    share_needed: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Lots {
    lots: u32,
    inspected: u32,
    /// Bad lots, and the chance that none of them is among those inspected.
    unseen: Vec<(u32, Option<f64>)>,
}

fn sampling(scene: &Scene<'_>, visit: &Record) -> Option<Sampling> {
    if visit.kind != RecordKind::QaVisit {
        return None;
    }
    let release = visit.text("release");
    let area = release.and_then(|id| {
        let known = scene.index.with_local_id(RecordKind::ReleaseProduct, id).iter();
        let versions = known.flat_map(|&number| scene.index.chain(scene.index.root(number)));
        let current = versions.filter(|&number| scene.is_current(number));
        let number = current.max_by_key(|&number| (scene.index.standing(number, scene.state.known_at()), number))?;
        match &scene.index.record(number).land {
            Land::Release(_, released) if released.area > Area::ZERO => Some(released.area),
            _ => None,
        }
    });
    let sample_m2 = visit.number("sample_m2");
    let share = sample_m2.zip(area).map(|(sample, area)| (sample / area.m2()).min(1.0));
    let detection = visit.number("detection").unwrap_or(DETECTION);
    let count = |name: &str| visit.number(name).filter(|n| *n >= 0.0 && *n <= f64::from(u32::MAX)).map(|n| n as u32);
    let lots = count("lots").zip(count("lots_inspected")).map(|(lots, inspected)| Lots {
        lots,
        inspected,
        unseen: LEFT.iter().filter(|n| **n <= lots).map(|&n| (n, none_seen(lots, n, inspected))).collect(),
    });
    let item = |&items: &u32| ItemsLeft {
        items,
        passes: share.and_then(|share| accepted(share, detection, items)),
        share_needed: share_to_inspect(RISK, detection, items),
    };
    (share.is_some() || lots.is_some()).then(|| Sampling {
        release: release.map(str::to_owned),
        sample_m2,
        inspected_share: share,
        detection,
        risk: RISK,
        items_left: if share.is_some() { LEFT.iter().map(item).collect() } else { Vec::new() },
        lots,
    })
}

/// Beside the record of a visit that says how much it looked at; nothing for all else.
pub fn section(scene: &Scene<'_>, visit: &Record) -> Markup {
    let Some(found) = sampling(scene, visit) else { return html! {} };
    html! {
        section aria-labelledby="sample" {
            h2 #sample { "What the sample tells" }
            p.answer { "Sampling detects that a process failed, not single items." }
            @if let (Some(share), Some(sample)) = (found.inspected_share, found.sample_m2) {
                p {
                    (exact_m2(Area::from_m2(sample))) " of release " (found.release.as_deref().unwrap_or_default()) " were inspected, "
                    (percent(Some(share))) " of it. An item in the sample is taken to be seen in " (percent(Some(found.detection))) " of cases"
                    @if visit.number("detection").is_none() { ", since the visit does not state it" } "."
                }
                div.table role="region" aria-label="Table: what the sample tells" tabindex="0" {
                    table {
                        thead { tr {
                            th.n scope="col" { "Items left" } th.n scope="col" { "Passes" }
                            th.n scope="col" { "Inspect for " (percent(Some(found.risk))) }
                        } }
                        tbody {
                            @for row in &found.items_left {
                                tr {
                                    th.n scope="row" { (row.items) } td.n { (percent(row.passes)) }
                                    td.n { @match row.share_needed { Some(share) => (percent(Some(share))), None => "more than all of it" } }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(lots) = &found.lots {
                p { (lots.inspected) " of " (lots.lots) " lots were inspected. None of the bad ones is among them:" }
                ul { @for (bad, chance) in &lots.unseen { li { (bad) " bad: in " (percent(*chance)) " of cases" } } }
            }
        }
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// The same as JSON.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, move |scene| {
        let unknown = || Problem::unknown("inspection with a sample", &id);
        let record = scene.programme.record(id.parse().map_err(|_| unknown())?)?.ok_or_else(unknown)?;
        Ok(Json(sampling(scene, &record).ok_or_else(unknown)?).into_response())
    })
    .await
}
