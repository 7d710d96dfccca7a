//! What single records say, read once: entries never change, so what was read of one holds for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ledger::EntryId;
use records::Record;

use crate::programme::Programme;

use super::problem::Problem;

/// Records that were asked for, by entry.
#[derive(Default)]
pub struct Facts {
    kept: Mutex<HashMap<EntryId, Arc<Record>>>,
}

/// How many records are kept before all are forgotten: bounded memory, and most programmes never get there.
const MOST: usize = 50_000;

impl Facts {
    /// The record of an entry that is known to be one.
    pub fn of(&self, programme: &Programme, entry: EntryId) -> Result<Arc<Record>, Problem> {
        if let Some(record) = self.lock().get(&entry) {
            return Ok(record.clone());
        }
        let record = programme.record(entry)?.ok_or_else(|| Problem::unknown("record", &entry.to_string()))?;
        let record = Arc::new(record);
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(entry, record.clone());
        Ok(record)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<EntryId, Arc<Record>>> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
