//! Parquet: GeoParquet 1.0 and 1.1 with ground as well-known binary, or a plain table whose columns carry the ground.
//!
//! The coordinate system is that of the column's metadata: absent means WGS 84, longitude first; `null` means that
//! nobody knows. Positions are x and y whatever the axes of the system, as the standard says.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use geodesy::crs::CrsCode;
use geometry::Shape;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use serde_json::{Map, Value};

use crate::Options;
use crate::format::Format;
use crate::formats::table::Columns;
use crate::limits::{MAX_UNZIPPED_BYTES, shorten};
use crate::refused::Refused;
use crate::row::{Declared, Ground, Note, Progress, Row, RowSource};

/// Names of a column that holds well-known binary where no metadata say so.
const BINARY_NAMES: &[&str] = &["geometry", "geom", "wkb_geometry", "wkb"];

/// Rows of a Parquet file.
pub(crate) struct Parquet {
    rows: RowIter<'static>,
    ground: GroundColumn,
    number: u64,
    total: u64,
    is_over: bool,
}

enum GroundColumn {
    /// Well-known binary.
    Binary(String, Declared),
    /// As a table carries it.
    Table(Columns),
}

impl Parquet {
    pub(crate) fn open(path: &Path, options: &Options<'_>) -> Result<Parquet, Refused> {
        let name = options.file_name.as_str();
        let file = File::open(path).map_err(|why| Refused::io(name, why))?;
        // Hostile files may make the reader panic; here that is a file that cannot be read.
        let opened = catch_unwind(AssertUnwindSafe(|| SerializedFileReader::new(file)));
        let reader = opened.map_err(|_| broken(name, "the reader gave up"))?.map_err(|why| broken(name, &why))?;
        let meta = reader.metadata();
        let too_large = meta
            .row_groups()
            .iter()
            .flat_map(|group| group.columns())
            .any(|column| u64::try_from(column.uncompressed_size()).is_ok_and(|size| size > MAX_UNZIPPED_BYTES));
        if too_large {
            return Err(broken(name, "a column of one row group is larger than 1 GB"));
        }
        let about = meta.file_metadata();
        let stated = about.key_value_metadata().into_iter().flatten().find(|pair| pair.key == "geo");
        let stated = stated.and_then(|pair| serde_json::from_str::<Value>(pair.value.as_deref()?).ok());
        let names: Vec<String> = about.schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
        let ground = match stated {
            Some(geo) => {
                let column = geo["primary_column"].as_str().unwrap_or("geometry").to_owned();
                let own = &geo["columns"][&column];
                if let Some(other) = own["encoding"].as_str().filter(|encoding| *encoding != "WKB") {
                    return Err(broken(name, format!("its ground is encoded as {other:?}; only WKB is read")));
                }
                GroundColumn::Binary(column, declared(own))
            }
            None => match names.iter().find(|name| BINARY_NAMES.contains(&name.as_str())) {
                Some(column) => GroundColumn::Binary(column.clone(), Declared::Nothing),
                None => GroundColumn::Table(Columns::new(&names, options.profile, options.stated_crs(), name)?),
            },
        };
        let total = u64::try_from(about.num_rows()).unwrap_or_default();
        let rows = catch_unwind(AssertUnwindSafe(|| reader.into_iter()));
        let rows = rows.map_err(|_| broken(name, "the reader gave up"))?;
        Ok(Parquet { rows, ground, number: 0, total, is_over: false })
    }

    fn row_of(&mut self, cells: Vec<(String, Field)>) -> Option<Row> {
        let (column, declared) = match &mut self.ground {
            GroundColumn::Table(columns) => {
                return columns.row(self.number, cells.into_iter().map(|(_, cell)| value(cell)).collect());
            }
            GroundColumn::Binary(column, declared) => (column, declared),
        };
        let mut row = Row::new(self.number);
        row.crs = declared.clone();
        for (name, cell) in cells {
            match cell {
                Field::Bytes(bytes) if name == *column => row.ground = ground(bytes.data()),
                Field::Null if name == *column => {}
                // Boxes around each feature, which the standard lets a writer add, say nothing that its ground does not.
                Field::Group(_) if name == "bbox" => {}
                other => _ = row.properties.insert(name, value(other)),
            }
        }
        Some(row)
    }
}

