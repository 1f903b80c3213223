//! Calendars and instants for the property tests, with the edges forced in.

use super::{five_days, seven_days, windows};
use chrono::{Datelike, NaiveDate, TimeDelta};
use proptest::prelude::*;
use sigap::worktime::{Definition, Exception, Holiday, HolidayKind, Hours, TimeOfDay, Week, Window};
use std::collections::BTreeMap;

const ZONES: &[&str] = &[
    "Asia/Jakarta",
    "Asia/Jakarta",
    "Asia/Makassar",
    "Asia/Jayapura",
    "Europe/Berlin",
    "Europe/Berlin",
    "America/New_York",
    "America/New_York",
    "America/St_Johns",
    // Clocks change at midnight.
    "America/Havana",
    "Asia/Beirut",
    // By half an hour.
    "Australia/Lord_Howe",
    // For Ramadan.
    "Africa/Casablanca",
    "UTC",
];

/// Just before Ramadan's first and last day, changes of clocks, year ends, a leap day.
const FORCED: &[&str] =
    &["2026-02-17", "2026-03-01", "2026-10-10", "2026-12-15", "2027-02-20", "2023-12-20", "2028-02-15", "2010-10-25"];

/// First days of a stretch, forced or any.
pub fn first_day() -> impl Strategy<Value = NaiveDate> {
    let any = (0i64..2_500).prop_map(|n| NaiveDate::from_ymd_opt(2022, 3, 1).unwrap() + TimeDelta::days(n));
    prop_oneof![2 => prop::sample::select(FORCED).prop_map(|d| d.parse().unwrap()), 1 => any]
}

/// A calendar whose rules change within the days from `first` on.
pub fn definition(first: NaiveDate, days: i64) -> impl Strategy<Value = Definition> {
    let any_day = move || (-3..days + 3).prop_map(move |n| first + TimeDelta::days(n));
    let weeks = (any_week(), prop::collection::vec((any_day(), any_week()), 0..3), working_week());
    let closures = prop::collection::vec(exception(first, days, false), 0..4);
    let duties = prop::collection::vec(exception(first, days, true), 0..3);
    let holidays = prop::collection::vec((any_day(), any::<bool>()), 0..usize::try_from(days / 6).unwrap().max(2));
    (prop::sample::select(ZONES), weeks, closures, duties, holidays, any::<bool>()).prop_map(
        move |(zone, (mut oldest, versions, mut newest), closures, duties, holidays, ramadan)| {
            let mut weeks: BTreeMap<NaiveDate, Week> = versions.into_iter().collect();
            if let Some((from, last)) = weeks.pop_last() {
                newest.from = Some(from);
                drop(last);
            } else {
                oldest = newest.clone();
            }
            let first_week = Week { from: None, ..oldest };
            let mut all = vec![first_week];
            all.extend(weeks.into_iter().map(|(from, week)| Week { from: Some(from), ..week }));
            all.extend(newest.from.is_some().then_some(newest));
            all.reverse();
            let fasting = ramadan.then(fasting);
            let closures = apart(fasting.into_iter().chain(closures).collect());
            let exceptions = closures.into_iter().chain(apart(duties)).collect();
            Definition { zone: zone.to_owned(), weeks: all, exceptions, holidays: days_off(holidays) }
        },
    )
}

/// Ramadan 2026.
fn fasting() -> Exception {
    let mut hours = five_days("08:00-12:00 12:30-15:00");
    hours.friday = windows("08:00-11:30 12:30-15:30");
    super::exception("2026-02-19", "2026-03-20", "Ramadan", Some(hours))
}

/// Every second holiday is moved to the Thursday of its week, before a Friday.
fn days_off(days: Vec<(NaiveDate, bool)>) -> Vec<Holiday> {
    let thursday = |day: NaiveDate| day + TimeDelta::days(3 - i64::from(day.weekday().num_days_from_monday()));
    let days = days.into_iter().map(|(day, moved)| if moved { thursday(day) } else { day });
    let days: std::collections::BTreeSet<NaiveDate> = days.collect();
    days.into_iter().map(|day| Holiday { day, name: day.to_string(), kind: HolidayKind::CutiBersama }).collect()
}

/// Drops exceptions that overlap an earlier one.
fn apart(all: Vec<Exception>) -> Vec<Exception> {
    let mut kept: Vec<Exception> = Vec::new();
    for one in all {
        if kept.iter().all(|other| one.until < other.from || other.until < one.from) {
            kept.push(one);
        }
    }
    kept
}

