//! The time line of a ticket.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::mail::delivery::{self, Delivery};
use crate::mail::outbox::MailState;
use crate::org::person::{self, Brief};
use crate::ticket::scope::sees_internal;
use crate::ticket::{Visibility, event, find};
use actix_web::web::Path;
use serde::Serialize;

/// A line of the time line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Ts,
    /// What happened.
    #[schema(example = "escalated")]
    kind: String,
    /// Who did it; `null` is the program itself.
    actor: Option<Brief>,
    /// The ticket's version after it.
    version: i32,
    /// Who may know of it.
    visibility: Visibility,
    /// How the mails that it owed went; left out for whoever does not see internal lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    mails: Option<Vec<DeliveryView>>,
    /// What was said with it.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// How a mail went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryView {
    /// Who gets it.
    to: Option<Brief>,
    /// Where it is.
    state: MailState,
    /// When it was sent.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sent_at: Option<Ts>,
}

/// `GET /tickets/{id}/events`.
pub async fn events(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = find::read(tx, &which)?.into_inner();
        let staff = sees_internal(tx, &ticket);
        let page = event::list(tx, ticket.id, staff, &paging)?;
        let lines: Vec<Id> = page.items.iter().map(|line| line.id).collect();
        let mails = if staff { delivery::of(tx, &lines)? } else { Vec::new() };
        let mut ids: Vec<Id> = page.items.iter().filter_map(|l| l.actor_id).collect();
        ids.extend(mails.iter().filter_map(|mail| mail.person));
        ids.sort();
        ids.dedup();
        let people = person::briefs(tx, &ids)?;
        let brief = |id: Option<Id>| id.and_then(|id| people.iter().find(|p| p.id == id).cloned());
        let shown = |mail: &Delivery| DeliveryView { to: brief(mail.person), state: mail.state, sent_at: mail.sent_at };
        let of_line = |line: Id| mails.iter().filter(|mail| mail.event == Some(line)).map(shown).collect();
        Ok(Answer::page(page, |line| EventView {
            mails: staff.then(|| of_line(line.id)),
            id: line.id,
            at: line.at,
            kind: line.kind,
            actor: brief(line.actor_id),
            version: line.version,
            visibility: line.visibility,
            data: merged(line.data.0, line.staff_data.0),
        }))
    })
    .await
}

fn merged(mut data: serde_json::Value, staff: serde_json::Value) -> serde_json::Value {
    if let (Some(into), serde_json::Value::Object(from)) = (data.as_object_mut(), staff) {
        into.extend(from);
    }
    data
}
