//! PostgreSQL: unsafe settings, lost connections, deadlocks. On SQLite these say that they are skipped.

use crate::support::db::{Database, postgres};
use crate::support::meet::Gathering;
use crate::support::{TestApp, client};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{Connection, PgConnection};
use futures_util::future::join_all;
use serde_json::json;
use sigap::db::schema::sign_in_attempts as rows;
use sigap::db::{Conn, Store, migrate};
use sigap::error::{Error, Result};
use sigap::on;
use std::sync::Arc;

/// `true` on PostgreSQL; says so otherwise.
pub fn here() -> bool {
    let here = postgres().is_some();
    if !here {
        println!("skipped: needs SIGAP_TEST_POSTGRES");
    }
    here
}

fn sql(url: &str, text: &str) {
    PgConnection::establish(url).unwrap().batch_execute(text).unwrap();
}

/// Ends every connection to the database but the one that says so.
fn cut_all(url: &str) {
    let sql_text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql(url, sql_text);
}

fn run(conn: &mut Conn<'_>, text: &str) -> Result<()> {
    let Conn::Pg(conn) = conn else { return Err(Error::internal("not PostgreSQL")) };
    Ok(conn.batch_execute(text)?)
}

#[actix_web::test]
async fn a_database_that_answers_before_it_has_synced_is_refused_by_name() {
    if !here() {
        return;
    }
    for value in ["off", "local"] {
        let database = Database::empty();
        let name = url::Url::parse(&database.url).unwrap().path().trim_start_matches('/').to_owned();
        sql(&database.url, &format!("ALTER DATABASE {name} SET synchronous_commit = {value}"));
        let refusal = Store::open(&database.url, 2, 30).err().unwrap().to_string();
        assert!(refusal.contains(&format!("synchronous_commit is {value}")), "{refusal}");
        sql(&database.url, &format!("ALTER DATABASE {name} SET synchronous_commit = remote_write"));
        Store::open(&database.url, 2, 30).unwrap();
    }
}

#[actix_web::test]
async fn connections_that_were_cut_heal_without_anybody_noticing() {
    if !here() {
        return;
    }
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for round in 0..5 {
        let reads = join_all((0..10).map(|_| me.get("/me"))).await;
        assert!(reads.iter().all(|r| r.status == 200));
        cut_all(&app.database.url);
        if round % 2 == 0 {
            me.open("Sesudah putus").await;
        }
        me.get("/me").await.ok();
    }
    cut_all(&app.database.url);
    let at_once = join_all((0..30).map(|_| me.get("/me"))).await;
    assert!(at_once.iter().all(|r| r.status == 200), "{:?}", at_once.iter().map(|r| r.status).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_write_whose_connection_dies_in_the_middle_runs_again_once_and_whole() {
    if !here() {
        return;
    }
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let write = move |conn: &mut Conn<'_>| {
        super::group_commit::note(conn, "half")?;
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            run(conn, "SELECT pg_terminate_backend(pg_backend_pid())")?;
        }
        super::group_commit::note(conn, "whole")
    };
    store.write(write).await.unwrap();
    assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 2);
    assert_eq!(store.read(super::group_commit::notes).await.unwrap(), ["half", "whole"]);
    // A read is not run again by us; its caller is told to come back.
    let read = store.read(|conn| run(conn, "SELECT pg_terminate_backend(pg_backend_pid())")).await;
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    store.read(super::group_commit::notes).await.unwrap();
}

#[actix_web::test]
async fn a_write_that_always_loses_its_connection_ends_as_unavailable() {
    if !here() {
        return;
    }
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    let write = store.write(|conn| {
        super::group_commit::note(conn, "never")?;
        run(conn, "SELECT pg_terminate_backend(pg_backend_pid())")
    });
    let outcome = write.await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    assert_eq!(store.read(super::group_commit::notes).await.unwrap(), Vec::<String>::new());
}

