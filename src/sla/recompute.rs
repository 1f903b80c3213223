//! Whether what is stored beside the facts of clocks is what follows from them, and mending where it is not.

use super::board::{Board, Summary, derived};
use super::row::Clock;
use super::waiver::granted;
use crate::access::Tx;
use crate::db::schema::sla_clocks as clocks;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// A stored value that does not follow from what it is derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The clock; of a ticket's deadlines the ticket.
    pub row: Id,
    /// `table.column`.
    pub column: &'static str,
    /// What is stored, as JSON.
    pub stored: String,
    /// What follows, as JSON.
    pub derived: String,
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Compared {
    /// Values that were compared.
    pub values: usize,
    /// Those that differ.
    pub differences: Vec<Difference>,
}

impl Compared {
    /// Compares one value.
    pub fn value<T: PartialEq + Serialize>(&mut self, row: Id, column: &'static str, stored: &T, derived: &T) {
        self.values += 1;
        if stored != derived {
            let (stored, derived) = (serde_json::json!(stored).to_string(), serde_json::json!(derived).to_string());
            self.differences.push(Difference { row, column, stored, derived });
        }
    }

    fn clock(&mut self, stored: &Clock, derived: &Clock) {
        macro_rules! columns {
            ($($name:ident),+) => {
                $(self.value(stored.id, concat!("sla_clocks.", stringify!($name)), &stored.$name, &derived.$name);)+
            };
        }
        columns!(
            started_at,
            target_seconds,
            basis,
            banked_micros,
            since,
            due_at,
            paused_at,
            stopped_at,
            breached_at,
            outcome,
            risk_at,
            next_level,
            next_at,
            waived
        );
    }
}

/// Compares every clock of these tickets, and returns what their clocks should come to.
pub fn compare(tx: &mut Tx<'_>, tickets: &[Id], compared: &mut Compared) -> Result<HashMap<Id, Summary>> {
    let rows: Vec<Clock> = on!(tx.conn(), |c| clocks::table
        .filter(clocks::ticket_id.eq_any(tickets))
        .select(Clock::as_select())
        .order((clocks::ticket_id, clocks::started_at, clocks::id))
        .load(c))?;
    let mut board = Board::with(tx, rows)?;
    let stored: Vec<Clock> = board.held.iter().map(|h| h.row.clone()).collect();
    board.rederive(tx)?;
    let mut by_ticket: HashMap<Id, Vec<Clock>> = HashMap::new();
    for (stored, held) in stored.iter().zip(&board.held) {
        compared.clock(stored, &held.row);
        by_ticket.entry(held.row.ticket_id).or_default().push(held.row.clone());
    }
    Ok(by_ticket.into_iter().map(|(ticket, rows)| (ticket, Summary::of(&rows))).collect())
}

/// The tickets of these clocks.
pub fn tickets_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<BTreeSet<Id>> {
    let rows: Vec<Id> =
        on!(tx.conn(), |c| clocks::table.filter(clocks::id.eq_any(ids)).select(clocks::ticket_id).load(c))?;
    Ok(rows.into_iter().collect())
}

impl Board {
    /// Gives every row what follows from facts, levels, tellings and waivers.
    fn rederive(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let ids: Vec<Id> = self.held.iter().map(|h| h.row.id).collect();
        for held in &mut self.held {
            let first: Option<Ts> = held.entries.first().map(|e| e.at);
            held.row.started_at = first.unwrap_or(held.row.started_at);
            held.row = derived(tx, held)?;
            held.is_changed = true;
        }
        // Which cycle goes on with an earlier one's miss follows from how that one ended.
        let waived = granted(tx, &ids)?;
        self.settle_waivers(|row| waived.contains(&row.id));
        Ok(())
    }

    /// Derives every row anew and stores it, whatever it holds. Whoever calls holds the ticket's row.
    pub fn mend(&mut self, tx: &mut Tx<'_>) -> Result<Summary> {
        self.rederive(tx)?;
        self.save(tx)
    }
}
