//! An answer is words, files, or both: for the same readers, all of it or nothing.

use super::{Desk, reported};
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};

/// Sends an answer with a file.
async fn answer(who: &Browser, place: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Page {
    let page = who.get(place).await;
    who.fill_with_file(&page, &format!("{place}/comment"), fields, file).await
}

#[actix_web::test]
async fn whoever_is_asked_for_a_picture_reads_the_question_first_and_sends_words_and_picture_at_once() {
    let desk = Desk::new().await;
    let asked = [("reason", "requester"), ("question", "Mohon kirim foto layarnya.\nSatu saja.")];
    desk.act(&desk.tier1, "pend", &asked).await;
    let told = "Budi Santoso bertanya:Mohon kirim foto layarnya. Satu saja.";
    let page = desk.clerk.get(&desk.place).await;
    assert_eq!(page.all("header .note"), [told], "on the first screen");
    let turn = desk.clerk.get("/tickets").await.first(".note li");
    assert!(turn.ends_with("“Mohon kirim foto layarnya. Satu saja.”"), "{turn}");
    assert!(desk.tier1.get(&desk.place).await.all(".note").is_empty(), "it is the requester's to answer");
    desk.app.step(chrono::Duration::seconds(1));
    let page = answer(&desk.clerk, &desk.place, &[("body", "Ini layarnya.")], ("layar.txt", "galat 502")).await;
    assert_eq!((page.status, page.first(".plain-status .chip").as_str()), (200, "Dikerjakan"), "{}", page.words());
    assert_eq!(page.all(".files a[download]"), ["layar.txt"]);
    assert!(page.first("section:has(.history)").contains("Ini layarnya."));
    assert!(page.all("header .note").is_empty(), "answered");
    let notices = desk.tier1.get("/notices").await.all(".row .facts");
    assert_eq!(notices, ["Belum dibaca Komentar baru", "Tiket baru untuk meja Anda"], "one thing was told");
    // Whoever asked nothing in words shows nothing, and an answer that is given already is no question.
    desk.act(&desk.tier1, "pend", &[("reason", "requester")]).await;
    assert!(desk.clerk.get(&desk.place).await.all("header .note").is_empty());
}

#[actix_web::test]
async fn a_note_for_staff_takes_its_file_along_to_them_alone() {
    let desk = Desk::new().await;
    let fields = [("body", "Sandi ada di log."), ("visibility", "internal")];
    let page = answer(&desk.tier1, &desk.place, &fields, ("log.txt", "rahasia")).await;
    assert_eq!(page.status, 200);
    assert!(page.first(".history .internal").contains("Sandi ada di log."));
    assert!(page.first(".files li").contains("Internal"), "{}", page.first(".files li"));
    let seen = desk.clerk.get(&desk.place).await;
    assert!(!seen.html.contains("Sandi ada") && !seen.html.contains("log.txt"));
}

#[actix_web::test]
async fn of_an_answer_whose_file_is_not_taken_nothing_is_sent_and_no_word_is_lost() {
    let desk = Desk::new().await;
    let fields = [("body", "Lihat alatnya."), ("visibility", "internal")];
    let page = answer(&desk.tier1, &desk.place, &fields, ("alat.bat", "isi")).await;
    assert_eq!((page.status, page.first("#comment-body").as_str()), (422, "Lihat alatnya."));
    let radio = "form[action$='/comment'] input[name=visibility][checked]";
    assert_eq!(page.attributes(radio, "value"), ["internal"]);
    assert!(page.first("#comment-file-fault").starts_with("alat.bat: Windows"), "{}", page.words());
    assert!(page.all(".history .said").is_empty() && page.all(".files li").is_empty());
    // Neither words nor a file.
    let page = answer(&desk.tier1, &desk.place, &[("body", " ")], ("", "")).await;
    let told = "Tulis balasan atau pilih berkas; salah satunya cukup.";
    assert_eq!((page.status, page.all("#comment-body-fault")), (422, vec![told.to_owned()]));
    assert_eq!(page.attributes("#comment-body", "data-or-files"), [told], "as the script says it");
    assert!(page.elements("#comment-body[required]").is_empty(), "nor does a browser without script ask for more");
}

// ASVS 5.2.4
#[actix_web::test]
async fn whoever_has_sent_his_share_of_files_still_answers_in_words() {
    let app = TestApp::with("[limits]\nattachments_per_person_day = 1\n").await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let place = reported(&clerk, "SIMPEG mati").await.place;
    assert_eq!(answer(&clerk, &place, &[], ("satu.txt", "satu")).await.status, 200);
    let page = answer(&clerk, &place, &[("body", "Satu lagi.")], ("dua.txt", "dua")).await;
    assert_eq!((page.status, page.first("#comment-body").as_str()), (409, "Satu lagi."), "{}", page.words());
    let page = answer(&clerk, &place, &[("body", "Tanpa berkas.")], ("", "")).await;
    assert_eq!((page.status, page.all(".files li").len()), (200, 1), "{}", page.words());
    assert!(page.first(".history .said").contains("Tanpa berkas."));
    // And reports.
    let form = clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Layar gelap"), ("description", "Sejak pagi.")];
    let page = clerk.fill_with_file(&form, "/report", &fields, ("foto.txt", "isi")).await;
    assert_eq!((page.status, page.first("#description").as_str()), (409, "Sejak pagi."), "{}", page.words());
    assert_eq!(clerk.fill_with_file(&form, "/report", &fields, ("", "")).await.status, 200);
}

#[actix_web::test]
async fn a_doubt_with_a_picture_reopens_the_ticket_with_both() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    let place = format!("{}/comment", desk.place);
    let page = desk.clerk.get(&desk.place).await;
    let mut sent = page.form(&place, &[("body", "Masih galat.")]);
    sent.push(("then".to_owned(), "reopen".to_owned()));
    let mut parts: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    parts.push(("file/layar.txt", "galat"));
    let headers = [("content-type", crate::support::client::MULTIPART), ("origin", "http://sigap.test")];
    let body = crate::support::client::form_of(&parts);
    let answer = desk.clerk.once(actix_web::http::Method::POST, &place, &headers, body).await;
    assert_eq!(answer.status, 303, "{}", answer.html);
    let page = desk.clerk.get(&desk.place).await;
    assert_eq!(page.first(".plain-status .chip"), "Dikerjakan");
    assert_eq!(page.all(".files a[download]"), ["layar.txt"]);
}
