//! Files for the holder of a key that is not here: age, version 1 (<https://age-encryption.org/v1>), to X25519 recipients.
//! Whoever writes one holds a public key and can't read it again; any program that knows age can, with the identity.

use bech32::primitives::decode::CheckedHrpstring;
use curve25519_dalek::MontgomeryPoint;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use std::io::{Error, ErrorKind, Result};

mod decrypt;
mod encrypt;

pub use decrypt::Decryptor;
pub use encrypt::Encryptor;

/// First line of every file, without its end.
const VERSION: &str = "age-encryption.org/v1";
/// Bytes of text in a chunk, and of the tag behind it.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// A public key, `age1…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

/// A private key, `AGE-SECRET-KEY-1…`.
pub struct Identity([u8; 32]);

fn key(text: &str, prefix: &str) -> Option<[u8; 32]> {
    let checked = CheckedHrpstring::new::<bech32::Bech32>(text).ok()?;
    let is_ours = checked.hrp().to_string().eq_ignore_ascii_case(prefix);
    let bytes: Vec<u8> = checked.byte_iter().collect();
    bytes.try_into().ok().filter(|_| is_ours)
}

impl Recipient {
    /// Of its text, as `age-keygen` prints it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        key(text, "age").map(Self)
    }
}

impl Identity {
    /// Of its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        key(text, "age-secret-key-").map(Self)
    }

    /// Those of a file of `age-keygen`: one a line, between comments; none if a line is something else.
    #[must_use]
    pub fn list(text: &str) -> Option<Vec<Self>> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    }

    /// Its public key.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(MontgomeryPoint::mul_base_clamped(self.0).to_bytes())
    }
}

fn broken(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_owned())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::other)?;
    Ok(bytes)
}

fn derive(salt: &[u8], secret: &[u8], what: &[u8]) -> Result<[u8; 32]> {
    let mut out = [0; 32];
    let pseudo_random = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let filled = pseudo_random.expand(&[what], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut out));
    filled.map_err(|_| broken("a key could not be derived"))?;
    Ok(out)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).map(LessSafeKey::new).map_err(|_| broken("a key was not taken"))
}

/// The cipher that wraps the file's key for `recipient`, of what both sides know.
fn wrapping(shared: MontgomeryPoint, share: [u8; 32], recipient: Recipient) -> Result<LessSafeKey> {
    // A share of low order, by which everybody would know the secret.
    if shared.to_bytes() == [0; 32] {
        return Err(broken("its share is no key"));
    }
    let salt = [share, recipient.0].concat();
    cipher(&derive(&salt, shared.as_bytes(), b"age-encryption.org/v1/X25519")?)
}

fn header_key(file_key: &[u8]) -> Result<hmac::Key> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &derive(&[], file_key, b"header")?))
}

/// The nonce of a chunk: its place, and whether it is the last.
fn nonce(place: u64, is_last: bool) -> Result<Nonce> {
    let bytes = [&[0; 3], place.to_be_bytes().as_slice(), &[u8::from(is_last)]].concat();
    Nonce::try_assume_unique_for_key(&bytes).map_err(|_| broken("a nonce was not taken"))
}

/// Does a file begin as those of age do?
#[must_use]
pub fn is_age(beginning: &[u8]) -> bool {
    beginning.strip_prefix(VERSION.as_bytes()).is_some_and(|rest| rest.starts_with(b"\n"))
}

#[cfg(test)]
mod tests {
    use super::decrypt::{parse, size};
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use std::io::{Cursor, Read, Seek, SeekFrom, Write};

    /// Of `age-keygen`; the file was made by `age -r` with the recipient.
    const IDENTITY: &str = include_str!("../tests/data/age/identity.txt");
    const RECIPIENT: &str = include_str!("../tests/data/age/recipient.txt");
    const BY_AGE: &[u8] = include_bytes!("../tests/data/age/by-age.age");

    fn ours() -> Vec<Identity> {
        Identity::list(IDENTITY).unwrap()
    }

    fn other() -> Identity {
        Identity([7; 32])
    }

