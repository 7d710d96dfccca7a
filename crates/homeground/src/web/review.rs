//! `/review`: what waits for a person, as a work list by operator and rule; each item with the picture of its defect,
//! what was entered beside what was computed, and what can be done with it. Every deed is an entry of its own.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use geometry::arrangement::{difference, intersection, union};
use geometry::read::{ProblemKind, read};
use geometry::{Area, Reading, Region, Shape};
use jiff::Timestamp;
use ledger::{Class, EntryId, Land, Remark, Said, Standing};
use maud::{Markup, html};
use records::dictionary::Dictionary;
use records::land::HazardStatus;
use records::{Issue, Record, RecordKind, Severity};
use serde_json::{Map, Value, json};

use crate::cli::{Refused, Usage};
use crate::held::{WGS_84, shape_of};
use crate::import::ImportOptions;
use crate::programme::{Held, Programme};
use crate::review::Step;

use super::asked::Asked;
use super::drawing::{Plane, Sheet, one};
use super::entry::plain;
use super::findings::tag;
use super::ground::{Look, patterns};
use super::hazard::standing;
use super::page::{Head, Tab, page, raw};
use super::problem::Problem;
use super::quantity::{count, cut, grouped, instant};
use super::shown::Change;
use super::{App, Scene, held, map, names, score, table};

/// Something that waits for a person.
struct Item {
    entry: EntryId,
    kind: Option<RecordKind>,
    local_id: String,
    operator: String,
    recorded_at: Timestamp,
    marks: Vec<Mark>,
    returned: Option<Arc<Remark>>,
    what: What,
}

enum What {
    Held(Box<Held>),
    Record(u32),
}

/// What a rule has against it.
struct Mark {
    rule: String,
    severity: Severity,
    message: String,
    hint: String,
    may_accept: bool,
}

impl Item {
    fn of_held(scene: &Scene<'_>, held: Held) -> Item {
        let may_accept = scene.programme.may_accept_row(&held);
        let errors = held.issues().into_iter().filter(|issue| issue.severity == Severity::Error);
        let mark = |issue: Issue| Mark {
            rule: issue.rule,
            severity: issue.severity,
            message: issue.message,
            hint: issue.hint,
            may_accept,
        };
        Item {
            entry: held.entry,
            kind: held.text("record").parse().ok(),
            local_id: held.text("local_id").to_owned(),
            operator: held.operator().to_owned(),
            recorded_at: held.recorded_at,
            marks: errors.map(mark).collect(),
            returned: returned(scene, held.entry),
            what: What::Held(Box::new(held)),
        }
    }

    fn of_record(scene: &Scene<'_>, number: u32) -> Item {
        let kept = scene.index.record(number);
        Item {
            entry: kept.entry,
            kind: Some(kept.kind),
            local_id: kept.local_id.to_string(),
            operator: kept.operator.to_string(),
            recorded_at: kept.recorded_at,
            marks: Vec::new(),
            returned: returned(scene, kept.entry),
            what: What::Record(number),
        }
    }

    fn name(&self) -> String {
        let kind = self.kind.map_or_else(|| "row".to_owned(), names::kind);
        let id = if self.local_id.is_empty() { "without id" } else { &self.local_id };
        format!("{kind} {id}")
    }

    fn state(&self) -> &'static str {
        match (&self.what, &self.returned) {
            (_, Some(_)) => "returned",
            (What::Held(_), None) => "held",
            (What::Record(_), None) => "doubtful",
        }
    }

    fn worst(&self) -> Option<Severity> {
        self.marks.iter().map(|mark| mark.severity).min()
    }
}

fn returned(scene: &Scene<'_>, entry: EntryId) -> Option<Arc<Remark>> {
    remarks(scene, entry).last().filter(|remark| remark.says == Said::Returned).cloned()
}

/// What was said of an entry by then, in order.
fn remarks<'a>(scene: &Scene<'a>, entry: EntryId) -> &'a [Arc<Remark>] {
    let remarks = scene.index.remarks(entry);
    &remarks[..remarks.partition_point(|remark| remark.recorded_at <= scene.known_at())]
}

/// Everything that waits, by operator and then as it weighs.
fn items(scene: &Scene<'_>) -> Result<Vec<Item>, Problem> {
    let mut items: Vec<Item> =
        scene.programme.held(scene.known_at())?.into_iter().map(|held| Item::of_held(scene, held)).collect();
    items.extend(doubtful(scene)?);
    items.sort_by(|a, b| {
        let key = |item: &Item| (item.operator.is_empty(), item.operator.clone(), item.worst(), item.local_id.clone());
        key(a).cmp(&key(b)).then(a.entry.cmp(&b.entry))
    });
    Ok(items)
}

