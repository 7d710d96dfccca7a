//! How much of a stranger's file is taken in at once. Beyond these, the row is held and says so.

/// Bytes of one feature, placemark or line. A polygon of a million vertices is about 40 MB as text.
pub(crate) const MAX_ROW_BYTES: usize = 64 * 1024 * 1024;

/// Vertices of one geometry.
pub(crate) const MAX_VERTICES: usize = 1_000_000;

/// Bytes that one entry of a ZIP may unfold to, where it has to be held in memory or on disk.
pub(crate) const MAX_UNZIPPED_BYTES: u64 = 1024 * 1024 * 1024;

/// How many times its packed size an entry may unfold to. Plain digits pack about 10 times, empty tables 100 times.
pub(crate) const MAX_ZIP_RATIO: u64 = 400;

/// A value as it is shown in a message: at most 80 characters.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
