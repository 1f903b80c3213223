//! Attachments: streamed to disk, never held in memory, always served as a download.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use super::problem::{self, Problem};
use crate::blob::Kept;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::http;
use crate::say;
use crate::ticket::attach::{self, Attachment, File, Turn};
use crate::ticket::find::{TicketRef, find, find_quietly, read};
use crate::ticket::{Ticket, Visibility, scope};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::TryStreamExt;
use serde::Serialize;
use std::slice;
use std::time::Duration;

/// How files come.
const FORM: &str = "multipart/form-data";

/// An attachment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Its name as sent.
    name: String,
    /// What its content shows it to be.
    media_type: String,
    /// Bytes.
    size: i64,
    /// SHA-256 in hexadecimal.
    sha256: String,
    /// For whom.
    visibility: Visibility,
    /// Id of who sent it.
    #[schema(value_type = uuid::Uuid)]
    uploaded_by: Id,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
}

impl From<Attachment> for AttachmentView {
    fn from(a: Attachment) -> Self {
        Self {
            id: a.id,
            name: a.name,
            media_type: a.media_type,
            size: a.size,
            sha256: a.sha256,
            visibility: a.visibility,
            uploaded_by: a.uploaded_by,
            created_at: a.created_at,
        }
    }
}

/// `POST /tickets/{id}/attachments`: `multipart/form-data` with `file` and, if wanted, `visibility`.
pub async fn add(
    call: Call,
    name: Path<String>,
    request: HttpRequest,
    form: std::result::Result<Multipart, actix_web::Error>,
) -> Reply {
    // Other kinds of `multipart` are made of parts too, and mean something else.
    let form = http::needs(&request, FORM).and_then(|()| form.map_err(|_| Error::Unsupported(FORM)));
    let which = call.ticket(&name);
    let limits = call.app.config.limits.clone();
    let (seen, room) = (which.clone(), limits.clone());
    let early = call.fetch(move |tx| attach::refuse_early(tx, &seen, &room)).await.err();
    let is_refused = early.is_some();
    if let Some(refused) = early
        // Whoever may not add to the ticket does not get to send megabytes first; but under a key the same form gets the first
        // answer again, and another one none, so that it must be known.
        && (refused.is_passing() || !call.is_repeatable())
    {
        return Err(call.problem(refused));
    }
    let seconds = Duration::from_secs(call.app.config.limits.request_seconds.saturating_mul(20));
    let received = match form {
        Ok(form) => tokio::time::timeout(seconds, receive(&call, form)).await.unwrap_or(Err(Error::Timeout)),
        Err(error) => Err(error),
    };
    let (name, mut kept, visibility) = match received {
        Ok(received) => received,
        Err(error) => return refuse(call, which, is_refused, error).await,
    };
    let file = File { name, stored: kept.hand_over() };
    let fingerprint = format!("{}\0{}\0{visibility}", file.stored.sha256, file.name);
    let app = call.app.clone();
    let done = call.write(fingerprint.as_bytes(), move |tx| {
        if is_refused {
            attach::refuse_early(tx, &which, &limits)?;
        }
        let turn = Turn::take(tx, slice::from_ref(&file), &limits)?;
        let attachment = match visibility {
            Visibility::Public => {
                let ticket = find(tx, &which)?;
                attach::public(tx, ticket, &file, &turn)?
            }
            Visibility::Internal => {
                let ticket = find_quietly(tx, &which)?;
                attach::internal(tx, ticket, &file, &turn)?
            }
        };
        let place = format!("{}/attachments/{}", super::routes::BASE, attachment.id);
        Ok(Answer::created(place, &AttachmentView::from(attachment)))
    });
    let done = done.await;
    let status = done.as_ref().map_or_else(Problem::status_code, HttpResponse::status);
    app.forget_unused(status.as_u16(), vec![kept]).await;
    done
}

/// Refuses a form that is not taken, and keeps that under its key as any other refusal.
async fn refuse(call: Call, which: TicketRef, is_refused: bool, error: Error) -> Reply {
    if error.is_passing() || !call.is_repeatable() {
        return Err(call.problem(error));
    }
    let (refusal, limits) = (problem::answer(&error, call.language), call.app.config.limits.clone());
    // What is wrong with it is all that is known of such a form.
    let fingerprint = format!("{error:?}");
    call.write(fingerprint.as_bytes(), move |tx| {
        if is_refused {
            attach::refuse_early(tx, &which, &limits)?;
        }
        Ok(refusal.clone())
    })
    .await
}

async fn receive(call: &Call, mut form: Multipart) -> Result<(String, Kept, Visibility)> {
    let mut visibility = Visibility::Public;
    let mut file = None;
    // To its end: what is said after the file counts too, else an internal one would be shown to all.
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        match field.name() {
            Some("visibility") => visibility = read_visibility(&mut field).await?,
            Some("file") if file.is_none() => {
                let name = field
                    .content_disposition()
                    .and_then(http::file_name)
                    .ok_or_else(|| Error::invalid("/file", say!("attachment.name")))?;
                attach::refuse_name(&name)?;
                let mut has_broken = false;
                let pieces = field.inspect_err(|e| has_broken = is_broken(e));
                let kept = call.app.keep_file(pieces).await;
                file = Some((name, kept.map_err(|e| if has_broken { Error::Broken } else { e })?));
            }
            _ => return Err(Error::invalid("/", say!("attachment.field"))),
        }
    }
    let (name, kept) = file.ok_or_else(|| Error::invalid("/file", say!("field.needed")))?;
    Ok((name, kept, visibility))
}

fn unreadable(error: MultipartError) -> Error {
    match error {
        _ if is_broken(&error) => Error::Broken,
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => Error::Unsupported(FORM),
        _ => Error::Malformed(say!("body.multipart")),
    }
}

/// `true` if the form broke off on its way, and may arrive whole the next time.
fn is_broken(error: &MultipartError) -> bool {
    let MultipartError::Payload(error) = error else { return false };
    !matches!(error, PayloadError::Overflow | PayloadError::EncodingCorrupted | PayloadError::UnknownLength)
}

async fn read_visibility(field: &mut Field) -> Result<Visibility> {
    let wrong = || Error::invalid("/visibility", say!("field.one_of", known = "public, internal"));
    let mut text = Vec::new();
    while let Some(piece) = field.try_next().await.map_err(unreadable)? {
        text.extend_from_slice(&piece);
        if text.len() > 20 {
            return Err(wrong());
        }
    }
    std::str::from_utf8(&text).ok().and_then(Visibility::from_text).ok_or_else(wrong)
}

/// `GET /tickets/{id}/attachments`.
pub async fn list(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket: Ticket = read(tx, &which)?.into_inner();
        let staff = scope::sees_internal(tx, &ticket);
        let page = attach::list(tx, ticket.id, staff, &paging)?;
        Ok(Answer::page(page, AttachmentView::from))
    })
    .await
}

/// `GET /attachments/{id}`: the file, as a download that no browser shows by itself.
pub async fn download(call: Call, id: Path<String>) -> Reply {
    let language = call.language;
    let id = id.into_inner();
    let found = call
        .fetch(move |tx| {
            let id = id.parse().map_err(|_| Error::NotFound)?;
            attach::read(tx, id)
        })
        .await;
    let attachment = found.map_err(|e| Problem::new(e, language))?;
    http::download(&call.app.blobs.path(&attachment.sha256), attachment.media_type, attachment.size, &attachment.name)
        .await
        .map_err(|e| Problem::new(e, language))
}
