//! Headers of every answer, request ids, and whose address is believed.

use crate::support::{Reply, TestApp};
use actix_web::http::Method;
use serde_json::json;
use std::collections::HashSet;

/// One answer of each kind.
async fn answers(app: &TestApp) -> Vec<(&'static str, Reply)> {
    let anonymous = app.anonymous();
    let me = app.lebak("pegawai.dinkes").await;
    let csv = [("content-type", "text/plain")];
    vec![
        ("200", me.get("/me").await),
        ("201", me.post("/tickets", json!({ "kind": "incident", "subject": "x", "description": "y" })).await),
        ("204", app.lebak("pegawai.dinkes").await.post("/auth/logout", json!({})).await),
        ("400", me.raw(Method::POST, "/tickets", &[("content-type", "application/json")], b"{".to_vec()).await),
        ("401", anonymous.get("/me").await),
        ("403", me.get("/reports/coverage").await),
        ("404", me.get("/tickets/x").await),
        ("405", me.delete("/tickets").await),
        ("415", me.raw(Method::POST, "/tickets", &csv, b"{}".to_vec()).await),
        ("422", me.post("/tickets", json!({ "kind": "x" })).await),
        ("healthz", anonymous.get("/healthz").await),
        ("docs", anonymous.get("/api/docs/").await),
        ("document", anonymous.get("/api/openapi.json").await),
        ("setup", anonymous.get("/setup").await),
        ("nothing", anonymous.get("/nothing").await),
    ]
}

// B4
#[actix_web::test]
async fn every_answer_carries_the_security_headers_and_an_id_of_its_own() {
    let app = TestApp::new().await;
    let mut ids = HashSet::new();
    for (name, reply) in answers(&app).await {
        if let Ok(status) = name.parse::<u16>() {
            assert_eq!(reply.status, status, "{}", reply.text);
        }
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{name}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(reply.header("cross-origin-resource-policy"), Some("same-origin"), "{name}");
        assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"), "{name}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{name}: {policy}");
        let embeds_nothing = policy.contains("default-src 'none'") || policy.contains("object-src 'none'");
        assert!(embeds_nothing, "{name}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("http"), "{name}: {policy}");
        let id = reply.header("x-request-id").unwrap();
        assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{name}: {id}");
        assert!(ids.insert(id.to_owned()), "{name}");
        for (header, _) in &reply.headers {
            assert!(!header.starts_with("access-control-"), "{name}: {header}");
            assert!(!["server", "x-powered-by", "set-cookie"].contains(&header.as_str()), "{name}: {header}");
            assert_eq!(reply.headers.iter().filter(|(h, _)| h == header).count(), 1, "{name}: {header} twice");
        }
    }
}

#[actix_web::test]
async fn no_other_origin_is_let_in() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let asks = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    for (method, path) in [(Method::OPTIONS, "/tickets"), (Method::GET, "/me"), (Method::OPTIONS, "/auth/login")] {
        let reply = me.raw(method, path, &asks, vec![]).await;
        assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{path}");
    }
}

#[actix_web::test]
async fn a_callers_own_request_id_is_not_taken_over() {
    let app = TestApp::new().await;
    let reply = app.anonymous().raw(Method::GET, "/healthz", &[("x-request-id", "evil\u{e9}")], vec![]).await;
    assert_eq!(reply.header("x-request-id").unwrap().len(), 24);
}

#[actix_web::test]
async fn transport_security_is_promised_where_the_service_is_reached_by_tls() {
    let plain = TestApp::new().await;
    assert_eq!(plain.anonymous().get("/healthz").await.header("strict-transport-security"), None);
    let tls = TestApp::with("public_url = \"https://sigap.lebakkab.go.id\"").await;
    let header = tls.anonymous().get("/nothing").await;
    assert_eq!(header.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
}

/// The address that the session was begun from, as the service understood it.
async fn understood(app: &TestApp, peer: &str, forwarded: &[&str]) -> String {
    let client = app.anonymous().from(peer);
    let headers: Vec<(&str, &str)> = forwarded.iter().map(|f| ("x-forwarded-for", *f)).collect();
    let body = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
    let tokens = client.send(Method::POST, "/auth/login", &headers, Some(body)).await.ok();
    let me = app.with_token(tokens["access_token"].as_str().unwrap());
    let sessions = me.get("/me/sessions").await.ok();
    let current = sessions["items"].as_array().unwrap().iter().find(|s| s["current"] == true).unwrap().clone();
    current["address"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn what_a_proxy_says_is_believed_only_from_a_proxy_of_the_settings() {
    let app = TestApp::with("trusted_proxies = [\"10.0.0.1\", \"10.0.0.2\"]").await;
    for (peer, forwarded, expected) in [
        ("203.0.113.5", &["198.51.100.7"][..], "203.0.113.5"),
        ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        // A proxy that adds a line of its own below the caller's.
        ("10.0.0.1", &["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", &["1.1.1.1, 2.2.2.2", "198.51.100.7, 10.0.0.2", "10.0.0.1"], "198.51.100.7"),
        ("10.0.0.1", &["1.1.1.1", ""], "10.0.0.1"),
        ("10.0.0.1", &["evil, 10.0.0.2"], "10.0.0.1"),
        ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", &[""], "10.0.0.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("2001:db8::9", &["198.51.100.7"], "2001:db8::9"),
    ] {
        assert_eq!(understood(&app, peer, forwarded).await, expected, "{peer} {forwarded:?}");
    }
}
