//! One-time links by mail: to their owner alone, at his official address, with a secret that is in no table.

use super::post::{Got, Post};
use super::words::snapshot;
use crate::support::desk::{Cast, text, texts};
use crate::support::{Client, Device, Reply, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::{mails, people};
use sigap::on;

const NEW: &str = "sembilan kuda nil berlari";
const OTHER: &str = "delapan gajah putih menari";
const CLERK: &str = "pegawai.dinkes@lebakkab.go.id";

async fn forgot(client: &Client, login: &str) -> Reply {
    client.post("/auth/forgot", json!({ "login": login })).await
}

async fn set(app: &TestApp, token: &str, password: &str) -> Reply {
    app.anonymous().post("/auth/password", json!({ "token": token, "password": password })).await
}

async fn signs_in(app: &TestApp, login: &str, password: &str) -> bool {
    app.anonymous().post("/auth/login", json!({ "login": login, "password": password })).await.status == 200
}

fn token(mail: &Got) -> String {
    let place = "http://127.0.0.1:8080/password#token=";
    let (_, rest) = mail.text.split_once(place).unwrap_or_else(|| panic!("no link: {}", mail.text));
    rest.lines().next().unwrap().to_owned()
}

fn one(mut mails: Vec<Got>) -> Got {
    assert_eq!(mails.len(), 1, "{:?}", mails.iter().map(|m| &m.to).collect::<Vec<_>>());
    mails.remove(0)
}

async fn enter(admin: &Client, language: &str) -> Value {
    let body = json!({ "name": "Pegawai Baru", "email": "baru@lebakkab.go.id", "language": language });
    admin.post("/people", body).await.created()
}

#[actix_web::test]
async fn whoever_is_entered_gets_a_link_by_mail_and_sets_his_password_once() {
    let app = TestApp::new().await;
    let (post, admin) = (Post::of(&app), app.lebak("admin").await);
    enter(&admin, "id").await;
    let mail = one(post.now(&app).await);
    assert_eq!((mail.to.as_str(), mail.from.as_str()), ("baru@lebakkab.go.id", "servicedesk@lebakkab.go.id"));
    let token = token(&mail);
    assert!(mail.html.contains(&format!("/password#token={token}\"")), "{}", mail.html);
    set(&app, &token, NEW).await.done();
    assert!(signs_in(&app, "baru@lebakkab.go.id", NEW).await);
    set(&app, &token, OTHER).await.names("/token");
}

#[actix_web::test]
async fn the_mail_says_who_asked_and_when_how_long_the_link_lives_and_that_it_may_be_ignored() {
    for language in ["id", "en"] {
        let app = TestApp::new().await;
        let (post, admin) = (Post::of(&app), app.lebak("admin").await);
        enter(&admin, language).await;
        let entered = one(post.now(&app).await);
        forgot(&app.anonymous(), "baru@lebakkab.go.id").await;
        let asked = one(post.now(&app).await);
        for (kind, mail) in [("new", entered), ("reset", asked)] {
            let secret = token(&mail);
            let shown = format!("{}\n\n{}", mail.subject, mail.text).replace(&secret, "SECRET");
            snapshot(&format!("password_{kind}_{language}"), &shown);
            assert!(mail.html.len() < 30_000 && mail.html.matches("href=").count() == 1);
            for foreign in ["<img", "<script", "<link", "url(", "src="] {
                assert!(!mail.html.contains(foreign), "{foreign}");
            }
            // A reply would carry the secret on, so it goes to the desk's plain address.
            assert!(mail.header("reply-to").unwrap().contains("<servicedesk@lebakkab.go.id>"));
        }
    }
}

#[actix_web::test]
async fn known_and_unknown_logins_get_the_same_answer_and_only_the_owner_a_mail() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    let nip = text(&app.lebak("teknisi.dinkes").await.get("/me").await.ok()["nip"]);
    let known = forgot(&app.anonymous(), CLERK).await;
    assert_eq!(known.status, 202, "{}", known.text);
    for other in ["tiada@lebakkab.go.id", "tiada@gmail.com", "operator@sigap.example", "", "%", &nip] {
        let reply = forgot(&app.anonymous(), other).await;
        assert_eq!((reply.status, &reply.text), (known.status, &known.text), "{other}");
    }
    let mut to: Vec<String> = post.now(&app).await.into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, [CLERK, "teknisi.dinkes@lebakkab.go.id"]);
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    forgot(&cast.app.anonymous(), CLERK).await;
    // To ask changes nothing.
    cast.requester.get("/me").await.ok();
    assert!(signs_in(&cast.app, CLERK, "sigap-demo-2026").await);
    set(&cast.app, &token(&one(post.now(&cast.app).await)), NEW).await.done();
    cast.requester.get("/me").await.refused(401);
    assert!(!signs_in(&cast.app, CLERK, "sigap-demo-2026").await);
    assert!(signs_in(&cast.app, CLERK, NEW).await);
}

