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

/// A new file. It gets its name, and is forced to the disk, only when it is complete; until then nothing has to
/// survive.
fn fresh(part: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let conn = Connection::open_with_flags(part, flags)?;
    conn.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    Ok(conn)
}

fn fill(
    part: &Path,
    layers: &mut [(Layer, &mut dyn Iterator<Item = Feature>)],
    last_change: &str,
) -> Result<(), Trouble> {
    let mut conn = fresh(part)?;
    register_functions(&conn)?;
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

const MBTILES: &str = "
    CREATE TABLE metadata (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE tiles (zoom_level INTEGER NOT NULL, tile_column INTEGER NOT NULL, tile_row INTEGER NOT NULL,
        tile_data BLOB NOT NULL, PRIMARY KEY (zoom_level, tile_column, tile_row));
";

/// Takes one tile: zoom, column from the west, row from the north, bytes.
pub type PutTile<'a> = &'a mut dyn FnMut(u8, u32, u32, &[u8]) -> Result<(), Failure>;

/// Write tiles into an MBTiles 1.3 file. It appears when it is complete; one that is there is replaced only if told.
pub fn write_mbtiles<Error: From<Failure>>(
    file: &Path,
    metadata: &[(&str, String)],
    replace: bool,
    fill: impl FnOnce(PutTile<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    into_new_file(file, replace, |part| {
        let made = || -> Result<Connection, Trouble> {
            let conn = fresh(part)?;
            conn.execute_batch("BEGIN")?;
            conn.execute_batch(MBTILES)?;
            for (name, value) in metadata {
                conn.execute("INSERT INTO metadata VALUES (?1, ?2)", (name, value))?;
            }
            Ok(conn)
        };
        let conn = made().in_file(file)?;
        let insert = |z: u8, x: u32, y: u32, bytes: &[u8]| -> Result<(), Trouble> {
            // Rows are counted from the south here.
            let row = (1_u32 << z) - 1 - y;
            conn.prepare_cached("INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)")?.execute((z, x, row, bytes))?;
            Ok(())
        };
        fill(&mut |z, x, y, bytes| insert(z, x, y, bytes).in_file(file))?;
        let done = conn.execute_batch("COMMIT").map_err(Trouble::from);
        Ok(done.in_file(file)?)
    })
}
