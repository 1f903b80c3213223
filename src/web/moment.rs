//! Instants as near as their reader needs.

use crate::db::Ts;
use crate::mail::when;
use crate::message::Language;
use crate::say;
use chrono::{Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;

/// "hari ini 14.30", "besok 10.15", "kemarin 09.00", the weekday within six days to come, else the date.
#[must_use]
pub fn near(at: Ts, now: Ts, zone: &str, language: Language) -> String {
    let zone: Tz = zone.parse().unwrap_or(chrono_tz::Asia::Jakarta);
    let (local, today) = (at.utc().with_timezone(&zone), now.utc().with_timezone(&zone).date_naive());
    let point = match language {
        Language::Id => '.',
        Language::En => ':',
    };
    let time = format!("{:02}{point}{:02}", local.hour(), local.minute());
    let days = (local.date_naive() - today).num_days();
    let day = match days {
        0 => say!("web.today").text(language),
        1 => say!("web.tomorrow").text(language),
        -1 => say!("web.yesterday").text(language),
        2..=6 => when::weekday(local.date_naive(), language),
        _ => {
            let month = when::month(local.date_naive(), language);
            let year = if local.year() == today.year() { String::new() } else { format!(" {}", local.year()) };
            format!("{} {month}{year}", local.day())
        }
    };
    format!("{day} {time}")
}

/// A day in full: "2 Maret 2026".
#[must_use]
pub fn day(day: NaiveDate, language: Language) -> String {
    format!("{} {}", day.day(), month(day, language))
}

/// The month of a day: "Maret 2026".
#[must_use]
pub fn month(day: NaiveDate, language: Language) -> String {
    format!("{} {}", when::month(day, language), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_as_near_as_one_needs_it() {
        let ts = |text: &str| Ts::new(text.parse().unwrap());
        let now = ts("2026-03-02T01:00:00Z");
        let told = |at| near(ts(at), now, "Asia/Jakarta", Language::Id);
        assert_eq!(told("2026-03-02T07:30:59Z"), "hari ini 14.30");
        assert_eq!(told("2026-03-02T17:00:00Z"), "besok 00.00");
        assert_eq!(told("2026-03-01T16:59:59Z"), "kemarin 23.59");
        assert_eq!(told("2026-03-06T03:15:00Z"), "Jumat 10.15");
        assert_eq!(told("2026-02-27T03:15:00Z"), "27 Februari 10.15");
        assert_eq!(told("2027-01-04T00:30:00Z"), "4 Januari 2027 07.30");
        assert_eq!(near(ts("2026-03-03T03:15:00Z"), now, "Asia/Jakarta", Language::En), "tomorrow 10:15");
    }
}
