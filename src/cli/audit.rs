//! `sigap audit …`: the log for whoever has the machine; and the verifier for whoever has only a bundle.

use super::{block_on, change, complain, console, erase, look, region_named, say, told};
use crate::access::token::{hex, random};
use crate::access::{Actor, Tx};
use crate::app::{App, Caller, ledger};
use crate::audit::checkpoint::{Keys, Note, parse_public};
use crate::audit::sequence::{self, Head, PLATFORM};
use crate::audit::verify::{self, Finding};
use crate::audit::{self, Object, inspect, store};
use crate::db::{Id, postgres};
use crate::durable;
use crate::error::{Error, Result};
use crate::org::{actor, region};
use clap::Subcommand;
use ed25519_dalek::VerifyingKey;
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look for what was changed. Exit code: 0 sound, 1 tampered (with the first bad place), 2 incomplete.
    Verify {
        /// A bundle of `sigap audit export`; else the database.
        #[arg(long)]
        bundle: Option<PathBuf>,
        /// Public keys as `sigap audit key` prints them, every line of it; else, for the database, the keys that are here.
        #[arg(long)]
        key: Vec<String>,
        /// File with a checkpoint that was kept elsewhere, as it was mailed or shown.
        #[arg(long)]
        known: Vec<PathBuf>,
    },
    /// Print a log as a bundle that can be checked without this program; without a region, write each log into a file.
    Export {
        /// Code or ticket prefix of the region, or `platform`; else all.
        #[arg(long)]
        region: Option<String>,
        /// Folder of the files, where all logs are exported; made if absent. A file that is there is never written over.
        #[arg(long, default_value = ".", conflicts_with = "region")]
        into: PathBuf,
        /// Only entries from this place on: the size of the checkpoint that was kept the last time.
        #[arg(long, default_value_t = 0)]
        from: i64,
    },
    /// Print the public keys of a log, the newest last, for whoever checks it.
    Key {
        /// Code or ticket prefix of the region, or `platform`.
        #[arg(long)]
        region: String,
    },
    /// Make a new key for a log; the next checkpoint is signed by it and by the one before.
    RotateKey {
        /// Code or ticket prefix of the region, or `platform`.
        #[arg(long)]
        region: String,
    },
    /// Erase the address and detail of an entry, or of all that tell of a person (UU PDP); every proof still holds.
    Erase {
        /// Id of the entry.
        #[arg(required_unless_present = "about", requires = "reason")]
        entry: Option<Id>,
        /// Address, NIP or id of a person: what he did, and what was done to him or his account. Without a reason these entries
        /// are listed, and stay.
        #[arg(long, value_name = "PERSON", conflicts_with = "entry")]
        about: Option<String>,
        /// Why, and by whose decision.
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Runs it; returns the exit code.
///
/// # Errors
/// What stands in the way.
pub fn run(config: Option<&Path>, command: &Command) -> Result<u8> {
    match command {
        Command::Verify { bundle: Some(file), key, known } => {
            Ok(or_incomplete(keys(key).and_then(|keys| verify_bundle(file, &keys, &notes(known)?))))
        }
        Command::Verify { bundle: None, key, known } => {
            let found = keys(key).and_then(|keys| {
                let (app, known) = (look(config)?, notes(known)?);
                block_on(verify_database(app, keys, known))
            });
            Ok(or_incomplete(found))
        }
        Command::Export { region: Some(region), from, .. } => {
            block_on(export(look(config)?, region.clone(), *from)).map(|()| 0)
        }
        Command::Export { region: None, into, from } => {
            block_on(export_all(look(config)?, into.clone(), *from)).map(|()| 0)
        }
        Command::Key { region } => block_on(key(look(config)?, region.clone())).map(|()| 0),
        Command::RotateKey { region } => block_on(rotate(change(config)?, region.clone())).map(|()| 0),
        Command::Erase { entry, about, reason } => {
            erase::run(config, *entry, about.clone(), reason.clone()).map(|()| 0)
        }
    }
}

/// Whatever keeps the verifier from its work has the exit code of "incomplete", never of "tampered".
fn or_incomplete(found: Result<u8>) -> u8 {
    found.unwrap_or_else(|error| {
        complain(&told(&error));
        2
    })
}

fn keys(texts: &[String]) -> Result<Vec<VerifyingKey>> {
    let key = |text: &str| {
        parse_public(text).ok_or_else(|| Error::start(format!("--key {text}: not a key of `sigap audit key`")))
    };
    texts.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()).map(key).collect()
}

