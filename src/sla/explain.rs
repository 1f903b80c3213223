//! How a deadline came about: every stretch of a clock's life, counted or not, and why. What can be disputed is
//! answered from the same facts and the same calendar that the clock itself counts by.

use super::board::Board;
use super::clock::{Entry, Fact, Line, Mode};
use super::held::Held;
use super::sentences::{self, Teller};
use super::view::{self, ClockState};
use super::{Basis, Metric, PendingReason, agreement, calendar};
use crate::access::Tx;
use crate::db::schema::sla_facts as facts;
use crate::db::{Id, Ts, one_of};
use crate::error::Result;
use crate::message::Language;
use crate::on;
use crate::org::person::{self, Brief};
use crate::worktime::{Calendar, SegmentKind};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use serde::Serialize;
use std::collections::HashMap;

const SECOND: i64 = 1_000_000;
/// Days after now of which is told what is foreseen; a deadline beyond is told by itself.
const FORESEEN_DAYS: i64 = 400;

crate::text_enum! {
    /// What a stretch of time is to a clock.
    pub enum Share {
        /// It counts.
        Counted = "counted",
        /// The ticket waits.
        Paused = "paused",
        /// There is no working time.
        Closed = "closed",
    }
}

crate::text_enum! {
    /// Why a stretch of time does not count.
    pub enum SegmentReason {
        /// The requester must answer.
        Requester = "requester",
        /// A vendor must act.
        Vendor = "vendor",
        /// A date was agreed.
        Scheduled = "scheduled",
        /// Before or after the hours of the day.
        OutsideHours = "outside_hours",
        /// Between the hours of a day.
        Break = "break",
        /// A day without hours.
        DayOff = "day_off",
        /// A holiday.
        Holiday = "holiday",
        /// An exception of the calendar.
        Exception = "exception",
    }
}

crate::text_enum! {
    /// What happened to a clock.
    pub enum FactKind {
        /// It began.
        Started = "started",
        /// The ticket waits.
        Paused = "paused",
        /// The ticket goes on.
        Resumed = "resumed",
        /// Another target.
        Retargeted = "retargeted",
        /// It stopped.
        Stopped = "stopped",
    }
}

/// A stretch of a clock's life, of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ClockSegment)]
pub struct Segment {
    /// First instant.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Ts,
    /// First instant that is no part of it any more.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Ts,
    /// What it is to the clock.
    pub kind: Share,
    /// Why it does not count.
    pub reason: Option<SegmentReason>,
    /// Name of the holiday or of the special hours, such as Ramadan.
    pub name: Option<String>,
    /// Whole seconds of it; those that count add up to `elapsed_seconds`.
    pub seconds: i64,
    /// Seconds counted at its end, those of earlier cycles included.
    pub elapsed_seconds: i64,
    /// It lies in the future and comes if nothing changes.
    pub foreseen: bool,
}

/// What happened to a clock; fields that do not belong to the kind are `null`.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ClockFact)]
pub struct FactView {
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Ts,
    /// What.
    pub kind: FactKind,
    /// Whose act it was, for staff; `null` for the program itself.
    pub by: Option<Brief>,
    /// For whom the ticket waits.
    pub reason: Option<PendingReason>,
    /// Seconds after which a pause of this reason counts again.
    pub cap_seconds: Option<i64>,
    /// Target from now on.
    pub target_seconds: Option<i64>,
    /// Target before.
    pub old_target_seconds: Option<i64>,
    /// In which time it counts from now on.
    pub basis: Option<Basis>,
    /// Stopped because the ticket was given up.
    pub cancelled: Option<bool>,
}

/// A version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct AgreementName {
    /// Code.
    #[schema(example = "standard")]
    pub code: String,
    /// Name.
    pub name: String,
    /// Which version of it.
    #[schema(example = 1)]
    pub version: i32,
}

/// An edition of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct CalendarName {
    /// Code.
    #[schema(example = "perpres-21-2023")]
    pub code: String,
    /// Name.
    pub name: String,
    /// Which edition of it.
    #[schema(example = 1)]
    pub edition: i32,
    /// IANA time zone of its hours.
    #[schema(example = "Asia/Jakarta")]
    pub zone: String,
}

