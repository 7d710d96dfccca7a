//! The frame of every page: which programme, which day, who you are; the way around; the foot.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::quantity::{Unit, instant};
use super::{Scene, assets, ground};

/// The pages of the way around, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The answer and where it comes from.
    Overview,
    /// Ground on a day.
    Map,
    /// Rows by hazard.
    Hazards,
    /// Rows by administrative unit.
    Places,
    /// Rows by operator.
    Operators,
    /// A period's account.
    Balance,
    /// What each settlement needs.
    Settlements,
    /// What opens when.
    Plan,
    /// What if.
    Scenarios,
    /// May this ground be used.
    Plot,
    /// Anything by any name.
    Search,
    /// Who says it.
    Sources,
    /// What is said, and what is published.
    Claims,
    /// What cannot all be right.
    Contradictions,
    /// Accidents and casualties, as counts.
    Accidents,
    /// Heritage places.
    Monuments,
    /// Figures of people by place and period.
    Population,
    /// Programmes, projects, money, indicators.
    Projects,
    /// Observations and heights.
    Environment,
    /// What waits for a person.
    Review,
    /// What is doubtful.
    Findings,
    /// Every entry.
    Ledger,
    /// Files in.
    Import,
    /// What phones fill in, and which may send.
    Forms,
    /// What this is.
    About,
}

/// Pages that belong together, under one name; a group without a name stands for its only page.
struct Group {
    name: &'static str,
    pages: &'static [(Tab, &'static str, &'static str)],
}

const GROUPS: [Group; 6] = [
    Group {
        name: "Ground",
        pages: &[
            (Tab::Overview, "/", "Overview"),
            (Tab::Map, "/map", "Map"),
            (Tab::Hazards, "/hazards", "Hazards"),
            (Tab::Places, "/places", "Places"),
            (Tab::Operators, "/operators", "Operators"),
            (Tab::Balance, "/balance", "Balance"),
        ],
    },
    Group {
        name: "Use",
        pages: &[
            (Tab::Settlements, "/settlements", "Settlements"),
            (Tab::Plan, "/plan", "Plan"),
            (Tab::Scenarios, "/scenarios", "Scenarios"),
            (Tab::Plot, "/plot", "Inquiry"),
        ],
    },
    Group {
        name: "Sources",
        pages: &[
            (Tab::Search, "/search", "Search"),
            (Tab::Sources, "/sources", "Sources"),
            (Tab::Claims, "/claims", "Claims"),
            (Tab::Contradictions, "/contradictions", "Contradictions"),
        ],
    },
    Group {
        name: "Recovery",
        pages: &[
            (Tab::Accidents, "/accidents", "Accidents"),
            (Tab::Monuments, "/monuments", "Monuments"),
            (Tab::Population, "/population", "Population"),
            (Tab::Projects, "/projects", "Projects"),
            (Tab::Environment, "/environment", "Environment"),
        ],
    },
    Group {
        name: "Data",
        pages: &[
            (Tab::Review, "/review", "Review"),
            (Tab::Findings, "/findings", "Findings"),
            (Tab::Ledger, "/ledger", "Ledger"),
            (Tab::Import, "/import", "Import"),
            (Tab::Forms, "/forms", "Forms"),
        ],
    },
    Group { name: "", pages: &[(Tab::About, "/about", "About")] },
];

/// What a page says about itself.
pub struct Head<'a> {
    /// Where it stands in the way around.
    pub tab: Tab,
    /// Its title, before the name of the programme.
    pub title: &'a str,
    /// Script modules it loads, besides the one of all pages.
    pub scripts: &'a [&'a str],
    /// Style sheets it loads, besides the one of all pages.
    pub styles: &'a [&'a str],
}

impl<'a> Head<'a> {
    /// A page without scripts of its own.
    pub fn plain(tab: Tab, title: &'a str) -> Head<'a> {
        Head { tab, title, scripts: &[], styles: &[] }
    }
}

/// A whole page around its main part.
pub fn page(scene: &Scene<'_>, head: &Head<'_>, main: Markup) -> Markup {
    // The map itself fills the window; other pages of its tab are pages.
    let body_class = head.scripts.contains(&"map.js").then_some("map-page");
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head.title) " · " (scene.programme.name()) }
                link rel="icon" href=(assets::href("favicon.svg")) type="image/svg+xml";
                @for style in head.styles { link rel="stylesheet" href=(assets::href(style)); }
                link rel="stylesheet" href=(assets::href("style.css"));
                script type="module" src=(assets::href("app.js")) {}
                @for script in head.scripts { script type="module" src=(assets::href(script)) {} }
            }
            body class=[body_class] {
                a.skip href="#main" { "Skip to the content" }
                (ground::definitions())
                (masthead(scene))
                (navigation(scene, head.tab))
                (band(scene))
                main #main tabindex="-1" { (main) }
                (foot(scene))
            }
        }
    }
}

