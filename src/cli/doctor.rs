//! `sigap doctor`: what whoever runs the service should know, and do: settings, keys, clock, database, disk, mail,
//! backups, audit log (ASVS 13.1, 13.2; L14).

mod files;
mod lapse;
mod mail;

use super::{block_on, console, say as print};
use crate::access::{Actor, Tx};
use crate::app::{App, Caller, behind};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::sequence::{self, Head};
use crate::audit::signer::Standing;
use crate::audit::store;
use crate::backup::{self, schedule};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::condition::{self, Condition};
use crate::db::migrate::Schema;
use crate::db::{Id, Ts, postgres};
use crate::error::{Error, Result};
use crate::mail::mailbox::{self, Mailbox};
use crate::mail::outbox;
use crate::message::{Language, Say};
use crate::org::region::{self, Region};
use crate::org::{actor, person, second_factor};
use crate::say;
use crate::sla::lapse::Lapse;
use crate::ticket::attach;
use chrono::{DateTime, Utc};
use clap::Args;
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Seconds between the clocks of this machine and of the database that nobody need worry about.
const CLOCKS_APART: i64 = 2;

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct Options {
    /// `id` or `en`.
    #[arg(long, default_value = "id", value_parser = ["id", "en"])]
    language: String,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Well,
    /// It works, and should be looked at.
    Look,
    /// To be mended now.
    Ill,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A word for scripts.
    pub what: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found, and what to do.
    pub found: Say,
}

const fn finding(what: &'static str, state: State, found: Say) -> Finding {
    Finding { what, state, found }
}

/// Looks and tells. Exit code: 0 all well, 1 something should be looked at, 2 something must be mended.
///
/// # Errors
/// If it can't be told; whatever else stands in the way is told as a finding.
pub fn run(config: Option<&Path>, options: &Options) -> Result<u8> {
    let language = Language::accepted(&options.language);
    let settings = super::settings(config).and_then(|settings| {
        crate::telemetry::log(settings.log, "error")?;
        Ok(settings)
    });
    let mut findings = match settings {
        Ok(settings) => open(settings),
        Err(error) => vec![closed(&error)],
    };
    findings.extend(config.and_then(files::settings));
    for one in &findings {
        let mark = match one.state {
            State::Well => say!("doctor.well"),
            State::Look => say!("doctor.look"),
            State::Ill => say!("doctor.ill"),
        };
        let found = super::one_line(&one.found.text(language));
        print(&format!("{:<8} {:<11} {found}", mark.text(language), one.what))?;
    }
    Ok(match findings.iter().map(|one| one.state).max() {
        Some(State::Ill) => 2,
        Some(State::Look) => 1,
        Some(State::Well) | None => 0,
    })
}

fn closed(error: &Error) -> Finding {
    finding("start", State::Ill, say!("doctor.start", error = error))
}

fn open(config: Config) -> Vec<Finding> {
    let found = super::backup::refuse_half(&config)
        .and_then(|()| App::with(config.clone(), Clock::System, None, Schema::AsItIs))
        .and_then(|app| block_on(async move { examine(&app).await }));
    found.unwrap_or_else(|error| beside(&config, &error, Clock::System.now()))
}

/// What can be told where the service can't be opened: on such a day everybody asks for room, keys and the newest backup.
#[must_use]
pub fn beside(config: &Config, error: &Error, now: Ts) -> Vec<Finding> {
    let looks = [files::keys(&config.data_dir), files::others(config), files::disks(config), backups(config, now)];
    let found = looks.into_iter().flat_map(|look| look.unwrap_or_else(|error| vec![closed(&error)]));
    [closed(error)].into_iter().chain(found).collect()
}

/// What the database knows, read at once.
struct Known {
    condition: Condition,
    /// All people, and those of the demo.
    people: (i64, i64),
    regions: Vec<Region>,
    /// What runs out in one of them.
    lapses: Vec<Lapse>,
    /// Mails that wait, since when, and that failed.
    mails: (i64, Option<Ts>, i64),
    mailboxes: Vec<Mailbox>,
    logs: Vec<Log>,
    /// When any of them was signed last.
    signed: Option<Ts>,
    /// SHA-256 of the attachments, and their bytes.
    files: Vec<(String, i64)>,
    /// Secrets of second factors.
    sealed: Vec<String>,
}

/// An audit log.
struct Log {
    id: Id,
    origin: String,
    size: u64,
    /// The newest checkpoint of its epoch.
    newest: Option<String>,
}

fn log(tx: &mut Tx<'_>, head: Head) -> Result<Log> {
    let newest = store::newest(tx, head.log_id)?.filter(|newest| newest.epoch == head.epoch);
    Ok(Log { id: head.log_id, size: head.entries(), origin: head.origin, newest: newest.map(|newest| newest.note) })
}

