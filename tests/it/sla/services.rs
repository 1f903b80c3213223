//! What another service does to the clocks of a ticket that is there already.

use super::clocks::opened;
use super::recompute::compared;
use crate::support::Cast;
use crate::support::time::{clock, jakarta, reads};
use serde_json::{Value, json};

fn about(service: &str) -> Value {
    json!({ "service": service })
}

/// No agreement holds for the region any more; one holds for a service alone.
async fn promised_for_simpeg_alone() -> Cast {
    let cast = Cast::since("2026-07-06 08:00").await;
    let terms = cast.admin.get("/agreements/standard").await.ok()["terms"].clone();
    cast.admin.patch("/agreements/standard", json!({ "valid_until": "2026-06-30" })).await.ok();
    let body = json!({
        "code": "simpeg", "name": "SIMPEG", "provider": "Dinas Kominfo", "consumer": "service", "service": "simpeg",
        "valid_from": "2026-07-01", "terms": terms,
    });
    cast.admin.post("/agreements", body).await.created();
    cast
}

// B1
#[actix_web::test]
async fn terms_that_open_tickets_went_over_to_stay_theirs_under_another_service_of_the_same_agreement() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let (ticket, kept) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await);
    cast.at("2026-07-06 09:00");
    let standard = "/agreements/standard";
    let mut terms = cast.admin.get(standard).await.ok()["terms"].clone();
    terms["targets"]["p3"]["resolution"] = json!(43_200);
    cast.admin.patch(standard, json!({ "terms": terms, "apply_to_open": true })).await.ok();
    let seen = cast.tier1.edit(&ticket, about("jaringan-lokal")).await.ok();
    assert_eq!((&seen["sla"]["version"], &clock(&seen, "resolution")["target_seconds"]), (&json!(2), &json!(43_200)));
    // Another agreement holds as it did when the ticket was opened.
    terms["targets"]["p3"]["resolution"] = json!(7200);
    let body = json!({
        "code": "simpeg", "name": "SIMPEG", "provider": "Dinas Kominfo", "consumer": "service", "service": "simpeg",
        "valid_from": "2026-07-01", "terms": terms,
    });
    cast.admin.post("/agreements", body).await.created();
    let seen = cast.tier1.edit(&kept, about("simpeg")).await.ok();
    assert_eq!((&seen["sla"]["agreement"], &seen["sla"]["version"]), (&json!("simpeg"), &json!(1)));
    assert_eq!(reads(&seen, "resolution"), "running 1:00 2026-07-06 10:00:00");
    assert_eq!(compared(&cast.app).await.2, []);
}

// B1
#[actix_web::test]
async fn clocks_that_come_with_a_service_count_from_the_opening() {
    let cast = promised_for_simpeg_alone().await;
    let ticket = opened(&cast.requester, "mm").await;
    assert_eq!(ticket["sla"], Value::Null);
    cast.at("2026-07-06 10:00");
    let seen = cast.tier1.edit(&ticket, about("simpeg")).await.ok();
    assert_eq!(seen["sla"]["agreement"], "simpeg");
    assert_eq!(reads(&seen, "first_response"), "running 2:00 2026-07-06 12:00:00");
    assert_eq!(reads(&seen, "resolution"), "running 2:00 2026-07-09 09:30:00");
    assert_eq!(jakarta(&clock(&seen, "resolution")["started_at"]), "2026-07-06 08:00:00");
    assert_eq!(compared(&cast.app).await.2, []);
}

// B1
#[actix_web::test]
async fn clocks_that_come_while_a_ticket_waits_stand_still_and_what_was_answered_has_none() {
    let cast = promised_for_simpeg_alone().await;
    let (waiting, answered) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await);
    cast.at("2026-07-06 09:00");
    cast.tier1.start(&waiting).await.ok();
    cast.tier1.pend(&waiting).await.ok();
    cast.tier1.say(&answered, "public", "Sedang kami periksa.").await.created();
    cast.at("2026-07-06 13:00");
    // An earlier wait is no work either.
    cast.tier1.resume(&waiting).await.ok();
    cast.at("2026-07-06 14:00");
    cast.tier1.pend(&waiting).await.ok();
    cast.at("2026-07-06 15:00");
    let seen = cast.tier1.edit(&waiting, about("simpeg")).await.ok();
    assert_eq!(reads(&seen, "resolution").split(' ').take(2).collect::<Vec<_>>(), ["paused", "2:00"]);
    assert_eq!(jakarta(&clock(&seen, "resolution")["paused_at"]), "2026-07-06 14:00:00");
    let other = cast.tier1.edit(&answered, about("simpeg")).await.ok();
    for ticket in [&seen, &other] {
        assert_eq!(ticket["sla"]["clocks"].as_array().unwrap().len(), 1, "{ticket}");
    }
    cast.at("2026-07-07 09:00");
    let seen = cast.tier1.resume(&waiting).await.ok();
    assert_eq!(reads(&seen, "resolution"), "running 2:00 2026-07-10 08:30:00");
    assert_eq!(compared(&cast.app).await.2, []);
}

