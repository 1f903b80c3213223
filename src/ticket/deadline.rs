//! What time itself does to a ticket: a clock reaches a level, a wait ends, a solution that nobody doubts is closed.
//! The worker calls these; each may be called again and acts once.

use super::event::{Event, record};
use super::find::{TicketRef, find, find_quietly, is_free};
use super::handover::{self, Ask};
use super::{Status, Ticket, close, edit, pend, release};
use crate::access::{Actor, Tx, act};
use crate::catalog::{Impact, Urgency, words::Priority};
use crate::db::kept::change;
use crate::db::schema::{ticket_deadlines as deadlines, tickets};
use crate::db::{Id, Swept, Ts};
use crate::error::{Error, Result};
use crate::message::Language;
use crate::on;
use crate::org::region;
use crate::say;
use crate::sla::board::{Board, Summary, Told};
use crate::sla::{calendar, due};
use diesel::prelude::*;

/// Working days after which a solution that nobody doubts is closed (contract, "Tickets").
const CLOSE_DAYS: u32 = 3;

/// Something that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A wait ends.
    Wake,
    /// A clock reaches a level.
    Level(Id),
    /// A solution is closed.
    Close,
    /// Whom a ticket waits for has left.
    Forsaken,
}

/// Something that is due, and since when; ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Since when.
    pub at: Ts,
    /// Which ticket.
    pub ticket: Id,
    /// Of which region.
    pub region: Id,
    /// What.
    pub what: What,
}

/// What became of something that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// It was still to be done.
    pub acted: bool,
    /// When the same comes again, if that has passed too.
    pub next: Option<Ts>,
}

/// What is due by now, the oldest first: at most `limit` of each kind, and the instant up to which that is all.
pub fn due(tx: &mut Tx<'_>, limit: usize) -> Result<(Vec<Due>, Ts)> {
    let (now, rows) = (tx.now, i64::try_from(limit).unwrap_or(i64::MAX));
    let waits: Vec<(Option<Swept>, Id, Id)> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::pending_until.is_not_null().and(tickets::pending_until.le(now)))
        .select((tickets::pending_until, tickets::id, tickets::region_id))
        .order(tickets::pending_until)
        .limit(rows)
        .load(c))?;
    let solved: Vec<(Option<Swept>, Id, Id)> = on!(tx.conn(), |c| deadlines::table
        .filter(deadlines::close_at.is_not_null().and(deadlines::close_at.le(now)))
        .select((deadlines::close_at, deadlines::ticket_id, deadlines::region_id))
        .order(deadlines::close_at)
        .limit(rows)
        .load(c))?;
    let simple = |rows: Vec<(Option<Swept>, Id, Id)>, what: What| -> Vec<Due> {
        rows.into_iter().filter_map(|(at, ticket, region)| Some(Due { at: at?.0, ticket, region, what })).collect()
    };
    let levels = due::clocks(tx, now, rows)?.into_iter().map(|(at, clock, ticket, region)| Due {
        at,
        ticket,
        region,
        what: What::Level(clock),
    });
    let kinds = [levels.collect(), simple(waits, What::Wake), simple(solved, What::Close)];
    let horizon = kinds.iter().filter(|k| k.len() >= limit).filter_map(|k| k.last()).map(|d| d.at).min();
    let horizon = horizon.unwrap_or(now);
    let mut all: Vec<Due> = kinds.into_iter().flatten().filter(|d| d.at <= horizon).collect();
    all.sort();
    Ok((all, horizon))
}

/// Does what is due, as the program; what somebody else holds at this moment is left for the next look, however long he does.
///
/// # Errors
/// What the database says.
pub fn passed(tx: &mut Tx<'_>, due: &Due) -> Result<Passed> {
    let which = TicketRef::id(due.ticket);
    let once = |acted| Passed { acted, next: None };
    if !is_free(tx, due.ticket)? {
        return Ok(once(false));
    }
    match due.what {
        What::Level(clock) => level(tx, &which, clock),
        What::Wake => wake(tx, &which).map(once),
        What::Close => close_by_itself(tx, &which).map(once),
        What::Forsaken => release::wake_forsaken(tx, &which).map(once),
    }
}

