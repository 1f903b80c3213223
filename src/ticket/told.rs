//! Which clocks' levels were told of tickets, for whoever was told of one: a notice names only what kind of news it is.

use super::Ticket;
use super::scope::sees_internal;
use crate::access::Tx;
use crate::db::schema::events;
use crate::db::{Id, Json, Ts, one_of};
use crate::error::Result;
use crate::on;
use crate::sla::{Metric, level};
use diesel::prelude::*;
use serde_json::Value;

/// The kinds of notices that tell of a level: before the target, at it and beyond it ([`Event::notice`]).
///
/// [`Event::notice`]: super::event::Event::notice
pub const KINDS: [&str; 3] = ["warned", "breached", "overdue"];

/// A level that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Of which ticket.
    pub ticket: Id,
    /// When it was told.
    pub at: Ts,
    /// Kind of the notices that tell of it: one of [`KINDS`].
    pub kind: &'static str,
    /// What the clock measures.
    pub metric: Metric,
}

/// The levels that were told of these tickets, as far as the actor reads what is for their staff; or reported the trouble
/// himself, for he reads its clocks.
///
/// # Errors
/// What the database says.
pub fn levels<'a>(tx: &mut Tx<'_>, tickets: impl IntoIterator<Item = &'a Ticket>) -> Result<Vec<Level>> {
    let me = tx.actor.person;
    let reads_clocks = |t: &&Ticket| me == Some(t.requester_id) || sees_internal(tx, t);
    let ids: Vec<Id> = tickets.into_iter().filter(reads_clocks).map(|t| t.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Id, Ts, String, Json)> = on!(tx.conn(), |c| events::table
        .filter(one_of(events::ticket_id, &ids))
        .filter(events::kind.eq("warned").or(events::kind.eq("breached")))
        .select((events::ticket_id, events::at, events::kind, events::staff_data))
        .order((events::at, events::id))
        .load(c))?;
    let told = |(ticket, at, kind, data): (Id, Ts, String, Json)| {
        let word = |name: &str| data.0.get(name).and_then(Value::as_str);
        let [warned, breached, overdue] = KINDS;
        let kind = match kind.as_str() {
            "breached" => breached,
            _ if word("level").is_some_and(level::Level::is_reminder_by_name) => overdue,
            _ => warned,
        };
        Some(Level { ticket, at, kind, metric: word("metric").and_then(Metric::from_text)? })
    };
    Ok(rows.into_iter().filter_map(told).collect())
}
