//! People, their roles, and links with which they set a password.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Csv, Nothing, Query};
use super::me::{RoleView, roles};
use super::org::{ImportQuery, ImportView, imported, in_own_region};
use crate::access::{Actor, Role, Tx, check};
use crate::db::{Expected, Id, Ts};
use crate::error::{Error, Result};
use crate::mail::bounce;
use crate::org::directory::{self, Search};
use crate::org::mailed_link::{self, Why};
use crate::org::person::{self, Fields, Person, Target};
use crate::org::{administrator, grant, import, link, region, second_factor};
use crate::say;
use crate::ticket::release;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// A person; whoever does not keep people's entries reads name and address only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonView {
    /// His id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Name.
    name: String,
    /// Official address.
    email: String,
    /// The rest, for whoever keeps people's entries, and for himself.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryView>,
}

/// What is kept of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    /// NIP.
    nip: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// Language of his messages.
    language: String,
    /// May sign in.
    active: bool,
    /// Has chosen a password.
    has_password: bool,
    /// His roles in force.
    roles: Vec<RoleView>,
    /// When he was entered.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When he left.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    deactivated_at: Option<Ts>,
    /// Since when he is written to no more, because mails to his address came back; naming the address in a change
    /// ends that.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    mail_suspended_since: Option<Ts>,
    /// Changes so far; also the `ETag`.
    version: i32,
}

fn views(tx: &mut Tx<'_>, people: Vec<Person>) -> Result<Vec<PersonView>> {
    let ids: Vec<Id> = people.iter().map(|p| p.id).collect();
    let all = roles(tx, &ids)?;
    let actor = tx.actor.clone();
    let addresses: Vec<String> = people.iter().map(|p| p.email.clone()).collect();
    let suspended = bounce::suspended(tx, &addresses)?;
    Ok(people
        .into_iter()
        .map(|p| {
            let mine: Vec<RoleView> = all.iter().filter(|(id, _)| *id == p.id).map(|(_, r)| r.clone()).collect();
            let entry = reads_entry(&actor, &p).then(|| EntryView {
                nip: p.nip,
                phone: p.phone,
                language: p.language,
                active: p.active,
                has_password: p.password_hash.is_some(),
                roles: mine,
                created_at: p.created_at,
                deactivated_at: p.deactivated_at,
                mail_suspended_since: suspended.get(&p.email).copied(),
                version: p.version,
            });
            PersonView { id: p.id, name: p.name, email: p.email, entry }
        })
        .collect())
}

fn reads_entry(actor: &Actor, person: &Person) -> bool {
    actor.person == Some(person.id) || [Role::Admin, Role::Auditor, Role::Operator].iter().any(|r| actor.is(*r))
}

fn shown(tx: &mut Tx<'_>, person: Person) -> Result<Answer> {
    let version = person.version;
    let view = views(tx, vec![person])?.pop().ok_or(Error::NotFound)?;
    let answer = Answer::ok(&view);
    Ok(if view.entry.is_some() { answer.with_version(version) } else { answer })
}

