//! Backup and restore (L13, L14): what was acknowledged is there again, and nothing else comes back to life.

mod files;
mod half;
mod mails;
mod newer;
mod numbers;
mod schedule;

use crate::audit::{look, settle};
use crate::inbox::room::from;
use crate::mail::imap::Imap;
use crate::support::app::settings;
use crate::support::browser::Browser;
use crate::support::db::Database;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use sigap::age::Identity;
use sigap::backup::restore::{Held, Restored, Source, refuse_half, release, restore};
use sigap::backup::{archive, fingerprint, make};
use sigap::db::schema;
use sigap::on;
use sigap::worker::{Job, fetch};
use std::collections::BTreeMap;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

async fn backed_up(app: &TestApp, folder: &Path) -> PathBuf {
    let path = folder.join("cadangan.tar.zst");
    make(&app.app, &path).await.unwrap();
    path
}

/// An empty place for what is put back.
fn empty() -> (Rc<Database>, tempfile::TempDir) {
    (Rc::new(Database::empty()), tempfile::tempdir().unwrap())
}

async fn put_back(app: &TestApp, file: &Path, place: &Database) -> sigap::error::Result<Restored> {
    let config = settings(&place.url, place.folder.path(), "");
    restore(config, app.clock.clone(), Source::plain(file)).await
}

// ASVS 1.2.5
#[actix_web::test]
async fn a_place_whose_name_holds_commands_is_backed_up_and_put_back_and_runs_none() {
    let name = "a';$(touch planted)`touch planted`|touch planted;\"";
    let app = TestApp::new().await;
    app.lebak("pegawai.dinkes").await;
    let (place, folder) = empty();
    let (from, to) = (folder.path().join(name), place.folder.path().join(name));
    for path in [&from, &to] {
        std::fs::create_dir(path).unwrap();
    }
    let url = match url::Url::parse(&place.url).unwrap() {
        file if file.scheme() == "sqlite" => format!("sqlite:{}", to.join("sigap.db").display()),
        mut server => server.query_pairs_mut().append_pair("application_name", name).finish().to_string(),
    };
    let file = backed_up(&app, &from).await;
    let restored = restore(settings(&url, &to, ""), app.clock.clone(), Source::plain(&file)).await.unwrap();
    assert!(restored.sessions > 0 && !Path::new("planted").exists());
}

// ASVS 13.3.1
#[actix_web::test]
async fn a_restore_makes_a_folder_for_nobody_else_and_the_keys_that_work_goes_on_with() {
    let app = TestApp::new().await;
    let (place, folder) = empty();
    let file = backed_up(&app, folder.path()).await;
    let data = place.folder.path().join("data");
    let url = match place.url.strip_prefix("sqlite:") {
        Some(_) => format!("sqlite:{}", data.join("sigap.db").display()),
        None => place.url.clone(),
    };
    restore(settings(&url, &data, ""), app.clock.clone(), Source::plain(&file)).await.unwrap();
    let mode = std::fs::metadata(&data).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700, "{mode:o}");
    for keys in ["jwt", "vault"] {
        let made = std::fs::read_dir(data.join("keys").join(keys)).unwrap().count();
        assert!(made > 0, "no keys in keys/{keys}");
    }
}

