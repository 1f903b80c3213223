//! The outbox of the region, for its administrator: who was written to, and how that went. No subject, no words.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Nothing, Query};
use super::org::in_own_region;
use crate::access::{May, Tx, act, check};
use crate::db::page::{Page, Paging};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::mail::outbox::{Mail, MailState, listed_kind};
use crate::org::InRegion;
use crate::ticket::outbox;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A mail of the outbox.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// To which address.
    #[schema(example = "pegawai.dinkes@lebakkab.go.id")]
    recipient: String,
    /// About which ticket.
    #[schema(example = "LBK-2026-000123")]
    ticket_number: Option<String>,
    /// Kind of event; of a secret ticket only `news`.
    #[schema(example = "opened")]
    kind: String,
    /// Where it is.
    state: MailState,
    /// Tries so far.
    attempts: i32,
    /// What the last try met.
    last_error: Option<String>,
    /// When it was owed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When it is tried next; `null` unless it is queued.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    next_try_at: Option<Ts>,
    /// When the server took it.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sent_at: Option<Ts>,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        Self {
            kind: listed_kind(&mail).to_owned(),
            id: mail.id,
            recipient: mail.recipient,
            ticket_number: mail.ticket_number,
            state: mail.state,
            attempts: mail.attempts,
            last_error: mail.last_error,
            created_at: mail.created_at,
            next_try_at: Some(mail.next_try_at).filter(|_| mail.state == MailState::Queued),
            sent_at: mail.sent_at,
        }
    }
}

/// Which mails.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MailQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<MailState>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// `GET /mails`.
pub async fn list(call: Call, Query(query): Query<MailQuery>) -> Reply {
    call.read(move |tx| {
        let paging = Paging { limit: query.limit, cursor: query.cursor };
        paged::<_, MailView>(tx, |tx, may, keeps| outbox::list(tx, may, keeps, query.state, &paging))
    })
    .await
}

/// A page of a region's mail, out or in; `rows` learns whether the caller keeps it or only reads.
pub(super) fn paged<R, V: From<R> + Serialize>(
    tx: &mut Tx<'_>,
    rows: impl FnOnce(&mut Tx<'_>, &May<act::ReadMails, InRegion>, bool) -> Result<Page<R>>,
) -> Result<Answer> {
    let may = in_own_region::<act::ReadMails>(tx)?;
    let keeps = check::<act::KeepMails, _>(&tx.actor, InRegion(may.get().0)).is_ok();
    let page = rows(tx, &may, keeps)?.map(V::from);
    Ok(Answer::ok(&ListView { items: page.items, next_cursor: page.next }))
}

/// `POST /mails/{id}/retry`.
pub async fn retry(call: Call, id: Path<String>, body: Body<Nothing>) -> Reply {
    let id = id.into_inner();
    call.write(&body.bytes, move |tx| {
        let may = in_own_region::<act::KeepMails>(tx)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        Ok(Answer::ok(&MailView::from(outbox::retry(tx, &may, id)?)))
    })
    .await
}
