//! CSV (RFC 4180), UTF-8, for spreadsheets: numbers as numbers, and no text that a spreadsheet would run.

use records::Feature;
use serde_json::Value;

use crate::hxl;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the table could not be written: {0}")]
pub struct TableError(#[from] csv::Error);

/// Rows of nested objects as a table: `{"flow":{"new_m2":1}}` gives a column `flow_new_m2`.
pub fn csv_of_objects(rows: &[Value]) -> Result<String, TableError> {
    let flat: Vec<Vec<(String, Value)>> = rows.iter().map(flatten).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(first) = flat.first() {
        writer.write_record(first.iter().map(|cell| cell.0.as_str()))?;
    }
    for row in &flat {
        writer.write_record(row.iter().map(|cell| text(&cell.1)))?;
    }
    Ok(finish(writer))
}

/// Features as a table with their ground as WKT; columns in the order of the layer. `has_hxl`: a second row says
/// what the columns mean.
pub fn csv_of_features(columns: &[&str], features: &[Feature], has_hxl: bool) -> Result<String, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = || ["id"].iter().chain(columns).chain(&["WKT"]);
    writer.write_record(names())?;
    if has_hxl {
        writer.write_record(names().map(|name| hxl::tag(name)))?;
    }
    for feature in features {
        let values = columns.iter().map(|name| feature.properties.get(*name).map(text).unwrap_or_default());
        let wkt = feature.geometry.as_ref().map(geometry::Shape::to_wkt).unwrap_or_default();
        writer.write_record(std::iter::once(feature.id.clone()).chain(values).chain([wkt]))?;
    }
    Ok(finish(writer))
}

/// Rows of texts under their heads.
pub fn csv_of_texts(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heads)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    Ok(finish(writer))
}

fn finish(writer: csv::Writer<Vec<u8>>) -> String {
    let bytes = writer.into_inner().expect("a vector takes every byte");
    String::from_utf8(bytes).expect("text in, text out")
}

fn flatten(row: &Value) -> Vec<(String, Value)> {
    let mut cells = Vec::new();
    for (name, value) in row.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(inner) => cells.extend(inner.iter().map(|(key, value)| (format!("{name}_{key}"), value.clone()))),
            None => cells.push((name.clone(), value.clone())),
        }
    }
    cells
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => guarded(text),
        other => other.to_string(),
    }
}

/// A spreadsheet runs text that begins like a formula; a leading apostrophe keeps it text.
pub(crate) fn guarded(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if runs && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_figures_become_columns_and_formulas_stay_text() {
        let rows = [json!({"local_id": "=1+1", "flow": {"new_m2": 1.5}, "class": null})];
        expect_test::expect![[r#"
            local_id,flow_new_m2,class
            '=1+1,1.5,
        "#]]
        .assert_eq(&csv_of_objects(&rows).unwrap());
    }
}
