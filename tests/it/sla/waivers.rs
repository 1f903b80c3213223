//! A miss that nobody could help does not count if a second person says so (L8).

use super::clocks::opened;
use super::recompute::compared;
use crate::support::Cast;
use crate::support::browser::Browser;
use crate::support::client::id;
use crate::support::desk::{text, texts};
use crate::support::time::reads;
use chrono::Duration;
use serde_json::{Value, json};

const WHY: &str = "Listrik padam di seluruh kecamatan.";

fn place(ticket: &Value) -> String {
    format!("/tickets/{}/sla/waivers", id(ticket))
}

fn decision(ticket: &Value, waiver: &Value) -> String {
    format!("{}/{}/decision", place(ticket), id(waiver))
}

fn wish(metric: &str) -> Value {
    json!({ "metric": metric, "reason": WHY })
}

/// A ticket that Tier 1 solved too late.
async fn late() -> (Cast, Value) {
    let (cast, tickets) = all_late(1).await;
    (cast, tickets[0].clone())
}

/// So many of them.
async fn all_late(count: usize) -> (Cast, Vec<Value>) {
    let cast = Cast::new().await;
    let mut tickets = Vec::new();
    for _ in 0..count {
        let ticket = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
        cast.tier1.start(&ticket).await.ok();
        tickets.push(ticket);
    }
    let cast = cast.much_later(Duration::hours(5)).await;
    for ticket in &tickets {
        cast.tier1.resolve(ticket).await.ok();
    }
    (cast, tickets)
}

fn resolution(ticket: &Value) -> &Value {
    ticket["sla"]["clocks"].as_array().unwrap().iter().find(|c| c["metric"] == "resolution").unwrap()
}

// L8
#[actix_web::test]
async fn the_desk_asks_and_the_coordinator_decides_that_a_miss_does_not_count() {
    let (cast, ticket) = late().await;
    let missed = cast.coordinator.numbers("sla=breached").await;
    assert_eq!(missed, [text(&ticket["number"])]);
    let asked = cast.tier1.post(&place(&ticket), wish("resolution")).await.created();
    assert_eq!((&asked["metric"], &asked["reason"]), (&json!("resolution"), &json!(WHY)));
    assert_eq!((&asked["granted"], &asked["asked_by"]["name"]), (&Value::Null, &json!("Budi Santoso")));
    assert!(cast.coordinator.told(&ticket).await.contains(&"waiver_asked".to_owned()));
    assert_eq!(cast.coordinator.numbers("sla=breached").await, missed, "asking alone changes nothing");
    cast.tier1.post(&decision(&ticket, &asked), json!({ "granted": true })).await.refused(403);
    let body = json!({ "granted": true, "remark": "Benar, gardu PLN terbakar." });
    let decided = cast.coordinator.post(&decision(&ticket, &asked), body).await.ok();
    assert_eq!((&decided["granted"], &decided["decided_by"]["name"]), (&json!(true), &json!("Bambang Wijaya")));
    assert_eq!(cast.auditor.items(&place(&ticket)).await, [decided]);
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    let clock = resolution(&cast.tier1.see(&ticket).await.ok()).clone();
    assert_eq!((&clock["state"], &clock["waived"]), (&json!("missed"), &json!(true)), "the miss stays and is waived");
    let clocks = cast.tier1.get(&format!("/tickets/{}/sla/explain", id(&ticket))).await.ok();
    assert!(clocks.to_string().contains("Keterlambatan ini dikecualikan."));
}