fn notes(files: &[PathBuf]) -> Result<Vec<Note>> {
    let note = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).map_err(|e| Error::start(format!("{}: {e}", file.display())))?;
        Note::kept(&text).ok_or_else(|| Error::start(format!("{}: not a checkpoint", file.display())))
    };
    files.iter().map(note).collect()
}

fn verify_bundle(file: &Path, keys: &[VerifyingKey], known: &[Note]) -> Result<u8> {
    let failed = |e: String| Error::start(format!("{}: {e}", file.display()));
    let source = File::open(file).map_err(|e| failed(e.to_string()))?;
    let (log, found) = verify::bundle(BufReader::new(source), keys, known).map_err(failed)?;
    tell(&log, &found)
}

async fn verify_database(app: App, keys: Vec<VerifyingKey>, known: Vec<Note>) -> Result<u8> {
    let (program, signed) = (app.clone(), app.signer.all_last()?);
    let found = app.read(Caller::Known(Actor::anonymous()), console(), move |tx| {
        postgres::take_time(tx.conn())?;
        let mut found = Vec::new();
        for head in inspect::logs(tx)? {
            let own = if keys.is_empty() { program.signer.public(head.log_id)? } else { Vec::new() };
            let keys = if keys.is_empty() { Keys::all(&own) } else { Keys::given(&keys) };
            let known: Vec<Note> = known.iter().filter(|n| n.checkpoint.log == head.origin).cloned().collect();
            found.push((head.origin.clone(), inspect::inspect(tx, &head, keys, signed.get(&head.log_id), &known)?));
        }
        Ok(found)
    });
    let codes: Vec<u8> = found.await?.iter().map(|(log, finding)| tell(log, finding)).collect::<Result<_>>()?;
    Ok(if codes.contains(&1) { 1 } else { codes.into_iter().max().unwrap_or(0) })
}

fn tell(log: &str, found: &Finding) -> Result<u8> {
    let code = found.code();
    let word = match (code, found.first()) {
        (0, _) => "SOUND".to_owned(),
        (1, Some(place)) => format!("TAMPERED, first at place {place}"),
        (1, None) => "TAMPERED".to_owned(),
        _ => "INCOMPLETE".to_owned(),
    };
    say(&format!(
        "{word}: {log}: {} entries, root {}, {} checkpoints, {} erased, {} withheld, {} not yet signed",
        found.entries, found.root, found.checkpoints, found.erased, found.withheld, found.unsigned
    ))?;
    for (place, what) in &found.faults {
        let place = place.map_or_else(String::new, |place| format!("place {place}: "));
        say(&format!("  {place}{what}"))?;
    }
    for other in found.gaps.iter().chain(&found.remarks) {
        say(&format!("  {other}"))?;
    }
    Ok(code)
}

/// The log that a region's code, its prefix or `platform` names.
async fn named(app: &App, region: &str) -> Result<Id> {
    if region == "platform" {
        return Ok(PLATFORM);
    }
    Ok(region_named(app, region, &["platform"]).await?.id)
}

async fn head_of(app: &App, log: Id) -> Result<Head> {
    let head = app.read(Caller::Anonymous, console(), move |tx| sequence::head(tx, log)).await?;
    head.ok_or_else(|| Error::start("this log has no entry yet"))
}

/// Gives every entry its place and signs. Before an act is noted: in a wrong folder this says so.
async fn sign(app: &App) -> Result<()> {
    ledger::place(app).await?;
    ledger::sign(app, 0).await
}

/// The same after it: the act itself has its place.
async fn settle(app: &App, log: Id) -> Result<Head> {
    sign(app).await?;
    head_of(app, log).await
}

/// The log whose act is noted.
fn object(log: Id) -> Object {
    Object { kind: "audit", id: None, region: Some(log).filter(|log| *log != PLATFORM) }
}

/// Entries that a log has, with and without a place.
fn size(tx: &mut Tx<'_>, log: Id) -> Result<i64> {
    let placed = sequence::head(tx, log)?.map_or(0, |head| head.size);
    Ok(placed + i64::try_from(store::waiting(tx, log)?.len()).unwrap_or(0))
}

fn refuse_beyond(name: &str, from: i64, size: i64) -> Result<()> {
    if (0..=size).contains(&from) {
        return Ok(());
    }
    Err(Error::start(format!("--from {from}: the log {name} has {size} entries; nothing was exported")))
}

