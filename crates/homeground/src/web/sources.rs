//! `/sources`: who says what, how much of it and how reliable. `/source?id=`: the fact-check of one source: each of its statements
//! with what supports it, what contradicts it and what is missing. It prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use maud::{Markup, html};
use records::contradiction::{self, Contradiction, Evidence};
use records::dictionary::Dictionary;
use records::{Record, RecordKind};

use super::asked::Asked;
use super::known::{Known, ago, quantity, refs, value};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::{App, Scene, table};

/// Rows on a page.
const PAGE: usize = 100;

/// What a source says, counted.
struct Row<'a> {
    record: &'a Record,
    n_claims: usize,
    n_disputed: usize,
}

/// Every source.
pub async fn list(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let known = scene.known()?;
        let rows = rows(&known);
        if table::is_csv(scene.asked)? {
            return as_csv(&rows);
        }
        Ok(list_page(scene, &rows).into_response())
    })
    .await
}

fn rows(known: &Known) -> Vec<Row<'_>> {
    let disputed = disputes(known);
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for claim in &known.claims {
        for source in &claim.sources {
            let count = counts.entry(source).or_default();
            count.0 += 1;
            count.1 += usize::from(disputed.contains_key(claim.local_id.as_str()));
        }
    }
    let mut rows: Vec<Row<'_>> = known
        .sources
        .iter()
        .map(|record| {
            let (n_claims, n_disputed) = counts.get(record.local_id.as_str()).copied().unwrap_or_default();
            Row { record, n_claims, n_disputed }
        })
        .collect();
    rows.sort_by(|a, b| b.n_claims.cmp(&a.n_claims).then(a.record.local_id.cmp(&b.record.local_id)));
    rows
}

/// Contradictions by the claims in them.
pub fn disputes(known: &Known) -> BTreeMap<&str, Vec<&Contradiction>> {
    let mut disputes: BTreeMap<&str, Vec<&Contradiction>> = BTreeMap::new();
    for found in &known.contradictions {
        found.members.iter().for_each(|id| disputes.entry(id).or_default().push(found));
    }
    disputes
}

fn as_csv(rows: &[Row<'_>]) -> Result<Response, Problem> {
    let heads = [
        "local_id",
        "title",
        "author",
        "published_on",
        "language",
        "licence",
        "kind",
        "source_reliability",
        "information_reliability",
        "claims",
        "contradicted",
        "link",
        "file_sha256",
    ];
    table::csv(
        "sources",
        &heads,
        rows.iter().map(|row| {
            let text = |field: &str| row.record.fields.get(field).map(super::entry::plain).unwrap_or_default();
            vec![
                row.record.local_id.clone(),
                text("title"),
                text("author"),
                text("published_on"),
                text("language"),
                text("licence"),
                text("kind"),
                text("source_reliability"),
                text("information_reliability"),
                row.n_claims.to_string(),
                row.n_disputed.to_string(),
                text("link"),
                text("file_sha256"),
            ]
        }),
    )
}

fn list_page(scene: &Scene<'_>, rows: &[Row<'_>]) -> Markup {
    let n_claims: usize = rows.iter().filter(|row| row.n_claims > 0).count();
    let paged = table::paged(scene.asked, rows, PAGE, |row| row.record.local_id.clone());
    let main = html! {
        section {
            h1 { "Sources" }
            p.answer { (count(rows.len())) " sources; claims come from " (count(n_claims)) " of them." }
            p.note { "A figure without a source goes into no report. Open a source to check each of its statements against the others." }
            div.tools { (table::export(scene.asked, "sources")) }
            div.table role="region" aria-label="Table: Sources" tabindex="0" {
                table #sources {
                    thead { tr {
                        th scope="col" { "Source" } th scope="col" { "Title" } th scope="col" { "Published" } th scope="col" { "Language" }
                        th scope="col" { "Kind" } th scope="col" { "Reliability" } th.n scope="col" { "Claims" } th.n scope="col" { "Contradicted" }
                    } }
                    tbody {
                        @for row in paged.rows {
                            @let text = |field: &str| row.record.text(field).unwrap_or_default();
                            tr {
                                th scope="row" { a href=(scene.asked.href("/source", &[("id", &row.record.local_id)])) { (row.record.local_id) } }
                                td dir="auto" { (text("title")) }
                                td.nowrap { (text("published_on")) }
                                td { (text("language")) }
                                td { (text("kind")) }
                                td { (reliability(row.record)) }
                                td.n { (count(row.n_claims)) }
                                td.n { (count(row.n_disputed)) }
                            }
                        }
                        @if rows.is_empty() { tr { td colspan="8" { "No source is recorded. Import some: " code { "homeground import PROGRAMME page.txt --as article" } } } }
                    }
                }
            }
            (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
        }
    };
    page(scene, &Head::plain(Tab::Sources, "Sources"), main)
}

