//! Gives committed entries their places in the tree. Entries are claimed by their state, never by "id greater than the
//! last one seen": an entry that commits late simply gets a later place. Any number of nodes may do so at once; the
//! head moves by compare-and-set, and a place is unique by constraint.

use super::Entry;
use super::leaf::{self, ADOPTED, Leaf, commitment};
use super::store::{self, Stored};
use super::tile::Tiles;
use super::tree::{self, Hash};
use crate::access::Tx;
use crate::access::token::{hex, random};
use crate::db::kept::Keep;
use crate::db::schema::{audit_entries as entries, audit_heads as heads};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, store_all};
use diesel::dsl::not;
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Entries that get their places in one transaction.
const BATCH: i64 = 256;
/// Entries among which logs that wait are looked for.
const LOOK: i64 = 1000;

/// The log of the platform, which has no region.
pub const PLATFORM: Id = Id(uuid::Uuid::nil());

/// How far a tree has grown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = heads)]
pub struct Head {
    /// The region, or [`PLATFORM`].
    pub log_id: Id,
    /// `sigap/<installation>/<log>`.
    pub origin: String,
    /// Counts restores of a backup, from 1.
    pub epoch: i32,
    /// Entries with a place.
    pub size: i64,
    /// Their root.
    pub root: Vec<u8>,
}

impl Head {
    /// Entries with a place.
    #[must_use]
    pub fn entries(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(0)
    }

    /// The region; none for the platform.
    #[must_use]
    pub fn region(&self) -> Option<Id> {
        Some(self.log_id).filter(|id| *id != PLATFORM)
    }
}

/// A log by its region: id and code.
pub type Name = (Option<Id>, String);

/// Every head.
pub fn heads(tx: &mut Tx<'_>) -> Result<Vec<Head>> {
    Ok(on!(tx.conn(), |c| heads::table.select(Head::as_select()).order(heads::log_id).load(c))?)
}

/// The head of one log; none before its first entry has a place.
pub fn head(tx: &mut Tx<'_>, log: Id) -> Result<Option<Head>> {
    Ok(on!(tx.conn(), |c| heads::table.find(log).select(Head::as_select()).first(c).optional())?)
}

/// Regions in whose logs, but for some, an entry waits for its place; none stands for the platform.
pub fn waiting(tx: &mut Tx<'_>, but: &BTreeSet<Option<Id>>) -> Result<BTreeSet<Option<Id>>> {
    let rows: Vec<Option<Id>> = on!(tx.conn(), |c| {
        let mut query = entries::table.filter(entries::leaf_index.is_null()).into_boxed::<Db>();
        for region in but {
            query = match region {
                Some(region) => query.filter(entries::region_id.is_null().or(entries::region_id.ne(region))),
                None => query.filter(entries::region_id.is_not_null()),
            };
        }
        query.order((entries::at, entries::id)).limit(LOOK).select(entries::region_id).load(c)
    })?;
    Ok(rows.into_iter().collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = entries)]
struct Waiting {
    id: Id,
    region_id: Option<Id>,
    at: Ts,
    actor_id: Option<Id>,
    action: String,
    object_type: String,
    object_id: Option<Id>,
    request_id: String,
    address: String,
    detail: String,
    leaf: Option<Vec<u8>>,
}

/// Gives places to the next entries of one log; returns how many.
///
/// # Errors
/// A conflict if another node was first: nothing is stored, and the next run goes on from there. [`Error::Start`] where
/// nothing waits but what the program has not written.
pub fn sequence(tx: &mut Tx<'_>, (region, code): &Name) -> Result<usize> {
    let log = region.unwrap_or(PLATFORM);
    let head = lock(tx, log, code)?;
    let rows = next(tx, &head)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut hashes = Vec::with_capacity(rows.len());
    for (index, row) in (head.size..).zip(&rows) {
        let leaf = match &row.leaf {
            Some(leaf) => tree::leaf_hash(leaf),
            None => adopt(tx, row)?,
        };
        place(tx, row.id, index)?;
        hashes.push(leaf);
    }
    grow(tx, &head, &hashes)?;
    Ok(rows.len())
}

