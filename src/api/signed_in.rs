//! Who of a region is signed in, for whoever keeps its people, and the end of it.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use super::org::in_own_region;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::org::directory;
use crate::org::person::Brief;
use crate::org::session::Session;
use crate::org::signed_in;
use actix_web::web::Path;
use serde::Serialize;

/// A session of somebody.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedInView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Whose.
    person: Brief,
    /// When he signed in.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When it was last used to refresh.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    refreshed_at: Ts,
    /// When it ends if it is not refreshed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Ts,
    /// From where.
    address: String,
    /// With which program.
    agent: String,
}

impl From<(Session, Brief)> for SignedInView {
    fn from((session, person): (Session, Brief)) -> Self {
        let Session { id, created_at, refreshed_at, expires_at, address, agent, .. } = session;
        Self { id, person, created_at, refreshed_at, expires_at, address, agent }
    }
}

/// `GET /sessions`.
pub async fn list(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region(tx)?;
        Ok(Answer::page(signed_in::list(tx, &may, &paging)?, SignedInView::from))
    })
    .await
}

/// `DELETE /people/{id}/sessions`.
pub async fn end(call: Call, id: Path<String>) -> Reply {
    call.write(&[], move |tx| {
        let may = directory::target(tx, &id, None)?;
        signed_in::end(tx, &may)?;
        Ok(Answer::none())
    })
    .await
}
