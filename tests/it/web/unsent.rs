//! What is typed into a form that is not offered any more comes back to its writer, who is not told to send it again.

use super::Desk;
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::client::form_of;
use serde_json::json;

const TITLE: &str = "Tulisan Anda, belum terkirim";

/// What stands under the title, and which way the page goes on.
fn unsent(page: &Page) -> (Vec<String>, Vec<String>) {
    assert_eq!(page.all("#unsent"), [TITLE], "{}", page.words());
    assert!(!page.words().contains("kirim lagi"), "{}", page.words());
    (page.all("section[aria-labelledby=unsent] .label"), page.all("section[aria-labelledby=unsent] .text"))
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[actix_web::test]
async fn a_solution_of_a_ticket_that_went_to_the_other_desk_meanwhile_is_shown() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    let up = [("reason", "Di pusat data."), ("tried", "Dimulai ulang."), ("requested", "Periksa server.")];
    assert_eq!(desk.act(&desk.tier1, "escalate", &up).await.status, 200);
    let evil = "<img src=x onerror=alert(1)>";
    let fields = [("resolution", "Dimulai ulang."), ("cause", evil)];
    let page = desk.tier1.fill(&old, &format!("{}/resolve", desk.place), &fields).await;
    assert_eq!((page.status, page.all("#resolve-resolution").len()), (412, 0));
    assert_eq!(unsent(&page), (texts(&["Penyelesaian", "Penyebab, untuk petugas"]), texts(&["Dimulai ulang.", evil])));
    assert!(!page.html.contains("<img src=x"));
    assert!(page.words().contains("langkah ini tidak dapat dilakukan lagi"), "{}", page.words());
    let page = desk.tier1.fill(&old, &format!("{}/escalate", desk.place), &up).await;
    assert_eq!((page.status, page.all("#escalate-reason").len()), (412, 0));
    assert_eq!(unsent(&page).1, ["Di pusat data.", "Dimulai ulang.", "Periksa server."]);
}

#[actix_web::test]
async fn a_reply_to_a_ticket_that_was_cancelled_meanwhile_is_shown() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    desk.act(&desk.clerk, "cancel", &[("reason", "Sudah bisa.")]).await;
    let page = desk.tier1.fill(&old, &format!("{}/comment", desk.place), &[("body", "Coba sekali lagi.")]).await;
    assert_eq!(page.status, 409);
    assert_eq!(unsent(&page), (texts(&["Tulis balasan"]), texts(&["Coba sekali lagi."])));
    // A button alone has no text, and is not told to be pressed again.
    let page = desk.tier1.fill(&old, &format!("{}/start", desk.place), &[]).await;
    assert_eq!((page.status, page.all("#unsent").len()), (412, 0));
    assert!(!page.words().contains("tulisan Anda masih ada"), "{}", page.words());
}

// L13
#[actix_web::test]
async fn what_was_typed_on_a_ticket_that_is_out_of_sight_meanwhile_stands_on_the_page_of_the_error() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    let api = desk.app.lebak("koordinator").await;
    let number = desk.place.trim_start_matches("/tickets/");
    api.patch(&format!("/tickets/{number}"), json!({ "classification": "secret" })).await.ok();
    let up = json!({ "reason": "a", "tried": "b", "requested": "c" });
    api.post(&format!("/tickets/{number}/escalate"), up).await.ok();
    let resolve = format!("{}/resolve", desk.place);
    let fields = [("resolution", "Dimulai ulang.")];
    let page = desk.tier1.fill(&old, &resolve, &fields).await;
    assert_eq!(page.status, 404);
    assert_eq!(unsent(&page), (texts(&["Penyelesaian"]), texts(&["Dimulai ulang."])));
    assert!(!page.html.contains("SIMPEG tidak bisa dibuka"), "nothing of the ticket is told");
    // What another site put into a form is nobody's writing.
    let foreign = desk.tier1.post(&resolve, &[("origin", "https://jahat.example")], old.sent(&resolve, &fields)).await;
    assert_eq!((foreign.status, foreign.all("#unsent").len()), (403, 0));
    assert!(!foreign.html.contains("Dimulai ulang."));
}

#[actix_web::test]
async fn a_report_on_a_service_that_ended_meanwhile_comes_back_with_every_word_and_can_be_sent() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let old = clerk.get("/report?service=simpeg").await;
    let admin = app.lebak("admin").await;
    admin.patch("/services/simpeg", json!({ "active_until": "2026-01-01" })).await.ok();
    let fields = [("subject", "SIMPEG mati"), ("description", "Sejak pagi."), ("felt", "unit")];
    let page = clerk.send_multipart(&old, "/report", &fields).await;
    assert_eq!((page.status, page.first("#description").as_str()), (422, "Sejak pagi."), "{}", page.words());
    assert_eq!(page.attributes("#subject", "value"), ["SIMPEG mati"]);
    assert_eq!(page.attributes("#felt option[selected]", "value"), ["unit"]);
    assert!(page.words().contains("Layanan yang Anda pilih sudah tidak ditawarkan."), "{}", page.words());
    let page = clerk.send_multipart(&page, "/report", &[]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "SIMPEG mati"), "{}", page.words());
}

