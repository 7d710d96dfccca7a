//! `homeground reconcile`: published series against the identities (CONTRACT §8).

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use records::decimal::Decimal;
use records::published::Style;
use records::reconcile::{Finding, Reconciliation, Row, Stated, reconcile};
use records::{Issue, Severity};
use serde_json::{Value, json};

use super::arguments::{Decimals, Format, Reconcile};
use super::{Outcome, Refused, Usage};

/// `homeground reconcile`.
pub fn run(arguments: &Reconcile) -> anyhow::Result<Outcome> {
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rows = rows(&arguments.file, &name)?;
    let style = match arguments.decimal {
        None => Style::Unknown,
        Some(Decimals::Point) => Style::DecimalPoint,
        Some(Decimals::Comma) => Style::DecimalComma,
    };
    let found = reconcile(&rows, &name, style);
    let mut out = std::io::stdout().lock();
    match arguments.format {
        Format::Text => print(&mut out, &found)?,
        Format::Json => writeln!(out, "{}", as_json(&name, &found))?,
        Format::Csv => {
            found.issues.iter().for_each(|issue| eprintln!("{issue}"));
            out.write_all(&as_csv(&found)?)?;
        }
        Format::Geojson => return Err(Usage("reconcile prints text, json or csv".to_owned()).into()),
    }
    let is_sound = !found.findings.is_empty()
        && found.findings.iter().all(|finding| finding.verdict.is_closed())
        && !found.issues.iter().any(is_error);
    Ok(if is_sound { Outcome::Done } else { Outcome::Held })
}

fn is_error(issue: &Issue) -> bool {
    issue.severity == Severity::Error
}

/// The columns of the file, by name and in any order.
const COLUMNS: [&str; 8] = ["series", "period_start", "period_end", "quantity", "value", "unit", "qualifier", "source"];

fn rows(path: &Path, name: &str) -> anyhow::Result<Vec<Row>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).map_err(|e| {
        Refused(format!("{name}: is not UTF-8 after byte {}. hint: save it as CSV in UTF-8", e.valid_up_to()))
    })?;
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [',', ';', '\t'].into_iter().max_by_key(|mark| header.matches(*mark).count()).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let refused =
        |error: csv::Error| Refused(format!("{name}: is not readable CSV: {error}. hint: save it again as CSV"));
    let header: Vec<String> =
        reader.headers().map_err(refused)?.iter().map(|cell| cell.trim().to_lowercase()).collect();
    let at = |column: &str| header.iter().position(|cell| cell == column);
    if let Some(missing) = ["quantity", "value"].into_iter().find(|column| at(column).is_none()) {
        return Err(
            Refused(format!("{name}: has no column {missing}. hint: the columns are {}", COLUMNS.join(","))).into()
        );
    }
    let columns = COLUMNS.map(at);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(refused)?;
        let [series, period_start, period_end, quantity, value, unit, qualifier, source] =
            columns.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned());
        let number = record.position().map_or(0, csv::Position::line);
        rows.push(Row { number, series, period_start, period_end, quantity, value, unit, qualifier, source });
    }
    Ok(rows)
}

fn print(out: &mut impl Write, found: &Reconciliation) -> std::io::Result<()> {
    for finding in &found.findings {
        print_finding(out, finding)?;
    }
    for restatement in &found.restatements {
        let agrees = if restatement.agrees { "agree within rounding" } else { "differ" };
        let first = &restatement.statements[0];
        writeln!(
            out,
            "{} {} {}: both are kept, they {agrees}",
            restatement.rule,
            named(&first.series),
            first.quantity
        )?;
        for stated in &restatement.statements {
            writeln!(out, "  {} ({}row {})", stated.published.shown(), of_source(stated), stated.row)?;
        }
    }
    for untested in &found.untested {
        writeln!(out, "{} {}: not tested: {}", untested.identity, named(&untested.series), untested.why)?;
    }
    for issue in &found.issues {
        writeln!(out, "{issue}")?;
    }
    let open = found.findings.iter().filter(|finding| !finding.verdict.is_closed()).count();
    let left_out = found.issues.iter().filter(|issue| is_error(issue)).count();
    writeln!(out, "{} identities tested, {open} do not reconcile, {left_out} rows left out", found.findings.len())?;
    if found.findings.is_empty() {
        writeln!(
            out,
            "hint: an identity needs a whole and its parts, or an opening, a closing and what happened between"
        )?;
    }
    Ok(())
}

