//! ZIP files of strangers: what is inside, and never more of it than is reasonable.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::format::Format;
use crate::limits::{MAX_UNZIPPED_BYTES, MAX_ZIP_RATIO};
use crate::refused::Refused;

/// Entries that one archive may have; a shapefile has a dozen, a workbook a few hundred.
const MAX_ENTRIES: usize = 10_000;
/// Below this size no ratio is suspicious.
const SMALL: u64 = 1024 * 1024;

/// Which format the entries of a ZIP make.
pub(crate) fn format_inside(path: &Path, name: &str) -> Result<Format, Refused> {
    let archive = open(path, name)?;
    let names: Vec<String> = entries(&archive).iter().map(|entry| entry.to_ascii_lowercase()).collect();
    let any = |ends: &str| names.iter().any(|entry| entry.ends_with(ends) && !is_hidden(entry));
    if names.iter().any(|entry| entry.starts_with("xl/")) {
        Ok(Format::Xlsx)
    } else if any(".shp") {
        Ok(Format::Shapefile)
    } else if any(".kml") {
        Ok(Format::Kmz)
    } else {
        let what = if names.iter().any(|entry| entry.starts_with("word/")) {
            "a Word document"
        } else {
            "a ZIP without a layer in it"
        };
        Err(Refused::UnknownFormat {
            file: name.to_owned(),
            what: what.to_owned(),
            hint: "a ZIP should hold one shapefile (.shp, .shx, .dbf, .prj) or one .kml".to_owned(),
        })
    }
}

/// The names of the entries, those that can be read.
pub(crate) fn entries(archive: &ZipArchive<File>) -> Vec<String> {
    archive.file_names().filter_map(Result::ok).map(|entry| entry.into_owned()).collect()
}

/// What macOS and others add beside the real files.
pub(crate) fn is_hidden(entry: &str) -> bool {
    let base = entry.rsplit('/').next().unwrap_or(entry);
    entry.to_ascii_lowercase().starts_with("__macosx/") || base.starts_with('.')
}

/// Open a ZIP.
pub(crate) fn open(path: &Path, name: &str) -> Result<ZipArchive<File>, Refused> {
    let file = File::open(path).map_err(|why| Refused::io(name, why))?;
    let archive = ZipArchive::new(file).map_err(|why| broken(name, &why))?;
    if archive.len() > MAX_ENTRIES {
        return Err(bomb(name, &format!("the archive ({} entries)", archive.len())));
    }
    Ok(archive)
}

/// Unfold one entry, up to the limits.
pub(crate) fn unfold<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    entry: &str,
    name: &str,
    out: &mut impl Write,
) -> Result<u64, Refused> {
    let file = archive.by_name(entry).map_err(|why| broken(name, &why))?;
    let packed = file.compressed_size();
    let limit = MAX_UNZIPPED_BYTES.min((packed.saturating_mul(MAX_ZIP_RATIO)).max(SMALL));
    let n = io::copy(&mut file.take(limit + 1), out).map_err(|why| match why.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => broken(name, &ZipError::Io(why)),
        _ => Refused::io(name, why),
    })?;
    if n > limit { Err(bomb(name, entry)) } else { Ok(n) }
}

fn broken(name: &str, why: &ZipError) -> Refused {
    match why {
        // The directory of a ZIP stands at its end, so a copy that broke off has none.
        ZipError::InvalidArchive(text) if text.contains("EOCD") => {
            Refused::Truncated { file: name.to_owned(), why: "the ZIP has no end".to_owned() }
        }
        ZipError::Io(io) if io.kind() == io::ErrorKind::UnexpectedEof => {
            Refused::Truncated { file: name.to_owned(), why: "the ZIP has no end".to_owned() }
        }
        other => {
            Refused::broken(name, "ZIP", other, "copy or pack it again; encrypted archives must be unpacked first")
        }
    }
}

fn bomb(name: &str, entry: &str) -> Refused {
    let limit = format!("{} MB", MAX_UNZIPPED_BYTES / 1024 / 1024);
    Refused::ZipBomb { file: name.to_owned(), entry: entry.to_owned(), limit, ratio: MAX_ZIP_RATIO }
}
