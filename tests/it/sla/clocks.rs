//! The clocks of a ticket, as the contract promises them.

use super::recompute::compared;
use crate::support::desk::text;
use crate::support::time::{clock, jakarta, reads};
use crate::support::{Cast, Client};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::Id;
use sigap::db::schema::sla_clocks;
use sigap::on;
use sigap::sla::{Metric, Outcome};

/// Opens a ticket of an impact and urgency: `hh` is p1, `mm` p3.
pub async fn opened(who: &Client, marks: &str) -> Value {
    let word = |c| match c {
        Some('h') => "high",
        Some('l') => "low",
        _ => "medium",
    };
    let (impact, urgency) = (word(marks.chars().next()), word(marks.chars().nth(1)));
    who.open_with(json!({ "impact": impact, "urgency": urgency })).await.created()
}

/// Cycle and outcome of every clock of a metric, the oldest first.
async fn cycles(cast: &Cast, ticket: &Value, metric: Metric) -> Vec<(i32, Option<Outcome>)> {
    let id: Id = ticket["id"].as_str().unwrap().parse().unwrap();
    let look = move |conn: &mut sigap::db::Conn<'_>| {
        Ok(on!(conn, |c| sla_clocks::table
            .filter(sla_clocks::ticket_id.eq(id).and(sla_clocks::metric.eq(metric)))
            .select((sla_clocks::cycle, sla_clocks::outcome))
            .order(sla_clocks::cycle)
            .load(c))?)
    };
    cast.app.look(look).await
}

#[actix_web::test]
async fn a_target_that_is_filled_at_closing_time_is_due_at_closing_time() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    assert_eq!((&ticket["sla"]["agreement"], &ticket["sla"]["version"]), (&json!("standard"), &json!(1)));
    assert_eq!(reads(&ticket, "first_response"), "running 0:00 2026-07-06 12:00:00");
    assert_eq!(reads(&ticket, "resolution"), "running 0:00 2026-07-09 09:30:00");
    assert_eq!(clock(&ticket, "first_response")["target_seconds"], 14_400);
    assert_eq!(ticket["sla"]["clocks"].as_array().unwrap().len(), 2);
    cast.at("2026-07-06 12:30");
    assert_eq!(reads(&cast.requester.see(&ticket).await.ok(), "resolution"), "running 4:00 2026-07-09 09:30:00");
}

#[actix_web::test]
async fn every_priority_has_its_targets_and_p1_counts_round_the_clock() {
    let cast = Cast::since("2026-07-10 16:00").await;
    for (marks, first, resolution) in [
        ("hh", "2026-07-10 16:15:00", "2026-07-10 20:00:00"),
        ("mh", "2026-07-13 08:00:00", "2026-07-13 16:00:00"),
        ("mm", "2026-07-13 11:00:00", "2026-07-16 08:30:00"),
        ("ll", "2026-07-13 16:00:00", "2026-07-20 09:30:00"),
    ] {
        let ticket = opened(&cast.requester, marks).await;
        assert_eq!(jakarta(&clock(&ticket, "first_response")["due_at"]), first, "{marks}");
        assert_eq!(jakarta(&clock(&ticket, "resolution")["due_at"]), resolution, "{marks}");
    }
}

#[actix_web::test]
async fn only_a_public_word_of_the_desk_is_a_first_response() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 09:00");
    cast.tier1.say(&ticket, "internal", "Coba lihat.").await.created();
    cast.requester.say(&ticket, "public", "Mohon dibantu.").await.created();
    cast.tier1.assign(&ticket, "me").await.ok();
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(reads(&seen, "first_response"), "running 1:00 2026-07-06 12:00:00");
    cast.at("2026-07-06 10:00");
    cast.tier1.say(&ticket, "public", "Sedang kami periksa.").await.created();
    cast.at("2026-07-06 11:00");
    let seen = cast.requester.see(&ticket).await.ok();
    assert_eq!(reads(&seen, "first_response"), "met 2:00 2026-07-06 12:00:00");
    assert_eq!(jakarta(&clock(&seen, "first_response")["stopped_at"]), "2026-07-06 10:00:00");
}

