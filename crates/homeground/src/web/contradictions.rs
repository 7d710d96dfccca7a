//! `/contradictions`: claims that cannot all be right, and places that may be one, by rule and by what became of them. With `key` one
//! of them: its claims side by side, what was decided, and the form for a decision.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use records::contradiction::{Contradiction, Status};
use records::dictionary::Dictionary;
use records::{Record, RecordKind, Rules};
use serde_json::json;

use crate::cli::{Refused, Usage};
use crate::held::WGS_84;
use crate::import::ImportOptions;

use super::asked::Asked;
use super::findings::tag;
use super::known::{Known, ago, quantity, status_word, value};
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::review::{Typed, taken, typed};
use super::shown::Change;
use super::{App, Scene, table};

/// Rows on a page.
const PAGE: usize = 100;
/// Claims of one contradiction that are shown beside each other.
const MOST: usize = 60;

/// The page.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let known = scene.known()?;
        match scene.asked.get("key") {
            Some(key) => Ok(one(scene, &known, find(&known, key)?, &Vec::new(), None).into_response()),
            None => list(scene, &known),
        }
    })
    .await
}

fn find<'a>(known: &'a Known, key: &str) -> Result<&'a Contradiction, Problem> {
    known.contradictions.iter().find(|found| found.key == key).ok_or_else(|| Problem::unknown("contradiction", key))
}

fn list(scene: &Scene<'_>, known: &Known) -> Result<Response, Problem> {
    let asked = scene.asked;
    let statuses = [Status::Open, Status::Explained, Status::Chosen];
    let status = match asked.get("status") {
        None => None,
        Some(name) => {
            let found = statuses.into_iter().find(|status| status.name() == name);
            Some(found.ok_or_else(|| Problem::bad_query("status", name, "one of open, explained, chosen"))?)
        }
    };
    let rule = asked.get("rule");
    let all: Vec<(&Contradiction, Status)> =
        known.contradictions.iter().map(|found| (found, known.status(found))).collect();
    let mut rules: Vec<&str> = all.iter().map(|(found, _)| found.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut shown: Vec<(&Contradiction, Status)> = all
        .iter()
        .filter(|(found, is)| rule.is_none_or(|rule| found.rule == rule) && status.is_none_or(|status| *is == status))
        .copied()
        .collect();
    // What somebody must look at first; places behind claims.
    shown.sort_by(|(a, a_is), (b, b_is)| (a_is, a.severity, &a.key).cmp(&(b_is, b.severity, &b.key)));
    if table::is_csv(asked)? {
        let heads = ["key", "rule", "severity", "status", "subject", "quantity", "members", "message", "last_checked"];
        return table::csv(
            "contradictions",
            &heads,
            shown.iter().map(|(found, status)| {
                let checked = known.decided(found).map(|decision| decision.checked_on.to_string()).unwrap_or_default();
                vec![
                    found.key.clone(),
                    found.rule.to_owned(),
                    found.severity.letter().to_owned(),
                    status.name().to_owned(),
                    found.subject.clone(),
                    found.quantity.clone(),
                    found.members.join(" "),
                    found.message.clone(),
                    checked,
                ]
            }),
        );
    }
    let n = |status: Status| all.iter().filter(|(_, is)| *is == status).count();
    let paged = table::paged(asked, &shown, PAGE, |(found, _)| found.key.clone());
    let main = html! {
        section {
            h1 { "Contradictions" }
            p.answer {
                @if all.is_empty() { "No claims contradict each other by the rules." }
                @else {
                    strong { (count(n(Status::Open))) " open" } ", " (count(n(Status::Explained))) " explained, "
                    (count(n(Status::Chosen))) " chosen with a reason."
                }
            }
            p.note { "Found by rules in the claims and places as they stand. All claims are kept; nothing is averaged." }
            form.tools method="get" action="/contradictions" role="search" {
                @for (name, value) in asked.carried(&["rule", "status", "after"]) { input type="hidden" name=(name) value=(value); }
                div {
                    label for="rule" { "Rule" }
                    select #rule name="rule" {
                        option value="" { "any" }
                        @for rule in &rules { option value=(rule) selected[asked.get("rule") == Some(rule)] { (rule) ": " (what(rule)) } }
                    }
                }
                div {
                    label for="status" { "Status" }
                    select #status name="status" {
                        option value="" { "any" }
                        @for is in statuses { option value=(is.name()) selected[status == Some(is)] { (is.name()) } }
                    }
                }
                button { "Filter" }
                (table::export(asked, "contradictions"))
            }
            div.table role="region" aria-label="Table: Contradictions" tabindex="0" {
                table #contradictions {
                    thead { tr {
                        th scope="col" { "Rule" } th scope="col" { "About" } th scope="col" { "What was found" } th.n scope="col" { "Members" }
                        th scope="col" { "Status" } th scope="col" { "Last checked" }
                    } }
                    tbody {
                        @for (found, status) in paged.rows {
                            tr {
                                td.nowrap { (tag(found.severity)) " " (found.rule) }
                                th scope="row" { a href=(asked.href("/contradictions", &[("key", &found.key)])) dir="auto" { (about(found)) } }
                                td dir="auto" { (super::quantity::cut(&found.message, 220)) }
                                td.n { (found.members.len()) }
                                td { (status_word(*status)) }
                                td.nowrap { @match known.decided(found) { Some(decision) => (ago(scene, decision.checked_on)), None => "never" } }
                            }
                        }
                        @if shown.is_empty() { tr { td colspan="6" { "Nothing answers this." } } }
                    }
                }
            }
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    Ok(page(scene, &Head::plain(Tab::Contradictions, "Contradictions"), main).into_response())
}

