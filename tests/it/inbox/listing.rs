//! What came in, as its keepers see it.

use super::replies::{REQUESTER, opened, to};
use super::room::{became, from};
use crate::mail::post::Post;
use crate::support::browser::Browser;
use crate::support::build::next;
use crate::support::desk::{Cast, texts};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::audit_entries as audit;
use sigap::on;

#[actix_web::test]
async fn the_administrator_sees_from_whom_it_came_and_what_became_of_it_and_no_words() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("Kata yang khas.");
    cast.app.deliver(&reply).await;
    cast.later();
    cast.app.deliver(&from("siapa@example.com").about("Subjek yang khas")).await;
    let answer = cast.admin.get("/inbound").await;
    assert!(!answer.text.contains("khas"), "{}", answer.text);
    let rows = answer.ok()["items"].as_array().unwrap().clone();
    assert_eq!(texts(&rows, "outcome"), ["unknown_sender", "comment"]);
    assert_eq!(texts(&rows, "sender"), ["siapa@example.com", REQUESTER]);
    assert_eq!((&rows[0]["ticket_number"], &rows[1]["ticket_number"]), (&Value::Null, &ticket["number"]));
    let fields: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let known = "acted_at attempts id last_error outcome received_at sender size state ticket_number";
    assert_eq!(fields, known.split(' ').collect::<Vec<_>>());
    assert_eq!(cast.auditor.get("/inbound").await.text, answer.text);
    cast.stranger.get("/inbound").await.refused(403);
}

#[actix_web::test]
async fn the_page_says_in_words_what_became_of_a_message_and_no_code() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (_, mails) = opened(&cast, &post).await;
    cast.app.deliver(&from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("> hanya kutipan\n")).await;
    cast.app.deliver(&from("admin@lebakkab.go.id")).await;
    cast.app.deliver(&from(REQUESTER).says(&"a".repeat(sigap::mail::inbound::LARGEST))).await;
    let admin = Browser::lebak(&cast.app, "admin").await;
    let mut shown = admin.get("/admin/inbound").await.all("td[data-is='Menjadi']");
    shown.sort();
    assert_eq!(shown, ["pengirim tidak boleh membuat tiket", "terlalu besar", "tidak ada isi selain kutipan"]);
}

// L13
#[actix_web::test]
async fn of_a_secret_ticket_the_administrator_sees_no_more_than_that_there_is_news_and_the_auditor_nothing() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let row = cast.app.deliver(&from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("Kata.")).await;
    assert_eq!(became(&row), "done comment");
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    let rows = cast.admin.items("/inbound").await;
    assert_eq!((rows.len(), &rows[0]["outcome"]), (1, &json!("news")));
    assert!(cast.auditor.items("/inbound").await.is_empty());
}

#[actix_web::test]
async fn pages_follow_each_other_whatever_the_states() {
    let cast = Cast::new().await;
    for n in 0..12 {
        let raw = if n % 3 == 0 { from("siapa@example.com") } else { from(REQUESTER).says(&"a".repeat(n + 1)) };
        cast.app.deliver(&raw).await;
        cast.later();
    }
    let whole = cast.admin.items("/inbound").await;
    assert_eq!(whole.len(), 12);
    assert_eq!(cast.admin.walked("/inbound", 5).await, whole);
    assert_eq!(cast.admin.items("/inbound?state=refused").await.len(), 4);
    cast.admin.get("/inbound?state=lost").await.refused(422);
}

#[actix_web::test]
async fn what_was_refused_is_looked_at_again_by_the_rules_of_now() {
    let cast = Cast::new().await;
    let late = "pegawai.baru@lebakkab.go.id";
    let (uid, raw) = (next(), from(late).says("Saya baru."));
    cast.app.keep(1, uid, &raw.bytes()).await;
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(uid).await), "refused unknown_sender");
    let new = json!({ "name": "Eko", "email": late, "nip": crate::support::build::nip() });
    let person = cast.admin.post("/people", new).await.created();
    cast.give(person["id"].as_str().unwrap(), "requester", Some("dinkes")).await;
    let id = cast.app.message(uid).await.id;
    let again = cast.admin.post(&format!("/inbound/{id}/retry"), json!({})).await.ok();
    assert_eq!((&again["state"], &again["outcome"]), (&json!("received"), &Value::Null));
    cast.admin.post(&format!("/inbound/{id}/retry"), json!({})).await.refused(409);
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(uid).await), "done ticket");
    cast.admin.post(&format!("/inbound/{id}/retry"), json!({})).await.refused(409);
}

#[actix_web::test]
async fn what_can_not_be_made_out_is_shown_to_the_region_whose_desk_it_names() {
    let cast = Cast::new().await;
    let row = cast.app.deliver_bytes(b"To: servicedesk@lebakkab.go.id\r\nX: ").await;
    assert_eq!(row.state.to_string(), "refused", "{row:?}");
    let parts = from(REQUESTER).holds("multipart/mixed; boundary=b", "--b\r\n\r\nx\r\n".repeat(1000));
    assert_eq!(became(&cast.app.deliver(&parts).await), "unreadable too_many_parts");
    let seen = cast.admin.items("/inbound?state=unreadable").await;
    assert_eq!((seen.len(), &seen[0]["sender"]), (1, &Value::Null));
}

#[actix_web::test]
async fn what_could_not_be_made_out_is_shown_to_the_desk_as_it_came_and_that_it_was_read_is_noted() {
    let cast = Cast::new().await;
    let whole = format!(
        "From: <{REQUESTER}>\r\nTo: <servicedesk@lebakkab.go.id>\r\nSubject: Tolong\r\n{}\r\n\r\nPrinter.",
        "X-A: b\r\n".repeat(40_000).trim_end()
    );
    let row = cast.app.deliver_bytes(whole.as_bytes()).await;
    assert_eq!(became(&row), "unreadable header_too_long");
    for keeper in [&cast.tier2, &cast.coordinator] {
        let seen = keeper.items("/unreadable").await;
        assert_eq!((seen.len(), &seen[0]["reason"]), (1, &json!("header_too_long")));
        let got = keeper.get(&format!("/unreadable/{}", row.id)).await;
        assert_eq!((got.status, got.header("content-type")), (200, Some("message/rfc822")));
        assert!(got.header("content-disposition").unwrap().starts_with("attachment"));
        assert!(got.text.starts_with("From: <pegawai.dinkes@") && got.text.ends_with("Printer."), "{}", got.text.len());
    }
    let (id, action) = (row.id, "inbound.read");
    let read = cast
        .app
        .look(move |conn| {
            Ok(on!(conn, |c| audit::table
                .filter(audit::action.eq(action).and(audit::object_id.eq(id)))
                .count()
                .get_result::<i64>(c))?)
        })
        .await;
    assert_eq!(read, 2);
    // The keeper of the mail server sees that it is there, not what stands in it; another region neither.
    for (who, status) in [(&cast.admin, 403), (&cast.tier1, 403), (&cast.requester, 403), (&cast.stranger, 404)] {
        who.get(&format!("/unreadable/{id}")).await.refused(status);
    }
    let refused = cast.app.deliver(&from("siapa@example.com")).await;
    cast.tier2.get(&format!("/unreadable/{}", refused.id)).await.refused(404);
    let boss = Browser::lebak(&cast.app, "koordinator").await;
    let page = boss.get("/unreadable").await;
    assert!(page.first(".row").contains("header_too_long"), "{}", page.html);
    assert!(boss.get(&page.attributes(".row a", "href")[0]).await.html.ends_with("Printer."));
}
