//! What is ill of the service reaches whoever keeps a region without his asking, in the morning and once a day.

use super::post::{Got, Post};
use crate::audit::{look, settle};
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::Cast;
use crate::support::time::PATIENT;
use diesel::prelude::*;
use serde_json::json;
use sigap::access::Tx;
use sigap::app::ledger;
use sigap::cli::doctor::{State, examine};
use sigap::db::Ts;
use sigap::db::schema::{audit_heads, audit_tiles, mailboxes};
use sigap::on;
use sigap::worker::Job;

const NO_BACKUP: &str = "[backup]\nevery_minutes = 0\n";
const MAILBOX: &str = "[imap]\nurl = \"imaps://servicedesk%40lebakkab.go.id:rahasia@mail.lebakkab.go.id\"\n";

/// The mails of a morning.
async fn mailed(cast: &Cast, post: &Post) -> Vec<Got> {
    post.now(&cast.app).await;
    sigap::worker::digest::run(&cast.app.app).await.unwrap();
    post.now(&cast.app).await
}

/// Who got one of them, of those who keep a region.
fn keepers(mails: &[Got]) -> Vec<&str> {
    let mut all: Vec<&str> = mails.iter().map(|m| m.to.as_str()).filter(|to| to.starts_with("admin@")).collect();
    all.sort_unstable();
    all
}

/// What they say is to be looked at.
fn ills(mail: &Got) -> Vec<&str> {
    mail.text.lines().filter_map(|line| line.strip_prefix("Perlu diperiksa: ")).collect()
}

#[actix_web::test]
async fn a_mailbox_that_nobody_reads_is_told_once_a_day_to_whoever_keeps_its_region_and_to_nobody_else() {
    let cast = Cast::on(TestApp::with(&format!("{NO_BACKUP}{MAILBOX}{PATIENT}")).await).await;
    let post = Post::of(&cast.app);
    cast.at("2026-04-07 07:30:00");
    let mails = mailed(&cast, &post).await;
    assert_eq!(keepers(&mails), ["admin@lebakkab.go.id"]);
    let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id").unwrap();
    assert_eq!(mine.subject, "SIGAP perlu diperiksa, Selasa, 7 April 2026");
    assert!(ills(mine)[0].starts_with("Kotak surat servicedesk@lebakkab.go.id tidak terbaca"), "{}", mine.text);
    assert!(ills(mine).len() == 1 && mine.text.contains("/admin/health"), "{}", mine.text);
    assert!(!mine.raw.contains("rahasia"), "no password");
    assert!(mails.iter().filter(|mail| mail.to != mine.to).all(|mail| ills(mail).is_empty()), "a keeper's alone");
    cast.at("2026-04-07 08:30:00");
    assert!(mailed(&cast, &post).await.is_empty(), "once a day");
    cast.at("2026-04-08 07:30:00");
    read(&cast, Some(cast.app.clock.now()), None).await;
    assert!(keepers(&mailed(&cast, &post).await).is_empty(), "all is well");
}

/// Lets a node have read the mailbox, last to its end at that time, and have met this since.
async fn read(cast: &Cast, at: Option<Ts>, met: Option<&'static str>) {
    cast.app
        .within(move |tx| {
            sigap::mail::mailbox::claim(tx, "servicedesk@lebakkab.go.id")?;
            let row = (mailboxes::fetched_at.eq(at), mailboxes::last_error.eq(met));
            Ok(on!(tx.conn(), |c| diesel::update(mailboxes::table).set(row).execute(c))?)
        })
        .await;
}

/// A row of the page of health, as Lebak's administrator sees it.
async fn row(app: &TestApp, what: &str) -> String {
    let page = Browser::lebak(app, "admin").await.get("/admin/health").await;
    page.all("tbody tr").into_iter().find(|row| row.starts_with(what)).unwrap()
}

