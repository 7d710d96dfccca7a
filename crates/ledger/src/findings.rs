//! What is doubtful about the land as a whole: overlaps, ground outside, reports that disagree with geometry.

use geometry::Area;
use records::{Issue, RecordKind, Rules, Severity};

use crate::day::Day;
use crate::fold::Class;
use crate::index::{Index, Land, Standing};
use crate::row::{View, release_counts};
use crate::state::State;

/// One finding of the state (CONTRACT §5, `issues`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Rule id.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Local id of the record it is about.
    pub subject: String,
    /// What was found, with the numbers.
    pub message: String,
    /// How much ground it concerns.
    pub area: Option<Area>,
    /// What to do; empty if the message says it.
    pub hint: String,
    /// Its name in the table of rules; `None` for what one record says against itself, which its rule names well enough.
    pub name: Option<&'static str>,
    /// Whether no person may accept it: without the rule no record could be made, or land release is none.
    pub fixed: bool,
}

impl Finding {
    /// What a record says against itself, as a finding about it. `None` if the shipped table has no such rule.
    pub fn of_issue(issue: Issue) -> Option<Finding> {
        let rule =
            Rules::shipped().finding.values().map(|shipped| shipped.rule.as_str()).find(|id| *id == issue.rule)?;
        let Issue { severity, local_id, message, hint, fixed, .. } = issue;
        Some(Finding { rule, severity, subject: local_id, message, area: None, hint, name: None, fixed })
    }

    /// Whether it keeps the record from being approved.
    pub fn blocks_approval(&self, rules: &Rules) -> bool {
        self.severity == Severity::Error && self.name.is_none_or(|name| rules.finding(name).blocks_approval)
    }

    /// A finding of the table about a record, the values put in.
    ///
    /// # Panics
    /// If the shipped table has no finding of this name.
    pub(crate) fn of(
        rules: &Rules,
        name: &str,
        subject: &str,
        area: Option<Area>,
        values: &[(&str, &dyn std::fmt::Display)],
    ) -> Finding {
        // Names and rule ids are the shipped table's: a programme changes severities and thresholds only.
        let (name, shipped) = Rules::shipped().finding.get_key_value(name).expect("the table has this finding");
        let changed = rules.finding(name);
        let (message, hint) = changed.words(values);
        Finding {
            rule: &shipped.rule,
            severity: changed.severity,
            subject: subject.to_owned(),
            message,
            area,
            hint,
            name: Some(name),
            fixed: shipped.fixed,
        }
    }
}

