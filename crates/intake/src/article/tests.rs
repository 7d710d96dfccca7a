//! A page in our own words, and the facts of the founding article where they are at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use expect_test::expect;
use jiff::civil::date;

use super::*;

const PAGE: &str = "\
Hillside District

Hillside District is a highland district of the eastern range. It covers 1,412 square kilometres [1] and lies about 210 km north of the capital.

Geography

The highest peak, Mount Grey, stands at 2,981 metres [2]. Around 45% of the land is forest. Winters are hard: temperatures drop to −31°C, and annual precipitation is 512 mm.
There are 18 lakes, more than 300 springs and 4 caves.

History

The district was established on 12 June 1931 and abolished in 1959. It was founded again in March 1967.
The 1926 census counted 33,100 inhabitants, of whom 412 were craftsmen. In the flood of 1958, 214 people were killed, comprising 60 soldiers and 154 civilians [3].

Recovery

As of May 2025, deminers had found 1,204 mines and 96 cluster munitions across 12.5 hectares. The government allocated $3.4 million in 2024. About 900 families are expected to return by the end of 2026. The hydropower plant has a capacity of 7.5 MW. Bus line 14 runs daily.

References

[1] Statistical yearbook of the region. 2019. https://example.org/yearbook
The district has an area of 1,410 km2 and 58 villages.
[2] Peaks of the range — 3 May 2012
[3] \"The flood remembered\"
Aug 8, 2008 — In all, 214 civilians died in the flood.
";

