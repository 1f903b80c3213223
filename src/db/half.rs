//! The mark of a database that is being put back. It is there before any of the data is, and goes in the transaction that
//! puts all of it into quarantine; until then nobody but the restore opens the database, from whichever node and data
//! directory.

use super::Conn;
use crate::error::{Error, Result};
use crate::on;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;

/// The table that is the mark.
pub(super) const MARK: &str = "restoring";

#[derive(diesel::QueryableByName)]
struct Marks {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Marks the database.
///
/// # Errors
/// The database's.
pub(super) fn mark(conn: &mut Conn<'_>) -> Result<()> {
    Ok(on!(conn, |c| c.batch_execute(&format!("CREATE TABLE IF NOT EXISTS {MARK} (begun INTEGER)")))?)
}

/// Takes the mark away, within the transaction that is open.
///
/// # Errors
/// The database's.
pub fn unmark(conn: &mut Conn<'_>) -> Result<()> {
    Ok(on!(conn, |c| c.batch_execute(&format!("DROP TABLE {MARK}")))?)
}

/// Refuses a database that is marked.
///
/// # Errors
/// [`Error::Start`] that says what to do.
pub(super) fn refuse(conn: &mut Conn<'_>) -> Result<()> {
    let tables = match conn {
        Conn::Sqlite(_) => "sqlite_master WHERE type = 'table' AND name",
        Conn::Pg(_) => "pg_tables WHERE schemaname = 'public' AND tablename",
    };
    let sql = format!("SELECT count(*) AS count FROM {tables} = '{MARK}'");
    if on!(conn, |c| diesel::sql_query(sql).get_result::<Marks>(c))?.count == 0 {
        return Ok(());
    }
    Err(Error::start(
        "a restore into this database was begun and not finished; empty it and the data directory, and restore again",
    ))
}
