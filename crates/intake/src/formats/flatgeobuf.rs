//! FlatGeobuf 3: features one after the other. The spatial index is passed over; every buffer is verified
//! before it is read, and no length is believed beyond the end of the file.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flatgeobuf::{ColumnType, Geometry, GeometryType, size_prefixed_root_as_feature, size_prefixed_root_as_header};
use geometry::Shape;
use serde_json::{Map, Value};

use crate::format::Format;
use crate::limits::{MAX_ROW_BYTES, MAX_VERTICES, shorten};
use crate::refused::Refused;
use crate::row::{Declared, Ground, Note, Progress, Row, RowSource};
use geodesy::crs::{CrsCode, code_of_wkt};

/// Magic bytes, then the header.
const MAGIC: u64 = 8;
/// A node of the index: a box and an offset.
const NODE: u64 = 40;
const LARGEST_HEADER: u64 = 10 * 1024 * 1024;

/// Rows of a FlatGeobuf file.
pub(crate) struct FlatGeobuf {
    input: BufReader<File>,
    columns: Vec<(String, ColumnType)>,
    geometry_type: GeometryType,
    has_height: bool,
    crs: Declared,
    number: u64,
    n_promised: u64,
    done: u64,
    total: u64,
    is_over: bool,
}

impl FlatGeobuf {
    pub(crate) fn open(path: &Path, name: &str) -> Result<FlatGeobuf, Refused> {
        let io = |why| Refused::io(name, why);
        let broken = |why: &str| Refused::broken(name, "FlatGeobuf", why, "export it again");
        let file = File::open(path).map_err(io)?;
        let total = file.metadata().map_err(io)?.len();
        let mut input = BufReader::with_capacity(64 * 1024, file);
        input.seek(SeekFrom::Start(MAGIC)).map_err(io)?;
        let limit = LARGEST_HEADER.min(total.saturating_sub(MAGIC));
        let buffer = sized(&mut input, limit).map_err(|why| match why {
            Size::Beyond(_) => broken("its header is larger than the file"),
            Size::End => Refused::Truncated { file: name.to_owned(), why: "it has no header".to_owned() },
            Size::Io(why) => Refused::io(name, why),
        })?;
        let header = size_prefixed_root_as_header(&buffer).map_err(|why| broken(&why.to_string()))?;
        let columns =
            header.columns().map(|columns| columns.iter().map(|c| (c.name().to_owned(), c.type_())).collect());
        let n_promised = header.features_count();
        let index =
            index_size(n_promised, header.index_node_size()).filter(|size| MAGIC + buffer.len() as u64 + size <= total);
        let index = index
            .ok_or_else(|| Refused::Truncated { file: name.to_owned(), why: "it ends inside its index".to_owned() })?;
        let start = MAGIC + buffer.len() as u64 + index;
        input.seek(SeekFrom::Start(start)).map_err(io)?;
        Ok(FlatGeobuf {
            columns: columns.unwrap_or_default(),
            geometry_type: header.geometry_type(),
            has_height: header.has_z() || header.has_m(),
            crs: declared(&header),
            input,
            number: 0,
            n_promised,
            done: start,
            total,
            is_over: false,
        })
    }

    fn row_of(&mut self, buffer: &[u8]) -> Row {
        self.number += 1;
        self.done += buffer.len() as u64;
        let mut row = Row::new(self.number);
        row.crs = self.crs.clone();
        let feature = match size_prefixed_root_as_feature(buffer) {
            Ok(feature) => feature,
            Err(why) => {
                row.notes.push(Note::new("feature_damaged").with("why", why));
                return row;
            }
        };
        let own: Option<Vec<(String, ColumnType)>> =
            feature.columns().map(|columns| columns.iter().map(|c| (c.name().to_owned(), c.type_())).collect());
        let columns = own.as_ref().unwrap_or(&self.columns);
        if let Some(bytes) = feature.properties()
            && properties(bytes.bytes(), columns, &mut row.properties).is_none()
        {
            row.notes.push(Note::new("feature_damaged").with("why", "its properties do not fit its columns"));
        }
        if let Some(geometry) = feature.geometry() {
            let kind = if self.geometry_type == GeometryType::Unknown { geometry.type_() } else { self.geometry_type };
            row.has_height = self.has_height;
            row.ground = match shape(&geometry, kind, 0) {
                Ok(shape) => Ground::Shape { shape, text: None },
                Err(why) => Ground::Broken { text: String::new(), why },
            };
        }
        row
    }
}

