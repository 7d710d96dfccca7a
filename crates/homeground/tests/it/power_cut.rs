//! Killed at any moment: what was acknowledged is there, nothing is half there, and the import can be done again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{World, reports_as_geojson, slow};

const IMPORT: &str =
    "import p.gpkg many.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z --format json";

/// Hazards and a release on every third of them; some hazards overlap. Each carries a note of so many letters.
pub fn many(n: usize, n_letters: usize) -> String {
    let note = if n_letters > 0 { format!(" note={}", "x".repeat(n_letters)) } else { String::new() };
    let line = |i: usize| {
        let (x, y) = (i % 50 * 25, i / 50 * 25);
        let hazard = format!("hazard_area HA-{i} 2021-05-{:02}{note} @ {x} {y} {} {}\n", 1 + i % 28, x + 30, y + 20);
        match i % 3 {
            0 => format!("{hazard}release_product LR-{i} 2021-06-01 hazard=HA-{i} @ {x} {y} {} {}\n", x + 10, y + 10),
            _ => hazard,
        }
    };
    reports_as_geojson(&(0..n).map(line).collect::<String>())
}

/// The state without the ids of entries, which follow from the place in the chain.
pub fn without_ids(mut state: Value) -> Value {
    for row in state["rows"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("id");
    }
    state
}

/// Numbers that look random and are the same every time.
pub fn fractions(n: usize) -> impl Iterator<Item = f64> {
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    (0..n).map(move |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    })
}

fn check(n_hazards: usize, n_letters: usize, rounds: usize) {
    let file = many(n_hazards, n_letters);
    let undisturbed = World::new();
    undisturbed.write("many.geojson", &file);
    let begun = Instant::now();
    undisturbed.ok(IMPORT);
    let takes = begun.elapsed();
    let wanted = without_ids(undisturbed.state());
    for (round, fraction) in fractions(rounds).enumerate() {
        let world = World::new();
        world.write("many.geojson", &file);
        let mut child = world.command(IMPORT).spawn().unwrap();
        // The pipes are small: what is not read would stop the child.
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = [
            std::thread::spawn(move || std::io::read_to_string(out)),
            std::thread::spawn(move || std::io::read_to_string(err)),
        ];
        std::thread::sleep(Duration::from_secs_f64(takes.as_secs_f64() * fraction));
        child.kill().unwrap();
        let acknowledged = child.wait().unwrap().success();
        readers.into_iter().for_each(|reader| _ = reader.join());
        let what = format!("round {round}, killed after {:.0} % of {takes:?}", fraction * 100.0);
        assert_prefix(&world, n_hazards, acknowledged, &what);
        world.ok(IMPORT);
        assert_eq!(without_ids(world.state()), wanted, "{what}");
        world.ok("verify p.gpkg");
    }
}

/// The ledger is sound and holds the first hazards of the file, all of them if that was acknowledged.
pub fn assert_prefix(world: &World, n_hazards: usize, acknowledged: bool, what: &str) {
    let verified = world.run("verify p.gpkg");
    assert_eq!(verified.status, 0, "{what}: {}{}", verified.stdout, verified.stderr);
    let state = world.state();
    let known: BTreeSet<&str> =
        state["rows"].as_array().unwrap().iter().map(|row| row["local_id"].as_str().unwrap()).collect();
    assert!(!acknowledged || known.len() == n_hazards, "{what}: acknowledged, but {} are there", known.len());
    let prefix: Vec<String> = (0..known.len()).map(|i| format!("HA-{i}")).collect();
    assert_eq!(known, prefix.iter().map(String::as_str).collect(), "{what}");
}

#[test]
fn an_import_that_is_killed_leaves_all_or_nothing_of_a_batch_and_can_be_done_again() {
    check(400, 0, 4);
}

#[test]
fn an_import_of_several_batches_and_its_rebuild_that_are_killed_leave_a_prefix_and_can_be_done_again() {
    // 48 MB: two transactions of the ledger, then one that makes the layers anew.
    let rounds = if slow("an import of several batches, killed twelve times") { 12 } else { 1 };
    check(48, 1_000_000, rounds);
}
