//! `/figures/{quantity}`: the entries behind a number. Whatever a page says is m², it says with a link here, and
//! the pieces listed here sum to it exactly.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use geometry::Area;
use jiff::civil::Date;
use ledger::{Class, Day, End, EntryId, Land, Spell, Start, View};
use maud::{Markup, html};
use records::RecordKind;
use records::land::ReleaseMethod;

use super::asked::Asked;
use super::ground::Look;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::{count, exact_m2, grouped};
use super::table;
use super::{App, Scene};

/// A figure that pages show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// SHA and CHA on the day.
    Remaining,
    /// As above, uncertainty on the side of safety.
    RemainingConservative,
    /// Cancelled, reduced and cleared on the day.
    Released,
    /// One class on the day.
    Of(Look),
    /// First stated hazardous, in a period.
    New,
    /// Hazardous again, in a period.
    Reopened,
    /// Boundaries moved, in a period.
    Adjusted,
    /// Released by a method, in a period.
    Flow(ReleaseMethod),
    /// Learned in the period, happened before it.
    Late,
    /// Cleared where nothing was hazardous.
    ClearedOutside,
    /// What several hazards claim.
    Overlap,
    /// What release reports state.
    Reported,
}

const QUANTITIES: [(&str, Quantity, &str); 18] = [
    ("remaining", Quantity::Remaining, "Remaining hazardous ground"),
    (
        "remaining-conservative",
        Quantity::RemainingConservative,
        "Remaining at most, with every uncertainty on the side of safety",
    ),
    ("released", Quantity::Released, "Released ground"),
    ("sha", Quantity::Of(Look::Sha), "Suspected hazardous ground"),
    ("cha", Quantity::Of(Look::Cha), "Confirmed hazardous ground"),
    ("cancelled", Quantity::Of(Look::Cancelled), "Cancelled ground"),
    ("reduced", Quantity::Of(Look::Reduced), "Reduced ground"),
    ("cleared", Quantity::Of(Look::Cleared), "Cleared ground"),
    ("new", Quantity::New, "Newly found hazardous"),
    ("reopened", Quantity::Reopened, "Reopened: released before, hazardous again"),
    ("adjusted", Quantity::Adjusted, "Adjusted: boundaries moved"),
    ("flow-cancelled", Quantity::Flow(ReleaseMethod::Cancelled), "Cancelled in the period"),
    ("flow-reduced", Quantity::Flow(ReleaseMethod::Reduced), "Reduced in the period"),
    ("flow-cleared", Quantity::Flow(ReleaseMethod::Cleared), "Cleared in the period"),
    ("late", Quantity::Late, "Recorded in the period, happened before it"),
    ("cleared-outside", Quantity::ClearedOutside, "Cleared where nothing was recorded as hazardous"),
    ("overlap", Quantity::Overlap, "Claimed by more than one hazard"),
    ("reported", Quantity::Reported, "Released as reported"),
];

/// A part of a figure: some ground, and the records that make it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// The row it belongs to.
    pub root: Option<u32>,
    /// The record that makes it count.
    pub by: u32,
    /// Since when it counts.
    pub on: Day,
    /// Administrative unit.
    pub unit: Option<u32>,
}

/// Which part of a figure is asked for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// One row.
    pub hazard: Option<EntryId>,
    /// One administrative unit; `Some(None)` is the ground outside every unit.
    pub place: Option<Option<EntryId>>,
    /// One operator.
    pub operator: Option<String>,
    /// First day of the period; everything before the end if none.
    pub from: Option<Date>,
}

impl Scope {
    fn asked(asked: &Asked) -> Result<Scope, Problem> {
        let place = match asked.get("place") {
            Some("none") => Some(None),
            _ => asked.parsed("place", "the id of an entry, or none")?.map(Some),
        };
        Ok(Scope {
            hazard: asked.parsed("hazard", "the id of an entry")?,
            place,
            operator: asked.get("operator").map(|name| if name == "none" { String::new() } else { name.to_owned() }),
            from: asked.day_named("from")?,
        })
    }
}

