//! Commands that keep and serve: `verify`, `backup`, `restore`, `serve`, `config`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use serde_json::json;

use super::arguments::{Backup, Config, Format, Restore, Serve, Verify};
use super::{Outcome, Refused, Usage};
use crate::programme::Programme;
use crate::web;

/// `homeground verify`.
pub fn verify(arguments: &Verify) -> anyhow::Result<Outcome> {
    let progress = &mut |done, total| {
        if total > 100_000 {
            eprintln!("{done} of {total} entries");
        }
    };
    let checked = match Programme::read(&arguments.programme) {
        Ok(programme) => programme.verify(progress),
        Err(error) if error.chain().any(|cause| cause.is::<ledger::Broken>()) => Err(error),
        Err(error) => return Err(error),
    };
    match (checked, arguments.format) {
        (Ok(verified), Format::Json) => {
            say!("{}", json!({"ok": true, "entries": verified.n_entries, "rows": verified.n_rows, "difference": null}));
            Ok(Outcome::Done)
        }
        (Ok(verified), _) => {
            match verified.n_rows {
                Some(n_rows) => say!("{} entries and {n_rows} derived rows hold", verified.n_entries),
                None => say!(
                    "{} entries hold; an import was cut off, and the next command that writes rebuilds the layers",
                    verified.n_entries
                ),
            }
            Ok(Outcome::Done)
        }
        (Err(difference), format) => {
            if format == Format::Json {
                say!("{}", json!({"ok": false, "difference": format!("{difference:#}")}));
            } else {
                say!("first difference: {difference:#}");
            }
            Ok(Outcome::Held)
        }
    }
}

/// `homeground backup`.
pub fn backup(arguments: &Backup) -> anyhow::Result<Outcome> {
    let store = store::GeoPackage::open_to_read(&arguments.programme, outputs::layers::all())?;
    store::Store::backup(&store, &arguments.file, &mut |_| {})?;
    say!("copied {} to {}", arguments.programme.display(), arguments.file.display());
    Ok(Outcome::Done)
}

/// `homeground restore`: whichever of the two files is there is the backup.
pub fn restore(arguments: &Restore) -> anyhow::Result<Outcome> {
    let (programme, backup) = match (arguments.programme.exists(), arguments.file.exists()) {
        (true, true) => {
            let text = format!("{} is there already, and restore never overwrites", arguments.programme.display());
            return Err(Refused(text).into());
        }
        (true, false) => (&arguments.file, &arguments.programme),
        _ => (&arguments.programme, &arguments.file),
    };
    checked_backup(backup)?;
    store::restore(backup, programme, &mut |_| {})?;
    say!("restored {} from {}", programme.display(), backup.display());
    Ok(Outcome::Done)
}

/// A backup that does not verify is not brought back.
fn checked_backup(backup: &Path) -> anyhow::Result<()> {
    let programme = Programme::read(backup)?;
    match programme.verify(&mut |_, _| {}) {
        Ok(_) => Ok(()),
        Err(difference) => Err(Refused(format!("{} does not verify: {difference:#}", backup.display())).into()),
    }
}

/// `homeground serve`.
pub fn serve(arguments: &Serve) -> anyhow::Result<Outcome> {
    let config = crate::config::Config::load(Some(&arguments.programme))?;
    let listen = arguments.listen.clone().or_else(|| config.value("listen")).unwrap_or_default();
    serve_at(Programme::open(&arguments.programme)?, &listen, &mut |_| {})
}

/// Serve a programme until Ctrl-C or SIGTERM; `started` hears the address.
pub fn serve_at(
    mut programme: Programme,
    listen: &str,
    started: &mut dyn FnMut(SocketAddr),
) -> anyhow::Result<Outcome> {
    let address: SocketAddr =
        listen.parse().map_err(|_| Usage(format!("{listen:?} is not an address such as 127.0.0.1:8080")))?;
    let listener = std::net::TcpListener::bind(address).with_context(|| {
        format!("cannot listen on {address}. hint: another program may use it; choose another with --listen")
    })?;
    let address = listener.local_addr()?;
    for unread in programme.add_ready_forms(crate::clock::now())? {
        eprintln!("{unread}. hint: it is kept, and the next start tries again");
    }
    // Listened for before anybody knows the address, so that no signal is missed.
    let stop = Arc::new(tokio::sync::Notify::new());
    let stopped = stop.clone();
    ctrlc::set_handler(move || stop.notify_one()).context("cannot listen for signals")?;
    say!("serving {} on http://{address}/ (Ctrl-C stops)", programme.name());
    started(address);
    let programme = Arc::new(Mutex::new(programme));
    let options = web::Options { now: jiff::ZonedDateTime::now };
    let runtime = tokio::runtime::Runtime::new().context("the web server cannot start")?;
    let stopped = async move { stopped.notified().await };
    runtime.block_on(web::serve(programme.clone(), listener, options, stopped))?;
    // Requests that are still running hold the programme; they end with the runtime.
    drop(runtime);
    match Arc::into_inner(programme) {
        Some(programme) => programme.into_inner().unwrap_or_else(PoisonError::into_inner).close()?,
        None => eprintln!("a request was cut off; the file is in order, and the next start tidies it"),
    }
    Ok(Outcome::Done)
}

/// `homeground config`.
pub fn config(arguments: &Config) -> anyhow::Result<Outcome> {
    let config = crate::config::Config::load(arguments.programme.as_deref())?;
    if arguments.format == Format::Json {
        let settings: Vec<_> = config
            .settings()
            .iter()
            .map(|s| json!({"name": s.name, "value": s.value, "origin": s.origin, "about": s.about}))
            .collect();
        say!("{}", serde_json::Value::Array(settings));
    } else {
        for s in config.settings() {
            say!("{:<12} {:<40} from {:<12} {}", s.name, s.value, s.origin, s.about);
        }
    }
    Ok(Outcome::Done)
}
