//! From files to entries: what can be accepted is signed and kept, the rest is held for a person.
//!
//! A file is read twice: what others refer to first (sources, places, hazards), then what refers to it, so
//! references within and between files resolve in any order while memory stays bounded. The same file twice
//! adds nothing, since a payload that is known already is not recorded again.
//!
//! When all is read, the programme is judged once as if the new records were approved: what the rules find then and did
//! not find before is told with the rest. What an error stands against is not approved.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use intake::{Article, Bulletin, CrsCode, Draft, Options, Profile, Reader};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::entry::canonical;
use ledger::{Case, Day, EntryId, EntryKind, Finding, Register, Said, Signed, Standing, admit};
use records::{Issue, Record, RecordKind, Rules, Severity};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::displaced;
use crate::field::forms;
use crate::programme::Programme;
use crate::review::ByAccepted;

/// Entries of one transaction, and bytes of them. Larger imports take several and rebuild the layers at the end.
const BATCH: usize = 20_000;
const BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Rows between two looks at whether to go on.
const ROWS: u64 = 500;

/// How to read and record.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Kind of record where rows do not say.
    pub as_record: Option<RecordKind>,
    /// Files are text of this sort, not tables.
    pub prose: Option<Prose>,
    /// The day on which that text was published or read, where it is known.
    pub published_on: Option<Date>,
    /// Mapping profile.
    pub profile: Option<Profile>,
    /// The text of the profile, kept with the programme.
    pub profile_text: Option<String>,
    /// Coordinate system where the file does not say, such as `EPSG:28992`.
    pub crs: Option<CrsCode>,
    /// The change of datum, where the command says it, by its EPSG code.
    pub operation: Option<u32>,
    /// Source of every row that names none.
    pub source: Option<String>,
    /// The instant at which it was learned.
    pub recorded_at: Timestamp,
    /// Who approves what is accepted.
    pub approve_as: Option<String>,
    /// Rules whose errors hold nothing, for the reason in `comment`; kept with the approval.
    pub accepted: Vec<String>,
    /// Said with the approval.
    pub comment: String,
    /// Tell what would be held without keeping it: whoever asks still has the row before him.
    pub forgets_held: bool,
    /// Tell what would happen, keep nothing.
    pub dry_run: bool,
}

/// Text that claims are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prose {
    /// A weekly bulletin.
    Bulletin,
    /// A page like an encyclopedia's.
    Article,
}

/// What an import did (CONTRACT §4).
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// Records that became entries.
    pub accepted: u64,
    /// Rows whose record was known.
    pub already_known: u64,
    /// Rows that wait for a person.
    pub held: u64,
    /// Records that were to be approved and stay proposed, because an error stands against them or a person returned them.
    pub not_approved: u64,
    /// Everything that is wrong or doubtful.
    pub issues: Vec<Issue>,
    /// Entries made for the accepted records.
    pub entries: Vec<EntryId>,
}

/// How far an import is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// File being read.
    pub file: String,
    /// Done and total, in the reader's own unit.
    pub done: (u64, u64),
    /// Records accepted so far.
    pub accepted: u64,
    /// Rows held so far.
    pub held: u64,
}

/// Why an import stopped early.
pub type Keep<'a> = &'a mut dyn FnMut(&Progress) -> bool;

impl Programme {
    /// Import files. `keep_going` hears of progress and may stop between two rows; what was read by then is kept.
    pub fn import(
        &mut self,
        files: &[PathBuf],
        options: &ImportOptions,
        keep_going: Keep<'_>,
    ) -> anyhow::Result<ImportReport> {
        let preferred_operation = Config::load(Some(self.path()))?.operation()?;
        let rules = tolerant(&self.parameters().rules, &options.accepted);
        let register = self.register()?;
        let run = Run::new(self, options, keep_going, &rules, register);
        let report = Run { preferred_operation, ..run }.all(files);
        let report = self.or_as_kept(report)?;
        if options.dry_run {
            self.reload()?;
        }
        Ok(report)
    }
}

