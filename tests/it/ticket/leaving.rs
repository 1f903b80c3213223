//! Technicians come, serve several organisations, and leave; their work does not leave with them.

use crate::support::Client;
use crate::support::desk::{Cast, text};
use crate::support::time::clock;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::people;
use std::sync::atomic::Ordering;

async fn given(cast: &Cast, to: &Client) -> Value {
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.coordinator.assign(&ticket, &to.id().await).await.ok()
}

// T5
#[actix_web::test]
async fn one_technician_serves_several_organisations_and_no_others() {
    let cast = Cast::new().await;
    let ours = cast.requester.open("Di dinkes").await;
    let theirs = cast.outsider.open("Di disdik").await;
    assert_eq!(cast.neighbour.numbers("").await, [text(&theirs["number"])]);
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    // At once, with the token that he has.
    assert_eq!(cast.neighbour.numbers("sort=created_at").await.len(), 2);
    cast.neighbour.start(&ours).await.ok();
    cast.neighbour.start(&theirs).await.ok();
    assert_eq!(cast.neighbour.numbers("assignee=me&opd=dinkes").await, [text(&ours["number"])]);
    let next = cast.requester.open("Lagi").await;
    assert!(cast.neighbour.told(&next).await.contains(&"opened".to_owned()));
    let elsewhere = cast.app.lebak("pegawai.bpbd").await.open("Di bpbd").await;
    cast.neighbour.see(&elsewhere).await.refused(404);
}

#[actix_web::test]
async fn a_role_that_is_taken_gives_the_open_work_back_to_the_desk_at_once() {
    let cast = Cast::new().await;
    let person = cast.tier1.id().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let (new, waiting, solved) =
        (given(&cast, &cast.tier1).await, given(&cast, &cast.tier1).await, given(&cast, &cast.tier1).await);
    cast.tier1.pend(&waiting).await.ok();
    cast.tier1.resolve(&solved).await.ok();
    cast.later();
    cast.take(&person, "tier1", "dinkes").await;
    for ticket in [&new, &waiting] {
        let free = cast.neighbour.see(ticket).await.ok();
        assert_eq!(free["assignee"], Value::Null);
        let line = cast.neighbour.of(ticket, "events").await.pop().unwrap();
        assert_eq!((&line["kind"], &line["data"]["person"]), (&json!("released"), &json!(person)));
        assert_eq!(line["version"], free["version"]);
        assert!(cast.neighbour.told(ticket).await.contains(&"released".to_owned()));
        assert!(!cast.requester.story(ticket).await.contains(&"released".to_owned()));
    }
    assert_eq!(cast.neighbour.see(&waiting).await.ok()["status"], "pending");
    assert_eq!(cast.neighbour.see(&solved).await.ok()["assignee"]["email"], "teknisi.dinkes@lebakkab.go.id");
    // His token is worth nothing from now on, not even for reading.
    cast.tier1.get("/me").await.refused(401);
    cast.tier1.see(&new).await.refused(401);
    cast.tier1.start(&new).await.refused(401);
    let back = cast.app.lebak("teknisi.dinkes").await;
    back.see(&new).await.refused(404);
    assert!(back.numbers("").await.is_empty());
}

#[actix_web::test]
async fn whoever_is_deactivated_leaves_his_work_to_the_desk_and_is_out_at_once() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    cast.tier2.start(&ticket).await.ok();
    cast.later();
    cast.deactivate(&cast.tier2.id().await).await;
    assert_eq!(cast.second.see(&ticket).await.ok()["assignee"], Value::Null);
    assert!(cast.second.told(&ticket).await.contains(&"released".to_owned()));
    cast.tier2.see(&ticket).await.refused(401);
    cast.tier2.resolve(&ticket).await.refused(401);
    let login = json!({ "login": "tier2.satu@lebakkab.go.id", "password": "sigap-demo-2026" });
    cast.app.anonymous().post("/auth/login", login).await.refused(401);
    cast.second.resolve(&ticket).await.ok();
}

// T5
#[actix_web::test]
async fn whoever_leaves_one_of_his_desks_keeps_the_work_of_the_other() {
    let cast = Cast::new().await;
    let person = cast.neighbour.id().await;
    cast.give(&person, "tier1", Some("dinkes")).await;
    let ours = given(&cast, &cast.neighbour).await;
    let theirs = cast.outsider.open("Di disdik").await;
    cast.neighbour.start(&theirs).await.ok();
    cast.take(&person, "tier1", "disdik").await;
    assert_eq!(cast.coordinator.see(&theirs).await.ok()["assignee"], Value::Null);
    assert_eq!(cast.coordinator.see(&ours).await.ok()["assignee"]["email"], "teknisi.disdik@lebakkab.go.id");
    let back = cast.app.lebak("teknisi.disdik").await;
    back.see(&ours).await.ok();
    back.see(&theirs).await.refused(404);
}

