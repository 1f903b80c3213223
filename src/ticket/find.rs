//! Finding one ticket for one act: locked, visible, permitted, at the expected version; in that order.

use super::scope::Scope;
use super::{Classification, Ticket};
use crate::access::{Act, May, Role, Tx, act, check};
use crate::audit;
use crate::db::kept::{Keep, change};
use crate::db::schema::tickets;
use crate::db::{Expected, Id, ahead, columns};
use crate::error::{Error, Result};
use crate::{on, unheld};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// No request waits for longer. What lies further ahead was written by a clock that was wrong.
pub(super) const LONGEST_WAIT: Duration = ahead::APART;

/// A ticket as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRef {
    /// Its id or its number.
    pub name: Name,
    /// The versions that `If-Match` names.
    pub expected: Expected,
}

/// The two names of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By id.
    Id(Id),
    /// By number.
    Number(String),
}

impl TicketRef {
    /// Reads an id or a number; whatever else it is names no ticket.
    #[must_use]
    pub fn parse(text: &str, expected: Option<i32>) -> Self {
        Self::at(text, expected.into())
    }

    /// The same, at one of several versions.
    #[must_use]
    pub fn at(text: &str, expected: Expected) -> Self {
        let name = text.parse().map_or_else(|_| Name::Number(text.to_ascii_uppercase()), Name::Id);
        Self { name, expected }
    }

    /// The same ticket, whatever its version.
    #[must_use]
    pub fn at_any_version(&self) -> Self {
        Self { name: self.name.clone(), expected: Expected::any() }
    }

    /// The ticket with this id, at any version.
    #[must_use]
    pub fn id(id: Id) -> Self {
        Self { name: Name::Id(id), expected: Expected::any() }
    }
}

/// The ticket that `which` names, for a change. Changing the version first locks the row on both databases, and gives
/// the fresh row and the visibility in the same statement.
///
/// # Errors
/// 404 for one that the actor does not see, 403 for an act he may not do, 412 for another version.
pub fn find<A: Act>(tx: &mut Tx<'_>, which: &TicketRef) -> Result<May<A, Ticket>> {
    lock(tx, which, 1)
}

/// As [`find`], for an act that the requester must not notice: the version stays.
pub fn find_quietly<A: Act>(tx: &mut Tx<'_>, which: &TicketRef) -> Result<May<A, Ticket>> {
    lock(tx, which, 0)
}

fn lock<A: Act>(tx: &mut Tx<'_>, which: &TicketRef, step: i32) -> Result<May<A, Ticket>> {
    let (conn, actor) = tx.scoped();
    let ticket = on!(conn, |c| {
        let visible = <Db as Scope>::visible_to(actor);
        let set = tickets::version.eq(tickets::version + step);
        let found = match &which.name {
            Name::Id(id) => diesel::update(tickets::table.filter(tickets::id.eq(*id)))
                .filter(visible)
                .set(set)
                .returning(Ticket::as_returning())
                .kept()
                .get_result(c),
            Name::Number(number) => diesel::update(tickets::table.filter(tickets::number.eq(number)))
                .filter(visible)
                .set(set)
                .returning(Ticket::as_returning())
                .kept()
                .get_result(c),
        };
        found.optional()
    })?
    .ok_or(Error::NotFound)?;
    follow(tx, &ticket);
    let may = check::<A, _>(&tx.actor, ticket)?;
    // A precondition is asked of whoever may do it at all (RFC 9110, 13.2.1).
    which.expected.check(may.get().version - step)?;
    Ok(may)
}

/// Takes back the step of the version with which [`find`] locked a ticket: nothing has changed.
pub(super) fn untouched(tx: &mut Tx<'_>, mut ticket: Ticket) -> Result<Ticket> {
    ticket.version -= 1;
    let (id, version) = (ticket.id, ticket.version);
    on!(tx.conn(), |c| change(c, diesel::update(tickets::table.find(id)).set(tickets::version.eq(version))))?;
    Ok(ticket)
}

/// Lets what happens to a locked ticket happen after what has happened to it, however long its row was waited for. The
/// timers, who are never early, go by their own time.
pub(super) fn follow(tx: &mut Tx<'_>, ticket: &Ticket) {
    let last = ticket.updated_at;
    if !tx.actor.timer && tx.now < last && last <= tx.now.plus(LONGEST_WAIT) {
        tx.now = last;
    }
}

/// `true` if nobody else holds the ticket's row, which is then held here.
pub(super) fn is_free(tx: &mut Tx<'_>, id: Id) -> Result<bool> {
    let free: Vec<Id> = unheld!(tx.conn(), tickets::table.find(id).select(tickets::id))?;
    Ok(!free.is_empty())
}

