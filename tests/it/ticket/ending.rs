//! Waiting, solving, confirming, taking up again, giving up.

use crate::support::desk::{Cast, text};
use chrono::Duration;
use serde_json::{Value, json};

async fn resolved(cast: &Cast) -> Value {
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.later();
    cast.tier1.resolve(&ticket).await.ok()
}

#[actix_web::test]
async fn the_requesters_answer_wakes_a_waiting_ticket_and_nobody_elses_does() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    // Several times: two entries of one instant must not change places.
    for _ in 0..6 {
        cast.later();
        cast.tier1.pend(&ticket).await.ok();
        assert!(cast.requester.told(&ticket).await.contains(&"pended".to_owned()));
        cast.tier1.say(&ticket, "public", "Mohon tangkapan layar.").await.created();
        cast.coordinator.say(&ticket, "public", "Kami tunggu.").await.created();
        assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "pending");
        cast.later();
        cast.requester.say(&ticket, "public", "Ini.").await.created();
        let awake = cast.tier1.see(&ticket).await.ok();
        assert_eq!((&awake["status"], &awake["pending_reason"]), (&json!("in_progress"), &Value::Null));
        let story = cast.requester.story(&ticket).await;
        assert_eq!(story[story.len() - 2..], ["commented", "resumed"]);
    }
}

#[actix_web::test]
async fn the_requester_is_told_only_when_the_desk_waits_for_him() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    assert!(cast.requester.told(&ticket).await.is_empty());
    let changed = cast.tier1.pend(&ticket).await.ok();
    assert_eq!(changed["pending_reason"], "requester");
    assert_eq!(cast.requester.told(&ticket).await, ["pended"]);
    cast.tier1.resume(&ticket).await.ok();
    cast.tier1.resume(&ticket).await.refused(409);
}

#[actix_web::test]
async fn a_solution_is_told_to_the_requester_with_its_words_but_not_its_cause() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.later();
    let body = json!({ "resolution": "Sandi “diatur” ulang.\nSilakan coba.", "cause": "Sandi bocor." });
    let solved = cast.tier1.act(&ticket, "resolve", body).await.ok();
    assert_eq!((&solved["status"], &solved["resolved_at"]), (&json!("resolved"), &json!("2026-03-02T01:00:01Z")));
    assert_eq!(solved["assignee"], json!(null), "solving assigns nobody");
    let seen = cast.requester.see(&ticket).await;
    assert_eq!(seen.ok()["resolution"], "Sandi “diatur” ulang.\nSilakan coba.");
    assert!(!seen.text.contains("bocor"));
    assert!(!cast.requester.get(&format!("/tickets/{}/events", text(&ticket["id"]))).await.text.contains("bocor"));
    assert_eq!(cast.tier1.of(&ticket, "events").await.pop().unwrap()["data"]["cause"], "Sandi bocor.");
    assert_eq!(cast.requester.told(&ticket).await, ["resolved"]);
}

#[actix_web::test]
async fn the_requester_confirms_with_stars() {
    let cast = Cast::new().await;
    let ticket = resolved(&cast).await;
    for stars in [json!(0), json!(6), json!(-1), json!(4.5), json!("5")] {
        cast.requester.act(&ticket, "close", json!({ "rating": stars })).await.names("/rating");
    }
    cast.later();
    let closed = cast.requester.act(&ticket, "close", json!({ "rating": 5, "comment": "Cepat!" })).await.ok();
    assert_eq!((&closed["status"], &closed["closed_at"]), (&json!("closed"), &json!("2026-03-02T01:00:02Z")));
    let line = cast.tier1.of(&ticket, "events").await.pop().unwrap();
    assert_eq!(
        (&line["kind"], &line["data"]["rating"], &line["data"]["comment"]),
        (&json!("closed"), &json!(5), &json!("Cepat!"))
    );
    assert!(cast.tier1.told(&ticket).await.contains(&"closed".to_owned()));
    assert!(!cast.requester.told(&ticket).await.contains(&"closed".to_owned()), "he did it");
    let other = resolved(&cast).await;
    assert_eq!(cast.coordinator.close(&other).await.ok()["status"], "closed");
    assert_eq!(cast.requester.told(&other).await, ["started", "resolved", "closed"]);
}

