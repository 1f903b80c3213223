//! What came into a region by mail, for whoever keeps its mail: from whom, and what became of it; no words.

use crate::access::{May, Tx, act};
use crate::audit;
use crate::db::Id;
use crate::db::page::{Page, Paging};
use crate::error::Result;
use crate::mail::inbound::{self, InboundState, Listed};
use crate::mail::intake;
use crate::org::InRegion;
use serde_json::json;

/// The messages of a region, newest first. Whoever only reads sees none of secret tickets (contract, "Who sees what").
///
/// # Errors
/// 400 for a cursor that is none.
pub fn list(
    tx: &mut Tx<'_>,
    may: &May<act::ReadMails, InRegion>,
    keeps: bool,
    state: Option<InboundState>,
    paging: &Paging,
) -> Result<Page<Listed>> {
    inbound::list(tx, may.get().0, state, keeps, paging)
}

/// The messages of a region that could not be made out, newest first: somebody wrote them and waits.
///
/// # Errors
/// 400 for a cursor that is none.
pub fn unreadable(tx: &mut Tx<'_>, may: &May<act::ReadUnreadable, InRegion>, paging: &Paging) -> Result<Page<Listed>> {
    inbound::list(tx, may.get().0, Some(InboundState::Unreadable), true, paging)
}

/// One of them as it came; that it was read is noted.
///
/// # Errors
/// 404 if it is not of the region, or was made out.
pub fn raw(tx: &mut Tx<'_>, may: &May<act::ReadUnreadable, InRegion>, id: Id) -> Result<Vec<u8>> {
    let region = may.get().0;
    let raw = inbound::raw(tx, region, id)?;
    let object = audit::Object { kind: "inbound", id: Some(id), region: Some(region) };
    audit::witness(tx, "inbound.read", object, json!({}));
    Ok(raw)
}

/// Lets a message that was refused or not made out be looked at again, by the rules and roles of now.
///
/// # Errors
/// 404 if it is not of the region; 409 if it was acted on, waits already, or is forgotten.
pub fn retry(tx: &mut Tx<'_>, may: &May<act::KeepMails, InRegion>, id: Id) -> Result<Listed> {
    let region = may.get().0;
    let mail = intake::retry(tx, region, id)?;
    let object = audit::Object { kind: "inbound", id: Some(id), region: Some(region) };
    audit::append(tx, "inbound.retry", object, json!({ "sender": mail.sender }))?;
    Ok(mail)
}
