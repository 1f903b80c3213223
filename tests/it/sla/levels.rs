//! Levels of warning: whom they tell, and what else they do.

use super::clocks::opened;
use super::recompute::compared;
use crate::mail::post::owed;
use crate::support::browser::Browser;
use crate::support::desk::{Cast, text};
use crate::support::time::{clock, jakarta, reads};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::Json;
use sigap::db::schema::mails;
use sigap::on;
use sigap::sla::level::{Audience, Level};

/// What was told of a ticket's clocks, in the order of its time line: kind, metric, cycle, level, when it was reached.
pub async fn lines(cast: &Cast, ticket: &Value) -> Vec<String> {
    let events = cast.coordinator.of(ticket, "events").await;
    events
        .iter()
        .filter(|e| e["kind"] == "warned" || e["kind"] == "breached")
        .map(|e| {
            let (kind, data) = (text(&e["kind"]), &e["data"]);
            let (metric, level) = (text(&data["metric"]), text(&data["level"]));
            format!("{kind} {metric}/{} {level} {}", data["cycle"], jakarta(&data["reached_at"]))
        })
        .collect()
}

/// How often each of these was told of a level.
async fn counts(cast: &Cast, ticket: &Value, kind: &str) -> [usize; 5] {
    let mut all = [0; 5];
    let people = [&cast.tier1, &cast.tier2, &cast.second, &cast.coordinator, &cast.requester];
    for (count, who) in all.iter_mut().zip(people) {
        *count = who.told(ticket).await.iter().filter(|told| *told == kind).count();
    }
    all
}

/// Versions of a ticket's time line have no gap.
async fn assert_gapless(cast: &Cast, ticket: &Value) {
    let events = cast.coordinator.of(ticket, "events").await;
    let mut versions: Vec<i64> = events.iter().map(|e| e["version"].as_i64().unwrap()).collect();
    // What several requests did at one instant has no order.
    versions.sort_unstable();
    assert!(versions.windows(2).all(|w| w[1] == w[0] || w[1] == w[0] + 1), "{versions:?}");
    let now = cast.coordinator.see(ticket).await.ok()["version"].as_i64();
    assert_eq!(versions.last().copied(), now, "{events:#?}");
}

#[actix_web::test]
async fn three_quarters_tell_the_desk_and_the_miss_the_coordinator_too() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tick_at("2026-07-06 10:59:59").await;
    assert_eq!(counts(&cast, &ticket, "warned").await, [0; 5]);
    cast.tick_at("2026-07-06 11:00").await;
    assert_eq!(counts(&cast, &ticket, "warned").await, [1, 0, 0, 0, 0]);
    assert_eq!(counts(&cast, &ticket, "breached").await, [0; 5]);
    cast.tick_at("2026-07-06 12:00").await;
    assert_eq!(counts(&cast, &ticket, "breached").await, [1, 0, 0, 1, 0]);
    // The requester reads the clocks; who was told of what is not his.
    assert_eq!(cast.requester.story(&ticket).await, ["opened"]);
    assert_gapless(&cast, &ticket).await;
}

#[actix_web::test]
async fn whoever_works_on_it_is_told_and_not_his_whole_desk() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.escalate(&ticket).await.ok();
    cast.tick_at("2026-07-06 11:00").await;
    // Both the acceptance and the first response; nobody has taken it.
    assert_eq!(counts(&cast, &ticket, "warned").await, [0, 2, 2, 0, 0]);
    cast.tier2.start(&ticket).await.ok();
    cast.tick_at("2026-07-07 13:30").await;
    assert_eq!(counts(&cast, &ticket, "warned").await, [0, 3, 2, 0, 0]);
    cast.tick_at("2026-07-08 08:30").await;
    assert_eq!(counts(&cast, &ticket, "breached").await, [0, 0, 0, 0, 0]);
    cast.tick_at("2026-07-08 09:00").await;
    assert_eq!(counts(&cast, &ticket, "breached").await, [0, 1, 0, 1, 0]);
}

