//! The front of every store: what can be kept, asked and rebuilt, without a word of SQL.
//!
//! One store holds one programme: its ledger, and beside it the layers of the map, derived from the ledger. Both
//! change in the same transaction, so nobody ever sees a map of another ledger.
//! The store judges nothing: hashes, signatures and rules are the ledger's work.

use std::ops::ControlFlow;
use std::path::Path;

use ledger::{EntryId, EntryKind, Signed};
use records::{Feature, RecordKind};

use crate::Failure;
use crate::field::{Arrival, Attachment, Draft, Form, Submission, SubmissionQuery};

/// Number of entries kept. It grows by one with each entry and says how far somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// One transaction: entries, and what follows from them.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// In order of arrival. An entry whose id is kept already is skipped.
    pub entries: Vec<Signed>,
    /// Changes of the layers.
    pub rows: Vec<RowChange>,
}

/// One row of a layer that is put, replaced or removed.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// Name of the layer.
    pub layer: &'static str,
    /// Id of the feature within its layer.
    pub id: String,
    /// What it is now; none when it is gone.
    pub feature: Option<Feature>,
}

/// The last entry of a writer's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Public key of the writer, hex.
    pub writer: String,
    /// Its highest number.
    pub seq: u64,
    /// The entry with that number; the one that arrived first, should the chain be forked.
    pub id: EntryId,
}

/// Which entries [`Store::search`] looks for. What is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// What the entry does.
    pub kind: Option<EntryKind>,
    /// Kind of record.
    pub record: Option<RecordKind>,
    /// The reporter's own id, exactly.
    pub local_id: Option<String>,
    /// Public key of the writer, hex.
    pub writer: Option<String>,
    /// First digits of the id of the entry.
    pub id_prefix: Option<String>,
    /// Text somewhere in the entry, in capitals or not.
    pub text: Option<String>,
    /// Only entries that arrived before this one: the last position of the page before.
    pub before: Option<Position>,
    /// At most so many.
    pub limit: usize,
}

/// One page of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<(Position, Signed)>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Where a programme is kept.
///
/// Whatever fails leaves the store as it was before the call.
pub trait Store: Send {
    /// How many entries are kept.
    fn position(&self) -> Result<Position, Failure>;

    /// Keep entries together with what follows from them. Durable when it returns.
    ///
    /// If the derived tables stood for all entries before, they now stand for all entries again. If they had
    /// fallen behind ([`Store::keep`]), they stay behind until [`Store::rebuild`].
    fn append(&mut self, batch: &Batch) -> Result<Position, Failure>;

    /// Keep entries alone. The derived tables fall behind until [`Store::rebuild`].
    fn keep(&mut self, entries: &[Signed]) -> Result<Position, Failure>;

    /// Entries in order of arrival, those after a position, as they stood when the call began.
    fn entries(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, Signed) -> ControlFlow<()>,
    ) -> Result<(), Failure>;

    /// The entry with this id.
    fn entry(&self, id: EntryId) -> Result<Option<(Position, Signed)>, Failure>;

    /// One page of the entries that answer a query.
    fn search(&self, query: &Query) -> Result<Found, Failure>;

    /// The head of each writer's chain, by writer.
    fn heads(&self) -> Result<Vec<Head>, Failure>;

    /// How many entries the layers stand for.
    fn derived_position(&self) -> Result<Position, Failure>;

    /// Replace all layers in one transaction, given as the name of a layer and a feature of it; they stand for the
    /// entries up to `at`.
    ///
    /// An error from the iterator ([`Failure::Interrupted`] for one) ends the work and leaves the old ones.
    fn rebuild(
        &mut self,
        at: Position,
        rows: &mut dyn Iterator<Item = Result<(&'static str, Feature), Failure>>,
    ) -> Result<(), Failure>;

    /// Features of a layer by id: those that touch `[west, south, east, north]`, those after an id.
    fn features(
        &self,
        layer: &str,
        bounds: Option<[f64; 4]>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Feature>, Failure>;

    /// Ask several questions of one moment, whatever others append meanwhile.
    fn snapshot(&self, ask: &mut dyn FnMut(&dyn Store) -> Result<(), Failure>) -> Result<(), Failure>;

    /// Keep what a phone sent. Durable when it returns; gives the number of the submission, 0 for a form.
    ///
    /// A form in a version that is kept already is a failure; a file that is kept already is skipped.
    fn receive(&mut self, arrival: &Arrival) -> Result<u64, Failure>;

    /// Every version of every form, in the order in which they came.
    fn forms(&self) -> Result<Vec<Form>, Failure>;

    /// Submissions that answer a query, the newest first.
    fn submissions(&self, query: &SubmissionQuery) -> Result<Vec<Submission>, Failure>;

    /// The files of a submission, in the order in which they came.
    fn attachments(&self, submission: u64) -> Result<Vec<Attachment>, Failure>;

    /// Bytes that a phone sent, by their SHA-256.
    fn field_file(&self, hash: &str) -> Result<Option<Vec<u8>>, Failure>;

    /// Drafts of a layer by id, or of all layers.
    fn drafts(&self, layer: Option<&str>) -> Result<Vec<Draft>, Failure>;

    /// Put a draft in the place of the one with its id. Durable when it returns.
    fn put_draft(&mut self, draft: &Draft) -> Result<(), Failure>;

    /// Take drafts away.
    fn remove_drafts(&mut self, ids: &[String]) -> Result<(), Failure>;

    /// What the store itself can find wrong: damage, gaps, columns that differ from the entry, missing guards.
    fn check(&self, each: &mut dyn FnMut(String)) -> Result<(), Failure>;

    /// Another connection to the same programme, for reading on another thread. Its ledger ends at a position, if
    /// one is given: entries are only ever added, so it is the ledger of that moment, for as long as it is wanted.
    fn reader(&self, until: Option<Position>) -> Result<Box<dyn Store>, Failure>;

    /// A consistent copy while others read and write, as a GeoPackage that is safe to copy. Never overwrites.
    fn backup(&self, to: &Path, progress: &mut dyn FnMut(f64)) -> Result<(), Failure>;

    /// Leave everything safe to copy.
    fn close(self: Box<Self>) -> Result<(), Failure>;
}
