//! One-time links with which a person sets his password.

use crate::support::meet::in_order;
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::{idempotency_keys as keys, one_time_links as links, refresh_tokens};
use sigap::on;

const NEW: &str = "sembilan kuda nil berlari";

async fn newcomer(app: &TestApp) -> (Client, Value) {
    let admin = app.lebak("admin").await;
    let person =
        admin.post("/people", json!({ "name": "Pegawai Baru", "email": "baru@lebakkab.go.id" })).await.created();
    (admin, person)
}

async fn issue(admin: &Client, person: &Value) -> Value {
    let path = format!("/people/{}/password-link", person["id"].as_str().unwrap());
    admin.post(&path, json!({})).await.created()
}

async fn set(app: &TestApp, token: impl Into<Value>, password: &str) -> Reply {
    app.anonymous().post("/auth/password", json!({ "token": token.into(), "password": password })).await
}

async fn signs_in(app: &TestApp, login: &str, password: &str) -> bool {
    app.anonymous().post("/auth/login", json!({ "login": login, "password": password })).await.status == 200
}

#[actix_web::test]
async fn a_link_sets_a_password_once() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    let token = link["token"].as_str().unwrap();
    assert_eq!(link["url"], format!("http://127.0.0.1:8080/password#token={token}"));
    assert_eq!(link["expires_at"], "2026-03-03T01:00:00Z");
    set(&app, token, NEW).await.done();
    assert!(signs_in(&app, "baru@lebakkab.go.id", NEW).await);
    set(&app, token, "delapan gajah putih menari").await.names("/token");
    assert!(!signs_in(&app, "baru@lebakkab.go.id", "delapan gajah putih menari").await);
}

#[actix_web::test]
async fn a_password_that_is_refused_does_not_use_the_link_up() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    set(&app, link["token"].clone(), "short").await.names("/password");
    set(&app, link["token"].clone(), "sigap-demo-2026").await.names("/password");
    set(&app, link["token"].clone(), NEW).await.done();
}

#[actix_web::test]
async fn of_two_uses_at_once_one_wins() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    let words = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan"];
    let passwords: Vec<String> = words.iter().map(|w| format!("{w} kuda nil berlari kencang")).collect();
    let tries = passwords.iter().map(|p| set(&app, link["token"].clone(), p));
    let replies = futures_util::future::join_all(tries).await;
    let won: Vec<usize> = (0..replies.len()).filter(|n| replies[*n].status == 204).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    for (n, password) in passwords.iter().enumerate() {
        assert_eq!(signs_in(&app, "baru@lebakkab.go.id", password).await, won == [n]);
    }
}

#[actix_web::test]
async fn a_link_ends_after_a_day_and_with_the_next_one() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let first = issue(&admin, &person).await;
    let second = issue(&admin, &person).await;
    assert_ne!(first["token"], second["token"]);
    set(&app, first["token"].clone(), NEW).await.names("/token");
    app.step(Duration::days(1));
    set(&app, second["token"].clone(), NEW).await.names("/token");
    let admin = app.lebak("admin").await;
    let third = issue(&admin, &person).await;
    app.step(Duration::days(1) - Duration::seconds(1));
    set(&app, third["token"].clone(), NEW).await.done();
}

#[actix_web::test]
async fn of_two_links_that_are_made_at_once_the_later_one_works() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    // Where they meet: the link that was mailed to him.
    let rows = format!("one_time_links WHERE person_id = '{}'", person["id"].as_str().unwrap());
    let (first, second) = in_order(&app, &rows, issue(&admin, &person), issue(&admin, &person)).await;
    set(&app, first["token"].clone(), NEW).await.names("/token");
    set(&app, second["token"].clone(), NEW).await.done();
}

#[actix_web::test]
async fn a_link_of_somebody_who_left_is_dead() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    let path = format!("/people/{}", person["id"].as_str().unwrap());
    admin.patch(&path, json!({ "active": false })).await.ok();
    set(&app, link["token"].clone(), NEW).await.names("/token");
}

#[actix_web::test]
async fn the_database_holds_only_hashes_of_links_and_refresh_tokens() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    let plain = link["token"].as_str().unwrap().to_owned();
    assert!(plain.len() >= 43, "256 bits");
    let stored: Vec<String> = app.look(|conn| Ok(on!(conn, |c| links::table.select(links::hash).load(c))?)).await;
    // The one that was mailed to him, and the one that was handed over.
    assert_eq!(stored.len(), 2);
    assert!(stored.contains(&sigap::access::token::hash(&plain)));
    assert!(stored.iter().all(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()) && *h != plain));
    let body = json!({ "login": "koordinator@lebakkab.go.id", "password": "sigap-demo-2026" });
    let tokens = app.anonymous().post("/auth/login", body).await.ok();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let stored: Vec<String> =
        app.look(|conn| Ok(on!(conn, |c| refresh_tokens::table.select(refresh_tokens::hash).load(c))?)).await;
    assert!(stored.contains(&sigap::access::token::hash(&refresh)));
    assert!(stored.iter().all(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()) && *h != refresh));
}