/// Records that an error or a warning speaks against which nobody accepted, and those that were returned.
fn doubtful(scene: &Scene<'_>) -> Result<Vec<Item>, Problem> {
    let found = scene.checked()?;
    let found: Vec<_> = found.iter().filter(|finding| finding.severity < Severity::Information).collect();
    let subjects: HashSet<&str> = found.iter().map(|finding| finding.subject.as_str()).collect();
    // A finding names its record by local id; the kinds that make land come first.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    for (number, kept) in scene.index.records().filter(|(_, kept)| subjects.contains(&*kept.local_id)) {
        if scene.is_current(number) {
            let first = numbers.entry(&kept.local_id).or_insert(number);
            let rank = |number: u32| (scene.index.record(number).land.region().is_none(), number);
            if rank(number) < rank(*first) {
                *first = number;
            }
        }
    }
    let mut items: BTreeMap<u32, Item> = BTreeMap::new();
    for finding in found {
        let Some(&number) = numbers.get(finding.subject.as_str()) else { continue };
        let is_accepted = remarks(scene, scene.index.record(number).entry).iter().any(|remark| match &remark.says {
            Said::Accepted(rules) => rules.iter().any(|rule| **rule == *finding.rule),
            Said::Returned => false,
        });
        if !is_accepted {
            items.entry(number).or_insert_with(|| Item::of_record(scene, number)).marks.push(Mark {
                rule: finding.rule.to_owned(),
                severity: finding.severity,
                message: finding.message.clone(),
                hint: finding.hint.clone(),
                may_accept: !finding.fixed,
            });
        }
    }
    for entry in scene.index.remarked() {
        if let Some(number) = scene.index.number_of(entry)
            && scene.is_current(number)
            && returned(scene, entry).is_some()
        {
            items.entry(number).or_insert_with(|| Item::of_record(scene, number));
        }
    }
    Ok(items.into_values().collect())
}

/// The item of an entry, whether or not anything still speaks against it; `None` where a later entry replaces it.
fn find(scene: &Scene<'_>, id: &str) -> Result<Option<Item>, Problem> {
    let unknown = || Problem::unknown("item of the work list", id);
    let entry: EntryId = id.parse().map_err(|_| unknown())?;
    if let Some(held) = scene.programme.held_row(entry)? {
        if held.recorded_at > scene.known_at() {
            return Err(unknown());
        }
        return Ok((!scene.programme.is_replaced(&held, scene.known_at())).then(|| Item::of_held(scene, held)));
    }
    let number = scene.index.number_of(entry).ok_or_else(unknown)?;
    if scene.index.record(number).recorded_at > scene.known_at() {
        return Err(unknown());
    }
    if !scene.is_current(number) {
        return Ok(None);
    }
    let listed = doubtful(scene)?.into_iter().find(|item| item.entry == entry);
    Ok(Some(listed.unwrap_or_else(|| Item::of_record(scene, number))))
}

/// The list, or its table as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let all = items(scene)?;
        let mut shown: Vec<&Item> = all.iter().filter(|item| is_wanted(scene.asked, item)).collect();
        if scene.asked.get("group") == Some("rule") {
            shown.sort_by_key(|item| item.marks.first().map(|mark| mark.rule.clone()));
        }
        if table::is_csv(scene.asked)? {
            return as_csv(&shown);
        }
        Ok(list(scene, &all, &shown)?.into_response())
    })
    .await
}

/// As addresses call what has no operator.
const NOBODY: &str = "(none)";

fn is_wanted(asked: &Asked, item: &Item) -> bool {
    let operator = asked.get("operator").map(|name| if name == NOBODY { "" } else { name });
    let text = asked.get("q").map(str::to_lowercase);
    operator.is_none_or(|name| item.operator == name)
        && asked.get("rule").is_none_or(|rule| item.marks.iter().any(|mark| mark.rule == rule))
        && asked.get("show").is_none_or(|state| item.state() == state)
        && text.is_none_or(|text| item.name().to_lowercase().contains(&text))
}

fn as_csv(items: &[&Item]) -> Result<Response, Problem> {
    let heads =
        ["entry", "state", "record", "local_id", "operator", "recorded_at", "rule", "severity", "message", "returned"];
    let rows = items.iter().flat_map(|item| {
        let row = move |mark: Option<&Mark>| {
            vec![
                item.entry.to_string(),
                item.state().to_owned(),
                item.kind.map(|kind| kind.name().to_owned()).unwrap_or_default(),
                item.local_id.clone(),
                item.operator.clone(),
                item.recorded_at.to_string(),
                mark.map(|mark| mark.rule.clone()).unwrap_or_default(),
                mark.map(|mark| mark.severity.letter().to_owned()).unwrap_or_default(),
                mark.map(|mark| mark.message.clone()).unwrap_or_default(),
                item.returned.as_ref().map(|remark| remark.comment.to_string()).unwrap_or_default(),
            ]
        };
        match item.marks.is_empty() {
            true => vec![row(None)],
            false => item.marks.iter().map(|mark| row(Some(mark))).collect(),
        }
    });
    table::csv("review", &heads, rows)
}

