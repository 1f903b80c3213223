//! Between the tiers: up with a request (L6), down with instructions (L7), a question (L9), and back and forth.

use crate::support::desk::{Cast, still, text, texts};
use serde_json::{Value, json};

// L6, T2
#[actix_web::test]
async fn a_hand_over_says_why_what_was_tried_and_what_is_asked_and_the_requester_reads_none_of_it() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.later();
    let up = cast.tier1.escalate(&ticket).await.ok();
    assert_eq!((&up["tier"], &up["status"], &up["assignee"]), (&json!(2), &json!("in_progress"), &Value::Null));
    let line = cast.tier2.of(&ticket, "events").await.pop().unwrap();
    assert_eq!(line["kind"], "escalated");
    assert_eq!(line["data"]["reason"], "Di luar jangkauan.");
    assert_eq!(line["data"]["tried"], "Memulai ulang.");
    assert_eq!(line["data"]["requested"], "Mohon diperiksa.");
    assert_eq!(cast.tier1.of(&ticket, "events").await.pop().unwrap(), line);
    let seen = cast.requester.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&seen["kind"], &seen["data"]), (&json!("escalated"), &json!({})));
    for client in [&cast.tier2, &cast.second] {
        assert_eq!(client.told(&ticket).await, ["escalated"]);
    }
    assert_eq!(cast.requester.told(&ticket).await, ["started", "escalated"]);
    assert!(cast.coordinator.told(&ticket).await.is_empty());
}

// L6
#[actix_web::test]
async fn a_new_ticket_handed_up_stays_new_and_a_waiting_one_goes_on() {
    let cast = Cast::new().await;
    let fresh = cast.requester.open("SIMPEG mati").await;
    assert_eq!(cast.tier1.escalate(&fresh).await.ok()["status"], "new");
    let waiting = cast.requester.open("Absensi mati").await;
    cast.tier1.pend(&waiting).await.ok();
    let up = cast.tier1.escalate(&waiting).await.ok();
    assert_eq!((&up["status"], &up["pending_reason"]), (&json!("in_progress"), &Value::Null));
    let problem = cast.tier1.escalate(&waiting).await.refused(409);
    assert!(text(&problem["detail"]).contains("meja terakhir"));
}

// L7
#[actix_web::test]
async fn a_hand_over_is_accepted_once_each_time() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    let accepted = cast.tier2.start(&ticket).await.ok();
    assert_eq!(accepted["assignee"]["email"], "tier2.satu@lebakkab.go.id");
    cast.tier2.start(&ticket).await.refused(409);
    cast.second.start(&ticket).await.refused(409);
    cast.tier2.give_back(&ticket).await.ok();
    cast.tier1.start(&ticket).await.refused(409);
    cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.pend(&ticket).await.ok();
    let again = cast.second.start(&ticket).await.ok();
    assert_eq!(
        (&again["status"], &again["assignee"]["email"]),
        (&json!("in_progress"), &json!("tier2.dua@lebakkab.go.id"))
    );
    cast.second.start(&ticket).await.refused(409);
    cast.second.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    cast.second.start(&ticket).await.refused(409);
}

#[actix_web::test]
async fn whoever_accepts_a_ticket_that_was_given_to_a_colleague_leaves_it_his() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    cast.tier2.assign(&ticket, &cast.second.id().await).await.ok();
    let accepted = cast.tier2.start(&ticket).await.ok();
    assert_eq!(accepted["assignee"]["email"], "tier2.dua@lebakkab.go.id");
}

