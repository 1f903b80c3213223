//! Whether everything that is derived of clocks and deadlines is stored as it follows, ticket after ticket.

use super::Status;
use super::deadline;
use super::find::{TicketRef, find_quietly};
use crate::access::{Actor, Tx, act};
use crate::audit;
use crate::db::schema::{ticket_deadlines as deadlines, tickets};
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use crate::sla::board::Board;
use crate::sla::recompute::{self, Compared};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

/// A ticket that differs, and its region.
pub type Wrong = (Id, Id);

/// What one page of tickets came to.
#[derive(Debug, Default)]
pub struct Page {
    /// Tickets that were looked at.
    pub tickets: usize,
    /// The comparison.
    pub compared: Compared,
    /// Tickets with differences.
    pub wrong: Vec<Wrong>,
    /// Behind which ticket the next page begins; none after the last.
    pub next: Option<Id>,
}

type Row = (Id, Id, Id, Status, Option<Ts>);
type Kept = (Id, Id, Option<Ts>, Option<Ts>, Option<Ts>, Option<Ts>);

/// Compares the tickets behind `after`, at most `limit`. Memory holds one page.
pub fn page(tx: &mut Tx<'_>, after: Option<Id>, limit: i64) -> Result<Page> {
    let rows: Vec<Row> = on!(tx.conn(), |c| {
        let mut query = tickets::table
            .select((tickets::id, tickets::region_id, tickets::opd_id, tickets::status, tickets::resolved_at))
            .into_boxed::<Db>();
        if let Some(after) = after {
            query = query.filter(tickets::id.gt(after));
        }
        query.order(tickets::id).limit(limit).load(c)
    })?;
    let ids: Vec<Id> = rows.iter().map(|r| r.0).collect();
    let kept: Vec<Kept> = on!(tx.conn(), |c| deadlines::table.filter(deadlines::ticket_id.eq_any(&ids)).load(c))?;
    let mut page = Page { tickets: rows.len(), ..Page::default() };
    let summaries = recompute::compare(tx, &ids, &mut page.compared)?;
    let clocks: BTreeSet<Id> = page.compared.differences.iter().map(|d| d.row).collect();
    let mut wrong = recompute::tickets_of(tx, &clocks.into_iter().collect::<Vec<_>>())?;
    for (id, region, opd, status, resolved_at) in &rows {
        let summary = summaries.get(id).copied().unwrap_or_default();
        let close_at = match (status, resolved_at) {
            (Status::Resolved, Some(at)) => deadline::closes_after(tx, *region, *opd, *at)?,
            _ => None,
        };
        // Without a row nothing is foreseen.
        let (_, place, due, risk, breached, close) =
            kept.iter().find(|k| k.0 == *id).copied().unwrap_or((*id, *region, None, None, None, None));
        let (before, all) = (page.compared.differences.len(), &mut page.compared);
        all.value(*id, "ticket_deadlines.region_id", &place, region);
        all.value(*id, "ticket_deadlines.due_at", &due, &summary.due_at);
        all.value(*id, "ticket_deadlines.risk_at", &risk, &summary.risk_at);
        all.value(*id, "ticket_deadlines.breached_at", &breached, &summary.breached_at);
        all.value(*id, "ticket_deadlines.close_at", &close, &close_at);
        if all.differences.len() > before {
            wrong.insert(*id);
        }
    }
    page.wrong = rows.iter().filter(|r| wrong.contains(&r.0)).map(|r| (r.0, r.1)).collect();
    let is_full = i64::try_from(rows.len()).is_ok_and(|n| n >= limit);
    page.next = ids.last().copied().filter(|_| is_full);
    Ok(page)
}

/// Stores everything that is derived of a ticket anew; each one that is mended has its entry in the audit log.
pub fn mend(tx: &mut Tx<'_>, (ticket, region): Wrong) -> Result<()> {
    let now = tx.now;
    let mut tx = tx.acting_as(Actor::timer(region), now);
    let ticket = find_quietly::<act::KeepTime>(&mut tx, &TicketRef::id(ticket))?.into_inner();
    let mut board = Board::load(&mut tx, ticket.id)?;
    let summary = board.mend(&mut tx)?;
    deadline::store(&mut tx, ticket.id, region, summary)?;
    deadline::foresee_close(&mut tx, &ticket)?;
    let object = audit::Object { kind: "ticket", id: Some(ticket.id), region: Some(region) };
    audit::append(&mut tx, "sla.recompute", object, json!({}))
}
