//! One writer a file: a lock file `NAME.gpkg.lock` beside the programme, locked by the operating system.
//!
//! The lock belongs to the open file, so it ends with the process however that ends; a lock file left by a killed
//! process blocks nobody. Inside stands the process id, for the message to the second one. SQLite's own locks
//! could not do this: they are held for moments, not for as long as somebody serves.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::Failure;

/// Held for as long as a programme is open for writing.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

/// The file beside a programme that has this ending.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Lock {
    /// Become the only writer.
    pub fn take(programme: &Path) -> Result<Lock, Failure> {
        let path = beside(programme, ".lock");
        let told = |source| match Failure::io(&path, source) {
            Failure::ReadOnly { .. } => Failure::ReadOnly { file: programme.to_owned() },
            Failure::Missing { .. } => Failure::NoFolder { file: programme.to_owned() },
            other => other,
        };
        loop {
            let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = open.map_err(told)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut by = String::new();
                    let _ = file.read_to_string(&mut by);
                    return Err(Failure::InUse { file: programme.to_owned(), by: by.trim().parse().ok() });
                }
                Err(TryLockError::Error(source)) => return Err(told(source)),
            }
            // The one before may have removed the file between our opening and our locking: then this lock is on a
            // file nobody else can find, and a third one would not see it.
            if !is_still_at(&file, &path) {
                continue;
            }
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())
            };
            write(&mut file).map_err(told)?;
            return Ok(Lock { path, _file: file });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while still locked; see `take` for the one who waits.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (ours, found) = (file.metadata().map(number), fs::metadata(path).map(number));
    matches!((ours, found), (Ok(ours), Ok(found)) if ours == found)
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}