/// Lets happen to one ticket what time made due until now, each at its own instant; for the demo, which has a past.
pub fn catch_up(tx: &mut Tx<'_>, ticket: Id, region: Id) -> Result<()> {
    loop {
        let board = Board::load(tx, ticket)?;
        let clocks = board.held.iter().filter_map(|h| Some((h.row.next_at?, What::Level(h.row.id))));
        let close = foreseen_close(tx, ticket)?;
        let now = tx.now;
        let first = clocks.chain(close.map(|at| (at, What::Close))).filter(|(at, _)| *at <= now).min();
        let Some((at, what)) = first else { return Ok(()) };
        passed(&mut tx.acting_as(Actor::timer(region), at), &Due { at, ticket, region, what })?;
    }
}

fn level(tx: &mut Tx<'_>, which: &TicketRef, clock: Id) -> Result<Passed> {
    let ticket = find_quietly::<act::KeepTime>(tx, which)?.into_inner();
    let mut board = Board::load(tx, ticket.id)?;
    let told = board.fire(tx, clock)?;
    // Saved in any case: a row that another node has told meanwhile would come again and again.
    let summary = board.save(tx)?;
    store(tx, ticket.id, ticket.region_id, summary)?;
    let now = tx.now;
    let row = board.held.iter().find(|h| h.row.id == clock).map(|h| &h.row);
    let next = row.and_then(|row| row.next_at).filter(|at| *at <= now);
    let Some(told) = told else { return Ok(Passed { acted: false, next: None }) };
    let (raise, hand_over) = (told.level.raise_priority, told.level.hand_over);
    record(tx, &ticket, &Event::reached(told.clone()))?;
    if raise && ticket.status.is_open() {
        raise_priority(tx, which, &ticket)?;
    }
    if hand_over && ticket.status.is_open() && ticket.tier == 1 {
        hand_up(tx, which, &ticket, &told)?;
    }
    Ok(Passed { acted: true, next })
}

/// More urgent by as many steps as the next priority needs, and where that is the highest, more impact.
fn raise_priority(tx: &mut Tx<'_>, which: &TicketRef, ticket: &Ticket) -> Result<()> {
    let (mut urgency, mut impact) = (ticket.urgency, ticket.impact);
    while Priority::of(impact, urgency) == ticket.priority {
        match (urgency, impact) {
            (Urgency::Low, _) => urgency = Urgency::Medium,
            (Urgency::Medium, _) => urgency = Urgency::High,
            (Urgency::High, Impact::Low) => impact = Impact::Medium,
            (Urgency::High, Impact::Medium) => impact = Impact::High,
            (Urgency::High, Impact::High) => return Ok(()),
        }
    }
    let ticket = find(tx, which)?;
    let changes = edit::Changes { urgency: Some(urgency), impact: Some(impact), ..edit::Changes::default() };
    edit::edit(tx, ticket, &changes)?;
    Ok(())
}

/// Hands up what Tier 1 has not managed in time (L6); what must stay there (L17) stays.
fn hand_up(tx: &mut Tx<'_>, which: &TicketRef, ticket: &Ticket, told: &Told) -> Result<()> {
    let language = Language::accepted(&region::by_id(tx, ticket.region_id)?.language);
    let words = |say: crate::message::Say| say.text(language);
    let ask = Ask {
        reason: words(say!("sla.handed_up.reason", level = told.level.key())),
        tried: words(say!("sla.handed_up.tried")),
        requested: words(say!("sla.handed_up.requested")),
    };
    // Found inside the attempt: a refusal must not leave a step of the version behind.
    let handed = tx.attempt(
        |_| true,
        |tx| {
            let ticket = find(tx, which)?;
            handover::escalate(tx, ticket, &ask)
        },
    );
    match handed {
        Ok(_) | Err(Error::Conflict(_)) => Ok(()),
        Err(e) => Err(e),
    }
}