#[actix_web::test]
async fn a_mailbox_of_which_one_message_can_not_be_had_is_not_called_unread_nor_its_password_wrong() {
    let cast = Cast::on(TestApp::with(&format!("{NO_BACKUP}{MAILBOX}{PATIENT}")).await).await;
    let post = Post::of(&cast.app);
    let before = cast.app.clock.now();
    let told = async |day: &str, met| {
        read(&cast, Some(before), met).await;
        cast.at(day);
        let mails = mailed(&cast, &post).await;
        let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id").unwrap();
        (ills(mine)[0].to_owned(), row(&cast.app, "Kotak surat").await)
    };
    for (day, met, detail) in [
        ("2026-04-07 07:30:00", Some("message 123: FETCH: NO"), "message 123: FETCH: NO"),
        // A large one that is being read for the first time.
        ("2026-04-08 07:30:00", None, "Terakhir dibaca sampai habis Senin, 2 Maret 2026"),
    ] {
        let (mail, page) = told(day, met).await;
        assert!(mail.contains("tidak terbaca sampai habis") && !mail.contains("sandi"), "{mail}");
        assert!(page.starts_with(&format!("Kotak surat perlu diperiksa {detail}")), "{page}");
    }
    let (mail, page) = told("2026-04-09 07:30:00", Some("LOGIN: NO AUTHENTICATIONFAILED")).await;
    assert!(mail.contains("tidak terbaca: surel pelapor tidak menjadi tiket") && mail.contains("sandi"), "{mail}");
    assert!(page.starts_with("Kotak surat perlu diperiksa LOGIN"), "{page}");
}

// L14: offices switch off at night.
#[actix_web::test]
async fn after_a_night_without_power_nobody_is_called_for_the_backup_that_is_on_its_way() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let post = Post::of(&cast.app);
    cast.at("2026-04-06 17:00:00");
    Job::Backup.run(&cast.app.app).await.unwrap();
    post.now(&cast.app).await;
    cast.at("2026-04-07 07:20:00");
    let morning = cast.app.again(PATIENT).await;
    let told = async |at: &str| {
        cast.at(at);
        sigap::worker::digest::run(&morning.app).await.unwrap();
        let mails = post.now(&cast.app).await;
        let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id");
        mine.map(|mail| ills(mail).iter().map(|ill| (*ill).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(told("2026-04-07 07:21:00").await, None);
    assert!(row(&morning, "Cadangan").await.starts_with("Cadangan perlu diperiksa"), "whoever looks sees it");
    let late = told("2026-04-07 08:21:00").await.unwrap();
    assert!(late.len() == 1 && late[0].starts_with("Cadangan terakhir sudah 15 jam yang lalu"), "{late:?}");
}

#[actix_web::test]
async fn whoever_had_his_summary_from_a_node_that_is_well_is_told_by_another_what_is_ill_and_once() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let post = Post::of(&cast.app);
    let chief = cast.coordinator.id().await;
    cast.give(&chief, "admin", None).await;
    let well = cast.app.again(&format!("{NO_BACKUP}{PATIENT}")).await;
    cast.at("2026-04-13 07:00:00");
    post.now(&cast.app).await;
    let to_chief = async |node: &TestApp| {
        sigap::worker::digest::run(&node.app).await.unwrap();
        let mails = post.now(&cast.app).await.into_iter().filter(|mail| mail.to == "koordinator@lebakkab.go.id");
        mails.map(|mail| (mail.subject.clone(), ills(&mail).len())).collect::<Vec<_>>()
    };
    assert_eq!(to_chief(&well).await, [("Ringkasan Senin, 13 April 2026".to_owned(), 0)]);
    assert_eq!(to_chief(&cast.app).await, [("SIGAP perlu diperiksa, Senin, 13 April 2026".to_owned(), 1)]);
    for node in [&cast.app, &well] {
        assert!(to_chief(node).await.is_empty());
    }
    cast.at("2026-04-14 07:00:00");
    assert_eq!(to_chief(&cast.app).await, [("Ringkasan Selasa, 14 April 2026".to_owned(), 1)]);
    assert!(to_chief(&cast.app).await.is_empty(), "he is told in it");
}

#[actix_web::test]
async fn what_is_ill_of_the_machine_is_told_to_every_keeper_in_words_without_its_places() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let post = Post::of(&cast.app);
    cast.app.tick().await;
    cast.at("2026-04-11 07:30:00");
    assert!(mailed(&cast, &post).await.is_empty(), "a Saturday");
    cast.at("2026-04-13 07:30:00");
    let chief = cast.coordinator.id().await;
    cast.give(&chief, "admin", None).await;
    let cast = Cast::on(cast.app).await;
    let mails = mailed(&cast, &post).await;
    let all = ["blorakab", "lebakkab", "purbalinggakab", "temanggungkab"].map(|d| format!("admin@{d}.go.id"));
    assert_eq!(keepers(&mails), all);
    let data = cast.app.app.config.data_dir.display().to_string();
    for mail in mails.iter().filter(|mail| mail.to.starts_with("admin@") || mail.to == "koordinator@lebakkab.go.id") {
        let told = ills(mail);
        assert_eq!(told.len(), 2, "{}", mail.text);
        assert!(
            told[0].starts_with("Pengatur waktu terhenti") && told[1].starts_with("Belum ada cadangan"),
            "{told:?}"
        );
        assert!(!mail.text.contains(&data), "{}", mail.text);
        let is_keepers_alone = mail.to.starts_with("admin@");
        assert_eq!(mail.text.contains("Yang menyangkut server, sampaikan kepada"), is_keepers_alone, "{}", mail.text);
    }
    let both: Vec<&Got> = mails.iter().filter(|mail| mail.to == "koordinator@lebakkab.go.id").collect();
    assert_eq!(both.len(), 1, "who watches and keeps gets one mail");
    assert!(both[0].text.contains("Belum selesai di Service Desk Tier 1: 0"), "{}", both[0].text);
    let other = mails.iter().find(|mail| mail.to == "koordinator@temanggungkab.go.id").unwrap();
    assert!(ills(other).is_empty(), "{}", other.text);
    cast.admin.patch("/me/mails", json!({ "unwanted": ["digest"] })).await.ok();
    cast.at("2026-04-14 07:30:00");
    assert!(!keepers(&mailed(&cast, &post).await).contains(&"admin@lebakkab.go.id"), "he does without");
}

