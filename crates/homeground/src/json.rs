//! What the program prints as JSON (CONTRACT §5). Types of its own, so that the core stays free to change.

use geometry::Area;
use jiff::Timestamp;
use ledger::{BalanceRow, By, Day, Figures, Finding, Flow, Footprint, Index, Land, Row, State, Totals, View};
use records::RecordKind;
use serde_json::{Value, json};

use crate::programme::Programme;

fn m2(area: Area) -> f64 {
    area.m2()
}

fn footprint(f: &Footprint) -> Value {
    json!({
        "sha_m2": m2(f.sha),
        "cha_m2": m2(f.cha),
        "cancelled_m2": m2(f.cancelled),
        "reduced_m2": m2(f.reduced),
        "cleared_m2": m2(f.cleared),
    })
}

fn flow(f: &Flow) -> Value {
    json!({
        "new_m2": m2(f.new),
        "cancelled_m2": m2(f.cancelled),
        "reduced_m2": m2(f.reduced),
        "cleared_m2": m2(f.cleared),
        "reopened_m2": m2(f.reopened),
        "adjusted_m2": m2(f.adjusted),
    })
}

fn totals(t: &Totals) -> Value {
    json!({
        "footprint": footprint(&t.figures.footprint),
        "remaining_m2": m2(t.figures.remaining()),
        "remaining_conservative_m2": m2(t.figures.remaining_gate),
        "flow": flow(&t.figures.flow),
        "cleared_outside_m2": m2(t.cleared_outside),
        "hazard_overlap_m2": m2(t.hazard_overlap),
        "reported_released_m2": m2(t.reported_released),
        "surveyed_m2": m2(t.surveyed),
        "surveyed_sum_m2": m2(t.surveyed_sum),
        "n_open": t.n_open,
    })
}

/// One finding as `issues` of the state lists it.
pub fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity,
        "subject": finding.subject,
        "message": finding.message,
        "area_m2": finding.area.map(m2),
        "hint": finding.hint,
    })
}

/// The class a row shows: of its hazard on the day, or `REOPENED` for ground outside every hazard.
fn class(index: &Index, state: &State, root: u32, day: Day) -> Option<&'static str> {
    let Land::Hazard(_, status) = &index.record(root).land else { return None };
    let versions = state.versions(root, View::Book).iter().filter(|v| v.from <= day);
    Some(versions.map(|v| v.status).max().unwrap_or(*status).word())
}

fn row(index: &Index, state: &State, by: By, row: &Row, day: Day) -> Value {
    let mut value = figures(&row.figures);
    let kept = row.record.map(|number| index.record(number));
    value["id"] = kept.map_or_else(|| json!(row.name), |kept| json!(kept.entry));
    value["local_id"] = json!(row.name);
    value["class"] = json!(row.record.filter(|_| by == By::Hazard).and_then(|root| class(index, state, root, day)));
    if let Some(root) = row.record.filter(|_| by == By::Hazard) {
        value["is_reopening"] = json!(index.record(root).kind == RecordKind::Reopening);
    }
    value
}

fn figures(figures: &Figures) -> Value {
    json!({
        "id": null,
        "local_id": null,
        "class": null,
        "remaining_m2": m2(figures.remaining()),
        "remaining_conservative_m2": m2(figures.remaining_gate),
        "footprint": footprint(&figures.footprint),
        "flow": flow(&figures.flow),
    })
}

/// The state on a day, as known at an instant.
pub fn state(programme: &Programme, state: &State, by: By, day: Day, known_at: Timestamp) -> Value {
    let index = programme.index();
    let rows = state.rows_by(index, by, day);
    json!({
        "programme": programme.name(),
        "as_of": day.date(),
        "known_at": known_at,
        "totals": totals(&state.totals(index, day)),
        "rows": rows.iter().map(|r| row(index, state, by, r, day)).collect::<Vec<_>>(),
        "issues": state.findings(index, day).iter().map(finding).collect::<Vec<_>>(),
    })
}

/// One row of a balance.
pub fn balance_row(index: &Index, row: &BalanceRow) -> Value {
    let b = &row.balance;
    json!({
        "id": row.record.map(|number| index.record(number).entry),
        "local_id": row.name,
        "opening_m2": m2(b.opening),
        "new_m2": m2(b.flow.new),
        "cancelled_m2": m2(b.flow.cancelled),
        "reduced_m2": m2(b.flow.reduced),
        "cleared_m2": m2(b.flow.cleared),
        "reopened_m2": m2(b.flow.reopened),
        "adjusted_m2": m2(b.flow.adjusted),
        "closing_m2": m2(b.closing),
        "late_m2": m2(b.late),
    })
}
