//! Clocks whose next level has been reached.

use crate::access::Tx;
use crate::db::schema::sla_clocks as clocks;
use crate::db::{Id, Swept, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// Instant, clock, ticket and region of each level that was reached by `now` and is not told, the oldest first.
pub fn clocks(tx: &mut Tx<'_>, now: Ts, limit: i64) -> Result<Vec<(Ts, Id, Id, Id)>> {
    let rows: Vec<(Option<Swept>, Id, Id, Id)> = on!(tx.conn(), |c| clocks::table
        .filter(clocks::next_at.is_not_null().and(clocks::next_at.le(now)))
        .select((clocks::next_at, clocks::id, clocks::ticket_id, clocks::region_id))
        .order(clocks::next_at)
        .limit(limit)
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(at, clock, ticket, region)| Some((at?.0, clock, ticket, region))).collect())
}