fn list(scene: &Scene<'_>, all: &[Item], shown: &[&Item]) -> Result<Markup, Problem> {
    const PAGE: usize = 30;
    let asked = scene.asked;
    let n_of = |state: &str| all.iter().filter(|item| item.state() == state).count();
    let paged = table::paged(asked, shown, PAGE, |item| item.entry.to_string());
    let by_rule = asked.get("group") == Some("rule");
    let head = |item: &Item| match by_rule {
        true => item.marks.first().map_or_else(|| "no rule".to_owned(), |mark| mark.rule.clone()),
        false => operator(&item.operator).to_owned(),
    };
    let groups: Vec<&[&Item]> = paged.rows.chunk_by(|a, b| head(a) == head(b)).collect();
    let main = html! {
        section {
            h1 { "Review" }
            p.answer {
                @if all.is_empty() { "Nothing waits for a person." }
                @else {
                    strong { (count(all.len())) } (if all.len() == 1 { " item waits" } else { " items wait" }) " for a person: "
                    (count(n_of("held"))) " held, " (count(n_of("doubtful"))) " doubtful, " (count(n_of("returned"))) " returned to their senders."
                }
            }
            p.note { "A held row counts nowhere. A doubtful record counts as it stands: a proposed hazard already warns. What is returned stays here until it is corrected." }
            (filters(asked, all))
        }
        @for group in &groups {
            section {
                h2 { (head(group[0])) " " span.note { (count(shown.iter().filter(|item| head(item) == head(group[0])).count())) } }
                ul.review { @for item in *group { li { (listed(scene, item)) } } }
            }
        }
        @if shown.is_empty() && !all.is_empty() { p.note { "Nothing matches the filter." } }
        (table::pages(asked, paged.is_later, paged.next.as_deref()))
        (score::section(scene)?)
    };
    Ok(page(scene, &Head::plain(Tab::Review, "Review"), main))
}

fn operator(name: &str) -> &str {
    if name.is_empty() { "No operator named" } else { name }
}

fn filters(asked: &Asked, all: &[Item]) -> Markup {
    let (mut operators, mut rules): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) = Default::default();
    for item in all {
        *operators.entry(if item.operator.is_empty() { NOBODY } else { &item.operator }).or_default() += 1;
        let named: HashSet<&str> = item.marks.iter().map(|mark| mark.rule.as_str()).collect();
        named.into_iter().for_each(|rule| *rules.entry(rule).or_default() += 1);
    }
    let choice = |name: &str, title: &str, every: &str, words: &[(String, String)]| {
        html! {
            div {
                label for=(name) { (title) }
                select id=(name) name=(name) {
                    option value="" { (every) }
                    @for (word, label) in words { option value=(word) selected[asked.get(name) == Some(word)] { (label) } }
                }
            }
        }
    };
    let counted = |words: &BTreeMap<&str, usize>| -> Vec<(String, String)> {
        words.iter().map(|(word, n)| ((*word).to_owned(), format!("{word} ({n})"))).collect()
    };
    let words = |words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect()
    };
    html! {
        form.tools method="get" action="/review" {
            @for (name, value) in asked.carried(&["operator", "rule", "show", "group", "q", "after"]) { input type="hidden" name=(name) value=(value); }
            (choice("operator", "Operator", "every operator", &counted(&operators)))
            (choice("rule", "Rule", "every rule", &counted(&rules)))
            (choice("show", "State", "every state", &words(&["held", "doubtful", "returned"])))
            (choice("group", "Grouped by", "operator", &words(&["rule"])))
            div { label for="q" { "Record" } input #q type="search" name="q" value=[asked.get("q")]; }
            button { "Filter" }
            div.end { a href=(asked.with(&[("format", "csv"), ("after", "")])) { "CSV" } }
        }
    }
}

fn listed(scene: &Scene<'_>, item: &Item) -> Markup {
    const MOST: usize = 4;
    let href = scene.asked.href(&format!("/review/{}", item.entry), &[]);
    html! {
        @if has_ground(scene, item) {
            img src=(format!("/review/{}/picture.svg", item.entry)) alt="" loading="lazy" width="180" height="135";
        } @else { span.blank aria-hidden="true" {} }
        div {
            h3 { a href=(href) { (item.name()) } }
            p.note {
                (item.state()) ", recorded " (instant(item.recorded_at))
                @if let What::Record(number) = item.what { ", " (standing(scene, number)) }
                @if let What::Held(held) = &item.what { ", " (held.text("file")) " row " (held.payload["row"].as_u64().unwrap_or_default()) }
            }
            @for mark in item.marks.iter().take(MOST) { p { (tag(mark.severity)) " " strong { (mark.rule) } " " (mark.message) } }
            @if item.marks.len() > MOST { p.note { "and " (item.marks.len() - MOST) " more" } }
            @if let Some(remark) = &item.returned { (message(remark)) }
        }
    }
}

fn message(remark: &Remark) -> Markup {
    html! { p.band { strong { "Returned " (instant(remark.recorded_at)) " by " (remark.by) ": " } (remark.comment) } }
}

fn has_ground(scene: &Scene<'_>, item: &Item) -> bool {
    match &item.what {
        What::Held(held) => shape_of(&held.payload["raw"]).is_some_and(|shape| shape.bounds().is_some()),
        What::Record(number) => {
            matches!(&scene.index.record(*number).land, Land::Event(_))
                || scene.index.record(*number).land.region().is_some()
        }
    }
}