#[actix_web::test]
async fn of_the_clocks_of_his_own_trouble_a_technician_is_told_as_of_any_other_and_of_nothing_that_is_said() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.tier1, "mm").await;
    let opened = owed(&cast).await.len();
    for step in 0..2 {
        if step == 1 {
            cast.later();
            cast.coordinator.assign(&ticket, &cast.tier1.id().await).await.ok();
        }
        cast.coordinator.say(&ticket, "internal", "Jangan sampai ia tahu.").await.created();
        cast.tick_at(["2026-07-06 11:00", "2026-07-06 12:00"][step]).await;
    }
    assert_eq!(counts(&cast, &ticket, "warned").await, [1, 0, 0, 0, 0]);
    assert_eq!(counts(&cast, &ticket, "breached").await, [1, 0, 0, 1, 0]);
    assert_eq!(cast.tier1.told(&ticket).await, ["warned", "assigned", "breached"]);
    let pair = |who: &str, kind: &str| (who.to_owned(), kind.to_owned());
    let mine: Vec<_> = owed(&cast).await.drain(opened..).filter(|(who, _)| who == "teknisi.dinkes").collect();
    let [warned, assigned, breached] = ["warned", "assigned", "breached"].map(|kind| pair("teknisi.dinkes", kind));
    assert_eq!(mine, [warned, assigned, breached]);
    let page = Browser::lebak(&cast.app, "teknisi.dinkes").await.get("/notices").await.words();
    assert!(page.contains("Batas waktu hampir habis: Tanggapan pertama"), "{page}");
    assert_eq!(cast.tier1.story(&ticket).await, ["opened", "assigned"]);
}

#[actix_web::test]
async fn nobody_is_told_twice_of_one_level() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let all = [Audience::Assignee, Audience::Desk, Audience::Coordinator, Audience::Coordinator];
    cast.app.agree(move |terms| terms.levels = vec![Level::at(50, &all), Level::at(100, &all)]).await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.assign(&ticket, "me").await.ok();
    cast.tick_at("2026-07-06 10:00").await;
    assert_eq!(counts(&cast, &ticket, "warned").await, [1, 0, 0, 1, 0]);
    cast.tick_at("2026-07-06 12:00").await;
    assert_eq!(counts(&cast, &ticket, "breached").await, [1, 0, 0, 1, 0]);
}

#[actix_web::test]
async fn of_a_secret_ticket_only_those_are_told_who_see_it() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let secret = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    cast.tick_at("2026-07-06 11:00").await;
    assert_eq!(counts(&cast, &secret, "warned").await, [1, 0, 0, 0, 0]);
    cast.tier1.escalate(&secret).await.ok();
    cast.tick_at("2026-07-06 12:00").await;
    assert_eq!(counts(&cast, &secret, "breached").await, [0, 1, 1, 1, 0]);
    assert!(cast.auditor.told(&secret).await.is_empty());
    assert!(cast.neighbour.told(&secret).await.is_empty());
}

#[actix_web::test]
async fn a_level_raises_the_priority_by_one() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let raise = Level { raise_priority: true, ..Level::at(25, &[Audience::Assignee]) };
    cast.app.agree(move |terms| terms.levels = vec![raise.clone()]).await;
    // The last of them needs two steps of urgency.
    for (marks, at, before, after) in [
        ("mm", "2026-07-06 09:00", "p3", "p2"),
        ("hl", "2026-07-06 10:00", "p3", "p2"),
        ("ll", "2026-07-06 13:00", "p4", "p3"),
    ] {
        let ticket = opened(&cast.requester, marks).await;
        assert_eq!(ticket["priority"], before);
        cast.tick_at(at).await;
        let seen = cast.tier1.see(&ticket).await.ok();
        assert_eq!(seen["priority"], after, "{marks}");
        let line = cast.tier1.of(&ticket, "events").await.pop().unwrap();
        assert_eq!((&line["kind"], &line["actor"]), (&json!("edited"), &Value::Null));
        assert_gapless(&cast, &ticket).await;
        cast.tier1.resolve(&ticket).await.ok();
    }
}