/// The parts of a figure with their areas, equal parts added up, in order of day.
pub fn pieces(scene: &Scene<'_>, quantity: Quantity, scope: &Scope) -> Vec<(Piece, Area)> {
    let mut sums: BTreeMap<(Day, Piece), Area> = BTreeMap::new();
    let mut add = |piece: Piece, area: Area| *sums.entry((piece.on, piece)).or_default() += area;
    match quantity {
        Quantity::ClearedOutside => outside(scene, &mut add),
        Quantity::Overlap => overlap(scene, &mut add),
        Quantity::Reported => reported(scene, &mut add),
        Quantity::RemainingConservative => of_spells(scene, quantity, View::Gate, scope, &mut add),
        _ => of_spells(scene, quantity, View::Book, scope, &mut add),
    }
    let in_scope = |piece: &Piece| {
        let by_hazard = scope.hazard.is_none_or(|entry| piece.root.map(|r| scene.index.record(r).entry) == Some(entry));
        let by_place = scope.place.is_none_or(|place| piece.unit.map(|u| scene.index.record(u).entry) == place);
        by_hazard && by_place
    };
    sums.into_iter().map(|((_, piece), area)| (piece, area)).filter(|(piece, _)| in_scope(piece)).collect()
}

fn of_spells(scene: &Scene<'_>, quantity: Quantity, view: View, scope: &Scope, add: &mut impl FnMut(Piece, Area)) {
    for (root, account) in scene.state.accounts(view) {
        for (spell, area) in &account.spells {
            if scope.operator.as_ref().is_some_and(|name| name != operator_of(scene, spell)) {
                continue;
            }
            for (by, on, sign) in counting(scene, quantity, spell, scope.from.map(Day::from)) {
                let piece = Piece { root: Some(root), by, on, unit: spell.unit };
                add(piece, if sign { *area } else { -*area });
            }
        }
    }
}

/// As `--by operator` counts: who released it, or else who reported it.
fn operator_of<'a>(scene: &Scene<'a>, spell: &Spell) -> &'a str {
    let record = match spell.end {
        Some((_, End::Released(_), release)) => release,
        _ => spell.started_by,
    };
    &scene.index.record(record).operator
}

/// The records of a spell that make it count towards a figure: which, since when, and whether it adds.
fn counting(scene: &Scene<'_>, quantity: Quantity, spell: &Spell, from: Option<Day>) -> Vec<(u32, Day, bool)> {
    let day = scene.day;
    let in_period = |on: Day| on <= day && from.is_none_or(|from| from <= on);
    let begins =
        |how: Start| (spell.how == how && in_period(spell.start)).then_some((spell.started_by, spell.start, true));
    let ends = |wanted: End, adds: bool| {
        let (on, end, by) = spell.end?;
        (end == wanted && in_period(on)).then_some((by, on, adds))
    };
    let class = spell.class_on(day);
    let stands = |is: bool| {
        let by = match (class, spell.end) {
            (Some(Class::Released(_)), Some((on, _, by))) => (by, on, true),
            _ => (spell.started_by, spell.start, true),
        };
        is.then_some(by)
    };
    let found = match quantity {
        Quantity::Remaining | Quantity::RemainingConservative => [stands(class.is_some_and(Class::is_hazardous)), None],
        Quantity::Released => [stands(matches!(class, Some(Class::Released(_)))), None],
        Quantity::Of(look) => [stands(class.and_then(Look::of) == Some(look)), None],
        Quantity::New => [begins(Start::New), None],
        Quantity::Reopened => [begins(Start::Reopened), None],
        Quantity::Adjusted => [begins(Start::Adjusted), ends(End::Adjusted, false)],
        Quantity::Flow(method) => [ends(End::Released(method), true), None],
        Quantity::Late => late(scene, spell, from.unwrap_or(day)),
        Quantity::ClearedOutside | Quantity::Overlap | Quantity::Reported => [None, None],
    };
    found.into_iter().flatten().collect()
}

