//! What Tier 2 was asked about tickets that stayed where they are (L9), and has not answered yet.

use super::Ticket;
use super::scope::sees_internal;
use crate::access::{Role, Tx};
use crate::db::schema::{comments, handovers, tickets};
use crate::db::{Id, Json, Ts, one_of};
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
    let Some(region) = tx.actor.region.filter(|_| !ids.is_empty() && tx.actor.is(Role::Tier2)) else {
        return Ok(HashMap::new());
    };
    let between: Vec<(Id, String, Option<Id>, Ts, Json)> = on!(tx.conn(), |c| handovers::table
        .filter(one_of(handovers::ticket_id, &ids))
        .select((handovers::ticket_id, handovers::kind, handovers::by_id, handovers::at, handovers::words))
        .order((handovers::at, handovers::id))
        .load(c))?;
    let terms = grant::terms(tx, region, Role::Tier2)?;
    let answerers: Vec<Id> = terms.iter().map(|term| term.person).collect();
    let mut answers: Vec<(Id, Id, Ts)> = on!(tx.conn(), |c| comments::table
        .inner_join(tickets::table.on(tickets::id.eq(comments::ticket_id)))
        .filter(one_of(comments::ticket_id, &ids))
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
