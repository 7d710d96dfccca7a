//! Files of strangers: every format is `intake`'s, except a GeoPackage, whose rows come from `store`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use intake::row::{Declared, Ground, Note};
use intake::{CrsCode, Format, Options, Progress, Reader, Row, RowSource};
use store::Failure;
use store::visitor::{GeoPackageReader, Srs, VisitorLayer, VisitorRow};

/// Rows that wait to be taken; so many are in memory at most.
const WAITING: usize = 256;

/// Open a file for import.
pub fn open<'a>(file: &Path, options: &Options<'a>) -> anyhow::Result<Reader<'a>> {
    if intake::detect(file, &options.file_name)? == Format::GeoPackage {
        return Ok(intake::open_rows(Box::new(GeoPackageRows::open(file)?), options));
    }
    Ok(intake::open(file, options)?)
}

/// The rows of every layer of a GeoPackage, read on a thread of their own and taken one by one.
struct GeoPackageRows {
    rows: Receiver<Result<(usize, VisitorRow), Failure>>,
    layers: Vec<VisitorLayer>,
    progress: Progress,
}

impl GeoPackageRows {
    fn open(file: &Path) -> Result<GeoPackageRows, Failure> {
        let reader = GeoPackageReader::open(file)?;
        let layers = reader.layers()?;
        let counts = layers.iter().map(|layer| reader.n_rows(layer)).collect::<Result<Vec<u64>, Failure>>()?;
        drop(reader);
        let (send, rows) = sync_channel(WAITING);
        let (path, wanted): (PathBuf, Vec<VisitorLayer>) = (file.to_owned(), layers.clone());
        std::thread::spawn(move || {
            let read = || {
                let reader = GeoPackageReader::open(&path)?;
                for (number, layer) in wanted.iter().enumerate() {
                    let mut left = false;
                    reader.rows(layer, &mut |row| {
                        left = send.send(Ok((number, row))).is_err();
                        if left { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })?;
                    if left {
                        break;
                    }
                }
                Ok(())
            };
            if let Err(failure) = read() {
                // Nobody is left to tell if the taker has gone.
                let _ = send.send(Err(failure));
            }
        });
        Ok(GeoPackageRows { rows, layers, progress: Progress { done: 0, total: counts.iter().sum() } })
    }
}

impl RowSource for GeoPackageRows {
    fn format(&self) -> Format {
        Format::GeoPackage
    }

    fn next_row(&mut self) -> Option<Row> {
        let taken = self.rows.recv().ok()?;
        self.progress.done += 1;
        match taken {
            Ok((number, found)) => Some(row(&self.layers[number], found)),
            Err(failure) => {
                let at = format!("row {}", self.progress.done);
                let note = Note::new("file_unreadable").with("at", at).with("why", failure);
                Some(Row::of_note(self.progress.done, note))
            }
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

fn row(layer: &VisitorLayer, found: VisitorRow) -> Row {
    let mut row = Row::new(found.number);
    row.layer = Some(layer.name.clone());
    row.properties = layer.columns.iter().map(|column| column.name.clone()).zip(found.values).collect();
    row.crs = layer.geometry.as_ref().map_or(Declared::ByStandard, |geometry| declared(&geometry.srs));
    row.ground = match found.geometry {
        None => Ground::Absent,
        Some(Ok(shape)) => {
            row.has_height = shape.has_z || shape.has_m;
            Ground::Shape { shape: shape.shape, text: None }
        }
        Some(Err(why)) => Ground::Broken { text: String::new(), why },
    };
    let note =
        |(column, why): &(String, String)| Note::new("cell_error").about(column, why.as_str()).with("error", why);
    row.notes = found.problems.iter().map(note).collect();
    row
}

fn declared(srs: &Srs) -> Declared {
    let code = u32::try_from(srs.organization_coordsys_id).ok().filter(|&code| code > 0);
    match code {
        Some(code) if srs.organization.eq_ignore_ascii_case("EPSG") => Declared::Code(CrsCode(code)),
        _ if matches!(srs.srs_id, -1 | 0) => Declared::Nothing,
        _ => Declared::Unrecognised(srs.definition.clone()),
    }
}
