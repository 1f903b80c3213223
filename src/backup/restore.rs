//! Puts a backup back: into an empty place only, nothing believed before all of it was checked, and into quarantine, so
//! that no old mail, timer or session comes to life again (R17).

use super::archive::{self, Sound};
use super::newer::{self, Newer};
use super::{POSTGRES, SQLITE, failed, origin};
use crate::access::Tx;
use crate::access::token::hex;
use crate::age::Identity;
use crate::app::{App, Caller, ledger};
use crate::audit::checkpoint::{Keys, Note, parse_public};
use crate::audit::verify::Finding;
use crate::audit::{self, Object, inspect, sequence};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrate::Schema;
use crate::db::{Ts, half, postgres, snapshot};
use crate::durable;
use crate::error::{Error, Result};
use crate::mail::outbox;
use crate::org::{actor, link, session};
use crate::quarantine;
use crate::ticket::{attach, held_back, numbers};
use secrecy::ExposeSecret;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Says, while it is there, that a restore was begun and not finished.
const MARK: &str = "restoring";

/// Tickets that are named of those of which something is due.
const NAMED: usize = 100;

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Ts,
    /// SHA-256 of the key that sealed it.
    pub fingerprint: String,
    /// Attachments.
    pub files: usize,
    /// What to do about those that were damaged before.
    pub damage: Option<String>,
    /// Mails that are held.
    pub mails: i64,
    /// Sessions that were ended.
    pub sessions: usize,
    /// Whoever lost something since, and what was done about it.
    pub people: Vec<String>,
    /// With which number the next ticket of each region opens: behind a gap.
    pub numbers: Vec<String>,
    /// Audit logs of which no newer bundle was given: who lost something since, they can't tell.
    pub unheard: Vec<String>,
    /// Numbers of tickets of which something is due, and since when.
    pub due: Vec<(String, Ts)>,
    /// Each audit log, and what the verifier says of it.
    pub logs: Vec<(String, Finding)>,
}

/// Refuses to go on where a restore was begun and not finished.
///
/// # Errors
/// [`Error::Start`] that says what to do.
pub fn refuse_half(data: &Path) -> Result<()> {
    if data.join(MARK).exists() {
        return Err(failed(
            data,
            &"a restore was begun here and not finished; empty it and the database, and restore again",
        ));
    }
    Ok(())
}

/// Which file is put back, and by what it is believed and read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The backup.
    pub file: &'a Path,
    /// If given, the fingerprint of the only key whose seal counts.
    pub fingerprint: Option<&'a str>,
    /// Private keys, one of which opens an encrypted file.
    pub identities: &'a [Identity],
    /// Bundles of the audit logs that were written after it.
    pub newer: &'a [PathBuf],
}

impl<'a> Source<'a> {
    /// Of a file whoever sealed it, and not encrypted.
    #[must_use]
    pub const fn plain(file: &'a Path) -> Self {
        Self { file, fingerprint: None, identities: &[], newer: &[] }
    }
}

/// Puts a backup back.
///
/// # Errors
/// [`Error::Start`] that says what stands in the way; the file, the target or what was put back.
pub async fn restore(config: Config, clock: Clock, from: Source<'_>) -> Result<Restored> {
    let Source { file, fingerprint, identities, newer } = from;
    let (url, data) = (config.database_url().expose_secret().to_owned(), config.data_dir.clone());
    let mut sound = archive::check(file, identities)?;
    let sealed_by = sound.fingerprint();
    if fingerprint.is_some_and(|wanted| wanted != sealed_by) {
        return Err(failed(file, &format!("sealed by the key {sealed_by}, not by the one that --key names")));
    }
    let kind = if url.starts_with("sqlite:") { "sqlite" } else { "postgresql" };
    if sound.manifest.database != kind {
        return Err(failed(file, &format!("of a {} database, but the settings name {kind}", sound.manifest.database)));
    }
    let made_at = Ts::read(&sound.manifest.made_at).ok_or_else(|| failed(file, &"its manifest names no time"))?;
    let newer = newer.iter().map(|file| newer::examine(file, &sound.manifest)).collect::<Result<Vec<_>>>()?;
    let url = snapshot::target(&url)?;
    refuse_what_is_there(&data, &url)?;
    durable::make_private_folder(&data).map_err(|e| failed(&data, &e))?;
    File::create(data.join(MARK)).and_then(|mark| mark.sync_all()).map_err(|e| failed(&data, &e))?;
    let files = unpack(&mut sound, &data, &url)?;
    // Until its end nobody else opens the database: it is marked.
    let app = App::with(config, clock, None, Schema::PutBack)?;
    let restored = settle(&app, &sound, made_at, files, &newer).await?;
    std::fs::remove_file(data.join(MARK)).map_err(|e| failed(&data, &e))?;
    Ok(restored)
}

