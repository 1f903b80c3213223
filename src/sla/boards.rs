//! The clocks of many tickets at once, for changes that concern a whole region.

use super::board::{Board, gather};
use super::row::Clock;
use super::{calendar, view};
use crate::access::Tx;
use crate::db::schema::sla_clocks as clocks;
use crate::db::{Id, Ts, one_of};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use std::collections::HashMap;

impl Board {
    /// The clocks of these tickets, in a few queries however many they are. Whoever loads them for a change holds
    /// the tickets' rows.
    pub fn load_many(tx: &mut Tx<'_>, tickets: &[Id]) -> Result<Vec<Self>> {
        let rows: Vec<Clock> = on!(tx.conn(), |c| clocks::table
            .filter(one_of(clocks::ticket_id, tickets))
            .select(Clock::as_select())
            .order((clocks::started_at, clocks::id))
            .load(c))?;
        let mut boards: HashMap<Id, Self> = HashMap::new();
        for held in gather(tx, rows)? {
            let ticket = held.row.ticket_id;
            boards.entry(ticket).or_insert_with(|| Self::new(ticket)).held.push(held);
        }
        Ok(tickets.iter().filter_map(|ticket| boards.remove(ticket)).collect())
    }

    /// Whose clocks they are.
    #[must_use]
    pub const fn ticket(&self) -> Id {
        self.ticket
    }

    /// Until when each clock that has not stopped must have, as its readers see it now.
    pub fn deadlines(&self, tx: &mut Tx<'_>) -> Result<Vec<(Id, Option<Ts>)>> {
        let mut all = Vec::new();
        for row in self.held.iter().map(|h| &h.row).filter(|r| r.stopped_at.is_none()) {
            let calendar = calendar::compiled(tx, row.edition_id)?;
            all.push((row.id, view::shown(row, &calendar, tx.now).due_at));
        }
        Ok(all)
    }
}
