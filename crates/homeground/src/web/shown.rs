//! Which snapshot of the programme the pages show, and how a change replaces it.
//!
//! A page takes the snapshot that stands when it begins and keeps it to its end, so no page mixes two states. A change
//! works on a copy of index and state while pages go on with the old ones. Copying a million records costs a second
//! and a gigabyte, which is nothing beside a long import and far too much for one report: a short change therefore
//! waits a moment for the pages that are being answered and then needs no copy.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::programme::{Programme, Snapshot};

use super::App;
use super::problem::Problem;

/// Pages answered at one time on each core. More would share the cores until all end late; fewer would let a short page
/// wait for long ones.
const SEATS_A_CORE: usize = 2;

/// How long a short change waits for pages before it works on a copy, and how often it looks.
const PATIENCE: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_micros(500);

/// What the pages show.
pub struct Shown {
    now: RwLock<Now>,
    /// Written under the lock and read beside it, so that who must not block need not wait for a change.
    change: AtomicU64,
    seats: Arc<Semaphore>,
}

struct Now {
    /// `None` while a short change is made, after one that broke off, and where the programme could not be read.
    snapshot: Option<Arc<Snapshot>>,
    job: Option<usize>,
}

/// A moment, for one page.
pub struct Moment {
    /// The programme as it stood.
    pub snapshot: Arc<Snapshot>,
    /// Names the moment; grows with every change.
    pub change: u64,
    /// The import that was under way.
    pub job: Option<usize>,
}

impl Shown {
    /// Show this.
    pub fn new(first: Snapshot) -> Shown {
        let now = Now { snapshot: Some(Arc::new(first)), job: None };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let seats = Arc::new(Semaphore::new(SEATS_A_CORE * cores));
        Shown { now: RwLock::new(now), change: AtomicU64::new(0), seats }
    }

    /// A place among those that are answered at one time.
    pub async fn seat(&self) -> Option<OwnedSemaphorePermit> {
        // Never closed, so there is always a seat in the end.
        self.seats.clone().acquire_owned().await.ok()
    }

    /// The moment that stands.
    pub fn now(&self) -> Result<Moment, Problem> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        let broken = || Problem::bug(&"an earlier change broke off; start the server again");
        let snapshot = now.snapshot.clone().ok_or_else(broken)?;
        Ok(Moment { snapshot, change: self.change(), job: now.job })
    }

    /// Which moment stands. Never waits.
    pub fn change(&self) -> u64 {
        self.change.load(Ordering::Acquire)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Now> {
        self.now.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Take the snapshot away, so that nothing has to be copied. Pages wait until the guard is gone. `None` if a page
    /// would not end in time.
    fn withdraw(&self) -> Option<RwLockWriteGuard<'_, Now>> {
        let since = Instant::now();
        let mut now = self.write();
        let mut snapshot = now.snapshot.take()?;
        loop {
            match Arc::try_unwrap(snapshot) {
                Ok(last) => {
                    drop(last);
                    return Some(now);
                }
                Err(busy) if since.elapsed() > PATIENCE => {
                    now.snapshot = Some(busy);
                    return None;
                }
                Err(busy) => snapshot = busy,
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// A change of the programme.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// The import that makes it, for the note on pages that show the state before it.
    pub job: Option<usize>,
    /// Whether it is done within milliseconds: nothing that reads every record is.
    pub is_short: bool,
}

impl Change {
    /// An entry.
    pub const SHORT: Change = Change { job: None, is_short: true };
    /// What is checked against the whole programme first. Pages go on meanwhile.
    pub const CHECKED: Change = Change { job: None, is_short: false };
}

impl App {
    /// The moment that stands. Blocks. Where the programme could not be read after a change it is read now.
    pub(super) fn moment(&self) -> Result<Moment, Problem> {
        self.shown.now().or_else(|_| {
            self.change(Change::SHORT, |_| ())?;
            self.shown.now()
        })
    }

    /// Change the programme, one change after the other, then show what it has become. Blocks.
    pub(super) fn change<T>(&self, change: Change, work: impl FnOnce(&mut Programme) -> T) -> Result<T, Problem> {
        let broken = |_| Problem::bug(&"an earlier change broke off; start the server again");
        let mut programme = self.programme.lock().map_err(broken)?;
        programme.settle()?;
        let mut held = if change.is_short { self.shown.withdraw() } else { None };
        if held.is_none() {
            self.shown.write().job = change.job;
        }
        let done = work(&mut programme);
        let fresh = programme.snapshot();
        let mut now = held.take().unwrap_or_else(|| self.shown.write());
        now.job = None;
        // What was shown before may hold no longer, so where there is nothing newer nothing is shown.
        let (snapshot, failed) = match fresh {
            Ok(snapshot) => (Some(Arc::new(snapshot)), None),
            Err(error) => (None, Some(error)),
        };
        now.snapshot = snapshot;
        self.shown.change.fetch_add(1, Ordering::Release);
        match failed {
            None => Ok(done),
            Some(error) => Err(error.into()),
        }
    }
}
