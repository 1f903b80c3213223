//! What room a backup takes, asked before its first byte, and where it comes from when there is none: whoever fills the disk
//! first and is refused then has filled it for the service too.

use super::archive::measure;
use super::schedule::{self, Keep, LEAST, Made};
use super::{aside, begin, failed, origin};
use crate::access::Tx;
use crate::app::{App, Caller, ledger};
use crate::blob::Blobs;
use crate::config::Config;
use crate::db::snapshot;
use crate::durable;
use crate::error::Result;
use crate::ticket::attach;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// Bytes that should stay free for the service, on a disk that is ten times as large.
pub const MARGIN: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes in a megabyte, by which room is told.
pub const MEGABYTE: u64 = 1024 * 1024;

/// What a backup takes, and what there is.
#[derive(Debug, Clone)]
pub struct Room {
    folder: PathBuf,
    takes: u64,
    margin: u64,
    free: u64,
}

impl Room {
    /// For a backup into this folder.
    ///
    /// # Errors
    /// If database or disk don't say.
    pub async fn look(app: &App, folder: &Path) -> Result<Self> {
        let sizes = |tx: &mut Tx<'_>| Ok((snapshot::bytes(tx.conn())?, attach::files(tx)?));
        let (database, files) = app.read(Caller::Anonymous, origin(), sizes).await?;
        let bytes = |size: i64| u64::try_from(size).unwrap_or(0);
        let attached = files.iter().fold(0_u64, |sum, (_, size)| sum.saturating_add(bytes(*size)));
        let free = durable::free(folder).map_err(|e| failed(folder, &e))?;
        let made = super::scheduled(&app.config, app.clock.now())?.0;
        Ok(Self {
            folder: folder.to_owned(),
            // The copy lies beside the backup until that is whole.
            takes: database.saturating_add(packed(database, &made)).saturating_add(attached),
            margin: margin(&app.config, folder)?,
            free,
        })
    }

    /// Bytes that are missing.
    #[must_use]
    pub const fn lacking(&self) -> u64 {
        self.takes.saturating_add(self.margin).saturating_sub(self.free)
    }

    /// Refuses where something is missing.
    ///
    /// # Errors
    /// [`Error::Start`] with the figures, and what to do.
    pub fn refuse_none(&self) -> Result<()> {
        if self.lacking() == 0 {
            return Ok(());
        }
        let [takes, margin, free] = [self.takes, self.margin, self.free].map(|bytes| bytes.div_ceil(MEGABYTE));
        let why = format!(
            "no room for a backup: it takes up to {takes} MB (the database, what it packs to, and every attachment), {margin} MB \
             stay for the service, and {free} MB are free; make room, let fewer backups stay (backup.keep_newest, .keep_days, \
             .keep_months), or let them go to another disk (backup.folder)"
        );
        Err(failed(&self.folder, &why))
    }
}

/// What the database takes as it is packed: half more than the largest of the newest backups, which held attachments too, had, or
/// a quarter of it where it has grown by more; itself before the first.
fn packed(database: u64, made: &Made) -> u64 {
    let sizes = made.iter().take(LEAST).filter_map(|(_, path)| Some(std::fs::metadata(path).ok()?.len()));
    sizes.max().map_or(database, |bytes| bytes.saturating_add(bytes / 2).clamp(database / 4, database))
}

/// What a backup leaves free: nothing of a disk to which the service writes nothing else.
fn margin(config: &Config, folder: &Path) -> Result<u64> {
    let disk = device(folder);
    let is_shared = |(name, place): &(&str, PathBuf)| *name != "backups" && device(place) == disk;
    if !config.places().iter().any(is_shared) {
        return Ok(0);
    }
    let whole = durable::size(folder).map_err(|e| failed(folder, &e))?;
    Ok(MARGIN.min(whole / 10))
}

/// The disk of what is there of this path.
fn device(path: &Path) -> Option<u64> {
    path.ancestors().find_map(|place| std::fs::metadata(place).ok()).map(|about| about.dev())
}

/// Whether every attachment is there as it was sent. All are read for it: once in a try, and only where old backups would go by
/// it.
pub type Whole = OnceCell<bool>;

/// Removes scheduled backups where there is no room for the next one: the oldest first, with less and less of each kind kept
/// and the newest in any case. None goes where all of them would not do, nor while an attachment is not what was sent: an
/// older one may hold it; nor for one that can't be made for want of something else.
///
/// # Errors
/// If there is no telling what room there is; what else stands in the way of a backup.
pub async fn make_way(app: &App, folder: &Path, keep: Keep, whole: &Whole) -> Result<()> {
    drop(begin(folder).await?);
    let lacking = Room::look(app, folder).await?.lacking();
    if lacking == 0 {
        return Ok(());
    }
    let all = super::scheduled(&app.config, app.clock.now())?.0;
    let gone = enough(schedule::thinned(&all, keep), lacking);
    if !gone.is_empty() && *whole.get_or_try_init(|| look_through(app)).await? {
        rehearse(app).await?;
        tracing::warn!(backups = gone.len(), "old backups make way for the next, for which there is no room");
        remove(&gone);
    }
    Ok(())
}

