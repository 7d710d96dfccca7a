//! Layers: the state and the records as tables with ground, for GIS files, exports and the programme's own file.
//!
//! `hazard` and `hazard_conservative` hold what remains on a day, in the two geometries that are never
//! mixed (UNC-1, UNC-2). Every other layer holds one kind of record as it was reported, with where it stands.

use std::sync::OnceLock;

use geometry::Shape;
use ledger::{Class, Day, EntryId, Index, Standing, State, View};
use records::dictionary::{Dictionary, FieldType, Ground};
use records::feature::{Column, ColumnType, Layer, LayerGeometry};
use records::land::{HazardStatus, ReleaseMethod};
use records::{Feature, Record, RecordKind};
use serde_json::{Map, Value, json};

const HAZARD_COLUMNS: &[Column] = &[
    Column { name: "local_id", holds: ColumnType::Text },
    Column { name: "class", holds: ColumnType::Text },
    Column { name: "date_of_information", holds: ColumnType::Day },
    Column { name: "remaining_m2", holds: ColumnType::Real },
    Column { name: "remaining_conservative_m2", holds: ColumnType::Real },
    Column { name: "cancelled_m2", holds: ColumnType::Real },
    Column { name: "reduced_m2", holds: ColumnType::Real },
    Column { name: "cleared_m2", holds: ColumnType::Real },
    Column { name: "operator", holds: ColumnType::Text },
];

/// What remains hazardous by the book, one feature a hazard or reopening.
pub const HAZARD: Layer = Layer {
    name: "hazard",
    about: "Ground that remains suspected or confirmed hazardous, book geometry",
    geometry: LayerGeometry::Area,
    columns: HAZARD_COLUMNS,
};

/// What remains hazardous in gate geometry.
pub const HAZARD_CONSERVATIVE: Layer = Layer {
    name: "hazard_conservative",
    about: "Remaining hazard with every uncertainty on the side of safety; never an official figure",
    geometry: LayerGeometry::Area,
    columns: HAZARD_COLUMNS,
};

const COMMON_COLUMNS: &[Column] = &[
    Column { name: "local_id", holds: ColumnType::Text },
    Column { name: "date_of_information", holds: ColumnType::Day },
    Column { name: "standing", holds: ColumnType::Text },
    Column { name: "source", holds: ColumnType::Text },
];

/// Columns that are computed: no field of any record.
pub const COMPUTED: [&str; 3] = ["standing", "area_m2", "effective_m2"];

/// Every layer, in the order in which a person would want them.
pub fn all() -> &'static [Layer] {
    static LAYERS: OnceLock<Vec<Layer>> = OnceLock::new();
    LAYERS.get_or_init(|| {
        let records = RecordKind::ALL.iter().filter_map(|&kind| of_kind(kind));
        [HAZARD, HAZARD_CONSERVATIVE].into_iter().chain(records).collect()
    })
}

/// The layer with this name.
pub fn named(name: &str) -> Option<&'static Layer> {
    all().iter().find(|layer| layer.name == name)
}

/// The kind of record a layer holds; `None` for the two that are computed.
pub fn kind_of(layer: &Layer) -> Option<RecordKind> {
    RecordKind::ALL.iter().copied().find(|&kind| layer_name(kind) == Some(layer.name))
}

/// The name of the layer of a kind; persons have none.
pub fn layer_name(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Household | RecordKind::Casualty | RecordKind::Assistance => None,
        RecordKind::ReleaseProduct => Some("release"),
        RecordKind::DeviceFind => Some("find"),
        other => Some(other.name()),
    }
}

fn of_kind(kind: RecordKind) -> Option<Layer> {
    let dictionary = Dictionary::shipped();
    let described = dictionary.kind.get(&kind)?;
    let mut columns = COMMON_COLUMNS.to_vec();
    if kind == RecordKind::ReleaseProduct {
        columns.push(Column { name: "area_m2", holds: ColumnType::Real });
        columns.push(Column { name: "effective_m2", holds: ColumnType::Real });
    }
    columns.extend(
        dictionary.fields(kind).map(|field| Column { name: field.name.as_str(), holds: column_type(field.holds) }),
    );
    let geometry = match described.ground {
        Ground::AreaRequired => LayerGeometry::Area,
        Ground::Point => LayerGeometry::Point,
        Ground::Any => LayerGeometry::Any,
        Ground::None => LayerGeometry::None,
    };
    Some(Layer { name: layer_name(kind)?, about: described.about.as_str(), geometry, columns: Vec::leak(columns) })
}

