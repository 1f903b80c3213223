//! The clocks of tickets as their readers see them, at an instant: gathered for many at once.

use super::row::Clock;
use super::{Basis, Metric, Outcome, agreement, calendar};
use crate::access::Tx;
use crate::db::kept::Keep;
use crate::db::schema::sla_clocks as clocks;
use crate::db::{Id, Ts, columns, one_of};
use crate::error::Result;
use crate::on;
use crate::worktime::Calendar;
use diesel::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

crate::text_enum! {
    /// What a clock does.
    pub enum ClockState {
        /// Counts.
        Running = "running",
        /// Waits.
        Paused = "paused",
        /// Stopped in time, be it only because the ticket was given up.
        Met = "met",
        /// Used up its target; it may still be counting.
        Missed = "missed",
    }
}

/// The agreement's clocks of a ticket.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SlaView {
    /// Code of the agreement.
    #[schema(example = "standard")]
    pub agreement: String,
    /// Which version of it.
    #[schema(example = 1)]
    pub version: i32,
    /// The newest clock of each metric.
    pub clocks: Vec<ClockView>,
    /// Of each metric whose newest clock shows no miss that counts: the newest one before that was missed and not waived.
    pub missed_before: Vec<ClockView>,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ClockView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// What it measures.
    pub metric: Metric,
    /// What it does. A missed clock may still be running: `stopped_at` is null.
    pub state: ClockState,
    /// How it ended; `cancelled` where its ticket was given up before its target was used up, of which `state` says `met`.
    pub outcome: Option<Outcome>,
    /// The how manieth of its metric: one more each time the ticket is taken up again, or handed to Tier 2.
    pub cycle: i32,
    /// Target in seconds.
    pub target_seconds: i64,
    /// Whole seconds counted so far.
    pub elapsed_seconds: i64,
    /// In which time it counts.
    pub basis: Basis,
    /// When it began; of `resolution` when the ticket was opened, in each cycle.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub started_at: Ts,
    /// The first instant at which elapsed = target; while it waits, as if it went on now, or, where the wait ends by itself,
    /// as if it lasted until then.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub due_at: Option<Ts>,
    /// When it reaches the first of its levels before the target, from which on `sla=at_risk` lists its ticket; `null` once it
    /// has stopped, and while that can't be known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub risk_at: Option<Ts>,
    /// Begin of the pause in force.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub paused_at: Option<Ts>,
    /// When it stopped.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub stopped_at: Option<Ts>,
    /// When it was missed.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub breached_at: Option<Ts>,
    /// A miss of it does not count.
    pub waived: bool,
    /// `due_at` holds if it went on now, which nobody knows. A pause that ends by itself has an instant of its own.
    #[serde(skip)]
    pub if_now: bool,
}

/// The clocks of these tickets, each with when it was opened; by ticket.
pub fn of_tickets(tx: &mut Tx<'_>, opened: &BTreeMap<Id, Ts>) -> Result<HashMap<Id, SlaView>> {
    let tickets: Vec<Id> = opened.keys().copied().collect();
    let rows = on!(tx.conn(), |c| clocks::table
        .filter(one_of(clocks::ticket_id, &tickets))
        .select(Clock::as_select())
        .load(c))?;
    gathered(tx, rows, opened)
}

/// The clocks of a ticket, which was opened then; none where no agreement holds.
pub fn of_ticket(tx: &mut Tx<'_>, ticket: Id, opened: Ts) -> Result<Option<SlaView>> {
    let rows = on!(tx.conn(), |c| clocks::table
        .filter(clocks::ticket_id.eq(ticket))
        .select(columns(Clock::as_select()))
        .kept()
        .load(c))?;
    Ok(gathered(tx, rows, &BTreeMap::from([(ticket, opened)]))?.remove(&ticket))
}

