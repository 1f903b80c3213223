//! What reports need of tickets: no words, no people but the assignee, and only of tickets that the actor sees.

use super::Status;
use super::scope::Scope;
use crate::access::Tx;
use crate::catalog::words::Priority;
use crate::db::behind::above;
use crate::db::schema::{events, tickets};
use crate::db::{Id, Json, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use serde_json::Value;
use std::collections::HashMap;

/// A ticket as a report counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its id.
    pub id: Id,
    /// The requester's organisation.
    pub opd: Id,
    /// The service it is about.
    pub service: Option<Id>,
    /// Its priority.
    pub priority: Priority,
    /// At which desk it lies now.
    pub tier: i32,
    /// Who works on it now.
    pub assignee: Option<Id>,
    /// It was given up.
    pub cancelled: bool,
    /// When it was opened.
    pub opened_at: Ts,
    /// What moved it, oldest first.
    pub steps: Vec<Step>,
    /// The stars that its requester gave, each time that he closed it, and when.
    pub rated: Vec<(Ts, i32)>,
}

/// A move of a ticket that reports count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Ts,
    /// What.
    pub kind: StepKind,
}

crate::text_enum! {
    /// Moves that reports count, by the names of their events.
    pub enum StepKind {
        /// Handed to Tier 2.
        Escalated = "escalated",
        /// Handed back to Tier 1.
        Returned = "returned",
        /// Solved.
        Resolved = "resolved",
        /// Taken up again.
        Reopened = "reopened",
        /// Given up.
        Cancelled = "cancelled",
    }
}

impl Figure {
    /// At which desk it lay at an instant; at the instant of a hand-over, where it went.
    #[must_use]
    pub fn tier_at(&self, at: Ts) -> i32 {
        let across = |s: &&Step| matches!(s.kind, StepKind::Escalated | StepKind::Returned);
        let to = |s: &Step| if s.kind == StepKind::Escalated { 2 } else { 1 };
        let before = self.steps.iter().filter(across).rfind(|s| s.at <= at);
        let after = self.steps.iter().filter(across).find(|s| s.at > at);
        match (before, after) {
            (Some(last), _) => to(last),
            // It came from the other desk.
            (None, Some(next)) => 3 - to(next),
            (None, None) => self.tier,
        }
    }

    /// `true` if it was unfinished at an instant.
    #[must_use]
    pub fn was_open_at(&self, at: Ts) -> bool {
        let ends = |s: &&Step| matches!(s.kind, StepKind::Resolved | StepKind::Reopened | StepKind::Cancelled);
        let last = self.steps.iter().filter(ends).rfind(|s| s.at <= at);
        self.opened_at <= at && last.is_none_or(|s| s.kind == StepKind::Reopened)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tickets)]
struct Row {
    id: Id,
    opd_id: Id,
    service_id: Option<Id>,
    priority: Priority,
    tier: i32,
    assignee_id: Option<Id>,
    status: Status,
    created_at: Ts,
    updated_at: Ts,
}

/// Where a page ended: time of change or of opening, and the ticket.
pub type Key = (Ts, Id);

/// Of which tickets a report tells: each ticket is one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Changed since its beginning.
    Moved,
    /// In this state, and not changed since.
    Waiting(Status),
}

impl Part {
    /// All of them. A state each, because only then both databases read just those off the index.
    pub const ALL: [Self; 4] =
        [Self::Moved, Self::Waiting(Status::New), Self::Waiting(Status::InProgress), Self::Waiting(Status::Pending)];
}

/// What a report tells of.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// First instant.
    pub from: Ts,
    /// First instant after it.
    pub until: Ts,
    /// Of this organisation alone.
    pub opd: Option<Id>,
}

