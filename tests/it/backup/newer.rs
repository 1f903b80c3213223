//! What the audit log of after a backup says is heard by a restore.

use super::{backed_up, empty};
use crate::audit::settle;
use crate::support::app::settings;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use serde_json::json;
use sigap::access::Role;
use sigap::audit;
use sigap::backup::restore::{Source, restore};
use sigap::db::snapshot;
use sigap::org::person;
use std::rc::Rc;

// L13, reliability 6.2: a restore gives no dismissed person his account back.
#[actix_web::test]
async fn whoever_lost_account_role_or_password_after_the_backup_does_not_get_it_back_by_a_restore() {
    let cast = Cast::new().await;
    let app = &cast.app;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.act(&ticket, "start", json!({})).await.ok();
    let hired = app.hire("lebak", "teknisi.tiga", Some(Role::Tier1), &["disdik", "dinkes", "bpbd"]).await;
    let elder = app.hire("lebak", "teknisi.lama", Some(Role::Tier1), &["disdik", "dinkes"]).await;
    let (place, folder) = empty();
    let file = backed_up(app, folder.path()).await;
    app.step(Duration::minutes(1));
    let entry = async |account: &str| {
        let me = app.lebak(account).await.get("/me").await.ok();
        (format!("/people/{}", me["id"].as_str().unwrap()), me)
    };
    let (gone, _) = entry("teknisi.dinkes").await;
    cast.admin.patch(&gone, json!({ "active": false })).await.ok();
    let (demoted, me) = entry("tier2.dua").await;
    let roles = cast.admin.get(&demoted).await.ok()["entry"]["roles"].clone();
    let held = roles.as_array().unwrap().iter().find(|held| held["role"] == "tier2").unwrap();
    cast.admin.delete(&format!("{demoted}/roles/{}", held["id"].as_str().unwrap())).await.done();
    assert_eq!(me["email"], "tier2.dua@lebakkab.go.id");
    cast.take(&app.person(&hired).await.to_string(), "tier1", "dinkes").await;
    // An entry of a program that did not say where.
    let elder = app.person(&elder).await;
    app.within(move |tx| {
        let region = person::by_id(tx, elder)?.region_id;
        let object = audit::Object { kind: "person", id: Some(elder), region };
        audit::append(tx, "grant.take", object, json!({ "role": "tier1" }))
    })
    .await;
    let change = json!({ "old_password": "sigap-demo-2026", "new_password": "sembilan kuda nil berlari" });
    cast.coordinator.post("/me/password", change).await.done();
    // One moves to an address that another has left; two swap theirs.
    for (account, email) in [
        ("tier2.satu", "bekas"),
        ("pegawai.bpbd", "tier2.satu"),
        ("pegawai.disdik", "sementara"),
        ("teknisi.disdik", "pegawai.disdik"),
        ("sementara", "teknisi.disdik"),
    ] {
        let path = format!("/people/{}", app.person(&format!("{account}@lebakkab.go.id")).await);
        cast.admin.patch(&path, json!({ "email": format!("{email}@lebakkab.go.id") })).await.ok();
        cast.later();
    }
    settle(app).await;
    let bundle = folder.path().join("bundel");
    std::fs::write(&bundle, cast.auditor.get("/audit/bundle").await.text).unwrap();
    let (forged, other) = (folder.path().join("palsu"), folder.path().join("lain"));
    let text = std::fs::read_to_string(&bundle).unwrap();
    std::fs::write(&forged, text.replace("\\\"active\\\":false", "\\\"active\\\":true")).unwrap();
    assert_ne!(std::fs::read_to_string(&forged).unwrap(), text);
    let foreign = TestApp::new().await;
    foreign.lebak("pegawai.dinkes").await;
    settle(&foreign).await;
    std::fs::write(&other, foreign.lebak("auditor").await.get("/audit/bundle").await.text).unwrap();
    for wrong in [&forged, &other, &folder.path().join("salah-ketik")] {
        let newer = [wrong.clone()];
        let from = Source { newer: &newer, ..Source::plain(&file) };
        let refused = restore(settings(&place.url, place.folder.path(), ""), app.clock.clone(), from).await;
        assert!(refused.unwrap_err().to_string().contains(wrong.to_str().unwrap()));
        // It costs nothing: the place is as it was.
        assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
        assert!(snapshot::is_empty(&place.url).unwrap());
    }
    app.step(Duration::days(10));
    let newer = [bundle];
    let from = Source { newer: &newer, ..Source::plain(&file) };
    let restored = restore(settings(&place.url, place.folder.path(), ""), app.clock.clone(), from).await.unwrap();
    assert_eq!(restored.unheard.len(), 4, "{:?}", restored.unheard);
    assert!(restored.unheard.iter().all(|log| !log.ends_with("/lebak")));
    let mut people = restored.people;
    people.sort();
    assert_eq!(
        people,
        [
            "bekas@lebakkab.go.id: address: tier2.satu@lebakkab.go.id → bekas@lebakkab.go.id",
            "koordinator@lebakkab.go.id: needs a new password",
            "pegawai.disdik@lebakkab.go.id: keeps an old address, as somebody else has the new one, needs a new password",
            "teknisi.dinkes@lebakkab.go.id: deactivated",
            "teknisi.disdik@lebakkab.go.id: keeps an old address, as somebody else has the new one, needs a new password",
            "teknisi.lama@lebakkab.go.id: is no tier1 of disdik any more, is no tier1 of dinkes any more",
            "teknisi.tiga@lebakkab.go.id: is no tier1 of dinkes any more",
            "tier2.dua@lebakkab.go.id: is no tier2 any more",
            "tier2.satu@lebakkab.go.id: address: pegawai.bpbd@lebakkab.go.id → tier2.satu@lebakkab.go.id",
        ]
    );
    assert!(restored.due.iter().any(|(number, _)| number.starts_with("LBK-")), "{:?}", restored.due);
    let copy = TestApp::on_database(Rc::clone(&place), app.clock.clone()).await;
    for account in ["teknisi.dinkes", "koordinator", "pegawai.bpbd", "teknisi.disdik"] {
        let try_it = json!({ "login": format!("{account}@lebakkab.go.id"), "password": "sigap-demo-2026" });
        copy.anonymous().post("/auth/login", try_it).await.refused(401);
    }
    copy.lebak("bekas").await;
    let me = copy.lebak("tier2.dua").await.get("/me").await.ok();
    assert!(me["roles"].as_array().unwrap().iter().all(|held| held["role"] != "tier2"), "{me}");
    let me = copy.lebak("teknisi.tiga").await.get("/me").await.ok();
    let mut held: Vec<&str> =
        me["roles"].as_array().unwrap().iter().map(|held| held["opd"].as_str().unwrap()).collect();
    held.sort_unstable();
    assert_eq!(held, ["bpbd", "disdik"], "he serves them still");
    let released = copy.lebak("pegawai.dinkes").await.see(&ticket).await.ok();
    assert_eq!(released["assignee"], serde_json::Value::Null);
}
