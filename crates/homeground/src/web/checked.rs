//! What the rules find and how records score, computed once for each change of the programme: both read every record.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::{Day, Finding};

use crate::checks::Score;

use super::Scene;
use super::known::Known;
use super::problem::Problem;

/// Answers of the newest change that was asked about.
#[derive(Default)]
pub struct Checked {
    findings: Mutex<Option<Findings>>,
    scores: Mutex<Option<(u64, Arc<Vec<Score>>)>>,
    known: Mutex<Option<(u64, Day, Arc<Known>)>>,
}

/// After which change, on which day, what.
type Findings = (u64, Day, Arc<Vec<Finding>>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scene<'_> {
    /// Every finding of the programme, as `homeground check` lists them.
    pub fn checked(&self) -> Result<Arc<Vec<Finding>>, Problem> {
        if self.asked.known_at.is_some() {
            return Ok(Arc::new(self.programme.check(self.state, self.day)?));
        }
        // Of several that ask for the same one computes it.
        let mut kept = lock(&self.checked.findings);
        if let Some((change, day, found)) = &*kept
            && (*change, *day) == (self.change, self.day)
        {
            return Ok(found.clone());
        }
        let found = Arc::new(self.programme.check(self.state, self.day)?);
        *kept = Some((self.change, self.day, found.clone()));
        Ok(found)
    }

    /// Sources, claims and their contradictions.
    pub fn known(&self) -> Result<Arc<Known>, Problem> {
        if self.asked.known_at.is_some() {
            return Ok(Arc::new(Known::of(self)?));
        }
        let mut kept = lock(&self.checked.known);
        if let Some((change, day, known)) = &*kept
            && (*change, *day) == (self.change, self.day)
        {
            return Ok(known.clone());
        }
        let known = Arc::new(Known::of(self)?);
        *kept = Some((self.change, self.day, known.clone()));
        Ok(known)
    }

    /// The score of every operator and month, as `homeground check --score` prints it.
    pub fn scores(&self) -> Result<Arc<Vec<Score>>, Problem> {
        if self.asked.known_at.is_some() {
            return Ok(Arc::new(self.programme.score(self.known_at())?));
        }
        let mut kept = lock(&self.checked.scores);
        if let Some((change, scores)) = &*kept
            && *change == self.change
        {
            return Ok(scores.clone());
        }
        let scores = Arc::new(self.programme.score(self.known_at())?);
        *kept = Some((self.change, scores.clone()));
        Ok(scores)
    }
}
