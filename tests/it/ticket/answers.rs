//! A file that the requester sends by itself is an answer, as his words are.

use crate::mail::post::{Post, accounts};
use crate::support::Client;
use crate::support::desk::Cast;
use crate::web::Desk;
use serde_json::{Value, json};

/// How often somebody was told of something.
async fn times(client: &Client, ticket: &Value, kind: &str) -> usize {
    client.told(ticket).await.iter().filter(|told| *told == kind).count()
}

#[actix_web::test]
async fn a_file_that_the_desk_waits_for_wakes_the_ticket_and_tells_the_desk() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.assign(&ticket, "me").await.ok();
    cast.tier1.pend(&ticket).await.ok();
    post.later(&cast.app).await;
    // Nobody else's file is his answer, and what only staff may see wakes nothing.
    cast.tier1.send_file(&ticket, "contoh.txt", b"contoh", None).await.created();
    cast.coordinator.send_file(&ticket, "log.txt", b"log", Some("internal")).await.created();
    assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "pending");
    assert!(post.later(&cast.app).await.is_empty());
    cast.requester.send_file(&ticket, "layar.txt", b"galat 502", None).await.created();
    let awake = cast.tier1.see(&ticket).await.ok();
    assert_eq!((&awake["status"], &awake["pending_reason"]), (&json!("in_progress"), &Value::Null));
    let story = cast.requester.story(&ticket).await;
    assert_eq!(story[story.len() - 2..], ["attached", "resumed"]);
    assert_eq!(times(&cast.tier1, &ticket, "attached").await, 1);
    assert_eq!(times(&cast.requester, &ticket, "attached").await, 0);
    let mails = post.later(&cast.app).await;
    assert_eq!(accounts(&mails), ["teknisi.dinkes"]);
    assert!(mails[0].text.contains("Siti Aminah mengirim berkas layar.txt."), "{}", mails[0].text);
}

#[actix_web::test]
async fn a_file_for_a_ticket_that_nobody_has_taken_reaches_the_desk() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.requester.send_file(&ticket, "layar.txt", b"galat", None).await.created();
    assert_eq!(times(&cast.tier1, &ticket, "attached").await, 1);
    assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "new");
}

#[actix_web::test]
async fn files_of_one_form_wake_a_waiting_ticket_and_are_told_of_once() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "pend", &[("reason", "requester")]).await;
    let page = desk.clerk.get(&desk.place).await;
    desk.app.step(chrono::Duration::seconds(1));
    let second = "satu\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"dua.txt\"\r\n\r\ndua";
    let page = desk.clerk.fill_with_file(&page, &format!("{}/comment", desk.place), &[], ("satu.txt", second)).await;
    assert_eq!(page.all(".files a"), ["satu.txt", "dua.txt"]);
    assert_eq!(page.first(".plain-status .chip"), "Dikerjakan");
    let notices = desk.tier1.get("/notices").await.all(".row .facts");
    assert_eq!(notices, ["Belum dibaca Pelapor mengirim berkas", "Tiket baru untuk meja Anda"]);
}

#[actix_web::test]
async fn files_that_come_with_a_report_are_not_told_of_beside_it() {
    let desk = Desk::new().await;
    let form = desk.clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Absensi mati"), ("description", "Lihat layar.")];
    desk.clerk.fill_with_file(&form, "/report", &fields, ("layar.txt", "galat")).await;
    let notices = desk.tier1.get("/notices").await.all(".row .facts");
    assert_eq!(notices, ["Belum dibaca Tiket baru untuk meja Anda", "Belum dibaca Tiket baru untuk meja Anda"]);
}
