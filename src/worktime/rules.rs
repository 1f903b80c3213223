//! Which rule governs a day, compiled from the document.

use super::definition::{Definition, Exception, Holiday, Week, Window};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// The rules of a calendar, each in the order of its days.
#[derive(Debug)]
pub(super) struct Rules {
    weeks: BTreeMap<Option<NaiveDate>, Week>,
    exceptions: BTreeMap<NaiveDate, Exception>,
    over_holidays: BTreeMap<NaiveDate, Exception>,
    holidays: BTreeMap<NaiveDate, Holiday>,
}

/// What governs a day.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ruling<'a> {
    /// The week in force, with its windows.
    Week(&'a [Window]),
    /// A day off.
    Holiday(&'a Holiday),
    /// An exception, with its windows on that day.
    Exception(&'a Exception, &'a [Window]),
}

impl Ruling<'_> {
    /// The windows of the day, in order.
    pub(super) const fn windows(&self) -> &[Window] {
        match self {
            Self::Week(windows) | Self::Exception(_, windows) => windows,
            Self::Holiday(_) => &[],
        }
    }
}

impl Rules {
    /// Of a document that was checked.
    pub(super) fn new(definition: &Definition) -> Self {
        let exceptions = |over: bool| {
            let chosen = definition.exceptions.iter().filter(move |e| e.over_holidays == over);
            chosen.map(|e| (e.from, sorted_exception(e.clone()))).collect()
        };
        Self {
            weeks: definition.weeks.iter().map(|w| (w.from, sorted_week(w.clone()))).collect(),
            exceptions: exceptions(false),
            over_holidays: exceptions(true),
            holidays: definition.holidays.iter().map(|h| (h.day, h.clone())).collect(),
        }
    }

    /// What governs a day.
    pub(super) fn on(&self, day: NaiveDate) -> Ruling<'_> {
        let of = |exceptions| exception_on(exceptions, day).map(|e| Ruling::Exception(e, e.windows(day)));
        of(&self.over_holidays)
            .or_else(|| self.holidays.get(&day).map(Ruling::Holiday))
            .or_else(|| of(&self.exceptions))
            .unwrap_or_else(|| self.ordinary(day))
    }

    fn ordinary(&self, day: NaiveDate) -> Ruling<'_> {
        match self.weeks.range(..=Some(day)).next_back() {
            Some((_, week)) if week.round_the_clock => Ruling::Week(&[Window::WHOLE_DAY]),
            Some((_, week)) => Ruling::Week(week.hours.on(day.weekday())),
            None => Ruling::Week(&[]),
        }
    }
}

fn exception_on(exceptions: &BTreeMap<NaiveDate, Exception>, day: NaiveDate) -> Option<&Exception> {
    exceptions.range(..=day).next_back().map(|(_, e)| e).filter(|e| day <= e.until)
}

fn sorted_exception(mut exception: Exception) -> Exception {
    if let Some(hours) = &mut exception.hours {
        hours.sort();
    }
    exception
}

fn sorted_week(mut week: Week) -> Week {
    week.hours.sort();
    week
}
