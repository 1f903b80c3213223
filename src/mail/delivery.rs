//! How the mails that an event owed went, for its time line: to whom, and whether they left. No address, no words.

use super::outbox::MailState;
use crate::access::Tx;
use crate::db::schema::mails;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// One mail of an event.
#[derive(Debug, Clone, Queryable)]
pub struct Delivery {
    /// The event that owed it.
    pub event: Option<Id>,
    /// Who gets it.
    pub person: Option<Id>,
    /// Where it is.
    pub state: MailState,
    /// When it was sent.
    pub sent_at: Option<Ts>,
}

/// The mails of these events, in the order in which they were owed.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, events: &[Id]) -> Result<Vec<Delivery>> {
    Ok(on!(tx.conn(), |c| mails::table
        .filter(mails::event_id.is_not_null().and(mails::event_id.assume_not_null().eq_any(events)))
        .select((mails::event_id, mails::person_id, mails::state, mails::sent_at))
        .order((mails::turn, mails::id))
        .load(c))?)
}
