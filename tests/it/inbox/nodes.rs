//! Each message acts once: fetched twice, by two nodes, with a stop between any two steps (R12).

use super::replies::{REQUESTER, opened, to};
use super::room::{MAILBOX, became, from};
use crate::mail::post::Post;
use crate::support::TestApp;
use crate::support::build::next;
use crate::support::desk::Cast;
use chrono::Duration;
use diesel::connection::SimpleConnection as _;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::Conn;
use sigap::inbox::act::act;
use sigap::inbox::parse::parse;
use sigap::inbox::speak::Kept;
use sigap::mail::inbound::{self, Inbound};
use sigap::mail::intake;

/// Those of a few UIDs that are stored.
async fn stored(app: &TestApp, uid_validity: u32) -> Vec<u32> {
    app.within(move |tx| inbound::known(tx, MAILBOX, uid_validity, &[6, 7, 41])).await
}

async fn claim(app: &TestApp) -> Option<Inbound> {
    app.within(intake::claim).await
}

/// What the job does with a message that it has taken.
async fn finish(app: &TestApp, mail: &Inbound) {
    let (program, mail) = (app.app.clone(), mail.clone());
    let letter = parse(mail.raw.as_deref().unwrap()).unwrap();
    let done = app
        .app
        .write(Caller::Anonymous, Origin::default(), move |tx| act(tx, &program, &mail, &letter, &Kept::default()));
    done.await.unwrap();
}

#[actix_web::test]
async fn a_message_that_is_fetched_twice_is_stored_once_also_under_another_uidvalidity() {
    let cast = Cast::new().await;
    assert_eq!(stored(&cast.app, 1).await, [0_u32; 0]);
    let raw = from(REQUESTER).bytes();
    assert!(cast.app.keep(1, 41, &raw).await);
    assert!(!cast.app.keep(1, 41, &raw).await, "the same place");
    assert!(!cast.app.keep(1, 41, b"something else").await, "a place holds one message");
    cast.app.act_on_mail().await;
    assert!(!cast.app.keep(2, 7, &raw).await, "the mailbox counts anew");
    assert_eq!((stored(&cast.app, 1).await, stored(&cast.app, 2).await), (vec![41], vec![7]));
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(7).await), "refused duplicate");
    assert_eq!(cast.coordinator.items("/tickets").await.len(), 1);
}

#[actix_web::test]
async fn two_copies_of_one_message_on_two_ways_act_once() {
    let cast = Cast::new().await;
    let copy =
        |host: &str| from(REQUESTER).with("Message-ID", "<satu@klien.example>").with("Received", &format!("by {host}"));
    assert_eq!(became(&cast.app.deliver(&copy("a")).await), "done ticket");
    assert_eq!(became(&cast.app.deliver(&copy("b")).await), "refused duplicate");
    // Another sender's message of the same id is another message.
    let other = copy("c").with("From", "pegawai.disdik@lebakkab.go.id");
    assert_eq!(became(&cast.app.deliver(&other).await), "done ticket");
    assert_eq!(cast.coordinator.items("/tickets").await.len(), 2);
}

#[actix_web::test]
async fn two_nodes_act_on_each_message_once() {
    let cast = Cast::new().await;
    let other = cast.app.again("").await;
    for _ in 0..10 {
        cast.app.keep(1, next(), &from(REQUESTER).bytes()).await;
    }
    futures_util::future::join(cast.app.act_on_mail(), other.act_on_mail()).await;
    assert_eq!(cast.coordinator.items("/tickets").await.len(), 10);
    let rows = cast.admin.items("/inbound?state=done").await;
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().all(|row| row["attempts"] == 1));
}

