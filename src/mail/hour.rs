//! How much a region may give to the shared server within an hour.

use super::Mailer;
use super::lane::Lane;
use crate::access::Tx;
use crate::db::schema::mails;
use crate::db::{Id, ahead};
use crate::error::Result;
use crate::on;
use chrono::Duration;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// What each region has given to the shared server within an hour, tries under way included.
pub(super) struct Hour {
    most: Option<i64>,
    tried: BTreeMap<Id, i64>,
}

impl Hour {
    /// By the settings, before anything was counted.
    pub(super) fn new(mailer: &Mailer) -> Self {
        Self { most: mailer.per_hour(), tried: BTreeMap::new() }
    }

    /// Counts for one region, and only where mails of it wait: one stretch of the index, however many were ever sent.
    pub(super) fn look(&mut self, tx: &mut Tx<'_>, region: Id) -> Result<()> {
        if self.most.is_some() && !self.tried.contains_key(&region) {
            let (hour_ago, now) = ahead::since(tx.now.plus(Duration::hours(-1)), tx.now);
            let tried = on!(tx.conn(), |c| mails::table
                .filter(mails::region_id.eq(region).and(mails::tried_at.between(hour_ago, now)))
                .count()
                .get_result(c))?;
            self.tried.insert(region, tried);
        }
        Ok(())
    }

    /// Of each lane less than of the one before it.
    pub(super) fn is_full(&self, region: Id, lane: Lane) -> bool {
        let tried = self.tried.get(&region).copied().unwrap_or(0);
        self.most.is_some_and(|most| tried >= most - lane.kept(most))
    }

    /// Counts a try.
    pub(super) fn count(&mut self, region: Id) {
        *self.tried.entry(region).or_default() += 1;
    }
}