/// Of the source and of what it says, as the two scales have it.
fn reliability(record: &Record) -> String {
    let source = record.text("source_reliability").unwrap_or_default();
    let information = record.number("information_reliability").map(|n| format!("{n:.0}")).unwrap_or_default();
    format!("{source}{information}")
}

/// The fact-check of one source.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let id = scene.asked.get("id").unwrap_or_default();
        let known = scene.known()?;
        let source = known.sources.iter().find(|source| source.local_id == id);
        let source = source.ok_or_else(|| Problem::unknown("source", id))?;
        Ok(one(scene, &known, source).into_response())
    })
    .await
}

/// A statement of the source with what others say to it.
struct Checked<'a> {
    claim: &'a Record,
    evidence: Evidence,
    disputes: Vec<&'a Contradiction>,
    checked_on: Date,
    was_decided: bool,
}

impl Checked<'_> {
    fn verdict(&self) -> &'static str {
        match (self.disputes.is_empty() && self.evidence.contradicting.is_empty(), self.evidence.supporting.is_empty())
        {
            (false, _) => "contradicted",
            (true, false) => "supported",
            (true, true) => "alone",
        }
    }
}

fn checked<'a>(known: &'a Known, source: &Record) -> Vec<Checked<'a>> {
    let claims: Vec<&Record> =
        known.claims.iter().map(|claim| &**claim).filter(|claim| claim.sources.contains(&source.local_id)).collect();
    let ids: Vec<&str> = claims.iter().map(|claim| claim.local_id.as_str()).collect();
    let mut evidence = contradiction::evidence(&ids, &refs(&known.claims), &refs(&known.places));
    let disputes = disputes(known);
    let with = |claim: &'a Record| {
        let disputes = disputes.get(claim.local_id.as_str()).cloned().unwrap_or_default();
        let decided =
            disputes.iter().filter_map(|found| known.decided(found)).map(|decision| decision.checked_on).max();
        Checked {
            claim,
            evidence: evidence.remove(&claim.local_id).unwrap_or_default(),
            disputes,
            // Until somebody looks again, it was last read when it was taken down.
            checked_on: decided.unwrap_or(claim.date_of_information).max(claim.date_of_information),
            was_decided: decided.is_some(),
        }
    };
    claims.into_iter().map(with).collect()
}

fn one(scene: &Scene<'_>, known: &Known, source: &Record) -> Markup {
    let checked = checked(known, source);
    let n = |verdict: &str| checked.iter().filter(|row| row.verdict() == verdict).count();
    let last = checked.iter().map(|row| row.checked_on).max();
    let title = source.text("title").unwrap_or(&source.local_id);
    let paged = table::paged(scene.asked, &checked, PAGE, |row| row.claim.local_id.clone());
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/sources", &[])) { "Sources" } " / " (source.local_id) }
            h1 dir="auto" { (title) }
            p.answer {
                (count(checked.len())) " statements: " (count(n("supported"))) " supported by another source, "
                strong { (count(n("contradicted"))) " contradicted" } ", " (count(n("alone"))) " that nobody else states."
                @if let Some(last) = last { " Last checked " (ago(scene, last)) "." }
            }
        }
        div.columns {
            section aria-labelledby="about" { h2 #about { "The source" } (about(scene, known, source)) }
        }
        section aria-labelledby="statements" {
            h2 #statements { "Statements" }
            (statements(scene, known, paged.rows))
            (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
            p.note { "Support counts only from a source that this statement does not name itself. What is missing is named; silence is no support." }
        }
    };
    page(scene, &Head::plain(Tab::Sources, title), main)
}

