//! Mapbox Vector Tile 2.1.

use geozero::mvt::tile::{self, GeomType};
use geozero::mvt::{Message, Tile as Written};
use hashbrown::HashMap;
use serde_json::Value;

use super::cut::{Cut, EXTENT, Piece, Trace};

/// The property that tells how many features a gathered point stands for.
pub const COUNT: &str = "count";

/// Layers of a tile as bytes; none if nothing is in any.
pub fn bytes(cuts: &[Cut<'_>]) -> Vec<u8> {
    tile(cuts).encode_to_vec()
}

/// Layers of a tile.
pub fn tile(cuts: &[Cut<'_>]) -> Written {
    Written { layers: cuts.iter().filter(|cut| !cut.is_empty()).map(layer).collect() }
}

fn layer(cut: &Cut<'_>) -> tile::Layer {
    let source = cut.source;
    let columns = source.columns();
    let mut table = Table::default();
    let mut features = Vec::with_capacity(cut.pieces.len() + cut.gathered.len());
    for (number, piece) in &cut.pieces {
        let tags = source.tags(*number).flat_map(|(column, value, text)| [column, table.value(value, text)]).collect();
        let (kind, geometry) = written(piece);
        features.push(feature(Some(source.id(*number)), tags, kind, geometry));
    }
    for (at, members) in &cut.gathered {
        // What all share is told, and how many they are.
        let first = source.tags(members[0]);
        let is_shared = |tag: &(u32, u32, &Value)| {
            members[1..].iter().all(|m| source.tags(*m).any(|t| (t.0, t.1) == (tag.0, tag.1)))
        };
        let mut tags: Vec<u32> =
            first.filter(is_shared).flat_map(|(column, value, text)| [column, table.value(value, text)]).collect();
        tags.extend([columns.len() as u32, table.count(members.len())]);
        let id = (members.len() == 1).then(|| source.id(members[0]));
        let (kind, geometry) = written(&Piece::Point(*at));
        features.push(feature(id, tags, kind, geometry));
    }
    tile::Layer {
        version: 2,
        name: source.name().to_owned(),
        features,
        keys: columns.iter().map(|column| column.0).chain([COUNT]).map(str::to_owned).collect(),
        values: table.values,
        extent: Some(EXTENT),
    }
}

fn feature(id: Option<u64>, tags: Vec<u32>, kind: GeomType, geometry: Vec<u32>) -> tile::Feature {
    tile::Feature { id, tags, r#type: Some(kind.into()), geometry }
}

/// The values that a tile uses, each once.
#[derive(Default)]
struct Table {
    values: Vec<tile::Value>,
    of_source: HashMap<u32, u32>,
    counts: HashMap<usize, u32>,
}

impl Table {
    fn value(&mut self, number: u32, value: &Value) -> u32 {
        let values = &mut self.values;
        *self.of_source.entry(number).or_insert_with(|| push(values, spelled(value)))
    }

    fn count(&mut self, count: usize) -> u32 {
        let values = &mut self.values;
        let value = tile::Value { uint_value: Some(count as u64), ..Default::default() };
        *self.counts.entry(count).or_insert_with(|| push(values, value))
    }
}

fn push(values: &mut Vec<tile::Value>, value: tile::Value) -> u32 {
    values.push(value);
    values.len() as u32 - 1
}

fn spelled(value: &Value) -> tile::Value {
    let mut spelled = tile::Value::default();
    match value {
        Value::Bool(flag) => spelled.bool_value = Some(*flag),
        Value::Number(number) if number.is_i64() => spelled.sint_value = number.as_i64(),
        Value::Number(number) => spelled.double_value = number.as_f64(),
        Value::String(text) => spelled.string_value = Some(text.clone()),
        other => spelled.string_value = Some(other.to_string()),
    }
    spelled
}

/// Command and how often (MVT 2.1, 4.3.1).
const fn command(id: u32, count: usize) -> u32 {
    id | (count as u32) << 3
}

const MOVE: u32 = 1;
const LINE: u32 = 2;
const CLOSE: u32 = 7;

fn written(piece: &Piece) -> (GeomType, Vec<u32>) {
    let mut pen = Pen::default();
    match piece {
        Piece::Point(at) => {
            pen.commands.push(command(MOVE, 1));
            pen.to(*at);
            (GeomType::Point, pen.commands)
        }
        Piece::Line(lines) => {
            lines.iter().for_each(|line| pen.line(line));
            (GeomType::Linestring, pen.commands)
        }
        Piece::Area(polygons) => {
            for ring in polygons.iter().flatten() {
                pen.line(ring);
                pen.commands.push(command(CLOSE, 1));
            }
            (GeomType::Polygon, pen.commands)
        }
    }
}

#[derive(Default)]
struct Pen {
    commands: Vec<u32>,
    at: [i32; 2],
}

impl Pen {
    fn to(&mut self, at: [i32; 2]) {
        let zigzag = |value: i32| ((value << 1) ^ (value >> 31)) as u32;
        self.commands.extend([zigzag(at[0] - self.at[0]), zigzag(at[1] - self.at[1])]);
        self.at = at;
    }

    fn line(&mut self, line: &Trace) {
        self.commands.reserve(2 * line.len() + 3);
        self.commands.push(command(MOVE, 1));
        self.to(line[0]);
        self.commands.push(command(LINE, line.len() - 1));
        line[1..].iter().for_each(|point| self.to(*point));
    }
}
