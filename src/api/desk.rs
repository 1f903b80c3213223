//! What people keep for their work: views of the queue, canned answers.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::{Tx, act};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::desk::answer::{self, Answer as Canned, Change};
use crate::desk::place;
use crate::desk::view::{self, View};
use crate::error::{Error, Result};
use crate::patch::given;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A view of the queue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SavedView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Its name.
    name: String,
    /// The filter, as the address of the queue has it.
    filter: String,
    /// Whom it is shared with: `own`, `tier1:<code of the OPD>`, `tier2`.
    desk: String,
    /// Made by the caller, who may remove it.
    own: bool,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
}

/// A new view.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The filter, as the address of the queue has it.
    #[schema(max_length = 600, example = "status=open&who=me")]
    filter: String,
    /// Whom to share it with: `own` (default), `tier1:<code of the OPD>`, `tier2`; a desk that the caller serves.
    desk: Option<String>,
}

fn views_of(tx: &mut Tx<'_>, views: Vec<View>) -> Result<Vec<SavedView>> {
    let me = tx.actor.person()?;
    let desks: Vec<_> = views.iter().map(View::shared_with).collect();
    let words = place::words(tx, &desks)?;
    let view = |(v, desk): (View, String)| SavedView {
        id: v.id,
        name: v.name,
        filter: v.filter,
        desk,
        own: v.owner_id == me,
        created_at: v.created_at,
    };
    Ok(views.into_iter().zip(words).map(view).collect())
}

/// `GET /views`.
pub async fn views(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let page = view::list(tx, &paging)?;
        let next_cursor = page.next;
        let items = views_of(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// `POST /views`.
pub async fn keep_view(call: Call, body: Body<NewView>) -> Reply {
    let NewView { name, filter, desk } = body.value;
    call.write(&body.bytes, move |tx| {
        let desk = place::chosen(tx, desk.as_deref())?;
        let kept = view::keep(tx, &name, &filter, desk)?;
        let view = views_of(tx, vec![kept])?.pop().ok_or(Error::NotFound)?;
        Ok(Answer::created(format!("{}/views", super::routes::BASE), &view))
    })
    .await
}

/// `DELETE /views/{id}`.
pub async fn remove_view(call: Call, id: Path<String>) -> Reply {
    let id = id.into_inner();
    call.write(&[], move |tx| {
        let found = view::find(tx, id.parse().map_err(|_| Error::NotFound)?)?;
        view::remove(tx, found)?;
        Ok(Answer::none())
    })
    .await
}

/// A canned answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CannedView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Its name.
    name: String,
    /// Its text; `{nama}`, `{nomor}`, `{layanan}`, `{petugas}` are blanks that a ticket fills.
    body: String,
    /// Whom it is shared with: `own`, `tier1:<code of the OPD>`, `tier2`.
    desk: String,
    /// Made by the caller.
    own: bool,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When it was last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Ts,
}

/// A new canned answer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCanned {
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Its text; `{nama}`, `{nomor}`, `{layanan}`, `{petugas}` are blanks that a ticket fills.
    #[schema(min_length = 1, max_length = 5000)]
    body: String,
    /// Whom to share it with: `own` (default), `tier1:<code of the OPD>`, `tier2`; a desk that the caller serves.
    desk: Option<String>,
}

/// What is to be changed of a canned answer; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// Its text.
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default, deserialize_with = "given")]
    body: Option<String>,
    /// Whom to share it with.
    #[serde(default, deserialize_with = "given")]
    desk: Option<String>,
}

fn canned_of(tx: &mut Tx<'_>, answers: Vec<Canned>) -> Result<Vec<CannedView>> {
    let me = tx.actor.person()?;
    let desks: Vec<_> = answers.iter().map(Canned::shared_with).collect();
    let words = place::words(tx, &desks)?;
    let view = |(a, desk): (Canned, String)| CannedView {
        id: a.id,
        name: a.name,
        body: a.body,
        desk,
        own: a.owner_id == me,
        created_at: a.created_at,
        updated_at: a.updated_at,
    };
    Ok(answers.into_iter().zip(words).map(view).collect())
}

fn shown(tx: &mut Tx<'_>, answer: Canned) -> Result<CannedView> {
    canned_of(tx, vec![answer])?.pop().ok_or(Error::NotFound)
}

/// `GET /answers`.
pub async fn answers(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let page = answer::list(tx, &paging)?;
        let next_cursor = page.next;
        let items = canned_of(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// `POST /answers`.
pub async fn create_answer(call: Call, body: Body<NewCanned>) -> Reply {
    let NewCanned { name, body: text, desk } = body.value;
    call.write(&body.bytes, move |tx| {
        let desk = place::chosen(tx, desk.as_deref())?;
        let made = answer::create(tx, &name, &text, desk)?;
        let view = shown(tx, made)?;
        Ok(Answer::created(format!("{}/answers", super::routes::BASE), &view))
    })
    .await
}

/// `PATCH /answers/{id}`.
pub async fn change_answer(call: Call, id: Path<String>, body: Body<CannedChange>) -> Reply {
    let id = id.into_inner();
    let CannedChange { name, body: text, desk } = body.value;
    call.write(&body.bytes, move |tx| {
        let found = answer::find::<act::KeepAnswer>(tx, id.parse().map_err(|_| Error::NotFound)?)?;
        let desk = desk.as_deref().map(|word| place::chosen(tx, Some(word))).transpose()?;
        let changed = answer::change(tx, found, &Change { name: name.clone(), body: text.clone(), desk, seen: None })?;
        Ok(Answer::ok(&shown(tx, changed)?))
    })
    .await
}

/// `DELETE /answers/{id}`.
pub async fn remove_answer(call: Call, id: Path<String>) -> Reply {
    let id = id.into_inner();
    call.write(&[], move |tx| {
        let found = answer::find(tx, id.parse().map_err(|_| Error::NotFound)?)?;
        answer::remove(tx, found)?;
        Ok(Answer::none())
    })
    .await
}