/// A restore never writes over anything. What the file system makes by itself on each disk is nobody's.
fn refuse_what_is_there(data: &Path, url: &str) -> Result<()> {
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = entries.filter(|name| name != "lost+found").collect();
    names.sort();
    if let Some(first) = names.first() {
        let first = first.to_string_lossy();
        return Err(failed(
            data,
            &format!("not empty ({first}); a restore goes into an empty data directory only (SIGAP_DATA_DIR)"),
        ));
    }
    if !snapshot::is_empty(url)? {
        return Err(Error::start(
            "the database is not empty; a restore goes into an empty one only (SIGAP_DATABASE_URL)",
        ));
    }
    Ok(())
}

fn unpack(sound: &mut Sound, data: &Path, url: &str) -> Result<usize> {
    let (dump, mut files) = (data.join(POSTGRES), 0);
    let sqlite = url.strip_prefix("sqlite:").map(Path::new);
    sound.unpack(|name, source| {
        let place = match name {
            SQLITE => snapshot::draft(sqlite.unwrap_or(&data.join(SQLITE))),
            POSTGRES => dump.clone(),
            attachment => {
                files += 1;
                data.join(attachment)
            }
        };
        write(&place, source)
    })?;
    if let Some(path) = sqlite {
        snapshot::name_draft(path)?;
    } else {
        snapshot::put_back(url, &dump)?;
        std::fs::remove_file(&dump).map_err(|e| failed(&dump, &e))?;
    }
    Ok(files)
}

fn write(place: &Path, source: &mut dyn Read) -> std::io::Result<()> {
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(place)?;
    std::io::copy(source, &mut file)?;
    file.flush()?;
    file.sync_all()
}

