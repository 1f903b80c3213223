//! Times as people write them: "Senin, 2 Maret 2026, 07.30 WIB".

use crate::db::Ts;
use crate::message::Language;
use crate::say;
use chrono::{Datelike, Duration, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;

/// An instant where the region lies, in the words of `language`.
#[must_use]
pub fn when(at: Ts, zone: &str, language: Language) -> String {
    let zone: Tz = zone.parse().unwrap_or(chrono_tz::Asia::Jakarta);
    let local = at.utc().with_timezone(&zone);
    let point = match language {
        Language::Id => '.',
        Language::En => ':',
    };
    let (date, hour, minute) = (date(local.date_naive(), language), local.hour(), local.minute());
    format!("{date}, {hour:02}{point}{minute:02} {}", local.format("%Z"))
}

/// A day in the words of `language`: "Senin, 2 Maret 2026".
#[must_use]
pub fn date(day: NaiveDate, language: Language) -> String {
    format!("{}, {} {} {}", weekday(day, language), day.day(), month(day, language), day.year())
}

/// The days from `from` to `to`, told once where they share it: "1–31 Oktober 2026", "30 Maret – 5 April 2026".
#[must_use]
pub fn days(from: NaiveDate, to: NaiveDate, language: Language) -> String {
    let last = format!("{} {} {}", to.day(), month(to, language), to.year());
    if from == to {
        last
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("{}–{last}", from.day())
    } else if from.year() == to.year() {
        format!("{} {} – {last}", from.day(), month(from, language))
    } else {
        format!("{} {} {} – {last}", from.day(), month(from, language), from.year())
    }
}

/// What a zone is called at noon of a day: `WIB`, `WITA`, `WIT`.
#[must_use]
pub fn zone_name(zone: &str, day: NaiveDate) -> String {
    let zone: Tz = zone.parse().unwrap_or(chrono_tz::Asia::Jakarta);
    let noon = day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(12);
    noon.with_timezone(&zone).format("%Z").to_string()
}

/// The month of a day: "Maret".
#[must_use]
pub fn month(day: NaiveDate, language: Language) -> String {
    pick(&say!("mail.months").text(language), day.month0())
}

/// The weekday of a day: "Senin".
#[must_use]
pub fn weekday(day: NaiveDate, language: Language) -> String {
    pick(&say!("mail.days").text(language), day.weekday().num_days_from_monday())
}

fn pick(list: &str, n: u32) -> String {
    let place = usize::try_from(n).unwrap_or_default();
    list.split(' ').nth(place).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_the_way_of_the_region_and_the_language() {
        let at = Ts::new("2026-03-02T00:30:59Z".parse().unwrap());
        let told = |zone, language| when(at, zone, language);
        assert_eq!(told("Asia/Jakarta", Language::Id), "Senin, 2 Maret 2026, 07.30 WIB");
        assert_eq!(told("Asia/Makassar", Language::Id), "Senin, 2 Maret 2026, 08.30 WITA");
        assert_eq!(told("Asia/Jayapura", Language::Id), "Senin, 2 Maret 2026, 09.30 WIT");
        assert_eq!(told("Asia/Jakarta", Language::En), "Monday, 2 March 2026, 07:30 WIB");
        let night = Ts::new("2026-08-16T17:05:00Z".parse().unwrap());
        assert_eq!(when(night, "Asia/Jakarta", Language::Id), "Senin, 17 Agustus 2026, 00.05 WIB");
    }

    #[test]
    fn a_span_of_days_says_once_what_its_ends_share() {
        let told = |from: &str, to: &str| days(from.parse().unwrap(), to.parse().unwrap(), Language::Id);
        assert_eq!(told("2026-10-01", "2026-10-31"), "1–31 Oktober 2026");
        assert_eq!(told("2026-03-30", "2026-04-05"), "30 Maret – 5 April 2026");
        assert_eq!(told("2025-12-29", "2026-01-04"), "29 Desember 2025 – 4 Januari 2026");
        assert_eq!(told("2026-03-02", "2026-03-02"), "2 Maret 2026");
        let zone = |zone| zone_name(zone, "2026-10-31".parse().unwrap());
        assert_eq!((zone("Asia/Jakarta"), zone("Asia/Jayapura")), ("WIB".to_owned(), "WIT".to_owned()));
    }
}
