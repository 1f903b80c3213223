//! Instants and days as callers send them: strictly as RFC 3339 writes them, within the years that a calendar knows.

use crate::support::{TestApp, client};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[actix_web::test]
async fn an_instant_that_rfc_3339_does_not_write_is_refused() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Menunggu").await;
    let tier1 = app.lebak("teknisi.dinkes").await;
    for until in [
        "2027-1-1T0:0:0Z",
        "2027-01-01T00:00Z",
        "2027-01-01 00:00:00Z",
        "2027-01-01T00:00:00 +07:00",
        "2027-01-01T00:00:00+0700",
        "2027-01-01T00:00:00+07",
        "2027-01-01T00:00:00\u{2212}07:00",
        " 2027-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z ",
        "2027-01-01T00:00:00",
        "2027-01-01T00:00:00.Z",
        "2027-01-01T24:00:00Z",
        "2027-02-29T00:00:00Z",
        // No leap second is there but at the end of a day in UTC.
        "2027-01-01T12:34:60Z",
        "2026-12-31T23:59:60+07:00",
        "2026-12-31T23:59:61Z",
        // Years of other than four digits, and those that no calendar knows.
        "+10000-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
        "9999-12-31T23:59:59-07:00",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        let refused = tier1.act(&ticket, "pend", json!({ "reason": "vendor", "until": until })).await.refused(422);
        assert_eq!(refused["errors"][0]["pointer"], "/until", "{until}: {refused}");
    }
    assert_eq!(tier1.see(&ticket).await.ok(), ticket, "nothing of it was stored");
}

#[actix_web::test]
async fn an_instant_is_told_as_it_was_stored() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Menunggu").await;
    let tier1 = app.lebak("teknisi.dinkes").await;
    for (until, told) in [
        ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2027-01-01t07:00:00.1234567+07:00", "2027-01-01T00:00:00.123456Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
        ("2027-01-01T06:59:60.5+07:00", "2027-01-01T00:00:00.500Z"),
        ("2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"),
    ] {
        let answer = tier1.act(&ticket, "pend", json!({ "reason": "vendor", "until": until })).await.ok();
        assert_eq!(answer["pending_until"], told, "{until}");
        assert_eq!(tier1.see(&ticket).await.ok()["pending_until"], told, "{until}");
        tier1.act(&ticket, "resume", json!({})).await.ok();
    }
}
