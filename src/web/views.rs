//! Views of the queue under a name.

use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{asked, queue, see};
use crate::desk::{place, view};
use crate::error::Error;
use crate::say;
use actix_web::web::Path;

/// `POST /views`.
pub async fn keep(visit: Visit, sent: Sent) -> Shown {
    let form = sent.clone();
    let done = visit
        .write(&sent, move |tx| {
            let desk = place::chosen(tx, form.maybe("desk").as_deref())?;
            // Nobody could tell two of one name apart.
            if view::is_named(tx, form.get("name").trim())? {
                return Err(Error::invalid("/name", say!("web.views.exists")));
            }
            let view = view::keep(tx, form.get("name"), form.get("filter"), desk)?;
            Ok(asked::address(&view.filter))
        })
        .await;
    match done {
        Ok(place) => Ok(see(&place)),
        Err(error) => queue::refused(&visit, "view", sent, error).await,
    }
}

/// `POST /views/{id}/remove`.
pub async fn remove(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let back = asked::with(&asked::address(sent.get("back")), "gone=view");
    let done = visit
        .write(&sent, move |tx| {
            let found = view::find(tx, id.parse().map_err(|_| Error::NotFound)?)?;
            view::remove(tx, found)?;
            Ok(back.clone())
        })
        .await;
    done.map(|place| see(&place)).map_err(|e| visit.fault(e))
}
