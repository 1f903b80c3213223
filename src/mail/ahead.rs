//! What a clock that was ahead has put off or taken (see [`crate::db::ahead`]), set right where the index by which it is found
//! goes by the instant itself.

use super::claim::LONGEST;
use super::inbound::InboundState;
use super::outbox::MailState;
use super::{LEASE, intake};
use crate::access::Tx;
use crate::db::ahead::latest;
use crate::db::schema::{inbound_mails, mails};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// Lets what lies too far ahead be due now, and what is held for too long be held as if it had been taken now: whoever is
/// sending it meanwhile comes to his end. How many there were.
///
/// # Errors
/// The database's.
pub fn set_right(tx: &mut Tx<'_>) -> Result<usize> {
    let now = tx.now;
    let out = || mails::state.eq(MailState::Queued);
    let due = on!(tx.conn(), |c| diesel::update(
        mails::table.filter(out().and(mails::next_try_at.gt(latest(now, LONGEST))))
    )
    .set(mails::next_try_at.eq(now))
    .execute(c))?;
    let held =
        on!(tx.conn(), |c| diesel::update(mails::table.filter(out().and(mails::lease_until.gt(latest(now, LEASE)))))
            .set(mails::lease_until.eq(Some(now.plus(LEASE))))
            .execute(c))?;
    let inn = || inbound_mails::state.eq(InboundState::Received);
    let read = on!(tx.conn(), |c| diesel::update(
        inbound_mails::table.filter(inn().and(inbound_mails::next_try_at.gt(latest(now, intake::LONGEST))))
    )
    .set(inbound_mails::next_try_at.eq(now))
    .execute(c))?;
    let looked_at = on!(tx.conn(), |c| diesel::update(
        inbound_mails::table.filter(inn().and(inbound_mails::lease_until.gt(latest(now, intake::LEASE))))
    )
    .set(inbound_mails::lease_until.eq(Some(now.plus(intake::LEASE))))
    .execute(c))?;
    Ok(due + held + read + looked_at)
}
