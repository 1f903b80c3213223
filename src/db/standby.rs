//! What stands ready to take over from the PostgreSQL server, and how far behind it is (R4).

use super::Conn;
use crate::error::Result;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};

/// The standbys of the primary.
#[derive(Debug, Clone, PartialEq, Eq, diesel::QueryableByName, serde::Serialize)]
pub struct Standby {
    /// `sync`: what is acknowledged is on a standby; `async`: a take-over may lose the last changes; `none`: there is none.
    #[diesel(sql_type = Text)]
    pub mode: String,
    /// How many follow. None in mode `sync`: changes wait until one does.
    #[diesel(sql_type = BigInt)]
    pub following: i64,
    /// Bytes that the nearest one does not have on its disk yet; unknown without the right `pg_monitor`.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub lag_bytes: Option<i64>,
}

/// Asks the primary.
///
/// # Errors
/// Where the server does not know such questions.
pub(super) fn look(conn: &mut Conn<'_>) -> Result<Option<Standby>> {
    let Conn::Pg(conn) = conn else { return Ok(None) };
    let standby = diesel::sql_query(
        "SELECT CASE WHEN current_setting('synchronous_standby_names') <> '' THEN 'sync' WHEN count(*) > 0 THEN 'async' \
         ELSE 'none' END AS mode, count(*) AS following, \
         min(pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn))::bigint AS lag_bytes \
         FROM pg_stat_replication WHERE state IS NULL OR state IN ('streaming', 'catchup')",
    );
    Ok(Some(standby.get_result(&mut **conn)?))
}
