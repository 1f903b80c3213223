//! The summary of a working morning (L8, P8).

use super::post::{Got, Post, run};
use crate::support::TestApp;
use crate::support::desk::Cast;
use crate::support::time::PATIENT;
use chrono::Duration;
use serde_json::json;

/// Settings under which nothing is ill, so that nobody is told of it.
fn well() -> String {
    format!("[backup]\nevery_minutes = 0\n{PATIENT}")
}

async fn morning(app: &TestApp) {
    sigap::worker::digest::run(&app.app).await.unwrap();
}

// L8, P8
#[actix_web::test]
async fn a_coordinator_gets_one_summary_each_working_morning_and_none_at_the_weekend() {
    let cast = Cast::on(TestApp::with(&well()).await).await;
    let post = Post::of(&cast.app);
    let mut days = Vec::new();
    // Monday to the Monday after, at half past six and at half past seven.
    for day in 0..8 {
        cast.at(&format!("2026-04-{:02} 06:30:00", 6 + day));
        morning(&cast.app).await;
        assert!(post.now(&cast.app).await.is_empty(), "too early on day {day}");
        cast.at(&format!("2026-04-{:02} 07:30:00", 6 + day));
        morning(&cast.app).await;
        morning(&cast.app).await;
        let mails = post.now(&cast.app).await;
        if !mails.is_empty() {
            let mut to: Vec<String> = mails.iter().map(|m| m.to.clone()).collect();
            to.sort();
            assert_eq!(to.len(), 4, "one for each region's coordinator: {to:?}");
            days.push(day);
        }
    }
    assert_eq!(days, [0, 1, 2, 3, 4, 7]);
}

/// The mails of a morning, without those that were owed before.
async fn mailed_now(cast: &Cast) -> Vec<Got> {
    cast.app.tick().await;
    let post = Post::of(&cast.app);
    run(&cast.app).await;
    post.take();
    morning(&cast.app).await;
    post.now(&cast.app).await
}

#[actix_web::test]
async fn it_counts_what_its_reader_sees_and_names_tickets_by_number_alone() {
    let cast = Cast::on(TestApp::with(&well()).await).await;
    cast.at("2026-04-06 08:00:00");
    let late = cast.requester.open("Server mati total").await;
    let secret =
        cast.requester.open_with(json!({ "classification": "secret", "subject": "Kebocoran" })).await.created();
    cast.handed_up().await;
    cast.tier1.start(&late).await.ok();
    // Within four working hours somebody answers, and Tier 2 accepts; of two of these a day later nobody has. One of them
    // was answered too late.
    cast.at("2026-04-06 16:00:00");
    cast.tier1.start(&secret).await.ok();
    cast.at("2026-04-07 07:00:00");
    let mails = mailed_now(&cast).await;
    let mine = mails.iter().find(|m| m.to == "koordinator@lebakkab.go.id").unwrap();
    assert_eq!(mine.subject, "Ringkasan Selasa, 7 April 2026");
    assert!(!mine.raw.contains("Server mati") && !mine.text.contains("Kebocoran"), "{}", mine.text);
    for line in [
        "Belum selesai di Service Desk Tier 1: 2",
        "Belum selesai di Service Desk Tier 2: 1",
        "Belum ada petugas: 1",
        "Sedang terlewat: 1",
        "Terlewat batas waktu: 2",
    ] {
        assert!(mine.text.contains(line), "{line} in {}", mine.text);
    }
    let list = |name: &str| mine.text.lines().find(|line| line.starts_with(name)).unwrap();
    let number = secret["number"].as_str().unwrap();
    assert!(
        list("Yang terlewat: ").contains(number) && !list("Yang sedang terlewat: ").contains(number),
        "{}",
        mine.text
    );
    assert!(mine.text.contains("/overview") && mine.html.contains("/overview"));
    let theirs = mails.iter().find(|m| m.to == "koordinator@temanggungkab.go.id").unwrap();
    assert!(theirs.text.contains("Belum selesai di Administrator: 0"), "{}", theirs.text);
}

// L8
#[actix_web::test]
async fn it_tells_in_english_too_what_is_overdue_and_an_incident_that_was_solved_and_not_reported_is() {
    let cast = Cast::on(TestApp::with(&well()).await).await;
    let chief = cast.coordinator.id().await;
    cast.admin.patch(&format!("/people/{chief}"), json!({ "language": "en" })).await.ok();
    cast.admin.patch("/services/simpeg", json!({ "security_incident": true })).await.ok();
    cast.at("2026-04-06 07:00:00");
    let ticket = cast.requester.open("Halaman depan diganti orang").await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.at("2026-04-07 07:30:00");
    let mails = mailed_now(&cast).await;
    let mine = mails.iter().find(|m| m.to == "koordinator@lebakkab.go.id").unwrap();
    let overdue = format!("Overdue: {}", ticket["number"].as_str().unwrap());
    for line in ["Overdue now: 1", "Missed a deadline: 0", &overdue] {
        assert!(mine.text.contains(line), "{line} in {}", mine.text);
    }
}

// T5
#[actix_web::test]
async fn it_names_closed_organisations_in_which_people_or_open_tickets_are_left() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    cast.at("2026-04-06 07:30:00");
    cast.admin.patch("/opds/dinkes", json!({ "active": false })).await.ok();
    let mails = mailed_now(&cast).await;
    let to = |account: &str| mails.iter().find(|m| m.to == account).unwrap().text.clone();
    let line = "Perangkat daerah yang ditutup, masih ada orang atau tiketnya: 1 (Dinas Kesehatan)";
    assert!(to("koordinator@lebakkab.go.id").contains(line), "{}", to("koordinator@lebakkab.go.id"));
    assert!(!to("koordinator@temanggungkab.go.id").contains("ditutup"));
}

#[actix_web::test]
async fn two_nodes_owe_it_once_and_a_morning_that_passed_is_not_made_up_for() {
    let cast = Cast::on(TestApp::with(&well()).await).await;
    let other = cast.app.again(&well()).await;
    cast.at("2026-04-06 07:30:00");
    futures_util::future::join(morning(&cast.app), morning(&other)).await;
    assert_eq!(cast.admin.items("/mails").await.len(), 1);
    cast.at("2026-04-07 10:00:00");
    morning(&cast.app).await;
    assert_eq!(cast.admin.items("/mails").await.len(), 1);
}

#[actix_web::test]
async fn whoever_does_without_it_or_left_his_office_gets_none() {
    let cast = Cast::on(TestApp::with(&well()).await).await;
    cast.coordinator.patch("/me/mails", json!({ "unwanted": ["digest"] })).await.ok();
    cast.app.step(Duration::minutes(1));
    morning(&cast.app).await;
    assert!(cast.admin.items("/mails").await.is_empty());
    let silent = cast.app.again(&format!("[mail]\ndigest_at = \"\"\n{PATIENT}")).await;
    cast.coordinator.patch("/me/mails", json!({ "unwanted": [] })).await.ok();
    morning(&silent).await;
    assert!(cast.admin.items("/mails").await.is_empty(), "the setting is off");
    morning(&cast.app).await;
    assert_eq!(cast.admin.items("/mails").await.len(), 1);
}
