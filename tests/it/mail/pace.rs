//! When mails go: together where they may, at once where they must, and never all of an hour's at once.

use super::post::{Post, accounts, owed, run};
use super::sink::{Sink, Verdict};
use crate::support::TestApp;
use crate::support::desk::Cast;
use chrono::Duration;

#[actix_web::test]
async fn what_happens_within_a_minute_is_one_mail_for_each_recipient() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    assert_eq!(accounts(&post.now(&cast.app).await), ["pegawai.dinkes", "teknisi.dinkes"]);
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.say(&ticket, "public", "Sedang diperiksa.").await.created();
    cast.app.step(Duration::seconds(30));
    cast.tier1.say(&ticket, "public", "Ketemu.").await.created();
    cast.tier1.resolve(&ticket).await.ok();
    assert!(post.now(&cast.app).await.is_empty(), "they wait for company");
    cast.app.step(Duration::seconds(29));
    assert!(post.now(&cast.app).await.is_empty(), "a minute is not over");
    cast.app.step(Duration::seconds(1));
    let mails = post.now(&cast.app).await;
    assert_eq!(accounts(&mails), ["pegawai.dinkes"]);
    assert_eq!(mails[0].subject, "[LBK-2026-000001] 3 pembaruan: SIMPEG mati");
    let place = |word: &str| mails[0].text.find(word).unwrap_or_else(|| panic!("{word}: {}", mails[0].text));
    assert!(place("Sedang diperiksa.") < place("Ketemu.") && place("Ketemu.") < place("sudah diselesaikan"));
    assert!(mails[0].html.contains("Sedang diperiksa.") && mails[0].html.contains("sudah diselesaikan"));
    // What was owed stays what it was, and all of it is sent.
    let sent = cast.admin.items("/mails?state=sent").await;
    assert_eq!(sent.len(), 5);
    assert_eq!(owed(&cast).await.iter().filter(|(_, kind)| kind == "commented").count(), 2);
    // The next one begins a minute of its own.
    cast.requester.reopen(&ticket).await.ok();
    assert_eq!(accounts(&post.later(&cast.app).await), ["teknisi.dinkes"]);
}

#[actix_web::test]
async fn an_escalation_waits_for_nobody_and_takes_along_what_waited() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    post.now(&cast.app).await;
    cast.tier1.say(&ticket, "public", "Di luar kemampuan kami.").await.created();
    cast.later();
    cast.tier1.escalate(&ticket).await.ok();
    let mails = post.now(&cast.app).await;
    assert_eq!(accounts(&mails), ["pegawai.dinkes", "tier2.dua", "tier2.satu"]);
    let mine = mails.iter().find(|m| m.account() == "pegawai.dinkes").unwrap();
    assert!(mine.text.find("Di luar kemampuan").unwrap() < mine.text.find("kami teruskan").unwrap());
    assert!(post.later(&cast.app).await.is_empty());
}

#[actix_web::test]
async fn two_tickets_are_never_in_one_mail() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (one, other) = (cast.requester.open("Satu").await, cast.requester.open("Dua").await);
    post.now(&cast.app).await;
    cast.tier1.say(&one, "public", "Untuk satu.").await.created();
    cast.tier1.say(&other, "public", "Untuk dua.").await.created();
    let mails = post.later(&cast.app).await;
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|m| m.text.contains("satu") != m.text.contains("dua")));
}

#[actix_web::test]
async fn a_regions_burst_waits_for_the_next_hour_and_its_urgent_mails_and_other_regions_do_not() {
    let sink = Sink::start(|_| Verdict::Take);
    let app = TestApp::with(&sink.settings("per_hour = 20\n")).await;
    let cast = Cast::on(app).await;
    let mut last = serde_json::Value::Null;
    for n in 0..12 {
        last = cast.requester.open(&format!("Tiket {n}")).await;
    }
    cast.app.temanggung("pegawai.dinkes").await.open("Di sana").await;
    run(&cast.app).await;
    // 24 are owed here and 2 there; two of twenty are kept for what is urgent.
    assert_eq!(sink.count("@lebakkab.go.id"), 18);
    assert_eq!(sink.count("@temanggungkab.go.id"), 2);
    cast.tier1.escalate(&last).await.ok();
    run(&cast.app).await;
    assert_eq!(sink.count("@lebakkab.go.id"), 20);
    assert!(sink.count("tier2") >= 1);
    let cast = cast.much_later(Duration::minutes(61)).await;
    run(&cast.app).await;
    assert!(cast.admin.items("/mails?state=queued").await.is_empty());
}

#[actix_web::test]
async fn a_restored_copy_sends_nothing_while_it_is_held() {
    let app = TestApp::with("[mail]\nhold = true\n").await;
    let post = Post::of(&app);
    app.lebak("pegawai.dinkes").await.open("Mati").await;
    assert!(post.later(&app).await.is_empty());
    let released = app.again("").await;
    assert_eq!(Post::of(&released).now(&released).await.len(), 2);
}
