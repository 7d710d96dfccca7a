//! Every row of every layer, computed from the entries alone: to make the layers anew, to check them, to export them.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use geometry::{Area, Shape};
use jiff::Timestamp;
use ledger::{Day, EntryId, Fact, Index, Land, Signed, State};
use outputs::layers;
use rayon::prelude::*;
use records::{Feature, Record};
use sha2::{Digest, Sha256};
use store::{Failure, Position, Store};

/// The day that stands for "after everything recorded", used by the layers of the programme's own file.
pub const LAYER_DAY: Day = Day::LATEST;

/// Rows or entries that all cores work on before the next are read.
const CHUNK: usize = 4096;

/// The layers as a state has them on a day.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    /// The entries.
    pub index: &'a Index,
    /// What they fold into.
    pub state: &'a State,
    /// The day.
    pub day: Day,
}

/// What hears of rows: the name of the layer and the row; it may end the work.
pub type Each<'a> = &'a mut dyn FnMut(&'static str, Feature) -> ControlFlow<()>;

impl Layers<'_> {
    /// Every row, hazards first, then records in order of arrival. `store` is asked for the records.
    pub fn each_row(self, store: &dyn Store, each: Each<'_>) -> Result<(), Failure> {
        let roots: Vec<u32> = self.state.rows().collect();
        for roots in roots.chunks(CHUNK) {
            let rows: Vec<_> =
                roots.par_iter().map(|&root| layers::of_row(self.index, self.state, root, self.day)).collect();
            for (layer, _, feature) in rows.into_iter().flatten() {
                if feature.is_some_and(|feature| each(layer, feature).is_break()) {
                    return Ok(());
                }
            }
        }
        let released = |(number, kept): (u32, &ledger::Kept)| matches!(kept.land, Land::Release(..)).then_some(number);
        let releases: Vec<u32> = self.index.records().filter_map(released).collect();
        let effective = self.state.effective(self.index, &releases);
        each_chunk(store, &mut |entries| {
            let rows: Vec<_> = entries.par_iter().filter_map(|signed| self.row_of(signed, &effective)).collect();
            rows.into_iter().try_for_each(|(layer, feature)| each(layer, feature))
        })
    }

    fn row_of(self, signed: &Signed, effective: &HashMap<u32, Area>) -> Option<(&'static str, Feature)> {
        let number = self.index.number_of(signed.id)?;
        let kept = self.index.record(number);
        if kept.day > self.day || kept.recorded_at > self.state.known_at() {
            return None;
        }
        self.row_of_record(number, &record_of(signed)?, effective)
    }

    /// The row of a record; `effective` is the ground that a release adds to what is released.
    pub fn row_of_record(
        self,
        number: u32,
        record: &Record,
        effective: &HashMap<u32, Area>,
    ) -> Option<(&'static str, Feature)> {
        let standing = self.index.standing(number, Timestamp::MAX);
        let net = effective.get(&number).map(|area| area.m2());
        layers::of_record(record, self.index.record(number).entry, standing, net)
    }

    /// Compare with the rows that a store holds: how many there are, or the first difference.
    ///
    /// A million rows are not held in memory twice: a fingerprint stands for each.
    pub fn check(self, store: &dyn Store) -> Result<Result<u64, String>, Failure> {
        let mut expected: HashMap<Fingerprint, Fingerprint> = HashMap::new();
        self.each_row(store, &mut |layer, feature| {
            expected.insert(fingerprint(layer, &feature.id), fingerprint_of(&feature));
            ControlFlow::Continue(())
        })?;
        let n_rows = expected.len() as u64;
        for layer in layers::all() {
            let mut after: Option<String> = None;
            loop {
                const PAGE: usize = 1000;
                let features = store.features(layer.name, None, after.as_deref(), PAGE)?;
                for feature in &features {
                    match expected.remove(&fingerprint(layer.name, &feature.id)) {
                        Some(computed) if computed == fingerprint_of(feature) => {}
                        Some(_) => return self.difference(store, layer.name, feature).map(Err),
                        None => {
                            return Ok(Err(format!("layer {}: row {} follows from no entry", layer.name, feature.id)));
                        }
                    }
                }
                match features.last().filter(|_| features.len() == PAGE) {
                    Some(last) => after = Some(last.id.clone()),
                    None => break,
                }
            }
        }
        if expected.is_empty() { Ok(Ok(n_rows)) } else { self.missing(store, &expected).map(Err) }
    }

    /// Where a kept row differs from what the entries say.
    fn difference(self, store: &dyn Store, layer: &str, kept: &Feature) -> Result<String, Failure> {
        let mut text = format!("layer {layer}: row {}: its ground is not what the entries say", kept.id);
        self.each_row(store, &mut |name, computed| {
            if name != layer || computed.id != kept.id {
                return ControlFlow::Continue(());
            }
            let of = |feature: &Feature, name: &str| feature.properties.get(name).cloned().unwrap_or_default();
            let names: BTreeSet<&String> = computed.properties.keys().chain(kept.properties.keys()).collect();
            if let Some(name) = names.into_iter().find(|name| of(&computed, name) != of(kept, name)) {
                let (says, holds) = (of(&computed, name), of(kept, name));
                text = format!("layer {layer}: row {}: {name} is {holds}, the entries say {says}", kept.id);
            }
            ControlFlow::Break(())
        })?;
        Ok(text)
    }

    /// The first row that should be there and is not.
    fn missing(self, store: &dyn Store, missing: &HashMap<Fingerprint, Fingerprint>) -> Result<String, Failure> {
        let mut text = String::new();
        self.each_row(store, &mut |layer, feature| {
            if !missing.contains_key(&fingerprint(layer, &feature.id)) {
                return ControlFlow::Continue(());
            }
            text = format!("layer {layer}: row {} is missing", feature.id);
            ControlFlow::Break(())
        })?;
        Ok(text)
    }
}

