//! Lists by time are read page by page while rows are added to them; whoever has gone past a place never sees what comes to
//! stand before it later. On PostgreSQL transactions may end in another order than that in which their requests came, on
//! several nodes and clocks. So whoever adds a row waits for the lock that all who add to this list wait for, and then lets
//! it stand behind the last one. An embedded database has one writer, who takes them as they come.

use super::find::LONGEST_WAIT;
use crate::access::Tx;
use crate::db::kept::Keep;
use crate::db::schema::{attachments, comments, tickets};
use crate::db::{Conn, Id, Ts};
use crate::error::Result;
use crate::org::Region;
use diesel::prelude::*;

/// Time and id of the last row with this `$key`, if the transaction's own time does not lie behind it anyway. What lies
/// further ahead than anybody waits was written by a clock that was wrong, and what has a past stands in it.
macro_rules! last {
    ($tx:expr, $rows:ident, $column:ident, $key:expr) => {{
        let (now, is_history) = ($tx.now, $tx.is_history);
        match $tx.conn() {
            Conn::Pg(c) if !is_history => $rows::table
                .filter($rows::$column.eq($key))
                .filter($rows::created_at.between(now, now.plus(LONGEST_WAIT)))
                .select(($rows::created_at, $rows::id))
                .order(($rows::created_at.desc(), $rows::id.desc()))
                .limit(1)
                .kept()
                .get_result::<(Ts, Id)>(&mut **c)
                .optional()?,
            _ => None,
        }
    }};
}

/// Lets the ticket that is opened now stand behind all others of the region, whose counter is held. In the year of its
/// number: where two years meet there are two counters.
pub(super) fn ticket(tx: &mut Tx<'_>, region: &Region) -> Result<()> {
    let year = region.year(tx.now);
    match last!(tx, tickets, region_id, region.id) {
        Some((at, id)) if region.year(at) == year => tx.stand_behind(at, id),
        _ => {}
    }
    Ok(())
}

/// Lets the comment that is written now stand behind all others of the ticket, which is held.
pub(super) fn comment(tx: &mut Tx<'_>, ticket: Id) -> Result<()> {
    if let Some((at, id)) = last!(tx, comments, ticket_id, ticket) {
        tx.stand_behind(at, id);
    }
    Ok(())
}

/// Lets the file that is added now stand behind all others of the ticket, which is held.
pub(super) fn file(tx: &mut Tx<'_>, ticket: Id) -> Result<()> {
    if let Some((at, id)) = last!(tx, attachments, ticket_id, ticket) {
        tx.stand_behind(at, id);
    }
    Ok(())
}
