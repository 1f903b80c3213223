//! One-time links: the first administrator, and setting a password. Only the hash of a link is stored.

use super::account_mail::{self, Change};
use super::person::{self, Fields, Person};
use super::{grant, region};
use crate::access::token::{self, Secret};
use crate::access::{May, Role, Tx, act};
use crate::audit;
use crate::config::SignIn;
use crate::db::schema::{one_time_links as links, people};
use crate::db::{Id, Ts, turn};
use crate::error::{Error, Result};
use crate::{on, say};
use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde_json::json;

#[derive(Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct Row<'a> {
    hash: &'a str,
    purpose: &'a str,
    person_id: Option<Id>,
    issued_by: Option<Id>,
    issued_at: Ts,
    expires_at: Ts,
    used_at: Option<Ts>,
}

/// A link for the first administrator, as long as there is nobody at all; earlier ones stop working.
pub fn for_setup(tx: &mut Tx<'_>, settings: &SignIn) -> Result<Option<Secret>> {
    if is_inhabited(tx)? { Ok(None) } else { issue(tx, "setup", None, settings).map(Some) }
}

/// Whether there is anybody; nobody else decides by it until this transaction ends.
fn is_inhabited(tx: &mut Tx<'_>) -> Result<bool> {
    turn::take(tx.conn())?;
    Ok(on!(tx.conn(), |c| diesel::select(exists(people::table.select(people::id))).get_result(c))?)
}

/// A link with which a person sets his password, for somebody else to hand to him; earlier ones stop working. He is told.
pub fn for_password(
    tx: &mut Tx<'_>,
    may: &May<act::IssueLink, person::Target>,
    settings: &SignIn,
) -> Result<(Secret, Ts)> {
    let person = &may.get().person;
    let secret = issue(tx, "password", Some(person.id), settings)?;
    // Whoever has no password yet has nothing that could be taken from him.
    if person.password_set_at.is_some() {
        account_mail::tell(tx, person, Change::Link)?;
    }
    audit::append(tx, "link.issue", person::object(person), json!({ "purpose": "password" }))?;
    Ok((secret, tx.now.plus(Duration::seconds(settings.link_seconds))))
}

fn issue(tx: &mut Tx<'_>, purpose: &'static str, person: Option<Id>, settings: &SignIn) -> Result<Secret> {
    let (secret, by) = (Secret::new()?, tx.actor.person);
    let until = tx.now.plus(Duration::seconds(settings.link_seconds));
    keep(tx, purpose, person, by, &secret, until)?;
    Ok(secret)
}

/// Stores a link for a person's password whose secret was made elsewhere, to be used until `expires_at`; earlier ones stop
/// working. One that is issued by himself was asked for by somebody who was not signed in, and ends none but such: else
/// anybody could end the link that an administrator has just handed over.
pub(super) fn keep_for(tx: &mut Tx<'_>, person: Id, by: Option<Id>, secret: &Secret, expires_at: Ts) -> Result<()> {
    keep(tx, "password", Some(person), by, secret, expires_at)
}

/// Lets a link for a password work until then, from when its mail leaves; `false` if it works no more, because it was used, or
/// replaced by a newer one, or ended.
///
/// # Errors
/// The database's.
pub fn live_until(tx: &mut Tx<'_>, hash: &str, until: Ts) -> Result<bool> {
    let alive = links::hash.eq(hash).and(links::purpose.eq("password")).and(links::used_at.is_null());
    let changed =
        on!(tx.conn(), |c| diesel::update(links::table.filter(alive)).set(links::expires_at.eq(until)).execute(c))?;
    Ok(changed == 1)
}

/// Everybody whom nothing lets in and to whom a desk could write, or `only` this one if he is such, the oldest entry first: he
/// is active and has neither a password nor a link that works, or will once its mail leaves.
///
/// # Errors
/// The database's.
pub fn missing(tx: &mut Tx<'_>, only: Option<Id>) -> Result<Vec<Person>> {
    let now = tx.now;
    Ok(on!(tx.conn(), |c| {
        let works = links::person_id.eq(people::id.nullable()).and(links::used_at.is_null());
        let mut query = people::table
            .filter(people::password_hash.is_null().and(people::active.eq(true)).and(people::region_id.is_not_null()))
            .filter(not(exists(links::table.filter(works.and(links::expires_at.gt(now))))))
            .order((people::created_at, people::id))
            .select(Person::as_select())
            .into_boxed::<Db>();
        if let Some(person) = only {
            query = query.filter(people::id.eq(person));
        }
        query.load(c)
    })?)
}

/// Ends every link for a person's password: it was set, or his address is another one.
pub(super) fn end(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(links::table.filter(links::person_id.eq(person).and(links::used_at.is_null())))
        .set(links::used_at.eq(Some(now)))
        .execute(c))?;
    Ok(())
}

