//! `cargo xtask docs`: the tables of fields in `docs/reference`, from the dictionary of records.
//!
//! Pages are written by hand. Between the two marks of a page stands what the dictionary says; the rest is never
//! touched. `--check` compares and changes nothing.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use toml::{Table, Value};

const BEGIN: &str = "<!-- fields: written by `cargo xtask docs`, do not edit -->";
const END: &str = "<!-- /fields -->";

/// Whether to change the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write what differs.
    Write,
    /// Fail where something differs.
    Check,
}

/// Bring every page up to the dictionary.
pub fn write(root: &Path, mode: Mode) -> Result<()> {
    let path = root.join("crates/records/src/dictionary.toml");
    let dictionary: Table =
        fs::read_to_string(&path)?.parse().with_context(|| format!("reading {}", path.display()))?;
    let kinds = dictionary["kind"].as_table().context("the dictionary has no kinds")?;
    let mut pages: Vec<(String, String)> =
        kinds.iter().map(|(name, kind)| (name.clone(), kind_section(&dictionary, kind))).collect();
    pages.push(("common-fields".to_owned(), fields_table(&dictionary, rows(&dictionary["common"]))));
    pages.push(("vocabularies".to_owned(), vocabularies(&dictionary)));
    let rules = root.join("crates/records/src/rules.toml");
    if rules.exists() {
        let rules: Table =
            fs::read_to_string(&rules)?.parse().with_context(|| format!("reading {}", rules.display()))?;
        pages.push(("rules".to_owned(), findings(&rules)));
    }
    let series = root.join("crates/records/src/reconcile.toml");
    let series: Table =
        fs::read_to_string(&series)?.parse().with_context(|| format!("reading {}", series.display()))?;
    pages.push(("reconcile".to_owned(), quantities(&series)));
    let mut differs = Vec::new();
    for (name, section) in &pages {
        let page = root.join(format!("docs/reference/{name}.md"));
        let old = fs::read_to_string(&page).with_context(|| format!("docs/reference/{name}.md is missing"))?;
        let new = with_section(&old, section).with_context(|| format!("docs/reference/{name}.md"))?;
        if new != old {
            differs.push(name.as_str());
            if mode == Mode::Write {
                fs::write(&page, new).with_context(|| format!("writing {}", page.display()))?;
            }
        }
    }
    if mode == Mode::Check && !differs.is_empty() {
        bail!("docs/reference differs from the dictionary: {}. hint: cargo xtask docs", differs.join(", "));
    }
    println!("{} pages, {} differed", pages.len(), differs.len());
    Ok(())
}

/// The words of published series.
fn quantities(table: &Table) -> String {
    let mut text = "| quantity | what | measured as | means | also |\n|---|---|---|---|---|\n".to_owned();
    for (name, quantity) in table["quantity"].as_table().into_iter().flatten() {
        let of = |key: &str| quantity[key].as_str().unwrap_or_default();
        let words = quantity["words"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        let (holds, dimension, about) = (of("holds"), of("dimension"), of("about"));
        writeln!(text, "| `{name}` | {holds} | {dimension} | {about} | {} |", words.join(", ")).expect("text grows");
    }
    text
}

fn with_section(page: &str, section: &str) -> Result<String> {
    let begin = page.find(BEGIN).with_context(|| format!("the page has no mark {BEGIN}"))?;
    let end = page.find(END).with_context(|| format!("the page has no mark {END}"))?;
    ensure!(begin < end, "the marks stand in the wrong order");
    Ok(format!("{}{BEGIN}\n{}\n{}", &page[..begin], section.trim_end(), &page[end..]))
}

fn kind_section(dictionary: &Table, kind: &Value) -> String {
    let ground = match kind["ground"].as_str() {
        Some("area_required") => "Ground: a polygon or several. A number alone is held (LR-X8).",
        Some("point") => "Ground: a point, or none.",
        Some("none") => "Ground: none.",
        _ => "Ground: any geometry, or none.",
    };
    let own = kind.get("field").map(rows).unwrap_or_default();
    format!("{ground}\n\n{}\nBesides these: [common fields](common-fields.md).\n", fields_table(dictionary, own))
}

fn rows(value: &Value) -> Vec<&Table> {
    value.as_array().into_iter().flatten().filter_map(Value::as_table).collect()
}

fn fields_table(dictionary: &Table, fields: Vec<&Table>) -> String {
    let mut out = String::from("| field | holds | must be given | means |\n|---|---|---|---|\n");
    for field in fields {
        let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
        let must = if field.get("required").and_then(Value::as_bool) == Some(true) { "yes" } else { "" };
        let about = text("about").replace('|', "\\|");
        writeln!(out, "| `{}` | {} | {must} | {about} |", text("name"), holds(dictionary, field))
            .expect("a string takes text");
    }
    out
}

fn holds(dictionary: &Table, field: &Table) -> String {
    let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default();
    let words = || {
        let vocabulary = text("vocabulary");
        let words = dictionary["vocabulary"].get(vocabulary).and_then(Value::as_table);
        match words.map(|words| words.keys().map(|word| format!("`{word}`")).collect::<Vec<_>>()) {
            Some(words) if words.len() <= 5 => words.join(", "),
            _ => format!("[{vocabulary}](vocabularies.md#{vocabulary})"),
        }
    };
    let bound = |key: &str| field.get(key).map(|bound| bound.to_string());
    let mut holds = match text("type") {
        "word" => format!("one of {}", words()),
        "words" => format!("some of {}, comma between", words()),
        "texts" => "texts, comma between".to_owned(),
        "day" => "day `YYYY-MM-DD`".to_owned(),
        "edtf" => "date in EDTF, level 1".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "whole number".to_owned(),
        "json" => "JSON".to_owned(),
        other => other.to_owned(),
    };
    match text("unit") {
        "" => {}
        "m2" => holds += ", m²",
        unit => holds += &format!(", {unit}"),
    }
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => holds += &format!(", {min} to {max}"),
        (Some(min), None) => holds += &format!(", {min} or more"),
        (None, Some(max)) => holds += &format!(", {max} or less"),
        (None, None) => {}
    }
    match text("refers_to") {
        "" => holds,
        kind if text("type") == "texts" => format!("local ids of [{kind}]({kind}.md) records, comma between"),
        kind => format!("local id of [{kind}]({kind}.md)"),
    }
}

