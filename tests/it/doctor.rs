//! `sigap doctor` finds what stands wrong, and says nothing is wrong where nothing is (ASVS 13.1; L14).

use crate::audit::settle;
use crate::support::TestApp;
use crate::support::app::settings;
use crate::support::db::Database;
use crate::support::device::Device;
use diesel::prelude::*;
use sigap::app::App;
use sigap::cli::doctor::{Finding, State, examine};
use sigap::clock::Clock;
use sigap::db::migrate::Schema;
use sigap::db::schema::{audit_heads, mailboxes};
use sigap::mail::authority::bundle;
use sigap::{on, quarantine};
use std::fs;
use std::os::unix::fs::PermissionsExt;

async fn look(app: &TestApp) -> Vec<Finding> {
    examine(&app.app).await.unwrap()
}

fn of<'a>(all: &'a [Finding], key: &str) -> Vec<&'a Finding> {
    all.iter().filter(|one| one.found.key == key).collect()
}

#[actix_web::test]
async fn a_demo_on_this_machine_is_told_where_to_look_and_has_nothing_to_mend() {
    let app = TestApp::new().await;
    let all = look(&app).await;
    assert!(all.iter().all(|one| one.state < State::Ill), "{all:?}");
    for what in ["settings", "keys", "clock", "database", "attachments", "disk", "mail", "backup", "audit"] {
        assert!(all.iter().any(|one| one.what == what), "{what} in {all:?}");
    }
    assert_eq!(of(&all, "doctor.no_server").len(), 1, "mails become files");
    assert_eq!(of(&all, "doctor.no_factor").len(), 1);
    assert!(of(&all, "doctor.database_unverified").is_empty(), "it is on this machine");
}

#[actix_web::test]
async fn demo_accounts_and_plain_http_must_not_reach_the_world() {
    let app =
        TestApp::with("public_url = 'http://sigap.lebakkab.go.id'\nsecurity_contact = 'mailto:csirt@lebakkab.go.id'")
            .await;
    let all = look(&app).await;
    assert_eq!(of(&all, "doctor.demo")[0].state, State::Ill);
    assert_eq!(of(&all, "doctor.plain")[0].state, State::Ill);
    assert!(of(&all, "doctor.no_contact").is_empty());
}

