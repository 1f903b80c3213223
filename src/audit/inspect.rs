//! The verifier at work on this database: besides what a bundle shows it holds every column against the leaf, the tiles
//! against the entries, and the whole against what the signer's file says.

use super::bundle;
use super::checkpoint::{Checkpoint, Keys, Note};
use super::leaf::{Leaf, instant};
use super::sequence::{self, Head, PLATFORM};
use super::store::{self, Stored};
use super::tree::{self, Hash, leaf_hash, node_hash};
use super::verify::{Checker, Finding};
use crate::access::Tx;
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::Write;

/// Every log of which there is a head or an entry with a place.
///
/// # Errors
/// What the database says.
pub fn logs(tx: &mut Tx<'_>) -> Result<Vec<Head>> {
    let mut heads = sequence::heads(tx)?;
    for region in store::regions(tx)? {
        let log_id = region.unwrap_or(PLATFORM);
        if !heads.iter().any(|head| head.log_id == log_id) {
            let origin = format!("? {log_id}");
            heads.push(Head { log_id, origin, epoch: 1, size: 0, root: tree::empty().to_vec() });
        }
    }
    Ok(heads)
}

/// Entries that are read at once.
const PAGE: i64 = 1000;

/// Checks one log.
///
/// # Errors
/// What the database says.
pub fn inspect(
    tx: &mut Tx<'_>,
    head: &Head,
    keys: Keys<'_>,
    last: Option<&Checkpoint>,
    known: &[Note],
) -> Result<Finding> {
    let signed = store::checkpoints(tx, head.log_id)?;
    let notes: Vec<Option<Note>> = signed.iter().map(|s| Note::parse(&s.note)).collect();
    let whole: Vec<Note> = notes.iter().flatten().cloned().collect();
    let mut checker = Checker::new(&head.origin, head.region(), &whole, keys, known);
    check_checkpoints(&mut checker, &signed, &notes);
    if let Some(last) = last.filter(|last| last.epoch == head.epoch) {
        check_last(&mut checker, &whole, last);
    }
    let mut hashes = Vec::new();
    let mut place = 0;
    loop {
        let page = store::from(tx, head.log_id, place, PAGE)?;
        for row in &page {
            check_columns(&mut checker, row);
            hashes.push(leaf_hash(row.leaf.as_deref().unwrap_or_default()));
            checker.entry(&row.entry());
        }
        place = page.last().and_then(|row| row.leaf_index).unwrap_or(place) + 1;
        if page.len() < usize::try_from(PAGE).unwrap_or(0) {
            break;
        }
    }
    for row in store::waiting(tx, head.log_id)? {
        if row.leaf.is_some() {
            check_columns(&mut checker, &row);
            checker.waiting(&row.entry());
        } else {
            checker.waiting_without_leaf();
        }
    }
    checker.epoch(head.epoch);
    check_head(&mut checker, head, last);
    check_tiles(&mut checker, store::tiles(tx, head.log_id)?, hashes);
    Ok(checker.done())
}

fn check_checkpoints(checker: &mut Checker, signed: &[store::Signed], notes: &[Option<Note>]) {
    let mut before: Option<Vec<u8>> = None;
    for (row, note) in signed.iter().zip(notes) {
        let fits = note.as_ref().is_some_and(|n| {
            n.checkpoint.epoch == row.epoch && i64::try_from(n.checkpoint.size).is_ok_and(|size| size == row.size)
        });
        if !fits {
            checker.found(None, format!("the stored checkpoint of {} entries is not one", row.size));
        }
        if row.previous != before {
            checker.found(None, format!("the checkpoint of {} entries does not name the one before it", row.size));
        }
        before = Some(Sha256::digest(row.note.as_bytes()).to_vec());
    }
}

fn check_columns(checker: &mut Checker, row: &Stored) {
    let place = row.leaf_index.and_then(|i| u64::try_from(i).ok());
    let Some(leaf) = row.leaf.as_deref().and_then(Leaf::parse) else { return };
    let fits = leaf.id == row.id
        && leaf.region == row.region_id
        && leaf.at == instant(row.at)
        && leaf.actor == row.actor_id
        && leaf.action == row.action
        && leaf.object_type == row.object_type
        && leaf.object == row.object_id
        && leaf.request == row.request_id;
    if !fits {
        checker.found(place, "a column is not what the leaf says");
    }
}