#[actix_web::test]
async fn a_node_that_stops_leaves_the_message_to_another_and_does_nothing_later() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("Sekali.");
    cast.app.keep(1, 99, &reply.bytes()).await;
    let first = claim(&cast.app).await.unwrap();
    assert!(claim(&cast.app).await.is_none(), "it is taken");
    cast.app.step(Duration::minutes(5));
    let second = claim(&cast.app).await.unwrap();
    assert_eq!((first.id, first.fence + 1), (second.id, second.fence));
    finish(&cast.app, &first).await;
    assert!(cast.tier1.of(&ticket, "comments").await.is_empty(), "it is no longer his");
    finish(&cast.app, &second).await;
    finish(&cast.app, &second).await;
    finish(&cast.app, &first).await;
    assert_eq!(cast.tier1.of(&ticket, "comments").await.len(), 1);
    assert_eq!(became(&cast.app.message(99).await), "done comment");
}

#[actix_web::test]
async fn a_message_on_which_every_node_ends_is_left_as_unreadable_and_holds_up_nobody() {
    let cast = Cast::on(TestApp::with(crate::support::time::PATIENT).await).await;
    cast.app.keep(1, 1, &from(REQUESTER).bytes()).await;
    for _ in 0..5 {
        assert!(claim(&cast.app).await.is_some());
        // Another one comes in and is done meanwhile.
        assert_eq!(became(&cast.app.deliver(&from(REQUESTER)).await), "done ticket");
        cast.app.step(Duration::minutes(5));
    }
    cast.app.act_on_mail().await;
    assert!(claim(&cast.app).await.is_none());
    let row = cast.app.message(1).await;
    assert_eq!((became(&row), row.raw.is_some()), ("unreadable gave_up".into(), true));
    // Its region sees it, and may have it looked at again.
    let seen = cast.admin.items("/inbound?state=unreadable").await;
    assert_eq!((seen.len(), &seen[0]["outcome"]), (1, &serde_json::json!("gave_up")));
    let again = format!("/inbound/{}/retry", seen[0]["id"].as_str().unwrap());
    cast.admin.post(&again, serde_json::json!({})).await.ok();
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(1).await), "done ticket");
}

#[actix_web::test]
async fn a_failure_is_told_and_the_next_try_waits() {
    let cast = Cast::new().await;
    cast.app.keep(1, 5, &from(REQUESTER).bytes()).await;
    let mail = claim(&cast.app).await.unwrap();
    cast.app.within(move |tx| intake::fail(tx, &mail, "disk\r\nfull")).await;
    assert!(claim(&cast.app).await.is_none());
    assert_eq!(cast.app.message(5).await.last_error.as_deref(), Some("disk full"));
    cast.app.step(Duration::minutes(1));
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(5).await), "done ticket");
}

// R11, R12
#[actix_web::test]
async fn what_was_acted_on_under_a_wrong_clock_makes_the_databases_trouble_no_messages_own() {
    let far = Duration::days(400);
    let cast = Cast::new().await.much_later(far).await;
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER)).await), "done ticket");
    cast.app.step(-far);
    let uid = next();
    cast.app.keep(1, uid, &from(REQUESTER).bytes()).await;
    for _ in 0..3 {
        let mail = claim(&cast.app).await.unwrap();
        cast.app.within(move |tx| intake::give_back(tx, &mail, "the statement took too long")).await;
        assert_eq!(cast.app.message(uid).await.attempts, 0, "nobody else got through since");
        cast.app.step(Duration::minutes(1));
    }
}

