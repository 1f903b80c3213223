//! Messages that the mail server is slow to give, or never gives: they hold up no other, whoever reads (R12).

use super::imap::Imap;
use super::mailbox::{DESK, holding, new, told};
use crate::support::TestApp;
use chrono::Duration;
use diesel::prelude::*;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::Ts;
use sigap::db::schema::mailboxes;
use sigap::mail::mailbox;
use sigap::on;
use sigap::worker::fetch;
use std::time::Duration as Pause;

#[actix_web::test]
async fn a_message_on_which_every_line_breaks_holds_up_no_other() {
    let (imap, app) = holding(3).await;
    imap.folder().ends = Some(|command| command.starts_with("UID FETCH 2 (UID BODY"));
    let why = fetch::once(&app.app).await.unwrap_err();
    assert!(why.contains("message 2") && why.contains("Server shutting down"), "{why}");
    assert_eq!((new(&app).await, told(&app).await), (vec![1, 3], Some(why)));
    imap.folder().ends = None;
    fetch::once(&app.app).await.unwrap();
    assert_eq!(new(&app).await, [1, 2, 3]);
}

/// Waits, though not for ever, until `is_so`.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Pause::from_millis(50)).await;
    }
    panic!("{what}: not within half a minute");
}

/// A mailbox with a second message behind one whose content the server is asked for, and does not give.
async fn hung() -> (Imap, TestApp, String) {
    let imap = Imap::start();
    let settings = format!("{}timeout_seconds = 3\n", imap.settings());
    let app = TestApp::with(&settings).await;
    imap.folder().arrive("Satu");
    imap.folder().arrive("Dua");
    imap.folder().hangs = Some(|command| command.starts_with("UID FETCH 1 (UID BODY"));
    (imap, app, settings)
}

fn is_asked(imap: &Imap) -> bool {
    imap.folder().heard.iter().any(|command| command.starts_with("UID FETCH 1 (UID BODY"))
}

// R12
#[actix_web::test]
async fn while_a_message_hangs_its_node_keeps_the_mailbox_and_takes_the_next_one_afterwards() {
    let (imap, app, settings) = hung().await;
    let other = app.again(&settings).await;
    let meanwhile = async {
        until("the message is asked for", async || is_asked(&imap)).await;
        for _ in 0..2 {
            app.step(Duration::seconds(100));
            let soon = app.clock.now().plus(Duration::seconds(60));
            let is_kept = async || {
                let until = app.look(|conn| {
                    Ok(on!(conn, |c| mailboxes::table.select(mailboxes::lease_until).first::<Option<Ts>>(c))?)
                });
                until.await.is_some_and(|until: Ts| until > soon)
            };
            until("the mailbox is kept", is_kept).await;
            fetch::once(&other.app).await.unwrap();
        }
        let heard = imap.folder().heard.join("\n");
        assert_eq!(heard.matches("LOGIN").count(), 1, "{heard}");
        imap.folder().hangs = None;
    };
    let (outcome, ()) = futures_util::future::join(fetch::once(&app.app), meanwhile).await;
    let why = outcome.unwrap_err();
    assert!(why.contains("message 1"), "{why}");
    assert_eq!((new(&app).await, told(&app).await), (vec![2], Some(why)));
}

// R12
#[actix_web::test]
async fn a_node_that_lost_the_mailbox_to_another_says_so() {
    let (imap, app, _) = hung().await;
    let taken = async {
        until("the message is asked for", async || is_asked(&imap)).await;
        let takes = async || {
            // As for a node that stood still for so long.
            app.step(Duration::minutes(3));
            let claimed = app.app.write(Caller::Anonymous, Origin::default(), |tx| mailbox::claim(tx, DESK)).await;
            claimed.unwrap().is_some()
        };
        until("another takes the mailbox", takes).await;
    };
    let (outcome, ()) = futures_util::future::join(fetch::once(&app.app), taken).await;
    let why = outcome.unwrap_err();
    assert!(why.contains("another node"), "{why}");
    assert_eq!(told(&app).await, None, "the row is the other's");
    imap.folder().hangs = None;
}

// R12
#[actix_web::test]
async fn messages_on_which_lines_broke_are_asked_for_last_at_the_next_visit_and_only_one_of_them() {
    let (imap, app) = holding(7).await;
    imap.folder().ends = Some(|command| command.contains("BODY") && !command.starts_with("UID FETCH 7 "));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let reading = actix_web::rt::spawn(fetch::run(app.app.clone(), stopped));
    until("the last one is marked", async || imap.folder().messages[6].seen).await;
    // Five lines broke at the first visit; at the second one on the sixth message, and one on the first.
    let heard = imap.folder().heard.join("\n");
    assert_eq!(heard.matches("LOGIN").count(), 5 + 3, "{heard}");
    assert_eq!(new(&app).await, [7]);
    stop.send_replace(true);
    reading.await.unwrap();
}
