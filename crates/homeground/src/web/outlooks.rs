//! What the pages of the plan look at: gates of every settlement and a plan, computed once for each state of the ledger, in the
//! background, never while another page waits.
//!
//! The work reads the programme through a reader of its own, so that it holds no lock. Pages show what is there so far: gates,
//! then a first plan from rules of thumb, then better ones. After a new entry the plan goes on from the one before.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use maud::Markup;
use plan::{Effort, Progress};
use serde_json::json;

use crate::config::Config;
use crate::planning::{Compared, Home, Planned, Previous, Scenario, Settings, compare, homes, plan, problem, quick};
use crate::programme::Programme;

use super::asked::Asked;

/// Outlooks that are kept besides the live one.
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
    desk: Arc<Mutex<Desk>>,
}

/// Outlooks, and whether somebody works on them: one thread at most, one outlook at a time; the pages need the other core.
#[derive(Default)]
struct Desk {
    /// The one last asked for first.
    kept: Vec<Arc<Outlook>>,
    is_worked_at: bool,
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
    /// It was asked of today, as known now.
    is_of_today: bool,
    /// Somebody works on it, or did.
    is_begun: AtomicBool,
    /// Nobody needs more of it.
    is_given_up: AtomicBool,
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
        Outlooks { path: path.to_owned(), desk: Arc::default() }
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
        let mut desk = lock(&self.desk);
        let outlook = desk.take(key, asked.is_now());
        if !outlook.shown().is_done() && !desk.is_worked_at {
            let (path, at) = (self.path.clone(), self.desk.clone());
            let worker = std::thread::Builder::new().name("outlooks".to_owned());
            worker.spawn(move || work_through(&path, &at)).context("there is no room for another thread")?;
            desk.is_worked_at = true;
        }
        Ok(outlook)
    }
}

impl Desk {
    /// The outlook of a key, first of all that are kept; a new one if there is none.
    fn take(&mut self, key: Key, is_now: bool) -> Arc<Outlook> {
        if let Some(at) = self.kept.iter().position(|outlook| outlook.key == key) {
            let found = self.kept.remove(at);
            self.kept.insert(0, found.clone());
            return found;
        }
        // Nobody needs more of an older ledger than there is.
        self.kept.iter().filter(|known| known.key.change < key.change).for_each(|known| known.give_up());
        self.kept.retain(|known| !known.is_given_up() || known.shown().planned.is_some());
        let outlook = Outlook::new(key, is_now);
        self.kept.insert(0, outlook.clone());
        // However many days and scenarios are looked at, the plan that everybody goes on from stays.
        let live = self.live().map(Arc::as_ptr);
        while self.kept.len() > KEPT + 1 {
            let Some(at) = self.kept.iter().rposition(|known| Some(Arc::as_ptr(known)) != live) else { break };
            self.kept.remove(at).give_up();
        }
        outlook
    }

    /// The newest of today, as known now.
    fn live(&self) -> Option<&Arc<Outlook>> {
        let of_today = self.kept.iter().filter(|outlook| outlook.is_of_today && outlook.key.is_of_now());
        of_today.max_by_key(|outlook| (outlook.key.change, outlook.key.day))
    }

    /// What is to be worked on next: the live one, then the one that was asked for first.
    fn next(&self) -> Option<Arc<Outlook>> {
        let is_open = |outlook: &&Arc<Outlook>| {
            !outlook.is_begun.load(Ordering::Relaxed) && !outlook.is_given_up() && !outlook.shown().is_done()
        };
        self.live().filter(is_open).or_else(|| self.kept.iter().rev().find(is_open)).cloned()
    }

    /// The newest plan that one of `key` can go on from.
    fn before(&self, key: &Key) -> Option<Before> {
        let found = self.kept.iter().filter(|outlook| outlook.key.is_before(key));
        let planned = found.filter_map(|outlook| Some((outlook, outlook.shown().planned?)));
        let within = planned.filter(|(_, planned)| {
            let weeks = (7 * planned.0.problem.n_weeks as i64).days();
            planned.0.first_day.checked_add(weeks).is_ok_and(|end| key.day < end)
        });
        let (outlook, planned) = within.max_by_key(|(outlook, _)| (outlook.key.change, outlook.key.day))?;
        Some(Before { as_of: outlook.key.day, planned })
    }
}

/// A plan that another goes on from.
struct Before {
    /// The day it was made for.
    as_of: Date,
    planned: Arc<(Planned, Settings)>,
}

impl Before {
    fn as_previous(&self) -> Option<Previous> {
        let mut value = self.planned.0.json(&self.planned.1);
        value["as_of"] = json!(self.as_of);
        Previous::of(&value).ok()
    }
}

impl Key {
    /// Of what is known now, without what-ifs.
    fn is_of_now(&self) -> bool {
        self.known_at.is_none() && self.scenarios.is_empty()
    }

    /// Whether a plan for `later` can go on from this one: the same settings, known now, the same day or an earlier one.
    fn is_before(&self, later: &Key) -> bool {
        self.is_of_now()
            && later.is_of_now()
            && self.settings == later.settings
            && self.day <= later.day
            && self.change < later.change
    }
}

