//! Files of strangers: every format is `intake`'s, except a GeoPackage, whose rows come from `store`.

use std::path::Path;

use intake::{Format, Options, Reader};

/// Open a file for import.
pub fn open<'a>(file: &Path, options: &Options<'a>) -> anyhow::Result<Reader<'a>> {
    if intake::detect(file, &options.file_name)? == Format::GeoPackage {
        anyhow::bail!("{}: GeoPackage is not read yet", options.file_name);
    }
    Ok(intake::open(file, options)?)
}