fn gathered(tx: &mut Tx<'_>, rows: Vec<Clock>, opened: &BTreeMap<Id, Ts>) -> Result<HashMap<Id, SlaView>> {
    let mut newest: HashMap<(Id, Metric), Clock> = HashMap::new();
    // What puts a ticket among the missed although its newest clock says nothing of it.
    let mut missed: HashMap<(Id, Metric), Clock> = HashMap::new();
    let now = tx.now;
    for row in rows {
        if !row.waived && row.is_missed(now) && missed.get(&key(&row)).is_none_or(|other| other.cycle < row.cycle) {
            missed.insert(key(&row), row.clone());
        }
        let held = newest.entry(key(&row)).or_insert_with(|| row.clone());
        if held.cycle < row.cycle {
            *held = row;
        }
    }
    let mut views: HashMap<Id, SlaView> = HashMap::new();
    missed.retain(|place, clock| newest.get(place).is_some_and(|shown| clock.cycle < shown.cycle));
    let mut missed: Vec<Clock> = missed.into_values().collect();
    missed.sort_by_key(|c| (c.ticket_id, c.metric));
    let mut all: Vec<Clock> = newest.into_values().collect();
    all.sort_by_key(|c| (c.ticket_id, c.metric));
    // A report that turned out not to be needed was neither made in time nor too late.
    all.retain(|c| (c.metric, c.outcome) != (Metric::SecurityReport, Some(Outcome::Cancelled)));
    for clock in all {
        let (calendar, label) = (calendar::compiled(tx, clock.edition_id)?, agreement::label(tx, clock.version_id)?);
        let (code, number) = (&label.0, label.1);
        let view = views.entry(clock.ticket_id).or_insert_with(|| SlaView {
            agreement: code.clone(),
            version: number,
            clocks: Vec::new(),
            missed_before: Vec::new(),
        });
        if clock.metric == Metric::Resolution {
            (view.agreement, view.version) = (code.clone(), number);
        }
        let mut shown = shown(&clock, &calendar, tx.now);
        // What is taken up again goes on and does not restart: its time to a solution began when it was opened.
        if let (Metric::Resolution, Some(opened)) = (clock.metric, opened.get(&clock.ticket_id)) {
            shown.started_at = *opened;
        }
        view.clocks.push(shown);
    }
    for clock in missed {
        let calendar = calendar::compiled(tx, clock.edition_id)?;
        if let Some(view) = views.get_mut(&clock.ticket_id) {
            view.missed_before.push(shown(&clock, &calendar, now));
        }
    }
    Ok(views)
}

const fn key(clock: &Clock) -> (Id, Metric) {
    (clock.ticket_id, clock.metric)
}

/// A clock at an instant.
#[must_use]
pub fn shown(clock: &Clock, calendar: &Calendar, now: Ts) -> ClockView {
    let counting = clock.since.filter(|since| *since <= now);
    let more = counting.map_or(0, |since| clock.basis.between(calendar, since.utc(), now.utc()));
    let elapsed = clock.banked_micros.saturating_add(more);
    let left = clock.target_seconds.saturating_mul(1_000_000).saturating_sub(elapsed);
    let if_on_now = || clock.basis.after(calendar, now.utc(), left).map(Ts::new);
    let is_open = clock.stopped_at.is_none();
    let due_at = clock.due_at.or_else(|| if is_open { if_on_now() } else { None });
    // The worker tells of a miss a moment later; whoever asks in between is told the truth.
    let passed = clock.due_at.filter(|due| is_open && *due <= now);
    let breached_at = clock.breached_at.or(passed);
    let state = match (is_open, breached_at) {
        (_, Some(_)) => ClockState::Missed,
        (false, None) => ClockState::Met,
        (true, None) if counting.is_some() => ClockState::Running,
        (true, None) => ClockState::Paused,
    };
    ClockView {
        id: clock.id,
        metric: clock.metric,
        state,
        outcome: clock.outcome,
        cycle: clock.cycle,
        target_seconds: clock.target_seconds,
        elapsed_seconds: elapsed.div_euclid(1_000_000),
        basis: clock.basis,
        started_at: clock.started_at,
        due_at,
        risk_at: clock.risk_at,
        paused_at: clock.paused_at.filter(|_| counting.is_none()),
        stopped_at: clock.stopped_at,
        breached_at,
        waived: clock.waived,
        if_now: is_open && clock.due_at.is_none(),
    }
}
