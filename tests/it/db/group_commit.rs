//! Many writes share a commit, and none shares another's fate.

use crate::support::TestApp;
use crate::support::db::{Database, postgres};
use actix_web::http::Method;
use diesel::prelude::*;
use futures_util::future::{join_all, maybe_done};
use serde_json::json;
use sigap::db::schema::sign_in_attempts as rows;
use sigap::db::{Conn, Store, Ts, begin_savepoint};
use sigap::error::{Error, Result};
use sigap::on;
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// Stores a word; which table does not matter.
pub fn note(conn: &mut Conn<'_>, word: &str) -> Result<()> {
    let at = Ts::new(crate::support::app::monday_morning());
    let row = (rows::key.eq(word), rows::failures.eq(1), rows::last_at.eq(at));
    on!(conn, |c| diesel::insert_into(rows::table).values(row).execute(c))?;
    Ok(())
}

pub fn notes(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    Ok(on!(conn, |c| rows::table.select(rows::key).order(rows::key).load(c))?)
}

/// A store whose writer is held up, so that what is written meanwhile waits and becomes one group.
async fn held(store: &Store) -> impl FnOnce() + use<> {
    let (release, released) = channel::<()>();
    let (tell, begun) = channel::<()>();
    let writer = store.clone();
    let released = Mutex::new(released);
    let hold = actix_web::rt::spawn(async move {
        writer
            .write(move |_| {
                // Nobody waits when it runs once more.
                let _ = tell.send(());
                let _ = released.lock().unwrap().recv();
                Ok(())
            })
            .await
            .unwrap();
    });
    actix_web::rt::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
    drop(hold);
    move || release.send(()).unwrap()
}

/// Lets every write join the queue, without waiting for one. Where nothing holds them up they may be done by then.
async fn queued<T>(
    writes: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Pin<Box<impl Future<Output = Vec<T>>>> {
    let mut all = Box::pin(maybe_done(join_all(writes)));
    std::future::poll_fn(|context| {
        assert!(all.as_mut().poll(context).is_pending() || postgres().is_some());
        Poll::Ready(())
    })
    .await;
    Box::pin(async move {
        all.as_mut().await;
        all.as_mut().take_output().unwrap()
    })
}

#[actix_web::test]
async fn of_twenty_writes_in_a_group_exactly_the_four_that_fail_are_taken_back() {
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    let release = if postgres().is_none() { Some(held(&store).await) } else { None };
    let writes = (0..20).map(|n| {
        store.write(move |conn| {
            note(conn, &format!("{n:02}"))?;
            match n {
                3 => Err(Error::NotFound),
                7 => note(conn, "07"),
                11 => Err(Error::internal("on purpose")),
                // An open savepoint of its own, as a command may leave it.
                15 => begin_savepoint(conn).and(note(conn, "15-inner")).and(Err(Error::Stale)),
                _ => Ok(()),
            }
        })
    });
    let writes = queued(writes).await;
    if let Some(release) = release {
        release();
    }
    let outcomes: Vec<bool> = writes.await.into_iter().map(|o| o.is_ok()).collect();
    let failed: Vec<usize> = (0..20).filter(|n| !outcomes[*n]).collect();
    assert_eq!(failed, [3, 7, 11, 15]);
    let kept: Vec<String> = (0..20).filter(|n| !failed.contains(n)).map(|n| format!("{n:02}")).collect();
    assert_eq!(store.read(notes).await.unwrap(), kept);
}

/// How often each of eight writes of a group runs of which the sixth fails, half done or before it changed anything; and that
/// it alone left nothing.
async fn runs(store: &Store, group: &str, is_half_done: bool) -> Vec<usize> {
    let count = Arc::new(Mutex::new(vec![0; 8]));
    let release = if postgres().is_none() { Some(held(store).await) } else { None };
    let writes = (0..8).map(|n| {
        let (word, count) = (format!("{group}{n}"), Arc::clone(&count));
        store.write(move |conn| {
            count.lock().unwrap()[n] += 1;
            if n == 5 && !is_half_done {
                return Err(Error::Stale);
            }
            note(conn, &word)?;
            if n == 5 { Err(Error::Stale) } else { Ok(()) }
        })
    });
    let writes = queued(writes).await;
    if let Some(release) = release {
        release();
    }
    let outcomes = writes.await;
    assert!(outcomes.iter().enumerate().all(|(n, o)| matches!((n, o), (5, Err(Error::Stale)) | (_, Ok(())))));
    let kept: Vec<String> = [0, 1, 2, 3, 4, 6, 7].iter().map(|n| format!("{group}{n}")).collect();
    let all = store.read(notes).await.unwrap();
    assert_eq!(all.into_iter().filter(|word| word.starts_with(group)).collect::<Vec<_>>(), kept);
    let runs = count.lock().unwrap();
    runs.clone()
}

#[actix_web::test]
async fn a_write_that_fails_half_done_lets_those_before_it_run_once_more_and_later_groups_are_careful() {
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    let once = vec![1; 8];
    assert_eq!(runs(&store, "a", false).await, once);
    let again = if postgres().is_none() { vec![2, 2, 2, 2, 2, 1, 1, 1] } else { once.clone() };
    assert_eq!(runs(&store, "b", true).await, again);
    assert_eq!(runs(&store, "c", true).await, once);
}

#[actix_web::test]
async fn a_panic_in_one_write_takes_back_that_one_and_hurts_no_other() {
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    let release = if postgres().is_none() { Some(held(&store).await) } else { None };
    let writes = (0..6).map(|n| {
        store.write(move |conn| {
            note(conn, &format!("{n}"))?;
            if n == 2 || n == 4 {
                begin_savepoint(conn)?;
                note(conn, &format!("{n}-inner"))?;
                panic!("on purpose");
            }
            Ok(())
        })
    });
    let writes = queued(writes).await;
    if let Some(release) = release {
        release();
    }
    let outcomes = writes.await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let panicked = n == 2 || n == 4;
        assert_eq!(matches!(outcome, Err(Error::Internal(_))), panicked, "{n}: {outcome:?}");
    }
    assert_eq!(store.read(notes).await.unwrap(), ["0", "1", "3", "5"]);
    for n in 6..9 {
        store.write(move |conn| note(conn, &format!("{n}"))).await.unwrap();
    }
    assert_eq!(store.read(notes).await.unwrap().len(), 7);
    // A panic while reading does not take a reader away for good.
    for _ in 0..8 {
        let outcome = store.read(|_| -> Result<()> { panic!("on purpose") }).await;
        assert!(matches!(outcome, Err(Error::Internal(_))));
    }
    assert_eq!(store.read(notes).await.unwrap().len(), 7);
}

#[actix_web::test]
async fn when_too_many_writes_wait_the_next_is_told_to_come_back() {
    if postgres().is_some() {
        println!("skipped: SQLite only, PostgreSQL has no queue of ours");
        return;
    }
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let release = held(&app.app.store).await;
    let body = json!({ "kind": "incident", "subject": "x", "description": "y" });
    let waiting = (0..1024).map(|n| app.app.store.write(move |conn| note(conn, &format!("w{n}"))));
    let waiting = queued(waiting).await;
    let reply = me.send(Method::POST, "/tickets", &[("idempotency-key", "k")], Some(body.clone())).await;
    reply.refused(503);
    assert_eq!(reply.header("retry-after"), Some("2"));
    // Reading goes on.
    me.get("/me").await.ok();
    release();
    assert!(waiting.await.into_iter().all(|o| o.is_ok()));
    me.send(Method::POST, "/tickets", &[("idempotency-key", "k")], Some(body)).await.created();
}