fn late(scene: &Scene<'_>, spell: &Spell, from: Day) -> [Option<(u32, Day, bool)>; 2] {
    let learned = |record: u32| {
        let day = ledger::figures::day_of(scene.index.record(record).recorded_at);
        from <= day && day <= scene.day
    };
    let began = (spell.start < from && learned(spell.started_by)).then_some((spell.started_by, spell.start, true));
    let ended = spell.end.filter(|(on, _, by)| *on < from && learned(*by)).map(|(on, _, by)| (by, on, true));
    [began, ended]
}

fn outside(scene: &Scene<'_>, add: &mut impl FnMut(Piece, Area)) {
    let in_rows = scene.state.accounts(View::Book).flat_map(|(_, account)| &account.outside);
    let beside = scene.state.outside().flat_map(|(_, account)| &account.outside);
    for (ground, area) in in_rows.chain(beside) {
        if ground.method == ReleaseMethod::Cleared && ground.on <= scene.day {
            add(Piece { root: None, by: ground.release, on: ground.on, unit: ground.unit }, *area);
        }
    }
}

fn overlap(scene: &Scene<'_>, add: &mut impl FnMut(Piece, Area)) {
    for (root, account) in scene.state.accounts(View::Book) {
        for (on, area) in account.overlap.iter().filter(|(on, _)| *on <= scene.day) {
            add(Piece { root: Some(root), by: root, on: *on, unit: None }, *area);
        }
    }
}

fn reported(scene: &Scene<'_>, add: &mut impl FnMut(Piece, Area)) {
    for (number, kept) in scene.index.records().filter(|(_, kept)| kept.day <= scene.day) {
        let Land::Release(_, released) = &kept.land else { continue };
        if ledger::row::release_counts(scene.index, number, View::Book, scene.state.known_at()) {
            let area = released.reported_m2.map_or(released.area, Area::from_m2);
            add(Piece { root: None, by: number, on: kept.day, unit: None }, area);
        }
    }
}

/// The page, or its table as CSV.
pub async fn show(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let found = QUANTITIES.iter().find(|(known, ..)| *known == name);
    let &(_, quantity, title) = found.ok_or_else(|| Problem::unknown("figure", &name))?;
    // A period ends on the day that is shown.
    if let Some(to) = asked.day_named("to")? {
        asked.as_of = Some(to);
    }
    app.scene(asked, move |scene| {
        let scope = Scope::asked(scene.asked)?;
        let pieces = pieces(scene, quantity, &scope);
        if table::is_csv(scene.asked)? {
            return as_csv(scene, &name, &pieces);
        }
        Ok(proof(scene, title, &scope, &pieces)?.into_response())
    })
    .await
}

fn as_csv(scene: &Scene<'_>, name: &str, pieces: &[(Piece, Area)]) -> Result<Response, Problem> {
    let local_id = |number: u32| scene.index.record(number).local_id.to_string();
    let heads = ["day", "hazard", "record", "local_id", "entry", "area_m2"];
    table::csv(
        name,
        &heads,
        pieces.iter().map(|(piece, area)| {
            let kept = scene.index.record(piece.by);
            vec![
                piece.on.to_string(),
                piece.root.map(local_id).unwrap_or_default(),
                kept.kind.name().to_owned(),
                kept.local_id.to_string(),
                kept.entry.to_string(),
                exact_m2(*area),
            ]
        }),
    )
}

