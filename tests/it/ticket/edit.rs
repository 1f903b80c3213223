//! Changing fields: only those that are named, only of the version that is meant.

use crate::support::desk::{Cast, still, text};
use crate::support::time::clock;
use actix_web::http::Method;
use serde_json::{Value, json};

#[actix_web::test]
async fn a_change_touches_the_named_fields_and_no_other() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let changes = [
        ("subject", json!("Absensi mati")),
        ("description", json!(" Sejak\nkemarin. ")),
        ("kind", json!("problem")),
        ("service", json!("absensi-online")),
        ("classification", json!("restricted")),
    ];
    let mut before = ticket.clone();
    for (field, value) in changes {
        cast.later();
        let after = cast.tier1.edit(&ticket, json!({ field: value })).await.ok();
        let mut expected = before.clone();
        expected[field] = value;
        expected["version"] = json!(before["version"].as_i64().unwrap() + 1);
        expected["updated_at"] = after["updated_at"].clone();
        assert_ne!(after["updated_at"], before["updated_at"]);
        assert_eq!(still(&after.to_string()), still(&expected.to_string()), "{field}");
        assert_eq!(cast.requester.see(&ticket).await.ok(), after);
        before = after;
    }
    assert_eq!(cast.tier1.edit(&ticket, json!({ "subject": "  rapi  " })).await.ok()["subject"], "rapi");
}

#[actix_web::test]
async fn the_priority_follows_impact_and_urgency() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for (change, priority) in [
        (json!({ "impact": "high" }), "p2"),
        (json!({ "urgency": "high" }), "p1"),
        (json!({ "impact": "low" }), "p3"),
        (json!({ "urgency": "low", "impact": "medium" }), "p4"),
    ] {
        assert_eq!(cast.tier1.edit(&ticket, change).await.ok()["priority"], priority);
    }
    cast.tier1.edit(&ticket, json!({ "priority": "p1" })).await.names("/priority");
}

#[actix_web::test]
async fn a_change_of_an_older_version_changes_nothing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let tag = cast.tier1.see(&ticket).await.header("etag").unwrap().to_owned();
    let reply = cast.tier1.edit_at(&ticket, &tag, json!({ "impact": "high" })).await;
    let changed = reply.ok();
    assert_eq!(reply.header("etag"), Some("\"2\""));
    for stale in [tag.as_str(), "\"3\"", "\"0\"", "W/\"2\"", "2", "\"x\"", "\"1\", \"3\""] {
        cast.tier1.edit_at(&ticket, stale, json!({ "subject": "Basi" })).await.refused(412);
    }
    assert_eq!(cast.requester.see(&ticket).await.ok(), changed);
    assert_eq!(cast.tier1.story(&ticket).await.len(), 2);
    let any = cast.tier1.edit_at(&ticket, "*", json!({ "urgency": "high" })).await.ok();
    assert_eq!((&any["version"], &any["priority"]), (&json!(3), &json!("p1")));
    // Whoever does not see it learns nothing of versions.
    cast.outsider.edit_at(&ticket, "\"1\"", json!({ "subject": "x" })).await.refused(404);
}

#[actix_web::test]
async fn every_action_keeps_to_the_version_that_is_meant() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let at = async |action: &str, tag: &str, body: Value| {
        let path = format!("/tickets/{}/{action}", text(&ticket["id"]));
        cast.tier1.send(Method::POST, &path, &[("if-match", tag)], Some(body)).await
    };
    let bodies = [
        ("assign", json!({ "assignee": "me" })),
        ("start", json!({})),
        ("escalate", json!({ "reason": "a", "tried": "b", "requested": "c" })),
        ("consult", json!({ "question": "?" })),
        ("pend", json!({ "reason": "vendor" })),
        ("resolve", json!({ "resolution": "Selesai." })),
        ("cancel", json!({ "reason": "Sudah." })),
        ("comments", json!({ "body": "Halo.", "visibility": "public" })),
        ("comments", json!({ "body": "Halo.", "visibility": "internal" })),
        ("watchers", json!({})),
    ];
    for (action, body) in bodies {
        at(action, "\"9\"", body).await.refused(412);
    }
    assert_eq!(cast.tier1.see(&ticket).await.ok(), ticket);
    at("start", "\"1\"", json!({})).await.ok();
    at("consult", "\"2\"", json!({ "question": "?" })).await.ok();
    at("resolve", "\"2\"", json!({ "resolution": "Selesai." })).await.ok();
    at("reopen", "\"2\"", json!({ "reason": "Lagi." })).await.refused(412);
}

#[actix_web::test]
async fn what_nobody_may_set_is_refused_by_name() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for field in [
        "tier",
        "requester",
        "requester_id",
        "opd",
        "opd_id",
        "created_at",
        "status",
        "sla",
        "assignee",
        "number",
        "id",
        "version",
        "region",
        "channel",
        "resolved_at",
        "priority",
    ] {
        for client in [&cast.tier1, &cast.coordinator] {
            client.edit(&ticket, json!({ field: "x" })).await.names(&format!("/{field}"));
            client.edit(&ticket, json!({ "impact": "high", field: null })).await.names(&format!("/{field}"));
        }
    }
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
}

