//! Attachment files: named by their SHA-256, written whole or not at all. No name of a user touches the file system.

use crate::access::token::{hex, random};
use crate::durable;
use crate::error::{Error, Result};
use crate::message::Say;
use crate::say;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

/// Bytes that are looked at to tell what a file is.
const HEAD: usize = 8192;

/// No file takes longer to arrive.
const INCOMING: Duration = Duration::from_hours(24);

/// The folder of all attachments.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
    pending: Arc<Mutex<HashMap<String, Pending>>>,
}

/// Bytes that arrive here and of which no row speaks yet.
#[derive(Debug, Default)]
struct Pending {
    /// How many requests hold them.
    by: usize,
    /// One of these kept them first; nobody had before.
    is_new: bool,
    /// One of these went, or may have gone, to a row.
    is_needed: bool,
    /// The files that were kept, each over the one before.
    inodes: Vec<u64>,
}

/// A file that a row may speak of.
#[derive(Debug, Clone)]
pub struct Stored {
    /// SHA-256, its name.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// What its content says it is.
    pub media_type: &'static str,
}

impl Blobs {
    /// Uses `folder`, made if absent.
    ///
    /// # Errors
    /// [`Error::Start`] that names the folder.
    pub fn open(folder: PathBuf) -> Result<Self> {
        durable::make_folder(&folder.join("incoming"))
            .map_err(|e| Error::start(format!("{}: {e}", folder.display())))?;
        Ok(Self::at(folder))
    }

