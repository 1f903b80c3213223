//! The audit log: entries with their proofs, and the signed checkpoint that an outsider keeps (L13, P8).

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::Query;
use crate::access::act;
use crate::access::token::hex;
use crate::audit::leaf::Leaf;
use crate::audit::list::{self, Filter, Proof};
use crate::audit::store::Stored;
use crate::audit::take::{self, Newest};
use crate::check::Checks;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Error;
use crate::org::region;
use crate::ticket::veil;
use crate::worktime::check_day;
use actix_web::web::Path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entry of the audit log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntryView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Ts,
    /// Who; `null` is the program itself, or nobody who was signed in.
    #[schema(value_type = Option<uuid::Uuid>)]
    actor: Option<Id>,
    /// His roles at that time, joined by `+`.
    roles: Option<String>,
    /// What was done.
    #[schema(example = "ticket.escalated")]
    action: String,
    /// Kind of object.
    #[schema(example = "ticket")]
    object_type: String,
    /// Which one.
    #[schema(value_type = Option<uuid::Uuid>)]
    object: Option<Id>,
    /// The object's version after it.
    version: Option<i64>,
    /// Id of the request.
    request: String,
    /// The caller's address; empty once erased.
    address: String,
    /// What else there is to say; `null` once erased, or withheld.
    #[schema(value_type = Object)]
    detail: Value,
    /// Address and detail were erased.
    erased: bool,
    /// Address and detail are told no more: the ticket is secret now, and not for the caller.
    withheld: bool,
    /// Its place in the tree; `null` for the second until it has one, and to whoever reads but his own acts.
    index: Option<i64>,
    /// The bytes that are hashed, in base64.
    leaf: Option<String>,
    /// Salt of the commitment to address and detail, in hexadecimal.
    salt: Option<String>,
}

impl From<Stored> for AuditEntryView {
    fn from(row: Stored) -> Self {
        let (leaf, withheld) = (row.leaf.as_deref().and_then(Leaf::parse), row.is_withheld());
        Self {
            roles: leaf.as_ref().map(|leaf| leaf.roles.clone()).filter(|roles| !roles.is_empty()),
            version: leaf.and_then(|leaf| leaf.version),
            id: row.id,
            at: row.at,
            actor: row.actor_id,
            action: row.action,
            object_type: row.object_type,
            object: row.object_id,
            request: row.request_id,
            address: row.address,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            erased: row.erased_by.is_some(),
            withheld,
            index: row.leaf_index,
            leaf: row.leaf.map(|bytes| STANDARD.encode(bytes)),
            salt: row.salt.as_deref().map(hex),
        }
    }
}

/// That an entry is in the tree (RFC 9162, 2.1.3).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProofView {
    /// Entries of the checkpoint.
    size: i64,
    /// Hashes from the entry's up to the root, in hexadecimal.
    path: Vec<String>,
    /// The signed checkpoint whose root they lead to.
    checkpoint: String,
}

impl From<Proof> for ProofView {
    fn from(proof: Proof) -> Self {
        Self { size: proof.size, path: proof.path.iter().map(|h| hex(h)).collect(), checkpoint: proof.note }
    }
}

/// One entry with its proof.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProvenEntryView {
    /// The entry.
    entry: AuditEntryView,
    /// The proof; `null` until a checkpoint covers it, which takes a minute.
    proof: Option<ProofView>,
}

/// A signed checkpoint. Whoever keeps it can show later that nothing before it was changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CheckpointView {
    /// `sigap/<installation>/<log>/<epoch>`.
    origin: String,
    /// Entries.
    size: i64,
    /// Their root, in hexadecimal.
    root: String,
    /// When it was signed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    signed_at: Ts,
    /// The signed note (C2SP tlog-checkpoint), to be kept as it is.
    note: String,
    /// Public keys, the newest last (C2SP signed-note).
    keys: Vec<String>,
}

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only this act.
    #[param(example = "ticket.escalated", max_length = 60)]
    action: Option<String>,
    /// Only about the object with this id.
    #[param(value_type = Option<uuid::Uuid>)]
    object: Option<uuid::Uuid>,
    /// Only by the person with this id.
    #[param(value_type = Option<uuid::Uuid>)]
    actor: Option<uuid::Uuid>,
    /// Only of this day, by the region's clocks; of the platform by UTC.
    #[param(example = "2026-03-02")]
    day: Option<NaiveDate>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Characters of the name of an act.