// L13, L14, R16, R17
#[actix_web::test]
async fn what_was_acknowledged_before_a_backup_under_load_is_there_again_and_nothing_comes_to_life() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    cast.requester.upload(&ticket, "layar.txt", "Isi berkas.", "public").await.created();
    let mut before = vec![ticket["number"].clone()];
    for n in 0..5 {
        before.push(cast.requester.open(&format!("Sebelum {n}")).await["number"].clone());
    }
    cast.app.keep(1, 41, &from("pegawai.dinkes@lebakkab.go.id").about("Menunggu di kotak").bytes()).await;
    let token = cast.requester.token().to_owned();
    let (place, folder) = empty();
    let load = async {
        for n in 0..15 {
            cast.requester.open(&format!("Selama {n}")).await;
        }
    };
    let (file, ()) = futures_util::future::join(backed_up(&cast.app, folder.path()), load).await;
    cast.requester.open("Sesudah").await;

    // Wednesday, seven in the morning: when summaries and checkpoints are owed.
    cast.app.step(Duration::hours(47));
    let restored = put_back(&cast.app, &file, &place).await.unwrap();
    assert_eq!(restored.fingerprint, fingerprint(&cast.app.app).unwrap());
    assert!(restored.mails > 0 && restored.sessions > 0 && restored.files == 1);
    let copy = TestApp::on_database(Rc::clone(&place), cast.app.clock.clone()).await;
    copy.with_token(&token).get("/me").await.refused(401);
    let again = Cast::on(copy).await;
    for number in &before {
        let seen = again.requester.get(&format!("/tickets/{}", number.as_str().unwrap())).await.ok();
        let events = again.coordinator.of(&seen, "events").await;
        assert_eq!(seen["version"].as_i64().unwrap(), i64::try_from(events.len()).unwrap());
    }
    assert!(!again.requester.get("/tickets?limit=200").await.text.contains("Sesudah"));
    let file = again.requester.of(&ticket, "attachments").await.remove(0);
    let bytes = again.requester.get(&format!("/attachments/{}", file["id"].as_str().unwrap())).await;
    assert_eq!(bytes.text, "Isi berkas.");
    nothing_comes_to_life(&again.app).await;

    let refused = release(&again.app.app, None).await.unwrap_err().to_string();
    assert!(refused.contains("--mails send or --mails drop"), "{refused}");
    release(&again.app.app, Some(Held::Drop)).await.unwrap();
    Job::Audit.run(&again.app.app).await.unwrap();
    Job::Outbox.run(&again.app.app).await.unwrap();
    assert_eq!(mails(&again.app), 0);
    // Work goes on, and its mails go out.
    again.requester.open("Setelah pemulihan").await;
    Job::Outbox.run(&again.app.app).await.unwrap();
    assert!(mails(&again.app) > 0);
    let lebak = again.app.region("lebak").await;
    settle(&again.app).await;
    let found = look(&again.app, lebak).await;
    assert_eq!(found.code(), 0, "{found:?}");
}

fn mails(app: &TestApp) -> usize {
    std::fs::read_dir(app.database.folder.path().join("mail")).map_or(0, Iterator::count)
}

/// Neither a mail nor a warning of yesterday; and everybody who reads a page is told.
async fn nothing_comes_to_life(app: &TestApp) {
    let auditor = app.lebak("auditor").await;
    let owed =
        async || app.within(|tx| Ok(on!(tx.conn(), |c| schema::mails::table.count().get_result::<i64>(c))?)).await;
    let before = owed().await;
    let imap = Imap::start();
    imap.folder().arrive("Di server surel");
    let fetching = app.again(&imap.settings()).await;
    fetch::once(&fetching.app).await.unwrap();
    assert_eq!(imap.folder().heard, Vec::<String>::new(), "the mailbox is production's");
    for _ in 0..2 {
        for job in [Job::Audit, Job::Timer, Job::Outbox, Job::Inbox, Job::Digest, Job::Attest, Job::Backup] {
            job.run(&app.app).await.unwrap();
        }
        app.step(Duration::seconds(100));
    }
    assert_eq!((mails(app), owed().await), (0, before), "nothing goes out, and nothing is owed");
    assert!(!app.database.folder.path().join("backups").exists());
    assert!(!auditor.get("/tickets?limit=200").await.text.contains("Menunggu di kotak"));
    for act in ["ticket.warned", "ticket.breached"] {
        assert_eq!(auditor.items(&format!("/audit/entries?action={act}")).await.len(), 0, "{act}");
    }
    assert_eq!(auditor.items("/audit/entries?action=audit.epoch").await.len(), 1);
    let browser = Browser::lebak(app, "koordinator").await;
    assert!(browser.get("/overview").await.words().contains("salinan"), "a banner for everybody");
}

/// The file is sound as it is, and refused with another byte, here and there and everywhere in `all`, cut or longer.
fn only_whole(bytes: &[u8], identities: &[Identity], all: Range<usize>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rusak");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        archive::check(&file, identities).is_err()
    };
    assert!(!refused(bytes));
    let step = bytes.len() / crate::audit::tamper::times(50) + 1;
    for at in (0..bytes.len()).step_by(step).chain(all) {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        assert!(refused(&bytes), "byte {at}");
    }
    for part in 0..20 {
        assert!(refused(&bytes[..bytes.len() * part / 20]), "{part} twentieths");
    }
    assert!(refused(&[bytes, b"x"].concat()));
}

