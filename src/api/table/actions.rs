//! The rows of what can be done to a ticket.

use crate::api::op::Op;
use crate::api::routes::Routes;
use crate::api::{action, ticket};

/// Adds the rows.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    let op = |id, summary| Op::new(id, "actions", summary).gives::<ticket::TicketView>(200);
    table
        .post(
            "/tickets/{id}/assign",
            action::assign,
            op("assign", "Give it to somebody of its desk").takes::<action::Assign>(),
        )
        .post("/tickets/{id}/start", action::start, op("start", "Begin, or accept a hand-over").takes_nothing())
        .post(
            "/tickets/{id}/escalate",
            action::escalate,
            op("escalate", "Hand to Tier 2 (L6)").takes::<action::Escalate>(),
        )
        .post(
            "/tickets/{id}/return",
            action::give_back,
            op("return", "Hand back to Tier 1 (L7)").takes::<action::Return>(),
        )
        .post("/tickets/{id}/consult", action::consult, op("consult", "Ask Tier 2 (L9)").takes::<action::Consult>())
        .post(
            "/tickets/{id}/remind",
            action::remind,
            op("remind", "Ask the desk for news (L8)").takes::<action::Remind>(),
        )
        .post("/tickets/{id}/pend", action::pend, op("pend", "Let it wait").takes::<action::Pend>())
        .post("/tickets/{id}/resume", action::resume, op("resume", "Go on").takes_nothing())
        .post(
            "/tickets/{id}/resolve",
            action::resolve,
            op("resolve", "Say how it was solved").takes::<action::Resolve>(),
        )
        .post("/tickets/{id}/close", action::close, op("close", "Confirm the solution").takes::<action::Close>())
        .post("/tickets/{id}/reopen", action::reopen, op("reopen", "Take it up again").takes::<action::Reason>())
        .post("/tickets/{id}/cancel", action::cancel, op("cancel", "Give it up").takes::<action::Reason>())
}
