//! Waivers as stored.

use super::board::Board;
use super::held::Held;
use super::row::Clock;
use super::{Metric, Outcome};
use crate::access::Tx;
use crate::db::schema::{sla_clocks as clocks, sla_waivers as waivers};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

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

/// Those of these clocks of which a waiver was granted.
pub(super) fn granted(tx: &mut Tx<'_>, clocks: &[Id]) -> Result<BTreeSet<Id>> {
    let rows: Vec<Id> = on!(tx.conn(), |c| waivers::table
        .filter(waivers::clock_id.eq_any(clocks).and(waivers::granted.eq(Some(true))))
        .select(waivers::clock_id)
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// A clock by its place in a ticket's life, and which of its metric it is.
type Cycle = (Id, Metric, i32);

impl Board {
    /// Of which clock a waiver of this metric is: the one where the newest miss that counts began; without any the newest,
    /// which may still be missed. None if that is waived, or there is no such clock.
    #[must_use]
    pub fn to_waive(&self, metric: Metric, now: Ts) -> Option<&Held> {
        let of_metric = || self.held.iter().filter(|held| held.row.metric == metric);
        let counts = |held: &&Held| !held.row.waived && held.row.is_missed(now);
        match of_metric().filter(counts).max_by_key(|held| held.row.cycle) {
            Some(missed) => {
                let origin = self.origins().get(&place(missed)).copied();
                of_metric().find(|held| Some(held.row.cycle) == origin)
            }
            None => of_metric().max_by_key(|held| held.row.cycle).filter(|held| !held.row.waived),
        }
    }

    /// Notes that a miss of this clock does not count.
    pub fn waive(&mut self, clock: Id) {
        self.settle_waivers(|row| row.waived || row.id == clock);
    }

    /// Looks again at what is waived, after targets have changed: a cycle that has time left has no part in the miss of
    /// an earlier one, and none in its waiver.
    pub(super) fn resettle_waivers(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        if !self.held.iter().any(|held| held.row.waived) {
            return Ok(());
        }
        let clocks: Vec<Id> = self.held.iter().map(|held| held.row.id).collect();
        let granted = granted(tx, &clocks)?;
        self.settle_waivers(|row| granted.contains(&row.id));
        Ok(())
    }

    /// Waives the clocks of which that was granted, and with them those that have the same miss: it began in one cycle,
    /// and later ones go on with it.
    pub(super) fn settle_waivers(&mut self, is_granted: impl Fn(&Clock) -> bool) {
        let origins = self.origins();
        let began = |held: &Held| {
            let (ticket, metric, cycle) = place(held);
            (ticket, metric, origins.get(&(ticket, metric, cycle)).copied().unwrap_or(cycle))
        };
        let waived: BTreeSet<Cycle> = self.held.iter().filter(|held| is_granted(&held.row)).map(began).collect();
        for held in &mut self.held {
            let is_waived = waived.contains(&began(held));
            held.is_changed |= held.row.waived != is_waived;
            held.row.waived = is_waived;
        }
    }

    /// In which cycle the miss of each clock began, or would begin.
    fn origins(&self) -> BTreeMap<Cycle, i32> {
        let mut origins = BTreeMap::new();
        let mut missed: BTreeSet<Cycle> = BTreeSet::new();
        for held in &self.held {
            let (ticket, metric, cycle) = place(held);
            let before = (ticket, metric, cycle - 1);
            let goes_on = held.goes_on_with_a_miss() && missed.contains(&before);
            let origin = origins.get(&before).copied().filter(|_| goes_on).unwrap_or(cycle);
            origins.insert((ticket, metric, cycle), origin);
            if held.row.outcome == Some(Outcome::Missed) {
                missed.insert((ticket, metric, cycle));
            }
        }
        origins
    }
}

fn place(held: &Held) -> Cycle {
    (held.row.ticket_id, held.row.metric, held.row.cycle)
}
