//! Folders of secret keys, one to a file that only the service may read: `<UUIDv7>.key`. The newest one signs, all
//! are known.

use super::token::random;
use crate::durable;
use crate::error::{Error, Result};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes that a key has at least.
const SHORTEST: usize = 32;

/// Name and bytes of every key, the newest last; makes the folder.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub(crate) fn read(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    durable::make_folder(folder).map_err(|e| failed(folder, &e))?;
    let mut keys = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let path = entry.map_err(|e| failed(folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".key")) else {
            continue;
        };
        let key = std::fs::read(&path).map_err(|e| failed(&path, &e))?;
        if key.len() < SHORTEST {
            return Err(failed(&path, &"a signing key has at least 32 bytes; remove the file"));
        }
        keys.push((name.to_owned(), key));
    }
    keys.sort();
    Ok(keys)
}

/// Makes a key of this name.
///
/// # Errors
/// [`Error::Start`] that names the file.
pub(crate) fn make(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(format!("{name}.key"));
    let key = random::<SHORTEST>()?;
    write_secret(&path, &key).map_err(|e| failed(&path, &e))
}

/// Writes a file that only the service may read, durable under its name; never over another.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    durable::sync_folder(durable::above(path))
}

fn failed(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::start(format!("{}: {e}", path.display()))
}
