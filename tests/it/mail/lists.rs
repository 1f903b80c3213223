//! Links of a whole list of people: each lives from when its mail leaves, none holds up other mail, and nobody is left
//! without one.

use super::post::{Got, Post, run};
use super::sink::{Sink, Verdict};
use crate::support::desk::{Cast, text};
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use serde_json::json;
use sigap::mail::outbox;

const NEW: &str = "sembilan kuda nil berlari";

/// Imports so many people whose accounts begin so.
async fn list(admin: &Client, account: &str, count: usize) {
    let lines = (0..count).map(|n| format!("Orang {n},{account}{n}@lebakkab.go.id\n"));
    let file = format!("name,email\n{}", lines.collect::<String>());
    let csv = [("content-type", "text/csv")];
    let reply = admin.raw(Method::POST, "/people/import", &csv, file.into()).await;
    assert_eq!(reply.ok()["stored"], true);
}

fn token(mail: &Got) -> String {
    let (_, rest) = mail.text.split_once("/password#token=").unwrap_or_else(|| panic!("no link: {}", mail.text));
    rest.lines().next().unwrap().to_owned()
}

async fn sets(app: &TestApp, mail: &Got) -> u16 {
    app.anonymous().post("/auth/password", json!({ "token": token(mail), "password": NEW })).await.status
}

#[actix_web::test]
async fn a_link_that_waited_for_two_days_works_for_a_day_after_its_mail_has_left() {
    let app = TestApp::with("[mail]\nhold = true\n").await;
    list(&app.lebak("admin").await, "orang", 2).await;
    app.step(Duration::days(2));
    let app = app.again("").await;
    let mails = Post::of(&app).now(&app).await;
    assert_eq!(mails.len(), 2);
    assert!(mails[0].text.contains("Kamis, 5 Maret 2026"), "it says until when: {}", mails[0].text);
    app.step(Duration::hours(23));
    assert_eq!(sets(&app, &mails[0]).await, 204);
    app.step(Duration::hours(1));
    assert_eq!(sets(&app, &mails[1]).await, 422);
}

#[actix_web::test]
async fn a_list_takes_half_of_an_hour_and_what_is_owed_later_goes_before_the_rest_of_it() {
    let sink = Sink::start(|_| Verdict::Take);
    let cast = Cast::on(TestApp::with(&sink.settings("per_hour = 20\n")).await).await;
    list(&cast.admin, "orang", 30).await;
    run(&cast.app).await;
    assert_eq!(sink.count("orang"), 10);
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    assert_eq!((sink.count("orang"), sink.count("pegawai"), sink.count("teknisi")), (10, 1, 1));
    // Alone again, the others of the list go hour by hour.
    for (hour, sent) in [(1, 20), (2, 30)] {
        cast.app.step(Duration::minutes(61));
        run(&cast.app).await;
        assert_eq!(sink.count("orang"), sent, "after {hour}");
    }
}

#[actix_web::test]
async fn links_of_a_list_that_wait_are_counted_and_make_no_other_mail_look_late() {
    let cast = Cast::on(TestApp::with("[mail]\nhold = true\n").await).await;
    list(&cast.admin, "orang", 3).await;
    let region = cast.app.region("lebak").await;
    let stands = async || {
        let (queued, oldest, _, _) = cast.app.within(move |tx| outbox::standing(tx, region)).await;
        assert_eq!(cast.app.within(outbox::measure).await, (queued, oldest, 0));
        (queued, oldest)
    };
    assert_eq!(stands().await, (3, None));
    cast.app.step(Duration::minutes(1));
    let now = cast.app.clock.now();
    cast.requester.open("SIMPEG mati").await;
    assert_eq!(stands().await, (5, Some(now)));
}

#[actix_web::test]
async fn a_mail_whose_link_is_dead_takes_no_place_of_the_hour_from_another() {
    let sink = Sink::start(|_| Verdict::Take);
    let cast = Cast::on(TestApp::with(&sink.settings("hold = true\nper_hour = 6\n")).await).await;
    list(&cast.admin, "lama", 8).await;
    for person in cast.admin.items("/people?q=lama&limit=50").await {
        let place = format!("/people/{}/password-link", text(&person["id"]));
        cast.admin.post(&place, json!({})).await.created();
    }
    // Theirs wait behind.
    cast.app.step(Duration::seconds(1));
    list(&cast.admin, "baru", 3).await;
    let app = cast.app.again(&sink.settings("per_hour = 6\n")).await;
    for _ in 0..5 {
        run(&app).await;
    }
    assert_eq!((sink.count("lama"), sink.count("baru")), (0, 3));
    let failed = cast.admin.items("/mails?state=failed").await;
    assert_eq!(failed.len(), 8);
    assert!(text(&failed[0]["last_error"]).contains("tidak berlaku lagi"), "{}", failed[0]);
}

#[actix_web::test]
async fn of_two_links_that_wait_for_somebody_the_older_is_not_sent() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    for _ in 0..2 {
        app.anonymous().post("/auth/forgot", json!({ "login": "pegawai.dinkes@lebakkab.go.id" })).await;
    }
    let mails = post.now(&app).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(sets(&app, &mails[0]).await, 204);
}

#[actix_web::test]
async fn a_list_that_comes_again_mails_a_link_to_whoever_has_neither_password_nor_link() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    list(&app.lebak("admin").await, "orang", 3).await;
    let mails = post.now(&app).await;
    assert_eq!(sets(&app, mails.iter().find(|mail| mail.account() == "orang1").unwrap()).await, 204);
    list(&app.lebak("admin").await, "orang", 3).await;
    assert!(post.now(&app).await.is_empty(), "their links still work");
    app.step(Duration::days(2));
    list(&app.lebak("admin").await, "orang", 3).await;
    let again = post.now(&app).await;
    let mut to: Vec<&str> = again.iter().map(Got::account).collect();
    to.sort_unstable();
    assert_eq!(to, ["orang0", "orang2"]);
    assert_eq!(sets(&app, &again[0]).await, 204);
}
