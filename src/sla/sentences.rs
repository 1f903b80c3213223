//! An explained clock in sentences that can be laid before somebody who disputes it.

use super::explain::{ExplainedClock, FactKind, FactView, Segment, SegmentReason, Share};
use super::view::ClockState;
use super::{Basis, Metric};
use crate::db::Ts;
use crate::message::{Language, Say};
use crate::say;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;

/// Tells times the way that people of a place do.
pub struct Teller {
    language: Language,
    zone: Tz,
}

impl Teller {
    /// For readers of `language`, by the clocks of an IANA zone.
    #[must_use]
    pub fn new(language: Language, zone: &str) -> Self {
        Self { language, zone: zone.parse().unwrap_or(chrono_tz::Asia::Jakarta) }
    }

    fn words(&self, say: Say) -> String {
        say.text(self.language)
    }

    fn local(&self, at: Ts) -> DateTime<Tz> {
        at.utc().with_timezone(&self.zone)
    }

    fn date(&self, at: Ts) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// `WIB`, `WITA` or `WIT`; elsewhere what the zone calls itself.
    fn zone_name(&self, at: Ts) -> String {
        match self.zone.name() {
            "Asia/Jakarta" | "Asia/Pontianak" => "WIB".into(),
            "Asia/Makassar" | "Asia/Ujung_Pandang" => "WITA".into(),
            "Asia/Jayapura" => "WIT".into(),
            _ => self.local(at).format("%Z").to_string(),
        }
    }

    fn day(&self, at: Ts) -> String {
        let day = self.date(at);
        let (weekday, month) = (self.words(weekday(day.weekday())), self.words(month(day.month())));
        self.words(say!("explain.date", weekday = weekday, day = day.day(), month = month, year = day.year()))
    }

    fn time(&self, at: Ts) -> String {
        let local = self.local(at);
        if local.second() == 0 { self.clock(local.time()) } else { self.clock_to_the_second(local.time()) }
    }

    fn clock(&self, time: NaiveTime) -> String {
        let (hour, minute) = (format!("{:02}", time.hour()), format!("{:02}", time.minute()));
        self.words(say!("explain.hm", hour = hour, minute = minute))
    }

    fn clock_to_the_second(&self, time: NaiveTime) -> String {
        let two = |n: u32| format!("{n:02}");
        let (hour, minute, second) = (two(time.hour()), two(time.minute()), two(time.second()));
        self.words(say!("explain.hms", hour = hour, minute = minute, second = second))
    }

    /// An instant in full, to the second.
    fn exact(&self, at: Ts) -> String {
        let (day, time, zone) = (self.day(at), self.clock_to_the_second(self.local(at).time()), self.zone_name(at));
        self.words(say!("explain.at", day = day, time = time, zone = zone))
    }

    /// The end of a stretch as a time of the day on which it began; none if it reaches further.
    fn end_within_day(&self, from: Ts, to: Ts) -> Option<String> {
        let (first, last) = (self.date(from), self.date(to));
        if first == last {
            return Some(self.time(to));
        }
        let midnight = self.local(to).time() == NaiveTime::MIN && first.succ_opt() == Some(last);
        midnight.then(|| self.words(say!("explain.hm", hour = "24", minute = "00")))
    }

    fn range(&self, from: Ts, to: Ts) -> String {
        match self.end_within_day(from, to) {
            Some(end) => self.words(say!("explain.range_day", day = self.day(from), from = self.time(from), to = end)),
            None => self.words(say!(
                "explain.range",
                from_day = self.day(from),
                from = self.time(from),
                to_day = self.day(to),
                to = self.time(to)
            )),
        }
    }

    /// So many seconds in hours, minutes and seconds.
    #[must_use]
    pub fn length(&self, seconds: i64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let mut parts = Vec::new();
        if hours > 0 {
            parts.push(self.words(say!("explain.hours", n = hours)));
        }
        if minutes > 0 {
            parts.push(self.words(say!("explain.minutes", n = minutes)));
        }
        if rest > 0 || parts.is_empty() {
            parts.push(self.words(say!("explain.seconds", n = rest)));
        }
        parts.join(" ")
    }

    /// In which time a target counts, and who promised it if it is in force.
    fn basis(&self, basis: Basis, clock: &ExplainedClock, is_in_force: bool) -> String {
        let basis = self.words(match basis {
            Basis::Calendar => say!("explain.working_time"),
            Basis::RoundTheClock => say!("explain.any_time"),
        });
        if !is_in_force {
            return basis;
        }
        let (agreement, version) = (&clock.agreement.name, clock.agreement.version);
        self.words(say!("explain.promised", basis = basis, agreement = agreement, version = version))
    }

