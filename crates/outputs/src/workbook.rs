//! XLSX: a sheet a layer with real days and numbers, and a sheet that says which entries each row comes from.
//!
//! Text is written as text cells, which no spreadsheet runs, so nothing has to be guarded as in CSV.

use geometry::Shape;
use jiff::Timestamp;
use jiff::civil::Date;
use records::Feature;
use records::feature::{ColumnType, Layer, LayerGeometry};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use crate::hxl;

/// Characters that a cell can hold.
const LONGEST: usize = 32_767;

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook could not be written: {0}")]
pub struct WorkbookError(#[from] XlsxError);

/// What stands on the sheet of lineage: one entry that a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Name of the sheet.
    pub layer: &'static str,
    /// Id of the row there.
    pub id: String,
    /// Id of the entry.
    pub entry: String,
    /// Kind of the record it reports.
    pub record: &'static str,
    /// The reporter's id of that record.
    pub local_id: String,
    /// The day it is about.
    pub day: Date,
    /// When it was learned.
    pub recorded_at: Timestamp,
    /// Where it stands.
    pub standing: &'static str,
}

/// What the whole workbook says of itself.
#[derive(Debug)]
pub struct About<'a> {
    /// Name of the programme.
    pub programme: &'a str,
    /// The day shown.
    pub as_of: Date,
    /// The instant of knowledge.
    pub known_at: Timestamp,
    /// Whether a second row holds hashtags.
    pub has_hxl: bool,
}

/// The workbook, and how many cells had to stay empty because their text is longer than a cell can hold.
pub fn bytes(
    about: &About<'_>,
    layers: &[(&Layer, &[Feature])],
    lineage: &[Origin],
) -> Result<(Vec<u8>, usize), WorkbookError> {
    let mut workbook = Workbook::new();
    let made = moment(about.known_at)?;
    workbook.set_properties(&DocProperties::new().set_title(about.programme).set_creation_datetime(&made));
    let mut sink =
        Sink { header: Format::new().set_bold(), day: Format::new().set_num_format("yyyy-mm-dd"), too_long: 0 };
    for (layer, features) in layers {
        let sheet = workbook.add_worksheet();
        sheet.set_name(layer.name)?;
        sink.layer(sheet, layer, features, about.has_hxl)?;
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name("lineage")?;
    sink.lineage(sheet, about, lineage)?;
    Ok((workbook.save_to_buffer()?, sink.too_long))
}

struct Sink {
    header: Format,
    day: Format,
    too_long: usize,
}

/// How a layer shows its ground: as two numbers, as text, or not at all.
fn ground_columns(layer: &Layer) -> &'static [&'static str] {
    match layer.geometry {
        LayerGeometry::None => &[],
        LayerGeometry::Point => &["lon", "lat"],
        LayerGeometry::Area | LayerGeometry::Any => &["WKT"],
    }
}

impl Sink {
    fn layer(
        &mut self,
        sheet: &mut Worksheet,
        layer: &Layer,
        features: &[Feature],
        has_hxl: bool,
    ) -> Result<(), XlsxError> {
        let names: Vec<&str> = std::iter::once("id")
            .chain(layer.columns.iter().map(|column| column.name))
            .chain(ground_columns(layer).iter().copied())
            .collect();
        let mut row = self.header(sheet, &names)?;
        if has_hxl {
            for (at, name) in names.iter().enumerate() {
                sheet.write_string(row, at as u16, hxl::tag(name))?;
            }
            row += 1;
        }
        for feature in features {
            sheet.write_string(row, 0, &feature.id)?;
            for (column, at) in layer.columns.iter().zip(1..) {
                if let Some(value) = feature.properties.get(column.name) {
                    self.cell(sheet, row, at, column.holds, value)?;
                }
            }
            let at = 1 + layer.columns.len() as u16;
            match (&feature.geometry, layer.geometry) {
                (None, _) | (_, LayerGeometry::None) => {}
                (Some(Shape::Point([lon, lat])), LayerGeometry::Point) => {
                    sheet.write_number(row, at, *lon)?;
                    sheet.write_number(row, at + 1, *lat)?;
                }
                (Some(shape), _) => self.text(sheet, row, at, &shape.to_wkt())?,
            }
            row += 1;
        }
        Ok(())
    }

