//! What is doubtful about the land as a whole: overlaps, ground outside, reports that disagree with geometry.

use geometry::Area;
use records::{RecordKind, Severity};

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
        for (root, account) in self.accounts(View::Book).filter(|(root, _)| index.record(*root).day <= day) {
            let kept = index.record(root);
            for (other, area) in &account.shared {
                let other = index.record(*other);
                let once = (&kept.local_id, kept.entry) < (&other.local_id, other.entry);
                if once && other.day <= day && area.m2() >= self.parameters().finding_m2 {
                    findings.push(Finding {
                        rule: "DQ-13",
                        severity: Severity::Warning,
                        subject: kept.local_id.to_string(),
                        message: format!("hazard {} and hazard {} share {}", kept.local_id, other.local_id, m2(*area)),
                        area: Some(*area),
                    });
                }
            }
            if account.fell_back {
                findings.push(Finding {
                    rule: "GEO-12",
                    severity: Severity::Warning,
                    subject: kept.local_id.to_string(),
                    message: "the arrangement failed its own check; the slower engine answered".to_owned(),
                    area: None,
                });
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
        let mut tell = |found: &std::collections::BTreeMap<u32, Area>, rule, text: &str| {
            for (&number, &area) in found
                .iter()
                .filter(|(n, area)| index.record(**n).day <= day && area.m2() >= self.parameters().finding_m2)
            {
                let subject = index.record(number).local_id.to_string();
                let message = format!("{} of release {subject} {text}", m2(area));
                findings.push(Finding { rule, severity: Severity::Warning, subject, message, area: Some(area) });
            }
        };
        tell(&twice, "DQ-14", "had been released or reported before; counted once");
        tell(&outside, "DQ-15", "lie outside every hazard of that day");
        tell(&overruled, "LR-8", "were stated hazardous on the same day or since; hazard wins and nothing is released");
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day) {
            let Land::Release(_, released) = &kept.land else { continue };
            let subject = kept.local_id.to_string();
            if released.qc == Some(records::land::QualityControl::Failed) {
                let message = format!("release {subject} failed its inspection and releases nothing");
                let area = Some(released.area);
                findings.push(Finding { rule: "LR-6", severity: Severity::Warning, subject, message, area });
                continue;
            }
            if !release_counts(index, number, View::Book, self.known_at()) {
                continue;
            }
            let Some(reported) = released.reported_m2.filter(|_| released.area > Area::ZERO) else { continue };
            let computed = released.area.m2();
            let share = (reported - computed).abs() / computed;
            if share > 0.02 {
                findings.push(Finding {
                    rule: "DQ-17",
                    severity: Severity::Warning,
                    message: format!(
                        "release {subject} reports {}, its polygon is {}: {:.1} % apart",
                        m2(Area::from_m2(reported)),
                        m2(released.area),
                        share * 100.0
                    ),
                    subject,
                    area: Some(Area::from_m2((reported - computed).abs())),
                });
            }
        }
    }

    /// Finds and accidents on ground that was released before (DQ-22).
    fn events(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day) {
            let Land::Event(at) = &kept.land else { continue };
            if index.standing(number, self.known_at()) == Standing::Absent {
                continue;
            }
            let near = index.meeting([at[0], at[1], at[0], at[1]]);
            let covering = near.into_iter().filter(|&n| index.record(n).land.region().is_some_and(|r| r.covers(*at)));
            let released = covering
                .filter(|&n| release_counts(index, n, View::Book, self.known_at()) && index.record(n).day < kept.day)
                .min_by_key(|&n| crate::row::release_order(index.record(n)));
            let Some(release) = released else { continue };
            if self.class_at(index, *at, kept.day).is_hazardous() {
                continue;
            }
            let what = if kept.kind == RecordKind::Accident { "accident" } else { "find" };
            let release = index.record(release);
            findings.push(Finding {
                rule: "DQ-22",
                severity: Severity::Error,
                subject: kept.local_id.to_string(),
                message: format!(
                    "{what} {} of {} lies on ground released on {} by {}. hint: record a reopening (LR-8)",
                    kept.local_id, kept.day, release.day, release.local_id
                ),
                area: None,
            });
        }
    }

    fn surveys(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, area) in
            self.surveyed().filter(|(n, area)| index.record(*n).day <= day && area.m2() >= self.parameters().finding_m2)
        {
            let subject = index.record(number).local_id.to_string();
            let message =
                format!("{} of activity {subject} were worked on before; effort adds, area does not (ID-6)", m2(area));
            findings.push(Finding { rule: "DQ-14", severity: Severity::Warning, subject, message, area: Some(area) });
        }
    }

    fn proposals(&self, index: &Index, day: Day, findings: &mut Vec<Finding>) {
        for (number, kept) in index.records().filter(|(_, kept)| kept.day <= day && kept.land.region().is_some()) {
            if index.standing(number, self.known_at()) == Standing::Proposed {
                findings.push(Finding {
                    rule: "REC-2",
                    severity: Severity::Information,
                    subject: kept.local_id.to_string(),
                    message: format!("{} {} is proposed, not approved", kept.kind, kept.local_id),
                    area: kept.land.region().map(|region| region.area()),
                });
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