#[actix_web::test]
async fn what_is_raised_keeps_its_time() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let raise = Level { raise_priority: true, ..Level::at(25, &[]) };
    cast.app.agree(move |terms| terms.levels = vec![raise.clone()]).await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-06 15:00").await;
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(seen["priority"], "p2");
    assert_eq!(reads(&seen, "resolution"), "running 6:00 2026-07-07 08:30:00");
    // The level of the new target lies behind what was told; it does not come again.
    assert_eq!(lines(&cast, &ticket).await, ["warned resolution/1 25% 2026-07-06 15:00:00"]);
    // Raised as far as it goes.
    cast.tier1.edit(&ticket, json!({ "impact": "high", "urgency": "high" })).await.ok();
    cast.tick_at("2026-07-20 15:00").await;
    assert_eq!(cast.tier1.see(&ticket).await.ok()["priority"], "p1");
    assert_gapless(&cast, &ticket).await;
}

#[actix_web::test]
async fn a_level_hands_over_what_tier_1_has_not_managed() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let up = Level { hand_over: true, ..Level::at(50, &[Audience::Assignee]) };
    cast.app.agree(move |terms| terms.levels = vec![up.clone()]).await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-07 13:00").await;
    assert_eq!(cast.tier1.see(&ticket).await.ok()["tier"], 1);
    cast.tick_at("2026-07-07 13:30").await;
    let seen = cast.tier2.see(&ticket).await.ok();
    assert_eq!((&seen["tier"], &seen["assignee"]), (&json!(2), &Value::Null));
    assert_eq!(reads(&seen, "tier2_acceptance"), "running 0:00 2026-07-08 09:00:00");
    let line = cast.tier2.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["kind"], &line["actor"]), (&json!("escalated"), &Value::Null));
    assert!(text(&line["data"]["reason"]).contains("50%"), "{line}");
    assert!(cast.tier2.told(&ticket).await.contains(&"escalated".to_owned()));
    // At tier 2 the level only tells; nobody handed it up, so it goes back to the desk.
    cast.tick_at("2026-07-08 08:00").await;
    assert_eq!(cast.tier2.give_back(&ticket).await.ok()["assignee"], Value::Null);
    assert_gapless(&cast, &ticket).await;
}

#[actix_web::test]
async fn what_a_mandiri_organisation_must_solve_itself_is_told_and_stays() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let up = Level { hand_over: true, ..Level::at(50, &[Audience::Assignee]) };
    cast.app.agree(move |terms| terms.levels = vec![up.clone()]).await;
    cast.admin.patch("/opds/dinkes", json!({ "mandiri_tik": true })).await.ok();
    let ticket = opened(&cast.requester, "mm").await;
    for at in ["2026-07-06 10:00", "2026-07-07 14:00", "2026-07-07 14:01"] {
        cast.tick_at(at).await;
    }
    assert_eq!(cast.tier1.see(&ticket).await.ok()["tier"], 1);
    let told = lines(&cast, &ticket).await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert_gapless(&cast, &ticket).await;
}

#[actix_web::test]
async fn after_a_stop_every_level_is_caught_up_once_and_in_order() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let early = Level { percent: None, minutes_before: Some(90), ..Level::at(1, &[Audience::Desk]) };
    cast.app.agree(move |terms| terms.levels.push(early.clone())).await;
    let first = opened(&cast.requester, "mm").await;
    cast.at("2026-07-06 08:30");
    let second = opened(&cast.requester, "mh").await;
    cast.tick_at("2026-07-10 08:00").await;
    cast.app.tick().await;
    let expected = [
        "warned first_response/1 -90m 2026-07-06 10:30:00",
        "warned first_response/1 75% 2026-07-06 11:00:00",
        "breached first_response/1 100% 2026-07-06 12:00:00",
        "warned resolution/1 75% 2026-07-08 11:00:00",
        "warned resolution/1 -90m 2026-07-09 08:00:00",
        "breached resolution/1 100% 2026-07-09 09:30:00",
    ];
    assert_eq!(lines(&cast, &first).await, expected);
    // A level that lies before the beginning is none.
    let expected = [
        "warned first_response/1 75% 2026-07-06 09:15:00",
        "breached first_response/1 100% 2026-07-06 09:30:00",
        "warned resolution/1 75% 2026-07-06 15:30:00",
        "warned resolution/1 -90m 2026-07-06 16:00:00",
        "breached resolution/1 100% 2026-07-07 09:00:00",
    ];
    assert_eq!(lines(&cast, &second).await, expected);
}

