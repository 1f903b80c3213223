//! Several nodes, and nodes that stop in the middle: a mail is one node's for a while, and marked by nobody else (R9).

use super::post::{Post, run};
use super::sink::{Sink, Verdict};
use crate::support::TestApp;
use crate::support::desk::Cast;
use crate::support::meet::until;
use chrono::Duration;
use sigap::access::{Origin, Tx};
use sigap::app::Caller;
use sigap::mail::claim::{self, Claimed};
use sigap::mail::transport::Failure;
use sigap::ticket::mails;
use std::collections::BTreeMap;

async fn claim(app: &TestApp, limit: usize) -> Vec<Claimed> {
    let program = app.app.clone();
    let take = move |tx: &mut Tx<'_>| claim::claim(tx, &program.mailer, mails::reader, limit);
    let taken = app.app.write(Caller::Anonymous, Origin::default(), take);
    taken.await.unwrap()
}

async fn mark(app: &TestApp, mail: &Claimed) -> bool {
    let mail = mail.clone();
    app.within(move |tx| claim::mark_sent(tx, &mail)).await
}

// B5
#[actix_web::test]
async fn two_nodes_send_each_mail_once() {
    let cast = Cast::new().await;
    let other = cast.app.again("").await;
    let (here, there) = (Post::of(&cast.app), Post::of(&other));
    for n in 0..15 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    futures_util::future::join(run(&cast.app), run(&other)).await;
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let (ours, theirs) = (here.take(), there.take());
    for mail in ours.iter().chain(&theirs) {
        *ids.entry(mail.header("message-id").unwrap()).or_default() += 1;
    }
    assert_eq!((ids.len(), ids.values().max()), (30, Some(&1)));
}

#[actix_web::test]
async fn a_node_that_stops_after_taking_leaves_the_mail_to_another_with_the_same_bytes_and_marks_nothing_later() {
    let cast = Cast::new().await;
    cast.requester.open("SIMPEG mati").await;
    let first = claim(&cast.app, 10).await;
    assert_eq!(first.len(), 2);
    assert!(claim(&cast.app, 10).await.is_empty(), "they are taken");
    cast.app.step(Duration::minutes(5));
    let second = claim(&cast.app, 10).await;
    assert_eq!(second.len(), 2);
    for (was, is) in first.iter().zip(&second) {
        assert_eq!((was.id, &was.bytes, was.fence + 1), (is.id, &is.bytes, is.fence));
        assert!(!mark(&cast.app, was).await, "it is no longer his");
        let failure = Failure { lasting: true, reached: true, why: "550".into() };
        let late = was.clone();
        assert!(!cast.app.within(move |tx| claim::mark_failed(tx, &late, &failure)).await);
        assert!(mark(&cast.app, is).await);
        assert!(!mark(&cast.app, is).await, "once");
    }
    assert_eq!(cast.admin.items("/mails?state=sent").await.len(), 2);
}

#[actix_web::test]
async fn while_a_mail_is_under_way_the_next_of_its_ticket_and_recipient_waits() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let first = claim(&cast.app, 10).await;
    cast.tier1.escalate(&ticket).await.ok();
    let others: Vec<String> = claim(&cast.app, 10).await.into_iter().map(|m| m.to).collect();
    assert_eq!(others.len(), 2, "{others:?}");
    assert!(others.iter().all(|to| to.starts_with("tier2")));
    for mail in &first {
        assert!(mark(&cast.app, mail).await);
    }
    let rest: Vec<String> = claim(&cast.app, 10).await.into_iter().map(|m| m.to).collect();
    assert_eq!(rest, ["pegawai.dinkes@lebakkab.go.id"]);
}

#[actix_web::test]
async fn what_was_sent_is_forgotten_but_for_its_id() {
    use diesel::prelude::*;
    use sigap::db::schema::mails;
    let cast = Cast::new().await;
    let _post = Post::of(&cast.app);
    cast.requester.open("Kata yang khas").await;
    run(&cast.app).await;
    let rows: Vec<sigap::mail::outbox::Mail> = cast
        .app
        .look(|conn| Ok(sigap::on!(conn, |c| mails::table.select(sigap::mail::outbox::Mail::as_select()).load(c))?))
        .await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(row.message.is_none() && row.message_id.is_some() && row.facts.0 == serde_json::json!({}), "{row:?}");
    }
}

#[actix_web::test]
async fn a_node_takes_no_more_mails_than_it_can_begin_soon_at_the_pace_of_the_server() {
    use diesel::prelude::*;
    use sigap::db::schema::mails;
    let sink = Sink::start(|_| Verdict::Take);
    let settings = sink.settings("connections = 1000\n").replace("per_second = 1000", "per_second = 1");
    let cast = Cast::on(TestApp::with(&settings).await).await;
    for n in 0..6 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    let taken = async || {
        let leased = mails::table.filter(mails::lease_until.is_not_null());
        cast.app.look(move |conn| Ok(sigap::on!(conn, |c| leased.count().get_result::<i64>(c))?)).await
    };
    let first = async {
        let mut some = 0;
        let look = async || {
            some = taken().await;
            some > 0
        };
        until("mails that are taken", look).await;
        some
    };
    tokio::select! {
        taken = first => assert_eq!(taken, 10, "of twelve"),
        () = run(&cast.app) => panic!("all twelve have gone"),
    }
}