impl RowSource for FlatGeobuf {
    fn format(&self) -> Format {
        Format::FlatGeobuf
    }

    fn next_row(&mut self) -> Option<Row> {
        if self.is_over {
            return None;
        }
        let limit = self.total.saturating_sub(self.done);
        let why = match sized(&mut self.input, limit.min(MAX_ROW_BYTES as u64)) {
            Ok(buffer) => return Some(self.row_of(&buffer)),
            // A count of zero means that the writer did not know it.
            Err(Size::End) if limit == 0 && (self.n_promised == 0 || self.number >= self.n_promised) => {
                self.is_over = true;
                return None;
            }
            Err(Size::End) => format!("the file ends after {} of {} features", self.number, self.n_promised),
            Err(Size::Beyond(size)) => {
                format!("a feature of {size} bytes; the limit is {MAX_ROW_BYTES}, or the file is cut off or damaged")
            }
            Err(Size::Io(why)) => why.to_string(),
        };
        self.is_over = true;
        let note = Note::new("file_unreadable").with("at", format!("byte {}", self.done)).with("why", why);
        Some(Row::of_note(self.number + 1, note))
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.total }
    }
}

enum Size {
    End,
    Beyond(u64),
    Io(std::io::Error),
}

/// A buffer with its size in front, both kept.
fn sized(input: &mut impl Read, limit: u64) -> Result<Vec<u8>, Size> {
    let mut buffer = Vec::new();
    let n = input.by_ref().take(4).read_to_end(&mut buffer).map_err(Size::Io)?;
    let Ok(prefix) = <[u8; 4]>::try_from(&buffer[..n]) else { return Err(Size::End) };
    let size = u64::from(u32::from_le_bytes(prefix));
    if size + 4 > limit {
        return Err(Size::Beyond(size));
    }
    let n = input.by_ref().take(size).read_to_end(&mut buffer).map_err(Size::Io)?;
    if (n as u64) < size { Err(Size::End) } else { Ok(buffer) }
}

/// Bytes of the packed R-tree; `None` if no file could hold it.
fn index_size(n_features: u64, node_size: u16) -> Option<u64> {
    if n_features == 0 || node_size < 2 {
        return Some(0);
    }
    let (mut n, mut nodes) = (n_features, n_features);
    // A tree of one feature has a root, too.
    loop {
        n = n.div_ceil(u64::from(node_size));
        nodes = nodes.checked_add(n)?;
        if n == 1 {
            break;
        }
    }
    nodes.checked_mul(NODE)
}

fn declared(header: &flatgeobuf::Header<'_>) -> Declared {
    let Some(crs) = header.crs() else { return Declared::Nothing };
    let is_epsg = crs.org().is_none_or(|org| org.eq_ignore_ascii_case("EPSG"));
    let code = u32::try_from(crs.code()).ok().filter(|code| is_epsg && *code != 0).map(CrsCode);
    match code.or_else(|| code_of_wkt(crs.wkt()?)) {
        Some(CrsCode::WGS_84) => Declared::ByStandard,
        Some(code) => Declared::Code(code),
        None => match crs.wkt().or(crs.name()).or(crs.code_string()) {
            Some(text) => Declared::Unrecognised(shorten(text)),
            None => Declared::Nothing,
        },
    }
}