#[actix_web::test]
async fn of_two_that_deadlock_both_get_through() {
    if !here() {
        return;
    }
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    for word in ["a", "b"] {
        store.write(move |conn| super::group_commit::note(conn, word)).await.unwrap();
    }
    let meet = Gathering::of(2);
    let lock = |first: &'static str, second: &'static str| {
        let (meet, tried) = (Arc::clone(&meet), std::sync::atomic::AtomicBool::new(false));
        store.write(move |conn| {
            let more = |conn: &mut Conn<'_>, word: &str| -> Result<()> {
                on!(conn, |c| diesel::update(rows::table.find(word))
                    .set(rows::failures.eq(rows::failures + 1))
                    .execute(c))?;
                Ok(())
            };
            sigap::db::postgres::take_time(conn)?;
            more(conn, first)?;
            if !tried.swap(true, std::sync::atomic::Ordering::SeqCst) {
                meet.wait();
            }
            more(conn, second)
        })
    };
    let (one, two) = futures_util::future::join(lock("a", "b"), lock("b", "a")).await;
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let counts: Vec<i32> =
        store.read(|conn| Ok(on!(conn, |c| rows::table.select(rows::failures).load(c))?)).await.unwrap();
    assert_eq!(counts, [3, 3]);
}

#[actix_web::test]
async fn what_can_not_be_serialized_is_run_again() {
    if !here() {
        return;
    }
    let database = Database::empty();
    let store = Store::open(&database.url, 4, 30).unwrap();
    store.write(|conn| super::group_commit::note(conn, "n")).await.unwrap();
    let add = || {
        store.write(|conn| {
            run(conn, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
            let now: i32 = on!(conn, |c| rows::table.find("n").select(rows::failures).first(c))?;
            on!(conn, |c| diesel::update(rows::table.find("n")).set(rows::failures.eq(now + 1)).execute(c))?;
            Ok(())
        })
    };
    let outcomes = join_all((0..4).map(|_| add())).await;
    let done = outcomes.iter().filter(|o| o.is_ok()).count();
    // Whoever did not get through in five tries is told so, and has changed nothing.
    assert!(outcomes.iter().all(|o| o.is_ok() || matches!(o, Err(Error::Unavailable(_)))), "{outcomes:?}");
    let value: i32 =
        store.read(|conn| Ok(on!(conn, |c| rows::table.find("n").select(rows::failures).first(c))?)).await.unwrap();
    assert_eq!(usize::try_from(value).unwrap(), 1 + done);
    assert!(done >= 2);
}

#[actix_web::test]
async fn a_keyed_request_whose_connection_dies_still_acts_once() {
    if !here() {
        return;
    }
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let body = json!({ "kind": "incident", "subject": "x", "description": "y" });
    for round in 0..10 {
        let key = format!("k-{round}");
        let send = || {
            let (me, body, key) = (me.clone(), body.clone(), key.clone());
            async move { me.send(actix_web::http::Method::POST, "/tickets", &[("idempotency-key", &key)], Some(body)).await }
        };
        let url = app.database.url.clone();
        let cutting = actix_web::rt::task::spawn_blocking(move || (0..5).for_each(|_| cut_all(&url)));
        let first = send().await;
        assert!(first.status == 201 || first.status == 503, "{} {}", first.status, first.text);
        cutting.await.unwrap();
        let second = send().await.created();
        assert!(first.status == 503 || client::id(&first.json()) == client::id(&second));
    }
    let all = me.get("/tickets?limit=200").await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 10);
}

#[actix_web::test]
async fn a_node_that_starts_while_another_migrates_waits_for_it_however_long_that_takes() {
    if !here() {
        return;
    }
    let database = Database::empty();
    let mut first = PgConnection::establish(&database.url).unwrap();
    first.batch_execute(&format!("SELECT pg_advisory_lock({})", migrate::LOCK)).unwrap();
    let url = database.url.clone();
    let second = std::thread::spawn(move || {
        let mut conn = PgConnection::establish(&url).unwrap();
        // What a request may take, in a world that goes faster.
        conn.batch_execute("SET statement_timeout = '20ms'; SET lock_timeout = '10ms'").unwrap();
        migrate::up(&mut Conn::Pg(&mut conn)).map(|ran| ran.len())
    });
    let waits = "DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '100 ms') LOOP \
                 PERFORM pg_stat_clear_snapshot(); END LOOP; END $$";
    first.batch_execute(&format!("SET statement_timeout = '60s'; {waits}")).unwrap();
    drop(first);
    assert!(second.join().unwrap().unwrap() > 0);
}
