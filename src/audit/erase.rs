//! Erases the personal part of an entry (UU PDP, right to erasure): address and detail go, the commitment in the leaf
//! stays, so that every proof still holds. The erasure is itself an entry, and names whom to ask.

use super::bundle::NOTHING;
use super::{Object, append_as};
use crate::access::Tx;
use crate::db::schema::audit_entries as entries;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::on;
use diesel::prelude::*;
use serde_json::json;

/// Erases address and detail of an entry; returns the entry that tells of it.
///
/// # Errors
/// 404 if there is none; [`Error::Start`] without a reason, or if it has no place in the tree yet, or was erased before.
pub fn erase(tx: &mut Tx<'_>, id: Id, reason: &str) -> Result<Id> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::start("--reason: say why, and by whose decision; nobody can undo this"));
    }
    let (region, place, erased) = on!(tx.conn(), |c| entries::table
        .find(id)
        .select((entries::region_id, entries::leaf_index, entries::erased_by))
        .first::<(Option<Id>, Option<i64>, Option<Id>)>(c))?;
    if place.is_none() || erased.is_some() {
        return Err(Error::start(format!("{id}: has no place in the tree yet, or was erased before")));
    }
    let object = Object { kind: "audit", id: Some(id), region };
    let by = append_as(tx, "audit.erase", object, json!({ "reason": reason }))?;
    on!(tx.conn(), |c| diesel::update(entries::table.find(id))
        .set((
            entries::address.eq(""),
            entries::detail.eq(NOTHING),
            entries::salt.eq(None::<Vec<u8>>),
            entries::erased_by.eq(Some(by)),
        ))
        .execute(c))?;
    Ok(by)
}

/// Entries that may be erased and tell of a person, oldest first: what he did, and what was done to him or his account. Each with
/// when and what.
///
/// # Errors
/// The database's.
pub fn about(tx: &mut Tx<'_>, person: Id) -> Result<Vec<(Id, Ts, String)>> {
    let done_to = entries::object_type.eq("person").and(entries::object_id.eq(person));
    Ok(on!(tx.conn(), |c| entries::table
        .filter(entries::actor_id.eq(person).or(done_to))
        .filter(entries::leaf_index.is_not_null().and(entries::erased_by.is_null()))
        .order((entries::at, entries::id))
        .select((entries::id, entries::at, entries::action))
        .load(c))?)
}