/// Column by column; `None` where the bytes run out.
fn properties(mut bytes: &[u8], columns: &[(String, ColumnType)], out: &mut Map<String, Value>) -> Option<()> {
    fn take<'b>(bytes: &mut &'b [u8], n: usize) -> Option<&'b [u8]> {
        let (head, rest) = bytes.split_at_checked(n)?;
        *bytes = rest;
        Some(head)
    }
    fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        take(bytes, N)?.try_into().ok()
    }
    while !bytes.is_empty() {
        let column = usize::from(u16::from_le_bytes(number(&mut bytes)?));
        let (name, kind) = columns.get(column)?;
        let value = match *kind {
            ColumnType::Byte => Value::from(i8::from_le_bytes(number(&mut bytes)?)),
            ColumnType::UByte => Value::from(u8::from_le_bytes(number(&mut bytes)?)),
            ColumnType::Bool => Value::from(number::<1>(&mut bytes)?[0] != 0),
            ColumnType::Short => Value::from(i16::from_le_bytes(number(&mut bytes)?)),
            ColumnType::UShort => Value::from(u16::from_le_bytes(number(&mut bytes)?)),
            ColumnType::Int => Value::from(i32::from_le_bytes(number(&mut bytes)?)),
            ColumnType::UInt => Value::from(u32::from_le_bytes(number(&mut bytes)?)),
            ColumnType::Long => Value::from(i64::from_le_bytes(number(&mut bytes)?)),
            ColumnType::ULong => Value::from(u64::from_le_bytes(number(&mut bytes)?)),
            ColumnType::Float => Value::from(f32::from_le_bytes(number(&mut bytes)?)),
            ColumnType::Double => Value::from(f64::from_le_bytes(number(&mut bytes)?)),
            ColumnType::String | ColumnType::DateTime | ColumnType::Json => {
                let size = u32::from_le_bytes(number(&mut bytes)?) as usize;
                Value::String(String::from_utf8_lossy(take(&mut bytes, size)?).into_owned())
            }
            ColumnType::Binary => {
                let size = u32::from_le_bytes(number(&mut bytes)?) as usize;
                Value::String(format!("{} bytes", take(&mut bytes, size)?.len()))
            }
            _ => return None,
        };
        out.insert(name.clone(), value);
    }
    Some(())
}

fn shape(geometry: &Geometry<'_>, kind: GeometryType, depth: usize) -> Result<Shape, String> {
    const MAX_DEPTH: usize = 8;
    if depth > MAX_DEPTH {
        return Err("geometries lie too deep in each other".to_owned());
    }
    let n = geometry.xy().map_or(0, |xy| xy.len() / 2);
    if n > MAX_VERTICES {
        return Err(format!("it has {n} vertices, the limit is {MAX_VERTICES}"));
    }
    let each = |kind: GeometryType| -> Result<Vec<Shape>, String> {
        let parts = geometry.parts().map(|parts| parts.iter().collect::<Vec<_>>()).unwrap_or_default();
        let kind_of = |part: &Geometry<'_>| if kind == GeometryType::Unknown { part.type_() } else { kind };
        parts.iter().map(|part| shape(part, kind_of(part), depth + 1)).collect()
    };
    Ok(match kind {
        GeometryType::Point => Shape::Point(*positions(geometry).first().ok_or("it has no position")?),
        GeometryType::MultiPoint => Shape::MultiPoint(positions(geometry)),
        GeometryType::LineString => Shape::LineString(positions(geometry)),
        GeometryType::MultiLineString => Shape::MultiLineString(paths(geometry)?),
        GeometryType::Polygon => Shape::Polygon(paths(geometry)?),
        GeometryType::MultiPolygon => {
            Shape::MultiPolygon(each(GeometryType::Polygon)?.iter().flat_map(|part| part.polygons().to_vec()).collect())
        }
        GeometryType::GeometryCollection => Shape::Collection(each(GeometryType::Unknown)?),
        other => {
            return Err(format!("geometries of the kind {} are not read", other.variant_name().unwrap_or("unknown")));
        }
    })
}

fn positions(geometry: &Geometry<'_>) -> Vec<[f64; 2]> {
    let numbers: Vec<f64> = geometry.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
    numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Positions cut where `ends` says; without it there is one path.
fn paths(geometry: &Geometry<'_>) -> Result<Vec<Vec<[f64; 2]>>, String> {
    let positions = positions(geometry);
    let Some(ends) = geometry.ends().filter(|ends| !ends.is_empty()) else { return Ok(vec![positions]) };
    let mut start = 0;
    ends.iter()
        .map(|end| {
            let path = positions.get(start..end as usize).map(<[_]>::to_vec);
            start = end as usize;
            path.ok_or_else(|| "its rings end beyond its positions".to_owned())
        })
        .collect()
}
