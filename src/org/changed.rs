//! What follows from a change of somebody's entry: what the audit log tells of it, and who is told of another address.

use super::account_mail::{self, Change};
use super::link;
use super::person::{self, Fields, Person, object};
use super::region::Region;
use crate::access::Tx;
use crate::audit;
use crate::error::Result;
use crate::mail::bounce;
use chrono::Duration;
use serde_json::json;

/// How long the address of whoever has left counts as his.
const STILL_HIS: Duration = Duration::days(1);

/// `true` if `fields` say of somebody what stands there already: then nothing need be written, and his row not be held, as an
/// import of thousands would until its end. Naming an address is news where mails to it came back.
///
/// # Errors
/// The database's.
pub(super) fn is_none(tx: &mut Tx<'_>, person: &Person, region: Option<&Region>, fields: &Fields) -> Result<bool> {
    let mut wanted = person.clone();
    // Whatever does not fit is told behind the lock.
    let is_same = person::apply(region, &mut wanted, fields).is_ok() && wanted == *person;
    Ok(is_same && (fields.email.is_none() || !bounce::came_back(tx, &person.email)?))
}

/// Notes a change in the audit log: which fields, and of the address, by which one gets into an account, both.
///
/// # Errors
/// The database's.
pub(super) fn note(tx: &mut Tx<'_>, before: &Person, after: &Person) -> Result<()> {
    let changed = audit::changed([
        ("name", before.name != after.name),
        ("email", before.email != after.email),
        ("nip", before.nip != after.nip),
        ("phone", before.phone != after.phone),
        ("language", before.language != after.language),
        ("active", before.active != after.active),
    ]);
    let mut detail = json!({ "version": after.version, "active": after.active, "changed": changed });
    if before.email != after.email {
        // What was mailed to the old address must not open this account.
        link::end(tx, after.id)?;
        // It may be his still, who wanted no other; who takes an account over may end it first. Of whoever has left longer ago
        // it may be somebody else's by now.
        let left = before.deactivated_at.map(|at| tx.now.utc() - at.utc());
        if before.active || left.is_some_and(|ago| ago < STILL_HIS) {
            account_mail::tell(tx, before, Change::Address)?;
        }
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("email".to_owned(), json!({ "old": before.email, "new": after.email }));
        }
    }
    audit::append(tx, "person.change", object(after), detail)
}
