//! What happened to a ticket, in sentences: events and what people wrote, in one order.

use super::edit::{impact, urgency};
use super::frame::Frame;
use crate::access::Tx;
use crate::catalog::{self, Impact, Kind, Urgency, words::Priority};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::mail::delivery::{self, Delivery};
use crate::mail::outbox::MailState;
use crate::message::Say;
use crate::org::person;
use crate::say;
use crate::sla::Metric;
use crate::sla::level::Level;
use crate::ticket::{Channel, Classification, Ticket, Visibility, comment, event, find};
use chrono::DateTime;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Lines of a page; what is older stands on the next one.
const MOST: i64 = 200;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Line {
    /// When.
    pub at: Ts,
    /// What, as a sentence.
    pub text: String,
    /// What somebody wrote with it.
    pub words: Vec<(String, String)>,
    /// For staff only.
    pub internal: bool,
    /// Somebody wrote; else something was done.
    pub is_comment: bool,
    /// How the mails that it owed went; for staff only.
    pub mails: Option<String>,
}

/// A page of a ticket's history.
pub struct History {
    /// What happened, oldest first.
    pub lines: Vec<Line>,
    /// Where what happened before it is; none at the beginning.
    pub older: Option<String>,
    /// Something happened after it, which stands on another page.
    pub is_past: bool,
}

/// What the lines of a page name.
struct Named {
    people: HashMap<Id, String>,
    texts: HashMap<Id, (String, Channel)>,
    services: HashMap<Id, String>,
    /// Numbers of other tickets that the reader sees.
    tickets: HashMap<Id, String>,
}

/// The newest of a ticket's history, or what stands `before` a page of it; without what is internal unless `staff`.
///
/// # Errors
/// 422 for a place that no page gave.
pub fn of(tx: &mut Tx<'_>, ticket: &Ticket, staff: bool, before: Option<String>, frame: &Frame) -> Result<History> {
    let is_past = before.is_some();
    let page = event::newest(tx, ticket.id, staff, &Paging { limit: Some(MOST), cursor: before })?;
    let (events, older) = (page.items, page.next);
    let written: Vec<Id> = events.iter().filter_map(|e| id(&e.data.0, "comment")).collect();
    let comments = comment::named(tx, ticket.id, staff, &written)?;
    let mut people: BTreeSet<Id> = events.iter().filter_map(|e| e.actor_id).collect();
    people.extend(events.iter().filter_map(|e| id(&e.data.0, "assignee")));
    people.extend(events.iter().filter_map(|e| id(&e.staff_data.0, "person")));
    let ids: Vec<Id> = events.iter().map(|e| e.id).collect();
    let mails = if staff { delivery::of(tx, &ids)? } else { Vec::new() };
    people.extend(mails.iter().filter_map(|mail| mail.person));
    let people: Vec<Id> = people.into_iter().collect();
    let changed = events.iter().filter_map(|e| e.data.0.get("service"));
    let services: Vec<Id> = changed.flat_map(|change| [id(change, "from"), id(change, "to")]).flatten().collect();
    let tied = events.iter().filter(|e| matches!(e.kind.as_str(), "linked" | "unlinked"));
    let tied: Vec<Id> = tied.filter_map(|e| id(&e.staff_data.0, "ticket")).collect();
    let named = Named {
        people: person::briefs(tx, &people)?.into_iter().map(|p| (p.id, p.name)).collect(),
        texts: comments.into_iter().map(|c| (c.id, (c.body, c.channel))).collect(),
        services: services_of(tx, &services)?,
        tickets: find::seen_among(tx, &tied)?.into_iter().map(|(id, ticket)| (id, ticket.number)).collect(),
    };
    let lines = events.into_iter().filter_map(|e| {
        let owed = mails.iter().filter(|mail| mail.event == Some(e.id));
        Some(Line { mails: delivered(owed, &named.people, frame), ..line(&e, &named, frame)? })
    });
    Ok(History { lines: lines.collect(), older, is_past })
}