#[actix_web::test]
async fn a_file_with_a_flipped_byte_or_without_its_end_is_refused() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(backed_up(&app, folder.path()).await).unwrap();
    only_whole(&bytes, &[], bytes.len() - 104..bytes.len());
}

#[actix_web::test]
async fn a_restore_goes_into_an_empty_place_only_and_believes_the_named_key_only() {
    let app = TestApp::new().await;
    let (place, folder) = empty();
    let file = backed_up(&app, folder.path()).await;
    let said = |outcome: sigap::error::Result<Restored>| outcome.unwrap_err().to_string();
    let taken = settings(&app.database.url, app.database.folder.path(), "");
    assert!(said(restore(taken, app.clock.clone(), Source::plain(&file)).await).contains("not empty"));
    let full = settings(&app.database.url, &folder.path().join("baru"), "");
    assert!(said(restore(full, app.clock.clone(), Source::plain(&file)).await).contains("database is not empty"));
    let config = || settings(&place.url, place.folder.path(), "");
    let other = restore(config(), app.clock.clone(), Source { fingerprint: Some("00"), ..Source::plain(&file) }).await;
    assert!(said(other).contains("not by the one that --key names"));
    let key = fingerprint(&app.app).unwrap();
    let sealed = Source { fingerprint: Some(&key), ..Source::plain(&file) };
    restore(config(), app.clock.clone(), sealed).await.unwrap();
    assert!(refuse_half(place.folder.path()).is_ok());
    // As a crash leaves it.
    std::fs::write(place.folder.path().join("restoring"), "").unwrap();
    assert!(refuse_half(place.folder.path()).unwrap_err().to_string().contains("not finished"));
}

#[actix_web::test]
async fn a_backup_is_never_written_over_a_file_and_leaves_nothing_half() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = backed_up(&app, folder.path()).await;
    let again = make(&app.app, &file).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// As `age-keygen` prints them.
const IDENTITY: &str = include_str!("../../data/age/identity.txt");
const RECIPIENT: &str = include_str!("../../data/age/recipient.txt");

fn encrypting() -> String {
    format!("[backup]\nevery_minutes = 60\nrecipients = [\"{}\"]\n", RECIPIENT.trim())
}

// L13
#[actix_web::test]
async fn an_encrypted_backup_comes_back_with_the_private_key_and_says_nothing_to_whoever_has_the_servers() {
    let app = TestApp::with(&encrypting()).await;
    let cast = Cast::on(app).await;
    let ticket = cast.requester.open("Rahasia di dalam cadangan").await;
    cast.requester.upload(&ticket, "layar.txt", "Isi berkas.", "public").await.created();
    let (place, folder) = empty();
    let file = backed_up(&cast.app, folder.path()).await;

    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    assert!(!bytes.windows(13).any(|part| part == b"manifest.json"));
    let without = put_back(&cast.app, &file, &place).await.unwrap_err().to_string();
    assert!(without.contains("--identity"), "{without}");
    let other = Identity::list(include_str!("../../data/age/other.txt")).unwrap();
    let refused = archive::check(&file, &other).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("none of the identities"), "{refused}");

    let config = settings(&place.url, place.folder.path(), "");
    let identities = Identity::list(IDENTITY).unwrap();
    let from = Source { identities: &identities, ..Source::plain(&file) };
    let restored = restore(config, cast.app.clock.clone(), from).await.unwrap();
    assert_eq!((restored.files, restored.fingerprint), (1, fingerprint(&cast.app.app).unwrap()));
    let again = Cast::on(TestApp::on_database(Rc::clone(&place), cast.app.clock.clone()).await).await;
    let seen = again.requester.get(&format!("/tickets/{}", ticket["number"].as_str().unwrap())).await.ok();
    assert_eq!(seen["subject"], "Rahasia di dalam cadangan");
}