// L7
#[actix_web::test]
async fn a_returned_ticket_comes_back_to_the_technician_who_handed_it_up() {
    let cast = Cast::new().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.neighbour.escalate(&ticket).await.ok();
    cast.later();
    let back = cast.tier2.give_back(&ticket).await.ok();
    assert_eq!((&back["tier"], &back["status"]), (&json!(1), &json!("in_progress")));
    assert_eq!(back["assignee"]["email"], "teknisi.disdik@lebakkab.go.id");
    assert!(cast.neighbour.told(&ticket).await.contains(&"returned".to_owned()));
    assert!(!cast.tier1.told(&ticket).await.contains(&"returned".to_owned()));
    let line = cast.neighbour.of(&ticket, "events").await.pop().unwrap();
    assert_eq!(line["data"]["instructions"], "Hapus singgahan peramban.");
    assert_eq!(cast.requester.of(&ticket, "events").await.pop().unwrap()["data"], json!({}));
}

#[actix_web::test]
async fn a_returned_ticket_is_the_desks_if_nobody_of_it_handed_it_up() {
    let cast = Cast::new().await;
    let direct = cast.requester.open_with(json!({ "service": "internet" })).await.created();
    let back = cast.tier2.give_back(&direct).await.ok();
    assert_eq!((&back["tier"], &back["status"], &back["assignee"]), (&json!(1), &json!("in_progress"), &Value::Null));
    assert_eq!(cast.tier1.told(&direct).await, ["returned"]);
    let above = cast.requester.open("SIMPEG mati").await;
    cast.coordinator.escalate(&above).await.ok();
    assert_eq!(cast.tier2.give_back(&above).await.ok()["assignee"], Value::Null);
}

#[actix_web::test]
async fn a_returned_ticket_is_the_desks_if_its_technician_left() {
    let cast = Cast::new().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let person = cast.tier1.id().await;
    let one = cast.handed_up().await;
    let other = cast.handed_up().await;
    cast.take(&person, "tier1", "dinkes").await;
    assert_eq!(cast.tier2.give_back(&one).await.ok()["assignee"], Value::Null);
    cast.give(&person, "tier1", Some("dinkes")).await;
    cast.deactivate(&person).await;
    assert_eq!(cast.tier2.give_back(&other).await.ok()["assignee"], Value::Null);
    assert!(cast.neighbour.told(&other).await.contains(&"returned".to_owned()));
}

// L4
#[actix_web::test]
async fn nothing_is_returned_to_an_organisation_without_tier_1() {
    let cast = Cast::new().await;
    let ticket = cast.app.lebak("pegawai.bpbd").await.open("Radio mati").await;
    cast.tier2.give_back(&ticket).await.refused(409);
    cast.coordinator.give_back(&ticket).await.refused(409);
    let after = cast.tier2.see(&ticket).await.ok();
    assert_eq!((&after["tier"], &after["version"]), (&json!(2), &json!(1)));
}

// L9
#[actix_web::test]
async fn a_question_to_tier_2_hands_nothing_over_and_the_requester_notices_nothing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier2.see(&ticket).await.refused(404);
    let before = (cast.requester.see(&ticket).await, cast.requester.of(&ticket, "events").await);
    let told = cast.requester.told(&ticket).await;
    cast.later();
    let asked = cast.tier1.consult(&ticket).await;
    assert_eq!((&asked.ok()["tier"], asked.header("etag")), (&json!(1), Some("\"1\"")));
    let after = (cast.requester.see(&ticket).await, cast.requester.of(&ticket, "events").await);
    assert_eq!(still(&after.0.text), still(&before.0.text));
    assert_eq!((after.0.header("etag"), &after.1), (before.0.header("etag"), &before.1));
    assert_eq!(cast.requester.told(&ticket).await, told);
    for client in [&cast.tier2, &cast.second] {
        client.see(&ticket).await.ok();
        assert_eq!(client.told(&ticket).await, ["consulted"]);
    }
    let line = cast.tier2.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["kind"], &line["data"]["question"]), (&json!("consulted"), &json!("Apakah server mati?")));
    cast.tier2.say(&ticket, "internal", "Ya, sejak tadi.").await.created();
    cast.tier2.start(&ticket).await.refused(403);
    cast.tier2.resolve(&ticket).await.refused(403);
    assert_eq!(cast.tier2.numbers("").await, [text(&ticket["number"])]);
    cast.tier1.consult(&ticket).await.ok();
}

