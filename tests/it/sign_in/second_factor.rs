//! A second factor: codes by time, each of which counts once, and what to do without the device (BSSN 4/2021, a).

use crate::support::meet::in_order;
use crate::support::{Client, Device, Reply, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sigap::config::Config;
use sigap::db::schema::{audit_entries, idempotency_keys, recovery_codes, second_factors};
use sigap::on;

use diesel::prelude::*;

const PASSWORD: &str = "sigap-demo-2026";
const WHO: &str = "koordinator@lebakkab.go.id";

async fn sign_in(app: &TestApp, password: &str, code: Option<&str>) -> Reply {
    let mut body = json!({ "login": WHO, "password": password });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    app.anonymous().post("/auth/login", body).await
}

fn kind(reply: &Reply) -> String {
    reply.json()["type"].as_str().unwrap().to_owned()
}

/// The coordinator with a second factor, some time after he set it up.
async fn with_device() -> (TestApp, Client, Device) {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    let device = Device::of(&app, &owner).await;
    app.step(Duration::minutes(5));
    (app, owner, device)
}

#[actix_web::test]
async fn whoever_set_it_up_signs_in_by_password_and_code_and_by_neither_alone() {
    let (app, _, device) = with_device().await;
    let asked = sign_in(&app, PASSWORD, None).await;
    asked.refused(401);
    assert_eq!(kind(&asked), "urn:sigap:problem:code-needed");
    assert_eq!(asked.header("www-authenticate"), Some("Bearer"));
    assert_eq!(kind(&sign_in(&app, PASSWORD, Some("")).await), "urn:sigap:problem:code-needed");
    let wrong = sign_in(&app, PASSWORD, Some("000000")).await;
    wrong.refused(401);
    assert_eq!(kind(&wrong), "urn:sigap:problem:not-signed-in");
    sign_in(&app, "wrong", Some(&device.code(&app))).await.refused(401);
    let spaced = device.code(&app);
    let tokens = sign_in(&app, PASSWORD, Some(&format!("{} {}", &spaced[..3], &spaced[3..]))).await.ok();
    app.with_token(tokens["access_token"].as_str().unwrap()).get("/me").await.ok();
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_login_stay_alike_whether_or_not_a_code_is_sent() {
    let (app, _, device) = with_device().await;
    let mut answers = Vec::new();
    for login in [WHO, "teknisi.dinkes@lebakkab.go.id", "nobody@lebakkab.go.id"] {
        for code in [json!(null), json!(device.code(&app)), json!("000000")] {
            let body = json!({ "login": login, "password": "wrong", "code": code });
            let mut reply = app.anonymous().post("/auth/login", body).await;
            reply.refused(401);
            reply.headers.retain(|(name, _)| name != "x-request-id");
            answers.push(reply);
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[actix_web::test]
async fn a_code_that_is_longer_than_any_is_refused_whoever_it_may_be() {
    let app = TestApp::new().await;
    let long = "0".repeat(65);
    sign_in(&app, PASSWORD, Some(&long)).await.names("/code");
    let body = json!({ "login": "siapa@lebakkab.go.id", "password": "x", "code": long });
    app.anonymous().post("/auth/login", body).await.names("/code");
    assert_eq!(sign_in(&app, PASSWORD, Some(&"0".repeat(64))).await.status, 200, "he has no second factor");
}

#[actix_web::test]
async fn a_code_counts_once_even_if_it_comes_eight_times_at_once() {
    let (app, _, device) = with_device().await;
    let code = device.code(&app);
    let replies = join_all((0..8).map(|_| sign_in(&app, PASSWORD, Some(&code)))).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    sign_in(&app, PASSWORD, Some(&code)).await.refused(401);
    // Nor does an older one that had not been used.
    sign_in(&app, PASSWORD, Some(&device.code_in(&app, -1))).await.refused(401);
    app.step(Duration::seconds(30));
    sign_in(&app, PASSWORD, Some(&device.code(&app))).await.ok();
}

#[actix_web::test]
async fn a_clock_may_be_half_a_minute_off_and_no_more() {
    let (app, _, device) = with_device().await;
    for (steps, status) in [(-2, 401), (2, 401), (-1, 200), (1, 200)] {
        assert_eq!(sign_in(&app, PASSWORD, Some(&device.code_in(&app, steps))).await.status, status, "{steps}");
    }
}

#[actix_web::test]
async fn each_of_ten_recovery_codes_counts_once_however_it_is_typed() {
    let (app, owner, device) = with_device().await;
    assert_eq!(device.recovery_codes.len(), 10);
    let left = owner.get("/me/second-factor").await.ok();
    assert_eq!((&left["enabled"], &left["recovery_codes_left"]), (&json!(true), &json!(10)));
    let first = &device.recovery_codes[0];
    sign_in(&app, PASSWORD, Some(&first.to_lowercase().replace('-', " "))).await.ok();
    sign_in(&app, PASSWORD, Some(first)).await.refused(401);
    sign_in(&app, PASSWORD, Some(&device.recovery_codes[9])).await.ok();
    assert_eq!(owner.get("/me/second-factor").await.ok()["recovery_codes_left"], 8);
    // Nobody else's code is worth anything.
    let other = app.lebak("auditor").await;
    let theirs = Device::of(&app, &other).await;
    sign_in(&app, PASSWORD, Some(&theirs.recovery_codes[0])).await.refused(401);
}

#[actix_web::test]
async fn codes_are_guessed_no_faster_than_passwords() {
    let (app, _, device) = with_device().await;
    for n in 0..10 {
        sign_in(&app, PASSWORD, Some(&format!("{n:06}"))).await.refused(401);
    }
    sign_in(&app, PASSWORD, Some(&device.code(&app))).await.refused(429);
    // The right password by itself does not begin the count anew.
    app.step(Duration::hours(1));
    sign_in(&app, PASSWORD, Some("000000")).await.refused(401);
    sign_in(&app, PASSWORD, None).await.refused(429);
}

#[actix_web::test]
async fn a_second_tab_that_begins_anew_undoes_nothing_that_was_just_confirmed() {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    let begin = || owner.post("/me/second-factor", json!({ "password": PASSWORD }));
    let device = Device::new(begin().await.created()["secret"].as_str().unwrap());
    let confirm = owner.post("/me/second-factor/confirm", json!({ "code": device.code(&app) }));
    let (confirmed, anew) = in_order(&app, "second_factors", confirm, async { begin().await }).await;
    confirmed.ok();
    anew.refused(409);
    assert_eq!(owner.get("/me/second-factor").await.ok()["enabled"], true);
    assert_eq!(kind(&sign_in(&app, PASSWORD, None).await), "urn:sigap:problem:code-needed");
}

#[actix_web::test]
async fn a_stolen_session_neither_sets_it_up_nor_takes_it_away() {
    let app = TestApp::new().await;
    let thief = app.lebak("koordinator").await;
    let answer = thief.post("/me/second-factor", json!({ "password": "wrong" })).await;
    answer.names("/password");
    let device = Device::of(&app, &app.lebak("koordinator").await).await;
    // Whoever sets it up signs everybody else out.
    thief.get("/me").await.refused(401);
    app.step(Duration::minutes(1));
    let tokens = sign_in(&app, PASSWORD, Some(&device.code(&app))).await.ok();
    let thief = app.with_token(tokens["access_token"].as_str().unwrap());
    for _ in 0..10 {
        thief.post("/me/second-factor/remove", json!({ "code": "000000" })).await.names("/code");
    }
    thief.post("/me/second-factor/remove", json!({ "code": "000000" })).await.refused(429);
    thief.post("/me/second-factor", json!({ "password": PASSWORD })).await.refused(409);
}

#[actix_web::test]
async fn its_owner_takes_it_away_by_a_code_and_may_set_another_up() {
    let (app, owner, device) = with_device().await;
    owner.post("/me/second-factor/remove", json!({ "code": device.recovery_codes[3] })).await.done();
    sign_in(&app, PASSWORD, None).await.ok();
    owner.post("/me/second-factor/remove", json!({ "code": "000000" })).await.refused(409);
    let next = Device::of(&app, &owner).await;
    app.step(Duration::minutes(1));
    for old in [&device.code(&app), &device.recovery_codes[4]] {
        sign_in(&app, PASSWORD, Some(old)).await.refused(401);
    }
    sign_in(&app, PASSWORD, Some(&next.code(&app))).await.ok();
}

#[actix_web::test]
async fn a_secret_that_is_not_confirmed_asks_for_nothing_and_ends_after_a_quarter_of_an_hour() {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    owner.post("/me/second-factor/confirm", json!({ "code": "000000" })).await.refused(409);
    let given = owner.post("/me/second-factor", json!({ "password": PASSWORD })).await;
    assert_eq!(given.status, 201);
    let device = Device::new(given.json()["secret"].as_str().unwrap());
    sign_in(&app, PASSWORD, None).await.ok();
    owner.post("/me/second-factor/confirm", json!({ "code": "000000" })).await.names("/code");
    app.step(Duration::minutes(15));
    let later = app.lebak("koordinator").await;
    later.post("/me/second-factor/confirm", json!({ "code": device.code(&app) })).await.refused(409);
    assert_eq!(later.get("/me/second-factor").await.ok()["enabled"], false);
}

#[actix_web::test]
async fn an_administrator_resets_it_for_another_and_never_his_own() {
    let (app, owner, _) = with_device().await;
    let id = owner.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
    let place = format!("/people/{id}/second-factor");
    for (login, status) in [
        ("auditor@lebakkab.go.id", 403),
        ("teknisi.dinkes@lebakkab.go.id", 404),
        ("admin@temanggungkab.go.id", 404),
        ("operator@sigap.example", 404),
    ] {
        app.sign_in(login).await.delete(&place).await.refused(status);
    }
    owner.delete(&place).await.refused(403);
    let admin = app.lebak("admin").await;
    admin.delete(&place).await.done();
    owner.get("/me").await.refused(401);
    sign_in(&app, PASSWORD, None).await.ok();
    admin.delete(&place).await.refused(409);
    let acts: Vec<(String, Option<sigap::db::Id>)> = app
        .look(|conn| {
            Ok(on!(conn, |c| audit_entries::table
                .filter(audit_entries::action.like("second_factor.%"))
                // Of one instant the ids of two transactions do not say which came first.
                .order(audit_entries::action)
                .select((audit_entries::action, audit_entries::actor_id))
                .load(c))?)
        })
        .await;
    let names: Vec<&str> = acts.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(names, ["second_factor.begin", "second_factor.reset", "second_factor.set"]);
    let me = admin.get("/me").await.ok();
    assert_eq!(acts[1].1.map(|id| id.to_string()), me["id"].as_str().map(str::to_owned));
}

#[actix_web::test]
async fn the_database_holds_neither_the_secret_nor_a_code() {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    let send = async |place: &str, key: &str, body: Value| {
        owner.send(Method::POST, place, &[("idempotency-key", key)], Some(body)).await
    };
    let given = send("/me/second-factor", "secret", json!({ "password": PASSWORD })).await;
    let secret = given.json()["secret"].as_str().unwrap().to_owned();
    send("/me/second-factor", "misspelt", json!({ "password": PASSWORD, "pasword": "" })).await.names("/pasword");
    let device = Device::new(&secret);
    let confirm = json!({ "code": device.code(&app) });
    let codes = send("/me/second-factor/confirm", "codes", confirm.clone()).await.ok();
    assert_eq!(send("/me/second-factor/confirm", "codes", confirm).await.ok(), codes, "the first answer again");
    let bodies = app.look(|conn| {
        Ok(on!(conn, |c| idempotency_keys::table.select(idempotency_keys::body).load::<Option<String>>(c))?)
    });
    let bodies = format!("{:?}", bodies.await);
    let (sealed, hashes): (String, Vec<String>) = app
        .look(|conn| {
            Ok((
                on!(conn, |c| second_factors::table.select(second_factors::secret).first(c))?,
                on!(conn, |c| recovery_codes::table.select(recovery_codes::hash).load(c))?,
            ))
        })
        .await;
    assert!(!sealed.contains(&secret) && hashes.len() == 10);
    for code in codes["recovery_codes"].as_array().unwrap() {
        let plain = code.as_str().unwrap().replace('-', "");
        assert!(!bodies.contains(code.as_str().unwrap()) && !bodies.contains(&plain), "{bodies}");
        assert!(hashes.iter().all(|hash| !hash.contains(&plain) && *hash != sigap::access::token::hash(&plain)));
    }
    assert!(!bodies.contains(&secret), "{bodies}");
    let columns = (idempotency_keys::key, idempotency_keys::fingerprint);
    let kept = app.look(move |conn| {
        let kept = idempotency_keys::table.select(columns).order(idempotency_keys::key);
        Ok(on!(conn, |c| kept.load::<(String, String)>(c))?)
    });
    let (keys, fingerprints): (Vec<String>, Vec<String>) = kept.await.into_iter().unzip();
    assert_eq!(keys, ["codes", "secret"]);
    let body = json!({ "password": PASSWORD });
    let fast = sigap::access::token::hash(&format!("POST /api/v1/me/second-factor\0{body}"));
    assert!(!fingerprints.contains(&fast), "of a password not even a hash is kept");
    // Neither answer may be kept by anybody on the way.
    assert_eq!(given.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn a_secret_is_given_again_under_its_key_to_whoever_knows_the_password() {
    let app = TestApp::new().await;
    let owner = app.lebak("koordinator").await;
    let begin = async |key: &str, password: &str| {
        let body = json!({ "password": password });
        owner.send(Method::POST, "/me/second-factor", &[("idempotency-key", key)], Some(body)).await
    };
    let (first, again) = (begin("a", PASSWORD).await, begin("a", PASSWORD).await);
    assert_eq!((&again.created(), &again.text), (&first.created(), &first.text));
    let device = Device::new(first.json()["secret"].as_str().unwrap());
    owner.post("/me/second-factor/confirm", json!({ "code": device.code(&app) })).await.ok();
    assert_eq!(begin("a", PASSWORD).await.text, first.text, "as every first answer");
    begin("a", "wrong").await.names("/password");
    begin("b", PASSWORD).await.refused(409);
    let begun = app.look(|conn| {
        let begun = audit_entries::table.filter(audit_entries::action.eq("second_factor.begin"));
        Ok(on!(conn, |c| begun.count().get_result::<i64>(c))?)
    });
    assert_eq!(begun.await, 1);
}

#[actix_web::test]
async fn a_role_that_needs_it_can_do_nothing_else_until_it_is_set_up() {
    let app = TestApp::with("[sign_in]\nsecond_factor_for = [\"coordinator\"]").await;
    let tokens = sign_in(&app, PASSWORD, None).await.ok();
    assert_eq!(tokens["second_factor_needed"], true);
    let owner = app.with_token(tokens["access_token"].as_str().unwrap());
    for path in ["/tickets", "/people", "/reports/coverage", "/notices"] {
        let refused = owner.get(path).await;
        refused.refused(403);
        assert_eq!(kind(&refused), "urn:sigap:problem:second-factor-needed", "{path}");
    }
    owner.post("/tickets", json!({ "kind": "incident", "subject": "a", "description": "b" })).await.refused(403);
    owner.get("/me").await.ok();
    owner.get("/me/sessions").await.ok();
    Device::of(&app, &owner).await;
    owner.get("/tickets").await.ok();
    // Others are asked for nothing.
    let clerk = app.lebak("pegawai.dinkes").await;
    clerk.get("/tickets").await.ok();
    assert_eq!(clerk.get("/me/second-factor").await.ok()["enabled"], false);
}

#[actix_web::test]
async fn a_role_that_nobody_knows_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("data_dir = {:?}\n[sign_in]\nsecond_factor_for = [\"bupati\"]", folder.path().display().to_string());
    let config = Config::from_parts(Some(&text), []).unwrap();
    let refused = sigap::app::App::open(config, sigap::clock::Clock::System, None).err().unwrap().to_string();
    assert!(refused.contains("sign_in.second_factor_for") && refused.contains("bupati"), "{refused}");
}