/// One item.
pub async fn item(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, move |scene| one_item(scene, &id, &[], None)).await
}

/// The page of an item, with what was typed and why it was not taken.
fn one_item(scene: &Scene<'_>, id: &str, typed: &Typed, refused: Option<&str>) -> Result<Markup, Problem> {
    let Some(item) = find(scene, id)? else {
        let main = html! {
            section {
                p.crumbs { a href=(scene.asked.href("/review", &[])) { "Review" } " / " code { (super::page::short(id)) } }
                h1 { "Settled" }
                p.answer { "A later entry stands in its place." }
                p { a href=(scene.asked.href(&format!("/ledger/{id}"), &[])) { "What it was" } " · " a href=(scene.asked.href("/review", &[])) { "What still waits" } }
            }
        };
        return Ok(page(scene, &Head::plain(Tab::Review, "Settled"), main));
    };
    let name = item.name();
    let record = match item.what {
        What::Record(number) => Some(scene.facts.of(scene.programme, scene.index.record(number).entry)?),
        What::Held(_) => None,
    };
    let main = html! {
        section {
            p.crumbs { a href=(scene.asked.href("/review", &[])) { "Review" } " / " (operator(&item.operator)) }
            h1 { (name) }
            p.answer {
                @match &item.what {
                    What::Held(_) => { strong { "Held" } ": it counts nowhere until it is accepted or corrected." }
                    What::Record(number) => { strong { (standing(scene, *number)) } @if item.marks.is_empty() { ": no rule speaks against it that was not accepted." } @else { ", and " (count(item.marks.len())) (if item.marks.len() == 1 { " rule speaks" } else { " rules speak" }) " against it." } }
                }
                " " a href=(scene.entry_href(item.entry)) { "The whole entry" }
            }
            @if let Some(why) = refused { p.band.bad role="alert" { strong { "Not done: " } (why) } }
            @if let Some(remark) = &item.returned { (message(remark)) }
            (marks(&item))
        }
        div.columns {
            section aria-labelledby="picture" {
                h2 #picture { "On the ground" }
                (drawn(scene, &item, 560.0)?)
            }
            section aria-labelledby="beside" {
                h2 #beside { "Entered, and computed" }
                (beside(scene, &item, record.as_deref()))
            }
        }
        @if let What::Held(held) = &item.what { (held::readings_of(scene, &held.payload["raw"])) }
        (deeds(&item, record.as_deref(), typed))
    };
    Ok(page(scene, &Head::plain(Tab::Review, &name), main))
}

