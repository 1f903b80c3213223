//! `Idempotency-Key`: the same request twice is one act with one answer (R5).

use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

fn new() -> Value {
    json!({ "kind": "incident", "subject": "SIMPEG", "description": "Galat." })
}

async fn open(client: &Client, key: &str, body: Value) -> Reply {
    client.send(Method::POST, "/tickets", &[("idempotency-key", key)], Some(body)).await
}

fn essence(reply: &Reply) -> (u16, Option<&str>, Option<&str>, &str) {
    (reply.status, reply.header("location"), reply.header("etag"), &reply.text)
}

async fn tickets(client: &Client) -> usize {
    client.get("/tickets?limit=200").await.ok()["items"].as_array().unwrap().len()
}

#[actix_web::test]
async fn the_same_key_and_body_give_the_first_answer_again_also_after_a_restart() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let first = open(&me, "k-1", new()).await;
    let ticket = first.created();
    app.lebak("teknisi.dinkes").await.act(&ticket, "start", json!({})).await.ok();
    let second = open(&me, "k-1", new()).await;
    assert_eq!(essence(&first), essence(&second), "as it was, although the ticket has moved on");
    let restarted = app.again("").await;
    let third = open(&restarted.with_token(me.token()), "k-1", new()).await;
    assert_eq!(essence(&first), essence(&third));
    assert_eq!(tickets(&me).await, 1);
}

#[actix_web::test]
async fn of_sixteen_at_once_one_acts_and_all_get_its_answer() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for round in 0..5 {
        let key = format!("at-once-{round}");
        let replies = futures_util::future::join_all((0..16).map(|_| open(&me, &key, new()))).await;
        replies[0].created();
        assert!(replies.iter().all(|r| essence(r) == essence(&replies[0])), "{replies:?}");
        assert_eq!(tickets(&me).await, round + 1);
    }
}

#[actix_web::test]
async fn the_same_key_with_another_body_or_path_is_422() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let ticket = open(&me, "k", new()).await.created();
    let mut other = new();
    other["subject"] = json!("Lain");
    open(&me, "k", other).await.names("/Idempotency-Key");
    let path = format!("/tickets/{}/comments", ticket["id"].as_str().unwrap());
    let body = json!({ "body": "x", "visibility": "public" });
    me.send(Method::POST, &path, &[("idempotency-key", "k")], Some(body)).await.names("/Idempotency-Key");
    open(&me, "k", new()).await.created();
    assert_eq!(tickets(&me).await, 1);
}

#[actix_web::test]
async fn a_key_is_for_a_post_and_means_nothing_elsewhere() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let change = async |body| admin.send(Method::PATCH, "/opds/dinkes", &[("idempotency-key", "k")], Some(body)).await;
    for name in ["Dinas Satu", "Dinas Dua", "Dinas Satu"] {
        assert_eq!(change(json!({ "name": name })).await.ok()["name"], name);
    }
    change(json!({ "name": "" })).await.names("/name");
    change(json!({ "nama": "Dinas Tiga" })).await.names("/nama");
    assert_eq!(change(json!({ "name": "Dinas Tiga" })).await.ok()["name"], "Dinas Tiga");
}

#[actix_web::test]
async fn a_key_belongs_to_one_person() {
    let app = TestApp::new().await;
    let (me, other) = (app.lebak("pegawai.dinkes").await, app.lebak("pegawai.disdik").await);
    let mine = open(&me, "k", new()).await.created();
    let his = open(&other, "k", new()).await.created();
    assert_ne!(mine["id"], his["id"]);
    // Another session of the same person is the same person.
    let again = app.lebak("pegawai.dinkes").await;
    assert_eq!(open(&again, "k", new()).await.created()["id"], mine["id"]);
}

#[actix_web::test]
async fn a_key_is_free_again_after_24_hours_of_the_services_clock() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let first = open(&me, "k", new()).await.created();
    app.step(Duration::hours(24) - Duration::seconds(1));
    let me = app.lebak("pegawai.dinkes").await;
    assert_eq!(open(&me, "k", new()).await.created()["id"], first["id"]);
    app.step(Duration::seconds(2));
    let me = app.lebak("pegawai.dinkes").await;
    let second = open(&me, "k", new()).await.created();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(open(&me, "k", new()).await.created()["id"], second["id"]);
}

#[actix_web::test]
async fn a_refusal_is_given_again_although_the_state_has_changed() {
    let app = TestApp::new().await;
    let (requester, tier1) = (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await);
    let ticket = requester.open("Judul").await;
    let path = format!("/tickets/{}/reopen", ticket["id"].as_str().unwrap());
    let key = [("idempotency-key", "too-early")];
    let reopen = || requester.send(Method::POST, &path, &key, Some(json!({ "reason": "Masih." })));
    let first = reopen().await;
    first.refused(409);
    tier1.act(&ticket, "start", json!({})).await.ok();
    tier1.act(&ticket, "resolve", json!({ "resolution": "Beres." })).await.ok();
    let second = reopen().await;
    assert_eq!(essence(&first), essence(&second));
    requester.act(&ticket, "reopen", json!({ "reason": "Masih." })).await.ok();
}

