//! `/findings`: what the rules find doubtful on a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use geometry::Area;
use ledger::Finding;
use maud::{Markup, html};
use records::{RecordKind, Severity};

use super::asked::Asked;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, exact_m2};
use super::table;
use super::{App, Scene};

/// Findings of one rule, added up.
pub struct Rule {
    /// Rule id.
    pub rule: &'static str,
    /// The heaviest.
    pub severity: Severity,
    /// How many.
    pub count: usize,
    /// Ground they concern.
    pub area: Area,
}

/// Findings by rule, the heaviest first.
pub fn by_rule(findings: &[Finding]) -> Vec<Rule> {
    let mut rules: BTreeMap<(Severity, &'static str), Rule> = BTreeMap::new();
    for finding in findings {
        let (severity, rule) = (finding.severity, finding.rule);
        let sum = rules.entry((severity, rule)).or_insert(Rule { rule, severity, count: 0, area: Area::ZERO });
        sum.count += 1;
        sum.area += finding.area.unwrap_or_default();
    }
    rules.into_values().collect()
}

/// What a rule looks for, in a few words.
pub fn meaning(rule: &str) -> &'static str {
    match rule {
        "DQ-13" => "hazards overlap",
        "DQ-14" => "ground reported twice",
        "DQ-15" => "release outside every hazard",
        "DQ-17" => "reported and drawn area differ",
        "DQ-22" => "find or accident on released ground",
        "LR-6" => "inspection failed, nothing released",
        "LR-8" => "stated hazardous when released: hazard wins",
        "REC-2" => "proposed, not approved",
        "GEO-12" => "area computed by the slower engine",
        _ => "see the documentation of the rule",
    }
}

/// Letter and word of a severity.
pub fn tag(severity: Severity) -> Markup {
    let (class, word) = match severity {
        Severity::Error => ("tag e", "error"),
        Severity::Warning => ("tag w", "warning"),
        Severity::Information => ("tag", "note"),
    };
    html! { span class=(class) { (word) } }
}

/// The page, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let mut found = scene.state.findings(scene.index, scene.day);
        let rules = by_rule(&found);
        if let Some(rule) = scene.asked.get("rule") {
            found.retain(|finding| finding.rule == rule);
        }
        if let Some(text) = scene.asked.get("q").map(str::to_lowercase) {
            found.retain(|finding| format!("{} {}", finding.subject, finding.message).to_lowercase().contains(&text));
        }
        found.sort_by_key(|finding| finding.severity);
        if table::is_csv(scene.asked)? {
            return as_csv(&found);
        }
        Ok(list_page(scene, &rules, &found).into_response())
    })
    .await
}

fn as_csv(found: &[Finding]) -> Result<Response, Problem> {
    table::csv(
        "findings",
        &["rule", "severity", "subject", "message", "area_m2"],
        found.iter().map(|finding| {
            vec![
                finding.rule.to_owned(),
                finding.severity.letter().to_owned(),
                finding.subject.clone(),
                finding.message.clone(),
                finding.area.map(exact_m2).unwrap_or_default(),
            ]
        }),
    )
}

fn list_page(scene: &Scene<'_>, rules: &[Rule], found: &[Finding]) -> Markup {
    const PAGE: usize = 200;
    let asked = scene.asked;
    let paged =
        table::paged(asked, found, PAGE, |finding| format!("{}.{}.{}", finding.rule, finding.subject, finding.message));
    let n_errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    let main = html! {
        section {
            h1 { "Findings" }
            p.answer {
                (count(found.len())) " findings, " (count(n_errors)) " of them "
                (if n_errors == 1 { "error" } else { "errors" })
                ". A finding asks a person; it changes no figure by itself."
            }
            form.tools method="get" action="/findings" {
                @for (name, value) in asked.carried(&["q", "rule", "after"]) { input type="hidden" name=(name) value=(value); }
                div { label for="q" { "Text" } input #q type="search" name="q" value=[asked.get("q")]; }
                div {
                    label for="rule" { "Rule" }
                    select #rule name="rule" {
                        option value="" { "every rule" }
                        @for rule in rules {
                            option value=(rule.rule) selected[asked.get("rule") == Some(rule.rule)] { (rule.rule) ": " (meaning(rule.rule)) " (" (rule.count) ")" }
                        }
                    }
                }
                button { "Filter" }
                (table::export(asked, "findings"))
            }
            (table_of(scene, paged.rows))
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Findings, "Findings"), main)
}

/// Findings as a table.
pub fn table_of(scene: &Scene<'_>, found: &[Finding]) -> Markup {
    let unit = scene.asked.unit;
    html! {
        div.table role="region" aria-label="Table: Findings" tabindex="0" {
            table #findings {
                thead {
                    tr {
                        th scope="col" { "Rule" }
                        th scope="col" { "Record" }
                        th scope="col" { "What was found" }
                        th.n scope="col" { (unit.symbol()) }
                    }
                }
                tbody {
                    @for finding in found {
                        tr {
                            td.nowrap { (tag(finding.severity)) " " (finding.rule) }
                            th scope="row" { (subject(scene, &finding.subject)) }
                            td { (finding.message) }
                            td.n { @if let Some(area) = finding.area { (unit.cell(area)) } }
                        }
                    }
                    @if found.is_empty() { tr { td colspan="4" { "Nothing is doubtful here by the rules." } } }
                }
            }
        }
    }
}

/// Link to the record a finding is about: the hazard, or whatever has this local id.
fn subject(scene: &Scene<'_>, local_id: &str) -> Markup {
    let hazard = scene.index.with_local_id(RecordKind::HazardArea, local_id).first();
    if let Some(&number) = hazard {
        return scene.hazard_link(scene.index.root(number));
    }
    let kinds = [
        RecordKind::ReleaseProduct,
        RecordKind::DeviceFind,
        RecordKind::Activity,
        RecordKind::Reopening,
        RecordKind::Accident,
        RecordKind::Adjustment,
        RecordKind::Place,
    ];
    match kinds.iter().find_map(|&kind| scene.index.with_local_id(kind, local_id).first()) {
        Some(&number) => scene.id_link(scene.index.record(number)),
        None => html! { (local_id) },
    }
}
