//! Why a file as a whole cannot be read. What is wrong with single rows is an issue instead.

use std::io;

/// The file as a whole is unreadable. Messages name the file and say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No such file.
    #[error("{file}: no such file. hint: check the path")]
    NotFound {
        /// Name of the file.
        file: String,
    },
    /// The disk, or the right to read.
    #[error("{file}: cannot be read: {why}. hint: check that the file exists on this machine and that you may read it")]
    Io {
        /// Name of the file.
        file: String,
        /// What the system said.
        why: io::Error,
    },
    /// Nothing in it.
    #[error("{file}: is empty. hint: export it again, the copy may have been interrupted")]
    Empty {
        /// Name of the file.
        file: String,
    },
    /// None of the formats.
    #[error("{file}: {what} is not a format that can be read. hint: {hint}")]
    UnknownFormat {
        /// Name of the file.
        file: String,
        /// What it looks like.
        what: String,
        /// Which format to save it as.
        hint: String,
    },
    /// The format is known, its beginning is broken.
    #[error("{file}: is not readable {format}: {why}. hint: {hint}")]
    Broken {
        /// Name of the file.
        file: String,
        /// Name of the format.
        format: &'static str,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: String,
    },
    /// It ends too early.
    #[error("{file}: ends too early: {why}. hint: export or copy it again; nothing was read from it")]
    Truncated {
        /// Name of the file.
        file: String,
        /// What was expected.
        why: String,
    },
    /// It would unfold to more than anybody can want.
    #[error(
        "{file}: {entry} unfolds to more than {limit} or by more than {ratio} times. hint: unpack it by hand and look at what it is"
    )]
    ZipBomb {
        /// Name of the file.
        file: String,
        /// Which part of it.
        entry: String,
        /// The size that is allowed.
        limit: String,
        /// The ratio that is allowed.
        ratio: u64,
    },
    /// A part is missing.
    #[error("{file}: {part} is missing. hint: {hint}")]
    PartMissing {
        /// Name of the file.
        file: String,
        /// Which part.
        part: String,
        /// What to do.
        hint: String,
    },
    /// XML that defines entities, as bombs do.
    #[error("{file}: defines XML entities, which are refused. hint: export it again from the program that made it")]
    XmlEntities {
        /// Name of the file.
        file: String,
    },
    /// A GeoPackage: its rows come from the store.
    #[error("{file}: is a GeoPackage, whose rows are read by the store. hint: use `open_rows`")]
    RowsNeeded {
        /// Name of the file.
        file: String,
    },
    /// The column, sheet or layer that a profile names is not there.
    #[error(
        "{file}: has no {what} {name:?}, which the profile names; it has {has}. hint: correct the profile, or use the one made for this file"
    )]
    NotInFile {
        /// Name of the file.
        file: String,
        /// Column, sheet or layer.
        what: &'static str,
        /// Its name.
        name: String,
        /// What there is.
        has: String,
    },
}

impl Refused {
    /// From an error of the file system.
    pub(crate) fn io(file: &str, why: io::Error) -> Refused {
        match why.kind() {
            io::ErrorKind::NotFound => Refused::NotFound { file: file.to_owned() },
            io::ErrorKind::UnexpectedEof => Refused::Truncated { file: file.to_owned(), why: why.to_string() },
            _ => Refused::Io { file: file.to_owned(), why },
        }
    }

    /// From the beginning of a file of a known format.
    pub(crate) fn broken(file: &str, format: &'static str, why: impl ToString, hint: &str) -> Refused {
        Refused::Broken { file: file.to_owned(), format, why: why.to_string(), hint: hint.to_owned() }
    }
}
