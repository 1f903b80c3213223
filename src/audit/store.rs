//! Entries and checkpoints as they stand in the database.

use super::bundle::{Entry, NOTHING};
use super::checkpoint::Note;
use crate::access::Tx;
use crate::db::ahead::latest_day;
use crate::db::schema::{
    audit_checkpoints as checkpoints, audit_entries as entries, audit_heads as heads, audit_tiles as tiles,
};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::on;
use chrono::NaiveDate;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;

/// Of a boxed query the entries of one log; a macro, as such a query is of another type on each database.
macro_rules! of_log {
    ($query:expr, $log:expr) => {
        if $log == $crate::audit::sequence::PLATFORM {
            $query.filter(entries::region_id.is_null())
        } else {
            $query.filter(entries::region_id.eq($log))
        }
    };
}
pub(super) use of_log;

/// An entry with all its columns.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = entries)]
pub struct Stored {
    /// Its id.
    pub id: Id,
    /// Region; none for the platform.
    pub region_id: Option<Id>,
    /// When.
    pub at: Ts,
    /// Who.
    pub actor_id: Option<Id>,
    /// What.
    pub action: String,
    /// Kind of object.
    pub object_type: String,
    /// Which.
    pub object_id: Option<Id>,
    /// Id of the request.
    pub request_id: String,
    /// The caller's address.
    pub address: String,
    /// JSON.
    pub detail: String,
    /// The bytes that are hashed.
    pub leaf: Option<Vec<u8>>,
    /// Salt of the commitment; none once erased.
    pub salt: Option<Vec<u8>>,
    /// Its place.
    pub leaf_index: Option<i64>,
    /// The entry that tells who erased it.
    pub erased_by: Option<Id>,
}

impl Stored {
    /// As it is told to whoever may know that there is such an entry, and no more of it.
    #[must_use]
    pub fn withheld(self) -> Self {
        Self { address: String::new(), detail: NOTHING.to_owned(), salt: None, ..self }
    }

    /// Address and detail are kept from the reader.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.erased_by.is_none() && self.detail == NOTHING
    }

    /// As it stands in a bundle.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            index: self.leaf_index.and_then(|i| u64::try_from(i).ok()).unwrap_or(u64::MAX),
            leaf: self.leaf.clone().unwrap_or_default(),
            salt: self.salt.clone(),
            address: self.address.clone(),
            detail: self.detail.clone(),
            erased_by: self.erased_by,
        }
    }
}

/// A signed checkpoint.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = checkpoints, treat_none_as_default_value = false)]
pub struct Signed {
    /// The region, or that of the platform.
    pub log_id: Id,
    /// Epoch.
    pub epoch: i32,
    /// Entries.
    pub size: i64,
    /// When.
    pub signed_at: Ts,
    /// The note.
    pub note: String,
    /// SHA-256 of the note before.
    pub previous: Option<Vec<u8>>,
}

/// Entries of a log from a place on, at most `limit`.
pub fn from(tx: &mut Tx<'_>, log: Id, place: i64, limit: i64) -> Result<Vec<Stored>> {
    Ok(on!(tx.conn(), |c| {
        let query = entries::table.filter(entries::leaf_index.ge(place)).into_boxed::<Db>();
        of_log!(query, log).order(entries::leaf_index).limit(limit).select(Stored::as_select()).load(c)
    })?)
}

/// Every checkpoint of a log, in the order in which they were signed.
pub fn checkpoints(tx: &mut Tx<'_>, log: Id) -> Result<Vec<Signed>> {
    Ok(on!(tx.conn(), |c| checkpoints::table
        .filter(checkpoints::log_id.eq(log))
        .order((checkpoints::epoch, checkpoints::size))
        .select(Signed::as_select())
        .load(c))?)
}

/// Those of them whose size is one of `sizes`.
pub fn checkpoints_of(tx: &mut Tx<'_>, log: Id, sizes: &RangeInclusive<i64>) -> Result<Vec<Signed>> {
    Ok(on!(tx.conn(), |c| checkpoints::table
        .filter(checkpoints::log_id.eq(log).and(checkpoints::size.between(sizes.start(), sizes.end())))
        .order((checkpoints::epoch, checkpoints::size))
        .select(Signed::as_select())
        .load(c))?)
}

