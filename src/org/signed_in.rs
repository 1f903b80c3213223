//! Who is signed in, for whoever keeps people: from where and since when; and the end of it.

use super::person::{self, Brief, Target};
use super::session::Session;
use super::{InRegion, sign_out};
use crate::access::{May, Tx, act};
use crate::audit;
use crate::db::Id;
use crate::db::page::{Page, Paging};
use crate::db::schema::{people, sessions};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use serde_json::json;

/// The sessions of a region's people that go on, newest first, each with its owner.
///
/// # Errors
/// 422 for a cursor that is none.
pub fn list(tx: &mut Tx<'_>, may: &May<act::KeepPeople, InRegion>, paging: &Paging) -> Result<Page<(Session, Brief)>> {
    let (region, now) = (may.get().0, tx.now);
    let (limit, after) = (paging.limit()?, paging.after::<Id>()?);
    let rows = on!(tx.conn(), |c| {
        let mut query = sessions::table
            .inner_join(people::table)
            .filter(people::region_id.eq(region))
            .filter(sessions::ended_at.is_null().and(sessions::expires_at.gt(now)))
            .select((Session::as_select(), (people::id, people::name, people::email)))
            .into_boxed::<Db>();
        if let Some(id) = after {
            query = query.filter(sessions::id.lt(id));
        }
        query.order(sessions::id.desc()).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |(session, _): &(Session, Brief)| session.id))
}

/// The sessions of a person that go on, newest first; a hundred at most.
pub fn of(tx: &mut Tx<'_>, may: &May<act::KeepPeople, Target>) -> Result<Vec<Session>> {
    let (person, now) = (may.get().person.id, tx.now);
    Ok(on!(tx.conn(), |c| sessions::table
        .filter(sessions::person_id.eq(person).and(sessions::ended_at.is_null()).and(sessions::expires_at.gt(now)))
        .select(Session::as_select())
        .order(sessions::id.desc())
        .limit(100)
        .load(c))?)
}

/// Ends every session of a person: a telephone was lost, or somebody else may know his password.
pub fn end(tx: &mut Tx<'_>, may: &May<act::KeepPeople, Target>) -> Result<()> {
    let person = &may.get().person;
    sign_out::everywhere(tx, person.id, "by_keeper")?;
    audit::append(tx, "session.end_all", person::object(person), json!({ "reason": "by_keeper" }))
}