/// The ticket that `which` names, for reading. Of a secret one the audit log tells who read it.
///
/// # Errors
/// 404 for one that the actor does not see.
pub fn read(tx: &mut Tx<'_>, which: &TicketRef) -> Result<May<act::Read, Ticket>> {
    let (conn, actor) = tx.scoped();
    let ticket = on!(conn, |c| {
        let visible = <Db as Scope>::visible_to(actor);
        let query = tickets::table.filter(visible).select(columns(Ticket::as_select()));
        match &which.name {
            Name::Id(id) => query.filter(tickets::id.eq(*id)).kept().get_result(c),
            Name::Number(number) => query.filter(tickets::number.eq(number)).kept().get_result(c),
        }
        .optional()
    })?
    .ok_or(Error::NotFound)?;
    let ticket = check(&tx.actor, ticket)?;
    if ticket.get().classification == Classification::Secret {
        let Ticket { id, region_id, .. } = *ticket.get();
        let object = audit::Object { kind: "ticket", id: Some(id), region: Some(region_id) };
        audit::witness(tx, "ticket.read_secret", object, json!({}));
    }
    Ok(ticket)
}

/// The id of the ticket that `which` names, if the actor sees it. Of what it says nothing is read.
pub fn seen(tx: &mut Tx<'_>, which: &TicketRef) -> Result<Option<Id>> {
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let seen = tickets::table.filter(<Db as Scope>::visible_to(actor)).select(tickets::id);
        match &which.name {
            Name::Id(id) => seen.filter(tickets::id.eq(*id)).first(c),
            Name::Number(number) => seen.filter(tickets::number.eq(number)).first(c),
        }
        .optional()
    })?)
}

/// `true` if the actor sees a ticket with this number.
pub fn is_there(tx: &mut Tx<'_>, number: &str) -> Result<bool> {
    let which = TicketRef { name: Name::Number(number.to_owned()), expected: Expected::any() };
    Ok(seen(tx, &which)?.is_some())
}

/// Notes what an auditor looks for (P8).
pub fn witness_sought(tx: &Tx<'_>, text: &str) {
    if tx.actor.is(Role::Auditor) {
        let object = audit::Object { kind: "ticket", id: None, region: tx.actor.region };
        audit::witness(tx, "ticket.search", object, json!({ "q": text }));
    }
}

/// Notes to whom words of secret tickets of others were shown in a list: one entry for all of them, by their ids, as the
/// auditor learns no number. What the program lists for itself has no session.
pub fn witness_listed<'a>(tx: &Tx<'_>, shown: impl IntoIterator<Item = &'a Ticket>) {
    let is_others = |t: &&Ticket| t.classification == Classification::Secret && Some(t.requester_id) != tx.actor.person;
    let ids: Vec<Id> = shown.into_iter().filter(is_others).map(|ticket| ticket.id).collect();
    if !ids.is_empty() && tx.actor.session.is_some() {
        let object = audit::Object { kind: "ticket", id: None, region: tx.actor.region };
        audit::witness(tx, "ticket.list_secret", object, json!({ "tickets": ids }));
    }
}

/// Those of `ids` that name a ticket which is secret now, and which the actor does not see.
pub(super) fn secret_from(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashSet<Id>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let secret: Vec<Id> = on!(tx.conn(), |c| tickets::table
        .filter(tickets::id.eq_any(ids).and(tickets::classification.eq(Classification::Secret)))
        .select(tickets::id)
        .load(c))?;
    let seen = seen_among(tx, &secret)?;
    Ok(secret.into_iter().filter(|id| !seen.contains_key(id)).collect())
}

/// Those of `ids` that name a ticket which the actor sees, with that ticket. Whoever is shown their words is to be noted
/// by [`witness_listed`].
pub fn seen_among(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, Ticket>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (conn, actor) = tx.scoped();
    let seen: Vec<Ticket> = on!(conn, |c| tickets::table
        .filter(tickets::id.eq_any(ids))
        .filter(<Db as Scope>::visible_to(actor))
        .select(Ticket::as_select())
        .load(c))?;
    Ok(seen.into_iter().map(|ticket| (ticket.id, ticket)).collect())
}

/// Those of `numbers` that the actor sees. Whoever is shown their words is to be noted by [`witness_listed`].
pub fn seen_by_number(tx: &mut Tx<'_>, numbers: &[String]) -> Result<Vec<Ticket>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| tickets::table
        .filter(tickets::number.eq_any(numbers))
        .filter(<Db as Scope>::visible_to(actor))
        .select(Ticket::as_select())
        .load(c))?)
}
