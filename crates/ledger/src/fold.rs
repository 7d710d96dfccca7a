//! One frame of ground, cut into faces, each with its history told as spells (LR-1 … LR-11, hazard wins).
//!
//! A spell is one contamination cycle of a piece of ground: it begins when the ground is stated hazardous,
//! may be confirmed, and ends with the first release of that cycle or when a boundary is corrected.
//!
//! ```text
//!        SHA stated      CHA stated     released           accident
//!   ──────┼───────────────┼──────────────┼──────────────────┼─────────▶ days
//!         start (new)     confirmed_on   end (cleared)       left; next spell starts (reopened)
//! ```
//!
//! Every figure of the state is a sum over spells, so all days cost as much as one.

use std::collections::BTreeMap;

use geometry::{Area, Arrangement, Face, Mask, Region, arrange, faces};
use records::land::{HazardStatus, ReleaseMethod};
use serde::{Deserialize, Serialize};

use crate::day::Day;

/// How a boundary came to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stated {
    /// A hazard or a reopening says so: it re-opens released ground.
    Hazard,
    /// A later version of the same hazard: grown ground is an adjustment, released ground is re-opened.
    Successor,
    /// A corrected boundary (LR-10): moves the edge, re-states nothing.
    Adjustment,
}

/// A boundary of one row that holds from a day until another.
#[derive(Debug, Clone)]
pub struct Version<'a> {
    /// Number of the row it belongs to within the frame: 0 is the frame's own row.
    pub row: u32,
    /// Number of the record it comes from.
    pub record: u32,
    /// First day.
    pub from: Day,
    /// Day on which it no longer holds.
    pub until: Option<Day>,
    /// How sure the hazard is.
    pub status: HazardStatus,
    /// How it came to hold.
    pub stated: Stated,
    /// Its ground.
    pub region: &'a Region,
}

/// Ground that a report releases.
#[derive(Debug, Clone)]
pub struct Release<'a> {
    /// Number of the record it comes from.
    pub record: u32,
    /// The day on which it takes effect.
    pub on: Day,
    /// The day of the work it rests on; earlier than `on` only in a seam between joined releases (UNC-3).
    pub basis: Day,
    /// How it was released.
    pub method: ReleaseMethod,
    /// Its ground.
    pub region: &'a Region,
}

/// How a spell began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Start {
    /// First stated hazardous.
    New,
    /// Released before, hazardous again.
    Reopened,
    /// A boundary moved over it.
    Adjusted,
}

/// How a spell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum End {
    /// By the first release of the cycle.
    Released(ReleaseMethod),
    /// A boundary moved away from it.
    Adjusted,
}

/// One contamination cycle of a piece of ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spell {
    /// First day it was hazardous.
    pub start: Day,
    /// How it began.
    pub how: Start,
    /// Record that began it.
    pub started_by: u32,
    /// How sure the hazard was at first.
    pub status: HazardStatus,
    /// Day on which suspicion was confirmed (LR-3).
    pub confirmed_on: Option<Day>,
    /// Day, manner and record of its end.
    pub end: Option<(Day, End, u32)>,
    /// Day on which the released ground became hazardous again.
    pub left: Option<Day>,
    /// Administrative unit it lies in, by number.
    pub unit: Option<u32>,
}

/// Ground of a release on which nothing was hazardous on its day, counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Outside {
    /// Record of the release.
    pub release: u32,
    /// Its day.
    pub on: Day,
    /// How it was released.
    pub method: ReleaseMethod,
    /// Administrative unit it lies in, by number.
    pub unit: Option<u32>,
}

/// What one frame of ground has been through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Spells with their ground, ordered, each history once.
    pub spells: Vec<(Spell, Area)>,
    /// Ground released where nothing was hazardous.
    pub outside: Vec<(Outside, Area)>,
    /// Ground of a release that an earlier release of the same cycle had released already (DQ-14).
    pub overlapped: Vec<(u32, Area)>,
    /// Ground of a release that was stated hazardous on the same day, so that the release has no effect.
    pub overruled: Vec<(u32, Area)>,
    /// Ground shared with another hazard (DQ-13): number of that hazard's first record.
    pub shared: Vec<(u32, Area)>,
    /// Own ground that a second, third … hazard claims too, from which day (ID-8).
    pub overlap: Vec<(Day, Area)>,
    /// Whether the arrangement failed its own check and the slower engine answered.
    pub fell_back: bool,
    /// What remains hazardous of the frame after all that is recorded, what it shares with other rows included.
    pub remaining: Region,
    /// The day from which on that is what remains.
    pub settled_on: Option<Day>,
}