/// A clock and all that made its deadline.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ExplainedClock {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// What it measures.
    pub metric: Metric,
    /// The how manieth of its metric.
    pub cycle: i32,
    /// What it does.
    pub state: ClockState,
    /// In which time it counts.
    pub basis: Basis,
    /// Target in seconds.
    pub target_seconds: i64,
    /// Whole seconds that an earlier cycle had counted.
    pub carried_seconds: i64,
    /// Whole seconds counted so far: `carried_seconds` and those of the counted segments that are not foreseen.
    pub elapsed_seconds: i64,
    /// When it began.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub started_at: Ts,
    /// The first instant at which elapsed = target; while it waits, as if it went on now, or, where the wait ends by itself,
    /// as if it lasted until then.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub due_at: Option<Ts>,
    /// `due_at` holds if it went on now.
    #[serde(skip)]
    pub if_now: bool,
    /// When it stopped.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub stopped_at: Option<Ts>,
    /// When it was missed.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub breached_at: Option<Ts>,
    /// A miss of it does not count.
    pub waived: bool,
    /// What was promised.
    pub agreement: AgreementName,
    /// By what was counted.
    pub calendar: CalendarName,
    /// Its life without gap, from its start to its stop or to now; of a running one on to the deadline.
    pub segments: Vec<Segment>,
    /// What happened to it.
    pub facts: Vec<FactView>,
    /// The same in sentences, in the language asked for.
    pub sentences: Vec<String>,
}

/// Every clock of a ticket, oldest first. Who acted is told to staff only.
///
/// # Errors
/// What the database says.
pub fn of_ticket(tx: &mut Tx<'_>, ticket: Id, staff: bool, language: Language) -> Result<Vec<ExplainedClock>> {
    let board = Board::load(tx, ticket)?;
    let versions: Vec<Id> = board.held.iter().map(|h| h.row.version_id).collect();
    let editions: Vec<Id> = board.held.iter().map(|h| h.row.edition_id).collect();
    let (versions, editions) = (agreement::names(tx, &versions)?, calendar::names(tx, &editions)?);
    let actors = if staff { actors(tx, &board)? } else { HashMap::new() };
    let mut all = Vec::new();
    for held in &board.held {
        let calendar = calendar::compiled(tx, held.row.edition_id)?;
        let (code, name, version) = versions.get(&held.row.version_id).cloned().unwrap_or_default();
        let agreement = AgreementName { code, name, version };
        let (code, name, edition) = editions.get(&held.row.edition_id).cloned().unwrap_or_default();
        let zone = calendar.zone().to_owned();
        let names = (agreement, CalendarName { code, name, edition, zone });
        let by = |place: usize| actors.get(&(held.row.id, place)).cloned();
        all.push(explained(held, &calendar, names, by, (tx.now, language)));
    }
    Ok(all)
}

