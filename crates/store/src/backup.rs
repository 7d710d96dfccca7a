//! Copies: consistent while others write, complete or not there at all, never over something else.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::Failure;
use crate::failure::{InFile, Trouble};
use crate::geopackage::{GeoPackage, reading};
use crate::lock::beside;

/// Pages a step: 4 MiB, so that progress moves and an interrupt is heard.
const STEP: i32 = 1024;

/// Put a backup back as a programme. The programme must not exist.
pub fn restore(from: &Path, to: &Path, progress: &mut dyn FnMut(f64)) -> Result<(), Failure> {
    drop(GeoPackage::open_to_read(from, &[])?);
    copy(from, to, progress)
}

pub(crate) fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(f64)) -> Result<(), Failure> {
    into_new_file(to, false, |part| fill(from, part, progress).in_file(from))
}

/// Fill a file under another name, then give it its own: whoever finds the name finds all of it.
pub(crate) fn into_new_file<Error: From<Failure>>(
    to: &Path,
    replace: bool,
    fill: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    if !replace && to.exists() {
        return Err(Failure::Exists { file: to.to_owned() }.into());
    }
    let part = beside(to, ".part");
    let clear = || ["", "-journal"].map(|ending| fs::remove_file(beside(&part, ending)).is_ok());
    clear();
    let finish = || -> Result<(), Failure> {
        let io = |source| Failure::io(to, source);
        File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
        // Reserve the name, so that a file that appeared meanwhile is not overwritten by the rename.
        if !replace {
            OpenOptions::new().write(true).create_new(true).open(to).map_err(io)?;
        }
        fs::rename(&part, to).map_err(io)?;
        let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = File::open(directory).and_then(|directory| directory.sync_all()); // not a thing everywhere
        Ok(())
    };
    let done = fill(&part).and_then(|()| finish().map_err(Error::from));
    if done.is_err() {
        clear();
    }
    done
}

fn fill(from: &Path, part: &Path, progress: &mut dyn FnMut(f64)) -> Result<(), Trouble> {
    let source = reading(from)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut copy = Connection::open_with_flags(part, flags).map_err(|_| Failure::ReadOnly { file: part.to_owned() })?;
    // One moment: with a read transaction open the copy sees no later change, so it never starts anew.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    let told = |error: rusqlite::Error| match Err::<(), _>(error).in_file(part) {
        Err(failure) => Trouble::Told(failure),
        Ok(()) => unreachable!("an error stays an error"),
    };
    {
        let backup = Backup::new(&source, &mut copy)?;
        loop {
            match backup.step(STEP).map_err(told)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
            let now = backup.progress();
            progress(1.0 - f64::from(now.remaining) / f64::from(now.pagecount.max(1)));
        }
    }
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(told)?;
    progress(1.0);
    Ok(())
}