/// A row as one frame sees it. Of several that claim a face the least owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameRow {
    /// First day of the row.
    pub from: Day,
    /// Place of its entry id among the rows of the frame.
    pub rank: u32,
    /// Number of its first record.
    pub root: u32,
    /// A hazard, not a reopening.
    pub is_hazard: bool,
}

/// Everything that can touch one frame.
#[derive(Debug, Clone, Default)]
pub struct Ground<'a> {
    /// Boundaries of hazards, the frame's own row (number 0) among them; ordered.
    pub versions: Vec<Version<'a>>,
    /// The rows by their number.
    pub rows: Vec<FrameRow>,
    /// Releases in the order in which they count: day, method, instant, id.
    pub releases: Vec<Release<'a>>,
    /// Administrative units by number, in the order in which they own shared ground.
    pub units: Vec<(u32, &'a Region)>,
}

impl Ground<'_> {
    /// Fold the frame: ground that row 0 owns, and what remains of all of it.
    pub(crate) fn fold(&self, desk: &mut Desk, frame: &Region) -> Account {
        // What remains is not cut where units meet, so where they do its ground is asked for without them.
        let one_cut = !self.units.iter().any(|(_, unit)| unit.border_meets_box_of(frame));
        let regions = self.regions();
        let (remaining, fell_back) = if one_cut {
            let arrangement = arrange(frame, &regions);
            let remains = self.tell_all(desk, arrangement.faces());
            (arrangement.region_of(&remains), arrangement.fell_back())
        } else {
            let faces = faces(frame, &regions);
            self.tell_all(desk, &faces.list);
            (self.region(frame, Day::LATEST, Class::is_hazardous), faces.fell_back)
        };
        Account { remaining, settled_on: desk.settled_on.take(), ..desk.tally.account(fell_back) }
    }

    /// Tells all faces; gives for each whether it remains hazardous.
    fn tell_all(&self, desk: &mut Desk, faces: &[Face]) -> Vec<bool> {
        let remains = faces.iter().map(|face| {
            self.lay_face(&face.mask, &mut desk.face);
            self.tell(desk, face.area);
            // Only what covers a face: what merely lies near may come and go without a fold.
            desk.settled_on = desk.settled_on.max(self.last_day(&desk.face));
            class_on(&desk.history.spells, Day::LATEST).is_hazardous()
        });
        remains.collect()
    }

    /// The last day on which anything is said of a face.
    fn last_day(&self, face: &FaceGround) -> Option<Day> {
        let versions = face.versions.iter().map(|&v| &self.versions[v]);
        let days = versions.flat_map(|v| std::iter::once(v.from).chain(v.until));
        days.chain(face.releases.iter().map(|&r| self.releases[r].on)).max()
    }

    /// Fold the ground of a release that was never stated hazardous; it counts for the release that is first there.
    pub fn fold_outside(&self, frame: &Region, release: u32) -> Account {
        let faces = faces(frame, &self.regions());
        let mut tally = Tally::default();
        let mut ground = FaceGround::default();
        for face in &faces.list {
            self.lay_face(&face.mask, &mut ground);
            self.tell_outside(&ground, release, face.area, &mut tally);
        }
        tally.account(faces.fell_back)
    }

    /// Everything that cuts, in the order of the bits of a mask.
    fn regions(&self) -> Vec<&Region> {
        let versions = self.versions.iter().map(|v| v.region);
        versions.chain(self.releases.iter().map(|r| r.region)).chain(self.units.iter().map(|u| u.1)).collect()
    }

    /// Cut by all but the units.
    fn arrange(&self, frame: &Region) -> Arrangement {
        let versions = self.versions.iter().map(|v| v.region);
        let regions: Vec<&Region> = versions.chain(self.releases.iter().map(|r| r.region)).collect();
        arrange(frame, &regions)
    }

    /// The ground of the frame whose history satisfies `keep` on a day.
    pub fn region(&self, frame: &Region, day: Day, keep: impl Fn(Class) -> bool) -> Region {
        let arrangement = self.arrange(frame);
        arrangement.region(|mask| {
            let mut face = FaceGround::default();
            self.lay_face(mask, &mut face);
            keep(class_on(&self.history(&face), day))
        })
    }

    /// The ground that row 0 owns, one region for each distinct history, ordered by history.
    pub fn histories(&self, frame: &Region) -> Vec<(Vec<Spell>, Region)> {
        let arrangement = self.arrange(frame);
        let mut masks: BTreeMap<Vec<Spell>, Vec<&Mask>> = BTreeMap::new();
        for face in arrangement.faces() {
            let mut ground = FaceGround::default();
            self.lay_face(&face.mask, &mut ground);
            if self.owner(&ground) == Some(0) {
                masks.entry(self.history(&ground)).or_default().push(&face.mask);
            }
        }
        masks.into_iter().map(|(spells, masks)| (spells, arrangement.region(|mask| masks.contains(&mask)))).collect()
    }

    /// The frame on a day, one piece for each class with the boundaries and releases that make it so.
    pub fn pieces(&self, frame: &Region, day: Day) -> Vec<Piece> {
        let arrangement = self.arrange(frame);
        type Reasons = (Class, Vec<u32>, Vec<u32>);
        let mut pieces: BTreeMap<Reasons, Vec<&Mask>> = BTreeMap::new();
        for face in arrangement.faces() {
            let mut ground = FaceGround::default();
            self.lay_face(&face.mask, &mut ground);
            ground.versions.retain(|&v| self.versions[v].from <= day);
            ground.releases.retain(|&r| self.releases[r].on <= day);
            let mut history = History::default();
            self.spells(&ground, &mut Vec::new(), &mut history, &mut |_, _| {});
            let class = class_on(&history.spells, day);
            // Of remaining hazard those that hold; of the rest all there were, since they say what was feared.
            let counts = |v: &&Version<'_>| !class.is_hazardous() || v.until.is_none_or(|until| until > day);
            let versions = ground.versions.iter().map(|&v| &self.versions[v]).filter(counts);
            let mut rows: Vec<u32> = versions.map(|v| self.rows[v.row as usize].root).collect();
            rows.sort_unstable();
            rows.dedup();
            // What was stated hazardous since undoes a release; what says so again is not a second cycle.
            let counts = |r: &&Release<'_>| history.stated_on.is_none_or(|on| on < r.basis);
            let releases = ground.releases.iter().map(|&r| &self.releases[r]).filter(counts).map(|r| r.record);
            let mut releases: Vec<u32> = releases.collect();
            releases.sort_unstable();
            releases.dedup();
            pieces.entry((class, rows, releases)).or_default().push(&face.mask);
        }
        let piece = |((class, rows, releases), masks): (Reasons, Vec<&Mask>)| {
            let region = arrangement.region(|mask| masks.contains(&mask));
            Piece { class, rows, releases, region }
        };
        pieces.into_iter().map(piece).collect()
    }

    /// The class of a position (degrees) on a day.
    pub fn class_at(&self, position: [f64; 2], day: Day) -> Class {
        let covering = |region: &Region| region.covers(position);
        let face = FaceGround {
            versions: (0..self.versions.len()).filter(|&v| covering(self.versions[v].region)).collect(),
            releases: (0..self.releases.len()).filter(|&r| covering(self.releases[r].region)).collect(),
            unit: None,
        };
        class_on(&self.history(&face), day)
    }

    fn lay_face(&self, mask: &Mask, face: &mut FaceGround) {
        let (n_versions, n_releases) = (self.versions.len(), self.releases.len());
        face.versions.clear();
        face.releases.clear();
        face.unit = None;
        for i in mask.ones() {
            if i < n_versions {
                face.versions.push(i);
            } else if i < n_versions + n_releases {
                face.releases.push(i - n_versions);
            } else if face.unit.is_none() {
                face.unit = Some(self.units[i - n_versions - n_releases].0);
            }
        }
    }

    fn owner(&self, face: &FaceGround) -> Option<u32> {
        face.versions.iter().map(|&v| self.versions[v].row).min_by_key(|&row| self.rows[row as usize])
    }

    fn claimed_since(&self, face: &FaceGround, row: u32) -> Option<Day> {
        face.versions.iter().map(|&v| &self.versions[v]).filter(|v| v.row == row).map(|v| v.from).min()
    }

    fn tell(&self, desk: &mut Desk, area: Area) {
        let Desk { face, rows, since, days, history, tally, .. } = desk;
        rows.clear();
        rows.extend(face.versions.iter().map(|&v| self.versions[v].row));
        rows.sort_unstable();
        rows.dedup();
        if self.rows[0].is_hazard {
            let others = rows.iter().filter(|&&row| row != 0).map(|&row| self.rows[row as usize]);
            others.filter(|row| row.is_hazard).for_each(|row| tally.shared.push((row.root, area)));
        }
        if self.owner(face) != Some(0) {
            return self.spells(face, days, history, &mut |_, _| {});
        }
        let hazards = rows.iter().filter(|&&row| self.rows[row as usize].is_hazard);
        since.clear();
        since.extend(hazards.filter_map(|&row| self.claimed_since(face, row)));
        since.sort_unstable();
        since.iter().skip(1).for_each(|&day| tally.overlap.push((day, area)));
        let mut first_outside = true;
        self.spells(face, days, history, &mut |release, ground| match ground {
            Before::Hazardous => tally.overruled.push((release.record, area)),
            Before::Released => tally.overlapped.push((release.record, area)),
            Before::NotRecorded if first_outside => {
                first_outside = false;
                tally.outside.push((self.outside(release, face.unit), area));
            }
            Before::NotRecorded => tally.overlapped.push((release.record, area)),
        });
        tally.spells.extend(history.spells.iter().map(|spell| (Spell { unit: face.unit, ..*spell }, area)));
    }

    fn tell_outside(&self, face: &FaceGround, release: u32, area: Area, tally: &mut Tally) {
        if !face.versions.is_empty() {
            return;
        }
        let first = &self.releases[face.releases[0]];
        if first.record == release {
            tally.outside.push((self.outside(first, face.unit), area));
        } else {
            tally.overlapped.push((release, area));
        }
    }

    fn outside(&self, release: &Release<'_>, unit: Option<u32>) -> Outside {
        Outside { release: release.record, on: release.on, method: release.method, unit }
    }

    fn history(&self, face: &FaceGround) -> Vec<Spell> {
        let mut history = History::default();
        self.spells(face, &mut Vec::new(), &mut history, &mut |_, _| {});
        history.spells
    }

    /// The history of ground covered by these versions and releases. `idle` is told of every release that
    /// found nothing hazardous to release.
    fn spells(
        &self,
        face: &FaceGround,
        days: &mut Vec<Day>,
        history: &mut History,
        idle: &mut impl FnMut(&Release<'_>, Before),
    ) {
        days.clear();
        history.spells.clear();
        history.stated_on = None;
        days.extend(face.releases.iter().map(|&r| self.releases[r].on));
        for &v in &face.versions {
            days.push(self.versions[v].from);
            days.extend(self.versions[v].until);
        }
        days.sort_unstable();
        days.dedup();
        for &day in days.iter() {
            let versions = || face.versions.iter().map(|&v| &self.versions[v]);
            // On equal days the more hazardous statement prevails.
            let stated_today = versions().any(|v| v.from == day && v.stated != Stated::Adjustment);
            for release in face.releases.iter().map(|&r| &self.releases[r]).filter(|r| r.on == day) {
                if stated_today {
                    idle(release, Before::Hazardous);
                } else {
                    history.release(release, idle);
                }
            }
            for version in versions().filter(|v| v.from == day) {
                let held_before = versions()
                    .any(|v| v.row == version.row && v.from < day && v.until.is_none_or(|until| until >= day));
                history.state(version, held_before);
            }
            if let Some(leaving) = versions().find(|v| v.until == Some(day)) {
                let holds = versions().any(|v| v.from <= day && v.until.is_none_or(|until| until > day));
                if !holds {
                    history.leave(day, leaving.record);
                }
            }
        }
    }
}

