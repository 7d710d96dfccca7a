//! The attribute table of a shapefile (dBASE III and its dialects): names of ten bytes, texts in some code page.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use encoding_rs::{Encoding, UTF_8};
use records::RecordKind;
use records::dictionary::Dictionary;
use serde_json::{Map, Value};

use crate::profile::ENVELOPE;
use crate::refused::Refused;
use crate::row::{Note, Row};
use crate::text::{Sniffed, encoding_named, sniff};

/// Longest name a column can have.
const NAME: usize = 10;

/// The table, row by row.
pub(crate) struct Dbf {
    input: BufReader<File>,
    columns: Vec<Column>,
    encoding: &'static Encoding,
    record: Vec<u8>,
    /// How many rows the header promises.
    pub(crate) n_rows: u64,
    /// What is to be said on the first row.
    pub(crate) notes: Vec<Note>,
}

struct Column {
    name: String,
    kind: u8,
    length: usize,
}

/// One row of the table.
pub(crate) enum DbfRow {
    /// Its values.
    Values(Map<String, Value>, Vec<Note>),
    /// Marked as deleted; its values are still there.
    Deleted(Map<String, Value>),
}

impl Dbf {
    /// `stated`: what the `.cpg` file or the profile says of the encoding. `are_names_cut`: find the fields whose
    /// names were cut at ten bytes.
    pub(crate) fn open(mut file: File, stated: Option<&str>, are_names_cut: bool, name: &str) -> Result<Dbf, Refused> {
        let broken = |why: &str| Refused::broken(name, "dBASE table", why, "export the shapefile again");
        let io = |why| Refused::io(name, why);
        file.rewind().map_err(io)?;
        let mut head = [0; 32];
        file.read_exact(&mut head).map_err(|_| broken("it has no header"))?;
        let n_rows = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let header = usize::from(u16::from_le_bytes([head[8], head[9]]));
        let length = usize::from(u16::from_le_bytes([head[10], head[11]]));
        if header < 33 || length == 0 {
            return Err(broken("its header contradicts itself"));
        }
        let mut fields = vec![0; header - 32];
        file.read_exact(&mut fields).map_err(|_| broken("its header is cut off"))?;
        let mut notes = Vec::new();
        file.seek(SeekFrom::Start(header as u64)).map_err(io)?;
        let encoding = encoding(&mut file, stated, head[29], &mut notes).map_err(io)?;
        let mut columns: Vec<Column> =
            fields.chunks_exact(32).take_while(|field| field[0] != 0x0d).map(|field| column(field, encoding)).collect();
        if columns.iter().map(|column| column.length).sum::<usize>() + 1 > length {
            return Err(broken("its columns are wider than its rows"));
        }
        if are_names_cut {
            restore_names(&mut columns, &mut notes);
        }
        file.seek(SeekFrom::Start(header as u64)).map_err(io)?;
        Ok(Dbf {
            input: BufReader::with_capacity(64 * 1024, file),
            columns,
            encoding,
            record: vec![0; length],
            n_rows,
            notes,
        })
    }

    /// The next row; `None` where the file ends.
    pub(crate) fn next(&mut self) -> Option<DbfRow> {
        if self.n_rows == 0 || self.input.read_exact(&mut self.record).is_err() {
            return None;
        }
        self.n_rows -= 1;
        let (mut values, mut notes, mut at) = (Map::new(), Vec::new(), 1);
        for column in &self.columns {
            let bytes = self.record.get(at..at + column.length).unwrap_or_default();
            at += column.length;
            values.insert(column.name.clone(), self.value(column, bytes, &mut notes));
        }
        Some(if self.record[0] == b'*' { DbfRow::Deleted(values) } else { DbfRow::Values(values, notes) })
    }

    fn value(&self, column: &Column, bytes: &[u8], notes: &mut Vec<Note>) -> Value {
        match column.kind {
            b'I' | b'+' => bytes.try_into().map_or(Value::Null, |four| Value::from(i32::from_le_bytes(four))),
            b'B' | b'O' if bytes.len() == 8 => {
                bytes.try_into().map_or(Value::Null, |eight| Value::from(f64::from_le_bytes(eight)))
            }
            b'M' | b'G' | b'P' => Value::Null,
            _ => {
                let (text, had_errors) = self.encoding.decode_without_bom_handling(bytes);
                let text = text.trim_end_matches(['\0', ' ']);
                let trimmed = if column.kind == b'C' { text } else { text.trim() };
                if had_errors {
                    notes.push(Note::new("undecodable").about(&column.name, trimmed));
                } else if column.kind == b'C'
                    && bytes.len() >= 80
                    && bytes.last().is_some_and(|b| !matches!(b, b' ' | 0))
                {
                    notes.push(Note::new("text_cut").about(&column.name, crate::limits::shorten(trimmed)));
                }
                // Asterisks: a number that did not fit, or how GDAL writes "no value".
                if matches!(column.kind, b'N' | b'F') && !trimmed.is_empty() && trimmed.bytes().all(|b| b == b'*') {
                    notes.push(Note::new("asterisks").about(&column.name, trimmed));
                    return Value::Null;
                }
                of_text(column.kind, trimmed)
            }
        }
    }
}

