//! Guessing fails, however many guess at once, and does not lock out others (R26).

use crate::support::{Client, Device, Reply, TestApp};
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::json;

const VICTIM: &str = "pegawai.dinkes@lebakkab.go.id";
const PASSWORD: &str = "sigap-demo-2026";

async fn attempt(client: &Client, login: &str, password: &str) -> Reply {
    client.post("/auth/login", json!({ "login": login, "password": password })).await
}

fn pause(reply: &Reply) -> i64 {
    reply.refused(429);
    reply.header("retry-after").unwrap().parse().unwrap()
}

#[actix_web::test]
async fn after_ten_wrong_passwords_comes_a_pause_that_doubles_up_to_an_hour() {
    let app = TestApp::new().await;
    let guesser = app.anonymous();
    for _ in 0..10 {
        attempt(&guesser, VICTIM, "wrong").await.refused(401);
    }
    let mut seconds = 60;
    for _ in 0..9 {
        let wait = pause(&attempt(&guesser, VICTIM, "wrong").await);
        assert!((seconds..=seconds + 1).contains(&wait), "{wait} instead of {seconds}");
        // Not even the right password passes while the pause lasts, and trying does not lengthen it.
        assert!(pause(&attempt(&guesser, VICTIM, PASSWORD).await) <= wait);
        app.step(Duration::seconds(seconds));
        attempt(&guesser, VICTIM, "wrong").await.refused(401);
        seconds = (seconds * 2).min(3600);
    }
    assert_eq!(seconds, 3600);
    app.step(Duration::seconds(3600));
    attempt(&guesser, VICTIM, PASSWORD).await.ok();
}

#[actix_web::test]
async fn a_right_password_before_the_limit_begins_the_count_anew() {
    let app = TestApp::new().await;
    let person = app.anonymous();
    for _ in 0..3 {
        for _ in 0..9 {
            attempt(&person, VICTIM, "wrong").await.refused(401);
        }
        attempt(&person, VICTIM, PASSWORD).await.ok();
    }
}

#[actix_web::test]
async fn a_count_is_forgotten_a_day_after_the_last_try() {
    let app = TestApp::new().await;
    let person = app.anonymous();
    for _ in 0..9 {
        attempt(&person, VICTIM, "wrong").await.refused(401);
    }
    app.step(Duration::days(1) + Duration::seconds(1));
    for _ in 0..10 {
        attempt(&person, VICTIM, "wrong").await.refused(401);
    }
    attempt(&person, VICTIM, "wrong").await.refused(429);
}

// B4
#[actix_web::test]
async fn of_sixty_four_tries_at_once_exactly_the_free_ones_are_checked() {
    let app = TestApp::new().await;
    let tries = (0..64).map(|n| {
        let client = app.anonymous().from(&format!("203.0.113.{n}"));
        async move { attempt(&client, VICTIM, "wrong").await.status }
    });
    let statuses = join_all(tries).await;
    let of = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((of(401), of(429)), (10, 54), "{statuses:?}");
    // Right passwords among the guesses do not get a guesser more tries.
    app.step(Duration::days(2));
    let tries = (0..64).map(|n| {
        let client = app.anonymous().from(&format!("203.0.113.{n}"));
        async move { attempt(&client, "nobody@lebakkab.go.id", "wrong").await.status }
    });
    let statuses = join_all(tries).await;
    assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 10);
}

#[actix_web::test]
async fn every_spelling_of_a_login_shares_one_count() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await.get("/me").await.ok();
    let nip = me["nip"].as_str().unwrap().to_owned();
    let guesser = app.anonymous();
    let mut checked = 0;
    for dot in 1..18 {
        let spelt = format!("{}.{}", &nip[..dot], &nip[dot..]);
        for login in [spelt.as_str(), VICTIM, "PEGAWAI.dinkes@lebakkab.go.id", nip.as_str()] {
            checked += usize::from(attempt(&guesser, login, "wrong").await.status == 401);
        }
    }
    assert_eq!(checked, 10);
}