// ASVS 6.4.3
#[actix_web::test]
async fn whoever_forgot_his_password_is_asked_for_a_code_as_before() {
    let cast = Cast::new().await;
    let (app, post) = (&cast.app, Post::of(&cast.app));
    let device = Device::of(app, &cast.requester).await;
    post.now(app).await;
    forgot(&app.anonymous(), CLERK).await;
    set(app, &token(&one(post.now(app).await)), NEW).await.done();
    app.step(Duration::minutes(5));
    assert!(!signs_in(app, CLERK, NEW).await, "by the new password alone");
    let body = json!({ "login": CLERK, "password": NEW, "code": device.code(app) });
    app.anonymous().post("/auth/login", body).await.ok();
}

#[actix_web::test]
async fn a_mailed_link_ends_with_the_next_one_with_the_password_and_after_a_day() {
    let cast = Cast::new().await;
    let (app, post) = (&cast.app, Post::of(&cast.app));
    forgot(&app.anonymous(), CLERK).await;
    let first = token(&one(post.now(app).await));
    forgot(&app.anonymous(), CLERK).await;
    let second = token(&one(post.now(app).await));
    set(app, &first, NEW).await.names("/token");
    let body = json!({ "old_password": "sigap-demo-2026", "new_password": OTHER });
    cast.requester.post("/me/password", body).await.done();
    set(app, &second, NEW).await.names("/token");
    assert!(!one(post.now(app).await).text.contains("token="), "the news of the change carries no link");
    forgot(&app.anonymous(), CLERK).await;
    let third = token(&one(post.now(app).await));
    app.step(Duration::days(1));
    set(app, &third, NEW).await.names("/token");
}

#[actix_web::test]
async fn a_link_that_went_to_an_address_opens_nothing_after_the_address_was_changed() {
    let cast = Cast::new().await;
    let (app, post) = (&cast.app, Post::of(&cast.app));
    forgot(&app.anonymous(), CLERK).await;
    let link = token(&one(post.now(app).await));
    let place = format!("/people/{}", cast.requester.id().await);
    cast.admin.patch(&place, json!({ "email": "siti@lebakkab.go.id" })).await.ok();
    set(app, &link, NEW).await.names("/token");
}

#[actix_web::test]
async fn the_secret_is_in_no_row_before_during_or_after_its_mail_and_each_try_sends_the_same_bytes() {
    let cast = Cast::new().await;
    let (app, admin) = (&cast.app, &cast.admin);
    forgot(&app.anonymous(), CLERK).await;
    let mailer = app.app.clone();
    let take = move || {
        let mailer = mailer.clone();
        let origin = sigap::access::Origin::default();
        async move {
            let run = mailer.clone();
            let claimed = mailer.write(sigap::app::Caller::Anonymous, origin, move |tx| {
                sigap::mail::claim::claim(tx, &run.mailer, sigap::ticket::mails::reader, 9)
            });
            claimed.await.unwrap().pop().unwrap()
        }
    };
    let first = take().await;
    let mail = Got::parse(&first.from, &first.to, &first.bytes);
    let secret = token(&mail);
    let rows = |secret: String| {
        app.look(move |conn| {
            let rows: Vec<(Option<Vec<u8>>, sigap::db::Json)> =
                on!(conn, |c| mails::table.select((mails::message, mails::facts)).load(c))?;
            Ok(rows.iter().all(|(bytes, facts)| bytes.is_none() && !facts.0.to_string().contains(&secret)))
        })
    };
    assert!(rows(secret.clone()).await);
    // The lease of a node that died runs out, and another sends the same.
    app.step(Duration::minutes(6));
    let again = take().await;
    assert_eq!(first.bytes, again.bytes);
    assert!(rows(secret.clone()).await);
    let listed = admin.get("/mails").await;
    assert!(!listed.text.contains(&secret));
    assert_eq!(texts(listed.ok()["items"].as_array().unwrap(), "kind"), ["password_reset"]);
}

