//! The time line of a ticket.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
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
    /// What was said with it.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// `GET /tickets/{id}/events`.
pub async fn events(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = find::read(tx, &which)?.into_inner();
        let staff = sees_internal(tx, &ticket);
        let page = event::list(tx, ticket.id, staff, &paging)?;
        let mut ids: Vec<Id> = page.items.iter().filter_map(|l| l.actor_id).collect();
        ids.sort();
        ids.dedup();
        let people = person::briefs(tx, &ids)?;
        Ok(Answer::page(page, |line| EventView {
            id: line.id,
            at: line.at,
            kind: line.kind,
            actor: line.actor_id.and_then(|id| people.iter().find(|p| p.id == id).cloned()),
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
