//! The screens (placeholder until they are merged).

use std::future::Future;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::programme::Programme;

/// A programme that several requests share.
pub type Shared = Arc<Mutex<Programme>>;

/// How the screens are served.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The clock.
    pub now: fn() -> jiff::ZonedDateTime,
    /// Whether files may be imported from other machines than this one.
    pub import_from_anywhere: bool,
}

/// Serve until `shutdown` is done.
pub async fn serve(
    _programme: Shared,
    _listener: TcpListener,
    _options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    shutdown.await;
    Ok(())
}
