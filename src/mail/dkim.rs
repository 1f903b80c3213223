//! DKIM signatures (RFC 6376), for regions whose key lies in the data directory.

use crate::error::{Error, Result};
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Headers that a signature covers.
const COVERED: [&str; 10] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
];

/// The keys of this installation, by domain.
#[derive(Default)]
pub struct Dkim {
    keys: BTreeMap<String, DkimConfig>,
}

impl Dkim {
    /// Reads `<selector>.<domain>.pem` (RSA, PKCS#1) and `<selector>.<domain>.ed25519` (base64 of the 32-byte seed).
    ///
    /// # Errors
    /// [`Error::Start`] for a key that can't be read, or that others may read.
    pub fn open(folder: &Path, selector: &str) -> Result<Self> {
        let mut keys = BTreeMap::new();
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Self::default()) };
        for entry in entries {
            let path = entry.map_err(|e| Error::start(format!("{}: {e}", folder.display())))?.path();
            let name =
                path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(selector)?.strip_prefix('.'));
            let Some(name) = name else { continue };
            let (domain, kind) = match (name.strip_suffix(".pem"), name.strip_suffix(".ed25519")) {
                (Some(domain), _) => (domain, DkimSigningAlgorithm::Rsa),
                (_, Some(domain)) => (domain, DkimSigningAlgorithm::Ed25519),
                _ => continue,
            };
            keys.insert(domain.to_owned(), config(&path, selector, domain, kind)?);
        }
        Ok(Self { keys })
    }

    /// Domains that have a key.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Signs, if the domain has a key.
    ///
    /// # Errors
    /// None so far; a signature that can't be made would be one.
    pub fn sign(&self, message: &mut Message, domain: &str) -> Result<()> {
        if let Some(config) = self.keys.get(domain) {
            message.sign(config);
        }
        Ok(())
    }
}

fn config(path: &Path, selector: &str, domain: &str, kind: DkimSigningAlgorithm) -> Result<DkimConfig> {
    let failed = |e: &dyn std::fmt::Display| Error::start(format!("DKIM key {}: {e}", path.display()));
    let mode = std::fs::metadata(path).map_err(|e| failed(&e))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(failed(&"others may read it; run chmod 600"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
    let key = DkimSigningKey::new(text.trim(), kind).map_err(|e| failed(&e))?;
    let relaxed = || DkimCanonicalizationType::Relaxed;
    Ok(DkimConfig::new(
        selector.to_owned(),
        domain.to_owned(),
        key,
        COVERED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect(),
        DkimCanonicalization { header: relaxed(), body: relaxed() },
    ))
}
