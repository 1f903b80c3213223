//! The arithmetic of one clock, pure: facts in, everything else out. A pause takes time out of the count and never
//! moves the start; a change of target keeps what has elapsed and what was paused.

use super::{Basis, Outcome, PendingReason};
use crate::db::Ts;
use crate::worktime::Calendar;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Something that happened to a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// It began, perhaps with what an earlier cycle had counted already.
    Started {
        /// Target.
        target_seconds: i64,
        /// In which time.
        basis: Basis,
        /// Counted before, in microseconds.
        carried_micros: i64,
    },
    /// The ticket waits.
    Paused {
        /// For whom.
        reason: PendingReason,
        /// Seconds of this reason, all pauses together, after which it counts again.
        cap_seconds: Option<i64>,
    },
    /// The ticket goes on.
    Resumed,
    /// Priority or agreement changed: another target, perhaps in another time, from now on.
    Retargeted {
        /// Target.
        target_seconds: i64,
        /// In which time.
        basis: Basis,
    },
    /// What it waited for has happened.
    Stopped {
        /// The ticket was given up.
        cancelled: bool,
    },
}

/// A fact and when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Ts,
    /// What.
    pub fact: Fact,
}

/// What a clock does in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Counts, in this time.
    Counts(Basis),
    /// Waits; in the time in which it would count, by which its cap is used up.
    Waits(PendingReason, Basis),
}

/// A stretch of a clock's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it; none for the last of a clock that has not stopped.
    pub to: Option<DateTime<Utc>>,
    /// What it does.
    pub mode: Mode,
}

/// A clock's life as its facts tell it, under one calendar.
#[derive(Debug)]
pub struct Line<'c> {
    calendar: &'c Calendar,
    pieces: Vec<Piece>,
    carried: i64,
    target_seconds: i64,
    basis: Basis,
    started: DateTime<Utc>,
    paused_at: Option<DateTime<Utc>>,
    stopped: Option<(DateTime<Utc>, bool)>,
}

/// What is derived from the facts and kept beside them, to be found by queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derived {
    /// Target in force.
    pub target_seconds: i64,
    /// In which time it counts now.
    pub basis: Basis,
    /// Microseconds counted before `since`.
    pub banked_micros: i64,
    /// From when it counts on top of that; none while it waits or after its end.
    pub since: Option<Ts>,
    /// The first instant at which the target is used up; none while that can't be known.
    pub due_at: Option<Ts>,
    /// Begin of the pause in force.
    pub paused_at: Option<Ts>,
    /// When it stopped.
    pub stopped_at: Option<Ts>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Basis {
    /// Microseconds of this time from one instant to another; 0 if that is not later.
    #[must_use]
    pub fn between(self, calendar: &Calendar, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        match self {
            Self::Calendar => calendar.micros_between(from, to),
            Self::RoundTheClock => (to - from).num_microseconds().unwrap_or(i64::MAX).max(0),
        }
    }

    /// The first instant at which so many microseconds of this time have passed; none beyond the end of reckoning.
    #[must_use]
    pub fn after(self, calendar: &Calendar, from: DateTime<Utc>, micros: i64) -> Option<DateTime<Utc>> {
        match self {
            Self::Calendar => calendar.after(from, micros),
            Self::RoundTheClock => from.checked_add_signed(Duration::microseconds(micros.max(0))),
        }
    }
}

impl<'c> Line<'c> {
    /// Draws the life of a clock; facts stand in order, and a time that runs back is held at the last fact's.
    #[must_use]
    pub fn draw(entries: &[Entry], calendar: &'c Calendar) -> Self {
        let started = entries.first().map_or(DateTime::UNIX_EPOCH, |e| e.at.utc());
        let mut line = Self {
            calendar,
            pieces: Vec::new(),
            carried: 0,
            target_seconds: 0,
            basis: Basis::Calendar,
            started,
            paused_at: None,
            stopped: None,
        };
        let mut last = started;
        for entry in entries {
            last = last.max(entry.at.utc());
            if line.stopped.is_none() {
                line.take(last, entry.fact);
            }
        }
        line
    }

