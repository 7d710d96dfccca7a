//! Shapefiles (ESRI 1998): bare `.shp` beside its `.dbf`, or one or more layers in a ZIP.
//!
//! Rings say by their winding what they are: clockwise is ground, anticlockwise a hole. A hole that lies
//! in no ground, and a single ring wound the wrong way, are read as ground and that is said.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use geometry::Shape;

use crate::Options;
use crate::archive;
use crate::format::Format;
use crate::formats::dbf::{Dbf, fill};
use crate::limits::{MAX_ROW_BYTES, MAX_VERTICES, shorten};
use crate::refused::Refused;
use crate::row::{Declared, Ground, Note, Progress, Row, RowSource};
use geodesy::crs::{CrsCode, code_of_wkt};

/// Rings of one polygon beyond which nobody sorts holes into shells.
const MAX_RINGS: usize = 10_000;

/// Rows of one shapefile or several.
pub(crate) struct Shapefile {
    layers: std::vec::IntoIter<Layer>,
    current: Option<Layer>,
    progress: Progress,
}

struct Layer {
    name: Option<String>,
    shapes: BufReader<File>,
    table: Dbf,
    crs: Declared,
    number: u64,
    has_shapes: bool,
}

/// The files of one layer.
struct Parts {
    shp: File,
    dbf: Option<File>,
    prj: Option<String>,
    cpg: Option<String>,
}

impl Shapefile {
    /// A `.shp` on disk, its companions beside it.
    pub(crate) fn open(path: &Path, options: &Options<'_>) -> Result<Shapefile, Refused> {
        let name = options.file_name.as_str();
        let beside = |extension: &str| sibling(path, extension);
        let read = |extension: &str| beside(extension).and_then(|path| read_short(File::open(path).ok()?));
        let parts = Parts {
            shp: File::open(path).map_err(|why| Refused::io(name, why))?,
            dbf: beside("dbf").and_then(|path| File::open(path).ok()),
            prj: read("prj"),
            cpg: read("cpg"),
        };
        Shapefile::of_layers(vec![layer(parts, None, options)?])
    }

    /// Every layer of a ZIP, or the one that the profile names.
    pub(crate) fn open_zip(path: &Path, options: &Options<'_>) -> Result<Shapefile, Refused> {
        let name = options.file_name.as_str();
        let mut zip = archive::open(path, name)?;
        let entries = archive::entries(&zip);
        let is_shp = |entry: &&String| entry.to_ascii_lowercase().ends_with(".shp") && !archive::is_hidden(entry);
        let stems: Vec<&str> = entries.iter().filter(is_shp).map(|entry| &entry[..entry.len() - 4]).collect();
        let base = |stem: &str| stem.rsplit('/').next().unwrap_or(stem).to_owned();
        let wanted = options.profile.and_then(|profile| profile.layer.as_ref());
        let chosen: Vec<&str> =
            stems.iter().copied().filter(|stem| wanted.is_none_or(|wanted| base(stem) == *wanted)).collect();
        if let (Some(wanted), true) = (wanted, chosen.is_empty()) {
            let has = stems.iter().map(|stem| base(stem)).collect::<Vec<_>>().join(", ");
            return Err(Refused::NotInFile { file: name.to_owned(), what: "layer", name: wanted.clone(), has });
        }
        let is_one_of_several = stems.len() > 1;
        let mut layers = Vec::new();
        for stem in chosen {
            let mut part = |extension: &str| -> Result<Option<File>, Refused> {
                let wanted = format!("{stem}.{extension}");
                let Some(entry) = entries.iter().find(|entry| entry.eq_ignore_ascii_case(&wanted)) else {
                    return Ok(None);
                };
                let mut file = tempfile::tempfile().map_err(|why| Refused::io(name, why))?;
                archive::unfold(&mut zip, entry, name, &mut file)?;
                file.rewind().map_err(|why| Refused::io(name, why))?;
                Ok(Some(file))
            };
            let missing = || Refused::PartMissing {
                file: name.to_owned(),
                part: format!("{stem}.shp"),
                hint: "pack all parts again".to_owned(),
            };
            let parts = Parts {
                shp: part("shp")?.ok_or_else(missing)?,
                dbf: part("dbf")?,
                prj: part("prj")?.and_then(read_short),
                cpg: part("cpg")?.and_then(read_short),
            };
            layers.push(layer(parts, is_one_of_several.then(|| base(stem)), options)?);
        }
        Shapefile::of_layers(layers)
    }

    fn of_layers(layers: Vec<Layer>) -> Result<Shapefile, Refused> {
        let total = layers.iter().map(|layer| layer.table.n_rows).sum();
        Ok(Shapefile { layers: layers.into_iter(), current: None, progress: Progress { done: 0, total } })
    }
}

impl RowSource for Shapefile {
    fn format(&self) -> Format {
        Format::Shapefile
    }

