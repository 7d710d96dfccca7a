//! One opened programme: its file, the index of its entries and the state they fold into.
//!
//! Everything the commands and the screens do goes through here, so that an import from the command line
//! and one from a browser are the same thing.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use jiff::Timestamp;
use ledger::{Day, EntryId, EntryKind, Fact, Index, Inserted, Kept, Parameters, Signed, Standing, State, Writer};
use outputs::layers;
use records::feature::Layer;
use records::{Feature, Issue, Record, RecordKind};
use serde_json::{Value, json};
use store::{Batch, GeoPackage, Position, Query, RowChange, Store};

use crate::derived::{self, LAYER_DAY, Layers, record_of};
use crate::keys;

/// One opened programme.
pub struct Programme {
    path: PathBuf,
    name: String,
    country: String,
    store: Box<dyn Store>,
    /// Shared with snapshots. Whoever changes it changes a copy while a snapshot holds the old one.
    index: Arc<Index>,
    state: Arc<State>,
    parameters: Parameters,
    writer: Option<Writer>,
    /// Records that entries learned and not yet folded report or are about.
    learned: BTreeSet<u32>,
    /// Whether something was learned that was not kept and could not be forgotten yet.
    is_ahead: bool,
    earlier: Arc<Earlier>,
    /// Opens connections for snapshots; made with the first of them.
    door: Option<Door>,
}

type Door = Arc<Mutex<Box<dyn Store>>>;

/// States as known at earlier instants, the newest few.
type Earlier = Mutex<Vec<(Timestamp, Arc<State>)>>;

/// A programme as it stood after its last change, for any number of readers, whatever is written meanwhile.
///
/// It costs nothing to take. The ledger only grows, so a reader that stops at a position sees the ledger of that
/// moment; index and state are shared with the programme, which copies them before it changes them as long as a
/// snapshot lives.
pub struct Snapshot {
    path: PathBuf,
    name: String,
    country: String,
    index: Arc<Index>,
    state: Arc<State>,
    parameters: Parameters,
    writer: Option<Writer>,
    earlier: Arc<Earlier>,
    until: Position,
    door: Door,
    idle: Mutex<Vec<Box<dyn Store>>>,
}

impl Snapshot {
    /// Answer from it. Several may ask at once; each has a connection of its own.
    pub fn read<T>(&self, ask: impl FnOnce(&Programme) -> T) -> anyhow::Result<T> {
        let idle = lock(&self.idle).pop();
        let store = match idle {
            Some(store) => store,
            None => lock(&self.door).reader(Some(self.until))?,
        };
        let programme = Programme {
            path: self.path.clone(),
            name: self.name.clone(),
            country: self.country.clone(),
            store,
            index: self.index.clone(),
            state: self.state.clone(),
            parameters: self.parameters.clone(),
            writer: self.writer.clone(),
            learned: BTreeSet::new(),
            is_ahead: false,
            earlier: self.earlier.clone(),
            door: None,
        };
        let answer = ask(&programme);
        lock(&self.idle).push(programme.store);
        Ok(answer)
    }
}

/// What a panic left behind is whole: nothing is half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an entry of kind `programme` says.
fn programme_payload(name: &str, country: &str) -> Value {
    json!({"name": name, "country": country})
}

impl Programme {
    /// Make a new, empty programme.
    pub fn create(path: &Path, name: &str, country: &str, now: Timestamp) -> anyhow::Result<Programme> {
        let mut writer = Writer::new(keys::secret()?, None);
        let payload = programme_payload(name, country);
        let first = writer.sign(&ledger::Draft { recorded_at: now, kind: EntryKind::Programme, payload });
        let first = Batch { entries: vec![first], ..Batch::default() };
        let store: Box<dyn Store> = Box::new(GeoPackage::create(path, layers::all(), &first)?);
        Programme::load(path, store, Some(writer))
    }

    /// Open for reading and writing; a second process is refused.
    pub fn open(path: &Path) -> anyhow::Result<Programme> {
        let store: Box<dyn Store> = Box::new(GeoPackage::open(path, layers::all())?);
        let writer = Self::writer_of(&*store)?;
        let mut programme = Programme::load(path, store, Some(writer))?;
        if programme.store.derived_position()? != programme.store.position()? {
            programme.rebuild_layers()?;
        }
        Ok(programme)
    }

