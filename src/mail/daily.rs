//! Mails of which one is owed to a person a day: who has today's.

use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::digests;
use crate::error::Result;
use crate::on;
use chrono::NaiveDate;
use diesel::prelude::*;

/// Those of `people` to whom the mail of `day` was owed.
///
/// # Errors
/// The database's.
pub fn done(tx: &mut Tx<'_>, people: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
    Ok(on!(tx.conn(), |c| digests::table
        .filter(digests::person_id.eq_any(people).and(digests::day.eq(day)))
        .select(digests::person_id)
        .load(c))?)
}

/// Notes that the mail of `day` is owed to a person; `false` if it was noted before.
///
/// # Errors
/// The database's.
pub fn is_first(tx: &mut Tx<'_>, person: Id, day: NaiveDate) -> Result<bool> {
    let row = (digests::person_id.eq(person), digests::day.eq(day), digests::created_at.eq(tx.now));
    let noted = on!(tx.conn(), |c| diesel::insert_into(digests::table)
        .values(row)
        .on_conflict((digests::person_id, digests::day))
        .do_nothing()
        .execute(c))?;
    Ok(noted == 1)
}
