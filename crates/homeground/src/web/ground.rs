//! How ground looks: one colour, one pattern and one word for each class, on every screen and on paper.

use geometry::Area;
use ledger::{Class, Footprint};
use maud::{Markup, html};
use records::land::{HazardStatus, ReleaseMethod};

/// The classes of ground in the order in which charts stack them, most hazardous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Confirmed hazardous.
    Cha,
    /// Suspected hazardous.
    Sha,
    /// Cleared.
    Cleared,
    /// Reduced.
    Reduced,
    /// Cancelled.
    Cancelled,
}

impl Look {
    /// Every class.
    pub const ALL: [Look; 5] = [Look::Cha, Look::Sha, Look::Cleared, Look::Reduced, Look::Cancelled];

    /// The look of a class; ground of which nothing is known has none.
    pub fn of(class: Class) -> Option<Look> {
        match class {
            Class::NotRecorded => None,
            Class::Hazardous(HazardStatus::Confirmed) => Some(Look::Cha),
            Class::Hazardous(HazardStatus::Suspected) => Some(Look::Sha),
            Class::Released(ReleaseMethod::Cleared) => Some(Look::Cleared),
            Class::Released(ReleaseMethod::Reduced) => Some(Look::Reduced),
            Class::Released(ReleaseMethod::Cancelled) => Some(Look::Cancelled),
        }
    }

    /// As addresses and style sheets spell it.
    pub fn name(self) -> &'static str {
        match self {
            Look::Cha => "cha",
            Look::Sha => "sha",
            Look::Cleared => "cleared",
            Look::Reduced => "reduced",
            Look::Cancelled => "cancelled",
        }
    }

    /// As people say it.
    pub fn word(self) -> &'static str {
        match self {
            Look::Cha => "CHA",
            Look::Sha => "SHA",
            Look::Cleared => "Cleared",
            Look::Reduced => "Reduced",
            Look::Cancelled => "Cancelled",
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Look::Cha => "confirmed hazardous",
            Look::Sha => "suspected hazardous",
            Look::Cleared => "released by clearance to a stated depth",
            Look::Reduced => "released by technical survey",
            Look::Cancelled => "released by non-technical survey",
        }
    }

    /// Whether the class is hazardous.
    pub fn is_hazardous(self) -> bool {
        matches!(self, Look::Cha | Look::Sha)
    }

    /// The value of `fill` that draws it.
    pub fn fill(self) -> String {
        format!("url(#p-{})", self.name())
    }

    /// Its part of a footprint.
    pub fn share(self, footprint: &Footprint) -> Area {
        match self {
            Look::Cha => footprint.cha,
            Look::Sha => footprint.sha,
            Look::Cleared => footprint.cleared,
            Look::Reduced => footprint.reduced,
            Look::Cancelled => footprint.cancelled,
        }
    }

    /// A small sample of it.
    pub fn swatch(self) -> Markup {
        html! {
            svg.swatch viewBox="0 0 20 14" aria-hidden="true" focusable="false" {
                rect width="20" height="14" fill=(self.fill()) {}
            }
        }
    }

    /// Sample and word.
    pub fn label(self) -> Markup {
        html! { span.word title=(self.meaning()) { (self.swatch()) (self.word()) } }
    }
}

/// The patterns, once a page.
pub fn definitions() -> Markup {
    html! {
        svg.defs aria-hidden="true" focusable="false" {
            defs { (patterns(None)) }
        }
    }
}

/// The patterns themselves, made smaller or larger by a transform.
pub fn patterns(transform: Option<&str>) -> Markup {
    html! {
        pattern id="p-cha" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform=[transform] {
            rect.cha-ground width="8" height="8" {}
            path.cha-mark d="M-2 2 2-2M0 8 8 0M6 10 10 6M-2 6 2 10M0 0 8 8M6-2 10 2" {}
        }
        pattern id="p-sha" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform=[transform] {
            rect.sha-ground width="8" height="8" {}
            path.sha-mark d="M-2 2 2-2M0 8 8 0M6 10 10 6" {}
        }
        pattern id="p-cleared" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform=[transform] {
            rect.cleared-ground width="8" height="8" {}
        }
        pattern id="p-reduced" width="8" height="6" patternUnits="userSpaceOnUse" patternTransform=[transform] {
            rect.reduced-ground width="8" height="6" {}
            path.reduced-mark d="M0 3H8" {}
        }
        pattern id="p-cancelled" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform=[transform] {
            rect.cancelled-ground width="6" height="6" {}
            circle.cancelled-mark cx="1.5" cy="1.5" r="0.8" {}
            circle.cancelled-mark cx="4.5" cy="4.5" r="0.8" {}
        }
    }
}
