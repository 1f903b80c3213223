//! DKIM signatures (RFC 6376), for regions whose key lies in the data directory.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::EncodePublicKey;
use rsa::traits::PublicKeyParts;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Headers that a signature covers. Not Content-Type: that of a message of several parts belongs to its body here, is not
/// among the headers when they are signed, and a signature that names it all the same is void at every receiver.
const COVERED: [&str; 9] =
    ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version"];

/// Bits of an RSA key at least (RFC 8301, 3.2, and ASVS 11.6.1 as of today).
const RSA_BITS: usize = 2048;

/// The keys of this installation, by domain.
#[derive(Default)]
pub struct Dkim {
    keys: BTreeMap<String, Key>,
}

struct Key {
    config: DkimConfig,
    record: String,
}

impl Dkim {
    /// Reads `<selector>.<domain>.pem` (RSA, PKCS#1) and `<selector>.<domain>.ed25519` (base64 of the 32-byte seed).
    ///
    /// # Errors
    /// [`Error::Start`] for a folder or a key that can't be read, a key that others may read or that is too short, and a
    /// second one of the same domain.
    pub fn open(folder: &Path, selector: &str) -> Result<Self> {
        let mut keys = BTreeMap::new();
        let failed = |e: std::io::Error| Error::start(format!("{}: {e}", folder.display()));
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(failed(e)),
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name =
                path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(selector)?.strip_prefix('.'));
            let Some(name) = name else { continue };
            let (domain, kind) = match (name.strip_suffix(".pem"), name.strip_suffix(".ed25519")) {
                (Some(domain), _) => (domain, DkimSigningAlgorithm::Rsa),
                (_, Some(domain)) => (domain, DkimSigningAlgorithm::Ed25519),
                _ => continue,
            };
            if keys.insert(domain.to_owned(), key(&path, selector, domain, kind)?).is_some() {
                let why = "a second key of its domain; one selector has one key: give the other a selector of its own";
                return Err(Error::start(format!("DKIM key {}: {why}", path.display())));
            }
        }
        Ok(Self { keys })
    }

    /// The TXT record that publishes the domain's key, if it has one (RFC 6376, 3.6.1; RFC 8463).
    #[must_use]
    pub fn record(&self, domain: &str) -> Option<&str> {
        self.keys.get(domain).map(|key| key.record.as_str())
    }

    /// Signs, if the domain has a key.
    ///
    /// # Errors
    /// None so far; a signature that can't be made would be one.
    pub fn sign(&self, message: &mut Message, domain: &str) -> Result<()> {
        if let Some(key) = self.keys.get(domain) {
            message.sign(&key.config);
        }
        Ok(())
    }
}

fn key(path: &Path, selector: &str, domain: &str, kind: DkimSigningAlgorithm) -> Result<Key> {
    let failed = |e: &dyn std::fmt::Display| Error::start(format!("DKIM key {}: {e}", path.display()));
    let mode = std::fs::metadata(path).map_err(|e| failed(&e))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(failed(&"others may read it; run chmod 600"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        ErrorKind::PermissionDenied => failed(&format_args!("{e}; give it to the user of the service by chown")),
        _ => failed(&e),
    })?;
    let bits = rsa::RsaPrivateKey::from_pkcs1_pem(text.trim()).map_or(RSA_BITS, |key| key.n().bits());
    if bits < RSA_BITS {
        return Err(failed(&format_args!("it has {bits} bits; make one of {RSA_BITS}")));
    }
    let record = match kind {
        DkimSigningAlgorithm::Rsa => rsa_record(text.trim()),
        DkimSigningAlgorithm::Ed25519 => ed25519_record(text.trim()),
    };
    let record = record.ok_or_else(|| failed(&"not readable; see docs/installation.md"))?;
    let signing = DkimSigningKey::new(text.trim(), kind).map_err(|e| failed(&e))?;
    let relaxed = || DkimCanonicalizationType::Relaxed;
    let config = DkimConfig::new(
        selector.to_owned(),
        domain.to_owned(),
        signing,
        COVERED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect(),
        DkimCanonicalization { header: relaxed(), body: relaxed() },
    );
    Ok(Key { config, record })
}

fn rsa_record(pem: &str) -> Option<String> {
    let key = rsa::RsaPrivateKey::from_pkcs1_pem(pem).ok()?;
    let public = key.to_public_key().to_public_key_der().ok()?;
    Some(format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_bytes())))
}

fn ed25519_record(seed: &str) -> Option<String> {
    let seed: [u8; 32] = STANDARD.decode(seed).ok()?.try_into().ok()?;
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    Some(format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(public.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_seed_is_that_of_rfc_8463() {
        let record = ed25519_record("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
        assert_eq!(record.as_deref(), Some("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
        assert_eq!((ed25519_record("pendek"), rsa_record("bukan kunci")), (None, None));
    }
}
