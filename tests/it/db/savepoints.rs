//! What is tried inside a transaction and taken back leaves nothing behind, not even its savepoint.

use super::group_commit::{note, notes};
use crate::support::TestApp;
use crate::support::db::Database;
use diesel::connection::SimpleConnection;
use sigap::db::{Conn, Store, savepoint};
use sigap::error::{Error, Result};
use sigap::on;

/// Ends the savepoint of this depth, if one is open.
fn end(conn: &mut Conn<'_>, depth: u32) -> Result<()> {
    Ok(on!(conn, |c| c.batch_execute(&format!("RELEASE SAVEPOINT diesel_savepoint_{depth}")))?)
}

// As long as one is open, SQLite copies each page that is changed for it, and PostgreSQL keeps a subtransaction.
#[actix_web::test]
async fn of_what_is_taken_back_no_savepoint_stays_open() {
    let database = Database::empty();
    let store = Store::open(&database.url, 2, 30).unwrap();
    let left = store.write(|conn| {
        let left = savepoint(conn, |conn| {
            for n in 0..3 {
                let tried = savepoint(conn, |conn| note(conn, &format!("tried {n}")).and(Err::<(), _>(Error::Stale)));
                assert!(matches!(tried, Err(Error::Stale)));
            }
            end(conn, 2)
        });
        note(conn, "kept")?;
        Ok(left.is_ok())
    });
    assert!(!left.await.unwrap(), "a savepoint was left open");
    assert_eq!(store.read(notes).await.unwrap(), ["kept"]);
}

#[actix_web::test]
async fn an_attempt_that_fails_or_is_refused_leaves_no_savepoint_open() {
    let app = TestApp::new().await;
    let left = app.within(|tx| {
        let left = tx.attempt(
            |()| true,
            |tx| {
                assert!(tx.attempt(|()| true, |_| Err(Error::Stale)).is_err());
                tx.attempt(|()| false, |_| Ok(()))?;
                end(tx.conn(), 2)
            },
        );
        Ok(left.is_ok())
    });
    assert!(!left.await, "a savepoint was left open");
}