    fn why(&self, segment: &Segment) -> String {
        let name = segment.name.clone().unwrap_or_default();
        self.words(match segment.reason {
            Some(SegmentReason::Requester) => say!("explain.why.requester"),
            Some(SegmentReason::Vendor) => say!("explain.why.vendor"),
            Some(SegmentReason::Scheduled) => say!("explain.why.scheduled"),
            Some(SegmentReason::Break) => say!("explain.why.break"),
            Some(SegmentReason::DayOff) => say!("explain.why.day_off"),
            Some(SegmentReason::Holiday) => say!("explain.why.holiday", name = name),
            Some(SegmentReason::Exception) => say!("explain.why.exception", name = name),
            Some(SegmentReason::OutsideHours) | None => say!("explain.why.outside_hours"),
        })
    }
}

/// The sentences of a clock: what it promises, its life day by day, its deadline, how it stands at `now`.
#[must_use]
pub fn of(clock: &ExplainedClock, now: Ts, teller: &Teller) -> Vec<String> {
    let mut lines = Lines { teller, all: head(clock, teller), day: None, closed: None, special: None, future: false };
    let mut changes = clock.facts.iter().filter(|f| f.kind == FactKind::Retargeted).peekable();
    for segment in &clock.segments {
        while let Some(change) = changes.next_if(|c| c.at <= segment.from) {
            lines.retargeted(change, clock, changes.peek().is_none());
        }
        lines.segment(segment);
    }
    while let Some(change) = changes.next() {
        lines.retargeted(change, clock, changes.peek().is_none());
    }
    lines.flush();
    let mut all = lines.all;
    all.extend(tail(clock, now, teller));
    all
}

fn head(clock: &ExplainedClock, t: &Teller) -> Vec<String> {
    // What was promised at the beginning; changes are told where they come.
    let first = clock.facts.first();
    let target = first.and_then(|f| f.target_seconds).unwrap_or(clock.target_seconds);
    // The agreement is that of the last target: who promised one before is not kept.
    let is_in_force = !clock.facts.iter().any(|f| f.kind == FactKind::Retargeted);
    let basis = t.basis(first.and_then(|f| f.basis).unwrap_or(clock.basis), clock, is_in_force);
    let (metric, target) = (t.words(metric(clock.metric)), t.length(target));
    let mut all = vec![
        t.words(say!("explain.head", metric = metric, cycle = clock.cycle, target = target, basis = basis)),
        t.words(say!(
            "explain.calendar",
            name = clock.calendar.name,
            edition = clock.calendar.edition,
            zone = t.zone_name(clock.started_at)
        )),
        t.words(say!("explain.started", at = t.exact(clock.started_at))),
    ];
    if clock.carried_seconds > 0 {
        all.push(t.words(say!("explain.carried", length = t.length(clock.carried_seconds))));
    }
    all
}

fn tail(clock: &ExplainedClock, now: Ts, t: &Teller) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(due) = clock.due_at {
        let at = t.exact(due);
        all.push(t.words(match clock.state {
            ClockState::Paused if clock.if_now => say!("explain.due_if_on_now", at = at),
            ClockState::Paused => say!("explain.due_if_waits", at = at),
            _ => say!("explain.due", at = at),
        }));
    }
    let length = t.length(clock.elapsed_seconds);
    let cancelled = clock.facts.iter().any(|f| f.cancelled == Some(true));
    match (clock.stopped_at, clock.breached_at) {
        (Some(at), _) if cancelled => {
            all.push(t.words(say!("explain.cancelled", at = t.exact(at), length = length)));
        }
        (Some(at), Some(_)) => {
            let late = t.length((clock.elapsed_seconds - clock.target_seconds).max(0));
            all.push(t.words(say!("explain.missed", at = t.exact(at), length = length, late = late)));
        }
        (Some(at), None) => all.push(t.words(say!("explain.met", at = t.exact(at), length = length))),
        (None, missed) => {
            all.push(t.words(say!("explain.so_far", at = t.exact(now), length = length)));
            all.extend(missed.map(|at| t.words(say!("explain.overdue", at = t.exact(at)))));
        }
    }
    if clock.waived {
        all.push(t.words(say!("explain.waived")));
    }
    all
}

/// The lines so far, the one of the day that is being told, and a closed stretch that may go on.
struct Lines<'t> {
    teller: &'t Teller,
    all: Vec<String>,
    day: Option<(NaiveDate, String)>,
    closed: Option<(Ts, Ts, Vec<String>)>,
    special: Option<String>,
    future: bool,
}

