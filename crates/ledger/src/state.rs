//! The state of the land as known at an instant: every row folded, in both geometries.
//!
//! A function of the set of entries. [`State::of`] folds from scratch; [`State::update`] refolds only what
//! new entries touch, and the result is equal to the last bit, because areas are integers and every
//! account depends on nothing but the records that meet its frame.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use geometry::{Area, Region, arrangement, offset};
use hashbrown::HashMap;
use jiff::Timestamp;
use rayon::prelude::*;
use records::RecordKind;

use crate::day::Day;
use crate::entry::EntryId;
use crate::fold::{Account, Class, Desk, End, FrameRow, Ground, Piece, Release, Spell, Version};
use crate::grid::{Bounds, meet, widen};
use crate::index::{Index, Land, Standing};
use crate::parameters::Parameters;
use crate::row::{Part, RowVersion, View, release_counts, release_order, versions};

/// Everything known of the land at an instant.
#[derive(Debug, Clone)]
pub struct State {
    known_at: Timestamp,
    parameters: Parameters,
    /// Largest ε95 of any hazard: how far beyond its own box a row can reach.
    reach_m: f64,
    /// Depth of the administrative level that `by place` counts by.
    unit_depth: u8,
    book: Side,
    gate: Side,
    /// Hazards grown and releases shrunk, by record.
    grown: HashMap<u32, Region>,
    /// Ground that adjustments add to their row, grown, by row and record.
    added: HashMap<(u32, u32), Region>,
    shrunk: HashMap<u32, Box<[Shrunk]>>,
    /// Ground of each release outside every hazard, and of each survey, counted once.
    outside: BTreeMap<u32, Account>,
    surveyed: BTreeMap<u32, Account>,
}

/// One of the two geometries.
#[derive(Debug, Clone, Default)]
struct Side {
    rows: HashMap<u32, Vec<RowVersion>>,
    accounts: BTreeMap<u32, Account>,
}

/// What [`State::of_in_steps`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Boundaries put in order.
    Rows,
    /// Accounts of book geometry.
    Book,
    /// Releases outside every hazard, and surveys.
    Outside,
    /// Hazards grown, releases shrunk.
    GateGeometry,
    /// Accounts of gate geometry.
    Gate,
}

/// A part of a shrunk release.
#[derive(Debug, Clone, PartialEq)]
struct Shrunk {
    basis: Day,
    region: Region,
}

/// A state compares by what it says, not by how it was reached.
impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        self.known_at == other.known_at
            && self.parameters == other.parameters
            && self.unit_depth == other.unit_depth
            && self.book.accounts == other.book.accounts
            && self.gate.accounts == other.gate.accounts
            && self.outside == other.outside
            && self.surveyed == other.surveyed
    }
}

impl State {
    /// Fold every entry recorded by `known_at`.
    pub fn of(index: &Index, known_at: Timestamp, parameters: &Parameters) -> State {
        State::of_in_steps(index, known_at, parameters, &mut |_| {})
    }

    /// As [`State::of`]; `done` hears of every step, since a large programme takes seconds.
    pub fn of_in_steps(
        index: &Index,
        known_at: Timestamp,
        parameters: &Parameters,
        done: &mut dyn FnMut(Step),
    ) -> State {
        let mut state = State {
            known_at,
            parameters: parameters.clone(),
            reach_m: 0.0,
            unit_depth: 0,
            book: Side::default(),
            gate: Side::default(),
            grown: HashMap::new(),
            added: HashMap::new(),
            shrunk: HashMap::new(),
            outside: BTreeMap::new(),
            surveyed: BTreeMap::new(),
        };
        let all: Vec<u32> = (0..index.n_records() as u32).collect();
        state.refold(index, &all, None, done);
        state
    }

