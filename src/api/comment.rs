//! Comments of a ticket.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::org::person::{self, Brief};
use crate::ticket::comment::{self, Comment};
use crate::ticket::find::{find, find_quietly, read};
use crate::ticket::{Channel, Visibility, scope};
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A comment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CommentView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Who wrote it.
    author: Option<Brief>,
    /// For whom.
    visibility: Visibility,
    /// The text, exactly as it was sent.
    body: String,
    /// How it came in.
    channel: Channel,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
}

impl CommentView {
    fn of(comment: Comment, people: &[Brief]) -> Self {
        Self {
            author: people.iter().find(|p| p.id == comment.author_id).cloned(),
            id: comment.id,
            visibility: comment.visibility,
            body: comment.body,
            channel: comment.channel,
            created_at: comment.created_at,
        }
    }
}

/// A new comment.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The text.
    #[schema(min_length = 1, max_length = 20000)]
    body: String,
    /// For everybody who sees the ticket, or for staff only.
    visibility: Visibility,
}

/// `POST /tickets/{id}/comments`.
pub async fn add(call: Call, name: Path<String>, body: Body<NewComment>) -> Reply {
    let which = call.ticket(&name);
    let NewComment { body: text, visibility } = body.value;
    call.write(&body.bytes, move |tx| {
        let comment = match visibility {
            Visibility::Public => {
                let ticket = find(tx, &which)?;
                comment::public(tx, ticket, &text, Channel::Api)?
            }
            Visibility::Internal => {
                let ticket = find_quietly(tx, &which)?;
                comment::internal(tx, ticket, &text, Channel::Api)?
            }
        };
        let place = format!("{}/tickets/{}/comments", super::routes::BASE, comment.ticket_id);
        let people = person::briefs(tx, &[comment.author_id])?;
        Ok(Answer::created(place, &CommentView::of(comment, &people)))
    })
    .await
}

/// `GET /tickets/{id}/comments`.
pub async fn list(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = read(tx, &which)?.into_inner();
        let staff = scope::sees_internal(tx, &ticket);
        let page = comment::list(tx, ticket.id, staff, &paging)?;
        let mut ids: Vec<Id> = page.items.iter().map(|c| c.author_id).collect();
        ids.sort();
        ids.dedup();
        let people = person::briefs(tx, &ids)?;
        Ok(Answer::page(page, |c| CommentView::of(c, &people)))
    })
    .await
}
