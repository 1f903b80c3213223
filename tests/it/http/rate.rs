//! How often a person, or an address, may call.

use crate::support::{Client, TestApp};
use actix_web::http::Method;

/// How many of `tries` calls are answered before the first refusal.
async fn answered(client: &Client, tries: usize) -> usize {
    for n in 0..tries {
        let reply = client.get("/me").await;
        if reply.status == 429 {
            let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=61).contains(&wait), "{wait}");
            assert_eq!(reply.refused(429)["type"], "urn:sigap:problem:too-many");
            return n;
        }
    }
    tries
}

#[actix_web::test]
async fn a_person_over_his_rate_is_told_when_to_come_back_and_others_go_on() {
    let app = TestApp::with("rate_limit = \"10\"").await;
    let me = app.lebak("pegawai.dinkes").await;
    let other = app.lebak("koordinator").await;
    assert_eq!(answered(&me, 30).await, 10);
    assert_eq!(answered(&other, 5).await, 5);
    // Another session of the same person is the same person.
    let again = app.lebak("pegawai.dinkes").await;
    assert_eq!(answered(&again, 5).await, 0);
}

#[actix_web::test]
async fn an_address_that_nobody_is_signed_in_from_has_its_own_rate() {
    let app = TestApp::with("rate_limit = \"10\"").await;
    let statuses = |client: Client| async move {
        let mut limited = 0;
        for _ in 0..20 {
            limited += usize::from(client.get("/me").await.status == 429);
        }
        limited
    };
    assert_eq!(statuses(app.anonymous().from("203.0.113.5")).await, 10);
    assert_eq!(statuses(app.anonymous().from("203.0.113.6")).await, 10);
    // An IPv6 subscriber's are one.
    let mut limited = 0;
    for n in 0..20 {
        let reply = app.anonymous().from(&format!("2001:db8::{n:x}")).get("/me").await;
        limited += usize::from(reply.status == 429);
    }
    assert_eq!(limited, 10);
    // A token that is not ours is nobody's.
    assert_eq!(statuses(app.with_token("a.b.c").from("203.0.113.7")).await, 10);
    // Whoever is signed in does not pay for his address.
    let me = app.lebak("pegawai.dinkes").await.from("203.0.113.5");
    assert_eq!(answered(&me, 5).await, 5);
}

#[actix_web::test]
async fn health_is_answered_at_any_rate() {
    let app = TestApp::with("rate_limit = \"1\"").await;
    for _ in 0..20 {
        assert_eq!(app.anonymous().get("/healthz").await.status, 200);
        assert_eq!(app.anonymous().get("/readyz").await.status, 200);
    }
}

#[actix_web::test]
async fn a_refusal_for_the_rate_is_not_remembered_under_a_key() {
    let app = TestApp::with("rate_limit = \"3\"").await;
    let me = app.lebak("pegawai.dinkes").await;
    let body = serde_json::json!({ "kind": "incident", "subject": "x", "description": "y" });
    let key = [("idempotency-key", "k")];
    answered(&me, 10).await;
    me.send(Method::POST, "/tickets", &key, Some(body.clone())).await.refused(429);
    let unlimited = app.again("").await;
    unlimited.with_token(me.token()).send(Method::POST, "/tickets", &key, Some(body)).await.created();
}
