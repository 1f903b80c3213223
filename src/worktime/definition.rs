//! The document that describes a calendar, as it is stored and sent.

use super::time_of_day::TimeOfDay;
use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A calendar of working time. [`Definition::check`] tells what is wrong with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarDefinition)]
pub struct Definition {
    /// IANA name of the time zone that all hours are in.
    #[schema(example = "Asia/Jakarta")]
    pub zone: String,
    /// The weeks and since when each is in force; exactly one has no first day.
    pub weeks: Vec<Week>,
    /// Spans of days with other hours, or with none.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// Days off; also in a week that works round the clock.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// The hours of an ordinary week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarWeek)]
pub struct Week {
    /// First day in force; none: ever since.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Work on all days from midnight to midnight; then `hours` stays empty.
    #[serde(default)]
    pub round_the_clock: bool,
    /// When work is done.
    #[serde(default)]
    pub hours: Hours,
}

/// Windows of work by weekday; an empty day is a day off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CalendarHours)]
#[expect(missing_docs, reason = "the seven days")]
pub struct Hours {
    pub monday: Vec<Window>,
    pub tuesday: Vec<Window>,
    pub wednesday: Vec<Window>,
    pub thursday: Vec<Window>,
    pub friday: Vec<Window>,
    pub saturday: Vec<Window>,
    pub sunday: Vec<Window>,
}

impl Hours {
    /// The windows of a weekday.
    #[must_use]
    pub const fn on(&self, day: Weekday) -> &Vec<Window> {
        match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }

    /// The days in order, each with its name in the document.
    #[must_use]
    pub const fn days(&self) -> [(&'static str, &Vec<Window>); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }

    /// Puts the windows of each day in order.
    pub(super) fn sort(&mut self) {
        let Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday } = self;
        for windows in [monday, tuesday, wednesday, thursday, friday, saturday, sunday] {
            windows.sort();
        }
    }

    /// Whether no day has a window.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days().iter().all(|(_, windows)| windows.is_empty())
    }
}

/// Working time of one day: from `start` on, up to but without `end`, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarWindow)]
pub struct Window {
    /// First second.
    pub start: TimeOfDay,
    /// First second that is no work any more; `24:00` for work until midnight.
    pub end: TimeOfDay,
}

impl Window {
    /// Midnight to midnight.
    pub const WHOLE_DAY: Self = Self { start: TimeOfDay::MIDNIGHT, end: TimeOfDay::END };
}

/// Days with hours of their own, such as Ramadan, or without any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarException)]
pub struct Exception {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Why, for whoever reads how a deadline came about.
    pub name: String,
    /// The hours of these days; none: all are closed.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// Whether it wins over holidays too: a holiday on which work is done.
    #[serde(default)]
    pub over_holidays: bool,
}

/// A day off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarHoliday)]
pub struct Holiday {
    /// The day.
    pub day: NaiveDate,
    /// Its name.
    pub name: String,
    /// Who decreed it.
    pub kind: HolidayKind,
}

crate::text_enum! {
    /// Kinds of days off.
    pub enum HolidayKind {
        /// National holiday.
        LiburNasional = "libur_nasional",
        /// Collective leave, decreed by three ministers.
        CutiBersama = "cuti_bersama",
        /// Decreed by the region.
        Daerah = "daerah",
    }
}

impl Week {
    /// Whether there is working time in it at all.
    #[must_use]
    pub fn works(&self) -> bool {
        self.round_the_clock || !self.hours.is_empty()
    }
}

impl Exception {
    /// Its windows on a day; none on every day if it has no hours.
    #[must_use]
    pub fn windows(&self, day: NaiveDate) -> &[Window] {
        self.hours.as_ref().map_or(&[], |hours| hours.on(day.weekday()))
    }
}
