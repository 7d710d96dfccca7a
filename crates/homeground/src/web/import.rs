//! `/import`: a form that takes a file, the work shown while it runs, and what came of it.
//!
//! The work goes on when the browser leaves. Its result stays readable until the server stops; what it kept
//! stays in the ledger.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Multipart, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, http::HeaderName};
use ledger::EntryKind;
use maud::{Markup, html};
use records::{Issue, RecordKind};
use store::Query;

use crate::import::{ImportOptions, ImportReport, Progress};

use super::asked::Asked;
use super::held::issue_table;
use super::names;
use super::page::{Head, Tab, page};
use super::problem::Problem;
use super::quantity::count;
use super::shown::Change;
use super::{App, Scene, ledger_page, table};

/// Imports since the server started, by number.
#[derive(Default)]
pub struct Jobs {
    jobs: Mutex<Vec<Job>>,
}

#[derive(Clone)]
struct Job {
    file: String,
    is_dry: bool,
    state: JobState,
}

#[derive(Clone)]
enum JobState {
    Running(Option<Progress>),
    Done(Arc<ImportReport>),
    Failed(String),
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, Vec<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, file: &str, is_dry: bool) -> usize {
        let mut jobs = self.lock();
        jobs.push(Job { file: file.to_owned(), is_dry, state: JobState::Running(None) });
        jobs.len() - 1
    }

    fn set(&self, number: usize, state: JobState) {
        self.lock()[number].state = state;
    }

    fn get(&self, number: usize) -> Option<Job> {
        self.lock().get(number).cloned()
    }

    /// How far one is, in a sentence.
    pub fn told(&self, number: usize) -> Option<String> {
        self.lock().get(number).map(running_text)
    }
}

fn running_text(job: &Job) -> String {
    match &job.state {
        JobState::Running(Some(at)) => {
            format!("{} is being imported: {} accepted, {} held so far", job.file, at.accepted, at.held)
        }
        _ => format!("{} is being imported", job.file),
    }
}

/// What the form says.
#[derive(Default)]
struct Form {
    upload: Option<Upload>,
    options: ImportOptions,
}

/// A file that was sent, in a folder of its own that goes with it.
pub struct Upload {
    _folder: tempfile::TempDir,
    /// Where it lies.
    pub path: PathBuf,
    /// What it was called.
    pub name: String,
}

/// The form, the runs since the beginning, and what waits.
pub async fn form(State(app): State<Arc<App>>, asked: Asked) -> Result<Markup, Problem> {
    app.scene(asked, |scene| {
        let query = Query { kind: Some(EntryKind::Import), limit: 20, ..Query::default() };
        let runs = scene.programme.store().search(&query).map_err(anyhow::Error::from)?;
        let n_held = scene.programme.held(scene.known_at())?.len();
        let main = html! {
            section {
                h1 { "Import" }
                p.answer {
                    "What can be accepted becomes entries; the rest is held for a person, with the reasons. The same file twice adds nothing. "
                    @if n_held > 0 { a href="/held" { (count(n_held)) " rows wait" } "." } @else { "No row waits." }
                    " " a href="/drafts" { "Drafts" } " drawn over the network are submitted on a page of their own."
                }
                p { "Forms that phones fill in, and what they sent: " a href="/forms" { "forms" } " · " a href="/phones" { "phones" } "." }
                p { "Bearings and distances from a field book: " a href="/field" { "draw them" } "." }
                (fields())
            }
            section aria-labelledby="runs" {
                h2 #runs { "Newest imports" }
                (ledger_page::table_of(scene, &runs.entries))
                p { a href=(scene.asked.href("/ledger", &[("kind", "import")])) { "All " (count(runs.total as usize)) } }
            }
        };
        Ok(page(scene, &Head::plain(Tab::Import, "Import"), main))
    })
    .await
}

fn fields() -> Markup {
    html! {
        form.fields method="post" action="/import" enctype="multipart/form-data" {
            div.wide {
                label for="file" { "File: GeoJSON, GeoPackage, zipped shapefile, FlatGeobuf, KML or KMZ, CSV, XLSX" }
                input #file type="file" name="file" required;
            }
            div {
                label for="record" { "Kind of record, where the rows do not say" }
                select #record name="record" {
                    option value="" { "the rows say" }
                    @for &kind in RecordKind::ALL { option value=(kind.name()) { (names::kind(kind)) } }
                }
            }
            div {
                label for="crs" { "Coordinate system, where the file does not say" }
                input #crs name="crs" placeholder="EPSG:4326" pattern="EPSG:[0-9]+" aria-describedby="crs-hint";
                p.hint #crs-hint { "A wrong guess moves ground by 100 m: leave it empty rather than guess." }
            }
            div {
                label for="source" { "Source of the rows that name none" }
                input #source name="source";
            }
            div {
                label for="approve_as" { "Approve as; empty leaves the records proposed" }
                input #approve_as name="approve_as" autocomplete="off";
            }
            div.wide {
                label for="profile" { "Mapping profile (TOML), where columns have other names" }
                input #profile type="file" name="profile" accept=".toml";
            }
            div.wide {
                label.check { input type="checkbox" name="dry_run" value="yes"; "Only tell what would happen, keep nothing" }
            }
            div.wide { button.primary { "Import" } }
        }
    }
}

