//! Ids as lower-case hex. Plain and table-driven, because a fold from scratch reads a million of them.

use ledger::EntryId;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// 64 hex digits.
pub(crate) fn of(id: EntryId) -> String {
    let mut text = String::with_capacity(64);
    for byte in id.0 {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Back from 64 hex digits.
pub(crate) fn id(text: &[u8]) -> Option<EntryId> {
    let mut id = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(EntryId(id))
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    }
}