fn vocabularies(dictionary: &Table) -> String {
    let mut out = String::new();
    for (name, words) in dictionary["vocabulary"].as_table().into_iter().flatten() {
        writeln!(out, "## {name}\n\n| word | means |\n|---|---|").expect("a string takes text");
        for (word, meaning) in words.as_table().into_iter().flatten() {
            writeln!(out, "| `{word}` | {} |", meaning.as_str().unwrap_or_default()).expect("a string takes text");
        }
        out += "\n";
    }
    out
}

/// The rules of data quality one by one, then every finding.
fn findings(rules: &Table) -> String {
    let mut out = String::from("| rule | looks for | severity | how to put it right |\n|---|---|---|---|\n");
    let all: Vec<&Table> =
        rules["finding"].as_table().into_iter().flatten().filter_map(|(_, finding)| finding.as_table()).collect();
    let word = |table: &Table, key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (id, rule) in rules["rule"].as_table().into_iter().flatten() {
        let Some(rule) = rule.as_table() else { continue };
        let mut severities: Vec<String> = all
            .iter()
            .filter(|finding| word(finding, "rule") == *id)
            .map(|finding| word(finding, "severity"))
            .collect();
        severities.sort_by_key(|severity| "EWI".find(severity.as_str()));
        severities.dedup();
        let (what, fix) = (word(rule, "what").replace('|', "\\|"), word(rule, "fix").replace('|', "\\|"));
        writeln!(out, "| {id} | {what} | {} | {fix} |", severities.join(" / ")).expect("a string takes text");
    }
    out + "\n" + &every_finding(rules)
}

fn every_finding(rules: &Table) -> String {
    let mut rows: Vec<(&str, &str, String)> = Vec::new();
    let named = rules["finding"].as_table().into_iter().flatten();
    for (name, finding) in named.filter_map(|(name, finding)| Some((name, finding.as_table()?))) {
        let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default().replace('|', "\\|");
        let threshold = finding.get("threshold").map(|limit| limit.to_string()).unwrap_or_default();
        let is_fixed = finding.get("fixed").and_then(Value::as_bool).unwrap_or_default();
        let fixed = if is_fixed { "fixed" } else { "" };
        let says = format!("`{name}` | {threshold} | {fixed} | {} | {}", text("message"), text("hint"));
        let word = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
        rows.push((word("rule"), word("severity"), says));
    }
    rows.sort_by(|a, b| a.0.cmp(b.0).then(a.1.cmp(b.1)));
    let mut out =
        String::from("| rule | severity | finding | threshold | | says | hint |\n|---|---|---|---|---|---|---|\n");
    for (rule, severity, says) in rows {
        writeln!(out, "| {rule} | {severity} | {says} |").expect("a string takes text");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marked_section_of_a_page_changes() {
        let page = format!("# Hazard\n\nBy hand.\n\n{BEGIN}\nold\n{END}\n\nAlso by hand.\n");
        let new = with_section(&page, "| new |\n").unwrap();
        assert_eq!(new, format!("# Hazard\n\nBy hand.\n\n{BEGIN}\n| new |\n{END}\n\nAlso by hand.\n"));
        assert!(with_section("no marks", "").is_err());
    }

    #[test]
    fn every_page_of_the_reference_says_what_the_dictionary_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        write(root, Mode::Check).unwrap();
    }
}
