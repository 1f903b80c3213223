//! What is kept from whoever does not see a ticket: what the audit log told of it before it became secret, and that
//! another one is tied to it.

use super::find;
use crate::access::Tx;
use crate::audit::store::Stored;
use crate::db::schema::events;
use crate::db::{Id, Json, fixed};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use serde_json::Value;

/// Events that name another ticket: word for word the condition of the index `events_ties`, which is what shows it to the
/// planner.
const TIES: &str = "kind IN ('linked', 'unlinked')";

/// These entries as the actor may read them: of a ticket that is secret now, and not for him, that it was acted on, and no more.
///
/// # Errors
/// What the database says.
pub fn over(tx: &mut Tx<'_>, entries: Vec<Stored>) -> Result<Vec<Stored>> {
    let mut about: Vec<Id> = entries.iter().filter_map(ticket_told).collect();
    about.sort();
    about.dedup();
    let hidden = find::secret_from(tx, &about)?;
    let veiled = |entry: Stored| match ticket_told(&entry) {
        Some(ticket) if hidden.contains(&ticket) => entry.withheld(),
        _ => entry,
    };
    Ok(entries.into_iter().map(veiled).collect())
}

/// The ticket of which an entry tells more than its version.
fn ticket_told(entry: &Stored) -> Option<Id> {
    let ticket = entry.object_id.filter(|_| entry.object_type == "ticket")?;
    let detail: Value = serde_json::from_str(&entry.detail).ok()?;
    detail.as_object()?.keys().any(|name| name != "version").then_some(ticket)
}

/// The lines of a ticket's time line that name a ticket which the actor does not see.
pub(super) fn ties(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<Id>> {
    let ties: Vec<(Id, Json)> = on!(tx.conn(), |c| events::table
        .filter(events::ticket_id.eq(ticket))
        .filter(fixed(TIES))
        .select((events::id, events::staff_data))
        .load(c))?;
    let other = |data: &Json| data.0.get("ticket").and_then(Value::as_str).and_then(|id| id.parse::<Id>().ok());
    let others: Vec<Id> = ties.iter().filter_map(|(_, data)| other(data)).collect();
    let seen = find::seen_among(tx, &others)?;
    let is_unseen = |data: &Json| other(data).is_some_and(|id| !seen.contains_key(&id));
    Ok(ties.into_iter().filter(|(_, data)| is_unseen(data)).map(|(line, _)| line).collect())
}
