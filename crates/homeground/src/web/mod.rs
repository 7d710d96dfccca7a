//! The screens: pages drawn on the server, a map, and the data the map asks for.
//!
//! One file a page. A request becomes an [`asked::Asked`] (which day, as known when, in which unit), is answered
//! from a [`Scene`] on a blocking thread, and leaves through [`headers`]. What went wrong is worded in
//! [`problem`] and nowhere else. Every page works without scripts; the map then shows a drawing.

mod about;
mod accidents;
mod account;
mod asked;
mod assets;
mod balance;
mod chart;
mod checked;
mod claims;
mod contradictions;
mod drawing;
mod entry;
mod environment;
mod facts;
mod field;
mod figures;
mod findings;
mod finds;
mod gantt;
mod ground;
mod hazard;
mod hazards;
mod headers;
mod held;
mod import;
mod inspection;
mod known;
mod layers;
mod ledger_page;
mod lights;
mod map;
mod monument;
mod monuments;
mod names;
mod odata;
mod ogc;
mod openrosa;
mod outlooks;
mod overview;
mod packages;
mod page;
mod panel;
mod paper;
mod place;
mod plan;
mod plot;
mod population;
mod problem;
mod projects;
mod quantity;
mod review;
mod rows;
mod scenarios;
mod score;
mod search;
mod settlement;
mod settlements;
mod shown;
mod sources;
mod state_json;
mod table;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use jiff::{Timestamp, ZonedDateTime};
use ledger::{Day, Index, State};

use crate::programme::Programme;
use asked::Asked;
use checked::Checked;
use facts::Facts;
use import::Jobs;
use outlooks::Outlooks;
use problem::Problem;
use shown::Shown;

/// The programme that changes are made in, one after the other. Pages are answered from its snapshots.
pub type Shared = Arc<Mutex<Programme>>;

/// How the screens are served.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The clock: the only place where the screens learn what day it is.
    pub now: fn() -> ZonedDateTime,
}

