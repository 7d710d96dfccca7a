//! What the pages of the plan look at: gates of every settlement and a plan, computed once for each state of the ledger, in the
//! background, never while another page waits.
//!
//! The work reads the programme through a reader of its own, so that it holds no lock. Pages show what is there so far: gates,
//! then a first plan from rules of thumb, then better ones. After a new entry the plan goes on from the one before.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::Markup;
use plan::{Effort, Progress};
use serde_json::json;

use crate::config::Config;
use crate::planning::{Compared, Home, Planned, Previous, Scenario, Settings, compare, homes, plan, problem, quick};
use crate::programme::Programme;

use super::asked::Asked;

/// Outlooks that are kept; the newest first.
const KEPT: usize = 8;
/// How long a better plan is searched, and from a previous one.
const ANEW: Duration = Duration::from_secs(10);
const FROM_BEFORE: Duration = Duration::from_millis(600);
/// Rounds and moves of each of several scenarios.
const ALIKE: Effort = Effort { rounds: 20, moves: 500, seed: 1 };
/// Pages wait so long for what is nearly there.
const PATIENCE: Duration = Duration::from_millis(900);

/// Every outlook that was asked for and is still kept.
pub struct Outlooks {
    path: PathBuf,
    kept: Mutex<Vec<Arc<Outlook>>>,
    /// One is computed at a time; the pages need the other core.
    desk: Arc<Mutex<()>>,
}

/// Of what an outlook is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    change: u64,
    day: Date,
    known_at: Option<Timestamp>,
    /// The settings as text, and the scenarios.
    settings: String,
    scenarios: Vec<Scenario>,
}

/// One outlook, while it is computed and after.
pub struct Outlook {
    key: Key,
    at: Mutex<Shown>,
}

/// What there is so far.
#[derive(Clone, Default)]
pub struct Shown {
    /// Gates of settlements.
    pub homes: Option<Arc<Vec<Home>>>,
    /// The plan.
    pub planned: Option<Arc<(Planned, Settings)>>,
    /// Scenarios beside it.
    pub compared: Option<Arc<Compared>>,
    /// What is being done, in a sentence; none when all is done.
    pub working: Option<String>,
    /// Why it could not be done.
    pub failed: Option<String>,
}

impl Shown {
    /// Whether nothing more will come.
    pub fn is_done(&self) -> bool {
        self.working.is_none()
    }
}

impl Outlooks {
    /// None yet, of the programme at `path`.
    pub fn new(path: &Path) -> Outlooks {
        Outlooks { path: path.to_owned(), kept: Mutex::default(), desk: Arc::default() }
    }

