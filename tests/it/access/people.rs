//! Whom one may know of: lists say what single answers say, names are only names, and who has left is gone.

use crate::support::browser::Browser;
use crate::support::{Client, TestApp};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::access::Role;
use sigap::access::token::Audience;
use sigap::db::schema::{people, sessions};
use sigap::db::{Id, Ts};
use sigap::on;
use sigap::org::session::Session;
use std::collections::BTreeSet;

const ACCOUNTS: [&str; 9] = [
    "pegawai.dinkes@lebakkab.go.id",
    "teknisi.dinkes@lebakkab.go.id",
    "teknisi.setda@lebakkab.go.id",
    "tier2.satu@lebakkab.go.id",
    "koordinator@lebakkab.go.id",
    "auditor@lebakkab.go.id",
    "admin@lebakkab.go.id",
    "operator@sigap.example",
    "tier2.satu@temanggungkab.go.id",
];

async fn listed(client: &Client, query: &str) -> BTreeSet<String> {
    let page = client.get(&format!("/people?limit=200{query}")).await.ok();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|p| p["email"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn the_list_of_people_names_exactly_those_whom_one_may_read() {
    let app = TestApp::new().await;
    let all: Vec<(Id, String)> =
        app.within(|tx| Ok(on!(tx.conn(), |c| people::table.select((people::id, people::email)).load(c))?)).await;
    for login in ACCOUNTS {
        let client = app.sign_in(login).await;
        let mut readable = BTreeSet::new();
        for (id, email) in &all {
            if client.get(&format!("/people/{id}")).await.status == 200 {
                readable.insert(email.clone());
            }
        }
        assert_eq!(listed(&client, "").await, readable, "{login}");
        assert!(readable.contains(login));
    }
}

#[actix_web::test]
async fn only_who_keeps_or_audits_entries_reads_more_than_names_of_others() {
    let app = TestApp::new().await;
    for login in ACCOUNTS {
        let reads_all = ["auditor", "admin", "operator"].iter().any(|who| login.starts_with(who));
        let page = app.sign_in(login).await.get("/people?limit=200").await.ok();
        for person in page["items"].as_array().unwrap() {
            let own = person["email"] == json!(login);
            assert_eq!(person.get("entry").is_some_and(Value::is_object), reads_all || own, "{login}: {person}");
        }
    }
}

#[actix_web::test]
async fn tier_1_no_longer_knows_of_whoever_has_left_its_opd() {
    let app = TestApp::new().await;
    let login = app.hire("lebak", "mutasi", Some(Role::Requester), &["dinkes"]).await;
    let place = format!("/people/{}", app.person(&login).await);
    let tier1 = app.lebak("teknisi.dinkes").await;
    assert!(listed(&tier1, "").await.contains(&login));
    tier1.get(&place).await.ok();
    app.strip(&login).await;
    app.lebak("admin")
        .await
        .post(&format!("{place}/roles"), json!({ "role": "requester", "opd": "disdik" }))
        .await
        .created();
    assert!(!listed(&tier1, "").await.contains(&login));
    assert!(!listed(&tier1, "&opd=dinkes").await.contains(&login));
    tier1.get(&place).await.refused(404);
    app.lebak("teknisi.disdik").await.get(&place).await.ok();
}

#[actix_web::test]
async fn a_service_is_seen_by_those_who_may_choose_it_and_by_its_keeper() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let service = |code: &str, more: Value| {
        let mut fields = json!({ "code": code, "name": code, "owner": "disdik", "provider": "opd" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    for (code, more) in [
        ("khusus", json!({ "only_opd": "disdik" })),
        ("nanti", json!({ "active_from": "2026-04-01" })),
        ("lama", json!({ "active_until": "2026-02-01" })),
        ("biasa", json!({})),
    ] {
        admin.post("/services", service(code, more)).await.created();
    }
    for (account, seen) in [
        ("pegawai.dinkes", vec!["biasa"]),
        ("teknisi.dinkes", vec!["biasa"]),
        ("pegawai.disdik", vec!["biasa", "khusus"]),
        ("koordinator", vec!["biasa", "khusus"]),
        ("admin", vec!["biasa", "khusus", "lama", "nanti"]),
    ] {
        let client = app.lebak(account).await;
        let page = client.get("/services?limit=200").await.ok();
        let codes: BTreeSet<&str> =
            page["items"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap()).collect();
        for code in ["biasa", "khusus", "lama", "nanti"] {
            assert_eq!(codes.contains(code), seen.contains(&code), "{account} {code}");
            let change = client.patch(&format!("/services/{code}"), json!({ "description": "Baru." })).await;
            let expected = if account == "admin" {
                200
            } else if seen.contains(&code) {
                403
            } else {
                404
            };
            assert_eq!(change.status, expected, "{account} {code}");
        }
    }
    let ticket = |service| json!({ "kind": "incident", "subject": "a", "description": "b", "service": service });
    let requester = app.lebak("pegawai.dinkes").await;
    let nothing = requester.post("/tickets", ticket("tidak-ada")).await;
    for code in ["khusus", "nanti", "lama"] {
        let reply = requester.post("/tickets", ticket(code)).await;
        assert_eq!((reply.status, &reply.text), (422, &nothing.text), "{code}");
    }
    requester.post("/tickets", ticket("biasa")).await.created();
    app.lebak("pegawai.disdik").await.post("/tickets", ticket("khusus")).await.created();
}

#[actix_web::test]
async fn a_service_of_another_region_is_an_absent_one_and_nothing_there_changes_it() {
    let app = TestApp::new().await;
    let (mine, other) = (app.lebak("admin").await, app.temanggung("admin").await);
    let fields = json!({ "code": "khusus-lebak", "name": "Khusus", "owner": "disdik", "provider": "opd" });
    mine.post("/services", fields).await.created();
    let before = mine.items("/services?limit=200").await;
    // Both regions have one with this code.
    other.patch("/services/simpeg", json!({ "description": "Dari jauh." })).await.ok();
    let absent = other.patch("/services/tidak-ada", json!({ "description": "Dari jauh." })).await;
    let foreign = other.patch("/services/khusus-lebak", json!({ "description": "Dari jauh." })).await;
    foreign.refused(404);
    assert_eq!(foreign.text, absent.text);
    assert_eq!(mine.items("/services?limit=200").await, before);
    let requester = app.temanggung("pegawai.dinkes").await;
    let ticket = |service| json!({ "kind": "incident", "subject": "a", "description": "b", "service": service });
    let absent = requester.post("/tickets", ticket("tidak-ada")).await;
    let foreign = requester.post("/tickets", ticket("khusus-lebak")).await;
    assert_eq!((foreign.status, &foreign.text), (422, &absent.text));
    let pages = Browser::of(&app, "admin@temanggungkab.go.id").await;
    assert_eq!(pages.get("/admin/services/khusus-lebak").await.status, 404);
    assert_eq!(pages.get("/admin/services/simpeg").await.status, 200);
}

// Deactivation ends the sessions; even one that were left over would open nothing.
#[actix_web::test]
async fn a_session_of_somebody_who_left_opens_nothing_nor_does_one_that_ran_out() {
    let app = TestApp::new().await;
    let login = app.hire("lebak", "sisa", Some(Role::Coordinator), &[]).await;
    let person = app.person(&login).await;
    let now = Ts::new(crate::support::app::monday_morning());
    let session = |expires_at| Session {
        id: Id::new(now),
        person_id: person,
        created_at: now,
        refreshed_at: now,
        expires_at,
        ended_at: None,
        end_reason: None,
        address: String::new(),
        agent: String::new(),
    };
    let day = chrono::Duration::days(1);
    let (good, over) = (session(now.plus(day)), session(now.plus(-day)));
    let rows = vec![good.clone(), over.clone()];
    let plant = async |rows: Vec<Session>| {
        app.within(move |tx| Ok(on!(tx.conn(), |c| diesel::insert_into(sessions::table).values(&rows).execute(c))?))
            .await
    };
    plant(rows).await;
    let holder = |of: &Session| app.with_token(&app.app.keys.issue(person, of.id, Audience::Api, now).unwrap().0);
    holder(&good).get("/me").await.ok();
    holder(&over).get("/me").await.refused(401);
    let place = format!("/people/{person}");
    app.lebak("admin").await.patch(&place, json!({ "active": false })).await.ok();
    let left_over = session(now.plus(day));
    plant(vec![left_over.clone()]).await;
    holder(&left_over).get("/me").await.refused(401);
}
