//! Times as people write them: "Senin, 2 Maret 2026, 07.30 WIB".

use crate::db::Ts;
use crate::message::Language;
use crate::say;
use chrono::{Datelike, NaiveDate, Timelike};
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
    let pick = |list: String, n: u32| {
        let place = usize::try_from(n).unwrap_or_default();
        list.split(' ').nth(place).unwrap_or_default().to_owned()
    };
    let name = pick(say!("mail.days").text(language), day.weekday().num_days_from_monday());
    let month = pick(say!("mail.months").text(language), day.month0());
    format!("{name}, {} {month} {}", day.day(), day.year())
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
}
