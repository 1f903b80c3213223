//! Whether changes are stored. That one fails which changes nothing, or one ends well that finds nothing to do, says little: so
//! it is the time of the last failure that counts.

use super::{micros, time};
use crate::db::Ts;
use crate::error::Error;
use std::sync::atomic::{AtomicI64, Ordering};

/// Minutes for which a failure is told: whoever watches looks now and then.
const TOLD: i64 = 5;

/// When a change could last not be stored, through no fault of whoever wanted it: a full disk, a database that is away.
#[derive(Debug, Default)]
pub struct Trouble(AtomicI64);

impl Trouble {
    /// Notes how a change failed.
    pub(super) fn note(&self, error: &Error, now: Ts) {
        if matches!(error, Error::Unavailable(_)) {
            self.0.store(micros(now), Ordering::Release);
        }
    }

    /// `true` if one failed within the last minutes, by whatever clock.
    #[must_use]
    pub fn is_alarming(&self, now: Ts) -> bool {
        time(&self.0).is_some_and(|at| now.apart(at).num_minutes() < TOLD)
    }
}
