//! Teams, crews, budget and seasons into dates.
//!
//! A [`Problem`] says what has to be cleared and built, who can do it, when the ground is open and who waits to return.
//! [`Problem::validate`] names its faults; [`first`] gives a schedule at once, [`improve`] a better one with time, and
//! [`bound`] says what no schedule can beat. [`check`] is written apart from all of them and trusts none.
//!
//! No IO, no clock, no dice but seeded ones: the same problem, seed and effort give the same schedule, byte for byte.

mod because;
mod bound;
mod check;
mod decode;
mod dice;
mod document;
pub mod inspection;
mod keeping;
pub mod priority;
mod problem;
pub mod productivity;
pub mod rcpsp;
pub mod read;
mod replan;
#[cfg(test)]
mod scene;
mod schedule;
mod search;
mod season;
mod unscheduled;
mod weeks;

pub use because::{Because, Cause, Step, WeeksByCause};
pub use bound::{Bound, bound};
pub use check::{Violation, check};
pub use decode::Sequence;
pub use dice::Dice;
pub use document::{Days, Gate, Plan, Return, Status, Task, Unscheduled};
pub use keeping::{Range, Ranges, Worth, ranges, worth};
pub use problem::*;
pub use replan::{Replanned, Stability, replan};
pub use schedule::{Objective, Schedule};
pub use search::{Effort, Found, Progress, Turn, first, improve, recall, turns};
pub use unscheduled::{Why, impossible, unscheduled};
pub use weeks::Weeks;