/// Checks what was put back, takes the life out of what must not come back, and opens the logs' next epoch.
async fn settle(app: &App, sound: &Sound, made_at: Ts, files: usize, newer: &[newer::Sound<'_>]) -> Result<Restored> {
    let notes: Vec<Note> = sound.manifest.checkpoints.iter().filter_map(|note| Note::parse(note)).collect();
    let (keys, signed) = (sound.manifest.keys.clone(), notes.clone());
    let logs = app.read(Caller::Anonymous, origin(), move |tx| {
        postgres::take_time(tx.conn())?;
        let mut found = Vec::new();
        for head in inspect::logs(tx)? {
            let keys: Vec<_> = keys.get(&head.log_id).into_iter().flatten().filter_map(|k| parse_public(k)).collect();
            let known: Vec<Note> = notes.iter().filter(|n| n.checkpoint.log == head.origin).cloned().collect();
            found.push((head.origin.clone(), inspect::inspect(tx, &head, Keys::all(&keys), None, &known)?));
        }
        Ok(found)
    });
    let logs = logs.await?;
    if let Some((log, found)) = logs.iter().find(|(_, found)| found.code() == 1) {
        return Err(Error::start(format!("the audit log {log} of the backup was changed: {:?}", found.faults.first())));
    }
    refuse_older(&signed, &logs)?;
    let heads = app.read(Caller::Anonymous, origin(), sequence::heads).await?;
    let mut since = Newer::default();
    for bundle in newer {
        newer::read(bundle, &heads, &mut since)?;
    }
    let is_heard = |log: &str| newer.iter().any(|bundle| bundle.origin == log);
    let unheard = logs.iter().map(|(log, _)| log).filter(|log| !is_heard(log)).cloned().collect();
    let names = app.read(Caller::Anonymous, origin(), attach::files).await?;
    if let Some((gone, _)) = names.iter().find(|(name, _)| !app.blobs.path(name).exists()) {
        return Err(Error::start(format!("the attachment {gone} is not in the backup")));
    }
    for (log, keys) in &sound.manifest.keys {
        app.signer.remember(*log, keys)?;
    }
    let fingerprint = sound.fingerprint();
    let key = fingerprint.clone();
    ledger::place(app).await?;
    let begun =
        app.write(Caller::Known(actor::console(None)), origin(), move |tx| begin(tx, made_at, &key, &since)).await?;
    let Begun { mails, sessions, people, numbers } = begun;
    let due = due(app).await?;
    ledger::place(app).await?;
    ledger::sign(app, 0).await?;
    let damage = super::damage(&sound.manifest);
    Ok(Restored { made_at, fingerprint, files, damage, mails, sessions, people, numbers, unheard, due, logs })
}

/// What was done to what was put back.
struct Begun {
    mails: i64,
    sessions: usize,
    people: Vec<String>,
    numbers: Vec<String>,
}

/// Takes the life out of what must not come back, in one transaction.
fn begin(tx: &mut Tx<'_>, made_at: Ts, key: &str, since: &Newer) -> Result<Begun> {
    postgres::take_time(tx.conn())?;
    let restore = quarantine::begin(tx, made_at, key)?;
    let sessions = session::end_all(tx, "restored")?;
    link::void_all(tx)?;
    let next = numbers::go_on(tx, made_at, &since.numbers)?;
    for head in sequence::heads(tx)? {
        let epoch = sequence::next_epoch(tx, head.log_id)?;
        let object = Object { kind: "restore", id: Some(restore.id), region: head.region() };
        let detail = json!({
            "version": epoch, "size": head.size, "root": hex(&head.root), "backup_at": made_at,
            "next_number": head.region().and_then(|region| next.get(&region)),
        });
        audit::append(tx, "audit.epoch", object, detail)?;
    }
    let people = newer::apply(tx, since)?;
    half::unmark(tx.conn())?;
    Ok(Begun { mails: outbox::measure(tx)?.0, sessions, people, numbers: next.into_values().collect() })
}

/// What a backup signed is in its database, which was copied afterwards; if not, that is of a server with an older history.
fn refuse_older(signed: &[Note], logs: &[(String, Finding)]) -> Result<()> {
    for note in signed {
        let checkpoint = &note.checkpoint;
        let held = logs.iter().find(|(log, _)| *log == checkpoint.log).map_or(0, |(_, found)| found.entries);
        if held < checkpoint.size {
            return Err(Error::start(format!(
                "the database of the backup is older than the backup: of the audit log {} {} entries were signed, and {held} \
                 are in it; take another backup",
                checkpoint.log, checkpoint.size
            )));
        }
    }
    Ok(())
}

/// Numbers of tickets of which something is due, and since when: what the release sets going, the oldest first.
///
/// # Errors
/// The database's.
pub async fn due(app: &App) -> Result<Vec<(String, Ts)>> {
    app.read(Caller::Anonymous, origin(), |tx| held_back::list(tx, NAMED)).await
}

/// What becomes of the mails that were held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Held {
    /// They go out.
    Send,
    /// They never go out, and are listed as failed.
    Drop,
}

/// What a release found and did.
#[derive(Debug)]
pub struct Released {
    /// Mails that were held.
    pub mails: i64,
    /// With which number the next ticket of each region opens: while the copy waited others may have been given.
    pub numbers: Vec<String>,
}

/// Ends the quarantine.
///
/// # Errors
/// [`Error::Start`] if there is none, or mails are held and nobody says what shall become of them.
pub async fn release(app: &App, held: Option<Held>) -> Result<Released> {
    app.write(Caller::Known(actor::console(None)), origin(), move |tx| {
        let mails = outbox::measure(tx)?.0;
        if mails > 0 && held.is_none() {
            return Err(Error::start(format!(
                "{mails} mails are held; say --mails send or --mails drop (see GET /mails)"
            )));
        }
        let begun = quarantine::release(tx)?.ok_or_else(|| Error::start("nothing is in quarantine here"))?;
        let next = numbers::go_on(tx, begun, &BTreeMap::new())?;
        let numbers: Vec<String> = next.into_values().collect();
        if held == Some(Held::Drop) {
            outbox::drop_queued(tx)?;
        }
        audit::append(
            tx,
            "restore.release",
            Object { kind: "restore", id: None, region: None },
            json!({ "mails": mails, "next_numbers": numbers }),
        )?;
        Ok(Released { mails, numbers })
    })
    .await
}
