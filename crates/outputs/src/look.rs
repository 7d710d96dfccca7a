//! How ground and points look on every picture, map file and package: one colour language (docs/guides/qgis.md).
//!
//! No meaning by colour alone: each class has a pattern of its own, where the format knows patterns.

use crate::layers::RELEASED;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Outlines, finds, accidents.
pub const INK: Rgb = [0x1c, 0x1e, 0x1f];
/// Everything else.
pub const GREY: Rgb = [0x6b, 0x6f, 0x70];
/// Behind points.
pub const PAPER: Rgb = [0xff, 0xff, 0xff];

/// How ground of a class looks: its colour, its mark and the colour of that.
#[derive(Debug, PartialEq, Eq)]
pub struct Look {
    /// As files name it.
    pub name: &'static str,
    /// Colour of the ground.
    pub ground: Rgb,
    /// Colour of the mark.
    pub line: Rgb,
    /// The mark.
    pub mark: Mark,
}

/// The pattern on the ground of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// None.
    Plain,
    /// Rising lines.
    Hatch,
    /// Rising and falling lines.
    CrossHatch,
    /// Level lines.
    Lines,
    /// Dots.
    Dots,
}

/// Confirmed hazardous.
pub const CHA: Look =
    Look { name: "CHA", ground: [0x9c, 0x1f, 0x1f], line: [0xe7, 0xa5, 0xa0], mark: Mark::CrossHatch };
/// Suspected hazardous.
pub const SHA: Look = Look { name: "SHA", ground: [0xe5, 0x8a, 0x1f], line: [0x7a, 0x43, 0x00], mark: Mark::Hatch };
const CLEARED: Look = Look { name: "CLEARED", ground: [0x57, 0xa5, 0x6f], line: [0x2f, 0x7d, 0x48], mark: Mark::Plain };
const REDUCED: Look = Look { name: "REDUCED", ground: [0xbc, 0xd8, 0xec], line: [0x4b, 0x7f, 0xa6], mark: Mark::Lines };
const CANCELLED: Look =
    Look { name: "CANCELLED", ground: [0xd9, 0xd9, 0xd4], line: [0x7f, 0x80, 0x78], mark: Mark::Dots };

/// Every look of ground.
pub const LOOKS: [&Look; 5] = [&CHA, &SHA, &CLEARED, &REDUCED, &CANCELLED];

/// How a feature is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Ground with its pattern.
    Ground(&'static Look),
    /// The conservative outline: dashed black.
    Dashed,
    /// Finds and accidents: black points.
    Event,
    /// Everything else that has an extent: a thin line.
    Thin,
}

impl Style {
    /// Of a feature of a layer, by its class.
    pub fn of(layer: &str, class: Option<&str>) -> Style {
        match layer {
            // A hazard whose class is not told is drawn as the worst.
            "hazard" => Style::Ground(if class == Some("SHA") { &SHA } else { &CHA }),
            "hazard_conservative" => Style::Dashed,
            // Ground of the state, never the plots that reports call released.
            RELEASED => {
                LOOKS[2..].iter().find(|look| class == Some(look.name)).map_or(Style::Thin, |look| Style::Ground(look))
            }
            "find" | "accident" => Style::Event,
            _ => Style::Thin,
        }
    }

    /// As files name it.
    pub fn name(self) -> &'static str {
        match self {
            Style::Ground(look) => look.name,
            Style::Dashed => "conservative",
            Style::Event => "event",
            Style::Thin => "other",
        }
    }

    /// Every style that features of a layer may have.
    pub fn all_of(layer: &str) -> Vec<Style> {
        let mut styles = vec![Style::of(layer, None)];
        for look in LOOKS {
            let style = Style::of(layer, Some(look.name));
            if !styles.contains(&style) {
                styles.push(style);
            }
        }
        styles
    }
}
