//! The ledger: append, refuse or correct entries, and fold them into the state of the land.
//!
//! An entry is immutable ([`entry`]). What may become one is decided by one list of refusals ([`append`]).
//! The state ([`State`]) is a function of the *set* of entries ([`Index`]): for any day and any instant it
//! gives the class of every point, in two geometries that are never mixed, with the findings.
//!
//! ```text
//! Signed ─► Index ─► row (which boundaries hold) ─► fold (faces → spells) ─► figures, findings
//! ```
//!
//! No IO, no clock, no randomness: instants and keys are arguments.

pub mod append;
pub mod day;
pub mod entry;
pub mod figures;
pub mod findings;
pub mod fold;
pub mod grid;
pub mod index;
pub mod parameters;
pub mod row;
pub mod rules;
pub mod state;

pub use append::{Refusal, admit};
pub use day::Day;
pub use entry::{Broken, Draft, Entry, EntryId, EntryKind, Signed, Writer};
pub use figures::{Balance, BalanceRow, By, Figures, Flow, Footprint, Row, Totals};
pub use findings::{Finding, m2};
pub use fold::{Account, Class, End, Piece, Spell, Start};
pub use index::{Fact, Index, Inserted, Kept, Land, Remark, Said, Standing};
pub use parameters::Parameters;
pub use row::View;
pub use rules::{Case, Register};
pub use state::{State, Step, Touched};