fn shown(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let of = |name: &str| {
            row.properties
                .get(name)
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .unwrap_or_default()
        };
        let short = |text: String| text.replace(&format!("{}-", stem(rows)), "");
        match of("record").as_str() {
            "source" => {
                format!("source {} | {} | {} | {}", short(of("local_id")), of("title"), of("published_on"), of("link"))
            }
            _ => format!(
                "{} | {} | {} {} {} | {} | {}",
                of("subject"),
                of("quantity"),
                of("qualifier"),
                of("value"),
                of("unit"),
                of("period"),
                short(of("source"))
            ),
        }
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn stem(rows: &[Row]) -> String {
    rows[0].properties["local_id"].as_str().unwrap().trim_end_matches("-page").to_owned()
}

#[test]
fn a_page_becomes_sources_and_proposed_claims() {
    let rows = read(PAGE, "hillside.txt", Some(date(2025, 10, 31)));
    expect![[r#"
        source page | Hillside District |  | 
        source ref-1 | Statistical yearbook of the region. 2019. |  | https://example.org/yearbook
        source ref-2 | Peaks of the range | 2012-05-03 | 
        source ref-3 | The flood remembered | 2008-08-08 | 
        Hillside District | area |  1,412 km2 |  | page,ref-1
        Hillside District | distance | about 210 km |  | page,ref-1
        Mount Grey | elevation |  2,981 m |  | page,ref-2
        Hillside District | share | about 45 % |  | page
        Hillside District | minimum_temperature |  −31 °C |  | page
        Hillside District | precipitation |  512 mm |  | page
        Hillside District | lakes |  18 lakes |  | page
        Hillside District | springs | over 300 springs |  | page
        Hillside District | caves |  4 caves |  | page
        Hillside District | established |  1931-06-12 date |  | page
        Hillside District | abolished |  1959 date |  | page
        Hillside District | founded |  1967-03 date |  | page
        Hillside District | inhabitants |  33,100 inhabitants | 1926 | page
        Hillside District | people_killed |  214 people | 1958 | page,ref-3
        Hillside District | soldiers |  60 soldiers | 1958 | page,ref-3
        Hillside District | civilians |  154 civilians | 1958 | page,ref-3
        Hillside District | mines_found |  1,204 mines | 2025-05 | page
        Hillside District | cluster_munitions |  96 munitions | 2025-05 | page
        Hillside District | area |  12.5 ha | 2025-05 | page
        Hillside District | budget |  3.4 million USD | 2024 | page
        Hillside District | families_expected | about 900 families | 2026 | page
        Hillside District | capacity |  7.5 MW |  | page
        Hillside District | runs |  14 runs |  | page
        Hillside District | area |  1,410 km2 |  | ref-1
        Hillside District | villages |  58 villages |  | ref-1
        Hillside District | civilians_died |  214 civilians |  | ref-3"#]]
    .assert_eq(&shown(&rows));
    let told: Vec<String> = rows[0].notes.iter().map(|note| format!("{:?}", note.values)).collect();
    expect![[r#"[("figure", "412"), ("line", "12")]"#]].assert_eq(&told.join("\n"));
}

#[test]
fn without_a_day_everything_waits_for_one() {
    let rows = read(PAGE, "hillside.txt", None);
    assert!(rows.iter().filter(|row| row.properties["record"] == "claim").any(|row| !row.notes.is_empty()));
}

/// What a person reads in a page that the words of the table were not made for: value and unit of each number, and dates of events.
const UNSEEN: &str = "\
Fort Amberley

Fort Amberley is a ruined fortress above the river Tarn. Built in 1642, it was besieged twice. The outer wall is 380 m long and up to 9 metres high.

Garrison and town

The garrison numbered some 1,250 soldiers in 1701. By 1890 only 36 households remained in the lower town. The last inhabitants left on 4 October 1951.
A survey in 2016 recorded 127 gravestones, 3 chapels and nearly 2,400 fragments of pottery. Rainfall reaches 1,130 mm a year; the mean temperature is 7.4 °C.

Restoration

Restoration began on 2 May 2018. The ministry spent €6.2 million, over 80% of it on the walls. Some 14,000 visitors came in 2023, and 62 workers are employed. The park covers 54 hectares. Chapter 7 describes the keep.
";

/// Value and unit of each statement of the unseen page; chapter 7 is none.
const IN_UNSEEN: [(&str, &str); 17] = [
    ("1642", "date"),
    ("380", "m"),
    ("9", "m"),
    ("1,250", "soldiers"),
    ("36", "households"),
    ("1951-10-04", "date"),
    ("127", "gravestones"),
    ("3", "chapels"),
    ("2,400", "fragments"),
    ("1,130", "mm"),
    ("7.4", "°C"),
    ("2018-05-02", "date"),
    ("6.2 million", "EUR"),
    ("80", "%"),
    ("14,000", "visitors"),
    ("62", "workers"),
    ("54", "ha"),
];

fn values(rows: &[Row]) -> Vec<(String, String, String)> {
    let of = |row: &Row, name: &str| row.properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let claims = rows.iter().filter(|row| row.properties["record"] == "claim");
    claims.map(|row| (of(row, "value"), of(row, "unit"), of(row, "quote"))).collect()
}

#[test]
fn a_page_it_was_not_made_for_is_read_too() {
    let rows = read(UNSEEN, "fort.txt", Some(date(2025, 1, 1)));
    let found = values(&rows);
    let n_found =
        IN_UNSEEN.iter().filter(|(value, unit)| found.iter().any(|(v, u, _)| v == value && u == unit)).count();
    let n_right = found.iter().filter(|(value, unit, _)| IN_UNSEEN.contains(&(value, unit))).count();
    for (value, unit) in IN_UNSEEN.iter().filter(|(value, unit)| !found.iter().any(|(v, u, _)| v == value && u == unit))
    {
        println!("not found: {value} {unit}");
    }
    for (value, unit, quote) in found.iter().filter(|(value, unit, _)| !IN_UNSEEN.contains(&(value, unit))) {
        println!("not right: {value} {unit}: {quote}");
    }
    println!(
        "unseen page: {n_found} of {} statements found, {n_right} of {} proposals right",
        IN_UNSEEN.len(),
        found.len()
    );
    assert!(n_found * 10 >= IN_UNSEEN.len() * 8 && n_right * 10 >= found.len() * 8);
}

type Facts<'a> = Vec<&'a BTreeMap<String, String>>;

fn shared(file: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.ancestors().map(|above| above.join("shared/data").join(file)).find(|path| path.exists())
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv_core::Reader::new();
    let text = std::fs::read(path).unwrap();
    let (mut rows, mut input) = (Vec::new(), text.as_slice());
    loop {
        let (mut out, mut ends) = (vec![0; 1 << 16], vec![0; 64]);
        let (result, read, written, n) = reader.read_record(input, &mut out, &mut ends);
        input = &input[read..];
        if n == 0 || result == csv_core::ReadRecordResult::End {
            break;
        }
        let _ = written;
        let mut begin = 0;
        rows.push(
            ends[..n]
                .iter()
                .map(|&end| String::from_utf8(out[std::mem::replace(&mut begin, end)..end].to_vec()).unwrap())
                .collect::<Vec<_>>(),
        );
    }
    let heads = rows.remove(0);
    rows.into_iter().map(|row| heads.iter().cloned().zip(row).collect()).collect()
}

/// The page is put together from the quotes and references of the table: the page itself is not at hand.
#[test]
fn the_facts_of_the_founding_article_are_found() {
    let (Some(facts), Some(sources)) = (shared("kalbajar_facts.csv"), shared("kalbajar_sources.csv")) else {
        eprintln!("not run: the table of facts is not at hand");
        return;
    };
    let (facts, sources) = (table(&facts), table(&sources));
    let mut quotes: Vec<&str> =
        facts.iter().filter(|fact| fact["origin"] == "article").map(|fact| fact["quote"].as_str()).collect();
    quotes.dedup();
    let body: Vec<String> =
        quotes.iter().map(|quote| format!("It is said here that {}.\n\n", quote.trim_end_matches('.'))).collect();
    let references: Vec<String> = sources
        .iter()
        .map(|source| {
            format!(
                "[{}] {}\n{} — {}\n",
                source["no"],
                source["title"],
                source["date_text"],
                source["snippet"].replace('\n', " ")
            )
        })
        .collect();
    let text = format!("Kalbajar District\n\n{}References\n\n{}", body.concat(), references.concat());
    let rows = read(&text, "kalbajar.txt", Some(date(2025, 10, 31)));
    let found = values(&rows);
    let plain = |text: &str| text.replace([',', ' '], "").replace('−', "-").to_lowercase();
    let number = |text: &str| {
        let text = plain(text);
        let factor = if text.ends_with("billion") {
            1e9
        } else if text.ends_with("million") {
            1e6
        } else {
            1.0
        };
        text.trim_end_matches(|c: char| c.is_alphabetic()).parse::<f64>().ok().map(|n| n * factor)
    };
    let says = |value: &str, fact: &BTreeMap<String, String>| {
        let same_number = number(value)
            .zip(fact["value"].parse::<f64>().ok())
            .is_some_and(|(a, b)| (a - b).abs() < 1e-6 * b.abs().max(1.0));
        let same_time = Extent::read(value).zip(Extent::read(&fact["value"])).is_some_and(|(a, b)| a == b);
        let same_range = plain(value).replace('–', "-") == plain(&fact["value"]);
        same_number || (fact["unit"] != "persons" && same_time) || same_range
    };
    let is_of = |quote: &str, fact: &BTreeMap<String, String>| {
        let bare = |text: &str| folded_letters(text);
        bare(quote).contains(&bare(&fact["quote"])) || bare(&fact["quote"]).contains(&bare(quote))
    };
    let is_told = |fact: &&BTreeMap<String, String>| {
        !["name", "text", "koppen"].contains(&fact["unit"].as_str()) && fact["value"] != "millions"
    };
    let all: Vec<&BTreeMap<String, String>> = facts.iter().filter(is_told).collect();
    let is_found = |fact: &&BTreeMap<String, String>| {
        found.iter().any(|(value, _, quote)| says(value, fact) && is_of(quote, fact))
    };
    let (hit, missed): (Facts<'_>, Facts<'_>) = all.iter().copied().partition(is_found);
    missed.iter().for_each(|fact: &&BTreeMap<String, String>| {
        println!("not found: {} {} {} {:?}", fact["fact_id"], fact["value"], fact["unit"], fact["quote"])
    });
    let of_page: Vec<_> = found.iter().filter(|(_, _, quote)| quote.starts_with("It is said here")).collect();
    let right =
        of_page.iter().filter(|(value, _, quote)| facts.iter().any(|fact| says(value, fact) && is_of(quote, fact)));
    let n_right = right.count();
    of_page
        .iter()
        .filter(|(value, _, quote)| !facts.iter().any(|fact| says(value, fact) && is_of(quote, fact)))
        .for_each(|(value, unit, quote)| println!("in no fact: {value} {unit}: {quote}"));
    println!(
        "{} of {} facts that are numbers or times found ({} facts in all); {n_right} of {} proposals from the page are in the table; {} sources",
        hit.len(),
        all.len(),
        facts.len(),
        of_page.len(),
        rows.iter().filter(|row| row.properties["record"] == "source").count()
    );
    assert!(hit.len() * 10 >= all.len() * 8);
    assert!(n_right * 10 >= of_page.len() * 8);
}

fn folded_letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