/// These rules with errors that a person accepted turned into warnings. Fixed ones stay: without them no record could
/// be made, or land release forbids it.
fn tolerant(rules: &Rules, accepted: &[String]) -> Rules {
    let mut rules = rules.clone();
    for finding in rules.finding.values_mut() {
        if finding.severity == Severity::Error && !finding.fixed && accepted.contains(&finding.rule) {
            finding.severity = Severity::Warning;
        }
    }
    rules
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Kinds that others refer to, and rows of no kind.
    Referred,
    /// Kinds that refer to those.
    Referring,
}

impl Pass {
    fn takes(self, kind: Option<RecordKind>) -> bool {
        let refers = kind.is_some_and(|kind| kind > RecordKind::Adjustment);
        refers == (self == Pass::Referring)
    }
}

struct Run<'a> {
    programme: &'a mut Programme,
    rules: &'a Rules,
    /// What rules about one record must know of others.
    register: Register,
    /// The day of which the rules are asked: nothing in the programme is of a later one.
    day: Day,
    /// What they found before.
    before: HashSet<Known>,
    /// Records that became entries, in the order of the files.
    taken: Vec<Taken>,
    /// Records below this number were there before.
    n_before: u32,
    /// Known records that were proposed and are approved with the others, and where they stood.
    again: BTreeMap<u32, (String, u64)>,
    /// What was found about a record and accepted.
    spared: HashMap<u32, BTreeSet<String>>,
    files: Vec<String>,
    options: &'a ImportOptions,
    /// The change of datum that the programme prescribes (GEO-9).
    preferred_operation: Option<u32>,
    keep_going: Keep<'a>,
    report: ImportReport,
    batch: Vec<Signed>,
    batch_bytes: usize,
    n_rows: u64,
    fresh: HashMap<EntryId, Record>,
    deferred: Vec<(String, Draft)>,
    progress: Progress,
    flushed: usize,
    held_new: u64,
    stopped: bool,
}

