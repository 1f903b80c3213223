//! Two slow references. The first looks at every second of a month; the second walks every window of some years.

use super::SECOND;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use sigap::worktime::{Definition, Window};

const DAY: i64 = 86_400;

/// What governs a day, by asking every rule.
pub fn windows_of(definition: &Definition, day: NaiveDate) -> Vec<(i64, i64)> {
    let seconds = |windows: &[Window]| {
        let mut all: Vec<(i64, i64)> =
            windows.iter().map(|w| (i64::from(w.start.seconds()), i64::from(w.end.seconds()))).collect();
        all.sort_unstable();
        all
    };
    let number = usize::try_from(day.weekday().num_days_from_monday()).unwrap();
    let mut ruling = None;
    for exception in definition.exceptions.iter().filter(|e| e.from <= day && day <= e.until) {
        let hours = exception.hours.as_ref().map_or(Vec::new(), |hours| seconds(hours.days()[number].1));
        if exception.over_holidays {
            return hours;
        }
        ruling = Some(hours);
    }
    if definition.holidays.iter().any(|h| h.day == day) {
        return Vec::new();
    }
    ruling.unwrap_or_else(|| {
        let in_force = definition.weeks.iter().filter(|w| w.from.is_none_or(|from| from <= day));
        let week = in_force.max_by_key(|w| w.from.unwrap_or(NaiveDate::MIN)).unwrap();
        if week.round_the_clock { vec![(0, DAY)] } else { seconds(week.hours.days()[number].1) }
    })
}

