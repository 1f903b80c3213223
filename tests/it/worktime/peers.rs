//! Bugs that users of other desks met. Each test bears the name of the desk and, where there is one, of the report.

use super::{
    HOUR, MINUTE, SECOND, at, compile, day, demo, exception, five_days, office, plain, seven_days, wib, windows,
};
use chrono::{Days, TimeDelta, Timelike};
use sigap::worktime::{Calendar, Definition, Hours};

#[test]
fn glpi_22678_nothing_is_due_at_midnight_because_a_day_has_several_windows() {
    let mut definition = office();
    definition.weeks[0].hours = five_days("08:00-10:00 10:30-12:00 13:00-15:00 15:15-17:00");
    let calendar = compile(&definition);
    let from = wib("2026-07-09 16:00");
    for minutes in 1..=3_000 {
        let due = calendar.after(from, minutes * MINUTE).unwrap();
        assert_ne!(due.with_timezone(&chrono_tz::Asia::Jakarta).hour(), 0, "{minutes}");
        assert_eq!(calendar.micros_between(from, due), minutes * MINUTE);
    }
}

#[test]
fn glpi_10594_a_target_of_three_days_of_work_gives_no_credit_for_a_pause_over_the_weekend() {
    // Three days of 7.5 h; paused from Friday's closing to Monday's opening, which holds no working time.
    let calendar = demo();
    let (paused, resumed) = (wib("2026-07-10 16:30"), wib("2026-07-13 07:30"));
    assert_eq!(calendar.micros_between(paused, resumed), 0);
    assert_eq!(calendar.after(wib("2026-07-09 07:30"), 3 * 450 * MINUTE), Some(wib("2026-07-13 16:00")));
}

#[test]
fn glpi_a_day_is_a_day_of_the_calendar_and_not_86_400_seconds() {
    // Clocks go forward on Sunday, 29 March 2026, and back on 25 October.
    let calendar = compile(&plain("Europe/Berlin", five_days("08:00-16:00")));
    for (friday, monday) in [("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")] {
        let from = at("Europe/Berlin", &format!("{friday} 15:00"));
        assert_eq!(calendar.after(from, 2 * HOUR), Some(at("Europe/Berlin", &format!("{monday} 09:00"))));
        assert_eq!(calendar.working_days_after(from, 1), Some(at("Europe/Berlin", &format!("{monday} 15:00"))));
    }
    let always = compile(&plain("Europe/Berlin", seven_days("00:00-24:00")));
    let day = |from, to| always.micros_between(at("Europe/Berlin", from), at("Europe/Berlin", to));
    assert_eq!(day("2026-03-29 00:00", "2026-03-30 00:00"), 23 * HOUR);
    assert_eq!(day("2026-10-25 00:00", "2026-10-26 00:00"), 25 * HOUR);
}

#[test]
fn glpi_and_itop_the_zone_belongs_to_the_calendar_and_a_document_comes_back_as_it_went() {
    let hours = five_days("07:30-12:00 13:00-16:00");
    for (zone, opening) in [("Asia/Jakarta", "00:30"), ("Asia/Makassar", "23:30"), ("Asia/Jayapura", "22:30")] {
        let definition = plain(zone, hours.clone());
        let stored = serde_json::to_string(&definition).unwrap();
        let loaded: Definition = serde_json::from_str(&stored).unwrap();
        assert_eq!(loaded, definition);
        let due = compile(&loaded).after(at(zone, "2026-07-08 20:00"), 1).unwrap() - TimeDelta::microseconds(1);
        assert_eq!(due.format("%H:%M").to_string(), opening, "{zone}");
    }
}

#[test]
fn frappe_2212_a_lunch_break_is_no_working_time() {
    let calendar = demo();
    assert_eq!(calendar.micros_between(wib("2026-07-09 12:00"), wib("2026-07-09 13:00")), 0);
    assert_eq!(calendar.after(wib("2026-07-09 11:59"), 2 * MINUTE), Some(wib("2026-07-09 13:01")));
    assert_eq!(calendar.after(wib("2026-07-09 12:20"), 2 * MINUTE), Some(wib("2026-07-09 13:02")));
}

#[test]
fn frappe_a_calendar_without_working_days_is_refused_and_one_that_is_closed_for_a_century_ends() {
    assert!(Calendar::compile(&plain("Asia/Jakarta", Hours::default())).is_err());
    let mut definition = office();
    definition.exceptions.push(exception("2026-01-01", "2199-12-31", "Tutup", None));
    let due = compile(&definition).after(wib("2025-12-31 15:30"), HOUR).unwrap();
    assert_eq!(due, wib("2200-01-01 08:00"));
}