/// A piece of ground on a day, and why it is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What it is.
    pub class: Class,
    /// Hazards and reopenings by the numbers of their first records: those that hold if it is hazardous, else
    /// all that have covered it by then.
    pub rows: Vec<u32>,
    /// Releases that cover it and that no later statement of hazard undid, by number.
    pub releases: Vec<u32>,
    /// The ground.
    pub region: Region,
}

/// Memory that one face after another uses again.
#[derive(Default)]
pub(crate) struct Desk {
    face: FaceGround,
    rows: Vec<u32>,
    since: Vec<Day>,
    days: Vec<Day>,
    history: History,
    tally: Tally,
    settled_on: Option<Day>,
}

#[derive(Default)]
struct FaceGround {
    versions: Vec<usize>,
    releases: Vec<usize>,
    unit: Option<u32>,
}

/// What a release that released nothing found instead of hazard.
#[derive(Debug, Clone, Copy)]
enum Before {
    NotRecorded,
    Released,
    Hazardous,
}

#[derive(Default)]
struct History {
    spells: Vec<Spell>,
    /// Day of the newest statement that the ground is hazardous.
    stated_on: Option<Day>,
}

impl History {
    fn open(&mut self) -> Option<&mut Spell> {
        self.spells.last_mut().filter(|spell| spell.end.is_none())
    }