fn long(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

fn offset(zone: Tz, second: i64) -> i64 {
    let utc = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
}

fn date(second: i64) -> NaiveDate {
    DateTime::from_timestamp(second, 0).unwrap().date_naive()
}

/// Every second of some days, in UTC.
///
/// A second is working time if by then the clocks have shown the window's start, or later, and later still show less
/// than its end. Clocks only ever jump at a whole minute in the years that the tests use.
pub struct Seconds {
    first: i64,
    /// Whether each second counts, and how many before it do.
    counts: Vec<bool>,
    before: Vec<u32>,
    /// Seconds at which something changes.
    pub edges: Vec<i64>,
}

impl Seconds {
    pub fn new(definition: &Definition, from: NaiveDate, days: i64) -> Self {
        let zone: Tz = definition.zone.parse().unwrap();
        let (first, length) = (midnight(from) - DAY, (days + 2) * DAY);
        let minutes: Vec<i64> = (0..length / 60).map(|m| offset(zone, first + m * 60)).collect();
        let mut later = Vec::with_capacity(usize::try_from(length).unwrap());
        let mut least = i64::MAX;
        for (m, offset) in minutes.iter().enumerate().rev() {
            for s in (0..60).rev() {
                least = least.min(first + long(m) * 60 + s + offset);
                later.push(least);
            }
        }
        later.reverse();
        let mut this = Self { first, counts: Vec::new(), before: Vec::new(), edges: Vec::new() };
        let (mut most, mut total, mut today, mut windows) = (i64::MIN, 0, i64::MIN, Vec::new());
        for (i, least) in later.iter().enumerate() {
            let (second, offset) = (first + long(i), minutes[i / 60]);
            most = most.max(second + offset);
            if most >= today + DAY || today == i64::MIN {
                today = most.div_euclid(DAY) * DAY;
                windows = windows_of(definition, date(most));
                this.edges.push(second);
            }
            if i % 60 == 0 && i > 0 && minutes[i / 60 - 1] != offset {
                this.edges.push(second);
            }
            let counts = windows.iter().any(|(start, end)| today + start <= most && *least < today + end);
            if this.counts.last().is_some_and(|last| *last != counts) {
                this.edges.push(second);
            }
            this.before.push(total);
            this.counts.push(counts);
            total += u32::from(counts);
        }
        this
    }

    /// First and last microsecond that may be asked for.
    pub fn range(&self) -> (i64, i64) {
        ((self.first + DAY) * SECOND, (self.first + long(self.counts.len()) - DAY) * SECOND)
    }

    /// Working microseconds before an instant.
    pub fn until(&self, at: i64) -> i64 {
        let i = usize::try_from(at.div_euclid(SECOND) - self.first).unwrap();
        let part = if self.counts[i] { at.rem_euclid(SECOND) } else { 0 };
        i64::from(self.before[i]) * SECOND + part
    }

    pub fn counts(&self, at: i64) -> bool {
        self.counts[usize::try_from(at.div_euclid(SECOND) - self.first).unwrap()]
    }
}

/// Every window of some years, each with its day.
pub struct Walk {
    pub windows: Vec<(i64, i64, NaiveDate)>,
    /// Days with their beginning.
    pub days: Vec<(NaiveDate, i64)>,
    zone: Tz,
}

impl Walk {
    pub fn new(definition: &Definition, from: NaiveDate, days: i64) -> Self {
        let mut this = Self { windows: Vec::new(), days: Vec::new(), zone: definition.zone.parse().unwrap() };
        for number in 0..days {
            let day = from + TimeDelta::days(number);
            let (begin, end) = (this.begin(midnight(day)), this.begin(midnight(day) + DAY));
            this.days.push((day, begin * SECOND));
            let mut reach = begin;
            for (start, stop) in windows_of(definition, day) {
                let open = this.begin(midnight(day) + start).clamp(reach, end);
                let close = this.end(midnight(day) + stop).clamp(open, end);
                if open < close {
                    this.windows.push((open * SECOND, close * SECOND, day));
                }
                reach = close;
            }
        }
        this
    }

    /// Every instant of UTC that shows a local second, by trying each offset of the days around.
    fn showing(&self, local: i64) -> Vec<i64> {
        let mut all: Vec<i64> =
            [-2, -1, 0, 1, 2].iter().map(|d| local - offset(self.zone, local + d * DAY / 2)).collect();
        all.retain(|at| at + offset(self.zone, *at) == local);
        all.sort_unstable();
        all.dedup();
        all
    }

    fn begin(&self, local: i64) -> i64 {
        self.showing(local).first().copied().unwrap_or_else(|| {
            let mut at = (local - 2 * DAY).div_euclid(60) * 60;
            while at + offset(self.zone, at) < local {
                at += 60;
            }
            at
        })
    }

    fn end(&self, local: i64) -> i64 {
        let all = self.showing(local);
        let smooth = |at: i64| offset(self.zone, at) == offset(self.zone, at - 1);
        if all.len() == 2 && smooth(all[1]) { all[1] } else { self.begin(local) }
    }

    pub fn between(&self, from: i64, to: i64) -> i64 {
        let mut sum = 0;
        for (open, close, _) in &self.windows {
            sum += (*close.min(&to) - *open.max(&from)).max(0);
        }
        sum
    }

    /// Takes windows off a target until it is filled.
    pub fn after(&self, from: i64, mut micros: i64) -> Option<i64> {
        for (open, close, _) in self.windows.iter().filter(|(_, close, _)| *close > from) {
            let begin = *open.max(&from);
            if micros <= close - begin {
                return Some(begin + micros);
            }
            micros -= close - begin;
        }
        None
    }

    /// The day that an instant belongs to.
    pub fn day(&self, at: i64) -> NaiveDate {
        self.days.iter().rev().find(|(_, begin)| *begin <= at).unwrap().0
    }

    /// The n-th later day with a window, at the same local time.
    pub fn working_day(&self, from: i64, n: usize) -> Option<i64> {
        let today = self.day(from);
        let mut days: Vec<NaiveDate> = self.windows.iter().map(|(_, _, day)| *day).filter(|d| *d > today).collect();
        days.dedup();
        let local = from + offset(self.zone, from.div_euclid(SECOND)) * SECOND;
        let time = local.rem_euclid(DAY * SECOND);
        let wanted = midnight(*days.get(n - 1)?) * SECOND + time;
        let whole = wanted.div_euclid(SECOND);
        let begin = self.begin(whole);
        let skipped = self.showing(whole).is_empty();
        Some(begin * SECOND + if skipped { 0 } else { wanted.rem_euclid(SECOND) })
    }
}

/// What the clocks of a zone show.
pub fn local(zone: Tz, at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}
