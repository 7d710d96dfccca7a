//! What the ground of one record lies on, as the books have it: told while the team still stands there.
//!
//! A record that is only proposed changes no official figure, so the findings of the whole programme do not speak of
//! it yet. These are the same findings, by the same names, as they would be if it were approved.

use std::collections::BTreeMap;

use geometry::{Area, Reading, Shape};
use ledger::{Class, Day, Finding, View, m2};
use records::{Record, RecordKind, Severity};

use crate::programme::Programme;

/// What a record lies on.
#[derive(Debug, Default)]
pub(super) struct Lies {
    /// In words: `overlaps 300 m² of hazard HA-1`.
    pub(super) on: Vec<String>,
    /// What the rules say of it.
    pub(super) found: Vec<(Severity, String)>,
}

impl Programme {
    /// `own`: local ids of the record itself and of the one it corrects, which it may well overlap.
    pub(super) fn lies_on(&self, record: &Record, own: [Option<&str>; 2], day: Day) -> Lies {
        match &record.geometry {
            None => Lies::default(),
            Some(shape) if shape.is_areal() => self.area_on(record, shape, own, day),
            Some(shape) => self.points_on(record, shape, day),
        }
    }

    fn area_on(&self, record: &Record, shape: &Shape, own: [Option<&str>; 2], day: Day) -> Lies {
        let region = geometry::read::read(shape, Reading::Largest).region;
        let (mut hazards, mut released): (BTreeMap<String, Area>, BTreeMap<&str, Area>) = Default::default();
        let mut unknown = Area::ZERO;
        for piece in self.state().pieces(self.index(), &region, View::Book, day) {
            let area = piece.region.area();
            match piece.class {
                Class::NotRecorded => unknown += area,
                Class::Released(_) => *released.entry(piece.class.word()).or_default() += area,
                Class::Hazardous(_) => {
                    for &row in &piece.rows {
                        *hazards.entry(self.index().record(row).local_id.to_string()).or_default() += area;
                    }
                }
            }
        }
        hazards.retain(|name, _| !own.contains(&Some(name.as_str())));
        let mut lies = Lies::default();
        lies.on.extend(hazards.iter().map(|(name, area)| format!("overlaps {} of hazard {name}", m2(*area))));
        lies.on
            .extend(released.iter().map(|(word, area)| format!("overlaps {} of released ground ({word})", m2(*area))));
        let id = record.local_id.as_str();
        match record.kind {
            RecordKind::HazardArea => {
                let overlaps = hazards.iter().filter_map(|(name, area)| self.state().hazards_overlap(id, name, *area));
                lies.found.extend(overlaps.map(told));
            }
            RecordKind::ReleaseProduct => {
                let twice: Area = released.values().copied().sum();
                for (name, area) in [("release_twice", twice), ("release_outside", unknown)] {
                    lies.found.extend(self.state().of_release(name, id, area, region.area()).map(told));
                }
            }
            _ => {}
        }
        lies
    }

    fn points_on(&self, record: &Record, shape: &Shape, day: Day) -> Lies {
        let mut lies = Lies::default();
        let mut positions = Vec::new();
        shape.for_each_position(&mut |at| positions.push(at));
        for at in positions {
            let class = self.state().class_at(self.index(), at, day);
            let on = match class {
                Class::NotRecorded => continue,
                Class::Hazardous(_) => format!("lies in hazardous ground ({})", class.word()),
                Class::Released(_) => format!("lies on released ground ({})", class.word()),
            };
            if matches!(record.kind, RecordKind::DeviceFind | RecordKind::Accident) {
                let (id, on) = (record.local_id.as_str(), record.date_of_information.into());
                let found = self.state().event_on_released(self.index(), record.kind, id, on, at);
                lies.found.extend(found.map(told));
            }
            if !lies.on.contains(&on) {
                lies.on.push(on);
            }
        }
        lies
    }
}

/// A finding as the phone shows it.
fn told(found: Finding) -> (Severity, String) {
    (found.severity, format!("{} {}: {}.", found.severity.letter(), found.rule, found.message))
}
