//! The heritage register for other registers: the sheet that Arches takes in bulk, as EAMENA lays it out, and linked data
//! in the classes of CIDOC-CRM (E27 site, E53 place, E14 condition assessment, E3 condition state, E11 modification,
//! E13 attribute assignment, E7 activity).
//!
//! Nothing is translated that somebody wrote: types, functions and periods are in the words of the list they came from.
//! Only our own words (condition, extent, priority) become those of the sheet.

use std::sync::Arc;

use geometry::Shape;
use records::Record;
use records::edtf::Edtf;
use serde_json::{Map, Value, json};

use crate::table::{self, TableError};

/// A monument with everything that is recorded about it.
#[derive(Debug, Clone)]
pub struct Site {
    /// The monument.
    pub monument: Arc<Record>,
    /// Its entry.
    pub entry: String,
    /// Where its record stands.
    pub standing: &'static str,
    /// Visits, the oldest first.
    pub assessments: Vec<Arc<Record>>,
    /// Work on it, the oldest first.
    pub interventions: Vec<Arc<Record>>,
    /// Things that belong to it.
    pub objects: Vec<Arc<Record>>,
}

/// Columns of the sheet that are filled, by their place among all.
const COLUMNS: [&str; 99] = [
    "UNIQUEID",
    "Assessment Investigator - Actor",
    "Investigator Role Type",
    "Assessment Activity Type",
    "Assessment Activity Date",
    "GE Assessment(Yes/No)",
    "GE Imagery Acquisition Date",
    "Information Resource Used",
    "Information Resource Acquisition Date",
    "Resource Name",
    "Name Type",
    "Heritage Place Type",
    "General Description Type",
    "General Description",
    "Heritage Place Function",
    "Heritage Place Function Certainty",
    "Designation",
    "Designation From Date",
    "Designation To Date",
    "Geometric Place Expression",
    "Geometry Qualifier",
    "Site Location Certainty",
    "Geometry Extent Certainty",
    "Site Overall Shape Type",
    "Grid ID",
    "Country Type",
    "Cadastral Reference",
    "Resource Orientation",
    "Address",
    "Address Type",
    "Administrative Subdivision",
    "Administrative Subdivision Type",
    "Overall Archaeological Certainty Value",
    "Overall Site Morphology Type",
    "Cultural Period Type",
    "Cultural Period Certainty",
    "Cultural Subperiod Type",
    "Cultural Subperiod Certainty",
    "Date Inference Making Actor",
    "Archaeological Date From (cal)",
    "Archaeological Date to (cal)",
    "BP Date From",
    "BP Date To",
    "AH Date From",
    "AH Date To",
    "SH Date From",
    "SH Date To",
    "Site Feature Form Type",
    "Site Feature Form Type Certainty",
    "Site Feature Shape Type",
    "Site Feature Arrangement Type",
    "Site Feature Number Type",
    "Site Feature Interpretation Type ",
    "Site Feature Interpretation Number",
    "Site Feature Interpretation Certainty",
    "Built Component Related Resource",
    "HP Related Resource",
    "Material Class",
    "Material Type",
    "Construction Technique",
    "Measurement Number",
    "Measurement Unit",
    "Dimension Type",
    "Measurement Source Type",
    "Related Geoarch/Palaeo",
    "Overall Condition State",
    "Damage Extent Type",
    "Disturbance Cause Category Type",
    "Disturbance Cause Type",
    "Disturbance Cause Certainty",
    "Disturbance Date From",
    "Disturbance Date To",
    "Disturbance Date Occurred Before",
    "Disturbance Date Occurred On",
    "Disturbance Cause Assignment Assessor Name",
    "Effect Type",
    "Effect Certainty",
    "Threat Category",
    "Threat Type",
    "Threat Probability",
    "Threat Inference Making Assessor Name",
    "Intervention Activity Type",
    "Recommendation Type",
    "Priority Type",
    "Related Detailed Condition Resource",
    "Topography Type",
    "Land Cover Type",
    "Land Cover Assessment Date",
    "Surficial Geology Type",
    "Depositional Process",
    "Bedrock Geology",
    "Fetch Type",
    "Wave Climate",
    "Tidal Energy",
    "Minimum Depth/Max Elevation(m)",
    "Maximum Depth/Min Elevation(m)",
    "Datum Type",
    "Datum Description/EPSG code",
    "Restricted Access Record Designation",
];

/// Our word and the sheet's.
type Words = &'static [(&'static str, &'static str)];

