//! What a calendar's document is refused for, and where.

use super::{compile, day, exception, five_days, holiday, office, plain, seven_days, shipped, week, windows};
use sigap::error::Error;
use sigap::worktime::{Definition, Hours, TimeOfDay, Week, Window};

/// Pointer and message key of every fault.
fn faults(definition: &Definition) -> Vec<String> {
    match definition.check() {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(faults)) => faults.iter().map(|f| format!("{} {}", f.pointer, f.detail.key)).collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn sound_calendars_pass() {
    assert_eq!(faults(&office()), [""; 0]);
    assert_eq!(faults(&shipped().unwrap()), [""; 0]);
    assert_eq!(faults(&plain("UTC", seven_days("00:00-08:00 08:00-24:00"))), [""; 0]);
}

#[test]
fn an_unknown_zone_is_refused() {
    for zone in ["", "Asia/Atlantis", "WIB", "asia/jakarta", "+07:00"] {
        assert_eq!(faults(&plain(zone, five_days("08:00-16:00"))), ["/zone worktime.zone"], "{zone}");
    }
}

#[test]
fn windows_that_overlap_are_empty_or_run_backwards_are_refused() {
    let mut hours = five_days("08:00-16:00");
    hours.monday = windows("08:00-12:00 11:59:59-13:00");
    hours.tuesday = windows("13:00-16:00 08:00-12:00 09:00-10:00 11:00-13:00");
    hours.wednesday = windows("08:00-08:00 16:00-09:00");
    hours.thursday = windows("08:00-12:00 12:00-16:00");
    assert_eq!(
        faults(&plain("Asia/Jakarta", hours.clone())),
        [
            "/weeks/0/hours/monday/1 worktime.overlap",
            "/weeks/0/hours/tuesday/2 worktime.overlap",
            "/weeks/0/hours/tuesday/3 worktime.overlap",
            "/weeks/0/hours/wednesday/0 worktime.backwards",
            "/weeks/0/hours/wednesday/1 worktime.backwards",
        ]
    );
    let mut definition = office();
    hours.tuesday.clear();
    hours.wednesday.clear();
    definition.exceptions.push(exception("2026-07-09", "2026-07-09", "x", Some(hours)));
    assert_eq!(faults(&definition), ["/exceptions/0/hours/monday/1 worktime.overlap"]);
}

#[test]
fn windows_in_any_order_mean_the_same() {
    let one = compile(&plain("Asia/Jakarta", five_days("13:00-16:00 07:30-12:00")));
    let (from, to) = (super::wib("2026-07-09 08:00"), super::wib("2026-07-14 15:00"));
    assert_eq!(one.micros_between(from, to), compile(&office()).micros_between(from, to));
    assert_eq!(one.segments(from, to), compile(&office()).segments(from, to));
}

#[test]
fn exactly_one_week_has_no_first_day_and_none_shares_its_first_day() {
    let from = |text: &str| Week { from: Some(day(text)), ..week(five_days("08:00-16:00")) };
    let mut definition = office();
    definition.weeks.extend([from("2026-08-01"), from("2026-08-01"), week(five_days("08:00-16:00"))]);
    assert_eq!(faults(&definition), ["/weeks/2/from worktime.week_twice", "/weeks/3/from worktime.week_twice"]);
    definition.weeks = vec![from("2026-08-01")];
    assert_eq!(faults(&definition), ["/weeks worktime.no_first_week"]);
    definition.weeks.clear();
    assert_eq!(faults(&definition), ["/weeks worktime.no_first_week"]);
}

#[test]
fn a_last_week_without_working_time_is_refused_and_an_earlier_one_is_not() {
    let idle = |from: Option<&str>| Week { from: from.map(day), ..week(Hours::default()) };
    let mut definition = office();
    definition.weeks = vec![idle(None)];
    assert_eq!(faults(&definition), ["/weeks/0/hours worktime.no_work"]);
    definition.weeks = vec![idle(Some("2027-01-01")), week(five_days("08:00-16:00"))];
    assert_eq!(faults(&definition), ["/weeks/0/hours worktime.no_work"]);
    definition.weeks = vec![Week { from: Some(day("2027-01-01")), ..week(five_days("08:00-16:00")) }, idle(None)];
    assert_eq!(faults(&definition), [""; 0]);
    let due = compile(&definition).after(super::wib("1950-01-01 00:00"), 1).unwrap();
    assert_eq!(due.timestamp_micros(), super::wib("2027-01-01 08:00").timestamp_micros() + 1);
}

#[test]
fn a_week_round_the_clock_has_no_hours() {
    let mut definition = office();
    definition.weeks[0].round_the_clock = true;
    assert_eq!(faults(&definition), ["/weeks/0/hours worktime.clock_and_hours"]);
    definition.weeks[0].hours = Hours::default();
    assert_eq!(faults(&definition), [""; 0]);
}

#[test]
fn exceptions_that_end_before_they_begin_or_overlap_are_refused() {
    let mut definition = office();
    definition.exceptions.push(exception("2026-07-09", "2026-07-20", "satu", None));
    definition.exceptions.push(exception("2026-07-20", "2026-07-21", "dua", None));
    definition.exceptions.push(exception("2026-08-09", "2026-08-08", "tiga", None));
    definition.exceptions.push(exception("2026-07-08", "2026-07-08", "", None));
    let mut duty = exception("2026-07-10", "2026-07-10", "piket\n", Some(five_days("08:00-12:00")));
    duty.over_holidays = true;
    definition.exceptions.push(duty);
    assert_eq!(
        faults(&definition),
        [
            "/exceptions/2/until field.dates",
            "/exceptions/3/name field.length",
            "/exceptions/4/name field.line",
            "/exceptions/1/from worktime.exceptions_overlap",
        ]
    );
}

#[test]
fn a_holiday_told_twice_and_days_outside_the_years_are_refused() {
    let mut definition = office();
    definition.holidays =
        vec![holiday("2026-07-09", "satu"), holiday("2026-07-09", "dua"), holiday("2200-01-01", "tiga")];
    definition.exceptions.push(exception("1969-12-31", "2026-01-01", "lama", None));
    definition.weeks.push(Week { from: Some(day("9999-01-01")), ..definition.weeks[0].clone() });
    assert_eq!(
        faults(&definition),
        [
            "/weeks/1/from worktime.year",
            "/exceptions/0/from worktime.year",
            "/holidays/1/day worktime.holiday_twice",
            "/holidays/2/day worktime.year",
        ]
    );
}

#[test]
fn compiling_refuses_what_the_check_refuses() {
    assert!(sigap::worktime::Calendar::compile(&plain("WIB", five_days("08:00-16:00"))).is_err());
}

#[test]
fn a_document_is_read_strictly_and_written_shortly() {
    let read = |text: &str| serde_json::from_str::<Definition>(text).map_err(|e| e.to_string());
    let short = r#"{"zone":"Asia/Jakarta","weeks":[{"hours":{"monday":[{"start":"07:30","end":"24:00"}]}}]}"#;
    let definition = read(short).unwrap();
    assert_eq!(definition, plain("Asia/Jakarta", Hours { monday: windows("07:30-24:00"), ..Hours::default() }));
    assert!(read(&short.replace("monday", "senin")).unwrap_err().contains("senin"));
    assert!(read(&short.replace("\"zone\"", "\"x\":1,\"zone\"")).is_err());
    for wrong in ["7:30", "07.30", "24:01", "07:60", "07:30:60", "07:30:00:00", "-7:30", "", "07:30 ", "0７:30"] {
        let error = read(&short.replace("07:30", wrong)).unwrap_err();
        assert!(error.contains("expected a time of day"), "{wrong}: {error}");
    }
    let window = Window { start: "07:30:00".parse().unwrap(), end: "16:00:01".parse().unwrap() };
    assert_eq!(serde_json::to_string(&window).unwrap(), r#"{"start":"07:30","end":"16:00:01"}"#);
    assert_eq!(TimeOfDay::from_seconds(86_401), None);
    assert_eq!(TimeOfDay::END.to_string(), "24:00");
}
