//! The screens: pages drawn on the server, a map, and the data the map asks for.
//!
//! One file a page. A request becomes an [`asked::Asked`] (which day, as known when, in which unit), is answered
//! from a [`Scene`] on a blocking thread, and leaves through [`headers`]. What went wrong is worded in
//! [`problem`] and nowhere else. Every page works without scripts; the map then shows a drawing.

mod about;
mod account;
mod asked;
mod assets;
mod balance;
mod chart;
mod drawing;
mod entry;
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
mod layers;
mod ledger_page;
mod lights;
mod map;
mod names;
mod ogc;
mod outlooks;
mod overview;
mod page;
mod panel;
mod plan;
mod plot;
mod problem;
mod quantity;
mod rows;
mod scenarios;
mod settlement;
mod settlements;
mod state_json;
mod table;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use jiff::ZonedDateTime;
use ledger::{Day, Index, State};

use crate::programme::Programme;
use asked::Asked;
use facts::Facts;
use import::Jobs;
use outlooks::Outlooks;
use problem::Problem;

/// A programme that several requests share. The store behind it belongs to one thread at a time.
pub type Shared = Arc<Mutex<Programme>>;

/// How the screens are served.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The clock: the only place where the screens learn what day it is.
    pub now: fn() -> ZonedDateTime,
    /// Whether files may be imported from other machines than this one.
    pub import_from_anywhere: bool,
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
    let (changes, outlooks) = {
        let programme = programme.lock().map_err(|_| anyhow::anyhow!("the programme broke before it was served"))?;
        (programme.changes(), Outlooks::new(programme.path(), programme.changes()))
    };
    let layers = ogc::Layers::new(changes, (options.now)().timestamp());
    let app = Arc::new(App { programme, options, facts: Facts::default(), jobs: Jobs::default(), layers, outlooks });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await.context("the web server stopped")
}

fn router(app: Arc<App>) -> Router {
    let pages = Router::new()
        .route("/", get(ogc::landing_or_overview))
        .merge(ogc::routes())
        .route("/map", get(map::show))
        .route("/map/drawing.svg", get(map::drawing))
        .route("/map/days.json", get(layers::days))
        .route("/map/layers/{layer}", get(layers::layer))
        .route("/map/panel/{entry}", get(panel::show))
        .route("/hazards", get(hazards::show))
        .route("/hazards/{id}", get(hazard::show))
        .route("/figures/{quantity}", get(figures::show))
        .route("/settlements", get(settlements::show))
        .route("/settlements/{id}", get(settlement::show))
        .route("/plan", get(plan::show))
        .route("/scenarios", get(scenarios::show))
        .route("/plot", get(plot::show))
        .route("/field", get(field::show))
        .route("/finds", get(finds::show))
        .route("/findings", get(findings::show))
        .route("/places", get(rows::places))
        .route("/operators", get(rows::operators))
        .route("/balance", get(balance::show))
        .route("/ledger", get(ledger_page::show))
        .route("/ledger/{id}", get(entry::show))
        .route("/ledger/{id}/inspection.json", get(inspection::show))
        .route("/import", get(import::form).post(import::upload))
        .route("/import/{job}", get(import::result))
        .route("/import/{job}/issues.csv", get(import::issues_csv))
        .route("/import/{job}/report.json", get(import::report_json))
        .route("/held", get(held::show))
        .route("/about", get(about::show))
        .route("/state.json", get(state_json::show))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed);
    let assets = Router::new().route("/assets/{version}/{*path}", get(assets::show));
    headers::dress(pages.merge(assets).layer(DefaultBodyLimit::disable()), app.clone()).with_state(app)
}

/// What all requests share.
pub(crate) struct App {
    programme: Shared,
    options: Options,
    facts: Facts,
    jobs: Jobs,
    layers: ogc::Layers,
    outlooks: Outlooks,
}

/// A programme as somebody looks at it: on a day, as known at an instant.
pub(crate) struct Scene<'a> {
    programme: &'a Programme,
    index: &'a Index,
    state: &'a State,
    facts: &'a Facts,
    asked: &'a Asked,
    day: Day,
}

impl App {
    /// Answer from the programme, on a thread that may block.
    async fn scene<T: Send + 'static>(
        self: &Arc<App>,
        asked: Asked,
        answer: impl FnOnce(&Scene<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        let work = move || {
            let programme = app.patiently()?;
            let earlier = asked.known_at.map(|known_at| programme.state_at(known_at));
            answer(&Scene {
                programme: &programme,
                index: programme.index(),
                state: earlier.as_deref().unwrap_or_else(|| programme.state()),
                facts: &app.facts,
                asked: &asked,
                day: asked.day(),
            })
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Problem::bug(&error)))
    }

    /// The programme, unless an import holds it for longer than a person would wait.
    fn patiently(&self) -> Result<MutexGuard<'_, Programme>, Problem> {
        const PATIENCE: Duration = Duration::from_secs(5);
        const PAUSE: Duration = Duration::from_millis(5);
        let since = Instant::now();
        loop {
            match self.programme.try_lock() {
                Ok(programme) => return Ok(programme),
                Err(TryLockError::Poisoned(poisoned)) => return Err(Problem::bug(&poisoned)),
                Err(TryLockError::WouldBlock) if since.elapsed() > PATIENCE => {
                    return Err(Problem::busy(self.jobs.progress()));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
    }
}
