//! The record of every change: who, when, from where, what (L13, P8). Rows are only ever added; the database
//! refuses anything else.

use crate::access::Tx;
use crate::db::schema::audit_entries;
use crate::db::{Id, Json, Ts};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;
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

#[derive(Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
struct Row<'a> {
    id: Id,
    region_id: Option<Id>,
    at: Ts,
    actor_id: Option<Id>,
    action: &'a str,
    object_type: &'a str,
    object_id: Option<Id>,
    request_id: &'a str,
    address: &'a str,
    detail: Json,
}

/// Adds an entry in the transaction of the act itself: neither stands without the other.
pub fn append(tx: &mut Tx<'_>, action: &str, object: Object, detail: Value) -> Result<()> {
    let origin = tx.origin.clone();
    let row = Row {
        id: tx.new_id(),
        region_id: object.region,
        at: tx.now,
        actor_id: tx.actor.person,
        action,
        object_type: object.kind,
        object_id: object.id,
        request_id: &origin.request,
        address: &origin.address,
        detail: Json(detail),
    };
    on!(tx.conn(), |c| diesel::insert_into(audit_entries::table).values(row).execute(c))?;
    Ok(())
}