#[actix_web::test]
async fn a_report_that_nothing_came_of_stands_on_the_page_of_the_error() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let form = clerk.get("/report?service=simpeg").await.form("/report", &[]);
    let token = form.iter().find(|(name, _)| name == "form").unwrap().1.clone();
    // A form with more fields than ours have.
    let mut parts = vec![("form", token.as_str()), ("subject", "SIMPEG mati"), ("description", "Sejak pagi.")];
    parts.extend([("lain", "x"); 30]);
    let headers = [("content-type", crate::support::client::MULTIPART), ("origin", "http://sigap.test")];
    let page = clerk.once(actix_web::http::Method::POST, "/report", &headers, form_of(&parts)).await;
    assert_eq!(page.status, 400);
    assert_eq!(page.all("section[aria-labelledby=unsent] .text"), ["SIMPEG mati", "Sejak pagi."]);
}

#[actix_web::test]
async fn what_was_typed_before_a_session_ended_stands_beside_the_way_to_sign_in() {
    let desk = Desk::new().await;
    let (old, clerk) = (desk.tier1.get(&desk.place).await, &desk.clerk);
    let report = clerk.get("/report?service=simpeg").await;
    for browser in [&desk.tier1, clerk] {
        browser.end_unseen().await;
    }
    let comment = format!("{}/comment", desk.place);
    // Ended while the browser still holds it; and forgotten by the browser too.
    for _ in 0..2 {
        let page = desk.tier1.fill(&old, &comment, &[("body", "Coba sekali lagi.")]).await;
        assert_eq!(page.status, 401);
        assert_eq!(unsent(&page), (texts(&["Tulis balasan"]), texts(&["Coba sekali lagi."])));
        assert!(page.words().contains("Sesi Anda sudah berakhir. Silakan masuk lagi."), "{}", page.words());
        let page = desk.tier1.fill_with_file(&old, &comment, &[("body", "Lihat foto.")], ("foto.txt", "isi")).await;
        let again = "Pilih lagi semua berkasnya; peramban tidak menyimpan pilihan Anda.";
        let told = (texts(&["Tulis balasan", "Foto atau berkas"]), texts(&["Lihat foto.", again]));
        assert_eq!((page.status, unsent(&page)), (401, told), "with a file too, which nobody chooses again for him");
        let page = desk.tier1.fill_with_file(&old, &comment, &[], ("foto.txt", "isi")).await;
        assert_eq!((page.status, unsent(&page).1), (401, texts(&[again])), "and of files alone");
        let way = format!("/sign-in?next={}", desk.place.replace('/', "%2F"));
        assert_eq!(page.attributes("a.button", "href")[0], way);
        let fields = [("subject", "SIMPEG mati"), ("description", "Sejak pagi.")];
        let page = clerk.fill_with_file(&report, "/report", &fields, ("foto.txt", "isi")).await;
        assert_eq!((page.status, unsent(&page).1), (401, texts(&["SIMPEG mati", "Sejak pagi.", again])));
        // A button alone loses nothing.
        let page = desk.tier1.fill(&old, &format!("{}/start", desk.place), &[]).await;
        assert!(page.place.starts_with("/sign-in?next="), "{}", page.place);
        // What another site put into a form is nobody's writing.
        let typed = old.sent(&comment, &[("body", "Coba sekali lagi.")]);
        let foreign = desk.tier1.post(&comment, &[("origin", "https://jahat.example")], typed).await;
        assert!(!foreign.html.contains("Coba sekali lagi."), "{}", foreign.html);
        desk.tier1.cookies.borrow_mut().clear();
        clerk.cookies.borrow_mut().clear();
    }
}

// R22: they would lie in the memory for as long as the files take.
#[actix_web::test]
async fn a_report_whose_texts_are_together_longer_than_a_form_may_be_is_refused_and_what_is_ours_of_it_comes_back() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let form = clerk.get("/report?service=simpeg").await.form("/report", &[]);
    let token = form.iter().find(|(name, _)| name == "form").unwrap().1.clone();
    let long = "x".repeat(100_000);
    let mut parts = vec![("form", token.as_str()), ("subject", "SIMPEG mati"), ("description", "Sejak pagi.")];
    parts.extend([("lain", long.as_str()); 3]);
    let headers = [("content-type", crate::support::client::MULTIPART), ("origin", "http://sigap.test")];
    let page = clerk.once(actix_web::http::Method::POST, "/report", &headers, form_of(&parts)).await;
    assert_eq!(page.status, 413, "{}", page.words());
    assert_eq!(page.all("section[aria-labelledby=unsent] .text"), ["SIMPEG mati", "Sejak pagi."]);
}
