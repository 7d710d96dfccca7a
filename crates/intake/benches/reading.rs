//! Features a second, from bytes on disk to judged drafts. `cargo bench -p intake`.

use std::fmt::Write;

use divan::Bencher;
use divan::counter::ItemsCount;
use intake::{Options, open};

fn main() {
    divan::main();
}

const N: usize = 10_000;

/// Squares of about a hectare, a row of a hundred beside each other.
fn corners(at: usize) -> [(f64, f64); 5] {
    let (x, y) = (46.0 + (at % 100) as f64 / 500.0, 40.0 + (at / 100) as f64 / 500.0);
    [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.001), (0.0, 0.0)].map(|(dx, dy)| (x + dx, y + dy))
}

fn geojson() -> String {
    let feature = |at: usize| {
        let ring = corners(at).map(|(x, y)| format!("[{x:.6},{y:.6}]")).join(",");
        format!(
            r#"{{"type":"Feature","properties":{{"record":"release_product","local_id":"LR-{at}","date_of_information":"2026-10-01","class":"CLEARED","depth_cm":20,"eo":"AP_MINE,UXO","activity":"CLR","accuracy_m":1,"reported_area_m2":9470}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
        )
    };
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, (0..N).map(feature).collect::<Vec<_>>().join(",\n"))
}

fn csv() -> String {
    let mut text =
        "record,local_id,date_of_information,class,depth_cm,eo,activity,accuracy_m,reported_area_m2,WKT\n".to_owned();
    for at in 0..N {
        let ring = corners(at).map(|(x, y)| format!("{x:.6} {y:.6}")).join(", ");
        writeln!(
            text,
            "release_product,LR-{at},2026-10-01,CLEARED,20,\"AP_MINE,UXO\",CLR,1,9470,\"SRID=4326;POLYGON (({ring}))\""
        )
        .unwrap();
    }
    text
}

fn read(bencher: Bencher<'_, '_>, name: &str, content: String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let options = Options::new(name, "2026-11-24".parse().unwrap());
    bencher.counter(ItemsCount::new(N)).bench(|| {
        let drafts = open(&path, &options).unwrap().filter(|draft| draft.record.is_some()).count();
        assert_eq!(drafts, N);
    });
}

#[divan::bench]
fn geojson_features(bencher: Bencher<'_, '_>) {
    read(bencher, "releases.geojson", geojson());
}

#[divan::bench]
fn csv_rows(bencher: Bencher<'_, '_>) {
    read(bencher, "releases.csv", csv());
}