    /// The first row, which stays in sight.
    fn header(&self, sheet: &mut Worksheet, names: &[&str]) -> Result<u32, XlsxError> {
        for (at, name) in names.iter().enumerate() {
            sheet.write_string_with_format(0, at as u16, *name, &self.header)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(1)
    }

    fn cell(
        &mut self,
        sheet: &mut Worksheet,
        row: u32,
        at: u16,
        holds: ColumnType,
        value: &Value,
    ) -> Result<(), XlsxError> {
        match (holds, value) {
            (_, Value::Null) => {}
            (_, Value::Bool(flag)) => _ = sheet.write_boolean(row, at, *flag)?,
            (_, Value::Number(number)) => _ = sheet.write_number(row, at, number.as_f64().unwrap_or_default())?,
            (ColumnType::Day, Value::String(text)) => match day_of(text) {
                Some(day) => {
                    sheet.write_datetime_with_format(row, at, &day, &self.day)?;
                    // As wide as a day, or the cell shows ####.
                    sheet.set_column_width(at, 11)?;
                }
                None => self.text(sheet, row, at, text)?,
            },
            (_, Value::String(text)) => self.text(sheet, row, at, text)?,
            (_, other) => self.text(sheet, row, at, &other.to_string())?,
        }
        Ok(())
    }

    fn text(&mut self, sheet: &mut Worksheet, row: u32, at: u16, text: &str) -> Result<(), XlsxError> {
        if text.chars().map(char::len_utf16).sum::<usize>() > LONGEST {
            self.too_long += 1;
            return Ok(());
        }
        sheet.write_string(row, at, text)?;
        Ok(())
    }

    fn lineage(&mut self, sheet: &mut Worksheet, about: &About<'_>, lineage: &[Origin]) -> Result<(), XlsxError> {
        let names = [
            "sheet",
            "id",
            "entry",
            "record",
            "local_id",
            "date_of_information",
            "recorded_at",
            "standing",
            "as_of",
            "known_at",
            "programme",
        ];
        let first = self.header(sheet, &names)?;
        let known_at = about.known_at.to_string();
        for (row, origin) in (first..).zip(lineage) {
            let recorded_at = origin.recorded_at.to_string();
            let day = Value::String(origin.day.to_string());
            for (at, text) in [
                (0, origin.layer),
                (1, &origin.id),
                (2, &origin.entry),
                (3, origin.record),
                (4, &origin.local_id),
                (6, &recorded_at),
                (7, origin.standing),
                (9, &known_at),
                (10, about.programme),
            ] {
                self.text(sheet, row, at, text)?;
            }
            self.cell(sheet, row, 5, ColumnType::Day, &day)?;
            self.cell(sheet, row, 8, ColumnType::Day, &Value::String(about.as_of.to_string()))?;
        }
        Ok(())
    }
}

/// A day that a workbook can hold as a day: its calendar begins in 1900 and takes that year for a leap year.
fn day_of(text: &str) -> Option<ExcelDateTime> {
    let day: Date = text.parse().ok().filter(|day: &Date| (1901..=9999).contains(&day.year()))?;
    ExcelDateTime::from_ymd(day.year() as u16, day.month() as u8, day.day() as u8).ok()
}

fn moment(at: Timestamp) -> Result<ExcelDateTime, XlsxError> {
    // Knowledge without end is written as the last day there is.
    let last = 253_402_300_799;
    ExcelDateTime::from_timestamp(at.as_second().clamp(0, last))
}
