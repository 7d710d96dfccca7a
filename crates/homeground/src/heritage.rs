//! The heritage register of a programme: monuments with their visits, works and objects, as known at an instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Day, State};
use outputs::heritage::Site;
use outputs::layers::standing_word;
use records::{Record, RecordKind};

use crate::programme::Programme;

/// Reads the record of an entry.
pub type Reads<'a, E> = &'a dyn Fn(ledger::EntryId) -> Result<Arc<Record>, E>;

/// Every monument on a day, by local id, and what names none of them: visits to places that are not recorded, and objects
/// of collections.
pub struct Register {
    /// Monuments, each with the number of its record.
    pub sites: Vec<(u32, Site)>,
    /// Visits, works and objects without a monument on record.
    pub others: Vec<(u32, Arc<Record>)>,
}

impl Register {
    /// Gather it.
    pub fn of<E>(programme: &Programme, state: &State, day: Day, read: Reads<'_, E>) -> Result<Register, E> {
        let index = programme.index();
        let known_at = state.known_at();
        let current = |kind: RecordKind| programme.records_on(kind, day, known_at);
        let mut sites: BTreeMap<u32, (u32, Site)> = BTreeMap::new();
        for (number, kept) in current(RecordKind::Monument) {
            let site = Site {
                monument: read(kept.entry)?,
                entry: kept.entry.to_string(),
                standing: standing_word(index.standing(number, known_at)),
                assessments: Vec::new(),
                interventions: Vec::new(),
                objects: Vec::new(),
            };
            sites.insert(index.root(number), (number, site));
        }
        let mut others = Vec::new();
        for kind in [RecordKind::Assessment, RecordKind::Intervention, RecordKind::HeritageObject] {
            for (number, kept) in current(kind) {
                let record = read(kept.entry)?;
                let named = record.text("monument").map(|id| index.with_local_id(RecordKind::Monument, id));
                let root = named.and_then(|found| found.first()).map(|&first| index.root(first));
                let Some((_, site)) = root.and_then(|root| sites.get_mut(&root)) else {
                    others.push((number, record));
                    continue;
                };
                match kind {
                    RecordKind::Assessment => site.assessments.push(record),
                    RecordKind::Intervention => site.interventions.push(record),
                    _ => site.objects.push(record),
                }
            }
        }
        let mut sites: Vec<(u32, Site)> = sites.into_values().collect();
        let by_day = |records: &mut Vec<Arc<Record>>| {
            records.sort_by(|a, b| (a.date_of_information, &a.local_id).cmp(&(b.date_of_information, &b.local_id)));
        };
        for (_, site) in &mut sites {
            by_day(&mut site.assessments);
            by_day(&mut site.interventions);
            site.objects.sort_by(|a, b| a.local_id.cmp(&b.local_id));
        }
        sites.sort_by(|a, b| a.1.monument.local_id.cmp(&b.1.monument.local_id));
        Ok(Register { sites, others })
    }
}
