//! How the address of a mail server asks for encryption; the same for sending and for reading.

use crate::error::{Error, Result};

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte.
    Tls,
    /// By STARTTLS, before anything else is said.
    StartTls,
    /// Not at all; only on this machine and without a password that is worth one.
    None,
}

/// Reads `<protocol>s://…`, `<protocol>://…?tls=required` or `<protocol>://…`; `refused` names the setting.
///
/// # Errors
/// What `refused` makes of the reason.
pub(super) fn encryption(url: &url::Url, protocol: &str, refused: impl Fn(&str) -> Error) -> Result<Encryption> {
    let secured = url.scheme().strip_suffix('s') == Some(protocol);
    match url.query() {
        _ if !secured && url.scheme() != protocol => {
            Err(refused(&format!("write {protocol}:// or {protocol}s:// before the host")))
        }
        None if secured => Ok(Encryption::Tls),
        None => Ok(Encryption::None),
        Some("tls=required") if !secured => Ok(Encryption::StartTls),
        Some(_) => Err(refused(&format!("after ? only tls=required, and only with {protocol}://"))),
    }
}

/// `true` for a server on this machine, which needs no encryption.
pub(super) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
