//! Two requests that meet at the same row, in an order that the test chooses, without waiting for any time to pass; and threads
//! that wait for each other.

use super::TestApp;
use super::db::postgres;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use futures_util::future::join;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Longer than any machine takes: what has not come by then never will.
pub const LONG: Duration = Duration::from_mins(1);

/// Asks until it is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let began = Instant::now();
    async move {
        while !is_so().await {
            assert!(began.elapsed() < LONG, "in vain waited for: {what}");
            tokio::task::yield_now().await;
        }
    }
}

/// Where so many threads wait for each other. One that does not come fails the test, and lets nobody wait for ever.
pub struct Gathering {
    missing: Mutex<usize>,
    bell: Condvar,
}

impl Gathering {
    pub fn of(count: usize) -> Arc<Self> {
        Arc::new(Self { missing: Mutex::new(count), bell: Condvar::new() })
    }

    pub fn wait(&self) {
        let mut missing = self.missing.lock().unwrap();
        *missing -= 1;
        self.bell.notify_all();
        let (missing, waited) = self.bell.wait_timeout_while(missing, LONG, |missing| *missing > 0).unwrap();
        assert!(!waited.timed_out(), "{missing} did not come");
    }
}

/// Lets `first` and then `second` come as far as the `rows`, which a stranger holds, and on from there in this order. On
/// SQLite, where one writer takes whole transactions, one after the other.
pub async fn in_order<A, B>(
    app: &TestApp,
    rows: &str,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> (A, B) {
    if postgres().is_none() {
        return (first.await, second.await);
    }
    let url = &app.database.url;
    let mut stranger = stranger(app, &format!("SELECT 1 FROM {rows} FOR UPDATE"));
    let rest = async {
        waiting(url, 1).await;
        let release = async {
            waiting(url, 2).await;
            stranger.batch_execute("COMMIT").unwrap();
        };
        join(second, release).await.0
    };
    join(first, rest).await
}

/// A stranger on PostgreSQL who has done this in a transaction that is open.
pub fn stranger(app: &TestApp, has_done: &str) -> PgConnection {
    let mut stranger = PgConnection::establish(&app.database.url).unwrap();
    stranger.batch_execute(&format!("BEGIN; {has_done}")).unwrap();
    stranger
}

/// Until so many wait for a lock.
pub async fn waiting(url: &str, count: usize) {
    let waits = format!(
        "SET statement_timeout = '60s'; DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock') < {count} LOOP \
         PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
    );
    let url = url.to_owned();
    let look = move || PgConnection::establish(&url).unwrap().batch_execute(&waits).unwrap();
    actix_web::rt::task::spawn_blocking(look).await.unwrap();
}