/// Half of a SHA-256.
type Fingerprint = [u8; 16];

fn fingerprint(first: impl AsRef<[u8]>, second: impl AsRef<[u8]>) -> Fingerprint {
    let first = first.as_ref();
    let hash =
        Sha256::new().chain_update(first.len().to_le_bytes()).chain_update(first).chain_update(second).finalize();
    *hash.first_chunk().expect("a SHA-256 has 32 bytes")
}

/// Of everything a row says, in whatever order its columns stand.
fn fingerprint_of(feature: &Feature) -> Fingerprint {
    let mut properties: Vec<_> = feature.properties.iter().collect();
    properties.sort_by_key(|(name, _)| *name);
    let geometry = feature.geometry.as_ref().map(Shape::to_wkb).unwrap_or_default();
    fingerprint(geometry, serde_json::to_vec(&properties).expect("properties are JSON"))
}

/// The record an entry reports.
pub fn record_of(signed: &Signed) -> Option<Record> {
    let entry = signed.entry().ok().filter(|entry| entry.kind == ledger::EntryKind::Record)?;
    Record::from_payload(entry.payload.get()).ok()
}

/// Entries in order of arrival, many at a time.
pub fn each_chunk(store: &dyn Store, each: &mut dyn FnMut(&[Signed]) -> ControlFlow<()>) -> Result<(), Failure> {
    let mut chunk: Vec<Signed> = Vec::with_capacity(CHUNK);
    let mut flow = ControlFlow::Continue(());
    store.entries(Position(0), &mut |_, signed| {
        chunk.push(signed);
        if chunk.len() == CHUNK {
            flow = each(&chunk);
            chunk.clear();
        }
        flow
    })?;
    if flow.is_continue() && !chunk.is_empty() {
        let _ = each(&chunk);
    }
    Ok(())
}

/// The index of every entry: read from text by all cores, taken in one after the other.
pub fn index_of(store: &dyn Store) -> Result<Result<Index, ledger::Broken>, Failure> {
    let mut index = Index::default();
    let mut taken = Ok(());
    each_chunk(store, &mut |entries| {
        let facts: Result<Vec<Fact>, ledger::Broken> = entries.par_iter().map(Fact::of).collect();
        match facts {
            Ok(facts) => facts.into_iter().for_each(|fact| _ = index.take(fact)),
            Err(broken) => taken = Err(broken),
        }
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(taken.map(|()| index))
}

/// Check the hash, form, signature and chain of every entry; how many there are, or the first that is broken.
pub fn check_entries(
    store: &dyn Store,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Result<u64, ledger::Broken>, Failure> {
    let total = store.position()?.0;
    let mut heads: HashMap<String, (u64, EntryId)> = HashMap::new();
    let mut done = 0;
    let mut checked = Ok(());
    each_chunk(store, &mut |entries| {
        checked = check_chain(entries, &mut heads);
        done += entries.len() as u64;
        progress(done, total);
        if checked.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(checked.map(|()| done))
}

fn check_chain(entries: &[Signed], heads: &mut HashMap<String, (u64, EntryId)>) -> Result<(), ledger::Broken> {
    const TOGETHER: usize = 256;
    let checked: Vec<_> = entries.par_chunks(TOGETHER).map(ledger::entry::verify_all).collect();
    for (signed, checked) in entries.chunks(TOGETHER).zip(checked) {
        for (signed, entry) in signed.iter().zip(checked?) {
            let head = heads.get(entry.writer).copied();
            let follows = entry.seq == head.map_or(1, |h| h.0 + 1) && entry.prev == head.map(|h| h.1);
            if !follows {
                let (writer, seq, after) = (entry.writer.to_owned(), entry.seq, head.map_or(0, |h| h.0));
                return Err(ledger::Broken::Chain { id: signed.id, writer, seq, after });
            }
            match heads.get_mut(entry.writer) {
                Some(head) => *head = (entry.seq, signed.id),
                None => _ = heads.insert(entry.writer.to_owned(), (entry.seq, signed.id)),
            }
        }
    }
    Ok(())
}
