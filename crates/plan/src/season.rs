//! Seasons as tables: where a lot fits without a break, where a building ends that rests in closed weeks.

use crate::problem::{Means, Problem};
use crate::weeks::Weeks;

/// The tables of one season.
pub(crate) struct Calendar<'p> {
    open: &'p Weeks,
    /// The open weeks in order.
    weeks: Vec<usize>,
    /// How many open weeks lie before each week.
    before: Vec<usize>,
    /// By duration: the weeks in which a lot can start and stay inside one season. Only the durations of the problem.
    runs: Vec<Option<Weeks>>,
}

impl<'p> Calendar<'p> {
    fn new(open: &'p Weeks) -> Self {
        let weeks: Vec<usize> = (0..open.n_weeks()).filter(|&week| open.contains(week)).collect();
        let before = (0..=open.n_weeks()).scan(0, |seen, week| {
            let so_far = *seen;
            *seen += usize::from(open.contains(week));
            Some(so_far)
        });
        Self { open, before: before.collect(), weeks, runs: Vec::new() }
    }

    fn add_run(&mut self, weeks: usize) {
        if self.runs.len() <= weeks {
            self.runs.resize(weeks + 1, None);
        }
        let Self { open, before, runs, .. } = self;
        let n_weeks = open.n_weeks();
        let fits = |start: usize| start + weeks <= n_weeks && before[start + weeks] - before[start] == weeks;
        runs[weeks].get_or_insert_with(|| Weeks::of(n_weeks, fits));
    }

    pub(crate) fn open_words(&self) -> &[u64] {
        self.open.words()
    }

    /// The starts from which a lot of so many weeks stays inside one season; `weeks` is a duration of the problem.
    #[inline]
    pub(crate) fn run_words(&self, weeks: usize) -> &[u64] {
        self.runs[weeks].as_ref().expect("every duration of the problem has its table").words()
    }

    /// The end of a building of so many open weeks that starts at or after `start`.
    #[inline]
    pub(crate) fn building_end(&self, start: usize, weeks: usize) -> Option<usize> {
        self.weeks.get(self.before[start] + weeks - 1).map(|last| last + 1)
    }
}

/// The tables of every season of `problem`.
pub(crate) fn calendars(problem: &Problem) -> Vec<Calendar<'_>> {
    let mut calendars: Vec<Calendar> = problem.seasons.iter().map(|season| Calendar::new(&season.open)).collect();
    for work in &problem.works {
        if let Means::Clearance { offers } = &work.means {
            offers.iter().for_each(|offer| calendars[work.season].add_run(offer.weeks));
        }
    }
    calendars
}