    /// Take in what new entries say: the records they report or are about, by number.
    pub fn update(&mut self, index: &Index, known_at: Timestamp, about: &[u32]) -> Touched {
        self.known_at = self.known_at.max(known_at);
        let unit_depth = self.unit_depth_of(index);
        let level_moved =
            unit_depth != self.unit_depth && about.iter().any(|&n| matches!(index.record(n).land, Land::Unit(..)));
        if level_moved {
            *self = State::of(index, self.known_at, &self.parameters.clone());
            return Touched { rows: self.rows().collect(), releases: self.outside.keys().copied().collect() };
        }
        let related = self.related(index, about);
        let dirty: Vec<Bounds> = related.iter().filter_map(|&n| self.reach_of(index, n)).collect();
        self.refold(index, &related, Some(&dirty), &mut |_| {})
    }

    /// Records whose standing these can change: corrections, what they correct, adjusted hazards, control groups.
    fn related(&self, index: &Index, about: &[u32]) -> Vec<u32> {
        let mut related = BTreeSet::new();
        for &number in about {
            related.extend(index.chain(index.root(number)));
            match &index.record(number).land {
                Land::Adjustment(_, hazard) => {
                    for &hazard in index.with_local_id(RecordKind::HazardArea, hazard) {
                        related.extend(index.chain(index.root(hazard)));
                    }
                }
                Land::Hazard(..) => {
                    // Adjustments name the hazard, which is the first record of its chain.
                    let hazard = index.record(index.root(number));
                    related.extend(index.adjustments(&hazard.local_id));
                }
                _ => {}
            }
        }
        let groups: Vec<u32> = related.iter().flat_map(|&n| index.control_group(n)).collect();
        related.extend(groups);
        related.into_iter().collect()
    }

    fn reach_of(&self, index: &Index, number: u32) -> Option<Bounds> {
        let bounds = index.record(number).land.region()?.bounds()?;
        Some(widen(bounds, self.uncertainty_of(index, number)))
    }

    fn uncertainty_of(&self, index: &Index, number: u32) -> f64 {
        match &index.record(number).land {
            Land::Hazard(plot, _) | Land::Adjustment(plot, _) | Land::Release(plot, _) => {
                self.parameters.uncertainty_m(plot.accuracy_m, plot.quality)
            }
            _ => 0.0,
        }
    }

    /// Recompute rows and geometry of `changed`, then every account near `dirty` (all of them if `None`).
    fn refold(
        &mut self,
        index: &Index,
        changed: &[u32],
        dirty: Option<&[Bounds]>,
        done: &mut dyn FnMut(Step),
    ) -> Touched {
        self.unit_depth = self.unit_depth_of(index);
        for &number in changed {
            if matches!(index.record(number).land, Land::Hazard(..) | Land::Adjustment(..)) {
                self.reach_m = self.reach_m.max(self.uncertainty_of(index, number));
            }
        }
        self.refresh_rows(index, changed);
        done(Step::Rows);
        let near = sorted(match dirty {
            None => changed.to_vec(),
            Some(boxes) => {
                let reach = |b: &Bounds| index.meeting(widen(*b, self.reach_m));
                boxes.iter().flat_map(reach).chain(changed.iter().copied()).collect()
            }
        });
        let rows = sorted(near.iter().flat_map(|&n| Self::roots_of(index, n)).collect());
        self.refold_rows(index, &rows, View::Book);
        done(Step::Book);
        let releases = self.refold_outside(index, &near, dirty.is_none());
        self.refold_surveyed(index, &near);
        done(Step::Outside);
        self.refresh_gate_geometry(index, changed);
        done(Step::GateGeometry);
        self.refold_rows(index, &rows, View::Gate);
        done(Step::Gate);
        Touched { rows, releases }
    }

    fn refold_rows(&mut self, index: &Index, rows: &[u32], view: View) {
        let accounts: Vec<Option<Account>> =
            rows.par_iter().map_init(Desk::default, |desk, &root| self.fold_row(index, desk, root, view)).collect();
        let side = self.side_mut(view);
        for (&root, account) in rows.iter().zip(accounts) {
            match account {
                Some(account) => side.accounts.insert(root, account),
                None => side.accounts.remove(&root),
            };
        }
    }

