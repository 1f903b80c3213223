//! What came into the region by mail, for its administrator: from whom, and what became of it. No subject, no words.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Nothing, Query};
use super::mail::paged;
use super::org::in_own_region;
use super::problem::Problem;
use crate::access::act;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Error;
use crate::http;
use crate::mail::inbound::{InboundState, Listed};
use crate::ticket::inbox;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A message that came in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InboundView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Address in its From, as claimed; `null` while nobody has looked, or if it can't be told.
    #[schema(example = "pegawai.dinkes@lebakkab.go.id")]
    sender: Option<String>,
    /// About which ticket.
    #[schema(example = "LBK-2026-000123")]
    ticket_number: Option<String>,
    /// Where it is.
    state: InboundState,
    /// What became of it, such as `comment`, `ticket`, `bounce`, `unknown_sender`; of a secret ticket only `news`.
    #[schema(example = "comment")]
    outcome: Option<String>,
    /// Bytes of the message.
    size: i64,
    /// Tries so far.
    attempts: i32,
    /// What the last try met.
    last_error: Option<String>,
    /// When it was stored.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    received_at: Ts,
    /// When it was acted on or refused.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    acted_at: Option<Ts>,
}

impl From<Listed> for InboundView {
    fn from(mail: Listed) -> Self {
        Self {
            outcome: mail.outcome().map(str::to_owned),
            id: mail.id,
            sender: mail.sender,
            ticket_number: mail.ticket_number,
            state: mail.state,
            size: mail.size,
            attempts: mail.attempts,
            last_error: mail.last_error,
            received_at: mail.received_at,
            acted_at: mail.acted_at,
        }
    }
}

/// Which messages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboundQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<InboundState>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// `GET /inbound`.
pub async fn list(call: Call, Query(query): Query<InboundQuery>) -> Reply {
    call.read(move |tx| {
        let paging = Paging { limit: query.limit, cursor: query.cursor };
        paged::<_, InboundView>(tx, |tx, may, keeps| inbox::list(tx, may, keeps, query.state, &paging))
    })
    .await
}

/// A message that could not be made out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnreadableView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Address in its From, as claimed.
    sender: Option<String>,
    /// Why it could not be made out, such as `too_many_parts`.
    #[schema(example = "too_many_parts")]
    reason: Option<String>,
    /// Bytes of the message.
    size: i64,
    /// When it was stored.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    received_at: Ts,
}

/// `GET /unreadable`.
pub async fn unreadable(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region::<act::ReadUnreadable>(tx)?;
        let page = inbox::unreadable(tx, &may, &paging)?;
        Ok(Answer::page(page, |mail| UnreadableView {
            id: mail.id,
            sender: mail.sender,
            reason: mail.why,
            size: mail.size,
            received_at: mail.received_at,
        }))
    })
    .await
}

/// `GET /unreadable/{id}`: the message as it came, as a download.
pub async fn raw(call: Call, id: Path<String>) -> Reply {
    let language = call.language;
    let id = id.into_inner();
    let found = call.fetch(move |tx| {
        let may = in_own_region::<act::ReadUnreadable>(tx)?;
        inbox::raw(tx, &may, id.parse().map_err(|_| Error::NotFound)?)
    });
    let raw = found.await.map_err(|e| Problem::new(e, language))?;
    Ok(http::download_bytes(raw, "message/rfc822", "surat.eml"))
}

/// `POST /inbound/{id}/retry`.
pub async fn retry(call: Call, id: Path<String>, body: Body<Nothing>) -> Reply {
    let id = id.into_inner();
    call.write(&body.bytes, move |tx| {
        let may = in_own_region::<act::KeepMails>(tx)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        Ok(Answer::ok(&InboundView::from(inbox::retry(tx, &may, id)?)))
    })
    .await
}
