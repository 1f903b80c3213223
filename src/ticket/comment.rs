//! What people write to each other about a ticket.

use super::event::{Event, record};
use super::{Channel, Status, Ticket, Visibility, last, pend};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::behind::above;
use crate::db::page::{Page, Paging};
use crate::db::schema::comments;
use crate::db::{Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// A comment as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = comments, treat_none_as_default_value = false)]
pub struct Comment {
    /// Its id.
    pub id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// Who wrote it.
    pub author_id: Id,
    /// For whom.
    pub visibility: Visibility,
    /// The text, as it was sent.
    pub body: String,
    /// How it came in.
    pub channel: Channel,
    /// When.
    pub created_at: Ts,
}

/// Writes for everybody who sees the ticket. The requester's answer wakes a waiting ticket.
///
/// # Errors
/// 409 for a closed or cancelled ticket; 422 for an empty or overlong text.
pub fn public(tx: &mut Tx<'_>, ticket: May<act::CommentPublic, Ticket>, body: &str, by: Channel) -> Result<Comment> {
    let mut ticket = ticket.into_inner();
    let comment = add(tx, &ticket, Visibility::Public, body, by)?;
    ticket.save(tx)?;
    let event = Event::Commented { visibility: Visibility::Public, comment: comment.id, channel: by };
    record(tx, &ticket, &event)?;
    if !ticket.by_staff(tx) && ticket.status == Status::Pending {
        pend::go_on(tx, ticket)?;
    }
    Ok(comment)
}

/// Writes for staff; nothing that the requester sees changes.
///
/// # Errors
/// 409 for a closed or cancelled ticket; 422 for an empty or overlong text.
pub fn internal(
    tx: &mut Tx<'_>,
    ticket: May<act::CommentInternal, Ticket>,
    body: &str,
    by: Channel,
) -> Result<Comment> {
    let ticket = ticket.into_inner();
    let comment = add(tx, &ticket, Visibility::Internal, body, by)?;
    let event = Event::Commented { visibility: Visibility::Internal, comment: comment.id, channel: by };
    record(tx, &ticket, &event)?;
    Ok(comment)
}

/// Refuses additions to a ticket that has ended.
pub(super) fn refuse_if_ended(ticket: &Ticket) -> Result<()> {
    if matches!(ticket.status, Status::Closed | Status::Cancelled) {
        return Err(Error::Conflict(say!("ticket.ended")));
    }
    Ok(())
}

fn add(tx: &mut Tx<'_>, ticket: &Ticket, visibility: Visibility, body: &str, channel: Channel) -> Result<Comment> {
    let mut checks = Checks::new();
    checks.text("/body", body, 1..=20_000);
    checks.done()?;
    refuse_if_ended(ticket)?;
    last::comment(tx, ticket.id)?;
    let comment = Comment {
        id: tx.new_id(),
        ticket_id: ticket.id,
        author_id: tx.actor.person()?,
        visibility,
        body: body.to_owned(),
        channel,
        created_at: tx.now,
    };
    on!(tx.conn(), |c| diesel::insert_into(comments::table).values(&comment).execute(c))?;
    Ok(comment)
}

/// The text of a comment.
pub(super) fn body(tx: &mut Tx<'_>, id: Id) -> Result<String> {
    Ok(on!(tx.conn(), |c| comments::table.find(id).select(comments::body).first(c))?)
}

/// Those of a ticket's comments with these ids; only public ones unless `staff`.
pub fn named(tx: &mut Tx<'_>, ticket: Id, staff: bool, ids: &[Id]) -> Result<Vec<Comment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Comment> = on!(tx.conn(), |c| comments::table
        .filter(comments::ticket_id.eq(ticket))
        .filter(one_of(comments::id, ids))
        .select(Comment::as_select())
        .load(c))?;
    rows.retain(|row| staff || row.visibility == Visibility::Public);
    Ok(rows)
}

/// The comments of a ticket, oldest first; only public ones unless `staff`.
pub fn list(tx: &mut Tx<'_>, ticket: Id, staff: bool, paging: &Paging) -> Result<Page<Comment>> {
    let (limit, after) = (paging.limit()?, paging.after::<(Ts, Id)>()?);
    let rows = on!(tx.conn(), |c| {
        let mut query =
            comments::table.filter(comments::ticket_id.eq(ticket)).select(Comment::as_select()).into_boxed::<Db>();
        if !staff {
            query = query.filter(comments::visibility.eq(Visibility::Public));
        }
        if let Some(key) = after {
            query = query.filter(above((comments::created_at, comments::id), key));
        }
        query.order((comments::created_at, comments::id)).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |row| (row.created_at, row.id)))
}
