//! Loads whoever acts, fresh in each transaction: a logout, a lost role or a deactivation counts at once.

use super::grant;
use super::person::{self, Person};
use crate::access::token::Claims;
use crate::access::{Actor, Grant, Role, Tx};
use crate::db::kept::Keep;
use crate::db::schema::{grants, people, sessions};
use crate::db::{Conn, Id, Ts, columns, one_of, turn};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// The actor behind a token's claims.
///
/// # Errors
/// 401 if the session has ended or the person is not active.
pub fn load(conn: &mut Conn<'_>, claims: &Claims, now: Ts) -> Result<Actor> {
    signed_in(conn, claims.sub, claims.sid, now)
}

fn signed_in(conn: &mut Conn<'_>, person: Id, session: Id, now: Ts) -> Result<Actor> {
    // In one statement, because it comes before every request. The roles are few: they are put in order here.
    let mut rows = on!(conn, |c| sessions::table
        .inner_join(people::table)
        .left_join(grants::table.on(grants::person_id.eq(people::id).and(grants::revoked_at.is_null())))
        .filter(sessions::id.eq(session).and(sessions::person_id.eq(person)))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(now)))
        .filter(people::active.eq(true))
        .select(columns((
            people::region_id,
            (grants::granted_at, grants::id, grants::role, grants::region_id, grants::opd_id).nullable(),
        )))
        .kept()
        .load::<(Option<Id>, Option<(Ts, Id, Role, Option<Id>, Option<Id>)>)>(c))?;
    let Some((region, _)) = rows.first() else { return Err(Error::Unauthenticated(say!("sign_in.again"))) };
    let region = *region;
    rows.sort_by_key(|(_, held)| held.map(|(at, id, ..)| (at, id)));
    let held = rows.into_iter().filter_map(|(_, held)| held);
    let grants = held.map(|(_, _, role, region, opd)| Grant { role, region, opd }).collect();
    Ok(Actor { person: Some(person), region, session: Some(session), grants, timer: false })
}

/// Locks whoever acts and the `others`, whom he is about to put out, in the order of their ids; then looks again whether he
/// is still in. Of two who put each other out at once one is left, and neither waits for the other for ever. Whoever gives one of
/// the others a ticket at this moment is waited for. Returns the others as they are then.
///
/// # Errors
/// 401 if his session has ended meanwhile, as it does with his account or one of his roles; 404 without such people.
pub(super) fn hold_with(tx: &mut Tx<'_>, others: &BTreeSet<Id>) -> Result<Vec<Person>> {
    let all: BTreeSet<Id> = others.iter().copied().chain(tx.actor.person).collect();
    let mut held = Vec::with_capacity(all.len());
    for person in all {
        held.push(person::hold(tx, person)?);
    }
    // Behind the rows, which others may hold for long: whoever waits for one keeps nobody from a ticket. No role is given to
    // any of them from here on.
    for member in grant::members_of_desks(tx, others)? {
        turn::of_desk(tx.conn(), member)?;
    }
    let (signed, now) = (tx.actor.person.zip(tx.actor.session), tx.now);
    if let Some((person, session)) = signed {
        signed_in(tx.conn(), person, session, now)?;
    }
    held.retain(|person| others.contains(&person.id));
    Ok(held)
}

/// A person as an actor without a session: to ask what somebody else could see, and for the operator's commands.
pub fn as_person(conn: &mut Conn<'_>, person: Id) -> Result<Actor> {
    let region = on!(conn, |c| people::table.find(person).select(people::region_id).first::<Option<Id>>(c))?;
    let rows = on!(conn, |c| grants::table
        .filter(grants::person_id.eq(person).and(grants::revoked_at.is_null()))
        .select((grants::role, grants::region_id, grants::opd_id))
        .order((grants::granted_at, grants::id))
        .load::<(Role, Option<Id>, Option<Id>)>(c))?;
    let grants = rows.into_iter().map(|(role, region, opd)| Grant { role, region, opd }).collect();
    Ok(Actor { person: Some(person), region, session: None, grants, timer: false })
}

/// Those of these people who are active, each as [`as_person`] tells him, in one statement.
///
/// # Errors
/// The database's.
pub fn as_people(conn: &mut Conn<'_>, people: &[Id]) -> Result<HashMap<Id, Actor>> {
    let rows = on!(conn, |c| people::table
        .left_join(grants::table.on(grants::person_id.eq(people::id).and(grants::revoked_at.is_null())))
        .filter(one_of(people::id, people).and(people::active.eq(true)))
        .select((people::id, people::region_id, (grants::role, grants::region_id, grants::opd_id).nullable()))
        .order((grants::granted_at, grants::id))
        .load::<(Id, Option<Id>, Option<(Role, Option<Id>, Option<Id>)>)>(c))?;
    let mut actors: HashMap<Id, Actor> = HashMap::new();
    for (person, region, held) in rows {
        let actor = actors.entry(person).or_insert_with(|| Actor {
            person: Some(person),
            region,
            session: None,
            grants: Vec::new(),
            timer: false,
        });
        actor.grants.extend(held.map(|(role, region, opd)| Grant { role, region, opd }));
    }
    Ok(actors)
}

/// Whoever has the machine's console: he keeps people where nobody can sign in.
#[must_use]
pub fn console(region: Option<Id>) -> Actor {
    let role = if region.is_some() { Role::Admin } else { Role::Operator };
    Actor { person: None, region, session: None, grants: vec![Grant { role, region, opd: None }], timer: false }
}
