//! Who goes through a list page by page, oldest first, meets whatever is added behind him. Requests that come together on
//! PostgreSQL end in any order; on SQLite one writer takes them as they come.

use crate::support::db::postgres;
use crate::support::desk::{Cast, text, texts};
use crate::support::meet::in_order;
use crate::support::time::PATIENT;
use crate::support::{Client, TestApp};
use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

/// The rows of a page of so many, and where the next one is.
async fn page(who: &Client, list: &str, limit: usize, cursor: Option<&str>) -> (Vec<Value>, Option<String>) {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let page = who.get(&format!("{list}limit={limit}{cursor}")).await.ok();
    (page["items"].as_array().unwrap().clone(), page["next_cursor"].as_str().map(str::to_owned))
}

/// What somebody sees who had read the first `seen` rows of a list when the rest of it was added.
async fn behind(who: &Client, list: &str, seen: usize) -> Vec<Value> {
    let (_, cursor) = page(who, list, seen, None).await;
    page(who, list, 200, Some(&cursor.unwrap())).await.0
}

/// When a ticket was opened.
fn at(ticket: &Value) -> DateTime<Utc> {
    text(&ticket["created_at"]).parse().unwrap()
}

/// Before the request of another that has come as far, as the clock of another node may have it.
fn earlier(cast: &Cast) {
    cast.app.step(Duration::seconds(-1));
}

#[actix_web::test]
async fn a_ticket_stands_behind_those_that_were_opened_while_it_waited() {
    if postgres().is_none() {
        return;
    }
    let cast = Cast::new().await;
    cast.requester.open("Pertama").await;
    cast.app.step(Duration::seconds(2));
    let kedua = cast.requester.open("Kedua");
    let ketiga = async {
        earlier(&cast);
        cast.outsider.open("Ketiga").await
    };
    let (kedua, ketiga) = in_order(&cast.app, "ticket_numbers", kedua, ketiga).await;
    let rest = behind(&cast.coordinator, "/tickets?sort=created_at&", 2).await;
    assert_eq!(texts(&rest, "subject"), ["Ketiga"]);
    assert!(at(&kedua) < at(&ketiga), "{kedua}\n{ketiga}");
    assert!(text(&kedua["number"]) < text(&ketiga["number"]));
    // Its time is one time for all of it.
    let opened = &cast.coordinator.of(&ketiga, "events").await[0];
    assert_eq!((&opened["at"], &ketiga["updated_at"]), (&ketiga["created_at"], &ketiga["created_at"]));
}

#[actix_web::test]
async fn tickets_of_one_instant_stand_in_the_order_of_their_numbers() {
    if postgres().is_none() {
        return;
    }
    let cast = Cast::new().await;
    for n in 0..12 {
        cast.requester.open(&format!("Nomor {n}")).await;
    }
    let numbers = cast.coordinator.numbers("sort=created_at").await;
    assert!(numbers.is_sorted() && numbers.len() == 12, "{numbers:?}");
}

#[actix_web::test]
async fn a_ticket_that_a_wrong_clock_dated_far_ahead_moves_no_other() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    cast.app.step(Duration::minutes(10));
    cast.requester.open("Jam salah").await;
    cast.app.step(Duration::minutes(-9));
    let right = cast.requester.open("Jam benar").await;
    assert_eq!(at(&right), cast.app.clock.now().utc());
}

#[actix_web::test]
async fn words_and_files_for_staff_stand_behind_those_that_were_added_while_they_waited() {
    if postgres().is_none() {
        return;
    }
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let list = |what: &str| format!("/tickets/{}/{what}?", text(&ticket["id"]));
    cast.app.step(Duration::seconds(4));
    for (visibility, last) in [("internal", "satu"), ("public", "dua")] {
        let early = async {
            earlier(&cast);
            cast.coordinator.say(&ticket, visibility, last).await
        };
        let late = cast.tier1.say(&ticket, "internal", "lebih dulu");
        let (late, early) = in_order(&cast.app, "tickets", late, early).await;
        late.created();
        early.created();
    }
    let said = cast.tier1.of(&ticket, "comments").await;
    assert_eq!(texts(&said, "body"), ["lebih dulu", "satu", "lebih dulu", "dua"]);
    assert_eq!(texts(&behind(&cast.tier1, &list("comments"), 3).await, "body"), ["dua"]);
    let early = async {
        earlier(&cast);
        cast.coordinator.send_file(&ticket, "dua.txt", b"dua", Some("internal")).await
    };
    let late = cast.tier1.send_file(&ticket, "satu.txt", b"satu", Some("internal"));
    let (late, early) = in_order(&cast.app, "tickets", late, early).await;
    late.created();
    early.created();
    assert_eq!(texts(&behind(&cast.tier1, &list("attachments"), 1).await, "name"), ["dua.txt"]);
}
