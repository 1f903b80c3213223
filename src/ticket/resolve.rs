//! Solving.

use super::event::{Event, record};
use super::{Move, Ticket};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::Ts;
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
    solve(&mut ticket, resolution, cause, tx.now)?;
    ticket.save(tx)?;
    record(tx, &ticket, &Event::Resolved)?;
    Ok(ticket)
}

/// What it does to the ticket.
pub(super) fn solve(ticket: &mut Ticket, resolution: &str, cause: Option<&str>, now: Ts) -> Result<()> {
    ticket.step(Move::Resolve, now)?;
    ticket.awaits_acceptance = false;
    ticket.resolution = Some(resolution.to_owned());
    ticket.cause = cause.map(str::to_owned);
    ticket.resolved_at = Some(now);
    Ok(())
}