fn actors(tx: &mut Tx<'_>, board: &Board) -> Result<HashMap<(Id, usize), Brief>> {
    let ids: Vec<Id> = board.held.iter().map(|h| h.row.id).collect();
    let rows: Vec<(Id, i32, Option<Id>)> = on!(tx.conn(), |c| facts::table
        .filter(one_of(facts::clock_id, &ids))
        .select((facts::clock_id, facts::place, facts::by_id))
        .load(c))?;
    let people: Vec<Id> = rows.iter().filter_map(|(.., by)| *by).collect();
    let people: HashMap<Id, Brief> = person::briefs(tx, &people)?.into_iter().map(|p| (p.id, p)).collect();
    let named = |(clock, place, by): (Id, i32, Option<Id>)| {
        Some(((clock, usize::try_from(place).ok()?), people.get(&by?)?.clone()))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

fn explained(
    held: &Held,
    calendar: &Calendar,
    (agreement, calendar_name): (AgreementName, CalendarName),
    by: impl Fn(usize) -> Option<Brief>,
    (now, language): (Ts, Language),
) -> ExplainedClock {
    let view = view::shown(&held.row, calendar, now);
    let mut clock = ExplainedClock {
        id: view.id,
        metric: view.metric,
        cycle: view.cycle,
        state: view.state,
        basis: view.basis,
        target_seconds: view.target_seconds,
        carried_seconds: carried(&held.entries).div_euclid(SECOND),
        elapsed_seconds: view.elapsed_seconds,
        started_at: view.started_at,
        due_at: view.due_at,
        if_now: view.if_now,
        stopped_at: view.stopped_at,
        breached_at: view.breached_at,
        waived: view.waived,
        segments: segments(&held.entries, calendar, now.utc()),
        facts: facts_of(&held.entries, by),
        agreement,
        calendar: calendar_name,
        sentences: Vec::new(),
    };
    clock.sentences = sentences::of(&clock, now, &Teller::new(language, &clock.calendar.zone));
    clock
}

fn carried(entries: &[Entry]) -> i64 {
    match entries.first().map(|e| e.fact) {
        Some(Fact::Started { carried_micros, .. }) => carried_micros,
        _ => 0,
    }
}

/// The life of a clock without gap: to its stop, else to `now`, and where the deadline is known on to it.
#[must_use]
pub fn segments(entries: &[Entry], calendar: &Calendar, now: DateTime<Utc>) -> Vec<Segment> {
    let line = Line::draw(entries, calendar);
    let stopped = line.derived().stopped_at.map(Ts::utc);
    let horizon = now.checked_add_signed(Duration::days(FORESEEN_DAYS)).unwrap_or(now);
    let due = line.due().map_or(now, |due| due.clamp(now, horizon));
    let (end, past) = (stopped.unwrap_or(due), stopped.unwrap_or(now));
    let mut tape = Tape { all: Vec::new(), micros: carried(entries) };
    for piece in line.pieces() {
        let to = piece.to.map_or(end, |to| to.min(end));
        tape.piece(calendar, piece.mode, (piece.from, to.min(past)), false);
        tape.piece(calendar, piece.mode, (piece.from.max(past), to), true);
    }
    tape.all
}

/// Segments as they are laid one after the other, with the sum so far in microseconds.
struct Tape {
    all: Vec<Segment>,
    micros: i64,
}

impl Tape {
    fn piece(&mut self, calendar: &Calendar, mode: Mode, (from, to): (DateTime<Utc>, DateTime<Utc>), foreseen: bool) {
        if from >= to {
            return;
        }
        match mode {
            Mode::Waits(reason, _) => {
                self.add((from, to), Share::Paused, SegmentReason::from_text(reason.text()), None, foreseen);
            }
            Mode::Counts(Basis::RoundTheClock) => self.add((from, to), Share::Counted, None, None, foreseen),
            Mode::Counts(Basis::Calendar) => {
                for part in calendar.segments(from, to) {
                    let (share, reason) = match part.kind {
                        SegmentKind::Counted => (Share::Counted, None),
                        SegmentKind::Closed(why) => (Share::Closed, SegmentReason::from_text(why.text())),
                    };
                    self.add((part.from, part.to), share, reason, part.name, foreseen);
                }
            }
        }
    }

    fn add(
        &mut self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        kind: Share,
        reason: Option<SegmentReason>,
        name: Option<String>,
        foreseen: bool,
    ) {
        let length = (to - from).num_microseconds().unwrap_or(i64::MAX);
        let mut seconds = length.div_euclid(SECOND);
        if kind == Share::Counted {
            // By the sums, so that no fraction of a second is lost or counted twice.
            let before = self.micros.div_euclid(SECOND);
            self.micros = self.micros.saturating_add(length);
            seconds = self.micros.div_euclid(SECOND) - before;
        }
        let elapsed_seconds = self.micros.div_euclid(SECOND);
        let (from, to) = (Ts::new(from), Ts::new(to));
        self.all.push(Segment { from, to, kind, reason, name, seconds, elapsed_seconds, foreseen });
    }
}

fn facts_of(entries: &[Entry], by: impl Fn(usize) -> Option<Brief>) -> Vec<FactView> {
    let mut target = None;
    let told = |(place, entry): (usize, &Entry)| {
        let mut view = FactView {
            at: entry.at,
            kind: FactKind::Resumed,
            by: by(place),
            reason: None,
            cap_seconds: None,
            target_seconds: None,
            old_target_seconds: None,
            basis: None,
            cancelled: None,
        };
        match entry.fact {
            Fact::Started { target_seconds, basis, .. } => {
                view.kind = FactKind::Started;
                (view.target_seconds, view.basis) = (Some(target_seconds), Some(basis));
                target = Some(target_seconds);
            }
            Fact::Paused { reason, cap_seconds } => {
                (view.kind, view.reason, view.cap_seconds) = (FactKind::Paused, Some(reason), cap_seconds);
            }
            Fact::Resumed => {}
            Fact::Retargeted { target_seconds, basis } => {
                (view.kind, view.old_target_seconds) = (FactKind::Retargeted, target);
                (view.target_seconds, view.basis) = (Some(target_seconds), Some(basis));
                target = Some(target_seconds);
            }
            Fact::Stopped { cancelled } => {
                (view.kind, view.cancelled) = (FactKind::Stopped, Some(cancelled));
            }
        }
        view
    };
    entries.iter().enumerate().map(told).collect()
}
