//! An organisation that a reorganisation closes (T5): nobody's by default, and not forgotten before it is empty.

use crate::inbox::room::{became, from};
use crate::support::Client;
use crate::support::browser::Browser;
use crate::support::desk::Cast;
use serde_json::{Value, json};
use sigap::access::Role;

const REQUESTER: &str = "pegawai.dinkes@lebakkab.go.id";

/// Whose the newest ticket of the requester is.
async fn newest(cast: &Cast) -> Value {
    cast.requester.items("/tickets?sort=-created_at").await[0]["opd"]["code"].clone()
}

async fn close(cast: &Cast, fields: Value) {
    cast.admin.patch("/opds/dinkes", fields).await.ok();
}

// T5
#[actix_web::test]
async fn a_closed_organisation_is_nobodys_by_default_as_long_as_he_has_another() {
    let cast = Cast::new().await;
    cast.later();
    cast.give(&cast.requester.id().await, "requester", Some("disdik")).await;
    let mine = async |fields| cast.requester.open_with(fields).await.created()["opd"]["code"].clone();
    assert_eq!(mine(json!({})).await, "dinkes", "the one in which he was first");
    close(&cast, json!({ "active": false, "successor": "disdik" })).await;
    assert_eq!(mine(json!({})).await, "disdik");
    assert_eq!(mine(json!({ "opd": "dinkes" })).await, "dinkes", "it is his where he says so");
    cast.later();
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER).says("Printer mati")).await), "done ticket");
    assert_eq!(newest(&cast).await, "disdik");
    let theirs = json!({ "on_behalf_of": REQUESTER });
    assert_eq!(cast.coordinator.open_with(theirs).await.created()["opd"]["code"], "disdik");
    let page = Browser::of(&cast.app, REQUESTER).await.get("/report?service=simpeg").await;
    assert_eq!(page.attributes("#opd option", "value"), ["disdik", "dinkes"], "what stands first is chosen");
    // It is Monday, 2 March 2026. A last day is one of its days; one that has not begun is no better than one that is over.
    close(&cast, json!({ "active": true, "valid_until": "2026-03-02" })).await;
    assert_eq!(mine(json!({})).await, "dinkes");
    close(&cast, json!({ "valid_until": "2026-03-01" })).await;
    assert_eq!(mine(json!({})).await, "disdik");
    close(&cast, json!({ "valid_until": null, "valid_from": "2026-03-03" })).await;
    assert_eq!(mine(json!({})).await, "disdik");
}

#[actix_web::test]
async fn whoever_is_in_a_closed_organisation_alone_still_reports_his_trouble_there() {
    let cast = Cast::new().await;
    close(&cast, json!({ "active": false, "valid_until": "2026-02-28" })).await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    assert_eq!((&ticket["opd"]["code"], &ticket["tier"]), (&json!("dinkes"), &json!(1)));
    cast.tier1.start(&ticket).await.ok();
    cast.later();
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER).says("Printer mati")).await), "done ticket");
    assert_eq!(newest(&cast).await, "dinkes");
    let page = Browser::of(&cast.app, REQUESTER).await.get("/report?service=simpeg").await;
    assert!(page.status == 200 && page.all("#opd").is_empty(), "there is nothing to choose");
}

