//! Waits that end by the clock, and what once could be stored as their end.

use crate::support::time::PATIENT;
use crate::support::{Cast, TestApp, browser::Browser};
use chrono::Duration;
use diesel::RunQueryDsl;
use serde_json::{Value, json};
use sigap::db::Conn;

/// Writes the end of a wait past the program, as an older one did.
async fn ends(app: &TestApp, ticket: &Value, sqlite: &'static str, postgres: &'static str) {
    let number = ticket["number"].as_str().unwrap().to_owned();
    let set = move |conn: &mut Conn<'_>| {
        let sql = |at: &str| format!("UPDATE tickets SET pending_until = '{at}' WHERE number = '{number}'");
        let changed = match conn {
            Conn::Sqlite(c) => diesel::sql_query(sql(sqlite)).execute(&mut **c)?,
            Conn::Pg(c) => diesel::sql_query(sql(postgres)).execute(&mut **c)?,
        };
        assert_eq!(changed, 1);
        Ok(())
    };
    app.app.store.write(set).await.unwrap();
}

/// Two tickets that wait for an hour.
async fn two_wait(cast: &Cast) -> (Value, Value) {
    let until = cast.app.clock.now().plus(Duration::hours(1));
    let wait = json!({ "reason": "vendor", "until": until });
    let (one, other) =
        (cast.requester.open("Menunggu suku cadang").await, cast.requester.open("Menunggu vendor").await);
    (cast.tier1.act(&one, "pend", wait.clone()).await.ok(), cast.tier1.act(&other, "pend", wait).await.ok())
}

#[actix_web::test]
async fn the_page_refuses_an_end_in_a_year_that_no_calendar_knows() {
    let desk = crate::web::Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    for until in ["+10000-01-01T00:00", "+262142-12-31T23:59", "2200-06-01T00:00"] {
        let page = desk.act(&desk.tier1, "pend", &[("reason", "vendor"), ("until", until)]).await;
        assert_eq!(page.status, 422, "{until}");
        assert!(page.words().contains("Pilih tanggal dari tahun 1970 sampai 2199."), "{until}: {}", page.words());
    }
    let page = desk.act(&desk.tier1, "pend", &[("reason", "vendor"), ("until", "2199-06-01T00:00")]).await;
    assert_eq!(page.status, 200, "{}", page.words());
}

// A database of an older program may hold it.
#[actix_web::test]
async fn a_wait_that_was_stored_beyond_the_year_9999_is_shown_holds_up_no_other_and_can_be_ended() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let (one, other) = two_wait(&cast).await;
    ends(&cast.app, &one, "+10000-01-01T00:00:00.000000Z", "262142-12-31 23:59:59+00").await;
    assert_eq!(cast.tier1.see(&one).await.ok()["pending_until"], "9999-12-31T23:59:59.999999Z");
    assert_eq!(cast.tier1.get("/tickets").await.ok()["items"].as_array().unwrap().len(), 2);
    let browser = Browser::lebak(&cast.app, "teknisi.dinkes").await;
    for path in ["/tickets".to_owned(), format!("/tickets/{}", one["number"].as_str().unwrap())] {
        assert_eq!(browser.get(&path).await.status, 200, "{path}");
    }
    cast.app.step(Duration::hours(2));
    cast.app.tick().await;
    assert_eq!(cast.tier1.see(&other).await.ok()["status"], "in_progress");
    assert_eq!(cast.tier1.see(&one).await.ok()["status"], "pending");
    assert!(!cast.app.app.pulse.is_alarming(cast.app.clock.now()));
    let mended = cast.tier1.act(&one, "resume", json!({})).await.ok();
    assert_eq!((&mended["status"], &mended["pending_until"]), (&json!("in_progress"), &Value::Null));
}

#[actix_web::test]
async fn a_row_whose_time_can_not_be_read_is_an_alarm_and_holds_up_no_other() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let (one, other) = two_wait(&cast).await;
    ends(&cast.app, &one, "!", "-infinity").await;
    cast.app.step(Duration::hours(2));
    cast.app.tick().await;
    assert_eq!(cast.tier1.see(&other).await.ok()["status"], "in_progress");
    assert!(cast.app.app.pulse.is_alarming(cast.app.clock.now()));
    let ready = cast.app.anonymous().get("/readyz").await.ok();
    assert_eq!(ready["timers"]["alarm"], true, "{ready}");
    cast.app.tick().await;
}

#[actix_web::test]
async fn whoever_begins_what_waits_is_told_to_resume_it() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.pend(&ticket).await.ok();
    let refused = cast.tier1.start(&ticket).await.refused(409);
    assert_eq!(refused["detail"], "Tiket ini sedang menunggu. Lanjutkan dahulu untuk mengerjakannya.");
    cast.tier1.resume(&ticket).await.ok();
    let refused = cast.tier1.start(&ticket).await.refused(409);
    assert_eq!(refused["detail"], "Tiket ini sudah mulai dikerjakan. Muat ulang untuk melihat keadaan terakhir.");
}

#[actix_web::test]
async fn what_waits_already_for_the_same_and_as_long_goes_on_waiting_and_nobody_is_told_again() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let until = |hours| cast.app.clock.now().plus(Duration::hours(hours));
    let waits = [
        json!({ "reason": "requester" }),
        json!({ "reason": "vendor" }),
        json!({ "reason": "vendor", "until": until(2) }),
        json!({ "reason": "vendor", "until": until(3) }),
        json!({ "reason": "requester", "until": until(3) }),
    ];
    for (n, wait) in waits.iter().enumerate() {
        cast.later();
        let first = cast.tier1.act(&ticket, "pend", wait.clone()).await;
        assert_eq!(first.ok()["version"], n + 2, "{wait}: another wait is a change");
        let told = cast.requester.told(&ticket).await;
        cast.later();
        let again = cast.tier1.act(&ticket, "pend", wait.clone()).await;
        assert_eq!(
            (again.ok()["updated_at"].clone(), again.header("etag")),
            (first.ok()["updated_at"].clone(), first.header("etag"))
        );
        assert_eq!(cast.requester.told(&ticket).await, told);
    }
    assert_eq!(cast.tier1.story(&ticket).await, ["opened", "pended", "pended", "pended", "pended", "pended"]);
    assert_eq!(cast.requester.told(&ticket).await.iter().filter(|kind| *kind == "pended").count(), 2);
}
