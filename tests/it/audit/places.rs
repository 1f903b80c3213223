//! Places in the tree: contiguous, unique, whoever commits when.

use super::{count, head, keys, lived, look, settle};
use crate::support::TestApp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use diesel::prelude::*;
use serde_json::json;
use sigap::access::Origin;
use sigap::access::token::hex;
use sigap::app::{Caller, ledger};
use sigap::audit::checkpoint::{Note, parse_public};
use sigap::audit::sequence::{self, PLATFORM};
use sigap::audit::{self, Object, inspect, store, tree};
use sigap::db::schema::audit_entries as entries;
use sigap::db::snapshot;
use sigap::on;
use sigap::worker::audit as job;
use std::collections::BTreeSet;

// L13
#[actix_web::test]
async fn every_entry_gets_a_place_in_the_tree_of_its_region_and_every_log_is_sound() {
    let cast = lived().await;
    let app = &cast.app;
    let logs = app.within(inspect::logs).await;
    assert_eq!(logs.len(), 5, "four regions and the platform: {logs:?}");
    let mut placed = 0;
    for log in logs {
        let found = look(app, log.log_id).await;
        assert_eq!((found.code(), found.unsigned), (0, 0), "{found:?}");
        assert_eq!(found.entries, log.entries());
        placed += log.size;
    }
    assert_eq!(placed, count(app).await);
}

#[actix_web::test]
async fn an_entry_that_commits_late_gets_a_later_place_and_none_is_overlooked() {
    let app = TestApp::new().await;
    settle(&app).await;
    let lebak = app.region("lebak").await;
    let before = head(&app, lebak).await.size;
    let object = Object { kind: "region", id: Some(lebak), region: Some(lebak) };
    // Made at noon, committed last: its id and time lie before those that have a place by then.
    let early = app.within(|tx| Ok(tx.new_id())).await;
    let write = move |tx: &mut sigap::access::Tx<'_>| audit::append_as(tx, "region.test", object, json!({}));
    app.step(chrono::Duration::hours(1));
    let second = app.app.write(Caller::Anonymous, Origin::default(), write).await.unwrap();
    settle(&app).await;
    app.clock.step(chrono::Duration::hours(-2));
    let first = app.app.write(Caller::Anonymous, Origin::default(), write).await.unwrap();
    assert!(first < early && early < second);
    settle(&app).await;
    let places = app
        .within(move |tx| {
            let rows: Vec<(sigap::db::Id, Option<i64>)> = on!(tx.conn(), |c| entries::table
                .filter(entries::id.eq_any([second, first]))
                .order(entries::leaf_index)
                .select((entries::id, entries::leaf_index))
                .load(c))?;
            Ok(rows)
        })
        .await;
    assert_eq!(places, [(second, Some(before)), (first, Some(before + 1))]);
    // A clock that was set back (R11) is no tampering, but is told.
    let found = look(&app, lebak).await;
    assert_eq!((found.code(), found.remarks.len()), (0, 1), "{found:?}");
    assert!(found.remarks[0].contains("1 entries are dated more than 5 minutes before"), "{found:?}");
}

#[actix_web::test]
async fn two_sequencers_at_once_give_each_place_once() {
    let app = TestApp::new().await;
    let other = app.again("").await;
    let (one, two) = futures_util::future::join(ledger::place(&app.app), ledger::place(&other.app)).await;
    one.unwrap();
    two.unwrap();
    let lebak = app.region("lebak").await;
    let size = head(&app, lebak).await.size;
    let rows = app.within(move |tx| store::from(tx, lebak, 0, 100_000)).await;
    assert_eq!(rows.iter().filter_map(|row| row.leaf_index).collect::<Vec<_>>(), (0..size).collect::<Vec<_>>());
    assert!(app.within(|tx| sequence::waiting(tx, &BTreeSet::new())).await.is_empty());
    assert_eq!(head(&app, PLATFORM).await.region(), None);
}

