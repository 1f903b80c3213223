//! From an empty database to a desk that works, through REST alone.

use crate::support::meet::in_order;
use crate::support::{Client, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::schema::one_time_links as links;
use sigap::db::{Conn, Ts};
use sigap::on;
use sigap::org::link;

const SECRET: &str = "sembilan kuda nil berlari";
const OPERATOR: &str = "kepala@platform.example";

/// What the start of an empty installation prints.
async fn printed(app: &TestApp) -> Option<String> {
    let settings = app.app.config.sign_in.clone();
    let made = app.app.write(Caller::Anonymous, Origin::default(), move |tx| link::for_setup(tx, &settings)).await;
    made.unwrap().map(|secret| secret.plain)
}

fn first(token: &str) -> Value {
    json!({ "token": token, "name": "Kepala Platform", "email": OPERATOR, "password": SECRET })
}

async fn sign_in(app: &TestApp, login: &str) -> Client {
    let tokens = app.anonymous().post("/auth/login", json!({ "login": login, "password": SECRET })).await.ok();
    app.with_token(tokens["access_token"].as_str().unwrap())
}

async fn operator(app: &TestApp) -> Client {
    let token = printed(app).await.unwrap();
    app.anonymous().post("/auth/setup", first(&token)).await.done();
    sign_in(app, OPERATOR).await
}

/// Gives a person a password as he would do it himself: by a link.
async fn welcome(app: &TestApp, keeper: &Client, person: &Value) -> Client {
    let link =
        keeper.post(&format!("/people/{}/password-link", person["id"].as_str().unwrap()), json!({})).await.created();
    app.anonymous().post("/auth/password", json!({ "token": link["token"], "password": SECRET })).await.done();
    sign_in(app, person["email"].as_str().unwrap()).await
}

#[actix_web::test]
async fn of_two_programs_that_start_at_once_one_gives_a_link_that_works() {
    let app = TestApp::empty().await;
    // What an earlier start left behind, where the two meet.
    printed(&app).await.unwrap();
    let (stale, token) = in_order(&app, "one_time_links", printed(&app), printed(&app)).await;
    app.anonymous().post("/auth/setup", first(&stale.unwrap())).await.names("/token");
    app.anonymous().post("/auth/setup", first(&token.unwrap())).await.done();
}

#[actix_web::test]
async fn a_link_that_outlived_the_first_operator_makes_no_second_one() {
    let app = TestApp::empty().await;
    let (left, token) = (printed(&app).await.unwrap(), printed(&app).await.unwrap());
    let revive = |conn: &mut Conn<'_>| {
        Ok(on!(conn, |c| diesel::update(links::table).set(links::used_at.eq(None::<Ts>)).execute(c))?)
    };
    app.app.store.write(revive).await.unwrap();
    app.anonymous().post("/auth/setup", first(&token)).await.done();
    let mut second = first(&left);
    second["email"] = json!("wakil@platform.example");
    app.anonymous().post("/auth/setup", second).await.names("/token");
}

#[actix_web::test]
async fn the_link_of_an_empty_installation_makes_the_operator_once() {
    let app = TestApp::empty().await;
    let anonymous = app.anonymous();
    anonymous.post("/auth/setup", first("guessed")).await.names("/token");
    let stale = printed(&app).await.unwrap();
    let token = printed(&app).await.unwrap();
    anonymous.post("/auth/setup", first(&stale)).await.names("/token");
    let mut weak = first(&token);
    weak["password"] = json!("kepala platform kepala");
    anonymous.post("/auth/setup", weak).await.names("/password");
    let mut nameless = first(&token);
    nameless["name"] = json!(" ");
    anonymous.post("/auth/setup", nameless).await.names("/name");
    let mut homeless = first(&token);
    homeless["email"] = json!("kepala");
    anonymous.post("/auth/setup", homeless).await.names("/email");
    anonymous.post("/auth/setup", first(&token)).await.done();
    anonymous.post("/auth/setup", first(&token)).await.names("/token");
    let me = sign_in(&app, OPERATOR).await.get("/me").await.ok();
    assert_eq!(me["roles"][0]["role"], "operator");
    assert_eq!(printed(&app).await, None);
}

#[actix_web::test]
async fn of_many_setups_at_once_one_makes_the_operator() {
    let app = TestApp::empty().await;
    let token = printed(&app).await.unwrap();
    let bodies: Vec<Value> = (0..8)
        .map(|n| json!({ "token": token, "name": "Kepala", "email": format!("k{n}@x.example"), "password": SECRET }))
        .collect();
    let tries = bodies.iter().map(|body| {
        let (client, body) = (app.anonymous(), body.clone());
        async move { client.post("/auth/setup", body).await.status }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|s| **s == 204).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 422).count(), 7, "{statuses:?}");
}