fn print_finding(out: &mut impl Write, finding: &Finding) -> std::io::Result<()> {
    let period = if finding.from == finding.to {
        finding.from.to_string()
    } else {
        format!("{} to {}", finding.from, finding.to)
    };
    let shown = |value: Decimal| value.shown_in(finding.unit.factor);
    let gap = shown(finding.gap);
    let sign = if gap > Decimal::ZERO { "+" } else { "" };
    let tolerance = match finding.tolerance {
        Some(tolerance) => shown(tolerance).rounded(gap.places().max(2)).grouped(),
        None => "open on one side".to_owned(),
    };
    writeln!(
        out,
        "{} {} {period}: {}, gap {sign}{} {}, tolerance {tolerance}",
        finding.identity,
        named(&finding.series),
        finding.verdict.word(),
        gap.grouped(),
        finding.unit.name
    )?;
    if finding.verdict.is_closed() {
        return Ok(());
    }
    for (label, is_whole, sum) in [("stated", true, finding.stated), ("expected", false, finding.expected)] {
        write!(out, "  {label} {} =", shown(sum).grouped())?;
        for (at, term) in finding.terms.iter().filter(|term| term.is_whole == is_whole).enumerate() {
            let sign = match (term.is_subtracted, at) {
                (true, _) => " −",
                (false, 0) => "",
                (false, _) => " +",
            };
            let part = match term.stated.series.strip_prefix(&finding.series) {
                Some(part) if !part.is_empty() => format!("{} ", part.trim_start_matches('/')),
                _ => String::new(),
            };
            write!(
                out,
                "{sign} {part}{} {} (row {})",
                term.stated.quantity,
                term.stated.published.shown(),
                term.stated.row
            )?;
        }
        writeln!(out)?;
    }
    match &finding.hypothesis {
        Some(hypothesis) => writeln!(out, "  question ({}): {}", hypothesis.letter, hypothesis.question),
        None => writeln!(out, "  question: {}", finding.question),
    }
}

fn named(series: &str) -> &str {
    if series.is_empty() { "(no series)" } else { series }
}

fn of_source(stated: &Stated) -> String {
    if stated.source.is_empty() { String::new() } else { format!("{}, ", stated.source) }
}

fn as_json(file: &str, found: &Reconciliation) -> Value {
    let statement = |stated: &Stated| {
        json!({
            "series": stated.series,
            "quantity": stated.quantity,
            "value": stated.published.value.to_f64(),
            "text": stated.published.text,
            "unit": stated.published.unit.name,
            "qualifier": stated.published.qualifier.word(),
            "source": stated.source,
            "row": stated.row,
        })
    };
    let identity = |finding: &Finding| {
        let shown = |value: Decimal| value.shown_in(finding.unit.factor).to_f64();
        let terms: Vec<Value> = finding
            .terms
            .iter()
            .map(|term| {
                let mut value = statement(&term.stated);
                value["side"] = json!(if term.is_whole { "stated" } else { "expected" });
                value["sign"] = json!(if term.is_subtracted { "-" } else { "+" });
                value
            })
            .collect();
        json!({
            "identity": finding.identity,
            "series": finding.series,
            "period_start": finding.from,
            "period_end": finding.to,
            "result": finding.verdict.word(),
            "gap": shown(finding.gap),
            "tolerance": finding.tolerance.map(shown),
            "gap_from": finding.range.lower.map(shown),
            "gap_to": finding.range.upper.map(shown),
            "unit": finding.unit.name,
            "stated": shown(finding.stated),
            "expected": shown(finding.expected),
            "terms": terms,
            "not_stated": finding.not_stated,
            "hypothesis": finding.hypothesis.as_ref().map(|hypothesis| json!({
                "letter": hypothesis.letter,
                "question": hypothesis.question,
                "gap_left": shown(hypothesis.gap_left),
            })),
            "question": finding.question,
        })
    };
    let restatements: Vec<Value> = found
        .restatements
        .iter()
        .map(|restatement| {
            json!({
                "rule": restatement.rule,
                "agrees": restatement.agrees,
                "statements": restatement.statements.iter().map(statement).collect::<Vec<_>>(),
            })
        })
        .collect();
    let untested: Vec<Value> = found
        .untested
        .iter()
        .map(|untested| json!({"identity": untested.identity, "series": untested.series, "why": untested.why}))
        .collect();
    json!({
        "file": file,
        "identities": found.findings.iter().map(identity).collect::<Vec<_>>(),
        "restatements": restatements,
        "untested": untested,
        "issues": found.issues,
    })
}

fn as_csv(found: &Reconciliation) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([
        "identity",
        "series",
        "period_start",
        "period_end",
        "result",
        "gap",
        "tolerance",
        "unit",
        "hypothesis",
        "question",
    ])?;
    for finding in &found.findings {
        let shown = |value: Decimal| value.shown_in(finding.unit.factor).to_string();
        csv.write_record([
            finding.identity.clone(),
            finding.series.clone(),
            finding.from.to_string(),
            finding.to.to_string(),
            finding.verdict.word().to_owned(),
            shown(finding.gap),
            finding.tolerance.map(shown).unwrap_or_default(),
            finding.unit.name.clone(),
            finding.hypothesis.as_ref().map(|hypothesis| hypothesis.letter.to_string()).unwrap_or_default(),
            finding.question.clone(),
        ])?;
    }
    csv.into_inner().context("writing CSV")
}