    fn next_row(&mut self) -> Option<Row> {
        loop {
            if self.current.is_none() {
                self.current = Some(self.layers.next()?);
            }
            if let Some(row) = self.current.as_mut().and_then(Layer::next_row) {
                self.progress.done += 1;
                return Some(row);
            }
            self.current = None;
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

/// The companion of a `.shp`, whatever the case of its extension.
fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    let cases = [extension.to_owned(), extension.to_ascii_uppercase()];
    cases.iter().map(|extension| path.with_extension(extension)).find(|path| path.is_file())
}

fn read_short(file: File) -> Option<String> {
    const LONGEST: u64 = 64 * 1024;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn layer(parts: Parts, name: Option<String>, options: &Options<'_>) -> Result<Layer, Refused> {
    let file = options.file_name.as_str();
    let dbf = parts.dbf.ok_or_else(|| Refused::PartMissing {
        file: file.to_owned(),
        part: "the attribute table (.dbf)".to_owned(),
        hint: "send the .shp, .shx, .dbf and .prj together, best in one ZIP".to_owned(),
    })?;
    let stated = options.profile.and_then(|profile| profile.encoding.as_deref()).or(parts.cpg.as_deref());
    let table = Dbf::open(dbf, stated, options.profile.is_none(), file)?;
    let mut shapes = BufReader::with_capacity(64 * 1024, parts.shp);
    let mut head = [0; 100];
    shapes
        .read_exact(&mut head)
        .map_err(|_| Refused::Truncated { file: file.to_owned(), why: "the .shp has no header".to_owned() })?;
    if head[..4] != [0, 0, 0x27, 0x0a] {
        return Err(Refused::broken(file, "shapefile", "the .shp does not begin as one", "export it again"));
    }
    let crs = match parts.prj.filter(|text| !text.is_empty()) {
        None => Declared::Nothing,
        Some(text) => match code_of_wkt(&text) {
            Some(code) if code == CrsCode::WGS_84 => Declared::ByStandard,
            Some(code) => Declared::Code(code),
            None => Declared::Unrecognised(shorten(&text)),
        },
    };
    Ok(Layer { name, shapes, table, crs, number: 0, has_shapes: true })
}

impl Layer {
    fn next_row(&mut self) -> Option<Row> {
        let ground = if self.has_shapes { self.next_shape() } else { None };
        let Some(read) = ground else {
            self.has_shapes = false;
            return self.attributes_alone();
        };
        self.number += 1;
        let mut row = Row::new(self.number);
        row.layer.clone_from(&self.name);
        row.crs = self.crs.clone();
        row.ground = read.ground;
        row.has_height = read.has_height;
        row.notes = read.notes;
        if read.is_last {
            self.has_shapes = false;
            self.table.n_rows = 0;
        } else {
            fill(&mut row, &mut self.table);
        }
        Some(row)
    }

    /// Rows of the table beyond the last shape.
    fn attributes_alone(&mut self) -> Option<Row> {
        if self.table.n_rows == 0 {
            return None;
        }
        self.number += 1;
        let mut row = Row::new(self.number);
        row.layer.clone_from(&self.name);
        fill(&mut row, &mut self.table);
        if row.properties.is_empty() {
            self.table.n_rows = 0;
        }
        Some(row)
    }

    fn next_shape(&mut self) -> Option<ReadShape> {
        let mut head = [0; 8];
        match read_fully(&mut self.shapes, &mut head) {
            0 => return None,
            8 => {}
            _ => return Some(ReadShape::broken_off("the file ends inside the header of a shape")),
        }
        let size = 2 * u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]]));
        if size > MAX_ROW_BYTES as u64 {
            return Some(ReadShape::broken_off(&format!(
                "a shape of {size} bytes; the limit is {MAX_ROW_BYTES}, or the file is damaged"
            )));
        }
        let mut content = Vec::new();
        let n = self.shapes.by_ref().take(size).read_to_end(&mut content).unwrap_or(0);
        if (n as u64) < size {
            return Some(ReadShape::broken_off("the file ends inside a shape"));
        }
        Some(shape(&content))
    }
}

fn read_fully(input: &mut impl Read, out: &mut [u8]) -> usize {
    let mut n = 0;
    while n < out.len() {
        match input.read(&mut out[n..]) {
            Ok(0) | Err(_) => break,
            Ok(more) => n += more,
        }
    }
    n
}

struct ReadShape {
    ground: Ground,
    has_height: bool,
    notes: Vec<Note>,
    is_last: bool,
}

impl ReadShape {
    fn of(ground: Ground) -> ReadShape {
        ReadShape { ground, has_height: false, notes: Vec::new(), is_last: false }
    }

    fn broken(why: impl Into<String>) -> ReadShape {
        ReadShape::of(Ground::Broken { text: String::new(), why: why.into() })
    }

    fn broken_off(why: &str) -> ReadShape {
        let note = Note::new("file_unreadable").with("at", "this shape").with("why", why);
        ReadShape { ground: Ground::Absent, has_height: false, notes: vec![note], is_last: true }
    }
}

