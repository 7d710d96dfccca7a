//! The same documents for people: plain pages with links.

use maud::{Markup, html};
use serde_json::Value;

use super::super::page::bare;
use super::Api;
use super::model::Name;

fn frame(api: &Api, title: &str, main: &Markup) -> Markup {
    let main = html! {
        @if let Some(day) = api.as_of { p.note { "As of " (day) "." } }
        p.note {
            a href=(api.href("/collections?f=html")) { "Collections" } " · "
            a href=(api.with(&[("f", "json")])) { "JSON" }
        }
        (main)
    };
    bare(title, &main)
}

/// Any document as nested lists, its addresses as links.
pub fn document(api: &Api, title: &str, value: &Value) -> Markup {
    let main = match value["collections"].as_array() {
        Some(collections) => html! {
            table {
                thead { tr { th { "Collection" } th { "What it is" } } }
                tbody {
                    @for collection in collections {
                        @let id = collection["id"].as_str().unwrap_or_default();
                        tr {
                            td { a href=(api.href(&format!("/collections/{id}/items?f=html&limit=100"))) { (id) } }
                            td { (collection["description"].as_str().unwrap_or_default()) }
                        }
                    }
                }
            }
        },
        None => shown(value),
    };
    frame(api, title, &main)
}

fn shown(value: &Value) -> Markup {
    html! {
        @match value {
            Value::Object(map) => {
                dl { @for (key, value) in map { dt { (key) } dd { (shown(value)) } } }
            }
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                @for (i, item) in items.iter().enumerate() { @if i > 0 { ", " } (shown(item)) }
            }
            Value::Array(items) => { ul { @for item in items { li { (shown(item)) } } } }
            Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
                a href=(text) { (text) }
            }
            Value::String(text) => { (text) }
            Value::Null => { "–" }
            other => { (other.to_string()) }
        }
    }
}

/// A page of features as a table.
pub fn items(api: &Api, name: Name, rows: &[Value], links: &[Value], matched: usize) -> Markup {
    let columns = name.columns();
    // Columns that no row of the page fills are left out.
    let is_filled = |column: &str| rows.iter().any(|row| !row["properties"][column].is_null());
    let columns: Vec<&str> = columns.iter().map(|column| column.0).filter(|column| is_filled(column)).collect();
    let next = links.iter().find(|link| link["rel"] == "next").and_then(|link| link["href"].as_str());
    let main = html! {
        p { (name.about()) ". " (rows.len()) " of " (matched) "." }
        div.scroll tabindex="0" {
            table {
                thead { tr { th { "id" } @for column in &columns { th { (column) } } } }
                tbody {
                    @for row in rows {
                        @let id = row["id"].as_str().unwrap_or_default();
                        tr {
                            td { a href=(api.href(&format!("/collections/{}/items/{id}?f=html", name.id()))) { (id.get(..8).unwrap_or(id)) } }
                            @for column in &columns { td { (shown(&row["properties"][*column])) } }
                        }
                    }
                }
            }
        }
        @if let Some(next) = next { p { a href=(next) rel="next" { "Next page" } } }
    };
    frame(api, &name.id(), &main)
}

/// One feature.
pub fn feature(api: &Api, name: Name, feature: &Value) -> Markup {
    let id = feature["id"].as_str().unwrap_or_default();
    // A row of the state is called by the entry of its first record, an interval by that and a number.
    let entry = id.split('-').next().unwrap_or(id);
    let main = html! {
        (shown(&feature["properties"]))
        p { a href=(format!("/ledger/{entry}")) { "The entry behind it" } }
    };
    frame(api, &format!("{} {}", name.id(), feature["properties"]["local_id"].as_str().unwrap_or(id)), &main)
}