/// What remains of a row on a day: one feature for each of the two layers, `None` where nothing is left.
pub fn of_row(index: &Index, state: &State, root: u32, day: Day) -> [(&'static str, String, Option<Feature>); 2] {
    let id = index.record(root).entry.to_string();
    [(View::Book, HAZARD.name), (View::Gate, HAZARD_CONSERVATIVE.name)]
        .map(|(view, layer)| (layer, id.clone(), remaining(index, state, root, view, day)))
}

fn remaining(index: &Index, state: &State, root: u32, view: View, day: Day) -> Option<Feature> {
    let is_left =
        state.account(root, view)?.spells.iter().any(|(spell, _)| spell.class_on(day).is_some_and(Class::is_hazardous));
    if !is_left {
        return None;
    }
    let region = state.remaining_of_row(index, root, view, day);
    let kept = index.record(root);
    let figures = state.row_figures(root, day);
    let confirmed = state.versions(root, view).iter().any(|v| v.from <= day && v.status == HazardStatus::Confirmed);
    let class = if confirmed { HazardStatus::Confirmed } else { HazardStatus::Suspected };
    let properties = json!({
        "local_id": kept.local_id,
        "class": class.word(),
        "date_of_information": kept.day.date(),
        "remaining_m2": figures.remaining().m2(),
        "remaining_conservative_m2": figures.remaining_gate.m2(),
        "cancelled_m2": figures.footprint.cancelled.m2(),
        "reduced_m2": figures.footprint.reduced.m2(),
        "cleared_m2": figures.footprint.cleared.m2(),
        "operator": &*kept.operator,
    });
    Some(Feature { id: kept.entry.to_string(), geometry: Some(region.to_shape()), properties: object(properties) })
}

/// What the ground is called that was released and is not hazardous again.
pub const RELEASED: &str = "released";

/// Ground that is released on a day by the book, one feature for each row and method: what a picture may show as
/// released, unlike the plots of reports.
pub fn released(index: &Index, state: &State, day: Day) -> Vec<Feature> {
    let of_row = |root: u32| {
        ReleaseMethod::ALL.iter().filter_map(move |&method| {
            let is_it = |class: Class| class == Class::Released(method);
            let region = state.region_of_row(index, root, View::Book, day, is_it);
            let kept = index.record(root);
            let properties = object(json!({"local_id": kept.local_id, "class": method.word()}));
            let id = format!("{}-{}", kept.entry, method.word());
            (!region.is_empty()).then(|| Feature { id, geometry: Some(region.to_shape()), properties })
        })
    };
    state.rows().flat_map(of_row).collect()
}

/// A record as a feature of its layer; `None` for kinds without a layer.
/// `effective` is what a release released, net (m²).
pub fn of_record(
    record: &Record,
    entry: EntryId,
    standing: Standing,
    effective: Option<f64>,
) -> Option<(&'static str, Feature)> {
    let layer = layer_name(record.kind)?;
    let mut properties = object(json!({
        "local_id": record.local_id,
        "date_of_information": record.date_of_information,
        "standing": standing_word(standing),
        "source": record.sources.join(","),
    }));
    if record.kind == RecordKind::ReleaseProduct {
        let read = record.geometry.as_ref().map(|shape| geometry::read::read(shape, geometry::Reading::Smallest));
        properties.insert("area_m2".to_owned(), json!(read.map(|read| read.region.area().m2())));
        properties.insert("effective_m2".to_owned(), json!(effective));
    }
    for field in Dictionary::shipped().fields(record.kind) {
        let value = flat(record.fields.get(&field.name), column_type(field.holds));
        properties.insert(field.name.clone(), value);
    }
    let geometry = record.geometry.clone().map(as_areas);
    Some((layer, Feature { id: entry.to_string(), geometry, properties }))
}

/// As files spell where a record stands.
pub fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Absent => "withdrawn",
        Standing::Proposed => "proposed",
        Standing::Approved => "approved",
    }
}

/// What a column of a field holds.
pub fn column_type(holds: FieldType) -> ColumnType {
    match holds {
        FieldType::Integer => ColumnType::Integer,
        FieldType::Number => ColumnType::Real,
        FieldType::Day => ColumnType::Day,
        FieldType::Boolean => ColumnType::Boolean,
        FieldType::Text | FieldType::Edtf | FieldType::Word | FieldType::Words | FieldType::Texts | FieldType::Json => {
            ColumnType::Text
        }
    }
}

/// One value of the column's type: lists as comma-separated text and structures as JSON text, since tables
/// have single values. What does not fit its column is left to the record itself, which intake has checked.
fn flat(value: Option<&Value>, holds: ColumnType) -> Value {
    let value = value.unwrap_or(&Value::Null);
    match (holds, value) {
        (ColumnType::Real, number) => json!(number.as_f64()),
        (ColumnType::Integer, number) => json!(number.as_i64()),
        (ColumnType::Boolean, flag) => json!(flag.as_bool()),
        (ColumnType::Text | ColumnType::Day, Value::Null | Value::String(_)) => value.clone(),
        (_, Value::Array(items)) if items.iter().all(Value::is_string) => {
            Value::String(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        // Canonical, so that the text does not depend on the order in which a file wrote its members.
        (_, other) => Value::String(ledger::entry::canonical(other)),
    }
}

/// Polygons in the form every format wants: several, and each ring closed.
fn as_areas(shape: Shape) -> Shape {
    let mut polygons = match shape {
        Shape::Polygon(rings) => vec![rings],
        Shape::MultiPolygon(polygons) => polygons,
        other => return other,
    };
    for ring in polygons.iter_mut().flatten() {
        if ring.first() != ring.last() {
            ring.extend_from_within(..1);
        }
    }
    Shape::MultiPolygon(polygons)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