fn keep(
    tx: &mut Tx<'_>,
    purpose: &'static str,
    person: Option<Id>,
    by: Option<Id>,
    secret: &Secret,
    expires_at: Ts,
) -> Result<()> {
    let now = tx.now;
    // Of two that are made at once, the later ends the earlier.
    if let Some(id) = person {
        person::hold(tx, id)?;
    }
    on!(tx.conn(), |c| {
        let open = links::purpose.eq(purpose).and(links::used_at.is_null());
        let mut earlier =
            diesel::update(links::table).set(links::used_at.eq(Some(now))).filter(open).into_boxed::<Db>();
        if let Some(id) = person {
            earlier = earlier.filter(links::person_id.eq(id));
        }
        if person.is_some() && by == person {
            earlier = earlier.filter(links::issued_by.eq(by));
        }
        earlier.execute(c)
    })?;
    let row = Row {
        hash: &secret.hash,
        purpose,
        person_id: person,
        issued_by: by,
        issued_at: now,
        expires_at,
        used_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(links::table).values(row).execute(c))?;
    Ok(())
}

/// Uses a link up; whom it was for.
fn redeem(tx: &mut Tx<'_>, plain: &str, purpose: &str) -> Result<Option<Id>> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(
        links::table
            .filter(links::hash.eq(token::hash(plain)).and(links::purpose.eq(purpose)))
            .filter(links::used_at.is_null().and(links::expires_at.gt(now)))
    )
    .set(links::used_at.eq(Some(now)))
    .returning(links::person_id)
    .get_result::<Option<Id>>(c)
    .optional())?
    .ok_or_else(dead)
}

fn dead() -> Error {
    Error::invalid("/token", say!("link.dead"))
}

/// Makes the first person: an operator, by the link that an empty database gave.
///
/// # Errors
/// 422 for a dead link, which it is as soon as there is anybody, or fields that do not fit.
pub fn set_up(tx: &mut Tx<'_>, plain: &str, fields: &Fields) -> Result<Person> {
    if is_inhabited(tx)? {
        return Err(dead());
    }
    redeem(tx, plain, "setup")?;
    let person = person::enter(tx, None, fields)?;
    first_operator(tx, person)
}

fn first_operator(tx: &mut Tx<'_>, person: Person) -> Result<Person> {
    let row = grant::Grant {
        id: tx.new_id(),
        person_id: person.id,
        role: Role::Operator,
        region_id: None,
        opd_id: None,
        granted_by: None,
        granted_at: tx.now,
        revoked_by: None,
        revoked_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(crate::db::schema::grants::table).values(&row).execute(c))?;
    audit::append(tx, "platform.set_up", person::object(&person), json!({}))?;
    Ok(person)
}

/// Whose password a link is for, using it up, with the words that the password may not be made of.
///
/// # Errors
/// 422 for a dead link.
pub fn redeem_for_password(tx: &mut Tx<'_>, plain: &str) -> Result<Person> {
    let whose = peek(tx, plain, "password")?.ok_or_else(dead)?;
    // Locked in the order of whoever makes him another link.
    let person = person::hold(tx, whose.id)?;
    redeem(tx, plain, "password")?;
    if person.active { Ok(person) } else { Err(dead()) }
}

/// Whom an unused link is for, without using it; to check the password before the slow hash.
///
/// # Errors
/// 422 for a dead link.
pub fn peek(tx: &mut Tx<'_>, plain: &str, purpose: &str) -> Result<Option<Person>> {
    let now = tx.now;
    let person = on!(tx.conn(), |c| links::table
        .filter(links::hash.eq(token::hash(plain)).and(links::purpose.eq(purpose)))
        .filter(links::used_at.is_null().and(links::expires_at.gt(now)))
        .select(links::person_id)
        .first::<Option<Id>>(c)
        .optional())?
    .ok_or_else(dead)?;
    person.map(|id| person::by_id(tx, id)).transpose()
}

/// Removes links that can't be used any more.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let old = tx.now.plus(Duration::days(-30));
    Ok(on!(tx.conn(), |c| diesel::delete(links::table.filter(links::expires_at.lt(old))).execute(c))?)
}

/// The region's name for messages about a person, if he has one.
pub fn region_words(tx: &mut Tx<'_>, person: &Person) -> Result<Vec<String>> {
    let mut words = vec!["sigap".into(), person.name.clone(), person.email.clone()];
    if let Some(id) = person.region_id {
        let region = region::by_id(tx, id)?;
        words.extend([region.code, region.name, region.domain]);
    }
    Ok(words)
}

/// Makes every link void that was not used.
pub fn void_all(tx: &mut Tx<'_>) -> Result<usize> {
    let now = tx.now;
    Ok(on!(tx.conn(), |c| diesel::update(links::table.filter(links::used_at.is_null()))
        .set(links::used_at.eq(Some(now)))
        .execute(c))?)
}
