//! The region's outbox, for whoever keeps it: who was written to about which ticket, and how that went; no words.

use crate::access::{May, Tx, act};
use crate::audit;
use crate::db::Id;
use crate::db::page::{Page, Paging};
use crate::error::Result;
use crate::mail::outbox::{self, Mail, MailState, listed_kind};
use crate::org::InRegion;
use serde_json::json;

/// The mails of a region, newest first. Whoever only reads sees none of secret tickets (contract, "Who sees what").
pub fn list(
    tx: &mut Tx<'_>,
    may: &May<act::ReadMails, InRegion>,
    keeps: bool,
    state: Option<MailState>,
    paging: &Paging,
) -> Result<Page<Mail>> {
    outbox::list(tx, may.get().0, state, keeps, paging)
}

/// Lets a mail that failed, or waits, be tried at once.
///
/// # Errors
/// 404 if it is not of the region; 409 if it was sent.
pub fn retry(tx: &mut Tx<'_>, may: &May<act::KeepMails, InRegion>, id: Id) -> Result<Mail> {
    let region = may.get().0;
    let mail = outbox::retry(tx, region, id)?;
    let object = audit::Object { kind: "mail", id: Some(id), region: Some(region) };
    // Of a secret ticket the auditor may not learn the number.
    let detail = if mail.secret {
        json!({ "kind": listed_kind(&mail) })
    } else {
        json!({ "kind": listed_kind(&mail), "number": mail.ticket_number })
    };
    audit::append(tx, "mail.retry", object, detail)?;
    Ok(mail)
}
