//! Sums of working time by local year, computed when a year is first asked for and kept.
//!
//! Any distance costs two binary searches, in the years and in the windows of one. Outside the years that a document
//! may name a calendar repeats one week, and there a division takes the place of the search.

use super::check::YEARS;
use super::rules::Rules;
use super::scale::{Repeated, Scale};
use super::zone::Zone;
use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

/// A calendar's rules in its zone, with the sums that were asked for so far.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rules: Rules,
    pub(super) zone: Zone,
    sums: RwLock<Arc<Sums>>,
}

/// The sums of consecutive years.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// First year and the one after the last.
    first: i32,
    past: i32,
    /// Microseconds along instants.
    pub(super) time: Line,
    /// Days along days.
    pub(super) days: Line,
}

/// Parts that follow each other without gap, and the week that repeats on either side.
#[derive(Debug, Clone)]
pub(super) struct Line {
    early: Arc<Repeated>,
    parts: VecDeque<Arc<Part>>,
    late: Arc<Repeated>,
    from_first: bool,
    to_last: bool,
}

#[derive(Debug)]
struct Part {
    /// Counted before it, from a beginning that all parts share.
    before: i64,
    scale: Scale,
}

impl Part {
    const fn after(&self) -> i64 {
        self.before + self.scale.total()
    }
}

impl Table {
    pub(super) fn new(rules: Rules, zone: Zone) -> Self {
        let first = new_year(*YEARS.start());
        let (early_time, early_days) = stretch(&rules, &zone, first - Days::new(7), first);
        let late = new_year(YEARS.end() + 1);
        let (late_time, late_days) = stretch(&rules, &zone, late, late + Days::new(7));
        let sums =
            Sums { first: 0, past: 0, time: Line::new(early_time, late_time), days: Line::new(early_days, late_days) };
        Self { rules, zone, sums: RwLock::new(Arc::new(sums)) }
    }

    /// Sums that reach a day.
    pub(super) fn at_day(&self, day: i64) -> Arc<Sums> {
        let sums = self.so_far();
        if sums.days.covers(day) { sums } else { self.with_year(date(day).year()) }
    }

    /// Sums that reach an instant.
    pub(super) fn at(&self, at: i64) -> Arc<Sums> {
        let sums = self.so_far();
        if sums.time.covers(at) { sums } else { self.with_year(self.zone.day_of(at).year()) }
    }

    /// Where a count is reached on one of the lines; none beyond all numbers.
    pub(super) fn reached(&self, mut sums: Arc<Sums>, count: i64, line: fn(&Sums) -> &Line) -> Option<i64> {
        loop {
            match line(&sums).reached(count) {
                Some(place) => return Some(place),
                None if line(&sums).to_last => return None,
                None => sums = self.with_year(sums.past),
            }
        }
    }

    /// The windows of a day as instants, in order; with the beginning and the end of the day.
    pub(super) fn windows(&self, day: NaiveDate) -> (i64, Vec<(i64, i64)>, i64) {
        windows(&self.rules, &self.zone, day)
    }

