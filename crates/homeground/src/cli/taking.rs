//! Commands that add to a programme: `new`, `import`, `approve`, `withdraw`.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use ledger::{EntryKind, Standing};
use records::Severity;
use serde_json::json;

use super::arguments::{Approve, Format, Import, New, ReadAs, Return, Withdraw};
use super::{Outcome, Refused, Usage};
use crate::clock;
use crate::config::Config;
use crate::import::{ImportOptions, ImportReport, Progress};
use crate::programme::Programme;
use crate::review::Step;

/// `homeground new`.
pub fn new(arguments: &New) -> anyhow::Result<Outcome> {
    let programme = Programme::create(&arguments.programme, &arguments.name, &arguments.country, clock::now())?;
    programme.close()?;
    say!("made {}", arguments.programme.display());
    say!("next: homeground import {} FILE… --approve-as NAME", arguments.programme.display());
    Ok(Outcome::Done)
}

/// `homeground import`.
pub fn import(arguments: &Import) -> anyhow::Result<Outcome> {
    let config = Config::load(Some(&arguments.programme))?;
    let (profile, profile_text) = match &arguments.map {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let profile = intake::Profile::parse(&text).map_err(|e| Usage(format!("{}: {e}", path.display())))?;
            (Some(profile), Some(text))
        }
        None => (None, None),
    };
    let now = clock::now();
    let recorded_at = arguments.recorded_at.unwrap_or(now);
    if recorded_at > now {
        return Err(Usage(format!("--recorded-at {recorded_at} is in the future")).into());
    }
    let options = ImportOptions {
        as_record: match arguments.read_as {
            Some(ReadAs::Record(kind)) => Some(kind),
            Some(ReadAs::Prose(_)) | None => None,
        },
        prose: match arguments.read_as {
            Some(ReadAs::Prose(prose)) => Some(prose),
            Some(ReadAs::Record(_)) | None => None,
        },
        published_on: arguments.date,
        profile,
        profile_text,
        crs: arguments.crs,
        operation: arguments.operation.map(|code| code.0),
        source: arguments.source.clone().or_else(|| config.value("source")),
        recorded_at,
        approve_as: arguments.approve_as.clone().or_else(|| config.value("approve_as")),
        accepted: arguments.accepted.clone(),
        comment: arguments.comment.clone(),
        forgets_held: false,
        dry_run: arguments.dry_run,
    };
    if !options.accepted.is_empty() && (options.approve_as.is_none() || options.comment.trim().is_empty()) {
        return Err(Usage("--accept wants --approve-as NAME and the reason in --comment".to_owned()).into());
    }
    if arguments.date.is_some() && options.prose.is_none() {
        return Err(Usage("--date goes with --as bulletin or --as article".to_owned()).into());
    }
    let interrupted = interruption()?;
    let mut shown = Shown::new();
    let mut programme = Programme::open(&arguments.programme)?;
    let report = programme.import(&arguments.files, &options, &mut |progress: &Progress| {
        shown.show(progress);
        !interrupted.load(Ordering::Relaxed)
    });
    shown.bar.finish_and_clear();
    let closed = programme.close();
    let report = report?;
    closed?;
    match arguments.format {
        Format::Json => say!("{}", serde_json::to_string(&report)?),
        _ => print_report(&report, arguments.dry_run)?,
    }
    Ok(if report.held == 0 && report.not_approved == 0 { Outcome::Done } else { Outcome::Held })
}

fn print_report(report: &ImportReport, dry_run: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for issue in &report.issues {
        writeln!(out, "{issue}")?;
    }
    let count = |severity| report.issues.iter().filter(|issue| issue.severity == severity).count();
    let kept = if dry_run { "would be accepted" } else { "accepted" };
    writeln!(
        out,
        "{} {kept}, {} already known, {} held ({} errors, {} warnings, {} notes)",
        report.accepted,
        report.already_known,
        report.held,
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Information),
    )?;
    if report.not_approved > 0 {
        let what = if dry_run { "would stay proposed" } else { "stay proposed" };
        writeln!(
            out,
            "{} {what}, because of an error or a return: correct them, or homeground approve PROGRAMME ENTRY --accept RULE --comment REASON",
            report.not_approved
        )?;
    }
    if report.held > 0 && !dry_run {
        writeln!(out, "held rows are kept: homeground held PROGRAMME lists them; correct them and import them again")?;
    }
    Ok(())
}

