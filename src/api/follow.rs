//! Watchers of a ticket, and ties between tickets.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::Tx;
use crate::db::page::{Page, Paging};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::person::{self, Brief};
use crate::say;
use crate::ticket::find::{TicketRef, find_quietly, read};
use crate::ticket::link::{self, LinkKind, Tied};
use crate::ticket::watch;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// Who shall follow.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWatcher {
    /// A person's id; left out: oneself.
    person: Option<String>,
}

/// `GET /tickets/{id}/watchers`.
pub async fn watchers(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| followers(tx, &which, &paging)).await
}

/// Who follows, by name.
fn followers(tx: &mut Tx<'_>, which: &TicketRef, paging: &Paging) -> Result<Answer> {
    let ids = watch::list(tx, which)?;
    let mut people = person::briefs(tx, &ids)?;
    let key = |person: &Brief| (person.name.clone(), person.id);
    people.sort_by_key(key);
    Ok(Answer::page(Page::of(people, paging, key)?, |person| person))
}

/// `POST /tickets/{id}/watchers`.
pub async fn watch(call: Call, name: Path<String>, body: Body<NewWatcher>) -> Reply {
    let which = call.ticket(&name);
    let who = body.value.person;
    call.write(&body.bytes, move |tx| {
        let ticket = match &who {
            None => {
                let ticket = find_quietly(tx, &which)?;
                watch::follow(tx, ticket)?
            }
            Some(id) => {
                let ticket = find_quietly(tx, &which)?;
                let id = id.parse::<Id>().map_err(|_| Error::invalid("/person", say!("watch.outside")))?;
                watch::invite(tx, ticket, id)?
            }
        };
        followers(tx, &TicketRef::id(ticket.id), &Paging::default())
    })
    .await
}

/// `DELETE /tickets/{id}/watchers/me`.
pub async fn unwatch(call: Call, name: Path<String>) -> Reply {
    let which = call.ticket(&name);
    call.write(&[], move |tx| {
        let ticket = find_quietly(tx, &which)?;
        watch::leave(tx, ticket)?;
        Ok(Answer::none())
    })
    .await
}

/// A tie to another ticket.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LinkView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// How they are tied.
    kind: LinkKind,
    /// `true` if the tie was made from this ticket.
    outgoing: bool,
    /// The other one's id.
    #[schema(value_type = uuid::Uuid)]
    ticket: Id,
    /// Its number.
    number: String,
    /// Its subject.
    subject: String,
    /// When they were tied.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
}

fn link_view(of: Id, Tied { link, other }: Tied) -> LinkView {
    LinkView {
        id: link.id,
        kind: link.kind,
        outgoing: link.ticket_id == of,
        ticket: other.id,
        number: other.number,
        subject: other.subject,
        created_at: link.at,
    }
}

/// A new tie.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// Id or number of the other ticket.
    #[schema(example = "LBK-2026-000001")]
    ticket: String,
    /// How.
    kind: LinkKind,
}

/// `GET /tickets/{id}/links`.
pub async fn links(call: Call, name: Path<String>, Query(paging): Query<Paging>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = read(tx, &which)?.into_inner();
        Ok(Answer::page(link::page(tx, ticket.id, &paging)?, |tied| link_view(ticket.id, tied)))
    })
    .await
}

/// `POST /tickets/{id}/links`.
pub async fn tie(call: Call, name: Path<String>, body: Body<NewLink>) -> Reply {
    let which = call.ticket(&name);
    let NewLink { ticket: other, kind } = body.value;
    call.write(&body.bytes, move |tx| {
        let ticket = find_quietly(tx, &which)?;
        let made = link::tie(tx, ticket, kind, &TicketRef::parse(&other, None))?;
        let place = format!("{}/tickets/{}/links", super::routes::BASE, made.ticket_id);
        let all = link::list(tx, made.ticket_id)?;
        let tied = all.into_iter().find(|tied| tied.link.id == made.id).ok_or(Error::NotFound)?;
        Ok(Answer::created(place, &link_view(made.ticket_id, tied)))
    })
    .await
}

/// `DELETE /tickets/{id}/links/{link}`.
pub async fn untie(call: Call, names: Path<(String, String)>) -> Reply {
    let (name, id) = names.into_inner();
    let which = call.ticket(&name);
    call.write(&[], move |tx| {
        let ticket = find_quietly(tx, &which)?;
        let id = id.parse().map_err(|_| Error::NotFound)?;
        link::untie(tx, ticket, id)?;
        Ok(Answer::none())
    })
    .await
}
