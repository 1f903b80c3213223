//! To which ticket a message answers. Only a signature of ours tells, never a subject; and only to whoever takes part
//! in that ticket and sees it today (lessons 14, the ticket trick).

use super::parse::Letter;
use crate::access::Tx;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::mail::bounce;
use crate::mail::thread::{Named, Signer};
use crate::ticket::find::{self, TicketRef};
use crate::ticket::{Classification, watch};

/// What a message answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// It holds an id of ours, whosoever's.
    pub answers: bool,
    /// The ticket, if the sender may answer to it.
    pub ticket: Option<Id>,
    /// That ticket is secret, or the mail that is answered was.
    pub secret: bool,
    /// What that ticket is called, unless it is secret.
    pub subject: Option<String>,
}

/// Finds the thread; `tx` acts as the sender.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, signer: &Signer, letter: &Letter) -> Result<Thread> {
    let me = tx.actor.person()?;
    // The address that was written to is the nearest; a server adds it to each copy.
    let Some(named) = letter.sent_to.iter().chain(&letter.answers).find_map(|text| signer.read(text)) else {
        return Ok(Thread::default());
    };
    let (ticket, own, secret) = match named {
        Named::Ticket(ticket) => (Some(ticket), false, false),
        Named::Mail(id) => match bounce::mail(tx, id)? {
            Some(mail) => {
                let own = mail.person_id == Some(me);
                (mail.ticket_id, own, own && mail.secret)
            }
            None => (None, false, false),
        },
    };
    let none = Thread { answers: true, ticket: None, secret, subject: None };
    let Some(ticket) = ticket else { return Ok(none) };
    let ticket = match find::read(tx, &TicketRef::id(ticket)) {
        Ok(may) => may.into_inner(),
        Err(Error::NotFound | Error::Forbidden(_)) => return Ok(none),
        Err(error) => return Err(error),
    };
    // Of a whole desk that sees the ticket, those take part who were written to, work on it, or follow it.
    let takes_part = own
        || ticket.requester_id == me
        || ticket.assignee_id == Some(me)
        || watch::watchers(tx, ticket.id)?.contains(&me);
    let secret = secret || (takes_part && ticket.classification == Classification::Secret);
    let subject = (takes_part && !secret).then_some(ticket.subject);
    Ok(Thread { ticket: takes_part.then_some(ticket.id), secret, subject, ..none })
}