fn marks(item: &Item) -> Markup {
    html! {
        @if !item.marks.is_empty() {
            div.table role="region" aria-label="Table: What the rules found" tabindex="0" {
                table {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "What was found, and what to do" } } }
                    tbody {
                        @for mark in &item.marks {
                            tr {
                                th scope="row" { (tag(mark.severity)) " " (mark.rule) }
                                td { (mark.message) @if !mark.hint.is_empty() { br; span.hint { "What to do: " (mark.hint) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The ground of an item as it was given, and as it is read.
fn ground(scene: &Scene<'_>, item: &Item) -> Option<(Shape, Region)> {
    match &item.what {
        What::Held(held) => {
            let shape = shape_of(&held.payload["raw"])?;
            let reading = match item.kind {
                Some(RecordKind::ReleaseProduct) => Reading::Smallest,
                _ => Reading::Largest,
            };
            let region = if shape.is_areal() { read(&shape, reading).region } else { Region::empty() };
            Some((shape, region))
        }
        What::Record(number) => match &scene.index.record(*number).land {
            Land::Event(at) => Some((Shape::Point(*at), Region::empty())),
            land => land.region().map(|region| (region.to_shape(), region.clone())),
        },
    }
}

/// The ground that a rule is about, in its words.
fn defect(scene: &Scene<'_>, item: &Item, own: &Region, neighbours: &[u32]) -> Option<(&'static str, Region)> {
    let says = |rule: &str| item.marks.iter().any(|mark| mark.rule == rule);
    let others = |is_wanted: &dyn Fn(&Land) -> bool| -> Vec<&Region> {
        let lands = neighbours.iter().map(|&n| &scene.index.record(n).land);
        lands.filter(|land| is_wanted(land)).filter_map(Land::region).collect()
    };
    let hazards = || others(&|land| matches!(land, Land::Hazard(..)));
    let releases = || others(&|land| matches!(land, Land::Release(..)));
    let shared = |others: &[&Region]| {
        let parts: Vec<Region> = others.iter().map(|other| intersection(own, other)).collect();
        union(&parts.iter().collect::<Vec<_>>())
    };
    let found = if says("DQ-15") {
        ("outside every hazard", difference(own, &union(&hazards())))
    } else if says("DQ-14") {
        ("released by another report, too", shared(&releases()))
    } else if says("DQ-13") {
        ("hazard by another report, too", shared(&hazards()))
    } else {
        return None;
    };
    (!found.1.is_empty()).then_some(found)
}

/// Its ground among its neighbours, with the defect in bold.
fn drawn(scene: &Scene<'_>, item: &Item, width: f64) -> Result<Markup, Problem> {
    let Some((sheet, inside, defect)) = picture_of(scene, item, width) else {
        return Ok(html! { p.note { "It has no place that can be drawn." } });
    };
    Ok(html! {
        figure {
            svg.drawing viewBox=(sheet.view_box()) role="img" aria-label=(format!("Where {} lies, with what is doubtful in bold", item.name())) { (inside) }
            p.note {
                "Dashed: its own boundary. "
                @if let Some((word, area)) = defect { "Bold: " (grouped(area.m2(), 2)) " m² " (word) "." }
                @else { "Bold points, if any: where its boundary crosses itself." }
            }
        }
    })
}

type Picture = (Sheet, Markup, Option<(&'static str, Area)>);

fn picture_of(scene: &Scene<'_>, item: &Item, width: f64) -> Option<Picture> {
    /// Neighbours that are drawn; a person sees no more.
    const MOST: usize = 80;
    let (shape, own) = ground(scene, item)?;
    let bounds = shape.bounds()?;
    let sheet = Sheet::around(bounds, width);
    let known_at = scene.state.known_at();
    let own_number = match item.what {
        What::Record(number) => Some(number),
        What::Held(_) => None,
    };
    let mut neighbours = scene.index.meeting(bounds);
    neighbours.retain(|&n| {
        Some(n) != own_number && scene.index.standing(n, known_at) > Standing::Absent && scene.is_current(n)
    });
    let defect = defect(scene, item, &own, &neighbours);
    let crossings: Vec<[f64; 2]> = match shape.is_areal() {
        true => read(&shape, Reading::Largest)
            .problems
            .into_iter()
            .filter(|problem| problem.kind == ProblemKind::SelfIntersection)
            .map(|problem| problem.at)
            .collect(),
        false => Vec::new(),
    };
    let mut points = Vec::new();
    if let Shape::Point(_) | Shape::MultiPoint(_) = shape {
        shape.for_each_position(&mut |position| points.push(sheet.point(position)));
    }
    let inside = html! {
        (sheet.graticule())
        @for &number in neighbours.iter().take(MOST) {
            @let kept = scene.index.record(number);
            @if let (Some(look), Some(region)) = (look_of(&kept.land), kept.land.region()) {
                path.ground fill=(look.fill()) fill-rule="evenodd" d=(sheet.ground(region)) { title { (kept.local_id) ": " (look.word()) } }
            }
        }
        path.outline d=(sheet.path(&shape)) {}
        @for (x, y) in points { circle.find cx=(one(x)) cy=(one(y)) r="4" {} }
        @if let Some((word, region)) = &defect { path.defect fill-rule="evenodd" d=(sheet.ground(region)) { title { (word) } } }
        @for at in crossings {
            @let (x, y) = sheet.point(at);
            circle.defect cx=(one(x)) cy=(one(y)) r="7" {}
        }
        (sheet.scale_bar())
    };
    Some((sheet, inside, defect.map(|(word, region)| (word, region.area()))))
}

fn look_of(land: &Land) -> Option<Look> {
    match land {
        Land::Hazard(_, status) => Look::of(Class::Hazardous(*status)),
        Land::Release(_, released) => Look::of(Class::Released(released.method)),
        Land::Adjustment(..) => Look::of(Class::Hazardous(HazardStatus::Suspected)),
        _ => None,
    }
}

/// The picture alone, for the list.
pub async fn picture(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    const STYLE: &str = "text{display:none}.ground{stroke:#1b1f23;stroke-width:.8}.outline{fill:none;stroke:#000;stroke-width:2;stroke-dasharray:6 4}\
.defect{fill:none;stroke:#8a0f7a;stroke-width:4}.graticule{stroke:#d8dad6;stroke-width:.6;fill:none}.find{fill:#1b1f23}.scale{stroke:#1b1f23;stroke-width:1.6;fill:none}";
    let svg = app
        .scene(asked, move |scene| {
            let nothing = || Problem::unknown("picture", &id);
            let item = find(scene, &id)?.ok_or_else(nothing)?;
            let (sheet, inside, _) = picture_of(scene, &item, 360.0).ok_or_else(nothing)?;
            Ok(html! {
                svg xmlns="http://www.w3.org/2000/svg" viewBox=(sheet.view_box()) width=(sheet.width) height=(sheet.height) {
                    title { (item.name()) }
                    style { (raw(map::COLOURS)) (raw(STYLE)) }
                    defs { (patterns(None)) }
                    rect.paper width=(sheet.width) height=(sheet.height) {}
                    (inside)
                }
            })
        })
        .await?;
    Ok(map::svg(svg))
}

/// Letters of a value that are shown; the whole stands on the page of the entry.
const LONG: usize = 300;

/// What was entered beside what it was read as.
fn beside(scene: &Scene<'_>, item: &Item, record: Option<&Record>) -> Markup {
    let reported = match (&item.what, record) {
        (What::Held(held), _) => held.payload["raw"]["properties"]["reported_area_m2"].clone(),
        (_, Some(record)) => record.fields.get("reported_area_m2").cloned().unwrap_or_default(),
        _ => Value::Null,
    };
    let ground = ground(scene, item);
    let computed: Vec<(&str, String, String)> = match &ground {
        None => Vec::new(),
        Some((shape, region)) => {
            let area =
                if region.is_empty() { String::new() } else { format!("{} m²", grouped(region.area().m2(), 2)) };
            let middle = shape.bounds().map(|[w, s, e, n]| [(w + e) / 2.0, (s + n) / 2.0]);
            let mut n_points = 0;
            shape.for_each_position(&mut |_| n_points += 1);
            vec![
                ("area", as_typed(&reported), area),
                (
                    "middle",
                    String::new(),
                    middle.map(|at| super::paper::written(at, scene.asked.grid)).unwrap_or_default(),
                ),
                (
                    "positions",
                    n_points.to_string(),
                    if region.is_empty() { String::new() } else { region.n_vertices().to_string() },
                ),
            ]
        }
    };
    let rows: Vec<(String, String, String)> = match (&item.what, record) {
        (What::Held(held), _) => {
            let issues = held.issues();
            let said = |name: &str| {
                let of_field = issues.iter().filter(|issue| issue.field == name);
                of_field.map(|issue| issue.message.clone()).collect::<Vec<_>>().join("; ")
            };
            let properties = held.payload["raw"]["properties"].as_object();
            properties.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value), said(name))).collect()
        }
        (_, Some(record)) => {
            let entered = |name: &str| record.as_entered.get(name).map(plain).unwrap_or_default();
            let mut rows: Vec<_> =
                record.fields.iter().map(|(name, value)| (name.clone(), entered(name), plain(value))).collect();
            let own = |name: &&String| !record.fields.contains_key(*name);
            rows.extend(record.as_entered.keys().filter(own).map(|name| (name.clone(), entered(name), String::new())));
            rows
        }
        _ => Vec::new(),
    };
    html! {
        div.table role="region" aria-label="Table: Entered and computed" tabindex="0" {
            table {
                thead { tr { th scope="col" { "What" } th scope="col" { "As entered" } th scope="col" { @match item.what { What::Held(_) => "What was read", What::Record(_) => "As it stands" } } } }
                tbody {
                    @for (name, entered, computed) in &computed { tr { th scope="row" { (name) } td.wrap { (entered) } td.wrap { strong { (computed) } } } }
                    @for (name, entered, computed) in &rows {
                        tr { th scope="row" { (name.replace('_', " ")) } td.wrap { (cut(entered, LONG)) } td.wrap { (cut(computed, LONG)) } }
                    }
                }
            }
        }
    }
}

/// What a form sent, in order.
pub type Typed = [(String, String)];

pub fn typed<'a>(form: &'a Typed, name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default()
}

fn deeds(item: &Item, record: Option<&Record>, form: &Typed) -> Markup {
    let deed = typed(form, "deed");
    let of = |name: &str, field: &str| if deed == name { typed(form, field).to_owned() } else { String::new() };
    let may_accept = !item.marks.is_empty() && item.marks.iter().all(|mark| mark.may_accept);
    let rules: Vec<&str> = {
        let mut rules: Vec<&str> = item.marks.iter().map(|mark| mark.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    };
    let who = |name: &str| {
        html! {
            div {
                label for=(format!("{name}-by")) { "Who decides" }
                input id=(format!("{name}-by")) name="by" required value=(of(name, "by")) autocomplete="off";
            }
        }
    };
    let why = |name: &str, field: &str, label: &str| {
        html! {
            div.wide {
                label for=(format!("{name}-{field}")) { (label) }
                textarea id=(format!("{name}-{field}")) name=(field) rows="3" required { (of(name, field)) }
            }
        }
    };
    html! {
        section aria-labelledby="accept" {
            h2 #accept { "Accept with a reason" }
            @if may_accept {
                p.note { "The record is approved although these rules speak against it. Rules, reason and name are kept for ever." }
                form.fields method="post" {
                    input type="hidden" name="deed" value="accept";
                    fieldset.wide {
                        legend { "Rules that are accepted" }
                        @for rule in &rules {
                            label.check { input type="checkbox" name="rule" value=(rule) checked[deed == "accept" && form.iter().any(|(name, value)| name == "rule" && value == rule)]; (rule) }
                        }
                    }
                    (who("accept"))
                    (why("accept", "reason", "Reason"))
                    div.wide { button.primary { "Accept" } }
                }
            } @else if item.marks.is_empty() { p.note { "Nothing is left to accept." } }
            @else { p.note { "A rule that speaks against it cannot be accepted: without it no record could be made, or land release forbids it. Return it, or correct it." } }
        }
        section aria-labelledby="return" {
            h2 #return { "Return to the sender" }
            p.note { "It stays as it is, and a hazard goes on warning; the message stands beside it until a correction arrives." }
            form.fields method="post" {
                input type="hidden" name="deed" value="return";
                (who("return"))
                (why("return", "message", "Message: what is to be corrected"))
                div.wide { button { "Return" } }
            }
        }
        section aria-labelledby="correct" {
            h2 #correct { "Correct" }
            p.note {
                @match item.what {
                    What::Held(_) => "The row as it was given. What you send is read by the same rules; what still cannot be accepted is told here and nothing is lost.",
                    What::Record(_) => "A new record that supersedes this one. The old one stays in the ledger and can be read for ever.",
                }
            }
            (correction(item, record, form))
        }
    }
}

/// Longer ground is corrected in a file: nobody types it.
const MOST_GROUND: usize = 20_000;

/// The fields of a correction: name, label, value.
fn fields_of(item: &Item, record: Option<&Record>) -> Vec<(String, Value)> {
    match (&item.what, record) {
        (What::Held(held), _) => {
            let properties = held.payload["raw"]["properties"].as_object().cloned().unwrap_or_default();
            properties.into_iter().collect()
        }
        (_, Some(record)) => {
            let mut fields = vec![
                ("local_id".to_owned(), json!(record.local_id)),
                ("date_of_information".to_owned(), json!(record.date_of_information)),
                ("source".to_owned(), json!(record.sources.join(", "))),
            ];
            fields.extend(record.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
            let known: HashSet<&str> = record.fields.keys().map(String::as_str).collect();
            let required = Dictionary::shipped().fields(record.kind).filter(|field| field.required);
            fields.extend(
                required
                    .filter(|field| !known.contains(field.name.as_str()))
                    .map(|field| (field.name.clone(), Value::Null)),
            );
            fields
        }
        _ => Vec::new(),
    }
}

fn ground_text(item: &Item, record: Option<&Record>) -> Option<String> {
    match (&item.what, record) {
        (What::Held(held), _) => held.payload["raw"]["geometry"].as_str().map(str::to_owned),
        (_, Some(record)) => record.geometry.as_ref().map(Shape::to_wkt),
        _ => None,
    }
}

/// Lines as a form shows them, whatever ended them: what a browser sends back ends otherwise.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// As a form shows a value.
fn as_typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => plain(other),
    }
}

fn correction(item: &Item, record: Option<&Record>, form: &Typed) -> Markup {
    let is_again = typed(form, "deed") == "correct";
    let ground = ground_text(item, record);
    let system = match &item.what {
        What::Held(held) => held.payload["raw"]["crs"].as_str().unwrap_or(WGS_84).to_owned(),
        What::Record(_) => WGS_84.to_owned(),
    };
    let value = |name: &str, given: &Value| match is_again {
        true => typed(form, &format!("p.{name}")).to_owned(),
        false => as_typed(given),
    };
    html! {
        form.fields method="post" {
            input type="hidden" name="deed" value="correct";
            @for (name, given) in fields_of(item, record) {
                @let (id, text) = (format!("p-{name}"), lines(&value(&name, &given)));
                // An input would strip the ends of lines.
                @let has_lines = text.contains('\n') || lines(&as_typed(&given)).contains('\n');
                div.wide[has_lines] {
                    label for=(id) { (name.replace('_', " ")) @if name == "local_id" && record.is_some() { small { " (an id of its own)" } } }
                    @if has_lines { textarea id=(id) name=(format!("p.{name}")) rows="4" { (text) } }
                    @else { input id=(id) name=(format!("p.{name}")) value=(text) autocomplete="off"; }
                }
            }
            @match &ground {
                Some(text) if text.len() > MOST_GROUND => p.wide.note { "Its ground has too many positions for a form and stays as it is; correct it in a file." },
                _ => {
                    div.wide {
                        label for="ground" { "Ground as well-known text or GeoJSON, in " (system) }
                        textarea #ground name="ground" rows="4" spellcheck="false" { (if is_again { typed(form, "ground") } else { ground.as_deref().unwrap_or_default() }) }
                    }
                }
            }
            div {
                label for="correct-by" { "Approve at once, in this name; empty leaves it proposed" }
                input #correct-by name="by" value=(if is_again { typed(form, "by") } else { "" }) autocomplete="off";
            }
            div.wide { button { "Send the correction" } }
        }
    }
}

/// Take a form.
pub async fn act(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    asked: Asked,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let now = (app.options.now)();
    let form = Arc::new(form);
    let given = form.clone();
    let found = {
        let id = id.clone();
        app.scene(asked.clone(), move |scene| {
            let item = find(scene, &id)?;
            let record = match item.as_ref().map(|item| &item.what) {
                Some(What::Record(number)) => Some(scene.facts.of(scene.programme, scene.index.record(*number).entry)?),
                _ => None,
            };
            Ok(item.map(|item| (item, record)))
        })
        .await?
    };
    let why = match found {
        None => "somebody else settled it meanwhile".to_owned(),
        Some((item, record)) => {
            let app = app.clone();
            // A return is one entry; everything else is checked first.
            let change = if typed(&given, "deed") == "return" { Change::SHORT } else { Change::CHECKED };
            let work = move || app.change(change, |programme| done(programme, &item, record.as_deref(), &given, &now));
            match tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))? {
                Ok(href) => return Ok(Redirect::to(&href).into_response()),
                Err(error) if error.is::<Usage>() || error.is::<Refused>() => error.to_string(),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let shown = app.scene(asked, move |scene| one_item(scene, &id, &form, Some(&why))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

/// Do what the form asks, and say where to look next.
fn done(
    programme: &mut Programme,
    item: &Item,
    record: Option<&Record>,
    form: &Typed,
    now: &jiff::ZonedDateTime,
) -> anyhow::Result<String> {
    let by = typed(form, "by");
    let still_there = match &item.what {
        What::Held(held) => !programme.is_replaced(held, Timestamp::MAX),
        What::Record(number) => programme.is_current(*number, Timestamp::MAX),
    };
    if !still_there {
        return Err(Refused("somebody else settled it meanwhile".to_owned()).into());
    }
    let deed = typed(form, "deed");
    if by.is_empty() && deed != "correct" {
        return Err(Usage("say who decides: a name is wanted".to_owned()).into());
    }
    let entries = [item.entry];
    match deed {
        "accept" => {
            let reason = typed(form, "reason");
            let accepted: Vec<String> =
                form.iter().filter(|(name, _)| name == "rule").map(|(_, value)| value.clone()).collect();
            if accepted.is_empty() || reason.is_empty() {
                return Err(Usage("tick the rules that you accept, and give the reason".to_owned()).into());
            }
            match &item.what {
                What::Record(_) => {
                    let step = Step { step: "approved", entries: &entries, by, comment: reason, accepted: &accepted };
                    programme.take_step(&step, now.timestamp(), now.date())?;
                    Ok(format!("/review/{}", item.entry))
                }
                What::Held(held) => {
                    let options = ImportOptions {
                        recorded_at: now.timestamp(),
                        approve_as: Some(by.to_owned()),
                        accepted,
                        comment: reason.to_owned(),
                        ..programme.reading_of(held)?
                    };
                    taken(programme, &held.payload["raw"], options)
                }
            }
        }
        "return" => {
            let comment = typed(form, "message");
            let step = Step { step: "returned", entries: &entries, by, comment, accepted: &[] };
            programme.take_step(&step, now.timestamp(), now.date())?;
            Ok(format!("/review/{}", item.entry))
        }
        "correct" => {
            let (raw, options) = corrected(programme, item, record, form)?;
            let approve_as = (!by.is_empty()).then(|| by.to_owned());
            taken(programme, &raw, ImportOptions { recorded_at: now.timestamp(), approve_as, ..options })
        }
        other => Err(Usage(format!("{other:?} is nothing that can be done here")).into()),
    }
}

/// Read the row; where it became a record, its address.
pub fn taken(programme: &mut Programme, raw: &Value, options: ImportOptions) -> anyhow::Result<String> {
    let report = programme.import_row(raw, options)?;
    if let Some(entry) = report.entries.first() {
        return Ok(format!("/ledger/{entry}"));
    }
    let errors = report.issues.iter().filter(|issue| issue.severity == Severity::Error);
    let told: Vec<String> = errors
        .map(|issue| {
            let field =
                if issue.field.is_empty() { String::new() } else { format!(" {}", issue.field.replace('_', " ")) };
            let hint = if issue.hint.is_empty() { String::new() } else { format!(" ({})", issue.hint) };
            format!("{}{field}: {}{hint}", issue.rule, issue.message)
        })
        .collect();
    let why = match told.is_empty() {
        true => "a record with exactly this content is known already; change what is wrong".to_owned(),
        false => told.join("; "),
    };
    Err(Refused(why).into())
}

/// The row that a correction makes, and how to read it. What was not touched keeps the form it had.
fn corrected(
    programme: &Programme,
    item: &Item,
    record: Option<&Record>,
    form: &Typed,
) -> anyhow::Result<(Value, ImportOptions)> {
    let mut properties = Map::new();
    for (name, given) in fields_of(item, record) {
        let text = lines(typed(form, &format!("p.{name}")));
        if text == lines(&as_typed(&given)).trim() {
            if !given.is_null() {
                properties.insert(name, given);
            }
        } else if !text.is_empty() {
            properties.insert(name, json!(text));
        }
    }
    let before = ground_text(item, record);
    let ground = match &before {
        Some(text) if text.len() > MOST_GROUND => before.clone(),
        _ => Some(typed(form, "ground").to_owned()).filter(|text| !text.is_empty()),
    };
    match (&item.what, record) {
        (What::Held(held), _) => {
            let mut raw = held.payload["raw"].clone();
            raw["properties"] = Value::Object(properties);
            raw["geometry"] = json!(ground);
            Ok((raw, programme.reading_of(held)?))
        }
        (_, Some(record)) => {
            properties.insert("record".to_owned(), json!(record.kind.name()));
            properties.insert("supersedes".to_owned(), json!(record.local_id));
            let raw = json!({"properties": properties, "geometry": ground, "crs": WGS_84});
            Ok((raw, ImportOptions::default()))
        }
        _ => Err(Refused("it has no record to correct".to_owned()).into()),
    }
}
