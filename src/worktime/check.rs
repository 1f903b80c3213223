//! What is wrong with a calendar's document, each fault at its place.

use super::definition::{Definition, Exception, Hours, Week, Window};
use crate::check::Checks;
use crate::error::Result;
use crate::message::Say;
use crate::say;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Years that a document may name. Before and after them a calendar repeats its first and its last week.
pub const YEARS: RangeInclusive<i32> = 1970..=2199;

impl Definition {
    /// Looks for every fault.
    ///
    /// # Errors
    /// 422: an unknown zone; windows that overlap, are empty or run backwards; not exactly one week without a first
    /// day, or two with the same; exceptions that end before they begin, or overlap others of their rank; a holiday
    /// told twice; a day outside 1970–2199; a last week without working time.
    pub fn check(&self) -> Result<()> {
        let mut checks = Checks::new();
        checks.ensure(self.zone.parse::<Tz>().is_ok(), "/zone", || say!("worktime.zone"));
        self.check_weeks(&mut checks);
        self.check_exceptions(&mut checks);
        self.check_holidays(&mut checks);
        checks.done()
    }

    fn check_weeks(&self, checks: &mut Checks) {
        let mut seen = BTreeSet::new();
        for (i, week) in self.weeks.iter().enumerate() {
            if let Some(day) = week.from {
                check_day(checks, &format!("/weeks/{i}/from"), day);
            }
            checks.ensure(seen.insert(week.from), &format!("/weeks/{i}/from"), || say!("worktime.week_twice"));
            let idle = !week.round_the_clock || week.hours.is_empty();
            checks.ensure(idle, &format!("/weeks/{i}/hours"), || say!("worktime.clock_and_hours"));
            hours(checks, &format!("/weeks/{i}/hours"), &week.hours);
        }
        checks.ensure(seen.contains(&None), "/weeks", || say!("worktime.no_first_week"));
        if let Some((i, _)) = self.last_week().filter(|(_, week)| !week.works()) {
            checks.fault(format!("/weeks/{i}/hours"), say!("worktime.no_work"));
        }
    }

    /// The week that stays in force for ever.
    fn last_week(&self) -> Option<(usize, &Week)> {
        self.weeks.iter().enumerate().max_by_key(|(_, week)| week.from)
    }

    fn check_exceptions(&self, checks: &mut Checks) {
        for (i, exception) in self.exceptions.iter().enumerate() {
            let at = format!("/exceptions/{i}");
            check_day(checks, &format!("{at}/from"), exception.from);
            check_day(checks, &format!("{at}/until"), exception.until);
            let forward = exception.from <= exception.until;
            checks.ensure(forward, &format!("{at}/until"), || say!("field.dates"));
            checks.line(&format!("{at}/name"), &exception.name, 1..=200);
            if let Some(own) = &exception.hours {
                hours(checks, &format!("{at}/hours"), own);
            }
        }
        for rank in [false, true] {
            let of_rank = |(_, e): &(usize, &Exception)| e.over_holidays == rank;
            let all = self.exceptions.iter().enumerate().filter(of_rank);
            for i in overlapping(all.map(|(i, e)| (i, e.from, e.until.succ_opt().unwrap_or(e.until)))) {
                checks.fault(format!("/exceptions/{i}/from"), say!("worktime.exceptions_overlap"));
            }
        }
    }

    fn check_holidays(&self, checks: &mut Checks) {
        let mut seen = BTreeSet::new();
        for (i, holiday) in self.holidays.iter().enumerate() {
            check_day(checks, &format!("/holidays/{i}/day"), holiday.day);
            checks.ensure(seen.insert(holiday.day), &format!("/holidays/{i}/day"), || say!("worktime.holiday_twice"));
            checks.line(&format!("/holidays/{i}/name"), &holiday.name, 1..=200);
        }
    }
}

/// Whether a document may name the day.
pub(super) fn may_name(day: NaiveDate) -> bool {
    YEARS.contains(&day.year())
}

/// What is wrong with a day, or a year, that no document may name.
#[must_use]
pub fn year_fault() -> Say {
    say!("worktime.year", first = YEARS.start(), last = YEARS.end())
}

/// Notes a fault for a day that no document may name.
pub fn check_day(checks: &mut Checks, pointer: &str, day: NaiveDate) {
    checks.ensure(may_name(day), pointer, year_fault);
}

fn hours(checks: &mut Checks, pointer: &str, hours: &Hours) {
    for (day, windows) in hours.days() {
        let backwards = |w: &Window| w.start >= w.end;
        for (i, _) in windows.iter().enumerate().filter(|(_, w)| backwards(w)) {
            checks.fault(format!("{pointer}/{day}/{i}"), say!("worktime.backwards"));
        }
        let forward = windows.iter().enumerate().filter(|(_, w)| !backwards(w));
        for i in overlapping(forward.map(|(i, w)| (i, w.start, w.end))) {
            checks.fault(format!("{pointer}/{day}/{i}"), say!("worktime.overlap"));
        }
    }
}

/// Of half-open spans those that begin within another, by the number that came with them.
fn overlapping<T: Ord + Copy>(spans: impl Iterator<Item = (usize, T, T)>) -> Vec<usize> {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_by_key(|(i, from, _)| (*from, *i));
    let mut reach: Option<T> = None;
    let mut found = Vec::new();
    for (i, from, to) in spans {
        if reach.is_some_and(|reach| from < reach) {
            found.push(i);
        }
        reach = reach.max(Some(to));
    }
    found
}