// L8
#[actix_web::test]
async fn the_third_hand_over_back_and_forth_reaches_the_coordinator() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    cast.later();
    cast.tier2.give_back(&ticket).await.ok();
    assert!(cast.coordinator.told(&ticket).await.is_empty());
    cast.later();
    cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(cast.coordinator.told(&ticket).await, ["bounced"]);
    cast.later();
    cast.tier2.give_back(&ticket).await.ok();
    assert_eq!(cast.coordinator.told(&ticket).await, ["bounced"]);
    let story = cast.coordinator.story(&ticket).await;
    assert_eq!(story.iter().filter(|k| *k == "escalated").count(), 2);
    assert_eq!(story.iter().filter(|k| *k == "returned").count(), 2);
}

// L17
#[actix_web::test]
async fn a_mandiri_organisation_solves_its_own_services_itself() {
    let cast = Cast::new().await;
    let own = cast.requester.open("SIMPEG mati").await;
    let bare = cast.requester.open_with(json!({})).await.created();
    cast.admin.patch("/opds/dinkes", json!({ "mandiri_tik": true })).await.ok();
    for ticket in [&own, &bare] {
        let problem = cast.tier1.escalate(ticket).await.refused(409);
        // As the region calls it (T1).
        let provider = "Dinas Komunikasi, Informatika, Statistik dan Persandian";
        assert!(text(&problem["detail"]).contains(provider), "{problem}");
        cast.coordinator.escalate(ticket).await.refused(409);
        assert_eq!(cast.tier1.see(ticket).await.ok()["tier"], 1);
    }
    let theirs = cast.requester.open_with(json!({ "service": "internet" })).await.created();
    let back = cast.tier2.give_back(&theirs).await.ok();
    assert_eq!(cast.tier1.escalate(&back).await.ok()["tier"], 2);
    let neighbours = cast.outsider.open("SIMPEG mati").await;
    cast.neighbour.escalate(&neighbours).await.ok();
    // Asking is not handing over.
    cast.tier1.consult(&own).await.ok();
}

// L6, L7
#[actix_web::test]
async fn every_hand_over_stands_in_the_time_line_in_order() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for step in ["start", "escalate", "start", "return", "escalate", "start", "resolve"] {
        cast.later();
        let client = if cast.coordinator.see(&ticket).await.ok()["tier"] == 1 { &cast.tier1 } else { &cast.tier2 };
        let reply = match step {
            "start" => client.start(&ticket).await,
            "escalate" => client.escalate(&ticket).await,
            "return" => client.give_back(&ticket).await,
            _ => client.resolve(&ticket).await,
        };
        reply.ok();
    }
    let lines = cast.tier1.of(&ticket, "events").await;
    let kinds = ["opened", "started", "escalated", "accepted", "returned", "escalated", "accepted", "resolved"];
    assert_eq!(texts(&lines, "kind"), kinds);
    let versions: Vec<i64> = lines.iter().map(|l| l["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, (1..=8).collect::<Vec<_>>());
    assert_eq!(lines[3]["actor"]["email"], "tier2.satu@lebakkab.go.id");
}

// L4, L17
#[actix_web::test]
async fn what_a_mandiri_organisation_has_goes_up_when_nobody_is_left_to_solve_it() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.admin.patch("/opds/dinkes", json!({ "mandiri_tik": true })).await.ok();
    cast.coordinator.escalate(&ticket).await.refused(409);
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    assert_eq!(cast.coordinator.escalate(&ticket).await.ok()["tier"], 2);
    cast.tier2.start(&ticket).await.ok();
    cast.tier2.resolve(&ticket).await.ok();
    // Where its new ones begin.
    assert_eq!(cast.requester.open("Absensi mati").await["tier"], 2);
}