#[actix_web::test]
async fn the_link_of_an_empty_installation_ends_after_a_day() {
    let app = TestApp::empty().await;
    let token = printed(&app).await.unwrap();
    app.step(Duration::days(1));
    app.anonymous().post("/auth/setup", first(&token)).await.names("/token");
}

#[actix_web::test]
async fn the_demo_password_is_unknown_to_an_installation_without_the_demo() {
    let app = TestApp::empty().await;
    let token = printed(&app).await.unwrap();
    let mut demo = first(&token);
    demo["password"] = json!("sigap-demo-2026");
    app.anonymous().post("/auth/setup", demo).await.names("/password");
    let body = json!({ "login": "operator@sigap.example", "password": "sigap-demo-2026" });
    app.anonymous().post("/auth/login", body).await.refused(401);
}

// P4
#[actix_web::test]
async fn the_operator_makes_each_region_from_its_template_and_its_administrator() {
    let app = TestApp::empty().await;
    let operator = operator(&app).await;
    for (code, domain, prefix) in [
        ("lebak", "lebakkab.go.id", "LBK"),
        ("temanggung", "temanggungkab.go.id", "TMG"),
        ("blora", "blorakab.go.id", "BLA"),
        ("purbalingga", "purbalinggakab.go.id", "PBG"),
    ] {
        let region = operator.post("/regions", json!({ "template": code })).await.created();
        assert_eq!((&region["ticket_prefix"], &region["domain"]), (&json!(prefix), &json!(domain)));
        operator.post("/regions", json!({ "template": code })).await.refused(422);
        let body = json!({ "name": "Eko Nugroho", "email": format!("admin@{domain}"), "region": code });
        let person = operator.post("/people", body).await.created();
        assert_eq!(person["entry"]["roles"][0]["role"], "admin");
        assert_eq!(person["entry"]["roles"][0]["region"], code);
        let admin = welcome(&app, &operator, &person).await;
        assert_eq!(admin.get("/regions").await.ok()["items"].as_array().unwrap().len(), 1);
        assert_eq!(admin.get("/opds").await.ok()["items"], json!([]));
    }
    assert_eq!(operator.get("/regions").await.ok()["items"].as_array().unwrap().len(), 4);
    operator.post("/regions", json!({ "template": "atlantis" })).await.names("/template");
    operator.post("/regions", json!({})).await.names("/template");
    let outside = json!({ "name": "X Y", "email": "x@gmail.com", "region": "lebak" });
    operator.post("/people", outside).await.names("/email");
    let nowhere = json!({ "name": "X Y", "email": "x@lebakkab.go.id", "region": "atlantis" });
    operator.post("/people", nowhere).await.names("/region");
}

#[actix_web::test]
async fn a_region_of_ones_own_is_checked_field_by_field() {
    let app = TestApp::empty().await;
    let operator = operator(&app).await;
    let good = json!({
        "code": "batang", "name": "Kabupaten Batang", "kemendagri": "33.25", "ticket_prefix": "BTG",
        "domain": "batangkab.go.id", "mail_domain": "batangkab.go.id", "desk_mailbox": "servicedesk@batangkab.go.id",
        "time_zone": "Asia/Jakarta", "password_policy": "bssn", "language": "id",
        "calendar": "perpres-21-2023", "agreement": "standard",
        "terms": { "tier1": "Tier 1", "tier2": "Tier 2", "provider": "Diskominfo" },
        "nomenclature": { "default": "{abbr}" }
    });
    for (field, bad) in [
        ("code", json!("Batang!")),
        ("name", json!("")),
        ("ticket_prefix", json!("btg")),
        ("ticket_prefix", json!("TOOLONG")),
        ("time_zone", json!("Mars/Olympus")),
        ("password_policy", json!("none")),
        ("language", json!("fr")),
        ("desk_mailbox", json!("desk@gmail.com")),
        ("domain", json!("")),
        ("domain", json!("go.id")),
        ("domain", json!("https://batang .go.id/")),
        ("mail_domain", json!("gmail.com")),
        ("mail_domain", json!("go.id")),
        ("calendar", json!("")),
        ("calendar", json!("Kalender Kerja / 2026")),
        ("agreement", json!("Perjanjian Standar")),
        ("kemendagri", json!("3".repeat(21))),
        ("nomenclature", json!({ "default": "same-for-all" })),
        ("nomenclature", json!({})),
    ] {
        let mut region = good.clone();
        region[field] = bad.clone();
        let problem = operator.post("/regions", json!({ "region": region })).await.refused(422);
        let pointers: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert!(pointers.len() == 1 && pointers[0].ends_with(&format!("/{field}")), "{field} {bad}: {pointers:?}");
    }
    let long = "P".repeat(121);
    for (term, bad) in [("tier1", ""), ("tier2", "  "), ("provider", long.as_str())] {
        let mut region = good.clone();
        region["terms"][term] = json!(bad);
        operator.post("/regions", json!({ "region": region })).await.names(&format!("/terms/{term}"));
    }
    operator.post("/regions", json!({ "region": good, "template": "lebak" })).await.names("/template");
    let region = operator.post("/regions", json!({ "region": good })).await.created();
    assert_eq!(region["password_policy"], "bssn");
    // P4: an address is one region's alone.
    for domain in ["batangkab.go.id", "BATANGKAB.go.id", "dinkes.batangkab.go.id"] {
        let mut other = good.clone();
        (other["code"], other["ticket_prefix"]) = (json!("lain"), json!("LAN"));
        (other["domain"], other["mail_domain"]) = (json!(domain), json!(domain));
        other["desk_mailbox"] = json!(format!("servicedesk@{domain}"));
        operator.post("/regions", json!({ "region": other })).await.names("/domain");
    }
    let mut below = good.clone();
    (below["code"], below["ticket_prefix"], below["domain"]) = (json!("luas"), json!("LUA"), json!("prov.go.id"));
    below["mail_domain"] = json!("Mail.prov.go.id");
    below["desk_mailbox"] = json!("servicedesk@mail.prov.go.id");
    let region = operator.post("/regions", json!({ "region": below })).await.created();
    assert_eq!(region["mail_domain"], "mail.prov.go.id", "as Blora has it");
}

