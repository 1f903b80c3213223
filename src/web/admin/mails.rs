//! Mail out and in: who was written to, who wrote, and how that went; no subject, no words.

use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::run;
use crate::access::{May, Tx, act};
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::mail::inbound::InboundState;
use crate::mail::outbox::{MailState, listed_kind};
use crate::message::Say;
use crate::org::region::Terms;
use crate::org::{InRegion, in_own_region};
use crate::say;
use crate::ticket::{inbox, outbox};
use actix_web::web::{Path, Query};
use serde::Deserialize;

/// Which ones; all of it stays in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

/// `GET /admin/mails`.
pub async fn sent(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| outgoing(tx, frame, &asked, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/mails/{id}/retry`.
pub async fn retry(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let change = move |tx: &mut Tx<'_>, _: &Sent| {
        let may = in_own_region(tx)?;
        outbox::retry(tx, &may, id.parse().map_err(|_| Error::NotFound)?)?;
        Ok("/admin/mails?done=queued".to_owned())
    };
    run(visit, "retry", sent, change, |tx, frame, trial| outgoing(tx, frame, &Asked::default(), trial)).await
}

fn outgoing(tx: &mut Tx<'_>, frame: Frame, asked: &Asked, trial: Trial) -> Result<String> {
    let _: May<act::KeepMails, InRegion> = in_own_region(tx)?;
    let state = MailState::from_text(&asked.state);
    let paging = Paging { limit: None, cursor: asked.cursor.clone() };
    let mails = outbox::list(tx, &in_own_region(tx)?, true, state, &paging)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.mail.title"), trial);
    let f = page.frame.clone();
    let way_in = ("/admin/inbound".to_owned(), f.t("web.admin.inbound.title"));
    page.part(Part::Links(vec![way_in, ("/admin/health".to_owned(), f.t("web.admin.health.title"))]));
    if f.writes_files {
        page.note(&say!("web.admin.health.files"));
    }
    let words = MailState::ALL.iter().map(|s| (s.text().to_owned(), f.say(&state_of(*s, &f)))).collect();
    page.form(question(&f, "/admin/mails", &asked.state, words));
    let columns = [
        "web.admin.mail.to",
        "web.admin.mail.what",
        "web.admin.mail.ticket",
        "web.admin.mail.when",
        "web.admin.mail.state",
        "web.admin.mail.error",
        "web.admin.mail.again",
    ];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("mails", f.t("web.admin.mail.title"), columns, f.t("web.admin.mail.none")).stacked();
    for mail in mails.items {
        let again = match mail.state {
            // What came back was sent: its words are forgotten.
            _ if mail.sent_at.is_some() => Cell::text("–"),
            MailState::Sent => Cell::text("–"),
            _ => Cell::button(format!("/admin/mails/{}/retry", mail.id), f.t("web.admin.mail.retry"), &mail.recipient),
        };
        let state = f.say(&state_of(mail.state, &f));
        table.row(vec![
            Cell::text(&mail.recipient),
            Cell::text(f.say(&kind(listed_kind(&mail), &f.terms))),
            Cell::text(mail.ticket_number.clone().unwrap_or_else(|| "–".into())),
            Cell::text(f.moment(mail.sent_at.unwrap_or(mail.created_at))),
            if mail.state == MailState::Failed { Cell::strong(state) } else { Cell::text(state) },
            Cell::text(mail.last_error.clone().unwrap_or_else(|| "–".into())),
            again,
        ]);
    }
    table.next(next("/admin/mails", &asked.state, mails.next));
    page.table(table);
    page.html()
}

/// `GET /admin/inbound`.
pub async fn received(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| incoming(tx, frame, &asked, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/inbound/{id}/retry`.
pub async fn look_again(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let change = move |tx: &mut Tx<'_>, _: &Sent| {
        let may = in_own_region(tx)?;
        inbox::retry(tx, &may, id.parse().map_err(|_| Error::NotFound)?)?;
        Ok("/admin/inbound?done=queued".to_owned())
    };
    run(visit, "retry", sent, change, |tx, frame, trial| incoming(tx, frame, &Asked::default(), trial)).await
}

fn incoming(tx: &mut Tx<'_>, frame: Frame, asked: &Asked, trial: Trial) -> Result<String> {
    let _: May<act::KeepMails, InRegion> = in_own_region(tx)?;
    let state = InboundState::from_text(&asked.state);
    let paging = Paging { limit: None, cursor: asked.cursor.clone() };
    let mails = inbox::list(tx, &in_own_region(tx)?, true, state, &paging)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.inbound.title"), trial);
    page.back("/admin/mails", say!("web.admin.mail.title"));
    let f = page.frame.clone();
    let words = InboundState::ALL.iter().map(|s| (s.text().to_owned(), f.say(&came_to(*s)))).collect();
    page.form(question(&f, "/admin/inbound", &asked.state, words));
    let columns = [
        "web.admin.inbound.from",
        "web.admin.mail.when",
        "web.admin.mail.state",
        "web.admin.inbound.outcome",
        "web.admin.mail.ticket",
        "web.admin.mail.error",
        "web.admin.mail.again",
    ];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table =
        Table::new("inbound", f.t("web.admin.inbound.title"), columns, f.t("web.admin.inbound.none")).stacked();
    for mail in mails.items {
        let sender = mail.sender.clone().unwrap_or_else(|| "–".into());
        let again = match mail.state {
            InboundState::Refused | InboundState::Unreadable => {
                Cell::button(format!("/admin/inbound/{}/retry", mail.id), f.t("web.admin.inbound.retry"), &sender)
            }
            InboundState::Received | InboundState::Done => Cell::text("–"),
        };
        let state = f.say(&came_to(mail.state));
        let is_lost = matches!(mail.state, InboundState::Refused | InboundState::Unreadable);
        let outcome = mail.outcome().map_or_else(|| "–".to_owned(), |why| became(&f, why));
        table.row(vec![
            Cell::text(sender),
            Cell::text(f.moment(mail.received_at)),
            if is_lost { Cell::strong(state) } else { Cell::text(state) },
            Cell::text(outcome),
            Cell::text(mail.ticket_number.unwrap_or_else(|| "–".into())),
            Cell::text(mail.last_error.unwrap_or_else(|| "–".into())),
            again,
        ]);
    }
    table.next(next("/admin/inbound", &asked.state, mails.next));
    page.table(table);
    page.html()
}

fn question(f: &Frame, place: &str, state: &str, words: Vec<(String, String)>) -> Form {
    let all = std::iter::once((String::new(), f.t("web.queue.any"))).chain(words).collect();
    let form = Form::new("search", place, String::new(), f.t("web.queue.apply")).question();
    form.field(Field::choice("state", f.t("web.admin.mail.state"), state, all))
}

fn next(place: &str, state: &str, cursor: Option<String>) -> Option<String> {
    cursor.map(|cursor| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([("state", state), ("cursor", &cursor)]);
        format!("{place}?{}", query.finish())
    })
}

