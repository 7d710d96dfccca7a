//! `$metadata`: what there is to ask for, as CSDL XML 4.0.

use std::fmt::Write;

use records::feature::ColumnType;

use super::columns;
use crate::web::ogc::names;

/// The document; the same for every day.
pub fn document() -> String {
    let mut types = String::new();
    let mut sets = String::new();
    for name in names() {
        let id = name.id();
        let _ = writeln!(types, "<EntityType Name=\"{id}\"><Key><PropertyRef Name=\"id\"/></Key>");
        for (column, holds) in columns(name) {
            let nullable = if column == "id" { " Nullable=\"false\"" } else { "" };
            let _ = writeln!(types, "<Property Name=\"{column}\" Type=\"{}\"{nullable}/>", edm(holds));
        }
        types.push_str("</EntityType>\n");
        let _ = writeln!(sets, "<EntitySet Name=\"{id}\" EntityType=\"Homeground.{id}\"/>");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n<edmx:DataServices>\n\
         <Schema Namespace=\"Homeground\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n{types}\
         <EntityContainer Name=\"Programme\">\n{sets}</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n"
    )
}

fn edm(holds: ColumnType) -> &'static str {
    match holds {
        ColumnType::Text => "Edm.String",
        ColumnType::Integer => "Edm.Int64",
        ColumnType::Real => "Edm.Double",
        ColumnType::Day => "Edm.Date",
        ColumnType::Boolean => "Edm.Boolean",
    }
}