/// Little-endian numbers out of a record, none beyond its end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn positions(&mut self, n: usize) -> Option<Vec<[f64; 2]>> {
        let number = |bytes: &[u8]| bytes.try_into().map(f64::from_le_bytes).unwrap_or(f64::NAN);
        let bytes = self.take(n.checked_mul(16)?)?;
        Some(bytes.chunks_exact(16).map(|pair| [number(&pair[..8]), number(&pair[8..])]).collect())
    }
}

fn shape(content: &[u8]) -> ReadShape {
    let mut bytes = Bytes(content);
    let Some(kind) = bytes.word() else { return ReadShape::broken("the record is empty") };
    let mut read = match kind % 10 {
        0 if kind == 0 => return ReadShape::of(Ground::Absent),
        1 if kind <= 21 => point(&mut bytes),
        3 if kind <= 23 => paths(&mut bytes).map(line),
        5 if kind <= 25 => paths(&mut bytes).map(polygon),
        8 if kind <= 28 => several(&mut bytes),
        _ => Some(ReadShape::broken(format!("shape type {kind} is not read"))),
    }
    .unwrap_or_else(|| ReadShape::broken("the record is shorter than it says"));
    read.has_height = kind > 10;
    read
}

fn of_shape(shape: Shape) -> ReadShape {
    ReadShape::of(Ground::Shape { shape, text: None })
}

fn point(bytes: &mut Bytes<'_>) -> Option<ReadShape> {
    bytes.positions(1).map(|positions| of_shape(Shape::Point(positions[0])))
}

fn several(bytes: &mut Bytes<'_>) -> Option<ReadShape> {
    bytes.take(32)?;
    let n = bytes.word()? as usize;
    bytes.positions(n).map(|positions| of_shape(Shape::MultiPoint(positions)))
}

fn paths(bytes: &mut Bytes<'_>) -> Option<Vec<Vec<[f64; 2]>>> {
    bytes.take(32)?;
    let (n_parts, n_points) = (bytes.word()? as usize, bytes.word()? as usize);
    let mut starts = Vec::new();
    for _ in 0..n_parts.min(bytes.0.len() / 4 + 1) {
        starts.push(bytes.word()? as usize);
    }
    let positions = bytes.positions(n_points)?;
    let ends = starts.iter().skip(1).copied().chain([n_points]);
    starts.iter().zip(ends).map(|(start, end)| positions.get(*start..end).map(<[_]>::to_vec)).collect()
}

fn line(mut parts: Vec<Vec<[f64; 2]>>) -> ReadShape {
    of_shape(if parts.len() == 1 { Shape::LineString(parts.remove(0)) } else { Shape::MultiLineString(parts) })
}

fn polygon(rings: Vec<Vec<[f64; 2]>>) -> ReadShape {
    if rings.len() > MAX_RINGS || rings.iter().map(Vec::len).sum::<usize>() > MAX_VERTICES {
        let why =
            format!("it has {} rings, the limit is {MAX_RINGS}, or more than {MAX_VERTICES} vertices", rings.len());
        return ReadShape::broken(why);
    }
    let (shells, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| turn(ring) <= 0.0);
    let mut notes = Vec::new();
    let mut polygons: Vec<Vec<Vec<[f64; 2]>>> = shells.into_iter().map(|shell| vec![shell]).collect();
    let n_shells = polygons.len();
    for hole in holes {
        match shell_of(&hole, &polygons[..n_shells]) {
            Some(at) => polygons[at].push(hole),
            None => {
                if notes.is_empty() {
                    notes.push(
                        Note::new("ring_wound_as_hole")
                            .about("geometry", format!("{:?}", hole.first().copied().unwrap_or_default())),
                    );
                }
                polygons.push(vec![hole]);
            }
        }
    }
    let shape = if polygons.len() == 1 { Shape::Polygon(polygons.remove(0)) } else { Shape::MultiPolygon(polygons) };
    ReadShape { notes, ..of_shape(shape) }
}

/// Twice the signed plane area: only its sign is used, above zero for anticlockwise.
fn turn(ring: &[[f64; 2]]) -> f64 {
    let Some([x0, y0]) = ring.first() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0)).sum()
}

/// The smallest shell around the first vertex of a hole.
fn shell_of(hole: &[[f64; 2]], polygons: &[Vec<Vec<[f64; 2]>>]) -> Option<usize> {
    let first = *hole.first()?;
    let around = polygons.iter().enumerate().filter(|(_, rings)| has_inside(&rings[0], first));
    around.min_by(|(_, a), (_, b)| turn(&a[0]).abs().total_cmp(&turn(&b[0]).abs())).map(|(at, _)| at)
}

fn has_inside(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let crosses = |pair: &&[[f64; 2]]| {
        let ([x1, y1], [x2, y2]) = (pair[0], pair[1]);
        (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}
