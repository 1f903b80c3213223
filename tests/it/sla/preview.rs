//! When something would be due. Every date was computed by hand from the hours of Presidential Regulation 21/2023:
//! Mon–Thu 07:30–12:00 and 13:00–16:00, Fri 07:30–11:30 and 13:00–16:30; in Ramadan (19 February to 20 March 2026)
//! Mon–Thu 08:00–12:00 and 12:30–15:00, Fri 08:00–11:30 and 12:30–15:30. Jakarta is UTC+7.

use super::hours::{clock, six_days};
use crate::support::{Cast, Client, TestApp};
use serde_json::{Value, json};

async fn asked(client: &Client, priority: &str, metric: &str, opened_at: &str, pauses: Value) -> Value {
    let body = json!({ "priority": priority, "metric": metric, "opened_at": opened_at, "pauses": pauses });
    client.post("/sla/preview", body).await.ok()
}

async fn due(client: &Client, priority: &str, metric: &str, opened_at: &str) -> String {
    asked(client, priority, metric, opened_at, json!([])).await["due_at"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn ramadan_hours_are_shorter_and_the_friday_break_is_no_working_time() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    // 6.5 hours a day: 19.5 by Wednesday, 4 until noon of Thursday, and the last half hour from 12:30 on.
    let resolved = due(&coordinator, "p3", "resolution", "2026-03-02T08:00:00+07:00").await;
    assert_eq!(resolved, "2026-03-05T06:00:00Z");
    // Fridays: half an hour before the break and half an hour after it, which lies elsewhere in Ramadan.
    assert_eq!(due(&coordinator, "p2", "first_response", "2026-03-06T11:00:00+07:00").await, "2026-03-06T06:00:00Z");
    assert_eq!(due(&coordinator, "p2", "first_response", "2026-04-10T11:00:00+07:00").await, "2026-04-10T06:30:00Z");
}

#[actix_web::test]
async fn idul_fitri_with_its_collective_leave_is_skipped_and_ramadan_hours_end_with_it() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    // Mon 16 and Tue 17 March 6.5 hours each; 18 to 24 March are off; Wed 25 counts 7.5, Thu 26 the last 3.5.
    let resolved = due(&coordinator, "p3", "resolution", "2026-03-16T08:00:00+07:00").await;
    assert_eq!(resolved, "2026-03-26T04:00:00Z");
    // Opened on the holiday itself.
    assert_eq!(due(&coordinator, "p2", "first_response", "2026-03-21T10:00:00+07:00").await, "2026-03-25T01:30:00Z");
}

#[actix_web::test]
async fn a_target_that_is_filled_at_closing_time_is_due_at_closing_time() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    assert_eq!(due(&coordinator, "p3", "first_response", "2026-04-06T11:00:00+07:00").await, "2026-04-06T09:00:00Z");
    // A second later the last second lies in the next morning.
    assert_eq!(due(&coordinator, "p3", "first_response", "2026-04-06T11:00:01+07:00").await, "2026-04-07T00:30:01Z");
}

// B1
#[actix_web::test]
async fn the_targets_are_those_of_the_contract_and_p1_counts_round_the_clock() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    let metrics = ["first_response", "resolution", "tier2_acceptance", "tier2_resolution"];
    let targets = [
        ("p1", [900, 14_400, 900, 10_800]),
        ("p2", [3600, 28_800, 3600, 21_600]),
        ("p3", [14_400, 86_400, 14_400, 57_600]),
        ("p4", [28_800, 144_000, 28_800, 115_200]),
    ];
    for (priority, seconds) in targets {
        for (metric, seconds) in metrics.iter().zip(seconds) {
            let told = asked(&coordinator, priority, metric, "2026-03-21T22:00:00+07:00", json!([])).await;
            assert_eq!(told["target_seconds"], seconds, "{priority} {metric}");
            assert_eq!((&told["agreement"], &told["version"]), (&json!("standard"), &json!(1)));
            assert_eq!((&told["calendar"], &told["edition"]), (&json!("perpres-21-2023"), &json!(1)));
        }
    }
    // In the night of Idul Fitri.
    assert_eq!(due(&coordinator, "p1", "resolution", "2026-03-21T22:00:00+07:00").await, "2026-03-21T19:00:00Z");
    assert_eq!(due(&coordinator, "p1", "first_response", "2026-03-21T22:00:00+07:00").await, "2026-03-21T15:15:00Z");
}

#[actix_web::test]
async fn pauses_that_overlap_count_once_and_those_outside_of_working_time_not_at_all() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    let pause = |from: &str, to: &str| json!({ "from": format!("{from}:00+07:00"), "to": format!("{to}:00+07:00") });
    let opened = "2026-04-06T07:30:00+07:00";
    let asked = |pauses: Value| asked(&coordinator, "p2", "resolution", opened, pauses);
    assert_eq!(asked(json!([])).await["due_at"], "2026-04-07T01:00:00Z");
    // 08:00 to 10:00 in all: 5.5 of 8 hours on Monday, 2.5 on Tuesday.
    let overlapping = json!([
        pause("2026-04-06T08:30", "2026-04-06T10:00"),
        pause("2026-04-06T08:00", "2026-04-06T09:00"),
        pause("2026-04-06T12:00", "2026-04-06T13:00"),
        pause("2026-04-06T17:00", "2026-04-06T22:00"),
        pause("2026-04-01T08:00", "2026-04-06T07:30"),
    ]);
    assert_eq!(asked(overlapping).await["due_at"], "2026-04-07T03:00:00Z");
    // One that began before the ticket takes its first half hour.
    let before = json!([pause("2026-04-05T08:00", "2026-04-06T08:00")]);
    assert_eq!(asked(before).await["due_at"], "2026-04-07T01:30:00Z");
    // One that begins when the target is used up changes nothing.
    let after = json!([pause("2026-04-07T08:00", "2026-04-09T08:00")]);
    assert_eq!(asked(after).await["due_at"], "2026-04-07T01:00:00Z");
}

