//! A security incident is reported within 24 hours (BSSN 1/2024, article 15); the note stops that clock.

use super::Ticket;
use super::event::{Event, record};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::error::{Error, Result};
use crate::say;
use crate::sla::Metric;
use crate::sla::board::Board;

/// Notes to whom the incident was reported, and under which number or date.
///
/// # Errors
/// 409 for a ticket that is no security incident, or was reported already; 422 without words.
pub fn report(tx: &mut Tx<'_>, ticket: May<act::ReportIncident, Ticket>, to: &str, reference: &str) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.line("/to", to, 1..=200);
    checks.line("/reference", reference, 1..=200);
    checks.done()?;
    let ticket = ticket.into_inner();
    let board = Board::load(tx, ticket.id)?;
    let runs =
        |held: &&crate::sla::held::Held| held.row.metric == Metric::SecurityReport && held.row.stopped_at.is_none();
    if board.held.iter().find(runs).is_none() {
        return Err(Error::Conflict(say!("ticket.no_incident")));
    }
    record(tx, &ticket, &Event::Reported { to: to.to_owned(), reference: reference.to_owned() })?;
    Ok(ticket)
}
