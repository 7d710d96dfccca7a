//! Which ring lies in which: points against rings, and holes into their shells.

use crate::grid::{Node, twice_area_wide};
use crate::region::Extent;

/// Where a node lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Inside,
    Border,
    Outside,
}

/// Where a node lies in the ground bounded by edges, by the parity of a ray to the east.
pub(crate) fn location(edges: impl IntoIterator<Item = [Node; 2]>, node: Node) -> Location {
    let mut inside = false;
    for [a, b] in edges {
        let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        if node[1] < low[1] || node[1] > high[1] {
            continue;
        }
        let side = twice_area_wide(low, high, node);
        if side == 0 && (a[0].min(b[0])..=a[0].max(b[0])).contains(&node[0]) {
            return Location::Border;
        }
        inside ^= node[1] < high[1] && side > 0;
    }
    if inside { Location::Inside } else { Location::Outside }
}

/// The edges of a closed ring.
pub(crate) fn edges(ring: &[Node]) -> impl Iterator<Item = [Node; 2]> + Clone {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| [*a, *b])
}

/// Twice the planar area, in square units; positive for an anticlockwise ring.
pub(crate) fn twice_area(ring: &[Node]) -> i128 {
    let Some(first) = ring.first() else { return 0 };
    edges(ring).map(|[a, b]| twice_area_wide(*first, a, b)).sum()
}

/// Rings that do not cross, gathered into polygons: each shell followed by its holes, in the order given.
pub(crate) fn polygons(rings: Vec<Vec<Node>>) -> Vec<Vec<Vec<Node>>> {
    if rings.len() == 1 {
        return vec![rings];
    }
    let (shells, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| twice_area(ring) > 0);
    let extents: Vec<Option<Extent>> = shells.iter().map(|shell| Extent::of(shell.iter().copied())).collect();
    let sizes: Vec<i128> = shells.iter().map(|shell| twice_area(shell)).collect();
    let mut polygons: Vec<Vec<Vec<Node>>> = shells.into_iter().map(|shell| vec![shell]).collect();
    for hole in holes {
        let around = (0..polygons.len())
            .filter(|i| extents[*i].is_some_and(|extent| extent.holds(hole[0])) && lies_in(&hole, &polygons[*i][0]))
            .min_by_key(|i| sizes[*i]);
        if let Some(shell) = around {
            polygons[shell].push(hole);
        }
    }
    polygons
}

/// Whether a ring lies within another that it does not cross; it may touch it.
fn lies_in(ring: &[Node], shell: &[Node]) -> bool {
    let doubled = |n: &Node| [2 * n[0], 2 * n[1]];
    let shell: Vec<Node> = shell.iter().map(doubled).collect();
    let corners = ring.iter().map(doubled);
    let middles = edges(ring).map(|[a, b]| [a[0] + b[0], a[1] + b[1]]);
    let decided = corners.chain(middles).map(|n| location(edges(&shell), n)).find(|l| *l != Location::Border);
    decided == Some(Location::Inside)
}
