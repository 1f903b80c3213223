//! A calendar that is computed with.

use super::definition::Definition;
use super::plan::DayPlan;
use super::rules::Rules;
use super::segment::{self, Segment};
use super::table::{Table, date, number};
use super::zone::{Zone, instant};
use crate::error::{Error, Result};
use crate::say;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z in microseconds.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// A compiled calendar. It fills as it is asked, so it is shared (`Arc`), not compiled again. Instants count in whole
/// microseconds; what is finer is cut off.
#[derive(Debug)]
pub struct Calendar(Table);

impl Calendar {
    /// Compiles a document.
    ///
    /// # Errors
    /// 422 as [`Definition::check`].
    pub fn compile(definition: &Definition) -> Result<Self> {
        definition.check()?;
        let zone: Tz = definition.zone.parse().map_err(|_| Error::invalid("/zone", say!("worktime.zone")))?;
        Ok(Self(Table::new(Rules::new(definition), Zone::new(zone))))
    }

    /// Working microseconds from `from` up to but without `to`; 0 if `to` is not later.
    #[must_use]
    pub fn micros_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
        if to <= from {
            return 0;
        }
        // Sums only grow: those that reach `to` still reach `from`.
        drop(self.0.at(from));
        let sums = self.0.at(to);
        sums.time.counted(to) - sums.time.counted(from)
    }

    /// The first instant up to which `micros` working microseconds have passed since `from`: a target that is filled
    /// exactly at closing time is due at closing time. `from` itself if `micros` is not positive; none after the
    /// year 9999.
    #[must_use]
    pub fn after(&self, from: DateTime<Utc>, micros: i64) -> Option<DateTime<Utc>> {
        if micros <= 0 {
            return Some(from);
        }
        let at = from.timestamp_micros();
        let sums = self.0.at(at);
        let count = sums.time.counted(at).checked_add(micros)?;
        self.0.reached(sums, count, |sums| &sums.time).filter(|at| *at <= LAST).map(instant)
    }

    /// What is counted and what is not from `from` up to but without `to`, in order and without gap; adjacent pieces
    /// of one kind and name are one. The cost grows with the number of days. What lies outside the years 1 to 9999
    /// is left out.
    #[must_use]
    pub fn segments(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Segment> {
        segment::between(&self.0, from.timestamp_micros().max(FIRST), to.timestamp_micros().min(LAST))
    }

    /// IANA name of the zone of its hours.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        self.0.zone.name()
    }

    /// What holds on a day, in the calendar's own time.
    #[must_use]
    pub fn plan(&self, day: NaiveDate) -> DayPlan {
        DayPlan::of(&self.0.rules.on(day))
    }

    /// The same local time on the `days`-th day with working time after the local day of `from`, which does not
    /// count. If that day skips this time, when it is skipped; if it has it twice, the first. `from` itself for no
    /// days; none after the year 9999.
    #[must_use]
    pub fn working_days_after(&self, from: DateTime<Utc>, days: u32) -> Option<DateTime<Utc>> {
        let at = from.timestamp_micros();
        if days == 0 || !(FIRST..=LAST).contains(&at) {
            return (days == 0).then_some(from);
        }
        let past = number(self.0.zone.day_of(at)) + 1;
        let sums = self.0.at_day(past);
        let count = sums.days.counted(past) + i64::from(days);
        let day = date(self.0.reached(sums, count, |sums| &sums.days)? - 1);
        let due = self.0.zone.begin(day.and_time(self.0.zone.local(at).time()));
        (due <= LAST).then(|| instant(due))
    }
}
