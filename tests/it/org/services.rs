//! The service catalogue (L2, L18).

use crate::support::browser::Browser;
use crate::support::{Client, TestApp};
use crate::worktime::wib;
use chrono::Duration;
use serde_json::{Value, json};

async fn create(admin: &Client, more: Value) -> crate::support::Reply {
    let mut body = json!({ "code": "baru", "name": "Layanan Baru", "owner": "setda", "provider": "opd" });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    admin.post("/services", body).await
}

async fn offered(client: &Client, code: &str) -> bool {
    let list = client.get("/services?limit=200").await.ok();
    list["items"].as_array().unwrap().iter().any(|s| s["code"] == code)
}

async fn open(client: &Client, service: &str) -> crate::support::Reply {
    let body = json!({ "kind": "incident", "subject": "x", "description": "y", "service": service });
    client.post("/tickets", body).await
}

#[actix_web::test]
async fn a_service_of_the_region_is_offered_to_all_and_one_of_an_opd_to_its_people() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    create(&admin, json!({ "only_opd": "dinkes" })).await.created();
    let (dinkes, disdik) = (app.lebak("pegawai.dinkes").await, app.lebak("pegawai.disdik").await);
    assert!(offered(&dinkes, "baru").await && !offered(&disdik, "baru").await);
    open(&dinkes, "baru").await.created();
    open(&disdik, "baru").await.names("/service");
    // It is told in the words of one that does not exist.
    assert_eq!(open(&disdik, "baru").await.text, open(&disdik, "no-such").await.text);
    let elsewhere = app.temanggung("pegawai.dinkes").await;
    assert!(!offered(&elsewhere, "baru").await);
    open(&elsewhere, "baru").await.names("/service");
    assert!(offered(&dinkes, "simpeg").await && offered(&disdik, "email-dinas").await);
}

#[actix_web::test]
async fn a_service_is_offered_from_its_first_day_to_its_last() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    create(&admin, json!({ "active_from": "2026-03-03", "active_until": "2026-03-04" })).await.created();
    for (hours, expected) in [(0, false), (24, true), (24, true), (24, false)] {
        app.step(Duration::hours(hours));
        let requester = app.lebak("pegawai.dinkes").await;
        assert_eq!(offered(&requester, "baru").await, expected, "{}", app.clock.now().utc());
        assert_eq!(open(&requester, "baru").await.status, if expected { 201 } else { 422 });
        assert!(offered(&app.lebak("admin").await, "baru").await, "who keeps services sees all");
    }
    let admin = app.lebak("admin").await;
    admin.patch("/services/baru", json!({ "active_until": "2026-03-01" })).await.names("/active_until");
    admin.patch("/services/baru", json!({ "active_until": null })).await.ok();
    assert!(offered(&app.lebak("pegawai.dinkes").await, "baru").await, "until further notice again");
}

#[actix_web::test]
async fn a_day_of_a_service_begins_at_midnight_of_its_region() {
    let app = TestApp::new().await;
    create(&app.lebak("admin").await, json!({ "active_from": "2026-03-03" })).await.created();
    for (moment, expected) in [("2026-03-02 23:59:59", false), ("2026-03-03 00:00:00", true)] {
        app.until(wib(moment));
        let requester = app.lebak("pegawai.dinkes").await;
        assert_eq!(offered(&requester, "baru").await, expected, "{moment}");
        let page = Browser::lebak(&app, "pegawai.dinkes").await.get("/report?service=baru").await;
        assert_eq!(page.status, if expected { 200 } else { 404 }, "{moment}");
    }
}

#[actix_web::test]
async fn a_service_of_one_organisation_becomes_everybodys_again() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    create(&admin, json!({ "only_opd": "disdik" })).await.created();
    assert!(!offered(&app.lebak("pegawai.dinkes").await, "baru").await);
    admin.patch("/services/baru", json!({ "name": "Lain" })).await.ok();
    assert!(!offered(&app.lebak("pegawai.dinkes").await, "baru").await, "what is not named stays");
    admin.patch("/services/baru", json!({ "only_opd": null })).await.ok();
    assert!(offered(&app.lebak("pegawai.dinkes").await, "baru").await);
}

#[actix_web::test]
async fn a_service_gives_its_impact_and_urgency_to_a_ticket_that_says_none() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    create(&admin, json!({ "impact": "high", "urgency": "high", "kinds": ["incident"] })).await.created();
    let requester = app.lebak("pegawai.dinkes").await;
    let ticket = open(&requester, "baru").await.created();
    assert_eq!(ticket["priority"], "p1");
    let said = json!({ "kind": "incident", "subject": "x", "description": "y", "service": "baru", "impact": "low" });
    assert_eq!(requester.post("/tickets", said).await.created()["priority"], "p3");
    let kind = json!({ "kind": "request", "subject": "x", "description": "y", "service": "baru" });
    requester.post("/tickets", kind).await.refused(422);
}

#[actix_web::test]
async fn a_service_is_kept_by_the_administrator_and_checked_field_by_field() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for (field, bad) in [
        ("code", json!("A B")),
        ("code", json!("simpeg")),
        ("name", json!("")),
        ("owner", json!("no-such")),
        ("only_opd", json!("no-such")),
        ("provider", json!("vendor")),
        ("kinds", json!([])),
        ("impact", json!("huge")),
        ("active_from", json!("yesterday")),
        ("description", json!("x".repeat(2001))),
        ("region", json!("blora")),
    ] {
        create(&admin, json!({ field: bad })).await.names(&format!("/{field}"));
    }
    let made = create(&admin, json!({})).await.created();
    assert_eq!(made["kinds"].as_array().unwrap().len(), 5);
    let changed = admin.patch("/services/baru", json!({ "name": "Lain", "only_opd": "dinkes" })).await.ok();
    assert_eq!(
        (&changed["name"], &changed["only_opd"], &changed["version"]),
        (&json!("Lain"), &json!("dinkes"), &json!(2))
    );
    admin.patch("/services/baru", json!({ "code": "lain" })).await.names("/code");
    admin.patch("/services/no-such", json!({ "name": "x" })).await.refused(404);
    for account in ["koordinator", "auditor", "tier2.satu", "pegawai.dinkes"] {
        let client = app.lebak(account).await;
        client.patch("/services/baru", json!({ "name": "x" })).await.refused(403);
        create(&client, json!({ "code": "lain" })).await.refused(403);
    }
}

#[actix_web::test]
async fn a_service_that_is_sent_as_it_stands_stays_as_it_was_and_the_audit_log_tells_nothing_of_it() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let before = create(&admin, json!({ "only_opd": "dinkes", "active_from": "2026-01-01" })).await.created();
    let told = async || admin.get("/audit/entries?action=service.change").await.ok()["items"].as_array().unwrap().len();
    app.step(Duration::minutes(1));
    let same = json!({ "name": "Layanan Baru", "owner": "setda", "only_opd": "dinkes", "active_from": "2026-01-01" });
    assert_eq!(admin.patch("/services/baru", same).await.ok(), before);
    assert_eq!(told().await, 0);
    assert_eq!(admin.patch("/services/baru", json!({ "only_opd": null })).await.ok()["version"], 2);
    assert_eq!(told().await, 1);
}
