//! Records of a programme as a plan takes them: those that stand on a day, under the id they were first recorded with.

use ledger::{Day, Standing, State};
use records::{Record, RecordKind};

use crate::programme::Programme;

/// What is known of a programme on a day.
#[derive(Clone, Copy)]
pub struct Reports<'a> {
    pub programme: &'a Programme,
    pub state: &'a State,
    pub day: Day,
}

impl Reports<'_> {
    /// Whether a record is approved, not corrected, and about a day that has come.
    pub fn stands(&self, number: u32) -> bool {
        let index = self.programme.index();
        let known_at = self.state.known_at();
        let corrections = index.corrections(number, Standing::Approved, known_at);
        index.record(number).day <= self.day
            && index.standing(number, known_at) == Standing::Approved
            && !corrections.iter().any(|&s| index.record(s).day <= self.day)
    }

    /// Reported, approved or not, and not corrected by an approved record: what warns.
    pub fn warns(&self, number: u32) -> bool {
        let index = self.programme.index();
        let standing = |n: u32| index.standing(n, self.state.known_at());
        index.record(number).day <= self.day
            && standing(number) >= Standing::Proposed
            && index.corrections(number, Standing::Approved, self.state.known_at()).is_empty()
    }

    /// Every record of a kind that stands.
    pub fn standing(&self, kind: RecordKind) -> anyhow::Result<Vec<Record>> {
        let mut found = Vec::new();
        for (number, kept) in self.programme.index().records().filter(|(_, kept)| kept.kind == kind) {
            if self.stands(number) {
                found.extend(self.programme.record(kept.entry)?);
            }
        }
        Ok(found)
    }

    /// The local id under which a thing was first recorded: corrections have ids of their own.
    pub fn first_id(&self, kind: RecordKind, local_id: &str) -> String {
        let index = self.programme.index();
        let first = index.with_local_id(kind, local_id).first().map(|&number| index.record(index.root(number)));
        first.map_or_else(|| local_id.to_owned(), |first| first.local_id.to_string())
    }
}
