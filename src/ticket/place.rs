//! Where a ticket stands in a list: the place from which one goes on, whatever becomes of the ticket meanwhile.

use super::Ticket;
use super::list::{Filter, Risk, Sort};
use crate::access::Tx;
use crate::catalog::words::Priority;
use crate::db::page::encode;
use crate::db::schema::ticket_deadlines as deadlines;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

/// Key of the last row of a page: how well it fits, then its place in the order.
#[derive(Serialize, Deserialize)]
pub(super) struct Key(
    pub(super) u8,
    pub(super) Option<Priority>,
    pub(super) Ts,
    pub(super) Id,
    pub(super) Option<Sort>,
);

impl Key {
    /// The row's ticket.
    pub(super) const fn id(&self) -> Id {
        self.3
    }
}

/// The cursor behind a ticket in the list of `filter`, by what holds for it now. None where no ticket has a place of its own:
/// in what fits best first, and in what is overdue without a deadline.
///
/// # Errors
/// The database's.
pub fn behind(tx: &mut Tx<'_>, filter: &Filter, ticket: &Ticket) -> Result<Option<String>> {
    let is_by_fit = filter.q.is_some() && filter.sort.is_none();
    if is_by_fit {
        return Ok(None);
    }
    let key = |class, priority, at| Key(class, priority, at, ticket.id, filter.sort);
    let key = match filter.sort {
        Some(Sort::Due) => match due(tx, ticket.id)? {
            Some(at) => key(0, None, at),
            None if filter.sla == Some(Risk::Overdue) => return Ok(None),
            None => key(1, None, ticket.created_at),
        },
        Some(Sort::Priority) => key(0, Some(ticket.priority), ticket.created_at),
        _ => key(0, None, ticket.created_at),
    };
    Ok(Some(encode(&key)))
}

fn due(tx: &mut Tx<'_>, ticket: Id) -> Result<Option<Ts>> {
    let found: Option<Option<Ts>> =
        on!(tx.conn(), |c| deadlines::table.find(ticket).select(deadlines::due_at).first(c).optional())?;
    Ok(found.flatten())
}