    fn take(&mut self, at: DateTime<Utc>, fact: Fact) {
        match fact {
            Fact::Started { target_seconds, basis, carried_micros } => {
                (self.target_seconds, self.basis, self.carried) = (target_seconds, basis, carried_micros);
                self.begin(at, Mode::Counts(basis));
            }
            Fact::Paused { reason, cap_seconds } => {
                // After a cap has ended one pause, the next is another, not the same that goes on.
                let counted = matches!(self.mode_at(at), Some(Mode::Counts(_)));
                self.cut(at);
                self.paused_at = self.paused_at.filter(|_| !counted).or(Some(at));
                let left = cap_seconds.map(|cap| cap.saturating_mul(1_000_000).saturating_sub(self.waited(reason)));
                self.begin(at, Mode::Waits(reason, self.basis));
                if let Some(end) = left.and_then(|left| self.basis.after(self.calendar, at, left.max(0))) {
                    self.end(end);
                    self.begin(end, Mode::Counts(self.basis));
                }
            }
            Fact::Resumed => {
                self.cut(at);
                self.paused_at = None;
                self.begin(at, Mode::Counts(self.basis));
            }
            Fact::Retargeted { target_seconds, basis } => {
                (self.target_seconds, self.basis) = (target_seconds, basis);
                if let Some(Mode::Counts(_)) = self.mode_at(at) {
                    self.cut(at);
                    self.begin(at, Mode::Counts(basis));
                }
                for foreseen in self.pieces.iter_mut().filter(|p| p.from > at) {
                    foreseen.mode = Mode::Counts(basis);
                }
            }
            Fact::Stopped { cancelled } => {
                self.cut(at);
                self.paused_at = None;
                self.stopped = Some((at, cancelled));
            }
        }
    }

    fn begin(&mut self, from: DateTime<Utc>, mode: Mode) {
        self.pieces.push(Piece { from, to: None, mode });
    }

    fn end(&mut self, at: DateTime<Utc>) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.to = Some(at);
        }
    }

    /// Ends what goes on at `at`; what was foreseen for later does not come.
    fn cut(&mut self, at: DateTime<Utc>) {
        while self.pieces.last().is_some_and(|p| p.from > at) {
            self.pieces.pop();
        }
        self.end(at);
    }

    fn mode_at(&self, at: DateTime<Utc>) -> Option<Mode> {
        self.pieces.iter().rev().find(|p| p.from <= at).map(|p| p.mode)
    }

    /// Microseconds spent waiting for this reason so far, each wait in the time in which it began.
    fn waited(&self, reason: PendingReason) -> i64 {
        let waited = |p: &Piece| match p.mode {
            Mode::Waits(of, basis) if of == reason => Some(basis.between(self.calendar, p.from, p.to?)),
            _ => None,
        };
        self.pieces.iter().filter_map(waited).sum()
    }

    /// The stretches of its life, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Microseconds counted at `now`.
    #[must_use]
    pub fn elapsed(&self, now: DateTime<Utc>) -> i64 {
        let counted = self.pieces.iter().filter_map(|p| match p.mode {
            Mode::Counts(basis) => Some(basis.between(self.calendar, p.from, p.to.map_or(now, |to| to.min(now)))),
            Mode::Waits(..) => None,
        });
        self.carried.saturating_add(counted.sum())
    }

    /// The first instant at which `micros` are counted; none as long as that can't be known.
    #[must_use]
    pub fn reaches(&self, micros: i64) -> Option<DateTime<Utc>> {
        let mut left = micros.saturating_sub(self.carried);
        if left <= 0 {
            return Some(self.started);
        }
        for piece in &self.pieces {
            let Mode::Counts(basis) = piece.mode else { continue };
            match piece.to {
                None => return basis.after(self.calendar, piece.from, left),
                Some(to) => {
                    let counted = basis.between(self.calendar, piece.from, to);
                    if counted >= left {
                        return basis.after(self.calendar, piece.from, left);
                    }
                    left -= counted;
                }
            }
        }
        None
    }

    /// When the target is used up, whatever happens after.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.reaches(self.target_seconds.saturating_mul(1_000_000))
    }

    /// When it would have been used up, had a clock that stopped in time gone on.
    fn due_beyond(&self) -> Option<DateTime<Utc>> {
        let (stop, _) = self.stopped?;
        let target = self.target_seconds.saturating_mul(1_000_000);
        self.basis.after(self.calendar, stop, target.saturating_sub(self.elapsed(stop)))
    }

    /// What is kept beside the facts.
    #[must_use]
    pub fn derived(&self) -> Derived {
        let due = self.due();
        let open = self.pieces.last().filter(|p| p.to.is_none() && matches!(p.mode, Mode::Counts(_)));
        let since = open.map(|p| p.from);
        let outcome = self.stopped.map(|(at, cancelled)| match due {
            // In time is before the last second is used up; the range is half-open.
            Some(due) if due <= at => Outcome::Missed,
            _ if cancelled => Outcome::Cancelled,
            _ => Outcome::Met,
        });
        let end = since.or(self.stopped.map(|(at, _)| at)).or(self.paused_at).unwrap_or(self.started);
        Derived {
            target_seconds: self.target_seconds,
            basis: self.basis,
            banked_micros: self.elapsed(end),
            since: since.map(Ts::new),
            due_at: due.or_else(|| self.due_beyond()).map(Ts::new),
            paused_at: self.paused_at.map(Ts::new),
            stopped_at: self.stopped.map(|(at, _)| Ts::new(at)),
            outcome,
        }
    }
}