#[actix_web::test]
async fn what_is_no_token_sets_no_password() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let link = issue(&admin, &person).await;
    let good = link["token"].as_str().unwrap();
    let hash = sigap::access::token::hash(good);
    for wrong in [
        json!(""),
        json!(" "),
        json!("x"),
        json!(format!("{good} ")),
        json!(good.to_lowercase()),
        json!(&good[..42]),
        json!(hash),
        json!("%"),
        json!("' OR '1'='1"),
        json!("x".repeat(10_000)),
    ] {
        set(&app, wrong, NEW).await.names("/token");
    }
    for malformed in [json!(null), json!([good]), json!({ "$ne": "" }), json!(0), json!(true), json!([])] {
        set(&app, malformed, NEW).await.names("/token");
    }
    app.anonymous().post("/auth/password", json!({ "password": NEW })).await.names("/token");
    set(&app, format!("{good}\u{0}"), NEW).await.names("/token");
    // A link for a password makes no administrator.
    let body = json!({ "token": good, "name": "X Y", "email": "x@sigap.example", "password": NEW });
    app.anonymous().post("/auth/setup", body).await.names("/token");
    set(&app, good, NEW).await.done();
}

#[actix_web::test]
async fn only_who_keeps_a_persons_entry_issues_links_for_him() {
    let app = TestApp::new().await;
    let (_, person) = newcomer(&app).await;
    let path = format!("/people/{}/password-link", person["id"].as_str().unwrap());
    for (account, status) in [("auditor", 403), ("koordinator", 403), ("pegawai.dinkes", 404), ("teknisi.dinkes", 404)]
    {
        app.lebak(account).await.post(&path, json!({})).await.refused(status);
    }
    app.temanggung("admin").await.post(&path, json!({})).await.refused(404);
    app.sign_in("operator@sigap.example").await.post(&path, json!({})).await.refused(404);
    app.anonymous().post(&path, json!({})).await.refused(401);
}

// ASVS 7.5.1: else a stolen session would set the password of its owner.
#[actix_web::test]
async fn nobody_issues_a_link_for_himself() {
    let app = TestApp::new().await;
    for login in ["admin@lebakkab.go.id", "operator@sigap.example"] {
        let keeper = app.sign_in(login).await;
        let place = format!("/people/{}", keeper.get("/me").await.ok()["id"].as_str().unwrap());
        for way in ["password-link", "password-mail"] {
            keeper.post(&format!("{place}/{way}"), json!({})).await.refused(403);
        }
    }
}

#[actix_web::test]
async fn a_link_is_given_again_under_its_key_and_the_database_can_not_tell_it() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let path = format!("/people/{}/password-link", person["id"].as_str().unwrap());
    let ask =
        async |key: &str| admin.send(Method::POST, &path, &[("idempotency-key", key)], Some(json!({}))).await.created();
    let first = ask("link-1").await;
    let token = first["token"].as_str().unwrap();
    assert_eq!(ask("link-1").await, first);
    let stored: Vec<Option<String>> = app.look(|conn| Ok(on!(conn, |c| keys::table.select(keys::body).load(c))?)).await;
    assert_eq!(stored.len(), 1);
    assert!(stored.iter().flatten().all(|body| !body.contains(token) && !body.contains("token")), "{stored:?}");
    let other = ask("link-2").await;
    assert_ne!(other["token"], first["token"]);
    set(&app, first["token"].clone(), NEW).await.names("/token");
    set(&app, other["token"].clone(), NEW).await.done();
}

// Whom mail does not reach has no other way in.
#[actix_web::test]
async fn nobody_who_is_not_signed_in_ends_a_link_that_was_handed_over() {
    let app = TestApp::new().await;
    let (admin, person) = newcomer(&app).await;
    let forgot = async || app.anonymous().post("/auth/forgot", json!({ "login": "baru@lebakkab.go.id" })).await.status;
    let link = issue(&admin, &person).await;
    for _ in 0..2 {
        assert_eq!(forgot().await, 202);
    }
    set(&app, link["token"].clone(), NEW).await.done();
    // Nor does what was asked for stand in the way of the next one.
    assert_eq!(forgot().await, 202);
    set(&app, issue(&admin, &person).await["token"].clone(), "delapan gajah putih menari").await.done();
    let open: i64 =
        app.look(|conn| Ok(on!(conn, |c| links::table.filter(links::used_at.is_null()).count().get_result(c))?)).await;
    assert_eq!(open, 0, "with a password every link ends");
}
