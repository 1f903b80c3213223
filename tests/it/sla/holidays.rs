//! Holidays of a region: decreed, entered by hand, imported; and what they do to clocks that run.

use super::hours::{STANDARD, audited};
use crate::support::client::id;
use crate::support::{Cast, Client};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::ticket_deadlines;
use sigap::db::{Id, Ts};
use sigap::on;

fn day(day: &str, name: &str) -> Value {
    json!({ "day": day, "name": name, "kind": "daerah" })
}

/// Lets p4 be solved within 68 working hours, which in Ramadan are ten days and a half.
async fn give_time(admin: &Client) {
    let mut terms = admin.get("/agreements/standard").await.ok()["terms"].clone();
    terms["targets"]["p4"]["resolution"] = json!(68 * 3600);
    admin.patch("/agreements/standard", json!({ "terms": terms })).await.ok();
}

#[actix_web::test]
async fn a_day_off_decreed_two_weeks_before_moves_a_running_clock_by_exactly_that_day() {
    let cast = Cast::new().await;
    give_time(&cast.admin).await;
    let running = cast.requester.open_at("p4").await;
    let solved = cast.requester.open_at("p4").await;
    cast.later();
    cast.tier1.start(&running).await.ok();
    cast.tier1.resolve(&solved).await.ok();
    // 65 hours until Friday 13 March, 3 on Monday the 16th.
    assert_eq!(cast.tier1.due(&running, "resolution").await, "2026-03-16T04:00:00Z");
    let stopped = cast.tier1.see(&solved).await.ok()["sla"].clone();
    let answered = cast.tier1.clock(&running, "first_response").await;

    let decree = day("2026-03-16", "Hari Jadi Kabupaten Lebak");
    let told = cast.admin.post("/holidays?dry_run=true", decree.clone()).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 0 }));
    assert_eq!(cast.tier1.due(&running, "resolution").await, "2026-03-16T04:00:00Z");

    let reply = cast.admin.post("/holidays", decree).await;
    assert_eq!(reply.header("location"), Some("/api/v1/holidays/2026-03-16"));
    assert_eq!(reply.created()["source"], "manual");
    assert_eq!(cast.tier1.due(&running, "resolution").await, "2026-03-17T04:00:00Z");
    assert_eq!(cast.tier1.see(&solved).await.ok()["sla"], stopped);
    assert_eq!(cast.tier1.clock(&running, "first_response").await, answered);

    let told = cast.admin.delete("/holidays/2026-03-16?dry_run=true").await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 0 }));
    cast.admin.delete("/holidays/2026-03-16").await.done();
    assert_eq!(cast.tier1.due(&running, "resolution").await, "2026-03-16T04:00:00Z");
}

#[actix_web::test]
async fn a_clock_that_waits_or_counts_round_the_clock_is_told_apart() {
    let cast = Cast::new().await;
    let urgent = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    let due = cast.requester.due(&urgent, "resolution").await;
    let told = cast.admin.post("/holidays?dry_run=true", day("2026-03-02", "Hari ini")).await.ok();
    assert_eq!(told, json!({ "moved": 0, "passed": 0 }));
    cast.admin.post("/holidays", day("2026-03-02", "Hari ini")).await.created();
    assert_eq!(cast.requester.due(&urgent, "resolution").await, due);

    let waiting = cast.requester.open_at("p3").await;
    cast.tier1.start(&waiting).await.ok();
    cast.tier1.pend(&waiting).await.ok();
    cast.admin.post("/holidays", day("2026-03-03", "Besok")).await.created();
    cast.tier1.resume(&waiting).await.ok();
    // Nothing of Monday and Tuesday counts: 6.5, 6.5 and 6.5 hours until Friday, 4.5 on Monday.
    assert_eq!(cast.tier1.due(&waiting, "resolution").await, "2026-03-09T06:00:00Z");
}