    fn so_far(&self) -> Arc<Sums> {
        Arc::clone(&self.sums.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_year(&self, year: i32) -> Arc<Sums> {
        let year = year.clamp(*YEARS.start(), *YEARS.end());
        let mut kept = self.sums.write().unwrap_or_else(PoisonError::into_inner);
        let mut sums = Sums::clone(&kept);
        if sums.first == sums.past {
            (sums.first, sums.past) = (year, year);
        }
        while year < sums.first {
            sums.first -= 1;
            let (time, days) = self.year(sums.first);
            sums.time.push_front(time);
            sums.days.push_front(days);
        }
        while year >= sums.past {
            let (time, days) = self.year(sums.past);
            sums.past += 1;
            sums.time.push_back(time);
            sums.days.push_back(days);
        }
        for line in [&mut sums.time, &mut sums.days] {
            line.from_first = sums.first == *YEARS.start();
            line.to_last = sums.past > *YEARS.end();
        }
        *kept = Arc::new(sums);
        Arc::clone(&kept)
    }

    fn year(&self, year: i32) -> (Scale, Scale) {
        stretch(&self.rules, &self.zone, new_year(year), new_year(year + 1))
    }
}

impl Line {
    fn new(early: Scale, late: Scale) -> Self {
        let (early, late) = (Arc::new(Repeated(early)), Arc::new(Repeated(late)));
        Self { early, parts: VecDeque::new(), late, from_first: false, to_last: false }
    }

    fn push_front(&mut self, scale: Scale) {
        let before = self.parts.front().map_or(0, |next| next.before - scale.total());
        self.parts.push_front(Arc::new(Part { before, scale }));
    }

    fn push_back(&mut self, scale: Scale) {
        let before = self.parts.back().map_or(0, |last| last.after());
        self.parts.push_back(Arc::new(Part { before, scale }));
    }

    fn covers(&self, at: i64) -> bool {
        let (Some(first), Some(last)) = (self.parts.front(), self.parts.back()) else { return false };
        (self.from_first || first.scale.begin() <= at) && (self.to_last || at < last.scale.end())
    }

    /// What counts up to `at`, which is covered, from the beginning that all parts share.
    pub(super) fn counted(&self, at: i64) -> i64 {
        let (Some(first), Some(last)) = (self.parts.front(), self.parts.back()) else { return 0 };
        if at < first.scale.begin() {
            return first.before + self.early.counted(at) - self.early.0.total();
        }
        if at >= last.scale.end() {
            return last.after() + self.late.counted(at);
        }
        let next = self.parts.partition_point(|part| part.scale.begin() <= at);
        let part = next.checked_sub(1).and_then(|i| self.parts.get(i));
        part.map_or(0, |part| part.before + part.scale.counted(at))
    }

    /// The first place where [`Line::counted`] is `count`, as far as the parts reach.
    fn reached(&self, count: i64) -> Option<i64> {
        let (first, last) = (self.parts.front()?, self.parts.back()?);
        if count <= first.before {
            return self.early.reached(count - first.before + self.early.0.total());
        }
        if count > last.after() {
            return if self.to_last { self.late.reached(count - last.after()) } else { None };
        }
        let part = self.parts.get(self.parts.partition_point(|part| part.after() < count))?;
        part.scale.reached(count - part.before)
    }
}

/// Working time and working days from one day up to another.
fn stretch(rules: &Rules, zone: &Zone, from: NaiveDate, to: NaiveDate) -> (Scale, Scale) {
    let mut time = Scale::new(zone.begin_of(from), zone.begin_of(to));
    let mut days = Scale::new(number(from), number(to));
    for day in from.iter_days().take_while(|day| *day < to) {
        let (_, open, _) = windows(rules, zone, day);
        if !open.is_empty() {
            days.push(number(day), number(day) + 1);
        }
        for (from, to) in open {
            time.push(from, to);
        }
    }
    (time, days)
}

fn windows(rules: &Rules, zone: &Zone, day: NaiveDate) -> (i64, Vec<(i64, i64)>, i64) {
    let (begin, end) = (zone.begin_of(day), day.succ_opt().map_or(i64::MAX, |next| zone.begin_of(next)));
    let at = |seconds: u32| day.and_time(NaiveTime::MIN) + TimeDelta::seconds(i64::from(seconds));
    let mut open = Vec::new();
    let mut reach = begin;
    for window in rules.on(day).windows() {
        let from = zone.begin(at(window.start.seconds())).max(reach);
        let to = zone.end(at(window.end.seconds())).min(end);
        if from < to {
            open.push((from, to));
            reach = to;
        }
    }
    (begin, open, end)
}

fn new_year(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default()
}

/// Days since 1970.
pub(super) fn number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The day of a number; one that chrono can't hold becomes its first or last.
pub(super) fn date(number: i64) -> NaiveDate {
    let edge = if number < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    TimeDelta::try_days(number).and_then(|days| NaiveDate::default().checked_add_signed(days)).unwrap_or(edge)
}
