//! No room: the message says so, nothing is half written, and with room again the work is done again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::power_cut::{many, without_ids};
use crate::two_processes::Serving;
use crate::world::{Run, World, reports_as_geojson};

const IMPORT: &str = "import disk/p.gpkg many.geojson --crs EPSG:4326 --approve-as NMAA --format json";

/// Kilobytes that are enough for everything here.
const LARGE: usize = 64 * 1024;

/// A disk in memory of so many kilobytes, taken away when dropped.
struct Disk(PathBuf);

impl Disk {
    /// None where this user may not mount.
    fn mount(at: PathBuf, kilobytes: usize) -> Option<Disk> {
        std::fs::create_dir(&at).unwrap();
        is_mounted(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "none"], &at).then_some(Disk(at))
    }

    fn resize(&self, kilobytes: usize) {
        assert!(is_mounted(&["-o", &format!("remount,size={kilobytes}k")], &self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn is_mounted(options: &[&str], at: &Path) -> bool {
    let run = Command::new("mount").args(options).arg(at).output();
    run.is_ok_and(|run| run.status.success())
}

/// Kilobytes in which the file lives, and not what the import would add.
fn a_little_more_than(file: &Path) -> usize {
    std::fs::metadata(file).unwrap().len() as usize / 1024 + 300
}

/// What was asked was refused with this message, and nothing of it is there.
fn check_refused(world: &World, run: &Run, message: &str) {
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("p.gpkg") && run.stderr.contains(message), "{}", run.stderr);
    assert_eq!(run.stdout, "", "nothing is reported as done");
    let verified = world.json("verify disk/p.gpkg");
    assert_eq!((&verified["ok"], &verified["entries"]), (&true.into(), &1.into()), "{verified}");
}

/// With room it succeeds, and what comes of it is what comes of it elsewhere.
fn check_done_again(world: &World) {
    world.ok(IMPORT);
    world.ok("verify disk/p.gpkg");
    world.ok("new p.gpkg --name Test --country AZE");
    world.ok("import p.gpkg many.geojson --crs EPSG:4326 --approve-as NMAA");
    let state = |file| {
        let mut state = without_ids(world.json(&format!("state {file} --as-of 2025-12-31")));
        state.as_object_mut().unwrap().remove("known_at");
        state
    };
    assert_eq!(state("disk/p.gpkg"), state("p.gpkg"));
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_written() {
    let world = World::empty();
    let Some(disk) = Disk::mount(world.path("disk"), LARGE) else {
        eprintln!("skipped: only root may mount a small disk");
        return;
    };
    world.write("many.geojson", many(150, 4000));
    world.ok("new disk/p.gpkg --name Test --country AZE");
    disk.resize(a_little_more_than(&world.path("disk/p.gpkg")));
    let run = world.run(IMPORT);
    disk.resize(LARGE);
    check_refused(&world, &run, "the disk is full; nothing was written. hint: make room");
    check_done_again(&world);
}

/// The program under limits that the shell sets, or that are set while it runs.
fn limited(world: &World, limits: &str, line: &str) -> Command {
    let plain = world.command(line);
    // Without the trap the system would end the program before it could say anything.
    let script = format!("trap '' XFSZ; {limits} exec \"$@\"");
    let mut limited = Command::new("bash");
    limited.args(["-c", &script, "-"]).arg(plain.get_program()).args(plain.get_args());
    limited.current_dir(world.folder()).env("HOMEGROUND_KEY", world.path("writer.key"));
    limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    limited
}

#[test]
fn a_limit_on_the_size_of_files_is_told_and_nothing_is_half_written() {
    let world = World::empty();
    std::fs::create_dir(world.path("disk")).unwrap();
    world.write("many.geojson", many(150, 4000));
    world.ok("new disk/p.gpkg --name Test --country AZE");
    let n_kilobytes = a_little_more_than(&world.path("disk/p.gpkg"));
    let run = Run::from(limited(&world, &format!("ulimit -f {n_kilobytes};"), IMPORT).output().unwrap());
    check_refused(&world, &run, "could not be written; nothing was changed. hint: a quota or a limit");
    check_done_again(&world);
}

/// Let a running program write files of so many bytes; false where this system cannot.
fn may_write(process: u32, bytes: &str) -> bool {
    let set = Command::new("prlimit").args([format!("--pid={process}"), format!("--fsize={bytes}:")]).status();
    set.is_ok_and(|status| status.success())
}

#[test]
fn what_a_server_could_not_keep_no_page_shows_and_with_room_it_is_done_again() {
    let world = World::with("hazard_area HA-1 2021-05-01 @ 0 0 200 100");
    world.write("release.geojson", reports_as_geojson("release_product LR-1 2021-06-01 hazard=HA-1 @ 0 0 200 100"));
    let taken = world.json("import p.gpkg release.geojson --crs EPSG:4326");
    let entry = taken["entries"][0].as_str().unwrap().to_owned();
    let serving = Serving::by(limited(&world, "", "serve p.gpkg --listen 127.0.0.1:0"));
    if !may_write(serving.id(), "unlimited") {
        eprintln!("skipped: prlimit is wanted, of util-linux");
        return;
    }
    let address = serving.address();
    // Whoever reads a page does not write: the state of the page is the state of the file.
    let shown = || {
        let asked = ureq::get(format!("{address}/state.json?as_of=2021-12-31")).call();
        let state: serde_json::Value =
            serde_json::from_str(&asked.unwrap().body_mut().read_to_string().unwrap()).unwrap();
        let kept = world.json("state p.gpkg --as-of 2021-12-31");
        assert_eq!(state["totals"], kept["totals"]);
        assert_eq!(state["rows"], kept["rows"]);
        state["totals"]["n_open"].as_u64().unwrap()
    };
    let approve = || {
        let request = ureq::post(format!("{address}/review/{entry}"));
        request.header("origin", address).send_form([
            ("deed", "accept"),
            ("by", "NMAA"),
            ("rule", "DQ-1"),
            ("reason", "seen"),
        ])
    };
    assert_eq!(shown(), 1);
    assert!(may_write(serving.id(), "1"));
    for _ in 0..2 {
        assert!(matches!(approve(), Err(ureq::Error::StatusCode(500..))), "the disk takes nothing");
        assert_eq!(shown(), 1, "what was not kept releases nothing");
    }
    assert!(may_write(serving.id(), "unlimited"));
    approve().unwrap();
    assert_eq!(shown(), 0);
    assert_eq!(serving.stop().status, 0);
    world.ok("verify p.gpkg");
}
