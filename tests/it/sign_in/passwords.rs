//! Passwords and the two policies of reliability.md 3.1.

use crate::support::meet::until;
use crate::support::{Client, Device, Reply, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use futures_util::FutureExt;
use serde_json::{Value, json};
use sigap::access::Origin;
use sigap::app::Begun;
use sigap::db::schema::{people, regions, sessions, sign_in_attempts as tries};
use sigap::error::{Error, Result};
use sigap::on;

const OLD: &str = "sigap-demo-2026";

async fn change(client: &Client, old: &str, new: &str) -> Reply {
    client.post("/me/password", json!({ "old_password": old, "new_password": new })).await
}

async fn sign_in(app: &TestApp, login: &str, password: &str) -> Reply {
    app.anonymous().post("/auth/login", json!({ "login": login, "password": password })).await
}

fn holder(app: &TestApp, tokens: &Value) -> Client {
    app.with_token(tokens["access_token"].as_str().unwrap())
}

/// Puts Lebak under the other policy; there is no request for it.
pub async fn under_bssn(app: &TestApp) {
    let set = |conn: &mut sigap::db::Conn<'_>| {
        Ok(on!(conn, |c| diesel::update(regions::table.filter(regions::code.eq("lebak")))
            .set(regions::password_policy.eq("bssn"))
            .execute(c))?)
    };
    app.app.store.write(set).await.unwrap();
}

#[actix_web::test]
async fn a_changed_password_ends_every_session_this_one_too() {
    let app = TestApp::new().await;
    let login = "pegawai.dinkes@lebakkab.go.id";
    let tokens = sign_in(&app, login, OLD).await.ok();
    let (here, there) = (holder(&app, &tokens), app.lebak("pegawai.dinkes").await);
    change(&here, OLD, "sembilan kuda nil berlari").await.done();
    here.get("/me").await.refused(401);
    there.get("/me").await.refused(401);
    app.anonymous().post("/auth/refresh", json!({ "refresh_token": tokens["refresh_token"] })).await.refused(401);
    sign_in(&app, login, OLD).await.refused(401);
    sign_in(&app, login, "sembilan kuda nil berlari").await.ok();
}

async fn tries_of_logins(app: &TestApp) -> i64 {
    app.look(|conn| Ok(on!(conn, |c| tries::table.filter(tries::key.like("login:%")).count().get_result(c))?)).await
}

/// Lets a sign-in come as far as its counted try, by which the password was read that it goes by, then changes that
/// password, and lets it go on: it begins no session.
async fn is_overtaken(app: &TestApp, owner: &Client, signing_in: impl Future<Output = Result<Begun>>) {
    let me = owner.get("/me").await.ok();
    let mut signing_in = Box::pin(signing_in);
    assert!(signing_in.as_mut().now_or_never().is_none());
    until("a counted try", async || tries_of_logins(app).await > 0).await;
    change(owner, OLD, "sembilan kuda nil berlari").await.done();
    let refused = signing_in.await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
    assert_eq!(sessions_of(app, &me).await, 0);
}

async fn sessions_of(app: &TestApp, client: &Value) -> i64 {
    let id: sigap::db::Id = client["id"].as_str().unwrap().parse().unwrap();
    let going = sessions::person_id.eq(id).and(sessions::ended_at.is_null());
    app.look(move |conn| Ok(on!(conn, |c| sessions::table.filter(going).count().get_result(c))?)).await
}

#[actix_web::test]
async fn a_password_that_changes_while_somebody_signs_in_by_it_begins_no_session() {
    let app = TestApp::new().await;
    let owner = app.lebak("pegawai.dinkes").await;
    let login = "pegawai.dinkes@lebakkab.go.id".to_owned();
    let signing_in = app.app.sign_in(login, OLD.to_owned(), None, String::new(), Origin::of("test"));
    is_overtaken(&app, &owner, signing_in).await;
}

