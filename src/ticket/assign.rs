//! Giving a ticket to somebody of the desk where it lies.

use super::event::{Event, record};
use super::find::untouched;
use super::{Move, Ticket};
use crate::access::{Actor, May, Role, Tx, act};
use crate::db::{Id, turn};
use crate::error::{Error, Result};
use crate::org::actor;
use crate::say;

/// Gives the ticket to `assignee`. Whoever has it already is given nothing, and told nothing.
///
/// # Errors
/// 409 for a finished ticket; 422 for somebody who is not of its desk, whether he exists or not.
pub fn assign(tx: &mut Tx<'_>, ticket: May<act::Assign, Ticket>, assignee: Id) -> Result<Ticket> {
    let mut ticket = ticket.into_inner();
    ticket.step(Move::Assign, tx.now)?;
    if ticket.assignee_id == Some(assignee) {
        return untouched(tx, ticket);
    }
    if !is_of_desk(tx, &ticket, assignee)? {
        return Err(Error::invalid("/assignee", say!("ticket.assignee")));
    }
    ticket.assignee_id = Some(assignee);
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Assigned(assignee))?;
    Ok(ticket)
}

/// Whom `assignee` names: a person by his id, or `me`.
///
/// # Errors
/// 422 for what is neither; 401 for `me` where nobody is signed in.
pub fn whom(tx: &Tx<'_>, assignee: &str) -> Result<Id> {
    match assignee {
        "me" => tx.actor.person(),
        id => id.parse().map_err(|_| Error::invalid("/assignee", say!("ticket.assignee"))),
    }
}

/// `true` if this person, active, works at the desk where the ticket lies. Nobody takes that from him before this commits:
/// who does so later finds the ticket in his hands (L4). His row is not held for it: others may hold it for long, and would
/// hold the ticket with it.
pub(super) fn is_of_desk(tx: &mut Tx<'_>, ticket: &Ticket, who: Id) -> Result<bool> {
    turn::with_desk(tx.conn(), who)?;
    serves(tx, ticket, who, ticket.tier)
}

/// `true` if this person, active, works at `tier` for this ticket.
pub(super) fn serves(tx: &mut Tx<'_>, ticket: &Ticket, who: Id, tier: i32) -> Result<bool> {
    Ok(at_work(tx, who)?.is_some_and(|actor| works_at(&actor, ticket, tier)))
}

/// This person as he works; none if he is not active.
pub(super) fn at_work(tx: &mut Tx<'_>, who: Id) -> Result<Option<Actor>> {
    Ok(actor::as_people(tx.conn(), &[who])?.remove(&who))
}

/// `true` if `actor` works at `tier` for this ticket.
pub(super) fn works_at(actor: &Actor, ticket: &Ticket, tier: i32) -> bool {
    actor.region == Some(ticket.region_id)
        && if tier == 1 { actor.opds(Role::Tier1).contains(&ticket.opd_id) } else { actor.is(Role::Tier2) }
}