fn proof(scene: &Scene<'_>, title: &str, scope: &Scope, pieces: &[(Piece, Area)]) -> Result<Markup, Problem> {
    const PAGE: usize = 500;
    let asked = scene.asked;
    let sum: Area = pieces.iter().map(|piece| piece.1).sum();
    let key = |(piece, _): &(Piece, Area)| {
        let part = |number: Option<u32>| number.map_or_else(String::new, |n| n.to_string());
        format!("{}.{}.{}.{}", piece.on.0, piece.by, part(piece.root), part(piece.unit))
    };
    let paged = table::paged(asked, pieces, PAGE, key);
    let main = html! {
        section {
            p.crumbs { a href=(asked.href("/", &[])) { "Overview" } " / Figure" }
            h1 { (title) }
            p.answer {
                data #sum value=(exact_m2(sum)) { strong { (grouped(sum.m2(), 2)) " m²" } }
                @if asked.unit != super::quantity::Unit::M2 { " (" (asked.unit.full(sum)) ")" }
                ", the sum of " (count(pieces.len())) " " (if pieces.len() == 1 { "piece" } else { "pieces" }) " of ground"
                (described(scene, scope)?)
                "."
            }
            p.note { "Each m² stands here once. The sum is made of the pieces as they are kept, to 1e-9 m²; the table rounds each to two decimals." }
            div.tools { (table::export(asked, "pieces")) }
            (table_of(scene, paged.rows, sum)?)
            (table::pages(asked, paged.is_later, paged.next.as_deref()))
        }
    };
    Ok(page(scene, &Head::plain(Tab::Overview, title), main))
}

fn described(scene: &Scene<'_>, scope: &Scope) -> Result<Markup, Problem> {
    let number =
        |entry: EntryId| scene.index.number_of(entry).ok_or_else(|| Problem::unknown("record", &entry.to_string()));
    let hazard = scope.hazard.map(number).transpose()?;
    let place = match scope.place {
        Some(Some(entry)) => Some(scene.name_of(number(entry)?)?),
        Some(None) => Some("no recorded place".to_owned()),
        None => None,
    };
    Ok(html! {
        @if let Some(root) = hazard { " of " (scene.hazard_link(root)) }
        @if let Some(place) = place { " in " (place) }
        @if let Some(operator) = &scope.operator { " by " (if operator.is_empty() { "no named operator" } else { operator }) }
        @if let Some(from) = scope.from { " from " time { (from) } " to " time { (scene.day) } }
        @else { ", as of " time { (scene.day) } }
    })
}

fn table_of(scene: &Scene<'_>, pieces: &[(Piece, Area)], sum: Area) -> Result<Markup, Problem> {
    let mut places = BTreeMap::new();
    for unit in pieces.iter().filter_map(|(piece, _)| piece.unit) {
        if let Entry::Vacant(place) = places.entry(unit) {
            place.insert(scene.name_of(unit)?);
        }
    }
    Ok(html! {
        div.table role="region" aria-label="Table: Pieces of the figure" tabindex="0" {
            table #pieces {
                thead {
                    tr {
                        th scope="col" { "Since" }
                        th scope="col" { "Hazard" }
                        th scope="col" { "Because of" }
                        th scope="col" { "Operator" }
                        th scope="col" { "Place" }
                        th.n scope="col" { "m²" }
                    }
                }
                tbody {
                    @for (piece, area) in pieces {
                        @let kept = scene.index.record(piece.by);
                        tr {
                            td { time { (piece.on) } }
                            td { @if let Some(root) = piece.root { (scene.hazard_link(root)) } }
                            th scope="row" { (scene.record_link(piece.by)) }
                            td { (kept.operator) }
                            td { @if let Some(unit) = piece.unit { (places[&unit]) } }
                            td.n { data value=(exact_m2(*area)) { (grouped(area.m2(), 2)) } }
                        }
                    }
                    @if pieces.is_empty() { tr { td colspan="6" { "No entry says so: the figure is 0 m²." } } }
                }
                tfoot { tr { th scope="row" colspan="5" { "Sum" } td.n { data value=(exact_m2(sum)) { (grouped(sum.m2(), 2)) } } } }
            }
        }
    })
}

/// Whether a record of this kind has a row of its own.
pub fn has_row(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::HazardArea | RecordKind::Reopening)
}