#[actix_web::test]
async fn the_requester_reads_that_a_clock_is_waived_and_notices_nothing_else() {
    let (cast, ticket) = late().await;
    let (before, notices) = (cast.requester.see(&ticket).await, cast.requester.told(&ticket).await);
    let story = cast.requester.story(&ticket).await;
    cast.app.step(Duration::minutes(1));
    let asked = cast.tier1.post(&place(&ticket), wish("resolution")).await.created();
    assert_eq!(cast.requester.see(&ticket).await.text, before.text);
    cast.coordinator.post(&decision(&ticket, &asked), json!({ "granted": true })).await.ok();
    let after = cast.requester.see(&ticket).await;
    assert_eq!(after.header("etag"), before.header("etag"));
    // The clocks stand in the order of their metrics: first the response, then the resolution.
    let parts: Vec<&str> = before.text.split("\"waived\":false").collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(after.text, [parts[0], "\"waived\":false", parts[1], "\"waived\":true", parts[2]].concat());
    assert_eq!((cast.requester.story(&ticket).await, cast.requester.told(&ticket).await), (story, notices));
    cast.requester.get(&place(&ticket)).await.refused(403);
    cast.requester.post(&place(&ticket), wish("resolution")).await.refused(403);
    cast.requester.post(&decision(&ticket, &asked), json!({ "granted": true })).await.refused(403);
    cast.outsider.get(&place(&ticket)).await.refused(404);
}

// L8
#[actix_web::test]
async fn nobody_decides_what_he_asked_for_himself() {
    let (cast, ticket) = late().await;
    let chief = cast.coordinator.id().await;
    cast.give(&chief, "tier1", Some("dinkes")).await;
    let asked = cast.coordinator.post(&place(&ticket), wish("resolution")).await.created();
    cast.coordinator.post(&decision(&ticket, &asked), json!({ "granted": true })).await.refused(403);
    assert_eq!(resolution(&cast.tier1.see(&ticket).await.ok())["waived"], false);
}

#[actix_web::test]
async fn a_waiver_is_asked_for_and_decided_once_and_only_of_a_clock_that_there_is() {
    let (cast, ticket) = late().await;
    cast.tier1.post(&place(&ticket), json!({ "metric": "resolution", "reason": " " })).await.names("/reason");
    cast.tier1.post(&place(&ticket), json!({ "metric": "happiness", "reason": WHY })).await.names("/metric");
    cast.tier1.post(&place(&ticket), wish("tier2_resolution")).await.refused(409);
    let asked = cast.tier1.post(&place(&ticket), wish("resolution")).await.created();
    cast.tier1.post(&place(&ticket), wish("resolution")).await.refused(409);
    let other = cast.requester.open("Layar gelap").await;
    cast.coordinator.post(&decision(&other, &asked), json!({ "granted": true })).await.refused(404);
    cast.coordinator.post(&decision(&ticket, &asked), json!({ "granted": "ya" })).await.names("/granted");
    cast.coordinator.post(&decision(&ticket, &asked), json!({ "granted": false })).await.ok();
    cast.coordinator.post(&decision(&ticket, &asked), json!({ "granted": true })).await.refused(409);
    assert_eq!(resolution(&cast.tier1.see(&ticket).await.ok())["waived"], false, "refused is refused");
    cast.tier1.post(&place(&ticket), wish("resolution")).await.created();
    let reasons = texts(&cast.tier1.items(&place(&ticket)).await, "reason");
    assert_eq!(reasons, [WHY, WHY], "a refused wish stays, and a new one may be uttered");
}

#[actix_web::test]
async fn a_waiver_is_decided_under_its_own_ticket_alone() {
    let (cast, tickets) = all_late(2).await;
    let [ticket, other] = &tickets[..] else { unreachable!() };
    let asked = cast.tier1.post(&place(ticket), wish("resolution")).await.created();
    // The other one has a missed clock of its own, which that decision would waive.
    cast.coordinator.post(&decision(other, &asked), json!({ "granted": true })).await.refused(404);
    assert_eq!(cast.coordinator.items(&place(ticket)).await[0]["granted"], Value::Null);
    assert_eq!(resolution(&cast.tier1.see(other).await.ok())["waived"], false);
}

/// Asks for a waiver of the resolution and grants it.
async fn waived(cast: &Cast, ticket: &Value) {
    let asked = cast.tier1.post(&place(ticket), wish("resolution")).await.created();
    cast.coordinator.post(&decision(ticket, &asked), json!({ "granted": true })).await.ok();
}

