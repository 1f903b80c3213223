//! What follows from a change of somebody's entry: what the audit log tells of it, and who is told of another address.

use super::account_mail::{self, Change};
use super::link;
use super::person::{Person, object};
use crate::access::Tx;
use crate::audit;
use crate::error::Result;
use serde_json::json;

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
        // It may be his still, who wanted no other. Of whoever has left it may be somebody else's by now.
        if before.active && after.active {
            account_mail::tell(tx, before, Change::Address)?;
        }
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("email".to_owned(), json!({ "old": before.email, "new": after.email }));
        }
    }
    audit::append(tx, "person.change", object(after), detail)
}