/// Take a file and work on it.
pub async fn upload(State(app): State<Arc<App>>, multipart: Multipart) -> Result<Redirect, Problem> {
    let mut form = read(multipart).await?;
    form.options.recorded_at = (app.options.now)().timestamp();
    let upload = form.upload.ok_or_else(|| Problem::bad_form("no file was chosen"))?;
    let number = app.jobs.begin(&upload.name, form.options.dry_run);
    let work = tokio::task::spawn_blocking(move || {
        let state = run(&app, number, upload.path.clone(), &form.options);
        app.jobs.set(number, state);
        drop(upload);
    });
    // Most files are done before anybody could look at a progress page.
    let _ = tokio::time::timeout(Duration::from_millis(800), work).await;
    Ok(Redirect::to(&format!("/import/{}", number + 1)))
}

fn run(app: &App, number: usize, file: PathBuf, options: &ImportOptions) -> JobState {
    /// Bytes of a file whose import is a matter of milliseconds.
    const SHORT: u64 = 64 * 1024;
    let tell = &mut |progress: &Progress| {
        app.jobs.set(number, JobState::Running(Some(progress.clone())));
        true
    };
    let is_short = file.metadata().is_ok_and(|file| file.len() <= SHORT);
    let change = Change { job: Some(number), is_short };
    match app.change(change, |programme| programme.import(&[file], options, tell)) {
        Ok(Ok(report)) => JobState::Done(Arc::new(report)),
        Ok(Err(error)) => JobState::Failed(format!("{error:#}")),
        Err(problem) => JobState::Failed(problem.detail),
    }
}

async fn read(mut multipart: Multipart) -> Result<Form, Problem> {
    let mut form = Form::default();
    let broken = |error: axum::extract::multipart::MultipartError| Problem::bad_form(error.body_text());
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "file" => form.upload = keep(field).await?,
            _ => {
                let text = field.text().await.map_err(broken)?;
                set(&mut form.options, &name, text.trim())?;
            }
        }
    }
    Ok(form)
}

/// Write an upload to a folder of its own, under its own name and nowhere else; none if no file was chosen.
pub async fn keep(mut field: axum::extract::multipart::Field<'_>) -> Result<Option<Upload>, Problem> {
    let failed =
        |error: std::io::Error| Problem::failure(&anyhow::Error::new(error).context("the file cannot be kept"));
    let given = field.file_name().unwrap_or_default().to_owned();
    let name = std::path::Path::new(&given).file_name().map(|name| name.to_string_lossy().into_owned());
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = folder.path().join(&name);
    let mut file = std::fs::File::create_new(&path).map_err(failed)?;
    while let Some(chunk) = field.chunk().await.map_err(|error| Problem::bad_form(error.body_text()))? {
        std::io::Write::write_all(&mut file, &chunk).map_err(failed)?;
    }
    Ok(Some(Upload { _folder: folder, path, name }))
}

fn set(options: &mut ImportOptions, name: &str, text: &str) -> Result<(), Problem> {
    if text.is_empty() {
        return Ok(());
    }
    match name {
        "record" => options.as_record = Some(text.parse().map_err(|error| Problem::bad_form(format!("{error}")))?),
        "crs" => options.crs = Some(text.parse().map_err(|error| Problem::bad_form(format!("{error}")))?),
        "source" => options.source = Some(text.to_owned()),
        "approve_as" => options.approve_as = Some(text.to_owned()),
        "dry_run" => options.dry_run = true,
        "profile" => {
            let profile = intake::Profile::parse(text);
            options.profile =
                Some(profile.map_err(|error| Problem::bad_form(format!("the mapping profile: {error}")))?);
            options.profile_text = Some(text.to_owned());
        }
        _ => return Err(Problem::bad_form(format!("the form has no field {name:?}"))),
    }
    Ok(())
}

fn job(app: &App, number: &str) -> Result<Job, Problem> {
    let found = number.parse::<usize>().ok().and_then(|n| app.jobs.get(n.checked_sub(1)?));
    found.ok_or_else(|| Problem::unknown("import since the server started", number))
}

