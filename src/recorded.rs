//! Answers that are given again to a repeated request: rows of the transaction of their effect.

use crate::access::Tx;
use crate::db::schema::idempotency_keys as keys;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use chrono::Duration;
use diesel::prelude::*;

/// Hours for which an answer is kept.
const HOURS: i64 = 24;

/// A request that was made under a key, and its answer once there is one.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = keys, treat_none_as_default_value = false)]
pub struct Recorded {
    /// Whose.
    pub person_id: Id,
    /// The client's key.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub fingerprint: String,
    /// Status of the answer.
    pub status: Option<i32>,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its body.
    pub body: Option<String>,
    /// When the request came.
    pub created_at: Ts,
}

/// Inserts the key, or takes it anew if it is older than a day; `false` if it is there. Of two at once the later waits here for
/// the other's commit.
pub fn claim(tx: &mut Tx<'_>, key: &str, fingerprint: &str) -> Result<bool> {
    let (person, oldest, now) = (tx.actor.person()?, tx.now.plus(Duration::hours(-HOURS)), tx.now);
    let row = Recorded {
        person_id: person,
        key: key.to_owned(),
        fingerprint: fingerprint.to_owned(),
        status: None,
        location: None,
        etag: None,
        body: None,
        created_at: now,
    };
    let added = on!(tx.conn(), |c| diesel::insert_into(keys::table).values(&row).on_conflict_do_nothing().execute(c))?;
    if added == 1 {
        return Ok(true);
    }
    let anew = on!(tx.conn(), |c| diesel::update(keys::table.find((person, key)))
        .filter(keys::created_at.le(oldest))
        .set((
            keys::fingerprint.eq(fingerprint),
            keys::status.eq(None::<i32>),
            keys::location.eq(None::<String>),
            keys::etag.eq(None::<String>),
            keys::body.eq(None::<String>),
            keys::created_at.eq(now),
        ))
        .execute(c))?;
    Ok(anew == 1)
}

/// What is recorded under the key, unless it is older than a day.
pub fn find(tx: &mut Tx<'_>, key: &str) -> Result<Option<Recorded>> {
    let (person, oldest) = (tx.actor.person()?, tx.now.plus(Duration::hours(-HOURS)));
    Ok(on!(tx.conn(), |c| keys::table
        .filter(keys::person_id.eq(person).and(keys::key.eq(key)).and(keys::created_at.gt(oldest)))
        .select(Recorded::as_select())
        .first(c)
        .optional())?)
}

/// Records the answer.
pub fn keep(
    tx: &mut Tx<'_>,
    key: &str,
    status: u16,
    location: Option<&str>,
    etag: Option<&str>,
    body: Option<&str>,
) -> Result<()> {
    let person = tx.actor.person()?;
    on!(tx.conn(), |c| diesel::update(keys::table.find((person, key)))
        .set((
            keys::status.eq(Some(i32::from(status))),
            keys::location.eq(location),
            keys::etag.eq(etag),
            keys::body.eq(body),
        ))
        .execute(c))?;
    Ok(())
}

/// Removes answers that are no longer given.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let oldest = tx.now.plus(Duration::hours(-HOURS));
    Ok(on!(tx.conn(), |c| diesel::delete(keys::table.filter(keys::created_at.lt(oldest))).execute(c))?)
}