#[actix_web::test]
async fn beginning_is_a_first_response_too_and_solving_at_the_latest() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let (begun, solved) = (opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await);
    cast.at("2026-07-06 09:00");
    assert_eq!(reads(&cast.tier1.start(&begun).await.ok(), "first_response"), "met 1:00 2026-07-06 12:00:00");
    assert_eq!(reads(&cast.tier1.resolve(&solved).await.ok(), "first_response"), "met 1:00 2026-07-06 12:00:00");
}

#[actix_web::test]
async fn resolution_ends_with_the_solution_and_goes_on_after_a_doubt() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 10:00");
    let solved = cast.tier1.resolve(&ticket).await.ok();
    assert_eq!(reads(&solved, "resolution"), "met 2:00 2026-07-09 09:30:00");
    cast.at("2026-07-08 13:00");
    assert_eq!(reads(&cast.requester.see(&ticket).await.ok(), "resolution"), "met 2:00 2026-07-09 09:30:00");
    let again = cast.requester.reopen(&ticket).await.ok();
    // 22 hours are left on Wednesday at 13:00: three, two days of seven and a half, and four on Monday.
    assert_eq!(reads(&again, "resolution"), "running 2:00 2026-07-13 11:30:00");
    assert_eq!(clock(&again, "resolution")["cycle"], 2);
    assert_eq!(clock(&again, "resolution")["started_at"], clock(&solved, "resolution")["started_at"], "it goes on");
    let first = clock(&again, "first_response");
    assert_eq!((&first["state"], &first["cycle"]), (&json!("met"), &json!(1)));
    assert_eq!(cycles(&cast, &ticket, Metric::Resolution).await, [(1, Some(Outcome::Met)), (2, None)]);
}

#[actix_web::test]
async fn each_visit_to_tier_2_has_clocks_of_its_own() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 10:00");
    let up = cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(reads(&up, "tier2_acceptance"), "running 0:00 2026-07-06 15:00:00");
    assert_eq!(reads(&up, "tier2_resolution"), "running 0:00 2026-07-08 11:00:00");
    cast.at("2026-07-06 11:00");
    let taken = cast.tier2.start(&ticket).await.ok();
    assert_eq!(reads(&taken, "tier2_acceptance"), "met 1:00 2026-07-06 15:00:00");
    assert_eq!(reads(&taken, "tier2_resolution"), "running 1:00 2026-07-08 11:00:00");
    cast.second.start(&ticket).await.refused(409);
    cast.at("2026-07-06 14:00");
    let back = cast.tier2.give_back(&ticket).await.ok();
    assert_eq!(reads(&back, "tier2_resolution"), "met 3:00 2026-07-08 11:00:00");
    // The citizen's clock never stopped.
    assert_eq!(reads(&back, "resolution"), "running 5:00 2026-07-09 09:30:00");
    cast.at("2026-07-07 08:00");
    let up = cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(reads(&up, "tier2_acceptance"), "running 0:00 2026-07-07 12:00:00");
    assert_eq!(clock(&up, "tier2_resolution")["cycle"], 2);
    let solved = cast.tier2.resolve(&ticket).await.ok();
    assert_eq!(clock(&solved, "tier2_acceptance")["state"], "met");
    let visits = [(1, Some(Outcome::Met)), (2, Some(Outcome::Met))];
    assert_eq!(cycles(&cast, &ticket, Metric::Tier2Resolution).await, visits);
    assert_eq!(cycles(&cast, &ticket, Metric::Tier2Acceptance).await, visits);
}

#[actix_web::test]
async fn a_pause_ends_by_its_cap_though_the_ticket_still_waits() {
    let cast = Cast::since("2026-07-06 08:00").await;
    cast.app.agree(|terms| terms.pause_caps.vendor = Some(2 * 3600)).await;
    let ticket = opened(&cast.requester, "mm").await;
    assert_eq!(ticket["sla"]["version"], 2);
    cast.at("2026-07-06 09:00");
    let waits = cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    assert_eq!(reads(&waits, "resolution"), "paused 1:00 2026-07-09 11:30:00");
    cast.at("2026-07-06 14:00");
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(seen["status"], "pending");
    assert_eq!(reads(&seen, "resolution"), "running 3:00 2026-07-09 11:30:00");
    cast.tier1.resume(&ticket).await.ok();
    // The cap holds for all pauses of a reason together; another reason has its own.
    let waits = cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    assert_eq!(clock(&waits, "resolution")["state"], "running");
    let waits = cast.tier1.act(&ticket, "pend", json!({ "reason": "requester" })).await.ok();
    assert_eq!(clock(&waits, "resolution")["state"], "paused");
    assert_eq!(jakarta(&clock(&waits, "resolution")["paused_at"]), "2026-07-06 14:00:00");
    cast.at("2026-07-07 08:00");
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["elapsed_seconds"], 3 * 3600);
}

