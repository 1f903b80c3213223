//! Secrets that the database holds sealed: whoever has a copy of the database alone can't make codes with them. The
//! keys are files (`keys/vault`); the newest one seals, all open.

use super::key_files;
use super::token::{hex, mac, random};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Seals and opens.
pub struct Vault {
    folder: PathBuf,
    ring: RwLock<Vec<Key>>,
}

struct Key {
    name: String,
    seal: LessSafeKey,
    tag: Vec<u8>,
}

impl Vault {
    /// Reads the keys of `folder`; makes the first one if there is a time to name it after.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn open(folder: &Path, first: Option<Ts>) -> Result<Self> {
        key_files::open(folder, first)?;
        let vault = Self { folder: folder.to_owned(), ring: RwLock::default() };
        vault.reload()?;
        Ok(vault)
    }

    /// `true` if the key that this secret names is here.
    #[must_use]
    pub fn has_key_of(&self, sealed: &str) -> bool {
        let name = sealed.split_once('.').map_or(sealed, |(name, _)| name);
        self.ring.read().unwrap_or_else(PoisonError::into_inner).iter().any(|key| key.name == name)
    }

    fn reload(&self) -> Result<()> {
        let ring = key_files::read(&self.folder)?.into_iter().map(Key::new).collect::<Result<Vec<_>>>()?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// The sealed form of `plain`, which opens for nobody but `owner`.
    ///
    /// # Errors
    /// [`Error::Internal`] without a key or a random source.
    pub fn seal(&self, plain: &[u8], owner: Id) -> Result<String> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.last().ok_or_else(|| Error::internal("no key to seal with"))?;
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = plain.to_vec();
        key.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner.0.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("sealing"))?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{}.{}", key.name, STANDARD_NO_PAD.encode(bytes)))
    }

    /// What was sealed for `owner`.
    ///
    /// # Errors
    /// [`Error::Internal`] if its key is gone or it was changed since.
    pub fn unseal(&self, sealed: &str, owner: Id) -> Result<Vec<u8>> {
        let (name, text) = sealed.split_once('.').ok_or_else(|| Error::internal("a sealed secret names no key"))?;
        if let Some(plain) = self.unseal_by(name, text, owner) {
            return plain;
        }
        // Another node may have made a key since we looked.
        self.reload()?;
        self.unseal_by(name, text, owner)
            .unwrap_or_else(|| Err(Error::internal(format!("{}: the key {name} is missing", self.folder.display()))))
    }

    fn unseal_by(&self, name: &str, text: &str, owner: Id) -> Option<Result<Vec<u8>>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.iter().find(|key| key.name == name).map(|key| key.unseal(text, owner))
    }

    /// The stored form of a recovery code of `owner`, by the newest key first.
    #[must_use]
    pub fn tags(&self, code: &str, owner: Id) -> Vec<String> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.iter().rev().map(|key| hex(mac(&key.tag, &[owner.0.as_bytes(), code.as_bytes()]).as_ref())).collect()
    }
}

impl Key {
    fn new((name, secret): (String, Vec<u8>)) -> Result<Self> {
        // Two keys of one file, so that what is sealed and what is hashed share none.
        let seal = mac(&secret, &[b"sigap vault seal"]);
        let seal =
            UnboundKey::new(&CHACHA20_POLY1305, seal.as_ref()).map_err(|_| Error::internal("a key to seal with"))?;
        Ok(Self { name, seal: LessSafeKey::new(seal), tag: mac(&secret, &[b"sigap vault tag"]).as_ref().to_vec() })
    }

    fn unseal(&self, text: &str, owner: Id) -> Result<Vec<u8>> {
        let broken = || Error::internal("a sealed secret was changed");
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| broken())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut sealed = sealed.to_vec();
        let plain = self.seal.open_in_place(nonce, Aad::from(owner.0.as_bytes()), &mut sealed);
        plain.map(|plain| plain.to_vec()).map_err(|_| broken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn id(n: u128) -> Id {
        Id(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn what_was_sealed_opens_for_its_owner_alone_and_not_once_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path(), Some(Ts::new(DateTime::UNIX_EPOCH))).unwrap();
        let sealed = vault.seal(b"rahasia", id(1)).unwrap();
        assert_eq!(vault.unseal(&sealed, id(1)).unwrap(), b"rahasia");
        assert!(vault.unseal(&sealed, id(2)).is_err());
        let mut changed = sealed.clone();
        let last = changed.pop().unwrap();
        changed.push(if last == 'A' { 'B' } else { 'A' });
        for broken in [changed.as_str(), "", "x.y", &sealed[..40]] {
            assert!(vault.unseal(broken, id(1)).is_err(), "{broken}");
        }
        assert_ne!(vault.seal(b"rahasia", id(1)).unwrap(), sealed, "no two seals are alike");
    }

    #[test]
    fn a_key_that_another_node_made_is_found_and_older_ones_still_open() {
        let folder = tempfile::tempdir().unwrap();
        let first = Vault::open(folder.path(), Some(Ts::new(DateTime::UNIX_EPOCH))).unwrap();
        let old = first.seal(b"lama", id(1)).unwrap();
        key_files::make(folder.path(), "ffffffff-ffff-7fff-bfff-ffffffffffff").unwrap();
        let second = Vault::open(folder.path(), Some(Ts::new(DateTime::UNIX_EPOCH))).unwrap();
        let new = second.seal(b"baru", id(1)).unwrap();
        assert_eq!(second.unseal(&old, id(1)).unwrap(), b"lama");
        assert_eq!(first.unseal(&new, id(1)).unwrap(), b"baru");
        assert_eq!(second.tags("a", id(1))[1], first.tags("a", id(1))[1]);
    }
}
