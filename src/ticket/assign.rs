//! Giving a ticket to somebody of the desk where it lies.

use super::event::{Event, record};
use super::find::untouched;
use super::{Move, Ticket};
use crate::access::{Actor, May, Role, Tx, act};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::org::actor;
use crate::org::person::{self, Person};
use crate::say;

/// Gives the ticket to `assignee`. Whoever has it already is given nothing, and told nothing.
///
/// # Errors
/// 409 for a finished ticket; 422 for somebody who is not of its desk, whether he exists or not.
pub fn assign(tx: &mut Tx<'_>, ticket: May<act::Assign, Ticket>, assignee: Id) -> Result<Ticket> {
    let mut ticket = ticket.into_inner();
    ticket.step(Move::Assign, tx.now)?;
    if !is_of_desk(tx, &ticket, assignee)? {
        return Err(Error::invalid("/assignee", say!("ticket.assignee")));
    }
    if ticket.assignee_id == Some(assignee) {
        return untouched(tx, ticket);
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
/// who does so later finds the ticket in his hands (L4).
pub(super) fn is_of_desk(tx: &mut Tx<'_>, ticket: &Ticket, who: Id) -> Result<bool> {
    let person = person::hold(tx, who);
    is_at(tx, ticket, person, ticket.tier)
}

/// `true` if this person, active, works at `tier` for this ticket.
pub(super) fn serves(tx: &mut Tx<'_>, ticket: &Ticket, who: Id, tier: i32) -> Result<bool> {
    let person = person::by_id(tx, who);
    is_at(tx, ticket, person, tier)
}

fn is_at(tx: &mut Tx<'_>, ticket: &Ticket, person: Result<Person>, tier: i32) -> Result<bool> {
    match person {
        Ok(person) if person.active => Ok(works_at(&actor::as_person(tx.conn(), person.id)?, ticket, tier)),
        Ok(_) | Err(Error::NotFound) => Ok(false),
        Err(e) => Err(e),
    }
}

/// `true` if `actor` works at `tier` for this ticket.
pub(super) fn works_at(actor: &Actor, ticket: &Ticket, tier: i32) -> bool {
    actor.region == Some(ticket.region_id)
        && if tier == 1 { actor.opds(Role::Tier1).contains(&ticket.opd_id) } else { actor.is(Role::Tier2) }
}
