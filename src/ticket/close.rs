//! The end of a ticket: confirmed, taken up again, or given up.

use super::assign::is_of_desk;
use super::event::{Event, record};
use super::{Move, Ticket};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::schema::ratings;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::{on, say};
use diesel::prelude::*;

#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = ratings, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Rating {
    pub(super) ticket_id: Id,
    pub(super) person_id: Id,
    pub(super) stars: i32,
    pub(super) comment: Option<String>,
    pub(super) at: Ts,
}

/// Confirms the solution, perhaps with 1 to 5 stars and a remark.
///
/// # Errors
/// 409 unless the ticket is resolved; 422 for stars outside 1–5.
pub fn close(
    tx: &mut Tx<'_>,
    ticket: May<act::Close, Ticket>,
    stars: Option<i32>,
    comment: Option<&str>,
) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.ensure(stars.is_none_or(|n| (1..=5).contains(&n)), "/rating", || say!("ticket.rating"));
    checks.maybe_text("/comment", comment, 1..=2000);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    end(&mut ticket, Move::Close, tx.now)?;
    ticket.save(tx)?;
    if let Some(stars) = stars {
        let comment = comment.map(str::to_owned);
        let row = Rating { ticket_id: ticket.id, person_id: tx.actor.person()?, stars, comment, at: tx.now };
        on!(tx.conn(), |c| diesel::insert_into(ratings::table)
            .values(&row)
            .on_conflict(ratings::ticket_id)
            .do_update()
            .set(&row)
            .execute(c))?;
    }
    record(tx, &ticket, &Event::Closed { rating: stars, comment: comment.map(str::to_owned) })?;
    Ok(ticket)
}

/// Takes the ticket up again, at the desk where it was; it is the desk's if its technician has left meanwhile.
///
/// # Errors
/// 409 for an open or cancelled ticket, and for one closed 14 days ago or more; 422 without a reason.
pub fn reopen(tx: &mut Tx<'_>, ticket: May<act::Reopen, Ticket>, reason: &str) -> Result<Ticket> {
    let reason = needed(reason)?;
    let mut ticket = ticket.into_inner();
    take_up(&mut ticket, tx.now)?;
    // Whoever has left the desk meanwhile does not get it back; the desk does.
    if let Some(technician) = ticket.assignee_id
        && !is_of_desk(tx, &ticket, technician)?
    {
        ticket.assignee_id = None;
    }
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Reopened { reason })?;
    Ok(ticket)
}

/// Gives the ticket up.
///
/// # Errors
/// 409 for a finished ticket; 422 without a reason.
pub fn cancel(tx: &mut Tx<'_>, ticket: May<act::Cancel, Ticket>, reason: &str) -> Result<Ticket> {
    let reason = needed(reason)?;
    let mut ticket = ticket.into_inner();
    ticket.awaits_acceptance = false;
    end(&mut ticket, Move::Cancel, tx.now)?;
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Cancelled { reason })?;
    Ok(ticket)
}

/// What an end does to the ticket.
pub(super) fn end(ticket: &mut Ticket, step: Move, now: Ts) -> Result<()> {
    ticket.step(step, now)?;
    ticket.closed_at = Some(now);
    Ok(())
}

/// What taking it up again does to the ticket.
pub(super) fn take_up(ticket: &mut Ticket, now: Ts) -> Result<()> {
    ticket.step(Move::Reopen, now)?;
    ticket.resolved_at = None;
    ticket.closed_at = None;
    Ok(())
}

fn needed(reason: &str) -> Result<String> {
    let mut checks = Checks::new();
    checks.text("/reason", reason, 1..=2000);
    checks.done()?;
    Ok(reason.to_owned())
}