// L8
#[actix_web::test]
async fn a_waived_miss_counts_no_more_although_the_work_goes_on() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "hh").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-06 13:00").await;
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&ticket["number"])]);
    waived(&cast, &ticket).await;
    for _ in 0..2 {
        for standing in ["breached", "at_risk"] {
            assert_eq!(cast.coordinator.numbers(&format!("sla={standing}")).await, Vec::<String>::new());
        }
        assert_eq!(cast.coordinator.numbers("sort=due_at").await, [text(&ticket["number"])], "it is still listed");
        cast.tick_at("2026-07-07 08:00").await;
    }
    let clock = resolution(&cast.tier1.see(&ticket).await.ok()).clone();
    assert_eq!((&clock["stopped_at"], &clock["waived"]), (&Value::Null, &json!(true)));
    // Its row does not mark it as late either.
    let queue = Browser::lebak(&cast.app, "koordinator").await.get("/tickets").await;
    assert_eq!((queue.first(".row .due"), queue.all(".row.is-late").len()), ("– dikecualikan".to_owned(), 0));
    assert_eq!(compared(&cast.app).await.2, []);
}

/// Two that were solved an hour late.
async fn two_late() -> (Cast, [Value; 2]) {
    let cast = Cast::since("2026-07-06 08:00").await;
    let both = [opened(&cast.requester, "hh").await, opened(&cast.requester, "hh").await];
    for ticket in &both {
        cast.tier1.start(ticket).await.ok();
    }
    cast.tick_at("2026-07-06 13:00").await;
    for ticket in &both {
        cast.tier1.resolve(ticket).await.ok();
    }
    (cast, both)
}

// L8
#[actix_web::test]
async fn a_waived_miss_stays_waived_when_the_ticket_is_taken_up_again() {
    let (cast, [ticket, other]) = two_late().await;
    waived(&cast, &ticket).await;
    // Of the other one it is decided only when its second cycle runs.
    let asked = cast.tier1.post(&place(&other), wish("resolution")).await.created();
    for late in [&ticket, &other] {
        cast.requester.reopen(late).await.ok();
    }
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&other["number"])]);
    cast.coordinator.post(&decision(&other, &asked), json!({ "granted": true })).await.ok();
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    cast.tick_at("2026-07-06 14:00").await;
    for late in [&ticket, &other] {
        let seen = cast.tier1.resolve(late).await.ok();
        assert_eq!(reads(&seen, "resolution"), "missed 6:00 2026-07-06 13:00:00");
        assert_eq!((&resolution(&seen)["cycle"], &resolution(&seen)["waived"]), (&json!(2), &json!(true)));
        cast.tier1.post(&place(late), wish("resolution")).await.refused(409);
    }
    let report = cast.coordinator.get("/reports/sla?from=2026-07-06&to=2026-07-06&by=opd").await.ok();
    assert_eq!(report["totals"]["missed"], 0, "{report}");
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    assert_eq!(compared(&cast.app).await.2, []);
}

// L8
#[actix_web::test]
async fn a_waiver_of_the_first_cycle_covers_no_miss_of_the_next() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "hh").await;
    cast.tier1.start(&ticket).await.ok();
    cast.at("2026-07-06 11:00");
    cast.tier1.resolve(&ticket).await.ok();
    waived(&cast, &ticket).await;
    cast.requester.reopen(&ticket).await.ok();
    cast.tick_at("2026-07-06 13:00").await;
    let clock = resolution(&cast.tier1.see(&ticket).await.ok()).clone();
    assert_eq!((&clock["state"], &clock["waived"]), (&json!("missed"), &json!(false)));
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&ticket["number"])]);
}

/// What `/reports/sla` says of missed and waived solutions of these days.
async fn reported(cast: &Cast, to: &str) -> (i64, i64) {
    let report = cast.coordinator.get(&format!("/reports/sla?from=2026-07-06&to={to}&by=opd")).await.ok();
    (report["totals"]["missed"].as_i64().unwrap(), report["totals"]["waived"].as_i64().unwrap())
}