impl<'a> Run<'a> {
    fn new(
        programme: &'a mut Programme,
        options: &'a ImportOptions,
        keep_going: Keep<'a>,
        rules: &'a Rules,
        register: Register,
    ) -> Run<'a> {
        let progress = Progress { file: String::new(), done: (0, 0), accepted: 0, held: 0 };
        // A day begins up to 14 hours earlier than in UTC.
        let ahead = jiff::SignedDuration::from_hours(14);
        let today = ledger::figures::day_of(options.recorded_at.saturating_add(ahead).unwrap_or(options.recorded_at));
        let day = programme.index().records().map(|(_, kept)| kept.day).fold(today, Day::max);
        let case = Case { index: programme.index(), state: programme.state(), register: &register, day };
        let before = case.check().iter().map(known).collect();
        let n_before = u32::try_from(programme.index().n_records()).expect("fewer than 2^32 records");
        Run {
            programme,
            rules,
            register,
            day,
            before,
            taken: Vec::new(),
            n_before,
            again: BTreeMap::new(),
            spared: HashMap::new(),
            files: Vec::new(),
            options,
            preferred_operation: None,
            keep_going,
            report: ImportReport::default(),
            batch: Vec::new(),
            batch_bytes: 0,
            n_rows: 0,
            fresh: HashMap::new(),
            deferred: Vec::new(),
            progress,
            flushed: 0,
            held_new: 0,
            stopped: false,
        }
    }

    fn all(mut self, files: &[PathBuf]) -> anyhow::Result<ImportReport> {
        for pass in [Pass::Referred, Pass::Referring] {
            for file in files {
                self.read(file, pass)?;
            }
            self.retry_deferred()?;
        }
        self.finish(files)
    }

    fn read(&mut self, file: &Path, pass: Pass) -> anyhow::Result<()> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let today: Date = ledger::figures::day_of(self.options.recorded_at).date();
        let options = Options {
            as_record: match self.options.prose {
                Some(Prose::Bulletin) => Some(RecordKind::Claim),
                Some(Prose::Article) | None => self.options.as_record,
            },
            profile: self.options.profile.as_ref(),
            crs: self.options.crs,
            operation: self.options.operation,
            preferred_operation: self.preferred_operation,
            source: self.options.source.clone(),
            home: intake::country::bounds(self.programme.country()),
            rules: self.rules,
            ..Options::new(name.clone(), today)
        };
        self.progress.file.clone_from(&name);
        let submission = match self.options.prose {
            Some(_) => None,
            None => forms::opened(self.programme, file, &name)?,
        };
        if let Some(submission) = &submission {
            return submission.readers(&options).into_iter().try_for_each(|reader| self.rows(&name, reader, pass));
        }
        let published_on = self.options.published_on;
        let reader = match self.options.prose {
            Some(Prose::Bulletin) => intake::open_rows(Box::new(Bulletin::open(file, &name, published_on)?), &options),
            Some(Prose::Article) => intake::open_rows(Box::new(Article::open(file, &name, published_on)?), &options),
            None => crate::visitor::open(file, &options)?,
        };
        self.rows(&name, reader, pass)
    }

    fn rows(&mut self, name: &str, mut reader: Reader<'_>, pass: Pass) -> anyhow::Result<()> {
        while let Some(draft) = reader.next() {
            self.n_rows += 1;
            if self.n_rows.is_multiple_of(ROWS) {
                let at = reader.progress();
                self.hear((at.done, at.total));
            }
            if self.stopped {
                break;
            }
            let kind = draft.record.as_ref().map(|record| record.kind);
            if pass.takes(kind) {
                self.take(name, draft, false)?;
            }
        }
        Ok(())
    }

    /// Rows that referred to something not yet read, until none of them finds it.
    fn retry_deferred(&mut self) -> anyhow::Result<()> {
        loop {
            let waiting = std::mem::take(&mut self.deferred);
            let before = waiting.len();
            for (file, draft) in waiting {
                self.take(&file, draft, false)?;
            }
            if self.deferred.len() == before {
                break;
            }
        }
        for (file, draft) in std::mem::take(&mut self.deferred) {
            self.take(&file, draft, true)?;
        }
        Ok(())
    }

    fn take(&mut self, file: &str, mut draft: Draft, last_chance: bool) -> anyhow::Result<()> {
        if draft.record.is_none() || draft.issues.iter().any(|issue| issue.severity == Severity::Error) {
            return self.hold(file, draft);
        }
        let record = draft.record.clone().expect("a record that is none was held");
        let recorded_at = self.options.recorded_at;
        let (record, payload) = match self.resolve(record, draft.supersedes_local_id.as_deref()) {
            Resolved::Known(record) => {
                self.report.already_known += 1;
                return self.approve_known(file, &record, &draft);
            }
            Resolved::Missing if !last_chance => {
                self.deferred.push((file.to_owned(), draft));
                return Ok(());
            }
            Resolved::Missing => {
                let missing = draft.supersedes_local_id.clone().unwrap_or_default();
                draft.issues.push(issue(file, &draft, "DQ-16", "supersedes", &missing, UNKNOWN, UNKNOWN_HINT));
                return self.hold(file, draft);
            }
            Resolved::Record(record, payload) => (record, payload),
        };
        let admitted = admit(self.programme.index(), &record, recorded_at, self.programme.parameters());
        if !matches!(admitted, Err(ledger::Refusal::UnknownReference { .. })) {
            let questions = displaced::questions(&record, self.programme.index(), self.rules);
            let (row, local_id) = (draft.row, &record.local_id);
            draft.issues.extend(questions.into_iter().map(|question| Issue {
                file: file.to_owned(),
                row,
                local_id: local_id.clone(),
                ..question
            }));
        }
        match admitted {
            Ok(()) => self.compare(file, record, &payload, draft),
            Err(ledger::Refusal::UnknownReference { .. }) if !last_chance => {
                self.deferred.push((file.to_owned(), draft));
                Ok(())
            }
            Err(refusal) => {
                let value = record.text(refusal.field()).unwrap_or_default();
                draft.issues.push(issue(
                    file,
                    &draft,
                    refusal.rule(),
                    refusal.field(),
                    value,
                    &refusal.to_string(),
                    refusal.hint(),
                ));
                self.hold(file, draft)
            }
        }
    }

    /// The record with `supersedes` naming an entry. A record that is known with any entry of the chain is known.
    fn resolve(&self, mut record: Record, supersedes: Option<&str>) -> Resolved {
        let index = self.programme.index();
        let Some(local_id) = supersedes else {
            let payload = canonical(&record.to_payload());
            return if index.has_payload(&payload) {
                Resolved::Known(record)
            } else {
                Resolved::Record(record, payload)
            };
        };
        let mut chain: Vec<u32> = index
            .with_local_id(record.kind, local_id)
            .iter()
            .flat_map(|&number| index.chain(index.root(number)))
            .collect();
        chain.sort_unstable();
        chain.dedup();
        for &number in &chain {
            record.supersedes = Some(index.record(number).entry.to_string());
            if index.has_payload(&canonical(&record.to_payload())) {
                return Resolved::Known(record);
            }
        }
        let heads = chain.iter().filter(|&&number| index.successors(number).is_empty());
        match heads.max_by_key(|&&number| (index.record(number).recorded_at, index.record(number).entry)) {
            Some(&head) => {
                record.supersedes = Some(index.record(head).entry.to_string());
                let payload = canonical(&record.to_payload());
                Resolved::Record(record, payload)
            }
            None => Resolved::Missing,
        }
    }

    /// A known record that an earlier import left proposed is approved with the others, if approval is asked for.
    fn approve_known(&mut self, file: &str, record: &Record, draft: &Draft) -> anyhow::Result<()> {
        if self.options.approve_as.is_none() {
            return Ok(());
        }
        let index = self.programme.index();
        let mut found = Vec::new();
        // What this import took in itself is approved anyway.
        for &number in index.with_local_id(record.kind, &record.local_id).iter().filter(|&&n| n < self.n_before) {
            let is_proposed = index.standing(number, Timestamp::MAX) == Standing::Proposed;
            if is_proposed && self.programme.record(index.record(number).entry)?.as_ref() == Some(record) {
                found.push(number);
            }
        }
        for number in found {
            self.again.insert(number, (file.to_owned(), draft.row));
            self.spare(number, self.accepted_issues(&draft.issues));
        }
        Ok(())
    }

    /// Known records of which a person has said something else since are left to a person: returned to the sender, or
    /// corrected by what is not approved with them.
    fn leave_to_persons(&mut self) {
        loop {
            let index = self.programme.index();
            let is_there = |number: u32| index.standing(number, Timestamp::MAX) > Standing::Absent;
            let is_approved_too = |number: u32| number >= self.n_before || self.again.contains_key(&number);
            let why = |number: u32| {
                let last = index.remarks(index.record(number).entry).last();
                if last.is_some_and(|remark| remark.says == Said::Returned) {
                    return Some("left_returned");
                }
                let mut corrections = index.successors(number).iter();
                corrections.any(|&n| is_there(n) && !is_approved_too(n)).then_some("left_corrected")
            };
            let left: Vec<(u32, &str)> = self.again.keys().filter_map(|&number| Some((number, why(number)?))).collect();
            if left.is_empty() {
                return;
            }
            for (number, name) in left {
                let id = self.programme.index().record(number).local_id.to_string();
                let (file, row) = self.again.remove(&number).unwrap_or_default();
                let issue = self.rules.finding(name).issue("", "", &[("id", &id)]);
                self.report.not_approved += u64::from(issue.severity < Severity::Information);
                self.report.issues.push(Issue { file, row, local_id: id, ..issue });
            }
        }
    }

    /// Rules that found something in the row and were accepted.
    fn accepted_issues(&self, issues: &[Issue]) -> BTreeSet<String> {
        let found = issues.iter().filter(|issue| issue.severity < Severity::Information && !issue.fixed);
        found.map(|issue| &issue.rule).filter(|rule| self.options.accepted.contains(rule)).cloned().collect()
    }

    fn spare(&mut self, number: u32, accepted: BTreeSet<String>) {
        if !accepted.is_empty() {
            self.spared.entry(number).or_default().extend(accepted);
        }
    }

    /// What the rules say of the record against those it names; an error holds it. All else is told once, at the end.
    fn compare(&mut self, file: &str, record: Record, payload: &str, mut draft: Draft) -> anyhow::Result<()> {
        let (index, state) = (self.programme.index(), self.programme.state());
        let found = Case { index, state, register: &self.register, day: Day::LATEST }.of_record(&record);
        let mut accepted: BTreeSet<String> =
            found.iter().filter(|finding| self.is_accepted(finding)).map(|finding| finding.rule.to_owned()).collect();
        let holds: Vec<Issue> = found
            .into_iter()
            .filter(|finding| self.stands_against(finding))
            .map(|finding| issue(file, &draft, finding.rule, "", "", &finding.message, &finding.hint))
            .collect();
        if holds.is_empty() {
            accepted.extend(self.accepted_issues(&draft.issues));
            return self.accept(file, record, payload, draft, accepted);
        }
        draft.issues.extend(holds);
        self.hold(file, draft)
    }

    fn accept(
        &mut self,
        file: &str,
        record: Record,
        payload: &str,
        draft: Draft,
        accepted: BTreeSet<String>,
    ) -> anyhow::Result<()> {
        self.report.accepted += 1;
        self.report.issues.extend(draft.issues);
        let recorded_at = self.options.recorded_at;
        let signed = self.programme.sign_canonical(recorded_at, EntryKind::Record, payload)?;
        self.programme.learn_record(&signed, recorded_at, payload, &record);
        if let Some(number) = self.programme.index().number_of(signed.id) {
            if self.files.last().is_none_or(|last| last != file) {
                self.files.push(file.to_owned());
            }
            self.taken.push(Taken { number, file: self.files.len() - 1, row: draft.row });
            self.register.take(number, record.clone());
            self.spare(number, accepted);
            self.day = self.day.max(record.date_of_information.into());
        }
        self.report.entries.push(signed.id);
        self.fresh.insert(signed.id, record);
        self.push(signed)
    }

    fn hold(&mut self, file: &str, draft: Draft) -> anyhow::Result<()> {
        self.report.held += 1;
        let record = draft.record.as_ref();
        let raw_text = |field: &str| draft.raw["properties"][field].as_str().unwrap_or_default().to_owned();
        let payload = json!({
            "file": file,
            "row": draft.row,
            "record": record.map_or_else(|| raw_text("record"), |record| record.kind.name().to_owned()),
            "local_id": record.map_or_else(|| raw_text("local_id"), |record| record.local_id.clone()),
            "raw": draft.raw,
            "issues": draft.issues,
        });
        self.report.issues.extend(draft.issues);
        if self.options.forgets_held {
            return Ok(());
        }
        if self.programme.index().has_payload(&canonical(&payload)) {
            return Ok(());
        }
        self.held_new += 1;
        let signed = self.programme.sign(self.options.recorded_at, EntryKind::Held, payload)?;
        self.programme.learn(&signed)?;
        self.push(signed)
    }

    fn push(&mut self, signed: Signed) -> anyhow::Result<()> {
        self.batch_bytes += signed.body.len();
        self.batch.push(signed);
        if self.batch.len() >= BATCH || self.batch_bytes >= BATCH_BYTES { self.flush(false) } else { Ok(()) }
    }

    fn hear(&mut self, done: (u64, u64)) {
        let (accepted, held) = (self.report.accepted, self.report.held);
        self.progress = Progress { file: std::mem::take(&mut self.progress.file), done, accepted, held };
        self.stopped = !(self.keep_going)(&self.progress);
    }

    /// Keep what has been read. Layers follow at once if this is the whole import.
    fn flush(&mut self, whole: bool) -> anyhow::Result<()> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let fresh = std::mem::take(&mut self.fresh);
        if self.options.dry_run {
            return Ok(());
        }
        self.flushed += 1;
        if whole { self.programme.append(batch, &fresh) } else { self.programme.keep(&batch) }
    }

    fn finish(mut self, files: &[PathBuf]) -> anyhow::Result<ImportReport> {
        let whole = self.flushed == 0;
        self.leave_to_persons();
        let blocked = self.judge(!whole);
        let approved = self.approve(&blocked)?;
        let news = self.report.accepted + self.held_new > 0 || approved;
        if news && !self.options.dry_run {
            for file in files {
                let payload = self.import_payload(file)?;
                let signed = self.programme.sign(self.options.recorded_at, EntryKind::Import, payload)?;
                self.programme.learn(&signed)?;
                self.batch.push(signed);
            }
        }
        self.flush(whole)?;
        if !whole && !self.options.dry_run {
            let is_folded = self.options.approve_as.is_some() && blocked.is_empty();
            self.programme.refold(is_folded)?;
        }
        self.report.issues.sort();
        anyhow::ensure!(
            !self.stopped,
            "stopped; {} records are kept, import the same files again to go on",
            self.report.accepted
        );
        Ok(self.report)
    }

    /// Whether a person accepts what was found.
    fn is_accepted(&self, finding: &Finding) -> bool {
        finding.severity < Severity::Information
            && !finding.fixed
            && self.options.accepted.iter().any(|rule| rule == finding.rule)
    }

    /// Whether a finding keeps a record from being taken in or approved: an error that nobody accepted.
    fn stands_against(&self, finding: &Finding) -> bool {
        finding.blocks_approval(self.rules) && !self.is_accepted(finding)
    }

    /// Tell what the rules find once the new records are approved; those that an error keeps from it, by number. What is
    /// kept from it changes what the others say, so they are judged until nothing more is: what is approved in the end
    /// was judged as that.
    fn judge(&mut self, anew: bool) -> HashSet<u32> {
        let numbers: Vec<u32> = self.taken.iter().map(|taken| taken.number).chain(self.again.keys().copied()).collect();
        let (mut blocked, mut told) = (HashSet::new(), BTreeSet::new());
        while !numbers.is_empty() {
            let asked: Vec<u32> = numbers.iter().copied().filter(|number| !blocked.contains(number)).collect();
            let (register, day) = (&self.register, self.day);
            let found = self.programme.fold_as_if_approved(&asked, anew, |programme| {
                Case { index: programme.index(), state: programme.state(), register, day }.check()
            });
            let n_blocked = blocked.len();
            self.tell(found, &numbers, &mut blocked, &mut told);
            if blocked.len() == n_blocked || self.options.approve_as.is_none() {
                break;
            }
        }
        blocked
    }

    /// Tell what was not told, and note which records it blocks.
    fn tell(&mut self, found: Vec<Finding>, numbers: &[u32], blocked: &mut HashSet<u32>, told: &mut BTreeSet<Finding>) {
        let is_first = told.is_empty();
        let index = self.programme.index();
        let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, &number) in numbers.iter().enumerate() {
            by_id.entry(&index.record(number).local_id).or_default().push(at);
        }
        // Reading compared reported and computed area already.
        let said: HashSet<(&str, &str)> =
            self.report.issues.iter().map(|issue| (issue.rule.as_str(), issue.local_id.as_str())).collect();
        let (mut issues, mut spared) = (Vec::new(), Vec::new());
        for finding in found {
            let own = by_id.get(finding.subject.as_str()).map(Vec::as_slice).unwrap_or_default();
            let is_said = finding.name == Some("release_area_differs")
                && said.contains(&(finding.rule, finding.subject.as_str()));
            if is_said || (own.is_empty() && self.before.contains(&known(&finding))) {
                continue;
            }
            if self.stands_against(&finding) {
                blocked.extend(own.iter().map(|&at| numbers[at]));
            } else if self.is_accepted(&finding) {
                spared.extend(own.iter().map(|&at| (numbers[at], finding.rule.to_owned())));
            }
            // That what was kept back is now proposed is no news.
            let is_news = is_first || finding.severity < Severity::Information;
            if !told.insert(finding.clone()) || !is_news {
                continue;
            }
            let taken = own.first().and_then(|&at| self.taken.get(at));
            issues.push(Issue {
                rule: finding.rule.to_owned(),
                severity: finding.severity,
                file: taken.map(|taken| self.files[taken.file].clone()).unwrap_or_default(),
                row: taken.map_or(0, |taken| taken.row),
                local_id: finding.subject,
                field: if finding.area.is_some() { "geometry".to_owned() } else { String::new() },
                value: String::new(),
                message: finding.message,
                hint: finding.hint,
                fixed: finding.fixed,
            });
        }
        spared.into_iter().for_each(|(number, rule)| self.spare(number, BTreeSet::from([rule])));
        self.report.issues.extend(issues);
    }

    /// Approve what was taken in and what an earlier import of these rows left proposed, unless an error stands against it.
    /// What was accepted is said of the records it was found about, and of no others.
    fn approve(&mut self, blocked: &HashSet<u32>) -> anyhow::Result<bool> {
        let Some(by) = self.options.approve_as.clone() else { return Ok(false) };
        self.report.not_approved += blocked.len() as u64;
        let numbers = self.taken.iter().map(|taken| taken.number).chain(self.again.keys().copied());
        let index = self.programme.index();
        let mut approvals = ByAccepted::new();
        for number in numbers.filter(|number| !blocked.contains(number)) {
            let accepted = self.spared.get(&number).cloned().unwrap_or_default();
            approvals.entry(accepted).or_default().push(index.record(number).entry);
        }
        for (accepted, records) in &approvals {
            for some in records.chunks(BATCH) {
                let comment = &self.options.comment;
                let mut payload = json!({"records": some, "step": "approved", "by": by, "comment": comment});
                if !accepted.is_empty() {
                    payload["accepted"] = json!(accepted);
                }
                let approval = self.programme.sign(self.options.recorded_at, EntryKind::Approval, payload)?;
                self.programme.learn(&approval)?;
                self.batch.push(approval);
            }
        }
        Ok(!approvals.is_empty())
    }

    fn import_payload(&self, file: &Path) -> anyhow::Result<Value> {
        Ok(json!({
            "file": file.file_name().unwrap_or_default().to_string_lossy(),
            "sha256": sha256(file)?,
            "source": self.options.source,
            "crs": self.options.crs.map(|crs| crs.to_string()),
            "as_record": self.options.as_record,
            "profile": self.options.profile_text,
            "accepted": self.report.accepted,
            "already_known": self.report.already_known,
            "held": self.report.held,
        }))
    }
}