/// Adds entries of one log with their places at once: what is stored in bulk need not be looked at again. Whoever gives
/// places meanwhile waits for this commit.
///
/// # Errors
/// The database's.
pub fn append_all(tx: &mut Tx<'_>, (region, code): &Name, mut all: Vec<Entry>) -> Result<()> {
    let head = lock(tx, region.unwrap_or(PLATFORM), code)?;
    for (index, entry) in (head.size..).zip(&mut all) {
        entry.leaf_index = Some(index);
    }
    store_all!(tx.conn(), entries::table, &all);
    let hashes: Vec<Hash> = all.iter().map(|entry| tree::leaf_hash(&entry.leaf)).collect();
    grow(tx, &head, &hashes)
}

fn grow(tx: &mut Tx<'_>, head: &Head, hashes: &[Hash]) -> Result<()> {
    let mut tiles = Tiles::of(tx, head.log_id);
    tiles.append(head.entries(), hashes)?;
    let size = head.entries() + u64::try_from(hashes.len()).unwrap_or(0);
    let root = tree::root(0, size, &mut |level, index| tiles.node(level, index))?;
    advance(tx, head, size, root)
}

/// Locks the head, by changing it first; makes it with the first entry.
fn lock(tx: &mut Tx<'_>, log: Id, code: &str) -> Result<Head> {
    let locked = on!(tx.conn(), |c| diesel::update(heads::table.find(log))
        .set(heads::size.eq(heads::size))
        .returning(Head::as_returning())
        .kept()
        .get_result(c)
        .optional())?;
    if let Some(known) = locked {
        return Ok(known);
    }
    let origin = match on!(tx.conn(), |c| heads::table.select(heads::origin).first::<String>(c).optional())? {
        Some(other) => other.rsplit_once('/').map(|(stem, _)| format!("{stem}/{code}")).unwrap_or(other),
        None => format!("sigap/{}/{code}", hex(&random::<4>()?)),
    };
    let head = Head { log_id: log, origin, epoch: 1, size: 0, root: tree::empty().to_vec() };
    on!(tx.conn(), |c| diesel::insert_into(heads::table).values(&head).execute(c))?;
    Ok(head)
}

/// What gets its place next. What is older than the tree comes before everything else and never later: whoever holds the
/// database could have slipped it in.
fn next(tx: &mut Tx<'_>, head: &Head) -> Result<Vec<Waiting>> {
    let mut rows = batch(tx, head.log_id, false)?;
    if rows.iter().any(|row| row.leaf.is_none()) {
        if takes_older(tx, head)? {
            rows.retain(|row| row.leaf.is_none());
        } else {
            rows = batch(tx, head.log_id, true)?;
            if rows.is_empty() {
                return Err(Error::start("an entry waits for its place that the program has not written"));
            }
        }
    }
    Ok(rows)
}

fn takes_older(tx: &mut Tx<'_>, head: &Head) -> Result<bool> {
    let last = store::from(tx, head.log_id, head.size - 1, 1)?;
    let is_older = |row: &Stored| row.leaf.as_deref().and_then(Leaf::parse).is_some_and(|leaf| leaf.result == ADOPTED);
    Ok(head.size == 0 || last.first().is_some_and(is_older))
}

fn batch(tx: &mut Tx<'_>, log: Id, with_leaf: bool) -> Result<Vec<Waiting>> {
    Ok(on!(tx.conn(), |c| {
        let mut query = entries::table.filter(entries::leaf_index.is_null()).into_boxed::<Db>();
        if with_leaf {
            query = query.filter(entries::leaf.is_not_null());
        }
        // Not "equal", for which SQLite would go through all that waits in the log by the index of places, and sort it.
        let of_log = if log == PLATFORM {
            query.filter(not(entries::region_id.is_not_null()))
        } else {
            query.filter(not(entries::region_id.ne(log)))
        };
        of_log.order((entries::at, entries::id)).limit(BATCH).select(Waiting::as_select()).load(c)
    })?)
}

