//! What the program signs, and what it signs no more: the log is as it was signed before, and by its own keys (R15).

use super::tamper::{Dice, rewrite};
use super::{head, lived, look};
use crate::support::TestApp;
use diesel::prelude::*;
use ed25519_dalek::SigningKey;
use sigap::audit::checkpoint::Note;
use sigap::audit::sequence::PLATFORM;
use sigap::audit::store;
use sigap::db::Id;
use sigap::db::schema::{audit_checkpoints as checkpoints, audit_tiles as tiles};
use sigap::on;

#[actix_web::test]
async fn nothing_is_signed_that_is_not_what_was_signed_before() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let before = head(app, lebak).await;
    app.within(move |tx| {
        super::unguard(tx);
        let mut dice = Dice(4711);
        rewrite(tx, lebak, &mut dice);
        Ok(())
    })
    .await;
    add(app, lebak).await;
    sigap::app::ledger::place(&app.app).await.unwrap();
    let refused = sigap::app::ledger::sign(&app.app, 0).await.unwrap_err().to_string();
    assert!(refused.contains("is not what was signed before"), "{refused}");
    let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await;
    assert_eq!(newest.size, before.size);
    assert!(look(app, lebak).await.code() == 1);
}

// Else the alarm would be silent as long as another log has a trouble that passes.
#[actix_web::test]
async fn a_log_that_is_not_what_was_signed_is_told_whatever_befalls_the_one_behind_it() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let platform = sigap::audit::Object { kind: "backup", id: None, region: None };
    app.within(move |tx| sigap::audit::append(tx, "backup.make", platform, serde_json::json!({}))).await;
    super::settle(app).await;
    let signed = app.app.config.data_dir.join("keys/audit").join(PLATFORM.to_string()).join("signed");
    std::fs::write(signed, "rusak").unwrap();
    add(app, lebak).await;
    sigap::app::ledger::place(&app.app).await.unwrap();
    app.within(move |tx| {
        let tree = tiles::table.filter(tiles::log_id.eq(lebak));
        Ok(on!(tx.conn(), |c| diesel::delete(tree).execute(c))?)
    })
    .await;
    let refused = sigap::app::ledger::sign(&app.app, 0).await.unwrap_err().to_string();
    assert!(refused.contains("not a checkpoint"), "{refused}");
    let ill = app.app.ill_logs.all();
    assert!(ill.contains(&PLATFORM) && ill.contains(&lebak), "{ill:?}");
}

/// The newest checkpoint of a log as somebody else would sign it.
async fn sign_as(app: &TestApp, log: Id, key: [u8; 32]) {
    app.within(move |tx| {
        let newest = store::newest(tx, log)?.unwrap();
        let note = Note::parse(&newest.note).unwrap().checkpoint.sign(&[&SigningKey::from_bytes(&key)]);
        let one = checkpoints::table.find((log, newest.epoch, newest.size));
        Ok(on!(tx.conn(), |c| diesel::update(one).set(checkpoints::note.eq(&note)).execute(c))?)
    })
    .await;
}

// R15: a command in another folder, or somebody who holds the database, has signed in our place.
#[actix_web::test]
async fn a_log_that_others_have_signed_is_signed_no_more_until_their_key_is_known() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    sign_as(app, lebak, [7; 32]).await;
    for _ in 0..2 {
        add(app, lebak).await;
        app.step(chrono::Duration::minutes(2));
        let refused = sigap::worker::Job::Audit.run(&app.app).await.unwrap_err().to_string();
        assert!(refused.contains("is signed by no key in") && refused.contains("/lebak"), "{refused}");
    }
    let found = sigap::cli::doctor::examine(&app.app).await.unwrap();
    let audit: Vec<_> = found.iter().filter(|one| one.what == "audit").collect();
    assert!(audit.len() == 1 && audit[0].found.key == "doctor.audit_foreign", "{audit:?}");
    // The key of that folder, laid beside ours.
    let folder = app.app.config.data_dir.join("keys/audit").join(lebak.to_string());
    std::fs::write(folder.join("00000000-0000-7000-8000-000000000000.key"), [7; 32]).unwrap();
    sigap::worker::Job::Audit.run(&app.app).await.unwrap();
    assert_eq!(look(app, lebak).await.code(), 0);
}

// What was signed before stays provable by the public keys that outsiders keep.
#[actix_web::test]
async fn a_log_whose_keys_are_lost_gets_no_new_one_until_somebody_names_the_public_one() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let published = app.app.signer.published(&head(app, lebak).await).unwrap();
    let folder = app.app.config.data_dir.join("keys/audit").join(lebak.to_string());
    std::fs::remove_dir_all(&folder).unwrap();
    add(app, lebak).await;
    sigap::app::ledger::place(&app.app).await.unwrap();
    let refused = sigap::app::ledger::sign(&app.app, 0).await.unwrap_err().to_string();
    assert!(refused.contains("are not in") && refused.contains("SIGAP_DATA_DIR"), "{refused}");
    assert!(!folder.exists() && app.app.signer.rotate(lebak, app.clock.now()).is_err() && !folder.exists());
    app.app.signer.remember(lebak, &published).unwrap();
    sigap::app::ledger::sign(&app.app, 0).await.unwrap();
    let found = look(app, lebak).await;
    assert_eq!((found.code(), found.unsigned), (0, 0), "{found:?}");
}

async fn add(app: &TestApp, lebak: Id) {
    let object = sigap::audit::Object { kind: "region", id: Some(lebak), region: Some(lebak) };
    app.within(move |tx| sigap::audit::append(tx, "region.test", object, serde_json::json!({}))).await;
}
