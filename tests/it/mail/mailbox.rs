//! Reading a mailbox: each message is stored once, before it is marked, whatever breaks in between (R12, F8).

use super::imap::Imap;
use crate::support::TestApp;
use chrono::Duration;
use diesel::prelude::*;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::schema::{inbound_mails, mailboxes};
use sigap::mail::mailbox;
use sigap::on;
use sigap::worker::fetch;

const DESK: &str = "servicedesk@lebakkab.go.id";

/// UID, state, whether it is cut, and reason of every message that is stored.
async fn stored(app: &TestApp) -> Vec<(i64, String, bool, Option<String>)> {
    app.look(|conn| {
        Ok(on!(conn, |c| inbound_mails::table
            .order((inbound_mails::uid_validity, inbound_mails::uid))
            .select((inbound_mails::uid, inbound_mails::state, inbound_mails::is_cut, inbound_mails::why))
            .load(c))?)
    })
    .await
}

async fn new(app: &TestApp) -> Vec<i64> {
    stored(app).await.into_iter().filter(|(_, state, ..)| state == "received").map(|(uid, ..)| uid).collect()
}

#[actix_web::test]
async fn a_message_is_stored_and_then_marked_and_a_second_look_stores_nothing() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    imap.folder().arrive("Dua");
    fetch::once(&app.app).await.unwrap();
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [1, 2]);
    assert!(imap.folder().messages.iter().all(|m| m.seen));
    let heard = imap.folder().heard.join("\n");
    assert_eq!(heard.matches("BODY.PEEK[]").count(), 2, "{heard}");
    assert!(heard.find("BODY.PEEK[]") < heard.find("STORE"), "{heard}");
    // How long ago that was is told by whoever is asked, also where nobody looks any more.
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    app.step(Duration::minutes(10));
    let told = app.anonymous().from("127.0.0.1").get("/metrics").await.text;
    let age = format!("sigap_imap_last_success_age_seconds{{mailbox=\"{DESK}\"}} 600");
    assert!(told.lines().any(|line| line == age), "{told}");
}

#[actix_web::test]
async fn a_line_that_breaks_while_a_message_is_fetched_loses_none_and_doubles_none() {
    for cut in 1..=4 {
        let imap = Imap::start();
        let app = TestApp::with(&imap.settings()).await;
        for n in 1..=4 {
            imap.folder().arrive(&format!("Surel {n}"));
        }
        imap.folder().cut_at = Some(cut);
        fetch::once(&app.app).await.unwrap_err();
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, [1, 2, 3, 4], "cut at {cut}");
        assert!(imap.folder().messages.iter().all(|m| m.seen), "cut at {cut}");
    }
}

#[actix_web::test]
async fn a_changed_uidvalidity_brings_no_message_twice_and_loses_none_that_came_meanwhile() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    fetch::once(&app.app).await.unwrap();
    imap.folder().validity = 8;
    imap.folder().arrive("Dua");
    // Somebody read it in the mailbox itself before we did.
    imap.folder().messages[1].seen = true;
    fetch::once(&app.app).await.unwrap();
    fetch::once(&app.app).await.unwrap();
    let all = stored(&app).await;
    assert_eq!(new(&app).await, [1, 2]);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[1], (1, "refused".to_owned(), false, Some("duplicate".to_owned())));
}

#[actix_web::test]
async fn of_a_message_over_25_mib_only_the_head_travels() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Besar");
    imap.folder().messages[0].size = 26 * 1024 * 1024;
    fetch::once(&app.app).await.unwrap();
    let all = stored(&app).await;
    assert!(all.len() == 1 && all[0].2, "{all:?}");
    assert!(!imap.folder().heard.iter().any(|command| command.contains("BODY.PEEK[]")));
    assert!(imap.folder().messages[0].seen);
}

#[actix_web::test]
async fn the_past_of_an_old_mailbox_stays_there_and_what_comes_later_does_not_even_if_somebody_read_it() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    for n in 1..=3 {
        imap.folder().arrive(&format!("Lama {n}"));
    }
    imap.folder().messages.iter_mut().for_each(|m| m.seen = m.uid != 2);
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [2]);
    imap.folder().arrive("Baru");
    imap.folder().messages[3].seen = true;
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [2, 4]);
}

#[actix_web::test]
async fn a_wrong_password_is_told_without_the_password_and_ends_nothing() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    imap.folder().password = "lain";
    let why = fetch::once(&app.app).await.unwrap_err();
    assert!(why.contains("Authentication failed") && !why.contains("rahasia"), "{why}");
    let told: Option<String> =
        app.look(|conn| Ok(on!(conn, |c| mailboxes::table.select(mailboxes::last_error).first(c))?)).await;
    assert_eq!(told, Some(why));
    imap.folder().password = "rahasia";
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [1]);
}

#[actix_web::test]
async fn while_another_node_has_the_mailbox_nobody_knocks_and_when_that_one_is_silent_it_is_taken_over() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    let claimed = app.app.write(Caller::Anonymous, Origin::default(), |tx| mailbox::claim(tx, DESK)).await.unwrap();
    assert!(claimed.is_some());
    fetch::once(&app.app).await.unwrap();
    assert!(imap.folder().heard.is_empty());
    app.step(Duration::minutes(3));
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [1]);
}

#[actix_web::test]
async fn a_restored_copy_that_holds_its_mail_does_not_read_the_mailbox_either() {
    let imap = Imap::start();
    let app = TestApp::with(&format!("{}[mail]\nhold = true\n", imap.settings())).await;
    imap.folder().arrive("Satu");
    fetch::once(&app.app).await.unwrap();
    assert!(imap.folder().heard.is_empty());
}

#[actix_web::test]
async fn a_node_that_is_told_to_stop_gives_the_mailbox_back_at_once() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let reading = actix_web::rt::spawn(fetch::run(app.app.clone(), stopped));
    while !imap.folder().messages.iter().all(|m| m.seen) {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    reading.await.unwrap();
    imap.folder().arrive("Dua");
    fetch::once(&app.again(&imap.settings()).await.app).await.unwrap();
    assert_eq!(new(&app).await, [1, 2], "whoever starts next need not wait for a lease");
}
