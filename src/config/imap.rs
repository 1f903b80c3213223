//! Settings of the mailboxes that are read.

use super::line::{Encryption, encryption, is_local};
use crate::error::{Error, Result};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Mailboxes; what each means stands in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    /// The first mailbox with its secrets; empty: none is read.
    pub url: SecretString,
    /// Whose mailbox that is; empty: the user of the address.
    pub desk: String,
    /// Further ones.
    pub mailboxes: Vec<Mailbox>,
    /// PEM file with further authorities; empty: none.
    pub ca_file: PathBuf,
    /// Seconds for each answer of the server.
    pub timeout_seconds: u64,
    /// Seconds between two looks where the server does not tell of news by itself.
    pub poll_seconds: u64,
    /// What becomes of a message that is stored: `seen`, `delete` or `move:FOLDER`.
    pub after: String,
}

/// A further mailbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// As [`Imap::url`].
    pub url: SecretString,
    /// As [`Imap::desk`].
    #[serde(default)]
    pub desk: String,
}

/// A mailbox, taken apart.
#[derive(Debug, Clone)]
pub struct Place {
    /// The desk address that it belongs to, in lower case: its name.
    pub desk: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is encrypted.
    pub encryption: Encryption,
    /// Who signs in.
    pub user: String,
    /// With which password.
    pub password: SecretString,
    /// The folder.
    pub folder: String,
}

/// What becomes of a message in the mailbox once it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// It is marked `\Seen`.
    Seen,
    /// It is removed.
    Delete,
    /// It goes into this folder.
    Move(String),
}

impl Imap {
    /// Every mailbox of the settings.
    ///
    /// # Errors
    /// [`Error::Start`] that names the setting, never with a password.
    pub fn places(&self) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        if !self.url.expose_secret().is_empty() {
            places.push(place("imap.url (SIGAP_IMAP_URL)", &self.url, &self.desk)?);
        }
        for mailbox in &self.mailboxes {
            places.push(place("imap.mailboxes", &mailbox.url, &mailbox.desk)?);
        }
        Ok(places)
    }

    /// What becomes of a stored message.
    ///
    /// # Errors
    /// [`Error::Start`] that names the setting.
    pub fn after(&self) -> Result<After> {
        let wrong = || Error::start("setting imap.after: seen, delete, or move:FOLDER");
        match (self.after.as_str(), self.after.strip_prefix("move:")) {
            ("seen", _) => Ok(After::Seen),
            ("delete", _) => Ok(After::Delete),
            (_, Some(folder)) if is_plain(folder) => Ok(After::Move(folder.to_owned())),
            _ => Err(wrong()),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.after()?;
        let places = self.places()?;
        let desks: BTreeSet<&str> = places.iter().map(|place| place.desk.as_str()).collect();
        if desks.len() < places.len() {
            return Err(Error::start("settings imap.desk and imap.mailboxes: two mailboxes of one desk address"));
        }
        Ok(())
    }
}

/// The address itself holds a password, so that no message repeats it.
fn place(setting: &str, url: &SecretString, desk: &str) -> Result<Place> {
    let refused = |why: &str| Error::start(format!("setting {setting}: {why}"));
    let url = url::Url::parse(url.expose_secret())
        .map_err(|_| refused("write imaps://USER:PASSWORD@HOST/INBOX, or imap://…?tls=required"))?;
    let encryption = encryption(&url, "imap", refused)?;
    let host = url.host_str().ok_or_else(|| refused("name a host"))?.to_owned();
    let port = if encryption == Encryption::Tls { 993 } else { 143 };
    if encryption == Encryption::None && !is_local(&host) {
        return Err(refused("a password needs TLS: add ?tls=required, or write imaps://"));
    }
    let text = |part: &str| {
        percent_decode_str(part).decode_utf8().map(std::borrow::Cow::into_owned).ok().filter(|t| is_plain(t))
    };
    // Who need not be encrypted need not sign in as somebody.
    let named =
        |part: &str| if part.is_empty() && encryption == Encryption::None { Some(String::new()) } else { text(part) };
    let user = named(url.username()).ok_or_else(|| refused("name a user"))?;
    let password = named(url.password().unwrap_or_default()).ok_or_else(|| refused("name a password"))?;
    let folder = match url.path().trim_matches('/') {
        "" => "INBOX".to_owned(),
        path => text(path).ok_or_else(|| refused("the folder is not readable"))?,
    };
    let desk = match (desk, user.contains('@')) {
        ("", true) => user.to_lowercase(),
        ("", false) => format!("{user}@{host}").to_lowercase(),
        (named, _) => named.to_lowercase(),
    };
    let port = url.port().unwrap_or(port);
    Ok(Place { desk, host, port, encryption, user, password: password.into(), folder })
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str, desk: &str) -> Result<Place> {
        place("imap.url", &url.to_owned().into(), desk)
    }

    #[test]
    fn an_address_names_user_password_folder_and_desk() {
        let place = of("imaps://desk%40lebakkab.go.id:p%2Fw@mail.lebakkab.go.id/Tiket%20baru", "").unwrap();
        assert_eq!(
            (place.desk.as_str(), place.port, place.folder.as_str()),
            ("desk@lebakkab.go.id", 993, "Tiket baru")
        );
        assert_eq!(place.password.expose_secret(), "p/w");
        let place = of("imap://desk:pw@mail.lebakkab.go.id:1143?tls=required", "Desk@lebakkab.go.id").unwrap();
        assert_eq!(
            (place.desk.as_str(), place.port, place.encryption),
            ("desk@lebakkab.go.id", 1143, Encryption::StartTls)
        );
        assert_eq!(place.folder, "INBOX");
        assert_eq!(of("imap://a%40b.go.id:pw@127.0.0.1", "").unwrap().encryption, Encryption::None);
    }

    #[test]
    fn what_would_send_a_password_in_the_clear_or_names_no_desk_is_refused_without_the_password() {
        for (url, desk) in [
            ("imap://a%40b.go.id:rahasia@mail.lebakkab.go.id", ""),
            ("imap://a%40b.go.id:rahasia@mail.lebakkab.go.id?tls=maybe", ""),
            ("http://a%40b.go.id:rahasia@mail.lebakkab.go.id", ""),
            ("imaps://a%40b.go.id:rahasia%0d%0a@mail.lebakkab.go.id", ""),
            ("imaps://:rahasia@mail.lebakkab.go.id", "a@b.go.id"),
            ("rahasia", ""),
        ] {
            let refused = of(url, desk).unwrap_err().to_string();
            assert!(refused.contains("imap.url") && !refused.contains("rahasia"), "{url}: {refused}");
        }
    }
}
