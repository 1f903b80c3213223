//! A clock that was ahead and was set right leaves nothing standing still until the date that it believed in (R11).

use super::post::run;
use super::sink::{Sink, Verdict};
use crate::audit::settle;
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::Cast;
use chrono::Duration;
use serde_json::json;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::error::Error;
use sigap::mail::mailbox;
use sigap::worker::{Job, attest};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FAR: Duration = Duration::days(400);

#[actix_web::test]
async fn after_a_year_of_a_wrong_clock_mails_leave_files_are_taken_and_checkpoints_go_to_auditors() {
    let away = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&away);
    let sink = Sink::start(move |_| if now.load(Ordering::Relaxed) { Verdict::Recipient(451) } else { Verdict::Take });
    let more = format!("[limits]\nattachments_per_person_day = 1\n{}", sink.settings("per_hour = 20\n"));
    let cast = Cast::on(TestApp::with(&more).await).await.much_later(FAR).await;
    let mut ticket = serde_json::Value::Null;
    for n in 0..9 {
        ticket = cast.requester.open(&format!("Tiket {n}")).await;
    }
    cast.requester.upload(&ticket, "a.txt", "a", "public").await.created();
    settle(&cast.app).await;
    attest::run(&cast.app.app).await.unwrap();
    for _ in 0..3 {
        run(&cast.app).await;
        cast.app.step(Duration::minutes(5));
    }
    assert_eq!((sink.taken().len(), sink.tried().len() >= 18), (0, true), "{}", sink.tried().len());
    away.store(false, Ordering::Relaxed);
    let cast = cast.much_later(-FAR).await;
    cast.requester.upload(&ticket, "b.txt", "b", "public").await.created();
    attest::run(&cast.app.app).await.unwrap();
    Job::Upkeep.run(&cast.app.app).await.unwrap();
    run(&cast.app).await;
    assert!(sink.count("@lebakkab.go.id") >= 18, "{}", sink.count("@lebakkab.go.id"));
    cast.app.step(Duration::hours(2));
    run(&cast.app).await;
    // Of the day on which nobody was, and of today.
    assert_eq!(sink.count("auditor@lebakkab.go.id"), 2);
}

#[actix_web::test]
async fn a_pause_of_a_wrong_clock_keeps_nobody_from_signing_in() {
    let app = TestApp::new().await;
    app.step(FAR);
    let victim = "pegawai.bpbd@lebakkab.go.id";
    let attempt = async |password: &str| {
        app.anonymous().post("/auth/login", json!({ "login": victim, "password": password })).await
    };
    for _ in 0..11 {
        attempt("salah").await;
    }
    attempt("salah").await.refused(429);
    app.step(-FAR);
    // The count begins anew too.
    for _ in 0..9 {
        attempt("salah").await.refused(401);
    }
    attempt("sigap-demo-2026").await.ok();
}

#[actix_web::test]
async fn a_mailbox_that_was_taken_under_a_wrong_clock_is_read_again() {
    let app = TestApp::new().await;
    app.step(FAR);
    assert!(app.within(|tx| mailbox::claim(tx, "desk")).await.is_some());
    app.step(Duration::minutes(1));
    assert!(app.within(|tx| mailbox::claim(tx, "desk")).await.is_none(), "another node has it");
    app.step(-FAR);
    assert!(app.within(|tx| mailbox::claim(tx, "desk")).await.is_some());
}

/// What a measure shows.
async fn shown(app: &TestApp, name: &str) -> String {
    let told = app.anonymous().from("127.0.0.1").get("/metrics").await.text;
    told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap().to_owned()
}

#[actix_web::test]
async fn a_mail_server_that_was_not_reached_under_a_wrong_clock_is_asked_again_once_it_is_right() {
    let away = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&away);
    let sink = Sink::start(move |_| if now.load(Ordering::Relaxed) { Verdict::Closed } else { Verdict::Take });
    let cast = Cast::on(TestApp::with(&sink.settings("")).await).await.much_later(FAR).await;
    let recorder = Rc::clone(&cast.app.recorder);
    let _heard = metrics::set_default_local_recorder(&*recorder);
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    assert_eq!((sink.taken().len(), shown(&cast.app, "sigap_mails_queued").await.as_str()), (0, "2"));
    away.store(false, Ordering::Relaxed);
    let cast = cast.much_later(-FAR).await;
    Job::Upkeep.run(&cast.app.app).await.unwrap();
    run(&cast.app).await;
    assert_eq!((sink.taken().len(), shown(&cast.app, "sigap_mails_queued").await.as_str()), (2, "0"));
}

#[actix_web::test]
async fn what_was_seen_by_a_wrong_clock_is_no_alarm_and_no_company_and_keeps_nobody_from_trying_the_mail() {
    let cast = Cast::on(TestApp::with("rate_limit = \"600\"\n").await).await.much_later(FAR).await;
    let recorder = Rc::clone(&cast.app.recorder);
    let _heard = metrics::set_default_local_recorder(&*recorder);
    let ticket = cast.requester.open("SIMPEG mati").await;
    let place = format!("/tickets/{}/here", ticket["number"].as_str().unwrap());
    let company = async |who: &str| {
        let browser = Browser::lebak(&cast.app, who).await;
        let form = browser.form_token().await;
        browser.post(&place, &[], format!("form={form}")).await.html
    };
    company("teknisi.dinkes").await;
    assert_ne!(company("koordinator").await, "");
    cast.admin.post("/mail/check", json!({})).await.ok();
    let full = || Err::<(), _>(Error::Unavailable("database or disk is full".into()));
    cast.app.app.write(Caller::Anonymous, Origin::default(), move |_| full()).await.unwrap_err();
    assert_eq!(shown(&cast.app, "sigap_database_write_alarm").await, "1");
    cast.app.step(-FAR);
    assert_eq!(company("koordinator").await, "");
    cast.app.lebak("admin").await.post("/mail/check", json!({})).await.ok();
    assert_eq!(shown(&cast.app, "sigap_database_write_alarm").await, "0");
}
