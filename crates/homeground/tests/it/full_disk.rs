//! No room: the message says so, nothing is half written, and with room again the work is done again.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::power_cut::{many, without_ids};
use crate::world::{Run, World};

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

#[test]
fn a_limit_on_the_size_of_files_is_told_and_nothing_is_half_written() {
    let world = World::empty();
    std::fs::create_dir(world.path("disk")).unwrap();
    world.write("many.geojson", many(150, 4000));
    world.ok("new disk/p.gpkg --name Test --country AZE");
    let plain = world.command(IMPORT);
    // Without the trap the system would end the program before it could say anything.
    let n_kilobytes = a_little_more_than(&world.path("disk/p.gpkg"));
    let script = format!("trap '' XFSZ; ulimit -f {n_kilobytes}; exec \"$@\"");
    let mut limited = Command::new("bash");
    limited.args(["-c", &script, "-"]).arg(plain.get_program()).args(plain.get_args());
    limited.current_dir(world.folder()).env("HOMEGROUND_KEY", world.path("writer.key"));
    let run = Run::from(limited.output().unwrap());
    check_refused(&world, &run, "could not be written; nothing was changed. hint: a quota or a limit");
    check_done_again(&world);
}
