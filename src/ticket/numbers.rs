//! Numbers after a restore. What was opened after the backup is gone, but its number stands in mailboxes, letters and
//! bundles of auditors: none is given a second time, to somebody else's trouble.

use super::open::{number, reserve};
use crate::access::Tx;
use crate::db::schema::tickets;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use crate::org::Region;
use crate::org::region;
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Days before a backup that tell how busy a region is.
const LOOKED_AT: Duration = Duration::days(30);
/// The smallest gap; and to a multiple of it the last number is rounded up, so that everybody sees that it is one.
const LEAST: i64 = 100;

/// What a newer audit log says of the numbers of a region.
#[derive(Debug, Default, Clone)]
pub struct Given {
    /// The highest that is named, by year.
    named: BTreeMap<i32, i64>,
    /// When tickets were opened; of a secret one the log names no number.
    opened: Vec<Ts>,
    /// Up to when it speaks.
    until: Option<Ts>,
}

impl Given {
    /// Hears an entry.
    pub fn hear(&mut self, at: Ts, action: &str, detail: &Value) {
        self.until = self.until.max(Some(at));
        if action == "ticket.opened" {
            self.opened.push(at);
        }
        if let Some((year, n)) = detail.get("number").and_then(Value::as_str).and_then(read) {
            let highest = self.named.entry(year).or_default();
            *highest = n.max(*highest);
        }
    }
}

/// Year and place of a number, such as `LBK-2026-000123`.
fn read(number: &str) -> Option<(i32, i64)> {
    let mut parts = number.rsplit('-');
    let (n, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().map(|_| (year, n))
}

/// Lets the numbers of every region go on beyond what may have been given since `since`: what `given` says, and for the time
/// of which nobody says anything twice as many as on the busiest day before, for each day that has begun. The next number of
/// each region.
///
/// # Errors
/// The database's.
pub fn go_on(tx: &mut Tx<'_>, since: Ts, given: &BTreeMap<Id, Given>) -> Result<BTreeMap<Id, String>> {
    let mut next = BTreeMap::new();
    for region in region::all(tx)? {
        let year = region.year(tx.now);
        let last = i64::from(reserve(tx, region.id, year, 0)?);
        let (mut known, mut silent) = (last, since);
        if let Some(given) = given.get(&region.id) {
            let opened = given.opened.iter().filter(|at| region.year(**at) == year).count();
            let counted = last.saturating_add(i64::try_from(opened).unwrap_or(i64::MAX));
            known = counted.max(given.named.get(&year).copied().unwrap_or(0));
            silent = given.until.map_or(since, |until| until.max(since));
        }
        // Of another year nobody gets a number any more.
        if let Some(begin) = NaiveDate::from_ymd_opt(year, 1, 1).map(|day| region.begin_of(day)) {
            silent = silent.max(begin);
        }
        let gap = gap(tx.now.utc() - silent.utc(), busiest(tx, &region, since)?);
        let last_of_gap = known.saturating_add(gap).saturating_add(LEAST - 1) / LEAST * LEAST;
        let count = i32::try_from(last_of_gap - last).unwrap_or(0);
        let last = reserve(tx, region.id, year, count)?;
        next.insert(region.id, number(&region, year, last.saturating_add(1)));
    }
    Ok(next)
}

/// How many are left out for a time.
fn gap(time: Duration, busiest: i64) -> i64 {
    let days = time.num_days().max(0).saturating_add(1);
    days.saturating_mul(busiest).saturating_mul(2).max(LEAST)
}

/// How many tickets were opened on the busiest day of those before `since`.
fn busiest(tx: &mut Tx<'_>, region: &Region, since: Ts) -> Result<i64> {
    let opened: Vec<Ts> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::region_id.eq(region.id))
        .filter(tickets::created_at.between(since.plus(-LOOKED_AT), since))
        .select(tickets::created_at)
        .load(c))?;
    let mut days = BTreeMap::<NaiveDate, i64>::new();
    for at in opened {
        *days.entry(region.day(at)).or_default() += 1;
    }
    Ok(days.into_values().max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_a_hundred_or_twice_the_busiest_day_for_each_day_that_has_begun() {
        let gap = |hours, busiest| gap(Duration::hours(hours), busiest);
        assert_eq!([gap(1, 0), gap(1, 50), gap(1, 70), gap(23, 70), gap(25, 70)], [100, 100, 140, 140, 280]);
        assert_eq!(gap(-5, 70), 140, "a clock that is behind");
    }

    #[test]
    fn a_number_is_read_to_its_year_and_place_and_nothing_else_is_one() {
        assert_eq!(read("LBK-2026-000123"), Some((2026, 123)));
        assert_eq!(read("LBK-2026-1000123"), Some((2026, 1_000_123)));
        assert!(["2026-000123", "LBK-2026", "", "LBK-x-1"].iter().all(|other| read(other).is_none()));
    }
}