fn what(rule: &str) -> &'static str {
    Rules::shipped().rule.get(rule).map_or("", |rule| rule.what.as_str())
}

fn about(found: &Contradiction) -> String {
    let text = match found.rule {
        "CT-14" => found.subject.clone(),
        "CT-13" => found.quantity.clone(),
        _ => format!("{}, {}", found.subject, found.quantity),
    };
    super::quantity::cut(&text, 120)
}

fn one(scene: &Scene<'_>, known: &Known, found: &Contradiction, form: &Typed, wrong: Option<&str>) -> Markup {
    let decided = known.decided(found);
    let status = known.status(found);
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/contradictions", &[])) { "Contradictions" } " / " (found.rule) }
            h1 dir="auto" { (about(found)) }
            p.answer {
                (tag(found.severity)) " " (found.rule) ": " (what(found.rule)) ". Status: " (status_word(status))
                @match &decided {
                    Some(decision) => { ", last checked " (ago(scene, decision.checked_on)) "." }
                    None => { ", never checked." }
                }
            }
            @if let Some(decision) = &decided {
                p { strong { (decision.record.text("status").unwrap_or_default()) } ": " (decision.record.text("reason").unwrap_or_default())
                    @if !decision.chosen().is_empty() { " Published: " (decision.chosen().join(", ")) "." }
                    @if !decision.joined.is_empty() { " " strong { "Open again:" } " " (decision.joined.join(", ")) " joined since." }
                }
            }
            p.note { (found.message) }
            p.note { "What to do: " (found.fix) "." }
        }
        section aria-labelledby="beside" {
            h2 #beside { "Side by side" }
            @if matches!(found.rule, "CT-13" | "CT-14") { (places(scene, known, found)) } @else { (claims(scene, known, found)) }
        }
        (history(scene, known, found))
        (decision_form(scene, found, form, wrong))
    };
    page(scene, &Head::plain(Tab::Contradictions, &about(found)), main)
}

