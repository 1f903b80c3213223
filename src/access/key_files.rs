//! Folders of secret keys, one to a file that only the service may read: `<UUIDv7>.key`. The newest one signs, all
//! are known.

use super::token::{hex, random};
use crate::db::{Id, Ts};
use crate::durable;
use crate::error::{Error, Result};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes that a key has at least.
const SHORTEST: usize = 32;

/// What to do about a key that is none: nothing is lost for ever by the advice, wherever the file lies.
const SHORT: &str = "a key has at least 32 bytes; put the file back from the copy of `keys`";
/// The same of the one kind of key that nobody misses for long.
const SHORT_OF_TOKENS: &str =
    "a key has at least 32 bytes; put the file back from the copy of `keys`, or remove it and people sign in again";

/// The keys of `folder`, as [`read`] does; where there is none yet it makes the first, named after this time. Without a time
/// it makes nothing, as whoever only looks must not.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub(crate) fn open(folder: &Path, first: Option<Ts>) -> Result<Vec<(String, Vec<u8>)>> {
    let keys = read(folder)?;
    match first {
        Some(now) if keys.is_empty() => {
            make(folder, &Id::new(now).to_string())?;
            read(folder)
        }
        _ => Ok(keys),
    }
}

/// Name and bytes of every key, the newest last; none where there is no folder.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub(crate) fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(folder, &e)),
    };
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| failed(folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".key")) else {
            continue;
        };
        let key = std::fs::read(&path).map_err(|e| failed(&path, &e))?;
        if key.len() < SHORTEST {
            return Err(failed(&path, if folder.ends_with("keys/jwt") { &SHORT_OF_TOKENS } else { &SHORT }));
        }
        keys.push((name.to_owned(), key));
    }
    keys.sort();
    Ok(keys)
}

/// Makes a key of this name, and its folder.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub(crate) fn make(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(format!("{name}.key"));
    let key = random::<SHORTEST>()?;
    durable::make_folder(folder).map_err(|e| failed(folder, &e))?;
    write_secret(&path, &key).map_err(|e| failed(&path, &e))
}

/// Writes a file that only the service may read, durable under its name, whole or not at all; never over another.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A name of its own: one that a kill has left behind is in nobody's way, and is no key.
    let draft = random::<8>().map(|bytes| path.with_extension(hex(&bytes))).map_err(std::io::Error::other)?;
    let written = write(&draft, bytes).and_then(|()| std::fs::hard_link(&draft, path));
    drop(std::fs::remove_file(&draft));
    written?;
    durable::sync_folder(durable::above(path))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::start(format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    // R27: a kill or a full disk in the middle.
    #[test]
    fn a_key_is_whole_or_not_there_and_what_a_kill_has_left_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        for left in ["a.key.tmp", "a.0123456789abcdef"] {
            std::fs::write(folder.path().join(left), "").unwrap();
        }
        make(folder.path(), "a").unwrap();
        let keys = read(folder.path()).unwrap();
        assert_eq!((keys.len(), keys[0].1.len()), (1, SHORTEST));
        let mode = std::fs::metadata(folder.path().join("a.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(make(folder.path(), "a").is_err(), "never over another");
        assert_eq!(read(folder.path()).unwrap(), keys);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "and leaves nothing behind");
    }

    #[test]
    fn whoever_only_looks_makes_neither_key_nor_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("keys/vault");
        assert_eq!((open(&folder, None).unwrap().len(), place.path().join("keys").exists()), (0, false));
        let made = open(&folder, Some(Ts::new(chrono::DateTime::UNIX_EPOCH))).unwrap();
        assert_eq!((made.len(), open(&folder, None).unwrap()), (1, made));
    }

    // Without the key of the vault every second factor is lost: nobody is told to remove it.
    #[test]
    fn a_damaged_key_is_put_back_and_only_one_of_tokens_may_be_removed() {
        let place = tempfile::tempdir().unwrap();
        for (kind, may_go) in [("jwt", true), ("vault", false), ("mail", false), ("audit", false)] {
            let folder = place.path().join("keys").join(kind);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("a.key"), "").unwrap();
            let said = read(&folder).unwrap_err().to_string();
            assert!(said.contains("put the file back") && said.contains("a.key"), "{said}");
            assert_eq!(said.contains("remove"), may_go, "{said}");
        }
    }
}
