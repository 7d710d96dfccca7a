//! Text of strangers: which encoding it is in, and the same as UTF-8, without holding the file in memory.
//!
//! UTF-8 and UTF-16 are certain. Anything else is a hypothesis, which the reader states as an issue and a
//! profile or the file itself may settle.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

/// An encoding, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// By a byte order mark, or because every byte is valid UTF-8.
    Certain(&'static Encoding),
    /// By the look of its letters.
    Guess(&'static Encoding),
}

impl Sniffed {
    pub(crate) fn encoding(self) -> &'static Encoding {
        match self {
            Sniffed::Certain(encoding) | Sniffed::Guess(encoding) => encoding,
        }
    }
}

/// The encoding of a whole text, read once from end to end.
pub(crate) fn sniff(mut input: impl Read) -> io::Result<Sniffed> {
    let mut chunk = vec![0; 64 * 1024];
    let mut letters = Letters::default();
    let mut utf8 = Utf8::default();
    let mut is_first = true;
    loop {
        let n = input.read(&mut chunk)?;
        if n == 0 {
            break;
        }
        if std::mem::take(&mut is_first) {
            if let Some((encoding, _)) = Encoding::for_bom(&chunk[..n]) {
                return Ok(Sniffed::Certain(encoding));
            }
            if let Some(encoding) = utf16_without_mark(&chunk[..n]) {
                return Ok(Sniffed::Guess(encoding));
            }
        }
        utf8.see(&chunk[..n]);
        letters.see(&chunk[..n]);
    }
    Ok(if utf8.is_valid() { Sniffed::Certain(UTF_8) } else { Sniffed::Guess(letters.likely()) })
}

/// Every second byte of Latin text in UTF-16 is zero.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1024) & !1];
    let zeros = |at: usize| sample.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if half > 4 && odd * 10 > half * 7 => Some(UTF_16LE),
        (even, 0) if half > 4 && even * 10 > half * 7 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether bytes that come in chunks are UTF-8.
#[derive(Default)]
struct Utf8 {
    is_broken: bool,
    pending: Vec<u8>,
}

impl Utf8 {
    fn see(&mut self, bytes: &[u8]) {
        if self.is_broken {
            return;
        }
        let joined;
        let bytes = if self.pending.is_empty() {
            bytes
        } else {
            joined = [std::mem::take(&mut self.pending).as_slice(), bytes].concat();
            &joined
        };
        if let Err(error) = std::str::from_utf8(bytes) {
            match error.error_len() {
                Some(_) => self.is_broken = true,
                None => self.pending = bytes[error.valid_up_to()..].to_vec(),
            }
        }
    }

    fn is_valid(&self) -> bool {
        !self.is_broken && self.pending.is_empty()
    }
}

/// Cyrillic words in windows-1251 are runs of high bytes; the accents of windows-1252 stand alone among ASCII letters.
#[derive(Default)]
struct Letters {
    in_runs: u64,
    alone: u64,
    run: u64,
}

impl Letters {
    fn see(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte >= 0xc0 {
                self.run += 1;
            } else if self.run > 0 {
                self.end_of_run();
            }
        }
    }

    fn end_of_run(&mut self) {
        if self.run >= 3 {
            self.in_runs += self.run
        } else {
            self.alone += self.run
        }
        self.run = 0;
    }

    fn likely(mut self) -> &'static Encoding {
        self.end_of_run();
        if self.in_runs > self.alone { WINDOWS_1251 } else { WINDOWS_1252 }
    }
}

/// The beginning of a file as text, whatever its encoding; `None` if it is binary.
pub(crate) fn beginning(head: &[u8]) -> Option<String> {
    let sniffed = sniff(head).ok()?;
    let (text, _) = sniffed.encoding().decode_with_bom_removal(head);
    let controls = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1e}')).count();
    (controls * 50 <= text.chars().count()).then(|| text.into_owned())
}

/// Reads bytes of one encoding and gives UTF-8.
pub(crate) struct Utf8Reader<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    n_raw: usize,
    decoded: Vec<u8>,
    given: usize,
    is_at_end: bool,
    /// Whether a byte had no meaning in the encoding; it is shown as U+FFFD.
    pub(crate) had_errors: bool,
}

impl<R: Read> Utf8Reader<R> {
    pub(crate) fn new(input: R, encoding: &'static Encoding) -> Utf8Reader<R> {
        Utf8Reader {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 16 * 1024],
            n_raw: 0,
            decoded: Vec::new(),
            given: 0,
            is_at_end: false,
            had_errors: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let n = self.input.read(&mut self.raw[self.n_raw..])?;
        self.is_at_end = n == 0;
        self.n_raw += n;
        self.decoded.resize(self.decoder.max_utf8_buffer_length(self.n_raw).unwrap_or(64 * 1024), 0);
        let raw = &self.raw[..self.n_raw];
        let (_, read, written, had_errors) = self.decoder.decode_to_utf8(raw, &mut self.decoded, self.is_at_end);
        self.had_errors |= had_errors;
        self.decoded.truncate(written);
        self.given = 0;
        self.raw.copy_within(read..self.n_raw, 0);
        self.n_raw -= read;
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if self.is_at_end {
                return Ok(0);
            }
            self.refill()?;
        }
        let n = out.len().min(self.decoded.len() - self.given);
        out[..n].copy_from_slice(&self.decoded[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// An encoding by the names people and files give it: `cp1251`, `latin1`, `1252`, `UTF-8`.
pub(crate) fn encoding_named(name: &str) -> Option<&'static Encoding> {
    let label = name.trim().to_ascii_lowercase().replace(' ', "");
    let label = match label.as_str() {
        "latin1" | "latin-1" | "iso8859-1" | "88591" => "windows-1252",
        "65001" => "utf-8",
        other => other,
    };
    let number = label.trim_start_matches("cp").trim_start_matches("ansi").trim_start_matches("ldid/");
    Encoding::for_label(label.as_bytes())
        .or_else(|| Encoding::for_label(format!("windows-{number}").as_bytes()))
        .or_else(|| Encoding::for_label(format!("ibm{number}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart_by_their_bytes() {
        let cyrillic = WINDOWS_1251.encode("участок Кельбаджар").0.into_owned();
        let accents = WINDOWS_1252.encode("Vüsal, Çobandağ? São João").0.into_owned();
        assert_eq!(sniff(&cyrillic[..]).unwrap(), Sniffed::Guess(WINDOWS_1251));
        assert_eq!(sniff(&accents[..]).unwrap(), Sniffed::Guess(WINDOWS_1252));
        assert_eq!(sniff("Kəlbəcər".as_bytes()).unwrap(), Sniffed::Certain(UTF_8));
        assert_eq!(sniff(&b"\xff\xfea\0"[..]).unwrap(), Sniffed::Certain(UTF_16LE));
        assert_eq!(sniff(&b"r\0e\0c\0o\0r\0d\0"[..]).unwrap(), Sniffed::Guess(UTF_16LE));
    }

    #[test]
    fn a_letter_cut_by_two_reads_stays_whole() {
        let text = "ə".repeat(20_000);
        let mut out = String::new();
        Utf8Reader::new(text.as_bytes(), UTF_8).read_to_string(&mut out).unwrap();
        assert_eq!(out, text);
        assert_eq!(encoding_named("cp1251"), Some(WINDOWS_1251));
        assert_eq!(encoding_named("LATIN1"), Some(WINDOWS_1252));
    }
}