#[actix_web::test]
async fn new_values_are_checked_as_those_of_a_new_ticket() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.edit(&ticket, json!({ "subject": " " })).await.names("/subject");
    cast.tier1.edit(&ticket, json!({ "subject": "x".repeat(201) })).await.names("/subject");
    cast.tier1.edit(&ticket, json!({ "description": "" })).await.names("/description");
    cast.tier1.edit(&ticket, json!({ "service": "teleportasi" })).await.names("/service");
    cast.tier1.edit(&ticket, json!({ "classification": "rahasia" })).await.names("/classification");
    cast.tier1.edit(&ticket, json!({ "kind": "change", "service": "perangkat-keras" })).await.names("/kind");
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
}

#[actix_web::test]
async fn a_kind_that_the_tickets_service_does_not_take_is_refused_alone_too() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({ "service": "perangkat-keras" })).await.created();
    cast.tier1.edit(&ticket, json!({ "kind": "change" })).await.names("/kind");
    cast.tier1.edit(&ticket, json!({ "kind": "problem" })).await.ok();
    cast.tier1.edit(&ticket, json!({ "kind": "change", "service": "simpeg" })).await.ok();
}

#[actix_web::test]
async fn a_requester_mends_his_ticket_only_until_work_begins() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.requester.edit(&ticket, json!({ "subject": "SIMPEG galat 502", "classification": "secret" })).await.ok();
    cast.tier1.start(&ticket).await.ok();
    cast.requester.edit(&ticket, json!({ "subject": "Lain" })).await.refused(403);
    assert_eq!(cast.requester.see(&ticket).await.ok()["subject"], "SIMPEG galat 502");
}

// L13
#[actix_web::test]
async fn a_classification_counts_from_the_moment_of_its_change() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.auditor.see(&ticket).await.ok();
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    cast.auditor.see(&ticket).await.refused(404);
    assert!(cast.auditor.numbers("").await.is_empty());
    cast.tier1.edit(&ticket, json!({ "classification": "open" })).await.ok();
    cast.auditor.see(&ticket).await.ok();
}

#[actix_web::test]
async fn whoever_has_the_version_reads_a_missed_deadline_and_a_new_name_all_the_same() {
    let cast = Cast::since("2026-07-06 08:00").await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let path = format!("/tickets/{}", text(&ticket["id"]));
    let get = async || cast.coordinator.send(Method::GET, &path, &[("if-none-match", "\"1\"")], None).await;
    assert_eq!(clock(&get().await.ok(), "first_response")["state"], "running");
    cast.tick_at("2026-07-07 08:00").await;
    let person = format!("/people/{}", text(&ticket["requester"]["id"]));
    cast.admin.patch(&person, json!({ "name": "Siti Nurhaliza" })).await.ok();
    let reply = get().await;
    let now = reply.ok();
    assert_eq!(clock(&now, "first_response")["state"], "missed");
    assert_eq!(now["requester"]["name"], "Siti Nurhaliza");
    assert_eq!(reply.header("etag"), Some("\"1\""), "neither makes somebody's If-Match stale");
}

#[actix_web::test]
async fn no_field_of_a_ticket_is_emptied_by_null() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for field in ["subject", "description", "kind", "service", "impact", "urgency", "classification"] {
        cast.tier1.edit(&ticket, json!({ field: null })).await.names(&format!("/{field}"));
    }
    let after = cast.requester.get(&format!("/tickets/{}", text(&ticket["number"]))).await.ok();
    assert_eq!(after["version"], ticket["version"]);
}

#[actix_web::test]
async fn a_change_that_changes_nothing_is_none_and_is_judged_like_any_other() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let before = cast.tier1.see(&ticket).await.ok();
    cast.later();
    let all = json!({
        "subject": " SIMPEG mati ", "description": "Sejak pagi.", "kind": "incident", "service": "simpeg",
        "impact": "medium", "urgency": "medium", "classification": "open",
    });
    for changes in [json!({}), json!({ "impact": "medium" }), all] {
        for tag in ["\"1\"", "*"] {
            let reply = cast.tier1.edit_at(&ticket, tag, changes.clone()).await;
            assert_eq!(still(&reply.ok().to_string()), still(&before.to_string()), "{changes}");
            assert_eq!(reply.header("etag"), Some("\"1\""));
        }
        cast.tier1.edit_at(&ticket, "\"2\"", changes.clone()).await.refused(412);
        cast.outsider.edit(&ticket, changes.clone()).await.refused(404);
    }
    assert_eq!(cast.tier1.story(&ticket).await, ["opened"]);
    assert!(cast.auditor.items("/audit/entries?action=ticket.edited").await.is_empty());
    cast.tier1.edit(&ticket, json!({ "subject": " " })).await.names("/subject");
    cast.tier1.start(&ticket).await.ok();
    cast.requester.edit(&ticket, json!({})).await.refused(403);
    cast.tier1.resolve(&ticket).await.ok();
    cast.tier1.edit(&ticket, json!({})).await.refused(409);
    let after = cast.tier1.edit_at(&cast.requester.open("Lain").await, "\"1\"", json!({ "impact": "high" })).await.ok();
    assert_eq!(after["version"], 2);
}
