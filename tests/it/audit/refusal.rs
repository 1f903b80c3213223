//! What is refused leaves a trace, and nobody fills the log with it (ASVS 16.3.2; BSSN 4/2021, c).

use crate::support::Cast;
use crate::support::browser::Browser;
use crate::support::desk::texts;
use serde_json::{Value, json};

async fn told(cast: &Cast, action: &str) -> Vec<Value> {
    cast.auditor.items(&format!("/audit/entries?limit=200&action={action}")).await
}

// BSSN 4/2021, c
#[actix_web::test]
async fn whoever_tries_what_he_may_see_and_not_do_is_noted_with_what_he_tried() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Printer macet").await;
    let refused = cast.requester.act(&ticket, "start", json!({})).await;
    refused.refused(403);
    let noted = told(&cast, "access.refused").await;
    assert_eq!(noted.len(), 1);
    let me = cast.requester.get("/me").await.ok()["id"].clone();
    assert_eq!((&noted[0]["actor"], &noted[0]["object_type"]), (&me, &json!("access")));
    assert_eq!(noted[0]["object"], ticket["id"]);
    assert_eq!(noted[0]["detail"]["what"], "POST /api/v1/tickets/{id}/start");
    assert_eq!(noted[0]["request"].as_str(), refused.header("x-request-id"));
    // What he may not even see tells nothing by itself, and what he may do is no refusal.
    cast.requester.get("/tickets/LBK-2026-999999").await.refused(404);
    cast.tier1.act(&ticket, "start", json!({})).await.ok();
    assert_eq!(told(&cast, "access.refused").await.len(), 1);
    assert_eq!(told(&cast, "access.alarm").await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_refusal_that_is_kept_for_an_idempotency_key_is_noted_too() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Printer macet").await;
    let place = format!("/tickets/{}/start", ticket["id"].as_str().unwrap());
    let key = [("idempotency-key", "sekali")];
    cast.requester.send(actix_web::http::Method::POST, &place, &key, Some(json!({}))).await.refused(403);
    assert_eq!(told(&cast, "access.refused").await.len(), 1);
}

// ASVS 16.3.3
#[actix_web::test]
async fn a_form_of_another_site_is_noted_for_whoever_brought_it() {
    let cast = Cast::new().await;
    let browser = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    let form = format!("form={}", browser.form_token().await);
    let foreign = [("origin", "https://jahat.example")];
    assert_eq!(browser.post("/sign-out", &foreign, form.clone()).await.status, 403);
    assert_eq!(browser.post("/account/password", &foreign, form).await.status, 403);
    // Nobody is signed in here, so there is nobody to note it for.
    assert_eq!(Browser::new(&cast.app).post("/sign-in", &foreign, "login=a&password=b".into()).await.status, 403);
    let noted = told(&cast, "access.refused").await;
    let mut doors: Vec<&str> = noted.iter().map(|entry| entry["detail"]["what"].as_str().unwrap()).collect();
    doors.sort_unstable();
    assert_eq!(doors, ["POST /account/password", "POST /sign-out"]);
    let me = cast.requester.get("/me").await.ok()["id"].clone();
    assert!(noted.iter().all(|entry| entry["actor"] == me), "{noted:?}");
}

// ASVS 16.3.2, 2.4.1
#[actix_web::test]
async fn whoever_tries_one_door_after_the_other_raises_one_alarm_and_can_not_fill_the_log() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Printer macet").await;
    for n in 0..50 {
        cast.requester.get(&format!("/tickets/LBK-2026-{n:06}")).await;
        cast.requester.act(&ticket, "start", json!({})).await.refused(403);
    }
    let (refused, alarms) = (told(&cast, "access.refused").await, told(&cast, "access.alarm").await);
    assert_eq!((refused.len(), alarms.len()), (10, 1));
    assert_eq!(alarms[0]["detail"]["refusals"], 30);
    // Another person, and the next minute, count for themselves.
    cast.tier1.act(&ticket, "close", json!({})).await.refused(403);
    cast.app.step(chrono::Duration::minutes(1));
    cast.requester.act(&ticket, "start", json!({})).await.refused(403);
    assert_eq!(texts(&told(&cast, "access.refused").await, "action").len(), 12);
}
