//! A programme to try things on: two layers, a writer, records that look like records.

use geometry::Shape;
use ledger::{Draft, EntryKind, Signed, Writer};
use records::Feature;
use records::feature::{Column, ColumnType, Layer, LayerGeometry};
use serde_json::{Value, json};
use std::path::Path;
use store::{Batch, GeoPackage, RowChange, Store};
use tempfile::TempDir;

/// Two layers with a place, one of them named as SQL names a command, and one without.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "release",
        about: "Ground that was released",
        geometry: LayerGeometry::Area,
        columns: &[
            Column { name: "local_id", holds: ColumnType::Text },
            Column { name: "order", holds: ColumnType::Integer },
            Column { name: "area_m2", holds: ColumnType::Real },
            Column { name: "completed_on", holds: ColumnType::Day },
            Column { name: "approved", holds: ColumnType::Boolean },
        ],
    },
    Layer {
        name: "find",
        about: "Ordnance found",
        geometry: LayerGeometry::Point,
        columns: &[Column { name: "category", holds: ColumnType::Text }],
    },
    Layer {
        name: "organisation",
        about: "Authorities and operators",
        geometry: LayerGeometry::None,
        columns: &[Column { name: "name", holds: ColumnType::Text }],
    },
];

/// A store that holds nothing but the entry that names its programme, and whatever must outlive it.
pub struct Fresh {
    pub store: Box<dyn Store>,
    pub writer: Writer,
    pub _keep: Box<dyn std::any::Any>,
}

pub fn writer(n: u8) -> Writer {
    Writer::new([n; 32], None)
}

pub fn sign(writer: &mut Writer, kind: EntryKind, payload: Value) -> Signed {
    sign_at(writer, kind, payload, "2025-07-01T12:00:00Z")
}

pub fn sign_at(writer: &mut Writer, kind: EntryKind, payload: Value, at: &str) -> Signed {
    writer.sign(&Draft { recorded_at: at.parse().unwrap(), kind, payload })
}

pub fn record(writer: &mut Writer, local_id: &str) -> Signed {
    let payload = json!({"record": "release_product", "local_id": local_id, "fields": {"operator": "Şimal-Qərb"}});
    sign(writer, EntryKind::Record, payload)
}

pub fn first(writer: &mut Writer) -> Batch {
    let programme = json!({"name": "Kəlbəcər", "country": "AZE"});
    Batch { entries: vec![sign(writer, EntryKind::Programme, programme)], ..Batch::default() }
}

pub fn create(file: &Path) -> (GeoPackage, Writer) {
    let mut writer = writer(1);
    (GeoPackage::create(file, LAYERS, &first(&mut writer)).unwrap(), writer)
}

pub fn fresh() -> Fresh {
    let directory = TempDir::new().unwrap();
    let (store, writer) = create(&directory.path().join("karabakh.gpkg"));
    Fresh { store: Box::new(store), writer, _keep: Box::new(directory) }
}

/// A square of 0.01° with its south-west corner there.
pub fn square(x: f64, y: f64) -> Shape {
    let d = 0.01;
    Shape::Polygon(vec![vec![[x, y], [x + d, y], [x + d, y + d], [x, y + d], [x, y]]])
}

pub fn release(id: &str, x: f64, y: f64) -> Feature {
    let Value::Object(properties) = json!({
        "local_id": format!("LR-{id}"), "order": 7, "area_m2": 1000.5, "completed_on": "2025-06-30", "approved": true,
    }) else {
        unreachable!()
    };
    Feature { id: id.to_owned(), geometry: Some(square(x, y)), properties }
}

pub fn put(feature: Feature) -> RowChange {
    RowChange { layer: "release", id: feature.id.clone(), feature: Some(feature) }
}

pub fn gone(id: &str) -> RowChange {
    RowChange { layer: "release", id: id.to_owned(), feature: None }
}
