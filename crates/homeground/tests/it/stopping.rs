//! Asked to stop: the work ends between two transactions and leaves one file in order.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::power_cut::{assert_prefix, fractions, many, without_ids};
use crate::two_processes::Serving;
use crate::world::{Run, World};

const IMPORT: &str = "import p.gpkg many.geojson --crs EPSG:4326 --approve-as NMAA --recorded-at 2021-12-31T12:00:00Z";

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn one_file(world: &World) {
    for left in ["p.gpkg-wal", "p.gpkg-shm", "p.gpkg.lock"] {
        assert!(!world.path(left).exists(), "{left} is left");
    }
}

fn check_import_stops_on(name: &str) {
    let n_hazards = 3000;
    let world = World::new();
    world.write("many.geojson", many(n_hazards, 0));
    let mut child = world.command(IMPORT).stdout(Stdio::null()).spawn().unwrap();
    while !world.path("p.gpkg-wal").exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&child, name);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.status, 3, "{name}: {}", run.stderr);
    let said = "records are kept, import the same files again to go on";
    assert!(run.stderr.contains("stopped; ") && run.stderr.contains(said), "{name}: {}", run.stderr);
    one_file(&world);
    assert_prefix(&world, n_hazards, false, name);
    assert!(world.state()["rows"].as_array().unwrap().len() < n_hazards, "{name}: it had ended before");
}

#[test]
fn an_import_stops_between_two_transactions_when_asked() {
    check_import_stops_on("-INT");
    check_import_stops_on("-TERM");
}

#[test]
fn a_server_that_is_asked_to_end_closes_its_file() {
    let world = World::new();
    let serving = Serving::start(&world, "serve p.gpkg --listen 127.0.0.1:0");
    let ended = serving.end("-TERM");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    one_file(&world);
}

/// A form with one file, as a browser sends it.
fn form(file: &str) -> String {
    let part =
        |name: &str, value: &str| format!("--x\r\ncontent-disposition: form-data; name={name}\r\n\r\n{value}\r\n");
    let (crs, by) = (part("crs", "EPSG:4326"), part("approve_as", "NMAA"));
    format!(
        "{crs}{by}--x\r\ncontent-disposition: form-data; name=file; filename=many.geojson\r\n\r\n{file}\r\n--x--\r\n"
    )
}

#[test]
fn a_server_that_is_killed_while_it_imports_holds_all_or_nothing_and_goes_on() {
    let n_hazards = 200;
    let file = many(n_hazards, 0);
    for (round, fraction) in fractions(3).enumerate() {
        let world = World::new();
        world.write("many.geojson", &file);
        let serving = Serving::start(&world, "serve p.gpkg --listen 127.0.0.1:0");
        let address = serving.address().to_owned();
        let form = form(&file);
        let sending = std::thread::spawn(move || {
            let request =
                ureq::post(format!("{address}/import")).header("content-type", "multipart/form-data; boundary=x");
            // Cut off with the server: there is no answer to look at.
            let _ = request.send(form);
        });
        std::thread::sleep(Duration::from_secs_f64(1.5 * fraction));
        let _ = serving.end("-KILL");
        sending.join().unwrap();
        let what = format!("round {round}");
        assert_prefix(&world, n_hazards, false, &what);
        let n_kept = world.state()["rows"].as_array().unwrap().len();
        assert!(n_kept == 0 || n_kept == n_hazards, "{what}: {n_kept} of {n_hazards}");
        world.ok(IMPORT);
        let undisturbed = World::new();
        undisturbed.write("many.geojson", &file);
        undisturbed.ok(IMPORT);
        assert_eq!(without_ids(world.state())["totals"], without_ids(undisturbed.state())["totals"], "{what}");
        world.ok("verify p.gpkg");
    }
}