#[actix_web::test]
async fn a_solution_closes_by_itself_after_the_working_days_that_hold_now() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    cast.tier1.resolve(&ticket).await.ok();
    let ticket: Id = id(&ticket).parse().unwrap();
    let closes = async || -> String {
        let at: Option<Ts> = cast
            .app
            .look(move |conn| {
                let rows = ticket_deadlines::table.find(ticket).select(ticket_deadlines::close_at);
                Ok(on!(conn, |c| rows.first(c))?)
            })
            .await;
        at.unwrap().text()
    };
    assert_eq!(closes().await, "2026-03-05T01:00:00.000000Z");
    cast.admin.post("/holidays", day("2026-03-04", "Libur")).await.created();
    assert_eq!(closes().await, "2026-03-06T01:00:00.000000Z");
    cast.admin.shift_calendar(&["dinkes"]).await;
    assert_eq!(closes().await, "2026-03-05T01:00:00.000000Z");
}

#[actix_web::test]
async fn a_year_is_listed_and_this_one_if_none_is_named() {
    let cast = Cast::new().await;
    let this = cast.tier1.items("/holidays").await;
    assert_eq!(this, cast.auditor.items("/holidays?year=2026").await);
    assert_eq!(
        this[0],
        json!({ "day": "2026-01-01", "name": "Tahun Baru Masehi", "kind": "libur_nasional", "source": "imported" })
    );
    assert_eq!(this.len(), 25);
    assert!(cast.tier1.items("/holidays?year=2031").await.is_empty());
    cast.tier1.get("/holidays?year=1969").await.names("/year");
    cast.requester.get("/holidays").await.refused(403);
    cast.operator.get("/holidays").await.refused(404);
}

#[actix_web::test]
async fn what_a_person_entered_stands_over_a_file_and_is_not_entered_twice() {
    let cast = Cast::new().await;
    // In the place of an imported day.
    let entered = cast.admin.post("/holidays", day("2026-03-19", "Nyepi, Tahun Saka 1948")).await.created();
    assert_eq!(entered["source"], "manual");
    cast.admin.post("/holidays", day("2026-03-19", "Sekali lagi")).await.refused(409);
    let file =
        "date,name_id,kind\n2026-03-19,Hari Suci Nyepi,libur_nasional\n2026-01-01,Tahun Baru Masehi,libur_nasional\n";
    let told = cast.admin.send_holidays("", file).await;
    assert_eq!((&told["stored"], &told["unchanged"]), (&json!(true), &json!(1)));
    assert_eq!(told["overruled"][0]["name"], "Hari Suci Nyepi");
    let left = cast.admin.items("/holidays?year=2026").await;
    let names: Vec<&Value> = left.iter().map(|d| &d["name"]).collect();
    assert_eq!(names, ["Tahun Baru Masehi", "Nyepi, Tahun Saka 1948"]);
}

#[actix_web::test]
async fn an_import_is_shown_before_it_is_done() {
    let cast = Cast::new().await;
    let first = "date,name_id,kind\n2031-01-01,Tahun Baru,libur_nasional\n2031-05-01,Hari Buruh,libur_nasional\n";
    let told = cast.admin.send_holidays("?dry_run=true", first).await;
    assert_eq!((&told["stored"], told["added"].as_array().unwrap().len()), (&json!(false), 2));
    assert!(cast.admin.items("/holidays?year=2031").await.is_empty());
    cast.admin.send_holidays("", first).await;
    let second =
        "date,name_id,kind\n2031-01-01,Tahun Baru Masehi,libur_nasional\n2031-08-17,Hari Kemerdekaan,libur_nasional\n";
    let told = cast.admin.send_holidays("?dry_run=true", second).await;
    assert_eq!(told["changed"][0]["before"]["name"], "Tahun Baru");
    assert_eq!(told["changed"][0]["after"]["name"], "Tahun Baru Masehi");
    assert_eq!((&told["gone"][0]["day"], &told["added"][0]["day"]), (&json!("2031-05-01"), &json!("2031-08-17")));
    assert_eq!((&told["moved"], &told["passed"], &told["errors"]), (&json!(0), &json!(0), &json!([])));
    cast.admin.send_holidays("", second).await;
    let days: Vec<Value> =
        cast.admin.items("/holidays?year=2031").await.into_iter().map(|d| d["day"].clone()).collect();
    assert_eq!(days, ["2031-01-01", "2031-08-17"]);
    // Sent once more it changes nothing, and makes no edition.
    let edition = cast.admin.get(&format!("/calendars/{STANDARD}")).await.ok()["edition"].clone();
    assert_eq!(cast.admin.send_holidays("", second).await["unchanged"], 2);
    assert_eq!(cast.admin.get(&format!("/calendars/{STANDARD}")).await.ok()["edition"], edition);
}

