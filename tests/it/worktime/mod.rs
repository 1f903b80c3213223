//! Working time: by hand, against bugs that other desks had, and against slow references that are written differently.

mod checks;
mod contract;
mod holidays;
mod peers;
mod properties;
mod slow;
mod worlds;
mod zones;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use sigap::worktime::{Calendar, Definition, Exception, Holiday, HolidayKind, Hours, Week, Window, shipped};

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;

/// `windows("07:30-12:00 13:00-16:00")`.
pub fn windows(text: &str) -> Vec<Window> {
    let one = |part: &str| {
        let (start, end) = part.split_once('-').unwrap();
        Window { start: start.parse().unwrap(), end: end.parse().unwrap() }
    };
    text.split_whitespace().map(one).collect()
}

/// The same hours from Monday to Friday.
pub fn five_days(text: &str) -> Hours {
    let day = windows(text);
    let (monday, tuesday, wednesday, thursday) = (day.clone(), day.clone(), day.clone(), day.clone());
    Hours { monday, tuesday, wednesday, thursday, friday: day, ..Hours::default() }
}

/// The same hours on all seven days.
pub fn seven_days(text: &str) -> Hours {
    Hours { saturday: windows(text), sunday: windows(text), ..five_days(text) }
}

pub fn week(hours: Hours) -> Week {
    Week { from: None, round_the_clock: false, hours }
}

pub fn plain(zone: &str, hours: Hours) -> Definition {
    Definition { zone: zone.to_owned(), weeks: vec![week(hours)], exceptions: Vec::new(), holidays: Vec::new() }
}

pub fn office() -> Definition {
    plain("Asia/Jakarta", five_days("07:30-12:00 13:00-16:00"))
}

pub fn compile(definition: &Definition) -> Calendar {
    Calendar::compile(definition).unwrap_or_else(|e| panic!("{e}: {definition:?}"))
}

/// The calendar that every demo region has.
pub fn demo() -> Calendar {
    compile(&shipped().unwrap())
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant as the clocks of western Indonesia show it.
pub fn wib(text: &str) -> DateTime<Utc> {
    at("Asia/Jakarta", text)
}

/// An instant as the clocks of a zone show it; with two, the first.
pub fn at(zone: &str, text: &str) -> DateTime<Utc> {
    let zone: chrono_tz::Tz = zone.parse().unwrap();
    let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"];
    let local = formats.iter().find_map(|f| chrono::NaiveDateTime::parse_from_str(text, f).ok()).unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().to_utc()
}

pub fn holiday(date: &str, name: &str) -> Holiday {
    Holiday { day: day(date), name: name.to_owned(), kind: HolidayKind::Daerah }
}

pub fn exception(from: &str, until: &str, name: &str, hours: Option<Hours>) -> Exception {
    Exception { from: day(from), until: day(until), name: name.to_owned(), hours, over_holidays: false }
}
