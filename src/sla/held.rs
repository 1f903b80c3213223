//! One clock in hand: its row, its facts, and what was told of it.

use super::Outcome;
use super::clock::{Derived, Entry, Fact, Line};
use super::level::{BREACH, Level};
use super::row::{Clock, Firing};
use crate::db::Ts;

/// One clock with its facts and what was told of it.
pub struct Held {
    /// As stored.
    pub row: Clock,
    /// Its facts, in order.
    pub entries: Vec<Entry>,
    /// What was told.
    pub fired: Vec<Firing>,
    /// How many of its facts are stored.
    pub(super) stored: usize,
    pub(super) is_new: bool,
    pub(super) is_changed: bool,
    /// It stops with this change, and what it had reached may be untold.
    pub(super) is_stopping: bool,
}

impl Held {
    pub(super) fn stored(row: Clock) -> Self {
        Self {
            row,
            entries: Vec::new(),
            fired: Vec::new(),
            stored: 0,
            is_new: false,
            is_changed: false,
            is_stopping: false,
        }
    }

    pub(super) fn add(&mut self, at: Ts, fact: Fact) {
        self.entries.push(Entry { at, fact });
    }

    pub(super) fn is_touched(&self) -> bool {
        self.is_new || self.is_changed || self.entries.len() > self.stored
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.entries.iter().any(|e| matches!(e.fact, Fact::Stopped { .. }))
    }

    /// `true` for one that was given up: what it waited for was no longer to come.
    pub(super) fn is_given_up(&self) -> bool {
        self.entries.iter().any(|e| matches!(e.fact, Fact::Stopped { cancelled: true }))
    }

    /// `true` for a cycle of which an earlier one had used up the target: the miss of the one before is its own. Where a
    /// longer target leaves it time, its miss is one of its own.
    pub(super) fn goes_on_with_a_miss(&self) -> bool {
        self.carried() >= self.target_at_start().max(self.target()).saturating_mul(1_000_000)
    }

    pub(super) fn waits(&self) -> bool {
        let last = self.entries.iter().rev().find(|e| matches!(e.fact, Fact::Paused { .. } | Fact::Resumed));
        last.is_some_and(|e| matches!(e.fact, Fact::Paused { .. }))
    }

    /// The row as its facts, its levels and what was told make it.
    #[must_use]
    pub fn derive(&self, line: &Line<'_>, levels: &[Level]) -> Clock {
        let Derived { target_seconds, basis, banked_micros, since, due_at, paused_at, stopped_at, outcome } =
            line.derived();
        let reach = |level: &Level| line.reaches(level.threshold(target_seconds)).map(Ts::new);
        let target = target_seconds.saturating_mul(1_000_000);
        // One that lies before the beginning is none.
        let early = levels.iter().filter(|l| (1..target).contains(&l.threshold(target_seconds)));
        let is_own = |level: &Level| self.is_own(level, target_seconds);
        let open = stopped_at.is_none();
        let next = levels
            .iter()
            .filter(|level| is_own(level))
            .filter(|level| !self.is_told(&level.key()))
            .filter_map(|level| Some((reach(level)?, level.key())))
            .min()
            .filter(|_| open);
        // An earlier cycle's miss is this one's too. What runs has missed from when that is told, unless a longer target
        // took it back: another miss is then told to nobody, and kept at the end; until then its deadline says it.
        let is_inherited = !is_own(&Level::at(100, &[]));
        let is_at_end = outcome == Some(Outcome::Missed);
        let is_known = |due: &Ts| is_inherited || is_at_end || self.was_told(BREACH, *due);
        Clock {
            target_seconds,
            basis,
            banked_micros,
            since,
            due_at,
            paused_at,
            stopped_at,
            outcome,
            breached_at: line.due().map(Ts::new).filter(is_known),
            risk_at: early.filter_map(reach).min().filter(|_| open),
            next_level: next.as_ref().map(|(_, key)| key.clone()),
            next_at: next.map(|(at, _)| at),
            ..self.row.clone()
        }
    }

    /// Levels that were reached up to its stop and not told, each with when that was, in order.
    pub(super) fn overtaken(&self, line: &Line<'_>, levels: Vec<Level>) -> Vec<(Ts, Level)> {
        let target = line.derived().target_seconds;
        let untold = levels.into_iter().filter(|level| self.is_own(level, target) && !self.is_told(&level.key()));
        let reached = |level: Level| Some((Ts::new(line.reaches(level.threshold(target))?), level));
        let mut all: Vec<(Ts, Level)> = untold.filter_map(reached).collect();
        all.sort_by_key(|(at, level)| (*at, level.key()));
        all
    }

    /// What an earlier cycle had reached under the target with which this one began was that one's to tell. The first may
    /// begin with time of before its agreement held, of which nobody was told.
    fn is_own(&self, level: &Level, target_seconds: i64) -> bool {
        let now = level.threshold(target_seconds);
        let is_new = self.row.cycle == 1 || now.max(level.threshold(self.target_at_start())) > self.carried();
        now > 0 && is_new
    }

    /// `true` once the level was told, which happens once for each clock and start, wherever a change moves it then.
    pub(super) fn is_told(&self, level: &str) -> bool {
        self.fired.iter().any(|f| f.level == level)
    }

    /// `true` if it was told when or after it was reached, as it is reached now.
    fn was_told(&self, level: &str, reached: Ts) -> bool {
        self.fired.iter().any(|f| f.level == level && f.fired_at >= reached)
    }

    /// What an earlier cycle had counted.
    fn carried(&self) -> i64 {
        match self.entries.first().map(|e| e.fact) {
            Some(Fact::Started { carried_micros, .. }) => carried_micros,
            _ => 0,
        }
    }

    /// The target in force, also one that was only just given.
    fn target(&self) -> i64 {
        let given = |entry: &Entry| match entry.fact {
            Fact::Started { target_seconds, .. } | Fact::Retargeted { target_seconds, .. } => Some(target_seconds),
            _ => None,
        };
        self.entries.iter().rev().find_map(given).unwrap_or_default()
    }

    fn target_at_start(&self) -> i64 {
        match self.entries.first().map(|e| e.fact) {
            Some(Fact::Started { target_seconds, .. }) => target_seconds,
            _ => 0,
        }
    }
}