#[actix_web::test]
async fn an_import_that_moves_deadlines_tells_how_many() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    let file = "date,name_id,kind\n2026-03-03,Libur,daerah\n";
    let told = cast.admin.send_holidays("?dry_run=true", file).await;
    assert_eq!((&told["moved"], &told["passed"]), (&json!(1), &json!(0)));
    assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-05T06:00:00Z");
    let told = cast.admin.send_holidays("", file).await;
    assert_eq!((&told["stored"], &told["moved"]), (&json!(true), &json!(1)));
    assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-06T06:30:00Z");
}

#[actix_web::test]
async fn every_faulty_line_is_told_by_line_and_column_and_then_nothing_is_stored() {
    let cast = Cast::new().await;
    let file = "date,name_id,kind\n2031-01-01,Tahun Baru,libur_nasional\n2031-02-30,Salah,daerah\n2031-03-01,,pesta\n";
    let told = cast.admin.send_holidays("", file).await;
    let faults: Vec<(u64, &str)> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["line"].as_u64().unwrap(), f["column"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(3, "date"), (4, "name_id"), (4, "kind")]);
    assert_eq!(told["stored"], false);
    assert!(cast.admin.items("/holidays?year=2031").await.is_empty());
}

#[actix_web::test]
async fn only_calendars_that_keep_holidays_get_a_new_edition() {
    let cast = Cast::new().await;
    cast.admin.shift_calendar(&[]).await;
    cast.admin.post("/holidays", day("2026-07-01", "Hari Jadi")).await.created();
    let of = |code: &'static str| {
        let admin = cast.admin.clone();
        async move { admin.get(&format!("/calendars/{code}")).await.ok()["edition"].as_i64().unwrap() }
    };
    assert_eq!((of(STANDARD).await, of("rsud").await), (2, 1));
    let entries = audited(&cast.app, "calendar.holidays").await;
    assert_eq!(entries, [json!({ "code": STANDARD, "version": 2, "edition": 2 })]);
    let entries = audited(&cast.app, "holiday.create").await;
    assert_eq!(entries, [json!({ "day": "2026-07-01", "name": "Hari Jadi", "kind": "daerah" })]);
}

// P4
#[actix_web::test]
async fn the_holidays_of_one_region_are_not_anothers() {
    let cast = Cast::new().await;
    cast.admin.post("/holidays", day("2026-07-01", "Hari Jadi")).await.created();
    let far = cast.app.temanggung("admin").await;
    assert_eq!(far.items("/holidays").await.len(), 25);
    let foreign = far.delete("/holidays/2026-07-01").await;
    foreign.refused(404);
    assert_eq!(foreign.text, far.delete("/holidays/2026-07-02").await.text);
    assert_eq!(foreign.text, far.delete("/holidays/kemarin").await.text);
    cast.tier1.delete("/holidays/2026-07-01").await.refused(403);
    cast.coordinator.post("/holidays", day("2026-07-02", "Lagi")).await.refused(403);
    cast.admin.post("/holidays", day("2026-07-02", "")).await.names("/name");
    cast.admin.post("/holidays", day("1900-07-02", "Lama")).await.names("/day");
    cast.admin.post("/holidays", json!({ "day": "2026-07-02", "name": "X", "kind": "pesta" })).await.names("/kind");
}
