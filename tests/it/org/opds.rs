//! Organisations.

use crate::support::desk::text;
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};
use sigap::access::Role;

async fn create(admin: &Client, code: &str, kind: &str, name: &str, more: Value) -> Value {
    let mut body = json!({ "code": code, "kind": kind, "name": name });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    admin.post("/opds", body).await.created()
}

// B2, T3
#[actix_web::test]
async fn a_new_opd_gets_its_mailbox_by_the_regions_nomenclature() {
    let app = TestApp::new().await;
    for (domain, kind, code, short, name, mailbox) in [
        ("blorakab.go.id", "kecamatan", "kec-baru", "KEC-BARU", "Kecamatan Baru Jaya", "Kec_BaruJaya@blorakab.go.id"),
        ("blorakab.go.id", "dinas", "disbaru", "DINBARU", "Dinas Baru", "dinbaru@blorakab.go.id"),
        ("temanggungkab.go.id", "dinas", "disbaru", "DINBARU", "Dinas Baru", "dinbaru@temanggungkab.go.id"),
        ("lebakkab.go.id", "kecamatan", "kec-baru", "KEC-BARU", "Kecamatan Baru", "kec-baru@lebakkab.go.id"),
    ] {
        let admin = app.sign_in(&format!("admin@{domain}")).await;
        let opd = create(&admin, code, kind, name, json!({ "short_name": short })).await;
        assert_eq!(opd["mailbox"], mailbox);
        assert_eq!((&opd["active"], &opd["version"]), (&json!(true), &json!(1)));
    }
}

// T5
#[actix_web::test]
async fn a_village_has_a_mailbox_and_services_and_shares_the_technician_of_whom_its_people_ask() {
    let app = TestApp::new().await;
    let admin = app.temanggung("admin").await;
    for (code, name) in [("desa-badran", "Desa Badran"), ("desa-kemloko", "Desa Kemloko")] {
        let village = create(&admin, code, "desa", name, json!({ "short_name": code })).await;
        assert_eq!(village["mailbox"], format!("{code}@temanggungkab.go.id"));
    }
    let service = json!({
        "code": "siskeudes", "name": "Siskeudes", "owner": "desa-badran", "provider": "opd", "only_opd": "desa-badran",
    });
    admin.post("/services", service).await.created();
    let hired = async |account: &str, role, opds: &[&str]| {
        let email = app.hire("temanggung", account, Some(role), opds).await;
        app.sign_in(&email).await
    };
    let clerk = hired("kaur.badran", Role::Requester, &["desa-badran"]).await;
    let neighbour = hired("kaur.kemloko", Role::Requester, &["desa-kemloko"]).await;
    let technician = hired("operator.desa", Role::Tier1, &["desa-badran", "desa-kemloko"]).await;
    let about = json!({ "service": "siskeudes" });
    let ticket = clerk.open_with(about.clone()).await.created();
    assert_eq!((&ticket["tier"], &ticket["opd"]["code"]), (&json!(1), &json!("desa-badran")));
    neighbour.open_with(about).await.names("/service");
    app.step(chrono::Duration::seconds(1));
    let other = neighbour.open("Jaringan desa mati").await;
    assert_eq!(technician.numbers("sort=created_at").await, [text(&ticket["number"]), text(&other["number"])]);
    technician.start(&ticket).await.ok();
    app.temanggung("teknisi.dinkes").await.see(&ticket).await.refused(404);
}

// B2, T3, L15, P1
#[actix_web::test]
async fn a_mailbox_outside_the_official_domain_is_refused() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for address in [
        "dinkes@gmail.com",
        "dinkes@temanggungkab.go.id",
        "dinkes@lebakkab.go.id.evil.com",
        "dinkes@evil-lebakkab.go.id",
        "dinkes@lebakkab.go.id\r\nBcc: x@evil.com",
        "dinkes",
        "",
        "@lebakkab.go.id",
        "\"a b\"@lebakkab.go.id",
        "dinkes@lebakkab.go.id, x@evil.com",
    ] {
        admin.patch("/opds/dinkes", json!({ "mailbox": address })).await.names("/mailbox");
    }
    for address in ["dinkes@lebakkab.go.id", "pengaduan@dinkes.lebakkab.go.id", "Dinkes@LEBAKKAB.go.id"] {
        let opd = admin.patch("/opds/dinkes", json!({ "mailbox": address })).await.ok();
        assert_eq!(opd["mailbox"], address);
    }
    let opd = admin.patch("/opds/dinkes", json!({ "mailbox": null, "short_name": "DINKES" })).await.ok();
    assert_eq!(opd["mailbox"], "dinkes@lebakkab.go.id", "made anew by the region's nomenclature");
}

