//! Backups (L13, L14): one file that holds database, attachments and the newest checkpoints, made while people work;
//! its path appears only once it is whole and durable.

pub mod archive;
mod draft;
mod newer;
pub mod restore;
pub mod room;
pub mod schedule;

use crate::access::token::hex;
use crate::access::{Origin, key_files};
use crate::app::{App, Caller, ledger};
use crate::audit::{self, Object, sequence, store};
use crate::blob::Blobs;
use crate::config::Config;
use crate::db::{Id, Ts, snapshot};
use crate::durable;
use crate::error::{Error, Result};
use crate::org::actor::console;
use crate::ticket::attach;
use archive::{Manifest, Writer};
use ed25519_dalek::SigningKey;
use schedule::Made;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Name of the member that holds an SQLite database.
pub const SQLITE: &str = "sigap.db";
/// Name of the member that holds a dump of a PostgreSQL database.
pub const POSTGRES: &str = "sigap.dump";

fn origin() -> Origin {
    Origin::of("backup")
}

fn failed(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::Start(format!("{}: {e}", path.display()))
}

/// Makes a backup at `path`, which must not exist yet.
///
/// # Errors
/// [`Error::Start`] that says what stands in the way; then there is nothing at `path`.
pub async fn make(app: &App, path: &Path) -> Result<Manifest> {
    if path.exists() {
        return Err(failed(path, &"exists already; a backup is never written over another file: name another"));
    }
    let held = begin(durable::above(path)).await?;
    room::Room::look(app, durable::above(path)).await?.refuse_none()?;
    ledger::place(app).await?;
    ledger::sign(app, 0).await?;
    let program = app.clone();
    let signed = app.read(Caller::Anonymous, origin(), move |tx| {
        let (mut notes, mut keys) = (Vec::new(), BTreeMap::new());
        for head in sequence::heads(tx)? {
            notes.extend(store::newest(tx, head.log_id)?.map(|signed| signed.note));
            keys.insert(head.log_id, program.signer.published(&head)?);
        }
        Ok((notes, keys, attach::files(tx)?))
    });
    let (notes, keys, files) = signed.await?;
    let manifest = Manifest::new(app.clock.now().text(), app.store.kind(), notes, keys);
    let (program, target) = (app.clone(), path.to_owned());
    let manifest = aside(move || write(&program, &target, manifest, &files)).await?;
    drop(held);
    if let Some(lost) = damage(&manifest) {
        tracing::error!(backup = %path.display(), "{lost}");
    }
    if let Err(e) = note(app, path, &manifest).await {
        // The file is whole and durable; that must not be denied.
        tracing::error!(error = %e, "the backup was made, but not noted in the audit log");
    }
    Ok(manifest)
}

/// Makes the folder, holds it, and takes away what killed ones left, which is as large as a backup.
async fn begin(folder: &Path) -> Result<Option<File>> {
    let folder = folder.to_owned();
    aside(move || {
        std::fs::create_dir_all(&folder).map_err(|e| failed(&folder, &e))?;
        draft::clear(&folder)
    })
    .await
}

/// Runs on a thread that may wait for the disk.
async fn aside<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(f).await.map_err(|e| Error::internal(format!("backup: {e}")))?
}

/// What to do about attachments that are in a backup as they are here: damaged. It was made all the same, as there may be no
/// good copy of them, and one file must not keep all others from being copied.
#[must_use]
pub fn damage(manifest: &Manifest) -> Option<String> {
    let damaged = manifest.damaged();
    let first = damaged.first()?;
    Some(format!(
        "{} attachments are not what was sent, attachments/{first} first; put them back from an earlier backup that has them",
        damaged.len()
    ))
}

/// Notes that everything was copied, and signs that.
async fn note(app: &App, path: &Path, manifest: &Manifest) -> Result<()> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (members, damaged) = (manifest.members.len(), manifest.damaged().len());
    let detail = json!({ "file": file, "made_at": manifest.made_at, "members": members, "damaged": damaged });
    let object = Object { kind: "backup", id: None, region: None };
    app.write(Caller::Known(console(None)), origin(), move |tx| {
        audit::append(tx, "backup.make", object, detail.clone())
    })
    .await?;
    ledger::sign(app, 0).await
}