// L8
#[actix_web::test]
async fn a_waiver_asked_for_after_a_reopening_covers_the_miss_where_it_began() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "hh").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tick_at("2026-07-06 13:00").await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    assert_eq!(reported(&cast, "2026-07-06").await, (1, 0));
    waived(&cast, &ticket).await;
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    assert_eq!(reported(&cast, "2026-07-06").await, (0, 1), "the one miss is waived where it was counted");
    let clocks = cast.tier1.get(&format!("/tickets/{}/sla/explain", id(&ticket))).await.ok();
    let clocks = clocks["clocks"].as_array().unwrap().iter().filter(|c| c["metric"] == "resolution");
    assert!(clocks.map(|c| c["waived"] == true).eq([true, true]));
    cast.tier1.post(&place(&ticket), wish("resolution")).await.refused(409);
    cast.tick_at("2026-07-06 14:00").await;
    cast.tier1.resolve(&ticket).await.ok();
    assert_eq!(reported(&cast, "2026-07-06").await.0, 0);
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    assert_eq!(compared(&cast.app).await.2, []);
}

// L8
#[actix_web::test]
async fn a_late_acceptance_of_an_earlier_visit_is_shown_where_it_is_listed_and_can_be_waived() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = opened(&cast.requester, "mm").await;
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.escalate(&ticket).await.ok();
    cast.tick_at("2026-07-06 13:30").await;
    cast.tier2.give_back(&ticket).await.ok();
    cast.tier1.escalate(&ticket).await.ok();
    let seen = cast.tier2.start(&ticket).await.ok();
    let clocks = seen["sla"]["clocks"].as_array().unwrap();
    assert!(clocks.iter().all(|c| c["breached_at"].is_null()), "{seen}");
    let before = seen["sla"]["missed_before"].as_array().unwrap();
    assert_eq!(before.len(), 1, "{seen}");
    let told = (&before[0]["metric"], &before[0]["cycle"], &before[0]["state"]);
    assert_eq!(told, (&json!("tier2_acceptance"), &json!(1), &json!("missed")));
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&ticket["number"])]);
    // The list says which deadline that was, and not what is left of another.
    let chief = Browser::lebak(&cast.app, "koordinator").await;
    let due = chief.get("/tickets?sla=breached").await.first(".row .due");
    assert!(due.starts_with("✕ Penerimaan oleh") && due.contains("terlambat"), "{due}");
    let desk = Browser::lebak(&cast.app, "tier2.satu").await;
    let page = format!("/tickets/{}", text(&ticket["number"]));
    let titles = desk.get(&page).await.all(".clock h3");
    assert!(titles.iter().any(|title| title.ends_with(", kali ke-1")), "{titles:?}");
    let fields = [("metric", "tier2_acceptance"), ("reason", WHY)];
    let shown = desk.get(&page).await;
    desk.fill(&shown, &format!("{page}/waiver"), &fields).await;
    let wish = cast.coordinator.items(&place(&ticket)).await.pop().unwrap();
    assert_eq!(wish["clock"], before[0]["id"], "of the clock that was missed, not of the one that was met");
    cast.coordinator.post(&decision(&ticket, &wish), json!({ "granted": true })).await.ok();
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    assert_eq!(cast.tier2.see(&ticket).await.ok()["sla"]["missed_before"], json!([]));
    assert_eq!(compared(&cast.app).await.2, []);
}

// L8
#[actix_web::test]
async fn a_longer_target_gives_a_reopened_ticket_time_and_its_old_waiver_covers_no_new_miss() {
    let (cast, [first, other]) = two_late().await;
    for ticket in [&first, &other] {
        cast.requester.reopen(ticket).await.ok();
    }
    // Of one it is waived before the target grows, of the other after.
    waived(&cast, &first).await;
    for ticket in [&first, &other] {
        let seen = cast.tier1.edit(ticket, json!({ "impact": "low", "urgency": "low" })).await.ok();
        assert_eq!((&resolution(&seen)["state"], &resolution(&seen)["waived"]), (&json!("running"), &json!(false)));
    }
    assert_eq!(cast.coordinator.numbers("sla=breached").await, [text(&other["number"])]);
    waived(&cast, &other).await;
    assert_eq!(cast.coordinator.numbers("sla=breached").await, Vec::<String>::new());
    assert_eq!(compared(&cast.app).await.2, []);
    cast.tick_at("2026-07-20 08:00").await;
    let mut late = cast.coordinator.numbers("sla=breached").await;
    late.sort();
    assert_eq!(late, [text(&first["number"]), text(&other["number"])], "missed once more, by another target");
    assert_eq!(compared(&cast.app).await.2, []);
}