#[actix_web::test]
async fn another_time_base_neither_gives_a_cap_again_nor_takes_what_is_left_of_it() {
    let cast = Cast::since("2026-07-06 15:30").await;
    cast.app.agree(|terms| terms.pause_caps.vendor = Some(2 * 3600)).await;
    let (urgent, calm) = (opened(&cast.requester, "hh").await, opened(&cast.requester, "mm").await);
    let wait = async |ticket: &Value| {
        let waits = cast.tier1.act(ticket, "pend", json!({ "reason": "vendor" })).await.ok();
        text(&clock(&waits, "resolution")["state"])
    };
    // Half an hour of working time, and a night of none.
    assert_eq!(wait(&calm).await, "paused");
    cast.at("2026-07-06 16:00");
    // Two hours by any clock, and none of working time.
    assert_eq!(wait(&urgent).await, "paused");
    cast.at("2026-07-06 18:30");
    cast.tier1.resume(&urgent).await.ok();
    cast.tier1.edit(&urgent, json!({ "impact": "medium", "urgency": "medium" })).await.ok();
    cast.at("2026-07-07 07:30");
    cast.tier1.resume(&calm).await.ok();
    cast.tier1.edit(&calm, json!({ "impact": "high", "urgency": "high" })).await.ok();
    assert_eq!((wait(&urgent).await.as_str(), wait(&calm).await.as_str()), ("running", "paused"));
    cast.at("2026-07-07 09:30");
    assert_eq!(reads(&cast.tier1.see(&calm).await.ok(), "resolution"), "running 0:30 2026-07-07 13:00:00");
    assert_eq!(compared(&cast.app).await.2, []);
}

#[actix_web::test]
async fn a_cap_goes_on_with_what_was_waited_before_the_ticket_was_taken_up_again() {
    let cast = Cast::since("2026-07-06 08:00").await;
    cast.app.agree(|terms| terms.pause_caps.vendor = Some(2 * 3600)).await;
    let ticket = opened(&cast.requester, "mm").await;
    let wait = async || {
        let waits = cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
        text(&clock(&waits, "resolution")["state"])
    };
    assert_eq!(wait().await, "paused");
    cast.at("2026-07-06 09:30");
    cast.tier1.resolve(&ticket).await.ok();
    cast.at("2026-07-06 10:00");
    cast.requester.reopen(&ticket).await.ok();
    assert_eq!(wait().await, "paused");
    cast.at("2026-07-06 11:00");
    assert_eq!(reads(&cast.tier1.see(&ticket).await.ok(), "resolution"), "running 0:30 2026-07-09 12:00:00");
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    assert_eq!(wait().await, "running", "what it waited in both cycles");
    let other = cast.tier1.act(&ticket, "pend", json!({ "reason": "requester" })).await.ok();
    assert_eq!(clock(&other, "resolution")["state"], "paused");
    assert_eq!(compared(&cast.app).await.2, []);
}

#[actix_web::test]
async fn first_response_and_acceptance_do_not_stand_still_while_the_ticket_waits() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.pend(&ticket).await.ok();
    cast.at("2026-07-06 10:00");
    let seen = cast.tier2.see(&ticket).await.ok();
    for (metric, state) in [
        ("first_response", "running"),
        ("tier2_acceptance", "running"),
        ("resolution", "paused"),
        ("tier2_resolution", "paused"),
    ] {
        assert_eq!(clock(&seen, metric)["state"], state, "{metric}");
    }
}

#[actix_web::test]
async fn the_requesters_answer_lets_the_clock_go_on() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 09:00");
    cast.tier1.pend(&ticket).await.ok();
    cast.at("2026-07-06 11:00");
    cast.tier1.say(&ticket, "public", "Mohon tangkapan layar.").await.created();
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["state"], "paused");
    cast.requester.say(&ticket, "public", "Ini.").await.created();
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(reads(&seen, "resolution"), "running 1:00 2026-07-09 11:30:00");
    assert_eq!(clock(&seen, "resolution")["paused_at"], Value::Null);
}