// L13
#[actix_web::test]
async fn an_audit_log_that_is_signed_no_more_is_told_to_whoever_keeps_its_region_by_mail_and_page() {
    let cast = Cast::on(TestApp::with(&format!("{NO_BACKUP}{PATIENT}")).await).await;
    let post = Post::of(&cast.app);
    settle(&cast.app).await;
    let row = async || row(&cast.app, "Catatan audit").await;
    assert!(row().await.starts_with("Catatan audit baik Terakhir ditandatangani"), "{}", row().await);
    let lebak = cast.app.region("lebak").await;
    cast.app
        .within(move |tx| {
            let head = audit_heads::table.filter(audit_heads::log_id.eq(lebak));
            Ok(on!(tx.conn(), |c| diesel::update(head).set(audit_heads::size.eq(audit_heads::size - 1)).execute(c))?)
        })
        .await;
    cast.at("2026-04-07 07:30:00");
    Job::Audit.run(&cast.app.app).await.unwrap_err();
    let mails = mailed(&cast, &post).await;
    assert_eq!(keepers(&mails), ["admin@lebakkab.go.id"]);
    let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id").unwrap();
    assert!(ills(mine)[0].starts_with("Catatan audit tidak dapat lagi"), "{}", mine.text);
    assert!(row().await.starts_with("Catatan audit perlu diperiksa"), "{}", row().await);
    let page = Browser::of(&cast.app, "admin@temanggungkab.go.id").await.get("/admin/health").await;
    let theirs = page.all("tbody tr").into_iter().find(|row| row.starts_with("Catatan audit")).unwrap();
    assert!(theirs.starts_with("Catatan audit baik"), "{theirs}");
    let room = page.all("tbody tr").into_iter().find(|row| row.starts_with("Ruang penyimpanan")).unwrap();
    assert!(room.contains("MB kosong"), "{room}");
}

// L13: a crash of the disk leaves a file empty; a copy by root can't be read; whoever holds the database removes hashes.
#[actix_web::test]
async fn an_audit_log_that_can_not_even_be_looked_at_is_told_and_all_others_are_signed() {
    let cast = Cast::on(TestApp::with(&format!("{NO_BACKUP}{PATIENT}")).await).await;
    let post = Post::of(&cast.app);
    settle(&cast.app).await;
    let [lebak, blora] = [cast.app.region("lebak").await, cast.app.region("blora").await];
    let file = cast.app.app.config.data_dir.join("keys/audit").join(lebak.to_string()).join("signed");
    std::fs::write(file, "").unwrap();
    for account in ["admin@blorakab.go.id", "admin@temanggungkab.go.id"] {
        cast.app.sign_in(account).await;
    }
    ledger::place(&cast.app.app).await.unwrap();
    cast.app
        .within(move |tx| {
            let tiles = audit_tiles::table.filter(audit_tiles::log_id.eq(blora));
            Ok(on!(tx.conn(), |c| diesel::delete(tiles).execute(c))?)
        })
        .await;
    cast.at("2026-04-07 07:30:00");
    Job::Audit.run(&cast.app.app).await.unwrap_err();
    assert_eq!(keepers(&mailed(&cast, &post).await), ["admin@blorakab.go.id", "admin@lebakkab.go.id"]);
    assert!(row(&cast.app, "Catatan audit").await.starts_with("Catatan audit perlu diperiksa"));
    let theirs = cast.app.region("temanggung").await;
    assert_eq!(look(&cast.app, theirs).await.unsigned, 0);
}

