//! Views of the queue under a name.

use super::sent::Sent;
use super::sure::Sure;
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

/// `POST /views/{id}/remove`, once it was asked about.
pub async fn remove(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    if sent.get("step") != "keep" {
        let asked = id.clone();
        let found = visit.ask(&sent, move |tx| view::find(tx, asked.parse().map_err(|_| Error::NotFound)?)).await;
        let view = found.map_err(|e| visit.fault(e))?.into_inner();
        let action = format!("/views/{id}/remove");
        let (back, stay) = (sent.get("back"), asked::address(sent.get("back")));
        let sure = Sure::of(&view.name, view.shared_with(), action, back, stay, visit.language);
        return queue::asking(&visit, sent, sure).await;
    }
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
