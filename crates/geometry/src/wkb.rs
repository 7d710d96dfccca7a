//! Well-known binary: OGC 06-103r4 §8.2, with the Z and M of ISO 13249-3 and the flags of PostGIS (EWKB).
//!
//! A count is believed only as far as the bytes that follow could hold it, so a hostile file cannot
//! ask for more memory than it has bytes.

use crate::shape::{DEEPEST_COLLECTION, Position, Shape, ShapeError};

const HAS_Z: u32 = 0x8000_0000;
const HAS_M: u32 = 0x4000_0000;
const HAS_SRID: u32 = 0x2000_0000;

/// Parse one geometry; bytes after it are refused.
pub(crate) fn read(bytes: &[u8]) -> Result<Shape, ShapeError> {
    let mut reader = Reader { bytes, at: 0 };
    let shape = reader.shape(0)?;
    if reader.at < bytes.len() { Err(reader.broken("the end was expected")) } else { Ok(shape) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What the head of a geometry says.
struct Head {
    is_little: bool,
    kind: u32,
    n_ordinates: usize,
}

impl Reader<'_> {
    fn broken(&self, why: &str) -> ShapeError {
        ShapeError::Wkb { at: self.at, why: why.to_owned() }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ShapeError> {
        let found = self.bytes[self.at..].first_chunk::<N>().copied();
        let found = found.ok_or_else(|| self.broken(&format!("{N} more bytes were expected")))?;
        self.at += N;
        Ok(found)
    }

    fn number(&mut self, is_little: bool) -> Result<u32, ShapeError> {
        let bytes = self.take()?;
        Ok(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn ordinate(&mut self, is_little: bool) -> Result<f64, ShapeError> {
        let bytes = self.take()?;
        Ok(if is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn head(&mut self) -> Result<Head, ShapeError> {
        let is_little = match self.take::<1>()?[0] {
            0 => false,
            1 => true,
            _ => return Err(self.broken("a byte order of 0 or 1 was expected")),
        };
        let code = self.number(is_little)?;
        if code & HAS_SRID != 0 {
            self.number(is_little)?;
        }
        let iso = code & !(HAS_Z | HAS_M | HAS_SRID);
        let has_z = code & HAS_Z != 0 || matches!(iso / 1000, 1 | 3);
        let has_m = code & HAS_M != 0 || matches!(iso / 1000, 2 | 3);
        if iso / 1000 > 3 {
            return Err(ShapeError::UnknownType(iso.to_string()));
        }
        Ok(Head { is_little, kind: iso % 1000, n_ordinates: 2 + usize::from(has_z) + usize::from(has_m) })
    }

    fn shape(&mut self, depth: usize) -> Result<Shape, ShapeError> {
        let head = self.head()?;
        Ok(match head.kind {
            1 => Shape::Point(self.position(&head)?),
            2 => Shape::LineString(self.path(&head)?),
            3 => Shape::Polygon(self.list(&head, 4, |reader| reader.path(&head))?),
            4 => Shape::MultiPoint(self.parts(&head, 1, |reader, head| reader.position(head))?),
            5 => Shape::MultiLineString(self.parts(&head, 2, |reader, head| reader.path(head))?),
            6 => Shape::MultiPolygon(
                self.parts(&head, 3, |reader, head| reader.list(head, 4, |reader| reader.path(head)))?,
            ),
            7 if depth < DEEPEST_COLLECTION => {
                Shape::Collection(self.list(&head, 9, |reader| reader.shape(depth + 1))?)
            }
            7 => return Err(self.broken("collections are nested too deep")),
            other => return Err(ShapeError::UnknownType(other.to_string())),
        })
    }

    fn position(&mut self, head: &Head) -> Result<Position, ShapeError> {
        let position = [self.ordinate(head.is_little)?, self.ordinate(head.is_little)?];
        for _ in 2..head.n_ordinates {
            self.ordinate(head.is_little)?;
        }
        Ok(position)
    }

    fn path(&mut self, head: &Head) -> Result<Vec<Position>, ShapeError> {
        self.list(head, 8 * head.n_ordinates, |reader| reader.position(head))
    }

    /// Parts that are geometries of their own, each with a head.
    fn parts<T>(
        &mut self,
        head: &Head,
        kind: u32,
        read: impl Fn(&mut Self, &Head) -> Result<T, ShapeError>,
    ) -> Result<Vec<T>, ShapeError> {
        self.list(head, 9, |reader| {
            let head = reader.head()?;
            if head.kind == kind {
                read(reader, &head)
            } else {
                Err(reader.broken("a part of another kind was expected"))
            }
        })
    }

    /// A count and so many elements, each of at least `size` bytes.
    fn list<T>(
        &mut self,
        head: &Head,
        size: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, ShapeError>,
    ) -> Result<Vec<T>, ShapeError> {
        let n = self.number(head.is_little)? as usize;
        // An element may be an empty point of no bytes nowhere, so this bound refuses nothing that is whole.
        if n > (self.bytes.len() - self.at) / size {
            return Err(self.broken(&format!("{n} elements were expected, more than there are bytes for")));
        }
        (0..n).map(|_| read(self)).collect()
    }
}

/// Little-endian, two ordinates.
pub(crate) fn write(shape: &Shape) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_shape(shape, &mut bytes);
    bytes
}

fn write_shape(shape: &Shape, bytes: &mut Vec<u8>) {
    match shape {
        Shape::Point(position) => {
            write_head(1, bytes);
            write_position(position, bytes);
        }
        Shape::LineString(path) => write_path(2, path, bytes),
        Shape::Polygon(rings) => write_polygon(rings, bytes),
        Shape::MultiPoint(positions) => {
            write_list(4, positions, bytes, |position, bytes| {
                write_head(1, bytes);
                write_position(position, bytes);
            });
        }
        Shape::MultiLineString(paths) => write_list(5, paths, bytes, |path, bytes| write_path(2, path, bytes)),
        Shape::MultiPolygon(polygons) => write_list(6, polygons, bytes, |rings, bytes| write_polygon(rings, bytes)),
        Shape::Collection(shapes) => write_list(7, shapes, bytes, write_shape),
    }
}

fn write_head(kind: u32, bytes: &mut Vec<u8>) {
    bytes.push(1);
    bytes.extend(kind.to_le_bytes());
}

fn write_list<T>(kind: u32, list: &[T], bytes: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    write_head(kind, bytes);
    write_all(list, bytes, write);
}

fn write_all<T>(list: &[T], bytes: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    bytes.extend((list.len() as u32).to_le_bytes());
    list.iter().for_each(|element| write(element, bytes));
}

fn write_position([x, y]: &Position, bytes: &mut Vec<u8>) {
    bytes.extend(x.to_le_bytes());
    bytes.extend(y.to_le_bytes());
}

fn write_path(kind: u32, path: &[Position], bytes: &mut Vec<u8>) {
    write_list(kind, path, bytes, write_position);
}

fn write_polygon(rings: &[Vec<Position>], bytes: &mut Vec<u8>) {
    write_list(3, rings, bytes, |ring, bytes| write_all(ring, bytes, write_position));
}