impl Lines<'_> {
    fn segment(&mut self, segment: &Segment) {
        let t = self.teller;
        if segment.foreseen && !self.future {
            self.line(t.words(say!("explain.foreseen", at = t.exact(segment.from))));
            self.future = true;
        }
        match segment.kind {
            Share::Counted => self.counted(segment),
            Share::Paused => {
                let range = t.range(segment.from, segment.to);
                self.line(t.words(say!("explain.paused", range = range, why = t.why(segment))));
            }
            Share::Closed => self.closed(segment),
        }
    }

    fn counted(&mut self, s: &Segment) {
        let t = self.teller;
        self.flush_closed();
        if s.name.is_some() && s.name != self.special {
            let name = s.name.clone().unwrap_or_default();
            self.line(t.words(say!("explain.special", name = name)));
        }
        self.special.clone_from(&s.name);
        let length = t.length(s.seconds);
        let Some(to) = t.end_within_day(s.from, s.to) else {
            let range = t.range(s.from, s.to);
            return self.line(t.words(say!("explain.counted_long", range = range, length = length)));
        };
        let (date, from) = (t.date(s.from), t.time(s.from));
        match &mut self.day {
            Some((day, line)) if *day == date => {
                line.push(' ');
                line.push_str(&t.words(say!("explain.counted_more", from = from, to = to, length = length)));
            }
            _ => {
                self.flush();
                let day = t.day(s.from);
                let line = t.words(say!("explain.counted", day = day, from = from, to = to, length = length));
                self.day = Some((date, line));
            }
        }
    }

    fn closed(&mut self, s: &Segment) {
        let t = self.teller;
        let end = t.end_within_day(s.from, s.to).filter(|_| s.reason == Some(SegmentReason::Break));
        if let (Some((_, line)), Some(to), None) = (&mut self.day, end, &self.closed) {
            line.push(' ');
            line.push_str(&t.words(say!("explain.break", from = t.time(s.from), to = to)));
            return;
        }
        self.flush_day();
        let why = t.why(s);
        match &mut self.closed {
            Some((_, to, whys)) => {
                *to = s.to;
                if !whys.contains(&why) {
                    whys.push(why);
                }
            }
            None => self.closed = Some((s.from, s.to, vec![why])),
        }
    }

    fn retargeted(&mut self, change: &FactView, clock: &ExplainedClock, is_last: bool) {
        let t = self.teller;
        let length = |seconds: Option<i64>| t.length(seconds.unwrap_or_default());
        let (old, new) = (length(change.old_target_seconds), length(change.target_seconds));
        let basis = t.basis(change.basis.unwrap_or(clock.basis), clock, is_last);
        self.line(t.words(say!("explain.retargeted", at = t.exact(change.at), old = old, new = new, basis = basis)));
    }

    fn line(&mut self, line: String) {
        self.flush();
        self.all.push(line);
    }

    fn flush(&mut self) {
        self.flush_day();
        self.flush_closed();
    }

    fn flush_day(&mut self) {
        self.all.extend(self.day.take().map(|(_, line)| line));
    }

    fn flush_closed(&mut self) {
        let Some((from, to, whys)) = self.closed.take() else { return };
        let t = self.teller;
        self.flush_day();
        self.all.push(t.words(say!("explain.closed", range = t.range(from, to), why = whys.join(", "))));
    }
}

fn metric(metric: Metric) -> Say {
    match metric {
        Metric::FirstResponse => say!("explain.metric.first_response"),
        Metric::Resolution => say!("explain.metric.resolution"),
        Metric::Tier2Acceptance => say!("explain.metric.tier2_acceptance"),
        Metric::Tier2Resolution => say!("explain.metric.tier2_resolution"),
        Metric::SecurityReport => say!("explain.metric.security_report"),
    }
}

fn weekday(day: Weekday) -> Say {
    match day {
        Weekday::Mon => say!("day.monday"),
        Weekday::Tue => say!("day.tuesday"),
        Weekday::Wed => say!("day.wednesday"),
        Weekday::Thu => say!("day.thursday"),
        Weekday::Fri => say!("day.friday"),
        Weekday::Sat => say!("day.saturday"),
        Weekday::Sun => say!("day.sunday"),
    }
}

fn month(month: u32) -> Say {
    match month {
        1 => say!("month.january"),
        2 => say!("month.february"),
        3 => say!("month.march"),
        4 => say!("month.april"),
        5 => say!("month.may"),
        6 => say!("month.june"),
        7 => say!("month.july"),
        8 => say!("month.august"),
        9 => say!("month.september"),
        10 => say!("month.october"),
        11 => say!("month.november"),
        _ => say!("month.december"),
    }
}
