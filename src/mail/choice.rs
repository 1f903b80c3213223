//! What a person wants to be written to about. What his region requires he gets all the same.

use crate::access::Tx;
use crate::db::schema::mail_choices as choices;
use crate::db::{Id, one_of};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use std::collections::BTreeSet;

crate::text_enum! {
    /// What a mail is about; under this word it is listed.
    pub enum Topic {
        /// A ticket was opened: acknowledgement, and news to the desk.
        Opened = "opened",
        /// It was given to somebody.
        Assigned = "assigned",
        /// Somebody of the other side wrote.
        Commented = "commented",
        /// It was handed to Tier 2.
        Escalated = "escalated",
        /// It came back to Tier 1.
        Returned = "returned",
        /// Work waits for an answer.
        Question = "question",
        /// It is solved.
        Resolved = "resolved",
        /// It ended.
        Closed = "closed",
        /// It goes on.
        Reopened = "reopened",
        /// A deadline is near.
        Warned = "warned",
        /// A deadline was missed.
        Breached = "breached",
        /// How the region stands, each working morning, to whoever watches over it.
        Digest = "digest",
    }
}

/// Topics that no region leaves to its people unless it says so: work waits for whoever does not read these.
pub const REQUIRED: [Topic; 4] = [Topic::Escalated, Topic::Question, Topic::Warned, Topic::Breached];

/// Those of `people` who do not want mails of this topic.
///
/// # Errors
/// The database's.
pub fn refusing(tx: &mut Tx<'_>, people: &[Id], topic: Topic) -> Result<BTreeSet<Id>> {
    let rows: Vec<Id> = on!(tx.conn(), |c| choices::table
        .filter(one_of(choices::person_id, people).and(choices::topic.eq(topic)))
        .select(choices::person_id)
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// What a person does not want.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, person: Id) -> Result<BTreeSet<Topic>> {
    let rows: Vec<Topic> =
        on!(tx.conn(), |c| choices::table.filter(choices::person_id.eq(person)).select(choices::topic).load(c))?;
    Ok(rows.into_iter().collect())
}

/// Notes what a person does not want, in place of what was noted before.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, person: Id, unwanted: &BTreeSet<Topic>) -> Result<()> {
    on!(tx.conn(), |c| diesel::delete(choices::table.filter(choices::person_id.eq(person))).execute(c))?;
    let rows: Vec<_> =
        unwanted.iter().map(|topic| (choices::person_id.eq(person), choices::topic.eq(*topic))).collect();
    if !rows.is_empty() {
        on!(tx.conn(), |c| diesel::insert_into(choices::table).values(&rows).execute(c))?;
    }
    Ok(())
}
