//! What else lies where attachments lie, and attachments that are not what was sent (L13, L14).

use super::{backed_up, empty, put_back};
use crate::support::{Cast, TestApp};
use chrono::Duration;
use sigap::backup::{archive, damage};
use sigap::cli::doctor::{State, examine};
use sigap::message::Language;
use sigap::worker::Job;
use std::fs;
use std::path::PathBuf;

/// A ticket with a file, and where that lies.
async fn with_file(cast: &Cast) -> PathBuf {
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    let file = cast.requester.upload(&ticket, "layar.txt", "Isi berkas.", "public").await.created();
    cast.app.app.blobs.path(file["sha256"].as_str().unwrap())
}

// L13: a share keeps what is being read until its last reader is done; desktops leave notes of theirs.
#[actix_web::test]
async fn what_others_leave_between_the_attachments_is_not_ours_and_no_backup_fails_or_is_refused_for_it() {
    let cast = Cast::new().await;
    let drawer = with_file(&cast).await.parent().unwrap().to_owned();
    for name in [".nfs000000000a1b00000001", ".DS_Store", "Thumbs.db"] {
        fs::write(drawer.join(name), "x").unwrap();
        fs::write(drawer.parent().unwrap().join(name), "x").unwrap();
    }
    fs::write(drawer.with_file_name("zz"), "x").unwrap();
    fs::create_dir(drawer.join("lost")).unwrap();
    let (place, folder) = empty();
    let file = backed_up(&cast.app, folder.path()).await;
    assert_eq!(put_back(&cast.app, &file, &place).await.unwrap().files, 1);
    cast.app.step(Duration::hours(25));
    Job::Upkeep.run(&cast.app.app).await.unwrap();
    assert!(drawer.join(".DS_Store").exists(), "it is not ours to remove");
}

// L13, L14
#[actix_web::test]
async fn an_attachment_that_is_not_what_was_sent_is_told_by_its_backup_and_by_whoever_puts_it_back() {
    let cast = Cast::new().await;
    let path = with_file(&cast).await;
    let (place, folder) = empty();
    let whole = backed_up(&cast.app, folder.path()).await;
    assert_eq!(damage(&archive::check(&whole, &[]).unwrap().manifest), None);
    fs::remove_file(&whole).unwrap();
    fs::write(&path, "isi Berkas.").unwrap();
    let file = backed_up(&cast.app, folder.path()).await;
    let told = put_back(&cast.app, &file, &place).await.unwrap().damage.unwrap();
    let name = path.strip_prefix(&cast.app.app.config.data_dir).unwrap().display().to_string();
    assert!(told.contains(&name) && told.contains("earlier backup"), "{told}");
}

#[actix_web::test]
async fn no_old_backup_is_removed_while_only_it_may_hold_an_attachment_as_it_was_sent() {
    let more = "[backup]\nevery_minutes = 60\nkeep_newest = 1\nkeep_days = 0\nkeep_months = 0\n";
    let cast = Cast::on(TestApp::with(more).await).await;
    let path = with_file(&cast).await;
    let folder = cast.app.database.folder.path().join("backups");
    for (sent, backups) in [("Isi berkas.", 1), ("isi", 2), ("isi", 3), ("Isi berkas.", 1)] {
        fs::write(&path, sent).unwrap();
        cast.app.step(Duration::hours(1));
        Job::Backup.run(&cast.app.app).await.unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), backups, "{sent}");
    }
}

#[actix_web::test]
async fn the_doctor_names_an_attachment_that_is_shorter_than_it_was() {
    let cast = Cast::new().await;
    let path = with_file(&cast).await;
    fs::write(&path, "Isi").unwrap();
    let all = examine(&cast.app.app).await.unwrap();
    let found = all.iter().find(|one| one.found.key == "doctor.files_damaged").unwrap();
    let text = found.found.text(Language::Id);
    assert!(found.state == State::Ill && text.contains(&path.display().to_string()), "{text}");
}