// L4
#[actix_web::test]
async fn work_that_the_last_technician_leaves_behind_reaches_the_coordinator() {
    let cast = Cast::new().await;
    let ticket = given(&cast, &cast.tier1).await;
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    assert_eq!(cast.coordinator.see(&ticket).await.ok()["assignee"], Value::Null);
    assert!(cast.coordinator.told(&ticket).await.contains(&"no_tier1".to_owned()));
    // And is not stuck.
    cast.coordinator.escalate(&ticket).await.ok();
    cast.tier2.start(&ticket).await.ok();
}

#[actix_web::test]
async fn a_ticket_taken_up_again_does_not_go_to_somebody_who_has_left() {
    let cast = Cast::new().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let (one, other) = (given(&cast, &cast.tier1).await, given(&cast, &cast.tier1).await);
    cast.tier1.resolve(&one).await.ok();
    cast.tier1.resolve(&other).await.ok();
    cast.requester.close(&other).await.ok();
    cast.deactivate(&cast.tier1.id().await).await;
    for ticket in [&one, &other] {
        assert_eq!(cast.requester.reopen(ticket).await.ok()["assignee"], Value::Null);
        assert!(cast.neighbour.told(ticket).await.contains(&"reopened".to_owned()));
    }
}

#[actix_web::test]
async fn a_technicians_own_trouble_is_a_requesters_like_any_other() {
    let cast = Cast::new().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let ticket = cast.tier1.open("Laptop saya mati").await;
    cast.neighbour.say(&ticket, "internal", "Yang ini lagi.").await.created();
    cast.tier1.say(&ticket, "internal", "Catatan.").await.refused(403);
    assert_eq!(cast.tier1.of(&ticket, "comments").await, Vec::<Value>::new());
    assert_eq!(cast.tier1.story(&ticket).await, ["opened"]);
    cast.tier1.start(&ticket).await.ok();
}

#[actix_web::test]
async fn what_an_auditor_reports_himself_he_follows_as_a_requester_only() {
    let cast = Cast::new().await;
    cast.give(&cast.auditor.id().await, "requester", Some("dinkes")).await;
    let secret = json!({ "classification": "secret" });
    let own = cast.auditor.open_with(secret).await.created();
    cast.auditor.say(&own, "public", "Mohon segera.").await.created();
    let other = cast.requester.open("SIMPEG mati").await;
    cast.auditor.see(&other).await.ok();
    cast.auditor.say(&other, "public", "Halo.").await.refused(403);
    let hidden = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    cast.auditor.see(&hidden).await.refused(404);
}

// L4
#[actix_web::test]
async fn a_ticket_taken_up_again_where_nobody_is_left_reaches_the_coordinator() {
    let cast = Cast::new().await;
    let ticket = given(&cast, &cast.tier1).await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    assert!(cast.coordinator.told(&ticket).await.is_empty(), "it is solved");
    let again = cast.requester.reopen(&ticket).await.ok();
    assert_eq!((&again["tier"], &again["assignee"]), (&json!(1), &Value::Null));
    assert_eq!(cast.coordinator.told(&ticket).await, ["no_tier1"]);
    cast.coordinator.escalate(&ticket).await.ok();
    cast.tier2.start(&ticket).await.ok();
}

// L4
#[actix_web::test]
async fn the_coordinator_is_told_once_of_what_the_last_technician_leaves_behind() {
    let cast = Cast::new().await;
    let (first, second) = (cast.tier1.id().await, cast.neighbour.id().await);
    cast.give(&first, "tier1", Some("setda")).await;
    let ours = given(&cast, &cast.tier1).await;
    let theirs = cast.outsider.open("Di disdik").await;
    cast.take(&first, "tier1", "dinkes").await;
    assert_eq!(cast.coordinator.told(&ours).await, ["no_tier1"]);
    // He leaves other desks later, or all of them; that one was left before.
    cast.take(&first, "tier1", "setda").await;
    cast.deactivate(&first).await;
    assert_eq!(cast.coordinator.told(&ours).await, ["no_tier1"]);
    cast.deactivate(&second).await;
    assert_eq!(cast.coordinator.told(&theirs).await, ["no_tier1"]);
    cast.take(&second, "tier1", "disdik").await;
    assert_eq!(cast.coordinator.told(&theirs).await, ["no_tier1"]);
}

// L4
#[actix_web::test]
async fn the_coordinator_is_told_once_of_what_the_last_tier_2_leaves_behind_and_of_what_comes_after() {
    let cast = Cast::new().await;
    let (held, free) = (cast.handed_up().await, cast.handed_up().await);
    cast.tier2.start(&held).await.ok();
    let (first, second) = (cast.tier2.id().await, cast.second.id().await);
    cast.deactivate(&second).await;
    assert!(cast.coordinator.told(&free).await.is_empty(), "one is left");
    let entry = cast.admin.get(&format!("/people/{first}")).await.ok();
    let role = text(&entry["entry"]["roles"][0]["id"]);
    cast.admin.delete(&format!("/people/{first}/roles/{role}")).await.done();
    cast.deactivate(&first).await;
    for ticket in [&held, &free] {
        assert_eq!(cast.coordinator.told(ticket).await, ["no_tier2"]);
        assert_eq!(cast.coordinator.see(ticket).await.ok()["assignee"], Value::Null);
    }
    let ticket = cast.requester.open("Di meja pertama").await;
    assert!(cast.coordinator.told(&ticket).await.is_empty());
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.escalate(&ticket).await.ok();
    assert_eq!(cast.coordinator.told(&ticket).await, ["no_tier2"]);
    let central = cast.requester.open_with(json!({ "service": "internet" })).await.created();
    assert_eq!((&central["tier"], cast.coordinator.told(&central).await), (&json!(2), vec!["no_tier2".to_owned()]));
    // And none is stuck.
    cast.coordinator.give_back(&ticket).await.ok();
    cast.tier1.resolve(&ticket).await.ok();
}

