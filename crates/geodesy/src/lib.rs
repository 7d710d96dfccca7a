//! Where a place written down in the field is, and how well that is known (DOMAIN §5).
//!
//! Coordinates, bearings and legs come in as they were written; longitude and latitude on WGS 84 come out, with
//! the operation that was used, its accuracy and what was found doubtful on the way. What can mean two things is
//! an error or a hypothesis, never a guess.
//!
//! ```text
//!   text ─► text, mgrs ─┐
//!   numbers ────────────┴─► crs: which system, which operation ─► longitude, latitude, accuracy
//!   bearings and distances ─► angle, magnetic ─► traverse ─► points, closure, ring
//! ```
//!
//! No IO, no clock: the day of a bearing is an argument.

pub mod accuracy;
pub mod angle;
pub mod crs;
mod datum;
pub mod grid;
pub mod magnetic;
pub mod mgrs;
pub mod place;
mod projection;
pub mod slips;
mod table;
pub mod terrain;
pub mod text;
pub mod traverse;

pub use crs::CrsCode;

/// WGS 84: semi-major axis, metres.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// WGS 84: first eccentricity squared.
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_316;
