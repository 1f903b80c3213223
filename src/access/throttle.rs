//! Limits on guessing. A try is counted before its password is checked, in one statement, so that tries made at
//! once can't slip past each other.

use super::Tx;
use crate::config::SignIn;
use crate::db::schema::sign_in_attempts as attempts;
use crate::db::{Ts, ahead};
use crate::error::{Error, Result};
use crate::{is_past, on};
use chrono::Duration;
use diesel::prelude::*;

/// No pause is longer: whoever owns the account must be able to come back the same day.
const LONGEST_PAUSE: i64 = 3600;
/// A count is forgotten after so many seconds without a try.
const MEMORY: i64 = 86_400;

/// Counts a try for `key`, or refuses it while a pause lasts, which one that is refused makes no longer; `free` tries have
/// none.
///
/// # Errors
/// 429 with the seconds that are left.
pub fn count(tx: &mut Tx<'_>, key: &str, free: i32, settings: &SignIn) -> Result<()> {
    // Of an insertion; beside that of queries it would be ambiguous.
    use diesel::query_dsl::methods::FilterDsl as _;
    let now = tx.now;
    let row = (attempts::key.eq(key), attempts::failures.eq(1), attempts::last_at.eq(now));
    let counted = on!(tx.conn(), |c| diesel::insert_into(attempts::table)
        .values(row)
        .on_conflict(attempts::key)
        .do_update()
        .set(attempts::failures.eq(attempts::failures + 1))
        .filter(is_past!(attempts::blocked_until, now, Duration::seconds(LONGEST_PAUSE)))
        .returning((attempts::failures, attempts::last_at))
        .get_result::<(i32, Ts)>(c)
        .optional())?;
    let Some((failures, last)) = counted else {
        let until: Option<Ts> = on!(tx.conn(), |c| attempts::table.find(key).select(attempts::blocked_until).first(c))?;
        return Err(Error::TooMany(until.map_or(1, |until| seconds_between(now, until))));
    };
    let (since, until) = ahead::since(now.plus(Duration::seconds(-MEMORY)), now);
    let failures = if (since..=until).contains(&last) { failures } else { 1 };
    let over = failures.saturating_sub(free);
    let until = (over >= 0).then(|| now.plus(Duration::seconds(pause(over, settings.pause_seconds))));
    on!(tx.conn(), |c| diesel::update(attempts::table.find(key))
        .set((attempts::failures.eq(failures), attempts::last_at.eq(now), attempts::blocked_until.eq(until)))
        .execute(c))?;
    Ok(())
}

/// Forgets the tries for `key`: the password was right.
pub fn forget(tx: &mut Tx<'_>, key: &str) -> Result<()> {
    on!(tx.conn(), |c| diesel::delete(attempts::table.find(key)).execute(c))?;
    Ok(())
}

/// Takes one try for `key` back: the password was right, and others behind the same address should not pay for it.
pub fn take_back(tx: &mut Tx<'_>, key: &str, free: i32) -> Result<()> {
    let less = on!(tx.conn(), |c| diesel::update(attempts::table.find(key).filter(attempts::failures.gt(0)))
        .set(attempts::failures.eq(attempts::failures - 1))
        .returning(attempts::failures)
        .get_result::<i32>(c)
        .optional())?;
    if less.is_some_and(|n| n < free) {
        on!(tx.conn(), |c| diesel::update(attempts::table.find(key))
            .set(attempts::blocked_until.eq(None::<Ts>))
            .execute(c))?;
    }
    Ok(())
}

/// Removes tries that count no more.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Tx<'_>) -> Result<()> {
    let day = tx.now.plus(Duration::days(-2));
    on!(tx.conn(), |c| diesel::delete(attempts::table.filter(attempts::last_at.lt(day))).execute(c))?;
    Ok(())
}

fn pause(over: i32, first: i64) -> i64 {
    let doubled = u32::try_from(over).ok().and_then(|n| 2_i64.checked_pow(n)).unwrap_or(i64::MAX);
    first.saturating_mul(doubled).min(LONGEST_PAUSE)
}

fn seconds_between(from: Ts, to: Ts) -> u64 {
    u64::try_from((to.utc() - from.utc()).num_seconds().saturating_add(1)).unwrap_or(1)
}
