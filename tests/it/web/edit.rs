//! Setting a ticket right on its page.

use super::Desk;
use crate::support::browser::{Browser, Page};
use serde_json::{Value, json};

fn edit(desk: &Desk) -> String {
    format!("{}/edit", desk.place)
}

async fn stored(desk: &Desk) -> Value {
    let number = desk.place.trim_start_matches("/tickets/");
    desk.app.lebak("koordinator").await.get(&format!("/tickets/{number}")).await.ok()
}

fn told(page: &Page, what: &str) -> bool {
    page.all(".history li").iter().any(|line| line.starts_with(what))
}

#[actix_web::test]
async fn a_technician_sets_a_ticket_right_and_its_priority_follows() {
    let desk = Desk::new().await;
    let form = desk.tier1.get(&desk.place).await.form(&edit(&desk), &[]);
    let filled = |name: &str| form.iter().find(|(n, _)| n == name).unwrap().1.clone();
    assert_eq!((filled("subject").as_str(), filled("service").as_str()), ("SIMPEG tidak bisa dibuka", "simpeg"));
    assert_eq!((filled("description").as_str(), filled("impact").as_str()), ("Sejak pagi.", "medium"));
    let fields =
        [("subject", "Jaringan kantor mati"), ("service", "jaringan-lokal"), ("impact", "high"), ("urgency", "high")];
    let page = desk.act(&desk.tier1, "edit", &fields).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Jaringan kantor mati"), "{}", page.html);
    assert!(
        told(&page, "Budi Santoso mengubah judul, layanan, dampak, kegentingan, prioritas."),
        "{:?}",
        page.all(".history li")
    );
    let line = page.all(".history li").into_iter().find(|line| line.contains("mengubah judul")).unwrap();
    for change in [
        "JudulSIMPEG tidak bisa dibuka → Jaringan kantor mati",
        "SIMPEG → Jaringan Lokal Kantor",
        "Sedang: satu unit terhambat → Tinggi: warga tidak terlayani",
        "PrioritasP3 sedang → P1 kritis",
    ] {
        assert!(line.contains(change), "{change}: {line}");
    }
    let ticket = stored(&desk).await;
    assert_eq!((&ticket["priority"], &ticket["service"]), (&json!("p1"), &json!("jaringan-lokal")));
    assert_eq!(ticket["description"], "Sejak pagi.", "what was left stays");
}

// L13
#[actix_web::test]
async fn a_ticket_is_made_secret_on_its_page() {
    let desk = Desk::new().await;
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    assert!(!auditor.get(&desk.place).await.forms().contains(&edit(&desk)), "the auditor changes nothing (P8)");
    let page = desk.act(&desk.tier1, "edit", &[("classification", "secret")]).await;
    assert_eq!((page.status, page.first(".number .chip").as_str()), (200, "Rahasia"));
    assert_eq!(auditor.get(&desk.place).await.status, 404);
}

#[actix_web::test]
async fn a_requester_mends_his_ticket_until_somebody_begins() {
    let desk = Desk::new().await;
    let page = desk.act(&desk.clerk, "edit", &[("description", "Sejak kemarin.\nGalat 502.")]).await;
    assert_eq!((page.status, page.first("#trouble + .text").as_str()), (200, "Sejak kemarin. Galat 502."));
    desk.act(&desk.tier1, "start", &[]).await;
    let late = desk.clerk.fill(&page, &edit(&desk), &[("subject", "Terlambat"), ("version", "3")]).await;
    assert_eq!(late.status, 403);
    assert!(!desk.clerk.get(&desk.place).await.forms().contains(&edit(&desk)));
}

#[actix_web::test]
async fn fields_that_do_not_fit_are_named_beside_themselves_and_nothing_typed_is_lost() {
    let desk = Desk::new().await;
    let fields = [("subject", " "), ("description", "Ceritanya."), ("urgency", "low")];
    let page = desk.act(&desk.tier1, "edit", &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.attributes("details[open]", "data-key"), ["edit"]);
    assert_eq!(page.attributes("#edit-subject", "aria-describedby"), ["edit-subject-fault"]);
    assert_eq!(page.all("#edit-subject-fault").len(), 1);
    assert!(page.all("#edit-description-fault").is_empty());
    let form = page.form(&edit(&desk), &[]);
    for field in fields {
        assert!(form.contains(&(field.0.to_owned(), field.1.to_owned())), "{field:?}");
    }
    assert_eq!(stored(&desk).await["urgency"], "medium");
}

#[actix_web::test]
async fn an_old_page_tells_what_a_colleague_has_stored_meanwhile_beside_what_was_typed() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    desk.act(&desk.clerk, "edit", &[("subject", "SIMPEG mati total")]).await;
    let page = desk.tier1.fill(&old, &edit(&desk), &[("impact", "high")]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (412, "SIMPEG mati total"));
    assert_eq!(page.first("#edit-subject-stored"), "Kini tersimpan: SIMPEG mati total");
    assert_eq!(page.first("#edit-impact-stored"), "Kini tersimpan: Sedang: satu unit terhambat");
    assert!(page.all("#edit-urgency-stored").is_empty(), "both say the same");
    let page = desk.tier1.fill(&page, &edit(&desk), &[("subject", "SIMPEG mati total")]).await;
    assert!(told(&page, "Budi Santoso mengubah dampak, prioritas."), "{:?}", page.all(".history li"));
}

#[actix_web::test]
async fn a_form_that_nobody_filled_in_changes_nothing_whatever_the_text_looks_like() {
    let desk = Desk::new().await;
    let number = desk.place.trim_start_matches("/tickets/");
    let text = "\n\nBaris satu.\r\nBaris dua. ";
    let clerk = desk.app.lebak("pegawai.dinkes").await;
    clerk.patch(&format!("/tickets/{number}"), json!({ "description": text })).await.ok();
    let before = stored(&desk).await;
    let page = desk.act(&desk.tier1, "edit", &[]).await;
    assert_eq!(page.status, 200);
    assert_eq!(stored(&desk).await, before);
    let page = desk.act(&desk.tier1, "edit", &[("kind", "request")]).await;
    assert!(told(&page, "Budi Santoso mengubah jenis."), "{:?}", page.all(".history li"));
    assert_eq!(stored(&desk).await["description"], text);
}

#[actix_web::test]
async fn only_what_the_requesters_organisation_may_ask_for_is_offered_and_the_service_that_stands() {
    let desk = Desk::new().await;
    let admin = desk.app.lebak("admin").await;
    let own = json!({ "code": "arsip", "name": "Arsip", "owner": "disdik", "provider": "opd", "only_opd": "disdik" });
    admin.post("/services", own).await.created();
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    let offered = async || coordinator.get(&desk.place).await.attributes("#edit-service option", "value");
    let services = offered().await;
    assert!(services.contains(&"internet".to_owned()) && !services.contains(&"arsip".to_owned()), "{services:?}");
    assert!(!services.contains(&String::new()), "a ticket does not lose its service");
    admin.patch("/services/simpeg", json!({ "active_until": "2026-01-01" })).await.ok();
    assert!(offered().await.contains(&"simpeg".to_owned()), "offered no more, and still this ticket's");
    let page = desk.act(&coordinator, "edit", &[("urgency", "high")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
}
