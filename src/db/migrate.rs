//! Migrations: embedded, forward at every start, one node at a time.

use super::{Conn, half};
use crate::error::{self, Error, Result};
use crate::on;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource as _, MigrationVersion};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number, as long as every version of the program takes the same.
pub const LOCK: i64 = 0x5347_4150;

/// What becomes of the schema when a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It is brought to this program's, and made where there is none.
    Migrated,
    /// It is brought to this program's, and must be there: for commands that change a service, and make none in a wrong place.
    Present,
    /// It stays: for commands that only look, perhaps beside the service of an older program.
    AsItIs,
    /// It is brought to this program's by a restore, which has marked the database and is not at its end; whoever opens
    /// it otherwise is refused.
    PutBack,
}

impl Schema {
    /// `true` where what is not there yet is made: the database, its folder, keys.
    #[must_use]
    pub const fn makes(self) -> bool {
        matches!(self, Self::Migrated | Self::PutBack)
    }

    pub(super) fn settle(self, conn: &mut Conn<'_>) -> Result<()> {
        if self != Self::PutBack {
            half::refuse(conn)?;
        }
        if self == Self::Present {
            ran(conn)?;
        }
        if self == Self::AsItIs { Ok(()) } else { up(conn).map(drop) }
    }
}

/// Brings the database to this program's schema and returns the names of the migrations that ran. Each runs in a
/// transaction of its own, so that a crash leaves the one before.
///
/// # Errors
/// [`Error::Start`] with the database's reason.
pub fn up(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    match conn {
        Conn::Sqlite(c) => {
            refuse_newer(&named(&c.applied_migrations().map_err(|e| failed(&e))?))?;
            Ok(named(&c.run_pending_migrations(SQLITE).map_err(|e| failed(&e))?))
        }
        Conn::Pg(c) => {
            // A migration takes what it takes, and another node waits for it; the connection serves no request.
            c.batch_execute(
                "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0",
            )?;
            diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(&mut **c)?;
            let known = c.applied_migrations().map_err(|e| failed(&e)).and_then(|ran| refuse_newer(&named(&ran)));
            let ran =
                known.and_then(|()| c.run_pending_migrations(POSTGRES).map(|ran| named(&ran)).map_err(|e| failed(&e)));
            diesel::sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(&mut **c)?;
            ran
        }
    }
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    Error::start(error::with_remedy(&format!("migration: {cause}")))
}

/// A schema that a newer program has made is not this one's: what it can't see it would break.
fn refuse_newer(ran: &[String]) -> Result<()> {
    let ours = ours()?;
    let is_ours = |version: &String| ours.iter().any(|(one, _)| one == version);
    let newer: Vec<&str> = ran.iter().filter(|version| !is_ours(version)).map(String::as_str).collect();
    if newer.is_empty() {
        return Ok(());
    }
    Err(Error::start(format!(
        "the database is newer than this program, which does not know its migration {}; start the newer program, or restore \
         the backup that was made before the update",
        newer.join(", ")
    )))
}

/// Version and name of each of this program's migrations, which are the same for both databases.
fn ours() -> Result<Vec<(String, String)>> {
    let all: Vec<Box<dyn Migration<Sqlite>>> = SQLITE.migrations().map_err(|e| failed(&e))?;
    Ok(all.iter().map(|one| (one.name().version().to_string(), one.name().to_string())).collect())
}

fn named(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

#[derive(diesel::QueryableByName)]
struct Ran {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Versions of the migrations that ran. Only reads, which what diesel has for it does not.
fn ran(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    let asked = on!(conn, |c| diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Ran>(c));
    let ran = asked.map_err(|e| match e.to_string() {
        why if why.contains("__diesel_schema_migrations") => Error::start(
            "the database was never migrated; set SIGAP_DATABASE_URL or --config to the service's, or run `sigap migrate`",
        ),
        _ => e.into(),
    })?;
    Ok(ran.into_iter().map(|one| one.version).collect())
}

/// The names of the migrations that this program has and the database has not.
///
/// # Errors
/// What the database says; of one that was never migrated, that it has no table of migrations; of one that a newer program
/// has migrated, that it is newer.
pub fn pending(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    let ran = ran(conn)?;
    refuse_newer(&ran)?;
    let pending = ours()?.into_iter().filter(|(version, _)| !ran.contains(version));
    Ok(pending.map(|(_, name)| name).collect())
}

/// Takes every migration back; for the test that runs up → down → up.
///
/// # Errors
/// [`Error::Start`] with the database's reason.
pub fn down(conn: &mut Conn<'_>) -> Result<()> {
    match conn {
        Conn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(drop).map_err(|e| failed(&e)),
        Conn::Pg(c) => c.revert_all_migrations(POSTGRES).map(drop).map_err(|e| failed(&e)),
    }
}
