//! Calendars of working time: made, changed, and kept by organisations.

use super::hours::{STANDARD, audited, shifts, six_days};
use crate::support::Cast;
use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sigap::db::Id;
use sigap::db::schema::sla_clocks;
use sigap::on;

fn place() -> String {
    format!("/calendars/{STANDARD}")
}

#[actix_web::test]
async fn a_region_begins_with_the_five_days_of_the_regulation() {
    let cast = Cast::new().await;
    let all = cast.tier1.items("/calendars").await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["code"], &all[0]["is_default"]), (&json!(STANDARD), &json!(true)));
    assert_eq!((&all[0]["edition"], &all[0]["version"], &all[0]["opds"]), (&json!(1), &json!(1), &json!([])));
    let reply = cast.auditor.get(&place()).await;
    assert_eq!(reply.header("etag"), Some("\"1\""));
    let calendar = reply.ok();
    assert_eq!(calendar["definition"]["zone"], "Asia/Jakarta");
    assert_eq!(calendar["definition"]["holidays"], json!([]));
    cast.requester.get("/calendars").await.refused(403);
    cast.operator.get("/calendars").await.refused(404);
}

#[actix_web::test]
async fn a_month_shows_hours_exceptions_and_holidays_by_name() {
    let cast = Cast::new().await;
    let days = cast.tier1.items(&format!("{}/days?from=2026-03-17&to=2026-03-25", place())).await;
    assert_eq!(days.len(), 9);
    assert_eq!(
        days[0],
        json!({ "day": "2026-03-17", "kind": "exception", "name": "Ramadan 1447 H", "windows": [
            { "start": "08:00", "end": "12:00" }, { "start": "12:30", "end": "15:00" },
        ] })
    );
    assert_eq!(
        days[4],
        json!({ "day": "2026-03-21", "kind": "holiday", "name": "Hari Raya Idul Fitri", "windows": [] })
    );
    assert_eq!(
        days[8],
        json!({ "day": "2026-03-25", "kind": "ordinary", "name": null, "windows": [
            { "start": "07:30", "end": "12:00" }, { "start": "13:00", "end": "16:00" },
        ] })
    );
    let asked = |query: &str| cast.tier1.items_or_fault(format!("{}/days?{query}", place()));
    assert_eq!(asked("from=2026-01-01&to=2027-01-01").await.unwrap().len(), 366);
    assert_eq!(asked("from=2026-01-01&to=2027-01-02").await.unwrap_err(), "/to");
    assert_eq!(asked("from=2026-01-02&to=2026-01-01").await.unwrap_err(), "/to");
    assert_eq!(asked("from=1969-12-31&to=1970-01-01").await.unwrap_err(), "/from");
    assert_eq!(asked("from=2026-01-02").await.unwrap_err(), "/to");
}

impl crate::support::Client {
    async fn items_or_fault(&self, path: String) -> Result<Vec<Value>, String> {
        let reply = self.get(&path).await;
        if reply.status == 200 {
            return Ok(reply.ok()["items"].as_array().unwrap().clone());
        }
        Err(reply.refused(422)["errors"][0]["pointer"].as_str().unwrap().to_owned())
    }
}

#[actix_web::test]
async fn an_office_that_goes_over_to_shifts_has_its_running_clocks_counted_anew_and_stopped_ones_stay() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    let elsewhere = cast.outsider.open_at("p3").await;
    cast.later();
    cast.tier1.start(&ticket).await.ok();
    assert_eq!(cast.tier1.due(&ticket, "resolution").await, "2026-03-05T06:00:00Z");
    let answered = cast.tier1.clock(&ticket, "first_response").await;
    cast.admin.shift_calendar(&[]).await;
    assert_eq!(cast.tier1.due(&ticket, "resolution").await, "2026-03-05T06:00:00Z");

    let told = cast.admin.patch("/calendars/rsud?dry_run=true", json!({ "opds": ["dinkes"] })).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 0 }));
    assert_eq!(cast.tier1.due(&ticket, "resolution").await, "2026-03-05T06:00:00Z");
    assert_eq!(cast.admin.get("/calendars/rsud").await.ok()["opds"], json!([]));

    let changed = cast.admin.patch("/calendars/rsud", json!({ "opds": ["dinkes"] })).await.ok();
    assert_eq!((&changed["opds"], &changed["version"]), (&json!(["dinkes"]), &json!(2)));
    assert_eq!(cast.tier1.due(&ticket, "resolution").await, "2026-03-03T01:00:00Z");
    assert_eq!(cast.tier1.clock(&ticket, "first_response").await, answered);
    assert_eq!(cast.outsider.due(&elsewhere, "resolution").await, "2026-03-05T06:00:00Z");

    // And back to the hours of the region.
    cast.admin.patch("/calendars/rsud", json!({ "opds": [] })).await.ok();
    assert_eq!(cast.tier1.due(&ticket, "resolution").await, "2026-03-05T06:00:00Z");
}

