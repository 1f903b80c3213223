//! When somebody leaves a desk, what he had in hand goes back to it, and the desk sees it.

use super::Status;
use super::Ticket;
use super::assign::is_of_desk;
use super::event::{Event, record};
use crate::access::Tx;
use crate::db::schema::tickets;
use crate::error::Result;
use crate::on;
use crate::org::person::Left;
use diesel::prelude::*;

/// Releases every open ticket that is assigned to somebody who no longer works at its desk; returns how many.
pub fn assignments(tx: &mut Tx<'_>, left: Left) -> Result<usize> {
    let who = left.person();
    let open = [Status::New, Status::InProgress, Status::Pending];
    // Changing the rows locks them: what others do to them at this moment must not be overwritten.
    let held: Vec<Ticket> = on!(tx.conn(), |c| diesel::update(
        tickets::table.filter(tickets::assignee_id.eq(who).and(tickets::status.eq_any(open)))
    )
    .set(tickets::version.eq(tickets::version))
    .returning(Ticket::as_returning())
    .get_results(c))?;
    let mut released = 0;
    for mut ticket in held {
        if is_of_desk(tx, &ticket, who)? {
            continue;
        }
        ticket.assignee_id = None;
        ticket.version += 1;
        ticket.save(tx)?;
        record(tx, &ticket, &Event::Released(who))?;
        released += 1;
    }
    Ok(released)
}
