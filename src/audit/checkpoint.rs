//! Signed checkpoints: the C2SP formats `tlog-checkpoint` and `signed-note`, with Ed25519 (RFC 8032). A note may carry
//! signatures of several keys; those that nobody here knows are passed over.

use super::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Type of a key or signature: Ed25519 (C2SP signed-note).
const ED25519: u8 = 1;

/// What is signed: so many entries have this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// `sigap/<installation>/<log>`.
    pub log: String,
    /// Counts restores of a backup, from 1.
    pub epoch: i32,
    /// Entries.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// A note that was taken apart; its signatures are not checked yet.
#[derive(Debug, Clone)]
pub struct Note {
    /// What it says.
    pub checkpoint: Checkpoint,
    text: String,
    /// Name of the key, and the bytes.
    signatures: Vec<(String, Vec<u8>)>,
}

/// What the signatures of a note show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// One of the keys has signed it, and every signature of a known key is right.
    Rightly,
    /// A signature of a known key is not one.
    Wrongly,
    /// None of the keys has signed it.
    ByOthers,
}

/// Keys whose signatures count.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// Those that are known.
    pub keys: &'a [VerifyingKey],
    /// No other one has ever signed.
    pub are_all: bool,
}

impl<'a> Keys<'a> {
    /// Every key that has ever signed the log: a signature of another one is a forger's.
    #[must_use]
    pub const fn all(keys: &'a [VerifyingKey]) -> Self {
        Self { keys, are_all: true }
    }

    /// Those that somebody has, who may have got but some of them.
    #[must_use]
    pub const fn given(keys: &'a [VerifyingKey]) -> Self {
        Self { keys, are_all: false }
    }
}

impl Checkpoint {
    /// The origin line.
    #[must_use]
    pub fn origin(&self) -> String {
        origin(&self.log, self.epoch)
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin(), self.size, STANDARD.encode(self.root))
    }

    /// The note, signed by every one of `keys`.
    #[must_use]
    pub fn sign(&self, keys: &[&SigningKey]) -> String {
        let (text, origin) = (self.text(), self.origin());
        let line = |key: &&SigningKey| {
            let mut bytes = key_hash(&origin, &key.verifying_key()).to_vec();
            bytes.extend_from_slice(&key.sign(text.as_bytes()).to_bytes());
            format!("\u{2014} {origin} {}\n", STANDARD.encode(bytes))
        };
        format!("{text}\n{}", keys.iter().map(line).collect::<String>())
    }
}

