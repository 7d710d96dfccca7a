//! The ledger: append, refuse or correct entries, and fold them into the state of the land.
//!
//! An entry is immutable ([`entry`]). The state is a function of the *set* of entries.
//! No IO, no clock, no randomness: instants and keys are arguments.

pub mod entry;

pub use entry::{Broken, Draft, Entry, EntryId, EntryKind, Signed, Writer};
