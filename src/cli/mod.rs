//! The operator's commands; each ends with one line that says what to do if it fails.

pub mod audit;
pub mod backup;
pub mod doctor;
pub mod mail;
pub mod migrate;
pub mod openapi;
pub mod seed;
pub mod serve;
pub mod sla;
pub mod user;

use crate::access::Origin;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrate::{Schema, pending};
use crate::error::{Error, Result};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Where the operator's commands come from, for the audit log.
fn console() -> Origin {
    Origin::of("console")
}

/// A runtime for a command that ends by itself.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new().map_err(|e| Error::start(format!("runtime: {e}")))?.block_on(work)
}

/// The program as a command uses it, without metrics.
fn open(config: Option<&Path>) -> Result<App> {
    with(config, Schema::Migrated)
}

/// The same for a command that only looks: the database stays as it is, as the service beside it may be an older program.
fn look(config: Option<&Path>) -> Result<App> {
    let app = with(config, Schema::AsItIs)?;
    let pending = app.store.read_here(pending)?;
    if pending.is_empty() {
        return Ok(app);
    }
    let names = pending.join(", ");
    Err(Error::start(format!("the database is older than this program (pending: {names}); run `sigap migrate`")))
}

fn with(config: Option<&Path>, schema: Schema) -> Result<App> {
    let config = Config::load(config)?;
    crate::telemetry::log(config.log, "warn")?;
    App::with(config, Clock::System, None, schema)
}

/// Prints a line for whoever called. A pipe that he closed is his affair; any other output that is lost must not look like a
/// success.
///
/// # Errors
/// [`Error::Start`] if it can't be written.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::start(format!("standard output: {error}; what was to be told is not all there")))
        }
        _ => Ok(()),
    }
}
