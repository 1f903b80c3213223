//! Mails of which one is owed to a person a day: who has today's.

use crate::access::Tx;
use crate::db::schema::digests;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use chrono::NaiveDate;
use diesel::prelude::*;

/// Those of `people` to whom the mail of `day` was owed, and when they were told of what is ill.
///
/// # Errors
/// The database's.
pub fn done(tx: &mut Tx<'_>, people: &[Id], day: NaiveDate) -> Result<Vec<(Id, Option<Ts>)>> {
    Ok(on!(tx.conn(), |c| digests::table
        .filter(digests::person_id.eq_any(people).and(digests::day.eq(day)))
        .select((digests::person_id, digests::told_at))
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

/// Notes that a person whose mail of `day` is noted is told of what is ill; `false` if he was told before.
///
/// # Errors
/// The database's.
pub fn is_news(tx: &mut Tx<'_>, person: Id, day: NaiveDate) -> Result<bool> {
    let now = tx.now;
    let noted =
        on!(tx.conn(), |c| diesel::update(digests::table.find((person, day)).filter(digests::told_at.is_null()))
            .set(digests::told_at.eq(Some(now)))
            .execute(c))?;
    Ok(noted == 1)
}