    /// Rows whose boundaries a record states.
    fn roots_of(index: &Index, number: u32) -> impl Iterator<Item = u32> {
        let (own, adjusted): (Option<u32>, &[u32]) = match &index.record(number).land {
            Land::Hazard(..) => (Some(number), &[]),
            Land::Adjustment(_, hazard) => (None, index.with_local_id(RecordKind::HazardArea, hazard)),
            _ => (None, &[]),
        };
        own.into_iter().chain(adjusted.iter().copied()).map(|n| index.root(n))
    }

    fn refresh_rows(&mut self, index: &Index, changed: &[u32]) {
        for root in sorted(changed.iter().flat_map(|&n| Self::roots_of(index, n)).collect()) {
            for view in [View::Book, View::Gate] {
                let found = versions(index, root, view, self.known_at);
                let rows = &mut self.side_mut(view).rows;
                if found.is_empty() {
                    rows.remove(&root)
                } else {
                    rows.insert(root, found)
                };
            }
            self.refresh_added(index, root);
        }
    }

    fn refresh_added(&mut self, index: &Index, root: u32) {
        let rows = self.gate.rows.get(&root).map(Vec::as_slice).unwrap_or_default();
        let added: Vec<(u32, Day)> =
            rows.iter().filter(|v| v.part == Part::Added).map(|v| (v.record, v.from)).collect();
        for (record, from) in added {
            let Land::Adjustment(plot, _) = &index.record(record).land else { continue };
            let book = self.book.rows.get(&root).map(Vec::as_slice).unwrap_or_default();
            let before = book.iter().filter(|v| v.from < from && v.until.is_none_or(|until| until >= from));
            let before: Vec<&Region> = before.filter_map(|v| index.record(v.record).land.region()).collect();
            let ground = arrangement::difference(&plot.region, &arrangement::union(&before));
            let ground = offset::dilate(&ground, self.uncertainty_of(index, record));
            self.added.insert((root, record), ground);
        }
    }

    fn refresh_gate_geometry(&mut self, index: &Index, changed: &[u32]) {
        let grown: Vec<(u32, Region)> = changed
            .par_iter()
            .filter(|&number| !self.grown.contains_key(number))
            .filter_map(|&number| match &index.record(number).land {
                Land::Hazard(plot, _) | Land::Adjustment(plot, _) => {
                    Some((number, offset::dilate(&plot.region, self.uncertainty_of(index, number))))
                }
                _ => None,
            })
            .collect();
        self.grown.extend(grown);
        let shrunk: Vec<(u32, Box<[Shrunk]>)> = changed
            .par_iter()
            .filter(|&&number| matches!(index.record(number).land, Land::Release(..)))
            .map(|&number| (number, self.shrink(index, number).into_boxed_slice()))
            .collect();
        self.shrunk.extend(shrunk);
    }

