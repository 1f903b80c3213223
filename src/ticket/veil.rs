//! What the audit log told of a ticket before it became secret: kept from whoever does not see it now.

use super::find;
use crate::access::Tx;
use crate::audit::store::Stored;
use crate::db::Id;
use crate::error::Result;
use serde_json::Value;

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
