//! Settings of scheduled backups.

use crate::age::Recipient;
use crate::error::{Error, Result};
use chrono::Duration;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Scheduled backups; what each means stands in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    every_minutes: i64,
    folder: String,
    keep_newest: usize,
    keep_days: usize,
    keep_months: usize,
    recipients: Vec<String>,
}

impl Backup {
    /// Time between two backups; none if there are no scheduled ones.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        (self.every_minutes > 0).then(|| Duration::minutes(self.every_minutes))
    }

    /// Where they go.
    #[must_use]
    pub fn folder(&self, data: &Path) -> PathBuf {
        if self.folder.is_empty() { data.join("backups") } else { PathBuf::from(&self.folder) }
    }

    /// How many stay: the newest, then one a day, then one a month.
    #[must_use]
    pub fn keeps(&self) -> (usize, usize, usize) {
        (self.keep_newest, self.keep_days, self.keep_months)
    }

    /// Public keys to which backups are encrypted; none: they are not.
    ///
    /// # Errors
    /// [`Error::Start`] if one is no key of age.
    pub fn recipients(&self) -> Result<Vec<Recipient>> {
        let one = |text: &String| {
            Recipient::parse(text).ok_or_else(|| {
                Error::start("setting backup.recipients: write public keys of age (age1…), as age-keygen prints them")
            })
        };
        self.recipients.iter().map(one).collect()
    }

    pub(super) fn check(&self) -> Result<()> {
        self.recipients().map(drop)
    }
}