    fn sealed(plain: &[u8], recipients: &[Recipient]) -> Vec<u8> {
        let mut writer = Encryptor::new(Vec::new(), recipients).unwrap();
        for part in plain.chunks(10_007) {
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap()
    }

    fn opened(file: &[u8], identities: &[Identity]) -> Result<Vec<u8>> {
        let mut plain = Vec::new();
        Decryptor::new(Cursor::new(file), identities)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
    }

    #[test]
    fn what_age_itself_has_encrypted_is_read() {
        let plain = opened(BY_AGE, &ours()).unwrap();
        assert_eq!(plain, text(CHUNK + 1000));
        assert_eq!(Recipient::parse(RECIPIENT.trim()), Some(ours()[0].recipient()));
        assert!(is_age(BY_AGE) && !is_age(b"age-encryption.org/v11\n"));
    }

    #[test]
    fn a_file_of_any_length_is_read_by_each_of_its_recipients_and_by_nobody_else() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let file = sealed(&text(length), &[other().recipient(), ours()[0].recipient()]);
            assert_eq!(opened(&file, &ours()).unwrap(), text(length));
            assert_eq!(opened(&file, &[other()]).unwrap(), text(length));
            assert!(opened(&file, &[Identity([8; 32])]).unwrap_err().to_string().contains("none of the identities"));
        }
    }

    #[test]
    fn a_changed_cut_or_lengthened_file_is_never_read_to_its_end() {
        let file = sealed(&text(2 * CHUNK), &[ours()[0].recipient()]);
        let header = parse(&file).unwrap().length;
        for at in (0..usize::try_from(header).unwrap() + 40).chain((0..file.len()).step_by(997)) {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(opened(&changed, &ours()).is_err(), "byte {at}");
        }
        let chunk = CHUNK + TAG;
        for cut in [1, TAG, chunk - 1, chunk, chunk + 1, 2 * chunk - TAG, 2 * chunk, file.len() - 3] {
            assert!(opened(&file[..file.len() - cut], &ours()).is_err(), "{cut} bytes less");
        }
        assert!(opened(&[file.as_slice(), b"x"].concat(), &ours()).is_err());
        // Chunks in another order.
        let at = file.len() - 2 * chunk;
        let swapped = [&file[..at], &file[at + chunk..], &file[at..at + chunk]].concat();
        assert!(opened(&swapped, &ours()).is_err());
    }

    #[test]
    fn any_place_of_a_file_can_be_read_without_what_is_before() {
        let file = sealed(&text(3 * CHUNK), &[ours()[0].recipient()]);
        let mut reader = Decryptor::new(Cursor::new(file), &ours()).unwrap();
        assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), size(3 * CHUNK));
        reader.seek(SeekFrom::Start(size(CHUNK) - 5)).unwrap();
        let mut ten = [0; 10];
        reader.read_exact(&mut ten).unwrap();
        assert_eq!(ten, text(3 * CHUNK)[CHUNK - 5..CHUNK + 5]);
        assert!(reader.seek(SeekFrom::Current(-1_000_000)).is_err());
    }

    #[test]
    fn a_key_with_a_wrong_letter_of_another_kind_or_among_other_lines_is_none() {
        let recipient = RECIPIENT.trim();
        let wrong = recipient.replace(&recipient[10..11], if &recipient[10..11] == "q" { "p" } else { "q" });
        for text in ["", "age1", wrong.as_str(), IDENTITY.lines().last().unwrap(), &recipient[..61]] {
            assert_eq!(Recipient::parse(text), None, "{text}");
        }
        assert!(Identity::parse(recipient).is_none());
        assert!(Identity::list("# nothing\n").is_none());
        assert!(Identity::list(&format!("{IDENTITY}\nssh-ed25519 AAAA\n")).is_none());
    }

    #[test]
    fn a_share_that_everybody_knows_the_secret_of_is_refused() {
        let file = sealed(b"x", &[ours()[0].recipient()]);
        let text = String::from_utf8_lossy(&file).into_owned();
        let share = text.split_once("X25519 ").unwrap().1.split_once('\n').unwrap().0;
        let zero = STANDARD_NO_PAD.encode([0; 32]);
        let at = file.windows(share.len()).position(|w| w == share.as_bytes()).unwrap();
        let forged = [&file[..at], zero.as_bytes(), &file[at + share.len()..]].concat();
        assert!(opened(&forged, &ours()).unwrap_err().to_string().contains("no key"));
        assert!(Encryptor::new(Vec::new(), &[Recipient([0; 32])]).is_err());
        assert!(Encryptor::new(Vec::new(), &[]).is_err());
    }
}
