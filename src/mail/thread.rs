//! The ids by which a reply is known again: each holds the id of a mail or a ticket and a signature of ours, so that
//! nobody can make one who was not written to (lessons 14). The key is a file, never in the database.

use crate::access::key_files;
use crate::access::token::{self, Secret, hex};
use crate::db::{Id, Ts};
use crate::error::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Hexadecimal digits of an id, and of its signature: 72 bits, so that desk name and token fit a local part.
const ID_DIGITS: usize = 32;
const TAG_DIGITS: usize = 18;
/// RFC 5321, 4.5.3.1.1.
const LOCAL_PART_LIMIT: usize = 64;

/// What a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A mail of ours.
    Mail(Id),
    /// The thread of a ticket.
    Ticket(Id),
}

/// Signs and knows again. The newest key signs, all are known.
pub struct Signer {
    folder: PathBuf,
    keys: RwLock<Vec<Vec<u8>>>,
}

impl Signer {
    /// Reads the keys of `folder`; makes the first one if there is a time to name it after.
    ///
    /// # Errors
    /// [`crate::error::Error::Start`] that names the file.
    pub fn open(folder: &Path, first: Option<Ts>) -> Result<Self> {
        let keys = key_files::open(folder, first)?;
        Ok(Self { folder: folder.to_owned(), keys: RwLock::new(secrets(keys)) })
    }

    /// The token of a mail or ticket: `m` or `t`, the id, the signature.
    #[must_use]
    pub fn token(&self, named: Named) -> String {
        let body = body(named);
        let tag = tag(&self.newest(), &body);
        format!("{body}{tag}")
    }

    /// `<token@domain>`.
    #[must_use]
    pub fn message_id(&self, named: Named, domain: &str) -> String {
        format!("<{}@{domain}>", self.token(named))
    }

    /// The desk's address with the token of a mail; the plain address where that would be too long.
    #[must_use]
    pub fn reply_address(&self, mail: Id, desk: &str) -> String {
        let Some((local, domain)) = desk.split_once('@') else { return desk.to_owned() };
        let local = format!("{local}+{}", self.token(Named::Mail(mail)));
        if local.len() > LOCAL_PART_LIMIT { desk.to_owned() } else { format!("{local}@{domain}") }
    }

    /// The secret of the one-time link that this mail carries: made of its id by the newest key, so that it need stand
    /// nowhere until the mail is sent.
    #[must_use]
    pub fn link(&self, mail: Id) -> Secret {
        let plain = secret(&self.newest(), mail);
        Secret { hash: token::hash(&plain), plain }
    }

    /// The secret of a mail's link once more; none if the key that made it is gone.
    #[must_use]
    pub fn link_again(&self, mail: Id, hash: &str) -> Option<String> {
        self.look(|keys| keys.iter().rev().map(|key| secret(key, mail)).find(|plain| token::hash(plain) == hash))
    }

    fn newest(&self) -> Vec<u8> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).last().cloned().unwrap_or_default()
    }

    fn reload(&self) {
        match key_files::read(&self.folder) {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = secrets(keys),
            Err(e) => tracing::error!(error = %e, "the keys of mails can't be read again"),
        }
    }

    /// What a message id or an address names, if the signature is ours. Letters may have changed their case.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Named> {
        let local = text.trim().trim_start_matches('<').split('@').next()?;
        let token = local.rsplit('+').next()?.to_ascii_lowercase();
        let (body, given) = token.split_at_checked(1 + ID_DIGITS)?;
        let named = parse(body)?;
        let ours = |key: &Vec<u8>| bool::from(tag(key, body).as_bytes().ct_eq(given.as_bytes()));
        self.look(|keys| keys.iter().any(ours).then_some(named))
    }

    /// What `find` finds among the keys, and where it finds nothing, among those that are there now: another node may have made
    /// one since we looked.
    fn look<T>(&self, find: impl Fn(&[Vec<u8>]) -> Option<T>) -> Option<T> {
        let look = || find(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        look().or_else(|| {
            self.reload();
            look()
        })
    }
}

fn secrets(keys: Vec<(String, Vec<u8>)>) -> Vec<Vec<u8>> {
    keys.into_iter().map(|(_, key)| key).collect()
}

