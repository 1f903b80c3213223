//! What mails say: each kind in both languages as a snapshot, and what none of them may say.

use super::post::{Got, Post, run, tick};
use super::sink::{Sink, Verdict};
use crate::support::TestApp;
use crate::support::desk::Cast;
use chrono::Duration;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything that can be mailed about one ticket, each in a mail of its own, by recipient's part and kind.
async fn everything(language: &str) -> BTreeMap<String, Got> {
    let cast = Cast::new().await;
    for client in [&cast.requester, &cast.tier1, &cast.tier2, &cast.second, &cast.coordinator] {
        let place = format!("/people/{}", client.id().await);
        cast.admin.patch(&place, json!({ "language": language })).await.ok();
    }
    let post = Post::of(&cast.app);
    let mut all = BTreeMap::new();
    let mut keep = |kind: &str, mails: Vec<Got>| {
        for mail in mails {
            let part = if mail.account() == "pegawai.dinkes" { "requester" } else { "staff" };
            all.insert(format!("{kind}_{part}"), mail);
        }
    };
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    keep("opened", post.later(&cast.app).await);
    cast.coordinator.assign(&ticket, &cast.tier1.id().await).await.ok();
    keep("assigned", post.later(&cast.app).await);
    cast.tier1.say(&ticket, "public", "Kami periksa <server> & jaringan.").await.created();
    keep("commented", post.later(&cast.app).await);
    cast.requester.say(&ticket, "public", "Terima kasih.").await.created();
    keep("commented", post.later(&cast.app).await);
    let cast = Cast::on(cast.app).await;
    cast.tier1.pend(&ticket).await.ok();
    keep("question", post.later(&cast.app).await);
    cast.tier1.escalate(&ticket).await.ok();
    keep("escalated", post.now(&cast.app).await);
    cast.tier2.give_back(&ticket).await.ok();
    keep("returned", post.later(&cast.app).await);
    cast.tier1.resolve(&ticket).await.ok();
    keep("resolved", post.later(&cast.app).await);
    cast.requester.reopen(&ticket).await.ok();
    keep("reopened", post.later(&cast.app).await);
    let cast = Cast::on(cast.app).await;
    cast.tier1.resolve(&ticket).await.ok();
    post.later(&cast.app).await;
    cast.coordinator.close(&ticket).await.ok();
    keep("closed", post.later(&cast.app).await);
    cast.requester.open("Absensi mati").await;
    post.later(&cast.app).await;
    let cast = cast.much_later(Duration::minutes(181)).await;
    tick(&cast.app).await;
    keep("warned", post.now(&cast.app).await);
    let cast = cast.much_later(Duration::hours(2)).await;
    tick(&cast.app).await;
    keep("breached", post.now(&cast.app).await);
    all
}

pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../snapshots/mail");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

async fn held(language: &str) {
    let all = everything(language).await;
    for kind in ["opened", "commented", "escalated", "returned", "resolved", "closed"] {
        assert!(all.contains_key(&format!("{kind}_requester")), "{kind}");
    }
    for kind in ["opened", "assigned", "commented", "escalated", "returned", "reopened", "warned", "breached"] {
        assert!(all.contains_key(&format!("{kind}_staff")), "{kind}");
    }
    for (name, mail) in &all {
        snapshot(&format!("{name}_{language}"), &format!("{}\n\n{}", mail.subject, mail.text));
        assert!(mail.subject.starts_with("[LBK-2026-00000"), "{name}");
        assert!(mail.html.len() < 30_000 && mail.html.contains(&format!("<html lang=\"{language}\">")), "{name}");
        for foreign in ["<img", "<script", "<link", "url(", "src="] {
            assert!(!mail.html.contains(foreign), "{name} has {foreign}");
        }
        assert_eq!(mail.html.matches("href=").count(), 1, "{name}: one button");
        assert!(mail.html.contains("color-scheme") && mail.text.contains("/tickets/LBK-2026-00000"), "{name}");
        // What happened stands first.
        assert!(!mail.text.starts_with(['\n', ' ']) && !mail.text.starts_with("LBK"), "{name}");
    }
    snapshot(&format!("html_{language}"), &all["resolved_requester"].html);
    // What Tier 1 wrote for Tier 2, and the other way round, is for staff.
    for kind in ["escalated_requester", "returned_requester"] {
        let told = format!("{}{}", all[kind].text, all[kind].html);
        assert!(!told.contains("jangkauan") && !told.contains("singgahan"), "{told}");
    }
    assert!(all["escalated_staff"].text.contains("jangkauan") && all["returned_staff"].text.contains("singgahan"));
    assert!(all["opened_staff"].text.contains("Sejak pagi.") && !all["opened_requester"].text.contains("Sejak pagi."));
}

