//! Geometry as GeoPackage keeps it: a header with an envelope, then well-known binary
//! (GeoPackage 1.3 §2.1.3, "StandardGeoPackageBinary").
//!
//! ```text
//!   'G' 'P'  version  flags  srs_id  [envelope: 0, 4, 6, 6 or 8 doubles]  WKB
//!                     |  bit 5    extended type: the rest is not WKB
//!                     |  bit 4    empty geometry
//!                     |  bits 3-1 which envelope
//!                     |  bit 0    little-endian header
//! ```

use std::borrow::Cow;

use geometry::Shape;

/// Everything we write is WGS 84, longitude first.
pub(crate) const WGS_84: i32 = 4326;

const LITTLE: u8 = 1;
const ENVELOPE_XY: u8 = 1 << 1;
const EMPTY: u8 = 1 << 4;
const EXTENDED: u8 = 1 << 5;

/// A shape in WGS 84 as a blob. Rings are closed, as WKB wants them.
pub(crate) fn encode(shape: &Shape) -> Vec<u8> {
    let bounds = shape.bounds();
    let wkb = closed(shape).to_wkb();
    let mut blob = Vec::with_capacity(40 + wkb.len());
    blob.extend(b"GP\0");
    blob.push(LITTLE | if bounds.is_some() { ENVELOPE_XY } else { EMPTY });
    blob.extend(WGS_84.to_le_bytes());
    if let Some([west, south, east, north]) = bounds {
        for ordinate in [west, east, south, north] {
            blob.extend(ordinate.to_le_bytes());
        }
    }
    blob.extend(wkb);
    blob
}

fn closed(shape: &Shape) -> Cow<'_, Shape> {
    let is_open = |ring: &Vec<[f64; 2]>| ring.first() != ring.last();
    if !shape.polygons().iter().flatten().any(is_open) {
        return Cow::Borrowed(shape);
    }
    let close = |rings: &[Vec<[f64; 2]>]| {
        let close = |ring: &Vec<[f64; 2]>| ring.iter().chain(ring.first().filter(|_| is_open(ring))).copied().collect();
        rings.iter().map(close).collect::<Vec<_>>()
    };
    Cow::Owned(match shape {
        Shape::Polygon(rings) => Shape::Polygon(close(rings)),
        _ => Shape::MultiPolygon(shape.polygons().iter().map(|rings| close(rings)).collect()),
    })
}

/// What stands in front of the well-known binary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Header {
    /// The geometry says it is empty.
    pub is_empty: bool,
    /// `[west, south, east, north]`, if given.
    pub bounds: Option<[f64; 4]>,
    /// Number of the coordinate reference system within its file.
    pub srs_id: i32,
    /// Where the well-known binary begins.
    pub n_bytes: usize,
}

/// The header of a blob, or what is wrong with it.
pub(crate) fn header(blob: &[u8]) -> Result<Header, &'static str> {
    let fixed = blob.first_chunk::<8>().ok_or("a geometry has at least 8 bytes")?;
    if fixed[..2] != *b"GP" {
        return Err("a geometry begins with GP");
    }
    if fixed[2] != 0 {
        return Err("the version of the geometry is unknown");
    }
    let flags = fixed[3];
    if flags & EXTENDED != 0 {
        return Err("the geometry is of an extended type, which only its own program can read");
    }
    let is_little = flags & LITTLE != 0;
    let srs_id = [fixed[4], fixed[5], fixed[6], fixed[7]];
    let n_doubles = match (flags >> 1) & 7 {
        0 => 0,
        1 => 4,
        2 | 3 => 6,
        4 => 8,
        _ => return Err("the envelope of the geometry is of an unknown kind"),
    };
    let n_bytes = 8 + 8 * n_doubles;
    let envelope = blob.get(8..n_bytes).ok_or("the envelope of the geometry is cut short")?;
    let ordinate = |at: usize| {
        let bytes = *envelope[8 * at..].first_chunk::<8>().expect("four doubles were counted");
        if is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    };
    let bounds = (n_doubles > 0).then(|| [ordinate(0), ordinate(2), ordinate(1), ordinate(3)]);
    Ok(Header {
        is_empty: flags & EMPTY != 0,
        bounds: bounds.filter(|b| b.iter().all(|ordinate| ordinate.is_finite())),
        srs_id: if is_little { i32::from_le_bytes(srs_id) } else { i32::from_be_bytes(srs_id) },
        n_bytes,
    })
}

/// The shape of a blob.
pub(crate) fn decode(blob: &[u8]) -> Result<Shape, String> {
    let header = header(blob)?;
    Shape::from_wkb(&blob[header.n_bytes..]).map_err(|e| e.to_string())
}

/// Whether the well-known binary carries heights and measures (ISO codes, or the flags of EWKB).
pub(crate) fn has_z_m(wkb: &[u8]) -> (bool, bool) {
    let Some(head) = wkb.first_chunk::<5>() else { return (false, false) };
    let code = [head[1], head[2], head[3], head[4]];
    let code = if head[0] == 0 { u32::from_be_bytes(code) } else { u32::from_le_bytes(code) };
    let iso = (code & 0x0fff_ffff) / 1000;
    (code & 0x8000_0000 != 0 || matches!(iso, 1 | 3), code & 0x4000_0000 != 0 || matches!(iso, 2 | 3))
}

/// Bounds of a blob, from its header or else from its positions; none when it is empty.
pub(crate) fn bounds(blob: &[u8]) -> Option<[f64; 4]> {
    let header = header(blob).ok()?;
    if header.is_empty {
        return None;
    }
    header.bounds.or_else(|| decode(blob).ok()?.bounds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Shape {
        Shape::Polygon(vec![vec![[46.0, 40.0], [46.5, 40.0], [46.5, 40.25], [46.0, 40.25]]])
    }

    #[test]
    fn a_ring_is_closed_and_the_envelope_stands_in_the_header() {
        let blob = encode(&square());
        let found = header(&blob).unwrap();
        assert_eq!(
            found,
            Header { is_empty: false, bounds: Some([46.0, 40.0, 46.5, 40.25]), srs_id: 4326, n_bytes: 40 }
        );
        let Shape::Polygon(rings) = decode(&blob).unwrap() else { panic!("a polygon was written") };
        assert_eq!(rings[0].len(), 5);
        assert_eq!(rings[0][0], rings[0][4]);
    }

    #[test]
    fn a_shape_without_a_position_is_flagged_as_empty() {
        let blob = encode(&Shape::MultiPolygon(vec![]));
        assert!(header(&blob).unwrap().is_empty);
        assert_eq!(bounds(&blob), None);
        assert_eq!(decode(&blob), Ok(Shape::MultiPolygon(vec![])));
    }

    #[test]
    fn a_hostile_blob_is_told_and_never_believed() {
        let blob = encode(&square());
        for cut in 0..blob.len() {
            assert!(decode(&blob[..cut]).is_err(), "{cut} bytes");
        }
        for at in 0..8 {
            for byte in 0..=255 {
                let mut changed = blob.clone();
                changed[at] = byte;
                let _ = decode(&changed);
                let _ = bounds(&changed);
            }
        }
    }
}