const CONDITIONS: Words = &[
    ("good", "Good"),
    ("fair", "Fair"),
    ("poor", "Poor"),
    ("very_bad", "Very Bad"),
    ("destroyed", "Destroyed"),
    ("unknown", "Unknown"),
];
const EXTENTS: Words = &[
    ("no_damage", "No Visible/Known"),
    ("1-10", "1-10%"),
    ("11-30", "11-30%"),
    ("31-60", "31-60%"),
    ("61-90", "61-90%"),
    ("91-100", "91-100%"),
    ("unknown", "Unknown"),
];
const PRIORITIES: Words = &[
    ("emergency", "Immediate Action (Emergency)"),
    ("urgent", "Within 6 months to 1 year (Urgent)"),
    ("high", "Within 1 to 2 years (High)"),
    ("medium", "Within 2 to 5 years (Medium)"),
    ("low", "Beyond 5 years (Low)"),
];
const ASSESSMENTS: Words = &[
    ("field", "Archaeological Assessment/Ground Survey"),
    ("imagery", "Archaeological Assessment (Image Interpretation)"),
    ("desk", "Desk Based Assessment"),
];

fn word(words: Words, own: Option<&str>) -> String {
    let found = own.and_then(|own| words.iter().find(|(ours, _)| *ours == own));
    found.map(|(_, theirs)| (*theirs).to_owned()).unwrap_or_default()
}

fn text(record: &Record, field: &str) -> String {
    record.text(field).unwrap_or_default().to_owned()
}

