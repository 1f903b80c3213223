//! An address that was somebody's before: function addresses are handed on, people leave (T3, T4).

use crate::support::build::nip;
use crate::support::desk::{Cast, texts};
use crate::support::time::PATIENT;
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::idempotency_keys;
use sigap::on;

const TECHNICIAN: &str = "teknisi.dinkes@lebakkab.go.id";

async fn import(admin: &Client, query: &str, file: &str) -> Value {
    let csv = [("content-type", "text/csv")];
    admin.raw(Method::POST, &format!("/people/import{query}"), &csv, file.as_bytes().to_vec()).await.ok()
}

async fn technician(cast: &Cast) -> Value {
    let id = cast.tier1.id().await;
    cast.admin.get(&format!("/people/{id}")).await.ok()
}

/// What is said of the address.
fn fault(reply: &Reply) -> String {
    reply.names("/email")["errors"][0]["detail"].as_str().unwrap().to_owned()
}

// T3
#[actix_web::test]
async fn the_refusal_of_an_address_says_whose_it_is_to_whoever_may_know_him() {
    let cast = Cast::new().await;
    let held = technician(&cast).await;
    let place = format!("/admin/people/{}", held["id"].as_str().unwrap());
    let new = json!({ "name": "Dewi Baru", "email": "Teknisi.Dinkes@lebakkab.go.id" });
    let told = fault(&cast.admin.post("/people", new.clone()).await);
    for word in [held["name"].as_str().unwrap(), "Dinas Kesehatan", "masih aktif", &place] {
        assert!(told.contains(word), "{word} in {told}");
    }
    let other = format!("/people/{}", cast.requester.id().await);
    assert_eq!(fault(&cast.admin.patch(&other, json!({ "email": TECHNICIAN })).await), told);
    // An operator knows administrators alone, and learns no more than that it is taken.
    let told = fault(&cast.operator.post("/people", new.clone()).await);
    assert_eq!(told, "Sudah dipakai data lain. Periksa, atau isi dengan yang lain.");
    cast.deactivate(held["id"].as_str().unwrap()).await;
    let told = fault(&cast.admin.post("/people", new).await);
    assert!(told.contains("sudah berhenti") && told.contains(&place), "{told}");
    let list = format!("name,email\nDewi Baru,{TECHNICIAN}\n");
    assert_eq!(import(&cast.admin, "?dry_run=true", &list).await["errors"][0]["detail"], told);
}

// ASVS 6.3.7
#[actix_web::test]
async fn an_account_that_is_ended_for_a_moment_does_not_go_to_another_address_without_a_word_to_its_owner() {
    let cast = Cast::new().await;
    let id = technician(&cast).await["id"].as_str().unwrap().to_owned();
    let person = format!("/people/{id}");
    let told = async || {
        let mails = cast.admin.items("/mails").await;
        let moved: Vec<_> = mails.into_iter().filter(|mail| mail["kind"] == "address_changed").collect();
        texts(&moved, "recipient")
    };
    let other = "tekno.dinkes@lebakkab.go.id";
    cast.admin.patch(&person, json!({ "active": false, "email": other })).await.ok();
    assert_eq!(told().await, [TECHNICIAN], "in one step");
    cast.admin.patch(&person, json!({ "active": true, "email": TECHNICIAN })).await.ok();
    cast.app.step(Duration::minutes(1));
    for change in [json!({ "active": false }), json!({ "email": other }), json!({ "active": true })] {
        cast.admin.patch(&person, change).await.ok();
    }
    let told = told().await;
    assert_eq!(told.iter().filter(|to| *to == TECHNICIAN).count(), 2, "in three: {told:?}");
}

