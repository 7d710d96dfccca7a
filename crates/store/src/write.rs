//! A plain GeoPackage with chosen layers, for people who want the map and not the ledger.

use std::path::Path;

use jiff::Timestamp;
use records::Feature;
use records::feature::Layer;
use rusqlite::{Connection, OpenFlags};

use crate::Failure;
use crate::backup::into_new_file;
use crate::failure::{InFile, Trouble};
use crate::geopackage::instant;
use crate::table::{CONTAINER, Table, Touched, register_functions};

/// Write layers into a GeoPackage. The file appears when it is complete; one that is there is replaced only if told.
pub fn write_geopackage(
    file: &Path,
    layers: &mut [(Layer, &mut dyn Iterator<Item = Feature>)],
    last_change: Timestamp,
    replace: bool,
) -> Result<(), Failure> {
    into_new_file(file, replace, |part| fill(part, layers, &instant(last_change)).in_file(file))
}

fn fill(
    part: &Path,
    layers: &mut [(Layer, &mut dyn Iterator<Item = Feature>)],
    last_change: &str,
) -> Result<(), Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut conn = Connection::open_with_flags(part, flags)?;
    register_functions(&conn)?;
    // The file gets its name, and is forced to the disk, only when it is complete; until then nothing has to survive.
    conn.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    let transaction = conn.transaction()?;
    transaction.execute_batch(CONTAINER)?;
    for (layer, features) in layers {
        let table = Table::new(*layer);
        table.create(&transaction, last_change, false)?;
        let mut touched = Touched::default();
        for feature in features {
            table.add(&transaction, &feature, &mut touched)?;
        }
        table.settle(&transaction, &touched, last_change)?;
    }
    transaction.commit()?;
    Ok(())
}