#[actix_web::test]
async fn what_only_runs_out_soon_is_told_to_keepers_on_mondays_and_what_has_run_out_every_morning() {
    let app = TestApp::with(&format!("{NO_BACKUP}{PATIENT}")).await;
    app.until(crate::worktime::wib("2027-10-01 07:30:00"));
    let cast = Cast::on(app).await;
    let post = Post::of(&cast.app);
    assert!(keepers(&mailed(&cast, &post).await).is_empty(), "a Friday");
    cast.at("2027-10-04 07:30:00");
    let mails = mailed(&cast, &post).await;
    assert_eq!(keepers(&mails).len(), 4);
    let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id").unwrap();
    assert!(
        mine.text.contains("Perlu diperbarui: Kabupaten Lebak belum punya hari libur nasional 2028"),
        "{}",
        mine.text
    );
    cast.at("2028-01-04 07:30:00");
    assert_eq!(keepers(&mailed(&cast, &post).await).len(), 4, "a Tuesday of a year without holidays");
}

// L15
#[actix_web::test]
async fn a_desk_with_a_new_address_that_no_mailbox_is_read_for_is_told_by_mail_page_and_doctor_until_one_is() {
    let cast = Cast::on(TestApp::with(&format!("{NO_BACKUP}{MAILBOX}{PATIENT}")).await).await;
    let post = Post::of(&cast.app);
    let desk = async |address: &str| {
        cast.operator.patch("/regions/lebak", json!({ "desk_mailbox": address })).await.ok();
    };
    let read = async |text: &str| {
        cast.at(text);
        let now = cast.app.clock.now();
        let read = move |tx: &mut Tx<'_>| {
            sigap::mail::mailbox::claim(tx, "servicedesk@lebakkab.go.id")?;
            let read = mailboxes::fetched_at.eq(Some(now));
            Ok(on!(tx.conn(), |c| diesel::update(mailboxes::table).set(read).execute(c))?)
        };
        cast.app.within(read).await;
    };
    let doctor = async || {
        let all = examine(&cast.app.app).await.unwrap().into_iter();
        all.filter(|one| one.found.key == "health.unheard").map(|one| one.state).collect::<Vec<_>>()
    };
    let row = async || {
        let page = Browser::lebak(&cast.app, "admin").await.get("/admin/health").await;
        page.all("tbody tr").into_iter().filter(|row| row.starts_with("Kotak surat")).collect::<Vec<_>>()
    };
    desk("bantuan@lebakkab.go.id").await;
    read("2026-04-07 07:30:00").await;
    let mails = mailed(&cast, &post).await;
    assert_eq!(keepers(&mails), ["admin@lebakkab.go.id"]);
    let told = "Surel ke alamat meja bantuan@lebakkab.go.id tidak dibaca siapa pun: kotak surat yang dibaca masih servicedesk@lebakkab.go.id.";
    let mine = mails.iter().find(|mail| mail.to == "admin@lebakkab.go.id").unwrap();
    assert!(ills(mine).len() == 1 && ills(mine)[0].starts_with(told), "{}", mine.text);
    assert_eq!(doctor().await, [State::Ill]);
    assert!(row().await.len() == 1 && row().await[0].starts_with(&format!("Kotak surat perlu diperiksa {told}")));
    desk("Servicedesk@lebakkab.go.id").await;
    read("2026-04-08 07:30:00").await;
    assert!(keepers(&mailed(&cast, &post).await).is_empty(), "the mailbox that is read is the desk's");
    assert_eq!((doctor().await.len(), row().await.len()), (0, 1));
    assert!(row().await[0].starts_with("Kotak surat baik"), "{:?}", row().await);
    // Whoever holds a copy's mail reads no mailbox of his own accord.
    desk("bantuan@lebakkab.go.id").await;
    let copy = cast.app.again(&format!("{MAILBOX}{PATIENT}\n[mail]\nhold = true\n")).await;
    let all = examine(&copy.app).await.unwrap();
    assert!(all.iter().all(|one| one.found.key != "health.unheard"), "{all:?}");
}
