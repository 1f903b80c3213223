//! The record of every change: who, when, from where, what (L13, P8). Rows are only ever added; the database
//! refuses anything else. Each region has a Merkle tree over its entries, and the platform one ([`tree`]): a
//! [`sequence`] gives committed entries their places, [`signer`] signs what has grown, [`verify`] finds what was changed.

pub mod bundle;
pub mod checkpoint;
pub mod erase;
pub mod inspect;
pub mod leaf;
pub mod list;
mod order;
pub mod sequence;
pub mod signer;
pub mod store;
pub mod take;
mod tile;
pub mod tree;
pub mod verify;

use crate::access::token::random;
use crate::access::{Note, Tx};
use crate::db::kept::change;
use crate::db::schema::audit_entries;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
use leaf::{Leaf, commitment};
use serde_json::Value;

/// What was acted on.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// Kind of object: `ticket`, `person`, `opd` …
    pub kind: &'static str,
    /// Its id.
    pub id: Option<Id>,
    /// Its region; none for the platform's own.
    pub region: Option<Id>,
}

/// An entry before it is stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub struct Entry {
    id: Id,
    region_id: Option<Id>,
    at: Ts,
    actor_id: Option<Id>,
    action: String,
    object_type: &'static str,
    object_id: Option<Id>,
    request_id: String,
    address: String,
    detail: String,
    leaf: Vec<u8>,
    salt: Vec<u8>,
    leaf_index: Option<i64>,
}

/// Adds an entry in the transaction of the act itself: neither stands without the other. Its detail may be erased one
/// day; a number `version` in it is the object's version, and stays.
pub fn append(tx: &mut Tx<'_>, action: &str, object: Object, detail: Value) -> Result<()> {
    append_as(tx, action, object, detail).map(drop)
}

/// Acts of so much weight that the answer waits for the entry's place in the tree: rights, keys, what leaves the
/// service, what is erased or put back. Whoever holds the database has no second in which to remove such an entry unseen.
pub const WEIGHTY: [&str; 14] = [
    "grant.give",
    "grant.take",
    "second_factor.remove",
    "second_factor.reset",
    "platform.set_up",
    "keys.rotate",
    "audit.key",
    "audit.export",
    "audit.erase",
    "audit.epoch",
    "report.export",
    "restore.release",
    "backup.make",
    "holiday.delete",
];

/// The names of those fields that have become others: what the entry of a change tells of them, and no more.
#[must_use]
pub fn changed(fields: impl IntoIterator<Item = (&'static str, bool)>) -> Vec<&'static str> {
    fields.into_iter().filter_map(|(name, is_other)| is_other.then_some(name)).collect()
}

/// As [`append`]; returns the entry's id.
pub fn append_as(tx: &mut Tx<'_>, action: &str, object: Object, detail: Value) -> Result<Id> {
    let entry = entry(tx, action, object, &detail)?;
    on!(tx.conn(), |c| change(c, diesel::insert_into(audit_entries::table).values(&entry)))?;
    if WEIGHTY.contains(&action) {
        tx.weigh();
    }
    Ok(entry.id)
}

/// What the log says of an act of the actor, now.
///
/// # Errors
/// Without a source of random numbers.
pub fn entry(tx: &mut Tx<'_>, action: &str, object: Object, detail: &Value) -> Result<Entry> {
    let (origin, salt) = (tx.origin.clone(), random::<16>()?);
    let text = detail.to_string();
    let refused = action.ends_with(".refused");
    let leaf = Leaf {
        region: object.region,
        id: tx.new_id(),
        at: leaf::instant(tx.now),
        actor: tx.actor.person,
        roles: leaf::roles(&tx.actor),
        acting_as: None,
        request: origin.request.clone(),
        session: leaf::session(tx.actor.session),
        action: action.to_owned(),
        object_type: object.kind.to_owned(),
        object: object.id,
        version: detail.get("version").and_then(Value::as_i64),
        result: if refused { "refused" } else { "done" }.to_owned(),
        commitment: commitment(&salt, &origin.address, &text),
    };
    Ok(Entry {
        id: leaf.id,
        region_id: leaf.region,
        at: tx.now,
        actor_id: leaf.actor,
        leaf: leaf.bytes(),
        action: leaf.action,
        object_type: object.kind,
        object_id: object.id,
        request_id: origin.request,
        address: origin.address,
        detail: text,
        salt: salt.to_vec(),
        leaf_index: None,
    })
}

/// Notes that something was read which the log must know of. The program writes the entry before it answers; a
/// transaction that only reads can't.
pub fn witness(tx: &Tx<'_>, action: &'static str, object: Object, detail: Value) {
    tx.note(Note { action, kind: object.kind, id: object.id, region: object.region, detail });
}

/// Writes what was noted while reading.
pub fn write_down(tx: &mut Tx<'_>, notes: &[Note]) -> Result<()> {
    for note in notes {
        let object = Object { kind: note.kind, id: note.id, region: note.region };
        append(tx, note.action, object, note.detail.clone())?;
    }
    Ok(())
}