#[actix_web::test]
async fn a_mail_whose_link_has_run_out_fails_instead_of_going() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    forgot(&cast.app.anonymous(), CLERK).await;
    cast.app.step(Duration::days(1));
    assert!(post.now(&cast.app).await.is_empty());
    let admin = cast.app.lebak("admin").await;
    let row = admin.items("/mails").await.pop().unwrap();
    assert_eq!(row["state"], "failed", "{row}");
    assert!(text(&row["last_error"]).contains("tidak berlaku lagi"), "{row}");
}

// T3, L15, B2, P1
#[actix_web::test]
async fn an_address_outside_the_official_domain_never_gets_a_link() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.app
        .within(|tx| {
            on!(tx.conn(), |c| diesel::update(people::table.filter(people::email.eq(CLERK)))
                .set(people::email.eq("siti@gmail.com"))
                .execute(c))?;
            Ok(())
        })
        .await;
    assert_eq!(forgot(&cast.app.anonymous(), "siti@gmail.com").await.status, 202);
    assert!(post.now(&cast.app).await.is_empty());
    let row = cast.admin.items("/mails").await.pop().unwrap();
    assert_eq!((text(&row["state"]).as_str(), row["kind"].as_str()), ("failed", Some("password_reset")));
}

#[actix_web::test]
async fn nobody_can_flood_a_mailbox_with_links_and_the_answer_does_not_tell() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    let first = forgot(&app.anonymous(), CLERK).await;
    for _ in 0..20 {
        let reply = forgot(&app.anonymous(), CLERK).await;
        assert_eq!((reply.status, &reply.text), (first.status, &first.text));
    }
    let count = post.now(&app).await.len();
    assert!((1..=4).contains(&count), "{count}");
    // What was asked in a pause makes the next one no longer: an impatient owner is not locked out.
    for seconds in [60, 120] {
        app.step(Duration::seconds(seconds));
        forgot(&app.anonymous(), CLERK).await;
        assert_eq!(post.now(&app).await.len(), 1, "after {seconds} seconds");
    }
}

#[actix_web::test]
async fn one_address_that_asks_for_ever_is_paused() {
    let app = TestApp::with("[sign_in]\naddress_failures = 5").await;
    let mut statuses = Vec::new();
    for n in 0..8 {
        statuses.push(forgot(&app.anonymous(), &format!("x{n}@lebakkab.go.id")).await.status);
    }
    assert_eq!((statuses[0], statuses[7]), (202, 429), "{statuses:?}");
}

#[actix_web::test]
async fn a_link_is_never_delayed_and_never_merged() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    post.now(&cast.app).await;
    cast.tier1.say(&ticket, "public", "Sedang diperiksa.").await.created();
    forgot(&cast.app.anonymous(), CLERK).await;
    let mail = one(post.now(&cast.app).await);
    assert!(mail.text.contains("/password#token=") && !mail.text.contains("Sedang diperiksa."));
}

#[actix_web::test]
async fn an_import_mails_a_link_to_whoever_is_new_and_a_rehearsal_to_nobody() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let file = format!("name,email\nSatu,satu@lebakkab.go.id\nDua,dua@lebakkab.go.id\nSiti Aminah,{CLERK}\n");
    let csv = [("content-type", "text/csv")];
    cast.admin.raw(Method::POST, "/people/import?dry_run=true", &csv, file.clone().into()).await.ok();
    assert!(post.now(&cast.app).await.is_empty());
    let reply = cast.admin.raw(Method::POST, "/people/import", &csv, file.into()).await;
    assert!(reply.status < 300, "{}", reply.text);
    let mut to: Vec<String> = post.now(&cast.app).await.into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["dua@lebakkab.go.id", "satu@lebakkab.go.id"]);
}

#[actix_web::test]
async fn a_login_that_is_longer_than_any_is_refused_whoever_it_may_be() {
    let cast = Cast::new().await;
    forgot(&cast.app.anonymous(), &"x".repeat(256)).await.names("/login");
    assert_eq!(forgot(&cast.app.anonymous(), &"x".repeat(255)).await.status, 202);
}
