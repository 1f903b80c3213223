//! Waivers as stored.

use super::Metric;
use super::board::Board;
use super::row::Clock;
use crate::access::Tx;
use crate::db::schema::{sla_clocks as clocks, sla_waivers as waivers};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use std::collections::BTreeSet;

/// A waiver as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = waivers, treat_none_as_default_value = false)]
pub struct Waiver {
    /// Its id.
    pub id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// Of which clock.
    pub clock_id: Id,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: Id,
    /// When.
    pub asked_at: Ts,
    /// Granted or refused; none until somebody decides.
    pub granted: Option<bool>,
    /// What he said.
    pub remark: Option<String>,
    /// Who decided.
    pub decided_by: Option<Id>,
    /// When.
    pub decided_at: Option<Ts>,
}

/// Stores a wish.
///
/// # Errors
/// 409 if one waits for a decision already.
pub fn ask(tx: &mut Tx<'_>, ticket: Id, clock: Id, reason: &str) -> Result<Waiver> {
    let row = Waiver {
        id: tx.new_id(),
        ticket_id: ticket,
        clock_id: clock,
        reason: reason.to_owned(),
        asked_by: tx.actor.person()?,
        asked_at: tx.now,
        granted: None,
        remark: None,
        decided_by: None,
        decided_at: None,
    };
    let added =
        on!(tx.conn(), |c| diesel::insert_into(waivers::table).values(&row).on_conflict_do_nothing().execute(c))?;
    if added == 1 { Ok(row) } else { Err(Error::Conflict(say!("waiver.asked"))) }
}

/// Stores a decision.
///
/// # Errors
/// 404 for a waiver of another ticket, 403 for whoever asked, 409 for one that was decided.
pub fn decide(tx: &mut Tx<'_>, ticket: Id, id: Id, granted: bool, remark: Option<&str>) -> Result<Waiver> {
    let (me, now) = (tx.actor.person()?, tx.now);
    let found = on!(tx.conn(), |c| waivers::table
        .filter(waivers::id.eq(id).and(waivers::ticket_id.eq(ticket)))
        .select(Waiver::as_select())
        .first(c)
        .optional())?
    .ok_or(Error::NotFound)?;
    if found.asked_by == me {
        return Err(Error::Forbidden(say!("waiver.own")));
    }
    on!(tx.conn(), |c| diesel::update(waivers::table.filter(waivers::id.eq(id).and(waivers::granted.is_null())))
        .set((
            waivers::granted.eq(Some(granted)),
            waivers::remark.eq(remark),
            waivers::decided_by.eq(Some(me)),
            waivers::decided_at.eq(Some(now)),
        ))
        .returning(Waiver::as_returning())
        .get_result(c)
        .optional())?
    .ok_or_else(|| Error::Conflict(say!("waiver.decided")))
}

/// The waivers of a ticket, oldest first, each with its metric.
pub fn of_ticket(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<(Waiver, Metric)>> {
    Ok(on!(tx.conn(), |c| waivers::table
        .inner_join(clocks::table.on(clocks::id.eq(waivers::clock_id)))
        .filter(waivers::ticket_id.eq(ticket))
        .select((Waiver::as_select(), clocks::metric))
        .order((waivers::asked_at, waivers::id))
        .load(c))?)
}

impl Board {
    /// Notes that a miss of this clock does not count.
    pub fn waive(&mut self, clock: Id) {
        self.settle_waivers(|row| row.waived || row.id == clock);
    }

    /// Waives the clocks of which that was granted, and those that only go on with the miss of such a one.
    pub(super) fn settle_waivers(&mut self, is_granted: impl Fn(&Clock) -> bool) {
        let mut waived: BTreeSet<(Id, Metric, i32)> = BTreeSet::new();
        for held in &mut self.held {
            let (ticket, metric, cycle) = (held.row.ticket_id, held.row.metric, held.row.cycle);
            let is_inherited = held.goes_on_with_a_miss() && waived.contains(&(ticket, metric, cycle - 1));
            let is_waived = is_granted(&held.row) || is_inherited;
            if is_waived {
                waived.insert((ticket, metric, cycle));
            }
            held.is_changed |= held.row.waived != is_waived;
            held.row.waived = is_waived;
        }
    }
}
