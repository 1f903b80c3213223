//! Backups that the service makes by itself (L14).

use super::{backed_up, empty, put_back};
use crate::audit::{look, settle};
use crate::support::browser::Browser;
use crate::support::log::Paper;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use sigap::backup::restore::{Held, release};
use sigap::config::LogFormat;
use sigap::db::schema;
use sigap::durable;
use sigap::on;
use sigap::worker::Job;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

/// A ticket's file.
async fn attached(cast: &Cast, words: &str) -> PathBuf {
    let ticket = cast.requester.open("Berkas besar").await;
    let file = cast.requester.upload(&ticket, "besar.txt", words, "public").await.created();
    cast.app.app.blobs.path(file["sha256"].as_str().unwrap())
}

/// Bytes of each of the backups that are there.
const LARGE: i64 = 1 << 42;

/// Six of the last hours, the oldest first, in the folder.
fn six(app: &TestApp, folder: &Path) -> Vec<String> {
    std::fs::create_dir(folder).unwrap();
    let ages = (1..=6).rev();
    let names =
        ages.map(|hours| app.clock.now().plus(Duration::hours(-hours)).utc().format("sigap-%Y%m%dT%H%M%SZ.tar.zst"));
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    for name in &names {
        std::fs::File::create(folder.join(name)).unwrap().set_len(LARGE.unsigned_abs()).unwrap();
    }
    names
}

/// Lets the database say that its files have so many bytes.
async fn weigh(app: &TestApp, bytes: i64) {
    use schema::attachments::dsl;
    app.within(move |tx| Ok(on!(tx.conn(), |c| diesel::update(dsl::attachments).set(dsl::size.eq(bytes)).execute(c))?))
        .await;
}

// L14, R19: with the settings as they come a desk that runs fills its disk by nobody's fault.
#[actix_web::test]
async fn a_backup_that_has_no_room_takes_none_from_the_service_but_from_the_oldest_of_its_own() {
    let app = TestApp::with("[backup]\nevery_minutes = 60\nkeep_newest = 6\nkeep_days = 0\nkeep_months = 0\n").await;
    let cast = Cast::on(app).await;
    let folder = cast.app.database.folder.path().join("backups");
    let made = six(&cast.app, &folder);
    let others = "sigap-20200101T000000Z-01234567.tar.zst";
    std::fs::File::create(folder.join(others)).unwrap().set_len(LARGE.unsigned_abs()).unwrap();
    let left = || made.iter().filter(|name| folder.join(name).exists()).count();
    let file = attached(&cast, "Isi berkas.").await;
    weigh(&cast.app, LARGE * 10).await;
    let refused = async || {
        cast.app.step(Duration::hours(1));
        let told = Job::Backup.run(&cast.app.app).await.unwrap_err().to_string();
        let free = durable::free(&folder).unwrap() / (1024 * 1024);
        assert!(told.contains("no room") && told.contains(&(free / 1000).to_string()), "{free} {told}");
    };
    refused().await;
    assert_eq!(left(), 6, "all that may go would not do");
    weigh(&cast.app, LARGE + LARGE / 2).await;
    std::fs::write(&file, "isi berkas.").unwrap();
    refused().await;
    assert_eq!(left(), 6, "an older one may hold the file as it was sent");
    std::fs::write(&file, "Isi berkas.").unwrap();
    settle(&cast.app).await;
    let lebak = cast.app.region("lebak").await.to_string();
    let signed = cast.app.app.config.data_dir.join("keys/audit").join(lebak).join("signed");
    let kept = std::fs::read(&signed).unwrap();
    std::fs::write(&signed, "").unwrap();
    cast.app.step(Duration::hours(1));
    let told = Job::Backup.run(&cast.app.app).await.unwrap_err().to_string();
    assert!(told.contains("signed: not a checkpoint"), "{told}");
    assert_eq!(left(), 6, "for want of something else none could be made");
    std::fs::write(&signed, kept).unwrap();
    refused().await;
    assert_eq!(left(), 4);
    assert!(made[2..].iter().all(|name| folder.join(name).exists()), "the oldest go");
    // These files held no room at all.
    refused().await;
    assert_eq!(left(), 4, "three stay in any case, and one alone would not do");
    assert!(folder.join(others).exists(), "of another installation");
    let again = cast.app.again("[backup]\nevery_minutes = 60\nkeep_newest = 1\nkeep_days = 0\nkeep_months = 0\n").await;
    again.step(Duration::hours(1));
    Job::Backup.run(&again.app).await.unwrap_err();
    assert_eq!(left(), 3, "settings that keep less free what they can");
}

// All of them are read for it, and may be many.
#[actix_web::test]
async fn a_try_without_room_looks_once_at_the_attachments_and_first_whether_all_are_there() {
    let app = TestApp::with("[backup]\nevery_minutes = 60\nkeep_newest = 1\nkeep_days = 0\nkeep_months = 0\n").await;
    let cast = Cast::on(app).await;
    let made = six(&cast.app, &cast.app.database.folder.path().join("backups"));
    let files = [attached(&cast, "Satu.").await, attached(&cast, "Dua.").await];
    weigh(&cast.app, LARGE).await;
    let named = async || {
        let paper = Paper::default();
        let heard = tracing::dispatcher::set_default(&paper.log(LogFormat::Json));
        cast.app.step(Duration::hours(1));
        Job::Backup.run(&cast.app.app).await.unwrap_err();
        drop(heard);
        let lines = paper.lines().into_iter().map(|line| line["attachment"].clone());
        lines.filter_map(|name| Some(name.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    for file in &files {
        std::fs::write(file, "Rusak.").unwrap();
    }
    assert_eq!(named().await.len(), 1, "they are not read again after the backup that had no room");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let told = named().await;
        assert!(told.len() == 1 && file.ends_with(&told[0][2..]), "{} is missing, {told:?}", file.display());
        std::fs::write(&file, bytes).unwrap();
    }
    assert!(made.iter().all(|name| cast.app.database.folder.path().join("backups").join(name).exists()));
}
