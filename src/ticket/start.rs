//! Beginning the work; at tier 2 also the acceptance of a hand-over, once each.

use super::assign::is_of_desk;
use super::event::{Event, record};
use super::{Move, Ticket, handover};
use crate::access::{May, Tx, act};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};

/// Begins: the ticket becomes the caller's if it is nobody's.
///
/// # Errors
/// 409 for a ticket that was begun, or accepted, already.
pub fn start(tx: &mut Tx<'_>, ticket: May<act::Start, Ticket>) -> Result<Ticket> {
    let mut ticket = ticket.into_inner();
    let (me, was) = (tx.actor.person()?, ticket.assignee_id);
    let accepts = begin(&mut ticket, me, tx.now)?;
    if was.is_none() && !is_of_desk(tx, &ticket, me)? {
        return Err(Error::Retry("whoever begins has just left the desk".into()));
    }
    ticket.save(tx)?;
    if accepts {
        handover::accept(tx, &ticket)?;
    }
    record(tx, &ticket, if accepts { &Event::Accepted } else { &Event::Started })?;
    Ok(ticket)
}

/// What it does to the ticket when `me` begins; `true` if he accepts a hand-over.
pub(super) fn begin(ticket: &mut Ticket, me: Id, now: Ts) -> Result<bool> {
    let accepts = ticket.tier == 2 && ticket.awaits_acceptance;
    ticket.step(Move::Start, now)?;
    ticket.assignee_id = ticket.assignee_id.or(Some(me));
    ticket.awaits_acceptance = false;
    Ok(accepts)
}
