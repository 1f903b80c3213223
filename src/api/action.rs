//! What can be done to a ticket, each `POST /tickets/{id}/<action>` → 200 and the ticket.

use super::call::{Call, Reply};
use super::extract::{Body, Nothing};
use super::ticket::shown;
use crate::access::Tx;
use crate::db::Ts;
use crate::error::Result;
use crate::ticket::find::{TicketRef, find, find_quietly};
use crate::ticket::handover::Ask;
use crate::ticket::{
    PendingReason, Ticket, assign, close, handover, pend, remind as reminder, report_incident as incident, resolve,
    start,
};
use actix_web::web::Path;
use serde::Deserialize;

/// Runs a command on the ticket that the path names, and shows it.
async fn act(
    call: Call,
    name: &str,
    body: &[u8],
    command: impl Fn(&mut Tx<'_>, &TicketRef) -> Result<Ticket> + Send + 'static,
) -> Reply {
    let which = call.ticket(name);
    call.write(body, move |tx| {
        let ticket = command(tx, &which)?;
        shown(tx, ticket)
    })
    .await
}

/// Whom to give it to.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// A person's id, or `me`.
    #[schema(example = "me")]
    assignee: String,
}

/// `assign`.
pub async fn assign(call: Call, name: Path<String>, body: Body<Assign>) -> Reply {
    let assignee = body.value.assignee;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        let who = assign::whom(tx, &assignee)?;
        assign::assign(tx, ticket, who)
    })
    .await
}

/// `start`.
pub async fn start(call: Call, name: Path<String>, body: Body<Nothing>) -> Reply {
    act(call, &name, &body.bytes, |tx, which| {
        let ticket = find(tx, which)?;
        start::start(tx, ticket)
    })
    .await
}

/// A request for a solution (L6); all three are needed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// Why it can't be solved here.
    #[schema(min_length = 1, max_length = 5000, example = "Server aplikasi berada di pusat data.")]
    reason: String,
    /// What was tried.
    #[schema(min_length = 1, max_length = 5000, example = "Memulai ulang layanan dan memeriksa jaringan lokal.")]
    tried: String,
    /// What is asked of Tier 2.
    #[schema(min_length = 1, max_length = 5000, example = "Mohon periksa basis data SIMPEG.")]
    requested: String,
}

/// `escalate`.
pub async fn escalate(call: Call, name: Path<String>, body: Body<Escalate>) -> Reply {
    let ask = Ask { reason: body.value.reason, tried: body.value.tried, requested: body.value.requested };
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        handover::escalate(tx, ticket, &ask)
    })
    .await
}

/// What Tier 1 shall do.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Instructions.
    #[schema(min_length = 1, max_length = 5000)]
    instructions: String,
}

/// `return`.
pub async fn give_back(call: Call, name: Path<String>, body: Body<Return>) -> Reply {
    let instructions = body.value.instructions;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        handover::give_back(tx, ticket, &instructions)
    })
    .await
}

/// What is asked of Tier 2.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consult {
    /// The question.
    #[schema(min_length = 1, max_length = 5000)]
    question: String,
}

/// `consult`.
pub async fn consult(call: Call, name: Path<String>, body: Body<Consult>) -> Reply {
    let question = body.value.question;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find_quietly(tx, which)?;
        handover::consult(tx, ticket, &question)
    })
    .await
}

/// What the coordinator says.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    /// The note.
    #[schema(min_length = 1, max_length = 2000)]
    note: String,
}

/// `remind`.
pub async fn remind(call: Call, name: Path<String>, body: Body<Remind>) -> Reply {
    let note = body.value.note;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find_quietly(tx, which)?;
        reminder::remind(tx, ticket, &note)
    })
    .await
}

/// Why it waits.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pend {
    /// For whom.
    reason: PendingReason,
    /// Until when.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    until: Option<Ts>,
}

/// `pend`.
pub async fn pend(call: Call, name: Path<String>, body: Body<Pend>) -> Reply {
    let Pend { reason, until } = body.value;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        pend::pend(tx, ticket, reason, until)
    })
    .await
}

/// `resume`.
pub async fn resume(call: Call, name: Path<String>, body: Body<Nothing>) -> Reply {
    act(call, &name, &body.bytes, |tx, which| {
        let ticket = find(tx, which)?;
        pend::resume(tx, ticket)
    })
    .await
}

/// How it was solved.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// The solution.
    #[schema(min_length = 1, max_length = 5000)]
    resolution: String,
    /// What was behind it.
    #[schema(min_length = 1, max_length = 2000)]
    cause: Option<String>,
}

/// `resolve`.
pub async fn resolve(call: Call, name: Path<String>, body: Body<Resolve>) -> Reply {
    let Resolve { resolution, cause } = body.value;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        resolve::resolve(tx, ticket, &resolution, cause.as_deref())
    })
    .await
}

/// How content the requester is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// Stars.
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<i32>,
    /// A remark.
    #[schema(min_length = 1, max_length = 2000)]
    comment: Option<String>,
}

/// `close`.
pub async fn close(call: Call, name: Path<String>, body: Body<Close>) -> Reply {
    let Close { rating, comment } = body.value;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        close::close(tx, ticket, rating, comment.as_deref())
    })
    .await
}

/// Why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The reason.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// `reopen`.
pub async fn reopen(call: Call, name: Path<String>, body: Body<Reason>) -> Reply {
    let reason = body.value.reason;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        close::reopen(tx, ticket, &reason)
    })
    .await
}

/// `cancel`.
pub async fn cancel(call: Call, name: Path<String>, body: Body<Reason>) -> Reply {
    let reason = body.value.reason;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find(tx, which)?;
        close::cancel(tx, ticket, &reason)
    })
    .await
}

/// To whom a security incident was reported.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportIncident {
    /// To whom.
    #[schema(min_length = 1, max_length = 200, example = "Tim Tanggap Insiden Siber BSSN")]
    to: String,
    /// Number or date of the report.
    #[schema(min_length = 1, max_length = 200, example = "2026-03-02/117")]
    reference: String,
}

/// `report-incident`; the requester does not notice.
pub async fn report_incident(call: Call, name: Path<String>, body: Body<ReportIncident>) -> Reply {
    let ReportIncident { to, reference } = body.value;
    act(call, &name, &body.bytes, move |tx, which| {
        let ticket = find_quietly(tx, which)?;
        incident::report(tx, ticket, &to, &reference)
    })
    .await
}