#[actix_web::test]
async fn an_opd_is_changed_field_by_field_and_never_its_code() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let before = admin.get("/opds/dinkes").await.ok();
    let after = admin.patch("/opds/dinkes", json!({ "mandiri_tik": true })).await.ok();
    assert_eq!((&after["mandiri_tik"], &after["name"]), (&json!(true), &before["name"]));
    admin.patch("/opds/dinkes", json!({ "code": "dinkes" })).await.ok();
    admin.patch("/opds/dinkes", json!({ "code": "lain" })).await.names("/code");
    for field in ["id", "region_id", "version", "created_at", "successor_id"] {
        admin.patch("/opds/dinkes", json!({ field: null })).await.names(&format!("/{field}"));
    }
    admin.patch("/opds/no-such", json!({ "name": "X" })).await.refused(404);
    for (field, bad) in [("name", ""), ("name", "a\tb"), ("kind", ""), ("short_name", " ")] {
        admin.patch("/opds/dinkes", json!({ field: bad })).await.names(&format!("/{field}"));
    }
    admin.patch("/opds/dinkes", json!({ "name": "x".repeat(201) })).await.names("/name");
}

#[actix_web::test]
async fn a_code_is_unique_in_its_region_and_every_fault_is_told_at_once() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let body = json!({ "code": "dinkes", "kind": "dinas", "name": "Dinas Kesehatan" });
    admin.post("/opds", body).await.names("/code");
    let faults = admin.post("/opds", json!({})).await.refused(422);
    assert_eq!(faults["errors"].as_array().unwrap().len(), 3);
    for code in ["", "-a", "a b", "A", "é", "a/b", &"x".repeat(61)] {
        let body = json!({ "code": code, "kind": "dinas", "name": "X", "mailbox": "x@lebakkab.go.id" });
        admin.post("/opds", body).await.names("/code");
    }
}

#[actix_web::test]
async fn an_opd_exists_from_one_day_to_another_and_names_its_successor() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let dates = json!({ "valid_from": "2026-01-01", "valid_until": "2025-12-31" });
    admin.patch("/opds/dinkes", dates).await.names("/valid_until");
    let dates = json!({ "valid_from": "2017-01-03", "valid_until": "2026-12-31", "successor": "disdik" });
    let opd = admin.patch("/opds/dinkes", dates).await.ok();
    assert_eq!((&opd["valid_from"], &opd["valid_until"]), (&json!("2017-01-03"), &json!("2026-12-31")));
    assert_eq!(opd["successor_id"], admin.get("/opds/disdik").await.ok()["id"]);
    admin.patch("/opds/dinkes", json!({ "valid_until": "2016-01-01" })).await.names("/valid_until");
    for successor in ["dinkes", "no-such"] {
        admin.patch("/opds/dinkes", json!({ "successor": successor })).await.names("/successor");
    }
    let same = admin.patch("/opds/dinkes", json!({ "kind": "dinas" })).await.ok();
    assert_eq!(same["valid_until"], json!("2026-12-31"), "what is not named stays");
    let none = json!({ "valid_from": null, "valid_until": null, "successor": null });
    let opd = admin.patch("/opds/dinkes", none).await.ok();
    assert_eq!(
        (&opd["valid_from"], &opd["valid_until"], &opd["successor_id"]),
        (&json!(null), &json!(null), &json!(null)),
        "what is null is empty from now on"
    );
}

#[actix_web::test]
async fn an_opd_that_is_no_longer_in_use_takes_no_new_people() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let opd = admin.patch("/opds/bpbd", json!({ "active": false })).await.ok();
    assert_eq!(opd["active"], false);
    let coverage = admin.get("/reports/coverage").await.ok();
    assert_eq!(coverage["uncovered"], json!([]));
    let person = admin.get("/people?q=pegawai.disdik").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let role = json!({ "role": "requester", "opd": "bpbd" });
    admin.post(&format!("/people/{person}/roles"), role).await.names("/opd");
}

#[actix_web::test]
async fn a_change_for_an_older_version_is_refused_and_leaves_no_trace() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let before = admin.get("/opds/dinkes").await.ok();
    let version = before["version"].as_i64().unwrap();
    let stale = format!("\"{}\"", version - 1);
    let change = json!({ "name": "Lain" });
    admin.send(Method::PATCH, "/opds/dinkes", &[("if-match", &stale)], Some(change.clone())).await.refused(412);
    assert_eq!(admin.get("/opds/dinkes").await.ok(), before);
    let current = format!("\"{version}\"");
    admin.send(Method::PATCH, "/opds/dinkes", &[("if-match", &current)], Some(change)).await.ok();
}

#[actix_web::test]
async fn only_the_regions_administrator_keeps_opds_and_everybody_of_it_reads_them() {
    let app = TestApp::new().await;
    let body = json!({ "code": "baru", "kind": "dinas", "name": "Dinas Baru" });
    for account in ["pegawai.dinkes", "teknisi.dinkes", "tier2.satu", "koordinator", "auditor"] {
        let client = app.lebak(account).await;
        client.get("/opds/dinkes").await.ok();
        client.post("/opds", body.clone()).await.refused(403);
        client.patch("/opds/dinkes", json!({ "name": "X" })).await.refused(403);
    }
    app.anonymous().get("/opds").await.refused(401);
    app.sign_in("operator@sigap.example").await.post("/opds", body).await.refused(404);
}

#[actix_web::test]
async fn the_list_is_paged_by_code_without_gaps_or_repeats() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let all = admin.get("/opds?limit=200").await.ok();
    let all: Vec<Value> = all["items"].as_array().unwrap().clone();
    assert_eq!(admin.walked("/opds", 7).await, all);
    assert!(all.len() > 70);
}