/// Works on what is open until nothing is.
fn work_through(path: &Path, desk: &Mutex<Desk>) {
    loop {
        let (outlook, before) = {
            let mut desk = lock(desk);
            let Some(outlook) = desk.next() else {
                desk.is_worked_at = false;
                return;
            };
            outlook.is_begun.store(true, Ordering::Relaxed);
            let before = desk.before(&outlook.key);
            (outlook, before)
        };
        let before = before.and_then(|before| before.as_previous());
        // A mistake of ours is told on the page; the thread must not leave it waiting for ever.
        let try_from = |before| catch_unwind(AssertUnwindSafe(|| work(path, &outlook, before)));
        let done = match (try_from(before.as_ref()), &before) {
            (Ok(Ok(())), _) => Ok(Ok(())),
            // Where it cannot go on from the plan before, there is still a plan to be made.
            (_, Some(_)) => try_from(None),
            (done, None) => done,
        };
        if outlook.is_given_up() {
            continue;
        }
        let failed = match done {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(_) => Some("the program made a mistake; the log says where".to_owned()),
        };
        outlook.set(|shown| {
            shown.failed = failed;
            shown.working = None;
        });
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

    fn new(key: Key, is_of_today: bool) -> Arc<Outlook> {
        let working = Some("the programme is being read".to_owned());
        let at = Mutex::new(Shown { working, ..Shown::default() });
        Arc::new(Outlook { key, is_of_today, is_begun: false.into(), is_given_up: false.into(), at })
    }

    /// Whoever works on it stops at the next step; a page that still shows it asks again.
    fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }

    fn set(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut lock(&self.at));
    }

    fn tell(&self, text: String) {
        self.set(|shown| shown.working = Some(text));
    }
}

fn work(path: &Path, outlook: &Outlook, before: Option<&Previous>) -> anyhow::Result<()> {
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
            !outlook.is_given_up()
        })?;
        outlook.set(|shown| shown.compared = compared.map(Arc::new));
        return Ok(());
    }
    let gates = homes(&programme, &state, day, &policy, &mut |asked, of| {
        outlook.tell(format!("the gate of household {asked} of {of} is asked"));
        !outlook.is_given_up()
    })?;
    let Some(gates) = gates else { return Ok(()) };
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
        Instant::now() < until && !outlook.is_given_up()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::tests::two_lots_and_one_team;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 1, 7);

    fn key(change: u64, day: Date) -> Key {
        Key { change, day, known_at: None, settings: String::new(), scenarios: Vec::new() }
    }

    fn day(weeks: i64) -> Date {
        TODAY.saturating_add((7 * weeks).days())
    }

    fn planned(outlook: &Outlook, first_day: Date) {
        let made = crate::planning::Made { first_day, ..two_lots_and_one_team(52) };
        let found = quick(&made, 1).expect("a sound problem");
        outlook.set(|shown| shown.planned = Some(Arc::new((found, Settings::default()))));
    }

    #[test]
    fn the_live_outlook_stays_and_is_worked_on_first_however_many_others_are_asked_for() {
        let mut desk = Desk::default();
        let first = desk.take(key(1, day(-1)), false);
        let live = desk.take(key(1, TODAY), true);
        let others: Vec<Arc<Outlook>> = (2..40).map(|weeks| desk.take(key(1, day(-weeks)), false)).collect();
        assert_eq!(desk.kept.len(), KEPT + 1);
        assert!(desk.kept.iter().any(|kept| Arc::ptr_eq(kept, &live)) && !live.is_given_up());
        // What is no longer kept is no longer worked on; of the rest the live one is next, then the one that waits longest.
        assert!(first.is_given_up() && others[0].is_given_up());
        assert!(Arc::ptr_eq(&desk.next().unwrap(), &live));
        live.is_begun.store(true, Ordering::Relaxed);
        assert!(Arc::ptr_eq(&desk.next().unwrap(), &others[others.len() - KEPT]));
        // A new entry makes another one live, and nobody works on an older ledger.
        let newer = desk.take(key(2, TODAY), true);
        assert!(live.is_given_up() && desk.kept.len() == 1);
        assert!(Arc::ptr_eq(&desk.next().unwrap(), &newer));
    }

    #[test]
    fn a_plan_goes_on_from_the_newest_entry_and_not_from_the_page_looked_at_last() {
        let mut desk = Desk::default();
        for (change, first_day) in [(1, day(-3)), (3, day(-1))] {
            planned(&desk.take(key(change, TODAY), true), first_day);
        }
        // The older one is asked for once more, as from a tab that stayed open.
        desk.take(key(1, TODAY), true);
        assert_eq!(desk.kept[0].key.change, 1);
        assert_eq!(desk.before(&key(4, TODAY)).map(|before| before.planned.0.first_day), Some(day(-1)));
        assert_eq!(desk.before(&key(3, TODAY)).map(|before| before.planned.0.first_day), Some(day(-3)));
        assert!(desk.before(&key(1, TODAY)).is_none() && desk.before(&key(4, day(-1))).is_none());
    }

    #[test]
    fn a_plan_does_not_go_on_from_one_whose_weeks_have_all_passed() {
        let mut desk = Desk::default();
        planned(&desk.take(key(1, TODAY), true), TODAY);
        assert!(desk.before(&key(2, day(51))).is_some());
        assert!(desk.before(&key(2, day(52))).is_none());
    }

    #[test]
    fn what_cannot_be_made_is_told_and_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let outlooks = Outlooks::new(&folder.path().join("nothing.gpkg"));
        let asked: Vec<Arc<Outlook>> =
            (0..4).map(|weeks| outlooks.of(1, &Asked::on(day(weeks)), Vec::new()).unwrap()).collect();
        let since = Instant::now();
        while !asked.iter().all(|outlook| outlook.shown().is_done()) {
            assert!(since.elapsed() < Duration::from_secs(60), "one of them is never done");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(asked.iter().all(|outlook| outlook.shown().failed.is_some()));
        while lock(&outlooks.desk).is_worked_at {
            assert!(since.elapsed() < Duration::from_secs(60), "the thread never ends");
        }
    }
}
