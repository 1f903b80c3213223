//! What is new on a page that stands open: told as it happens, or asked for where no line can be kept; and who else has
//! a ticket open.

use super::sent::Sent;
use super::visit::{Shown, Visit};
use crate::access::{act, check};
use crate::app::news::body;
use crate::db::Ts;
use crate::desk::presence;
use crate::error::{Error, Result};
use crate::say;
use crate::ticket::find::{TicketRef, read};
use crate::ticket::news;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Path, Query};
use chrono::Duration;
use serde::Deserialize;

/// Seconds that a page may be behind.
const BEHIND: i64 = 86_400;

/// Since when.
#[derive(Debug, Default, Deserialize)]
pub struct Since {
    /// The instant that a page shows.
    #[serde(default)]
    since: String,
}

impl Since {
    fn at(&self) -> Result<Ts> {
        Ts::read(&self.since).ok_or_else(|| Error::invalid("/since", say!("field.type")))
    }
}

/// `GET /news`: ids and versions of the tickets that changed, for a page that asks again and again with the same
/// instant.
pub async fn poll(visit: Visit, since: Query<Since>) -> Shown {
    let since = since.at().map_err(|e| visit.fault(e))?;
    let told = visit
        .read(move |tx, _| {
            let happened = news::happened(tx, since.max(tx.now.plus(Duration::seconds(-BEHIND))))?;
            news::for_reader(tx, &happened)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(body(&told)))
}

/// `GET /news/stream`: the same as it happens (server-sent events).
pub async fn stream(visit: Visit, since: Query<Since>) -> Shown {
    let since = since.at().map_err(|e| visit.fault(e))?;
    // The database has the last word on who is signed in.
    visit.read(|_, _| Ok(())).await?;
    let now = visit.app.clock.now();
    let line = visit.claims().and_then(|claims| visit.app.news.listen(claims, since, now));
    let line = line.map_err(|e| visit.fault(e))?;
    let messages = futures_util::stream::unfold(line, |mut line| async move {
        let message = line.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(message)), line))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Neither we nor a proxy may hold a message back to make it smaller.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(Box::pin(messages)))
}

/// `POST /tickets/{number}/here`: the reader has the ticket open; who else has, in one sentence.
pub async fn here(visit: Visit, number: Path<String>, sent: Sent) -> Shown {
    let (which, language) = (TicketRef::parse(&number, None), visit.language);
    let done = visit
        .write(&sent, move |tx| {
            let ticket = read(tx, &which)?.into_inner();
            let ticket = check::<act::CommentInternal, _>(&tx.actor, ticket)?;
            presence::note(tx, &ticket)?;
            let names = presence::others(tx, &ticket)?;
            Ok(sentence(&names, language))
        })
        .await;
    let text = done.map_err(|e| visit.fault(e))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}

/// "Budi dan Ani juga membuka tiket ini"; empty if nobody does.
#[must_use]
pub fn sentence(names: &[String], language: crate::message::Language) -> String {
    if names.is_empty() {
        return String::new();
    }
    say!("web.ticket.here", who = names.join(", ")).text(language)
}
