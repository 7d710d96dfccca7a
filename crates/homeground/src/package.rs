//! What a team takes into the field: a QGIS project with reference layers that cannot be moved and layers to draw in,
//! for QField; and the same project over the network, for the office.
//!
//! What is drawn comes back as a file: `homeground import PROGRAMME draft.gpkg --map draft.toml`. Each drawing has a key
//! that made itself, so the same file twice adds nothing, and everything that comes back is a proposed record.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::OnceLock;

use anyhow::Context;
use geometry::Shape;
use ledger::{Day, State};
use outputs::layers;
use outputs::qgis::{self, Field, ProjectLayer};
use records::dictionary::{Dictionary, FieldType};
use records::feature::{Column, Layer, LayerGeometry};
use records::{Feature, RecordKind};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::programme::Programme;

/// Reference layers, the uppermost first.
const REFERENCE: [&str; 4] = ["accident", "find", "hazard", "hazard_conservative"];

/// Where the ground is that was released.
const RELEASED: Layer = Layer {
    name: layers::RELEASED,
    about: "Ground that was released and is not hazardous again",
    geometry: LayerGeometry::Area,
    columns: &[
        Column { name: "local_id", holds: records::feature::ColumnType::Text },
        Column { name: "class", holds: records::feature::ColumnType::Text },
    ],
};

/// A layer to draw in: what its rows may become, and what is asked of them.
struct Drawn {
    name: &'static str,
    title: &'static str,
    geometry: LayerGeometry,
    kinds: &'static [RecordKind],
    fields: &'static [&'static str],
}

const DRAWN: [Drawn; 2] = [
    Drawn {
        name: "draft_area",
        title: "Draw ground here",
        geometry: LayerGeometry::Area,
        kinds: &[
            RecordKind::HazardArea,
            RecordKind::Reopening,
            RecordKind::Adjustment,
            RecordKind::ReleaseProduct,
            RecordKind::Activity,
        ],
        fields: &[
            "class",
            "eo",
            "evidence",
            "hazard",
            "reason",
            "activity",
            "depth_cm",
            "operator",
            "accuracy_m",
            "geometry_quality",
            "note",
        ],
    },
    Drawn {
        name: "draft_point",
        title: "Mark finds and accidents here",
        geometry: LayerGeometry::Point,
        kinds: &[RecordKind::DeviceFind, RecordKind::Accident],
        fields: &[
            "category",
            "model",
            "quantity",
            "depth_cm",
            "action",
            "found_by",
            "hazard",
            "release",
            "operator",
            "accuracy_m",
            "note",
        ],
    },
];

/// How `draft.gpkg` is read when it comes back. A person may give a name; otherwise the key is one.
const PROFILE: &str =
    "name = \"drawn in QField\"\nrecord_column = \"record\"\nlocal_id = [\"{local_id}\", \"{id}\"]\nother = [\"id\"]\n";

const README: &str = "\
Open homeground.qgs in QField or QGIS. The reference layers show the programme on the day of this package.
Draw in \"Draw ground here\" and \"Mark finds and accidents here\"; nothing else can be changed.

Bring draft.gpkg back to the office, and there:

  homeground import PROGRAMME draft.gpkg --map draft.toml

Everything comes in as proposed records. The same file twice adds nothing.
";

impl Drawn {
    fn layer(&self) -> Layer {
        let dictionary = Dictionary::shipped();
        let holds =
            |name: &str| self.kinds.iter().find_map(|&kind| dictionary.field(kind, name)).map(|field| field.holds);
        let envelope =
            [("record", FieldType::Text), ("local_id", FieldType::Text), ("date_of_information", FieldType::Day)];
        let own = self.fields.iter().map(|&name| (name, holds(name).unwrap_or(FieldType::Text)));
        let columns = envelope.into_iter().chain(own);
        let columns: Vec<Column> =
            columns.map(|(name, holds)| Column { name, holds: layers::column_type(holds) }).collect();
        Layer { name: self.name, about: self.title, geometry: self.geometry, columns: columns.leak() }
    }

    fn fields(&self, layer: &Layer) -> Vec<Field> {
        let dictionary = Dictionary::shipped();
        let field = |name: &str, default: &str| Field {
            name: name.to_owned(),
            default: default.to_owned(),
            words: Vec::new(),
            is_editable: true,
            is_required: false,
            is_day: false,
        };
        let mut fields = vec![Field { is_editable: false, ..field("id", "uuid('WithoutBraces')") }];
        for column in layer.columns {
            fields.push(match column.name {
                "record" => {
                    let words = self.kinds.iter().map(|kind| (kind.name().to_owned(), kind.name().replace('_', " ")));
                    let default = format!("'{}'", self.kinds[0].name());
                    Field { words: words.collect(), is_required: true, ..field("record", &default) }
                }
                "date_of_information" => {
                    Field { is_day: true, is_required: true, ..field("date_of_information", "to_date(now())") }
                }
                name => {
                    let of_kinds = self.kinds.iter().filter_map(|&kind| dictionary.field(kind, name));
                    let single = of_kinds.filter(|field| field.holds == FieldType::Word);
                    let vocabularies = single.filter_map(|field| dictionary.vocabulary.get(field.vocabulary.as_ref()?));
                    let words: BTreeMap<&String, &String> = vocabularies.flatten().collect();
                    let words = words.into_iter().map(|(word, about)| (word.clone(), about.clone())).collect();
                    Field { words, ..field(name, "") }
                }
            });
        }
        fields
    }
}