#[actix_web::test]
async fn what_was_refused_for_its_fields_or_its_rights_is_given_again() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let mut wrong = new();
    wrong["service"] = json!("no-such");
    let first = open(&me, "k", wrong.clone()).await;
    first.names("/service");
    assert_eq!(essence(&open(&me, "k", wrong).await), essence(&first));
    open(&me, "k", new()).await.names("/Idempotency-Key");
    let auditor = app.lebak("auditor").await;
    let first = open(&auditor, "k", new()).await;
    first.refused(403);
    assert_eq!(essence(&open(&auditor, "k", new()).await), essence(&first));
}

#[actix_web::test]
async fn what_could_not_be_read_is_refused_under_its_key_too() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for (key, wrong) in [("unknown", json!({ "colour": "red" })), ("no-kind", json!({ "kind": "x" }))] {
        let mut body = new();
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let first = open(&me, key, body.clone()).await;
        assert_eq!(first.status, 422);
        open(&me, key, new()).await.names("/Idempotency-Key");
        assert_eq!(essence(&first), essence(&open(&me, key, body).await));
    }
    assert_eq!(tickets(&me).await, 0);
}

#[actix_web::test]
async fn a_body_of_another_type_and_one_that_is_too_large_are_refused_under_their_key_too() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let large = format!("{{\"kind\":\"{}\"}}", "x".repeat(300_000));
    for (key, path, kind, body, status) in [
        ("type", "/tickets", "text/plain", new().to_string(), 415),
        ("no-type", "/people/import", "application/json", "name,email\n".to_owned(), 415),
        ("large", "/tickets", "application/json", large, 413),
    ] {
        let send = async |kind: &str, body: &str| {
            let headers = [("content-type", kind), ("idempotency-key", key)];
            admin.raw(Method::POST, path, &headers, body.as_bytes().to_vec()).await
        };
        let first = send(kind, &body).await;
        first.refused(status);
        assert_eq!(essence(&send(kind, &body).await), essence(&first), "{key}");
        send("application/json", "{\"kind\":\"incident\"}").await.names("/Idempotency-Key");
    }
}

#[actix_web::test]
async fn who_was_not_signed_in_may_use_his_key_once_he_is() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    app.step(Duration::seconds(601));
    open(&me, "k", new()).await.refused(401);
    let again = app.lebak("pegawai.dinkes").await;
    open(&again, "k", new()).await.created();
}

#[actix_web::test]
async fn a_key_that_is_no_plain_word_is_refused() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for bad in ["", " ", "a b", "\u{e9}", &"x".repeat(256), "tab\tbed"] {
        let reply = open(&me, bad, new()).await;
        assert_eq!(reply.status, 422, "{bad:?}: {}", reply.text);
    }
    open(&me, &"x".repeat(255), new()).await.created();
    open(&me, "!~\"'%_;--", new()).await.created();
    assert_eq!(tickets(&me).await, 2);
}

#[actix_web::test]
async fn every_post_that_acts_takes_a_key() {
    let app = TestApp::new().await;
    let (requester, tier1, tier2) =
        (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await, app.lebak("tier2.satu").await);
    let ticket = requester.open("Judul").await;
    let ask = json!({ "reason": "a", "tried": "b", "requested": "c" });
    for (who, action, body, status) in [
        (&tier1, "start", json!({}), 200),
        (&tier1, "comments", json!({ "body": "Halo.", "visibility": "public" }), 201),
        (&tier1, "pend", json!({ "reason": "vendor" }), 200),
        (&tier1, "resume", json!({}), 200),
        (&tier1, "escalate", ask, 200),
        (&tier2, "start", json!({}), 200),
        (&tier2, "return", json!({ "instructions": "Coba." }), 200),
        (&tier1, "resolve", json!({ "resolution": "Beres." }), 200),
        (&requester, "close", json!({ "rating": 4 }), 200),
    ] {
        let path = format!("/tickets/{}/{action}", ticket["id"].as_str().unwrap());
        let key = format!("{action}-{}", who.token().len());
        let header = [("idempotency-key", key.as_str())];
        let send = || who.send(Method::POST, &path, &header, Some(body.clone()));
        let first = send().await;
        assert_eq!(first.status, status, "{action}: {}", first.text);
        assert_eq!(essence(&send().await), essence(&first), "{action}");
        if action == "start" {
            // The same act of another person, or at the other tier, is another act.
            assert_eq!(first.json()["status"], "in_progress");
        }
    }
    let events =
        app.lebak("koordinator").await.get(&format!("/tickets/{}/events", ticket["id"].as_str().unwrap())).await;
    let count = events.ok()["items"].as_array().unwrap().len();
    assert_eq!(count, 10, "each act once: {}", events.text);
}

#[actix_web::test]
async fn of_several_at_once_under_a_key_that_has_become_free_one_acts_and_all_get_its_answer() {
    let app = TestApp::new().await;
    for round in 1..=5 {
        let key = format!("yesterday-{round}");
        open(&app.lebak("pegawai.dinkes").await, &key, new()).await.created();
        // The old answer is still there: it is swept away only now and then.
        app.step(Duration::hours(24) + Duration::minutes(2));
        let me = app.lebak("pegawai.dinkes").await;
        let replies = futures_util::future::join_all((0..8).map(|_| open(&me, &key, new()))).await;
        replies[0].created();
        assert!(replies.iter().all(|r| essence(r) == essence(&replies[0])), "{replies:?}");
        assert_eq!(tickets(&me).await, 2 * round);
    }
}
