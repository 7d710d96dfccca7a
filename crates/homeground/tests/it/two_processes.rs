//! One writes, any number read.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};

use crate::world::{Run, World, reports_as_geojson};

/// A process that serves, its first line of output read: it holds the programme.
pub struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it has printed so far.
    pub printed: String,
}

impl Serving {
    pub fn start(world: &World, line: &str) -> Serving {
        Serving::by(world.command(line))
    }

    /// As [`Serving::start`], with the command at hand.
    pub fn by(mut command: Command) -> Serving {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        while !printed.contains("http://") {
            assert!(stdout.read_line(&mut printed).unwrap() > 0, "{command:?} ended before it served: {printed}");
        }
        Serving { child, stdout, printed }
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    pub fn address(&self) -> &str {
        let address = self.printed.split_whitespace().find(|word| word.starts_with("http://"));
        address.expect("an address").trim_end_matches('/')
    }

    /// Ctrl-C.
    pub fn stop(self) -> Run {
        self.end("-INT")
    }

    /// Send a signal and wait.
    pub fn end(mut self, signal: &str) -> Run {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.stdout.read_line(&mut self.printed).unwrap();
        Run::from(self.child.wait_with_output().unwrap())
    }
}

const LATER: &str = "import p.gpkg later.geojson --crs EPSG:4326 --approve-as NMAA";

#[test]
fn a_second_writer_is_refused_by_name_while_readers_work() {
    let world = World::with("hazard_area HA-1 2021-05-01 @ 0 0 200 100");
    world.write("later.geojson", reports_as_geojson("hazard_area HA-2 2021-05-01 @ 500 0 600 100"));
    let before = world.state();
    let serving = Serving::start(&world, "serve p.gpkg --listen 127.0.0.1:0");
    let process = serving.child.id();
    for line in [LATER, "approve p.gpkg --all --as NMAA", "serve p.gpkg --listen 127.0.0.1:0"] {
        let refused = world.run(line);
        assert_eq!(refused.status, 3, "{line}: {}{}", refused.stdout, refused.stderr);
        let said = format!("p.gpkg is open for writing in another Homeground (process {process})");
        assert!(refused.stderr.contains(&said), "{line}: {}", refused.stderr);
    }
    assert_eq!(world.state(), before);
    world.ok("backup p.gpkg b.gpkg");
    world.ok("verify b.gpkg");
    let ended = serving.stop();
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    assert!(!world.path("p.gpkg-wal").exists() && !world.path("p.gpkg.lock").exists(), "one file after a clean stop");
    world.ok(LATER);
    assert_eq!(world.state()["totals"]["n_open"], 2);
}

#[test]
fn a_lock_that_a_killed_process_left_blocks_nobody() {
    let world = World::new();
    let mut serving = Serving::start(&world, "serve p.gpkg --listen 127.0.0.1:0");
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    world.write("later.geojson", reports_as_geojson("hazard_area HA-2 2021-05-01 @ 500 0 600 100"));
    world.ok(LATER);
    world.ok("verify p.gpkg");
}
