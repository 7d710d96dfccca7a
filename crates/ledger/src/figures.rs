//! Figures: sums over spells (DOMAIN §4; CONTRACT §5).
//!
//! *footprint* is the class of each point on a day; *flow* is what happened since the beginning, each m²
//! once per contamination cycle. With `new + reopened + adjusted − cancelled − reduced − cleared` the
//! remaining ground is always accounted for (ID-3), to the last unit, since areas are integers.

use std::collections::BTreeMap;

use geometry::Area;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use records::RecordKind;
use records::land::{HazardStatus, ReleaseMethod};

use crate::day::Day;
use crate::fold::{Account, Class, End, Spell, Start};
use crate::index::{Index, Land};
use crate::row::{View, release_counts};
use crate::state::State;

/// Ground by class on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Suspected.
    pub sha: Area,
    /// Confirmed.
    pub cha: Area,
    /// Cancelled.
    pub cancelled: Area,
    /// Reduced.
    pub reduced: Area,
    /// Cleared.
    pub cleared: Area,
}

/// What happened, each m² once per contamination cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// First stated hazardous.
    pub new: Area,
    /// Cancelled.
    pub cancelled: Area,
    /// Reduced.
    pub reduced: Area,
    /// Cleared.
    pub cleared: Area,
    /// Released before, hazardous again.
    pub reopened: Area,
    /// Boundaries moved; negative where they gave ground up.
    pub adjusted: Area,
}

/// Footprint, flow and what remains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// By class.
    pub footprint: Footprint,
    /// Since the beginning.
    pub flow: Flow,
    /// What remains in gate geometry (UNC-2); never the official figure (UNC-7).
    pub remaining_gate: Area,
}

impl Figures {
    /// What remains by the book: SHA and CHA.
    pub fn remaining(&self) -> Area {
        self.footprint.sha + self.footprint.cha
    }

    fn add(&mut self, spell: &Spell, area: Area, day: Day) {
        match spell.class_on(day) {
            Some(Class::Hazardous(HazardStatus::Suspected)) => self.footprint.sha += area,
            Some(Class::Hazardous(HazardStatus::Confirmed)) => self.footprint.cha += area,
            Some(Class::Released(ReleaseMethod::Cancelled)) => self.footprint.cancelled += area,
            Some(Class::Released(ReleaseMethod::Reduced)) => self.footprint.reduced += area,
            Some(Class::Released(ReleaseMethod::Cleared)) => self.footprint.cleared += area,
            Some(Class::NotRecorded) | None => {}
        }
        if spell.start <= day {
            self.flow.begin(spell.how, area);
        }
        if let Some((on, end, _)) = spell.end.filter(|end| end.0 <= day) {
            debug_assert!(on >= spell.start, "a spell ends after it began");
            self.flow.finish(end, area);
        }
    }
}

impl Flow {
    fn begin(&mut self, how: Start, area: Area) {
        match how {
            Start::New => self.new += area,
            Start::Reopened => self.reopened += area,
            Start::Adjusted => self.adjusted += area,
        }
    }

    fn finish(&mut self, end: End, area: Area) {
        match end {
            End::Released(ReleaseMethod::Cancelled) => self.cancelled += area,
            End::Released(ReleaseMethod::Reduced) => self.reduced += area,
            End::Released(ReleaseMethod::Cleared) => self.cleared += area,
            End::Adjusted => self.adjusted -= area,
        }
    }

    /// What the flow leaves behind: new + reopened + adjusted − released.
    pub fn net(&self) -> Area {
        self.new + self.reopened + self.adjusted - self.released()
    }

    /// Cancelled, reduced and cleared together (ID-5).
    pub fn released(&self) -> Area {
        self.cancelled + self.reduced + self.cleared
    }
}

/// Totals of the whole programme (CONTRACT §5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Footprint, flow, remaining.
    pub figures: Figures,
    /// Cleared where nothing was hazardous, each m² once (ID-4).
    pub cleared_outside: Area,
    /// Σ areas of hazards − their union (ID-8).
    pub hazard_overlap: Area,
    /// Σ of what release reports state, each as reported.
    pub reported_released: Area,
    /// Ground of surveys and other activities: Σ of their areas, and each m² once.
    pub surveyed_sum: Area,
    /// As above, each m² once.
    pub surveyed: Area,
    /// Hazards with ground left.
    pub n_open: usize,
}

/// How rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One row a hazard; a reopening has a row if it lies outside every hazard.
    Hazard,
    /// One row an administrative unit; border pieces are split (ID-7).
    Place,
    /// One row an operator: ground that it released, or else reported.
    Operator,
    /// One row in all.
    Total,
}

/// One row of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Record it stands for: a hazard's first record or a place, by number; none for the rest.
    pub record: Option<u32>,
    /// Local id, operator's name, or empty for ground outside every unit.
    pub name: String,
    /// Its figures.
    pub figures: Figures,
}

/// A statement of account for a period (ID-1 … ID-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Remaining at the end of the day before the period.
    pub opening: Area,
    /// What happened in the period.
    pub flow: Flow,
    /// Remaining at the end of the last day.
    pub closing: Area,
    /// Recorded in the period, happened before it.
    pub late: Area,
}

