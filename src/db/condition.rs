//! What the database says of its own settings, for whoever runs it.

use super::{Conn, migrate};
use crate::error::Result;
use diesel::RunQueryDsl;
use diesel::sql_types::{Bool, Text};

/// How the database is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Names of migrations of this program that have not run yet.
    pub pending: Vec<String>,
    /// PostgreSQL: what a look at the server showed.
    pub server: Option<Server>,
}

/// How a PostgreSQL server is set. What loses acknowledged changes stops the start and is not looked at here.
#[derive(Debug, Clone, PartialEq, Eq, diesel::QueryableByName)]
pub struct Server {
    /// Its version.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Pages carry checksums (`initdb --data-checksums`).
    #[diesel(sql_type = Bool)]
    pub checksums: bool,
    /// The log of writes is archived (point-in-time recovery).
    #[diesel(sql_type = Bool)]
    pub archiving: bool,
    /// Archiving has failed since it last succeeded.
    #[diesel(sql_type = Bool)]
    pub archiving_fails: bool,
}

const SERVER: &str = "SELECT current_setting('server_version') AS version, current_setting('data_checksums') = 'on' AS checksums, \
     current_setting('archive_mode') <> 'off' AS archiving, \
     COALESCE(last_failed_time > COALESCE(last_archived_time, '-infinity'), false) AS archiving_fails FROM pg_stat_archiver";

/// Asks the database.
///
/// # Errors
/// What the database says.
pub fn look(conn: &mut Conn<'_>) -> Result<Condition> {
    let pending = migrate::pending(conn)?;
    let server = match conn {
        Conn::Sqlite(_) => None,
        Conn::Pg(c) => Some(diesel::sql_query(SERVER).get_result(&mut **c)?),
    };
    Ok(Condition { pending, server })
}
