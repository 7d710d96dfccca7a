//! How fast a programme is kept and read: small by default, of real size with `HOMEGROUND_BENCH_SIZE=1000000`.
//!
//! A plain program rather than a harness of repetitions: what matters is one large file on one disk, and the disk
//! decides. Wall seconds and CPU seconds (Linux) of this process are printed for each step.

use std::ops::ControlFlow::Continue;
use std::time::Instant;

use geometry::Shape;
use ledger::{EntryId, EntryKind, Signed};
use records::feature::{Column, ColumnType, Layer, LayerGeometry};
use records::{Feature, RecordKind};
use serde_json::{Map, json};
use store::{Batch, GeoPackage, Position, Query, RowChange, Store};

const HAZARD: Layer = Layer {
    name: "hazard",
    about: "Remaining hazard",
    geometry: LayerGeometry::Area,
    columns: &[Column { name: "remaining_m2", holds: ColumnType::Real }],
};

/// An entry as large as a release with six vertices. Not signed: the store does not look.
fn entry(n: usize) -> Signed {
    let x = 46.0 + (n % 1000) as f64 * 1e-3;
    let ring: Vec<[f64; 2]> =
        (0..7).map(|i| [x + f64::from(i % 6) * 1.234_567_8e-4, 40.012_345_678 + f64::from(i % 3) * 1e-4]).collect();
    let body = json!({
        "kind": "record",
        "payload": {
            "as_entered": {"crs": "EPSG:28408"}, "date_of_information": "2024-05-01",
            "fields": {"activity": "CLR", "class": "CLEARED", "depth_cm": 20, "operator": "ANAMA", "reported_area_m2": 1234.5},
            "geometry": {"coordinates": [ring], "type": "Polygon"},
            "local_id": format!("LR-{n}"), "record": "release_product", "sources": ["S-1"], "supersedes": null,
        },
        "prev": EntryId([7; 32]), "recorded_at": "2025-07-01T12:00:00Z", "seq": n, "writer": "ea".repeat(32),
    })
    .to_string();
    Signed { id: EntryId::of(body.as_bytes()), signature: [5; 64], body }
}

fn feature(n: usize) -> Feature {
    let (x, y) = (46.0 + (n % 1000) as f64 * 1e-3, 39.0 + (n / 1000) as f64 * 1e-3);
    let ring =
        (0..=24).map(|i| f64::from(i % 24) * 0.261_799).map(|a| [x + a.cos() * 4e-4, y + a.sin() * 4e-4]).collect();
    let properties = Map::from_iter([("remaining_m2".to_owned(), json!(1234.5))]);
    Feature { id: format!("{n:08}"), geometry: Some(Shape::MultiPolygon(vec![vec![ring]])), properties }
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat.rsplit(')').next().unwrap_or("").split(' ').filter_map(|f| f.parse().ok()).collect();
    // User and system time, fields 14 and 15 of proc(5); the state before them is a letter.
    fields.get(10..12).map_or(0.0, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

fn step<T>(name: &str, n: usize, run: impl FnOnce() -> T) -> T {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let result = run();
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!("{name:44} {n:>8} in {wall:7.3} s wall {cpu:7.2} s CPU {:>10.0} /s", n as f64 / wall);
    result
}

fn main() {
    let size: usize = std::env::var("HOMEGROUND_BENCH_SIZE").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    let n_single = (size / 10).clamp(20, 2000);
    let n_features = (size / 10).max(100);
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("bench.gpkg");
    let mut store =
        GeoPackage::create(&file, &[HAZARD], &Batch { entries: vec![entry(0)], ..Batch::default() }).unwrap();

    let singles: Vec<Batch> = (1..=n_single)
        .map(|n| Batch {
            entries: vec![entry(n)],
            rows: vec![RowChange {
                layer: "hazard",
                id: format!("{:08}", n % 50),
                feature: Some(Feature { id: format!("{:08}", n % 50), ..feature(n) }),
            }],
        })
        .collect();
    step("durable appends, with a row", n_single, || {
        for batch in &singles {
            store.append(batch).unwrap();
        }
    });

    let mut kept = n_single + 1;
    let (mut seconds, mut cpu) = (0.0, 0.0);
    while kept < size {
        let entries: Vec<Signed> = (kept..(kept + 20_000).min(size)).map(entry).collect();
        let (start, cpu_before) = (Instant::now(), cpu_seconds());
        store.keep(&entries).unwrap();
        seconds += start.elapsed().as_secs_f64();
        cpu += cpu_seconds() - cpu_before;
        kept += entries.len();
    }
    println!(
        "{:44} {size:>8} in {seconds:7.3} s wall {cpu:7.2} s CPU {:>10.0} /s",
        "entries in batches of 20,000",
        size as f64 / seconds
    );

    let mut rows = (0..n_features).map(|n| Ok(("hazard", feature(n))));
    step("rebuild of features", n_features, || store.rebuild(Position(kept as u64), &mut rows).unwrap());
    let one = || Batch {
        rows: vec![RowChange {
            layer: "hazard",
            id: "00000000".into(),
            feature: Some(Feature { id: "00000000".into(), ..feature(1) }),
        }],
        ..Batch::default()
    };
    step("a change at the edge of a large layer", 1, || store.append(&one()).unwrap());

    step("entries streamed", kept, || {
        let mut n = 0;
        store
            .entries(Position(0), &mut |_, signed| {
                n += signed.body.len();
                Continue(())
            })
            .unwrap();
        assert!(n > 0);
    });
    let boxes = 100;
    step("features of a small box", boxes, || {
        for n in 0..boxes {
            let (x, y) = (46.0 + n as f64 * 8e-3, 39.001);
            store.features("hazard", Some([x, y, x + 4e-3, y + 4e-3]), None, 1000).unwrap();
        }
    });
    let searches = [
        ("all", Query::default()),
        ("kind", Query { kind: Some(EntryKind::Record), ..Query::default() }),
        (
            "kind and record",
            Query { kind: Some(EntryKind::Record), record: Some(RecordKind::ReleaseProduct), ..Query::default() },
        ),
        (
            "record, deep page",
            Query {
                record: Some(RecordKind::ReleaseProduct),
                before: Some(Position(kept as u64 / 2)),
                ..Query::default()
            },
        ),
        ("local id", Query { local_id: Some("LR-77".into()), ..Query::default() }),
        ("id prefix", Query { id_prefix: Some("abc".into()), ..Query::default() }),
        ("text, everywhere", Query { text: Some("cleared".into()), ..Query::default() }),
        ("text, nowhere", Query { text: Some("zzz".into()), ..Query::default() }),
        ("text of another script", Query { text: Some("кельбаджар".into()), ..Query::default() }),
    ];
    for (name, query) in searches {
        let query = Query { limit: 50, ..query };
        step(&format!("search: {name}"), 1, || store.search(&query).unwrap());
    }
    step("heads", 1, || store.heads().unwrap());
    step("check", kept, || store.check(&mut |finding| panic!("{finding}")).unwrap());
    step("backup", 1, || store.backup(&directory.path().join("backup.gpkg"), &mut |_| {}).unwrap());
    step("close", 1, || Box::new(store).close().unwrap());
    let bytes = std::fs::metadata(&file).unwrap().len();
    println!("the file has {:.0} MB, {} bytes an entry", bytes as f64 / 1e6, bytes / kept as u64);
}
