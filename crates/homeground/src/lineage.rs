//! Which entries each row of a layer comes from: the sheet of lineage, and which administrative units a row lies in.

use std::collections::{BTreeMap, BTreeSet};

use geometry::{Reading, Region, Shape, path};
use ledger::grid::meet;
use ledger::{Land, Standing, State, View};
use outputs::layers;
use outputs::workbook::Origin;
use records::feature::{Column, ColumnType, Layer};
use records::{Feature, RecordKind};
use serde_json::Value;

use crate::programme::Programme;

/// The entries behind rows of a layer: of a hazard its versions and whatever began or ended a stretch of it; of a
/// record itself and what it corrects.
pub fn of_features(programme: &Programme, state: &State, layer: &'static Layer, features: &[Feature]) -> Vec<Origin> {
    let index = programme.index();
    let view = if layer.name == layers::HAZARD_CONSERVATIVE.name { View::Gate } else { View::Book };
    let is_computed = layers::kind_of(layer).is_none();
    let mut found = Vec::new();
    for feature in features {
        let Some(number) = feature.id.parse().ok().and_then(|entry| index.number_of(entry)) else { continue };
        let mut behind = BTreeSet::from([number]);
        if is_computed {
            behind.extend(index.chain(number));
            for (spell, _) in state.account(number, view).into_iter().flat_map(|account| &account.spells) {
                behind.insert(spell.started_by);
                behind.extend(spell.end.map(|(_, _, record)| record));
            }
        } else {
            let mut next = number;
            while let Some(earlier) = index.record(next).supersedes.as_deref().and_then(|entry| index.number_of(*entry))
            {
                behind.insert(earlier);
                next = earlier;
            }
        }
        let known = behind.into_iter().filter(|&number| index.standing(number, state.known_at()) > Standing::Absent);
        found.extend(known.map(|number| {
            let kept = index.record(number);
            Origin {
                layer: layer.name,
                id: feature.id.clone(),
                entry: kept.entry.to_string(),
                record: kept.kind.name(),
                local_id: kept.local_id.to_string(),
                day: kept.day.date(),
                recorded_at: kept.recorded_at,
                standing: layers::standing_word(index.standing(number, state.known_at())),
            }
        }));
    }
    found
}

/// Administrative units with a P-code of their own or above them.
pub struct Units {
    units: Vec<(Region, BTreeMap<usize, String>)>,
}

/// Names of the columns, the country first.
const LEVELS: [&str; 5] = ["adm0_pcode", "adm1_pcode", "adm2_pcode", "adm3_pcode", "adm4_pcode"];

impl Units {
    /// Approved units that nothing corrects.
    pub fn of(programme: &Programme, state: &State) -> anyhow::Result<Units> {
        let (index, known_at) = (programme.index(), state.known_at());
        let stands = |number: u32| {
            index.standing(number, known_at) == Standing::Approved && programme.is_current(number, known_at)
        };
        let mut units = Vec::new();
        for &number in index.units().iter().filter(|&&number| stands(number)) {
            let Land::Unit(region, _) = &index.record(number).land else { continue };
            let mut codes = BTreeMap::new();
            let (mut next, mut seen) = (Some(number), BTreeSet::new());
            while let Some(number) = next.filter(|number| seen.insert(*number)) {
                let Some(place) = programme.record(index.record(number).entry)? else { break };
                let level = usize::from(ledger::index::unit_depth(&place));
                if let Some(code) = place.text("pcode") {
                    codes.entry(level).or_insert_with(|| code.to_owned());
                }
                let above =
                    place.text("parent").map(|id| index.with_local_id(RecordKind::Place, id)).unwrap_or_default();
                next = above.iter().copied().find(|&number| stands(number));
            }
            if !codes.is_empty() {
                units.push((region.clone(), codes));
            }
        }
        Ok(Units { units })
    }

    /// The layer with a column for each level that has codes, and its features with the codes of the units they lie
    /// in; across a border all of them, with commas between.
    pub fn add_to(&self, layer: &'static Layer, features: &mut [Feature]) -> Layer {
        let levels: BTreeSet<usize> = self.units.iter().flat_map(|(_, codes)| codes.keys().copied()).collect();
        for feature in features.iter_mut() {
            let codes = feature.geometry.as_ref().map(|shape| self.codes_at(shape)).unwrap_or_default();
            for level in &levels {
                let here = codes.get(level).into_iter().flatten().cloned().collect::<Vec<_>>().join(",");
                let value = if here.is_empty() { Value::Null } else { Value::String(here) };
                feature.properties.insert(LEVELS[*level].to_owned(), value);
            }
        }
        let added = levels.iter().map(|&level| Column { name: LEVELS[level], holds: ColumnType::Text });
        let columns: Vec<Column> = layer.columns.iter().copied().chain(added).collect();
        Layer { columns: columns.leak(), ..*layer }
    }

    fn codes_at(&self, shape: &Shape) -> BTreeMap<usize, BTreeSet<String>> {
        let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let Some(bounds) = shape.bounds() else { return found };
        let ground = shape.is_areal().then(|| geometry::read::read(shape, Reading::Largest).region);
        let lies_in = |unit: &Region| match (&ground, shape) {
            (Some(ground), _) => !geometry::arrangement::intersection(ground, unit).is_empty(),
            (None, Shape::LineString(line)) => path::first_inside_m(line, unit).is_some(),
            (None, Shape::MultiLineString(lines)) => {
                lines.iter().any(|line| path::first_inside_m(line, unit).is_some())
            }
            (None, other) => {
                let mut lies_in = false;
                other.for_each_position(&mut |position| lies_in |= unit.covers(position));
                lies_in
            }
        };
        for (unit, codes) in &self.units {
            if unit.bounds().is_some_and(|around| meet(around, bounds)) && lies_in(unit) {
                for (level, code) in codes {
                    found.entry(*level).or_default().insert(code.clone());
                }
            }
        }
        found
    }
}