/// The least and the greatest of `sizes` of which a log has a checkpoint.
pub fn signed_within(tx: &mut Tx<'_>, log: Id, sizes: &RangeInclusive<i64>) -> Result<Option<(i64, i64)>> {
    let (least, greatest) = on!(tx.conn(), |c| checkpoints::table
        .filter(checkpoints::log_id.eq(log).and(checkpoints::size.between(sizes.start(), sizes.end())))
        .select((min(checkpoints::size), max(checkpoints::size)))
        .first::<(Option<i64>, Option<i64>)>(c))?;
    Ok(least.zip(greatest))
}

/// The newest checkpoint of a log.
pub fn newest(tx: &mut Tx<'_>, log: Id) -> Result<Option<Signed>> {
    Ok(on!(tx.conn(), |c| checkpoints::table
        .filter(checkpoints::log_id.eq(log))
        .order((checkpoints::epoch.desc(), checkpoints::size.desc()))
        .select(Signed::as_select())
        .first(c)
        .optional())?)
}

/// Stores a note that was signed, behind those that are there; one that another node has overtaken is dropped.
pub fn keep(tx: &mut Tx<'_>, log: Id, note: &str) -> Result<()> {
    let read = Note::parse(note).ok_or_else(|| Error::internal("audit: a note of ours is none"))?.checkpoint;
    let size = i64::try_from(read.size).map_err(|_| Error::internal("audit: the tree is too large"))?;
    // Each note names the one before it, so they come one after the other.
    on!(tx.conn(), |c| diesel::update(heads::table.find(log)).set(heads::size.eq(heads::size)).execute(c))?;
    let newest = newest(tx, log)?;
    if newest.as_ref().is_some_and(|newest| (newest.epoch, newest.size) >= (read.epoch, size)) {
        return Ok(());
    }
    let previous = newest.map(|newest| Sha256::digest(newest.note.as_bytes()).to_vec());
    let row = Signed { log_id: log, epoch: read.epoch, size, signed_at: tx.now, note: note.to_owned(), previous };
    on!(tx.conn(), |c| diesel::insert_into(checkpoints::table).values(&row).execute(c))?;
    Ok(())
}

/// Was the checkpoint of `day` mailed to the auditors of a log, or owed to them?
pub fn is_mailed(tx: &mut Tx<'_>, log: Id, day: NaiveDate) -> Result<bool> {
    let last: Option<Option<NaiveDate>> =
        on!(tx.conn(), |c| heads::table.find(log).select(heads::mailed_on).first(c).optional())?;
    Ok(last.flatten().is_some_and(|last| (day..=latest_day(day)).contains(&last)))
}

/// Notes that the checkpoint of `day` is owed to the auditors of a log; `false` if it was noted before.
pub fn is_first_mail(tx: &mut Tx<'_>, log: Id, day: NaiveDate) -> Result<bool> {
    let noted = on!(tx.conn(), |c| diesel::update(heads::table.find(log))
        .filter(heads::mailed_on.is_null().or(heads::mailed_on.lt(day)).or(heads::mailed_on.gt(latest_day(day))))
        .set(heads::mailed_on.eq(day))
        .execute(c))?;
    Ok(noted == 1)
}

/// Entries of a log that have no place yet.
pub fn waiting(tx: &mut Tx<'_>, log: Id) -> Result<Vec<Stored>> {
    Ok(on!(tx.conn(), |c| {
        let query = entries::table.filter(entries::leaf_index.is_null()).into_boxed::<Db>();
        of_log!(query, log).order((entries::at, entries::id)).select(Stored::as_select()).load(c)
    })?)
}

/// Every tile of a log: level, position, hashes.
pub fn tiles(tx: &mut Tx<'_>, log: Id) -> Result<Vec<(i32, i64, Vec<u8>)>> {
    Ok(on!(tx.conn(), |c| tiles::table
        .filter(tiles::log_id.eq(log))
        .order((tiles::level, tiles::position))
        .select((tiles::level, tiles::position, tiles::hashes))
        .load(c))?)
}

/// Regions of which an entry has a place; none stands for the platform.
pub fn regions(tx: &mut Tx<'_>) -> Result<Vec<Option<Id>>> {
    let placed = entries::table.filter(entries::leaf_index.is_not_null());
    Ok(on!(tx.conn(), |c| placed.select(entries::region_id).distinct().load(c))?)
}
