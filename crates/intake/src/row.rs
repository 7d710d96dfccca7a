//! One row of a file as it was read, before anybody judges it, and the trait of all that give rows.

use geometry::Shape;
use serde_json::{Map, Value};

use crate::format::Format;
use geodesy::CrsCode;
use geodesy::place::Notation;

/// One feature, placemark, waypoint or line of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As a person counts: features from 1, lines of a table as the sheet numbers them, the header included.
    pub number: u64,
    /// Table, folder or sheet, where a file has several.
    pub layer: Option<String>,
    /// Named values, in the order of the file.
    pub properties: Map<String, Value>,
    /// Its ground.
    pub ground: Ground,
    /// The grounds of all rows that were joined to this one, as well-known text; empty if none were.
    pub parts: Vec<String>,
    /// In which coordinates the ground is given.
    pub crs: Declared,
    /// Metres that the notation of its positions leaves open: the side of a grid square, one unit of the last digit.
    pub resolution_m: f64,
    /// Whether heights or measures were given; they are not kept (DQ-34).
    pub has_height: bool,
    /// What the reader itself found wrong.
    pub notes: Vec<Note>,
}

impl Row {
    /// A row without properties, ground or notes.
    pub fn new(number: u64) -> Row {
        Row {
            number,
            layer: None,
            properties: Map::new(),
            ground: Ground::Absent,
            parts: Vec::new(),
            crs: Declared::ByStandard,
            resolution_m: 0.0,
            has_height: false,
            notes: Vec::new(),
        }
    }

    /// A row that is nothing but one note: the place where a file breaks off.
    pub fn of_note(number: u64, note: Note) -> Row {
        let mut row = Row::new(number);
        row.notes.push(note);
        row
    }
}

/// Ground as given.
#[derive(Debug, Clone, PartialEq)]
pub enum Ground {
    /// None was given.
    Absent,
    /// Read; `text` is what stood in the file, where the format is text.
    Shape {
        /// In the coordinates of the row.
        shape: Shape,
        /// GeoJSON, KML or well-known text exactly as given.
        text: Option<String>,
    },
    /// Given, but unreadable.
    Broken {
        /// What stood there.
        text: String,
        /// Why it is no geometry.
        why: String,
    },
}

/// What a file says about its coordinates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// The standard of the format says WGS 84, longitude first (RFC 7946, KML, GPX), or the columns are named so.
    ByStandard,
    /// The file names a system.
    Code(CrsCode),
    /// The file names a system that the table does not know.
    Unrecognised(String),
    /// The positions are written in a notation that says it itself, such as a grid reference; they were read already.
    Notation(Notation),
    /// The file says nothing.
    Nothing,
}

/// Something the reader of a format found wrong, by its name in the table of rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Name of the finding in `rules.toml`.
    pub finding: &'static str,
    /// Column or property, if it is about one.
    pub field: String,
    /// The value as found.
    pub value: String,
    /// Values for the message.
    pub values: Vec<(&'static str, String)>,
}

impl Note {
    /// A note about the row as a whole.
    pub fn new(finding: &'static str) -> Note {
        Note { finding, field: String::new(), value: String::new(), values: Vec::new() }
    }

    /// The same, about one field and its value.
    pub fn about(mut self, field: &str, value: impl Into<String>) -> Note {
        self.field = field.to_owned();
        self.value = value.into();
        self
    }

    /// The same, with a value for its message.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Note {
        self.values.push((name, value.to_string()));
        self
    }
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes or rows done.
    pub done: u64,
    /// Of how many; zero if nobody knows.
    pub total: u64,
}

/// Whatever gives rows: every format here, and the tables of a GeoPackage, which the caller reads.
pub trait RowSource {
    /// Which format it reads.
    fn format(&self) -> Format;

    /// The next row; `None` at the end. A source that breaks gives one last row with a note that says where.
    fn next_row(&mut self) -> Option<Row>;

    /// How far it is.
    fn progress(&self) -> Progress;
}
