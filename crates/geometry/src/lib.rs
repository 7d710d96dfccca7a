//! Areas, overlays and buffers of ground on the WGS 84 ellipsoid.
//!
//! Knows nothing of mines. Every rule above it is a function of the faces of one arrangement
//! ([`arrangement`]), every area comes from one function ([`area`]), and every polygon that enters
//! is read by one rule that lets doubt fall on the side of hazard ([`read`]).
//!
//! Edges are straight in longitude/latitude (RFC 7946 §3.1.1, OGC Simple Features). Coordinates live
//! on a fixed grid of 1e-9 degree, so the same input gives the same bytes on every machine.
//!
//! No IO, no clock, no randomness; no answer depends on the order in which polygons are given.

pub mod area;
pub mod arrangement;
pub mod offset;
pub mod path;
pub mod read;
pub mod region;
pub mod shape;

mod cover;
mod ends;
mod fallback;
mod faults;
mod geojson;
mod grid;
mod nesting;
mod planar;
mod rings;
mod simple;
mod split;
mod status;
mod sweep;
mod trace;
mod wkb;
mod wkt;

pub use area::Area;
pub use arrangement::{Arrangement, Face, Faces, Mask, arrange, faces};
pub use read::{Doubt, Problem, ProblemKind, Read, Reading};
pub use region::{Point, Region};
pub use shape::{Shape, ShapeError};
