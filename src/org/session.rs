//! Sessions: a family of refresh tokens, each used once. A second use of one means that two hold it, and ends the
//! family (RFC 9700, 4.14).

use super::{Person, person, sign_out};
use crate::access::token::{self, Secret};
use crate::access::{Tx, throttle};
use crate::audit;
use crate::config::SignIn;
use crate::db::behind::below;
use crate::db::page::{Page, Paging};
use crate::db::schema::{people, refresh_tokens, sessions};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;
use std::collections::HashSet;

/// A session as its owner sees it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct Session {
    /// Its id.
    pub id: Id,
    /// Whose.
    pub person_id: Id,
    /// When he signed in.
    pub created_at: Ts,
    /// When it was last refreshed.
    pub refreshed_at: Ts,
    /// When it ends if it is not refreshed.
    pub expires_at: Ts,
    /// When it ended.
    pub ended_at: Option<Ts>,
    /// Why.
    pub end_reason: Option<String>,
    /// From where he signed in.
    pub address: String,
    /// With which program.
    pub agent: String,
}

#[derive(Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct Refresh<'a> {
    hash: &'a str,
    session_id: Id,
    issued_at: Ts,
    expires_at: Ts,
    used_at: Option<Ts>,
}

/// What a login is checked against.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who it may be.
    pub person: Option<Id>,
    /// His region.
    pub region: Option<Id>,
    /// His password's hash.
    pub hash: Option<String>,
}

/// Whom the tries are counted for: a person under every spelling of his address and NIP, and an unknown login under every
/// spelling too, so that the count does not tell them apart.
fn keys(tx: &Tx<'_>, login: &str, person: Option<Id>) -> [String; 2] {
    let who = person.map_or_else(|| person::spelling(login), |id| id.to_string());
    // Hashed: a login that was mistyped may be a password.
    [format!("login:{}", token::hash(&who)), format!("address:{}", tx.origin.network())]
}

/// First step of signing in: counts the try, and tells what to compare. An unknown login is no different.
///
/// # Errors
/// 429 while a pause lasts.
pub fn attempt(tx: &mut Tx<'_>, login: &str, settings: &SignIn) -> Result<Candidate> {
    let person = person::by_login(tx, None, login)?;
    let [by_login, by_address] = keys(tx, login, person.as_ref().map(|p| p.id));
    throttle::count(tx, &by_login, settings.login_failures, settings)?;
    throttle::count(tx, &by_address, settings.address_failures, settings)?;
    Ok(Candidate {
        person: person.as_ref().map(|p| p.id),
        region: person.as_ref().and_then(|p| p.region_id),
        hash: person.and_then(|p| p.password_hash),
    })
}

/// Counts a try of somebody who is known: a code of his second factor, or his password asked once more.
///
/// # Errors
/// 429 while a pause lasts.
pub fn attempt_of(tx: &mut Tx<'_>, person: Id, settings: &SignIn) -> Result<()> {
    let [by_login, by_address] = keys(tx, "", Some(person));
    throttle::count(tx, &by_login, settings.login_failures, settings)?;
    throttle::count(tx, &by_address, settings.address_failures, settings)
}

/// Takes back what a right password counted against its address alone: others behind it should not pay for it, while
/// his own count goes on, so that no code is guessed in its shadow.
///
/// # Errors
/// The database's.
pub fn spare_address(tx: &mut Tx<'_>, settings: &SignIn) -> Result<()> {
    let [_, by_address] = keys(tx, "", None);
    throttle::take_back(tx, &by_address, settings.address_failures)
}

/// Forgets the tries of somebody who showed all that was asked of him.
///
/// # Errors
/// The database's.
pub fn forgive(tx: &mut Tx<'_>, person: Id, settings: &SignIn) -> Result<()> {
    let [by_login, by_address] = keys(tx, "", Some(person));
    throttle::forget(tx, &by_login)?;
    throttle::take_back(tx, &by_address, settings.address_failures)
}