#[actix_web::test]
async fn so_does_every_spelling_of_a_login_that_nobody_has() {
    let app = TestApp::new().await;
    for (login, others) in [
        ("199608182022041001", ["19960818 202204 1 001", "19960818.202204.1.001", " 199608182022041001 "]),
        ("nobody@lebakkab.go.id", ["Nobody@lebakkab.go.id", "nobody@LEBAKKAB.go.id", " nobody@lebakkab.go.id "]),
    ] {
        let guesser = app.anonymous();
        for _ in 0..10 {
            attempt(&guesser, login, "wrong").await.refused(401);
        }
        for other in others {
            attempt(&guesser, other, "wrong").await.refused(429);
        }
    }
}

#[actix_web::test]
async fn one_address_has_a_hundred_tries_over_all_logins_and_others_go_on() {
    let app = TestApp::new().await;
    let guesser = app.anonymous().from("203.0.113.9");
    let mut statuses = Vec::new();
    for n in 0..110 {
        statuses.push(attempt(&guesser, &format!("orang{n}@lebakkab.go.id"), "wrong").await.status);
    }
    assert!(statuses[..100].iter().all(|s| *s == 401));
    assert!(statuses[100..].iter().all(|s| *s == 429));
    attempt(&guesser, "koordinator@lebakkab.go.id", PASSWORD).await.refused(429);
    let elsewhere = app.anonymous().from("203.0.113.10");
    attempt(&elsewhere, "koordinator@lebakkab.go.id", PASSWORD).await.ok();
}

// RFC 6177: who has one has all of them.
#[actix_web::test]
async fn all_addresses_of_an_ipv6_subscriber_are_one_and_an_ipv4_address_is_one_in_either_form() {
    let app = TestApp::with("[sign_in]\naddress_failures = 5").await;
    let checked = async |addresses: Vec<String>| {
        let mut checked = 0;
        for (n, address) in addresses.iter().enumerate() {
            let guesser = app.anonymous().from(address);
            checked += usize::from(attempt(&guesser, &format!("orang{n}@lebakkab.go.id"), "wrong").await.status == 401);
        }
        checked
    };
    assert_eq!(checked((1..=12).map(|n| format!("2001:db8:0:7:{n:x}::1")).collect()).await, 5);
    assert_eq!(checked((1..=12).map(|n| format!("2001:db8:0:{n:x}::1")).collect()).await, 11, "all but that one");
    let both = (1..=12).map(|n| if n % 2 == 0 { "203.0.113.9" } else { "::ffff:203.0.113.9" }.to_owned());
    assert_eq!(checked(both.collect()).await, 5);
    let forgot = async |n: u32| {
        let asker = app.anonymous().from(&format!("2001:db8:0:7::{n:x}"));
        asker.post("/auth/forgot", json!({ "login": format!("orang{n}@lebakkab.go.id") })).await.status
    };
    let mut statuses = Vec::new();
    for n in 1..=8 {
        statuses.push(forgot(n).await);
    }
    assert_eq!((statuses[0], statuses[7]), (202, 429), "{statuses:?}");
}

#[actix_web::test]
async fn a_flood_for_one_login_does_not_block_another_behind_the_same_address() {
    let app = TestApp::new().await;
    let office = app.anonymous().from("203.0.113.9");
    for _ in 0..300 {
        attempt(&office, VICTIM, "wrong").await;
    }
    attempt(&office, VICTIM, PASSWORD).await.refused(429);
    attempt(&office, "koordinator@lebakkab.go.id", PASSWORD).await.ok();
}

#[actix_web::test]
async fn who_signs_in_rightly_does_not_use_up_his_offices_tries() {
    let app = TestApp::new().await;
    let office = app.anonymous().from("203.0.113.9");
    for _ in 0..120 {
        attempt(&office, VICTIM, PASSWORD).await.ok();
    }
}

