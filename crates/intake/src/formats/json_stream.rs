//! A scanner that cuts JSON into values without reading the file into memory.
//!
//! It knows strings and brackets and nothing else, so a broken feature is cut out and named while its
//! neighbours are read. Depth is a counter, not recursion.

use std::io::{self, BufRead};

/// What stopped the scanner.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The file ends inside a value.
    EndOfFile,
    /// A byte that JSON does not allow here.
    Unexpected(u8),
    /// The disk.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(why: io::Error) -> Stop {
        Stop::Io(why)
    }
}

/// One value that was cut out.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    /// Its bytes; when it was too large, only the beginning.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes it has in the file.
    pub(crate) size: u64,
    /// Where it begins.
    pub(crate) offset: u64,
}

impl Cut {
    pub(crate) fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.size
    }
}

/// The scanner.
pub(crate) struct JsonStream<R> {
    input: R,
    offset: u64,
    limit: usize,
}

#[derive(Default)]
struct State {
    depth: u64,
    in_string: bool,
    is_escaped: bool,
}

impl<R: BufRead> JsonStream<R> {
    /// Values beyond `limit` bytes are cut short.
    pub(crate) fn new(input: R, limit: usize) -> JsonStream<R> {
        JsonStream { input, offset: 0, limit }
    }

    /// How many bytes were read.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next byte that is not white space, without taking it. Record separators (RFC 8142) and a byte order mark are space too.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let is_space = |b: &u8| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | 0x1e);
            let is_mark = |b: &u8| self.offset < 3 && matches!(b, 0xef | 0xbb | 0xbf);
            match buffer.iter().position(|b| !is_space(b) && !is_mark(b)) {
                Some(at) => {
                    let byte = buffer[at];
                    self.skip(at);
                    return Ok(Some(byte));
                }
                None => {
                    let n = buffer.len();
                    self.skip(n);
                }
            }
        }
    }

    /// Take the byte that was peeked.
    pub(crate) fn take(&mut self) {
        self.skip(1);
    }

    /// Take the next byte, which must be this one.
    pub(crate) fn expect(&mut self, wanted: u8) -> Result<(), Stop> {
        match self.peek()? {
            Some(byte) if byte == wanted => {
                self.take();
                Ok(())
            }
            Some(byte) => Err(Stop::Unexpected(byte)),
            None => Err(Stop::EndOfFile),
        }
    }

    /// Cut out the next value.
    pub(crate) fn value(&mut self) -> Result<Cut, Stop> {
        let first = self.peek()?.ok_or(Stop::EndOfFile)?;
        let mut cut = Cut { offset: self.offset, ..Cut::default() };
        match first {
            b'{' | b'[' | b'"' => self.nested(&mut cut)?,
            b'}' | b']' | b',' | b':' => return Err(Stop::Unexpected(first)),
            _ => self.scalar(&mut cut)?,
        }
        Ok(cut)
    }

    fn nested(&mut self, cut: &mut Cut) -> Result<(), Stop> {
        let mut state = State::default();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Err(Stop::EndOfFile);
            }
            let end = buffer.iter().position(|byte| state.ends_with(*byte)).map(|at| at + 1);
            let n = end.unwrap_or(buffer.len());
            keep(cut, &buffer[..n], self.limit);
            self.skip(n);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn scalar(&mut self, cut: &mut Cut) -> Result<(), Stop> {
        loop {
            let buffer = self.input.fill_buf()?;
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']' | b':' | b' ' | b'\n' | b'\r' | b'\t' | 0x1e);
            let end = buffer.iter().position(ends);
            let n = end.unwrap_or(buffer.len());
            keep(cut, &buffer[..n], self.limit);
            let is_over = end.is_some() || buffer.is_empty();
            self.skip(n);
            if is_over {
                return Ok(());
            }
        }
    }

    fn skip(&mut self, n: usize) {
        self.input.consume(n);
        self.offset += n as u64;
    }
}

impl State {
    /// Whether the value ends with this byte.
    #[inline]
    fn ends_with(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.in_string = false;
                    return self.depth == 0;
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

fn keep(cut: &mut Cut, bytes: &[u8], limit: usize) {
    cut.size += bytes.len() as u64;
    let room = limit.saturating_sub(cut.bytes.len());
    cut.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
}
