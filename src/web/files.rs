//! Files of a ticket, to be saved or looked at.

use super::fault::Fault;
use super::visit::{Shown, Visit};
use crate::error::Error;
use crate::http;
use crate::ticket::attach::{self, Attachment};
use crate::ticket::find::{TicketRef, read};
use actix_web::web::Path;

/// `GET /tickets/{number}/files/{id}`.
pub async fn save(visit: Visit, place: Path<(String, String)>) -> Shown {
    let file = found(&visit, place.into_inner()).await?;
    let path = visit.app.blobs.path(&file.sha256);
    http::download(&path, file.media_type, file.size, &file.name).await.map_err(|e| visit.fault(e))
}

/// `GET /tickets/{number}/files/{id}/preview`: a picture or PDF to be looked at; anything else is saved.
pub async fn preview(visit: Visit, place: Path<(String, String)>) -> Shown {
    let file = found(&visit, place.into_inner()).await?;
    let path = visit.app.blobs.path(&file.sha256);
    http::show(&path, file.media_type, file.size, &file.name).await.map_err(|e| visit.fault(e))
}

async fn found(visit: &Visit, (number, id): (String, String)) -> Result<Attachment, Fault> {
    let which = TicketRef::parse(&number, None);
    visit
        .read(move |tx, _| {
            let ticket = read(tx, &which)?.into_inner();
            let file = attach::read(tx, id.parse().map_err(|_| Error::NotFound)?)?;
            if file.ticket_id == ticket.id { Ok(file) } else { Err(Error::NotFound) }
        })
        .await
}