#[actix_web::test]
async fn a_tree_of_many_tiles_proves_every_entry() {
    let app = TestApp::new().await;
    let lebak = app.region("lebak").await;
    let object = Object { kind: "region", id: Some(lebak), region: Some(lebak) };
    for _ in 0..2 {
        app.within(move |tx| (0..300).try_for_each(|_| audit::append(tx, "region.test", object, json!({})))).await;
        settle(&app).await;
    }
    let head = head(&app, lebak).await;
    assert!(head.size > 600);
    let (size, root) = (head.entries(), head.root.clone().try_into().unwrap());
    app.within(move |tx| {
        for index in (0..size).step_by(37).chain([255, 256, 511, 512, size - 1]) {
            let entry = store::from(tx, lebak, i64::try_from(index).unwrap(), 1)?.pop().unwrap();
            let leaf = tree::leaf_hash(&entry.leaf.unwrap());
            let proof = sequence::proof_of(tx, lebak, index, size)?;
            assert!(tree::is_included(leaf, index, size, &proof, &root), "{index}");
            assert!(!tree::is_included(leaf, index ^ 1, size, &proof, &root), "{index}");
        }
        Ok(())
    })
    .await;
    assert_eq!(look(&app, lebak).await.code(), 0);
}

/// As a program without the tree has written it.
async fn without_leaf(app: &TestApp, region: sigap::db::Id, count: usize, at: sigap::db::Ts) {
    app.within(move |tx| {
        for _ in 0..count {
            let row = (
                entries::id.eq(tx.new_id()),
                entries::region_id.eq(Some(region)),
                entries::at.eq(at),
                entries::action.eq("opd.create"),
                entries::object_type.eq("opd"),
                entries::request_id.eq("lama"),
                entries::address.eq("10.1.2.3"),
                entries::detail.eq("{\"code\": \"x\"}"),
            );
            on!(tx.conn(), |c| diesel::insert_into(entries::table).values(row).execute(c))?;
        }
        Ok(())
    })
    .await;
}

// R15
#[actix_web::test]
async fn entries_that_are_older_than_the_tree_are_taken_in_before_all_others_and_none_later() {
    let app = TestApp::new().await;
    // A log that has no place yet.
    let log = sigap::db::Id(uuid::Uuid::from_u128(7));
    let object = Object { kind: "region", id: Some(log), region: Some(log) };
    let write = async || app.within(move |tx| audit::append(tx, "region.test", object, json!({}))).await;
    write().await;
    // More than get their places in one transaction, and by a clock that was ahead.
    without_leaf(&app, log, 300, app.clock.now().plus(chrono::Duration::hours(1))).await;
    settle(&app).await;
    let found = look(&app, log).await;
    assert_eq!((found.code(), found.unsigned, found.entries), (0, 0, 301), "{found:?}");

    // Slipped in by plain SQL, ten months back.
    without_leaf(&app, log, 300, app.clock.now().plus(chrono::Duration::days(-300))).await;
    write().await;
    app.step(chrono::Duration::minutes(1));
    let told = job::run(&app.app).await.unwrap_err().to_string();
    assert!(told.contains("takes no entry: an entry waits") && told.contains("sigap audit verify"), "{told}");
    assert_eq!(head(&app, log).await.size, 302, "what the program wrote goes on");
    let found = look(&app, log).await;
    assert_eq!((found.code(), found.unsigned), (1, 0), "{found:?}");
}

#[actix_web::test]
async fn a_log_is_signed_once_a_minute_if_it_has_grown() {
    let app = TestApp::new().await;
    let lebak = app.region("lebak").await;
    let signed = async || app.within(move |tx| Ok(store::checkpoints(tx, lebak)?.len())).await;
    job::run(&app.app).await.unwrap();
    assert_eq!(signed().await, 1);
    app.step(chrono::Duration::seconds(59));
    let object = Object { kind: "region", id: Some(lebak), region: Some(lebak) };
    app.within(move |tx| audit::append(tx, "region.test", object, json!({}))).await;
    job::run(&app.app).await.unwrap();
    assert_eq!(signed().await, 1);
    app.step(chrono::Duration::seconds(1));
    job::run(&app.app).await.unwrap();
    assert_eq!(signed().await, 2);
    app.step(chrono::Duration::hours(1));
    job::run(&app.app).await.unwrap();
    assert_eq!(signed().await, 2);
}