/// `GET /people`.
pub async fn list(call: Call, Query(search): Query<Search>) -> Reply {
    call.read(move |tx| {
        let page = directory::list(tx, &search)?;
        let next_cursor = page.next;
        let items = views(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// `GET /people/{id}`.
pub async fn read(call: Call, id: Path<String>) -> Reply {
    call.read(move |tx| {
        let id = id.parse().map_err(|_| Error::NotFound)?;
        let person = directory::known(tx, id)?;
        shown(tx, person)
    })
    .await
}

/// A new person; an operator names the region whose administrator he makes, or none for another operator.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Name.
    #[schema(example = "Siti Aminah")]
    name: String,
    /// Official address.
    #[schema(example = "siti.aminah@lebakkab.go.id")]
    email: String,
    /// NIP.
    #[schema(example = "199608182022041001")]
    nip: Option<String>,
    /// Telephone.
    phone: Option<String>,
    /// `id` or `en`.
    language: Option<String>,
    /// Code of the region, for an operator; he becomes its administrator.
    region: Option<String>,
}

/// `POST /people`.
pub async fn create(call: Call, body: Body<NewPerson>) -> Reply {
    let NewPerson { name, email, nip, phone, language, region } = body.value;
    let app = call.app.clone();
    let fields = Fields { name: Some(name), email: Some(email), nip: nip.into(), phone, language, ..Fields::default() };
    call.write(&body.bytes, move |tx| {
        let person = match &region {
            None if tx.actor.is(Role::Operator) => colleague(tx, &fields)?,
            None => {
                let may = in_own_region(tx)?;
                person::create(tx, &may, &fields)?
            }
            Some(code) => keeper_of(tx, code, &fields)?,
        };
        // Whoever was known to his region and becomes its administrator has a password.
        if person.password_hash.is_none() {
            mailed_link::send(tx, &person, Why::Entered, app.post())?;
        }
        let place = format!("{}/people/{}", super::routes::BASE, person.id);
        Ok(Answer { status: 201, location: Some(place), ..shown(tx, person)? })
    })
    .await
}

/// An operator appoints the administrator of a region, and nobody else.
fn keeper_of(tx: &mut Tx<'_>, code: &str, fields: &Fields) -> Result<Person> {
    let unknown = || Error::invalid("/region", say!("region.unknown"));
    let region = region::list(tx)?.into_iter().find(|r| r.code == code).ok_or_else(unknown)?;
    administrator::appoint(tx, &region, fields)
}

/// An operator enters another operator.
fn colleague(tx: &mut Tx<'_>, fields: &Fields) -> Result<Person> {
    let person = person::create_operator(tx, fields)?;
    let may = check(&tx.actor, Target { person: person.clone(), role: Role::Operator })?;
    grant::give(tx, may, None, &Expected::any())?;
    Ok(person)
}

/// `PATCH /people/{id}`.
pub async fn change(call: Call, id: Path<String>, body: Body<Fields>) -> Reply {
    let (mut fields, expected) = (body.value, call.expected());
    if let Some(password) = fields.password.take() {
        let problem = |e| call.problem(e);
        let me = call.fetch(second_factor::owner).await.map_err(problem)?;
        call.app.prove(&me, password, "/password", call.origin.clone()).await.map_err(problem)?;
        fields.is_proven = true;
    }
    call.write(&body.bytes, move |tx| {
        let may = directory::target(tx, &id, None)?;
        let (person, left) = person::change(tx, may, &fields, expected.clone())?;
        if let Some(left) = left {
            release::assignments(tx, left)?;
        }
        shown(tx, person)
    })
    .await
}

/// `POST /people/import`.
pub async fn import(call: Call, Query(query): Query<ImportQuery>, Csv(file): Csv) -> Reply {
    let (language, rehearsal, bytes) = (call.language, query.is_rehearsal(), file.clone());
    let app = call.app.clone();
    let _: Option<ImportView> = None;
    call.write(&bytes, move |tx| {
        let may = in_own_region(tx)?;
        let outcome = import::run(tx, rehearsal, |tx| import::people(tx, &may, &file, app.post()))?;
        Ok(imported(outcome, rehearsal, language))
    })
    .await
}

/// A role to give.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// The role.
    role: Role,
    /// Code of the organisation, for roles held in one.
    #[schema(example = "dinkes")]
    opd: Option<String>,
}

/// `POST /people/{id}/roles`.
pub async fn give_role(call: Call, id: Path<String>, body: Body<NewRole>) -> Reply {
    let (NewRole { role, opd }, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        let may = directory::target(tx, &id, Some(role))?;
        let person = may.get().person.id;
        grant::give(tx, may, opd.as_deref(), &expected)?;
        let place = format!("{}/people/{person}", super::routes::BASE);
        let person = person::by_id(tx, person)?;
        Ok(Answer { status: 201, location: Some(place), ..shown(tx, person)? })
    })
    .await
}

/// `DELETE /people/{id}/roles/{grant}`.
pub async fn take_role(call: Call, names: Path<(String, String)>) -> Reply {
    let ((id, held), expected) = (names.into_inner(), call.expected());
    call.write(&[], move |tx| {
        let (may, held) = directory::holding(tx, &id, &held)?;
        let left = grant::take(tx, may, held, &expected)?;
        release::assignments(tx, left)?;
        Ok(Answer::none())
    })
    .await
}

/// A one-time link.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PasswordLinkView {
    /// Where the person sets his password; the token stands after `#`, so that no server logs it.
    url: String,
    /// The token by itself.
    token: String,
    /// Until when it works.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Ts,
}

/// `POST /people/{id}/password-link`.
pub async fn password_link(call: Call, id: Path<String>, body: Body<Nothing>) -> Reply {
    let (settings, public) = (call.app.config.sign_in.clone(), call.app.config.public_url.clone());
    call.write(&body.bytes, move |tx| {
        let may = directory::target(tx, &id, None)?;
        let (secret, expires_at) = link::for_password(tx, &may, &settings)?;
        let url = format!("{public}/password#token={}", secret.plain);
        Ok(Answer::json(201, &PasswordLinkView { url, token: secret.plain, expires_at }).with_secret())
    })
    .await
}

/// `POST /people/{id}/password-mail`.
pub async fn mail_password_link(call: Call, id: Path<String>, body: Body<Nothing>) -> Reply {
    let app = call.app.clone();
    call.write(&body.bytes, move |tx| {
        let may = directory::target(tx, &id, None)?;
        mailed_link::send_again(tx, may, app.post())?;
        Ok(Answer::none())
    })
    .await
}
