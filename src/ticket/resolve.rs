//! Solving.

use super::event::{Event, record};
use super::{Move, Ticket};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::error::Result;

/// Says how the trouble was solved, and perhaps what was behind it.
///
/// # Errors
/// 409 for a finished ticket; 422 without a resolution.
pub fn resolve(
    tx: &mut Tx<'_>,
    ticket: May<act::Resolve, Ticket>,
    resolution: &str,
    cause: Option<&str>,
) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.text("/resolution", resolution, 1..=5000);
    checks.maybe_text("/cause", cause, 1..=2000);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    ticket.step(Move::Resolve, tx.now)?;
    ticket.awaits_acceptance = false;
    ticket.resolution = Some(resolution.to_owned());
    ticket.cause = cause.map(str::to_owned);
    ticket.resolved_at = Some(tx.now);
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Resolved)?;
    Ok(ticket)
}
