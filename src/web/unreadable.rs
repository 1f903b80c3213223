//! Mails that could not be made out: somebody wrote them and waits, so the desk looks at them as they came.

use super::frame::Frame;
use super::render;
use super::visit::{Shown, Visit};
use crate::db::page::Paging;
use crate::error::Error;
use crate::http;
use crate::mail::inbound::Listed;
use crate::org::in_own_region;
use crate::ticket::inbox;
use actix_web::web::{Path, Query};
use askama::Template;

#[derive(Template)]
#[template(path = "web/templates/unreadable.html")]
struct Page {
    frame: Frame,
    mails: Vec<Listed>,
    next: Option<String>,
}

/// `GET /unreadable`.
pub async fn list(visit: Visit, paging: Query<Paging>) -> Shown {
    let paging = paging.into_inner();
    let html = visit
        .read(move |tx, frame| {
            let may = in_own_region(tx)?;
            let page = inbox::unreadable(tx, &may, &paging)?;
            render(&Page { frame, mails: page.items, next: page.next })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// `GET /unreadable/{id}`: one of them, as a download.
pub async fn raw(visit: Visit, id: Path<String>) -> Shown {
    let id = id.into_inner();
    let raw = visit
        .read(move |tx, _| {
            let may = in_own_region(tx)?;
            inbox::raw(tx, &may, id.parse().map_err(|_| Error::NotFound)?)
        })
        .await?;
    Ok(http::download_bytes(raw, "message/rfc822", "surat.eml"))
}