impl State {
    /// Findings on a day, ordered by rule and subject.
    pub fn findings(&self, index: &Index, day: Day) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.hazards(index, day, &mut findings);
        self.releases_found(index, day, &mut findings);
        self.events(index, day, &mut findings);
        self.surveys(index, day, &mut findings);
        self.proposals(index, day, &mut findings);
        findings.sort();
        findings
    }

    fn hazards(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        let rules = &*self.parameters().rules;
        for (root, account) in self.accounts(View::Book).filter(|(root, _)| index.record(*root).day <= day) {
            let kept = index.record(root);
            for (other, area) in &account.shared {
                let other = index.record(*other);
                let once = (&kept.local_id, kept.entry) < (&other.local_id, other.entry);
                if once && other.day <= day {
                    findings.extend(self.hazards_overlap(&kept.local_id, &other.local_id, *area));
                }
            }
            if account.fell_back {
                findings.push(Finding::of(rules, "slower_engine", &kept.local_id, None, &[]));
            }
        }
    }

    fn releases_found(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        let mut twice = std::collections::BTreeMap::<u32, Area>::new();
        let mut overruled = twice.clone();
        let mut outside = twice.clone();
        let rows = self.accounts(View::Book).map(|(_, account)| account);
        for account in rows.chain(self.outside().map(|(_, account)| account)) {
            account.overlapped.iter().for_each(|&(n, area)| *twice.entry(n).or_default() += area);
            account.overruled.iter().for_each(|&(n, area)| *overruled.entry(n).or_default() += area);
            account.outside.iter().for_each(|(o, area)| *outside.entry(o.release).or_default() += *area);
        }
        let rules = &*self.parameters().rules;
        let differs = rules.finding("release_area_differs").threshold();
        let found = [(&twice, "release_twice"), (&outside, "release_outside"), (&overruled, "release_overruled")];
        for (found, name) in found {
            for (&number, &area) in found.iter().filter(|(n, _)| index.record(**n).day <= day) {
                let kept = index.record(number);
                if let Land::Release(_, released) = &kept.land {
                    findings.extend(self.of_release(name, &kept.local_id, area, released.area));
                }
            }
        }
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day) {
            let Land::Release(plot, released) = &kept.land else { continue };
            let subject = &*kept.local_id;
            if released.qc == Some(records::land::QualityControl::Failed) {
                let area = Some(released.area);
                findings.push(Finding::of(rules, "release_failed", subject, area, &[("id", &subject)]));
                continue;
            }
            if !release_counts(index, number, View::Book, self.known_at()) {
                continue;
            }
            let Some(reported) = released.reported_m2.filter(|_| released.area > Area::ZERO) else { continue };
            let computed = released.area.m2();
            let share = (reported - computed).abs() / computed;
            let limit = differs / 100.0 * computed;
            // GEO-13: what the accuracy of the boundary explains is no difference.
            let explained = |metres: f64| 2.0 * geometry::area::sigma_m2(&plot.region.to_shape(), metres);
            let difference = share * computed;
            if difference > limit && difference > plot.accuracy_m.filter(|m| *m > 0.0).map_or(0.0, explained) {
                let area = Area::from_m2((reported - computed).abs());
                let values: [(&str, &dyn std::fmt::Display); 4] = [
                    ("id", &subject),
                    ("reported", &m2(Area::from_m2(reported))),
                    ("computed", &m2(released.area)),
                    ("percent", &format!("{:.1}", share * 100.0)),
                ];
                findings.push(Finding::of(rules, "release_area_differs", subject, Some(area), &values));
            }
        }
    }

    /// Finds and accidents on ground that was released before (DQ-22).
    fn events(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day) {
            let Land::Event(at) = &kept.land else { continue };
            if index.standing(number, self.known_at()) > Standing::Absent {
                findings.extend(self.event_on_released(index, kept.kind, &kept.local_id, kept.day, *at));
            }
        }
    }

    /// Hazards that share so much ground; nothing where it is too little to speak of.
    pub fn hazards_overlap(&self, first: &str, second: &str, area: Area) -> Option<Finding> {
        let values: [(&str, &dyn std::fmt::Display); 3] = [("first", &first), ("second", &second), ("area", &m2(area))];
        let found = || Finding::of(&self.parameters().rules, "hazards_overlap", first, Some(area), &values);
        (area.m2() >= self.parameters().finding_m2).then(found)
    }

    /// What is wrong with so much of the ground of a release (`release_twice`, `release_outside`, `release_overruled`),
    /// which is `whole`; nothing where it is too little to speak of.
    pub fn of_release(&self, name: &str, id: &str, area: Area, whole: Area) -> Option<Finding> {
        let rules = &self.parameters().rules;
        let percent = area.m2() / whole.m2() * 100.0;
        let is_most = percent > rules.finding("release_mostly_outside").threshold();
        let name = if name == "release_outside" && is_most { "release_mostly_outside" } else { name };
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("area", &m2(area)), ("id", &id), ("percent", &format!("{percent:.0}"))];
        (area.m2() >= self.parameters().finding_m2).then(|| Finding::of(rules, name, id, Some(area), &values))
    }

    /// A find or an accident on ground that an earlier release released and that is not hazardous again (DQ-22).
    pub fn event_on_released(
        &self,
        index: &Index,
        kind: RecordKind,
        id: &str,
        day: Day,
        at: [f64; 2],
    ) -> Option<Finding> {
        let near = index.meeting([at[0], at[1], at[0], at[1]]);
        let covering = near.into_iter().filter(|&n| index.record(n).land.region().is_some_and(|r| r.covers(at)));
        let release = covering
            .filter(|&n| release_counts(index, n, View::Book, self.known_at()) && index.record(n).day < day)
            .min_by_key(|&n| crate::row::release_order(index.record(n)))?;
        if self.class_at(index, at, day).is_hazardous() {
            return None;
        }
        let what = if kind == RecordKind::Accident { "accident" } else { "find" };
        let release = index.record(release);
        let values: [(&str, &dyn std::fmt::Display); 5] =
            [("what", &what), ("id", &id), ("day", &day), ("released", &release.day), ("release", &release.local_id)];
        Some(Finding::of(&self.parameters().rules, "event_on_released", id, None, &values))
    }

    fn surveys(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, area) in
            self.surveyed().filter(|(n, area)| index.record(*n).day <= day && area.m2() >= self.parameters().finding_m2)
        {
            let subject = index.record(number).local_id.to_string();
            let values: [(&str, &dyn std::fmt::Display); 2] = [("area", &m2(area)), ("id", &subject)];
            findings.push(Finding::of(&self.parameters().rules, "worked_twice", &subject, Some(area), &values));
        }
    }

    fn proposals(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day && kept.land.region().is_some()) {
            if index.standing(number, self.known_at()) == Standing::Proposed {
                let area = kept.land.region().map(|region| region.area());
                let values: [(&str, &dyn std::fmt::Display); 2] = [("kind", &kept.kind), ("id", &kept.local_id)];
                findings.push(Finding::of(&self.parameters().rules, "proposed", &kept.local_id, area, &values));
            }
        }
    }

    /// The class of a position by the book: hazard wins where rows disagree.
    pub fn class_at(&self, index: &Index, at: [f64; 2], day: Day) -> Class {
        self.ground_without_row(index, View::Book, [at[0], at[1], at[0], at[1]]).class_at(at, day)
    }
}

/// Square metres for people: whole, with thin spaces.
pub fn m2(area: Area) -> String {
    let digits = format!("{:.0}", area.m2());
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text + " m²"
}