/// A record that became an entry: its number in the index, and where it stood.
struct Taken {
    number: u32,
    file: usize,
    row: u64,
}

/// What tells one finding from another: its name, its subject, the ground it concerns.
type Known = (Option<&'static str>, String, Option<geometry::Area>);

fn known(finding: &Finding) -> Known {
    (finding.name, finding.subject.clone(), finding.area)
}

enum Resolved {
    Known(Record),
    Missing,
    /// With its payload in canonical form.
    Record(Record, String),
}

const UNKNOWN: &str = "no record of this kind has the local id that it supersedes";
const UNKNOWN_HINT: &str = "import the record it corrects first, or correct the id";

fn issue(file: &str, draft: &Draft, rule: &str, field: &str, value: &str, message: &str, hint: &str) -> Issue {
    Issue {
        rule: rule.to_owned(),
        severity: Severity::Error,
        file: file.to_owned(),
        row: draft.row,
        local_id: draft.record.as_ref().map(|record| record.local_id.clone()).unwrap_or_default(),
        field: field.to_owned(),
        value: value.to_owned(),
        message: message.to_owned(),
        hint: hint.to_owned(),
        fixed: false,
    }
}

fn sha256(file: &Path) -> anyhow::Result<String> {
    let mut reader = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut hash = Sha256::new();
    std::io::copy(&mut reader, &mut Hashing(&mut hash))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Hashing<'a>(&'a mut Sha256);

impl std::io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
