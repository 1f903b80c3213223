//! How long what failed rests before it is tried again: each time twice as long.

use crate::db::Ts;
use chrono::Duration;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Minutes after the first failure; doubled with each.
const FIRST: i64 = 1;
/// Minutes that are never exceeded.
const LONGEST: i64 = 32;

/// Of something that fails again and again.
#[derive(Debug, Default)]
pub struct Pause {
    failures: AtomicU32,
    /// Microseconds since 1970.
    until: AtomicI64,
}

impl Pause {
    /// May it be tried again? A clock that was set back holds nothing up.
    #[must_use]
    pub fn is_over(&self, now: Ts) -> bool {
        let left = self.until.load(Ordering::Acquire) - now.utc().timestamp_micros();
        !(1..=LONGEST * 60_000_000).contains(&left)
    }

    /// Notes how a try ended.
    pub fn note(&self, now: Ts, failed: bool) {
        let before = self.failures.load(Ordering::Acquire);
        let minutes = if failed { (FIRST << before.min(8)).min(LONGEST) } else { 0 };
        self.failures.store(if failed { before.saturating_add(1) } else { 0 }, Ordering::Release);
        self.until.store(now.plus(Duration::minutes(minutes)).utc().timestamp_micros(), Ordering::Release);
    }
}