    /// Uses `folder` as it is, or is not: for whoever only looks.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder, pending: Arc::default() }
    }

    /// Where the file with this hash lies.
    #[must_use]
    pub fn path(&self, sha256: &str) -> PathBuf {
        let (drawer, rest) = sha256.split_at_checked(2).unwrap_or(("", sha256));
        self.folder.join(drawer).join(rest)
    }

    /// Every file: its name below the folder, and where it lies. What others leave there is none: a file that a share keeps
    /// until its last reader is done (`.nfs…`), a folder, what a desktop notes of one.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        self.files_in(|_| true)
    }

    /// The same, of the drawers that `wanted` names; the others are not looked into.
    fn files_in(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, PathBuf)>> {
        let listed = |folder: &Path| -> Result<Vec<(String, PathBuf)>> {
            let entries = std::fs::read_dir(folder).map_err(|e| full(folder, &e))?;
            let mut all = Vec::new();
            for entry in entries {
                let entry = entry.map_err(|e| full(folder, &e))?;
                all.extend(entry.file_name().into_string().ok().map(|name| (name, entry.path())));
            }
            Ok(all)
        };
        let mut files = Vec::new();
        let is_drawer = |name: &str, folder: &Path| name.len() == 2 && folder.is_dir() && wanted(name);
        for (drawer, folder) in listed(&self.folder)?.into_iter().filter(|(name, path)| is_drawer(name, path)) {
            let inside = listed(&folder)?.into_iter().map(|(name, path)| (format!("{drawer}/{name}"), path));
            files.extend(inside.filter(|(name, path)| is_name(name) && path.is_file()));
        }
        files.sort();
        Ok(files)
    }

    /// Removes what a crash left of files that never arrived whole.
    pub async fn sweep(&self) -> Result<()> {
        let folder = self.folder.join("incoming");
        let mut entries = fs::read_dir(&folder).await.map_err(|e| full(&folder, &e))?;
        while let Some(entry) = entries.next_entry().await.map_err(|e| full(&folder, &e))? {
            if is_older(&entry.path(), INCOMING) {
                drop(fs::remove_file(entry.path()).await);
            }
        }
        Ok(())
    }

    /// The hashes of files that were kept longer than `age` ago, in the drawers that `wanted` names.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn older_than(&self, age: Duration, wanted: impl Fn(u8) -> bool) -> Result<Vec<String>> {
        let files = self.files_in(|drawer| u8::from_str_radix(drawer, 16).is_ok_and(&wanted))?;
        let files = files.into_iter().filter(|(_, path)| is_older(path, age));
        Ok(files.map(|(name, _)| name.replace('/', "")).collect())
    }

    /// Removes a file of which no row speaks, unless somebody has sent the same bytes within `age`.
    ///
    /// # Errors
    /// If it can be neither removed nor put back.
    pub fn forget(&self, sha256: &str, age: Duration) -> Result<()> {
        self.forget_if(sha256, |aside| is_older(aside, age))
    }

    /// Looks at the file aside from its name: whoever keeps the same bytes meanwhile gives them a file of his own, and is
    /// about to speak of it.
    fn forget_if(&self, sha256: &str, is_idle: impl Fn(&Path) -> bool) -> Result<()> {
        let path = self.path(sha256);
        let aside = self.folder.join("incoming").join(format!("{sha256}.gone"));
        match std::fs::rename(&path, &aside) {
            Ok(()) => {}
            // Another node was faster.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(full(&path, &e)),
        }
        let done = if is_idle(&aside) { std::fs::remove_file(&aside) } else { std::fs::rename(&aside, &path) };
        done.map_err(|e| full(&aside, &e))
    }

    /// One request less holds these bytes. With the last they go, if they came with one of these, none of these was
    /// needed, and the file is still the one that came here: another node may have kept the same.
    fn let_go(&self, sha256: &str, is_needed: bool) {
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = all.get_mut(sha256) else { return };
        one.by = one.by.saturating_sub(1);
        one.is_needed |= is_needed;
        if one.by > 0 {
            return;
        }
        let idle = all.remove(sha256).filter(|one| one.is_new && !one.is_needed);
        drop(all);
        if let Some(one) = idle
            && is_one_of(&self.path(sha256), &one.inodes)
        {
            // Best effort: upkeep removes what stays.
            drop(self.forget_if(sha256, |aside| is_one_of(aside, &one.inodes)));
        }
    }

    /// Begins to take a file of at most `most` bytes.
    pub async fn incoming(&self, most: usize) -> Result<Incoming> {
        let path = self.folder.join("incoming").join(hex(&random::<16>()?));
        let file = File::create(&path).await.map_err(|e| full(&path, &e))?;
        Ok(Incoming { path, file, hash: Sha256::new(), head: Vec::new(), size: 0, most, kept: false })
    }

    /// Gives the file its name and makes both durable, before any row speaks of it.
    pub async fn keep(&self, mut incoming: Incoming) -> Result<Kept> {
        let media_type = sniff(&incoming.head).map_err(|why| Error::invalid("/file", why))?;
        let sha256 = hex(&std::mem::take(&mut incoming.hash).finalize());
        let path = self.path(&sha256);
        let drawer = path.parent().unwrap_or(&self.folder).to_owned();
        // The last piece may still be on its way, and its failure (a full disk) is told by the flush alone.
        incoming.file.flush().await.map_err(|e| full(&incoming.path, &e))?;
        incoming.file.sync_all().await.map_err(|e| full(&incoming.path, &e))?;
        let inode = incoming.file.metadata().await.map_err(|e| full(&incoming.path, &e))?.ino();
        let size = i64::try_from(incoming.size).unwrap_or(i64::MAX);
        // Before the file has its name: whoever lets the same bytes go meanwhile leaves it to this one.
        let kept = self.hold(Stored { sha256, size, media_type });
        fs::create_dir_all(&drawer).await.map_err(|e| full(&drawer, &e))?;
        // A link takes no name that is taken, which tells who was first; its other name goes with `incoming`.
        let is_new = fs::hard_link(&incoming.path, &path).await.is_ok();
        if !is_new {
            fs::rename(&incoming.path, &path).await.map_err(|e| full(&path, &e))?;
            incoming.kept = true;
        }
        self.came(kept.sha256(), is_new, inode);
        sync_folder(&drawer).await?;
        sync_folder(&self.folder).await?;
        Ok(kept)
    }

    fn hold(&self, stored: Stored) -> Kept {
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let one = all.entry(stored.sha256.clone()).or_default();
        one.by = one.by.saturating_add(1);
        drop(all);
        Kept { blobs: self.clone(), stored, is_needed: false }
    }

    fn came(&self, sha256: &str, is_new: bool, inode: u64) {
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = all.get_mut(sha256) {
            one.is_new |= is_new;
            one.inodes.push(inode);
        }
    }
}