/// The layers to draw in, made once.
fn drawn() -> &'static [(Layer, Vec<Field>)] {
    static DRAWN_LAYERS: OnceLock<Vec<(Layer, Vec<Field>)>> = OnceLock::new();
    DRAWN_LAYERS.get_or_init(|| {
        let each = DRAWN.iter().map(|drawn| (drawn, drawn.layer()));
        each.map(|(drawn, layer)| (layer, drawn.fields(&layer))).collect()
    })
}

/// Finds and accidents are points here, since a layer of QGIS holds one kind of geometry; hazards are ground.
fn marked(layer: &Layer, mut features: Vec<Feature>) -> (Layer, Vec<Feature>) {
    if layer.geometry == LayerGeometry::Area {
        return (*layer, features);
    }
    features.retain(|feature| matches!(feature.geometry, Some(Shape::Point(_))));
    (Layer { geometry: LayerGeometry::Point, ..*layer }, features)
}

fn shape_of(layer: &Layer) -> qgis::Shape {
    if layer.geometry == LayerGeometry::Area { qgis::Shape::Area } else { qgis::Shape::Point }
}

fn reference<'a>(layer: &Layer, source: String, provider: &'static str) -> ProjectLayer<'a> {
    let title = layer.name.replace('_', " ");
    ProjectLayer {
        id: layer.name.to_owned(),
        title,
        source,
        provider,
        shape: shape_of(layer),
        style: layer.name,
        fields: Vec::new(),
    }
}

/// The files of a package for QField, by name.
pub fn qfield(programme: &Programme, state: &State, day: Day) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    let wanted: Vec<&'static Layer> = REFERENCE.iter().filter_map(|name| layers::named(name)).collect();
    let mut found: Vec<(Layer, Vec<Feature>)> =
        programme.features(state, day, &wanted)?.into_iter().map(|(layer, features)| marked(layer, features)).collect();
    found.push((RELEASED, layers::released(programme.index(), state, day)));
    let boxes =
        found.iter().flat_map(|(_, features)| features).filter_map(|feature| feature.geometry.as_ref()?.bounds());
    let extent = boxes.reduce(|a: [f64; 4], b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let mut project: Vec<ProjectLayer<'_>> = Vec::new();
    for (layer, fields) in drawn() {
        project.push(ProjectLayer {
            id: layer.name.to_owned(),
            title: layer.about.to_owned(),
            source: format!("./draft.gpkg|layername={}", layer.name),
            provider: "ogr",
            shape: shape_of(layer),
            style: layer.name,
            fields: fields.clone(),
        });
    }
    project.extend(
        found.iter().map(|(layer, _)| reference(layer, format!("./reference.gpkg|layername={}", layer.name), "ogr")),
    );
    let title = format!("{}, {}", programme.name(), day.date());
    let drafts = drawn().iter().map(|(layer, _)| (*layer, Vec::new())).collect();
    Ok(vec![
        ("homeground.qgs", qgis::project(&title, &project, extent).into_bytes()),
        ("reference.gpkg", geopackage(programme, found)?),
        ("draft.gpkg", geopackage(programme, drafts)?),
        ("draft.toml", PROFILE.into()),
        ("README.txt", README.into()),
    ])
}

fn geopackage(programme: &Programme, layers: Vec<(Layer, Vec<Feature>)>) -> anyhow::Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("no room for the package")?;
    let file = folder.path().join("layers.gpkg");
    let mut rows: Vec<_> = layers.into_iter().map(|(layer, features)| (layer, features.into_iter())).collect();
    let mut layers: Vec<(Layer, &mut dyn Iterator<Item = Feature>)> =
        rows.iter_mut().map(|(layer, features)| (*layer, features as &mut dyn Iterator<Item = Feature>)).collect();
    let last_change = programme.index().last().unwrap_or_default();
    store::write_geopackage(&file, &mut layers, last_change, false)?;
    std::fs::read(&file).context("the package cannot be read back")
}

/// Files as one ZIP.
pub fn zipped(files: Vec<(&'static str, Vec<u8>)>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).context("the package cannot be packed")?;
        zip.write_all(&bytes).context("the package cannot be packed")?;
    }
    Ok(zip.finish().context("the package cannot be packed")?.into_inner())
}

/// A project whose layers come over the network from `root`, an address of the OGC API.
pub fn office(programme: &Programme, state: &State, day: Day, root: &str) -> String {
    let wanted = REFERENCE.iter().filter_map(|name| layers::named(name));
    let source = |name: &str| {
        format!(
            "pagingEnabled='true' restrictToRequestBBOX='1' srsname='EPSG:4326' typename='{name}' url='{root}' version='OGC_API_FEATURES'"
        )
    };
    let project: Vec<ProjectLayer<'_>> = wanted.map(|layer| reference(layer, source(layer.name), "OAPIF")).collect();
    let boxes = state.rows().filter_map(|root| {
        layers::of_row(programme.index(), state, root, day).into_iter().find_map(|(.., feature)| feature?.geometry)
    });
    let boxes = boxes.filter_map(|shape: Shape| shape.bounds());
    let extent = boxes.reduce(|a: [f64; 4], b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    qgis::project(&format!("{}, {}", programme.name(), day.date()), &project, extent)
}