/// A flag that Ctrl-C and SIGTERM set, so that work stops between two transactions.
pub fn interruption() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    ctrlc::set_handler(move || set.store(true, Ordering::Relaxed)).context("cannot listen for signals")?;
    Ok(flag)
}

/// Progress as a bar on a terminal, else as a line now and then.
struct Shown {
    bar: ProgressBar,
    last_line: Instant,
}

impl Shown {
    fn new() -> Shown {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {percent}% {eta}") {
            bar.set_style(style);
        }
        Shown { bar, last_line: Instant::now() }
    }

    fn show(&mut self, progress: &Progress) {
        const BETWEEN_LINES: Duration = Duration::from_secs(2);
        let text = || format!("{}: {} accepted, {} held", progress.file, progress.accepted, progress.held);
        if std::io::stderr().is_terminal() {
            self.bar.set_length(progress.done.1);
            self.bar.set_position(progress.done.0);
            self.bar.set_message(text());
        } else if self.last_line.elapsed() > BETWEEN_LINES {
            self.last_line = Instant::now();
            eprintln!("{}", text());
        }
    }
}

/// `homeground approve`.
pub fn approve(arguments: &Approve) -> anyhow::Result<Outcome> {
    let mut programme = Programme::open(&arguments.programme)?;
    let index = programme.index();
    let proposed = |number: u32| index.standing(number, Timestamp::MAX) == Standing::Proposed;
    let entries: Vec<ledger::EntryId> = if arguments.all {
        index.records().filter(|&(number, _)| proposed(number)).map(|(_, kept)| kept.entry).collect()
    } else {
        arguments.entries.clone()
    };
    let step = Step {
        step: &arguments.step,
        entries: &entries,
        by: &arguments.by,
        comment: &arguments.comment,
        accepted: &arguments.accepted,
    };
    if !entries.is_empty() {
        programme.take_step(&step, clock::now(), clock::today())?;
    }
    programme.close()?;
    say!("{} {} by {}", entries.len(), arguments.step, arguments.by);
    Ok(Outcome::Done)
}

/// `homeground return`.
pub fn return_to_sender(arguments: &Return) -> anyhow::Result<Outcome> {
    let mut programme = Programme::open(&arguments.programme)?;
    let step = Step {
        step: "returned",
        entries: &arguments.entries,
        by: &arguments.by,
        comment: &arguments.message,
        accepted: &[],
    };
    programme.take_step(&step, clock::now(), clock::today())?;
    programme.close()?;
    say!("{} returned by {}", arguments.entries.len(), arguments.by);
    Ok(Outcome::Done)
}

/// `homeground withdraw`.
pub fn withdraw(arguments: &Withdraw) -> anyhow::Result<Outcome> {
    let mut programme = Programme::open(&arguments.programme)?;
    let entry = arguments.entry;
    let number =
        programme.index().number_of(entry).ok_or_else(|| Refused(format!("no record has entry id {entry}")))?;
    if programme.index().standing(number, Timestamp::MAX) == Standing::Approved {
        return Err(Refused(format!(
            "entry {entry} is approved, and nothing approved is taken back (LR-X7). hint: record a reopening, or a record that supersedes it"
        ))
        .into());
    }
    let payload = json!({"entry": entry, "reason": arguments.reason});
    programme.record_one(clock::now(), EntryKind::Withdrawal, payload)?;
    programme.close()?;
    say!("withdrawn");
    Ok(Outcome::Done)
}