// T5, L4
#[actix_web::test]
async fn a_closed_organisation_is_told_until_neither_people_nor_open_tickets_are_left() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let closed = async |who: &Client| who.get("/reports/coverage").await.ok()["closed"].clone();
    assert_eq!(closed(&cast.coordinator).await, json!([]));
    close(&cast, json!({ "active": false })).await;
    let told = closed(&cast.coordinator).await;
    let people = told[0]["people"].as_i64().unwrap();
    let row =
        json!({ "code": "dinkes", "name": "Dinas Kesehatan", "people": people, "technicians": 1, "open_tickets": 1 });
    assert_eq!((&told, people >= 2), (&json!([row]), true));
    assert_eq!(closed(&cast.admin).await[0]["open_tickets"], Value::Null, "whoever sees no tickets counts none");
    assert_eq!(closed(&cast.stranger).await, json!([]));
    let overview = Browser::lebak(&cast.app, "koordinator").await.get("/overview").await;
    assert!(overview.words().contains(&format!("{people} orang, 1 tiket terbuka")), "{}", overview.words());
    for person in cast.admin.items("/people?opd=dinkes").await {
        cast.deactivate(person["id"].as_str().unwrap()).await;
    }
    assert_eq!(closed(&cast.admin).await, json!([]));
    let told = closed(&cast.auditor).await;
    assert_eq!((&told[0]["people"], &told[0]["open_tickets"]), (&json!(0), &json!(1)));
    cast.coordinator.cancel(&ticket).await.ok();
    assert_eq!(closed(&cast.coordinator).await, json!([]));
}

#[actix_web::test]
async fn the_page_of_an_organisation_that_is_closed_or_will_be_says_what_is_left_and_leads_there() {
    let cast = Cast::new().await;
    let service = json!({ "code": "arsip", "name": "Arsip Sehat", "owner": "dinkes", "provider": "opd" });
    cast.admin.post("/services", service).await.created();
    cast.requester.open("SIMPEG mati").await;
    let admin = Browser::lebak(&cast.app, "admin").await;
    let place = "/admin/opds/dinkes";
    assert!(admin.get(place).await.all(".note").is_empty());
    close(&cast, json!({ "valid_until": "2026-12-31" })).await;
    let page = admin.get(place).await;
    assert!(page.first(".note").contains("di antaranya 1 Service Desk Tier 1"), "{}", page.first(".note"));
    let links = page.attributes("main a", "href");
    for link in ["/admin/people?opd=dinkes", "/admin/people?opd=dinkes&role=tier1", "/admin/services/arsip"] {
        assert!(links.contains(&link.to_owned()) && admin.get(link).await.status == 200, "{link}: {links:?}");
    }
    assert!(page.words().contains("dilihat koordinator") && !links.iter().any(|link| link.starts_with("/tickets")));
    // Whoever keeps the region and watches over it sees them.
    cast.give(&cast.coordinator.id().await, "admin", None).await;
    let page = Browser::lebak(&cast.app, "koordinator").await.get(place).await;
    assert!(page.words().contains("Tiket terbukanya: 1"), "{}", page.words());
    assert!(page.attributes("main a", "href").contains(&"/tickets?status=open&opd=dinkes".to_owned()));
}

// T5
#[actix_web::test]
async fn what_is_left_of_a_closed_organisation_stays_listed_alone_whatever_is_chosen_next_and_as_a_view() {
    let cast = Cast::new().await;
    cast.requester.open("SIMPEG mati").await;
    cast.outsider.open("Rapor mati").await;
    let both = cast.app.hire("lebak", "teknisi.dua", Some(Role::Tier1), &["dinkes", "disdik"]).await;
    close(&cast, json!({ "active": false })).await;
    for who in ["koordinator@lebakkab.go.id", "tier2.satu@lebakkab.go.id", &both] {
        let who = Browser::of(&cast.app, who).await;
        let page = who.get("/tickets?status=open&opd=dinkes").await;
        assert_eq!(page.all("#opd option[selected]"), ["Dinas Kesehatan"]);
        let asked = page.sent("/tickets", &[("who", "none"), ("keep", "1")]);
        let page = who.get(&format!("/tickets?{asked}")).await;
        assert!(page.all(".row .subject").iter().all(|subject| subject == "SIMPEG mati"), "{}", page.words());
        let page = who.fill(&page, "/views", &[("name", "Sisa Dinkes")]).await;
        assert_eq!(page.all("#opd option[selected]"), ["Dinas Kesehatan"], "{}", page.place);
    }
}
