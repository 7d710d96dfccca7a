//! CSV (RFC 4180) as people write it: any of four delimiters, any encoding, geometry as text or in two columns.
//!
//! Rows are read one by one. A row is bounded, so a quote that is never closed costs one message and not
//! the memory of the machine.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use csv_core::ReadRecordResult;
use serde_json::Value;

use crate::Options;
use crate::format::Format;
use crate::formats::table::Columns;
use crate::limits::MAX_ROW_BYTES;
use crate::refused::Refused;
use crate::row::{Note, Progress, Row, RowSource};
use crate::text::{Sniffed, Utf8Reader, encoding_named, sniff};

/// Rows of a CSV file.
pub(crate) struct Csv {
    lines: Lines<BufReader<Utf8Reader<File>>>,
    columns: Columns,
    total: u64,
    may_be_hxl: bool,
    is_over: bool,
}

impl Csv {
    pub(crate) fn open(path: &Path, options: &Options<'_>) -> Result<Csv, Refused> {
        let name = options.file_name.as_str();
        let io = |why| Refused::io(name, why);
        let mut file = File::open(path).map_err(io)?;
        let total = file.metadata().map_err(io)?.len();
        let mut notes = Vec::new();
        let encoding = encoding(&mut file, options, &mut notes)?;
        file.rewind().map_err(io)?;
        let mut input = BufReader::with_capacity(256 * 1024, Utf8Reader::new(file, encoding));
        let stated = options.profile.and_then(|profile| profile.delimiter);
        let delimiter = match stated {
            Some(delimiter) => delimiter as u8,
            None => likely_delimiter(input.fill_buf().map_err(io)?),
        };
        let mut lines = Lines::new(input, delimiter);
        let header = lines.next().map_err(io)?.ok_or_else(|| Refused::Empty { file: name.to_owned() })?;
        let mut columns =
            Columns::new(&header.fields.unwrap_or_default(), options.profile, options.stated_crs(), name)?;
        notes.into_iter().for_each(|note| columns.note(note));
        Ok(Csv { lines, columns, total, may_be_hxl: true, is_over: false })
    }

    fn row_of(&mut self, record: Record) -> Option<Row> {
        let Some(fields) = record.fields else {
            let note = Note::new("row_too_large")
                .with("size", record.size)
                .with("limit", MAX_ROW_BYTES)
                .with("offset", "its line");
            return Some(Row::of_note(record.line, note));
        };
        let cells: Vec<Value> = fields.into_iter().map(Value::String).collect();
        if std::mem::take(&mut self.may_be_hxl) && Columns::is_hxl(&cells) {
            self.columns.note(Note::new("hxl_row").with("line", record.line));
            return None;
        }
        let mut row = self.columns.row(record.line, cells)?;
        if record.is_unclosed {
            row.notes.push(Note::new("quote_unclosed").with("line", record.line).with("to", record.last_line));
        }
        Some(row)
    }
}

impl RowSource for Csv {
    fn format(&self) -> Format {
        Format::Csv
    }

    fn next_row(&mut self) -> Option<Row> {
        while !self.is_over {
            match self.lines.next() {
                Ok(Some(record)) => {
                    if let Some(row) = self.row_of(record) {
                        return Some(row);
                    }
                }
                Ok(None) => self.is_over = true,
                Err(why) => {
                    self.is_over = true;
                    let note = Note::new("file_unreadable").with("at", self.lines.offset).with("why", why);
                    return Some(Row::of_note(self.lines.line, note));
                }
            }
        }
        None
    }

    fn progress(&self) -> Progress {
        Progress { done: self.lines.offset.min(self.total), total: self.total }
    }
}

fn encoding(
    file: &mut File,
    options: &Options<'_>,
    notes: &mut Vec<Note>,
) -> Result<&'static encoding_rs::Encoding, Refused> {
    if let Some(stated) = options.profile.and_then(|profile| profile.encoding.as_deref()) {
        return encoding_named(stated).ok_or_else(|| {
            Refused::broken(
                &options.file_name,
                "CSV",
                format!("its profile names the encoding {stated:?}, which nobody knows"),
                "write utf-8, windows-1251, windows-1252 or another name of the WHATWG list",
            )
        });
    }
    let sniffed = sniff(&mut *file).map_err(|why| Refused::io(&options.file_name, why))?;
    if let Sniffed::Guess(encoding) = sniffed {
        notes.push(Note::new("encoding_guessed").with("encoding", encoding.name()));
    }
    Ok(sniffed.encoding())
}

/// The delimiter that stands most often in the first line, outside quotes.
fn likely_delimiter(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if !is_quoted => counts.iter_mut().filter(|(d, _)| d == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // Of equals, the comma: `max_by_key` keeps the last.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(delimiter, _)| *delimiter)
}

/// One record, and where it stands.
struct Record {
    line: u64,
    last_line: u64,
    /// None if the record is too large to be held.
    fields: Option<Vec<String>>,
    size: usize,
    is_unclosed: bool,
}

/// Records of a text, cut by csv-core, with lines counted and sizes bounded.
struct Lines<R> {
    input: R,
    core: csv_core::Reader,
    out: Vec<u8>,
    ends: Vec<usize>,
    /// The line the next record begins on.
    line: u64,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R, delimiter: u8) -> Lines<R> {
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Lines { input, core, out: vec![0; 4096], ends: vec![0; 64], line: 1, offset: 0 }
    }

    fn next(&mut self) -> std::io::Result<Option<Record>> {
        self.skip_blank_lines()?;
        let line = self.line;
        let (mut size, mut n_ends, mut quotes, mut written, mut is_cut) = (0, 0, 0_u64, 0, false);
        loop {
            let input = self.input.fill_buf()?;
            let is_at_end = input.is_empty();
            let (result, n_in, n_out, n_new) =
                self.core.read_record(input, &mut self.out[written..], &mut self.ends[n_ends..]);
            quotes += input[..n_in].iter().filter(|b| **b == b'"').count() as u64;
            self.line += input[..n_in].iter().filter(|b| **b == b'\n').count() as u64;
            self.offset += n_in as u64;
            self.input.consume(n_in);
            (size, n_ends, written) = (size + n_out, n_ends + n_new, written + n_out);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.out.len() >= MAX_ROW_BYTES => (written, is_cut) = (0, true),
                ReadRecordResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => {
                    let fields = (!is_cut).then(|| self.fields(n_ends, written));
                    let is_unclosed = is_at_end && quotes % 2 == 1;
                    return Ok(Some(Record { line, last_line: self.line, fields, size, is_unclosed }));
                }
            }
        }
    }

    fn skip_blank_lines(&mut self) -> std::io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            let n = input.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
            if n == 0 {
                return Ok(());
            }
            self.line += input[..n].iter().filter(|b| **b == b'\n').count() as u64;
            self.offset += n as u64;
            self.input.consume(n);
        }
    }

    fn fields(&self, n_ends: usize, written: usize) -> Vec<String> {
        let mut start = 0;
        let ends = &self.ends[..n_ends];
        ends.iter()
            .map(|end| {
                let field = self.out.get(start..(*end).min(written)).unwrap_or_default();
                start = *end;
                String::from_utf8_lossy(field).into_owned()
            })
            .collect()
    }
}
