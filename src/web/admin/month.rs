//! A month of a calendar: working hours, days off, and days with hours of their own, such as Ramadan.

use super::super::frame::Frame;
use super::super::moment;
use crate::error::{Error, Result};
use crate::mail::when;
use crate::message::Language;
use crate::worktime::{Calendar, DayKind, Window};
use chrono::{Datelike, Days, Months, NaiveDate};

/// A month as a table of weeks.
pub struct Month {
    pub(super) title: String,
    /// Place and name of the month before.
    pub(super) before: (String, String),
    /// Place and name of the next month.
    pub(super) after: (String, String),
    pub(super) weekdays: Vec<String>,
    /// Monday to Sunday; none outside the month.
    pub(super) weeks: Vec<Vec<Option<Day>>>,
}

/// A day of it.
pub struct Day {
    pub(super) number: u32,
    pub(super) weekday: String,
    pub(super) windows: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) look: &'static str,
    /// So that colour is not all that tells days off from others.
    pub(super) shape: &'static str,
    pub(super) is_today: bool,
}

/// The first day of a month as `2026-03`; of the month of `today` if nothing is asked.
///
/// # Errors
/// 404 for what is no month of the years that calendars know.
pub fn first(month: &str, today: NaiveDate) -> Result<NaiveDate> {
    if month.is_empty() {
        return today.with_day(1).ok_or(Error::NotFound);
    }
    let day = crate::worktime::day(&format!("{month}-01")).ok_or(Error::NotFound)?;
    if crate::worktime::YEARS.contains(&day.year()) { Ok(day) } else { Err(Error::NotFound) }
}

impl Month {
    /// The month that begins at `first`, as pages at `place` show it.
    #[must_use]
    pub fn of(calendar: &Calendar, first: NaiveDate, today: NaiveDate, place: &str, frame: &Frame) -> Self {
        let language = frame.language;
        let near = |day: Option<NaiveDate>| {
            let day = day.unwrap_or(first);
            (format!("{place}?month={}", day.format("%Y-%m")), moment::month(day, language))
        };
        let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
        let end = first.checked_add_months(Months::new(1)).unwrap_or(first);
        let show = |day: NaiveDate| (day.month() == first.month()).then(|| shown(calendar, day, today, frame));
        let weeks = (0..6).map(|week| monday + Days::new(week * 7)).take_while(|start| *start < end);
        Self {
            title: moment::month(first, language),
            before: near(first.checked_sub_months(Months::new(1))),
            after: near(Some(end)),
            weekdays: monday.iter_days().take(7).map(|day| when::weekday(day, language)).collect(),
            weeks: weeks.map(|start| start.iter_days().take(7).map(show).collect()).collect(),
        }
    }
}

fn shown(calendar: &Calendar, day: NaiveDate, today: NaiveDate, frame: &Frame) -> Day {
    let plan = calendar.plan(day);
    let (look, shape) = match plan.kind {
        DayKind::Holiday => ("holiday", "✕"),
        DayKind::Exception => ("exception", "◆"),
        DayKind::Ordinary if plan.windows.is_empty() => ("closed", ""),
        DayKind::Ordinary => ("open", ""),
    };
    Day {
        number: day.day(),
        weekday: when::weekday(day, frame.language),
        windows: plan.windows.iter().map(|window| told(*window, frame.language)).collect(),
        name: plan.name,
        look,
        shape,
        is_today: day == today,
    }
}

/// A window as people write it in `language`: "07.30–12.00".
#[must_use]
pub fn told(window: Window, language: Language) -> String {
    let window = format!("{}–{}", window.start, window.end);
    match language {
        Language::Id => window.replace(':', "."),
        Language::En => window,
    }
}