#[actix_web::test]
async fn nor_does_a_code_that_follows_a_password_which_changes_at_that_moment() {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    let (me, device) = (owner.get("/me").await.ok(), Device::of(&app, &owner).await);
    app.step(Duration::minutes(5));
    let (id, since) = (me["id"].as_str().unwrap().parse().unwrap(), app.clock.now().utc().timestamp());
    let signing_in = app.app.sign_in_by_code(id, since, device.code(&app), String::new(), Origin::of("test"));
    is_overtaken(&app, &owner, signing_in).await;
}

#[actix_web::test]
async fn a_password_by_link_ends_every_session() {
    let app = TestApp::new().await;
    let person = app.lebak("pegawai.dinkes").await;
    let id = person.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
    let admin = app.lebak("admin").await;
    let link = admin.post(&format!("/people/{id}/password-link"), json!({})).await.created();
    person.get("/me").await.ok();
    let body = json!({ "token": link["token"], "password": "sembilan kuda nil berlari" });
    app.anonymous().post("/auth/password", body).await.done();
    person.get("/me").await.refused(401);
}

#[actix_web::test]
async fn nist_asks_for_length_and_for_nothing_that_is_easy_to_guess() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for bad in [
        "",
        "empatbelas14--",
        OLD,
        "SIGAP-Demo-2026",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "lebaklebaklebaklebak",
        "Siti Aminah Siti Aminah",
        "pegawai.dinkes@lebakkab.go.id",
        "kabupaten lebak kabupaten",
    ] {
        let reply = change(&me, OLD, bad).await;
        assert_eq!(reply.status, 422, "{bad}");
        reply.names("/new_password");
    }
    change(&me, OLD, &"x1y2z3w4".repeat(33)).await.names("/new_password");
    // No kinds are asked for: a sentence will do, in any script, up to 256 characters.
    change(&me, OLD, "ꦱꦼꦩꦔꦠ꧀ꦥꦒꦶꦱꦼꦩꦸꦮꦤꦾ").await.done();
    sign_in(&app, "pegawai.dinkes@lebakkab.go.id", "ꦱꦼꦩꦔꦠ꧀ꦥꦒꦶꦱꦼꦩꦸꦮꦤꦾ").await.ok();
}

// ASVS 6.2.4
#[actix_web::test]
async fn what_many_choose_and_what_everybody_here_knows_is_refused_however_it_is_joined() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for bad in ["Password-Dragon-2026", "iloveyousunshine", "dinkominfo-lebak-2026", "bupatitemanggung17081945"] {
        let reply = change(&me, OLD, bad).await;
        assert_eq!(reply.status, 422, "{bad}");
        reply.names("/new_password");
    }
}

// ASVS 6.2.8, 6.2.9
#[actix_web::test]
async fn a_password_of_any_length_up_to_256_counts_to_the_last_character_and_with_its_capitals() {
    let app = TestApp::new().await;
    let login = "pegawai.dinkes@lebakkab.go.id";
    let (mut old, words) = (OLD.to_owned(), "Sembilan kuda nil berlari ke sawah; ");
    for length in [64, 65, 128, 256] {
        let new: String = words.chars().cycle().take(length - 1).chain(['x']).collect();
        let tokens = sign_in(&app, login, &old).await.ok();
        change(&holder(&app, &tokens), &old, &new).await.done();
        for wrong in [new.to_lowercase(), new.to_uppercase(), new[..length - 1].to_owned()] {
            sign_in(&app, login, &wrong).await.refused(401);
        }
        sign_in(&app, login, &new).await.ok();
        old = new;
    }
}

#[actix_web::test]
async fn nist_never_asks_for_a_new_password_and_lets_an_old_one_come_back() {
    let app = TestApp::new().await;
    let login = "pegawai.dinkes@lebakkab.go.id";
    app.step(Duration::days(3650));
    let tokens = sign_in(&app, login, OLD).await.ok();
    assert_eq!(tokens["password_expired"], false);
    let (first, second) = ("sembilan kuda nil berlari", "delapan gajah putih menari");
    change(&holder(&app, &tokens), OLD, first).await.done();
    for (from, to) in [(first, second), (second, first)] {
        let tokens = sign_in(&app, login, from).await.ok();
        change(&holder(&app, &tokens), from, to).await.done();
    }
}

