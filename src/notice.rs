//! What a person should know of, inside the program: work does not hide behind a broken mail server. A notice names
//! a ticket and what happened, never its text.

use crate::access::Tx;
use crate::db::behind::below;
use crate::db::page::{Page, Paging};
use crate::db::schema::notices;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, store_all};
use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Days after which what was read is removed.
const DAYS: i64 = 90;
/// Rows that are removed at once.
const AT_ONCE: i64 = 2000;

/// One line of a person's notices.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notices, treat_none_as_default_value = false)]
pub struct Notice {
    /// Its id.
    pub id: Id,
    /// For whom.
    pub person_id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// What happened: the kind of the event; `overdue` for a level beyond the target.
    pub kind: String,
    /// When.
    pub created_at: Ts,
    /// When it was read.
    pub read_at: Option<Ts>,
}

/// Tells `people` that `kind` happened to a ticket; never whoever did it.
pub fn tell(tx: &mut Tx<'_>, ticket: Id, kind: &str, people: impl IntoIterator<Item = Id>) -> Result<()> {
    let rows = of(tx, ticket, kind, people);
    store_all!(tx.conn(), notices::table, &rows);
    Ok(())
}

/// The notices that [`tell`] writes, still to be stored.
pub fn of(tx: &Tx<'_>, ticket: Id, kind: &str, people: impl IntoIterator<Item = Id>) -> Vec<Notice> {
    let actor = tx.actor.person;
    let unique: BTreeSet<Id> = people.into_iter().filter(|p| Some(*p) != actor).collect();
    let one = |person_id| Notice {
        id: tx.new_id(),
        person_id,
        ticket_id: ticket,
        kind: kind.to_owned(),
        created_at: tx.now,
        read_at: None,
    };
    unique.into_iter().map(one).collect()
}

/// Stores many.
pub fn store(tx: &mut Tx<'_>, notices: &[Notice]) -> Result<()> {
    store_all!(tx.conn(), notices::table, notices);
    Ok(())
}

/// The caller's notices, newest first.
pub fn list(tx: &mut Tx<'_>, unread: bool, paging: &Paging) -> Result<Page<Notice>> {
    let (person, limit) = (tx.actor.person()?, paging.limit()?);
    let after = paging.after::<(Ts, Id)>()?;
    let rows = on!(tx.conn(), |c| {
        let mut query =
            notices::table.filter(notices::person_id.eq(person)).select(Notice::as_select()).into_boxed::<Db>();
        if unread {
            query = query.filter(notices::read_at.is_null());
        }
        if let Some(key) = after {
            query = query.filter(below((notices::created_at, notices::id), key));
        }
        query.order((notices::created_at.desc(), notices::id.desc())).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |n| (n.created_at, n.id)))
}

/// How many of the caller's notices are unread, besides those of one ticket; no more than `most` are counted.
///
/// # Errors
/// 401 if nobody is signed in.
pub fn unread(tx: &mut Tx<'_>, besides: Option<Id>, most: i64) -> Result<usize> {
    let person = tx.actor.person()?;
    let found: Vec<Id> = on!(tx.conn(), |c| {
        let mut query = notices::table
            .filter(notices::person_id.eq(person).and(notices::read_at.is_null()))
            .select(notices::id)
            .into_boxed::<Db>();
        if let Some(ticket) = besides {
            query = query.filter(notices::ticket_id.ne(ticket));
        }
        query.limit(most).load(c)
    })?;
    Ok(found.len())
}

/// `true` if the caller has an unread notice of this ticket.
///
/// # Errors
/// 401 if nobody is signed in.
pub fn is_unread(tx: &mut Tx<'_>, ticket: Id) -> Result<bool> {
    let person = tx.actor.person()?;
    Ok(on!(tx.conn(), |c| diesel::select(exists(
        notices::table
            .filter(notices::ticket_id.eq(ticket).and(notices::person_id.eq(person)))
            .filter(notices::read_at.is_null()),
    ))
    .get_result(c))?)
}

/// Marks as read what the caller was told until this instant: of one ticket, or all of it.
///
/// # Errors
/// 401 if nobody is signed in.
pub fn read_until(tx: &mut Tx<'_>, ticket: Option<Id>, until: Ts) -> Result<()> {
    let (person, now) = (tx.actor.person()?, tx.now);
    on!(tx.conn(), |c| {
        let own = notices::person_id.eq(person).and(notices::read_at.is_null()).and(notices::created_at.le(until));
        let set = notices::read_at.eq(Some(now));
        match ticket {
            Some(ticket) => {
                diesel::update(notices::table.filter(notices::ticket_id.eq(ticket).and(own))).set(set).execute(c)
            }
            None => diesel::update(notices::table.filter(own)).set(set).execute(c),
        }
    })?;
    Ok(())
}

/// Removes notices that were read long ago, some at a time: whoever waits for the database waits no longer than for
/// these. What was not read stays.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let oldest = tx.now.plus(Duration::days(-DAYS));
    let some: Vec<Id> = on!(tx.conn(), |c| notices::table
        .filter(notices::read_at.is_not_null().and(notices::read_at.lt(oldest)))
        .select(notices::id)
        .limit(AT_ONCE)
        .load(c))?;
    Ok(on!(tx.conn(), |c| diesel::delete(notices::table.filter(notices::id.eq_any(&some))).execute(c))?)
}

/// Marks one of the caller's notices as read.
///
/// # Errors
/// 404 if it is not his.
pub fn read(tx: &mut Tx<'_>, id: Id) -> Result<Notice> {
    let (person, now) = (tx.actor.person()?, tx.now);
    on!(tx.conn(), |c| diesel::update(notices::table.filter(notices::id.eq(id).and(notices::person_id.eq(person))))
        .set(notices::read_at.eq(Some(now)))
        .returning(Notice::as_returning())
        .get_result(c)
        .optional())?
    .ok_or(Error::NotFound)
}