#[actix_web::test]
async fn an_encrypted_file_that_was_changed_or_cut_is_refused() {
    let app = TestApp::with(&encrypting()).await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(backed_up(&app, folder.path()).await).unwrap();
    only_whole(&bytes, &Identity::list(IDENTITY).unwrap(), 0..220);
}

#[actix_web::test]
async fn a_backup_by_the_schedule_is_encrypted_too_and_counts_as_one() {
    let app = TestApp::with(&encrypting()).await;
    let folder = app.database.folder.path().join("backups");
    app.step(Duration::minutes(1));
    Job::Backup.run(&app.app).await.unwrap();
    Job::Backup.run(&app.app).await.unwrap();
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 1, "the next one is due in an hour: {names:?}");
    assert!(names[0].to_str().unwrap().ends_with(".tar.zst.age"));
    assert!(archive::check(&names[0], &Identity::list(IDENTITY).unwrap()).is_ok());
}

// ASVS 5.3.3
#[test]
fn a_backup_with_a_name_that_is_none_of_ours_is_refused_whoever_sealed_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, some) = (folder.path().join("cadangan"), folder.path().join("isi"));
    std::fs::write(&some, "isi").unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let made = |name: &str| {
        let manifest = archive::Manifest::new("2026-11-28T00:00:00Z".into(), "sqlite", vec![], BTreeMap::new());
        let mut writer = archive::Writer::new(std::fs::File::create(&file).unwrap(), &[], manifest).unwrap();
        writer.add(name, std::fs::File::open(&some).unwrap()).unwrap();
        writer.seal(&key).unwrap();
        archive::check(&file, &[]).map(|_| ())
    };
    made("sigap.db").unwrap();
    for name in
        ["keys/jwt/x.key", "restoring", "sigap.db/x", "attachments/ab", "attachments/zz/00", "attachments/ab/cd/ef"]
    {
        let refusal = made(name).unwrap_err().to_string();
        assert!(refusal.contains("no member of ours"), "{name}: {refusal}");
    }
}

// R16: SIGKILL leaves what a backup had begun to write, in the clear.
#[actix_web::test]
async fn the_next_backup_removes_what_a_killed_one_left_and_nobody_else_reads_what_it_writes() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    for end in ["database", "database-journal", "part"] {
        let name = format!(".019ac0de-0000-7000-8000-000000000000.{end}");
        std::fs::write(folder.path().join(name), "setengah").unwrap();
    }
    let file = backed_up(&app, folder.path()).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[actix_web::test]
async fn a_restore_takes_no_other_kind_of_database() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = backed_up(&app, folder.path()).await;
    let sound = archive::check(&file, &[]).unwrap();
    assert_eq!(sound.manifest.checkpoints.len(), 5);
    assert_eq!(sound.manifest.database, app.app.store.kind());
    let other = if app.app.store.kind() == "sqlite" {
        "postgres://nobody@localhost/nothing?host=/nowhere".to_owned()
    } else {
        format!("sqlite:{}", folder.path().join("x/sigap.db").display())
    };
    let config = settings(&other, &folder.path().join("y"), "");
    let refused = restore(config, app.clock.clone(), Source::plain(&file)).await;
    assert!(refused.unwrap_err().to_string().contains("but the settings name"));
}

// R17: SQLite would read it into whatever database is put there.
#[actix_web::test]
async fn a_restore_goes_to_no_place_where_a_file_of_another_database_was_left_behind() {
    let app = TestApp::new().await;
    let (place, folder) = empty();
    let Some(path) = place.url.strip_prefix("sqlite:") else { return };
    let elsewhere = folder.path().join("lain");
    std::fs::create_dir(&elsewhere).unwrap();
    let (file, database) = (backed_up(&app, folder.path()).await, elsewhere.join(Path::new(path).file_name().unwrap()));
    for end in ["-wal", "-shm", "-journal"] {
        let left = format!("{}{end}", database.display());
        std::fs::write(&left, "lama").unwrap();
        let config = settings(&format!("sqlite:{}", database.display()), place.folder.path(), "");
        let refused = restore(config, app.clock.clone(), Source::plain(&file)).await.unwrap_err().to_string();
        assert!(refused.contains("the database is not empty"), "{end}: {refused}");
        std::fs::remove_file(left).unwrap();
    }
}