impl RowSource for Parquet {
    fn format(&self) -> Format {
        Format::Parquet
    }

    fn next_row(&mut self) -> Option<Row> {
        while !self.is_over {
            let next = catch_unwind(AssertUnwindSafe(|| self.rows.next()));
            let why = match next {
                Ok(None) => {
                    self.is_over = true;
                    return None;
                }
                Ok(Some(Ok(row))) => {
                    self.number += 1;
                    match self.row_of(row.into_columns()) {
                        Some(row) => return Some(row),
                        None => continue,
                    }
                }
                Ok(Some(Err(why))) => why.to_string(),
                Err(_) => "the reader gave up".to_owned(),
            };
            self.is_over = true;
            let at = format!("row {} of {}", self.number + 1, self.total);
            let note = Note::new("file_unreadable").with("at", at).with("why", why);
            return Some(Row::of_note(self.number + 1, note));
        }
        None
    }

    fn progress(&self) -> Progress {
        Progress { done: self.number, total: self.total }
    }
}

fn broken(name: &str, why: impl ToString) -> Refused {
    Refused::broken(name, "Parquet", why, "export it again as GeoParquet 1.1 with WKB, or as GeoPackage")
}

fn ground(bytes: &[u8]) -> Ground {
    match Shape::from_wkb(bytes) {
        Ok(shape) => Ground::Shape { shape, text: None },
        Err(why) => Ground::Broken { text: format!("{} bytes", bytes.len()), why: why.to_string() },
    }
}

/// The system of a column: PROJJSON with an authority and a code.
fn declared(column: &Value) -> Declared {
    let Some(crs) = column.get("crs") else { return Declared::ByStandard };
    let code = match &crs["id"]["code"] {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    match (crs["id"]["authority"].as_str().unwrap_or_default(), code.as_str()) {
        _ if crs.is_null() => Declared::Nothing,
        ("OGC", "CRS84") => Declared::ByStandard,
        ("EPSG", code) if code.parse() == Ok(CrsCode::WGS_84.0) => Declared::ByStandard,
        ("EPSG", code) if code.parse::<u32>().is_ok() => Declared::Code(CrsCode(code.parse().unwrap_or_default())),
        _ => Declared::Unrecognised(shorten(crs["name"].as_str().unwrap_or("without a name"))),
    }
}

/// Days as `YYYY-MM-DD`, instants as RFC 3339, lists and structures as JSON.
fn value(field: Field) -> Value {
    match field {
        Field::Str(text) => Value::String(text),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Value::String(text.to_owned()),
            Err(_) => Value::String(format!("{} bytes", bytes.len())),
        },
        Field::Date(days) => {
            let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days));
            day.map_or_else(|_| Value::from(days), |day| Value::String(day.to_string()))
        }
        Field::TimestampMillis(millis) => instant(jiff::Timestamp::from_millisecond(millis).ok(), millis),
        Field::TimestampMicros(micros) => instant(jiff::Timestamp::from_microsecond(micros).ok(), micros),
        Field::Group(row) => Value::Object(
            row.into_columns().into_iter().map(|(name, field)| (name, value(field))).collect::<Map<_, _>>(),
        ),
        Field::ListInternal(list) => Value::Array(list.elements().iter().cloned().map(value).collect()),
        Field::Null => Value::Null,
        Field::Bool(truth) => Value::from(truth),
        Field::Byte(number) => Value::from(number),
        Field::Short(number) => Value::from(number),
        Field::Int(number) => Value::from(number),
        Field::Long(number) => Value::from(number),
        Field::UByte(number) => Value::from(number),
        Field::UShort(number) => Value::from(number),
        Field::UInt(number) => Value::from(number),
        Field::ULong(number) => Value::from(number),
        Field::Float(number) => Value::from(number),
        Field::Double(number) => Value::from(number),
        // As it is written: a time of day, a decimal, a map.
        other => Value::String(other.to_string()),
    }
}

fn instant(at: Option<jiff::Timestamp>, number: i64) -> Value {
    at.map_or_else(|| Value::from(number), |at| Value::String(at.to_string()))
}
