//! Laws of the fold, on random reports.

use std::collections::BTreeMap;

use geometry::Area;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{By, Day, Index, Inserted, Parameters, Signed, State, View};
use proptest::prelude::*;
use records::{Record, RecordKind};

use crate::scene::{Book, Report, report};

const START: Date = Date::constant(2021, 1, 1);

fn rectangles() -> impl Strategy<Value = [i32; 4]> {
    (0..12_i32, 0..12_i32, 1..8_i32, 1..8_i32).prop_map(|(x, y, w, h)| [x * 10, y * 10, (x + w) * 10, (y + h) * 10])
}

fn reports() -> impl Strategy<Value = Vec<Report>> {
    let verb = prop_oneof![
        3 => Just(("hazard", "SHA")), 2 => Just(("hazard", "CHA")), 2 => Just(("release", "CANCELLED")),
        2 => Just(("release", "REDUCED")), 4 => Just(("release", "CLEARED")), 1 => Just(("reopen", "CHA")),
        1 => Just(("reopen", "SHA")), 1 => Just(("adjust", "R0")), 1 => Just(("place", "-")),
    ];
    let one = (verb, rectangles(), 0..40_i64, 0..60_i64, prop::bool::weighted(0.85), 0..6_usize, 0..3_usize, 1..4_i32);
    prop::collection::vec(one, 1..14).prop_map(|drawn| {
        let mut reports: Vec<Report> = Vec::new();
        for (i, ((verb, class), [w, s, e, n], day, late, approved, corrects, group, accuracy)) in
            drawn.into_iter().enumerate()
        {
            let date = START.saturating_add(jiff::Span::new().days(day));
            let mut line = report(&format!("{verb} R{i} {class} {date} {w} {s} {e} {n} accuracy_m={accuracy}"));
            line.recorded_on = date.saturating_add(jiff::Span::new().days(late));
            line.approved = approved;
            if verb == "release" && group > 0 {
                line.record.fields.insert("control_group".to_owned(), format!("G{group}").into());
            }
            let earlier = reports
                .get(corrects)
                .filter(|r| r.record.kind == line.record.kind && r.record.kind != RecordKind::Place);
            line.corrects = earlier.map(|r| r.record.local_id.clone());
            reports.push(line);
        }
        reports
    })
}

fn book(reports: &[Report]) -> Book {
    let mut book = Book::new();
    for report in reports {
        let mut record: Record = report.record.clone();
        record.supersedes = report.corrects.as_ref().map(|id| book.entry_of(id).to_string());
        book.record(record, report);
    }
    book
}

type Named = BTreeMap<String, (Vec<(String, Area)>, Vec<(String, Area)>)>;

/// Everything a state says, without numbers that depend on arrival.
fn told(index: &Index, state: &State) -> (Named, String) {
    let days = (0..110).step_by(7).map(|n| Day(Day::from(START).0 + n));
    let mut named = Named::new();
    for day in days.clone() {
        for (i, by) in [By::Hazard, By::Place].into_iter().enumerate() {
            for row in state.rows_by(index, by, day) {
                let entry = named.entry(format!("{day} {}", row.name)).or_default();
                let list = if i == 0 { &mut entry.0 } else { &mut entry.1 };
                list.push(("remaining".to_owned(), row.figures.remaining()));
                list.push(("gate".to_owned(), row.figures.remaining_gate));
                list.push(("flow".to_owned(), row.figures.flow.released()));
            }
        }
    }
    let totals: Vec<String> = days
        .map(|day| {
            let findings = state.findings(index, day);
            format!("{:?} {findings:?}", state.totals(index, day))
        })
        .collect();
    (named, totals.join("\n"))
}

fn indexed(entries: &[Signed]) -> Index {
    let mut index = Index::default();
    entries.iter().for_each(|signed| _ = index.insert(signed).expect("sound"));
    index
}