#[actix_web::test]
async fn every_kind_of_mail_reads_well_in_bahasa_indonesia() {
    held("id").await;
}

#[actix_web::test]
async fn every_kind_of_mail_reads_well_in_english() {
    held("en").await;
}

#[actix_web::test]
async fn a_secret_tickets_mails_say_its_number_and_that_there_is_news_and_no_more() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let body = json!({ "classification": "secret", "subject": "Kebocoran", "description": "Arsip bocor." });
    let ticket = cast.requester.open_with(body).await.created();
    // Later it is at the other desk, and no longer for the first one.
    let mut mails = post.now(&cast.app).await;
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.say(&ticket, "public", "Jejaknya ditemukan.").await.created();
    cast.tier1.escalate(&ticket).await.ok();
    cast.tier2.resolve(&ticket).await.ok();
    mails.extend(post.later(&cast.app).await);
    assert!(mails.len() >= 4, "{}", mails.len());
    for mail in &mails {
        assert_eq!(mail.subject, "[LBK-2026-000001] Ada pembaruan");
        let lines: Vec<&str> = mail.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[0], "Ada pembaruan pada tiket LBK-2026-000001.");
        assert_eq!(lines.len(), 7, "{}", mail.text);
        let all = format!("{}{}{}{}", mail.raw, mail.text, mail.html, mail.subject);
        for word in ["Kebocoran", "bocor", "Jejak", "Siti", "Budi", "Kesehatan", "jangkauan", "ulang"] {
            assert!(!all.contains(word), "{word} in {all}");
        }
    }
    // The administrator sees that mails go, the auditor not even that.
    let kinds = cast.admin.items("/mails").await;
    assert!(kinds.len() >= 4 && kinds.iter().all(|row| row["kind"] == "news"));
    assert!(cast.auditor.items("/mails").await.is_empty());
}

#[actix_web::test]
async fn a_ticket_that_becomes_secret_takes_its_waiting_mails_along() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("Kebocoran").await;
    post.now(&cast.app).await;
    cast.tier1.say(&ticket, "public", "Arsipnya bocor.").await.created();
    assert_eq!(cast.auditor.items("/mails").await.len(), 3);
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    let mails = post.later(&cast.app).await;
    assert_eq!((mails.len(), mails[0].subject.as_str()), (1, "[LBK-2026-000001] Ada pembaruan"));
    assert!(!mails[0].text.contains("bocor") && !mails[0].html.contains("bocor"));
    assert!(cast.auditor.items("/mails").await.is_empty());
}

// What was owed while the ticket was secret was frozen without a word: it must not go out as if it had some.
#[actix_web::test]
async fn a_secret_ticket_that_becomes_open_sends_no_blank_mail() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    post.now(&cast.app).await;
    cast.tier1.say(&ticket, "public", "Sudah kami lihat.").await.created();
    cast.tier1.edit(&ticket, json!({ "classification": "open" })).await.ok();
    let mails = post.later(&cast.app).await;
    assert_eq!((mails.len(), mails[0].subject.as_str()), (1, "[LBK-2026-000001] Ada pembaruan"));
    assert!(mails[0].text.contains("Ada pembaruan pada tiket LBK-2026-000001."), "{}", mails[0].text);
    // What comes after says what happened again, and of what was sent the list tells it.
    cast.tier1.say(&ticket, "public", "Sudah beres.").await.created();
    let mails = post.later(&cast.app).await;
    assert!(mails.len() == 1 && mails[0].subject.contains("Komentar baru: "), "{mails:?}");
    assert!(mails[0].text.contains("Sudah beres."));
    assert!(cast.auditor.items("/mails").await.iter().any(|row| row["kind"] == "opened"));
}