/// Makes the leaf of an entry that is older than the tree.
fn adopt(tx: &mut Tx<'_>, row: &Waiting) -> Result<Hash> {
    let salt = random::<16>()?;
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let leaf = Leaf {
        region: row.region_id,
        id: row.id,
        at: leaf::instant(row.at),
        actor: row.actor_id,
        roles: String::new(),
        acting_as: None,
        request: row.request_id.clone(),
        session: None,
        action: row.action.clone(),
        object_type: row.object_type.clone(),
        object: row.object_id,
        version: detail.get("version").and_then(serde_json::Value::as_i64),
        result: ADOPTED.into(),
        commitment: commitment(&salt, &row.address, &row.detail),
    };
    let bytes = leaf.bytes();
    on!(tx.conn(), |c| diesel::update(entries::table.find(row.id))
        .set((entries::leaf.eq(&bytes), entries::salt.eq(salt.as_slice())))
        .execute(c))?;
    Ok(tree::leaf_hash(&bytes))
}

fn place(tx: &mut Tx<'_>, id: Id, index: i64) -> Result<()> {
    let placed = on!(tx.conn(), |c| diesel::update(entries::table.find(id))
        .filter(entries::leaf_index.is_null())
        .set(entries::leaf_index.eq(index))
        .returning(entries::id)
        .kept()
        .load::<Id>(c))?;
    if placed.len() == 1 { Ok(()) } else { Err(overtaken()) }
}

fn advance(tx: &mut Tx<'_>, head: &Head, size: u64, root: Hash) -> Result<()> {
    let size = i64::try_from(size).map_err(|_| Error::internal("audit: the tree is too large"))?;
    let moved = on!(tx.conn(), |c| diesel::update(heads::table.find(head.log_id))
        .filter(heads::size.eq(head.size))
        .set((heads::size.eq(size), heads::root.eq(root.as_slice())))
        .returning(heads::log_id)
        .kept()
        .load::<Id>(c))?;
    if moved.len() == 1 { Ok(()) } else { Err(overtaken()) }
}

fn overtaken() -> Error {
    Error::Conflict(crate::say!("conflict.taken"))
}

/// Opens the next epoch of a log after a restore; the entry that tells of it is the proof that it was no accident.
pub fn next_epoch(tx: &mut Tx<'_>, log: Id) -> Result<i32> {
    let epoch = on!(tx.conn(), |c| diesel::update(heads::table.find(log))
        .set(heads::epoch.eq(heads::epoch + 1))
        .returning(heads::epoch)
        .get_result(c))?;
    Ok(epoch)
}

/// Root over the first `size` entries of a log.
///
/// # Errors
/// If the log holds fewer.
pub fn root_of(tx: &mut Tx<'_>, log: Id, size: u64) -> Result<Hash> {
    let mut tiles = Tiles::of(tx, log);
    tree::root(0, size, &mut |level, index| tiles.node(level, index))
}

/// The proof that an entry is among the first `size` of a log.
///
/// # Errors
/// If the log holds fewer.
pub fn proof_of(tx: &mut Tx<'_>, log: Id, index: u64, size: u64) -> Result<Vec<Hash>> {
    let mut tiles = Tiles::of(tx, log);
    tree::inclusion(index, size, &mut |level, index| tiles.node(level, index))
}

/// That the first `from` entries of a log are the beginning of its first `to`.
///
/// # Errors
/// If the log holds fewer.
pub fn consistency_of(tx: &mut Tx<'_>, log: Id, from: u64, to: u64) -> Result<Vec<Hash>> {
    let mut tiles = Tiles::of(tx, log);
    tree::consistency(from, to, &mut |level, index| tiles.node(level, index))
}

/// The full subtrees of the first `size` entries of a log, the largest first.
///
/// # Errors
/// If the log holds fewer.
pub fn peaks_of(tx: &mut Tx<'_>, log: Id, size: u64) -> Result<Vec<Hash>> {
    let mut tiles = Tiles::of(tx, log);
    tree::peaks(size, &mut |level, index| tiles.node(level, index))
}
