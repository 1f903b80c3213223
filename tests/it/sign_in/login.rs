//! Signing in, going on, and out.

use crate::support::{Client, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

const PASSWORD: &str = "sigap-demo-2026";

async fn sign_in(app: &TestApp, login: &str) -> Value {
    app.anonymous().post("/auth/login", json!({ "login": login, "password": PASSWORD })).await.ok()
}

async fn refresh(app: &TestApp, token: &Value) -> crate::support::Reply {
    app.anonymous().post("/auth/refresh", json!({ "refresh_token": token })).await
}

fn holder(app: &TestApp, tokens: &Value) -> Client {
    app.with_token(tokens["access_token"].as_str().unwrap())
}

// T4
#[actix_web::test]
async fn a_person_signs_in_by_address_in_any_case_and_by_nip_in_any_grouping() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await.get("/me").await.ok();
    let nip = me["nip"].as_str().unwrap();
    let grouped = format!("{} {} {} {}", &nip[..8], &nip[8..14], &nip[14..15], &nip[15..]);
    for login in [
        "pegawai.dinkes@lebakkab.go.id",
        "PEGAWAI.Dinkes@LebakKab.GO.ID",
        "  pegawai.dinkes@lebakkab.go.id ",
        nip,
        &grouped,
    ] {
        let tokens = sign_in(&app, login).await;
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 600);
        assert_eq!(tokens["password_expired"], false);
        assert_eq!(holder(&app, &tokens).get("/me").await.ok(), me, "{login}");
    }
}

#[actix_web::test]
async fn me_tells_the_roles_and_what_the_region_calls_its_tiers() {
    let app = TestApp::new().await;
    let me = app.temanggung("teknisi.dinkes").await.get("/me").await.ok();
    assert_eq!(me["terms"]["tier1"], "Administrator");
    assert_eq!(me["terms"]["tier2"], "Superadmin");
    let role = &me["roles"][0];
    assert_eq!(
        (&role["role"], &role["region"], &role["opd"]),
        (&json!("tier1"), &json!("temanggung"), &json!("dinkes"))
    );
    let lebak = app.lebak("tier2.satu").await.get("/me").await.ok();
    assert_eq!(lebak["terms"]["tier1"], "Service Desk Tier 1");
    assert_eq!(lebak["roles"][0]["opd"], json!(null));
    let operator = app.sign_in("operator@sigap.example").await.get("/me").await.ok();
    assert_eq!((&operator["region"], &operator["roles"][0]["region"]), (&json!(null), &json!(null)));
    for tier in ["tier1", "tier2"] {
        assert_eq!(operator["terms"][tier], lebak["terms"][tier], "the default, which is Lebak's too");
    }
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_login_answer_alike_byte_for_byte() {
    let app = TestApp::new().await;
    let anonymous = app.anonymous();
    let mut answers = Vec::new();
    for login in ["pegawai.dinkes@lebakkab.go.id", "nobody@lebakkab.go.id", "198501012010011001", "x", "\u{0}", ""] {
        let mut reply = anonymous.post("/auth/login", json!({ "login": login, "password": "wrong" })).await;
        reply.refused(if login == "\u{0}" { 422 } else { 401 });
        reply.headers.retain(|(name, _)| name != "x-request-id");
        if login != "\u{0}" {
            answers.push(reply);
        }
    }
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");
    assert_eq!(answers[0].header("www-authenticate"), Some("Bearer"));
}

#[actix_web::test]
async fn nobody_signs_in_without_a_password_of_his_own() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let body = json!({ "name": "Pegawai Baru", "email": "baru@lebakkab.go.id" });
    admin.post("/people", body).await.created();
    for password in ["", "null", "nobody has this password", PASSWORD] {
        let body = json!({ "login": "baru@lebakkab.go.id", "password": password });
        app.anonymous().post("/auth/login", body).await.refused(401);
    }
}

#[actix_web::test]
async fn an_access_token_lives_for_ten_minutes_of_the_services_clock() {
    let app = TestApp::new().await;
    let tokens = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    let me = holder(&app, &tokens);
    app.step(Duration::seconds(599));
    me.get("/me").await.ok();
    app.step(Duration::seconds(1));
    me.get("/me").await.refused(401);
    let next = refresh(&app, &tokens["refresh_token"]).await.ok();
    holder(&app, &next).get("/me").await.ok();
}

#[actix_web::test]
async fn refreshing_gives_a_new_pair_and_a_second_use_ends_the_whole_family() {
    let app = TestApp::new().await;
    let first = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    let other = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    let second = refresh(&app, &first["refresh_token"]).await.ok();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let third = refresh(&app, &second["refresh_token"]).await.ok();
    holder(&app, &third).get("/me").await.ok();
    refresh(&app, &first["refresh_token"]).await.refused(401);
    refresh(&app, &third["refresh_token"]).await.refused(401);
    for tokens in [&first, &second, &third] {
        holder(&app, tokens).get("/me").await.refused(401);
    }
    // Another sign-in of the same person is another family.
    holder(&app, &other).get("/me").await.ok();
    refresh(&app, &other["refresh_token"]).await.ok();
}

