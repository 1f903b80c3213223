//! What one should know of, newest first.

use super::asked::{self, Asked};
use super::frame::Frame;
use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{render, see};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::message::Say;
use crate::notice::{self, Notice};
use crate::org::region::Terms;
use crate::say;
use crate::ticket::find::{seen_among, witness_listed};
use crate::ticket::told::{self, Level};
use actix_web::web::Query;
use askama::Template;
use chrono::DateTime;
use serde::Deserialize;
use std::collections::BTreeSet;

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
    /// The way back here, as an address has it.
    from: String,
    /// Where older ones are.
    next: Option<String>,
}

/// Which of them.
#[derive(Debug, Default, Deserialize)]
pub struct Which {
    /// Those behind this one; empty for the newest.
    #[serde(default)]
    cursor: String,
}

/// `GET /notices`.
pub async fn list(visit: Visit, which: Query<Which>) -> Shown {
    let cursor = Some(which.into_inner().cursor).filter(|cursor| !cursor.is_empty());
    let here = Asked { notices: "1".to_owned(), cursor: cursor.clone().unwrap_or_default(), ..Asked::default() };
    let from = asked::from(&here.way());
    let html = visit
        .read(move |tx, frame| {
            let mut rows = Vec::new();
            let page = notice::list(tx, false, &Paging { limit: Some(ROWS), cursor })?;
            let (notices, next) = (page.items, page.next);
            let seen = seen_among(tx, &notices.iter().map(|notice| notice.ticket_id).collect::<Vec<_>>())?;
            witness_listed(tx, seen.values());
            let is_of_clock = |notice: &&Notice| told::KINDS.contains(&notice.kind.as_str());
            let late: BTreeSet<Id> = notices.iter().filter(is_of_clock).map(|notice| notice.ticket_id).collect();
            let levels = told::levels(tx, late.iter().filter_map(|id| seen.get(id)))?;
            for notice in notices {
                // A ticket that one no longer sees has no number any more.
                let Some(ticket) = seen.get(&notice.ticket_id) else { continue };
                let own = tx.actor.person == Some(ticket.requester_id);
                let words = if own { to_requester } else { happened };
                let what = frame.say(&words(&notice.kind, &frame.terms));
                rows.push(Row {
                    number: ticket.number.clone(),
                    subject: ticket.subject.clone(),
                    what: match metrics(&levels, &notice, &frame) {
                        metric if metric.is_empty() => what,
                        metric => frame.say(&say!("web.notice.named", what = what, metric = metric)),
                    },
                    at: notice.created_at,
                    unread: notice.read_at.is_none(),
                });
            }
            render(&Page { frame, rows, from, next })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// What the clock measures that a notice is about, by name: of two that were told at the same instant, both.
fn metrics(levels: &[Level], notice: &Notice, frame: &Frame) -> String {
    let is_its = |l: &&Level| (l.ticket, l.at, l.kind) == (notice.ticket_id, notice.created_at, notice.kind.as_str());
    let mut names: Vec<String> =
        levels.iter().filter(is_its).map(|l| frame.say(&l.metric.named(&frame.terms.tier2))).collect();
    names.dedup();
    names.join(", ")
}

/// What a kind of event means to whoever is told of it.
fn happened(kind: &str, terms: &Terms) -> Say {
    match kind {
        "opened" => say!("web.notice.opened"),
        "assigned" => say!("web.notice.assigned"),
        "escalated" => say!("web.notice.escalated", tier2 = terms.tier2),
        "returned" => say!("web.notice.returned"),
        "consulted" => say!("web.notice.consulted"),
        "reminded" => say!("web.notice.reminded"),
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
        "no_tier2" => say!("web.notice.no_tier2", tier2 = terms.tier2),
        "bounced" => say!("web.notice.bounced"),
        "requester_left" => say!("web.notice.requester_left"),
        "kept_internal" => say!("web.notice.kept_internal"),
        "warned" => say!("web.notice.warned"),
        "overdue" => say!("web.notice.overdue"),
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

/// `POST /notices`: all until the page was made are read; what came since was never shown.
pub async fn read(visit: Visit, sent: Sent) -> Shown {
    let shown = DateTime::parse_from_rfc3339(sent.get("until")).map(|at| Ts::new(at.to_utc()));
    let done = visit
        .write(&sent, move |tx| {
            // A page that was open before there was such a field says nothing.
            let until = shown.unwrap_or(tx.now).min(tx.now);
            notice::read_until(tx, None, until)?;
            Ok("/notices".to_owned())
        })
        .await;
    Ok(see(&done.map_err(|e| visit.fault(e))?))
}
