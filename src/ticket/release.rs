//! When somebody leaves a desk, what he had in hand goes back to it, and the desk sees it; what waited for his answer goes
//! on.

use super::assign::{self, works_at};
use super::consequence;
use super::deadline::{Due, What};
use super::event::{Event, record};
use super::find::{TicketRef, find, find_quietly, follow};
use super::open::{is_abandoned, lacks_tier2};
use super::{PendingReason, Status, Ticket, pend};
use crate::access::{Tx, act};
use crate::db::schema::{people, tickets};
use crate::db::{Id, Ts, fixed};
use crate::error::Result;
use crate::on;
use crate::org::grant::Left;
use crate::org::{opd, person};
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Releases every open ticket that is assigned to somebody who no longer works at its desk; returns how many. What waits
/// for him as its requester goes on, once he is not active any more.
pub fn assignments(tx: &mut Tx<'_>, left: Left) -> Result<usize> {
    let who = left.person();
    let released = give_back(tx, who)?;
    tell_of_stranded(tx, &[left])?;
    go_on_without(tx, who)?;
    Ok(released)
}

/// Lets many leave desks at once by `leave`, and releases what they had in hand; returns how many tickets. Of a desk that they
/// leave empty the coordinator is told once. A rehearsal is taken back.
///
/// # Errors
/// What `leave` returns.
pub fn of_all<T>(
    tx: &mut Tx<'_>,
    rehearsal: bool,
    leave: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Left>)>,
) -> Result<(T, usize)> {
    tx.attempt(
        |_| !rehearsal,
        |tx| {
            let (outcome, left) = leave(tx)?;
            let mut released = 0;
            for who in left.iter().map(Left::person).collect::<BTreeSet<_>>() {
                released += give_back(tx, who)?;
            }
            tell_of_stranded(tx, &left)?;
            Ok((outcome, released))
        },
    )
}

/// Releases what he has in hand at desks at which he does not work any more.
fn give_back(tx: &mut Tx<'_>, who: Id) -> Result<usize> {
    // Changing the rows locks them: what others do to them at this moment must not be overwritten.
    let held: Vec<Ticket> = on!(tx.conn(), |c| diesel::update(
        tickets::table.filter(tickets::assignee_id.eq(who).and(tickets::status.eq_any(Status::OPEN)))
    )
    .set(tickets::version.eq(tickets::version))
    .returning(Ticket::as_returning())
    .get_results(c))?;
    let still = if held.is_empty() { None } else { assign::at_work(tx, who)? };
    let mut released = 0;
    for mut ticket in held {
        if still.as_ref().is_some_and(|actor| works_at(actor, &ticket, ticket.tier)) {
            continue;
        }
        follow(tx, &ticket);
        ticket.assignee_id = None;
        ticket.version += 1;
        ticket.save(tx)?;
        record(tx, &ticket, &Event::Released(who))?;
        released += 1;
    }
    Ok(released)
}

/// What waits for the answer of somebody who is not active any more goes on: none will come.
fn go_on_without(tx: &mut Tx<'_>, who: Id) -> Result<()> {
    if person::by_id(tx, who)?.active {
        return Ok(());
    }
    let waits = tickets::requester_id.eq(who).and(tickets::pending_reason.eq(Some(PendingReason::Requester)));
    let waiting: Vec<Ticket> = on!(tx.conn(), |c| diesel::update(tickets::table.filter(waits))
        .set(tickets::version.eq(tickets::version + 1))
        .returning(Ticket::as_returning())
        .get_results(c))?;
    for ticket in waiting {
        follow(tx, &ticket);
        pend::go_on_without(tx, ticket)?;
    }
    Ok(())
}

/// Tickets that wait for the answer of somebody who is not active any more, at most so many: those that were put to wait at the
/// moment at which he was let go, or by a program that left them so.
///
/// # Errors
/// The database's.
pub fn forsaken(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Due>> {
    let found: Vec<(Ts, Id, Id)> = on!(tx.conn(), |c| tickets::table
        .inner_join(people::table.on(people::id.eq(tickets::requester_id)))
        .filter(fixed(Status::OPEN_SQL))
        .filter(tickets::pending_reason.eq(Some(PendingReason::Requester)).and(people::active.eq(false)))
        .select((tickets::updated_at, tickets::id, tickets::region_id))
        .limit(limit)
        .load(c))?;
    Ok(found.into_iter().map(|(at, ticket, region)| Due { at, ticket, region, what: What::Forsaken }).collect())
}

/// Lets one of them go on, if it still waits for him.
pub(super) fn wake_forsaken(tx: &mut Tx<'_>, which: &TicketRef) -> Result<bool> {
    let ticket = find_quietly::<act::KeepTime>(tx, which)?.into_inner();
    let is_due =
        ticket.pending_reason == Some(PendingReason::Requester) && !person::by_id(tx, ticket.requester_id)?.active;
    if is_due {
        let ticket = find::<act::Resume>(tx, which)?.into_inner();
        pend::go_on_without(tx, ticket)?;
    }
    Ok(is_due)
}

/// Where they were the last of a desk, what lies there without an assignee is nobody's: the coordinator is told (L4).
fn tell_of_stranded(tx: &mut Tx<'_>, left: &[Left]) -> Result<()> {
    let (mut regions, mut opds) = (Vec::new(), Vec::new());
    for region in left.iter().filter_map(Left::tier2).collect::<BTreeSet<_>>() {
        if lacks_tier2(tx, region)? {
            regions.push(region);
        }
    }
    for opd in left.iter().flat_map(Left::tier1).copied().collect::<BTreeSet<_>>() {
        let region = opd::by_id(tx, opd)?.region_id;
        if is_abandoned(tx, region, opd)? {
            opds.push(opd);
        }
    }
    if regions.is_empty() && opds.is_empty() {
        return Ok(());
    }
    let at_tier1 = tickets::opd_id.eq_any(opds).and(tickets::tier.eq(1));
    let at_empty_desks = tickets::region_id.eq_any(regions).and(tickets::tier.eq(2)).or(at_tier1);
    let stranded: Vec<Ticket> = on!(tx.conn(), |c| tickets::table
        .filter(at_empty_desks)
        .filter(tickets::status.eq_any(Status::OPEN))
        .filter(tickets::assignee_id.is_null())
        .select(Ticket::as_select())
        .load(c))?;
    // Of one region, that of his desks.
    consequence::stranded(tx, &stranded)
}
