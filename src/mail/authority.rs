//! The certificate authorities by which mail servers and mailboxes are believed.

use crate::error::{Error, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt::Display;
use std::path::Path;

/// Where systems keep the authorities that they know, and renew them. Whoever keeps the machine adds his own there.
pub const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The file in which this system keeps them, if it does.
#[must_use]
pub fn bundle() -> Option<&'static Path> {
    BUNDLES.iter().map(Path::new).find(|bundle| bundle.exists())
}

/// Those of a system's bundle, which are believed beside the public ones in the program. What can't be read of it is left
/// out: a bundle that is broken stops no mail.
pub(super) fn of_system(bundle: Option<&Path>) -> Vec<CertificateDer<'static>> {
    let found = bundle.and_then(|bundle| CertificateDer::pem_file_iter(bundle).ok());
    let all = found.into_iter().flatten().filter_map(std::result::Result::ok);
    all.filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok()).collect()
}

/// Those of the PEM file that `setting` names, which are believed instead of all others; none where it names no file.
///
/// # Errors
/// [`Error::Start`] for a file that can't be read or holds no certificate.
pub(super) fn own(setting: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    if file.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let failed = |e: &dyn Display| Error::start(format!("setting {setting}, {}: {e}", file.display()));
    let found = CertificateDer::pem_file_iter(file).map_err(|e| failed(&e))?;
    let all = found.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| failed(&e))?;
    if all.is_empty() { Err(failed(&"no certificate in it")) } else { Ok(all) }
}
