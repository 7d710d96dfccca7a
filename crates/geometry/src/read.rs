//! From a shape as given to ground, doubt falling towards hazard (ENGINE §1.4 of the design notes; DQ-01, DQ-02, DQ-05).
//!
//! Release = EvenOdd(shell) − ∪ NonZero(holes); hazard = NonZero(shell) − EvenOdd(holes). Where the two
//! readings differ, the difference is the doubt, which a person decides above a tolerance.

use crate::area::Area;
use crate::region::Region;
use crate::shape::Shape;

/// On which side doubt falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// At its smallest: a release.
    Smallest,
    /// At its largest: a hazard.
    Largest,
}

/// What is wrong, and where. Indexes count from 0 in the shape as given.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Which polygon of the multipolygon.
    pub polygon: usize,
    /// Which ring: 0 the shell, then holes.
    pub ring: usize,
    /// Which vertex (start of the edge, for crossings).
    pub vertex: usize,
    /// Position in degrees, as given or as computed.
    pub at: [f64; 2],
    /// What.
    pub kind: ProblemKind,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// NaN or infinite. Fatal: no reading.
    NotFinite,
    /// |latitude| > 90 or |longitude| > 180. Fatal. `swapped` when swapping the axes would cure it is for the caller to try.
    OutOfRange,
    /// The ring spans 180° or more (antimeridian). Fatal.
    SpansHalfTheGlobe,
    /// Fewer than three distinct vertices (DQ-02).
    TooFewVertices,
    /// Last position differs from the first; closed implicitly.
    NotClosed,
    /// Same position twice running (DQ-05).
    RepeatedVertex,
    /// Goes out and back on itself.
    Spike,
    /// Two edges cross (bow-tie), DQ-01.
    SelfIntersection,
    /// A ring touches itself or another at a point or along an edge so that the reading stays the same.
    Touches,
    /// A hole is outside its shell or crosses it.
    HoleOutsideShell,
    /// Two holes overlap.
    HolesOverlap,
    /// Two polygons of a multipolygon overlap (DQ-11).
    PolygonsOverlap,
    /// Polygon without rings or ring without positions.
    Empty,
}

impl ProblemKind {
    /// Whether no reading exists at all.
    pub fn is_fatal(self) -> bool {
        matches!(self, ProblemKind::NotFinite | ProblemKind::OutOfRange | ProblemKind::SpansHalfTheGlobe)
    }
}

/// How far the two readings are apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// The smallest reading.
    pub smallest: Area,
    /// The largest reading.
    pub largest: Area,
}

/// The answer of [`read`].
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The ground, by the reading asked for; empty if fatal.
    pub region: Region,
    /// Everything that is wrong, in order of position.
    pub problems: Vec<Problem>,
    /// Set when the two readings differ by more than nothing.
    pub doubt: Option<Doubt>,
}

/// Read an areal shape as ground. Total: every input has an answer. Non-areal shapes read as empty with `Empty`.
pub fn read(_shape: &Shape, _reading: Reading) -> Read {
    todo!()
}