fn body(named: Named) -> String {
    match named {
        Named::Mail(id) => format!("m{}", id.0.simple()),
        Named::Ticket(id) => format!("t{}", id.0.simple()),
    }
}

fn parse(body: &str) -> Option<Named> {
    let (kind, id) = body.split_at_checked(1)?;
    let id = Id(Uuid::try_parse(id).ok()?);
    match kind {
        "m" => Some(Named::Mail(id)),
        "t" => Some(Named::Ticket(id)),
        _ => None,
    }
}

fn secret(key: &[u8], mail: Id) -> String {
    URL_SAFE_NO_PAD.encode(token::mac(key, &[b"sigap one-time link\0", mail.0.as_bytes()]))
}

fn tag(key: &[u8], body: &str) -> String {
    let mut digits = hex(token::mac(key, &[b"sigap mail thread\0", body.as_bytes()]).as_ref());
    digits.truncate(TAG_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> (tempfile::TempDir, Signer) {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(folder.path(), Some(Ts::new("2026-03-02T01:00:00Z".parse().unwrap()))).unwrap();
        (folder, signer)
    }

    #[test]
    fn a_token_is_known_again_and_an_altered_or_foreign_one_is_not() {
        let ((folder, ours), (_other, theirs)) = (signer(), signer());
        let id = Id(Uuid::from_u128(7));
        let text = ours.message_id(Named::Mail(id), "lebakkab.go.id");
        assert_eq!(ours.read(&text), Some(Named::Mail(id)));
        assert_eq!(ours.read(&text.to_uppercase()), Some(Named::Mail(id)));
        assert_eq!(ours.read(&ours.reply_address(id, "servicedesk@lebakkab.go.id")), Some(Named::Mail(id)));
        assert_eq!(ours.read(&ours.message_id(Named::Ticket(id), "x.id")), Some(Named::Ticket(id)));
        assert_eq!(theirs.read(&text), None);
        let other = ours.token(Named::Mail(Id(Uuid::from_u128(8))));
        let token = ours.token(Named::Mail(id));
        let mixed = format!("{}{}", &token[..=ID_DIGITS], &other[1 + ID_DIGITS..]);
        for bad in [mixed.as_str(), &token[1..], &token.replacen('m', "t", 1), &token[..40], "", "<@>", "<é@x>"] {
            assert_eq!(ours.read(bad), None, "{bad}");
        }
        let again = Signer::open(folder.path(), Some(Ts::new("2026-03-03T01:00:00Z".parse().unwrap()))).unwrap();
        assert_eq!(again.token(Named::Mail(id)), token);
    }

    #[test]
    fn what_another_node_made_with_a_newer_key_is_known_and_a_link_made_again_here() {
        let (folder, ours) = signer();
        let mail = Id(Uuid::from_u128(7));
        key_files::make(folder.path(), "ffffffff-ffff-7fff-bfff-ffffffffffff").unwrap();
        let theirs = Signer::open(folder.path(), Some(Ts::new("2026-03-02T02:00:00Z".parse().unwrap()))).unwrap();
        let link = theirs.link(mail);
        assert_ne!(ours.link(mail).hash, link.hash);
        assert_eq!(ours.link_again(mail, &link.hash), Some(link.plain));
        assert_eq!(ours.link_again(Id(Uuid::from_u128(8)), &link.hash), None);
        let (folder, ours) = signer();
        key_files::make(folder.path(), "ffffffff-ffff-7fff-bfff-ffffffffffff").unwrap();
        let theirs = Signer::open(folder.path(), None).unwrap();
        let token = theirs.token(Named::Mail(mail));
        assert_ne!(ours.token(Named::Mail(mail)), token);
        assert_eq!(ours.read(&token), Some(Named::Mail(mail)));
    }

    #[test]
    fn a_desk_whose_name_is_too_long_for_a_token_gets_replies_at_its_plain_address() {
        let (_folder, ours) = signer();
        let desk = "meja-layanan-bersama@lebakkab.go.id";
        assert_eq!(ours.reply_address(Id(Uuid::from_u128(7)), desk), desk);
    }

    #[test]
    fn the_key_is_for_the_service_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, _) = signer();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