fn exception(first: NaiveDate, days: i64, over_holidays: bool) -> impl Strategy<Value = Exception> {
    let hours = prop_oneof![
        1 => Just(None),
        1 => Just(Some(five_days("08:00-12:00 12:30-15:00"))),
        1 => Just(Some(seven_days("00:00-24:00"))),
        2 => hours().prop_map(Some),
    ];
    (-3..days, prop_oneof![Just(0i64), 0..12i64, Just(29)], hours).prop_map(move |(at, length, hours)| {
        let from = first + TimeDelta::days(at);
        let until = from + TimeDelta::days(length);
        Exception { from, until, name: format!("exception {at}"), hours, over_holidays }
    })
}

fn any_week() -> impl Strategy<Value = Week> {
    prop_oneof![6 => working_week(), 1 => Just(Week { from: None, round_the_clock: false, hours: Hours::default() })]
}

fn working_week() -> impl Strategy<Value = Week> {
    let mut office = five_days("07:30-12:00 13:00-16:00");
    office.friday = windows("07:30-11:30 13:00-16:30");
    let mut six_days = five_days("07:30-14:00");
    six_days.saturday = windows("07:30-12:30");
    let shifts = seven_days("00:00-08:00 08:00-16:00 16:00-24:00");
    let nights = five_days("00:00-06:00 22:00-24:00");
    let of = |hours| Just(Week { from: None, round_the_clock: false, hours });
    let one_day = |window: Window| Hours { sunday: vec![window], ..Hours::default() };
    prop_oneof![
        3 => of(office),
        1 => of(six_days),
        1 => of(shifts),
        1 => of(nights),
        // Into and out of hours that clocks skip or repeat.
        1 => of(seven_days("01:00-02:00 02:00-02:30 02:45-03:00")),
        2 => of(seven_days("00:00-00:30 01:15-01:30 01:45-02:30 23:00-23:30")),
        1 => Just(Week { from: None, round_the_clock: true, hours: Hours::default() }),
        1 => window().prop_map(move |w| Week { from: None, round_the_clock: false, hours: one_day(w) }),
        3 => hours().prop_filter_map("no work", |hours| {
            (!hours.is_empty()).then_some(Week { from: None, round_the_clock: false, hours })
        }),
    ]
}

fn hours() -> impl Strategy<Value = Hours> {
    prop::array::uniform7(day_windows()).prop_map(|[monday, tuesday, wednesday, thursday, friday, saturday, sunday]| {
        Hours { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    })
}

fn time() -> impl Strategy<Value = TimeOfDay> {
    let seconds = prop_oneof![0..=86_400u32, (0..=48u32).prop_map(|n| n * 1_800), (0..=24u32).prop_map(|n| n * 3_600)];
    seconds.prop_map(|s| TimeOfDay::from_seconds(s).unwrap())
}

fn window() -> impl Strategy<Value = Window> {
    (time(), time()).prop_filter_map("empty", |(one, other)| {
        (one != other).then(|| Window { start: one.min(other), end: one.max(other) })
    })
}

/// Windows between sorted times; sometimes each begins where the last one ends.
fn day_windows() -> impl Strategy<Value = Vec<Window>> {
    (prop::collection::btree_set(time(), 0..6), any::<bool>()).prop_map(|(times, touching)| {
        let times: Vec<TimeOfDay> = times.into_iter().collect();
        let pairs: Vec<&[TimeOfDay]> =
            if touching { times.windows(2).collect() } else { times.chunks_exact(2).collect() };
        pairs.into_iter().map(|pair| Window { start: pair[0], end: pair[1] }).collect()
    })
}

/// Where an instant lies: beside an edge, or anywhere.
#[derive(Debug, Clone, Copy)]
pub enum Spot {
    Edge(prop::sample::Index, i64),
    Anywhere(prop::sample::Index),
}

pub fn spot() -> BoxedStrategy<Spot> {
    let beside = prop_oneof![4 => Just(0i64), 1 => Just(1), 1 => Just(-1), 1 => Just(-1_000_000), 1 => Just(999_999),
        2 => -4_000_000_000..4_000_000_000i64];
    prop_oneof![
        2 => (any::<prop::sample::Index>(), beside).prop_map(|(at, beside)| Spot::Edge(at, beside)),
        1 => any::<prop::sample::Index>().prop_map(Spot::Anywhere),
    ]
    .boxed()
}

impl Spot {
    /// In microseconds, within the range; edges are seconds.
    pub fn within(self, edges: &[i64], (from, to): (i64, i64)) -> i64 {
        let at = match self {
            Self::Edge(at, beside) => at.get(edges) * super::SECOND + beside,
            Self::Anywhere(at) => from + i64::try_from(at.index(usize::try_from(to - from).unwrap())).unwrap(),
        };
        at.clamp(from, to - 1)
    }
}