/// Items of a field that is a list of objects.
fn items<'a>(record: &'a Record, field: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    record.fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn members(record: &Record, field: &str, member: &str) -> Vec<String> {
    items(record, field).map(|item| item.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
}

/// One monument of the sheet: texts by column, a row of the sheet each.
#[derive(Default)]
struct Block(Vec<(usize, Vec<String>)>);

impl Block {
    fn put(&mut self, column: &str, texts: Vec<String>) {
        let at = COLUMNS.iter().position(|name| *name == column).expect("a column of the sheet");
        self.0.push((at, texts));
    }

    fn one(&mut self, column: &str, text: String) {
        self.put(column, vec![text]);
    }

    fn rows(self, number: usize) -> impl Iterator<Item = Vec<String>> {
        let n = self.0.iter().map(|(_, texts)| texts.len()).max().unwrap_or(0).max(1);
        (0..n).map(move |row| {
            let mut cells = vec![String::new(); COLUMNS.len()];
            cells[0] = number.to_string();
            for (at, texts) in &self.0 {
                if let Some(text) = texts.get(row) {
                    cells[*at].clone_from(text);
                }
            }
            cells
        })
    }
}

/// The sheet that Arches takes in bulk: the first row of a monument holds what it has once, further rows what it has
/// several times, all with one `UNIQUEID`. Its condition is that of the latest visit.
pub fn arches(sites: &[Site], country: &str) -> Result<String, TableError> {
    let rows = sites.iter().zip(1..).flat_map(|(site, number)| block(site, country).rows(number));
    table::csv_of_texts(&COLUMNS, rows)
}

fn block(site: &Site, country: &str) -> Block {
    let monument = &*site.monument;
    let mut block = Block::default();
    let visits = |of: &dyn Fn(&Record) -> String| site.assessments.iter().map(|visit| of(visit)).collect::<Vec<_>>();
    block.put("Assessment Investigator - Actor", visits(&|visit| text(visit, "assessor")));
    block.put("Assessment Activity Type", visits(&|visit| word(ASSESSMENTS, visit.text("assessment_type"))));
    block.put("Assessment Activity Date", visits(&|visit| visit.date_of_information.to_string()));
    let by_imagery = |visit: &Record| if visit.text("assessment_type") == Some("imagery") { "Yes" } else { "No" };
    block.put("GE Assessment(Yes/No)", visits(&|visit| by_imagery(visit).to_owned()));
    block.put("GE Imagery Acquisition Date", visits(&|visit| text(visit, "imagery_date")));
    block.put("Information Resource Used", visits(&|visit| text(visit, "information_resource")));
    let names = names(monument);
    block.put("Resource Name", names.iter().map(|(name, _)| name.clone()).collect());
    block.put("Name Type", names.into_iter().map(|(_, kind)| kind).collect());
    block.one("Heritage Place Type", text(monument, "type"));
    if let Some(description) = monument.text("description") {
        block.one("General Description Type", "General Description".to_owned());
        block.one("General Description", description.to_owned());
    }
    block.put("Heritage Place Function", members(monument, "function", "function"));
    block.put("Heritage Place Function Certainty", members(monument, "function", "certainty"));
    block.one("Designation", text(monument, "designation"));
    block.one("Designation From Date", text(monument, "designated_from"));
    block.one("Designation To Date", text(monument, "designated_to"));
    block.put("Geometric Place Expression", shapes(monument));
    block.one("Site Location Certainty", text(monument, "location_certainty"));
    block.one("Geometry Extent Certainty", text(monument, "extent_certainty"));
    block.one("Country Type", country.to_owned());
    block.one("Cadastral Reference", text(monument, "cadastral_ref"));
    block.one("Cultural Period Type", text(monument, "period"));
    block.one("Cultural Period Certainty", text(monument, "period_certainty"));
    let dates = monument.text("dates").and_then(|dates| dates.parse::<Edtf>().ok());
    let year = |day: Option<records::edtf::AnyDay>| day.map(|day| day.year.to_string()).unwrap_or_default();
    block.one("Archaeological Date From (cal)", year(dates.as_ref().and_then(Edtf::first)));
    block.one("Archaeological Date to (cal)", year(dates.as_ref().and_then(Edtf::last)));
    block.put("Material Type", monument.list("material").into_iter().map(str::to_owned).collect());
    if let Some(latest) = site.assessments.last() {
        condition(latest, &mut block);
    }
    block
}

fn condition(latest: &Record, block: &mut Block) {
    block.one("Overall Condition State", word(CONDITIONS, latest.text("condition")));
    block.one("Damage Extent Type", word(EXTENTS, latest.text("damage_extent")));
    for (column, member) in [
        ("Disturbance Cause Category Type", "category"),
        ("Disturbance Cause Type", "cause"),
        ("Disturbance Cause Certainty", "certainty"),
        ("Disturbance Date From", "from"),
        ("Disturbance Date To", "to"),
        ("Disturbance Date Occurred Before", "before"),
        ("Disturbance Date Occurred On", "on"),
        ("Disturbance Cause Assignment Assessor Name", "by"),
    ] {
        block.put(column, members(latest, "disturbances", member));
    }
    // Which disturbance had which effect stands in the same row, if it is known.
    let of_each = members(latest, "disturbances", "effect");
    match of_each.iter().any(|effect| !effect.is_empty()) {
        true => block.put("Effect Type", of_each),
        false => {
            block.put("Effect Type", members(latest, "effects", "effect"));
            block.put("Effect Certainty", members(latest, "effects", "certainty"));
        }
    }
    for (column, member) in [
        ("Threat Category", "category"),
        ("Threat Type", "cause"),
        ("Threat Probability", "probability"),
        ("Threat Inference Making Assessor Name", "by"),
    ] {
        block.put(column, members(latest, "threats", member));
    }
    block.one("Intervention Activity Type", text(latest, "recommended_intervention"));
    block.one("Recommendation Type", text(latest, "recommendation"));
    block.one("Priority Type", word(PRIORITIES, latest.text("priority")));
}

/// Its names, each once, with what kind of name each is; a name alone is a toponym.
fn names(monument: &Record) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = items(monument, "names")
        .map(|item| {
            let of = |member: &str| item.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
            (of("name"), of("kind"))
        })
        .collect();
    if let Some(own) = monument.text("name").filter(|own| !names.iter().any(|(name, _)| name == own)) {
        names.insert(0, (own.to_owned(), "Toponym".to_owned()));
    }
    names
}

/// Its ground as given: the point and the outline, where both were.
fn shapes(monument: &Record) -> Vec<String> {
    let is_wgs_84 = monument.as_entered.get("crs").and_then(Value::as_str) == Some("EPSG:4326");
    let parts = monument.as_entered.get("parts").and_then(Value::as_array).filter(|_| is_wgs_84);
    match parts {
        Some(parts) => parts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => monument.geometry.iter().map(Shape::to_wkt).collect(),
    }
}

/// The register as JSON-LD.
pub fn cidoc(sites: &[Site]) -> Value {
    json!({
        "@context": {
            "crm": "http://www.cidoc-crm.org/cidoc-crm/",
            "geo": "http://www.opengis.net/ont/geosparql#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "homeground": "urn:homeground:",
        },
        "@graph": sites.iter().map(site_node).collect::<Vec<_>>(),
    })
}

