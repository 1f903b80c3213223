//! People move from one organisation to another, as a reorganisation wants it (T5).

use crate::support::desk::{Cast, text, texts};
use crate::support::meet::in_order;
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};
use sigap::access::Role;
use sigap::org::move_people::MOST;

const PLACE: &str = "/opds/dinkes/move-people";

/// Moves everybody of `dinkes` to `disdik`.
async fn everybody(admin: &Client) -> Reply {
    admin.post(PLACE, json!({ "to": "disdik" })).await
}

/// What everybody whom the administrator knows of is, and where.
async fn roles(admin: &Client) -> Vec<String> {
    let mut all = Vec::new();
    for person in admin.items("/people?limit=200").await {
        for role in person["entry"]["roles"].as_array().unwrap() {
            let opd = role["opd"].as_str().unwrap_or("-");
            all.push(format!("{} {} {opd}", text(&person["email"]), text(&role["role"])));
        }
    }
    all.sort();
    all
}

/// Those of them in these two organisations.
async fn of_both(admin: &Client) -> Vec<String> {
    let mut all = roles(admin).await;
    all.retain(|role| !role.starts_with("teknisi.setda") && (role.ends_with(" dinkes") || role.ends_with(" disdik")));
    all.into_iter().map(|role| role.replace("@lebakkab.go.id", "")).collect()
}

async fn mails(admin: &Client) -> usize {
    admin.items("/mails?limit=200").await.len()
}

// T5
#[actix_web::test]
async fn the_people_of_an_organisation_move_as_they_are_and_what_they_asked_for_stays() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let owed = mails(&cast.admin).await;
    cast.later();
    let moved = everybody(&cast.admin).await.ok();
    assert_eq!((&moved["stored"], &moved["moved"], &moved["passed_over"]), (&json!(true), &json!(2), &json!(0)));
    assert_eq!(texts(moved["people"].as_array().unwrap(), "name"), ["Budi Santoso", "Siti Aminah"]);
    assert_eq!(moved["people"][0]["roles"], json!(["tier1"]));
    assert_eq!((&moved["people_left"], &moved["technicians_left"]), (&json!(0), &json!(0)));
    assert_eq!(
        of_both(&cast.admin).await,
        [
            "pegawai.dinkes requester disdik",
            "pegawai.disdik requester disdik",
            "teknisi.dinkes tier1 disdik",
            "teknisi.disdik tier1 disdik"
        ]
    );
    assert_eq!(mails(&cast.admin).await, owed, "nobody is mailed about it");
    // As with every role that is taken, nothing goes on with the old rights.
    cast.requester.get("/me").await.refused(401);
    cast.tier1.get("/me").await.refused(401);
    let (requester, tier1) = (cast.app.lebak("pegawai.dinkes").await, cast.app.lebak("teknisi.dinkes").await);
    assert_eq!(requester.see(&ticket).await.ok()["opd"]["code"], "dinkes", "a ticket stays where it was opened");
    tier1.see(&ticket).await.refused(404);
    let next = requester.open("Printer mati").await;
    assert_eq!((&next["opd"]["code"], &next["tier"]), (&json!("disdik"), &json!(1)));
    tier1.start(&next).await.ok();
}