const ACTION: usize = 60;

/// `GET /audit/entries`.
pub async fn entries(call: Call, Query(query): Query<AuditQuery>) -> Reply {
    call.read(move |tx| {
        let may = list::own::<act::ReadAudit>(tx)?;
        let mut checks = Checks::new();
        checks.maybe_text("/action", query.action.as_deref(), 0..=ACTION);
        if let Some(day) = query.day {
            check_day(&mut checks, "/day", day);
        }
        checks.done()?;
        let day = query.day.map(|day| region::span(tx, day)).transpose()?;
        let filter = Filter {
            action: query.action,
            object: query.object.map(Id),
            actor: query.actor.map(Id),
            since: day.map(|(since, _)| since),
            before: day.map(|(_, before)| before),
            ..Filter::default()
        };
        let page = list::list(tx, &may, &filter, &Paging { limit: query.limit, cursor: query.cursor })?;
        let items: Vec<_> = veil::over(tx, page.items)?.into_iter().map(AuditEntryView::from).collect();
        Ok(Answer::ok(&ListView { items, next_cursor: page.next }))
    })
    .await
}

/// `GET /audit/entries/{id}`.
pub async fn entry(call: Call, id: Path<String>) -> Reply {
    let id = id.into_inner();
    call.read(move |tx| {
        let may = list::own::<act::ReadAudit>(tx)?;
        let (row, proof) = list::read(tx, &may, id.parse().map_err(|_| Error::NotFound)?)?;
        let row = veil::over(tx, vec![row])?.pop().ok_or(Error::NotFound)?;
        Ok(Answer::ok(&ProvenEntryView { entry: row.into(), proof: proof.map(ProofView::from) }))
    })
    .await
}

/// `GET /audit/checkpoint`.
pub async fn checkpoint(call: Call) -> Reply {
    let app = call.app.clone();
    call.read(move |tx| {
        let Newest { origin, size, root, signed_at, note, keys } =
            take::newest(tx, &app.signer)?.ok_or(Error::NotFound)?;
        Ok(Answer::ok(&CheckpointView { origin, size, root, signed_at, note, keys }))
    })
    .await
}

/// Between which sizes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrowthQuery {
    /// Entries of the checkpoint that was kept; 0 if left out.
    #[param(minimum = 0, default = 0)]
    from: Option<u64>,
    /// Entries of a later one; else those of the newest.
    #[param(minimum = 0)]
    to: Option<u64>,
}

/// That the first entries of the log are still those of an older checkpoint (RFC 9162, 2.1.4).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GrowthView {
    /// Entries of the older tree.
    from: u64,
    /// Entries of the newer one.
    to: u64,
    /// The hashes that lead from the old root to the new one, in hexadecimal; none between equal sizes and from 0.
    path: Vec<String>,
    /// The newest signed checkpoint.
    checkpoint: String,
}

/// `GET /audit/consistency`.
pub async fn consistency(call: Call, Query(query): Query<GrowthQuery>) -> Reply {
    call.read(move |tx| {
        let take::Growth { from, to, path, note } = take::growth(tx, query.from.unwrap_or(0), query.to)?;
        let path = path.iter().map(|hash| hex(hash)).collect();
        Ok(Answer::ok(&GrowthView { from, to, path, checkpoint: note }))
    })
    .await
}

/// From where on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BundleQuery {
    /// Place of the first entry: the size of the checkpoint up to which one has the log already; 0 if left out.
    #[param(minimum = 0, default = 0)]
    from: Option<i64>,
}

/// `GET /audit/bundle`.
pub async fn bundle(call: Call, Query(query): Query<BundleQuery>) -> Reply {
    call.read(move |tx| {
        let bundle = take::bundle(tx, query.from.unwrap_or(0), veil::over)?;
        Ok(Answer::file(take::MEDIA_TYPE, bundle.name, bundle.bytes))
    })
    .await
}
