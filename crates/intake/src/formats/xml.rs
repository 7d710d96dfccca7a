//! XML of strangers as a plain run of events: no entities but the five and characters, bounded texts, any encoding.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::limits::MAX_ROW_BYTES;
use crate::row::{Note, Row};
use crate::text::{Utf8Reader, encoding_named, sniff};

/// How deep elements may lie in each other.
const MAX_DEPTH: usize = 200;

/// What the readers of KML and GPX need to know.
#[derive(Debug, PartialEq)]
pub(crate) enum Xml {
    /// An element begins: local name, attributes.
    Start(String, Vec<(String, String)>),
    /// Text, entities resolved.
    Text(String),
    /// An element ends.
    End(String),
}

/// Why the reading stops.
#[derive(Debug)]
pub(crate) enum XmlStop {
    /// The document defines entities.
    Entities,
    /// Not well-formed, or the disk.
    Broken(String),
    /// It ends before its last element does.
    Truncated,
}

/// The events of one document.
pub(crate) struct XmlReader<R = File> {
    reader: Reader<Capped<BufReader<Utf8Reader<R>>>>,
    buffer: Vec<u8>,
    depth: usize,
    ahead: Option<Xml>,
    total: u64,
}

impl XmlReader {
    pub(crate) fn open(file: File) -> io::Result<XmlReader> {
        let total = file.metadata()?.len();
        XmlReader::new(file, total)
    }
}

impl<R: Read + Seek> XmlReader<R> {
    pub(crate) fn new(mut input: R, total: u64) -> io::Result<XmlReader<R>> {
        input.rewind()?;
        let encoding = encoding(&mut input)?;
        input.rewind()?;
        let input = BufReader::with_capacity(64 * 1024, Utf8Reader::new(input, encoding));
        let mut reader = Reader::from_reader(Capped { input, since_mark: 0 });
        reader.config_mut().allow_dangling_amp = true;
        Ok(XmlReader { reader, buffer: Vec::new(), depth: 0, ahead: None, total })
    }

    /// Bytes read, of how many.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.reader.buffer_position().min(self.total), self.total)
    }

    /// The next event; `None` at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<Xml>, XmlStop> {
        if let Some(event) = self.ahead.take() {
            self.depth -= 1;
            return Ok(Some(event));
        }
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|why| broken(&why))?;
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(XmlStop::Broken(format!("elements lie more than {MAX_DEPTH} deep in each other")));
                    }
                    return Ok(Some(started(&start)));
                }
                Event::Empty(start) => {
                    self.depth += 1;
                    self.ahead = Some(Xml::End(start.local_name().into_inner().to_owned()));
                    return Ok(Some(started(&start)));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Xml::End(end.local_name().into_inner().to_owned())));
                }
                Event::Text(text) => return Ok(Some(Xml::Text(text.to_string()))),
                Event::CData(text) => return Ok(Some(Xml::Text(text.to_string()))),
                Event::GeneralRef(name) => return Ok(Some(Xml::Text(resolved(&name)))),
                Event::DocType(text) if text.contains('[') || text.contains("ENTITY") => return Err(XmlStop::Entities),
                Event::Eof if self.depth > 0 => return Err(XmlStop::Truncated),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

fn broken(why: &quick_xml::Error) -> XmlStop {
    use quick_xml::errors::{Error, IllFormedError, SyntaxError};
    match why {
        Error::IllFormed(IllFormedError::MissingEndTag(_)) => XmlStop::Truncated,
        Error::Syntax(SyntaxError::UnclosedTag | SyntaxError::UnclosedCData | SyntaxError::UnclosedComment) => {
            XmlStop::Truncated
        }
        other => XmlStop::Broken(other.to_string()),
    }
}

fn started(start: &BytesStart<'_>) -> Xml {
    let name = start.local_name().into_inner().to_owned();
    let attributes = start.attributes().filter_map(Result::ok).map(|attribute| {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        (attribute.key.local_name().into_inner().to_owned(), value.map(|v| v.into_owned()).unwrap_or_default())
    });
    Xml::Start(name, attributes.collect())
}

/// One of the five, a character by its number, or the reference as it stands.
fn resolved(name: &str) -> String {
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        _ => character(name).map_or_else(|| format!("&{name};"), String::from),
    }
}

fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

/// By the declaration, else by the bytes.
fn encoding(file: &mut (impl Read + Seek)) -> io::Result<&'static encoding_rs::Encoding> {
    let mut head = Vec::new();
    file.by_ref().take(200).read_to_end(&mut head)?;
    let text = String::from_utf8_lossy(&head);
    let declared = text.split("?>").next().filter(|decl| decl.contains("<?xml")).and_then(|decl| {
        let after = decl.split("encoding=").nth(1)?.trim_start();
        let mark = after.chars().next()?;
        after[1..].split(mark).next().and_then(encoding_named)
    });
    match declared {
        Some(encoding) => Ok(encoding),
        None => {
            file.rewind()?;
            Ok(sniff(file)?.encoding())
        }
    }
}

/// A reader that fails when one text or tag grows beyond the limit, since it would be held in memory as a whole.
struct Capped<R> {
    input: R,
    since_mark: usize,
}

impl<R: BufRead> Read for Capped<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.input.read(out)
    }
}

impl<R: BufRead> BufRead for Capped<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since_mark > MAX_ROW_BYTES {
            return Err(io::Error::other(format!("one text is longer than {MAX_ROW_BYTES} bytes")));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        let taken = self.input.fill_buf().map(|buffer| &buffer[..n.min(buffer.len())]).unwrap_or_default();
        match taken.iter().rposition(|byte| *byte == b'<') {
            Some(at) => self.since_mark = taken.len() - at,
            None => self.since_mark += taken.len(),
        }
        self.input.consume(n);
    }
}

/// The row that a reader of XML has come to, and whether the document is over: by its end, or where it breaks off.
pub(crate) fn row_or_end(advanced: Result<Option<Row>, XmlStop>, number: u64, at: u64) -> (Option<Row>, bool) {
    match advanced {
        Ok(row) => {
            let is_over = row.is_none();
            (row, is_over)
        }
        Err(stop) => (Some(broken_off(number.max(1), &stop, at)), true),
    }
}

/// The last row of a document that breaks off.
fn broken_off(number: u64, stop: &XmlStop, at: u64) -> Row {
    let note = match stop {
        XmlStop::Truncated => Note::new("file_truncated").with("at", at),
        XmlStop::Entities => Note::new("file_unreadable")
            .with("at", format!("byte {at}"))
            .with("why", "it defines XML entities, which are refused"),
        XmlStop::Broken(why) => Note::new("file_unreadable").with("at", format!("byte {at}")).with("why", why),
    };
    Row::of_note(number, note)
}