/// The next `limit` tickets after a key, by time of change or of opening, that the actor sees and a report on this span
/// counts: opened before its end, and unfinished or changed since its beginning. With the key of the last. Each part is
/// one stretch of an index, however many tickets there are besides, and each page begins in it where the last one ended.
pub fn page(
    tx: &mut Tx<'_>,
    part: Part,
    span: Span,
    after: Option<Key>,
    limit: i64,
) -> Result<(Vec<Figure>, Option<Key>)> {
    let Span { from, until, opd } = span;
    let (conn, actor) = tx.scoped();
    let rows: Vec<Row> = on!(conn, |c| {
        let mut query = tickets::table
            .filter(<Db as Scope>::visible_to(actor))
            .filter(tickets::created_at.lt(until))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some(opd) = opd {
            query = query.filter(tickets::opd_id.eq(opd));
        }
        match part {
            Part::Moved => {
                let order = (tickets::updated_at, tickets::id);
                // Of two beginnings of a range a planner takes the first it is told, so only the later one is said.
                query = match after {
                    None => query.filter(tickets::updated_at.ge(from)),
                    Some(key) => query.filter(above(order, key)),
                };
                query.order(order).limit(limit).load(c)
            }
            Part::Waiting(status) => {
                let order = (tickets::created_at, tickets::id);
                query = query.filter(tickets::updated_at.lt(from)).filter(tickets::status.eq(status));
                if let Some(key) = after {
                    query = query.filter(above(order, key));
                }
                query.order(order).limit(limit).load(c)
            }
        }
    })?;
    let key = |row: &Row| (if part == Part::Moved { row.updated_at } else { row.created_at }, row.id);
    let last = rows.last().map(key);
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let (mut steps, mut rated) = (steps(tx, &ids)?, rated(tx, &ids)?);
    let told = |row: Row| Figure {
        id: row.id,
        opd: row.opd_id,
        service: row.service_id,
        priority: row.priority,
        tier: row.tier,
        assignee: row.assignee_id,
        cancelled: row.status == Status::Cancelled,
        opened_at: row.created_at,
        steps: steps.remove(&row.id).unwrap_or_default(),
        rated: rated.remove(&row.id).unwrap_or_default(),
    };
    Ok((rows.into_iter().map(told).collect(), last))
}

fn steps(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Vec<Step>>> {
    let kinds: Vec<&str> = StepKind::ALL.iter().map(|k| k.text()).collect();
    let rows: Vec<(Id, Ts, StepKind)> = on!(tx.conn(), |c| events::table
        .filter(events::ticket_id.eq_any(ids).and(events::kind.eq_any(&kinds)))
        .select((events::ticket_id, events::at, events::kind))
        // By the version first, for neither clocks nor ids of two transactions say which came first.
        .order((events::ticket_id, events::version, events::at, events::id))
        .load(c))?;
    let mut all: HashMap<Id, Vec<Step>> = HashMap::new();
    for (ticket, at, kind) in rows {
        all.entry(ticket).or_default().push(Step { at, kind });
    }
    Ok(all)
}

/// From the time line, which keeps what was given: the row of a ticket's rating holds the last one alone.
fn rated(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Vec<(Ts, i32)>>> {
    let rows: Vec<(Id, Ts, Json)> = on!(tx.conn(), |c| events::table
        .inner_join(tickets::table.on(tickets::id.eq(events::ticket_id)))
        .filter(events::ticket_id.eq_any(ids).and(events::kind.eq("closed")))
        // Whoever closes for him may leave stars too; they are not his.
        .filter(events::actor_id.eq(tickets::requester_id.nullable()))
        .select((events::ticket_id, events::at, events::data))
        .load(c))?;
    let mut all: HashMap<Id, Vec<(Ts, i32)>> = HashMap::new();
    for (ticket, at, data) in rows {
        let stars = data.0.get("rating").and_then(Value::as_i64).and_then(|stars| i32::try_from(stars).ok());
        all.entry(ticket).or_default().extend(stars.map(|stars| (at, stars)));
    }
    Ok(all)
}
