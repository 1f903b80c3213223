//! What somebody was asked and has not answered yet: Tier 2 about tickets that stayed where they are (L9), and a requester
//! about his own.

use super::scope::{Scope, sees_internal};
use super::{PendingReason, Status, Ticket, Visibility};
use crate::access::{Role, Tx};
use crate::db::schema::{comments, handovers, tickets};
use crate::db::{Id, Json, Ts, fixed, one_of};
use crate::error::Result;
use crate::on;
use crate::org::grant;
use diesel::prelude::*;
use serde_json::Value;
use std::collections::HashMap;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who asked.
    pub by: Option<Id>,
    /// What.
    pub text: String,
}

/// The last question of each of these tickets that waits for the actor's desk: he serves Tier 2, the ticket is open at
/// Tier 1, and since then nobody who served Tier 2 when he wrote has written, but for whoever asked or reported the
/// trouble, nor had Tier 2 the ticket itself. Costs nothing where there is none.
///
/// # Errors
/// What the database says.
pub fn waiting(tx: &mut Tx<'_>, tickets: &[&Ticket]) -> Result<HashMap<Id, Question>> {
    // Of his own ticket nobody learns that it was talked about, whatever else he is.
    let waits = |t: &&&Ticket| t.consulted && t.tier == 1 && t.status.is_open() && sees_internal(tx, t);
    let ids: Vec<Id> = tickets.iter().filter(waits).map(|t| t.id).collect();
    unanswered(tx, &ids)
}

/// The last question of each of these, if nobody has answered it.
fn unanswered(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Question>> {
    let Some(region) = tx.actor.region.filter(|_| !ids.is_empty() && tx.actor.is(Role::Tier2)) else {
        return Ok(HashMap::new());
    };
    let between: Vec<(Id, String, Option<Id>, Ts, Json)> = on!(tx.conn(), |c| handovers::table
        .filter(one_of(handovers::ticket_id, ids))
        .select((handovers::ticket_id, handovers::kind, handovers::by_id, handovers::at, handovers::words))
        .order((handovers::at, handovers::id))
        .load(c))?;
    let terms = grant::terms(tx, region, Role::Tier2)?;
    let answerers: Vec<Id> = terms.iter().map(|term| term.person).collect();
    let mut answers: Vec<(Id, Id, Ts)> = on!(tx.conn(), |c| comments::table
        .inner_join(tickets::table.on(tickets::id.eq(comments::ticket_id)))
        .filter(one_of(comments::ticket_id, ids))
        .filter(one_of(comments::author_id, &answerers).and(comments::author_id.ne(tickets::requester_id)))
        .select((comments::ticket_id, comments::author_id, comments::created_at))
        .load(c))?;
    // Whoever has left since has answered all the same.
    answers.retain(|(_, author, when)| terms.iter().any(|term| term.person == *author && term.holds(*when)));
    let mut open = HashMap::new();
    for (ticket, kind, by, at, words) in between {
        let text = words.0.get("question").and_then(Value::as_str).unwrap_or_default().to_owned();
        let ends = |(of, author, when): &(Id, Id, Ts)| *of == ticket && *when > at && Some(*author) != by;
        let is_over = kind != "consult" || answers.iter().any(ends);
        if is_over {
            open.remove(&ticket);
        } else {
            open.insert(ticket, Question { by, text });
        }
    }
    Ok(open)
}

/// The tickets that wait for advice of the actor's desk, as [`waiting`] says of each.
///
/// # Errors
/// What the database says.
pub fn waiting_here(tx: &mut Tx<'_>) -> Result<Vec<Id>> {
    let Some(me) = tx.actor.person.filter(|_| tx.actor.is(Role::Tier2)) else { return Ok(Vec::new()) };
    let (conn, actor) = tx.scoped();
    // Whoever sees somebody else's ticket reads what is for staff of it.
    let asked: Vec<Id> = on!(conn, |c| tickets::table
        .filter(<Db as Scope>::visible_to(actor))
        .filter(fixed(Status::OPEN_SQL))
        .filter(tickets::tier.eq(1).and(tickets::consulted.eq(true)).and(tickets::requester_id.ne(me)))
        .select(tickets::id)
        .load(c))?;
    Ok(unanswered(tx, &asked)?.into_keys().collect())
}

/// The ticket waits for its requester's answer.
#[must_use]
pub fn waits_for_requester(ticket: &Ticket) -> bool {
    ticket.status == Status::Pending && matches!(ticket.pending_reason, None | Some(PendingReason::Requester))
}

/// What the actor was asked about those of these tickets that are his own and wait for him: the last words that he reads
/// there, unless he wrote them himself.
///
/// # Errors
/// What the database says.
pub fn to_requester(tx: &mut Tx<'_>, tickets: &[&Ticket]) -> Result<HashMap<Id, Question>> {
    let me = tx.actor.person()?;
    let waits = |t: &&&Ticket| t.requester_id == me && waits_for_requester(t);
    let ids: Vec<Id> = tickets.iter().filter(waits).map(|t| t.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let said: Vec<(Id, Id, Id)> = on!(tx.conn(), |c| comments::table
        .filter(one_of(comments::ticket_id, &ids))
        .filter(comments::visibility.eq(Visibility::Public))
        .select((comments::ticket_id, comments::id, comments::author_id))
        .order((comments::created_at, comments::id))
        .load(c))?;
    // Of each ticket the last one stays.
    let last: HashMap<Id, (Id, Id)> = said.into_iter().map(|(ticket, id, author)| (ticket, (id, author))).collect();
    let asked: Vec<Id> = last.into_values().filter(|(_, author)| *author != me).map(|(id, _)| id).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let words: Vec<(Id, Id, String)> = on!(tx.conn(), |c| comments::table
        .filter(one_of(comments::id, &asked))
        .select((comments::ticket_id, comments::author_id, comments::body))
        .load(c))?;
    Ok(words.into_iter().map(|(ticket, by, text)| (ticket, Question { by: Some(by), text })).collect())
}
