//! What is new, for pages that stand open: which tickets something happened to, as each reader may know of it.

use super::Visibility;
use super::find::seen_among;
use super::scope::sees_internal;
use crate::access::Tx;
use crate::db::schema::events;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Events that are looked at together; of more, a page learns the newest.
const MOST: i64 = 2000;

/// Something that happened, before it is known who may learn of it.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Happened {
    /// The event.
    pub id: Id,
    /// To which ticket.
    pub ticket: Id,
    /// When.
    pub at: Ts,
    /// For whom.
    pub visibility: Visibility,
}

/// What happened anywhere after `since`. Nobody is told this as it is: see [`for_reader`].
pub fn happened(tx: &mut Tx<'_>, since: Ts) -> Result<Vec<Happened>> {
    Ok(on!(tx.conn(), |c| events::table
        .filter(events::at.gt(since))
        .select((events::id, events::ticket_id, events::at, events::visibility))
        .order((events::at.desc(), events::id.desc()))
        .limit(MOST)
        .load(c))?)
}

/// Id and version of each ticket of which the actor may know that something happened: he sees it, and the event was
/// not only for staff where he is the requester.
pub fn for_reader(tx: &mut Tx<'_>, happened: &[Happened]) -> Result<Vec<(Id, i32)>> {
    let ids: Vec<Id> = happened.iter().map(|h| h.ticket).collect::<BTreeSet<_>>().into_iter().collect();
    let mut seen = seen_among(tx, &ids)?;
    seen.retain(|id, ticket| {
        let public = happened.iter().any(|h| h.ticket == *id && h.visibility == Visibility::Public);
        public || sees_internal(tx, ticket)
    });
    let mut told: Vec<(Id, i32)> = seen.into_values().map(|ticket| (ticket.id, ticket.version)).collect();
    told.sort();
    Ok(told)
}
