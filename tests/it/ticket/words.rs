//! What has to be said with an action, and what may not be.

use crate::mail::post::owed;
use crate::support::Cast;
use crate::support::desk::still;
use actix_web::http::Method;
use serde_json::{Value, json};

#[actix_web::test]
async fn an_action_without_its_words_names_every_one_that_is_missing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let ask = json!({ "reason": "a", "tried": "b", "requested": "c" });
    for field in ["reason", "tried", "requested"] {
        for empty in [None, Some(""), Some("   ")] {
            let mut body = ask.clone();
            match empty {
                None => drop(body.as_object_mut().unwrap().remove(field)),
                Some(text) => body[field] = json!(text),
            }
            cast.tier1.act(&ticket, "escalate", body).await.names(&format!("/{field}"));
        }
    }
    let all =
        cast.tier1.act(&ticket, "escalate", json!({ "reason": "", "tried": "", "requested": "" })).await.refused(422);
    assert_eq!(all["errors"].as_array().unwrap().len(), 3);
    for (action, field) in [
        ("consult", "question"),
        ("resolve", "resolution"),
        ("cancel", "reason"),
        ("reopen", "reason"),
        ("assign", "assignee"),
        ("pend", "reason"),
    ] {
        cast.tier1.act(&ticket, action, json!({})).await.names(&format!("/{field}"));
        cast.tier1.act(&ticket, action, json!({ field: "" })).await.names(&format!("/{field}"));
        cast.tier1.act(&ticket, action, json!({ field: 7 })).await.names(&format!("/{field}"));
    }
    let up = cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.act(&up, "return", json!({})).await.names("/instructions");
    cast.tier2.act(&up, "return", json!({ "instructions": "\n" })).await.names("/instructions");
    cast.tier2.give_back(&up).await.ok();
}

#[actix_web::test]
async fn fields_that_an_action_does_not_know_are_refused_by_name() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let bodies = [
        ("start", json!({})),
        ("assign", json!({ "assignee": "me" })),
        ("consult", json!({ "question": "?" })),
        ("pend", json!({ "reason": "vendor" })),
        ("resume", json!({})),
        ("resolve", json!({ "resolution": "Selesai." })),
        ("close", json!({})),
        ("reopen", json!({ "reason": "Lagi." })),
        ("cancel", json!({ "reason": "Sudah." })),
        ("escalate", json!({ "reason": "a", "tried": "b", "requested": "c" })),
    ];
    for (action, body) in bodies {
        let mut body: Value = body;
        body["status"] = json!("closed");
        cast.tier1.act(&ticket, action, body).await.names("/status");
    }
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
}

#[actix_web::test]
async fn an_action_without_fields_takes_an_empty_body_too() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let path = format!("/tickets/{}/start", ticket["id"].as_str().unwrap());
    let started = cast.tier1.send(Method::POST, &path, &[], None).await.ok();
    assert_eq!(started["status"], "in_progress");
}

#[actix_web::test]
async fn a_body_that_is_no_object_is_malformed_and_another_type_is_refused() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let path = format!("/tickets/{}/cancel", ticket["id"].as_str().unwrap());
    let post = Method::POST;
    for body in ["[\"Sudah.\"]", "{\"reason\":", "null", "{\"reason\":\"a\"} x"] {
        let json = [("content-type", "application/json")];
        cast.requester.raw(post.clone(), &path, &json, body.into()).await.refused(400);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    cast.requester.raw(post, &path, &form, "reason=Sudah".into()).await.refused(415);
    cast.requester.act(&ticket, "cancel", json!({ "reason": "Sudah." })).await.ok();
}

#[actix_web::test]
async fn a_ticket_is_given_only_to_somebody_of_its_desk() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let outside = [&cast.neighbour, &cast.tier2, &cast.coordinator, &cast.requester, &cast.stranger];
    let unknown = cast.tier1.assign(&ticket, "01890000-0000-7000-8000-000000000000").await;
    unknown.names("/assignee");
    for client in outside {
        let reply = cast.tier1.assign(&ticket, &client.id().await).await;
        assert_eq!((reply.status, &reply.text), (422, &unknown.text));
    }
    cast.coordinator.assign(&ticket, "me").await.names("/assignee");
    cast.tier1.assign(&ticket, "siapa saja").await.names("/assignee");
    let mine = cast.tier1.assign(&ticket, "me").await.ok();
    assert_eq!((&mine["assignee"]["name"], &mine["status"]), (&json!("Budi Santoso"), &json!("new")));
    assert!(cast.tier1.told(&ticket).await == ["opened"], "nobody is told that he took a ticket himself");
    let up = cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.assign(&up, &cast.tier1.id().await).await.names("/assignee");
    cast.later();
    let given = cast.tier2.assign(&up, &cast.second.id().await).await.ok();
    assert_eq!(given["assignee"]["email"], "tier2.dua@lebakkab.go.id");
    assert_eq!(cast.second.told(&ticket).await, ["escalated", "assigned"]);
    cast.deactivate(&cast.second.id().await).await;
    let gone = cast.admin.items("/people?inactive=true&q=tier2.dua").await;
    cast.tier2.assign(&up, gone[0]["id"].as_str().unwrap()).await.names("/assignee");
}

#[actix_web::test]
async fn giving_a_ticket_to_whoever_has_it_changes_nothing_and_is_told_to_nobody() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let who = cast.tier1.id().await;
    let given = still(&cast.coordinator.assign(&ticket, &who).await.text);
    let told = (cast.tier1.told(&ticket).await, owed(&cast).await);
    cast.later();
    for again in [cast.coordinator.assign(&ticket, &who).await, cast.tier1.assign(&ticket, "me").await] {
        assert_eq!((again.status, still(&again.text), again.header("etag")), (200, given.clone(), Some("\"2\"")));
    }
    assert_eq!(still(&cast.tier1.see(&ticket).await.text), given);
    assert_eq!(cast.tier1.story(&ticket).await, ["opened", "assigned"]);
    assert_eq!((cast.tier1.told(&ticket).await, owed(&cast).await), told);
    let path = format!("/tickets/{}/assign", ticket["id"].as_str().unwrap());
    let stale = cast.coordinator.send(Method::POST, &path, &[("if-match", "\"1\"")], Some(json!({ "assignee": who })));
    stale.await.refused(412);
    cast.tier1.resolve(&ticket).await.ok();
    cast.coordinator.assign(&ticket, &who).await.refused(409);
}

#[actix_web::test]
async fn waiting_needs_a_known_reason_and_an_instant_to_come() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.act(&ticket, "pend", json!({ "reason": "cuti" })).await.names("/reason");
    let past = json!({ "reason": "scheduled", "until": "2026-03-02T01:00:00Z" });
    cast.tier1.act(&ticket, "pend", past).await.names("/until");
    cast.tier1.act(&ticket, "pend", json!({ "reason": "scheduled", "until": "besok" })).await.names("/until");
    let body = json!({ "reason": "scheduled", "until": "2026-03-03T08:00:00+07:00" });
    let waits = cast.tier1.act(&ticket, "pend", body).await.ok();
    assert_eq!((&waits["status"], &waits["pending_reason"]), (&json!("pending"), &json!("scheduled")));
    assert_eq!(waits["pending_until"], "2026-03-03T01:00:00Z");
    let goes_on = cast.tier1.resume(&ticket).await.ok();
    assert_eq!((&goes_on["pending_reason"], &goes_on["pending_until"]), (&Value::Null, &Value::Null));
}
