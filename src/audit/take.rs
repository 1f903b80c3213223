//! What an auditor takes with him: that the log has only grown since the checkpoint that he kept, and the log itself as
//! a bundle that anybody can check without us (P8).

use super::checkpoint::Note;
use super::list;
use super::sequence::{self, Head};
use super::signer::Signer;
use super::store::{self, Stored};
use super::tree::Hash;
use super::{Object, inspect, witness};
use crate::access::Tx;
use crate::access::token::hex;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::say;
use serde_json::json;

/// Media type of a bundle: one JSON object a line.
pub const MEDIA_TYPE: &str = "application/jsonl; charset=utf-8";

/// Entries of one bundle at most, but for those up to the next checkpoint; the next one begins where it ends.
const ENTRIES: i64 = 20_000;

/// The newest signed checkpoint of a log.
#[derive(Debug, Clone)]
pub struct Newest {
    /// `sigap/<installation>/<log>/<epoch>`.
    pub origin: String,
    /// Entries.
    pub size: i64,
    /// Their root, in hexadecimal.
    pub root: String,
    /// When it was signed.
    pub signed_at: Ts,
    /// The signed note.
    pub note: String,
    /// Public keys, the newest last.
    pub keys: Vec<String>,
}

/// The newest checkpoint of the log of whoever acts; none before the first.
///
/// # Errors
/// 404 for whoever reads but his own acts.
pub fn newest(tx: &mut Tx<'_>, signer: &Signer) -> Result<Option<Newest>> {
    let log = list::whole(tx)?;
    let Some((last, head)) = store::newest(tx, log)?.zip(sequence::head(tx, log)?) else { return Ok(None) };
    let read = Note::parse(&last.note).ok_or_else(|| Error::internal("audit: a note of ours is none"))?.checkpoint;
    Ok(Some(Newest {
        origin: read.origin(),
        size: last.size,
        root: hex(&read.root),
        signed_at: last.signed_at,
        keys: signer.published(&head)?,
        note: last.note,
    }))
}

/// That the first `from` entries are the beginning of the first `to`.
#[derive(Debug, Clone)]
pub struct Growth {
    /// Entries of the older tree.
    pub from: u64,
    /// Entries of the newer one.
    pub to: u64,
    /// The proof (RFC 9162, 2.1.4).
    pub path: Vec<Hash>,
    /// The newest signed checkpoint.
    pub note: String,
}

/// That the log of whoever acts has only grown from one size to another; the other is that of the newest checkpoint
/// if none is named.
///
/// # Errors
/// 404 as for the checkpoint, and before the first one; 422 for sizes that no checkpoint covers.
pub fn growth(tx: &mut Tx<'_>, from: u64, to: Option<u64>) -> Result<Growth> {
    let log = list::whole(tx)?;
    let signed = store::newest(tx, log)?.ok_or(Error::NotFound)?;
    let size = u64::try_from(signed.size).unwrap_or(0);
    let to = to.unwrap_or(size);
    if to > size {
        return Err(Error::invalid("/to", say!("audit.beyond", size = size)));
    }
    if from > to {
        return Err(Error::invalid("/from", say!("audit.beyond", size = to)));
    }
    Ok(Growth { from, to, path: sequence::consistency_of(tx, log, from, to)?, note: signed.note })
}

/// A bundle of the log of whoever acts.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Its name as a file.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The log of whoever acts as a bundle, from an entry on up to a checkpoint, each entry as `shown` lets him see it; that it was
/// taken is itself noted.
///
/// # Errors
/// 404 for whoever reads but a part of it, and before the first checkpoint; 422 for a beginning that no checkpoint
/// covers.
pub fn bundle(
    tx: &mut Tx<'_>,
    from: i64,
    shown: impl Fn(&mut Tx<'_>, Vec<Stored>) -> Result<Vec<Stored>>,
) -> Result<Bundle> {
    let log = list::everything(tx)?;
    let head = sequence::head(tx, log)?.ok_or(Error::NotFound)?;
    let newest = store::newest(tx, log)?.ok_or(Error::NotFound)?;
    if !(0..newest.size).contains(&from) {
        return Err(Error::invalid("/from", say!("audit.beyond", size = newest.size)));
    }
    let end = end(tx, log, from)?.unwrap_or(newest.size);
    let region = head.region();
    let part = Head { size: end, ..head };
    let mut bytes = Vec::new();
    inspect::export(tx, &part, from, shown, &mut bytes)?;
    witness(tx, "audit.export", Object { kind: "audit", id: None, region }, json!({ "from": from, "to": end }));
    let code = part.origin.rsplit('/').next().unwrap_or_default();
    Ok(Bundle { name: format!("audit-{code}-{from}-{end}.jsonl"), bytes })
}

/// Where a bundle ends: at the last checkpoint that is near enough, else at the first one behind.
fn end(tx: &mut Tx<'_>, log: Id, from: i64) -> Result<Option<i64>> {
    if let Some((_, last)) = store::signed_within(tx, log, &(from + 1..=from + ENTRIES))? {
        return Ok(Some(last));
    }
    Ok(store::signed_within(tx, log, &(from + 1..=i64::MAX))?.map(|(first, _)| first))
}
