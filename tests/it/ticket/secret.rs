//! Secret tickets (L13): only the requester, the assignee, the coordinator and the desk where they lie.

use crate::support::Client;
use crate::support::desk::{Cast, text};
use serde_json::{Value, json};

async fn secret(cast: &Cast) -> Value {
    let body = json!({ "subject": "Dugaan kebocoran", "classification": "secret", "service": "simpeg" });
    cast.requester.open_with(body).await.created()
}

/// Sees all of it, or nothing of it, by every way there is.
async fn sees(client: &Client, ticket: &Value, expected: bool) {
    let number = text(&ticket["number"]);
    let status = if expected { 200 } else { 404 };
    let absent = "01890000-0000-7000-8000-000000000000";
    for part in ["", "/events", "/comments", "/attachments", "/watchers", "/links"] {
        let reply = client.get(&format!("/tickets/{}{part}", text(&ticket["id"]))).await;
        assert_eq!(reply.status, status, "{part} {}", reply.text);
        if !expected {
            assert_eq!(reply.text, client.get(&format!("/tickets/{absent}{part}")).await.text);
        }
    }
    assert_eq!(client.get(&format!("/tickets/{number}")).await.status, status);
    for query in [
        "",
        "q=kebocoran",
        "q=keboc",
        "status=open",
        "sort=priority",
        "sort=due_at",
        "service=simpeg",
        &format!("q={number}"),
    ] {
        assert_eq!(client.numbers(query).await.contains(&number), expected, "?{query}");
    }
}

// L13, T6
#[actix_web::test]
async fn at_tier_1_the_organisations_desk_knows_and_tier_2_and_the_auditor_do_not() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    for client in [&cast.requester, &cast.tier1, &cast.coordinator] {
        sees(client, &ticket, true).await;
    }
    for client in
        [&cast.neighbour, &cast.outsider, &cast.tier2, &cast.auditor, &cast.admin, &cast.stranger, &cast.operator]
    {
        if client.get("/tickets").await.status == 200 {
            sees(client, &ticket, false).await;
        } else {
            client.see(&ticket).await.refused(404);
        }
    }
}

// L13
#[actix_web::test]
async fn after_its_hand_over_tier_1_knows_nothing_of_it_any_more() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.say(&ticket, "internal", "Lapor CSIRT.").await.created();
    cast.tier1.act(&ticket, "watchers", json!({})).await.ok();
    cast.later();
    let up = cast.tier1.escalate(&ticket).await;
    assert_eq!(up.status, 200, "the answer to his own act: {}", up.text);
    sees(&cast.tier1, &ticket, false).await;
    sees(&cast.auditor, &ticket, false).await;
    for client in [&cast.requester, &cast.tier2, &cast.second, &cast.coordinator] {
        sees(client, &ticket, true).await;
    }
    // Not even that something goes on, though he follows it.
    let before = cast.tier1.told(&ticket).await;
    cast.later();
    cast.tier2.start(&ticket).await.ok();
    cast.tier2.say(&ticket, "public", "Kami tangani.").await.created();
    cast.tier2.resolve(&ticket).await.ok();
    assert_eq!(cast.tier1.told(&ticket).await, before);
    let notices = cast.tier1.items("/notices").await;
    let old: Vec<&Value> = notices.iter().filter(|n| n["ticket"] == ticket["id"]).collect();
    assert!(old.iter().all(|n| n["number"].is_null()), "an old notice must not name it: {old:?}");
    for action in ["start", "escalate", "cancel", "comments", "watchers", "links"] {
        cast.tier1.act(&ticket, action, json!({ "reason": "a", "body": "b", "visibility": "public" })).await;
        let body = match action {
            "start" => json!({}),
            "escalate" => json!({ "reason": "a", "tried": "b", "requested": "c" }),
            "cancel" => json!({ "reason": "a" }),
            "comments" => json!({ "body": "a", "visibility": "public" }),
            "watchers" => json!({}),
            _ => json!({ "ticket": text(&ticket["number"]), "kind": "related" }),
        };
        cast.tier1.act(&ticket, action, body).await.refused(404);
    }
}

// L7, L13
#[actix_web::test]
async fn a_returned_secret_is_tier_1s_again_and_tier_2s_no_more() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.start(&ticket).await.ok();
    cast.tier2.give_back(&ticket).await.ok();
    sees(&cast.tier1, &ticket, true).await;
    sees(&cast.tier2, &ticket, false).await;
    sees(&cast.second, &ticket, false).await;
}