// B1, L7
#[actix_web::test]
async fn at_tier_2_the_visit_has_its_clock_from_the_hand_over() {
    let cast = promised_for_simpeg_alone().await;
    let (taken, untaken) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await);
    cast.at("2026-07-06 09:00");
    for ticket in [&taken, &untaken] {
        cast.tier1.escalate(ticket).await.ok();
    }
    cast.at("2026-07-06 10:00");
    cast.tier2.start(&taken).await.ok();
    cast.at("2026-07-06 11:00");
    let seen = cast.tier2.edit(&taken, about("simpeg")).await.ok();
    assert_eq!(seen["sla"]["clocks"].as_array().unwrap().len(), 2, "{seen}");
    assert_eq!(reads(&seen, "tier2_resolution"), "running 2:00 2026-07-08 10:00:00");
    let seen = cast.tier2.edit(&untaken, about("simpeg")).await.ok();
    assert_eq!(reads(&seen, "tier2_acceptance"), "running 2:00 2026-07-06 14:00:00");
    assert_eq!(reads(&seen, "first_response"), "running 3:00 2026-07-06 12:00:00");
    let seen = cast.tier2.start(&untaken).await.ok();
    assert_eq!(clock(&seen, "tier2_acceptance")["state"], "met");
    assert_eq!(compared(&cast.app).await.2, []);
}

// B1
#[actix_web::test]
async fn clocks_that_come_after_a_ticket_was_reopened_do_not_count_the_time_in_which_it_was_solved() {
    let cast = promised_for_simpeg_alone().await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 08:02");
    cast.tier1.resolve(&ticket).await.ok();
    cast.at("2026-07-06 11:00");
    cast.requester.reopen(&ticket).await.ok();
    cast.at("2026-07-06 11:30");
    let seen = cast.tier1.edit(&ticket, about("simpeg")).await.ok();
    assert_eq!(reads(&seen, "resolution"), "running 0:32 2026-07-09 13:28:00");
    assert_eq!(jakarta(&clock(&seen, "resolution")["started_at"]), "2026-07-06 08:00:00");
    // The solution was an answer.
    assert_eq!(seen["sla"]["clocks"].as_array().unwrap().len(), 1, "{seen}");
    cast.app.tick().await;
    assert_eq!(cast.tier1.told(&ticket).await, ["opened", "reopened"]);
    assert_eq!(compared(&cast.app).await.2, []);
}

// B1, L7
#[actix_web::test]
async fn clocks_that_come_after_a_reopening_at_tier_2_go_on_with_the_visit_and_tell_what_was_missed_before() {
    let cast = promised_for_simpeg_alone().await;
    let (ticket, late) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "hh").await);
    cast.at("2026-07-06 09:00");
    cast.tier1.escalate(&ticket).await.ok();
    cast.at("2026-07-06 10:00");
    cast.tier2.resolve(&ticket).await.ok();
    cast.at("2026-07-06 11:00");
    cast.requester.reopen(&ticket).await.ok();
    cast.at("2026-07-06 11:30");
    let seen = cast.tier2.edit(&ticket, about("simpeg")).await.ok();
    assert_eq!(reads(&seen, "resolution").split(' ').take(2).collect::<Vec<_>>(), ["running", "2:30"]);
    assert_eq!(reads(&seen, "tier2_resolution").split(' ').take(2).collect::<Vec<_>>(), ["running", "1:30"]);
    assert_eq!(seen["sla"]["clocks"].as_array().unwrap().len(), 2, "{seen}");
    // Four hours round the clock were over before it was solved.
    cast.at("2026-07-06 13:00");
    cast.tier1.resolve(&late).await.ok();
    cast.at("2026-07-06 14:00");
    cast.requester.reopen(&late).await.ok();
    cast.at("2026-07-06 15:00");
    let seen = cast.tier1.edit(&late, about("simpeg")).await.ok();
    assert_eq!(reads(&seen, "resolution").split(' ').take(2).collect::<Vec<_>>(), ["missed", "6:00"]);
    for _ in 0..2 {
        cast.app.tick().await;
        let told = cast.coordinator.told(&late).await;
        assert_eq!(told.iter().filter(|kind| *kind == "breached").count(), 1, "{told:?}");
    }
    let seen = cast.tier1.see(&late).await.ok();
    assert_eq!(jakarta(&clock(&seen, "resolution")["breached_at"]), "2026-07-06 14:00:00");
    assert_eq!(compared(&cast.app).await.2, []);
}
