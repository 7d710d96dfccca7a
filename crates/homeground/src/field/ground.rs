//! What the ground of one record lies on, as the books have it: told while the team still stands there.
//!
//! A record that is only proposed changes no official figure, so the findings of the whole programme do not speak of
//! it yet. These are the same findings, by the same names, as they would be if it were approved.

use std::collections::BTreeMap;

use geometry::{Area, Reading, Shape};
use ledger::{Class, Day, Standing, View, m2};
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

/// Values of a finding, by the names that its message has for them.
type Values<'a> = &'a [(&'a str, &'a str)];

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
        let is_worth = |area: Area| area.m2() >= self.parameters().finding_m2;
        match record.kind {
            RecordKind::HazardArea => {
                for (name, area) in hazards.iter().filter(|(_, area)| is_worth(**area)) {
                    let values: Values<'_> = &[("first", id), ("second", name), ("area", &m2(*area))];
                    self.tell("hazards_overlap", values, &mut lies);
                }
            }
            RecordKind::ReleaseProduct => {
                let twice: Area = released.values().copied().sum();
                if is_worth(twice) {
                    self.tell("release_twice", &[("id", id), ("area", &m2(twice))], &mut lies);
                }
                let percent = unknown.m2() / region.area().m2() * 100.0;
                let is_most = percent > self.parameters().rules.finding("release_mostly_outside").threshold();
                let name = if is_most { "release_mostly_outside" } else { "release_outside" };
                if is_worth(unknown) {
                    let values: Values<'_> =
                        &[("id", id), ("area", &m2(unknown)), ("percent", &format!("{percent:.0}"))];
                    self.tell(name, values, &mut lies);
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
            let is_event = matches!(record.kind, RecordKind::DeviceFind | RecordKind::Accident);
            if is_event && matches!(class, Class::Released(_)) {
                self.event_on_released(record, at, &mut lies);
            }
            if !lies.on.contains(&on) {
                lies.on.push(on);
            }
        }
        lies
    }

    /// DQ-22: the release is in question, and a reopening must follow.
    fn event_on_released(&self, record: &Record, at: [f64; 2], lies: &mut Lies) {
        let index = self.index();
        let release = index.meeting([at[0], at[1], at[0], at[1]]).into_iter().find(|&number| {
            let kept = index.record(number);
            kept.kind == RecordKind::ReleaseProduct
                && kept.day.date() < record.date_of_information
                && index.standing(number, self.state().known_at()) == Standing::Approved
                && kept.land.region().is_some_and(|region| region.covers(at))
        });
        let Some(release) = release.map(|number| index.record(number)) else { return };
        let values: Values<'_> = &[
            ("what", if record.kind == RecordKind::Accident { "accident" } else { "find" }),
            ("id", &record.local_id),
            ("day", &record.date_of_information.to_string()),
            ("released", &release.day.to_string()),
            ("release", &release.local_id),
        ];
        self.tell("event_on_released", values, lies);
    }

    fn tell(&self, name: &str, values: Values<'_>, lies: &mut Lies) {
        let issue = self.parameters().rules.finding(name).issue("geometry", "", values);
        lies.found.push((issue.severity, format!("{} {}: {}.", issue.severity.letter(), issue.rule, issue.message)));
    }
}
