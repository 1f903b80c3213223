//! A reminder: the coordinator asks the desk for news (L8).

use super::event::{Event, record};
use super::{Move, Ticket};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::error::Result;

/// Asks for news. The requester does not notice, and the ticket stays as it is.
///
/// # Errors
/// 409 for a finished ticket; 422 without a note.
pub fn remind(tx: &mut Tx<'_>, ticket: May<act::Remind, Ticket>, note: &str) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.text("/note", note, 1..=2000);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    ticket.step(Move::Remind, tx.now)?;
    record(tx, &ticket, &Event::Reminded { note: note.to_owned() })?;
    Ok(ticket)
}
