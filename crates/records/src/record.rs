//! One report, as the ledger keeps it (CONTRACT §3: the payload of a `record` entry).

use geometry::{Shape, ShapeError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::kind::RecordKind;

/// What somebody reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is.
    pub kind: RecordKind,
    /// The reporter's own id, unique within its kind.
    pub local_id: String,
    /// The day the information is about: valid time (REC-1).
    pub date_of_information: Date,
    /// Entry id of the record this one corrects.
    pub supersedes: Option<String>,
    /// Local ids of the sources it comes from.
    pub sources: Vec<String>,
    /// Own properties by the names of the [dictionary](crate::dictionary).
    pub fields: Map<String, Value>,
    /// WGS 84, longitude first.
    pub geometry: Option<Shape>,
    /// Text, CRS, operation and units exactly as given.
    pub as_entered: Map<String, Value>,
}

/// Why a payload is not a record.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not the JSON of a record.
    #[error("the payload is not a record: {0}")]
    Json(#[from] serde_json::Error),
    /// Its geometry cannot be read.
    #[error("the geometry of the payload cannot be read: {0}")]
    Geometry(#[from] ShapeError),
}

#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    record: RecordKind,
    local_id: String,
    date_of_information: Date,
    supersedes: Option<String>,
    sources: Vec<String>,
    fields: Map<String, Value>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
    as_entered: Map<String, Value>,
}

impl Record {
    /// As the payload of an entry.
    pub fn to_payload(&self) -> Value {
        json!({
            "record": self.kind,
            "local_id": self.local_id,
            "date_of_information": self.date_of_information,
            "supersedes": self.supersedes,
            "sources": self.sources,
            "fields": self.fields,
            "geometry": self.geometry.as_ref().map(Shape::to_geojson),
            "as_entered": self.as_entered,
        })
    }

    /// From the payload of an entry.
    pub fn from_payload(json: &str) -> Result<Record, PayloadError> {
        let payload: Payload<'_> = serde_json::from_str(json)?;
        let geometry = match payload.geometry {
            Some(raw) if raw.get() != "null" => Some(Shape::from_geojson_str(raw.get())?),
            _ => None,
        };
        Ok(Record {
            kind: payload.record,
            local_id: payload.local_id,
            date_of_information: payload.date_of_information,
            supersedes: payload.supersedes,
            sources: payload.sources,
            fields: payload.fields,
            geometry,
            as_entered: payload.as_entered,
        })
    }

    /// A field as text; `None` if absent or empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A field as a number.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.fields.get(field).and_then(Value::as_f64)
    }

    /// A field as a day.
    pub fn day(&self, field: &str) -> Option<Date> {
        self.text(field).and_then(|text| text.parse().ok())
    }

    /// A field as a list of texts; a single text counts as a list of one.
    pub fn list(&self, field: &str) -> Vec<&str> {
        match self.fields.get(field) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) if !text.is_empty() => vec![text],
            _ => Vec::new(),
        }
    }
}
