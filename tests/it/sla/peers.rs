//! What went wrong with clocks at other desks, each by the name under which it was reported.

use super::clocks::opened;
use super::levels::lines;
use crate::support::Cast;
use crate::support::time::{clock, jakarta, reads};
use serde_json::{Value, json};

#[actix_web::test]
async fn time_lost_on_a_priority_change_glpi_6902_glpi_15605_zammad_5624() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 10:00");
    cast.tier1.pend(&ticket).await.ok();
    cast.at("2026-07-06 11:00");
    cast.tier1.resume(&ticket).await.ok();
    cast.at("2026-07-06 14:00");
    // Two hours before the pause, one before noon, one after.
    let urgent = cast.tier1.edit(&ticket, json!({ "urgency": "high" })).await.ok();
    assert_eq!(reads(&urgent, "resolution"), "running 4:00 2026-07-07 09:30:00");
    assert_eq!(clock(&urgent, "resolution")["target_seconds"], 8 * 3600);
    assert_eq!(jakarta(&clock(&urgent, "resolution")["started_at"]), "2026-07-06 08:00:00");
    let calm = cast.tier1.edit(&ticket, json!({ "urgency": "medium" })).await.ok();
    assert_eq!(reads(&calm, "resolution"), "running 4:00 2026-07-09 10:30:00");
    cast.tier1.pend(&ticket).await.ok();
    cast.at("2026-07-06 15:00");
    // Also to another time, and while it waits.
    let burning = cast.tier1.edit(&ticket, json!({ "urgency": "high", "impact": "high" })).await.ok();
    assert_eq!(clock(&burning, "resolution")["elapsed_seconds"], 4 * 3600);
    assert_eq!(clock(&burning, "resolution")["basis"], "round_the_clock");
    // An answer that was in time stays so.
    assert_eq!(clock(&burning, "first_response")["target_seconds"], 4 * 3600);
    assert_eq!(clock(&burning, "first_response")["state"], "met");
}

#[actix_web::test]
async fn the_next_team_inherits_a_burnt_clock_glpi_1911_libredesk() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-09 09:00");
    let up = cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(reads(&up, "tier2_acceptance"), "running 0:00 2026-07-09 14:00:00");
    assert_eq!(reads(&up, "tier2_resolution"), "running 0:00 2026-07-13 10:00:00");
    assert_eq!(jakarta(&clock(&up, "tier2_resolution")["started_at"]), "2026-07-09 09:00:00");
    cast.at("2026-07-09 10:00");
    let seen = cast.tier2.see(&ticket).await.ok();
    assert_eq!(clock(&seen, "resolution")["state"], "missed");
    assert_eq!(clock(&seen, "tier2_resolution")["state"], "running");
}

#[actix_web::test]
async fn a_pause_shifts_the_start_frappe_2449_erpnext_47884() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 15:00");
    cast.tier1.pend(&ticket).await.ok();
    cast.at("2026-07-07 08:00");
    let awake = cast.tier1.resume(&ticket).await.ok();
    // It waited for an hour and a half of work, and not for the seventeen hours that passed.
    assert_eq!(reads(&awake, "resolution"), "running 6:00 2026-07-09 11:00:00");
    assert_eq!(jakarta(&clock(&awake, "resolution")["started_at"]), "2026-07-06 08:00:00");
}

#[actix_web::test]
async fn a_pause_is_shown_but_the_clock_runs_frappe_1554() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 09:00");
    let waits = cast.tier1.pend(&ticket).await.ok();
    assert_eq!(reads(&waits, "resolution"), "paused 1:00 2026-07-09 09:30:00");
    for (now, due) in [("2026-07-06 12:00", "2026-07-09 13:30:00"), ("2026-07-20 07:30", "2026-07-23 08:00:00")] {
        cast.tick_at(now).await;
        let seen = cast.requester.see(&ticket).await.ok();
        assert_eq!(reads(&seen, "resolution"), format!("paused 1:00 {due}"));
        assert_eq!(jakarta(&clock(&seen, "resolution")["paused_at"]), "2026-07-06 09:00:00");
    }
}

