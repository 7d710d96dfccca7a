//! May this be built, may this family return, and if not, what is missing (DOMAIN §12).
//!
//! A gate is a list of rules. Each answers *pass*, *blocked*, *unknown* or *not asked*, with the records that
//! decide it. The gate passes only if every rule that was asked passes: unknown is never a pass.
//!
//! ```text
//! footprint ─► pieces of gate geometry (ledger) ─► GATE-1 … GATE-9 ─► Answer
//! ```
//!
//! Everything is judged on gate geometry (UNC-2): hazards grown and releases shrunk by their uncertainty,
//! proposed hazards and reopenings counted. So more uncertainty never opens a gate, and neither does a hazard.
//!
//! No IO, no clock: records are fetched through an argument, the day is an argument.

mod access;
mod answer;
mod books;
mod land;
mod policy;
mod returning;

pub use answer::{Answer, Because, Blocking, OnTheWay, Result, RuleAnswer};
pub use books::Books;
pub use land::{Footprint, Question, land, visit, without_ground};
pub use policy::Policy;
pub use returning::returning;
