//! The hashes of full subtrees, 256 to a row: the last row of each level is all that growth touches, and a proof reads
//! a few rows whatever the size.

use super::tree::{Hash, node_hash};
use crate::access::Tx;
use crate::db::Id;
use crate::db::kept::change;
use crate::db::schema::audit_tiles as tiles;
use crate::error::{Error, Result};
use crate::on;
use diesel::prelude::*;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Levels of the tree in a tile: 2^8 hashes.
const DEEP: u32 = 8;
const WIDE: u64 = 1 << DEEP;
const BYTES: usize = 32;

#[derive(Insertable)]
#[diesel(table_name = tiles)]
struct Row<'a> {
    log_id: Id,
    level: i32,
    position: i64,
    hashes: &'a [u8],
}

/// The tiles of one log, as far as they were read or changed.
pub(super) struct Tiles<'t, 'c> {
    tx: &'t mut Tx<'c>,
    log: Id,
    read: BTreeMap<(u32, u64), Vec<u8>>,
}

impl<'t, 'c> Tiles<'t, 'c> {
    pub(super) fn of(tx: &'t mut Tx<'c>, log: Id) -> Self {
        Self { tx, log, read: BTreeMap::new() }
    }

    fn tile(&mut self, level: u32, position: u64) -> Result<&mut Vec<u8>> {
        match self.read.entry((level, position)) {
            Entry::Occupied(tile) => Ok(tile.into_mut()),
            Entry::Vacant(place) => {
                let (row, at) = numbers(level, position)?;
                let found = on!(self.tx.conn(), |c| tiles::table
                    .find((self.log, row, at))
                    .select(tiles::hashes)
                    .first::<Vec<u8>>(c)
                    .optional())?;
                Ok(place.insert(found.unwrap_or_default()))
            }
        }
    }

    /// The hash of the full subtree of `2^level` entries at `index`, counted in such subtrees.
    pub(super) fn node(&mut self, level: u32, index: u64) -> Result<Hash> {
        let (row, height) = (level / DEEP, level % DEEP);
        let (first, count) = (index << height, 1_usize << height);
        let skip = usize::try_from(first % WIDE).unwrap_or(usize::MAX);
        let tile = self.tile(row, first / WIDE)?;
        let mut hashes: Vec<Hash> =
            tile.chunks_exact(BYTES).skip(skip).take(count).filter_map(|h| h.try_into().ok()).collect();
        if hashes.len() != count {
            return Err(Error::internal(format!("audit: level {level} of the tree ends before {index}")));
        }
        while let [first, rest @ ..] = hashes.as_slice() {
            if rest.is_empty() {
                return Ok(*first);
            }
            hashes = hashes.chunks_exact(2).filter_map(pair).collect();
        }
        Err(Error::internal("audit: an empty subtree"))
    }

    /// Adds the hashes of entries at the end, behind the first `size`; a tile that is full gives its root to the level
    /// above.
    pub(super) fn append(&mut self, size: u64, hashes: &[Hash]) -> Result<()> {
        let mut touched = BTreeSet::new();
        for (at, hash) in (size..).zip(hashes) {
            let (mut level, mut at, mut hash) = (0, at, *hash);
            loop {
                let tile = self.tile(level, at / WIDE)?;
                if tile.len() / BYTES != usize::try_from(at % WIDE).unwrap_or(usize::MAX) {
                    return Err(Error::internal(format!("audit: level {level} of the tree does not end at {at}")));
                }
                tile.extend_from_slice(&hash);
                touched.insert((level, at / WIDE));
                if at % WIDE != WIDE - 1 {
                    break;
                }
                hash = self.full(level, at / WIDE)?;
                (level, at) = (level + 1, at / WIDE);
            }
        }
        for (level, position) in touched {
            self.save(level, position)?;
        }
        Ok(())
    }

    /// The root of a full tile.
    fn full(&mut self, level: u32, position: u64) -> Result<Hash> {
        let mut hashes: Vec<Hash> =
            self.tile(level, position)?.chunks_exact(BYTES).filter_map(|h| h.try_into().ok()).collect();
        for _ in 0..DEEP {
            hashes = hashes.chunks_exact(2).filter_map(pair).collect();
        }
        hashes.first().copied().ok_or_else(|| Error::internal("audit: a tile is not full"))
    }

    fn save(&mut self, level: u32, position: u64) -> Result<()> {
        let (row, at) = numbers(level, position)?;
        let Some(hashes) = self.read.get(&(level, position)) else { return Ok(()) };
        let row = Row { log_id: self.log, level: row, position: at, hashes };
        on!(self.tx.conn(), |c| change(
            c,
            diesel::insert_into(tiles::table)
                .values(&row)
                .on_conflict((tiles::log_id, tiles::level, tiles::position))
                .do_update()
                .set(tiles::hashes.eq(hashes))
        ))?;
        Ok(())
    }
}

fn pair(two: &[Hash]) -> Option<Hash> {
    two.first().zip(two.get(1)).map(|(left, right)| node_hash(left, right))
}

fn numbers(level: u32, position: u64) -> Result<(i32, i64)> {
    let level = i32::try_from(level).ok();
    let position = i64::try_from(position).ok();
    level.zip(position).ok_or_else(|| Error::internal("audit: the tree is too large"))
}