fn of_text(kind: u8, text: &str) -> Value {
    match kind {
        _ if text.is_empty() => Value::Null,
        b'D' if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) => {
            // 00000000 is how some programs write "no day".
            if text == "00000000" {
                Value::Null
            } else {
                Value::String(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
            }
        }
        b'L' => match text {
            "T" | "t" | "Y" | "y" => Value::Bool(true),
            "F" | "f" | "N" | "n" => Value::Bool(false),
            _ => Value::Null,
        },
        b'N' | b'F' => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::String(text.to_owned())),
        _ => Value::String(text.to_owned()),
    }
}

fn column(field: &[u8], encoding: &'static Encoding) -> Column {
    let name = field[..11].split(|byte| *byte == 0).next().unwrap_or_default();
    let (name, _) = encoding.decode_without_bom_handling(name);
    Column { name: name.trim().to_owned(), kind: field[11], length: usize::from(field[16]) }
}

/// `date_of_in` can only be `date_of_information`: a name of ten bytes that begins one field and no other is that field.
fn restore_names(columns: &mut [Column], notes: &mut Vec<Note>) {
    let dictionary = Dictionary::shipped();
    let fields = RecordKind::ALL.iter().flat_map(|kind| dictionary.fields(*kind)).map(|field| field.name.as_str());
    let mut names: Vec<&str> = ENVELOPE.iter().copied().chain(fields).collect();
    names.sort_unstable();
    names.dedup();
    let taken: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    for column in columns.iter_mut().filter(|column| column.name.len() == NAME) {
        let cut: Vec<&&str> = names.iter().filter(|name| name.len() > NAME && name.starts_with(&column.name)).collect();
        if let ([whole], false) = (&cut[..], names.contains(&column.name.as_str()))
            && !taken.iter().any(|name| name == **whole)
        {
            notes.push(Note::new("name_cut").about(&column.name, **whole).with("whole", whole));
            column.name = (**whole).to_owned();
        }
    }
}

/// What is stated, unless the bytes contradict it; else what the language byte says; else a hypothesis.
fn encoding(
    file: &mut File,
    stated: Option<&str>,
    ldid: u8,
    notes: &mut Vec<Note>,
) -> std::io::Result<&'static Encoding> {
    let start = file.stream_position()?;
    let sniffed = sniff(&mut *file)?;
    file.seek(SeekFrom::Start(start))?;
    let is_ascii = is_ascii(file)?;
    let declared = stated.and_then(encoding_named).or_else(|| of_language_byte(ldid));
    Ok(match (declared, sniffed) {
        (Some(declared), _) if is_ascii => declared,
        (Some(declared), Sniffed::Certain(encoding)) if encoding == UTF_8 && declared != UTF_8 => {
            contradicted(declared, UTF_8, notes)
        }
        (Some(declared), Sniffed::Guess(guess)) if declared == UTF_8 => contradicted(declared, guess, notes),
        (Some(declared), _) => declared,
        (None, sniffed) => {
            if let Sniffed::Guess(guess) = sniffed {
                notes.push(Note::new("encoding_guessed").with("encoding", guess.name()));
            }
            sniffed.encoding()
        }
    })
}

fn contradicted(stated: &'static Encoding, found: &'static Encoding, notes: &mut Vec<Note>) -> &'static Encoding {
    notes.push(Note::new("encoding_contradicted").with("stated", stated.name()).with("encoding", found.name()));
    found
}

fn is_ascii(file: &mut File) -> std::io::Result<bool> {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(true),
            n if !chunk[..n].is_ascii() => return Ok(false),
            _ => {}
        }
    }
}

/// Language driver ids that name an encoding in use (dBASE, FoxPro, ArcGIS).
fn of_language_byte(ldid: u8) -> Option<&'static Encoding> {
    const IDS: &[(u8, &str)] = &[
        (0x03, "windows-1252"),
        (0x26, "ibm866"),
        (0x57, "windows-1252"),
        (0x58, "windows-1252"),
        (0x59, "windows-1252"),
        (0x65, "ibm866"),
        (0x7d, "windows-1255"),
        (0x7e, "windows-1256"),
        (0xc8, "windows-1250"),
        (0xc9, "windows-1251"),
        (0xca, "windows-1254"),
        (0xcb, "windows-1253"),
    ];
    IDS.iter().find(|(id, _)| *id == ldid).and_then(|(_, name)| encoding_named(name))
}

/// Put the values of a table's row into a row of the file.
pub(crate) fn fill(row: &mut Row, table: &mut Dbf) {
    match table.next() {
        Some(DbfRow::Values(values, notes)) => {
            row.properties = values;
            row.notes.extend(notes);
        }
        Some(DbfRow::Deleted(values)) => {
            row.properties = values;
            row.notes.push(Note::new("row_deleted"));
        }
        None => row.notes.push(Note::new("attributes_missing")),
    }
    let first = std::mem::take(&mut table.notes);
    row.notes.splice(0..0, first);
}