#[actix_web::test]
async fn a_ticket_is_due_when_the_preview_says() {
    let cast = Cast::new().await;
    for (impact, urgency, priority) in [("high", "high", "p1"), ("high", "medium", "p2"), ("low", "low", "p4")] {
        let ticket = cast.requester.open_with(json!({ "impact": impact, "urgency": urgency })).await.created();
        assert_eq!(ticket["priority"], priority);
        for metric in ["first_response", "resolution"] {
            let told = due(&cast.coordinator, priority, metric, ticket["created_at"].as_str().unwrap()).await;
            assert_eq!(clock(&ticket, metric)["due_at"], told.as_str(), "{priority} {metric}");
        }
    }
}

// B1
#[actix_web::test]
async fn the_calendar_and_the_agreement_of_an_organisation_and_a_service_can_be_asked_for() {
    let cast = Cast::new().await;
    let six = json!({ "code": "enam-hari", "name": "Enam hari kerja", "definition": six_days(), "opds": ["dinkes"] });
    cast.admin.post("/calendars", six).await.created();
    let ask = |opd: Option<&str>| {
        let mut body =
            json!({ "priority": "p4", "metric": "first_response", "opened_at": "2026-04-10T10:00:00+07:00" });
        if let Some(opd) = opd {
            body["opd"] = json!(opd);
        }
        cast.coordinator.post("/sla/preview", body)
    };
    // Six days: 1.5 hours on Friday, 5 on Saturday, 1.5 on Monday.
    let told = ask(Some("dinkes")).await.ok();
    assert_eq!((&told["due_at"], &told["calendar"]), (&json!("2026-04-13T01:30:00Z"), &json!("enam-hari")));
    // Five days: 1.5 and 3.5 hours on Friday, 3 on Monday.
    for opd in [None, Some("disdik")] {
        let told = ask(opd).await.ok();
        assert_eq!((&told["due_at"], &told["calendar"]), (&json!("2026-04-13T03:30:00Z"), &json!("perpres-21-2023")));
    }
    ask(Some("tidak-ada")).await.names("/opd");
    let body = json!({
        "priority": "p4", "metric": "first_response", "opened_at": "2026-04-10T10:00:00+07:00", "service": "tidak-ada",
    });
    cast.coordinator.post("/sla/preview", body).await.names("/service");
}

#[actix_web::test]
async fn every_fault_of_a_question_is_named() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    let ask = |more: Value| {
        let mut body = json!({ "priority": "p3", "metric": "resolution", "opened_at": "2026-03-02T08:00:00+07:00" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        coordinator.post("/sla/preview", body)
    };
    for opened_at in ["1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        ask(json!({ "opened_at": opened_at })).await.names("/opened_at");
    }
    for opened_at in ["2000-01-01T00:00:00Z", "2100-12-31T23:59:59Z"] {
        assert!(ask(json!({ "opened_at": opened_at })).await.ok()["due_at"].is_string());
    }
    ask(json!({ "opened_at": "kemarin" })).await.names("/opened_at");
    ask(json!({ "metric": "security_report" })).await.names("/metric");
    ask(json!({ "priority": "p5" })).await.names("/priority");
    ask(json!({ "warna": "biru" })).await.names("/warna");
    let pause = json!({ "from": "2026-03-02T09:00:00Z", "to": "2026-03-02T10:00:00Z" });
    let backwards = json!({ "from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:00:00Z" });
    ask(json!({ "pauses": [pause, backwards] })).await.names("/pauses/1/to");
    ask(json!({ "pauses": vec![&pause; 101] })).await.names("/pauses");
    ask(json!({ "pauses": vec![&pause; 100] })).await.ok();
    ask(json!({ "pauses": [{ "from": "2026-03-02T09:00:00Z", "to": "9999-12-31T23:59:59Z" }] })).await.names("/pauses");
}

// P4, L8
#[actix_web::test]
async fn coordinators_and_administrators_ask_about_their_own_region_and_no_other() {
    let cast = Cast::new().await;
    let ask = |client: &Client, region: &str| {
        let body = json!({
            "region": region, "priority": "p3", "metric": "resolution", "opened_at": "2026-03-02T08:00:00+07:00",
        });
        let client = client.clone();
        async move { client.post("/sla/preview", body).await }
    };
    for client in [&cast.coordinator, &cast.admin] {
        ask(client, "lebak").await.ok();
        let foreign = ask(client, "temanggung").await;
        foreign.refused(404);
        assert_eq!(foreign.text, ask(client, "tidak-ada").await.text);
    }
    for client in [&cast.requester, &cast.tier1, &cast.tier2, &cast.auditor] {
        ask(client, "lebak").await.refused(403);
    }
    ask(&cast.operator, "lebak").await.refused(404);
}

#[actix_web::test]
async fn days_before_any_agreement_are_asked_about_as_if_the_one_of_today_held() {
    let app = TestApp::new().await;
    let coordinator = app.lebak("koordinator").await;
    // Tuesday 4 January 2000, 08:00: 7 hours that day, 1 the next.
    assert_eq!(due(&coordinator, "p2", "resolution", "2000-01-04T08:00:00+07:00").await, "2000-01-05T01:30:00Z");
}