/// A node with its class and its label; what is absent is left out.
fn node(class: &str, label: &str, more: Vec<(&str, Value)>) -> Value {
    let mut node = Map::new();
    node.insert("@type".to_owned(), json!(format!("crm:{class}")));
    if !label.is_empty() {
        node.insert("rdfs:label".to_owned(), json!(label));
    }
    for (name, value) in more {
        let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("");
        if !is_nothing {
            node.insert(name.to_owned(), value);
        }
    }
    Value::Object(node)
}

fn id_of(record: &Record, kind: &str) -> Value {
    json!(format!("urn:homeground:{kind}:{}", record.local_id))
}

/// A type of some vocabulary, in its words.
fn kind_of(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| node("E55_Type", text, Vec::new()))
}

/// A time-span with the first and the last day it can mean, and the text it was given as.
fn span(text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    let day = |day: Option<records::edtf::AnyDay>, time: &str| {
        day.map_or(Value::Null, |day| json!({"@type": "xsd:dateTime", "@value": format!("{day}T{time}")}))
    };
    let (first, last) = match text.parse::<Edtf>() {
        Ok(edtf) => (day(edtf.first(), "00:00:00"), day(edtf.last(), "23:59:59")),
        Err(_) => (Value::Null, Value::Null),
    };
    let ends = vec![("crm:P82a_begin_of_the_begin", first), ("crm:P82b_end_of_the_end", last)];
    node("E52_Time-Span", text, ends)
}

/// Something that somebody assigned with some certainty (E13).
fn assigned(property: &str, value: &str, certainty: &str) -> Value {
    let more = vec![
        ("crm:P177_assigned_property_of_type", json!({"@id": format!("crm:{property}")})),
        ("crm:P141_assigned", node("E55_Type", value, Vec::new())),
        ("crm:P3_has_note", json!(certainty)),
    ];
    node("E13_Attribute_Assignment", &format!("{value}: {certainty}"), more)
}

fn site_node(site: &Site) -> Value {
    let monument = &*site.monument;
    let names = names(monument);
    let appellations: Vec<Value> = names
        .iter()
        .map(|(name, kind)| {
            let kind = Some(kind.as_str()).filter(|kind| !kind.is_empty());
            node("E41_Appellation", name, vec![("crm:P2_has_type", kind_of(kind))])
        })
        .collect();
    let mut assignments: Vec<Value> = items(monument, "function")
        .filter_map(|item| {
            let of = |member: &str| item.get(member).and_then(Value::as_str);
            Some(assigned("P103_was_intended_for", of("function")?, of("certainty").unwrap_or_default()))
        })
        .collect();
    let sure = [
        ("P53_has_former_or_current_location", "location", "location_certainty"),
        ("P53_has_former_or_current_location", "extent", "extent_certainty"),
        ("P12i_was_present_at", "period", "period_certainty"),
        ("P108i_was_produced_by", "dates", "dates_certainty"),
    ];
    for (property, what, certainty) in sure {
        if let Some(said) = monument.text(certainty) {
            assignments.push(assigned(property, monument.text(what).unwrap_or(what), said));
        }
    }
    let places: Vec<Value> = shapes(monument)
        .into_iter()
        .map(|wkt| {
            let literal = json!({"@type": "geo:wktLiteral", "@value": wkt});
            node("E53_Place", "", vec![("crm:P168_place_is_defined_by", literal)])
        })
        .collect();
    let visits: Vec<(Value, Value)> = site.assessments.iter().map(|visit| visit_nodes(visit)).collect();
    let (visits, states): (Vec<Value>, Vec<Value>) = visits.into_iter().unzip();
    let label = names.first().map_or(monument.local_id.as_str(), |(name, _)| name);
    let mut found = node(
        "E27_Site",
        label,
        vec![
            ("@id", id_of(monument, "monument")),
            ("homeground:entry", json!(site.entry)),
            ("homeground:standing", json!(site.standing)),
            ("crm:P1_is_identified_by", json!(appellations)),
            ("crm:P2_has_type", kind_of(monument.text("type"))),
            ("crm:P3_has_note", json!(text(monument, "description"))),
            ("crm:P45_consists_of", json!(materials(monument, "material"))),
            ("crm:P53_has_former_or_current_location", json!(places)),
            ("crm:P44_has_condition", json!(states)),
            ("crm:P34i_was_assessed_by", json!(visits)),
            ("crm:P140i_was_attributed_by", json!(assignments)),
            (
                "crm:P31i_was_modified_by",
                json!(site.interventions.iter().map(|work| work_node(work)).collect::<Vec<_>>()),
            ),
            (
                "crm:P46_is_composed_of",
                json!(site.objects.iter().map(|object| object_node(object)).collect::<Vec<_>>()),
            ),
        ],
    );
    // It was built and used, and later protected: both are activities that it was part of.
    let mut activities = Vec::new();
    if monument.text("dates").is_some() || monument.text("period").is_some() {
        let more = vec![("crm:P4_has_time-span", span(monument.text("dates")))];
        activities.push(node("E7_Activity", monument.text("period").unwrap_or("built and used"), more));
    }
    if let Some(designation) = monument.text("designation") {
        let from_to = match (monument.text("designated_from"), monument.text("designated_to")) {
            (None, None) => None,
            (from, to) => Some(format!("{}/{}", from.unwrap_or_default(), to.unwrap_or(".."))),
        };
        let more =
            vec![("crm:P2_has_type", kind_of(Some("protection"))), ("crm:P4_has_time-span", span(from_to.as_deref()))];
        activities.push(node("E7_Activity", designation, more));
    }
    if let (Some(node), false) = (found.as_object_mut(), activities.is_empty()) {
        node.insert("crm:P12i_was_present_at".to_owned(), json!(activities));
    }
    found
}