#[actix_web::test]
async fn while_no_file_can_be_kept_messages_with_one_wait_uncounted_and_hold_up_no_other() {
    let cast = Cast::on(TestApp::with(crate::support::time::PATIENT).await).await;
    let incoming = cast.app.database.folder.path().join("attachments/incoming");
    // As where the share is away.
    std::fs::remove_dir(&incoming).unwrap();
    std::fs::write(&incoming, "").unwrap();
    let body =
        "--b\r\n\r\nTerlampir.\r\n--b\r\nContent-Type: application/pdf; name=bukti.pdf\r\n\r\n%PDF-1.4\r\n--b--\r\n";
    let with_file = || from(REQUESTER).holds("multipart/mixed; boundary=b", body);
    cast.app.keep(1, 1, &with_file().bytes()).await;
    for _ in 0..8 {
        sigap::inbox::run(&cast.app.app).await.unwrap_err();
        cast.app.step(Duration::minutes(5));
    }
    let row = cast.app.message(1).await;
    assert_eq!((became(&row), row.attempts), ("received -".into(), 0));
    assert!(row.last_error.unwrap().contains("incoming"), "what it waits for is told");
    // Others have got through meanwhile, which says nothing about a disk.
    for uid in 2..=5 {
        cast.app.keep(1, uid, &with_file().bytes()).await;
    }
    cast.app.keep(1, 6, &from(REQUESTER).bytes()).await;
    for _ in 0..2 {
        let why = sigap::inbox::run(&cast.app.app).await.unwrap_err().to_string();
        assert!(why.contains("incoming"), "{why}");
        assert_eq!(became(&cast.app.message(6).await), "done ticket", "in the same run");
        cast.app.step(Duration::minutes(1));
    }
    for uid in 1..=5 {
        let row = cast.app.message(uid).await;
        assert_eq!((became(&row), row.attempts), ("received -".into(), 0), "{uid}");
    }
    std::fs::remove_file(&incoming).unwrap();
    std::fs::create_dir(&incoming).unwrap();
    cast.app.step(Duration::minutes(1));
    cast.app.act_on_mail().await;
    let row = cast.app.message(1).await;
    assert_eq!((became(&row), row.attempts), ("done ticket".into(), 1));
    let files = format!("/tickets/{}/attachments", row.ticket_id.unwrap());
    assert_eq!(cast.requester.items(&files).await.len(), 1);
}

/// Lets the database refuse tickets whose subject begins so, as if its disk were full.
async fn jam(app: &TestApp, subject: &'static str) {
    app.within(move |tx| {
        let unless = format!("new.subject LIKE '{subject}%'");
        Ok(match tx.conn() {
            Conn::Sqlite(c) => c.batch_execute(&format!(
                "DROP TRIGGER IF EXISTS jammed; CREATE TRIGGER jammed BEFORE INSERT ON tickets WHEN {unless} \
                 BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            )),
            Conn::Pg(c) => c.batch_execute(&format!(
                "CREATE OR REPLACE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'disk is full'; END $$; DROP TRIGGER IF EXISTS jammed ON tickets; \
                 CREATE TRIGGER jammed BEFORE INSERT ON tickets FOR EACH ROW WHEN ({unless}) EXECUTE FUNCTION jam()"
            )),
        }?)
    })
    .await;
}

// R24
#[actix_web::test]
async fn a_message_on_which_the_database_fails_ends_where_others_get_through_and_waits_where_nobody_does() {
    let settings = format!("[inbox]\ntickets_per_hour = 100\n{}", crate::support::time::PATIENT);
    let cast = Cast::on(TestApp::with(&settings).await).await;
    cast.app.keep(1, 1, &from(REQUESTER).about("Racun").bytes()).await;
    let rounds = async |count: usize, sender: &str| {
        for _ in 0..count {
            cast.app.keep(1, next(), &from(sender).bytes()).await;
            // Each run ends where the database fails.
            for _ in 0..3 {
                drop(sigap::inbox::run(&cast.app.app).await);
                cast.app.step(Duration::seconds(1));
            }
            cast.app.step(Duration::minutes(5));
        }
        cast.app.message(1).await
    };
    jam(&cast.app, "").await;
    let row = rounds(6, REQUESTER).await;
    assert_eq!((became(&row), row.attempts), ("received -".into(), 0));
    assert!(row.last_error.unwrap().contains("disk is full"));
    jam(&cast.app, "Racun").await;
    let row = rounds(12, "pegawai.disdik@lebakkab.go.id").await;
    assert_eq!((became(&row), row.raw.is_some()), ("unreadable gave_up".into(), true));
    assert!(row.last_error.unwrap().contains("disk is full"), "what it met is told");
    let others = cast.admin.items("/inbound?state=done&limit=50").await;
    assert_eq!(others.len(), 18);
}

// R17
#[actix_web::test]
async fn a_restored_copy_that_is_on_hold_acts_on_nothing() {
    let cast = Cast::on(TestApp::with("[inbox]\nhold = true\n").await).await;
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER)).await), "received -");
}