#[actix_web::test]
async fn a_breach_while_pending_glpi_24481() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.pend(&ticket).await.ok();
    cast.tick_at("2026-08-06 08:00").await;
    assert!(lines(&cast, &ticket).await.is_empty());
    assert!(cast.coordinator.numbers("sla=breached").await.is_empty());
    assert!(cast.coordinator.numbers("sla=at_risk").await.is_empty());
    cast.tier1.resume(&ticket).await.ok();
    cast.app.tick().await;
    assert!(lines(&cast, &ticket).await.is_empty());
}

#[actix_web::test]
async fn the_overdue_counter_climbs_while_paused_frappe_3709() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tick_at("2026-07-09 10:30").await;
    let waits = cast.tier1.pend(&ticket).await.ok();
    assert_eq!(reads(&waits, "resolution"), "missed 25:00 2026-07-09 09:30:00");
    cast.tick_at("2026-07-13 10:00").await;
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(reads(&seen, "resolution"), "missed 25:00 2026-07-09 09:30:00");
    assert_eq!(clock(&seen, "resolution")["stopped_at"], Value::Null);
}

#[actix_web::test]
async fn the_first_resolution_is_kept_so_that_reopening_cannot_fail_libredesk() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-08 14:00");
    assert_eq!(clock(&cast.tier1.resolve(&ticket).await.ok(), "resolution")["state"], "met");
    cast.at("2026-07-09 08:00");
    // Twenty hours were used up; four are left.
    let again = cast.requester.reopen(&ticket).await.ok();
    assert_eq!(reads(&again, "resolution"), "running 20:00 2026-07-09 12:00:00");
    cast.tick_at("2026-07-09 12:00").await;
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["state"], "missed");
    // The first cycle had told of its three quarters, and the second tells nothing of them again.
    let told = ["warned resolution/1 75% 2026-07-08 11:00:00", "breached resolution/2 100% 2026-07-09 12:00:00"];
    assert_eq!(lines(&cast, &ticket).await, told);
}

#[actix_web::test]
async fn a_technician_is_merely_added_and_the_clock_restarts_glpi_14423() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.escalate(&ticket).await.ok();
    cast.at("2026-07-06 09:00");
    let before = cast.tier2.see(&ticket).await.ok()["sla"].clone();
    for who in [cast.second.id().await, cast.tier2.id().await] {
        assert_eq!(cast.tier2.assign(&ticket, &who).await.ok()["sla"], before);
    }
}

#[actix_web::test]
async fn levels_of_the_answer_ran_against_the_solution_glpi_2184() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    for at in ["2026-07-06 11:00", "2026-07-06 12:00", "2026-07-08 11:00", "2026-07-09 09:30"] {
        cast.tick_at(at).await;
    }
    let expected = [
        "warned first_response/1 75% 2026-07-06 11:00:00",
        "breached first_response/1 100% 2026-07-06 12:00:00",
        "warned resolution/1 75% 2026-07-08 11:00:00",
        "breached resolution/1 100% 2026-07-09 09:30:00",
    ];
    assert_eq!(lines(&cast, &ticket).await, expected);
}

#[actix_web::test]
async fn hundreds_of_breach_mails_glpi_2408() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    for _ in 0..60 {
        cast.app.step(chrono::Duration::hours(2));
        cast.app.tick().await;
        cast.app.tick().await;
    }
    assert_eq!(lines(&cast, &ticket).await.len(), 4);
    assert_eq!(cast.tier1.told(&ticket).await, ["opened", "warned", "breached", "warned", "breached"]);
    assert_eq!(cast.coordinator.told(&ticket).await, ["breached", "breached"]);
}