#[actix_web::test]
async fn a_longer_target_takes_a_miss_back_and_what_was_told_is_not_told_again() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mh").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-07 08:30").await;
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["state"], "missed");
    let calm = cast.tier1.edit(&ticket, json!({ "urgency": "medium" })).await.ok();
    assert_eq!(reads(&calm, "resolution"), "running 8:00 2026-07-09 09:30:00");
    assert_eq!(clock(&calm, "resolution")["breached_at"], Value::Null);
    let told = lines(&cast, &ticket).await;
    let expected = ["warned resolution/1 75% 2026-07-06 15:00:00", "breached resolution/1 100% 2026-07-07 08:30:00"];
    assert_eq!(told, expected);
    assert!(cast.coordinator.numbers("sla=breached").await.is_empty());
    cast.tick_at("2026-07-09 09:30").await;
    // Missed it is, by the longer target, and listed; but each level happens once for a clock and its start.
    let late = cast.tier1.see(&ticket).await.ok();
    assert_eq!(jakarta(&clock(&late, "resolution")["breached_at"]), "2026-07-09 09:30:00");
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&ticket["number"])]);
    cast.at("2026-07-09 10:00");
    let late = cast.tier1.resolve(&ticket).await.ok();
    assert_eq!(jakarta(&clock(&late, "resolution")["breached_at"]), "2026-07-09 09:30:00");
    cast.app.tick().await;
    assert_eq!(lines(&cast, &ticket).await, expected);
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&ticket["number"])]);
    assert_eq!(compared(&cast.app).await.2, []);
}

#[actix_web::test]
async fn a_level_that_was_told_stays_told_under_another_target_and_one_that_was_not_comes_once() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mh").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-06 15:00").await;
    assert_eq!(lines(&cast, &ticket).await, ["warned resolution/1 75% 2026-07-06 15:00:00"]);
    // Three quarters lie ahead again, and the end of it too.
    let mails = cast.tier1.told(&ticket).await;
    cast.tier1.edit(&ticket, json!({ "urgency": "medium" })).await.ok();
    cast.tick_at("2026-07-08 11:00").await;
    assert_eq!(cast.tier1.told(&ticket).await, mails);
    cast.tick_at("2026-07-09 09:30").await;
    cast.app.tick().await;
    let expected = ["warned resolution/1 75% 2026-07-06 15:00:00", "breached resolution/1 100% 2026-07-09 09:30:00"];
    assert_eq!(lines(&cast, &ticket).await, expected);
    assert_eq!(counts(&cast, &ticket, "breached").await, [1, 0, 0, 1, 0]);
    assert_eq!(compared(&cast.app).await.2, []);
}