/// Serve the screens of a programme until `shutdown` is done. Prints nothing.
pub async fn serve(
    programme: Shared,
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    listener.set_nonblocking(true).context("the listening socket cannot be used")?;
    let listener = tokio::net::TcpListener::from_std(listener).context("the listening socket cannot be used")?;
    let listens = listener.local_addr().context("the listening socket cannot be used")?;
    let (path, first) = {
        let mut programme =
            programme.lock().map_err(|_| anyhow::anyhow!("the programme broke before it was served"))?;
        (programme.path().to_owned(), programme.snapshot()?)
    };
    let app = Arc::new(App {
        programme,
        options,
        outlooks: Outlooks::new(&path),
        path,
        listens,
        shown: Shown::new(first),
        facts: Facts::default(),
        checked: Checked::default(),
        lookup: search::Lookup::default(),
        jobs: Jobs::default(),
        layers: ogc::Layers::new((options.now)().timestamp()),
        desk: openrosa::Desk::default(),
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await.context("the web server stopped")
}

fn router(app: Arc<App>) -> Router {
    let pages = Router::new()
        .route("/", get(ogc::landing_or_overview))
        .merge(ogc::routes())
        .merge(odata::routes())
        .merge(openrosa::pages(&app))
        .route("/packages/qfield.zip", get(packages::qfield))
        .route("/asof/{day}/packages/qfield.zip", get(packages::qfield))
        .route("/qgis/homeground.qgs", get(packages::project))
        .route("/asof/{day}/qgis/homeground.qgs", get(packages::project))
        .route("/map", get(map::show))
        .route("/map/drawing.svg", get(map::drawing))
        .route("/map/print", get(paper::show))
        .route("/map/sheet.svg", get(paper::sheet))
        .route("/map/days.json", get(layers::days))
        .route("/map/layers/{layer}", get(layers::layer))
        .route("/map/panel/{entry}", get(panel::show))
        .route("/hazards", get(hazards::show))
        .route("/hazards/{id}", get(hazard::show))
        .route("/figures/{quantity}", get(figures::show))
        .route("/settlements", get(settlements::show))
        .route("/settlements/{id}", get(settlement::show))
        .route("/accidents", get(accidents::show))
        .route("/monuments", get(monuments::show))
        .route("/monuments/{id}", get(monument::show))
        .route("/population", get(population::show))
        .route("/projects", get(projects::show))
        .route("/environment", get(environment::show))
        .route("/environment/relief.png", get(environment::relief))
        .route("/photos/{hash}", get(monument::photo))
        .route("/plan", get(plan::show))
        .route("/scenarios", get(scenarios::show))
        .route("/plot", get(plot::show).merge(post(plot::ask_for).layer(DefaultBodyLimit::max(plot::MOST_BYTES))))
        .route("/field", get(field::show))
        .route("/finds", get(finds::show))
        .route("/findings", get(findings::show))
        .route("/places", get(rows::places))
        .route("/place", get(place::show))
        .route("/search", get(search::show))
        .route("/sources", get(sources::list))
        .route("/source", get(sources::show))
        .route("/claims", get(claims::show))
        .route("/contradictions", get(contradictions::show).post(contradictions::decide))
        .route("/operators", get(rows::operators))
        .route("/balance", get(balance::show))
        .route("/ledger", get(ledger_page::show))
        .route("/ledger/{id}", get(entry::show))
        .route("/ledger/{id}/inspection.json", get(inspection::show))
        .route("/import", get(import::form).post(import::upload))
        .route("/import/{job}", get(import::result))
        .route("/import/{job}/issues.csv", get(import::issues_csv))
        .route("/import/{job}/report.json", get(import::report_json))
        .route("/drafts", get(ogc::drafts::show))
        .route("/drafts/submit", post(ogc::drafts::submit))
        .route("/held", get(held::show))
        .route("/review", get(review::show))
        .route("/review/score.csv", get(score::csv))
        .route("/review/{entry}", get(review::item).post(review::act))
        .route("/review/{entry}/picture.svg", get(review::picture))
        .route("/about", get(about::show))
        .route("/state.json", get(state_json::show))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed);
    let assets = Router::new().route("/assets/{version}/{*path}", get(assets::show));
    let pages = headers::dress(pages.merge(assets).layer(DefaultBodyLimit::disable()), app.clone());
    pages.merge(openrosa::routes(&app)).with_state(app)
}

/// What all requests share.
pub(crate) struct App {
    programme: Shared,
    options: Options,
    /// The file of the programme.
    path: PathBuf,
    /// Where requests are heard.
    listens: SocketAddr,
    shown: Shown,
    facts: Facts,
    checked: Checked,
    lookup: search::Lookup,
    jobs: Jobs,
    layers: ogc::Layers,
    desk: openrosa::Desk,
    outlooks: Outlooks,
}

/// A programme as somebody looks at it: on a day, as known at an instant.
pub(crate) struct Scene<'a> {
    programme: &'a Programme,
    index: &'a Index,
    state: &'a State,
    facts: &'a Facts,
    checked: &'a Checked,
    lookup: &'a search::Lookup,
    asked: &'a Asked,
    day: Day,
    /// Names the snapshot.
    change: u64,
    /// What is being imported, if this is the state before an import.
    under_way: Option<String>,
}

impl Scene<'_> {
    /// The instant as known at which everything is shown.
    fn known_at(&self) -> Timestamp {
        self.asked.known_at.unwrap_or(Timestamp::MAX)
    }
}

impl App {
    /// Answer from the programme as it stood after its last change, on a thread that may block.
    async fn scene<T: Send + 'static>(
        self: &Arc<App>,
        asked: Asked,
        answer: impl FnOnce(&Scene<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        // Many wait without a thread and a connection of their own; some are answered at once.
        let seat = app.shown.seat().await;
        let work = move || {
            let _seat = seat;
            let now = app.moment()?;
            let answered = now.snapshot.read(|programme| {
                let earlier = asked.known_at.map(|known_at| programme.state_at(known_at));
                answer(&Scene {
                    programme,
                    index: programme.index(),
                    state: earlier.as_deref().unwrap_or_else(|| programme.state()),
                    facts: &app.facts,
                    checked: &app.checked,
                    lookup: &app.lookup,
                    asked: &asked,
                    day: asked.day(),
                    change: now.change,
                    under_way: now.job.and_then(|job| app.jobs.told(job)),
                })
            });
            answered?
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))
    }
}
