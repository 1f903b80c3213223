//! Agreements (B1): who promises what to whom, in versions of which none ever changes.

use super::hours::{audited, clock};
use crate::support::{Cast, Client};
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

const STANDARD: &str = "/agreements/standard";

async fn terms(client: &Client) -> Value {
    client.get(STANDARD).await.ok()["terms"].clone()
}

/// The standard terms with another target of p3.
async fn faster(client: &Client, metric: &str, seconds: i64) -> Value {
    let mut terms = terms(client).await;
    terms["targets"]["p3"][metric] = json!(seconds);
    terms
}

fn agreement(code: &str, consumer: &str, terms: &Value) -> Value {
    json!({
        "code": code, "name": "Perjanjian khusus", "provider": "Dinas Kominfo", "consumer": consumer,
        "valid_from": "2026-01-01", "terms": terms,
    })
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

// B1
#[actix_web::test]
async fn a_region_begins_with_a_standard_agreement() {
    let cast = Cast::new().await;
    let all = cast.tier1.items("/agreements").await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["code"], &all[0]["consumer"]), (&json!("standard"), &json!("region")));
    assert_eq!((&all[0]["terms_version"], &all[0]["opd"], &all[0]["service"]), (&json!(1), &json!(null), &json!(null)));
    let reply = cast.auditor.get(STANDARD).await;
    assert_eq!(reply.header("etag"), Some("\"1\""));
    let whole = reply.ok();
    assert_eq!(whole["provider"], "Dinas Komunikasi, Informatika, Statistik dan Persandian");
    assert_eq!(whole["terms"]["targets"]["p1"]["round_the_clock"], true);
    assert_eq!(whole["terms"]["targets"]["p3"]["resolution"], 86_400);
    assert_eq!((&whole["versions"][0]["number"], &whole["versions"][0]["by"]), (&json!(1), &json!(null)));
    cast.requester.get(STANDARD).await.refused(403);
    cast.operator.get(STANDARD).await.refused(404);
}

// B1
#[actix_web::test]
async fn other_terms_are_a_new_version_and_a_ticket_keeps_the_one_that_held_when_it_was_opened() {
    let cast = Cast::new().await;
    let before = cast.requester.open_at("p3").await;
    cast.later();
    let terms = faster(&cast.admin, "resolution", 43_200).await;
    let changed = cast.admin.patch(STANDARD, json!({ "terms": terms })).await.ok();
    assert_eq!((&changed["terms_version"], &changed["version"]), (&json!(2), &json!(2)));
    let numbers: Vec<&Value> = changed["versions"].as_array().unwrap().iter().map(|v| &v["number"]).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(changed["versions"][1]["terms"]["targets"]["p3"]["resolution"], 86_400);
    assert_eq!(changed["versions"][0]["by"]["email"], "admin@lebakkab.go.id");
    cast.later();
    let after = cast.requester.open_at("p3").await;
    let kept = cast.requester.see(&before).await.ok();
    assert_eq!((&kept["sla"]["version"], &clock(&kept, "resolution")["target_seconds"]), (&json!(1), &json!(86_400)));
    assert_eq!((&after["sla"]["version"], &clock(&after, "resolution")["target_seconds"]), (&json!(2), &json!(43_200)));
    // The same terms again are no new version.
    let same = cast.admin.patch(STANDARD, json!({ "terms": changed["terms"], "name": "Standar" })).await.ok();
    assert_eq!((&same["terms_version"], &same["version"]), (&json!(2), &json!(3)));
}

// B1
#[actix_web::test]
async fn open_tickets_go_over_to_new_terms_only_if_that_is_said_and_carry_over_what_has_elapsed() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_at("p3").await;
    let solved = cast.requester.open_at("p3").await;
    cast.later();
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.resolve(&solved).await.ok();
    let answered = cast.tier1.clock(&ticket, "first_response").await;
    let kept = cast.tier1.see(&solved).await.ok()["sla"].clone();
    // 10:00: two hours have elapsed.
    let cast = cast.much_later(Duration::seconds(7199)).await;
    let change = json!({ "terms": faster(&cast.admin, "resolution", 43_200).await, "apply_to_open": true });
    let told = cast.admin.patch(&format!("{STANDARD}?dry_run=true"), change.clone()).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 0 }));
    assert_eq!(cast.admin.get(STANDARD).await.ok()["terms_version"], 1);
    cast.admin.patch(STANDARD, change).await.ok();
    let seen = cast.tier1.see(&ticket).await.ok();
    assert_eq!(seen["sla"]["version"], 2);
    let resolution = clock(&seen, "resolution");
    assert_eq!((&resolution["target_seconds"], &resolution["elapsed_seconds"]), (&json!(43_200), &json!(7200)));
    // 6.5 hours on Monday; on Tuesday 4 until noon, 1.5 from 12:30 on.
    assert_eq!(resolution["due_at"], "2026-03-03T07:00:00Z");
    assert_eq!(clock(&seen, "first_response"), answered);
    assert_eq!(cast.tier1.see(&solved).await.ok()["sla"], kept);

    // A target that has been used up already.
    let change = json!({ "terms": faster(&cast.admin, "resolution", 3600).await, "apply_to_open": true });
    let told = cast.admin.patch(&format!("{STANDARD}?dry_run=true"), change.clone()).await.ok();
    assert_eq!(told, json!({ "moved": 1, "passed": 1 }));
    cast.admin.patch(STANDARD, change).await.ok();
    assert_eq!(cast.tier1.clock(&ticket, "resolution").await["state"], "missed");
}