fn claims(scene: &Scene<'_>, known: &Known, found: &Contradiction) -> Markup {
    let chosen: Vec<&str> = match known.decided(found) {
        Some(decision) if decision.status == Status::Chosen => decision.chosen(),
        _ => Vec::new(),
    };
    let members: Vec<&Record> =
        known.claims.iter().map(|c| &**c).filter(|c| found.members.contains(&c.local_id)).collect();
    html! {
        div.table role="region" aria-label="Table: Claims side by side" tabindex="0" {
            table #claims {
                thead { tr {
                    th scope="col" { "Claim" } th scope="col" { "Subject" } th scope="col" { "Quantity" } th scope="col" { "Value" } th scope="col" { "Period" }
                    th scope="col" { "Source" } th scope="col" { "Words" } th scope="col" { "As of" }
                } }
                tbody {
                    @for claim in members.iter().take(MOST) {
                        tr {
                            th scope="row" { (scene.member_link(known, &claim.local_id)) @if chosen.contains(&claim.local_id.as_str()) { " " strong { "published" } } }
                            td dir="auto" { (claim.text("subject").unwrap_or_default()) }
                            td { (quantity(claim)) }
                            td dir="auto" { (value(claim)) }
                            td { (claim.text("period").unwrap_or_default()) }
                            td { @for (at, id) in claim.sources.iter().enumerate() { @if at > 0 { ", " } (scene.source_link(known, id)) } }
                            td dir="auto" { @match claim.text("quote") { Some(quote) => q { (quote) }, None => (claim.text("note").unwrap_or_default()) } }
                            td.nowrap { (claim.date_of_information) }
                        }
                    }
                }
            }
        }
        @if members.len() > MOST { p.note { "and " (members.len() - MOST) " more." } }
    }
}

fn places(scene: &Scene<'_>, known: &Known, found: &Contradiction) -> Markup {
    let members = known.places.iter().filter(|place| found.members.contains(&place.local_id));
    html! {
        div.table role="region" aria-label="Table: Places side by side" tabindex="0" {
            table #claims {
                thead { tr { th scope="col" { "Place" } th scope="col" { "Name" } th scope="col" { "Other names" } th scope="col" { "Lies in" } th scope="col" { "Position" } } }
                tbody {
                    @for place in members.take(MOST) {
                        tr {
                            th scope="row" { (scene.member_link(known, &place.local_id)) }
                            td dir="auto" { (place.text("name").unwrap_or_default()) }
                            td dir="auto" { (records::gazetteer::names_of(place).iter().skip(1).take(8).map(|name| name.name.clone()).collect::<Vec<_>>().join(", ")) }
                            td { (place.text("parent").unwrap_or_default()) }
                            td.nowrap { @if let Some(geometry::Shape::Point([lon, lat])) = place.geometry { (format!("{lat:.5} N {lon:.5} E")) } }
                        }
                    }
                }
            }
        }
    }
}

/// Every decision on it, proposed ones too.
fn history(scene: &Scene<'_>, known: &Known, found: &Contradiction) -> Markup {
    let of_it = |record: &&Arc<Record>| record.text("of") == Some(&found.key);
    let mut all: Vec<(&Arc<Record>, bool)> =
        known.decisions.iter().filter(of_it).map(|record| (record, true)).collect();
    all.extend(known.proposed.iter().filter(of_it).map(|record| (record, false)));
    all.sort_by_key(|(record, _)| std::cmp::Reverse((record.date_of_information, record.local_id.clone())));
    html! {
        @if !all.is_empty() {
            section aria-labelledby="history" {
                h2 #history { "Decisions" }
                ul {
                    @for (record, is_approved) in all {
                        li {
                            (record.date_of_information) ": " strong { (record.text("status").unwrap_or_default()) } ", " (record.text("reason").unwrap_or_default())
                            @if let Some(number) = known.number(RecordKind::Decision, &record.local_id) { " " (scene.record_link(number)) }
                            @if !is_approved { " (proposed: it counts once approved)" }
                        }
                    }
                }
            }
        }
    }
}