// L9, L13
#[actix_web::test]
async fn nobody_is_asked_about_a_secret() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    cast.tier1.consult(&ticket).await.refused(409);
    sees(&cast.tier2, &ticket, false).await;
    assert!(cast.tier2.told(&ticket).await.is_empty());
    assert_eq!(cast.tier1.story(&ticket).await, ["opened"]);
}

// L13, P5
#[actix_web::test]
async fn a_ticket_made_secret_later_disappears_for_whoever_was_asked_or_audits() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Dugaan kebocoran di SIMPEG").await;
    cast.tier1.consult(&ticket).await.ok();
    cast.tier2.act(&ticket, "watchers", json!({})).await.ok();
    sees(&cast.tier2, &ticket, true).await;
    sees(&cast.auditor, &ticket, true).await;
    let told = cast.tier2.told(&ticket).await;
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    sees(&cast.tier2, &ticket, false).await;
    sees(&cast.auditor, &ticket, false).await;
    cast.tier1.resolve(&ticket).await.ok();
    assert_eq!(cast.tier2.told(&ticket).await, told);
    cast.coordinator.edit(&ticket, json!({ "classification": "open" })).await.refused(409);
}

// L13
#[actix_web::test]
async fn a_tie_to_a_secret_shows_only_to_whoever_sees_both() {
    let cast = Cast::new().await;
    let (hidden, plain) = (secret(&cast).await, cast.requester.open("SIMPEG lambat").await);
    let body = json!({ "ticket": text(&hidden["number"]), "kind": "caused_by" });
    cast.tier1.act(&plain, "links", body).await.created();
    assert_eq!(cast.coordinator.of(&plain, "links").await.len(), 1);
    assert_eq!(cast.auditor.of(&plain, "links").await, Vec::<Value>::new());
    let secret_id = text(&hidden["id"]);
    let lines = cast.auditor.get(&format!("/tickets/{}/events", text(&plain["id"]))).await;
    assert!(!lines.text.contains(&secret_id), "the time line tells of the secret: {}", lines.text);
    let lines = cast.coordinator.get(&format!("/tickets/{}/events", text(&plain["id"]))).await;
    assert!(lines.text.contains(&secret_id));
    // Naming it answers as naming nothing does.
    cast.tier1.escalate(&hidden).await.ok();
    let foreign = cast.tier1.act(&plain, "links", json!({ "ticket": secret_id, "kind": "related" })).await;
    let absent = json!({ "ticket": "01890000-0000-7000-8000-000000000000", "kind": "related" });
    let absent = cast.tier1.act(&plain, "links", absent).await;
    assert_eq!((foreign.status, &foreign.text), (422, &absent.text));
    assert_eq!(cast.tier1.of(&plain, "links").await, Vec::<Value>::new());
}

// L13
#[actix_web::test]
async fn nobody_outside_can_be_made_to_follow_a_secret() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    for client in [&cast.tier2, &cast.auditor, &cast.neighbour] {
        cast.tier1.act(&ticket, "watchers", json!({ "person": client.id().await })).await.names("/person");
    }
    cast.tier1.act(&ticket, "watchers", json!({ "person": cast.coordinator.id().await })).await.ok();
}

// L13
#[actix_web::test]
async fn a_secret_attachment_goes_with_its_ticket() {
    let cast = Cast::new().await;
    let ticket = secret(&cast).await;
    let file = cast.tier1.send_file(&ticket, "bukti.txt", b"rahasia", Some("internal")).await.created();
    let path = format!("/attachments/{}", text(&file["id"]));
    assert_eq!(cast.tier1.get(&path).await.text, "rahasia");
    cast.auditor.get(&path).await.refused(404);
    cast.tier2.get(&path).await.refused(404);
    cast.tier1.escalate(&ticket).await.ok();
    cast.tier1.get(&path).await.refused(404);
    assert_eq!(cast.tier2.get(&path).await.text, "rahasia");
    cast.requester.get(&path).await.refused(404);
}

// L4, L13
#[actix_web::test]
async fn a_secret_of_an_organisation_without_tier_1_lies_at_tier_2() {
    let cast = Cast::new().await;
    let body = json!({ "classification": "secret", "subject": "Dugaan kebocoran" });
    let ticket = cast.app.lebak("pegawai.bpbd").await.open_with(body).await.created();
    cast.tier2.see(&ticket).await.ok();
    cast.coordinator.see(&ticket).await.ok();
    cast.auditor.see(&ticket).await.refused(404);
    assert_eq!(cast.coordinator.told(&ticket).await, ["no_tier1"]);
}
