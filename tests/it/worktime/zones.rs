//! Zones: clocks that jump, days that are skipped, and the far ends of time.

use super::{HOUR, MINUTE, at, compile, day, demo, exception, office, plain, seven_days, slow, wib};
use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use sigap::worktime::{Calendar, Hours, Week};

fn of_day(zone: &str, hours: &str, day: &str) -> i64 {
    let day: NaiveDate = day.parse().unwrap();
    let calendar = compile(&plain(zone, seven_days(hours)));
    let at = |day: NaiveDate| at(zone, &format!("{day} 00:00"));
    calendar.micros_between(at(day), at(day.succ_opt().unwrap()))
}

#[test]
fn an_hour_that_is_skipped_is_no_working_time_and_one_that_is_repeated_counts_twice() {
    for (hours, spring, autumn) in [
        ("01:00-04:00", 2, 4),
        ("01:00-02:00", 1, 1),
        ("02:00-03:00", 0, 2),
        ("03:00-05:00", 2, 2),
        ("01:00-02:00 02:00-03:00 03:00-04:00", 2, 4),
    ] {
        assert_eq!(of_day("Europe/Berlin", hours, "2026-03-29"), spring * HOUR, "{hours}");
        assert_eq!(of_day("Europe/Berlin", hours, "2026-10-25"), autumn * HOUR, "{hours}");
    }
    // From the first 02:30 to the last; from the jump to 03:30.
    assert_eq!(of_day("Europe/Berlin", "02:00-02:30", "2026-10-25"), 90 * MINUTE);
    assert_eq!(of_day("Europe/Berlin", "02:30-03:30", "2026-10-25"), 2 * HOUR);
    assert_eq!(of_day("Europe/Berlin", "02:30-03:30", "2026-03-29"), HOUR / 2);
}

#[test]
fn a_day_whose_midnight_comes_twice_or_never_is_counted_once() {
    // Havana goes from 00:00 to 01:00, and from 01:00 back to 00:00.
    assert_eq!(of_day("America/Havana", "00:00-24:00", "2026-11-01"), 25 * HOUR);
    let calendar = compile(&plain("America/Havana", seven_days("00:00-24:00")));
    let between = |from, to| calendar.micros_between(at("America/Havana", from), at("America/Havana", to));
    assert_eq!(between("2026-03-07 12:00", "2026-03-08 12:00"), 23 * HOUR);
    assert_eq!(between("2026-10-31 00:00", "2026-11-02 00:00"), 49 * HOUR);
    assert_eq!(
        calendar.segments(at("America/Havana", "2026-10-31 00:00"), at("America/Havana", "2026-11-02 00:00")).len(),
        1
    );
}

#[test]
fn clocks_that_go_back_over_midnight_count_no_time_for_two_days() {
    // Newfoundland went from 00:01 on 7 November 2010 back to 23:01 on the 6th.
    assert_eq!(of_day("America/St_Johns", "00:00-24:00", "2010-11-06"), 24 * HOUR);
    assert_eq!(of_day("America/St_Johns", "00:00-24:00", "2010-11-07"), 25 * HOUR);
    let calendar = compile(&plain("America/St_Johns", seven_days("00:00-00:30 23:00-23:30")));
    let between = |from, to| calendar.micros_between(at("America/St_Johns", from), at("America/St_Johns", to));
    // The 6th ends with its first midnight, before the second 23:30; the 7th begins there and is open to its 00:30.
    assert_eq!(between("2010-11-06 12:00", "2010-11-07 00:00"), HOUR);
    assert_eq!(between("2010-11-07 00:00", "2010-11-07 12:00"), 90 * MINUTE);
}

#[test]
fn a_day_that_a_zone_skipped_is_no_working_day() {
    // Samoa had no 30 December 2011, a Friday.
    let calendar = compile(&plain("Pacific/Apia", seven_days("08:00-16:00")));
    let from = at("Pacific/Apia", "2011-12-29 15:00");
    assert_eq!(calendar.after(from, 2 * HOUR), Some(at("Pacific/Apia", "2011-12-31 09:00")));
    assert_eq!(calendar.working_days_after(from, 1), Some(at("Pacific/Apia", "2011-12-31 15:00")));
}

#[test]
fn a_time_of_day_that_is_skipped_is_when_it_is_skipped() {
    let calendar = compile(&plain("Europe/Berlin", seven_days("08:00-16:00")));
    let due = calendar.working_days_after(at("Europe/Berlin", "2026-03-28 02:30"), 1);
    assert_eq!(due, Some(at("Europe/Berlin", "2026-03-29 03:00")));
    let due = calendar.working_days_after(at("Europe/Berlin", "2026-10-24 02:30"), 1);
    assert_eq!(due, Some(at("Europe/Berlin", "2026-10-25 02:30")));
}

#[test]
fn the_day_begins_when_the_calendars_zone_says() {
    let mut definition = office();
    definition.holidays.push(super::holiday("2026-07-09", "Libur"));
    for (zone, hour) in [("Asia/Jakarta", 17), ("Asia/Makassar", 16), ("Asia/Jayapura", 15)] {
        definition.zone = zone.to_owned();
        definition.weeks[0] = Week { from: None, round_the_clock: true, hours: Hours::default() };
        let begin = Utc.with_ymd_and_hms(2026, 7, 8, hour, 0, 0).unwrap();
        let calendar = compile(&definition);
        assert_eq!(calendar.after(begin, 1).unwrap().timestamp_micros(), begin.timestamp_micros() + 24 * HOUR + 1);
    }
}