fn check_head(checker: &mut Checker, head: &Head, last: Option<&Checkpoint>) {
    let size = checker.size();
    if head.entries() != size || head.root != checker.root() {
        checker.found(Some(size), format!("the head names {} entries or another root", head.size));
    }
    let Some(last) = last else { return };
    if last.epoch > head.epoch || (last.epoch == head.epoch && last.log != head.origin) {
        checker.found(
            Some(size),
            format!("{} entries of {} were signed in epoch {}, which are not there", last.size, last.log, last.epoch),
        );
    }
}

/// What the signer's file says is one more kept checkpoint: whoever holds the database alone can't rewrite it.
fn check_last(checker: &mut Checker, stored: &[Note], last: &Checkpoint) {
    checker.signed_last(last);
    if !stored.iter().any(|note| note.checkpoint.epoch == last.epoch && note.checkpoint.size >= last.size) {
        checker.remark(format!(
            "the checkpoint of {} entries, which was signed last, is not in the database: it was removed, or the program \
             was stopped before it was stored",
            last.size
        ));
    }
}

/// Counts the tiles anew from the entries.
fn check_tiles(checker: &mut Checker, stored: Vec<(i32, i64, Vec<u8>)>, leaves: Vec<Hash>) {
    let (mut expected, mut level, mut hashes) = (Vec::new(), 0, leaves);
    while !hashes.is_empty() {
        for (position, tile) in (0..).zip(hashes.chunks(256)) {
            expected.push((level, position, tile.concat()));
        }
        hashes = hashes.chunks_exact(256).map(fold).collect();
        level += 1;
    }
    if stored != expected {
        let wrong = stored.iter().zip(&expected).position(|(is, should)| is != should).unwrap_or(0);
        checker.found(None, format!("row {wrong} of the hashes is not what the entries give"));
    }
}

fn fold(tile: &[Hash]) -> Hash {
    let mut hashes = tile.to_vec();
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).filter_map(|two| Some(node_hash(two.first()?, two.get(1)?))).collect();
    }
    hashes.first().copied().unwrap_or_default()
}

/// Every entry as it stands, for whoever holds the database.
///
/// # Errors
/// None.
pub const fn as_it_is(_: &mut Tx<'_>, rows: Vec<Stored>) -> Result<Vec<Stored>> {
    Ok(rows)
}

/// Writes a log as a bundle, from an entry on; each as `shown` lets its reader see it.
///
/// # Errors
/// [`Error::Start`] for a beginning behind the end; what the database or `out` says.
pub fn export(
    tx: &mut Tx<'_>,
    head: &Head,
    begin: i64,
    shown: impl Fn(&mut Tx<'_>, Vec<Stored>) -> Result<Vec<Stored>>,
    out: &mut dyn Write,
) -> Result<()> {
    let failed = |e: std::io::Error| Error::start(format!("output: {e}"));
    if !(0..=head.size).contains(&begin) {
        return Err(Error::start(format!("--from {begin}: the log has {} entries", head.size)));
    }
    let first = bundle::Head { origin: head.origin.clone(), region: head.region(), size: head.entries() };
    writeln!(out, "{}", bundle::head(&first)).map_err(failed)?;
    if let Some(before) = u64::try_from(begin).ok().filter(|before| *before > 0) {
        writeln!(out, "{}", bundle::from(before, &sequence::peaks_of(tx, head.log_id, before)?)).map_err(failed)?;
    }
    for signed in store::checkpoints_of(tx, head.log_id, &(begin..=head.size))? {
        writeln!(out, "{}", bundle::checkpoint(&signed.note)).map_err(failed)?;
    }
    let mut place = begin;
    while place < head.size {
        let page = store::from(tx, head.log_id, place, PAGE.min(head.size - place))?;
        let Some(last) = page.last().and_then(|row| row.leaf_index) else { break };
        for row in shown(tx, page)?.iter().filter(|row| row.leaf_index.is_some_and(|i| i < head.size)) {
            writeln!(out, "{}", bundle::entry(&row.entry())).map_err(failed)?;
        }
        place = last + 1;
    }
    out.flush().map_err(failed)
}
