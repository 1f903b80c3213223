//! What is wrong with a request is told in one order: first that nobody is signed in, then the rest; and nobody's parameter is
//! passed over in silence.

use crate::support::desk::{Cast, text};
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use serde_json::json;

/// Method, path, headers and body of requests with one thing wrong, and the status that tells it to the signed in.
type Faulty = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str, u16);

const JSON: (&str, &str) = ("content-type", "application/json");

const FAULTY: &[Faulty] = &[
    ("POST", "/tickets", &[JSON], "{}", 422),
    ("POST", "/tickets", &[JSON], "{", 400),
    ("POST", "/tickets", &[("content-type", "text/plain")], "{}", 415),
    ("POST", "/tickets?foo=1", &[JSON], "{}", 422),
    ("POST", "/tickets", &[JSON, ("idempotency-key", "a b")], "{}", 422),
    ("POST", "/tickets", &[JSON, ("idempotency-key", "kunci")], "{}", 422),
    ("GET", "/tickets?foo=0", &[], "", 422),
    ("GET", "/tickets?limit=0", &[], "", 422),
    ("GET", "/me?foo=0", &[], "", 422),
    ("GET", "/opds/%00", &[], "", 404),
    ("POST", "/people/import?dry_run=perhaps", &[("content-type", "text/csv")], "name\n", 422),
    ("POST", "/people/import", &[JSON], "name\n", 415),
    ("POST", "/auth/logout", &[JSON], "{\"all\":true}", 422),
    ("PATCH", "/opds/dinkes", &[JSON, ("if-match", "abc")], "{\"name\":\"\"}", 412),
];

async fn status(client: &Client, (method, path, headers, body, _): &Faulty) -> u16 {
    client.raw(method.parse().unwrap(), path, headers, body.as_bytes().to_vec()).await.status
}

#[actix_web::test]
async fn whoever_is_signed_in_no_longer_is_told_so_whatever_else_is_wrong_with_his_request() {
    let app = TestApp::new().await;
    let (admin, left) = (app.lebak("admin").await, app.lebak("admin").await);
    left.post("/auth/logout", json!({})).await.done();
    let large = format!("{{\"kind\":\"{}\"}}", "x".repeat(300_000));
    for faulty in FAULTY {
        assert_eq!(status(&admin, faulty).await, faulty.4, "{faulty:?}");
        assert_eq!(status(&left, faulty).await, 401, "{faulty:?}");
    }
    left.raw(Method::POST, "/tickets", &[JSON], large.clone().into_bytes()).await.refused(401);
    admin.raw(Method::POST, "/tickets", &[JSON], large.into_bytes()).await.refused(413);
    // Signing in asks for nobody, so that an old token is no fault there.
    let login = |body: &str| left.raw(Method::POST, "/auth/login", &[JSON], body.as_bytes().to_vec());
    login("{\"login\":\"x\"}").await.names("/password");
}

#[actix_web::test]
async fn a_deactivated_persons_faulty_request_is_401_too() {
    let cast = Cast::new().await;
    let me = text(&cast.requester.get("/me").await.ok()["id"]);
    cast.deactivate(&me).await;
    cast.requester.post("/tickets", json!({})).await.refused(401);
    cast.requester.get("/tickets?foo=0").await.refused(401);
}

#[actix_web::test]
async fn a_parameter_that_nobody_asked_for_is_named_and_nothing_is_done() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Layar gelap").await;
    let place = format!("/tickets/{}", text(&ticket["id"]));
    let opd = json!({ "code": "baru", "name": "Dinas Baru", "kind": "dinas" });
    let person = json!({ "name": "Orang Baru", "email": "orang.baru@lebakkab.go.id" });
    cast.admin.post("/opds?dry_run=true", opd).await.names("/dry_run");
    cast.admin.get("/opds/baru").await.refused(404);
    cast.admin.post("/people?dry_run=true", person).await.names("/dry_run");
    assert!(cast.admin.items("/people?q=orang.baru").await.is_empty());
    let cancel = format!("{place}/cancel?dry_run=true");
    cast.requester.post(&cancel, json!({ "reason": "Keliru." })).await.names("/dry_run");
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "new");
    cast.requester.get("/me?foo=1").await.names("/foo");
    cast.requester.get(&format!("{place}?a%2Fb=1")).await.names("/a~1b");
    cast.requester.patch(&format!("{place}?foo"), json!({ "subject": "Lain" })).await.names("/foo");
    let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
    cast.app.anonymous().post("/auth/login?next=x", login).await.names("/next");
    cast.requester
        .upload_to(&format!("{place}/attachments?dry_run=true"), "a.txt", "isi", "public")
        .await
        .names("/dry_run");
    assert!(cast.requester.items(&format!("{place}/attachments")).await.is_empty());
    // An empty one names nothing, and whoever looks whether the service lives may add what he likes.
    cast.requester.get("/me?").await.ok();
    assert_eq!(cast.app.anonymous().get("/healthz?t=1").await.status, 200);
    assert_eq!(cast.app.anonymous().get("/readyz?t=1").await.status, 200);
}

#[actix_web::test]
async fn of_two_faults_the_first_is_told_and_kept_under_the_key() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let send = async |path: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "dua")];
        admin.raw(Method::POST, path, &headers, b"{".to_vec()).await
    };
    send("/opds?foo=1").await.names("/foo");
    send("/opds?foo=1").await.names("/foo");
    send("/opds").await.names("/Idempotency-Key");
}
