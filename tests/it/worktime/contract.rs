//! The contract's examples, by hand. All local times are those of western Indonesia.

use super::{HOUR, MINUTE, SECOND, compile, day, demo, exception, five_days, holiday, office, wib, windows};
use sigap::worktime::{Definition, HolidayKind, Hours, Segment, SegmentKind, Week, Why, shipped};

/// When a target is due, as the clocks of western Indonesia show it.
fn due(definition: &Definition, from: &str, micros: i64) -> String {
    show(compile(definition).after(wib(from), micros).unwrap())
}

fn show(at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&chrono_tz::Asia::Jakarta).format("%a %Y-%m-%d %H:%M:%S%.f").to_string()
}

#[test]
fn a_p3_of_24_hours_from_thursday_afternoon_goes_around_the_friday_prayer() {
    // Thu 15:30–16:00 0.5 h; Fri 4 + 3.5 h; Mon, Tue 7.5 h each: 23 h. Wed 07:30 + 1 h.
    let shipped = shipped().unwrap();
    assert_eq!(due(&shipped, "2026-07-09 15:30", 24 * HOUR), "Wed 2026-07-15 08:30:00");
    // 4 h 15 min end in the middle of the prayer's break only if it were no break.
    assert_eq!(due(&shipped, "2026-07-10 11:00", 45 * MINUTE), "Fri 2026-07-10 13:15:00");
}

#[test]
fn the_shipped_calendar_has_the_hours_and_days_of_its_files() {
    let shipped = shipped().unwrap();
    shipped.check().unwrap();
    assert_eq!(shipped.zone, "Asia/Jakarta");
    let week = &shipped.weeks[0].hours;
    assert_eq!(week.monday, windows("07:30-12:00 13:00-16:00"));
    assert_eq!((&week.tuesday, &week.thursday), (&week.monday, &week.monday));
    assert_eq!(week.friday, windows("07:30-11:30 13:00-16:30"));
    assert!(week.saturday.is_empty() && week.sunday.is_empty());
    assert_eq!(shipped.holidays.len(), 108);
    assert_eq!(shipped.exceptions.len(), 4);
    let ramadan = &shipped.exceptions[2];
    assert_eq!((ramadan.from, ramadan.until), (day("2026-02-19"), day("2026-03-20")));
    assert_eq!(ramadan.name, "Ramadan 1447 H");
    let hours = ramadan.hours.as_ref().unwrap();
    assert_eq!(hours.wednesday, windows("08:00-12:00 12:30-15:00"));
    assert_eq!(hours.friday, windows("08:00-11:30 12:30-15:30"));
}

#[test]
fn a_week_of_the_shipped_calendar_has_37_and_a_half_hours_and_in_ramadan_32_and_a_half() {
    let calendar = demo();
    let week = |from, to| calendar.micros_between(wib(from), wib(to));
    assert_eq!(week("2026-07-06 00:00", "2026-07-13 00:00"), 37 * HOUR + 30 * MINUTE);
    assert_eq!(week("2026-02-23 00:00", "2026-03-02 00:00"), 32 * HOUR + 30 * MINUTE);
}

#[test]
fn ramadan_changes_the_hours_from_its_first_day_to_its_last() {
    let calendar = demo();
    let of = |day: &str| calendar.micros_between(wib(&format!("{day} 00:00")), wib(&format!("{day} 23:59")));
    // 16 and 17 February are holidays.
    assert_eq!(of("2026-02-18"), 7 * HOUR + 30 * MINUTE);
    assert_eq!(of("2026-02-19"), 6 * HOUR + 30 * MINUTE);
    assert_eq!(calendar.after(wib("2026-02-18 15:59"), 2 * MINUTE), Some(wib("2026-02-19 08:01")));
    assert_eq!(of("2026-03-17"), 6 * HOUR + 30 * MINUTE);
    // Its last day is collective leave; the working day after the closure has ordinary hours.
    assert_eq!(of("2026-03-20"), 0);
    assert_eq!(of("2026-03-25"), 7 * HOUR + 30 * MINUTE);
    let mut last_day_works = shipped().unwrap();
    last_day_works.holidays.retain(|h| h.day != day("2026-03-20"));
    let calendar = compile(&last_day_works);
    assert_eq!(calendar.micros_between(wib("2026-03-20 00:00"), wib("2026-03-21 00:00")), 6 * HOUR + 30 * MINUTE);
    assert_eq!(calendar.after(wib("2026-03-20 15:29"), MINUTE), Some(wib("2026-03-20 15:30")));
}