/// Looks at everything; nothing is changed.
///
/// # Errors
/// What keeps from looking.
pub async fn examine(app: &App) -> Result<Vec<Finding>> {
    let now = app.clock.now();
    // Before the database, as whatever is signed meanwhile would else look like too much.
    let signed = app.signer.all_last()?;
    let condition = app.store.read(condition::look).await?;
    if !condition.pending.is_empty() {
        let names = condition.pending.join(", ");
        return Ok(vec![finding("database", State::Ill, say!("doctor.pending", names = names))]);
    }
    let known = app
        .read(Caller::Known(Actor::anonymous()), console(), move |tx: &mut Tx<'_>| {
            tx.actor = actor::console(None);
            let heads = sequence::heads(tx)?;
            Ok(Known {
                condition: condition.clone(),
                people: person::count(tx)?,
                regions: region::list(tx)?,
                lapses: lapse::all(tx)?,
                mails: outbox::measure(tx)?,
                mailboxes: mailbox::all(tx)?,
                files: attach::files(tx)?,
                signed: behind::signed_last(tx)?,
                logs: heads.into_iter().map(|head| log(tx, head)).collect::<Result<_>>()?,
                sealed: second_factor::sealed(tx)?,
            })
        })
        .await?;
    let mut all = settings(&app.config, known.people);
    if app.quarantine.load(Ordering::Acquire) {
        all.push(finding("quarantine", State::Look, say!("doctor.quarantine")));
    }
    all.extend(files::keys(&app.config.data_dir)?);
    all.extend(vault(app, &known.sealed));
    all.extend(files::others(&app.config)?);
    let theirs = match app.clock {
        Clock::System => app.store.now().await?,
        Clock::Fixed(_) => None,
    };
    all.extend(clock(now, theirs, known.signed));
    all.extend(database(app, &known.condition).await);
    all.push(attachments(app, &known.files));
    all.extend(files::disks(&app.config)?);
    all.extend(mail::out(app, &known, now));
    all.extend(mail::inbox(app, &known, now)?);
    all.extend(lapse::told(&known.lapses));
    all.extend(backups(&app.config, now)?);
    all.extend(audit(app, &known.logs, &signed)?);
    Ok(all)
}

/// Nothing is missing of what was signed, and all of it by keys that are here.
fn audit(app: &App, logs: &[Log], signed: &HashMap<Id, Checkpoint>) -> Result<Vec<Finding>> {
    let mut all = Vec::new();
    for log in logs {
        let mut ill = |found| all.push(finding("audit", State::Ill, found));
        let known = signed.get(&log.id).map_or(0, |checkpoint| checkpoint.size);
        if known > log.size {
            ill(say!("doctor.audit_lost", log = log.origin, signed = known, held = log.size));
        }
        let is_told = log.newest.is_none() || signed.contains_key(&log.id);
        let folder = app.config.keys("audit").join(log.id.to_string());
        match app.signer.standing(log.id, log.newest.as_deref())? {
            Standing::Ours if is_told => {}
            Standing::Ours | Standing::KeysGone => {
                ill(say!("doctor.audit_keys", log = log.origin, folder = folder.display()));
            }
            Standing::Foreign => ill(say!("doctor.audit_foreign", log = log.origin, folder = folder.display())),
        }
    }
    if all.is_empty() {
        all.push(finding("audit", State::Well, say!("doctor.audit", logs = logs.len())));
    }
    Ok(all)
}

/// Whoever has a second factor is let in by the key that sealed its secret alone.
fn vault(app: &App, sealed: &[String]) -> Option<Finding> {
    let lost = sealed.iter().filter(|secret| !app.vault.has_key_of(secret)).count();
    let folder = app.config.keys("vault");
    (lost > 0).then(|| finding("keys", State::Ill, say!("doctor.vault_gone", people = lost, folder = folder.display())))
}

fn settings(config: &Config, (people, demo): (i64, i64)) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut look = |state, found| all.push(finding("settings", state, found));
    let is_here = ["//127.0.0.1", "//localhost", "//[::1]"].iter().any(|here| config.public_url.contains(here));
    if demo > 0 && !is_here {
        look(State::Ill, say!("doctor.demo", people = demo, url = config.public_url));
    }
    if config.public_url.starts_with("http://") && !is_here {
        look(State::Ill, say!("doctor.plain", url = config.public_url));
    }
    if is_here && people > demo {
        look(State::Look, say!("doctor.local_url", url = config.public_url));
    }
    if config.requests_per_minute().is_ok_and(|limit| limit.is_none()) {
        look(State::Look, say!("doctor.no_limit"));
    }
    if config.sign_in.second_factor_for.is_empty() {
        look(State::Look, say!("doctor.no_factor"));
    }
    if config.security_contact.is_empty() {
        look(State::Look, say!("doctor.no_contact"));
    }
    if all.is_empty() {
        all.push(finding("settings", State::Well, say!("doctor.settings")));
    }
    all
}

