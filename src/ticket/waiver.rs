//! Waivers: a miss that nobody could help (a power cut, a flood) does not count, if a second person says so. The desk
//! asks, the coordinator decides, and the report shows it as waived (L8).

use super::event::{Event, record};
use super::{Ticket, clocks};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::say;
use crate::sla::Metric;
use crate::sla::board::Board;
use crate::sla::waiver::{self, Waiver};

/// Asks that the newest miss of `metric` that counts does not, also if later clocks of it were met; where there is none,
/// that a miss of the newest clock will not.
///
/// # Errors
/// 409 where there is nothing to waive, or somebody has asked; 422 without a reason.
pub fn ask(tx: &mut Tx<'_>, ticket: May<act::AskWaiver, Ticket>, metric: Metric, reason: &str) -> Result<Waiver> {
    let mut checks = Checks::new();
    checks.text("/reason", reason, 1..=2000);
    checks.done()?;
    let ticket = ticket.into_inner();
    let board = Board::load(tx, ticket.id)?;
    let clock = board.to_waive(metric, tx.now).ok_or_else(|| Error::Conflict(say!("waiver.no_clock")))?;
    let asked = waiver::ask(tx, ticket.id, clock.row.id, reason)?;
    record(tx, &ticket, &Event::WaiverAsked { metric, reason: reason.to_owned() })?;
    Ok(asked)
}

/// Grants or refuses what somebody else asked for.
///
/// # Errors
/// 404 for a waiver that is not this ticket's; 409 for one that was decided; 403 for whoever asked.
pub fn decide(
    tx: &mut Tx<'_>,
    ticket: May<act::DecideWaiver, Ticket>,
    id: Id,
    granted: bool,
    remark: Option<&str>,
) -> Result<Waiver> {
    let mut checks = Checks::new();
    checks.maybe_text("/remark", remark, 1..=2000);
    checks.done()?;
    let ticket = ticket.into_inner();
    let decided = waiver::decide(tx, ticket.id, id, granted, remark)?;
    let mut board = Board::load(tx, ticket.id)?;
    let metric = board.held.iter().find(|h| h.row.id == decided.clock_id).map(|h| h.row.metric);
    let metric = metric.ok_or(Error::NotFound)?;
    if granted {
        board.waive(decided.clock_id);
        clocks::keep(tx, &ticket, board)?;
    }
    record(tx, &ticket, &Event::WaiverDecided { metric, granted, remark: remark.map(str::to_owned) })?;
    Ok(decided)
}