fn decision_form(scene: &Scene<'_>, found: &Contradiction, form: &Typed, wrong: Option<&str>) -> Markup {
    let vocabulary = |name: &str| Dictionary::shipped().vocabulary.get(name).into_iter().flatten();
    let given = |name: &str| typed(form, name);
    let is_ticked = |id: &str| form.iter().any(|(name, value)| name == "chosen" && value == id);
    html! {
        section.no-print aria-labelledby="decide" {
            h2 #decide { "Decide" }
            @if let Some(wrong) = wrong { p.wrong role="alert" { (wrong) } }
            form.stack method="post" action=(scene.asked.href("/contradictions", &[("key", &found.key)])) {
                fieldset {
                    legend { "What came of it" }
                    @for (word, about) in vocabulary("decision_status") {
                        label.choice { input type="radio" name="status" value=(word) required checked[given("status") == word]; " " (word) ": " (about) }
                    }
                }
                fieldset {
                    legend { "Published, if chosen" }
                    @for id in found.members.iter().take(MOST) {
                        label.choice { input type="checkbox" name="chosen" value=(id) checked[is_ticked(id)]; " " (id) }
                    }
                }
                div {
                    label for="choice_rule" { "By which rule" }
                    select #choice_rule name="choice_rule" {
                        option value="" { "none" }
                        @for (word, about) in vocabulary("choice_rule") { option value=(word) selected[given("choice_rule") == word] { (word.replace('_', " ")) ": " (about) } }
                    }
                }
                div { label for="reason" { "Reason, in a few sentences" } textarea #reason name="reason" rows="3" required { (given("reason")) } }
                div { label for="by" { "Who decides; empty to propose it" } input #by name="by" autocomplete="name" value=(given("by")); }
                p.note { "It is recorded for the " (found.members.len()) " shown here, as checked today. A claim that joins later opens it again." }
                button.primary { "Record the decision" }
            }
        }
    }
}

/// Record a decision.
pub async fn decide(
    State(app): State<Arc<App>>,
    asked: Asked,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let now = (app.options.now)();
    let key = asked.get("key").unwrap_or_default().to_owned();
    let back = asked.href("/contradictions", &[("key", &key)]);
    let form = Arc::new(form);
    let members = {
        let key = key.clone();
        app.scene(asked.clone(), move |scene| Ok(find(&*scene.known()?, &key)?.members.clone())).await?
    };
    let (given, of) = (form.clone(), key.clone());
    let changing = app.clone();
    let work = move || {
        changing.change(Change::CHECKED, |programme| {
            let (raw, options) = row(&of, &members, &given, &now)?;
            taken(programme, &raw, options)
        })
    };
    match tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))? {
        Ok(_) => Ok(Redirect::to(&back).into_response()),
        Err(error) if error.is::<Usage>() || error.is::<Refused>() => {
            let why = error.to_string();
            let shown = app
                .scene(asked, move |scene| {
                    let known = scene.known()?;
                    Ok(one(scene, &known, find(&known, &key)?, &form, Some(&why)))
                })
                .await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The decision as a row of an exchange file, read by the rules of every other.
fn row(
    key: &str,
    members: &[String],
    form: &Typed,
    now: &jiff::ZonedDateTime,
) -> anyhow::Result<(serde_json::Value, ImportOptions)> {
    let (status, reason, by) = (typed(form, "status"), typed(form, "reason"), typed(form, "by"));
    let chosen: Vec<&str> = form.iter().filter(|(name, _)| name == "chosen").map(|(_, value)| value.as_str()).collect();
    if status.is_empty() || reason.is_empty() {
        return Err(Usage("say what came of it, and why".to_owned()).into());
    }
    if (status == "chosen") == chosen.is_empty() {
        return Err(Usage("tick the claims that are published if you choose, and none if you do not".to_owned()).into());
    }
    let today = now.date();
    let mut properties = json!({
        "record": "decision",
        "local_id": format!("D-{}-{}", key, now.timestamp().as_second()),
        "date_of_information": today,
        "of": key,
        "status": status,
        "judged": members,
        "reason": reason,
        "checked_on": today,
    });
    if !chosen.is_empty() {
        properties["chosen"] = json!(chosen);
    }
    if !typed(form, "choice_rule").is_empty() {
        properties["choice_rule"] = json!(typed(form, "choice_rule"));
    }
    let raw = json!({"properties": properties, "geometry": null, "crs": WGS_84});
    let approve_as = (!by.is_empty()).then(|| by.to_owned());
    Ok((raw, ImportOptions { recorded_at: now.timestamp(), approve_as, ..ImportOptions::default() }))
}