fn state_of(state: MailState, frame: &Frame) -> Say {
    match state {
        MailState::Sent if frame.writes_files => say!("web.admin.mail.filed"),
        MailState::Queued => say!("web.admin.mail.queued"),
        MailState::Sent => say!("web.admin.mail.sent"),
        MailState::Failed => say!("web.admin.mail.failed"),
    }
}

/// What a mail is about; of a secret ticket no more than that there is news (L13).
fn kind(kind: &str, terms: &Terms) -> Say {
    match kind {
        "password_new" => say!("web.admin.mail.password_new"),
        "password_reset" => say!("web.admin.mail.password_reset"),
        "password_set" => say!("mail.account.password_title"),
        "second_factor_set" => say!("mail.account.set_title"),
        "second_factor_removed" => say!("mail.account.removed_title"),
        "second_factor_reset" => say!("mail.account.reset_title"),
        "address_changed" => say!("mail.account.moved_title"),
        "link_made" => say!("mail.account.link_title"),
        "opened" => say!("web.admin.mail.opened"),
        "assigned" => say!("web.admin.mail.assigned"),
        "commented" => say!("web.admin.mail.commented"),
        "escalated" => say!("mail.topic.escalated", tier2 = terms.tier2),
        "returned" => say!("mail.topic.returned", tier1 = terms.tier1),
        "question" => say!("mail.topic.question"),
        "resolved" => say!("mail.topic.resolved"),
        "closed" => say!("mail.topic.closed"),
        "reopened" => say!("mail.topic.reopened"),
        "warned" => say!("mail.topic.warned"),
        "breached" => say!("mail.topic.breached"),
        "digest" => say!("mail.topic.digest"),
        "checkpoint" => say!("mail.checkpoint.kind"),
        _ => say!("web.notice.other"),
    }
}

fn came_to(state: InboundState) -> Say {
    match state {
        InboundState::Received => say!("web.admin.inbound.received"),
        InboundState::Done => say!("web.admin.inbound.done"),
        InboundState::Refused => say!("web.admin.inbound.refused"),
        InboundState::Unreadable => say!("web.admin.inbound.unreadable"),
    }
}

/// What became of a message, in words; a code that a newer node wrote stays one.
fn became(f: &Frame, why: &str) -> String {
    match why {
        "comment" => f.t("web.admin.inbound.comment"),
        "internal" => f.t("web.admin.inbound.internal"),
        "ticket" => f.t("web.admin.inbound.ticket"),
        "bounce" | "report" => f.t("web.admin.inbound.report"),
        "unknown_sender" => f.t("web.admin.inbound.unknown_sender"),
        "unclear_sender" => f.t("web.admin.inbound.unclear_sender"),
        "unauthenticated" => f.t("web.admin.inbound.unauthenticated"),
        "automatic" | "own" => f.t("web.admin.inbound.automatic"),
        "duplicate" => f.t("web.admin.inbound.duplicate"),
        "too_many" => f.t("web.admin.inbound.too_many"),
        "attached" => f.t("web.admin.inbound.attached"),
        "news" => f.t("web.admin.inbound.news"),
        "empty" => f.t("web.admin.inbound.empty"),
        "repeated" => f.t("web.admin.inbound.repeated"),
        "not_allowed" => f.t("web.admin.inbound.not_allowed"),
        "foreign_report" => f.t("web.admin.inbound.foreign_report"),
        "gave_up" => f.t("web.admin.inbound.gave_up"),
        "malformed" => f.t("web.admin.inbound.malformed"),
        "too_large" => f.t("web.admin.inbound.too_large"),
        "too_many_parts" | "too_deep" | "header_too_long" => f.t("web.admin.inbound.too_complex"),
        other => other.to_owned(),
    }
}
