//! The end of every session of a person: he left, his role changed, his password changed.

use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::sessions;
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// Ends every session of a person.
pub fn everywhere(tx: &mut Tx<'_>, person: Id, reason: &str) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(
        sessions::table.filter(sessions::person_id.eq(person).and(sessions::ended_at.is_null()))
    )
    .set((sessions::ended_at.eq(Some(now)), sessions::end_reason.eq(Some(reason))))
    .execute(c))?;
    Ok(())
}

/// Ends every session of a person but this one.
pub fn elsewhere(tx: &mut Tx<'_>, person: Id, here: Id, reason: &str) -> Result<()> {
    let now = tx.now;
    let others = sessions::person_id.eq(person).and(sessions::id.ne(here)).and(sessions::ended_at.is_null());
    on!(tx.conn(), |c| diesel::update(sessions::table.filter(others))
        .set((sessions::ended_at.eq(Some(now)), sessions::end_reason.eq(Some(reason))))
        .execute(c))?;
    Ok(())
}
