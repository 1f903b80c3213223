//! Whoever holds the database, but no key, changes something: the verifier finds it, each time.

use super::{entries, keys, lived, look, look_after};
use diesel::prelude::*;
use ed25519_dalek::SigningKey;
use sigap::access::Tx;
use sigap::audit::checkpoint::{Checkpoint, Note};
use sigap::audit::leaf::{Leaf, commitment};
use sigap::audit::store;
use sigap::audit::tree::{Frontier, Hash, leaf_hash, node_hash};
use sigap::db::Id;
use sigap::db::schema::{
    audit_checkpoints as checkpoints, audit_entries as rows, audit_heads as heads, audit_tiles as tiles,
};
use sigap::on;

/// How often; for a release 1,000.
#[expect(clippy::disallowed_methods, reason = "the one switch of this test")]
pub fn times(usual: usize) -> usize {
    std::env::var("SIGAP_TAMPERINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// Numbers that are the same in each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

const WAYS: usize = 28;

macro_rules! set {
    ($tx:expr, $id:expr, $value:expr) => {
        on!($tx.conn(), |c| diesel::update(rows::table.find($id)).set($value).execute(c)).unwrap()
    };
}

fn flipped(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = dice.roll(bytes.len());
    bytes[at] ^= 1 << dice.roll(8);
    bytes
}

fn other_text(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = if text.is_empty() { vec!['-'] } else { text.chars().collect() };
    let at = dice.roll(letters.len());
    letters[at] = if letters[at] == 'x' { 'y' } else { 'x' };
    letters.into_iter().collect()
}

/// Writes head and tiles anew, so that they fit what is there: for that no key is needed.
fn recompute(tx: &mut Tx<'_>, log: Id) {
    let leaves: Vec<Hash> = entries(tx, log).iter().map(|row| leaf_hash(row.leaf.as_ref().unwrap())).collect();
    on!(tx.conn(), |c| diesel::delete(tiles::table.filter(tiles::log_id.eq(log))).execute(c)).unwrap();
    let (mut level, mut hashes, mut frontier) = (0, leaves.clone(), Frontier::default());
    for leaf in &leaves {
        frontier.push(*leaf);
    }
    while !hashes.is_empty() {
        for (position, tile) in (0_i64..).zip(hashes.chunks(256)) {
            let row = (tiles::log_id.eq(log), tiles::level.eq(level), tiles::position.eq(position));
            let tile = tile.concat();
            on!(tx.conn(), |c| diesel::insert_into(tiles::table).values((row, tiles::hashes.eq(&tile))).execute(c))
                .unwrap();
        }
        hashes = hashes
            .chunks_exact(256)
            .map(|tile| {
                (0..8).fold(tile.to_vec(), |all, _| all.chunks(2).map(|p| node_hash(&p[0], &p[1])).collect())[0]
            })
            .collect();
        level += 1;
    }
    let (size, root) = (i64::try_from(leaves.len()).unwrap(), frontier.root().to_vec());
    let set = (heads::size.eq(size), heads::root.eq(root));
    on!(tx.conn(), |c| diesel::update(heads::table.find(log)).set(set).execute(c)).unwrap();
}

/// Cuts entries off the end, and whatever speaks of them.
fn cut(tx: &mut Tx<'_>, log: Id, left: i64) {
    let gone = rows::table.filter(rows::region_id.eq(log).and(rows::leaf_index.ge(left)));
    on!(tx.conn(), |c| diesel::delete(gone).execute(c)).unwrap();
    let gone = checkpoints::table.filter(checkpoints::log_id.eq(log).and(checkpoints::size.gt(left)));
    on!(tx.conn(), |c| diesel::delete(gone).execute(c)).unwrap();
    recompute(tx, log);
}

/// Gives an entry another detail, with everything that follows from it but the signatures.
pub fn rewrite(tx: &mut Tx<'_>, log: Id, dice: &mut Dice) {
    let at = dice.roll(entries(tx, log).len());
    rewrite_at(tx, log, at, dice);
}

fn rewrite_at(tx: &mut Tx<'_>, log: Id, at: usize, dice: &mut Dice) {
    let row = &entries(tx, log)[at];
    let mut leaf = Leaf::parse(row.leaf.as_ref().unwrap()).unwrap();
    let (salt, detail) = (row.salt.clone().unwrap(), other_text(&row.detail, dice));
    leaf.commitment = commitment(&salt, &row.address, &detail);
    set!(tx, row.id, (rows::detail.eq(detail), rows::leaf.eq(leaf.bytes())));
    recompute(tx, log);
}

/// As [`rewrite`], and takes away the checkpoints that would tell.
fn rewrite_unsigned(tx: &mut Tx<'_>, log: Id, dice: &mut Dice) {
    let at = dice.roll(entries(tx, log).len());
    rewrite_at(tx, log, at, dice);
    let above = checkpoints::size.gt(i64::try_from(at).unwrap());
    let gone = checkpoints::table.filter(checkpoints::log_id.eq(log).and(above));
    on!(tx.conn(), |c| diesel::delete(gone).execute(c)).unwrap();
}

fn sign_again(tx: &mut Tx<'_>, log: Id, key: &SigningKey) {
    for signed in store::checkpoints(tx, log).unwrap() {
        let Checkpoint { log: name, epoch, size, .. } = Note::parse(&signed.note).unwrap().checkpoint;
        let mut frontier = Frontier::default();
        let all = entries(tx, log);
        all.iter()
            .take(usize::try_from(size).unwrap())
            .for_each(|r| frontier.push(leaf_hash(r.leaf.as_ref().unwrap())));
        let note = Checkpoint { log: name, epoch, size, root: frontier.root() }.sign(&[key]);
        let one = checkpoints::table.find((log, signed.epoch, signed.size));
        on!(tx.conn(), |c| diesel::update(one).set(checkpoints::note.eq(&note)).execute(c)).unwrap();
    }
}

/// One of the ways of somebody who has the database.
#[expect(clippy::too_many_lines, clippy::cognitive_complexity, reason = "a list of ways")]
fn tamper(tx: &mut Tx<'_>, log: Id, way: usize, dice: &mut Dice) {
    let all = entries(tx, log);
    let row = &all[dice.roll(all.len())];
    let fresh = tx.new_id();
    let other = Some(fresh);
    let one_of = |signed: Vec<store::Signed>, dice: &mut Dice| signed[dice.roll(signed.len())].clone();
    match way {
        0 => drop(set!(tx, row.id, rows::action.eq(other_text(&row.action, dice)))),
        1 => drop(set!(tx, row.id, rows::object_type.eq(other_text(&row.object_type, dice)))),
        2 => drop(set!(tx, row.id, rows::object_id.eq(other))),
        3 => drop(set!(tx, row.id, rows::actor_id.eq(other))),
        4 => drop(set!(tx, row.id, rows::request_id.eq(other_text(&row.request_id, dice)))),
        5 => drop(set!(tx, row.id, rows::address.eq(other_text(&row.address, dice)))),
        6 => drop(set!(tx, row.id, rows::detail.eq(other_text(&row.detail, dice)))),
        7 => drop(set!(tx, row.id, rows::at.eq(row.at.plus(chrono::Duration::microseconds(1))))),
        8 => drop(set!(tx, row.id, rows::leaf.eq(flipped(row.leaf.as_ref().unwrap(), dice)))),
        9 => drop(set!(tx, row.id, rows::salt.eq(flipped(row.salt.as_ref().unwrap(), dice)))),
        10 => drop(set!(tx, row.id, rows::id.eq(fresh))),
        11 => drop(set!(tx, row.id, rows::region_id.eq(other))),
        12 => drop(on!(tx.conn(), |c| diesel::delete(rows::table.find(row.id)).execute(c)).unwrap()),
        13 => {
            let (a, b) = (row, all.iter().find(|r| r.id != row.id).unwrap());
            set!(tx, a.id, rows::leaf_index.eq(Some(-1_i64)));
            set!(tx, b.id, rows::leaf_index.eq(a.leaf_index));
            set!(tx, a.id, rows::leaf_index.eq(b.leaf_index));
            recompute(tx, log);
        }
        14 => {
            // Slipped in at the end, and everything counted again.
            let id = tx.new_id();
            let mut leaf = Leaf::parse(row.leaf.as_ref().unwrap()).unwrap();
            leaf.id = id;
            let copy = (
                (
                    rows::id.eq(id),
                    rows::region_id.eq(row.region_id),
                    rows::at.eq(row.at),
                    rows::actor_id.eq(row.actor_id),
                ),
                (
                    rows::action.eq(&row.action),
                    rows::object_type.eq(&row.object_type),
                    rows::object_id.eq(row.object_id),
                ),
                (rows::request_id.eq(&row.request_id), rows::address.eq(&row.address), rows::detail.eq(&row.detail)),
                (rows::leaf.eq(leaf.bytes()), rows::salt.eq(&row.salt)),
            );
            let last = all.last().unwrap().clone();
            set!(tx, last.id, rows::leaf_index.eq(last.leaf_index.map(|i| i + 1)));
            on!(tx.conn(), |c| diesel::insert_into(rows::table)
                .values((copy, rows::leaf_index.eq(last.leaf_index)))
                .execute(c))
            .unwrap();
            recompute(tx, log);
        }
        15 => cut(tx, log, i64::try_from(dice.roll(all.len())).unwrap()),
        16 => rewrite(tx, log, dice),
        17 => {
            rewrite(tx, log, dice);
            sign_again(tx, log, &SigningKey::from_bytes(&[9; 32]));
        }
        18 => {
            let signed = one_of(store::checkpoints(tx, log).unwrap(), dice);
            let note = other_text(&signed.note, dice);
            let one = checkpoints::table.find((log, signed.epoch, signed.size));
            on!(tx.conn(), |c| diesel::update(one).set(checkpoints::note.eq(&note)).execute(c)).unwrap();
        }
        19 => {
            let all = store::checkpoints(tx, log).unwrap();
            let signed = all[dice.roll(all.len() - 1)].clone();
            let one = checkpoints::table.find((log, signed.epoch, signed.size));
            on!(tx.conn(), |c| diesel::delete(one).execute(c)).unwrap();
        }
        20 => {
            let (level, position, hashes) = store::tiles(tx, log).unwrap().remove(0);
            let hashes = flipped(&hashes, dice);
            let one = tiles::table.find((log, level, position));
            on!(tx.conn(), |c| diesel::update(one).set(tiles::hashes.eq(&hashes)).execute(c)).unwrap();
        }
        21 => {
            let epoch = heads::epoch.eq(heads::epoch + 1);
            on!(tx.conn(), |c| diesel::update(heads::table.find(log)).set(epoch).execute(c)).unwrap();
        }
        22 => drop(set!(
            tx,
            row.id,
            (
                rows::detail.eq("null"),
                rows::address.eq(""),
                rows::salt.eq(None::<Vec<u8>>),
                rows::erased_by.eq(Some(row.id))
            )
        )),
        23 => {
            let before = head_root(tx, log);
            let root = heads::root.eq(flipped(&before, dice));
            on!(tx.conn(), |c| diesel::update(heads::table.find(log)).set(root).execute(c)).unwrap();
        }
        25..=27 => slip_in(tx, log, way - 25, dice),
        _ => rewrite_unsigned(tx, log, dice),
    }
}

/// Adds an entry without a place, to which the program itself would give one and its signature. Without a leaf, as a plain
/// INSERT does; said to be older than the log; or a ticket's step once more.
pub fn slip_in(tx: &mut Tx<'_>, log: Id, kind: usize, dice: &mut Dice) {
    let all: Vec<_> = entries(tx, log).into_iter().filter(|row| row.action == "ticket.started").collect();
    let (row, id) = (&all[dice.roll(all.len())], tx.new_id());
    let mut leaf = Leaf::parse(row.leaf.as_ref().unwrap()).unwrap();
    leaf.id = id;
    let (at, salt) =
        (if kind == 2 { row.at } else { row.at.plus(chrono::Duration::days(-300)) }, row.salt.clone().unwrap());
    if kind == 1 {
        (leaf.result, leaf.version, leaf.at) = ("adopted".to_owned(), None, at.text());
    }
    let of = (rows::id.eq(id), rows::region_id.eq(row.region_id), rows::at.eq(at), rows::actor_id.eq(row.actor_id));
    let what =
        (rows::action.eq(&row.action), rows::object_type.eq(&row.object_type), rows::object_id.eq(row.object_id));
    let how = (rows::request_id.eq(&row.request_id), rows::address.eq(&row.address), rows::detail.eq(&row.detail));
    let proof = (rows::leaf.eq((kind > 0).then(|| leaf.bytes())), rows::salt.eq((kind > 0).then_some(salt)));
    on!(tx.conn(), |c| diesel::insert_into(rows::table).values((of, what, how, &proof)).execute(c)).unwrap();
}

fn head_root(tx: &mut Tx<'_>, log: Id) -> Vec<u8> {
    on!(tx.conn(), |c| heads::table.find(log).select(heads::root).first(c)).unwrap()
}

// L13: "integrity by detecting modification"
#[actix_web::test]
async fn whatever_is_changed_behind_the_programs_back_is_found() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let mut missed = Vec::new();
    for n in 0..times(2 * WAYS) {
        let way = n % WAYS;
        let seed = u64::try_from(n).unwrap() + 77;
        let found = look_after(app, lebak, Vec::new(), move |tx| {
            let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            dice.roll(2);
            tamper(tx, lebak, way, &mut dice);
        })
        .await;
        if found.code() != 1 {
            missed.push((way, seed, found));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let clean = look(app, lebak).await;
    assert_eq!(clean.code(), 0, "{clean:?}");
}

#[actix_web::test]
async fn a_log_that_nobody_touched_is_sound_each_time_it_grows() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    for _ in 0..times(10) {
        app.within(move |tx| {
            let object = sigap::audit::Object { kind: "region", id: Some(lebak), region: Some(lebak) };
            sigap::audit::append(tx, "region.test", object, serde_json::json!({ "n": 1 }))
        })
        .await;
        let found = look(app, lebak).await;
        assert_eq!(found.code(), 0, "{found:?}");
        super::settle(app).await;
        let found = look(app, lebak).await;
        assert_eq!((found.code(), found.unsigned), (0, 0), "{found:?}");
    }
}

#[actix_web::test]
async fn an_older_database_put_back_is_found_by_what_was_signed_and_by_what_somebody_kept() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let signed = app.within(move |tx| store::checkpoints(tx, lebak)).await;
    let (first, last) = (signed[0].clone(), signed.last().unwrap().clone());
    let found = look_after(app, lebak, Vec::new(), move |tx| cut(tx, lebak, first.size)).await;
    assert_eq!((found.code(), found.first()), (1, Some(u64::try_from(first.size).unwrap())));
    // Whoever takes the signer's file away too is found by anybody who kept a checkpoint.
    let kept = vec![Note::parse(&last.note).unwrap()];
    let (keys, left) = (keys(app, lebak), first.size);
    std::fs::remove_file(app.database.folder.path().join(format!("keys/audit/{lebak}/signed"))).unwrap();
    let found = look_after(app, lebak, kept, move |tx| cut(tx, lebak, left)).await;
    assert_eq!(found.code(), 2, "{found:?}");
    assert!(!keys.is_empty());
}

// R15
#[actix_web::test]
async fn an_entry_that_is_rewritten_and_loses_its_checkpoints_is_found_by_what_was_signed_last() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let last = app.app.signer.last(lebak).unwrap().unwrap().size;
    for seed in 1..6 {
        let found = look_after(app, lebak, Vec::new(), move |tx| rewrite_unsigned(tx, lebak, &mut Dice(seed))).await;
        let told = format!("the checkpoint that was signed last of {last} entries has another root");
        assert!(found.code() == 1 && found.faults.iter().any(|(_, what)| *what == told), "{found:?}");
        assert!(found.remarks[0].contains("is not in the database"), "{found:?}");
    }
    // A program that is stopped between the two leaves it so.
    let found = look_after(app, lebak, Vec::new(), move |tx| {
        let newest = store::newest(tx, lebak).unwrap().unwrap();
        let one = checkpoints::table.find((lebak, newest.epoch, newest.size));
        on!(tx.conn(), |c| diesel::delete(one).execute(c)).unwrap();
    })
    .await;
    assert_eq!((found.code(), found.remarks.len(), found.unsigned), (0, 1, 0), "{found:?}");
    assert_eq!(look(app, lebak).await.remarks, Vec::<String>::new());
}

/// An entry that is removed before it has a place leaves a gap among the versions of its ticket.
#[actix_web::test]
async fn an_entry_that_is_removed_before_it_has_a_place_is_missed() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let ticket = cast.requester.open("Jaringan putus").await;
    cast.tier1.act(&ticket, "start", serde_json::json!({})).await.ok();
    cast.tier1.act(&ticket, "resolve", serde_json::json!({ "resolution": "Kabel diganti." })).await.ok();
    let found = look_after(app, lebak, Vec::new(), |tx| {
        let one = rows::table.filter(rows::leaf_index.is_null().and(rows::action.eq("ticket.started")));
        assert_eq!(on!(tx.conn(), |c| diesel::delete(one).execute(c)).unwrap(), 1);
    })
    .await;
    assert_eq!(found.code(), 1);
    assert!(found.faults[0].1.contains("no entry of its version"), "{found:?}");
}
