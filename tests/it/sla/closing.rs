//! What time does to tickets that wait and to solutions that nobody doubts.

use super::clocks::opened;
use crate::support::Cast;
use crate::support::time::{clock, jakarta, reads};
use serde_json::{Value, json};
use sigap::access::Actor;
use sigap::db::Id;
use sigap::ticket::deadline::{self, Due, What};

async fn solved(cast: &Cast) -> Value {
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.resolve(&ticket).await.ok()
}

#[actix_web::test]
async fn a_solution_of_friday_closes_on_wednesday_by_itself_and_once() {
    let cast = Cast::since("2026-07-10 10:00").await;
    let ticket = solved(&cast).await;
    for at in ["2026-07-13 23:00", "2026-07-15 09:59:59"] {
        cast.tick_at(at).await;
        assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "resolved", "{at}");
    }
    cast.tick_at("2026-07-15 10:00").await;
    let closed = cast.requester.see(&ticket).await.ok();
    assert_eq!(closed["status"], "closed");
    assert_eq!(jakarta(&closed["closed_at"]), "2026-07-15 10:00:00");
    let line = cast.requester.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["kind"], &line["actor"]), (&json!("closed"), &Value::Null));
    assert_eq!(cast.requester.told(&ticket).await, ["resolved", "closed"], "his 14 days to reopen it begin");
    cast.tick_at("2026-07-15 11:00").await;
    assert_eq!(cast.requester.story(&ticket).await.iter().filter(|kind| *kind == "closed").count(), 1);
    assert_eq!(cast.requester.reopen(&ticket).await.ok()["status"], "in_progress");
}

#[actix_web::test]
async fn a_solution_before_idul_fitri_closes_after_it() {
    let cast = Cast::since("2026-03-16 14:00").await;
    let ticket = solved(&cast).await;
    // Tuesday; then leave, Nyepi, the feast and leave until Tuesday; Wednesday and Thursday.
    cast.tick_at("2026-03-26 13:59:59").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "resolved");
    cast.tick_at("2026-03-26 14:00").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "closed");
}

#[actix_web::test]
async fn a_ticket_that_was_taken_up_again_does_not_close() {
    let cast = Cast::since("2026-07-10 10:00").await;
    let ticket = solved(&cast).await;
    cast.at("2026-07-14 10:00");
    cast.requester.reopen(&ticket).await.ok();
    cast.tick_at("2026-07-16 10:00").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "in_progress");
    cast.tier1.resolve(&ticket).await.ok();
    // Three days from the new solution: Friday, Monday, Tuesday.
    cast.tick_at("2026-07-21 09:59:59").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "resolved");
    cast.tick_at("2026-07-21 10:00").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "closed");
    let other = solved(&cast).await;
    cast.requester.close(&other).await.ok();
    cast.tick_at("2026-08-21 10:00").await;
    assert_eq!(cast.requester.story(&other).await.iter().filter(|kind| *kind == "closed").count(), 1);
}

#[actix_web::test]
async fn a_ticket_that_waits_until_an_instant_wakes_by_itself_at_that_instant() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.later();
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 09:00");
    let until = json!({ "reason": "scheduled", "until": "2026-07-07T10:15:30+07:00" });
    cast.tier1.act(&ticket, "pend", until).await.ok();
    cast.tick_at("2026-07-07 10:15:29").await;
    assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "pending");
    cast.tick_at("2026-07-07 10:15:30").await;
    let awake = cast.tier1.see(&ticket).await.ok();
    assert_eq!((&awake["status"], &awake["pending_reason"]), (&json!("in_progress"), &Value::Null));
    // An hour before, and from now on 23 of Tuesday's work and the days after.
    assert_eq!(reads(&awake, "resolution"), "running 1:00 2026-07-10 10:45:30");
    let line = cast.requester.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["kind"], &line["actor"]), (&json!("resumed"), &Value::Null));
    cast.tick_at("2026-07-07 10:16").await;
    assert_eq!(cast.requester.story(&ticket).await, ["opened", "started", "pended", "resumed"]);
}

#[actix_web::test]
async fn a_ticket_that_went_on_before_does_not_wake_again() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let until = json!({ "reason": "requester", "until": "2026-07-07T10:00:00+07:00" });
    let (answered, waits) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await);
    cast.later();
    for ticket in [&answered, &waits] {
        cast.tier1.act(ticket, "pend", until.clone()).await.ok();
    }
    cast.at("2026-07-06 09:00");
    cast.requester.say(&answered, "public", "Ini.").await.created();
    cast.later();
    cast.tier1.pend(&waits).await.ok();
    cast.tick_at("2026-07-07 12:00").await;
    assert_eq!(cast.requester.see(&answered).await.ok()["status"], "in_progress");
    // Waiting anew, without an instant.
    assert_eq!(cast.requester.see(&waits).await.ok()["status"], "pending");
    assert_eq!(clock(&cast.requester.see(&waits).await.ok(), "resolution")["state"], "paused");
    assert_eq!(cast.requester.story(&answered).await, ["opened", "pended", "commented", "resumed"]);
}

/// A holiday was added, or it was solved anew, between the look of a timer and its act.
#[actix_web::test]
async fn a_solution_whose_closing_was_put_off_while_a_timer_had_it_in_hand_closes_at_its_new_time() {
    let cast = Cast::since("2026-07-10 10:00").await;
    let ticket = solved(&cast).await;
    let (id, region): (Id, Id) = (ticket["id"].as_str().unwrap().parse().unwrap(), cast.app.region("lebak").await);
    let passed = cast
        .app
        .within(move |tx| {
            let now = tx.now;
            let due = Due { at: now, ticket: id, region, what: What::Close };
            deadline::passed(&mut tx.acting_as(Actor::timer(region), now), &due)
        })
        .await;
    assert!(!passed.acted);
    cast.tick_at("2026-07-15 09:59:59").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "resolved");
    cast.tick_at("2026-07-15 10:00").await;
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "closed");
}
