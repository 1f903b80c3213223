//! One's own tickets: what waits for oneself, what is open, what is done.

use super::{Desk, reported};
use crate::support::browser::Page;
use serde_json::json;

fn subjects(page: &Page) -> Vec<String> {
    page.all(".row .subject")
}

#[actix_web::test]
async fn a_requesters_list_begins_with_what_waits_for_him_then_what_is_open_and_what_is_done_has_its_own_tab() {
    let desk = Desk::new().await;
    let client = desk.app.lebak("pegawai.dinkes").await;
    for subject in ["Kedua", "Ketiga", "Keempat"] {
        desk.app.step(chrono::Duration::minutes(1));
        reported(&desk.clerk, subject).await;
    }
    let of = async |subject: &str| {
        let items = client.get("/tickets").await.ok()["items"].as_array().unwrap().clone();
        items.into_iter().find(|ticket| ticket["subject"] == subject).unwrap()
    };
    client.act(&of("Kedua").await, "cancel", json!({ "reason": "Sudah hidup." })).await.ok();
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    let tier1 = desk.app.lebak("teknisi.dinkes").await;
    tier1.act(&of("Ketiga").await, "pend", json!({ "reason": "requester" })).await.ok();
    let page = desk.clerk.get("/tickets").await;
    let waits = page.all(".note li");
    assert!(waits[0].contains("Ketiga") && waits[1].contains("SIMPEG tidak bisa dibuka"), "{waits:?}");
    assert_eq!(subjects(&page), ["Keempat", "Ketiga"]);
    assert_eq!(page.all(".desk a"), ["Belum selesai 2", "Sudah selesai", "Semua"]);
    assert_eq!(page.attributes("nav.desk", "aria-label"), ["Tiket saya"]);
    let (mut listed, places) = (Vec::new(), page.attributes(".desk a", "href"));
    for (place, name) in places.iter().zip(["Belum selesai 2", "Sudah selesai", "Semua"]) {
        let page = desk.clerk.get(place).await;
        assert_eq!(page.all(".desk a[aria-current]"), [name], "{place}");
        listed.push(subjects(&page));
    }
    let all = ["Keempat", "Ketiga", "Kedua", "SIMPEG tidak bisa dibuka"];
    assert_eq!(listed, [&all[..2], &all[2..], &all[..]]);
    // REST tells all of them in the order that it had.
    let rest: Vec<_> = client.get("/tickets").await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(rest.iter().map(|ticket| ticket["subject"].as_str().unwrap()).collect::<Vec<_>>(), all);
    // Whoever looks for a word, or for one status, is not kept to what is open.
    assert_eq!(subjects(&desk.clerk.get("/tickets?q=kedua&status=").await), ["Kedua"]);
    assert_eq!(desk.clerk.get("/tickets?q=kedua").await.all("#status option")[0], "Semua");
    assert_eq!(subjects(&desk.clerk.get("/tickets?status=cancelled").await), ["Kedua"]);
    // Whoever looks among what is done for what is open reads where it may be.
    let none = desk.clerk.get("/tickets?q=keempat&status=done").await;
    assert_eq!((subjects(&none), none.all(".empty a")), (vec![], vec!["Cari juga di tiket yang belum selesai".into()]));
    assert_eq!(subjects(&desk.clerk.get(&none.attributes(".empty a", "href")[0]).await), ["Keempat"]);
    // A desk has its own words for what it lists.
    assert_eq!(desk.tier1.get("/tickets?status=done").await.status, 404);
}

#[actix_web::test]
async fn whoever_has_nothing_open_reads_so_and_whoever_never_reported_is_told_that_he_may() {
    let desk = Desk::new().await;
    let new = crate::support::browser::Browser::lebak(&desk.app, "pegawai.disdik").await;
    assert!(new.get("/tickets").await.first(".empty").starts_with("Anda belum punya tiket."));
    desk.act(&desk.clerk, "cancel", &[("reason", "Sudah hidup.")]).await;
    let page = desk.clerk.get("/tickets").await;
    assert_eq!((page.first(".empty"), subjects(&page)), ("Tidak ada tiket Anda yang belum selesai.".into(), vec![]));
    assert_eq!(page.all(".desk a")[0], "Belum selesai 0");
    assert_eq!(desk.clerk.get("/tickets?q=tidakada").await.first(".empty"), "Tidak ada tiket yang cocok.");
}

#[actix_web::test]
async fn what_is_done_is_read_page_by_page_while_more_is_done() {
    let desk = Desk::new().await;
    let client = desk.app.lebak("pegawai.dinkes").await;
    let end = async |subject: String| {
        desk.app.step(chrono::Duration::seconds(1));
        let ticket = client.open(&subject).await;
        client.act(&ticket, "cancel", json!({ "reason": "Sudah hidup." })).await.ok();
    };
    for n in 0..51 {
        end(format!("Lama {n:02}")).await;
    }
    let first = desk.clerk.get("/tickets?status=done").await;
    end("Baru".to_owned()).await;
    let next = first.attributes("a[rel=next]", "href");
    assert!(next[0].starts_with("/tickets?status=done&cursor="), "{next:?}");
    let second = desk.clerk.get(&next[0]).await;
    let all = [subjects(&first), subjects(&second)].concat();
    assert_eq!(all, (0..51).rev().map(|n| format!("Lama {n:02}")).collect::<Vec<_>>());
    assert_eq!(second.all(".desk a[aria-current]"), ["Sudah selesai"]);
    assert_eq!(second.attributes("main > .buttons a", "href"), ["/tickets?status=done"]);
}