#[actix_web::test]
async fn what_an_act_overtakes_is_told_to_everybody_whom_it_concerns_and_is_nobodys_deed() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let (late, near) = (opened(&cast.requester, "mh").await, opened(&cast.requester, "mm").await);
    cast.tier1.start(&late).await.ok();
    cast.tier1.start(&near).await.ok();
    // The timers have not looked: one deadline has passed, of the other three quarters.
    cast.at("2026-07-08 13:00");
    for ticket in [&late, &near] {
        cast.tier1.resolve(ticket).await.ok();
    }
    cast.app.tick().await;
    let expected = ["warned resolution/1 75% 2026-07-06 15:00:00", "breached resolution/1 100% 2026-07-07 08:30:00"];
    assert_eq!(lines(&cast, &late).await, expected);
    assert_eq!(lines(&cast, &near).await, ["warned resolution/1 75% 2026-07-08 11:00:00"]);
    assert_eq!(clock(&cast.tier1.see(&near).await.ok(), "resolution")["state"], "met");
    for ticket in [&late, &near] {
        let events = cast.coordinator.of(ticket, "events").await;
        let told = events.iter().filter(|e| e["kind"] == "warned" || e["kind"] == "breached");
        assert!(told.clone().count() > 0 && told.clone().all(|e| e["actor"].is_null()), "{events:#?}");
        assert_gapless(&cast, ticket).await;
    }
    // Whoever was quicker is told as well: it is his ticket, and not his act.
    assert_eq!(counts(&cast, &late, "breached").await, [1, 0, 0, 1, 0]);
    assert_eq!(counts(&cast, &late, "warned").await, [1, 0, 0, 0, 0]);
    for (action, least) in [("ticket.warned", 2), ("ticket.breached", 1)] {
        let entries = cast.auditor.items(&format!("/audit/entries?action={action}")).await;
        assert!(entries.len() >= least && entries.iter().all(|e| e["actor"].is_null()), "{entries:#?}");
    }
}

#[actix_web::test]
async fn a_shorter_target_after_a_doubt_is_a_miss_that_is_told() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-07 13:30");
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    // Twelve hours were used of twenty-four; now of eight.
    cast.tier1.edit(&ticket, json!({ "urgency": "high" })).await.ok();
    cast.app.tick().await;
    let told = lines(&cast, &ticket).await;
    assert_eq!(told.iter().filter(|l| l.starts_with("breached resolution/2")).count(), 1, "{told:?}");
    // Of what the first cycle missed, the second tells nothing again.
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    cast.app.tick().await;
    assert_eq!(lines(&cast, &ticket).await, told);
    assert_eq!(clock(&cast.tier1.see(&ticket).await.ok(), "resolution")["state"], "missed");
}

#[actix_web::test]
async fn a_reminder_after_the_miss_says_so_and_not_that_the_deadline_is_near() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let whom = [Audience::Assignee, Audience::Coordinator];
    cast.app.agree(move |terms| terms.levels = vec![Level::at(75, &whom), Level::at(150, &whom)]).await;
    let ticket = opened(&cast.requester, "mh").await;
    cast.tier1.start(&ticket).await.ok();
    for at in ["2026-07-06 15:00", "2026-07-07 08:30", "2026-07-07 13:30"] {
        cast.tick_at(at).await;
    }
    let told = lines(&cast, &ticket).await;
    assert_eq!(told.last().unwrap(), "warned resolution/1 150% 2026-07-07 13:30:00", "{told:?}");
    assert_eq!(cast.coordinator.told(&ticket).await, ["warned", "breached", "overdue"]);
    let chief = Browser::lebak(&cast.app, "koordinator").await;
    let notices = chief.get("/notices").await.words();
    for words in ["Batas waktu sudah lama terlewat: Penyelesaian", "Batas waktu hampir habis: Penyelesaian"] {
        assert_eq!(notices.matches(words).count(), 1, "{words}: {notices}");
    }
    let page = chief.get(&format!("/tickets/{}", text(&ticket["number"]))).await.words();
    for (words, times) in [("Batas waktu sudah lama terlewat: ", 1), ("Batas waktu mendekat: ", 1)] {
        assert_eq!(page.matches(words).count(), times, "{words}: {page}");
    }
    let owed: Vec<Json> = cast.app.look(|conn| Ok(on!(conn, |c| mails::table.select(mails::facts).load(c))?)).await;
    let mails: Vec<String> = owed.iter().map(|facts| facts.0.to_string()).collect();
    let said = |words: &str| mails.iter().filter(|mail| mail.contains(words)).count();
    assert_eq!((said("150%"), said("75%")), (2, 2));
    for mail in mails.iter().filter(|mail| mail.contains("150%")) {
        assert!(mail.contains("Batas waktu sudah lama terlewat") && !mail.contains("hampir"), "{mail}");
    }
}