/// Last step of signing in, after password and code were right; `factors` says by which of them (ASVS 16.3.1).
///
/// # Errors
/// 401 if the person was deactivated meanwhile.
pub fn begin(
    tx: &mut Tx<'_>,
    id: Id,
    factors: &[&str],
    agent: &str,
    settings: &SignIn,
) -> Result<(Person, Session, Secret)> {
    forgive(tx, id, settings)?;
    let person = person::by_id(tx, id)?;
    if !person.active {
        return Err(Error::Unauthenticated(say!("sign_in.wrong")));
    }
    let session = Session {
        id: tx.new_id(),
        person_id: id,
        created_at: tx.now,
        refreshed_at: tx.now,
        expires_at: end_of(tx.now, tx.now, settings),
        ended_at: None,
        end_reason: None,
        address: tx.origin.address.clone(),
        agent: agent.chars().filter(|c| !c.is_control()).take(200).collect(),
    };
    on!(tx.conn(), |c| diesel::insert_into(sessions::table).values(&session).execute(c))?;
    let secret = add_refresh(tx, &session)?;
    let detail = json!({ "session": session.id, "factors": factors });
    audit::append(tx, "session.begin", person::object(&person), detail)?;
    Ok((person, session, secret))
}

/// Notes a wrong password or code; for an unknown login too, so that the answer takes as long.
pub fn refused(tx: &mut Tx<'_>, person: Option<Id>, region: Option<Id>) -> Result<()> {
    let detail = json!({ "what": tx.origin.what });
    audit::append(tx, "session.refused", audit::Object { kind: "person", id: person, region }, detail)
}

fn add_refresh(tx: &mut Tx<'_>, session: &Session) -> Result<Secret> {
    let secret = Secret::new()?;
    let row = Refresh {
        hash: &secret.hash,
        session_id: session.id,
        issued_at: tx.now,
        expires_at: session.expires_at,
        used_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(refresh_tokens::table).values(row).execute(c))?;
    Ok(secret)
}

/// What became of a refresh.
pub enum Refreshed {
    /// The session goes on with a new token.
    Next(Session, Secret),
    /// The token was used before: the whole family has just been ended, which must be committed.
    Reused,
}

/// Takes a refresh token and gives the next one.
///
/// # Errors
/// 401 for a token that is not ours, has run out, or whose session has ended.
pub fn refresh(tx: &mut Tx<'_>, plain: &str, settings: &SignIn) -> Result<Refreshed> {
    let (now, hash) = (tx.now, token::hash(plain));
    let again = || Error::Unauthenticated(say!("sign_in.again"));
    let session = on!(tx.conn(), |c| refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::hash.eq(&hash))
        .select(Session::as_select())
        .first(c)
        .optional())?
    .ok_or_else(again)?;
    if session.ended_at.is_some() || session.expires_at <= now {
        return Err(again());
    }
    let first_use = on!(tx.conn(), |c| diesel::update(
        refresh_tokens::table.filter(refresh_tokens::hash.eq(&hash).and(refresh_tokens::used_at.is_null()))
    )
    .set(refresh_tokens::used_at.eq(Some(now)))
    .execute(c))?;
    if first_use == 0 {
        end(tx, session.id, "refresh_reused")?;
        return Ok(Refreshed::Reused);
    }
    let expires = end_of(session.created_at, now, settings);
    let session = on!(tx.conn(), |c| diesel::update(sessions::table.find(session.id))
        .set((sessions::refreshed_at.eq(now), sessions::expires_at.eq(expires)))
        .returning(Session::as_returning())
        .get_result(c))?;
    let active = on!(tx.conn(), |c| people::table.find(session.person_id).select(people::active).first::<bool>(c))?;
    if !active {
        return Err(again());
    }
    let secret = add_refresh(tx, &session)?;
    Ok(Refreshed::Next(session, secret))
}

/// Lets a session that goes on last as long again from now, as a refresh does; for browsers, which hold no refresh token.
///
/// # Errors
/// 401 if it has ended.
pub fn extend(tx: &mut Tx<'_>, id: Id, settings: &SignIn) -> Result<()> {
    let now = tx.now;
    let again = || Error::Unauthenticated(say!("sign_in.again"));
    let open = sessions::table.find(id).filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(now)));
    let began = on!(tx.conn(), |c| open.select(sessions::created_at).first::<Ts>(c).optional())?.ok_or_else(again)?;
    let expires = end_of(began, now, settings);
    let still = sessions::id.eq(id).and(sessions::ended_at.is_null());
    let changed = on!(tx.conn(), |c| diesel::update(sessions::table.filter(still))
        .set((sessions::refreshed_at.eq(now), sessions::expires_at.eq(expires)))
        .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(again()) }
}