    /// What a release releases in gate geometry once it is there: its own ground and the seams towards
    /// earlier releases of its control group, which rest on the earlier day (UNC-3).
    fn shrink(&self, index: &Index, number: u32) -> Vec<Shrunk> {
        if !release_counts(index, number, View::Gate, self.known_at) {
            return Vec::new();
        }
        let own = index.record(number);
        let Land::Release(plot, _) = &own.land else { return Vec::new() };
        let Some(bounds) = plot.region.bounds() else { return Vec::new() };
        let mut earlier: Vec<u32> = index
            .control_group(number)
            .into_iter()
            .filter(|&n| n != number && release_counts(index, n, View::Gate, self.known_at))
            .filter(|&n| release_order(index.record(n)) < release_order(own))
            .collect();
        let members = earlier.iter().chain([&number]);
        let metres = members.map(|&n| self.uncertainty_of(index, n)).fold(0.0, f64::max);
        let near = widen(bounds, 2.0 * metres);
        let ground = |n: u32| index.record(n).land.region().expect("a release has ground");
        earlier.retain(|&n| ground(n).bounds().is_some_and(|b| meet(b, near)));
        if earlier.is_empty() {
            return vec![Shrunk { basis: own.day, region: offset::erode(&plot.region, metres) }];
        }
        earlier.sort_by_key(|&n| release_order(index.record(n)));
        let joined: Vec<&Region> = earlier.iter().map(|&n| ground(n)).chain([&plot.region]).collect();
        let joined = offset::erode(&arrangement::union(&joined), metres);
        let mut pieces = vec![Shrunk { basis: own.day, region: arrangement::intersection(&joined, &plot.region) }];
        for &n in &earlier {
            let strip = arrangement::intersection(&joined, ground(n));
            pieces.push(Shrunk { basis: index.record(n).day.min(own.day), region: strip });
        }
        pieces.retain(|piece| !piece.region.is_empty());
        pieces
    }

    fn fold_row(&self, index: &Index, desk: &mut Desk, root: u32, view: View) -> Option<Account> {
        let frame = self.frame(index, root, view)?;
        let ground = self.ground(index, root, view, frame.bounds()?);
        Some(ground.fold(desk, &frame))
    }

    /// All the ground a row has ever claimed.
    fn frame<'a>(&'a self, index: &'a Index, root: u32, view: View) -> Option<Cow<'a, Region>> {
        let rows = self.side(view).rows.get(&root)?;
        let regions: Vec<&Region> = rows.iter().map(|v| self.region(index, root, v, view)).collect();
        let frame = match regions.as_slice() {
            [one] => Cow::Borrowed(*one),
            several => Cow::Owned(arrangement::union(several)),
        };
        (!frame.is_empty()).then_some(frame)
    }

    fn region<'a>(&'a self, index: &'a Index, root: u32, version: &RowVersion, view: View) -> &'a Region {
        match (view, version.part) {
            (View::Book, _) => index.record(version.record).land.region().expect("a version has ground"),
            (View::Gate, Part::Whole) => &self.grown[&version.record],
            (View::Gate, Part::Added) => &self.added[&(root, version.record)],
        }
    }

    /// Everything that meets the box, row `root` first.
    fn ground<'a>(&'a self, index: &'a Index, root: u32, view: View, bounds: Bounds) -> Ground<'a> {
        let reach = if view == View::Gate { self.reach_m } else { 0.0 };
        let near = index.meeting(widen(bounds, reach));
        let mut roots: Vec<u32> =
            near.iter().flat_map(|&n| Self::roots_of(index, n)).filter(|&other| other != root).collect();
        roots.sort_by_key(|&n| index.record(n).entry);
        roots.dedup();
        roots.insert(0, root);
        let mut ground = Ground::default();
        let meets = |region: &Region| region.bounds().is_some_and(|b| meet(b, bounds));
        for other in roots {
            let Some(rows) = self.side(view).rows.get(&other) else { continue };
            let row = ground.rows.len() as u32;
            let found = rows.iter().filter_map(|v| {
                let region = self.region(index, other, v, view);
                let RowVersion { record, from, until, status, stated, .. } = *v;
                meets(region).then_some(Version { row, record, from, until, status, stated, region })
            });
            let before = ground.versions.len();
            ground.versions.extend(found);
            if ground.versions.len() > before {
                let is_hazard = index.record(other).kind == RecordKind::HazardArea;
                ground.rows.push(FrameRow { from: rows[0].from, rank: 0, root: other, is_hazard });
            }
        }
        // Numbers of records depend on arrival; ids do not.
        let mut order: Vec<u32> = ground.rows.iter().map(|row| row.root).collect();
        order.sort_by_key(|&root| index.record(root).entry);
        for row in &mut ground.rows {
            row.rank = order.iter().position(|&root| root == row.root).expect("every row is in the order") as u32;
        }
        ground.releases = self.releases(index, &near, view, bounds);
        ground.units = self.units(index, &near, bounds);
        ground
    }

