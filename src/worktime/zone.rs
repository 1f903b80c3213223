//! Between instants (microseconds since 1970 in UTC) and what the clocks of a zone show.

use super::check::YEARS;
use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;

/// More than any zone is away from UTC, in seconds, with a day that it once skipped.
const AWAY: i64 = 50 * 3_600;

/// A zone. Before 1970, of which the database of zones knows little, its clocks go on as they did at the turn of
/// that year.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    tz: Tz,
    /// First midnight of 1970.
    first: i64,
    /// What is added to UTC before, in microseconds.
    early: i64,
}

impl Zone {
    pub(super) fn new(tz: Tz) -> Self {
        let mut this = Self { tz, first: i64::MIN, early: 0 };
        let turn = NaiveDate::from_ymd_opt(*YEARS.start(), 1, 1).unwrap_or_default();
        this.first = this.begin_of(turn);
        this.early = micros(this.local(this.first)) - this.first;
        this
    }

    /// Its IANA name.
    pub(super) fn name(&self) -> &'static str {
        self.tz.name()
    }

    /// What the clocks show at an instant.
    pub(super) fn local(&self, at: i64) -> NaiveDateTime {
        if at < self.first {
            return instant(at.saturating_add(self.early)).naive_utc();
        }
        let utc = instant(at).naive_utc();
        let offset = self.tz.offset_from_utc_datetime(&utc).fix().local_minus_utc();
        utc.checked_add_signed(TimeDelta::seconds(i64::from(offset))).unwrap_or(utc)
    }

    /// The day of an instant; it has begun for good once its first midnight has passed, even if clocks go back over
    /// that midnight.
    pub(super) fn day_of(&self, at: i64) -> NaiveDate {
        let day = self.local(at).date();
        day.succ_opt().filter(|next| self.begin_of(*next) <= at).unwrap_or(day)
    }

    /// The first midnight of a day.
    pub(super) fn begin_of(&self, day: NaiveDate) -> i64 {
        self.begin(day.and_time(NaiveTime::MIN))
    }

    /// The first instant at which the clocks show `local` or later.
    pub(super) fn begin(&self, local: NaiveDateTime) -> i64 {
        if self.is_early(local) {
            return micros(local) - self.early;
        }
        match self.showing(local) {
            (Some(first), _) => first,
            (None, _) => self.skipped(local),
        }
    }

    /// The end of the last instant at which the clocks show less than `local`.
    pub(super) fn end(&self, local: NaiveDateTime) -> i64 {
        if self.is_early(local) {
            return micros(local) - self.early;
        }
        match self.showing(local) {
            (_, Some(second)) if self.local(second - 1) < local => second,
            (Some(first), _) => first,
            (None, _) => self.skipped(local),
        }
    }

    fn is_early(&self, local: NaiveDateTime) -> bool {
        self.first > i64::MIN && local.year() < *YEARS.start()
    }

    /// The instants at which the clocks show exactly `local`: none, one or two.
    fn showing(&self, local: NaiveDateTime) -> (Option<i64>, Option<i64>) {
        let (first, second) = match self.tz.offset_from_local_datetime(&local) {
            LocalResult::None => (None, None),
            LocalResult::Single(only) => (Some(only), None),
            LocalResult::Ambiguous(one, other) => (Some(one), Some(other)),
        };
        let at = |offset: Option<_>| {
            let offset: i32 = Offset::fix(&offset?).local_minus_utc();
            let at = micros(local) - i64::from(offset) * SECOND;
            (self.local(at) == local).then_some(at)
        };
        match (at(first), at(second)) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            (None, only) => (only, None),
            only => only,
        }
    }

    /// When the clocks jump over `local`.
    fn skipped(&self, local: NaiveDateTime) -> i64 {
        let near = micros(local).div_euclid(SECOND);
        let (mut before, mut after) = (near - AWAY, near + AWAY);
        while after - before > 1 {
            let middle = before.midpoint(after);
            if self.local(middle * SECOND) >= local {
                after = middle;
            } else {
                before = middle;
            }
        }
        after * SECOND
    }
}

/// The microseconds of what clocks show, as if they stood in UTC.
fn micros(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp_micros()
}

/// An instant; those that chrono can't hold become its first or last.
pub(super) fn instant(at: i64) -> DateTime<Utc> {
    let edge = if at < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(at).unwrap_or(edge)
}