#[test]
fn a_target_goes_around_the_closure_of_idul_fitri() {
    let shipped = shipped().unwrap();
    // Tue 17 March, in Ramadan, to 15:00; then leave, Nyepi, leave, Idul Fitri, leave to 24 March.
    assert_eq!(due(&shipped, "2026-03-17 14:00", 2 * HOUR), "Wed 2026-03-25 08:30:00");
    assert_eq!(due(&shipped, "2026-03-21 09:00", 8 * HOUR), "Thu 2026-03-26 08:00:00");
}

#[test]
fn a_target_that_is_filled_exactly_at_closing_time_is_due_at_closing_time() {
    let shipped = shipped().unwrap();
    assert_eq!(due(&shipped, "2026-07-09 15:00", HOUR), "Thu 2026-07-09 16:00:00");
    assert_eq!(due(&shipped, "2026-07-09 15:00", HOUR + 1), "Fri 2026-07-10 07:30:00.000001");
    assert_eq!(due(&shipped, "2026-07-09 11:00", HOUR), "Thu 2026-07-09 12:00:00");
    assert_eq!(due(&shipped, "2026-07-10 07:30", 4 * HOUR), "Fri 2026-07-10 11:30:00");
    assert_eq!(due(&shipped, "2026-07-10 07:30", 7 * HOUR + 30 * MINUTE), "Fri 2026-07-10 16:30:00");
}

#[test]
fn windows_are_half_open_to_the_second() {
    let calendar = demo();
    let between = |from, to| calendar.micros_between(wib(from), wib(to));
    assert_eq!(between("2026-07-09 07:29:59", "2026-07-09 07:30:00"), 0);
    assert_eq!(between("2026-07-09 07:29:59", "2026-07-09 07:30:01"), SECOND);
    assert_eq!(between("2026-07-09 07:30:00", "2026-07-09 07:30:00.000001"), 1);
    assert_eq!(between("2026-07-09 15:59:59", "2026-07-09 16:00:00"), SECOND);
    assert_eq!(between("2026-07-09 16:00:00", "2026-07-09 16:00:01"), 0);
    assert_eq!(between("2026-07-09 11:59:59.5", "2026-07-09 13:00:00.25"), 3 * SECOND / 4);
    let seconds = compile(&super::plain("Asia/Jakarta", five_days("07:30:15-07:30:17")));
    assert_eq!(seconds.micros_between(wib("2026-07-09 07:30:16"), wib("2026-07-09 09:00")), SECOND);
}

#[test]
fn nothing_to_fill_is_due_at_once_even_outside_hours() {
    let calendar = demo();
    for from in [wib("2026-07-09 10:00"), wib("2026-07-11 23:00")] {
        assert_eq!(calendar.after(from, 0), Some(from));
        assert_eq!(calendar.after(from, -5), Some(from));
        assert_eq!(calendar.micros_between(from, from), 0);
        assert_eq!(calendar.micros_between(from, from - chrono::Days::new(9)), 0);
    }
}

#[test]
fn a_working_saturday_counts_even_if_it_is_a_holiday() {
    let mut definition = office();
    let saturday = Hours { saturday: windows("08:00-12:00"), ..Hours::default() };
    definition.exceptions.push(exception("2026-07-11", "2026-07-11", "Piket", Some(saturday)));
    assert_eq!(due(&definition, "2026-07-10 15:30", HOUR), "Sat 2026-07-11 08:30:00");
    definition.holidays.push(holiday("2026-07-11", "Hari jadi"));
    assert_eq!(due(&definition, "2026-07-10 15:30", HOUR), "Mon 2026-07-13 08:00:00");
    definition.exceptions[0].over_holidays = true;
    assert_eq!(due(&definition, "2026-07-10 15:30", HOUR), "Sat 2026-07-11 08:30:00");
}

#[test]
fn a_working_saturday_may_lie_within_ramadan() {
    let mut definition = shipped().unwrap();
    let hours = Hours { saturday: windows("08:00-12:00"), ..Hours::default() };
    let mut duty = exception("2026-02-28", "2026-02-28", "Piket", Some(hours));
    duty.over_holidays = true;
    definition.exceptions.push(duty);
    assert_eq!(due(&definition, "2026-02-27 15:00", HOUR), "Sat 2026-02-28 08:30:00");
}

#[test]
fn a_day_off_decreed_two_weeks_before_moves_what_is_due() {
    let before = shipped().unwrap();
    let mut after = before.clone();
    after.holidays.push(holiday("2026-07-23", "Libur daerah"));
    assert_eq!(due(&before, "2026-07-22 15:00", 2 * HOUR), "Thu 2026-07-23 08:30:00");
    assert_eq!(due(&after, "2026-07-22 15:00", 2 * HOUR), "Fri 2026-07-24 08:30:00");
    // What lay before it stays.
    let instants = (wib("2026-07-09 09:00"), wib("2026-07-23 00:00"));
    let of = |definition| compile(definition).micros_between(instants.0, instants.1);
    assert_eq!(of(&before), of(&after));
}