    /// Where the programme is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The outlook of what is asked after a change of the programme, begun if nobody asked before.
    pub fn of(&self, change: u64, asked: &Asked, scenarios: Vec<Scenario>) -> anyhow::Result<Arc<Outlook>> {
        let config = Config::load(Some(&self.path))?;
        let key = Key {
            change,
            day: asked.day().date(),
            known_at: asked.known_at,
            settings: format!("{}{:?}", config.plan(), config.policy()?),
            scenarios,
        };
        let mut kept = lock(&self.kept);
        if let Some(at) = kept.iter().position(|outlook| outlook.key == key) {
            let found = kept.remove(at);
            kept.insert(0, found.clone());
            return Ok(found);
        }
        let before = kept.iter().filter(|outlook| outlook.is_before(&key)).find_map(|outlook| outlook.as_previous());
        // Nobody needs what is not done yet of an older ledger.
        kept.retain(|outlook| !outlook.is_before(&key) || outlook.shown().is_done());
        let working = Some("the programme is being read".to_owned());
        let outlook = Arc::new(Outlook { key, at: Mutex::new(Shown { working, ..Shown::default() }) });
        kept.truncate(KEPT - 1);
        kept.insert(0, outlook.clone());
        let (path, desk, begun) = (self.path.clone(), self.desk.clone(), outlook.clone());
        std::thread::spawn(move || {
            let _one_at_a_time = lock(&desk);
            if !begun.is_wanted() {
                return;
            }
            // A mistake of ours is told on the page; the thread must not leave it waiting for ever.
            let try_from = |before| catch_unwind(AssertUnwindSafe(|| work(&path, &begun, before)));
            let done = match (try_from(before.as_ref()), &before) {
                (Ok(Ok(())), _) => Ok(Ok(())),
                // Where it cannot go on from the plan before, there is still a plan to be made.
                (_, Some(_)) => try_from(None),
                (done, None) => done,
            };
            let failed = match done {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("{error:#}")),
                Err(_) => Some("the program made a mistake; the log says where".to_owned()),
            };
            begun.set(|shown| shown.failed = failed);
            begun.set(|shown| shown.working = None);
        });
        Ok(outlook)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outlook {
    /// What there is so far.
    pub fn shown(&self) -> Shown {
        lock(&self.at).clone()
    }

    /// Waits a moment for what is nearly there, holding nothing.
    pub async fn settle(&self, enough: impl Fn(&Shown) -> bool) -> Shown {
        let since = Instant::now();
        loop {
            let shown = self.shown();
            if shown.is_done() || enough(&shown) || since.elapsed() > PATIENCE {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether anybody keeps it besides the thread that works on it.
    fn is_wanted(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    fn set(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut lock(&self.at));
    }

    fn tell(&self, text: String) {
        self.set(|shown| shown.working = Some(text));
    }

    /// Whether a plan for `key` can go on from this one: the same settings, known now, the same day or an earlier one.
    fn is_before(&self, key: &Key) -> bool {
        let of_now = |key: &Key| key.known_at.is_none() && key.scenarios.is_empty();
        of_now(&self.key)
            && of_now(key)
            && self.key.settings == key.settings
            && self.key.day <= key.day
            && self.key.change < key.change
    }

    fn as_previous(&self) -> Option<Previous> {
        let planned = self.shown().planned?;
        let mut value = planned.0.json(&planned.1);
        value["as_of"] = json!(self.key.day);
        Previous::of(&value).ok()
    }
}

fn work(path: &Path, outlook: &Arc<Outlook>, before: Option<&Previous>) -> anyhow::Result<()> {
    let key = &outlook.key;
    let config = Config::load(Some(path))?;
    let (policy, section) = (config.policy()?, config.plan());
    let programme = Programme::read(path)?;
    let state = programme.state_at(key.known_at.unwrap_or(Timestamp::MAX));
    let day = key.day.into();
    if !key.scenarios.is_empty() {
        let n = key.scenarios.len() + 3;
        let asked = (&programme, &*state, day, &policy);
        let compared = compare(asked, &section, &key.scenarios, &ALIKE, &mut |done| {
            outlook.tell(format!("planned {done} of {n} times"));
            outlook.is_wanted()
        })?;
        outlook.set(|shown| shown.compared = compared.map(Arc::new));
        return Ok(());
    }
    let gates = homes(&programme, &state, day, &policy, &mut |asked, of| {
        outlook.tell(format!("the gate of household {asked} of {of} is asked"));
    })?;
    outlook.set(|shown| shown.homes = Some(Arc::new(gates)));
    outlook.tell("the gates of projects are asked".to_owned());
    let settings = Settings::of(section, None)?;
    let made = problem(&programme, &state, day, &policy, &settings, before)?;
    let faults = |faults: Vec<plan::Fault>| {
        anyhow::anyhow!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    };
    if before.is_none() {
        let first = quick(&made, 1).map_err(faults)?;
        outlook.set(|shown| shown.planned = Some(Arc::new((first, settings.clone()))));
    }
    let until = Instant::now() + if before.is_some() { FROM_BEFORE } else { ANEW };
    let effort = Effort::default();
    let planned = plan(&made, &effort, before, &mut |progress: &Progress| {
        let gap = (progress.best - progress.bound) as f64 / progress.best.max(1) as f64 * 100.0;
        outlook
            .tell(format!("a better plan is searched, round {} of {}, gap {gap:.1} %", progress.round, effort.rounds));
        Instant::now() < until && outlook.is_wanted()
    });
    let planned = planned.map_err(faults)?;
    outlook.set(|shown| shown.planned = Some(Arc::new((planned, settings))));
    Ok(())
}

/// A page; one that shows nothing yet asks the browser to come back.
pub fn answered(body: Markup, refresh: bool) -> Response {
    match refresh {
        true => ([(HeaderName::from_static("refresh"), "2")], body).into_response(),
        false => body.into_response(),
    }
}
