//! Following a ticket. A watcher gets notices; what he sees comes from his roles alone.

use super::event::{Event, record};
use super::scope::sees_internal;
use super::{Ticket, find};
use crate::access::policy::{self, Action, Verdict};
use crate::access::{Actor, May, Subject, Tx, act};
use crate::db::schema::watchers;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::actor;
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
    if who_see(tx, &ticket, vec![who])?.is_empty() {
        return Err(Error::invalid("/person", say!("watch.outside")));
    }
    add(tx, ticket, who)
}

/// Those of these people who are active and see the ticket by their own roles.
fn who_see(tx: &mut Tx<'_>, ticket: &Ticket, mut people: Vec<Id>) -> Result<Vec<Id>> {
    if people.is_empty() {
        return Ok(people);
    }
    let (actors, facts) = (actor::as_people(tx.conn(), &people)?, ticket.facts());
    let sees = |actor: &Actor| policy::decide(actor, Action::Read, &facts) == Verdict::Yes;
    people.retain(|who| actors.get(who).is_some_and(sees));
    Ok(people)
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
pub fn followers(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Id>> {
    let people = watchers(tx, ticket.id)?;
    who_see(tx, ticket, people)
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