#[test]
fn a_new_week_is_in_force_from_its_first_day() {
    let mut definition = office();
    let mut six_days = five_days("07:30-14:00");
    six_days.saturday = windows("07:30-12:00");
    definition.weeks.insert(0, Week { from: Some(day("2026-08-01")), round_the_clock: false, hours: six_days });
    // Fri 31 July to 16:00; Saturday, 1 August is already of the new week.
    assert_eq!(due(&definition, "2026-07-31 15:30", HOUR), "Sat 2026-08-01 08:00:00");
    assert_eq!(due(&definition, "2026-07-24 15:30", HOUR), "Mon 2026-07-27 08:00:00");
}

#[test]
fn three_working_days_after_keep_the_time_of_day() {
    let calendar = demo();
    let after = |from, days| show(calendar.working_days_after(wib(from), days).unwrap());
    assert_eq!(after("2026-07-09 10:15:07.000003", 3), "Tue 2026-07-14 10:15:07.000003");
    // From outside hours, too: Saturday does not count, whether work is done or not.
    assert_eq!(after("2026-07-11 22:00", 3), "Wed 2026-07-15 22:00:00");
    assert_eq!(after("2026-03-17 14:00", 1), "Wed 2026-03-25 14:00:00");
    assert_eq!(after("2026-07-11 22:00", 0), "Sat 2026-07-11 22:00:00");
}

#[test]
fn segments_say_what_was_counted_and_why_the_rest_was_not() {
    let calendar = demo();
    let told = |from, to| -> Vec<String> {
        let line = |s: &Segment| {
            let why = match s.kind {
                SegmentKind::Counted => "counted",
                SegmentKind::Closed(why) => why.text(),
            };
            let to = s.to.with_timezone(&chrono_tz::Asia::Jakarta).format("%d %H:%M");
            format!("until {to} {why} {}", s.name.as_deref().unwrap_or("-"))
        };
        calendar.segments(wib(from), wib(to)).iter().map(line).collect()
    };
    assert_eq!(
        told("2026-07-09 11:00", "2026-07-13 08:00"),
        [
            "until 09 12:00 counted -",
            "until 09 13:00 break -",
            "until 09 16:00 counted -",
            "until 10 07:30 outside_hours -",
            "until 10 11:30 counted -",
            "until 10 13:00 break -",
            "until 10 16:30 counted -",
            "until 11 00:00 outside_hours -",
            "until 13 00:00 day_off -",
            "until 13 07:30 outside_hours -",
            "until 13 08:00 counted -",
        ]
    );
    assert_eq!(
        told("2026-03-17 14:00", "2026-03-25 08:00"),
        [
            "until 17 15:00 counted Ramadan 1447 H",
            "until 18 00:00 outside_hours Ramadan 1447 H",
            "until 19 00:00 holiday Cuti Bersama Hari Suci Nyepi",
            "until 20 00:00 holiday Hari Suci Nyepi",
            "until 21 00:00 holiday Cuti Bersama Hari Raya Idul Fitri",
            "until 22 00:00 holiday Hari Raya Idul Fitri",
            "until 23 00:00 holiday Hari kedua dari Hari Raya Idul Fitri",
            "until 25 00:00 holiday Cuti Bersama Hari Raya Idul Fitri",
            "until 25 07:30 outside_hours -",
            "until 25 08:00 counted -",
        ]
    );
    assert!(told("2026-07-09 11:00", "2026-07-09 11:00").is_empty());
}

#[test]
fn an_exception_without_hours_is_told_as_such_and_one_without_that_weekday_as_a_day_off() {
    let mut definition = office();
    definition.exceptions.push(exception("2026-07-09", "2026-07-10", "Banjir", None));
    definition.exceptions.push(exception("2026-07-11", "2026-07-12", "Siaga", Some(five_days("08:00-09:00"))));
    let kinds: Vec<_> = compile(&definition)
        .segments(wib("2026-07-09 00:00"), wib("2026-07-13 00:00"))
        .into_iter()
        .map(|s| (s.kind, s.name.unwrap()))
        .collect();
    let closed = |why, name: &str| (SegmentKind::Closed(why), name.to_owned());
    assert_eq!(kinds, [closed(Why::Exception, "Banjir"), closed(Why::DayOff, "Siaga")]);
}

#[test]
fn collective_leave_is_a_day_off_like_a_national_holiday() {
    let holidays = shipped().unwrap().holidays;
    let leave = holidays.iter().find(|h| h.day == day("2026-12-24")).unwrap();
    assert_eq!(leave.kind, HolidayKind::CutiBersama);
    assert_eq!(demo().micros_between(wib("2026-12-24 00:00"), wib("2026-12-25 00:00")), 0);
}
