//! Running clocks follow a change of calendars, holidays or agreements. Stopped ones never do.
//!
//! Nothing that happens meanwhile is lost: a ticket's row is locked before its clocks are read, and whoever opens a
//! ticket, or takes one up, holds the counter of his region until his commit. So what is looked for a second time,
//! behind that counter, is complete.

use super::deadline::{foresee_by, store};
use super::{Status, Ticket, open};
use crate::access::Tx;
use crate::db::schema::tickets;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use crate::org::{Region, region};
use crate::sla::board::{Board, Subject};
use crate::sla::calendar::{self, Kept};
use crate::sla::effect::Moved;
use diesel::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Tickets that are taken together.
const CHUNK: usize = 200;

/// What a change did to deadlines, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Shift {
    /// Open tickets of which a deadline moves.
    pub moved: usize,
    /// Those of which a deadline lies in the past now and did not before.
    pub passed: usize,
}

/// Runs a change and lets the clocks follow; a rehearsal is taken back.
///
/// # Errors
/// What `change` returns.
pub fn followed<T>(
    tx: &mut Tx<'_>,
    rehearsal: bool,
    change: impl FnOnce(&mut Tx<'_>) -> Result<(T, Moved)>,
) -> Result<(T, Shift)> {
    tx.attempt(
        |_| !rehearsal,
        |tx| {
            let (outcome, effect) = change(tx)?;
            Ok((outcome, moved(tx, effect)?))
        },
    )
}

/// Lets the clocks of all tickets that are concerned follow.
pub fn moved(tx: &mut Tx<'_>, moved: Moved) -> Result<Shift> {
    let mut shift = Shift::default();
    if moved.is_nothing() {
        return Ok(shift);
    }
    let region = region::by_id(tx, moved.region())?;
    let kept = calendar::kept(tx, region.id)?;
    follow(tx, &moved, &region, &kept, &mut shift)?;
    if moved.is_of_calendars() {
        foresee(tx, region.id, &kept)?;
    }
    open::hold_numbers(tx, &region)?;
    follow(tx, &moved, &region, &kept, &mut shift)?;
    Ok(shift)
}

fn follow(tx: &mut Tx<'_>, moved: &Moved, region: &Region, kept: &Kept, shift: &mut Shift) -> Result<()> {
    let mut behind: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for (ticket, edition) in moved.behind(tx)? {
        behind.entry(ticket).or_default().insert(edition);
    }
    let ids: Vec<Id> = behind.keys().copied().collect();
    for some in ids.chunks(CHUNK) {
        let mut concerned = some.to_vec();
        if moved.is_of_calendars() {
            let opds = opds(tx, some)?;
            concerned.retain(|id| {
                let due = opds.get(id).and_then(|opd| kept.of(*opd));
                behind.get(id).is_some_and(|editions| editions.iter().any(|edition| Some(*edition) != due))
            });
        }
        let locked: HashMap<Id, Ticket> = lock(tx, &concerned)?.into_iter().map(|t| (t.id, t)).collect();
        for mut board in Board::load_many(tx, &concerned)? {
            let Some(ticket) = locked.get(&board.ticket()) else { continue };
            // What was promised of a ticket that is solved stays.
            if !moved.is_of_calendars() && !ticket.status.is_open() {
                continue;
            }
            let before = board.deadlines(tx)?;
            moved.apply(tx, &mut board, &subject(ticket, region), kept)?;
            let summary = board.save(tx)?;
            store(tx, ticket.id, region.id, summary)?;
            if ticket.status.is_open() {
                shift.add(tx.now, &before, &board.deadlines(tx)?);
            }
        }
    }
    Ok(())
}

fn opds(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Id>> {
    let rows: Vec<(Id, Id)> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::id.eq_any(ids))
        .select((tickets::id, tickets::opd_id))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// Changing the rows locks them; their version stays, since nobody did anything to the tickets.
fn lock(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Ticket>> {
    Ok(on!(tx.conn(), |c| diesel::update(tickets::table.filter(tickets::id.eq_any(ids)))
        .set(tickets::version.eq(tickets::version))
        .returning(Ticket::as_returning())
        .get_results(c))?)
}

/// For a ticket whose clocks are there: whether its service is one for security incidents matters only to new ones.
fn subject(ticket: &Ticket, region: &Region) -> Subject {
    Subject {
        ticket: ticket.id,
        region: ticket.region_id,
        opd: ticket.opd_id,
        service: ticket.service_id,
        security: false,
        priority: ticket.priority,
        day: region.day(ticket.created_at),
        opened_at: ticket.created_at,
    }
}

/// Solutions that nobody doubts are closed by the working days that hold now.
fn foresee(tx: &mut Tx<'_>, region: Id, kept: &Kept) -> Result<()> {
    let solved: Vec<Id> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::region_id.eq(region).and(tickets::status.eq(Status::Resolved)))
        .select(tickets::id)
        .order(tickets::id)
        .load(c))?;
    for some in solved.chunks(CHUNK) {
        for ticket in lock(tx, some)? {
            if ticket.status == Status::Resolved {
                foresee_by(tx, &ticket, kept.of(ticket.opd_id))?;
            }
        }
    }
    Ok(())
}

impl Shift {
    fn add(&mut self, now: Ts, before: &[(Id, Option<Ts>)], after: &[(Id, Option<Ts>)]) {
        let is_past = |due: Option<Ts>| due.is_some_and(|due| due <= now);
        let earlier = |clock: Id| before.iter().find(|(id, _)| *id == clock).and_then(|(_, due)| *due);
        self.moved += usize::from(after.iter().any(|(clock, due)| earlier(*clock) != *due));
        self.passed += usize::from(after.iter().any(|(clock, due)| is_past(*due) && !is_past(earlier(*clock))));
    }
}
