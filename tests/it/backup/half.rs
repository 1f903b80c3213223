//! A restore that does not come to its end leaves nothing that anybody serves (R17).

use super::{backed_up, empty, put_back};
use crate::support::app::settings;
use crate::support::{Cast, TestApp};
use sigap::app::App;
use sigap::backup::archive::{self, Manifest, Writer};
use sigap::backup::make;
use sigap::cli::doctor::{State, examine};
use sigap::clock::Clock;
use sigap::db::migrate::Schema;
use sigap::db::snapshot;
use std::fs::{self, File};
use std::path::Path;

/// The database of a backup with other checkpoints and no attachments, sealed by somebody.
fn resealed(file: &Path, to: &Path, checkpoints: Vec<String>) {
    let mut sound = archive::check(file, &[]).unwrap();
    let old = sound.manifest.clone();
    let manifest = Manifest::new(old.made_at, &old.database, checkpoints, old.keys);
    let mut writer = Writer::new(File::create(to).unwrap(), &[], manifest).unwrap();
    let part = to.with_extension("isi");
    let taken = sound.unpack(|name, source| {
        if !name.starts_with("attachments/") {
            std::io::copy(source, &mut File::create(&part)?)?;
            writer.add(name, File::open(&part)?).unwrap();
        }
        Ok(())
    });
    taken.unwrap();
    writer.seal(&ed25519_dalek::SigningKey::from_bytes(&[7; 32])).unwrap();
}

#[actix_web::test]
async fn what_a_restore_left_half_done_is_opened_by_nobody_whichever_data_directory_he_has() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    cast.requester.upload(&ticket, "layar.txt", "Isi berkas.", "public").await.created();
    let (place, folder) = empty();
    let (file, without) = (backed_up(&cast.app, folder.path()).await, folder.path().join("tanpa"));
    resealed(&file, &without, archive::check(&file, &[]).unwrap().manifest.checkpoints.clone());
    let failed = put_back(&cast.app, &without, &place).await.unwrap_err().to_string();
    assert!(failed.contains("is not in the backup"), "{failed}");
    assert!(!snapshot::is_empty(&place.url).unwrap());
    // A node with a data directory of its own; or whoever emptied the old one.
    for schema in [Schema::Migrated, Schema::AsItIs] {
        let elsewhere = settings(&place.url, &folder.path().join("lain"), "");
        let refused = App::with(elsewhere, Clock::System, None, schema).err().unwrap().to_string();
        assert!(refused.contains("begun and not finished"), "{schema:?}: {refused}");
    }
}

// R4: as a backup was that read from an old primary while the new one signed.
#[actix_web::test]
async fn a_backup_whose_database_is_older_than_what_it_signed_is_refused() {
    let cast = Cast::new().await;
    let (place, folder) = empty();
    let older = backed_up(&cast.app, folder.path()).await;
    cast.requester.open("Sesudah ambil alih").await;
    let (newer, mixed) = (folder.path().join("baru"), folder.path().join("campur"));
    let manifest = make(&cast.app.app, &newer).await.unwrap();
    resealed(&older, &mixed, manifest.checkpoints);
    let refused = put_back(&cast.app, &mixed, &place).await.unwrap_err().to_string();
    assert!(refused.contains("older than the backup"), "{refused}");
}

// L13: the share of the attachments is not mounted.
#[actix_web::test]
async fn no_backup_is_made_while_attachments_are_missing_and_the_doctor_counts_them() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    cast.requester.upload(&ticket, "layar.txt", "Isi berkas.", "public").await.created();
    cast.requester.upload(&ticket, "lain.txt", "Isi lain.", "public").await.created();
    let data = cast.app.database.folder.path();
    let (share, away) = (data.join("attachments"), data.join("terlepas"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cadangan");
    let look =
        async || examine(&cast.app.app).await.unwrap().into_iter().find(|one| one.what == "attachments").unwrap();

    fs::rename(&share, &away).unwrap();
    fs::create_dir(&share).unwrap();
    let refused = make(&cast.app.app, &file).await.unwrap_err().to_string();
    assert!(
        refused.contains("2 of 2 attachments are missing") && refused.contains(share.to_str().unwrap()),
        "{refused}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let found = look().await;
    let text = found.found.text(sigap::message::Language::Id);
    assert!(found.state == State::Ill && text.contains("2 dari 2"), "{text}");

    fs::remove_dir(&share).unwrap();
    fs::rename(&away, &share).unwrap();
    make(&cast.app.app, &file).await.unwrap();
    assert_eq!(look().await.state, State::Well);
}

#[actix_web::test]
async fn every_command_says_of_a_place_that_was_put_back_by_half_what_it_is() {
    let app = TestApp::new().await;
    let data = app.database.folder.path();
    let run = |command: &[&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_sigap"));
        program.args(command).env_clear().env("SIGAP_DATA_DIR", data).env("SIGAP_DATABASE_URL", &app.database.url);
        let ran = program.output().unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap())
    };
    assert_eq!(run(&["user", "list"]).0, 0);
    fs::write(data.join("restoring"), "").unwrap();
    for (command, code) in [(&["doctor"][..], 2), (&["user", "list"][..], 1), (&["audit", "verify"][..], 2)] {
        let (ended, said) = run(command);
        assert!(ended == code && said.contains("begun here and not finished"), "{command:?}: {ended} {said}");
    }
}
