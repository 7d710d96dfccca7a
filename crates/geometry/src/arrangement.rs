//! The one engine under every rule: a frame of ground cut into faces, each with a mask of the polygons that cover it.
//!
//! Because a mask says everything about what was recorded on a face, every rule is a function of it,
//! and totals for each of thousands of days cost as much as one.
//!
//! Only what can matter is looked at: edges that meet the box around the frame. Edges that pass
//! wholly south of the box only say which polygons begin or end below everything; the others say
//! nothing. So a border of a district of thousands of edges costs one scan.
//!
//! Three guards hold in release builds: splitting must end, covers must close at every node, and the
//! faces must sum to the frame. Where one fails, another engine (i_overlay) answers, and the arrangement says so.

use crate::area::{Area, Belt};
use crate::cover::{Bits, Cover, Covers, WideBits, Winding};
use crate::fallback;
use crate::grid::{Node, Number};
use crate::planar::{self, Border, Directed, Planar, Table};
use crate::region::{Extent, Region};
use crate::split::{Segment, Tangled};
use crate::sweep::{Step, Window};

/// Which polygons cover a face: bit `i` for the polygon at index `i`. Any width.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mask {
    low: u64,
    /// Bits from 64 on, without trailing zero words.
    high: Box<[u64]>,
}

impl Mask {
    /// Whether polygon `i` covers the face.
    pub fn contains(&self, i: usize) -> bool {
        match i.checked_sub(64) {
            None => self.low >> i & 1 == 1,
            Some(i) => self.high.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 == 1),
        }
    }

    /// Indexes of the covering polygons, rising.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        let words = std::iter::once(&self.low).chain(&self.high).enumerate();
        words.flat_map(|(at, word)| ones_of(*word).map(move |bit| at * 64 + bit))
    }

    /// Whether no polygon covers the face.
    pub fn is_empty(&self) -> bool {
        *self == Mask::default()
    }
}

impl FromIterator<usize> for Mask {
    fn from_iter<I: IntoIterator<Item = usize>>(indexes: I) -> Mask {
        let mut bits = WideBits::default();
        indexes.into_iter().for_each(|i| {
            if bits.0.get(i / 64).is_none_or(|word| word >> (i % 64) & 1 == 0) {
                bits.cross(i as u32, 1);
            }
        });
        Mask::of_words(&bits.0)
    }
}

impl Mask {
    fn of_words(words: &[u64]) -> Mask {
        let (low, high) = words.split_first().map_or((0, &[][..]), |(low, high)| (*low, high));
        let n = high.len() - high.iter().rev().take_while(|word| **word == 0).count();
        Mask { low, high: high[..n].into() }
    }
}

/// Set bits, rising.
fn ones_of(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// All ground inside the frame that is covered by exactly the same polygons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Which polygons cover it.
    pub mask: Mask,
    /// How much ground it is. A sliver thinner than the grid may read as a millionth of a m² on either side of zero.
    pub area: Area,
}

/// Reusable working memory; one per thread.
#[derive(Debug, Default)]
pub struct Engine {
    near: Table<i32>,
    far: Table<i64>,
    narrow: Covers<Bits>,
    wide: Covers<WideBits>,
}

impl Engine {
    /// Cut the frame by the polygons. Faces outside the frame are not reported; the frame itself has no bit.
    pub fn arrange(&mut self, frame: &Region, polygons: &[&Region]) -> Arrangement {
        let Some(extent) = frame.extent() else { return Arrangement::default() };
        let Engine { near, far, narrow, wide } = self;
        let layout = Layout { frame, polygons, extent };
        let found = if polygons.len() < Bits::BITS as usize {
            layout.arrange(near, far, narrow)
        } else {
            layout.arrange(near, far, wide)
        };
        match found {
            Ok(arrangement) if arrangement.fills(frame) => arrangement,
            _ => fallback::arrange(frame, polygons),
        }
    }
}

/// A frame cut into faces, one per distinct mask, ordered by mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrangement {
    faces: Vec<Face>,
    borders: Borders,
    /// Whether a guard failed and the other engine answered.
    pub fell_back: bool,
}

