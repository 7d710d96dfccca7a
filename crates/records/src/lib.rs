//! Every kind of record a recovery programme keeps, and the words it uses.
//!
//! A [`Record`] is what somebody reported: a kind, a local id, the day the information is about, fields,
//! ground and the text as it was entered. Which fields a kind has, their types, units and vocabularies,
//! stands in one table, [`dictionary`], so that forms, checks and documentation say the same.
//!
//! This crate judges single records. What records mean together is the work of `ledger`.

pub mod claim;
pub mod contradiction;
pub mod decimal;
pub mod dictionary;
pub mod edtf;
pub mod extent;
pub mod feature;
pub mod gazetteer;
pub mod issue;
pub mod kind;
pub mod land;
pub mod published;
pub mod reconcile;
pub mod record;
pub mod release;
pub mod rules;

pub use feature::Feature;
pub use issue::{Issue, Severity};
pub use kind::RecordKind;
pub use record::Record;
pub use rules::Rules;
