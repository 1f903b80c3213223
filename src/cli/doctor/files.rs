//! What lies in the data directory and beside it: whose it is, who may read it, and what room there is for more.

use super::{Finding, State, finding};
use crate::access::key_files;
use crate::backup::room::MEGABYTE;
use crate::config::Config;
use crate::durable;
use crate::error::{Error, Result};
use crate::health::{NO_ROOM, ROOM};
use crate::say;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Names of the files among the keys that are none, and public: what was signed last, and by whose keys before.
const PUBLIC: [&str; 2] = ["signed", "known"];

/// Kinds of keys that the first start makes. Those of the audit logs come with the first checkpoint, those of backups with the
/// first backup, and the others from the operator.
const KINDS: [&str; 3] = ["jwt", "vault", "mail"];

/// What the service makes in the data directory.
const FOLDERS: [&str; 4] = ["keys", "attachments", "mail", "backups"];

/// Files that are named of those that are wrong.
const NAMED: usize = 5;

/// A path and what the system knows of it.
type Found = (PathBuf, Metadata);

/// What lies in a folder; nothing where there is none.
fn listed(folder: &Path) -> Result<Vec<Found>> {
    let failed = |e: std::io::Error| Error::start(format!("{}: {e}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // One that went meanwhile was a draft.
        all.extend(entry.metadata().ok().map(|about| (entry.path(), about)));
    }
    Ok(all)
}

/// A folder and the files and folders below it. Of one that keeps us out, nothing but itself.
fn below(folder: &Path) -> Result<Vec<Found>> {
    let (mut all, mut waiting) = (Vec::new(), Vec::from_iter(there(folder)));
    let us = rustix::process::geteuid().as_raw();
    while let Some((path, about)) = waiting.pop() {
        if about.is_dir() && about.uid() == us && !is_closed(&about) {
            waiting.extend(listed(&path)?);
        }
        all.push((path, about));
    }
    Ok(all)
}

/// `true` if its own owner may not read it, or not look into it where it is a folder.
fn is_closed(about: &Metadata) -> bool {
    let needed = if about.is_dir() { 0o500 } else { 0o400 };
    about.permissions().mode() & needed != needed
}

/// The paths of those that are like this, in order.
fn paths(files: &[Found], is_meant: impl Fn(&Metadata) -> bool) -> Vec<String> {
    let mut all: Vec<String> =
        files.iter().filter(|(_, about)| is_meant(about)).map(|(path, _)| path.display().to_string()).collect();
    all.sort();
    all.dedup();
    all
}

/// The first of these paths, and how many more there are.
fn named(paths: &[String]) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let shown = paths.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} (+{more})") }
}

/// The keys are there, and nobody but the service may read them.
pub(super) fn keys(data: &Path) -> Result<Vec<Finding>> {
    let folder = data.join("keys");
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let place = folder.join(kind);
        if key_files::read(&place)?.is_empty() {
            missing.push(place.display().to_string());
        }
    }
    if !missing.is_empty() {
        all.push(finding("keys", State::Ill, say!("doctor.keys_missing", folders = missing.join(", "))));
    }
    let is_secret = |(path, about): &Found| !about.is_dir() && PUBLIC.iter().all(|name| !path.ends_with(name));
    let files: Vec<Found> = below(&folder)?.into_iter().filter(is_secret).collect();
    let open = paths(&files, |about| about.permissions().mode() & 0o077 != 0);
    if !open.is_empty() {
        all.push(finding("keys", State::Ill, say!("doctor.keys_open", files = open.join(", "))));
    }
    if all.is_empty() {
        all.push(finding("keys", State::Well, say!("doctor.keys", count = files.len())));
    }
    Ok(all)
}

/// Who else may change the file of the settings, or read a password in it.
pub fn settings(file: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    let told = |found| Some(finding("settings", State::Ill, found));
    if mode & 0o022 != 0 {
        return told(say!("doctor.settings_open", file = file.display()));
    }
    let has_password = |line: &str| !line.trim_start().starts_with('#') && line.contains("://") && line.contains('@');
    let holds_one = mode & 0o004 != 0 && std::fs::read_to_string(file).is_ok_and(|text| text.lines().any(has_password));
    if holds_one { told(say!("doctor.settings_read", file = file.display())) } else { None }
}

/// Who else may read the data, and what another user has left there that the service can't read or change. Whoever looks
/// owns the folder, or was refused before.
pub(super) fn others(config: &Config) -> Result<Vec<Finding>> {
    let data = &config.data_dir;
    let folder = data.display();
    let Ok(about) = std::fs::metadata(data) else {
        return Ok(vec![finding("files", State::Ill, say!("doctor.no_data", folder = folder))]);
    };
    let mut all = Vec::new();
    let mode = about.permissions().mode();
    if mode & 0o077 != 0 {
        let state = if mode & 0o007 > 0 { State::Ill } else { State::Look };
        all.push(finding("files", state, say!("doctor.data_open", folder = folder)));
    }
    let mut files = Vec::new();
    for name in FOLDERS {
        files.extend(below(&data.join(name))?);
    }
    if let Some(file) = config.database_file() {
        let beside = ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{}{end}", file.display())));
        files.extend(beside.into_iter().filter_map(|path| Some((path.clone(), std::fs::metadata(&path).ok()?))));
    }
    let foreign = paths(&files, |is| is.uid() != about.uid());
    if !foreign.is_empty() {
        all.push(finding("files", State::Ill, say!("doctor.foreign_files", files = named(&foreign), folder = folder)));
    }
    let closed = paths(&files, |is| is.uid() == about.uid() && is_closed(is));
    if !closed.is_empty() {
        all.push(finding("files", State::Ill, say!("doctor.closed_files", files = named(&closed))));
    }
    Ok(all)
}

/// Room on each disk to which the service writes: of the data, of the database's file, of backups.
pub(super) fn disks(config: &Config) -> Result<Vec<Finding>> {
    let (mut all, mut seen) = (Vec::new(), Vec::new());
    for (_, place) in config.places() {
        // One that is not there yet comes to lie where the nearest folder above it does.
        let Some((_, about)) = place.ancestors().find_map(there) else { continue };
        if seen.contains(&about.dev()) {
            continue;
        }
        seen.push(about.dev());
        all.push(disk(&place)?);
    }
    Ok(all)
}

fn there(path: &Path) -> Option<Found> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    Some((path.to_owned(), std::fs::metadata(path).ok()?))
}

fn disk(place: &Path) -> Result<Finding> {
    let free = durable::free(place).map_err(|e| Error::start(format!("{}: {e}", place.display())))?;
    let (megabytes, folder) = (free / MEGABYTE, place.display());
    let low = || say!("doctor.disk_low", free = megabytes, folder = folder);
    Ok(match free {
        0..NO_ROOM => finding("disk", State::Ill, low()),
        NO_ROOM..ROOM => finding("disk", State::Look, low()),
        _ => finding("disk", State::Well, say!("doctor.disk", free = megabytes, folder = folder)),
    })
}