/// Four that wait: for their requester at Tier 1, for a vendor, for their requester at Tier 2, and for one of another
/// organisation.
async fn waiting(cast: &Cast) -> [Value; 4] {
    let (asked, elsewhere) = (given(cast, &cast.tier1).await, given(cast, &cast.tier1).await);
    let (up, others) = (cast.handed_up().await, cast.outsider.open("Di disdik").await);
    cast.tier1.pend(&asked).await.ok();
    cast.tier1.act(&elsewhere, "pend", json!({ "reason": "vendor" })).await.ok();
    cast.tier2.pend(&up).await.ok();
    cast.neighbour.pend(&others).await.ok();
    [asked, elsewhere, up, others]
}

#[actix_web::test]
async fn what_waits_for_a_requester_who_leaves_goes_on_and_its_desk_is_told() {
    let cast = Cast::new().await;
    let [asked, elsewhere, up, others] = waiting(&cast).await;
    cast.later();
    cast.deactivate(&cast.requester.id().await).await;
    for (client, ticket) in [(&cast.tier1, &asked), (&cast.tier2, &up), (&cast.second, &up)] {
        let seen = client.see(ticket).await.ok();
        assert_eq!((&seen["status"], &seen["pending_reason"]), (&json!("in_progress"), &Value::Null));
        assert_eq!(clock(&seen, "resolution")["state"], "running");
        let line = client.of(ticket, "events").await.pop().unwrap();
        assert_eq!((&line["kind"], &line["version"]), (&json!("resumed"), &seen["version"]));
        let told = client.told(ticket).await;
        assert_eq!(told.iter().filter(|kind| *kind == "requester_left").count(), 1, "{told:?}");
    }
    assert_eq!(cast.tier1.see(&elsewhere).await.ok()["status"], "pending");
    assert!(!cast.tier1.told(&elsewhere).await.contains(&"requester_left".to_owned()));
    assert_eq!(cast.neighbour.see(&others).await.ok()["status"], "pending");
    // Nobody waits for him any more.
    let before = cast.tier1.see(&asked).await.ok();
    cast.tier1.pend(&asked).await.names("/reason");
    assert_eq!(cast.tier1.see(&asked).await.ok(), before);
    cast.tier1.act(&asked, "pend", json!({ "reason": "vendor" })).await.ok();
}

// As older programs left them, whatever way he went.
#[actix_web::test]
async fn what_waits_for_somebody_who_left_long_ago_goes_on_at_the_next_upkeep() {
    let cast = Cast::new().await;
    let [asked, elsewhere, up, others] = waiting(&cast).await;
    let gone = cast.app.within(|tx| {
        let him = people::table.filter(people::email.eq("pegawai.dinkes@lebakkab.go.id"));
        Ok(sigap::on!(tx.conn(), |c| diesel::update(him).set(people::active.eq(false)).execute(c))?)
    });
    assert_eq!(gone.await, 1);
    cast.later();
    let upkeep = async || sigap::worker::upkeep::run(&cast.app.app).await.unwrap();
    // Nothing goes on in a copy that was put back and not released.
    cast.app.app.quarantine.store(true, Ordering::Release);
    upkeep().await;
    assert_eq!(cast.tier1.see(&asked).await.ok()["status"], "pending");
    cast.app.app.quarantine.store(false, Ordering::Release);
    upkeep().await;
    for (client, ticket) in [(&cast.tier1, &asked), (&cast.tier2, &up), (&cast.second, &up)] {
        let seen = client.see(ticket).await.ok();
        assert_eq!((&seen["status"], &seen["pending_reason"]), (&json!("in_progress"), &Value::Null));
        assert_eq!(clock(&seen, "resolution")["state"], "running");
        let line = client.of(ticket, "events").await.pop().unwrap();
        assert_eq!(
            (&line["kind"], &line["actor"], &line["version"]),
            (&json!("resumed"), &Value::Null, &seen["version"])
        );
        let told = client.told(ticket).await;
        assert_eq!(told.iter().filter(|kind| *kind == "requester_left").count(), 1, "{told:?}");
        assert!(!told.contains(&"resumed".to_owned()), "once, with the reason: {told:?}");
    }
    for (client, ticket) in [(&cast.tier1, &elsewhere), (&cast.neighbour, &others)] {
        assert_eq!(client.see(ticket).await.ok()["status"], "pending");
    }
    let before = cast.tier1.see(&asked).await.ok();
    upkeep().await;
    assert_eq!(cast.tier1.see(&asked).await.ok(), before);
}
