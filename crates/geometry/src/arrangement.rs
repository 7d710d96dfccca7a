//! The one engine under every rule: faces with a mask of the polygons that cover them (ENGINE §1.2 of the design notes).

use crate::area::Area;
use crate::region::Region;

/// Which polygons cover a face: bit `i` for the polygon at index `i`. Any width.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mask {
    // H1 chooses the representation
}

impl Mask {
    /// Whether polygon `i` covers the face.
    pub fn contains(&self, _i: usize) -> bool {
        todo!()
    }
    /// Indexes of the covering polygons, rising.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::empty()
    }
}

/// All ground inside the frame that is covered by exactly the same polygons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Which polygons cover it.
    pub mask: Mask,
    /// How much ground it is.
    pub area: Area,
}

/// Reusable working memory; one per thread.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// Cut the frame by the polygons. Faces outside the frame are not reported; the frame itself has no bit.
    pub fn arrange(&mut self, _frame: &Region, _polygons: &[&Region]) -> Arrangement {
        todo!()
    }
}

/// A frame cut into faces, one per distinct mask, ordered by mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {}

impl Arrangement {
    /// The faces; their areas sum to the area of the frame (guarded in release builds).
    pub fn faces(&self) -> &[Face] {
        todo!()
    }

    /// The ground of the faces for which `keep` holds.
    pub fn region(&self, _keep: impl Fn(&Mask) -> bool) -> Region {
        todo!()
    }
}

/// Ground covered by any of the regions.
pub fn union(_regions: &[&Region]) -> Region {
    todo!()
}

/// Ground of `a` that is not in `b`.
pub fn difference(_a: &Region, _b: &Region) -> Region {
    todo!()
}

/// Ground in both.
pub fn intersection(_a: &Region, _b: &Region) -> Region {
    todo!()
}