    fn is_released(&self) -> bool {
        matches!(self.spells.last(), Some(Spell { end: Some((_, End::Released(_), _)), .. }))
    }

    fn release(&mut self, release: &Release<'_>, idle: &mut impl FnMut(&Release<'_>, Before)) {
        // A seam rests on its older side: what was stated since then stands.
        let stated_before = self.stated_on.is_some_and(|on| on < release.basis);
        let was_released = self.is_released();
        match self.open() {
            Some(spell) if stated_before => {
                spell.end = Some((release.on, End::Released(release.method), release.record));
            }
            Some(_) => idle(release, Before::Hazardous),
            None if was_released => idle(release, Before::Released),
            None => idle(release, Before::NotRecorded),
        }
    }

    fn state(&mut self, version: &Version<'_>, held_before: bool) {
        let moves_only = version.stated == Stated::Adjustment && held_before;
        if moves_only {
            return;
        }
        self.stated_on = Some(version.from);
        if let Some(spell) = self.open() {
            let confirmed = spell.status == HazardStatus::Confirmed || spell.confirmed_on.is_some();
            if version.status == HazardStatus::Confirmed && !confirmed {
                spell.confirmed_on = Some(version.from);
            }
            return;
        }
        let how = match version.stated {
            Stated::Adjustment => Start::Adjusted,
            _ if self.is_released() => Start::Reopened,
            Stated::Successor => Start::Adjusted,
            Stated::Hazard => Start::New,
        };
        if let Some(last) = self.spells.last_mut().filter(|spell| matches!(spell.end, Some((_, End::Released(_), _)))) {
            last.left = Some(version.from);
        }
        self.spells.push(Spell {
            start: version.from,
            how,
            started_by: version.record,
            status: version.status,
            confirmed_on: None,
            end: None,
            left: None,
            unit: None,
        });
    }

    fn leave(&mut self, day: Day, record: u32) {
        if let Some(spell) = self.open() {
            spell.end = Some((day, End::Adjusted, record));
        }
    }
}