/// Does all that a backup takes but write it.
async fn rehearse(app: &App) -> Result<()> {
    ledger::place(app).await?;
    ledger::sign(app, 0).await?;
    let app = app.clone();
    aside(move || snapshot::rehearse(&app.store)).await
}

/// The first of these that free so many bytes; none if all of them don't.
fn enough(files: Vec<PathBuf>, lacking: u64) -> Vec<PathBuf> {
    let (mut freed, mut gone) = (0_u64, Vec::new());
    for path in files {
        if freed >= lacking {
            break;
        }
        freed = freed.saturating_add(std::fs::metadata(&path).map_or(0, |about| about.len()));
        gone.push(path);
    }
    if freed >= lacking { gone } else { Vec::new() }
}

/// Removes what the schedule no longer needs after a backup that was not made: else settings that keep less would free
/// nothing. What is damaged or missing now an older one may hold as it was sent.
///
/// # Errors
/// If database or folder can't be read.
pub async fn tidy(app: &App, keep: Keep, whole: &Whole) -> Result<()> {
    let all = super::scheduled(&app.config, app.clock.now())?.0;
    let gone = schedule::but_newest(&all, schedule::old(&all, keep));
    if !gone.is_empty() && *whole.get_or_try_init(|| look_through(app)).await? {
        remove(&gone);
    }
    Ok(())
}

/// Removes scheduled backups; what stands in the way is told.
pub fn remove(files: &[PathBuf]) {
    for path in files {
        match std::fs::remove_file(path) {
            Ok(()) => tracing::info!(backup = %path.display(), "an old backup was removed"),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => tracing::warn!(backup = %path.display(), error = %e, "an old backup could not be removed"),
        }
    }
}

/// Is every attachment there, as it was sent? That one is missing is seen before any is read.
async fn look_through(app: &App) -> Result<bool> {
    let files = app.read(Caller::Anonymous, origin(), attach::files).await?;
    let blobs = app.blobs.clone();
    let lost = aside(move || {
        let lost = files.iter().find(|(name, _)| !blobs.path(name).is_file());
        Ok(lost.or_else(|| files.iter().find(|(name, _)| !is_sound(&blobs, name))).map(|(name, _)| name.clone()))
    });
    let lost = lost.await?;
    if let Some(attachment) = &lost {
        tracing::error!(attachment, "an attachment is not what was sent; no old backup is removed");
    }
    Ok(lost.is_none())
}

/// One that can't be read is none to rely on.
fn is_sound(blobs: &Blobs, name: &str) -> bool {
    File::open(blobs.path(name)).and_then(measure).is_ok_and(|file| file.sha256 == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_go_as_make_room_and_none_where_all_would_not_do() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = ["a", "b", "c"].map(|name| folder.path().join(name)).into();
        for file in &files {
            std::fs::write(file, "0123456789").unwrap();
        }
        let going = |lacking| enough(files.clone(), lacking).len();
        assert_eq!([1, 10, 11, 30, 31].map(going), [1, 1, 2, 3, 0]);
    }

    #[test]
    fn what_the_database_packs_to_is_told_by_the_newest_backups_and_never_as_more_than_itself() {
        let folder = tempfile::tempdir().unwrap();
        let backup = |bytes: u64| {
            let path = folder.path().join(bytes.to_string());
            File::create(&path).unwrap().set_len(bytes).unwrap();
            (chrono::DateTime::UNIX_EPOCH, path)
        };
        let of = |sizes: &[u64]| packed(2000, &sizes.iter().map(|bytes| backup(*bytes)).collect());
        assert_eq!([of(&[]), of(&[100, 400, 0, 900]), of(&[5000])], [2000, 600, 2000]);
        // Backups of a database that was much smaller tell little.
        assert_eq!(of(&[20]), 500);
    }

    #[test]
    fn a_backup_without_room_is_refused_with_what_it_takes_what_stays_and_what_is_free() {
        let room = |free: u64| Room {
            folder: "/cadangan".into(),
            takes: 3000 * MEGABYTE,
            margin: 2048 * MEGABYTE,
            free: free * MEGABYTE,
        };
        room(5048).refuse_none().unwrap();
        assert_eq!(room(5000).lacking(), 48 * MEGABYTE);
        let told = room(5000).refuse_none().unwrap_err().to_string();
        assert!(["/cadangan", "3000 MB", "2048 MB", "5000 MB"].iter().all(|one| told.contains(one)), "{told}");
    }
}