/// What separates faces.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Borders {
    /// Both sides of an edge are indexes of faces, or [`OUTSIDE`].
    Edges(Vec<Border>),
    /// From the other engine: the rings of each face.
    Contours(Vec<fallback::Contours>),
}

impl Default for Borders {
    fn default() -> Borders {
        Borders::Edges(Vec::new())
    }
}

const OUTSIDE: u32 = u32::MAX;

impl Arrangement {
    /// The faces; their areas sum to the area of the frame (guarded in release builds) but for what splitting its edges
    /// on the sub-grid moves: less than 10 µm times its perimeter, so the sum is the figure to book.
    pub fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// The ground of the faces for which `keep` holds.
    pub fn region(&self, keep: impl Fn(&Mask) -> bool) -> Region {
        let kept: Vec<bool> = self.faces.iter().map(|face| keep(&face.mask)).collect();
        match &self.borders {
            Borders::Edges(borders) => {
                let is_kept = |face: u32| face != OUTSIDE && kept[face as usize];
                planar::region(borders, is_kept)
            }
            Borders::Contours(contours) => {
                fallback::union(contours.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(contours, _)| contours))
            }
        }
    }

    pub(crate) fn of_contours(faces: Vec<(Mask, Area, fallback::Contours)>) -> Arrangement {
        let (faces, contours) = faces.into_iter().map(|(mask, area, rings)| (Face { mask, area }, rings)).unzip();
        Arrangement { faces, borders: Borders::Contours(contours), fell_back: true }
    }

    /// Whether the faces sum to the frame, within what rounding explains: an edge split in two is bent by up to
    /// 10 µm, so a frame with a long border may gain or lose that much along it.
    fn fills(&self, frame: &Region) -> bool {
        let sum: Area = self.faces.iter().map(|face| face.area).sum();
        let whole = frame.area();
        (sum - whole).m2().abs() <= 1e-3 + 1e-9 * whole.m2() + frame.rounding_m2()
    }
}

/// A frame and what is to cut it.
struct Layout<'a> {
    frame: &'a Region,
    polygons: &'a [&'a Region],
    extent: Extent,
}

/// A kind of cover that can be read as a mask.
trait AsMask: Cover {
    /// The mask without the bit of the frame; `None` outside the frame.
    fn mask(&self, frame: u32) -> Option<Mask>;
}

impl AsMask for Bits {
    fn mask(&self, frame: u32) -> Option<Mask> {
        (self >> frame & 1 == 1).then(|| Mask { low: self & !(1 << frame), high: Box::default() })
    }
}

impl AsMask for WideBits {
    fn mask(&self, frame: u32) -> Option<Mask> {
        let mut bits = self.clone();
        let inside = bits.0.get(frame as usize / 64).is_some_and(|word| word >> (frame % 64) & 1 == 1);
        inside.then(|| {
            bits.cross(frame, 1);
            Mask::of_words(&bits.0)
        })
    }
}