// B1
#[actix_web::test]
async fn the_narrowest_agreement_wins_service_over_organisation_over_region() {
    let cast = Cast::new().await;
    let fast = |seconds| faster(&cast.admin, "resolution", seconds);
    let opd = with(agreement("rsud", "opd", &fast(36_000).await), json!({ "opd": "dinkes" }));
    cast.admin.post("/agreements", opd).await.created();
    let service = with(agreement("simpeg", "service", &fast(18_000).await), json!({ "service": "simpeg" }));
    let made = cast.admin.post("/agreements", service).await;
    assert_eq!(made.header("location"), Some("/api/v1/agreements/simpeg"));
    assert_eq!(made.created()["service"], "simpeg");
    let level = json!({ "impact": "medium", "urgency": "medium" });
    let about = json!({ "impact": "medium", "urgency": "medium", "service": "simpeg" });
    for (client, body, code, seconds) in [
        (&cast.requester, &about, "simpeg", 18_000),
        (&cast.requester, &level, "rsud", 36_000),
        (&cast.outsider, &about, "simpeg", 18_000),
        (&cast.outsider, &level, "standard", 86_400),
    ] {
        let ticket = client.open_with(body.clone()).await.created();
        assert_eq!((&ticket["sla"]["agreement"], &ticket["sla"]["version"]), (&json!(code), &json!(1)));
        assert_eq!(clock(&ticket, "resolution")["target_seconds"], seconds, "{code}");
    }
    let ask = json!({
        "priority": "p3", "metric": "resolution", "opened_at": "2026-03-02T08:00:00+07:00", "opd": "dinkes", "service": "simpeg",
    });
    assert_eq!(cast.coordinator.post("/sla/preview", ask).await.ok()["agreement"], "simpeg");
}

// B1
#[actix_web::test]
async fn two_agreements_never_promise_to_the_same_consumer_on_the_same_day() {
    let cast = Cast::new().await;
    let terms = terms(&cast.admin).await;
    let next = with(agreement("standard-2027", "region", &terms), json!({ "valid_from": "2027-01-01" }));
    cast.admin.post("/agreements", next.clone()).await.names("/valid_from");
    cast.admin.patch(STANDARD, json!({ "valid_until": "2027-01-01" })).await.ok();
    cast.admin.post("/agreements", next.clone()).await.names("/valid_from");
    cast.admin.patch(STANDARD, json!({ "valid_until": "2026-12-31" })).await.ok();
    cast.admin.post("/agreements", next).await.created();
    cast.admin.patch(STANDARD, json!({ "valid_until": null })).await.names("/valid_until");
    cast.admin.patch(STANDARD, json!({ "valid_until": "2023-12-31" })).await.names("/valid_until");
    // Another consumer is another matter.
    let opd = |code: &str, opd: &str| with(agreement(code, "opd", &terms), json!({ "opd": opd }));
    cast.admin.post("/agreements", opd("satu", "dinkes")).await.created();
    cast.admin.post("/agreements", opd("dua", "disdik")).await.created();
    cast.admin.post("/agreements", opd("tiga", "dinkes")).await.names("/valid_from");
    let ticket = cast.requester.open_at("p3").await;
    assert_eq!(ticket["sla"]["agreement"], "satu");
}

#[actix_web::test]
async fn two_administrators_at_once_make_no_two_agreements_for_the_same_days() {
    let cast = Cast::new().await;
    let terms = terms(&cast.admin).await;
    let make = |code: &str| {
        let body = with(agreement(code, "opd", &terms), json!({ "opd": "dinkes" }));
        cast.admin.post("/agreements", body)
    };
    let replies = futures_util::future::join_all(["a", "b", "c", "d"].map(make)).await;
    let mut statuses: Vec<u16> = replies.iter().map(|r| r.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422]);
}