#[test]
fn round_the_clock_is_all_time() {
    let mut always = plain("UTC", Hours::default());
    always.weeks[0].round_the_clock = true;
    let calendar = compile(&always);
    let from = wib("2026-07-09 23:59:59.999999");
    for micros in [1, HOUR, 24 * HOUR, 366 * 24 * HOUR, 5_000 * 365 * 24 * HOUR] {
        let due = calendar.after(from, micros).unwrap();
        assert_eq!(due.timestamp_micros() - from.timestamp_micros(), micros);
        assert_eq!(calendar.micros_between(from, due), micros);
    }
    assert_eq!(calendar.segments(from, wib("2027-01-01 00:00")).len(), 1);
}

#[test]
fn far_instants_are_as_exact_as_near_ones_and_beyond_the_year_9999_there_is_none() {
    let calendar = demo();
    let week = 37 * HOUR + 30 * MINUTE;
    // Mondays; before 1970 the calendar's clocks are seven hours ahead, as on the first day of that year.
    let seven_ahead =
        |day: &str| day.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::hours(7);
    for (from, to) in [
        ("1969-12-22", "1969-12-29"),
        ("0400-01-03", "0400-01-10"),
        ("2300-01-01", "2300-01-08"),
        ("9000-01-06", "9000-01-13"),
    ] {
        assert_eq!(day(from).weekday(), chrono::Weekday::Mon);
        let (from, to) = (seven_ahead(from), seven_ahead(to));
        assert_eq!(calendar.micros_between(from, to), week, "{from}");
        assert_eq!(calendar.after(from, week - HOUR).map(|d| to - d), Some(TimeDelta::minutes(510 + 2 * 1440)));
    }
    let from = wib("2026-07-09 09:00");
    for far in ["1500-07-09 09:00", "1980-07-09 09:00", "2150-07-09 09:00", "2700-07-09 09:00"].map(wib) {
        let (from, to) = (from.min(far), from.max(far));
        let between = calendar.micros_between(from, to);
        let due = calendar.after(from, between).unwrap();
        assert_eq!(calendar.micros_between(from, due), between);
        assert!(due <= to && calendar.micros_between(due, to) == 0);
    }
    assert_eq!(calendar.after(from, i64::MAX), None);
    assert_eq!(calendar.after(DateTime::<Utc>::MIN_UTC, i64::MAX), None);
    assert_eq!(calendar.after(wib("9999-12-31 10:00"), 4_000 * HOUR), None);
    assert_eq!(calendar.working_days_after(from, u32::MAX), None);
    assert_eq!(calendar.working_days_after(wib("9999-12-30 10:00"), 9), None);
    assert!(calendar.micros_between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC) > 0);
}

#[test]
fn working_days_far_away_are_found_by_division() {
    let calendar = compile(&office());
    let from = wib("2026-07-09 10:00");
    let weeks = calendar.working_days_after(from, 5 * 52 * 5_000).unwrap();
    assert_eq!(weeks - from, TimeDelta::weeks(52 * 5_000));
    let early = wib("1800-01-06 10:00");
    assert_eq!(calendar.working_days_after(early, 5 * 10_000).unwrap() - early, TimeDelta::weeks(10_000));
}

#[test]
fn what_was_asked_before_does_not_change_an_answer() {
    let mut definition = office();
    definition.exceptions.push(exception("2027-12-24", "2028-01-02", "Tutup", None));
    let ask = |calendar: &Calendar, at: &str| calendar.after(wib(at), 30 * HOUR);
    let asked = [
        "2026-05-05 09:00",
        "2035-01-01 08:00",
        "2027-12-23 14:00",
        "1999-12-31 15:00",
        "2026-05-05 09:00",
        "2250-01-01 00:00",
    ];
    let one = compile(&definition);
    for at in asked {
        assert_eq!(ask(&one, at), ask(&compile(&definition), at), "{at}");
    }
    let shared = std::sync::Arc::new(compile(&definition));
    let threads = asked.map(|at| {
        let shared = std::sync::Arc::clone(&shared);
        std::thread::spawn(move || shared.after(wib(at), 30 * HOUR))
    });
    for (thread, at) in threads.into_iter().zip(asked) {
        assert_eq!(thread.join().unwrap(), ask(&one, at));
    }
}

/// The repeated week after the last year that a document may name is right only as long as this holds.
#[test]
fn no_zone_changes_its_clocks_after_the_year_2199() {
    let instants = (2199..2260).flat_map(|year| (1..=12).map(move |m| NaiveDate::from_ymd_opt(year, m, 3).unwrap()));
    let instants: Vec<_> = instants.map(|day| day.and_hms_opt(0, 0, 0).unwrap()).collect();
    for zone in chrono_tz::TZ_VARIANTS {
        let offset = |at| zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
        assert!(instants.iter().all(|at| offset(*at) == offset(instants[0])), "{zone}");
    }
    let zone = chrono_tz::Europe::Berlin;
    assert_eq!(slow::local(zone, wib("2026-07-09 12:00")).to_string(), "2026-07-09 07:00:00");
}