fn fold(index: &Index) -> State {
    State::of(index, Timestamp::MAX, &Parameters::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("SLOW_TESTS").is_some() { 512 } else { 48 }))]

    #[test]
    fn the_order_of_entries_and_their_repetition_change_nothing(reports in reports(), seed in any::<u64>()) {
        let book = book(&reports);
        let mut shuffled = book.entries.clone();
        shuffled.extend_from_slice(&book.entries[..book.entries.len() / 2]);
        let mut state = seed;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let other = indexed(&shuffled);
        prop_assert_eq!(told(&book.index, &book.state()), told(&other, &fold(&other)));
    }

    #[test]
    fn adding_entries_one_by_one_equals_the_fold_from_scratch_bit_for_bit(reports in reports()) {
        let book = book(&reports);
        let mut index = Index::default();
        let mut state = fold(&index);
        for signed in &book.entries {
            let about = match index.insert(signed).expect("sound") {
                Inserted::Record(number) => vec![number],
                Inserted::About(entries) => entries.iter().filter_map(|&entry| index.number_of(entry)).collect(),
                _ => Vec::new(),
            };
            state.update(&index, Timestamp::MAX, &about);
            let scratch = fold(&index);
            prop_assert!(state == scratch, "after {} entries", index.n_records());
        }
    }

    #[test]
    fn every_square_metre_is_in_one_row_and_the_flows_leave_what_remains(reports in reports(), day in 0..110_i32) {
        let book = book(&reports);
        let state = book.state();
        let day = Day(Day::from(START).0 + day);
        let totals = state.totals(&book.index, day).figures;
        prop_assert_eq!(totals.flow.net(), totals.remaining());
        for by in [By::Hazard, By::Place, By::Operator, By::Total] {
            let rows = state.rows_by(&book.index, by, day);
            prop_assert_eq!(rows.iter().map(|row| row.figures.remaining()).sum::<Area>(), totals.remaining());
            prop_assert_eq!(rows.iter().map(|row| row.figures.remaining_gate).sum::<Area>(), totals.remaining_gate);
            // The identity is asserted inside for every row.
            state.balance(&book.index, by, Day::from(START), day);
        }
        let daily = state.daily();
        let last = daily.iter().rev().find(|(on, _)| *on <= day).map(|(_, figures)| *figures).unwrap_or_default();
        prop_assert_eq!(last, totals);
    }

    #[test]
    fn remaining_ground_is_inside_the_conservative_outline(reports in reports(), day in 0..110_i32) {
        let book = book(&reports);
        let state = book.state();
        let day = Day(Day::from(START).0 + day);
        let remaining = |view| {
            let regions: Vec<_> =
                state.rows().map(|root| state.remaining_of_row(&book.index, root, view, day)).collect();
            geometry::arrangement::union(&regions.iter().map(|region| &**region).collect::<Vec<_>>())
        };
        let left_out = geometry::arrangement::difference(&remaining(View::Book), &remaining(View::Gate));
        prop_assert!(left_out.area().m2() < 1e-3, "{} m² of hazard outside", left_out.area().m2());
    }

    #[test]
    fn what_remains_after_all_is_what_remains_on_the_last_day(reports in reports(), day in 0..110_i32) {
        let book = book(&reports);
        let state = book.state();
        let day = Day(Day::from(START).0 + day);
        for root in state.rows() {
            for (view, day) in [View::Book, View::Gate].into_iter().flat_map(|view| [(view, day), (view, Day::LATEST)]) {
                let asked = state.region_of_row(&book.index, root, view, day, ledger::Class::is_hazardous);
                prop_assert_eq!(&*state.remaining_of_row(&book.index, root, view, day), &asked);
            }
        }
    }

    #[test]
    fn more_hazard_never_shrinks_and_more_release_never_grows_what_remains(reports in reports(), extra in rectangles(), on in 0..40_i64, day in 0..110_i32) {
        let date = START.saturating_add(jiff::Span::new().days(on));
        let [w, s, e, n] = extra;
        let day = Day(Day::from(START).0 + day);
        let remaining = |reports: &[Report]| {
            let book = book(reports);
            let figures = book.state().totals(&book.index, day).figures;
            (figures.remaining().m2(), figures.remaining_gate.m2())
        };
        let before = remaining(&reports);
        let mut more = reports.clone();
        more.push(report(&format!("hazard X CHA {date} {w} {s} {e} {n}")));
        let hazard = remaining(&more);
        prop_assert!(hazard.0 >= before.0 - 1e-3 && hazard.1 >= before.1 - 1e-3, "hazard: {before:?} {hazard:?}");
        *more.last_mut().expect("one was pushed") = report(&format!("release X CLEARED {date} {w} {s} {e} {n}"));
        let release = remaining(&more);
        prop_assert!(release.0 <= before.0 + 1e-3 && release.1 <= before.1 + 1e-3, "release: {before:?} {release:?}");
    }

    #[test]
    fn more_uncertainty_never_shrinks_what_remains_in_gate_geometry(reports in reports(), which in 0..14_usize, day in 0..110_i32) {
        let day = Day(Day::from(START).0 + day);
        let remaining = |reports: &[Report]| {
            let book = book(reports);
            book.state().totals(&book.index, day).figures.remaining_gate.m2()
        };
        let before = remaining(&reports);
        let mut worse = reports.clone();
        let which = which % worse.len();
        worse[which].record.fields.insert("accuracy_m".to_owned(), 6.0.into());
        prop_assert!(remaining(&worse) >= before - 1e-3);
    }
}