fn materials(record: &Record, field: &str) -> Vec<Value> {
    record.list(field).into_iter().map(|material| node("E57_Material", material, Vec::new())).collect()
}

/// A visit (E14), and the condition it identified (E3).
fn visit_nodes(visit: &Record) -> (Value, Value) {
    let id = id_of(visit, "condition");
    let condition = visit.text("condition").unwrap_or("unknown");
    let notes: Vec<String> = ["damage", "damage_extent", "damage_trend", "damage_severity", "threat"]
        .into_iter()
        .filter_map(|field| Some(format!("{}: {}", field.replace('_', " "), visit.text(field)?)))
        .collect();
    let day = visit.date_of_information.to_string();
    let state = node(
        "E3_Condition_State",
        condition,
        vec![
            ("@id", id.clone()),
            ("crm:P2_has_type", kind_of(Some(condition))),
            ("crm:P3_has_note", json!(notes)),
            ("crm:P4_has_time-span", span(Some(&day))),
        ],
    );
    let carried_out = |name: &str| node("E39_Actor", name, Vec::new());
    let by = visit.text("assessor").map_or(Value::Null, carried_out);
    let mut caused: Vec<Value> = Vec::new();
    for item in items(visit, "disturbances").chain(items(visit, "threats")) {
        let of = |member: &str| item.get(member).and_then(Value::as_str);
        let what = of("cause").or(of("category")).unwrap_or_default();
        let how_sure = of("certainty").or(of("probability")).unwrap_or_default();
        caused.push(assigned("P44_has_condition", what, how_sure));
    }
    let more = vec![
        ("@id", id_of(visit, "assessment")),
        ("crm:P2_has_type", kind_of(visit.text("assessment_type"))),
        ("crm:P4_has_time-span", span(Some(&day))),
        ("crm:P14_carried_out_by", by),
        ("crm:P35_has_identified", json!({"@id": id})),
        ("crm:P9_consists_of", json!(caused)),
        ("crm:P3_has_note", json!(text(visit, "recommendation"))),
    ];
    (node("E14_Condition_Assessment", &format!("visit of {day}"), more), state)
}

fn work_node(work: &Record) -> Value {
    let from_to = match (work.text("started_on"), work.text("completed_on")) {
        (None, None) => work.date_of_information.to_string(),
        (from, to) => format!("{}/{}", from.unwrap_or_default(), to.unwrap_or_default()),
    };
    let more = vec![
        ("@id", id_of(work, "intervention")),
        ("crm:P2_has_type", kind_of(work.text("type"))),
        ("crm:P3_has_note", json!(text(work, "description"))),
        ("crm:P4_has_time-span", span(Some(&from_to))),
    ];
    node("E11_Modification", work.text("type").unwrap_or_default(), more)
}

fn object_node(object: &Record) -> Value {
    let notes: Vec<String> = ["status", "last_seen", "measurements", "inscriptions", "features"]
        .into_iter()
        .filter_map(|field| Some(format!("{}: {}", field.replace('_', " "), object.text(field)?)))
        .collect();
    let more = vec![
        ("@id", id_of(object, "object")),
        ("crm:P2_has_type", kind_of(object.text("object_type"))),
        ("crm:P45_consists_of", json!(materials(object, "materials"))),
        ("crm:P3_has_note", json!(notes)),
    ];
    node("E22_Human-Made_Object", object.text("name").unwrap_or_default(), more)
}
