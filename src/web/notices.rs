//! What one should know of, newest first.

use super::frame::Frame;
use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{render, see};
use crate::db::Ts;
use crate::db::page::Paging;
use crate::message::Say;
use crate::notice;
use crate::org::region::Terms;
use crate::say;
use crate::ticket::find::{seen_among, witness_listed};
use askama::Template;
use chrono::DateTime;

const ROWS: i64 = 50;

struct Row {
    number: String,
    subject: String,
    what: String,
    at: Ts,
    unread: bool,
}

#[derive(Template)]
#[template(path = "web/templates/notices.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    /// When the newest came.
    until: String,
}

/// `GET /notices`.
pub async fn list(visit: Visit) -> Shown {
    let html = visit
        .read(|tx, frame| {
            let mut rows = Vec::new();
            let notices = notice::list(tx, false, &Paging { limit: Some(ROWS), cursor: None })?.items;
            let seen = seen_among(tx, &notices.iter().map(|notice| notice.ticket_id).collect::<Vec<_>>())?;
            witness_listed(tx, seen.values());
            let until = notices.first().map(|newest| newest.created_at.to_string()).unwrap_or_default();
            for notice in notices {
                // A ticket that one no longer sees has no number any more.
                let Some(ticket) = seen.get(&notice.ticket_id) else { continue };
                let own = tx.actor.person == Some(ticket.requester_id);
                let words = if own { to_requester } else { happened };
                rows.push(Row {
                    number: ticket.number.clone(),
                    subject: ticket.subject.clone(),
                    what: frame.say(&words(&notice.kind, &frame.terms)),
                    at: notice.created_at,
                    unread: notice.read_at.is_none(),
                });
            }
            render(&Page { frame, rows, until })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// What a kind of event means to whoever is told of it.
pub fn happened(kind: &str, terms: &Terms) -> Say {
    match kind {
        "opened" => say!("web.notice.opened"),
        "assigned" => say!("web.notice.assigned"),
        "escalated" => say!("web.notice.escalated", tier2 = terms.tier2),
        "returned" => say!("web.notice.returned"),
        "consulted" => say!("web.notice.consulted"),
        "pended" => say!("web.notice.pended"),
        "resolved" => say!("web.notice.resolved"),
        "closed" => say!("web.notice.closed"),
        "reopened" => say!("web.notice.reopened"),
        "commented" => say!("web.notice.commented"),
        "attached" => say!("web.notice.attached"),
        "resumed" => say!("web.notice.resumed"),
        "started" => say!("web.notice.started"),
        "accepted" => say!("web.notice.accepted", tier2 = terms.tier2),
        "cancelled" => say!("web.notice.cancelled"),
        "released" => say!("web.notice.released"),
        "waiver_asked" => say!("web.notice.waiver_asked"),
        "waiver_decided" => say!("web.notice.waiver_decided"),
        "no_tier1" => say!("web.notice.no_tier1", tier1 = terms.tier1),
        "bounced" => say!("web.notice.bounced"),
        "warned" => say!("web.notice.warned"),
        "breached" => say!("web.notice.breached"),
        _ => say!("web.notice.other"),
    }
}

/// The same to whoever reported the trouble: he has no desk.
fn to_requester(kind: &str, terms: &Terms) -> Say {
    match kind {
        "opened" => say!("web.notice.opened_for_you"),
        "returned" => say!("web.notice.returned_yours", tier1 = terms.tier1),
        other => happened(other, terms),
    }
}

/// `POST /notices`: all up to the newest that was shown are read; what came since is not.
pub async fn read(visit: Visit, sent: Sent) -> Shown {
    let until = DateTime::parse_from_rfc3339(sent.get("until")).ok().map(|at| Ts::new(at.to_utc()));
    let done = visit
        .write(&sent, move |tx| {
            notice::read_until(tx, until.map_or(tx.now, |until| until.min(tx.now)))?;
            Ok("/notices".to_owned())
        })
        .await;
    Ok(see(&done.map_err(|e| visit.fault(e))?))
}
