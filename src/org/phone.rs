//! One's own telephone, by which a desk calls back.

use super::{changed, person};
use crate::access::Tx;
use crate::check::Checks;
use crate::db::schema::people;
use crate::error::Result;
use crate::{on, say};
use diesel::prelude::*;

/// Notes the actor's own telephone; an empty one is none. What is noted already changes nothing.
///
/// # Errors
/// 422 for more than a line of 40 characters, and for one without a digit.
pub fn note_own(tx: &mut Tx<'_>, phone: &str) -> Result<()> {
    let mut checks = Checks::new();
    checks.line("/phone", phone.trim(), 0..=40);
    let calls = phone.trim().is_empty() || phone.contains(|c: char| c.is_ascii_digit());
    checks.ensure(calls, "/phone", || say!("phone.digits"));
    checks.done()?;
    let me = tx.actor.person()?;
    let before = person::hold(tx, me)?;
    let mut after = before.clone();
    after.phone = Some(phone.trim().to_owned()).filter(|phone| !phone.is_empty());
    if after.phone == before.phone {
        return Ok(());
    }
    after.version += 1;
    after.updated_at = tx.now;
    on!(tx.conn(), |c| diesel::update(people::table.find(me)).set(&after).execute(c))?;
    changed::note(tx, &before, &after)
}