impl Layout<'_> {
    fn arrange<C: AsMask>(
        &self,
        near: &mut Table<i32>,
        far: &mut Table<i64>,
        covers: &mut Covers<C>,
    ) -> Result<Arrangement, Tangled> {
        match self.lay_out(near) {
            Some(window) => self.resolve(near, &window, covers),
            None => {
                let window = self.lay_out(far).ok_or(Tangled)?;
                self.resolve(far, &window, covers)
            }
        }
    }

    /// The bit of the frame comes after those of the polygons.
    fn frame_tag(&self) -> u32 {
        self.polygons.len() as u32
    }

    /// Put what matters on the table, relative to the middle of the frame; `None` if a coordinate does not fit.
    fn lay_out<N: Number>(&self, table: &mut Table<N>) -> Option<Window<N>> {
        table.segments.clear();
        table.steps.clear();
        let origin = self.extent.middle();
        let local = |[x, y]: Node| Some([N::narrow(x - origin[0])?, N::narrow(y - origin[1])?]);
        let [west, south] = local([self.extent.west, self.extent.south])?;
        let [east, north] = local([self.extent.east, self.extent.north])?;
        let mut fits = true;
        let Table { segments, steps, .. } = table;
        let near =
            self.polygons.iter().zip(0..).filter(|(region, _)| region.extent().is_some_and(|e| e.meets(&self.extent)));
        for (region, tag) in near.chain(std::iter::once((&self.frame, self.frame_tag()))) {
            region.for_each_edge(|a, b| {
                let Extent { west, south, east, north } = self.extent;
                if a[0].max(b[0]) < west || a[0].min(b[0]) > east || a[1].min(b[1]) > north {
                    return;
                }
                if a[1].max(b[1]) < south {
                    let (start, end, up) = if a[0] < b[0] { (a[0], b[0], 1) } else { (b[0], a[0], -1) };
                    let local = |x: i64| N::narrow(x.clamp(west, east + 1) - origin[0]);
                    match (local(start), local(end)) {
                        (Some(start), Some(end)) => {
                            steps.extend([Step { x: start, tag, up }, Step { x: end, tag, up: -up }]);
                        }
                        _ => fits = false,
                    }
                    return;
                }
                match (local(a), local(b)) {
                    (Some(a), Some(b)) => segments.extend(Segment::directed(a, b, tag, 1)),
                    _ => fits = false,
                }
            });
        }
        fits.then_some(Window { west, south, east, north })
    }

    fn resolve<N: Number, C: AsMask>(
        &self,
        table: &mut Table<N>,
        window: &Window<N>,
        covers: &mut Covers<C>,
    ) -> Result<Arrangement, Tangled> {
        let edges = table.resolve(window, covers)?;
        let masks: Vec<Option<Mask>> = (0..covers.len()).map(|c| covers.get(c as u32).mask(self.frame_tag())).collect();
        let mut order: Vec<u32> = (0..masks.len() as u32).filter(|c| masks[*c as usize].is_some()).collect();
        order.sort_unstable_by_key(|c| &masks[*c as usize]);
        let mut face_of = vec![OUTSIDE; masks.len()];
        order.iter().zip(0..).for_each(|(cover, face)| face_of[*cover as usize] = face);

        let belt = Belt::between(self.extent.south, self.extent.north);
        let origin = self.extent.middle();
        let above_middle = origin[1] - belt.middle();
        let mut units = vec![0_i128; order.len()];
        let mut borders = Vec::with_capacity(edges.len());
        for edge in edges {
            let side = |cover: u32| face_of.get(cover as usize).copied().unwrap_or(OUTSIDE);
            let (below, above) = (side(edge.below), side(edge.above));
            if below == above {
                continue;
            }
            let ([ax, ay], [bx, by]) = (edge.a.map(N::wide), edge.b.map(N::wide));
            let under = belt.under(bx - ax, ay + above_middle, by + above_middle);
            if below != OUTSIDE {
                units[below as usize] += under;
            }
            if above != OUTSIDE {
                units[above as usize] -= under;
            }
            borders.push(Border {
                a: [ax + origin[0], ay + origin[1]],
                b: [bx + origin[0], by + origin[1]],
                below,
                above,
            });
        }
        let mut masks = masks;
        let face = |(cover, units): (&u32, &i128)| {
            let mask = masks[*cover as usize].take().unwrap_or_default();
            Face { mask, area: Area::from_units(*units) }
        };
        let faces = order.iter().zip(&units).map(face).collect();
        Ok(Arrangement { faces, borders: Borders::Edges(borders), fell_back: false })
    }
}

/// Ground covered by any of the regions.
pub fn union(regions: &[&Region]) -> Region {
    let edges: Vec<[Node; 2]> = regions.iter().flat_map(|region| region.edges()).collect();
    match Planar::<Winding>::of(edges.iter().map(|[a, b]| Directed { a: *a, b: *b, tag: 0 })) {
        Ok(planar) => planar.region(|winding| *winding > 0),
        Err(Tangled) => fallback::union(&regions.iter().map(|region| region.rings()).collect::<Vec<_>>()),
    }
}

/// Ground of `a` that is not in `b`.
pub fn difference(a: &Region, b: &Region) -> Region {
    Engine::default().arrange(a, &[b]).region(Mask::is_empty)
}

/// Ground in both.
pub fn intersection(a: &Region, b: &Region) -> Region {
    Engine::default().arrange(a, &[b]).region(|mask| mask.contains(0))
}
