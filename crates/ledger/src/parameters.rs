//! Numbers a programme may set, with their sources; defaults where none is given.

use std::sync::Arc;

use records::Rules;
use records::land::{GeometryQuality, UNDECLARED_M};

/// What the fold assumes where a report is silent.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// ε95 in metres where a boundary states none, by quality (DOMAIN §5.2); undeclared quality takes
    /// the value of a map of unknown datum (UNC-8).
    pub surveyed_m: f64,
    /// As above, drawn from a map.
    pub digitised_m: f64,
    /// As above, a sketch.
    pub schematic_m: f64,
    /// As above, nobody said how it was found.
    pub undeclared_m: f64,
    /// Ground below which an overlap or excess is not reported, m².
    pub finding_m2: f64,
    /// Share of a release outside every hazard above which it is held (DQ-15).
    pub outside_share: f64,
    /// What is checked and how grave it is, with what the programme changed.
    pub rules: Arc<Rules>,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            surveyed_m: GeometryQuality::Surveyed.epsilon_m(),
            digitised_m: GeometryQuality::Digitised.epsilon_m(),
            schematic_m: GeometryQuality::Schematic.epsilon_m(),
            undeclared_m: UNDECLARED_M,
            finding_m2: 1.0,
            outside_share: 0.5,
            rules: Arc::new(Rules::shipped().clone()),
        }
    }
}

impl Parameters {
    /// ε95 of a boundary, metres: as stated, or the default of its quality. A stated 0 means unknown.
    pub fn uncertainty_m(&self, stated: Option<f64>, quality: Option<GeometryQuality>) -> f64 {
        match stated {
            Some(metres) if metres > 0.0 && metres.is_finite() => metres,
            _ => match quality {
                Some(GeometryQuality::Surveyed) => self.surveyed_m,
                Some(GeometryQuality::Digitised) => self.digitised_m,
                Some(GeometryQuality::Schematic) => self.schematic_m,
                None => self.undeclared_m,
            },
        }
    }

    /// Whether a release of this quality may release in gate geometry (UNC-4). Unknown is never a pass:
    /// with neither quality nor accuracy stated it may not.
    pub fn may_release(stated: Option<f64>, quality: Option<GeometryQuality>) -> bool {
        match quality {
            Some(GeometryQuality::Schematic) => false,
            Some(_) => true,
            None => stated.is_some_and(|metres| metres > 0.0),
        }
    }
}
