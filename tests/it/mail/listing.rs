//! The outbox as its keepers see it.

use super::post::Post;
use crate::support::desk::{Cast, text, texts};
use serde_json::{Value, json};

#[actix_web::test]
async fn the_administrator_sees_who_was_written_to_about_which_ticket_and_no_words() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("Subjek yang khas").await;
    cast.later();
    cast.tier1.say(&ticket, "public", "Kata yang khas.").await.created();
    post.now(&cast.app).await;
    let reply = cast.admin.get("/mails").await;
    assert!(!reply.text.contains("khas"), "{}", reply.text);
    let rows = reply.ok()["items"].as_array().unwrap().clone();
    // The comment was owed to somebody whose acknowledgement was under way: one message for both.
    assert_eq!(texts(&rows, "kind"), ["commented", "opened", "opened"]);
    let fields: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let known = "attempts created_at id kind last_error next_try_at recipient sent_at state ticket_number";
    assert_eq!(fields, known.split(' ').collect::<Vec<_>>());
    assert!(rows.iter().all(|r| r["ticket_number"] == ticket["number"] && r["state"] == "sent"));
    assert_eq!(cast.auditor.get("/mails").await.text, reply.text);
}

#[actix_web::test]
async fn pages_follow_each_other_whatever_the_states() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    for n in 0..3 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    post.now(&cast.app).await;
    for n in 3..6 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    let whole: Vec<Value> = cast.admin.items("/mails").await;
    assert_eq!(whole.len(), 12);
    assert_eq!(cast.admin.walked("/mails", 5).await, whole);
    assert_eq!(cast.admin.items("/mails?state=queued").await.len(), 6);
    cast.admin.get("/mails?state=lost").await.names("/state");
    cast.admin.get("/mails?cursor=x").await.names("/cursor");
}

#[actix_web::test]
async fn one_region_can_neither_see_nor_retry_the_mails_of_another() {
    let cast = Cast::new().await;
    cast.requester.open("SIMPEG mati").await;
    let far = cast.app.temanggung("admin").await;
    assert!(far.items("/mails").await.is_empty());
    let row = cast.admin.items("/mails").await.pop().unwrap();
    let place = format!("/mails/{}/retry", text(&row["id"]));
    let foreign = far.post(&place, json!({})).await;
    let absent = far.post("/mails/01890000-0000-7000-8000-000000000000/retry", json!({})).await;
    foreign.refused(404);
    assert_eq!(foreign.text, absent.text);
    cast.auditor.post(&place, json!({})).await.refused(403);
    cast.coordinator.get("/mails").await.refused(403);
    cast.operator.get("/mails").await.refused(404);
}

#[actix_web::test]
async fn a_retry_stands_in_the_audit_log() {
    use diesel::prelude::*;
    use sigap::db::schema::audit_entries as audit;
    let cast = Cast::new().await;
    cast.requester.open("SIMPEG mati").await;
    let row = cast.admin.items("/mails").await.pop().unwrap();
    cast.admin.post(&format!("/mails/{}/retry", text(&row["id"])), json!({})).await.ok();
    let entries: i64 = cast
        .app
        .look(|conn| {
            Ok(sigap::on!(conn, |c| audit::table.filter(audit::action.eq("mail.retry")).count().get_result(c))?)
        })
        .await;
    assert_eq!(entries, 1);
}

// L13, P8
#[actix_web::test]
async fn a_retry_tells_the_auditor_no_number_of_a_secret_ticket() {
    use diesel::prelude::*;
    use sigap::db::schema::audit_entries as audit;
    let cast = Cast::new().await;
    for (classification, is_told) in [("open", true), ("secret", false)] {
        let ticket = cast.requester.open_with(json!({ "classification": classification })).await.created();
        let number = text(&ticket["number"]);
        let rows = cast.admin.items("/mails").await;
        let row = rows.iter().find(|row| text(&row["ticket_number"]) == number).unwrap();
        cast.admin.post(&format!("/mails/{}/retry", text(&row["id"])), json!({})).await.ok();
        let entries: Vec<String> = cast
            .app
            .look(|conn| {
                let all = audit::table.filter(audit::action.eq("mail.retry")).select(audit::detail);
                Ok(sigap::on!(conn, |c| all.load(c))?)
            })
            .await;
        assert_eq!(entries.iter().any(|detail| detail.contains(&number)), is_told, "{entries:?}");
    }
}

// L13, P8
#[actix_web::test]
async fn the_auditor_is_not_told_who_was_written_to_about_a_secret_ticket() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let number = text(&ticket["number"]);
    let about = async |client: &crate::support::Client| {
        let rows = client.items("/mails").await;
        texts(&rows, "ticket_number").into_iter().filter(|n| *n == number).count()
    };
    assert!(about(&cast.admin).await > 0);
    assert_eq!(about(&cast.auditor).await, 0);
}