    /// Open for reading; others may write meanwhile.
    pub fn read(path: &Path) -> anyhow::Result<Programme> {
        Programme::load(path, Box::new(GeoPackage::open_to_read(path, layers::all())?), None)
    }

    /// This device at the head of its chain in this store.
    fn writer_of(store: &dyn Store) -> anyhow::Result<Writer> {
        let secret = keys::secret()?;
        let id = Writer::new(secret, None).id().to_owned();
        let head = store.heads()?.into_iter().find(|head| head.writer == id);
        Ok(Writer::new(secret, head.map(|head| (head.seq, head.id))))
    }

    /// Forget what was learned and not kept: after a dry run or a failure.
    pub(crate) fn reload(&mut self) -> anyhow::Result<()> {
        self.is_ahead = true;
        self.index = Arc::new(load_index(&*self.store)?);
        self.state = Arc::new(State::of(&self.index, Timestamp::MAX, &self.parameters));
        self.learned.clear();
        if self.writer.is_some() {
            self.writer = Some(Self::writer_of(&*self.store)?);
        }
        self.forget_earlier();
        self.is_ahead = false;
        Ok(())
    }

    /// What was done, or why not; then what is known is what was kept. Where the file cannot even be read again, the
    /// first who asks next reads it.
    pub(crate) fn or_as_kept<T>(&mut self, done: anyhow::Result<T>) -> anyhow::Result<T> {
        done.map_err(|error| match self.reload() {
            Ok(()) => error,
            Err(again) => error.context(format!("the programme could not be read again: {again:#}")),
        })
    }

    /// Before anything is asked or changed: nothing is known that was not kept.
    pub fn settle(&mut self) -> anyhow::Result<()> {
        if self.is_ahead { self.reload() } else { Ok(()) }
    }