#[actix_web::test]
async fn of_two_refreshes_at_once_one_wins_and_the_family_ends() {
    let app = TestApp::new().await;
    let first = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    let tries = (0..8).map(|_| refresh(&app, &first["refresh_token"]));
    let replies = futures_util::future::join_all(tries).await;
    let won: Vec<_> = replies.iter().filter(|r| r.status == 200).collect();
    assert_eq!(won.len(), 1);
    assert!(replies.iter().all(|r| r.status == 200 || r.status == 401));
    refresh(&app, &won[0].json()["refresh_token"]).await.refused(401);
}

#[actix_web::test]
async fn a_refresh_token_ends_after_two_weeks_and_is_no_access_token() {
    let app = TestApp::new().await;
    let tokens = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    app.with_token(tokens["refresh_token"].as_str().unwrap()).get("/me").await.refused(401);
    refresh(&app, &tokens["access_token"]).await.refused(401);
    for nothing in [json!(""), json!(" "), json!("x".repeat(5000))] {
        refresh(&app, &nothing).await.refused(401);
    }
    for malformed in [json!(null), json!([]), json!(["x"]), json!({}), json!(1), json!(true)] {
        refresh(&app, &malformed).await.names("/refresh_token");
    }
    app.step(Duration::days(14));
    refresh(&app, &tokens["refresh_token"]).await.refused(401);
}

#[actix_web::test]
async fn signing_out_ends_the_session_at_once_and_no_other() {
    let app = TestApp::new().await;
    let tokens = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    let other = app.lebak("pegawai.dinkes").await;
    let me = holder(&app, &tokens);
    me.post("/auth/logout", json!({})).await.done();
    me.get("/me").await.refused(401);
    me.post("/auth/logout", json!({})).await.refused(401);
    refresh(&app, &tokens["refresh_token"]).await.refused(401);
    other.get("/me").await.ok();
    app.anonymous().send(Method::POST, "/auth/logout", &[], None).await.refused(401);
}

#[actix_web::test]
async fn a_person_sees_his_sessions_and_ends_any_of_them() {
    let app = TestApp::new().await;
    let here = app.lebak("pegawai.dinkes").await;
    let there = app.lebak("pegawai.dinkes").await;
    let sessions = here.get("/me/sessions").await.ok();
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let current = |s: &Value| s["current"] == json!(true);
    assert_eq!(sessions.iter().filter(|s| current(s)).count(), 1);
    let other = sessions.iter().find(|s| !current(s)).unwrap();
    let path = format!("/me/sessions/{}", other["id"].as_str().unwrap());
    app.lebak("koordinator").await.delete(&path).await.refused(404);
    here.delete(&path).await.done();
    there.get("/me").await.refused(401);
    here.get("/me").await.ok();
    here.delete(&path).await.refused(404);
    here.delete("/me/sessions/x").await.refused(404);
}

#[actix_web::test]
async fn whoever_is_deactivated_is_out_at_once_and_can_not_come_back() {
    let app = TestApp::new().await;
    let tokens = sign_in(&app, "teknisi.dinkes@lebakkab.go.id").await;
    let technician = holder(&app, &tokens);
    let id = technician.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
    let admin = app.lebak("admin").await;
    admin.patch(&format!("/people/{id}"), json!({ "active": false })).await.ok();
    technician.get("/me").await.refused(401);
    refresh(&app, &tokens["refresh_token"]).await.refused(401);
    let body = json!({ "login": "teknisi.dinkes@lebakkab.go.id", "password": PASSWORD });
    app.anonymous().post("/auth/login", body).await.refused(401);
    admin.patch(&format!("/people/{id}"), json!({ "active": true })).await.ok();
    technician.get("/me").await.refused(401);
    sign_in(&app, "teknisi.dinkes@lebakkab.go.id").await;
}

#[actix_web::test]
async fn a_role_that_is_given_counts_at_once_and_one_that_is_taken_ends_the_session() {
    let app = TestApp::new().await;
    let person = app.lebak("pegawai.dinkes").await;
    let me = person.get("/me").await.ok();
    let roles = format!("/people/{}/roles", me["id"].as_str().unwrap());
    let admin = app.lebak("admin").await;
    person.get("/reports/coverage").await.refused(403);
    let given = admin.post(&roles, json!({ "role": "coordinator" })).await.created();
    person.get("/reports/coverage").await.ok();
    let grants = given["entry"]["roles"].as_array().unwrap();
    let grant = grants.iter().find(|g| g["role"] == "coordinator").unwrap()["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("{roles}/{grant}")).await.done();
    person.get("/me").await.refused(401);
    let again = app.lebak("pegawai.dinkes").await;
    again.get("/reports/coverage").await.refused(403);
    admin.delete(&format!("{roles}/{grant}")).await.refused(404);
}

// ASVS 7.3.2
#[actix_web::test]
async fn a_session_ends_at_last_however_often_it_is_refreshed() {
    let app = TestApp::with("[sign_in]\nsession_seconds = 2592000").await;
    let mut tokens = sign_in(&app, "pegawai.dinkes@lebakkab.go.id").await;
    for _ in 0..2 {
        app.step(Duration::days(13));
        tokens = refresh(&app, &tokens["refresh_token"]).await.ok();
    }
    app.step(Duration::days(4) - Duration::seconds(1));
    tokens = refresh(&app, &tokens["refresh_token"]).await.ok();
    holder(&app, &tokens).get("/me").await.ok();
    app.step(Duration::seconds(1));
    holder(&app, &tokens).get("/me").await.refused(401);
    refresh(&app, &tokens["refresh_token"]).await.refused(401);
}
