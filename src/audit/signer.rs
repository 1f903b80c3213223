//! Signs how far a tree has grown. The key is a file, never in the database; and so is what was signed last: nothing is
//! signed that is inconsistent with it, so whoever changes the database behind the program's back gets no signature.

use super::checkpoint::{Checkpoint, Note, origin, parse_public, public};
use super::sequence::{self, Head};
use super::tree::Hash;
use crate::access::{Tx, key_files};
use crate::db::{Id, Ts};
use crate::durable;
use crate::error::{Error, Result};
use ed25519_dalek::{SigningKey, VerifyingKey};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// File of public keys that signed before a restore.
const KNOWN: &str = "known";

/// The folder of the keys of every log.
#[derive(Debug, Clone)]
pub struct Signer {
    folder: PathBuf,
}

/// What is to be signed, and whether it is consistent with what was signed last.
#[derive(Debug, Clone)]
pub struct Growth {
    head: Head,
    /// The root that the tree had at the size that was signed last; none if it was never so large.
    earlier: Option<Hash>,
    last: Option<Checkpoint>,
    /// The newest checkpoint of this epoch that the database holds.
    newest: Option<String>,
}

/// By whom the newest checkpoint of a log is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// By a key that is known here; or there is no checkpoint yet.
    Ours,
    /// By whom nobody here can tell: the log has no keys here.
    KeysGone,
    /// By none of the keys that are known here.
    Foreign,
}

impl Signer {
    /// Uses `<data>/keys/audit`.
    #[must_use]
    pub fn open(data: &Path) -> Self {
        Self { folder: data.join("keys").join("audit") }
    }

    fn place(&self, log: Id) -> PathBuf {
        self.folder.join(log.to_string())
    }

    /// Keys of a log, the newest last; makes the first.
    fn keys(&self, log: Id, now: Ts) -> Result<Vec<SigningKey>> {
        let keys = key_files::open(&self.place(log), Some(now))?;
        Ok(keys.iter().filter_map(|(_, key)| key.first_chunk()).map(SigningKey::from_bytes).collect())
    }

