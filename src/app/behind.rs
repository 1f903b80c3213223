//! A clock that is behind what was written last (R11): a machine whose battery is dead, or that was put back, begins years ago
//! until NTP has set it. What is written then has the numbers of another year and deadlines by no agreement, and lies at the
//! end of every list for ever. So nothing is changed until the clock has come to where the audit log was signed last.

use super::{App, Caller, micros, time};
use crate::access::{Origin, Tx};
use crate::audit::{self, Object, sequence, store};
use crate::db::Ts;
use crate::error::Result;
use crate::org::actor::console;
use chrono::Duration;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};

/// By how much a clock may be behind: one that was ahead by less is set right without a word.
const BEHIND: Duration = Duration::days(1);
/// After so long without a word in the log a clock may as well be ahead.
const AHEAD: Duration = Duration::days(30);

/// How a clock stands to when the audit log was signed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it should.
    Right,
    /// Behind it by more than a day.
    Behind(Ts),
    /// Ahead of it by more than a month.
    Ahead(Ts),
}

/// Compares a clock with what [`signed_last`] says.
#[must_use]
pub fn standing(now: Ts, signed: Option<Ts>) -> Standing {
    match signed {
        Some(at) if now < at.plus(-BEHIND) => Standing::Behind(at),
        Some(at) if at.plus(AHEAD) < now => Standing::Ahead(at),
        _ => Standing::Right,
    }
}

/// When the newest checkpoint of any log was signed; of an older one, signed by a clock that was ahead, nobody asks.
///
/// # Errors
/// The database's.
pub fn signed_last(tx: &mut Tx<'_>) -> Result<Option<Ts>> {
    let mut last = None;
    for head in sequence::heads(tx)? {
        last = last.max(store::newest(tx, head.log_id)?.map(|newest| newest.signed_at));
    }
    Ok(last)
}

/// Notes that this clock is right in each log that was signed by one that was ahead: so each grows, and is signed anew; of one
/// that does not, the next start would take this clock for the wrong one again.
fn say_right(tx: &mut Tx<'_>) -> Result<()> {
    for head in sequence::heads(tx)? {
        let newest = store::newest(tx, head.log_id)?.map(|newest| newest.signed_at);
        if let Standing::Behind(signed) = standing(tx.now, newest) {
            let object = Object { kind: "clock", id: None, region: head.region() };
            audit::append(tx, "clock.right", object, json!({ "signed": signed.text() }))?;
        }
    }
    Ok(())
}

/// Until when nothing is changed; microseconds since 1970, 0 where the clock is right.
#[derive(Debug, Default)]
pub struct Behind(AtomicI64);

impl Behind {
    /// Is the clock still behind?
    #[must_use]
    pub fn is_on(&self, now: Ts) -> bool {
        time(&self.0).is_some_and(|until| now < until)
    }
}

impl App {
    /// Looks at the clock, and lets nothing be changed while it is behind; unless somebody says that it is right, which stands in
    /// the logs.
    ///
    /// # Errors
    /// The database's.
    pub async fn check_clock(&self, is_right: bool) -> Result<Standing> {
        let signed = self.read(Caller::Anonymous, Origin::default(), signed_last).await?;
        let found = standing(self.clock.now(), signed);
        match found {
            Standing::Behind(_) if is_right => {
                self.write(Caller::Known(console(None)), Origin::of("console"), say_right).await?;
            }
            Standing::Behind(at) => self.behind.0.store(micros(at.plus(-BEHIND)), Ordering::Release),
            Standing::Right | Standing::Ahead(_) => {}
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_behind_and_a_month_ahead_are_believed_and_no_more() {
        let signed = Ts::new(chrono::DateTime::UNIX_EPOCH).plus(Duration::days(20_000));
        let of = |hours| standing(signed.plus(Duration::hours(hours)), Some(signed));
        assert_eq!([of(-24), of(0), of(30 * 24)], [Standing::Right; 3]);
        assert_eq!(of(-25), Standing::Behind(signed));
        assert_eq!(of(30 * 24 + 1), Standing::Ahead(signed));
        assert_eq!(standing(signed, None), Standing::Right, "nothing was written yet");
    }
}