/// The class of a point on a day (DOMAIN §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing known. Not "safe".
    NotRecorded,
    /// Suspected or confirmed hazardous.
    Hazardous(HazardStatus),
    /// Released.
    Released(ReleaseMethod),
}

impl Class {
    /// As files spell it.
    pub fn word(self) -> &'static str {
        match self {
            Class::NotRecorded => "NOT_RECORDED",
            Class::Hazardous(status) => status.word(),
            Class::Released(method) => method.word(),
        }
    }

    /// Whether it is SHA or CHA.
    pub fn is_hazardous(self) -> bool {
        matches!(self, Class::Hazardous(_))
    }
}

impl Spell {
    /// The class this spell gives its ground on a day; `None` before it begins and after it has passed.
    pub fn class_on(&self, day: Day) -> Option<Class> {
        if day < self.start {
            return None;
        }
        match self.end {
            Some((on, End::Released(method), _)) if on <= day => {
                self.left.is_none_or(|left| left > day).then_some(Class::Released(method))
            }
            Some((on, End::Adjusted, _)) if on <= day => None,
            _ => {
                let confirmed = self.confirmed_on.is_some_and(|on| on <= day);
                Some(Class::Hazardous(if confirmed { HazardStatus::Confirmed } else { self.status }))
            }
        }
    }
}

fn class_on(spells: &[Spell], day: Day) -> Class {
    spells.iter().rev().find_map(|spell| spell.class_on(day)).unwrap_or(Class::NotRecorded)
}

/// What the faces of a frame say, before equal histories are added up.
#[derive(Default)]
struct Tally {
    spells: Vec<(Spell, Area)>,
    outside: Vec<(Outside, Area)>,
    overlapped: Vec<(u32, Area)>,
    overruled: Vec<(u32, Area)>,
    shared: Vec<(u32, Area)>,
    overlap: Vec<(Day, Area)>,
}

impl Tally {
    /// The account, and an empty tally.
    fn account(&mut self, fell_back: bool) -> Account {
        Account {
            spells: add_up(&mut self.spells),
            outside: add_up(&mut self.outside),
            overlapped: add_up(&mut self.overlapped),
            overruled: add_up(&mut self.overruled),
            shared: add_up(&mut self.shared),
            overlap: add_up(&mut self.overlap),
            fell_back,
            remaining: Region::empty(),
            settled_on: None,
        }
    }
}

fn add_up<Key: Ord + Copy>(pieces: &mut Vec<(Key, Area)>) -> Vec<(Key, Area)> {
    pieces.sort_unstable_by_key(|piece| piece.0);
    pieces.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let sums = pieces.as_slice().to_vec();
    pieces.clear();
    sums
}
