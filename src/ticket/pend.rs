//! Waiting for somebody else, and going on.

use super::event::{Event, record};
use super::find::untouched;
use super::{Move, PendingReason, Ticket, consequence};
use crate::access::{May, Tx, act};
use crate::db::Ts;
use crate::error::{Error, Result};
use crate::org::person;
use crate::say;
use crate::worktime::{YEARS, year_fault};
use chrono::Datelike;

/// Lets the ticket wait, for a reason, perhaps until an instant. What waits so already goes on waiting, and nobody is told.
///
/// # Errors
/// 409 for a finished ticket; 422 for an instant in the past, or in a year that no calendar knows, and for the answer of
/// somebody who has left.
pub fn pend(
    tx: &mut Tx<'_>,
    ticket: May<act::Pend, Ticket>,
    reason: PendingReason,
    until: Option<Ts>,
) -> Result<Ticket> {
    if until.is_some_and(|at| at <= tx.now) {
        return Err(Error::invalid("/until", say!("field.future")));
    }
    if until.is_some_and(|at| !YEARS.contains(&at.utc().year())) {
        return Err(Error::invalid("/until", year_fault()));
    }
    let mut ticket = ticket.into_inner();
    let is_same = ticket.pending_reason == Some(reason) && ticket.pending_until == until;
    wait(&mut ticket, reason, until, tx.now)?;
    // His row is not held: others may hold it for long, and would hold the ticket with it. If he is let go at this very moment,
    // the ticket is found at the next upkeep (`release::forsaken`).
    if reason == PendingReason::Requester && !person::by_id(tx, ticket.requester_id)?.active {
        return Err(Error::invalid("/reason", say!("ticket.requester_left")));
    }
    if is_same {
        return untouched(tx, ticket);
    }
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Pended)?;
    Ok(ticket)
}

/// What it does to the ticket.
pub(super) fn wait(ticket: &mut Ticket, reason: PendingReason, until: Option<Ts>, now: Ts) -> Result<()> {
    ticket.step(Move::Pend, now)?;
    ticket.pending_reason = Some(reason);
    ticket.pending_until = until;
    Ok(())
}

/// Goes on.
///
/// # Errors
/// 409 for a ticket that does not wait.
pub fn resume(tx: &mut Tx<'_>, ticket: May<act::Resume, Ticket>) -> Result<Ticket> {
    go_on(tx, ticket.into_inner())
}

/// Goes on because the requester has answered.
pub(super) fn go_on(tx: &mut Tx<'_>, ticket: Ticket) -> Result<Ticket> {
    wake(tx, ticket, false)
}

/// Goes on because he never will: he has left, and its desk is told.
pub(super) fn go_on_without(tx: &mut Tx<'_>, ticket: Ticket) -> Result<()> {
    let ticket = wake(tx, ticket, true)?;
    consequence::requester_left(tx, &ticket)
}

fn wake(tx: &mut Tx<'_>, mut ticket: Ticket, forsaken: bool) -> Result<Ticket> {
    ticket.step(Move::Resume, tx.now)?;
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Resumed { forsaken })?;
    Ok(ticket)
}
