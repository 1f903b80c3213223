//! Why a stretch of time counts or doesn't: what a deadline is explained with.

use super::rules::Ruling;
use super::table::Table;
use super::zone::instant;
use chrono::{DateTime, NaiveDate, Utc};

/// A stretch of time of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant that is no part of it any more.
    pub to: DateTime<Utc>,
    /// Whether it counts.
    pub kind: SegmentKind,
    /// Name of the holiday or exception that governs the day.
    pub name: Option<String>,
}

/// Whether time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// Working time.
    Counted,
    /// None, and why.
    Closed(Why),
}

crate::text_enum! {
    /// Why there is no working time.
    pub enum Why {
        /// Before the first or after the last window of a day.
        OutsideHours = "outside_hours",
        /// Between two windows of a day.
        Break = "break",
        /// A day without windows.
        DayOff = "day_off",
        /// A holiday.
        Holiday = "holiday",
        /// An exception without hours.
        Exception = "exception",
    }
}

/// The segments of a stretch of time, which chrono can hold.
pub(super) fn between(table: &Table, from: i64, to: i64) -> Vec<Segment> {
    let mut all: Vec<Segment> = Vec::new();
    let mut day = table.zone.day_of(from);
    let mut at = from;
    while at < to {
        for (begin, end, kind, name) in of_day(table, day) {
            let (begin, end) = (begin.max(from), end.min(to));
            if begin >= end {
                continue;
            }
            match all.last_mut().filter(|last| last.kind == kind && last.name.as_deref() == name) {
                Some(last) => last.to = instant(end),
                None => {
                    all.push(Segment { from: instant(begin), to: instant(end), kind, name: name.map(str::to_owned) });
                }
            }
            at = end;
        }
        let Some(next) = day.succ_opt() else { break };
        day = next;
    }
    all
}

type Piece<'a> = (i64, i64, SegmentKind, Option<&'a str>);

/// The pieces of a whole day; some may be empty.
fn of_day(table: &Table, day: NaiveDate) -> Vec<Piece<'_>> {
    let (begin, open, end) = table.windows(day);
    let (closed, name) = match table.rules.on(day) {
        Ruling::Week([]) => (Some(Why::DayOff), None),
        Ruling::Week(_) => (None, None),
        Ruling::Holiday(holiday) => (Some(Why::Holiday), Some(holiday.name.as_str())),
        Ruling::Exception(exception, windows) => {
            let why = if exception.hours.is_some() { Why::DayOff } else { Why::Exception };
            (windows.is_empty().then_some(why), Some(exception.name.as_str()))
        }
    };
    let mut pieces = Vec::new();
    let mut reach = begin;
    for (from, to) in open {
        let why = if reach == begin { Why::OutsideHours } else { Why::Break };
        pieces.push((reach, from, SegmentKind::Closed(why), name));
        pieces.push((from, to, SegmentKind::Counted, name));
        reach = to;
    }
    pieces.push((reach, end, SegmentKind::Closed(closed.unwrap_or(Why::OutsideHours)), name));
    pieces
}