// R8: its id is the same at each try, its bytes are not.
#[actix_web::test]
async fn a_mail_that_the_server_deferred_says_no_more_once_its_ticket_is_secret_nor_does_one_that_failed() {
    let defers = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&defers);
    let sink = Sink::start(move |to| {
        let defers = now.load(Ordering::Relaxed);
        if defers && to.starts_with("teknisi") {
            Verdict::Content(550)
        } else if defers && to.starts_with("pegawai") {
            Verdict::Content(451)
        } else {
            Verdict::Take
        }
    });
    let cast = Cast::on(TestApp::with(&sink.settings("")).await).await;
    let ticket = cast.requester.open("Kebocoran").await;
    cast.tier1.say(&ticket, "public", "Arsipnya bocor.").await.created();
    run(&cast.app).await;
    assert!(sink.tried().len() >= 2 && sink.taken().is_empty());
    // What is owed meanwhile goes by itself: of the first nobody knows whether it arrived.
    cast.tier1.say(&ticket, "public", "Kami tutup kebocorannya.").await.created();
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    let before = ids(&cast).await;
    defers.store(false, Ordering::Relaxed);
    let failed = cast.admin.items("/mails?state=failed").await.pop().unwrap();
    cast.admin.post(&format!("/mails/{}/retry", failed["id"].as_str().unwrap()), json!({})).await.ok();
    let cast = cast.much_later(Duration::hours(5)).await;
    run(&cast.app).await;
    run(&cast.app).await;
    let got: Vec<Got> = sink.taken().iter().map(|mail| Got::parse("", &mail.to, &mail.bytes)).collect();
    assert_eq!(got.len(), 3, "{got:?}");
    for mail in &got {
        assert_eq!(mail.subject, "[LBK-2026-000001] Ada pembaruan");
        assert!(!mail.text.contains("bocor") && !mail.html.contains("bocor"), "{}", mail.text);
    }
    assert!(cast.admin.items("/mails").await.iter().all(|row| row["state"] == "sent"));
    let kept = |id: &String| got.iter().any(|mail| mail.header("message-id").unwrap().contains(id.as_str()));
    assert!(before.len() == 2 && before.iter().all(kept), "{before:?}");
}

/// The ids that mails have from their first try on.
async fn ids(cast: &Cast) -> Vec<String> {
    use diesel::prelude::*;
    use sigap::db::schema::mails;
    let ids = cast.app.look(|conn| {
        Ok(sigap::on!(conn, |c| mails::table
            .filter(mails::message_id.is_not_null())
            .select(mails::message_id.assume_not_null())
            .load::<String>(c))?)
    });
    ids.await
}

#[actix_web::test]
async fn no_word_of_a_person_can_make_a_header_or_markup() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let subject = "Mati =?utf-8?q?total?= <script>alert(1)</script> \u{202e}kabel";
    let body = json!({ "subject": subject, "description": "a\r\nBcc: x@evil.com\r\n\r\n.\r\nQUIT\r\n<img src=x>" });
    cast.requester.open_with(body).await.created();
    for mail in post.now(&cast.app).await {
        assert!(mail.header("bcc").is_none());
        assert!(!mail.html.contains("<script") && !mail.html.contains("<img"));
        assert!(mail.subject.contains("<script>alert(1)</script>") && !mail.subject.contains('\u{202e}'));
        assert_eq!(mail.header("to").unwrap().matches('@').count(), 1);
        assert!(!mail.header("subject").unwrap().contains("=?utf-8?q?total?="), "what was typed would be decoded");
        assert!(!mail.text.contains('\u{202e}') && !mail.html.contains('\u{202e}'));
    }
}

#[actix_web::test]
async fn the_longest_words_make_no_large_mail() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open_with(json!({ "subject": "&".repeat(200) })).await.created();
    post.now(&cast.app).await;
    for _ in 0..14 {
        cast.tier1.say(&ticket, "public", &"\"&".repeat(10_000)).await.created();
    }
    let mails = post.later(&cast.app).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].html.len() < 30_000, "{}", mails[0].html.len());
    assert!(mails[0].text.contains("Dan 4 pembaruan lain") && mails[0].text.contains("(selengkapnya di tiket)"));
    assert!(mails[0].raw.lines().all(|line| line.len() < 998));
}
