//! Erasure of personal detail: what is gone is gone, and every proof still holds.

use super::agree::both;
use super::{entries as all, head, lived, look, settle};
use crate::commands::{done, here, refused};
use diesel::prelude::*;
use serde_json::json;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::audit::erase::erase;
use sigap::audit::store;
use sigap::db::schema::audit_entries as entries;
use sigap::on;

// UU PDP, right to erasure
#[actix_web::test]
async fn erasing_an_entry_takes_address_and_detail_and_leaves_every_proof() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let rows = app.within(move |tx| store::from(tx, lebak, 0, 1000)).await;
    let one = rows.iter().find(|row| row.action == "ticket.escalated").unwrap().clone();
    assert!(one.detail.contains("LBK-2026"));
    let by = app.within(move |tx| erase(tx, one.id, "Putusan PPID 12/2026")).await;
    settle(app).await;
    let found = look(app, lebak).await;
    assert_eq!((found.code(), found.erased), (0, 1), "{found:?}");
    let (detail, address, salt) = app
        .within(move |tx| {
            let columns = (entries::detail, entries::address, entries::salt);
            Ok(on!(tx.conn(), |c| entries::table
                .find(one.id)
                .select(columns)
                .first::<(String, String, Option<Vec<u8>>)>(c))?)
        })
        .await;
    assert_eq!((detail.as_str(), address.as_str(), salt), ("null", "", None));

    let id = one.id.to_string();
    let seen = cast.auditor.get(&format!("/audit/entries/{id}")).await.ok();
    assert_eq!((&seen["entry"]["erased"], &seen["entry"]["detail"]), (&true.into(), &serde_json::Value::Null));
    assert!(seen["proof"]["path"].as_array().unwrap().len() > 2);
    let telling = cast.auditor.get(&format!("/audit/entries/{by}")).await.ok();
    assert_eq!(telling["entry"]["action"], "audit.erase");
    assert_eq!(telling["entry"]["object"], id);
    assert_eq!(telling["entry"]["detail"]["reason"], "Putusan PPID 12/2026");
}

// UU PDP: nobody can ask later why.
#[actix_web::test]
async fn an_entry_is_not_erased_without_a_reason() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let one = app.within(move |tx| Ok(store::from(tx, lebak, 0, 1)?.remove(0))).await;
    for blank in ["", "  \n"] {
        let (id, change) = (one.id, move |tx: &mut sigap::access::Tx<'_>| erase(tx, one.id, blank));
        let refused = app.app.write(Caller::Anonymous, Origin::default(), change).await.unwrap_err().to_string();
        assert!(refused.contains("--reason"), "{refused}");
        let left = app.within(move |tx| Ok(store::from(tx, lebak, 0, 1)?.remove(0))).await;
        assert_eq!((left.id, &left.detail, left.erased_by), (id, &one.detail, None));
    }
}

#[actix_web::test]
async fn an_entry_is_erased_once_and_only_by_an_erasure() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let one = app.within(move |tx| Ok(store::from(tx, lebak, 0, 1)?.remove(0).id)).await;
    app.within(move |tx| erase(tx, one, "Permintaan subjek data")).await;
    let twice = app.app.write(Caller::Anonymous, Origin::default(), move |tx| erase(tx, one, "lagi")).await;
    assert!(twice.unwrap_err().to_string().contains("erased before"));
    let by_hand = app.app.write(Caller::Anonymous, Origin::default(), |tx| {
        Ok(on!(tx.conn(), |c| diesel::update(entries::table).set(entries::detail.eq("null")).execute(c))?)
    });
    assert!(by_hand.await.unwrap_err().to_string().contains("never changed"));
}

// UU PDP, right to erasure: whoever decides sees first what would go.
#[actix_web::test]
async fn all_that_the_log_tells_of_a_person_is_listed_then_erased_and_every_proof_holds() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let who = cast.tier1.id().await;
    let nip = cast.admin.get(&format!("/people/{who}")).await.ok()["entry"]["nip"].as_str().unwrap().to_owned();
    cast.deactivate(&who).await;
    let heir = json!({ "name": "Dewi Baru", "email": "dewi.baru@lebakkab.go.id", "nip": nip });
    let heir = cast.admin.post("/people", heir).await.created()["id"].as_str().unwrap().to_owned();
    settle(app).await;
    let told = refused(&here(app, &["audit", "erase", "--about", &nip]));
    assert!(told.contains("name one by his id") && told.contains(&who) && told.contains(&heir), "{told}");
    let told = refused(&here(app, &["audit", "erase", "--about", "bukan.siapa@lebakkab.go.id", "--reason", "x"]));
    assert!(told.contains("nobody has or had this"), "{told}");

    let told = done(&here(app, &["audit", "erase", "--about", "teknisi.dinkes@lebakkab.go.id"]));
    let (lines, count) = (told.lines().collect::<Vec<_>>(), told.lines().count() - 1);
    for act in ["session.begin", "ticket.escalated", "person.create", "grant.give"] {
        assert!(lines.iter().any(|line| line.ends_with(act)), "{act}: {told}");
    }
    assert!(
        lines[count].starts_with(&format!("{count} entries tell of ")) && lines[count].contains("Nothing was erased")
    );
    assert_eq!(look(app, lebak).await.erased, 0);

    let why = "Putusan PPID 12/2026";
    let told = done(&here(app, &["audit", "erase", "--about", &who, "--reason", why]));
    assert!(told.starts_with(&format!("Erased address and detail of {count} entries")), "{told}");
    settle(app).await;
    let found = look(app, lebak).await;
    assert_eq!((found.code(), found.erased), (0, count), "{found:?}");
    let rows = app.within(move |tx| Ok(all(tx, lebak))).await;
    let his = rows.iter().filter(|row| [row.actor_id, row.object_id].iter().flatten().any(|id| id.to_string() == who));
    assert_eq!(his.clone().count(), count);
    assert!(his.into_iter().all(|row| row.erased_by.is_some() && row.detail == "null" && row.address.is_empty()));
    assert_eq!(rows.iter().filter(|row| row.action == "audit.erase" && row.detail.contains(why)).count(), count);
    assert!(rows.iter().any(|row| row.action == "ticket.opened" && row.detail.contains("LBK-2026")), "others stay");
    let told = done(&here(app, &["audit", "erase", "--about", &who]));
    assert!(told.starts_with("0 entries tell of "), "{told}");

    let bundle = cast.auditor.get("/audit/bundle").await;
    assert_eq!(bundle.status, 200);
    let keys = app.app.signer.published(&head(app, lebak).await).unwrap();
    let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await.note;
    let folder = tempfile::tempdir().unwrap();
    let (found, code) = both(folder.path(), &bundle.text, &keys, &newest);
    assert_eq!((code, found.erased), (0, count), "{found:?}");
}
