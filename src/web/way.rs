//! Where one goes on from a ticket: back to the queue as it was filtered, or to what stands first in it.

use super::asked::{self, Asked};
use super::frame::Frame;
use crate::access::{Role, Tx};
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::ticket::Ticket;
use crate::ticket::list::list;

/// The ways on.
pub struct Way {
    /// The page itself, with the way back in its address.
    pub here: String,
    /// The way back as the address of a form has it.
    pub query: String,
    /// The queue as it was filtered.
    pub back: String,
    /// What stands first in that queue besides: its place, and what it is called.
    pub next: Option<(String, String)>,
    /// Where the audit log tells of this ticket, for an auditor.
    pub log: Option<String>,
}

impl Way {
    /// From a ticket to which the queue led with the filter `from`; whoever works and has just `done` something goes on.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(tx: &mut Tx<'_>, frame: &Frame, ticket: &Ticket, from: &str, done: bool) -> Result<Self> {
        let from = Asked::of(from);
        let words = from.words();
        let acts = frame.works || tx.actor.is(Role::Coordinator);
        let next = if acts && done { first(tx, ticket, &from)? } else { None };
        Ok(Self {
            here: asked::ticket(&ticket.number, &words),
            query: asked::from(&words),
            back: from.address(),
            next: next.map(|t| (asked::ticket(&t.number, &words), format!("{} {}", t.number, t.subject))),
            log: tx.actor.is(Role::Auditor).then(|| format!("/audit?object={}", ticket.number)),
        })
    }
}

/// The first ticket of a queue that is not this one.
fn first(tx: &mut Tx<'_>, ticket: &Ticket, from: &Asked) -> Result<Option<Ticket>> {
    let filter = match from.filter(tx, false) {
        Ok(filter) => filter,
        // No page of ours led here from there.
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let two = list(tx, &filter, &Paging { limit: Some(2), cursor: None })?.items;
    Ok(two.into_iter().find(|other| other.id != ticket.id))
}
