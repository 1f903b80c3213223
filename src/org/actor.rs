//! Loads whoever acts, fresh in each transaction: a logout, a lost role or a deactivation counts at once.

use crate::access::token::Claims;
use crate::access::{Actor, Grant, Role};
use crate::db::schema::{grants, people, sessions};
use crate::db::{Conn, Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// The actor behind a token's claims.
///
/// # Errors
/// 401 if the session has ended or the person is not active.
pub fn load(conn: &mut Conn<'_>, claims: &Claims, now: Ts) -> Result<Actor> {
    let region = on!(conn, |c| sessions::table
        .inner_join(people::table)
        .filter(sessions::id.eq(claims.sid).and(sessions::person_id.eq(claims.sub)))
        .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(now)))
        .filter(people::active.eq(true))
        .select(people::region_id)
        .first::<Option<Id>>(c)
        .optional())?
    .ok_or_else(|| Error::Unauthenticated(say!("sign_in.again")))?;
    let grants = of_person(conn, claims.sub)?;
    Ok(Actor { person: Some(claims.sub), region, session: Some(claims.sid), grants, timer: false })
}

/// A person as an actor without a session: to ask what somebody else could see, and for the operator's commands.
pub fn as_person(conn: &mut Conn<'_>, person: Id) -> Result<Actor> {
    let region = on!(conn, |c| people::table.find(person).select(people::region_id).first::<Option<Id>>(c))?;
    let grants = of_person(conn, person)?;
    Ok(Actor { person: Some(person), region, session: None, grants, timer: false })
}

fn of_person(conn: &mut Conn<'_>, person: Id) -> Result<Vec<Grant>> {
    let rows = on!(conn, |c| grants::table
        .filter(grants::person_id.eq(person).and(grants::revoked_at.is_null()))
        .select((grants::role, grants::region_id, grants::opd_id))
        .order((grants::granted_at, grants::id))
        .load::<(Role, Option<Id>, Option<Id>)>(c))?;
    Ok(rows.into_iter().map(|(role, region, opd)| Grant { role, region, opd }).collect())
}

/// Whoever has the machine's console: he keeps people where nobody can sign in.
#[must_use]
pub fn console(region: Option<Id>) -> Actor {
    let role = if region.is_some() { Role::Admin } else { Role::Operator };
    Actor { person: None, region, session: None, grants: vec![Grant { role, region, opd: None }], timer: false }
}
