//! A restored copy begins in quarantine: no mail goes out, none comes in, no clock fires, until somebody releases it.
//! Else the copy would send yesterday's mails again.

use crate::access::Tx;
use crate::db::schema::restores;
use crate::db::{Conn, Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// A restore.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = restores, treat_none_as_default_value = false)]
pub struct Restore {
    /// Its id.
    pub id: Id,
    /// When the backup was made.
    pub backup_at: Ts,
    /// When it was restored.
    pub restored_at: Ts,
    /// SHA-256 of the key that had signed it.
    pub fingerprint: String,
    /// When the copy was released; none while it is in quarantine.
    pub released_at: Option<Ts>,
}

/// `true` while a restore waits for its release.
pub fn is_on(conn: &mut Conn<'_>) -> Result<bool> {
    let query = restores::table.filter(restores::released_at.is_null());
    let waiting = on!(conn, |c| query.count().get_result::<i64>(c))?;
    Ok(waiting > 0)
}

/// Begins.
pub fn begin(tx: &mut Tx<'_>, backup_at: Ts, fingerprint: &str) -> Result<Restore> {
    let row = Restore {
        id: tx.new_id(),
        backup_at,
        restored_at: tx.now,
        fingerprint: fingerprint.to_owned(),
        released_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(restores::table).values(&row).execute(c))?;
    Ok(row)
}

/// Ends; since when the oldest of the restores that waited did, if any.
pub fn release(tx: &mut Tx<'_>) -> Result<Option<Ts>> {
    let now = tx.now;
    let waited: Vec<Ts> = on!(tx.conn(), |c| diesel::update(restores::table)
        .filter(restores::released_at.is_null())
        .set(restores::released_at.eq(Some(now)))
        .returning(restores::restored_at)
        .get_results(c))?;
    Ok(waited.into_iter().min())
}
