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

const ID: &str = "01920000-0000-7000-8000-000000000000";

fn cursor(key: &Value) -> String {
    URL_SAFE_NO_PAD.encode(key.to_string())
}

#[actix_web::test]
async fn a_cursor_that_no_page_gave_is_refused_by_every_list() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Berkas").await;
    let (tier1, admin) = (app.lebak("teknisi.dinkes").await, app.lebak("admin").await);
    let auditor = app.lebak("auditor").await;
    let below = |what: &str| format!("/tickets/{}/{what}", client::id(&ticket));
    let mut wrong = Vec::new();
    for at in ["-9999-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "2026-03-02 00:00:00Z"] {
        let key = cursor(&json!([at, ID]));
        for path in [below("comments"), below("events"), below("attachments"), "/notices".to_owned()] {
            wrong.push((&tier1, format!("{path}?cursor={key}")));
        }
        wrong.push((&auditor, format!("/audit/entries?cursor={key}")));
        for (sort, by) in [
            (Value::Null, ""),
            (json!("due"), "&sort=due_at"),
            (json!("newest"), "&sort=-created_at"),
            (json!("oldest"), "&sort=created_at"),
        ] {
            let key = cursor(&json!([0, null, at, ID, sort]));
            wrong.push((&tier1, format!("/tickets?cursor={key}{by}")));
        }
    }
    for path in ["/opds", "/services", "/calendars", "/agreements"] {
        wrong.push((&admin, format!("{path}?cursor={}", cursor(&json!("\0")))));
    }
    wrong.push((&admin, format!("/people?cursor={}", cursor(&json!(["\0", ID])))));
    for (client, path) in wrong {
        let refused = client.get(&path).await;
        assert_eq!(refused.status, 422, "{path}: {}", refused.text);
        assert_eq!(refused.refused(422)["errors"][0]["pointer"], "/cursor", "{path}");
    }
    let (first, next) = ("/opds?limit=1", |cursor: &str| format!("/opds?limit=1&cursor={cursor}"));
    let given = admin.get(first).await.ok()["next_cursor"].as_str().unwrap().to_owned();
    admin.get(&next(&given)).await.ok();
}

#[actix_web::test]
async fn a_day_in_a_year_that_no_calendar_knows_is_refused() {
    let app = TestApp::new().await;
    let (admin, auditor) = (app.lebak("admin").await, app.lebak("auditor").await);
    for day in ["-12000-01-01", "+262142-12-31", "1969-12-31", "2200-01-01"] {
        for field in ["valid_from", "valid_until"] {
            let change = admin.patch("/opds/dinkes", json!({ field: day })).await.refused(422);
            assert_eq!(change["errors"][0]["pointer"], format!("/{field}"), "{day}");
            let new = json!({ "code": "baru", "name": "Baru", "kind": "dinas", field: day });
            let new = admin.post("/opds", new).await.refused(422);
            assert_eq!(new["errors"][0]["pointer"], format!("/{field}"), "{day}");
        }
        for field in ["active_from", "active_until"] {
            let change = admin.patch("/services/simpeg", json!({ field: day })).await.refused(422);
            assert_eq!(change["errors"][0]["pointer"], format!("/{field}"), "{day}");
        }
        let day: String = url::form_urlencoded::byte_serialize(day.as_bytes()).collect();
        let asked = auditor.get(&format!("/audit/entries?day={day}")).await.refused(422);
        assert_eq!(asked["errors"][0]["pointer"], "/day", "{day}");
    }
    let kept = admin.patch("/opds/dinkes", json!({ "valid_from": "2000-01-01", "valid_until": "2199-12-31" })).await;
    assert_eq!(kept.ok()["valid_until"], "2199-12-31");
}