#[actix_web::test]
async fn a_key_that_others_may_read_is_named() {
    let app = TestApp::new().await;
    let keys = app.app.config.data_dir.join("keys/vault");
    let file = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let all = look(&app).await;
    let found = of(&all, "doctor.keys_open");
    assert_eq!(found[0].state, State::Ill);
    let text = found[0].found.text(sigap::message::Language::Id);
    assert!(text.contains(&file.display().to_string()) && text.contains("chmod 600"), "{text}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(of(&look(&app).await, "doctor.keys_open").is_empty());
}

#[actix_web::test]
async fn a_backup_that_is_overdue_is_told_and_a_fresh_one_is_well() {
    let app = TestApp::with("[backup]\nevery_minutes = 60").await;
    let folder = app.app.config.backup.folder(&app.app.config.data_dir);
    assert_eq!(of(&look(&app).await, "doctor.no_backup_yet").len(), 1);
    fs::create_dir_all(&folder).unwrap();
    let name = |at| sigap::backup::schedule::name(at, &sigap::backup::mark(&app.app).unwrap(), false);
    fs::write(folder.join(name(app.clock.now())), "").unwrap();
    assert_eq!(of(&look(&app).await, "doctor.backup").len(), 1);
    app.step(chrono::Duration::minutes(121));
    let all = look(&app).await;
    assert_eq!(of(&all, "doctor.backup_old")[0].state, State::Ill);
    assert_eq!(of(&all, "doctor.backup_plain")[0].state, State::Look);
    // R11: one whose name lies in the future says nothing of the last one, and keeps nobody from making the next.
    let early = name(app.clock.now().plus(chrono::Duration::days(300)));
    fs::write(folder.join(&early), "").unwrap();
    let all = look(&app).await;
    assert_eq!(of(&all, "doctor.backup_old").len(), 1);
    assert!(of(&all, "doctor.backup_early")[0].found.text(sigap::message::Language::Id).contains(&early));
    sigap::worker::Job::Backup.run(&app.app).await.unwrap();
    assert_eq!(of(&look(&app).await, "doctor.backup").len(), 1);
    assert_eq!(fs::read_dir(&folder).unwrap().filter(|e| e.as_ref().unwrap().metadata().unwrap().len() > 0).count(), 1);
    let recipient = include_str!("../data/age/recipient.txt").trim();
    let app = TestApp::with(&format!("[backup]\nevery_minutes = 60\nrecipients = [\"{recipient}\"]")).await;
    assert!(of(&look(&app).await, "doctor.backup_plain").is_empty());
}

// R15
#[actix_web::test]
async fn a_database_that_is_older_than_what_was_signed_is_told() {
    let app = TestApp::new().await;
    settle(&app).await;
    let all = look(&app).await;
    assert_eq!(of(&all, "doctor.audit").len(), 1);
    assert!(of(&all, "doctor.keys_open").is_empty(), "what was signed is no secret");
    app.within(|tx| {
        Ok(on!(tx.conn(), |c| diesel::update(audit_heads::table)
            .set(audit_heads::size.eq(audit_heads::size - 1))
            .execute(c))?)
    })
    .await;
    let all = look(&app).await;
    assert_eq!(of(&all, "doctor.audit_lost")[0].state, State::Ill);
}

#[actix_web::test]
async fn a_schema_that_is_not_up_to_date_is_told_with_what_is_missing() {
    let app = TestApp::new().await;
    app.lacks_a_migration().await;
    // By a program that is opened beside the service: it looks, and changes nothing.
    let (config, clock) = (app.app.config.clone(), app.clock.clone());
    let beside = App::with(config, clock, None, Schema::AsItIs).unwrap();
    let all = examine(&beside).await.unwrap();
    assert_eq!((all.len(), all[0].state), (1, State::Ill));
    let text = all[0].found.text(sigap::message::Language::Id);
    assert!(text.contains("2026-11-29-000001_speed") && text.contains("sigap migrate"), "{text}");
}

/// What a program says that is opened beside the service, and makes nothing.
async fn look_beside(app: &TestApp) -> Vec<Finding> {
    let (config, clock) = (app.app.config.clone(), app.clock.clone());
    examine(&App::with(config, clock, None, Schema::AsItIs).unwrap()).await.unwrap()
}

#[actix_web::test]
async fn keys_that_are_gone_are_told_and_none_is_made_in_their_place() {
    let app = TestApp::new().await;
    Device::of(&app, &app.lebak("koordinator").await).await;
    settle(&app).await;
    let all = look_beside(&app).await;
    assert!(all.iter().all(|one| one.state < State::Ill), "{all:?}");
    let keys = app.app.config.data_dir.join("keys");
    for kind in ["jwt", "mail", "vault"] {
        fs::rename(keys.join(kind), keys.join(format!("{kind}.away"))).unwrap();
        let all = look_beside(&app).await;
        let found = of(&all, "doctor.keys_missing");
        let text = found[0].found.text(sigap::message::Language::Id);
        assert!(found[0].state == State::Ill && text.contains(&format!("keys/{kind}")), "{text}");
        assert!(!keys.join(kind).exists());
        let is_vault = kind == "vault";
        assert_eq!(of(&all, "doctor.vault_gone").len(), usize::from(is_vault), "{all:?}");
        fs::rename(keys.join(format!("{kind}.away")), keys.join(kind)).unwrap();
    }
    // A key, and not the one that sealed.
    let sealed = fs::read_dir(keys.join("vault")).unwrap().next().unwrap().unwrap().path();
    fs::rename(&sealed, sealed.with_file_name("ffffffff-ffff-7fff-bfff-ffffffffffff.key")).unwrap();
    let all = look_beside(&app).await;
    assert!(of(&all, "doctor.keys_missing").is_empty());
    let text = of(&all, "doctor.vault_gone")[0].found.text(sigap::message::Language::Id);
    assert!(text.contains("1 orang") && text.contains("salinan keys"), "{text}");
}

// R15
#[actix_web::test]
async fn a_log_that_was_signed_and_has_no_keys_here_is_told() {
    let app = TestApp::new().await;
    settle(&app).await;
    let audit = app.app.config.data_dir.join("keys/audit");
    let lebak = audit.join(app.region("lebak").await.to_string());
    fs::rename(lebak.join("signed"), audit.join("aside")).unwrap();
    let all = look_beside(&app).await;
    assert_eq!(of(&all, "doctor.audit_keys").len(), 1, "{all:?}");
    fs::rename(audit.join("aside"), lebak.join("signed")).unwrap();
    assert!(of(&look_beside(&app).await, "doctor.audit_keys").is_empty());
    fs::remove_dir_all(&audit).unwrap();
    let all = look_beside(&app).await;
    let found = of(&all, "doctor.audit_keys");
    assert!(found.len() >= 4 && found.iter().all(|one| one.state == State::Ill), "{all:?}");
    assert!(of(&all, "doctor.audit").is_empty() && !audit.exists());
}

#[actix_web::test]
async fn a_data_directory_that_others_may_look_into_and_files_of_another_user_are_told() {
    let app = TestApp::new().await;
    let data = app.app.config.data_dir.clone();
    let all = look(&app).await;
    assert!(all.iter().all(|one| one.what != "files"), "{all:?}");
    for (mode, state) in [(0o755, State::Ill), (0o750, State::Look)] {
        fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
        let all = look(&app).await;
        assert_eq!(of(&all, "doctor.data_open")[0].state, state, "{mode:o}");
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let key = fs::read_dir(data.join("keys/mail")).unwrap().next().unwrap().unwrap().path();
    // Only root may give a file away.
    if std::os::unix::fs::chown(&key, Some(54_321), None).is_ok() {
        let all = look(&app).await;
        let found = of(&all, "doctor.foreign_files");
        let text = found[0].found.text(sigap::message::Language::Id);
        assert!(found[0].state == State::Ill && text.contains(&key.display().to_string()), "{text}");
    } else {
        println!("skipped: needs root");
    }
}

#[actix_web::test]
async fn an_attachment_that_the_service_can_not_read_is_named_however_deep_it_lies() {
    let app = TestApp::new().await;
    let drawer = app.app.config.data_dir.join("attachments/ab");
    fs::create_dir_all(&drawer).unwrap();
    let files: Vec<_> = (0..7).map(|number| drawer.join(format!("ab{number}"))).collect();
    for file in &files {
        fs::write(file, "x").unwrap();
    }
    let close =
        |mode| files.iter().for_each(|file| fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap());
    close(0o000);
    let all = look(&app).await;
    let found = of(&all, "doctor.closed_files");
    let text = found[0].found.text(sigap::message::Language::Id);
    assert!(found[0].state == State::Ill && text.contains(&files[0].display().to_string()), "{text}");
    assert!(text.contains("(+2)") && text.contains("chmod u+rwX"), "{text}");
    close(0o600);
    assert!(look(&app).await.iter().all(|one| one.what != "files"));
    // Only root may give a file away.
    if std::os::unix::fs::chown(&files[3], Some(54_321), None).is_ok() {
        let all = look(&app).await;
        let text = of(&all, "doctor.foreign_files")[0].found.text(sigap::message::Language::Id);
        assert!(text.contains(&files[3].display().to_string()), "{text}");
    } else {
        println!("skipped: needs root");
    }
}

#[actix_web::test]
async fn a_schema_of_a_newer_program_is_refused_by_whoever_opens_it() {
    let app = TestApp::new().await;
    app.within(|tx| {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20270101000000')";
        Ok(on!(tx.conn(), |c| diesel::sql_query(newer).execute(c))?)
    })
    .await;
    for schema in [Schema::Migrated, Schema::AsItIs] {
        let opened = App::with(app.app.config.clone(), app.clock.clone(), None, schema);
        let said = opened.err().unwrap().to_string();
        assert!(said.contains("20270101000000") && said.contains("start the newer program"), "{schema:?}: {said}");
    }
}

#[actix_web::test]
async fn where_there_is_no_database_yet_whoever_only_looks_makes_none() {
    let database = Database::empty();
    let config = settings(&database.url, database.folder.path(), "");
    let said = App::with(config, Clock::System, None, Schema::AsItIs).err().unwrap().to_string();
    assert!(said.contains("there is none") || said.contains("never migrated"), "{said}");
    assert!(sigap::db::snapshot::is_empty(&database.url).unwrap());
    assert_eq!(fs::read_dir(database.folder.path()).unwrap().count(), 0, "and no folder");
}

#[actix_web::test]
async fn that_a_restored_copy_waits_for_its_release_is_told() {
    let app = TestApp::new().await;
    assert!(look_beside(&app).await.iter().all(|one| one.what != "quarantine"));
    app.within(|tx| {
        let now = tx.now;
        quarantine::begin(tx, now, "ab").map(drop)
    })
    .await;
    let all = look_beside(&app).await;
    let found: Vec<_> = all.iter().filter(|one| one.what == "quarantine").collect();
    let text = found[0].found.text(sigap::message::Language::Id);
    assert!(found[0].state == State::Look && text.contains("sigap restore --release"), "{text}");
}

const MAILBOX: &str = "[imap]\nurl = \"imaps://servicedesk%40lebakkab.go.id:rahasia@mail.lebakkab.go.id\"\n";

#[actix_web::test]
async fn a_mailbox_that_is_not_read_and_a_server_whose_word_nobody_knows_are_told() {
    let app = TestApp::with(MAILBOX).await;
    let desk = "servicedesk@lebakkab.go.id";
    let all = look(&app).await;
    let text = of(&all, "doctor.mailbox_never")[0].found.text(sigap::message::Language::Id);
    assert!(of(&all, "doctor.mailbox_never")[0].state == State::Ill && text.contains(desk), "{text}");
    assert_eq!(of(&all, "doctor.no_authserv")[0].state, State::Look);
    let now = app.clock.now();
    app.within(move |tx| {
        sigap::mail::mailbox::claim(tx, desk)?;
        let read = (mailboxes::fetched_at.eq(Some(now)), mailboxes::last_error.eq(Some("AUTHENTICATIONFAILED")));
        Ok(on!(tx.conn(), |c| diesel::update(mailboxes::table).set(read).execute(c))?)
    })
    .await;
    for (minutes, told) in [(9, 0), (2, 1)] {
        app.step(chrono::Duration::minutes(minutes));
        let all = look(&app).await;
        assert!(of(&all, "doctor.mailbox_never").is_empty());
        let found = of(&all, "doctor.mailbox_late");
        assert_eq!(found.len(), told);
        let says = |one: &&Finding| one.found.text(sigap::message::Language::Id).contains("AUTHENTICATIONFAILED");
        assert!(found.iter().all(says));
    }
    let app = TestApp::with(&format!("{MAILBOX}[inbox]\nauthserv_id = \"mx.lebakkab.go.id\"\n")).await;
    assert!(of(&look(&app).await, "doctor.no_authserv").is_empty());
    assert!(of(&look(&TestApp::new().await).await, "doctor.no_authserv").is_empty(), "without a mailbox");
}

// R11
#[actix_web::test]
async fn a_clock_that_is_not_where_the_audit_log_was_signed_last_is_told() {
    let app = TestApp::new().await;
    settle(&app).await;
    let steps = [(-2, "doctor.clock_behind", State::Ill), (42, "doctor.clock_ahead", State::Look)];
    for (days, key, state) in steps {
        app.step(chrono::Duration::days(days));
        let all = look(&app).await;
        assert_eq!(of(&all, key).iter().map(|one| one.state).collect::<Vec<_>>(), [state], "{key}");
    }
}

#[actix_web::test]
async fn whose_certificates_mail_servers_may_show_is_told_where_they_must_show_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("otoritas.pem");
    fs::write(&file, "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n").unwrap();
    let smtp = "[mail]\nsmtp_url = \"smtps://mail.lebakkab.go.id\"\n";
    let all = look(&TestApp::with(&format!("{smtp}{MAILBOX}")).await).await;
    let (key, state) = match bundle() {
        Some(_) => ("doctor.authorities_system", State::Well),
        None => ("doctor.authorities_built", State::Look),
    };
    let unnamed = of(&all, key);
    let text: Vec<String> = unnamed.iter().map(|one| one.found.text(sigap::message::Language::Id)).collect();
    assert!(unnamed.len() == 2 && unnamed.iter().all(|one| one.state == state), "{all:?}");
    assert!(text[0].starts_with("mail.ca_file kosong") && text[1].starts_with("imap.ca_file kosong"), "{text:?}");
    let named = format!("{smtp}ca_file = {file:?}\n{MAILBOX}ca_file = {file:?}\n");
    let all = look(&TestApp::with(&named).await).await;
    let found = of(&all, "doctor.authorities");
    assert!(found.len() == 2 && found.iter().all(|one| one.state == State::Well), "{all:?}");
    let text = found[0].found.text(sigap::message::Language::Id);
    assert!(text.contains(&file.display().to_string()), "{text}");
    assert!(of(&all, key).is_empty());
    let all = look(&TestApp::new().await).await;
    assert!(all.iter().all(|one| !one.found.key.starts_with("doctor.authorities")), "without a server: {all:?}");
}
