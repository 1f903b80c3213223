//! What pages say: in one language, and by one name for one thing.

use super::Desk;
use crate::support::TestApp;
use crate::support::browser::Browser;
use serde_json::json;

#[actix_web::test]
async fn no_refusal_puts_a_word_of_the_program_into_a_sentence() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    desk.act(&desk.clerk, "cancel", &[("reason", "Sudah bisa.")]).await;
    let late = desk.tier1.fill(&old, &format!("{}/comment", desk.place), &[("body", "Coba lagi.")]).await;
    assert!(late.first(".fault").contains("sudah ditutup atau dibatalkan"), "{}", late.first(".fault"));
    let fields = [("resolution", "Beres."), ("version", "2")];
    let late = desk.tier1.fill(&old, &format!("{}/resolve", desk.place), &fields).await;
    assert!(late.first(".fault").contains("pada keadaan tiket sekarang"), "{}", late.first(".fault"));
    desk.app.lebak("admin").await.patch("/services/simpeg", json!({ "kinds": ["request", "change"] })).await.ok();
    let form = desk.clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Mati"), ("description", "Sejak pagi."), ("kind", "incident")];
    let wrong = desk.clerk.send_multipart(&form, "/report", &fields).await;
    assert!(wrong.first("#kind-fault").contains("jenis yang ditawarkan"), "{}", wrong.words());
    assert!(!wrong.first("#kind-fault").contains("request"), "{}", wrong.first("#kind-fault"));
}

#[actix_web::test]
async fn the_clocks_of_a_ticket_that_was_given_up_were_kept_neither_in_time_nor_too_late() {
    let desk = Desk::new().await;
    desk.act(&desk.clerk, "cancel", &[("reason", "Sudah bisa.")]).await;
    assert_eq!(desk.tier1.get(&desk.place).await.all(".clock .due"), ["■ dihentikan", "■ dihentikan"]);
    let ticket = desk.app.lebak("teknisi.dinkes").await.items("/tickets?status=cancelled").await.remove(0);
    for clock in ticket["sla"]["clocks"].as_array().unwrap() {
        // The contract has four states and no fifth.
        assert_eq!((&clock["state"], &clock["outcome"]), (&json!("met"), &json!("cancelled")), "{clock}");
    }
}

// T1: there the lower desk is called Administrator.
#[actix_web::test]
async fn no_two_roles_have_one_name_in_english_whatever_a_region_calls_its_desks() {
    let app = TestApp::new().await;
    let admin = Browser::of(&app, "admin@temanggungkab.go.id").await;
    let page = admin.get("/admin/people").await;
    let page = admin.press(&page, "/language", ("language", "en")).await;
    let person = page.attributes("tbody a[href^='/admin/people/']", "href").remove(0);
    let roles = admin.get(&person).await.all("select[name=role] option");
    assert!(roles.contains(&"Requester".to_owned()) && roles.contains(&"Administrator".to_owned()), "{roles:?}");
    let names: std::collections::BTreeSet<_> = roles.iter().collect();
    assert_eq!(names.len(), roles.len(), "{roles:?}");
}