/// "Surel: Budi, terkirim 10.15; Sari, menunggu"; none if nothing was owed.
fn delivered<'a>(
    owed: impl Iterator<Item = &'a Delivery>,
    names: &HashMap<Id, String>,
    frame: &Frame,
) -> Option<String> {
    let one = |mail: &Delivery| {
        let name = mail.person.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
        frame.say(&match (mail.state, mail.sent_at) {
            (MailState::Sent, Some(at)) if frame.writes_files => {
                say!("web.history.mail.filed", who = name, at = frame.moment(at))
            }
            (MailState::Sent, Some(at)) => say!("web.history.mail.sent", who = name, at = frame.moment(at)),
            (MailState::Failed, _) => say!("web.history.mail.failed", who = name),
            _ => say!("web.history.mail.queued", who = name),
        })
    };
    let told: Vec<String> = owed.map(one).collect();
    (!told.is_empty()).then(|| frame.say(&say!("web.history.mail.all", mails = told.join("; "))))
}

fn id(data: &Value, field: &str) -> Option<Id> {
    data.get(field)?.as_str()?.parse().ok()
}

fn services_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(catalog::names(tx, ids)?.into_iter().map(|(id, _, name)| (id, name)).collect())
}

fn line(e: &event::Line, named: &Named, frame: &Frame) -> Option<Line> {
    let name = |id: Option<Id>| id.and_then(|id| named.people.get(&id).cloned());
    let actor = name(e.actor_id).unwrap_or_else(|| frame.t("web.history.program"));
    let (data, staff) = (&e.data.0, &e.staff_data.0);
    let other = || name(id(data, "assignee").or(id(staff, "person"))).unwrap_or_default();
    let file = || data.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let metric = || {
        let metric = staff.get("metric").and_then(Value::as_str).and_then(Metric::from_text);
        metric.map(|metric| frame.say(&metric.named(&frame.terms.tier2))).unwrap_or_default()
    };
    let comment = id(data, "comment").and_then(|id| named.texts.get(&id));
    let text = match e.kind.as_str() {
        "opened" => say!("web.history.opened", who = actor),
        "assigned" => say!("web.history.assigned", who = actor, whom = other()),
        "started" => say!("web.history.started", who = actor),
        "accepted" => say!("web.history.accepted", who = actor, tier2 = frame.terms.tier2),
        "escalated" => say!("web.history.escalated", who = actor, tier2 = frame.terms.tier2),
        "returned" => say!("web.history.returned", who = actor, tier1 = frame.terms.tier1),
        "consulted" => say!("web.history.consulted", who = actor, tier2 = frame.terms.tier2),
        "reminded" => say!("web.history.reminded", who = actor),
        "pended" => say!("web.history.pended", who = actor),
        "resumed" => say!("web.history.resumed", who = actor),
        "resolved" => say!("web.history.resolved", who = actor),
        "closed" => say!("web.history.closed", who = actor),
        "reopened" => say!("web.history.reopened", who = actor),
        "cancelled" => say!("web.history.cancelled", who = actor),
        "edited" => say!("web.history.edited", who = actor, what = edited(data, frame)),
        "commented" if e.visibility == Visibility::Internal => say!("web.history.noted", who = actor),
        "commented" if comment.is_some_and(|(_, channel)| *channel == Channel::Email) => {
            say!("web.history.mailed", who = actor)
        }
        "commented" => say!("web.history.commented", who = actor),
        "attached" => say!("web.history.attached", who = actor, file = file()),
        "released" => say!("web.history.released", whom = other()),
        "linked" | "unlinked" => tied(e, named, &actor),
        "warned" if staff.get("level").and_then(Value::as_str).is_some_and(Level::is_reminder_by_name) => {
            say!("web.history.overdue", metric = metric())
        }
        "warned" => say!("web.history.warned", metric = metric()),
        "breached" => say!("web.history.breached", metric = metric()),
        "reported" => say!("web.history.reported", who = actor),
        "waiver_asked" => say!("web.history.waiver_asked", who = actor, metric = metric()),
        "waiver_decided" if staff.get("granted").and_then(Value::as_bool) == Some(true) => {
            say!("web.history.waiver_granted", who = actor, metric = metric())
        }
        "waiver_decided" => say!("web.history.waiver_refused", who = actor, metric = metric()),
        // Who follows is not worth a line to read.
        _ => return None,
    };
    let words = match comment {
        Some((body, _)) => vec![(String::new(), body.clone())],
        None if e.kind == "edited" => changes(data, named, frame),
        None => words(data, staff, frame),
    };
    let (at, internal, is_comment) = (e.at, e.visibility == Visibility::Internal, comment.is_some());
    Some(Line { at, text: frame.say(&text), words, internal, is_comment, mails: None })
}

