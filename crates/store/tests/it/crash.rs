//! `kill -9` at any moment: what was acknowledged is there, what is there is a whole number of transactions.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow::Continue;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use ledger::Signed;
use store::{Batch, Failure, GeoPackage, Position, Store};
use tempfile::TempDir;

use crate::programme::{LAYERS, first, put, record, release, writer};

const ROUNDS: u64 = 20;

/// Entries a transaction; each carries one row.
const SIZE: usize = 3;

/// The one chain every run of the child writes a part of.
fn chain(n: usize) -> Vec<Signed> {
    let mut writer = writer(1);
    let mut chain = first(&mut writer).entries;
    chain.extend((1..n).map(|n| record(&mut writer, &n.to_string())));
    chain
}

fn batch(chain: &[Signed], at: usize) -> Batch {
    let ids = (at..at + SIZE).map(|n| format!("{n:06}"));
    Batch {
        entries: chain[at..at + SIZE].to_vec(),
        rows: ids.map(|id| put(release(&id, 46.0 + at as f64 / 1e4, 40.0))).collect(),
    }
}

#[test]
#[ignore = "run and killed by the test below"]
fn appends_until_it_is_killed() {
    let file = PathBuf::from(std::env::var_os("PROGRAMME").expect("the file to append to"));
    let chain = chain(2000);
    let open = || match GeoPackage::open(&file, LAYERS) {
        Err(Failure::Missing { .. }) => {
            GeoPackage::create(&file, LAYERS, &Batch { entries: chain[..1].to_vec(), ..Batch::default() })
        }
        other => other,
    };
    let mut store = open().unwrap();
    let mut at = store.position().unwrap().0 as usize;
    let mut out = std::io::stdout();
    while at + SIZE <= chain.len() {
        let Position(kept) = store.append(&batch(&chain, at)).unwrap();
        writeln!(out, "\nkept {kept}").unwrap();
        out.flush().unwrap();
        at += SIZE;
        if at % (11 * SIZE) == 1 {
            Box::new(store).close().unwrap();
            store = open().unwrap();
        }
    }
}

#[test]
fn killed_at_any_moment_it_holds_what_it_acknowledged_and_nothing_half() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("karabakh.gpkg");
    let mut random = 20_250_701u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let n_acknowledged = next(25);
        let pause = Duration::from_micros(next(8000));
        acknowledged = acknowledged.max(run_and_kill(&file, n_acknowledged, pause));
        let kept = examine(&file, acknowledged);
        assert!(kept >= acknowledged, "round {round}: {acknowledged} acknowledged, {kept} kept");
    }
    assert!(acknowledged > 0);
}

/// The last position it acknowledged before it was killed.
fn run_and_kill(file: &Path, n_acknowledged: u64, pause: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::appends_until_it_is_killed", "--ignored", "--nocapture"])
        .env("PROGRAMME", file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut kept = lines.by_ref().filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
    let last = kept.by_ref().take(n_acknowledged as usize).last().unwrap_or(0);
    std::thread::sleep(pause);
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    // What it still said before it died counts, too.
    kept.last().unwrap_or(last).max(last)
}

/// How many entries are kept; that they are the first of the chain, with exactly their rows.
fn examine(file: &Path, acknowledged: u64) -> u64 {
    let store = match GeoPackage::open(file, LAYERS) {
        Ok(store) => store,
        // Killed before it was made. An empty file is nobody's work.
        Err(Failure::Missing { .. } | Failure::NotGeoPackage { .. }) if acknowledged == 0 => {
            let _ = std::fs::remove_file(file);
            return 0;
        }
        Err(failure) => panic!("{failure}"),
    };
    let mut kept = Vec::new();
    store
        .entries(Position(0), &mut |_, signed| {
            kept.push(signed);
            Continue(())
        })
        .unwrap();
    assert_eq!(kept, chain(kept.len()));
    let n = kept.len();
    assert_eq!(n % SIZE, 1, "whole transactions");
    assert_eq!(store.derived_position().unwrap(), Position(n as u64));
    assert_eq!(store.features("release", None, None, usize::MAX).unwrap().len(), n - 1);
    assert_eq!(store.features("release", Some([40.0, 30.0, 60.0, 50.0]), None, usize::MAX).unwrap().len(), n - 1);
    store.check(&mut |finding| panic!("{finding}")).unwrap();
    Box::new(store).close().unwrap();
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "one file");
    n as u64
}