#[actix_web::test]
async fn a_rehearsal_tells_which_deadlines_would_lie_in_the_past() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    cast.tier1.start(&ticket).await.ok();
    cast.admin.shift_calendar(&[]).await;
    // Tuesday, 10:00: by shifts it was due at 08:00.
    let cast = cast.much_later(Duration::hours(26)).await;
    let told = cast.admin.patch("/calendars/rsud?dry_run=true", json!({ "opds": ["dinkes"] })).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 1 }));
    assert_eq!(cast.tier1.clock(&ticket, "resolution").await["state"], "running");
    cast.admin.patch("/calendars/rsud", json!({ "opds": ["dinkes"] })).await.ok();
    assert_eq!(cast.tier1.clock(&ticket, "resolution").await["state"], "missed");
    // By a week of six days it would be due on Thursday again.
    let told = cast.admin.patch("/calendars/rsud?dry_run=true", json!({ "definition": six_days() })).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 0 }));
}

#[actix_web::test]
async fn a_hospital_works_on_holidays_and_an_office_that_keeps_them_does_not() {
    let cast = Cast::new().await;
    cast.admin.shift_calendar(&["dinkes"]).await;
    let body = json!({ "code": "puskesmas", "name": "Puskesmas", "definition": shifts(), "opds": ["disdik"] });
    cast.admin.post("/calendars", body).await.created();
    for (opd, due) in [("dinkes", "2026-03-21T19:00:00Z"), ("disdik", "2026-03-24T21:00:00Z")] {
        let body = json!({
            "priority": "p3", "metric": "first_response", "opened_at": "2026-03-21T22:00:00+07:00", "opd": opd,
        });
        assert_eq!(cast.admin.post("/sla/preview", body).await.ok()["due_at"], due, "{opd}");
    }
}

#[actix_web::test]
async fn a_working_saturday_brings_a_deadline_forward() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p4").await;
    // 32.5 hours in the week, 6.5 on Monday, 1 on Tuesday.
    assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-10T02:00:00Z");
    let mut definition = cast.admin.get(&place()).await.ok()["definition"].clone();
    let saturday = json!({
        "from": "2026-03-07", "until": "2026-03-07", "name": "Hari kerja pengganti", "over_holidays": true,
        "hours": { "saturday": [{ "start": "08:00", "end": "12:00" }] },
    });
    definition["exceptions"].as_array_mut().unwrap().push(saturday);
    let changed = cast.admin.patch(&place(), json!({ "definition": definition })).await.ok();
    assert_eq!((&changed["edition"], &changed["version"]), (&json!(2), &json!(2)));
    // 4 hours on Saturday, so 3.5 on Monday.
    assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-09T04:30:00Z");
    let days = cast.tier1.items(&format!("{}/days?from=2026-03-07&to=2026-03-07", place())).await;
    assert_eq!(days[0]["name"], "Hari kerja pengganti");
}

#[actix_web::test]
async fn another_calendar_can_become_the_regions_and_only_one_is() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    cast.admin.shift_calendar(&[]).await;
    cast.admin.patch(&place(), json!({ "is_default": false })).await.names("/is_default");
    cast.admin.patch("/calendars/rsud", json!({ "is_default": true })).await.ok();
    let all = cast.admin.items("/calendars").await;
    let defaults: Vec<&Value> = all.iter().filter(|c| c["is_default"] == true).map(|c| &c["code"]).collect();
    assert_eq!(defaults, ["rsud"]);
    assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-03T01:00:00Z");
    // The other one has changed as well.
    let stale = [("if-match", "\"1\"")];
    cast.admin.send(Method::PATCH, &place(), &stale, Some(json!({ "name": "Lama" }))).await.refused(412);
}

