//! Following a ticket. A watcher gets notices; what he sees comes from his roles alone.

use super::event::{Event, record};
use super::scope::{Scope, sees_internal};
use super::{Ticket, find};
use crate::access::{May, Tx, act};
use crate::db::schema::{tickets, watchers};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::{actor, person};
use crate::{on, say};
use diesel::prelude::*;

/// Who follows a ticket.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = watchers, treat_none_as_default_value = false)]
pub struct Watcher {
    /// The ticket.
    pub ticket_id: Id,
    /// Who follows.
    pub person_id: Id,
    /// Who added him.
    pub added_by: Id,
    /// When.
    pub added_at: Ts,
}

/// Follows the ticket oneself; again is no fault.
pub fn follow(tx: &mut Tx<'_>, ticket: May<act::Watch, Ticket>) -> Result<Ticket> {
    let me = tx.actor.person()?;
    add(tx, ticket.into_inner(), me)
}

/// Lets somebody else follow, who sees the ticket by his own roles.
///
/// # Errors
/// 422 for somebody who does not, whether he exists or not.
pub fn invite(tx: &mut Tx<'_>, ticket: May<act::AddWatcher, Ticket>, who: Id) -> Result<Ticket> {
    let ticket = ticket.into_inner();
    if !sees(tx, who, ticket.id)? {
        return Err(Error::invalid("/person", say!("watch.outside")));
    }
    add(tx, ticket, who)
}

fn sees(tx: &mut Tx<'_>, who: Id, ticket: Id) -> Result<bool> {
    match person::by_id(tx, who) {
        Ok(person) if person.active => {}
        Ok(_) | Err(Error::NotFound) => return Ok(false),
        Err(e) => return Err(e),
    }
    let actor = actor::as_person(tx.conn(), who)?;
    let found: i64 = on!(tx.conn(), |c| tickets::table
        .filter(tickets::id.eq(ticket))
        .filter(<Db as Scope>::visible_to(&actor))
        .count()
        .get_result(c))?;
    Ok(found == 1)
}

fn add(tx: &mut Tx<'_>, ticket: Ticket, who: Id) -> Result<Ticket> {
    let row = Watcher { ticket_id: ticket.id, person_id: who, added_by: tx.actor.person()?, added_at: tx.now };
    let added =
        on!(tx.conn(), |c| diesel::insert_into(watchers::table).values(&row).on_conflict_do_nothing().execute(c))?;
    if added == 1 {
        record(tx, &ticket, &Event::Watched(who))?;
    }
    Ok(ticket)
}

/// Follows no more; whoever does not follow is no fault.
pub fn leave(tx: &mut Tx<'_>, ticket: May<act::Watch, Ticket>) -> Result<()> {
    let ticket = ticket.into_inner();
    let me = tx.actor.person()?;
    let gone = on!(tx.conn(), |c| diesel::delete(
        watchers::table.filter(watchers::ticket_id.eq(ticket.id).and(watchers::person_id.eq(me)))
    )
    .execute(c))?;
    if gone == 1 {
        record(tx, &ticket, &Event::Unwatched(me))?;
    }
    Ok(())
}

/// The people who follow a ticket.
pub fn watchers(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<Id>> {
    Ok(on!(tx.conn(), |c| watchers::table
        .filter(watchers::ticket_id.eq(ticket))
        .select(watchers::person_id)
        .order((watchers::added_at, watchers::person_id))
        .load(c))?)
}

/// Those who follow a ticket and see it still: a role that was lost ends the notices too.
pub fn followers(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<Id>> {
    let mut people = Vec::new();
    for person in watchers(tx, ticket)? {
        if sees(tx, person, ticket)? {
            people.push(person);
        }
    }
    Ok(people)
}

/// The people who follow, for whoever sees the ticket; the requester learns only of himself.
pub fn list(tx: &mut Tx<'_>, which: &find::TicketRef) -> Result<Vec<Id>> {
    let ticket = find::read(tx, which)?.into_inner();
    let mut people = watchers(tx, ticket.id)?;
    if !sees_internal(tx, &ticket) {
        let me = tx.actor.person;
        people.retain(|p| Some(*p) == me);
    }
    Ok(people)
}
