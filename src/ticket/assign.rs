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
    Ok(held(tx, who)?.is_some_and(|actor| works_at(&actor, ticket, ticket.tier)))
}

/// This person as he works until this commits; none if he is not active.
pub(super) fn held(tx: &mut Tx<'_>, who: Id) -> Result<Option<Actor>> {
    let person = person::hold(tx, who);
    at_work(tx, person)
}

/// `true` if this person, active, works at `tier` for this ticket.
pub(super) fn serves(tx: &mut Tx<'_>, ticket: &Ticket, who: Id, tier: i32) -> Result<bool> {
    let person = person::by_id(tx, who);
    Ok(at_work(tx, person)?.is_some_and(|actor| works_at(&actor, ticket, tier)))
}

fn at_work(tx: &mut Tx<'_>, person: Result<Person>) -> Result<Option<Actor>> {
    match person {
        Ok(person) if person.active => Ok(Some(actor::as_person(tx.conn(), person.id)?)),
        Ok(_) | Err(Error::NotFound) => Ok(None),
        Err(e) => Err(e),
    }
}

/// `true` if `actor` works at `tier` for this ticket.
pub(super) fn works_at(actor: &Actor, ticket: &Ticket, tier: i32) -> bool {
    actor.region == Some(ticket.region_id)
        && if tier == 1 { actor.opds(Role::Tier1).contains(&ticket.opd_id) } else { actor.is(Role::Tier2) }
}
