//! `/accidents`: accidents and casualties as counts: by year, sex and age; help given; ground that was reopened.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use records::RecordKind;

use crate::casualties::{AGES, Accident, Casualties, OUTCOMES, Person, SEXES};

use super::asked::Asked;
use super::chart::{self, Bar};
use super::monuments::said;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::{App, Scene, table};

/// The page, or its table by year as CSV.
pub async fn show(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Problem> {
    app.scene(asked, |scene| {
        let year: Option<i16> = scene.asked.parsed("year", "a year, such as 2023")?;
        let all =
            Casualties::of(scene.programme, scene.state, scene.day, &|entry| scene.facts.of(scene.programme, entry))?;
        let years = by_year(&all);
        if table::is_csv(scene.asked)? {
            return as_csv(&years);
        }
        let main = html! {
            section {
                h1 { "Accidents and casualties" }
                (answer(&all))
                (by_year_section(scene, &years))
            }
            (bands(&all))
            (assistance(scene, &all))
            (accidents(scene, &all, year))
        };
        Ok(page(scene, &Head::plain(Tab::Accidents, "Accidents and casualties"), main).into_response())
    })
    .await
}

/// Accidents, casualties by outcome, and people harmed through others, of a year.
#[derive(Default, Clone, Copy)]
struct Year {
    accidents: u64,
    counts: [u64; 3],
    indirect: u64,
}

/// Every year from the first to the last, those without an accident too.
fn by_year(all: &Casualties) -> BTreeMap<i16, Year> {
    let mut years: BTreeMap<i16, Year> = BTreeMap::new();
    for accident in &all.accidents {
        let year = years.entry(accident.day.date().year()).or_default();
        year.accidents += 1;
        year.indirect += accident.indirect;
        for (sum, n) in year.counts.iter_mut().zip(accident.counts) {
            *sum += n;
        }
    }
    if let (Some((&first, _)), Some((&last, _))) = (years.first_key_value(), years.last_key_value()) {
        (first..=last).for_each(|year| _ = years.entry(year).or_default());
    }
    years
}

fn as_csv(years: &BTreeMap<i16, Year>) -> Result<Response, Problem> {
    let heads = ["year", "accidents", "killed", "injured", "unknown", "casualties", "indirect_victims"];
    table::csv(
        "casualties",
        &heads,
        years.iter().map(|(year, sums)| {
            let [killed, injured, unknown] = sums.counts;
            let numbers = [sums.accidents, killed, injured, unknown, killed + injured + unknown, sums.indirect];
            std::iter::once(year.to_string()).chain(numbers.map(|n| n.to_string())).collect()
        }),
    )
}

fn answer(all: &Casualties) -> Markup {
    let sum = |at: usize| all.accidents.iter().map(|accident| accident.counts[at]).sum::<u64>();
    let [killed, injured, unknown] = [sum(0), sum(1), sum(2)];
    let indirect: u64 = all.accidents.iter().map(|accident| accident.indirect).sum();
    html! {
        p.answer {
            (count(all.accidents.len())) " accidents; " strong { (count((killed + injured + unknown) as usize)) " casualties" } ": "
            (count(killed as usize)) " killed, " (count(injured as usize)) " injured, " (count(unknown as usize)) " of unknown outcome."
        }
        @if indirect > 0 { p { (count(indirect as usize)) " people were harmed through what happened to others. They are no casualties and are not in these sums." } }
        @if !all.without_accident.is_empty() { p { (count(all.without_accident.len())) " casualties name no accident on record and are in no sum by year." } }
    }
}

fn by_year_section(scene: &Scene<'_>, years: &BTreeMap<i16, Year>) -> Markup {
    let casualties = |sums: &Year| sums.counts.iter().sum::<u64>();
    let of_people = years.values().any(|sums| casualties(sums) > 0);
    let bars: Vec<Bar> = years
        .iter()
        .map(|(year, sums)| Bar {
            label: year.to_string(),
            value: if of_people { casualties(sums) } else { sums.accidents } as f64,
            href: format!("{}#list", scene.asked.with(&[("year", &year.to_string())])),
        })
        .collect();
    let title = if of_people { "Casualties by year" } else { "Accidents by year" };
    html! {
        h2 { (title) }
        @if years.is_empty() { p.note { "No accident is recorded." } }
        @else {
            (chart::bars(&bars, title))
            div.tools { (table::export(scene.asked, "years")) }
            div.table role="region" aria-label="Table: Casualties by year" tabindex="0" {
                table #years {
                    thead { tr {
                        th scope="col" { "Year" } th.n scope="col" { "Accidents" }
                        @for outcome in OUTCOMES { th.n scope="col" { (said(outcome)) } }
                        th.n scope="col" { "Casualties" } th.n scope="col" { "Harmed through others" }
                    } }
                    tbody {
                        @for (year, sums) in years {
                            tr {
                                th scope="row" { a href={ (scene.asked.with(&[("year", &year.to_string())])) "#list" } { (year) } }
                                td.n { (count(sums.accidents as usize)) }
                                @for n in sums.counts { td.n { (count(n as usize)) } }
                                td.n { (count(casualties(sums) as usize)) }
                                td.n { (count(sums.indirect as usize)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Direct casualties that are listed one by one, by sex, age and activity. Each sums to the same total (ID-10).
fn bands(all: &Casualties) -> Markup {
    let people: Vec<&Person> =
        all.accidents.iter().flat_map(|accident| &accident.listed).chain(&all.without_accident).collect();
    let counted: u64 = all.accidents.iter().map(Accident::casualties).sum();
    let listed = people.len() as u64 - all.without_accident.len() as u64;
    let n = |is: &dyn Fn(&Person) -> bool| count(people.iter().filter(|person| is(person)).count());
    html! {
        section aria-labelledby="who" {
            h2 #who { "By sex, age and activity" }
            p {
                "Of " (count(counted as usize)) " casualties that accidents count, " (count(listed as usize)) " are listed one by one. "
                @if counted != listed { "The others are in no row below; " a href="/review?show=doubtful" { "the review" } " and " code { "homeground check" } " name their accidents (ID-10, DQ-39)." }
            }
            @if !people.is_empty() {
                div.table role="region" aria-label="Table: Casualties by sex and age" tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Sex" } @for age in AGES { th.n scope="col" { (if age == "unknown" { "Age unknown" } else { age }) } }
                            th.n scope="col" { "Sum" }
                        } }
                        tbody {
                            @for sex in SEXES {
                                tr {
                                    th scope="row" { (if sex == "unknown" { "not recorded" } else { sex }) }
                                    @for age in AGES { td.n { (n(&|person| person.sex == sex && person.age_band == age)) } }
                                    td.n { (n(&|person| person.sex == sex)) }
                                }
                            }
                        }
                        tfoot { tr {
                            th scope="row" { "Sum" }
                            @for age in AGES { td.n { (n(&|person| person.age_band == age)) } }
                            td.n { (count(people.len())) }
                        } }
                    }
                }
                dl.facts {
                    @for (activity, n) in &all.by_activity { dt { (activity) } dd { (count(*n as usize)) } }
                }
            }
            p.note { "Statistics read outcome, sex, age band and activity, and nothing else that belongs to a person." }
        }
    }
}

fn assistance(scene: &Scene<'_>, all: &Casualties) -> Markup {
    let help = &all.assistance;
    html! {
        section aria-labelledby="help" {
            h2 #help { "Help given" }
            p { (count(help.without as usize)) " listed casualties were injured and have no help on record; " (count(help.due.len())) " follow-ups are due." }
            @if !help.by_service.is_empty() {
                dl.facts { @for ((service, status), n) in &help.by_service { dt { (service) ", " (said(status)) } dd { (count(*n as usize)) } } }
            }
            @if !help.due.is_empty() {
                ul { @for (entry, id, service, on) in help.due.iter().take(50) { li { a href=(scene.entry_href(*entry)) { (id) } ": " (service) ", to be asked again by " (on) } } }
            }
        }
    }
}

fn accidents(scene: &Scene<'_>, all: &Casualties, year: Option<i16>) -> Markup {
    const PAGE: usize = 100;
    let is_wanted = |accident: &&Accident| year.is_none_or(|year| accident.day.date().year() == year);
    let rows: Vec<&Accident> = all.accidents.iter().rev().filter(is_wanted).collect();
    let key = |accident: &&Accident| scene.index.record(accident.number).entry.to_string();
    let paged = table::paged(scene.asked, &rows, PAGE, key);
    html! {
        section aria-labelledby="list" {
            h2 #list { "Accidents" @if let Some(year) = year { " of " (year) } }
            @if year.is_some() { p { a href=(scene.asked.with(&[("year", ""), ("after", "")])) { "All years" } } }
            div.table role="region" aria-label="Table: Accidents" tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { "Day" } th scope="col" { "Accident" } th scope="col" { "Ordnance" }
                        @for outcome in OUTCOMES { th.n scope="col" { (said(outcome)) } }
                        th scope="col" { "Hazard" } th scope="col" { "Ground reopened" }
                    } }
                    tbody {
                        @for accident in paged.rows {
                            tr {
                                td { @match accident.record.text("happened") { Some(when) => (when), None => time { (accident.day) } } }
                                th scope="row" { (scene.id_link(scene.index.record(accident.number))) }
                                td { (accident.record.text("category").unwrap_or("not stated")) }
                                @for n in accident.counts { td.n { (count(n as usize)) } }
                                td {
                                    @if let Some(hazard) = accident.record.text("hazard") {
                                        @match scene.index.with_local_id(RecordKind::HazardArea, hazard).first() {
                                            Some(&number) => (scene.hazard_link(scene.index.root(number))),
                                            None => (hazard),
                                        }
                                    }
                                }
                                td { @for &number in &accident.reopenings { (scene.hazard_link(scene.index.root(number))) " " } }
                            }
                        }
                        @if rows.is_empty() { tr { td colspan="8" { "No accident is recorded." } } }
                    }
                }
            }
            (table::pages(scene.asked, paged.is_later, paged.next.as_deref()))
        }
    }
}