    /// The programme as it stands, to be read while this one is written.
    pub fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        self.settle()?;
        let until = self.store.position()?;
        let door = match &self.door {
            Some(door) => door.clone(),
            None => Arc::new(Mutex::new(self.store.reader(None)?)),
        };
        self.door = Some(door.clone());
        Ok(Snapshot {
            path: self.path.clone(),
            name: self.name.clone(),
            country: self.country.clone(),
            index: self.index.clone(),
            state: self.state.clone(),
            parameters: self.parameters.clone(),
            writer: self.writer.clone(),
            earlier: self.earlier.clone(),
            until,
            door,
            idle: Mutex::default(),
        })
    }

    /// Snapshots keep the states that they folded; what is written from here on has none yet.
    fn forget_earlier(&mut self) {
        self.earlier = Arc::default();
    }

    fn load(path: &Path, store: Box<dyn Store>, writer: Option<Writer>) -> anyhow::Result<Programme> {
        let index = load_index(&*store)?;
        let rules = crate::config::Config::load(Some(path))?.rules()?;
        let parameters = Parameters { rules: Arc::new(rules), ..Parameters::default() };
        let (index, state) = {
            let state = State::of(&index, Timestamp::MAX, &parameters);
            (Arc::new(index), Arc::new(state))
        };
        let (name, country) = named(&*store)?;
        let path = path.to_owned();
        Ok(Programme {
            path,
            name,
            country,
            store,
            index,
            state,
            parameters,
            writer,
            learned: BTreeSet::new(),
            is_ahead: false,
            earlier: Arc::default(),
            door: None,
        })
    }

    /// Leave one file that is safe to copy.
    pub fn close(self) -> anyhow::Result<()> {
        // A connection that still reads would keep the file from becoming one.
        drop(self.door);
        Ok(self.store.close()?)
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// ISO 3166-1 alpha-3 code.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its entries, indexed.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The state as known now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The numbers it folds with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Public key of who writes here, hex.
    pub fn writer(&self) -> Option<&str> {
        self.writer.as_ref().map(Writer::id)
    }

    /// The signature of this office under some bytes; `None` where the programme is open for reading only.
    pub fn seal(&self, bytes: &[u8]) -> Option<[u8; 64]> {
        self.writer.as_ref().map(|writer| writer.seal(bytes))
    }

    /// The store, for what is only kept and not computed.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The state as known at an instant. States of earlier instants are folded once and kept for a while.
    pub fn state_at(&self, known_at: Timestamp) -> Arc<State> {
        const KEPT: usize = 4;
        if self.index.last().is_none_or(|last| last <= known_at) {
            return self.state.clone();
        }
        let mut earlier = lock(&self.earlier);
        if let Some(found) = earlier.iter().find(|(at, _)| *at == known_at) {
            return found.1.clone();
        }
        let state = Arc::new(State::of(&self.index, known_at, &self.parameters));
        earlier.truncate(KEPT - 1);
        earlier.insert(0, (known_at, state.clone()));
        state
    }

    /// The whole record of an entry.
    pub fn record(&self, entry: EntryId) -> anyhow::Result<Option<Record>> {
        let Some((_, signed)) = self.store.entry(entry)? else { return Ok(None) };
        Ok(record_of(&signed))
    }

    /// Index an entry that will be kept, and note which records it reports or is about.
    pub(crate) fn learn(&mut self, signed: &Signed) -> anyhow::Result<()> {
        self.take(Fact::of(signed)?);
        Ok(())
    }

    /// As [`Programme::learn`], for a record at hand; `payload` is its canonical form.
    pub(crate) fn learn_record(&mut self, signed: &Signed, recorded_at: Timestamp, payload: &str, record: &Record) {
        self.take(Fact::of_record(signed.id, recorded_at, payload, record));
    }

    fn take(&mut self, fact: Fact) {
        match Arc::make_mut(&mut self.index).take(fact) {
            Inserted::Record(number) => _ = self.learned.insert(number),
            Inserted::About(entries) => {
                self.learned.extend(entries.iter().filter_map(|&entry| self.index.number_of(entry)));
            }
            Inserted::Known | Inserted::Other => {}
        }
    }

    /// Keep learned entries and everything that follows from them, in one transaction. If that fails,
    /// [`Programme::or_as_kept`] must follow.
    pub(crate) fn append(&mut self, entries: Vec<Signed>, fresh: &HashMap<EntryId, Record>) -> anyhow::Result<()> {
        let about: Vec<u32> = std::mem::take(&mut self.learned).into_iter().collect();
        let touched = Arc::make_mut(&mut self.state).update(&self.index, Timestamp::MAX, &about);
        let rows = self.row_changes(&about, &touched, fresh)?;
        self.store.append(&Batch { entries, rows })?;
        self.forget_earlier();
        Ok(())
    }

    /// Ask as if these records were approved. Nothing of it stays, however the asking ends.
    pub(crate) fn as_if_approved<T>(&mut self, numbers: &[u32], ask: impl FnOnce(&Programme) -> T) -> T {
        let supposed = Supposed::new(self, numbers, false);
        ask(supposed.programme)
    }

    /// As [`Programme::as_if_approved`], and the state stays so: [`Programme::append`], [`Programme::refold`] or
    /// [`Programme::reload`] must follow. `anew` folds from scratch, for many records.
    pub(crate) fn fold_as_if_approved<T>(
        &mut self,
        numbers: &[u32],
        anew: bool,
        ask: impl FnOnce(&Programme) -> T,
    ) -> T {
        let mut supposed = Supposed::new(self, numbers, anew);
        let answer = ask(supposed.programme);
        supposed.state_stays = true;
        answer
    }

    /// Fold what was learned, and keep nothing.
    fn fold_learned(&mut self) {
        let about: Vec<u32> = std::mem::take(&mut self.learned).into_iter().collect();
        Arc::make_mut(&mut self.state).update(&self.index, Timestamp::MAX, &about);
    }

    /// Keep learned entries alone; [`Programme::refold`] must follow, or [`Programme::or_as_kept`] if that fails.
    pub(crate) fn keep(&mut self, entries: &[Signed]) -> anyhow::Result<()> {
        self.store.keep(entries)?;
        Ok(())
    }

    /// Fold from scratch, unless the state says already what the entries say, and rebuild the layers.
    pub(crate) fn refold(&mut self, is_folded: bool) -> anyhow::Result<()> {
        self.learned.clear();
        if !is_folded {
            self.state = Arc::new(State::of(&self.index, Timestamp::MAX, &self.parameters));
        }
        self.forget_earlier();
        self.rebuild_layers()
    }

    /// Keep what a phone sent, byte for byte; gives the number of the submission.
    pub(crate) fn receive(&mut self, arrival: &store::Arrival) -> anyhow::Result<u64> {
        Ok(self.store.receive(arrival)?)
    }

    /// Put a draft in the place of the one with its id; no entry, and nothing that any figure depends on.
    pub(crate) fn put_draft(&mut self, draft: &store::Draft) -> anyhow::Result<()> {
        Ok(self.store.put_draft(draft)?)
    }

    /// Take drafts away.
    pub(crate) fn remove_drafts(&mut self, ids: &[String]) -> anyhow::Result<()> {
        Ok(self.store.remove_drafts(ids)?)
    }

    /// Sign and keep one entry.
    pub(crate) fn record_one(
        &mut self,
        recorded_at: Timestamp,
        kind: EntryKind,
        payload: Value,
    ) -> anyhow::Result<EntryId> {
        let kept = self.record_all(recorded_at, kind, vec![payload])?;
        Ok(kept[0])
    }

    /// Sign and keep entries, all or none.
    pub(crate) fn record_all(
        &mut self,
        recorded_at: Timestamp,
        kind: EntryKind,
        payloads: Vec<Value>,
    ) -> anyhow::Result<Vec<EntryId>> {
        let kept = self.sign_all(recorded_at, kind, payloads).and_then(|signed| {
            let ids = signed.iter().map(|signed| signed.id).collect();
            signed.iter().try_for_each(|signed| self.learn(signed))?;
            self.append(signed, &HashMap::new())?;
            Ok(ids)
        });
        self.or_as_kept(kept)
    }

    fn sign_all(
        &mut self,
        recorded_at: Timestamp,
        kind: EntryKind,
        payloads: Vec<Value>,
    ) -> anyhow::Result<Vec<Signed>> {
        payloads.into_iter().map(|payload| self.sign(recorded_at, kind, payload)).collect()
    }

    fn row_changes(
        &self,
        about: &[u32],
        touched: &ledger::Touched,
        fresh: &HashMap<EntryId, Record>,
    ) -> anyhow::Result<Vec<RowChange>> {
        let layers = Layers { index: &self.index, state: &self.state, day: LAYER_DAY };
        let mut rows: Vec<RowChange> = touched
            .rows
            .iter()
            .flat_map(|&root| outputs::layers::of_row(&self.index, &self.state, root, LAYER_DAY))
            .map(|(layer, id, feature)| RowChange { layer, id, feature })
            .collect();
        let effective = self.state.effective(&self.index, &touched.releases);
        let records: BTreeSet<u32> = about.iter().chain(&touched.releases).copied().collect();
        for number in records {
            let entry = self.index.record(number).entry;
            let record = match fresh.get(&entry) {
                Some(record) => Some(record.clone()),
                None => self.record(entry)?,
            };
            let change = record.and_then(|record| layers.row_of_record(number, &record, &effective));
            rows.extend(change.map(|(layer, feature)| RowChange {
                layer,
                id: feature.id.clone(),
                feature: Some(feature),
            }));
        }
        Ok(rows)
    }

    /// Every row of every layer on a day, by layer and id: what the file holds, computed from the entries alone.
    pub fn layer_rows(
        &self,
        state: &State,
        day: Day,
        each: &mut dyn FnMut(&'static str, Feature),
    ) -> anyhow::Result<()> {
        let rows = Layers { index: &self.index, state, day };
        rows.each_row(&*self.store, &mut |layer, feature| {
            each(layer, feature);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// The features of layers on a day, each layer ordered by local id.
    pub fn features(
        &self,
        state: &State,
        day: Day,
        layers: &[&'static Layer],
    ) -> anyhow::Result<Vec<(&'static Layer, Vec<Feature>)>> {
        let mut found: Vec<(&'static Layer, Vec<Feature>)> = layers.iter().map(|&layer| (layer, Vec::new())).collect();
        self.layer_rows(state, day, &mut |name, feature| {
            if let Some((_, features)) = found.iter_mut().find(|(layer, _)| layer.name == name) {
                features.push(feature);
            }
        })?;
        let local_id = |feature: &Feature| feature.properties["local_id"].as_str().unwrap_or_default().to_owned();
        for (_, features) in &mut found {
            features.sort_by_key(|feature| (local_id(feature), feature.id.clone()));
        }
        Ok(found)
    }

    /// Every record of the ledger, in the order of its entries.
    pub(crate) fn each_record(&self, each: &mut dyn FnMut(u32, Record)) -> anyhow::Result<()> {
        self.store.entries(Position(0), &mut |_, signed| {
            if let Some(number) = self.index.number_of(signed.id)
                && let Some(record) = record_of(&signed)
            {
                each(number, record);
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// Compute every derived layer anew, in one transaction.
    pub fn rebuild_layers(&mut self) -> anyhow::Result<()> {
        let at = self.store.position()?;
        let reader = self.store.reader(None)?;
        let rows = Layers { index: &self.index, state: &self.state, day: LAYER_DAY };
        // One thread computes while the other writes, so that a million rows are never held at once. They are handed
        // over many at a time: waking a thread costs more than making a row.
        const HANDFUL: usize = 256;
        let (send, computed) = std::sync::mpsc::sync_channel(4);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut handful = Vec::with_capacity(HANDFUL);
                let end = rows.each_row(&*reader, &mut |layer, feature| {
                    handful.push(Ok((layer, feature)));
                    if handful.len() < HANDFUL {
                        return ControlFlow::Continue(());
                    }
                    match send.send(std::mem::replace(&mut handful, Vec::with_capacity(HANDFUL))) {
                        Ok(()) => ControlFlow::Continue(()),
                        // Whoever wrote has failed and says why.
                        Err(_) => ControlFlow::Break(()),
                    }
                });
                handful.extend(end.err().map(Err));
                let _ = send.send(handful);
            });
            self.store.rebuild(at, &mut computed.into_iter().flatten())
        })?;
        Ok(())
    }

    /// Recompute hashes, chains, signatures and layers from the entries; the first difference is the error.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> anyhow::Result<Verified> {
        let n_entries = derived::check_entries(&*self.store, progress)??;
        let are_layers_behind = self.store.derived_position()? != self.store.position()?;
        let rows = Layers { index: &self.index, state: &self.state, day: LAYER_DAY };
        let n_rows =
            if are_layers_behind { None } else { Some(rows.check(&*self.store)?.map_err(anyhow::Error::msg)?) };
        let mut first = None;
        self.store.check(&mut |difference| _ = first.get_or_insert(difference))?;
        match first {
            Some(difference) => bail!("{difference}"),
            None => Ok(Verified { n_entries, n_rows }),
        }
    }

    /// Sign the next entry.
    pub(crate) fn sign(&mut self, recorded_at: Timestamp, kind: EntryKind, payload: Value) -> anyhow::Result<Signed> {
        let writer = self.writer.as_mut().context("the programme is open for reading only")?;
        Ok(writer.sign(&ledger::Draft { recorded_at, kind, payload }))
    }

    /// Sign the next entry, whose payload is in canonical form.
    pub(crate) fn sign_canonical(
        &mut self,
        recorded_at: Timestamp,
        kind: EntryKind,
        payload: &str,
    ) -> anyhow::Result<Signed> {
        let writer = self.writer.as_mut().context("the programme is open for reading only")?;
        Ok(writer.sign_canonical(recorded_at, kind, payload))
    }

    /// Whether a record was known by then, is not taken back and is not corrected by an approved one.
    pub fn is_current(&self, number: u32, known_at: Timestamp) -> bool {
        self.index.standing(number, known_at) > Standing::Absent
            && self.index.corrections(number, Standing::Approved, known_at).is_empty()
    }

    /// Records of a kind about a day that has come, current at an instant, by number.
    pub fn records_on(&self, kind: RecordKind, day: Day, known_at: Timestamp) -> impl Iterator<Item = (u32, &Kept)> {
        let of_kind = self.index.records().filter(move |(_, kept)| kept.kind == kind && kept.day <= day);
        of_kind.filter(move |&(number, _)| self.is_current(number, known_at))
    }

    /// Rows that could not be accepted and that no later record of the same id had replaced by an instant, newest first.
    pub fn held(&self, known_at: Timestamp) -> anyhow::Result<Vec<Held>> {
        let mut held = self.every_held(known_at)?;
        held.retain(|held| !self.is_replaced(held, known_at));
        if held.iter().any(|held| !held.payload["submission"].is_null()) {
            let read = self.files_read(known_at)?;
            held.retain(|held| !is_read_by_now(held, &read));
        }
        held.reverse();
        Ok(held)
    }

    /// Every row that could not be accepted, as known at an instant, in the order of the ledger.
    pub(crate) fn every_held(&self, known_at: Timestamp) -> anyhow::Result<Vec<Held>> {
        let all = Query { kind: Some(EntryKind::Held), limit: usize::MAX, ..Query::default() };
        let held = self.store.search(&all)?.entries;
        let held = held.iter().rev().filter_map(|(_, signed)| held_of(signed));
        Ok(held.filter(|held| held.recorded_at <= known_at).collect())
    }

    /// Whether a record stood in its place by an instant.
    pub fn is_replaced(&self, held: &Held, known_at: Timestamp) -> bool {
        let kind: Option<RecordKind> = held.payload["record"].as_str().and_then(|name| name.parse().ok());
        let local_id = held.payload["local_id"].as_str().unwrap_or_default();
        let is_known = |&number: &u32| self.index.record(number).recorded_at <= known_at;
        kind.is_some_and(|kind| !local_id.is_empty() && self.index.with_local_id(kind, local_id).iter().any(is_known))
    }
}

/// A programme while some of its records are supposed to be approved; the supposition ends with it.
struct Supposed<'a> {
    programme: &'a mut Programme,
    state_stays: bool,
}

impl<'a> Supposed<'a> {
    fn new(programme: &'a mut Programme, numbers: &[u32], anew: bool) -> Supposed<'a> {
        Arc::make_mut(&mut programme.index).suppose_approved(numbers);
        programme.learned.extend(numbers);
        let supposed = Supposed { programme, state_stays: false };
        let Programme { state, index, learned, parameters, .. } = &mut *supposed.programme;
        if anew {
            *state = Arc::new(State::of(index, Timestamp::MAX, parameters));
        } else {
            let about: Vec<u32> = learned.iter().copied().collect();
            Arc::make_mut(state).update(index, Timestamp::MAX, &about);
        }
        supposed
    }
}

impl Drop for Supposed<'_> {
    fn drop(&mut self) {
        Arc::make_mut(&mut self.programme.index).suppose_nothing();
        if !self.state_stays {
            self.programme.fold_learned();
        }
    }
}

/// Whether it waited for a form, and what was sent has been read since.
fn is_read_by_now(held: &Held, read: &BTreeSet<String>) -> bool {
    let sent = held.payload["submission"]["sha256"].as_str();
    held.payload["conflict"] == false && sent.is_some_and(|hash| read.contains(hash))
}

/// What [`Programme::verify`] went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries whose hash, chain and signature hold.
    pub n_entries: u64,
    /// Derived rows that equal what the entries say.
    ///
    /// `None` where a large import was cut off and the layers are behind; the next opening for writing rebuilds them.
    pub n_rows: Option<u64>,
}

/// A row that waits for a person.
#[derive(Debug, Clone)]
pub struct Held {
    /// Entry that keeps it.
    pub entry: EntryId,
    /// When it was read.
    pub recorded_at: Timestamp,
    /// File, row, raw values and issues.
    pub payload: Value,
}

impl Held {
    /// What is wrong with it.
    pub fn issues(&self) -> Vec<Issue> {
        serde_json::from_value(self.payload["issues"].clone()).unwrap_or_default()
    }

    /// A text of its payload; empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        self.payload[field].as_str().unwrap_or_default()
    }

    /// Who sent it, as the row says; empty where it does not.
    pub fn operator(&self) -> &str {
        self.payload["raw"]["properties"]["operator"].as_str().unwrap_or_default()
    }
}

/// The held row that an entry keeps, if it keeps one.
pub fn held_of(signed: &Signed) -> Option<Held> {
    let entry = signed.entry().ok().filter(|entry| entry.kind == EntryKind::Held)?;
    let payload = serde_json::from_str(entry.payload.get()).ok()?;
    Some(Held { entry: signed.id, recorded_at: entry.recorded_at, payload })
}

fn load_index(store: &dyn Store) -> anyhow::Result<Index> {
    derived::index_of(store)?.context("the ledger holds an entry that cannot be read; restore a backup")
}

/// What the first entry says: the name of the programme and its country.
fn named(store: &dyn Store) -> anyhow::Result<(String, String)> {
    let mut first = None;
    store.entries(Position(0), &mut |_, signed| {
        first = Some(signed);
        ControlFlow::Break(())
    })?;
    let entry = first.as_ref().and_then(|signed| signed.entry().ok());
    let payload = entry.and_then(|entry| serde_json::from_str::<Value>(entry.payload.get()).ok());
    let text = |field: &str| payload.as_ref().and_then(|p| p[field].as_str()).unwrap_or_default().to_owned();
    Ok((text("name"), text("country")))
}