#[actix_web::test]
async fn a_rehearsal_tells_what_would_happen_and_lets_nothing_happen() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    let (before, seen) = (cast.admin.items("/people?limit=200").await, cast.coordinator.see(&ticket).await.ok());
    let would = cast.admin.post(&format!("{PLACE}?dry_run=true"), json!({ "to": "disdik" })).await.ok();
    assert_eq!((&would["stored"], &would["moved"]), (&json!(false), &json!(2)));
    let counts = (&would["released"], &would["open_tickets"]);
    assert_eq!(counts, (&Value::Null, &Value::Null), "whoever sees no tickets counts none");
    assert_eq!(cast.admin.items("/people?limit=200").await, before);
    assert_eq!(cast.coordinator.see(&ticket).await.ok(), seen);
    assert!(cast.coordinator.told(&ticket).await.is_empty());
    assert!(cast.auditor.items("/audit/entries?action=opd.move_people").await.is_empty());
    cast.app.lebak("pegawai.dinkes").await.open("Lagi").await;
    cast.give(&cast.coordinator.id().await, "admin", None).await;
    let keeper = cast.app.lebak("koordinator").await;
    let would = keeper.post(&format!("{PLACE}?dry_run=true"), json!({ "to": "disdik" })).await.ok();
    assert_eq!((&would["released"], &would["open_tickets"]), (&json!(1), &json!(2)));
    cast.tier1.resolve(&ticket).await.ok();
}

// T5
#[actix_web::test]
async fn a_role_that_somebody_has_there_already_is_only_taken_here() {
    let cast = Cast::new().await;
    cast.give(&cast.tier1.id().await, "tier1", Some("disdik")).await;
    cast.give(&cast.tier1.id().await, "requester", Some("dinkes")).await;
    let moved = everybody(&cast.admin).await.ok();
    let technician = &moved["people"][0];
    assert_eq!((&technician["roles"], &technician["held"]), (&json!(["requester", "tier1"]), &json!(["tier1"])));
    assert_eq!(
        of_both(&cast.admin).await,
        [
            "pegawai.dinkes requester disdik",
            "pegawai.disdik requester disdik",
            "teknisi.dinkes requester disdik",
            "teknisi.dinkes tier1 disdik",
            "teknisi.disdik tier1 disdik"
        ]
    );
}

// L4
#[actix_web::test]
async fn the_coordinator_is_told_once_of_what_technicians_leave_behind_together() {
    let cast = Cast::new().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let (one, other, free) =
        (cast.requester.open("Satu").await, cast.requester.open("Dua").await, cast.requester.open("Tiga").await);
    cast.tier1.start(&one).await.ok();
    cast.neighbour.start(&other).await.ok();
    cast.later();
    let moved = everybody(&cast.admin).await.ok();
    assert_eq!(moved["moved"], 3);
    for ticket in [&one, &other, &free] {
        assert_eq!(cast.coordinator.told(ticket).await, ["no_tier1"]);
        assert_eq!(cast.coordinator.see(ticket).await.ok()["assignee"], Value::Null);
    }
    // And none is stuck.
    cast.coordinator.escalate(&free).await.ok();
    cast.tier2.start(&free).await.ok();
}

#[actix_web::test]
async fn whoever_stays_at_the_desk_gets_back_what_those_who_move_had_in_hand() {
    let cast = Cast::new().await;
    let (gone, stays) = (cast.tier1.id().await, cast.neighbour.id().await);
    cast.give(&stays, "tier1", Some("dinkes")).await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.later();
    let moved = cast.admin.post(PLACE, json!({ "to": "setda", "people": [gone] })).await.ok();
    assert_eq!(moved["moved"], 1);
    assert_eq!((&moved["people_left"], &moved["technicians_left"]), (&json!(2), &json!(1)));
    assert!(cast.neighbour.told(&ticket).await.contains(&"released".to_owned()));
    assert!(cast.coordinator.told(&ticket).await.is_empty());
    cast.neighbour.resolve(&ticket).await.ok();
}

#[actix_web::test]
async fn whoever_moves_others_stays_himself() {
    let app = TestApp::new().await;
    app.hire("lebak", "admin.dua", Some(Role::Admin), &[]).await;
    let (admin, other) = (app.lebak("admin").await, app.lebak("admin.dua").await);
    let me = admin.id().await;
    other.post(&format!("/people/{me}/roles"), json!({ "role": "requester", "opd": "dinkes" })).await.created();
    for ask in [json!({ "to": "disdik", "people": [me] }), json!({ "to": "disdik" })] {
        let moved = admin.post(PLACE, ask).await.ok();
        assert_eq!((&moved["own"], moved["people"].to_string().contains(&me)), (&json!(true), false));
    }
    assert_eq!(admin.get("/opds/dinkes").await.status, 200, "and is still in");
    let moved = everybody(&other).await.ok();
    assert_eq!((&moved["own"], &moved["people"][0]["id"]), (&json!(false), &json!(me)));
}

