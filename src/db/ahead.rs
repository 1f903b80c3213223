//! The one rule of what lies ahead (R11): an instant that lies further ahead than the thing can be was written by a clock that
//! was wrong, and counts as past. Else what an hour of a wrong clock has put off would stand still until the date that
//! it believed in, without a word, once the clock is right.

use super::Ts;
use chrono::{Duration, NaiveDate};

/// By how much clocks may differ, and for how long a request waits.
pub const APART: Duration = Duration::minutes(5);

/// The latest that what is put off by so much at most can lie ahead.
#[must_use]
pub fn latest(now: Ts, longest: Duration) -> Ts {
    now.plus(longest).plus(APART)
}

/// Is this instant of what was put off by `longest` at most past? In SQL [`crate::is_past`] asks it.
#[must_use]
pub fn is_past(at: Ts, now: Ts, longest: Duration) -> bool {
    at <= now || latest(now, longest) < at
}

/// What a day can be at most: where it lies, today may be tomorrow.
#[must_use]
pub fn latest_day(today: NaiveDate) -> NaiveDate {
    today.succ_opt().unwrap_or(today)
}

/// The bounds of what happened since, both within: neither what happened just then nor what lies ahead did.
#[must_use]
pub fn since(then: Ts, now: Ts) -> (Ts, Ts) {
    (then.plus(Duration::microseconds(1)), now.plus(APART))
}

/// Is this instant of what was put off by `longest` at most past, in SQL? To be put behind an index, not into its range: where
/// that goes by the instant itself, `mail::ahead` sets it right instead.
#[macro_export]
macro_rules! is_past {
    ($column:expr, $now:expr, $longest:expr) => {
        $column.is_null().or($column.le($now)).or($column.gt($crate::db::ahead::latest($now, $longest)))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_further_ahead_than_it_can_is_not_believed() {
        let now = Ts::new(chrono::DateTime::UNIX_EPOCH);
        let hour = Duration::hours(1);
        assert_eq!(latest(now, hour), now.plus(Duration::minutes(65)));
        let past = [-1, 0, 1, 65, 66].map(|minutes| is_past(now.plus(Duration::minutes(minutes)), now, hour));
        assert_eq!(past, [true, true, false, false, true]);
        assert_eq!(since(now.plus(-hour), now).1, now.plus(Duration::minutes(5)));
    }
}
