//! Backups that the service makes by itself (L14).

use crate::audit::{look, settle};
use crate::support::TestApp;
use crate::support::browser::Browser;
use chrono::Duration;
use sigap::worker::Job;

// L14, T7
#[actix_web::test]
async fn the_service_makes_backups_by_itself_and_keeps_as_many_as_the_settings_say() {
    let more = "[backup]\nevery_minutes = 60\nkeep_newest = 2\nkeep_days = 0\nkeep_months = 0\n";
    let app = TestApp::with(more).await;
    let folder = app.database.folder.path().join("backups");
    let count = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(count(), 0, "not while it starts");
    for (minutes, backups) in [(1, 1), (59, 1), (1, 2), (60, 2)] {
        app.step(Duration::minutes(minutes));
        Job::Backup.run(&app.app).await.unwrap();
        assert_eq!(count(), backups);
    }
}

// R11
#[actix_web::test]
async fn a_clock_that_was_set_back_after_the_start_holds_up_neither_backup_nor_checkpoint() {
    let app = TestApp::with("[backup]\nevery_minutes = 60\n").await;
    settle(&app).await;
    app.step(Duration::days(-1));
    app.lebak("pegawai.dinkes").await;
    Job::Audit.run(&app.app).await.unwrap();
    let lebak = app.region("lebak").await;
    assert_eq!(look(&app, lebak).await.unsigned, 0, "what was done since is signed");
    Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(std::fs::read_dir(app.database.folder.path().join("backups")).unwrap().count(), 1);
}

/// What `/metrics` says of backups: age in seconds, and the alarm.
async fn measured(app: &TestApp) -> [String; 2] {
    let text = app.anonymous().from("127.0.0.1").get("/metrics").await.text;
    ["sigap_backup_age_seconds ", "sigap_backup_alarm "].map(|name| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {text}")).to_owned()
    })
}

// L14
#[actix_web::test]
async fn a_backup_that_fails_to_come_is_told_by_metrics_and_on_the_page_of_health() {
    let app = TestApp::with("[backup]\nevery_minutes = 60\n").await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    let health = async || {
        let page = Browser::lebak(&app, "admin").await.get("/admin/health").await;
        page.all("tbody tr").into_iter().find(|row| row.starts_with("Cadangan")).unwrap()
    };
    app.step(Duration::minutes(1));
    Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(measured(&app).await, ["0", "0"]);
    let told = health().await;
    assert!(told.starts_with("Cadangan baik Yang terbaru dibuat"), "{told}");
    // What an earlier one left can't be removed, so that no other is made.
    let folder = app.database.folder.path().join("backups");
    let left = folder.join(".01980000-0000-7000-8000-000000000000.part");
    std::fs::create_dir(&left).unwrap();
    for (minutes, age, alarm, state) in [(120, "7200", "0", "baik"), (1, "7260", "1", "perlu diperiksa")] {
        app.step(Duration::minutes(minutes));
        Job::Backup.run(&app.app).await.unwrap_err();
        assert_eq!(measured(&app).await, [age, alarm]);
        let told = health().await;
        assert!(told.starts_with(&format!("Cadangan {state} Yang terbaru dibuat")), "{told}");
    }
    std::fs::remove_dir(&left).unwrap();
    Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(measured(&app).await, ["0", "0"]);
    app.step(Duration::minutes(121));
    assert_eq!(measured(&app).await, ["7260", "1"], "also while the next one hangs");
}
