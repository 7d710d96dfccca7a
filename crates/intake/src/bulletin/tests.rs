//! Scenes: a bulletin, and the claims that come of it. All texts are our own.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn shown(text: &str, published_on: &str) -> String {
    let mut lines = Vec::new();
    let mut bulletin = Bulletin::of_text(text, "week.txt", published_on.parse().ok());
    while let Some(row) = bulletin.next_row() {
        let of = |name: &str| match row.properties.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        if row.number > 0 {
            let days = match (of("period_start"), of("period_end")) {
                (from, to) if from.is_empty() && to.is_empty() => "no days".to_owned(),
                (from, to) => format!("{from}…{to}"),
            };
            let words = [of("qualifier"), of("value"), of("unit")].join(" ");
            lines.push(
                format!(
                    "{}: {} = {} | {} | {days}, about {} | {} {}",
                    of("quantity"),
                    words.trim(),
                    of("base_value"),
                    of("subject"),
                    of("date_of_information"),
                    of("eo"),
                    of("class")
                )
                .trim_end()
                .to_owned(),
            );
        }
        for note in &row.notes {
            let values: Vec<String> = note.values.iter().map(|(name, value)| format!("{name} {value}")).collect();
            lines.push(format!("  {} {}", note.finding, values.join(", ")).trim_end().to_owned());
        }
    }
    lines.join("\n")
}

fn check(text: &str, published_on: &str, expect: Expect) {
    expect.assert_eq(&shown(text, published_on));
}