/// Ours against the database's, and against when the audit log was signed last; a database in a file has our clock.
fn clock(ours: Ts, theirs: Option<Ts>, signed: Option<Ts>) -> Vec<Finding> {
    let at = |ts: Ts| ts.utc().format("%F %T").to_string();
    let mut all = match behind::standing(ours, signed) {
        behind::Standing::Right => Vec::new(),
        behind::Standing::Behind(last) => {
            vec![finding("clock", State::Ill, say!("doctor.clock_behind", at = at(ours), signed = at(last)))]
        }
        behind::Standing::Ahead(last) => {
            vec![finding("clock", State::Look, say!("doctor.clock_ahead", at = at(ours), signed = at(last)))]
        }
    };
    let apart = theirs.map(|theirs| (ours.utc() - theirs.utc()).num_seconds());
    all.extend(match apart {
        None if all.is_empty() => Some(finding("clock", State::Well, say!("doctor.clock_alone", at = at(ours)))),
        None => None,
        Some(apart) if apart.abs() <= CLOCKS_APART => {
            Some(finding("clock", State::Well, say!("doctor.clock", seconds = apart)))
        }
        Some(apart) => Some(finding("clock", State::Ill, say!("doctor.clock_apart", seconds = apart))),
    });
    all
}

async fn database(app: &App, condition: &Condition) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut look = |state, found| all.push(finding("database", state, found));
    match &condition.server {
        None => look(State::Well, say!("doctor.sqlite")),
        Some(server) => {
            look(State::Well, say!("doctor.postgres", version = server.version));
            if !server.checksums {
                look(State::Look, say!("doctor.no_checksums"));
            }
            if server.archiving_fails {
                look(State::Ill, say!("doctor.archiving_fails"));
            } else if !server.archiving {
                look(State::Look, say!("doctor.no_archive"));
            }
        }
    }
    if condition.server.is_some() && !postgres::is_verified(app.config.database_url().expose_secret()) {
        look(State::Look, say!("doctor.database_unverified"));
    }
    if let Some(standby) = app.store.standby().await.filter(|standby| standby.mode == "sync" && standby.following == 0)
    {
        look(State::Ill, say!("doctor.standby_gone", mode = standby.mode));
    }
    all
}

/// Are the files there of which tickets speak, and as long as they were? What stands in them is read by each backup.
fn attachments(app: &App, files: &[(String, i64)]) -> Finding {
    let (mut gone, mut damaged) = (Vec::new(), Vec::new());
    for (name, size) in files {
        let path = app.blobs.path(name);
        match path.metadata() {
            Err(_) => gone.push(path),
            Ok(about) if u64::try_from(*size) != Ok(about.len()) => damaged.push(path),
            Ok(_) => {}
        }
    }
    let count = files.len();
    let (state, found) = match (gone.first(), damaged.first()) {
        (Some(first), _) => {
            (State::Ill, say!("doctor.files_gone", gone = gone.len(), count = count, first = first.display()))
        }
        (None, Some(first)) => {
            (State::Ill, say!("doctor.files_damaged", damaged = damaged.len(), count = count, first = first.display()))
        }
        (None, None) => (State::Well, say!("doctor.files", count = count)),
    };
    finding("attachments", state, found)
}

/// How old the newest scheduled backup is, which of them nobody should count, and who can read them.
fn backups(config: &Config, now: Ts) -> Result<Vec<Finding>> {
    let (made, early) = backup::scheduled(config, now)?;
    let mut all = vec![newest(config, made.first(), now)];
    let from_the_future = |file: &PathBuf| say!("doctor.backup_early", file = file.display());
    all.extend(early.iter().map(|(_, file)| finding("backup", State::Look, from_the_future(file))));
    if config.backup.every().is_some() && config.backup.recipients()?.is_empty() {
        all.push(finding("backup", State::Look, say!("doctor.backup_plain")));
    }
    Ok(all)
}

fn newest(config: &Config, newest: Option<&(DateTime<Utc>, PathBuf)>, now: Ts) -> Finding {
    let Some(every) = config.backup.every() else {
        return finding("backup", State::Look, say!("doctor.no_backups"));
    };
    let Some((at, file)) = newest else {
        let folder = config.backup.folder(&config.data_dir);
        return finding("backup", State::Look, say!("doctor.no_backup_yet", folder = folder.display()));
    };
    let (minutes, file) = ((now.utc() - *at).num_minutes(), file.display());
    if schedule::is_late(Some(*at), now, now, every) {
        finding("backup", State::Ill, say!("doctor.backup_old", minutes = minutes, file = file))
    } else {
        finding("backup", State::Well, say!("doctor.backup", minutes = minutes, file = file))
    }
}
