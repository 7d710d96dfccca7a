//! Tables: heads that sort, pages by key, what is shown as CSV.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::asked::Asked;
use super::problem::Problem;

/// A column of a sortable table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// As the address spells it.
    pub name: &'static str,
    /// As the head says it.
    pub title: &'static str,
    /// Numbers stand to the right and sort from large to small at first.
    pub is_number: bool,
}

impl Column {
    /// A column of words.
    pub const fn text(name: &'static str, title: &'static str) -> Column {
        Column { name, title, is_number: false }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, title: &'static str) -> Column {
        Column { name, title, is_number: true }
    }
}

/// By which column, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Name of the column.
    pub column: &'static str,
    /// From large to small.
    pub is_descending: bool,
}

impl Order {
    /// The order asked for, such as `sort=-remaining`.
    pub fn asked(asked: &Asked, columns: &[Column], default: Order) -> Result<Order, Problem> {
        let Some(text) = asked.get("sort") else { return Ok(default) };
        let (name, is_descending) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let found = columns.iter().find(|column| column.name == name);
        let column = found.ok_or_else(|| Problem::bad_query("sort", text, &format!("one of {}", names.join(", "))))?;
        Ok(Order { column: column.name, is_descending })
    }

    /// Sort by a key, ties by the order they came in.
    pub fn sort<T, K: PartialOrd>(self, rows: &mut [T], key: impl Fn(&T) -> K) {
        rows.sort_by(|a, b| {
            let order = key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal);
            if self.is_descending { order.reverse() } else { order }
        });
    }
}

/// The head of a sortable table; `unit` follows the titles of number columns marked with `{}`.
pub fn head(asked: &Asked, columns: &[Column], order: Order) -> Markup {
    html! {
        thead {
            tr {
                @for column in columns {
                    @let is_current = column.name == order.column;
                    @let down = if is_current { !order.is_descending } else { column.is_number };
                    @let sort = format!("{}{}", if down { "-" } else { "" }, column.name);
                    @let direction = if order.is_descending { "descending" } else { "ascending" };
                    th.n[column.is_number] scope="col" aria-sort=[is_current.then_some(direction)] {
                        a href=(asked.with(&[("sort", &sort), ("after", "")])) {
                            (column.title.replace("{}", asked.unit.symbol()))
                            @if is_current { span aria-hidden="true" { (if order.is_descending { " ▾" } else { " ▴" }) } }
                        }
                    }
                }
            }
        }
    }
}

/// Rows of one page: those that follow the row with the key `after`.
pub struct Paged<'a, T> {
    /// The rows.
    pub rows: &'a [T],
    /// Key of the last row, if more follow.
    pub next: Option<String>,
    /// Whether this is not the first page.
    pub is_later: bool,
}

/// One page of rows, by key.
pub fn paged<'a, T>(asked: &Asked, rows: &'a [T], limit: usize, key: impl Fn(&T) -> String) -> Paged<'a, T> {
    let after = asked.get("after");
    let start = after.and_then(|after| rows.iter().position(|row| key(row) == after)).map_or(0, |at| at + 1);
    let rest = &rows[start..];
    let shown = &rest[..rest.len().min(limit)];
    let next = if rest.len() > limit { shown.last().map(key) } else { None };
    Paged { rows: shown, next, is_later: start > 0 }
}

/// Links to the first and the next page.
pub fn pages(asked: &Asked, is_later: bool, next: Option<&str>) -> Markup {
    html! {
        @if is_later || next.is_some() {
            nav.pages aria-label="Pages of the table" {
                @if is_later { a href=(asked.with(&[("after", "")])) { "First page" } }
                @if let Some(next) = next { a rel="next" href=(asked.with(&[("after", next)])) { "Next page" } }
            }
        }
    }
}

/// Copy the table, or take it as CSV.
pub fn export(asked: &Asked, table: &str) -> Markup {
    html! {
        div.end {
            button.plain type="button" data-copy=(table) data-done="Copied" hidden { "Copy" }
            a href=(asked.with(&[("format", "csv"), ("after", "")])) { "CSV" }
        }
    }
}

/// Whether the table is wanted as CSV.
pub fn is_csv(asked: &Asked) -> Result<bool, Problem> {
    match asked.get("format") {
        None | Some("html") => Ok(false),
        Some("csv") => Ok(true),
        Some(other) => Err(Problem::bad_query("format", other, "html or csv")),
    }
}

/// A table as a CSV file.
pub fn csv(name: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Response, Problem> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Problem::bug(&error);
    writer.write_record(heads).map_err(failed)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell))).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::bug(&error))?;
    let file = format!("attachment; filename=\"{name}.csv\"");
    let kind = "text/csv; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, file)], bytes).into_response())
}

/// Spreadsheets run cells that begin like a formula; numbers stay numbers.
fn harmless(cell: &str) -> String {
    let is_risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if is_risky { format!("'{cell}") } else { cell.to_owned() }
}