#[actix_web::test]
async fn neither_does_who_signs_in_by_two_steps_or_says_his_password_once_more() {
    let app = TestApp::with("[sign_in]\naddress_failures = 8").await;
    let (chief, at) = (app.lebak("koordinator").await, "203.0.113.9");
    let device = Device::of(&app, &chief).await;
    let office = app.anonymous().from(at);
    let mut body = json!({ "login": "koordinator@lebakkab.go.id", "password": PASSWORD });
    for _ in 0..9 {
        app.step(Duration::seconds(30));
        body["code"] = json!(null);
        office.post("/auth/login", body.clone()).await.refused(401);
        body["code"] = json!(device.code(&app));
        office.post("/auth/login", body.clone()).await.ok();
    }
    let clerk = app.lebak("pegawai.dinkes").await.from(at);
    for _ in 0..9 {
        clerk.post("/me/second-factor", json!({ "password": PASSWORD })).await.created();
    }
    // What is wrong counts as before, and nothing that is right makes room for more.
    for _ in 0..8 {
        attempt(&office, "nobody@lebakkab.go.id", "wrong").await.refused(401);
    }
    attempt(&office, "auditor@lebakkab.go.id", PASSWORD).await.refused(429);
}

// ASVS 16.3.1: what refuses it stores nothing else.
#[actix_web::test]
async fn a_wrong_password_or_code_of_whoever_is_signed_in_is_noted_with_the_door() {
    let app = TestApp::new().await;
    let (thief, auditor) = (app.lebak("koordinator").await, app.lebak("auditor").await);
    let new = json!({ "old_password": "wrong", "new_password": "sembilan kuda nil berlari" });
    thief.post("/me/password", new).await.names("/old_password");
    thief.post("/me/second-factor", json!({ "password": "wrong" })).await.names("/password");
    let given = thief.post("/me/second-factor", json!({ "password": PASSWORD })).await.created();
    thief.post("/me/second-factor/confirm", json!({ "code": "000000" })).await.names("/code");
    let device = Device::new(given["secret"].as_str().unwrap());
    thief.post("/me/second-factor/confirm", json!({ "code": device.code(&app) })).await.ok();
    thief.post("/me/second-factor/remove", json!({ "code": "000000" })).await.names("/code");
    app.step(Duration::minutes(1));
    thief.post("/me/second-factor/remove", json!({ "code": device.code(&app) })).await.done();
    let noted = auditor.items("/audit/entries?action=session.refused").await;
    let mut doors: Vec<&str> = noted.iter().map(|entry| entry["detail"]["what"].as_str().unwrap()).collect();
    doors.sort_unstable();
    let place = |end: &str| format!("POST /api/v1/me/{end}");
    assert_eq!(doors, ["password", "second-factor", "second-factor/confirm", "second-factor/remove"].map(place));
    let me = thief.get("/me").await.ok();
    assert!(noted.iter().all(|entry| entry["object"] == me["id"]), "{noted:?}");
}

#[actix_web::test]
async fn a_stolen_session_is_no_place_to_guess_the_password() {
    let app = TestApp::new().await;
    let thief = app.lebak("pegawai.dinkes").await;
    let body = json!({ "old_password": "wrong", "new_password": "sembilan kuda nil berlari" });
    for _ in 0..10 {
        thief.post("/me/password", body.clone()).await.names("/old_password");
    }
    thief.post("/me/password", body).await.refused(429);
}

#[actix_web::test]
async fn a_header_that_anybody_can_write_gives_no_fresh_tries() {
    let app = TestApp::new().await;
    let mut statuses = Vec::new();
    for n in 0..101 {
        let forwarded = format!("198.51.100.{n}");
        let headers =
            [("x-forwarded-for", forwarded.as_str()), ("forwarded", "for=198.51.100.1"), ("x-real-ip", "1.1.1.1")];
        let body = json!({ "login": format!("orang{n}@lebakkab.go.id"), "password": "wrong" });
        let guesser = app.anonymous().from("203.0.113.9");
        let reply = guesser.send(actix_web::http::Method::POST, "/auth/login", &headers, Some(body)).await;
        statuses.push(reply.status);
    }
    assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 100);
}
