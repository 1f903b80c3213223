//! The two databases behind one connection type. Outside this folder no diesel connection type is named.

pub mod ahead;
pub mod behind;
pub mod bell;
pub mod columns;
pub mod condition;
pub mod expected;
mod fate;
pub mod fixed;
pub mod half;
pub mod hosts;
pub mod kept;
pub mod line;
pub mod lower;
pub mod migrate;
pub mod one_of;
pub mod page;
pub mod postgres;
pub mod primary;
mod readers;
pub mod schema;
pub mod search;
pub mod snapshot;
pub mod sqlite;
pub mod standby;
pub mod store;
pub mod turn;
pub mod types;

use crate::error::Result;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, PgConnection, QueryResult, SqliteConnection};
use std::num::NonZeroU32;

pub use bell::Bell;
pub use columns::columns;
pub use expected::Expected;
pub use fixed::fixed;
pub use one_of::one_of;
pub use store::Store;
pub use types::{Id, Json, Swept, Ts};

/// A borrowed connection to either database.
pub enum Conn<'a> {
    /// PostgreSQL.
    Pg(&'a mut PgConnection),
    /// The embedded SQLite.
    Sqlite(&'a mut SqliteConnection),
}

/// Runs the same diesel text on whichever database `$conn` is; inside, `Db` names the backend.
#[macro_export]
macro_rules! on {
    ($conn:expr, |$name:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg(inner) => {
                #[allow(dead_code, reason = "most bodies need no backend name")]
                type Db = ::diesel::pg::Pg;
                let $name: &mut ::diesel::PgConnection = &mut **inner;
                $body
            }
            $crate::db::Conn::Sqlite(inner) => {
                #[allow(dead_code, reason = "most bodies need no backend name")]
                type Db = ::diesel::sqlite::Sqlite;
                let $name: &mut ::diesel::SqliteConnection = &mut **inner;
                $body
            }
        }
    };
}

/// Stores many rows of one table in few round trips: several rows a statement on PostgreSQL, one kept statement on
/// SQLite, where a statement costs no round trip and a new text is parsed anew.
///
/// # Errors
/// The database's.
#[macro_export]
macro_rules! store_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        match $conn {
            $crate::db::Conn::Pg(inner) => {
                for some in $rows.chunks($crate::db::ROWS) {
                    ::diesel::insert_into($table).values(some).execute(&mut **inner)?;
                }
            }
            $crate::db::Conn::Sqlite(inner) => {
                for row in $rows {
                    $crate::db::kept::change(&mut **inner, ::diesel::insert_into($table).values(row))?;
                }
            }
        }
    };
}

/// Loads those rows of a query that nobody else holds, and holds them; on SQLite, where whoever writes holds everything, all.
#[macro_export]
macro_rules! unheld {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::db::Conn::Pg(inner) => $query.for_no_key_update().skip_locked().load(&mut **inner),
            $crate::db::Conn::Sqlite(inner) => $query.load(&mut **inner),
        }
    };
}

/// Rows of a statement in [`store_all!`]: PostgreSQL takes 65,535 values, and no table has more than 32 columns.
pub const ROWS: usize = 1000;

/// Gives this connection room for `mebibytes` of pages, so that storing very many rows does not write and read each
/// page of an index again and again; PostgreSQL has a cache of its own.
///
/// # Errors
/// The database's.
pub fn make_room(conn: &mut Conn<'_>, mebibytes: u32) -> Result<()> {
    if let Conn::Sqlite(c) = conn {
        // While a savepoint is open, SQLite walks at the end of each statement through all that it may have to take back, if that
        // lies in memory: a transaction inside one costs the square of its length. In a file it does not.
        c.batch_execute(&format!(
            "PRAGMA cache_size = -{}; PRAGMA temp_store = FILE;",
            mebibytes.saturating_mul(1024)
        ))?;
    }
    Ok(())
}

/// Lets each statement of this transaction be planned for the tables as they are when it runs. Where thousands of lines fill a
/// table that was nearly empty, PostgreSQL would keep the plan of the first ones, which walks the whole table, for all others.
/// SQLite plans by the indexes that there are.
///
/// # Errors
/// The database's.
pub fn plan_anew(conn: &mut Conn<'_>) -> Result<()> {
    if let Conn::Pg(c) = conn {
        c.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan")?;
    }
    Ok(())
}

/// Runs `f` inside a savepoint of the transaction that is open: its error leaves no trace, and the rest goes on.
///
/// # Errors
/// What `f` returns, or the database's.
pub fn savepoint<T>(conn: &mut Conn<'_>, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
    begin_savepoint(conn)?;
    match f(conn) {
        Ok(value) => {
            release_savepoint(conn)?;
            Ok(value)
        }
        Err(error) => {
            // Of a connection that is lost the first error tells more.
            drop(undo_savepoint(conn));
            Err(error)
        }
    }
}

/// Begins a savepoint, or a deferred transaction where none is open.
pub fn begin_savepoint(conn: &mut Conn<'_>) -> Result<()> {
    Ok(on!(conn, |c| AnsiTransactionManager::begin_transaction(c))?)
}

/// Keeps what was done since the innermost savepoint.
pub fn release_savepoint(conn: &mut Conn<'_>) -> Result<()> {
    Ok(on!(conn, |c| AnsiTransactionManager::commit_transaction(c))?)
}

/// Takes back what was done since the innermost savepoint, and ends it.
pub fn undo_savepoint(conn: &mut Conn<'_>) -> Result<()> {
    Ok(on!(conn, |c| undo(c))?)
}

/// As [`undo_savepoint`]. `ROLLBACK TO` alone, which is all that diesel says, leaves the savepoint open to the end of the
/// transaction: SQLite would copy every page for it that is changed from then on, and PostgreSQL keep a subtransaction.
fn undo<C: Connection<TransactionManager = AnsiTransactionManager>>(conn: &mut C) -> QueryResult<()> {
    let before = depth(conn);
    AnsiTransactionManager::rollback_transaction(conn)?;
    match before.saturating_sub(1) {
        0 => Ok(()),
        savepoint => conn.batch_execute(&format!("RELEASE SAVEPOINT diesel_savepoint_{savepoint}")),
    }
}

/// Transactions that are open: one, and the savepoints in it.
fn depth<C: Connection<TransactionManager = AnsiTransactionManager>>(conn: &mut C) -> u32 {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    status.transaction_depth().ok().flatten().map_or(0, NonZeroU32::get)
}
