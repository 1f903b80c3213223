//! Whoever is signed in: himself, his sessions, his notices.

use super::answer::Answer;
use super::call::{Call, Own, Reply};
use super::extract::{Body, Nothing, Query};
use crate::access::{Role, Tx};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::notice::{self, Notice};
use crate::org::region::{self, Terms};
use crate::org::session::{self, Session};
use crate::org::{grant, opd, person};
use crate::ticket::find;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A role held.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RoleView {
    /// Id of the grant.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// The role.
    pub role: Role,
    /// Code of its region; `null` for the platform.
    pub region: Option<String>,
    /// Code of its organisation, for roles held in one.
    pub opd: Option<String>,
}

/// Whoever is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MeView {
    /// His id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Name.
    name: String,
    /// Official address.
    email: String,
    /// NIP.
    nip: Option<String>,
    /// Language of his messages.
    language: String,
    /// Code of his region.
    region: Option<String>,
    /// His roles.
    roles: Vec<RoleView>,
    /// What the region calls its tiers (T1); the default where he has no region.
    terms: Terms,
}

/// `GET /me`.
pub async fn me(Own(call): Own) -> Reply {
    call.read(|tx| {
        let id = tx.actor.person()?;
        let person = person::by_id(tx, id)?;
        let region = person.region_id.map(|id| region::by_id(tx, id)).transpose()?;
        let roles = roles(tx, &[id])?.into_iter().map(|(_, role)| role).collect();
        Ok(Answer::ok(&MeView {
            id,
            name: person.name,
            email: person.email,
            nip: person.nip,
            language: person.language,
            region: region.as_ref().map(|r| r.code.clone()),
            roles,
            terms: region.map(|r| r.terms()).unwrap_or_default(),
        }))
    })
    .await
}

/// The roles of these people, each with its owner.
pub fn roles(tx: &mut Tx<'_>, people: &[Id]) -> Result<Vec<(Id, RoleView)>> {
    let grants = grant::of(tx, people)?;
    let opds: Vec<Id> = grants.iter().filter_map(|g| g.opd_id).collect();
    let opds = opd::names(tx, &opds)?;
    let regions = region_codes(tx, &grants)?;
    Ok(grants
        .into_iter()
        .map(|g| {
            let region = regions.iter().find(|(id, _)| Some(*id) == g.region_id).map(|(_, code)| code.clone());
            let opd = opds.iter().find(|(id, ..)| Some(*id) == g.opd_id).map(|(_, code, _)| code.clone());
            (g.person_id, RoleView { id: g.id, role: g.role, region, opd })
        })
        .collect())
}

fn region_codes(tx: &mut Tx<'_>, grants: &[grant::Grant]) -> Result<Vec<(Id, String)>> {
    let mut ids: Vec<Id> = grants.iter().filter_map(|g| g.region_id).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(|id| Ok((id, region::by_id(tx, id)?.code))).collect()
}

/// A session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
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
    /// The one of this request.
    current: bool,
}

/// `GET /me/sessions`.
pub async fn sessions(Own(call): Own, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let current = tx.actor.session;
        let view = |s: Session| SessionView {
            id: s.id,
            created_at: s.created_at,
            refreshed_at: s.refreshed_at,
            expires_at: s.expires_at,
            address: s.address,
            agent: s.agent,
            current: Some(s.id) == current,
        };
        Ok(Answer::page(session::page(tx, &paging)?, view))
    })
    .await
}

/// `DELETE /me/sessions/{id}`.
pub async fn end_session(Own(call): Own, id: Path<String>) -> Reply {
    let id = id.into_inner();
    call.write(&[], move |tx| {
        let id: Id = id.parse().map_err(|_| Error::NotFound)?;
        session::end_of_own(tx, id)?;
        Ok(Answer::none())
    })
    .await
}

/// A notice.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NoticeView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// What happened: the kind of the event, or `no_tier1`, `no_tier2`, `bounced`, `overdue` (a level beyond the target),
    /// `kept_internal` (his answer by mail still held a mail of ours).
    kind: String,
    /// The ticket's id.
    #[schema(value_type = uuid::Uuid)]
    ticket: Id,
    /// The ticket's number; `null` if it is no longer for him to see.
    number: Option<String>,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When it was read.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    read_at: Option<Ts>,
}

/// Which notices.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Only those not read yet.
    unread: Option<bool>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// `GET /notices`.
pub async fn notices(call: Call, Query(query): Query<NoticeQuery>) -> Reply {
    call.read(move |tx| {
        let paging = Paging { limit: query.limit, cursor: query.cursor };
        let page = notice::list(tx, query.unread.unwrap_or(false), &paging)?;
        let next_cursor = page.next;
        let items = views(tx, page.items)?;
        Ok(Answer::ok(&super::answer::ListView { items, next_cursor }))
    })
    .await
}

/// `POST /notices/{id}/read`.
pub async fn read_notice(call: Call, id: Path<String>, body: Body<Nothing>) -> Reply {
    let id = id.into_inner();
    call.write(&body.bytes, move |tx| {
        let id = id.parse().map_err(|_| Error::NotFound)?;
        let read = notice::read(tx, id)?;
        let view = views(tx, vec![read])?.pop().ok_or(Error::NotFound)?;
        Ok(Answer::ok(&view))
    })
    .await
}

fn views(tx: &mut Tx<'_>, notices: Vec<Notice>) -> Result<Vec<NoticeView>> {
    let seen = find::seen_among(tx, &notices.iter().map(|notice| notice.ticket_id).collect::<Vec<_>>())?;
    let view = |notice: Notice| NoticeView {
        id: notice.id,
        kind: notice.kind,
        ticket: notice.ticket_id,
        number: seen.get(&notice.ticket_id).map(|ticket| ticket.number.clone()),
        created_at: notice.created_at,
        read_at: notice.read_at,
    };
    Ok(notices.into_iter().map(view).collect())
}