fn report(app: &App, number: &str) -> Result<Arc<ImportReport>, Problem> {
    let job = job(app, number)?;
    match &job.state {
        JobState::Done(report) => Ok(report.clone()),
        JobState::Running(_) => Err(Problem::busy(running_text(&job))),
        JobState::Failed(why) => Err(Problem::bad_form(why.clone())),
    }
}

/// How far an import is, or what came of it.
pub async fn result(
    State(app): State<Arc<App>>,
    Path(number): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let job = job(&app, &number)?;
    if matches!(job.state, JobState::Running(_)) {
        let again = [(HeaderName::from_static("refresh"), "2")];
        let shown = app.scene(asked, move |scene| Ok(waiting_page(scene, &job))).await?;
        return Ok((again, [(header::CACHE_CONTROL, "no-store")], shown).into_response());
    }
    let shown = app.scene(asked, move |scene| Ok(result_page(scene, &number, &job))).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], shown).into_response())
}

fn waiting_page(scene: &Scene<'_>, job: &Job) -> Markup {
    let main = html! {
        section {
            p.crumbs { a href="/import" { "Import" } " / " (job.file) }
            h1 { "Importing" }
            p.answer role="status" { (running_text(job)) "." }
            p.note { "This page asks again every two seconds. You may leave; the work goes on." }
        }
    };
    page(scene, &Head::plain(Tab::Import, "Importing"), main)
}

fn result_page(scene: &Scene<'_>, number: &str, job: &Job) -> Markup {
    let main = html! {
        section {
            p.crumbs { a href="/import" { "Import" } " / " (job.file) }
            h1 { (job.file) }
            @match &job.state {
                JobState::Done(report) => (outcome(scene, number, job, report)),
                JobState::Failed(why) => {
                    p.band.bad role="alert" { "The import stopped: " (why) }
                    p.note { "What was accepted before is kept; importing the same file again goes on from there." }
                }
                JobState::Running(_) => p { (running_text(job)) },
            }
        }
    };
    page(scene, &Head::plain(Tab::Import, &job.file), main)
}

fn outcome(scene: &Scene<'_>, number: &str, job: &Job, report: &ImportReport) -> Markup {
    const MOST: usize = 150;
    let mut gravest: Vec<Issue> = report.issues.clone();
    gravest.sort_by_key(|issue| issue.severity);
    gravest.truncate(MOST);
    html! {
        p.answer {
            @if job.is_dry { strong { "Nothing was kept, as you asked. " } "It would be: " }
            strong { (count(report.accepted as usize)) } " accepted, "
            (count(report.already_known as usize)) " already known, "
            strong { (count(report.held as usize)) } " held."
        }
        @if report.not_approved > 0 {
            p { strong { (count(report.not_approved as usize)) } " stay proposed: an error stands against them or they were returned, listed below." }
        }
        @if report.held > 0 && !job.is_dry { p { a href="/held" { "Held rows" } ": each with its reasons, kept as it was." } }
        div.tools {
            h2 { "Issues" }
            div.end {
                a href=(format!("/import/{number}/issues.csv")) { "Issues as CSV" }
                a href=(format!("/import/{number}/report.json")) { "Report as JSON" }
            }
        }
        @if report.issues.len() > MOST { p { "The gravest " (MOST) " of " (count(report.issues.len())) "; the files above have all." } }
        (issue_table(&gravest))
        @if !job.is_dry && !report.entries.is_empty() {
            details.data {
                summary { "Entries made" }
                ul { @for entry in report.entries.iter().take(500) { li { a.hash href=(scene.entry_href(*entry)) { (entry) } } } }
            }
        }
    }
}

/// The report as `homeground import --format json` prints it.
pub async fn report_json(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Problem> {
    let report = report(&app, &number)?;
    let name = "attachment; filename=\"import.json\"";
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(&*report)).into_response())
}

/// The issues as a table for spreadsheets.
pub async fn issues_csv(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Problem> {
    let report = report(&app, &number)?;
    let heads = ["rule", "severity", "file", "row", "local_id", "field", "value", "message", "hint"];
    table::csv(
        "issues",
        &heads,
        report.issues.iter().map(|issue| {
            let severity = issue.severity.letter();
            let words = [&issue.local_id, &issue.field, &issue.value, &issue.message, &issue.hint];
            let row = issue.row.to_string();
            let head = [issue.rule.as_str(), severity, issue.file.as_str(), row.as_str()];
            head.into_iter().chain(words.into_iter().map(String::as_str)).map(str::to_owned).collect()
        }),
    )
}
