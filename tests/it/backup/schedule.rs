//! Backups that the service makes by itself (L14).

use super::{backed_up, empty, put_back};
use crate::audit::{look, settle};
use crate::support::TestApp;
use crate::support::browser::Browser;
use chrono::Duration;
use sigap::backup::restore::{Held, release};
use sigap::worker::Job;
use std::collections::BTreeSet;

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

// L14, T7, R17: a restored copy on trial starts with production's own settings file.
#[actix_web::test]
async fn a_copy_makes_no_backup_before_its_release_and_none_of_others_hides_or_removes_ours() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let more = format!(
        "[backup]\nevery_minutes = 60\nkeep_newest = 1\nkeep_days = 0\nkeep_months = 0\nfolder = {:?}\n",
        folder.path().display().to_string()
    );
    let files = || {
        let names = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect::<BTreeSet<_>>()
    };
    let app = TestApp::with(&more).await;
    let file = backed_up(&app, elsewhere.path()).await;
    let (place, _) = empty();
    put_back(&app, &file, &place).await.unwrap();
    let copy = TestApp::on_database(place, app.clock.clone()).await.again(&more).await;
    app.step(Duration::minutes(1));
    Job::Backup.run(&copy.app).await.unwrap();
    assert_eq!(files().len(), 0, "in quarantine");
    Job::Backup.run(&app.app).await.unwrap();
    let first = files();
    release(&copy.app, Some(Held::Drop)).await.unwrap();
    Job::Audit.run(&copy.app).await.unwrap();
    for _ in 0..3 {
        Job::Backup.run(&copy.app).await.unwrap();
        app.step(Duration::hours(1));
    }
    assert!(files().len() == 2 && files().is_superset(&first), "{first:?} {:?}", files());
    // Ours is missing since three hours, whoever else was busy.
    let page = Browser::lebak(&app, "admin").await.get("/admin/health").await;
    let told = page.all("tbody tr").into_iter().find(|row| row.starts_with("Cadangan")).unwrap();
    assert!(told.starts_with("Cadangan perlu diperiksa"), "{told}");
    let theirs: BTreeSet<_> = files().difference(&first).cloned().collect();
    Job::Backup.run(&app.app).await.unwrap();
    assert!(files().len() == 2 && files().is_superset(&theirs) && files().is_disjoint(&first), "{:?}", files());
    // As older programs named them.
    app.step(Duration::hours(1));
    std::fs::write(folder.path().join(app.clock.now().utc().format("sigap-%Y%m%dT%H%M%SZ.tar.zst").to_string()), "")
        .unwrap();
    Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(files().len(), 3, "it counts as ours");
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
    // A try costs a copy of the database: each is waited for longer than for the one before.
    std::fs::remove_dir(&left).unwrap();
    for (minutes, measures) in [(1, ["7320", "1"]), (1, ["0", "0"])] {
        app.step(Duration::minutes(minutes));
        Job::Backup.run(&app.app).await.unwrap();
        assert_eq!(measured(&app).await, measures);
    }
    app.step(Duration::minutes(121));
    assert_eq!(measured(&app).await, ["7260", "1"], "also while the next one hangs");
}
