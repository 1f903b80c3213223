//! A security incident is reported within 24 hours by any clock (BSSN 1/2024, article 15).

use super::recompute::compared;
use crate::support::Cast;
use crate::support::client::id;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

fn clock(ticket: &Value, metric: &str) -> Value {
    let clocks = ticket["sla"]["clocks"].as_array().unwrap();
    clocks.iter().find(|c| c["metric"] == metric).cloned().unwrap_or_default()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn words() -> Value {
    json!({ "to": "Tim Tanggap Insiden Siber BSSN", "reference": "2026-03-06/117" })
}

/// Friday afternoon, with a service whose incidents are security incidents.
async fn friday() -> (Cast, Value) {
    let cast = Cast::new().await.much_later(Duration::days(4) + Duration::hours(7)).await;
    cast.admin.patch("/services/simpeg", json!({ "security_incident": true })).await.ok();
    let ticket = cast.requester.open("Halaman depan diganti orang").await;
    (cast, ticket)
}

#[actix_web::test]
async fn a_security_incident_has_24_hours_by_any_clock_beside_the_clocks_of_working_hours() {
    let (cast, ticket) = friday().await;
    let opened = instant(&ticket["created_at"]);
    let report = clock(&ticket, "security_report");
    assert_eq!((&report["target_seconds"], &report["basis"]), (&json!(86_400), &json!("round_the_clock")));
    assert_eq!(instant(&report["due_at"]), opened + Duration::hours(24), "on Saturday");
    let resolution = clock(&ticket, "resolution");
    assert_eq!(resolution["basis"], "calendar");
    assert!(instant(&resolution["due_at"]) > opened + Duration::hours(48), "no working time on the weekend");
    cast.app.step(Duration::minutes(5));
    let before = cast.requester.see(&ticket).await.ok();
    let noted = cast.tier1.act(&ticket, "report-incident", words()).await.ok();
    let stopped = clock(&noted, "security_report");
    assert_eq!((&stopped["state"], &stopped["elapsed_seconds"]), (&json!("met"), &json!(300)));
    assert_eq!(clock(&noted, "resolution")["stopped_at"], Value::Null, "the work goes on");
    assert_eq!((&noted["version"], &noted["updated_at"]), (&before["version"], &before["updated_at"]));
    assert!(cast.coordinator.story(&ticket).await.contains(&"reported".to_owned()));
    assert!(!cast.requester.story(&ticket).await.contains(&"reported".to_owned()), "the desk's affair");
    cast.tier1.act(&ticket, "report-incident", words()).await.refused(409);
    let told = cast.auditor.get(&format!("/tickets/{}/sla/explain", id(&ticket))).await.ok().to_string();
    assert!(told.contains("Pelaporan insiden keamanan, putaran ke-1: target 24 jam, dihitung 24 jam sehari"), "{told}");
}

#[actix_web::test]
async fn a_report_after_24_hours_is_a_miss_and_a_cancelled_ticket_needs_none() {
    let (cast, ticket) = friday().await;
    let second = cast.requester.open("Salah lihat").await;
    let cast = cast.much_later(Duration::hours(25)).await;
    cast.tier1.cancel(&second).await.ok();
    cast.tier1.act(&second, "report-incident", words()).await.refused(409);
    let noted = cast.coordinator.act(&ticket, "report-incident", words()).await.ok();
    assert_eq!(clock(&noted, "security_report")["state"], "missed");
}

#[actix_web::test]
async fn an_ordinary_ticket_has_nothing_to_report_and_a_report_says_to_whom_and_when() {
    let cast = Cast::new().await;
    let ordinary = cast.requester.open("SIMPEG lambat").await;
    assert_eq!(clock(&ordinary, "security_report"), Value::Null);
    cast.tier1.act(&ordinary, "report-incident", words()).await.refused(409);
    let (cast, ticket) = friday().await;
    cast.requester.act(&ticket, "report-incident", words()).await.refused(403);
    cast.tier1.act(&ticket, "report-incident", json!({ "to": "BSSN" })).await.names("/reference");
    cast.tier1.act(&ticket, "report-incident", json!({ "to": "", "reference": "1" })).await.names("/to");
}

fn about(service: &str) -> Value {
    json!({ "service": service })
}

#[actix_web::test]
async fn what_triage_recognises_as_a_security_incident_has_24_hours_from_its_opening() {
    let (cast, _) = friday().await;
    let ticket = cast.requester.open_with(about("jaringan-lokal")).await.created();
    let opened = instant(&ticket["created_at"]);
    cast.app.step(Duration::minutes(5));
    let seen = cast.tier1.edit(&ticket, about("simpeg")).await.ok();
    let report = clock(&seen, "security_report");
    assert_eq!((&report["state"], &report["elapsed_seconds"]), (&json!("running"), &json!(300)));
    assert_eq!((instant(&report["started_at"]), instant(&report["due_at"])), (opened, opened + Duration::hours(24)));
    let noted = cast.tier1.act(&ticket, "report-incident", words()).await.ok();
    assert_eq!(clock(&noted, "security_report")["state"], "met");
    // What was reported need not be reported again.
    cast.tier1.edit(&ticket, about("jaringan-lokal")).await.ok();
    let back = cast.tier1.edit(&ticket, about("simpeg")).await.ok();
    assert_eq!(clock(&back, "security_report"), clock(&noted, "security_report"));
    cast.tier1.act(&ticket, "report-incident", words()).await.refused(409);
    assert_eq!(compared(&cast.app).await.2, []);
}

#[actix_web::test]
async fn what_turns_out_to_be_no_security_incident_needs_no_report_until_it_is_one_again() {
    let (cast, ticket) = friday().await;
    let opened = instant(&ticket["created_at"]);
    let seen = cast.tier1.edit(&ticket, about("jaringan-lokal")).await.ok();
    assert_eq!(clock(&seen, "security_report"), Value::Null);
    cast.tier1.act(&ticket, "report-incident", words()).await.refused(409);
    let cast = cast.much_later(Duration::hours(25)).await;
    cast.app.tick().await;
    assert!(!cast.coordinator.story(&ticket).await.contains(&"breached".to_owned()), "nothing was owed");
    // Another field than the service changes nothing of it.
    cast.tier1.edit(&ticket, json!({ "urgency": "low" })).await.ok();
    let again = cast.tier1.edit(&ticket, about("simpeg")).await.ok();
    let report = clock(&again, "security_report");
    assert_eq!((&report["state"], instant(&report["started_at"])), (&json!("missed"), opened));
    let noted = cast.tier1.act(&ticket, "report-incident", words()).await.ok();
    assert_eq!(clock(&noted, "security_report")["state"], "missed");
    assert_eq!(compared(&cast.app).await.2, []);
}
