//! XLSX: one sheet, its first row the header. Numbers and days are those of the workbook, not their display.
//!
//! Cells are read sparsely, since one cell at XFD1048576 would make a dense sheet of 17 milliards. The
//! parts of the ZIP are unfolded once into nothing before the reader sees them, so a bomb meets the limit.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx as Workbook};
use serde_json::Value;

use crate::Options;
use crate::archive;
use crate::format::Format;
use crate::formats::table::Columns;
use crate::refused::Refused;
use crate::row::{Note, Progress, Row, RowSource};

/// A row of a sheet: its number, its cells by column.
type SheetRow = (u64, Vec<(usize, Cell)>);

enum Cell {
    Value(Value),
    Error(String),
}

/// Rows of a sheet.
pub(crate) struct Xlsx {
    rows: std::vec::IntoIter<SheetRow>,
    columns: Columns,
    names: Vec<String>,
    may_be_hxl: bool,
    progress: Progress,
}

impl Xlsx {
    pub(crate) fn open(path: &Path, options: &Options<'_>) -> Result<Xlsx, Refused> {
        let name = options.file_name.as_str();
        let mut zip = archive::open(path, name)?;
        for entry in archive::entries(&zip) {
            archive::unfold(&mut zip, &entry, name, &mut io::sink())?;
        }
        let wanted = options.profile.and_then(|profile| profile.layer.as_deref());
        // Hostile workbooks have made readers panic before; here that is a file that cannot be read.
        let read = catch_unwind(AssertUnwindSafe(|| sheet(path, name, wanted)));
        let rows = read.unwrap_or_else(|_| Err(broken(name, "the reader of workbooks gave up")))?;
        let total = rows.len() as u64;
        let mut rows = rows.into_iter();
        let (_, header) = rows.next().ok_or_else(|| Refused::Empty { file: name.to_owned() })?;
        let names: Vec<String> = dense(header).into_iter().map(|cell| crate::value::text_of(&cell.0)).collect();
        let columns = Columns::new(&names, options.profile, options.stated_crs(), name)?;
        Ok(Xlsx { rows, columns, names, may_be_hxl: true, progress: Progress { done: 1, total } })
    }

    fn row_of(&mut self, number: u64, cells: Vec<(usize, Cell)>) -> Option<Row> {
        let (cells, errors): (Vec<Value>, Vec<Option<String>>) = dense(cells).into_iter().unzip();
        if std::mem::take(&mut self.may_be_hxl) && Columns::is_hxl(&cells) {
            self.columns.note(Note::new("hxl_row").with("line", number));
            return None;
        }
        // A workbook leaves empty cells at the end of a row out.
        let mut cells = cells;
        cells.resize(cells.len().max(self.names.len()), Value::Null);
        let mut row = self.columns.row(number, cells)?;
        for (at, error) in errors.into_iter().enumerate() {
            if let Some(error) = error {
                let name = self.names.get(at).cloned().unwrap_or_else(|| format!("@column_{}", at + 1));
                row.notes.push(Note::new("cell_error").about(&name, &error).with("error", &error));
            }
        }
        Some(row)
    }
}

impl RowSource for Xlsx {
    fn format(&self) -> Format {
        Format::Xlsx
    }

    fn next_row(&mut self) -> Option<Row> {
        loop {
            let (number, cells) = self.rows.next()?;
            self.progress.done += 1;
            if let Some(row) = self.row_of(number, cells) {
                return Some(row);
            }
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

fn broken(name: &str, why: impl ToString) -> Refused {
    Refused::broken(name, "XLSX", why, "open it in a spreadsheet program and save it again, without a password")
}

/// The sheet that is asked for, or the first that holds something.
fn sheet(path: &Path, name: &str, wanted: Option<&str>) -> Result<Vec<SheetRow>, Refused> {
    let file = File::open(path).map_err(|why| Refused::io(name, why))?;
    let mut workbook = Workbook::new(io::BufReader::new(file)).map_err(|why| broken(name, why))?;
    let sheets = workbook.sheet_names();
    if let Some(wanted) = wanted {
        if !sheets.iter().any(|sheet| sheet == wanted) {
            let has = sheets.join(", ");
            return Err(Refused::NotInFile { file: name.to_owned(), what: "sheet", name: wanted.to_owned(), has });
        }
        return rows(&mut workbook, wanted, name);
    }
    for sheet in &sheets {
        let rows = rows(&mut workbook, sheet, name)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(Refused::Empty { file: name.to_owned() })
}

fn rows(workbook: &mut Workbook<io::BufReader<File>>, sheet: &str, name: &str) -> Result<Vec<SheetRow>, Refused> {
    let mut reader = match workbook.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        // A chart sheet has no cells.
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(why) => return Err(broken(name, why)),
    };
    let mut rows: Vec<SheetRow> = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(|why| broken(name, why))? {
        let (line, column) = cell.get_position();
        let Some(value) = cell_of(cell.get_value()) else { continue };
        let number = u64::from(line) + 1;
        match rows.last_mut() {
            Some((last, cells)) if *last == number => cells.push((column as usize, value)),
            _ => rows.push((number, vec![(column as usize, value)])),
        }
    }
    Ok(rows)
}

fn cell_of(data: &DataRef<'_>) -> Option<Cell> {
    let value = match data {
        DataRef::Empty => return None,
        DataRef::Int(number) => Value::from(*number),
        DataRef::Float(number) => number_of(*number),
        DataRef::String(text) => Value::String(text.clone()),
        DataRef::SharedString(text) => Value::String((*text).to_owned()),
        DataRef::Bool(truth) => Value::Bool(*truth),
        DataRef::DateTime(day) => day_of(day),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Value::String(text.clone()),
        DataRef::Error(error) => return Some(Cell::Error(error.to_string())),
    };
    (!crate::formats::table::is_blank(&value)).then_some(Cell::Value(value))
}

fn number_of(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT { Value::from(number as i64) } else { Value::from(number) }
}

/// `YYYY-MM-DD`, with the time behind it if there is one; what is no day of a calendar stays a number.
fn day_of(day: &calamine::ExcelDateTime) -> Value {
    const LAST_DAY_OF_9999: f64 = 2_958_466.0;
    let serial = day.as_f64();
    if day.is_duration() || !(1.0..LAST_DAY_OF_9999).contains(&serial) {
        return number_of(serial);
    }
    let (year, month, day, hour, minute, second, _) = day.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let has_time = (hour, minute, second) != (0, 0, 0);
    Value::String(if has_time { format!("{date}T{hour:02}:{minute:02}:{second:02}") } else { date })
}

/// Cells side by side, the gaps between them empty.
fn dense(cells: Vec<(usize, Cell)>) -> Vec<(Value, Option<String>)> {
    const MOST_COLUMNS: usize = 16_384;
    let mut row = Vec::new();
    for (column, cell) in cells.into_iter().filter(|(column, _)| *column < MOST_COLUMNS) {
        if row.len() <= column {
            row.resize(column + 1, (Value::Null, None));
        }
        row[column] = match cell {
            Cell::Value(value) => (value, None),
            Cell::Error(error) => (Value::Null, Some(error)),
        };
    }
    row
}
