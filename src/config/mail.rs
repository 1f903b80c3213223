//! Settings of outgoing mail.

use super::line::{Encryption, encryption, is_local};
use crate::error::{Error, Result};
use chrono::NaiveTime;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::PathBuf;

/// Outgoing mail; what each means stands in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The server with its secrets; empty: files instead.
    pub smtp_url: SecretString,
    /// PEM file with further authorities; empty: none.
    pub ca_file: PathBuf,
    /// Seconds for each answer of the server.
    pub timeout_seconds: u64,
    /// Connections at once.
    pub connections: u32,
    /// Messages a second.
    pub per_second: u32,
    /// Messages of a region an hour.
    pub per_hour: i64,
    /// Name of the DKIM key.
    pub dkim_selector: String,
    /// Replies go to an address with a token.
    pub plus_address: bool,
    /// Nothing is sent.
    pub hold: bool,
    /// When, local time, the summary of the morning is owed; empty: never.
    pub digest_at: String,
}

impl Mail {
    /// `true` if there is a mail server.
    #[must_use]
    pub fn has_server(&self) -> bool {
        !self.smtp_url.expose_secret().is_empty()
    }

    /// `true` if there is a mail server that must show a certificate.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        // What else there may be was refused at the start.
        let url = self.smtp_url.expose_secret();
        url.starts_with("smtps:") || url.contains('?')
    }

    /// When, local time, the summary of the morning is owed.
    ///
    /// # Errors
    /// [`Error::Start`] for what is no time of day.
    pub fn digest_at(&self) -> Result<Option<NaiveTime>> {
        match self.digest_at.as_str() {
            "" => Ok(None),
            text => NaiveTime::parse_from_str(text, "%H:%M")
                .map(Some)
                .map_err(|_| Error::start("setting mail.digest_at: write a time such as 07:00, or leave it empty")),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let selector = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.dkim_selector.is_empty() || !self.dkim_selector.bytes().all(selector) {
            return Err(Error::start("setting mail.dkim_selector: lower-case letters, digits and hyphens"));
        }
        self.digest_at()?;
        if self.has_server() { self.check_url() } else { Ok(()) }
    }

    /// The address itself holds a password, so that no message repeats it.
    fn check_url(&self) -> Result<()> {
        let refused = |why: &str| Error::start(format!("setting mail.smtp_url (SIGAP_SMTP_URL): {why}"));
        let url = url::Url::parse(self.smtp_url.expose_secret())
            .map_err(|_| refused("write smtp://USER:PASSWORD@HOST:PORT?tls=required, or smtps://…"))?;
        let encryption = encryption(&url, "smtp", refused)?;
        let host = url.host_str().ok_or_else(|| refused("name a host"))?;
        if encryption == Encryption::None && !is_local(host) && !url.username().is_empty() {
            return Err(refused("a password needs TLS: add ?tls=required, or write smtps://"));
        }
        Ok(())
    }
}