/// A file that has arrived whole and is durable, and of which no row speaks yet: unless it is handed over, it goes with
/// this, so that what is refused does not fill the disk (ASVS 5.2.4).
#[derive(Debug)]
pub struct Kept {
    blobs: Blobs,
    stored: Stored,
    is_needed: bool,
}

impl Kept {
    /// What a row may speak of from now on.
    #[must_use]
    pub fn hand_over(&mut self) -> Stored {
        self.is_needed = true;
        self.stored.clone()
    }

    /// Its name.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.stored.sha256
    }

    /// No row came to speak of it.
    pub fn take_back(&mut self) {
        self.is_needed = false;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.blobs.let_go(&self.stored.sha256, self.is_needed);
    }
}

/// The name of a file below the folder: two characters of its SHA-256, in hexadecimal, and the others.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_hex =
        |part: &str, length| part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    name.split_once('/').is_some_and(|(drawer, rest)| is_hex(drawer, 2) && is_hex(rest, 62))
}

async fn sync_folder(path: &Path) -> Result<()> {
    let folder = File::open(path).await.map_err(|e| full(path, &e))?;
    folder.sync_all().await.map_err(|e| full(path, &e))
}

/// `true` if the file was written longer than `age` ago; one whose age can't be told is not old, so that it stays.
fn is_older(path: &Path, age: Duration) -> bool {
    let written = std::fs::metadata(path).and_then(|about| about.modified()).ok();
    written.and_then(|at| at.elapsed().ok()).is_some_and(|elapsed| elapsed > age)
}

/// `true` if one of these files lies at `path`, and no other.
fn is_one_of(path: &Path, inodes: &[u64]) -> bool {
    std::fs::metadata(path).is_ok_and(|about| inodes.contains(&about.ino()))
}

fn full(path: &Path, cause: &std::io::Error) -> Error {
    Error::Unavailable(format!("{}: {cause}", path.display()))
}

/// A file on its way in; removed if it does not arrive whole.
pub struct Incoming {
    path: PathBuf,
    file: File,
    hash: Sha256,
    head: Vec<u8>,
    size: usize,
    most: usize,
    kept: bool,
}

impl Incoming {
    /// Takes the next piece.
    ///
    /// # Errors
    /// 413 past the limit.
    pub async fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.size = self.size.saturating_add(piece.len());
        if self.size > self.most {
            return Err(Error::TooLarge(self.most));
        }
        self.hash.update(piece);
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(room));
        self.file.write_all(piece).await.map_err(|e| full(&self.path, &e))
    }

    /// Bytes so far.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: upkeep removes what a crash leaves behind.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

/// How a shortcut of Windows begins (MS-SHLLINK 2.1), which runs whatever it names.
const SHORTCUT: &[u8] = b"\x4c\0\0\0\x01\x14\x02\0";

/// What the library takes every certificate, request for one, signature and key for, among the programs.
const CERTIFICATE: &str = "application/x-x509-ca-cert";
const BYTES: &str = "application/octet-stream";

/// The type that the content itself shows; an error for what is not taken: programs, markup that a browser runs, and keys.
fn sniff(head: &[u8]) -> std::result::Result<&'static str, Say> {
    let refused = || Err(say!("attachment.kind"));
    if head.starts_with(SHORTCUT) {
        return refused();
    }
    if let Some(kind) = infer::get(head).filter(|kind| kind.mime_type() != CERTIFICATE) {
        return match kind.matcher_type() {
            infer::MatcherType::App => refused(),
            _ if ["text/html", "text/xml", "text/x-shellscript"].contains(&kind.mime_type()) => refused(),
            _ => Ok(kind.mime_type()),
        };
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(e) if e.error_len().is_none() => {
            head.get(..e.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok()).unwrap_or_default()
        }
        Err(_) => return Ok(BYTES),
    };
    // PEM (RFC 7468), also beside a certificate.
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Err(say!("attachment.private_key"));
    }
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let runs = ["<!doctype", "<html", "<svg", "<?xml", "<script", "#!", "<?php"].iter().any(|m| start.starts_with(m))
        || start.contains("<script");
    if runs {
        refused()
    } else if text.contains('\0') {
        Ok(BYTES)
    } else {
        Ok("text/plain")
    }
}
