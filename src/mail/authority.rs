//! The certificate authorities that settings name, for mail servers and mailboxes alike.

use crate::error::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt::Display;
use std::path::Path;

/// Those of the PEM file that `setting` names, which are believed instead of the public ones; none where it names no file.
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