async fn export(app: App, region: String, from: i64) -> Result<()> {
    let log = named(&app, &region).await?;
    sign(&app).await?;
    export_to(&app, (log, region), from, std::io::stdout).await
}

/// Every log, each into `audit-CODE.jsonl`; whatever stands in the way of one is told before any is written.
async fn export_all(app: App, into: PathBuf, from: i64) -> Result<()> {
    let regions = app.read(Caller::Known(actor::console(None)), console(), region::list).await?;
    let logs = regions.into_iter().map(|r| (r.id, r.code)).chain([(PLATFORM, "platform".to_owned())]);
    let logs: Vec<(Id, String, PathBuf)> =
        logs.map(|(log, name)| (log, name.clone(), into.join(format!("audit-{name}.jsonl")))).collect();
    if let Some((_, _, place)) = logs.iter().find(|(_, _, place)| place.exists()) {
        return Err(failed(
            place,
            "exists already; an export is never written over another file: name another folder by --into",
        ));
    }
    sign(&app).await?;
    let asked = logs.clone();
    let fits =
        move |tx: &mut Tx<'_>| asked.iter().try_for_each(|(log, name, _)| refuse_beyond(name, from, size(tx, *log)?));
    app.read(Caller::Known(actor::console(None)), console(), fits).await?;
    durable::make_folder(&into)
        .map_err(|e| failed(&into, format!("{e}; name a folder by --into that can be written")))?;
    for (log, name, place) in logs {
        let draft = Draft(into.join(format!(".audit-{name}.{}", hex(&random::<8>()?))));
        let file = OpenOptions::new().write(true).create_new(true).open(&draft.0).map_err(|e| failed(&draft.0, e))?;
        let whole = file.try_clone().map_err(|e| failed(&draft.0, e))?;
        export_to(&app, (log, name), from, move || file).await?;
        // Its name appears once it is whole, and never over another file, whoever made that meanwhile.
        whole.sync_all().and_then(|()| durable::name_new(&draft.0, &place)).map_err(|e| failed(&place, e))?;
        durable::sync_folder(&into).map_err(|e| failed(&into, e))?;
        say(&format!("{}", place.display()))?;
    }
    Ok(())
}

fn failed(place: &Path, e: impl std::fmt::Display) -> Error {
    Error::start(format!("{}: {e}", place.display()))
}

/// A file that goes with this, under this name.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// The last checkpoint from `from` on up to the end of what was noted: other entries may have come before this one's
/// place was signed, and what nobody signed proves nothing.
fn to_checkpoint(tx: &mut Tx<'_>, head: &Head, from: i64) -> Result<i64> {
    let signed = store::signed_within(tx, head.log_id, &(from..=head.size))?;
    Ok(signed.map_or(head.size, |(_, last)| last))
}

/// Notes what is taken, from where to where, and hands over no more than that.
async fn export_to<W: Write>(
    app: &App,
    (log, name): (Id, String),
    from: i64,
    to: impl FnOnce() -> W + Send + 'static,
) -> Result<()> {
    let note = move |tx: &mut Tx<'_>| {
        let size = size(tx, log)?;
        refuse_beyond(&name, from, size)?;
        // With the entry that says so.
        let end = size + 1;
        audit::append(tx, "audit.export", object(log), json!({ "from": from, "to": end }))?;
        Ok(end)
    };
    let end = app.write(Caller::Known(actor::console(object(log).region)), console(), note).await?;
    let head = settle(app, log).await?;
    let head = Head { size: end.min(head.size), ..head };
    let write = move |tx: &mut Tx<'_>| {
        postgres::take_time(tx.conn())?;
        let part = Head { size: to_checkpoint(tx, &head, from)?, ..head };
        inspect::export(tx, &part, from, inspect::as_it_is, &mut BufWriter::new(to()))
    };
    app.read(Caller::Anonymous, console(), write).await
}

async fn key(app: App, region: String) -> Result<()> {
    let log = named(&app, &region).await?;
    let head = settle(&app, log).await?;
    app.signer.published(&head)?.iter().try_for_each(|key| say(key))
}

async fn rotate(app: App, region: String) -> Result<()> {
    let log = named(&app, &region).await?;
    sign(&app).await?;
    app.signer.rotate(log, app.clock.now())?;
    app.write(Caller::Known(actor::console(object(log).region)), console(), move |tx| {
        audit::append(tx, "audit.key", object(log), json!({}))
    })
    .await?;
    let head = settle(&app, log).await?;
    app.signer.published(&head)?.last().map_or(Ok(()), |key| say(key))
}