/// A page that stands without the programme.
pub fn bare(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Homeground" }
                link rel="icon" href=(assets::href("favicon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::href("style.css"));
            }
            body {
                header.masthead {
                    a.programme href="/" { img src=(assets::href("favicon.svg")) alt="" width="20" height="20"; "Homeground" }
                }
                main { section { h1 { (title) } (main) } }
            }
        }
    }
}

fn masthead(scene: &Scene<'_>) -> Markup {
    html! {
        header.masthead {
            a.programme href=(scene.asked.href("/", &[])) {
                img src=(assets::href("favicon.svg")) alt="" width="20" height="20";
                (scene.programme.name())
                span { (scene.programme.country()) }
            }
            (moment(scene))
            p.you {
                @match scene.programme.writer() {
                    Some(writer) => { "You write as " code title=(writer) { (short(writer)) } }
                    None => { "Reading only" }
                }
            }
        }
    }
}

/// The day and the instant, and the form that changes them.
fn moment(scene: &Scene<'_>) -> Markup {
    let asked = scene.asked;
    let day = asked.day().date();
    html! {
        details.moment #moment {
            summary {
                "As of " strong { (day) @if asked.as_of.is_none_or(|d| d == asked.today) { " (today)" } }
                " · known "
                strong { @match asked.known_at { Some(at) => { (instant(at)) } None => { "now" } } }
            }
            form method="get" action=(asked.path()) {
                @for (name, value) in asked.carried(&["as_of", "known_at"]) {
                    input type="hidden" name=(name) value=(value);
                }
                div {
                    label for="as_of" { "As of: the state of the ground on this day" }
                    input #as_of type="date" name="as_of" value=(day);
                }
                div {
                    label for="known_at" { "Known at: only what was recorded by then (UTC); empty for everything" }
                    input #known_at type="datetime-local" step="1" name="known_at" value=[asked.known_at.map(|at| TimeZone::UTC.to_datetime(at).to_string())];
                }
                div.tools {
                    button.primary { "Show" }
                    a.button href=(asked.with(&[("as_of", ""), ("known_at", "")])) { "Today" }
                }
            }
        }
    }
}

/// All pages by group. Where there is no room, the style sheet shows the groups and the pages of the current one.
fn navigation(scene: &Scene<'_>, current: Tab) -> Markup {
    let link = |&(tab, path, name): &(Tab, &str, &str)| {
        html! { a href=(scene.asked.href(path, &[])) aria-current=[(tab == current).then_some("page")] { (name) } }
    };
    html! {
        nav.nav #main-nav aria-label="Pages" {
            ul.groups {
                @for group in GROUPS {
                    @let is_current = group.pages.iter().any(|(tab, ..)| *tab == current);
                    li.group.current[is_current] {
                        @if group.name.is_empty() { @for page in group.pages { (link(page)) } }
                        @else {
                            span.caption { (group.name) }
                            a.short href=(scene.asked.href(group.pages[0].1, &[])) aria-current=[is_current.then_some("true")] { (group.name) }
                            ul { @for page in group.pages { li { (link(page)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Says so when the page does not show today as known now, or the state before an import that is not yet done.
fn band(scene: &Scene<'_>) -> Markup {
    let asked = scene.asked;
    html! {
        div #band role="status" {
            @if !asked.is_now() {
                p.band {
                    strong { "Not today: " }
                    "this is the ground on " (asked.day().date())
                    @if let Some(at) = asked.known_at { ", as known at " (instant(at)) }
                    ". "
                    a href=(asked.with(&[("as_of", ""), ("known_at", "")])) { "Show today" }
                }
            }
            @if let Some(told) = &scene.under_way {
                p.band { strong { "An import is under way: " } (told) ". This page shows the programme as it was before it." }
            }
        }
    }
}

fn foot(scene: &Scene<'_>) -> Markup {
    html! {
        footer {
            p { "Areas in " (scene.asked.unit.symbol()) ", on the WGS 84 ellipsoid. No record means nothing known, never safe." }
            nav aria-label="Unit of areas" {
                ul {
                    @for unit in Unit::ALL {
                        li {
                            @if unit == scene.asked.unit { strong aria-current="true" { (unit.symbol()) } }
                            @else { a href=(scene.asked.with(&[("unit", unit.name())])) { (unit.symbol()) } }
                        }
                    }
                }
            }
        }
    }
}

/// The first digits of a key or an id, enough to tell them apart on a page.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Text that stands as it is in a line of markup.
pub fn raw(text: &'static str) -> Markup {
    PreEscaped(text.to_owned())
}