#[test]
fn libredesk_a_day_may_open_more_than_once() {
    let definition = plain("Asia/Jakarta", five_days("07:00-08:00 10:00-11:00 19:00-22:00"));
    let due = compile(&definition).after(wib("2026-07-09 07:30"), 2 * HOUR).unwrap();
    assert_eq!(due, wib("2026-07-09 19:30"));
}

#[test]
fn libredesk_a_shift_lasts_to_midnight_and_not_to_23_59() {
    let calendar = compile(&plain("Asia/Jakarta", seven_days("00:00-24:00")));
    let (from, to) = (wib("2026-07-09 23:58"), wib("2026-07-10 00:02"));
    assert_eq!(calendar.micros_between(from, to), 4 * MINUTE);
    assert_eq!(calendar.after(from, 3 * MINUTE), Some(wib("2026-07-10 00:01")));
    assert_eq!(calendar.segments(from, to).len(), 1);
}

#[test]
fn libredesk_nothing_is_cut_to_minutes() {
    let calendar = demo();
    let mut from = wib("2026-07-09 07:30:00.123457");
    let mut sum = 0;
    for _ in 0..200 {
        let next = calendar.after(from, 59_999_999).unwrap();
        sum += calendar.micros_between(from, next);
        from = next;
    }
    assert_eq!(sum, 200 * 59_999_999);
    assert_eq!(calendar.micros_between(wib("2026-07-09 07:30:00.123457"), from), sum);
}

#[test]
fn libredesk_a_target_of_ten_years_needs_no_more_steps_than_one_of_an_hour() {
    let calendar = demo();
    let from = wib("2026-07-09 09:00");
    let due = wib("2036-07-09 09:00");
    let ten_years = calendar.micros_between(from, due);
    assert_eq!(calendar.after(from, ten_years), Some(due));
    // One hour of work a year needs more days than any number of hours times 24.
    let mut rare = office();
    rare.exceptions.push(exception("2026-01-01", "2060-12-31", "Tutup", None));
    assert_eq!(compile(&rare).after(from, HOUR), Some(wib("2061-01-03 08:30")));
}

#[test]
fn osticket_6739_a_closure_longer_than_72_hours_is_looked_past() {
    let mut definition = office();
    definition.exceptions.push(exception("2026-07-03", "2026-07-31", "Banjir", None));
    assert_eq!(compile(&definition).after(wib("2026-07-02 15:30"), HOUR), Some(wib("2026-08-03 08:00")));
    // Only Monday is worked: six days lie between.
    let mondays = plain("Asia/Jakarta", Hours { monday: windows("08:00-12:00"), ..Hours::default() });
    assert_eq!(compile(&mondays).after(wib("2026-07-06 11:00"), 2 * HOUR), Some(wib("2026-07-13 09:00")));
}

#[test]
fn zammad_seconds_of_a_break_are_not_cut_to_minutes_and_two_windows_may_meet() {
    let definition = plain("Asia/Jakarta", five_days("08:00-10:00:20 10:00:20-11:00 11:00:40-12:00"));
    let calendar = compile(&definition);
    let morning = calendar.micros_between(wib("2026-07-09 08:00"), wib("2026-07-09 12:00"));
    assert_eq!(morning, 4 * HOUR - 40 * SECOND);
    assert_eq!(calendar.segments(wib("2026-07-09 08:00"), wib("2026-07-09 12:00")).len(), 3);
}

#[test]
fn zammad_390_a_holiday_stands_only_where_somebody_entered_it() {
    let calendar = compile(&office());
    assert_eq!(calendar.micros_between(wib("2026-12-25 00:00"), wib("2026-12-26 00:00")), 450 * MINUTE);
}

#[test]
fn a_long_closure_over_the_year_end_does_not_lose_the_rest_of_a_target() {
    let mut definition = office();
    definition.exceptions.push(exception("2026-12-24", "2027-01-03", "Tutup", None));
    let calendar = compile(&definition);
    assert_eq!(calendar.after(wib("2026-12-23 15:45"), HOUR), Some(wib("2027-01-04 08:15")));
    assert_eq!(calendar.micros_between(wib("2026-12-23 15:45"), wib("2027-01-04 08:15")), HOUR);
    assert_eq!(day("2026-12-24") + Days::new(11), day("2027-01-04"));
}
