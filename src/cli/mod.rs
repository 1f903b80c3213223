//! The operator's commands; each ends with one line that says what to do if it fails.

pub mod audit;
pub mod backup;
pub mod doctor;
mod erase;
pub mod mail;
pub mod migrate;
pub mod openapi;
pub mod seed;
pub mod serve;
pub mod sla;
pub mod user;

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrate::{Schema, pending};
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::actor;
use crate::org::region::{self, Region};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where the operator's commands come from, for the audit log.
fn console() -> Origin {
    Origin::of("console")
}

/// What stood in the way, for whoever typed the command; what a rule refuses has its sentence among the messages.
#[must_use]
pub fn told(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            let told = fields.iter().map(|field| format!("{}: {}", field.pointer, field.detail.text(Language::En)));
            told.collect::<Vec<_>>().join("; ")
        }
        Error::Conflict(why) | Error::Forbidden(why) | Error::Malformed(why) | Error::Unauthenticated(why) => {
            why.text(Language::En)
        }
        other => other.to_string(),
    }
}

/// A runtime for a command that ends by itself.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new().map_err(|e| Error::start(format!("runtime: {e}")))?.block_on(work)
}

/// The program as a command uses it that may be the first, without metrics.
fn open(config: Option<&Path>) -> Result<App> {
    with(config, Schema::Migrated)
}

/// The same for a command that changes a service, which in a wrong place must not make another.
fn change(config: Option<&Path>) -> Result<App> {
    with(config, Schema::Present)
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

/// Lets nobody but the user of this process read what it writes: the database, attachments, mails, what is put back. The
/// shell's habit is to let everybody.
pub fn keep_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// The settings of a command, for whoever owns what they name. What another user makes there the service can't read or
/// change any more, and each of its requests or jobs fails on it.
///
/// # Errors
/// [`Error::Start`] for settings that are none, and for another user, with the line that he types instead.
pub fn settings(config: Option<&Path>) -> Result<Config> {
    let config = Config::load(config)?;
    let place = [Some(config.data_dir.clone()), config.database_file()].into_iter().flatten().find_map(|place| {
        let owner = std::fs::metadata(&place).ok()?.uid();
        Some((place, owner))
    });
    let us = rustix::process::geteuid().as_raw();
    match place {
        Some((place, owner)) if owner != us => {
            let name = user_name(owner);
            let place = place.display();
            Err(Error::start(format!("{place} belongs to {name}; run it as {name}: sudo -u {name} sigap …")))
        }
        _ => Ok(config),
    }
}

/// The name of a user of this machine as `sudo` takes it; his number if he has none.
fn user_name(id: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |line: &str| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    };
    users.lines().find_map(named).unwrap_or_else(|| format!("'#{id}'"))
}

fn with(config: Option<&Path>, schema: Schema) -> Result<App> {
    let config = settings(config)?;
    crate::telemetry::log(config.log, "warn")?;
    backup::refuse_half(&config)?;
    App::with(config, Clock::System, None, schema)
}

/// The region that its code or its ticket prefix names; `beside` are other names that the command takes.
async fn region_named(app: &App, name: &str, beside: &[&str]) -> Result<Region> {
    let all = app.read(Caller::Known(actor::console(None)), console(), region::list).await?;
    let is_named = |r: &&Region| r.code.eq_ignore_ascii_case(name) || r.ticket_prefix.eq_ignore_ascii_case(name);
    all.iter().find(is_named).cloned().ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|r| r.code.as_str()).chain(beside.iter().copied()).collect();
        Error::start(format!("--region {name}: there is no such region; write one of {}", known.join(", ")))
    })
}

/// What went wrong as one line, for a log or a screen.
pub fn complain(what: &str) {
    eprintln!("sigap: {}", one_line(what));
}

/// A text as one line, for a log or a screen.
#[must_use]
pub fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
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
