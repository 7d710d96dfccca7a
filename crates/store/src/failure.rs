//! What can go wrong in the world: disk, file, database. Each names the file and says what to do.
//!
//! The wording of the database itself is kept as the source of the error, for the log.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store could not do it. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No such file.
    #[error("{file}: there is no such file. hint: `homeground new {file} --name NAME --country ISO3` makes a programme", file = file.display())]
    Missing {
        /// Which file.
        file: PathBuf,
    },
    /// No folder to make it in.
    #[error("{file}: there is no such folder. hint: make the folder first", file = file.display())]
    NoFolder {
        /// Which file.
        file: PathBuf,
    },
    /// Nothing is ever overwritten.
    #[error("{file} exists already and is never overwritten. hint: choose another name", file = file.display())]
    Exists {
        /// Which file.
        file: PathBuf,
    },
    /// Not a GeoPackage at all.
    #[error("{file} is not a GeoPackage: {why}. hint: check the name of the file", file = file.display())]
    NotGeoPackage {
        /// Which file.
        file: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// A GeoPackage, but not a programme.
    #[error("{file} is a GeoPackage but not a programme. hint: `homeground import PROGRAMME {file}` reads its layers", file = file.display())]
    NotProgramme {
        /// Which file.
        file: PathBuf,
    },
    /// Written by a newer Homeground.
    #[error("{file} was written by a newer Homeground (form {schema}, this one knows {known}). hint: use that version or a newer one", file = file.display())]
    Newer {
        /// Which file.
        file: PathBuf,
        /// Its form.
        schema: i64,
        /// The newest form known here.
        known: i64,
    },
    /// Part of the file is missing.
    #[error("{file} is cut short: {found} of {expected} bytes are there. hint: copy it again, or restore a backup", file = file.display())]
    Truncated {
        /// Which file.
        file: PathBuf,
        /// Bytes it says it has.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// The file contradicts itself.
    #[error("{file} is damaged: {why}. hint: keep this file as it is and restore a backup beside it", file = file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Where.
        why: String,
    },
    /// Another Homeground has it open for writing.
    #[error("{file} is open for writing in another Homeground{by}. hint: stop that one, or use its web pages", file = file.display(), by = by.map(|id| format!(" (process {id})")).unwrap_or_default())]
    InUse {
        /// Which file.
        file: PathBuf,
        /// Its process id.
        by: Option<u32>,
    },
    /// Another program holds a lock.
    #[error("{file} is locked by another program. hint: close it in QGIS and other programs, then try again", file = file.display())]
    Locked {
        /// Which file.
        file: PathBuf,
    },
    /// Closed, but somebody still reads.
    #[error("{file} is still being read by another program, so part of it may be in {file}-wal. hint: copy it with `homeground backup`, or close that program and open and close the programme once", file = file.display())]
    StillRead {
        /// Which file.
        file: PathBuf,
    },
    /// No right to write there.
    #[error("{file} cannot be written: the file or its directory is read-only. hint: copy it to a directory of your own", file = file.display())]
    ReadOnly {
        /// Which file.
        file: PathBuf,
    },
    /// This store was opened for reading.
    #[error("{file} was opened for reading only", file = file.display())]
    OpenedToRead {
        /// Which file.
        file: PathBuf,
    },
    /// No room.
    #[error("{file}: the disk is full; nothing was written. hint: make room, then do it again", file = file.display())]
    DiskFull {
        /// Which file.
        file: PathBuf,
    },
    /// A write came to nothing, for a reason that the system does not tell apart: a quota, a limit, a broken disk.
    #[error("{file} could not be written; nothing was changed. hint: a quota or a limit on the size of files may be reached, or the disk may fail; make room, then do it again", file = file.display())]
    NotWritten {
        /// Which file.
        file: PathBuf,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// The layer is not in this file.
    #[error("{file} has no layer {layer:?} of the present form. hint: open the programme for writing once, which rebuilds its layers", file = file.display())]
    NoLayer {
        /// Which file.
        file: PathBuf,
        /// Which layer.
        layer: String,
    },
    /// A feature that its layer cannot hold.
    #[error("layer {layer}, feature {id:?}: {why}")]
    Misfit {
        /// Which layer.
        layer: String,
        /// Which feature.
        id: String,
        /// Why.
        why: String,
    },
    /// What was given is not an entry.
    #[error(transparent)]
    Entry(#[from] ledger::Broken),
    /// A view or table of a visitor's file takes too long or too much.
    #[error("{file}: layer {layer:?} cannot be read: {why}. hint: export the layer to a new file with QGIS", file = file.display())]
    Layer {
        /// Which file.
        file: PathBuf,
        /// Which layer.
        layer: String,
        /// Why.
        why: String,
    },
    /// A visitor's file with a journal beside it that only a writer may apply.
    #[error("{file} was not closed properly by the program that wrote it. hint: open and close it once in QGIS, then try again", file = file.display())]
    Unfinished {
        /// Which file.
        file: PathBuf,
    },
    /// Stopped on request.
    #[error("stopped; nothing was changed")]
    Interrupted,
    /// The operating system said no.
    #[error("{file}: {source}", file = file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The database said something none of the above explains.
    #[error("{file}: the database failed. hint: the log has its own words; `homeground verify {file}` looks for damage", file = file.display())]
    Database {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: rusqlite::Error,
    },
}

impl Failure {
    pub(crate) fn io(file: &Path, source: io::Error) -> Failure {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Failure::Missing { file },
            io::ErrorKind::AlreadyExists => Failure::Exists { file },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Failure::ReadOnly { file },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failure::DiskFull { file },
            _ => Failure::Io { file, source },
        }
    }

    fn database(file: &Path, source: rusqlite::Error) -> Failure {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Failure::DiskFull { file },
            Some(ErrorCode::SystemIoFailure) if is_about_writing(&source) => Failure::NotWritten { file, source },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Failure::ReadOnly { file }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::Locked { file },
            Some(ErrorCode::NotADatabase) => Failure::NotGeoPackage { file, why: "it is not an SQLite file".into() },
            Some(ErrorCode::DatabaseCorrupt) => Failure::Damaged { file, why: source.to_string() },
            _ => Failure::Database { file, source },
        }
    }
}

fn is_about_writing(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};
    let extended = error.sqlite_error().map(|error| error.extended_code);
    extended.is_some_and(|code| [SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE].contains(&code))
}

/// A failure before the file is named: most functions do not know which file they work on.
#[derive(Debug)]
pub(crate) enum Trouble {
    Sql(rusqlite::Error),
    Damaged(String),
    Told(Failure),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sql(error)
    }
}

impl From<rusqlite::types::FromSqlError> for Trouble {
    fn from(error: rusqlite::types::FromSqlError) -> Trouble {
        Trouble::Sql(error.into())
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Told(failure)
    }
}

impl From<ledger::Broken> for Trouble {
    fn from(broken: ledger::Broken) -> Trouble {
        Trouble::Told(broken.into())
    }
}

/// Name the file in which it happened.
pub(crate) trait InFile<T> {
    fn in_file(self, file: &Path) -> Result<T, Failure>;
}

impl<T, E: Into<Trouble>> InFile<T> for Result<T, E> {
    fn in_file(self, file: &Path) -> Result<T, Failure> {
        self.map_err(|error| match error.into() {
            Trouble::Sql(error) => Failure::database(file, error),
            Trouble::Damaged(why) => Failure::Damaged { file: file.to_owned(), why },
            Trouble::Told(failure) => failure,
        })
    }
}