#[actix_web::test]
async fn a_remark_without_stars_is_kept_too() {
    let cast = Cast::new().await;
    let ticket = resolved(&cast).await;
    cast.later();
    cast.requester.act(&ticket, "close", json!({ "comment": "Terima kasih." })).await.ok();
    let line = cast.tier1.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["data"]["comment"], &line["data"]["rating"]), (&json!("Terima kasih."), &Value::Null));
}

#[actix_web::test]
async fn a_ticket_taken_up_again_goes_on_where_it_was() {
    let cast = Cast::new().await;
    let ticket = resolved(&cast).await;
    cast.later();
    let again = cast.requester.reopen(&ticket).await.ok();
    assert_eq!(
        (&again["status"], &again["tier"], &again["resolved_at"]),
        (&json!("in_progress"), &json!(1), &Value::Null)
    );
    assert_eq!(again["assignee"]["email"], "teknisi.dinkes@lebakkab.go.id");
    assert!(cast.tier1.told(&ticket).await.contains(&"reopened".to_owned()));
    assert_eq!(cast.tier1.of(&ticket, "events").await.pop().unwrap()["data"]["reason"], "Masih mati.");
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.close(&ticket).await.ok();
    let desk = cast.tier1.reopen(&ticket).await.ok();
    assert_eq!((&desk["status"], &desk["closed_at"]), (&json!("in_progress"), &Value::Null));
    let up = cast.handed_up().await;
    cast.tier2.resolve(&up).await.ok();
    assert_eq!(cast.requester.reopen(&up).await.ok()["tier"], 2);
}

#[actix_web::test]
async fn a_closed_ticket_can_be_taken_up_for_14_days_to_the_second() {
    let cast = Cast::new().await;
    let (early, late) = (resolved(&cast).await, resolved(&cast).await);
    cast.requester.close(&early).await.ok();
    cast.requester.close(&late).await.ok();
    let cast = cast.much_later(Duration::days(14) - Duration::seconds(1)).await;
    cast.requester.reopen(&early).await.ok();
    cast.later();
    cast.requester.reopen(&late).await.refused(409);
    cast.tier1.reopen(&late).await.refused(409);
    assert_eq!(cast.requester.see(&late).await.ok()["status"], "closed");
}

#[actix_web::test]
async fn a_solved_ticket_that_nobody_closed_can_be_taken_up_at_any_time() {
    let cast = Cast::new().await;
    let ticket = resolved(&cast).await;
    let cast = cast.much_later(Duration::days(30)).await;
    cast.requester.reopen(&ticket).await.ok();
}

#[actix_web::test]
async fn a_requester_takes_his_ticket_back_only_until_work_begins() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let gone = cast.requester.cancel(&ticket).await.ok();
    assert_eq!((&gone["status"], &gone["closed_at"]), (&json!("cancelled"), &json!("2026-03-02T01:00:00Z")));
    assert!(cast.tier1.told(&ticket).await.contains(&"cancelled".to_owned()));
    let begun = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&begun).await.ok();
    cast.requester.cancel(&begun).await.refused(403);
    cast.coordinator.cancel(&begun).await.ok();
    assert!(cast.requester.told(&begun).await.contains(&"cancelled".to_owned()));
}

#[actix_web::test]
async fn when_an_agreed_wait_is_over_whoever_works_on_it_is_told() {
    let cast = Cast::new().await;
    let (taken, free) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Absensi mati").await);
    cast.coordinator.assign(&taken, &cast.tier1.id().await).await.ok();
    for ticket in [&taken, &free] {
        let wait = json!({ "reason": "scheduled", "until": "2026-03-02T01:01:00Z" });
        cast.tier1.act(ticket, "pend", wait).await.ok();
    }
    cast.app.step(Duration::seconds(60));
    cast.app.tick().await;
    for ticket in [&taken, &free] {
        assert_eq!(cast.tier1.see(ticket).await.ok()["status"], "in_progress");
        assert_eq!(cast.tier1.told(ticket).await.last().unwrap(), "resumed");
        assert!(!cast.requester.told(ticket).await.contains(&"resumed".to_owned()));
    }
    // Whoever resumes himself tells nobody.
    cast.tier1.pend(&taken).await.ok();
    cast.tier1.resume(&taken).await.ok();
    assert_eq!(cast.tier1.told(&taken).await.iter().filter(|kind| *kind == "resumed").count(), 1);
}
