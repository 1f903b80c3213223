//! What time made due while nothing might happen: what the end of a quarantine sets going.

use super::deadline;
use crate::access::Tx;
use crate::db::schema::tickets;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use std::collections::HashMap;

/// Numbers of tickets of which something is due, and since when, the oldest first; at most `limit`. For the console,
/// which is told no more of them.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, limit: usize) -> Result<Vec<(String, Ts)>> {
    let (due, _) = deadline::due(tx, limit)?;
    let ids: Vec<Id> = due.iter().map(|one| one.ticket).collect();
    let numbers: Vec<(Id, String)> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::id.eq_any(&ids))
        .select((tickets::id, tickets::number))
        .load(c))?;
    let numbers: HashMap<Id, String> = numbers.into_iter().collect();
    Ok(due.iter().filter_map(|one| Some((numbers.get(&one.ticket)?.clone(), one.at))).take(limit).collect())
}