#[actix_web::test]
async fn a_calendar_without_working_time_and_every_other_fault_is_named_at_its_place() {
    let cast = Cast::new().await;
    let idle = json!({ "zone": "Asia/Jakarta", "weeks": [{ "hours": {} }] });
    cast.admin.patch(&place(), json!({ "definition": idle })).await.names("/definition/weeks/0/hours");
    let moon = json!({ "zone": "Luna/Utara", "weeks": [{ "round_the_clock": true }] });
    cast.admin.patch(&place(), json!({ "definition": moon })).await.names("/definition/zone");
    let day = json!({ "day": "2026-08-17", "name": "Merdeka", "kind": "daerah" });
    let with_holidays = json!({ "zone": "Asia/Jakarta", "weeks": [{ "round_the_clock": true }], "holidays": [day] });
    cast.admin.patch(&place(), json!({ "definition": with_holidays })).await.names("/definition/holidays");
    cast.admin.patch(&place(), json!({ "opds": ["dinkes", "tidak-ada"] })).await.names("/opds/1");
    cast.admin.patch(&place(), json!({ "name": "" })).await.names("/name");
    cast.admin.patch(&place(), json!({ "code": "lain" })).await.names("/code");
    let new = |code: &str| json!({ "code": code, "name": "Baru", "definition": six_days() });
    cast.admin.post("/calendars", new(STANDARD)).await.names("/code");
    cast.admin.post("/calendars", new("Kode Salah")).await.names("/code");
    assert_eq!(cast.admin.items("/calendars").await.len(), 1);
    cast.admin.patch("/calendars/tidak-ada", json!({})).await.refused(404);
    cast.tier1.patch("/calendars/tidak-ada", json!({})).await.refused(404);
    cast.coordinator.patch(&place(), json!({ "name": "Lain" })).await.refused(403);
}

// P4
#[actix_web::test]
async fn a_calendar_of_another_region_is_an_absent_one_and_both_may_use_a_code() {
    let cast = Cast::new().await;
    cast.admin.shift_calendar(&[]).await;
    let foreign = cast.stranger.get("/calendars/rsud").await;
    foreign.refused(404);
    assert_eq!(foreign.text, cast.stranger.get("/calendars/tidak-ada").await.text);
    let far = cast.app.temanggung("admin").await;
    far.shift_calendar(&["dinkes"]).await;
    assert_eq!(cast.admin.get("/calendars/rsud").await.ok()["opds"], json!([]));
}

#[actix_web::test]
async fn working_time_that_stays_the_same_is_no_new_edition_and_every_change_is_audited() {
    let cast = Cast::new().await;
    let renamed = cast.admin.patch(&place(), json!({ "name": "Lima hari kerja" })).await.ok();
    assert_eq!((&renamed["edition"], &renamed["version"]), (&json!(1), &json!(2)));
    cast.admin.patch(&place(), json!({ "keeps_holidays": false })).await.ok();
    cast.admin.patch(&format!("{}?dry_run=true", place()), json!({ "keeps_holidays": true })).await.ok();
    let entries = audited(&cast.app, "calendar.change").await;
    assert_eq!(
        entries,
        [
            json!({ "code": STANDARD, "version": 2, "changed": ["name"] }),
            json!({ "code": STANDARD, "version": 3, "changed": ["keeps_holidays"], "edition": 2 }),
        ]
    );
}

#[actix_web::test]
async fn an_organisation_leaves_the_calendar_that_it_kept_before() {
    let cast = Cast::new().await;
    cast.admin.shift_calendar(&["dinkes", "disdik"]).await;
    let body = json!({ "code": "enam-hari", "name": "Enam hari", "definition": six_days(), "opds": ["disdik"] });
    cast.admin.post("/calendars", body).await.created();
    let left = cast.admin.get("/calendars/rsud").await;
    assert_eq!(left.header("etag"), Some("\"2\""));
    assert_eq!(left.ok()["opds"], json!(["dinkes"]));
}

#[actix_web::test]
async fn whoever_opens_a_ticket_while_a_calendar_changes_is_counted_by_what_holds_afterwards() {
    let cast = Cast::new().await;
    let open = |n: usize| {
        let tickets = futures_util::stream::iter((0..n).map(|_| cast.requester.open_at("p3")));
        tickets.buffer_unordered(8).collect::<Vec<Value>>()
    };
    open(205).await;
    let mut definition = cast.admin.get(&place()).await.ok()["definition"].clone();
    let day = json!({ "from": "2026-03-03", "until": "2026-03-03", "name": "Libur", "over_holidays": true });
    definition["exceptions"].as_array_mut().unwrap().push(day);
    let (path, body) = (place(), json!({ "definition": definition }));
    let (opened, changed) = futures_util::future::join(open(30), cast.admin.patch(&path, body)).await;
    changed.ok();
    let counts: Vec<(Id, i64)> = cast
        .app
        .look(|conn| {
            Ok(on!(conn, |c| sla_clocks::table
                .group_by(sla_clocks::edition_id)
                .select((sla_clocks::edition_id, diesel::dsl::count_star()))
                .load(c))?)
        })
        .await;
    assert_eq!(counts.len(), 1, "two editions: {counts:?}");
    assert_eq!(counts[0].1, 2 * 235);
    // Monday, Wednesday and Thursday 6.5 hours each, 4.5 on Friday with its break.
    for ticket in opened {
        assert_eq!(cast.requester.due(&ticket, "resolution").await, "2026-03-06T06:30:00Z");
    }
}