#[actix_web::test]
async fn only_the_operator_keeps_regions() {
    let app = TestApp::new().await;
    for account in ["admin", "koordinator", "pegawai.dinkes", "auditor"] {
        app.lebak(account).await.post("/regions", json!({ "template": "lebak" })).await.refused(403);
    }
    app.anonymous().post("/regions", json!({ "template": "lebak" })).await.refused(401);
}

// L1, L2, L4, P4
#[actix_web::test]
async fn a_desk_is_built_from_nothing_and_closes_its_first_ticket() {
    let app = TestApp::empty().await;
    let operator = operator(&app).await;
    operator.post("/regions", json!({ "template": "lebak" })).await.created();
    let body = json!({ "name": "Eko Nugroho", "email": "admin@lebakkab.go.id", "region": "lebak" });
    let person = operator.post("/people", body).await.created();
    let admin = welcome(&app, &operator, &person).await;
    for (code, name, provider) in [("dinkes", "Dinas Kesehatan", false), ("dinkominfo", "Dinas Kominfo", true)] {
        let body = json!({ "code": code, "name": name, "kind": "dinas", "is_provider": provider });
        admin.post("/opds", body).await.created();
    }
    let service = json!({ "code": "simpeg", "name": "SIMPEG", "owner": "dinkominfo", "provider": "opd" });
    admin.post("/services", service).await.created();
    let mut people = Vec::new();
    for (name, nip, role, opd) in [
        ("pegawai", "199608182022041001", "requester", Some("dinkes")),
        ("teknisi", "198012302010012005", "tier1", Some("dinkes")),
        ("ahli", "199202292016011001", "tier2", None),
    ] {
        let body = json!({ "name": format!("Orang {name}"), "email": format!("{name}@lebakkab.go.id"), "nip": nip });
        let person = admin.post("/people", body).await.created();
        let mut grant = json!({ "role": role });
        if let Some(opd) = opd {
            grant["opd"] = json!(opd);
        }
        admin.post(&format!("/people/{}/roles", person["id"].as_str().unwrap()), grant).await.created();
        people.push(welcome(&app, &admin, &person).await);
    }
    let [requester, tier1, tier2] = people.try_into().unwrap_or_else(|_| panic!("three"));
    let ticket = requester.open("SIMPEG tidak bisa dibuka").await;
    assert_eq!(ticket["number"], "LBK-2026-000001");
    tier1.act(&ticket, "start", json!({})).await.ok();
    tier1.escalate(&ticket).await.ok();
    tier2.act(&ticket, "start", json!({})).await.ok();
    tier2.act(&ticket, "resolve", json!({ "resolution": "Dipulihkan." })).await.ok();
    let closed = requester.act(&ticket, "close", json!({ "rating": 5 })).await.ok();
    assert_eq!(closed["status"], "closed");
    admin.see(&ticket).await.refused(404);
    operator.see(&ticket).await.refused(404);
}