// P4
#[actix_web::test]
async fn people_of_another_region_and_people_who_are_not_are_passed_over_alike() {
    let app = TestApp::new().await;
    let (admin, far) = (app.lebak("admin").await, app.temanggung("admin").await);
    let foreign = app.temanggung("pegawai.dinkes").await.id().await;
    let before = far.items("/people?limit=200").await;
    let of = async |who: &str| admin.post(PLACE, json!({ "to": "disdik", "people": [who] })).await;
    let (foreign, absent) = (of(&foreign).await, of("01890000-0000-7000-8000-000000000000").await);
    assert_eq!((foreign.status, &foreign.text), (200, &absent.text));
    assert_eq!((&foreign.ok()["moved"], &foreign.ok()["passed_over"]), (&json!(0), &json!(1)));
    assert_eq!(far.items("/people?limit=200").await, before);
    assert!(app.lebak("auditor").await.items("/audit/entries?action=opd.move_people").await.is_empty());
}

#[actix_web::test]
async fn where_nobody_may_be_given_a_role_nobody_moves() {
    let app = TestApp::new().await;
    app.found("temanggung", "hanya-temanggung", "Dinas Temanggung").await;
    let admin = app.lebak("admin").await;
    let before = roles(&admin).await;
    let faults: Vec<String> = [
        admin.post(PLACE, json!({ "to": "tidak-ada" })).await,
        admin.post(PLACE, json!({ "to": "hanya-temanggung" })).await,
        admin.post(PLACE, json!({ "to": "dinkes" })).await,
    ]
    .iter()
    .map(|reply| reply.names("/to").to_string())
    .collect();
    assert!(faults.windows(2).all(|pair| pair[0] == pair[1]), "{faults:?}");
    admin.patch("/opds/disdik", json!({ "active": false })).await.ok();
    everybody(&admin).await.names("/to");
    // It is 2 March 2026: its last day is one of its days, and one that is yet to begin takes people before.
    admin.patch("/opds/disdik", json!({ "active": true, "valid_until": "2026-03-01" })).await.ok();
    everybody(&admin).await.names("/to");
    let person = app.lebak("pegawai.dinkes").await.id().await;
    let role = json!({ "role": "requester", "opd": "disdik" });
    admin.post(&format!("/people/{person}/roles"), role).await.names("/opd");
    for days in [json!({ "valid_until": "2026-03-02" }), json!({ "valid_until": null, "valid_from": "2026-03-03" })] {
        admin.patch("/opds/disdik", days).await.ok();
        let would = admin.post(&format!("{PLACE}?dry_run=true"), json!({ "to": "disdik" })).await.ok();
        assert_eq!(would["moved"], 2);
    }
    admin.post(PLACE, json!({ "to": "setda", "people": ["bukan-id"] })).await.refused(422);
    let old = admin.send(Method::POST, PLACE, &[("if-match", "\"7\"")], Some(json!({ "to": "setda" }))).await;
    old.refused(412);
    assert_eq!(roles(&admin).await, before);
    let fits = [("if-match", "\"1\"")];
    assert_eq!(admin.send(Method::POST, PLACE, &fits, Some(json!({ "to": "setda" }))).await.ok()["moved"], 2);
}

