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
        /// Waited before, of which caps are told too; nothing in what earlier programs stored.
        #[serde(default, skip_serializing_if = "Waited::is_nothing")]
        carried_waits: Waited,
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

/// Microseconds of waiting for each reason, each wait in the time in which it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waited {
    /// For the requester.
    pub requester: i64,
    /// For a vendor.
    pub vendor: i64,
    /// For an agreed date.
    pub scheduled: i64,
}

impl Waited {
    const fn is_nothing(&self) -> bool {
        matches!(self, Self { requester: 0, vendor: 0, scheduled: 0 })
    }

    const fn of(&mut self, reason: PendingReason) -> &mut i64 {
        match reason {
            PendingReason::Requester => &mut self.requester,
            PendingReason::Vendor => &mut self.vendor,
            PendingReason::Scheduled => &mut self.scheduled,
        }
    }
}

/// What a cycle takes over from the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Microseconds that it had counted.
    pub micros: i64,
    /// What it had waited.
    pub waits: Waited,
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
    carried: Carried,
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
            carried: Carried::default(),
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
            Fact::Started { target_seconds, basis, carried_micros, carried_waits } => {
                (self.target_seconds, self.basis) = (target_seconds, basis);
                self.carried = Carried { micros: carried_micros, waits: carried_waits };
                self.begin(at, Mode::Counts(basis));
            }
            Fact::Paused { reason, cap_seconds } => {
                // After a cap has ended one pause, the next is another, not the same that goes on.
                let counted = matches!(self.mode_at(at), Some(Mode::Counts(_)));
                self.cut(at);
                self.paused_at = self.paused_at.filter(|_| !counted).or(Some(at));
                let left =
                    cap_seconds.map(|cap| cap.saturating_mul(1_000_000).saturating_sub(*self.waited().of(reason)));
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

    /// What it waited up to its last fact, that of earlier cycles included.
    #[must_use]
    pub fn waited(&self) -> Waited {
        let mut all = self.carried.waits;
        for piece in &self.pieces {
            if let (Mode::Waits(reason, basis), Some(to)) = (piece.mode, piece.to) {
                *all.of(reason) += basis.between(self.calendar, piece.from, to);
            }
        }
        all
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
        self.carried.micros.saturating_add(counted.sum())
    }

    /// The first instant at which `micros` are counted; none as long as that can't be known.
    #[must_use]
    pub fn reaches(&self, micros: i64) -> Option<DateTime<Utc>> {
        let mut left = micros.saturating_sub(self.carried.micros);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_that_an_earlier_program_stored_is_read_and_one_without_waits_is_stored_as_it_did() {
        let old = r#"{"kind":"started","target_seconds":60,"basis":"calendar","carried_micros":5}"#;
        let read = |text: &str| serde_json::from_str::<Fact>(text).unwrap();
        let started = |carried_waits| Fact::Started {
            target_seconds: 60,
            basis: Basis::Calendar,
            carried_micros: 5,
            carried_waits,
        };
        assert_eq!(read(old), started(Waited::default()));
        assert_eq!(serde_json::to_string(&started(Waited::default())).unwrap(), old);
        let waited = started(Waited { vendor: 7, ..Waited::default() });
        assert_eq!(read(&serde_json::to_string(&waited).unwrap()), waited);
    }
}
