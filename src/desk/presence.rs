//! Who has a ticket open: a row for each session and ticket, which is worth nothing half a minute later.

use crate::access::{May, Tx, act};
use crate::db::schema::presences;
use crate::db::{Id, ahead};
use crate::error::Result;
use crate::on;
use crate::org::person;
use crate::ticket::Ticket;
use chrono::Duration;
use diesel::prelude::*;

/// Seconds for which somebody counts as being there after he was last heard of.
pub const SECONDS: i64 = 30;
/// Others that are named.
const NAMED: i64 = 10;

/// Notes that the actor has the ticket open. Only whoever works at a desk is ever seen there.
pub fn note(tx: &mut Tx<'_>, ticket: &May<act::CommentInternal, Ticket>) -> Result<()> {
    let Some(session) = tx.actor.session else { return Ok(()) };
    let (person, now, ticket) = (tx.actor.person()?, tx.now, ticket.get().id);
    let row = (
        presences::session_id.eq(session),
        presences::ticket_id.eq(ticket),
        presences::person_id.eq(person),
        presences::seen_at.eq(now),
    );
    on!(tx.conn(), |c| diesel::insert_into(presences::table)
        .values(row)
        .on_conflict((presences::session_id, presences::ticket_id))
        .do_update()
        .set(presences::seen_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Names of the others who have the ticket open now, for whoever works at a desk himself.
pub fn others(tx: &mut Tx<'_>, ticket: &May<act::CommentInternal, Ticket>) -> Result<Vec<String>> {
    let (me, ticket) = (tx.actor.person()?, ticket.get().id);
    let (oldest, newest) = ahead::since(tx.now.plus(Duration::seconds(-SECONDS)), tx.now);
    let people: Vec<Id> = on!(tx.conn(), |c| presences::table
        .filter(presences::ticket_id.eq(ticket).and(presences::person_id.ne(me)))
        .filter(presences::seen_at.between(oldest, newest))
        .select(presences::person_id)
        .distinct()
        .limit(NAMED)
        .load(c))?;
    let mut names: Vec<String> = person::briefs(tx, &people)?.into_iter().map(|p| p.name).collect();
    names.sort();
    Ok(names)
}

/// Removes what is worth nothing any more.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let oldest = tx.now.plus(Duration::hours(-1));
    Ok(on!(tx.conn(), |c| diesel::delete(presences::table.filter(presences::seen_at.lt(oldest))).execute(c))?)
}
