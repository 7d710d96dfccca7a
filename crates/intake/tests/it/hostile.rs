//! Whatever bytes come, there is an answer and no panic; what is large stays within bounds.

use std::io::Write;
use std::path::Path;

use intake::{Options, Profile, open};
use proptest::prelude::*;

use crate::scene::{TODAY, collection, feature, fixture, options, read, scratch};

/// Read everything, whatever it is, with a profile and without.
fn swallow(path: &Path) {
    let profile = Profile::parse(
        "name = 'p'\nrecord = 'release_product'\nlocal_id = ['{id}', 'r-{row}']\ncrs = 'EPSG:28408'\n[pattern.depth_cm]\nfrom = 'note'\nregex = '(?<value>\\d+)'",
    )
    .unwrap();
    for profile in [None, Some(&profile)] {
        let options = Options {
            profile,
            home: Some([45.0, 39.0, 47.0, 41.0]),
            ..Options::new("hostile", TODAY.parse().unwrap())
        };
        if let Ok(reader) = open(path, &options) {
            for draft in reader.take(2_000) {
                assert!(draft.issues.iter().all(|issue| !issue.message.is_empty() && issue.row == draft.row));
            }
        }
    }
}

fn swallow_bytes(name: &str, bytes: &[u8]) {
    let (_folder, path) = scratch(name, bytes);
    swallow(&path);
}

/// Beginnings that lead any bytes into each of the readers.
const BEGINNINGS: &[&[u8]] = &[
    b"",
    b"{\"type\":\"FeatureCollection\",\"features\":[",
    b"record,local_id,WKT\n",
    b"record;lon;lat\n",
    b"<kml><Placemark><Point><coordinates>",
    b"<gpx><trk><trkseg><trkpt lat='",
    b"fgb\x03fgb\x00",
    b"PK\x03\x04",
    b"\x00\x00\x27\x0a",
    b"\xff\xfe",
];

/// Few in the ordinary run, many with `SLOW_TESTS=1`.
fn cases() -> u32 {
    if is_slow() { 5_000 } else { 60 }
}

fn is_slow() -> bool {
    std::env::var_os("SLOW_TESTS").is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_an_answer(beginning in 0..BEGINNINGS.len(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        swallow_bytes("any", &[BEGINNINGS[beginning], &bytes].concat());
    }

    #[test]
    fn any_text_has_an_answer(beginning in 0..BEGINNINGS.len(), text in "[\\PC\\n\\r\\t,;{}\\[\\]\"<>/&0-9.eE+-]{0,300}") {
        swallow_bytes("any.csv", &[BEGINNINGS[beginning], text.as_bytes()].concat());
    }

    #[test]
    fn any_damage_to_a_good_file_has_an_answer(which in 0..DAMAGED.len(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), is_cut in any::<bool>()) {
        let mut bytes = fixture(DAMAGED[which]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if is_cut {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        swallow_bytes(DAMAGED[which], &bytes);
    }

    #[test]
    fn any_value_of_a_field_has_an_answer(value in any_json(), date in any_json(), coordinates in any_json()) {
        let file = collection(&[feature(
            &format!(r#""record":"release_product","local_id":{value},"date_of_information":{date},"class":{value},"eo":{value},"depth_cm":{value},"completed_on":{date},"source":{value}"#),
            &format!(r#"{{"type":"Polygon","coordinates":{coordinates}}}"#),
        )]);
        swallow_bytes("values.geojson", file.as_bytes());
    }
}

const DAMAGED: &[&str] = &[
    "releases.shp.zip",
    "places_cp1251_unsaid.shp.zip",
    "releases.fgb",
    "places.fgb",
    "finds.xlsx",
    "far_corner.xlsx",
];

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        "[A-Z_]{0,8}".prop_map(|text| format!("{text:?}")),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{0,8}(Z|\\+[0-9:]{0,5})?)?".prop_map(|text| format!("{text:?}")),
        "[0-9 .,'+eE-]{1,10}(m2|ha|°)?".prop_map(|text| format!("{text:?}")),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|item| format!(r#"{{"a":{item}}}"#)),
        ]
    })
}

/// The shapefile reader meets damaged `.shp` and `.dbf` without a ZIP in front, whose checksums would hide them.
#[test]
fn any_byte_of_a_bare_shapefile_may_be_wrong() {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(fixture("releases.shp.zip"))).unwrap();
    let mut part = |name: &str| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let (shp, dbf) = (part("releases.shp"), part("releases.dbf"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.shp");
    for at in (0..shp.len().max(dbf.len())).step_by(if is_slow() { 1 } else { 7 }) {
        for byte in [0x00, 0xff, 0x7f] {
            let mut damaged = [shp.clone(), dbf.clone()];
            damaged.iter_mut().for_each(|part| {
                if let Some(b) = part.get_mut(at) {
                    *b = byte
                }
            });
            std::fs::write(&path, &damaged[0]).unwrap();
            std::fs::write(path.with_extension("dbf"), &damaged[1]).unwrap();
            swallow(&path);
        }
    }
}

/// What fuzzing found, and seeds for it (`fuzz/intake`).
#[test]
fn the_corpus_of_the_fuzzer_has_an_answer() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/intake/corpus");
    let mut n = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        swallow(&entry.unwrap().path());
        n += 1;
    }
    assert!(n >= 10);
}

