//! Files under an `Idempotency-Key`: whatever became of a form, the same one becomes of it again, and of another none.

use crate::support::client::{MULTIPART, form_of};
use crate::support::desk::{Cast, text, texts};
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use serde_json::json;

// Contract: the same key and body give the first answer again, refusals too.
#[actix_web::test]
async fn a_file_that_was_refused_is_refused_again_under_its_key_though_its_ticket_would_take_it_now() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let send = async |who: &Client, key: &str, name: &str| {
        let headers = [("content-type", MULTIPART), ("idempotency-key", key)];
        who.raw(Method::POST, &path, &headers, form_of(&[(&format!("file/{name}"), "isi")])).await
    };
    // Not visible, then visible.
    let first = send(&cast.tier2, "asing", "a.txt").await;
    first.refused(404);
    cast.requester.patch(&format!("/tickets/{}", text(&ticket["id"])), json!({ "classification": "open" })).await.ok();
    cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(send(&cast.tier2, "asing", "a.txt").await.text, first.text);
    send(&cast.tier2, "asing", "b.txt").await.names("/Idempotency-Key");
    send(&cast.tier2, "lain", "a.txt").await.created();
    // Ended, then taken up again.
    cast.tier2.start(&ticket).await.ok();
    cast.tier2.act(&ticket, "resolve", json!({ "resolution": "Beres." })).await.ok();
    cast.requester.act(&ticket, "close", json!({})).await.ok();
    let first = send(&cast.requester, "tutup", "c.txt").await;
    first.refused(409);
    let faulty = send(&cast.requester, "tutup-salah", "c.bat").await;
    faulty.refused(409);
    cast.requester.act(&ticket, "reopen", json!({ "reason": "Masih." })).await.ok();
    assert_eq!(send(&cast.requester, "tutup", "c.txt").await.text, first.text);
    assert_eq!(send(&cast.requester, "tutup-salah", "c.bat").await.text, faulty.text);
    let names = texts(&cast.coordinator.of(&ticket, "attachments").await, "name");
    assert_eq!(names, ["a.txt"]);
}

// Contract: the same key with another body is 422.
#[actix_web::test]
async fn a_form_that_was_not_taken_keeps_its_key_and_another_form_under_it_is_none() {
    let app = TestApp::with("[limits]\nattachment_bytes = 1000").await;
    let requester = app.lebak("pegawai.dinkes").await;
    let ticket = requester.open("SIMPEG mati").await;
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let send = async |key: &str, kind: &str, form: &[u8]| {
        requester.raw(Method::POST, &path, &[("content-type", kind), ("idempotency-key", key)], form.into()).await
    };
    let good = form_of(&[("file/a.txt", "isi")]);
    for (key, kind, form, status) in [
        ("tanpa", MULTIPART, form_of(&[("visibility", "public")]), 422),
        ("siapa", MULTIPART, form_of(&[("visibility", "x"), ("file/a.txt", "isi")]), 422),
        ("program", MULTIPART, form_of(&[("file/a.bat", "isi")]), 422),
        ("halaman", MULTIPART, form_of(&[("file/a.txt", "<html>")]), 422),
        ("jenis", "application/json", b"{}".to_vec(), 415),
        ("besar", MULTIPART, form_of(&[("file/a.txt", &"x".repeat(1001))]), 413),
    ] {
        let first = send(key, kind, &form).await;
        first.refused(status);
        assert_eq!(send(key, kind, &form).await.text, first.text, "{key}");
        send(key, MULTIPART, &good).await.names("/Idempotency-Key");
    }
    assert!(app.app.blobs.files().unwrap().is_empty());
    send("baik", MULTIPART, &good).await.created();
}