// P1
#[actix_web::test]
async fn nobody_is_written_to_at_the_old_address_of_whoever_has_left_a_day_ago() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let id = technician(&cast).await["id"].as_str().unwrap().to_owned();
    let person = format!("/people/{id}");
    let told = async || {
        let mails = cast.admin.items("/mails").await;
        texts(&mails, "kind").into_iter().filter(|kind| kind == "address_changed").count()
    };
    cast.admin.patch(&person, json!({ "email": "tekno.dinkes@lebakkab.go.id" })).await.ok();
    assert_eq!(told().await, 1, "whoever works there is told");
    cast.deactivate(&id).await;
    cast.app.step(Duration::days(1));
    cast.admin.patch(&person, json!({ "email": "bekas.teknisi@lebakkab.go.id" })).await.ok();
    cast.admin.patch(&person, json!({ "active": true, "email": TECHNICIAN })).await.ok();
    assert_eq!(told().await, 1);
    cast.deactivate(&id).await;
    cast.app.step(Duration::days(1));
    cast.admin.patch(&person, json!({ "email": "bekas.teknisi@lebakkab.go.id" })).await.ok();
    assert_eq!(told().await, 1);
    cast.admin.post("/people", json!({ "name": "Dewi Baru", "email": TECHNICIAN })).await.created();
}

// T4
#[actix_web::test]
async fn a_line_with_the_address_of_somebody_active_and_another_nip_is_a_fault_and_makes_nobody_another_person() {
    let cast = Cast::new().await;
    let before = technician(&cast).await;
    let held = before["entry"]["nip"].as_str().unwrap();
    let other = nip();
    let list = format!("name,email,nip\nDr. Orang Kedua,{TECHNICIAN},{other}\n");
    for query in ["?dry_run=true", ""] {
        let outcome = import(&cast.admin, query, &list).await;
        let fault = &outcome["errors"][0];
        assert_eq!((&outcome["stored"], &fault["line"], &fault["column"]), (&json!(false), &json!(2), &json!("nip")));
        let told = fault["detail"].as_str().unwrap();
        assert!(told.contains(before["name"].as_str().unwrap()) && told.contains("nonaktifkan dahulu"), "{told}");
    }
    assert_eq!(technician(&cast).await, before);
    // Spelt otherwise it is the same; left out it says nothing.
    let spaced = format!("{} {} {} {}", &held[..8], &held[8..14], &held[14..15], &held[15..]);
    for number in [spaced.as_str(), ""] {
        let outcome = import(&cast.admin, "", &format!("name,email,nip\nTeknisi,{TECHNICIAN},{number}\n")).await;
        assert_eq!(outcome["changed"], 1, "{outcome}");
    }
    // As the words say: he leaves, his entry gets another address, and the line is somebody new's.
    let person = format!("/people/{}", before["id"].as_str().unwrap());
    cast.admin.patch(&person, json!({ "active": false })).await.ok();
    cast.admin.patch(&person, json!({ "email": "bekas.teknisi@lebakkab.go.id" })).await.ok();
    assert_eq!(import(&cast.admin, "", &list).await["created"], 1);
}

// ASVS 7.5.1
#[actix_web::test]
async fn nobody_changes_his_own_address_without_his_password() {
    let cast = Cast::new().await;
    for (account, keeper, domain) in
        [("admin", &cast.admin, "lebakkab.go.id"), ("operator", &cast.operator, "sigap.example")]
    {
        let place = format!("/people/{}", keeper.id().await);
        let new = format!("{account}.baru@{domain}");
        let change = async |password: &str| {
            let body = json!({ "email": new, "password": password });
            keeper.send(Method::PATCH, &place, &[("idempotency-key", password)], Some(body)).await
        };
        keeper.patch(&place, json!({ "email": new })).await.names("/password");
        change("salah").await.names("/password");
        assert_eq!(keeper.get("/me").await.ok()["email"], format!("{account}@{domain}"));
        keeper.patch(&place, json!({ "phone": "0252", "email": format!("{account}@{domain}") })).await.ok();
        assert_eq!(change("sigap-demo-2026").await.ok()["email"], new);
        let misspelt = json!({ "email": new, "pasword": "sigap-demo-2026" });
        let key = [("idempotency-key", "misspelt")];
        keeper.send(Method::PATCH, &place, &key, Some(misspelt)).await.names("/pasword");
    }
    let kept = cast.app.look(|conn| Ok(on!(conn, |c| idempotency_keys::table.count().get_result::<i64>(c))?));
    assert_eq!(kept.await, 0, "of a password not even a hash is kept");
    // Of others he changes it as before.
    let other = format!("/people/{}", cast.requester.id().await);
    cast.admin.patch(&other, json!({ "email": "siti@lebakkab.go.id" })).await.ok();
}