#[actix_web::test]
async fn a_cancelled_ticket_still_escalates_zammad_904() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 09:00");
    cast.requester.cancel(&ticket).await.ok();
    cast.tick_at("2026-07-20 09:00").await;
    assert!(lines(&cast, &ticket).await.is_empty());
    assert!(cast.coordinator.numbers("sla=breached").await.is_empty());
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["elapsed_seconds"], 3600);
}

#[actix_web::test]
async fn answer_and_pending_in_one_step_never_mark_the_first_response_zammad_3551() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 09:00");
    cast.tier1.say(&ticket, "public", "Kapan bisa kami datang?").await.created();
    cast.tier1.pend(&ticket).await.ok();
    let waiting = opened(&cast.requester, "mm").await;
    cast.tier1.pend(&waiting).await.ok();
    cast.tier1.say(&waiting, "public", "Kapan bisa kami datang?").await.created();
    cast.tick_at("2026-07-07 09:00").await;
    for (one, reading) in [(&ticket, "met 1:00 2026-07-06 12:00:00"), (&waiting, "met 0:00 2026-07-06 14:00:00")] {
        assert_eq!(reads(&cast.tier1.see(one).await.ok(), "first_response"), reading);
        assert!(lines(&cast, one).await.is_empty());
    }
}

#[actix_web::test]
async fn the_customers_own_note_stops_the_first_response_zammad_1322() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.requester.say(&ticket, "public", "Masih mati.").await.created();
    cast.tick_at("2026-07-06 11:00").await;
    assert_eq!(lines(&cast, &ticket).await, ["warned first_response/1 75% 2026-07-06 11:00:00"]);
    cast.requester.say(&ticket, "public", "Masih mati sekali.").await.created();
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "first_response")["state"], "running");
    cast.tier1.say(&ticket, "public", "Kami periksa.").await.created();
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "first_response")["state"], "met");
}

#[actix_web::test]
async fn the_agent_answered_and_yet_it_fires_zammad_3140() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 10:59");
    cast.tier1.say(&ticket, "public", "Kami periksa.").await.created();
    cast.tick_at("2026-07-06 16:00").await;
    assert!(lines(&cast, &ticket).await.is_empty());
}

#[actix_web::test]
async fn a_restart_that_forgets_glpi_1980() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tick_at("2026-07-06 11:00").await;
    cast.at("2026-07-06 13:00");
    let other = cast.app.again("").await;
    other.tick().await;
    cast.app.tick().await;
    let expected =
        ["warned first_response/1 75% 2026-07-06 11:00:00", "breached first_response/1 100% 2026-07-06 12:00:00"];
    assert_eq!(lines(&cast, &ticket).await, expected);
}

#[actix_web::test]
async fn a_miss_shows_only_after_the_next_run_frappe() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    let number = ticket["number"].as_str().unwrap();
    cast.at("2026-07-06 11:59:59");
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "first_response")["state"], "running");
    assert_eq!(cast.tier1.numbers("sla=at_risk").await, [number]);
    assert!(cast.tier1.numbers("sla=breached").await.is_empty());
    // Nobody has run the timers.
    cast.at("2026-07-06 12:00");
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(reads(&seen, "first_response"), "missed 4:00 2026-07-06 12:00:00");
    assert_eq!(jakarta(&clock(&seen, "first_response")["breached_at"]), "2026-07-06 12:00:00");
    assert_eq!(cast.tier1.numbers("sla=breached").await, [number]);
    assert!(cast.tier1.numbers("sla=at_risk").await.is_empty());
    assert!(lines(&cast, &ticket).await.is_empty());
    // Answering late tells at once what nobody had told, and the timers tell nothing more.
    cast.at("2026-07-06 13:30");
    cast.tier1.start(&ticket).await.ok();
    cast.app.tick().await;
    let expected =
        ["warned first_response/1 75% 2026-07-06 11:00:00", "breached first_response/1 100% 2026-07-06 12:00:00"];
    assert_eq!(lines(&cast, &ticket).await, expected);
}