#[actix_web::test]
async fn a_move_that_is_sent_twice_happens_once() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let auditor = app.lebak("auditor").await;
    let noted = async |act: &str| auditor.items(&format!("/audit/entries?action={act}&limit=200")).await.len();
    let (given, taken) = (noted("grant.give").await, noted("grant.take").await);
    let key = [("idempotency-key", "sotk-1")];
    let send = async || admin.send(Method::POST, PLACE, &key, Some(json!({ "to": "disdik" }))).await;
    let (first, again) = (send().await, send().await);
    assert_eq!((&first.ok()["moved"], &first.text), (&json!(2), &again.text));
    let (before, none) = (roles(&admin).await, everybody(&admin).await.ok());
    assert_eq!((&none["moved"], roles(&admin).await), (&json!(0), before));
    let entries = auditor.items("/audit/entries?action=opd.move_people").await;
    let details: Vec<String> = entries.iter().map(|entry| entry["detail"].to_string()).collect();
    assert_eq!(details, [r#"{"code":"dinkes","people":2,"to":"disdik"}"#]);
    assert_eq!((noted("grant.give").await, noted("grant.take").await), (given + 2, taken + 2));
}

#[actix_web::test]
async fn of_two_moves_that_meet_the_later_finds_whom_the_earlier_left() {
    let cast = Cast::new().await;
    let (to, back) = (json!({ "to": "disdik" }), json!({ "to": "setda" }));
    let (one, other) =
        in_order(&cast.app, "people", cast.admin.post(PLACE, to), async { cast.admin.post(PLACE, back).await }).await;
    assert_eq!((&one.ok()["moved"], &other.ok()["moved"]), (&json!(2), &json!(0)));
}

#[actix_web::test]
async fn a_role_that_is_taken_at_this_moment_is_not_given_elsewhere() {
    let cast = Cast::new().await;
    let person = cast.requester.id().await;
    let taken = cast.take(&person, "requester", "dinkes");
    let ((), moved) =
        in_order(&cast.app, &format!("people WHERE id = '{person}'"), taken, everybody(&cast.admin)).await;
    assert_eq!(texts(moved.ok()["people"].as_array().unwrap(), "name"), ["Budi Santoso"]);
    assert!(!roles(&cast.admin).await.iter().any(|role| role.starts_with("pegawai.dinkes@")));
}

#[actix_web::test]
async fn nobody_moves_into_an_organisation_that_is_closed_at_this_moment() {
    let cast = Cast::new().await;
    let closed = cast.admin.patch("/opds/disdik", json!({ "active": false }));
    let (closed, moved) = in_order(&cast.app, "opds WHERE code = 'disdik'", closed, everybody(&cast.admin)).await;
    closed.ok();
    moved.names("/to");
    assert_eq!(of_both(&cast.admin).await.iter().filter(|role| role.ends_with(" disdik")).count(), 2);
}

#[actix_web::test]
async fn a_thousand_people_move_at_once_and_the_others_when_it_is_asked_again() {
    let app = TestApp::new().await;
    app.crowd(MOST).await;
    let admin = app.lebak("admin").await;
    let first = everybody(&admin).await.ok();
    assert_eq!(
        (&first["moved"], &first["people_left"], &first["technicians_left"]),
        (&json!(MOST), &json!(2), &json!(1))
    );
    let second = everybody(&admin).await.ok();
    assert_eq!((&second["moved"], &second["people_left"]), (&json!(2), &json!(0)));
}

#[actix_web::test]
async fn people_who_move_stand_by_name_whether_it_begins_with_a_capital_or_not() {
    let cast = Cast::new().await;
    let person = format!("/people/{}", cast.tier1.id().await);
    cast.admin.patch(&person, json!({ "name": "zaenal" })).await.ok();
    let requester = format!("/people/{}", cast.requester.id().await);
    cast.admin.patch(&requester, json!({ "name": "abdul" })).await.ok();
    cast.give(&cast.neighbour.id().await, "requester", Some("dinkes")).await;
    let moved = everybody(&cast.admin).await.ok();
    let names = texts(moved["people"].as_array().unwrap(), "name");
    assert_eq!((names.len(), names[0].as_str(), names[2].as_str()), (3, "abdul", "zaenal"), "{names:?}");
}