#[test]
fn a_thousand_errors_in_one_file_are_each_named_with_row_and_vertex() {
    let bow_tie = |n: usize| {
        let west = 46.0 + n as f64 / 1000.0;
        let geometry = format!(
            r#"{{"type":"Polygon","coordinates":[[[{west},40.0],[{e},40.001],[{e},40.0],[{west},40.001],[{west},40.0]]]}}"#,
            e = west + 0.0005
        );
        feature(
            &format!(
                r#""record":"hazard_area","local_id":"HA-{n}","date_of_information":"2026-10-01","class":"SHA","accuracy_m":5"#
            ),
            &geometry,
        )
    };
    let file = collection(&(1..=1000).map(bow_tie).collect::<Vec<_>>());
    let (_folder, path) = scratch("thousand.geojson", file.as_bytes());
    let issues: Vec<_> = open(&path, &options("thousand.geojson")).unwrap().flat_map(|draft| draft.issues).collect();
    let errors: Vec<_> = issues.iter().filter(|issue| issue.rule == "DQ-01").collect();
    assert_eq!(errors.len(), 1000);
    assert!(
        errors.iter().enumerate().all(|(at, issue)| issue.row == at as u64 + 1 && issue.message.contains("at vertex "))
    );
}

#[test]
fn a_polygon_of_ten_million_vertices_is_held_with_its_number() {
    let (folder, path) = scratch("large.geojson", b"");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[["#).unwrap();
    for n in 0..10_000_000_u32 {
        write!(file, "[{},40],", 46 + n % 2).unwrap();
    }
    file.write_all(b"[46,40]]]}}]}").unwrap();
    file.flush().unwrap();
    let drafts: Vec<_> = open(&path, &options("large.geojson")).unwrap().collect();
    assert_eq!(drafts.len(), 1);
    assert!(drafts[0].record.is_none() && drafts[0].issues[0].message.contains("80000"), "{:?}", drafts[0].issues);
    drop(folder);
    let million = format!("POLYGON (({}46 40))", "46 40, ".repeat(1_000_001));
    let out = read(
        "many.csv",
        format!("record,local_id,date_of_information,class,WKT\nhazard_area,HA-1,2026-10-01,SHA,\"{million}\"\n"),
    );
    assert!(out.contains("the geometry has 1000002 vertices, the limit is 1000000"), "{out}");
}

/// 200 MB of features pass through a bounded window. Run with `SLOW_TESTS=1`.
#[test]
fn memory_is_bounded_whatever_the_size_of_the_file() {
    if !is_slow() {
        eprintln!("skipped: SLOW_TESTS is not set");
        return;
    }
    let (_folder, path) = scratch("large.geojson", b"");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(br#"{"type":"FeatureCollection","features":["#).unwrap();
    let (mut n, mut size) = (0_u32, 0);
    while size < 200_000_000 {
        let own = format!(
            r#""record":"hazard_area","local_id":"HA-{n}","date_of_information":"2026-10-01","class":"SHA","accuracy_m":5"#
        );
        let text = feature(&own, crate::scene::SQUARE);
        size += text.len() + 2;
        n += 1;
        file.write_all(text.as_bytes()).unwrap();
        file.write_all(b",\n").unwrap();
    }
    file.write_all(b"{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}]}").unwrap();
    file.flush().unwrap();
    let before = peak_kb();
    let started = std::time::Instant::now();
    let drafts = open(&path, &options("large.geojson")).unwrap().count();
    let seconds = started.elapsed().as_secs_f64();
    let grown = peak_kb() - before;
    eprintln!(
        "{drafts} features, 200 MB: {seconds:.1} s, {:.0} features/s, peak {} MB, {} MB of it while reading",
        f64::from(n) / seconds,
        peak_kb() / 1024,
        grown / 1024
    );
    assert_eq!(drafts, n as usize + 1);
    assert!(grown < 200 * 1024, "{grown} kB");
}

/// High-water mark of the resident set, by the kernel.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or_default()
}
