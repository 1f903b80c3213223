//! Where one goes on from a ticket: back to the queue as it was filtered, or to what stands behind the ticket in it.

use super::answers;
use super::asked::{self, Asked};
use crate::access::{Role, Tx};
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::ticket::Ticket;
use crate::ticket::find::seen_by_number;
use crate::ticket::list::{Filter, list};
use crate::ticket::place::behind;

/// The ways on.
pub struct Way {
    /// The page itself, with the way back in its address.
    pub here: String,
    /// The way back as the address of a form has it.
    pub query: String,
    /// The queue as it was filtered, or the notices.
    pub back: String,
    /// The notices led here.
    pub is_told: bool,
    /// The canned answers, from where one comes back here.
    pub answers: String,
    /// What stands behind it in that queue: its place, and what it is called.
    pub next: Option<(String, String)>,
    /// Nothing stands behind it there.
    pub is_last: bool,
    /// Where the audit log tells of this ticket, for an auditor.
    pub log: Option<String>,
}

impl Way {
    /// From a ticket to which the queue led with the filter `from`; whoever works and has just `done` something goes on.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(tx: &mut Tx<'_>, ticket: &Ticket, from: &str, done: bool) -> Result<Self> {
        let from = Asked::of(from);
        let (words, way, bare) = (from.words(), from.way(), asked::bare(tx));
        let next = if goes_on(tx) && done { next(tx, ticket, &from)? } else { None };
        let here = asked::ticket(&ticket.number, &way);
        Ok(Self {
            answers: format!("/answers{}", answers::from(&here)),
            here,
            query: asked::from(&way),
            back: if words == bare { "/tickets".to_owned() } else { from.back() },
            is_told: !from.notices.is_empty(),
            is_last: goes_on(tx) && done && next.is_none() && !from.cursor.is_empty() && from.notices.is_empty(),
            next: next.map(|t| {
                let words = if words.is_empty() { &bare } else { &words };
                (asked::ticket(&t.number, words), format!("{} {}", t.number, t.subject))
            }),
            log: tx.actor.is(Role::Auditor).then(|| format!("/audit?object={}", ticket.number)),
        })
    }
}

/// Works through a queue.
fn goes_on(tx: &Tx<'_>) -> bool {
    [Role::Tier1, Role::Tier2, Role::Coordinator].into_iter().any(|role| tx.actor.is(role))
}

/// The way `from` which one came, with the ticket's place in that queue, before anything is done to it: an answer stops a
/// clock, and whoever then looked behind its new place would miss all that stood between. A place that is known stays; whoever
/// came by a mail, a notice or a number came from none.
///
/// # Errors
/// What the database says.
pub fn placed(tx: &mut Tx<'_>, number: &str, from: &str) -> Result<String> {
    let mut from = Asked::of(from);
    // What waits for advice need not be looked for to know its order.
    let order = Asked { tier: from.tier.replace(asked::ASKED, "1"), ..from.clone() };
    if goes_on(tx)
        && from.cursor.is_empty()
        && !from.words().is_empty()
        && !number.contains('\0')
        && let Some(filter) = filter(tx, &order)?
        && let Some(ticket) = seen_by_number(tx, &[number.to_owned()])?.first()
    {
        from.cursor = behind(tx, &filter, ticket)?.unwrap_or_default();
    }
    Ok(from.way())
}

/// What stands behind a ticket's place in a queue; if it has none, what stands first there besides.
fn next(tx: &mut Tx<'_>, ticket: &Ticket, from: &Asked) -> Result<Option<Ticket>> {
    let Some(filter) = filter(tx, from)? else { return Ok(None) };
    // The place among the notices is none in a queue.
    let cursor = Some(from.cursor.clone()).filter(|cursor| !cursor.is_empty() && from.notices.is_empty());
    let two = match list(tx, &filter, &Paging { limit: Some(2), cursor }) {
        // Written by hand, or for another order.
        Err(Error::Invalid(_)) => return Ok(None),
        two => two?.items,
    };
    Ok(two.into_iter().find(|other| other.id != ticket.id))
}

/// What the queue lists; none if no page of ours led here from there, or what fits best comes first, which is no order to
/// work through.
fn filter(tx: &mut Tx<'_>, from: &Asked) -> Result<Option<Filter>> {
    match from.filter(tx, false) {
        Ok(filter) if filter.q.is_some() && filter.sort.is_none() => Ok(None),
        Ok(filter) => Ok(Some(filter)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