// B1
#[actix_web::test]
async fn contract_targets_of_p1_count_round_the_clock_on_a_night_before_a_holiday() {
    let cast = Cast::new().await.much_later(Duration::hours(15 * 24 + 14)).await;
    // Tuesday 17 March, 22:00; Nyepi, Idul Fitri and their leave follow.
    let ticket = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    assert_eq!(ticket["created_at"], "2026-03-17T15:00:00Z");
    assert_eq!(clock(&ticket, "first_response")["due_at"], "2026-03-17T15:15:00Z");
    assert_eq!(clock(&ticket, "resolution")["due_at"], "2026-03-17T19:00:00Z");
    assert_eq!(clock(&ticket, "resolution")["basis"], "round_the_clock");
    // The same trouble of lower priority waits until Wednesday 25 March.
    let lesser = cast.requester.open_with(json!({ "impact": "high", "urgency": "medium" })).await.created();
    assert_eq!(clock(&lesser, "first_response")["due_at"], "2026-03-25T01:30:00Z");
}

#[actix_web::test]
async fn every_fault_is_named_at_its_place() {
    let cast = Cast::new().await;
    let good = terms(&cast.admin).await;
    let mut few = good.clone();
    few["targets"].as_object_mut().unwrap().remove("p4");
    cast.admin.patch(STANDARD, json!({ "terms": few })).await.names("/terms/targets/p4");
    let mut none = good.clone();
    none["targets"]["p1"]["resolution"] = json!(0);
    cast.admin.patch(STANDARD, json!({ "terms": none })).await.names("/terms/targets/p1/resolution");
    let mut level = good.clone();
    level["levels"] = json!([{ "percent": 75 }, { "percent": 75 }]);
    cast.admin.patch(STANDARD, json!({ "terms": level })).await.names("/terms/levels/1");
    cast.admin.patch(STANDARD, json!({ "valid_from": "2026-01-01" })).await.names("/valid_from");
    let post = |body: Value| cast.admin.post("/agreements", body);
    post(agreement("standard", "service", &good)).await.names("/service");
    post(with(agreement("a", "opd", &good), json!({ "opd": "tidak-ada" }))).await.names("/opd");
    post(with(agreement("a", "opd", &good), json!({ "opd": "dinkes", "service": "simpeg" }))).await.names("/service");
    post(with(agreement("a", "service", &good), json!({ "service": "tidak-ada" }))).await.names("/service");
    post(with(agreement("a", "opd", &good), json!({ "opd": "dinkes", "valid_until": "2025-12-31" })))
        .await
        .names("/valid_until");
    post(with(agreement("standard", "opd", &good), json!({ "opd": "dinkes" }))).await.names("/code");
    post(with(agreement("a", "opd", &good), json!({ "opd": "dinkes", "provider": "" }))).await.names("/provider");
    assert_eq!(cast.admin.items("/agreements").await.len(), 1);
}

#[actix_web::test]
async fn a_change_meant_for_an_older_version_is_refused_and_every_change_is_audited() {
    let cast = Cast::new().await;
    let change = |tag: &'static str, name: &str| {
        let (admin, body) = (cast.admin.clone(), json!({ "name": name }));
        async move { admin.send(Method::PATCH, STANDARD, &[("if-match", tag)], Some(body)).await }
    };
    change("\"1\"", "Perjanjian baru").await.ok();
    change("\"1\"", "Perjanjian lama").await.refused(412);
    let terms = faster(&cast.admin, "resolution", 43_200).await;
    cast.admin.patch(STANDARD, json!({ "terms": terms, "apply_to_open": true })).await.ok();
    let entries = audited(&cast.app, "agreement.change").await;
    assert_eq!(
        entries,
        [
            json!({ "code": "standard", "version": 2, "changed": ["name"], "terms_version": 1, "apply_to_open": false }),
            json!({ "code": "standard", "version": 3, "changed": ["terms"], "terms_version": 2, "apply_to_open": true }),
        ]
    );
    cast.coordinator.patch(STANDARD, json!({ "name": "Lain" })).await.refused(403);
    cast.tier1.patch("/agreements/tidak-ada", json!({ "name": "Lain" })).await.refused(404);
}

// P4
#[actix_web::test]
async fn an_agreement_of_another_region_is_an_absent_one() {
    let cast = Cast::new().await;
    let body = with(agreement("khusus", "opd", &terms(&cast.admin).await), json!({ "opd": "dinkes" }));
    cast.admin.post("/agreements", body).await.created();
    let foreign = cast.stranger.get("/agreements/khusus").await;
    foreign.refused(404);
    assert_eq!(foreign.text, cast.stranger.get("/agreements/tidak-ada").await.text);
    let far = cast.app.temanggung("admin").await;
    let ticket = cast.requester.open_at("p3").await;
    let terms = faster(&far, "resolution", 43_200).await;
    far.patch(STANDARD, json!({ "terms": terms, "apply_to_open": true })).await.ok();
    assert_eq!(cast.requester.see(&ticket).await.ok()["sla"]["agreement"], "khusus");
}
