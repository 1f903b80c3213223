//! Which organisations nobody serves (L4, T1).

use crate::support::TestApp;
use serde_json::{Value, json};

fn codes(report: &Value) -> Vec<&str> {
    report["uncovered"].as_array().unwrap().iter().map(|o| o["code"].as_str().unwrap()).collect()
}

// L4, T1
#[actix_web::test]
async fn in_every_region_of_the_demo_only_bpbd_has_no_tier_1() {
    let app = TestApp::new().await;
    for domain in ["lebakkab.go.id", "temanggungkab.go.id", "blorakab.go.id", "purbalinggakab.go.id"] {
        let report = app.sign_in(&format!("koordinator@{domain}")).await.get("/reports/coverage").await.ok();
        assert_eq!(codes(&report), ["bpbd"], "{domain}");
        assert_eq!(report["covered"].as_i64().unwrap() + 1, report["opds"].as_i64().unwrap());
    }
}

#[actix_web::test]
async fn an_opd_is_uncovered_once_its_last_technician_leaves_or_loses_the_role() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let person = |q: &'static str| {
        let admin = admin.clone();
        async move { admin.get(&format!("/people?q={q}")).await.ok()["items"][0].clone() }
    };
    let technician = person("teknisi.dinkes").await;
    let path = format!("/people/{}", technician["id"].as_str().unwrap());
    admin.patch(&path, json!({ "active": false })).await.ok();
    assert_eq!(codes(&admin.get("/reports/coverage").await.ok()), ["bpbd", "dinkes"]);
    let other = person("teknisi.disdik").await;
    let roles = format!("/people/{}/roles", other["id"].as_str().unwrap());
    admin.post(&roles, json!({ "role": "tier1", "opd": "dinkes" })).await.created();
    assert_eq!(codes(&admin.get("/reports/coverage").await.ok()), ["bpbd"]);
    let grant = other["entry"]["roles"][0]["id"].as_str().unwrap();
    admin.delete(&format!("{roles}/{grant}")).await.done();
    assert_eq!(codes(&admin.get("/reports/coverage").await.ok()), ["bpbd", "disdik"]);
    admin.patch(&path, json!({ "active": true })).await.ok();
    assert_eq!(codes(&admin.get("/reports/coverage").await.ok()), ["bpbd", "disdik"]);
}

#[actix_web::test]
async fn a_requester_alone_does_not_cover_his_opd() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let body = json!({ "code": "baru", "kind": "dinas", "name": "Dinas Baru" });
    admin.post("/opds", body).await.created();
    let person = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let role = json!({ "role": "requester", "opd": "baru" });
    admin.post(&format!("/people/{person}/roles"), role).await.created();
    assert_eq!(codes(&admin.get("/reports/coverage").await.ok()), ["baru", "bpbd"]);
}

#[actix_web::test]
async fn the_report_is_for_coordinator_auditor_and_administrator() {
    let app = TestApp::new().await;
    for (account, status) in [
        ("koordinator", 200),
        ("auditor", 200),
        ("admin", 200),
        ("tier2.satu", 403),
        ("teknisi.dinkes", 403),
        ("pegawai.dinkes", 403),
    ] {
        assert_eq!(app.lebak(account).await.get("/reports/coverage").await.status, status, "{account}");
    }
    app.sign_in("operator@sigap.example").await.get("/reports/coverage").await.refused(404);
}