    /// By whom the newest checkpoint of this epoch is signed, as the database holds it.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn standing(&self, log: Id, newest: Option<&str>) -> Result<Standing> {
        let Some(newest) = newest else { return Ok(Standing::Ours) };
        let keys = self.public(log)?;
        Ok(match Note::parse(newest) {
            _ if keys.is_empty() => Standing::KeysGone,
            Some(note) if note.is_signed_by(&keys) => Standing::Ours,
            _ => Standing::Foreign,
        })
    }

    /// A key that is made in a wrong folder, or in the place of one that is lost, must not sign: its signature stands beside the
    /// right ones for ever, and nobody can tell it from a forger's.
    fn refuse_foreign(&self, head: &Head, newest: Option<&str>) -> Result<()> {
        let (log, folder) = (&head.origin, self.place(head.log_id));
        let folder = folder.display();
        match self.standing(head.log_id, newest)? {
            Standing::Ours => Ok(()),
            Standing::KeysGone => Err(Error::start(format!(
                "the keys of the audit log {log} are not in {folder}; set SIGAP_DATA_DIR (or --config) to the service's, \
                 or put them back from the copy of `keys`"
            ))),
            Standing::Foreign => Err(Error::start(format!(
                "the newest checkpoint of the audit log {log} is signed by no key in {folder}; nothing is signed any \
                 more. Run `sigap audit verify`; see docs/troubleshooting.md"
            ))),
        }
    }

    /// The public keys of a log that are here, the newest last; makes none.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn public(&self, log: Id) -> Result<Vec<VerifyingKey>> {
        let folder = self.place(log);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let known = std::fs::read_to_string(folder.join(KNOWN)).unwrap_or_default();
        let mut keys: Vec<VerifyingKey> = known.lines().filter_map(parse_public).collect();
        for (_, key) in key_files::read(&folder)? {
            let key = key.first_chunk().map(|key| SigningKey::from_bytes(key).verifying_key());
            keys.extend(key.filter(|key| !keys.contains(key)));
        }
        Ok(keys)
    }

    /// Keeps public keys whose own keys are elsewhere: what they signed before a restore stays provable.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn remember(&self, log: Id, keys: &[String]) -> Result<()> {
        let folder = self.place(log);
        let failed = |e: std::io::Error| Error::start(format!("{}: {e}", folder.display()));
        durable::make_folder(&folder).map_err(failed)?;
        key_files::write_secret(&folder.join(KNOWN), (keys.join("\n") + "\n").as_bytes()).map_err(failed)
    }

    /// The public keys of a log as outsiders keep them.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn published(&self, head: &Head) -> Result<Vec<String>> {
        let origin = origin(&head.origin, head.epoch);
        Ok(self.public(head.log_id)?.iter().map(|key| public(&origin, key)).collect())
    }

    /// What was signed last.
    ///
    /// # Errors
    /// [`Error::Start`] if the file can't be read or is not what this program writes.
    pub fn last(&self, log: Id) -> Result<Option<Checkpoint>> {
        let path = self.place(log).join("signed");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::start(format!("{}: {e}", path.display()))),
        };
        let note = Note::parse(&text).ok_or_else(|| Error::start(format!("{}: not a checkpoint", path.display())))?;
        Ok(Some(note.checkpoint))
    }

    /// What was signed last of each log, or why that can't be told; as [`Signer::last`]. It must be read before the database is:
    /// what another node signs meanwhile would else look like more than there is.
    #[must_use]
    pub fn each_last(&self) -> HashMap<Id, Result<Checkpoint>> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(std::result::Result::ok);
        let logs = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        logs.filter_map(|log| Some((log, self.last(log).transpose()?))).collect()
    }

    /// The same where all must be told.
    ///
    /// # Errors
    /// [`Error::Start`] if a file can't be read or is not what this program writes.
    pub fn all_last(&self) -> Result<HashMap<Id, Checkpoint>> {
        self.each_last().into_iter().map(|(log, last)| Ok((log, last?))).collect()
    }

    /// Reads what there is to sign; none if the log has not grown since `last`. `newest` is the newest checkpoint of the head's
    /// epoch that the database holds.
    ///
    /// # Errors
    /// What the database says.
    pub fn growth(
        &self,
        tx: &mut Tx<'_>,
        head: Head,
        last: Option<Checkpoint>,
        newest: Option<String>,
    ) -> Result<Option<Growth>> {
        let same = |c: &Checkpoint| c.size == head.entries() && c.epoch == head.epoch && c.root[..] == head.root[..];
        if head.size == 0 || last.as_ref().is_some_and(same) {
            return Ok(None);
        }
        let comparable = last.as_ref().filter(|last| last.epoch == head.epoch && last.size <= head.entries());
        let earlier = match comparable {
            Some(last) => Some(sequence::root_of(tx, head.log_id, last.size)?),
            None => None,
        };
        Ok(Some(Growth { head, earlier, last, newest }))
    }

    /// Signs, after it has noted what it signs; none if another node was first.
    ///
    /// # Errors
    /// [`Error::Start`] if the tree is inconsistent with what was signed before: entries were changed or removed, or an
    /// older database was put in place without a restore; or if the newest checkpoint is signed by no key that is known here.
    pub fn sign(&self, growth: &Growth, now: Ts) -> Result<Option<String>> {
        let head = &growth.head;
        let root = head.root.as_slice().try_into().map_err(|_| Error::internal("audit: a root is no hash"))?;
        let next = Checkpoint { log: head.origin.clone(), epoch: head.epoch, size: head.entries(), root };
        if self.last(head.log_id)? != growth.last {
            return Ok(None);
        }
        if let Some(last) = &growth.last {
            let follows = match last.epoch.cmp(&next.epoch) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => growth.earlier == Some(last.root) && last.log == next.log,
                std::cmp::Ordering::Greater => false,
            };
            if !follows {
                return Err(Error::start(format!(
                    "the audit log {} is not what was signed before ({} entries); nothing is signed any more. \
                     Run `sigap audit verify`",
                    head.origin, last.size
                )));
            }
        }
        self.refuse_foreign(head, growth.newest.as_deref())?;
        let keys = self.keys(head.log_id, now)?;
        // A key that is new is vouched for by the one before it.
        let newest: Vec<&SigningKey> = keys.iter().rev().take(2).collect();
        let note = next.sign(&newest);
        self.note(head.log_id, &note)?;
        Ok(Some(note))
    }

    /// Makes a further key, which signs from now on together with the one before; the first is made by the first checkpoint.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file, or the folder if the log has no key there.
    pub fn rotate(&self, log: Id, now: Ts) -> Result<()> {
        let folder = self.place(log);
        if key_files::read(&folder)?.is_empty() {
            return Err(Error::start(format!(
                "{}: the log has no key here that could vouch for a new one",
                folder.display()
            )));
        }
        key_files::make(&folder, &Id::new(now).to_string())
    }

    /// Writes what is signed to the file, whole or not at all.
    fn note(&self, log: Id, note: &str) -> Result<()> {
        let folder = self.place(log);
        let failed = |e: std::io::Error| Error::Unavailable(format!("{}: {e}", folder.display()));
        let draft = folder.join(format!("signed.{}", Id::new(Ts::new(chrono::DateTime::UNIX_EPOCH))));
        let write = || {
            let mut file = std::fs::File::create(&draft)?;
            file.write_all(note.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&draft, folder.join("signed"))?;
            durable::sync_folder(&folder)
        };
        write().map_err(failed)
    }
}