fn about(scene: &Scene<'_>, known: &Known, source: &Record) -> Markup {
    let dictionary = Dictionary::shipped();
    html! {
        dl.facts {
            @for (name, value) in source.fields.iter().filter(|(name, _)| *name != "title") {
                @let field = dictionary.field(RecordKind::Source, name);
                dt title=[field.map(|field| field.about.as_str())] { (name.replace('_', " ")) }
                dd dir="auto" { @if name == "link" { (link(&super::entry::plain(value))) } @else { (super::entry::plain(value)) } }
            }
            dt { "Read on" } dd { (source.date_of_information) ", " (ago(scene, source.date_of_information)) }
            @if let Some(number) = known.number(RecordKind::Source, &source.local_id) { dt { "Entry" } dd { (scene.record_link(number)) } }
        }
    }
}

/// Only an address that a browser may open is a link.
fn link(address: &str) -> Markup {
    html! {
        @if address.starts_with("https://") || address.starts_with("http://") { a rel="noreferrer" href=(address) { (address) } }
        @else { (address) }
    }
}

fn statements(scene: &Scene<'_>, known: &Known, rows: &[Checked<'_>]) -> Markup {
    let claim = |id: &str| known.claims.iter().find(|claim| claim.local_id == id);
    let others = |ids: &[String]| {
        html! {
            ul.bare { @for id in ids.iter().take(6) {
                li {
                    (scene.member_link(known, id))
                    @if let Some(claim) = claim(id) { ": " (value(claim)) " (" @for (at, source) in claim.sources.iter().enumerate() { @if at > 0 { ", " } (scene.source_link(known, source)) } ")" }
                }
            }
            @if ids.len() > 6 { li { "and " (ids.len() - 6) " more" } } }
        }
    };
    html! {
        div.table role="region" aria-label="Table: Statements" tabindex="0" {
            table #statements-table {
                thead { tr {
                    th scope="col" { "Claim" } th scope="col" { "Statement" } th scope="col" { "Verdict" } th scope="col" { "Supporting" }
                    th scope="col" { "Contradicting" } th scope="col" { "Missing" } th scope="col" { "Checked" }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (scene.member_link(known, &row.claim.local_id)) }
                            td dir="auto" {
                                (row.claim.text("subject").unwrap_or_default()) ", " (quantity(row.claim)) ": " (value(row.claim))
                                @if let Some(period) = row.claim.text("period") { " (" (period) ")" }
                                @if let Some(quote) = row.claim.text("quote") { br; q dir="auto" { (quote) } }
                            }
                            td { @if row.verdict() == "contradicted" { strong { "contradicted" } } @else { (row.verdict()) } }
                            td { (others(&row.evidence.supporting)) }
                            td {
                                (others(&row.evidence.contradicting))
                                @for found in &row.disputes { (scene.contradiction_link(found)) ": " (super::known::status_word(known.status(found))) " " }
                            }
                            td { (missing(row)) }
                            td.nowrap { (ago(scene, row.checked_on)) @if !row.was_decided { br; small { "as read" } } }
                        }
                    }
                    @if rows.is_empty() { tr { td colspan="7" { "No claim names this source." } } }
                }
            }
        }
    }
}

/// What would be needed to know.
fn missing(row: &Checked<'_>) -> Markup {
    let text = |field: &str| row.claim.text(field).unwrap_or_default();
    let mut wanted = Vec::new();
    if row.evidence.supporting.is_empty() {
        wanted.push("a second source");
    }
    if text("period").is_empty() && text("period_start").is_empty() {
        wanted.push("its day or period");
    }
    if text("unit").is_empty() && row.claim.fields.contains_key("number") {
        wanted.push("its unit");
    }
    if text("quote").is_empty() {
        wanted.push("the words of the source");
    }
    if text("subject").is_empty() {
        wanted.push("what it is about");
    }
    html! { @if wanted.is_empty() { "nothing" } @else { (wanted.join("; ")) } }
}