impl Note {
    /// Takes a note apart; none if it is not one, to the last byte.
    #[must_use]
    pub fn parse(note: &str) -> Option<Self> {
        let (text, lines) = note.split_once("\n\n")?;
        let mut words = text.split('\n');
        let (origin, size, root) = (words.next()?, words.next()?, words.next()?);
        let (log, epoch) = origin.rsplit_once('/')?;
        let checkpoint = Checkpoint {
            log: log.to_owned(),
            epoch: epoch.parse().ok()?,
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        let signatures = lines.lines().map(|line| {
            let (name, value) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let bytes = STANDARD.decode(value).ok()?;
            (name == origin && bytes.len() > 4 && STANDARD.encode(&bytes) == value).then(|| (name.to_owned(), bytes))
        });
        let signatures = signatures.collect::<Option<Vec<_>>>()?;
        let is_whole = words.next().is_none() && lines.ends_with('\n') && checkpoint.text() == format!("{text}\n");
        is_whole.then(|| Self { checkpoint, text: format!("{text}\n"), signatures })
    }

    /// As [`Note::parse`], of a file that a person saved: its last lines may be broken otherwise, or not at all.
    #[must_use]
    pub fn kept(text: &str) -> Option<Self> {
        let text = text.replace('\r', "");
        Self::parse(&format!("{}\n", text.trim_end_matches([' ', '\t', '\n'])))
    }

    /// Is there a signature of one of `keys`, and is every signature of a known key right?
    #[must_use]
    pub fn is_signed_by(&self, keys: &[VerifyingKey]) -> bool {
        self.signed(keys) == Signed::Rightly
    }

    /// How the note is signed, as far as `keys` tell.
    #[must_use]
    pub fn signed(&self, keys: &[VerifyingKey]) -> Signed {
        let mut signed = Signed::ByOthers;
        for (name, bytes) in &self.signatures {
            let Some((hash, signature)) = bytes.split_at_checked(4) else { return Signed::Wrongly };
            let Some(key) = keys.iter().find(|key| key_hash(name, key) == hash) else { continue };
            let Ok(signature) = Signature::from_slice(signature) else { return Signed::Wrongly };
            if key.verify_strict(self.text.as_bytes(), &signature).is_err() {
                return Signed::Wrongly;
            }
            signed = Signed::Rightly;
        }
        signed
    }
}

/// The origin line of a log in an epoch.
#[must_use]
pub fn origin(log: &str, epoch: i32) -> String {
    format!("{log}/{epoch}")
}

/// The four bytes that name a key.
fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', ED25519]);
    hash.update(key.as_bytes());
    let hash: Hash = hash.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A key as outsiders keep it: `<origin>+<hash>+<base64>` (C2SP signed-note, verifier key).
#[must_use]
pub fn public(origin: &str, key: &VerifyingKey) -> String {
    let mut bytes = vec![ED25519];
    bytes.extend_from_slice(key.as_bytes());
    format!("{origin}+{}+{}", crate::access::token::hex(&key_hash(origin, key)), STANDARD.encode(bytes))
}

/// The log of a key that [`public`] wrote.
#[must_use]
pub fn key_log(text: &str) -> Option<&str> {
    text.trim().split('+').next()?.rsplit_once('/').map(|(log, _)| log)
}

/// The key that [`public`] wrote; none if its hash does not fit.
#[must_use]
pub fn parse_public(text: &str) -> Option<VerifyingKey> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, hash, value) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = STANDARD.decode(value).ok()?;
    let (kind, bytes) = bytes.split_first()?;
    let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
    (*kind == ED25519 && crate::access::token::hex(&key_hash(name, &key)) == hash).then_some(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { log: "sigap/0a1b2c3d/lebak".into(), epoch: 1, size: 42, root: [7; 32] }
    }

    #[test]
    fn a_note_is_known_by_its_key_and_by_no_other() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let note = checkpoint().sign(&[&key]);
        let read = Note::parse(&note).unwrap();
        assert_eq!(read.checkpoint, checkpoint());
        assert!(read.is_signed_by(&[other.verifying_key(), key.verifying_key()]));
        assert!(!read.is_signed_by(&[other.verifying_key()]));
        assert!(!read.is_signed_by(&[]));
        let both = Note::parse(&checkpoint().sign(&[&key, &other])).unwrap();
        assert!(both.is_signed_by(&[key.verifying_key()]) && both.is_signed_by(&[other.verifying_key()]));
    }

    #[test]
    fn a_signature_of_a_key_that_was_not_given_is_no_wrong_one() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let both = checkpoint().sign(&[&key, &other]);
        let wrong = Note::parse(&both.replacen("\n42\n", "\n43\n", 1)).unwrap();
        let right = Note::parse(&checkpoint().sign(&[&key])).unwrap();
        assert_eq!(right.signed(&[key.verifying_key()]), Signed::Rightly);
        assert_eq!(right.signed(&[other.verifying_key()]), Signed::ByOthers);
        assert_eq!(wrong.signed(&[key.verifying_key()]), Signed::Wrongly);
    }

    #[test]
    fn a_note_that_somebody_saved_is_read_however_its_lines_end() {
        let note = checkpoint().sign(&[&SigningKey::from_bytes(&[1; 32])]);
        let saved =
            [format!("{note}\n"), note.trim_end().to_owned(), note.replace('\n', "\r\n"), format!("{note} \r\n\r\n")];
        for text in saved {
            assert!(Note::parse(&text).is_none(), "{text:?}");
            assert_eq!(Note::kept(&text).unwrap().checkpoint, checkpoint(), "{text:?}");
        }
        assert!(Note::kept(&note.replacen('\n', " \n", 1)).is_none() && Note::kept("").is_none());
    }

    #[test]
    fn a_note_with_any_byte_changed_is_no_note_of_ours() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let note = checkpoint().sign(&[&key]).into_bytes();
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.clone();
                if let Some(byte) = changed.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                let read = String::from_utf8(changed).ok().and_then(|text| Note::parse(&text));
                assert!(!read.is_some_and(|n| n.is_signed_by(&[key.verifying_key()])), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_public_key_is_written_and_read_in_the_form_of_signed_notes() {
        let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let text = public("sigap/0a1b2c3d/lebak/1", &key);
        assert_eq!(parse_public(&text), Some(key));
        assert_eq!(parse_public(&text.replace("lebak", "blora")), None);
        assert_eq!(parse_public("nothing"), None);
        assert_eq!((key_log(&text), key_log("nothing")), (Some("sigap/0a1b2c3d/lebak"), None));
    }
}
