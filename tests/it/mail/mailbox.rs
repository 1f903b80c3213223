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

pub const DESK: &str = "servicedesk@lebakkab.go.id";

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

/// What the last try met.
pub async fn told(app: &TestApp) -> Option<String> {
    app.look(|conn| Ok(on!(conn, |c| mailboxes::table.select(mailboxes::last_error).first(c))?)).await
}

pub async fn new(app: &TestApp) -> Vec<i64> {
    stored(app).await.into_iter().filter(|(_, state, ..)| state == "received").map(|(uid, ..)| uid).collect()
}

/// A mailbox that holds so many mails, none of which was read.
pub async fn holding(mails: usize) -> (Imap, TestApp) {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    for n in 1..=mails {
        imap.folder().arrive(&format!("Surel {n}"));
    }
    (imap, app)
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
        let (imap, app) = holding(4).await;
        imap.folder().cut_at = Some(cut);
        fetch::once(&app.app).await.unwrap_err();
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, [1, 2, 3, 4], "cut at {cut}");
        assert!(imap.folder().messages.iter().all(|m| m.seen), "cut at {cut}");
    }
}

// R12
#[actix_web::test]
async fn what_the_server_does_not_give_is_told_and_asked_for_again_and_holds_up_no_other() {
    let (imap, app) = holding(3).await;
    imap.folder().refuses = Some(|command| command.starts_with("UID FETCH 2 "));
    for _ in 0..2 {
        let why = fetch::once(&app.app).await.unwrap_err();
        assert!(why.contains("Temporary failure"), "{why}");
        assert_eq!(told(&app).await, Some(why));
        assert_eq!(new(&app).await, [1, 3]);
        let marked: Vec<bool> = imap.folder().messages.iter().map(|m| m.seen).collect();
        assert_eq!(marked, [true, false, true]);
    }
    // A later mail is no reason to leave that one behind.
    imap.folder().arrive("Surel 4");
    fetch::once(&app.app).await.unwrap_err();
    imap.folder().refuses = None;
    fetch::once(&app.app).await.unwrap();
    assert_eq!((new(&app).await, told(&app).await), (vec![1, 2, 3, 4], None));
    let heard = imap.folder().heard.join("\n");
    assert_eq!(heard.matches("UID FETCH 3 (UID BODY").count(), 1, "what is stored is not fetched again: {heard}");
}

// R12
#[actix_web::test]
async fn a_search_that_is_refused_passes_over_no_message() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    let mut expected = Vec::new();
    for n in 1..=2 {
        expected.push(n);
        imap.folder().arrive(&format!("Surel {n}"));
        imap.folder().refuses = Some(|command| command.contains("SEARCH"));
        let why = fetch::once(&app.app).await.unwrap_err();
        assert_eq!(told(&app).await, Some(why));
        imap.folder().refuses = None;
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, expected);
    }
}

#[actix_web::test]
async fn a_mailbox_in_which_nothing_can_be_marked_is_read_all_the_same_and_that_is_told() {
    let store: fn(&str) -> bool = |command| command.contains("STORE");
    let expunge: fn(&str) -> bool = |command| command.contains("EXPUNGE");
    for (after, refuses) in [("seen", store), ("delete", store), ("delete", expunge)] {
        let imap = Imap::start();
        let app = TestApp::with(&format!("{}after = \"{after}\"\n", imap.settings())).await;
        for n in 1..=25 {
            imap.folder().arrive(&format!("Surel {n}"));
        }
        imap.folder().refuses = Some(refuses);
        let why = fetch::once(&app.app).await.unwrap_err();
        assert!(why.contains("Temporary failure"), "{why}");
        assert_eq!(told(&app).await, Some(why));
        assert_eq!(new(&app).await, (1..=25).collect::<Vec<i64>>(), "{after}");
        imap.folder().refuses = None;
        fetch::once(&app.app).await.unwrap();
        assert_eq!(told(&app).await, None);
        let left: Vec<u32> = imap.folder().messages.iter().filter(|m| !m.seen).map(|m| m.uid).collect();
        assert_eq!(left, [0_u32; 0], "{after}");
    }
}

// R12
#[actix_web::test]
async fn a_server_that_ends_at_any_step_of_a_look_loses_no_message() {
    for step in 1..=9 {
        let (imap, app) = holding(3).await;
        imap.folder().ends_at = Some(step);
        let why = fetch::once(&app.app).await.unwrap_err();
        assert!(why.contains("Server shutting down"), "step {step}: {why}");
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, [1, 2, 3], "step {step}");
        assert!(imap.folder().messages.iter().all(|m| m.seen), "step {step}");
    }
}

#[actix_web::test]
async fn a_message_that_somebody_removes_before_it_is_fetched_is_passed_over() {
    for end in ["OK done", "NO [EXPUNGEISSUED] Some of the requested messages no longer exist."] {
        let (imap, app) = holding(3).await;
        imap.folder().goes = Some((2, end));
        fetch::once(&app.app).await.unwrap();
        assert_eq!((new(&app).await, told(&app).await), (vec![1, 3], None), "{end}");
    }
}

#[actix_web::test]
async fn on_another_server_the_past_stays_where_it_is_and_what_came_meanwhile_is_taken() {
    for tells_next in [true, false] {
        let imap = Imap::start();
        let app = TestApp::with(&imap.settings()).await;
        imap.folder().tells_next = tells_next;
        for n in 1..=5 {
            imap.folder().arrive(&format!("Lama {n}"));
        }
        let long_ago = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        for message in &mut imap.folder().messages {
            (message.seen, message.day) = (true, long_ago);
        }
        imap.folder().arrive("Satu");
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, [6]);
        imap.folder().validity = 8;
        imap.folder().arrive("Dua");
        imap.folder().arrive("Tiga");
        // Somebody read one of them there before we did, and to one the new server gave another day.
        imap.folder().messages[6].seen = true;
        imap.folder().messages[7].day = long_ago;
        // The first look there does not come to its end.
        imap.folder().refuses = Some(|command| command.starts_with("UID FETCH 7 "));
        fetch::once(&app.app).await.unwrap_err();
        imap.folder().refuses = None;
        for _ in 0..2 {
            fetch::once(&app.app).await.unwrap();
        }
        assert_eq!(new(&app).await, [6, 7, 8]);
        imap.folder().arrive("Empat");
        fetch::once(&app.app).await.unwrap();
        assert_eq!(new(&app).await, [6, 7, 8, 9]);
        assert_eq!(stored(&app).await.len(), 5, "and the one that was known already");
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
    for tells_next in [true, false] {
        let imap = Imap::start();
        let app = TestApp::with(&imap.settings()).await;
        imap.folder().tells_next = tells_next;
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
}

#[actix_web::test]
async fn a_wrong_password_is_told_without_the_password_and_ends_nothing() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    imap.folder().arrive("Satu");
    imap.folder().password = "lain";
    let why = fetch::once(&app.app).await.unwrap_err();
    assert!(why.contains("Authentication failed") && !why.contains("rahasia"), "{why}");
    assert_eq!(told(&app).await, Some(why));
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
