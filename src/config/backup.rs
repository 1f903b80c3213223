//! Settings of scheduled backups.

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

    pub(super) fn check(&self) -> Result<()> {
        if self.every_minutes < 0 || self.keep_newest == 0 {
            return Err(Error::start("settings backup.every_minutes: 0 or more; backup.keep_newest: at least 1"));
        }
        Ok(())
    }
}
