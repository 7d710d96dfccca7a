//! Reads what strangers send, and says what is wrong with it.
//!
//! Bytes go in; [drafts](Draft) of records come out, each with its [issues](records::Issue). Nothing is
//! decided, repaired, rounded, reprojected or dropped in silence: a row that cannot become a record comes
//! out all the same, with its raw values, and waits for a person. No input makes this crate panic.
//!
//! ```text
//!   file ─► format ─► formats/… ─► row ─► profile ─► draft ─► value, ground, check ─► Draft
//!           which is it?  one reader      renames    kind,    types, WGS 84, rules
//!                         a format        and maps   ids
//! ```
//!
//! Rows are read one by one, so memory is bounded whatever the size of the file. A GeoPackage is
//! SQLite, which only the store opens: its rows come in by [`open_rows`].
//!
//! ```
//! use intake::{Options, open};
//!
//! let file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
//! std::fs::write(&file, "record,local_id,date_of_information,class,WKT\n\
//!                        hazard_area,HA-1,2024-05-01,SHA,\"POLYGON ((46 40, 46.01 40, 46 40.01, 46 40))\"\n").unwrap();
//! let options = Options::new("areas.csv", "2024-06-01".parse().unwrap());
//! let draft = open(file.path(), &options).unwrap().next().unwrap();
//! assert_eq!(draft.record.unwrap().local_id, "HA-1");
//! assert_eq!(draft.issues[0].message, "the file does not say in which coordinate system its geometry is; the numbers were taken as WGS 84 longitude and latitude");
//! ```

use std::path::Path;

use jiff::civil::Date;
use records::{RecordKind, Rules};

mod archive;
pub mod article;
pub mod bulletin;
pub mod check;
pub mod country;
mod draft;
pub mod elevation;
mod field_book;
pub mod format;
mod formats;
mod ground;
mod legs;
mod limits;
pub mod profile;
pub mod refused;
mod regroup;
mod ring;
pub mod row;
mod text;
mod value;
pub mod xform;

pub use article::Article;
pub use bulletin::Bulletin;
pub use check::check;
pub use draft::{Draft, RowGround};
pub use format::{Format, detect};
pub use geodesy::CrsCode;
pub use profile::Profile;
pub use refused::Refused;
pub use row::{Progress, Row, RowSource};

use draft::Drafting;

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Options<'a> {
    /// The kind of records whose rows do not say it themselves.
    pub as_record: Option<RecordKind>,
    /// The mapping profile.
    pub profile: Option<&'a Profile>,
    /// The coordinate system of a file that does not say it itself.
    pub crs: Option<CrsCode>,
    /// EPSG code of the operation to WGS 84 of this file (GEO-9); a profile may say it as well.
    pub operation: Option<u32>,
    /// EPSG code of the operation that the programme prescribes, for systems that have it, where nothing else is said.
    pub preferred_operation: Option<u32>,
    /// Local id of the source that the records come from.
    pub source: Option<String>,
    /// Where the programme works, to notice swapped axes: west, south, east, north in degrees, such as
    /// [`country::bounds`] gives.
    pub home: Option<[f64; 4]>,
    /// What is checked, and how grave it is.
    pub rules: &'a Rules,
    /// How issues call the file.
    pub file_name: String,
    /// The day of recording: nothing is reported from after it.
    pub today: Date,
}

impl<'a> Options<'a> {
    /// Read a file as it stands.
    pub fn new(file_name: impl Into<String>, today: Date) -> Options<'a> {
        Options {
            as_record: None,
            profile: None,
            crs: None,
            operation: None,
            preferred_operation: None,
            source: None,
            home: None,
            rules: Rules::shipped(),
            file_name: file_name.into(),
            today,
        }
    }

    pub(crate) fn stated_crs(&self) -> Option<CrsCode> {
        self.crs.or(self.profile.and_then(|profile| profile.crs))
    }

    pub(crate) fn stated_operation(&self) -> Option<u32> {
        self.operation.or(self.profile.and_then(|profile| profile.operation))
    }
}

/// Open a file: its format is found by its content. A GeoPackage is refused here; see [`open_rows`].
pub fn open<'a>(path: &Path, options: &Options<'a>) -> Result<Reader<'a>, Refused> {
    let name = options.file_name.as_str();
    let source: Box<dyn RowSource> = match detect(path, name)? {
        Format::GeoJson => Box::new(formats::geojson::GeoJson::open(path, name)?),
        Format::Csv => Box::new(formats::csv::Csv::open(path, options)?),
        Format::Xlsx => Box::new(formats::xlsx::Xlsx::open(path, options)?),
        Format::Kml => Box::new(formats::kml::Kml::open(path, name)?),
        Format::Kmz => Box::new(formats::kml::Kml::open_zip(path, name)?),
        Format::Gpx => Box::new(formats::gpx::Gpx::open(path, name)?),
        Format::FlatGeobuf => Box::new(formats::flatgeobuf::FlatGeobuf::open(path, name)?),
        Format::Parquet => Box::new(formats::parquet::Parquet::open(path, options)?),
        Format::Shapefile if format::is_zip(path) => Box::new(formats::shapefile::Shapefile::open_zip(path, options)?),
        Format::Shapefile => Box::new(formats::shapefile::Shapefile::open(path, options)?),
        Format::Submission => {
            let answers = xform::Answers::open(path, name)?;
            Box::new(xform::SubmissionRows::new(&answers, None, options.profile, None))
        }
        Format::GeoPackage | Format::Bulletin | Format::Article => {
            return Err(Refused::RowsNeeded { file: name.to_owned() });
        }
    };
    Ok(open_rows(source, options))
}

/// Read rows that somebody else takes from a file, such as the tables of a GeoPackage.
pub fn open_rows<'a>(source: Box<dyn RowSource + 'a>, options: &Options<'a>) -> Reader<'a> {
    let layer = options.profile.and_then(|profile| profile.layer.clone());
    let source = match options.profile {
        Some(profile) => regroup::regrouped(source, profile),
        None => source,
    };
    let source = Box::new(legs::Legs::new(source, options));
    Reader { source, layer, drafting: Drafting::new(options), is_empty: true }
}

/// Gives the drafts of a file, one by one.
pub struct Reader<'a> {
    source: Box<dyn RowSource + 'a>,
    layer: Option<String>,
    drafting: Drafting<'a>,
    is_empty: bool,
}

impl Reader<'_> {
    /// How far it is, in bytes or rows.
    pub fn progress(&self) -> Progress {
        self.source.progress()
    }

    /// The ground of the next row, whatever the row is a record of; `None` at the end.
    pub fn next_ground(&mut self) -> Option<RowGround> {
        self.source.next_row().map(|row| self.drafting.ground(row))
    }

    /// What the file turned out to be.
    pub fn format(&self) -> Format {
        self.source.format()
    }
}

impl Iterator for Reader<'_> {
    type Item = Draft;

    fn next(&mut self) -> Option<Draft> {
        loop {
            let Some(row) = self.source.next_row() else {
                // Said once: a file without rows is not passed over in silence.
                return std::mem::take(&mut self.is_empty).then(|| self.drafting.of_nothing());
            };
            let is_wanted = match (&self.layer, &row.layer) {
                (Some(wanted), Some(layer)) => wanted == layer,
                _ => true,
            };
            if is_wanted {
                self.is_empty = false;
                return Some(self.drafting.draft(row));
            }
        }
    }
}