#[actix_web::test]
async fn a_new_key_is_vouched_for_by_the_one_before_it() {
    let app = TestApp::new().await;
    settle(&app).await;
    let lebak = app.region("lebak").await;
    let old = keys(&app, lebak);
    app.step(chrono::Duration::minutes(1));
    app.app.signer.rotate(lebak, app.app.clock.now()).unwrap();
    let object = Object { kind: "audit", id: None, region: Some(lebak) };
    app.within(move |tx| audit::append(tx, "audit.key", object, json!({}))).await;
    settle(&app).await;
    let new = keys(&app, lebak);
    assert_eq!((old.len(), new.len()), (1, 2));
    let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await;
    let note = Note::parse(&newest.note).unwrap();
    assert!(note.is_signed_by(&old) && note.is_signed_by(&new[1..]));
    let published = app.app.signer.published(&head(&app, lebak).await).unwrap();
    assert_eq!(published.iter().map(|key| parse_public(key).unwrap()).collect::<Vec<_>>(), new);
    assert_eq!(look(&app, lebak).await.code(), 0);
}

#[actix_web::test]
async fn the_key_is_a_file_that_nobody_else_reads_and_no_database_holds() {
    use std::os::unix::fs::PermissionsExt;
    let app = TestApp::new().await;
    settle(&app).await;
    let lebak = app.region("lebak").await;
    let folder = app.database.folder.path().join("keys/audit").join(lebak.to_string());
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    let key = files.iter().find(|path| path.extension().is_some_and(|e| e == "key")).unwrap();
    assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    // All that is stored, as a backup has it: of PostgreSQL with bytes as hexadecimal digits.
    let copy = app.database.folder.path().join("copy");
    snapshot::take(&app.app.store, &copy).unwrap();
    let (key, stored) = (std::fs::read(key).unwrap(), std::fs::read(&copy).unwrap());
    let holds = |part: &[u8]| stored.windows(part.len()).any(|window| window == part);
    assert!(holds(b"pegawai.dinkes@lebakkab.go.id"));
    assert!(!holds(&key) && !holds(hex(&key).as_bytes()) && !holds(STANDARD_NO_PAD.encode(&key).as_bytes()));
}

// R15
#[actix_web::test]
async fn a_head_that_was_moved_is_told_at_once_and_the_other_logs_go_on() {
    use sigap::db::schema::audit_heads as heads;
    let app = TestApp::new().await;
    settle(&app).await;
    let (lebak, blora) = (app.region("lebak").await, app.region("blora").await);
    let before = head(&app, blora).await.size;
    app.within(move |tx| {
        on!(tx.conn(), |c| diesel::update(heads::table.find(lebak)).set(heads::size.eq(heads::size - 1)).execute(c))?;
        for region in [lebak, blora] {
            let object = Object { kind: "region", id: Some(region), region: Some(region) };
            audit::append(tx, "region.test", object, json!({}))?;
        }
        Ok(())
    })
    .await;
    app.step(chrono::Duration::minutes(1));
    let told = job::run(&app.app).await.unwrap_err().to_string();
    assert!(told.contains("the audit log lebak takes no entry") && told.contains("sigap audit verify"), "{told}");
    assert_eq!(head(&app, blora).await.size, before + 1);
    let signed = app.app.signer.last(blora).unwrap().unwrap().size;
    assert_eq!(signed, head(&app, blora).await.entries(), "what is sound is signed all the same");
    assert_eq!(look(&app, lebak).await.code(), 1);
}