#[actix_web::test]
async fn bssn_asks_for_four_kinds_of_characters() {
    let app = TestApp::new().await;
    under_bssn(&app).await;
    let me = app.lebak("pegawai.dinkes").await;
    for bad in [
        "sembilan kuda nil 9",
        "SEMBILAN KUDA NIL 9",
        "Sembilan Kuda Nil Berlari",
        "SembilanKudaNil99Berlari",
        "Sembilan 9 kuda",
    ] {
        let status = change(&me, OLD, bad).await.status;
        assert_eq!(status, if bad == "Sembilan 9 kuda" { 204 } else { 422 }, "{bad}");
    }
    // Another region keeps its own policy.
    let elsewhere = app.temanggung("pegawai.dinkes").await;
    change(&elsewhere, OLD, "sembilan kuda nil berlari").await.done();
}

#[actix_web::test]
async fn bssn_asks_for_a_new_password_after_180_days() {
    let app = TestApp::new().await;
    under_bssn(&app).await;
    let login = "pegawai.dinkes@lebakkab.go.id";
    app.step(Duration::days(180) - Duration::seconds(1));
    assert_eq!(sign_in(&app, login, OLD).await.ok()["password_expired"], false);
    app.step(Duration::seconds(2));
    let tokens = sign_in(&app, login, OLD).await.ok();
    assert_eq!(tokens["password_expired"], true);
    change(&holder(&app, &tokens), OLD, "Sembilan 9 kuda nil!").await.done();
    assert_eq!(sign_in(&app, login, "Sembilan 9 kuda nil!").await.ok()["password_expired"], false);
    app.step(Duration::days(180) + Duration::seconds(1));
    assert_eq!(sign_in(&app, login, "Sembilan 9 kuda nil!").await.ok()["password_expired"], true);
}

#[actix_web::test]
async fn bssn_refuses_the_last_five_passwords_and_takes_the_sixth() {
    let app = TestApp::new().await;
    under_bssn(&app).await;
    let login = "pegawai.dinkes@lebakkab.go.id";
    let password = |n: usize| format!("Kuda nil ke-{n} berlari!");
    let mut now = OLD.to_owned();
    for n in 0..6 {
        let tokens = sign_in(&app, login, &now).await.ok();
        app.step(Duration::seconds(1));
        change(&holder(&app, &tokens), &now, &password(n)).await.done();
        now = password(n);
    }
    let tokens = sign_in(&app, login, &now).await.ok();
    let me = holder(&app, &tokens);
    for n in 1..6 {
        change(&me, &now, &password(n)).await.names("/new_password");
    }
    // By a link it is no different.
    let id = me.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
    let link = app.lebak("admin").await.post(&format!("/people/{id}/password-link"), json!({})).await.created();
    let body = json!({ "token": link["token"], "password": password(3) });
    app.anonymous().post("/auth/password", body).await.names("/password");
    change(&me, &now, &password(0)).await.done();
}

#[actix_web::test]
async fn a_password_is_stored_as_an_argon2id_hash_and_shown_to_nobody() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    change(&me, OLD, "sembilan kuda nil berlari").await.done();
    let stored: Option<String> = app
        .look(|conn| {
            Ok(on!(conn, |c| people::table
                .filter(people::email.eq("pegawai.dinkes@lebakkab.go.id"))
                .select(people::password_hash)
                .first(c))?)
        })
        .await;
    let stored = stored.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored}");
    let admin = app.lebak("admin").await;
    let people = admin.get("/people?limit=200").await;
    people.ok();
    assert!(!people.text.contains("argon2") && !people.text.contains("password_hash"));
}

#[actix_web::test]
async fn the_shipped_cost_of_a_hash_is_what_rfc_9106_and_asvs_ask_for() {
    let config = sigap::config::Config::from_parts(None, []).unwrap();
    assert_eq!((config.sign_in.argon2_memory_kib, config.sign_in.argon2_passes), (19_456, 2));
    assert_eq!(config.sign_in.access_seconds, 600);
}