/// That it was tied to another ticket, or untied: by its number for whoever sees it.
fn tied(e: &event::Line, named: &Named, who: &str) -> Say {
    let other = id(&e.staff_data.0, "ticket").and_then(|id| named.tickets.get(&id));
    match (other, e.kind.as_str()) {
        (None, _) => say!("web.history.linked", who = who),
        (Some(number), "unlinked") => say!("web.history.untied", who = who, ticket = number),
        (Some(number), _) => say!("web.history.tied", who = who, ticket = number),
    }
}

/// What can be changed, by the names that the forms have.
fn labels(frame: &Frame) -> [(&'static str, String); 8] {
    [
        ("subject", frame.t("web.edit.subject")),
        ("description", frame.t("web.ticket.trouble")),
        ("kind", frame.t("web.ticket.kind")),
        ("service", frame.t("web.ticket.service")),
        ("impact", frame.t("web.edit.impact")),
        ("urgency", frame.t("web.edit.urgency")),
        ("priority", frame.t("web.ticket.priority")),
        ("classification", frame.t("web.ticket.classification")),
    ]
}

/// The names of the fields that were changed.
fn edited(data: &Value, frame: &Frame) -> String {
    let changed = labels(frame).into_iter().filter(|(name, _)| data.get(name).is_some());
    let names: Vec<String> = changed.map(|(_, label)| label.to_lowercase()).collect();
    if names.is_empty() { frame.t("web.history.fields") } else { names.join(", ") }
}

/// Each field that was changed, with what it was and what it is; of the long text nobody keeps what it was.
fn changes(data: &Value, named: &Named, frame: &Frame) -> Vec<(String, String)> {
    let change = |(field, label): (&'static str, String)| {
        let change = data.get(field)?;
        let (from, to) = (change.get("from")?, change.get("to")?);
        Some((label, format!("{} → {}", told(field, from, named, frame), told(field, to, named, frame))))
    };
    labels(frame).into_iter().filter_map(change).collect()
}

/// The value of a field in words.
fn told(field: &str, value: &Value, named: &Named, frame: &Frame) -> String {
    let Some(word) = value.as_str() else { return frame.t("web.report.else") };
    let known = match field {
        "kind" => Kind::from_text(word).map(|kind| frame.kind(kind)),
        "service" => word.parse().ok().and_then(|id| named.services.get(&id).cloned()),
        "impact" => Impact::from_text(word).map(|level| impact(frame, level)),
        "urgency" => Urgency::from_text(word).map(|level| urgency(frame, level)),
        "priority" => Priority::from_text(word).map(|priority| frame.priority(priority)),
        "classification" => Classification::from_text(word).map(|class| frame.classification(class)),
        _ => None,
    };
    known.unwrap_or_else(|| word.to_owned())
}

/// What was written with an event, each text under its name; of a wait also until when.
fn words(data: &Value, staff: &Value, frame: &Frame) -> Vec<(String, String)> {
    let labels: [(&str, Say); 12] = [
        ("reason", say!("web.field.reason")),
        ("tried", say!("web.field.tried")),
        ("requested", say!("web.field.requested")),
        ("instructions", say!("web.field.instructions")),
        ("question", say!("web.field.question")),
        ("note", say!("web.field.note")),
        ("resolution", say!("web.field.resolution")),
        ("cause", say!("web.field.cause")),
        ("comment", say!("web.field.comment")),
        ("to", say!("web.field.to")),
        ("reference", say!("web.field.reference")),
        ("remark", say!("web.field.remark")),
    ];
    let text = |name: &str| [data, staff].into_iter().find_map(|d| d.get(name)?.as_str().map(str::to_owned));
    let told = |reason: &str| match reason {
        "requester" => frame.t("web.wait.requester"),
        "vendor" => frame.t("web.wait.vendor"),
        "scheduled" => frame.t("web.wait.scheduled"),
        other => other.to_owned(),
    };
    let is_wait = data.get("until").is_some();
    let word = |name: &str, text: String| if name == "reason" && is_wait { told(&text) } else { text };
    let stars = data.get("rating").and_then(Value::as_i64);
    let stars =
        stars.map(|stars| (frame.t("web.overview.rated"), frame.say(&say!("web.history.stars", stars = stars))));
    let texts = labels.into_iter().filter_map(|(name, label)| Some((frame.say(&label), word(name, text(name)?))));
    let until = data.get("until").and_then(Value::as_str).and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    let until = until.map(|at| (frame.t("web.field.until"), frame.moment(Ts::new(at.to_utc()))));
    stars.into_iter().chain(texts).chain(until).collect()
}