fn wake(tx: &mut Tx<'_>, which: &TicketRef) -> Result<bool> {
    let now = tx.now;
    let ticket = find_quietly::<act::KeepTime>(tx, which)?.into_inner();
    let due = ticket.status == Status::Pending && ticket.pending_until.is_some_and(|at| at <= now);
    if due {
        let ticket = find(tx, which)?;
        pend::resume(tx, ticket)?;
    }
    Ok(due)
}

fn close_by_itself(tx: &mut Tx<'_>, which: &TicketRef) -> Result<bool> {
    let now = tx.now;
    let ticket = find_quietly::<act::KeepTime>(tx, which)?.into_inner();
    let id = ticket.id;
    let at = foreseen_close(tx, id)?;
    let due = ticket.status == Status::Resolved && at.is_some_and(|at| at <= now);
    if due {
        let ticket = find(tx, which)?;
        close::close(tx, ticket, None, None)?;
    } else if ticket.status != Status::Resolved {
        closes_at(tx, id, None)?;
    }
    Ok(due)
}

/// When a ticket is to close by itself.
fn foreseen_close(tx: &mut Tx<'_>, ticket: Id) -> Result<Option<Ts>> {
    let row: Option<Option<Ts>> =
        on!(tx.conn(), |c| deadlines::table.find(ticket).select(deadlines::close_at).first(c).optional())?;
    Ok(row.flatten())
}

/// Keeps what the clocks of a ticket come to.
pub(super) fn store(tx: &mut Tx<'_>, ticket: Id, region: Id, summary: Summary) -> Result<()> {
    let Summary { due_at, risk_at, breached_at } = summary;
    let set = (
        deadlines::region_id.eq(region),
        deadlines::due_at.eq(due_at),
        deadlines::risk_at.eq(risk_at),
        deadlines::breached_at.eq(breached_at),
    );
    on!(tx.conn(), |c| change(
        c,
        diesel::insert_into(deadlines::table)
            .values((deadlines::ticket_id.eq(ticket), set))
            .on_conflict(deadlines::ticket_id)
            .do_update()
            .set(set)
    ))?;
    Ok(())
}

/// Foresees, or no longer foresees, that the ticket closes by itself.
pub(super) fn foresee_close(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    if ticket.status != Status::Resolved {
        return closes_at(tx, ticket.id, None);
    }
    let edition = calendar::for_opd(tx, ticket.region_id, ticket.opd_id)?;
    foresee_by(tx, ticket, edition)
}

/// Foresees when a solved ticket closes by itself, by the working days of an edition.
pub(super) fn foresee_by(tx: &mut Tx<'_>, ticket: &Ticket, edition: Option<Id>) -> Result<()> {
    let at = closes_by(tx, edition, ticket.resolved_at.unwrap_or(tx.now))?;
    closes_at(tx, ticket.id, at)
}

/// When a solution of `from` that nobody doubts is closed, by the calendar that the organisation keeps now.
pub(super) fn closes_after(tx: &mut Tx<'_>, region: Id, opd: Id, from: Ts) -> Result<Option<Ts>> {
    let edition = calendar::for_opd(tx, region, opd)?;
    closes_by(tx, edition, from)
}

pub(super) fn closes_by(tx: &mut Tx<'_>, edition: Option<Id>, from: Ts) -> Result<Option<Ts>> {
    let at = match edition {
        Some(edition) => calendar::compiled(tx, edition)?.working_days_after(from.utc(), CLOSE_DAYS),
        None => from.utc().checked_add_signed(chrono::Duration::days(i64::from(CLOSE_DAYS))),
    };
    Ok(at.map(Ts::new))
}

fn closes_at(tx: &mut Tx<'_>, ticket: Id, at: Option<Ts>) -> Result<()> {
    on!(tx.conn(), |c| change(c, diesel::update(deadlines::table.find(ticket)).set(deadlines::close_at.eq(at))))?;
    Ok(())
}