#[test]
fn pt_14_a_week_of_december() {
    check(
        "During December 11–17, demining teams found and neutralised 22 anti-personnel mines, 17 anti-tank mines, and 234 \
         unexploded ordnance. An area of 325.6 hectares was cleared.",
        "2023-12-18",
        expect![[r#"
            ap_mines: 22 items = 22.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 | AP_MINE
            av_mines: 17 items = 17.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 | AV_MINE
            uxo: 234 items = 234.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 | UXO
            cleared: 325.6 ha = 3256000.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 |  UNSPECIFIED"#]],
    );
}

#[test]
fn labels_count_and_not_positions() {
    check(
        "From 2 to 8 September, 17 anti-tank and 22 anti-personnel mines as well as 5 UXOs were found in Lachin, Kalbajar \
         and Zangilan districts.",
        "2024-09-09",
        expect![[r#"
            av_mines: 17 items = 17.0 | Lachin, Kalbajar, Zangilan | 2024-09-02…2024-09-08, about 2024-09-08 | AV_MINE
            ap_mines: 22 items = 22.0 | Lachin, Kalbajar, Zangilan | 2024-09-02…2024-09-08, about 2024-09-08 | AP_MINE
            uxo: 5 items = 5.0 | Lachin, Kalbajar, Zangilan | 2024-09-02…2024-09-08, about 2024-09-08 | UXO"#]],
    );
}

#[test]
fn a_list_names_its_figures_before_or_behind() {
    check(
        "Results of the week\nPeriod: 4–10 March 2024\n- Anti-tank mines: 12\n- Anti-personnel mines – 31\n- UXO: 1,204\n- Cleared area: 410.25 ha\n",
        "",
        expect![[r#"
            av_mines: 12 items = 12.0 |  | 2024-03-04…2024-03-10, about 2024-03-10 | AV_MINE
            ap_mines: 31 items = 31.0 |  | 2024-03-04…2024-03-10, about 2024-03-10 | AP_MINE
            uxo: 1,204 items = 1204.0 |  | 2024-03-04…2024-03-10, about 2024-03-10 | UXO
            cleared: 410.25 ha = 4102500.0 |  | 2024-03-04…2024-03-10, about 2024-03-10 |  UNSPECIFIED"#]],
    );
}

#[test]
fn number_words_are_figures() {
    check(
        "A total of twenty-two anti-personnel mines, seven anti-tank mines and one hundred and five pieces of unexploded \
         ordnance were destroyed between 5 and 11 May 2025.",
        "",
        expect![[r#"
            ap_mines: twenty-two items = 22.0 |  | 2025-05-05…2025-05-11, about 2025-05-11 | AP_MINE
            av_mines: seven items = 7.0 |  | 2025-05-05…2025-05-11, about 2025-05-11 | AV_MINE
            uxo: one hundred and five items = 105.0 |  | 2025-05-05…2025-05-11, about 2025-05-11 | UXO"#]],
    );
}

#[test]
fn a_week_may_cross_a_month_and_a_year() {
    check(
        "From 28 October to 3 November, 9 AP mines were found.",
        "2024-11-04",
        expect!["ap_mines: 9 items = 9.0 |  | 2024-10-28…2024-11-03, about 2024-11-03 | AP_MINE"],
    );
    check(
        "From December 30 to January 5, 9 AP mines were found.",
        "2025-01-06",
        expect!["ap_mines: 9 items = 9.0 |  | 2024-12-30…2025-01-05, about 2025-01-05 | AP_MINE"],
    );
    check(
        "In the week 29 December 2025 – 4 January 2026, 9 AP mines were found.",
        "",
        expect!["ap_mines: 9 items = 9.0 |  | 2025-12-29…2026-01-04, about 2026-01-04 | AP_MINE"],
    );
}

#[test]
fn a_year_is_never_guessed() {
    check(
        "From 2 to 8 September, 9 anti-personnel mines were found.",
        "",
        expect![[r#"
        ap_mines: 9 items = 9.0 |  | no days, about  | AP_MINE
          bulletin_year_unknown"#]],
    );
    check(
        "9 anti-personnel mines were found.",
        "",
        expect![[r#"
        ap_mines: 9 items = 9.0 |  | no days, about  | AP_MINE
          bulletin_day_unknown"#]],
    );
    // The text may tell the day of publication.
    check(
        "Mine action weekly\n9 September 2024\n\nFrom 2 to 8 September, 9 anti-personnel mines were found.",
        "",
        expect!["ap_mines: 9 items = 9.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 | AP_MINE"],
    );
}

#[test]
fn the_past_week_has_no_days_that_anybody_stated() {
    check(
        "Over the past week, 3 anti-tank mines were defused in Fuzuli district.",
        "2024-06-03",
        expect!["av_mines: 3 items = 3.0 | Fuzuli | no days, about 2024-06-03 | AV_MINE"],
    );
}

#[test]
fn what_is_counted_since_a_beginning_is_cumulative() {
    check(
        "Last week 14 anti-personnel mines were found and 201.7 hectares were cleared. Since 10 November 2020, a total of \
         160,432.5 hectares have been cleared and 149,000 mines and UXOs have been neutralised.",
        "2025-02-10",
        expect![[r#"
            ap_mines: 14 items = 14.0 |  | no days, about 2025-02-10 | AP_MINE
            cleared: 201.7 ha = 2017000.0 |  | no days, about 2025-02-10 |  UNSPECIFIED
            cumulative_cleared: 160,432.5 ha = 1604325000.0 |  | 2020-11-10…2025-02-10, about 2025-02-10 |  UNSPECIFIED
            cumulative_mines_and_uxo: 149,000 items = 149000.0 |  | 2020-11-10…2025-02-10, about 2025-02-10 | UNKNOWN"#]],
    );
    check(
        "Another 14 anti-personnel mines were found from 3 to 9 February, bringing the total since 10 November 2020 to 35,120 anti-personnel mines.",
        "2025-02-10",
        expect![[r#"
            ap_mines: 14 items = 14.0 |  | 2025-02-03…2025-02-09, about 2025-02-09 | AP_MINE
            cumulative_ap_mines: 35,120 items = 35120.0 |  | 2020-11-10…2025-02-10, about 2025-02-10 | AP_MINE"#]],
    );
}

#[test]
fn two_districts_have_their_own_figures() {
    check(
        "In Kalbajar district 5 anti-personnel mines were found on 14 May, and in Lachin district 7 anti-tank mines.",
        "2024-05-20",
        expect![[r#"
            ap_mines: 5 items = 5.0 | Kalbajar | 2024-05-14…2024-05-14, about 2024-05-14 | AP_MINE
            av_mines: 7 items = 7.0 | Lachin | 2024-05-14…2024-05-14, about 2024-05-14 | AV_MINE"#]],
    );
    check(
        "Teams found 5 anti-personnel mines in Kalbajar district and 7 anti-tank mines in Lachin district on 14 May.",
        "2024-05-20",
        expect![[r#"
            ap_mines: 5 items = 5.0 | Kalbajar | 2024-05-14…2024-05-14, about 2024-05-14 | AP_MINE
            av_mines: 7 items = 7.0 | Lachin | 2024-05-14…2024-05-14, about 2024-05-14 | AV_MINE"#]],
    );
}

#[test]
fn two_periods_have_their_own_figures() {
    check(
        "From 2 to 8 September, 22 anti-personnel mines were found, and from 9 to 15 September, 17 anti-personnel mines.",
        "2024-09-16",
        expect![[r#"
            ap_mines: 22 items = 22.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 | AP_MINE
            ap_mines: 17 items = 17.0 |  | 2024-09-09…2024-09-15, about 2024-09-15 | AP_MINE"#]],
    );
}

#[test]
fn mines_and_uxo_together_are_never_split() {
    check(
        "On 1 June 2024, 256 mines and UXOs were found. 12 anti-personnel and anti-tank mines were among them.",
        "",
        expect![[r#"
            mines_and_uxo: 256 items = 256.0 |  | 2024-06-01…2024-06-01, about 2024-06-01 | UNKNOWN
            mines: 12 items = 12.0 |  | 2024-06-01…2024-06-01, about 2024-06-01 |"#]],
    );
}

#[test]
fn killed_injured_victims_and_casualties_differ() {
    check(
        "On 3 March 2024 a mine killed two civilians and injured three others. Four people were killed and 11 injured in the \
         whole month. Since 10 November 2020, 382 people have become victims of mines, 70 of them were killed. There were \
         15 casualties among deminers.",
        "2024-04-01",
        expect![[r#"
            killed: two people = 2.0 |  | 2024-03-03…2024-03-03, about 2024-03-03 |
              bulletin_not_understood figure 70, line 1
            injured: three people = 3.0 |  | 2024-03-03…2024-03-03, about 2024-03-03 |
            killed: Four people = 4.0 |  | 2024-03-03…2024-03-03, about 2024-03-03 |
            injured: 11 people = 11.0 |  | 2024-03-03…2024-03-03, about 2024-03-03 |
            cumulative_victims: 382 people = 382.0 |  | 2020-11-10…2024-04-01, about 2024-04-01 |
              bulletin_victims
            casualties: 15 people = 15.0 |  | 2024-03-03…2024-03-03, about 2024-03-03 |"#]],
    );
}

#[test]
fn figures_of_other_things_are_told_and_become_no_claim() {
    check(
        "From 2 to 8 September, 12 private companies and 6 machines worked on 14 km of road in 10 villages. A TM-62 mine of \
         1988 and 3 anti-tank mines were found.",
        "2024-09-09",
        expect![[r#"
            av_mines: 3 items = 3.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 | AV_MINE
              bulletin_not_understood figure 12, line 1
              bulletin_not_understood figure 6, line 1
              bulletin_not_understood figure 14, line 1
              bulletin_not_understood figure 10, line 1"#]],
    );
}

#[test]
fn headline_and_body_are_two_claims() {
    check(
        "More than 325 hectares cleared in a week\n\nFrom 11 to 17 December 2023 some 325.6 ha were cleared of mines.",
        "",
        expect![[r#"
            cleared: over 325 ha = 3250000.0 |  | no days, about  |  UNSPECIFIED
              bulletin_day_unknown
            cleared: about 325.6 ha = 3256000.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 |  UNSPECIFIED"#]],
    );
}

#[test]
fn areas_keep_their_unit_and_what_was_done_to_them() {
    check(
        "In May 2024, 1.2 square kilometres were surveyed and 85 ha cleared. About 1.5 million square metres remain contaminated.",
        "",
        expect![[r#"
            surveyed: 1.2 km2 = 1200000.0 |  | 2024-05-01…2024-05-31, about 2024-05-31 |
            cleared: 85 ha = 850000.0 |  | 2024-05-01…2024-05-31, about 2024-05-31 |  UNSPECIFIED
            remaining: about 1.5 million m2 = 1500000.0 |  | 2024-05-01…2024-05-31, about 2024-05-31 |"#]],
    );
}

#[test]
fn a_text_without_figures_says_so() {
    check("Demining went on in several districts.", "2024-09-09", expect!["  bulletin_without_claims"]);
}

#[test]
fn nearly_at_least_and_up_to_are_kept() {
    check(
        "From 2 to 8 September, nearly 400 hectares were demined, at least 30 UXOs were destroyed and up to 5 anti-tank mines left in place.",
        "2024-09-09",
        expect![[r#"
            cleared: nearly 400 ha = 4000000.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 |  UNSPECIFIED
            uxo: at least 30 items = 30.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 | UXO
            av_mines: up to 5 items = 5.0 |  | 2024-09-02…2024-09-08, about 2024-09-08 | AV_MINE"#]],
    );
}

#[test]
fn days_in_figures_are_days() {
    check(
        "In the period 11.12.2023–17.12.2023, 22 anti-personnel mines were found.",
        "",
        expect!["ap_mines: 22 items = 22.0 |  | 2023-12-11…2023-12-17, about 2023-12-17 | AP_MINE"],
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        shown(&text, "2024-09-09");
    }

    #[test]
    fn words_of_bulletins_in_any_order_do_not_make_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "22", "1,204", "325.6", "hectares", "anti-personnel", "mines", "and", "from", "2", "to", "8", "September", "2024", "since", "31",
            "November", "killed", "people", "in", "Lachin", "district", ".", ",", "twenty-two", "hundred", "million", "over", "–", "December", "\n",
        ]), 0..40)
    ) {
        shown(&words.join(" "), "2024-09-09");
    }

    #[test]
    fn every_labelled_figure_becomes_one_claim_with_its_value(ap in 2_u32..5_000, av in 2_u32..5_000, uxo in 2_u32..5_000, swap in any::<bool>()) {
        let (a, b) = (format!("{ap} anti-personnel mines"), format!("{av} anti-tank mines"));
        let (a, b) = if swap { (b, a) } else { (a, b) };
        let text = shown(&format!("From 2 to 8 September, {a}, {b} and {uxo} UXOs were found."), "2024-09-09");
        for (quantity, value) in [("ap_mines", ap), ("av_mines", av), ("uxo", uxo)] {
            let line = format!("{quantity}: {value} items");
            prop_assert!(text.contains(&line), "{}", text);
        }
    }
}