/// Packs the database and every attachment, among which must be `files`, of which it spoke before.
fn write(app: &App, path: &Path, manifest: Manifest, files: &[(String, i64)]) -> Result<Manifest> {
    let folder = durable::above(path);
    let (database, draft) = draft::pair(folder, Id::new(app.clock.now()));
    let member = if app.store.kind() == "sqlite" { SQLITE } else { POSTGRES };
    // Nobody else reads it while it lies there in the clear.
    drop(database.create()?);
    snapshot::take(&app.store, &database.0)?;
    let mut writer = Writer::new(draft.create()?, &app.config.backup.recipients()?, manifest)?;
    writer.add(member, File::open(&database.0).map_err(|e| failed(&database.0, &e))?)?;
    // After the snapshot: a file is there before any row speaks of it, and never changes.
    let packed = app.blobs.files()?;
    refuse_gaps(&app.blobs, files, &packed)?;
    let needed: HashSet<PathBuf> = files.iter().map(|(name, _)| app.blobs.path(name)).collect();
    for (name, path) in packed {
        match File::open(&path) {
            Ok(file) => writer.attach(&name, file)?,
            // No ticket spoke of it, so that upkeep has removed it meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound && !needed.contains(&path) => {}
            Err(e) => return Err(failed(&path, &e)),
        }
    }
    let manifest = writer.seal(&key(app)?)?;
    // Never over another file, whoever made it meanwhile.
    durable::name_new(&draft.0, path).map_err(|e| failed(path, &e))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(folder, &e))?;
    Ok(manifest)
}

/// A share that is not mounted is a folder without files; a backup without them could not be put back.
fn refuse_gaps(blobs: &Blobs, files: &[(String, i64)], packed: &[(String, PathBuf)]) -> Result<()> {
    let packed: HashSet<&Path> = packed.iter().map(|(_, path)| path.as_path()).collect();
    let gone: Vec<PathBuf> =
        files.iter().map(|(name, _)| blobs.path(name)).filter(|p| !packed.contains(p.as_path())).collect();
    let Some(first) = gone.first() else { return Ok(()) };
    let why =
        format!("{} of {} attachments are missing, this one first; is their folder mounted?", gone.len(), files.len());
    Err(failed(first, &why))
}

/// The key that seals backups; made with the first one.
fn key(app: &App) -> Result<SigningKey> {
    let folder = app.config.keys("backup");
    if key_files::read(&folder)?.is_empty() {
        key_files::make(&folder, &Id::new(app.clock.now()).to_string())?;
    }
    let keys = key_files::read(&folder)?;
    let newest = keys.last().and_then(|(_, key)| key.first_chunk());
    newest.map(SigningKey::from_bytes).ok_or_else(|| failed(&folder, &"no key"))
}

/// SHA-256 of the key that seals backups here, in hexadecimal: what `sigap restore --key` asks for.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub fn fingerprint(app: &App) -> Result<String> {
    Ok(fingerprint_of(&key(app)?))
}

fn fingerprint_of(key: &SigningKey) -> String {
    hex(&Sha256::digest(key.verifying_key().as_bytes()))
}

/// By what the name of a scheduled backup tells whose it is: the beginning of the fingerprint. A copy that was restored has
/// the same database, audit log and settings, but a key of its own, for no backup holds any.
///
/// # Errors
/// As [`fingerprint`].
pub fn mark(app: &App) -> Result<String> {
    Ok(mark_of(&fingerprint(app)?))
}

fn mark_of(fingerprint: &str) -> String {
    fingerprint.chars().take(8).collect()
}

/// The scheduled backups of this installation, and those that are dated later than now; as [`schedule::list`]. Makes no key.
///
/// # Errors
/// If keys or folder can't be read.
pub fn scheduled(config: &Config, now: Ts) -> Result<(Made, Made)> {
    let keys = key_files::read(&config.keys("backup"))?;
    let keys = keys.iter().filter_map(|(_, key)| key.first_chunk()).map(SigningKey::from_bytes);
    let marks: Vec<String> = keys.map(|key| mark_of(&fingerprint_of(&key))).collect();
    schedule::list(&config.backup.folder(&config.data_dir), &marks, now)
}