/// Until when a session lasts that is used at `now`: some days on, and never beyond its own longest life (ASVS 7.3.2).
fn end_of(began: Ts, now: Ts, settings: &SignIn) -> Ts {
    let (idle, whole) = (Duration::seconds(settings.refresh_seconds), Duration::seconds(settings.session_seconds));
    now.plus(idle).min(began.plus(whole))
}

/// Ends a session.
pub fn end(tx: &mut Tx<'_>, id: Id, reason: &str) -> Result<()> {
    let now = tx.now;
    let owner = on!(tx.conn(), |c| diesel::update(
        sessions::table.filter(sessions::id.eq(id).and(sessions::ended_at.is_null()))
    )
    .set((sessions::ended_at.eq(Some(now)), sessions::end_reason.eq(Some(reason))))
    .returning(sessions::person_id)
    .get_result::<Id>(c)
    .optional())?;
    let Some(owner) = owner else { return Ok(()) };
    let person = person::by_id(tx, owner)?;
    audit::append(tx, "session.end", person::object(&person), json!({ "session": id, "reason": reason }))
}

/// Ends the caller's own sessions, this one too.
///
/// # Errors
/// 401 if nobody is signed in.
pub fn end_own(tx: &mut Tx<'_>) -> Result<()> {
    let me = tx.actor.person()?;
    sign_out::everywhere(tx, me, "ended_by_owner")?;
    let person = person::by_id(tx, me)?;
    audit::append(tx, "session.end_all", person::object(&person), json!({ "reason": "ended_by_owner" }))
}

/// Ends every session, of everybody; returns how many went on until then.
pub fn end_all(tx: &mut Tx<'_>, reason: &str) -> Result<usize> {
    let now = tx.now;
    Ok(on!(tx.conn(), |c| diesel::update(sessions::table.filter(sessions::ended_at.is_null()))
        .set((sessions::ended_at.eq(Some(now)), sessions::end_reason.eq(Some(reason))))
        .execute(c))?)
}

/// Ends one of the caller's own sessions.
///
/// # Errors
/// 404 for one that is not his, or has ended.
pub fn end_of_own(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let (person, now) = (tx.actor.person()?, tx.now);
    let own: Id = on!(tx.conn(), |c| sessions::table
        .filter(sessions::id.eq(id).and(sessions::person_id.eq(person)))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(now)))
        .select(sessions::id)
        .first(c))?;
    end(tx, own, "ended_by_owner")
}

/// The caller's sessions that go on, newest first.
///
/// # Errors
/// 422 for a cursor that is none.
pub fn page(tx: &mut Tx<'_>, paging: &Paging) -> Result<Page<Session>> {
    let (person, now) = (tx.actor.person()?, tx.now);
    let (limit, after) = (paging.limit()?, paging.after::<(Ts, Id)>()?);
    let rows = on!(tx.conn(), |c| {
        let mut query = sessions::table
            .filter(sessions::person_id.eq(person).and(sessions::ended_at.is_null()).and(sessions::expires_at.gt(now)))
            .select(Session::as_select())
            .into_boxed::<Db>();
        if let Some(key) = after {
            query = query.filter(below((sessions::created_at, sessions::id), key));
        }
        query.order((sessions::created_at.desc(), sessions::id.desc())).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |session: &Session| (session.created_at, session.id)))
}

/// Those of `ids` that go on, and whose owners are active.
pub fn going(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashSet<Id>> {
    let now = tx.now;
    let going: Vec<Id> = on!(tx.conn(), |c| sessions::table
        .inner_join(people::table)
        .filter(sessions::id.eq_any(ids).and(sessions::ended_at.is_null()).and(sessions::expires_at.gt(now)))
        .filter(people::active.eq(true))
        .select(sessions::id)
        .load(c))?;
    Ok(going.into_iter().collect())
}

/// Removes sessions that ended or ran out 90 days ago, with their tokens, and counts of tries that no longer matter; how many
/// sessions and tokens.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let old = tx.now.plus(Duration::days(-90));
    let gone = || sessions::table.filter(sessions::expires_at.lt(old).or(sessions::ended_at.lt(old)));
    let ids = gone().select(sessions::id);
    let tokens =
        on!(tx.conn(), |c| diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(ids)))
            .execute(c))?;
    let ended = on!(tx.conn(), |c| diesel::delete(gone()).execute(c))?;
    throttle::sweep(tx)?;
    Ok(ended + tokens)
}