    fn releases<'a>(&'a self, index: &'a Index, near: &[u32], view: View, bounds: Bounds) -> Vec<Release<'a>> {
        let mut numbers: Vec<u32> =
            near.iter().copied().filter(|&n| release_counts(index, n, view, self.known_at)).collect();
        numbers.sort_by_key(|&n| release_order(index.record(n)));
        let mut releases = Vec::with_capacity(numbers.len());
        for record in numbers {
            let kept = index.record(record);
            let Land::Release(plot, released) = &kept.land else { continue };
            let method = released.method;
            match view {
                View::Book => {
                    releases.push(Release { record, on: kept.day, basis: kept.day, method, region: &plot.region })
                }
                View::Gate => releases.extend(self.shrunk.get(&record).into_iter().flatten().map(|piece| Release {
                    record,
                    on: kept.day,
                    basis: piece.basis,
                    method,
                    region: &piece.region,
                })),
            }
        }
        releases.retain(|r| r.region.bounds().is_some_and(|b| meet(b, bounds)));
        releases
    }

    fn units<'a>(&self, index: &'a Index, near: &[u32], bounds: Bounds) -> Vec<(u32, &'a Region)> {
        let mut units: Vec<u32> = near.iter().copied().filter(|&n| self.is_unit(index, n)).collect();
        units.sort_by_key(|&n| (&index.record(n).local_id, index.record(n).entry));
        let region = |&n: &u32| index.record(n).land.region().map(|region| (n, region));
        units.iter().filter_map(region).filter(|(_, r)| r.bounds().is_some_and(|b| meet(b, bounds))).collect()
    }

    /// Whether `by place` counts by this unit.
    pub fn is_unit(&self, index: &Index, number: u32) -> bool {
        matches!(&index.record(number).land, Land::Unit(_, depth) if *depth == self.unit_depth)
            && self.stands(index, number)
    }

    /// Approved and not corrected.
    fn stands(&self, index: &Index, number: u32) -> bool {
        index.standing(number, self.known_at) == Standing::Approved
            && index.corrections(number, Standing::Approved, self.known_at).is_empty()
    }

    /// The deepest administrative level that has boundaries; settlements count only if there is nothing above.
    fn unit_depth_of(&self, index: &Index) -> u8 {
        let depths: BTreeSet<u8> = index
            .units()
            .iter()
            .filter(|&&n| self.stands(index, n))
            .filter_map(|&n| match &index.record(n).land {
                Land::Unit(_, depth) => Some(*depth),
                _ => None,
            })
            .collect();
        depths.iter().rev().find(|&&depth| depth < 4).or(depths.last()).copied().unwrap_or(0)
    }

    /// Ground of releases that no row accounts for. Rows first: only what they leave over needs folding.
    fn refold_outside(&mut self, index: &Index, near: &[u32], all: bool) -> Vec<u32> {
        let releases: Vec<u32> =
            near.iter().copied().filter(|&n| matches!(index.record(n).land, Land::Release(..))).collect();
        let inside = if all { self.inside_of_all() } else { self.inside_near(index, &releases) };
        let found: Vec<(u32, Account)> = releases
            .par_iter()
            .map(|&number| {
                let Land::Release(plot, released) = &index.record(number).land else { return None };
                let left = released.area - inside.get(&number).copied().unwrap_or_default();
                if left.m2() <= plot.region.rounding_m2() || !release_counts(index, number, View::Book, self.known_at) {
                    return None;
                }
                let mut ground = self.ground_without_row(index, View::Book, plot.region.bounds()?);
                // What was released later says nothing of who was first.
                let own = ground.releases.iter().position(|release| release.record == number)?;
                ground.releases.truncate(own + 1);
                Some((number, ground.fold_outside(&plot.region, number)))
            })
            .flatten()
            .collect();
        for release in &releases {
            self.outside.remove(release);
        }
        self.outside.extend(found);
        releases
    }

    fn inside_of_all(&self) -> HashMap<u32, Area> {
        let mut inside = HashMap::new();
        self.book.accounts.values().for_each(|account| add_inside(account, &mut inside));
        inside
    }

    fn inside_near(&self, index: &Index, releases: &[u32]) -> HashMap<u32, Area> {
        let mut roots = BTreeSet::new();
        for &release in releases {
            let bounds = index.record(release).land.region().and_then(Region::bounds);
            for n in bounds.map(|b| index.meeting(b)).unwrap_or_default() {
                roots.extend(Self::roots_of(index, n));
            }
        }
        let mut inside = HashMap::new();
        roots
            .iter()
            .filter_map(|root| self.book.accounts.get(root))
            .for_each(|account| add_inside(account, &mut inside));
        inside
    }

    /// Everything that meets the box, no row before another.
    pub(crate) fn ground_without_row<'a>(&'a self, index: &'a Index, view: View, bounds: Bounds) -> Ground<'a> {
        self.ground(index, u32::MAX, view, bounds)
    }

    fn refold_surveyed(&mut self, index: &Index, near: &[u32]) {
        let order = |n: u32| (index.record(n).day, index.record(n).entry);
        for &number in near {
            let Land::Worked(region) = &index.record(number).land else { continue };
            let bounds = region.bounds().filter(|_| self.stands(index, number));
            let Some(bounds) = bounds else {
                self.surveyed.remove(&number);
                continue;
            };
            let earlier: Vec<&Region> = index
                .meeting(bounds)
                .into_iter()
                .filter(|&n| n != number && self.stands(index, n) && order(n) < order(number))
                .filter_map(|n| match &index.record(n).land {
                    Land::Worked(region) => Some(region),
                    _ => None,
                })
                .collect();
            let mut account = Account::default();
            for face in geometry::faces(region, &earlier).list {
                if face.mask.ones().next().is_some() {
                    account.overlapped.push((number, face.area));
                }
            }
            self.surveyed.insert(number, account);
        }
    }

    fn side(&self, view: View) -> &Side {
        match view {
            View::Book => &self.book,
            View::Gate => &self.gate,
        }
    }

    fn side_mut(&mut self, view: View) -> &mut Side {
        match view {
            View::Book => &mut self.book,
            View::Gate => &mut self.gate,
        }
    }

    /// As known at this instant.
    pub fn known_at(&self) -> Timestamp {
        self.known_at
    }

    /// The numbers this state was folded with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Rows by the number of their first record.
    pub fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.book
            .accounts
            .keys()
            .chain(self.gate.accounts.keys().filter(|root| !self.book.accounts.contains_key(root)))
            .copied()
    }

    /// The account of a row.
    pub fn account(&self, root: u32, view: View) -> Option<&Account> {
        self.side(view).accounts.get(&root)
    }

    /// The accounts of all rows.
    pub fn accounts(&self, view: View) -> impl Iterator<Item = (u32, &Account)> {
        self.side(view).accounts.iter().map(|(&root, account)| (root, account))
    }

    /// The boundaries of a row.
    pub fn versions(&self, root: u32, view: View) -> &[RowVersion] {
        self.side(view).rows.get(&root).map(Vec::as_slice).unwrap_or_default()
    }

    /// What each release released outside every hazard.
    pub fn outside(&self) -> impl Iterator<Item = (u32, &Account)> {
        self.outside.iter().map(|(&release, account)| (release, account))
    }

    /// Ground of each standing survey that an earlier survey had covered.
    pub fn surveyed(&self) -> impl Iterator<Item = (u32, Area)> {
        self.surveyed.iter().map(|(&n, account)| (n, account.overlapped.iter().map(|piece| piece.1).sum()))
    }

    /// The ground of a row that is hazardous on a day; its own and what it shares with others.
    pub fn remaining_of_row(&self, index: &Index, root: u32, view: View, day: Day) -> Cow<'_, Region> {
        match self.account(root, view) {
            Some(account) if account.settled_on.is_none_or(|on| on <= day) => Cow::Borrowed(&account.remaining),
            _ => Cow::Owned(self.region_of_row(index, root, view, day, Class::is_hazardous)),
        }
    }

    /// The ground of a row that is of such a class on a day; its own and what it shares with others.
    pub fn region_of_row(
        &self,
        index: &Index,
        root: u32,
        view: View,
        day: Day,
        keep: impl Fn(Class) -> bool,
    ) -> Region {
        let Some(frame) = self.frame(index, root, view) else { return Region::empty() };
        let Some(bounds) = frame.bounds() else { return Region::empty() };
        self.ground(index, root, view, bounds).region(&frame, day, keep)
    }

    /// The ground a row owns, one region for each distinct history: a map of any day without asking again.
    pub fn faces_of_row(&self, index: &Index, root: u32, view: View) -> Vec<(Vec<Spell>, Region)> {
        let Some(frame) = self.frame(index, root, view) else { return Vec::new() };
        let Some(bounds) = frame.bounds() else { return Vec::new() };
        self.ground(index, root, view, bounds).histories(&frame)
    }

    /// What each of these releases released, net of overlap and of ground that was not hazardous.
    pub fn effective(&self, index: &Index, releases: &[u32]) -> std::collections::HashMap<u32, Area> {
        let mut effective: std::collections::HashMap<u32, Area> = releases.iter().map(|&n| (n, Area::ZERO)).collect();
        let mut roots = BTreeSet::new();
        for bounds in releases.iter().filter_map(|&n| index.record(n).land.region()?.bounds()) {
            roots.extend(index.meeting(bounds).into_iter().flat_map(|n| Self::roots_of(index, n)));
        }
        for account in roots.iter().filter_map(|root| self.book.accounts.get(root)) {
            for (spell, area) in &account.spells {
                if let Some((_, End::Released(_), release)) = spell.end {
                    effective.entry(release).and_modify(|sum| *sum += *area);
                }
            }
        }
        effective
    }

    /// Any ground on a day, cut into pieces by what it is and what makes it so: what a gate asks.
    pub fn pieces(&self, index: &Index, frame: &Region, view: View, day: Day) -> Vec<Piece> {
        let Some(bounds) = frame.bounds() else { return Vec::new() };
        self.ground_without_row(index, view, bounds).pieces(frame, day)
    }

    /// Area of ground the row has ever claimed.
    pub fn frame_area(&self, index: &Index, root: u32, view: View) -> Area {
        self.frame(index, root, view).map(|frame| frame.area()).unwrap_or_default()
    }

    /// Entry id of a row, its identity in files and links.
    pub fn row_id(&self, index: &Index, root: u32) -> EntryId {
        index.record(root).entry
    }
}

/// Numbers rising, each once.
fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn add_inside(account: &Account, inside: &mut HashMap<u32, Area>) {
    let ended = account.spells.iter().filter_map(|(spell, area)| match spell.end {
        Some((_, End::Released(_), record)) => Some((record, *area)),
        _ => None,
    });
    let outside = account.outside.iter().map(|(outside, area)| (outside.release, *area));
    let rest = account.overlapped.iter().chain(&account.overruled).copied();
    for (record, area) in ended.chain(outside).chain(rest) {
        *inside.entry(record).or_default() += area;
    }
}

/// What an update touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Rows by the number of their first record.
    pub rows: Vec<u32>,
    /// Releases by number.
    pub releases: Vec<u32>,
}