/// One row of a balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceRow {
    /// As [`Row::record`].
    pub record: Option<u32>,
    /// As [`Row::name`].
    pub name: String,
    /// Its account.
    pub balance: Balance,
}

type Key<'a> = (&'a str, Option<u32>);

/// Figures by key. Spells of one hazard come one after the other and mostly share a key, so they are added at once;
/// the rest is added up when all are there.
#[derive(Default)]
struct Gathered<'a>(Vec<(Key<'a>, Figures)>);

impl<'a> Gathered<'a> {
    fn of(&mut self, key: Key<'a>) -> &mut Figures {
        let at = match self.0.last() {
            Some(last) if last.0 == key => self.0.len() - 1,
            _ => self.0.len(),
        };
        if at == self.0.len() {
            self.0.push((key, Figures::default()));
        }
        &mut self.0[at].1
    }

    /// Each key once, in order.
    fn sorted(self) -> Vec<(Key<'a>, Figures)> {
        // Figures are long: their places are sorted, not they.
        let mut order: Vec<(Key<'a>, u32)> = self.0.iter().map(|row| row.0).zip(0..).collect();
        order.sort_unstable();
        let mut rows: Vec<(Key<'a>, Figures)> = Vec::with_capacity(order.len());
        for (key, at) in order {
            let figures = self.0[at as usize].1;
            match rows.last_mut() {
                Some(last) if last.0 == key => last.1 += figures,
                _ => rows.push((key, figures)),
            }
        }
        rows
    }
}

impl State {
    /// Totals on a day.
    pub fn totals(&self, index: &Index, day: Day) -> Totals {
        let mut totals = Totals::default();
        for (root, account) in self.accounts(View::Book) {
            let mut row = Figures::default();
            account.spells.iter().for_each(|(spell, area)| row.add(spell, *area, day));
            totals.n_open +=
                usize::from(index.record(root).kind == RecordKind::HazardArea && row.remaining() > Area::ZERO);
            totals.figures += row;
        }
        for (_, account) in self.accounts(View::Gate) {
            totals.figures.remaining_gate += remaining(account, day);
        }
        totals.cleared_outside = self.cleared_outside(day);
        totals.hazard_overlap = self.hazard_overlap(day);
        totals.reported_released = self.reported_released(index, day);
        let surveys = self.surveyed().filter(|&(n, _)| index.record(n).day <= day);
        for (number, twice) in surveys {
            let area = index.record(number).land.region().map(|region| region.area()).unwrap_or_default();
            totals.surveyed_sum += area;
            totals.surveyed += area - twice;
        }
        totals
    }

    fn cleared_outside(&self, day: Day) -> Area {
        let in_rows = self.accounts(View::Book).flat_map(|(_, account)| &account.outside);
        let beside = self.outside().flat_map(|(_, account)| &account.outside);
        let cleared = in_rows.chain(beside).filter(|(o, _)| o.method == ReleaseMethod::Cleared && o.on <= day);
        cleared.map(|(_, area)| *area).sum()
    }

    fn hazard_overlap(&self, day: Day) -> Area {
        let pieces = self.accounts(View::Book).flat_map(|(_, account)| &account.overlap);
        pieces.filter(|piece| piece.0 <= day).map(|piece| piece.1).sum()
    }

    fn reported_released(&self, index: &Index, day: Day) -> Area {
        let counted = index
            .records()
            .filter(|(n, kept)| kept.day <= day && release_counts(index, *n, View::Book, self.known_at()));
        counted
            .filter_map(|(_, kept)| match &kept.land {
                Land::Release(_, released) => Some(released.reported_m2.map_or(released.area, Area::from_m2)),
                _ => None,
            })
            .sum()
    }

    /// Rows on a day, ordered by name.
    pub fn rows_by(&self, index: &Index, by: By, day: Day) -> Vec<Row> {
        let mut rows = Gathered::default();
        for (root, account) in self.accounts(View::Book) {
            for (spell, area) in &account.spells {
                rows.of(self.key(index, by, root, spell)).add(spell, *area, day);
            }
        }
        for (root, account) in self.accounts(View::Gate) {
            for (spell, area) in account.spells.iter().filter(|(spell, _)| is_hazardous(spell, day)) {
                rows.of(self.key(index, by, root, spell)).remaining_gate += *area;
            }
        }
        if by == By::Total {
            rows.of(("total", None));
        }
        if by == By::Place {
            for &unit in index.units().iter().filter(|&&unit| self.is_unit(index, unit)) {
                rows.of((&index.record(unit).local_id, Some(unit)));
            }
        }
        let row = |((name, record), figures): (Key<'_>, Figures)| Row { record, name: name.to_owned(), figures };
        rows.sorted().into_iter().map(row).collect()
    }

    fn key<'a>(&self, index: &'a Index, by: By, root: u32, spell: &Spell) -> Key<'a> {
        let record = |number: u32| (&*index.record(number).local_id, Some(number));
        match by {
            By::Hazard => record(root),
            By::Place => spell.unit.map_or(("", None), record),
            By::Operator => match spell.end {
                Some((_, End::Released(_), release)) => (&index.record(release).operator, None),
                _ => (&index.record(spell.started_by).operator, None),
            },
            By::Total => ("total", None),
        }
    }

    /// The balance of a period, both days included; ordered by name.
    pub fn balance(&self, index: &Index, by: By, from: Day, to: Day) -> Vec<BalanceRow> {
        let mut rows: BTreeMap<Key<'_>, Balance> = BTreeMap::new();
        if by == By::Total {
            rows.entry(("total", None)).or_default();
        }
        let learned_in = |number: u32| {
            let day = day_of(index.record(number).recorded_at);
            from <= day && day <= to
        };
        for (root, account) in self.accounts(View::Book) {
            for (spell, area) in &account.spells {
                let balance = rows.entry(self.key(index, by, root, spell)).or_default();
                if is_hazardous(spell, from.before()) {
                    balance.opening += *area;
                }
                if is_hazardous(spell, to) {
                    balance.closing += *area;
                }
                if from <= spell.start && spell.start <= to {
                    balance.flow.begin(spell.how, *area);
                }
                if spell.start < from && learned_in(spell.started_by) {
                    balance.late += *area;
                }
                if let Some((on, end, record)) = spell.end {
                    if from <= on && on <= to {
                        balance.flow.finish(end, *area);
                    }
                    if on < from && learned_in(record) {
                        balance.late += *area;
                    }
                }
            }
        }
        let rows: Vec<BalanceRow> = rows
            .into_iter()
            .map(|((name, record), balance)| BalanceRow { record, name: name.to_owned(), balance })
            .collect();
        for row in &rows {
            assert_eq!(
                row.balance.opening + row.balance.flow.net(),
                row.balance.closing,
                "ID-3 holds for {:?}",
                row.name
            );
        }
        rows
    }

    /// Figures on every day on which anything changed, in order: the time chart and the date slider.
    pub fn daily(&self) -> Vec<(Day, Figures)> {
        let mut steps: BTreeMap<Day, Figures> = BTreeMap::new();
        for (_, account) in self.accounts(View::Book) {
            for (spell, area) in &account.spells {
                for day in days_of(spell) {
                    let step = steps.entry(day).or_default();
                    step.add(spell, *area, day);
                    *step -= figures_of(spell, *area, day.before());
                }
            }
        }
        for (_, account) in self.accounts(View::Gate) {
            for (spell, area) in &account.spells {
                for day in days_of(spell) {
                    let step = &mut steps.entry(day).or_default().remaining_gate;
                    *step += if is_hazardous(spell, day) { *area } else { Area::ZERO };
                    *step -= if is_hazardous(spell, day.before()) { *area } else { Area::ZERO };
                }
            }
        }
        let mut sum = Figures::default();
        steps
            .into_iter()
            .map(|(day, step)| {
                sum += step;
                (day, sum)
            })
            .collect()
    }

    /// Figures of one row on a day.
    pub fn row_figures(&self, root: u32, day: Day) -> Figures {
        let mut figures = Figures::default();
        for (spell, area) in self.account(root, View::Book).iter().flat_map(|account| &account.spells) {
            figures.add(spell, *area, day);
        }
        figures.remaining_gate =
            self.account(root, View::Gate).map(|account| remaining(account, day)).unwrap_or_default();
        figures
    }
}

/// The UTC day of an instant.
pub fn day_of(instant: Timestamp) -> Day {
    let date: Date = TimeZone::UTC.to_datetime(instant).date();
    date.into()
}

fn is_hazardous(spell: &Spell, day: Day) -> bool {
    spell.class_on(day).is_some_and(Class::is_hazardous)
}

fn remaining(account: &Account, day: Day) -> Area {
    account.spells.iter().filter(|(spell, _)| is_hazardous(spell, day)).map(|(_, area)| *area).sum()
}

fn figures_of(spell: &Spell, area: Area, day: Day) -> Figures {
    let mut figures = Figures::default();
    figures.add(spell, area, day);
    figures
}

/// Days on which a spell changes a figure, each once.
fn days_of(spell: &Spell) -> impl Iterator<Item = Day> {
    let mut days = [Some(spell.start), spell.confirmed_on, spell.end.map(|end| end.0), spell.left];
    days.sort_unstable();
    let mut last = None;
    days.into_iter().flatten().filter(move |day| last.replace(*day) != Some(*day))
}

macro_rules! fieldwise {
    ($type:ty { $($field:ident),+ }) => {
        impl std::ops::AddAssign for $type {
            fn add_assign(&mut self, other: $type) {
                $(self.$field += other.$field;)+
            }
        }
        impl std::ops::SubAssign for $type {
            fn sub_assign(&mut self, other: $type) {
                $(self.$field -= other.$field;)+
            }
        }
    };
}
fieldwise!(Footprint { sha, cha, cancelled, reduced, cleared });
fieldwise!(Flow { new, cancelled, reduced, cleared, reopened, adjusted });
fieldwise!(Figures { footprint, flow, remaining_gate });
