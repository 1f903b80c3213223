//! A ticket's clocks: how they came about, and waivers of their misses.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::{Tx, act, check};
use crate::db::page::{Page, Paging};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::person::{self, Brief};
use crate::sla::Metric;
use crate::sla::explain::{self, ExplainedClock};
use crate::sla::waiver::{self as stored, Waiver};
use crate::ticket::find::{find_quietly, read};
use crate::ticket::scope::sees_internal;
use crate::ticket::waiver;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// How a ticket's deadlines came about.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExplanationView {
    /// Number of the ticket.
    #[schema(example = "LBK-2026-000123")]
    number: String,
    /// The instant at which this holds.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Ts,
    /// Every clock, oldest first; none where no agreement holds.
    clocks: Vec<ExplainedClock>,
}

/// `GET /tickets/{id}/sla/explain`.
pub async fn explain(call: Call, name: Path<String>) -> Reply {
    let (which, language) = (call.ticket(&name), call.language);
    call.read(move |tx| {
        let ticket = read(tx, &which)?.into_inner();
        let staff = sees_internal(tx, &ticket);
        let clocks = explain::of_ticket(tx, ticket.id, staff, language)?;
        Ok(Answer::ok(&ExplanationView { number: ticket.number, at: tx.now, clocks }))
    })
    .await
}

/// A waiver of a miss.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WaiverView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// What the clock measures.
    metric: Metric,
    /// The clock.
    #[schema(value_type = uuid::Uuid)]
    clock: Id,
    /// Why.
    reason: String,
    /// Who asked.
    asked_by: Option<Brief>,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    asked_at: Ts,
    /// Granted or refused; `null` until somebody decides.
    granted: Option<bool>,
    /// What he said.
    remark: Option<String>,
    /// Who decided.
    decided_by: Option<Brief>,
    /// When.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    decided_at: Option<Ts>,
}

fn views(tx: &mut Tx<'_>, rows: Vec<(Waiver, Metric)>) -> Result<Vec<WaiverView>> {
    let ids: Vec<Id> = rows.iter().flat_map(|(w, _)| [Some(w.asked_by), w.decided_by]).flatten().collect();
    let people = person::briefs(tx, &ids)?;
    let brief = |id: Id| people.iter().find(|p| p.id == id).cloned();
    let view = |(w, metric): (Waiver, Metric)| WaiverView {
        asked_by: brief(w.asked_by),
        decided_by: w.decided_by.and_then(brief),
        id: w.id,
        metric,
        clock: w.clock_id,
        reason: w.reason,
        asked_at: w.asked_at,
        granted: w.granted,
        remark: w.remark,
        decided_at: w.decided_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// A waiver with its metric, as its ticket lists it.
fn view(tx: &mut Tx<'_>, waiver: &Waiver) -> Result<WaiverView> {
    let rows = stored::of_ticket(tx, waiver.ticket_id)?.into_iter().filter(|(w, _)| w.id == waiver.id).collect();
    views(tx, rows)?.pop().ok_or(Error::NotFound)
}

/// `GET /tickets/{id}/sla/waivers`.
pub async fn waivers(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = read(tx, &which)?.into_inner();
        let ticket = check::<act::ReadInternal, _>(&tx.actor, ticket)?.into_inner();
        let page = Page::of(stored::of_ticket(tx, ticket.id)?, &paging, |(w, _)| (w.asked_at, w.id))?;
        let next_cursor = page.next;
        let items = views(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// A wish that a miss does not count.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWaiver {
    /// Of the newest miss of this metric that counts; where there is none, of a miss of its newest clock to come.
    metric: Metric,
    /// What nobody could help.
    #[schema(min_length = 1, max_length = 2000, example = "Listrik padam di seluruh kecamatan.")]
    reason: String,
}

/// `POST /tickets/{id}/sla/waivers`.
pub async fn ask_waiver(call: Call, name: Path<String>, body: Body<NewWaiver>) -> Reply {
    let which = call.ticket(&name);
    let NewWaiver { metric, reason } = body.value;
    call.write(&body.bytes, move |tx| {
        let ticket = find_quietly(tx, &which)?;
        let asked = waiver::ask(tx, ticket, metric, &reason)?;
        let place = format!("{}/tickets/{}/sla/waivers", super::routes::BASE, asked.ticket_id);
        Ok(Answer::created(place, &view(tx, &asked)?))
    })
    .await
}

/// What the coordinator decides.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverDecision {
    /// The miss does not count.
    granted: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    remark: Option<String>,
}

/// `POST /tickets/{id}/sla/waivers/{waiver}/decision`.
pub async fn decide_waiver(call: Call, names: Path<(String, String)>, body: Body<WaiverDecision>) -> Reply {
    let (name, id) = names.into_inner();
    let which = call.ticket(&name);
    let WaiverDecision { granted, remark } = body.value;
    call.write(&body.bytes, move |tx| {
        let ticket = find_quietly(tx, &which)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        let decided = waiver::decide(tx, ticket, id, granted, remark.as_deref())?;
        Ok(Answer::ok(&view(tx, &decided)?))
    })
    .await
}
