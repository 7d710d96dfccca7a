//! Lights of a gate: a sign, a word and a colour, so that none of them is needed alone.

use gates::Result as Verdict;
use maud::{Markup, html};

use crate::planning::{Home, Light};

/// PASS ●, BLOCKED ■, UNKNOWN ▲.
pub fn light(result: Verdict) -> Markup {
    let (class, sign, word) = match result {
        Verdict::Pass => ("light pass", "●", "pass"),
        Verdict::Blocked => ("light blocked", "■", "blocked"),
        Verdict::Unknown => ("light unknown", "▲", "unknown"),
        Verdict::NotAsked => ("light", "○", "not asked"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) } " " (word) } }
}

/// The questions of a settlement in a row.
pub fn row(home: &Home) -> Markup {
    html! {
        ul.lights {
            @for light in &home.lights {
                li { (light.name) " " (self::light(light.result)) (share(light)) }
            }
        }
    }
}

/// How many pass, where some do and some do not.
fn share(light: &Light) -> Markup {
    let [pass, blocked, unknown] = light.counts;
    let all = pass + blocked + unknown;
    html! { @if pass > 0 && pass < all { " " small { (pass) " of " (all) " pass" } } }
}
