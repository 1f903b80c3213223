//! Ties between tickets: related, duplicate of, caused by.

use super::Ticket;
use super::event::{Event, record};
use super::find::{self, TicketRef};
use super::list::Filter;
use crate::access::{May, Tx, act};
use crate::db::page::{Page, Paging};
use crate::db::schema::ticket_links as links;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::dsl::exists;
use diesel::prelude::*;

crate::text_enum! {
    /// How two tickets are tied.
    pub enum LinkKind {
        /// They have to do with each other.
        Related = "related",
        /// This one says what the other says.
        DuplicateOf = "duplicate_of",
        /// The other is behind this one.
        CausedBy = "caused_by",
    }
}

/// A tie as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
pub struct Link {
    /// Its id.
    pub id: Id,
    /// From.
    pub ticket_id: Id,
    /// To.
    pub other_id: Id,
    /// How.
    pub kind: LinkKind,
    /// Who tied them.
    pub by_id: Id,
    /// When.
    pub at: Ts,
}

/// Ties the ticket to another that the actor sees too.
///
/// # Errors
/// 409 if they are tied so already, from whichever end; 422 for a ticket that he does not see, or the same one.
pub fn tie(tx: &mut Tx<'_>, ticket: May<act::Link, Ticket>, kind: LinkKind, other: &TicketRef) -> Result<Link> {
    let ticket = ticket.into_inner();
    let other = match find::read(tx, other) {
        Ok(other) => other.into_inner(),
        Err(Error::NotFound) => return Err(Error::invalid("/ticket", say!("link.unknown"))),
        Err(e) => return Err(e),
    };
    if other.id == ticket.id {
        return Err(Error::invalid("/ticket", say!("link.self")));
    }
    // Whoever ties them from the other end waits for this commit, or has committed.
    held(tx, other.id)?;
    let back = links::ticket_id.eq(other.id).and(links::other_id.eq(ticket.id)).and(links::kind.eq(kind));
    // The same tie, or its contrary.
    if on!(tx.conn(), |c| diesel::select(exists(links::table.filter(back))).get_result(c))? {
        return Err(Error::Conflict(say!("link.exists")));
    }
    let link =
        Link { id: tx.new_id(), ticket_id: ticket.id, other_id: other.id, kind, by_id: tx.actor.person()?, at: tx.now };
    on!(tx.conn(), |c| diesel::insert_into(links::table).values(&link).execute(c))?;
    record(tx, &ticket, &Event::Linked { kind: kind.text(), other: other.id })?;
    Ok(link)
}

/// The other end, which the actor sees, locked.
fn held(tx: &mut Tx<'_>, id: Id) -> Result<Ticket> {
    Ok(find::find_quietly::<act::Read>(tx, &TicketRef::id(id))?.into_inner())
}

impl Tied {
    /// The other is a report of what the ticket with this id is about: of what it caused, or of the same once more.
    #[must_use]
    pub fn reports(&self, id: Id) -> bool {
        self.link.other_id == id && self.link.kind != LinkKind::Related
    }
}

/// Narrows `filter` to the reports of what the ticket `main` is about; to nothing, if the actor does not see that one.
///
/// # Errors
/// The database's.
pub fn reports_of(tx: &mut Tx<'_>, main: &TicketRef, filter: &mut Filter) -> Result<()> {
    filter.tied_to = find::seen(tx, main)?;
    if filter.tied_to.is_none() {
        filter.among = Some(Vec::new());
    }
    Ok(())
}

/// Unties, from either end. The time line that told of the tie tells of its end.
///
/// # Errors
/// 404 if there is no such tie of this ticket to one that the actor sees.
pub fn untie(tx: &mut Tx<'_>, ticket: May<act::Link, Ticket>, id: Id) -> Result<()> {
    let ticket = ticket.into_inner();
    let Tied { link, other } =
        seen(tx, ticket.id)?.into_iter().find(|tied| tied.link.id == id).ok_or(Error::NotFound)?;
    if on!(tx.conn(), |c| diesel::delete(links::table.find(id)).execute(c))? == 0 {
        return Err(Error::NotFound);
    }
    if link.ticket_id == ticket.id {
        return record(tx, &ticket, &Event::Unlinked { other: other.id });
    }
    let from = held(tx, other.id)?;
    record(tx, &from, &Event::Unlinked { other: ticket.id })
}

/// A tie, and the other ticket, which the actor sees too.
#[derive(Debug, Clone)]
pub struct Tied {
    /// The tie.
    pub link: Link,
    /// The other ticket.
    pub other: Ticket,
}

/// The ties of a ticket to others that the actor sees too, oldest first.
pub fn list(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<Tied>> {
    let all = seen(tx, ticket)?;
    find::witness_listed(tx, all.iter().map(|tied| &tied.other));
    Ok(all)
}

/// As [`list`], by pages.
///
/// # Errors
/// 422 for a cursor that is none.
pub fn page(tx: &mut Tx<'_>, ticket: Id, paging: &Paging) -> Result<Page<Tied>> {
    let page = Page::of(seen(tx, ticket)?, paging, |tied| (tied.link.at, tied.link.id))?;
    find::witness_listed(tx, page.items.iter().map(|tied| &tied.other));
    Ok(page)
}

fn seen(tx: &mut Tx<'_>, ticket: Id) -> Result<Vec<Tied>> {
    let ties: Vec<Link> = on!(tx.conn(), |c| links::table
        .filter(links::ticket_id.eq(ticket).or(links::other_id.eq(ticket)))
        .select(Link::as_select())
        .order((links::at, links::id))
        .load(c))?;
    let others: Vec<Id> = ties.iter().map(|l| if l.ticket_id == ticket { l.other_id } else { l.ticket_id }).collect();
    let seen = find::seen_among(tx, &others)?;
    let with_other = |(link, other): (Link, Id)| Some(Tied { link, other: seen.get(&other)?.clone() });
    Ok(ties.into_iter().zip(others).filter_map(with_other).collect())
}
