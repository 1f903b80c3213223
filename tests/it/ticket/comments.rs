//! What people write to each other, and what the requester must not notice.

use crate::support::desk::{Cast, still, text, texts};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_comment_is_kept_to_the_letter_and_listed_in_order() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let body = "  Baris 1\r\nBaris 2 — “x” 🙏 <script>alert(1)</script>\n";
    let reply = cast.tier1.say(&ticket, "public", body).await;
    let made = reply.created();
    assert_eq!((&made["body"], &made["visibility"]), (&json!(body), &json!("public")));
    assert_eq!((&made["author"]["name"], &made["channel"]), (&json!("Budi Santoso"), &json!("api")));
    assert!(reply.header("location").unwrap().ends_with("/comments"));
    cast.later();
    cast.requester.say(&ticket, "public", "Baik.").await.created();
    cast.later();
    cast.coordinator.say(&ticket, "public", "Dipantau.").await.created();
    let seen = cast.requester.of(&ticket, "comments").await;
    assert_eq!(texts(&seen, "body"), [body, "Baik.", "Dipantau."]);
    assert_eq!(cast.auditor.of(&ticket, "comments").await, seen);
}

#[actix_web::test]
async fn a_comment_has_a_text_and_says_for_whom_it_is() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.say(&ticket, "public", "").await.names("/body");
    cast.tier1.say(&ticket, "public", " \n").await.names("/body");
    cast.tier1.say(&ticket, "public", &"x".repeat(20_001)).await.names("/body");
    cast.tier1.say(&ticket, "public", &"字".repeat(20_000)).await.created();
    cast.tier1.say(&ticket, "private", "Halo.").await.names("/visibility");
    cast.tier1.act(&ticket, "comments", json!({ "body": "Halo." })).await.names("/visibility");
    let forged = json!({ "body": "Halo.", "visibility": "public", "author": cast.tier2.id().await });
    cast.tier1.act(&ticket, "comments", forged).await.names("/author");
    assert_eq!(cast.tier1.see(&ticket).await.ok()["version"], 2);
}

#[actix_web::test]
async fn the_requester_notices_nothing_of_what_staff_say_among_themselves() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.requester.act(&ticket, "watchers", json!({})).await.ok();
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.consult(&ticket).await.ok();
    let look = async || {
        let mut all = Vec::new();
        for part in ["", "/events", "/comments", "/attachments", "/watchers", "/links"] {
            let reply = cast.requester.get(&format!("/tickets/{}{part}", text(&ticket["id"]))).await;
            all.push((still(&reply.text), reply.header("etag").map(str::to_owned)));
        }
        all.push((still(&cast.requester.get("/tickets").await.text), None));
        all.push((cast.requester.get("/notices").await.text, None));
        all
    };
    let before = look().await;
    cast.later();
    cast.tier1.say(&ticket, "internal", "Kata sandi bocor?").await.created();
    cast.tier2.say(&ticket, "internal", "Ya.").await.created();
    cast.coordinator.say(&ticket, "internal", "Segera.").await.created();
    cast.tier1.send_file(&ticket, "log.txt", b"log", Some("internal")).await.created();
    cast.tier1.act(&ticket, "watchers", json!({})).await.ok();
    let other = cast.outsider.open("Lain").await;
    let tie = json!({ "ticket": text(&other["number"]), "kind": "related" });
    cast.coordinator.act(&ticket, "links", tie).await.created();
    let after = look().await;
    for (part, (now, then)) in after.iter().zip(&before).enumerate() {
        assert_eq!(now, then, "{part}");
    }
    // Staff see it all.
    assert_eq!(texts(&cast.tier2.of(&ticket, "comments").await, "visibility"), ["internal"; 3]);
    assert_eq!(cast.auditor.of(&ticket, "comments").await.len(), 3);
    let story = cast.tier1.story(&ticket).await;
    assert_eq!(story.iter().filter(|k| *k == "commented").count(), 3);
    // His version still counts: nothing that he knows of changed.
    let tag = before[0].1.clone().unwrap();
    cast.tier1.edit_at(&ticket, &tag, json!({ "impact": "high" })).await.ok();
}

#[actix_web::test]
async fn whoever_may_not_write_does_not() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.auditor.say(&ticket, "public", "Halo.").await.refused(403);
    cast.auditor.say(&ticket, "internal", "Halo.").await.refused(403);
    cast.requester.say(&ticket, "internal", "Halo.").await.refused(403);
    for client in [&cast.outsider, &cast.neighbour, &cast.tier2, &cast.stranger, &cast.admin, &cast.operator] {
        client.say(&ticket, "public", "Halo.").await.refused(404);
        client.say(&ticket, "internal", "Halo.").await.refused(404);
    }
    assert_eq!(cast.coordinator.of(&ticket, "comments").await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_solved_ticket_can_still_be_talked_about_and_an_ended_one_not() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.say(&ticket, "public", "Belum yakin.").await.created();
    assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "resolved");
    cast.requester.close(&ticket).await.ok();
    cast.requester.say(&ticket, "public", "Eh.").await.refused(409);
    cast.tier1.send_file(&ticket, "a.txt", b"a", None).await.refused(409);
    assert_eq!(cast.requester.of(&ticket, "comments").await.len(), 1);
}

// L6
#[actix_web::test]
async fn after_a_hand_over_tier_1_keeps_reading_and_writing() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    cast.tier2.start(&ticket).await.ok();
    cast.later();
    cast.tier2.say(&ticket, "internal", "Log dari kantor?").await.created();
    cast.later();
    cast.tier1.say(&ticket, "internal", "Ini.").await.created();
    cast.tier1.say(&ticket, "public", "Sedang ditangani.").await.created();
    assert_eq!(cast.tier1.of(&ticket, "comments").await.len(), 3);
    assert_eq!(cast.requester.of(&ticket, "comments").await.len(), 1);
    assert!(cast.tier2.told(&ticket).await.contains(&"commented".to_owned()));
}

#[actix_web::test]
async fn a_long_talk_is_read_in_pages_without_gaps_for_either_side() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for n in 0..9 {
        cast.later();
        cast.tier1.say(&ticket, if n % 3 == 0 { "internal" } else { "public" }, &format!("{n}")).await.created();
    }
    for (client, count) in [(&cast.tier1, 9), (&cast.requester, 6)] {
        for what in ["comments", "events"] {
            let whole = client.of(&ticket, what).await;
            assert_eq!(client.walked(&format!("/tickets/{}/{what}", text(&ticket["id"])), 2).await, whole);
            assert_eq!(whole.len(), if what == "events" { count + 1 } else { count });
        }
    }
    cast.tier1.get(&format!("/tickets/{}/comments?cursor=xx", text(&ticket["id"]))).await.names("/cursor");
    cast.tier1.get(&format!("/tickets/{}/events?limit=0", text(&ticket["id"]))).await.names("/limit");
}
